/* conv2d_u8.c - dense and grouped convolution by register tiles (see isa/qtile.h), whose rows are
 * the pixels of a row of y; p->block rows of y go through all weights before the next.
 *
 * Where windows reach outside, or taps are wider than bytes, the rows of x that these need are
 * first copied to scratch with x_zero around them. Weights are packed as qtile.h says, group by
 * group, with the taps [kh][kw][cig], of which kw and cig are one run where the pixels of a window
 * are adjacent (dw is 1 and a pixel, of x or of the copy, holds cig bytes).
 *
 * scratch, in taps:
 * ((block - 1) * sh + (kh - 1) * dh + 1) * ((ow - 1) * sw + (kw - 1) * dw + 1) * ci + 3 */
#include "../isa/qtile.h"
#include "padded.h"

EDGERT_INLINE void edgert_conv2d_u8_rows(const struct edgert_conv2d *p, const edgert_vq_tap *x,
					 edgert_int row, edgert_int pixel, const int over,
					 edgert_int rows, const int8_t *w, const int32_t *q,
					 uint8_t *y, int32_t *sums)
{
	const edgert_int cig = p->ci / p->groups, cog = p->co / p->groups;
	const int one_run = p->dw == 1 && pixel == cig;
	const struct edgert_qtaps k = {
		.rows = p->kh,
		.x_row = p->dh * row,
		.cols = one_run ? 1 : p->kw,
		.x_col = p->dw * pixel,
		.run = one_run ? p->kw * cig : cig,
		.over = over,
	};
	const edgert_int vectors = (cog + EDGERT_VQ_LANES - 1) / EDGERT_VQ_LANES;

	for (edgert_int g = 0; g < p->groups; g++) {
		const struct edgert_qsink s = {
			.y = y ? y + g * cog : y,
			.sums = sums ? sums + g * cog : sums,
			.pixel = p->y_pixel,
			.channels = cog,
			.out = edgert_vq_out(p->y_zero, p->lo, p->hi, p->fits),
		};
		const struct edgert_qrows r = {
			.x = x + g * cig,
			.m = p->ow,
			.xs = p->sw * pixel,
			.strips = rows,
			.x_strip = p->sh * row,
			.y_strip = p->y_row,
		};

		edgert_qtile_product(p->mr, p->nv, p->ow, &k, &s, &r,
				     w + g * vectors * edgert_qtile_groups(&k) * EDGERT_VQ_BYTES,
				     q + g * vectors * 2 * EDGERT_VQ_LANES);
	}
}

EDGERT_INLINE void edgert_conv2d_u8_any(const struct edgert_conv2d *p, const uint8_t *x,
					const int8_t *w, const int32_t *q, uint8_t *y,
					int32_t *sums, edgert_vq_tap *scratch)
{
	const edgert_int reach = (p->kh - 1) * p->dh + 1;
	const edgert_int cols = (p->ow - 1) * p->sw + (p->kw - 1) * p->dw + 1;
	const int inside =
		EDGERT_VQ_TAPS == 4 && (p->x_halo || (p->pt == 0 && p->pl == 0 && cols <= p->iw &&
						      (p->oh - 1) * p->sh + reach <= p->ih));

	for (edgert_int n = 0; n < p->n; n++) {
		const uint8_t *image = x + n * p->x_image;

		for (edgert_int oh = 0; oh < p->oh; oh += p->block) {
			const edgert_int rows = p->oh - oh < p->block ? p->oh - oh : p->block;
			const edgert_int h = oh * p->sh - p->pt;
			const edgert_int at = n * p->y_image + oh * p->y_row;
			uint8_t *const to = y ? y + at : y;
			int32_t *const sums_to = sums ? sums + at : sums;

			if (inside) {
				edgert_conv2d_u8_rows(
					p,
					(const edgert_vq_tap *)(const void *)(image + h * p->x_row -
									      p->pl * p->x_pixel),
					p->x_row, p->x_pixel, 0, rows, w, q, to, sums_to);
			} else {
				edgert_padded_rows(p, image, h, (rows - 1) * p->sh + reach, cols, 1,
						   scratch);
				edgert_conv2d_u8_rows(p, scratch, cols * p->ci, p->ci, 1, rows, w,
						      q, to, sums_to);
			}
		}
	}
}

EDGERT_KERNEL void edgert_conv2d_u8__x86(const struct edgert_conv2d *p, const uint8_t *x,
					 const int8_t *w, const int32_t *q, uint8_t *y,
					 void *scratch)
{
	edgert_conv2d_u8_any(p, x, w, q, y, NULL, (edgert_vq_tap *)scratch);
}

EDGERT_KERNEL void edgert_conv2d_u8s32__x86(const struct edgert_conv2d *p, const uint8_t *x,
					    const int8_t *w, const int32_t *q, int32_t *y,
					    void *scratch)
{
	edgert_conv2d_u8_any(p, x, w, q, NULL, y, (edgert_vq_tap *)scratch);
}
