/* The axis order of every tensor: channels innermost around the kernels that want it so, ONNX's
 * order elsewhere, and copies where the two meet. A Transpose becomes an alias when its two sides
 * can lie alike. */
#include "lower.h"

struct state {
	struct unit *u;
	size_t n;    /* values there were when the wishes were found */
	bool *want;  /* by value: channels last would save a copy */
	bool *fixed; /* by value: must lie row-major */
	bool asking; /* whether kernels that follow find their layout: they have no wishes then */
	int changes;
};

static void channels_last(uint8_t *order, int rank)
{
	int k = 0;

	order[k++] = 0;
	for (int a = 2; a < rank; a++)
		order[k++] = (uint8_t)a;
	order[k] = 1;
}

static void row_major(uint8_t *order, int rank)
{
	for (int a = 0; a < rank; a++)
		order[a] = (uint8_t)a;
}

bool stored_as(struct unit *u, const struct value *v, const uint8_t *order)
{
	dim strides[RANK_MAX], origin, want = 1;

	value_strides(u, v, strides, &origin);
	if (origin != 0)
		return false;
	for (int k = v->shape.rank - 1; k >= 0; k--) {
		int a = order[k];

		if (v->shape.d[a] != 1 && strides[a] != want)
			return false;
		want = dim_mul(u, want, v->shape.d[a]);
	}
	return true;
}

bool stored_row_major(struct unit *u, const struct value *v)
{
	uint8_t order[RANK_MAX];

	row_major(order, v->shape.rank);
	return stored_as(u, v, order);
}

static bool wants_channels_last(const struct node *n)
{
	return n->kernel && n->kernel->layout == KERNEL_CHANNELS_LAST;
}

static bool follows(const struct node *n)
{
	return n->kernel && n->kernel->follows;
}

/* Input k of such a kernel is an image as input 0 is: the second operand of a sum. */
static bool is_image(const struct node *n, int k)
{
	const struct value *v = node_in(n, k);

	return k == 0 || (k < n->n_in - n->n_tail && v && !v->constant &&
			  shape_equal(&v->shape, &node_in(n, 0)->shape));
}

static bool can_change(const struct state *s, const struct value *v)
{
	return v && v->shape.rank >= 3 && !v->constant && !v->is_input && !s->fixed[v->id];
}

/* ---- who wants what ------------------------------------------------------------------ */

static void mark_fixed(struct graph *g, void *data)
{
	struct state *s = data;

	for (size_t i = 0; i < g->inputs.n; i++)
		s->fixed[g->inputs.p[i]] = true;
	for (size_t i = 0; i < g->outputs.n; i++)
		if (g->owner || !value_of(s->u, g->outputs.p[i])->producer)
			s->fixed[g->outputs.p[i]] = true;
	for (const struct node *n = g->first; n; n = n->next) {
		bool rigid = (n->kernel && n->kernel->layout == KERNEL_ROW_MAJOR) || n->n_graphs ||
			     (!n->kernel && (n->op->flags & OP_VIEW));

		for (int k = 0; k < n->n_out; k++)
			if (n->out[k] && rigid)
				s->fixed[n->out[k]] = true;
		for (int k = 0; k < n->n_in; k++)
			if (n->in[k] && n->n_graphs)
				s->fixed[n->in[k]] = true;
	}
}

static void want(struct state *s, struct value *v)
{
	if (can_change(s, v) && !s->want[v->id]) {
		s->want[v->id] = true;
		s->changes++;
	}
}

struct aligned {
	const struct tir_stage *s;
	int slot;
	bool ok;
	int n;
};

static bool only_var(const struct tir *e, const struct tir *const *vars, int rank, int axis)
{
	if (!e || !e->has_var)
		return true;
	for (int a = 0; a < rank; a++)
		if (e == vars[a])
			return a == axis;
	if (e->kind == TIR_LOAD)
		return false;
	return only_var(e->a, vars, rank, axis) && only_var(e->b, vars, rank, axis) &&
	       only_var(e->c, vars, rank, axis);
}

/* Each axis of the slot is indexed by its own axis of the output: then both may lie alike. */
static void check_aligned(struct aligned *c, const struct tir *e)
{
	if (!e || !c->ok || !e->has_load || ++c->n > 2000)
		return;
	if (e->kind == TIR_LOAD) {
		if (e->u.load.slot == c->slot)
			for (int a = 0; a < e->u.load.rank; a++)
				c->ok &= e->u.load.rank == c->s->rank &&
					 only_var(e->u.load.idx[a], c->s->vars, c->s->rank, a);
		return;
	}
	check_aligned(c, e->a);
	check_aligned(c, e->b);
	check_aligned(c, e->c);
}

/* Through loops that index axis by axis, Concat and kernels that follow, a wish spreads both ways.
 */
static void spread(struct state *s, struct node *n)
{
	const struct tir_stage *stage = loops_stage(n);
	struct value *out = node_out(n, 0);
	bool any = out && s->want[out->id];

	if (!out || (!stage && !node_is_concat(n) && !follows(n)))
		return;
	for (int k = 0; k < n->n_in; k++)
		if (n->in[k] && value_of(s->u, n->in[k])->shape.rank == out->shape.rank)
			any |= s->want[n->in[k]];
	if (!any)
		return;
	for (int k = 0; k < n->n_in; k++) {
		struct aligned c = { stage, k, true, 0 };
		struct value *v = node_in(n, k);

		if (!v || v->shape.rank != out->shape.rank)
			continue;
		if (stage)
			check_aligned(&c, stage->value);
		if (!c.ok)
			continue;
		if (s->want[v->id] || (out && s->want[out->id])) {
			want(s, v);
			want(s, out);
		}
	}
}

static void spread_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first; n; n = n->next) {
		if (wants_channels_last(n) && !(s->asking && follows(n))) {
			for (int k = 0; k < n->n_out; k++)
				want(s, node_out(n, k));
			for (int k = 0; k < n->n_in; k++)
				if (is_image(n, k))
					want(s, node_in(n, k));
			for (int k = n->n_in - n->n_tail; k < n->n_in; k++)
				want(s, node_in(n, k));
		}
		spread(s, n);
	}
}

/* ---- assignment ---------------------------------------------------------------------- */

/* Pure renaming of axes: stage loads input axis j at output axis perm[j]. */
static bool permutation(const struct node *n, int *perm)
{
	const struct tir_stage *s = loops_stage(n);

	if (!s || n->n_in != 1 || s->value->kind != TIR_LOAD || s->value->u.load.rank != s->rank)
		return false;
	for (int j = 0; j < s->rank; j++) {
		perm[j] = -1;
		for (int a = 0; a < s->rank; a++)
			if (s->value->u.load.idx[j] == s->vars[a] ||
			    (s->value->u.load.idx[j]->kind == TIR_INT &&
			     s->vars[a]->u.var.extent == 1 && perm[j] < 0))
				perm[j] = a;
		if (perm[j] < 0)
			return false;
		for (int i = 0; i < j; i++)
			if (perm[i] == perm[j])
				return false;
	}
	return true;
}

static void assign_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first; n; n = n->next) {
		int perm[RANK_MAX];
		bool renames =
			permutation(n, perm) && !((const struct loops_attrs *)n->attrs)->must_copy;

		for (int k = 0; k < n->n_out; k++) {
			struct value *v = node_out(n, k);

			if (!v || v->shape.rank < 2 || s->fixed[v->id] || v->outputs)
				continue;
			if (s->want[v->id])
				channels_last(v->layout.order, v->shape.rank);
			else if (renames)
				for (int i = 0; i < v->shape.rank; i++)
					v->layout.order[i] =
						(uint8_t)perm[node_in(n, 0)->layout.order[i]];
		}
		if (wants_channels_last(n)) { /* a graph output too: it is copied below */
			struct value *v = node_out(n, 0);

			if (v->shape.rank >= 3)
				channels_last(v->layout.order, v->shape.rank);
		}
	}
	for (size_t i = 0; i < g->inputs.n; i++) { /* where it is the same bytes, say so */
		struct value *v = value_of(s->u, g->inputs.p[i]);
		uint8_t order[RANK_MAX];

		if (v->shape.rank < 3)
			continue;
		channels_last(order, v->shape.rank);
		for (size_t k = 0; k < v->uses.n; k++)
			if (wants_channels_last(v->uses.p[k]) && stored_as(s->u, v, order)) {
				memcpy(v->layout.order, order, sizeof order);
				break;
			}
	}
}

/* ---- copies where the two meet ------------------------------------------------------- */

static struct value *copy_as(struct node *before, struct graph *g, struct value *v,
			     const uint8_t *order)
{
	struct value *c = insert_copy(before, g, v, before ? &before->loc : &v->loc);

	memcpy(c->layout.order, order, sizeof c->layout.order);
	return c;
}

static void demand(struct state *s, struct node *n, int k, const uint8_t *order)
{
	struct value *v = node_in(n, k);
	struct value *c;

	if (stored_as(s->u, v, order))
		return;
	c = copy_as(n, n->graph, v, order);
	node_set_input(n, k, c->id);
	s->changes++;
}

static void copies_graph(struct graph *g, void *data)
{
	struct state *s = data;
	uint8_t order[RANK_MAX] = { 0 };

	for (struct node *n = g->first; n; n = n->next) {
		bool view = !n->kernel && (n->op->flags & OP_VIEW);
		bool rigid =
			view || (n->kernel && n->kernel->layout == KERNEL_ROW_MAJOR) || n->n_graphs;

		for (int k = 0; k < n->n_in; k++) {
			struct value *v = node_in(n, k);
			bool tail = k >= n->n_in - n->n_tail;

			if (!v || v->shape.rank < 2)
				continue;
			if (rigid && !(tail && n->kernel))
				row_major(order, v->shape.rank);
			else if (tail && n->n_tail &&
				 shape_equal(&v->shape, &node_out(n, 0)->shape))
				memcpy(order, node_out(n, 0)->layout.order, sizeof order);
			else if (wants_channels_last(n) && is_image(n, k) && v->shape.rank >= 3)
				channels_last(order, v->shape.rank);
			else if (node_is_concat(n))
				memcpy(order, node_out(n, 0)->layout.order, sizeof order);
			else
				continue;
			demand(s, n, k, order);
		}
	}
	for (size_t i = 0; i < g->outputs.n; i++) {
		struct value *v = value_of(s->u, g->outputs.p[i]);

		if (v->shape.rank < 2 || stored_row_major(s->u, v))
			continue;
		row_major(order, v->shape.rank);
		graph_set_output(g, (int)i, copy_as(NULL, g, v, order));
		s->changes++;
	}
}

/* Who wants channels last, from the kernels on. */
static void find_wishes(struct state *s)
{
	struct unit *u = s->u;
	int before;

	s->n = u->values.n;
	s->want = arena_array(u->arena, bool, u->values.n);
	s->fixed = arena_array(u->arena, bool, u->values.n);
	unit_each_graph(u, mark_fixed, s);
	do {
		before = s->changes;
		unit_each_graph(u, spread_graph, s);
	} while (s->changes > before);
}

static void flatten_graph(struct graph *g, void *data)
{
	struct state *s = data;
	struct node *next;

	for (struct node *n = g->first; n; n = next) {
		next = n->next;
		if (n->n_in && n->in[0] < s->n && s->want[n->in[0]] && flatten_turns_weights(n)) {
			graph_remove(n);
			s->changes++;
		}
	}
}

/* ---- kernels that follow --------------------------------------------------------------- */

static bool lies_channels_last(const struct state *s, const struct value *v)
{
	uint8_t order[RANK_MAX];

	channels_last(order, v->shape.rank);
	return (s->want[v->id] && !v->outputs) || stored_as(s->u, v, order);
}

static void follow_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first; n; n = n->next) {
		if (!follows(n) ||
		    (lies_channels_last(s, node_in(n, 0)) && lies_channels_last(s, node_out(n, 0))))
			continue;
		n->reason = "its kernel wants channels innermost, which nothing else does";
		n->kernel = NULL;
		s->changes++;
	}
}

static int run_follow(struct unit *u, const struct pass_context *c)
{
	struct state s = { .u = u, .asking = true };

	(void)c;
	find_wishes(&s);
	s.changes = 0;
	unit_each_graph(u, follow_graph, &s);
	return s.changes;
}

const struct pass pass_follow = {
	.name = "follow-layouts",
	.doc = "leave nodes to loops whose kernels would be the only ones to want their layout",
	.level = 1,
	.run = run_follow,
};

static int run_layout(struct unit *u, const struct pass_context *c)
{
	struct state s = { .u = u };

	(void)c;
	find_wishes(&s);
	s.changes = 0;
	unit_each_graph(u, flatten_graph, &s);
	if (s.changes)
		find_wishes(&s);
	s.changes = 0;
	unit_each_graph(u, assign_graph, &s);
	unit_each_graph(u, copies_graph, &s);
	return s.changes;
}

const struct pass pass_layout = {
	.name = "assign-layouts",
	.doc = "choose each tensor's axis order; copy where kernels disagree, alias transpositions",
	.required = true,
	.run = run_layout,
};
