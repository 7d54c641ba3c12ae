/* gemm_s8.c - product of activations in 8 bits with constant weights (gemm.h). */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8__rvv(const struct edgert_gemm *p, const int8_t *a,
				       const int8_t *w, const int32_t *q, int8_t *y, void *scratch)
{
	(void)scratch;
	edgert_rvv_gemm(p, 0, 0, a, w, 0, q, y);
}

EDGERT_KERNEL void edgert_gemm_s8w4__rvv(const struct edgert_gemm *p, const int8_t *a,
					 const int8_t *w, const int32_t *q, int8_t *y,
					 void *scratch)
{
	(void)scratch;
	edgert_rvv_gemm(p, 0, 0, a, w, 1, q, y);
}
