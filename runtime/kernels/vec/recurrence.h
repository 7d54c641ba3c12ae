/* recurrence.h - what the vector LSTM and GRU share.
 *
 * H is hidden rounded up to whole vectors, G = gates * H, gates in ONNX's order, each padded with
 * zeros. A step is two products (isa/tile.h) and a cell that knows vectors only:
 *
 *	xg = x W^T + bx    for up to EDGERT_VEC_RECURRENCE_STEPS steps at once, tiles of mr x nv
 *	g = h R^T          tiles of rr x rv
 *
 * Packed, per direction: w [panel][input][nv * lanes], r [panel][hidden][rv * lanes], each
 * product's columns cut into panels, the last padded with zeros; b [2][G]: what is added to x W^T,
 * and to h R^T inside GRU's linear_before_reset. All rows of a batch go together, unless `lens`
 * gives each its own length.
 *
 * scratch: xg, g, then the rows' h and c, H apart. */
#ifndef EDGERT_VEC_RECURRENCE_H
#define EDGERT_VEC_RECURRENCE_H

#include "../isa/tile.h"
#include "../isa/vec_math.h"

#define EDGERT_VEC_RECURRENCE_STEPS 12

/* One direction of `rows` rows of the batch from row `first` on, all `length` steps long. */
struct edgert_vec_recurrence {
	edgert_int d, first, rows, length;
	edgert_int hv, columns; /* vectors of H; G in floats */
	const float *w, *r, *b;
	float *xg, *g, *h, *c, *t; /* t: [rows][H] more, for GRU */
};

/* Step s is at this time. */
EDGERT_INLINE edgert_int edgert_vec_time(const struct edgert_recurrence *p, edgert_int d,
					 edgert_int length, edgert_int s)
{
	return d == 1 || p->reverse ? length - 1 - s : s;
}

/* y[row] = x[row] times panels of nv vectors, + bias; m rows, xs apart, by tiles of mr (a
 * constant). */
EDGERT_INLINE void edgert_vec_recurrence_product(const edgert_int mr, const edgert_int nv,
						 edgert_int m, const float *x, edgert_int xs,
						 edgert_int k, const float *w, const float *bias,
						 edgert_int columns, float *y, edgert_int y_row)
{
	const edgert_int width = nv * EDGERT_VF_LANES;
	const struct edgert_taps taps = { .rows = 1, .cols = 1, .run = k, .w_step = width };
	const struct edgert_sink s = { .y = y,
				       .pixel = y_row,
				       .channels = columns,
				       .exact = columns % width == 0,
				       .whole = 1,
				       .b = bias };
	const edgert_int panels = (columns + width - 1) / width;

	for (edgert_int n = 0; n < panels; n++) {
		const float *panel = w + n * k * width;
		edgert_int r = 0;

		for (; r + mr <= m; r += mr)
			edgert_tile(mr, nv, &taps, &s, x + r * xs, xs, panel, r * y_row + n * width,
				    n * width);
		for (; mr > 1 && r < m; r++)
			edgert_tile(1, nv, &taps, &s, x + r * xs, 0, panel, r * y_row + n * width,
				    n * width);
	}
}

/* xg of the steps [s, s + steps): [step][row][G]. */
EDGERT_INLINE void edgert_vec_recurrence_input(const struct edgert_recurrence *p,
					       const struct edgert_vec_recurrence *q,
					       const float *x, edgert_int s, edgert_int steps)
{
	const edgert_int t = edgert_vec_time(p, q->d, q->length, s);
	const edgert_int step = edgert_vec_time(p, q->d, q->length, s + 1) - t;

	x += t * p->x_step + q->first * p->x_row;
	if (q->rows == 1) {
		edgert_vec_recurrence_product(p->mr, p->nv, steps, x, step * p->x_step, p->input,
					      q->w, q->b, q->columns, q->xg, q->columns);
		return;
	}
	for (edgert_int n = 0; n < steps; n++)
		edgert_vec_recurrence_product(p->mr, p->nv, q->rows, x + n * step * p->x_step,
					      p->x_row, p->input, q->w, q->b, q->columns,
					      q->xg + n * q->rows * q->columns, q->columns);
}

/* state [rows][H] from `from`, or 0; and what is beyond hidden is 0. */
EDGERT_INLINE void edgert_vec_recurrence_load(const struct edgert_recurrence *p,
					      const struct edgert_vec_recurrence *q,
					      const float *from, float *state)
{
	const edgert_int lanes = q->hv * EDGERT_VF_LANES;

	for (edgert_int n = 0; n < q->rows; n++)
		for (edgert_int j = 0; j < lanes; j++)
			state[n * lanes + j] =
				from && j < p->hidden
					? from[q->d * p->h_dir + (q->first + n) * p->h_row + j]
					: 0.0f;
}

/* hidden elements of each row of state to `to`, rows `row` apart; NULL: nowhere. */
EDGERT_INLINE void edgert_vec_recurrence_store(const struct edgert_recurrence *p,
					       const struct edgert_vec_recurrence *q,
					       const float *state, float *to, edgert_int row)
{
	for (edgert_int n = 0; to && n < q->rows; n++)
		for (edgert_int v = 0; v < q->hv; v++)
			edgert_vf_finish(to + n * row,
					 edgert_vf_load(state + (n * q->hv + v) * EDGERT_VF_LANES),
					 v * EDGERT_VF_LANES, 0, 0, p->hidden - v * EDGERT_VF_LANES,
					 NULL, NULL, NULL);
}

/* y of the steps after the rows' length is 0. */
EDGERT_INLINE void edgert_vec_recurrence_clear(const struct edgert_recurrence *p,
					       const struct edgert_vec_recurrence *q, float *y)
{
	for (edgert_int t = q->length; y && t < p->seq; t++)
		for (edgert_int n = 0; n < q->rows; n++)
			for (edgert_int j = 0; j < p->hidden; j++)
				y[t * p->y_step + q->d * p->y_dir + (q->first + n) * p->y_row + j] =
					0.0f;
}

/* Part number `part` of direction d: all rows, or with `lens` one. */
EDGERT_INLINE struct edgert_vec_recurrence edgert_vec_recurrence_part(
	const struct edgert_recurrence *p, const edgert_int gates, edgert_int d, edgert_int part,
	const float *w, const float *r, const float *b, const int32_t *lens, float *scratch)
{
	const edgert_int hv = (p->hidden + EDGERT_VF_LANES - 1) / EDGERT_VF_LANES;
	const edgert_int nv = p->nv, rv = p->rv, vectors = gates * hv;
	const edgert_int columns = vectors * EDGERT_VF_LANES, rows = lens ? 1 : p->batch;
	/* GRU's r is two products: the gates z and r, and h. */
	const edgert_int r_vectors = gates == 3
					     ? (2 * hv + rv - 1) / rv * rv + (hv + rv - 1) / rv * rv
					     : (vectors + rv - 1) / rv * rv;
	struct edgert_vec_recurrence q = {
		.d = d,
		.first = lens ? part : 0,
		.rows = rows,
		.length = p->seq,
		.hv = hv,
		.columns = columns,
		.w = w + d * ((vectors + nv - 1) / nv * nv) * EDGERT_VF_LANES * p->input,
		.r = r + d * r_vectors * EDGERT_VF_LANES * p->hidden,
		.b = b ? b + d * 2 * columns : b,
		.xg = scratch,
	};

	if (lens)
		q.length = lens[part] < 0        ? 0
			   : lens[part] > p->seq ? p->seq
						 : (edgert_int)lens[part];
	q.g = q.xg + EDGERT_VEC_RECURRENCE_STEPS * rows * columns;
	q.h = q.g + rows * columns;
	q.c = q.h + rows * hv * EDGERT_VF_LANES;
	q.t = q.c + rows * hv * EDGERT_VF_LANES;
	return q;
}

#endif
