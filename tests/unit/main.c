/* The unit tests, all in one program. `unit` prints failures and a total, `unit --tap` one TAP line
 * per case (what `make check` reads); CK_RUN_SUITE and CK_RUN_CASE choose, CK_FORK=no keeps it in
 * one process for a debugger. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static Suite *(*const suites[])(void) = {
#define SUITE(name) suite_##name,
#include "tests/unit/suites.def"
#undef SUITE
};

int main(int argc, char **argv)
{
	bool tap = argc > 1 && strcmp(argv[1], "--tap") == 0;
	SRunner *r = srunner_create(suites[0]());
	for (size_t i = 1; i < ARRAY_LEN(suites); i++)
		srunner_add_suite(r, suites[i]());
	if (tap)
		srunner_set_tap(r, "-");
	srunner_run_all(r, tap ? CK_SILENT : CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
