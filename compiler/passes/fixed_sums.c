/* Sums of one tensor's integers, which are exact in 32 bits, or in 64, of which 31 are kept:
 *
 *	Q(CumSum(DQ(x), axis))  =>  QScale(CumSum(x - zero, axis))
 *	Q(CumSum(DQ(x), axis))  =>  QScale(CumSum(x - zero, axis) / 2^drop)
 *
 * and the same of the sums of magnitudes and of squares (ReduceL1, ReduceSumSquare), and of what a Scatter
 * adds up. */
#include "fixed.h"

#include <math.h>
#include <stdlib.h>

static uint32_t cast(struct node *n, enum dtype t, uint32_t x)
{
	const struct cast_attrs to = { .to = (int)t, .saturate = 1 };

	return build1(n, "Cast", &to, x);
}

static uint32_t centered(struct node *n, enum dtype t, const struct quantized *x)
{
	const uint32_t wide = cast(n, t, x->id);

	return x->zero ? build2(n, "Sub", NULL, wide, build_number(n, t, (double)x->zero)) : wide;
}

/* How many elements a sum is of at most; 0: not known. */
static int64_t terms_of(const struct node *n)
{
	const struct shape *s = &node_in(n, 0)->shape;
	bool folded[RANK_MAX] = { false };
	int64_t count = 1;

	if (!shape_is_const(s))
		return 0;
	if (fixed_scatters_sums(n))
		return shape_is_const(&node_in(n, 2)->shape)
			       ? shape_elements(&node_in(n, 2)->shape) + 1
			       : 0;
	if (node_is(n, "CumSum") || !reduced_axes(n, folded))
		return shape_elements(s);
	for (int i = 0; i < s->rank; i++)
		if (folded[i])
			count *= s->d[i];
	return count;
}

/* A sum is below 2^bits. */
static int bits_of(const struct node *n, const struct quantized *q, bool squares)
{
	const double least = (double)llabs(quantized_least(q->type) - q->zero);
	const double most = (double)llabs(quantized_most(q->type) - q->zero);
	const double one = fmax(least, most);
	int bits;

	frexp((double)terms_of(n) * one * (squares ? one : 1), &bits);
	return bits;
}

static uint32_t sums_of(struct node *n, const struct node *sum, const struct quantized *x,
			enum dtype t)
{
	uint32_t in[3] = { centered(n, t, x), sum->n_in > 1 ? sum->in[1] : VALUE_NONE };
	struct quantized updates;

	if (quantized_input(sum, 2, &updates))
		in[2] = centered(n, t, &updates);

	return build(n, sum->op->name, sum->attrs, sum->n_in, in);
}

bool fixed_scatters_sums(const struct node *n)
{
	return (node_is(n, "ScatterElements") || node_is(n, "ScatterND")) &&
	       attr_number(n, "reduction") == SCATTER_ADD;
}

/* n is a sum, of integers of one kind. */
static bool is_sum(const struct node *n)
{
	struct quantized x, y;

	if (fixed_scatters_sums(n))
		return quantized_input(n, 0, &x) && quantized_input(n, 2, &y) && x.type == y.type &&
		       x.scale == y.scale && x.zero == y.zero;
	return node_is(n, "CumSum") || node_is(n, "ReduceL1") || node_is(n, "ReduceSumSquare");
}

static bool apply_sums(struct unit *u, struct node *n)
{
	struct qscale_attrs a = { 0 };
	struct quantized_result r;
	struct quantized x;
	uint32_t sums;
	bool squares;
	double scale;
	int bits, drop;

	(void)u;
	if (!quantized_result(n, &r) || !is_sum(r.source) || !quantized_input(r.source, 0, &x) ||
	    !terms_of(r.source))
		return false;
	squares = node_is(r.source, "ReduceSumSquare");
	bits = bits_of(r.source, &x, squares);
	if (bits > 62)
		return false;
	drop = bits > 31 ? bits - 31 : 0;
	sums = sums_of(n, r.source, &x, drop ? DT_I64 : DT_I32);
	if (drop)
		sums = cast(n, DT_I32,
			    build2(n, "Div", NULL, sums, build_number(n, DT_I64, ldexp(1, drop))));
	a.to = (int)r.q.type;
	a.lo = r.lo;
	a.hi = r.hi;
	scale = (double)x.scale * (squares ? (double)x.scale : 1) / (double)r.q.scale;
	return replace_node(n, build3(n, "edgecc.QScale", &a, sums,
				      build_number(n, DT_F32, ldexp(scale, drop)),
				      build_number(n, DT_F32, (double)r.q.zero)));
}

const struct rewrite rewrites_fixed_sums[] = {
	{ "fixed-sums", "QuantizeLinear", "Q(CumSum(DQ(x))) => sums of integers", apply_sums },
	{ .name = NULL }
};
