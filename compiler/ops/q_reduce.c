/* q_reduce.c - edgecc.QAveragePool, edgecc.QSoftmax, edgecc.QLogSoftmax. */
#include "requant.h"
#include "quant.h"
#include "whole.h"
#include "window.h"

enum { SCALE = 1, TABLE = 1 };

/* -- QAveragePool ---------------------------------------------------------------------- */

#define POOL_ROW(NAME, KIND, ...)                                                                  \
	{                                                                                          \
		.name = #NAME, .kind = ATTR_##KIND, .offset = offsetof(struct pool_attrs, NAME),   \
		__VA_ARGS__                                                                        \
	}
static const struct attr_row qpool_rows[] = { POOL_ROW(auto_pad, ENUM, .choices = auto_pad_names),
					      POOL_ROW(ceil_mode, INT, .hi = 1),
					      POOL_ROW(count_include_pad, INT, .hi = 1),
					      POOL_ROW(dilations, INTS),
					      POOL_ROW(kernel_shape, INTS, .required = true),
					      POOL_ROW(pads, INTS),
					      POOL_ROW(strides, INTS),
					      A_INT(struct qpool_attrs, x_zero, 0),
					      REQUANT_ROWS(struct qpool_attrs),
					      A_END };

static bool infer_qpool(struct unit *u, struct node *n)
{
	const struct qpool_attrs *a = n->attrs;
	struct window w;

	if (!pool_infer(u, n))
		return false;
	pool_window(u, n, &w);
	return requant_infer(u, n, SCALE, dim_add(u, window_taps(&w), 1), &a->out);
}

static bool define_qpool(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qpool_attrs *a = n->attrs;
	const struct tir *count, *sum = pool_sum(b, n, out, a->x_zero, &count);

	out->value = requantize(b, &a->out, sum, requant_scale(b, SCALE, count));
	return true;
}

/* -- QSoftmax -------------------------------------------------------------------------- */

static const struct attr_row qsoftmax_rows[] = {
	A_INT(struct qsoftmax_attrs, axis, -1),
	A_FLOAT(struct qsoftmax_attrs, y_scale, 1),
	A_INT(struct qsoftmax_attrs, inverse, 0),
	REQUANT_ROWS(struct qsoftmax_attrs),
	A_END,
};

static bool infer_softmax(struct unit *u, struct node *n, int64_t along, int to)
{
	const struct value *x = node_in(n, 0), *table = node_in(n, TABLE);
	dim size = x->type == DT_I8 || x->type == DT_U8 ? 256 : 512;
	int axis;

	if (!infer_need_shape(u, n, x, "x") ||
	    !axis_resolve(u, &n->loc, along, x->shape.rank, &axis))
		return false;
	if (table->shape.rank != 1 || table->shape.d[0] != size)
		return node_error(u, n, "table has shape %s, it must have %lld elements",
				  shape_text(u, &table->shape), (long long)size);
	set_shape(node_out(n, 0), &x->shape);
	node_out(n, 0)->type = (enum dtype)to;
	return true;
}

static bool infer_qsoftmax(struct unit *u, struct node *n)
{
	const struct qsoftmax_attrs *a = n->attrs;

	return infer_softmax(u, n, a->axis, a->out.to);
}

/* x at idx, but `at` along the axis. */
static const struct tir *along(struct tir_builder *b, const struct tir *const *idx, int rank,
			       int axis, const struct tir *at)
{
	const struct tir *i[RANK_MAX];

	for (int k = 0; k < rank; k++)
		i[k] = k == axis ? at : idx[k];
	return tir_cast(b, DT_I32, tir_load(b, 0, i));
}

static const struct tir *exponential(struct tir_builder *b, const struct tir *max,
				     const struct tir *x)
{
	const struct tir *d = tir_cast(b, DT_INDEX, tir_sub(b, max, x)), *high, *low, *v;

	if (node_in(b->node, TABLE)->shape.d[0] == 256)
		return tir_load(b, TABLE, &d);
	if (node_in(b->node, 0)->type == DT_I32)
		d = tir_min(b, d, tir_index(b, 65535));
	high = tir_floordiv(b, d, tir_index(b, 256));
	low = tir_affine(b, tir_floormod(b, d, tir_index(b, 256)), 1, 256);
	v = tir_mul(b, tir_cast(b, DT_I64, tir_load(b, TABLE, &high)),
		    tir_cast(b, DT_I64, tir_load(b, TABLE, &low)));
	return tir_floordiv(b, v, tir_int(b, DT_I64, 1 << 22));
}

/* A row's greatest element, and the sum of its exponentials. */
static const struct tir *row_sum(struct tir_builder *b, const struct tir *const *idx, int rank,
				 int axis, enum dtype t, const struct tir **max)
{
	const struct tir *e, *var = tir_var(b, node_in(b->node, 0)->shape.d[axis], "k");

	*max = tir_reduce(b, REDUCE_MAX, 1, &var, along(b, idx, rank, axis, var));
	e = exponential(b, *max, along(b, idx, rank, axis, var));
	return tir_reduce(b, REDUCE_SUM, 1, &var, tir_cast(b, t, e));
}

static const struct tir *ratio_fixed(struct tir_builder *b, const struct qsoftmax_attrs *a,
				     const struct tir *e, const struct tir *sum)
{
	const struct tir *v = tir_mul(b, tir_cast(b, DT_I64, e), tir_int(b, DT_I64, a->inverse));

	/* Rounded down twice is rounded down: numbers below 2^32 are divided, as a rule. */
	v = tir_add(b, v, tir_mul(b, sum, tir_int(b, DT_I64, 128)));
	v = tir_floordiv(b, tir_floordiv(b, v, tir_int(b, DT_I64, 256)), sum);
	v = tir_clamp(b, v, tir_int(b, DT_I64, a->out.lo - a->out.zero),
		      tir_int(b, DT_I64, a->out.hi - a->out.zero));
	return tir_cast(b, DT_I32, v);
}

static const struct tir *ratio_onnx(struct tir_builder *b, const struct qsoftmax_attrs *a,
				    const struct tir *e, const struct tir *sum)
{
	const struct tir *v = tir_div(b, e, sum);

	v = tir_div(b, v, tir_float(b, DT_F32, (double)a->y_scale));
	v = tir_clamp(b, v, tir_number(b, DT_F32, (double)(a->out.lo - a->out.zero)),
		      tir_number(b, DT_F32, (double)(a->out.hi - a->out.zero)));
	return tir_cast(b, DT_I32, tir_unary(b, TIR_ROUND, v));
}

static bool define_qsoftmax(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qsoftmax_attrs *a = n->attrs;
	bool fixed = node_in(n, TABLE)->type == DT_I32;
	const struct tir *idx[RANK_MAX], *max, *e, *sum, *v;
	int axis = 0;

	axis_resolve(b->u, &n->loc, a->axis, node_in(n, 0)->shape.rank, &axis);
	tir_stage_begin(b, 0, out, idx);
	sum = row_sum(b, idx, out->rank, axis, fixed ? DT_I64 : DT_F32, &max);
	e = exponential(b, max, along(b, idx, out->rank, axis, idx[axis]));
	v = fixed ? ratio_fixed(b, a, e, sum) : ratio_onnx(b, a, e, sum);
	out->value = tir_cast(b, dtype_compute(out->type),
			      tir_add(b, v, tir_int(b, DT_I32, a->out.zero)));
	return true;
}

/* -- QLogSoftmax ----------------------------------------------------------------------- */

static const struct attr_row qlogsoftmax_rows[] = {
	CLAMP_ROWS(struct qlogsoftmax_attrs),
	A_INT(struct qlogsoftmax_attrs, axis, -1),
	A_RANGE(struct qlogsoftmax_attrs, shift, 0, 0, 62),
	A_INT(struct qlogsoftmax_attrs, step, 0),
	A_INT(struct qlogsoftmax_attrs, unit, 0),
	A_INT(struct qlogsoftmax_attrs, offset, 0),
	A_END,
};

static bool infer_qlogsoftmax(struct unit *u, struct node *n)
{
	const struct qlogsoftmax_attrs *a = n->attrs;

	return infer_softmax(u, n, a->axis, a->to);
}

static const struct tir *scaled(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	return tir_floordiv(b, tir_mul(b, x, y), whole(b, INT64_C(1) << 30));
}

/* log(v / 2^22) * 2^20 for v from 2^22 to 2^61. v = f * 2^62 / 2^k with f from 1/2 to 1, and log f =
 * 2 (w + w^3 / 3 + w^5 / 5 ...) with w = (f - 1) / (f + 1). */
static const struct tir *logarithm(struct tir_builder *b, const struct tir *v)
{
	const int64_t one = INT64_C(1) << 31;
	const struct normal n = whole_normal(b, v, 62, 1);
	const struct tir *w, *square, *sum = whole(b, (one / 2) / 9);

	v = tir_floordiv(b, n.m, whole(b, one));
	w = tir_floordiv(b, tir_mul(b, tir_sub(b, v, whole(b, one)), whole(b, one / 2)),
			 tir_add(b, v, whole(b, one)));
	square = scaled(b, w, w);
	for (int i = 7; i >= 1; i -= 2)
		sum = tir_add(b, scaled(b, sum, square), whole(b, (one / 2) / i));
	v = tir_mul(b, scaled(b, w, sum), whole(b, 2));
	w = tir_mul(b, tir_sub(b, whole(b, 40), n.count), whole(b, 744261118)); /* log 2 */
	return tir_floordiv(b, tir_add(b, v, w), whole(b, 1 << 10));
}

static bool define_qlogsoftmax(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qlogsoftmax_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *max, *v, *d;
	int axis = 0;

	axis_resolve(b->u, &n->loc, a->axis, node_in(n, 0)->shape.rank, &axis);
	tir_stage_begin(b, 0, out, idx);
	v = logarithm(b, row_sum(b, idx, out->rank, axis, DT_I64, &max));
	v = tir_sub(b, whole(b, a->offset), tir_mul(b, v, whole(b, a->unit)));
	d = tir_cast(b, DT_I64, tir_sub(b, max, along(b, idx, out->rank, axis, idx[axis])));
	v = tir_sub(b, v, tir_mul(b, d, whole(b, a->step)));
	v = tir_floordiv(b, v, whole(b, INT64_C(1) << a->shift));
	v = tir_clamp(b, v, whole(b, a->lo), whole(b, a->hi));
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

const struct op ops_q_reduce[] = {
	{ .name = "QAveragePool",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 scale:T2 -> y:*",
	  .types = "T1=int8,uint8,int16,uint16 T2=float,int32",
	  .attrs = qpool_rows,
	  .attrs_size = sizeof(struct qpool_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_qpool,
	  .define = define_qpool,
	  .doc = "means over windows of integers, requantized" },
	{ .name = "QSoftmax",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 table:T2 -> y:*",
	  .types = "T1=int8,uint8,int16,uint16,int32 T2=float,int32",
	  .attrs = qsoftmax_rows,
	  .attrs_size = sizeof(struct qsoftmax_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_qsoftmax,
	  .define = define_qsoftmax,
	  .doc = "softmax of integers through a table of exponentials, requantized" },
	{ .name = "QLogSoftmax",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 table:int32 -> y:*",
	  .types = "T1=int8,uint8,int16,uint16",
	  .attrs = qlogsoftmax_rows,
	  .attrs_size = sizeof(struct qlogsoftmax_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_qlogsoftmax,
	  .define = define_qlogsoftmax,
	  .doc = "logarithms of softmax of integers, requantized" },
	{ .name = NULL }
};
