/* matmul_s8.c - product of two activations in 8 bits (isa/matmul8.h). */
#include "../isa/matmul8.h"
#include "gemm.h"

EDGERT_KERNEL void edgert_matmul_s8__mve(const struct edgert_gemm *p, const int8_t *a,
					 const int8_t *w, const int32_t *scale, int8_t *y,
					 void *scratch)
{
	edgert_matmul8(p, 4, 16, edgert_mve_gemm, a, w, scale, y, scratch);
}
