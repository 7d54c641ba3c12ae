/* rows.h - products of rows of bytes with a vector of 16 bits (isa/recurrence_q.h): lanes are
 * taps, two rows at a time. */
#ifndef EDGERT_RVV_ROWS_H
#define EDGERT_RVV_ROWS_H

#include "../isa/rvv.h"

#if EDGERT_RVV

EDGERT_INLINE int32_t edgert_rvv_across(vint32m8_t s, size_t n)
{
	const vint32m1_t none = __riscv_vmv_s_x_i32m1(0, 1);

	return __riscv_vmv_x_s_i32m1_i32(__riscv_vredsum_vs_i32m8_i32m1(s, none, n));
}

EDGERT_INLINE void edgert_rvv_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	const size_t all = __riscv_vsetvl_e8m2((size_t)k);

	for (; rows > 0; rows -= 2, w += 2 * k, to += 2) {
		const int8_t *next = rows > 1 ? w + k : w;
		vint32m8_t s = __riscv_vmv_v_x_i32m8(0, all), t = s;

		/* lanes of a last, shorter step keep what they have beyond its end */
		for (size_t i = 0, n; i < (size_t)k; i += n) {
			vint16m4_t v;

			n = __riscv_vsetvl_e8m2((size_t)k - i);
			v = __riscv_vle16_v_i16m4(x + i, n);
			s = __riscv_vwmacc_vv_i32m8_tu(s, v, edgert_rvv_widen(w + i, n), n);
			t = __riscv_vwmacc_vv_i32m8_tu(t, v, edgert_rvv_widen(next + i, n), n);
		}
		to[0] = edgert_rvv_across(s, all);
		if (rows > 1)
			to[1] = edgert_rvv_across(t, all);
	}
}

#else

EDGERT_INLINE void edgert_rvv_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	for (edgert_int j = 0; j < rows; j++, w += k) {
		to[j] = 0;
		for (edgert_int i = 0; i < k; i++)
			to[j] += x[i] * w[i];
	}
}
#endif

#endif
