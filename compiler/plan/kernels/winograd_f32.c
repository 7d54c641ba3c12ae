/* edgert_conv2d_f32__winograd: tiles, and packing OIHW -> [panel][36][ci][nv * lanes] with G w G^T
 * per pair of channels, see vec/winograd_f32.c. */
#include <string.h>

#include "vec.h"

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static int64_t tiles(const struct edgert_conv2d *p)
{
	return divide_up(p->oh, 4) * divide_up(p->ow, 4);
}

bool winograd_f32_vec_accept(const struct edgert_conv2d *p)
{
	return p->kh == 3 && p->kw == 3 && p->sh == 1 && p->sw == 1 && p->dh == 1 && p->dw == 1 &&
	       p->groups == 1;
}

/* Register tiles of one image: the last block is rounded up to whole ones. */
static int64_t row_tiles(const struct edgert_conv2d *p)
{
	const int64_t n = tiles(p), whole = n / p->block;

	return whole * (p->block / p->mr) + divide_up(n - whole * p->block, p->mr);
}

/* The two transformations of a tile are 144 and 100 operations of a vector, and 72 and 40 stores.
 * Each block reads all weights. */
double winograd_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes, panels = divide_up(p->co, width);
	const int64_t weights = panels * 36 * p->ci * width * 4;
	const double transforms =
		100.0 * (double)divide_up(p->ci, m->lanes) * (double)(row_tiles(p) * p->mr) +
		80.0 * (double)divide_up(p->co, m->lanes) * (double)tiles(p);
	const double product =
		vec_tile_cost(m, p->mr, p->nv, p->ci, 1, p->block > p->mr ? 0 : weights);
	const double stream = vec_stream_cost(m, weights);
	double block = product * (double)(36 * panels * row_tiles(p)) /
		       (double)divide_up(tiles(p), p->block);

	if (block < stream)
		block = stream;
	return (double)p->n * (transforms + block * (double)divide_up(tiles(p), p->block));
}

double winograd_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t vectors = divide_up(p->co, m->lanes), n = tiles(p);
	/* v of a block should leave half of L2 to the weights. */
	const int64_t fit = m->l2 / 2 / (36 * 4 * divide_up(p->ci, m->lanes) * m->lanes + 1);
	struct edgert_conv2d try = *p;
	double best = -1;

	p->mr = p->nv = p->block = 1;
	if (n == 0 || vectors == 0)
		return 0;
	for (try.nv = 1; try.nv <= 4 && try.nv <= vectors; try.nv++)
		for (try.mr = 1; try.mr <= 14; try.mr++) {
			double cost;

			if (!vec_tile_exists(m, try.mr, try.nv))
				continue;
			try.block = fit < n ? fit : n;
			/* Blocks of about equal size, in whole register tiles. */
			try.block = divide_up(n, divide_up(n, try.block > 0 ? try.block : 1));
			try.block = divide_up(try.block, try.mr) * try.mr;
			cost = winograd_f32_vec_cost(&try, m);
			if (best >= 0 && cost >= best)
				continue;
			best = cost;
			p->mr = try.mr;
			p->nv = try.nv;
			p->block = try.block;
		}
	return best;
}

int64_t winograd_f32_vec_scratch(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t lanes = divide_up(p->ci, m->lanes) * m->lanes, width = p->nv * m->lanes;

	return 36 * 4 * (p->block * lanes + 16 + p->block * width + 16 + lanes);
}

int64_t winograd_f32_vec_weights(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes;

	return divide_up(p->co, width) * width * 36 * p->ci;
}

/* u = G w G^T */
static void transform(const float *w, double *u)
{
	static const double g[6][3] = { { 1.0 / 4, 0, 0 },
					{ -1.0 / 6, -1.0 / 6, -1.0 / 6 },
					{ -1.0 / 6, 1.0 / 6, -1.0 / 6 },
					{ 1.0 / 24, 1.0 / 12, 1.0 / 6 },
					{ 1.0 / 24, -1.0 / 12, 1.0 / 6 },
					{ 0, 0, 1 } };
	double t[6][3];

	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 3; j++)
			t[i][j] = g[i][0] * (double)w[j] + g[i][1] * (double)w[3 + j] +
				  g[i][2] * (double)w[6 + j];
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++)
			u[i * 6 + j] = g[j][0] * t[i][0] + g[j][1] * t[i][1] + g[j][2] * t[i][2];
}

void winograd_f32_vec_pack(const struct edgert_conv2d *p, const struct vec_machine *m,
			   const float *w, float *out)
{
	const int64_t width = p->nv * m->lanes;

	memset(out, 0, (size_t)winograd_f32_vec_weights(p, m) * sizeof *out);
	for (int64_t o = 0; o < p->co; o++)
		for (int64_t c = 0; c < p->ci; c++) {
			float *to = out + (o / width * 36 * p->ci + c) * width + o % width;
			double u[36];

			transform(w + (o * p->ci + c) * 9, u);
			for (int64_t k = 0; k < 36; k++)
				to[k * p->ci * width] = (float)u[k];
		}
}
