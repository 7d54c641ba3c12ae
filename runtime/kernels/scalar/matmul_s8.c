/* matmul_s8.c - product of two activations in 8 bits (isa/matmul8.h), for machines without vectors. */
#include "../isa/matmul8.h"
#include "gemm.h"

EDGERT_INLINE void edgert_matmul_s8_scalar_rows(const struct edgert_gemm *p, const int8_t *a,
						const int8_t *w, const int32_t *q, int8_t *y,
						void *scratch)
{
	(void)scratch;
	edgert_scalar_gemm(p, edgert_scalar_sums_s8, edgert_scalar_kind_of(0, 1), a, w, q, y);
}

EDGERT_KERNEL void edgert_matmul_s8__scalar(const struct edgert_gemm *p, const int8_t *a,
					    const int8_t *w, const int32_t *scale, int8_t *y,
					    void *scratch)
{
	edgert_matmul8(p, 1, 1, edgert_matmul_s8_scalar_rows, a, w, scale, y, scratch);
}
