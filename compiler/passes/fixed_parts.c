/* Operators without a form of their own become those that have one, where all that they read has bounds,
 * as what comes from a quantized tensor has:
 *
 *	BatchNormalization(x)       =>  x * k + b, or a Conv's weights and bias have these
 *	Sum(a, b, c), Mean(a, b)    =>  a + b + c, (a + b) / 2
 *	SkipLayerNormalization(x)   =>  LayerNormalization(x + skip + bias)
 *	LpNormalization on an axis  =>  Transpose, that on the last axis, Transpose
 *	LRN(x)                      =>  x * (bias + alpha * mean of x^2 around)^-beta
 *
 * and what compares a quantized tensor with a number compares integers. */
#include "../ops/norm.h"
#include "fixed.h"
#include "range.h"

#include <math.h>
#include <string.h>

static bool all_bounded(struct unit *u, const struct node *n, int inputs)
{
	struct range r;

	for (int k = 0; k < inputs && k < n->n_in; k++)
		if (n->in[k] && (node_in(n, k)->type != DT_F32 || !range_of(u, n->in[k], &r)))
			return false;
	return n->n_out == 1 || !node_out(n, 1);
}

static uint32_t scaled(struct node *n, uint32_t x, double by)
{
	return by == 1 ? x : build2(n, "Mul", NULL, x, build_number(n, DT_F32, by));
}

/* Numbers of channels, as they broadcast against n's input 0. */
static uint32_t per_channel(struct node *n, const struct constant *c)
{
	struct shape s = { .rank = node_in(n, 0)->shape.rank - 1, .d = { c->shape.d[0] } };

	for (int i = 1; i < s.rank; i++)
		s.d[i] = 1;
	return build_view(n, build_constant(n, c), &s);
}

/* A batch normalization's x * k + b, of each channel. */
static bool batch_factors(struct unit *u, const struct node *n, struct constant **k,
			  struct constant **b)
{
	const double epsilon = attr_number(n, "epsilon");
	const struct constant *p[5];
	void *to_k, *to_b;

	if (attr_number(n, "training_mode") != 0)
		return false;
	for (int i = 1; i < 5; i++)
		if (!fixed_reals(u, n, i, &p[i]))
			return false;
	*k = constant_new(u->arena, DT_F32, &p[1]->shape, &to_k);
	*b = constant_new(u->arena, DT_F32, &p[1]->shape, &to_b);
	for (int64_t i = 0; i < shape_elements(&p[1]->shape); i++) {
		const double f = constant_f64(p[1], i) / sqrt(constant_f64(p[4], i) + epsilon);

		((float *)to_k)[i] = (float)f;
		((float *)to_b)[i] = (float)(constant_f64(p[2], i) - constant_f64(p[3], i) * f);
	}
	return true;
}

/* w's integers, with scales times k; VALUE_NONE where one is then no scale. */
static uint32_t rescaled(struct node *n, const struct quantized_weights *w,
			 const struct constant *k)
{
	struct unit *u = n->graph->unit;
	const struct quant_attrs a = { .axis = 0, .saturate = 1 };
	const int64_t channels = shape_elements(&k->shape);
	void *scales, *zeros;
	struct constant *s = constant_new(u->arena, DT_F32, &k->shape, &scales);
	struct constant *z = constant_new(u->arena, w->c->type, &k->shape, &zeros);
	uint32_t in[3];

	for (int64_t i = 0; i < channels; i++) {
		const float v = (float)((double)weights_scale(w, i) * constant_f64(k, i));
		const int64_t at = w->axis < 0 ? 0 : i;

		if (!(v > 0) || !isfinite(v))
			return VALUE_NONE;
		((float *)scales)[i] = v;
		constant_put_f64(zeros, w->c->type, i, w->zero ? constant_f64(w->zero, at) : 0);
	}
	in[0] = build_constant(n, w->c);
	in[1] = build_constant(n, s);
	in[2] = build_constant(n, z);
	return graph_build(n, "DequantizeLinear", &a, 3, in);
}

/* In the scales of its weights, which stay what they are: nothing is rounded between the two. */
static bool apply_batch_of_conv(struct unit *u, struct node *n)
{
	struct node *conv = sole_input_op(n, 0, "Conv");
	const struct constant *bias = NULL;
	struct quantized_weights w;
	struct constant *k, *b;
	uint32_t in[3];
	void *to;

	if (!conv || n->n_out != 1 || !quantized_weights(conv, 1, &w) || w.axis > 0 ||
	    (node_in(conv, 2) && !fixed_reals(u, conv, 2, &bias)) || !batch_factors(u, n, &k, &b))
		return false;
	in[0] = conv->in[0];
	in[1] = rescaled(n, &w, k);
	if (!in[1])
		return false;
	if (bias) {
		struct constant *sum = constant_new(u->arena, DT_F32, &b->shape, &to);

		for (int64_t i = 0; i < shape_elements(&b->shape); i++)
			((float *)to)[i] = (float)(constant_f64(bias, i) * constant_f64(k, i) +
						   constant_f64(b, i));
		b = sum;
	}
	in[2] = build_constant(n, b);
	return replace_node(n, build(n, "Conv", conv->attrs, 3, in));
}

static bool apply_batch(struct unit *u, struct node *n)
{
	struct constant *k, *b;

	if (!all_bounded(u, n, 1) || !batch_factors(u, n, &k, &b))
		return false;
	return replace_node(n, build2(n, "Add", NULL,
				      build2(n, "Mul", NULL, n->in[0], per_channel(n, k)),
				      per_channel(n, b)));
}

static bool apply_sum(struct unit *u, struct node *n)
{
	uint32_t sum = n->in[0];

	if (!all_bounded(u, n, n->n_in))
		return false;
	for (int k = 1; k < n->n_in; k++)
		sum = build2(n, "Add", NULL, sum, n->in[k]);
	return replace_node(n, scaled(n, sum, node_is(n, "Mean") ? 1.0 / n->n_in : 1));
}

/* input + skip + bias is an output, too. */
static bool apply_skip(struct unit *u, struct node *n)
{
	const bool simple = n->n_in > 2 && strstr(n->op->name, "Simplified");
	const int bias = simple ? 3 : 4;
	struct layer_norm_attrs a = { .axis = -1,
				      .stash_type = DT_F32,
				      .epsilon = (float)attr_number(n, "epsilon") };
	uint32_t in[3] = { VALUE_NONE, n->in[2], simple || n->n_in < 4 ? VALUE_NONE : n->in[3] };
	struct range r;

	for (int k = 1; k < 3 && k < n->n_out; k++)
		if (node_out(n, k) && (node_out(n, k)->uses.n || node_out(n, k)->outputs))
			return false;
	if (!range_of(u, n->in[0], &r) || !range_of(u, n->in[1], &r))
		return false;
	in[0] = build2(n, "Add", NULL, n->in[0], n->in[1]);
	if (bias < n->n_in && n->in[bias])
		in[0] = build2(n, "Add", NULL, in[0], n->in[bias]);
	if (n->n_out > 3 && node_out(n, 3))
		graph_replace(u, n->out[3], in[0]);
	return replace_node(n, build(n, simple ? "RMSNormalization" : "LayerNormalization", &a,
				     simple ? 2 : 3, in));
}

static bool apply_lp(struct unit *u, struct node *n)
{
	struct lp_attrs a = *(const struct lp_attrs *)n->attrs;
	const int rank = node_in(n, 0)->shape.rank;
	int64_t *order = arena_array(u->arena, int64_t, (size_t)rank + 1);
	struct perm_attrs swap = { .perm = { order, rank } };
	int axis;
	uint32_t x;

	if (!all_bounded(u, n, 1) || !axis_resolve(u, &n->loc, a.axis, rank, &axis) ||
	    axis == rank - 1)
		return false;
	for (int i = 0; i < rank; i++)
		order[i] = i == axis ? rank - 1 : i == rank - 1 ? axis : i;
	a.axis = rank - 1;
	x = build1(n, "Transpose", &swap, n->in[0]);
	x = build1(n, "LpNormalization", &a, x);
	return replace_node(n, build1(n, "Transpose", &swap, x));
}

/* alpha / size times the sum is alpha times a mean that counts zeros outside. */
static bool apply_lrn(struct unit *u, struct node *n)
{
	const struct shape *s = &node_in(n, 0)->shape;
	const int64_t size = (int64_t)attr_number(n, "size");
	const int64_t kernel[] = { size, 1 }, pads[] = { (size - 1) / 2, 0, size / 2, 0 };
	struct pool_attrs mean = { .kernel_shape = { arena_copy(u->arena, kernel, sizeof kernel),
						     2 },
				   .pads = { arena_copy(u->arena, pads, sizeof pads), 4 },
				   .count_include_pad = 1 };
	struct shape flat = { .rank = 4, .d = { s->d[0], 1, s->d[1], 1 } };
	uint32_t x;

	if (!all_bounded(u, n, 1) || !shape_is_const(s))
		return false;
	for (int i = 2; i < s->rank; i++)
		flat.d[3] *= s->d[i];
	x = build_view(n, n->in[0], &flat);
	x = build1(n, "AveragePool", &mean, build2(n, "Mul", NULL, x, x));
	x = build2(n, "Add", NULL, scaled(n, x, attr_number(n, "alpha")),
		   build_number(n, DT_F32, attr_number(n, "bias")));
	x = build2(n, "Pow", NULL, x, build_number(n, DT_F32, -attr_number(n, "beta")));
	return replace_node(n, build2(n, "Mul", NULL, n->in[0], build_view(n, x, s)));
}

const struct rewrite rewrites_fixed_parts[] = {
	{ "fixed-batch-of-conv", "BatchNormalization",
	  "BatchNormalization(Conv(x, DQ(w))) => Conv(x, DQ(w) * k) + b", apply_batch_of_conv },
	{ "fixed-batch", "BatchNormalization", "BatchNormalization(x) => x * k + b", apply_batch },
	{ "fixed-sum", "Sum Mean", "Sum(a, b, c) => a + b + c", apply_sum },
	{ "fixed-skip",
	  "com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization",
	  "SkipLayerNormalization(x, s) => LayerNormalization(x + s)", apply_skip },
	{ "fixed-lp", "LpNormalization", "LpNormalization(x, axis) => of the last axis", apply_lp },
	{ "fixed-lrn", "LRN", "LRN(x) => x * (bias + alpha * AveragePool(x * x))^-beta",
	  apply_lrn },
	{ .name = NULL }
};
