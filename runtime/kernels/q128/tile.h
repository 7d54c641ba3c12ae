/* tile.h - what the dense kernels in q128/ are: rows of x by register tiles (isa/q128_tile.h).
 *
 * A row has `steps` steps of taps, those beyond its end being of no effect: their weights are 0.
 * Panels of nv vectors, then what is left of them in panels of 2 and of 1:
 *
 *	w	[panel][step][STEP / TAPS][vector][lane][TAPS], 0 beyond the last tap and channel
 *	q	[channels, rounded up to 4] biases, as many scales
 */
#ifndef EDGERT_Q128_TILE_H
#define EDGERT_Q128_TILE_H

#include "../isa/q128_out.h"
#include "../isa/q128_tile.h"

/* What weights are, and where the results of row i go, in elements: the rows of images of `across` x
 * `down` pixels. */
struct edgert_q128_sink {
	void *y;
	int raw;              /* y gets the sums themselves, in 32 bits */
	int form;             /* of weights */
	const int32_t *terms; /* of each row, added to its sums; or NULL */
	edgert_int across, down, pixel, row, image;
	edgert_int channels;
	struct edgert_q128_out out;
};

EDGERT_INLINE edgert_int edgert_q128_at(const struct edgert_q128_sink *s, edgert_int i)
{
	if (s->row == s->across * s->pixel && s->image == s->down * s->row)
		return i * s->pixel;
	return i % s->across * s->pixel + i / s->across % s->down * s->row +
	       i / s->across / s->down * s->image;
}

/* Of n weights. */
EDGERT_INLINE edgert_int edgert_q128_weights_size(const int form, edgert_int n)
{
	return form == EDGERT_Q128_NIBBLES ? n / 2 : n;
}

EDGERT_INLINE void edgert_q128_sums(const int mr, const int nv, const int form, edgert_int steps,
				    const int8_t *x, edgert_int xs, const int8_t *w,
				    const int32_t *bias, edgert_q128 *out)
{
	const edgert_int size = edgert_q128_weights_size(form, 4 * nv * EDGERT_Q128_STEP);
	edgert_q128 a[EDGERT_Q128_MOST];

	edgert_q128_begin(mr, nv, a, bias);
	for (; steps > 0; steps--, x += EDGERT_Q128_STEP, w += size)
		edgert_q128_step(mr, nv, form, a, x, xs, w);
	edgert_q128_end(mr, nv, a, bias, out);
}

/* Of a size that is not a constant: one copy of all tiles for each form of weights. */
#if EDGERT_Q128_TAPS == 16
#define EDGERT_Q128_TILES(X, form) X(1, 1, form) X(2, 1, form) X(4, 1, form)
#else
#define EDGERT_Q128_TILES(X, form)                                                                 \
	X(1, 1, form)                                                                              \
	X(2, 1, form)                                                                              \
	X(4, 1, form)                                                                              \
	X(1, 2, form)                                                                              \
	X(2, 2, form) X(4, 2, form) X(1, 4, form) X(2, 4, form) X(4, 4, form)
#endif
#define EDGERT_Q128_TILE(r, v, form)                                                               \
	case (r)*8 + (v):                                                                          \
		edgert_q128_sums(r, v, form, steps, x, xs, w, bias, out);                          \
		break;
#define EDGERT_Q128_SUMS(name, form)                                                               \
	EDGERT_SHARED void edgert_q128_sums_##name(                                                \
		edgert_int mr, edgert_int nv, edgert_int steps, const int8_t *x, edgert_int xs,    \
		const int8_t *w, const int32_t *bias, edgert_q128 *out)                            \
	{                                                                                          \
		switch (mr * 8 + nv) {                                                             \
			EDGERT_Q128_TILES(EDGERT_Q128_TILE, form)                                  \
		default:                                                                           \
			return;                                                                    \
		}                                                                                  \
	}

EDGERT_Q128_SUMS(bytes, EDGERT_Q128_BYTES)
EDGERT_Q128_SUMS(nibbles, EDGERT_Q128_NIBBLES)
EDGERT_Q128_SUMS(all, EDGERT_Q128_ALL)

/* mr rows from row i on, nv vectors of channels from j on. */
EDGERT_INLINE void edgert_q128_tile(const int mr, const int nv, edgert_int steps, const int8_t *x,
				    edgert_int xs, const int8_t *w, const int32_t *bias,
				    const int32_t *scale, const struct edgert_q128_sink *s,
				    edgert_int i, edgert_int j)
{
	const edgert_int n = s->channels - j < 4 * nv ? s->channels - j : 4 * nv;
	edgert_q128 out[EDGERT_Q128_MOST];

	if (__builtin_constant_p(mr) && __builtin_constant_p(nv))
		edgert_q128_sums(mr, nv, s->form, steps, x, xs, w, bias, out);
	else if (s->form == EDGERT_Q128_NIBBLES)
		edgert_q128_sums_nibbles(mr, nv, steps, x, xs, w, bias, out);
	else if (s->form == EDGERT_Q128_ALL)
		edgert_q128_sums_all(mr, nv, steps, x, xs, w, bias, out);
	else
		edgert_q128_sums_bytes(mr, nv, steps, x, xs, w, bias, out);
	if (s->terms)
		for (int k = 0; k < mr * nv; k++)
			out[k] += s->terms[i + k / nv];
	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r++) {
		const edgert_int at = edgert_q128_at(s, i + r) + j;

		if (s->raw)
			edgert_q128_store_sums(nv, out + r * nv, (int32_t *)s->y + at, n);
		else
			edgert_q128_finish(nv, out + r * nv, scale, &s->out,
					   edgert_q128_result(&s->out, s->y, at), n);
	}
}

/* Panels of nv vectors for the channels [j, end) and `rows` rows from row i on. A last tile that
 * would be shorter does rows before it once more. */
EDGERT_INLINE void edgert_q128_panels(const int mr, const int nv, edgert_int steps, const int8_t *x,
				      edgert_int xs, edgert_int rows, const int8_t *w,
				      const int32_t *q, const struct edgert_q128_sink *s,
				      edgert_int i, edgert_int j, edgert_int end)
{
	const edgert_int padded = (s->channels + 3) / 4 * 4;

	for (; j < end; j += 4 * nv)
		for (edgert_int r = 0; r < rows; r += mr) {
			const edgert_int at = r + mr <= rows ? r : rows - mr;

			edgert_q128_tile(
				mr, nv, steps, x + at * xs, xs,
				w + edgert_q128_weights_size(s->form, j * steps * EDGERT_Q128_STEP),
				q + j, q + padded + j, s, i + at, j);
		}
}

/* The same for all channels. */
EDGERT_INLINE void edgert_q128_product(const int mr, const int nv, edgert_int steps,
				       const int8_t *x, edgert_int xs, edgert_int rows,
				       const int8_t *w, const int32_t *q,
				       const struct edgert_q128_sink *s, edgert_int i)
{
	const int high = rows >= mr ? mr : rows >= 2 ? 2 : 1;
	const edgert_int end = (s->channels + 3) / 4 * 4;
	const edgert_int fours = nv == 4 ? end / 16 * 16 : 0;
	const edgert_int twos = nv >= 2 ? end / 8 * 8 : 0;

	if (fours > 0)
		edgert_q128_panels(high, 4, steps, x, xs, rows, w, q, s, i, 0, fours);
	if (twos > fours)
		edgert_q128_panels(high, 2, steps, x, xs, rows, w, q, s, i, fours, twos);
	if (end > twos)
		edgert_q128_panels(high, 1, steps, x, xs, rows, w, q, s, i, twos, end);
}

#endif
