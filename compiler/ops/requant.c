/* requant.c - from a sum to a quantized result. */
#include "requant.h"

#include "quant.h"

bool requant_infer(struct unit *u, struct node *n, int k, dim size, const struct requant *r)
{
	const struct value *scale = node_in(n, k);

	if (!infer_need_shape(u, n, scale, "scale"))
		return false;
	if (!quant_is_single(scale) && (scale->shape.rank != 1 || scale->shape.d[0] != size))
		return node_error(u, n, "scale has shape %s, there are %s channels",
				  shape_text(u, &scale->shape), dim_text(u, size));
	node_out(n, 0)->type = (enum dtype)r->to;
	return true;
}

const struct tir *requant_scale(struct tir_builder *b, int k, const struct tir *i)
{
	return quant_is_single(node_in(b->node, k)) ? load_single(b, k) : tir_load(b, k, &i);
}

/* Clamped in float: what is left fits every integer. */
static const struct tir *scaled_onnx(struct tir_builder *b, const struct requant *r,
				     const struct tir *acc, const struct tir *factor)
{
	const struct tir *v = tir_mul(b, tir_cast(b, DT_F32, acc), factor);

	v = tir_clamp(b, v, tir_number(b, DT_F32, (double)(r->lo - r->zero)),
		      tir_number(b, DT_F32, (double)(r->hi - r->zero)));
	return tir_cast(b, DT_I32, tir_unary(b, TIR_ROUND, v));
}

static const struct tir *scaled_fixed(struct tir_builder *b, const struct requant *r,
				      const struct tir *acc, const struct tir *multiplier)
{
	int bits = 32 + (int)r->shift;
	const struct tir *v = tir_mul(b, tir_cast(b, DT_I64, acc), tir_cast(b, DT_I64, multiplier));

	v = tir_add(b, v, tir_int(b, DT_I64, INT64_C(1) << (bits - 1)));
	v = tir_floordiv(b, v, tir_int(b, DT_I64, INT64_C(1) << bits));
	v = tir_clamp(b, v, tir_int(b, DT_I64, r->lo - r->zero),
		      tir_int(b, DT_I64, r->hi - r->zero));
	return tir_cast(b, DT_I32, v);
}

const struct tir *requantize(struct tir_builder *b, const struct requant *r, const struct tir *acc,
			     const struct tir *scale)
{
	const struct tir *v;

	if (r->to == DT_I32)
		return tir_cast(b, DT_I32, acc);
	v = scale->type == DT_F32 ? scaled_onnx(b, r, acc, scale) : scaled_fixed(b, r, acc, scale);

	return tir_cast(b, dtype_compute((enum dtype)r->to),
			tir_add(b, v, tir_int(b, DT_I32, r->zero)));
}
