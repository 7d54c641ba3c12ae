/* recurrence_q.h - what the reference LSTM and GRU of integers share. */
#ifndef EDGERT_REF_RECURRENCE_Q_H
#define EDGERT_REF_RECURRENCE_Q_H

#include "../fixed.h"
#include "../params.h"

#define EDGERT_REF_RQ_ONE 32768 /* of a gate or a hidden state */

struct edgert_ref_rq {
	const void *x;   /* the first element of a step */
	int is_unsigned; /* x is */
	const int8_t *w, *r;
	const int32_t *q;
	const int16_t *table;
};

EDGERT_INLINE int32_t edgert_ref_rq_load(const struct edgert_ref_rq *s, edgert_int i)
{
	return s->is_unsigned ? (int32_t)((const uint8_t *)s->x)[i]
			      : (int32_t)((const int8_t *)s->x)[i];
}

EDGERT_INLINE int32_t edgert_ref_rq_scaled(int32_t a, int32_t m, edgert_int shift)
{
	const int64_t v = edgert_shift_right_i64((int64_t)a * m + ((int64_t)1 << (31 + shift)),
						 (int)(32 + shift));
	const int64_t most = (int64_t)1 << 29;

	return (int32_t)(v < -most ? -most : v > most ? most : v);
}

/* What the input and the bias give row `row`. */
EDGERT_INLINE int32_t edgert_ref_rq_input(const struct edgert_recurrence_q *p,
					  const struct edgert_ref_rq *s, edgert_int row)
{
	const int32_t *q = s->q + 5 * row;
	const int8_t *w = s->w + row * p->input;
	int32_t sum = EDGERT_W_S32(q);
	edgert_int k;

	for (k = 0; k < p->input; k++)
		sum += EDGERT_W_S8(w + k) * edgert_ref_rq_load(s, k);
	return edgert_ref_rq_scaled(sum, EDGERT_W_S32(q + 1), p->x_shift) + EDGERT_W_S32(q + 3);
}

/* What the hidden state gives it. */
EDGERT_INLINE int32_t edgert_ref_rq_hidden(const struct edgert_recurrence_q *p,
					   const struct edgert_ref_rq *s, edgert_int row,
					   const int16_t *h)
{
	const int32_t *q = s->q + 5 * row;
	const int8_t *r = s->r + row * p->hidden;
	int32_t sum = 0;
	edgert_int k;

	for (k = 0; k < p->hidden; k++)
		sum += EDGERT_W_S8(r + k) * (int32_t)h[k];
	return edgert_ref_rq_scaled(sum, EDGERT_W_S32(q + 2), p->h_shift) + EDGERT_W_S32(q + 4);
}

/* v / 2^n to the nearest, halves up. */
EDGERT_INLINE int32_t edgert_ref_rq_round(int64_t v, int n)
{
	v = edgert_shift_right_i64(v + ((int64_t)1 << (n - 1)), n);
	return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

EDGERT_INLINE int32_t edgert_ref_rq_tanh(const struct edgert_ref_rq *s, int32_t v)
{
	const int32_t magnitude = v < 0 ? (v == INT32_MIN ? INT32_MAX : -v) : v;
	const int32_t i = magnitude >> 14, rest = magnitude & 16383;
	int32_t y, next;

	if (i >= 512) {
		y = (int16_t)EDGERT_W_U16((const uint16_t *)(const void *)s->table + 512);
	} else {
		y = (int16_t)EDGERT_W_U16((const uint16_t *)(const void *)s->table + i);
		next = (int16_t)EDGERT_W_U16((const uint16_t *)(const void *)s->table + i + 1);
		y += ((next - y) * rest + 8192) >> 14; /* the table rises */
	}
	return v < 0 ? -y : y;
}

EDGERT_INLINE int32_t edgert_ref_rq_clip(const struct edgert_recurrence_q *p, int32_t v)
{
	if (p->clip == 0)
		return v;
	return edgert_clamp_i32(v, -p->clip, p->clip);
}

EDGERT_INLINE int32_t edgert_ref_rq_sigmoid(const struct edgert_ref_rq *s, int32_t v)
{
	return (EDGERT_REF_RQ_ONE + 1 + edgert_ref_rq_tanh(s, v / 2)) >> 1;
}

/* Steps of batch row n: its own length, within the tensor's. */
EDGERT_INLINE edgert_int edgert_ref_rq_length(const struct edgert_recurrence_q *p, edgert_int n,
					      const int32_t *lens)
{
	if (!lens)
		return p->seq;
	return lens[n] < 0 ? 0 : lens[n] > p->seq ? p->seq : (edgert_int)lens[n];
}

/* y at time t is h, and 0 where h is NULL: after a row's length. */
EDGERT_INLINE void edgert_ref_rq_emit(const struct edgert_recurrence_q *p, edgert_int at,
				      const int16_t *h, int16_t *y)
{
	edgert_int j;

	for (j = 0; y && j < p->hidden; j++)
		y[at + j] = h ? h[j] : 0;
}

#endif
