/* gemm_s8.c - product of activations in 8 bits with constant weights w [n][k], for machines without
 * vectors. */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8__scalar(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int8_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_scalar_gemm(p, edgert_scalar_sums_s8, edgert_scalar_kind_of(0, 1), a, w, q, y);
}

EDGERT_KERNEL void edgert_gemm_s8w4__scalar(const struct edgert_gemm *p, const int8_t *a,
					    const int8_t *w, const int32_t *q, int8_t *y,
					    void *scratch)
{
	(void)scratch;
	edgert_scalar_gemm(p, edgert_scalar_sums_s8w4, edgert_scalar_kind_w4(), a, w, q, y);
}

EDGERT_KERNEL void edgert_gemm_s8s32__scalar(const struct edgert_gemm *p, const int8_t *a,
					     const int8_t *w, const int32_t *q, int32_t *y,
					     void *scratch)
{
	(void)scratch;
	edgert_scalar_gemm(p, edgert_scalar_sums_s8, edgert_scalar_kind_of(0, 4), a, w, q, y);
}
