/* gemm_s8.c - product with constant weights, two rows and two columns at a time (dot.h).
 *
 * scratch: 4 bytes for each element of k, rounded up to a multiple of 4, when that number is above
 * EDGERT_DSP_TAPS. */
#include "dot.h"

EDGERT_KERNEL void edgert_gemm_s8__dsp(const struct edgert_gemm *p, const int8_t *a,
				       const int8_t *w, const int32_t *q, int8_t *y, void *scratch)
{
	const struct edgert_dsp_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const edgert_int steps = edgert_dsp_steps(p->k);
	int16_t local[EDGERT_DSP_TAPS * 2] EDGERT_ALIGNED(8);
	int16_t *patch = steps * 4 > EDGERT_DSP_TAPS ? scratch : local;

	for (edgert_int b = 0; b < p->batch; b++, a += p->a_batch, y += p->y_batch) {
		edgert_int i = 0;

		for (; i + 2 <= p->m; i += 2) {
			int8_t *const to[2] = { y + i * p->y_row, y + (i + 1) * p->y_row };

			edgert_dsp_widen(patch, a + i * p->a_row, p->k);
			edgert_dsp_widen(patch + 4, a + (i + 1) * p->a_row, p->k);
			edgert_dsp_pixels(&o, 2, p->n, steps, patch, w, q, to);
		}
		if (i < p->m) {
			int8_t *const to[2] = { y + i * p->y_row, NULL };

			edgert_dsp_widen(patch, a + i * p->a_row, p->k);
			edgert_dsp_pixels(&o, 1, p->n, steps, patch, w, q, to);
		}
	}
}
