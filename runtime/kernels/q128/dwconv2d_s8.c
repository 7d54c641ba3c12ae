/* dwconv2d_s8.c - depthwise convolution, one input channel to one output channel (groups = ci =
 * co): sixteen or eight adjacent channels at a time, two taps of the window at a time.
 *
 *	w	of blocks of 16 channels, and of 8 where no more are left:
 *		[taps / 2][2][channels of the block], taps [kh][kw]; 0 beyond the last tap and channel
 *	q	[channels, rounded up to 8] biases, as many scales
 *
 * The window is read in place inside the image, from a copy at the border and where ci is no
 * multiple of 8. scratch: kh * kw * ci + 8 bytes. */
#include "../isa/q128_pair.h"

/* Taps k of the window at t. */
EDGERT_INLINE const int8_t *edgert_dwconv2d_s8_tap(const struct edgert_conv2d *p, const int8_t *t,
						   edgert_int row, edgert_int step, edgert_int k)
{
	return t + k / p->kw * row + k % p->kw * step;
}

/* nv * 4 channels of a pixel, of which n are there. x: their first tap, of a window with these
 * strides. scale: of channel 0 of the block. */
EDGERT_INLINE void edgert_dwconv2d_s8_block(const struct edgert_conv2d *p, const int nv,
					    const int8_t *x, edgert_int row, edgert_int step,
					    const int8_t *w, const int32_t *bias,
					    const int32_t *scale, const struct edgert_q128_out *o,
					    void *y, edgert_int n)
{
	const edgert_int taps = p->kh * p->kw;
	edgert_q128 a[4];
	edgert_int k = 0;

	EDGERT_UNROLL_FEW
	for (int v = 0; v < nv; v++)
		a[v] = edgert_q128_load(bias + 4 * v);
	EDGERT_UNROLL_FEW
	for (; k + 1 < taps; k += 2)
		edgert_q128_pair(nv, a, edgert_dwconv2d_s8_tap(p, x, row, step, k),
				 edgert_dwconv2d_s8_tap(p, x, row, step, k + 1), w + 4 * nv * k);
	if (k < taps) {
		const int8_t *last = edgert_dwconv2d_s8_tap(p, x, row, step, k);

		edgert_q128_pair(nv, a, last, last, w + 4 * nv * k);
	}
	edgert_q128_finish(nv, a, scale, o, y, n < 4 * nv ? n : 4 * nv);
}

/* All channels of a pixel. */
EDGERT_INLINE void edgert_dwconv2d_s8_pixel(const struct edgert_conv2d *p, const int8_t *x,
					    edgert_int row, edgert_int step, const int8_t *w,
					    const int32_t *q, const struct edgert_q128_out *o,
					    void *y)
{
	const edgert_int taps = (p->kh * p->kw + 1) / 2 * 2, padded = (p->ci + 7) / 8 * 8;
	edgert_int c = 0;

	for (; c + 16 <= padded; c += 16)
		edgert_dwconv2d_s8_block(p, 4, x + c, row, step, w + c * taps, q + c,
					 q + padded + c, o, edgert_q128_result(o, y, c), p->ci - c);
	if (c < padded)
		edgert_dwconv2d_s8_block(p, 2, x + c, row, step, w + c * taps, q + c,
					 q + padded + c, o, edgert_q128_result(o, y, c), p->ci - c);
}

EDGERT_INLINE void edgert_dwconv2d_s8_any(const struct edgert_conv2d *p, const int8_t *x,
					  const int8_t *w, const int32_t *q, void *y,
					  const int wide, int8_t *copy)
{
	const edgert_int window = p->kh * p->kw * p->ci;
	const struct edgert_q128_out o = { p->shift, p->y_zero, p->lo, p->hi, wide };

	edgert_int8_fill(copy + window, 0, 8);
	for (edgert_int n = 0; n < p->n; n++, x += p->x_image)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++) {
				const edgert_int h = oh * p->sh - p->pt, v = ow * p->sw - p->pl;
				void *to = edgert_q128_result(
					&o, y, n * p->y_image + oh * p->y_row + ow * p->y_pixel);

				if (p->ci % 8 == 0 && edgert_int8_inside(p, h, v)) {
					edgert_dwconv2d_s8_pixel(
						p, x + h * p->x_row + v * p->x_pixel,
						p->dh * p->x_row, p->dw * p->x_pixel, w, q, &o, to);
				} else {
					edgert_int8_window(p, x, h, v, copy, p->kw * p->ci);
					edgert_dwconv2d_s8_pixel(p, copy, p->kw * p->ci, p->ci, w,
								 q, &o, to);
				}
			}
}

EDGERT_KERNEL void edgert_dwconv2d_s8__q128(const struct edgert_conv2d *p, const int8_t *x,
					    const int8_t *w, const int32_t *q, int8_t *y,
					    void *scratch)
{
	edgert_dwconv2d_s8_any(p, x, w, q, y, 0, scratch);
}

EDGERT_KERNEL void edgert_dwconv2d_s8s16__q128(const struct edgert_conv2d *p, const int8_t *x,
					       const int8_t *w, const int32_t *q, int16_t *y,
					       void *scratch)
{
	edgert_dwconv2d_s8_any(p, x, w, q, y, 1, scratch);
}
