/* The integer kernels of small machines through their ISA headers' portable models: tests/targets/
 * int8.c, which has the shapes and the definition, compiled once for each set and rounding. */
#include "unit.h"

#define SETS(X)                                                                                    \
	X(int8_dsp)                                                                                \
	X(int8_mve)                                                                                \
	X(int8_rvv) X(int8_scalar) X(int16_dsp) X(int16_mve) X(int16_rvv) X(int16_scalar)

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

Suite *suite_int8(void)
{
	Suite *s = suite_create("int8");
	TCase *t = tcase_create("kernels");

	tcase_add_loop_test(t, equals_definition, 0, (int)(sizeof sets / sizeof *sets));
	suite_add_tcase(s, t);
	return s;
}
