/* dwconv2d_u8.c - depthwise convolution, groups = ci = co, over a row of pixels as one sequence of
 * channels: item i of output row oh is channel i % c of pixel i / c, and each of its taps lies the
 * same distance away from item i of a row of x. So all lanes of a vector are used however few
 * channels there are, and vectors cross pixels.
 *
 * The rows of x that p->block rows of y need are copied to scratch first, with x_zero around them
 * and the columns sorted by their number modulo sw (see padded.h), which makes the stride 1. The taps,
 * column by column, are taken in groups: as many vectors of x are interleaved and multiplied by the
 * weights of each channel.
 *
 * Weights of EDGERT_VQ_ITEMS channels in sequence, with the period c / gcd(c, EDGERT_VQ_ITEMS):
 *	w	[period][group of taps][vector][lane][tap]	in the order of edgert_vq_interleave
 *	q	[period][bias][vector][lane], [factor][vector][lane]
 *
 * scratch, in taps: ((block - 1) * sh + (kh - 1) * dh + 1) * cols * c + EDGERT_VQ_ITEMS, cols =
 * (ow - 1) * sw + (kw - 1) * dw + 1 rounded up to a multiple of sw */
#include "../isa/dot_out.h"
#include "padded.h"

/* Item i and its followers of one output row, n of them; x: of the row's first tap. */
EDGERT_INLINE void edgert_dwconv2d_u8_vector(const struct edgert_conv2d *p, const edgert_vq_tap *x,
					     edgert_int row, const int8_t *w, const int32_t *q,
					     const struct edgert_vq_out *o, uint8_t *y,
					     edgert_int n)
{
	const edgert_int part = row / p->sw, taps = p->kh * p->kw;
	edgert_int kh = 0, kw = 0; /* of the next tap */
	edgert_vq a[EDGERT_VQ_TAPS];

	EDGERT_UNROLL
	for (int v = 0; v < EDGERT_VQ_TAPS; v++)
		a[v] = edgert_vq_load(q + v * EDGERT_VQ_LANES);
	for (edgert_int t = 0; t < taps; t += EDGERT_VQ_TAPS) {
		edgert_vq r[EDGERT_VQ_TAPS], s[EDGERT_VQ_TAPS];

		EDGERT_UNROLL
		for (int k = 0; k < EDGERT_VQ_TAPS; k++) {
			const edgert_int c = kw * p->dw;

			r[k] = t + k < taps ? edgert_vq_load(x + c % p->sw * part +
							     c / p->sw * p->ci + kh * p->dh * row)
					    : edgert_vq_all(0);
			kh = kh + 1 == p->kh ? 0 : kh + 1;
			kw += kh == 0;
		}
		edgert_vq_interleave(r, s);
		EDGERT_UNROLL
		for (int v = 0; v < EDGERT_VQ_TAPS; v++)
			a[v] = edgert_vq_dot(a[v], s[v], edgert_vq_load(w + v * EDGERT_VQ_BYTES));
		w += EDGERT_VQ_TAPS * EDGERT_VQ_BYTES;
	}
	edgert_vq_finish(EDGERT_VQ_TAPS, a, (const float *)(const void *)(q + EDGERT_VQ_ITEMS), o,
			 y, n);
}

EDGERT_INLINE edgert_int edgert_dwconv2d_u8_period(edgert_int c)
{
	edgert_int gcd = 1;

	while (gcd < EDGERT_VQ_ITEMS && c % (2 * gcd) == 0)
		gcd *= 2;
	return c / gcd;
}

/* n items of one output row, from channel 0 of a pixel on. */
EDGERT_INLINE void edgert_dwconv2d_u8_items(const struct edgert_conv2d *p, const edgert_vq_tap *x,
					    edgert_int row, const int8_t *w, const int32_t *q,
					    uint8_t *y, edgert_int n)
{
	const edgert_int period = edgert_dwconv2d_u8_period(p->ci);
	const edgert_int groups = (p->kh * p->kw + EDGERT_VQ_TAPS - 1) / EDGERT_VQ_TAPS;
	const edgert_int w_step = groups * EDGERT_VQ_TAPS * EDGERT_VQ_BYTES;
	const struct edgert_vq_out out = edgert_vq_out(p->y_zero, p->lo, p->hi, p->fits);

	for (edgert_int i = 0, b = 0; i < n; i += EDGERT_VQ_ITEMS, b = b + 1 == period ? 0 : b + 1)
		edgert_dwconv2d_u8_vector(p, x + i, row, w + b * w_step,
					  q + b * 2 * EDGERT_VQ_ITEMS, &out, y + i, n - i);
}

EDGERT_KERNEL void edgert_dwconv2d_u8__x86(const struct edgert_conv2d *p, const uint8_t *x,
					   const int8_t *w, const int32_t *q, uint8_t *y,
					   void *scratch)
{
	const edgert_int reach = (p->kh - 1) * p->dh + 1;
	const edgert_int cols = ((p->ow - 1) * p->sw + (p->kw - 1) * p->dw + p->sw) / p->sw * p->sw;
	const edgert_int row = cols * p->ci;
	const edgert_int adjacent = p->y_pixel == p->co ? p->ow : 1; /* pixels of y */

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh += p->block) {
			const edgert_int rows = p->oh - oh < p->block ? p->oh - oh : p->block;

			edgert_padded_rows(p, x + n * p->x_image, oh * p->sh - p->pt,
					   (rows - 1) * p->sh + reach, cols, p->sw,
					   (edgert_vq_tap *)scratch);
			for (edgert_int r = 0; r < rows; r++)
				for (edgert_int ow = 0; ow < p->ow; ow += adjacent)
					edgert_dwconv2d_u8_items(
						p,
						(const edgert_vq_tap *)scratch + r * p->sh * row +
							ow * p->ci,
						row, w, q,
						y + n * p->y_image + (oh + r) * p->y_row +
							ow * p->y_pixel,
						adjacent * p->ci);
		}
}
