/* Kernels without weights of their own: pools, softmax, layer norm. Their costs are of vectors read
 * and written. */
#include "vec.h"

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

double pool2d_f32_vec_cost(const struct edgert_pool2d *p, const struct vec_machine *m)
{
	const double vectors = (double)divide_up(p->c, m->lanes);

	return (double)(p->n * p->oh * p->ow) * (vectors * (double)(p->kh * p->kw + 6) + 12);
}

double softmax_f32_vec_cost(const struct edgert_softmax *p, const struct vec_machine *m)
{
	return (double)p->rows * (16.0 * (double)divide_up(p->n, m->lanes) + 60);
}

double layer_norm_f32_vec_cost(const struct edgert_layer_norm *p, const struct vec_machine *m)
{
	return (double)p->rows * (5.0 * (double)divide_up(p->n, m->lanes) + 80);
}
