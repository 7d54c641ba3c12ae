/* The float64 functions against libm's in long double: random arguments of every size, and of the
 * sizes where each function is busy. EDGERT_MATH_COUNT and EDGERT_SEED set how many and which;
 * EDGERT_MATH_SHOW=1 prints what was found. */
#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/kernels/math.h"

static long double sigmoidl(long double x)
{
	return 1 / (1 + expl(-x));
}
static long double softplusl(long double x)
{
	return x > 60 ? x : log1pl(expl(x));
}

static const struct {
	const char *name;
	double (*ours)(double);
	long double (*theirs)(long double);
	double ulp;
	double busy; /* |x| up to here for half of the arguments */
} functions[] = {
	{ "exp", edgert_exp, expl, 1.0, 750 },
	{ "exp2", edgert_exp2, exp2l, 1.1, 1080 },
	{ "expm1", edgert_expm1, expm1l, 2.0, 50 },
	{ "log", edgert_log, logl, 0.9, 4 },
	{ "log2", edgert_log2, log2l, 0.9, 4 },
	{ "log1p", edgert_log1p, log1pl, 1.0, 4 },
	{ "sigmoid", edgert_sigmoid, sigmoidl, 2.5, 50 },
	{ "tanh", edgert_tanh, tanhl, 2.5, 25 },
	{ "softplus", edgert_softplus, softplusl, 2.0, 50 },
	{ "sinh", edgert_sinh, sinhl, 2.5, 30 },
	{ "cosh", edgert_cosh, coshl, 2.0, 720 },
	{ "asinh", edgert_asinh, asinhl, 2.5, 8 },
	{ "acosh", edgert_acosh, acoshl, 2.5, 8 },
	{ "atanh", edgert_atanh, atanhl, 2.5, 1 },
	{ "erf", edgert_erf, erfl, 1.5, 6 },
	{ "sin", edgert_sin, sinl, 1.5, 1000 },
	{ "cos", edgert_cos, cosl, 1.5, 1000 },
	{ "tan", edgert_tan, tanl, 2.5, 1000 },
	{ "asin", edgert_asin, asinl, 1.8, 1 },
	{ "acos", edgert_acos, acosl, 1.5, 1 },
	{ "atan", edgert_atan, atanl, 1.8, 4 },
	{ "sqrt", edgert_sqrt, sqrtl, 0.501, 4 },
	{ "rint", edgert_rint, rintl, 0, 1e9 },
	{ "floor", edgert_floor, floorl, 0, 1e9 },
	{ "ceil", edgert_ceil, ceill, 0, 1e9 },
	{ "trunc", edgert_trunc, truncl, 0, 1e9 },
	{ "round", edgert_round, roundl, 0, 1e9 },
};

/* |y - r| in units of the last place of double at r; infinite if only one is special. */
static double ulps(double y, long double r)
{
	int e;

	if (isnan(r) || isnan(y))
		return isnan(r) && isnan(y) ? 0 : INFINITY;
	if (fabsl(r) >= 0x1.fffffffffffff8p1023L)
		return isinf(y) && !signbit(y) == !signbit(r) ? 0 : INFINITY;
	if ((r == 0 || y == 0) && !signbit(r) != !signbit(y))
		return INFINITY;
	if (isinf(y))
		return (double)ldexpl(ldexpl(1, 1024) - fabsl(r), -971);
	frexpl(r, &e);
	return (double)ldexpl(fabsl((long double)y - r), 53 - (e < -1021 ? -1021 : e));
}

/* Where long double has no more bits than double, libm's own error comes on top. */
static double allowed(double ulp)
{
	return ulp && LDBL_MANT_DIG < 64 ? ulp + 1 : ulp;
}

static long env(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s ? strtol(s, NULL, 10) : otherwise;
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 32 ^ *state << 31;
}

/* In [-1, 1). */
static double unit(uint64_t *state)
{
	return (double)(int64_t)next_random(state) * 0x1p-63;
}

START_TEST(error_within_the_stated)
{
	static const double special[] = { 0,
					  0x1p-1074,
					  0x1p-1022,
					  0x1p-54,
					  1e-8,
					  0.25,
					  0.41421356237309503,
					  0.5,
					  0.70710678118654752,
					  0.84,
					  1,
					  1.4142135623730951,
					  1.5,
					  1.5707963267948966,
					  2.2,
					  2.414213562373095,
					  2.5,
					  3.141592653589793,
					  6,
					  22,
					  25,
					  40,
					  709.78271289338397,
					  710.4758600739439,
					  745.13321910194122,
					  1024,
					  1074,
					  1e9,
					  0x1p51,
					  0x1p52,
					  0x1p53,
					  0x1p63,
					  6381956970095103 * 0x1p797,
					  0x1.fffffffffffffp1023,
					  INFINITY,
					  NAN };
	long count = env("EDGERT_MATH_COUNT", 100000), seed = env("EDGERT_SEED", 1);
	uint64_t state = (uint64_t)seed;
	double worst = 0, at = 0;

	for (long i = 0; i < (long)ARRAY_LEN(special) * 40 + count; i++) {
		double x, y, e;

		if (i < (long)ARRAY_LEN(special) * 40) {
			x = edgert_f64_from_bits(edgert_f64_bits(special[i / 40]) +
						 (uint64_t)(i % 40 / 2) - 10);
			x = i & 1 ? -x : x;
		} else {
			x = i & 1 ? edgert_f64_from_bits(next_random(&state))
				  : functions[_i].busy * unit(&state);
		}
		y = functions[_i].ours(x);
		e = ulps(y, functions[_i].theirs((long double)x));
		if (e > worst) {
			worst = e;
			at = x;
		}
		if (!(e <= allowed(functions[_i].ulp)))
			ck_abort_msg("%s(%a) = %a, expected %La: %g ulp, seed %ld",
				     functions[_i].name, x, y, functions[_i].theirs((long double)x),
				     e, seed);
	}
	if (env("EDGERT_MATH_SHOW", 0))
		printf("%-9s %.3f ulp at %a\n", functions[_i].name, worst, at);
}
END_TEST

static long double mod_floorl(long double x, long double y)
{
	long double r = fmodl(x, y);

	return r == 0 ? copysignl(0, y) : (r < 0) != (y < 0) ? r + y : r;
}

static const struct {
	const char *name;
	double (*ours)(double, double);
	long double (*theirs)(long double, long double);
	double ulp;
} pairs[] = {
	{ "pow", edgert_pow, powl, 1.3 },
	{ "atan2", edgert_atan2, atan2l, 2.0 },
	{ "fmod", edgert_fmod, fmodl, 0 },
	{ "mod_floor", edgert_mod_floor, mod_floorl, 0.501 },
};

START_TEST(pairs_within_the_stated)
{
	static const double special[] = { 0,
					  0x1p-1074,
					  0x1p-1022,
					  1e-200,
					  0.5,
					  0x1.fffffffffffffp-1,
					  1,
					  0x1.0000000000001p0,
					  1.5,
					  2,
					  3,
					  7,
					  4503599627370495.0,
					  0x1p52,
					  9007199254740991.0,
					  0x1p53,
					  0x1p54,
					  1e200,
					  0x1p1023,
					  0x1.fffffffffffffp1023,
					  INFINITY,
					  NAN };
	int n = (int)(2 * ARRAY_LEN(special));
	long count = env("EDGERT_MATH_COUNT", 100000), seed = env("EDGERT_SEED", 1);
	uint64_t state = (uint64_t)seed;
	double worst = 0, wx = 0, wy = 0;

	for (long i = 0; i < (long)n * n + count; i++) {
		double x, y, z, e;

		if (i < (long)n * n) {
			x = special[i / n / 2] * (i / n & 1 ? -1 : 1);
			y = special[i % n / 2] * (i & 1 ? -1 : 1);
		} else {
			x = edgert_f64_from_bits(next_random(&state));
			y = edgert_f64_from_bits(next_random(&state));
			if (i & 1) {
				x = edgert_f64_from_bits(next_random(&state) >> 2 |
							 0x2000000000000000u);
				y = ldexp(unit(&state), (int)(next_random(&state) % 12));
			}
			if (i % 3 == 0) /* near 1, and an exponent that makes much of it */
				x = 1 + unit(&state) * 0x1p-6, y = unit(&state) * 0x1p15;
		}
		z = pairs[_i].ours(x, y);
		e = ulps(z, pairs[_i].theirs((long double)x, (long double)y));
		if (e > worst) {
			worst = e;
			wx = x;
			wy = y;
		}
		if (!(e <= allowed(pairs[_i].ulp)))
			ck_abort_msg("%s(%a, %a) = %a, expected %La: %g ulp, seed %ld",
				     pairs[_i].name, x, y, z,
				     pairs[_i].theirs((long double)x, (long double)y), e, seed);
	}
	if (env("EDGERT_MATH_SHOW", 0))
		printf("%-9s %.3f ulp at %a, %a\n", pairs[_i].name, worst, wx, wy);
}
END_TEST

Suite *suite_math_f64(void)
{
	const struct unit_test tests[] = {
		{ "functions", error_within_the_stated, ARRAY_LEN(functions) },
		{ "pairs", pairs_within_the_stated, ARRAY_LEN(pairs) },
	};
	return UNIT_SUITE("math_f64", tests);
}
