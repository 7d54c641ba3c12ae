/* conv2d.h - convolution of one group of activations in 8 bits (dot.h); wide: results have 16. The
 * window is read in place where it is one run of whole vectors, or else from a copy.
 *
 * scratch: kh * kw * ci bytes, rounded up to a multiple of 16, when that is above
 * EDGERT_MVE_LOCAL and the window is not read in place. */
#ifndef EDGERT_MVE_CONV2D_H
#define EDGERT_MVE_CONV2D_H

#include "dot.h"

EDGERT_INLINE void edgert_mve_conv2d(const struct edgert_conv2d *p, const int wide, const int8_t *x,
				     const int8_t *w, const int w4, const int32_t *q, void *y,
				     void *scratch)
{
	const struct edgert_mve_out o = { p->shift, p->y_zero, p->lo, p->hi, wide };
	const edgert_int taps = p->kh * p->kw * p->ci, steps = (taps + 15) / 16;
	const int run = p->kh == 1 && edgert_int8_unit(p) == p->kw && taps % 16 == 0 &&
			p->pt == 0 && p->pl == 0 && (p->oh - 1) * p->sh < p->ih &&
			(p->ow - 1) * p->sw + p->kw <= p->iw;

	int8_t local[EDGERT_MVE_LOCAL] EDGERT_ALIGNED(8);
	int8_t *copy = steps * 16 > EDGERT_MVE_LOCAL ? scratch : local;

	if (!run)
		edgert_int8_fill(copy + taps, 0, steps * 16 - taps);
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				const int8_t *image = x + n * p->x_image, *from = copy;

				if (run)
					from = image + h * p->x_row + v * p->x_pixel;
				else
					edgert_int8_window(p, image, h, v, copy, p->kw * p->ci);
				edgert_mve_pixel(&o, p->co, steps, from, w, w4, q,
						 edgert_mve_at(&o, y, i));
			}
}

#endif
