/* SequenceMap over a sequence whose length only the run tells: a Loop that takes item after item.
 *
 *	out = SequenceMap(s, x) { y = f(item, x) }    =>
 *	out = Loop(SequenceLength(s), , SequenceEmpty()) { y = f(SequenceAt(s, i), x);  next = SequenceInsert(before, y) }
 *
 * The Loop is made as a message, which is imported as any other. Names of its own have a character that those of models
 * have not. */
#include "import.h"

#include <string.h>

#include "../ops/sequence.h"

struct mapping {
	struct env *e;
	struct arena *a;
	const struct loc *loc;
	const Onnx__NodeProto *np;
	const Onnx__GraphProto *gp; /* its body */
	const uint32_t *in;
	VEC(Onnx__NodeProto *) nodes; /* of the Loop's body */
};

static char *own(const struct mapping *m, const char *what, size_t k)
{
	return arena_printf(m->a, "%s\x01%s%zu", m->loc->node, what, k);
}

static Onnx__NodeProto *node_of(struct mapping *m, const char *op, char *out, char *first,
				char *second)
{
	Onnx__NodeProto *n = arena_new(m->a, Onnx__NodeProto);

	onnx__node_proto__init(n);
	n->name = arena_strdup(m->a, text_of(m->np->name));
	n->op_type = arena_strdup(m->a, op);
	n->input = arena_array(m->a, char *, 2);
	n->input[0] = first;
	n->input[1] = second;
	n->n_input = second ? 2 : 1;
	n->output = arena_array(m->a, char *, 1);
	n->output[0] = out;
	n->n_output = 1;
	return n;
}

static Onnx__ValueInfoProto *value_info(struct mapping *m, char *name)
{
	Onnx__ValueInfoProto *v = arena_new(m->a, Onnx__ValueInfoProto);

	onnx__value_info_proto__init(v);
	v->name = name;
	return v;
}

/* The element type that the body declares of its output k. */
static enum dtype declared(const struct mapping *m, size_t k)
{
	struct type_info t = { 0 };

	if (!type_read(m->e->im, m->loc, m->gp->output[k]->type, &t) || !t.known)
		return DT_F32;
	return t.type;
}

/* The Loop's body: item i of each sequence, the map's own nodes, its outputs appended. */
static Onnx__GraphProto *loop_body(struct mapping *m)
{
	Onnx__GraphProto *g = arena_copy(m->a, m->gp, sizeof *m->gp);
	size_t n_out = m->gp->n_output;

	g->n_input = n_out + 2;
	g->input = arena_array(m->a, Onnx__ValueInfoProto *, g->n_input);
	g->input[0] = value_info(m, own(m, "i", 0));
	g->input[1] = value_info(m, own(m, "go", 0));
	g->n_output = n_out + 1;
	g->output = arena_array(m->a, Onnx__ValueInfoProto *, g->n_output);
	g->output[0] = value_info(m, own(m, "on", 0));
	vec_push(m->a, &m->nodes, node_of(m, "Identity", own(m, "on", 0), own(m, "go", 0), NULL));
	for (size_t k = 0; k < m->gp->n_input; k++) {
		bool sequence = value_of(m->e->im->u, m->in[k])->container == SEQUENCE;

		vec_push(m->a, &m->nodes,
			 node_of(m, sequence ? "SequenceAt" : "Identity", m->gp->input[k]->name,
				 own(m, "in", k), sequence ? own(m, "i", 0) : NULL));
	}
	for (size_t i = 0; i < m->gp->n_node; i++)
		vec_push(m->a, &m->nodes, m->gp->node[i]);
	for (size_t k = 0; k < n_out; k++) {
		g->input[k + 2] = value_info(m, own(m, "before", k));
		g->output[k + 1] = value_info(m, own(m, "next", k));
		vec_push(m->a, &m->nodes,
			 node_of(m, "SequenceInsert", own(m, "next", k), own(m, "before", k),
				 m->gp->output[k]->name));
	}
	g->node = m->nodes.p;
	g->n_node = m->nodes.n;
	return g;
}

static Onnx__NodeProto *loop_of(struct mapping *m)
{
	size_t n_out = m->gp->n_output;
	Onnx__NodeProto *n = node_of(m, "Loop", NULL, NULL, NULL);
	Onnx__AttributeProto *body = arena_new(m->a, Onnx__AttributeProto);

	onnx__attribute_proto__init(body);
	body->name = arena_strdup(m->a, "body");
	body->has_type = 1;
	body->type = ATTR_IS(GRAPH);
	body->g = loop_body(m);
	n->attribute = arena_array(m->a, Onnx__AttributeProto *, 1);
	n->attribute[0] = body;
	n->n_attribute = 1;
	n->n_input = n_out + 2;
	n->input = arena_array(m->a, char *, n->n_input);
	n->input[0] = own(m, "length", 0);
	n->input[1] = arena_strdup(m->a, "");
	for (size_t k = 0; k < n_out; k++)
		n->input[k + 2] = own(m, "none", k);
	n->output = m->np->output;
	n->n_output = m->np->n_output;
	return n;
}

/* What the Loop and its body read of e, by names of their own. */
static void bind_inputs(struct mapping *m)
{
	struct env *e = m->e;
	struct node *n;

	for (size_t k = 0; k < m->gp->n_input; k++)
		name_map_set(m->a, &e->names, own(m, "in", k), m->in[k]);
	for (size_t k = 0; k < m->gp->n_output; k++) {
		n = graph_insert(e->g, NULL, op_builtin("SequenceConstruct"), NULL, 0, NULL, 1,
				 m->loc);
		node_out(n, 0)->container = SEQUENCE;
		node_out(n, 0)->type = declared(m, k);
		name_map_set(m->a, &e->names, own(m, "none", k), n->out[0]);
	}
}

/* Whether input k has as many items as the first: emitted code finds out. */
static bool same_length(struct mapping *m, size_t k)
{
	struct unit *u = m->e->im->u;
	dim d[2];

	for (int i = 0; i < 2; i++) {
		const struct value *v = value_of(u, m->in[i ? k : 0]);
		const uint32_t *items;
		struct stacked s;
		int count;

		if (value_stacked(v, &s))
			d[i] = value_of(u, s.all)->shape.d[0];
		else if (value_items(v, &items, &count))
			d[i] = count;
		else
			return diag_error(
				u->diag, m->loc,
				"its sequence must be made of tensors known at compile time");
	}
	u->scope = m->e->g;
	return dim_assume_equal(u, d[0], d[1], NULL) ||
	       diag_error(u->diag, m->loc, "input %zu has not as many tensors as the first", k);
}

bool import_map_loop(struct env *e, const struct loc *loc, const Onnx__NodeProto *np,
		     const Onnx__GraphProto *gp, const uint32_t *in)
{
	struct mapping m = {
		.e = e, .a = e->im->u->arena, .loc = loc, .np = np, .gp = gp, .in = in
	};

	for (size_t k = 1; k < gp->n_input; k++)
		if (value_of(e->im->u, in[k])->container == SEQUENCE && !same_length(&m, k))
			return false;
	bind_inputs(&m);
	return import_node(e, node_of(&m, "SequenceLength", own(&m, "length", 0), own(&m, "in", 0),
				      NULL)) &&
	       import_node(e, loop_of(&m));
}
