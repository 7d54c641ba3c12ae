/* gemm_s16.c - product of activations in 16 bits with constant weights w [n][k], for machines without
 * vectors. */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s16__scalar(const struct edgert_gemm *p, const int16_t *a,
					   const int8_t *w, const int32_t *q, int16_t *y,
					   void *scratch)
{
	(void)scratch;
	edgert_scalar_gemm(p, edgert_scalar_sums_s16, edgert_scalar_kind_of(1, 2), a, w, q, y);
}
