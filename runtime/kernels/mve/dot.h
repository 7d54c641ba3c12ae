/* dot.h - what the dense kernels in mve/ do with one pixel: four channels at a time.
 *
 *	w	[channels / 4][taps / 16][4][16], 0 beyond the last tap and channel
 *	q	[channel][2]
 *
 * Where w4 is 1 weights are 4 bits, of 16 bytes the lower halves those of a channel, the upper ones the
 * next one's.
 *
 * x has 16 bytes for each 16 taps and for what is left of them; those beyond are of no effect. */
#ifndef EDGERT_MVE_DOT_H
#define EDGERT_MVE_DOT_H

#include "../isa/mve.h"

EDGERT_INLINE void edgert_mve_pixel(const struct edgert_mve_out *o, edgert_int channels,
				    edgert_int steps, const int8_t *x, const int8_t *w,
				    const int w4, const int32_t *q, void *y)
{
	const edgert_int four = (w4 ? 32 : 64) * steps;

	for (; channels > 0; channels -= 4, w += four, q += 8, y = edgert_mve_at(o, y, 4)) {
		const edgert_int n = channels < 4 ? channels : 4;
		int32_t s[4];

		if (w4)
			edgert_mve_dot4_w4(x, w, steps, s);
		else
			edgert_mve_dot4(x, w, steps, s);
		if (n == 4 && EDGERT_MVE_VECTOR_RESULTS(o)) {
			edgert_mve_store4(o, s, q, y);
			continue;
		}
		for (edgert_int c = 0; c < n; c++)
			s[c] += q[2 * c];
		edgert_mve_store_each(o, s, q, y, n);
	}
}

#endif
