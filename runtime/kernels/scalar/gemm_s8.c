/* gemm_s8.c - product with constant weights w [n][k], by tiles of up to two rows and four columns
 * (dot.h), for machines without vectors. */
#include "dot.h"

EDGERT_KERNEL void edgert_gemm_s8__scalar(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int8_t *y,
					  void *scratch)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const struct edgert_scalar_dot d = { .rows = 1,
					     .units = 1,
					     .run = p->k,
					     .channels = p->n,
					     .taps = p->k,
					     .w = w,
					     .q = q,
					     .bias = q,
					     .bias_step = 2 };

	(void)scratch;
	for (edgert_int b = 0; b < p->batch; b++, a += p->a_batch, y += p->y_batch) {
		edgert_int i = 0;

		for (; EDGERT_SCALAR8_PIXELS == 2 && i + 2 <= p->m; i += 2) {
			const int8_t *const x[2] = { a + i * p->a_row, a + (i + 1) * p->a_row };
			int8_t *const to[2] = { y + i * p->y_row, y + (i + 1) * p->y_row };

			edgert_scalar_pixels(&o, &d, 2, x, to);
		}
		for (; i < p->m; i++) {
			const int8_t *const x = a + i * p->a_row;
			int8_t *const to = y + i * p->y_row;

			edgert_scalar_pixels(&o, &d, 1, &x, &to);
		}
	}
}
