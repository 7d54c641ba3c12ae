/* math_f64.h - float64 exponentials, logarithms, hyperbolic functions, erf. The formulas of
 * math_exp.h with longer polynomials; the ULP figures are the largest errors seen in some 10^8
 * arguments. Empty where double is not binary64 (AVR). */
#ifndef EDGERT_MATH_F64_H
#define EDGERT_MATH_F64_H

#include "bits.h"
#include "exact.h"

#if DBL_MANT_DIG == 53
/* @fn edgert_copysign: needs edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_copysign(double x, double sign)
{
	return edgert_f64_from_bits((edgert_f64_bits(x) & 0x7fffffffffffffffu) |
				    (edgert_f64_bits(sign) & 0x8000000000000000u));
}

/* @fn edgert_abs: needs edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_abs(double x)
{
	return edgert_f64_from_bits(edgert_f64_bits(x) & 0x7fffffffffffffffu);
}

/* @fn edgert_scale: needs edgert_f64_from_bits */
/* p * 2^n for 0.5 <= p <= 4 and n in [-1080, 1025], given as n + 4096. */
EDGERT_FN double edgert_scale(double p, uint64_t n4096)
{
	uint64_t half = n4096 >> 1;

	return p * edgert_f64_from_bits((half - 1025u) << 52) *
	       edgert_f64_from_bits((n4096 - half - 1025u) << 52);
}

/* @fn edgert_exp_k: needs edgert_f64_bits, edgert_select, edgert_scale */
/* e^x * 2^k, |k| small. */
EDGERT_FN double edgert_exp_k(double x, int32_t k)
{
	double t, n, r, q;

	x = edgert_select(x < -746.0, -746.0, x);
	x = edgert_select(x > 711.0, 711.0, x);
	t = x * 1.4426950408889634 + 6755399441055744.0; /* 1.5 * 2^52 */
	n = t - 6755399441055744.0;
	r = x - n * 0.6931471803691238;
	r = r - n * 1.9082149292705877e-10;
	q = 2.0962788118470343e-09;
	q = q * r + 2.5113700979145635e-08;
	q = q * r + 2.7557107262785327e-07;
	q = q * r + 2.7557229286059194e-06;
	q = q * r + 2.4801587525691264e-05;
	q = q * r + 0.0001984126990289346;
	q = q * r + 0.0013888888888787688;
	q = q * r + 0.008333333333313998;
	q = q * r + 0.04166666666666682;
	q = q * r + 0.16666666666666688;
	q = q * r + 0.5;
	q = 1.0 + (r + r * r * q);
	return edgert_scale(q, edgert_f64_bits(t) - 0x4338000000000000u + 4096u + (uint64_t)k);
}

/* @fn edgert_exp: needs edgert_exp_k */
/* ULP: 1.0 */
EDGERT_FN double edgert_exp(double x)
{
	return edgert_exp_k(x, 0);
}

/* @fn edgert_exp2: needs edgert_f64_bits, edgert_select, edgert_scale */
/* ULP: 1.1 */
EDGERT_FN double edgert_exp2(double x)
{
	double t, r, q;

	x = edgert_select(x < -1076.0, -1076.0, x);
	x = edgert_select(x > 1025.0, 1025.0, x);
	t = x + 6755399441055744.0;
	r = x - (t - 6755399441055744.0);
	q = 5.6225015034080533e-11;
	q = q * r + 4.483497183663005e-10;
	q = q * r + 7.032324652920956e-09;
	q = q * r + 1.0177867752205308e-07;
	q = q * r + 1.3215548891940552e-06;
	q = q * r + 1.5252734309260206e-05;
	q = q * r + 0.00015403530315958718;
	q = q * r + 0.001333355814590664;
	q = q * r + 0.009618129107670528;
	q = q * r + 0.05550410866482375;
	q = q * r + 0.24022650695909997;
	q = q * r + 0.6931471805599453;
	return edgert_scale(1.0 + r * q, edgert_f64_bits(t) - 0x4338000000000000u + 4096u);
}

/* @fn edgert_expm1: needs edgert_f64_bits, edgert_f64_from_bits, edgert_select */
/* ULP: 2.0 */
EDGERT_FN double edgert_expm1(double x)
{
	double a = x, t, n, r, q, s;

	a = edgert_select(a < -40.0, -40.0, a);
	a = edgert_select(a > 710.0, 710.0, a);
	t = a * 1.4426950408889634 + 6755399441055744.0;
	n = t - 6755399441055744.0;
	r = a - n * 0.6931471803691238;
	r = r - n * 1.9082149292705877e-10;
	q = 1.5474208383468316e-10;
	q = q * r + 2.0922156011795652e-09;
	q = q * r + 2.5055343109355946e-08;
	q = q * r + 2.755725260276076e-07;
	q = q * r + 2.7557313199769893e-06;
	q = q * r + 2.480158734574086e-05;
	q = q * r + 0.00019841269846138175;
	q = q * r + 0.0013888888888876237;
	q = q * r + 0.008333333333331657;
	q = q * r + 0.04166666666666668;
	q = q * r + 0.16666666666666669;
	q = q * r + 0.5;
	q = r + r * r * q;
	s = edgert_f64_from_bits((edgert_f64_bits(t) - 0x4338000000000000u + 1022u) << 52);
	q = (s * q + (s - 0.5)) * 2.0;
	return edgert_select((edgert_f64_bits(x) & 0x7fffffffffffffffu) < 0x3c90000000000000u, x,
			     q);
}

/* @fn edgert_log_parts: needs edgert_f64_bits, edgert_f64_from_bits, edgert_select */
/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for x > 0; the return value is k. */
EDGERT_FN double edgert_log_parts(double x, double *f)
{
	int sub = edgert_f64_bits(x) < 0x0010000000000000u;
	uint64_t u = edgert_f64_bits(edgert_select(sub, x * 18014398509481984.0, x)) +
		     (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);

	*f = edgert_f64_from_bits((u & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu) - 1.0;
	return (double)((int32_t)(u >> 52) - 1023 - 54 * sub);
}

/* @fn edgert_log_rest: needs */
/* log(1 + f) - f + f^2/2 on that interval, with s = f / (2 + f), z = s^2:  s (f^2/2 + z (2/3 + 2/5
 * z + ...)). */
EDGERT_FN double edgert_log_rest(double f)
{
	double s = f / (2.0 + f), z = s * s, q = 0.1480559865825918;

	q = q * z + 0.15313137454262396;
	q = q * z + 0.1818359789520486;
	q = q * z + 0.22222197970813606;
	q = q * z + 0.2857142874779915;
	q = q * z + 0.39999999999392616;
	q = q * z + 0.6666666666666737;
	return s * (0.5 * f * f + z * q);
}

/* @fn edgert_log_special: needs edgert_f64_bits, edgert_f64_from_bits, edgert_select */
/* y, or the logarithm's value where x is not a positive finite number. */
EDGERT_FN double edgert_log_special(double x, double y)
{
	uint64_t u = edgert_f64_bits(x), a = u & 0x7fffffffffffffffu;

	y = edgert_select(a == 0, edgert_f64_from_bits(0xfff0000000000000u), y);
	y = edgert_select(u == 0x7ff0000000000000u || a > 0x7ff0000000000000u, x + x, y);
	return edgert_select(u > 0x8000000000000000u && a <= 0x7ff0000000000000u,
			     edgert_f64_from_bits(0x7ff8000000000000u), y);
}

/* @fn edgert_log: needs edgert_log_parts, edgert_log_rest, edgert_log_special */
/* ULP: 0.9 */
EDGERT_FN double edgert_log(double x)
{
	double f, k = edgert_log_parts(x, &f);
	double y = f - (0.5 * f * f - (edgert_log_rest(f) + k * 1.9082149292705877e-10)) +
		   k * 0.6931471803691238;

	return edgert_log_special(x, y);
}

/* @fn edgert_log2: needs edgert_f64_bits, edgert_f64_from_bits, edgert_log_parts, edgert_log_rest,
 * edgert_log_special */
/* ULP: 0.9 */
EDGERT_FN double edgert_log2(double x)
{
	double f, k = edgert_log_parts(x, &f), h = 0.5 * f * f;
	double hi = edgert_f64_from_bits(edgert_f64_bits(f - h) & 0xffffffff00000000u);
	double lo = ((f - hi) - h) + edgert_log_rest(f), a = hi * 1.4426950407214463, w = k + a;
	double rest = (lo * 1.6751713164886512e-10 + hi * 1.6751713164886512e-10) +
		      lo * 1.4426950407214463;

	return edgert_log_special(x, w + (((k - w) + a) + rest));
}

/* @fn edgert_log1p: needs edgert_f64_bits, edgert_f64_from_bits, edgert_log_parts, edgert_log_rest,
 * edgert_log_special, edgert_select */
/* ULP: 1.0 */
EDGERT_FN double edgert_log1p(double x)
{
	double u = 1.0 + x, f, k = edgert_log_parts(u, &f), c, y;

	c = edgert_select(x >= 1.0, 1.0 - (u - x), x - (u - 1.0));
	c = edgert_select(k > 128.0, 0.0,
			  c * edgert_f64_from_bits((uint64_t)(1023 - (int32_t)k) << 52));
	c = c - c * f * (1.0 - f * (1.0 - f * (1.0 - f)));
	y = f - (0.5 * f * f - (edgert_log_rest(f) + (c + k * 1.9082149292705877e-10))) +
	    k * 0.6931471803691238;
	y = edgert_log_special(u, y);
	return edgert_select((edgert_f64_bits(x) & 0x7fffffffffffffffu) < 0x3c90000000000000u, x,
			     y);
}

/* @fn edgert_sigmoid: needs edgert_exp, edgert_abs, edgert_select */
/* ULP: 2.5 */
EDGERT_FN double edgert_sigmoid(double x)
{
	double e = edgert_exp(-edgert_abs(x));

	return edgert_select(x < 0.0, e, 1.0) / (1.0 + e);
}

/* @fn edgert_tanh: needs edgert_expm1, edgert_abs, edgert_copysign, edgert_select */
/* ULP: 2.5 */
EDGERT_FN double edgert_tanh(double x)
{
	double a = edgert_abs(x), t;

	a = edgert_select(a > 22.0, 22.0, a);
	t = edgert_expm1(a + a);
	return edgert_copysign(t / (t + 2.0), x);
}

/* @fn edgert_softplus: needs edgert_exp, edgert_log1p, edgert_abs, edgert_select */
/* ULP: 2.0 */
EDGERT_FN double edgert_softplus(double x)
{
	double y = edgert_log1p(edgert_exp(-edgert_abs(x)));

	return edgert_select(x < 0.0, y, x + y);
}

/* @fn edgert_sinh: needs edgert_exp_k, edgert_expm1, edgert_abs, edgert_copysign, edgert_select */
/* ULP: 2.5 */
EDGERT_FN double edgert_sinh(double x)
{
	double a = edgert_abs(x), t = edgert_expm1(edgert_select(a > 25.0, 25.0, a));
	double y = 0.5 * (t + t / (t + 1.0));

	y = edgert_select(a > 25.0, edgert_exp_k(a, -1), y);
	y = edgert_select(a < 1e-8, a, y);
	return edgert_copysign(y, x);
}

/* @fn edgert_cosh: needs edgert_exp_k, edgert_abs */
/* ULP: 2.0 */
EDGERT_FN double edgert_cosh(double x)
{
	double a = edgert_abs(x);

	return edgert_exp_k(a, -1) + edgert_exp_k(-a, -1);
}

/* @fn edgert_asinh: needs edgert_sqrt, edgert_log1p, edgert_abs, edgert_copysign, edgert_select */
/* ULP: 2.5 */
EDGERT_FN double edgert_asinh(double x)
{
	double a = edgert_abs(x), s = edgert_select(a > 1e9, 1.0, a);
	double y = edgert_log1p(
		edgert_select(a > 1e9, a - 1.0, s + s * s / (1.0 + edgert_sqrt(1.0 + s * s))));

	y = edgert_select(a > 1e9, y + 0.6931471805599453, y);
	return edgert_copysign(edgert_select(a < 1e-8, a, y), x);
}

/* @fn edgert_acosh: needs edgert_f64_from_bits, edgert_sqrt, edgert_log1p, edgert_select */
/* ULP: 2.5 */
EDGERT_FN double edgert_acosh(double x)
{
	int big = x > 1e9;
	double t = x - 1.0, s = edgert_select(big, 0.0, t);
	double y = edgert_log1p(edgert_select(big, t, s + edgert_sqrt(s + s + s * s)));

	y = edgert_select(big, y + 0.6931471805599453, y);
	return edgert_select(x < 1.0, edgert_f64_from_bits(0x7ff8000000000000u), y);
}

/* @fn edgert_atanh: needs edgert_log1p, edgert_abs, edgert_copysign, edgert_select */
/* ULP: 2.5 */
EDGERT_FN double edgert_atanh(double x)
{
	double a = edgert_abs(x), y = 0.5 * edgert_log1p((a + a) / (1.0 - a));

	return edgert_copysign(edgert_select(a < 1e-8, a, y), x);
}

/* @fn edgert_erf: needs edgert_exp, edgert_abs, edgert_copysign, edgert_select */
/* a + a p(a^2) below 0.84; above 1 - exp(-g) with g = -log(erfc a) as polynomials of a - 1.5 and a
 * - 4.  ULP: 1.5 */
EDGERT_FN double edgert_erf(double x)
{
	double a = edgert_abs(x), z = a * a, b, p, q, r;

	p = -1.7073228483109707e-09;
	p = p * z + 1.7484906693886264e-08;
	p = p * z - 1.6870185350087437e-07;
	p = p * z + 1.6513369972781286e-06;
	p = p * z - 1.4928833548071117e-05;
	p = p * z + 0.00012055459097357128;
	p = p * z - 0.0008548330222122126;
	p = p * z + 0.005223977675956319;
	p = p * z - 0.026866170649784964;
	p = p * z + 0.11283791670977134;
	p = p * z - 0.3761263890318416;
	p = p * z + 0.1283791670955126;
	b = a - 1.5;
	q = 1.433018054629764e-09;
	q = q * b - 2.7009197117687144e-09;
	q = q * b + 4.0583895877945017e-10;
	q = q * b + 2.7939710975034112e-08;
	q = q * b - 1.9219159852034574e-07;
	q = q * b + 8.188039520166467e-07;
	q = q * b - 2.3709625042576303e-06;
	q = q * b + 2.646808503618661e-06;
	q = q * b + 2.247370714221545e-05;
	q = q * b - 0.00021596329970978163;
	q = q * b + 0.0012572166854440874;
	q = q * b - 0.006006746386869255;
	q = q * b + 0.025824140633679975;
	q = q * b + 0.8926403306150483;
	q = q * b + 3.5088008017795276;
	q = q * b + 3.3844920895515527;
	b = edgert_select(a > 6.0, 2.0, a - 4.0);
	r = 8.595462843403376e-13;
	r = r * b + 5.076103942421272e-12;
	r = r * b + 1.896252592965382e-11;
	r = r * b + 2.451363811972671e-11;
	r = r * b - 5.454651758915247e-11;
	r = r * b + 5.278194468779933e-10;
	r = r * b - 5.661441377339166e-09;
	r = r * b + 4.339532867337829e-08;
	r = r * b - 3.137698911007381e-07;
	r = r * b + 2.1465022960075703e-06;
	r = r * b - 1.413871030024377e-05;
	r = r * b + 9.102558680351331e-05;
	r = r * b - 0.0005821485714914654;
	r = r * b + 0.0037931431334476736;
	r = r * b + 0.9734445885013929;
	r = r * b + 8.236376892700157;
	r = r * b + 17.98777831210301;
	q = 1.0 - edgert_exp(-edgert_select(a < 2.2, q, r));
	return edgert_copysign(edgert_select(a < 0.84, a + a * p, q), x);
}
/* @end */
#endif

#endif
