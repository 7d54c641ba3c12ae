/* vec_math.h - exp, sigmoid, tanh, erf of a vector: the same operations as in math_exp.h, so the
 * same bits in every lane (sources and errors are there). Nothing here uses fma, for that reason.
 */
#ifndef EDGERT_VEC_MATH_H
#define EDGERT_VEC_MATH_H

#include "vec.h"

EDGERT_INLINE edgert_vf edgert_vf_abs(edgert_vf x)
{
	return (edgert_vf)((edgert_vi)x & edgert_vi_all(0x7fffffff));
}

/* |x| with the sign of `sign`; x >= 0. */
EDGERT_INLINE edgert_vf edgert_vf_signed(edgert_vf x, edgert_vf sign)
{
	return (edgert_vf)((edgert_vi)x | ((edgert_vi)sign & edgert_vi_all(INT32_MIN)));
}

/* q * r + c, rounded twice. */
EDGERT_INLINE edgert_vf edgert_vf_poly(edgert_vf q, edgert_vf r, float c)
{
	return edgert_vf_add(edgert_vf_mul(q, r), edgert_vf_all(c));
}

/* x - n * c, rounded twice. */
EDGERT_INLINE edgert_vf edgert_vf_less_times(edgert_vf x, edgert_vf n, float c)
{
	return edgert_vf_sub(x, edgert_vf_mul(n, edgert_vf_all(c)));
}

/* r + r * r * q, rounded after each. */
EDGERT_INLINE edgert_vf edgert_vf_with_square(edgert_vf r, edgert_vf q)
{
	return edgert_vf_add(r, edgert_vf_mul(edgert_vf_mul(r, r), q));
}

/* e^r for x = n ln 2 + r, n out of t, which is n + 1.5 * 2^23. */
EDGERT_INLINE edgert_vf edgert_vf_reduce(edgert_vf x, edgert_vf *t)
{
	edgert_vf n;

	*t = edgert_vf_poly(x, edgert_vf_all(1.44269502f), 12582912.0f);
	n = edgert_vf_sub(*t, edgert_vf_all(12582912.0f));
	x = edgert_vf_less_times(x, n, 0.693359375f);
	return edgert_vf_less_times(x, n, -2.12194442e-4f);
}

EDGERT_INLINE edgert_vf edgert_vf_exp(edgert_vf x)
{
	edgert_vf t, q, r = edgert_vf_reduce(edgert_vf_clamp(x, -104.5f, 90.0f), &t);
	edgert_vi n, half;

	q = edgert_vf_all(0.00138458062f);
	q = edgert_vf_poly(q, r, 0.00836972054f);
	q = edgert_vf_poly(q, r, 0.0416680425f);
	q = edgert_vf_poly(q, r, 0.166665122f);
	q = edgert_vf_poly(q, r, 0.49999994f);
	q = edgert_vf_add(edgert_vf_all(1.0f), edgert_vf_with_square(r, q));
	/* Two factors of 2^n: neither overflows. n is counted from -512, so that halving rounds
	 * down. */
	n = (edgert_vi)t - edgert_vi_all(0x4b400000 - 512);
	half = n >> 1;
	q = edgert_vf_mul(q, (edgert_vf)((half - edgert_vi_all(129)) << 23));
	return edgert_vf_mul(q, (edgert_vf)((n - half - edgert_vi_all(129)) << 23));
}

EDGERT_INLINE edgert_vf edgert_vf_expm1(edgert_vf x)
{
	edgert_vf t, q, s, r = edgert_vf_reduce(edgert_vf_clamp(x, -18.0f, 89.0f), &t);
	const edgert_vf least = edgert_vf_all(2.98023224e-8f); /* 2^-25 */

	q = edgert_vf_all(0.00014798448f);
	q = edgert_vf_poly(q, r, 0.00139310677f);
	q = edgert_vf_poly(q, r, 0.00834191963f);
	q = edgert_vf_poly(q, r, 0.0416665077f);
	q = edgert_vf_poly(q, r, 0.166666344f);
	q = edgert_vf_poly(q, r, 0.5f);
	q = edgert_vf_with_square(r, q);
	s = (edgert_vf)(((edgert_vi)t - edgert_vi_all(0x4b400000 - 126)) << 23);
	q = edgert_vf_add(edgert_vf_mul(s, q), edgert_vf_sub(s, edgert_vf_all(0.5f)));
	q = edgert_vf_mul(q, edgert_vf_all(2.0f));
	return edgert_vf_if_less(edgert_vf_abs(x), least, x, q);
}

EDGERT_INLINE edgert_vf edgert_vf_sigmoid(edgert_vf x)
{
	const edgert_vf one = edgert_vf_all(1.0f);
	const edgert_vf e = edgert_vf_exp(-edgert_vf_abs(x));

	return edgert_vf_if_less(x, edgert_vf_zero(), e, one) / edgert_vf_add(one, e);
}

EDGERT_INLINE edgert_vf edgert_vf_tanh(edgert_vf x)
{
	const edgert_vf a = edgert_vf_min(edgert_vf_all(10.0f), edgert_vf_abs(x));
	const edgert_vf t = edgert_vf_expm1(edgert_vf_add(a, a));

	return edgert_vf_signed(t / edgert_vf_add(t, edgert_vf_all(2.0f)), x);
}

EDGERT_INLINE edgert_vf edgert_vf_erf(edgert_vf x)
{
	const edgert_vf a = edgert_vf_abs(x), z = edgert_vf_mul(a, a);
	const edgert_vf b = edgert_vf_min(edgert_vf_all(4.0f), a);
	edgert_vf p, q;

	p = edgert_vf_all(8.47804404e-5f);
	p = edgert_vf_poly(p, z, -0.000816904882f);
	p = edgert_vf_poly(p, z, 0.00520325452f);
	p = edgert_vf_poly(p, z, -0.0268600918f);
	p = edgert_vf_poly(p, z, 0.112836972f);
	p = edgert_vf_poly(p, z, -0.376126319f);
	p = edgert_vf_poly(p, z, 0.128379166f);
	q = edgert_vf_all(1.04257279e-5f);
	q = edgert_vf_poly(q, b, -0.000314806064f);
	q = edgert_vf_poly(q, b, 0.0036101914f);
	q = edgert_vf_poly(q, b, -0.0236943383f);
	q = edgert_vf_poly(q, b, 0.10615886f);
	q = edgert_vf_poly(q, b, 0.635198116f);
	q = edgert_vf_poly(q, b, 0.128637061f);
	q = edgert_vf_exp(-edgert_vf_add(b, edgert_vf_mul(b, q)));
	q = edgert_vf_sub(edgert_vf_all(1.0f), q);
	p = edgert_vf_add(a, edgert_vf_mul(a, p));
	return edgert_vf_signed(edgert_vf_if_less(a, edgert_vf_all(0.92f), p, q), x);
}

#endif
