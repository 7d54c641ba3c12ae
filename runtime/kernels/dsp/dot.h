/* dot.h - the tile behind the dense kernels: two pixels times two channels.
 *
 * Bytes of two pixels are widened once, side by side, in the order that SXTB16 makes, and then
 * multiplied with all channels, whose weights are widened on the way. Four taps of all four sums
 * take 16 instructions:
 *
 *	patch	[k / 4][2 pixels][x0, x2, x1, x3]	int16
 *	w	[channels / 2][k / 4][2 channels][4]	int8, 0 beyond the last tap and channel
 *	q	[channel][2]
 *
 * Where w4 is 1 weights are 4 bits: a byte has a tap of the first channel below that of the second one.
 *
 * What lies in the patch beyond the last tap is of no effect, but must have been written. */
#ifndef EDGERT_DSP_DOT_H
#define EDGERT_DSP_DOT_H

#include "../isa/dsp.h"

/* A patch of so many taps lies on the stack, a longer one in scratch. */
#define EDGERT_DSP_TAPS 160

EDGERT_INLINE edgert_int edgert_dsp_steps(edgert_int taps)
{
	return (taps + 3) / 4;
}

/* The n bytes at x into one pixel's places from `out` on; returns the place after them. */
EDGERT_INLINE int16_t *edgert_dsp_widen(int16_t *out, const int8_t *x, edgert_int n)
{
	for (; n >= 4; n -= 4, x += 4, out += 8) {
		const uint32_t v = edgert_dsp_load(x);

		edgert_dsp_store(out, edgert_dsp_even(v));
		edgert_dsp_store(out + 2, edgert_dsp_odd(v));
	}
	if (n > 0) {
		out[0] = x[0];
		out[1] = n > 2 ? x[2] : 0;
		out[2] = n > 1 ? x[1] : 0;
		out[3] = 0;
		out += 8;
	}
	return out;
}

EDGERT_INLINE void edgert_dsp_step2_of(const int16_t **x, const int8_t **w, const int w4,
				       int32_t *s)
{
	if (w4)
		edgert_dsp_step2_w4(x, w, s);
	else
		edgert_dsp_step2(x, w, s);
}

EDGERT_INLINE void edgert_dsp_step1_of(const int16_t **x, const int8_t **w, const int w4,
				       int32_t *s)
{
	if (w4)
		edgert_dsp_step1_w4(x, w, s);
	else
		edgert_dsp_step1(x, w, s);
}

/* Two channels: s[0] and s[1] are the first one's sums for pixel 0 and 1. */
EDGERT_INLINE void edgert_dsp_dot2(const int16_t *x, const int8_t *w, edgert_int steps,
				   const int w4, int32_t *s)
{
	for (; steps >= 4; steps -= 4) {
		edgert_dsp_step2_of(&x, &w, w4, s);
		edgert_dsp_step2_of(&x, &w, w4, s);
		edgert_dsp_step2_of(&x, &w, w4, s);
		edgert_dsp_step2_of(&x, &w, w4, s);
	}
	if (steps & 2) {
		edgert_dsp_step2_of(&x, &w, w4, s);
		edgert_dsp_step2_of(&x, &w, w4, s);
	}
	if (steps & 1)
		edgert_dsp_step2_of(&x, &w, w4, s);
}

EDGERT_INLINE void edgert_dsp_dot1(const int16_t *x, const int8_t *w, edgert_int steps,
				   const int w4, int32_t *s)
{
	for (; steps >= 4; steps -= 4) {
		edgert_dsp_step1_of(&x, &w, w4, s);
		edgert_dsp_step1_of(&x, &w, w4, s);
		edgert_dsp_step1_of(&x, &w, w4, s);
		edgert_dsp_step1_of(&x, &w, w4, s);
	}
	if (steps & 2) {
		edgert_dsp_step1_of(&x, &w, w4, s);
		edgert_dsp_step1_of(&x, &w, w4, s);
	}
	if (steps & 1)
		edgert_dsp_step1_of(&x, &w, w4, s);
}

/* All channels of the patch's `pixels` pixels; y[0] and y[1] are where they go, `size` bytes each. */
EDGERT_INLINE void edgert_dsp_pixels(const struct edgert_dsp_out *o, const int size,
				     const int pixels, edgert_int channels, edgert_int steps,
				     const int16_t *patch, const int8_t *w, const int w4,
				     const int32_t *q, void *const *y)
{
	const edgert_int pair = (w4 ? 4 : 8) * steps;

	for (edgert_int c = 0; c < channels; c += 2, w += pair, q += 4) {
		const int two = channels % 2 == 0 || c + 1 < channels;
		const int32_t b0 = q[0], b1 = two ? q[2] : 0;
		int32_t s[4];

		s[0] = s[1] = edgert_dsp_first(b0, w4);
		s[2] = s[3] = edgert_dsp_first(b1, w4);
		if (pixels == 2)
			edgert_dsp_dot2(patch, w, steps, w4, s);
		else
			edgert_dsp_dot1(patch, w, steps, w4, s);
		edgert_dsp_result(o, y[0], c, size, edgert_dsp_sum(s[0], b0, w4), q);
		if (pixels == 2)
			edgert_dsp_result(o, y[1], c, size, edgert_dsp_sum(s[1], b0, w4), q);
		if (two) {
			edgert_dsp_result(o, y[0], c + 1, size, edgert_dsp_sum(s[2], b1, w4),
					  q + 2);
			if (pixels == 2)
				edgert_dsp_result(o, y[1], c + 1, size,
						  edgert_dsp_sum(s[3], b1, w4), q + 2);
		}
	}
}

#endif
