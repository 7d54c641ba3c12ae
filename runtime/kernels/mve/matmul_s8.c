/* matmul_s8.c - product of two activations in 8 bits (isa/matmul8.h). */
#include "../isa/matmul8.h"
#include "gemm.h"

EDGERT_INLINE void edgert_matmul_s8_mve_rows(const struct edgert_gemm *p, const int8_t *a,
					     const int8_t *w, const int32_t *q, int8_t *y,
					     void *scratch)
{
	edgert_mve_gemm(p, 0, a, w, 0, q, y, scratch);
}

EDGERT_KERNEL void edgert_matmul_s8__mve(const struct edgert_gemm *p, const int8_t *a,
					 const int8_t *w, const int32_t *scale, int8_t *y,
					 void *scratch)
{
	edgert_matmul8(p, 4, 16, edgert_matmul_s8_mve_rows, a, w, scale, y, scratch);
}
