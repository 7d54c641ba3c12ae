/* Nodes whose results nobody reads go. */
#include "list.h"

static void remove_from(struct graph *g, void *data)
{
	int *removed = data;

	for (struct node *n = g->last, *prev; n; n = prev) {
		prev = n->prev;
		if (!node_is_dead(n) || (n->op->flags & OP_IMPURE))
			continue;
		graph_remove(n);
		++*removed;
	}
}

int remove_dead(struct unit *u)
{
	int removed = 0, before;

	do { /* a subgraph's last use of an outer value may go before the value's own node was
		looked at */
		before = removed;
		unit_each_graph(u, remove_from, &removed);
	} while (removed > before);
	return removed;
}

static int run(struct unit *u, const struct pass_context *c)
{
	(void)c;
	return remove_dead(u);
}

const struct pass pass_dead = {
	.name = "remove-dead",
	.doc = "drop operators whose results nobody reads",
	.run = run,
};
