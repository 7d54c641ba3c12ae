/* winograd_f32.c - dense 3x3 convolution, stride 1, by Winograd's F(4x4, 3x3): a quarter of the
 * multiplications.
 *
 *	Y = A^T [ sum over ic of (G w G^T) * (B^T d B) ] A      d: 6x6 inputs, Y: 4x4 outputs,
 *								* elementwise
 *
 *	       4  0 -5  0  1  0          1  1  1  1  1  0            1/4    0    0
 *	       0 -4 -4  1  1  0          0  1 -1  2 -2  0           -1/6 -1/6 -1/6
 *	B^T =  0  4 -4 -1  1  0   A^T =  0  1  1  4  4  0      G =  -1/6  1/6 -1/6
 *	       0 -2 -1  2  1  0          0  1 -1  8 -8  1           1/24 1/12  1/6
 *	       0  2 -1 -2  1  0                                     1/24 -1/12 1/6
 *	       0  4  0 -5  0  1                                        0    0    1
 *
 * (Lavin and Gray, 2015). The sums over channels are 36 matrix products with a row per tile of the
 * image, by the register tile of isa/tile.h. p->block tiles, a multiple of p->mr, go through all
 * three steps before the next. Rounding: the constants are up to 5 and 8, so errors are some ten
 * times those of a direct convolution.
 *
 * Packed weights, G w G^T:    [panel][36][ci][nv * EDGERT_VF_LANES]
 * scratch: v [36][block][ci], m [36][block][nv * EDGERT_VF_LANES], one tile [36][ci], channels
 * rounded up to lanes; each of the 36 is followed by 16 floats more, so that they do not compete
 * for the same lines of L1. */
#include <string.h>

#include "../isa/tile.h"

/* o = B^T d, elements `step` apart in both. */
EDGERT_INLINE void edgert_winograd_in(const edgert_vf d0, const edgert_vf d1, const edgert_vf d2,
				      const edgert_vf d3, const edgert_vf d4, const edgert_vf d5,
				      edgert_vf *o)
{
	const edgert_vf a = edgert_vf_fma(edgert_vf_all(-4.0f), d2, d4);
	const edgert_vf b = edgert_vf_fma(edgert_vf_all(-4.0f), d1, d3);
	const edgert_vf c = edgert_vf_sub(d4, d2), e = edgert_vf_sub(d3, d1);

	o[0] = edgert_vf_fma(edgert_vf_all(4.0f), d0, edgert_vf_fma(edgert_vf_all(-5.0f), d2, d4));
	o[1] = edgert_vf_add(a, b);
	o[2] = edgert_vf_sub(a, b);
	o[3] = edgert_vf_fma(edgert_vf_all(2.0f), e, c);
	o[4] = edgert_vf_fma(edgert_vf_all(-2.0f), e, c);
	o[5] = edgert_vf_fma(edgert_vf_all(4.0f), d1, edgert_vf_fma(edgert_vf_all(-5.0f), d3, d5));
}

/* o = A^T m */
EDGERT_INLINE void edgert_winograd_out(const edgert_vf m0, const edgert_vf m1, const edgert_vf m2,
				       const edgert_vf m3, const edgert_vf m4, const edgert_vf m5,
				       edgert_vf *o)
{
	const edgert_vf a = edgert_vf_add(m1, m2), b = edgert_vf_sub(m1, m2);
	const edgert_vf c = edgert_vf_add(m3, m4), d = edgert_vf_sub(m3, m4);

	o[0] = edgert_vf_add(edgert_vf_add(m0, a), c);
	o[1] = edgert_vf_fma(edgert_vf_all(2.0f), d, b);
	o[2] = edgert_vf_fma(edgert_vf_all(4.0f), c, a);
	o[3] = edgert_vf_add(edgert_vf_fma(edgert_vf_all(8.0f), d, b), m5);
}

/* The part of a tile that is in memory: rows [r0, r1), columns [c0, c1) of 6. */
struct edgert_winograd_clip {
	edgert_int r0, r1, c0, c1;
};

/* One tile, all channels: v[k * next + c] = (B^T d B)[k], d at x by strides; whole vectors are
 * read. What `clip` (NULL: nothing) leaves out is 0. */
EDGERT_INLINE void edgert_winograd_tile_in(edgert_int channels, const float *x, edgert_int row,
					   edgert_int pixel,
					   const struct edgert_winograd_clip *clip, float *v,
					   edgert_int next)
{
	for (edgert_int c = 0; c < channels; c += EDGERT_VF_LANES) {
		edgert_vf t[36], o[6];

		for (int j = 0; j < 6; j++) {
			edgert_vf d[6];

			EDGERT_UNROLL
			for (int i = 0; i < 6; i++)
				d[i] = clip && (j < clip->c0 || j >= clip->c1 || i < clip->r0 ||
						i >= clip->r1)
					       ? edgert_vf_zero()
					       : edgert_vf_load(x + i * row + j * pixel + c);
			edgert_winograd_in(d[0], d[1], d[2], d[3], d[4], d[5], o);
			EDGERT_UNROLL
			for (int i = 0; i < 6; i++)
				t[i * 6 + j] = o[i];
		}
		for (int i = 0; i < 6; i++) {
			const edgert_vf *d = t + i * 6;

			edgert_winograd_in(d[0], d[1], d[2], d[3], d[4], d[5], o);
			EDGERT_UNROLL
			for (int j = 0; j < 6; j++)
				edgert_vf_store(v + (i * 6 + j) * next + c, o[j]);
		}
	}
}

/* The 36 pixels from (h, w) on to t [36][stride], 0 outside the image and beyond ci. */
EDGERT_INLINE void edgert_winograd_gather(const struct edgert_conv2d *p, const float *x,
					  edgert_int h, edgert_int w, float *t, edgert_int stride)
{
	for (edgert_int k = 0; k < 36; k++) {
		const edgert_int r = h + k / 6, s = w + k % 6;
		const int inside = r >= 0 && r < p->ih && s >= 0 && s < p->iw;
		float *to = t + k * stride;

		if (inside)
			memcpy(to, x + r * p->x_row + s * p->x_pixel, (size_t)p->ci * sizeof *to);
		for (edgert_int c = inside ? p->ci : 0; c < stride; c++)
			to[c] = 0.0f;
	}
}

/* One tile, one vector of channels: nh x nw of A^T m A to y[i ...]. */
EDGERT_INLINE void edgert_winograd_tile_out(const struct edgert_conv2d *p,
					    const struct edgert_sink *s, const float *m,
					    edgert_int next, edgert_int i, edgert_int c,
					    edgert_int nh, edgert_int nw)
{
	const edgert_vf b = edgert_tile_bias(s, c);
	edgert_vf t[24], o[4];

	for (int j = 0; j < 6; j++) {
		const float *e = m + j * next;

		edgert_winograd_out(edgert_vf_load(e), edgert_vf_load(e + 6 * next),
				    edgert_vf_load(e + 12 * next), edgert_vf_load(e + 18 * next),
				    edgert_vf_load(e + 24 * next), edgert_vf_load(e + 30 * next),
				    o);
		EDGERT_UNROLL
		for (int r = 0; r < 4; r++)
			t[r * 6 + j] = o[r];
	}
	for (edgert_int r = 0; r < nh; r++) {
		const edgert_vf *e = t + r * 6;

		edgert_winograd_out(e[0], e[1], e[2], e[3], e[4], e[5], o);
		EDGERT_UNROLL
		for (edgert_int q = 0; q < 4; q++)
			if (q < nw)
				edgert_tile_finish(1, s, o[q] + b, 0,
						   i + r * p->y_row + q * p->y_pixel, c);
	}
}

/* Tiles [first, first + count) of image n; rows of v up to a whole number of register tiles. */
EDGERT_INLINE void edgert_winograd_block(const struct edgert_conv2d *p, const struct edgert_sink *s,
					 const float *x, const float *w, edgert_int i,
					 edgert_int first, edgert_int count, float *v)
{
	const edgert_int width = p->nv * EDGERT_VF_LANES, panels = (p->co + width - 1) / width;
	const edgert_int lanes = (p->ci + EDGERT_VF_LANES - 1) / EDGERT_VF_LANES * EDGERT_VF_LANES;
	const edgert_int v_next = p->block * lanes + 16, m_next = p->block * width + 16;
	const edgert_int across = (p->ow + 3) / 4, rows = (count + p->mr - 1) / p->mr * p->mr;
	const struct edgert_taps taps = { .rows = 1, .cols = 1, .run = p->ci, .w_step = width };
	/* What of x is in memory: with a halo as far as the windows reach. */
	const edgert_int top = p->x_halo ? -p->pt : 0, left = p->x_halo ? -p->pl : 0;
	const edgert_int bottom = p->x_halo ? p->oh + 2 - p->pt : p->ih;
	const edgert_int right = p->x_halo ? p->ow + 2 - p->pl : p->iw;
	float *m = v + 36 * v_next, *gathered = m + 36 * m_next;
	const struct edgert_sink to = {
		.y = m, .pixel = width, .channels = width, .exact = 1, .whole = 1
	};

	for (edgert_int t = 0; t < rows; t++) {
		const edgert_int h = (first + t) / across * 4 - p->pt;
		const edgert_int q = (first + t) % across * 4 - p->pl;
		const struct edgert_winograd_clip clip = { top - h, bottom - h, left - q,
							   right - q };
		const float *from = x + h * p->x_row + q * p->x_pixel;

		if (p->ci != lanes) {
			edgert_winograd_gather(p, x, h, q, gathered, lanes);
			edgert_winograd_tile_in(lanes, gathered, 6 * lanes, lanes, NULL,
						v + t * lanes, v_next);
		} else if (clip.r0 <= 0 && clip.r1 >= 6 && clip.c0 <= 0 && clip.c1 >= 6) {
			edgert_winograd_tile_in(lanes, from, p->x_row, p->x_pixel, NULL,
						v + t * lanes, v_next);
		} else {
			edgert_winograd_tile_in(lanes, from, p->x_row, p->x_pixel, &clip,
						v + t * lanes, v_next);
		}
	}
	for (edgert_int n = 0; n < panels; n++) {
		for (edgert_int k = 0; k < 36; k++)
			for (edgert_int t = 0; t < rows; t += p->mr)
				edgert_tile(p->mr, p->nv, &taps, &to, v + k * v_next + t * lanes,
					    lanes, w + (n * 36 + k) * p->ci * width,
					    k * m_next + t * width, 0);
		for (edgert_int t = 0; t < count; t++) {
			const edgert_int oh = (first + t) / across * 4;
			const edgert_int ow = (first + t) % across * 4;

			for (edgert_int c = 0; c < width && n * width + c < p->co;
			     c += EDGERT_VF_LANES)
				edgert_winograd_tile_out(
					p, s, m + t * width + c, m_next,
					i + oh * p->y_row + ow * p->y_pixel + n * width + c,
					n * width + c, p->oh - oh < 4 ? p->oh - oh : 4,
					p->ow - ow < 4 ? p->ow - ow : 4);
		}
	}
}

EDGERT_KERNEL void edgert_conv2d_f32__winograd(const struct edgert_conv2d *p, const float *x,
					       const float *w, const float *b, float *y,
					       void *scratch, edgert_tail_f32 tail,
					       edgert_tail_vf vtail, const void *const *operands)
{
	const edgert_int tiles = ((p->oh + 3) / 4) * ((p->ow + 3) / 4);
	const struct edgert_sink s = {
		.y = y,
		.channels = p->co,
		.exact = p->co % EDGERT_VF_LANES == 0, /* only existing vectors are asked for */
		.whole = p->co % EDGERT_VF_LANES == 0,
		.b = b,
		.tail = tail,
		.vtail = vtail,
		.operands = operands,
	};

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int t = 0; t < tiles; t += p->block)
			edgert_winograd_block(p, &s, x + n * p->x_image, w, n * p->y_image, t,
					      tiles - t < p->block ? tiles - t : p->block,
					      (float *)scratch);
}
