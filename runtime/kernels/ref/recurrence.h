/* recurrence.h - what the reference LSTM, GRU and RNN share. */
#ifndef EDGERT_REF_RECURRENCE_H
#define EDGERT_REF_RECURRENCE_H

#include "dot.h"

#include "../math.h"

/* Activation number `which` of direction d, of `per` each. */
EDGERT_INLINE float edgert_ref_activate(const struct edgert_recurrence *p, edgert_int d, int per,
					int which, float x)
{
	const edgert_int i = d * per + which;
	const float alpha = p->alpha[i], beta = p->beta[i];

	switch (p->act[i]) {
	case EDGERT_SIGMOID:
		return edgert_sigmoidf(x);
	case EDGERT_TANH:
		return edgert_tanhf(x);
	case EDGERT_RELU:
		return x < 0.0f ? 0.0f : x;
	case EDGERT_AFFINE:
		return alpha * x + beta;
	case EDGERT_LEAKY_RELU:
		return x < 0.0f ? alpha * x : x;
	case EDGERT_THRESHOLDED_RELU:
		return x < alpha ? 0.0f : x;
	case EDGERT_SCALED_TANH:
		return alpha * edgert_tanhf(beta * x);
	case EDGERT_HARD_SIGMOID:
		x = alpha * x + beta;
		return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
	case EDGERT_ELU:
		return x < 0.0f ? alpha * edgert_expm1f(x) : x;
	case EDGERT_SOFTSIGN:
		return x / (1.0f + edgert_absf(x));
	default: /* EDGERT_SOFTPLUS */
		return edgert_softplusf(x);
	}
}

/* The same of a gate: its sum is bounded by the clip first. */
EDGERT_INLINE float edgert_ref_activate_gate(const struct edgert_recurrence *p, edgert_int d,
					     int per, int which, float x)
{
	if (p->clip > 0.0f)
		x = x > p->clip ? p->clip : x < -p->clip ? -p->clip : x;
	return edgert_ref_activate(p, d, per, which, x);
}

/* Row j of gate g, of `gates`: x . W + h . R + both biases. W, R and b are one direction's. */
EDGERT_INLINE float edgert_ref_gate(const struct edgert_recurrence *p, int gates, int g,
				    edgert_int j, const float *x, const float *h, const float *w,
				    const float *r, const float *b)
{
	const edgert_int row = g * p->hidden + j;
	float sum = 0.0f;

	if (b)
		sum = EDGERT_W_F32(b + row) + EDGERT_W_F32(b + gates * p->hidden + row);
	sum = edgert_ref_dot(sum, w + row * p->input, x, p->input);
	return edgert_ref_dot(sum, r + row * p->hidden, h, p->hidden);
}

/* The state of direction d and batch row n at the start: from `from`, or 0. */
EDGERT_INLINE void edgert_ref_state_in(const struct edgert_recurrence *p, edgert_int d,
				       edgert_int n, const float *from, float *state)
{
	edgert_int j;

	for (j = 0; j < p->hidden; j++)
		state[j] = from ? from[d * p->h_dir + n * p->h_row + j] : 0.0f;
}

/* state may be NULL: of a row without steps, 0 (ONNX is silent; so does ONNX Runtime). */
EDGERT_INLINE void edgert_ref_state_out(const struct edgert_recurrence *p, edgert_int d,
					edgert_int n, const float *state, float *to)
{
	edgert_int j;

	for (j = 0; to && j < p->hidden; j++)
		to[d * p->h_dir + n * p->h_row + j] = state ? state[j] : 0.0f;
}

/* Steps of batch row n: its own length, within the tensor's. */
EDGERT_INLINE edgert_int edgert_ref_length(const struct edgert_recurrence *p, edgert_int n,
					   const int32_t *lens)
{
	if (!lens)
		return p->seq;
	return lens[n] < 0 ? 0 : lens[n] > p->seq ? p->seq : (edgert_int)lens[n];
}

/* Step s of `length` is at this time; the second direction runs backwards. */
EDGERT_INLINE edgert_int edgert_ref_time(const struct edgert_recurrence *p, edgert_int d,
					 edgert_int s, edgert_int length)
{
	return d == 1 || p->reverse ? length - 1 - s : s;
}

/* y at time t is h, and 0 where h is NULL: after a row's length. */
EDGERT_INLINE void edgert_ref_emit(const struct edgert_recurrence *p, edgert_int d, edgert_int n,
				   edgert_int t, const float *h, float *y)
{
	edgert_int j;

	for (j = 0; y && j < p->hidden; j++)
		y[t * p->y_step + d * p->y_dir + n * p->y_row + j] = h ? h[j] : 0.0f;
}

#endif
