/* conv2d.h - convolution of one group of activations in 8 bits, by tiles of two pixels and two channels (dot.h). The
 * window of a pixel is a patch of kh * kw * ci taps, widened row by row from the image, or, where a
 * row is no whole number of words or the window leaves the image, from a copy.
 *
 * scratch: 5 bytes for each tap, their number rounded up to a multiple of 4, when that number is
 * above EDGERT_DSP_TAPS. */
#ifndef EDGERT_DSP_CONV2D_H
#define EDGERT_DSP_CONV2D_H

#include "dot.h"

/* One pixel's window into its half of the patch. x: the image; stage: a byte for each tap. */
EDGERT_INLINE void edgert_conv2d_s8_patch(const struct edgert_conv2d *p, const int8_t *x,
					  edgert_int h, edgert_int v, int16_t *out, int8_t *stage)
{
	const edgert_int unit = edgert_int8_unit(p), run = unit * p->ci;

	if (run % 4 != 0 || !edgert_int8_inside(p, h, v)) {
		edgert_int8_window(p, x, h, v, stage, p->kw * p->ci);
		edgert_dsp_widen(out, stage, p->kh * p->kw * p->ci);
		return;
	}
	for (edgert_int r = 0; r < p->kh; r++)
		for (edgert_int k = 0; k < p->kw; k += unit)
			out = edgert_dsp_widen(
				out, x + (h + r * p->dh) * p->x_row + (v + k * p->dw) * p->x_pixel,
				run);
}

/* Results have `size` bytes; of 4, they are the sums. */
EDGERT_INLINE void edgert_dsp_conv2d(const struct edgert_conv2d *p, const int size, const int8_t *x,
				     const int8_t *w, const int w4, const int32_t *q, void *y,
				     void *scratch)
{
	const struct edgert_dsp_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const edgert_int steps = edgert_dsp_steps(p->kh * p->kw * p->ci);
	int16_t local[EDGERT_DSP_TAPS * 5 / 2] EDGERT_ALIGNED(8);
	int16_t *patch = steps * 4 > EDGERT_DSP_TAPS ? scratch : local;
	int8_t *stage = (int8_t *)(patch + 8 * steps);
	void *to[2];
	int held = 0;

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				edgert_conv2d_s8_patch(p, x + n * p->x_image, oh * p->sh - p->pt,
						       ow * p->sw - p->pl, patch + 4 * held, stage);
				to[held] = edgert_dsp_at(
					y, n * p->y_image + oh * p->y_row + ow * p->y_pixel, size);
				if (++held == 2) {
					edgert_dsp_pixels(&o, size, 2, p->co, steps, patch, w, w4,
							  q, to);
					held = 0;
				}
			}
	if (held)
		edgert_dsp_pixels(&o, size, 1, p->co, steps, patch, w, w4, q, to);
}

#endif
