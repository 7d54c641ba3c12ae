/* math_exp.h - float32 exponentials, logarithms, hyperbolic functions, erf, power.
 *
 * Our own polynomials (minimax fits, coefficients rounded one after the other); float operations
 * only, so the bits are the same wherever IEEE arithmetic is, nothing is contracted to fma (gcc:
 * -ffp-contract=off, or -std=c99) and float expressions are evaluated as float (gcc for s390x:
 * -fexcess-precision=fast). One-argument functions have no branch, so that gcc and clang vectorize
 * loops over them. NaN, infinities and signed zeros are those of C99 Annex F; subnormals are
 * neither taken nor given as zero. The ULP figures bound the largest error over all 2^32 arguments;
 * of the trigonometric and inverse functions, which are odd or even, over those above 2^-14.
 */
#ifndef EDGERT_MATH_EXP_H
#define EDGERT_MATH_EXP_H

#include "bits.h"
#include "exact.h"

/* @fn edgert_copysignf: needs edgert_f32_bits, edgert_f32_from_bits */
EDGERT_FN float edgert_copysignf(float x, float sign)
{
	return edgert_f32_from_bits((edgert_f32_bits(x) & 0x7fffffffu) |
				    (edgert_f32_bits(sign) & 0x80000000u));
}

/* @fn edgert_absf: needs edgert_f32_bits, edgert_f32_from_bits */
EDGERT_FN float edgert_absf(float x)
{
	return edgert_f32_from_bits(edgert_f32_bits(x) & 0x7fffffffu);
}

/* @fn edgert_scalef: needs edgert_f32_from_bits */
/* p * 2^n for 0.5 <= p <= 4 and n in [-152, 129], given as n + 512: two factors, so that neither
 * overflows. */
EDGERT_FN float edgert_scalef(float p, uint32_t n512)
{
	uint32_t half = n512 >> 1;

	return p * edgert_f32_from_bits((half - 129u) << 23) *
	       edgert_f32_from_bits((n512 - half - 129u) << 23);
}

/* @fn edgert_exp_kf: needs edgert_f32_bits, edgert_selectf, edgert_scalef */
/* e^x * 2^k, |k| small: n = round(x / ln 2), r = x - n ln 2 with ln 2 in two parts, e^r = 1 + r +
 * r^2 q(r). */
EDGERT_FN float edgert_exp_kf(float x, int32_t k)
{
	float t, n, r, q;

	x = edgert_selectf(x < -104.5f, -104.5f, x);
	x = edgert_selectf(x > 90.0f, 90.0f, x);
	t = x * 1.44269502f + 12582912.0f; /* 1.5 * 2^23: the last bits are n */
	n = t - 12582912.0f;
	r = x - n * 0.693359375f;
	r = r - n * -2.12194442e-4f;
	q = 0.00138458062f;
	q = q * r + 0.00836972054f;
	q = q * r + 0.0416680425f;
	q = q * r + 0.166665122f;
	q = q * r + 0.49999994f;
	q = 1.0f + (r + r * r * q);
	return edgert_scalef(q, edgert_f32_bits(t) - 0x4b400000u + 512u + (uint32_t)k);
}

/* @fn edgert_expf: needs edgert_exp_kf */
/* ULP: 1.0 */
EDGERT_FN float edgert_expf(float x)
{
	return edgert_exp_kf(x, 0);
}

/* @fn edgert_exp2f: needs edgert_f32_bits, edgert_selectf, edgert_scalef */
/* ULP: 1.1 */
EDGERT_FN float edgert_exp2f(float x)
{
	float t, r, q;

	x = edgert_selectf(x < -151.0f, -151.0f, x);
	x = edgert_selectf(x > 129.0f, 129.0f, x);
	t = x + 12582912.0f;
	r = x - (t - 12582912.0f);
	q = 1.44652277e-5f;
	q = q * r + 0.000154539084f;
	q = q * r + 0.00133374764f;
	q = q * r + 0.00961808395f;
	q = q * r + 0.0555040538f;
	q = q * r + 0.240226507f;
	q = q * r + 0.693147182f;
	return edgert_scalef(1.0f + r * q, edgert_f32_bits(t) - 0x4b400000u + 512u);
}

/* @fn edgert_expm1f: needs edgert_f32_bits, edgert_f32_from_bits, edgert_selectf */
/* 2^n p + (2^n - 1) with p = e^r - 1, all times 1/2 because 2^128 is no float.  ULP: 1.5 */
EDGERT_FN float edgert_expm1f(float x)
{
	float a = x, t, n, r, q, s;

	a = edgert_selectf(a < -18.0f, -18.0f, a);
	a = edgert_selectf(a > 89.0f, 89.0f, a);
	t = a * 1.44269502f + 12582912.0f;
	n = t - 12582912.0f;
	r = a - n * 0.693359375f;
	r = r - n * -2.12194442e-4f;
	q = 0.00014798448f;
	q = q * r + 0.00139310677f;
	q = q * r + 0.00834191963f;
	q = q * r + 0.0416665077f;
	q = q * r + 0.166666344f;
	q = q * r + 0.5f;
	q = r + r * r * q;
	s = edgert_f32_from_bits((edgert_f32_bits(t) - 0x4b400000u + 126u) << 23);
	q = (s * q + (s - 0.5f)) * 2.0f;
	return edgert_selectf((edgert_f32_bits(x) & 0x7fffffffu) < 0x33000000u, x, q);
}

/* @fn edgert_log_partsf: needs edgert_f32_bits, edgert_f32_from_bits, edgert_selectf */
/* x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for x > 0; the return value is k. */
EDGERT_FN float edgert_log_partsf(float x, float *f)
{
	int sub = edgert_f32_bits(x) < 0x00800000u;
	uint32_t u = edgert_f32_bits(edgert_selectf(sub, x * 8388608.0f, x)) +
		     (0x3f800000u - 0x3f3504f3u);

	*f = edgert_f32_from_bits((u & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
	return (float)((int32_t)(u >> 23) - 127 - 23 * sub);
}

/* @fn edgert_log_restf: needs */
/* log(1 + f) - f + f^2/2 on that interval. */
EDGERT_FN float edgert_log_restf(float f)
{
	float q = 0.0653208271f;

	q = q * f - 0.115474157f;
	q = q * f + 0.119113915f;
	q = q * f - 0.124286093f;
	q = q * f + 0.142200619f;
	q = q * f - 0.166668043f;
	q = q * f + 0.200020343f;
	q = q * f - 0.250000238f;
	q = q * f + 0.333333135f;
	return f * f * f * q;
}

/* @fn edgert_log_specialf: needs edgert_f32_bits, edgert_f32_from_bits, edgert_selectf */
/* y, or the logarithm's value where x is not a positive finite number. */
EDGERT_FN float edgert_log_specialf(float x, float y)
{
	uint32_t u = edgert_f32_bits(x), a = u & 0x7fffffffu;

	y = edgert_selectf(a == 0, edgert_f32_from_bits(0xff800000u), y);
	y = edgert_selectf(u == 0x7f800000u || a > 0x7f800000u, x + x, y);
	return edgert_selectf(u > 0x80000000u && a <= 0x7f800000u,
			      edgert_f32_from_bits(0x7fc00000u), y);
}

/* @fn edgert_logf: needs edgert_log_partsf, edgert_log_restf, edgert_log_specialf */
/* ULP: 0.9 */
EDGERT_FN float edgert_logf(float x)
{
	float f, k = edgert_log_partsf(x, &f);
	float y =
		f - (0.5f * f * f - (edgert_log_restf(f) - k * 2.12194442e-4f)) + k * 0.693359375f;

	return edgert_log_specialf(x, y);
}

/* @fn edgert_log2f: needs edgert_f32_bits, edgert_f32_from_bits, edgert_log_partsf,
 * edgert_log_restf, edgert_log_specialf */
/* log(1 + f) / ln 2 with the logarithm as hi + lo and hi short enough that its product is exact.
 * ULP: 0.9 */
EDGERT_FN float edgert_log2f(float x)
{
	float f, k = edgert_log_partsf(x, &f), h = 0.5f * f * f;
	float hi = edgert_f32_from_bits(edgert_f32_bits(f - h) & 0xfffff000u);
	float lo = ((f - hi) - h) + edgert_log_restf(f);
	float y = ((lo * -1.76052854e-4f + hi * -1.76052854e-4f) + lo * 1.44287109f) +
		  hi * 1.44287109f;

	return edgert_log_specialf(x, k + y);
}

/* @fn edgert_log1pf: needs edgert_f32_bits, edgert_f32_from_bits, edgert_log_partsf,
 * edgert_log_restf, edgert_log_specialf, edgert_selectf */
/* log(u) for u = round(1 + x), and what rounding lost, c / u, put in before the large terms.
 * ULP: 0.9 */
EDGERT_FN float edgert_log1pf(float x)
{
	float u = 1.0f + x, f, k = edgert_log_partsf(u, &f), c, y;

	c = edgert_selectf(x >= 1.0f, 1.0f - (u - x), x - (u - 1.0f));
	/* c / u = c 2^-k / (1 + f), the quotient as 1 - f + f^2 - f^3 + f^4: c is already small. */
	c = edgert_selectf(k > 64.0f, 0.0f,
			   c * edgert_f32_from_bits((uint32_t)(127 - (int32_t)k) << 23));
	c = c - c * f * (1.0f - f * (1.0f - f * (1.0f - f)));
	y = f - (0.5f * f * f - (edgert_log_restf(f) + (c - k * 2.12194442e-4f))) +
	    k * 0.693359375f;
	y = edgert_log_specialf(u, y);
	return edgert_selectf((edgert_f32_bits(x) & 0x7fffffffu) < 0x33000000u, x, y);
}

/* @fn edgert_sigmoidf: needs edgert_expf, edgert_absf, edgert_selectf */
/* 1 / (1 + e^-x), from e^-|x| so that nothing overflows.  ULP: 2.5 */
EDGERT_FN float edgert_sigmoidf(float x)
{
	float e = edgert_expf(-edgert_absf(x));

	return edgert_selectf(x < 0.0f, e, 1.0f) / (1.0f + e);
}

/* @fn edgert_tanhf: needs edgert_expm1f, edgert_absf, edgert_copysignf, edgert_selectf */
/* t / (t + 2), t = e^2|x| - 1.  ULP: 2.5 */
EDGERT_FN float edgert_tanhf(float x)
{
	float a = edgert_absf(x), t;

	a = edgert_selectf(a > 10.0f, 10.0f, a);
	t = edgert_expm1f(a + a);
	return edgert_copysignf(t / (t + 2.0f), x);
}

/* @fn edgert_softplusf: needs edgert_expf, edgert_log1pf, edgert_absf, edgert_selectf */
/* log(1 + e^x) = max(x, 0) + log1p(e^-|x|).  ULP: 1.7 */
EDGERT_FN float edgert_softplusf(float x)
{
	float y = edgert_log1pf(edgert_expf(-edgert_absf(x)));

	return edgert_selectf(x < 0.0f, y, x + y);
}

/* @fn edgert_sinhf: needs edgert_exp_kf, edgert_expm1f, edgert_absf, edgert_copysignf,
 * edgert_selectf */
/* (t + t / (t + 1)) / 2, t = e^|x| - 1; far out e^|x| / 2, which overflows later than e^|x|.
 * ULP: 2.2 */
EDGERT_FN float edgert_sinhf(float x)
{
	float a = edgert_absf(x), t = edgert_expm1f(edgert_selectf(a > 12.0f, 12.0f, a));
	float y = 0.5f * (t + t / (t + 1.0f));

	y = edgert_selectf(a > 12.0f, edgert_exp_kf(a, -1), y);
	y = edgert_selectf(a < 0.000244140625f, a, y);
	return edgert_copysignf(y, x);
}

/* @fn edgert_coshf: needs edgert_exp_kf, edgert_absf */
/* ULP: 1.5 */
EDGERT_FN float edgert_coshf(float x)
{
	float a = edgert_absf(x);

	return edgert_exp_kf(a, -1) + edgert_exp_kf(-a, -1);
}

/* @fn edgert_asinhf: needs edgert_sqrtf, edgert_log1pf, edgert_absf, edgert_copysignf,
 * edgert_selectf */
/* log1p(a + a^2 / (1 + sqrt(1 + a^2))), a = |x|; for large a log(2a).  ULP: 1.8 */
EDGERT_FN float edgert_asinhf(float x)
{
	float a = edgert_absf(x), s = edgert_selectf(a > 4096.0f, 1.0f, a);
	float y = edgert_log1pf(edgert_selectf(a > 4096.0f, a - 1.0f,
					       s + s * s / (1.0f + edgert_sqrtf(1.0f + s * s))));

	y = edgert_selectf(a > 4096.0f, y + 0.693147182f, y);
	return edgert_copysignf(edgert_selectf(a < 0.000244140625f, a, y), x);
}

/* @fn edgert_acoshf: needs edgert_f32_from_bits, edgert_sqrtf, edgert_log1pf, edgert_selectf */
/* log1p(t + sqrt(2t + t^2)), t = x - 1; for large x log(2x).  ULP: 2.1 */
EDGERT_FN float edgert_acoshf(float x)
{
	int big = x > 8192.0f;
	float t = x - 1.0f, s = edgert_selectf(big, 0.0f, t);
	float y = edgert_log1pf(edgert_selectf(big, t, s + edgert_sqrtf(s + s + s * s)));

	y = edgert_selectf(big, y + 0.693147182f, y);
	return edgert_selectf(x < 1.0f, edgert_f32_from_bits(0x7fc00000u), y);
}

/* @fn edgert_atanhf: needs edgert_log1pf, edgert_absf, edgert_copysignf, edgert_selectf */
/* log1p(2a / (1 - a)) / 2, a = |x|.  ULP: 2.1 */
EDGERT_FN float edgert_atanhf(float x)
{
	float a = edgert_absf(x), y = 0.5f * edgert_log1pf((a + a) / (1.0f - a));

	return edgert_copysignf(edgert_selectf(a < 0.000244140625f, a, y), x);
}

/* @fn edgert_erff: needs edgert_expf, edgert_absf, edgert_copysignf, edgert_selectf */
/* a + a p(a^2) below 0.92, 1 - exp(-a - a q(a)) above, a = |x|.  ULP: 1.2 */
EDGERT_FN float edgert_erff(float x)
{
	float a = edgert_absf(x), z = a * a, b = edgert_selectf(a > 4.0f, 4.0f, a), p, q;

	p = 8.47804404e-5f;
	p = p * z - 0.000816904882f;
	p = p * z + 0.00520325452f;
	p = p * z - 0.0268600918f;
	p = p * z + 0.112836972f;
	p = p * z - 0.376126319f;
	p = p * z + 0.128379166f;
	q = 1.04257279e-5f;
	q = q * b - 0.000314806064f;
	q = q * b + 0.0036101914f;
	q = q * b - 0.0236943383f;
	q = q * b + 0.10615886f;
	q = q * b + 0.635198116f;
	q = q * b + 0.128637061f;
	q = 1.0f - edgert_expf(-(b + b * q));
	return edgert_copysignf(edgert_selectf(a < 0.92f, a + a * p, q), x);
}
/* @end */

#endif
