/* q_product.c - edgecc.QConv and edgecc.QMatMul: sums of products, requantized. */
#include "matmul.h"
#include "requant.h"
#include "window.h"

enum { SCALE = 2, BIAS = 3 };

static bool check_bias(struct unit *u, const struct node *n, dim channels)
{
	const struct value *bias = node_in(n, BIAS);

	return !bias || (bias->shape.rank == 1 && bias->shape.d[0] == channels) ||
	       node_error(u, n, "bias has shape %s, there are %s channels",
			  shape_text(u, &bias->shape), dim_text(u, channels));
}

static const struct tir *less(struct tir_builder *b, enum dtype t, const struct tir *x,
			      int64_t zero)
{
	return tir_sub(b, tir_cast(b, t, x), tir_int(b, t, zero));
}

static const struct tir *finish(struct tir_builder *b, const struct node *n,
				const struct requant *r, const struct tir *acc,
				const struct tir *channel)
{
	if (node_in(n, BIAS))
		acc = tir_add(b, acc, tir_cast(b, acc->type, tir_load(b, BIAS, &channel)));
	return requantize(b, r, acc, requant_scale(b, SCALE, channel));
}

/* -- QConv ----------------------------------------------------------------------------- */

#define CONV_ROW(NAME, KIND, ...)                                                                  \
	{                                                                                          \
		.name = #NAME, .kind = ATTR_##KIND, .offset = offsetof(struct conv_attrs, NAME),   \
		__VA_ARGS__                                                                        \
	}
static const struct attr_row qconv_rows[] = { CONV_ROW(auto_pad, ENUM, .choices = auto_pad_names),
					      CONV_ROW(dilations, INTS),
					      CONV_ROW(group, INT, .def_int = 1, .lo = 1,
						       .hi = INT32_MAX),
					      CONV_ROW(kernel_shape, INTS),
					      CONV_ROW(pads, INTS),
					      CONV_ROW(strides, INTS),
					      A_INT(struct qconv_attrs, x_zero, 0),
					      A_FLAG(struct qconv_attrs, wide, 0),
					      REQUANT_ROWS(struct qconv_attrs),
					      A_END };

static bool infer_qconv(struct unit *u, struct node *n)
{
	const struct qconv_attrs *a = n->attrs;
	dim channels;

	if (!conv_infer(u, n, BIAS))
		return false;
	channels = node_out(n, 0)->shape.d[1];
	return requant_infer(u, n, SCALE, channels, &a->out);
}

static bool define_qconv(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qconv_attrs *a = n->attrs;
	enum dtype t = a->wide ? DT_I64 : DT_I32;
	const struct tir *idx[RANK_MAX], *ix[RANK_MAX], *iw[RANK_MAX], *vars[RANK_MAX], *inside,
		*product;
	int count;

	tir_stage_begin(b, 0, out, idx);
	count = conv_taps(b, n, idx, vars, ix, iw, &inside);
	product = tir_mul(b, less(b, t, tir_load(b, 0, ix), a->x_zero),
			  tir_cast(b, t, tir_load(b, 1, iw)));
	product = tir_select(b, inside, product, tir_int(b, t, 0));
	out->value = finish(b, n, &a->out, tir_reduce(b, REDUCE_SUM, count, vars, product), idx[1]);
	return true;
}

/* -- QMatMul --------------------------------------------------------------------------- */

static const struct attr_row qmatmul_rows[] = {
	A_INT(struct qmatmul_attrs, x_zero, 0),
	A_INT(struct qmatmul_attrs, w_zero, 0),
	A_FLAG(struct qmatmul_attrs, wide, 0),
	REQUANT_ROWS(struct qmatmul_attrs),
	A_END,
};

/* Channels are columns; a vector has one. */
static dim columns(const struct node *n)
{
	const struct shape *w = &node_in(n, 1)->shape;

	return w->rank > 1 ? w->d[w->rank - 1] : 1;
}

static bool infer_qmatmul(struct unit *u, struct node *n)
{
	const struct qmatmul_attrs *a = n->attrs;

	return matmul_infer(u, n, 0, 1) && check_bias(u, n, columns(n)) &&
	       requant_infer(u, n, SCALE, columns(n), &a->out);
}

static bool define_qmatmul(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qmatmul_attrs *a = n->attrs;
	enum dtype t = a->wide ? DT_I64 : DT_I32;
	const struct tir *idx[RANK_MAX], *ix[RANK_MAX], *iw[RANK_MAX], *var, *product, *channel;

	tir_stage_begin(b, 0, out, idx);
	var = matmul_taps(b, n, 0, 1, out->rank, idx, ix, iw);
	product = tir_mul(b, less(b, t, tir_load(b, 0, ix), a->x_zero),
			  less(b, t, tir_load(b, 1, iw), a->w_zero));
	channel = node_in(n, 1)->shape.rank > 1 ? idx[out->rank - 1] : tir_index(b, 0);
	out->value = finish(b, n, &a->out, tir_reduce(b, REDUCE_SUM, 1, &var, product), channel);
	return true;
}

static dim macs_qmatmul(struct unit *u, const struct node *n)
{
	return matmul_macs(u, n, 0);
}

#define INPUTS "x:T1 w:T2 scale:T3 bias?:int32 -> y:*"
#define TYPES "T1=int8,uint8,int16,uint16 T2=int8,uint8,int16,uint16 T3=float,int32"

const struct op ops_q_product[] = { { .name = "QConv",
				      .domain = DOMAIN_EDGECC,
				      .since = 1,
				      .sig = INPUTS,
				      .types = TYPES,
				      .attrs = qconv_rows,
				      .attrs_size = sizeof(struct qconv_attrs),
				      .flags = OP_INTERNAL,
				      .infer = infer_qconv,
				      .define = define_qconv,
				      .macs = conv_macs,
				      .doc = "convolution of integers, requantized" },
				    { .name = "QMatMul",
				      .domain = DOMAIN_EDGECC,
				      .since = 1,
				      .sig = INPUTS,
				      .types = TYPES,
				      .attrs = qmatmul_rows,
				      .attrs_size = sizeof(struct qmatmul_attrs),
				      .flags = OP_INTERNAL,
				      .infer = infer_qmatmul,
				      .define = define_qmatmul,
				      .macs = macs_qmatmul,
				      .doc = "matrix product of integers, requantized" },
				    { .name = NULL } };
