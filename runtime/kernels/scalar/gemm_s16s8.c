/* gemm_s16s8.c - product of activations in 16 bits with results in 8 with constant weights w [n][k], for machines without vectors. */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s16s8__scalar(const struct edgert_gemm *p, const int16_t *a,
					     const int8_t *w, const int32_t *q, int8_t *y,
					     void *scratch)
{
	(void)scratch;
	edgert_scalar_gemm(p, edgert_scalar_sums_s16, edgert_scalar_kind_of(1, 1), a, w, q, y);
}
