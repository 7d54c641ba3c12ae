/* rows.h - products of rows of bytes with a vector of 16 bits (isa/recurrence_q.h), two rows at a time. */
#ifndef EDGERT_REF_ROWS_H
#define EDGERT_REF_ROWS_H

#include "../params.h"

EDGERT_INLINE void edgert_ref_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	for (; rows > 0; rows -= 2, w += 2 * k, to += 2) {
		const int8_t *other = rows > 1 ? w + k : w;
		int32_t a = 0, b = 0;
		edgert_int i;

		for (i = 0; i < k; i++) {
			const int32_t v = x[i];

			a += EDGERT_W_S8(w + i) * v;
			b += EDGERT_W_S8(other + i) * v;
		}
		to[0] = a;
		if (rows > 1)
			to[1] = b;
	}
}

#endif
