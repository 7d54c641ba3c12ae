/* rows.h - products of rows of bytes with a vector of 16 bits (isa/recurrence_q.h), four rows at a time. */
#ifndef EDGERT_MVE_ROWS_H
#define EDGERT_MVE_ROWS_H

#include "dot16.h"

EDGERT_INLINE void edgert_mve_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	for (; rows > 0; rows -= 4, w += 4 * k, to += 4) {
		const int8_t *const each[4] = { w, w + (rows > 1 ? k : 0),
						w + (rows > 2 ? 2 * k : 0),
						w + (rows > 3 ? 3 * k : 0) };
		int32_t s[4] = { 0, 0, 0, 0 };

		edgert_mve_row16(x, each, k, s);
		to[0] = s[0];
		if (rows > 1)
			to[1] = s[1];
		if (rows > 2)
			to[2] = s[2];
		if (rows > 3)
			to[3] = s[3];
	}
}

#endif
