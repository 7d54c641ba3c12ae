/* padded.h - rows of an image with what lies around it, so that no window has to be tested.
 *
 * Rows [h, h + rows) of one image, which may lie outside, to `to`: row by row, cols pixels of
 * p->ci taps from column -p->pl on, x_zero outside. The pixels of a row stand in p->sw groups by
 * their number modulo `phases`: [phase][cols / phases], so that a stride of `phases` is one of 1
 * within a group. cols is a multiple of phases. */
#ifndef EDGERT_PADDED_H
#define EDGERT_PADDED_H

#include "../isa/dot.h"

EDGERT_INLINE void edgert_padded_rows(const struct edgert_conv2d *p, const uint8_t *x, edgert_int h,
				      edgert_int rows, edgert_int cols, const edgert_int phases,
				      edgert_vq_tap *to)
{
	const edgert_int left = p->pl < cols ? p->pl : cols;
	const edgert_int inside = p->iw < cols - left ? p->iw : cols - left;
	const edgert_int part = cols / phases * p->ci;

	for (edgert_int r = h; r < h + rows; r++, to += cols * p->ci) {
		const uint8_t *from = x + r * p->x_row;

		if (r < 0 || r >= p->ih) {
			edgert_vq_fill(to, p->x_zero, cols * p->ci);
			continue;
		}
		if (phases == 1) {
			edgert_vq_fill(to, p->x_zero, left * p->ci);
			if (p->x_pixel == p->ci)
				edgert_vq_widen(to + left * p->ci, from, inside * p->ci);
			else
				for (edgert_int c = 0; c < inside; c++)
					edgert_vq_widen(to + (left + c) * p->ci,
							from + c * p->x_pixel, p->ci);
			edgert_vq_fill(to + (left + inside) * p->ci, p->x_zero,
				       (cols - left - inside) * p->ci);
			continue;
		}
		for (edgert_int c = 0; c < cols; c++) {
			edgert_vq_tap *pixel = to + c % phases * part + c / phases * p->ci;

			if (c >= left && c < left + inside)
				edgert_vq_widen(pixel, from + (c - left) * p->x_pixel, p->ci);
			else
				edgert_vq_fill(pixel, p->x_zero, p->ci);
		}
	}
}

#endif
