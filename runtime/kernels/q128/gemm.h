/* gemm.h - matrix products by register tiles (tile.h). Rows of a are read in place where they are whole
 * steps, or else from copies, p->block at a time. a_col is 1.
 *
 * scratch: block * (k, rounded up to a multiple of 16) bytes, unless rows are read in place. */
#ifndef EDGERT_Q128_GEMM_H
#define EDGERT_Q128_GEMM_H

#include "tile.h"

/* Results have so many bytes; 4: they are the sums themselves. terms: as tile.h has them. */
EDGERT_INLINE void edgert_q128_gemm(const struct edgert_gemm *p, const int8_t *a, const int8_t *w,
				    const int32_t *q, const int32_t *terms, void *y, const int form,
				    const int bytes, int8_t *scratch)
{
	const int in_place = p->k % EDGERT_Q128_STEP == 0;
	const edgert_int steps = (p->k + EDGERT_Q128_STEP - 1) / EDGERT_Q128_STEP;
	const edgert_int size = steps * EDGERT_Q128_STEP;
	const edgert_int rows = p->block < p->m ? p->block : p->m;
	const struct edgert_q128_sink s = {
		.y = y,
		.raw = bytes == 4,
		.form = form,
		.terms = terms,
		.across = p->m,
		.down = 1,
		.pixel = p->y_row,
		.row = p->y_batch,
		.image = p->y_batch,
		.channels = p->n,
		.out = { p->shift, p->y_zero, p->lo, p->hi, bytes == 2 },
	};

	for (edgert_int b = 0; b < p->batch; b++, a += p->a_batch)
		for (edgert_int i = 0; i < p->m; i += rows) {
			const edgert_int at = i + rows <= p->m ? i : p->m - rows;
			const int8_t *x = a + at * p->a_row;

			for (edgert_int r = 0; !in_place && r < rows; r++) {
				edgert_int8_copy(scratch + r * size, x + r * p->a_row, p->k);
				edgert_int8_fill(scratch + r * size + p->k, 0, size - p->k);
			}
			edgert_q128_product((int)p->mr, (int)p->nv, steps, in_place ? x : scratch,
					    in_place ? p->a_row : size, rows, w, q, &s,
					    b * p->m + at);
		}
}

#endif
