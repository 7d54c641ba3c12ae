/* If, Loop and Scan as steps with blocks of steps inside.
 *
 * A loop's body is planned once. Carried values have one buffer each, which the body reads; the new
 * values are copied into it when everything else of the iteration is done. An item of a scanned
 * input, and of a stacked result, is a place that moves through the whole with the iterations. */
#include "planner.h"

/* ---- If ------------------------------------------------------------------------------ */

/* v belongs to g alone: made in it, in memory that nothing outside shares. */
static bool made_inside(struct planner *pl, const struct graph *g, uint32_t id)
{
	uint32_t root = alias_root(&pl->a, id, NULL);
	const struct value *v = value_of(pl->u, root);

	return v->graph == g && !v->is_input && pl->a.info[root].region == REGION_WORKSPACE;
}

/* Sizes of v that control flow finds out. */
static void find_sizes(struct planner *pl, const struct value *v)
{
	for (int a = 0; v && a < v->shape.rank; a++)
		if (dim_is_found(pl->u, v->shape.d[a], v) &&
		    dim_expr(pl->u, v->shape.d[a])->element == a)
			vec_push(pl->u->arena, &pl->p->found, v->shape.d[a]);
}

static bool is_read(const struct value *v)
{
	return v->uses.n || v->outputs || v->measured;
}

/* n's outputs without those that nobody reads: there is no room for them, only their sizes are found. */
static const uint32_t *outputs_read(struct planner *pl, const struct node *n)
{
	uint32_t *out = arena_array(pl->u->arena, uint32_t, (size_t)n->n_out + 1);

	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k) && is_read(node_out(n, k)))
			out[k] = n->out[k];
	return out;
}

/* One block per branch; a branch's result is computed where the If's output lies, or copied there.
 */
void add_if(struct planner *pl, struct block *b, const struct node *n)
{
	const struct if_attrs *a = n->attrs;
	struct graph *const branches[2] = { n->graphs[a->then_branch], n->graphs[a->else_branch] };
	const uint32_t *out = outputs_read(pl, n);
	struct step *s = new_step(pl, b, STEP_IF, n);

	s->slots = n->in;
	s->n_slots = 1;
	s->outputs = out;
	s->n_outputs = n->n_out;
	s->blocks = arena_array(pl->u->arena, struct block, 2);
	s->n_blocks = 2;
	for (int k = 0; k < 2; k++) {
		struct graph *g = branches[k];

		add_graph(pl, &s->blocks[k], g);
		for (int i = 0; i < n->n_out; i++) {
			uint32_t id = g->outputs.p[i];

			if (!out[i])
				continue;
			if (!made_inside(pl, g, id) || !alias_join(&pl->a, id, out[i], 0))
				add_copy(pl, &s->blocks[k], n, id, out[i], -1);
		}
	}
	for (int i = 0; i < n->n_out; i++)
		find_sizes(pl, node_out(n, i));
	s->end = (int)pl->steps.n - 1;
}

/* ---- Loop and Scan ------------------------------------------------------------------- */

/* Items lie one after the other, as those of axis 0 do. */
static struct turn *item_turn(struct planner *pl, const struct step *s, const struct value *item,
			      bool backward)
{
	struct turn *t = arena_new(pl->u->arena, struct turn);

	t->loop = s;
	t->stride = dim_mul(pl->u, shape_count(pl->u, &item->shape), (dim)dtype_size(item->type));
	t->backward = backward;
	return t;
}

static bool direction(const struct ints *list, int k)
{
	return list->p && list->p[k] == 1;
}

static void scan_items(struct planner *pl, const struct step *s, const struct node *n,
		       const struct iterated *p)
{
	const struct scan_attrs *a = n->attrs;

	for (int k = 0; k < p->scanned; k++) {
		const struct value *x = node_in(n, p->states + k);
		uint32_t item = p->body->inputs.p[p->states + k];
		const struct turn *t = item_turn(pl, s, value_of(pl->u, item),
						 direction(&a->scan_input_directions, k));

		if (!alias_join_item(&pl->a, item, x->id, t))
			pl->failed |= !node_error(
				pl->u, n, "scanned input %d has no items that can be read in place",
				k);
	}
}

/* Results of one iteration: computed in their place in the whole, or copied there. */
static void stack_items(struct planner *pl, struct step *s, const struct node *n,
			const struct iterated *p)
{
	const struct scan_attrs *a = n->attrs;

	for (int k = 0; k < p->stacked; k++) {
		const struct value *y = node_out(n, p->states + k);
		uint32_t item = p->body->outputs.p[p->first_out + p->states + k];
		const struct turn *t;

		if (!y || !is_read(y))
			continue;
		t = item_turn(pl, s, value_of(pl->u, item),
			      !p->is_loop && direction(&a->scan_output_directions, k));
		if (!made_inside(pl, p->body, item) || !alias_join_item(&pl->a, item, y->id, t))
			add_copy(pl, &s->blocks[0], n, item, y->id, -1)->into = t;
	}
}

static bool same_place(struct planner *pl, uint32_t a, uint32_t b)
{
	int64_t at_a, at_b;

	return alias_root(&pl->a, a, &at_a) == alias_root(&pl->a, b, &at_b) && at_a == at_b &&
	       !alias_turns(&pl->a, a) && !alias_turns(&pl->a, b);
}

static void next_state(struct planner *pl, struct step *s, const struct node *n, uint32_t from,
		       uint32_t to)
{
	if (!same_place(pl, from, to))
		add_copy(pl, &s->blocks[0], n, from, to, -1)->reason = "for the next iteration";
}

/* Sizes of state k that vary: there is room for what the body's input can have. */
static void carry_sizes(struct planner *pl, const struct node *n, const struct iterated *p, int k,
			struct iterations *it)
{
	struct unit *u = pl->u;
	const struct value *state = value_of(u, p->body->inputs.p[p->first_in + k]),
			   *x = node_in(n, p->first_in + k), *y = node_out(n, k),
			   *next = value_of(u, p->body->outputs.p[p->first_out + k]);

	for (int i = 0; i < state->shape.rank; i++) {
		int64_t hi = dim_hi(u, state->shape.d[i]);
		struct carried_size c = { .now = state->shape.d[i] };

		if (!state_varies(u, state, i))
			continue;
		c.first = dim_capped(u, x->shape.d[i], x->id, i, hi);
		c.next = dim_capped(u, next->shape.d[i], next->id, i, hi);
		c.last = y ? y->shape.d[i] : 0;
		vec_push(u->arena, &it->sizes, c);
		vec_push(u->arena, &pl->p->found, c.now);
	}
	find_sizes(pl, y);
}

/* Sizes of stacked result k that iterations tell. */
static void stack_sizes(struct planner *pl, const struct node *n, const struct iterated *p, int k,
			struct iterations *it)
{
	const struct value *y = node_out(n, p->states + k),
			   *each = value_of(pl->u,
					    p->body->outputs.p[p->first_out + p->states + k]);

	for (int i = 1; y && i < y->shape.rank; i++)
		if (dim_is_found(pl->u, y->shape.d[i], y))
			vec_push(pl->u->arena, &it->sizes,
				 ((struct carried_size){ .now = y->shape.d[i],
							 .next = each->shape.d[i - 1],
							 .same = true }));
}

/* The values of a Loop's own: iteration number and condition. */
static void loop_values(const struct node *n, const struct iterated *p, struct iterations *it,
			bool *condition)
{
	const struct value *number = value_of(n->graph->unit, p->body->inputs.p[0]);
	const struct value *c = value_of(n->graph->unit, p->body->inputs.p[1]);

	it->count = n->in[0];
	it->number = is_read(number) ? number->id : VALUE_NONE;
	*condition = !loop_runs_to_count(n) || is_read(c);
	it->condition = loop_runs_to_count(n) ? VALUE_NONE : c->id;
	it->items = DIM_UNBOUNDED;
}

void add_iterated(struct planner *pl, struct block *b, const struct node *n)
{
	const struct iterated p = iterated_parts(n);
	struct iterations *it = arena_new(pl->u->arena, struct iterations);
	uint32_t *held = arena_array(pl->u->arena, uint32_t, (size_t)p.states + 2);
	const uint32_t *out = outputs_read(pl, n);
	const struct step *outer = pl->loop;
	bool condition = false;
	struct step *s;

	if (p.is_loop)
		loop_values(n, &p, it, &condition);
	else
		it->items = node_in(n, p.states)->shape.d[0];
	it->held = held;
	for (int k = p.states; k < n->n_out; k++)
		if (n->out[k]) {
			it->stacked = true;
			it->items = node_out(n, k)->shape.d[0];
			find_sizes(pl, node_out(n, k));
		}
	for (int k = 0; k < p.states; k++) {
		held[it->n_held++] = p.body->inputs.p[p.first_in + k];
		add_copy(pl, b, n, n->in[p.first_in + k], held[k], -1)->reason =
			"for the first iteration";
	}
	if (condition) {
		held[it->n_held++] = p.body->inputs.p[1];
		add_copy(pl, b, n, n->in[1], p.body->inputs.p[1], -1)->reason =
			"for the first iteration";
	}
	if (it->number)
		held[it->n_held++] = it->number;
	s = new_step(pl, b, p.is_loop ? STEP_LOOP : STEP_SCAN, n);
	s->iterations = it;
	s->slots = n->in;
	s->n_slots = n->n_in;
	s->outputs = out;
	s->n_outputs = n->n_out;
	s->blocks = arena_new(pl->u->arena, struct block);
	s->n_blocks = 1;
	pl->loop = s;
	for (int k = 0; k < p.states && k < n->n_out; k++)
		if (out[k] && !alias_join(&pl->a, held[k], out[k], 0))
			unreachable("a carried value that has a place already");
	scan_items(pl, s, n, &p);
	for (size_t k = 0; k < p.body->inputs.n; k++)
		set_made(pl, &s->blocks[0], p.body->inputs.p[k]);
	add_graph(pl, &s->blocks[0], p.body);
	stack_items(pl, s, n, &p);
	for (int k = 0; k < p.states; k++)
		carry_sizes(pl, n, &p, k, it);
	for (int k = 0; k < p.stacked; k++)
		stack_sizes(pl, n, &p, k, it);
	for (int k = 0; k < p.states; k++)
		next_state(pl, s, n, p.body->outputs.p[p.first_out + k], held[k]);
	if (it->condition)
		next_state(pl, s, n, p.body->outputs.p[0], it->condition);
	pl->loop = outer;
	s->end = (int)pl->steps.n - 1;
}

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
