/* The vector convolution kernels against the definition in params.h, computed in double, for 4, 8
 * and 16 lanes. */
#include <stdlib.h>
#include <string.h>

#include "compiler/plan/kernels/vec.h"
#include "tests/unit/unit.h"
#include "tests/unit/vec.h"

struct conv_case {
	const char *name;
	int n, ih, iw, ci, co, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr, groups;
	int x_gap, y_gap; /* unused elements after each pixel */
	bool halo, no_bias, tail;
};

static const struct
	conv_case
		dense
			[] = {
				{ "one_pixel", 1, 1, 1, 3, 5, 1, 1, 1, 1, 1,
				  1,           0, 0, 0, 0, 1, 0, 0, 0, 0, 0 },
				{ "pointwise_7_8",
				  1,
				  5,
				  7,
				  7,
				  8,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "pointwise_two_images",
				  2,
				  3,
				  13,
				  17,
				  33,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "pointwise_gaps",
				  2,
				  4,
				  6,
				  9,
				  16,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  3,
				  5,
				  0,
				  0,
				  1 },
				{ "pointwise_stride_2",
				  1,
				  9,
				  9,
				  8,
				  24,
				  1,
				  1,
				  2,
				  2,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "pointwise_padded",
				  1,
				  4,
				  4,
				  3,
				  9,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "pointwise_large",
				  1,
				  20,
				  20,
				  64,
				  72,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "window_3x3",
				  1,
				  12,
				  15,
				  3,
				  16,
				  3,
				  3,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "window_3x3_halo",
				  2,
				  12,
				  15,
				  3,
				  17,
				  3,
				  3,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  1,
				  0,
				  1 },
				{ "window_3x3_stride_2_same_upper",
				  1,
				  12,
				  12,
				  3,
				  8,
				  3,
				  3,
				  2,
				  2,
				  1,
				  1,
				  0,
				  0,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "window_3x3_valid",
				  1,
				  9,
				  8,
				  5,
				  24,
				  3,
				  3,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  0,
				  0,
				  0,
				  1,
				  0 },
				{ "window_3x3_gaps",
				  2,
				  6,
				  7,
				  8,
				  9,
				  3,
				  3,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  2,
				  1,
				  0,
				  0,
				  1 },
				{ "window_5x5_one_channel",
				  1,
				  14,
				  14,
				  1,
				  8,
				  5,
				  5,
				  1,
				  1,
				  1,
				  1,
				  2,
				  2,
				  2,
				  2,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "window_5x5_halo",
				  1,
				  14,
				  14,
				  8,
				  16,
				  5,
				  5,
				  1,
				  1,
				  1,
				  1,
				  2,
				  2,
				  2,
				  2,
				  1,
				  0,
				  0,
				  1,
				  0,
				  0 },
				{ "window_10x4_stride_2",
				  1,
				  49,
				  10,
				  1,
				  64,
				  10,
				  4,
				  2,
				  2,
				  1,
				  1,
				  4,
				  1,
				  5,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "window_7x7_stride_2",
				  1,
				  17,
				  19,
				  3,
				  10,
				  7,
				  7,
				  2,
				  2,
				  1,
				  1,
				  3,
				  3,
				  3,
				  3,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "window_larger_than_image",
				  1,
				  2,
				  3,
				  4,
				  5,
				  5,
				  7,
				  1,
				  1,
				  1,
				  1,
				  2,
				  3,
				  2,
				  3,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "pads_wider_than_window",
				  1,
				  3,
				  3,
				  2,
				  4,
				  2,
				  2,
				  1,
				  1,
				  1,
				  1,
				  3,
				  3,
				  3,
				  3,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "dilation_2",
				  1,
				  11,
				  12,
				  4,
				  9,
				  3,
				  3,
				  1,
				  1,
				  2,
				  2,
				  2,
				  2,
				  2,
				  2,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "dilation_3_stride_2",
				  1,
				  15,
				  14,
				  3,
				  7,
				  3,
				  2,
				  2,
				  1,
				  3,
				  2,
				  3,
				  1,
				  2,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "dilation_2_halo",
				  1,
				  11,
				  12,
				  4,
				  9,
				  3,
				  3,
				  1,
				  1,
				  2,
				  2,
				  2,
				  2,
				  2,
				  2,
				  1,
				  0,
				  0,
				  1,
				  0,
				  0 },
				{ "groups_2", 1, 6, 7, 10, 18, 3, 3, 1, 1, 1,
				  1,          1, 1, 1, 1,  2,  0, 0, 0, 0, 1 },
				{ "groups_3_pointwise",
				  1,
				  6,
				  7,
				  9,
				  27,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  3,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "one_axis", 1, 1, 40, 6, 12, 1, 5, 1, 1, 1,
				  1,          0, 2, 0,  2, 1,  0, 0, 0, 0, 0 },
				{ "one_axis_stride_3",
				  2,
				  1,
				  40,
				  6,
				  12,
				  1,
				  7,
				  1,
				  3,
				  1,
				  1,
				  0,
				  3,
				  0,
				  2,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
				{ "one_axis_down",
				  1,
				  40,
				  1,
				  6,
				  12,
				  5,
				  1,
				  1,
				  1,
				  1,
				  1,
				  2,
				  0,
				  2,
				  0,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "one_output_channel",
				  1,
				  8,
				  8,
				  16,
				  1,
				  3,
				  3,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  0 },
				{ "no_images", 0, 8, 8, 16, 1, 3, 3, 1, 1, 1,
				  1,           1, 1, 1, 1,  1, 0, 0, 0, 0, 0 },
				{ "wide_rows", 1, 2, 113, 16, 40, 1, 1, 1, 1, 1,
				  1,           0, 0, 0,   0,  1,  0, 0, 0, 0, 0 },
				{ "many_panels",
				  1,
				  7,
				  7,
				  24,
				  264,
				  1,
				  1,
				  1,
				  1,
				  1,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1,
				  0,
				  0,
				  0,
				  0,
				  1 },
			};

static int out_size(int in, int k, int s, int d, int p0, int p1)
{
	return (in + p0 + p1 - (k - 1) * d - 1) / s + 1;
}

static struct edgert_conv2d params(const struct conv_case *t, int *below, int *right)
{
	struct edgert_conv2d p = {
		.n = t->n,
		.ih = t->ih,
		.iw = t->iw,
		.ci = t->ci,
		.co = t->co,
		.kh = t->kh,
		.kw = t->kw,
		.sh = t->sh,
		.sw = t->sw,
		.dh = t->dh,
		.dw = t->dw,
		.pt = t->pt,
		.pl = t->pl,
		.groups = t->groups,
		.x_halo = t->halo,
	};

	p.oh = out_size(t->ih, t->kh, t->sh, t->dh, t->pt, t->pb);
	p.ow = out_size(t->iw, t->kw, t->sw, t->dw, t->pl, t->pr);
	*below = t->halo ? t->pb : 0;
	*right = t->halo ? t->pr : 0;
	p.x_pixel = t->ci + t->x_gap;
	p.x_row = (t->iw + (t->halo ? t->pl : 0) + *right) * p.x_pixel;
	p.x_image = (t->ih + (t->halo ? t->pt : 0) + *below) * p.x_row;
	p.y_pixel = t->co + t->y_gap;
	p.y_row = p.ow * p.y_pixel;
	p.y_image = p.oh * p.y_row;
	return p;
}

/* The definition; y gets VEC_GUARD between pixels. w is OIHW. */
static void define(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		   float *y, const float *operand)
{
	const edgert_int cig = p->ci / p->groups, cog = p->co / p->groups;

	for (edgert_int i = 0; i < p->n * p->y_image; i++)
		y[i] = VEC_GUARD;
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int oh = 0; oh < p->oh; oh++)
			for (edgert_int ow = 0; ow < p->ow; ow++)
				for (edgert_int oc = 0; oc < p->co; oc++) {
					const edgert_int i = n * p->y_image + oh * p->y_row +
							     ow * p->y_pixel + oc;
					double sum = b ? (double)b[oc] : 0;

					for (edgert_int kh = 0; kh < p->kh; kh++)
						for (edgert_int kw = 0; kw < p->kw; kw++)
							for (edgert_int ic = 0; ic < cig; ic++) {
								const edgert_int h = oh * p->sh -
										     p->pt +
										     kh * p->dh,
										 v = ow * p->sw -
										     p->pl +
										     kw * p->dw;

								if (h < 0 || h >= p->ih || v < 0 ||
								    v >= p->iw)
									continue;
								sum += (double)x[n * p->x_image +
										 h * p->x_row +
										 v * p->x_pixel +
										 oc / cog * cig +
										 ic] *
								       (double)w[((oc * cig + ic) *
											  p->kh +
										  kh) * p->kw +
										 kw];
							}
					y[i] = (float)(operand ? 2 * sum + (double)operand[i] +
									 (double)oc
							       : sum);
				}
}

/* Buffers of one case. */
struct conv_data {
	struct edgert_conv2d p;
	float *x_block, *x, *w, *b, *y, *wanted, *operand;
	size_t y_size;
};

static struct conv_data prepare(const struct conv_case *t)
{
	struct conv_data d = { 0 };
	int below, right;
	size_t x_size, w_size;

	d.p = params(t, &below, &right);
	x_size = (size_t)(d.p.n * d.p.x_image);
	w_size = (size_t)(d.p.co * (d.p.ci / d.p.groups) * d.p.kh * d.p.kw);
	d.y_size = (size_t)(d.p.n * d.p.y_image);
	d.x_block = vec_floats(x_size);
	d.x = d.x_block + (t->halo ? t->pt * d.p.x_row + t->pl * d.p.x_pixel : 0);
	for (size_t i = 0; t->halo && i < x_size; i++)
		d.x_block[i] = 0;
	for (int n = 0; n < t->n; n++)
		for (int h = 0; h < t->ih; h++)
			for (int v = 0; v < t->iw; v++)
				vec_fill(d.x + n * d.p.x_image + h * d.p.x_row + v * d.p.x_pixel,
					 (size_t)t->ci, 4);
	d.w = vec_floats(w_size);
	vec_fill(d.w, w_size, 4);
	d.b = vec_floats((size_t)t->co);
	vec_fill(d.b, (size_t)t->co, 9);
	d.operand = vec_floats(d.y_size);
	vec_fill(d.operand, d.y_size, 9);
	d.y = vec_floats(d.y_size);
	d.wanted = vec_floats(d.y_size);
	define(&d.p, d.x, d.w, t->no_bias ? NULL : d.b, d.wanted, t->tail ? d.operand : NULL);
	return d;
}

static void release(struct conv_data *d)
{
	free(d->x_block);
	free(d->w);
	free(d->b);
	free(d->y);
	free(d->wanted);
	free(d->operand);
}

static void run_dense(const struct conv_case *t, const struct vec_build *v,
		      const struct vec_machine *m, struct conv_data *d)
{
	const void *operands[1] = { d->operand };
	float *packed = vec_floats((size_t)conv2d_f32_vec_weights(&d->p, m));
	char what[96];

	snprintf(what, sizeof what, "%s, %d lanes, %dx%d, block %d", t->name, v->lanes,
		 (int)d->p.mr, (int)d->p.nv, (int)d->p.block);
	conv2d_f32_vec_pack(&d->p, m, d->w, packed);
	for (size_t i = 0; i < d->y_size; i++)
		d->y[i] = VEC_GUARD;
	v->conv2d(&d->p, d->x, packed, t->no_bias ? NULL : d->b, d->y, NULL,
		  t->tail ? operands : NULL);
	vec_expect(d->y, d->wanted, d->y_size, what);
	free(packed);
}

/* In the tile that the compiler chooses, and in every other that divides the panels sensibly. */
START_TEST(dense_equals_definition)
{
	const struct conv_case *t = &dense[_i];
	static const int tiles[][3] = { { 1, 1, 1 }, { 2, 2, 1 },    { 3, 1, 2 }, { 4, 3, 1 },
					{ 5, 2, 3 }, { 6, 2, 1000 }, { 7, 1, 1 }, { 12, 1, 2 },
					{ 1, 8, 1 }, { 2, 4, 1 },    { 1, 3, 5 } };
	struct conv_data d;

	vec_seed(_i);
	d = prepare(t);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_build *v = vec_builds[k];
		const struct vec_machine m = vec_machine(v->lanes, v->registers);

		ck_assert(conv2d_f32_vec_accept(&d.p));
		ck_assert(conv2d_f32_vec_tile(&d.p, &m) >= 0);
		ck_assert(vec_tile_exists(&m, d.p.mr, d.p.nv));
		run_dense(t, v, &m, &d);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			d.p.block = tiles[i][2];
			run_dense(t, v, &m, &d);
		}
	}
	release(&d);
}
END_TEST

Suite *suite_vec_conv(void)
{
	const struct unit_test tests[] = {
		{ "dense_equals_definition", dense_equals_definition, ARRAY_LEN(dense) },
	};

	return UNIT_SUITE("vec_conv", tests);
}
