/* conv2d_s8.c - convolution of one group, by tiles of up to two pixels and four channels (dot.h), for
 * machines without vectors. w [co][kh][kw][ci]. Pixels whose window leaves the image are done one
 * by one. */
#include "../ref/window.h"
#include "dot.h"

EDGERT_INLINE struct edgert_scalar_dot edgert_conv2d_s8_whole(const struct edgert_conv2d *p,
							      const int8_t *w, const int32_t *q)
{
	const edgert_int unit = edgert_int8_unit(p);
	const struct edgert_scalar_dot d = { .rows = p->kh,
					     .units = p->kw / unit,
					     .run = unit * p->ci,
					     .x_row = p->dh * p->x_row,
					     .x_unit = p->dw * p->x_pixel,
					     .w_row = p->kw * p->ci,
					     .w_unit = p->ci,
					     .channels = p->co,
					     .taps = p->kh * p->kw * p->ci,
					     .w = w,
					     .q = q,
					     .bias = q,
					     .bias_step = 2 };
	return d;
}

/* The pixel whose window starts at row h, column v of the image x, which it leaves. */
EDGERT_INLINE void edgert_conv2d_s8_border(const struct edgert_conv2d *p,
					   const struct edgert_scalar8_out *o, const int8_t *x,
					   const int8_t *w, const int32_t *q, edgert_int h,
					   edgert_int v, int8_t *y)
{
	const struct edgert_ref_taps rows = edgert_ref_clip(h, p->dh, p->kh, p->ih);
	const struct edgert_ref_taps columns = edgert_ref_clip(v, p->dw, p->kw, p->iw);
	const edgert_int wide = columns.t1 - columns.t0;
	struct edgert_scalar_dot d = edgert_conv2d_s8_whole(p, w, q);

	d.rows = rows.t1 - rows.t0;
	if (edgert_int8_unit(p) == p->kw)
		d.run = wide * p->ci;
	else
		d.units = wide;
	d.w += (rows.t0 * p->kw + columns.t0) * p->ci;
	d.bias = q + 2 * p->co;
	d.bias_step = 1;
	d.zero = (int32_t)p->x_zero;
	x += (h + rows.t0 * p->dh) * p->x_row + (v + columns.t0 * p->dw) * p->x_pixel;
	edgert_scalar_pixels(o, &d, 1, &x, &y);
}

EDGERT_KERNEL void edgert_conv2d_s8__scalar(const struct edgert_conv2d *p, const int8_t *x,
					    const int8_t *w, const int32_t *q, int8_t *y,
					    void *scratch)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const struct edgert_scalar_dot whole = edgert_conv2d_s8_whole(p, w, q);
	const int8_t *from[2] = { NULL, NULL };
	int8_t *to[2] = { NULL, NULL };
	int held = 0;

	(void)scratch;
	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				int8_t *out = y + n * p->y_image + oh * p->y_row + ow * p->y_pixel;

				if (!edgert_int8_all_inside(p) && !edgert_int8_inside(p, h, v)) {
					edgert_conv2d_s8_border(p, &o, x, w, q, h, v, out);
					continue;
				}
				from[held] = x + h * p->x_row + v * p->x_pixel;
				to[held] = out;
				if (++held == EDGERT_SCALAR8_PIXELS) {
					edgert_scalar_pixels(&o, &whole, EDGERT_SCALAR8_PIXELS,
							     from, to);
					held = 0;
				}
			}
	if (EDGERT_SCALAR8_PIXELS == 2 && held)
		edgert_scalar_pixels(&o, &whole, 1, from, to);
}
