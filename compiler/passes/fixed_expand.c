/* Operators that become others, which have integer forms, where all that they read has bounds, as what
 * comes from a quantized tensor has:
 *
 *	whatever is an expansion      =>  the nodes that it stands for
 *	Clip(x, lo, hi)               =>  Min(Max(x, lo), hi), of bounds that are tensors
 *	Gemm(a, b, c)                 =>  alpha * MatMul(a, b) + beta * c
 *	MatMul(DQ(a) * number, DQ(b)) =>  MatMul(DQ'(a), DQ(b)), the number in DQ's scale
 *	Cast(mask), Cast(ArgMax(x))   =>  DQ(Cast(mask)), in steps of 1
 *	constant / DQ(x)              =>  DQ(constant) / DQ(x)
 *	MeanVarianceNormalization     =>  Transpose, that of the last axes, Transpose */
#include "../ops/norm.h"
#include "fixed.h"
#include "range.h"

#include <math.h>
#include <string.h>

/* v is known to be within some range, or is no real at all. */
static bool is_bounded(struct unit *u, uint32_t v)
{
	struct range r;

	return v == VALUE_NONE || value_of(u, v)->type != DT_F32 || range_of(u, v, &r);
}

static bool is_constant(const struct unit *u, uint32_t v)
{
	return v == VALUE_NONE || value_of(u, v)->constant;
}

/* All reals that n reads have bounds, and not all are constants. */
static bool reads_bounded(struct unit *u, const struct node *n)
{
	bool any = false;

	for (int k = 0; k < n->n_in; k++) {
		if (!is_bounded(u, n->in[k]))
			return false;
		any |= n->in[k] && node_in(n, k)->type == DT_F32 && !is_constant(u, n->in[k]);
	}
	return any;
}

/* Of several tensors: a function of one has a table. */
static bool reads_several(const struct unit *u, const struct node *n)
{
	int count = 0;

	for (int k = 0; k < n->n_in; k++)
		count += !is_constant(u, n->in[k]);
	return count > 1;
}

static bool apply_expansion(struct unit *u, struct node *n)
{
	const bool function = (n->op->flags & OP_ELEMENTWISE) && !reads_several(u, n);

	return n->op->expand && !n->op->define && !n->op->eval && n->op->domain != DOMAIN_EDGECC &&
	       !n->n_graphs && n->out[0] && node_out(n, 0)->type == DT_F32 && !range_operands(n) &&
	       !function && reads_bounded(u, n) && n->op->expand(u, n);
}

static bool apply_clip(struct unit *u, struct node *n)
{
	static const char *const ops[] = { NULL, "Max", "Min" };
	uint32_t y = n->in[0];

	if (!reads_bounded(u, n) || !reads_several(u, n))
		return false;
	for (int k = 1; k < n->n_in; k++)
		if (n->in[k])
			y = build2(n, ops[k], NULL, y, n->in[k]);
	return replace_node(n, y);
}

static uint32_t times(struct node *n, uint32_t x, float by)
{
	return by == 1.0F ? x : build2(n, "Mul", NULL, x, build_number(n, DT_F32, (double)by));
}

static bool apply_gemm(struct unit *u, struct node *n)
{
	const struct gemm_attrs *g = n->attrs;
	uint32_t a = n->in[0], b = n->in[1], y;

	if (!is_bounded(u, a) || is_constant(u, a) || !is_bounded(u, b) ||
	    !is_bounded(u, n->n_in > 2 ? n->in[2] : VALUE_NONE) ||
	    (is_constant(u, b) && !g->transA && g->alpha == 1.0F && g->beta == 1.0F))
		return false;
	if (g->transA)
		a = build1(n, "Transpose", NULL, a);
	if (g->transB)
		b = graph_build1(n, "Transpose", NULL, b);
	y = times(n, build2(n, "MatMul", NULL, a, b), g->alpha);
	if (node_in(n, 2))
		y = build2(n, "Add", NULL, y, times(n, n->in[2], g->beta));
	return replace_node(n, y);
}

/* -- numbers in scales ------------------------------------------------------------------- */

/* Only products read v, perhaps moved. */
static bool feeds_products(const struct value *v, int depth)
{
	for (size_t i = 0; i < v->uses.n; i++) {
		const struct node *m = v->uses.p[i];

		if (!node_is(m, "MatMul") &&
		    (!node_moves(m) || node_moves_several(m) || depth == 8 ||
		     !feeds_products(node_out(m, 0), depth + 1)))
			return false;
	}
	return v->uses.n > 0 && !v->outputs;
}

static bool apply_factor(struct unit *u, struct node *n)
{
	const int k = constant_slot(n) == 0 ? 1 : 0;
	struct quantized x;
	double by;
	uint32_t in[3];

	(void)u;
	if (!quantized_input(n, k, &x) || !input_number(n, 1 - k, &by) || !(by > 0) ||
	    (k == 1 && node_is(n, "Div")) || !feeds_products(node_out(n, 0), 0))
		return false;
	by = (double)x.scale * (node_is(n, "Div") ? 1 / by : by);
	if (!isfinite((float)by) || !((float)by > 0))
		return false;
	in[0] = x.id;
	in[1] = build_number(n, DT_F32, by);
	in[2] = build_number(n, x.type, (double)x.zero);
	return replace_node(n, graph_build(n, "DequantizeLinear", NULL, 3, in));
}

/* -- integers as reals ------------------------------------------------------------------- */

static bool read_with_quantized(struct unit *u, const struct value *v, int depth);

/* Beside v, or what it makes of v, n computes with quantized reals. */
static bool meets_quantized(struct unit *u, const struct node *n, uint32_t v, int depth)
{
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] && n->in[k] != v && !is_constant(u, n->in[k]) &&
		    node_in(n, k)->type == DT_F32 && is_bounded(u, n->in[k]))
			return true;
	return node_is(n, "QuantizeLinear") ||
	       (((n->op->flags & OP_ELEMENTWISE) || node_moves(n)) && depth < 8 &&
		read_with_quantized(u, node_out(n, 0), depth + 1));
}

static bool read_with_quantized(struct unit *u, const struct value *v, int depth)
{
	for (size_t i = 0; i < v->uses.n; i++)
		if (meets_quantized(u, v->uses.p[i], v->id, depth))
			return true;
	return false;
}

/* v is where elements are along an axis, perhaps moved, which has less than 2^15 of them. */
static bool is_short_index(struct unit *u, const struct value *v)
{
	const struct node *n = v->producer;
	const struct shape *s;

	while (n && node_moves(n) && !node_moves_several(n))
		n = input_node(n, 0);
	if (!n || !node_chooses(n))
		return false;
	s = &node_in(n, 0)->shape;
	for (int i = 0; i < s->rank; i++)
		if (dim_hi(u, s->d[i]) > INT16_MAX)
			return false;
	return true;
}

static bool apply_cast(struct unit *u, struct node *n)
{
	static const struct {
		enum dtype from, to;
	} types[] = { { DT_BOOL, DT_U8 },
		      { DT_I8, DT_I8 },
		      { DT_U8, DT_U8 },
		      { DT_I16, DT_I16 },
		      { DT_U16, DT_U16 } };
	enum dtype to = DT_UNDEF;
	struct cast_attrs a = { .saturate = 1 };
	const struct value *y = node_out(n, 0);
	uint32_t in[3];

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (node_in(n, 0)->type == types[i].from)
			to = types[i].to;
	if (to == DT_UNDEF && is_short_index(u, node_in(n, 0)))
		to = DT_I16;
	if (to == DT_UNDEF || y->type != DT_F32 || !read_with_quantized(u, y, 0))
		return false;
	a.to = to;
	in[0] = node_in(n, 0)->type == to ? n->in[0] : build1(n, "Cast", &a, n->in[0]);
	in[1] = build_number(n, DT_F32, 1);
	in[2] = build_number(n, to, 0);
	return replace_node(n, graph_build(n, "DequantizeLinear", NULL, 3, in));
}

static bool apply_numerator(struct unit *u, struct node *n)
{
	const struct constant *c = node_const(n, 0);
	struct quantized x, q = { .type = DT_I16 };
	double most = 0;
	void *to;
	struct constant *integers;
	uint32_t in[2];

	if (!c || c->type != DT_F32 || !quantized_input(n, 1, &x))
		return false;
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		most = fmax(most, fabs(constant_f64(c, i)));
	q.scale = (float)(most / INT16_MAX);
	if (!isfinite(most) || !(q.scale >= 0x1p-100F))
		return false;
	integers = constant_new(u->arena, q.type, &c->shape, &to);
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		((int16_t *)to)[i] = (int16_t)quantized_number(&q, constant_f64(c, i));
	in[0] = build_constant(n, integers);
	in[1] = build_number(n, DT_F32, (double)q.scale);
	node_set_input(n, 0, graph_build(n, "DequantizeLinear", NULL, 2, in));
	return true;
}

/* -- axes -------------------------------------------------------------------------------- */

static bool apply_mvn(struct unit *u, struct node *n)
{
	const int rank = node_in(n, 0)->shape.rank;
	int64_t axes[RANK_MAX], *order = arena_array(u->arena, int64_t, (size_t)rank + 1);
	int64_t *back = arena_array(u->arena, int64_t, (size_t)rank + 1);
	bool folded[RANK_MAX] = { false }, last = true;
	struct perm_attrs to = { .perm = { order, rank } }, from = { .perm = { back, rank } };
	struct mvn_attrs a = { .axes = { NULL, 0 } };
	int count, at = 0;

	if (!reads_bounded(u, n) || !norm_mvn_axes(u, n, axes, &count))
		return false;
	for (int i = 0; i < count; i++)
		folded[axes[i]] = true;
	for (int behind = 0; behind < 2; behind++)
		for (int i = 0; i < rank; i++)
			if (folded[i] == (behind == 1)) {
				last &= i == at;
				back[i] = at;
				order[at++] = i;
			}
	if (last)
		return false;
	for (int i = 0; i < count; i++)
		axes[i] = rank - count + i;
	a.axes = (struct ints){ arena_copy(u->arena, axes, sizeof axes), count };
	return replace_node(n, build1(n, "Transpose", &from,
				      build1(n, "MeanVarianceNormalization", &a,
					     build1(n, "Transpose", &to, n->in[0]))));
}

const struct rewrite rewrites_fixed_expand[] = {
	{ "fixed-clip", "Clip", "Clip(x, lo, hi) => Min(Max(x, lo), hi)", apply_clip },
	{ "fixed-gemm", "Gemm", "Gemm(a, b, c) => alpha * MatMul(a, b) + beta * c", apply_gemm },
	{ "fixed-factor", "Mul Div", "MatMul(DQ(a) * number, b) => MatMul(DQ(a), b)",
	  apply_factor },
	{ "fixed-cast", "Cast", "Cast(mask) => DQ(Cast(mask))", apply_cast },
	{ "fixed-numerator", "Div", "constant / DQ(x) => DQ(constant) / DQ(x)", apply_numerator },
	{ "fixed-axes", "MeanVarianceNormalization",
	  "MeanVarianceNormalization(x, axes) => of the last axes", apply_mvn },
	{ "fixed-expansion", NULL, "the nodes that it stands for", apply_expansion },
	{ .name = NULL }
};
