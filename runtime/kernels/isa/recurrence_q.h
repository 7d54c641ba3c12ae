/* recurrence_q.h - what LSTM, GRU and RNN of integers share, whichever the instruction set: params.h,
 * "recurrence_q".
 *
 * A set multiplies matrices of bytes by vectors of 16 bits, inputs that were widened or states. It reads
 * each gate's weights [hidden][k] as it wants: `many` rows a panel, rows in `run` bytes:
 *
 *	[hidden / many][k / run][many][run]	0 beyond the last row and the last k
 *
 * and of a vector whole runs, 0 beyond its end. */
#ifndef EDGERT_RECURRENCE_Q_H
#define EDGERT_RECURRENCE_Q_H

#include "../fixed.h"
#include "../params.h"

#define EDGERT_RQ_ONE 32768 /* of a gate or a hidden state */

/* to[j] = sum of x[k] * w[j][k], for j in [0, rows) */
typedef void (*edgert_rq_product)(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				  int32_t *to);

/* to[j] = scaled(to[j] + q0[j], m[j], shift) + b[j], for j in [0, n); q0 may be NULL */
typedef void (*edgert_rq_scale)(int32_t *to, const int32_t *q0, const int32_t *m, const int32_t *b,
				edgert_int shift, edgert_int n);
/* v[j] = tanh, or the sigmoid, of v[j] */
typedef void (*edgert_rq_curve)(const int16_t *table, const int sigmoid, int32_t *v, edgert_int n);
/* to[j] = (a[j] * b[j] + c[j] * d[j]) / 2^15, rounded; c may be NULL, to one of the others */
typedef void (*edgert_rq_mix)(int32_t *to, const int32_t *a, const int32_t *b, const int32_t *c,
			      const int32_t *d, edgert_int n);

struct edgert_rq_set {
	edgert_rq_product product;
	edgert_int many, run;
	edgert_rq_scale scale;
	edgert_rq_curve curve;
	edgert_rq_mix mix;
};

enum edgert_rq_type { EDGERT_RQ_S8, EDGERT_RQ_U8, EDGERT_RQ_S16 };

/* What the kernels are called with. */
struct edgert_rq_operands {
	const void *x;
	const int8_t *w, *r;
	const int32_t *q, *lens;
	const int16_t *h0;
	const int32_t *c0;
	const int16_t *table;
	const int32_t *peepholes; /* or NULL */
	int16_t *y, *y_h;
	int32_t *y_c;
};

/* A direction's share of the operands, and what scratch is divided into. */
struct edgert_rq {
	struct edgert_rq_set set;
	const int8_t *w, *r;
	edgert_int w_gate, r_gate; /* bytes of a gate's */
	const int32_t *q;
	const int16_t *table;
	const int32_t *peepholes;
	int32_t *sums; /* [gates * hidden] */
	int32_t *part; /* [hidden] */
	int32_t *c;    /* [hidden] */
	int16_t *x, *h, *reset;
};

EDGERT_INLINE edgert_int edgert_rq_up(edgert_int n, edgert_int to)
{
	return (n + to - 1) / to * to;
}

EDGERT_INLINE struct edgert_rq edgert_rq_begin(const struct edgert_recurrence_q *p,
					       const struct edgert_rq_set set,
					       const edgert_int gates,
					       const struct edgert_rq_operands *o, edgert_int d,
					       void *scratch)
{
	const edgert_int input = edgert_rq_up(p->input, set.run);
	const edgert_int hidden = edgert_rq_up(p->hidden, set.run);
	const edgert_int rows = edgert_rq_up(p->hidden, set.many);
	struct edgert_rq s;
	edgert_int k;

	s.set = set;
	s.w_gate = rows * input;
	s.r_gate = rows * hidden;
	s.w = o->w + d * gates * s.w_gate;
	s.r = o->r + d * gates * s.r_gate;
	s.q = o->q + d * gates * p->hidden * 5;
	s.table = o->table;
	s.peepholes = o->peepholes ? o->peepholes + d * 3 * p->hidden : NULL;
	s.sums = (int32_t *)scratch;
	s.part = s.sums + gates * p->hidden;
	s.c = s.part + p->hidden;
	s.x = (int16_t *)(void *)(s.c + p->hidden);
	s.h = s.x + input;
	s.reset = s.h + hidden;
	for (k = 0; k < input + 2 * hidden; k++)
		s.x[k] = 0;
	return s;
}

/* -- products -------------------------------------------------------------------------- */

EDGERT_INLINE int32_t edgert_rq_scaled(int32_t a, int32_t m, edgert_int shift)
{
	const int64_t v = edgert_shift_right_i64((int64_t)a * m + ((int64_t)1 << (31 + shift)),
						 (int)(32 + shift));
	const int64_t most = (int64_t)1 << 29;

	return (int32_t)(v < -most ? -most : v > most ? most : v);
}

/* The step's input at `at` in the tensor, as a vector. */
EDGERT_INLINE void edgert_rq_read(const struct edgert_recurrence_q *p, const struct edgert_rq *s,
				  const void *x, const enum edgert_rq_type type, edgert_int at)
{
	edgert_int k;

	for (k = 0; k < p->input; k++)
		s->x[k] = type == EDGERT_RQ_S16  ? ((const int16_t *)x)[at + k]
			  : type == EDGERT_RQ_U8 ? ((const uint8_t *)x)[at + k]
						 : ((const int8_t *)x)[at + k];
}

/* What the input and the bias give gate g. */
EDGERT_INLINE void edgert_rq_input(const struct edgert_recurrence_q *p, const struct edgert_rq *s,
				   edgert_int g)
{
	const edgert_int n = p->hidden;
	const int32_t *q = s->q + g * n * 5;
	int32_t *to = s->sums + g * n;

	s->set.product(s->x, s->w + g * s->w_gate, p->input, n, to);
	s->set.scale(to, q, q + n, q + 3 * n, p->x_shift, n);
}

/* part: what state h gives gate g. */
EDGERT_INLINE void edgert_rq_state(const struct edgert_recurrence_q *p, const struct edgert_rq *s,
				   edgert_int g, const int16_t *h)
{
	const edgert_int n = p->hidden;
	const int32_t *q = s->q + g * n * 5;

	s->set.product(h, s->r + g * s->r_gate, n, n, s->part);
	s->set.scale(s->part, NULL, q + 2 * n, q + 4 * n, p->h_shift, n);
}

/* sums: both, of gates [0, n). */
EDGERT_INLINE void edgert_rq_gates(const struct edgert_recurrence_q *p, const struct edgert_rq *s,
				   edgert_int n)
{
	edgert_int g, j;

	for (g = 0; g < n; g++) {
		edgert_rq_input(p, s, g);
		edgert_rq_state(p, s, g, s->h);
		for (j = 0; j < p->hidden; j++)
			s->sums[g * p->hidden + j] += s->part[j];
	}
}

/* -- element by element ---------------------------------------------------------------- */

/* v / 2^n to the nearest, halves up. */
EDGERT_INLINE int32_t edgert_rq_round(int64_t v, int n)
{
	v = edgert_shift_right_i64(v + ((int64_t)1 << (n - 1)), n);
	return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

EDGERT_INLINE void edgert_rq_scale_each(int32_t *to, const int32_t *q0, const int32_t *m,
					const int32_t *b, edgert_int shift, edgert_int n)
{
	edgert_int j;

	for (j = 0; j < n; j++)
		to[j] = edgert_rq_scaled(to[j] + (q0 ? EDGERT_W_S32(q0 + j) : 0),
					 EDGERT_W_S32(m + j), shift) +
			EDGERT_W_S32(b + j);
}

EDGERT_INLINE int32_t edgert_rq_entry(const int16_t *table, int32_t i)
{
	return (int16_t)EDGERT_W_U16((const uint16_t *)(const void *)table + i);
}

EDGERT_INLINE int32_t edgert_rq_tanh(const int16_t *table, int32_t v)
{
	const int32_t magnitude = v < 0 ? (v == INT32_MIN ? INT32_MAX : -v) : v;
	const int32_t i = magnitude >> 14, rest = magnitude & 16383;
	int32_t y;

	if (i >= 512) {
		y = edgert_rq_entry(table, 512);
	} else {
		y = edgert_rq_entry(table, i);
		/* the table rises */
		y += ((edgert_rq_entry(table, i + 1) - y) * rest + 8192) >> 14;
	}
	return v < 0 ? -y : y;
}

EDGERT_INLINE void edgert_rq_curve_each(const int16_t *table, const int sigmoid, int32_t *v,
					edgert_int n)
{
	edgert_int j;

	for (j = 0; j < n; j++)
		v[j] = sigmoid ? (EDGERT_RQ_ONE + 1 + edgert_rq_tanh(table, v[j] / 2)) >> 1
			       : edgert_rq_tanh(table, v[j]);
}

EDGERT_INLINE void edgert_rq_mix_each(int32_t *to, const int32_t *a, const int32_t *b,
				      const int32_t *c, const int32_t *d, edgert_int n)
{
	edgert_int j;

	for (j = 0; j < n; j++)
		to[j] = edgert_rq_round((int64_t)a[j] * b[j] + (c ? (int64_t)c[j] * d[j] : 0), 15);
}

/* clip, then tanh or sigmoid, of n sums. */
EDGERT_INLINE void edgert_rq_gate(const struct edgert_recurrence_q *p, const struct edgert_rq *s,
				  const int sigmoid, int32_t *v, edgert_int n)
{
	edgert_int j;

	for (j = 0; p->clip != 0 && j < n; j++)
		v[j] = edgert_clamp_i32(v[j], -p->clip, p->clip);
	s->set.curve(s->table, sigmoid, v, n);
}

/* State h from 32 bits to 16, or back. */
EDGERT_INLINE void edgert_rq_narrow(int16_t *h, const int32_t *from, edgert_int n)
{
	edgert_int j;

	for (j = 0; j < n; j++)
		h[j] = (int16_t)from[j];
}

EDGERT_INLINE void edgert_rq_wide(int32_t *to, const int16_t *h, edgert_int n)
{
	edgert_int j;

	for (j = 0; j < n; j++)
		to[j] = h[j];
}

/* -- sequences ------------------------------------------------------------------------- */

/* Steps of batch row n: its own length, within the tensor's. */
EDGERT_INLINE edgert_int edgert_rq_length(const struct edgert_recurrence_q *p, edgert_int n,
					  const int32_t *lens)
{
	if (!lens)
		return p->seq;
	return lens[n] < 0 ? 0 : lens[n] > p->seq ? p->seq : (edgert_int)lens[n];
}

/* y at time t is h, and 0 where h is NULL: after a row's length. */
EDGERT_INLINE void edgert_rq_emit(const struct edgert_recurrence_q *p, edgert_int at,
				  const int16_t *h, int16_t *y)
{
	edgert_int j;

	for (j = 0; y && j < p->hidden; j++)
		y[at + j] = h ? h[j] : 0;
}

/* One step: from sums' operands x and h to the next h, and c. */
typedef void (*edgert_rq_step)(const struct edgert_recurrence_q *p, const struct edgert_rq *s);

/* Row n of a batch. */
EDGERT_INLINE void edgert_rq_row(const struct edgert_recurrence_q *p, const struct edgert_rq *s,
				 const struct edgert_rq_operands *o, const enum edgert_rq_type type,
				 const edgert_rq_step step, edgert_int d, edgert_int n)
{
	const edgert_int length = edgert_rq_length(p, n, o->lens);
	const edgert_int state = d * p->h_dir + n * p->h_row;
	const edgert_int out = d * p->y_dir + n * p->y_row;
	edgert_int t, j;

	for (j = 0; j < p->hidden; j++) {
		s->h[j] = o->h0 ? o->h0[state + j] : 0;
		s->c[j] = o->c0 ? o->c0[state + j] : 0;
	}
	for (t = 0; t < length; t++) {
		const edgert_int at = d == 1 || p->reverse ? length - 1 - t : t;

		edgert_rq_read(p, s, o->x, type, at * p->x_step + n * p->x_row);
		step(p, s);
		edgert_rq_emit(p, at * p->y_step + out, s->h, o->y);
	}
	for (; t < p->seq; t++)
		edgert_rq_emit(p, t * p->y_step + out, NULL, o->y);
	edgert_rq_emit(p, state, length ? s->h : NULL, o->y_h);
	for (j = 0; o->y_c && j < p->hidden; j++)
		o->y_c[state + j] = length ? s->c[j] : 0;
}

/* Directions and rows of a batch one after the other. */
EDGERT_INLINE void edgert_rq_run(const struct edgert_recurrence_q *p,
				 const struct edgert_rq_set set, const edgert_int gates,
				 const edgert_rq_step step, const enum edgert_rq_type type,
				 const struct edgert_rq_operands *o, void *scratch)
{
	edgert_int d, n;

	for (d = 0; d < p->directions; d++) {
		const struct edgert_rq s = edgert_rq_begin(p, set, gates, o, d, scratch);

		for (n = 0; n < p->batch; n++)
			edgert_rq_row(p, &s, o, type, step, d, n);
	}
}

/* edgert_NAME_TYPE__SET of a recurrence without a cell, whose step is edgert_NAME_q_step. */
#define EDGERT_RQ_KERNEL(NAME, GATES, TYPE, T, SET, TYPE_NAME, ...)                                \
	EDGERT_KERNEL void edgert_##NAME##_##TYPE##__##SET(                                        \
		const struct edgert_recurrence_q *p, const T *x, const int8_t *w, const int8_t *r, \
		const int32_t *q, const int32_t *lens, const int16_t *h0, const int16_t *table,    \
		int16_t *y, int16_t *y_h, void *scratch)                                           \
	{                                                                                          \
		const struct edgert_rq_set set = { __VA_ARGS__ };                                  \
		const struct edgert_rq_operands o = { x,    w,     r,    q, lens, h0,              \
						      NULL, table, NULL, y, y_h,  NULL };          \
                                                                                                   \
		edgert_rq_run(p, set, GATES, edgert_##NAME##_q_step, TYPE_NAME, &o, scratch);      \
	}
#define EDGERT_RQ_KERNELS(NAME, GATES, SET, ...)                                                   \
	EDGERT_RQ_KERNEL(NAME, GATES, s8, int8_t, SET, EDGERT_RQ_S8, __VA_ARGS__)                  \
	EDGERT_RQ_KERNEL(NAME, GATES, u8, uint8_t, SET, EDGERT_RQ_U8, __VA_ARGS__)                 \
	EDGERT_RQ_KERNEL(NAME, GATES, s16, int16_t, SET, EDGERT_RQ_S16, __VA_ARGS__)

#endif
