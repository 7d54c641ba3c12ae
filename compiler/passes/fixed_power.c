/* Quotients, powers and remainders of real numbers in integers. */
#include <float.h>
#include <math.h>

#include "../ops/whole.h"
#include "fixed_exp.h"

static bool is_constant(struct fixed x)
{
	return x.v->kind == TIR_INT || x.lo == x.hi;
}

static double constant_of(struct fixed x)
{
	return x.v->kind == TIR_INT ? ldexp((double)x.v->u.i, -x.fraction) : x.lo;
}

/* -- x / y ----------------------------------------------------------------------------- */

/* All quotients of y other than 0. */
static struct range quotients(struct fixed x, struct fixed y)
{
	const double least = ldexp(1, -y.fraction);
	const double ends[4] = { y.lo, fmin(y.hi, -least), fmax(y.lo, least), y.hi };
	struct range r = { INFINITY, -INFINITY };

	for (int i = 0; i < 4; i++) {
		if (i < 2 ? y.lo > -least : y.hi < least)
			continue;
		r.lo = fmin(r.lo, fmin(x.lo / ends[i], x.hi / ends[i]));
		r.hi = fmax(r.hi, fmax(x.lo / ends[i], x.hi / ends[i]));
	}
	return r;
}

static double ended(double end, double infinite)
{
	return isinf(end) ? infinite : end;
}

static bool by_constant(struct tir_builder *b, struct fixed x, double y, struct range most,
			struct fixed *out)
{
	double lo, hi;
	int to;

	x = fixed_limited(b, x, fmin(most.lo * y, most.hi * y), fmax(most.lo * y, most.hi * y));
	lo = fmin(x.lo / y, x.hi / y);
	hi = fmax(x.lo / y, x.hi / y);
	to = fixed_fraction(lo, hi);
	*out = fixed_result(b, fixed_times(b, x.v, ldexp(1 / y, to - x.fraction)), to, lo, hi);
	return true;
}

bool fixed_quotient(struct tir_builder *b, struct fixed x, struct fixed y, struct range most,
		    struct fixed *out)
{
	const bool zero = y.lo <= 0 && y.hi >= 0;
	struct range of = quotients(x, y);
	const struct tir *v, *end, *none = whole(b, 0);
	int to, bits;

	if (is_constant(y) && constant_of(y) != 0)
		return by_constant(b, x, constant_of(y), most, out);
	if (zero) {
		of.lo = fmin(of.lo, x.lo < 0 ? ended(most.lo, -FIXED_ENDLESS) : 0);
		of.hi = fmax(of.hi, x.hi > 0 ? ended(most.hi, FIXED_ENDLESS) : 0);
	}
	of = (struct range){ fmin(fmax(of.lo, most.lo), most.hi),
			     fmax(fmin(of.hi, most.hi), most.lo) };
	to = fixed_fraction(of.lo, of.hi) - 1;
	/* x * 2^bits has 62 bits at most */
	bits = to - x.fraction + y.fraction;
	if (bits > fixed_fraction(x.lo, x.hi) - x.fraction + 31)
		bits = fixed_fraction(x.lo, x.hi) - x.fraction + 31;
	to = bits + x.fraction - y.fraction;
	v = tir_div(b, whole_scaled(b, x.v, bits), y.v);
	if (zero) {
		end = tir_select(b, tir_lt(b, x.v, none), fixed_number(b, of.lo, to),
				 fixed_number(b, of.hi, to));
		end = tir_select(b, tir_eq(b, x.v, none), none, end);
		v = whole_select(b, tir_eq(b, y.v, none), end, v);
	}
	v = tir_max(b, tir_min(b, v, fixed_number(b, of.hi, to)), fixed_number(b, of.lo, to));
	*out = fixed_result(b, v, to, of.lo, of.hi);
	return true;
}

/* -- x to the power of y --------------------------------------------------------------- */

/* log2 |x|, that of 0 being the least number's. */
static struct fixed exponent(struct tir_builder *b, struct fixed x)
{
	const double least = ldexp(1, -x.fraction);
	struct range of = { fmax(fmax(x.lo, -x.hi), least), fmax(fixed_most(x.lo, x.hi), least) };
	const struct tir *v = x.lo < 0 ? tir_unary(b, TIR_ABS, x.v) : x.v;

	if (x.lo < least && x.hi > -least)
		v = tir_max(b, v, whole(b, 1));
	return fixed_log2(b, v, x.fraction, of);
}

/* v, but 0 where x is 0 and y above 0, and `end` where x is 0 and y below 0. */
static const struct tir *power_of_zero(struct tir_builder *b, struct fixed x, struct fixed y,
				       const struct tir *v, const struct tir *end)
{
	const struct tir *none = whole(b, 0), *zero = tir_eq(b, x.v, none);

	if (x.lo > 0 || x.hi < 0)
		return v;
	if (y.hi > 0)
		v = whole_select(b, tir_and(b, zero, tir_lt(b, none, y.v)), none, v);
	if (y.lo < 0)
		v = whole_select(b, tir_and(b, zero, tir_lt(b, y.v, none)), end, v);
	return v;
}

/* Negative where x is, and y odd. */
static const struct tir *signed_power(struct tir_builder *b, struct fixed x, struct fixed y,
				      const struct tir *v)
{
	const struct tir *odd;

	if (x.lo >= 0 || y.fraction < 0)
		return v;
	odd = tir_and(b, whole_shifted(b, y.v, y.fraction), whole(b, 1));
	odd = tir_and(b, tir_eq(b, odd, whole(b, 1)), tir_lt(b, x.v, whole(b, 0)));
	return whole_negated(b, odd, v);
}

bool fixed_power(struct tir_builder *b, struct fixed x, struct fixed y, struct range most,
		 struct fixed *out)
{
	const bool zero = x.lo <= 0 && x.hi >= 0;
	double end = fixed_most(most.lo, most.hi), lo, hi;
	struct fixed l, t;
	int to;

	if (is_constant(y) && constant_of(y) == 0) {
		*out = fixed_constant(b, 1);
		return true;
	}
	if (is_constant(y) && constant_of(y) == 0.5)
		return fixed_function(b, TIR_SQRT, x, most, out);
	l = exponent(b, x);
	t.lo = fmin(fmin(l.lo * y.lo, l.lo * y.hi), fmin(l.hi * y.lo, l.hi * y.hi));
	t.hi = fmax(fmax(l.lo * y.lo, l.lo * y.hi), fmax(l.hi * y.lo, l.hi * y.hi));
	if ((zero && y.lo < 0) || exp2(t.hi) > FLT_MAX)
		end = ended(end, FIXED_ENDLESS);
	t.fraction = l.fraction + y.fraction;
	t.v = tir_mul(b, l.v, y.v);
	t = fixed_limited(b, t, fmin(t.hi, -64), fmin(t.hi, log2(end)));
	hi = zero && y.lo < 0 ? end : fmin(exp2(t.hi), end);
	to = fixed_fraction(0, hi * (1 + 0x1p-20));
	t.v = fixed_exp2(b, whole_scaled(b, t.v, 30 - t.fraction), to);
	t.v = power_of_zero(b, x, y, t.v, fixed_number(b, hi, to));
	t.v = signed_power(b, x, y, t.v);
	lo = zero ? 0 : fmin(exp2(t.lo), hi);
	if (x.lo < 0 && !(is_constant(y) && fmod(constant_of(y), 2) == 0))
		lo = -hi;
	*out = fixed_result(b, t.v, to, lo, hi);
	return true;
}

/* -- fmod ------------------------------------------------------------------------------ */

/* Exactly: of integers with the finer one's fraction, in steps of what there is room for. */
bool fixed_remainder(struct tir_builder *b, struct fixed x, struct fixed y, struct fixed *out)
{
	const double most = fmin(fixed_most(x.lo, x.hi), fixed_most(y.lo, y.hi));
	const struct tir *v = x.v;

	out->fraction = x.fraction;
	out->lo = x.lo < 0 ? fmax(x.lo, -most) : 0;
	out->hi = x.hi > 0 ? fmin(x.hi, most) : 0;
	if (x.fraction - y.fraction > 31) { /* |x| < |y| */
		out->v = v;
		return true;
	}
	if (x.fraction > y.fraction)
		y.v = whole_scaled(b, y.v, x.fraction - y.fraction);
	v = tir_binary(b, TIR_MOD, v, y.v);
	for (int step; out->fraction < y.fraction; out->fraction += step) {
		step = y.fraction - out->fraction < 31 ? y.fraction - out->fraction : 31;
		v = tir_binary(b, TIR_MOD, whole_scaled(b, v, step), y.v);
	}
	out->v = v;
	return true;
}
