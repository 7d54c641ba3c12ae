/* cumulate.c - running folds along an axis: CumSum, CumProd. */
#include "family.h"

struct cumulate_attrs {
	int64_t exclusive, reverse;
};
static const struct attr_row cumulate_rows[] = { A_FLAG(struct cumulate_attrs, exclusive, 0),
						 A_FLAG(struct cumulate_attrs, reverse, 0), A_END };

static bool cumulated_axis(struct unit *u, const struct node *n, int *axis)
{
	const int64_t *axes;
	int count;
	bool present;

	if (!need_ints(u, n, 1, "axis", &axes, &count, &present))
		return false;
	if (count != 1)
		return node_error(u, n, "axis must have one element, it has %d", count);
	return axis_resolve(u, &n->loc, axes[0], node_in(n, 0)->shape.rank, axis);
}

static bool infer_cumulate(struct unit *u, struct node *n)
{
	int axis;

	return infer_need_shape(u, n, node_in(n, 0), "x") && cumulated_axis(u, n, &axis) &&
	       infer_like_input0(u, n);
}

/* y[i] is the fold over those k along the axis with k <= i, k < i, k >= i or k > i. */
static bool define_cumulate(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			    enum tir_reduce kind, double neutral)
{
	const struct cumulate_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *k, *i, *in_range, *x;
	int axis;

	if (!cumulated_axis(b->u, n, &axis))
		return false;
	tir_stage_begin(b, 0, out, idx);
	i = idx[axis];
	k = idx[axis] = tir_var(b, s->d[axis], "k");
	if (a->exclusive)
		in_range = a->reverse ? tir_lt(b, i, k) : tir_lt(b, k, i);
	else
		in_range = a->reverse ? tir_le(b, i, k) : tir_le(b, k, i);
	x = tir_load(b, 0, idx);
	x = tir_select(b, in_range, x, tir_number(b, x->type, neutral));
	out->value = tir_reduce(b, kind, 1, &k, x);
	return true;
}

static bool define_cumsum(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_cumulate(b, n, out, REDUCE_SUM, 0);
}

static bool define_cumprod(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_cumulate(b, n, out, REDUCE_PROD, 1);
}

#define WIDE "T=uint32,uint64,int32,int64,floats"
#define CUMULATE(NAME, SINCE, DEFINE, DOC)                                                         \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = "x:T axis:T2 -> y:T",                         \
		.types = WIDE " T2=int32,int64", .attrs = cumulate_rows,                           \
		.attrs_size = sizeof(struct cumulate_attrs), .infer = infer_cumulate,              \
		.define = DEFINE, .doc = DOC, .limits = "axis must be constant"                    \
	}

const struct op ops_cumulate[] = {
	CUMULATE("CumSum", 11, define_cumsum, "running sums along the axis"),
	CUMULATE("CumProd", 26, define_cumprod, "running products along the axis"),
	{ .name = NULL }
};
