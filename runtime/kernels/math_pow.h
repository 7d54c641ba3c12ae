/* math_pow.h - float32 power. As math_exp.h says, but with branches for the many special cases. */
#ifndef EDGERT_MATH_POW_H
#define EDGERT_MATH_POW_H

#include "math_exp.h"

/* @fn edgert_headf: needs edgert_f32_bits, edgert_f32_from_bits */
/* The upper 12 bits of a float's 24: products of two heads are exact. */
EDGERT_FN float edgert_headf(float x)
{
	return edgert_f32_from_bits(edgert_f32_bits(x) & 0xfffff000u);
}

/* @fn edgert_log2_pairf: needs edgert_headf, edgert_log_partsf */
/* log2(x), x > 0 and finite, as *hi + *lo with 12 bits in *hi and a relative error of about 2^-36:
 *
 *	x = 2^k (1 + f),  s = f / (2 + f),  log2(1 + f) = 2 / (3 ln 2) * s (3 + s^2 + s^4 R(s^2))
 */
EDGERT_FN void edgert_log2_pairf(float x, float *hi, float *lo)
{
	float f, k = edgert_log_partsf(x, &f), d, dh, dl, s, sh, sl, z, sum, th, tl, vh, vl, a;

	d = 2.0f + f;
	dh = edgert_headf(d);
	dl = (d - dh) + (f - (d - 2.0f));
	sh = edgert_headf(f / d);
	sl = ((f - sh * dh) - sh * dl) / d;
	s = sh + sl;
	z = s * s;
	sum = (sh + s) * sl +
	      z * z * (((0.293391943f * z + 0.332694232f) * z + 0.428579599f) * z + 0.599999964f);
	th = edgert_headf(3.0f + sh * sh + sum);
	tl = (sh * sh - (th - 3.0f)) + sum;
	vl = sl * th + tl * s;
	vh = edgert_headf(sh * th + vl);
	vl = (sh * th - vh) + vl;
	a = k + vh * 0.961914062f;
	vl = ((k - a) + vh * 0.961914062f) + (vh * -0.000117368574f + vl * 0.961796701f);
	*hi = edgert_headf(a + vl);
	*lo = (a - *hi) + vl;
}

/* @fn edgert_powf: needs edgert_f32_bits, edgert_f32_from_bits, edgert_headf, edgert_log2_pairf,
 * edgert_scalef */
/* 2^(y log2 |x|), and C99 Annex F for the rest.  ULP: 1.3 */
EDGERT_FN float edgert_powf(float x, float y)
{
	uint32_t ux = edgert_f32_bits(x), uy = edgert_f32_bits(y), ax = ux & 0x7fffffffu,
		 ay = uy & 0x7fffffffu;
	uint32_t sign = 0, infinity = 0x7f800000u;
	int whole = ay >= 0x4b000000u; /* y is an integer */
	int odd = ay >= 0x4b000000u && ay < 0x4b800000u && (ay & 1);
	float lh, ll, yh, w, wh, wl, t, r, q;

	if (ay >= 0x3f800000u && ay < 0x4b000000u) {
		uint32_t shift = 150 - (ay >> 23), m = (ay & 0x7fffffu) | 0x800000u;

		whole = (m & (((uint32_t)1 << shift) - 1)) == 0;
		odd = whole && (m >> shift & 1);
	}
	if (ay == 0 || ux == 0x3f800000u)
		return 1.0f;
	if (ax > infinity || ay > infinity)
		return x + y;
	if (ux >> 31 && odd)
		sign = 0x80000000u;
	if (ax == 0x3f800000u && (whole || ay == infinity))
		return edgert_f32_from_bits(sign | 0x3f800000u);
	if (ay == infinity)
		return edgert_f32_from_bits((ax > 0x3f800000u) == !(uy >> 31) ? infinity : 0);
	if (ax == 0 || ax == infinity)
		return edgert_f32_from_bits(sign |
					    ((ax == infinity) == !(uy >> 31) ? infinity : 0));
	if (ux >> 31 && !whole)
		return edgert_f32_from_bits(0x7fc00000u);

	edgert_log2_pairf(edgert_f32_from_bits(ax), &lh, &ll);
	/* From 2^33 on any x but 1 overflows or vanishes; stop before the products below do. */
	if (ay > 0x53800000u)
		y = y < 0.0f ? -1.09951163e12f : 1.09951163e12f;
	yh = edgert_headf(y);
	wh = yh * lh;
	wl = (y - yh) * lh + y * ll;
	w = wh + wl;
	if (w >= 128.5f || w < -151.0f)
		return edgert_f32_from_bits(sign | (w > 0.0f ? infinity : 0));
	t = w + 12582912.0f;
	r = (wh - (t - 12582912.0f)) + wl;
	q = 1.44652277e-5f;
	q = q * r + 0.000154539084f;
	q = q * r + 0.00133374764f;
	q = q * r + 0.00961808395f;
	q = q * r + 0.0555040538f;
	q = q * r + 0.240226507f;
	q = q * r + 0.693147182f;
	q = edgert_scalef(1.0f + r * q, edgert_f32_bits(t) - 0x4b400000u + 512u);
	return edgert_f32_from_bits(edgert_f32_bits(q) | sign);
}
/* @end */

#endif
