/* What replaces a node: nodes whose inputs are constant are computed at once, so that the next
 * rewrite sees a constant. */
#include "rewrite.h"

#include <string.h>

uint32_t build_constant(const struct node *at, const struct constant *c)
{
	struct value *v = graph_constant(at->graph, NULL, c);

	v->loc = at->loc;
	return v->id;
}

uint32_t build_ints(const struct node *at, const int64_t *v, int n)
{
	return build_constant(at, constant_vector_i64(at->graph->unit->arena, v, n));
}

uint32_t build_number(const struct node *at, enum dtype t, double v)
{
	return build_constant(at, constant_scalar_f64(at->graph->unit->arena, t, v));
}

uint32_t build(struct node *before, const char *op, const void *attrs, int n_in, const uint32_t *in)
{
	struct unit *u = before->graph->unit;
	uint32_t id = graph_build(before, op, attrs, n_in, in);
	struct value *v = value_of(u, id);
	struct constant *c = NULL;

	if (!v->constant && !fold_node(u, v->producer, &c))
		return id;
	graph_remove(v->producer);
	return build_constant(before, v->constant ? v->constant : c);
}

/* Dims as Reshape's shape input: a number each, 0 where a symbolic size is x's at the same axis,
 * one -1. */
static bool view_spec(struct unit *u, const struct shape *x, const struct shape *y, int64_t *d)
{
	int missing = -1;
	dim rest = 1;

	for (int i = 0; i < y->rank; i++) {
		bool same = i < x->rank && x->d[i] == y->d[i];

		d[i] = y->d[i];
		if (y->d[i] < 0 || (y->d[i] == 0 && same))
			d[i] = 0;
		else if (y->d[i] == 0) /* 0 means the size of x */
			return false;
		if (y->d[i] < 0 && !same) {
			if (missing >= 0)
				return false;
			missing = i;
			d[i] = -1;
			continue;
		}
		rest = dim_mul(u, rest, y->d[i]);
	}
	return missing < 0 || dim_exact_div(u, shape_count(u, x), rest) == y->d[missing];
}

uint32_t build_view(struct node *before, uint32_t x, const struct shape *y)
{
	struct unit *u = before->graph->unit;
	const struct value *v = value_of(u, x);
	int64_t d[RANK_MAX];

	if (shape_equal(&v->shape, y))
		return x;
	if (v->shape.rank < 0 || y->rank < 0 || !view_spec(u, &v->shape, y, d))
		return VALUE_NONE;
	return build2(before, "Reshape", NULL, x, build_ints(before, d, y->rank));
}

bool replace_node(struct node *n, uint32_t with)
{
	struct unit *u = n->graph->unit;

	if (with == VALUE_NONE || !same_tensor(node_out(n, 0), value_of(u, with)))
		return false;
	graph_replace(u, n->out[0], with);
	return true;
}

void node_become(struct node *n, const char *op, const void *attrs, int n_in, const uint32_t *in)
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

void merge_location(struct node *into, const struct node *from)
{
	struct arena *a = into->graph->unit->arena;

	if (into->loc.op && from->loc.op && strlen(into->loc.op) < 80)
		into->loc.op = arena_printf(a, "%s+%s", into->loc.op, from->loc.op);
}
