/* pointwise_u8.c - a 1x1 convolution without pads or groups: a matrix product whose rows are
 * pixels, by register tiles (see isa/qtile.h, which says how weights are packed).
 *
 * scratch: where taps are wider than bytes, [block][ci] of them */
#include "../isa/qtile.h"

EDGERT_KERNEL void edgert_conv2d_u8__pointwise(const struct edgert_conv2d *p, const uint8_t *x,
					       const int8_t *w, const int32_t *q, uint8_t *y,
					       void *scratch)
{
	const edgert_int xs = p->sw * p->x_pixel;
	struct edgert_qsink s = {
		.pixel = p->y_pixel,
		.channels = p->co,
		.out = edgert_vq_out(p->y_zero, p->lo, p->hi, p->fits),
	};
	/* Are the rows one after the other, and the images? */
	const int rows =
		p->oh == 1 || (p->sh * p->x_row == p->ow * xs && p->y_row == p->ow * p->y_pixel);
	const int images = rows && (p->n == 1 || (p->x_image == p->oh * p->ow * xs &&
						  p->y_image == p->oh * p->ow * p->y_pixel));
	const int one = images || (rows && p->n == 1);
	struct edgert_qmatrix r = {
		.m = images ? p->n * p->oh * p->ow
		     : rows ? p->oh * p->ow
			    : p->ow,
		.k = p->ci,
		.xs = xs,
		.strips = rows ? 1 : p->oh,
		.x_strip = p->sh * p->x_row,
		.y_strip = p->y_row,
	};

	for (edgert_int n = 0; n < (one ? 1 : p->n); n++) {
		r.x = x + n * p->x_image;
		s.y = y + n * p->y_image;
		edgert_qtile_matrix(p->mr, p->nv, p->block, &r, &s, w, q, (edgert_vq_tap *)scratch);
	}
}
