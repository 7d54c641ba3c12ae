#include "unit.h"

static const struct {
	bool (*op)(int64_t, int64_t, int64_t *);
	int64_t a, b;
	bool fits;
	int64_t result;
} arith_cases[] = {
	{ add_i64, 2, 3, true, 5 },
	{ add_i64, INT64_MAX, 0, true, INT64_MAX },
	{ add_i64, INT64_MAX, 1, false, 0 },
	{ add_i64, INT64_MIN, -1, false, 0 },
	{ add_i64, INT64_MAX, INT64_MIN, true, -1 },
	{ sub_i64, 2, 3, true, -1 },
	{ sub_i64, 0, INT64_MIN, false, 0 },
	{ sub_i64, -1, INT64_MIN, true, INT64_MAX },
	{ sub_i64, INT64_MIN, 1, false, 0 },
	{ mul_i64, -4, 5, true, -20 },
	{ mul_i64, INT64_MIN, -1, false, 0 },
	{ mul_i64, INT64_MIN, 1, true, INT64_MIN },
	{ mul_i64, 3037000500, 3037000500, false, 0 }, /* just above 2^63 */
	{ mul_i64, 3037000499, 3037000499, true, 9223372030926249001 },
	{ mul_i64, (int64_t)1 << 62, 2, false, 0 },
	{ mul_i64, (int64_t)1 << 62, -2, true, INT64_MIN },
};

START_TEST(arith)
{
	int64_t out = 77;
	ck_assert_int_eq(arith_cases[_i].op(arith_cases[_i].a, arith_cases[_i].b, &out),
			 arith_cases[_i].fits);
	ck_assert_int_eq(out, arith_cases[_i].fits ? arith_cases[_i].result : 77);
}
END_TEST

static const struct {
	bool (*op)(size_t, size_t, size_t *);
	size_t a, b;
	bool fits;
	size_t result;
} size_cases[] = {
	{ add_size, 1, 2, true, 3 },
	{ add_size, SIZE_MAX, 1, false, 0 },
	{ add_size, SIZE_MAX, 0, true, SIZE_MAX },
	{ mul_size, 6, 7, true, 42 },
	{ mul_size, SIZE_MAX / 2, 2, true, SIZE_MAX - 1 },
	{ mul_size, SIZE_MAX / 2 + 1, 2, false, 0 },
	{ mul_size, SIZE_MAX, 0, true, 0 },
};

START_TEST(sizes)
{
	size_t out = 77;
	ck_assert_int_eq(size_cases[_i].op(size_cases[_i].a, size_cases[_i].b, &out),
			 size_cases[_i].fits);
	ck_assert_uint_eq(out, size_cases[_i].fits ? size_cases[_i].result : 77);
}
END_TEST

static const struct {
	int64_t a, b, div, mod;
} floor_cases[] = {
	{ 7, 2, 3, 1 },
	{ -7, 2, -4, 1 },
	{ 7, -2, -4, -1 },
	{ -7, -2, 3, -1 },
	{ 6, 3, 2, 0 },
	{ -6, 3, -2, 0 },
	{ 0, -5, 0, 0 },
	{ -1, INT64_MAX, -1, INT64_MAX - 1 },
	{ INT64_MIN, 1, INT64_MIN, 0 },
	{ INT64_MIN, INT64_MAX, -2, INT64_MAX - 1 },
	{ INT64_MIN, -1, INT64_MIN, 0 }, /* wraps, must not trap */
};

START_TEST(floors)
{
	ck_assert_int_eq(floor_div(floor_cases[_i].a, floor_cases[_i].b), floor_cases[_i].div);
	ck_assert_int_eq(floor_mod(floor_cases[_i].a, floor_cases[_i].b), floor_cases[_i].mod);
}
END_TEST

static const struct {
	int64_t a, b, result;
} ceil_cases[] = {
	{ 7, 2, 4 },
	{ 8, 2, 4 },
	{ 1, 100, 1 },
	{ 0, 3, 0 },
	{ -7, 2, -3 },
	{ -1, 100, 0 },
	{ INT64_MAX, 2, (int64_t)1 << 62 },
	{ INT64_MAX, INT64_MAX, 1 },
	{ INT64_MIN, 3, -3074457345618258602 },
};

START_TEST(ceils)
{
	ck_assert_int_eq(ceil_div(ceil_cases[_i].a, ceil_cases[_i].b), ceil_cases[_i].result);
}
END_TEST

static const struct {
	size_t n, multiple, result;
} round_cases[] = {
	{ 0, 16, 0 },
	{ 1, 16, 16 },
	{ 16, 16, 16 },
	{ 17, 16, 32 },
	{ 10, 3, 12 },
	{ 5, 1, 5 },
	{ SIZE_MAX - 15, 16, SIZE_MAX - 15 },
};

START_TEST(rounds)
{
	ck_assert_uint_eq(round_up(round_cases[_i].n, round_cases[_i].multiple),
			  round_cases[_i].result);
}
END_TEST

static const struct {
	const char *text;
	int64_t bytes; /* -1: not a number of bytes */
} byte_cases[] = {
	{ "0", 0 },
	{ "12", 12 },
	{ "64K", 65536 },
	{ "2M", 2097152 },
	{ "1G", 1073741824 },
	{ "0x1F", 31 },
	{ "0x20K", 32768 },
	{ "9223372036854775807", INT64_MAX },
	{ "9223372036854775808", -1 },
	{ "9007199254740992K", -1 },
	{ "", -1 },
	{ "K", -1 },
	{ "0x", -1 },
	{ "1f", -1 },
	{ "1KB", -1 },
	{ "1k", -1 },
	{ "-1", -1 },
	{ " 1", -1 },
};

START_TEST(bytes)
{
	int64_t out = -1;
	ck_assert_int_eq(size_parse(byte_cases[_i].text, &out), byte_cases[_i].bytes >= 0);
	ck_assert_int_eq(out, byte_cases[_i].bytes);
}
END_TEST

Suite *suite_checked(void)
{
	const struct unit_test tests[] = {
		{ "arith", arith, ARRAY_LEN(arith_cases) },
		{ "sizes", sizes, ARRAY_LEN(size_cases) },
		{ "floors", floors, ARRAY_LEN(floor_cases) },
		{ "ceils", ceils, ARRAY_LEN(ceil_cases) },
		{ "rounds", rounds, ARRAY_LEN(round_cases) },
		{ "bytes", bytes, ARRAY_LEN(byte_cases) },
	};
	return UNIT_SUITE("checked", tests);
}
