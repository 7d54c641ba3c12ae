/* If, Loop and Scan before they are planned: checked for what the plan can do, Scan along axis 0 only; and
 * carried values that would be passed on in another's memory, as copies. */
#include "alias.h"
#include "lower.h"

/* ---- before kernels are chosen: what the plan can do, and axis 0 only ---------------- */

struct state {
	int changes;
	bool failed;
};

static bool tensors_only(struct unit *u, const struct node *n, const struct graph *g)
{
	for (size_t k = 0; k < g->inputs.n; k++)
		if (value_of(u, g->inputs.p[k])->container != TENSOR)
			return node_error(
				u, n,
				"sequences and optionals cannot be carried through iterations");
	for (size_t k = 0; k < g->outputs.n; k++)
		if (value_of(u, g->outputs.p[k])->container != TENSOR)
			return node_error(
				u, n,
				"gives a sequence or an optional, which only exists at compile time");
	return true;
}

static bool check_if(struct unit *u, const struct node *n)
{
	const struct if_attrs *a = n->attrs;
	const struct graph *yes = n->graphs[a->then_branch], *no = n->graphs[a->else_branch];

	if (!tensors_only(u, n, yes) || !tensors_only(u, n, no))
		return false;
	for (int k = 0; k < n->n_out; k++) {
		const struct value *y = value_of(u, yes->outputs.p[k]),
				   *z = value_of(u, no->outputs.p[k]);

		if (n->out[k] && y->shape.rank != z->shape.rank)
			return node_error(
				u, n,
				"output %d has shape %s in one branch and %s in the other: the rank must be "
				"the same, or the condition constant",
				k, shape_text(u, &y->shape), shape_text(u, &z->shape));
	}
	return true;
}

/* But for the sizes that vary. */
static bool stays(const struct unit *u, const struct value *state, const struct shape *s)
{
	bool same = s->rank == state->shape.rank;

	for (int i = 0; same && i < s->rank; i++)
		same = state_varies(u, state, i) || state->shape.d[i] == s->d[i];
	return same;
}

static bool check_iterated(struct unit *u, const struct node *n)
{
	const struct iterated p = iterated_parts(n);

	if (!tensors_only(u, n, p.body))
		return false;
	for (int k = 0; k < p.states; k++) {
		const struct value *x = node_in(n, p.first_in + k),
				   *s = value_of(u, p.body->inputs.p[p.first_in + k]);
		const struct value *t = value_of(u, p.body->outputs.p[p.first_out + k]);

		if (!x)
			return node_error(u, n, "carried value %d is left out", k);
		if (!stays(u, s, &t->shape) || !stays(u, s, &x->shape))
			return node_error(
				u, n,
				"the shape of a state must stay: number %d begins as %s and is %s after an iteration",
				k, shape_text(u, &x->shape), shape_text(u, &t->shape));
	}
	if (p.is_loop && !node_in(n, 0) && loop_runs_to_count(n))
		return node_error(
			u, n,
			"never ends: it has neither a count nor a condition that can become false");
	return true;
}

/* x with axis `from` as axis `to`. */
static uint32_t move_axis(struct node *before, uint32_t x, int from, int to)
{
	struct unit *u = before->graph->unit;
	int rank = value_of(u, x)->shape.rank, other = 0;
	int64_t *perm = arena_array(u->arena, int64_t, RANK_MAX);
	struct perm_attrs a = { .perm = { perm, rank } };

	for (int i = 0; i < rank; i++) {
		other += other == from;
		perm[i] = i == to ? from : other++;
	}
	return graph_build1(before, "Transpose", &a, x);
}

/* Sizes that y finds out, `front` finds out: it has y's axis as the first one. */
static void move_sizes(struct unit *u, struct value *y, int axis, struct value *front)
{
	for (int i = 0; i < y->shape.rank; i++) {
		int to = i == axis ? 0 : i < axis ? i + 1 : i;
		dim d = y->shape.d[i];

		if (dim_is_found(u, d, y))
			y->shape.d[i] = front->shape.d[to] =
				dim_size(u, front->id, to, dim_hi(u, d));
	}
}

/* The node runs along axis 0; what it took or gave along others is transposed outside. */
static int scan_axes(struct unit *u, struct node *n)
{
	const struct iterated p = iterated_parts(n);
	struct scan_attrs *a = n->attrs;
	struct node *behind = n->next;
	int changes = 0;

	for (int k = 0; a->scan_input_axes.p && k < p.scanned; k++) {
		const struct value *x = node_in(n, p.states + k);
		int axis = 0;

		axis_resolve(u, &n->loc, a->scan_input_axes.p[k], x->shape.rank, &axis);
		if (axis == 0)
			continue;
		node_set_input(n, p.states + k, move_axis(n, x->id, axis, 0));
		changes++;
	}
	for (int k = 0; a->scan_output_axes.p && k < p.stacked; k++) {
		struct value *y = node_out(n, p.states + k), *front;
		struct shape moved;
		int axis = 0;

		if (!y)
			continue;
		axis_resolve(u, &n->loc, a->scan_output_axes.p[k], y->shape.rank, &axis);
		if (axis == 0)
			continue;
		moved = y->shape;
		for (int i = axis; i > 0; i--)
			moved.d[i] = y->shape.d[i - 1];
		moved.d[0] = y->shape.d[axis];
		front = graph_value(n->graph, NULL, y->type,
				    &moved); /* takes y's place as n's output */
		front->producer = n;
		front->output = y->output;
		front->loc = n->loc;
		move_sizes(u, y, axis, front);
		n->out[p.states + k] = front->id;
		{
			int64_t *perm = arena_array(u->arena, int64_t, RANK_MAX);
			struct perm_attrs pa = { .perm = { perm, moved.rank } };
			struct node *t;

			for (int i = 0, other = 1; i < moved.rank; i++)
				perm[i] = i == axis ? 0 : other++;
			t = graph_insert(n->graph, behind, op_builtin("Transpose"), &pa, 1,
					 &front->id, 1, &n->loc);
			if (!node_infer(u, t))
				unreachable("a stacked result that cannot be transposed");
			y->producer = NULL;
			graph_replace(u, y->id, t->out[0]);
			y->graph = NULL;
		}
		changes++;
	}
	a->scan_input_axes = a->scan_output_axes = (struct ints){ 0 };
	return changes;
}

static void control_graph(struct graph *g, void *data)
{
	struct state *s = data;
	struct unit *u = g->unit;

	for (struct node *n = g->first; n; n = n->next) {
		if (n->n_graphs && node_is_if(n))
			s->failed |= !check_if(u, n);
		if (!n->n_graphs || !node_is_iterated(n))
			continue;
		s->failed |= !check_iterated(u, n);
		if (s->failed)
			continue;
		if (strcmp(n->op->name, "Scan") == 0) {
			s->changes += scan_axes(u, n);
		} else if (!node_in(n, 1)) { /* no condition is a true one */
			const struct constant *yes = constant_scalar_i64(u->arena, DT_BOOL, 1);

			node_set_input(n, 1, graph_constant(g, NULL, yes)->id);
			s->changes++;
		}
	}
}

static int run_control(struct unit *u, const struct pass_context *c)
{
	struct state s = { 0 };

	(void)c;
	unit_each_graph(u, control_graph, &s);
	return s.failed ? -1 : s.changes;
}

const struct pass pass_control = {
	.name = "prepare-control-flow",
	.doc = "check that shapes do not depend on the iteration; scan along axis 0",
	.required = true,
	.run = run_control,
};

/* ---- after layouts: carried values that are passed on in another's memory ------------ */

/* The value whose bytes v is a view of. */
static const struct value *base_of(struct unit *u, const struct value *v)
{
	int64_t offset;

	while (v->producer && !v->constant && node_in(v->producer, 0) &&
	       node_is_alias(u, v->producer, &offset))
		v = node_in(v->producer, 0);
	return v;
}

/* New values are copied over the old one after another: none of them may lie in an old one's
 * buffer. */
static int separate_states(struct unit *u, struct node *n)
{
	const struct iterated p = iterated_parts(n);
	int first = p.is_loop ? 0 : p.first_out, changes = 0;

	for (int k = first; k < p.first_out + p.states; k++) {
		struct value *t = value_of(u, p.body->outputs.p[k]), *copy;
		const struct value *own =
			value_of(u, p.body->inputs.p[k + p.first_in - p.first_out]);
		const struct value *base = base_of(u, t);

		if (t == own || base->graph != p.body || !base->is_input)
			continue;
		copy = insert_copy(NULL, p.body, t, &n->loc);
		((struct loops_attrs *)copy->producer->attrs)->must_copy = true;
		graph_set_output(p.body, k, copy);
		changes++;
	}
	return changes;
}

static void carried_graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first; n; n = n->next)
		if (n->n_graphs && node_is_iterated(n))
			*changes += separate_states(g->unit, n);
}

static int run_carried(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	(void)c;
	unit_each_graph(u, carried_graph, &changes);
	return changes;
}

const struct pass pass_carried = {
	.name = "separate-carried",
	.doc = "copy what an iteration passes on in the memory of another carried value",
	.required = true,
	.run = run_carried,
};
