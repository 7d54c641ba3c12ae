/* rows.h - products of rows of bytes with a vector of 16 bits (isa/recurrence_q.h), four rows at a
 * time. Rows and x lie in runs of 8. */
#ifndef EDGERT_Q128_ROWS_H
#define EDGERT_Q128_ROWS_H

#include "../isa/q128_dot16.h"

EDGERT_INLINE void edgert_q128_rows(const int16_t *x, const int8_t *w, edgert_int k,
				    edgert_int rows, int32_t *to)
{
	const edgert_q128 none = { 0, 0, 0, 0 };
	const edgert_int size = (k + 7) / 8 * 8;

	for (; rows > 0; rows -= 4, w += 4 * size, to += 4) {
		const int8_t *const each[4] = { w, w + (rows > 1 ? size : 0),
						w + (rows > 2 ? 2 * size : 0),
						w + (rows > 3 ? 3 * size : 0) };
		edgert_q128 a[4] = { none, none, none, none };

		for (edgert_int i = 0; i < size; i += 8) {
			const edgert_q128_halves8 v = edgert_q128_take8(x + i);

			EDGERT_UNROLL_FEW
			for (int r = 0; r < 4; r++)
				a[r] = edgert_q128_dot8(a[r], v, edgert_q128_widen8(each[r] + i));
		}
		a[0] = edgert_q128_across(a);
		for (int r = 0; r < 4 && r < rows; r++)
			to[r] = a[0][r];
	}
}

#endif
