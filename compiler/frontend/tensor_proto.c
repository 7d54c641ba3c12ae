/* TensorProto to constant: raw or typed fields, packed or not, in the model file or in another.
 *
 * Elements in the file are borrowed where they lie there as they shall lie in memory: little-endian
 * host, one byte or more per element, one piece. */
#include "model.h"

#include <string.h>

enum field { /* of TensorProto */
	     F_FLOAT = 4,
	     F_INT32 = 5,
	     F_STRING = 6,
	     F_INT64 = 7,
	     F_RAW = 9,
	     F_DOUBLE = 10,
	     F_UINT64 = 11
};

/* How each type is stored: the typed field it may use; bits of an element; numbers of that field
 * (or, swapping bytes, parts) in one element. */
static const struct encoding {
	uint8_t field, bits, parts;
} encodings[DT_ONNX_COUNT] = {
	[DT_F32] = { F_FLOAT, 32, 1 },       [DT_F64] = { F_DOUBLE, 64, 1 },
	[DT_C64] = { F_FLOAT, 64, 2 },       [DT_C128] = { F_DOUBLE, 128, 2 },
	[DT_I64] = { F_INT64, 64, 1 },       [DT_U64] = { F_UINT64, 64, 1 },
	[DT_I32] = { F_INT32, 32, 1 },       [DT_U32] = { F_UINT64, 32, 1 },
	[DT_I16] = { F_INT32, 16, 1 },       [DT_U16] = { F_INT32, 16, 1 },
	[DT_I8] = { F_INT32, 8, 1 },         [DT_U8] = { F_INT32, 8, 1 },
	[DT_BOOL] = { F_INT32, 8, 1 },       [DT_F16] = { F_INT32, 16, 1 },
	[DT_BF16] = { F_INT32, 16, 1 },      [DT_F8E4M3FN] = { F_INT32, 8, 1 },
	[DT_F8E4M3FNUZ] = { F_INT32, 8, 1 }, [DT_F8E5M2] = { F_INT32, 8, 1 },
	[DT_F8E5M2FNUZ] = { F_INT32, 8, 1 }, [DT_F8E8M0] = { F_INT32, 8, 1 },
	[DT_U4] = { F_INT32, 4, 1 },         [DT_I4] = { F_INT32, 4, 1 },
	[DT_F4E2M1] = { F_INT32, 4, 1 },     [DT_U2] = { F_INT32, 2, 1 },
	[DT_I2] = { F_INT32, 2, 1 },         [DT_STRING] = { F_STRING, 0, 1 },
};

static const char *field_name(unsigned number)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field(&onnx__tensor_proto__descriptor, number);
	return f ? f->name : "an unknown field";
}

bool dtype_from_onnx(struct diag *d, const struct loc *loc, int64_t number, enum dtype *out)
{
	if (number <= DT_UNDEF || number >= DT_ONNX_COUNT)
		return diag_error(d, loc, "element type %lld is unknown", (long long)number);
	*out = (enum dtype)number;
	return true;
}

/* One tensor being read. */
struct reader {
	const struct source *s;
	const struct loc *loc;
	const Onnx__TensorProto *t;
	struct external_files *ext;
	enum dtype type;
	struct encoding e;
	struct shape shape;
	size_t count;  /* elements */
	size_t stored; /* bytes they take in raw_data */
};

bool tensor_dims(struct diag *d, const struct loc *loc, size_t n, const int64_t *dims,
		 struct shape *out, size_t *count)
{
	int64_t product = 1;
	bool empty = false;
	if (n > RANK_MAX)
		return diag_error(d, loc, "its rank is %zu, at most %d is supported", n, RANK_MAX);
	out->rank = (int)n;
	for (size_t i = 0; i < n; i++) {
		out->d[i] = dims[i];
		empty |= dims[i] == 0;
		if (dims[i] < 0)
			return diag_error(d, loc, "dimension %zu is %lld", i, (long long)dims[i]);
	}
	for (size_t i = 0; i < n && !empty; i++)
		if (!mul_i64(product, dims[i], &product) || (uint64_t)product > SIZE_MAX / 256)
			return diag_error(d, loc,
					  "its dimensions multiply to more than memory can hold");
	*count = empty ? 0 : (size_t)product;
	return true;
}

static size_t inline_count(const Onnx__TensorProto *t, unsigned field)
{
	switch (field) {
	case F_FLOAT:
		return t->n_float_data;
	case F_INT32:
		return t->n_int32_data;
	case F_STRING:
		return t->n_string_data;
	case F_INT64:
		return t->n_int64_data;
	case F_DOUBLE:
		return t->n_double_data;
	case F_UINT64:
		return t->n_uint64_data;
	default:
		return t->raw_data.len;
	}
}

static const void *inline_data(const Onnx__TensorProto *t, unsigned field)
{
	switch (field) {
	case F_FLOAT:
		return t->float_data;
	case F_DOUBLE:
		return t->double_data;
	default:
		return t->raw_data.data;
	}
}

static uint64_t inline_number(const Onnx__TensorProto *t, unsigned field, size_t i)
{
	switch (field) {
	case F_INT32:
		return (uint64_t)(int64_t)t->int32_data[i];
	case F_INT64:
		return (uint64_t)t->int64_data[i];
	default:
		return t->uint64_data[i];
	}
}

/* The one field that holds t's elements, 0 when none does; error when several do, or one of another
 * type. */
static bool find_field(const struct reader *r, unsigned *out)
{
	static const unsigned char fields[] = { F_FLOAT, F_INT32,  F_STRING, F_INT64,
						F_RAW,   F_DOUBLE, F_UINT64 };
	const Onnx__TensorProto *t = r->t;
	*out = 0;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		unsigned f = fields[i];
		size_t pieces = inline_count(t, f) > 0;
		for (size_t k = 0; k < t->n_data_ref; k++)
			pieces += t->data_ref[k]->field == f && t->data_ref[k]->size > 0;
		if (!pieces)
			continue;
		if (pieces > 1 && inline_count(t, f) > 0)
			return diag_error(r->s->diag, r->loc, "its %s is partly packed",
					  field_name(f));
		if (*out)
			return diag_error(r->s->diag, r->loc, "it has both %s and %s",
					  field_name(*out), field_name(f));
		if (f == F_RAW ? r->type == DT_STRING : f != r->e.field)
			return diag_error(r->s->diag, r->loc,
					  "its type is %s, but its data is in %s",
					  dtype_name(r->type), field_name(f));
		*out = f;
	}
	return true;
}

/* -- bytes as in raw_data -------------------------------------------------- */

static bool host_is_big(void)
{
	const uint16_t one = 1;
	uint8_t first;
	memcpy(&first, &one, 1);
	return first == 0;
}

/* Whether the elements in the file are as they shall be in memory. */
static bool can_borrow(const struct reader *r, const uint8_t *p)
{
	if (r->e.bits < 8 || (host_is_big() && r->e.bits > 8))
		return false;
	for (size_t i = 0; r->type == DT_BOOL && i < r->count; i++)
		if (p[i] > 1)
			return false;
	return true;
}

static const void *decode_bytes(const struct reader *r, const uint8_t *p, struct constant *c)
{
	if (can_borrow(r, p))
		return p;
	uint8_t *out = arena_alloc(r->s->arena, c->size);
	size_t bits = r->e.bits, part = bits / 8 / r->e.parts;
	bool is_signed = r->type == DT_I4 || r->type == DT_I2;
	if (bits < 8) { /* the first element in the low bits */
		uint8_t mask = (uint8_t)((1u << bits) - 1),
			sign = (uint8_t)(is_signed ? 1u << (bits - 1) : 0);
		for (size_t i = 0; i < r->count; i++) {
			uint8_t v = (uint8_t)(p[i * bits / 8] >> (i * bits % 8)) & mask;
			out[i] = (uint8_t)((v ^ sign) - sign);
		}
	} else if (r->type == DT_BOOL) {
		for (size_t i = 0; i < r->count; i++)
			out[i] = p[i] != 0;
	} else {
		for (size_t i = 0; i < c->size; i += part)
			for (size_t k = 0; k < part; k++)
				out[i + k] = p[i + part - 1 - k];
	}
	return out;
}

/* The pieces of a field of fixed-size elements as one run of bytes; their number must be r->stored.
 */
static bool gather_bytes(const struct reader *r, unsigned field, const uint8_t **out)
{
	const Onnx__TensorProto *t = r->t;
	size_t total = 0, pieces = 0;
	for (size_t k = 0; k < t->n_data_ref; k++)
		if (t->data_ref[k]->field == field) {
			total += (size_t)t->data_ref[k]->size;
			*out = r->s->data + t->data_ref[k]->offset;
			pieces++;
		}
	if (total != r->stored)
		return diag_error(r->s->diag, r->loc,
				  "its %s has %zu bytes, its shape and type need %zu",
				  field_name(field), total, r->stored);
	if (pieces == 1)
		return true;
	uint8_t *joined = arena_alloc(r->s->arena, total);
	*out = joined;
	for (size_t k = 0; k < t->n_data_ref; k++)
		if (t->data_ref[k]->field == field && t->data_ref[k]->size) {
			memcpy(joined, r->s->data + t->data_ref[k]->offset,
			       (size_t)t->data_ref[k]->size);
			joined += t->data_ref[k]->size;
		}
	return true;
}

/* raw_data, float_data or double_data. Unpacked numbers are already in host order. */
static bool read_fixed(const struct reader *r, unsigned field, struct constant *c)
{
	size_t n = inline_count(r->t, field);
	if (n) {
		size_t bytes = field == F_RAW ? n : n * (field == F_FLOAT ? 4 : 8);
		if (bytes != r->stored)
			return diag_error(r->s->diag, r->loc,
					  "its %s has %zu bytes, its shape and type need %zu",
					  field_name(field), bytes, r->stored);
		const uint8_t *copy = arena_copy(r->s->arena, inline_data(r->t, field), bytes);
		c->data = field == F_RAW ? decode_bytes(r, copy, c) : copy;
		return true;
	}
	const uint8_t *p;
	if (!gather_bytes(r, field, &p))
		return false;
	c->data = decode_bytes(r, p, c);
	return true;
}

/* -- numbers --------------------------------------------------------------- */

/* The numbers of an integer field, one after the other. */
struct numbers {
	const struct reader *r;
	unsigned field;
	size_t i, ref;          /* next unpacked number; next DataRef */
	const uint8_t *p, *end; /* rest of the current DataRef */
};

static bool next_number(struct numbers *it, uint64_t *out)
{
	const Onnx__TensorProto *t = it->r->t;
	if (it->i < inline_count(t, it->field)) {
		*out = inline_number(t, it->field, it->i++);
		return true;
	}
	while (it->p == it->end) {
		while (it->ref < t->n_data_ref && t->data_ref[it->ref]->field != it->field)
			it->ref++;
		if (it->ref == t->n_data_ref)
			return false;
		it->p = it->r->s->data + t->data_ref[it->ref]->offset;
		it->end = it->p + t->data_ref[it->ref]->size;
		it->ref++;
	}
	*out = 0;
	for (int shift = 0;; shift += 7) { /* the guard has checked that it ends within 10 bytes */
		uint8_t b = *it->p++;
		if (shift < 64)
			*out |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return true;
	}
}

/* Integers, and small floats as bit patterns. Both sign-extended and zero-extended numbers occur in
 * files. */
static bool fits(const struct reader *r, uint64_t v)
{
	unsigned bits = r->e.bits < 8 ? 8 : r->e.bits;
	if (bits == 64)
		return true;
	if (r->type == DT_U32)
		return v <= UINT32_MAX;
	if (bits == 32) /* an int32 field, sign-extended to 64 bits or, by some writers, not */
		return v <= UINT32_MAX || (int64_t)v >= INT32_MIN;
	return (int64_t)v >= -((int64_t)1 << (bits - 1)) && (int64_t)v < (int64_t)1 << bits;
}

static void store(void *data, size_t size, size_t i, uint64_t v)
{
	uint8_t *p = (uint8_t *)data + i * size;
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;
	const void *from = size == 1   ? (const void *)&v8
			   : size == 2 ? (const void *)&v16
			   : size == 4 ? (const void *)&v32
				       : (const void *)&v;
	memcpy(p, from, size);
}

static bool read_numbers(const struct reader *r, unsigned field, struct constant *c)
{
	struct numbers it = { .r = r, .field = field };
	bool small = r->e.bits < 8; /* a number then holds one byte of packed elements */
	size_t size = small ? 1 : c->size / (r->count ? r->count : 1),
	       want = small ? r->stored : r->count;
	/* a number takes at least a byte, so this bounds the allocation by what the file holds */
	size_t have = inline_count(r->t, field);
	for (size_t k = 0; k < r->t->n_data_ref; k++)
		have += r->t->data_ref[k]->field == field ? (size_t)r->t->data_ref[k]->size : 0;
	uint8_t *out = have < want ? NULL : arena_alloc(r->s->arena, want * size);
	uint64_t v;
	size_t n = 0;
	for (; next_number(&it, &v); n++) {
		if (!fits(r, v))
			return diag_error(r->s->diag, r->loc,
					  "number %zu of its %s is %lld, which is no %s", n,
					  field_name(field), (long long)v, dtype_name(r->type));
		if (out && n < want)
			store(out, size, n, r->type == DT_BOOL ? v != 0 : v);
	}
	if (n != want)
		return diag_error(r->s->diag, r->loc, "its %s has %zu numbers, its shape needs %zu",
				  field_name(field), n, want);
	c->data = small ? decode_bytes(r, out, c) : out;
	return true;
}

static bool read_strings(const struct reader *r, struct constant *c)
{
	const Onnx__TensorProto *t = r->t;
	if (t->n_string_data != r->count)
		return diag_error(r->s->diag, r->loc,
				  "its string_data has %zu strings, its shape needs %zu",
				  t->n_string_data, r->count);
	const char **strings = arena_array(r->s->arena, const char *, r->count);
	for (size_t i = 0; i < r->count; i++) {
		const ProtobufCBinaryData *b = &t->string_data[i];
		strings[i] = arena_text(r->s->arena, b->data, b->len);
	}
	c->strings = strings;
	return true;
}

/* -- whole tensors --------------------------------------------------------- */

static bool read_elements(const struct reader *r, struct constant *c)
{
	const Onnx__TensorProto *t = r->t;
	bool external = t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	const uint8_t *p;
	unsigned field;
	if (!find_field(r, &field))
		return false;
	if (t->has_data_location &&
	    t->data_location != ONNX__TENSOR_PROTO__DATA_LOCATION__DEFAULT && !external)
		return diag_error(r->s->diag, r->loc, "data location %d is unknown",
				  t->data_location);
	if (external && field)
		return diag_error(r->s->diag, r->loc, "it has both external data and %s",
				  field_name(field));
	if (external && r->type == DT_STRING)
		return diag_error(r->s->diag, r->loc, "strings cannot be external data");
	if (external) {
		if (!external_data(r->s, r->ext, r->loc, t, r->stored, &p))
			return false;
		c->data = decode_bytes(r, p, c);
		return true;
	}
	if (!field && r->count)
		return diag_error(r->s->diag, r->loc,
				  "it has no data, its shape needs %zu elements", r->count);
	if (r->type == DT_STRING)
		return read_strings(r, c);
	if (!field) {
		c->data = arena_alloc(r->s->arena, 0);
		return true;
	}
	if (field == F_RAW || field == F_FLOAT || field == F_DOUBLE)
		return read_fixed(r, field, c);
	return read_numbers(r, field, c);
}

bool tensor_constant(const struct source *s, struct external_files *ext, const struct loc *loc,
		     const Onnx__TensorProto *t, const struct constant **out)
{
	struct reader r = { .s = s, .loc = loc, .t = t, .ext = ext };
	if (!dtype_from_onnx(s->diag, loc, t->data_type, &r.type))
		return false;
	r.e = encodings[r.type];
	if (!tensor_dims(s->diag, loc, t->n_dims, t->dims, &r.shape, &r.count))
		return false;
	r.stored = (r.count / 8) * r.e.bits + ((r.count % 8) * r.e.bits + 7) / 8;
	struct constant *c = arena_new(s->arena, struct constant);
	c->type = r.type;
	c->shape = r.shape;
	c->size = r.type == DT_STRING ? 0 : r.count * dtype_size(r.type);
	if (!read_elements(&r, c))
		return false;
	*out = c;
	return true;
}
