/* Every node that no kernel computes becomes edgecc.Loops: the stages of its definition. Views
 * (Reshape and its kin), Concat and control flow stay: the plan knows them as aliases and blocks.
 */
#include "lower.h"

struct state {
	int changes;
	bool failed;
};

static bool stays(const struct node *n)
{
	return n->kernel || node_is_loops(n) || (n->op->flags & OP_VIEW) || n->n_graphs > 0 ||
	       node_is_concat(n);
}

static bool to_loops(struct unit *u, struct node *n)
{
	struct tir_builder b;
	struct tir_stage *stages = arena_array(u->arena, struct tir_stage, (size_t)n->n_out);

	if (!n->op->define && node_out(n, 0)->type == DT_STRING && unbounded_around(u, n))
		return node_error(
			u, n,
			"it makes strings in iterations that nothing bounds: give their count a "
			"bound with --dim");
	if (!n->op->define)
		return node_error(
			u, n,
			"edgecc can compute this at compile time only: its inputs must be constant");
	tir_builder_init(&b, u, n);
	if (!n->op->define(&b, n, stages))
		return false;
	node_make_loops(u, n, stages);
	return true;
}

static void loops_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first; n; n = n->next) {
		if (stays(n))
			continue;
		if (!to_loops(g->unit, n))
			s->failed = true;
		else
			s->changes++;
	}
}

static int run_loops(struct unit *u, const struct pass_context *c)
{
	struct state s = { 0 };

	(void)c;
	unit_each_graph(u, loops_graph, &s);
	return s.failed ? -1 : s.changes;
}

const struct pass pass_loops = {
	.name = "make-loops",
	.doc = "turn what no kernel computes into loop nests from its definition",
	.required = true,
	.run = run_loops,
};
