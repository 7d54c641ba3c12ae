/* Pieces are found from the first integer on, each as long as a parabola through three points of it, raised or
 * lowered, passes all of its integers near enough. It is computed as the machine will, so what is
 * said of the result holds for every integer. */
#include "pieces.h"

#include <math.h>
#include <stdlib.h>

struct curve {
	const double *y;
	double lo, hi; /* what saturates is half a step beyond */
	double unit;   /* of the pieces' numbers */
	double near;
};

/* In units, with the half that rounds. Where it saturates, not far out. */
static double units_at(const struct curve *c, int i)
{
	const double far = 64;

	return (fmax(c->lo - far, fmin(c->hi + far, c->y[i])) + 0.5) * c->unit;
}

static bool is_number(int64_t v, int bits)
{
	return llabs(v) < INT64_C(1) << (bits - 1);
}

/* p at t, in units; false: not in 32 bits. */
static bool piece_at(const struct piece *p, int64_t t, int64_t *out)
{
	const int64_t slope = (p->bend * t >> LUT_WIDE_BITS) + p->slope;

	*out = (slope * t >> LUT_WIDE_BITS) + p->value;
	return is_number(slope * t, 32) && is_number(*out, 32);
}

/* Through three points, Chebyshev's, of the integers from first to p->end; false: a number is too
 * large. */
static bool parabola(const struct curve *c, int first, struct piece *p)
{
	const int last = p->end - first;
	const double margin = (1 - sqrt(3) / 2) / 2, full = 1 << LUT_WIDE_BITS;
	const int at[3] = { (int)nearbyint(last * margin), last / 2,
			    last - (int)nearbyint(last * margin) };
	double t[3], v[3], first_slope, bend, slope;

	for (int k = 0; k < 3; k++) {
		t[k] = at[k] * p->step / full;
		v[k] = units_at(c, p->end - at[k]);
	}
	first_slope = last > 1 ? (v[1] - v[0]) / (t[1] - t[0]) : 0;
	bend = last > 1 ? ((v[2] - v[1]) / (t[2] - t[1]) - first_slope) / (t[2] - t[0]) : 0;
	slope = last > 1 ? first_slope - bend * (t[0] + t[1]) : 0;
	if (last == 1)
		slope = (v[2] - v[0]) / t[2];
	if (!(fabs(bend) < 0x1p15 - 1) || !(fabs(slope) < 0x1p30))
		return false;
	p->bend = (int16_t)nearbyint(bend);
	p->slope = (int32_t)nearbyint(slope);
	p->value = (int32_t)nearbyint(v[0] - (bend * t[0] + slope) * t[0]);
	return true;
}

static double clamp(double v, double lo, double hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* What p's number may be at i, in units. Whatever lies beyond the first or the last integer has become that
 * one, so that their results are exact. */
static void allowed(const struct curve *c, int i, double *least, double *most)
{
	const double y = clamp(c->y[i] + 0.5, c->lo, c->hi + 1);

	*least = y > c->lo + c->near ? (y - c->near) * c->unit : -INFINITY;
	*most = y < c->hi + 1 - c->near ? (y + c->near) * c->unit : INFINITY;
	if (i == 0 || i == PIECES_INTEGERS - 1) {
		const double whole = clamp(nearbyint(c->y[i]), c->lo, c->hi);

		*least = whole > c->lo ? fmax(*least, whole * c->unit) : *least;
		*most = whole < c->hi ? fmin(*most, (whole + 1) * c->unit - 1) : *most;
	}
}

/* Raises or lowers p so that it is near everywhere, if that can be. */
static bool shift_between(const struct curve *c, int first, struct piece *p)
{
	double least = -INFINITY, most = INFINITY, by;

	for (int i = first; i <= p->end; i++) {
		double lo, hi;
		int64_t v;

		if (!piece_at(p, (int64_t)(p->end - i) * p->step, &v))
			return false;
		allowed(c, i, &lo, &hi);
		least = lo - (double)v > least ? lo - (double)v : least;
		most = hi - (double)v < most ? hi - (double)v : most;
		if (least > most)
			return false;
	}
	if (ceil(least) > most)
		return false;
	by = ceil(fmax(least, fmin(most, 0)));
	if (isfinite(least) && isfinite(most))
		by = fmax(ceil(least), floor((least + most) / 2));
	p->value += (int32_t)by;
	return true;
}

/* Of the integers from first to last. */
static bool fit(const struct curve *c, int first, int last, struct piece *p)
{
	const int count = last - first;

	*p = (struct piece){ .end = (uint16_t)last };
	if (count > 0)
		p->step = (uint16_t)(((1 << LUT_WIDE_BITS) - 1) / count);
	if (p->step > 0)
		return parabola(c, first, p) && shift_between(c, first, p);
	p->value = (int32_t)nearbyint(units_at(c, first));
	return shift_between(c, first, p);
}

/* The longest piece from there on, by doubling and halving. */
static void longest(const struct curve *c, int first, struct piece *best)
{
	int good = first, by = 1;
	bool grows = true;
	struct piece p;

	fit(c, first, first, best);
	while (by > 0) {
		const int last = good + by;

		if (last < PIECES_INTEGERS && fit(c, first, last, &p)) {
			*best = p;
			good = last;
			by = grows ? 2 * by : by / 2;
		} else {
			grows = false;
			by /= 2;
		}
	}
}

int pieces_fit(struct piece *pieces, int room, const double *y, double lo, double hi, int fraction,
	       double near)
{
	const struct curve c = {
		.y = y, .lo = lo, .hi = hi, .unit = ldexp(1, fraction), .near = near
	};
	int count = 0;

	for (int at = 0; at < PIECES_INTEGERS; at = pieces[count++].end + 1) {
		if (count == room)
			return 0;
		longest(&c, at, &pieces[count]);
	}
	return count;
}
