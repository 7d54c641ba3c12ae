/* linear_attention_f32.c - attention whose memory of all keys and values is one matrix per head:
 *
 *	S = decay S + k (beta (v - (decay S)' k))'       without delta: S = decay S + k v'
 *	y = S' q for each query that shares the head
 */
#include "../params.h"

/* out = S' x, S being [size][value]. */
EDGERT_INLINE void edgert_linear_attention_read(const struct edgert_linear_attention *p,
						const float *s, const float *x, float *out)
{
	edgert_int d, m;

	for (m = 0; m < p->value; m++)
		out[m] = 0.0f;
	for (d = 0; d < p->size; d++)
		for (m = 0; m < p->value; m++)
			out[m] += x[d] * s[d * p->value + m];
}

/* One step of one head; u: p->value floats. */
EDGERT_INLINE void edgert_linear_attention_step(const struct edgert_linear_attention *p, float *s,
						const float *k, const float *v, const float *decay,
						const float *beta, float *u)
{
	edgert_int d, m;

	for (d = 0; p->decay && d < p->size; d++) {
		const float f = decay[p->decay > 1 ? d : 0];

		for (m = 0; m < p->value; m++)
			s[d * p->value + m] *= f;
	}
	if (p->delta)
		edgert_linear_attention_read(p, s, k, u);
	for (m = 0; m < p->value; m++)
		u[m] = p->delta ? *beta * (v[m] - u[m]) : v[m];
	for (d = 0; d < p->size; d++)
		for (m = 0; m < p->value; m++)
			s[d * p->value + m] += k[d] * u[m];
}

EDGERT_KERNEL void edgert_linear_attention_f32__ref(const struct edgert_linear_attention *p,
						    const float *q, const float *k, const float *v,
						    const float *past, const float *decay,
						    const float *beta, float *y, float *state,
						    void *scratch)
{
	const edgert_int each = p->decay > 1 ? p->size : 1;
	float *u = (float *)scratch;
	edgert_int b, t, h, g, i;

	for (i = 0; i < p->batch * p->heads * p->size * p->value; i++)
		state[i] = past ? past[i] : 0.0f;
	for (b = 0; b < p->batch; b++)
		for (t = 0; t < p->time; t++)
			for (h = 0; h < p->heads; h++) {
				const edgert_int at = b * p->time + t, head = at * p->heads + h;
				float *s = state + (b * p->heads + h) * p->size * p->value;

				edgert_linear_attention_step(
					p, s, k + head * p->size, v + head * p->value,
					p->decay ? decay + head * each : decay,
					p->delta ? beta + (p->delta > 1 ? head : at) : beta, u);
				for (g = 0; g < p->group; g++)
					edgert_linear_attention_read(
						p, s, q + (head * p->group + g) * p->size,
						y + (head * p->group + g) * p->value);
			}
}
