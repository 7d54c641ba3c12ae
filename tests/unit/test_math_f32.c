/* The float32 functions against libm's in double: the largest error in units of the last place of
 * each must stay within the figure its comment states. By default every 16411th of the 2^32
 * arguments is tried, and all those near special points; EDGERT_MATH_STRIDE=1 tries all,
 * EDGERT_MATH_SHOW=1 prints what was found. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/kernels/math.h"

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}
static double softplus(double x)
{
	return x > 40 ? x : log1p(exp(x));
}

static const struct {
	const char *name;
	float (*ours)(float);
	double (*theirs)(double);
	double ulp;
} functions[] = {
	{ "exp", edgert_expf, exp, 1.0 },
	{ "exp2", edgert_exp2f, exp2, 1.1 },
	{ "expm1", edgert_expm1f, expm1, 1.5 },
	{ "log", edgert_logf, log, 0.9 },
	{ "log2", edgert_log2f, log2, 0.9 },
	{ "log1p", edgert_log1pf, log1p, 0.9 },
	{ "sigmoid", edgert_sigmoidf, sigmoid, 2.5 },
	{ "tanh", edgert_tanhf, tanh, 2.5 },
	{ "softplus", edgert_softplusf, softplus, 1.7 },
	{ "sinh", edgert_sinhf, sinh, 2.2 },
	{ "cosh", edgert_coshf, cosh, 1.5 },
	{ "asinh", edgert_asinhf, asinh, 1.8 },
	{ "acosh", edgert_acoshf, acosh, 2.1 },
	{ "atanh", edgert_atanhf, atanh, 2.1 },
	{ "erf", edgert_erff, erf, 1.2 },
	{ "sin", edgert_sinf, sin, 2.0 },
	{ "cos", edgert_cosf, cos, 2.0 },
	{ "tan", edgert_tanf, tan, 3.5 },
	{ "asin", edgert_asinf, asin, 1.7 },
	{ "acos", edgert_acosf, acos, 1.2 },
	{ "atan", edgert_atanf, atan, 2.0 },
	{ "sqrt", edgert_sqrtf, sqrt, 0.5 },
	{ "rint", edgert_rintf, rint, 0 },
	{ "floor", edgert_floorf, floor, 0 },
	{ "ceil", edgert_ceilf, ceil, 0 },
	{ "trunc", edgert_truncf, trunc, 0 },
	{ "round", edgert_roundf, round, 0 },
};

/* |y - r| in units of the last place of float at r; infinite if only one is special. r may lie
 * beyond float's range by less than half a unit. */
static double ulps(float y, double r)
{
	int e;

	if (isnan(r) || isnan(y))
		return isnan(r) && isnan(y) ? 0 : INFINITY;
	if (fabs(r) >= 0x1.ffffffp127)
		return isinf(y) && !signbit(y) == !signbit(r) ? 0 : INFINITY;
	if (r == 0 || y == 0)
		if (!signbit(r) != !signbit(y))
			return INFINITY;
	frexp(r, &e);
	if (isinf(y))
		return (0x1p128 - fabs(r)) / 0x1p104;
	return fabs((double)y - r) / ldexp(1, (e < -125 ? -125 : e) - 24);
}

static long env(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s ? strtol(s, NULL, 10) : otherwise;
}

START_TEST(error_within_the_stated)
{
	static const float special[] = { 0,           0x1p-149f,
					 0x1p-126f,   0x1p-25f,
					 0x1p-12f,    0.25f,
					 0.5f,        0.41421357f,
					 0.70710678f, 0.92f,
					 1,           1.41421356f,
					 1.5707964f,  2.4142137f,
					 2.5f,        3.1415927f,
					 4,           9,
					 10,          12,
					 18,          24,
					 87.3f,       88.02969f,
					 88.722839f,  89.415985f,
					 103.97208f,  127,
					 128,         150,
					 4096,        8192,
					 0x1p22f,     0x1p23f,
					 0x1p24f,     16367173.0f * 0x1p72f,
					 0x1p127f,    0x1.fffffep127f,
					 INFINITY };
	uint32_t stride = (uint32_t)env("EDGERT_MATH_STRIDE", 16411), at = 0;
	double worst = 0;

	for (size_t i = 0; i < 2 * ARRAY_LEN(special); i++) {
		uint32_t u = edgert_f32_bits(special[i / 2]) | (i & 1 ? 0x80000000u : 0);

		for (uint32_t k = u - 40; k != u + 40; k++) {
			float x = edgert_f32_from_bits(k), y = functions[_i].ours(x);
			double e = ulps(y, functions[_i].theirs(x));

			if (!(e <= functions[_i].ulp))
				ck_abort_msg("%s(%a) = %a, expected %a: %g ulp", functions[_i].name,
					     (double)x, (double)y, functions[_i].theirs(x), e);
		}
	}
	for (uint64_t k = 0; k <= UINT32_MAX; k += stride) {
		float x = edgert_f32_from_bits((uint32_t)k), y = functions[_i].ours(x);
		double e = ulps(y, functions[_i].theirs(x));

		if (e > worst) {
			worst = e;
			at = (uint32_t)k;
		}
	}
	if (env("EDGERT_MATH_SHOW", 0))
		printf("%-9s %.3f ulp at %a\n", functions[_i].name, worst,
		       (double)edgert_f32_from_bits(at));
	ck_assert_msg(worst <= functions[_i].ulp, "%s(%a) = %a: %g ulp, stated %g",
		      functions[_i].name, (double)edgert_f32_from_bits(at),
		      (double)functions[_i].ours(edgert_f32_from_bits(at)), worst,
		      functions[_i].ulp);
}
END_TEST

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 32);
}

static double mod_floor(double x, double y)
{
	double r = fmod(x, y);

	return r == 0 ? copysign(0, y) : (r < 0) != (y < 0) ? r + y : r;
}

static const struct {
	const char *name;
	float (*ours)(float, float);
	double (*theirs)(double, double);
	double ulp;
} pairs[] = {
	{ "pow", edgert_powf, pow, 1.3 },
	{ "atan2", edgert_atan2f, atan2, 2.0 },
	{ "fmod", edgert_fmodf, fmod, 0 },
	{ "mod_floor", edgert_mod_floorf, mod_floor, 0.5 },
};

/* Every pair of special values, then random bits, then pairs whose results are likely to be finite.
 */
START_TEST(pairs_within_the_stated)
{
	static const float special[] = { 0,          0x1p-149f,   0x1p-126f,   1e-20f,
					 0.5f,       0.99999994f, 1,           1.0000001f,
					 1.5f,       2,           3,           7,
					 8388607.0f, 0x1p23f,     16777215.0f, 0x1p24f,
					 0x1p25f,    1e20f,       0x1p127f,    0x1.fffffep127f,
					 INFINITY,   NAN };
	int n = (int)(2 * ARRAY_LEN(special));
	long count = env("EDGERT_MATH_PAIRS", 400000);
	uint64_t state = (uint64_t)env("EDGERT_SEED", 1);
	double worst = 0;
	float wx = 0, wy = 0;

	for (long i = 0; i < (long)n * n + count; i++) {
		float x, y, z;
		double e;

		if (i < (long)n * n) {
			x = special[i / n / 2] * (i / n & 1 ? -1.0f : 1.0f);
			y = special[i % n / 2] * (i & 1 ? -1.0f : 1.0f);
		} else {
			x = edgert_f32_from_bits(next_random(&state));
			y = edgert_f32_from_bits(next_random(&state));
			if (i & 1) {
				x = edgert_f32_from_bits(next_random(&state) >> 2 | 0x20000000);
				y = (float)(int32_t)next_random(&state) * 0x1p-24f;
			}
			if (i % 3 == 0) /* near 1, and an exponent that makes much of it */
				x = 1 + (float)(int32_t)next_random(&state) * 0x1p-38f, y *= 100;
		}
		z = pairs[_i].ours(x, y);
		e = ulps(z, pairs[_i].theirs(x, y));
		if (e > worst) {
			worst = e;
			wx = x;
			wy = y;
		}
		if (!(e <= pairs[_i].ulp))
			ck_abort_msg("%s(%a, %a) = %a, expected %a: %g ulp, seed %ld",
				     pairs[_i].name, (double)x, (double)y, (double)z,
				     pairs[_i].theirs(x, y), e, env("EDGERT_SEED", 1));
	}
	if (env("EDGERT_MATH_SHOW", 0))
		printf("%-9s %.3f ulp at %a, %a\n", pairs[_i].name, worst, (double)wx, (double)wy);
}
END_TEST

Suite *suite_math_f32(void)
{
	const struct unit_test tests[] = {
		{ "functions", error_within_the_stated, ARRAY_LEN(functions) },
		{ "pairs", pairs_within_the_stated, ARRAY_LEN(pairs) },
	};
	return UNIT_SUITE("math_f32", tests);
}
