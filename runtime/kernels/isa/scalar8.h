/* scalar8.h - for the kernels in scalar/: how many results one loop computes, and elements of 8 or 16
 * bits.
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

EDGERT_INLINE int32_t edgert_scalar8_requantize(const struct edgert_scalar8_out *o, int32_t acc,
						int32_t scale)
{
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

/* The halves of a byte as signed numbers, 16 times as large: shifting them down would take longer. */
EDGERT_INLINE int32_t edgert_scalar8_low(int8_t byte)
{
	return (int8_t)(byte * 16 & 255);
}

EDGERT_INLINE int32_t edgert_scalar8_high(int8_t byte)
{
	return byte & ~15;
}

/* y[i], of `size` bytes: the requantized sum, or, of 4 bytes, the sum itself. */
EDGERT_INLINE void edgert_scalar8_put(const struct edgert_scalar8_out *o, void *y, edgert_int i,
				      const int size, int32_t sum, const int32_t *scale)
{
	if (size == 4)
		((int32_t *)y)[i] = sum;
	else if (size == 2)
		((int16_t *)y)[i] = (int16_t)edgert_scalar8_requantize(o, sum, *scale);
	else
		((int8_t *)y)[i] = (int8_t)edgert_scalar8_requantize(o, sum, *scale);
}

#endif
