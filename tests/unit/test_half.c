/* half.h against values computed from the formats' definitions with ldexp: every code of every type
 * is decoded, and each midpoint between neighbours, and the doubles beside it, must round as the
 * definition says. */
#include <math.h>
#include <stdlib.h>

#include "runtime/kernels/half.h"
#include "tests/unit/unit.h"

/* A small type. `inf` and `nan` are codes without sign; `uz`: 0x80 is the only NaN and there is no
 * -0. */
struct small {
	const char *name;
	int mant, bias;
	unsigned max, inf, sign; /* largest finite code; code of infinity or 0; sign bit */
	int uz;
	float (*decode)(unsigned code);
	unsigned (*encode)(float x);
};

static float f16_to(unsigned c)
{
	return edgert_f16_to_f32((uint16_t)c);
}
static unsigned f16_from(float x)
{
	return edgert_f16_from_f32(x);
}
static float bf16_to(unsigned c)
{
	return edgert_bf16_to_f32((uint16_t)c);
}
static unsigned bf16_from(float x)
{
	return edgert_bf16_from_f32(x);
}
static float e4m3fn_to(unsigned c)
{
	return edgert_f8e4m3fn_to_f32((uint8_t)c);
}
static unsigned e4m3fn_from(float x)
{
	return edgert_f8e4m3fn_from_f32(x, 0);
}
static float e4m3fnuz_to(unsigned c)
{
	return edgert_f8e4m3fnuz_to_f32((uint8_t)c);
}
static unsigned e4m3fnuz_from(float x)
{
	return edgert_f8e4m3fnuz_from_f32(x, 0);
}
static float e5m2_to(unsigned c)
{
	return edgert_f8e5m2_to_f32((uint8_t)c);
}
static unsigned e5m2_from(float x)
{
	return edgert_f8e5m2_from_f32(x, 0);
}
static float e5m2fnuz_to(unsigned c)
{
	return edgert_f8e5m2fnuz_to_f32((uint8_t)c);
}
static unsigned e5m2fnuz_from(float x)
{
	return edgert_f8e5m2fnuz_from_f32(x, 0);
}
static float f4_to(unsigned c)
{
	return edgert_f4e2m1_to_f32((uint8_t)c);
}
static unsigned f4_from(float x)
{
	return edgert_f4e2m1_from_f32(x);
}

static const struct small types[] = {
	{ "f16", 10, 15, 0x7bff, 0x7c00, 0x8000, 0, f16_to, f16_from },
	{ "bf16", 7, 127, 0x7f7f, 0x7f80, 0x8000, 0, bf16_to, bf16_from },
	{ "e4m3fn", 3, 7, 0x7e, 0, 0x80, 0, e4m3fn_to, e4m3fn_from },
	{ "e4m3fnuz", 3, 8, 0x7f, 0, 0x80, 1, e4m3fnuz_to, e4m3fnuz_from },
	{ "e5m2", 2, 15, 0x7b, 0x7c, 0x80, 0, e5m2_to, e5m2_from },
	{ "e5m2fnuz", 2, 16, 0x7f, 0, 0x80, 1, e5m2fnuz_to, e5m2fnuz_from },
	{ "f4e2m1", 1, 1, 0x7, 0, 0x8, 0, f4_to, f4_from },
};

/* The value of a code, straight from the format; also one past the largest, to find where overflow
 * begins. */
static double value(const struct small *t, unsigned code)
{
	int e = (int)(code >> t->mant);
	double m = code & ((1u << t->mant) - 1);

	if (e == 0)
		return ldexp(m, 1 - t->bias - t->mant);
	return ldexp(m + ldexp(1, t->mant), e - t->bias - t->mant);
}

START_TEST(every_code_decodes)
{
	const struct small *t = &types[_i];

	for (unsigned c = 0; c <= t->max; c++) {
		ck_assert_double_eq(t->decode(c), value(t, c));
		if (c || !t->uz)
			ck_assert_double_eq(t->decode(c | t->sign), -value(t, c));
	}
	ck_assert_int_eq(signbit(t->decode(0)), 0);
	if (t->uz)
		ck_assert(isnan(t->decode(0x80)));
	else
		ck_assert_int_ne(signbit(t->decode(t->sign)), 0);
	if (t->inf)
		ck_assert(isinf(t->decode(t->inf)) && isnan(t->decode(t->inf + 1)) &&
			  isnan(t->decode(t->sign - 1)));
}
END_TEST

START_TEST(midpoints_round_to_even)
{
	const struct small *t = &types[_i];

	for (unsigned c = 0; c <= t->max; c++) {
		/* The last midpoint lies between the largest value and the one that would follow.
		 */
		unsigned past = c == t->max ? (t->inf  ? t->inf
					       : t->uz ? 0x80
						       : t->max + (t->sign == 0x80))
					    : c + 1;
		unsigned neg = t->uz && past == 0x80 ? 0x80 : past | t->sign;
		float mid = (float)((value(t, c) + value(t, c + 1)) / 2);
		unsigned even = c & 1 ? past : c;

		if (t->bias == 127 && c == t->max)
			mid = (float)(ldexp(2 - ldexp(1, -8), 127));
		if (t->max == 7 && c == 7) /* f4 saturates */
			past = c, neg = c | t->sign, even = c;
		ck_assert_uint_eq(t->encode(t->decode(c)), c);
		ck_assert_uint_eq(t->encode(mid), even);
		ck_assert_uint_eq(t->encode(nextafterf(mid, 0)), c);
		ck_assert_uint_eq(t->encode(nextafterf(mid, INFINITY)), past);
		ck_assert_uint_eq(t->encode(-nextafterf(mid, INFINITY)), neg);
	}
	ck_assert_uint_eq(t->encode(-0.0f), t->uz ? 0 : t->sign);
	ck_assert_uint_eq(t->encode(-ldexpf(1, -149)), t->uz ? 0 : t->sign);
}
END_TEST

/* ONNX Cast, its two float8 tables and the e8m0 and e2m1 ones. */
START_TEST(special_values_follow_onnx)
{
	ck_assert_uint_eq(edgert_f8e4m3fn_from_f32(INFINITY, 1), 0x7e);
	ck_assert_uint_eq(edgert_f8e4m3fn_from_f32(-1e9f, 1), 0xfe);
	ck_assert_uint_eq(edgert_f8e4m3fn_from_f32(464.0f, 0), 0x7e);
	ck_assert_uint_eq(edgert_f8e4m3fn_from_f32(465.0f, 0), 0x7f);
	ck_assert_uint_eq(edgert_f8e4m3fn_from_f32(-INFINITY, 0), 0xff);
	ck_assert_uint_eq(edgert_f8e4m3fn_from_f32(NAN, 1) & 0x7f, 0x7f);
	ck_assert_uint_eq(edgert_f8e4m3fnuz_from_f32(INFINITY, 1), 0x7f);
	ck_assert_uint_eq(edgert_f8e4m3fnuz_from_f32(-INFINITY, 1), 0xff);
	ck_assert_uint_eq(edgert_f8e4m3fnuz_from_f32(-INFINITY, 0), 0x80);
	ck_assert_uint_eq(edgert_f8e4m3fnuz_from_f32(NAN, 1), 0x80);
	ck_assert_uint_eq(edgert_f8e5m2_from_f32(INFINITY, 1), 0x7b);
	ck_assert_uint_eq(edgert_f8e5m2_from_f32(-INFINITY, 0), 0xfc);
	ck_assert(isnan(edgert_f8e5m2_to_f32(edgert_f8e5m2_from_f32(NAN, 1))));
	ck_assert_uint_eq(edgert_f8e5m2fnuz_from_f32(1e30f, 1), 0x7f);
	ck_assert_uint_eq(edgert_f8e5m2fnuz_from_f32(1e30f, 0), 0x80);
	ck_assert_uint_eq(edgert_f4e2m1_from_f32(NAN), 7);
	ck_assert_uint_eq(edgert_f4e2m1_from_f32(-INFINITY), 15);
	ck_assert(isnan(edgert_f16_to_f32(edgert_f16_from_f32(NAN))));
	ck_assert(
		isnan(edgert_bf16_to_f32(edgert_bf16_from_f32(edgert_f32_from_bits(0x7f800001)))));
	ck_assert_uint_eq(edgert_f16_from_f32(edgert_f32_from_bits(0xff800001)), 0xfe00);
}
END_TEST

START_TEST(e8m0_rounds_three_ways)
{
	static const struct {
		double x;
		unsigned nearest, up, down;
	} t[] = {
		{ 1, 127, 127, 127 },        { 1.49, 127, 128, 127 },
		{ 1.5, 128, 128, 127 },      { 1.9, 128, 128, 127 },
		{ 0x1p-127, 0, 0, 0 },       { 0x1.4p-127, 0, 1, 0 },
		{ 0x1.8p-127, 1, 1, 0 },     { 0x1p-126, 1, 1, 1 },
		{ 0x1p127, 254, 254, 254 },  { 0, 0, 0, 0 },
		{ 0x1p-140, 0, 0, 0 },       { 0x1.fp127, 254, 254, 254 },
		{ INFINITY, 254, 254, 254 }, { NAN, 255, 255, 255 },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		ck_assert_uint_eq(edgert_f8e8m0_from_f32((float)t[i].x, 0, 1), t[i].nearest);
		ck_assert_uint_eq(edgert_f8e8m0_from_f32((float)t[i].x, 1, 1), t[i].up);
		ck_assert_uint_eq(edgert_f8e8m0_from_f32((float)t[i].x, -1, 1), t[i].down);
	}
	ck_assert_uint_eq(edgert_f8e8m0_from_f32(0, 0, 0), 255);
	ck_assert_uint_eq(edgert_f8e8m0_from_f32(INFINITY, 0, 0), 255);
	ck_assert_uint_eq(edgert_f8e8m0_from_f32(0x1.fp127f, 1, 0), 255);
	for (unsigned c = 0; c < 255; c++)
		ck_assert_double_eq(edgert_f8e8m0_to_f32((uint8_t)c), ldexp(1, (int)c - 127));
	ck_assert(isnan(edgert_f8e8m0_to_f32(255)));
}
END_TEST

/* Through float first, the nearest doubles on either side of a midpoint would round as the midpoint
 * does. */
START_TEST(from_f64_rounds_once)
{
	const struct small *t = &types[_i];

	for (unsigned c = 0; c < t->max; c++) {
		double mid = (value(t, c) + value(t, c + 1)) / 2;
		double below = nextafter(mid, 0), above = nextafter(mid, INFINITY);
		unsigned even = c + (c & 1);

		ck_assert_uint_eq(_i ? edgert_bf16_from_f64(mid) : edgert_f16_from_f64(mid), even);
		ck_assert_uint_eq(_i ? edgert_bf16_from_f64(below) : edgert_f16_from_f64(below), c);
		ck_assert_uint_eq(_i ? edgert_bf16_from_f64(above) : edgert_f16_from_f64(above),
				  c + 1);
		ck_assert_uint_eq(_i ? edgert_bf16_from_f64(-above) : edgert_f16_from_f64(-above),
				  (c + 1) | 0x8000);
	}
	ck_assert_uint_eq(_i ? edgert_bf16_from_f64(1e300) : edgert_f16_from_f64(1e300), t->inf);
	ck_assert_uint_eq(_i ? edgert_bf16_from_f64(INFINITY) : edgert_f16_from_f64(INFINITY),
			  t->inf);
	ck_assert_uint_eq(_i ? edgert_bf16_from_f64(-1e-300) : edgert_f16_from_f64(-1e-300),
			  0x8000);
	ck_assert_uint_gt(_i ? edgert_bf16_from_f64(NAN) : edgert_f16_from_f64(NAN), t->inf);
}
END_TEST

Suite *suite_half(void)
{
	Suite *s = suite_create("half");
	TCase *tc = tcase_create("half");
	int n = (int)(sizeof types / sizeof *types);

	tcase_add_loop_test(tc, every_code_decodes, 0, n);
	tcase_add_loop_test(tc, midpoints_round_to_even, 0, n);
	tcase_add_loop_test(tc, from_f64_rounds_once, 0, 2);
	tcase_add_test(tc, special_values_follow_onnx);
	tcase_add_test(tc, e8m0_rounds_three_ways);
	suite_add_tcase(s, tc);
	return s;
}
