/* softmax_f32.c - e^(x - m) / sum, m the row's maximum, or its logarithm x - m - log(sum), in
 * vectors. The sum is taken lane by lane, then over the lanes. A NaN makes its row NaN. */
#include "../isa/vec_math.h"
#include "../math.h"

EDGERT_INLINE float edgert_softmax_maximum(const float *x, edgert_int n, edgert_int whole)
{
	edgert_vf m = edgert_vf_all(x[0]);
	float most;

	for (edgert_int i = 0; i < whole; i += EDGERT_VF_LANES)
		m = edgert_vf_max_nan(m, edgert_vf_load(x + i));
	most = edgert_vf_largest(m);
	for (edgert_int i = whole; i < n; i++)
		most = x[i] > most || x[i] != x[i] ? x[i] : most;
	return most;
}

/* y = e^(x - most), and their sum; where y is NULL the sum alone. */
EDGERT_INLINE float edgert_softmax_exp(const float *x, float *y, edgert_int n, edgert_int whole,
				       float most)
{
	const edgert_vf m = edgert_vf_all(most);
	edgert_vf s = edgert_vf_zero();
	float t[EDGERT_VF_LANES], sum;

	for (edgert_int i = 0; i < whole; i += EDGERT_VF_LANES) {
		const edgert_vf e = edgert_vf_exp(edgert_vf_sub(edgert_vf_load(x + i), m));

		s = edgert_vf_add(s, e);
		if (y)
			edgert_vf_store(y + i, e);
	}
	sum = edgert_vf_sum(s);
	if (whole == n)
		return sum;
	edgert_vf_store(t,
			edgert_vf_exp(edgert_vf_sub(edgert_vf_load_part(x + whole, n - whole), m)));
	for (edgert_int i = whole; i < n; i++) {
		sum += t[i - whole];
		if (y)
			y[i] = t[i - whole];
	}
	return sum;
}

EDGERT_KERNEL void edgert_softmax_f32__vec(const struct edgert_softmax *p, const float *x, float *y)
{
	const edgert_int whole = p->n - p->n % EDGERT_VF_LANES;

	if (p->n == 0)
		return;
	for (edgert_int r = 0; r < p->rows; r++, x += p->x_row, y += p->y_row) {
		const float most = edgert_softmax_maximum(x, p->n, whole);
		const float sum = edgert_softmax_exp(x, p->log ? NULL : y, p->n, whole, most);
		const float a = p->log ? edgert_logf(sum) : 1.0f / sum;
		const edgert_vf av = edgert_vf_all(a), m = edgert_vf_all(most);

		for (edgert_int i = 0; i < whole; i += EDGERT_VF_LANES)
			edgert_vf_store(
				y + i,
				p->log ? edgert_vf_sub(edgert_vf_sub(edgert_vf_load(x + i), m), av)
				       : edgert_vf_mul(edgert_vf_load(y + i), av));
		for (edgert_int i = whole; i < p->n; i++)
			y[i] = p->log ? x[i] - most - a : y[i] * a;
	}
}
