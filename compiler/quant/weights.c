/* Constants as symmetric integers.
 *
 *	q = saturate(round(w / s)),   s = max |w| / 127 (with 4 bits max(w / 7, -w / 8))
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
	return fmin(fmax(nearbyint(w / scale), round_least(most)), most);
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
		double w = constant_f64(j->c, i);

		full[k] = fmax(full[k], w / (w < 0 ? round_least(j->most) : j->most));
	}
	for (size_t k = 0; k < groups; k++)
		best[k] = full[k] = full[k] >= (double)FLT_MIN ? full[k] : 1;
	measure(j, best, least);
	for (int t = 1; t <= TRIES && j->most < ROUND_FEW; t++) {
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

/* One output's weights, and room for columns. */
struct weights_row {
	int64_t output, group;
	double *w, *step; /* what the scales were at first */
	double *best, *to, *tried, *tried_to, *work;
};

/* The row's scales are its own: no other output has them. */
static bool owns_scales(const struct weights_job *j, const struct quant_weights_how *how)
{
	return j->g.by_place || how->axis == weights_channel_axis(how->node);
}

/* All scales of the row larger or smaller by one factor, where that makes its sums better. */
static void fit_scales(const struct weights_job *j, const struct quant_weights_how *how,
		       struct weights_row *r, double error)
{
	static const double factors[] = { 0.75, 0.8, 0.85, 0.9, 0.95, 1.05, 1.1, 1.15, 1.2, 1.3 };
	double least = how->smallest ? how->smallest[r->output] : (double)FLT_MIN;

	for (size_t i = 0; i < ARRAY_LEN(factors); i++) {
		double e;
		bool fits = true;

		for (int64_t k = 0; k < j->s->columns; k++) {
			r->tried[k] = (double)(float)(r->step[k] * factors[i]);
			fits &= r->tried[k] >= least;
		}
		if (!fits)
			continue;
		e = round_row(j->s, r->group, r->w, r->tried, j->most, r->work, r->tried_to);
		if (e >= error)
			continue;
		error = e;
		for (int64_t k = 0; k < j->s->columns; k++) {
			r->best[k] = r->tried[k];
			r->to[k] = r->tried_to[k];
		}
	}
}

static void round_one(const struct weights_job *j, const struct quant_weights_how *how, bool fit,
		      struct weights_row *r)
{
	double error;

	if (how->nearest) {
		round_nearest(r->w, r->step, (size_t)j->s->columns, j->most, r->to);
		return;
	}
	error = round_row(j->s, r->group, r->w, r->step, j->most, r->work, r->to);
	if (fit)
		fit_scales(j, how, r, error);
}

/* Output by output; scales, too, may become others. */
static void round_rows(struct arena *a, const struct weights_job *j,
		       const struct quant_weights_how *how, double *scale, void *q,
		       struct quant_weights *out)
{
	size_t n = (size_t)j->s->columns;
	bool fit = j->most < ROUND_FEW && owns_scales(j, how);
	struct weights_row r = { .w = arena_array(a, double, n),
				 .step = arena_array(a, double, n),
				 .best = arena_array(a, double, n),
				 .to = arena_array(a, double, n),
				 .tried = arena_array(a, double, n),
				 .tried_to = arena_array(a, double, n),
				 .work = arena_array(a, double, n) };
	const double *shift = how->x ? moments_shift(a, j->s, how->x) : NULL;

	out->lost = arena_array(a, double, (size_t)j->m.out);
	for (int64_t o = 0; o < j->m.out; o++) {
		r.output = o;
		r.group = o / (j->m.out / j->m.groups);
		for (int64_t k = 0; k < j->s->columns; k++) {
			int64_t i = quant_matrix_at(&j->m, o, k / j->m.taps, k % j->m.taps);

			r.w[k] = constant_f64(j->c, i);
			r.best[k] = r.step[k] = scale[group_of(&j->g, i)];
		}
		round_one(j, how, fit, &r);
		for (int64_t k = 0; k < j->s->columns; k++) {
			int64_t i = quant_matrix_at(&j->m, o, k / j->m.taps, k % j->m.taps);
			double to = r.to[k] * r.best[k];

			constant_put_f64(q, how->type, i, r.to[k]);
			scale[group_of(&j->g, i)] = r.best[k];
			out->lost[o] += (r.w[k] - to) * moments_mean(j->s, r.group, k);
			if (shift)
				out->lost[o] += to * shift[r.group * j->s->columns + k];
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
	for (int64_t k = 0; k < j->g.n; k++)
		constant_put_f64(s, DT_F32, k, scale[k]);
}

static void begin(struct arena *a, const struct constant *c, const struct quant_weights_how *how,
		  struct weights_job *j)
{
	*j = (struct weights_job){ .c = c, .most = ldexp(1, (int)dtype_bits(how->type) - 1) - 1 };
	group(&c->shape, how->axis, how->block ? how->block : 1, how->block != 0, &j->g);
	if (how->moments && how->moments->finished && quant_matrix_of(how->node, &j->m)) {
		j->s = how->moments;
		j->counts = importance(a, j);
	}
}

/* Sum of squares of all outputs' sums. */
static double signal(struct arena *a, const struct weights_job *j)
{
	double *w, sum = 0;

	if (!j->s) {
		for (int64_t i = 0; i < shape_elements(&j->c->shape); i++)
			sum += constant_f64(j->c, i) * constant_f64(j->c, i);
		return sum;
	}
	w = arena_array(a, double, (size_t)j->s->columns);
	for (int64_t o = 0; o < j->m.out; o++) {
		for (int64_t k = 0; k < j->s->columns; k++)
			w[k] = constant_f64(
				j->c, quant_matrix_at(&j->m, o, k / j->m.taps, k % j->m.taps));
		sum += moments_power(j->s, o / (j->m.out / j->m.groups), w);
	}
	return sum;
}

double weights_loss(struct arena *a, const struct constant *c, const struct quant_weights_how *how)
{
	struct weights_job j;
	double *error, noise = 0, power;

	begin(a, c, how, &j);
	error = arena_array(a, double, (size_t)j.g.n);
	measure(&j, choose_scales(a, &j), error);
	for (int64_t k = 0; k < j.g.n; k++)
		noise += error[k];
	power = signal(a, &j);
	return power > 0 ? noise / power : 0;
}

void weights_quantize(struct arena *a, const struct constant *c,
		      const struct quant_weights_how *how, struct quant_weights *out)
{
	struct weights_job j;
	struct shape s = { .rank = how->axis < 0 ? 0 : 1 };

	begin(a, c, how, &j);
	s.d[0] = j.g.n;
	if (how->block) {
		s = c->shape;
		s.d[how->axis] = j.g.per_axis;
	}
	*out = (struct quant_weights){ .axis = how->axis < 0 ? 0 : how->axis, .block = how->block };
	quantize(a, &j, how, &s, out);
}
