/* exact.h - the functions whose result is exact or correctly rounded: square root, rounding to
 * integers, remainders.
 *
 * Cut into sections as bits.h says. Rounding must be to nearest. NaN gives NaN, signs of zeros are
 * those of C99 Annex F. */
#ifndef EDGERT_EXACT_H
#define EDGERT_EXACT_H

#include "bits.h"

/* @fn edgert_instructions: needs */
/* What the machine does in one instruction. Elsewhere, and for the square root without
 * -fno-math-errno, the compilers' builtins may call libm; then the instruction is named (not
 * vectorized). EDGERT_PORTABLE turns all of this off, so that the portable forms can be tested
 * anywhere. */
#if !defined(EDGERT_PORTABLE) && defined(__GNUC__)
#if defined(__SSE4_1__) || defined(__aarch64__)
#define EDGERT_HAVE_RINT 1
#endif
#if defined(__AVX__) /* among AVX instructions the older form waits for what it leaves unchanged */
#define EDGERT_SQRTF_ASM __asm__("vsqrtss %1, %1, %0" : "=x"(r) : "x"(x))
#define EDGERT_SQRT_ASM __asm__("vsqrtsd %1, %1, %0" : "=x"(r) : "x"(x))
#elif defined(__SSE2__)
#define EDGERT_SQRTF_ASM __asm__("sqrtss %1, %0" : "=x"(r) : "x"(x))
#define EDGERT_SQRT_ASM __asm__("sqrtsd %1, %0" : "=x"(r) : "x"(x))
#elif defined(__aarch64__)
#define EDGERT_SQRTF_ASM __asm__("fsqrt %s0, %s1" : "=w"(r) : "w"(x))
#define EDGERT_SQRT_ASM __asm__("fsqrt %d0, %d1" : "=w"(r) : "w"(x))
#elif defined(__ARM_FP)
#if __ARM_FP & 4
#define EDGERT_HAVE_VCVTR 1
#define EDGERT_SQRTF_ASM __asm__("vsqrt.f32 %0, %1" : "=t"(r) : "t"(x))
#endif
#if __ARM_FP & 8
#define EDGERT_SQRT_ASM __asm__("vsqrt.f64 %P0, %P1" : "=w"(r) : "w"(x))
#endif
#elif defined(__riscv_fdiv)
#define EDGERT_SQRTF_ASM __asm__("fsqrt.s %0, %1" : "=f"(r) : "f"(x))
#if __riscv_flen >= 64
#define EDGERT_SQRT_ASM __asm__("fsqrt.d %0, %1" : "=f"(r) : "f"(x))
#endif
#endif
#endif

/* @fn edgert_sqrtf: needs edgert_instructions, edgert_f32_bits, edgert_f32_from_bits */
/* Correctly rounded. */
EDGERT_FN float edgert_sqrtf(float x)
{
#if defined(EDGERT_SQRTF_ASM) && defined(__NO_MATH_ERRNO__)
	return __builtin_sqrtf(x);
#elif defined(EDGERT_SQRTF_ASM)
	float r;

	EDGERT_SQRTF_ASM;
	return r;
#else
	/* One bit of the root at a time: m = r*r + rest, with 24 bits of root and one to round. */
	uint32_t u = edgert_f32_bits(x), e = u >> 23, m = u & 0x7fffffu;
	uint32_t root = 0, rest = 0;
	int i;

	if (u << 1 == 0 || u == 0x7f800000u || (u & 0x7fffffffu) > 0x7f800000u)
		return x + x;
	if (u >> 31)
		return edgert_f32_from_bits(0x7fc00000u);
	if (e == 0) {
		for (e = 1; !(m & 0x800000u); e--)
			m <<= 1;
	} else {
		m |= 0x800000u;
	}
	/* e may have wrapped below zero: e + 127 is right again, modulo 2^32. An odd exponent
	 * doubles m. */
	e += 127;
	m <<= 7 + (e & 1);
	for (i = 0; i < 25; i++) {
		uint32_t step;

		rest = rest << 2 | m >> 30;
		m <<= 2;
		step = root << 2 | 1;
		root <<= 1;
		if (rest >= step) {
			rest -= step;
			root |= 1;
		}
	}
	root = (root >> 1) +
	       (root & 1); /* never a tie: a root with 25 bits has a square with 49 or more */
	return edgert_f32_from_bits(((e >> 1) << 23) + (root - 0x800000u));
#endif
}

/* @fn edgert_selectf: needs edgert_f32_bits, edgert_f32_from_bits */
/* c ? a : b, both evaluated: the compiler finds no branch to make of it. c is 0 or 1. */
EDGERT_FN float edgert_selectf(int c, float a, float b)
{
	uint32_t m = (uint32_t)0 - (uint32_t)c;

	return edgert_f32_from_bits((edgert_f32_bits(a) & m) | (edgert_f32_bits(b) & ~m));
}

/* @fn edgert_rintf: needs edgert_instructions, edgert_f32_bits, edgert_f32_from_bits */
/* Ties to even. Above 2^23 every float is an integer. */
EDGERT_FN float edgert_rintf(float x)
{
#ifdef EDGERT_HAVE_RINT
	return __builtin_rintf(x);
#else
	uint32_t u = edgert_f32_bits(x), a = u & 0x7fffffffu;
	uint32_t small = (uint32_t)0 - (uint32_t)(a < 0x4b000000u);
	float r =
		edgert_f32_from_bits(a) + 8388608.0f; /* rounded here, so a statement of its own */

	r = r - 8388608.0f;
	return edgert_f32_from_bits((edgert_f32_bits(r) & small) | (a & ~small) |
				    (u & 0x80000000u));
#endif
}

/* @fn edgert_floorf: needs edgert_selectf, edgert_rintf */
EDGERT_FN float edgert_floorf(float x)
{
	float r = edgert_rintf(x);

	return r - edgert_selectf(r > x, 1.0f, 0.0f);
}

/* @fn edgert_ceilf: needs edgert_selectf, edgert_rintf, edgert_f32_bits, edgert_f32_from_bits */
EDGERT_FN float edgert_ceilf(float x)
{
	float r = edgert_rintf(x);

	/* The sign of x is also that of the result, and makes -0 of 1 - 1. */
	r += edgert_selectf(r < x, 1.0f, 0.0f);
	return edgert_f32_from_bits((edgert_f32_bits(r) & 0x7fffffffu) |
				    (edgert_f32_bits(x) & 0x80000000u));
}

/* @fn edgert_truncf: needs edgert_selectf, edgert_rintf, edgert_f32_bits, edgert_f32_from_bits */
EDGERT_FN float edgert_truncf(float x)
{
	uint32_t u = edgert_f32_bits(x);
	float a = edgert_f32_from_bits(u & 0x7fffffffu), r = edgert_rintf(a);

	r -= edgert_selectf(r > a, 1.0f, 0.0f);
	return edgert_f32_from_bits(edgert_f32_bits(r) | (u & 0x80000000u));
}

/* @fn edgert_roundf: needs edgert_selectf, edgert_rintf, edgert_f32_bits, edgert_f32_from_bits */
/* Ties away from zero. */
EDGERT_FN float edgert_roundf(float x)
{
	uint32_t u = edgert_f32_bits(x);
	float a = edgert_f32_from_bits(u & 0x7fffffffu), r = edgert_rintf(a);

	r += edgert_selectf(a - r == 0.5f, 1.0f, 0.0f);
	return edgert_f32_from_bits(edgert_f32_bits(r) | (u & 0x80000000u));
}

/* @fn edgert_fmodf: needs edgert_f32_bits, edgert_f32_from_bits */
/* x - y*trunc(x/y), exact. The quotient's bits are divided out 8 at a time: (m << 8) % my. */
EDGERT_FN float edgert_fmodf(float x, float y)
{
	uint32_t ux = edgert_f32_bits(x), sign = ux & 0x80000000u, ax = ux ^ sign;
	uint32_t ay = edgert_f32_bits(y) & 0x7fffffffu;
	uint32_t ex = ax >> 23, ey = ay >> 23, mx = ax & 0x7fffffu, my = ay & 0x7fffffu, d;

	if (ay == 0 || ax >= 0x7f800000u || ay > 0x7f800000u)
		return (x * y) / (x * y);
	if (ax < ay)
		return x;
	/* Values as m * 2^(e - 150), subnormals with e = 1. */
	mx |= ex ? 0x800000u : 0;
	my |= ey ? 0x800000u : 0;
	ex += !ex;
	ey += !ey;
	mx %= my;
	for (d = ex - ey; d >= 8; d -= 8)
		mx = (mx << 8) % my;
	mx = (mx << d) % my;
	while (ey > 1 && mx && mx < 0x800000u) {
		mx <<= 1;
		ey--;
	}
	if (!mx)
		ey = 0;
	return edgert_f32_from_bits(sign | ((mx & 0x800000u ? (ey - 1) << 23 : 0) + mx));
}

/* @fn edgert_mod_floorf: needs edgert_fmodf, edgert_f32_bits, edgert_f32_from_bits */
/* x - y*floor(x/y): the result has y's sign. One rounding where the signs differ. */
EDGERT_FN float edgert_mod_floorf(float x, float y)
{
	float r = edgert_fmodf(x, y);
	uint32_t differ = (edgert_f32_bits(r) ^ edgert_f32_bits(y)) >> 31;

	if (r == 0.0f)
		return edgert_f32_from_bits(edgert_f32_bits(y) & 0x80000000u);
	return differ ? r + y : r;
}
/* @end */

#if DBL_MANT_DIG == 53
/* @fn edgert_sqrt: needs edgert_instructions, edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_sqrt(double x)
{
#if defined(EDGERT_SQRT_ASM) && defined(__NO_MATH_ERRNO__)
	return __builtin_sqrt(x);
#elif defined(EDGERT_SQRT_ASM)
	double r;

	EDGERT_SQRT_ASM;
	return r;
#else
	uint64_t u = edgert_f64_bits(x), e = u >> 52, m = u & 0xfffffffffffffu;
	uint64_t root = 0, rest = 0;
	int i;

	if (u << 1 == 0 || u == 0x7ff0000000000000u ||
	    (u & 0x7fffffffffffffffu) > 0x7ff0000000000000u)
		return x + x;
	if (u >> 63)
		return edgert_f64_from_bits(0x7ff8000000000000u);
	if (e == 0) {
		for (e = 1; !(m & 0x10000000000000u); e--)
			m <<= 1;
	} else {
		m |= 0x10000000000000u;
	}
	e += 1023;
	m <<= 10 + (e & 1);
	for (i = 0; i < 54; i++) {
		uint64_t step;

		rest = rest << 2 | m >> 62;
		m <<= 2;
		step = root << 2 | 1;
		root <<= 1;
		if (rest >= step) {
			rest -= step;
			root |= 1;
		}
	}
	root = (root >> 1) + (root & 1);
	return edgert_f64_from_bits(((e >> 1) << 52) + (root - 0x10000000000000u));
#endif
}

/* @fn edgert_select: needs edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_select(int c, double a, double b)
{
	uint64_t m = (uint64_t)0 - (uint64_t)c;

	return edgert_f64_from_bits((edgert_f64_bits(a) & m) | (edgert_f64_bits(b) & ~m));
}

/* @fn edgert_rint: needs edgert_instructions, edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_rint(double x)
{
#ifdef EDGERT_HAVE_RINT
	return __builtin_rint(x);
#else
	uint64_t u = edgert_f64_bits(x), a = u & 0x7fffffffffffffffu;
	uint64_t small = (uint64_t)0 - (uint64_t)(a < 0x4330000000000000u);
	double r = edgert_f64_from_bits(a) + 4503599627370496.0;

	r = r - 4503599627370496.0;
	return edgert_f64_from_bits((edgert_f64_bits(r) & small) | (a & ~small) |
				    (u & 0x8000000000000000u));
#endif
}

/* @fn edgert_floor: needs edgert_select, edgert_rint */
EDGERT_FN double edgert_floor(double x)
{
	double r = edgert_rint(x);

	return r - edgert_select(r > x, 1.0, 0.0);
}

/* @fn edgert_ceil: needs edgert_select, edgert_rint, edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_ceil(double x)
{
	double r = edgert_rint(x);

	r += edgert_select(r < x, 1.0, 0.0);
	return edgert_f64_from_bits((edgert_f64_bits(r) & 0x7fffffffffffffffu) |
				    (edgert_f64_bits(x) & 0x8000000000000000u));
}

/* @fn edgert_trunc: needs edgert_select, edgert_rint, edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_trunc(double x)
{
	uint64_t u = edgert_f64_bits(x);
	double a = edgert_f64_from_bits(u & 0x7fffffffffffffffu), r = edgert_rint(a);

	r -= edgert_select(r > a, 1.0, 0.0);
	return edgert_f64_from_bits(edgert_f64_bits(r) | (u & 0x8000000000000000u));
}

/* @fn edgert_round: needs edgert_select, edgert_rint, edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_round(double x)
{
	uint64_t u = edgert_f64_bits(x);
	double a = edgert_f64_from_bits(u & 0x7fffffffffffffffu), r = edgert_rint(a);

	r += edgert_select(a - r == 0.5, 1.0, 0.0);
	return edgert_f64_from_bits(edgert_f64_bits(r) | (u & 0x8000000000000000u));
}

/* @fn edgert_fmod: needs edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_fmod(double x, double y)
{
	uint64_t ux = edgert_f64_bits(x), sign = ux & 0x8000000000000000u, ax = ux ^ sign;
	uint64_t ay = edgert_f64_bits(y) & 0x7fffffffffffffffu;
	uint64_t ex = ax >> 52, ey = ay >> 52, mx = ax & 0xfffffffffffffu,
		 my = ay & 0xfffffffffffffu, d;

	if (ay == 0 || ax >= 0x7ff0000000000000u || ay > 0x7ff0000000000000u)
		return (x * y) / (x * y);
	if (ax < ay)
		return x;
	mx |= ex ? 0x10000000000000u : 0;
	my |= ey ? 0x10000000000000u : 0;
	ex += !ex;
	ey += !ey;
	mx %= my;
	for (d = ex - ey; d >= 11; d -= 11)
		mx = (mx << 11) % my;
	mx = (mx << d) % my;
	while (ey > 1 && mx && mx < 0x10000000000000u) {
		mx <<= 1;
		ey--;
	}
	if (!mx)
		ey = 0;
	return edgert_f64_from_bits(sign | ((mx & 0x10000000000000u ? (ey - 1) << 52 : 0) + mx));
}

/* @fn edgert_mod_floor: needs edgert_fmod, edgert_f64_bits, edgert_f64_from_bits */
EDGERT_FN double edgert_mod_floor(double x, double y)
{
	double r = edgert_fmod(x, y);
	uint64_t differ = (edgert_f64_bits(r) ^ edgert_f64_bits(y)) >> 63;

	if (r == 0.0)
		return edgert_f64_from_bits(edgert_f64_bits(y) & 0x8000000000000000u);
	return differ ? r + y : r;
}
/* @end */
#endif

#endif
