/* Constructors: hash-consing, leaves, loads, selection and reductions. Every node passes
 * tir_intern. */
#include "tir.h"

#include <assert.h>
#include <math.h>

#include "internal.h"

void tir_builder_init(struct tir_builder *b, struct unit *u, const struct node *n)
{
	*b = (struct tir_builder){ .u = u, .node = n };
}

/* -- leaves --------------------------------------------------------------------------- */

const struct tir *tir_int(struct tir_builder *b, enum dtype t, int64_t v)
{
	return tir_intern(b, &(struct tir){ .kind = TIR_INT, .type = t, .u.i = wrap_int(t, v) });
}

const struct tir *tir_float(struct tir_builder *b, enum dtype t, double v)
{
	assert(t == DT_F32 || t == DT_F64);
	if (t == DT_F32)
		v = (double)(float)v;
	if (isnan(v))
		v = (double)NAN; /* one NaN: payloads are not kept */
	return tir_intern(b, &(struct tir){ .kind = TIR_FLOAT, .type = t, .u.f = v });
}

const struct tir *tir_bool(struct tir_builder *b, bool v)
{
	return tir_int(b, DT_BOOL, v);
}

const struct tir *tir_number(struct tir_builder *b, enum dtype t, double v)
{
	t = t == DT_INDEX ? t : dtype_compute(t);
	if (dtype_is_float(t))
		return tir_float(b, t, v);
	if (t == DT_STRING) {
		assert(v == 0);
		return tir_int(b, t, 0);
	}
	int64_t i;
	lanes_cast(t, DT_F64, 1, &i, &v);
	return tir_int(b, t, i);
}

const struct tir *tir_index(struct tir_builder *b, int64_t v)
{
	return tir_int(b, DT_INDEX, v);
}

const struct tir *tir_dim(struct tir_builder *b, dim d)
{
	assert(d != DIM_OVERFLOW);
	if (dim_is_const(d))
		return tir_index(b, d);
	const struct tir *e =
		tir_intern(b, &(struct tir){ .kind = TIR_DIM, .type = DT_INDEX, .u.dim = d });
	return tir_norm(b, e);
}

const struct tir *tir_var(struct tir_builder *b, dim extent, const char *name)
{
	struct tir e = { .kind = TIR_VAR, .type = DT_INDEX };
	e.u.var.id = b->next_var++;
	e.u.var.extent = extent;
	e.u.var.name = name;
	return tir_intern(b, &e);
}

const struct tir *tir_norm(struct tir_builder *b, const struct tir *x)
{
	bool one = x->type == DT_INDEX && x->lo == x->hi && x->lo > INT64_MIN && x->hi < INT64_MAX;
	return one && x->kind != TIR_INT ? tir_index(b, x->lo) : x;
}

/* -- loads ---------------------------------------------------------------------------- */

const struct tir *tir_load_typed(struct tir_builder *b, int slot, enum dtype t, int rank,
				 const struct tir *const *idx)
{
	assert(rank >= 0 && rank <= RANK_MAX);
	const struct tir *norm[RANK_MAX];
	for (int i = 0; i < rank; i++) {
		assert(idx[i]->type == DT_INDEX);
		norm[i] = tir_norm(b, idx[i]);
	}
	struct tir e = { .kind = TIR_LOAD, .type = t };
	e.u.load.slot = slot;
	e.u.load.rank = rank;
	e.u.load.idx = norm;
	return tir_intern(b, &e);
}

/* The number that a one-element constant is; NULL: it has more, or is no number. */
static const struct tir *constant_number(struct tir_builder *b, const struct constant *c)
{
	if (!c || c->type == DT_STRING || c->type == DT_C64 || c->type == DT_C128 ||
	    shape_elements(&c->shape) != 1)
		return NULL;
	enum dtype t = dtype_compute(c->type);
	return dtype_is_float(t) ? tir_float(b, t, constant_f64(c, 0))
				 : tir_int(b, t, constant_i64(c, 0));
}

const struct tir *tir_load(struct tir_builder *b, int slot, const struct tir *const *idx)
{
	const struct value *v = node_in(b->node, slot);
	assert(v && v->shape.rank >= 0);
	const struct tir *number = constant_number(b, v->constant);
	return number ? number
		      : tir_load_typed(b, slot, dtype_compute(v->type), v->shape.rank, idx);
}

const struct tir *tir_load_broadcast(struct tir_builder *b, int slot, const struct tir *const *idx,
				     int rank)
{
	const struct value *v = node_in(b->node, slot);
	assert(v && v->shape.rank >= 0 && v->shape.rank <= rank);
	const struct tir *mine[RANK_MAX];
	for (int i = 0; i < v->shape.rank; i++) {
		const struct tir *x = idx[rank - v->shape.rank + i];
		dim d = v->shape.d[i];
		if (d == 1)
			x = tir_index(b, 0);
		else if (!dim_is_const(d) &&
			 !tir_proves_lt(b, x, tir_dim(b, d))) /* may be 1 at run time */
			x = tir_select(b, tir_eq(b, tir_dim(b, d), tir_index(b, 1)),
				       tir_index(b, 0), x);
		mine[i] = x;
	}
	return tir_load(b, slot, mine);
}

/* -- operations ----------------------------------------------------------------------- */

const struct tir *tir_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
			     const struct tir *y)
{
	assert(k >= TIR_ADD && k <= TIR_LE && x->type == y->type);
	x = tir_norm(b, x);
	y = tir_norm(b, y);
	return simplify_binary(b, k, x, y);
}

const struct tir *tir_unary(struct tir_builder *b, enum tir_kind k, const struct tir *x)
{
	assert(k >= TIR_NEG && k <= TIR_ISINF);
	return simplify_unary(b, k, tir_norm(b, x));
}

const struct tir *tir_select(struct tir_builder *b, const struct tir *c, const struct tir *x,
			     const struct tir *y)
{
	assert(c->type == DT_BOOL && x->type == y->type);
	x = tir_norm(b, x);
	y = tir_norm(b, y);
	if (c->kind == TIR_NOT)
		return tir_select(b, c->a, y, x);
	if (x->kind == TIR_SELECT && x->a == c)
		x = x->b;
	if (y->kind == TIR_SELECT && y->a == c)
		y = y->c;
	if (x == y)
		return x;
	if (c->kind == TIR_INT)
		return c->u.i ? x : y;
	if (x->type == DT_BOOL && x->kind == TIR_INT && y->kind == TIR_INT)
		return x->u.i ? c : tir_not(b, c);
	return tir_intern(
		b, &(struct tir){ .kind = TIR_SELECT, .type = x->type, .a = c, .b = x, .c = y });
}

const struct tir *tir_in_range(struct tir_builder *b, const struct tir *x, const struct tir *lo,
			       const struct tir *hi)
{
	return tir_and(b, tir_le(b, lo, x), tir_lt(b, x, hi));
}

const struct tir *tir_affine(struct tir_builder *b, const struct tir *x, int64_t m, int64_t a)
{
	return tir_add(b, tir_mul(b, x, tir_index(b, m)), tir_index(b, a));
}

const struct tir *tir_data_index(struct tir_builder *b, const struct tir *x, dim d)
{
	/* In a type that holds both x and d: ptrdiff_t may be narrower than the data. */
	bool is_signed = dtype_is_signed_int(x->type);
	bool small = dim_hi(b->u, d) <= INT32_MAX && x->type != DT_I64;
	enum dtype t =
		is_signed ? (small ? DT_I32 : DT_I64) : (x->type == DT_U64 ? DT_U64 : DT_U32);
	if (x->type == DT_INDEX)
		t = DT_INDEX;
	x = tir_cast(b, t, x);
	const struct tir *size = tir_cast(b, t, tir_dim(b, d)), *zero = tir_int(b, t, 0);
	if (is_signed || t == DT_INDEX) {
		x = tir_select(b, tir_lt(b, x, zero), tir_add(b, x, size), x);
		x = tir_max(b, x, zero);
	}
	return tir_cast(b, DT_INDEX, tir_min(b, x, tir_sub(b, size, tir_int(b, t, 1))));
}

/* -- reductions ----------------------------------------------------------------------- */

static const struct tir *neutral(struct tir_builder *b, enum tir_reduce k, enum dtype t)
{
	bool is_float = dtype_is_float(t);
	int64_t lo, hi;
	tir_type_range(t, &lo, &hi);
	switch (k) {
	case REDUCE_SUM:
	case REDUCE_OR:
		return tir_number(b, t, 0);
	case REDUCE_PROD:
		return tir_number(b, t, 1);
	case REDUCE_AND:
		return tir_int(b, t, t == DT_BOOL ? 1 : -1);
	case REDUCE_MAX:
		return is_float ? tir_float(b, t, -INFINITY) : tir_int(b, t, lo);
	case REDUCE_MIN:
		return is_float ? tir_float(b, t, INFINITY) : tir_int(b, t, t == DT_U64 ? -1 : hi);
	default:
		return tir_index(b, 0);
	}
}

bool tir_reduce_is_arg(enum tir_reduce k)
{
	return k >= REDUCE_ARGMAX_FIRST;
}

const struct tir *tir_reduce_neutral(struct tir_builder *b, const struct tir *e)
{
	return neutral(b, e->u.reduce.kind, e->type);
}

static const struct tir *bound_var(struct tir_builder *b, const struct tir *like, int depth,
				   int pos)
{
	dim extent = like->u.var.extent;
	for (size_t i = 0; i < b->bound.n; i++) {
		const struct tir_bound *p = &b->bound.p[i];
		if (p->extent == extent && p->depth == depth && p->pos == pos)
			return p->var;
	}
	const struct tir *v = tir_var(b, extent, like->u.var.name);
	vec_push(b->u->arena, &b->bound, ((struct tir_bound){ extent, depth, pos, v }));
	return v;
}

static bool listed(const struct tir *const *vars, int n, const struct tir *v)
{
	for (int i = 0; i < n; i++)
		if (vars[i] == v)
			return true;
	return false;
}

/* Folding a value with itself gives it back. */
static bool idempotent(enum tir_reduce k)
{
	return k == REDUCE_MAX || k == REDUCE_MIN || k == REDUCE_AND || k == REDUCE_OR;
}

const struct tir *tir_reduce(struct tir_builder *b, enum tir_reduce k, int n,
			     const struct tir *const *vars, const struct tir *body)
{
	bool arg = tir_reduce_is_arg(k);
	const struct tir *from[RANK_MAX * 2], *to[RANK_MAX * 2];
	int used = 0, pos = 0;
	assert(n <= (int)ARRAY_LEN(from) && (!arg || n == 1));

	body = tir_norm(b, body);
	for (int i = 0; i < n; i++) {
		dim d = vars[i]->u.var.extent;
		if (d == 0)
			return neutral(b, k, arg ? DT_INDEX : body->type);
		if (d == 1 ||
		    (idempotent(k) && dim_lo(b->u, d) > 0 && !tir_uses_var(body, vars[i])))
			continue;
		from[used] = vars[i];
		do /* a name that is free in the body stays free */
			to[used] = bound_var(b, vars[i], body->depth, pos++);
		while (tir_uses_var(body, to[used]) && !listed(vars, n, to[used]));
		used++;
	}
	if (!used)
		return arg ? tir_index(b, 0) : body;
	struct tir e = { .kind = TIR_REDUCE, .type = arg ? DT_INDEX : body->type };
	e.a = tir_rename(b, body, used, from, to);
	e.u.reduce.kind = k;
	e.u.reduce.n = used;
	e.u.reduce.vars = to;
	return tir_intern(b, &e);
}

/* -- stages --------------------------------------------------------------------------- */

static const char *const axis_names[RANK_MAX] = { "i", "j", "k", "l", "m", "n", "p", "q" };

void tir_stage_begin(struct tir_builder *b, int k, struct tir_stage *s, const struct tir **idx)
{
	const struct value *v = node_out(b->node, k);
	*s = (struct tir_stage){ .type = v->type, .rank = v->shape.rank };
	assert(s->rank >= 0);
	for (int i = 0; i < s->rank; i++)
		s->vars[i] = idx[i] = tir_var(b, v->shape.d[i], axis_names[i]);
}
