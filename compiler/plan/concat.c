/* Concat computes nothing: its parts are computed in place inside the whole. A part that cannot be
 * is copied. */
#include "alias.h"

/* May v be written straight into its part of the whole, whose axis order is `order`? */
static bool can_embed(struct unit *u, const struct node *concat, const struct value *v,
		      const struct layout *whole, bool outermost)
{
	const struct node *p = v->producer;
	int64_t offset;

	if (!p || p->graph != concat->graph || v->outputs || v->constant || p->n_graphs ||
	    node_is_concat(p) || (!p->kernel && (p->op->flags & OP_VIEW)) ||
	    node_is_alias(u, p, &offset))
		return false;
	if (memcmp(v->layout.order, whole->order, (size_t)v->shape.rank) != 0)
		return false;
	if (p->kernel && p->kernel->layout == KERNEL_ROW_MAJOR && !outermost)
		return false;
	for (int k = p->n_in - p->n_tail; k < p->n_in;
	     k++) /* a tail's operands lie as its result */
		if (node_in(p, k) && shape_equal(&node_in(p, k)->shape, &v->shape))
			return false;
	for (size_t i = 0; i < v->uses.n; i++) {
		const struct node *c = v->uses.p[i];

		if (c == concat)
			continue;
		if (c->graph != concat->graph || c->n_graphs || node_is_concat(c) ||
		    (!c->kernel && !node_is_loops(c)))
			return false;
		if (c->kernel && c->kernel->layout == KERNEL_ROW_MAJOR && !outermost)
			return false;
		for (int k = c->n_in - c->n_tail; k < c->n_in; k++)
			if (node_in(c, k) == v)
				return false;
	}
	return true;
}

static int concat_axis(const struct node *n)
{
	int axis = 0;

	axis_resolve(n->graph->unit, &n->loc, ((const struct axis_attrs *)n->attrs)->axis,
		     node_out(n, 0)->shape.rank, &axis);
	return axis;
}

static int count_use(const struct node *n, uint32_t id)
{
	int uses = 0;

	for (int k = 0; k < n->n_in; k++)
		uses += n->in[k] == id;
	return uses;
}

static int embed(struct unit *u, struct node *n)
{
	struct value *out = node_out(n, 0);
	int axis = concat_axis(n), copies = 0;
	int64_t at = 0, total = out->shape.d[axis];
	bool outermost = true;

	for (int k = 0; k < out->shape.rank && out->layout.order[k] != axis; k++)
		outermost &= out->shape.d[out->layout.order[k]] == 1;
	outermost &= !layout_has_halo(&out->layout, out->shape.rank);
	for (int k = 0; k < n->n_in; k++) {
		struct value *v = node_in(n, k);
		int64_t size = v->shape.d[axis];

		if (count_use(n, v->id) > 1 || !can_embed(u, n, v, &out->layout, outermost)) {
			v = insert_copy(n, n->graph, v, &n->loc);
			((struct loops_attrs *)v->producer->attrs)->must_copy = true;
			node_set_input(n, k, v->id);
			copies++;
		}
		v->layout = out->layout;
		v->layout.lo[axis] += (int32_t)at;
		v->layout.hi[axis] += (int32_t)(total - at - size);
		at += size;
	}
	return copies;
}

/* Along an axis of unknown size the parts have no fixed place: loops that choose the part then. */
static bool sizes_known(const struct node *n)
{
	int axis = concat_axis(n);

	for (int k = 0; k < n->n_in; k++)
		if (!dim_is_const(node_in(n, k)->shape.d[axis]))
			return false;
	return dim_is_const(node_out(n, 0)->shape.d[axis]) &&
	       node_out(n, 0)->shape.d[axis] <= INT32_MAX;
}

static bool choose(struct unit *u, struct node *n)
{
	struct tir_builder b;
	struct tir_stage s;

	tir_builder_init(&b, u, n);
	if (!n->op->define || !n->op->define(&b, n, &s))
		return node_error(u, n, "cannot join parts of unknown size along axis %d",
				  concat_axis(n));
	node_make_loops(u, n, &s);
	return true;
}

struct state {
	int changes;
	bool failed;
};

/* Last first: a Concat inside another knows its own place before its parts get theirs. */
static void concat_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->last, *prev; n; n = prev) {
		prev = n->prev;
		if (!node_is_concat(n))
			continue;
		if (sizes_known(n))
			s->changes += embed(g->unit, n);
		else
			s->failed |= !choose(g->unit, n);
	}
}

static int run_concat(struct unit *u, const struct pass_context *c)
{
	struct state s = { 0 };

	(void)c;
	unit_each_graph(u, concat_graph, &s);
	return s.failed ? -1 : s.changes;
}

const struct pass pass_concat = {
	.name = "place-concat",
	.doc = "compute the parts of Concat inside the whole",
	.required = true,
	.run = run_concat,
};
