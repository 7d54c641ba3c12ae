/* matmul_s8.c - product of two activations in 8 bits (isa/matmul8.h). */
#include "../isa/matmul8.h"
#include "gemm.h"

EDGERT_INLINE void edgert_matmul_s8_rvv_rows(const struct edgert_gemm *p, const int8_t *a,
					     const int8_t *w, const int32_t *q, int8_t *y,
					     void *scratch)
{
	(void)scratch;
	edgert_rvv_gemm(p, 0, 0, a, w, 0, q, y);
}

EDGERT_KERNEL void edgert_matmul_s8__rvv(const struct edgert_gemm *p, const int8_t *a,
					 const int8_t *w, const int32_t *scale, int8_t *y,
					 void *scratch)
{
	edgert_matmul8(p, p->n > 0 ? p->n : 1, 1, edgert_matmul_s8_rvv_rows, a, w, scale, y,
		       scratch);
}
