/* Tiles and packing of the dense 8-bit kernels of x86: see runtime/kernels/isa/qtile.h. */
#include "qdot_tile.h"

#include <string.h>

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct qdot_machine qdot_machine(int lanes, int taps)
{
	const struct qdot_machine m = {
		.lanes = lanes, .taps = taps, .l1 = 32 * 1024, .l2 = 512 * 1024
	};

	return m;
}

/* -- the cost of tiles ----------------------------------------------------------------- */

/* With 32 registers gcc keeps 16 sums (it spills all of 28 with intrinsics); with 16 they share
 * them with the weights, one broadcast, and one product where it is not added at once. */
bool qdot_tile_exists(const struct qdot_machine *m, int64_t mr, int64_t nv)
{
	if (m->lanes == 16)
		return mr * nv <= 16;
	return mr * nv + nv + (m->taps == 4 ? 1 : 2) <= 16;
}

/* Cycles of one tile over `groups` steps: products, of which a wide one is a multiplication and an
 * addition on three ports, where all instructions of a step pass 4.5 at a time; the loads (two a
 * cycle), the latency of a product over the phases; then requantization, six instructions a
 * vector. */
double qdot_tile_cost(const struct qdot_machine *m, int64_t mr, int64_t nv, int64_t groups)
{
	const double n = (double)(mr * nv), loads = (double)(mr + nv);
	const double phases = n <= 3 ? 4 : n <= 6 ? 2 : 1;
	const double step = m->taps == 4 ? qdot_largest(n * 0.5, 5 / phases)
					 : qdot_largest(n * 2 / 3, (2 * n + loads + 3) / 4.5);

	return qdot_largest(step, loads * 0.5) * (double)groups + 3 * n + 12;
}

/* 4 bytes a cycle are what a core gets of a memory that others use, too. */
double qdot_stream_cost(const struct qdot_machine *m, int64_t size, double times)
{
	return size > m->l2 ? times * (double)size / 4 : 0;
}

/* One strip of `rows` rows times `vectors` vectors of channels. */
static double strip_cost(const struct qdot_machine *m, int64_t mr, int64_t nv, int64_t rows,
			 int64_t vectors, int64_t groups)
{
	double cost = 0;

	for (int64_t v = nv, left = vectors; v > 0; v /= 2) {
		const int64_t high = min64(mr * nv / v, rows);

		cost += (double)(left / v * qdot_divide_up(rows, high)) *
			qdot_tile_cost(m, high, v, groups);
		left %= v;
	}
	return cost;
}

/* The cheapest tile for strips of `rows` rows. */
static void choose(const struct qdot_machine *m, int64_t rows, int64_t channels, int64_t groups,
		   edgert_int *mr, edgert_int *nv)
{
	const int64_t vectors = qdot_divide_up(channels, m->lanes);
	double best = -1;

	*mr = *nv = 1;
	for (int64_t v = 1; v <= 4 && v <= vectors; v *= 2)
		for (int64_t r = 1; r <= 16 && r <= max64(rows, 1); r++) {
			double cost;

			if (!qdot_tile_exists(m, r, v))
				continue;
			cost = strip_cost(m, r, v, max64(rows, 1), vectors, groups);
			if (best >= 0 && cost >= best)
				continue;
			best = cost;
			*mr = (edgert_int)r;
			*nv = (edgert_int)v;
		}
}

/* -- packing --------------------------------------------------------------------------- */

/* The channel of a panel that lane e of vector v holds, as edgert_vq_finish has it. */
int64_t qdot_channel_of(int64_t nv, int64_t v, int64_t e)
{
	return nv == 1 ? e : 4 * nv * (e / 4) + 4 * v + e % 4;
}

/* Bytes of a tap. */
static int64_t tap_size(const struct qdot_machine *m)
{
	return 4 / m->taps;
}

/* Weight i of packed ones. */
void qdot_put_tap(const struct qdot_machine *m, int8_t *w, int64_t i, int value)
{
	if (m->taps == 4) {
		w[i] = (int8_t)value;
	} else {
		w[2 * i] = (int8_t)(uint8_t)value;
		w[2 * i + 1] = (int8_t)(uint8_t)((unsigned)value >> 8);
	}
}

/* One group of channels: w is [channels][runs][run]. Appends to what out holds. */
static void pack_group(const struct qdot_machine *m, int64_t nv, int64_t channels, int64_t runs,
		       int64_t run, const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	const int64_t vectors = qdot_divide_up(channels, m->lanes),
		      groups = qdot_divide_up(run, m->taps);

	for (int64_t v = nv, j = 0; v > 0; v /= 2) {
		for (; (vectors - j / m->lanes) / v > 0; j += v * m->lanes) {
			int8_t *wp = out->w ? out->w + out->w_size : NULL;
			int32_t *qp = out->q ? out->q + out->q_count : NULL;

			out->w_size += (size_t)(runs * groups * v * m->lanes * 4);
			out->q_count += (size_t)(2 * v * m->lanes);
			for (int64_t i = 0; wp && i < v * m->lanes; i++) {
				const int64_t c =
					j + qdot_channel_of(v, i / m->lanes, i % m->lanes);

				if (c >= channels)
					continue;
				qp[i] = q[2 * c];
				qp[v * m->lanes + i] = q[2 * c + 1];
				for (int64_t k = 0; k < runs * run; k++) {
					const int64_t g = k / run * groups + k % run / m->taps;

					qdot_put_tap(m, wp,
						     (g * v * m->lanes + i) * m->taps +
							     k % run % m->taps,
						     w[c * runs * run + k]);
				}
			}
		}
	}
}

/* -- convolution ----------------------------------------------------------------------- */

static int64_t reach(int64_t out, int64_t stride, int64_t kernel, int64_t dilation)
{
	return (out - 1) * stride + (kernel - 1) * dilation + 1;
}

/* Do all windows lie inside x? */
static bool inside(const struct edgert_conv2d *p)
{
	return p->x_halo ||
	       (p->pt == 0 && p->pl == 0 && reach(p->ow, p->sw, p->kw, p->dw) <= p->iw &&
		reach(p->oh, p->sh, p->kh, p->dh) <= p->ih);
}

static bool in_place(const struct edgert_conv2d *p, const struct qdot_machine *m)
{
	return m->taps == 4 && inside(p);
}

/* The taps of a result: runs of adjacent ones. */
static void runs_of(const struct edgert_conv2d *p, const struct qdot_machine *m, int64_t *runs,
		    int64_t *run)
{
	const int64_t cig = p->ci / p->groups, pixel = in_place(p, m) ? p->x_pixel : p->ci;
	const bool one = p->dw == 1 && pixel == cig;

	*runs = one ? p->kh : p->kh * p->kw;
	*run = one ? p->kw * cig : cig;
}

/* Bytes that the rows of x for `rows` rows of y have in scratch. */
static int64_t copied(const struct edgert_conv2d *p, const struct qdot_machine *m, int64_t rows)
{
	return reach(rows, p->sh, p->kh, p->dh) * reach(p->ow, p->sw, p->kw, p->dw) * p->ci *
	       tap_size(m);
}

void conv2d_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m)
{
	int64_t runs, run, weights, room;

	p->mr = p->nv = p->block = 1;
	if (p->oh < 1 || p->ow < 1 || p->co < 1)
		return;
	runs_of(p, m, &runs, &run);
	choose(m, p->ow, p->co / p->groups, runs * qdot_divide_up(run, m->taps), &p->mr, &p->nv);
	/* Weights that fit L1 stream past a few rows that do too; others are read again for each
	 * block: it takes what L2 has room for, all of it where L2 cannot keep them anyway. */
	weights = runs * run * p->co / p->groups * tap_size(m);
	room = weights <= m->l1 / 2 ? m->l1 / 2 : weights <= m->l2 ? m->l2 / 4 : m->l2;
	while (p->block < p->oh && copied(p, m, p->block + 1) <= room)
		p->block++;
}

void conv2d_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	const int64_t cog = p->co / p->groups, size = p->kh * p->kw * (p->ci / p->groups);
	int64_t runs, run;

	runs_of(p, m, &runs, &run);
	out->w_size = out->q_count = 0;
	for (int64_t g = 0; g < p->groups; g++)
		pack_group(m, p->nv, cog, runs, run, w ? w + g * cog * size : NULL,
			   q ? q + g * cog * 2 : NULL, out);
	out->scratch = in_place(p, m) ? 0 : (size_t)copied(p, m, p->block) + 3;
}

double conv2d_u8_x86_cost(const struct edgert_conv2d *p, const struct qdot_machine *m)
{
	struct edgert_conv2d d = *p;
	int64_t runs, run, vectors, groups;

	conv2d_u8_x86_tile(&d, m);
	runs_of(&d, m, &runs, &run);
	vectors = qdot_divide_up(d.co, m->lanes);
	groups = runs * qdot_divide_up(run, m->taps);
	return qdot_largest((double)d.oh * strip_cost(m, d.mr, d.nv, d.ow, vectors, groups),
			    qdot_stream_cost(m, vectors * m->lanes * groups * 4,
					     (double)qdot_divide_up(d.oh, d.block)));
}

/* -- matrix products ------------------------------------------------------------------- */

/* Rows that all panels finish before the next. Where they are read in place: those of all tiles while
 * the weights fit L1, else as many as L2 has room for. Where they are copied: what fits L1 beside the
 * weights or else half of L2, in blocks of about one size. */
static int64_t row_block(const struct qdot_machine *m, int64_t rows, int64_t k, int64_t n,
			 int64_t mr, int64_t nv)
{
	const int64_t size = tap_size(m), row = max64(k * size, 1);
	const bool small = n * k * size <= m->l1 / 2;
	int64_t room;

	if (m->taps == 4) {
		mr *= nv;
		room = small ? mr : m->l2 / 4 / row / mr * mr;
		return max64(min64(room, qdot_divide_up(rows, mr) * mr), mr);
	}
	room = max64((small ? m->l1 / 2 : m->l2 / 2) / row, mr);
	return qdot_divide_up(qdot_divide_up(max64(rows, 1), qdot_divide_up(max64(rows, 1), room)),
			      mr) *
	       mr;
}

/* Of the copied rows of a block. */
static size_t row_scratch(const struct qdot_machine *m, int64_t block, int64_t k)
{
	return m->taps == 4 ? 0 : (size_t)(block * k * tap_size(m));
}

bool pointwise_u8_x86_accept(const struct edgert_conv2d *p)
{
	return p->kh == 1 && p->kw == 1 && p->groups == 1 && inside(p) && !p->x_halo;
}

void pointwise_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m)
{
	/* One matrix; rows that are copied may come from anywhere. */
	const bool rows =
		p->oh == 1 || (p->y_row == p->ow * p->y_pixel &&
			       (m->taps != 4 || p->sh * p->x_row == p->ow * p->sw * p->x_pixel));
	const int64_t count = rows ? p->oh * p->ow : p->ow;

	choose(m, count, p->co, qdot_divide_up(p->ci, m->taps), &p->mr, &p->nv);
	p->block = (edgert_int)row_block(m, count, p->ci, p->co, p->mr, p->nv);
}

void pointwise_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			   const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	out->w_size = out->q_count = 0;
	out->scratch = row_scratch(m, p->block, p->ci);
	pack_group(m, p->nv, p->co, 1, p->ci, w, q, out);
}

void gemm_u8_x86_tile(struct edgert_gemm *p, const struct qdot_machine *m)
{
	choose(m, p->m, p->n, qdot_divide_up(p->k, m->taps), &p->mr, &p->nv);
	p->block = (edgert_int)row_block(m, p->m, p->k, p->n, p->mr, p->nv);
}

void gemm_u8_x86_pack(const struct edgert_gemm *p, const struct qdot_machine *m, const int8_t *w,
		      const int32_t *q, struct qdot_packed *out)
{
	out->w_size = out->q_count = 0;
	out->scratch = row_scratch(m, p->block, p->k);
	pack_group(m, p->nv, p->n, 1, p->k, w, q, out);
}

size_t matmul_u8_x86_scratch(const struct edgert_gemm *p, const struct qdot_machine *m)
{
	const int64_t end = qdot_divide_up(p->n, m->lanes) * m->lanes;
	const int64_t groups = qdot_divide_up(p->k, m->taps);
	const int64_t terms = m->taps == 4 ? p->m : 0;

	return (size_t)(4 * (2 * end + terms + end * groups) + p->k * tap_size(m)) +
	       row_scratch(m, p->block, p->k);
}

/* -- depthwise ------------------------------------------------------------------------- */

/* Vectors until the channels begin at the first lane again. */
static int64_t period(const struct edgert_conv2d *p, const struct qdot_machine *m)
{
	int64_t gcd = 1;

	while (gcd < m->taps * m->lanes && p->ci % (2 * gcd) == 0)
		gcd *= 2;
	return p->ci / gcd;
}

static int64_t dw_groups(const struct edgert_conv2d *p, const struct qdot_machine *m)
{
	return qdot_divide_up(p->kh * p->kw, m->taps);
}

/* Bytes of packed weights. */
static int64_t dw_weights(const struct edgert_conv2d *p, const struct qdot_machine *m)
{
	return period(p, m) * dw_groups(p, m) * m->taps * m->lanes * 4;
}

static int64_t columns(const struct edgert_conv2d *p)
{
	return qdot_divide_up(reach(p->ow, p->sw, p->kw, p->dw), p->sw) * p->sw;
}

static int64_t dw_copied(const struct edgert_conv2d *p, const struct qdot_machine *m, int64_t rows)
{
	return reach(rows, p->sh, p->kh, p->dh) * columns(p) * p->ci * tap_size(m);
}

/* An odd number of channels repeats the weights for each item of a vector. */
bool dwconv2d_u8_x86_accept(const struct edgert_conv2d *p, const struct qdot_machine *m)
{
	return p->ci > 0 && p->groups == p->ci && p->co == p->ci && !p->x_halo &&
	       dw_weights(p, m) <= m->l2 / 2;
}

void dwconv2d_u8_x86_tile(struct edgert_conv2d *p, const struct qdot_machine *m)
{
	p->mr = p->nv = p->block = 1;
	/* What fits L1; but a few rows at least, for those that two blocks share are copied twice. */
	while (p->block < p->oh &&
	       dw_copied(p, m, p->block + 1) <= (p->block < 8 ? m->l2 / 4 : m->l1 / 2))
		p->block++;
}

void dwconv2d_u8_x86_pack(const struct edgert_conv2d *p, const struct qdot_machine *m,
			  const int8_t *w, const int32_t *q, struct qdot_packed *out)
{
	const int64_t items = m->taps * m->lanes, groups = dw_groups(p, m);
	const int64_t taps = p->kh * p->kw, blocks = period(p, m);

	out->scratch = (size_t)(dw_copied(p, m, p->block) + 4 * m->lanes);
	out->w_size = (size_t)dw_weights(p, m);
	out->q_count = (size_t)(blocks * 2 * items);
	for (int64_t b = 0; out->w && b < blocks; b++)
		for (int64_t i = 0; i < items; i++) {
			const int64_t at = qdot_channel_of(m->taps, i / m->lanes, i % m->lanes);
			const int64_t c = (b * items + at) % p->ci;

			out->q[b * 2 * items + i] = q[2 * c];
			out->q[b * 2 * items + items + i] = q[2 * c + 1];
			for (int64_t t = 0; t < taps; t++) {
				const int64_t k = t % p->kw * p->kh + t / p->kw;
				const int64_t g = b * groups + k / m->taps;

				qdot_put_tap(m, out->w, (g * items + i) * m->taps + k % m->taps,
					     w[c * taps + t]);
			}
		}
}
