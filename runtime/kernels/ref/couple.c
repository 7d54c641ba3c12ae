/* couple.c - probabilities of classes from those of each two of them, by the second method of Wu,
 * Lin and Weng, "Probability Estimates for Multi-class Classification by Pairwise Coupling" (2004):
 * the p that minimizes sum over i != j of (r[j][i] p[i] - r[i][j] p[j])^2, by fixed-point steps. */
#include "../params.h"

/* p from the coefficients q [k][k] of the quadratic form; qp: k floats. */
EDGERT_INLINE void edgert_couple_solve(edgert_int k, const float *q, float *p, float *qp)
{
	const float enough = 0.005f / (float)k;
	edgert_int i, j, step, steps = k > 100 ? k : 100;

	for (i = 0; i < k; i++)
		p[i] = 1.0f / (float)k;
	for (step = 0; step < steps; step++) {
		float sum = 0.0f, worst = 0.0f;

		for (i = 0; i < k; i++) {
			qp[i] = 0.0f;
			for (j = 0; j < k; j++)
				qp[i] += q[i * k + j] * p[j];
			sum += p[i] * qp[i];
		}
		for (i = 0; i < k; i++) {
			const float e = qp[i] < sum ? sum - qp[i] : qp[i] - sum;

			worst = e > worst ? e : worst;
		}
		if (worst < enough)
			return;
		for (i = 0; i < k; i++) {
			const float d = (sum - qp[i]) / q[i * k + i], scale = 1.0f / (1.0f + d);

			p[i] += d;
			sum = (sum + d * (d * q[i * k + i] + 2.0f * qp[i])) * scale * scale;
			for (j = 0; j < k; j++) {
				qp[j] = (qp[j] + d * q[i * k + j]) * scale;
				p[j] *= scale;
			}
		}
	}
}

/* r[i][j], i < j, is x of the pair (kept off 0 and 1); r[j][i] = 1 - r[i][j]. */
EDGERT_INLINE float edgert_couple_pair(const float *x, edgert_int k, edgert_int i, edgert_int j)
{
	const edgert_int lo = i < j ? i : j, hi = i < j ? j : i;
	float r = x[lo * k - lo * (lo + 1) / 2 + hi - lo - 1];

	r = r < 1e-7f ? 1e-7f : r > 1.0f - 1e-7f ? 1.0f - 1e-7f : r;
	return i < j ? r : 1.0f - r;
}

EDGERT_KERNEL void edgert_couple_f32__ref(const struct edgert_couple *p, const float *x, float *y,
					  void *scratch)
{
	const edgert_int k = p->classes;
	float *q = (float *)scratch, *qp = q + k * k;
	edgert_int row, i, j;

	for (row = 0; row < p->rows; row++) {
		for (i = 0; i < k; i++) {
			q[i * k + i] = 0.0f;
			for (j = 0; j < k; j++) {
				const float r = i == j ? 0.0f : edgert_couple_pair(x, k, j, i);

				if (i == j)
					continue;
				q[i * k + i] += r * r;
				q[i * k + j] = -r * (1.0f - r);
			}
		}
		edgert_couple_solve(k, q, y, qp);
		x += k * (k - 1) / 2;
		y += k;
	}
}
