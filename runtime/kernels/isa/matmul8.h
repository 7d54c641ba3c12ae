/* matmul8.h - product of two activations in 8 bits (params.h, "gemm", matmul_s8) by a set's product with
 * constant weights: w is packed as that wants it, once for all rows of a. Of
 *
 *	sum (a - x_zero) * (w - w_zero)
 *		= sum a * w - x_zero * (sum w) + k * x_zero * w_zero - w_zero * (sum a)
 *
 * all but the last term make a column's bias. The last one is a row's: where w_zero is not 0 the biases
 * move from row to row.
 *
 * scratch: int32 [n][2], the biases and scales; w in panels of columns, [panel][k / run][many][run], 0 beyond
 * the last tap; what the set's product asks for. */
#ifndef EDGERT_MATMUL8_H
#define EDGERT_MATMUL8_H

#include "../params.h"
#include "int8.h"

/* The set's product, as gemm_s8. */
typedef void (*edgert_matmul8_rows)(const struct edgert_gemm *p, const int8_t *a, const int8_t *w,
				    const int32_t *q, int8_t *y, void *scratch);

/* How a set wants w: `many` columns a panel, half as many where fewer are left, down to `least`; `run`
 * elements of a column side by side, columns as multiples of `whole`. Biases and scales as pairs, or
 * apart: all biases first, with room for whole panels. */
struct edgert_matmul8_form {
	edgert_int many, least;
	int run, whole, apart;
};

EDGERT_INLINE edgert_int edgert_matmul8_up(edgert_int n, edgert_int to)
{
	return (n + to - 1) / to * to;
}

/* The column whose first element is w[0] to its places from `out` on, `step` from one run to the
 * next; returns its sum. */
EDGERT_INLINE int32_t edgert_matmul8_column(const struct edgert_gemm *p,
					    const struct edgert_matmul8_form f, edgert_int step,
					    const int8_t *w, int8_t *out)
{
	int32_t sum = 0;
	edgert_int k = 0;

	for (; k + f.run <= p->k; k += f.run, out += step) {
		EDGERT_UNROLL_FEW
		for (int r = 0; r < f.run; r++, w += p->w_row) {
			sum += *w;
			out[r] = *w;
		}
	}
	for (; k < edgert_matmul8_up(p->k, f.whole); k += f.run, out += step)
		for (int r = 0; r < f.run; r++) {
			out[r] = 0;
			if (k + r < p->k) {
				out[r] = w[r * p->w_row];
				sum += out[r];
			}
		}
	return sum;
}

EDGERT_INLINE void edgert_matmul8_pack(const struct edgert_gemm *p,
				       const struct edgert_matmul8_form f, const int8_t *w,
				       int32_t scale, int32_t *q, int8_t *packed)
{
	const edgert_int column = edgert_matmul8_up(p->k, f.whole);
	const edgert_int end = edgert_matmul8_up(p->n, f.least);
	const edgert_int step = f.apart ? 1 : 2, scales = f.apart ? end : 1;
	const int32_t constant = (int32_t)(p->k * p->x_zero * p->w_zero);
	edgert_int many = f.many;

	for (edgert_int j = 0; j < p->n; j += many, packed += many * column) {
		while (end - j < many)
			many /= 2;
		for (edgert_int c = 0; c < many && j + c < p->n; c++) {
			int32_t *const to = q + (j + c) * step;
			const int32_t sum = edgert_matmul8_column(
				p, f, many * f.run, w + (j + c) * p->w_col, packed + c * f.run);

			to[0] = constant - (int32_t)p->x_zero * sum;
			to[scales] = scale;
		}
	}
	for (edgert_int j = p->n; f.apart && j < end; j++)
		q[j] = q[end + j] = 0;
}

/* -w_zero * (sum of a row) joins the biases, `last` leaves them; returns it. */
EDGERT_INLINE int32_t edgert_matmul8_row(const struct edgert_gemm *p, const int8_t *a, int32_t last,
					 int32_t *q)
{
	int32_t sum = 0, term;

	for (edgert_int k = 0; k < p->k; k++)
		sum += a[k];
	term = -(int32_t)p->w_zero * sum;
	for (edgert_int j = 0; j < p->n; j++)
		q[2 * j] += term - last;
	return term;
}

/* Of a set whose biases and scales are pairs. */
EDGERT_INLINE void edgert_matmul8(const struct edgert_gemm *p, const edgert_int many, const int run,
				  const edgert_matmul8_rows rows, const int8_t *a, const int8_t *w,
				  const int32_t *scale, int8_t *y, void *scratch)
{
	const struct edgert_matmul8_form f = { many, many, run, run, 0 };
	int32_t *const q = scratch;
	int8_t *const packed = (int8_t *)(q + 2 * p->n);
	void *const rest = packed + edgert_matmul8_up(p->n, many) * edgert_matmul8_up(p->k, run);
	struct edgert_gemm one = *p;

	one.batch = 1;
	one.m = p->w_zero == 0 ? p->m : 1;
	for (edgert_int b = 0; b < p->batch; b++) {
		const int8_t *x = a + b * p->a_batch;
		int8_t *to = y + b * p->y_batch;
		int32_t last = 0;

		edgert_matmul8_pack(p, f, w + b * p->w_batch, *scale, q, packed);
		for (edgert_int i = 0; i < p->m; i += one.m, x += p->a_row, to += p->y_row) {
			if (p->w_zero != 0)
				last = edgert_matmul8_row(p, x, last, q);
			rows(&one, x, packed, q, to, rest);
		}
	}
}

#endif
