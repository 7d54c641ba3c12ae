#include "unit.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static const size_t alloc_sizes[] = { 0,    1,    15,   16,   17,      1000,
				      1024, 1025, 4096, 5000, 1 << 20, 3 << 19 };

static bool all_bytes_are(const unsigned char *p, size_t n, int value)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return false;
	return true;
}

/* Allocations of every size between others: aligned, zeroed, apart from one another, kept. */
START_TEST(allocations)
{
	enum { N = 12 };
	struct arena a = { 0 };
	unsigned char *p[N];
	size_t n = alloc_sizes[_i], total = 0;
	for (size_t i = 0; i < N; i++) {
		size_t size = i % 2 ? 24 : n;
		p[i] = arena_alloc(&a, size);
		total += size;
		ck_assert_ptr_nonnull(p[i]);
		ck_assert_uint_eq((uintptr_t)p[i] % alignof(max_align_t), 0);
		ck_assert(all_bytes_are(p[i], size, 0));
		if (size)
			memset(p[i], (int)i + 1, size);
	}
	ck_assert_uint_eq(a.used, total);
	for (size_t i = 0; i < N; i++)
		ck_assert(all_bytes_are(p[i], i % 2 ? 24 : n, (int)i + 1));
	arena_free(&a);
	ck_assert_ptr_null(a.block);
	ck_assert_uint_eq(a.used, 0);
}
END_TEST

START_TEST(array_overflow_ends_the_program)
{
	struct arena a = { 0 };
	arena_alloc_array(&a, SIZE_MAX / 4, 8);
}
END_TEST

static const struct {
	const char *s;
	size_t n;
	const char *copy;
} strndup_cases[] = {
	{ "tensor", 3, "ten" },
	{ "tensor", 6, "tensor" },
	{ "tensor", 60, "tensor" },
	{ "tensor", 0, "" },
	{ "", 4, "" },
};

START_TEST(strings)
{
	struct arena a = { 0 };
	ck_assert_str_eq(arena_strndup(&a, strndup_cases[_i].s, strndup_cases[_i].n),
			 strndup_cases[_i].copy);
	ck_assert_str_eq(arena_strdup(&a, strndup_cases[_i].s), strndup_cases[_i].s);
	ck_assert_str_eq(arena_printf(&a, "<%s:%d>", "x", 12), "<x:12>");
	ck_assert_mem_eq(arena_copy(&a, "a\0b", 3), "a\0b", 3);
	ck_assert_str_eq(arena_text(&a, "a\0b\0", 4), "a\xc0\x80"
						      "b\xc0\x80");
	arena_free(&a);
}
END_TEST

START_TEST(vectors)
{
	struct arena a = { 0 };
	VEC(int) v = { 0 };
	for (int i = 0; i < 1000; i++)
		vec_push(&a, &v, i * i);
	ck_assert_uint_eq(v.n, 1000);
	ck_assert_uint_ge(v.cap, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(v.p[i], i * i);
	arena_free(&a);
}
END_TEST

Suite *suite_arena(void)
{
	const struct unit_test tests[] = {
		{ "allocations", allocations, ARRAY_LEN(alloc_sizes) },
		{ "strings", strings, ARRAY_LEN(strndup_cases) },
		{ "vectors", vectors, 0 },
	};
	Suite *s = UNIT_SUITE("arena", tests);
	TCase *ends = tcase_create("ends");
	tcase_add_exit_test(ends, array_overflow_ends_the_program, EXIT_FAILURE);
	suite_add_tcase(s, ends);
	return s;
}
