/* recurrence_q.c - LSTM, GRU and RNN of integers with activations of any kind, for every machine: params.h,
 * "recurrence_any". */
#include "../isa/recurrence_q.h"
#include "rows.h"

#define EDGERT_RA_MOST (((int32_t)1 << 30) - 1)

/* A direction's share of the operands, and what scratch is divided into. */
struct edgert_ra {
	const int8_t *w, *r;
	const int32_t *q;
	const int32_t *curves, *index;
	const int32_t *peepholes;         /* or NULL */
	int32_t *sums, *part, *c, *h, *t; /* [gates * hidden], the others [hidden] */
	int16_t *x, *hi, *lo;
};

EDGERT_INLINE int32_t edgert_ra_bound(int64_t v)
{
	return v < -EDGERT_RA_MOST  ? -EDGERT_RA_MOST
	       : v > EDGERT_RA_MOST ? EDGERT_RA_MOST
				    : (int32_t)v;
}

/* v / 2^n to the nearest, halves up. */
EDGERT_INLINE int64_t edgert_ra_shift(int64_t v, edgert_int n)
{
	return edgert_shift_right_i64(v + ((int64_t)1 << n >> 1), (int)n);
}

/* The last of `count` segments, of four numbers each, that begins at or below x: by bisection. */
EDGERT_INLINE const int32_t *edgert_ra_segment(const int32_t *c, edgert_int count, int32_t x)
{
	edgert_int lo = 0, hi = count;

	while (hi - lo > 1) {
		const edgert_int middle = (lo + hi) / 2;

		if (EDGERT_W_S32(c + 4 * middle) <= x)
			lo = middle;
		else
			hi = middle;
	}
	return c + 4 * lo;
}

/* What curve `which` says of n numbers, clipped first unless `clip` is 0. */
EDGERT_INLINE void edgert_ra_curve(const struct edgert_ra *s, edgert_int which, int32_t clip,
				   int32_t *v, edgert_int n)
{
	const int32_t *c = s->curves + EDGERT_W_S32(s->index + which);
	const edgert_int count = (edgert_int)EDGERT_W_S32(c);
	const edgert_int shift = (edgert_int)EDGERT_W_S32(c + 1);
	const edgert_int bend = (edgert_int)EDGERT_W_S32(c + 2);
	edgert_int j;

	for (j = 0; j < n; j++) {
		const int32_t x = clip ? edgert_clamp_i32(v[j], -clip, clip) : v[j];
		const int32_t *at = edgert_ra_segment(c + 3, count, x);
		const int64_t d = (int64_t)x - EDGERT_W_S32(at);
		const int64_t slope = EDGERT_W_S32(at + 2) +
				      edgert_shift_right_i64(d * EDGERT_W_S32(at + 3), (int)bend);

		v[j] = edgert_ra_bound(edgert_ra_shift(d * slope, shift) + EDGERT_W_S32(at + 1));
	}
}

/* to[j] = (a[j] * b[j] + c[j] * d[j]) / 2^bits; c may be NULL, to one of the others */
EDGERT_INLINE void edgert_ra_mix(int32_t *to, const int32_t *a, const int32_t *b, const int32_t *c,
				 const int32_t *d, edgert_int bits, edgert_int n)
{
	edgert_int j;

	for (j = 0; j < n; j++)
		to[j] = edgert_ra_bound(edgert_ra_shift(
			(int64_t)a[j] * b[j] + (c ? (int64_t)c[j] * d[j] : 0), bits));
}

/* -- sums ------------------------------------------------------------------------------ */

/* The step's input at `at` in the tensor. */
EDGERT_INLINE void edgert_ra_read(const struct edgert_recurrence_any *p, const struct edgert_ra *s,
				  const void *x, edgert_int at)
{
	edgert_int k;

	for (k = 0; k < p->base.input; k++)
		s->x[k] = p->type == EDGERT_RA_S8   ? ((const int8_t *)x)[at + k]
			  : p->type == EDGERT_RA_U8 ? ((const uint8_t *)x)[at + k]
			  : p->type == EDGERT_RA_S16
				  ? ((const int16_t *)x)[at + k]
				  : (int16_t)(((const uint16_t *)x)[at + k] - 32768);
}

/* What the input and the first bias give gate g. */
EDGERT_INLINE void edgert_ra_input(const struct edgert_recurrence_any *p, const struct edgert_ra *s,
				   edgert_int g)
{
	const edgert_int n = p->base.hidden;
	const int32_t *q = s->q + g * n * 5;
	int32_t *to = s->sums + g * n;
	edgert_int j;

	edgert_ref_rows(s->x, s->w + g * n * p->base.input, p->base.input, n, to);
	for (j = 0; j < n; j++)
		to[j] = edgert_ra_bound(edgert_ra_shift(((int64_t)to[j] + EDGERT_W_S32(q + j)) *
								EDGERT_W_S32(q + n + j),
							32 + p->base.x_shift) +
					EDGERT_W_S32(q + 3 * n + j));
}

/* part: what h and the second bias give gate g. h = 2^15 * hi + lo, and so are its products. */
EDGERT_INLINE void edgert_ra_state(const struct edgert_recurrence_any *p, const struct edgert_ra *s,
				   edgert_int g, const int32_t *h)
{
	const edgert_int n = p->base.hidden;
	const int32_t *q = s->q + g * n * 5;
	const int8_t *r = s->r + g * n * n;
	edgert_int j;

	for (j = 0; j < n; j++) {
		s->hi[j] = (int16_t)edgert_shift_right_i32(h[j], 15);
		s->lo[j] = (int16_t)(h[j] & 32767);
	}
	edgert_ref_rows(s->hi, r, n, n, s->t);
	edgert_ref_rows(s->lo, r, n, n, s->part);
	for (j = 0; j < n; j++) {
		const int32_t m = EDGERT_W_S32(q + 2 * n + j);
		const int64_t v =
			(int64_t)s->t[j] * m + edgert_shift_right_i64((int64_t)s->part[j] * m, 15);

		s->part[j] = edgert_ra_bound(edgert_ra_shift(v, 17 + p->base.h_shift) +
					     EDGERT_W_S32(q + 4 * n + j));
	}
}

/* sums: both, of gates [0, n). */
EDGERT_INLINE void edgert_ra_gates(const struct edgert_recurrence_any *p, const struct edgert_ra *s,
				   edgert_int n)
{
	edgert_int g, j;

	for (g = 0; g < n; g++) {
		edgert_ra_input(p, s, g);
		edgert_ra_state(p, s, g, s->h);
		for (j = 0; j < p->base.hidden; j++)
			s->sums[g * p->base.hidden + j] = edgert_ra_bound(
				(int64_t)s->sums[g * p->base.hidden + j] + s->part[j]);
	}
}

/* What peephole `which`, of i, o, f, adds to its gate's sums. */
EDGERT_INLINE void edgert_ra_peep(const struct edgert_recurrence_any *p, const struct edgert_ra *s,
				  edgert_int which)
{
	const int32_t *w = s->peepholes + which * p->base.hidden;
	int32_t *v = s->sums + which * p->base.hidden;
	edgert_int j;

	for (j = 0; s->peepholes && j < p->base.hidden; j++)
		v[j] = edgert_ra_bound(
			edgert_ra_shift((int64_t)EDGERT_W_S32(w + j) * s->c[j], p->peephole_bits) +
			v[j]);
}

/* -- steps ----------------------------------------------------------------------------- */

/* to[j] = 1 - from[j], of gates */
EDGERT_INLINE void edgert_ra_rest(const struct edgert_recurrence_any *p, int32_t *to,
				  const int32_t *from)
{
	edgert_int j;

	for (j = 0; j < p->base.hidden; j++)
		to[j] = edgert_ra_bound(((int64_t)1 << p->gate_bits) - from[j]);
}

/* c' = f c + i g        h' = o h(c') */
EDGERT_INLINE void edgert_ra_lstm(const struct edgert_recurrence_any *p, const struct edgert_ra *s)
{
	const edgert_int n = p->base.hidden;
	int32_t *i = s->sums, *o = i + n, *f = o + n, *g = f + n;
	edgert_int j;

	edgert_ra_gates(p, s, 4);
	edgert_ra_peep(p, s, 0);
	edgert_ra_curve(s, 0, p->base.clip, i, n);
	if (p->base.input_forget) {
		edgert_ra_rest(p, f, i);
	} else {
		edgert_ra_peep(p, s, 2);
		edgert_ra_curve(s, 0, p->base.clip, f, n);
	}
	edgert_ra_curve(s, 1, p->new_clip, g, n);
	edgert_ra_mix(s->c, f, s->c, i, g, p->gate_bits, n);
	edgert_ra_peep(p, s, 1);
	edgert_ra_curve(s, 0, p->base.clip, o, n);
	for (j = 0; j < n; j++)
		s->h[j] = s->c[j];
	edgert_ra_curve(s, 2, 0, s->h, n);
	edgert_ra_mix(s->h, o, s->h, NULL, NULL, p->gate_bits, n);
}

/* h' = (1 - z) g + z h, where g is of x W and of r (h R) or of (r h) R */
EDGERT_INLINE void edgert_ra_gru(const struct edgert_recurrence_any *p, const struct edgert_ra *s)
{
	const edgert_int n = p->base.hidden;
	int32_t *z = s->sums, *r = z + n, *g = r + n;
	edgert_int j;

	edgert_ra_gates(p, s, 2);
	edgert_ra_curve(s, 0, p->base.clip, z, 2 * n);
	edgert_ra_input(p, s, 2);
	if (p->base.linear_before_reset) {
		edgert_ra_state(p, s, 2, s->h);
		edgert_ra_mix(s->part, r, s->part, NULL, NULL, p->gate_bits, n);
	} else {
		edgert_ra_mix(r, r, s->h, NULL, NULL, p->gate_bits, n);
		edgert_ra_state(p, s, 2, r);
	}
	for (j = 0; j < n; j++)
		g[j] = edgert_ra_bound((int64_t)g[j] + s->part[j]);
	edgert_ra_curve(s, 1, p->new_clip, g, n);
	edgert_ra_rest(p, r, z);
	edgert_ra_mix(s->h, r, g, z, s->h, p->gate_bits, n);
}

EDGERT_INLINE void edgert_ra_rnn(const struct edgert_recurrence_any *p, const struct edgert_ra *s)
{
	edgert_int j;

	edgert_ra_gates(p, s, 1);
	edgert_ra_curve(s, 0, p->new_clip, s->sums, p->base.hidden);
	for (j = 0; j < p->base.hidden; j++)
		s->h[j] = s->sums[j];
}

EDGERT_INLINE void edgert_ra_step(const struct edgert_recurrence_any *p, const struct edgert_ra *s)
{
	if (p->gates == 4)
		edgert_ra_lstm(p, s);
	else if (p->gates == 3)
		edgert_ra_gru(p, s);
	else
		edgert_ra_rnn(p, s);
}

/* -- sequences ------------------------------------------------------------------------- */

/* A state is `from`, and 0 where that is NULL. */
EDGERT_INLINE void edgert_ra_copy(const struct edgert_recurrence_any *p, int32_t *to,
				  const int32_t *from)
{
	edgert_int j;

	for (j = 0; to && j < p->base.hidden; j++)
		to[j] = from ? from[j] : 0;
}

EDGERT_INLINE int32_t *edgert_ra_at(int32_t *p, edgert_int at)
{
	return p ? p + at : NULL;
}

struct edgert_ra_operands {
	const void *x;
	const int32_t *lens, *h0, *c0;
	int32_t *y, *y_h, *y_c;
};

/* Row n of a batch; y is 0 after its length. */
EDGERT_INLINE void edgert_ra_row(const struct edgert_recurrence_any *p, const struct edgert_ra *s,
				 const struct edgert_ra_operands *o, edgert_int d, edgert_int n)
{
	const struct edgert_recurrence_q *b = &p->base;
	const edgert_int length = edgert_rq_length(b, n, o->lens);
	const edgert_int state = d * b->h_dir + n * b->h_row;
	edgert_int t;

	edgert_ra_copy(p, s->h, o->h0 ? o->h0 + state : NULL);
	edgert_ra_copy(p, s->c, o->c0 ? o->c0 + state : NULL);
	for (t = 0; t < b->seq; t++) {
		const edgert_int at = t < length && (d == 1 || b->reverse) ? length - 1 - t : t;

		if (t < length) {
			edgert_ra_read(p, s, o->x, at * b->x_step + n * b->x_row);
			edgert_ra_step(p, s);
		}
		edgert_ra_copy(p, edgert_ra_at(o->y, at * b->y_step + d * b->y_dir + n * b->y_row),
			       t < length ? s->h : NULL);
	}
	edgert_ra_copy(p, edgert_ra_at(o->y_h, state), length ? s->h : NULL);
	edgert_ra_copy(p, edgert_ra_at(o->y_c, state), length ? s->c : NULL);
}

EDGERT_KERNEL void edgert_recurrence_any__ref(const struct edgert_recurrence_any *p, const void *x,
					      const int8_t *w, const int8_t *r, const int32_t *q,
					      const int32_t *lens, const int32_t *h0,
					      const int32_t *c0, const int32_t *curves,
					      const int32_t *peepholes, int32_t *y, int32_t *y_h,
					      int32_t *y_c, void *scratch)
{
	const struct edgert_ra_operands o = { x, lens, h0, c0, y, y_h, y_c };
	const edgert_int n = p->base.hidden, gates = p->gates;
	const edgert_int kinds = gates == 4 ? 3 : gates == 3 ? 2 : 1;
	struct edgert_ra s;
	edgert_int d, row;

	s.sums = (int32_t *)scratch;
	s.part = s.sums + gates * n;
	s.c = s.part + n;
	s.h = s.c + n;
	s.t = s.h + n;
	s.hi = (int16_t *)(void *)(s.t + n);
	s.lo = s.hi + n;
	s.x = s.lo + n;
	s.curves = curves;
	for (d = 0; d < p->base.directions; d++) {
		s.w = w + d * gates * n * p->base.input;
		s.r = r + d * gates * n * n;
		s.q = q + d * gates * n * 5;
		s.index = curves + d * kinds;
		s.peepholes = peepholes ? peepholes + d * 3 * n : NULL;
		for (row = 0; row < p->base.batch; row++)
			edgert_ra_row(p, &s, &o, d, row);
	}
}
