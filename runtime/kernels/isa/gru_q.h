/* gru_q.h - GRU of integers over a set's products (recurrence_q.h):
 *
 *	g = tanh(x Wh + bh + r (h Rh + ch))      linear_before_reset
 *	g = tanh(x Wh + bh + (r h) Rh + ch)      else
 *	h' = (1 - z) g + z h */
#ifndef EDGERT_GRU_Q_H
#define EDGERT_GRU_Q_H

#include "recurrence_q.h"

EDGERT_INLINE void edgert_gru_q_step(const struct edgert_recurrence_q *p, const struct edgert_rq *s)
{
	const edgert_int n = p->hidden;
	int32_t *z = s->sums, *r = z + n, *g = r + n, *t = s->part, *h = s->c;
	edgert_int j;

	edgert_rq_wide(h, s->h, n);
	edgert_rq_gates(p, s, 2);
	edgert_rq_gate(p, s, 1, z, 2 * n);
	edgert_rq_input(p, s, 2);
	if (p->linear_before_reset) {
		edgert_rq_state(p, s, 2, s->h);
		s->set.mix(t, r, t, NULL, NULL, n);
	} else {
		s->set.mix(r, r, h, NULL, NULL, n);
		edgert_rq_narrow(s->reset, r, n);
		edgert_rq_state(p, s, 2, s->reset);
	}
	for (j = 0; j < n; j++) {
		g[j] += t[j];
		r[j] = EDGERT_RQ_ONE - z[j];
	}
	edgert_rq_gate(p, s, 0, g, n);
	s->set.mix(h, r, g, z, h, n);
	edgert_rq_narrow(s->h, h, n);
}

/* edgert_gru_TYPE__SET, over `set`. */
#define EDGERT_GRU_Q(TYPE, T, SET, TYPE_NAME, ...)                                                 \
	EDGERT_KERNEL void edgert_gru_##TYPE##__##SET(                                             \
		const struct edgert_recurrence_q *p, const T *x, const int8_t *w, const int8_t *r, \
		const int32_t *q, const int32_t *lens, const int16_t *h0, const int16_t *table,    \
		int16_t *y, int16_t *y_h, void *scratch)                                           \
	{                                                                                          \
		const struct edgert_rq_set set = { __VA_ARGS__ };                                  \
		const struct edgert_rq_operands o = { x,    w,     r,    q, lens, h0,              \
						      NULL, table, NULL, y, y_h,  NULL };          \
                                                                                                   \
		edgert_rq_run(p, set, 3, edgert_gru_q_step, TYPE_NAME, &o, scratch);               \
	}
#define EDGERT_GRU_Q_ALL(SET, ...)                                                                 \
	EDGERT_GRU_Q(s8, int8_t, SET, EDGERT_RQ_S8, __VA_ARGS__)                                   \
	EDGERT_GRU_Q(u8, uint8_t, SET, EDGERT_RQ_U8, __VA_ARGS__)                                  \
	EDGERT_GRU_Q(s16, int16_t, SET, EDGERT_RQ_S16, __VA_ARGS__)

#endif
