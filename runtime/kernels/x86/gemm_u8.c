/* gemm_u8.c - a matrix product with constant weights, by register tiles (see isa/qtile.h, which
 * says how they are packed). a_col is 1. Results are bytes, or the sums.
 *
 * scratch: where taps are wider than bytes, [block][k] of them */
#include "../isa/qtile.h"

EDGERT_INLINE void edgert_gemm_u8_any(const struct edgert_gemm *p, const uint8_t *a,
				      const int8_t *w, const int32_t *q, uint8_t *y, int32_t *sums,
				      edgert_vq_tap *scratch)
{
	const struct edgert_qsink s = {
		.y = y,
		.sums = sums,
		.pixel = p->y_row,
		.channels = p->n,
		.out = edgert_vq_out(p->y_zero, p->lo, p->hi, p->fits),
	};
	const struct edgert_qmatrix rows = {
		.x = a, .m = p->m, .k = p->k, .xs = p->a_row, .strips = 1
	};

	edgert_qtile_matrix(p->mr, p->nv, p->block, &rows, &s, w, q, scratch);
}

EDGERT_KERNEL void edgert_gemm_u8__x86(const struct edgert_gemm *p, const uint8_t *a,
				       const int8_t *w, const int32_t *q, uint8_t *y, void *scratch)
{
	edgert_gemm_u8_any(p, a, w, q, y, NULL, (edgert_vq_tap *)scratch);
}

EDGERT_KERNEL void edgert_gemm_u8s32__x86(const struct edgert_gemm *p, const uint8_t *a,
					  const int8_t *w, const int32_t *q, int32_t *y,
					  void *scratch)
{
	edgert_gemm_u8_any(p, a, w, q, NULL, y, (edgert_vq_tap *)scratch);
}
