/* Test data: one value of a model's inputs or outputs, from a .npy file or a protobuf message. */
#include "model.h"
#include "npy.h"

#include <string.h>

/* -- types that NumPy lacks ------------------------------------------------ */

static bool is_byte(enum dtype t)
{
	return t == DT_U8 || t == DT_I8;
}

/* Whether bits of `have` can stand for elements of `want`. */
static bool stands_for(enum dtype have, enum dtype want)
{
	if (dtype_size(have) != dtype_size(want) || have == DT_STRING || want == DT_STRING)
		return false;
	if (want == DT_BF16 || want == DT_F16)
		return have == DT_U16 || have == DT_I16;
	bool small = (dtype_is_float(want) && dtype_size(want) == 1) || want == DT_U4 ||
		     want == DT_I4 || want == DT_U2 || want == DT_I2;
	return is_byte(have) && (small || want == DT_BOOL);
}

/* Elements of less than a byte: the low bits, sign-extended. */
static void narrow(struct arena *a, struct constant *c)
{
	unsigned bits = dtype_bits(c->type);
	bool is_signed = c->type == DT_I4 || c->type == DT_I2;
	uint8_t mask = (uint8_t)((1u << bits) - 1),
		sign = (uint8_t)(is_signed ? 1u << (bits - 1) : 0);
	uint8_t *p = arena_copy(a, c->data, c->size);
	for (size_t i = 0; i < c->size && bits < 8; i++)
		p[i] = (uint8_t)(((p[i] & mask) ^ sign) - sign);
	for (size_t i = 0; i < c->size && c->type == DT_BOOL; i++)
		p[i] = p[i] != 0;
	c->data = p;
}

static const struct constant *as_type(struct arena *a, const struct constant *c, enum dtype want)
{
	if (c->type == want || !stands_for(c->type, want))
		return c;
	struct constant *x = arena_copy(a, c, sizeof *c);
	x->type = want;
	if (dtype_size(want) == 1)
		narrow(a, x);
	return x;
}

/* -- protobuf -------------------------------------------------------------- */

/* The constant's elements are copied: the file is closed soon. */
static bool add_tensor(const struct source *s, const struct loc *loc, const Onnx__TensorProto *t,
		       struct test_value *out)
{
	const struct constant *c;
	if (!tensor_constant(s, NULL, loc, t, &c))
		return false;
	struct constant *own = arena_copy(s->arena, c, sizeof *c);
	if (own->size)
		own->data = arena_copy(s->arena, c->data, c->size);
	vec_push(s->arena, &out->items, own);
	return true;
}

static bool read_tensor(const struct source *s, const struct loc *loc, struct test_value *out)
{
	ProtobufCMessage *m = message_unpack(s, &onnx__tensor_proto__descriptor);
	bool ok = m && add_tensor(s, loc, (Onnx__TensorProto *)m, out);
	message_free(m);
	return ok;
}

static bool add_sequence(const struct source *s, const struct loc *loc,
			 const Onnx__SequenceProto *q, struct test_value *out)
{
	if (q->n_sparse_tensor_values || q->n_sequence_values || q->n_optional_values)
		return diag_error(s->diag, loc,
				  "sequences of anything but tensors are not supported");
	for (size_t i = 0; i < q->n_tensor_values; i++)
		if (!add_tensor(s, loc, q->tensor_values[i], out))
			return false;
	return true;
}

static bool read_sequence(const struct source *s, const struct loc *loc, struct test_value *out)
{
	ProtobufCMessage *m = message_unpack(s, &onnx__sequence_proto__descriptor);
	bool ok = m && add_sequence(s, loc, (Onnx__SequenceProto *)m, out);
	message_free(m);
	return ok;
}

static bool read_optional(const struct source *s, const struct loc *loc, struct test_value *out)
{
	ProtobufCMessage *m = message_unpack(s, &onnx__optional_proto__descriptor);
	const Onnx__OptionalProto *o = (Onnx__OptionalProto *)m;
	bool ok = m != NULL;
	if (ok && (o->sparse_tensor_value || o->optional_value))
		ok = diag_error(
			s->diag, loc,
			"optionals of anything but tensors and sequences are not supported");
	else if (ok && o->tensor_value)
		ok = add_tensor(s, loc, o->tensor_value, out);
	else if (ok && o->sequence_value)
		ok = add_sequence(s, loc, o->sequence_value, out);
	out->present = ok && (o->tensor_value || o->sequence_value);
	message_free(m);
	return ok;
}

/* -- both ------------------------------------------------------------------ */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

static bool read_value(const struct source *s, const struct loc *loc, struct test_value *out)
{
	struct constant *c;
	if (npy_is(s->data, s->size)) {
		if (!npy_read(s->arena, s->diag, loc, s->data, s->size, &c))
			return false;
		vec_push(s->arena, &out->items, c);
		return true;
	}
	if (s->size >= 4 && memcmp(s->data, "PK\3\4", 4) == 0)
		return diag_error(s->diag, loc, "it is an archive, a .npy or .pb file is needed");
	if (ends_with(s->path, ".npy"))
		return diag_error(s->diag, loc, "the file is not in NumPy's .npy format");
	switch (out->container) {
	case TENSOR:
		return read_tensor(s, loc, out);
	case SEQUENCE:
		return read_sequence(s, loc, out);
	case OPTIONAL:
		return read_optional(s, loc, out);
	case MAP:
		break;
	}
	return diag_error(s->diag, loc, "test data for maps is not supported");
}

static bool check_types(const struct source *s, const struct loc *loc, enum dtype want,
			struct test_value *v)
{
	for (size_t i = 0; want != DT_UNDEF && i < v->items.n; i++) {
		v->items.p[i] = as_type(s->arena, v->items.p[i], want);
		if (v->items.p[i]->type != want)
			return diag_error(s->diag, loc, "it holds %s, the model has %s there",
					  dtype_name(v->items.p[i]->type), dtype_name(want));
	}
	return true;
}

bool test_value_load(struct arena *a, struct diag *d, const char *path,
		     const struct value *expected, struct test_value *out)
{
	struct loc loc = { .file = path };
	struct file_map map;
	*out = (struct test_value){ .container = expected ? expected->container : TENSOR,
				    .present = true };
	if (!file_map(d, path, &map))
		return false;
	struct source s = { a, d, path, map.data, map.size };
	bool ok = read_value(&s, &loc, out);
	if (ok && expected && expected->type != DT_UNDEF)
		ok = check_types(&s, &loc, expected->type, out);
	file_unmap(&map);
	return ok;
}
