/* gemm.h - product with constant weights w [k][n] by the tiles of isa/rvv.h; of 4 bits
 * [k / 2][n], the first of two taps in the lower half. */
#ifndef EDGERT_RVV_GEMM_H
#define EDGERT_RVV_GEMM_H

#include "../isa/rvv.h"

/* `rows` rows of a, from a on, to y on. */
EDGERT_INLINE void edgert_rvv_rows(const struct edgert_gemm *p, const struct edgert_rvv_out *o,
				   const int rows, const struct edgert_rvv_numbers *numbers,
				   const char *a, const int8_t *w, edgert_int lanes, char *y)
{
	const edgert_int size = o->wide ? 2 : 1, size_y = o->wide_y ? 2 : 1;
	const struct edgert_rvv_taps t = { .rows = 1, .units = 1, .run = p->k, .w_tap = p->n };
	const void *const x[3] = { a, a + p->a_row * size, a + 2 * p->a_row * size };
	void *const to[3] = { y, y + p->y_row * size_y, y + 2 * p->y_row * size_y };

	edgert_rvv_dense(o, rows, &t, numbers, x, w, lanes, to);
}

EDGERT_INLINE void edgert_rvv_gemm(const struct edgert_gemm *p, const int wide, const int wide_y,
				   const void *a, const int8_t *w, const int w4, const int32_t *q,
				   void *y)
{
	const struct edgert_rvv_out o = { p->shift, p->y_zero, p->lo, p->hi, wide, wide_y, w4 };
	const edgert_int size = wide ? 2 : 1, size_y = wide_y ? 2 : 1;

	for (edgert_int b = 0; b < p->batch; b++)
		for (edgert_int j = 0, lanes; j < p->n; j += lanes) {
			const struct edgert_rvv_numbers numbers = { q + 2 * j, q + 2 * j + 1, 2,
								    2 };
			const char *from = (const char *)a + b * p->a_batch * size;
			char *to = (char *)y + (b * p->y_batch + j) * size_y;
			edgert_int left = p->m;

			lanes = edgert_rvv_lanes(p->n - j);
			for (; left >= 3; left -= 3) {
				edgert_rvv_rows(p, &o, 3, &numbers, from, w + j, lanes, to);
				from += 3 * p->a_row * size;
				to += 3 * p->y_row * size_y;
			}
			if (left == 2)
				edgert_rvv_rows(p, &o, 2, &numbers, from, w + j, lanes, to);
			else if (left == 1)
				edgert_rvv_rows(p, &o, 1, &numbers, from, w + j, lanes, to);
		}
}

#endif
