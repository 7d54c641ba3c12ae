/* lstm_f32.c - the reference LSTM:
 *
 *	i = f(x Wi + h Ri + bi + pi c)      o = f(x Wo + h Ro + bo + po c')
 *	f = f(x Wf + h Rf + bf + pf c)      or 1 - i when input_forget
 *	c' = f c + i g(x Wc + h Rc + bc)    h' = o h(c')
 *
 * Rows of a batch and directions one after the other. scratch: 6 * hidden floats. */
#include "recurrence.h"

/* One step: gates in scratch[0, 4 hidden) first, because all of them read the old h. */
EDGERT_INLINE void edgert_ref_lstm_step(const struct edgert_recurrence *p, edgert_int d,
					const float *x, const float *w, const float *r,
					const float *b, const float *pw, float *h, float *c,
					float *gates)
{
	const edgert_int hidden = p->hidden;
	edgert_int j;
	int g;

	for (g = 0; g < 4; g++)
		for (j = 0; j < hidden; j++)
			gates[g * hidden + j] = edgert_ref_gate(p, 4, g, j, x, h, w, r, b);
	for (j = 0; j < hidden; j++) {
		float i = gates[j], o = gates[hidden + j], f = gates[2 * hidden + j];

		if (pw) {
			i += EDGERT_W_F32(pw + j) * c[j];
			f += EDGERT_W_F32(pw + 2 * hidden + j) * c[j];
		}
		i = edgert_ref_activate_gate(p, d, 3, 0, i);
		f = p->input_forget ? 1.0f - i : edgert_ref_activate_gate(p, d, 3, 0, f);
		c[j] = f * c[j] + i * edgert_ref_activate_gate(p, d, 3, 1, gates[3 * hidden + j]);
		if (pw)
			o += EDGERT_W_F32(pw + hidden + j) * c[j];
		o = edgert_ref_activate_gate(p, d, 3, 0, o);
		h[j] = o * edgert_ref_activate(p, d, 3, 2, c[j]);
	}
}

EDGERT_KERNEL void edgert_lstm_f32__ref(const struct edgert_recurrence *p, const float *x,
					const float *w, const float *r, const float *b,
					const int32_t *lens, const float *h0, const float *c0,
					const float *pw, float *y, float *y_h, float *y_c,
					void *scratch)
{
	const edgert_int hidden = p->hidden;
	float *gates = (float *)scratch, *h = gates + 4 * hidden, *c = h + hidden;
	edgert_int d, n, s;

	for (d = 0; d < p->directions; d++) {
		const float *dw = w + d * 4 * hidden * p->input, *dr = r + d * 4 * hidden * hidden;
		const float *db = b ? b + d * 8 * hidden : b, *dp = pw ? pw + d * 3 * hidden : pw;

		for (n = 0; n < p->batch; n++) {
			const edgert_int length = edgert_ref_length(p, n, lens);

			edgert_ref_state_in(p, d, n, h0, h);
			edgert_ref_state_in(p, d, n, c0, c);
			for (s = 0; s < length; s++) {
				const edgert_int t = edgert_ref_time(p, d, s, length);

				edgert_ref_lstm_step(p, d, x + t * p->x_step + n * p->x_row, dw, dr,
						     db, dp, h, c, gates);
				edgert_ref_emit(p, d, n, t, h, y);
			}
			for (; s < p->seq; s++)
				edgert_ref_emit(p, d, n, s, NULL, y);
			edgert_ref_state_out(p, d, n, length ? h : NULL, y_h);
			edgert_ref_state_out(p, d, n, length ? c : NULL, y_c);
		}
	}
}
