/* lstm_f32.c - LSTM with sigmoid, tanh, tanh, no peepholes, no clip, no coupling (see
 * recurrence.h):
 *
 *	i, o, f = sigmoid(...)      c' = f c + i tanh(...)      h' = o tanh(c') */
#include "recurrence.h"

/* All rows' cells: g and the step's xg to h and c. Short loops, so that several iterations are in
 * flight: the functions are long chains of dependent operations. */
EDGERT_INLINE void edgert_lstm_cell(const struct edgert_vec_recurrence *q, const float *xg)
{
	const edgert_int gate = q->hv * EDGERT_VF_LANES;

	for (edgert_int n = 0; n < q->rows; n++) {
		float *g = q->g + n * q->columns, *h = q->h + n * gate, *c = q->c + n * gate;
		const float *x = xg + n * q->columns;

		for (edgert_int j = 0; j < 3 * gate; j += EDGERT_VF_LANES)
			edgert_vf_store(g + j,
					edgert_vf_sigmoid(edgert_vf_add(edgert_vf_load(g + j),
									edgert_vf_load(x + j))));
		for (edgert_int j = 0; j < gate; j += EDGERT_VF_LANES) {
			const edgert_vf i = edgert_vf_load(g + j);
			const edgert_vf f = edgert_vf_load(g + 2 * gate + j);
			const edgert_vf e =
				edgert_vf_tanh(edgert_vf_add(edgert_vf_load(g + 3 * gate + j),
							     edgert_vf_load(x + 3 * gate + j)));

			edgert_vf_store(c + j,
					edgert_vf_add(edgert_vf_mul(f, edgert_vf_load(c + j)),
						      edgert_vf_mul(i, e)));
		}
		for (edgert_int j = 0; j < gate; j += EDGERT_VF_LANES)
			edgert_vf_store(h + j,
					edgert_vf_mul(edgert_vf_load(g + gate + j),
						      edgert_vf_tanh(edgert_vf_load(c + j))));
	}
}

EDGERT_KERNEL void edgert_lstm_f32__vec(const struct edgert_recurrence *p, const float *x,
					const float *w, const float *r, const float *b,
					const int32_t *lens, const float *h0, const float *c0,
					const float *pw, float *y, float *y_h, float *y_c,
					void *scratch)
{
	(void)pw;
	for (edgert_int d = 0; d < p->directions; d++)
		for (edgert_int part = 0; part < (lens ? p->batch : 1); part++) {
			const struct edgert_vec_recurrence q = edgert_vec_recurrence_part(
				p, 4, d, part, w, r, b, lens, (float *)scratch);
			const edgert_int out = d * p->h_dir + q.first * p->h_row;

			edgert_vec_recurrence_load(p, &q, h0, q.h);
			edgert_vec_recurrence_load(p, &q, c0, q.c);
			for (edgert_int s = 0; s < q.length; s++) {
				const edgert_int n = s % EDGERT_VEC_RECURRENCE_STEPS;
				const edgert_int t = edgert_vec_time(p, d, q.length, s);

				if (n == 0)
					edgert_vec_recurrence_input(
						p, &q, x, s,
						q.length - s < EDGERT_VEC_RECURRENCE_STEPS
							? q.length - s
							: EDGERT_VEC_RECURRENCE_STEPS);
				edgert_vec_recurrence_product(p->rr, p->rv, q.rows, q.h,
							      q.hv * EDGERT_VF_LANES, p->hidden,
							      q.r, NULL, q.columns, q.g, q.columns);
				edgert_lstm_cell(&q, q.xg + n * q.rows * q.columns);
				edgert_vec_recurrence_store(p, &q, q.h,
							    y ? y + t * p->y_step + d * p->y_dir +
									    q.first * p->y_row
							      : y,
							    p->y_row);
			}
			edgert_vec_recurrence_clear(p, &q, y);
			edgert_vec_recurrence_store(p, &q, q.h, y_h ? y_h + out : y_h, p->h_row);
			edgert_vec_recurrence_store(p, &q, q.c, y_c ? y_c + out : y_c, p->h_row);
		}
}
