/* The wire format: what the scan refuses, what it leaves out, and what protobuf-c then sees. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/frontend/model.h"

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

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *type, const void *bytes,
				size_t size)
{
	/* a copy of its own size, so that AddressSanitizer sees a read past it */
	uint8_t *own = arena_copy(&a, bytes, size);
	struct source s = { &a, &d, "m.onnx", own, size };
	return message_unpack(&s, type);
}

/* -- malformed bytes ------------------------------------------------------- */

#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *name, *bytes;
	size_t size;
	const char *error; /* what the message must contain */
} malformed[] = {
	{ "field_number_0", BYTES("\x00\x01"), "byte 0: field number 0 (in ModelProto)" },
	{ "wire_type_7", BYTES("\x0f"), "byte 0: wire type 7" },
	{ "length_past_the_file", BYTES("\x3a\x05\x12\x01"),
	  "byte 1: the file is truncated: graph needs 5 bytes, 2 are left" },
	{ "length_past_its_message", BYTES("\x3a\x03\x0a\x05\x12\x12\x01x\x12\x01x"),
	  "byte 3: node is 5 bytes long, 1 are left in its message (in GraphProto)" },
	{ "cut_varint", BYTES("\x08\x80"), "byte 1: the number is cut off" },
	{ "varint_of_11_bytes", BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
	  "more than 10 bytes" },
	{ "tag_of_6_bytes", BYTES("\x88\x80\x80\x80\x80\x01\x01"),
	  "the field number has more than 5 bytes" },
	{ "known_field_of_other_wire_type", BYTES("\x38\x01"), "byte 0: graph has wire type 0" },
	{ "fixed_64_cut", BYTES("\xf9\x01\x01\x02"), "a field of 8 bytes is cut off after 2" },
	{ "nul_in_a_string", BYTES("\x12\x02x\0"), "byte 3: a NUL byte in producer_name" },
	{ "two_graphs", BYTES("\x3a\x00\x3a\x00"), "byte 2: a second graph" },
	{ "group_without_end", BYTES("\xfb\x01\x08\x01"), "a group has no end" },
	{ "group_end_without_begin", BYTES("\xfc\x01"), "a group ends that did not begin" },
	{ "packed_floats_of_odd_size", BYTES("\x3a\x07\x2a\x05\x22\x03\x01\x02\x03"),
	  "float_data holds 3 bytes, no multiple of 4" },
	{ "packed_ints_cut", BYTES("\x3a\x06\x2a\x04\x2a\x02\x01\x80"),
	  "the last number in int32_data is cut off" },
	{ "two_raw_data", BYTES("\x3a\x08\x2a\x06\x4a\x01\x01\x4a\x01\x02"), "a second raw_data" },
};

START_TEST(refuses)
{
	ck_assert_ptr_null(
		unpack(&onnx__model_proto__descriptor, malformed[_i].bytes, malformed[_i].size));
	ck_assert_msg(strstr(text.s, malformed[_i].error), "%s: %s", malformed[_i].name, text.s);
	ck_assert_int_eq(d.errors, 1);
}
END_TEST

/* -- nesting --------------------------------------------------------------- */

/* A model whose graph holds `levels` nested messages: node, attribute, graph, node ... Built from
 * the inside. */
static uint8_t *nested(size_t levels, size_t *size)
{
	static const uint8_t tags[] = { 1 << 3 | 2, 5 << 3 | 2,
					6 << 3 | 2 }; /* node, attribute, g */
	size_t room = (levels + 1) * 6, at = room;
	uint8_t *b = malloc(room);
	ck_assert_ptr_nonnull(b);
	for (size_t i = levels + 1; i-- > 0;) {
		uint8_t length[5];
		size_t n = 0, body = room - at;
		for (; body >= 0x80; body >>= 7)
			length[n++] = (uint8_t)(body | 0x80);
		length[n++] = (uint8_t)body;
		memcpy(b + (at -= n), length, n);
		b[--at] = i ? tags[(i - 1) % 3] : 7 << 3 | 2;
	}
	*size = room - at;
	memmove(b, b + at, *size);
	return b;
}

START_TEST(nesting_has_a_limit)
{
	size_t size;
	uint8_t *b = nested(WIRE_DEPTH_MAX - 2, &size);
	ProtobufCMessage *m = unpack(&onnx__model_proto__descriptor, b, size);
	ck_assert_msg(m != NULL, "%s", text.s);
	message_free(m);
	free(b);
	b = nested(WIRE_DEPTH_MAX - 1, &size);
	ck_assert_ptr_null(unpack(&onnx__model_proto__descriptor, b, size));
	ck_assert_ptr_nonnull(strstr(text.s, "nest more than 100 levels deep"));
	free(b);
}
END_TEST

START_TEST(hundred_thousand_levels)
{
	size_t size;
	uint8_t *b = nested(100000, &size);
	ck_assert_ptr_null(unpack(&onnx__model_proto__descriptor, b, size));
	ck_assert_ptr_nonnull(strstr(text.s, "nest more than 100 levels deep"));
	free(b);
}
END_TEST

/* -- what is left out ------------------------------------------------------ */

START_TEST(unknown_fields_are_dropped)
{
	/* ir_version 8, then fields 31 (varint), 30 (bytes), a group of field 29 with a group
	 * inside */
	static const char bytes[] =
		"\x08\x08\xf8\x01\x05\xf2\x01\x02xy\xeb\x01\xe3\x01\x08\x01\xe4\x01\xec\x01";
	Onnx__ModelProto *m =
		(Onnx__ModelProto *)unpack(&onnx__model_proto__descriptor, bytes, sizeof bytes - 1);
	ck_assert_msg(m != NULL, "%s", text.s);
	ck_assert_int_eq(m->ir_version, 8);
	ck_assert_uint_eq(m->base.n_unknown_fields, 0);
	message_free(&m->base);
}
END_TEST

START_TEST(tensor_data_is_referred_to)
{
	/* data_type 1, raw_data at byte 4 */
	static const char bytes[] = "\x10\x01\x4a\x04\x01\x02\x03\x04";
	Onnx__TensorProto *t = (Onnx__TensorProto *)unpack(&onnx__tensor_proto__descriptor, bytes,
							   sizeof bytes - 1);
	ck_assert_msg(t != NULL, "%s", text.s);
	ck_assert(!t->has_raw_data);
	ck_assert_uint_eq(t->n_data_ref, 1);
	ck_assert_uint_eq(t->data_ref[0]->field, 9);
	ck_assert_uint_eq(t->data_ref[0]->offset, 4);
	ck_assert_uint_eq(t->data_ref[0]->size, 4);
	message_free(&t->base);
}
END_TEST

/* Numbers with a tag each become one packed field; others between them do not mix in. */
START_TEST(numbers_are_packed)
{
	/* ints 1, 300, then floats 1.5, then ints -1 */
	static const char bytes[] =
		"\x40\x01\x40\xac\x02\x3d\0\0\xc0\x3f\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	Onnx__AttributeProto *t = (Onnx__AttributeProto *)unpack(&onnx__attribute_proto__descriptor,
								 bytes, sizeof bytes - 1);
	ck_assert_msg(t != NULL, "%s", text.s);
	ck_assert_uint_eq(t->n_ints, 3);
	ck_assert_int_eq(t->ints[0], 1);
	ck_assert_int_eq(t->ints[1], 300);
	ck_assert_int_eq(t->ints[2], -1);
	ck_assert_uint_eq(t->n_floats, 1);
	ck_assert_float_eq(t->floats[0], 1.5F);
	message_free(&t->base);
}
END_TEST

/* A file that holds our own DataRef field must not make the reader look elsewhere. */
START_TEST(references_in_the_file_are_ignored)
{
	Onnx__DataRef ref = ONNX__DATA_REF__INIT, *refs[] = { &ref };
	Onnx__TensorProto t = ONNX__TENSOR_PROTO__INIT;
	ref.has_field = ref.has_offset = ref.has_size = true;
	ref.field = 9;
	ref.offset = 1000000;
	ref.size = 4;
	t.n_data_ref = 1;
	t.data_ref = refs;
	size_t n = onnx__tensor_proto__get_packed_size(&t);
	uint8_t *bytes = arena_alloc(&a, n);
	ck_assert_uint_eq(onnx__tensor_proto__pack(&t, bytes), n);
	Onnx__TensorProto *back =
		(Onnx__TensorProto *)unpack(&onnx__tensor_proto__descriptor, bytes, n);
	ck_assert_msg(back != NULL, "%s", text.s);
	ck_assert_uint_eq(back->n_data_ref, 0);
	message_free(&back->base);
}
END_TEST

/* -- elements -------------------------------------------------------------- */

/* TensorProto messages as bytes, and the last element they hold, or the error. */
static const struct {
	const char *name, *bytes;
	size_t size;
	double last;
	const char *error;
} tensors[] = {
	{ "raw_float", BYTES("\x08\x02\x10\x01\x4a\x08\0\0\0\0\0\0\xc0\x3f"), 1.5, NULL },
	{ "packed_float", BYTES("\x08\x02\x10\x01\x22\x08\0\0\0\0\0\0\xc0\x3f"), 1.5, NULL },
	{ "unpacked_float", BYTES("\x08\x02\x10\x01\x25\0\0\0\0\x25\0\0\xc0\x3f"), 1.5, NULL },
	{ "unpacked_int64", BYTES("\x08\x02\x10\x07\x38\x01\x38\xac\x02"), 300, NULL },
	{ "dims_apart", BYTES("\x08\x01\x10\x07\x08\x02\x38\x01\x38\xac\x02"), 300, NULL },
	{ "partly_packed", BYTES("\x08\x02\x10\x07\x38\x01\x3a\x01\x02"), 0,
	  "its int64_data is partly packed" },
	{ "packed_in_two_pieces", BYTES("\x08\x02\x10\x01\x22\x04\0\0\0\0\x22\x04\0\0\xc0\x3f"),
	  1.5, NULL },
	{ "negative_int8",
	  BYTES("\x08\x01\x10\x03\x2a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -1, NULL },
	{ "uint8_of_255", BYTES("\x08\x01\x10\x02\x2a\x02\xff\x01"), 255, NULL },
	{ "uint8_of_256", BYTES("\x08\x01\x10\x02\x2a\x02\x80\x02"), 0,
	  "is 256, which is no uint8" },
	{ "int64", BYTES("\x08\x01\x10\x07\x3a\x02\xac\x02"), 300, NULL },
	{ "uint32", BYTES("\x08\x01\x10\x0c\x5a\x02\xac\x02"), 300, NULL },
	{ "float16_bits", BYTES("\x08\x01\x10\x0a\x2a\x02\x80\x7c"), 1.5, NULL }, /* 0x3e00 */
	{ "int4_raw", BYTES("\x08\x03\x10\x16\x4a\x02\x21\x0f"), -1, NULL },
	{ "uint4_raw", BYTES("\x08\x03\x10\x15\x4a\x02\x21\x0f"), 15, NULL },
	{ "int4_in_int32_data", BYTES("\x08\x02\x10\x16\x2a\x02\xf1\x01"), -1, NULL },
	{ "uint2_raw", BYTES("\x08\x05\x10\x19\x4a\x02\xe4\x03"), 3, NULL },
	{ "bool_of_2", BYTES("\x08\x01\x10\x09\x4a\x01\x02"), 1, NULL },
	{ "scalar", BYTES("\x10\x03\x4a\x01\x07"), 7, NULL },
	{ "raw_too_long", BYTES("\x08\x01\x10\x03\x4a\x02\x07\x07"), 0,
	  "raw_data has 2 bytes, its shape and type need 1" },
	{ "too_few_numbers", BYTES("\x08\x02\x10\x03\x2a\x01\x07"), 0,
	  "int32_data has 1 numbers, its shape needs 2" },
	{ "no_data", BYTES("\x08\x02\x10\x01"), 0, "it has no data, its shape needs 2 elements" },
	{ "data_in_another_field", BYTES("\x08\x01\x10\x01\x3a\x01\x07"), 0,
	  "its type is float, but its data is in int64_data" },
	{ "two_fields", BYTES("\x08\x01\x10\x01\x22\x04\0\0\0\0\x4a\x04\0\0\0\0"), 0,
	  "both float_data and raw_data" },
	{ "type_99", BYTES("\x10\x63"), 0, "element type 99 is unknown" },
	{ "negative_dimension", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\x01"), 0,
	  "dimension 0 is -1" },
	{ "rank_9", BYTES("\x0a\x09\1\1\1\1\1\1\1\1\1\x10\x01\x22\x04\0\0\0\0"), 0,
	  "its rank is 9" },
	{ "huge",
	  BYTES("\x0a\x12\x80\x80\x80\x80\x80\x80\x80\x80\x40\x80\x80\x80\x80\x80\x80\x80\x80\x40\x10\x01"),
	  0, "more than memory can hold" },
};

START_TEST(elements)
{
	struct loc loc = { .file = "m.onnx", .node = "w" };
	const struct constant *c;
	uint8_t *own = arena_copy(&a, tensors[_i].bytes, tensors[_i].size);
	struct source s = { &a, &d, "m.onnx", own, tensors[_i].size };
	ProtobufCMessage *m = message_unpack(&s, &onnx__tensor_proto__descriptor);
	ck_assert_msg(m != NULL, "%s", text.s);
	bool ok = tensor_constant(&s, NULL, &loc, (Onnx__TensorProto *)m, &c);
	if (tensors[_i].error) {
		ck_assert(!ok);
		ck_assert_msg(strstr(text.s, tensors[_i].error), "%s: %s", tensors[_i].name,
			      text.s);
	} else {
		ck_assert_msg(ok, "%s: %s", tensors[_i].name, text.s);
		ck_assert_double_eq(constant_f64(c, shape_elements(&c->shape) - 1),
				    tensors[_i].last);
	}
	message_free(m);
}
END_TEST

Suite *suite_guard(void)
{
	const struct unit_test tests[] = {
		{ "refuses", refuses, ARRAY_LEN(malformed) },
		{ "nesting_has_a_limit", nesting_has_a_limit, 0 },
		{ "hundred_thousand_levels", hundred_thousand_levels, 0 },
		{ "unknown_fields_are_dropped", unknown_fields_are_dropped, 0 },
		{ "tensor_data_is_referred_to", tensor_data_is_referred_to, 0 },
		{ "numbers_are_packed", numbers_are_packed, 0 },
		{ "references_in_the_file_are_ignored", references_in_the_file_are_ignored, 0 },
		{ "elements", elements, ARRAY_LEN(tensors) },
	};
	return unit_suite("guard", tests, ARRAY_LEN(tests), set_up, tear_down);
}
