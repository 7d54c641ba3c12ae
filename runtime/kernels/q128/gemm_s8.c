/* gemm_s8.c - a matrix product with constant weights (gemm.h). */
#include "gemm.h"

EDGERT_KERNEL void edgert_gemm_s8__q128(const struct edgert_gemm *p, const int8_t *a,
					const int8_t *w, const int32_t *q, int8_t *y, void *scratch)
{
	edgert_q128_gemm(p, a, w, q, NULL, y, EDGERT_Q128_BYTES, 1, scratch);
}

EDGERT_KERNEL void edgert_gemm_s8s32__q128(const struct edgert_gemm *p, const int8_t *a,
					   const int8_t *w, const int32_t *q, int32_t *y,
					   void *scratch)
{
	edgert_q128_gemm(p, a, w, q, NULL, y, EDGERT_Q128_BYTES, 4, scratch);
}

EDGERT_KERNEL void edgert_gemm_s8s16__q128(const struct edgert_gemm *p, const int8_t *a,
					   const int8_t *w, const int32_t *q, int16_t *y,
					   void *scratch)
{
	edgert_q128_gemm(p, a, w, q, NULL, y, EDGERT_Q128_BYTES, 2, scratch);
}

EDGERT_KERNEL void edgert_gemm_s8w4__q128(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *q, int8_t *y,
					  void *scratch)
{
	edgert_q128_gemm(p, a, w, q, NULL, y, EDGERT_Q128_NIBBLES, 1, scratch);
}
