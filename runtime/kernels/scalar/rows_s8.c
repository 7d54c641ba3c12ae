/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"), in C: four elements in
 * an iteration, so that counting is not a third of the work. */
#include "../isa/int8.h"

/* Elements of an iteration of what needs signed bytes: where those take an index in a register, not
 * much is to be gained. */
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define EDGERT_ROW_STEP 1
#else
#define EDGERT_ROW_STEP 4
#endif

EDGERT_SHARED void edgert_row_lut_s8__scalar(void *y, const void *x, const void *table,
					     edgert_int n)
{
	uint8_t *to = (uint8_t *)y;
	const uint8_t *from = (const uint8_t *)x, *t = (const uint8_t *)table;

	for (; n >= 4; n -= 4, to += 4, from += 4) {
		const uint8_t a = t[from[0]], b = t[from[1]], c = t[from[2]], d = t[from[3]];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
	}
	for (; n > 0; n--)
		*to++ = t[*from++];
}

EDGERT_INLINE int8_t edgert_row_add_s8_one(int32_t a, int32_t b, int32_t p, int32_t q, int32_t c,
					   int shift, int32_t lo, int32_t hi)
{
	return (int8_t)edgert_clamp_i32(edgert_shift_right_i32(c + b * q + a * p, shift), lo, hi);
}

EDGERT_KERNEL void edgert_row_add_s8__scalar(int8_t *y, const int8_t *a, const int8_t *b, int32_t p,
					     int32_t q, int32_t c, int shift, int32_t lo,
					     int32_t hi, edgert_int n)
{
	for (; n >= EDGERT_ROW_STEP; n -= EDGERT_ROW_STEP) {
		EDGERT_UNROLL_FEW
		for (int k = 0; k < EDGERT_ROW_STEP; k++)
			y[k] = edgert_row_add_s8_one(a[k], b[k], p, q, c, shift, lo, hi);
		a += EDGERT_ROW_STEP;
		b += EDGERT_ROW_STEP;
		y += EDGERT_ROW_STEP;
	}
	for (; n > 0; n--)
		*y++ = edgert_row_add_s8_one(*a++, *b++, p, q, c, shift, lo, hi);
}

EDGERT_INLINE int8_t edgert_row_mul_s8_one(int32_t product, int32_t m, int bits, int32_t zero,
					   int32_t lo, int32_t hi)
{
	return (int8_t)(edgert_scaled_short_i32(product, m, bits, lo - zero, hi - zero) + zero);
}

EDGERT_KERNEL void edgert_row_mul_s8__scalar(int8_t *y, const int8_t *a, const int8_t *b,
					     int32_t a_zero, int32_t b_zero, int32_t m, int bits,
					     int32_t zero, int32_t lo, int32_t hi, edgert_int n)
{
	for (; n >= EDGERT_ROW_STEP; n -= EDGERT_ROW_STEP) {
		EDGERT_UNROLL_FEW
		for (int k = 0; k < EDGERT_ROW_STEP; k++)
			y[k] = edgert_row_mul_s8_one((a[k] - a_zero) * (b[k] - b_zero), m, bits,
						     zero, lo, hi);
		a += EDGERT_ROW_STEP;
		b += EDGERT_ROW_STEP;
		y += EDGERT_ROW_STEP;
	}
	for (; n > 0; n--)
		*y++ = edgert_row_mul_s8_one((*a++ - a_zero) * (*b++ - b_zero), m, bits, zero, lo,
					     hi);
}
