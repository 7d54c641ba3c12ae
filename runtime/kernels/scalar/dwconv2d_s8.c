/* dwconv2d_s8.c - depthwise convolution, one input channel to one output channel (groups = ci =
 * co), for machines without vectors. w [kh][kw][ci].
 *
 * A window is read in place, or at the border from a copy. scratch: kh * kw * ci bytes. */
#include "../isa/scalar8.h"

/* All channels of a pixel. x: their first tap. */
EDGERT_INLINE void edgert_dwconv2d_s8_pixel(const struct edgert_conv2d *p,
					    const struct edgert_scalar8_out *o, const int8_t *x,
					    edgert_int row, edgert_int step, const int8_t *w,
					    const int32_t *q, int8_t *y)
{
	for (edgert_int c = 0; c < p->ci; c++, q += 2, x++, w++) {
		const int8_t *t = x, *u = w;
		int32_t s = q[0];

		for (edgert_int r = 0; r < p->kh; r++, t += row) {
			EDGERT_UNROLL
			for (edgert_int k = 0; k < p->kw; k++, u += p->ci)
				s += t[k * step] * *u;
		}
		*y++ = edgert_scalar8_requantize(o, s, q[1]);
	}
}

EDGERT_KERNEL void edgert_dwconv2d_s8__scalar(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int8_t *y,
					      void *scratch)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };

	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				const int inside = edgert_int8_inside(p, h, v);
				const int8_t *at = scratch;

				if (inside)
					at = x + h * p->x_row + v * p->x_pixel;
				else
					edgert_int8_window(p, x, h, v, scratch, p->kw * p->ci);
				edgert_dwconv2d_s8_pixel(
					p, &o, at, inside ? p->dh * p->x_row : p->kw * p->ci,
					inside ? p->dw * p->x_pixel : p->ci, w, q,
					y + n * p->y_image + oh * p->y_row + ow * p->y_pixel);
			}
}
