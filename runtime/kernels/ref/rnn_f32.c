/* rnn_f32.c - the reference RNN: h' = f(x W + h R + b). Rows of a batch and directions one after
 * the other. scratch: 2 * hidden floats. */
#include "recurrence.h"

EDGERT_KERNEL void edgert_rnn_f32__ref(const struct edgert_recurrence *p, const float *x,
				       const float *w, const float *r, const float *b,
				       const int32_t *lens, const float *h0, float *y, float *y_h,
				       void *scratch)
{
	const edgert_int hidden = p->hidden;
	float *h = (float *)scratch, *next = h + hidden;
	edgert_int d, n, s, j;

	for (d = 0; d < p->directions; d++) {
		const float *dw = w + d * hidden * p->input, *dr = r + d * hidden * hidden;
		const float *db = b ? b + d * 2 * hidden : b;

		for (n = 0; n < p->batch; n++) {
			const edgert_int length = edgert_ref_length(p, n, lens);

			edgert_ref_state_in(p, d, n, h0, h);
			for (s = 0; s < length; s++) {
				const edgert_int t = edgert_ref_time(p, d, s, length);
				const float *xt = x + t * p->x_step + n * p->x_row;

				for (j = 0; j < hidden; j++)
					next[j] = edgert_ref_gate(p, 1, 0, j, xt, h, dw, dr, db);
				for (j = 0; j < hidden; j++)
					h[j] = edgert_ref_activate_gate(p, d, 1, 0, next[j]);
				edgert_ref_emit(p, d, n, t, h, y);
			}
			for (; s < p->seq; s++)
				edgert_ref_emit(p, d, n, s, NULL, y);
			edgert_ref_state_out(p, d, n, length ? h : NULL, y_h);
		}
	}
}
