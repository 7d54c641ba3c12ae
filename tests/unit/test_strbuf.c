#include "unit.h"

#include <string.h>

START_TEST(mixed)
{
	struct strbuf b = { 0 };
	ck_assert_ptr_null(b.s);
	strbuf_puts(&b, "");
	ck_assert_str_eq(b.s, "");
	strbuf_printf(&b, "%s-%d", "a", 7);
	strbuf_putc(&b, '/');
	strbuf_write(&b, "x\0y", 3);
	ck_assert_uint_eq(b.n, 7);
	ck_assert_mem_eq(b.s, "a-7/x\0y", 8);
	strbuf_free(&b);
	ck_assert_ptr_null(b.s);
	ck_assert_uint_eq(b.n, 0);
}
END_TEST

static const size_t lengths[] = { 0, 1, 62, 63, 64, 65, 127, 128, 5000 };

/* A printf that just fits, and just does not, after some text. */
START_TEST(printf_at_the_capacity)
{
	struct strbuf b = { 0 };
	size_t n = lengths[_i];
	strbuf_puts(&b, "<");
	strbuf_printf(&b, "%*s", (int)n, "");
	strbuf_printf(&b, "%s", ">");
	ck_assert_uint_eq(b.n, n + 2);
	ck_assert_uint_eq(strlen(b.s), n + 2);
	ck_assert_int_eq(b.s[0], '<');
	ck_assert_uint_eq(strspn(b.s + 1, " "), n);
	ck_assert_int_eq(b.s[n + 1], '>');
	strbuf_free(&b);
}
END_TEST

START_TEST(grows_by_bytes)
{
	struct strbuf b = { 0 };
	for (int i = 0; i < 10000; i++)
		strbuf_putc(&b, (char)('a' + i % 26));
	ck_assert_uint_eq(b.n, 10000);
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(b.s[i], 'a' + i % 26);
	strbuf_free(&b);
}
END_TEST

Suite *suite_strbuf(void)
{
	const struct unit_test tests[] = {
		{ "mixed", mixed, 0 },
		{ "printf_at_the_capacity", printf_at_the_capacity, ARRAY_LEN(lengths) },
		{ "grows_by_bytes", grows_by_bytes, 0 },
	};
	return UNIT_SUITE("strbuf", tests);
}
