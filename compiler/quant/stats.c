/* Streaming statistics: extremes, their moving average, and a histogram that grows. */
#include "quant.h"

#include <float.h>
#include <math.h>

/* Each sample moves the average by a tenth. */
#define AVERAGE_STEP 0.1

/* Twice the reach: pairs of bins become the middle half. */
static void grow(struct quant_stats *s)
{
	enum { QUARTER = STATS_BINS / 4 };
	int64_t merged[STATS_BINS / 2];

	for (int i = 0; i < STATS_BINS / 2; i++)
		merged[i] = s->bins[2 * i] + s->bins[2 * i + 1];
	for (int i = 0; i < STATS_BINS; i++)
		s->bins[i] = i >= QUARTER && i < 3 * QUARTER ? merged[i - QUARTER] : 0;
	s->reach *= 2;
}

static void reach_to(struct quant_stats *s, double largest)
{
	int exponent;

	if (largest == 0)
		return;
	if (s->reach == 0) {
		frexp(largest, &exponent);
		s->reach = ldexp(1, exponent);
	}
	while (s->reach <= largest)
		grow(s);
}

static void count(struct quant_stats *s, double x)
{
	int i;

	s->elements++;
	if (x == 0) {
		s->zeros++;
		return;
	}
	i = (int)floor((x / s->reach + 1) * (STATS_BINS / 2));
	s->bins[i < 0 ? 0 : i >= STATS_BINS ? STATS_BINS - 1 : i]++;
}

double stats_bin_center(const struct quant_stats *s, int i)
{
	return ((double)i + 0.5) / (STATS_BINS / 2) * s->reach - s->reach;
}

/* Infinities are the largest floats. */
static double element(const struct constant *c, int64_t i)
{
	double x = constant_f64(c, i);

	return isinf(x) ? copysign(FLT_MAX, x) : x;
}

bool stats_add(struct quant_stats *s, const struct constant *c, int64_t *at)
{
	int64_t n = shape_elements(&c->shape);
	double lo = INFINITY, hi = -INFINITY;

	for (int64_t i = 0; i < n; i++) {
		double x = element(c, i);

		if (isnan(x)) {
			*at = i;
			return false;
		}
		lo = fmin(lo, x);
		hi = fmax(hi, x);
	}
	if (n == 0)
		return true;
	s->min = s->samples ? fmin(s->min, lo) : lo;
	s->max = s->samples ? fmax(s->max, hi) : hi;
	s->average_min += s->samples ? (lo - s->average_min) * AVERAGE_STEP : lo;
	s->average_max += s->samples ? (hi - s->average_max) * AVERAGE_STEP : hi;
	s->samples++;
	reach_to(s, fmax(fabs(lo), fabs(hi)));
	for (int64_t i = 0; i < n; i++)
		count(s, element(c, i));
	return true;
}

double stats_variance(const struct quant_stats *s)
{
	double sum = 0, squares = 0, n = (double)s->elements;

	for (int i = 0; i < STATS_BINS; i++) {
		double x = stats_bin_center(s, i);

		sum += (double)s->bins[i] * x;
		squares += (double)s->bins[i] * x * x;
	}
	return n > 0 ? fmax(squares / n - sum / n * sum / n, 0) : 0;
}
