/* gemm_s8.c - product with constant weights w [n][k], up to two rows and two columns at a time
 * (dot.h), for machines without vectors. */
#include "dot.h"

EDGERT_KERNEL void edgert_gemm_s8__scalar(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int8_t *y,
					  void *scratch)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	struct edgert_scalar_dot d = { .rows = 1, .run = p->k };

	(void)scratch;
	for (edgert_int b = 0; b < p->batch; b++, a += p->a_batch, y += p->y_batch) {
		edgert_int i = 0;

		for (; EDGERT_SCALAR8_PIXELS == 2 && i + 2 <= p->m; i += 2) {
			d.x[0] = a + i * p->a_row;
			d.x[1] = d.x[0] + p->a_row;
			edgert_scalar_pixels(&o, &d, 2, p->n, w, q, y + i * p->y_row,
					     y + (i + 1) * p->y_row);
		}
		for (; i < p->m; i++) {
			d.x[0] = d.x[1] = a + i * p->a_row;
			edgert_scalar_pixels(&o, &d, 1, p->n, w, q, y + i * p->y_row, NULL);
		}
	}
}
