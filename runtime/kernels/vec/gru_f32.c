/* gru_f32.c - GRU with sigmoid and tanh, no clip (see recurrence.h), z and r sigmoids:
 *
 *	h~ = tanh(x Wh + (r h) Rh + bh)             linear_before_reset = 0
 *	h~ = tanh(x Wh + r (h Rh + rbh) + wbh)      linear_before_reset = 1
 *	h' = (1 - z) h~ + z h
 *
 * Packed r: the columns of z and r in panels of their own, then those of h. */
#include "recurrence.h"

/* g's columns of z and r to r h in t (for linear_before_reset: r) and z in their place. */
EDGERT_INLINE void edgert_gru_gates(const struct edgert_recurrence *p,
				    const struct edgert_vec_recurrence *q, const float *xg)
{
	const edgert_int gate = q->hv * EDGERT_VF_LANES;

	for (edgert_int n = 0; n < q->rows; n++)
		for (edgert_int j = 0; j < gate; j += EDGERT_VF_LANES) {
			float *g = q->g + n * q->columns + j;
			const float *x = xg + n * q->columns + j;
			const edgert_vf z = edgert_vf_sigmoid(
				edgert_vf_add(edgert_vf_load(g), edgert_vf_load(x)));
			const edgert_vf r = edgert_vf_sigmoid(
				edgert_vf_add(edgert_vf_load(g + gate), edgert_vf_load(x + gate)));
			const edgert_vf h = edgert_vf_load(q->h + n * gate + j);

			edgert_vf_store(g, z);
			edgert_vf_store(q->t + n * gate + j,
					p->linear_before_reset ? r : edgert_vf_mul(r, h));
		}
}

EDGERT_INLINE void edgert_gru_cell(const struct edgert_recurrence *p,
				   const struct edgert_vec_recurrence *q, const float *xg)
{
	const edgert_int gate = q->hv * EDGERT_VF_LANES;

	for (edgert_int n = 0; n < q->rows; n++)
		for (edgert_int j = 0; j < gate; j += EDGERT_VF_LANES) {
			const float *g = q->g + n * q->columns + j;
			float *h = q->h + n * gate + j;
			const edgert_vf z = edgert_vf_load(g),
					r = edgert_vf_load(q->t + n * gate + j);
			const edgert_vf a = edgert_vf_load(g + 2 * gate);
			const edgert_vf x = edgert_vf_load(xg + n * q->columns + j + 2 * gate);
			const edgert_vf e = edgert_vf_tanh(
				edgert_vf_add(x, p->linear_before_reset ? edgert_vf_mul(r, a) : a));
			const edgert_vf new =
				edgert_vf_mul(edgert_vf_sub(edgert_vf_all(1.0f), z), e);

			edgert_vf_store(h, edgert_vf_add(new, edgert_vf_mul(z, edgert_vf_load(h))));
		}
}

EDGERT_INLINE void edgert_gru_step(const struct edgert_recurrence *p,
				   const struct edgert_vec_recurrence *q, const float *xg)
{
	const edgert_int gate = q->hv * EDGERT_VF_LANES;
	const edgert_int panels = (2 * q->hv + p->rv - 1) / p->rv;
	const float *rh = q->r + panels * p->rv * EDGERT_VF_LANES * p->hidden;
	const float *bias = q->b && p->linear_before_reset ? q->b + q->columns + 2 * gate : NULL;

	edgert_vec_recurrence_product(p->rr, p->rv, q->rows, q->h, gate, p->hidden, q->r, NULL,
				      2 * gate, q->g, q->columns);
	edgert_gru_gates(p, q, xg);
	edgert_vec_recurrence_product(p->rr, p->rv, q->rows, p->linear_before_reset ? q->h : q->t,
				      gate, p->hidden, rh, bias, gate, q->g + 2 * gate, q->columns);
	edgert_gru_cell(p, q, xg);
}

EDGERT_KERNEL void edgert_gru_f32__vec(const struct edgert_recurrence *p, const float *x,
				       const float *w, const float *r, const float *b,
				       const int32_t *lens, const float *h0, float *y, float *y_h,
				       void *scratch)
{
	for (edgert_int d = 0; d < p->directions; d++)
		for (edgert_int part = 0; part < (lens ? p->batch : 1); part++) {
			const struct edgert_vec_recurrence q = edgert_vec_recurrence_part(
				p, 3, d, part, w, r, b, lens, (float *)scratch);

			edgert_vec_recurrence_load(p, &q, h0, q.h);
			for (edgert_int s = 0; s < q.length; s++) {
				const edgert_int n = s % EDGERT_VEC_RECURRENCE_STEPS;
				const edgert_int t = edgert_vec_time(p, d, q.length, s);

				if (n == 0)
					edgert_vec_recurrence_input(
						p, &q, x, s,
						q.length - s < EDGERT_VEC_RECURRENCE_STEPS
							? q.length - s
							: EDGERT_VEC_RECURRENCE_STEPS);
				edgert_gru_step(p, &q, q.xg + n * q.rows * q.columns);
				edgert_vec_recurrence_store(p, &q, q.h,
							    y ? y + t * p->y_step + d * p->y_dir +
									    q.first * p->y_row
							      : y,
							    p->y_row);
			}
			edgert_vec_recurrence_clear(p, &q, y);
			edgert_vec_recurrence_store(
				p, &q, q.h, y_h ? y_h + d * p->h_dir + q.first * p->h_row : y_h,
				p->h_row);
		}
}
