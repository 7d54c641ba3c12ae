/* dwconv2d16.h - depthwise convolution of activations in 16 bits, one input channel to one output
 * channel (groups = ci = co), eight adjacent channels at a time; wide: results have 16, too.
 *
 *	w	[kh][kw][ci]
 *	q	[ci][2]
 *
 * Where windows leave the image, x_zero is 0: of those only what is inside is read. */
#ifndef EDGERT_Q128_DWCONV2D16_H
#define EDGERT_Q128_DWCONV2D16_H

#include "../isa/q128_dot16.h"
#include "../isa/q128_out.h"
#include "../ref/window.h"

/* What is inside of a window: rows * columns taps from x and w on. */
struct edgert_q128_window {
	edgert_int rows, columns;
	const int16_t *x;
	const int8_t *w;
};

/* Channels [c, c + 8). */
EDGERT_INLINE void edgert_q128_dwconv2d16_block(const struct edgert_conv2d *p,
						const struct edgert_q128_window *t, edgert_int c,
						const int32_t *q, const struct edgert_q128_out *o,
						void *y)
{
	const int16_t *x = t->x + c;
	const int8_t *w = t->w + c;
	int32_t bias[8], scale[8];
	edgert_q128 a[2];

	EDGERT_UNROLL_FEW
	for (int i = 0; i < 8; i++) {
		bias[i] = q[2 * (c + i)];
		scale[i] = q[2 * (c + i) + 1];
	}
	a[0] = edgert_q128_load(bias);
	a[1] = edgert_q128_load(bias + 4);
	for (edgert_int r = 0; r < t->rows; r++, x += p->dh * p->x_row, w += p->kw * p->ci) {
		EDGERT_UNROLL_FEW
		for (edgert_int k = 0; k < t->columns; k++)
			edgert_q128_multiply8(a, edgert_q128_take8(x + k * p->dw * p->x_pixel),
					      edgert_q128_widen8(w + k * p->ci));
	}
	edgert_q128_finish(2, a, scale, o, edgert_q128_result(o, y, c), 8);
}

/* One of fewer channels than eight. */
EDGERT_INLINE void edgert_q128_dwconv2d16_one(const struct edgert_conv2d *p,
					      const struct edgert_q128_window *t, edgert_int c,
					      const int32_t *q, const struct edgert_q128_out *o,
					      void *y)
{
	int32_t s = q[2 * c];

	for (edgert_int r = 0; r < t->rows; r++)
		for (edgert_int k = 0; k < t->columns; k++)
			s += t->x[r * p->dh * p->x_row + k * p->dw * p->x_pixel + c] *
			     t->w[(r * p->kw + k) * p->ci + c];
	s = edgert_requantize(s, q[2 * c + 1], (int)o->shift, (int32_t)o->zero, (int32_t)o->lo,
			      (int32_t)o->hi);
	if (o->wide)
		((int16_t *)y)[c] = (int16_t)s;
	else
		((int8_t *)y)[c] = (int8_t)s;
}

/* All channels of a pixel; the last block does some before it once more. */
EDGERT_INLINE void edgert_q128_dwconv2d16_pixel(const struct edgert_conv2d *p,
						const struct edgert_q128_window *t,
						const int32_t *q, const struct edgert_q128_out *o,
						void *y)
{
	edgert_int c = 0;

	for (; c + 8 <= p->ci; c += 8)
		edgert_q128_dwconv2d16_block(p, t, c, q, o, y);
	if (c < p->ci && p->ci > 8)
		edgert_q128_dwconv2d16_block(p, t, p->ci - 8, q, o, y);
	for (; p->ci < 8 && c < p->ci; c++)
		edgert_q128_dwconv2d16_one(p, t, c, q, o, y);
}

EDGERT_INLINE void edgert_q128_dwconv2d16(const struct edgert_conv2d *p, const int wide,
					  const int16_t *x, const int8_t *w, const int32_t *q,
					  void *y)
{
	const struct edgert_q128_out o = { p->shift, p->y_zero, p->lo, p->hi, wide };

	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				struct edgert_q128_window t = { p->kh, p->kw, NULL, w };

				if (edgert_int8_all_inside(p) || edgert_int8_inside(p, h, v)) {
					t.x = x + h * p->x_row + v * p->x_pixel;
				} else {
					const struct edgert_ref_taps r =
						edgert_ref_clip(h, p->dh, p->kh, p->ih);
					const struct edgert_ref_taps c =
						edgert_ref_clip(v, p->dw, p->kw, p->iw);

					t.rows = r.t1 - r.t0;
					t.columns = c.t1 - c.t0;
					t.x = x + (h + r.t0 * p->dh) * p->x_row +
					      (v + c.t0 * p->dw) * p->x_pixel;
					t.w = w + (r.t0 * p->kw + c.t0) * p->ci;
				}
				edgert_q128_dwconv2d16_pixel(
					p, &t, q, &o,
					edgert_q128_result(&o, y,
							   n * p->y_image + oh * p->y_row +
								   ow * p->y_pixel));
			}
}

#endif
