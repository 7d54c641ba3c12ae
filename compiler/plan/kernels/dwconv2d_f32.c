/* edgert_dwconv2d_f32__vec: tiles, and packing OIHW (I = 1) -> [vector][kh][kw][lanes]. */
#include <string.h>

#include "vec.h"

static int64_t vectors(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	return (p->ci + m->lanes - 1) / m->lanes;
}

bool dwconv2d_f32_vec_accept(const struct edgert_conv2d *p)
{
	return p->groups == p->ci && p->co == p->ci;
}

/* Output columns a tile may have: as many accumulators and as many elements of x live, and a
 * weight. */
static bool tile_exists(const struct vec_machine *m, int64_t mr)
{
	return mr >= 1 && mr <= (m->registers == 32 ? 14 : m->registers == 16 ? 7 : 3);
}

/* One vector of one tile: multiply-adds, or loads of x and of weights; then what a vector costs at
 * least. */
static double tile_cost(const struct edgert_conv2d *p, const struct vec_machine *m, int64_t mr)
{
	const double taps = (double)(p->kh * p->kw);
	const double loads = (double)(p->kh * ((mr - 1) * p->sw + p->kw)) + taps;
	const double thin = p->ci < m->lanes ? (double)p->ci * taps : 0;
	double cycles = taps * (double)mr * m->fma;

	if (loads * 0.54 > cycles)
		cycles = loads * 0.54;
	return cycles + 1.5 * (double)mr + 4 + thin * (double)mr;
}

double dwconv2d_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t rest = p->ow % p->mr;
	const double row = (double)(p->ow / p->mr) * tile_cost(p, m, p->mr) +
			   (rest ? tile_cost(p, m, rest) : 0);

	return row * (double)(p->n * p->oh * vectors(p, m));
}

double dwconv2d_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m)
{
	struct edgert_conv2d try = *p;
	const int64_t row = p->iw * m->lanes * 4 * (p->kh + 1);
	double best = -1;

	p->mr = 1;
	for (try.mr = 1; try.mr <= 14; try.mr++) {
		double cost;

		if (!tile_exists(m, try.mr))
			continue;
		cost = dwconv2d_f32_vec_cost(&try, m);
		if (best >= 0 && cost >= best)
			continue;
		best = cost;
		p->mr = try.mr;
	}
	/* As many vectors as keep the rows of a window in L1; where those are few, reading whole
	 * pixels is better (measured: pieces of 64 bytes cost up to twice). */
	p->nv = row > 0 ? m->l1 / row : 1;
	if (p->nv < 8 || p->nv > vectors(p, m))
		p->nv = vectors(p, m);
	if (p->nv < 1)
		p->nv = 1;
	p->block = 1;
	return best < 0 ? 0 : best;
}

int64_t dwconv2d_f32_vec_weights(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	return vectors(p, m) * p->kh * p->kw * m->lanes;
}

void dwconv2d_f32_vec_pack(const struct edgert_conv2d *p, const struct vec_machine *m,
			   const float *w, float *out)
{
	const int64_t taps = p->kh * p->kw;

	memset(out, 0, (size_t)dwconv2d_f32_vec_weights(p, m) * sizeof *out);
	for (int64_t v = 0; v < vectors(p, m); v++) {
		int64_t c = v * m->lanes;

		if (c + m->lanes > p->ci && p->ci >= m->lanes)
			c = p->ci - m->lanes;
		for (int64_t l = 0; l < m->lanes && c + l < p->ci; l++)
			for (int64_t t = 0; t < taps; t++)
				out[(v * taps + t) * m->lanes + l] = w[(c + l) * taps + t];
	}
}
