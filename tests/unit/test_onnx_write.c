/* Models written as ONNX files: what is read back has the same text, and the bytes are those that
 * ONNX's format prescribes. */
#include "unit.h"

#include <string.h>

#include "compiler/frontend/frontend.h"

static struct arena a;
static struct strbuf messages;
static struct diag d;

static void set_up(void)
{
	d = (struct diag){ .text = &messages };
	strbuf_puts(&messages, "");
}

static void tear_down(void)
{
	strbuf_free(&messages);
	arena_free(&a);
}

#define LATE(ir, opset) "<ir_version: " #ir ", opset_import: [\"\" : " #opset "]> "
#define MODEL LATE(9, 20)

static const char *const models[] = {
	/* every kind of attribute that operators of ONNX have, defaults left out */
	MODEL "m (float[1,1,N,8] x) => (float[1,2,M,K] y) <float[2,1,1,2] w = {1, 2, 3, 4}> { y = "
	      "Conv <pads = [0,1,0,1], auto_pad = \"NOTSET\", group = 1> (x, w) }",
	MODEL "m (float[3] x) => (float[3] y) { [\"a node\"] y = LeakyRelu <alpha = 0.3> (x) }",
	MODEL "m (float[3] x) => (double[3] y) { y = Cast <to = 11> (x) }",
	MODEL "m (float[2,2] x) => (float[2] y) <int64[4] p = {0, 1, 0, 1}, int64[1] axes = {1}> "
	      "{ z = Pad <mode = \"reflect\"> (x, p) y = ReduceSum <keepdims = 0> (z, axes) } ",
	MODEL "m () => (float16[2,1] y) <int64[2] s = {2, 1}> "
	      "{ y = ConstantOfShape <value = float16[1] {-1.5}> (s) }",
	MODEL "m (float[1,1,2] x) => (float[1,1,1,1] y) <float[1,1,2] w = {1, 2}, "
	      "float[1,1,1] r = {3}> { y, h = RNN <activations = [\"Elu\"], "
	      "activation_alpha = [0.5], hidden_size = 1> (x, w, r) }",
	/* a subgraph that reads a value from outside, nameless inputs */
	MODEL
	"m (bool c, float[2] x) => (float[2] y) { y = If <then_branch = g1 () => (float[2] a) "
	"{ a = Neg (x) }, else_branch = g2 () => (float[2] b) { b = Identity (x) }> (c) }",
	MODEL "m (float[2] x, float top) => (float[2] y) { y = Clip (x, , top) }",
	/* an output that is an input */
	MODEL "m (float[2] x) => (float[2] x, float[2] y, float[2] z) { y = Abs (x) z = Neg (y) }",
	MODEL "m (float[2] x) => (float[2] y) <int64 i = {1}> "
	      "{ s = SequenceConstruct (x, x) y = SequenceAt (s, i) }",
	/* the order of elements within a byte, and a last byte that is not full */
	LATE(11, 23) "m (int4[3] x) => (int4[3] y, uint4[5] a, int4[3] b, float4e2m1[3] c) "
		     "<uint4[5] a = {1, 15, 0, 7, 9}, int4[3] b = {-8, 7, -1}, "
		     "float4e2m1[3] c = {0.5, -6, 1}> { y = Identity (x) }",
	LATE(13, 25) "m (float[1] x) => (uint2[5] a, int2[3] b) "
		     "<uint2[5] a = {3, 2, 1, 0, 3}, int2[3] b = {-2, 1, -1}> { }",
	/* every other element type */
	MODEL "m (float[1] x) => (int8[2] a, uint8[2] b, int16[2] c, uint16[2] d, int32[2] e, "
	      "uint32[2] f, int64[2] g) <int8[2] a = {-128, 127}, uint8[2] b = {0, 255}, "
	      "int16[2] c = {-32768, 1}, uint16[2] d = {65535, 2}, int32[2] e = {-7, 8}, "
	      "uint32[2] f = {4294967295, 1}, int64[2] g = {-9223372036854775807, 5}> { }",
	MODEL "m (float[1] x) => (uint64[2] h, bool[2] i, double[2] j, bfloat16[2] k, "
	      "float8e4m3fn[2] l, float8e5m2[2] n) <uint64[2] h = {18446744073709551615, 3}, "
	      "bool[2] i = {1, 0}, double[2] j = {0.1, -1e300}, bfloat16[2] k = {1.5, -2.0}, "
	      "float8e4m3fn[2] l = {1.5, -2.0}, float8e5m2[2] n = {1.5, -2.0}> { }",
	MODEL "m (float[1] x) => (string[2] t, float[0] e, float s) "
	      "<string[2] t = {\"one\", \"\"}, float[0] e = {}, float s = {0.25}> { }",
};

static const char *text_of_unit(struct unit *u)
{
	struct strbuf b = { 0 };
	const char *s;

	unit_print(&b, u, &(struct print_options){ .max_elements = 0 });
	s = arena_strdup(&a, b.s);
	strbuf_free(&b);
	return s;
}

static struct unit *read_text(const char *text)
{
	struct unit *u = unit_new(&a, &d, "m.onnxtxt");

	ck_assert_msg(import_text(u, "m.onnxtxt", text, strlen(text), NULL), "%s", messages.s);
	return u;
}

/* The bytes that u is written as, in the file path. */
static void write_unit(struct unit *u, const char *path)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_msg(onnx_write(u, f), "%s", messages.s);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(reads_back)
{
	static const char path[] = "test_onnx_write.onnx", again[] = "test_onnx_write_2.onnx";
	struct unit *u = read_text(models[_i]), *v = unit_new(&a, &d, path);
	struct file_map first, second;

	write_unit(u, path);
	ck_assert_msg(import_onnx(v, path, NULL), "%s", messages.s);
	ck_assert_str_eq(text_of_unit(u), text_of_unit(v));
	write_unit(u, again);
	ck_assert(file_map(&d, path, &first) && file_map(&d, again, &second));
	ck_assert(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
	file_unmap(&first);
	file_unmap(&second);
	import_close(v);
	remove(path);
	remove(again);
}
END_TEST

/* As protobuf's wire format has them. */
static const struct {
	const char *model;
	uint8_t bytes[16], n;
} parts[] = {
	/* the raw data of uint4 {1, 15, 3}: two to a byte, the first in the low bits */
	{ LATE(10, 21) "m (float[1] x) => (uint4[3] a) <uint4[3] a = {1, 15, 3}> { }",
	  { 0x4a, 2, 0xf1, 0x03 },
	  4 },
	/* seq(map(int64, tensor(float))) */
	{ "<ir_version: 10, opset_import: [\"\" : 21, \"ai.onnx.ml\" : 4]> "
	  "m (float[1,2] x) => (float[1,2] z) "
	  "{ z = ai.onnx.ml.ZipMap <classlabels_int64s = [3, 4]> (x) }",
	  { 0x22, 14, 0x0a, 12, 0x2a, 10, 0x08, 7, 0x12, 6, 0x0a, 4, 0x08, 1, 0x12, 0 },
	  16 },
};

/* Field 1 (ir_version 10), field 2 (producer) ..., and somewhere the part. */
START_TEST(bytes_are_the_formats)
{
	static const char path[] = "test_onnx_write.onnx";
	static const uint8_t head[] = { 0x08, 10, 0x12, 6, 'e', 'd', 'g', 'e', 'c', 'c' };
	struct unit *u = read_text(parts[_i].model);
	struct file_map m;
	bool found = false;

	write_unit(u, path);
	ck_assert(file_map(&d, path, &m));
	ck_assert(m.size > sizeof head && memcmp(m.data, head, sizeof head) == 0);
	for (size_t i = 0; i + parts[_i].n <= m.size; i++)
		found |= memcmp(m.data + i, parts[_i].bytes, parts[_i].n) == 0;
	ck_assert(found);
	file_unmap(&m);
	remove(path);
}
END_TEST

/* What only the compiler knows is an error with the node's place. */
START_TEST(internal_operators_are_refused)
{
	struct unit *u = read_text(MODEL "m (float[2] x) => (float[2] y) { [n] y = Abs (x) }");
	FILE *f = tmpfile();

	u->main->first->op = op_builtin("edgecc.Loops");
	ck_assert(!onnx_write(u, f));
	ck_assert_str_eq(messages.s,
			 "m.onnxtxt:1:75: error: node \"n\" (Abs): it can be compiled, but "
			 "not be written as ONNX: it has become Loops\n");
	fclose(f);
}
END_TEST

Suite *suite_onnx_write(void)
{
	const struct unit_test tests[] = {
		{ "reads_back", reads_back, ARRAY_LEN(models) },
		{ "bytes_are_the_formats", bytes_are_the_formats, ARRAY_LEN(parts) },
		{ "internal_operators_are_refused", internal_operators_are_refused, 0 },
	};
	return unit_suite("onnx_write", tests, ARRAY_LEN(tests), set_up, tear_down);
}
