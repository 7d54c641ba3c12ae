/* Sums of one tensor's integers, which are exact in 32 bits:
 *
 *	Q(CumSum(DQ(x), axis))  =>  QScale(CumSum(x - zero, axis))
 *
 * and the same of the sums of magnitudes and of squares (ReduceL1, ReduceSumSquare). */
#include "fixed.h"

#include <stdlib.h>

static uint32_t centered(struct node *n, const struct quantized *x)
{
	const struct cast_attrs to = { .to = DT_I32, .saturate = 1 };
	uint32_t wide = build1(n, "Cast", &to, x->id);

	return x->zero ? build2(n, "Sub", NULL, wide, build_number(n, DT_I32, (double)x->zero))
		       : wide;
}

/* As many of x's integers, or their squares, as there may be in a sum, are below 2^31. */
static bool sums_fit(const struct value *x, const struct quantized *q, bool squares)
{
	const int64_t least = llabs(quantized_least(q->type) - q->zero);
	const int64_t most = llabs(quantized_most(q->type) - q->zero);
	const int64_t one = least > most ? least : most, each = squares ? one * one : one;

	for (int i = 0; i < x->shape.rank; i++)
		if (!dim_is_const(x->shape.d[i]))
			return false;
	return shape_elements(&x->shape) <= INT32_MAX / each;
}

static bool apply_sums(struct unit *u, struct node *n)
{
	struct qscale_attrs a = { 0 };
	struct quantized_result r;
	struct quantized x;
	struct node *sums;
	uint32_t *in;
	bool squares;
	double scale;

	if (!quantized_result(n, &r) ||
	    (!node_is(r.source, "CumSum") && !node_is(r.source, "ReduceL1") &&
	     !node_is(r.source, "ReduceSumSquare")) ||
	    !quantized_input(r.source, 0, &x))
		return false;
	squares = node_is(r.source, "ReduceSumSquare");
	if (!sums_fit(node_in(r.source, 0), &x, squares))
		return false;
	in = arena_copy(u->arena, r.source->in, (size_t)r.source->n_in * sizeof *in);
	in[0] = centered(n, &x);
	sums = graph_insert(n->graph, n, r.source->op, r.source->attrs, r.source->n_in, in, 1,
			    &r.source->loc);
	if (!node_infer(u, sums))
		unreachable("the same sums of integers");
	a.to = (int)r.q.type;
	a.lo = r.lo;
	a.hi = r.hi;
	scale = (double)x.scale * (squares ? (double)x.scale : 1) / (double)r.q.scale;
	return replace_node(n, build3(n, "edgecc.QScale", &a, sums->out[0],
				      build_number(n, DT_F32, scale),
				      build_number(n, DT_F32, (double)r.q.zero)));
}

const struct rewrite rewrites_fixed_sums[] = {
	{ "fixed-sums", "QuantizeLinear", "Q(CumSum(DQ(x))) => sums of integers", apply_sums },
	{ .name = NULL }
};
