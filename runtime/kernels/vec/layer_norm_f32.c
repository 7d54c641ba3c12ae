/* layer_norm_f32.c - y = (x - mean) / sqrt(variance + epsilon) * scale + bias, rows in vectors. The
 * variance is the mean of (x - mean)^2; sums are taken lane by lane, then over the lanes. */
#include "../isa/vec.h"
#include "../exact.h"

/* Of x - shift, or of its square. */
EDGERT_INLINE float edgert_layer_norm_sum(const float *x, edgert_int n, float shift,
					  const int square)
{
	const edgert_int whole = n - n % EDGERT_VF_LANES;
	const edgert_vf sv = edgert_vf_all(shift);
	edgert_vf s = edgert_vf_zero();
	float sum;

	for (edgert_int i = 0; i < whole; i += EDGERT_VF_LANES) {
		const edgert_vf d = edgert_vf_sub(edgert_vf_load(x + i), sv);

		s = square ? edgert_vf_fma(d, d, s) : edgert_vf_add(s, d);
	}
	sum = edgert_vf_sum(s);
	for (edgert_int i = whole; i < n; i++)
		sum += square ? (x[i] - shift) * (x[i] - shift) : x[i] - shift;
	return sum;
}

EDGERT_KERNEL void edgert_layer_norm_f32__vec(const struct edgert_layer_norm *p, const float *x,
					      const float *scale, const float *bias, float *y)
{
	const edgert_int whole = p->n - p->n % EDGERT_VF_LANES;

	for (edgert_int r = 0; r < p->rows; r++, x += p->x_row, y += p->y_row) {
		const float mean = edgert_layer_norm_sum(x, p->n, 0.0f, 0) / (float)p->n;
		const float variance = edgert_layer_norm_sum(x, p->n, mean, 1) / (float)p->n;
		const float a = 1.0f / edgert_sqrtf(variance + p->epsilon);
		const edgert_vf av = edgert_vf_all(a), m = edgert_vf_all(mean);

		for (edgert_int i = 0; i < whole; i += EDGERT_VF_LANES) {
			edgert_vf v = edgert_vf_mul(edgert_vf_sub(edgert_vf_load(x + i), m), av);

			v = edgert_vf_mul(v, edgert_vf_load(scale + i));
			if (bias)
				v = edgert_vf_add(v, edgert_vf_load(bias + i));
			edgert_vf_store(y + i, v);
		}
		for (edgert_int i = whole; i < p->n; i++)
			y[i] = (x[i] - mean) * a * scale[i] + (bias ? bias[i] : 0.0f);
	}
}
