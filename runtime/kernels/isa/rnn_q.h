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

#define EDGERT_RNN_Q_ALL(...) EDGERT_RQ_KERNELS(rnn, 1, __VA_ARGS__)

#endif
