/* gemm.h - products of rows of bytes with packed columns, four columns at a time (dot.h); wide:
 * results have 16 bits. A row of a is read in place where it is whole vectors, or else from a copy.
 *
 * scratch: k bytes, rounded up to a multiple of 16, when that is above EDGERT_MVE_LOCAL and a is not
 * read in place. */
#ifndef EDGERT_MVE_GEMM_H
#define EDGERT_MVE_GEMM_H

#include "dot.h"

EDGERT_INLINE void edgert_mve_gemm(const struct edgert_gemm *p, const int wide, const int8_t *a,
				   const int8_t *w, const int w4, const int32_t *q, void *y,
				   void *scratch)
{
	const struct edgert_mve_out o = { p->shift, p->y_zero, p->lo, p->hi, wide };
	const edgert_int steps = (p->k + 15) / 16;

	int8_t local[EDGERT_MVE_LOCAL] EDGERT_ALIGNED(8);
	int8_t *copy = steps * 16 > EDGERT_MVE_LOCAL ? scratch : local;

	if (p->k % 16 != 0)
		edgert_int8_fill(copy + p->k, 0, steps * 16 - p->k);
	for (edgert_int b = 0; b < p->batch; b++)
		for (edgert_int i = 0; i < p->m; i++) {
			const int8_t *x = a + b * p->a_batch + i * p->a_row;

			if (p->k % 16 != 0) {
				edgert_int8_copy(copy, x, p->k);
				x = copy;
			}
			edgert_mve_pixel(&o, p->n, steps, x, w, w4, q,
					 edgert_mve_at(&o, y, b * p->y_batch + i * p->y_row));
		}
}

#endif
