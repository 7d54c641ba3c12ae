/* winograd_u8.c - dense 3x3 convolution, stride 1, by Winograd's F(2x2, 3x3) in integers: 16
 * multiplications for 36, and every bit of the sum.
 *
 *	4 Y = A^T [ sum over ic of (2G w 2G^T) * (B^T d B) ] A	    d: 4x4 inputs, Y: 2x2 outputs,
 *								    * elementwise
 *
 *	       1  0 -1  0                             2  0  0
 *	B^T =  0  1  1  0   A^T =  1  1  1  0   2G =  1  1  1
 *	       0 -1  1  0          0  1 -1 -1         1 -1  1
 *	       0  1  0 -1                             0  0  2
 *
 * (Lavin and Gray, 2015, with G doubled.) B^T d B is within 4 * 255 and 2G w 2G^T within 9 * 128, so
 * both fit the 16 bits of a tap; sums may wrap, for 4 Y does not: 9 * ci * 255 * 128 < 2^29.
 *
 * The sums over channels are 16 matrix products with a row per tile of the image, by the register
 * tile of isa/qtile.h. p->block rows of tiles go through all steps before the next: the rows of x
 * that they need are copied to scratch with x_zero around them (see padded.h).
 *
 * Packed:
 *	w	[panel][16][group of ci][vector][lane][tap]	2G w 2G^T
 *	q	[panel][bias][vector][lane], [factor][vector][lane]; as many zeros as a panel has lanes
 * scratch, across being the tiles of a row, n = block * across or p->mr if that is more, channels
 * rounded up to EDGERT_VQ_ITEMS: the rows [2 block + 2][2 across + 2][ci] and a vector, in taps;
 * v [16][n][channels] taps; m [16][n][vector][lane] sums. Each of the 16 is followed by a vector,
 * so that they do not compete for the same lines of L1. */
#include "../isa/qtile.h"
#include "padded.h"

#if EDGERT_VQ_TAPS != 2
#error "transformed inputs need taps of 16 bits"
#endif

/* o = B^T d */
EDGERT_INLINE void edgert_winograd_u8_in(const edgert_vq_s16 d0, const edgert_vq_s16 d1,
					 const edgert_vq_s16 d2, const edgert_vq_s16 d3,
					 edgert_vq_s16 *o)
{
	o[0] = d0 - d2;
	o[1] = d1 + d2;
	o[2] = d2 - d1;
	o[3] = d1 - d3;
}

/* o = A^T m */
EDGERT_INLINE void edgert_winograd_u8_out(const edgert_vq m0, const edgert_vq m1,
					  const edgert_vq m2, const edgert_vq m3, edgert_vq *o)
{
	o[0] = m0 + m1 + m2;
	o[1] = m1 - m2 - m3;
}

/* One tile at x, all channels: v[k * next + c] = (B^T d B)[k]. */
EDGERT_INLINE void edgert_winograd_u8_tile_in(edgert_int channels, const edgert_vq_tap *x,
					      edgert_int row, edgert_int pixel, edgert_vq_tap *v,
					      edgert_int next)
{
	for (edgert_int c = 0; c < channels; c += EDGERT_VQ_ITEMS) {
		edgert_vq_s16 t[16], o[4];

		EDGERT_UNROLL
		for (int j = 0; j < 4; j++) {
			edgert_vq_s16 d[4];

			EDGERT_UNROLL
			for (int i = 0; i < 4; i++)
				d[i] = (edgert_vq_s16)edgert_vq_load(x + i * row + j * pixel + c);
			edgert_winograd_u8_in(d[0], d[1], d[2], d[3], o);
			EDGERT_UNROLL
			for (int i = 0; i < 4; i++)
				t[i * 4 + j] = o[i];
		}
		EDGERT_UNROLL
		for (int i = 0; i < 4; i++) {
			edgert_winograd_u8_in(t[4 * i], t[4 * i + 1], t[4 * i + 2], t[4 * i + 3],
					      o);
			EDGERT_UNROLL
			for (int j = 0; j < 4; j++)
				edgert_vq_store(v + (i * 4 + j) * next + c, (edgert_vq)o[j]);
		}
	}
}

/* One tile of sums m, a panel of channels: the first n of them of nh x nw pixels to y. */
EDGERT_INLINE void edgert_winograd_u8_tile_out(const struct edgert_conv2d *p, const edgert_int nv,
					       const uint32_t *m, edgert_int next, const int32_t *q,
					       const struct edgert_vq_out *out, uint8_t *y,
					       edgert_int n, edgert_int nh, edgert_int nw)
{
	const float *factor = (const float *)(const void *)(q + nv * EDGERT_VQ_LANES);
	edgert_vq acc[4][4]; /* [pixel][vector] */

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++) {
		const edgert_vq bias = edgert_vq_load(q + v * EDGERT_VQ_LANES);
		edgert_vq t[8], o[2];

		EDGERT_UNROLL
		for (int j = 0; j < 4; j++) {
			const uint32_t *e = m + j * next + v * EDGERT_VQ_LANES;

			edgert_winograd_u8_out(edgert_vq_load(e), edgert_vq_load(e + 4 * next),
					       edgert_vq_load(e + 8 * next),
					       edgert_vq_load(e + 12 * next), o);
			t[j] = o[0];
			t[4 + j] = o[1];
		}
		EDGERT_UNROLL
		for (int r = 0; r < 2; r++) {
			edgert_winograd_u8_out(t[4 * r], t[4 * r + 1], t[4 * r + 2], t[4 * r + 3],
					       o);
			EDGERT_UNROLL
			for (int c = 0; c < 2; c++)
				acc[2 * r + c][v] = (edgert_vq)((edgert_vq_s32)o[c] >> 2) + bias;
		}
	}
	EDGERT_UNROLL
	for (int r = 0; r < 2; r++) {
		EDGERT_UNROLL
		for (int c = 0; c < 2; c++)
			if (r < nh && c < nw)
				edgert_vq_finish(nv, acc[2 * r + c], factor, out,
						 y + r * p->y_row + c * p->y_pixel, n);
	}
}

/* m = v * w for `count` tiles, one of the 16, one panel. */
EDGERT_INLINE void edgert_winograd_u8_product(const edgert_int mr, const edgert_int nv,
					      edgert_int ci, edgert_int channels, edgert_int count,
					      const edgert_vq_tap *v, const int8_t *w,
					      const int32_t *zeros, uint32_t *m)
{
	const struct edgert_qtaps k = { .rows = 1, .cols = 1, .run = ci };
	const edgert_int width = nv * EDGERT_VQ_LANES, last = count > mr ? count - mr : 0;
	edgert_vq acc[16];

	for (edgert_int t = 0; t < count; t += mr) {
		const edgert_int at = t < last ? t : last;

		edgert_qtile_acc(mr, nv, &k, v + at * channels, channels, w, zeros, acc);
		EDGERT_UNROLL
		for (edgert_int r = 0; r < mr * nv; r++)
			edgert_vq_store(m + at * width + r * EDGERT_VQ_LANES, acc[r]);
	}
}

/* Rows [first, first + rows) of tiles of one image. */
EDGERT_INLINE void edgert_winograd_u8_block(const struct edgert_conv2d *p, const uint8_t *x,
					    const int8_t *w, const int32_t *q, uint8_t *y,
					    edgert_int first, edgert_int rows,
					    edgert_vq_tap *scratch)
{
	const edgert_int width = p->nv * EDGERT_VQ_LANES, panels = (p->co + width - 1) / width;
	const edgert_int channels =
		(p->ci + EDGERT_VQ_ITEMS - 1) / EDGERT_VQ_ITEMS * EDGERT_VQ_ITEMS;
	const edgert_int across = (p->ow + 1) / 2, cols = 2 * across + 2, count = rows * across;
	const edgert_int most = p->block * across > p->mr ? p->block * across : p->mr;
	const edgert_int v_next = most * channels + EDGERT_VQ_ITEMS;
	const edgert_int m_next = most * width + EDGERT_VQ_LANES;
	const edgert_int groups = (p->ci + 1) / 2;
	const struct edgert_vq_out out = edgert_vq_out(p->y_zero, p->lo, p->hi);
	edgert_vq_tap *v = scratch + (2 * p->block + 2) * cols * p->ci + EDGERT_VQ_ITEMS;
	uint32_t *m = (uint32_t *)(void *)(v + 16 * v_next);

	edgert_padded_rows(p, x, 2 * first - p->pt, 2 * rows + 2, cols, 1, scratch);
	for (edgert_int t = 0; t < count; t++)
		edgert_winograd_u8_tile_in(
			channels, scratch + (t / across * 2 * cols + t % across * 2) * p->ci,
			cols * p->ci, p->ci, v + t * channels, v_next);
	for (edgert_int n = 0; n < panels; n++, q += 2 * width) {
		const edgert_int c = p->co - n * width < width ? p->co - n * width : width;

		for (edgert_int k = 0; k < 16; k++, w += groups * p->nv * EDGERT_VQ_BYTES)
			edgert_winograd_u8_product(p->mr, p->nv, p->ci, channels, count,
						   v + k * v_next, w, q + (panels - n) * 2 * width,
						   m + k * m_next);
		for (edgert_int t = 0; t < count; t++) {
			const edgert_int oh = (first + t / across) * 2, ow = t % across * 2;

			edgert_winograd_u8_tile_out(p, p->nv, m + t * width, m_next, q, &out,
						    y + oh * p->y_row + ow * p->y_pixel + n * width,
						    c, p->oh - oh, p->ow - ow);
		}
	}
}

EDGERT_KERNEL void edgert_conv2d_u8__winograd(const struct edgert_conv2d *p, const uint8_t *x,
					      const int8_t *w, const int32_t *q, uint8_t *y,
					      void *scratch)
{
	const edgert_int tiles = (p->oh + 1) / 2;

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int t = 0; t < tiles; t += p->block)
			edgert_winograd_u8_block(p, x + n * p->x_image, w, q, y + n * p->y_image, t,
						 tiles - t < p->block ? tiles - t : p->block,
						 (edgert_vq_tap *)scratch);
}
