/* qtile.h - the register tile behind every dense 8-bit kernel: mr rows times nv vectors of sums,
 *
 *	acc[r][v] += dot(a group of row r, w[v])	for each group of EDGERT_VQ_TAPS k of the taps
 *
 * See tile.h for what a row is and why mr and nv are constants. 16 sums fit the registers beside
 * what gcc needs for intrinsics (AVX-512), fewer do with 16 registers; see qtile.c of the
 * compiler. A tile too small to hide the latency of the products takes 2 or 4 phases of k at a
 * time.
 *
 * Weights and numbers are packed by panels of nv vectors, then the vectors that are left in panels
 * of 2 and of 1, whose tiles are as much higher. A panel:
 *
 *	w	[group][vector][lane][tap]	zeros beyond a run's end
 *	q	[nv * EDGERT_VQ_LANES] bias, as many factors
 *
 * with channels in the order of edgert_vq_finish. */
#ifndef EDGERT_QTILE_H
#define EDGERT_QTILE_H

#include "dot_out.h"

/* Where the k of one result lie: three nested loops, in taps of x; w goes on from one to the next.
 * A run begins a new group. */
struct edgert_qtaps {
	edgert_int rows, x_row;
	edgert_int cols, x_col;
	edgert_int run;
	int over; /* up to EDGERT_VQ_TAPS - 1 taps after a run may be read */
};

/* Where results go: row r at y + r * pixel, or where `sums` is given, the sums themselves at
 * sums + r * pixel; channels: how many exist; terms: what is added to the sums of row r, or NULL. */
struct edgert_qsink {
	uint8_t *y;
	int32_t *sums;
	const int32_t *terms;
	edgert_int pixel, channels;
	struct edgert_vq_out out;
};

/* a += one group of each row (its first n taps) times one of weights. */
EDGERT_INLINE void edgert_qtile_step(const edgert_int mr, const edgert_int nv, edgert_vq *a,
				     const edgert_vq_tap *x, edgert_int xs, const int8_t *w,
				     const edgert_int n)
{
	edgert_vq t[4];

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++)
		t[v] = edgert_vq_load(w + v * EDGERT_VQ_BYTES);
	EDGERT_UNROLL
	for (edgert_int r = 0; r < mr; r++) {
		const edgert_vq b = edgert_vq_spread(x + r * xs, n);

		EDGERT_UNROLL
		for (edgert_int v = 0; v < nv; v++)
			a[r * nv + v] = edgert_vq_dot(a[r * nv + v], b, t[v]);
	}
}

EDGERT_INLINE void edgert_qtile_sums(const edgert_int mr, const edgert_int nv,
				     const struct edgert_qtaps *k, const edgert_vq_tap *x,
				     edgert_int xs, const int8_t *w, const int32_t *q,
				     edgert_vq *acc)
{
	const edgert_int n = mr * nv, phases = n <= 3 ? 4 : n <= 6 ? 2 : 1;
	const edgert_int rest = k->over ? 0 : k->run % EDGERT_VQ_TAPS;
	const edgert_int groups = (k->run - rest + EDGERT_VQ_TAPS - 1) / EDGERT_VQ_TAPS;
	edgert_vq a[16];

	EDGERT_UNROLL
	for (edgert_int r = 0; r < n * phases; r++)
		a[r] = r < n ? edgert_vq_load(q + r % nv * EDGERT_VQ_LANES) : edgert_vq_all(0);
	for (edgert_int h = 0; h < k->rows; h++)
		for (edgert_int c = 0; c < k->cols; c++) {
			const edgert_vq_tap *xr = x + h * k->x_row + c * k->x_col;
			edgert_int left = groups;

			for (; left >= phases; left -= phases) {
				EDGERT_UNROLL
				for (edgert_int p = 0; p < phases; p++)
					edgert_qtile_step(
						mr, nv, a + p * n, xr + p * EDGERT_VQ_TAPS, xs,
						w + p * nv * EDGERT_VQ_BYTES, EDGERT_VQ_TAPS);
				xr += phases * EDGERT_VQ_TAPS;
				w += phases * nv * EDGERT_VQ_BYTES;
			}
			for (; phases > 1 && left > 0; left--) {
				edgert_qtile_step(mr, nv, a, xr, xs, w, EDGERT_VQ_TAPS);
				xr += EDGERT_VQ_TAPS;
				w += nv * EDGERT_VQ_BYTES;
			}
			if (rest) {
				edgert_qtile_step(mr, nv, a, xr, xs, w, rest);
				w += nv * EDGERT_VQ_BYTES;
			}
		}
	EDGERT_UNROLL
	for (edgert_int r = n; r < n * phases; r++)
		a[r % n] += a[r];
	EDGERT_UNROLL
	for (edgert_int r = 0; r < n; r++)
		acc[r] = a[r];
}

/* Of a size that is not a constant: one copy of all tiles. */
EDGERT_SHARED void edgert_qtile_any(edgert_int mr, edgert_int nv, const struct edgert_qtaps *k,
				    const edgert_vq_tap *x, edgert_int xs, const int8_t *w,
				    const int32_t *q, edgert_vq *acc)
{
#define EDGERT_QTILE(r, v)                                                                         \
	case (r)*8 + (v):                                                                          \
		edgert_qtile_sums(r, v, k, x, xs, w, q, acc);                                      \
		break;
#define EDGERT_QTILES(r, v)                                                                        \
	EDGERT_QTILE(r, v)                                                                         \
	EDGERT_QTILE((r) + 1, v) EDGERT_QTILE((r) + 2, v) EDGERT_QTILE((r) + 3, v)
	/* clang-format off: rows of a table, which it takes for one expression */
	switch (mr * 8 + nv) {
		EDGERT_QTILES(1, 1)
		EDGERT_QTILES(5, 1)
		EDGERT_QTILES(9, 1)
		EDGERT_QTILES(13, 1)
		EDGERT_QTILES(1, 2)
		EDGERT_QTILES(5, 2)
		EDGERT_QTILES(1, 4)
	default:
		return;
	}
	/* clang-format on */
#undef EDGERT_QTILES
#undef EDGERT_QTILE
}

/* The sums of one tile, of whatever size. */
EDGERT_INLINE void edgert_qtile_acc(const edgert_int mr, const edgert_int nv,
				    const struct edgert_qtaps *k, const edgert_vq_tap *x,
				    edgert_int xs, const int8_t *w, const int32_t *q,
				    edgert_vq *acc)
{
	if (__builtin_constant_p(mr) && __builtin_constant_p(nv))
		edgert_qtile_sums(mr, nv, k, x, xs, w, q, acc);
	else
		edgert_qtile_any(mr, nv, k, x, xs, w, q, acc);
}

/* mr rows of results from element i on, the first n of their channels. */
EDGERT_INLINE void edgert_qtile_finish(const edgert_int mr, const edgert_int nv,
				       const edgert_vq *acc, const float *factor,
				       const struct edgert_qsink *s, edgert_int i, edgert_int n)
{
	EDGERT_UNROLL
	for (edgert_int r = 0; r < mr; r += 2) {
		const edgert_int at = i + r * s->pixel;

		if (s->sums) {
			edgert_vq_store_sums(nv, acc + r * nv, s->sums + at, n);
			if (r + 1 < mr)
				edgert_vq_store_sums(nv, acc + (r + 1) * nv,
						     s->sums + at + s->pixel, n);
		} else if (r + 1 < mr) {
			edgert_vq_finish_two(nv, acc + r * nv, factor, &s->out, s->y + at, s->pixel,
					     n);
		} else {
			edgert_vq_finish(nv, acc + r * nv, factor, &s->out, s->y + at, n);
		}
	}
}

/* acc += the terms of mr rows. */
EDGERT_INLINE void edgert_qtile_add(const edgert_int mr, const edgert_int nv, const int32_t *terms,
				    edgert_vq *acc)
{
	if (!terms)
		return;
	EDGERT_UNROLL
	for (edgert_int r = 0; r < mr * nv; r++)
		acc[r] += edgert_vq_all((uint32_t)terms[r / nv]);
}

/* The tile: results of row r at element i + r * s->pixel, the first n of their channels. terms: of row 0. */
EDGERT_INLINE void edgert_qtile(const edgert_int mr, const edgert_int nv,
				const struct edgert_qtaps *k, const struct edgert_qsink *s,
				const int32_t *terms, const edgert_vq_tap *x, edgert_int xs,
				const int8_t *w, const int32_t *q, edgert_int i, edgert_int n)
{
	const float *factor = (const float *)(const void *)(q + nv * EDGERT_VQ_LANES);
	edgert_vq acc[16];

	if (__builtin_constant_p(mr) && __builtin_constant_p(nv)) {
		edgert_qtile_sums(mr, nv, k, x, xs, w, q, acc);
		edgert_qtile_add(mr, nv, terms, acc);
		edgert_qtile_finish(mr, nv, acc, factor, s, i, n);
	} else {
		edgert_qtile_any(mr, nv, k, x, xs, w, q, acc);
		edgert_qtile_add(mr, nv, terms, acc);
		edgert_qtile_finish(mr, nv, acc, factor, s, i, n);
	}
}

/* Groups of one result. */
EDGERT_INLINE edgert_int edgert_qtile_groups(const struct edgert_qtaps *k)
{
	return k->rows * k->cols * ((k->run + EDGERT_VQ_TAPS - 1) / EDGERT_VQ_TAPS);
}

/* The rows of one product: m of them, xs taps apart in x and s->pixel bytes in y, in each of
 * `strips` strips. */
struct edgert_qrows {
	const edgert_vq_tap *x;
	edgert_int m, xs;
	edgert_int strips, x_strip, y_strip;
};

/* While tiles go through one panel of weights, each asks for its share of the next one: a tile that
 * waits for weights from afar would stop at each line. A single tile is none the better for it, nor
 * are weights that L1 holds, `all` bytes of them. */
struct edgert_qahead {
	const int8_t *next, *end;
	edgert_int share;
};

EDGERT_INLINE struct edgert_qahead edgert_qtile_ahead(const int8_t *next, edgert_int size,
						      edgert_int all, edgert_int tiles)
{
	const int gains = tiles > 1 && all > 16384;
	const struct edgert_qahead a = { next, next + (gains ? size : 0),
					 (size + 64 * tiles - 1) / (64 * tiles) };

	return a;
}

EDGERT_INLINE void edgert_qtile_ask(struct edgert_qahead *a)
{
	if (a->next >= a->end)
		return;
	for (edgert_int i = 0; i < a->share; i++, a->next += 64)
		__builtin_prefetch(a->next, 0, 2);
}

/* Rows [first, stop) of all strips times panels of nv vectors for channels [c, end); w and q are
 * those of c. The tile has mr rows, at most m; a last one that would be shorter does
 * rows before it once more. */
EDGERT_INLINE void edgert_qtile_panels(const edgert_int mr, const edgert_int nv,
				       const struct edgert_qtaps *k, const struct edgert_qsink *s,
				       const struct edgert_qrows *rows, edgert_int first,
				       edgert_int stop, const int8_t *w, const int32_t *q,
				       edgert_int c, edgert_int end)
{
	const edgert_int width = nv * EDGERT_VQ_LANES;
	const edgert_int panel = edgert_qtile_groups(k) * nv * EDGERT_VQ_BYTES;
	const edgert_int tiles = (stop - first + mr - 1) / mr * rows->strips;
	const int whole = end <= s->channels;

	for (edgert_int j = c; j < end; j += width, w += panel, q += 2 * width) {
		const edgert_int n = whole || s->channels - j > width ? width : s->channels - j;
		struct edgert_qahead ahead =
			edgert_qtile_ahead(w + panel, panel, (end - c) / width * panel, tiles);

		for (edgert_int u = 0; u < rows->strips; u++)
			for (edgert_int r = first; r < stop; r += mr) {
				const edgert_int at = r + mr <= rows->m ? r : rows->m - mr;

				edgert_qtile_ask(&ahead);
				edgert_qtile(mr, nv, k, s, s->terms ? s->terms + at : NULL,
					     rows->x + u * rows->x_strip + at * rows->xs, rows->xs,
					     w, q, u * rows->y_strip + at * s->pixel + j, n);
			}
	}
}

/* All channels: panels of nv, then what is left of them. `block` rows are finished by all panels
 * before the next. */
EDGERT_INLINE void edgert_qtile_product(const edgert_int mr, const edgert_int nv,
					const edgert_int block, const struct edgert_qtaps *k,
					const struct edgert_qsink *s,
					const struct edgert_qrows *rows, const int8_t *w,
					const int32_t *q)
{
	const edgert_int vectors = (s->channels + EDGERT_VQ_LANES - 1) / EDGERT_VQ_LANES;
	const edgert_int fours = nv == 4 ? vectors / 4 * 4 : 0;
	const edgert_int twos = nv >= 2 ? vectors / 2 * 2 : 0;
	const edgert_int vector = edgert_qtile_groups(k) * EDGERT_VQ_BYTES;
	const edgert_int numbers = 2 * EDGERT_VQ_LANES, m = rows->m;

	for (edgert_int u = 0; u < m; u += block) {
		const edgert_int stop = u + block < m ? u + block : m;

		if (fours > 0)
			edgert_qtile_panels(mr < m ? mr : m, 4, k, s, rows, u, stop, w, q, 0,
					    fours * EDGERT_VQ_LANES);
		if (twos > fours)
			edgert_qtile_panels(mr * nv / 2 < m ? mr * nv / 2 : m, 2, k, s, rows, u,
					    stop, w + fours * vector, q + fours * numbers,
					    fours * EDGERT_VQ_LANES, twos * EDGERT_VQ_LANES);
		if (vectors > twos)
			edgert_qtile_panels(mr * nv < m ? mr * nv : m, 1, k, s, rows, u, stop,
					    w + twos * vector, q + twos * numbers,
					    twos * EDGERT_VQ_LANES, vectors * EDGERT_VQ_LANES);
	}
}

/* A matrix in bytes: m rows of k, xs apart, in each of `strips` strips. */
struct edgert_qmatrix {
	const uint8_t *x;
	edgert_int m, k, xs;
	edgert_int strips, x_strip, y_strip;
};

#if EDGERT_VQ_TAPS != 4
/* Rows [first, first + n) of all strips as taps, one after the other. */
EDGERT_INLINE void edgert_qtile_widen(const struct edgert_qmatrix *a, edgert_int first,
				      edgert_int n, edgert_vq_tap *to)
{
	const edgert_int end = first + n;

	for (edgert_int u = first / a->m; u * a->m < end; u++) {
		const edgert_int from = u * a->m > first ? u * a->m : first;
		const edgert_int stop = (u + 1) * a->m < end ? (u + 1) * a->m : end;
		const uint8_t *x = a->x + u * a->x_strip + (from - u * a->m) * a->xs;

		if (a->xs == a->k) {
			edgert_vq_widen(to + (from - first) * a->k, x, (stop - from) * a->k);
			continue;
		}
		for (edgert_int i = from; i < stop; i++, x += a->xs)
			edgert_vq_widen(to + (i - first) * a->k, x, a->k);
	}
}
#endif

/* All rows of a times the weights. Where products take wider taps, p->block rows at a time are
 * widened to scratch [block][k], across strips where their results are one after the other; the
 * last of them with some of those before, so that tiles keep their height. */
EDGERT_INLINE void edgert_qtile_matrix(const edgert_int mr, const edgert_int nv,
				       const edgert_int block, const struct edgert_qmatrix *a,
				       const struct edgert_qsink *s, const int8_t *w,
				       const int32_t *q, edgert_vq_tap *scratch)
{
	const struct edgert_qtaps k = { .rows = 1, .cols = 1, .run = a->k };
#if EDGERT_VQ_TAPS == 4
	const struct edgert_qrows rows = { a->x, a->m, a->xs, a->strips, a->x_strip, a->y_strip };

	(void)scratch;
	edgert_qtile_product(mr, nv, block, &k, s, &rows, w, q);
#else
	const edgert_int joined = a->y_strip == a->m * s->pixel ? a->strips : 1;
	const edgert_int m = joined * a->m, n = block < m ? block : m;
	const struct edgert_qrows rows = { .x = scratch, .m = n, .xs = a->k, .strips = 1 };

	for (edgert_int u = 0; u < a->strips; u += joined)
		for (edgert_int r = 0; r < m; r += n) {
			const edgert_int first = r + n <= m ? r : m - n;
			const edgert_int at = u * a->y_strip + first * s->pixel;
			struct edgert_qsink to = *s;

			edgert_qtile_widen(a, u * a->m + first, n, scratch);
			to.y = s->y ? s->y + at : s->y;
			to.sums = s->sums ? s->sums + at : s->sums;
			edgert_qtile_product(mr, nv, n, &k, &to, &rows, w, q);
		}
#endif
}

#endif
