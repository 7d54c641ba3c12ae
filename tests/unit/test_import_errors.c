#define _DEFAULT_SOURCE /* mkstemps */
/* What the importer says of models, and of files, that are wrong. */
#include "import_fixture.h"

#include <stdlib.h>
#include <unistd.h>

/* -- errors ---------------------------------------------------------------- */

static const struct {
	const char *name, *model, *error; /* what the messages must contain */
} wrong[] = {
	/* the text itself */
	{ "line_and_column", M(17) "g (float[2] x) => (y)\n{\n  y = Abs x\n}",
	  "m.onnxtxt:3:11: error: expected '(', found \"x\"" },
	{ "string_without_end", M(17) "g (float[2] \"x) => (y) {}", "a string has no end" },
	{ "unknown_header_key", "<ir_versoin: 8> g (float x) => (x) {}",
	  "the key \"ir_versoin\" is unknown" },
	{ "empty_list_of_no_kind", M(17) "g (float[2] x) => (y) { y = Abs <a = []> (x) }",
	  "the kind of an empty list" },
	{ "elements_of_wrong_kind", M(17) "g (float[2] x) => (x) <int64[1] c = {1.5}> {}",
	  "must be an integer" },
	{ "element_out_of_range", M(17) "g (float[2] x) => (x) <int8[1] c = {200}> {}",
	  "200 does not fit int8" },
	/* versions */
	{ "ir_version_2", "<ir_version: 2, opset_import: [\"\" : 1]> g (float x) => (x) {}",
	  "IR version 2 is not supported" },
	{ "ir_version_99", "<ir_version: 99, opset_import: [\"\" : 9]> g (float x) => (x) {}",
	  "IR version 99" },
	{ "opset_of_the_future", M(999) "g (float x) => (x) {}",
	  "imports version 999 of domain ai.onnx, 28 is the newest" },
	{ "opset_0", M(0) "g (float x) => (x) {}", "imports version 0" },
	/* operators */
	{ "misspelt_operator", M(17) "g (float[2] x) => (y) { y = Reluu (x) }",
	  "\"Reluu\" of domain ai.onnx is not supported; did you mean \"Relu\"?" },
	{ "custom_domain", M(17) "g (float[2] x) => (y) { y = my.own.Foo (x) }",
	  "\"Foo\" is of the custom domain \"my.own\"" },
	{ "operator_of_the_compiler",
	  "<ir_version: 8, opset_import: [\"\" : 17, \"edgecc\" : 1]> g (float[2] x) => (y) { y = edgecc.Loops (x) }",
	  "one of the compiler's own" },
	{ "operator_younger_than_its_opset", M(7) "g (float[2] x) => (y) { y = HardSwish (x) }",
	  "version 7 of domain ai.onnx does not have operator \"HardSwish\"" },
	{ "all_unknown_operators_at_once",
	  M(17) "g (float[2] x) => (y) { a = Foo (x) b = Bar (a) c = Foo (b) y = Baz (c) }",
	  "\"Baz\"" },
	/* names */
	{ "output_made_twice", M(17) "g (float[2] x) => (y) { y = Abs (x) y = Neg (x) }",
	  "the name \"y\" is defined twice" },
	{ "input_declared_twice", M(17) "g (float[2] x, float[2] x) => (y) { y = Abs (x) }",
	  "the input is declared twice" },
	{ "input_defined_nowhere", M(17) "g (float[2] x) => (y) { y = Add (x, z) }",
	  "input \"z\" is defined nowhere" },
	{ "output_made_by_no_node", M(17) "g (float[2] x) => (y) { z = Abs (x) }",
	  "\"y\": the output of graph \"g\" is made by no node" },
	{ "cycle", M(17) "g (float[2] x) => (y) { a = Add (x, b) b = Abs (a) y = Abs (b) }",
	  "the graph has a cycle through" },
	/* attributes */
	{ "unknown_attribute", M(17) "g (float[2] x) => (y) { y = LeakyRelu <alpah = 0.1> (x) }",
	  "\"alpah\" is unknown; did you mean \"alpha\"?" },
	{ "attribute_of_wrong_kind",
	  M(17) "g (float[2] x) => (y) { y = LeakyRelu <alpha = \"x\"> (x) }",
	  "\"alpha\" is a string, must be a float" },
	{ "attribute_twice",
	  M(17) "g (float[2] x) => (y) { y = LeakyRelu <alpha = 0.1, alpha = 0.2> (x) }",
	  "given twice" },
	{ "reference_outside_a_function",
	  M(17) "g (float[2] x) => (y) { y = LeakyRelu <alpha: float = @b> (x) }",
	  "refers to \"b\" of a function, but is in none" },
	{ "element_type_99", M(17) "g (float[2] x) => (y) { y = Cast <to = 99> (x) }",
	  "is 99, which is no element type" },
	{ "missing_attribute", M(17) "g (float[2] x) => (y) { y = Cast (x) }",
	  "attribute \"to\" is missing" },
	/* types and sizes */
	{ "input_without_a_type", M(17) "g (x) => (y) { y = Abs (x) }",
	  "the input has no element type" },
	{ "input_without_a_shape", M(17) "g (float[] x) => (y) { y = Abs (x) }",
	  "give it by --dim x.0=N" },
	{ "rank_9", M(17) "g (float[1,1,1,1,1,1,1,1,1] x) => (y) { y = Abs (x) }",
	  "its rank is 9" },
	{ "initializer_too_short",
	  M(17) "g (float[2] x) => (y) <float[3] w = {1, 2}> { y = Abs (x) }",
	  "float_data has 8 bytes, its shape and type need 12" },
	{ "external_data_above_the_folder",
	  M(17) "g (float[2] x) => (y) <float[3] w = [\"location\": \"../w\"]> { y = Abs (x) }",
	  "\"..\" is not allowed" },
	{ "external_data_at_the_root",
	  M(17) "g (float[2] x) => (y) <float[3] w = [\"location\": \"/etc/passwd\"]> { y = Abs (x) }",
	  "only a path below the model's folder" },
	/* functions */
	{ "function_calls_itself",
	  "<ir_version: 8, opset_import: [\"\" : 17, \"l\" : 1]> g (float[2] x) => (y) { y = l.f (x) }"
	  "<domain: \"l\", opset_import: [\"\" : 17, \"l\" : 1]> f (x) => (y) { y = l.f (x) }",
	  "the function calls itself" },
	{ "function_with_too_many_inputs",
	  "<ir_version: 8, opset_import: [\"\" : 17, \"l\" : 1]> g (float[2] x) => (y) { y = l.f (x, x) }"
	  "<domain: \"l\", opset_import: [\"\" : 17]> f (x) => (y) { y = Abs (x) }",
	  "has 2 inputs, the function takes 1" },
	{ "function_attribute_that_it_does_not_have",
	  "<ir_version: 8, opset_import: [\"\" : 17, \"l\" : 1]> g (float[2] x) => (y) { y = l.f <b = 1> (x) }"
	  "<domain: \"l\", opset_import: [\"\" : 17]> f <a> (x) => (y) { y = Abs (x) }",
	  "the function has no attribute \"b\"" },
};

START_TEST(errors)
{
	ck_assert_msg(!import(wrong[_i].model, NULL), "%s was accepted", wrong[_i].name);
	ck_assert_msg(strstr(text.s, wrong[_i].error), "%s: %s", wrong[_i].name, text.s);
}
END_TEST

START_TEST(errors_do_not_multiply)
{
	ck_assert(!import(M(17) "g (float[2] x) => (y) { a = Add (x, z) b = Abs (a) y = Abs (b) }",
			  NULL));
	ck_assert_int_eq(d.errors, 1);
}
END_TEST

/* -- files ----------------------------------------------------------------- */

static const struct {
	const char *name, *bytes;
	size_t size;
	const char *error;
} files[] = {
	{ "empty", "", 0, "error: the file is empty" },
	{ "prose", "Hello, I am no model.\n", 22, "error: the file is text, not an ONNX model" },
	{ "lfs", "version https://git-lfs.github.com/spec/v1\n", 43, "a Git LFS pointer" },
	{ "tflite", "\x1c\0\0\0TFL3\0\0\0\0", 12, "a TensorFlow Lite model" },
	{ "zip", "PK\3\4\0\0\0\0", 8, "a zip archive" },
	{ "no_graph", "\x08\x08", 2, "it holds no graph" },
	{ "truncated", "\x08\x08\x3a\x7f\x0a", 5,
	  "byte 3: the file is truncated: graph needs 127 bytes, 1 are left" },
};

START_TEST(files_that_are_no_models)
{
	char name[] = "/tmp/edgecc-unit-XXXXXX.onnx";
	int fd = mkstemps(name, 5);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, files[_i].bytes, files[_i].size), (ssize_t)files[_i].size);
	close(fd);
	bool ok = import_onnx(u, name, NULL);
	unlink(name);
	ck_assert(!ok);
	ck_assert_msg(strstr(text.s, files[_i].error), "%s: %s", files[_i].name, text.s);
}
END_TEST

Suite *suite_import_errors(void)
{
	const struct unit_test tests[] = {
		{ "errors", errors, ARRAY_LEN(wrong) },
		{ "errors_do_not_multiply", errors_do_not_multiply, 0 },
		{ "files_that_are_no_models", files_that_are_no_models, ARRAY_LEN(files) },
	};
	return unit_suite("import_errors", tests, ARRAY_LEN(tests), set_up, tear_down);
}
