/* matmul_s8.c - product of two activations in 8 bits (isa/matmul8.h). What w_zero is of is added to the
 * sums of each row.
 *
 * scratch: int32 [2][n, rounded up to 4] biases and scales, [m] sums of rows; w packed, n rounded up to
 * 4 and k to 16; what gemm.h asks for. */
#include "gemm.h"

#include "../isa/matmul8.h"

EDGERT_KERNEL void edgert_matmul_s8__q128(const struct edgert_gemm *p, const int8_t *a,
					  const int8_t *w, const int32_t *scale, int8_t *y,
					  void *scratch)
{
	const struct edgert_matmul8_form f = { 4 * p->nv, 4, EDGERT_Q128_TAPS, EDGERT_Q128_STEP,
					       1 };
	const edgert_int end = edgert_matmul8_up(p->n, 4);
	int32_t *const q = scratch;
	int32_t *const terms = q + 2 * end;
	int8_t *const packed = (int8_t *)(terms + p->m);
	int8_t *const rest = packed + end * edgert_matmul8_up(p->k, EDGERT_Q128_STEP);
	struct edgert_gemm one = *p;

	one.batch = 1;
	for (edgert_int b = 0; b < p->batch; b++) {
		const int8_t *x = a + b * p->a_batch;

		edgert_matmul8_pack(p, f, w + b * p->w_batch, *scale, q, packed);
		for (edgert_int i = 0; p->w_zero != 0 && i < p->m; i++)
			terms[i] =
				-(int32_t)p->w_zero * edgert_q128_sum_bytes(x + i * p->a_row, p->k);
		edgert_q128_gemm(&one, x, packed, q, p->w_zero != 0 ? terms : NULL,
				 y + b * p->y_batch, EDGERT_Q128_ALL, 1, rest);
	}
}
