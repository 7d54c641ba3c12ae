/* control.c - If, Loop and Scan: inference from their subgraphs. What they do is planned as control
 * flow. */
#include "family.h"

#include <string.h>

static const struct attr_row if_rows[] = {
	{ ATTR(struct if_attrs, else_branch), .kind = ATTR_GRAPH, .required = true },
	{ ATTR(struct if_attrs, then_branch), .kind = ATTR_GRAPH, .required = true },
	A_END,
};
static const struct attr_row loop_rows[] = {
	{ ATTR(struct loop_attrs, body), .kind = ATTR_GRAPH, .required = true },
	A_END,
};
static const struct attr_row scan_rows[] = {
	{ ATTR(struct scan_attrs, body), .kind = ATTR_GRAPH, .required = true },
	{ ATTR(struct scan_attrs, num_scan_inputs), .kind = ATTR_INT, .required = true, .lo = 0,
	  .hi = INT32_MAX },
	A_INTS(struct scan_attrs, scan_input_axes),
	A_INTS(struct scan_attrs, scan_input_directions),
	A_INTS(struct scan_attrs, scan_output_axes),
	A_INTS(struct scan_attrs, scan_output_directions),
	A_END,
};
static const struct attr_row scan8_rows[] = {
	{ ATTR(struct scan_attrs, body), .kind = ATTR_GRAPH, .required = true },
	{ ATTR(struct scan_attrs, num_scan_inputs), .kind = ATTR_INT, .required = true, .lo = 0,
	  .hi = INT32_MAX },
	{ .name = "directions",
	  .offset = offsetof(struct scan_attrs, scan_input_directions),
	  .kind = ATTR_INTS },
	A_END,
};

static const struct value *graph_output(const struct graph *g, int k)
{
	return value_of(g->unit, g->outputs.p[k]);
}

static const struct value *graph_input(const struct graph *g, int k)
{
	return value_of(g->unit, g->inputs.p[k]);
}

static bool same_type(struct unit *u, const struct node *n, const char *what, int k,
		      const struct value *a, const struct value *b)
{
	if (a->container == b->container && a->type == b->type)
		return true;
	return node_error(u, n, "%s %d has type %s in one place and %s in another", what, k,
			  dtype_name(a->type), dtype_name(b->type));
}

/* -- If -------------------------------------------------------------------------------- */

/* A size that the branches do not agree on is known when one of them has run. */
static bool merge(struct unit *u, const struct node *n, int k, const struct value *a,
		  const struct value *b)
{
	struct value *y = node_out(n, k);
	struct shape s = a->shape;

	if (s.rank < 0 || s.rank != b->shape.rank)
		return node_error(
			u, n,
			"both branches must give what a graph has as an output the same rank: output %d has shape %s "
			"in one branch, %s in the other (a condition on sizes is known once --dim sets them)",
			k, shape_text(u, &a->shape), shape_text(u, &b->shape));
	for (int i = 0; i < s.rank; i++) {
		int64_t hi = dim_hi(u, a->shape.d[i]), hi_b = dim_hi(u, b->shape.d[i]);

		if (a->shape.d[i] != b->shape.d[i])
			s.d[i] = dim_size(u, y->id, i, hi > hi_b ? hi : hi_b);
	}
	set_shape(y, &s);
	return true;
}

static bool infer_if(struct unit *u, struct node *n)
{
	const struct if_attrs *a = n->attrs;
	const struct graph *yes = n->graphs[a->then_branch], *no = n->graphs[a->else_branch];

	if (yes->inputs.n || no->inputs.n)
		return node_error(u, n, "a branch has inputs");
	if ((int)yes->outputs.n < n->n_out || (int)no->outputs.n < n->n_out)
		return node_error(u, n, "has %d outputs, its branches have %d and %d", n->n_out,
				  (int)yes->outputs.n, (int)no->outputs.n);
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = graph_output(yes, k), *w = graph_output(no, k);
		struct value *y = node_out(n, k);

		if (!y)
			continue;
		if (!same_type(u, n, "output", k, v, w))
			return false;
		y->container = v->container;
		y->type = v->type;
		if (y->container == TENSOR && !merge(u, n, k, v, w))
			return false;
	}
	return true;
}

/* Planning wants the subgraph of true first. */
static bool upgrade_if(struct unit *u, struct node *n)
{
	struct if_attrs *a = n->attrs;
	struct graph *first = n->graphs[0];

	(void)u;
	if (n->n_graphs == 2 && a->then_branch == 1) {
		n->graphs[0] = n->graphs[1];
		n->graphs[1] = first;
		a->then_branch = 0;
		a->else_branch = 1;
	}
	return true;
}

/* -- Loop ------------------------------------------------------------------------------ */

bool node_is_iterated(const struct node *n)
{
	return n->op->domain == DOMAIN_ONNX &&
	       (strcmp(n->op->name, "Loop") == 0 || strcmp(n->op->name, "Scan") == 0);
}

struct iterated iterated_parts(const struct node *n)
{
	struct iterated p = { .is_loop = strcmp(n->op->name, "Loop") == 0 };
	const struct scan_attrs *a = n->attrs;

	if (p.is_loop) {
		p.body = n->graphs[((const struct loop_attrs *)n->attrs)->body];
		p.first_in = 2;
		p.first_out = 1;
	} else {
		p.body = n->graphs[a->body];
		/* Read before infer_scan refuses more of them than there are inputs. */
		p.scanned = a->num_scan_inputs < n->n_in ? (int)a->num_scan_inputs : n->n_in;
	}
	p.states = n->n_in > p.first_in ? n->n_in - p.first_in - p.scanned : 0;
	p.stacked = n->n_out > p.states ? n->n_out - p.states : 0;
	return p;
}

bool loop_runs_to_count(const struct node *n)
{
	const struct graph *body = n->graphs[((const struct loop_attrs *)n->attrs)->body];
	const struct value *out = graph_output(body, 0), *cond = node_in(n, 1);

	if (out->producer && out->producer->graph == body &&
	    strcmp(out->producer->op->name, "Identity") == 0)
		out = node_in(out->producer, 0);
	if (cond && !(cond->constant && constant_i64(cond->constant, 0)))
		return false;
	return out == graph_input(body, 1) || (out->constant && constant_i64(out->constant, 0));
}

/* How many iterations the count of n, a Loop, asks for: as a dim, and at most. *trips DIM_OVERFLOW: no dim. */
static int64_t count_most(struct unit *u, const struct node *n, dim *trips)
{
	const struct value *v = node_in(n, 0);
	const dim *m;
	int count;

	*trips = DIM_OVERFLOW;
	if (input_dims(u, n, 0, &m, &count) != 1 || count != 1)
		return v ? dim_stated(u, v->name) : DIM_UNBOUNDED;
	*trips = dim_max(u, m[0], 0);
	return dim_hi(u, *trips);
}

/* How many iterations there are; `by` is an output whose axis 0 counts them, as of all behind the states. The name of
 * any of these may bound it. */
static dim trip_count(struct unit *u, const struct node *n, int states, const struct value *by)
{
	const struct value *cond = node_in(n, 1);
	int64_t hi;
	dim trips;

	if (cond && cond->constant && !constant_i64(cond->constant, 0))
		return 0;
	hi = count_most(u, n, &trips);
	if (trips == DIM_OVERFLOW || !loop_runs_to_count(n))
		return dim_size(u, by->id, 0, hi);
	for (int k = states; k < n->n_out && hi == DIM_UNBOUNDED; k++)
		if (node_out(n, k))
			hi = dim_stated(u, node_out(n, k)->name);
	return dim_capped(u, trips, by->id, 0, hi);
}

bool state_varies(const struct unit *u, const struct value *v, int axis)
{
	dim d = v->shape.d[axis];

	return v->is_input && dim_is_found(u, d, v) && dim_expr(u, d)->element == axis;
}

/* A state's shape before and after an iteration; where it is not certain that it stays, emitted code checks it. */
static bool stays(struct unit *u, const struct value *before, const struct shape *after)
{
	const struct shape *s = &before->shape;
	const struct graph *scope = u->scope;
	bool same = s->rank >= 0 && s->rank == after->rank;

	u->scope = before->graph; /* there may be no iteration */
	for (int i = 0; same && i < s->rank; i++)
		same = state_varies(u, before, i) ||
		       dim_assume_equal(u, s->d[i], after->d[i], NULL);
	u->scope = scope;
	return same;
}

/* The last iteration, or the initial value, tells the sizes that vary. */
static void set_state_shape(struct unit *u, struct value *y, const struct value *state)
{
	struct shape s = state->shape;

	for (int i = 0; i < s.rank; i++)
		if (state_varies(u, state, i))
			s.d[i] = dim_size(u, y->id, i, dim_hi(u, s.d[i]));
	set_shape(y, &s);
}

/* Value k that goes from iteration to iteration. */
static bool carry(struct unit *u, struct node *n, const struct graph *body, int in, int k,
		  const struct value *before, const struct value *after)
{
	struct value *y = node_out(n, k);
	const struct value *v = graph_input(body, in);

	if (!before)
		return node_error(u, n, "the initial value of state %d is left out", k);
	if (!same_type(u, n, "state", k, v, after) || !same_type(u, n, "state", k, v, before))
		return false;
	if (v->container == TENSOR && !stays(u, v, &after->shape))
		return node_error(u, n,
				  "the rank of a state must stay: number %d is %s before an "
				  "iteration and %s after it",
				  k, shape_text(u, &v->shape), shape_text(u, &after->shape));
	if (!y)
		return true;
	y->container = v->container;
	y->type = v->type;
	if (y->container == TENSOR)
		set_state_shape(u, y, v);
	return true;
}

/* Only an iteration of the body g tells d. */
static bool told_inside(const struct unit *u, dim d, const struct graph *g)
{
	const struct dim_expr *x;
	const struct graph *at;

	if (d >= 0)
		return false;
	x = dim_expr(u, d);
	if (!dim_is_leaf(x->kind))
		return told_inside(u, x->a, g) || told_inside(u, x->b, g);
	if (x->kind != DIM_ELEMENT && x->kind != DIM_SIZE)
		return false;
	for (at = value_of(u, x->value)->graph; at && at != g;)
		at = at->owner ? at->owner->graph : NULL;
	return at == g;
}

/* Output k: what each iteration of the body g made, stacked along a new axis. Sizes that only iterations tell must be
 * the same in all of them. */
static bool stack(struct unit *u, struct node *n, int k, const struct graph *g,
		  const struct value *each, int64_t axis, dim trips)
{
	struct value *y = node_out(n, k);
	struct shape s = { .rank = each->shape.rank + 1 };
	int at;

	if (each->container != TENSOR || each->shape.rank < 0 || s.rank > RANK_MAX)
		return node_error(
			u, n, "output %d cannot be stacked: it is no tensor of known rank up to %d",
			k, RANK_MAX - 1);
	if (!axis_resolve(u, &n->loc, axis, s.rank, &at))
		return false;
	for (int i = 0; i < s.rank; i++) {
		s.d[i] = i == at ? trips : each->shape.d[i < at ? i : i - 1];
		if (i != at && told_inside(u, s.d[i], g))
			s.d[i] = dim_size(u, y->id, i, dim_hi(u, s.d[i]));
	}
	y->type = each->type;
	set_shape(y, &s);
	return true;
}

static bool infer_loop(struct unit *u, struct node *n)
{
	const struct graph *body = n->graphs[((const struct loop_attrs *)n->attrs)->body];
	int states = n->n_in > 2 ? n->n_in - 2 : 0, made = (int)body->outputs.n - 1;
	dim trips = DIM_OVERFLOW;

	if ((int)body->inputs.n != states + 2)
		return node_error(u, n, "the body has %d inputs, %d are needed for %d states",
				  (int)body->inputs.n, states + 2, states);
	if (made < states || n->n_out > made)
		return node_error(u, n, "has %d states and %d outputs, the body has %d outputs",
				  states, n->n_out, made + 1);
	for (int k = 0; k < states; k++)
		if (!carry(u, n, body, k + 2, k, node_in(n, k + 2), graph_output(body, k + 1)))
			return false;
	for (int k = states; k < n->n_out; k++) {
		if (!node_out(n, k))
			continue;
		if (trips == DIM_OVERFLOW) /* one count for all */
			trips = trip_count(u, n, states, node_out(n, k));
		if (!stack(u, n, k, body, graph_output(body, k + 1), 0, trips))
			return false;
	}
	return true;
}

/* -- Scan ------------------------------------------------------------------------------ */

static bool check_list(struct unit *u, const struct node *n, const struct ints *list, int count,
		       const char *name)
{
	if (!list->p || list->n == count)
		return true;
	return node_error(u, n, "%s has %d elements, %d are needed", name, list->n, count);
}

static bool check_directions(struct unit *u, const struct node *n, const struct ints *list,
			     int count, const char *name)
{
	for (int i = 0; i < list->n; i++)
		if (list->p[i] != 0 && list->p[i] != 1)
			return node_error(u, n, "%s has %lld, it must be 0 or 1", name,
					  (long long)list->p[i]);
	return check_list(u, n, list, count, name);
}

/* The length of the scanned axes: the same for all scanned inputs. */
static bool scan_length(struct unit *u, const struct node *n, int states, dim *length)
{
	const struct scan_attrs *a = n->attrs;

	for (int k = states; k < n->n_in; k++) {
		const struct value *x = node_in(n, k);
		int axis;

		if (!x || !infer_need_rank(u, n, x, "a scanned input", 1, RANK_MAX) ||
		    !axis_resolve(u, &n->loc,
				  a->scan_input_axes.p ? a->scan_input_axes.p[k - states] : 0,
				  x->shape.rank, &axis))
			return false;
		if (k == states)
			*length = x->shape.d[axis];
		else if (!dim_assume_equal(u, *length, x->shape.d[axis], length))
			return node_error(u, n, "scanned inputs have lengths %s and %s",
					  dim_text(u, *length), dim_text(u, x->shape.d[axis]));
	}
	return true;
}

static bool infer_scan(struct unit *u, struct node *n)
{
	const struct scan_attrs *a = n->attrs;
	const struct graph *body = n->graphs[a->body];
	int scanned = (int)a->num_scan_inputs, states = n->n_in - scanned,
	    made = (int)body->outputs.n;
	dim length = 0;

	if (scanned < 1 || states < 0 || (int)body->inputs.n != n->n_in || made < states ||
	    n->n_out > made)
		return node_error(
			u, n,
			"has %d inputs of which %d are scanned, and %d outputs; its body has %d and %d",
			n->n_in, scanned, n->n_out, (int)body->inputs.n, made);
	if (!check_list(u, n, &a->scan_input_axes, scanned, "scan_input_axes") ||
	    !check_directions(u, n, &a->scan_input_directions, scanned, "scan_input_directions") ||
	    !check_list(u, n, &a->scan_output_axes, made - states, "scan_output_axes") ||
	    !check_directions(u, n, &a->scan_output_directions, made - states,
			      "scan_output_directions") ||
	    !scan_length(u, n, states, &length))
		return false;
	for (int k = 0; k < states; k++)
		if (!carry(u, n, body, k, k, node_in(n, k), graph_output(body, k)))
			return false;
	for (int k = states; k < n->n_out; k++)
		if (node_out(n, k) &&
		    !stack(u, n, k, body, graph_output(body, k),
			   a->scan_output_axes.p ? a->scan_output_axes.p[k - states] : 0, length))
			return false;
	return true;
}

int64_t iterations_most(struct unit *u, const struct node *n)
{
	const struct iterated p = iterated_parts(n);
	const struct scan_attrs *a = n->attrs;
	const struct value *x;
	int axis;
	dim trips;

	if (p.is_loop)
		return count_most(u, n, &trips);
	x = node_in(n, p.states);
	if (!x || !axis_resolve(u, &n->loc, a->scan_input_axes.p ? a->scan_input_axes.p[0] : 0,
				x->shape.rank, &axis))
		return DIM_UNBOUNDED;
	return dim_hi(u, x->shape.d[axis]);
}

/* The node of version 8 for one sample, in a graph that is the body of a scan over the samples. */
static struct node *scan8_sample(struct unit *u, struct node *n, struct graph *sample)
{
	struct scan_attrs a = *(const struct scan_attrs *)n->attrs;
	uint32_t *in = arena_array(u->arena, uint32_t, (size_t)n->n_in);
	struct node *m;

	for (int k = 1; k < n->n_in; k++) {
		const struct value *x = node_in(n, k);
		struct shape s = x->shape;
		struct value *v;

		for (int i = 0; i + 1 < s.rank; i++)
			s.d[i] = s.d[i + 1];
		s.rank -= s.rank > 0;
		v = graph_value(sample, NULL, x->type, &s);
		graph_add_input(sample, v);
		in[k - 1] = v->id;
	}
	m = graph_insert(sample, NULL, op_builtin("Scan"), &a, n->n_in - 1, in, n->n_out, &n->loc);
	m->graphs = n->graphs;
	m->n_graphs = n->n_graphs;
	m->graphs[0]->owner = m;
	return m;
}

/* Version 8 scans along axis 1, each sample along axis 0 by itself: a scan over scans. */
static bool upgrade_scan8(struct unit *u, struct node *n)
{
	struct scan_attrs a = { .num_scan_inputs = n->n_in - 1 };
	struct graph *sample;
	struct node *m;

	if (node_in(n, 0))
		return node_error(u, n, "sequence_lens is not supported");
	for (int k = 1; k < n->n_in; k++)
		if (!node_in(n, k) ||
		    !infer_need_rank(u, n, node_in(n, k), "an input", 1, RANK_MAX))
			return false;
	sample = graph_new(u, n, n->graphs[0]->name);
	m = scan8_sample(u, n, sample);
	if (!node_infer(u, m))
		return false;
	for (int k = 0; k < m->n_out; k++)
		graph_add_output(sample, node_out(m, k));
	n->graphs = arena_array(u->arena, struct graph *, 1);
	n->graphs[0] = sample;
	for (int k = 1; k < n->n_in; k++)
		node_set_input(n, k - 1, n->in[k]);
	node_trim_inputs(n, n->n_in - 1);
	upgrade_to_newest(u, n, &a);
	return true;
}

const struct op ops_control[] = {
	{ .name = "If",
	  .since = 1,
	  .sig = "cond:bool -> outputs+:*",
	  .attrs = if_rows,
	  .attrs_size = sizeof(struct if_attrs),
	  .upgrade = upgrade_if,
	  .infer = infer_if,
	  .doc = "one of two subgraphs",
	  .limits = "both branches must give what a graph has as an output the same rank" },
	{ .name = "Loop",
	  .since = 1,
	  .sig = "M?:int64 cond?:bool v_initial*:* -> v_final_and_scan_outputs+:*",
	  .attrs = loop_rows,
	  .attrs_size = sizeof(struct loop_attrs),
	  .infer = infer_loop,
	  .doc = "a subgraph repeated, its results going into the next iteration",
	  .limits = "the rank of a state must stay" },
	{ .name = "Scan",
	  .since = 9,
	  .sig = "initial_state_and_scan_inputs+:* -> final_state_and_scan_outputs+:*",
	  .attrs = scan_rows,
	  .attrs_size = sizeof(struct scan_attrs),
	  .infer = infer_scan,
	  .doc = "a subgraph applied to the slices of tensors one after the other",
	  .limits = "the rank of a state must stay" },
	{ .name = "Scan",
	  .since = 8,
	  .until = 8,
	  .sig = "sequence_lens?:int64 initial_state_and_scan_inputs+:* -> final_state_and_scan_outputs+:*",
	  .attrs = scan8_rows,
	  .attrs_size = sizeof(struct scan_attrs),
	  .upgrade = upgrade_scan8,
	  .limits = "sequence_lens is not supported" },
	{ .name = NULL }
};
