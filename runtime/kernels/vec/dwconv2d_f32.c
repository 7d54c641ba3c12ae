/* dwconv2d_f32.c - depthwise convolution, one input channel to one output channel (groups = ci =
 * co).
 *
 *	y[oh, ow, c] = tail(b[c] + sum over kh,kw of x[.., .., c] * w[c][kh][kw])
 *
 * A vector holds adjacent channels; p->mr adjacent output columns are held in registers, so that an
 * element of x is loaded once for all the windows of the tile that it lies in. Packed weights:
 *
 *	w[vector][kh][kw][EDGERT_VF_LANES]
 *
 * Where ci is no multiple of the lanes, the last vector is the last EDGERT_VF_LANES channels, of
 * which only those not in the vector before are stored; with fewer channels than lanes it is
 * padded with zeros. Blocks of p->nv vectors are done over the whole image before the next:
 * their rows stay in L1. */
#include "../isa/vec.h"

/* One window row: a[t] += x[t * sw + k * dw] * w[k]. When `clip`, only input columns in [lo, hi),
 * counted from the tile's first, exist. */
EDGERT_INLINE void edgert_dwconv2d_tap(const struct edgert_conv2d *p, const edgert_int tile,
				       edgert_vf *a, const float *x, const float *w, edgert_int k,
				       const int clip, edgert_int lo, edgert_int hi)
{
	const edgert_vf u = edgert_vf_load(w + k * EDGERT_VF_LANES);

	EDGERT_UNROLL
	for (edgert_int t = 0; t < tile; t++) {
		const edgert_int j = t * p->sw + k * p->dw;

		if (!clip || (j >= lo && j < hi)) {
			const float *from = x + j * p->x_pixel;

			a[t] = edgert_vf_fma(p->ci < EDGERT_VF_LANES
						     ? edgert_vf_load_part(from, p->ci)
						     : edgert_vf_load(from),
					     u, a[t]);
		}
	}
}

/* One vector of channels of one tile. x: input column 0 of the tile in the first of `rows` window
 * rows. */
EDGERT_INLINE void edgert_dwconv2d_vector(const struct edgert_conv2d *p, const edgert_int tile,
					  const float *x, const float *w, edgert_int rows,
					  const int clip, edgert_int lo, edgert_int hi,
					  edgert_vf bias, edgert_vf *done)
{
	edgert_vf a[14];

	EDGERT_UNROLL
	for (edgert_int t = 0; t < tile; t++)
		a[t] = bias;
	for (edgert_int q = 0; q < rows; q++) {
		const float *xr = x + q * p->dh * p->x_row;
		const float *wr = w + q * p->kw * EDGERT_VF_LANES;

		/* Unrolled when they are a constant, and few: then elements are loaded once. */
		if (__builtin_constant_p(p->kw) && p->kw <= 9) {
			EDGERT_UNROLL
			for (edgert_int k = 0; k < p->kw; k++)
				edgert_dwconv2d_tap(p, tile, a, xr, wr, k, clip, lo, hi);
		} else {
			for (edgert_int k = 0; k < p->kw; k++)
				edgert_dwconv2d_tap(p, tile, a, xr, wr, k, clip, lo, hi);
		}
	}
	EDGERT_UNROLL
	for (edgert_int t = 0; t < tile; t++)
		done[t] = a[t];
}

/* The same for a tile whose size is not a constant: one copy of all. */
EDGERT_SHARED void edgert_dwconv2d_any(const struct edgert_conv2d *p, edgert_int tile,
				       const float *x, const float *w, edgert_int rows, int clip,
				       edgert_int lo, edgert_int hi, const edgert_vf *bias,
				       edgert_vf *done)
{
#define EDGERT_DWCONV2D_CASE(n)                                                                    \
	case n:                                                                                    \
		edgert_dwconv2d_vector(p, n, x, w, rows, clip, lo, hi, *bias, done);               \
		break;
	switch (tile) {
		EDGERT_DWCONV2D_CASE(1)
		EDGERT_DWCONV2D_CASE(2)
		EDGERT_DWCONV2D_CASE(3)
#if EDGERT_VF_REGISTERS >= 16
		EDGERT_DWCONV2D_CASE(4)
		EDGERT_DWCONV2D_CASE(5)
		EDGERT_DWCONV2D_CASE(6)
		EDGERT_DWCONV2D_CASE(7)
#endif
#if EDGERT_VF_REGISTERS == 32
		EDGERT_DWCONV2D_CASE(8)
		EDGERT_DWCONV2D_CASE(9)
		EDGERT_DWCONV2D_CASE(10)
		EDGERT_DWCONV2D_CASE(11)
		EDGERT_DWCONV2D_CASE(12)
		EDGERT_DWCONV2D_CASE(13)
		EDGERT_DWCONV2D_CASE(14)
#endif
	default:
		break;
	}
#undef EDGERT_DWCONV2D_CASE
}

/* What the vectors of a row of tiles share. */
struct edgert_dwconv2d_row {
	const float *x, *w, *b; /* x: window row 0, input column 0; w: window row 0 */
	float *y;
	edgert_int i;               /* offset in y of the row */
	edgert_int rows;            /* window rows inside */
	edgert_int vector, vectors; /* [first, end) of this block */
	edgert_tail_f32 tail;
	edgert_tail_vf vtail;
	const void *const *operands;
};

/* Store what is column ow of channels c ... */
EDGERT_INLINE void edgert_dwconv2d_finish(const struct edgert_conv2d *p,
					  const struct edgert_dwconv2d_row *r, edgert_vf v,
					  edgert_int ow, edgert_int c, edgert_int old, edgert_int n)
{
	edgert_vf_finish(r->y, v, r->i + ow * p->y_pixel + c, c, old, n, r->tail, r->vtail,
			 r->operands);
}

/* Tile of `tile` output columns from ow on. */
EDGERT_INLINE void edgert_dwconv2d_tile(const struct edgert_conv2d *p,
					const struct edgert_dwconv2d_row *r, const edgert_int tile,
					edgert_int ow, const int clip)
{
	const edgert_int whole = p->ci / EDGERT_VF_LANES, window = p->kh * p->kw * EDGERT_VF_LANES;
	const edgert_int at = ow * p->sw - p->pl;

	for (edgert_int v = r->vector; v < r->vectors; v++) {
		/* The last vector may begin within the one before; `old` lanes are that one's. */
		const edgert_int c =
			v < whole || whole == 0 ? v * EDGERT_VF_LANES : p->ci - EDGERT_VF_LANES;
		const edgert_int old = v * EDGERT_VF_LANES - c;
		const edgert_int n = whole == 0 ? p->ci : EDGERT_VF_LANES;
		const float *x = r->x + at * p->x_pixel + c, *w = r->w + v * window;
		edgert_vf bias = edgert_vf_zero(), done[14];

		if (r->b)
			bias = whole == 0 ? edgert_vf_load_part(r->b, p->ci)
					  : edgert_vf_load(r->b + c);
		if (__builtin_constant_p(tile) && __builtin_constant_p(clip)) {
			edgert_dwconv2d_vector(p, tile, x, w, r->rows, clip, -at, p->iw - at, bias,
					       done);
			EDGERT_UNROLL
			for (edgert_int t = 0; t < tile; t++)
				edgert_dwconv2d_finish(p, r, done[t], ow + t, c, old, n);
		} else {
			edgert_dwconv2d_any(p, tile, x, w, r->rows, clip, -at, p->iw - at, &bias,
					    done);
			for (edgert_int t = 0; t < tile; t++)
				edgert_dwconv2d_finish(p, r, done[t], ow + t, c, old, n);
		}
	}
}

/* Is a column of x that the tile of output columns [ow, ow + tile) wants outside? */
EDGERT_INLINE int edgert_dwconv2d_clips(const struct edgert_conv2d *p, edgert_int tile,
					edgert_int ow)
{
	const edgert_int at = ow * p->sw - p->pl;

	return !p->x_halo && (at < 0 || at + (tile - 1) * p->sw + (p->kw - 1) * p->dw >= p->iw);
}

/* A row: the first and the last tile and the rest have fixed places, so that what they clip is
 * known. */
EDGERT_INLINE void edgert_dwconv2d_tiles(const struct edgert_conv2d *p,
					 const struct edgert_dwconv2d_row *r)
{
	const edgert_int tiles = p->ow / p->mr, rest = p->ow % p->mr;
	const edgert_int last = (tiles - 1) * p->mr;
	const int inner = edgert_dwconv2d_clips(p, p->mr, p->mr) ||
			  edgert_dwconv2d_clips(p, p->mr, last - p->mr);

	if (tiles > 0)
		edgert_dwconv2d_tile(p, r, p->mr, 0, edgert_dwconv2d_clips(p, p->mr, 0));
	for (edgert_int ow = p->mr; ow < last; ow += p->mr)
		edgert_dwconv2d_tile(p, r, p->mr, ow, inner);
	if (tiles > 1)
		edgert_dwconv2d_tile(p, r, p->mr, last, edgert_dwconv2d_clips(p, p->mr, last));
	if (rest)
		edgert_dwconv2d_tile(p, r, rest, p->ow - rest,
				     edgert_dwconv2d_clips(p, rest, p->ow - rest));
}

EDGERT_KERNEL void edgert_dwconv2d_f32__vec(const struct edgert_conv2d *p, const float *x,
					    const float *w, const float *b, float *y, void *scratch,
					    edgert_tail_f32 tail, edgert_tail_vf vtail,
					    const void *const *operands)
{
	const edgert_int vectors = (p->ci + EDGERT_VF_LANES - 1) / EDGERT_VF_LANES;

	(void)scratch;
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int v = 0; v < vectors; v += p->nv)
			for (edgert_int oh = 0; oh < p->oh; oh++) {
				const edgert_int h = oh * p->sh - p->pt;
				struct edgert_dwconv2d_row r = {
					.b = b,
					.y = y,
					.i = n * p->y_image + oh * p->y_row,
					.vector = v,
					.vectors = v + p->nv < vectors ? v + p->nv : vectors,
					.tail = tail,
					.vtail = vtail,
					.operands = operands,
				};
				edgert_int q0 = 0, q1 = p->kh;

				if (!p->x_halo) {
					if (h < 0)
						q0 = (-h + p->dh - 1) / p->dh;
					if (h + (p->kh - 1) * p->dh >= p->ih)
						q1 = h >= p->ih ? 0 : (p->ih - 1 - h) / p->dh + 1;
				}
				r.rows = q1 - q0;
				r.x = x + n * p->x_image + (h + q0 * p->dh) * p->x_row;
				r.w = w + q0 * p->kw * EDGERT_VF_LANES;
				edgert_dwconv2d_tiles(p, &r);
			}
}
