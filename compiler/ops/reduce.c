/* reduce.c - folds along axes: ReduceSum to ReduceLogSumExp, ArgMax, ArgMin. */
#include "family.h"

#include <string.h>

static const struct attr_row reduce_rows[] = { A_FLAG(struct reduce_attrs, keepdims, 1),
					       A_FLAG(struct reduce_attrs, noop_with_empty_axes, 0),
					       A_END };

/* Which of input 0's axes are folded: 1 or 0; *left gets how many are not. */
static bool reduced_axes(struct unit *u, const struct node *n, dim *folded, int *left)
{
	const struct reduce_attrs *a = n->attrs;
	int rank = node_in(n, 0)->shape.rank, count = 0;

	*left = 0;
	if (rank == 0) /* NumPy and exporters allow axes 0 and -1 on a scalar */
		return true;
	if (node_in(n, 1) && !axes_named(u, n, 1, rank, folded, &count))
		return false;
	for (int i = 0; i < rank; i++) {
		if (count == 0)
			folded[i] = !a->noop_with_empty_axes;
		*left += folded[i] == 0;
	}
	for (int i = 0; i < rank; i++)
		if (folded[i] < 0) /* known at run time: as many as the list is long */
			*left = rank - count;
	if (*left < 0)
		return node_error(u, n, "axes has %d elements, data has rank %d", count, rank);
	return true;
}

static bool infer_reduce(struct unit *u, struct node *n)
{
	const struct reduce_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	dim folded[RANK_MAX];
	struct shape s = *x;
	int left;

	if (!infer_need_shape(u, n, node_in(n, 0), "data") || !reduced_axes(u, n, folded, &left))
		return false;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = named_or(u, folded[i], x->d[i]);
	if (!a->keepdims)
		shape_without(u, x, folded, left, &s);
	set_shape(node_out(n, 0), &s);
	return true;
}

/* All of a one-dimensional tensor of known content. */
static bool infer_reduce_content(struct unit *u, struct node *n, elem_op f, int64_t neutral)
{
	struct value *x = node_in(n, 0), *y = node_out(n, 0);
	const dim *e;
	dim acc;
	int count;

	if (!infer_reduce(u, n))
		return false;
	if (!dtype_is_int(x->type) || x->shape.rank != 1 || shape_count(u, &y->shape) != 1 ||
	    input_dims(u, n, 0, &e, &count) != 1)
		return true;
	acc = neutral;
	for (int i = 0; i < count; i++)
		if (!f(u, acc, e[i], &acc))
			return true;
	set_elems(u, y, &acc, 1);
	return true;
}

static bool infer_reduce_prod(struct unit *u, struct node *n)
{
	return infer_reduce_content(u, n, elem_mul, 1);
}

static bool infer_reduce_sum(struct unit *u, struct node *n)
{
	return infer_reduce_content(u, n, elem_add, 0);
}

/* -- definitions --------------------------------------------------------------------------- */

typedef const struct tir *(*map)(struct tir_builder *b, const struct tir *x);

static const struct tir *square(struct tir_builder *b, const struct tir *x)
{
	return tir_mul(b, x, x);
}

static const struct tir *absolute(struct tir_builder *b, const struct tir *x)
{
	return tir_unary(b, TIR_ABS, x);
}

/* f(x), of integers in double and toward zero. */
static const struct tir *in_real(struct tir_builder *b, enum tir_kind f, const struct tir *x)
{
	if (dtype_is_float(x->type))
		return tir_unary(b, f, x);
	return tir_cast(b, x->type, tir_unary(b, f, tir_cast(b, DT_F64, x)));
}

static const struct tir *square_root(struct tir_builder *b, const struct tir *x)
{
	return in_real(b, TIR_SQRT, x);
}

static const struct tir *logarithm(struct tir_builder *b, const struct tir *x)
{
	return in_real(b, TIR_LOG, x);
}

/* after(fold of before(x)); *count gets the number of elements that go into one result. */
static bool fold(struct tir_builder *b, const struct node *n, struct tir_stage *out,
		 enum tir_reduce kind, map before, map after, dim *count)
{
	const struct reduce_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *x_idx[RANK_MAX], *vars[RANK_MAX], *x;
	dim folded[RANK_MAX];
	int n_vars = 0, left;

	if (!reduced_axes(b->u, n, folded, &left))
		return false;
	tir_stage_begin(b, 0, out, idx);
	*count = 1;
	for (int i = 0; i < s->rank; i++) {
		dim taken = only_named(b->u, folded[i], s->d[i]);

		x_idx[i] = a->keepdims ? idx[i] : index_without(b, folded, i, left, idx);
		if (folded[i] == 0)
			continue;
		vars[n_vars] = tir_var(b, taken, "k");
		*count = dim_mul(b->u, *count, taken);
		x_idx[i] = folded[i] == 1 ? vars[n_vars] : tir_add(b, x_idx[i], vars[n_vars]);
		n_vars++;
	}
	x = tir_load(b, 0, x_idx);
	if (before)
		x = before(b, x);
	if (n_vars)
		x = tir_reduce(b, kind, n_vars, vars, x);
	out->value = after ? after(b, x) : x;
	return true;
}

#define DEFINE_REDUCE(NAME, KIND, BEFORE, AFTER)                                                   \
	static bool define_##NAME(struct tir_builder *b, const struct node *n,                     \
				  struct tir_stage *out)                                           \
	{                                                                                          \
		dim count;                                                                         \
		return fold(b, n, out, KIND, BEFORE, AFTER, &count);                               \
	}

DEFINE_REDUCE(sum, REDUCE_SUM, NULL, NULL)
DEFINE_REDUCE(prod, REDUCE_PROD, NULL, NULL)
DEFINE_REDUCE(l1, REDUCE_SUM, absolute, NULL)
DEFINE_REDUCE(l2, REDUCE_SUM, square, square_root)
DEFINE_REDUCE(log_sum, REDUCE_SUM, NULL, logarithm)
DEFINE_REDUCE(sum_square, REDUCE_SUM, square, NULL)

static bool define_mean(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	dim count;

	if (!fold(b, n, out, REDUCE_SUM, NULL, NULL, &count))
		return false;
	out->value = tir_div(b, out->value, tir_cast(b, out->value->type, tir_dim(b, count)));
	return true;
}

/* false < true */
static bool define_extreme(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			   enum tir_reduce kind, enum tir_reduce logical)
{
	dim count;

	return fold(b, n, out, node_in(n, 0)->type == DT_BOOL ? logical : kind, NULL, NULL, &count);
}

static bool define_max(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_extreme(b, n, out, REDUCE_MAX, REDUCE_OR);
}

static bool define_min(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_extreme(b, n, out, REDUCE_MIN, REDUCE_AND);
}

/* m + log(sum(exp(x - m))), m the greatest element where that is finite, else 0. Half types in
 * float, integers in double and toward zero. */
static bool expand_log_sum_exp(struct unit *u, struct node *n)
{
	struct reduce_attrs a = *(const struct reduce_attrs *)n->attrs, keep = a;
	enum dtype t = node_in(n, 0)->type, ct = dtype_is_float(t) ? dtype_compute(t) : DT_F64;
	uint32_t x = new_cast(n, ct, n->in[0]), axes = n->n_in > 1 ? n->in[1] : VALUE_NONE;
	uint32_t m, y, flat;

	keep.keepdims = 1;
	m = graph_build2(n, "ReduceMax", &keep, x, axes);
	m = graph_build3(n, "Where", NULL, graph_build1(n, "IsInf", NULL, m), new_scalar(n, ct, 0),
			 m);
	y = graph_build1(n, "Exp", NULL, graph_build2(n, "Sub", NULL, x, m));
	y = graph_build1(n, "Log", NULL, graph_build2(n, "ReduceSum", &a, y, axes));
	flat = a.keepdims ? m : graph_build2(n, "ReduceSum", &a, m, axes);
	expand_output(u, n, 0, new_cast(n, t, graph_build2(n, "Add", NULL, y, flat)));
	return true;
}

/* -- ArgMax, ArgMin ------------------------------------------------------------------------ */

static const struct attr_row argmax_rows[] = { A_INT(struct argmax_attrs, axis, 0),
					       A_FLAG(struct argmax_attrs, keepdims, 1),
					       A_FLAG(struct argmax_attrs, select_last_index, 0),
					       A_END };

static bool infer_argmax(struct unit *u, struct node *n)
{
	const struct argmax_attrs *a = n->attrs;
	struct value *x = node_in(n, 0);
	struct shape s = x->shape;
	dim wanted;
	int axis;

	if (!infer_need_rank(u, n, x, "data", 1, RANK_MAX) ||
	    !axis_resolve(u, &n->loc, a->axis, x->shape.rank, &axis))
		return false;
	s.d[axis] = 1;
	/* Nothing has no greatest element, which is an error where an output wants it. */
	wanted = dim_min(u, shape_count(u, &s), 1);
	if (!dim_assume_equal(u, dim_mul(u, wanted, dim_min(u, x->shape.d[axis], 1)), wanted, NULL))
		return node_error(u, n, "axis %d of data is empty", axis);
	if (!a->keepdims) {
		s.rank--;
		memmove(&s.d[axis], &s.d[axis + 1], (size_t)(s.rank - axis) * sizeof s.d[0]);
	}
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool define_position(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			    enum tir_reduce first, enum tir_reduce last)
{
	const struct argmax_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *x_idx[RANK_MAX], *var;
	int axis, k = 0;

	if (!axis_resolve(b->u, &n->loc, a->axis, s->rank, &axis))
		return false;
	tir_stage_begin(b, 0, out, idx);
	var = tir_var(b, s->d[axis], "k");
	for (int i = 0; i < s->rank; i++) {
		x_idx[i] = i == axis ? var : idx[k];
		k += i != axis || a->keepdims;
	}
	out->value =
		tir_reduce(b, a->select_last_index ? last : first, 1, &var, tir_load(b, 0, x_idx));
	out->value = tir_cast(b, DT_I64, out->value);
	return true;
}

static bool define_argmax(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_position(b, n, out, REDUCE_ARGMAX_FIRST, REDUCE_ARGMAX_LAST);
}

static bool define_argmin(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_position(b, n, out, REDUCE_ARGMIN_FIRST, REDUCE_ARGMIN_LAST);
}

/* -- axes as an attribute ------------------------------------------------------------------ */

struct reduce1_attrs {
	struct ints axes;
	int64_t keepdims;
};
static const struct attr_row reduce1_rows[] = { A_INTS(struct reduce1_attrs, axes),
						A_FLAG(struct reduce1_attrs, keepdims, 1), A_END };

static bool upgrade_reduce(struct unit *u, struct node *n)
{
	struct reduce1_attrs old = *(const struct reduce1_attrs *)n->attrs;
	struct reduce_attrs a = { .keepdims = old.keepdims };

	upgrade_to_newest(u, n, &a);
	if (old.axes.n)
		upgrade_ints_input(u, n, 1, "axes", old.axes.p, old.axes.n);
	return true;
}

#define REDUCE(NAME, SINCE, TYPES, DOC, INFER, ...)                                                \
	{ .name = NAME,                                                                            \
	  .since = SINCE,                                                                          \
	  .sig = "data:T axes?:int64 -> reduced:T",                                                \
	  .types = TYPES,                                                                          \
	  .attrs = reduce_rows,                                                                    \
	  .attrs_size = sizeof(struct reduce_attrs),                                               \
	  .infer = INFER,                                                                          \
	  .doc = DOC,                                                                              \
	  __VA_ARGS__ },                                                                           \
	{                                                                                          \
		.name = NAME, .since = 1, .until = SINCE - 1, .sig = "data:T -> reduced:T",        \
		.types = TYPES, .attrs = reduce1_rows, .attrs_size = sizeof(struct reduce1_attrs), \
		.upgrade = upgrade_reduce                                                          \
	}
#define ARG(NAME, DEFINE, DOC)                                                                     \
	{                                                                                          \
		.name = NAME, .since = 1, .sig = "data:T -> reduced:int64", .types = "T=num",      \
		.attrs = argmax_rows, .attrs_size = sizeof(struct argmax_attrs),                   \
		.infer = infer_argmax, .define = DEFINE, .doc = DOC                                \
	}
#define WIDE "T=uint32,uint64,int32,int64,floats"
/* 16 bits are those of quantized tensors, which ONNX's own do not take. */
#define EXTREME "T=uint32,uint64,int32,int64,floats,uint8,int8,uint16,int16,bool"

const struct op ops_reduce[] = {
	REDUCE("ReduceSum", 13, WIDE, "the sum along axes", infer_reduce_sum, .define = define_sum),
	REDUCE("ReduceMean", 18, WIDE, "the mean along axes", infer_reduce, .define = define_mean),
	REDUCE("ReduceMax", 18, EXTREME, "the greatest along axes", infer_reduce,
	       .define = define_max),
	REDUCE("ReduceMin", 18, EXTREME, "the least along axes", infer_reduce,
	       .define = define_min),
	REDUCE("ReduceProd", 18, WIDE, "the product along axes", infer_reduce_prod,
	       .define = define_prod),
	REDUCE("ReduceL1", 18, WIDE, "the sum of absolute values along axes", infer_reduce,
	       .define = define_l1),
	REDUCE("ReduceL2", 18, WIDE, "the square root of the sum of squares", infer_reduce,
	       .define = define_l2),
	REDUCE("ReduceLogSum", 18, WIDE, "the logarithm of the sum", infer_reduce,
	       .define = define_log_sum),
	REDUCE("ReduceLogSumExp", 18, WIDE, "the logarithm of the sum of exponentials",
	       infer_reduce, .expand = expand_log_sum_exp),
	REDUCE("ReduceSumSquare", 18, WIDE, "the sum of squares along axes", infer_reduce,
	       .define = define_sum_square),
	ARG("ArgMax", define_argmax, "where along the axis the greatest element is"),
	ARG("ArgMin", define_argmin, "where along the axis the least element is"),
	{ .name = NULL }
};
