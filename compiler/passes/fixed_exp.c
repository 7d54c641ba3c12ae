#include "fixed_exp.h"

#include <math.h>

#include "../ops/whole.h"
#include "polynomial.h"

enum { FRACTION_MAX = 60 };

double fixed_most(double lo, double hi)
{
	return fmax(fabs(lo), fabs(hi));
}

int fixed_fraction(double lo, double hi)
{
	int e;
	const double most = fixed_most(lo, hi), mantissa = frexp(most, &e);

	if (most == 0)
		return FRACTION_MAX;
	e = 31 - e + (mantissa == 0.5);
	return e < FRACTION_MAX ? e : FRACTION_MAX;
}

const struct tir *fixed_number(struct tir_builder *b, double x, int fraction)
{
	return whole(b, llround(ldexp(x, fraction)));
}

struct fixed fixed_constant(struct tir_builder *b, double x)
{
	int fraction = fixed_fraction(x, x);
	const double v = ldexp(round(ldexp(x, fraction)), -fraction);

	while (fraction > 0 && fmod(ldexp(v, fraction), 2) == 0)
		fraction--;
	return (struct fixed){ fixed_number(b, v, fraction), fraction, v, v };
}

const struct tir *fixed_times(struct tir_builder *b, const struct tir *v, double factor)
{
	int e;
	const double mantissa = frexp(factor, &e);

	if (mantissa == 0.5)
		return whole_scaled(b, v, e - 1);
	return whole_scaled(b, tir_mul(b, v, fixed_number(b, mantissa, 31)), e - 31);
}

struct fixed fixed_result(struct tir_builder *b, const struct tir *v, int fraction, double lo,
			  double hi)
{
	const double rounding = 0x1p-23;
	struct fixed x = { .lo = lo - rounding * fabs(lo), .hi = hi + rounding * fabs(hi) };
	double unit;

	x.fraction = fixed_fraction(x.lo, x.hi);
	if (x.fraction > fraction)
		x.fraction = fraction;
	unit = ldexp(2, -x.fraction);
	x.lo = fmin(x.lo, lo - unit);
	x.hi = fmax(x.hi, hi + unit);
	x.v = whole_scaled(b, v, x.fraction - fraction);
	return x;
}

struct fixed fixed_limited(struct tir_builder *b, struct fixed x, double lo, double hi)
{
	lo = floor(ldexp(lo, x.fraction));
	hi = ceil(ldexp(hi, x.fraction));
	if (ldexp(x.lo, x.fraction) < lo) {
		x.v = tir_max(b, x.v, whole(b, (int64_t)lo));
		x.lo = ldexp(lo, -x.fraction);
	}
	if (ldexp(x.hi, x.fraction) > hi) {
		x.v = tir_min(b, x.v, whole(b, (int64_t)hi));
		x.hi = ldexp(hi, -x.fraction);
	}
	return x;
}

static double exp2m1(double x)
{
	return expm1(x * log(2));
}

const struct tir *fixed_exp2(struct tir_builder *b, const struct tir *t, int fraction)
{
	const struct tir *n = whole_shifted(b, t, 30), *v, *bits;
	const struct tir *u = tir_and(b, t, whole(b, (INT64_C(1) << 30) - 1));
	struct polynomial p;

	polynomial_fit(&p, (struct curve){ exp2m1, CURVE_PLAIN, 0 }, 1, 0x1p-30, DEGREE_MAX);
	v = whole_scaled(b, polynomial_at(b, &p, u, 30), 30 - p.fraction);
	v = tir_add(b, v, whole(b, INT64_C(1) << 30));
	v = tir_mul(b, tir_cast(b, DT_U64, v), tir_int(b, DT_U64, INT64_C(1) << 32));
	bits = tir_sub(b, whole(b, 61 - fraction), n);
	v = tir_binary(b, TIR_SHR, v, tir_cast(b, DT_U64, bits));
	v = tir_add(b, v, tir_int(b, DT_U64, 1));
	return tir_cast(b, DT_I64, tir_binary(b, TIR_SHR, v, tir_int(b, DT_U64, 1)));
}

struct fixed fixed_log2(struct tir_builder *b, const struct tir *v, int fraction, struct range of)
{
	const bool small = of.hi < ldexp(1, 32 - fraction);
	const enum dtype t = small ? DT_U32 : DT_U64;
	const int top = small ? 32 : 63;
	const struct normal n = whole_normal(b, tir_cast(b, t, v), top, 1);
	const double lo = log2(of.lo), hi = log2(of.hi);
	const struct tir *m = tir_binary(b, TIR_SHR, n.m, tir_int(b, t, top - 31)), *count;
	struct polynomial p;
	int to = fixed_fraction(lo, hi);

	if (to > 29)
		to = 29;
	polynomial_fit(&p, (struct curve){ log2, CURVE_PLAIN, 1 }, 1, 0x1p-29, DEGREE_MAX);
	m = tir_sub(b, tir_cast(b, DT_I64, m), whole(b, INT64_C(1) << 30));
	m = whole_scaled(b, polynomial_at(b, &p, m, 30), to - p.fraction);
	count = tir_sub(b, whole(b, top - 1 - fraction), tir_cast(b, DT_I64, n.count));
	return fixed_result(b, tir_add(b, whole_scaled(b, count, to), m), to, lo, hi);
}

const struct tir *fixed_root(struct tir_builder *b, const struct tir *w)
{
	const struct normal n = whole_normal(b, w, 64, 2);
	const struct tir *m = tir_binary(b, TIR_SHR, n.m, tir_int(b, DT_U64, 33)), *half;

	m = tir_cast(b, DT_I64, m);
	/* 2^61 sqrt(m / 2^31) */
	m = tir_mul(b, tir_mul(b, m, whole_inverse_root(b, m)), whole(b, 4));
	half = tir_binary(b, TIR_SHR, n.count, tir_int(b, DT_U64, 1));
	return tir_binary(b, TIR_SHR, tir_cast(b, DT_U64, m), half);
}

/* -- calls ----------------------------------------------------------------------------- */

const struct tir *call_magnitude(const struct call *c)
{
	return c->x.lo >= 0 ? c->x.v : tir_unary(c->b, TIR_ABS, c->x.v);
}

const struct tir *call_with_sign(const struct call *c, const struct tir *v)
{
	const struct tir *negative = tir_lt(c->b, c->x.v, whole(c->b, 0));

	return c->x.lo >= 0 ? v : whole_negated(c->b, negative, v);
}

const struct tir *call_one(const struct call *c, int fraction)
{
	return whole(c->b, fraction < 0 ? 0 : INT64_C(1) << fraction);
}

struct fixed call_near(const struct call *c, const struct tir *v, int fraction)
{
	return fixed_result(c->b, v, fraction, c->lo, c->hi);
}

struct fixed call_result(const struct call *c, const struct tir *v, int fraction)
{
	struct fixed x = call_near(c, v, fraction);

	if (c->lo >= 0)
		x.lo = fmax(x.lo, 0);
	if (c->hi <= 0)
		x.hi = fmin(x.hi, 0);
	return x;
}
