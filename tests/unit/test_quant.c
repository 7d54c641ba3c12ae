/* Statistics, ranges, parameters and weights against numbers computed by hand. */
#define _DEFAULT_SOURCE /* mkstemps */
#include "quant_fixture.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include <zip.h>

#include "compiler/frontend/npy.h"

/* -- statistics ------------------------------------------------------------------------------ */

static int64_t bins_sum(const struct quant_stats *s, int from, int to)
{
	int64_t n = 0;

	for (int i = from; i < to; i++)
		n += s->bins[i];
	return n;
}

/* Growing from a reach of 1 to one of 128 keeps every element on its side. */
START_TEST(histogram_grows)
{
	struct quant_stats *s = arena_new(&a, struct quant_stats);
	int64_t at;

	ck_assert(stats_add(s, floats(5, (float[]){ 0.5f, -0.25f, 0, 0.75f, 0.001f }), &at));
	ck_assert_double_eq(s->reach, 1);
	ck_assert(stats_add(s, floats(3, (float[]){ -100, 0, 3 }), &at));
	ck_assert_double_eq(s->reach, 128);
	ck_assert_double_eq(s->min, -100);
	ck_assert_double_eq(s->max, 3);
	ck_assert_int_eq(s->zeros, 2);
	ck_assert_int_eq(s->elements, 8);
	ck_assert_int_eq(bins_sum(s, 0, STATS_BINS / 2), 2);
	ck_assert_int_eq(bins_sum(s, STATS_BINS / 2, STATS_BINS), 4);
	/* -100 lies at (1 - 100 / 128) * 2048 = 448, 3 at (1 + 3 / 128) * 2048 = 2096 */
	ck_assert_int_eq(s->bins[448], 1);
	ck_assert_int_eq(s->bins[2096], 1);
	/* -0.25 and -100 by a tenth: 0.75 and 3 */
	ck_assert_double_eq_tol(s->average_min, -0.25 - 9.975, 1e-6);
	ck_assert_double_eq_tol(s->average_max, 0.75 + 0.225, 1e-6);
}
END_TEST

START_TEST(numbers_must_be_numbers)
{
	struct quant_stats *s = arena_new(&a, struct quant_stats);
	int64_t at = -1;

	ck_assert(!stats_add(s, floats(3, (float[]){ 1, 2, NAN }), &at));
	ck_assert_int_eq(at, 2);
	ck_assert_int_eq(s->samples, 0);
	ck_assert(stats_add(s, floats(2, (float[]){ -INFINITY, 2 }), &at));
	ck_assert_double_eq(s->min, -FLT_MAX);
}
END_TEST

/* -- ranges and parameters ------------------------------------------------------------------- */

static const struct {
	double lo, hi;
	enum dtype type;
	bool symmetric;
	float scale;
	int64_t zero;
} params[] = {
	{ -1, 1.55, DT_I8, false, 0.01f, -28 }, /* 2.55 / 255;  -128 + 100 */
	{ -1, 1.55, DT_U8, false, 0.01f, 100 }, { 0, 25.5, DT_I8, false, 0.1f, -128 },
	{ -25.5, 0, DT_U8, false, 0.1f, 255 },  { -1.27, 1, DT_I8, true, 0.01f, 0 },
	{ -1.27, 1, DT_U8, true, 0.01f, 128 },  { 0, 3.2767, DT_I16, true, 0.0001f, 0 },
	{ 0, 0, DT_I8, false, 1, -128 },        { 0, 1e-44, DT_U8, false, 1, 0 },
};

START_TEST(scale_and_zero_point)
{
	struct quant_range r = { .lo = params[_i].lo, .hi = params[_i].hi };
	struct quant_params p;

	params_of_range(&r, params[_i].type, params[_i].symmetric, &p);
	ck_assert_float_eq_tol(p.scale, params[_i].scale, 1e-6f * params[_i].scale);
	ck_assert_int_eq(p.zero, params[_i].zero);
	ck_assert_int_eq(p.type, params[_i].type);
}
END_TEST

/* 9,999 elements from 0 to 1 and one of 100: what each method makes of the one. */
START_TEST(methods_and_an_outlier)
{
	struct quant_stats *s = arena_new(&a, struct quant_stats);
	float *v = arena_array(&a, float, 10000);
	struct quant_range r;
	int64_t at;

	for (int i = 0; i < 9999; i++)
		v[i] = (float)(i + 1) / 9999;
	v[9999] = 100;
	ck_assert(stats_add(s, floats(10000, v), &at));
	range_choose(s, METHOD_MINMAX, 255, false, &r);
	ck_assert_double_eq(r.lo, 0);
	ck_assert_double_eq(r.hi, 100);
	/* the step's: (100 / 255)^2 / 12 */
	ck_assert_double_eq_tol(r.error, 0.012815, 1e-5);
	/* 100 cut to h loses (100 - h)^2 / 10,000, its step (h / 255)^2 / 12: least near 99 */
	range_choose(s, METHOD_MSE, 255, false, &r);
	ck_assert_double_gt(r.hi, 95);
	range_choose(s, METHOD_BEST, 255, false, &r);
	ck_assert_int_eq(r.method, METHOD_MINMAX); /* it gains too little */
	/* of 15 steps, (100 / 15)^2 / 12 = 3.7: cut to 21 it loses 0.62 + 0.17 */
	range_choose(s, METHOD_BEST, 15, false, &r);
	ck_assert_int_eq(r.method, METHOD_MSE);
	ck_assert_double_lt(r.error, 0.75 * 3.7);
	range_choose(s, METHOD_MINMAX, 255, true, &r);
	ck_assert_double_eq(r.lo, -100);
}
END_TEST

/* Of exponentially distributed elements the tail is given up. */
START_TEST(entropy)
{
	struct quant_stats *s = arena_new(&a, struct quant_stats);
	struct quant_range r;
	float *v = arena_array(&a, float, 100000);
	int64_t at;

	for (int i = 0; i < 100000; i++)
		v[i] = -logf(((float)i + 0.5f) / 100000);
	ck_assert(stats_add(s, floats(100000, v), &at));
	range_choose(s, METHOD_ENTROPY, 255, false, &r);
	ck_assert_double_ge(r.hi, 5); /* of 12.2; e^-5 = 0.7 % lie beyond 5 */
	ck_assert_double_le(r.hi, 11);
}
END_TEST

/* One in 10,000 of 200,000 may lie outside, half of them at each end. */
START_TEST(percentile)
{
	struct quant_stats *s = arena_new(&a, struct quant_stats);
	struct quant_range r;
	int64_t at;
	float *v = arena_array(&a, float, 200000);

	for (int i = 0; i < 200000; i++)
		v[i] = i < 9 ? 100.0f : (float)(i % 1000 + 1) / 1000;
	ck_assert(stats_add(s, floats(200000, v), &at));
	range_choose(s, METHOD_PERCENTILE, 255, false, &r);
	ck_assert_double_eq_tol(r.hi, 1, 0.07); /* a bin is 1/16 wide */
	v[9] = v[10] = 100;
	s = arena_new(&a, struct quant_stats);
	ck_assert(stats_add(s, floats(200000, v), &at));
	range_choose(s, METHOD_PERCENTILE, 255, false, &r);
	ck_assert_double_eq(r.hi, 100);
}
END_TEST

/* 20 elements of which the largest are 4 apart: more of them are to be expected beyond, as far as
 * that; and what ends at a bound has nothing beyond it. */
START_TEST(room_for_what_was_not_sampled)
{
	struct quant_stats *s = arena_new(&a, struct quant_stats);
	struct quant_range r;
	float v[20];
	int64_t at;

	for (int i = 0; i < 20; i++)
		v[i] = i < 10 ? 1.0f : (float)(i - 10) * 4;
	ck_assert(stats_add(s, floats(20, v), &at));
	range_choose(s, METHOD_BEST, 255, false, &r);
	ck_assert_double_gt(r.hi, 40); /* of 36 */
	ck_assert_double_lt(r.hi, 300);
	ck_assert_double_eq(r.lo, 0);
	range_choose(s, METHOD_MINMAX, 255, false, &r);
	ck_assert_double_eq(r.hi, 36);
	range_choose(s, METHOD_BEST, 65535, true, &r);
	ck_assert_double_ge(r.hi, 72);
	ck_assert_double_le(r.lo, -72);
	s = arena_new(&a, struct quant_stats);
	for (int i = 0; i < 20; i++)
		v[i] = i < 10 ? 0.25f : 1;
	ck_assert(stats_add(s, floats(20, v), &at));
	range_choose(s, METHOD_BEST, 255, false, &r);
	ck_assert_double_eq_tol(r.hi, 1, 1e-3);
}
END_TEST

/* -- weights --------------------------------------------------------------------------------- */

START_TEST(weights_by_channel)
{
	struct constant *c =
		arena_copy(&a, floats(6, (float[]){ 1.27f, -0.01f, 0.5f, -254, 2, 0 }), sizeof *c);
	struct quant_weights w;

	c->shape = (struct shape){ .rank = 2, .d = { 2, 3 } };
	weights_quantize(&a, c, &(struct quant_weights_how){ .type = DT_I8 }, &w);
	ck_assert_int_eq(w.axis, 0);
	ck_assert_double_eq_tol(constant_f64(w.scale, 0), 0.01, 1e-8);
	ck_assert_double_eq_tol(constant_f64(w.scale, 1), 2, 1e-6);
	check_ints(w.q, 6, (int[]){ 127, -1, 50, -127, 1, 0 });
	/* no scale under 0.1 */
	weights_quantize(
		&a, c,
		&(struct quant_weights_how){ .type = DT_I8, .smallest = (double[]){ 0.1, 0.1 } },
		&w);
	check_ints(w.q, 6, (int[]){ 13, 0, 5, -127, 1, 0 });
	/* along axis 1: 2, 2 / 127 and 0.5 / 127 */
	weights_quantize(&a, c, &(struct quant_weights_how){ .type = DT_I8, .axis = 1 }, &w);
	check_ints(w.q, 6, (int[]){ 1, -1, 127, -127, 127, 0 });
}
END_TEST

START_TEST(weights_in_blocks)
{
	struct constant *c =
		arena_copy(&a, floats(8, (float[]){ 7, 70, -7, 0, 14, 70, -2, -7 }), sizeof *c);
	const double scales[] = { 1, 10, 2, 10 };
	struct quant_weights w;

	/* [4][2], blocks of 2 rows: columns {7, -7}, {70, 0}, {14, -2}, {70, -7} */
	c->shape = (struct shape){ .rank = 2, .d = { 4, 2 } };
	weights_quantize(&a, c, &(struct quant_weights_how){ .type = DT_I4, .block = 2 }, &w);
	ck_assert_int_eq(w.scale->shape.d[0], 2);
	ck_assert_int_eq(w.scale->shape.d[1], 2);
	for (int i = 0; i < 4; i++)
		ck_assert_double_eq_tol(constant_f64(w.scale, i), scales[i], 1e-6);
	check_ints(w.q, 8, (int[]){ 7, 7, -7, 0, 7, 7, -1, -1 });
}
END_TEST

/* -8, where it makes steps smaller: none of these loses anything. */
START_TEST(weights_of_16_levels)
{
	struct quant_weights w;

	weights_quantize(&a, floats(5, (float[]){ -4, 0.5f, 1.5f, 3.5f, -3.5f }),
			 &(struct quant_weights_how){ .type = DT_I4, .axis = -1 }, &w);
	ck_assert_double_eq_tol(constant_f64(w.scale, 0), 0.5, 1e-6);
	check_ints(w.q, 5, (int[]){ -8, 1, 3, 7, -7 });
}
END_TEST

/* -- archives -------------------------------------------------------------------------------- */

START_TEST(npz)
{
	char path[] = "test_quant_XXXXXX.npz";
	char npy[10 + 118 + 8] = "\x93NUMPY\1\0v";
	float v[2] = { 1.5f, -2 };
	npz_entries entries = { 0 };
	int fd = mkstemps(path, 4), error;
	zip_t *z;

	ck_assert_int_ge(fd, 0);
	close(fd);
	memset(npy + 10, ' ', 118);
	memcpy(npy + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 57);
	npy[127] = '\n';
	memcpy(npy + 128, v, 8);
	z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
	ck_assert_ptr_nonnull(z);
	zip_file_add(z, "x.npy", zip_source_buffer(z, npy, sizeof npy, 0), 0);
	zip_file_add(z, "folder/y", zip_source_buffer(z, npy, sizeof npy, 0), 0);
	ck_assert_int_eq(zip_close(z), 0);
	ck_assert_msg(npz_read(&a, &d, path, &entries), "%s", messages.s);
	ck_assert_uint_eq(entries.n, 2);
	ck_assert_str_eq(entries.p[0].name, "x");
	ck_assert_str_eq(entries.p[1].name, "folder/y");
	ck_assert_double_eq(constant_f64(entries.p[1].value, 1), -2);
	remove(path);
}
END_TEST

Suite *suite_quant(void)
{
	const struct unit_test tests[] = {
		{ "histogram_grows", histogram_grows, 0 },
		{ "numbers_must_be_numbers", numbers_must_be_numbers, 0 },
		{ "scale_and_zero_point", scale_and_zero_point, ARRAY_LEN(params) },
		{ "methods_and_an_outlier", methods_and_an_outlier, 0 },
		{ "entropy", entropy, 0 },
		{ "percentile", percentile, 0 },
		{ "room_for_what_was_not_sampled", room_for_what_was_not_sampled, 0 },
		{ "weights_by_channel", weights_by_channel, 0 },
		{ "weights_in_blocks", weights_in_blocks, 0 },
		{ "weights_of_16_levels", weights_of_16_levels, 0 },
		{ "npz", npz, 0 },
	};
	return unit_suite("quant", tests, ARRAY_LEN(tests), set_up, tear_down);
}
