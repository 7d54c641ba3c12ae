/* edgecc.Refuse as ONNX, which has no operator that ends a run: it reads an element that is not there.
 *
 *	in a branch of If(c):   y = Refuse()   =>   y = Reshape(Gather([0], i), [1, 1 ...])
 *
 * i, the index, is c in integers in the branch that runs when c is true, its negation in the other:
 * 1 whenever the branch runs, of one element. */
#include "onnx_write.h"

#include "../ops/ops.h"

#include <string.h>

static uint32_t ones(struct graph *g, int rank)
{
	struct arena *a = g->unit->arena;
	int64_t one[RANK_MAX];

	for (int i = 0; i < rank; i++)
		one[i] = 1;
	return graph_constant(g, NULL, constant_vector_i64(a, one, rank))->id;
}

/* A tensor of v's type and rank. */
static uint32_t missing_element(struct node *n, const struct value *v, uint32_t index)
{
	const struct shape one = { .rank = 1, .d = { 1 } };
	struct graph *g = n->graph;
	void *zero;
	const struct constant *c = constant_new(g->unit->arena, v->type, &one, &zero);
	uint32_t y = graph_build2(n, "Gather", NULL, graph_constant(g, NULL, c)->id, index);

	return graph_build2(n, "Reshape", NULL, y, ones(g, v->shape.rank));
}

static bool can_be_written(const struct node *n)
{
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (v && (v->container != TENSOR || v->type == DT_STRING || v->shape.rank < 0))
			return false;
	}
	return n->graph->owner && strcmp(n->graph->owner->op->name, "If") == 0 &&
	       n->op->domain == DOMAIN_EDGECC && strcmp(n->op->name, "Refuse") == 0;
}

static void write_refusals_in(struct graph *g, void *data)
{
	const struct cast_attrs to = { .to = DT_I64, .saturate = 1 };
	struct node *next;

	(void)data;
	for (struct node *n = g->first; n; n = next) {
		const struct node *owner = g->owner;
		uint32_t index;

		next = n->next;
		if (!can_be_written(n))
			continue;
		index = owner->in[0];
		if (g == owner->graphs[((const struct if_attrs *)owner->attrs)->else_branch])
			index = graph_build1(n, "Not", NULL, index);
		index = graph_build1(n, "Cast", &to, index);
		for (int k = 0; k < n->n_out; k++)
			if (n->out[k])
				graph_replace(g->unit, n->out[k],
					      missing_element(n, node_out(n, k), index));
		graph_remove(n);
	}
}

void write_refusals(struct unit *u)
{
	unit_each_graph(u, write_refusals_in, NULL);
}
