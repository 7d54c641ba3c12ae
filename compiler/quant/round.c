/* Rounding that minds what it is multiplied by: the error of one weight is made up for by those
 * that come after it.
 *
 *	e = w - q s,   e^T H e = |L^T e|^2 = sum_j (L_jj e_j + sum_(k > j) L_kj e_k)^2
 *
 * From the last column to the first, q_j is the integer for which term j is least: the nearest
 * plane of Babai ("On Lovasz' lattice reduction and the nearest lattice point problem", 1986), which
 * is what GPTQ computes (Frantar et al., 2022). Only the two integers next to w_j / s_j are taken:
 * what the samples say of H is not the whole truth. Where integers are few, q is then improved one
 * column at a time: t = L^T e becomes t + c (L_j)^T for e_j + c, and |t|^2 is least for
 * c = -(L_j t) / |L_j|^2. */
#include "matrix.h"

#include <math.h>

/* Within the two integers next to w / scale, and what the type has. */
static double neighbour(double aim, double w, double scale, double most)
{
	aim = fmin(fmax(nearbyint(aim), floor(w / scale)), ceil(w / scale));
	return fmin(fmax(aim, round_least(most)), most);
}

static const float *row_of(const struct quant_moments *s, int64_t group, int64_t j)
{
	return s->products + (group * s->columns + j) * s->block;
}

/* One sweep over the columns; how many changed. t: L^T e. */
static int64_t improve(const struct quant_moments *s, int64_t group, const double *w,
		       const double *scale, double most, double *t, double *q)
{
	int64_t changed = 0;

	for (int64_t j = 0; j < s->columns; j++) {
		const float *l = row_of(s, group, j);
		int64_t first = j / s->block * s->block;
		double dot = 0, norm = 0, to, change;

		for (int64_t k = first; k <= j; k++) {
			dot += (double)l[k - first] * t[k];
			norm += (double)l[k - first] * (double)l[k - first];
		}
		to = neighbour(q[j] + dot / norm / scale[j], w[j], scale[j], most);
		if (to == q[j])
			continue;
		change = (q[j] - to) * scale[j];
		q[j] = to;
		changed++;
		for (int64_t k = first; k <= j; k++)
			t[k] += change * (double)l[k - first];
	}
	return changed;
}

double round_row(const struct quant_moments *s, int64_t group, const double *w, const double *scale,
		 double most, double *work, double *q)
{
	enum { SWEEPS = 4 };
	double error_of_row = 0;

	for (int64_t c = 0; c < s->columns; c++)
		work[c] = 0;
	for (int64_t j = s->columns - 1; j >= 0; j--) {
		const float *l = row_of(s, group, j);
		int64_t first = j / s->block * s->block;
		double error;

		q[j] = neighbour((w[j] + work[j] / (double)l[j - first]) / scale[j], w[j], scale[j],
				 most);
		error = w[j] - q[j] * scale[j];
		for (int64_t k = first; k <= j; k++)
			work[k] += error * (double)l[k - first];
	}
	for (int i = 0; i < SWEEPS && most < ROUND_FEW; i++)
		if (improve(s, group, w, scale, most, work, q) == 0)
			break;
	for (int64_t j = 0; j < s->columns; j++)
		error_of_row += work[j] * work[j];
	return error_of_row;
}
