/* If with a condition that is known by now: the nodes of the branch it takes stand in its place. */
#include "rewrite.h"

static bool takes_its_place(const struct value *y, const struct value *v)
{
	return y->container == v->container && y->type == v->type &&
	       shape_equal(&y->shape, &v->shape);
}

static bool apply_if(struct unit *u, struct node *n)
{
	const struct if_attrs *a = n->attrs;
	const struct constant *c = node_const(n, 0);
	struct graph *g;
	uint32_t *out;

	if (!c || shape_elements(&c->shape) != 1)
		return false;
	g = n->graphs[constant_i64(c, 0) ? a->then_branch : a->else_branch];
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k) &&
		    !takes_its_place(node_out(n, k), value_of(u, g->outputs.p[k])))
			return false;
	out = arena_copy(u->arena, g->outputs.p, g->outputs.n * sizeof *out);
	graph_splice(g, n);
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			graph_replace(u, n->out[k], out[k]);
	return true;
}

const struct rewrite rewrites_branch[] = { { "constant-if", "If",
					     "the branch that a known condition takes", apply_if },
					   { .name = NULL } };
