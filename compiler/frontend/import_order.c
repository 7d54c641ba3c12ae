/* Node order: ONNX asks for nodes after those they read, but files exist that do not keep to it. */
#include "import.h"

#include <string.h>

/* Where the names of one graph are made, for finding what a node of an outer graph depends on. */
struct level {
	const struct level *outer;
	struct name_map made; /* names defined in a subgraph -> 0 */
};

static bool made_inside(const struct level *l, const char *name)
{
	uint32_t number;
	for (; l; l = l->outer)
		if (name_map_get(&l->made, name, &number))
			return true;
	return false;
}

/* The names that gp takes from outside. Recursion is bounded by WIRE_DEPTH_MAX. */
static void captured(struct arena *a, const Onnx__GraphProto *gp, const struct level *outer,
		     names_vec *out)
{
	struct level l = { .outer = outer };
	for (size_t i = 0; i < gp->n_input; i++)
		name_map_set(a, &l.made, text_of(gp->input[i]->name), 0);
	for (size_t i = 0; i < gp->n_initializer; i++)
		name_map_set(a, &l.made, text_of(gp->initializer[i]->name), 0);
	for (size_t i = 0; i < gp->n_node; i++)
		for (size_t k = 0; k < gp->node[i]->n_output; k++)
			name_map_set(a, &l.made, gp->node[i]->output[k], 0);
	for (size_t i = 0; i < gp->n_node; i++) {
		const Onnx__NodeProto *np = gp->node[i];
		for (size_t k = 0; k < np->n_input; k++)
			if (!made_inside(&l, np->input[k]))
				vec_push(a, out, np->input[k]);
		for (size_t k = 0; k < np->n_attribute; k++) {
			const Onnx__AttributeProto *at = np->attribute[k];
			if (at->g)
				captured(a, at->g, &l, out);
			for (size_t j = 0; j < at->n_graphs; j++)
				captured(a, at->graphs[j], &l, out);
		}
	}
	for (size_t i = 0; i < gp->n_output; i++)
		if (!made_inside(&l, text_of(gp->output[i]->name)))
			vec_push(a, out, text_of(gp->output[i]->name));
}

void names_read(struct arena *a, const Onnx__NodeProto *np, names_vec *out)
{
	for (size_t k = 0; k < np->n_input; k++)
		vec_push(a, out, np->input[k]);
	for (size_t k = 0; k < np->n_attribute; k++) {
		if (np->attribute[k]->g)
			captured(a, np->attribute[k]->g, NULL, out);
		for (size_t j = 0; j < np->attribute[k]->n_graphs; j++)
			captured(a, np->attribute[k]->graphs[j], NULL, out);
	}
}

struct order {
	struct arena *a;
	const struct env *e;
	size_t n;
	Onnx__NodeProto *const *nodes;
	struct name_map producer; /* name -> node */
	struct deps {
		uint32_t *p;
		size_t n;
	} * deps;
};

/* Nodes of this graph that node i reads, its subgraphs included. */
static struct deps node_deps(struct order *o, size_t i)
{
	names_vec names = { 0 };
	VEC(uint32_t) deps = { 0 };
	uint32_t d;
	names_read(o->a, o->nodes[i], &names);
	for (size_t k = 0; k < names.n; k++)
		if (names.p[k][0] && name_map_get(&o->producer, names.p[k], &d))
			vec_push(o->a, &deps, d);
	return (struct deps){ deps.p, deps.n };
}

static bool cycle_error(const struct order *o, size_t i, size_t dep)
{
	struct loc loc = node_loc(o->e, o->nodes[i]);
	const Onnx__NodeProto *from = o->nodes[dep];
	return diag_error(o->e->im->u->diag, &loc, "the graph has a cycle through \"%s\"",
			  printable(o->a, from->n_output ? from->output[0] : "", 160));
}

/* Depth first over what each node reads, in file order, so that an ordered file keeps its order. */
static bool sort(struct order *o, Onnx__NodeProto **out)
{
	enum { NEW, OPEN, DONE };
	uint8_t *state = arena_alloc(o->a, o->n);
	size_t *next = arena_array(o->a, size_t, o->n); /* dependency to look at */
	size_t *stack = arena_array(o->a, size_t, o->n);
	size_t made = 0;
	for (size_t root = 0; root < o->n; root++) {
		size_t depth = 0;
		if (state[root] == NEW) {
			stack[depth++] = root;
			state[root] = OPEN;
		}
		while (depth > 0) {
			size_t i = stack[depth - 1];
			if (next[i] == o->deps[i].n) {
				state[i] = DONE;
				out[made++] = o->nodes[i];
				depth--;
				continue;
			}
			size_t d = o->deps[i].p[next[i]++];
			if (state[d] == OPEN)
				return cycle_error(o, i, d);
			if (state[d] == NEW) {
				stack[depth++] = d;
				state[d] = OPEN;
			}
		}
	}
	return true;
}

bool order_nodes(const struct env *e, size_t n, Onnx__NodeProto *const *nodes,
		 Onnx__NodeProto *const **out)
{
	struct arena temporary = { 0 };
	struct order o = { .a = &temporary, .e = e, .n = n, .nodes = nodes };
	bool ok = true, ordered = true;
	*out = nodes;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nodes[i]->n_output; k++)
			name_map_add(o.a, &o.producer, nodes[i]->output[k], (uint32_t)i);
	o.deps = arena_array(o.a, struct deps, n);
	for (size_t i = 0; i < n; i++) {
		o.deps[i] = node_deps(&o, i);
		for (size_t k = 0; k < o.deps[i].n; k++)
			ordered &= o.deps[i].p[k] < i;
	}
	if (!ordered) {
		Onnx__NodeProto **sorted = arena_array(e->im->u->arena, Onnx__NodeProto *, n);
		ok = sort(&o, sorted);
		*out = sorted;
	}
	arena_free(&temporary);
	return ok;
}
