/* Tensors and types as ONNX's messages. */
#include "onnx_write.h"

#include "npy.h"

#include <string.h>

/* -- elements -------------------------------------------------------------------------------- */

static uint8_t *packed_bits(struct onnx_writer *w, const struct constant *c, unsigned bits,
			    size_t *size)
{
	const uint8_t *from = c->data;
	unsigned per_byte = 8 / bits, mask = (1u << bits) - 1;
	uint8_t *to;

	*size = (c->size + per_byte - 1) / per_byte;
	to = arena_alloc(w->arena, *size);
	for (size_t i = 0; i < c->size; i++)
		to[i / per_byte] |= (uint8_t)((from[i] & mask) << i % per_byte * bits);
	return to;
}

/* Complex numbers are two parts, each in file order. */
static uint8_t *swapped(struct onnx_writer *w, const struct constant *c)
{
	size_t part = dtype_size(c->type) / (c->type == DT_C64 || c->type == DT_C128 ? 2 : 1);
	const uint8_t *from = c->data;
	uint8_t *to = arena_alloc(w->arena, c->size);

	for (size_t i = 0; i < c->size; i++)
		to[i] = from[i - i % part + (part - 1 - i % part)];
	return to;
}

static void put_raw(struct onnx_writer *w, const struct constant *c, Onnx__TensorProto *t)
{
	unsigned bits = dtype_bits(c->type);

	t->has_raw_data = 1;
	t->raw_data.len = c->size;
	if (bits < 8)
		t->raw_data.data = packed_bits(w, c, bits, &t->raw_data.len);
	else if (npy_host_is_big() && bits > 8)
		t->raw_data.data = swapped(w, c);
	else /* protobuf-c only reads what it packs */
		t->raw_data.data = (uint8_t *)(uintptr_t)c->data;
}

static ProtobufCBinaryData text_bytes(const char *s)
{
	return (ProtobufCBinaryData){ strlen(s), (uint8_t *)(uintptr_t)s };
}

Onnx__TensorProto *tensor_message(struct onnx_writer *w, const struct constant *c, const char *name)
{
	Onnx__TensorProto *t = arena_new(w->arena, Onnx__TensorProto);

	onnx__tensor_proto__init(t);
	t->name = (char *)(uintptr_t)name;
	t->has_data_type = 1;
	t->data_type = (int32_t)c->type;
	t->n_dims = (size_t)c->shape.rank;
	t->dims = arena_copy(w->arena, c->shape.d, t->n_dims * sizeof(int64_t));
	if (c->type != DT_STRING) {
		put_raw(w, c, t);
		return t;
	}
	t->n_string_data = (size_t)shape_elements(&c->shape);
	t->string_data = arena_array(w->arena, ProtobufCBinaryData, t->n_string_data);
	for (size_t i = 0; i < t->n_string_data; i++)
		t->string_data[i] = text_bytes(c->strings[i]);
	return t;
}

/* -- types ----------------------------------------------------------------------------------- */

static Onnx__TensorShapeProto__Dimension *dim_message(struct onnx_writer *w, dim d)
{
	Onnx__TensorShapeProto__Dimension *m =
		arena_new(w->arena, Onnx__TensorShapeProto__Dimension);

	onnx__tensor_shape_proto__dimension__init(m);
	if (dim_is_const(d)) {
		m->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		m->dim_value = d;
	} else if (d != DIM_OVERFLOW && dim_expr(w->u, d)->kind == DIM_SYMBOL) {
		m->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
		m->dim_param = (char *)(uintptr_t)dim_expr(w->u, d)->name;
	}
	return m;
}

static Onnx__TensorShapeProto *shape_message(struct onnx_writer *w, const struct shape *s)
{
	Onnx__TensorShapeProto *m;

	if (s->rank < 0)
		return NULL;
	m = arena_new(w->arena, Onnx__TensorShapeProto);
	onnx__tensor_shape_proto__init(m);
	m->n_dim = (size_t)s->rank;
	m->dim = MESSAGES(w, m->n_dim);
	for (int i = 0; i < s->rank; i++)
		m->dim[i] = dim_message(w, s->d[i]);
	return m;
}

static Onnx__TypeProto *tensor_type(struct onnx_writer *w, const struct value *v)
{
	Onnx__TypeProto *t = arena_new(w->arena, Onnx__TypeProto);

	onnx__type_proto__init(t);
	t->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	t->tensor_type = arena_new(w->arena, Onnx__TypeProto__Tensor);
	onnx__type_proto__tensor__init(t->tensor_type);
	t->tensor_type->has_elem_type = 1;
	t->tensor_type->elem_type = (int32_t)v->type;
	t->tensor_type->shape = shape_message(w, &v->shape);
	return t;
}

/* A map for each row, from v's keys to an element. */
static Onnx__TypeProto *map_type(struct onnx_writer *w, const struct value *v)
{
	const struct value element = { .type = v->type, .shape = { .rank = 0 } };
	Onnx__TypeProto *t = arena_new(w->arena, Onnx__TypeProto);

	onnx__type_proto__init(t);
	t->value_case = ONNX__TYPE_PROTO__VALUE_MAP_TYPE;
	t->map_type = arena_new(w->arena, Onnx__TypeProto__Map);
	onnx__type_proto__map__init(t->map_type);
	t->map_type->has_key_type = 1;
	t->map_type->key_type = (int32_t)v->keys->type;
	t->map_type->value_type = tensor_type(w, &element);
	return t;
}

Onnx__TypeProto *type_message(struct onnx_writer *w, const struct value *v)
{
	Onnx__TypeProto *inner = v->keys ? map_type(w, v) : tensor_type(w, v), *t;

	if (v->container == TENSOR && !v->keys)
		return inner;
	t = arena_new(w->arena, Onnx__TypeProto);
	onnx__type_proto__init(t);
	switch (v->keys ? SEQUENCE : v->container) {
	case SEQUENCE:
		t->value_case = ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE;
		t->sequence_type = arena_new(w->arena, Onnx__TypeProto__Sequence);
		onnx__type_proto__sequence__init(t->sequence_type);
		t->sequence_type->elem_type = inner;
		return t;
	case OPTIONAL:
		t->value_case = ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE;
		t->optional_type = arena_new(w->arena, Onnx__TypeProto__Optional);
		onnx__type_proto__optional__init(t->optional_type);
		t->optional_type->elem_type = inner;
		return t;
	default:
		w->ok = diag_error(w->u->diag, &v->loc, "maps cannot be written as ONNX");
		return t;
	}
}

Onnx__ValueInfoProto *value_message(struct onnx_writer *w, const struct value *v, const char *name)
{
	Onnx__ValueInfoProto *m = arena_new(w->arena, Onnx__ValueInfoProto);

	onnx__value_info_proto__init(m);
	m->name = (char *)(uintptr_t)name;
	m->type = type_message(w, v);
	return m;
}
