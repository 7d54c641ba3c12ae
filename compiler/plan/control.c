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
