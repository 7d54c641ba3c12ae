/* pointwise_f32.c - a 1x1 convolution without pads or groups: a matrix product whose rows are
 * pixels, by register tiles (see isa/tile.h). What conv2d_f32.c does, without what a window needs:
 * a third of the code for the C compiler to get through.
 *
 * Weights are packed as there, [panel][ci][nv * EDGERT_VF_LANES]. Pixels that are evenly apart are
 * one matrix; otherwise each row of the image is. */
#include "../isa/tile.h"

EDGERT_KERNEL void edgert_conv2d_f32__pointwise(const struct edgert_conv2d *p, const float *x,
						const float *w, const float *b, float *y,
						void *scratch, edgert_tail_f32 tail,
						edgert_tail_vf vtail, const void *const *operands)
{
	const edgert_int width = p->nv * EDGERT_VF_LANES, xs = p->sw * p->x_pixel;
	const struct edgert_taps k = { .rows = 1, .cols = 1, .run = p->ci, .w_step = width };
	const struct edgert_sink s = {
		.y = y,
		.pixel = p->y_pixel,
		.channels = p->co,
		.exact = p->co % width == 0,
		.whole = p->co % EDGERT_VF_LANES == 0,
		.b = b,
		.tail = tail,
		.vtail = vtail,
		.operands = operands,
	};
	/* Are the rows one after the other, and the images? */
	const int rows =
		p->oh == 1 || (p->sh * p->x_row == p->ow * xs && p->y_row == p->ow * p->y_pixel);
	const int images = rows && (p->n == 1 || (p->x_image == p->oh * p->ow * xs &&
						  p->y_image == p->oh * p->ow * p->y_pixel));
	const edgert_int m = images ? p->n * p->oh * p->ow : rows ? p->oh * p->ow : p->ow;

	(void)scratch;
	for (edgert_int n = 0; n < (images ? 1 : p->n); n++)
		for (edgert_int oh = 0; oh < (rows ? 1 : p->oh); oh++)
			edgert_tile_product(p->mr, p->nv, p->block, &k, &s, m,
					    x + n * p->x_image + oh * p->sh * p->x_row, xs, w,
					    (p->co + width - 1) / width, p->ci * width,
					    n * p->y_image + oh * p->y_row, 0);
}
