/* conv2d.h - convolution of one group by the tiles of dot.h, with any of its sums. Pixels whose window
 * leaves the image are done one by one. w [co][kh][kw][ci], or as the sums want it packed. */
#ifndef EDGERT_SCALAR_CONV2D_H
#define EDGERT_SCALAR_CONV2D_H

#include "../ref/window.h"
#include "dot.h"

EDGERT_INLINE struct edgert_scalar_dot edgert_scalar_conv2d_whole(
	const struct edgert_conv2d *p, const struct edgert_scalar_kind kind, const int8_t *w,
	const int32_t *q)
{
	const edgert_int unit = edgert_int8_unit(p);
	const edgert_int run = edgert_scalar_padded(kind, unit * p->ci);
	const struct edgert_scalar_dot d = { .rows = p->kh,
					     .units = p->kw / unit,
					     .run = unit * p->ci,
					     .x_row = p->dh * p->x_row,
					     .x_unit = p->dw * p->x_pixel,
					     .w_row = kind.together * (p->kw / unit) * run,
					     .w_unit = kind.together * (unit == 1 ? run : p->ci),
					     .channels = p->co,
					     .taps = p->kh * (p->kw / unit) * run,
					     .w = w,
					     .q = q,
					     .bias = q,
					     .bias_step = 2 };
	return d;
}

EDGERT_INLINE const void *edgert_scalar_at(const void *x, edgert_int i, const int wide)
{
	return (const char *)x + (wide ? 2 * i : i);
}

/* The pixel whose window starts at row h, column v of the image x, which it leaves. */
EDGERT_INLINE void edgert_scalar_conv2d_border(const struct edgert_conv2d *p,
					       const struct edgert_scalar8_out *o,
					       const edgert_scalar_sums sums,
					       const struct edgert_scalar_kind kind, const void *x,
					       const int8_t *w, const int32_t *q, edgert_int h,
					       edgert_int v, void *y)
{
	const struct edgert_ref_taps rows = edgert_ref_clip(h, p->dh, p->kh, p->ih);
	const struct edgert_ref_taps columns = edgert_ref_clip(v, p->dw, p->kw, p->iw);
	const edgert_int columns_inside = columns.t1 - columns.t0;
	struct edgert_scalar_dot d = edgert_scalar_conv2d_whole(p, kind, w, q);

	d.rows = rows.t1 - rows.t0;
	if (edgert_int8_unit(p) == p->kw)
		d.run = columns_inside * p->ci;
	else
		d.units = columns_inside;
	d.w += rows.t0 * d.w_row + columns.t0 * d.w_unit;
	d.bias = q + 2 * p->co;
	d.bias_step = 1;
	d.zero = (int32_t)p->x_zero;
	x = edgert_scalar_at(
		x, (h + rows.t0 * p->dh) * p->x_row + (v + columns.t0 * p->dw) * p->x_pixel,
		kind.wide);
	edgert_scalar_pixels(o, &d, sums, kind, 1, &x, &y);
}

EDGERT_INLINE void edgert_scalar_conv2d(const struct edgert_conv2d *p,
					const edgert_scalar_sums sums,
					const struct edgert_scalar_kind kind, const void *x,
					const int8_t *w, const int32_t *q, void *y)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const struct edgert_scalar_dot whole = edgert_scalar_conv2d_whole(p, kind, w, q);
	const void *from[2] = { NULL, NULL };
	void *to[2] = { NULL, NULL };
	int held = 0;

	for (edgert_int n = 0; n < p->n; n++, x = edgert_scalar_at(x, p->x_image, kind.wide))
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				const edgert_int i =
					n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				void *out = (char *)y + kind.size_y * i;

				if (!edgert_int8_all_inside(p) && !edgert_int8_inside(p, h, v)) {
					edgert_scalar_conv2d_border(p, &o, sums, kind, x, w, q, h,
								    v, out);
					continue;
				}
				from[held] = edgert_scalar_at(x, h * p->x_row + v * p->x_pixel,
							      kind.wide);
				to[held] = out;
				if (++held == kind.pixels) {
					edgert_scalar_pixels(&o, &whole, sums, kind, kind.pixels,
							     from, to);
					held = 0;
				}
			}
	if (kind.pixels == 2 && held)
		edgert_scalar_pixels(&o, &whole, sums, kind, 1, from, to);
}

#endif
