/* The integer kernels of small machines through their ISA headers' portable models: tests/targets/
 * int8.c, which has the shapes and the definition, compiled once for each set and rounding. */
#include "unit.h"

#include "compiler/plan/kernels/q128.h"

#define SETS(X)                                                                                    \
	X(int8_dsp)                                                                                \
	X(int8_mve)                                                                                \
	X(int8_rvv)                                                                                \
	X(int8_scalar)                                                                             \
	X(int8_q128_4)                                                                             \
	X(int8_q128_8)                                                                             \
	X(int8_q128_16)                                                                            \
	X(int16_dsp)                                                                               \
	X(int16_mve)                                                                               \
	X(int16_rvv)                                                                               \
	X(int16_scalar)                                                                            \
	X(int8_mixed_mve)                                                                          \
	X(int8_mixed_rvv)                                                                          \
	X(int16_mixed_mve)                                                                         \
	X(int16_mixed_rvv)                                                                         \
	X(int16_q128)                                                                              \
	X(int16_mixed_q128)                                                                        \
	X(int8_mixed_q128_4)                                                                       \
	X(int8_mixed_q128_8)                                                                       \
	X(int8_mixed_q128_16)                                                                      \
	X(int8_mixed_dsp)                                                                          \
	X(int8_mixed_scalar)                                                                       \
	X(int16_mixed_dsp)                                                                         \
	X(int16_mixed_scalar)

#define DECLARE(set)                                                                               \
	const char *set##_onnx(void);                                                              \
	const char *set##_fixed(void);
SETS(DECLARE)

static const struct {
	const char *name;
	const char *(*check)(void);
} sets[] = {
#define ROW(set) { #set ", float scales", set##_onnx }, { #set ", multipliers", set##_fixed },
	SETS(ROW)
};

START_TEST(equals_definition)
{
	const char *failed = sets[_i].check();

	ck_assert_msg(!failed, "%s: case %s", sets[_i].name, failed);
}
END_TEST

/* Two products of -128 in 16 bits: taps 8 apart in the first half of 16, or two taps of a window. */
START_TEST(least_weights_are_refused)
{
	const struct q128_machine narrow = { 16, 32, 1 }, dot = { 4, 32, 0 };
	const struct edgert_gemm g = { .n = 2, .k = 32 };
	const struct edgert_conv2d p = { .kh = 1, .kw = 4, .ci = 2, .co = 2, .groups = 2 };
	int8_t w[64] = { 0 };

	w[32 + 17] = w[32 + 24] = -128;
	ck_assert(int8_q128_gemm_fits(&narrow, &g, w));
	w[32 + 25] = -128;
	ck_assert(!int8_q128_gemm_fits(&narrow, &g, w));
	ck_assert(int8_q128_gemm_fits(&dot, &g, w));
	w[32 + 17] = w[32 + 24] = -127;
	w[32 + 8] = w[32 + 16] = -128;
	ck_assert(int8_q128_gemm_fits(&narrow, &g, w));
	w[5] = w[6] = -128;
	ck_assert(int8_q128_dwconv2d_fits(&p, w));
	w[4] = -128;
	ck_assert(!int8_q128_dwconv2d_fits(&p, w));
}
END_TEST

Suite *suite_int8(void)
{
	Suite *s = suite_create("int8");
	TCase *t = tcase_create("kernels");

	tcase_add_loop_test(t, equals_definition, 0, (int)(sizeof sets / sizeof *sets));
	tcase_add_test(t, least_weights_are_refused);
	suite_add_tcase(s, t);
	return s;
}
