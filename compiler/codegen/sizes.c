/* Sizes that are known at run time only: those that the caller sets, those that are read from
 * tensors or returned by kernels as soon as they are there, and what follows from them. The ones that
 * the text names are kept in a struct that steps get. */
#include "source.h"

#include <limits.h>

enum { MOST_DIMS = 100000 }; /* printing makes a few more than planning left */

/* Sizes beyond this are no sizes, whatever the target's integers can hold. */
#define SIZE_LIMIT INT64_C(0x7fffffff)

/* What a DIM_SIZE is: its definition, or the size that its value has by now, when its node was
 * replaced; else 0. */
static dim same_size(struct source *s, const struct dim_expr *x, dim d)
{
	const struct value *v = value_of(s->u, x->value);

	if (x->kind == DIM_SIZE && x->a != 0)
		return x->a;
	if (x->kind != DIM_SIZE || x->element >= v->shape.rank || v->shape.d[x->element] == d)
		return 0;
	return v->shape.d[x->element];
}

static const struct dim_expr *expr_of(struct source *s, size_t i)
{
	return &s->u->dims.p[i];
}

static bool is_found(struct source *s, dim d)
{
	for (size_t i = 0; i < s->p->found.n; i++)
		if (s->p->found.p[i] == d)
			return true;
	return false;
}

/* -- where each becomes known -------------------------------------------------------------- */

static const struct spot *later(const struct spot *a, const struct spot *b)
{
	return !a || !b ? NULL : b->order >= a->order ? b : a;
}

static const struct spot *spot_of(struct source *s, dim d);

static const struct spot *spot_of_leaf(struct source *s, const struct dim_expr *x, dim d)
{
	const struct spot *start = &s->p->made[VALUE_NONE];
	const struct value *v;
	dim other;

	if (x->kind == DIM_NUMBER)
		return start;
	if (x->kind == DIM_SYMBOL)
		return symbol_member(&s->names, (size_t)(-1 - d)) ? start : NULL;
	v = value_of(s->u, x->value);
	if (x->kind == DIM_ELEMENT && v->constant)
		return start;
	other = same_size(s, x, d);
	if (other)
		return spot_of(s, other);
	if (!v->graph || (x->kind == DIM_SIZE && !is_found(s, d)) ||
	    (x->kind == DIM_ELEMENT && s->p->places[x->value].buffer < 0))
		return NULL;
	return &s->p->made[x->value];
}

/* NULL: never, nothing computes what it is made of. */
static const struct spot *spot_of(struct source *s, dim d)
{
	const struct dim_expr *x;
	struct size_state *state;

	if (d >= 0)
		return &s->p->made[VALUE_NONE];
	state = &s->sizes[-1 - d];
	if (state->located)
		return state->spot;
	state->located = true; /* one that stands for itself is never known */
	x = expr_of(s, (size_t)(-1 - d));
	state->spot = dim_is_leaf(x->kind) ? spot_of_leaf(s, x, d)
					   : later(spot_of(s, x->a), spot_of(s, x->b));
	return state->spot;
}

/* -- which are needed ---------------------------------------------------------------------- */

static void mark_used(struct source *s, dim d)
{
	const struct dim_expr *x;

	if (d >= 0 || s->e.dim_used[-1 - d])
		return;
	s->e.dim_used[-1 - d] = true;
	x = expr_of(s, (size_t)(-1 - d));
	if (!dim_is_leaf(x->kind)) {
		mark_used(s, x->a);
		mark_used(s, x->b);
	} else if (x->kind == DIM_SIZE) {
		mark_used(s, same_size(s, x, d));
	}
}

/* Where it is known whether the two are equal, and somebody relies on it. NULL: nowhere. */
static const struct spot *spot_of_pair(struct source *s, const struct dim_pair *p)
{
	const struct spot *both = later(spot_of(s, p->a), spot_of(s, p->b));

	for (size_t i = 0; i < s->p->begun.n; i++)
		if (s->p->begun.p[i].graph == p->scope)
			return later(both, &s->p->begun.p[i].spot);
	return NULL;
}

/* Some output has a size that is not known when the model is compiled. */
static bool any_output_size(const struct source *s)
{
	const struct graph *g = s->u->main;

	for (size_t i = 0; i < g->outputs.n; i++)
		if (!shape_is_const(&value_of(s->u, g->outputs.p[i])->shape))
			return true;
	return false;
}

const char *outputs_qualifier(const struct source *s)
{
	return any_output_size(s) ? "" : "const ";
}

void sizes_begin(struct source *s)
{
	const struct graph *g = s->u->main;

	s->e.dim_used = arena_array(s->u->arena, bool, MOST_DIMS);
	s->sizes = arena_array(s->u->arena, struct size_state, MOST_DIMS);
	for (size_t i = 1; i < s->u->values.n; i++) {
		const struct value *v = value_of(s->u, (uint32_t)i);

		s->symbolic |= v->graph && v->container == TENSOR && v->shape.rank >= 0 &&
			       (v->measured || !shape_is_const(&v->shape));
	}
	for (size_t i = 0; i < g->outputs.n; i++) {
		const struct value *v = value_of(s->u, g->outputs.p[i]);

		for (int a = 0; a < v->shape.rank; a++)
			if (v->shape.d[a] < 0)
				s->e.dim_used[-1 - v->shape.d[a]] = true;
	}
}

bool sizes_end(struct source *s)
{
	struct unit *u = s->u;
	bool ok = true;

	for (size_t i = 0; i < u->dims.n; i++)
		if (s->e.dim_used[i]) {
			s->e.dim_used[i] = false;
			mark_used(s, -1 - (dim)i);
		}
	for (size_t i = 0; i < u->dims.n; i++) {
		if (symbol_member(&s->names, i))
			s->e.dim_used[i] = true;
		if (!s->e.dim_used[i])
			continue;
		s->sizes_late |= spot_of(s, -1 - (dim)i) != &s->p->made[VALUE_NONE];
		if (!spot_of(s, -1 - (dim)i))
			ok = diag_error(
				u->diag, NULL,
				"size %s is computed by nothing in the model: set it with --dim",
				dim_text(u, -1 - (dim)i));
	}
	for (size_t i = 0; i < u->assumed.n; i++)
		if (spot_of_pair(s, &u->assumed.p[i])) {
			mark_used(s, u->assumed.p[i].a);
			mark_used(s, u->assumed.p[i].b);
		}
	return ok;
}

void declare_sizes(struct source *s, FILE *f)
{
	const struct unit *u = s->u;
	bool any = false;

	fprintf(f,
		"/* Sizes that are not constant, and what follows from them: %s_step's own. */\n"
		"struct %s_sizes {\n",
		s->names.prefix, s->names.prefix);
	for (size_t i = 0; i < u->dims.n; i++) {
		if (!s->e.dim_used[i])
			continue;
		fprintf(f, "\tedgert_int n%zu; /* %s */\n", i,
			printable(u->arena, dim_text(s->u, -1 - (dim)i), 100));
		any = true;
	}
	fputs(any ? "};\n\n" : "\tedgert_int none;\n};\n\n", f);
}

/* -- their computation in NAME_step -------------------------------------------------------- */

static const char *operand(struct source *s, dim d)
{
	return d >= 0 ? arena_printf(s->u->arena, "%lld", (long long)d)
		      : arena_printf(s->u->arena, "d->n%lld", (long long)(-1 - d));
}

static const char *function(struct source *s, const char *name, const struct dim_expr *x)
{
	runtime_need(&s->runtime, name);
	return arena_printf(s->u->arena, "%s(%s, %s)", name, operand(s, x->a), operand(s, x->b));
}

static const char *operation(struct source *s, const struct dim_expr *x)
{
	switch (x->kind) {
	case DIM_MAX:
		return function(s, "edgert_max_index", x);
	case DIM_MIN:
		return function(s, "edgert_min_index", x);
	case DIM_FLOORDIV:
		return function(s, "edgert_floordiv_index", x);
	default:
		return arena_printf(s->u->arena, "%s %c %s", operand(s, x->a),
				    x->kind == DIM_ADD ? '+' : '*', operand(s, x->b));
	}
}

static void check_range(struct source *s, const char *x, int64_t lo, int64_t hi, const char *status)
{
	if (lo < -SIZE_LIMIT)
		lo = -SIZE_LIMIT;
	if (hi > SIZE_LIMIT)
		hi = SIZE_LIMIT;
	emit_return_if(&s->e, status, "%s < %lld || %s > %lld", x, (long long)lo, x, (long long)hi);
}

static void emit_element(struct source *s, size_t i)
{
	const struct dim_expr *x = expr_of(s, i);
	const struct value *v = value_of(s->u, x->value);
	const char *at;

	if (v->constant) {
		emit_line(&s->e, "d->n%zu = %lld;", i,
			  (long long)constant_i64(v->constant, x->element));
		return;
	}
	at = value_address(s, x->value, false);
	emit_open(&s->e, "{");
	emit_line(&s->e, "const int64_t v = (int64_t)(%s)[%lld];\n", at, (long long)x->element);
	check_range(s, "v", x->lo, x->hi,
		    v->is_input ? "EDGERT_ERROR_DIMENSION" : "EDGERT_ERROR_CAPACITY");
	emit_line(&s->e, "d->n%zu = (edgert_int)v;", i);
	emit_close(&s->e, "}");
}

static void emit_size(struct source *s, size_t i)
{
	const struct dim_expr *x = expr_of(s, i);
	dim d = -1 - (dim)i, other = 0;
	const char *symbol = symbol_member(&s->names, i);

	switch (x->kind) {
	case DIM_SYMBOL:
		check_range(s, arena_printf(s->u->arena, "in->%s", symbol), x->lo, x->hi,
			    "EDGERT_ERROR_DIMENSION");
		emit_line(&s->e, "d->n%zu = in->%s;", i, symbol);
		return;
	case DIM_ELEMENT:
		emit_element(s, i);
		return;
	case DIM_SIZE: /* else its kernel or its branch has set it */
		other = same_size(s, x, d);
		if (!other)
			return;
		if (x->hi < dim_hi(s->u, other))
			check_range(s, operand(s, other), x->lo, x->hi, "EDGERT_ERROR_CAPACITY");
		emit_line(&s->e, "d->n%zu = %s;", i, operand(s, other));
		return;
	case DIM_NUMBER:
		emit_line(&s->e, "d->n%zu = %lld;", i, (long long)x->lo);
		return;
	default:
		emit_line(&s->e, "d->n%zu = %s;", i, operation(s, x));
	}
}

static bool is_at(const struct spot *p, const struct block *b, int after)
{
	return p && p->block == b && p->after == after;
}

/* d and what it is made of, as far as that becomes known here. */
static void emit_known(struct source *s, dim d, const struct block *b, int after)
{
	const struct dim_expr *x;

	if (d >= 0 || s->sizes[-1 - d].printed || !is_at(spot_of(s, d), b, after))
		return;
	s->sizes[-1 - d].printed = true;
	x = expr_of(s, (size_t)(-1 - d));
	if (!dim_is_leaf(x->kind)) {
		emit_known(s, x->a, b, after);
		emit_known(s, x->b, b, after);
	} else if (x->kind == DIM_SIZE) {
		emit_known(s, same_size(s, x, d), b, after);
	}
	emit_size(s, (size_t)(-1 - d));
}

static void emit_assumptions(struct source *s, const struct block *b, int after)
{
	const struct unit *u = s->u;

	for (size_t i = 0; i < u->assumed.n; i++) { /* operators that need two sizes to be equal */
		const struct dim_pair *p = &u->assumed.p[i];

		if (is_at(spot_of_pair(s, p), b, after))
			emit_return_if(&s->e, "EDGERT_ERROR_DIMENSION", "%s != %s",
				       operand(s, p->a), operand(s, p->b));
	}
}

void emit_sizes_known(struct source *s, const struct block *b, int after)
{
	bool start = b == &s->p->main && after < 0;

	if (!s->symbolic || (!start && !s->sizes_late))
		return;
	for (size_t i = 0; i < s->u->dims.n; i++)
		if (s->e.dim_used[i])
			emit_known(s, -1 - (dim)i, b, after);
	emit_assumptions(s, b, after);
}

void emit_output_sizes(struct source *s)
{
	const struct graph *g = s->u->main;

	for (size_t i = 0; i < g->outputs.n; i++) {
		const struct shape *shape = &value_of(s->u, g->outputs.p[i])->shape;

		for (int a = 0; !shape_is_const(shape) && a < shape->rank; a++)
			emit_line(&s->e, "out->dim_%s[%d] = %s;", s->names.outputs[i], a,
				  operand(s, shape->d[a]));
	}
}
