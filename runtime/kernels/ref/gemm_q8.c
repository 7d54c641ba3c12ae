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
			edgert_int wj = b * p->w_batch;

			for (j = 0; j < p->n;) {
				const int lanes = j + 4 <= p->n ? 4 : 1;
				int32_t sum[4] = { 0, 0, 0, 0 };

				for (l = 0; l < lanes; l++)
					sum[l] = EDGERT_W_S32(q + 2 * (j + l));
				if (lanes == 4)
					edgert_ref_dot_q8(sum, 4, w, wj, p->k, a, row, p->k, form);
				else
					edgert_ref_dot_q8(sum, 1, w, wj, p->k, a, row, p->k, form);
				for (l = 0; l < lanes; l++)
					edgert_ref_store_q8(y, at + j + l, form, sum[l], q, j + l,
							    p->shift, p->y_zero, p->lo, p->hi);
				wj += lanes * p->k;
				j += lanes;
			}
		}
	}
}

/* edgert_gemm_NAME__ref */
#define EDGERT_REF_GEMM_Q8(NAME, X, Y, FORM)                                                       \
	EDGERT_KERNEL void edgert_gemm_##NAME##__ref(const struct edgert_gemm *p, const X *a,      \
						     const int8_t *w, const int32_t *q, Y *y,      \
						     void *scratch)                                \
	{                                                                                          \
		(void)scratch;                                                                     \
		edgert_ref_gemm_q8(p, a, w, q, y, FORM);                                           \
	}

EDGERT_REF_GEMM_Q8(s8, int8_t, int8_t, 0)
EDGERT_REF_GEMM_Q8(u8, uint8_t, uint8_t, EDGERT_REF_Q8_UNSIGNED)
EDGERT_REF_GEMM_Q8(s8s32, int8_t, int32_t, EDGERT_REF_Q8_SUMS)
EDGERT_REF_GEMM_Q8(u8s32, uint8_t, int32_t, EDGERT_REF_Q8_SUMS | EDGERT_REF_Q8_UNSIGNED)
EDGERT_REF_GEMM_Q8(s8w4, int8_t, int8_t, EDGERT_REF_Q8_NIBBLES)
EDGERT_REF_GEMM_Q8(u8w4, uint8_t, uint8_t, EDGERT_REF_Q8_NIBBLES | EDGERT_REF_Q8_UNSIGNED)
EDGERT_REF_GEMM_Q8(s8s32w4, int8_t, int32_t, EDGERT_REF_Q8_NIBBLES | EDGERT_REF_Q8_SUMS)
EDGERT_REF_GEMM_Q8(u8s32w4, uint8_t, int32_t,
		   EDGERT_REF_Q8_NIBBLES | EDGERT_REF_Q8_SUMS | EDGERT_REF_Q8_UNSIGNED)
