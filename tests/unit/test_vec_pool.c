/* The vector pools against the definition in params.h, for 4, 8 and 16 lanes. Elements are
 * integers, so sums are exact and a mean is one division. */
#include <math.h>
#include <stdlib.h>

#include "tests/unit/unit.h"
#include "tests/unit/vec.h"

struct pool_case {
	const char *name;
	int n, ih, iw, c, kh, kw, sh, sw, dh, dw, pt, pl, pb, pr;
	int ceil; /* extra output rows and columns, as ceil_mode makes them */
	int count_pad;
	int x_gap, y_gap;
	bool tail;
};

static const struct pool_case cases[] = {
	{ "window_2x2", 1, 6, 8, 8, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "window_3x3_stride_2", 2, 9, 7, 17, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
	{ "window_3x3_padded", 1, 5, 6, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1 },
	{ "padding_counted", 1, 5, 6, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0 },
	{ "padding_counted_to_its_end", 1, 5, 5, 16, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0 },
	{ "ceil", 1, 6, 6, 5, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0 },
	{ "global", 2, 7, 7, 64, 7, 7, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
	{ "global_odd_channels", 1, 4, 3, 71, 4, 3, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "gaps", 2, 4, 4, 24, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 3, 2, 1 },
	{ "dilation", 1, 9, 9, 7, 3, 2, 1, 2, 2, 3, 2, 1, 2, 1, 0, 0, 0, 0, 0 },
	{ "one_axis", 1, 1, 20, 12, 1, 4, 1, 3, 1, 1, 0, 1, 0, 2, 0, 1, 0, 0, 0 },
	{ "one_channel", 1, 4, 4, 1, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
	{ "three_channels", 1, 4, 4, 3, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1 },
	{ "no_images", 0, 4, 4, 3, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
};

static struct edgert_pool2d params(const struct pool_case *t)
{
	struct edgert_pool2d p = {
		.n = t->n, .ih = t->ih, .iw = t->iw, .c = t->c, .kh = t->kh, .kw = t->kw
	};

	p.sh = t->sh;
	p.sw = t->sw;
	p.dh = t->dh;
	p.dw = t->dw;
	p.pt = t->pt;
	p.pl = t->pl;
	p.pb = t->pb;
	p.pr = t->pr;
	p.count_pad = t->count_pad;
	p.oh = (t->ih + t->pt + t->pb - (t->kh - 1) * t->dh - 1) / t->sh + 1 + t->ceil;
	p.ow = (t->iw + t->pl + t->pr - (t->kw - 1) * t->dw - 1) / t->sw + 1 + t->ceil;
	p.x_pixel = t->c + t->x_gap;
	p.x_row = t->iw * p.x_pixel;
	p.x_image = t->ih * p.x_row;
	p.y_pixel = t->c + t->y_gap;
	p.y_row = p.ow * p.y_pixel;
	p.y_image = p.oh * p.y_row;
	return p;
}

/* The result for output row oh, column ow of the image's channel at x. */
static float pool(const struct edgert_pool2d *p, bool max, const float *x, edgert_int oh,
		  edgert_int ow)
{
	double sum = 0, most = -HUGE_VAL;
	int inside = 0, padded = 0;

	for (edgert_int k = 0; k < p->kh * p->kw; k++) {
		const edgert_int h = oh * p->sh - p->pt + k / p->kw * p->dh;
		const edgert_int w = ow * p->sw - p->pl + k % p->kw * p->dw;

		if (h < p->ih + p->pb && w < p->iw + p->pr)
			padded++;
		if (h < 0 || h >= p->ih || w < 0 || w >= p->iw)
			continue;
		inside++;
		sum += (double)x[h * p->x_row + w * p->x_pixel];
		if (most < (double)x[h * p->x_row + w * p->x_pixel])
			most = (double)x[h * p->x_row + w * p->x_pixel];
	}
	return max ? (float)most : (float)sum / (float)(p->count_pad ? padded : inside);
}

static void define(const struct edgert_pool2d *p, bool max, const float *x, float *y,
		   const float *operand)
{
	for (edgert_int i = 0; i < p->n * p->y_image; i++)
		y[i] = VEC_GUARD;
	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int o = 0; o < p->oh * p->ow; o++)
			for (edgert_int c = 0; c < p->c; c++) {
				const edgert_int i = n * p->y_image + o / p->ow * p->y_row +
						     o % p->ow * p->y_pixel + c;
				const float v =
					pool(p, max, x + n * p->x_image + c, o / p->ow, o % p->ow);

				y[i] = operand ? 2 * v + operand[i] + (float)c : v;
			}
}

START_TEST(pools_equal_definition)
{
	const struct pool_case *t = &cases[_i];
	const struct edgert_pool2d p = params(t);
	const size_t y_size = (size_t)(p.n * p.y_image);
	float *x = vec_floats((size_t)(p.n * p.x_image)), *operand = vec_floats(y_size);
	float *y = vec_floats(y_size), *wanted = vec_floats(y_size);
	const void *operands[1] = { operand };

	vec_seed(200 + _i);
	for (int i = 0; i < t->n * t->ih * t->iw; i++)
		vec_fill(x + i * p.x_pixel, (size_t)t->c, 20);
	vec_fill(operand, y_size, 9);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++)
		for (int max = 0; max < 2; max++) {
			const struct vec_build *v = vec_builds[k];
			char what[80];

			snprintf(what, sizeof what, "%s of %s, %d lanes", max ? "maximum" : "mean",
				 t->name, v->lanes);
			define(&p, max, x, wanted, t->tail ? operand : NULL);
			for (size_t i = 0; i < y_size; i++)
				y[i] = VEC_GUARD;
			(max ? v->maxpool2d : v->averagepool2d)(&p, x, y, NULL,
								t->tail ? operands : NULL);
			vec_expect(y, wanted, y_size, what);
		}
	free(x);
	free(operand);
	free(y);
	free(wanted);
}
END_TEST

/* Wherever in the window it stands. */
START_TEST(nan_is_largest)
{
	float x[4 * 16], y[16];

	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const struct edgert_pool2d p = { .n = 1,
						 .ih = 2,
						 .iw = 2,
						 .c = 16,
						 .oh = 1,
						 .ow = 1,
						 .kh = 2,
						 .kw = 2,
						 .sh = 1,
						 .sw = 1,
						 .dh = 1,
						 .dw = 1,
						 .x_image = 64,
						 .x_row = 32,
						 .x_pixel = 16,
						 .y_image = 16,
						 .y_row = 16,
						 .y_pixel = 16 };

		for (int i = 0; i < 64; i++)
			x[i] = i % 5 == 0 ? INFINITY : (float)-i;
		x[_i * 16 + 3] = NAN;
		vec_builds[k]->maxpool2d(&p, x, y, NULL, NULL);
		for (int c = 0; c < 16; c++)
			ck_assert_msg(isnan(y[c]) == (c == 3), "channel %d is %g", c, (double)y[c]);
	}
}
END_TEST

Suite *suite_vec_pool(void)
{
	const struct unit_test tests[] = {
		{ "pools_equal_definition", pools_equal_definition, ARRAY_LEN(cases) },
		{ "nan_is_largest", nan_is_largest, 4 },
	};

	return UNIT_SUITE("vec_pool", tests);
}
