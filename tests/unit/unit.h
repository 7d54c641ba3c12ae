/* unit.h - the suites of the unit test program, and a shorthand to build one.
 *
 * A test over a table is a loop test: `static const struct { ... } cases[]`, and START_TEST reads
 * cases[_i]. */
#ifndef EDGECC_UNIT_H
#define EDGECC_UNIT_H

#include <check.h>

#include "compiler/support/support.h"

#define SUITE(name) Suite *suite_##name(void);
#include "tests/unit/suites.def"
#undef SUITE

struct unit_test {
	const char *name;
	const TTest *test;
	size_t cases; /* 0 = not a loop */
};

/* A suite with one Check test case per row, each run between set_up and tear_down when there are
 * any. */
static inline Suite *unit_suite(const char *name, const struct unit_test *tests, size_t n,
				SFun set_up, SFun tear_down)
{
	Suite *s = suite_create(name);
	for (size_t i = 0; i < n; i++) {
		TCase *t = tcase_create(tests[i].name);
		tcase_add_checked_fixture(t, set_up, tear_down);
		tcase_add_loop_test(t, tests[i].test, 0, tests[i].cases ? (int)tests[i].cases : 1);
		suite_add_tcase(s, t);
	}
	return s;
}

#define UNIT_SUITE(name, tests) unit_suite((name), (tests), ARRAY_LEN(tests), NULL, NULL)

#endif
