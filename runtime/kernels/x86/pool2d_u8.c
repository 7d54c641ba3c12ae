/* pool2d_u8.c - maximum and mean of windows of bytes, a vector of channels at a time.
 *
 *	mean: y = clamp(round(sum of (x - x_zero) * factor) + y_zero, lo, hi)
 *
 * The mean's factor is factor[number of pixels that count], or where p->factors is 1 factor[0]. The
 * pixels of a group are interleaved and multiplied by ones: so their sums have 32 bits in one
 * step. */
#include "../isa/dot_out.h"
#include "../isa/pool8.h"

/* n bytes of a vector, which may be all. */
EDGERT_INLINE edgert_vq edgert_pool_u8_load(const uint8_t *x, edgert_int n)
{
	return n < EDGERT_VQ_BYTES ? edgert_vq_load_part(x, n) : edgert_vq_load(x);
}

EDGERT_INLINE edgert_vq edgert_pool_u8_max(const struct edgert_pool8 *w, const uint8_t *x,
					   edgert_int c, edgert_int n)
{
	edgert_vq m = edgert_vq_all(0);

	for (edgert_int r = 0; r < w->rows; r++)
		for (edgert_int k = 0; k < w->cols; k++)
			m = edgert_vq_max_u8(
				m, edgert_pool_u8_load(x + r * w->row + k * w->col + c, n));
	return m;
}

/* acc += the sums of channels c ..., in the order of edgert_vq_finish. */
EDGERT_INLINE void edgert_pool_u8_sum(const struct edgert_pool8 *w, const uint8_t *x, edgert_int c,
				      edgert_int n, edgert_vq *acc)
{
	const edgert_vq ones = edgert_vq_all(EDGERT_VQ_TAPS == 4 ? 0x01010101 : 0x00010001);

	for (edgert_int r = 0; r < w->rows; r++)
		for (edgert_int k = 0; k < w->cols; k += EDGERT_VQ_TAPS) {
			const uint8_t *from = x + r * w->row + k * w->col + c;
			edgert_vq pixels[EDGERT_VQ_TAPS], groups[EDGERT_VQ_TAPS];

			EDGERT_UNROLL
			for (int i = 0; i < EDGERT_VQ_TAPS; i++)
				pixels[i] = k + i < w->cols ? edgert_vq_take(from + i * w->col, n)
							    : edgert_vq_all(0);
			edgert_vq_interleave(pixels, groups);
			EDGERT_UNROLL
			for (int v = 0; v < EDGERT_VQ_TAPS; v++)
				acc[v] = edgert_vq_dot(acc[v], groups[v], ones);
		}
}

/* Blocks of `width` channels, the last one moved back into the pixel; a pixel that is shorter is
 * one block. */
EDGERT_INLINE edgert_int edgert_pool_u8_block(const struct edgert_pool2d *p, edgert_int width,
					      edgert_int c)
{
	return c + width <= p->c || p->c < width ? c : p->c - width;
}

EDGERT_KERNEL void edgert_maxpool2d_u8__x86(const struct edgert_pool2d *p, const uint8_t *x,
					    uint8_t *y)
{
	const edgert_int n = p->c < EDGERT_VQ_BYTES ? p->c : EDGERT_VQ_BYTES;

	for (edgert_int i = 0; i < p->n * p->oh * p->ow; i++) {
		const edgert_int ow = i % p->ow, oh = i / p->ow % p->oh, image = i / p->ow / p->oh;
		const struct edgert_pool8 w = edgert_pool8_window(p, oh, ow);
		const uint8_t *from = x + image * p->x_image + w.at;
		uint8_t *to = y + image * p->y_image + oh * p->y_row + ow * p->y_pixel;

		for (edgert_int b = 0; b < p->c; b += EDGERT_VQ_BYTES) {
			const edgert_int c = edgert_pool_u8_block(p, EDGERT_VQ_BYTES, b);
			const edgert_vq m = edgert_pool_u8_max(&w, from, c, n);

			if (n == EDGERT_VQ_BYTES)
				edgert_vq_store(to + c, m);
			else
				edgert_vq_store_part(to + c, m, n);
		}
	}
}

EDGERT_KERNEL void edgert_averagepool2d_u8__x86(const struct edgert_pool2d *p, const uint8_t *x,
						const float *factor, uint8_t *y)
{
	const edgert_int n = p->c < EDGERT_VQ_ITEMS ? p->c : EDGERT_VQ_ITEMS;
	const struct edgert_vq_out out = edgert_vq_out(p->y_zero, p->lo, p->hi, 0);
	float factors[EDGERT_VQ_ITEMS];

	for (edgert_int i = 0; i < p->n * p->oh * p->ow; i++) {
		const edgert_int ow = i % p->ow, oh = i / p->ow % p->oh, image = i / p->ow / p->oh;
		const struct edgert_pool8 w = edgert_pool8_window(p, oh, ow);
		const uint8_t *from = x + image * p->x_image + w.at;
		uint8_t *to = y + image * p->y_image + oh * p->y_row + ow * p->y_pixel;

		for (int l = 0; l < EDGERT_VQ_ITEMS; l++)
			factors[l] = factor[p->factors == 1 ? 0 : w.count];
		for (edgert_int b = 0; b < p->c; b += EDGERT_VQ_ITEMS) {
			const edgert_int c = edgert_pool_u8_block(p, EDGERT_VQ_ITEMS, b);
			edgert_vq acc[EDGERT_VQ_TAPS];

			EDGERT_UNROLL
			for (int v = 0; v < EDGERT_VQ_TAPS; v++)
				acc[v] =
					edgert_vq_all(0u - (uint32_t)(p->x_zero * w.rows * w.cols));
			edgert_pool_u8_sum(&w, from, c, n, acc);
			edgert_vq_finish(EDGERT_VQ_TAPS, acc, factors, &out, to + c, n);
		}
	}
}
