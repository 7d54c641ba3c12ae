/* What scales and shifts each channel before or after a convolution or a matrix product with
 * constant weights goes into the weights and the bias:
 *
 *	k * (W x + b) + h   =>  (k W) x + (k b + h)
 *	W (k x + h) + b     =>  (W k) x + (W h + b)
 *	BatchNormalization(g, h, m, v) is k = g / sqrt(v + eps), h - m k
 *
 * The second form with h only where no border of zeros is read. A BatchNormalization that no layer
 * takes is a Mul and an Add. Factors are computed in double and rounded once. */
#include <math.h>

#include "list.h"
#include "rewrite.h"

/* -- layers --------------------------------------------------------------------------- */

/* To which of n channels element e of the weights belongs: (e / (inner * n * repeat)) * n + e /
 * inner % n. */
struct channels {
	int axis; /* of the tensor */
	int64_t n, inner, repeat, groups;
};

struct layer {
	struct node *node;
	const struct constant *w, *b; /* b may be NULL */
	struct channels in, out;
	bool has_bias; /* can have one */
	bool shifts; /* its inputs may be shifted: every output sees every weight of its own once */
};

static int64_t channel_of(const struct channels *c, int64_t e)
{
	return e / (c->inner * c->n * c->repeat) * c->n + e / c->inner % c->n;
}

static int64_t channel_count(const struct channels *c)
{
	return c->n * c->groups;
}

static bool no_padding(const struct node *n)
{
	struct window w;

	conv_window(n->graph->unit, n, &w);
	for (int i = 0; i < w.n; i++)
		if (w.pad_lo[i] || w.pad_hi[i])
			return false;
	return true;
}

/* W: Conv [groups * co][ci][taps], ConvTranspose [groups * ci][co][taps], ci and co being those of
 * one group. */
static void conv_layer(struct layer *l, bool transpose)
{
	const struct conv_attrs *a = l->node->attrs;
	int64_t first = l->w->shape.d[0] / a->group, second = l->w->shape.d[1], taps = 1;
	struct channels major = { 1, first * a->group, 0, 1, 1 },
			minor = { 1, second, 0, first, a->group };

	for (int i = 2; i < l->w->shape.rank; i++)
		taps *= l->w->shape.d[i];
	major.inner = second * taps;
	minor.inner = taps;
	l->in = transpose ? major : minor;
	l->out = transpose ? minor : major;
	l->has_bias = true;
	l->shifts = !transpose && no_padding(l->node);
}

/* W: [k][n], or [n][k] */
static bool product_layer(struct layer *l, bool transposed)
{
	const struct shape *x = &node_in(l->node, 0)->shape, *y = &node_out(l->node, 0)->shape;
	struct channels major = { 0, l->w->shape.d[0], 0, 1, 1 }, minor = { 0, 0, 1, 0, 1 };

	if (l->w->shape.rank != 2 || x->rank < 1 || y->rank < 1)
		return false;
	major.inner = l->w->shape.d[1];
	minor.n = l->w->shape.d[1];
	minor.repeat = l->w->shape.d[0];
	l->in = transposed ? minor : major;
	l->out = transposed ? major : minor;
	l->in.axis = x->rank - 1;
	l->out.axis = y->rank - 1;
	l->has_bias = l->shifts = x->rank == 2;
	return true;
}

static bool layer_of(struct node *n, struct layer *l)
{
	const struct gemm_attrs *g;

	*l = (struct layer){ .node = n };
	if (!n || !node_out(n, 0) || !output_is_float(n))
		return false;
	l->w = node_const(n, 1);
	l->b = node_const(n, 2);
	if (!l->w || l->w->type != node_out(n, 0)->type || shape_elements(&l->w->shape) == 0 ||
	    (node_in(n, 2) && !l->b))
		return false;
	if (node_is(n, "Conv") || node_is(n, "ConvTranspose")) {
		conv_layer(l, node_is(n, "ConvTranspose"));
		return true;
	}
	if (node_is(n, "MatMul"))
		return product_layer(l, false);
	if (!node_is(n, "Gemm"))
		return false;
	g = n->attrs;
	return g->alpha == 1.0F && g->beta == 1.0F && !g->transA &&
	       product_layer(l, g->transB != 0) &&
	       (!l->b || (l->b->shape.rank == 1 && l->b->shape.d[0] == l->out.n));
}

/* -- scales and shifts ---------------------------------------------------------------- */

struct affine_step {
	int slot;      /* of its tensor; the other inputs are constant */
	double *k, *h; /* by channel */
	bool scales, shifts;
};

/* c's value for each of n channels along `axis` of a tensor shaped s; NULL when it varies along
 * other axes. */
static double *by_channel(struct arena *a, const struct constant *c, const struct shape *s,
			  int axis, int64_t n)
{
	int at = axis - (s->rank - c->shape.rank);
	double *v = arena_array(a, double, (size_t)n);

	for (int i = 0; i < c->shape.rank; i++)
		if (c->shape.d[i] != 1 && (i != at || c->shape.d[i] != n))
			return NULL;
	for (int64_t i = 0; i < n; i++)
		v[i] = constant_f64(c, shape_elements(&c->shape) == 1 ? 0 : i);
	return v;
}

static bool arithmetic_step(struct arena *a, const struct node *n, int axis, int64_t count,
			    struct affine_step *s)
{
	int c = constant_slot(n);
	double *v;

	if (c < 0 || node_const(n, c)->type == DT_STRING || (c == 0 && node_is(n, "Div")))
		return false;
	s->slot = 1 - c;
	v = by_channel(a, node_const(n, c), &node_out(n, 0)->shape, axis, count);
	for (int64_t i = 0; v && i < count; i++) {
		if (node_is(n, "Mul"))
			s->k[i] = v[i];
		else if (node_is(n, "Div"))
			s->k[i] = 1 / v[i];
		else if (node_is(n, "Add"))
			s->h[i] = v[i];
		else /* x - c, c - x */
			s->h[i] = c == 1 ? -v[i] : v[i];
		if (c == 0 && node_is(n, "Sub"))
			s->k[i] = -1;
	}
	return v != NULL;
}

static bool batchnorm_step(const struct node *n, int axis, int64_t count, struct affine_step *s)
{
	const struct constant *p[5];
	double epsilon = attr_number(n, "epsilon");

	if (axis != 1 || attr_number(n, "training_mode") != 0)
		return false;
	for (int k = 1; k < 5; k++) {
		p[k] = node_const(n, k);
		if (!p[k] || shape_elements(&p[k]->shape) != count)
			return false;
	}
	for (int64_t i = 0; i < count; i++) {
		s->k[i] = constant_f64(p[1], i) / sqrt(constant_f64(p[4], i) + epsilon);
		s->h[i] = constant_f64(p[2], i) - constant_f64(p[3], i) * s->k[i];
	}
	return true;
}

/* n as a step over `count` channels of the given axis of its result. */
static bool step_of(const struct node *n, int axis, int64_t count, struct affine_step *s)
{
	struct arena *a = n->graph->unit->arena;
	bool ok;

	*s = (struct affine_step){ .slot = 0 };
	if (!node_out(n, 0) || !output_is_float(n))
		return false;
	s->k = arena_array(a, double, (size_t)count);
	s->h = arena_array(a, double, (size_t)count);
	for (int64_t i = 0; i < count; i++)
		s->k[i] = 1;
	if (node_is(n, "BatchNormalization"))
		ok = batchnorm_step(n, axis, count, s);
	else if (node_is(n, "Mul") || node_is(n, "Div") || node_is(n, "Add") || node_is(n, "Sub"))
		ok = arithmetic_step(a, n, axis, count, s);
	else
		return false;
	if (!ok || !same_tensor(node_in(n, s->slot), node_out(n, 0)))
		return false;
	for (int64_t i = 0; i < count; i++) {
		if (!isfinite(s->k[i]) || !isfinite(s->h[i]))
			return false;
		s->scales |= s->k[i] != 1;
		s->shifts |= s->h[i] != 0;
	}
	return true;
}

/* -- into the layer ------------------------------------------------------------------- */

static struct constant *scaled(struct unit *u, const struct constant *w, const struct channels *c,
			       const double *k)
{
	void *data;
	struct constant *out = constant_new(u->arena, w->type, &w->shape, &data);

	for (int64_t e = 0; e < shape_elements(&w->shape); e++)
		constant_put_f64(data, w->type, e, constant_f64(w, e) * k[channel_of(c, e)]);
	return out;
}

static void set_weights(struct layer *l, const struct affine_step *s, const struct channels *c)
{
	struct unit *u = l->node->graph->unit;

	if (s->scales)
		node_set_input(l->node, 1, build_constant(l->node, scaled(u, l->w, c, s->k)));
}

/* b: of every output channel */
static void set_bias(struct layer *l, const double *b)
{
	struct unit *u = l->node->graph->unit;
	struct shape shape = { .rank = 1, .d = { channel_count(&l->out) } };
	struct constant *c;
	void *data;

	c = constant_new(u->arena, l->w->type, &shape, &data);
	for (int64_t i = 0; i < shape.d[0]; i++)
		constant_put_f64(data, c->type, i, b[i]);
	if (node_is(l->node, "MatMul"))
		node_become(l->node, "Gemm", NULL, 2, l->node->in);
	node_set_input(l->node, 2, build_constant(l->node, c));
}

static double *bias_of(const struct layer *l)
{
	int64_t n = channel_count(&l->out);
	double *b = arena_array(l->node->graph->unit->arena, double, (size_t)n);

	for (int64_t i = 0; l->b && i < n; i++)
		b[i] = constant_f64(l->b, i);
	return b;
}

/* k * layer(x) + h */
static bool apply_after(struct unit *u, struct node *n)
{
	int slot = node_is(n, "BatchNormalization") || constant_slot(n) == 1 ? 0 : 1;
	struct affine_step s;
	struct layer l;
	double *b;

	if (!layer_of(sole_input_node(n, slot), &l) ||
	    !step_of(n, l.out.axis, channel_count(&l.out), &s) || (s.shifts && !l.has_bias))
		return false;
	set_weights(&l, &s, &l.out);
	if (s.shifts || l.b) {
		b = bias_of(&l);
		for (int64_t i = 0; i < channel_count(&l.out); i++)
			b[i] = b[i] * s.k[i] + s.h[i];
		set_bias(&l, b);
	}
	merge_location(l.node, n);
	graph_replace(u, n->out[0], l.node->out[0]);
	return true;
}

/* layer(k * x + h) */
static bool apply_before(struct unit *u, struct node *n)
{
	struct node *p = sole_input_node(n, 0);
	struct affine_step s;
	struct layer l;
	double *b;

	(void)u;
	if (!p || !layer_of(n, &l) || !step_of(p, l.in.axis, channel_count(&l.in), &s) ||
	    (s.shifts && !(l.has_bias && l.shifts)))
		return false;
	if (s.shifts) {
		b = bias_of(&l);
		for (int64_t e = 0; e < shape_elements(&l.w->shape); e++)
			b[channel_of(&l.out, e)] +=
				constant_f64(l.w, e) * s.h[channel_of(&l.in, e)];
		set_bias(&l, b);
	}
	set_weights(&l, &s, &l.in);
	node_set_input(n, 0, p->in[s.slot]);
	return true;
}

/* BatchNormalization(x)  =>  Add(Mul(x, k), h) */
static bool apply_batchnorm(struct unit *u, struct node *n)
{
	struct shape shape = { .rank = node_in(n, 0)->shape.rank - 1 };
	const struct value *y = node_out(n, 0);
	struct affine_step s;
	uint32_t ids[2];

	if (!y || shape.rank < 1 || !dim_is_const(y->shape.d[1]) ||
	    !step_of(n, 1, y->shape.d[1], &s))
		return false;
	shape.d[0] = y->shape.d[1];
	for (int i = 1; i < shape.rank; i++)
		shape.d[i] = 1;
	for (int i = 0; i < 2; i++) {
		void *data;
		struct constant *c = constant_new(u->arena, y->type, &shape, &data);

		for (int64_t e = 0; e < shape.d[0]; e++)
			constant_put_f64(data, y->type, e, i ? s.h[e] : s.k[e]);
		ids[i] = build_constant(n, c);
	}
	return replace_node(
		n, build2(n, "Add", NULL, build2(n, "Mul", NULL, n->in[0], ids[0]), ids[1]));
}

static const struct rewrite rewrites[] = { { "affine-after", "BatchNormalization Mul Div Add Sub",
					     "k * layer(x) + h as one layer", apply_after },
					   { "affine-before", "Conv ConvTranspose Gemm MatMul",
					     "layer(k * x + h) as one layer", apply_before },
					   { "batchnorm-alone", "BatchNormalization",
					     "BatchNormalization(x) => x * k + h",
					     apply_batchnorm },
					   { .name = NULL } };

static const struct rewrite *const tables[] = { rewrites, NULL };

const struct pass pass_affine = {
	.name = "fold-affine",
	.doc = "scales, shifts and batch normalizations into the weights of the layers beside them",
	.level = 1,
	.rewrites = tables,
};
