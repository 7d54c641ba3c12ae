/* gemm_s16.c - product of activations in 16 bits with constant weights, by the sums of dot16.h. */
#include "../scalar/gemm.h"
#include "dot16.h"

EDGERT_KERNEL void edgert_gemm_s16__q128(const struct edgert_gemm *p, const int16_t *a,
					 const int8_t *w, const int32_t *q, int16_t *y,
					 void *scratch)
{
	const struct edgert_scalar_kind kind = EDGERT_Q128_KIND16(2);

	(void)scratch;
	edgert_scalar_gemm(p, edgert_q128_sums_s16, kind, a, w, q, y);
}
