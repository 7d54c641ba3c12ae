/* The range of a tensor that its integers shall represent.
 *
 * A wide range has large steps, a narrow one cuts outliers; the methods differ in how they weigh
 * the two. All of them take one or two numbers from the histogram. */
#include "quant.h"

#include <float.h>
#include <math.h>

/* Of 100,000 elements, how many may lie outside. */
#define PERCENTILE_OUTSIDE 10

/* A range that leaves samples out must have less than this of the error of one that does not: what
 * was not sampled lies outside more often, and what is cut is what decides. */
#define WORTH_CLIPPING 0.75

/* Levels of 16 bits are many, those of 8 are not. */
#define MANY 4096

static void make_symmetric(struct quant_range *r)
{
	r->hi = fmax(r->hi, -r->lo);
	r->lo = -r->hi;
}

/* -- what was not sampled -------------------------------------------------------------------- */

/* Elements beyond the largest one: about one in as many as were sampled, as far outside on average
 * as the largest ones exceed those before them (an exponential tail). side: 1 or -1. */
static double mean_excess(const struct quant_stats *s, int side)
{
	int64_t most = s->elements / 200 > 5 ? s->elements / 200 : 5, n = 0;
	double end = side > 0 ? s->max : -s->min, sum = 0, x = 0;

	for (int k = 0; k < STATS_BINS / 2 && n < most; k++) {
		int i = side > 0 ? STATS_BINS - 1 - k : k;

		if (!s->bins[i])
			continue;
		x = fmin((double)side * stats_bin_center(s, i), end);
		n += s->bins[i];
		sum += (double)s->bins[i] * x;
	}
	return n ? fmax(sum / (double)n - x, 0) : 0;
}

/* Mean square of what an end of a range cuts off beyond the samples' own. */
static double unseen_error(const struct quant_stats *s, const struct quant_range *r, int side)
{
	double excess = mean_excess(s, side), room = side > 0 ? r->hi - s->max : s->min - r->lo;

	if (excess <= 0)
		return 0;
	return 2 * excess * excess * exp(-fmax(room, 0) / excess) / (double)s->elements;
}

/* Elements in range have the mean error of a uniform distribution, step^2 / 12; the others lie at
 * the middle of their bins. */
static double squared_error(const struct quant_stats *s, const struct quant_range *r, int levels)
{
	double step = (r->hi - r->lo) / levels, sum = 0;

	for (int i = 0; i < STATS_BINS; i++) {
		double x = stats_bin_center(s, i), out = x < r->lo   ? r->lo - x
							 : x > r->hi ? x - r->hi
								     : 0;

		if (s->bins[i])
			sum += (double)s->bins[i] * (out > 0 ? out * out : step * step / 12);
	}
	return s->elements
		       ? sum / (double)s->elements + unseen_error(s, r, 1) + unseen_error(s, r, -1)
		       : 0;
}

/* -- the methods ----------------------------------------------------------------------------- */

static void by_extremes(const struct quant_stats *s, int levels, struct quant_range *r)
{
	(void)levels;
	r->lo = s->min;
	r->hi = s->max;
}

static void by_average(const struct quant_stats *s, int levels, struct quant_range *r)
{
	(void)levels;
	r->lo = s->average_min;
	r->hi = s->average_max;
}

static void by_percentile(const struct quant_stats *s, int levels, struct quant_range *r)
{
	int64_t most = s->elements / 100000 * PERCENTILE_OUTSIDE +
		       s->elements % 100000 * PERCENTILE_OUTSIDE / 100000,
		seen = 0;
	int lo = 0, hi = STATS_BINS - 1;

	(void)levels;
	while (lo < hi && seen + s->bins[lo] <= most / 2)
		seen += s->bins[lo++];
	seen = 0;
	while (hi > lo && seen + s->bins[hi] <= most / 2)
		seen += s->bins[hi--];
	r->lo = fmax(s->min, stats_bin_center(s, lo) - s->reach / STATS_BINS);
	r->hi = fmin(s->max, stats_bin_center(s, hi) + s->reach / STATS_BINS);
}

/* Magnitudes in the lower half of `bins` cells, from zero outwards. */
enum { CELLS = STATS_BINS / 2 };

static void magnitudes(const struct quant_stats *s, double *cells)
{
	for (int i = 0; i < CELLS; i++)
		cells[i] = (double)(s->bins[CELLS + i] + s->bins[CELLS - 1 - i]);
}

/* Kullback-Leibler divergence of the first n cells, with what lies beyond added to the last one,
 * from the same cells spread evenly over `levels` groups (Migacz, "8-bit inference with TensorRT",
 * 2017). */
static double divergence(const double *cells, int n, int levels)
{
	double beyond = 0, total = 0, kept = 0, d = 0;

	for (int i = n; i < CELLS; i++)
		beyond += cells[i];
	for (int i = 0; i < n; i++)
		kept += cells[i];
	total = kept + beyond;
	if (kept == 0)
		return INFINITY;
	for (int g = 0; g < levels; g++) {
		int from = (int)((int64_t)g * n / levels),
		    to = (int)((int64_t)(g + 1) * n / levels);
		double sum = 0, filled = 0;

		for (int i = from; i < to; i++) {
			sum += cells[i];
			filled += cells[i] > 0;
		}
		for (int i = from; i < to; i++) {
			double p = cells[i] + (i == n - 1 ? beyond : 0), q = sum / filled;

			if (p > 0)
				d += p / total * log(p / total / (fmax(q, 1e-9) / kept));
		}
	}
	return d;
}

static void by_entropy(const struct quant_stats *s, int levels, struct quant_range *r)
{
	double cells[CELLS], least = INFINITY;
	/* steps of one sign; more cannot be told apart by the histogram */
	int steps = s->min < 0 && s->max > 0 ? levels / 2 : levels, best = CELLS;

	r->lo = s->min;
	r->hi = s->max;
	if (steps > CELLS / 4)
		return;
	magnitudes(s, cells);
	for (int n = steps; n <= CELLS; n += CELLS / 256) {
		double d = divergence(cells, n, steps);

		if (d < least) {
			least = d;
			best = n;
		}
	}
	r->lo = fmax(s->min, -s->reach * best / CELLS);
	r->hi = fmin(s->max, s->reach * best / CELLS);
}

/* Shrinks both ends together, then each of them, as long as that helps. */
static void by_squared_error(const struct quant_stats *s, int levels, struct quant_range *r)
{
	enum { STEPS = 64 };
	struct quant_range best = { .lo = s->min, .hi = s->max };
	double least = squared_error(s, &best, levels);

	for (int pass = 0; pass < 3; pass++) { /* both, the lower, the upper end */
		struct quant_range from = best;

		for (int i = 1; i < STEPS; i++) {
			struct quant_range t = from;
			double e, shrunk = 1 - (double)i / STEPS;

			t.lo *= pass == 2 ? 1 : shrunk;
			t.hi *= pass == 1 ? 1 : shrunk;
			e = squared_error(s, &t, levels);
			if (e < least) {
				least = e;
				best = t;
			}
		}
	}
	r->lo = best.lo;
	r->hi = best.hi;
}

static void (*const methods[METHOD_COUNT])(const struct quant_stats *s, int levels,
					   struct quant_range *r) = {
	[METHOD_MINMAX] = by_extremes,       [METHOD_AVERAGE] = by_average,
	[METHOD_PERCENTILE] = by_percentile, [METHOD_ENTROPY] = by_entropy,
	[METHOD_MSE] = by_squared_error,
};

/* -- ranges ---------------------------------------------------------------------------------- */

static void try_method(const struct quant_stats *s, enum quant_method m, int levels, bool symmetric,
		       struct quant_range *out)
{
	*out = (struct quant_range){ .method = m };
	if (s->samples)
		methods[m](s, levels, out);
	out->lo = fmin(out->lo, 0);
	out->hi = fmax(out->hi, 0);
	if (symmetric)
		make_symmetric(out);
	out->error = squared_error(s, out, levels);
}

/* Room for what was not sampled, at each end as much as pays. */
static void widen(const struct quant_stats *s, int levels, bool symmetric, struct quant_range *r)
{
	enum { STEPS = 16 };
	struct quant_range t = *r;

	for (int side = -1; side <= 1; side += 2) {
		struct quant_range from = *r;
		double excess = mean_excess(s, side);

		for (int i = 1; i <= STEPS && excess > 0; i++) {
			t = from;
			*(side > 0 ? &t.hi : &t.lo) += side * excess * i / 2;
			if (symmetric)
				make_symmetric(&t);
			t.error = squared_error(s, &t, levels);
			if (t.error < r->error)
				*r = t;
		}
	}
}

/* Steps of 16 bits are so small that a range twice as wide as the samples' costs nothing. */
static void make_room(const struct quant_stats *s, int levels, bool symmetric,
		      struct quant_range *r)
{
	r->lo = fmin(r->lo, 2 * s->min);
	r->hi = fmax(r->hi, 2 * s->max);
	if (symmetric)
		make_symmetric(r);
	r->error = squared_error(s, r, levels);
}

void range_choose(const struct quant_stats *s, enum quant_method method, int levels, bool symmetric,
		  struct quant_range *out)
{
	struct quant_range r;
	double least;

	if (method != METHOD_BEST) {
		try_method(s, method, levels, symmetric, out);
		return;
	}
	try_method(s, METHOD_MINMAX, levels, symmetric, out);
	least = WORTH_CLIPPING * out->error;
	for (int m = METHOD_MINMAX + 1; m < METHOD_COUNT; m++) {
		try_method(s, (enum quant_method)m, levels, symmetric, &r);
		if (r.error < least) {
			least = r.error;
			*out = r;
		}
	}
	widen(s, levels, symmetric, out);
	if (levels > MANY)
		make_room(s, levels, symmetric, out);
}

/* -- parameters ------------------------------------------------------------------------------ */

void params_of_range(const struct quant_range *r, enum dtype t, bool symmetric,
		     struct quant_params *out)
{
	int bits = (int)dtype_bits(t);
	double levels = ldexp(1, bits) - 1,
	       least = dtype_is_signed_int(t) ? -ldexp(1, bits - 1) : 0, zero;

	out->type = t;
	if (symmetric)
		out->scale = (float)(fmax(r->hi, -r->lo) / (ldexp(1, bits - 1) - 1));
	else
		out->scale = (float)((r->hi - r->lo) / levels);
	if (!(out->scale >= FLT_MIN)) /* nothing, or too little for a float */
		out->scale = 1;
	zero = symmetric ? least + ldexp(1, bits - 1)
			 : nearbyint(least - r->lo / (double)out->scale);
	out->zero = (int64_t)fmin(fmax(zero, least), least + levels);
}
