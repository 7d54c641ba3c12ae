/* edgert_gemm_f32__vec and edgert_matmul_f32__vec: tiles, and packing [k][n] -> [panel][k][nv *
 * lanes]. */
#include <string.h>

#include "vec.h"

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static int64_t rows(const struct edgert_gemm *p)
{
	const bool even =
		p->w_batch == 0 && p->a_batch == p->m * p->a_row && p->y_batch == p->m * p->y_row;

	return even ? p->batch * p->m : p->m;
}

/* Tiles that all panels finish before the next: as for a pointwise convolution. */
static int64_t block(const struct edgert_gemm *p, const struct vec_machine *m, int64_t mr,
		     int64_t nv)
{
	const int64_t weights = divide_up(p->n, nv * m->lanes) * nv * m->lanes * p->k * 4;
	const int64_t unit = mr * p->k * 4, units = divide_up(rows(p), mr);
	int64_t b = 1;

	if (weights > m->l2 / 2 && unit > 0)
		b = m->l2 / 4 / unit;
	b = b > units ? units : b;
	return b < 1 ? 1 : b;
}

bool gemm_f32_vec_accept(const struct edgert_gemm *p)
{
	(void)p;
	return true;
}

double gemm_f32_vec_cost(const struct edgert_gemm *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes, panels = divide_up(p->n, width);
	const int64_t panel = p->k * width * 4, count = rows(p);
	const int64_t between = block(p, m, p->mr, p->nv) == 1 ? panel * panels : panel;

	if (count == 0)
		return 0;
	return (double)panels *
	       vec_strip_cost(m, p->mr, p->nv, count, p->k, p->a_col == 1 ? 1 : p->k, between) *
	       (double)(p->batch * p->m) / (double)count;
}

/* The cheapest tile under `cost`. */
static double choose(struct edgert_gemm *p, const struct vec_machine *m,
		     double (*cost)(const struct edgert_gemm *, const struct vec_machine *))
{
	const int64_t vectors = divide_up(p->n, m->lanes);
	struct edgert_gemm try = *p;
	double best = -1;

	p->mr = p->nv = 1;
	for (try.nv = 1; try.nv <= vectors && try.nv <= 8; try.nv++)
		for (try.mr = 1; try.mr <= 14; try.mr++) {
			double c;

			if (!vec_tile_exists(m, try.mr, try.nv))
				continue;
			c = cost(&try, m);
			if (best >= 0 && c >= best)
				continue;
			best = c;
			p->mr = try.mr;
			p->nv = try.nv;
		}
	return best < 0 ? 0 : best;
}

double gemm_f32_vec_tile(struct edgert_gemm *p, const struct vec_machine *m)
{
	const double cost = choose(p, m, gemm_f32_vec_cost);

	p->direct = 0;
	p->block = block(p, m, p->mr, p->nv);
	return cost;
}

int64_t gemm_f32_vec_weights(const struct edgert_gemm *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes;

	return (p->w_batch ? p->batch : 1) * divide_up(p->n, width) * width * p->k;
}

void gemm_f32_vec_pack(const struct edgert_gemm *p, const struct vec_machine *m, const float *w,
		       float *out)
{
	const int64_t width = p->nv * m->lanes, panels = divide_up(p->n, width);

	memset(out, 0, (size_t)gemm_f32_vec_weights(p, m) * sizeof *out);
	for (int64_t b = 0; b < (p->w_batch ? p->batch : 1); b++)
		for (int64_t j = 0; j < p->n; j++) {
			float *to = out + (b * panels + j / width) * p->k * width + j % width;

			for (int64_t k = 0; k < p->k; k++)
				to[k * width] = w[b * p->w_batch + k * p->w_row + j * p->w_col];
		}
}

/* -- matmul: no weights, scratch for one panel -- */

bool matmul_f32_vec_accept(const struct edgert_gemm *p)
{
	(void)p;
	return true;
}

double matmul_f32_vec_cost(const struct edgert_gemm *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes, panels = divide_up(p->n, width);
	const double pack = p->direct ? 0 : p->w_col == 1 || p->w_row == 1 ? 1.0 : 2.0 * m->lanes;

	/* Copying costs `pack` cycles a vector. */
	return (double)(p->batch * panels) *
	       (vec_strip_cost(m, p->mr, p->nv, p->m, p->k, p->a_col == 1 ? 1 : p->k,
			       p->k * width * 4) +
		pack * (double)(p->k * p->nv));
}

double matmul_f32_vec_tile(struct edgert_gemm *p, const struct vec_machine *m)
{
	struct edgert_gemm direct = *p;
	double cost, in_place;

	p->direct = 0;
	cost = choose(p, m, matmul_f32_vec_cost);
	direct.direct = 1;
	in_place = choose(&direct, m, matmul_f32_vec_cost);
	/* In place a panel's rows are as far apart as w's: worth it only where they are used few
	 * times. */
	if (p->w_col == 1 && p->n % (direct.nv * m->lanes) == 0 && p->m <= 2 * direct.mr &&
	    in_place < cost) {
		*p = direct;
		cost = in_place;
	}
	p->block = p->m;
	return cost;
}

int64_t matmul_f32_vec_scratch(const struct edgert_gemm *p, const struct vec_machine *m)
{
	return p->direct ? 0 : p->k * p->nv * m->lanes * 4;
}
