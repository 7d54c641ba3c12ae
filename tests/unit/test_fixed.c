/* fixed.h against long double, which holds every float, double and 64-bit integer, and against
 * exact 128-bit arithmetic. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/kernels/fixed.h"
#include "runtime/kernels/scalar.h"

__extension__ typedef __int128 wide;

/* One row per target type: both roundings, from both float types. */
#define WRAP(T)                                                                                    \
	static long double cast32_##T(double x)                                                    \
	{                                                                                          \
		return (long double)edgert_cast_f32_##T((float)x);                                 \
	}                                                                                          \
	static long double cast64_##T(double x)                                                    \
	{                                                                                          \
		return (long double)edgert_cast_f64_##T(x);                                        \
	}                                                                                          \
	static long double round32_##T(double x)                                                   \
	{                                                                                          \
		return (long double)edgert_round_f32_##T((float)x);                                \
	}                                                                                          \
	static long double round64_##T(double x)                                                   \
	{                                                                                          \
		return (long double)edgert_round_f64_##T(x);                                       \
	}

/* clang-format off */
WRAP(i8) WRAP(u8) WRAP(i16) WRAP(u16) WRAP(i32) WRAP(u32) WRAP(i64) WRAP(u64)
#define ROW(T, min, max) { #T, cast32_##T, cast64_##T, round32_##T, round64_##T, (min), (max) }
static const struct {
	const char *name;
	long double (*cast32)(double), (*cast64)(double), (*round32)(double), (*round64)(double);
	long double min, max;
} casts[] = {
	ROW(i8, INT8_MIN, INT8_MAX),
	ROW(u8, 0, UINT8_MAX),
	ROW(i16, INT16_MIN, INT16_MAX),
	ROW(u16, 0, UINT16_MAX),
	ROW(i32, INT32_MIN, INT32_MAX),
	ROW(u32, 0, UINT32_MAX),
	ROW(i64, INT64_MIN, INT64_MAX),
	ROW(u64, 0, (long double)UINT64_MAX),
};
/* clang-format on */

static long double clamp(long double x, long double lo, long double hi)
{
	return isnan(x) ? 0 : x < lo ? lo : x > hi ? hi : x;
}

static void check_cast(int row, double x)
{
	float f = (float)x;
	long double lo = casts[row].min, hi = casts[row].max;

	if (casts[row].cast32(x) != clamp(truncl((long double)f), lo, hi))
		ck_abort_msg("cast f32 %a to %s", x, casts[row].name);
	if (casts[row].cast64(x) != clamp(truncl((long double)x), lo, hi))
		ck_abort_msg("cast f64 %a to %s", x, casts[row].name);
	if (casts[row].round32(x) != clamp(rintl((long double)f), lo, hi))
		ck_abort_msg("round f32 %a to %s", x, casts[row].name);
	if (casts[row].round64(x) != clamp(rintl((long double)x), lo, hi))
		ck_abort_msg("round f64 %a to %s", x, casts[row].name);
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 32 | *state << 32;
}

START_TEST(casts_saturate)
{
	static const double near[] = { 0,      1,      127,   128,    255,     256,    32767,
				       32768,  65535,  65536, 0x1p24, 0x1p31,  0x1p32, 0x1p53,
				       0x1p63, 0x1p64, 1e30,  1e300,  INFINITY };
	static const double off[] = { 0, 0.25, 0.5, 0.75, 1, 1.5, 2.5 };
	uint64_t state = 1;

	for (size_t i = 0; i < ARRAY_LEN(near); i++)
		for (size_t j = 0; j < ARRAY_LEN(off); j++)
			for (int s = 0; s < 4; s++) {
				double x = (s & 1 ? -1 : 1) * (near[i] + (s & 2 ? -1 : 1) * off[j]);

				check_cast(_i, x);
				check_cast(_i, nextafter(x, -INFINITY));
				check_cast(_i, (double)nextafterf((float)x, -INFINITY));
			}
	for (int i = 0; i < 100000; i++) {
		double x = ldexp((double)(int64_t)next_random(&state),
				 -(int)(next_random(&state) % 70));

		check_cast(_i, x);
	}
	check_cast(_i, NAN);
}
END_TEST

static const struct {
	const char *name;
	int lo, hi, zero_lo, zero_hi;
} requants[] = {
	{ "s8", INT8_MIN, INT8_MAX, INT8_MIN, INT8_MAX },
	{ "u8", 0, UINT8_MAX, 0, UINT8_MAX },
	{ "s16", INT16_MIN, INT16_MAX, INT16_MIN, INT16_MAX },
	{ "u16", 0, UINT16_MAX, 0, UINT16_MAX },
};

static int requant(int row, int32_t acc, float scale, int zp)
{
	switch (row) {
	case 0:
		return edgert_requant_s8(acc, scale, zp);
	case 1:
		return edgert_requant_u8(acc, scale, zp);
	case 2:
		return edgert_requant_s16(acc, scale, zp);
	default:
		return edgert_requant_u16(acc, scale, zp);
	}
}

START_TEST(requant_is_onnx)
{
	uint64_t state = 2;

	for (int i = 0; i < 200000; i++) {
		int32_t acc = (int32_t)next_random(&state) >> (next_random(&state) % 31);
		float scale = ldexpf(1 + (float)(next_random(&state) & 0xffffff) * 0x1p-24f,
				     -(int)(next_random(&state) % 33));
		int span = requants[_i].zero_hi - requants[_i].zero_lo + 1;
		int zp = requants[_i].zero_lo + (int)(next_random(&state) % (unsigned)span);
		float product;
		double y;

		if (i % 4 == 0) /* ties */
			scale = 0.5f;
		product = (float)acc * scale;
		y = rint((double)product) + zp;
		y = y < requants[_i].lo   ? requants[_i].lo
		    : y > requants[_i].hi ? requants[_i].hi
					  : y;
		if (requant(_i, acc, scale, zp) != (int)y)
			ck_abort_msg("%s: %d * %a + %d = %d, expected %g", requants[_i].name, acc,
				     (double)scale, zp, requant(_i, acc, scale, zp), y);
	}
	ck_assert_int_eq(requant(_i, INT32_MAX, 1, 0), requants[_i].hi);
	ck_assert_int_eq(requant(_i, INT32_MIN, 1, 0), requants[_i].lo);
	ck_assert_int_eq(requant(_i, 3, 0.5f, 0), 2);
	ck_assert_int_eq(requant(_i, 5, 0.5f, 0), 2);
	ck_assert_int_eq(requant(_i, INT32_MAX, INFINITY, 0), requants[_i].hi);
}
END_TEST

/* floor(a / 2^n) of a 128-bit number. */
static wide shifted(wide a, int n)
{
	wide d = (wide)1 << n, q = a / d;

	return q - (a % d < 0);
}

START_TEST(fixed_point_rounds_once)
{
	uint64_t state = 3;

	for (int i = 0; i < 200000; i++) {
		int32_t a = (int32_t)next_random(&state) >> (next_random(&state) % 31);
		int32_t m = (int32_t)(next_random(&state) >> 34 | 0x40000000);
		int shift = (int)(next_random(&state) % 62) - 31,
		    n = (int)(next_random(&state) % 32), zp = (int8_t)a;
		wide y = shifted(((wide)a * m) * 2 + ((wide)1 << (31 - shift)), 32 - shift);
		long double c = clamp((long double)y, INT32_MIN, INT32_MAX);

		bool ok = (edgert_scale_fixed(a, m, shift) == (int32_t)c);
		ok = ok && (edgert_requant_fixed_s8(a, m, shift, zp) ==
			    (int)clamp((long double)y + zp, -128, 127));
		ok = ok && (edgert_requant_fixed_u8(a, m, shift, zp & 255) ==
			    (int)clamp((long double)y + (zp & 255), 0, 255));
		ok = ok && (edgert_requant_fixed_s16(a, m, shift, 0) ==
			    (int)clamp((long double)y, -32768, 32767));
		ok = ok && (edgert_rounding_shift_right(a, n) ==
			    (int32_t)shifted((wide)a * 2 + ((wide)1 << n), n + 1));
		ok = ok && (edgert_doubling_high_mul(a, m) ==
			    (int32_t)shifted((wide)a * m + 0x40000000, 31));

		if (!ok)
			ck_abort_msg("%d * %d, shift %d, shift right %d", a, m, shift, n);
	}
	ck_assert_int_eq(edgert_doubling_high_mul(INT32_MIN, INT32_MIN), INT32_MAX);
	ck_assert_int_eq(edgert_doubling_high_mul(INT32_MIN, INT32_MAX), -INT32_MAX);
	ck_assert_int_eq(edgert_rounding_shift_right(INT32_MAX, 0), INT32_MAX);
	ck_assert_int_eq(edgert_rounding_shift_right(INT32_MIN, 31), -1);
	ck_assert_int_eq(edgert_rounding_shift_right(-3, 1), -1);
}
END_TEST

START_TEST(scaled_is_one_rounding)
{
	static const int32_t ends[] = { INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX };
	uint64_t state = 4;

	for (int i = 0; i < 200000; i++) {
		int32_t a = (int32_t)next_random(&state) >> (next_random(&state) % 31);
		int32_t m = (int32_t)next_random(&state) >> (next_random(&state) % 31);
		int bits = 1 + (int)(next_random(&state) % 62);
		int32_t lo = (int32_t)next_random(&state) >> (next_random(&state) % 31), hi;
		wide y;

		if (i < 36 * 62) {
			a = ends[i % 6];
			m = ends[i / 6 % 6];
			bits = 1 + i / 36;
		}
		hi = lo > INT32_MAX - 255 ? INT32_MAX : lo + 255;
		y = shifted((wide)a * m + ((wide)1 << (bits - 1)), bits);
		y = y < lo ? lo : y > hi ? hi : y;
		if (edgert_scaled_i32(a, m, bits, lo, hi) != (int32_t)y)
			ck_abort_msg("%d * %d / 2^%d in [%d, %d]", a, m, bits, lo, hi);
		if (edgert_scaled_short_i32(a >> 15, m, bits, lo, hi) !=
		    edgert_scaled_i32(a >> 15, m, bits, lo, hi))
			ck_abort_msg("short: %d * %d / 2^%d in [%d, %d]", a >> 15, m, bits, lo, hi);
		y = shifted((wide)a + ((wide)1 << (bits - 1)), bits);
		y = y < lo ? lo : y > hi ? hi : y;
		if (bits > 1 && edgert_rounded_shift_i32(a, bits, lo, hi) != (int32_t)y)
			ck_abort_msg("%d / 2^%d in [%d, %d]", a, bits, lo, hi);
		y = shifted(a, bits & 31);
		if (edgert_shift_right_i32(a, bits & 31) != (int32_t)y)
			ck_abort_msg("%d >> %d", a, bits & 31);
	}
}
END_TEST

/* q is floor(a / b): the rest is of b's sign, and smaller. */
START_TEST(quotients_are_rounded_down)
{
	static const int64_t ends[] = {
		INT64_MIN, -1, 0, 1, UINT32_MAX, INT64_C(1) << 32, INT64_MAX
	};
	uint64_t state = 6;

	for (int i = 0; i < 200000; i++) {
		int64_t a = (int64_t)next_random(&state) >> (next_random(&state) % 63);
		int64_t b = (int64_t)next_random(&state) >> (next_random(&state) % 63);
		wide rest;

		if (i < 49) {
			a = ends[i % 7];
			b = ends[i / 7];
		}
		if (b == 0 || (a == INT64_MIN && b == -1))
			continue;
		rest = a - (wide)edgert_floordiv_i64(a, b) * b;
		if (b > 0 ? rest < 0 || rest >= b : rest > 0 || rest <= b)
			ck_abort_msg("%lld / %lld", (long long)a, (long long)b);
	}
	ck_assert_int_eq(edgert_floordiv_i64(5, 0), 0);
}
END_TEST

START_TEST(nearest_saturates)
{
	static const struct {
		int32_t lo, hi;
	} rows[] = {
		{ -128, 127 }, { 0, 255 }, { -65535, 65535 }, { 0, 0 }, { -4194303, 4194303 }
	};
	uint64_t state = 5;

	for (int i = 0; i < 200000; i++) {
		const int r = i % (int)ARRAY_LEN(rows);
		float x = ldexpf((float)(int32_t)next_random(&state),
				 -(int)(next_random(&state) % 40));

		if (i % 4 == 0) /* ties */
			x = (float)(int32_t)(next_random(&state) % 4096) - 2047.5f;
		if (edgert_nearest_f32_i32(x, rows[r].lo, rows[r].hi) !=
		    (int32_t)clamp(rintl((long double)x), rows[r].lo, rows[r].hi))
			ck_abort_msg("%a in [%d, %d]", (double)x, rows[r].lo, rows[r].hi);
		if (edgert_quantized_f32_i32(x, r * 3, -128, 127) !=
		    (int32_t)clamp(rintl((long double)x) + r * 3, -128, 127))
			ck_abort_msg("%a + %d in bytes", (double)x, r * 3);
	}
	ck_assert_int_eq(edgert_quantized_f32_i32(NAN, 3, -128, 127), 0);
	ck_assert_int_eq(edgert_quantized_f32_i32(INFINITY, 3, 0, 255), 255);
	ck_assert_int_eq(edgert_quantized_f32_i32(-INFINITY, 3, 0, 255), 0);
	ck_assert_int_eq(edgert_nearest_f32_i32(NAN, -128, 127), 0);
	ck_assert_int_eq(edgert_nearest_f32_i32(INFINITY, -128, 127), 127);
	ck_assert_int_eq(edgert_nearest_f32_i32(-INFINITY, -128, 127), -128);
}
END_TEST

/* A float scale as multiplier and shift is exact. */
START_TEST(scale_splits_exactly)
{
	static const float scales[] = {
		1,        0.5f,     0.0078125f,    0.00392156886f, 3.7252903e-9f,
		123.456f, 0x1p-32f, 0x1.fffffep29f
	};

	for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
		int shift;
		int32_t m = edgert_fixed_scale(scales[i], &shift);

		ck_assert_int_ge(m, 0x40000000);
		ck_assert_int_ge(shift, -31);
		ck_assert_int_le(shift, 30);
		ck_assert_double_eq(ldexp(m, shift - 31), (double)scales[i]);
	}
}
END_TEST

Suite *suite_fixed(void)
{
	const struct unit_test tests[] = {
		{ "casts", casts_saturate, ARRAY_LEN(casts) },
		{ "requant", requant_is_onnx, ARRAY_LEN(requants) },
		{ "fixed_point", fixed_point_rounds_once, 0 },
		{ "scaled", scaled_is_one_rounding, 0 },
		{ "quotients", quotients_are_rounded_down, 0 },
		{ "nearest", nearest_saturates, 0 },
		{ "scale", scale_splits_exactly, 0 },
	};
	return UNIT_SUITE("fixed", tests);
}
