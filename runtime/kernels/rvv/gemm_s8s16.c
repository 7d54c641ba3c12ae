/* gemm_s8s16.c - product of activations in 8 bits with constant weights, results in 16 (gemm.h). */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8s16__rvv(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int16_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_rvv_gemm(p, 0, 1, a, w, 0, q, y);
}
