/* packed.c - edgecc.PackedConv and edgecc.PackedMatMul: reals times constant integers that stay
 * integers in memory.
 *
 *	y = sum over k of x[k] * (w[k] - zero) * scale + bias
 *
 * scale and zero are DequantizeLinear's: one, one for each index of `axis`, or, with a block, one
 * for each `block` elements along axis. Where the scale does not change along the sum it multiplies
 * the sum. */
#include "integer.h"
#include "matmul.h"
#include "quant.h"
#include "window.h"

enum { W = 1, SCALE, ZERO, BIAS };

/* Input k, a scale or zero point, for the weight at iw. */
static const struct tir *parameter(struct tir_builder *b, const struct node *n, int k,
				   const struct packing_attrs *a, const struct tir *const *iw)
{
	const struct tir *at[RANK_MAX];
	int rank = node_in(n, k)->shape.rank;

	if (quant_is_single(node_in(n, k)))
		return load_single(b, k);
	if (!a->block)
		return tir_load(b, k, &iw[a->axis]);
	for (int i = 0; i < rank; i++)
		at[i] = i == a->axis ? tir_floordiv(b, iw[i], tir_index(b, a->block)) : iw[i];
	return tir_load(b, k, at);
}

/* channel: the axis of w that is not summed over. */
static const struct tir *sum(struct tir_builder *b, const struct node *n,
			     const struct packing_attrs *a, int channel, const struct tir *x,
			     const struct tir *const *iw, int count, const struct tir *const *vars,
			     const struct tir *inside)
{
	bool outside = quant_is_single(node_in(n, SCALE)) || (!a->block && a->axis == channel);
	const struct tir *zero = node_in(n, ZERO) ? parameter(b, n, ZERO, a, iw) : NULL,
			 *scale = parameter(b, n, SCALE, a, iw),
			 *w = tir_cast(b, x->type, centered(b, tir_load(b, W, iw), zero)), *s;

	if (!outside)
		w = tir_mul(b, w, scale);
	w = tir_mul(b, x, w);
	if (inside)
		w = tir_select(b, inside, w, tir_number(b, w->type, 0));
	s = tir_reduce(b, REDUCE_SUM, count, vars, w);
	return outside ? tir_mul(b, s, scale) : s;
}

static bool check_parameters(struct unit *u, const struct node *n, const struct packing_attrs *a)
{
	const struct shape *w = &node_in(n, W)->shape, *s = &node_in(n, SCALE)->shape;
	bool fits = quant_is_single(node_in(n, SCALE));

	if (!fits && a->axis < w->rank && !a->block)
		fits = s->rank == 1 && s->d[0] == w->d[a->axis];
	if (!fits && a->axis < w->rank && a->block) {
		fits = s->rank == w->rank;
		for (int i = 0; fits && i < s->rank; i++)
			fits = s->d[i] == (i == a->axis ? ceil_div(w->d[i], a->block) : w->d[i]);
	}
	return (fits &&
		(!node_in(n, ZERO) || shape_equal(&node_in(n, ZERO)->shape, s) ||
		 (quant_is_single(node_in(n, SCALE)) && quant_is_single(node_in(n, ZERO))))) ||
	       node_error(u, n, "scale has shape %s, which does not fit that of w, %s",
			  shape_text(u, s), shape_text(u, w));
}

/* -- PackedConv ------------------------------------------------------------------------ */

#define CONV_ROW(NAME, KIND, ...)                                                                  \
	{                                                                                          \
		.name = #NAME, .kind = ATTR_##KIND, .offset = offsetof(struct conv_attrs, NAME),   \
		__VA_ARGS__                                                                        \
	}
#define PACKING_ROWS(S)                                                                            \
	{ .name = "axis",                                                                          \
	  .kind = ATTR_INT,                                                                        \
	  .offset = offsetof(S, packing.axis),                                                     \
	  .lo = 0,                                                                                 \
	  .hi = RANK_MAX - 1 },                                                                    \
	{                                                                                          \
		.name = "block", .kind = ATTR_INT, .offset = offsetof(S, packing.block), .lo = 0,  \
		.hi = INT32_MAX                                                                    \
	}

static const struct attr_row conv_attr_rows[] = {
	CONV_ROW(auto_pad, ENUM, .choices = auto_pad_names),
	CONV_ROW(dilations, INTS),
	CONV_ROW(group, INT, .def_int = 1, .lo = 1, .hi = INT32_MAX),
	CONV_ROW(kernel_shape, INTS),
	CONV_ROW(pads, INTS),
	CONV_ROW(strides, INTS),
	PACKING_ROWS(struct packed_conv_attrs),
	A_END
};

static bool infer_conv(struct unit *u, struct node *n)
{
	return conv_infer(u, n, BIAS) &&
	       check_parameters(u, n, &((const struct packed_conv_attrs *)n->attrs)->packing);
}

static bool define_conv(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct packed_conv_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *ix[RANK_MAX], *iw[RANK_MAX], *vars[RANK_MAX], *inside;
	int count;

	tir_stage_begin(b, 0, out, idx);
	count = conv_taps(b, n, idx, vars, ix, iw, &inside);
	out->value = sum(b, n, &a->packing, 0, tir_load(b, 0, ix), iw, count, vars, inside);
	if (node_in(n, BIAS))
		out->value = tir_add(b, out->value, tir_load(b, BIAS, &idx[1]));
	return true;
}

/* -- PackedMatMul ---------------------------------------------------------------------- */

static const struct attr_row matmul_rows[] = { PACKING_ROWS(struct packed_matmul_attrs), A_END };

static bool infer_matmul(struct unit *u, struct node *n)
{
	return matmul_infer(u, n, 0, W) &&
	       check_parameters(u, n, &((const struct packed_matmul_attrs *)n->attrs)->packing);
}

static bool define_matmul(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct packed_matmul_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *ix[RANK_MAX], *iw[RANK_MAX], *var;

	tir_stage_begin(b, 0, out, idx);
	var = matmul_taps(b, n, 0, W, out->rank, idx, ix, iw);
	out->value = sum(b, n, &a->packing, node_in(n, W)->shape.rank - 1, tir_load(b, 0, ix), iw,
			 1, &var, NULL);
	return true;
}

static dim macs_matmul(struct unit *u, const struct node *n)
{
	return matmul_macs(u, n, 0);
}

#define TYPES "T=float T2=int8,uint8,int16,uint16,int4,uint4,int2,uint2"

const struct op ops_packed[] = { { .name = "PackedConv",
				   .domain = DOMAIN_EDGECC,
				   .since = 1,
				   .sig = "x:T w:T2 scale:T zero?:T2 bias?:T -> y:T",
				   .types = TYPES,
				   .attrs = conv_attr_rows,
				   .attrs_size = sizeof(struct packed_conv_attrs),
				   .flags = OP_INTERNAL,
				   .infer = infer_conv,
				   .define = define_conv,
				   .macs = conv_macs,
				   .doc = "convolution of reals with integer weights" },
				 { .name = "PackedMatMul",
				   .domain = DOMAIN_EDGECC,
				   .since = 1,
				   .sig = "x:T w:T2 scale:T zero?:T2 -> y:T",
				   .types = TYPES,
				   .attrs = matmul_rows,
				   .attrs_size = sizeof(struct packed_matmul_attrs),
				   .flags = OP_INTERNAL,
				   .infer = infer_matmul,
				   .define = define_matmul,
				   .macs = macs_matmul,
				   .doc = "matrix product of reals with integer weights" },
				 { .name = NULL } };
