/* Which kernel computes each node, and the expansion of what no kernel computes. */
#include "plan.h"
#include "lower.h"

const struct kernel *kernel_select(struct unit *u, const struct node *n, const struct target *t,
				   const char **reason)
{
	const struct kernel *best = NULL;
	const char *why = "no kernel computes this operator";

	*reason = NULL;
	if (n->op->domain != DOMAIN_ONNX && n->op->domain != DOMAIN_EDGECC)
		return NULL;
	for (const struct kernel *k = kernels; k->function; k++) {
		const char *r = NULL;

		if (strcmp(k->op, n->op->name) != 0)
			continue;
		if (k->needs && !target_has(t, k->needs))
			continue;
		if (best && best->priority >= k->priority)
			continue;
		if (!k->accept(u, n, t, &r)) {
			why = r ? r : why;
			continue;
		}
		best = k;
		*reason = r;
	}
	if (!best)
		*reason = why;
	else if (strcmp(best->op, "Custom") == 0) {
		struct kernel *own = arena_copy(u->arena, best, sizeof *best);

		own->function = ((const struct custom_attrs *)n->attrs)->symbol;
		best = own;
	}
	return best;
}

struct state {
	const struct pass_context *c;
	int changes;
	bool failed;
};

/* Inserted nodes stand before n, so going on from the first of them visits them too. */
static void select_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first, *next; n && !s->failed; n = next) {
		struct node *before = n->prev;
		const char *earlier; /* what a pass has to say */

		next = n->next;
		if (n->kernel)
			continue;
		earlier = n->reason;
		n->kernel = kernel_select(g->unit, n, s->c->target, &n->reason);
		if (earlier) /* which may be this pass, on its first run */
			n->reason =
				n->reason && !strstr(earlier, n->reason)
					? arena_printf(g->unit->arena, "%s; %s", earlier, n->reason)
					: earlier;
		if (n->kernel || !n->op->expand)
			continue;
		if (!n->op->expand(g->unit, n)) {
			s->failed = true;
			return;
		}
		if (!node_is_dead(n))
			continue; /* it expands in some cases only, and has a definition too */
		graph_remove(n);
		s->changes++;
		next = before ? before->next : g->first;
	}
}

static int run_select(struct unit *u, const struct pass_context *c)
{
	struct state s = { .c = c };

	unit_each_graph(u, select_graph, &s);
	return s.failed ? -1 : s.changes;
}

const struct pass pass_select = {
	.name = "select-kernels",
	.doc = "choose a kernel for each node; expand operators that have none into simpler ones",
	.required = true,
	.run = run_select,
};
