/* rnn_q.h - RNN of integers over a set's products (recurrence_q.h):
 *
 *	h' = tanh(x W + b + h R + c) */
#ifndef EDGERT_RNN_Q_H
#define EDGERT_RNN_Q_H

#include "recurrence_q.h"

EDGERT_INLINE void edgert_rnn_q_step(const struct edgert_recurrence_q *p, const struct edgert_rq *s)
{
	edgert_rq_gates(p, s, 1);
	edgert_rq_gate(p, s, 0, s->sums, p->hidden);
	edgert_rq_narrow(s->h, s->sums, p->hidden);
}

/* edgert_rnn_TYPE__SET, over `set`. */
#define EDGERT_RNN_Q(TYPE, T, SET, TYPE_NAME, ...)                                                 \
	EDGERT_KERNEL void edgert_rnn_##TYPE##__##SET(                                             \
		const struct edgert_recurrence_q *p, const T *x, const int8_t *w, const int8_t *r, \
		const int32_t *q, const int32_t *lens, const int16_t *h0, const int16_t *table,    \
		int16_t *y, int16_t *y_h, void *scratch)                                           \
	{                                                                                          \
		const struct edgert_rq_set set = { __VA_ARGS__ };                                  \
		const struct edgert_rq_operands o = { x,    w,     r,    q, lens, h0,              \
						      NULL, table, NULL, y, y_h,  NULL };          \
                                                                                                   \
		edgert_rq_run(p, set, 1, edgert_rnn_q_step, TYPE_NAME, &o, scratch);               \
	}
#define EDGERT_RNN_Q_ALL(SET, ...)                                                                 \
	EDGERT_RNN_Q(s8, int8_t, SET, EDGERT_RQ_S8, __VA_ARGS__)                                   \
	EDGERT_RNN_Q(u8, uint8_t, SET, EDGERT_RQ_U8, __VA_ARGS__)                                  \
	EDGERT_RNN_Q(s16, int16_t, SET, EDGERT_RQ_S16, __VA_ARGS__)

#endif
