/* dwconv2d.h - depthwise convolution of activations in 8 bits, one input channel to one output channel (groups = ci =
 * co). Four adjacent channels of a pixel are a word; no patch is copied but at the border.
 *
 *	w	[channels / 4][kh][kw][4], 0 beyond the last channel
 *
 * The last channels are copied into words of their own where they are no multiple of 4.
 *
 * scratch: kh * kw * ci bytes, when that is above EDGERT_DWCONV2D_S8_LOCAL. */
#ifndef EDGERT_DSP_DWCONV2D_H
#define EDGERT_DSP_DWCONV2D_H

#include "../isa/dsp.h"

#define EDGERT_DWCONV2D_S8_LOCAL 768

/* Four channels of one pixel, of which n exist. x: their first tap. */
EDGERT_INLINE void edgert_dwconv2d_s8_four(const struct edgert_conv2d *p,
					   const struct edgert_dsp_out *o, const int size,
					   const edgert_int n, const int8_t *x, edgert_int row,
					   edgert_int step, const int8_t *w, const int32_t *q,
					   void *y, edgert_int to)
{
	int32_t s[4] = { 0, 0, 0, 0 };

	EDGERT_UNROLL_FEW
	for (int l = 0; l < n; l++)
		s[l] = q[2 * l];
	EDGERT_UNROLL_FEW
	for (edgert_int r = 0; r < p->kh; r++, x += row) {
		EDGERT_UNROLL_FEW
		for (edgert_int k = 0; k < p->kw; k++) {
			int8_t part[4] = { 0, 0, 0, 0 };

			if (n < 4)
				edgert_int8_copy(part, x + k * step, n);
			edgert_dsp_tap4(n < 4 ? part : x + k * step, &w, s);
		}
	}
	EDGERT_UNROLL_FEW
	for (int l = 0; l < n; l++)
		edgert_dsp_result(o, y, to + l, size, s[l], q + 2 * l);
}

/* All channels of a pixel. */
EDGERT_INLINE void edgert_dwconv2d_s8_pixel(const struct edgert_conv2d *p,
					    const struct edgert_dsp_out *o, const int size,
					    const int8_t *x, edgert_int row, edgert_int step,
					    const int8_t *w, const int32_t *q, void *y,
					    edgert_int to)
{
	edgert_int c = 0;

	for (; c + 4 <= p->ci; c += 4)
		edgert_dwconv2d_s8_four(p, o, size, 4, x + c, row, step, w + c * p->kh * p->kw,
					q + 2 * c, y, to + c);
	if (c < p->ci)
		edgert_dwconv2d_s8_four(p, o, size, p->ci - c, x + c, row, step,
					w + c * p->kh * p->kw, q + 2 * c, y, to + c);
}

/* Results have `size` bytes; of 4, they are the sums. */
EDGERT_INLINE void edgert_dsp_dwconv2d(const struct edgert_conv2d *p, const int size,
				       const int8_t *x, const int8_t *w, const int32_t *q, void *y,
				       void *scratch)
{
	const struct edgert_dsp_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const edgert_int window = p->kh * p->kw * p->ci;
	int8_t local[EDGERT_DWCONV2D_S8_LOCAL] EDGERT_ALIGNED(8);
	int8_t *patch = window > EDGERT_DWCONV2D_S8_LOCAL ? scratch : local;

	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				const int inside = edgert_int8_inside(p, h, v);
				const int8_t *at = patch;

				if (inside)
					at = x + h * p->x_row + v * p->x_pixel;
				else
					edgert_int8_window(p, x, h, v, patch, p->kw * p->ci);
				edgert_dwconv2d_s8_pixel(
					p, &o, size, at, inside ? p->dh * p->x_row : p->kw * p->ci,
					inside ? p->dw * p->x_pixel : p->ci, w, q, y,
					n * p->y_image + oh * p->y_row + ow * p->y_pixel);
			}
}

#endif
