/* lstm_q.h - LSTM of integers over a set's products (recurrence_q.h):
 *
 *	c' = f c + i g        h' = o tanh(c')
 *
 * with peepholes of c in i and f, of c' in o. */
#ifndef EDGERT_LSTM_Q_H
#define EDGERT_LSTM_Q_H

#include "recurrence_q.h"

/* What peephole `which`, of i, o, f, adds to its gate's sums. */
EDGERT_INLINE void edgert_lstm_q_peep(const struct edgert_recurrence_q *p,
				      const struct edgert_rq *s, edgert_int which)
{
	const int32_t most = (int32_t)1 << 28, *w;
	int32_t *v = s->sums + which * p->hidden;
	edgert_int j;

	if (!s->peepholes)
		return;
	w = s->peepholes + which * p->hidden;
	for (j = 0; j < p->hidden; j++)
		v[j] += edgert_clamp_i32(
			edgert_rq_round((int64_t)EDGERT_W_S32(w + j) * s->c[j], 20), -most, most);
}

EDGERT_INLINE void edgert_lstm_q_step(const struct edgert_recurrence_q *p,
				      const struct edgert_rq *s)
{
	const edgert_int n = p->hidden;
	int32_t *i = s->sums, *o = i + n, *f = o + n, *g = f + n, *t = s->part;
	edgert_int j;

	edgert_rq_gates(p, s, 4);
	edgert_lstm_q_peep(p, s, 0);
	edgert_rq_gate(p, s, 1, i, n);
	if (p->input_forget) {
		for (j = 0; j < n; j++)
			f[j] = EDGERT_RQ_ONE - i[j];
	} else {
		edgert_lstm_q_peep(p, s, 2);
		edgert_rq_gate(p, s, 1, f, n);
	}
	edgert_rq_gate(p, s, 0, g, n);
	for (j = 0; j < n; j++)
		g[j] *= 32; /* as c */
	s->set.mix(s->c, f, s->c, i, g, n);
	edgert_lstm_q_peep(p, s, 1);
	edgert_rq_gate(p, s, 1, o, n);
	for (j = 0; j < n; j++)
		t[j] = s->c[j];
	s->set.curve(s->table, 0, t, n);
	s->set.mix(t, o, t, NULL, NULL, n);
	edgert_rq_narrow(s->h, t, n);
}

/* edgert_lstm_TYPE__SET, over `set`. */
#define EDGERT_LSTM_Q(TYPE, T, SET, TYPE_NAME, ...)                                                \
	EDGERT_KERNEL void edgert_lstm_##TYPE##__##SET(                                            \
		const struct edgert_recurrence_q *p, const T *x, const int8_t *w, const int8_t *r, \
		const int32_t *q, const int32_t *lens, const int16_t *h0, const int32_t *c0,       \
		const int16_t *table, const int32_t *peepholes, int16_t *y, int16_t *y_h,          \
		int32_t *y_c, void *scratch)                                                       \
	{                                                                                          \
		const struct edgert_rq_set set = { __VA_ARGS__ };                                  \
		const struct edgert_rq_operands o = { x,  w,     r,         q, lens, h0,           \
						      c0, table, peepholes, y, y_h,  y_c };        \
                                                                                                   \
		edgert_rq_run(p, set, 4, edgert_lstm_q_step, TYPE_NAME, &o, scratch);              \
	}
#define EDGERT_LSTM_Q_ALL(SET, ...)                                                                \
	EDGERT_LSTM_Q(s8, int8_t, SET, EDGERT_RQ_S8, __VA_ARGS__)                                  \
	EDGERT_LSTM_Q(u8, uint8_t, SET, EDGERT_RQ_U8, __VA_ARGS__)                                 \
	EDGERT_LSTM_Q(s16, int16_t, SET, EDGERT_RQ_S16, __VA_ARGS__)

#endif
