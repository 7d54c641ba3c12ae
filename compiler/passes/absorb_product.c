/* Products of quantized tensors as integer operators:
 *
 *	Q(clamp(Conv(DQ(x), DQ(w), b)))  =>  QConv(x, w - w_zero, x_scale * w_scale / y_scale, b')
 *
 * and the same of Gemm and MatMul. b' is b in units of x_scale * w_scale, in int32. */
#include "product.h"

#include <math.h>
#include <stdlib.h>

static struct constant *new_vector(struct unit *u, enum dtype t, int64_t n, void **data)
{
	return constant_new(u->arena, t, &(struct shape){ .rank = 1, .d = { n } }, data);
}

static struct constant *factors(struct unit *u, const struct product *p, float y_scale)
{
	int64_t n = p->w.axis < 0 ? 1 : p->channels;
	void *data;
	struct constant *c = new_vector(u, DT_F32, n, &data);
	float *f = data;

	for (int64_t i = 0; i < n; i++)
		f[i] = p->x.scale * weights_scale(&p->w, i) / y_scale;
	return c;
}

/* A bias: real numbers, or integers less a zero point, times a scale. */
struct bias {
	const struct constant *real, *q, *scale, *zero; /* zero may be NULL */
};

/* A constant, or a DequantizeLinear of one. False: it is not known. */
static bool read_bias(const struct product *p, struct bias *b)
{
	const struct node *d = input_node(p->bias_at, p->bias);

	*b = (struct bias){ .real = node_const(p->bias_at, p->bias) };
	if (!node_is(d, "DequantizeLinear"))
		return b->real && b->real->type == DT_F32;
	b->q = node_const(d, 0);
	b->scale = node_const(d, 1);
	b->zero = node_const(d, 2);
	return b->q && b->scale && (!node_in(d, 2) || b->zero) &&
	       !((const struct quant_attrs *)d->attrs)->block_size;
}

static int64_t at(const struct constant *c, int64_t i)
{
	return shape_elements(&c->shape) == 1 ? 0 : i;
}

/* Channel i's in units. */
static double bias_in(const struct bias *b, int64_t i, float unit)
{
	double v;

	if (b->real)
		return nearbyint(constant_f64(b->real, at(b->real, i)) / (double)unit);
	v = constant_f64(b->q, at(b->q, i)) - (b->zero ? constant_f64(b->zero, at(b->zero, i)) : 0);
	if ((float)constant_f64(b->scale, at(b->scale, i)) == unit)
		return v;
	return nearbyint(v * constant_f64(b->scale, at(b->scale, i)) / (double)unit);
}

/* Rounded to the nearest unit: exact where the model's bias has that unit already. */
static bool integer_bias(struct unit *u, const struct product *p, struct constant **out)
{
	struct bias b;
	int64_t count;
	void *data;

	*out = NULL;
	if (p->bias < 0 || !node_in(p->bias_at, p->bias))
		return true;
	if (!read_bias(p, &b))
		return false;
	count = shape_elements(&(b.q ? b.q : b.real)->shape);
	if (count != 1 && count != p->channels)
		return false;
	*out = new_vector(u, DT_I32, p->channels, &data);
	for (int64_t i = 0; i < p->channels; i++) {
		double v = bias_in(&b, i, p->x.scale * weights_scale(&p->w, i));

		if (!(v >= INT32_MIN && v <= INT32_MAX))
			return false;
		((int32_t *)data)[i] = (int32_t)v;
	}
	return true;
}

/* How far channel c's weights lie apart, and where they begin. */
static int64_t first_weight(const struct product *p, int64_t c, bool channels_first, int64_t *step)
{
	*step = channels_first ? 1 : p->channels;
	return channels_first ? c * p->taps : c;
}

/* A bound of all that a kernel adds up for channel c, INT64_MAX when it is beyond all that matters:
 *
 *	|bias| + most * sum |w|,  most = the greatest of |x|, |x - zero| and |zero|
 *
 * A sum is either bias + sum (x - zero) * w, or begin + sum x * w where begin = bias - zero * sum w, over x
 * outside the image, too, which is zero. Taps come in whatever order, perhaps in several sums that are
 * added at the end:
 *
 *	|sum of some (x - zero) * w|  <=  most * sum |w|            the same of x * w, and |begin| with the bias
 *	|begin + sum of some x * w|   =   |bias + sum of these (x - zero) * w - zero * sum of the other w|
 *
 * Bytes may be made signed or unsigned later (signedness.c), both with most 255. */
static int64_t most_of_sum(const struct product *p, const struct constant *bias, int64_t c,
			   bool channels_first)
{
	const int64_t lo = quantized_least(p->x.type), hi = quantized_most(p->x.type);
	const int64_t reach[] = { hi, -lo, hi - p->x.zero, p->x.zero - lo };
	int64_t most = 255, sum = 0, step;
	int64_t from = first_weight(p, c, channels_first, &step);

	for (size_t i = 0; i < ARRAY_LEN(reach); i++)
		most = reach[i] > most ? reach[i] : most;
	for (int64_t k = 0; k < p->taps; k++)
		sum += llabs(constant_i64(p->weights, from + k * step));
	if (!mul_i64(sum, most, &sum) ||
	    !add_i64(sum, bias ? llabs(constant_i64(bias, c)) : 0, &sum))
		return INT64_MAX;
	return sum;
}

static bool sums_fit(const struct product *p, const struct constant *bias, bool channels_first)
{
	for (int64_t c = 0; c < p->channels; c++)
		if (most_of_sum(p, bias, c, channels_first) > INT32_MAX)
			return false;
	return true;
}

/* A channel no sum of which reaches half a step of the result sums nothing: exporters give it scales
 * near 0, and biases that fill 32 bits. */
static void drop_dead_channels(const struct product *p, float y_scale, struct constant *bias,
			       bool channels_first)
{
	for (int64_t c = 0; c < p->channels; c++) {
		double factor =
			(double)p->x.scale * (double)weights_scale(&p->w, c) / (double)y_scale;
		int64_t step, from = first_weight(p, c, channels_first, &step);

		if ((double)most_of_sum(p, bias, c, channels_first) * factor > 0.49)
			continue;
		for (int64_t k = 0; k < p->taps; k++)
			constant_put_i64((void *)p->weights->data, p->weights->type,
					 from + k * step, 0);
		if (bias)
			constant_put_i64((void *)bias->data, DT_I32, c, 0);
	}
}

bool product_fits(const struct product *p, bool channels_first)
{
	return sums_fit(p, NULL, channels_first);
}

bool product_inputs(struct unit *u, const struct product *p, float y_scale, bool channels_first,
		    uint32_t *in, int64_t *wide)
{
	struct constant *bias;

	if (!integer_bias(u, p, &bias))
		return false;
	drop_dead_channels(p, y_scale, bias, channels_first);
	*wide = !sums_fit(p, bias, channels_first);
	in[0] = p->x.id;
	in[1] = build_constant(p->n, p->weights);
	in[2] = build_constant(p->n, factors(u, p, y_scale));
	in[3] = bias ? build_constant(p->n, bias) : VALUE_NONE;
	return true;
}

/* -- Conv ------------------------------------------------------------------------------ */

static bool apply_conv(struct unit *u, struct node *n)
{
	struct qconv_attrs a = { 0 };
	struct quantized_result r;
	struct product p = { .bias = 2 };
	uint32_t in[4];

	if (!quantized_result(n, &r) || !node_is(r.source, "Conv"))
		return false;
	p.n = p.bias_at = r.source;
	if (!quantized_input(p.n, 0, &p.x) || !quantized_weights(p.n, 1, &p.w) || p.w.axis > 0)
		return false;
	p.weights = weights_centered(u, &p.w);
	p.channels = p.weights->shape.d[0];
	p.taps = p.channels ? shape_elements(&p.weights->shape) / p.channels : 0;
	if (!product_inputs(u, &p, r.q.scale, true, in, &a.wide))
		return false;
	a.conv = *(const struct conv_attrs *)p.n->attrs;
	a.x_zero = p.x.zero;
	a.out = quantized_requant(&r);
	return replace_node(n, build(p.n, "edgecc.QConv", &a, in[3] ? 4 : 3, in));
}

/* -- Gemm, MatMul ---------------------------------------------------------------------- */

/* A Gemm whose only constants are its matrix and its bias. */
static bool is_plain_gemm(const struct node *n)
{
	const struct gemm_attrs *g = n->attrs;

	return node_is(n, "Gemm") && g->alpha == 1.0F && !g->transA &&
	       (!node_in(n, 2) || g->beta == 1.0F);
}

/* The matrix product whose result, perhaps after the addition of a bias, is `source`. */
static bool find_matmul(struct node *source, struct product *p)
{
	p->n = source;
	p->bias_at = source;
	p->bias = node_is(source, "Gemm") ? 2 : -1;
	if (is_plain_gemm(source) || node_is(source, "MatMul"))
		return true;
	if (!node_is(source, "Add"))
		return false;
	for (int k = 0; k < 2; k++) {
		p->n = sole_input_op(source, k, "MatMul");
		p->bias = 1 - k;
		if (p->n && same_tensor(node_in(source, k), node_out(source, 0)))
			return true;
	}
	return false;
}

static bool apply_matmul(struct unit *u, struct node *n)
{
	struct qmatmul_attrs a = { 0 };
	struct quantized_result r;
	struct product p;
	int last, across;
	uint32_t in[4];

	if (!quantized_result(n, &r) || !find_matmul(r.source, &p) ||
	    !quantized_input(p.n, 0, &p.x) || !quantized_weights(p.n, 1, &p.w) ||
	    p.w.c->shape.rank != 2)
		return false;
	p.weights = weights_centered(u, &p.w);
	last = node_is(p.n, "Gemm") && ((const struct gemm_attrs *)p.n->attrs)->transB ? 0 : 1;
	across = p.w.axis;
	if (across >= 0 && across != last)
		return false;
	if (last == 0)
		p.weights = matrix_transposed(u, p.weights);
	p.taps = p.weights->shape.d[0];
	p.channels = p.weights->shape.d[1];
	if (!product_inputs(u, &p, r.q.scale, false, in, &a.wide))
		return false;
	a.x_zero = p.x.zero;
	a.out = quantized_requant(&r);
	return replace_node(n, build(p.bias_at, "edgecc.QMatMul", &a, in[3] ? 4 : 3, in));
}

/* Gemm(DQ(a), DQ(b), c), a transposed  =>  Gemm(Transpose(DQ(a)), DQ(b), c) */
static bool apply_turned(struct unit *u, struct node *n)
{
	struct gemm_attrs g = *(const struct gemm_attrs *)n->attrs;
	struct quantized x;
	uint32_t in[3];

	(void)u;
	if (!g.transA || !quantized_input(n, 0, &x))
		return false;
	for (int k = 0; k < n->n_in; k++)
		in[k] = n->in[k];
	in[0] = build1(n, "Transpose", NULL, in[0]);
	g.transA = 0;
	return replace_node(n, graph_build(n, "Gemm", &g, n->n_in, in));
}

static int64_t reach_of(const struct quantized *q)
{
	return quantized_most(q->type) - quantized_least(q->type);
}

/* Both operands computed, each with one scale. */
static bool matmul_of_activations(struct unit *u, struct node *n, bool bytes)
{
	struct qmatmul_attrs a = { 0 };
	struct quantized_result r;
	struct quantized x, w;
	struct constant *scale;
	const struct value *v;
	void *data;

	if (!quantized_result(n, &r) || !node_is(r.source, "MatMul") ||
	    !quantized_input(r.source, 0, &x) || !quantized_input(r.source, 1, &w) ||
	    bytes != (reach_of(&x) == 255 && reach_of(&w) == 255))
		return false;
	v = node_in(r.source, 0);
	scale = new_vector(u, DT_F32, 1, &data);
	((float *)data)[0] = x.scale * w.scale / r.q.scale;
	a.x_zero = x.zero;
	a.w_zero = w.zero;
	a.wide = dim_hi(u, v->shape.d[v->shape.rank - 1]) >
		 INT32_MAX / (reach_of(&x) * reach_of(&w));
	a.out = quantized_requant(&r);
	return replace_node(
		n, build3(r.source, "edgecc.QMatMul", &a, x.id, w.id, build_constant(n, scale)));
}

static bool apply_matmul_of_activations(struct unit *u, struct node *n)
{
	return matmul_of_activations(u, n, true);
}

static bool apply_matmul_of_wide(struct unit *u, struct node *n)
{
	return matmul_of_activations(u, n, false);
}

/* -- QLinearConv, QLinearMatMul: the same in other words --------------------------------- */

static bool constants(const struct node *n, const int *inputs)
{
	for (; *inputs; inputs++)
		if (!node_const(n, *inputs))
			return false;
	return true;
}

static uint32_t dequantized(struct node *n, int k, int64_t axis)
{
	const struct quant_attrs a = { .axis = axis, .saturate = 1 };

	return graph_build(n, "DequantizeLinear", &a, 3, n->in + k);
}

static uint32_t quantized(struct node *n, uint32_t y, int k)
{
	return graph_build(n, "QuantizeLinear", NULL, 3, (uint32_t[]){ y, n->in[k], n->in[k + 1] });
}

/* QLinearConv(x, w, B)  =>  Q(Conv(DQ(x), DQ(w), DQ(B))) when all but x is constant */
static bool apply_qlinear_conv(struct unit *u, struct node *n)
{
	static const int inputs[] = { 1, 2, 3, 4, 5, 6, 7, 0 };
	const struct quant_attrs by_channel = { .axis = 0, .saturate = 1 };
	uint32_t in[3], bias[2];
	int count = 2;

	(void)u;
	if (!constants(n, inputs) || (node_in(n, 8) && !node_const(n, 8)) ||
	    dtype_is_float(node_in(n, 0)->type) || node_in(n, 1)->type != DT_F32)
		return false;
	in[0] = dequantized(n, 0, 1);
	in[1] = dequantized(n, 3, 0);
	if (node_in(n, 8)) {
		bias[0] = n->in[8];
		bias[1] = build2(n, "Mul", NULL, n->in[1], n->in[4]);
		in[count++] = graph_build(n, "DequantizeLinear", &by_channel, 2, bias);
	}
	return replace_node(n, quantized(n, graph_build(n, "Conv", n->attrs, count, in), 6));
}

/* QLinearMatMul(a, b)  =>  Q(MatMul(DQ(a), DQ(b))), of single scales or scales of b's columns */
static bool apply_qlinear_matmul(struct unit *u, struct node *n)
{
	static const int inputs[] = { 1, 2, 4, 5, 6, 7, 0 };
	const struct value *b = node_in(n, 3), *scale = node_in(n, 4), *zero = node_in(n, 5);
	uint32_t in[2];

	(void)u;
	if (!constants(n, inputs) || dtype_is_float(node_in(n, 0)->type) ||
	    node_in(n, 1)->type != DT_F32 || shape_elements(&node_in(n, 1)->shape) != 1 ||
	    shape_elements(&node_in(n, 2)->shape) != 1 ||
	    !shape_equal(&scale->shape, &zero->shape) ||
	    (shape_elements(&scale->shape) != 1 && (b->shape.rank != 2 || scale->shape.rank != 1)))
		return false;
	in[0] = dequantized(n, 0, 1);
	in[1] = dequantized(n, 3, b->shape.rank - 1);
	return replace_node(n, quantized(n, graph_build(n, "MatMul", NULL, 2, in), 6));
}

const struct rewrite rewrites_absorb_product[] = {
	{ "qlinear-conv", "QLinearConv", "QLinearConv(x, w) => Q(Conv(DQ(x), DQ(w)))",
	  apply_qlinear_conv },
	{ "qlinear-matmul", "QLinearMatMul", "QLinearMatMul(a, b) => Q(MatMul(DQ(a), DQ(b)))",
	  apply_qlinear_matmul },
	{ "quantized-gemm-turned", "Gemm", "Gemm(DQ(a), b) => Gemm(Transpose(DQ(a)), b)",
	  apply_turned },
	{ "quantized-conv", "QuantizeLinear", "Q(Conv(DQ(x), DQ(w))) => a convolution of integers",
	  apply_conv },
	{ "quantized-matmul", "QuantizeLinear",
	  "Q(Gemm or MatMul(DQ(x), DQ(w))) => a product of integers", apply_matmul },
	{ "quantized-matmul-both", "QuantizeLinear",
	  "Q(MatMul(DQ(a), DQ(b))) => a product of integers", apply_matmul_of_activations },
	{ .name = NULL }
};

const struct rewrite rewrites_fixed_product[] = {
	{ "fixed-matmul", "QuantizeLinear", "Q(MatMul(DQ(a), DQ(b))) of 16 bits => sums in 64 bits",
	  apply_matmul_of_wide },
	{ .name = NULL }
};
