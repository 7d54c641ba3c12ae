/* Nodes as ONNX's messages: attributes from the rows of their operators, defaults left out. */
#include "onnx_write.h"

#include <string.h>

static ProtobufCBinaryData bytes_of(const char *s)
{
	return (ProtobufCBinaryData){ s ? strlen(s) : 0, (uint8_t *)(uintptr_t)s };
}

static void set_type(Onnx__AttributeProto *m, Onnx__AttributeProto__AttributeType t)
{
	m->has_type = 1;
	m->type = (int32_t)t;
}

static void put_int(Onnx__AttributeProto *m, int64_t v)
{
	set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
	m->has_i = 1;
	m->i = v;
}

static void put_string(Onnx__AttributeProto *m, const char *s)
{
	set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
	m->has_s = 1;
	m->s = bytes_of(s);
}

static void put_strings(struct onnx_writer *w, Onnx__AttributeProto *m, const struct strings *l)
{
	set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS);
	m->n_strings = (size_t)l->n;
	m->strings = arena_array(w->arena, ProtobufCBinaryData, m->n_strings);
	for (int i = 0; i < l->n; i++)
		m->strings[i] = bytes_of(l->p[i]);
}

static void put_tensors(struct onnx_writer *w, Onnx__AttributeProto *m, const struct tensors *l)
{
	set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSORS);
	m->n_tensors = (size_t)l->n;
	m->tensors = MESSAGES(w, m->n_tensors);
	for (int i = 0; i < l->n; i++)
		m->tensors[i] = tensor_message(w, l->p[i], NULL);
}

static void put_attribute(struct onnx_writer *w, const struct node *n, const struct attr_row *r,
			  Onnx__AttributeProto *m)
{
	const void *at = (const char *)n->attrs + r->offset;

	switch (r->kind) {
	case ATTR_INT:
		put_int(m, *(const int64_t *)at);
		break;
	case ATTR_TYPE:
		put_int(m, *(const enum dtype *)at);
		break;
	case ATTR_FLOAT:
		set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
		m->has_f = 1;
		m->f = *(const float *)at;
		break;
	case ATTR_STRING:
		put_string(m, *(const char *const *)at);
		break;
	case ATTR_ENUM:
		put_string(m, r->choices[*(const int *)at]);
		break;
	case ATTR_INTS: {
		const struct ints *l = at;
		set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
		m->n_ints = (size_t)l->n;
		m->ints = arena_copy(w->arena, l->p, m->n_ints * sizeof *l->p);
		break;
	}
	case ATTR_FLOATS: {
		const struct floats *l = at;
		set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS);
		m->n_floats = (size_t)l->n;
		m->floats = arena_copy(w->arena, l->p, m->n_floats * sizeof *l->p);
		break;
	}
	case ATTR_STRINGS:
		put_strings(w, m, at);
		break;
	case ATTR_TENSOR:
		set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
		m->t = tensor_message(w, *(const struct constant *const *)at, NULL);
		break;
	case ATTR_TENSORS:
		put_tensors(w, m, at);
		break;
	case ATTR_GRAPH:
		set_type(m, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH);
		m->g = graph_message(w, n->graphs[*(const int *)at]);
		break;
	}
}

static void put_attributes(struct onnx_writer *w, const struct node *n, Onnx__NodeProto *m)
{
	const struct attr_row *r = n->op->attrs;
	size_t count = 0;

	while (r && r[count].name)
		count++;
	m->attribute = MESSAGES(w, count);
	for (; r && r->name; r++) {
		Onnx__AttributeProto *a;

		if (attr_is_default(w->arena, n->op, r, n->attrs))
			continue;
		a = arena_new(w->arena, Onnx__AttributeProto);
		onnx__attribute_proto__init(a);
		a->name = (char *)(uintptr_t)r->name;
		put_attribute(w, n, r, a);
		m->attribute[m->n_attribute++] = a;
	}
}

static char **value_names(struct onnx_writer *w, const uint32_t *ids, int n)
{
	char **p = arena_array(w->arena, char *, (size_t)n);

	for (int k = 0; k < n; k++)
		p[k] = (char *)(uintptr_t)written_name(w, ids[k]);
	return p;
}

/* ONNX Runtime wants the names of nodes to differ; what a rewrite made has that of what it replaced. */
static char *node_name(struct onnx_writer *w, const struct node *n)
{
	const char *name = n->loc.node;

	for (int k = 2; name && *name && !name_map_add(w->arena, &w->nodes, name, 0); k++)
		name = arena_printf(w->arena, "%s_%d", n->loc.node, k);
	return (char *)(uintptr_t)name;
}

Onnx__NodeProto *node_message(struct onnx_writer *w, const struct node *n)
{
	Onnx__NodeProto *m = arena_new(w->arena, Onnx__NodeProto);

	onnx__node_proto__init(m);
	if (n->op->domain == DOMAIN_EDGECC || n->tail)
		w->ok = diag_error(
			w->u->diag, &n->loc,
			"it can be compiled, but not be written as ONNX: it has become %s",
			n->op->domain == DOMAIN_EDGECC ? n->op->name : "a fused tail");
	m->name = node_name(w, n);
	m->op_type = (char *)(uintptr_t)n->op->name;
	m->domain = n->op->domain == DOMAIN_ONNX ? NULL
						 : (char *)(uintptr_t)domain_names[n->op->domain];
	m->input = value_names(w, n->in, n->n_in);
	m->n_input = (size_t)n->n_in;
	m->output = value_names(w, n->out, n->n_out);
	m->n_output = (size_t)n->n_out;
	put_attributes(w, n, m);
	return m;
}
