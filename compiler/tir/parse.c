/* Stages read from text (the grammar is in text.h), checking what the constructors assert. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define DEPTH_MAX 200
#define SLOT_MAX 65535

struct word {
	char s[64];
};

struct scope {
	struct word name;
	const struct tir *e;
};

struct parse {
	struct tir_builder *b;
	struct arena *arena;
	const char *text, *at;
	const struct loc *loc;
	VEC(struct scope) scope; /* innermost last */
	int depth;
	bool failed;
};

static const struct tir *parse_expr(struct parse *p, int precedence);

/* -- errors and tokens ---------------------------------------------------------------------------------------- */

/* Reports once and returns NULL; what follows stops at the end of the text. */
static const struct tir *fail(struct parse *p, const char *what)
{
	if (!p->failed)
		diag_error(p->b->u->diag, p->loc, "tensor expression, character %d: %s",
			   (int)(p->at - p->text) + 1, what);
	p->failed = true;
	return NULL;
}

static void skip_space(struct parse *p)
{
	while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
		p->at++;
}

static bool take(struct parse *p, const char *token)
{
	skip_space(p);
	size_t n = strlen(token);
	if (p->failed || strncmp(p->at, token, n) != 0)
		return false;
	p->at += n;
	return true;
}

static bool expect(struct parse *p, const char *token)
{
	if (take(p, token))
		return true;
	char what[32];
	snprintf(what, sizeof what, "'%s' expected", token);
	fail(p, what);
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A name at this place, left there; empty when there is none. */
static struct word peek_word(struct parse *p)
{
	struct word w = { "" };
	skip_space(p);
	size_t n = 0;
	if (is_letter(*p->at))
		while (n + 1 < sizeof w.s && (is_letter(p->at[n]) || is_digit(p->at[n]))) {
			w.s[n] = p->at[n];
			n++;
		}
	return w;
}

static bool take_word(struct parse *p, struct word *out)
{
	*out = peek_word(p);
	if (!out->s[0]) {
		fail(p, "a name expected");
		return false;
	}
	p->at += strlen(out->s);
	return !p->failed;
}

static bool parse_type(struct parse *p, enum dtype *out)
{
	struct word w;
	if (!take_word(p, &w))
		return false;
	*out = strcmp(w.s, "index") == 0 ? DT_INDEX : dtype_from_name(w.s);
	if (*out == DT_UNDEF)
		fail(p, "no such element type");
	return !p->failed;
}

/* -- sizes ------------------------------------------------------------------------------------------------------ */

static dim parse_size(struct parse *p);

static dim parse_size_call(struct parse *p, const char *name)
{
	struct unit *u = p->b->u;
	dim x = parse_size(p);
	expect(p, ",");
	dim y = parse_size(p);
	expect(p, ")");
	if (p->failed)
		return DIM_OVERFLOW;
	if (strcmp(name, "max") == 0)
		return dim_max(u, x, y);
	if (strcmp(name, "min") == 0)
		return dim_min(u, x, y);
	if (strcmp(name, "floordiv") == 0 && y > 0)
		return dim_floordiv(u, x, y);
	fail(p, "bad size");
	return DIM_OVERFLOW;
}

static dim parse_size_factor(struct parse *p)
{
	skip_space(p);
	if (is_digit(*p->at)) {
		char *end;
		errno = 0;
		long long v = strtoll(p->at, &end, 10);
		if (errno)
			fail(p, "number too great");
		p->at = end;
		return v;
	}
	struct word w;
	if (++p->depth > DEPTH_MAX || !take_word(p, &w)) {
		fail(p, "bad size");
		return DIM_OVERFLOW;
	}
	dim d = take(p, "(") ? parse_size_call(p, w.s) : dim_symbol(p->b->u, arena_strdup(p->b->u->arena, w.s));
	p->depth--;
	return d;
}

static dim parse_size(struct parse *p)
{
	struct unit *u = p->b->u;
	dim sum = 0;
	bool minus = take(p, "-");
	do {
		dim product = parse_size_factor(p);
		while (!p->failed && take(p, "*"))
			product = dim_mul(u, product, parse_size_factor(p));
		if (p->failed)
			return DIM_OVERFLOW;
		sum = minus ? dim_sub(u, sum, product) : dim_add(u, sum, product);
		minus = take(p, "-");
	} while (minus || take(p, "+"));
	if (sum == DIM_OVERFLOW)
		fail(p, "size overflows");
	return sum;
}

/* -- numbers ----------------------------------------------------------------------------------------------------- */

static const struct tir *make_number(struct parse *p, const char *s, bool whole)
{
	enum dtype t = whole ? DT_INDEX : DT_F32;
	int64_t lo, hi;
	errno = 0;
	if (take(p, ":") && !parse_type(p, &t))
		return NULL;
	if (t != DT_INDEX && dtype_compute(t) != t)
		return fail(p, "not a type that expressions compute in");
	if (dtype_is_float(t))
		return tir_float(p->b, t, t == DT_F32 ? (double)strtof(s, NULL) : strtod(s, NULL));
	if (!whole || !(text_class(t) & (CLASS_INTS | CLASS_INDEX)))
		return fail(p, "bad number for its type");
	tir_type_range(t, &lo, &hi);
	if (t == DT_U64) {
		uint64_t v = strtoull(s, NULL, 10);
		return errno || *s == '-' ? fail(p, "number outside its type") : tir_int(p->b, t, (int64_t)v);
	}
	long long v = strtoll(s, NULL, 10);
	return errno || v < lo || v > hi ? fail(p, "number outside its type") : tir_int(p->b, t, v);
}

static const struct tir *parse_number(struct parse *p)
{
	char s[64];
	size_t n = 0;
	bool whole = true;
	if (*p->at == '-')
		s[n++] = *p->at++;
	if (strncmp(p->at, "inf", 3) == 0 || strncmp(p->at, "nan", 3) == 0) {
		memcpy(s + n, p->at, 3);
		n += 3;
		p->at += 3;
		whole = false;
	}
	while (whole || n > 0) {
		char c = *p->at;
		bool sign = (c == '-' || c == '+') && n && s[n - 1] == 'e';
		if (!is_digit(c) && c != '.' && c != 'e' && !sign)
			break;
		if (n + 1 == sizeof s)
			return fail(p, "number too long");
		whole = whole && is_digit(c);
		s[n++] = c;
		p->at++;
	}
	s[n] = '\0';
	char *end;
	strtod(s, &end);
	if (*end || end == s)
		return fail(p, "bad number");
	return make_number(p, s, whole);
}

/* -- loads --------------------------------------------------------------------------------------------------------- */

static const struct tir *parse_load(struct parse *p, const char *slot)
{
	const struct tir *idx[RANK_MAX];
	int rank = 0;
	long k = strtol(slot, NULL, 10);
	enum dtype t = DT_UNDEF;
	if (k > SLOT_MAX)
		return fail(p, "no such input");
	const struct value *v = p->b->node ? node_in(p->b->node, (int)k) : NULL;
	if (p->b->node && (!v || v->shape.rank < 0))
		return fail(p, "no such input");
	if (take(p, ":") && !parse_type(p, &t))
		return NULL;
	if (!expect(p, "["))
		return NULL;
	while (!take(p, "]")) {
		if (rank == RANK_MAX || (rank && !expect(p, ",")))
			return fail(p, "too many indices");
		const struct tir *x = parse_expr(p, 1);
		if (!x || x->type != DT_INDEX)
			return fail(p, "an index expected");
		idx[rank++] = x;
	}
	if (v) {
		if (rank != v->shape.rank)
			return fail(p, "the input has another rank");
		if (t != DT_UNDEF && dtype_compute(t) != dtype_compute(v->type))
			return fail(p, "the input has another element type");
		return tir_load(p->b, (int)k, idx);
	}
	return tir_load_typed(p->b, (int)k, t == DT_UNDEF ? DT_F32 : dtype_compute(t), rank, idx);
}

/* -- functions ------------------------------------------------------------------------------------------------------ */

static bool check_class(struct parse *p, enum tir_kind k, const struct tir *x)
{
	if (text_kinds[k].classes & (unsigned)text_class(x->type))
		return true;
	fail(p, "operation not defined on this type");
	return false;
}

static bool parse_binder(struct parse *p, const struct tir **out)
{
	struct word w;
	if (!take_word(p, &w) || !expect(p, ":"))
		return false;
	if (text_is_reserved(w.s)) {
		fail(p, "a variable cannot be called so");
		return false;
	}
	dim d = parse_size(p);
	if (p->failed)
		return false;
	*out = tir_var(p->b, d, arena_strdup(p->b->u->arena, w.s));
	vec_push(p->arena, &p->scope, ((struct scope){ w, *out }));
	return true;
}

/* What stands next is NAME ":", and not the ":" of an input's type. */
static bool at_binder(struct parse *p)
{
	struct word w = peek_word(p);
	const char *end = p->at + strlen(w.s);
	while (*end == ' ')
		end++;
	return w.s[0] && *end == ':' && !text_is_reserved(w.s);
}

static const struct tir *parse_reduce(struct parse *p, enum tir_reduce k)
{
	const struct tir *vars[RANK_MAX * 2];
	int n = 0;
	size_t scope = p->scope.n;
	while (at_binder(p)) {
		if (n == (int)ARRAY_LEN(vars))
			return fail(p, "too many variables");
		if (!parse_binder(p, &vars[n++]) || !expect(p, ","))
			return NULL;
	}
	const struct tir *body = parse_expr(p, 1);
	p->scope.n = scope;
	if (!expect(p, ")") || !body)
		return NULL;
	bool logical = k == REDUCE_AND || k == REDUCE_OR, arg = tir_reduce_is_arg(k);
	unsigned classes = CLASS_INTS | (logical ? CLASS_BOOL : CLASS_FLOAT | CLASS_INDEX);
	if (!n || (arg && n != 1) || !(text_class(body->type) & classes))
		return fail(p, "bad reduction");
	return tir_reduce(p->b, k, n, vars, body);
}

/* Operands up to the closing parenthesis, all of one type from `same` on. */
static bool parse_operands(struct parse *p, int n, int same, const struct tir **out)
{
	for (int i = 0; i < n; i++) {
		if ((i && !expect(p, ",")) || !(out[i] = parse_expr(p, 1)))
			return false;
		if (i > same && out[i]->type != out[same]->type) {
			fail(p, "operands of different types");
			return false;
		}
	}
	return expect(p, ")");
}

static const struct tir *parse_function(struct parse *p, enum tir_kind k)
{
	const struct tir *x[3];
	if (k == TIR_SELECT) {
		if (!parse_operands(p, 3, 1, x))
			return NULL;
		return x[0]->type == DT_BOOL ? tir_select(p->b, x[0], x[1], x[2]) : fail(p, "a condition expected");
	}
	bool unary = k >= TIR_NEG;
	if (!parse_operands(p, unary ? 1 : 2, 0, x) || !check_class(p, k, x[0]))
		return NULL;
	return unary ? tir_unary(p->b, k, x[0]) : tir_binary(p->b, k, x[0], x[1]);
}

static const struct tir *parse_round_to(struct parse *p, bool saturate)
{
	enum dtype t;
	const struct tir *x;
	if (!parse_type(p, &t) || !expect(p, ",") || !parse_operands(p, 1, 0, &x))
		return NULL;
	if (!dtype_is_float(t) || t == DT_F64 || x->type != DT_F32)
		return fail(p, "rounding is of float to a smaller float type");
	return tir_round_to(p->b, t, saturate, x);
}

static const struct tir *parse_cast(struct parse *p, enum dtype t)
{
	const struct tir *x;
	if (!parse_operands(p, 1, 0, &x))
		return NULL;
	if ((t != DT_INDEX && dtype_compute(t) != t) || !text_class(t) || !text_class(x->type))
		return fail(p, "no such conversion");
	return tir_cast(p->b, t, x);
}

static const struct tir *parse_call(struct parse *p, const char *w)
{
	for (int k = 0; k < TEXT_REDUCES; k++)
		if (strcmp(w, text_reduces[k]) == 0)
			return parse_reduce(p, (enum tir_reduce)k);
	for (int k = TIR_ADD; k < TIR_KIND_COUNT; k++)
		if (text_kinds[k].name && strcmp(w, text_kinds[k].name) == 0)
			return parse_function(p, (enum tir_kind)k);
	if (strcmp(w, "round_to") == 0 || strcmp(w, "saturate_to") == 0)
		return parse_round_to(p, w[0] == 's');
	if (strcmp(w, "dim") == 0) {
		dim d = parse_size(p);
		return expect(p, ")") ? tir_dim(p->b, d) : NULL;
	}
	enum dtype t = strcmp(w, "index") == 0 ? DT_INDEX : dtype_from_name(w);
	return t != DT_UNDEF ? parse_cast(p, t) : fail(p, "no such function");
}

/* -- expressions ------------------------------------------------------------------------------------------------------- */

static const struct tir *parse_word(struct parse *p)
{
	struct word w;
	if (!take_word(p, &w))
		return NULL;
	if (strcmp(w.s, "true") == 0 || strcmp(w.s, "false") == 0)
		return tir_bool(p->b, w.s[0] == 't');
	if (w.s[0] == 'x' && is_digit(w.s[1]) && text_is_reserved(w.s))
		return parse_load(p, w.s + 1);
	if (take(p, "("))
		return parse_call(p, w.s);
	for (size_t i = p->scope.n; i-- > 0;)
		if (strcmp(p->scope.p[i].name.s, w.s) == 0)
			return p->scope.p[i].e;
	return fail(p, "no such variable");
}

static const struct tir *parse_unary(struct parse *p)
{
	skip_space(p);
	const char *s = *p->at == '-' ? p->at + 1 : p->at;
	if (is_digit(*s) || strncmp(s, "inf", 3) == 0 || strncmp(s, "nan", 3) == 0)
		return parse_number(p);
	if (*p->at == '-' || *p->at == '!') {
		enum tir_kind k = *p->at++ == '-' ? TIR_NEG : TIR_NOT;
		const struct tir *x = ++p->depth > DEPTH_MAX ? fail(p, "too deep") : parse_unary(p);
		p->depth--;
		return x && check_class(p, k, x) ? tir_unary(p->b, k, x) : NULL;
	}
	if (take(p, "(")) {
		const struct tir *x = parse_expr(p, 1);
		return expect(p, ")") ? x : NULL;
	}
	return parse_word(p);
}

/* The infix operator at this place, the longest that fits; TIR_KIND_COUNT: none. */
static enum tir_kind peek_operator(struct parse *p)
{
	enum tir_kind best = TIR_KIND_COUNT;
	size_t len = 0;
	skip_space(p);
	for (int k = TIR_ADD; k < TIR_NEG; k++) {
		const struct text_kind *t = &text_kinds[k];
		if (t->precedence && strlen(t->name) > len && strncmp(p->at, t->name, strlen(t->name)) == 0) {
			best = (enum tir_kind)k;
			len = strlen(t->name);
		}
	}
	return best;
}

static const struct tir *parse_expr(struct parse *p, int precedence)
{
	if (p->failed || ++p->depth > DEPTH_MAX)
		return fail(p, "too deep");
	const struct tir *x = parse_unary(p);
	while (x && !p->failed) {
		enum tir_kind k = peek_operator(p);
		if (k == TIR_KIND_COUNT || text_kinds[k].precedence < precedence)
			break;
		p->at += strlen(text_kinds[k].name);
		const struct tir *y = parse_expr(p, text_kinds[k].precedence + 1);
		if (!y || y->type != x->type)
			return fail(p, "operands of different types");
		if (!check_class(p, k, x))
			return NULL;
		x = tir_binary(p->b, k, x, y);
	}
	p->depth--;
	return p->failed ? NULL : x;
}

static bool parse_stage(struct parse *p, struct tir_stage *s)
{
	if (!parse_type(p, &s->type) || !expect(p, "["))
		return false;
	while (!take(p, "]")) {
		if (s->rank == RANK_MAX || (s->rank && !expect(p, ",")) || !parse_binder(p, &s->vars[s->rank])) {
			fail(p, "bad axes");
			return false;
		}
		s->rank++;
	}
	if (!expect(p, "="))
		return false;
	while (strcmp(peek_word(p).s, "let") == 0) {
		struct word w;
		p->at += strlen("let");
		if (!take_word(p, &w) || !expect(p, "="))
			return false;
		const struct tir *e = parse_expr(p, 1);
		if (!expect(p, ";"))
			return false;
		vec_push(p->arena, &p->scope, ((struct scope){ w, e }));
	}
	if (!(s->value = parse_expr(p, 1)))
		return false;
	skip_space(p);
	if (*p->at)
		fail(p, "the expression should end here");
	else if (s->value->type != (s->type == DT_INDEX ? DT_INDEX : dtype_compute(s->type)))
		fail(p, "the value is not of the stage's type");
	return !p->failed;
}

bool tir_parse(struct tir_builder *b, const char *text, const struct loc *loc, struct tir_stage *out)
{
	struct arena tmp = { 0 };
	struct parse p = { .b = b, .arena = &tmp, .text = text, .at = text, .loc = loc };
	*out = (struct tir_stage){ .rank = 0 };
	bool ok = parse_stage(&p, out);
	arena_free(&tmp);
	return ok;
}
