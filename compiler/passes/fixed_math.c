/* Functions of real numbers in integers. Where a polynomial is near a function over all of its argument's
 * range it is that; otherwise
 *
 *	exp x = 2^(x / log 2), and of it expm1, sinh, cosh, tanh, sigmoid
 *	log x = log 2 * log2 x, and of it log1p, asinh, acosh, atanh
 *	erf x = 1 - 2^(-x * a polynomial)
 *	sin, cos, tan, asin, acos, atan: fixed_angle.c */
#include <float.h>
#include <math.h>

#include "../ops/whole.h"
#include "fixed_exp.h"
#include "polynomial.h"

static const double log2_e = 1.44269504088896340736;

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* -- powers of two --------------------------------------------------------------------- */

/* 2^(factor * v / 2^fraction) with `to` bits; v narrow, the result too. */
static const struct tir *exponential(const struct call *c, const struct tir *v, int fraction,
				     double factor, int to)
{
	return fixed_exp2(c->b, fixed_times(c->b, v, ldexp(factor, 30 - fraction)), to);
}

static bool exp_wide(const struct call *c, struct fixed *out)
{
	const int to = fixed_fraction(0, c->hi);

	*out = call_result(c, exponential(c, c->x.v, c->x.fraction, log2_e, to), to);
	return true;
}

static bool expm1_wide(const struct call *c, struct fixed *out)
{
	const int to = fixed_fraction(0, fmax(c->hi + 1, 1)) - 1;
	const struct tir *e = exponential(c, c->x.v, c->x.fraction, log2_e, to);

	*out = call_near(c, tir_sub(c->b, e, call_one(c, to)), to);
	return true;
}

/* (e^|x| -+ e^-|x|) / 2 */
static bool hyperbolic_wide(const struct call *c, struct fixed *out)
{
	const double end = fixed_most(c->x.lo, c->x.hi);
	const int to = fixed_fraction(0, exp(end)) - 1;
	const struct tir *e, *inverse;

	e = exponential(c, call_magnitude(c), c->x.fraction, log2_e, to);
	inverse = tir_div(c->b, call_one(c, 2 * to), e);
	*out = call_result(c,
			   c->k == TIR_SINH ? call_with_sign(c, tir_sub(c->b, e, inverse))
					    : tir_add(c->b, e, inverse),
			   to + 1);
	return true;
}

/* e^-|x| times factor: within 2^-30 of it, and that of 24 is below half of it. */
static const struct tir *decay(const struct call *c, double factor, int to)
{
	const struct tir *v = call_magnitude(c);

	if (fixed_most(c->x.lo, c->x.hi) > 32)
		v = tir_min(c->b, v, whole(c->b, INT64_C(1) << (5 + c->x.fraction)));
	return exponential(c, v, c->x.fraction, -factor * log2_e, to);
}

/* (1 - e^-2|x|) / (1 + e^-2|x|) */
static bool tanh_wide(const struct call *c, struct fixed *out)
{
	const struct tir *e = decay(c, 2, 30), *v = tir_sub(c->b, call_one(c, 30), e);

	v = tir_div(c->b, whole_scaled(c->b, v, 30), tir_add(c->b, call_one(c, 30), e));
	*out = call_result(c, call_with_sign(c, v), 30);
	return true;
}

/* 1 / (1 + e^-x), or where x is negative e^x / (1 + e^x) */
static bool sigmoid_wide(const struct call *c, struct fixed *out)
{
	const int to = c->x.hi < 0 ? fixed_fraction(0, exp(c->x.hi)) : 30;
	const struct tir *e, *v, *negative = tir_lt(c->b, c->x.v, whole(c->b, 0));

	if (c->x.hi < 0) /* is small */
		e = v = exponential(c, c->x.v, c->x.fraction, log2_e, to);
	else {
		e = decay(c, 1, to);
		v = c->x.lo >= 0 ? call_one(c, to) : tir_select(c->b, negative, e, call_one(c, to));
	}
	e = tir_add(c->b, call_one(c, 30), whole_scaled(c->b, e, 30 - to));
	*out = call_result(c, tir_div(c->b, whole_scaled(c->b, v, 30), e), to);
	return true;
}

/* Of erfc x = 2^(-x f(x)). */
static double erf_exponent(double x)
{
	return x < 1e-6 ? log2_e * 1.12837916709551257390 : -log(erfc(x)) * log2_e / x;
}

static bool erf_wide(const struct call *c, struct fixed *out)
{
	static const double end = 4; /* erf x = 1 - 2^-26 there; errors are times x erfc x */
	const struct tir *v =
		tir_min(c->b, call_magnitude(c), fixed_number(c->b, end, c->x.fraction));
	struct polynomial p;

	if (!polynomial_fit(&p, (struct curve){ erf_exponent, CURVE_PLAIN, 0 }, end, 0x1p-25,
			    DEGREE_MAX))
		return false;
	v = tir_mul(c->b, v, polynomial_at(c->b, &p, v, c->x.fraction));
	v = whole_scaled(c->b, v, 30 - p.fraction - c->x.fraction);
	v = fixed_exp2(c->b, tir_neg(c->b, v), 29);
	*out = call_result(c, call_with_sign(c, tir_sub(c->b, call_one(c, 29), v)), 29);
	return true;
}

/* -- logarithms ------------------------------------------------------------------------ */

/* log(v / 2^fraction) / divisor, where that is from lo to hi; v > 0. */
static bool logarithm(const struct call *c, const struct tir *v, int fraction, struct range of,
		      bool odd, struct fixed *out)
{
	struct fixed l = fixed_log2(c->b, v, fraction, of);
	const int to = (int)fmin(fixed_fraction(c->lo, c->hi), l.fraction);

	v = fixed_times(c->b, l.v, ldexp((c->k == TIR_ATANH ? 0.5 : 1) / log2_e, to - l.fraction));
	*out = call_near(c, odd ? call_with_sign(c, v) : v, to);
	return true;
}

static bool log_wide(const struct call *c, struct fixed *out)
{
	const double least = ldexp(1, -c->x.fraction);
	const struct range of = { fmax(c->x.lo, least), c->x.hi };
	const struct tir *v = c->x.v;
	struct call d = *c;

	if (c->x.hi < least) {
		*out = fixed_constant(c->b, fmax(c->most.lo, -FIXED_ENDLESS));
		return true;
	}
	if (c->x.lo < least)
		v = tir_max(c->b, v, whole(c->b, 1));
	d.lo = log(of.lo);
	logarithm(&d, v, c->x.fraction, of, false, out);
	if (c->x.lo >= least || c->most.lo >= d.lo)
		return true;
	d.lo = c->most.lo == -INFINITY ? -FIXED_ENDLESS : c->most.lo;
	d.lo = fmin(d.lo, out->lo);
	*out = call_near(&d, out->v, out->fraction);
	out->v = whole_select(c->b, tir_lt(c->b, c->x.v, whole(c->b, 1)),
			      fixed_number(c->b, d.lo, out->fraction), out->v);
	return true;
}

static bool log1p_wide(const struct call *c, struct fixed *out)
{
	const struct tir *v = tir_add(c->b, c->x.v, call_one(c, c->x.fraction));
	struct call d = *c;

	d.x = (struct fixed){ v, c->x.fraction, c->x.lo + 1, c->x.hi + 1 };
	d.k = TIR_LOG;
	return log_wide(&d, out);
}

/* asinh: sign x * log(|x| + sqrt(x^2 + 1)), acosh: log(x + sqrt(x^2 - 1)) */
static bool area_wide(const struct call *c, struct fixed *out)
{
	const int f = c->x.fraction;
	const double side = c->k == TIR_ASINH ? 1 : -1;
	const double end = fixed_most(c->x.lo, c->x.hi);
	const struct tir *v = call_magnitude(c), *w;
	struct range of = { fmax(0, c->x.lo), end };

	if (f > 30)
		return false;
	w = whole(c->b, INT64_C(1) << (2 * f));
	if (c->k == TIR_ACOSH) {
		v = tir_max(c->b, c->x.v, call_one(c, f));
		of.lo = fmax(1, c->x.lo);
		w = tir_sub(c->b, tir_mul(c->b, v, v), w);
	} else {
		w = tir_add(c->b, tir_mul(c->b, v, v), w);
	}
	w = fixed_root(c->b, tir_cast(c->b, DT_U64, w)); /* f + 31 bits */
	w = tir_cast(c->b, DT_I64, tir_binary(c->b, TIR_SHR, w, tir_int(c->b, DT_U64, 1)));
	v = tir_add(c->b, whole_scaled(c->b, v, 30), w);
	of.lo += sqrt(of.lo * of.lo + side);
	of.hi += sqrt(of.hi * of.hi + side);
	return logarithm(c, v, f + 30, of, c->k == TIR_ASINH, out);
}

/* sign x * log((1 + |x|) / (1 - |x|)) / 2 */
static bool atanh_wide(const struct call *c, struct fixed *out)
{
	const int f = c->x.fraction;
	const struct tir *v = tir_min(c->b, call_magnitude(c), whole(c->b, (INT64_C(1) << f) - 1));
	const struct tir *up = whole_scaled(c->b, tir_add(c->b, call_one(c, f), v), 30);

	v = tir_div(c->b, up, tir_sub(c->b, call_one(c, f), v));
	return logarithm(c, v, 30, (struct range){ 1, ldexp(1, f + 1) }, true, out);
}

/* -- roots ----------------------------------------------------------------------------- */

static bool sqrt_wide(const struct call *c, struct fixed *out)
{
	const int odd = c->x.fraction & 1;
	const struct tir *v = tir_mul(c->b, c->x.v, whole(c->b, 1 + odd));

	if (c->x.lo < 0)
		v = tir_max(c->b, v, whole(c->b, 0));
	v = tir_cast(c->b, DT_I64, fixed_root(c->b, tir_cast(c->b, DT_U64, v)));
	*out = call_result(c, v, (c->x.fraction + odd) / 2 + 31);
	return true;
}

/* -- all ------------------------------------------------------------------------------- */

enum { NEAR = 9 }; /* degree of a polynomial that takes less than another form */

enum curve_shape { RISING, ODD, EVEN, FALLING };

static const struct function {
	enum tir_kind kind;
	double (*f)(double x);
	enum curve_shape shape;
	double from, to;             /* where it is a number */
	double near;                 /* |x| of a fit */
	double (*inverse)(double y); /* of what has no bounds */
	bool (*wide)(const struct call *c, struct fixed *out);
} functions[] = {
	{ TIR_SQRT, sqrt, RISING, 0, INFINITY, INFINITY, NULL, sqrt_wide },
	{ TIR_EXP, exp, RISING, -INFINITY, INFINITY, INFINITY, log, exp_wide },
	{ TIR_LOG, log, RISING, 0, INFINITY, INFINITY, NULL, log_wide },
	{ TIR_LOG1P, log1p, RISING, -1, INFINITY, INFINITY, NULL, log1p_wide },
	{ TIR_EXPM1, expm1, RISING, -INFINITY, INFINITY, INFINITY, log1p, expm1_wide },
	{ TIR_SIN, sin, ODD, -INFINITY, INFINITY, 1.57, NULL, fixed_sine },
	{ TIR_COS, cos, EVEN, -INFINITY, INFINITY, 3.14, NULL, fixed_sine },
	{ TIR_TAN, tan, ODD, -INFINITY, INFINITY, 1.57, NULL, fixed_tan },
	{ TIR_ASIN, asin, ODD, -1, 1, 1, NULL, fixed_acos },
	{ TIR_ACOS, acos, FALLING, -1, 1, 1, NULL, fixed_acos },
	{ TIR_ATAN, atan, ODD, -INFINITY, INFINITY, INFINITY, NULL, fixed_atan },
	{ TIR_SINH, sinh, ODD, -INFINITY, INFINITY, INFINITY, asinh, hyperbolic_wide },
	{ TIR_COSH, cosh, EVEN, -INFINITY, INFINITY, INFINITY, acosh, hyperbolic_wide },
	{ TIR_TANH, tanh, ODD, -INFINITY, INFINITY, INFINITY, NULL, tanh_wide },
	{ TIR_ASINH, asinh, ODD, -INFINITY, INFINITY, INFINITY, NULL, area_wide },
	{ TIR_ACOSH, acosh, RISING, 1, INFINITY, INFINITY, NULL, area_wide },
	{ TIR_ATANH, atanh, ODD, -1, 1, 1, NULL, atanh_wide },
	{ TIR_ERF, erf, ODD, -INFINITY, INFINITY, INFINITY, NULL, erf_wide },
	{ TIR_SIGMOID, sigmoid, RISING, -INFINITY, INFINITY, INFINITY, NULL, sigmoid_wide },
};

/* Sets the result's bounds. */
static void bound(struct call *c, const struct function *f)
{
	const double x = f->f(c->x.lo), y = f->f(c->x.hi);

	c->lo = fmin(x, y);
	c->hi = fmax(x, y);
	if (c->x.lo < -f->near || c->x.hi > f->near) {
		c->lo = -1;
		c->hi = 1;
	} else if (f->shape == EVEN && c->x.lo < 0 && c->x.hi > 0) {
		c->lo = fmin(c->lo, f->f(0));
		c->hi = fmax(c->hi, f->f(0));
	}
}

/* As a polynomial of x^2, or of x from its least number on. */
static bool fitted(const struct call *c, const struct function *f, struct fixed *out)
{
	const double end = fixed_most(c->x.lo, c->x.hi);
	const double from = floor(ldexp(c->x.lo, c->x.fraction));
	struct curve curve = { f->f, f->shape == ODD ? CURVE_ODD : CURVE_EVEN, 0 };
	double most = fixed_most(c->lo, c->hi);
	const struct tir *v = c->x.v;
	struct polynomial p;

	if (end > f->near || !isfinite(most))
		return false;
	if (f->shape == ODD || f->shape == EVEN) {
		if (f->shape == ODD)
			most = fmin(f->f(end) / end, f->f(end / 1024) / (end / 1024));
		if (polynomial_fit(&p, curve, end * end, most * 0x1p-30, NEAR)) {
			v = polynomial_at(c->b, &p, tir_mul(c->b, v, v), 2 * c->x.fraction);
			*out = f->shape == EVEN ? call_result(c, v, p.fraction)
						: call_result(c, tir_mul(c->b, v, c->x.v),
							      p.fraction + c->x.fraction);
			return true;
		}
		most = fixed_most(c->lo, c->hi);
	}
	curve = (struct curve){ f->f, CURVE_PLAIN, ldexp(from, -c->x.fraction) };
	if (!polynomial_fit(&p, curve, c->x.hi - curve.from, most * 0x1p-30, NEAR))
		return false;
	v = tir_sub(c->b, v, whole(c->b, (int64_t)from));
	v = whole_scaled(c->b, polynomial_at(c->b, &p, v, c->x.fraction), -1);
	*out = call_near(c, v, p.fraction - 1);
	return true;
}

/* x with 0 to 31 bits; what is beyond 2^31 is that. */
static struct fixed settled(struct tir_builder *b, struct fixed x)
{
	const double most = 0x1p31;
	const int to = x.fraction < 0 ? 0 : x.fraction > 31 ? 31 : x.fraction;

	if (to == x.fraction)
		return x;
	if (x.fraction < -31)
		x.v = whole_scaled(b, tir_unary(b, TIR_SIGN, x.v), 31);
	else
		x.v = whole_scaled(b, fixed_limited(b, x, -most, most).v, to - x.fraction);
	x.fraction = to;
	x.lo = fmax(x.lo, -most);
	x.hi = fmin(x.hi, most);
	return x;
}

/* The argument from which on results are beyond `most`. */
static double end_of(const struct function *f, double x, double most)
{
	const double y = fabs(f->f(x));

	if (y <= most && y <= FLT_MAX)
		return INFINITY;
	return f->inverse(isinf(most) ? FIXED_ENDLESS : fmax(most, 1));
}

/* x within what f has numbers for, and what can be told apart. */
static void limit(struct call *c, const struct function *f)
{
	double lo = f->from, hi = f->to;

	if (f->inverse)
		hi = end_of(f, c->x.hi, c->most.hi);
	if (f->inverse && f->shape == ODD)
		lo = -end_of(f, c->x.lo, -c->most.lo);
	if (f->inverse && f->shape == EVEN)
		lo = -end_of(f, c->x.lo, c->most.hi);
	if (f->f(f->to) == INFINITY && isfinite(f->to)) /* of the last before it */
		lo = -(hi = f->to - ldexp(1, -c->x.fraction));
	c->x = fixed_limited(c->b, c->x, lo, hi);
}

static struct fixed constant(struct tir_builder *b, double y, struct range most)
{
	y = isnan(y) ? 0 : y;
	return fixed_constant(
		b, fmin(fmax(y, fmax(most.lo, -FIXED_ENDLESS)), fmin(most.hi, FIXED_ENDLESS)));
}

bool fixed_function(struct tir_builder *b, enum tir_kind k, struct fixed x, struct range most,
		    struct fixed *out)
{
	struct call c = { .b = b, .k = k, .x = x, .most = most };
	const struct function *f = functions;

	while (f < functions + ARRAY_LEN(functions) && f->kind != k)
		f++;
	if (f == functions + ARRAY_LEN(functions))
		return false;
	if (x.hi < f->from || x.lo > f->to) {
		*out = constant(b, NAN, most);
		return true;
	}
	if (x.fraction < 0 && f->from != 0) {
		if (!f->inverse && !isfinite(f->to) && !isfinite(f->f(INFINITY)))
			return false; /* it goes on beyond 2^31 */
		c.x = settled(b, x);
	}
	if (x.v->kind != TIR_INT)
		limit(&c, f);
	if (c.x.v->kind == TIR_INT || c.x.lo >= c.x.hi) {
		*out = constant(b,
				f->f(c.x.v->kind == TIR_INT
					     ? ldexp((double)c.x.v->u.i, -c.x.fraction)
					     : c.x.lo),
				most);
		return true;
	}
	bound(&c, f);
	if (fitted(&c, f, out))
		return true;
	if (f->from != 0)
		c.x = settled(b, c.x);
	return f->wide(&c, out);
}
