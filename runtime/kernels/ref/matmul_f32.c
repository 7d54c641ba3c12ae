/* matmul_f32.c - the reference product of two activations, any strides, four columns of the result
 * at a time. */
#include "dot.h"

/* sum[l] += a[k] w[k][l] for lanes columns; lanes is 4 or 1. */
EDGERT_INLINE void edgert_ref_matmul_sums(const struct edgert_gemm *p, const int lanes,
					  const float *a, const float *w, float *sum)
{
	const edgert_int col = p->w_col;
	const int four = lanes == 4;
	float s0 = sum[0], s1 = four ? sum[1] : 0.0f, s2 = four ? sum[2] : 0.0f,
	      s3 = four ? sum[3] : 0.0f;
	edgert_int k;

	for (k = 0; k < p->k; k++) {
		const float v = a[k * p->a_col], *wk = w + k * p->w_row;

		s0 += v * wk[0];
		if (four) {
			s1 += v * wk[col];
			s2 += v * wk[2 * col];
			s3 += v * wk[3 * col];
		}
	}
	sum[0] = s0;
	if (four) {
		sum[1] = s1;
		sum[2] = s2;
		sum[3] = s3;
	}
}

EDGERT_KERNEL void edgert_matmul_f32__ref(const struct edgert_gemm *p, const float *a,
					  const float *w, const float *bias, float *y,
					  edgert_tail_f32 tail, const void *const *operands)
{
	edgert_int b, i, j;
	int l;

	for (b = 0; b < p->batch; b++) {
		for (i = 0; i < p->m; i++) {
			const float *row = a + (b * p->a_batch + i * p->a_row),
				    *wb = w + b * p->w_batch;
			const edgert_int at = b * p->y_batch + i * p->y_row;

			for (j = 0; j + 4 <= p->n; j += 4) {
				float sum[4];

				for (l = 0; l < 4; l++)
					sum[l] = edgert_ref_bias(bias, j + l);
				edgert_ref_matmul_sums(p, 4, row, wb + j * p->w_col, sum);
				for (l = 0; l < 4; l++)
					edgert_ref_store(y, at + j + l, j + l, sum[l], tail,
							 operands);
			}
			for (; j < p->n; j++) {
				float sum = edgert_ref_bias(bias, j);

				edgert_ref_matmul_sums(p, 1, row, wb + j * p->w_col, &sum);
				edgert_ref_store(y, at + j, j, sum, tail, operands);
			}
		}
	}
}
