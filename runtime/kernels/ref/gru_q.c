/* gru_q.c - the reference GRU of integers: params.h, "recurrence_q".
 *
 *	g = tanh(x Wh + bh + r (h Rh + ch))      linear_before_reset
 *	g = tanh(x Wh + bh + (r h) Rh + ch)      else
 *	h' = (1 - z) g + z h
 *
 * Rows of a batch and directions one after the other. */
#include "recurrence_q.h"

EDGERT_INLINE void edgert_ref_gru_q_step(const struct edgert_recurrence_q *p,
					 const struct edgert_ref_rq *s, int16_t *h, int32_t *sums,
					 int16_t *reset)
{
	const edgert_int hidden = p->hidden;
	edgert_int j;

	for (j = 0; j < 2 * hidden; j++)
		sums[j] = edgert_ref_rq_sigmoid(
			s, edgert_ref_rq_clip(p, edgert_ref_rq_input(p, s, j) +
							 edgert_ref_rq_hidden(p, s, j, h)));
	for (j = 0; j < hidden; j++)
		reset[j] = (int16_t)edgert_ref_rq_round((int64_t)sums[hidden + j] * h[j], 15);
	for (j = 0; j < hidden; j++) {
		const edgert_int row = 2 * hidden + j;
		int32_t v = edgert_ref_rq_hidden(p, s, row, p->linear_before_reset ? h : reset);

		if (p->linear_before_reset)
			v = edgert_ref_rq_round((int64_t)sums[hidden + j] * v, 15);
		v += edgert_ref_rq_input(p, s, row);
		sums[row] = edgert_ref_rq_tanh(s, edgert_ref_rq_clip(p, v));
	}
	for (j = 0; j < hidden; j++)
		h[j] = (int16_t)edgert_ref_rq_round((int64_t)(EDGERT_REF_RQ_ONE - sums[j]) *
								    sums[2 * hidden + j] +
							    (int64_t)sums[j] * h[j],
						    15);
}

EDGERT_INLINE void edgert_ref_gru_q(const struct edgert_recurrence_q *p, const void *x,
				    const int is_unsigned, const int8_t *w, const int8_t *r,
				    const int32_t *q, const int32_t *lens, const int16_t *h0,
				    const int16_t *table, int16_t *y, int16_t *y_h, void *scratch)
{
	const edgert_int hidden = p->hidden;
	int32_t *sums = (int32_t *)scratch;
	int16_t *reset = (int16_t *)(void *)(sums + 3 * hidden), *h = reset + hidden;
	edgert_int d, n, t, j;

	for (d = 0; d < p->directions; d++) {
		struct edgert_ref_rq s;

		s.is_unsigned = is_unsigned;
		s.w = w + d * 3 * hidden * p->input;
		s.r = r + d * 3 * hidden * hidden;
		s.q = q + d * 3 * hidden * 5;
		s.table = table;
		for (n = 0; n < p->batch; n++) {
			const edgert_int length = edgert_ref_rq_length(p, n, lens);
			const edgert_int state = d * p->h_dir + n * p->h_row;
			const edgert_int out = d * p->y_dir + n * p->y_row;

			for (j = 0; j < hidden; j++)
				h[j] = h0 ? h0[state + j] : 0;
			for (t = 0; t < length; t++) {
				const edgert_int at = d == 1 || p->reverse ? length - 1 - t : t;

				s.x = (const char *)x + at * p->x_step + n * p->x_row;
				edgert_ref_gru_q_step(p, &s, h, sums, reset);
				edgert_ref_rq_emit(p, at * p->y_step + out, h, y);
			}
			for (; t < p->seq; t++)
				edgert_ref_rq_emit(p, t * p->y_step + out, NULL, y);
			edgert_ref_rq_emit(p, state, length ? h : NULL, y_h);
		}
	}
}

EDGERT_KERNEL void edgert_gru_s8__ref(const struct edgert_recurrence_q *p, const int8_t *x,
				      const int8_t *w, const int8_t *r, const int32_t *q,
				      const int32_t *lens, const int16_t *h0, const int16_t *table,
				      int16_t *y, int16_t *y_h, void *scratch)
{
	edgert_ref_gru_q(p, x, 0, w, r, q, lens, h0, table, y, y_h, scratch);
}

EDGERT_KERNEL void edgert_gru_u8__ref(const struct edgert_recurrence_q *p, const uint8_t *x,
				      const int8_t *w, const int8_t *r, const int32_t *q,
				      const int32_t *lens, const int16_t *h0, const int16_t *table,
				      int16_t *y, int16_t *y_h, void *scratch)
{
	edgert_ref_gru_q(p, x, 1, w, r, q, lens, h0, table, y, y_h, scratch);
}
