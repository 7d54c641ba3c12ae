/* The vector softmax, layer norm and functions. Softmax and layer norm against double arithmetic
 * with the C library's functions; the functions against those of math.h, whose bits they must have.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/kernels/math.h"
#include "tests/unit/unit.h"
#include "tests/unit/vec.h"

static const int sizes[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1000 };
enum { ROWS = 3, GAP = 2 };

static void fill(float *p, int n, double scale)
{
	for (int i = 0; i < n; i++)
		p[i] = (float)(scale * (double)vec_random(1000) / 1000);
}

/* y rows and the gaps between them; a gap holds VEC_GUARD. */
static void expect_close(const float *y, const double *wanted, int n, double bound,
			 const char *what)
{
	for (int r = 0; r < ROWS; r++) {
		for (int i = 0; i < n; i++) {
			const double got = (double)y[r * (n + GAP) + i], want = wanted[r * n + i];

			if (!(fabs(got - want) <= bound * (1 + fabs(want))))
				ck_abort_msg("%s of %d: row %d, element %d is %.9g, not %.9g", what,
					     n, r, i, got, want);
		}
		for (int i = n; i < n + GAP; i++)
			ck_assert_msg(y[r * (n + GAP) + i] == VEC_GUARD,
				      "%s of %d: written beyond row %d", what, n, r);
	}
}

static void define_softmax(const float *x, double *y, int n, int log_form)
{
	for (int r = 0; r < ROWS; r++) {
		double most = -HUGE_VAL, sum = 0;

		for (int i = 0; i < n; i++)
			most = fmax(most, (double)x[r * n + i]);
		for (int i = 0; i < n; i++)
			sum += exp((double)x[r * n + i] - most);
		for (int i = 0; i < n; i++)
			y[r * n + i] = log_form ? (double)x[r * n + i] - most - log(sum)
						: exp((double)x[r * n + i] - most) / sum;
	}
}

START_TEST(softmax_is_close)
{
	const int n = sizes[_i];
	float *x = vec_floats((size_t)(ROWS * n)), *y = vec_floats((size_t)(ROWS * (n + GAP)));
	double *wanted = malloc((size_t)(ROWS * n + 1) * sizeof *wanted);

	vec_seed(300 + _i);
	fill(x, ROWS * n, 20);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++)
		for (int log_form = 0; log_form < 2; log_form++) {
			const struct edgert_softmax p = {
				.rows = ROWS, .n = n, .x_row = n, .y_row = n + GAP, .log = log_form
			};

			define_softmax(x, wanted, n, log_form);
			for (int i = 0; i < ROWS * (n + GAP); i++)
				y[i] = VEC_GUARD;
			vec_builds[k]->softmax(&p, x, y);
			expect_close(y, wanted, n, 2e-6, log_form ? "log softmax" : "softmax");
		}
	free(x);
	free(y);
	free(wanted);
}
END_TEST

START_TEST(softmax_in_place)
{
	const int n = sizes[_i];
	const struct edgert_softmax p = { .rows = ROWS, .n = n, .x_row = n, .y_row = n };
	float *x = vec_floats((size_t)(ROWS * n)), *y = vec_floats((size_t)(ROWS * n));

	vec_seed(400 + _i);
	fill(x, ROWS * n, 5);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		vec_builds[k]->softmax(&p, x, y);
		for (int r = 0; r < ROWS; r++) {
			float *row = vec_floats((size_t)n);
			const struct edgert_softmax one = {
				.rows = 1, .n = n, .x_row = n, .y_row = n
			};

			memcpy(row, x + r * n, (size_t)n * sizeof *row);
			vec_builds[k]->softmax(&one, row, row);
			vec_expect(row, y + r * n, (size_t)n, "softmax in place");
			free(row);
		}
	}
	free(x);
	free(y);
}
END_TEST

START_TEST(softmax_keeps_nan)
{
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++)
		for (int at = 0; at < 19; at++) {
			const struct edgert_softmax p = {
				.rows = 1, .n = 19, .x_row = 19, .y_row = 19
			};
			float x[19], y[19];

			for (int i = 0; i < 19; i++)
				x[i] = (float)i;
			x[at] = NAN;
			vec_builds[k]->softmax(&p, x, y);
			for (int i = 0; i < 19; i++)
				ck_assert_msg(isnan(y[i]), "NaN at %d: y[%d] is %g", at, i,
					      (double)y[i]);
		}
}
END_TEST

static void define_layer_norm(const float *x, const float *scale, const float *bias, double *y,
			      int n)
{
	for (int r = 0; r < ROWS; r++) {
		double mean = 0, variance = 0;

		for (int i = 0; i < n; i++)
			mean += (double)x[r * n + i] / n;
		for (int i = 0; i < n; i++)
			variance +=
				((double)x[r * n + i] - mean) * ((double)x[r * n + i] - mean) / n;
		for (int i = 0; i < n; i++)
			y[r * n + i] = ((double)x[r * n + i] - mean) / sqrt(variance + 1e-5) *
					       (double)scale[i] +
				       (bias ? (double)bias[i] : 0);
	}
}

START_TEST(layer_norm_is_close)
{
	const int n = sizes[_i];
	const struct edgert_layer_norm p = {
		.rows = ROWS, .n = n, .x_row = n, .y_row = n + GAP, .epsilon = 1e-5f
	};
	float *x = vec_floats((size_t)(ROWS * n)), *y = vec_floats((size_t)(ROWS * (n + GAP)));
	float *scale = vec_floats((size_t)n), *bias = vec_floats((size_t)n);
	double *wanted = malloc((size_t)(ROWS * n + 1) * sizeof *wanted);

	vec_seed(500 + _i);
	fill(x, ROWS * n, 3);
	fill(scale, n, 2);
	fill(bias, n, 2);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++)
		for (int with = 0; with < 2; with++) {
			define_layer_norm(x, scale, with ? bias : NULL, wanted, n);
			for (int i = 0; i < ROWS * (n + GAP); i++)
				y[i] = VEC_GUARD;
			vec_builds[k]->layer_norm(&p, x, scale, with ? bias : NULL, y);
			/* One element only: x - mean is 0 exactly. */
			expect_close(y, wanted, n, 1e-5, "layer norm");
		}
	free(x);
	free(y);
	free(scale);
	free(bias);
	free(wanted);
}
END_TEST

/* Every 40503rd float, and the neighbourhood of the constants of the formulas. */
START_TEST(functions_have_the_bits_of_math_h)
{
	static float (*const scalar[5])(float) = { edgert_expf, edgert_expm1f, edgert_sigmoidf,
						   edgert_tanhf, edgert_erff };
	static const char *const names[5] = { "exp", "expm1", "sigmoid", "tanh", "erf" };
	float x[16], y[16];

	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++)
		for (uint64_t u = 0; u < (uint64_t)1 << 32; u += 16 * 40503u) {
			for (int l = 0; l < 16; l++)
				x[l] = edgert_f32_from_bits((uint32_t)(u + (uint64_t)l * 40503u));
			vec_builds[k]->functions[_i](x, y, 16);
			for (int l = 0; l < 16; l++) {
				const float want = scalar[_i](x[l]);

				if (edgert_f32_bits(y[l]) != edgert_f32_bits(want) &&
				    !(isnan(y[l]) && isnan(want)))
					ck_abort_msg("%s(%a) in %d lanes is %a, not %a", names[_i],
						     (double)x[l], vec_builds[k]->lanes,
						     (double)y[l], (double)want);
			}
		}
}
END_TEST

START_TEST(transpose_swaps_rows_and_lanes)
{
	float x[16 * 16], y[16 * 16];

	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++) {
		const int n = vec_builds[k]->lanes;

		for (int i = 0; i < n * n; i++)
			x[i] = (float)i;
		vec_builds[k]->transpose(x, y);
		for (int i = 0; i < n * n; i++)
			ck_assert_msg(y[i] == (float)(i % n * n + i / n), "%d lanes: y[%d] is %g",
				      n, i, (double)y[i]);
	}
}
END_TEST

Suite *suite_vec_rows(void)
{
	const struct unit_test tests[] = {
		{ "softmax_is_close", softmax_is_close, ARRAY_LEN(sizes) },
		{ "softmax_in_place", softmax_in_place, ARRAY_LEN(sizes) },
		{ "softmax_keeps_nan", softmax_keeps_nan, 0 },
		{ "layer_norm_is_close", layer_norm_is_close, ARRAY_LEN(sizes) },
		{ "functions_have_the_bits_of_math_h", functions_have_the_bits_of_math_h, 5 },
		{ "transpose_swaps_rows_and_lanes", transpose_swaps_rows_and_lanes, 0 },
	};

	return UNIT_SUITE("vec_rows", tests);
}
