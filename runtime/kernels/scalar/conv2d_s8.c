/* conv2d_s8.c - convolution of one group, by tiles of up to two pixels and two channels (dot.h),
 * for machines without vectors. w [co][kh][kw][ci].
 *
 * The window is read in place where it is inside the image and its rows are runs of bytes, or else
 * from a copy. scratch: two windows of kh * kw * ci bytes. */
#include "dot.h"

/* Has no window to be copied? */
EDGERT_INLINE int edgert_conv2d_s8_in_place(const struct edgert_conv2d *p)
{
	return edgert_int8_unit(p) == p->kw && edgert_int8_inside(p, -p->pt, -p->pl) &&
	       edgert_int8_inside(p, (p->oh - 1) * p->sh - p->pt, (p->ow - 1) * p->sw - p->pl);
}

EDGERT_KERNEL void edgert_conv2d_s8__scalar(const struct edgert_conv2d *p, const int8_t *x,
					    const int8_t *w, const int32_t *q, int8_t *y,
					    void *scratch)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const edgert_int taps = p->kh * p->kw * p->ci;
	const int in_place = edgert_conv2d_s8_in_place(p);
	struct edgert_scalar_dot d = { .rows = p->kh, .run = p->kw * p->ci };
	int8_t *to[2] = { NULL, NULL };
	int held = 0;

	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;

				d.row[held] = p->dh * p->x_row;
				if (in_place ||
				    (edgert_int8_unit(p) == p->kw && edgert_int8_inside(p, h, v))) {
					d.x[held] = x + h * p->x_row + v * p->x_pixel;
				} else {
					int8_t *copy = (int8_t *)scratch + held * taps;

					edgert_int8_window(p, x, h, v, copy, d.run);
					d.x[held] = copy;
					d.row[held] = d.run;
				}
				to[held] = y + n * p->y_image + oh * p->y_row + ow * p->y_pixel;
				if (++held == EDGERT_SCALAR8_PIXELS) {
					edgert_scalar_pixels(&o, &d, EDGERT_SCALAR8_PIXELS, p->co,
							     w, q, to[0], to[1]);
					held = 0;
				}
			}
	if (EDGERT_SCALAR8_PIXELS == 2 && held)
		edgert_scalar_pixels(&o, &d, 1, p->co, w, q, to[0], to[1]);
}
