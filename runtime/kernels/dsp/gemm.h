/* gemm.h - products of rows of bytes with packed columns, two rows and two columns at a time (dot.h).
 * Rows longer than EDGERT_DSP_TAPS are read as they are, one after the other, and widened on the way. */
#ifndef EDGERT_DSP_GEMM_H
#define EDGERT_DSP_GEMM_H

#include "dot.h"

EDGERT_INLINE void edgert_dsp_step_bytes_of(const int8_t **x, const int8_t **w, const int w4,
					    int32_t *s)
{
	if (w4)
		edgert_dsp_step_bytes_w4(x, w, s);
	else
		edgert_dsp_step_bytes(x, w, s);
}

/* Two columns of one row: s[0] and s[2]. */
EDGERT_INLINE void edgert_dsp_gemm_bytes(const int8_t *x, const int8_t *w, const int w4,
					 edgert_int k, int32_t *s)
{
	int8_t last[4] = { 0, 0, 0, 0 };
	const int8_t *rest = last;

	for (; k >= 16; k -= 16) {
		edgert_dsp_step_bytes_of(&x, &w, w4, s);
		edgert_dsp_step_bytes_of(&x, &w, w4, s);
		edgert_dsp_step_bytes_of(&x, &w, w4, s);
		edgert_dsp_step_bytes_of(&x, &w, w4, s);
	}
	for (; k >= 4; k -= 4)
		edgert_dsp_step_bytes_of(&x, &w, w4, s);
	if (k > 0) {
		edgert_int8_copy(last, x, k);
		edgert_dsp_step_bytes_of(&rest, &w, w4, s);
	}
}

EDGERT_INLINE void edgert_dsp_gemm_long(const struct edgert_gemm *p, const struct edgert_dsp_out *o,
					const int size, const int8_t *x, const int8_t *w,
					const int w4, const int32_t *q, void *y)
{
	const edgert_int pair = (w4 ? 4 : 8) * edgert_dsp_steps(p->k);

	for (edgert_int j = 0; j < p->n; j += 2, w += pair, q += 4) {
		const int two = p->n % 2 == 0 || j + 1 < p->n;
		const int32_t b0 = q[0], b1 = two ? q[2] : 0;
		int32_t s[4] = { edgert_dsp_first(b0, w4), 0, edgert_dsp_first(b1, w4), 0 };

		edgert_dsp_gemm_bytes(x, w, w4, p->k, s);
		edgert_dsp_result(o, y, j, size, edgert_dsp_sum(s[0], b0, w4), q);
		if (two)
			edgert_dsp_result(o, y, j + 1, size, edgert_dsp_sum(s[2], b1, w4), q + 2);
	}
}

EDGERT_INLINE void edgert_dsp_gemm_short(const struct edgert_gemm *p,
					 const struct edgert_dsp_out *o, const int size,
					 const int8_t *a, const int8_t *w, const int w4,
					 const int32_t *q, void *y)
{
	const edgert_int steps = edgert_dsp_steps(p->k);
	int16_t patch[EDGERT_DSP_TAPS * 2] EDGERT_ALIGNED(8);
	edgert_int i = 0;

	for (; i + 2 <= p->m; i += 2) {
		void *const to[2] = { edgert_dsp_at(y, i * p->y_row, size),
				      edgert_dsp_at(y, (i + 1) * p->y_row, size) };

		edgert_dsp_widen(patch, a + i * p->a_row, p->k);
		edgert_dsp_widen(patch + 4, a + (i + 1) * p->a_row, p->k);
		edgert_dsp_pixels(o, size, 2, p->n, steps, patch, w, w4, q, to);
	}
	if (i < p->m) {
		void *const to[2] = { edgert_dsp_at(y, i * p->y_row, size), NULL };

		edgert_dsp_widen(patch, a + i * p->a_row, p->k);
		edgert_dsp_pixels(o, size, 1, p->n, steps, patch, w, w4, q, to);
	}
}

/* Results have `size` bytes; of 4, they are the sums. */
EDGERT_INLINE void edgert_dsp_product(const struct edgert_gemm *p, const int size, const int8_t *a,
				      const int8_t *w, const int w4, const int32_t *q, void *y)
{
	const struct edgert_dsp_out o = { p->shift, p->y_zero, p->lo, p->hi };

	for (edgert_int b = 0; b < p->batch;
	     b++, a += p->a_batch, y = edgert_dsp_at(y, p->y_batch, size)) {
		if (p->k <= EDGERT_DSP_TAPS) {
			edgert_dsp_gemm_short(p, &o, size, a, w, w4, q, y);
			continue;
		}
		for (edgert_int i = 0; i < p->m; i++)
			edgert_dsp_gemm_long(p, &o, size, a + i * p->a_row, w, w4, q,
					     edgert_dsp_at(y, i * p->y_row, size));
	}
}

EDGERT_INLINE void edgert_dsp_gemm(const struct edgert_gemm *p, const int8_t *a, const int8_t *w,
				   const int32_t *q, int8_t *y, void *scratch)
{
	(void)scratch;
	edgert_dsp_product(p, 1, a, w, 0, q, y);
}

#endif
