/* cumulate.c - running folds along an axis: CumSum, CumProd. */
#include "family.h"

static const struct attr_row cumulate_rows[] = { A_FLAG(struct cumulate_attrs, exclusive, 0),
						 A_FLAG(struct cumulate_attrs, reverse, 0), A_END };

static bool cumulated_axis(struct unit *u, const struct node *n, dim *named)
{
	int count;

	if (!axes_named(u, n, 1, node_in(n, 0)->shape.rank, named, &count))
		return false;
	return count == 1 || node_error(u, n, "axis must have one element, it has %d", count);
}

static bool infer_cumulate(struct unit *u, struct node *n)
{
	dim named[RANK_MAX];

	return infer_need_rank(u, n, node_in(n, 0), "x", 1, RANK_MAX) &&
	       cumulated_axis(u, n, named) && infer_like_input0(u, n);
}

/* y[i] is the fold over those k along the axis with k <= i, k < i, k >= i or k > i. Where the axis
 * is known at run time only there is a k for each axis, of which the others run once. */
static bool define_cumulate(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			    enum tir_reduce kind, double neutral)
{
	const struct cumulate_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *vars[RANK_MAX], *within = tir_bool(b, true), *x;
	dim named[RANK_MAX];
	int n_vars = 0;

	if (!cumulated_axis(b->u, n, named))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < s->rank; i++) {
		const struct tir *low, *high, *k, *is_axis, *near;

		if (named[i] == 0)
			continue;
		k = vars[n_vars++] = tir_var(b, only_named(b->u, named[i], s->d[i]), "k");
		is_axis = tir_eq(b, tir_dim(b, named[i]), tir_index(b, 1));
		low = a->reverse ? idx[i] : k;
		high = a->reverse ? k : idx[i];
		near = a->exclusive ? tir_lt(b, low, high) : tir_le(b, low, high);
		within = tir_and(b, within, tir_or(b, tir_not(b, is_axis), near));
		idx[i] = tir_select(b, is_axis, k, idx[i]);
	}
	x = tir_load(b, 0, idx);
	x = tir_select(b, within, x, tir_number(b, x->type, neutral));
	out->value = tir_reduce(b, kind, n_vars, vars, x);
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
		.define = DEFINE, .doc = DOC                                                       \
	}

const struct op ops_cumulate[] = {
	CUMULATE("CumSum", 11, define_cumsum, "running sums along the axis"),
	CUMULATE("CumProd", 26, define_cumprod, "running products along the axis"),
	{ .name = NULL }
};
