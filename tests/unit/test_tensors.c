/* Test tensors: .npy as NumPy writes it, protobuf messages, types that NumPy lacks. */
#define _DEFAULT_SOURCE /* mkstemps */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/frontend/frontend.h"
#include "compiler/frontend/npy.h"

static struct arena a;
static struct strbuf text;
static struct diag d;

static void set_up(void)
{
	d = (struct diag){ .text = &text };
	strbuf_puts(&text, "");
}

static void tear_down(void)
{
	strbuf_free(&text);
	arena_free(&a);
}

/* A .npy file of the given version: header text, then elements. */
static uint8_t *npy(int version, const char *header, const void *data, size_t n, size_t *size)
{
	size_t length = strlen(header), start = version == 1 ? 10 : 12;
	uint8_t *b = arena_alloc(&a, start + length + n);
	memcpy(b, "\x93NUMPY", 6);
	b[6] = (uint8_t)version;
	b[8] = (uint8_t)length;
	memcpy(b + start, header, length);
	if (n)
		memcpy(b + start + length, data, n);
	*size = start + length + n;
	return b;
}

#define BYTES(s) s, sizeof(s) - 1
#define H(descr, order, shape)                                                                     \
	"{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static const struct {
	const char *name;
	int version;
	const char *header, *data;
	size_t size;
	const char *type; /* and shape; NULL: an error */
	double second;    /* element 1, or the only one */
	const char *error;
} cases[] = {
	{ "float", 1, H("<f4", "False", "(2,)"), BYTES("\0\0\x80\x3f\0\0\0\x40"), "float[2]", 2,
	  NULL },
	{ "scalar", 1, H("<f8", "False", "()"), BYTES("\0\0\0\0\0\0\x04\x40"), "double[]", 2.5,
	  NULL },
	{ "version_2", 2, H("<i2", "False", "(1,)"), BYTES("\x02\x01"), "int16[1]", 258, NULL },
	{ "version_3", 3, H("|u1", "False", "(1,)"), BYTES("\xff"), "uint8[1]", 255, NULL },
	{ "big_endian", 1, H(">i4", "False", "(2,)"), BYTES("\0\0\0\1\0\0\1\2"), "int32[2]", 258,
	  NULL },
	{ "big_endian_complex", 1, H(">c8", "False", "(0,)"), BYTES(""), "complex64[0]", 0, NULL },
	/* [[1, 2, 3], [4, 5, 6]] in columns: 1 4 2 5 3 6 */
	{ "fortran_order", 1, H("|i1", "True", "(2, 3)"), BYTES("\1\4\2\5\3\6"), "int8[2,3]", 2,
	  NULL },
	{ "bool", 1, H("|b1", "False", "(2,)"), BYTES("\0\1"), "bool[2]", 1, NULL },
	{ "void_of_ml_dtypes", 1, H("<V2", "False", "(1,)"), BYTES("\x80\x3f"), "uint16[1]", 0x3f80,
	  NULL },
	{ "python_2_numbers", 1, H("<i2", "False", "(1L,)"), BYTES("\1\0"), "int16[1]", 1, NULL },
	{ "too_few_bytes", 1, H("<f4", "False", "(2,)"), BYTES("\0\0\x80\x3f"), NULL, 0,
	  "holds 4 bytes of elements" },
	{ "too_many_bytes", 1, H("|u1", "False", "(2,)"), BYTES("\1\2\3"), NULL, 0,
	  "holds 3 bytes of elements" },
	{ "objects", 1, H("|O", "False", "(2,)"), BYTES("\1\2\3"), NULL, 0,
	  "arrays of Python objects" },
	{ "records", 1, "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }",
	  BYTES(""), NULL, 0, "arrays of records" },
	{ "unknown_type", 1, H("<f3", "False", "(1,)"), BYTES("\1\2\3"), NULL, 0, "not supported" },
	{ "shape_that_overflows", 1, H("<f4", "False", "(9223372036854775807, 9)"), BYTES(""), NULL,
	  0, "too large" },
	{ "number_that_overflows", 1, H("<f4", "False", "(99999999999999999999,)"), BYTES(""), NULL,
	  0, "malformed" },
	{ "negative_size", 1, H("<f4", "False", "(-1,)"), BYTES(""), NULL, 0, "malformed" },
	{ "rank_9", 1, H("|u1", "False", "(1,1,1,1,1,1,1,1,1)"), BYTES("\1"), NULL, 0,
	  "more than 8" },
	{ "no_shape", 1, "{'descr': '<f4', 'fortran_order': False}", BYTES(""), NULL, 0,
	  "malformed" },
	{ "no_dictionary", 1, "hello", BYTES(""), NULL, 0, "malformed" },
	{ "version_9", 9, "{}", BYTES(""), NULL, 0, "version 9 is not supported" },
	{ "million_empty_strings", 1, H("<U0", "False", "(999999999999,)"), BYTES(""), NULL, 0,
	  "empty strings" },
};

static const char *type_of(const struct constant *c)
{
	const char *s = arena_printf(&a, "%s[", dtype_name(c->type));
	for (int i = 0; i < c->shape.rank; i++)
		s = arena_printf(&a, "%s%s%lld", s, i ? "," : "", (long long)c->shape.d[i]);
	return arena_printf(&a, "%s]", s);
}

START_TEST(read_npy)
{
	struct loc loc = { .file = "x.npy" };
	struct constant *c;
	size_t size;
	uint8_t *b =
		npy(cases[_i].version, cases[_i].header, cases[_i].data, cases[_i].size, &size);
	bool ok = npy_read(&a, &d, &loc, b, size, &c);
	if (!cases[_i].type) {
		ck_assert(!ok);
		ck_assert_msg(strstr(text.s, cases[_i].error), "%s: %s", cases[_i].name, text.s);
		return;
	}
	ck_assert_msg(ok, "%s: %s", cases[_i].name, text.s);
	ck_assert_str_eq(type_of(c), cases[_i].type);
	int64_t n = shape_elements(&c->shape);
	if (n)
		ck_assert_double_eq(constant_f64(c, n > 1), cases[_i].second);
}
END_TEST

START_TEST(strings_are_utf8)
{
	struct loc loc = { .file = "x.npy" };
	struct constant *c;
	size_t size;
	static const char data[] = "h\0\0\0\xe9\0\0\0\0\0\0\0\x00\xf6\x01\0x\0\0\0\0\0\0\0";
	uint8_t *b = npy(1, H("<U3", "False", "(2,)"), data, 24, &size);
	ck_assert(npy_read(&a, &d, &loc, b, size, &c));
	ck_assert_int_eq(c->type, DT_STRING);
	ck_assert_str_eq(c->strings[0], "h\xc3\xa9");
	ck_assert_str_eq(c->strings[1], "\xf0\x9f\x98\x80x");
}
END_TEST

START_TEST(truncated_anywhere)
{
	struct loc loc = { .file = "x.npy" };
	struct constant *c;
	size_t size;
	uint8_t *b = npy(1, H("<f4", "False", "(2,)"), "\0\0\x80\x3f\0\0\0\x40", 8, &size);
	for (size_t n = 0; n < size; n++) {
		uint8_t *part = arena_copy(&a, b, n); /* its own size, for AddressSanitizer */
		ck_assert(!npy_read(&a, &d, &loc, part, n, &c));
	}
}
END_TEST

/* -- through files --------------------------------------------------------- */

static const char *file_with(const char *suffix, const void *data, size_t n)
{
	char *name = arena_printf(&a, "/tmp/edgecc-unit-XXXXXX%s", suffix);
	int fd = mkstemps(name, (int)strlen(suffix));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
	return name;
}

static bool load(const char *suffix, const void *data, size_t n, const struct value *expected,
		 struct test_value *out)
{
	const char *name = file_with(suffix, data, n);
	bool ok = test_value_load(&a, &d, name, expected, out);
	unlink(name);
	return ok;
}

/* What bits of a NumPy type become when the model has another type there. */
static const struct {
	const char *descr;
	uint16_t bits;
	enum dtype expected;
	double value;
} reinterpreted[] = {
	{ "<u2", 0x3f80, DT_BF16, 1 },   { "<u2", 0x3c00, DT_F16, 1 },
	{ "|u1", 0x38, DT_F8E4M3FN, 1 }, { "|u1", 0xff, DT_I4, -1 },
	{ "|u1", 0x08, DT_I4, -8 },      { "|i1", 0x07, DT_I4, 7 },
	{ "|u1", 0x0f, DT_U4, 15 },      { "|u1", 0x07, DT_F4E2M1, 6 },
	{ "|i1", 0x03, DT_I2, -1 },      { "|u1", 0x02, DT_BOOL, 1 },
};

START_TEST(types_that_numpy_lacks)
{
	struct value expected = { .type = reinterpreted[_i].expected };
	struct test_value v;
	size_t size;
	uint8_t data[2] = { (uint8_t)reinterpreted[_i].bits,
			    (uint8_t)(reinterpreted[_i].bits >> 8) };
	const char *header = arena_printf(&a, H("%s", "False", "(1,)"), reinterpreted[_i].descr);
	uint8_t *b = npy(1, header, data, reinterpreted[_i].descr[2] == '2' ? 2 : 1, &size);
	ck_assert_msg(load(".npy", b, size, &expected, &v), "%s", text.s);
	ck_assert_int_eq(v.items.p[0]->type, expected.type);
	ck_assert_double_eq(constant_f64(v.items.p[0], 0), reinterpreted[_i].value);
}
END_TEST

START_TEST(another_type_is_an_error)
{
	struct value expected = { .type = DT_F32 };
	struct test_value v;
	size_t size;
	uint8_t *b = npy(1, H("<i4", "False", "(1,)"), "\1\0\0\0", 4, &size);
	ck_assert(!load(".npy", b, size, &expected, &v));
	ck_assert_ptr_nonnull(strstr(text.s, "it holds int32, the model has float there"));
}
END_TEST

START_TEST(protobuf_messages)
{
	struct value tensor = { .type = DT_I8 },
		     sequence = { .type = DT_I8, .container = SEQUENCE };
	struct value optional = { .type = DT_I8, .container = OPTIONAL };
	struct test_value v;
	ck_assert_msg(load(".pb", BYTES("\x10\x03\x4a\x01\x07"), &tensor, &v), "%s", text.s);
	ck_assert_int_eq(constant_i64(v.items.p[0], 0), 7);
	ck_assert_msg(
		load(".pb",
		     BYTES("\x10\x01\x1a\x05\x10\x03\x4a\x01\x07\x1a\x05\x10\x03\x4a\x01\x08"),
		     &sequence, &v),
		"%s", text.s);
	ck_assert_uint_eq(v.items.n, 2);
	ck_assert_int_eq(constant_i64(v.items.p[1], 0), 8);
	ck_assert_msg(load(".pb", BYTES("\x10\x01\x1a\x05\x10\x03\x4a\x01\x07"), &optional, &v),
		      "%s", text.s);
	ck_assert(v.present);
	ck_assert_msg(load(".pb", BYTES("\x10\x00"), &optional, &v), "%s", text.s);
	ck_assert(!v.present);
}
END_TEST

START_TEST(a_npy_file_must_be_one)
{
	struct test_value v;
	ck_assert(!load(".npy", "\x10\x03\x4a\x01\x07", 5, NULL, &v));
	ck_assert_ptr_nonnull(strstr(text.s, "not in NumPy's .npy format"));
}
END_TEST

START_TEST(external_data_is_not_for_test_tensors)
{
	struct test_value v;
	ck_assert(!load(".pb", BYTES("\x08\x01\x10\x03\x6a\x0d\x0a\x08location\x12\x01x\x70\x01"),
			NULL, &v));
	ck_assert_ptr_nonnull(strstr(text.s, "external data is not allowed here"));
}
END_TEST

/* Written and read back. NumPy itself reads these files: see the header that is asked for. */
START_TEST(write_npy)
{
	struct shape s = { .rank = 2, .d = { 1, 2 } };
	const float f[] = { 1.5F, -2 };
	struct constant c = { DT_F32, s, f, sizeof f, NULL };
	const char *name = file_with(".npy", "", 0);
	FILE *out = fopen(name, "wb");
	ck_assert_ptr_nonnull(out);
	ck_assert(npy_write(out, &c));
	ck_assert_int_eq(fclose(out), 0);
	struct file_map map;
	ck_assert(file_map(&d, name, &map));
	ck_assert_uint_eq(map.size, 128 + sizeof f);
	ck_assert_mem_eq(
		map.data,
		"\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2,), }",
		63);
	ck_assert_int_eq(map.data[127], '\n');
	ck_assert_mem_eq(map.data + 128, f, sizeof f);
	file_unmap(&map);
	unlink(name);
}
END_TEST

Suite *suite_tensors(void)
{
	const struct unit_test tests[] = {
		{ "read_npy", read_npy, ARRAY_LEN(cases) },
		{ "strings_are_utf8", strings_are_utf8, 0 },
		{ "truncated_anywhere", truncated_anywhere, 0 },
		{ "types_that_numpy_lacks", types_that_numpy_lacks, ARRAY_LEN(reinterpreted) },
		{ "another_type_is_an_error", another_type_is_an_error, 0 },
		{ "protobuf_messages", protobuf_messages, 0 },
		{ "a_npy_file_must_be_one", a_npy_file_must_be_one, 0 },
		{ "external_data_is_not_for_test_tensors", external_data_is_not_for_test_tensors,
		  0 },
		{ "write_npy", write_npy, 0 },
	};
	return unit_suite("tensors", tests, ARRAY_LEN(tests), set_up, tear_down);
}
