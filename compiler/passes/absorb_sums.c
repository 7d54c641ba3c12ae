/* Products of integers whose sums are the result, or are scaled in reals:
 *
 *	MatMulInteger(a, b, a_zero, b_zero)  =>  QMatMul(a, b - b_zero) in int32
 *	Conv(DQ(x), DQ(w), b)                =>  Cast(QConv(x, w) in int32) * (x_scale * w_scale) + b
 *
 * A zero point that is known at run time only is taken from the sums, times the sum of each channel's
 * weights. */
#include "product.h"

/* A product in parts: x of integers, w [channels][taps] (a convolution's) or [taps][channels]. */
struct sums {
	struct product p;
	struct node *n;
	bool conv;
	uint32_t zero; /* x's zero point where it is no constant */
};

static bool is_byte(enum dtype t)
{
	return t == DT_I8 || t == DT_U8;
}

/* -- x's zero point -------------------------------------------------------------------- */

/* Input k, x's zero point: a constant, or a number of run time; absent: 0. */
static bool read_zero(struct sums *s, int k)
{
	const struct value *v = node_in(s->n, k);
	double zero = 0;

	if (!v || input_number(s->n, k, &zero)) {
		s->p.x.zero = (int64_t)zero;
		return true;
	}
	s->zero = v->id;
	for (int i = 0; i < v->shape.rank; i++)
		if (v->shape.d[i] != 1)
			return false;
	return !v->constant;
}

/* x with a border of its zero point. False: how wide it is, is not known. */
static bool bordered(struct unit *u, struct sums *s, struct conv_attrs *a)
{
	struct node *n = s->n;
	int64_t pads[2 * RANK_MAX] = { 0 };
	struct window w;
	bool some = false;
	uint32_t in[3];

	conv_window(u, n, &w);
	for (int i = 0; i < w.n; i++) {
		if (a->auto_pad != PAD_NOTSET && !dim_is_const(w.in[i]))
			return false;
		pads[2 + i] = w.pad_lo[i];
		pads[w.n + 4 + i] = w.pad_hi[i];
		some |= w.pad_lo[i] || w.pad_hi[i];
	}
	a->auto_pad = PAD_NOTSET;
	a->pads = (struct ints){ NULL, 0 };
	if (!some)
		return true;
	in[0] = s->p.x.id;
	in[1] = build_ints(n, pads, 2 * (w.n + 2));
	in[2] = build_view(n, s->zero, &(struct shape){ .rank = 0 });
	s->p.x.id = build(n, "Pad", NULL, 3, in);
	return true;
}

/* -- numbers of channels --------------------------------------------------------------- */

/* v, one number for each channel, so that it broadcasts against the result. */
static uint32_t of_channels(const struct sums *s, const struct constant *c)
{
	struct shape to = { .rank = 1, .d = { shape_elements(&c->shape) } };
	int spatial = s->conv ? node_out(s->n, 0)->shape.rank - 2 : 0;

	for (int i = 0; i < spatial && to.d[0] != 1; i++)
		to.d[to.rank++] = 1;
	return build_view(s->n, build_constant(s->n, c), &to);
}

/* The sum of each channel's weights. */
static const struct constant *weight_sums(struct unit *u, const struct sums *s)
{
	const struct product *p = &s->p;
	void *data;
	struct constant *c = constant_new(
		u->arena, DT_I32, &(struct shape){ .rank = 1, .d = { p->channels } }, &data);

	for (int64_t i = 0; i < p->channels; i++) {
		int64_t sum = 0;

		for (int64_t k = 0; k < p->taps; k++)
			sum += constant_i64(p->weights,
					    s->conv ? i * p->taps + k : k * p->channels + i);
		((int32_t *)data)[i] = (int32_t)sum;
	}
	return c;
}

/* -- the sums -------------------------------------------------------------------------- */

static uint32_t as(struct node *n, enum dtype t, uint32_t x)
{
	const struct cast_attrs a = { .to = t, .saturate = 1 };

	return build1(n, "Cast", &a, x);
}

/* The sums in int32, VALUE_NONE when 32 bits may not hold them. */
static uint32_t build_sums(struct unit *u, struct sums *s)
{
	const struct requant as_they_are = { .to = DT_I32 };
	struct node *n = s->n;
	struct qconv_attrs conv = { .x_zero = s->p.x.zero, .out = as_they_are };
	struct qmatmul_attrs matmul = { .x_zero = s->p.x.zero, .out = as_they_are };
	uint32_t in[4], y;

	if (!product_fits(&s->p, s->conv))
		return VALUE_NONE;
	if (s->conv) {
		conv.conv = *(const struct conv_attrs *)n->attrs;
		if (s->zero && !bordered(u, s, &conv.conv))
			return VALUE_NONE;
	}
	in[0] = s->p.x.id;
	in[1] = build_constant(n, s->p.weights);
	in[2] = build_number(n, DT_F32, 1);
	y = s->conv ? build(n, "edgecc.QConv", &conv, 3, in)
		    : build(n, "edgecc.QMatMul", &matmul, 3, in);
	if (!s->zero)
		return y;
	in[0] = as(n, DT_I32, build_view(n, s->zero, &(struct shape){ .rank = 0 }));
	in[1] = of_channels(s, weight_sums(u, s));
	return build2(n, "Sub", NULL, y, build2(n, "Mul", NULL, in[0], in[1]));
}

/* Centered weights and sizes from p.w. */
static bool read_weights(struct unit *u, struct sums *s)
{
	struct product *p = &s->p;
	const struct shape *shape = &p->w.c->shape;
	int64_t count = shape_elements(shape);

	if (!s->conv && shape->rank != 2)
		return false;
	p->weights = weights_centered(u, &p->w);
	p->channels = shape->d[s->conv ? 0 : 1];
	p->taps = p->channels ? count / p->channels : 0;
	return p->channels > 0;
}

/* Input k is a constant, its zero point is input `zero`: one number, or one of each channel. */
static bool read_integers(struct unit *u, struct sums *s, int k, int zero)
{
	struct quantized_weights *w = &s->p.w;
	int channels;

	*w = (struct quantized_weights){ .c = node_const(s->n, k),
					 .zero = node_const(s->n, zero),
					 .axis = -1 };
	if (!w->c || (node_in(s->n, zero) && !w->zero) || (!s->conv && w->c->shape.rank != 2))
		return false;
	channels = s->conv ? 0 : 1;
	if (w->zero && shape_elements(&w->zero->shape) != 1) {
		if (shape_elements(&w->zero->shape) != w->c->shape.d[channels])
			return false;
		w->axis = channels;
	}
	return read_weights(u, s);
}

static bool apply_integers(struct unit *u, struct node *n, bool conv)
{
	struct sums s = { .n = n, .conv = conv };
	uint32_t y;

	s.p.x = (struct quantized){ .id = n->in[0], .type = node_in(n, 0)->type };
	if (!read_zero(&s, 2) || !read_integers(u, &s, 1, 3))
		return false;
	y = build_sums(u, &s);
	return y && replace_node(n, y);
}

static bool apply_matmul_integer(struct unit *u, struct node *n)
{
	return apply_integers(u, n, false);
}

static bool apply_conv_integer(struct unit *u, struct node *n)
{
	return apply_integers(u, n, true);
}

/* -- results in reals ------------------------------------------------------------------ */

static const struct constant *factors(struct unit *u, const struct product *p)
{
	int64_t n = p->w.axis < 0 ? 1 : p->channels;
	void *data;
	struct constant *c =
		constant_new(u->arena, DT_F32, &(struct shape){ .rank = 1, .d = { n } }, &data);

	for (int64_t i = 0; i < n; i++)
		((float *)data)[i] = p->x.scale * weights_scale(&p->w, i);
	return c;
}

/* n's result: the sums times their factors, and the bias, input k. */
static bool finish(struct unit *u, struct sums *s, int k)
{
	struct node *n = s->n;
	uint32_t y = build_sums(u, s), bias = k < n->n_in ? n->in[k] : VALUE_NONE;
	struct shape column = { .rank = node_out(n, 0)->shape.rank - 1, .d = { s->p.channels } };

	if (!y)
		return false;
	y = as(n, DT_F32, y);
	y = build2(n, "Mul", NULL, y, of_channels(s, factors(u, &s->p)));
	for (int i = 1; i < column.rank; i++)
		column.d[i] = 1;
	if (bias && s->conv)
		bias = build_view(n, bias, &column);
	return replace_node(n, bias ? build2(n, "Add", NULL, y, bias) : y);
}

static bool apply_real_conv(struct unit *u, struct node *n)
{
	struct sums s = { .n = n, .conv = true };

	return quantized_input(n, 0, &s.p.x) && is_byte(s.p.x.type) &&
	       quantized_weights(n, 1, &s.p.w) && s.p.w.axis <= 0 && read_weights(u, &s) &&
	       finish(u, &s, 2);
}

static bool apply_real_matmul(struct unit *u, struct node *n)
{
	struct sums s = { .n = n };

	return quantized_input(n, 0, &s.p.x) && is_byte(s.p.x.type) &&
	       quantized_weights(n, 1, &s.p.w) && (s.p.w.axis < 0 || s.p.w.axis == 1) &&
	       read_weights(u, &s) && finish(u, &s, 2);
}

/* Gemm(DQ(a), DQ(b), c)  =>  alpha * MatMul(DQ(a), DQ(b)) + beta * c */
static bool apply_gemm(struct unit *u, struct node *n)
{
	const struct gemm_attrs *g = n->attrs;
	struct quantized x;
	struct quantized_weights w;
	uint32_t b, y;

	(void)u;
	if (!quantized_input(n, 0, &x) || !quantized_weights(n, 1, &w) || !is_byte(x.type) ||
	    g->transA)
		return false;
	b = g->transB ? graph_build1(n, "Transpose", NULL, n->in[1]) : n->in[1];
	y = build2(n, "MatMul", NULL, n->in[0], b);
	if (g->alpha != 1.0F)
		y = build2(n, "Mul", NULL, y, build_number(n, DT_F32, (double)g->alpha));
	if (node_in(n, 2)) {
		uint32_t c = n->in[2];

		if (g->beta != 1.0F)
			c = build2(n, "Mul", NULL, c, build_number(n, DT_F32, (double)g->beta));
		y = build2(n, "Add", NULL, y, c);
	}
	return replace_node(n, y);
}

const struct rewrite rewrites_absorb_integers[] = {
	{ "matmul-integer", "MatMulInteger", "MatMulInteger(a, b) => a product of integers",
	  apply_matmul_integer },
	{ "conv-integer", "ConvInteger", "ConvInteger(x, w) => a convolution of integers",
	  apply_conv_integer },
	{ .name = NULL }
};

/* Once nothing can be quantized behind them any more. */
const struct rewrite rewrites_absorb_reals[] = {
	{ "real-conv", "Conv", "Conv(DQ(x), DQ(w)) => scaled sums of integers", apply_real_conv },
	{ "real-matmul", "MatMul", "MatMul(DQ(x), DQ(w)) => scaled sums of integers",
	  apply_real_matmul },
	{ "real-gemm", "Gemm", "Gemm(DQ(a), DQ(b), c) => MatMul(DQ(a), DQ(b)) + c", apply_gemm },
	{ .name = NULL }
};
