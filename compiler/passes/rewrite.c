/* Drives local rewrites: sweeps over every graph, in order, until a sweep changes nothing. */
#include "rewrite.h"

#include <string.h>

/* A rewrite may make room for another many times over, but rules that undo each other would go on
 * for ever: past this many changes per node the driver stops where it is, with a graph that is
 * correct all the same. */
enum { CHANGES_PER_NODE = 16, SWEEPS = 64, OPS_PER_ROW = 16, ROWS = 128 };

struct active {
	const struct rewrite *row;
	const struct op *ops[OPS_PER_ROW]; /* NULL ends them; ops[0] NULL: any */
	int changes;
};

struct driver {
	struct active rows[ROWS];
	int n;
	int changes, limit;
};

static bool disabled(const struct pass_options *o, const char *name)
{
	for (int i = 0; o && i < o->n_disabled; i++)
		if (strcmp(o->disabled[i], name) == 0)
			return true;
	return false;
}

/* "Mul", or with one of our domains: "edgecc.Lut". */
static const struct op *find_op(const char *name)
{
	for (int d = 1; d < DOMAIN_COUNT; d++) {
		size_t len = strlen(domain_names[d]);

		if (strncmp(name, domain_names[d], len) == 0 && name[len] == '.')
			return op_find_any((enum domain)d, name + len + 1);
	}
	return op_find_any(DOMAIN_ONNX, name);
}

/* The rows of the operators' newest form, as all nodes are. False when none of them exists. */
static bool find_ops(struct active *a, struct arena *scratch)
{
	int n = 0;

	if (!a->row->ops)
		return true;
	for (const char *s = a->row->ops; *s;) {
		size_t len = strcspn(s, " ");
		const struct op *op = find_op(arena_strndup(scratch, s, len));

		if (op && n < OPS_PER_ROW - 1)
			a->ops[n++] = op;
		s += len + (s[len] == ' ');
	}
	return n > 0;
}

static void add_rows(struct driver *d, const struct rewrite *table, const struct pass_options *o,
		     struct arena *scratch)
{
	for (; table->name; table++) {
		struct active *a = &d->rows[d->n];

		if (disabled(o, table->name))
			continue;
		if (d->n == ROWS)
			unreachable("more rewrites than the driver holds");
		a->row = table;
		d->n += find_ops(a, scratch);
	}
}

static bool begins_at(const struct active *a, const struct node *n)
{
	if (!a->ops[0])
		return true;
	for (int i = 0; a->ops[i]; i++)
		if (a->ops[i] == n->op)
			return true;
	return false;
}

static bool rewrite_node(struct driver *d, struct unit *u, struct node *n)
{
	for (int i = 0; i < d->n; i++) {
		if (!begins_at(&d->rows[i], n) || !d->rows[i].row->apply(u, n))
			continue;
		d->rows[i].changes++;
		d->changes++;
		return true;
	}
	return false;
}

static void sweep(struct graph *g, void *data)
{
	struct driver *d = data;

	for (struct node *n = g->first, *next; n; n = next) {
		struct node *before = n->prev;

		next = n->next;
		if (node_is_dead(n) || d->changes >= d->limit || !rewrite_node(d, g->unit, n))
			continue;
		if (node_is_dead(n) && !(n->op->flags & OP_IMPURE))
			graph_remove(n);
		next = before ? before->next : g->first; /* what stands there now may go on */
	}
}

static void count_nodes(struct graph *g, void *data)
{
	int *count = data;

	for (const struct node *n = g->first; n; n = n->next)
		++*count;
}

int rewrites_run(struct unit *u, const struct rewrite *const *tables, const struct pass_options *o)
{
	struct arena scratch = { 0 };
	struct driver *d = arena_new(&scratch, struct driver);
	int before, nodes = 0, changes;

	for (; *tables; tables++)
		add_rows(d, *tables, o, &scratch);
	unit_each_graph(u, count_nodes, &nodes);
	d->limit = (nodes + 16) * CHANGES_PER_NODE;
	for (int i = 0; i < SWEEPS; i++) {
		before = d->changes;
		remove_dead(u); /* dead users would hide that a value has one live use */
		unit_each_graph(u, sweep, d);
		if (d->changes == before)
			break;
	}
	remove_dead(u);
	for (int i = 0; o && o->verbose && i < d->n; i++)
		if (d->rows[i].changes)
			fprintf(stderr, "  %-26s %6d\n", d->rows[i].row->name, d->rows[i].changes);
	changes = d->changes;
	arena_free(&scratch);
	return changes;
}
