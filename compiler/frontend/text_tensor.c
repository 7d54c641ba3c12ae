/* Types and tensors of ONNX's textual syntax. */
#include "text.h"

#include <string.h>

/* -- types ----------------------------------------------------------------- */

/* The element type that the word at the cursor names; DT_UNDEF when it names none. */
static enum dtype peek_dtype(struct text *t)
{
	const char *s;
	size_t n;
	char name[32];
	if (!text_word(t, &s, &n) || n >= sizeof name)
		return DT_UNDEF;
	memcpy(name, s, n);
	name[n] = '\0';
	return dtype_from_name(name);
}

static bool accept_dtype(struct text *t, int32_t *out)
{
	const char *s;
	size_t n;
	enum dtype type = peek_dtype(t);
	if (type == DT_UNDEF)
		return text_error(t, "expected an element type");
	text_word(t, &s, &n);
	t->at += n;
	*out = (int32_t)type;
	return true;
}

bool text_is_type(struct text *t)
{
	static const char *const words[] = { "seq", "map", "optional", "sparse_tensor" };
	const char *s;
	size_t n;
	if (!text_word(t, &s, &n))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
			return true;
	return peek_dtype(t) != DT_UNDEF;
}

static bool parse_dim(struct text *t, Onnx__TensorShapeProto__Dimension *d)
{
	if (text_accept(t, '?'))
		return true;
	if (text_is_number(t)) {
		d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		return text_int(t, &d->dim_value);
	}
	d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
	return text_name(t, "a size", &d->dim_param);
}

/* "[2,N,?]"; nothing: a scalar; "[]": the rank is not known. */
static bool parse_shape(struct text *t, Onnx__TensorShapeProto **out)
{
	VEC(Onnx__TensorShapeProto__Dimension *) dims = { 0 };
	*out = NULL;
	bool bracket = text_accept(t, '[');
	if (bracket && text_accept(t, ']'))
		return true;
	*out = arena_new(t->a, Onnx__TensorShapeProto);
	onnx__tensor_shape_proto__init(*out);
	if (!bracket)
		return true;
	do {
		Onnx__TensorShapeProto__Dimension *d =
			arena_new(t->a, Onnx__TensorShapeProto__Dimension);
		onnx__tensor_shape_proto__dimension__init(d);
		if (!parse_dim(t, d))
			return false;
		vec_push(t->a, &dims, d);
	} while (text_accept(t, ','));
	(*out)->n_dim = dims.n;
	(*out)->dim = dims.p;
	return text_expect(t, ']');
}

static bool parse_tensor_type(struct text *t, Onnx__TypeProto *out)
{
	Onnx__TypeProto__Tensor *x = arena_new(t->a, Onnx__TypeProto__Tensor);
	onnx__type_proto__tensor__init(x);
	x->has_elem_type = true;
	out->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	out->tensor_type = x;
	return accept_dtype(t, &x->elem_type) && parse_shape(t, &x->shape);
}

static bool parse_inner(struct text *t, Onnx__TypeProto **out)
{
	return text_type(t, out) && text_expect(t, ')');
}

static bool parse_sequence(struct text *t, Onnx__TypeProto *out)
{
	Onnx__TypeProto__Sequence *x = arena_new(t->a, Onnx__TypeProto__Sequence);
	onnx__type_proto__sequence__init(x);
	out->value_case = ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE;
	out->sequence_type = x;
	return parse_inner(t, &x->elem_type);
}

static bool parse_optional(struct text *t, Onnx__TypeProto *out)
{
	Onnx__TypeProto__Optional *x = arena_new(t->a, Onnx__TypeProto__Optional);
	onnx__type_proto__optional__init(x);
	out->value_case = ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE;
	out->optional_type = x;
	return parse_inner(t, &x->elem_type);
}

static bool parse_map(struct text *t, Onnx__TypeProto *out)
{
	Onnx__TypeProto__Map *x = arena_new(t->a, Onnx__TypeProto__Map);
	onnx__type_proto__map__init(x);
	x->has_key_type = true;
	out->value_case = ONNX__TYPE_PROTO__VALUE_MAP_TYPE;
	out->map_type = x;
	return accept_dtype(t, &x->key_type) && text_expect(t, ',') &&
	       parse_inner(t, &x->value_type);
}

static bool parse_sparse(struct text *t, Onnx__TypeProto *out)
{
	Onnx__TypeProto__SparseTensor *x = arena_new(t->a, Onnx__TypeProto__SparseTensor);
	onnx__type_proto__sparse_tensor__init(x);
	x->has_elem_type = true;
	out->value_case = ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE;
	out->sparse_tensor_type = x;
	return accept_dtype(t, &x->elem_type) && parse_shape(t, &x->shape) && text_expect(t, ')');
}

bool text_type(struct text *t, Onnx__TypeProto **out)
{
	static const struct {
		const char *word;
		bool (*parse)(struct text *t, Onnx__TypeProto *out);
	} containers[] = {
		{ "seq", parse_sequence },
		{ "optional", parse_optional },
		{ "map", parse_map },
		{ "sparse_tensor", parse_sparse },
	};
	Onnx__TypeProto *type = arena_new(t->a, Onnx__TypeProto);
	onnx__type_proto__init(type);
	*out = type;
	if (t->depth == TEXT_DEPTH_MAX)
		return text_error(t, "nested more than %d levels deep", TEXT_DEPTH_MAX);
	for (size_t i = 0; i < ARRAY_LEN(containers); i++) {
		if (!text_accept_word(t, containers[i].word))
			continue;
		t->depth++;
		bool ok = text_expect(t, '(') && containers[i].parse(t, type);
		t->depth--;
		return ok;
	}
	return parse_tensor_type(t, type);
}

/* -- elements -------------------------------------------------------------- */

/* Elements of a tensor as they are read: what each field of TensorProto needs. */
struct elements {
	enum dtype type;
	VEC(float) f;
	VEC(double) d;
	VEC(int64_t) i;
	VEC(uint64_t) u;
	VEC(int32_t) small; /* numbers, or bit patterns of small floats */
	VEC(ProtobufCBinaryData) s;
	size_t n;
};

/* ONNX writes float16, bfloat16 and float8 as the integers that their bits are. A number with a point or an
 * exponent is the value. */
static bool is_pattern(enum dtype type, const struct text_number *v)
{
	return dtype_is_float(type) && type != DT_F4E2M1 && v->is_int;
}

/* Bits of one element as TensorProto's int32_data holds it. */
static bool small_bits(struct text *t, enum dtype type, const struct text_number *v, int32_t *out)
{
	uint32_t bits = 0;
	uint16_t half;
	uint8_t byte;
	if (is_pattern(type, v)) {
		if (v->i < 0 || v->i >> (8 * dtype_size(type)))
			return text_error(t, "%lld is no bit pattern of %s", (long long)v->i,
					  dtype_name(type));
		bits = (uint32_t)v->i;
	} else if (dtype_is_float(type)) {
		constant_put_f64(&bits, type, 0, v->d);
	} else if (!v->is_int) {
		return text_error(t, "the element must be an integer");
	}
	if (!dtype_is_float(type)) {
		struct shape scalar = { .rank = 0 };
		struct constant c = { type, scalar, &bits, dtype_size(type), NULL };

		constant_put_i64(&bits, type, 0, v->i);
		if (constant_i64(&c, 0) != v->i)
			return text_error(t, "%lld does not fit %s", (long long)v->i,
					  dtype_name(type));
	}
	memcpy(&half, &bits, 2);
	memcpy(&byte, &bits, 1);
	if (dtype_size(type) == 4)
		memcpy(out, &bits, 4);
	else
		*out = dtype_size(type) == 2 ? half : byte;
	return true;
}

static bool parse_number(struct text *t, struct elements *e)
{
	struct text_number v;
	int32_t small;
	if (!text_number(t, &v))
		return false;
	bool integer = dtype_is_int(e->type);
	if (integer && (!v.is_int || (e->type != DT_U64 && (v.i < 0) != (v.d < 0))))
		return text_error(t, "the element must be an integer that fits %s",
				  dtype_name(e->type));
	switch (e->type) {
	case DT_F32:
	case DT_C64:
		vec_push(t->a, &e->f, v.f);
		break;
	case DT_F64:
	case DT_C128:
		vec_push(t->a, &e->d, v.d);
		break;
	case DT_I64:
		vec_push(t->a, &e->i, v.i);
		break;
	case DT_U32:
	case DT_U64:
		if (v.d < 0 || (e->type == DT_U32 && v.u > UINT32_MAX))
			return text_error(t, "the element does not fit %s", dtype_name(e->type));
		vec_push(t->a, &e->u, v.u);
		break;
	default:
		if (!small_bits(t, e->type, &v, &small))
			return false;
		vec_push(t->a, &e->small, small);
	}
	return true;
}

static bool parse_element(struct text *t, struct elements *e)
{
	char *s;
	if (e->type != DT_STRING)
		return parse_number(t, e);
	if (!text_string(t, &s))
		return false;
	vec_push(t->a, &e->s, ((ProtobufCBinaryData){ strlen(s), (uint8_t *)s }));
	return true;
}

/* Elements of less than a byte, packed as the field wants them. */
static void pack_small(struct elements *e)
{
	unsigned bits = dtype_bits(e->type);
	if (bits >= 8)
		return;
	size_t each = 8 / bits, bytes = (e->small.n + each - 1) / each;
	for (size_t i = 0; i < bytes; i++) {
		int32_t byte = 0;
		for (size_t k = 0; k < each && i * each + k < e->small.n; k++)
			byte |= (e->small.p[i * each + k] & ((1 << bits) - 1)) << (k * bits);
		e->small.p[i] = byte;
	}
	e->small.n = bytes;
}

static bool parse_elements(struct text *t, Onnx__TensorProto *out)
{
	struct elements e = { .type = (enum dtype)out->data_type };
	if (!text_expect(t, '{'))
		return false;
	if (!text_accept(t, '}')) {
		do {
			if (!parse_element(t, &e))
				return false;
		} while (text_accept(t, ','));
		if (!text_expect(t, '}'))
			return false;
	}
	pack_small(&e);
	out->n_float_data = e.f.n;
	out->float_data = e.f.p;
	out->n_double_data = e.d.n;
	out->double_data = e.d.p;
	out->n_int64_data = e.i.n;
	out->int64_data = e.i.p;
	out->n_uint64_data = e.u.n;
	out->uint64_data = e.u.p;
	out->n_int32_data = e.small.n;
	out->int32_data = e.small.p;
	out->n_string_data = e.s.n;
	out->string_data = e.s.p;
	return true;
}

bool text_data(struct text *t, const Onnx__TypeProto *type, Onnx__TensorProto **out)
{
	Onnx__TensorProto *x = arena_new(t->a, Onnx__TensorProto);
	onnx__tensor_proto__init(x);
	*out = x;
	if (type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !type->tensor_type->shape)
		return text_error(t, "only a tensor with a shape can have elements");
	const Onnx__TensorShapeProto *s = type->tensor_type->shape;
	x->has_data_type = true;
	x->data_type = type->tensor_type->elem_type;
	x->n_dims = s->n_dim;
	x->dims = arena_array(t->a, int64_t, s->n_dim);
	for (size_t i = 0; i < s->n_dim; i++) {
		if (s->dim[i]->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
			return text_error(t, "a tensor with elements needs numbers as sizes");
		x->dims[i] = s->dim[i]->dim_value;
	}
	if (!text_accept(t, '['))
		return parse_elements(t, x);
	x->has_data_location = true;
	x->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	return text_pairs(t, &x->n_external_data, &x->external_data);
}
