/* mve_pool.h - channels of a window side by side: their greatest elements, and their means. */
#ifndef EDGERT_MVE_POOL_H
#define EDGERT_MVE_POOL_H

#include "mve.h"
#include "pool8.h"

/* So many bytes add up in 16 bits. */
#define EDGERT_MVE_POOL_RUN 256

#if EDGERT_MVE_ASM

/* The greatest elements of n channels, 16 at most. */
EDGERT_INLINE void edgert_mve_pool_max(const struct edgert_pool8 *w, const int8_t *x, edgert_int n,
				       int8_t *y)
{
	const mve_pred16_t some = vctp8q((uint32_t)n);
	int8x16_t m = vdupq_n_s8(-128);

	for (edgert_int r = 0; r < w->rows; r++) {
		const int8_t *t = x + r * w->row;

		for (edgert_int k = 0; k < w->cols; k++, t += w->col)
			m = vmaxq_s8(m, vldrbq_z_s8(t, some));
	}
	vstrbq_p_s8(y, m, some);
}

/* The sums of `taps` bytes, `step` apart, in lanes that `some` has. */
EDGERT_INLINE int16x8_t edgert_mve_pool_run(const int8_t *t, edgert_int step, edgert_int taps,
					    mve_pred16_t some)
{
	int16x8_t s = vdupq_n_s16(0);

	for (; taps > 0; taps--, t += step)
		s = vaddq_s16(s, vldrbq_z_s16(t, some));
	return s;
}

/* The means of n channels, 8 at most: of the sums of all elements and `zeros`. */
EDGERT_INLINE void edgert_mve_pool_mean(const struct edgert_mve_out *o,
					const struct edgert_pool8 *w, const int8_t *x, edgert_int n,
					int32_t zeros, int32_t factor, int8_t *y)
{
	struct edgert_mve_sums s = { vdupq_n_s32(zeros), vdupq_n_s32(zeros) };
	const mve_pred16_t some = vctp16q((uint32_t)n);
	int32_t each[8];

	for (edgert_int r = 0; r < w->rows; r++)
		for (edgert_int k = 0; k < w->cols; k += EDGERT_MVE_POOL_RUN) {
			const edgert_int left = w->cols - k;
			const int16x8_t v = edgert_mve_pool_run(
				x + r * w->row + k * w->col, w->col,
				left < EDGERT_MVE_POOL_RUN ? left : EDGERT_MVE_POOL_RUN, some);

			s.even = vaddq_s32(s.even, vmovlbq_s16(v));
			s.odd = vaddq_s32(s.odd, vmovltq_s16(v));
		}
	if (EDGERT_MVE_VECTOR_RESULTS(o)) {
		const int32x4_t scale = vdupq_n_s32(factor);

		vstrbq_p_s16(y, edgert_mve_results8(o, &s, scale, scale), some);
		return;
	}
	edgert_mve_sums8(&s, each);
	for (edgert_int c = 0; c < n; c++)
		y[c] = (int8_t)edgert_requantize(each[c], factor, (int)o->shift, (int32_t)o->zero,
						 (int32_t)o->lo, (int32_t)o->hi);
}

#else

EDGERT_INLINE void edgert_mve_pool_max(const struct edgert_pool8 *w, const int8_t *x, edgert_int n,
				       int8_t *y)
{
	for (edgert_int c = 0; c < n; c++) {
		y[c] = -128;
		for (edgert_int r = 0; r < w->rows; r++)
			for (edgert_int k = 0; k < w->cols; k++) {
				const int8_t v = x[r * w->row + k * w->col + c];

				y[c] = v > y[c] ? v : y[c];
			}
	}
}

EDGERT_INLINE void edgert_mve_pool_mean(const struct edgert_mve_out *o,
					const struct edgert_pool8 *w, const int8_t *x, edgert_int n,
					int32_t zeros, int32_t factor, int8_t *y)
{
	for (edgert_int c = 0; c < n; c++) {
		int32_t s = zeros;

		for (edgert_int r = 0; r < w->rows; r++)
			for (edgert_int k = 0; k < w->cols; k++)
				s += x[r * w->row + k * w->col + c];
		y[c] = EDGERT_MVE_VECTOR_RESULTS(o)
			       ? (int8_t)edgert_mve_result(o, s, factor)
			       : (int8_t)edgert_requantize(s, factor, (int)o->shift,
							   (int32_t)o->zero, (int32_t)o->lo,
							   (int32_t)o->hi);
	}
}
#endif

#endif
