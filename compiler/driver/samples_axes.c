/* Which free axes of inputs are part of a sample: those that a recurrence or a Scan steps along. */
#include "samples.h"

#include "../ops/ops.h"
#include "../passes/rewrite.h"

#include <string.h>

/* Of one of n's inputs; -1: none. */
static int stepped_axis(const struct node *n, int k)
{
	static const char *const recurrent[] = { "LSTM", "GRU", "RNN" };
	const struct scan_attrs *s = n->attrs;
	int states;

	for (size_t i = 0; i < ARRAY_LEN(recurrent) && k == 0; i++)
		if (node_is(n, recurrent[i]))
			return ((const struct recurrent_attrs *)n->attrs)->layout ? 1 : 0;
	if (!node_is(n, "Scan"))
		return -1;
	states = n->n_in - (int)s->num_scan_inputs;
	if (k < states)
		return -1;
	return s->scan_input_axes.p ? (int)s->scan_input_axes.p[k - states] : 0;
}

struct finder {
	const struct unit *u; /* whose nodes are looked at */
	const struct unit *inputs;
	bool *stepped;
};

/* The symbols of two units are the same when their names are. */
static void mark(const struct finder *f, dim d)
{
	const char *name = d < 0 ? dim_expr(f->u, d)->name : NULL;

	for (size_t i = 0; name && i < f->inputs->dims.n; i++)
		if (f->inputs->dims.p[i].name && strcmp(f->inputs->dims.p[i].name, name) == 0)
			f->stepped[i] = true;
}

static void find_in(struct graph *g, void *data)
{
	const struct finder *f = data;

	for (const struct node *n = g->first; n; n = n->next)
		for (int k = 0; k < n->n_in; k++) {
			int axis = stepped_axis(n, k), rank;

			if (axis == -1 || !node_in(n, k))
				continue;
			rank = node_in(n, k)->shape.rank;
			axis += axis < 0 ? rank : 0;
			if (axis >= 0 && axis < rank)
				mark(f, node_in(n, k)->shape.d[axis]);
		}
}

bool *samples_stepped(struct job *j, const char *model, const struct unit *inputs)
{
	struct import_options io = { 0 };
	struct diag silent = { 0 }; /* the import proper reports errors */
	struct finder f = { .inputs = inputs };
	struct unit *u;

	f.stepped = arena_array(&j->arena, bool, inputs->dims.n);
	if (inputs->dims.n == 0)
		return f.stepped;
	job_import_options(j, NULL, &io);
	u = unit_new(&j->arena, &silent, model);
	f.u = u;
	if (import_onnx(u, model, &io))
		unit_each_graph(u, find_in, &f);
	import_close(u);
	return f.stepped;
}
