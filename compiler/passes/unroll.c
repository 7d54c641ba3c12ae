/* If, Loop and Scan with constant inputs: the branch's nodes take the If's place; a body's nodes
 * are copied with their inputs bound, and folded, once for each iteration. */
#include "unroll.h"

#include <string.h>

enum { MOST_ITERATIONS = 20000, MOST_NODES = 400000 };

struct unroller {
	struct unit *u;
	struct node *n;
	uint32_t *map; /* a body's value -> its copy in this iteration */
	size_t known;  /* entries of map: values that were there before */
	fold_range_fn *fold;
	void *data;
	bool *failed;
	int64_t nodes;
};

/* ---- copies of nodes ----------------------------------------------------------------- */

static uint32_t mapped(const struct unroller *r, uint32_t id)
{
	return id < r->known && r->map[id] ? r->map[id] : id;
}

static bool copy_nodes(struct unroller *r, const struct graph *from, struct graph *to,
		       struct node *before);

/* Body inputs have the shapes of what is passed now, which may be known better than in the
 * original; sizes that vary do so still. */
static void pass_shape(struct unit *u, const struct node *n, int k, const struct value *original,
		       struct value *in)
{
	const struct value *x = node_in(n, k);

	if (!x || x->container != TENSOR)
		return;
	in->shape = x->shape;
	for (int i = 0; i < x->shape.rank; i++)
		if (state_varies(u, original, i))
			in->shape.d[i] = dim_size(u, in->id, i, dim_hi(u, original->shape.d[i]));
}

static bool copy_graph(struct unroller *r, struct node *owner, int i, const struct graph *g)
{
	struct graph *c = graph_new(r->u, owner, g->name);
	const struct scan_attrs *scan = owner->attrs;
	bool is_loop = strcmp(owner->op->name, "Loop") == 0,
	     is_scan = strcmp(owner->op->name, "Scan") == 0;

	owner->graphs[i] = c;
	for (size_t k = 0; k < g->inputs.n; k++) {
		const struct value *v = value_of(r->u, g->inputs.p[k]);
		struct value *in = graph_value(c, NULL, v->type, &v->shape);

		in->container = v->container;
		if ((is_loop && k >= 2) ||
		    (is_scan && (int)k < owner->n_in - (int)scan->num_scan_inputs))
			pass_shape(r->u, owner, (int)k, v, in);
		graph_add_input(c, in);
		r->map[v->id] = in->id;
	}
	if (!copy_nodes(r, g, c, NULL))
		return false;
	for (size_t k = 0; k < g->outputs.n; k++)
		graph_add_output(c, value_of(r->u, mapped(r, g->outputs.p[k])));
	return true;
}

static bool copy_node(struct unroller *r, const struct node *m, struct graph *to,
		      struct node *before)
{
	uint32_t *in = arena_array(r->u->arena, uint32_t, (size_t)m->n_in + 1);
	struct node *c;

	if (++r->nodes > MOST_NODES)
		return false;
	for (int k = 0; k < m->n_in; k++)
		in[k] = mapped(r, m->in[k]);
	c = graph_insert(to, before, m->op, m->attrs, m->n_in, in, m->n_out, &m->loc);
	for (int k = 0; k < m->n_out; k++)
		if (m->out[k])
			r->map[m->out[k]] = c->out[k];
		else
			node_drop_output(c, k);
	c->n_graphs = m->n_graphs;
	c->graphs = arena_array(r->u->arena, struct graph *, (size_t)m->n_graphs + 1);
	for (int i = 0; i < m->n_graphs; i++)
		if (!copy_graph(r, c, i, m->graphs[i])) {
			c->n_graphs = i;
			return false;
		}
	if (!node_infer(r->u, c)) {
		*r->failed = true;
		return false;
	}
	fold_small(r->u, c);
	return true;
}

static bool copy_nodes(struct unroller *r, const struct graph *from, struct graph *to,
		       struct node *before)
{
	for (const struct node *m = from->first; m; m = m->next)
		if (!copy_node(r, m, to, before))
			return false;
	return true;
}

/* One iteration: out gets what the body's outputs are. */
static bool run_body(struct unroller *r, const struct graph *body, uint32_t *out)
{
	struct node *n = r->n, *last = n->prev, *probe, *from;
	bool ok = copy_nodes(r, body, n->graph, n);
	int count = (int)body->outputs.n;

	if (!ok)
		return false;
	for (int k = 0; k < count; k++)
		out[k] = mapped(r, body->outputs.p[k]);
	/* a reader of the outputs: it learns what they are replaced by */
	probe = graph_insert(n->graph, n, op_builtin("edgecc.Loops"), NULL, count, out, 0, &n->loc);
	from = last ? last->next : n->graph->first;
	ok = from == probe || r->fold(r->data, from, probe);
	*r->failed |= !ok;
	for (int k = 0; k < count; k++)
		out[k] = probe->in[k];
	graph_remove(probe);
	return ok;
}

/* ---- items along an axis ------------------------------------------------------------- */

struct blocks { /* of bytes: an item is `outer` runs of `inner` */
	int64_t outer, inner;
};

static struct blocks blocks_of(const struct shape *whole, int axis, enum dtype t)
{
	struct blocks b = { 1, t == DT_STRING ? (int64_t)sizeof(char *) : (int64_t)dtype_size(t) };

	for (int i = 0; i < whole->rank; i++)
		if (i < axis)
			b.outer *= whole->d[i];
		else if (i > axis)
			b.inner *= whole->d[i];
	return b;
}

static const char *bytes_of(const struct constant *x)
{
	return x->type == DT_STRING ? (const char *)x->strings : x->data;
}

static struct constant *item_of(struct unit *u, const struct constant *x, int axis, int64_t i)
{
	struct shape s = { .rank = x->shape.rank - 1 };
	struct blocks b = blocks_of(&x->shape, axis, x->type);
	struct constant *c;
	void *data;

	for (int k = 0; k < s.rank; k++)
		s.d[k] = x->shape.d[k < axis ? k : k + 1];
	c = constant_new(u->arena, x->type, &s, &data);
	for (int64_t o = 0; o < b.outer; o++)
		memcpy((char *)data + o * b.inner,
		       bytes_of(x) + (o * x->shape.d[axis] + i) * b.inner, (size_t)b.inner);
	return c;
}

typedef VEC(const struct constant *) items;

static const struct constant *stack_of(struct unit *u, const items *list, const struct value *y,
				       int axis, bool backward)
{
	struct shape s = y->shape;
	struct blocks b;
	struct constant *c;
	void *data;

	if (axis < 0)
		axis += s.rank;
	for (int k = 0; list->n && k < s.rank; k++)
		s.d[k] = k == axis ? 0 : list->p[0]->shape.d[k < axis ? k : k - 1];
	s.d[axis] = (dim)list->n;
	if (!shape_is_const(&s))
		return NULL;
	b = blocks_of(&s, axis, y->type);
	c = constant_new(u->arena, y->type, &s, &data);
	for (size_t i = 0; i < list->n; i++) {
		const struct constant *x = list->p[backward ? list->n - 1 - i : i];

		if (!shape_equal(&x->shape, &list->p[0]->shape))
			return NULL;
		for (int64_t o = 0; o < b.outer; o++)
			memcpy((char *)data + (o * s.d[axis] + (int64_t)i) * b.inner,
			       bytes_of(x) + o * b.inner, (size_t)b.inner);
	}
	return c;
}

/* ---- iterations ---------------------------------------------------------------------- */

static int64_t at(const struct ints *list, int k)
{
	return list->p ? list->p[k] : 0;
}

/* The body's input `id`, a number or a truth value: a scalar, or as some declare it a vector of one. */
static void bind_single(struct unroller *r, uint32_t id, int64_t x)
{
	const struct value *v = value_of(r->u, id);
	struct shape s = { .rank = v->shape.rank };
	struct constant *c;
	void *data;

	for (int k = 0; k < s.rank; k++)
		s.d[k] = 1;
	c = constant_new(r->u->arena, v->type, &s, &data);
	constant_put_i64(data, v->type, 0, x);
	r->map[id] = graph_constant(r->n->graph, NULL, c)->id;
}

/* Items i of the scanned inputs become the body's inputs. */
static void bind_items(struct unroller *r, const struct graph *body, int states, int64_t i,
		       int64_t count)
{
	const struct scan_attrs *a = r->n->attrs;

	for (int k = 0; k < (int)a->num_scan_inputs; k++) {
		const struct constant *x = node_const(r->n, states + k);
		int64_t axis = at(&a->scan_input_axes, k);

		x = item_of(r->u, x, (int)(axis < 0 ? axis + x->shape.rank : axis),
			    at(&a->scan_input_directions, k) ? count - 1 - i : i);
		r->map[body->inputs.p[states + k]] = graph_constant(r->n->graph, NULL, x)->id;
	}
}

static int64_t scan_count(const struct node *n, int states)
{
	const struct scan_attrs *a = n->attrs;
	const struct constant *x = node_const(n, states);
	int64_t axis = at(&a->scan_input_axes, 0);

	return x->shape.d[axis < 0 ? axis + x->shape.rank : axis];
}

static bool iterate(struct unroller *r)
{
	struct node *n = r->n;
	struct unit *u = r->u;
	bool is_loop = strcmp(n->op->name, "Loop") == 0;
	const struct scan_attrs *scan = n->attrs;
	const struct graph *body =
		n->graphs[is_loop ? ((const struct loop_attrs *)n->attrs)->body : scan->body];
	int first = is_loop ? 2 : 0, first_out = is_loop ? 1 : 0;
	int states =
		n->n_in > first ? n->n_in - first - (is_loop ? 0 : (int)scan->num_scan_inputs) : 0;
	int stacks = n->n_out > states ? n->n_out - states : 0;
	uint32_t *out = arena_array(u->arena, uint32_t, body->outputs.n + 1);
	uint32_t *now = arena_array(u->arena, uint32_t, (size_t)states + 1);
	items *lists = arena_array(u->arena, items, (size_t)stacks + 1);
	int64_t count = is_loop ? node_in(n, 0) ? constant_i64(node_const(n, 0), 0) : INT64_MAX
				: scan_count(n, states);
	bool go = !is_loop || !node_in(n, 1) || constant_i64(node_const(n, 1), 0) != 0;

	for (int k = 0; k < states; k++)
		now[k] = n->in[first + k];
	for (int64_t i = 0; i < count && go; i++) {
		if (i == MOST_ITERATIONS)
			return false;
		for (int k = 0; k < states; k++)
			r->map[body->inputs.p[first + k]] = now[k];
		if (is_loop) {
			bind_single(r, body->inputs.p[0], i);
			bind_single(r, body->inputs.p[1], 1);
		} else {
			bind_items(r, body, states, i, count);
		}
		if (!run_body(r, body, out))
			return false;
		if (is_loop) {
			const struct constant *c = value_of(u, out[0])->constant;

			if (!c || c->type != DT_BOOL)
				return false;
			go = constant_i64(c, 0) != 0;
		}
		for (int k = 0; k < states; k++)
			now[k] = out[first_out + k];
		for (int k = 0; k < stacks; k++) {
			const struct constant *c =
				value_of(u, out[first_out + states + k])->constant;

			if (!c)
				return false;
			vec_push(u->arena, &lists[k], c);
		}
	}
	for (int k = 0; k < stacks; k++) {
		const struct value *y = node_out(n, states + k);
		const struct constant *c;

		if (!y)
			continue;
		c = stack_of(u, &lists[k], y, is_loop ? 0 : (int)at(&scan->scan_output_axes, k),
			     !is_loop && at(&scan->scan_output_directions, k));
		if (!c)
			return false;
		graph_replace(u, y->id, graph_constant(n->graph, NULL, c)->id);
	}
	for (int k = 0; k < states && k < n->n_out; k++)
		if (n->out[k])
			graph_replace(u, n->out[k], now[k]);
	return true;
}

/* ---- the whole ----------------------------------------------------------------------- */

static bool inside(const struct graph *g, const struct node *owner)
{
	for (; g && g->owner; g = g->owner->graph)
		if (g->owner == owner)
			return true;
	return false;
}

static bool reads_constants(const struct unit *u, const struct graph *g, const struct node *owner)
{
	for (const struct node *n = g->first; n; n = n->next) {
		if (n->op->flags & OP_IMPURE)
			return false;
		for (int k = 0; k < n->n_in; k++) {
			const struct value *v = n->in[k] ? value_of(u, n->in[k]) : NULL;

			if (v && !v->constant && !inside(v->graph, owner))
				return false;
		}
		for (int i = 0; i < n->n_graphs; i++)
			if (!reads_constants(u, n->graphs[i], owner))
				return false;
	}
	return true;
}

static bool take_branch(struct unit *u, struct node *n)
{
	const struct if_attrs *a = n->attrs;
	struct graph *g =
		n->graphs[constant_i64(node_const(n, 0), 0) ? a->then_branch : a->else_branch];
	uint32_t *out = arena_copy(u->arena, g->outputs.p, g->outputs.n * sizeof *out);

	graph_splice(g, n);
	for (int k = 0; k < n->n_out; k++)
		if (n->out[k])
			graph_replace(u, n->out[k], out[k]);
	return true;
}

bool unroll(struct unit *u, struct node *n, fold_range_fn *fold, void *data, bool *failed)
{
	struct unroller r = {
		.u = u, .n = n, .known = u->values.n, .fold = fold, .data = data, .failed = failed
	};
	const struct node *before = n->prev;

	if (n->op->domain != DOMAIN_ONNX)
		return false;
	if (strcmp(n->op->name, "If") == 0)
		return take_branch(u, n);
	if (strcmp(n->op->name, "Loop") != 0 && strcmp(n->op->name, "Scan") != 0)
		return false;
	if (!reads_constants(u, n->graphs[0], n))
		return false;
	r.map = arena_array(u->arena, uint32_t, r.known);
	if (iterate(&r))
		return true;
	while (n->prev != before && node_is_dead(n->prev)) /* what was tried in vain */
		graph_remove(n->prev);
	return false;
}
