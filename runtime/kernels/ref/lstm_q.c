/* lstm_q.c - the reference LSTM of integers: params.h, "recurrence_q".
 *
 *	c' = f c + i g        h' = o tanh(c')
 *
 * Rows of a batch and directions one after the other. */
#include "recurrence_q.h"

/* One step: all gates' sums first, because they read the old h. */
EDGERT_INLINE void edgert_ref_lstm_q_step(const struct edgert_recurrence_q *p,
					  const struct edgert_ref_rq *s, int16_t *h, int32_t *c,
					  int32_t *sums)
{
	const edgert_int hidden = p->hidden;
	edgert_int j;

	for (j = 0; j < 4 * hidden; j++)
		sums[j] = edgert_ref_rq_clip(p, edgert_ref_rq_input(p, s, j) +
							edgert_ref_rq_hidden(p, s, j, h));
	for (j = 0; j < hidden; j++) {
		const int32_t i = edgert_ref_rq_sigmoid(s, sums[j]);
		const int32_t o = edgert_ref_rq_sigmoid(s, sums[hidden + j]);
		const int32_t f = p->input_forget ? EDGERT_REF_RQ_ONE - i
						  : edgert_ref_rq_sigmoid(s, sums[2 * hidden + j]);
		const int32_t g = edgert_ref_rq_tanh(s, sums[3 * hidden + j]);

		c[j] = edgert_ref_rq_round((int64_t)f * c[j] + (int64_t)i * g * 32, 15);
		h[j] = (int16_t)edgert_ref_rq_round((int64_t)o * edgert_ref_rq_tanh(s, c[j]), 15);
	}
}

EDGERT_INLINE void edgert_ref_lstm_q(const struct edgert_recurrence_q *p, const void *x,
				     const int is_unsigned, const int8_t *w, const int8_t *r,
				     const int32_t *q, const int32_t *lens, const int16_t *h0,
				     const int32_t *c0, const int16_t *table, int16_t *y,
				     int16_t *y_h, int32_t *y_c, void *scratch)
{
	const edgert_int hidden = p->hidden;
	int32_t *sums = (int32_t *)scratch, *c = sums + 4 * hidden;
	int16_t *h = (int16_t *)(void *)(c + hidden);
	edgert_int d, n, t, j;

	for (d = 0; d < p->directions; d++) {
		struct edgert_ref_rq s;

		s.is_unsigned = is_unsigned;
		s.w = w + d * 4 * hidden * p->input;
		s.r = r + d * 4 * hidden * hidden;
		s.q = q + d * 4 * hidden * 5;
		s.table = table;
		for (n = 0; n < p->batch; n++) {
			const edgert_int length = edgert_ref_rq_length(p, n, lens);
			const edgert_int state = d * p->h_dir + n * p->h_row;
			const edgert_int out = d * p->y_dir + n * p->y_row;

			for (j = 0; j < hidden; j++) {
				h[j] = h0 ? h0[state + j] : 0;
				c[j] = c0 ? c0[state + j] : 0;
			}
			for (t = 0; t < length; t++) {
				const edgert_int at = d == 1 || p->reverse ? length - 1 - t : t;

				s.x = (const char *)x + at * p->x_step + n * p->x_row;
				edgert_ref_lstm_q_step(p, &s, h, c, sums);
				edgert_ref_rq_emit(p, at * p->y_step + out, h, y);
			}
			for (; t < p->seq; t++)
				edgert_ref_rq_emit(p, t * p->y_step + out, NULL, y);
			edgert_ref_rq_emit(p, state, length ? h : NULL, y_h);
			for (j = 0; y_c && j < hidden; j++)
				y_c[state + j] = length ? c[j] : 0;
		}
	}
}

EDGERT_KERNEL void edgert_lstm_s8__ref(const struct edgert_recurrence_q *p, const int8_t *x,
				       const int8_t *w, const int8_t *r, const int32_t *q,
				       const int32_t *lens, const int16_t *h0, const int32_t *c0,
				       const int16_t *table, int16_t *y, int16_t *y_h, int32_t *y_c,
				       void *scratch)
{
	edgert_ref_lstm_q(p, x, 0, w, r, q, lens, h0, c0, table, y, y_h, y_c, scratch);
}

EDGERT_KERNEL void edgert_lstm_u8__ref(const struct edgert_recurrence_q *p, const uint8_t *x,
				       const int8_t *w, const int8_t *r, const int32_t *q,
				       const int32_t *lens, const int16_t *h0, const int32_t *c0,
				       const int16_t *table, int16_t *y, int16_t *y_h, int32_t *y_c,
				       void *scratch)
{
	edgert_ref_lstm_q(p, x, 1, w, r, q, lens, h0, c0, table, y, y_h, y_c, scratch);
}
