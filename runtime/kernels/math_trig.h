/* math_trig.h - float32 trigonometric functions and their inverses. As math_exp.h says. */
#ifndef EDGERT_MATH_TRIG_H
#define EDGERT_MATH_TRIG_H

#include "math_exp.h"

/* @fn edgert_trig_partsf: needs edgert_f32_bits, edgert_f32_from_bits, edgert_selectf */
/* x = n pi/2 + r, |r| <= pi/4, for every finite x; returns n mod 4.
 *
 * In integers, after Payne and Hanek: x = m 2^s with a 24-bit m, and of 2/pi only the 96 bits
 * matter that weigh less than 4 / 2^s and can reach the result. m times them, modulo 4, is n +
 * fraction in 64 bits. The table holds 2/pi after 32 zero bits. The closest a float comes to a
 * multiple of pi/2 is 2^-30, so 32 good bits remain. */
EDGERT_FN uint32_t edgert_trig_partsf(float x, float *r)
{
	static const uint32_t two_over_pi[] = { 0,           0xa2f9836eu, 0x4e441529u,
						0xfc2757d1u, 0xf534ddc0u, 0xdb629599u,
						0x3c439041u, 0xfe5163abu, 0xdebbc561u };
	uint32_t u = edgert_f32_bits(x), a = u & 0x7fffffffu, m = (u & 0x7fffffu) | 0x800000u;
	uint32_t in_range =
		(uint32_t)0 -
		(uint32_t)(a - 0x3f490fdbu < 0x7f800000u - 0x3f490fdbu); /* not within pi/4 */
	uint32_t pos =
		((a >> 23) - 120u) & in_range; /* the window's first bit; it weighs 2 / 2^s */
	int i = (int)(pos >> 5);
	uint32_t left = pos & 31, right = 31 - left;
	uint32_t w0 = two_over_pi[i] << left | two_over_pi[i + 1] >> 1 >> right;
	uint32_t w1 = two_over_pi[i + 1] << left | two_over_pi[i + 2] >> 1 >> right;
	uint32_t w2 = two_over_pi[i + 2] << left | two_over_pi[i + 3] >> 1 >> right;
	uint64_t p = ((uint64_t)(m * w0) << 32) + (uint64_t)m * w1 + ((uint64_t)m * w2 >> 32);
	uint64_t n = (p + 0x2000000000000000u) >> 62;
	uint64_t f = p - (n << 62), sign = (uint64_t)0 - (f >> 63);
	float hi, mid, lo, y;
	uint32_t sx;

	/* |fraction| in three exact floats, the first so short that its product with a 12-bit pi/2
	 * is exact. */
	f = (f ^ sign) - sign;
	hi = (float)(int32_t)(f >> 50) * 0.000244140625f;
	mid = (float)(int32_t)(f >> 26 & 0xffffffu) * 1.45519152e-11f;
	lo = (float)(int32_t)(f >> 2 & 0xffffffu) * 8.67361738e-19f;
	y = hi * 1.57080078f + (hi * -4.45445494e-6f + (mid + lo) * 1.57079637f);
	y = edgert_f32_from_bits(edgert_f32_bits(y) ^ ((uint32_t)sign & 0x80000000u) ^
				 (u & 0x80000000u));
	*r = edgert_selectf((int)(in_range & 1), y, edgert_selectf(a < 0x7f800000u, x, x - x));
	sx = (uint32_t)0 - (u >> 31);
	return (((uint32_t)n ^ sx) - sx) & in_range & 3;
}

/* @fn edgert_sin_polyf: needs */
/* sin r, |r| <= pi/4. */
EDGERT_FN float edgert_sin_polyf(float r)
{
	float z = r * r;

	return r + r * z * ((-0.000195079061f * z + 0.00833210628f) * z - 0.166666538f);
}

/* @fn edgert_cos_polyf: needs */
EDGERT_FN float edgert_cos_polyf(float r)
{
	float z = r * r;

	return 1.0f -
	       (0.5f * z - z * z * ((2.44298626e-5f * z - 0.00138872967f) * z + 0.0416666456f));
}

/* @fn edgert_sinf: needs edgert_trig_partsf, edgert_sin_polyf, edgert_cos_polyf, edgert_f32_bits,
 * edgert_f32_from_bits, edgert_selectf */
/* ULP: 2.0 */
EDGERT_FN float edgert_sinf(float x)
{
	float r, y;
	uint32_t n = edgert_trig_partsf(x, &r);

	y = edgert_selectf((int)(n & 1), edgert_cos_polyf(r), edgert_sin_polyf(r));
	y = edgert_f32_from_bits(edgert_f32_bits(y) ^ (n & 2) << 30);
	return edgert_selectf(x == 0.0f, x, y);
}

/* @fn edgert_cosf: needs edgert_trig_partsf, edgert_sin_polyf, edgert_cos_polyf, edgert_f32_bits,
 * edgert_f32_from_bits, edgert_selectf */
/* ULP: 2.0 */
EDGERT_FN float edgert_cosf(float x)
{
	float r, y;
	uint32_t n = edgert_trig_partsf(x, &r);

	y = edgert_selectf((int)(n & 1), edgert_sin_polyf(r), edgert_cos_polyf(r));
	return edgert_f32_from_bits(edgert_f32_bits(y) ^ ((n + 1) & 2) << 30);
}

/* @fn edgert_tanf: needs edgert_trig_partsf, edgert_sin_polyf, edgert_cos_polyf, edgert_f32_bits,
 * edgert_f32_from_bits, edgert_selectf */
/* ULP: 3.5 */
EDGERT_FN float edgert_tanf(float x)
{
	float r, s, c, y;
	uint32_t n = edgert_trig_partsf(x, &r);
	int odd = (int)(n & 1);

	s = edgert_sin_polyf(r);
	c = edgert_cos_polyf(r);
	y = edgert_selectf(odd, c, s) / edgert_selectf(odd, s, c);
	y = edgert_f32_from_bits(edgert_f32_bits(y) ^ (n & 1) << 31);
	return edgert_selectf(x == 0.0f, x, y);
}

/* @fn edgert_asin_polyf: needs */
/* (asin(r) - r) / r^3 at z = r^2 <= 1/4. */
EDGERT_FN float edgert_asin_polyf(float z)
{
	float q = 0.0422390923f;

	q = q * z + 0.0241397955f;
	q = q * z + 0.0454777256f;
	q = q * z + 0.0749524534f;
	return q * z + 0.166667536f;
}

/* @fn edgert_asinf: needs edgert_asin_polyf, edgert_sqrtf, edgert_absf, edgert_copysignf,
 * edgert_selectf */
/* From 1/2 on pi/2 - 2 asin(sqrt((1 - x) / 2)).  ULP: 1.7 */
EDGERT_FN float edgert_asinf(float x)
{
	float a = edgert_absf(x), zb = 0.5f * (1.0f - a);
	int big = a >= 0.5f;
	float s = edgert_selectf(big, edgert_sqrtf(zb), a);
	float z = edgert_selectf(big, zb, a * a), t = s * z * edgert_asin_polyf(z), y;

	y = edgert_selectf(big, 1.57079637f - (2.0f * s + (2.0f * t + 4.37113883e-8f)), s + t);
	return edgert_copysignf(y, x);
}

/* @fn edgert_acosf: needs edgert_asin_polyf, edgert_sqrtf, edgert_absf, edgert_selectf */
/* pi/2 - asin(x); 2 asin(sqrt((1 - x) / 2)) near 1, pi minus that near -1.  ULP: 1.2 */
EDGERT_FN float edgert_acosf(float x)
{
	float a = edgert_absf(x), zb = 0.5f * (1.0f - a);
	int big = a >= 0.5f;
	float s = edgert_selectf(big, edgert_sqrtf(zb), x);
	float z = edgert_selectf(big, zb, a * a), t = s * z * edgert_asin_polyf(z);
	float near1 = 2.0f * (s + t), mid = 1.57079637f - (s + (t + 4.37113883e-8f));
	float nearm1 = 3.14159274f - (2.0f * s + (2.0f * t + 8.74227766e-8f));

	return edgert_selectf(big, edgert_selectf(x < 0.0f, nearm1, near1), mid);
}

/* @fn edgert_atan_ratiof: needs edgert_selectf */
/* atan(num / den) for num, den >= 0 and not both 0 or infinite: t = num/den below tan(pi/8), (num -
 * den)/(num + den) about pi/4, -den/num above; one division. */
EDGERT_FN float edgert_atan_ratiof(float num, float den)
{
	int mid = num > den * 0.414213568f, top = num > den * 2.41421366f;
	float n = edgert_selectf(top, -den, edgert_selectf(mid, num - den, num));
	float d = edgert_selectf(top, num, edgert_selectf(mid, num + den, den));
	float hi = edgert_selectf(top, 1.57079637f, edgert_selectf(mid, 0.785398185f, 0.0f));
	float lo = edgert_selectf(top, -4.37113883e-8f, edgert_selectf(mid, -2.18556941e-8f, 0.0f));
	float t = n / d, z = t * t, q = -0.0608603172f;

	q = q * z + 0.105978265f;
	q = q * z - 0.14244251f;
	q = q * z + 0.199985236f;
	q = q * z - 0.333333164f;
	return hi + (t + (t * z * q + lo));
}

/* @fn edgert_atanf: needs edgert_atan_ratiof, edgert_absf, edgert_copysignf */
/* ULP: 2.0 */
EDGERT_FN float edgert_atanf(float x)
{
	return edgert_copysignf(edgert_atan_ratiof(edgert_absf(x), 1.0f), x);
}

/* @fn edgert_atan2f: needs edgert_atan_ratiof, edgert_absf, edgert_copysignf, edgert_f32_bits,
 * edgert_selectf */
/* The angle of the point (x, y).  ULP: 2.0 */
EDGERT_FN float edgert_atan2f(float y, float x)
{
	float ay = edgert_absf(y), ax = edgert_absf(x), big = ax > ay ? ax : ay, a;
	int zero = big == 0.0f, infinite = ax == ay && ax > 3.40282347e38f;
	/* Near the ends of the exponent range the quotient's parts would overflow or lose bits:
	 * scale both. */
	float scale = big > 1e37f ? 0.03125f : big < 1e-20f ? 1.84467441e19f : 1.0f;

	a = edgert_atan_ratiof(
		edgert_selectf(zero, 0.0f, edgert_selectf(infinite, 1.0f, ay * scale)),
		edgert_selectf(zero || infinite, 1.0f, ax * scale));
	a = edgert_f32_bits(x) >> 31 ? 3.14159274f - (a + 8.74227766e-8f) : a;
	a = edgert_copysignf(a, y);
	return edgert_selectf(x != x || y != y, x + y, a);
}
/* @end */

#endif
