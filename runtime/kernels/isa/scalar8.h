/* scalar8.h - for the kernels in scalar/: requantization in few instructions where a machine has no
 * product of 64 bits, and how many results one loop computes.
 *
 * Every C compiler takes these kernels, but they read weights as plain memory: not for AVR. */
#ifndef EDGERT_SCALAR8_H
#define EDGERT_SCALAR8_H

#include "int8.h"

/* Pixels of a tile, and channels of one of 1 and of 2 pixels: as many as the machine has registers
 * for their sums. */
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define EDGERT_SCALAR8_PIXELS 1
#define EDGERT_SCALAR8_CHANNELS1 2
#define EDGERT_SCALAR8_CHANNELS2 2
#elif defined(__riscv) && !defined(__riscv_32e)
#define EDGERT_SCALAR8_PIXELS 2
#define EDGERT_SCALAR8_CHANNELS1 4
#define EDGERT_SCALAR8_CHANNELS2 4
#else
#define EDGERT_SCALAR8_PIXELS 2
#define EDGERT_SCALAR8_CHANNELS1 4
#define EDGERT_SCALAR8_CHANNELS2 2
#endif

/* Before a loop: two iterations in one. */
#if defined(__GNUC__) && !defined(__clang__)
#define EDGERT_SCALAR8_TWICE _Pragma("GCC unroll 2")
#else
#define EDGERT_SCALAR8_TWICE
#endif

struct edgert_scalar8_out {
	edgert_int shift, zero, lo, hi;
};

/* floor(a / 2^n): compilers see the shift. */
EDGERT_INLINE int32_t edgert_scalar8_asr(int32_t a, int n)
{
	return a < 0 ? ~(~a >> n) : a >> n;
}

/* floor(a * m / 2^32), m >= 0, and in *half the bit below. From products of 32 bits: with a = 2^16 *
 * ah + al and m likewise, no sum below leaves 32 bits. */
EDGERT_INLINE int32_t edgert_scalar8_high(int32_t a, int32_t m, int32_t *half)
{
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
	const uint32_t al = (uint32_t)a & 0xffffu, ml = (uint32_t)m & 0xffffu;
	const int32_t ah = a >> 16, mh = m >> 16;
	const int32_t middle = ah * (int32_t)ml + (int32_t)(al * ml >> 16);
	const uint32_t low = al * (uint32_t)mh + ((uint32_t)middle & 0xffffu);

	*half = (int32_t)(low >> 15 & 1);
	return ah * mh + (middle >> 16) + (int32_t)(low >> 16);
#else
	const int64_t v = (int64_t)a * m;

	*half = (int32_t)((uint32_t)(v & INT64_C(0xffffffff)) >> 31);
	return (int32_t)edgert_shift_right_i64(v, 32);
#endif
}

EDGERT_INLINE int32_t edgert_scalar8_requantize(const struct edgert_scalar8_out *o, int32_t acc,
						int32_t scale)
{
#if defined(EDGERT_FIXED) && EDGERT_FIXED
	if (o->shift >= 0) {
		int32_t half, v = edgert_scalar8_high(acc, scale, &half);

		if (o->shift == 0)
			v += half;
		else
			v = edgert_scalar8_asr(
				v + (int32_t)(UINT32_C(1) << (o->shift > 0 ? o->shift - 1 : 0)),
				(int)o->shift);
		return edgert_clamp_i32(v + (int32_t)o->zero, (int32_t)o->lo, (int32_t)o->hi);
	}
#endif
	return edgert_requantize(acc, scale, (int)o->shift, (int32_t)o->zero, (int32_t)o->lo,
				 (int32_t)o->hi);
}

/* The element at x, of 16 or 8 bits. */
EDGERT_INLINE int32_t edgert_scalar8_get(const char *x, const int wide)
{
	return wide ? *(const int16_t *)(const void *)x : *(const int8_t *)x;
}

/* The same; x moves on to the next. */
EDGERT_INLINE int32_t edgert_scalar8_next(const char **x, const int wide)
{
	const char *const at = *x;

	*x += wide ? 2 : 1;
	return edgert_scalar8_get(at, wide);
}

/* y[i] = v, likewise. */
EDGERT_INLINE void edgert_scalar8_put(void *y, edgert_int i, const int wide, int32_t v)
{
	if (wide)
		((int16_t *)y)[i] = (int16_t)v;
	else
		((int8_t *)y)[i] = (int8_t)v;
}

#endif
