/* Models and functions of ONNX's textual syntax: headers, parameters, and what a bare graph is
 * taken for. */
#include "text.h"

#include <string.h>

/* -- lists ----------------------------------------------------------------- */

bool text_pairs(struct text *t, size_t *n, Onnx__StringStringEntryProto ***out)
{
	VEC(Onnx__StringStringEntryProto *) pairs = { 0 };
	while (text_peek(t) != ']') {
		Onnx__StringStringEntryProto *p = arena_new(t->a, Onnx__StringStringEntryProto);
		onnx__string_string_entry_proto__init(p);
		if (!text_string(t, &p->key) || !text_expect(t, ':') || !text_string(t, &p->value))
			return false;
		vec_push(t->a, &pairs, p);
		if (!text_accept(t, ','))
			break;
	}
	*n = pairs.n;
	*out = pairs.p;
	return text_expect(t, ']');
}

static bool parse_opsets(struct text *t, size_t *n, Onnx__OperatorSetIdProto ***out)
{
	VEC(Onnx__OperatorSetIdProto *) sets = { 0 };
	if (!text_expect(t, '['))
		return false;
	while (text_peek(t) != ']') {
		Onnx__OperatorSetIdProto *p = arena_new(t->a, Onnx__OperatorSetIdProto);
		onnx__operator_set_id_proto__init(p);
		p->has_version = true;
		if (!text_string(t, &p->domain) || !text_expect(t, ':') ||
		    !text_int(t, &p->version))
			return false;
		vec_push(t->a, &sets, p);
		if (!text_accept(t, ','))
			break;
	}
	*n = sets.n;
	*out = sets.p;
	return text_expect(t, ']');
}

/* -- functions ------------------------------------------------------------- */

/* "<a, b: float = 2.0>": names of attributes, and those with a default. */
static bool parse_parameters(struct text *t, Onnx__FunctionProto *f)
{
	names_vec names = { 0 };
	VEC(Onnx__AttributeProto *) defaults = { 0 };
	while (text_peek(t) != '>') {
		Onnx__AttributeProto *a = arena_new(t->a, Onnx__AttributeProto);
		onnx__attribute_proto__init(a);
		if (!text_name(t, "an attribute", &a->name))
			return false;
		if (text_peek(t) != ':' && text_peek(t) != '=') {
			vec_push(t->a, &names, a->name);
		} else {
			if (!text_attribute_rest(t, a))
				return false;
			vec_push(t->a, &defaults, a);
		}
		if (!text_accept(t, ','))
			break;
	}
	f->n_attribute = names.n;
	f->attribute = names.p;
	f->n_attribute_proto = defaults.n;
	f->attribute_proto = defaults.p;
	return text_expect(t, '>');
}

static bool parse_signature(struct text *t, Onnx__FunctionProto *f)
{
	struct values in = { 0 }, out = { 0 }, more = { 0 };
	if (!text_expect(t, '(') || !text_values(t, ')', false, &in))
		return false;
	if (!text_accept_arrow(t))
		return text_error(t, "expected \"=>\" and the outputs");
	if (!text_expect(t, '(') || !text_values(t, ')', false, &out))
		return false;
	if (text_accept(t, '<') && !text_values(t, '>', false, &more))
		return false;
	if (in.tensors.n || out.tensors.n || more.tensors.n)
		return text_error(t, "a function has no initializers; use Constant");
	f->input = arena_array(t->a, char *, in.infos.n);
	f->output = arena_array(t->a, char *, out.infos.n);
	for (; f->n_input < in.infos.n; f->n_input++)
		f->input[f->n_input] = in.infos.p[f->n_input]->name;
	for (; f->n_output < out.infos.n; f->n_output++)
		f->output[f->n_output] = out.infos.p[f->n_output]->name;
	f->n_value_info = more.infos.n;
	f->value_info = more.infos.p;
	return true;
}

/* -- headers --------------------------------------------------------------- */

/* What "<key: value, ...>" can say; of a model, or of a function. NULL: not there. */
struct header {
	char **domain, **overload, **producer_name, **producer_version;
	int64_t *ir_version, *model_version;
	size_t *n_opsets, *n_pairs;
	Onnx__OperatorSetIdProto ***opsets;
	Onnx__StringStringEntryProto ***pairs;
};

static bool parse_entry(struct text *t, const struct header *h)
{
	char *key, *unused;
	if (!text_name(t, "a key", &key) || !text_expect(t, ':'))
		return false;
	const struct {
		const char *key;
		char **to;
	} strings[] = {
		{ "domain", h->domain },
		{ "overload", h->overload },
		{ "producer_name", h->producer_name },
		{ "producer_version", h->producer_version },
		{ "doc_string", &unused },
	};
	const struct {
		const char *key;
		int64_t *to;
	} numbers[] = {
		{ "ir_version", h->ir_version },
		{ "model_version", h->model_version },
	};
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		if (strings[i].to && strcmp(key, strings[i].key) == 0)
			return text_string(t, strings[i].to);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].to && strcmp(key, numbers[i].key) == 0)
			return text_int(t, numbers[i].to);
	if (strcmp(key, "opset_import") == 0)
		return parse_opsets(t, h->n_opsets, h->opsets);
	if (strcmp(key, "metadata_props") == 0)
		return text_expect(t, '[') && text_pairs(t, h->n_pairs, h->pairs);
	return text_error(t, "the key \"%s\" is unknown", printable(t->a, key, 80));
}

/* After '<'. */
static bool parse_header(struct text *t, const struct header *h)
{
	while (text_peek(t) != '>') {
		if (!parse_entry(t, h))
			return false;
		if (!text_accept(t, ','))
			break;
	}
	return text_expect(t, '>');
}

static bool parse_function(struct text *t, Onnx__FunctionProto **out)
{
	Onnx__FunctionProto *f = arena_new(t->a, Onnx__FunctionProto);
	Onnx__StringStringEntryProto **pairs;
	size_t n_pairs;
	onnx__function_proto__init(f);
	*out = f;
	struct header h = { .domain = &f->domain,
			    .overload = &f->overload,
			    .n_opsets = &f->n_opset_import,
			    .opsets = &f->opset_import,
			    .n_pairs = &n_pairs,
			    .pairs = &pairs };
	if (!text_expect(t, '<') || !parse_header(t, &h) || !text_name(t, "a function", &f->name))
		return false;
	if (text_accept(t, '<') && !parse_parameters(t, f))
		return false;
	return parse_signature(t, f) && text_nodes(t, &f->n_node, &f->node);
}

/* -- the model ------------------------------------------------------------- */

/* What a model without a header, a bare graph, is taken for. */
#define DEFAULT_IR 10
#define DEFAULT_OPSET 21

static void set_defaults(struct text *t, Onnx__ModelProto *m)
{
	if (!m->ir_version)
		m->ir_version = DEFAULT_IR;
	if (m->n_opset_import)
		return;
	m->opset_import = arena_array(t->a, Onnx__OperatorSetIdProto *, 1);
	m->opset_import[0] = arena_new(t->a, Onnx__OperatorSetIdProto);
	onnx__operator_set_id_proto__init(m->opset_import[0]);
	m->opset_import[0]->domain = arena_strdup(t->a, "");
	m->opset_import[0]->version = DEFAULT_OPSET;
	m->n_opset_import = 1;
}

Onnx__ModelProto *model_parse(const struct source *s)
{
	struct text t = { .s = s, .a = s->arena, .at = (const char *)s->data, .line = 1 };
	VEC(Onnx__FunctionProto *) functions = { 0 };
	Onnx__ModelProto *m = arena_new(s->arena, Onnx__ModelProto);
	onnx__model_proto__init(m);
	t.end = t.at + s->size;
	t.line_start = t.at;
	struct header h = { .domain = &m->domain,
			    .producer_name = &m->producer_name,
			    .producer_version = &m->producer_version,
			    .ir_version = &m->ir_version,
			    .model_version = &m->model_version,
			    .n_opsets = &m->n_opset_import,
			    .opsets = &m->opset_import,
			    .n_pairs = &m->n_metadata_props,
			    .pairs = &m->metadata_props };
	if (text_accept(&t, '<') && !parse_header(&t, &h))
		return NULL;
	if (!text_graph(&t, &m->graph))
		return NULL;
	while (text_skip(&t), t.at < t.end) {
		Onnx__FunctionProto *f;
		if (!parse_function(&t, &f))
			return NULL;
		vec_push(s->arena, &functions, f);
	}
	m->n_functions = functions.n;
	m->functions = functions.p;
	set_defaults(&t, m);
	return m;
}
