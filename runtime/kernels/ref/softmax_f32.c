/* softmax_f32.c - the reference softmax: e^(x - m) / sum, m the row's maximum; or its logarithm x -
 * m - log(sum). A NaN makes its row NaN. x and y may be the same. */
#include "../params.h"
#include "../math.h"

EDGERT_KERNEL void edgert_softmax_f32__ref(const struct edgert_softmax *p, const float *x, float *y)
{
	edgert_int r, i;

	if (p->n == 0)
		return;
	for (r = 0; r < p->rows; r++, x += p->x_row, y += p->y_row) {
		float most = x[0], sum = 0.0f, log;

		for (i = 1; i < p->n; i++)
			most = x[i] > most ? x[i] : most;
		if (p->log) {
			for (i = 0; i < p->n; i++)
				sum += edgert_expf(x[i] - most);
			log = edgert_logf(sum);
			for (i = 0; i < p->n; i++)
				y[i] = (x[i] - most) - log;
		} else {
			for (i = 0; i < p->n; i++)
				y[i] = edgert_expf(x[i] - most);
			for (i = 0; i < p->n; i++)
				sum += y[i];
			sum = 1.0f / sum;
			for (i = 0; i < p->n; i++)
				y[i] *= sum;
		}
	}
}
