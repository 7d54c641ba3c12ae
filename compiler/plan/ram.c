/* Constants that lie in program memory, and that a kernel reads as it reads activations (a constant initial
 * state, what TopK chooses from), are copied to RAM before. Strings lie there anyway. */
#include "lower.h"

static void copy_input(struct node *n, struct value *v)
{
	struct value *copy = insert_copy(n, n->graph, v, &n->loc);

	((struct loops_attrs *)copy->producer->attrs)->must_copy = true;
	copy->layout = v->layout;
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] == v->id)
			node_set_input(n, k, copy->id);
}

struct state {
	const struct target *target;
	int copies;
};

static void copy_in_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first; n; n = n->next) {
		struct call c = { .params_type = NULL };

		if (!n->kernel)
			continue;
		n->kernel->build(g->unit, n, s->target, &c);
		for (size_t i = 0; i < c.args.n; i++) {
			const struct arg *a = &c.args.p[i];
			struct value *v = a->kind == ARG_VALUE ? value_of(g->unit, a->value) : NULL;

			if (!v || !v->constant || a->weights || v->type == DT_STRING)
				continue;
			copy_input(n, v);
			s->copies++;
		}
	}
}

static int run(struct unit *u, const struct pass_context *c)
{
	struct state s = { .target = c->target };

	if (s.target->progmem)
		unit_each_graph(u, copy_in_graph, &s);
	return s.copies;
}

const struct pass pass_ram = {
	.name = "constants-to-ram",
	.doc = "copy constants from program memory that kernels cannot read there",
	.required = true,
	.run = run,
};
