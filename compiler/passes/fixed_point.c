/* Arithmetic of fixed-point numbers as tensor expressions: digits behind the point are dropped only where 62 bits
 * do not hold them. */
#include "fixed_point.h"

#include <math.h>

enum { NARROW = 30, WIDE = 61 };

static const struct tir *whole(struct tir_builder *b, int64_t v)
{
	return tir_int(b, DT_I64, v);
}

static double magnitude(double lo, double hi)
{
	return fmax(fabs(lo), fabs(hi));
}

/* The most digits behind the point with which numbers within [lo, hi] are below 2^bits. */
static int fraction_within(double lo, double hi, int bits)
{
	int e = 0;

	frexp(magnitude(lo, hi), &e);
	return bits - e;
}

/* Bits of |v|, at most. */
static int bits_of(struct fixed x)
{
	return x.fraction + WIDE - fraction_within(x.lo, x.hi, WIDE);
}

static struct fixed made(const struct tir *v, int fraction, struct range r)
{
	return (struct fixed){ v, fraction, r.lo, r.hi };
}

bool fixed_whole(struct tir_builder *b, const struct tir *v, struct range r, struct fixed *out)
{
	if (!(magnitude(r.lo, r.hi) < ldexp(1, WIDE)))
		return false;
	*out = made(tir_cast(b, DT_I64, v), 0, r);
	return true;
}

/* floor((v + 2^(by - 1)) / 2^by) */
static const struct tir *shifted_right(struct tir_builder *b, const struct tir *v, int by)
{
	if (by > WIDE)
		return whole(b, 0);
	v = tir_add(b, v, whole(b, INT64_C(1) << (by - 1)));
	return tir_floordiv(b, v, whole(b, INT64_C(1) << by));
}

struct fixed fixed_at(struct tir_builder *b, struct fixed x, int fraction)
{
	const int room = x.fraction + WIDE - bits_of(x);

	if (fraction > room)
		fraction = room;
	if (fraction > x.fraction)
		x.v = tir_mul(b, x.v, whole(b, INT64_C(1) << (fraction - x.fraction)));
	else if (fraction < x.fraction)
		x.v = shifted_right(b, x.v, x.fraction - fraction);
	x.fraction = fraction;
	return x;
}

static struct fixed within(struct tir_builder *b, struct fixed x, int bits)
{
	const int fraction = fraction_within(x.lo, x.hi, bits);

	return fraction < x.fraction ? fixed_at(b, x, fraction) : x;
}

struct fixed fixed_narrow(struct tir_builder *b, struct fixed x)
{
	return within(b, x, NARROW);
}

struct fixed fixed_confined(struct tir_builder *b, struct fixed x, struct range most)
{
	const struct range r = range_meet((struct range){ x.lo, x.hi }, most);

	if (bits_of(x) <= NARROW || r.lo > r.hi ||
	    magnitude(r.lo, r.hi) * 4 > magnitude(x.lo, x.hi))
		return x;
	if (r.lo > x.lo)
		x.v = tir_max(b, x.v, whole(b, (int64_t)floor(ldexp(r.lo, x.fraction))));
	if (r.hi < x.hi)
		x.v = tir_min(b, x.v, whole(b, (int64_t)ceil(ldexp(r.hi, x.fraction))));
	return made(x.v, x.fraction, r);
}

/* Both with as many digits as one of them has, or as there is room for. */
static void align(struct tir_builder *b, struct fixed *x, struct fixed *y)
{
	int fraction = x->fraction > y->fraction ? x->fraction : y->fraction;

	*x = fixed_at(b, *x, fraction);
	*y = fixed_at(b, *y, fraction);
	fraction = x->fraction < y->fraction ? x->fraction : y->fraction;
	*x = fixed_at(b, *x, fraction);
	*y = fixed_at(b, *y, fraction);
}

static struct fixed product(struct tir_builder *b, struct fixed x, struct fixed y, struct range r)
{
	const int bx = bits_of(x), by = bits_of(y);

	if (bx + by > WIDE && bx > NARROW)
		x = within(b, x, by < NARROW ? WIDE - by : NARROW);
	if (bits_of(x) + by > WIDE && by > NARROW)
		y = within(b, y, bx < NARROW ? WIDE - bx : NARROW);
	return made(tir_mul(b, x.v, y.v), x.fraction + y.fraction, r);
}

struct fixed fixed_part(struct tir_builder *b, struct fixed x, double part)
{
	const int64_t below = (INT64_C(1) << 31) - 1;
	const struct tir *p = whole(b, (int64_t)nearbyint(ldexp(part, 31))), *high, *low;
	const struct range r = { x.lo * part, x.hi * part };

	if (bits_of(x) <= NARROW)
		return made(tir_mul(b, x.v, p), x.fraction + 31, r);
	high = tir_floordiv(b, x.v, whole(b, below + 1));
	low = tir_binary(b, TIR_AND, x.v, whole(b, below));
	return made(tir_add(b, tir_mul(b, high, p), shifted_right(b, tir_mul(b, low, p), 31)),
		    x.fraction, r);
}

struct fixed fixed_binary(struct tir_builder *b, enum tir_kind k, struct fixed x, struct fixed y,
			  struct range r)
{
	if (k == TIR_MUL)
		return product(b, x, y, r);
	x = within(b, x, WIDE - 1);
	y = within(b, y, WIDE - 1);
	align(b, &x, &y);
	return made(tir_binary(b, k, x.v, y.v), x.fraction, r);
}

const struct tir *fixed_compare(struct tir_builder *b, enum tir_kind k, struct fixed x,
				struct fixed y)
{
	align(b, &x, &y);
	return tir_binary(b, k, x.v, y.v);
}

struct fixed fixed_select(struct tir_builder *b, const struct tir *c, struct fixed x,
			  struct fixed y)
{
	align(b, &x, &y);
	return made(tir_select(b, c, x.v, y.v), x.fraction,
		    (struct range){ fmin(x.lo, y.lo), fmax(x.hi, y.hi) });
}

/* floor(v / 2^fraction), and one more where v is beyond the middle, or in it and the floor is odd. */
static const struct tir *half_to_even(struct tir_builder *b, struct fixed x)
{
	const int64_t unit = INT64_C(1) << x.fraction;
	const struct tir *down = tir_floordiv(b, x.v, whole(b, unit));
	const struct tir *odd = tir_binary(b, TIR_AND, down, whole(b, 1));
	const struct tir *v = tir_add(b, tir_add(b, x.v, whole(b, unit / 2 - 1)), odd);

	return tir_floordiv(b, v, whole(b, unit));
}

struct fixed fixed_rounded(struct tir_builder *b, enum tir_kind k, struct fixed x)
{
	const struct tir *unit;
	struct range r = { floor(x.lo), ceil(x.hi) };

	if (x.fraction <= 0)
		return x;
	if (x.fraction > WIDE)
		x = fixed_at(b, x, WIDE);
	unit = whole(b, INT64_C(1) << x.fraction);
	if (k == TIR_FLOOR)
		x.v = tir_floordiv(b, x.v, unit);
	else if (k == TIR_CEIL)
		x.v = tir_neg(b, tir_floordiv(b, tir_neg(b, x.v), unit));
	else if (k == TIR_TRUNC)
		x.v = tir_div(b, x.v, unit);
	else
		x.v = half_to_even(b, x);
	return made(x.v, 0, r);
}

struct fixed fixed_summand(struct tir_builder *b, struct fixed x, double count)
{
	const int fraction = fraction_within(x.lo * count, x.hi * count, WIDE);

	return fraction < x.fraction ? fixed_at(b, x, fraction) : x;
}

/* Of as many as `count`, at most, of which the greatest is above 0. */
static bool magnitudes(struct tir_builder *b, int n, const struct tir *const *vars, double count,
		       struct fixed x, struct range most, struct fixed *out)
{
	struct fixed sum = { tir_max(b, tir_unary(b, TIR_ABS, x.v), whole(b, 1)), x.fraction,
			     ldexp(1, -x.fraction), magnitude(x.lo, x.hi) };

	if (!fixed_function(b, TIR_LOG, sum, range_any, &sum))
		return false;
	sum = fixed_summand(b, sum, count);
	sum.v = tir_reduce(b, REDUCE_SUM, n, vars, sum.v);
	sum.lo *= sum.lo < 0 ? count : 1;
	sum.hi *= sum.hi > 0 ? count : 1;
	return fixed_function(b, TIR_EXP, fixed_narrow(b, sum),
			      (struct range){ 0, magnitude(most.lo, most.hi) }, out);
}

bool fixed_product(struct tir_builder *b, int n, const struct tir *const *vars, double count,
		   struct fixed x, struct range most, struct fixed *out)
{
	const struct tir *zero = whole(b, 0), *one = whole(b, 1), *odd, *none;

	if (!magnitudes(b, n, vars, count, x, most, out))
		return false;
	odd = tir_select(b, tir_lt(b, x.v, zero), one, zero);
	odd = tir_reduce(b, REDUCE_SUM, n, vars, odd);
	odd = tir_eq(b, tir_binary(b, TIR_AND, odd, one), one);
	none = tir_reduce(b, REDUCE_OR, n, vars, tir_eq(b, x.v, zero));
	out->v = tir_select(b, none, zero, out->v);
	out->v = tir_select(b, odd, tir_neg(b, out->v), out->v);
	out->lo = x.lo < 0 ? -out->hi : 0;
	return true;
}
