/* quant_product.c - products of quantized tensors: MatMulInteger, ConvInteger, QLinearMatMul,
 * QLinearConv.
 *
 *	acc = sum (a - a_zero) * (b - b_zero) + bias, in int32
 *	y = saturate(round(acc * (a_scale * b_scale / y_scale)) + y_zero) */
#include "matmul.h"
#include "quant.h"
#include "window.h"

/* -- zero points and scales along an axis ---------------------------------------------- */

/* Input k is one number, or `size` of them. */
static bool check_channels(struct unit *u, const struct node *n, int k, const char *name, dim size)
{
	const struct value *v = node_in(n, k);

	if (!v)
		return true;
	if (!infer_need_shape(u, n, v, name))
		return false;
	if (quant_is_single(v) ||
	    (v->shape.rank == 1 && dim_assume_equal(u, v->shape.d[0], size, NULL)))
		return true;
	return node_error(u, n, "%s has shape %s, it must be a scalar or have %s elements", name,
			  shape_text(u, &v->shape), dim_text(u, size));
}

static bool check_single(struct unit *u, const struct node *n, int k, const char *name)
{
	const struct value *v = node_in(n, k);

	if (!v || (infer_need_shape(u, n, v, name) && quant_is_single(v)))
		return true;
	return v->shape.rank >= 0 && node_error(u, n, "%s has shape %s, it must be a scalar", name,
						shape_text(u, &v->shape));
}

/* Input k's element for channel i; NULL when it is left out. */
static const struct tir *of_channel(struct tir_builder *b, const struct node *n, int k,
				    const struct tir *i)
{
	const struct value *v = node_in(n, k);

	if (!v)
		return NULL;
	return quant_is_single(v) ? load_single(b, k) : tir_load(b, k, &i);
}

/* A number of every row (of A) or column (of B) of a matrix product: one, [rows], or a tensor that
 * broadcasts against the output. */
static bool check_lines(struct unit *u, const struct node *n, int k, int matrix, bool rows,
			const char *name)
{
	const struct value *v = node_in(n, k), *m = node_in(n, matrix);
	struct shape s = m->shape;

	if (!v)
		return true;
	if (!infer_need_shape(u, n, v, name))
		return false;
	if (quant_is_single(v))
		return true;
	if (s.rank >= 2 && v->shape.rank == 1)
		return check_channels(u, n, k, name, s.d[rows ? s.rank - 2 : s.rank - 1]);
	if (s.rank >= 2)
		s.d[rows ? s.rank - 1 : s.rank - 2] = 1;
	if (s.rank >= 2 && shape_equal(&s, &v->shape))
		return true;
	return node_error(u, n, "%s has shape %s, which does not fit %s", name,
			  shape_text(u, &v->shape), shape_text(u, &m->shape));
}

static const struct tir *of_line(struct tir_builder *b, const struct node *n, int k, bool rows,
				 const struct tir *const *idx, int rank)
{
	const struct value *v = node_in(n, k);

	if (!v)
		return NULL;
	if (quant_is_single(v))
		return load_single(b, k);
	if (v->shape.rank == 1 && rows)
		return tir_load(b, k, &idx[rank - 2]);
	return tir_load_broadcast(b, k, idx, rank);
}

/* -- requantization -------------------------------------------------------------------- */

/* acc in the output's type; scales are inputs a, w and y, of which channels may have their own. */
static const struct tir *requantize(struct tir_builder *b, enum dtype t, const struct tir *acc,
				    const struct tir *a_scale, const struct tir *w_scale,
				    const struct tir *y_scale, const struct tir *y_zero)
{
	const struct tir *factor = tir_div(b, tir_mul(b, a_scale, w_scale), y_scale);

	if (y_zero && !dtype_is_float(t))
		y_zero = tir_cast(b, DT_I32, y_zero);
	return quantize(b, t, true, tir_mul(b, tir_cast(b, DT_F32, acc), factor), y_zero);
}

/* The product of centered elements: int32, or float when one of them is a float. */
static const struct tir *times(struct tir_builder *b, const struct tir *x, const struct tir *w)
{
	enum dtype t = dtype_is_float(x->type) || dtype_is_float(w->type) ? DT_F32 : DT_I32;

	return tir_mul(b, tir_cast(b, t, x), tir_cast(b, t, w));
}

/* -- MatMulInteger, QLinearMatMul ------------------------------------------------------ */

static bool infer_matmul_integer(struct unit *u, struct node *n)
{
	return matmul_infer(u, n, 0, 1) && check_lines(u, n, 2, 0, true, "a_zero_point") &&
	       check_lines(u, n, 3, 1, false, "b_zero_point");
}

static const struct tir *matmul_sum(struct tir_builder *b, const struct node *n,
				    struct tir_stage *out, const struct tir **idx, int w,
				    int a_zero, int w_zero)
{
	const struct tir *ia[RANK_MAX], *iw[RANK_MAX], *var, *x, *y;

	tir_stage_begin(b, 0, out, idx);
	var = matmul_taps(b, n, 0, w, out->rank, idx, ia, iw);
	x = centered(b, tir_load(b, 0, ia), of_line(b, n, a_zero, true, idx, out->rank));
	y = centered(b, tir_load(b, w, iw), of_line(b, n, w_zero, false, idx, out->rank));
	return tir_reduce(b, REDUCE_SUM, 1, &var, times(b, x, y));
}

static bool define_matmul_integer(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	out->value = matmul_sum(b, n, out, idx, 1, 2, 3);
	return true;
}

static bool infer_qlinear_matmul(struct unit *u, struct node *n)
{
	return matmul_infer(u, n, 0, 3) && check_lines(u, n, 1, 0, true, "a_scale") &&
	       check_lines(u, n, 2, 0, true, "a_zero_point") &&
	       check_lines(u, n, 4, 3, false, "b_scale") &&
	       check_lines(u, n, 5, 3, false, "b_zero_point") && check_single(u, n, 6, "y_scale") &&
	       check_single(u, n, 7, "y_zero_point");
}

static bool define_qlinear_matmul(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *acc = matmul_sum(b, n, out, idx, 3, 2, 5);

	out->value = requantize(b, out->type, acc, of_line(b, n, 1, true, idx, out->rank),
				of_line(b, n, 4, false, idx, out->rank), load_single(b, 6),
				load_single(b, 7));
	return true;
}

static dim macs_matmul(struct unit *u, const struct node *n)
{
	return matmul_macs(u, n, 0);
}

/* -- ConvInteger, QLinearConv ---------------------------------------------------------- */

/* Of ConvInteger and QLinearConv: both have X's zero point third. */
static bool upgrade_conv_integer(struct unit *u, struct node *n)
{
	return conv_upgrade(u, n, n->n_in > 2 ? n->in[2] : VALUE_NONE);
}

static bool infer_conv_integer(struct unit *u, struct node *n)
{
	return conv_infer(u, n, -1) && check_single(u, n, 2, "x_zero_point") &&
	       check_channels(u, n, 3, "w_zero_point", node_in(n, 1)->shape.d[0]);
}

static const struct tir *conv_sum(struct tir_builder *b, const struct node *n,
				  struct tir_stage *out, const struct tir **idx, int x_zero,
				  int w_zero)
{
	const struct tir *ix[RANK_MAX], *iw[RANK_MAX], *vars[RANK_MAX], *inside, *x, *w, *product;
	int weights = conv_weights(n), count;

	tir_stage_begin(b, 0, out, idx);
	count = conv_taps(b, n, idx, vars, ix, iw, &inside);
	x = centered(b, tir_load(b, 0, ix), node_in(n, x_zero) ? load_single(b, x_zero) : NULL);
	w = centered(b, tir_load(b, weights, iw), of_channel(b, n, w_zero, idx[1]));
	product = tir_select(b, inside, times(b, x, w),
			     tir_int(b, DT_I32, 0)); /* padding is a real 0 */
	return tir_reduce(b, REDUCE_SUM, count, vars, product);
}

static bool define_conv_integer(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	out->value = conv_sum(b, n, out, idx, 2, 3);
	return true;
}

static bool infer_qlinear_conv(struct unit *u, struct node *n)
{
	dim channels;

	if (!conv_infer(u, n, 8))
		return false;
	channels = node_in(n, 3)->shape.d[0];
	return check_single(u, n, 1, "x_scale") && check_single(u, n, 2, "x_zero_point") &&
	       check_channels(u, n, 4, "w_scale", channels) &&
	       check_channels(u, n, 5, "w_zero_point", channels) &&
	       check_single(u, n, 6, "y_scale") && check_single(u, n, 7, "y_zero_point");
}

static bool define_qlinear_conv(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *acc = conv_sum(b, n, out, idx, 2, 5);

	if (node_in(n, 8))
		acc = tir_add(b, acc, tir_load(b, 8, &idx[1]));
	out->value = requantize(b, out->type, acc, load_single(b, 1), of_channel(b, n, 4, idx[1]),
				load_single(b, 6), load_single(b, 7));
	return true;
}

#define BYTES "T1=int8,uint8 T2=int8,uint8"
#define BYTES_OR_FLOAT8(T) #T "=int8,uint8," QUANT_FLOAT8

const struct op ops_quant_product[] = {
	{ .name = "MatMulInteger",
	  .since = 10,
	  .sig = "A:T1 B:T2 a_zero_point?:T1 b_zero_point?:T2 -> Y:int32",
	  .types = BYTES,
	  .infer = infer_matmul_integer,
	  .define = define_matmul_integer,
	  .macs = macs_matmul,
	  .doc = "the product of matrices of 8-bit integers" },
	{ .name = "QLinearMatMul",
	  .since = 10,
	  .sig = "a:T1 a_scale:TS a_zero_point:T1 b:T2 b_scale:TS b_zero_point:T2 y_scale:TS y_zero_point:T3 -> y:T3",
	  .types = "TS=float,float16,bfloat16 " BYTES_OR_FLOAT8(T1) " " BYTES_OR_FLOAT8(
		  T2) " " BYTES_OR_FLOAT8(T3),
	  .infer = infer_qlinear_matmul,
	  .define = define_qlinear_matmul,
	  .macs = macs_matmul,
	  .doc = "the product of quantized matrices" },
	{ .name = "ConvInteger",
	  .since = 10,
	  .sig = "x:T1 w:T2 x_zero_point?:T1 w_zero_point?:T2 -> y:int32",
	  .types = BYTES,
	  .attrs = conv_rows,
	  .attrs_size = sizeof(struct conv_attrs),
	  .upgrade = upgrade_conv_integer,
	  .infer = infer_conv_integer,
	  .define = define_conv_integer,
	  .macs = conv_macs,
	  .doc = "convolution of 8-bit integers",
	  .limits = "the number of channels must be known at compile time" },
	{ .name = "QLinearConv",
	  .since = 10,
	  .sig = "x:T1 x_scale:float x_zero_point:T1 w:T2 w_scale:float w_zero_point:T2 y_scale:float "
		 "y_zero_point:T3 B?:int32 -> y:T3",
	  .types = BYTES " T3=int8,uint8",
	  .attrs = conv_rows,
	  .attrs_size = sizeof(struct conv_attrs),
	  .upgrade = upgrade_conv_integer,
	  .infer = infer_qlinear_conv,
	  .define = define_qlinear_conv,
	  .macs = conv_macs,
	  .doc = "convolution of quantized tensors",
	  .limits = "the number of channels must be known at compile time" },
	{ .name = NULL }
};
