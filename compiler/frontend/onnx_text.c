/* ONNX's textual syntax, as onnx.parser reads it and onnx.printer writes it:
 *
 *	<ir_version: 10, opset_import: ["" : 21]>
 *	name (float[N,3] x) => (float[N,2] y) <float[3,2] w = {1, 2, 3, 4, 5, 6}> {
 *	   [label] y = MatMul <attribute = 1> (x, w)
 *	}
 *
 * followed by any number of functions. It becomes the messages that a binary file would have held;
 * one importer serves both. */
#include "text.h"

#include <string.h>

/* Names up to what cannot be one; a place left empty is "". */
static bool parse_names(struct text *t, char close, names_vec *out)
{
	int errors = t->s->diag->errors;
	if (text_peek(t) == close)
		return true;
	do {
		char *name = arena_strdup(t->a, "");
		if (!text_accept_name(t, &name) && t->s->diag->errors > errors)
			return false;
		vec_push(t->a, out, name);
	} while (text_accept(t, ','));
	return true;
}

/* -- nodes ----------------------------------------------------------------- */

static bool parse_attributes(struct text *t, Onnx__NodeProto *np)
{
	VEC(Onnx__AttributeProto *) list = { 0 };
	if (text_peek(t) != '<')
		return true;
	t->at++;
	while (text_peek(t) != '>') {
		Onnx__AttributeProto *a;
		if (!text_attribute(t, &a))
			return false;
		vec_push(t->a, &list, a);
		if (!text_accept(t, ','))
			break;
	}
	if (np->n_attribute)
		return text_error(t, "the node has two lists of attributes");
	np->n_attribute = list.n;
	np->attribute = list.p;
	return text_expect(t, '>');
}

/* "domain.of.it.Operator" and ":overload" */
static bool parse_operator(struct text *t, Onnx__NodeProto *np)
{
	char *word, *domain = NULL;
	if (!text_name(t, "an operator", &word))
		return false;
	while (text_accept(t, '.')) {
		domain = domain ? arena_printf(t->a, "%s.%s", domain, word) : word;
		if (!text_name(t, "an operator", &word))
			return false;
	}
	np->domain = domain ? domain : arena_strdup(t->a, "");
	np->op_type = word;
	return !text_accept(t, ':') || text_name(t, "an overload", &np->overload);
}

static bool parse_node(struct text *t, Onnx__NodeProto **out)
{
	Onnx__NodeProto *np = arena_new(t->a, Onnx__NodeProto);
	names_vec inputs = { 0 }, outputs = { 0 };
	onnx__node_proto__init(np);
	*out = np;
	text_skip(t);
	np->has_line = np->has_column = true;
	np->line = t->line;
	np->column = (int32_t)(t->at - t->line_start) + 1;
	if (text_accept(t, '[') && (!text_name(t, "a label", &np->name) || !text_expect(t, ']')))
		return false;
	if (!parse_names(t, '=', &outputs) || !text_expect(t, '=') || !parse_operator(t, np) ||
	    !parse_attributes(t, np) || !text_expect(t, '(') || !parse_names(t, ')', &inputs) ||
	    !text_expect(t, ')') || !parse_attributes(t, np))
		return false;
	np->n_input = inputs.n;
	np->input = inputs.p;
	np->n_output = outputs.n;
	np->output = outputs.p;
	return true;
}

bool text_nodes(struct text *t, size_t *n, Onnx__NodeProto ***out)
{
	VEC(Onnx__NodeProto *) nodes = { 0 };
	if (!text_expect(t, '{'))
		return false;
	while (!text_accept(t, '}')) {
		Onnx__NodeProto *np;
		if (!parse_node(t, &np))
			return false;
		vec_push(t->a, &nodes, np);
	}
	*n = nodes.n;
	*out = nodes.p;
	return true;
}

/* -- graphs ---------------------------------------------------------------- */

bool text_values(struct text *t, char close, bool either, struct values *out)
{
	while (text_peek(t) != close) {
		Onnx__ValueInfoProto *v = arena_new(t->a, Onnx__ValueInfoProto);
		Onnx__TensorProto *x;
		onnx__value_info_proto__init(v);
		if (text_is_type(t) && !text_type(t, &v->type))
			return false;
		if (!text_name(t, "the name of a value", &v->name))
			return false;
		bool data = text_accept(t, '=');
		if (data) {
			if (!v->type)
				return text_error(t, "a value with elements needs a type");
			if (!text_data(t, v->type, &x))
				return false;
			x->name = v->name;
			vec_push(t->a, &out->tensors, x);
		}
		if (!data || !either)
			vec_push(t->a, &out->infos, v);
		if (!text_accept(t, ','))
			break;
	}
	return text_expect(t, close);
}

static bool parse_graph_parts(struct text *t, Onnx__GraphProto *g)
{
	struct values in = { 0 }, out = { 0 }, more = { 0 };
	if (!text_name(t, "a graph", &g->name) || !text_expect(t, '(') ||
	    !text_values(t, ')', false, &in))
		return false;
	if (!text_accept_arrow(t))
		return text_error(t, "expected \"=>\" and the outputs");
	if (!text_expect(t, '(') || !text_values(t, ')', false, &out))
		return false;
	if (text_accept(t, '<') && !text_values(t, '>', true, &more))
		return false;
	for (size_t i = 0; i < in.tensors.n; i++)
		vec_push(t->a, &more.tensors, in.tensors.p[i]);
	g->n_input = in.infos.n;
	g->input = in.infos.p;
	g->n_output = out.infos.n;
	g->output = out.infos.p;
	g->n_value_info = more.infos.n;
	g->value_info = more.infos.p;
	g->n_initializer = more.tensors.n;
	g->initializer = more.tensors.p;
	return text_nodes(t, &g->n_node, &g->node);
}

bool text_graph(struct text *t, Onnx__GraphProto **out)
{
	*out = arena_new(t->a, Onnx__GraphProto);
	onnx__graph_proto__init(*out);
	if (t->depth == TEXT_DEPTH_MAX)
		return text_error(t, "nested more than %d levels deep", TEXT_DEPTH_MAX);
	t->depth++;
	bool ok = parse_graph_parts(t, *out);
	t->depth--;
	return ok;
}
