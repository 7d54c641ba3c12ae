/* Constants as symmetric integers.
 *
 *	q = saturate(round(w / s)),   s = max |w| / 127 (7 for 4 bits)
 *
 * With few levels a smaller scale, which cuts the largest weights, may have less error: of some the
 * best is taken.
 * An error counts as much as what the weight is multiplied by has power, where that is known; then
 * rounding is that of round.c, too. */
#include "matrix.h"

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

/* What is being quantized. */
struct weights_job {
	const struct constant *c;
	struct grouping g;
	double most;                   /* magnitude of an integer */
	const struct quant_moments *s; /* NULL: not known */
	struct quant_matrix m;         /* when s is */
	double *counts; /* by element: how much its error counts; NULL: all the same */
};

/* How much errors count: what the weight is multiplied by, squared. */
static double *importance(struct arena *a, const struct weights_job *j)
{
	double *p = arena_array(a, double, (size_t)shape_elements(&j->c->shape));

	for (int64_t o = 0; o < j->m.out; o++)
		for (int64_t k = 0; k < j->s->columns; k++)
			p[quant_matrix_at(&j->m, o, k / j->m.taps, k % j->m.taps)] =
				j->s->power[o / (j->m.out / j->m.groups) * j->s->columns + k];
	return p;
}

/* error[k]: what group k loses with the scales given. */
static void measure(const struct weights_job *j, const double *scale, double *error)
{
	int64_t n = shape_elements(&j->c->shape);

	for (int64_t k = 0; k < j->g.n; k++)
		error[k] = 0;
	for (int64_t i = 0; i < n; i++) {
		int64_t k = group_of(&j->g, i);
		double w = constant_f64(j->c, i), d = w - rounded(w, scale[k], j->most) * scale[k];

		error[k] += d * d * (j->counts ? j->counts[i] : 1);
	}
}

/* Scales by the largest weights, made smaller where that loses less. */
static double *choose_scales(struct arena *a, const struct weights_job *j)
{
	enum { TRIES = 20 }; /* down to half of the range */
	size_t groups = (size_t)j->g.n;
	double *full = arena_array(a, double, groups), *best = arena_array(a, double, groups),
	       *scale = arena_array(a, double, groups), *error = arena_array(a, double, groups),
	       *least = arena_array(a, double, groups);
	int64_t n = shape_elements(&j->c->shape);

	for (int64_t i = 0; i < n; i++) {
		int64_t k = group_of(&j->g, i);

		full[k] = fmax(full[k], fabs(constant_f64(j->c, i)) / j->most);
	}
	for (size_t k = 0; k < groups; k++)
		best[k] = full[k] = full[k] >= (double)FLT_MIN ? full[k] : 1;
	measure(j, best, least);
	for (int t = 1; t <= TRIES && j->most < 100; t++) {
		for (size_t k = 0; k < groups; k++)
			scale[k] = full[k] * (1 - 0.5 * t / TRIES);
		measure(j, scale, error);
		for (size_t k = 0; k < groups; k++)
			if (error[k] < least[k]) {
				least[k] = error[k];
				best[k] = scale[k];
			}
	}
	return best;
}

static void round_nearest(const double *w, const double *scale, size_t n, double most, double *q)
{
	for (size_t k = 0; k < n; k++)
		q[k] = rounded(w[k], scale[k], most);
}

/* Output by output. */
static void round_rows(struct arena *a, const struct weights_job *j,
		       const struct quant_weights_how *how, const double *scale, void *q,
		       struct quant_weights *out)
{
	size_t n = (size_t)j->s->columns;
	double *w = arena_array(a, double, n), *step = arena_array(a, double, n),
	       *work = arena_array(a, double, n), *to = arena_array(a, double, n);

	const double *shift = how->x ? moments_shift(a, j->s, how->x) : NULL;

	out->lost = arena_array(a, double, (size_t)j->m.out);
	for (int64_t o = 0; o < j->m.out; o++) {
		int64_t group = o / (j->m.out / j->m.groups);

		for (int64_t k = 0; k < j->s->columns; k++) {
			int64_t i = quant_matrix_at(&j->m, o, k / j->m.taps, k % j->m.taps);

			w[k] = constant_f64(j->c, i);
			step[k] = scale[group_of(&j->g, i)];
		}
		if (how->nearest)
			round_nearest(w, step, n, j->most, to);
		else
			round_row(j->s, group, w, step, j->most, work, to);
		for (int64_t k = 0; k < j->s->columns; k++) {
			int64_t i = quant_matrix_at(&j->m, o, k / j->m.taps, k % j->m.taps);

			constant_put_f64(q, how->type, i, to[k]);
			out->lost[o] += (w[k] - to[k] * step[k]) * moments_mean(j->s, group, k);
			if (shift)
				out->lost[o] += to[k] * step[k] * shift[group * j->s->columns + k];
		}
	}
}

static void quantize(struct arena *a, const struct weights_job *j,
		     const struct quant_weights_how *how, const struct shape *scale_shape,
		     struct quant_weights *out)
{
	double *scale = choose_scales(a, j);
	int64_t n = shape_elements(&j->c->shape);
	void *q, *s;

	out->q = constant_new(a, how->type, &j->c->shape, &q);
	out->scale = constant_new(a, DT_F32, scale_shape, &s);
	for (int64_t k = 0; k < j->g.n; k++) {
		if (how->smallest)
			scale[k] = fmax(scale[k], how->smallest[k]);
		constant_put_f64(s, DT_F32, k, scale[k]);
		scale[k] = constant_f64(out->scale, k); /* as it is stored */
	}
	if (j->s)
		round_rows(a, j, how, scale, q, out);
	else
		for (int64_t i = 0; i < n; i++)
			constant_put_f64(
				q, how->type, i,
				rounded(constant_f64(j->c, i), scale[group_of(&j->g, i)], j->most));
}

void weights_quantize(struct arena *a, const struct constant *c,
		      const struct quant_weights_how *how, struct quant_weights *out)
{
	struct weights_job j = { .c = c, .most = ldexp(1, (int)dtype_bits(how->type) - 1) - 1 };
	struct shape s = { .rank = how->axis < 0 ? 0 : 1 };

	group(&c->shape, how->axis, how->block ? how->block : 1, how->block != 0, &j.g);
	s.d[0] = j.g.n;
	if (how->block) {
		s = c->shape;
		s.d[how->axis] = j.g.per_axis;
	}
	if (how->moments && how->moments->finished && quant_matrix_of(how->node, &j.m)) {
		j.s = how->moments;
		j.counts = importance(a, &j);
	}
	*out = (struct quant_weights){ .axis = how->axis < 0 ? 0 : how->axis, .block = how->block };
	quantize(a, &j, how, &s, out);
}
