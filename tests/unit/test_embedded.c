#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/support/embedded.h"

START_TEST(sorted_and_found)
{
	ck_assert_uint_gt(embedded_file_count, 0);
	for (size_t i = 0; i < embedded_file_count; i++) {
		const struct embedded_file *f = &embedded_files[i];
		ck_assert_ptr_eq(embedded_find(f->name), f);
		ck_assert_uint_eq(f->data[f->size], 0);
		if (i > 0)
			ck_assert_int_lt(strcmp(embedded_files[i - 1].name, f->name), 0);
	}
	ck_assert_ptr_null(embedded_find("no/such/file"));
	ck_assert_ptr_null(embedded_find(""));
}
END_TEST

/* Every byte as it is in the source tree. */
START_TEST(equal_to_the_files)
{
	const char *top = getenv("top_srcdir");
	struct arena a = { 0 };
	struct diag d = { .out = stderr };
	if (!top)
		top = ".";
	for (size_t i = 0; i < embedded_file_count; i++) {
		const struct embedded_file *f = &embedded_files[i];
		const char *folder = strncmp(f->name, "targets/", 8) == 0 ? "" : "runtime/";
		struct file_map m;
		ck_assert(file_map(&d, arena_printf(&a, "%s/%s%s", top, folder, f->name), &m));
		ck_assert_uint_eq(m.size, f->size);
		ck_assert_mem_eq(m.data, f->data, m.size);
		file_unmap(&m);
	}
	arena_free(&a);
}
END_TEST

Suite *suite_embedded(void)
{
	const struct unit_test tests[] = {
		{ "sorted_and_found", sorted_and_found, 0 },
		{ "equal_to_the_files", equal_to_the_files, 0 },
	};
	return UNIT_SUITE("embedded", tests);
}
