/* dwconv2d16.h - depthwise convolution of activations in 16 bits; wide: results have 16, too. Weights
 * and numbers are as dwconv2d.h has them. Where windows leave the image, x_zero is 0: of those only
 * what is inside is read. */
#ifndef EDGERT_MVE_DWCONV2D16_H
#define EDGERT_MVE_DWCONV2D16_H

#include "../ref/window.h"
#include "dwconv2d.h"

/* All channels of a pixel: rows * columns taps from x and w on. */
EDGERT_INLINE void edgert_mve_dwconv2d16_pixel(const struct edgert_conv2d *p,
					       const struct edgert_mve_out *o, edgert_int rows,
					       edgert_int columns, const int16_t *x,
					       const int8_t *w, const int32_t *q, void *y)
{
	for (edgert_int c = 0; c < p->ci; c += 8, w += p->kh * p->kw * 8, q += 16) {
		const edgert_int n = p->ci % 8 == 0 || p->ci - c > 8 ? 8 : p->ci - c;
		struct edgert_mve_sums s = edgert_mve_begin8(q, n);
		const int16_t *t = x + c;
		const int8_t *u = w;

		for (edgert_int r = 0; r < rows; r++, t += p->dh * p->x_row) {
			EDGERT_UNROLL_FEW
			for (edgert_int k = 0; k < columns; k++)
				edgert_mve_tap8_wide(&s, t + k * p->dw * p->x_pixel, &u, n);
			u += (p->kw - columns) * 8;
		}
		edgert_mve_end8(o, &s, q, edgert_mve_at(o, y, c), n);
	}
}

EDGERT_INLINE void edgert_mve_dwconv2d16(const struct edgert_conv2d *p, const int wide,
					 const int16_t *x, const int8_t *w, const int32_t *q,
					 void *y)
{
	const struct edgert_mve_out o = { p->shift, p->y_zero, p->lo, p->hi, wide };

	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				void *const to = edgert_mve_at(
					&o, y, n * p->y_image + oh * p->y_row + ow * p->y_pixel);
				struct edgert_ref_taps r, c;

				if (edgert_int8_all_inside(p) || edgert_int8_inside(p, h, v)) {
					edgert_mve_dwconv2d16_pixel(
						p, &o, p->kh, p->kw,
						x + h * p->x_row + v * p->x_pixel, w, q, to);
					continue;
				}
				r = edgert_ref_clip(h, p->dh, p->kh, p->ih);
				c = edgert_ref_clip(v, p->dw, p->kw, p->iw);
				edgert_mve_dwconv2d16_pixel(p, &o, r.t1 - r.t0, c.t1 - c.t0,
							    x + (h + r.t0 * p->dh) * p->x_row +
								    (v + c.t0 * p->dw) * p->x_pixel,
							    w + (r.t0 * p->kw + c.t0) * 8, q, to);
			}
}

#endif
