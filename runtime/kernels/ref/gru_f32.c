/* gru_f32.c - the reference GRU:
 *
 *	z = f(x Wz + h Rz + bz)    r = f(x Wr + h Rr + br)    h' = (1 - z) n + z h
 *	n = g(x Wh + wbh + (r h) Rh + rbh)
 *	or, linear_before_reset, g(x Wh + wbh + r (h Rh + rbh))
 *
 * Rows of a batch and directions one after the other. scratch: 5 * hidden floats. */
#include "recurrence.h"

/* One step: z and r, then n, because n and h' read the old h. */
EDGERT_INLINE void edgert_ref_gru_step(const struct edgert_recurrence *p, edgert_int d,
				       const float *x, const float *w, const float *r,
				       const float *b, float *h, float *gates)
{
	const edgert_int hidden = p->hidden;
	float *z = gates, *reset = gates + hidden, *fresh = gates + 2 * hidden,
	      *rh = gates + 3 * hidden;
	edgert_int j;

	for (j = 0; j < hidden; j++) {
		z[j] = edgert_ref_gate(p, 3, 0, j, x, h, w, r, b);
		z[j] = edgert_ref_activate_gate(p, d, 2, 0, z[j]);
		reset[j] = edgert_ref_gate(p, 3, 1, j, x, h, w, r, b);
		reset[j] = edgert_ref_activate_gate(p, d, 2, 0, reset[j]);
		rh[j] = p->linear_before_reset ? h[j] : reset[j] * h[j];
	}
	for (j = 0; j < hidden; j++) {
		const edgert_int row = 2 * hidden + j;
		float a = b ? EDGERT_W_F32(b + row) : 0.0f, rest;

		a = edgert_ref_dot(a, w + row * p->input, x, p->input);
		rest = b ? EDGERT_W_F32(b + 3 * hidden + row) : 0.0f;
		rest = edgert_ref_dot(rest, r + row * hidden, rh, hidden);
		a += p->linear_before_reset ? reset[j] * rest : rest;
		fresh[j] = edgert_ref_activate_gate(p, d, 2, 1, a);
	}
	for (j = 0; j < hidden; j++)
		h[j] = (1.0f - z[j]) * fresh[j] + z[j] * h[j];
}

EDGERT_KERNEL void edgert_gru_f32__ref(const struct edgert_recurrence *p, const float *x,
				       const float *w, const float *r, const float *b,
				       const int32_t *lens, const float *h0, float *y, float *y_h,
				       void *scratch)
{
	const edgert_int hidden = p->hidden;
	float *gates = (float *)scratch, *h = gates + 4 * hidden;
	edgert_int d, n, s;

	for (d = 0; d < p->directions; d++) {
		const float *dw = w + d * 3 * hidden * p->input, *dr = r + d * 3 * hidden * hidden;
		const float *db = b ? b + d * 6 * hidden : b;

		for (n = 0; n < p->batch; n++) {
			const edgert_int length = edgert_ref_length(p, n, lens);

			edgert_ref_state_in(p, d, n, h0, h);
			for (s = 0; s < length; s++) {
				const edgert_int t = edgert_ref_time(p, d, s, length);

				edgert_ref_gru_step(p, d, x + t * p->x_step + n * p->x_row, dw, dr,
						    db, h, gates);
				edgert_ref_emit(p, d, n, t, h, y);
			}
			for (; s < p->seq; s++)
				edgert_ref_emit(p, d, n, s, NULL, y);
			edgert_ref_state_out(p, d, n, length ? h : NULL, y_h);
		}
	}
}
