/* tile.h - the register tile behind every dense kernel: mr rows times nv vectors of results in
 * registers,
 *
 *	acc[r][v] += x[r][k] * w[k][v]          for k over the taps
 *
 * where a row is an output pixel (or a row of a matrix), x[r][k] is broadcast and w[k][0..nv) are
 * adjacent vectors of packed weights. It is bound by multiply-adds when mr * nv accumulators hide
 * their latency (8 on current machines) and mr * nv + nv + 1 registers exist: 6x2 and 4x3 of 16,
 * 14x2 and 9x3 of 32. A machine of 8 (Helium) needs none for x: 3x2 and 7x1. A tile too small to hide it takes 2 or 4 phases of k at a time, each with
 * its own accumulators.
 *
 * mr and nv must be constants when the compiler sees the loop, or it keeps acc in memory. Where a
 * kernel is inlined with a constant parameter struct they are, and only that tile is compiled;
 * otherwise a switch over all tiles picks one (one copy of it per translation unit). */
#ifndef EDGERT_TILE_H
#define EDGERT_TILE_H

#include "vec.h"

/* Where the k of one result lie: three nested loops, strides in elements. The innermost is
 * contiguous in x; w_step separates two k of w there (nv * EDGERT_VF_LANES when w is packed). */
struct edgert_taps {
	edgert_int rows, x_row, w_row;
	edgert_int cols, x_col, w_col;
	edgert_int run, w_step;
};

/* Where results go: y[i + r * pixel] for the first channel of row r; b is the bias or NULL,
 * channels the end of the channels that exist: what a vector holds beyond is dropped. `exact` where
 * they fill all panels, `whole` where they fill vectors: when constant, these save the tests and
 * their code. */
struct edgert_sink {
	float *y;
	edgert_int pixel, channels;
	int exact, whole;
	const float *b;
	edgert_tail_f32 tail;
	edgert_tail_vf vtail;
	const void *const *operands;
};

/* The bias of a vector's channels, 0 beyond their end. */
EDGERT_INLINE edgert_vf edgert_tile_bias(const struct edgert_sink *s, edgert_int c)
{
	if (s->b && (s->exact || c + EDGERT_VF_LANES <= s->channels))
		return edgert_vf_load(s->b + c);
	if (s->b && !s->whole && c < s->channels)
		return edgert_vf_load_part(s->b + c, s->channels - c);
	return edgert_vf_zero();
}

/* Store accumulator number r. */
EDGERT_INLINE void edgert_tile_finish(const edgert_int nv, const struct edgert_sink *s, edgert_vf v,
				      edgert_int r, edgert_int i, edgert_int c)
{
	const edgert_int e = r % nv * EDGERT_VF_LANES, n = s->channels - c - e;
	const edgert_int at = i + r / nv * s->pixel + e;

	if (s->exact || n >= EDGERT_VF_LANES)
		edgert_vf_finish(s->y, v, at, c + e, 0, EDGERT_VF_LANES, s->tail, s->vtail,
				 s->operands);
	else if (!s->whole)
		edgert_vf_finish(s->y, v, at, c + e, 0, n, s->tail, s->vtail, s->operands);
}

/* One step of phase p: a[p][r][v] += x[r * xs] * w[v]. */
EDGERT_INLINE void edgert_tile_step(const edgert_int mr, const edgert_int nv, edgert_vf *a,
				    const float *x, edgert_int xs, const float *w)
{
	edgert_vf t[8];

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++)
		t[v] = edgert_vf_load(w + v * EDGERT_VF_LANES);
	EDGERT_UNROLL
	for (edgert_int r = 0; r < mr * nv; r++)
		a[r] = edgert_vf_fma_all(x[r / nv * xs], t[r % nv], a[r]);
}

/* Phases of a tile of n accumulators. */
EDGERT_INLINE edgert_int edgert_tile_phases(const edgert_int n)
{
#if EDGERT_VF_REGISTERS == 8
	return n == 1 ? 4 : n <= 3 ? 2 : 1;
#else
	return n <= 2 ? 4 : n <= 4 ? 2 : 1;
#endif
}

/* acc of the tile: row r of x begins at x + r * xs. */
EDGERT_INLINE void edgert_tile_sums(const edgert_int mr, const edgert_int nv,
				    const struct edgert_taps *k, const float *x, edgert_int xs,
				    const float *w, const edgert_vf *bias, edgert_vf *acc)
{
	const edgert_int n = mr * nv, phases = edgert_tile_phases(n);
	edgert_vf a[28];

	EDGERT_UNROLL
	for (edgert_int r = 0; r < n * phases; r++)
		a[r] = r < n ? bias[r % nv] : edgert_vf_zero();
	for (edgert_int q = 0; q < k->rows; q++)
		for (edgert_int u = 0; u < k->cols; u++) {
			const float *xr = x + q * k->x_row + u * k->x_col;
			const float *wr = w + q * k->w_row + u * k->w_col;
			edgert_int left = k->run;

			for (; left >= phases; left -= phases) {
				EDGERT_UNROLL
				for (edgert_int p = 0; p < phases; p++)
					edgert_tile_step(mr, nv, a + p * n, xr + p, xs,
							 wr + p * k->w_step);
				xr += phases;
				wr += phases * k->w_step;
				EDGERT_OPAQUE(xr);
			}
			if (phases > 1)
				for (; left > 0; left--) {
					edgert_tile_step(mr, nv, a, xr, xs, wr);
					xr++;
					wr += k->w_step;
					EDGERT_OPAQUE(xr);
				}
		}
	EDGERT_UNROLL
	for (edgert_int r = n; r < n * phases; r++)
		a[r % n] = edgert_vf_add(a[r % n], a[r]);
	EDGERT_UNROLL
	for (edgert_int r = 0; r < n; r++)
		acc[r] = a[r];
}

/* Of a size that is not a constant: one copy of all tiles. */
EDGERT_SHARED void edgert_tile_any(edgert_int mr, edgert_int nv, const struct edgert_taps *k,
				   const struct edgert_sink *s, const float *x, edgert_int xs,
				   const float *w, edgert_int i, edgert_int c)
{
	edgert_vf acc[28], bias[8];

	for (edgert_int v = 0; v < nv; v++)
		bias[v] = edgert_tile_bias(s, c + v * EDGERT_VF_LANES);
#define EDGERT_TILE(r, v)                                                                          \
	case (r)*16 + (v):                                                                         \
		edgert_tile_sums(r, v, k, x, xs, w, bias, acc);                                    \
		break;
#define EDGERT_TILES(r0, r1, r2, r3, v)                                                            \
	EDGERT_TILE(r0, v) EDGERT_TILE(r1, v) EDGERT_TILE(r2, v) EDGERT_TILE(r3, v)
	/* clang-format off: rows of a table, which it takes for one expression */
	switch (mr * 16 + nv) {
		EDGERT_TILES(1, 2, 3, 4, 1)
		EDGERT_TILE(5, 1)
		EDGERT_TILE(6, 1)
		EDGERT_TILE(7, 1)
		EDGERT_TILE(1, 2)
		EDGERT_TILE(2, 2)
		EDGERT_TILE(3, 2)
		EDGERT_TILE(1, 3)
		EDGERT_TILE(1, 4)
#if EDGERT_VF_REGISTERS >= 16
		EDGERT_TILE(8, 1)
		EDGERT_TILES(9, 10, 11, 12, 1)
		EDGERT_TILE(4, 2)
		EDGERT_TILE(5, 2)
		EDGERT_TILE(6, 2)
		EDGERT_TILE(2, 3)
		EDGERT_TILE(3, 3)
		EDGERT_TILE(4, 3)
		EDGERT_TILE(2, 4)
		EDGERT_TILE(1, 5)
		EDGERT_TILE(1, 6)
		EDGERT_TILE(1, 7)
		EDGERT_TILE(1, 8)
#endif
#if EDGERT_VF_REGISTERS == 32
		EDGERT_TILE(13, 1)
		EDGERT_TILE(14, 1)
		EDGERT_TILES(7, 8, 9, 10, 2)
		EDGERT_TILES(11, 12, 13, 14, 2)
		EDGERT_TILES(5, 6, 7, 8, 3)
		EDGERT_TILE(9, 3)
		EDGERT_TILES(3, 4, 5, 6, 4)
		EDGERT_TILE(7, 4)
#endif
	default:
		return;
	}
	/* clang-format on */
#undef EDGERT_TILES
#undef EDGERT_TILE
	for (edgert_int r = 0; r < mr * nv; r++)
		edgert_tile_finish(nv, s, acc[r], r, i, c);
}

/* The tile: results are y[i + r * pixel ...] of channels c ... */
EDGERT_INLINE void edgert_tile(const edgert_int mr, const edgert_int nv,
			       const struct edgert_taps *k, const struct edgert_sink *s,
			       const float *x, edgert_int xs, const float *w, edgert_int i,
			       edgert_int c)
{
	if (__builtin_constant_p(mr) && __builtin_constant_p(nv)) {
		edgert_vf acc[28], bias[8];

		EDGERT_UNROLL
		for (edgert_int v = 0; v < nv; v++)
			bias[v] = edgert_tile_bias(s, c + v * EDGERT_VF_LANES);
		edgert_tile_sums(mr, nv, k, x, xs, w, bias, acc);
		EDGERT_UNROLL
		for (edgert_int r = 0; r < mr * nv; r++)
			edgert_tile_finish(nv, s, acc[r], r, i, c);
	} else {
		edgert_tile_any(mr, nv, k, s, x, xs, w, i, c);
	}
}

/* m rows, xs apart, times `panels` panels of weights that lie `panel` apart, by tiles of mr x nv;
 * `block` tiles are finished by all panels before the next. Results begin at y[i], channel c. */
EDGERT_INLINE void edgert_tile_product(const edgert_int mr, const edgert_int nv,
				       const edgert_int block, const struct edgert_taps *k,
				       const struct edgert_sink *s, edgert_int m, const float *x,
				       edgert_int xs, const float *w, edgert_int panels,
				       edgert_int panel, edgert_int i, edgert_int c)
{
	const edgert_int rest = m % mr, width = nv * EDGERT_VF_LANES;

	for (edgert_int u = 0; u < m; u += block * mr)
		for (edgert_int n = 0; n < panels; n++) {
			const edgert_int end = u + block * mr < m ? u + block * mr : m;
			edgert_int r = u;

			for (; r + mr <= end; r += mr)
				edgert_tile(mr, nv, k, s, x + r * xs, xs, w + n * panel,
					    i + r * s->pixel + n * width, c + n * width);
			if (rest && end == m)
				edgert_tile(rest, nv, k, s, x + (m - rest) * xs, xs, w + n * panel,
					    i + (m - rest) * s->pixel + n * width, c + n * width);
		}
}

#endif
