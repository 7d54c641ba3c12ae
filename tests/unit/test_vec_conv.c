/* The vector convolution kernels against the definition in params.h, computed in double, for 4, 8
 * and 16 lanes. */
#include <math.h>
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

#define CONV_CASE(name, ...) { #name, __VA_ARGS__ },
#define DENSE(...) CONV_CASE(__VA_ARGS__)
static const struct conv_case dense[] = {
#include "tests/unit/vec_conv.def"
};
#undef DENSE

#define DEPTHWISE(...) CONV_CASE(__VA_ARGS__)
static const struct conv_case depthwise[] = {
#include "tests/unit/vec_conv.def"
};
#undef DEPTHWISE

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

/* A kernel and its packing. */
struct kernel {
	void (*run)(const struct edgert_conv2d *p, const float *x, const float *w, const float *b,
		    float *y, void *scratch, const void *const *operands);
	int64_t (*scratch)(const struct edgert_conv2d *p,
			   const struct vec_machine *m); /* or NULL */
	double bound; /* of the error, in parts of the largest |y|; 0: exact */
	int64_t (*weights)(const struct edgert_conv2d *p, const struct vec_machine *m);
	void (*pack)(const struct edgert_conv2d *p, const struct vec_machine *m, const float *w,
		     float *out);
};

static void expect_close(const struct conv_data *d, double bound, const char *what)
{
	double most = 0;

	for (size_t i = 0; i < d->y_size; i++)
		if (d->wanted[i] != VEC_GUARD)
			most = fmax(most, fabs((double)d->wanted[i]));
	for (size_t i = 0; i < d->y_size; i++) {
		const double error = fabs((double)d->y[i] - (double)d->wanted[i]);

		if (!(error <= (d->wanted[i] == VEC_GUARD ? 0 : bound * most)))
			ck_abort_msg("%s: y[%zu] is %g, not %g", what, i, (double)d->y[i],
				     (double)d->wanted[i]);
	}
}

static void run(const struct conv_case *t, const struct vec_build *v, const struct vec_machine *m,
		struct conv_data *d, const struct kernel *k)
{
	const void *operands[1] = { d->operand };
	float *packed = vec_floats((size_t)k->weights(&d->p, m));
	float *scratch = vec_floats(k->scratch ? (size_t)k->scratch(&d->p, m) / sizeof(float) : 0);
	char what[96];

	snprintf(what, sizeof what, "%s, %d lanes, %dx%d, block %d", t->name, v->lanes,
		 (int)d->p.mr, (int)d->p.nv, (int)d->p.block);
	k->pack(&d->p, m, d->w, packed);
	for (size_t i = 0; i < d->y_size; i++)
		d->y[i] = VEC_GUARD;
	k->run(&d->p, d->x, packed, t->no_bias ? NULL : d->b, d->y, scratch,
	       t->tail ? operands : NULL);
	if (k->bound > 0)
		expect_close(d, k->bound, what);
	else
		vec_expect(d->y, d->wanted, d->y_size, what);
	free(packed);
	free(scratch);
}

/* In the tile that the compiler chooses, and in others of the machine's that divide the panels sensibly. */
START_TEST(dense_equals_definition)
{
	const struct conv_case *t = &dense[_i];
	static const int tiles[][3] = { { 1, 1, 1 }, { 2, 2, 1 },    { 3, 1, 2 }, { 4, 3, 1 },
					{ 5, 2, 3 }, { 6, 2, 1000 }, { 7, 1, 1 }, { 12, 1, 2 },
					{ 1, 8, 1 }, { 2, 4, 1 },    { 1, 3, 5 }, { 3, 2, 2 },
					{ 1, 4, 1 } };
	struct conv_data d;

	vec_seed(_i);
	d = prepare(t);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_build *v = vec_builds[k];
		const struct vec_machine m = vec_machine(v->lanes, v->registers);
		const struct kernel conv = { v->conv2d, NULL, 0, conv2d_f32_vec_weights,
					     conv2d_f32_vec_pack };
		const struct kernel pointwise = { v->pointwise, NULL, 0, conv2d_f32_vec_weights,
						  conv2d_f32_vec_pack };

		ck_assert(conv2d_f32_vec_accept(&d.p));
		ck_assert(conv2d_f32_vec_tile(&d.p, &m) >= 0);
		ck_assert(vec_tile_exists(&m, d.p.mr, d.p.nv));
		run(t, v, &m, &d, &conv);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			d.p.block = tiles[i][2];
			if (!vec_tile_exists(&m, d.p.mr, d.p.nv))
				continue;
			run(t, v, &m, &d, &conv);
			if (pointwise_f32_vec_accept(&d.p))
				run(t, v, &m, &d, &pointwise);
		}
	}
	release(&d);
}
END_TEST

START_TEST(depthwise_equals_definition)
{
	const struct conv_case *t = &depthwise[_i];
	static const int tiles[][2] = {
		{ 1, 1 }, { 2, 3 }, { 3, 1 }, { 5, 100 }, { 6, 2 }, { 7, 1 }
	};
	struct conv_data d;

	vec_seed(100 + _i);
	d = prepare(t);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_build *v = vec_builds[k];
		const struct vec_machine m = vec_machine(v->lanes, v->registers);
		const struct kernel dw = { v->dwconv2d, NULL, 0, dwconv2d_f32_vec_weights,
					   dwconv2d_f32_vec_pack };

		ck_assert(dwconv2d_f32_vec_accept(&d.p));
		ck_assert(dwconv2d_f32_vec_tile(&d.p, &m) >= 0);
		run(t, v, &m, &d, &dw);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			if (m.registers == 8 && d.p.mr > 3)
				continue;
			run(t, v, &m, &d, &dw);
		}
	}
	release(&d);
}
END_TEST

/* Of the dense cases those it takes; others must be refused. */
START_TEST(winograd_is_close)
{
	const struct conv_case *t = &dense[_i];
	const bool fits = t->kh == 3 && t->kw == 3 && t->sh == 1 && t->sw == 1 && t->dh == 1 &&
			  t->dw == 1 && t->groups == 1;
	static const int tiles[][3] = { { 1, 1, 1 }, { 4, 3, 8 }, { 6, 2, 6 }, { 3, 2, 300 } };
	struct conv_data d;

	vec_seed(_i);
	d = prepare(t);
	ck_assert_int_eq(winograd_f32_vec_accept(&d.p), fits);
	for (size_t k = 0; fits && k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_build *v = vec_builds[k];
		const struct vec_machine m = vec_machine(v->lanes, v->registers);
		const struct kernel winograd = { v->winograd, winograd_f32_vec_scratch, 1e-5,
						 winograd_f32_vec_weights, winograd_f32_vec_pack };

		ck_assert(winograd_f32_vec_tile(&d.p, &m) >= 0);
		ck_assert_int_eq(d.p.block % d.p.mr, 0);
		run(t, v, &m, &d, &winograd);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			d.p.block = tiles[i][2];
			if (!vec_tile_exists(&m, d.p.mr, d.p.nv))
				continue;
			run(t, v, &m, &d, &winograd);
		}
	}
	release(&d);
}
END_TEST

/* Of the dense cases those it takes; tiles and blocks of every relation to the number of pixels. */
START_TEST(windows_equal_definition)
{
	const struct conv_case *t = &dense[_i];
	const bool fits = t->kh * t->kw > 1 && t->groups == 1;
	static const int tiles[][3] = { { 1, 1, 1 }, { 4, 3, 8 }, { 6, 2, 6 }, { 3, 2, 1000 } };
	struct conv_data d;

	vec_seed(_i);
	d = prepare(t);
	ck_assert(!windows_f32_vec_accept(&d.p) || fits);
	for (size_t k = 0; windows_f32_vec_accept(&d.p) && k < ARRAY_LEN(vec_builds); k++) {
		const struct vec_build *v = vec_builds[k];
		const struct vec_machine m = vec_machine(v->lanes, v->registers);
		const struct kernel windows = { v->windows, windows_f32_vec_scratch, 0,
						conv2d_f32_vec_weights, conv2d_f32_vec_pack };

		ck_assert(windows_f32_vec_tile(&d.p, &m) >= 0);
		run(t, v, &m, &d, &windows);
		for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
			d.p.mr = tiles[i][0];
			d.p.nv = tiles[i][1];
			d.p.block = tiles[i][2];
			if (!vec_tile_exists(&m, d.p.mr, d.p.nv))
				continue;
			run(t, v, &m, &d, &windows);
		}
	}
	release(&d);
}
END_TEST

Suite *suite_vec_conv(void)
{
	const struct unit_test tests[] = {
		{ "dense_equals_definition", dense_equals_definition, ARRAY_LEN(dense) },
		{ "depthwise_equals_definition", depthwise_equals_definition,
		  ARRAY_LEN(depthwise) },
		{ "windows_equal_definition", windows_equal_definition, ARRAY_LEN(dense) },
		{ "winograd_is_close", winograd_is_close, ARRAY_LEN(dense) },
	};

	return UNIT_SUITE("vec_conv", tests);
}
