/* recurrent_q.h - the recurrences of integers of one set, compiled once: recurrent_q_*.c define RQ_SET, RQ_MANY,
 * RQ_RUN, RQ_PAIRS (isa/recurrence_q.h, dsp/rows.h), RQ_BUILD and perhaps RQ_RUNS, a condition, and include
 * the set's files, then this. */
#ifndef EDGECC_UNIT_RECURRENT_Q_H
#define EDGECC_UNIT_RECURRENT_Q_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/kernels/params.h"

enum rq_type { RQ_S8, RQ_U8, RQ_S16 };

struct rq_call {
	struct edgert_recurrence_q p;
	int gates; /* 4: LSTM, 3: GRU, 1: RNN */
	enum rq_type type;
	const void *x;
	const int8_t *w, *r;
	const int32_t *q, *lens;
	const int16_t *h0;
	const int32_t *c0;
	const int16_t *table;
	const int32_t *peepholes;
	int16_t *y, *y_h;
	int32_t *y_c;
	void *scratch;
};

struct rq_build {
	const char *name;
	int many, run;
	bool pairs;
	bool (*runs_here)(void);
	void (*call)(const struct rq_call *c);
};
extern const struct rq_build rq_ref, rq_dsp, rq_mve, rq_rvv, rq_q128, rq_x86, rq_avx2;

#ifdef RQ_BUILD
#define RQ_JOIN(a, b, c, d) a##b##c##d
#define RQ_NAME(op, type, set) RQ_JOIN(edgert_##op, type, __, set)
#define RQ_TEXT(name) #name
#define RQ_STRING(name) RQ_TEXT(name)
#ifndef RQ_RUNS
#define RQ_RUNS true
#endif

static bool rq_runs_here(void)
{
	return RQ_RUNS;
}

#define RQ_CASE(TYPE, type)                                                                        \
	case TYPE:                                                                                 \
		if (c->gates == 4)                                                                 \
			RQ_NAME(lstm, type, RQ_SET)                                                \
		(&c->p, c->x, c->w, c->r, c->q, c->lens, c->h0, c->c0, c->table, c->peepholes,     \
		 c->y, c->y_h, c->y_c, c->scratch);                                                \
		else if (c->gates == 3)                                                            \
			RQ_NAME(gru, type, RQ_SET)(&c->p, c->x, c->w, c->r, c->q, c->lens, c->h0,  \
						   c->table, c->y, c->y_h, c->scratch);            \
		else RQ_NAME(rnn, type, RQ_SET)(&c->p, c->x, c->w, c->r, c->q, c->lens, c->h0,     \
						c->table, c->y, c->y_h, c->scratch);               \
		break

static void rq_call(const struct rq_call *c)
{
	switch (c->type) {
		RQ_CASE(RQ_S8, _s8);
		RQ_CASE(RQ_U8, _u8);
		RQ_CASE(RQ_S16, _s16);
	}
}

const struct rq_build RQ_BUILD = { RQ_STRING(RQ_BUILD), RQ_MANY, RQ_RUN, RQ_PAIRS,
				   rq_runs_here,        rq_call };
#endif

#endif
