/* dwconv2d.h - depthwise convolution, one input channel to one output channel (groups = ci = co), of
 * elements of 8 or 16 bits and results as dot.h has them. w [kh][kw][ci], q as dot.h has it.
 *
 * Of a window that leaves the image only what is inside is read, as x - x_zero. */
#ifndef EDGERT_SCALAR_DWCONV2D_H
#define EDGERT_SCALAR_DWCONV2D_H

#include "../isa/scalar8.h"
#include "../ref/window.h"

/* All channels of a pixel: rows * columns taps from x[at] and w on, to y[to]. */
EDGERT_INLINE void edgert_scalar_dwconv2d_pixel(const struct edgert_conv2d *p, const int wide,
						const int size_y, edgert_int rows,
						edgert_int columns, const void *x, edgert_int at,
						const int8_t *w, const int32_t *q,
						const int32_t *bias, int bias_step, int32_t zero,
						void *y, edgert_int to)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const edgert_int size = wide ? 2 : 1;

	for (edgert_int c = 0; c < p->ci; c++) {
		const char *t = (const char *)x + size * (at + c);
		const int8_t *u = w + c;
		int32_t s = bias[c * bias_step];

		for (edgert_int r = 0; r < rows; r++) {
			EDGERT_UNROLL_FEW
			for (edgert_int k = 0; k < columns; k++) {
				const char *v = t + size * k * p->dw * p->x_pixel;

				s += (edgert_scalar8_get(v, wide) - zero) * u[k * p->ci];
			}
			t += size * p->dh * p->x_row;
			u += p->kw * p->ci;
		}
		edgert_scalar8_put(&o, y, to + c, size_y, s, q + 2 * c + 1);
	}
}

/* The pixel whose window starts at row h, column v of the image at x[at], which it leaves. */
EDGERT_INLINE void edgert_scalar_dwconv2d_border(const struct edgert_conv2d *p, const int wide,
						 const int size_y, const void *x, edgert_int at,
						 const int8_t *w, const int32_t *q, edgert_int h,
						 edgert_int v, void *y, edgert_int to)
{
	const struct edgert_ref_taps rows = edgert_ref_clip(h, p->dh, p->kh, p->ih);
	const struct edgert_ref_taps columns = edgert_ref_clip(v, p->dw, p->kw, p->iw);

	at += (h + rows.t0 * p->dh) * p->x_row + (v + columns.t0 * p->dw) * p->x_pixel;
	w += (rows.t0 * p->kw + columns.t0) * p->ci;
	edgert_scalar_dwconv2d_pixel(p, wide, size_y, rows.t1 - rows.t0, columns.t1 - columns.t0, x,
				     at, w, q, q + 2 * p->co, 1, (int32_t)p->x_zero, y, to);
}

EDGERT_INLINE void edgert_scalar_dwconv2d(const struct edgert_conv2d *p, const int wide,
					  const int size_y, const void *x, const int8_t *w,
					  const int32_t *q, void *y)
{
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				const edgert_int at = n * p->x_image;
				const edgert_int to =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;

				if (edgert_int8_all_inside(p) || edgert_int8_inside(p, h, v))
					edgert_scalar_dwconv2d_pixel(
						p, wide, size_y, p->kh, p->kw, x,
						at + h * p->x_row + v * p->x_pixel, w, q, q, 2, 0,
						y, to);
				else
					edgert_scalar_dwconv2d_border(p, wide, size_y, x, at, w, q,
								      h, v, y, to);
			}
}

#endif
