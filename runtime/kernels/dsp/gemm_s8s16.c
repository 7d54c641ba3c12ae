/* gemm_s8s16.c - product of activations in 8 bits with constant weights, packed as dot.h says; results in 16
 * bits. */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8s16__dsp(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int16_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_dsp_product(p, 2, a, w, 0, q, y);
}
