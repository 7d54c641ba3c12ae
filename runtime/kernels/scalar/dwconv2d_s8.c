/* dwconv2d_s8.c - depthwise convolution, one input channel to one output channel (groups = ci =
 * co), for machines without vectors. w [kh][kw][ci], q as dot.h has it.
 *
 * Of a window that leaves the image only what is inside is read, as x - x_zero. */
#include "../isa/scalar8.h"
#include "../ref/window.h"

/* All channels of a pixel: rows * columns taps from x and w on. */
EDGERT_INLINE void edgert_dwconv2d_s8_pixel(const struct edgert_conv2d *p,
					    const struct edgert_scalar8_out *o, edgert_int rows,
					    edgert_int columns, const int8_t *x, const int8_t *w,
					    const int32_t *q, const int32_t *bias, int bias_step,
					    int32_t zero, int8_t *y)
{
	for (edgert_int c = 0; c < p->ci; c++) {
		const int8_t *t = x + c, *u = w + c;
		int32_t s = bias[c * bias_step];

		for (edgert_int r = 0; r < rows; r++, t += p->dh * p->x_row, u += p->kw * p->ci) {
			EDGERT_UNROLL
			for (edgert_int k = 0; k < columns; k++)
				s += (t[k * p->dw * p->x_pixel] - zero) * u[k * p->ci];
		}
		y[c] = edgert_scalar8_requantize(o, s, q[2 * c + 1]);
	}
}

/* The pixel whose window starts at row h, column v of the image x, which it leaves. */
EDGERT_INLINE void edgert_dwconv2d_s8_border(const struct edgert_conv2d *p,
					     const struct edgert_scalar8_out *o, const int8_t *x,
					     const int8_t *w, const int32_t *q, edgert_int h,
					     edgert_int v, int8_t *y)
{
	const struct edgert_ref_taps rows = edgert_ref_clip(h, p->dh, p->kh, p->ih);
	const struct edgert_ref_taps columns = edgert_ref_clip(v, p->dw, p->kw, p->iw);

	edgert_dwconv2d_s8_pixel(p, o, rows.t1 - rows.t0, columns.t1 - columns.t0,
				 x + (h + rows.t0 * p->dh) * p->x_row +
					 (v + columns.t0 * p->dw) * p->x_pixel,
				 w + (rows.t0 * p->kw + columns.t0) * p->ci, q, q + 2 * p->co, 1,
				 (int32_t)p->x_zero, y);
}

EDGERT_KERNEL void edgert_dwconv2d_s8__scalar(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int8_t *y,
					      void *scratch)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };

	(void)scratch;
	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				int8_t *out = y + n * p->y_image + oh * p->y_row + ow * p->y_pixel;

				if (edgert_int8_all_inside(p) || edgert_int8_inside(p, h, v))
					edgert_dwconv2d_s8_pixel(p, &o, p->kh, p->kw,
								 x + h * p->x_row + v * p->x_pixel,
								 w, q, q, 2, 0, out);
				else
					edgert_dwconv2d_s8_border(p, &o, x, w, q, h, v, out);
			}
}
