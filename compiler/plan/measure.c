/* Sizes that inference left open are computed like tensors: a scalar in front of the node whose
 * output has that size. */
#include "lower.h"

/* The size is v's own, and nobody computes it yet. */
static bool is_open(struct unit *u, const struct value *v, int axis)
{
	dim d = v->shape.d[axis];
	const struct dim_expr *x;

	if (d >= 0)
		return false;
	x = dim_expr(u, d);
	return x->kind == DIM_SIZE && x->a == 0 && x->value == v->id && x->element == axis;
}

static void measure(struct unit *u, struct node *n, int k, int axis)
{
	struct value *v = node_out(n, k), *size;
	struct tir_stage stage = { .type = DT_I64 };
	struct tir_builder b;
	struct node *m;

	tir_builder_init(&b, u, n);
	stage.value = tir_cast(&b, DT_I64, n->op->size(&b, n, k, axis));
	m = graph_insert(n->graph, n, op_builtin("Identity"), NULL, n->n_in, n->in, 1, &n->loc);
	size = node_out(m, 0);
	size->type = DT_I64;
	size->shape.rank = 0;
	node_make_loops(u, m, &stage);
	m->loc.op = "Size";
	dim_measured(u, v->shape.d[axis], size->id);
}

static void measure_graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first; n; n = n->next)
		for (int k = 0; n->op->size && !n->kernel && k < n->n_out; k++)
			for (int i = 0; node_out(n, k) && i < node_out(n, k)->shape.rank; i++)
				if (is_open(g->unit, node_out(n, k), i)) {
					measure(g->unit, n, k, i);
					++*changes;
				}
}

static int run_measure(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	(void)c;
	unit_each_graph(u, measure_graph, &changes);
	return changes;
}

const struct pass pass_measure = {
	.name = "measure-sizes",
	.doc = "compute the sizes that are known at run time only",
	.required = true,
	.run = run_measure,
};
