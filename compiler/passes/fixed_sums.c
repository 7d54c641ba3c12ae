/* Sums of one tensor's integers, which are exact in 32 bits, or in 64, of which 31 are kept:
 *
 *	Q(CumSum(DQ(x), axis))  =>  QScale(CumSum(x - zero, axis))
 *	Q(CumSum(DQ(x), axis))  =>  QScale(CumSum(x - zero, axis) / 2^drop)
 *
 * and the same of the sums of magnitudes and of squares (ReduceL1, ReduceSumSquare). */
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
	uint32_t in[2] = { centered(n, t, x), sum->n_in > 1 ? sum->in[1] : VALUE_NONE };

	return build(n, sum->op->name, sum->attrs, sum->n_in, in);
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
	if (!quantized_result(n, &r) ||
	    (!node_is(r.source, "CumSum") && !node_is(r.source, "ReduceL1") &&
	     !node_is(r.source, "ReduceSumSquare")) ||
	    !quantized_input(r.source, 0, &x) || !terms_of(r.source))
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
