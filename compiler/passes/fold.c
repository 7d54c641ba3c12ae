/* Nodes whose inputs are all constant are computed now: by their definition, their portable kernel, or by
 * expanding them into nodes that can be. */
#include "list.h"


/* Interpreting costs some nanoseconds per operation; a result this much larger than its inputs is better computed at
 * run time than stored. */
enum { GROWTH_LIMIT = 16 << 20 };
#define WORK_LIMIT INT64_C(2000000000)

static bool inputs_constant(const struct node *n)
{
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] != VALUE_NONE && !node_const(n, k))
			return false;
	return true;
}

static bool outputs_known(const struct node *n)
{
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (v && (v->container != TENSOR || !shape_is_const(&v->shape)))
			return false;
	}
	return true;
}

static bool by_definition(struct unit *u, const struct node *n, const struct constant *const *in,
			  struct constant **out)
{
	struct tir_stage *stages = arena_array(u->arena, struct tir_stage, (size_t)n->n_out);
	struct tir_builder b;
	int64_t work = 0;

	tir_builder_init(&b, u, n);
	if (!n->op->define(&b, n, stages))
		return false;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k) && (work += tir_work(&stages[k])) > WORK_LIMIT)
			return false;
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			out[k] = tir_eval(u->arena, &stages[k], in);
	return true;
}

bool fold_node(struct unit *u, const struct node *n, struct constant **out)
{
	const struct constant **in = arena_array(u->arena, const struct constant *, (size_t)n->n_in + 1);

	if (!inputs_constant(n) || n->n_graphs || (n->op->flags & OP_IMPURE))
		return false;
	for (int k = 0; k < n->n_in; k++)
		in[k] = node_const(n, k);
	if (n->op->eval)
		return n->op->eval(u, n, in, out);
	return n->op->define && outputs_known(n) && by_definition(u, n, in, out);
}

static int64_t bytes_of(const struct value *v)
{
	return v && shape_is_const(&v->shape) ? shape_elements(&v->shape) * (int64_t)dtype_size(v->type) : 0;
}

static bool grows_too_much(const struct node *n)
{
	int64_t in = 0, out = 0;

	for (int k = 0; k < n->n_in; k++)
		in += bytes_of(node_in(n, k));
	for (int k = 0; k < n->n_out; k++)
		out += bytes_of(node_out(n, k));
	return out > GROWTH_LIMIT && out > 4 * in;
}

static void replace_by(struct unit *u, struct node *n, int k, const struct constant *c)
{
	struct value *v = node_out(n, k);

	if (!v || !c)
		return;
	graph_replace(u, v->id, graph_constant(n->graph, v->name, c)->id);
}

static void fold_graph(struct graph *g, void *data)
{
	int *changes = data;
	struct unit *u = g->unit;

	for (struct node *n = g->first, *next; n; n = next) {
		struct constant **out;
		struct node *before = n->prev;

		next = n->next;
		if (!inputs_constant(n) || n->n_graphs || (n->op->flags & OP_IMPURE) || grows_too_much(n))
			continue;
		out = arena_array(u->arena, struct constant *, (size_t)n->n_out + 1);
		if (fold_node(u, n, out)) {
			for (int k = 0; k < n->n_out; k++)
				replace_by(u, n, k, out[k]);
			graph_remove(n);
			++*changes;
		} else if (!n->op->eval && !n->op->define && n->op->expand && n->op->expand(u, n)) {
			graph_remove(n); /* its parts fold next */
			next = before ? before->next : g->first;
			++*changes;
		}
	}
}

static int run(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	(void)c;
	unit_each_graph(u, fold_graph, &changes);
	return changes;
}

const struct pass pass_fold = {
	.name = "fold-constants",
	.doc = "compute what depends on constants only",
	.run = run,
};
