/* Angles in integers:
 *
 *	sin, cos, tan of the nearest multiple of pi's distance
 *	acos |x| = sqrt(1 - |x|) * a polynomial, and of it asin
 *	atan x = pi/2 - atan(1/x) from 1 on */
#include <math.h>

#include "../ops/whole.h"
#include "fixed_exp.h"
#include "polynomial.h"

static const double pi = 3.14159265358979323846;

static double sine_of_turns(double x)
{
	return sin(pi * x);
}

/* sin(x) with 29 bits, of x plus `quarter` times pi/2: x / pi, whose bits below 2^0 are its distance
 * from the nearest whole, and the last before it is the sign. */
static const struct tir *sine(const struct call *c, int quarter)
{
	/* 1 / pi, 62 bits */
	const int64_t high = 0x28be60db, low = 0x49c882a5;
	const struct tir *v = c->x.v, *t, *r, *odd;
	struct polynomial p;

	polynomial_fit(&p, (struct curve){ sine_of_turns, CURVE_ODD, 0 }, 0.25, 0x1p-28,
		       DEGREE_MAX);
	t = whole_shifted(c->b, tir_mul(c->b, v, whole(c->b, low)), 31);
	t = tir_add(c->b, tir_mul(c->b, v, whole(c->b, high)), t);
	t = whole_scaled(c->b, t, -1 - c->x.fraction);
	t = tir_add(c->b, t, whole(c->b, (INT64_C(1) + quarter) << 29));
	r = tir_sub(c->b, tir_and(c->b, t, whole(c->b, (INT64_C(1) << 30) - 1)), call_one(c, 29));
	odd = tir_and(c->b, t, call_one(c, 30));
	v = polynomial_at(c->b, &p, tir_mul(c->b, r, r), 60);
	v = whole_scaled(c->b, tir_mul(c->b, r, v), 29 - 30 - p.fraction);
	return whole_negated(c->b, tir_lt(c->b, whole(c->b, 0), odd), v);
}

bool fixed_sine(const struct call *c, struct fixed *out)
{
	*out = call_result(c, sine(c, c->k == TIR_COS), 29);
	return true;
}

bool fixed_tan(const struct call *c, struct fixed *out)
{
	struct call d = *c;
	struct fixed x, y;

	d.lo = -1;
	d.hi = 1;
	x = call_result(&d, sine(c, 0), 29);
	y = call_result(&d, sine(c, 1), 29);
	return fixed_quotient(c->b, x, y, c->most, out);
}

/* atan: of the smaller of |x| and 1 over the larger. */
bool fixed_atan(const struct call *c, struct fixed *out)
{
	const struct tir *v = call_magnitude(c), *unit = call_one(c, c->x.fraction), *r, *far;
	struct polynomial p;

	if (!polynomial_fit(&p, (struct curve){ atan, CURVE_ODD, 0 }, 1, 0x1p-29, DEGREE_MAX))
		return false;
	r = tir_div(c->b, whole_scaled(c->b, tir_min(c->b, v, unit), 30), tir_max(c->b, v, unit));
	far = tir_lt(c->b, unit, v);
	v = tir_mul(c->b, r, polynomial_at(c->b, &p, tir_mul(c->b, r, r), 60));
	v = whole_scaled(c->b, v, 29 - 30 - p.fraction);
	v = whole_negated(c->b, far, v);
	v = tir_add(c->b, v, tir_select(c->b, far, fixed_number(c->b, pi / 2, 29), whole(c->b, 0)));
	*out = call_result(c, call_with_sign(c, v), 29);
	return true;
}

static double acos_by_root(double x)
{
	return x > 1 - 1e-12 ? sqrt(2) : acos(x) / sqrt(1 - x);
}

bool fixed_acos(const struct call *c, struct fixed *out)
{
	const int f = c->x.fraction;
	const struct tir *v = call_magnitude(c), *root;
	struct polynomial p;

	if (!polynomial_fit(&p, (struct curve){ acos_by_root, CURVE_PLAIN, 0 }, 1, 0x1p-29,
			    DEGREE_MAX))
		return false;
	root = tir_mul(c->b, tir_sub(c->b, call_one(c, f), v), whole(c->b, 1 + f % 2));
	root = tir_cast(c->b, DT_I64, fixed_root(c->b, tir_cast(c->b, DT_U64, root)));
	root = whole_scaled(c->b, root, 30 - 31 - (f + 1) / 2);
	v = tir_mul(c->b, root, polynomial_at(c->b, &p, v, f));
	v = whole_scaled(c->b, v, 28 - 30 - p.fraction);
	if (c->k == TIR_ASIN) {
		v = call_with_sign(c, tir_sub(c->b, fixed_number(c->b, pi / 2, 28), v));
	} else if (c->x.lo < 0) {
		v = whole_select(c->b, tir_lt(c->b, c->x.v, whole(c->b, 0)),
				 tir_sub(c->b, fixed_number(c->b, pi, 28), v), v);
	}
	*out = call_result(c, v, 28);
	return true;
}
