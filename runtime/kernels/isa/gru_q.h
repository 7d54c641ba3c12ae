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

#define EDGERT_GRU_Q_ALL(...) EDGERT_RQ_KERNELS(gru, 3, __VA_ARGS__)

#endif
