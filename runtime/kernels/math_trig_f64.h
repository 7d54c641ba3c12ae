/* math_trig_f64.h - float64 trigonometric functions, their inverses, and power. As math_f64.h says.
 */
#ifndef EDGERT_MATH_TRIG_F64_H
#define EDGERT_MATH_TRIG_F64_H

#include "math_f64.h"

#if DBL_MANT_DIG == 53
/* @fn edgert_high_mul_u64: needs */
/* The upper 64 bits of a * b. */
EDGERT_FN uint64_t edgert_high_mul_u64(uint64_t a, uint64_t b)
{
	uint64_t al = a & 0xffffffffu, ah = a >> 32, bl = b & 0xffffffffu, bh = b >> 32;
	uint64_t mid = ah * bl + (al * bl >> 32), low = al * bh + (mid & 0xffffffffu);

	return ah * bh + (mid >> 32) + (low >> 32);
}

/* @fn edgert_trig_parts: needs edgert_f64_bits, edgert_f64_from_bits, edgert_high_mul_u64 */
/* x = n pi/2 + *r + *rest, |*r| <= pi/4; returns n mod 4. As edgert_trig_partsf, with a 53-bit m,
 * 192 bits of 2/pi and 128 of the product: a double comes as close to a multiple of pi/2 as 2^-61.
 */
EDGERT_FN uint32_t edgert_trig_parts(double x, double *r, double *rest)
{
	static const uint64_t two_over_pi[] = { 0,
						0xa2f9836e4e441529u,
						0xfc2757d1f534ddc0u,
						0xdb6295993c439041u,
						0xfe5163abdebbc561u,
						0xb7246e3a424dd2e0u,
						0x06492eea09d1921cu,
						0xfe1deb1cb129a73eu,
						0xe88235f52ebb4484u,
						0xe99c7026b45f7e41u,
						0x3991d639835339f4u,
						0x9c845f8bbdf9283bu,
						0x1ff897ffde05980fu,
						0xef2f118b5a0a6d1fu,
						0x6d367ecf27cb09b7u,
						0x4f463f669e5fea2du,
						0x7527bac7ebe5f17bu,
						0x3d0739f78a5292eau,
						0x6bfb5fb11f8d5d08u,
						0x56033046fc7b6babu };
	uint64_t u = edgert_f64_bits(x), a = u & 0x7fffffffffffffffu,
		 m = (u & 0xfffffffffffffu) | 0x10000000000000u;
	const uint64_t *w;
	uint64_t w0, w1, w2, hi, lo, t, n, sign;
	unsigned pos, left;
	double f, g;

	*r = a < 0x7ff0000000000000u ? x : x - x;
	*rest = 0.0;
	if (a <= 0x3fe921fb54442d18u || a >= 0x7ff0000000000000u)
		return 0;
	pos = (unsigned)(a >> 52) - 1013;
	w = two_over_pi + (pos >> 6);
	left = pos & 63;
	w0 = w[0] << left | w[1] >> 1 >> (63 - left);
	w1 = w[1] << left | w[2] >> 1 >> (63 - left);
	w2 = w[2] << left | w[3] >> 1 >> (63 - left);
	t = edgert_high_mul_u64(m, w2);
	lo = m * w1 + t;
	hi = m * w0 + edgert_high_mul_u64(m, w1) + (lo < t);
	n = (hi + 0x2000000000000000u) >> 62;
	hi -= n << 62;
	sign = hi >> 63;
	if (sign) {
		hi = ~hi + (lo == 0);
		lo = ~lo + 1;
	}
	/* |fraction| as 33 + 50 + 43 bits; the first part times the first 20 bits of pi/2 is exact.
	 */
	f = (double)(int64_t)(hi >> 29) * 1.1641532182693481e-10;
	g = (double)(int64_t)((hi & 0x1fffffffu) << 21 | lo >> 43) * 1.0339757656912846e-25 +
	    (double)(int64_t)(lo & 0x7ffffffffffu) * 1.1754943508222875e-38;
	t = (sign << 63) ^ (u & 0x8000000000000000u);
	g = f * 1.2675907950567314e-06 + g * 1.5707963267948966;
	f = f * 1.5707950592041016;
	*r = f + g;
	*rest = edgert_f64_from_bits(edgert_f64_bits((f - *r) + g) ^ t);
	*r = edgert_f64_from_bits(edgert_f64_bits(*r) ^ t);
	return (uint32_t)(u >> 63 ? 0 - n : n) & 3;
}

/* @fn edgert_sin_poly: needs */
/* sin(r + rest), |r| <= pi/4. */
EDGERT_FN double edgert_sin_poly(double r, double rest)
{
	double z = r * r, q = 1.5895388012444777e-10;

	q = q * z - 2.50507336837128e-08;
	q = q * z + 2.7557313534615883e-06;
	q = q * z - 0.00019841269829349618;
	q = q * z + 0.008333333333321834;
	q = q * z - 0.1666666666666663;
	return r + (r * z * q + rest * (1.0 - 0.5 * z));
}

/* @fn edgert_cos_poly: needs */
EDGERT_FN double edgert_cos_poly(double r, double rest)
{
	double z = r * r, q = -1.1357336840420033e-11, h = 0.5 * z, w = 1.0 - h;

	q = q * z + 2.0875678085742914e-09;
	q = q * z - 2.75573140151221e-07;
	q = q * z + 2.480158728829538e-05;
	q = q * z - 0.0013888888888872186;
	q = q * z + 0.04166666666666659;
	return w + (((1.0 - w) - h) + (z * z * q - r * rest));
}

/* @fn edgert_sin: needs edgert_trig_parts, edgert_sin_poly, edgert_cos_poly */
/* ULP: 1.5 */
EDGERT_FN double edgert_sin(double x)
{
	double r, rest, y;
	uint32_t n = edgert_trig_parts(x, &r, &rest);

	if (x == 0.0)
		return x;
	y = n & 1 ? edgert_cos_poly(r, rest) : edgert_sin_poly(r, rest);
	return n & 2 ? -y : y;
}

/* @fn edgert_cos: needs edgert_trig_parts, edgert_sin_poly, edgert_cos_poly */
/* ULP: 1.5 */
EDGERT_FN double edgert_cos(double x)
{
	double r, rest, y;
	uint32_t n = edgert_trig_parts(x, &r, &rest);

	y = n & 1 ? edgert_sin_poly(r, rest) : edgert_cos_poly(r, rest);
	return (n + 1) & 2 ? -y : y;
}

/* @fn edgert_tan: needs edgert_trig_parts, edgert_sin_poly, edgert_cos_poly */
/* ULP: 2.5 */
EDGERT_FN double edgert_tan(double x)
{
	double r, rest, s, c;
	uint32_t n = edgert_trig_parts(x, &r, &rest);

	if (x == 0.0)
		return x;
	s = edgert_sin_poly(r, rest);
	c = edgert_cos_poly(r, rest);
	return n & 1 ? -c / s : s / c;
}

/* @fn edgert_asin_poly_f64: needs */
/* (asin(r) - r) / r^3 at z = r^2 <= 1/4. */
EDGERT_FN double edgert_asin_poly_f64(double z)
{
	double q = 0.032758306785763025;

	q = q * z - 0.021201077783399636;
	q = q * z + 0.021846293056046157;
	q = q * z + 0.003651006841225754;
	q = q * z + 0.010794460918395036;
	q = q * z + 0.011396463332985423;
	q = q * z + 0.013981108697051768;
	q = q * z + 0.01735158897567451;
	q = q * z + 0.022372216209552948;
	q = q * z + 0.03038194266680703;
	q = q * z + 0.04464285717540892;
	q = q * z + 0.07499999999970036;
	return q * z + 0.16666666666666763;
}

/* @fn edgert_asin: needs edgert_asin_poly_f64, edgert_sqrt, edgert_abs, edgert_copysign */
/* ULP: 1.8 */
EDGERT_FN double edgert_asin(double x)
{
	double a = edgert_abs(x), z, s, t;

	if (a < 0.5) {
		z = a * a;
		return x + x * z * edgert_asin_poly_f64(z);
	}
	z = 0.5 * (1.0 - a);
	s = edgert_sqrt(z);
	t = s * z * edgert_asin_poly_f64(z);
	return edgert_copysign(1.5707963267948966 - (2.0 * s + (2.0 * t - 6.123233995736766e-17)),
			       x);
}

/* @fn edgert_acos: needs edgert_asin_poly_f64, edgert_sqrt, edgert_abs */
/* ULP: 1.5 */
EDGERT_FN double edgert_acos(double x)
{
	double a = edgert_abs(x), z, s, t;

	if (a < 0.5) {
		z = a * a;
		return 1.5707963267948966 -
		       (x + (x * z * edgert_asin_poly_f64(z) - 6.123233995736766e-17));
	}
	z = 0.5 * (1.0 - a);
	s = edgert_sqrt(z);
	t = s * z * edgert_asin_poly_f64(z);
	if (x < 0.0)
		return 3.141592653589793 - (2.0 * s + (2.0 * t - 1.2246467991473532e-16));
	return 2.0 * (s + t);
}

/* @fn edgert_atan_ratio: needs */
/* atan(num / den) for num, den >= 0 and not both 0 or infinite; as edgert_atan_ratiof. */
EDGERT_FN double edgert_atan_ratio(double num, double den)
{
	double hi = 0.0, lo = 0.0, t, z, q;

	if (num > den * 2.414213562373095) {
		hi = 1.5707963267948966;
		lo = 6.123233995736766e-17;
		t = -den / num;
	} else if (num > den * 0.41421356237309503) {
		hi = 0.7853981633974483;
		lo = 3.061616997868383e-17;
		t = (num - den) / (num + den);
	} else {
		t = num / den;
	}
	z = t * t;
	q = -0.01786695300139305;
	q = q * z + 0.03802798963926521;
	q = q * z - 0.050378727831375134;
	q = q * z + 0.05847573179773365;
	q = q * z - 0.06663060831825436;
	q = q * z + 0.07692056433267748;
	q = q * z - 0.09090897546357234;
	q = q * z + 0.11111110776159587;
	q = q * z - 0.14285714280051862;
	q = q * z + 0.1999999999995217;
	q = q * z - 0.3333333333333319;
	return hi + (t + (t * z * q + lo));
}

/* @fn edgert_atan: needs edgert_atan_ratio, edgert_abs, edgert_copysign */
/* ULP: 1.8 */
EDGERT_FN double edgert_atan(double x)
{
	return edgert_copysign(edgert_atan_ratio(edgert_abs(x), 1.0), x);
}

/* @fn edgert_atan2: needs edgert_atan_ratio, edgert_abs, edgert_copysign, edgert_f64_bits */
/* The angle of the point (x, y).  ULP: 2.0 */
EDGERT_FN double edgert_atan2(double y, double x)
{
	double ay = edgert_abs(y), ax = edgert_abs(x), big = ax > ay ? ax : ay, scale, a;

	if (x != x || y != y)
		return x + y;
	scale = big > 1e300 ? 0.015625 : big < 1e-200 ? 1.8446744073709552e+19 : 1.0;
	if (big == 0.0)
		a = 0.0;
	else if (ax == ay)
		a = 0.7853981633974483;
	else
		a = edgert_atan_ratio(ay * scale, ax * scale);
	if (edgert_f64_bits(x) >> 63)
		a = 3.141592653589793 - (a - 1.2246467991473532e-16);
	return edgert_copysign(a, y);
}

/* @fn edgert_head: needs edgert_f64_bits, edgert_f64_from_bits */
/* The upper 26 bits of a double's 53: products of two heads are exact. */
EDGERT_FN double edgert_head(double x)
{
	return edgert_f64_from_bits(edgert_f64_bits(x) & 0xfffffffff8000000u);
}

/* @fn edgert_log2_pair: needs edgert_head, edgert_log_parts */
/* log2(x), x > 0 and finite, as *hi + *lo with 26 bits in *hi; as edgert_log2_pairf. */
EDGERT_FN void edgert_log2_pair(double x, double *hi, double *lo)
{
	double f, k = edgert_log_parts(x, &f), d, dh, dl, s, sh, sl, z, sum, th, tl, vh, vl, a;

	d = 2.0 + f;
	dh = edgert_head(d);
	dl = (d - dh) + (f - (d - 2.0));
	sh = edgert_head(f / d);
	sl = ((f - sh * dh) - sh * dl) / d;
	s = sh + sl;
	z = s * s;
	sum = 0.1799831847714965;
	sum = sum * z + 0.17510445066559346;
	sum = sum * z + 0.200045642046684;
	sum = sum * z + 0.23076833011349435;
	sum = sum * z + 0.2727272833918579;
	sum = sum * z + 0.33333333326029474;
	sum = sum * z + 0.428571428571688;
	sum = sum * z + 0.5999999999999996;
	sum = (sh + s) * sl + z * z * sum;
	th = edgert_head(3.0 + sh * sh + sum);
	tl = (sh * sh - (th - 3.0)) + sum;
	vl = sl * th + tl * s;
	vh = edgert_head(sh * th + vl);
	vl = (sh * th - vh) + vl;
	a = k + vh * 0.9617966860532761;
	vl = ((k - a) + vh * 0.9617966860532761) +
	     (vh * 7.872699542894897e-09 + vl * 0.9617966939259756);
	*hi = edgert_head(a + vl);
	*lo = (a - *hi) + vl;
}

/* @fn edgert_pow: needs edgert_f64_bits, edgert_f64_from_bits, edgert_head, edgert_log2_pair,
 * edgert_scale */
/* 2^(y log2 |x|), and C99 Annex F for the rest.  ULP: 1.3 */
EDGERT_FN double edgert_pow(double x, double y)
{
	uint64_t ux = edgert_f64_bits(x), uy = edgert_f64_bits(y), ax = ux & 0x7fffffffffffffffu;
	uint64_t ay = uy & 0x7fffffffffffffffu, sign = 0, one = 0x3ff0000000000000u,
		 infinity = 0x7ff0000000000000u;
	int whole = ay >= 0x4330000000000000u; /* y is an integer */
	int odd = ay >= 0x4330000000000000u && ay < 0x4340000000000000u && (ay & 1);
	double lh, ll, yh, w, wh, wl, t, r, q;

	if (ay >= one && ay < 0x4330000000000000u) {
		uint64_t shift = 1075 - (ay >> 52), m = (ay & 0xfffffffffffffu) | 0x10000000000000u;

		whole = (m & (((uint64_t)1 << shift) - 1)) == 0;
		odd = whole && (m >> shift & 1);
	}
	if (ay == 0 || ux == one)
		return 1.0;
	if (ax > infinity || ay > infinity)
		return x + y;
	if (ux >> 63 && odd)
		sign = 0x8000000000000000u;
	if (ax == one && (whole || ay == infinity))
		return edgert_f64_from_bits(sign | one);
	if (ay == infinity)
		return edgert_f64_from_bits((ax > one) == !(uy >> 63) ? infinity : 0);
	if (ax == 0 || ax == infinity)
		return edgert_f64_from_bits(sign |
					    ((ax == infinity) == !(uy >> 63) ? infinity : 0));
	if (ux >> 63 && !whole)
		return edgert_f64_from_bits(0x7ff8000000000000u);

	edgert_log2_pair(edgert_f64_from_bits(ax), &lh, &ll);
	/* From 2^65 on any x but 1 overflows or vanishes; stop before the products below do. */
	if (ay > 0x4400000000000000u)
		y = y < 0.0 ? -36893488147419103232.0 : 36893488147419103232.0;
	yh = edgert_head(y);
	wh = yh * lh;
	wl = (y - yh) * lh + y * ll;
	w = wh + wl;
	if (w >= 1024.5 || w < -1076.0)
		return edgert_f64_from_bits(sign | (w > 0.0 ? infinity : 0));
	t = w + 6755399441055744.0;
	r = (wh - (t - 6755399441055744.0)) + wl;
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
	q = edgert_scale(1.0 + r * q, edgert_f64_bits(t) - 0x4338000000000000u + 4096u);
	return edgert_f64_from_bits(edgert_f64_bits(q) | sign);
}
/* @end */
#endif

#endif
