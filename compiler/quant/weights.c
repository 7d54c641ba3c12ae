/* Constants as symmetric integers.
 *
 *	q = saturate(round(w / s)),   s = max |w| / 127 (7 for 4 bits)
 *
 * With few levels a smaller scale, which cuts the largest weights, may have less error: of some the
 * best is taken. */
#include "quant.h"

#include "../passes/rewrite.h"

#include <float.h>
#include <math.h>

int weights_channel_axis(const struct node *n)
{
	if (node_is(n, "Conv"))
		return 0;
	if (node_is(n, "ConvTranspose"))
		return 1;
	if (node_is(n, "Gemm"))
		return attr_number(n, "transB") != 0 ? 0 : 1;
	return node_const(n, 1)->shape.rank > 1 ? node_const(n, 1)->shape.rank - 1 : -1;
}

/* Which elements have one scale: those with the same index of an axis, divided by block; with
 * by_place only when their other indices are the same, too. */
struct grouping {
	int64_t inner, size, block, per_axis;
	bool by_place;
	int64_t n; /* groups */
};

static void group(const struct shape *s, int axis, int64_t block, bool by_place, struct grouping *g)
{
	*g = (struct grouping){ 1, axis < 0 ? 1 : s->d[axis], block, 0, by_place, 0 };
	for (int i = axis + 1; axis >= 0 && i < s->rank; i++)
		g->inner *= s->d[i];
	if (axis < 0) /* one group of all */
		g->inner = shape_elements(s);
	g->per_axis = ceil_div(g->size, block);
	g->n = g->per_axis;
	if (by_place)
		g->n = g->size ? shape_elements(s) / g->size * g->per_axis : 0;
}

static int64_t group_of(const struct grouping *g, int64_t i)
{
	int64_t along = i / g->inner % g->size / g->block;

	return g->by_place
		       ? (i / (g->inner * g->size) * g->per_axis + along) * g->inner + i % g->inner
		       : along;
}

static double rounded(double w, double scale, double most)
{
	return fmin(fmax(nearbyint(w / scale), -most), most);
}

/* error[k]: what group k loses with the scales given. */
static void measure(const struct constant *c, const struct grouping *g, const double *scale,
		    double most, double *error)
{
	int64_t n = shape_elements(&c->shape);

	for (int64_t k = 0; k < g->n; k++)
		error[k] = 0;
	for (int64_t i = 0; i < n; i++) {
		int64_t k = group_of(g, i);
		double w = constant_f64(c, i), d = w - rounded(w, scale[k], most) * scale[k];

		error[k] += d * d;
	}
}

/* Scales by the largest weights, made smaller where that loses less. */
static double *choose_scales(struct arena *a, const struct constant *c, const struct grouping *g,
			     double most)
{
	enum { TRIES = 20 }; /* down to half of the range */
	size_t groups = (size_t)g->n;
	double *full = arena_array(a, double, groups), *best = arena_array(a, double, groups),
	       *scale = arena_array(a, double, groups), *error = arena_array(a, double, groups),
	       *least = arena_array(a, double, groups);
	int64_t n = shape_elements(&c->shape);

	for (int64_t i = 0; i < n; i++) {
		int64_t k = group_of(g, i);

		full[k] = fmax(full[k], fabs(constant_f64(c, i)) / most);
	}
	for (size_t k = 0; k < groups; k++)
		best[k] = full[k] = full[k] >= (double)FLT_MIN ? full[k] : 1;
	measure(c, g, best, most, least);
	for (int t = 1; t <= TRIES && most < 100; t++) {
		for (size_t k = 0; k < groups; k++)
			scale[k] = full[k] * (1 - 0.5 * t / TRIES);
		measure(c, g, scale, most, error);
		for (size_t k = 0; k < groups; k++)
			if (error[k] < least[k]) {
				least[k] = error[k];
				best[k] = scale[k];
			}
	}
	return best;
}

static void quantize(struct arena *a, const struct constant *c, enum dtype t,
		     const struct grouping *g, const double *smallest,
		     const struct shape *scale_shape, struct quant_weights *out)
{
	double most = ldexp(1, (int)dtype_bits(t) - 1) - 1;
	double *scale = choose_scales(a, c, g, most);
	int64_t n = shape_elements(&c->shape);
	void *q, *s;

	out->q = constant_new(a, t, &c->shape, &q);
	out->scale = constant_new(a, DT_F32, scale_shape, &s);
	for (int64_t k = 0; k < g->n; k++) {
		if (smallest)
			scale[k] = fmax(scale[k], smallest[k]);
		constant_put_f64(s, DT_F32, k, scale[k]);
		scale[k] = constant_f64(out->scale, k); /* as it is stored */
	}
	for (int64_t i = 0; i < n; i++)
		constant_put_f64(q, t, i, rounded(constant_f64(c, i), scale[group_of(g, i)], most));
}

void weights_quantize(struct arena *a, const struct constant *c, enum dtype t, int axis,
		      const double *smallest, struct quant_weights *out)
{
	struct grouping g;
	struct shape s = { .rank = axis < 0 ? 0 : 1 };

	group(&c->shape, axis, 1, false, &g);
	s.d[0] = g.n;
	*out = (struct quant_weights){ .axis = axis < 0 ? 0 : axis };
	quantize(a, c, t, &g, smallest, &s, out);
}

void weights_quantize_blocks(struct arena *a, const struct constant *c, enum dtype t,
			     int block_axis, int64_t block, struct quant_weights *out)
{
	struct grouping g;
	struct shape s = c->shape;

	group(&c->shape, block_axis, block, true, &g);
	s.d[block_axis] = g.per_axis;
	*out = (struct quant_weights){ .axis = block_axis, .block = block };
	quantize(a, c, t, &g, NULL, &s, out);
}
