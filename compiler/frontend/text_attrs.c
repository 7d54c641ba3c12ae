/* Attributes of ONNX's textual syntax: "alpha = 1.5", "axes: ints = []", "body = g (x) => (y)
 * {...}", "to: int = @to". */
#include "text.h"

#include <string.h>

#define A(KIND) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##KIND

static const struct {
	const char *word;
	int type, list; /* the kind of a list of it */
} kinds[] = {
	{ "float", A(FLOAT), A(FLOATS) },
	{ "int", A(INT), A(INTS) },
	{ "string", A(STRING), A(STRINGS) },
	{ "tensor", A(TENSOR), A(TENSORS) },
	{ "graph", A(GRAPH), A(GRAPHS) },
	{ "type_proto", A(TYPE_PROTO), A(TYPE_PROTOS) },
	{ "floats", A(FLOATS), 0 },
	{ "ints", A(INTS), 0 },
	{ "strings", A(STRINGS), 0 },
	{ "tensors", A(TENSORS), 0 },
	{ "graphs", A(GRAPHS), 0 },
	{ "type_protos", A(TYPE_PROTOS), 0 },
	{ "sparse_tensor", A(SPARSE_TENSOR), A(SPARSE_TENSORS) },
};

/* One value of an attribute, of whatever kind the text shows. */
struct item {
	int type;
	struct text_number number;
	char *string;
	Onnx__TensorProto *tensor;
	Onnx__TypeProto *type_proto;
	Onnx__GraphProto *graph;
};

static bool parse_item(struct text *t, struct item *out)
{
	if (text_peek(t) == '"') {
		out->type = A(STRING);
		return text_string(t, &out->string);
	}
	if (text_is_number(t)) {
		if (!text_number(t, &out->number))
			return false;
		out->type = out->number.is_int ? A(INT) : A(FLOAT);
		return true;
	}
	if (!text_is_type(t)) {
		out->type = A(GRAPH);
		return text_graph(t, &out->graph);
	}
	if (!text_type(t, &out->type_proto))
		return false;
	char *name;
	bool named =
		text_peek(t) != ',' && text_accept_name(t, &name); /* "float[2] name = {1, 2}" */
	text_accept(t, '=');
	out->type = A(TYPE_PROTO);
	if (text_peek(t) != '{' && (text_peek(t) != '[' || !named))
		return !named || text_expect(t, '{');
	out->type = A(TENSOR);
	if (!text_data(t, out->type_proto, &out->tensor))
		return false;
	if (named)
		out->tensor->name = name;
	return true;
}

static ProtobufCBinaryData bytes_of(char *s)
{
	return (ProtobufCBinaryData){ strlen(s), (uint8_t *)s };
}

static bool set_single(struct text *t, Onnx__AttributeProto *a, const struct item *x)
{
	a->has_f = x->type == A(FLOAT) || (x->type == A(INT) && a->type == A(FLOAT));
	a->f = x->number.f;
	a->has_i = x->type == A(INT);
	a->i = x->number.i;
	a->has_s = x->type == A(STRING);
	if (x->string)
		a->s = bytes_of(x->string);
	a->t = x->tensor;
	a->g = x->graph;
	a->tp = x->type == A(TYPE_PROTO) ? x->type_proto : NULL;
	if (!a->type)
		a->type = x->type;
	if (a->type != x->type && !(a->type == A(FLOAT) && x->type == A(INT)))
		return text_error(t, "attribute \"%s\" is not of the kind it is declared",
				  printable(t->a, a->name, 80));
	return true;
}

typedef VEC(struct item) items_vec;

/* Whether x can stand in a list of kind `list`. */
static bool fits_list(int list, int x)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].list == list)
			return kinds[i].type == x || (list == A(FLOATS) && x == A(INT));
	return false;
}

static void set_list(struct text *t, Onnx__AttributeProto *a, const items_vec *items)
{
	size_t n = items->n;
	a->floats = arena_array(t->a, float, n);
	a->ints = arena_array(t->a, int64_t, n);
	a->strings = arena_array(t->a, ProtobufCBinaryData, n);
	a->tensors = arena_array(t->a, Onnx__TensorProto *, n);
	a->graphs = arena_array(t->a, Onnx__GraphProto *, n);
	a->type_protos = arena_array(t->a, Onnx__TypeProto *, n);
	for (size_t i = 0; i < n; i++) {
		const struct item *x = &items->p[i];
		a->floats[i] = x->number.f;
		a->ints[i] = x->number.i;
		if (x->string)
			a->strings[i] = bytes_of(x->string);
		a->tensors[i] = x->tensor;
		a->graphs[i] = x->graph;
		a->type_protos[i] = x->type_proto;
	}
	a->n_floats = a->type == A(FLOATS) ? n : 0;
	a->n_ints = a->type == A(INTS) ? n : 0;
	a->n_strings = a->type == A(STRINGS) ? n : 0;
	a->n_tensors = a->type == A(TENSORS) ? n : 0;
	a->n_graphs = a->type == A(GRAPHS) ? n : 0;
	a->n_type_protos = a->type == A(TYPE_PROTOS) ? n : 0;
}

/* After '['. A list without a declared kind takes that of its elements: floats when one of them is
 * a float. */
static bool parse_list(struct text *t, Onnx__AttributeProto *a)
{
	items_vec items = { 0 };
	int kind = a->type;
	while (text_peek(t) != ']') {
		struct item x = { 0 };
		if (!parse_item(t, &x))
			return false;
		vec_push(t->a, &items, x);
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			if (!a->type && kinds[i].type == x.type && kinds[i].list &&
			    (!kind || x.type == A(FLOAT)))
				kind = kinds[i].list;
		if (!text_accept(t, ','))
			break;
	}
	if (!kind)
		return text_error(t,
				  "the kind of an empty list must be declared: \"%s: ints = []\"",
				  printable(t->a, a->name, 80));
	a->type = kind;
	for (size_t i = 0; i < items.n; i++)
		if (!fits_list(kind, items.p[i].type))
			return text_error(t,
					  "element %zu of \"%s\" is of another kind than the list",
					  i, printable(t->a, a->name, 80));
	set_list(t, a, &items);
	return text_expect(t, ']');
}

static bool parse_kind(struct text *t, int *out)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (text_accept_word(t, kinds[i].word)) {
			*out = kinds[i].type;
			return true;
		}
	return text_error(t, "expected a kind of attribute");
}

/* What follows an attribute's name. */
bool text_attribute_rest(struct text *t, Onnx__AttributeProto *a)
{
	struct item x = { 0 };
	a->has_type = true;
	if (text_accept(t, ':') && !parse_kind(t, &a->type))
		return false;
	if (!text_expect(t, '='))
		return false;
	if (text_accept(t, '@'))
		return text_name(t, "an attribute of the function", &a->ref_attr_name);
	if (text_accept(t, '['))
		return parse_list(t, a);
	return parse_item(t, &x) && set_single(t, a, &x);
}

bool text_attribute(struct text *t, Onnx__AttributeProto **out)
{
	Onnx__AttributeProto *a = arena_new(t->a, Onnx__AttributeProto);
	onnx__attribute_proto__init(a);
	*out = a;
	return text_name(t, "an attribute", &a->name) && text_attribute_rest(t, a);
}
