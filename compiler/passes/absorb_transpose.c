/* Transposed convolutions of quantized tensors as convolutions.
 *
 * With strides s, the results at positions s * j + r, of each phase r in [0, s), are a convolution of
 * their own: tap k of the weights meets x[j + o] where o = (r + pad - k * dilation) / s, when that is an
 * integer. So there are as many convolutions as phases, with no product more than before, and their
 * channels, laid side by side, are the pixels of the result:
 *
 *	Q(ConvTranspose(DQ(x), DQ(w), b))  =>  DepthToSpace(Concat(QConv(x, w of phase r) for all r)) */
#include "product.h"

#include <string.h>

enum { AXES = 3, PHASES = 64 };

/* One phase of one axis: taps first, first - step ... of the weights, in the order of x's positions. */
struct phase_axis {
	int64_t taps, first, step;
	int64_t lo, dilation; /* of the convolution: x[j + lo + t * dilation] meets tap t */
};

struct transposed {
	struct product p;
	struct quantized_result r;
	struct window w;
	int64_t group, ci, co; /* co of each group */
	int64_t size[AXES];    /* of a phase */
	int64_t phases;
};

static int64_t gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* A phase that no tap belongs to has taps 0. */
static struct phase_axis phase_of(const struct window *w, int i, int64_t r)
{
	const int64_t s = w->stride[i], d = w->dilation[i], at = r + w->pad_lo[i];
	struct phase_axis a = { .step = s / gcd(d, s), .dilation = d / gcd(d, s) };

	for (int64_t k = 0; k < w->kernel[i]; k++) {
		if (floor_mod(at - k * d, s) != 0)
			continue;
		a.taps++;
		a.first = k;
		a.lo = floor_div(at - k * d, s);
	}
	return a;
}

/* The weights [channels][ci of a group][taps ...] of one phase; 0 where it has no tap. */
static struct constant *phase_weights(struct unit *u, const struct transposed *t,
				      const struct phase_axis *a)
{
	const struct constant *c = t->p.weights;
	struct shape s = { .rank = t->w.n + 2, .d = { t->co * t->group, t->ci } };
	struct constant *to;
	int64_t taps = 1, kernel = 1;
	void *data;

	for (int i = 0; i < t->w.n; i++) {
		s.d[i + 2] = a[i].taps ? a[i].taps : 1;
		taps *= s.d[i + 2];
		kernel *= t->w.kernel[i];
	}
	to = constant_new(u->arena, c->type, &s, &data);
	for (int64_t e = 0; e < shape_elements(&s); e++) {
		int64_t o = e / taps / t->ci, in = e / taps % t->ci, rest = e % taps, at = 0,
			scale = 1;
		bool none = false;

		for (int i = t->w.n - 1; i >= 0; i--) {
			at += (a[i].first - rest % s.d[i + 2] * a[i].step) * scale;
			none |= a[i].taps == 0;
			rest /= s.d[i + 2];
			scale *= t->w.kernel[i];
		}
		in += o / t->co * t->ci;
		if (!none)
			constant_put_i64(data, c->type, e,
					 constant_i64(c, (in * t->co + o % t->co) * kernel + at));
	}
	return to;
}

/* x without the positions before `lo` and behind `hi` of each axis, where these are inside it. */
static uint32_t cropped(const struct transposed *t, uint32_t x, const int64_t *lo,
			const int64_t *hi)
{
	struct node *n = t->p.n;
	int64_t axes[AXES], starts[AXES], ends[AXES];
	bool some = false;

	for (int i = 0; i < t->w.n; i++) {
		axes[i] = i + 2;
		starts[i] = lo[i] > 0 ? lo[i] : 0;
		ends[i] = hi[i] < t->w.in[i] ? hi[i] : t->w.in[i];
		some |= starts[i] > 0 || ends[i] < t->w.in[i];
	}
	if (!some)
		return x;
	return build(n, "Slice", NULL, 4,
		     (uint32_t[]){ x, build_ints(n, starts, t->w.n), build_ints(n, ends, t->w.n),
				   build_ints(n, axes, t->w.n) });
}

/* Phase number `phase` of all axes, the last axis' fastest. */
static bool build_phase(struct unit *u, struct transposed *t, int64_t phase, uint32_t *y)
{
	struct qconv_attrs a = { .x_zero = t->p.x.zero, .out = quantized_requant(&t->r) };
	struct phase_axis axis[AXES];
	int64_t *pads = arena_array(u->arena, int64_t, 2 * AXES);
	int64_t *dilations = arena_array(u->arena, int64_t, AXES), lo[AXES], hi[AXES];
	struct product p = t->p;
	uint32_t in[4];

	p.taps = t->ci;
	for (int i = t->w.n - 1; i >= 0; phase /= t->w.stride[i--]) {
		axis[i] = phase_of(&t->w, i, phase % t->w.stride[i]);
		dilations[i] = axis[i].dilation;
		lo[i] = axis[i].taps ? axis[i].lo : 0;
		hi[i] = lo[i] + t->size[i] + (axis[i].taps ? axis[i].taps - 1 : 0) * dilations[i];
		pads[i] = lo[i] < 0 ? -lo[i] : 0;
		pads[t->w.n + i] = hi[i] > t->w.in[i] ? hi[i] - t->w.in[i] : 0;
		if (lo[i] >= t->w.in[i] || hi[i] <= 0)
			return false; /* nothing but padding */
		p.taps *= axis[i].taps ? axis[i].taps : 1;
	}
	p.weights = phase_weights(u, t, axis);
	if (!product_inputs(u, &p, t->r.q.scale, true, in, &a.wide))
		return false;
	in[0] = cropped(t, in[0], lo, hi);
	a.conv = (struct conv_attrs){ .group = t->group,
				      .dilations = { dilations, t->w.n },
				      .pads = { pads, 2 * t->w.n } };
	*y = build(t->p.n, "edgecc.QConv", &a, in[3] ? 4 : 3, in);
	return true;
}

/* Channels [phase][c] side by side as pixels. */
static uint32_t interleaved(const struct transposed *t, uint32_t x)
{
	struct node *n = t->p.n;
	struct unit *u = n->graph->unit;
	const int axes = t->w.n;
	struct perm_attrs perm = { 0 };
	int64_t apart[RANK_MAX] = { 0 }, together[RANK_MAX] = { 0 };
	int64_t *order = arena_array(u->arena, int64_t, RANK_MAX);

	order[1] = axes + 1;
	apart[axes + 1] = together[1] = t->co * t->group;
	for (int i = 0; i < axes; i++) {
		apart[1 + i] = t->w.stride[i];
		apart[axes + 2 + i] = t->size[i];
		order[2 + 2 * i] = axes + 2 + i;
		order[3 + 2 * i] = 1 + i;
		together[2 + i] = t->w.stride[i] * t->size[i];
	}
	perm.perm = (struct ints){ order, 2 * axes + 2 };
	x = build2(n, "Reshape", NULL, x, build_ints(n, apart, 2 * axes + 2));
	x = build1(n, "Transpose", &perm, x);
	return build2(n, "Reshape", NULL, x, build_ints(n, together, axes + 2));
}

/* The result's size, which the phases together may pass. */
static uint32_t clipped(const struct transposed *t, uint32_t x)
{
	const int64_t lo[AXES] = { 0 };
	struct transposed all = *t;

	for (int i = 0; i < t->w.n; i++)
		all.w.in[i] = t->w.stride[i] * t->size[i];
	return cropped(&all, x, lo, t->w.out);
}

/* One scale for each channel of each group. */
static void spread_scales(struct unit *u, struct transposed *t)
{
	struct quantized_weights *w = &t->p.w;
	int64_t n = t->co * t->group;
	struct constant *c;
	void *data;

	if (w->axis < 0)
		return;
	c = constant_new(u->arena, DT_F32, &(struct shape){ .rank = 1, .d = { n } }, &data);
	for (int64_t i = 0; i < n; i++)
		((float *)data)[i] = weights_scale(w, i % t->co);
	w->scale = c;
}

static bool read(struct unit *u, struct node *n, struct transposed *t)
{
	struct product *p = &t->p;
	const struct shape *s;

	if (!quantized_result(n, &t->r) || !node_is(t->r.source, "ConvTranspose"))
		return false;
	*p = (struct product){ .n = t->r.source, .bias_at = t->r.source, .bias = 2 };
	if (!quantized_input(p->n, 0, &p->x) || !quantized_weights(p->n, 1, &p->w) ||
	    (p->w.axis >= 0 && p->w.axis != 1))
		return false;
	conv_window(u, p->n, &t->w);
	t->phases = 1;
	for (int i = 0; i < t->w.n; i++) {
		if (t->w.n > AXES || !dim_is_const(t->w.in[i]) || !dim_is_const(t->w.out[i]) ||
		    t->w.in[i] < 1 || t->w.out[i] < 1)
			return false;
		t->size[i] = (t->w.out[i] + t->w.stride[i] - 1) / t->w.stride[i];
		if (t->w.stride[i] > PHASES || (t->phases *= t->w.stride[i]) > PHASES)
			return false;
	}
	s = &p->w.c->shape;
	t->group = ((const struct conv_attrs *)p->n->attrs)->group;
	t->ci = s->d[0] / t->group;
	t->co = s->d[1];
	p->channels = t->co * t->group;
	p->weights = weights_centered(u, &p->w);
	spread_scales(u, t);
	return p->channels > 0 && t->ci > 0;
}

static bool apply_conv_transpose(struct unit *u, struct node *n)
{
	const struct axis_attrs channels = { .axis = 1 };
	struct transposed t;
	uint32_t parts[PHASES], y;

	if (!read(u, n, &t))
		return false;
	for (int64_t i = 0; i < t.phases; i++)
		if (!build_phase(u, &t, i, &parts[i]))
			return false;
	y = parts[0];
	if (t.phases > 1)
		y = interleaved(&t, build(t.p.n, "Concat", &channels, (int)t.phases, parts));
	return replace_node(n, clipped(&t, y));
}

const struct rewrite rewrites_absorb_transpose[] = {
	{ "quantized-conv-transpose", "QuantizeLinear",
	  "Q(ConvTranspose(DQ(x), DQ(w))) => convolutions of integers, one for each phase",
	  apply_conv_transpose },
	{ .name = NULL }
};
