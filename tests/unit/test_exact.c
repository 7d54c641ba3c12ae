/* The forms of exact.h that need no instruction of the machine's, against libm: bit for bit. */
#define EDGERT_PORTABLE
#include "unit.h"

#include <math.h>

#include "runtime/kernels/exact.h"

static const struct {
	const char *name;
	float (*ours32)(float);
	float (*theirs32)(float);
	double (*ours64)(double);
	double (*theirs64)(double);
} functions[] = {
	{ "sqrt", edgert_sqrtf, sqrtf, edgert_sqrt, sqrt },
	{ "rint", edgert_rintf, rintf, edgert_rint, rint },
	{ "floor", edgert_floorf, floorf, edgert_floor, floor },
	{ "ceil", edgert_ceilf, ceilf, edgert_ceil, ceil },
	{ "trunc", edgert_truncf, truncf, edgert_trunc, trunc },
	{ "round", edgert_roundf, roundf, edgert_round, round },
};

static void check32(int row, float x)
{
	float y = functions[row].ours32(x), want = functions[row].theirs32(x);

	if (edgert_f32_bits(y) != edgert_f32_bits(want) && !(isnan(y) && isnan(want)))
		ck_abort_msg("%sf(%a) = %a, expected %a", functions[row].name, (double)x, (double)y,
			     (double)want);
}

static void check64(int row, double x)
{
	double y = functions[row].ours64(x), want = functions[row].theirs64(x);

	if (edgert_f64_bits(y) != edgert_f64_bits(want) && !(isnan(y) && isnan(want)))
		ck_abort_msg("%s(%a) = %a, expected %a", functions[row].name, x, y, want);
}

START_TEST(as_libm)
{
	uint64_t state = 1;

	for (int i = -3000; i < 3000;
	     i++) { /* quarters, and what lies beside them; around each power of two */
		double x = i * 0.25;

		check32(_i, (float)x);
		check32(_i, nextafterf((float)x, INFINITY));
		check32(_i, ldexpf(1 + (float)(i % 7) * 0x1p-23f, i % 150));
		check64(_i, x);
		check64(_i, nextafter(x, INFINITY));
		check64(_i, ldexp(1 + (i % 7) * 0x1p-52, i % 1074));
	}
	for (int i = 0; i < 200000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		check32(_i, edgert_f32_from_bits((uint32_t)(state >> 32)));
		check64(_i, edgert_f64_from_bits(state >> 32 ^ state << 31));
	}
	check32(_i, -0.0f), check32(_i, INFINITY), check32(_i, -INFINITY), check32(_i, NAN);
	check64(_i, -0.0), check64(_i, INFINITY), check64(_i, -INFINITY), check64(_i, NAN);
}
END_TEST

Suite *suite_exact(void)
{
	const struct unit_test tests[] = { { "as_libm", as_libm, ARRAY_LEN(functions) } };
	return UNIT_SUITE("exact", tests);
}
