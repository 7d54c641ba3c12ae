/* gemm_f32.c - the reference product with constant weights w[w_batch..][n][k], four columns of the
 * result at a time. */
#include "dot.h"

EDGERT_KERNEL void edgert_gemm_f32__ref(const struct edgert_gemm *p, const float *a, const float *w,
					const float *bias, float *y, edgert_tail_f32 tail,
					const void *const *operands)
{
	edgert_int b, i, j, rest;
	int l;

	for (b = 0; b < p->batch; b++) {
		for (i = 0; i < p->m; i++) {
			const float *row = a + (b * p->a_batch + i * p->a_row),
				    *wj = w + b * p->w_batch;
			const edgert_int at = b * p->y_batch + i * p->y_row;

			for (j = 0; j + 4 <= p->n; j += 4, wj += 4 * p->k) {
				float sum[4];

				for (l = 0; l < 4; l++)
					sum[l] = edgert_ref_bias(bias, j + l);
				edgert_ref_dot4(sum, wj, p->k, row, p->k);
				for (l = 0; l < 4; l++)
					edgert_ref_store(y, at + j + l, j + l, sum[l], tail,
							 operands);
			}
			for (rest = p->n % 4; rest > 0; rest--, j++, wj += p->k)
				edgert_ref_store(
					y, at + j, j,
					edgert_ref_dot(edgert_ref_bias(bias, j), wj, row, p->k),
					tail, operands);
		}
	}
}
