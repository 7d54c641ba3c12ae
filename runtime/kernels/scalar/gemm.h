/* gemm.h - product with constant weights w [n][k], or as the sums want it packed, by the tiles of
 * dot.h. */
#ifndef EDGERT_SCALAR_GEMM_H
#define EDGERT_SCALAR_GEMM_H

#include "dot.h"

EDGERT_INLINE void edgert_scalar_gemm(const struct edgert_gemm *p, const edgert_scalar_sums sums,
				      const struct edgert_scalar_kind kind, const void *a,
				      const int8_t *w, const int32_t *q, void *y)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const struct edgert_scalar_dot d = { .rows = 1,
					     .units = 1,
					     .run = p->k,
					     .channels = p->n,
					     .taps = edgert_scalar_padded(kind, p->k),
					     .w = w,
					     .q = q,
					     .bias = q,
					     .bias_step = 2 };
	const edgert_int size = kind.wide ? 2 : 1, size_y = kind.size_y;

	for (edgert_int b = 0; b < p->batch; b++) {
		const char *from = (const char *)a + b * p->a_batch * size;
		char *to = (char *)y + b * p->y_batch * size_y;

		for (edgert_int i = 0, n; i < p->m; i += n) {
			const void *const x[2] = { from, from + p->a_row * size };
			void *const out[2] = { to, to + p->y_row * size_y };

			n = kind.pixels == 2 && i + 2 <= p->m ? 2 : 1;
			if (n == 2)
				edgert_scalar_pixels(&o, &d, sums, kind, 2, x, out);
			else
				edgert_scalar_pixels(&o, &d, sums, kind, 1, x, out);
			from += n * p->a_row * size;
			to += n * p->y_row * size_y;
		}
	}
}

#endif
