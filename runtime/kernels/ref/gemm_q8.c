/* gemm_q8.c - the reference product of 8-bit integers with constant weights w [n][k], four columns
 * of the result at a time. */
#include "q8.h"

EDGERT_INLINE void edgert_ref_gemm_q8(const struct edgert_gemm *p, const void *a, const int8_t *w,
				      const int32_t *q, void *y, const int form)
{
	edgert_int b, i, j;
	int l;

	for (b = 0; b < p->batch; b++) {
		for (i = 0; i < p->m; i++) {
			const edgert_int row = b * p->a_batch + i * p->a_row;
			const edgert_int at = b * p->y_batch + i * p->y_row;
			const int8_t *wj = w + b * p->w_batch;

			for (j = 0; j < p->n;) {
				const int lanes = j + 4 <= p->n ? 4 : 1;
				int32_t sum[4] = { 0, 0, 0, 0 };

				for (l = 0; l < lanes; l++)
					sum[l] = EDGERT_W_S32(q + 2 * (j + l));
				if (lanes == 4)
					edgert_ref_dot_q8(sum, 4, wj, p->k, a, row, p->k, form);
				else
					edgert_ref_dot_q8(sum, 1, wj, p->k, a, row, p->k, form);
				for (l = 0; l < lanes; l++)
					edgert_ref_store_q8(y, at + j + l, form, sum[l], q, j + l,
							    p->shift, p->y_zero, p->lo, p->hi);
				wj += lanes * p->k;
				j += lanes;
			}
		}
	}
}

EDGERT_KERNEL void edgert_gemm_s8__ref(const struct edgert_gemm *p, const int8_t *a,
				       const int8_t *w, const int32_t *q, int8_t *y, void *scratch)
{
	(void)scratch;
	edgert_ref_gemm_q8(p, a, w, q, y, 0);
}

EDGERT_KERNEL void edgert_gemm_u8__ref(const struct edgert_gemm *p, const uint8_t *a,
				       const int8_t *w, const int32_t *q, uint8_t *y, void *scratch)
{
	(void)scratch;
	edgert_ref_gemm_q8(p, a, w, q, y, EDGERT_REF_Q8_UNSIGNED);
}

EDGERT_KERNEL void edgert_gemm_s8s32__ref(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int32_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_ref_gemm_q8(p, a, w, q, y, EDGERT_REF_Q8_SUMS);
}

EDGERT_KERNEL void edgert_gemm_u8s32__ref(const struct edgert_gemm *p, const uint8_t *a,
					  const int8_t *w, const int32_t *q, int32_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_ref_gemm_q8(p, a, w, q, y, EDGERT_REF_Q8_SUMS | EDGERT_REF_Q8_UNSIGNED);
}
