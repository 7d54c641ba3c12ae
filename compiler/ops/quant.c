/* quant.c - QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
 *
 *	q = saturate(round(x / scale) + zero_point)          x = (q - zero_point) * scale
 *
 * with one scale, one for each index of an axis, or one for each block along an axis. */
#include "quant.h"

static const struct attr_row quantize_rows[] = {
	A_INT(struct quant_attrs, axis, 1),
	A_RANGE(struct quant_attrs, block_size, 0, 0, INT32_MAX),
	{ ATTR(struct quant_attrs, output_dtype), .kind = ATTR_TYPE },
	{ ATTR(struct quant_attrs, precision), .kind = ATTR_TYPE },
	A_FLAG(struct quant_attrs, saturate, 1),
	A_END
};
static const struct attr_row dequantize_rows[] = {
	A_INT(struct quant_attrs, axis, 1),
	A_RANGE(struct quant_attrs, block_size, 0, 0, INT32_MAX),
	{ ATTR(struct quant_attrs, output_dtype), .kind = ATTR_TYPE },
	A_END
};

/* -- scales and zero points ------------------------------------------------------------ */

bool quant_is_single(const struct value *v)
{
	for (int i = 0; i < v->shape.rank; i++)
		if (v->shape.d[i] != 1)
			return false;
	return true;
}

/* The axis that scales run along; -1: there is one scale. */
static int quant_axis(struct unit *u, const struct node *n)
{
	const struct quant_attrs *a = n->attrs;
	int axis = -1;

	if (quant_is_single(node_in(n, 1)) && !a->block_size)
		return -1;
	return axis_resolve(u, &n->loc, a->axis, node_in(n, 0)->shape.rank, &axis) ? axis : -2;
}

static bool check_scale(struct unit *u, const struct node *n, const char *name)
{
	const struct quant_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *s = node_in(n, 1);
	bool fits = true;
	int axis;

	if (!infer_need_shape(u, n, x, "x") || !infer_need_shape(u, n, s, name))
		return false;
	axis = quant_axis(u, n);
	if (axis == -2)
		return false;
	if (axis >= 0 && !a->block_size)
		fits = s->shape.rank == 1 &&
		       dim_assume_equal(u, s->shape.d[0], x->shape.d[axis], NULL);
	if (axis >= 0 && a->block_size) {
		fits = s->shape.rank == x->shape.rank;
		for (int i = 0; fits && i < s->shape.rank; i++) {
			dim d = i == axis ? dim_ceildiv(u, x->shape.d[i], a->block_size)
					  : x->shape.d[i];

			fits = dim_assume_equal(u, s->shape.d[i], d, NULL);
		}
	}
	if (fits)
		return true;
	if (a->block_size)
		return node_error(
			u, n,
			"%s has shape %s, which is not that of x, %s, in blocks of %lld along axis %d",
			name, shape_text(u, &s->shape), shape_text(u, &x->shape),
			(long long)a->block_size, axis);
	return node_error(u, n, "%s has shape %s, axis %d of x has size %s", name,
			  shape_text(u, &s->shape), axis, dim_text(u, x->shape.d[axis]));
}

static bool check_zero_point(struct unit *u, const struct node *n)
{
	const struct value *s = node_in(n, 1), *z = node_in(n, 2);

	if (!z || z->shape.rank < 0 || (quant_is_single(z) && quant_is_single(s)) ||
	    shape_equal(&z->shape, &s->shape))
		return true;
	return node_error(u, n, "the zero point has shape %s, the scale %s",
			  shape_text(u, &z->shape), shape_text(u, &s->shape));
}

/* The scale or zero point (input k) for the element idx. */
static const struct tir *parameter(struct tir_builder *b, const struct node *n, int k,
				   const struct tir *const *idx)
{
	const struct quant_attrs *a = n->attrs;
	const struct tir *at[RANK_MAX];
	int axis = quant_axis(b->u, n);

	if (axis < 0)
		return load_single(b, k);
	if (!a->block_size)
		return tir_load(b, k, &idx[axis]);
	for (int i = 0; i < node_in(n, k)->shape.rank; i++)
		at[i] = i == axis ? tir_floordiv(b, idx[i], tir_index(b, a->block_size)) : idx[i];
	return tir_load(b, k, at);
}

/* -- QuantizeLinear -------------------------------------------------------------------- */

#define QUANTIZED "int8,uint8,int16,uint16," QUANT_FLOAT8 ",uint4,int4,float4e2m1,uint2,int2"

static bool infer_quantize(struct unit *u, struct node *n)
{
	const struct quant_attrs *a = n->attrs;
	const struct value *z = node_in(n, 2);
	struct value *y = node_out(n, 0);

	if (!check_scale(u, n, "y_scale") || !check_zero_point(u, n))
		return false;
	if (a->precision && a->precision != DT_F32 && a->precision != DT_F16 &&
	    a->precision != DT_BF16)
		return node_error(u, n, "precision is %s, it must be float, float16 or bfloat16",
				  dtype_name((enum dtype)a->precision));
	if (z && a->output_dtype && a->output_dtype != (int)z->type)
		return node_error(u, n, "output_dtype is %s, y_zero_point has type %s",
				  dtype_name((enum dtype)a->output_dtype), dtype_name(z->type));
	if (!z)
		y->type = a->output_dtype ? (enum dtype)a->output_dtype : DT_U8;
	set_shape(y, &node_in(n, 0)->shape);
	return true;
}

const struct tir *quantize(struct tir_builder *b, enum dtype t, bool saturate, const struct tir *x,
			   const struct tir *zero_point)
{
	static const struct {
		enum dtype type;
		int lo, hi;
	} narrow[] = {
		{ DT_U4, 0, 15 },
		{ DT_I4, -8, 7 },
		{ DT_U2, 0, 3 },
		{ DT_I2, -2, 1 },
	};

	if (dtype_is_float(t))
		return tir_round_to(b, t, saturate, tir_cast(b, DT_F32, x));
	x = tir_unary(b, TIR_ROUND, x);
	if (zero_point)
		x = tir_add(b, x, tir_cast(b, x->type, zero_point));
	for (size_t i = 0; i < ARRAY_LEN(narrow); i++)
		if (narrow[i].type == t)
			x = tir_clamp(b, x, tir_number(b, x->type, narrow[i].lo),
				      tir_number(b, x->type, narrow[i].hi));
	return tir_cast(b, dtype_compute(t), x); /* saturates */
}

/* The division is done in the precision that is asked for, else in the scale's. Integers by
 * integers in double. */
static bool define_quantize(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct quant_attrs *a = n->attrs;
	enum dtype scale_type = node_in(n, 1)->type;
	enum dtype in = a->precision                 ? (enum dtype)a->precision
			: dtype_is_float(scale_type) ? scale_type
						     : DT_F64;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx),
					 *scale = parameter(b, n, 1, idx), *zero = NULL;
	enum dtype ct = dtype_compute(in);

	x = tir_div(b, tir_cast(b, ct, x), tir_cast(b, ct, scale));
	if (in == DT_F16 || in == DT_BF16)
		x = tir_round_to(b, in, false, x);
	if (node_in(n, 2) && out->type == DT_F4E2M1)
		x = tir_add(b, x, tir_cast(b, ct, parameter(b, n, 2, idx)));
	else if (node_in(n, 2) && !dtype_is_float(out->type))
		zero = tir_cast(b, DT_I32, parameter(b, n, 2, idx));
	out->value = quantize(b, out->type, a->saturate, x, zero);
	return true;
}

/* -- DequantizeLinear ------------------------------------------------------------------ */

static bool infer_dequantize(struct unit *u, struct node *n)
{
	const struct quant_attrs *a = n->attrs;
	struct value *y = node_out(n, 0);

	if (!check_scale(u, n, "x_scale") || !check_zero_point(u, n))
		return false;
	y->type = a->output_dtype ? (enum dtype)a->output_dtype : node_in(n, 1)->type;
	set_shape(y, &node_in(n, 0)->shape);
	return true;
}

const struct tir *centered(struct tir_builder *b, const struct tir *x, const struct tir *zero_point)
{
	if (dtype_is_float(x->type))
		return x;
	x = tir_cast(b, DT_I32, x);
	return zero_point ? tir_sub(b, x, tir_cast(b, DT_I32, zero_point)) : x;
}

static bool define_dequantize(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx),
					 *scale = parameter(b, n, 1, idx);

	x = centered(b, x, node_in(n, 2) ? parameter(b, n, 2, idx) : NULL);
	out->value = tir_mul(b, tir_cast(b, DT_F32, x), scale);
	return true;
}

/* -- DynamicQuantizeLinear ------------------------------------------------------------- */

static bool infer_dynamic(struct unit *u, struct node *n)
{
	if (!infer_need_shape(u, n, node_in(n, 0), "x"))
		return false;
	set_shape(node_out(n, 0), &node_in(n, 0)->shape);
	for (int k = 1; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape_of(node_out(n, k), 0, NULL);
	return true;
}

/* scale = (max - min) / 255 with 0 between min and max, 1 where both are 0;  zero_point =
 * round(-min / scale) */
static bool expand_dynamic(struct unit *u, struct node *n)
{
	struct reduce_attrs all = { .keepdims = 0 };
	uint32_t zero = new_scalar(n, DT_F32, 0), top = new_scalar(n, DT_F32, 255), x = n->in[0],
		 hi, lo, scale, z;

	hi = graph_build2(n, "Max", NULL, graph_build1(n, "ReduceMax", &all, x), zero);
	lo = graph_build2(n, "Min", NULL, graph_build1(n, "ReduceMin", &all, x), zero);
	scale = graph_build2(n, "Div", NULL, graph_build2(n, "Sub", NULL, hi, lo), top);
	scale = graph_build3(n, "Where", NULL, graph_build2(n, "Equal", NULL, hi, lo),
			     new_scalar(n, DT_F32, 1), scale);
	z = graph_build1(n, "Neg", NULL, graph_build2(n, "Div", NULL, lo, scale));
	z = new_cast(n, DT_U8,
		     graph_build1(n, "Round", NULL, graph_build3(n, "Clip", NULL, z, zero, top)));
	expand_output(u, n, 0, graph_build3(n, "QuantizeLinear", NULL, x, scale, z));
	expand_output(u, n, 1, scale);
	expand_output(u, n, 2, z);
	return true;
}

const struct op ops_quant[] = {
	{ .name = "QuantizeLinear",
	  .since = 10,
	  .sig = "x:T1 y_scale:T2 y_zero_point?:T3 -> y:T3",
	  .types =
		  "T1=float,float16,bfloat16,int32 T2=float,float16,bfloat16,int32,float8e8m0 T3=" QUANTIZED,
	  .attrs = quantize_rows,
	  .attrs_size = sizeof(struct quant_attrs),
	  .infer = infer_quantize,
	  .define = define_quantize,
	  .doc = "x divided by the scale, rounded, moved by the zero point, saturated" },
	{ .name = "DequantizeLinear",
	  .since = 10,
	  .sig = "x:T1 x_scale:T2 x_zero_point?:T1 -> y:T3",
	  .types = "T1=int32," QUANTIZED
		   " T2=float,float16,bfloat16,float8e8m0 T3=float,float16,bfloat16",
	  .attrs = dequantize_rows,
	  .attrs_size = sizeof(struct quant_attrs),
	  .flags = OP_DEFERRED,
	  .infer = infer_dequantize,
	  .define = define_dequantize,
	  .doc = "x less the zero point, times the scale" },
	{ .name = "DynamicQuantizeLinear",
	  .since = 11,
	  .sig = "x:float -> y:uint8 y_scale:float y_zero_point:uint8",
	  .infer = infer_dynamic,
	  .expand = expand_dynamic,
	  .doc = "x quantized to its own range, and that range's scale and zero point" },
	{ .name = NULL }
};
