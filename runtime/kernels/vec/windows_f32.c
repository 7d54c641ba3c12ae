/* windows_f32.c - dense convolution of a small image: windows are copied to scratch, with zeros for
 * what they have outside, and are the rows of a matrix product by register tiles (isa/tile.h). So
 * tiles are full, and the weights stream past p->block pixels at once, where conv2d_f32.c does the
 * borders in tiles of one pixel.
 *
 * Weights are packed as there, of one group. p->block: the pixels whose windows scratch holds, a
 * multiple of p->mr, or all of them. Pixels of an image of y are evenly apart. */
#include "../isa/tile.h"

#include <string.h>

/* The window of pixel i, counted over images: [kh][kw][ci]. */
EDGERT_INLINE void edgert_windows_copy(const struct edgert_conv2d *p, const float *x, edgert_int i,
				       float *to)
{
	const edgert_int row = i / p->ow;
	const edgert_int h = row % p->oh * p->sh - p->pt, v = i % p->ow * p->sw - p->pl;

	x += row / p->oh * p->x_image;
	for (edgert_int kh = 0; kh < p->kh; kh++)
		for (edgert_int kw = 0; kw < p->kw; kw++, to += p->ci) {
			const edgert_int r = h + kh * p->dh, c = v + kw * p->dw;

			if (r >= 0 && r < p->ih && c >= 0 && c < p->iw)
				memcpy(to, x + r * p->x_row + c * p->x_pixel,
				       (size_t)p->ci * sizeof *to);
			else
				memset(to, 0, (size_t)p->ci * sizeof *to);
		}
}

EDGERT_KERNEL void edgert_conv2d_f32__windows(const struct edgert_conv2d *p, const float *x,
					      const float *w, const float *b, float *y,
					      void *scratch, edgert_tail_f32 tail,
					      edgert_tail_vf vtail, const void *const *operands)
{
	const edgert_int width = p->nv * EDGERT_VF_LANES, window = p->kh * p->kw * p->ci;
	/* Are the images of y one after the other? */
	const int even = p->n == 1 || p->y_image == p->oh * p->ow * p->y_pixel;
	const edgert_int pixels = (even ? p->n : 1) * p->oh * p->ow;
	const struct edgert_taps k = { .rows = 1, .cols = 1, .run = window, .w_step = width };
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
	float *rows = scratch;

	for (edgert_int n = 0; n < (even ? 1 : p->n); n++)
		for (edgert_int u = 0; u < pixels; u += p->block) {
			const edgert_int m = pixels - u < p->block ? pixels - u : p->block;

			for (edgert_int i = 0; i < m; i++)
				edgert_windows_copy(p, x + n * p->x_image, u + i,
						    rows + i * window);
			edgert_tile_product(p->mr, p->nv, m / p->mr + 1, &k, &s, m, rows, window, w,
					    (p->co + width - 1) / width, window * width,
					    n * p->y_image + u * p->y_pixel, 0);
		}
}
