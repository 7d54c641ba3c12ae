/* conv2d.h - convolution of one group, or depthwise, by the tiles of isa/rvv.h: a tile's channels over a
 * whole image, so that their weights stay near.
 *
 *	w	dense [kh][kw][ci][co], depthwise [kh][kw][ci]
 *		dense of 4 bits [kh][kw][ci / 2][co], the first of two taps in the lower half
 *	q	[co][2], then, where windows leave the image, [co] biases of sums of (x - x_zero) * w
 *
 * Of a window that leaves the image only what is inside is read, as x - x_zero: what is outside adds
 * nothing to such a sum. Such pixels are done one by one. */
#ifndef EDGERT_RVV_CONV2D_H
#define EDGERT_RVV_CONV2D_H

#include "../isa/rvv.h"
#include "../ref/window.h"

EDGERT_INLINE const void *edgert_rvv_at(const void *x, edgert_int i, const int wide)
{
	return (const char *)x + (wide ? 2 * i : i);
}

/* The tile of channels [c, c + lanes). */
struct edgert_rvv_tile {
	edgert_int c, lanes;
	const int8_t *w;
	const int32_t *q;
};

/* Columns of the window that are one run; with weights of 4 bits a column starts at a whole byte. */
EDGERT_INLINE edgert_int edgert_rvv_unit(const struct edgert_conv2d *p,
					 const struct edgert_rvv_out *o, const int depthwise)
{
	return depthwise || (o->w4 && p->ci % 2 != 0) ? 1 : edgert_int8_unit(p);
}

EDGERT_INLINE struct edgert_rvv_taps edgert_rvv_window(const struct edgert_conv2d *p,
						       const struct edgert_rvv_out *o,
						       const int depthwise)
{
	const edgert_int unit = edgert_rvv_unit(p, o, depthwise);
	const edgert_int tap = depthwise ? 1 : p->co;
	const edgert_int column = (o->w4 ? (p->ci + 1) / 2 : p->ci) * tap;
	const struct edgert_rvv_taps t = { .rows = p->kh,
					   .units = p->kw / unit,
					   .run = unit * p->ci,
					   .x_row = p->dh * p->x_row,
					   .x_unit = p->dw * p->x_pixel,
					   .w_row = p->kw * column,
					   .w_unit = column,
					   .w_tap = tap };
	return t;
}

/* `pixels` windows inside the image; x[i] is their first element, y[i] the pixel. */
EDGERT_INLINE void edgert_rvv_inside(const struct edgert_conv2d *p, const struct edgert_rvv_out *o,
				     const int depthwise, const int pixels,
				     const struct edgert_rvv_tile *t, const void *const *x,
				     void *const *y)
{
	const struct edgert_rvv_taps window = edgert_rvv_window(p, o, depthwise);
	const struct edgert_rvv_numbers a = { t->q, t->q + 1, 2, 2 };

	if (depthwise)
		edgert_rvv_depthwise(o, pixels, &window, &a, x, t->w, t->lanes, y);
	else
		edgert_rvv_dense(o, pixels, &window, &a, x, t->w, t->lanes, y);
}

/* The window that starts at row h, column v of the image x, which it leaves. */
EDGERT_INLINE void edgert_rvv_border(const struct edgert_conv2d *p, const struct edgert_rvv_out *o,
				     const int depthwise, const struct edgert_rvv_tile *t,
				     const void *x, edgert_int h, edgert_int v, void *y)
{
	const struct edgert_ref_taps rows = edgert_ref_clip(h, p->dh, p->kh, p->ih);
	const struct edgert_ref_taps columns = edgert_ref_clip(v, p->dw, p->kw, p->iw);
	const struct edgert_rvv_numbers a = { t->q + 2 * p->co - t->c, t->q + 1, 1, 2 };
	struct edgert_rvv_taps window = edgert_rvv_window(p, o, depthwise);
	const int8_t *w = t->w + rows.t0 * window.w_row + columns.t0 * window.w_unit;

	window.rows = rows.t1 - rows.t0;
	if (!depthwise && edgert_rvv_unit(p, o, depthwise) == p->kw)
		window.run = (columns.t1 - columns.t0) * p->ci;
	else
		window.units = columns.t1 - columns.t0;
	window.zero = (int32_t)p->x_zero;
	x = edgert_rvv_at(x,
			  (h + rows.t0 * p->dh) * p->x_row + (v + columns.t0 * p->dw) * p->x_pixel,
			  o->wide);
	if (depthwise)
		edgert_rvv_depthwise(o, 1, &window, &a, &x, w, t->lanes, &y);
	else
		edgert_rvv_dense(o, 1, &window, &a, &x, w, t->lanes, &y);
}

/* One image, one tile of channels. x: its first channel where depthwise; y: its first channel. */
EDGERT_INLINE void edgert_rvv_image(const struct edgert_conv2d *p, const struct edgert_rvv_out *o,
				    const int depthwise, const struct edgert_rvv_tile *t,
				    const void *x, void *y)
{
	const int most = depthwise ? 2 : EDGERT_RVV_PIXELS;
	const void *from[EDGERT_RVV_PIXELS] = { NULL, NULL, NULL };
	void *to[EDGERT_RVV_PIXELS] = { NULL, NULL, NULL };
	int held = 0;

	for (edgert_int oh = 0; oh < p->oh; oh++)
		for (edgert_int ow = 0; ow < p->ow; ow++) {
			const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
			const edgert_int i = oh * p->y_row + ow * p->y_pixel;
			void *out = (char *)y + (o->wide_y ? 2 * i : i);

			if (!edgert_int8_all_inside(p) && !edgert_int8_inside(p, h, v)) {
				edgert_rvv_border(p, o, depthwise, t, x, h, v, out);
				continue;
			}
			from[held] = edgert_rvv_at(x, h * p->x_row + v * p->x_pixel, o->wide);
			to[held] = out;
			if (++held == most) {
				edgert_rvv_inside(p, o, depthwise, most, t, from, to);
				held = 0;
			}
		}
	if (held == 2)
		edgert_rvv_inside(p, o, depthwise, 2, t, from, to);
	else if (held == 1)
		edgert_rvv_inside(p, o, depthwise, 1, t, from, to);
}

EDGERT_INLINE void edgert_rvv_conv2d(const struct edgert_conv2d *p, const int depthwise,
				     const int wide, const int wide_y, const void *x,
				     const int8_t *w, const int w4, const int32_t *q, void *y)
{
	const struct edgert_rvv_out o = { p->shift, p->y_zero, p->lo, p->hi, wide, wide_y, w4 };
	struct edgert_rvv_tile t = { 0, 0, w, q };

	for (edgert_int n = 0; n < p->n; n++)
		for (t.c = 0; t.c < p->co; t.c += t.lanes) {
			const edgert_int to = n * p->y_image + t.c;

			t.lanes = edgert_rvv_lanes(p->co - t.c);
			t.w = w + t.c;
			t.q = q + 2 * t.c;
			edgert_rvv_image(
				p, &o, depthwise, &t,
				edgert_rvv_at(x, n * p->x_image + (depthwise ? t.c : 0), wide),
				(char *)y + (wide_y ? 2 * to : to));
		}
}

#endif
