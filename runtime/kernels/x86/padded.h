/* padded.h - rows of an image with what lies around it, so that no window has to be tested.
 *
 * Rows [h, h + rows) of one image, which may lie outside, to `to`: row by row, cols pixels of
 * p->ci bytes from column -p->pl on, x_zero outside. The pixels of a row stand in p->sw groups by
 * their number modulo `phases`: [phase][cols / phases], so that a stride of `phases` is one of 1
 * within a group. cols is a multiple of phases. */
#ifndef EDGERT_PADDED_H
#define EDGERT_PADDED_H

#include <string.h>

#include "../params.h"

EDGERT_INLINE void edgert_padded_rows(const struct edgert_conv2d *p, const uint8_t *x, edgert_int h,
				      edgert_int rows, edgert_int cols, const edgert_int phases,
				      uint8_t *to)
{
	const edgert_int left = p->pl < cols ? p->pl : cols;
	const edgert_int inside = p->iw < cols - left ? p->iw : cols - left;
	const edgert_int part = cols / phases * p->ci;

	for (edgert_int r = h; r < h + rows; r++, to += cols * p->ci) {
		const uint8_t *from = x + r * p->x_row;

		if (r < 0 || r >= p->ih) {
			memset(to, (int)p->x_zero, (size_t)(cols * p->ci));
			continue;
		}
		if (phases == 1) {
			memset(to, (int)p->x_zero, (size_t)(left * p->ci));
			if (p->x_pixel == p->ci)
				memcpy(to + left * p->ci, from, (size_t)(inside * p->ci));
			else
				for (edgert_int c = 0; c < inside; c++)
					memcpy(to + (left + c) * p->ci, from + c * p->x_pixel,
					       (size_t)p->ci);
			memset(to + (left + inside) * p->ci, (int)p->x_zero,
			       (size_t)((cols - left - inside) * p->ci));
			continue;
		}
		for (edgert_int c = 0; c < cols; c++) {
			uint8_t *pixel = to + c % phases * part + c / phases * p->ci;

			if (c >= left && c < left + inside)
				memcpy(pixel, from + (c - left) * p->x_pixel, (size_t)p->ci);
			else
				memset(pixel, (int)p->x_zero, (size_t)p->ci);
		}
	}
}

#endif
