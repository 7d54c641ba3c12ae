/* Winograd's F(t x t, 3x3) in integers, t being 2 or 4: see runtime/kernels/x86/winograd_u8.c. */
#include "qdot_tile.h"

enum { MOST_SIDE = 6 };

/* A form: t outputs a side, t + 2 points, and what the kernel's cost is made of. */
struct form {
	int t, side;
	int lost; /* bits of a sum that the division leaves undefined */
	/* Cycles of a vector of a tile's input (loads, stores and sums), and of one of its output
	 * with the requantization of its pixels. */
	double in, out;
	int g[MOST_SIDE][3];
};

static const struct form forms[] = {
	{ .t = 2,
	  .side = 4,
	  .lost = 2,
	  .in = 30,
	  .out = 40,
	  .g = { { 2, 0, 0 }, { 1, 1, 1 }, { 1, -1, 1 }, { 0, 0, 2 } } },
	{ .t = 4,
	  .side = 6,
	  .lost = 6,
	  .in = 90,
	  .out = 130,
	  .g = { { 6, 0, 0 }, { 1, 1, 1 }, { 1, -1, 1 }, { 1, 2, 4 }, { 1, -2, 4 }, { 0, 0, 6 } } },
};

static const struct form *form_of(int t)
{
	return &forms[t == 4];
}

static int64_t points(const struct form *f)
{
	return (int64_t)f->side * f->side;
}

static int64_t tiles_across(const struct edgert_conv2d *p, const struct form *f)
{
	return qdot_divide_up(p->ow, f->t);
}

static int64_t scratch_size(const struct edgert_conv2d *p, const struct qdot_machine *m,
			    const struct form *f)
{
	const int64_t items = 2 * m->lanes, channels = qdot_divide_up(p->ci, items) * items;
	const int64_t across = tiles_across(p, f), tiles = p->block * across;
	const int64_t rows = tiles > p->mr ? tiles : p->mr; /* of v and m */
	const int64_t copy = (f->t * p->block + 2) * (f->t * across + 2) * p->ci;

	return 2 * (copy + items) +
	       points(f) * (2 * (rows * channels + items) + 4 * (rows * p->nv + 1) * m->lanes);
}

static int64_t weights_size(const struct edgert_conv2d *p, const struct qdot_machine *m,
			    const struct form *f)
{
	return qdot_divide_up(p->co, p->nv * m->lanes) * points(f) * qdot_divide_up(p->ci, 2) *
	       p->nv * m->lanes * 4;
}

/* Of the tile chosen. */
static double cost_of(const struct edgert_conv2d *p, const struct qdot_machine *m,
		      const struct form *f)
{
	const int64_t across = tiles_across(p, f), down = qdot_divide_up(p->oh, f->t);
	const int64_t panels = qdot_divide_up(p->co, p->nv * m->lanes);
	const double blocks = (double)qdot_divide_up(down, p->block), n = (double)(p->mr * p->nv);
	const double products =
		blocks * (double)(points(f) * panels * qdot_divide_up(p->block * across, p->mr)) *
		(qdot_tile_cost(m, p->mr, p->nv, qdot_divide_up(p->ci, 2)) - 2 * n);
	const double stream = qdot_stream_cost(m, weights_size(p, m, f), blocks);
	const double vectors = (double)qdot_divide_up(p->ci, 2 * m->lanes) * f->in +
			       (double)(panels * p->nv) * f->out;

	return qdot_largest(products, stream) + vectors * (double)(across * down);
}

static double choose(struct edgert_conv2d *p, const struct qdot_machine *m, const struct form *f)
{
	const int64_t down = qdot_divide_up(p->oh, f->t);
	const int64_t vectors = qdot_divide_up(p->co, m->lanes);
	struct edgert_conv2d try = *p;
	double best = -1;

	/* Weights that L2 cannot keep leave it to the block. */
	for (try.nv = 1; try.nv <= 4 && try.nv <= vectors; try.nv *= 2)
		for (try.mr = 1; try.mr <= 16; try.mr++) {
			double cost;
			int64_t room;

			if (!qdot_tile_exists(m, try.mr, try.nv))
				continue;
			try.block = 1;
			room = weights_size(&try, m, f) > m->l2 ? m->l2 : m->l2 / 2;
			while (try.block < down && scratch_size(&try, m, f) <= room)
				try.block++;
			try.block = qdot_divide_up(down, qdot_divide_up(down, try.block));
			cost = cost_of(&try, m, f);
			if (best >= 0 && cost >= best)
				continue;
			best = cost;
			p->mr = try.mr;
			p->nv = try.nv;
			p->block = try.block;
		}
	return best;
}

bool winograd_u8_x86_possible(const struct edgert_conv2d *p, const struct qdot_machine *m, int t,
			      const int8_t *w)
{
	const int64_t most = INT64_C(1) << (31 - form_of(t)->lost);

	if (m->taps != 2 || p->kh != 3 || p->kw != 3 || p->sh != 1 || p->sw != 1 || p->dh != 1 ||
	    p->dw != 1 || p->groups != 1 || p->x_halo || p->oh < 1 || p->ow < 1 || p->ci < 1)
		return false;
	for (int64_t o = 0; o < p->co; o++) {
		int64_t above = 0, below = 0;

		for (int64_t k = 0; k < 9 * p->ci; k++, w++) {
			above += *w > 0 ? *w : 0;
			below -= *w < 0 ? *w : 0;
		}
		if (255 * above >= most || 255 * below >= most)
			return false;
	}
	return p->co > 0;
}

int winograd_u8_x86_choose(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w)
{
	double best = -1;
	int t = 0;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct edgert_conv2d c = *p;
		double cost;

		if (!winograd_u8_x86_possible(p, m, forms[i].t, w))
			continue;
		if (best < 0)
			best = conv2d_u8_x86_cost(p, m);
		cost = choose(&c, m, &forms[i]);
		if (cost < best) {
			best = cost;
			t = forms[i].t;
		}
	}
	return t;
}

/* u = g w g^T */
static void transform(const struct form *f, const int8_t *w, int64_t step, int *u)
{
	for (int k = 0; k < f->side * f->side; k++) {
		u[k] = 0;
		for (int i = 0; i < 9; i++)
			u[k] += f->g[k / f->side][i / 3] * f->g[k % f->side][i % 3] * w[i * step];
	}
}

static void pack(const struct edgert_conv2d *p, const struct qdot_machine *m, const struct form *f,
		 const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	const int64_t width = p->nv * m->lanes, panels = qdot_divide_up(p->co, width);
	const int64_t groups = qdot_divide_up(p->ci, 2);

	out->w_size = (size_t)weights_size(p, m, f);
	out->q_count = (size_t)((panels * 2 + 1) * width);
	out->scratch = (size_t)scratch_size(p, m, f);
	for (int64_t j = 0; out->w && j < panels * width; j++) {
		const int64_t panel = j / width, i = j % width;
		const int64_t c =
			panel * width + qdot_channel_of(p->nv, i / m->lanes, i % m->lanes);

		if (c >= p->co)
			continue;
		out->q[panel * 2 * width + i] = q[2 * c];
		out->q[panel * 2 * width + width + i] = q[2 * c + 1];
		for (int64_t ci = 0; ci < p->ci; ci++) {
			int u[MOST_SIDE * MOST_SIDE];

			transform(f, w + c * 9 * p->ci + ci, p->ci, u);
			for (int64_t k = 0; k < points(f); k++)
				qdot_put_tap(m, out->w,
					     (((panel * points(f) + k) * groups + ci / 2) * width +
					      i) * 2 +
						     ci % 2,
					     u[k]);
		}
	}
}

void winograd2_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m)
{
	choose(p, m, form_of(2));
}

void winograd2_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	pack(p, m, form_of(2), w, q, out);
}

void winograd4_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m)
{
	choose(p, m, form_of(4));
}

void winograd4_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	pack(p, m, form_of(4), w, q, out);
}
