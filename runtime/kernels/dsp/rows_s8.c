/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"), four at a time. */
#include "../isa/dsp.h"

EDGERT_SHARED void edgert_row_lut_s8__dsp(void *y, const void *x, const void *table, edgert_int n)
{
	uint8_t *to = (uint8_t *)y;
	const uint8_t *from = (const uint8_t *)x, *t = (const uint8_t *)table;

	for (; n >= 8; n -= 8, to += 8, from += 8) {
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 8; k += 2) {
			const uint8_t a = t[from[k]], b = t[from[k + 1]];

			to[k] = a;
			to[k + 1] = b;
		}
	}
	for (; n > 0; n--)
		*to++ = t[*from++];
}

EDGERT_INLINE int8_t edgert_row_clamp_s8(int32_t v, int32_t lo, int32_t hi)
{
	return (int8_t)(lo == -128 && hi == 127 ? edgert_dsp_ssat8(v)
						: edgert_clamp_i32(v, lo, hi));
}

EDGERT_INLINE int8_t edgert_row_add_s8_one(int32_t a, int32_t b, int32_t p, int32_t q, int32_t c,
					   int shift, int32_t lo, int32_t hi)
{
	return edgert_row_clamp_s8(edgert_shift_right_i32(b * q + c + a * p, shift), lo, hi);
}

EDGERT_KERNEL void edgert_row_add_s8__dsp(int8_t *y, const int8_t *a, const int8_t *b, int32_t p,
					  int32_t q, int32_t c, int shift, int32_t lo, int32_t hi,
					  edgert_int n)
{
	for (; n >= 4; n -= 4, a += 4, b += 4, y += 4) {
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			y[k] = edgert_row_add_s8_one(a[k], b[k], p, q, c, shift, lo, hi);
	}
	for (; n > 0; n--)
		*y++ = edgert_row_add_s8_one(*a++, *b++, p, q, c, shift, lo, hi);
}

/* v[0] and v[1] as floats in w; and back, rounded to nearest. Two at a time, for one instruction
 * moves two registers. */
EDGERT_INLINE void edgert_row_sums(const int8_t *a, const int8_t *b, float p, float q, float c,
				   int32_t *v)
{
#if EDGERT_DSP_ASM && EDGERT_INT8_VCVTR
	__asm__("vmov	s0, s1, %[b0], %[b1]\n\t"
		"vmov	s2, s3, %[a0], %[a1]\n\t"
		"vcvt.f32.s32	s0, s0\n\t"
		"vcvt.f32.s32	s1, s1\n\t"
		"vcvt.f32.s32	s2, s2\n\t"
		"vcvt.f32.s32	s3, s3\n\t"
		"vmul.f32	s0, s0, %[q]\n\t"
		"vmul.f32	s1, s1, %[q]\n\t"
		"vmul.f32	s2, s2, %[p]\n\t"
		"vmul.f32	s3, s3, %[p]\n\t"
		"vadd.f32	s0, s0, %[c]\n\t"
		"vadd.f32	s1, s1, %[c]\n\t"
		"vadd.f32	s0, s0, s2\n\t"
		"vadd.f32	s1, s1, s3\n\t"
		"vcvtr.s32.f32	s0, s0\n\t"
		"vcvtr.s32.f32	s1, s1\n\t"
		"vmov	%[v0], %[v1], s0, s1"
		: [v0] "=r"(v[0]), [v1] "=r"(v[1])
		: [a0] "r"((int32_t)a[0]), [a1] "r"((int32_t)a[1]), [b0] "r"((int32_t)b[0]),
		  [b1] "r"((int32_t)b[1]), [p] "t"(p), [q] "t"(q), [c] "t"(c)
		: "s0", "s1", "s2", "s3");
#else
	for (int k = 0; k < 2; k++)
		v[k] = edgert_nearest_f32_i32((c + q * (float)b[k]) + p * (float)a[k], -1024, 1024);
#endif
}

EDGERT_KERNEL void edgert_row_add_f32_s8__dsp(int8_t *y, const int8_t *a, const int8_t *b, float p,
					      float q, float c, int32_t lo, int32_t hi,
					      edgert_int n)
{
	int32_t v[2];

	for (; n >= 4; n -= 4, a += 4, b += 4, y += 4) {
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k += 2) {
			edgert_row_sums(a + k, b + k, p, q, c, v);
			y[k] = edgert_row_clamp_s8(v[0], lo, hi);
			y[k + 1] = edgert_row_clamp_s8(v[1], lo, hi);
		}
	}
	for (; n > 0; n--) {
		v[0] = edgert_nearest_f32_i32((c + q * (float)*b++) + p * (float)*a++, lo, hi);
		*y++ = (int8_t)v[0];
	}
}

/* (a - a_zero) * (b - b_zero) of four bytes each; minus: -zero in both halves. */
EDGERT_INLINE void edgert_row_products(const int8_t *a, const int8_t *b, uint32_t a_minus,
				       uint32_t b_minus, int32_t *v)
{
	const uint32_t x = edgert_dsp_load(a), y = edgert_dsp_load(b);
	const uint32_t x0 = edgert_dsp_even_plus(x, a_minus), x1 = edgert_dsp_odd_plus(x, a_minus);
	const uint32_t y0 = edgert_dsp_even_plus(y, b_minus), y1 = edgert_dsp_odd_plus(y, b_minus);

	v[0] = edgert_dsp_low_product(x0, y0);
	v[1] = edgert_dsp_low_product(x1, y1);
	v[2] = edgert_dsp_high_product(x0, y0);
	v[3] = edgert_dsp_high_product(x1, y1);
}

/* floor(v * m / 2^bits + 1/2) + zero, between lo and hi; |v| is at most 2^16. */
EDGERT_INLINE int8_t edgert_row_scaled_s8(int32_t v, int32_t m, int bits, int32_t zero, int32_t lo,
					  int32_t hi)
{
	if (bits == 32)
		return edgert_row_clamp_s8(edgert_dsp_smmlar(v, m, zero), lo, hi);
	if (bits > 32)
		return edgert_row_clamp_s8(edgert_scaled_high(v, m, bits) + zero, lo, hi);
	return (int8_t)(edgert_scaled_i32(v, m, bits, lo - zero, hi - zero) + zero);
}

EDGERT_KERNEL void edgert_row_mul_s8__dsp(int8_t *y, const int8_t *a, const int8_t *b,
					  int32_t a_zero, int32_t b_zero, int32_t m, int bits,
					  int32_t zero, int32_t lo, int32_t hi, edgert_int n)
{
	const uint32_t a_minus = edgert_dsp_pair(-a_zero, -a_zero);
	const uint32_t b_minus = edgert_dsp_pair(-b_zero, -b_zero);

	for (; n >= 4; n -= 4, a += 4, b += 4, y += 4) {
		int32_t v[4];

		edgert_row_products(a, b, a_minus, b_minus, v);
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			y[k] = edgert_row_scaled_s8(v[k], m, bits, zero, lo, hi);
	}
	for (; n > 0; n--)
		*y++ = edgert_row_scaled_s8((*a++ - a_zero) * (*b++ - b_zero), m, bits, zero, lo,
					    hi);
}

/* v[k] * scale + zero, rounded to nearest; two at a time. */
EDGERT_INLINE void edgert_row_scaled_pair(int32_t *v, float scale, float zero)
{
#if EDGERT_DSP_ASM && EDGERT_INT8_VCVTR
	__asm__("vmov	s0, s1, %[v0], %[v1]\n\t"
		"vcvt.f32.s32	s0, s0\n\t"
		"vcvt.f32.s32	s1, s1\n\t"
		"vmul.f32	s0, s0, %[scale]\n\t"
		"vmul.f32	s1, s1, %[scale]\n\t"
		"vadd.f32	s0, s0, %[zero]\n\t"
		"vadd.f32	s1, s1, %[zero]\n\t"
		"vcvtr.s32.f32	s0, s0\n\t"
		"vcvtr.s32.f32	s1, s1\n\t"
		"vmov	%[v0], %[v1], s0, s1"
		: [v0] "+r"(v[0]), [v1] "+r"(v[1])
		: [scale] "t"(scale), [zero] "t"(zero)
		: "s0", "s1");
#else
	for (int k = 0; k < 2; k++)
		v[k] = edgert_nearest_f32_i32((float)v[k] * scale + zero, -1024, 1024);
#endif
}

EDGERT_KERNEL void edgert_row_mul_f32_s8__dsp(int8_t *y, const int8_t *a, const int8_t *b,
					      int32_t a_zero, int32_t b_zero, float scale,
					      float zero, int32_t lo, int32_t hi, edgert_int n)
{
	const uint32_t a_minus = edgert_dsp_pair(-a_zero, -a_zero);
	const uint32_t b_minus = edgert_dsp_pair(-b_zero, -b_zero);
	int32_t v[4];

	for (; n >= 4; n -= 4, a += 4, b += 4, y += 4) {
		edgert_row_products(a, b, a_minus, b_minus, v);
		edgert_row_scaled_pair(v, scale, zero);
		edgert_row_scaled_pair(v + 2, scale, zero);
		EDGERT_UNROLL_FEW
		for (int k = 0; k < 4; k++)
			y[k] = edgert_row_clamp_s8(v[k], lo, hi);
	}
	for (; n > 0; n--) {
		v[0] = (*a++ - a_zero) * (*b++ - b_zero);
		*y++ = (int8_t)edgert_nearest_f32_i32((float)v[0] * scale + zero, lo, hi);
	}
}
