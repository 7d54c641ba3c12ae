/* rows8.h - functions of rows (params.h, "rows") in portable C: what a set's own forms do without its
 * instructions, and with what is left of a row. */
#ifndef EDGERT_ROWS8_H
#define EDGERT_ROWS8_H

#include "../fixed.h"
#include "../params.h"

EDGERT_INLINE void edgert_rows8_lut(void *y, const void *x, const void *table, edgert_int n)
{
	for (edgert_int i = 0; i < n; i++)
		((uint8_t *)y)[i] = ((const uint8_t *)table)[((const uint8_t *)x)[i]];
}

EDGERT_INLINE void edgert_rows8_flip(void *y, const void *x, edgert_int n)
{
	for (edgert_int i = 0; i < n; i++)
		((uint8_t *)y)[i] = ((const uint8_t *)x)[i] ^ 128;
}

EDGERT_INLINE void edgert_rows8_add(int8_t *y, const int8_t *a, const int8_t *b, int32_t p,
				    int32_t q, int32_t c, int shift, int32_t lo, int32_t hi,
				    edgert_int n)
{
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)edgert_clamp_i32(
			edgert_shift_right_i32(c + b[i] * q + a[i] * p, shift), lo, hi);
}

EDGERT_INLINE void edgert_rows8_add_f32(int8_t *y, const int8_t *a, const int8_t *b, float p,
					float q, float c, int32_t lo, int32_t hi, edgert_int n)
{
	for (edgert_int i = 0; i < n; i++) {
		const float first = (float)b[i] * q, sum = c + first, second = (float)a[i] * p;

		y[i] = (int8_t)edgert_nearest_f32_i32(sum + second, lo, hi);
	}
}

EDGERT_INLINE void edgert_rows8_mul(int8_t *y, const int8_t *a, const int8_t *b, int32_t a_zero,
				    int32_t b_zero, int32_t m, int bits, int32_t zero, int32_t lo,
				    int32_t hi, edgert_int n)
{
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)(edgert_scaled_i32((a[i] - a_zero) * (b[i] - b_zero), m, bits,
						  lo - zero, hi - zero) +
				zero);
}

EDGERT_INLINE void edgert_rows8_mul_f32(int8_t *y, const int8_t *a, const int8_t *b, int32_t a_zero,
					int32_t b_zero, float scale, float zero, int32_t lo,
					int32_t hi, edgert_int n)
{
	for (edgert_int i = 0; i < n; i++) {
		const float v = (float)((a[i] - a_zero) * (b[i] - b_zero)) * scale;

		y[i] = (int8_t)edgert_nearest_f32_i32(v + zero, lo, hi);
	}
}

EDGERT_INLINE void edgert_rows8_softmax_f32(int8_t *y, const int8_t *x, const float *table,
					    float by, int32_t zero, int32_t lo, int32_t hi,
					    edgert_int n)
{
	int32_t max = -128;
	float sum = 0;

	for (edgert_int i = 0; i < n; i++)
		max = x[i] > max ? x[i] : max;
	for (edgert_int i = 0; i < n; i++)
		sum = sum + table[max - x[i]];
	for (edgert_int i = 0; i < n; i++) {
		const float v = table[max - x[i]] / sum;

		y[i] = (int8_t)(edgert_nearest_f32_i32(v / by, lo - zero, hi - zero) + zero);
	}
}

EDGERT_INLINE void edgert_rows8_quantize_f32(int8_t *y, const float *x, float by, int32_t zero,
					     edgert_int n)
{
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)edgert_quantized_f32_i32(x[i] / by, zero, -128, 127);
}

EDGERT_INLINE void edgert_rows8_linear_f32(int8_t *y, const float *a, const float *b,
					   const float *c, const float *d, float across, float down,
					   float by, int32_t zero, edgert_int n)
{
	for (edgert_int i = 0; i < n; i++) {
		const float u = (b[i] - a[i]) * across, v = (d[i] - c[i]) * across;
		const float above = a[i] + u, below = c[i] + v, w = (below - above) * down;
		const float sum = above + w;

		y[i] = (int8_t)edgert_quantized_f32_i32(sum / by, zero, -128, 127);
	}
}

#endif
