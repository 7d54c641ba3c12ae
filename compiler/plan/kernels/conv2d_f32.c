/* edgert_conv2d_f32__vec: tile choice by cost, and packing OIHW -> [group][panel][kh][kw][cig][nv *
 * lanes]. */
#include <string.h>

#include "vec.h"

static int64_t divide_up(int64_t a, int64_t b)
{
	return (a + b - 1) / b;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* As the kernel decides: pixels evenly apart, of a pointwise convolution. */
static bool is_flat(const struct edgert_conv2d *p)
{
	return p->kh == 1 && p->kw == 1 && p->sh == 1 && p->sw == 1 && p->pt == 0 && p->pl == 0 &&
	       p->groups == 1 && p->ih == p->oh && p->iw == p->ow &&
	       (p->oh == 1 || (p->x_row == p->iw * p->x_pixel && p->y_row == p->ow * p->y_pixel)) &&
	       (p->n == 1 || (p->x_image == p->oh * p->x_row && p->y_image == p->oh * p->y_row));
}

bool pointwise_f32_vec_accept(const struct edgert_conv2d *p)
{
	return p->kh == 1 && p->kw == 1 && p->pt == 0 && p->pl == 0 && p->groups == 1 &&
	       (p->oh - 1) * p->sh < p->ih && (p->ow - 1) * p->sw < p->iw;
}

/* Output positions whose window lies wholly inside. */
static int64_t inside(int64_t in, int64_t pad, int64_t reach, int64_t stride, int64_t out)
{
	const int64_t first = min64(divide_up(pad > 0 ? pad : 0, stride), out);
	const int64_t room = in - 1 - reach + pad;
	const int64_t last = room < 0 ? 0 : min64(room / stride + 1, out);

	return last > first ? last - first : 0;
}

bool conv2d_f32_vec_accept(const struct edgert_conv2d *p)
{
	return p->groups >= 1 && p->ci % p->groups == 0 && p->co % p->groups == 0;
}

/* How x and the weights are walked in a tile of mr x nv. */
struct walk {
	int64_t panels, runs, k, weights; /* weights: bytes in all */
	int64_t block;
};

/* Rows (tiles, when flat) that all panels finish before the next: as long as the weights fit half
 * of L2 they are streamed past each; beyond, a block of x that fits there is streamed past each
 * panel. */
static struct walk walk(const struct edgert_conv2d *p, const struct vec_machine *m, int64_t mr,
			int64_t nv)
{
	const int64_t cig = p->ci / p->groups, width = nv * m->lanes;
	const bool flat = is_flat(p) || pointwise_f32_vec_accept(p);
	const int64_t unit = (flat ? mr * p->sw * p->x_pixel : p->sh * p->x_row) * 4;
	const int64_t pixels = is_flat(p) ? p->n * p->oh * p->ow : p->ow;
	const int64_t units = flat ? divide_up(pixels, mr) : p->oh;
	struct walk w = {
		.panels = divide_up(p->co / p->groups, width),
		.runs = p->kh * (p->dw == 1 && p->x_pixel == cig ? 1 : p->kw),
		.k = p->kh * p->kw * cig,
		.block = 1,
	};

	w.weights = w.panels * w.k * width * 4;
	if (w.weights > m->l2 / 2 && unit > 0)
		w.block = m->l2 / 4 / unit;
	w.block = w.block > units ? units : w.block;
	w.block = w.block < 1 ? 1 : w.block;
	return w;
}

/* One panel over one image. */
static double panel_cost(const struct edgert_conv2d *p, const struct vec_machine *m, int64_t mr,
			 int64_t nv)
{
	const struct walk w = walk(p, m, mr, nv);
	const int64_t between = is_flat(p) && w.block == 1 ? w.weights : w.weights / w.panels;
	int64_t cols, rows;
	double cost;

	if (is_flat(p))
		return vec_strip_cost(m, mr, nv, p->n * p->oh * p->ow, w.k, w.runs, between) /
		       (double)p->n;
	if (p->x_halo)
		return (double)p->oh * vec_strip_cost(m, mr, nv, p->ow, w.k, w.runs, between);
	cols = inside(p->iw, p->pl, (p->kw - 1) * p->dw, p->sw, p->ow);
	rows = inside(p->ih, p->pt, (p->kh - 1) * p->dh, p->sh, p->oh);
	cost = (double)p->oh * vec_strip_cost(m, mr, nv, cols, w.k, w.runs, between);
	/* Border columns: tiles downwards, single pixels for the rest. */
	return cost +
	       (double)(p->ow - cols) *
		       ((double)(rows / mr) * vec_tile_cost(m, mr, nv, w.k, w.runs, between) +
			(double)(p->oh - rows / mr * mr) *
				vec_tile_cost(m, 1, nv, w.k, w.runs, between));
}

double conv2d_f32_vec_cost(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t panels = divide_up(p->co / p->groups, p->nv * m->lanes);
	double product, stream;

	if (panels == 0)
		return 0;
	product = panel_cost(p, m, p->mr, p->nv) * (double)(panels * p->groups * p->n);
	stream = vec_stream_cost(m, walk(p, m, p->mr, p->nv).weights * p->groups);
	return product > stream ? product : stream;
}

double conv2d_f32_vec_tile(struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t vectors = divide_up(p->co / p->groups, m->lanes);
	struct edgert_conv2d try = *p;
	double best = -1;

	p->mr = p->nv = p->block = 1;
	for (try.nv = 1; try.nv <= min64(vectors, 8); try.nv++)
		for (try.mr = 1; try.mr <= 14; try.mr++) {
			double cost;

			if (!vec_tile_exists(m, try.mr, try.nv))
				continue;
			cost = conv2d_f32_vec_cost(&try, m);
			if (best >= 0 && cost >= best)
				continue;
			best = cost;
			p->mr = try.mr;
			p->nv = try.nv;
			p->block = walk(p, m, try.mr, try.nv).block;
		}
	return best < 0 ? 0 : best;
}

int64_t conv2d_f32_vec_weights(const struct edgert_conv2d *p, const struct vec_machine *m)
{
	const int64_t width = p->nv * m->lanes;

	return p->groups * divide_up(p->co / p->groups, width) * p->kh * p->kw *
	       (p->ci / p->groups) * width;
}

void conv2d_f32_vec_pack(const struct edgert_conv2d *p, const struct vec_machine *m, const float *w,
			 float *out)
{
	const int64_t cig = p->ci / p->groups, cog = p->co / p->groups, window = p->kh * p->kw;
	const int64_t width = p->nv * m->lanes, panel = window * cig * width;
	const int64_t panels = divide_up(cog, width);

	memset(out, 0, (size_t)conv2d_f32_vec_weights(p, m) * sizeof *out);
	for (int64_t o = 0; o < p->co; o++) {
		const int64_t g = o / cog, j = o % cog;
		float *to = out + (g * panels + j / width) * panel + j % width;
		const float *from = w + o * cig * window;

		for (int64_t c = 0; c < cig; c++)
			for (int64_t t = 0; t < window; t++)
				to[(t * cig + c) * width] = from[c * window + t];
	}
}
