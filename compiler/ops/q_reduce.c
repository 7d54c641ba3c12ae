/* q_reduce.c - edgecc.QAveragePool, edgecc.QSoftmax. */
#include "requant.h"
#include "quant.h"
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

static bool infer_qsoftmax(struct unit *u, struct node *n)
{
	const struct qsoftmax_attrs *a = n->attrs;
	const struct value *table = node_in(n, TABLE);
	int axis;

	if (!infer_need_shape(u, n, node_in(n, 0), "x") ||
	    !axis_resolve(u, &n->loc, a->axis, node_in(n, 0)->shape.rank, &axis))
		return false;
	if (table->shape.rank != 1 || table->shape.d[0] != 256)
		return node_error(u, n, "table has shape %s, it must have 256 elements",
				  shape_text(u, &table->shape));
	set_shape(node_out(n, 0), &node_in(n, 0)->shape);
	node_out(n, 0)->type = (enum dtype)a->out.to;
	return true;
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
	const struct tir *d = tir_cast(b, DT_INDEX, tir_sub(b, max, x));

	return tir_load(b, TABLE, &d);
}

static const struct tir *ratio_fixed(struct tir_builder *b, const struct qsoftmax_attrs *a,
				     const struct tir *e, const struct tir *sum)
{
	const struct tir *half = tir_mul(b, sum, tir_int(b, DT_I64, 128));
	const struct tir *v = tir_mul(b, tir_cast(b, DT_I64, e), tir_int(b, DT_I64, a->inverse));

	v = tir_floordiv(b, tir_add(b, v, half), tir_mul(b, sum, tir_int(b, DT_I64, 256)));
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
	const struct tir *idx[RANK_MAX], *var, *max, *e, *sum, *v;
	int axis = 0;

	axis_resolve(b->u, &n->loc, a->axis, node_in(n, 0)->shape.rank, &axis);
	tir_stage_begin(b, 0, out, idx);
	var = tir_var(b, node_in(n, 0)->shape.d[axis], "k");
	max = tir_reduce(b, REDUCE_MAX, 1, &var, along(b, idx, out->rank, axis, var));
	e = exponential(b, max, along(b, idx, out->rank, axis, var));
	sum = tir_reduce(b, REDUCE_SUM, 1, &var, tir_cast(b, fixed ? DT_I64 : DT_F32, e));
	e = exponential(b, max, along(b, idx, out->rank, axis, idx[axis]));
	v = fixed ? ratio_fixed(b, a, e, sum) : ratio_onnx(b, a, e, sum);
	out->value = tir_cast(b, dtype_compute(out->type),
			      tir_add(b, v, tir_int(b, DT_I32, a->out.zero)));
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
	  .types = "T1=int8,uint8 T2=float,int32",
	  .attrs = qsoftmax_rows,
	  .attrs_size = sizeof(struct qsoftmax_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_qsoftmax,
	  .define = define_qsoftmax,
	  .doc = "softmax of integers through a table of exponentials, requantized" },
	{ .name = NULL }
};
