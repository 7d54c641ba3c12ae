/* Rounding that minds what it is multiplied by: the error of one weight is made up for by those
 * that come after it.
 *
 *	e = w - q s,   e^T H e = |L^T e|^2 = sum_j (L_jj e_j + sum_(k > j) L_kj e_k)^2
 *
 * From the last column to the first, q_j is the integer for which term j is least: the nearest
 * plane of Babai ("On Lovasz' lattice reduction and the nearest lattice point problem", 1986), which
 * is what GPTQ computes (Frantar et al., 2022). Only the two integers next to w_j / s_j are taken:
 * what the samples say of H is not the whole truth. */
#include "matrix.h"

#include <math.h>

void round_row(const struct quant_moments *s, int64_t group, const double *w, const double *scale,
	       double most, double *work, double *q)
{
	for (int64_t c = 0; c < s->columns; c++)
		work[c] = 0;
	for (int64_t j = s->columns - 1; j >= 0; j--) {
		const float *l = s->products + (group * s->columns + j) * s->block;
		int64_t first = j / s->block * s->block;
		double exact = w[j] / scale[j],
		       aim = exact + work[j] / (double)l[j - first] / scale[j], error;

		q[j] = fmin(fmax(nearbyint(aim), floor(exact)), ceil(exact));
		q[j] = fmin(fmax(q[j], -most), most);
		error = w[j] - q[j] * scale[j];
		for (int64_t k = first; k < j; k++)
			work[k] += error * (double)l[k - first];
	}
}
