/* Signatures: reading a row's sig and types strings, and checking nodes against them. The strings
 * are ours, so a mistake in them is a broken invariant, not an error message. */
#include "op.h"

#include <assert.h>
#include <string.h>

#define VARS_MAX 16
#define BIT(t) ((uint32_t)1 << (t))

#define UINTS (BIT(DT_U8) | BIT(DT_U16) | BIT(DT_U32) | BIT(DT_U64))
#define SINTS (BIT(DT_I8) | BIT(DT_I16) | BIT(DT_I32) | BIT(DT_I64))
#define FLOATS (BIT(DT_F16) | BIT(DT_BF16) | BIT(DT_F32) | BIT(DT_F64))
#define ALL (BIT(DT_ONNX_COUNT) - 2) /* from DT_F32 on */

static const struct {
	const char *name;
	uint32_t types;
} groups[] = {
	{ "all", ALL },
	{ "num", UINTS | SINTS | FLOATS },
	{ "floats", FLOATS },
	{ "ints", UINTS | SINTS },
	{ "uints", UINTS },
	{ "sints", SINTS },
	{ "small", ALL & ~(UINTS | SINTS | FLOATS | BIT(DT_BOOL) | BIT(DT_STRING) | BIT(DT_C64) |
			   BIT(DT_C128)) },
};

/* -- reading the strings ------------------------------------------------------------------- */

struct word {
	const char *s;
	size_t n;
};

static bool word_is(struct word w, const char *s)
{
	return strlen(s) == w.n && memcmp(w.s, s, w.n) == 0;
}

/* Up to the next of `ends`; *p moves past it. False at the end of the text. */
static bool next_word(const char **p, const char *ends, struct word *out)
{
	*p += strspn(*p, ends);
	out->s = *p;
	out->n = strcspn(*p, ends);
	*p += out->n;
	return out->n > 0;
}

static uint32_t types_named(struct word w)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (word_is(w, groups[i].name))
			return groups[i].types;
	for (int t = DT_UNDEF + 1; t < DT_ONNX_COUNT; t++)
		if (word_is(w, dtype_name((enum dtype)t)))
			return BIT(t);
	unreachable("an operator row names an unknown type");
}

/* What the row's types string allows variable v: "T=float,double T1=int32,int64". */
static uint32_t types_of_var(const struct op *op, struct word v)
{
	const char *p = op->types ? op->types : "";
	struct word entry, name;
	while (next_word(&p, " ", &entry)) {
		const char *eq = memchr(entry.s, '=', entry.n);
		assert(eq);
		if ((size_t)(eq - entry.s) != v.n || memcmp(entry.s, v.s, v.n) != 0)
			continue;
		uint32_t types = 0;
		for (const char *q = eq + 1; q < entry.s + entry.n; q = name.s + name.n + 1) {
			name = (struct word){ q, strcspn(q, ", ") };
			types |= types_named(name);
		}
		return types;
	}
	unreachable("an operator row constrains no such type variable");
}

static int var_number(struct word *vars, int *n_vars, struct word v)
{
	int i = 0;
	while (i < *n_vars && (vars[i].n != v.n || memcmp(vars[i].s, v.s, v.n) != 0))
		i++;
	if (i == *n_vars) {
		assert(i < VARS_MAX);
		vars[(*n_vars)++] = v;
	}
	return i;
}

static void strip(struct word *type, const char *prefix)
{
	type->s += strlen(prefix);
	type->n -= strlen(prefix) + 1; /* and the closing parenthesis */
}

static void read_item(const struct op *op, struct word w, struct word *vars, int *n_vars,
		      struct sig_item *it)
{
	const char *colon = memchr(w.s, ':', w.n);
	assert(colon && colon > w.s);
	struct word type = { colon + 1, w.n - (size_t)(colon + 1 - w.s) };

	it->name = w.s;
	it->name_len = (size_t)(colon - w.s);
	it->mark = 0;
	if (memchr("?*+", colon[-1], 3)) {
		it->mark = colon[-1];
		it->name_len--;
	}
	it->container = TENSOR;
	if (type.n > 5 && memcmp(type.s, "seq(", 4) == 0) {
		it->container = SEQUENCE;
		strip(&type, "seq(");
	} else if (type.n > 10 && memcmp(type.s, "optional(", 9) == 0) {
		it->container = OPTIONAL;
		strip(&type, "optional(");
	}
	if (word_is(type, "*")) {
		it->var = -2;
		it->types = ALL;
		it->container = -1;
	} else if (type.s[0] >= 'A' && type.s[0] <= 'Z') {
		it->var = var_number(vars, n_vars, type);
		it->types = types_of_var(op, type);
	} else {
		it->var = -1;
		it->types = types_named(type);
	}
}

void op_sig(const struct op *op, struct sig *out)
{
	struct word vars[VARS_MAX], w;
	int n_vars = 0;
	bool outputs = false;
	const char *p = op->sig;

	out->n_in = out->n_out = 0;
	while (next_word(&p, " ", &w)) {
		if (word_is(w, "->")) {
			outputs = true;
			continue;
		}
		assert(outputs ? out->n_out < (int)ARRAY_LEN(out->out)
			       : out->n_in < (int)ARRAY_LEN(out->in));
		read_item(op, w, vars, &n_vars,
			  outputs ? &out->out[out->n_out++] : &out->in[out->n_in++]);
	}
}

/* -- checking ------------------------------------------------------------------------------ */

static bool variadic(const struct sig_item *it)
{
	return it->mark == '*' || it->mark == '+';
}

/* The item of input or output k; NULL when there are too many. */
static const struct sig_item *item_at(const struct sig_item *items, int n, int k)
{
	if (k < n)
		return &items[k];
	return n && variadic(&items[n - 1]) ? &items[n - 1] : NULL;
}

static const char *types_text(struct unit *u, uint32_t types)
{
	struct strbuf b = { 0 };
	for (int t = 0; t < DT_ONNX_COUNT; t++) {
		if (!(types & BIT(t)))
			continue;
		uint32_t later = types & ~(BIT(t + 1) - 1);
		strbuf_printf(&b, "%s%s",
			      b.n == 0 ? ""
			      : later  ? ", "
				       : " or ",
			      dtype_name((enum dtype)t));
	}
	const char *s = arena_strdup(u->arena, b.s);
	strbuf_free(&b);
	return s;
}

/* "W", or "inputs 3" for an element of a variadic list. Made for messages only. */
static const char *item_text(struct unit *u, const struct sig_item *items, int n_items, int k)
{
	const struct sig_item *it = item_at(items, n_items, k);
	if (!variadic(it))
		return arena_strndup(u->arena, it->name, it->name_len);
	return arena_printf(u->arena, "%.*s %d", (int)it->name_len, it->name, k - (n_items - 1));
}

static bool check_count(struct unit *u, const struct node *n, const char *what,
			const struct sig_item *items, int n_items, int have)
{
	if (item_at(items, n_items, have - 1) || have == 0)
		return true;
	return diag_error(u->diag, &n->loc, "has %d %ss, %s takes %s%d", have, what, n->op->name,
			  n_items && items[n_items - 1].mark ? "at most " : "", n_items);
}

static bool required(const struct sig_item *it, int k, int n_items)
{
	return it->mark == 0 || (it->mark == '+' && k >= n_items - 1);
}

static const char *const container_names[] = { "a tensor", "a sequence", "an optional", "a map" };

/* The variables' types as the inputs bind them. */
struct binding {
	enum dtype type[VARS_MAX]; /* DT_UNDEF: not yet */
	int by[VARS_MAX];          /* the input that bound it */
};

static bool check_input(struct unit *u, const struct node *n, const struct sig *s, int k,
			const struct value *v, struct binding *b)
{
	const struct sig_item *it = item_at(s->in, s->n_in, k);
	if (it->container >= 0 && it->container != (int)v->container)
		return diag_error(u->diag, &n->loc, "%s is %s, must be %s",
				  item_text(u, s->in, s->n_in, k), container_names[v->container],
				  container_names[it->container]);
	if (it->var == -2)
		return true;
	if (v->type == DT_UNDEF)
		return diag_error(u->diag, &n->loc, "the type of %s is not known",
				  item_text(u, s->in, s->n_in, k));
	if (!(it->types & BIT(v->type)))
		return diag_error(u->diag, &n->loc, "%s has type %s, must be %s",
				  item_text(u, s->in, s->n_in, k), dtype_name(v->type),
				  types_text(u, it->types));
	if (it->var < 0)
		return true;
	if (b->type[it->var] == DT_UNDEF) {
		b->by[it->var] = k;
		b->type[it->var] = v->type;
	}
	if (b->type[it->var] != v->type)
		return diag_error(u->diag, &n->loc, "%s has type %s, but %s has type %s",
				  item_text(u, s->in, s->n_in, k), dtype_name(v->type),
				  item_text(u, s->in, s->n_in, b->by[it->var]),
				  dtype_name(b->type[it->var]));
	return true;
}

/* Set where the signature tells: a bound variable or a single type. */
static void set_output_type(const struct sig_item *it, struct value *v, const struct binding *b)
{
	if (it->container >= 0)
		v->container = (enum container)it->container;
	if (it->var >= 0 && b->type[it->var])
		v->type = b->type[it->var];
	else if (it->var > -2 && (it->types & (it->types - 1)) == 0)
		for (int t = 0; t < DT_ONNX_COUNT; t++)
			if (it->types & BIT(t))
				v->type = (enum dtype)t;
}

/* A fused tail's operands stand behind the inputs that the row knows. */
static int inputs_of_row(const struct node *n)
{
	return n->n_in - n->n_tail;
}

static bool check_sig(struct unit *u, struct node *n, const struct sig *s)
{
	struct binding b = { { DT_UNDEF }, { 0 } };
	int n_in = inputs_of_row(n);
	bool ok = check_count(u, n, "input", s->in, s->n_in, n_in) &&
		  check_count(u, n, "output", s->out, s->n_out, n->n_out);

	for (int k = 0; ok && k < (n_in > s->n_in ? n_in : s->n_in); k++) {
		const struct sig_item *it = item_at(s->in, s->n_in, k);
		const struct value *v = k < n_in ? node_in(n, k) : NULL;
		if (v)
			ok = check_input(u, n, s, k, v, &b);
		else if (required(it, k, s->n_in) ||
			 (k < n_in && it->mark == '*' && n->op->domain != DOMAIN_EDGECC))
			ok = diag_error(u->diag, &n->loc, "input %s is missing",
					item_text(u, s->in, s->n_in, k));
	}
	for (int k = 0; ok && k < (n->n_out > s->n_out ? n->n_out : s->n_out); k++) {
		const struct sig_item *it = item_at(s->out, s->n_out, k);
		struct value *v = node_out(n, k);
		if (v)
			set_output_type(it, v, &b);
		else if (k >= n->n_out && required(it, k, s->n_out))
			ok = diag_error(u->diag, &n->loc, "output %s is missing",
					item_text(u, s->out, s->n_out, k));
	}
	return ok;
}

bool node_check_sig(struct unit *u, struct node *n)
{
	struct sig s;
	op_sig(n->op, &s);
	return check_sig(u, n, &s);
}

/* -- inferring ----------------------------------------------------------------------------- */

static bool check_dims(struct unit *u, const struct node *n, const char *name,
		       const struct value *v)
{
	int64_t number;
	for (int i = 0; i < v->shape.rank; i++) {
		dim d = v->shape.d[i];
		if (d == DIM_OVERFLOW)
			return diag_error(u->diag, &n->loc,
					  "the size of axis %d of %s overflows or is negative", i,
					  name);
		if (dim_is_number(u, d, &number) ? number < 0 : dim_hi(u, d) < 0)
			return diag_error(u->diag, &n->loc, "axis %d of %s would have size %s", i,
					  name, dim_text(u, d));
	}
	if (v->shape.rank >= 0 && shape_overflows(u, &v->shape, v->type))
		return diag_error(u->diag, &n->loc, "the size of %s, %s, overflows", name,
				  shape_text(u, &v->shape));
	return true;
}

static bool dims_are_plain(const struct value *v)
{
	int64_t n = (int64_t)dtype_size(v->type);
	for (int i = 0; i < v->shape.rank; i++)
		if (v->shape.d[i] < 0 || !mul_i64(n, v->shape.d[i], &n))
			return false;
	return true;
}

static bool check_output(struct unit *u, const struct node *n, const struct sig *s, int k,
			 const struct value *v)
{
	const struct sig_item *it = item_at(s->out, s->n_out, k);
	assert(v->type != DT_UNDEF || v->container != TENSOR);
	if (it->var != -2 && !(it->types & BIT(v->type)))
		return diag_error(u->diag, &n->loc, "%s would have type %s, must be %s",
				  item_text(u, s->out, s->n_out, k), dtype_name(v->type),
				  types_text(u, it->types));
	return dims_are_plain(v) || check_dims(u, n, item_text(u, s->out, s->n_out, k), v);
}

bool node_infer(struct unit *u, struct node *n)
{
	struct sig s;
	int n_in = n->n_in;
	const struct graph *scope = u->scope;
	enum dtype stored =
		n->tail ? node_out(n, 0)->type : DT_UNDEF; /* a tail may end in another type */

	op_sig(n->op, &s);
	for (int k = 0; k < n->n_out; k++) {
		struct value *v = node_out(n, k);
		if (!v)
			continue;
		v->elems = NULL;
		v->constant = NULL;
		v->shape.rank = -1;
	}
	if (!check_sig(u, n, &s))
		return false;
	n->n_in = inputs_of_row(n);
	u->scope = n->graph;
	bool ok = n->op->infer(u, n);
	n->n_in = n_in;
	for (int k = 0; ok && k < n->n_out; k++) {
		struct value *v = node_out(n, k);
		for (int i = 0; v && i < v->shape.rank; i++) {
			dim_is_size(u, v->shape.d[i]);
			v->shape.d[i] = dim_bounded(u, v->shape.d[i], v->id, i);
		}
		ok = !v || check_output(u, n, &s, k, v);
	}
	u->scope = scope;
	if (n->tail)
		node_out(n, 0)->type = stored;
	return ok;
}

bool node_upgrade(struct unit *u, struct node *n)
{
	const struct graph *scope = u->scope;
	bool ok;

	if (!n->op->upgrade)
		return true;
	if (!node_check_sig(u, n)) /* it relies on the old row's arity and types */
		return false;
	u->scope = n->graph;
	ok = n->op->upgrade(u, n);
	u->scope = scope;
	return ok;
}
