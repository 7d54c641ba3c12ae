/* dwconv2d.h - depthwise convolution of activations in 8 bits, one input channel to one output
 * channel (groups = ci = co); wide: results have 16. Eight adjacent channels at a time.
 *
 *	w	[channels / 8][kh][kw][8], 0 beyond the last channel
 *
 * The window is read in place inside the image, from a copy at the border and where ci is no
 * multiple of 8. scratch: kh * kw * ci bytes and 8, when that is above EDGERT_MVE_LOCAL. */
#ifndef EDGERT_MVE_DWCONV2D_H
#define EDGERT_MVE_DWCONV2D_H

#include "../isa/mve.h"

/* The biases of eight channels, of which n are there. */
EDGERT_INLINE struct edgert_mve_sums edgert_mve_begin8(const int32_t *q, edgert_int n)
{
	int32_t last[16];

	if (n == 8)
		return edgert_mve_bias8(q);
	for (int i = 0; i < 16; i++)
		last[i] = i < 2 * n ? q[i] : 0;
	return edgert_mve_bias8(last);
}

EDGERT_INLINE void edgert_mve_end8(const struct edgert_mve_out *o, const struct edgert_mve_sums *s,
				   const int32_t *q, void *y, edgert_int n)
{
	int32_t each[8];

	if (n == 8 && EDGERT_MVE_VECTOR_RESULTS(o)) {
		edgert_mve_store8(o, s, q, y);
		return;
	}
	edgert_mve_sums8(s, each);
	edgert_mve_store_each(o, each, q, y, n);
}

/* All channels of a pixel. x: their first tap; 8 bytes of each may be read. */
EDGERT_INLINE void edgert_mve_dwconv2d_pixel(const struct edgert_conv2d *p,
					     const struct edgert_mve_out *o, const int8_t *x,
					     edgert_int row, edgert_int step, const int8_t *w,
					     const int32_t *q, void *y)
{
	for (edgert_int c = 0; c < p->ci; c += 8, x += 8, q += 16, y = edgert_mve_at(o, y, 8)) {
		const edgert_int n = p->ci % 8 == 0 || p->ci - c > 8 ? 8 : p->ci - c;
		const int8_t *t = x;
		struct edgert_mve_sums s = edgert_mve_begin8(q, n);

		for (edgert_int r = 0; r < p->kh; r++, t += row) {
			EDGERT_UNROLL_FEW
			for (edgert_int k = 0; k < p->kw; k++)
				edgert_mve_tap8(&s, t + k * step, &w);
		}
		edgert_mve_end8(o, &s, q, y, n);
	}
}

EDGERT_INLINE void edgert_mve_dwconv2d(const struct edgert_conv2d *p, const int wide,
				       const int8_t *x, const int8_t *w, const int32_t *q, void *y,
				       void *scratch)
{
	const struct edgert_mve_out o = { p->shift, p->y_zero, p->lo, p->hi, wide };

	const edgert_int window = p->kh * p->kw * p->ci;
	int8_t local[EDGERT_MVE_LOCAL] EDGERT_ALIGNED(8);
	int8_t *copy = window + 8 > EDGERT_MVE_LOCAL ? scratch : local;

	if (p->ci % 8 != 0)
		edgert_int8_fill(copy + window, 0, 8);
	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				const int inside = p->ci % 8 == 0 && edgert_int8_inside(p, h, v);
				const int8_t *at = copy;

				if (inside)
					at = x + h * p->x_row + v * p->x_pixel;
				else
					edgert_int8_window(p, x, h, v, copy, p->kw * p->ci);
				edgert_mve_dwconv2d_pixel(p, &o, at,
							  inside ? p->dh * p->x_row : p->kw * p->ci,
							  inside ? p->dw * p->x_pixel : p->ci, w, q,
							  edgert_mve_at(&o, y, i));
			}
}

#endif
