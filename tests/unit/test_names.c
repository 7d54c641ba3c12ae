#include "unit.h"

#include <string.h>

static const char *const op_names[] = { "Conv",      "ConvTranspose", "MatMul", "Relu",
					"LeakyRelu", "Softmax",       NULL };

static const struct {
	const char *word, *nearest;
} near_cases[] = {
	{ "Conv", "Conv" },
	{ "conv", "Conv" },
	{ "Cnov", "Conv" }, /* a swap is one step */
	{ "Convv", "Conv" },
	{ "Matmul", "MatMul" },
	{ "MtMl", NULL }, /* two steps of four letters */
	{ "LeakyReLu", "LeakyRelu" },
	{ "SoftMaxx", "Softmax" },
	{ "ConvTrnaspse", "ConvTranspose" },
	{ "Gelu", "Relu" },
	{ "Xyz", NULL },
	{ "", NULL },
};

START_TEST(nearest)
{
	const char *found = nearest_name(near_cases[_i].word, op_names);
	ck_assert_pstr_eq(found, near_cases[_i].nearest);
}
END_TEST

START_TEST(nearest_to_a_long_word)
{
	char word[300];
	memset(word, 'a', sizeof word);
	word[299] = '\0';
	const char *const same[] = { word, NULL };
	ck_assert_ptr_null(nearest_name(word, op_names));
	ck_assert_ptr_null(nearest_name(word, same));
	ck_assert_ptr_null(nearest_name("Conv", same));
}
END_TEST

static const struct {
	const char *s;
	size_t max;
	const char *id;
} id_cases[] = {
	{ "model", 31, "model" },
	{ "/layer.1/Conv_output", 31, "x_layer_1_Conv_output" },
	{ "8bit", 31, "x8bit" },
	{ "", 31, "x" },
	{ "_Private", 31, "x_Private" },
	{ "__reserved", 31, "x__reserved" },
	{ "int", 31, "int_" },
	{ "int", 3, "in_" },
	{ "class", 31, "class_" },
	{ "integer", 3, "in_" },
	{ "co_yield", 31, "co_yield_" },
	{ "alignas", 31, "alignas_" },
	{ "xor_eq", 31, "xor_eq_" },
	{ "co", 31, "co" },
	{ "in", 31, "in" },
	{ "caf\xc3\xa9", 31, "caf__" },
	{ "a b*/c", 31, "a_b__c" },
	{ "abcdefgh", 4, "abcd" },
	{ "9", 1, "x" },
};

START_TEST(identifier)
{
	struct arena a = { 0 };
	ck_assert_str_eq(c_identifier(&a, id_cases[_i].s, id_cases[_i].max), id_cases[_i].id);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *s;
	bool valid;
} utf8_cases[] = {
	{ "", true },
	{ "plain", true },
	{ "\x7f", true },
	{ "\xc3\xa9", true },          /* U+00E9 */
	{ "\xe2\x82\xac", true },      /* U+20AC */
	{ "\xf0\x9f\x98\x80", true },  /* U+1F600 */
	{ "\xf4\x8f\xbf\xbf", true },  /* U+10FFFF */
	{ "\xed\x9f\xbf", true },      /* U+D7FF */
	{ "\xee\x80\x80", true },      /* U+E000 */
	{ "\xf4\x90\x80\x80", false }, /* U+110000 */
	{ "\xed\xa0\x80", false },     /* surrogate */
	{ "\xc0\x80", false },         /* overlong U+0000 */
	{ "\xc1\xbf", false },         /* overlong U+007F */
	{ "\xe0\x9f\xbf", false },     /* overlong U+07FF */
	{ "\xf0\x8f\xbf\xbf", false }, /* overlong U+FFFF */
	{ "\x80", false },
	{ "a\xbf", false },
	{ "\xc3", false }, /* cut */
	{ "\xe2\x82", false },
	{ "\xf0\x9f\x98", false },
	{ "\xe2\x82z", false },
	{ "\xc3(", false },
	{ "\xff", false },
	{ "\xf5\x80\x80\x80", false },
};

/* The bytes lie at the end of an allocation of their own, so that an over-read is seen. */
START_TEST(utf8)
{
	struct arena a = { 0 };
	size_t n = strlen(utf8_cases[_i].s);
	const char *copy = arena_copy(&a, utf8_cases[_i].s, n);
	ck_assert_int_eq(utf8_valid(copy, n), utf8_cases[_i].valid);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *s;
	size_t max;
	const char *out;
} printable_cases[] = {
	{ "/layer1/Conv", 80, "/layer1/Conv" },
	{ "a\"b`c", 80, "a'b'c" },
	{ "a\\b", 80, "a_b" },
	{ "a\nb\tc\x1b[31m\x7f", 80, "a_b_c_[31m_" },
	{ "*/ x /*", 80, "*_ x /_" },
	{ "*//", 80, "*_/" },
	{ "/*/", 80, "/_/" },
	{ "?\?/", 80, "?_/" },
	{ "caf\xc3\xa9", 80, "caf__" },
	{ "abcdefghijklmnop", 12, "abcdefghi..." },
	{ "abcdefghijkl", 12, "abcdefghijkl" },
	{ "abcdef", 4, "abcd" },
	{ "", 5, "" },
};

START_TEST(print)
{
	struct arena a = { 0 };
	ck_assert_str_eq(printable(&a, printable_cases[_i].s, printable_cases[_i].max),
			 printable_cases[_i].out);
	arena_free(&a);
}
END_TEST

Suite *suite_names(void)
{
	const struct unit_test tests[] = {
		{ "nearest", nearest, ARRAY_LEN(near_cases) },
		{ "nearest_to_a_long_word", nearest_to_a_long_word, 0 },
		{ "identifier", identifier, ARRAY_LEN(id_cases) },
		{ "utf8", utf8, ARRAY_LEN(utf8_cases) },
		{ "print", print, ARRAY_LEN(printable_cases) },
	};
	return UNIT_SUITE("names", tests);
}
