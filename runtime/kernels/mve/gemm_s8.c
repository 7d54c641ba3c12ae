/* gemm_s8.c - product of activations in 8 bits with constant weights, packed as dot.h says.
 * scratch: as gemm.h says. */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8__mve(const struct edgert_gemm *p, const int8_t *a,
				       const int8_t *w, const int32_t *q, int8_t *y, void *scratch)
{
	edgert_mve_gemm(p, 0, a, w, 0, q, y, scratch);
}

EDGERT_KERNEL void edgert_gemm_s8w4__mve(const struct edgert_gemm *p, const int8_t *a,
					 const int8_t *w, const int32_t *q, int8_t *y,
					 void *scratch)
{
	edgert_mve_gemm(p, 0, a, w, 1, q, y, scratch);
}
