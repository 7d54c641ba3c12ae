/* gemm_s8.c - product of activations in 8 bits with constant weights, packed as dot.h says. */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8__dsp(const struct edgert_gemm *p, const int8_t *a,
				       const int8_t *w, const int32_t *q, int8_t *y, void *scratch)
{
	edgert_dsp_gemm(p, a, w, q, y, scratch);
}

EDGERT_KERNEL void edgert_gemm_s8w4__dsp(const struct edgert_gemm *p, const int8_t *a,
					 const int8_t *w, const int32_t *q, int8_t *y,
					 void *scratch)
{
	(void)scratch;
	edgert_dsp_product(p, 1, a, w, 1, q, y);
}

EDGERT_KERNEL void edgert_gemm_s8s32__dsp(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int32_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_dsp_product(p, 4, a, w, 0, q, y);
}
