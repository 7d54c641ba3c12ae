/* winograd_u8.c - dense 3x3 convolution, stride 1, by Winograd's F(t x t, 3x3) in integers, t being
 * 2 or 4: (t + 2)^2 multiplications for 9 t^2, and every bit of the sum.
 *
 *	Y = D [ A^T [ sum over ic of (G w G^T) * (B^T d B) ] A ]    d: (t+2)^2 inputs, Y: t^2
 *								    * elementwise, D: a division
 *
 * t = 2, with G doubled (Lavin and Gray, 2015), so that what D divides is 4 Y:
 *
 *	       1  0 -1  0                             2  0  0
 *	B^T =  0  1  1  0   A^T =  1  1  1  0   G =   1  1  1
 *	       0 -1  1  0          0  1 -1 -1         1 -1  1
 *	       0  1  0 -1                             0  0  2
 *
 * t = 4, of the points 0, +-1, +-2, with what makes G whole numbers taken into A^T:
 *
 *	       4  0 -5  0  1  0                                6  0  0
 *	       0 -4 -4  1  1  0          1 -4 -4  1  1  0      1  1  1
 *	B^T =  0  4 -4 -1  1  0   A^T =  0 -2  2  1 -1  0  G = 1 -1  1
 *	       0 -2 -1  2  1  0          0 -1 -1  1  1  0      1  2  4
 *	       0  2 -1 -2  1  0          0 -1  1  2 -2  1      1 -2  4
 *	       0  4  0 -5  0  1                                0  0  6
 *
 * whose rows give 24, 12, 6 and 6 times the output: 9 is divided by in multiplying by its inverse
 * modulo 2^32, then a shift takes the powers of two away.
 *
 * B^T d B is within 4 * 255 (t = 2) or 68 * 255, G w G^T within 9 * 128 or 49 * 128, so both fit the
 * 16 bits of a tap. Sums may wrap, for what the shift begins with does not: the compiler proves by
 * the weights that sums of products are below 2^29 (t = 2, 4 Y) or 2^25 (64 Y).
 *
 * The sums over channels are (t+2)^2 matrix products with a row per tile of the image, by the
 * register tile of isa/qtile.h. p->block rows of tiles go through all steps before the next: the
 * rows of x that they need are copied to scratch with x_zero around them (see padded.h).
 *
 * Packed:
 *	w	[panel][(t+2)^2][group of ci][vector][lane][tap]	G w G^T
 *	q	[panel][bias][vector][lane], [factor][vector][lane]; as many zeros as a panel has lanes
 * scratch, across being the tiles of a row, n = block * across or p->mr if that is more, channels
 * rounded up to EDGERT_VQ_ITEMS: the rows [t block + 2][t across + 2][ci] and a vector, in taps;
 * v [(t+2)^2][n][channels] taps; m [(t+2)^2][n][vector][lane] sums. Each of the (t+2)^2 is followed
 * by a vector, so that they do not compete for the same lines of L1. */
#include "../isa/qtile.h"
#include "padded.h"

#if EDGERT_VQ_TAPS != 2
#error "transformed inputs need taps of 16 bits"
#endif

/* o = B^T d */
EDGERT_INLINE void edgert_winograd_u8_in(const edgert_int t, const edgert_vq_s16 *d,
					 edgert_vq_s16 *o)
{
	if (t == 2) {
		o[0] = d[0] - d[2];
		o[1] = d[1] + d[2];
		o[2] = d[2] - d[1];
		o[3] = d[1] - d[3];
	} else {
		const edgert_vq_s16 even = d[4] - d[2], odd = d[1] - d[3];
		const edgert_vq_s16 even4 = d[4] - (d[2] << 2), odd4 = d[3] - (d[1] << 2);

		o[0] = ((d[0] - d[2]) << 2) + even;
		o[1] = even4 + odd4;
		o[2] = even4 - odd4;
		o[3] = even - (odd << 1);
		o[4] = even + (odd << 1);
		o[5] = (odd << 2) + (d[5] - d[3]);
	}
}

/* o = A^T m */
EDGERT_INLINE void edgert_winograd_u8_out(const edgert_int t, const edgert_vq *m, edgert_vq *o)
{
	if (t == 2) {
		o[0] = m[0] + m[1] + m[2];
		o[1] = m[1] - m[2] - m[3];
	} else {
		const edgert_vq sum1 = m[1] + m[2], sum2 = m[3] + m[4];
		const edgert_vq less1 = m[1] - m[2], less2 = m[3] - m[4];

		o[0] = m[0] - (sum1 << 2) + sum2;
		o[1] = less2 - (less1 << 1);
		o[2] = sum2 - sum1;
		o[3] = (less2 << 1) - less1 + m[5];
	}
}

/* D, of output r of a column and c of a row. */
EDGERT_INLINE edgert_vq edgert_winograd_u8_divide(const edgert_int t, const edgert_int r,
						  const edgert_int c, edgert_vq m)
{
	const int shift = (r == 0) + (c == 0) + (r < 2) + (c < 2) + 2;

	if (t == 2)
		return (edgert_vq)((edgert_vq_s32)m >> 2);
	return (edgert_vq)((edgert_vq_s32)(m * edgert_vq_all(0x38e38e39)) >> shift);
}

/* One tile at x, all channels: v[k * next + c] = (B^T d B)[k]. */
EDGERT_INLINE void edgert_winograd_u8_tile_in(const edgert_int t, edgert_int channels,
					      const edgert_vq_tap *x, edgert_int row,
					      edgert_int pixel, edgert_vq_tap *v, edgert_int next)
{
	const edgert_int side = t + 2;

	for (edgert_int c = 0; c < channels; c += EDGERT_VQ_ITEMS) {
		edgert_vq_s16 s[36], d[6], o[6];

		EDGERT_UNROLL
		for (edgert_int j = 0; j < side; j++) {
			EDGERT_UNROLL
			for (edgert_int i = 0; i < side; i++)
				d[i] = (edgert_vq_s16)edgert_vq_load(x + i * row + j * pixel + c);
			edgert_winograd_u8_in(t, d, o);
			EDGERT_UNROLL
			for (edgert_int i = 0; i < side; i++)
				s[i * side + j] = o[i];
		}
		EDGERT_UNROLL
		for (edgert_int i = 0; i < side; i++) {
			edgert_winograd_u8_in(t, s + i * side, o);
			EDGERT_UNROLL
			for (edgert_int j = 0; j < side; j++)
				edgert_vq_store(v + (i * side + j) * next + c, (edgert_vq)o[j]);
		}
	}
}

/* One tile of sums m, a panel of channels: the first n of them of nh x nw pixels to y. */
EDGERT_INLINE void edgert_winograd_u8_tile_out(const edgert_int t, const struct edgert_conv2d *p,
					       const edgert_int nv, const uint32_t *m,
					       edgert_int next, const int32_t *q,
					       const struct edgert_vq_out *out, uint8_t *y,
					       edgert_int n, edgert_int nh, edgert_int nw)
{
	const edgert_int side = t + 2;
	const float *factor = (const float *)(const void *)(q + nv * EDGERT_VQ_LANES);
	edgert_vq acc[16 * 4]; /* [pixel][vector] */

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++) {
		const edgert_vq bias = edgert_vq_load(q + v * EDGERT_VQ_LANES);
		edgert_vq s[24], e[6], o[4];

		EDGERT_UNROLL
		for (edgert_int j = 0; j < side; j++) {
			EDGERT_UNROLL
			for (edgert_int i = 0; i < side; i++)
				e[i] = edgert_vq_load(m + (i * side + j) * next +
						      v * EDGERT_VQ_LANES);
			edgert_winograd_u8_out(t, e, o);
			EDGERT_UNROLL
			for (edgert_int i = 0; i < t; i++)
				s[i * side + j] = o[i];
		}
		EDGERT_UNROLL
		for (edgert_int r = 0; r < t; r++) {
			edgert_winograd_u8_out(t, s + r * side, o);
			EDGERT_UNROLL
			for (edgert_int c = 0; c < t; c++)
				acc[(r * t + c) * nv + v] =
					edgert_winograd_u8_divide(t, r, c, o[c]) + bias;
		}
	}
	EDGERT_UNROLL
	for (edgert_int r = 0; r < t; r++) {
		EDGERT_UNROLL
		for (edgert_int c = 0; c < t; c += 2) {
			uint8_t *to = y + r * p->y_row + c * p->y_pixel;

			if (r < nh && c + 1 < nw)
				edgert_vq_finish_two(nv, acc + (r * t + c) * nv, factor, out, to,
						     p->y_pixel, n);
			else if (r < nh && c < nw)
				edgert_vq_finish(nv, acc + (r * t + c) * nv, factor, out, to, n);
		}
	}
}

/* m = v * w for `count` tiles, one of the (t+2)^2, one panel. */
EDGERT_INLINE void edgert_winograd_u8_product(const edgert_int mr, const edgert_int nv,
					      edgert_int ci, edgert_int channels, edgert_int count,
					      const edgert_vq_tap *v, const int8_t *w,
					      const int32_t *zeros, uint32_t *m)
{
	const struct edgert_qtaps k = { .rows = 1, .cols = 1, .run = ci };
	const edgert_int width = nv * EDGERT_VQ_LANES, last = count > mr ? count - mr : 0;
	const edgert_int size = (ci + 1) / 2 * nv * EDGERT_VQ_BYTES;
	struct edgert_qahead ahead =
		edgert_qtile_ahead(w + size, size, 36 * size, (count + mr - 1) / mr);
	edgert_vq acc[16];

	for (edgert_int t = 0; t < count; t += mr) {
		const edgert_int at = t < last ? t : last;

		edgert_qtile_ask(&ahead);
		edgert_qtile_acc(mr, nv, &k, v + at * channels, channels, w, zeros, acc);
		EDGERT_UNROLL
		for (edgert_int r = 0; r < mr * nv; r++)
			edgert_vq_store(m + at * width + r * EDGERT_VQ_LANES, acc[r]);
	}
}

/* Rows [first, first + rows) of tiles of one image. */
EDGERT_INLINE void edgert_winograd_u8_block(const edgert_int t, const struct edgert_conv2d *p,
					    const uint8_t *x, const int8_t *w, const int32_t *q,
					    uint8_t *y, edgert_int first, edgert_int rows,
					    edgert_vq_tap *scratch)
{
	const edgert_int points = (t + 2) * (t + 2);
	const edgert_int width = p->nv * EDGERT_VQ_LANES, panels = (p->co + width - 1) / width;
	const edgert_int channels =
		(p->ci + EDGERT_VQ_ITEMS - 1) / EDGERT_VQ_ITEMS * EDGERT_VQ_ITEMS;
	const edgert_int across = (p->ow + t - 1) / t, cols = t * across + 2, count = rows * across;
	const edgert_int most = p->block * across > p->mr ? p->block * across : p->mr;
	const edgert_int v_next = most * channels + EDGERT_VQ_ITEMS;
	const edgert_int m_next = most * width + EDGERT_VQ_LANES;
	const edgert_int groups = (p->ci + 1) / 2;
	const struct edgert_vq_out out = edgert_vq_out(p->y_zero, p->lo, p->hi, p->fits);
	edgert_vq_tap *v = scratch + (t * p->block + 2) * cols * p->ci + EDGERT_VQ_ITEMS;
	uint32_t *m = (uint32_t *)(void *)(v + points * v_next);

	edgert_padded_rows(p, x, t * first - p->pt, t * rows + 2, cols, 1, scratch);
	for (edgert_int i = 0; i < count; i++)
		edgert_winograd_u8_tile_in(
			t, channels, scratch + (i / across * t * cols + i % across * t) * p->ci,
			cols * p->ci, p->ci, v + i * channels, v_next);
	for (edgert_int n = 0; n < panels; n++, q += 2 * width) {
		const edgert_int c = p->co - n * width < width ? p->co - n * width : width;

		for (edgert_int k = 0; k < points; k++, w += groups * p->nv * EDGERT_VQ_BYTES)
			edgert_winograd_u8_product(p->mr, p->nv, p->ci, channels, count,
						   v + k * v_next, w, q + (panels - n) * 2 * width,
						   m + k * m_next);
		for (edgert_int i = 0; i < count; i++) {
			const edgert_int oh = (first + i / across) * t, ow = i % across * t;

			edgert_winograd_u8_tile_out(t, p, p->nv, m + i * width, m_next, q, &out,
						    y + oh * p->y_row + ow * p->y_pixel + n * width,
						    c, p->oh - oh, p->ow - ow);
		}
	}
}

EDGERT_INLINE void edgert_winograd_u8_any(const edgert_int t, const struct edgert_conv2d *p,
					  const uint8_t *x, const int8_t *w, const int32_t *q,
					  uint8_t *y, void *scratch)
{
	const edgert_int tiles = (p->oh + t - 1) / t;

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int i = 0; i < tiles; i += p->block)
			edgert_winograd_u8_block(t, p, x + n * p->x_image, w, q, y + n * p->y_image,
						 i, tiles - i < p->block ? tiles - i : p->block,
						 (edgert_vq_tap *)scratch);
}

EDGERT_KERNEL void edgert_conv2d_u8__winograd2(const struct edgert_conv2d *p, const uint8_t *x,
					       const int8_t *w, const int32_t *q, uint8_t *y,
					       void *scratch)
{
	edgert_winograd_u8_any(2, p, x, w, q, y, scratch);
}

EDGERT_KERNEL void edgert_conv2d_u8__winograd4(const struct edgert_conv2d *p, const uint8_t *x,
					       const int8_t *w, const int32_t *q, uint8_t *y,
					       void *scratch)
{
	edgert_winograd_u8_any(4, p, x, w, q, y, scratch);
}
