/* The 8-bit kernels of small machines through their ISA headers' portable models: tests/targets/
 * int8.c, which has the shapes and the definition, compiled once for each set and rounding. */
#include "unit.h"

#define SETS(X) X(dsp) X(mve) X(scalar)

#define DECLARE(set)                                                                               \
	const char *int8_##set##_onnx(void);                                                       \
	const char *int8_##set##_fixed(void);
SETS(DECLARE)

static const struct {
	const char *name;
	const char *(*check)(void);
} sets[] = {
#define ROW(set)                                                                                   \
	{ #set ", float scales", int8_##set##_onnx }, { #set ", multipliers", int8_##set##_fixed },
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
