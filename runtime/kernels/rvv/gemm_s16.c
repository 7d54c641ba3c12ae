/* gemm_s16.c - product of activations in 16 bits with constant weights (gemm.h). */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s16__rvv(const struct edgert_gemm *p, const int16_t *a,
					const int8_t *w, const int32_t *q, int16_t *y,
					void *scratch)
{
	(void)scratch;
	edgert_rvv_gemm(p, 1, 1, a, w, 0, q, y);
}
