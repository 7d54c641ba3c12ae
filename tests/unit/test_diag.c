#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	bool has_loc;
	struct loc loc;
	const char *text; /* of an error with the message "W has 3" */
} place_cases[] = {
	{ false, { 0 }, "error: W has 3\n" },
	{ true, { 0 }, "error: W has 3\n" },
	{ true, { .file = "m.onnx" }, "m.onnx: error: W has 3\n" },
	{ true,
	  { "m.onnx", "conv1", "Conv", 0, 0 },
	  "m.onnx: error: node \"conv1\" (Conv): W has 3\n" },
	{ true, { "m.onnx", NULL, "Conv", 0, 0 }, "m.onnx: error: Conv: W has 3\n" },
	{ true, { "m.onnx", "", "Conv", 0, 0 }, "m.onnx: error: Conv: W has 3\n" },
	{ true, { "m.onnx", "weight", NULL, 0, 0 }, "m.onnx: error: \"weight\": W has 3\n" },
	{ true, { "t.yaml", NULL, NULL, 12, 5 }, "t.yaml:12:5: error: W has 3\n" },
	{ true, { "t.yaml", NULL, NULL, 12, 0 }, "t.yaml:12: error: W has 3\n" },
	{ true,
	  { "m.onnx", "a\n\x1b[2J\"", "Conv", 0, 0 },
	  "m.onnx: error: node \"a__[2J'\" (Conv): W has 3\n" },
	{ true, { .file = "a\nb" }, "a?b: error: W has 3\n" },
};

START_TEST(place)
{
	struct strbuf text = { 0 };
	struct diag d = { .text = &text };
	const struct loc *loc = place_cases[_i].has_loc ? &place_cases[_i].loc : NULL;
	ck_assert(!diag_error(&d, loc, "%s has %d", "W", 3));
	ck_assert_str_eq(text.s, place_cases[_i].text);
	ck_assert_int_eq(d.errors, 1);
	strbuf_free(&text);
}
END_TEST

static const struct {
	const char *message, *shown;
} message_cases[] = {
	{ "caf\xc3\xa9", "error: caf\xc3\xa9\n" },
	{ "caf\xe9", "error: caf?\n" },      /* not UTF-8 */
	{ "\xc2\x9b[2J", "error: ??[2J\n" }, /* U+009B starts a control sequence */
	{ "\x1b[2J\r\n", "error: ?[2J??\n" },
};

START_TEST(message_cannot_steer_the_terminal)
{
	struct strbuf text = { 0 };
	struct diag d = { .text = &text };
	diag_error(&d, NULL, "%s", message_cases[_i].message);
	ck_assert_str_eq(text.s, message_cases[_i].shown);
	strbuf_free(&text);
}
END_TEST

static size_t lines(const struct strbuf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		n += b->s[i] == '\n';
	return n;
}

START_TEST(errors_past_the_limit_are_counted)
{
	struct strbuf text = { 0 };
	struct diag d = { .text = &text };
	for (int i = 0; i < DIAG_MAX_ERRORS + 15; i++) {
		diag_error(&d, NULL, "number %d", i);
		diag_note(&d, NULL, "about number %d", i);
	}
	ck_assert_int_eq(d.errors, DIAG_MAX_ERRORS + 15);
	ck_assert_uint_eq(lines(&text), 2 * DIAG_MAX_ERRORS);
	strbuf_free(&text);
}
END_TEST

START_TEST(levels)
{
	struct strbuf text = { 0 };
	struct diag d = { .text = &text };
	diag_warning(&d, NULL, "slow");
	diag_note(&d, NULL, "because");
	ck_assert_str_eq(text.s, "warning: slow\nnote: because\n");
	d.quiet = true;
	diag_warning(&d, NULL, "slow");
	diag_note(&d, NULL, "because");
	ck_assert_uint_eq(lines(&text), 2);
	diag_error(&d, NULL, "wrong");
	ck_assert_uint_eq(lines(&text), 3);
	ck_assert_int_eq(d.warnings, 2);
	ck_assert_int_eq(d.errors, 1);
	strbuf_free(&text);
}
END_TEST

/* The line is erased before a message and at the end, and a model's bytes do not steer it. */
START_TEST(progress_is_one_line)
{
	char *s = NULL;
	size_t n = 0;
	struct diag d = { .out = open_memstream(&s, &n), .progress = true };

	diag_progress(&d, "reading %s", "a\033b");
	diag_error(&d, NULL, "wrong");
	diag_progress(&d, NULL);
	diag_progress(&d, "writing");
	diag_progress(&d, NULL);
	d.progress = false;
	diag_progress(&d, "nobody looks");
	fclose(d.out);
	ck_assert_str_eq(s, "\r\033[Kreading a?b\r"
			    "\r\033[K\rerror: wrong\n"
			    "\r\033[Kwriting\r\r\033[K\r");
	free(s);
}
END_TEST

START_TEST(silent)
{
	struct diag d = { 0 };
	diag_error(&d, NULL, "nobody listens");
	diag_warning(&d, NULL, "nobody listens");
	ck_assert_int_eq(d.errors, 1);
	ck_assert_int_eq(d.warnings, 1);
}
END_TEST

Suite *suite_diag(void)
{
	const struct unit_test tests[] = {
		{ "place", place, ARRAY_LEN(place_cases) },
		{ "message_cannot_steer_the_terminal", message_cannot_steer_the_terminal,
		  ARRAY_LEN(message_cases) },
		{ "errors_past_the_limit_are_counted", errors_past_the_limit_are_counted, 0 },
		{ "levels", levels, 0 },
		{ "progress_is_one_line", progress_is_one_line, 0 },
		{ "silent", silent, 0 },
	};
	return UNIT_SUITE("diag", tests);
}
