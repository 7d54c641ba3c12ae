/* rvv_pool.h - channels of a window side by side: their greatest elements, and their sums. */
#ifndef EDGERT_RVV_POOL_H
#define EDGERT_RVV_POOL_H

#include "pool8.h"
#include "rvv.h"

/* So many bytes add up in 16 bits. */
#define EDGERT_RVV_POOL_RUN 256

#if EDGERT_RVV

EDGERT_INLINE void edgert_rvv_pool_max(const struct edgert_pool8 *w, const int8_t *x,
				       edgert_int channels, int8_t *y)
{
	for (edgert_int c = 0; c < channels;) {
		const size_t n = __riscv_vsetvl_e8m8((size_t)(channels - c));
		vint8m8_t m = __riscv_vmv_v_x_i8m8(-128, n);

		for (edgert_int r = 0; r < w->rows; r++)
			for (edgert_int k = 0; k < w->cols; k++)
				m = __riscv_vmax_vv_i8m8(
					m, __riscv_vle8_v_i8m8(x + c + r * w->row + k * w->col, n),
					n);
		__riscv_vse8_v_i8m8(y + c, m, n);
		c += (edgert_int)n;
	}
}

/* The means of n channels: of the sums of all elements and `zeros`. */
EDGERT_INLINE void edgert_rvv_pool_mean(const struct edgert_rvv_out *o,
					const struct edgert_pool8 *w, const int8_t *x,
					edgert_int lanes, int32_t zeros, const int32_t *factor,
					int8_t *y)
{
	const struct edgert_rvv_numbers a = { NULL, factor, 0, 0 };
	const size_t n = (size_t)lanes;
	vint32m8_t s = __riscv_vmv_v_x_i32m8(zeros, n);

	for (edgert_int r = 0; r < w->rows; r++)
		for (edgert_int from = 0, to; from < w->cols; from = to) {
			vint16m4_t part = __riscv_vmv_v_x_i16m4(0, n);

			to = w->cols - from > EDGERT_RVV_POOL_RUN ? from + EDGERT_RVV_POOL_RUN
								  : w->cols;
			for (edgert_int k = from; k < to; k++)
				part = __riscv_vwadd_wv_i16m4(
					part, __riscv_vle8_v_i8m2(x + r * w->row + k * w->col, n),
					n);
			s = __riscv_vwadd_wv_i32m8(s, part, n);
		}
	edgert_rvv_store(o, &a, s, y, n);
}

#else

EDGERT_INLINE void edgert_rvv_pool_max(const struct edgert_pool8 *w, const int8_t *x,
				       edgert_int channels, int8_t *y)
{
	for (edgert_int c = 0; c < channels; c++) {
		y[c] = -128;
		for (edgert_int r = 0; r < w->rows; r++)
			for (edgert_int k = 0; k < w->cols; k++) {
				const int8_t v = x[r * w->row + k * w->col + c];

				y[c] = v > y[c] ? v : y[c];
			}
	}
}

EDGERT_INLINE void edgert_rvv_pool_mean(const struct edgert_rvv_out *o,
					const struct edgert_pool8 *w, const int8_t *x,
					edgert_int lanes, int32_t zeros, const int32_t *factor,
					int8_t *y)
{
	const struct edgert_rvv_numbers a = { NULL, factor, 0, 0 };

	for (edgert_int c = 0; c < lanes; c++) {
		int32_t s = zeros;

		for (edgert_int r = 0; r < w->rows; r++)
			for (edgert_int k = 0; k < w->cols; k++)
				s += x[r * w->row + k * w->col + c];
		edgert_rvv_store(o, &a, &s, y + c, 1);
	}
}
#endif

#endif
