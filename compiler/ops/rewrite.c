/* rewrite.c - steps of expansions and upgrades: constants and nodes put before the node that is
 * rewritten. */
#include "family.h"

bool upgrade_plain(struct unit *u, struct node *n)
{
	upgrade_to_newest(u, n, NULL);
	return true;
}

uint32_t new_scalar(struct node *at, enum dtype t, double v)
{
	return graph_constant(at->graph, NULL, constant_scalar_f64(at->graph->unit->arena, t, v))
		->id;
}

uint32_t new_ints(struct node *at, const int64_t *v, int count)
{
	return graph_constant(at->graph, NULL,
			      constant_vector_i64(at->graph->unit->arena, v, count))
		->id;
}

uint32_t new_cast(struct node *at, enum dtype to, uint32_t x)
{
	struct cast_attrs a = { .to = (int)to, .saturate = 1 };

	return value_of(at->graph->unit, x)->type == to ? x : graph_build1(at, "Cast", &a, x);
}

uint32_t new_reduce(struct node *at, const char *op, uint32_t x, int axis, bool keepdims)
{
	struct reduce_attrs a = { .keepdims = keepdims };
	int64_t axes[1] = { axis };

	return graph_build2(at, op, &a, x, new_ints(at, axes, 1));
}

uint32_t new_reshape(struct node *at, uint32_t x, uint32_t like)
{
	const struct shape *s = &value_of(at->graph->unit, like)->shape;
	int64_t sizes[RANK_MAX];
	int symbolic = 0;
	bool empty = false;

	for (int i = 0; i < s->rank; i++) {
		sizes[i] = dim_is_const(s->d[i]) ? s->d[i] : -1;
		symbolic += sizes[i] < 0;
		empty = empty || sizes[i] == 0;
	}
	if (symbolic > 1 || empty)
		return graph_build2(at, "Reshape", NULL, x, graph_build1(at, "Shape", NULL, like));
	return graph_build2(at, "Reshape", NULL, x, new_ints(at, sizes, s->rank));
}

void expand_output(struct unit *u, struct node *n, int k, uint32_t x)
{
	if (k < n->n_out && n->out[k] != VALUE_NONE)
		graph_replace(u, n->out[k], x);
}

uint32_t upgrade_node(struct unit *u, struct node *n, const char *op, const void *attrs, int n_in,
		      const uint32_t *in)
{
	struct node *m = graph_insert(n->graph, n, op_builtin(op), attrs, n_in, in, 1, &n->loc);

	if (value_of(u, in[0])->type != DT_UNDEF && !node_infer(u, m))
		return VALUE_NONE;
	return m->out[0];
}

void upgrade_become(struct node *n, const char *op, const void *attrs, int n_in, const uint32_t *in)
{
	const struct op *row = op_builtin(op);
	struct arena *a = n->graph->unit->arena;

	n->op = row;
	n->attrs = attrs && row->attrs_size ? arena_copy(a, attrs, row->attrs_size)
					    : op_default_attrs(a, row);
	for (int k = 0; k < n_in; k++)
		node_set_input(n, k, in[k]);
	node_trim_inputs(n, n_in);
}
