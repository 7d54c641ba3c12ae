/* edgert_conv2d_f32__windows: tiles; weights are packed as edgert_conv2d_f32__vec's. */
#include "vec.h"

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static int64_t pixels(const struct edgert_conv2d *p)
{
	return p->n * p->oh * p->ow;
}

static int64_t window(const struct edgert_conv2d *p)
{
	return (int64_t)p->kh * p->kw * p->ci;
}

bool windows_f32_vec_accept(const struct edgert_conv2d *p)
{
	return p->groups == 1 && window(p) > p->ci && pixels(p) > 0 &&
	       (p->oh == 1 || p->y_row == p->ow * p->y_pixel);
}

/* Each block reads all weights. A window's taps are copied one by one. */
double windows_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes, panels = divide_up(p->co, width);
	const int64_t weights = panels * window(p) * width * 4, n = pixels(p);
	const int64_t blocks = divide_up(n, p->block);
	const double copies =
		(double)(n * p->kh * p->kw) * (20.0 + 1.5 * (double)divide_up(p->ci, m->lanes));
	const double block =
		(double)panels * vec_strip_cost(m, p->mr, p->nv, divide_up(n, blocks), window(p), 1,
						weights / (panels > 0 ? panels : 1));
	const double stream = vec_stream_cost(m, weights);

	/* They overlap, but not wholly. */
	return copies + (double)blocks * (block > stream ? block + stream / 4 : stream + block / 4);
}

double windows_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t vectors = divide_up(p->co, m->lanes), n = pixels(p);
	const int64_t fit = m->l2 / 2 / (4 * window(p) + 1);
	struct edgert_conv2d try = *p;
	double best = -1;

	p->mr = p->nv = p->block = 1;
	for (try.nv = 1; try.nv <= 8 && try.nv <= vectors; try.nv++)
		for (try.mr = 1; try.mr <= 14; try.mr++) {
			double cost;

			if (!vec_tile_exists(m, try.mr, try.nv))
				continue;
			try.block = fit >= n ? n : fit > try.mr ? fit / try.mr * try.mr : try.mr;
			cost = windows_f32_vec_cost(&try, m);
			if (best >= 0 && cost >= best)
				continue;
			best = cost;
			p->mr = try.mr;
			p->nv = try.nv;
			p->block = try.block;
		}
	return best < 0 ? 0 : best;
}

int64_t windows_f32_vec_scratch(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	(void)m;
	return p->block * window(p) * 4;
}
