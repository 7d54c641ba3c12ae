/* sequence_stack.c - tensors stacked in one: how large they may be, and putting them there. */
#include "sequence.h"

#include <string.h>

uint32_t sequence_step(struct unit *u, struct node *n, const char *op, const void *attrs, int n_in,
		       const uint32_t *in)
{
	for (int k = 0; k < n_in; k++)
		if (in[k] == VALUE_NONE)
			return VALUE_NONE;
	return upgrade_node(u, n, op, attrs, n_in, in);
}

uint32_t sequence_cast(struct unit *u, struct node *n, uint32_t x)
{
	struct cast_attrs a = { .to = DT_I64, .saturate = 1 };

	return x && value_of(u, x)->type != DT_I64 ? sequence_step(u, n, "Cast", &a, 1, &x) : x;
}

bool value_stacked(const struct value *v, struct stacked *out)
{
	while (v && v->producer && v->container != TENSOR &&
	       strcmp(v->producer->op->name, "Identity") == 0)
		v = node_in(v->producer, 0);
	if (!v || !v->producer || v->producer->op != op_builtin("edgecc.Stacked"))
		return false;
	*out = (struct stacked){ v->producer->in[0],
				 v->producer->n_in > 1 ? v->producer->in[1] : VALUE_NONE };
	return true;
}

/* Stacked, and known to have no tensors: of what shape they would be nothing tells. */
static bool is_empty(const struct unit *u, const struct stacked *s)
{
	return value_of(u, s->all)->shape.d[0] == 0;
}

/* -- forms ------------------------------------------------------------------------------- */

struct stack_form stack_form_none(void)
{
	return (struct stack_form){ .rank = -1 };
}

bool stack_form_equal(const struct stack_form *a, const struct stack_form *b)
{
	bool same = a->rank == b->rank && a->differ == b->differ && a->empty == b->empty;

	for (int i = 0; same && i < a->rank; i++)
		same = a->d[i] == b->d[i];
	return same;
}

static void differ(struct unit *u, struct stack_form *f)
{
	f->differ = true;
	for (int i = 0; i < f->rank; i++)
		f->d[i] = dim_hi(u, f->d[i]) == DIM_UNBOUNDED ? DIM_OVERFLOW : dim_hi(u, f->d[i]);
}

static bool add_shape(struct unit *u, const struct node *n, struct stack_form *f, int rank,
		      const dim *d)
{
	bool same = true;

	if (rank < 0)
		return node_error(u, n, "a tensor of the sequence has no known rank");
	if (f->rank < 0) {
		f->rank = rank;
		memcpy(f->d, d, (size_t)rank * sizeof *d);
	}
	if (f->rank != rank)
		return node_error(
			u, n,
			"the tensors of a sequence whose length is known at run time only must "
			"have the same rank, some have %d and some %d",
			f->rank, rank);
	for (int i = 0; i < rank; i++)
		same = same && f->d[i] == d[i];
	if (!same || f->differ) {
		differ(u, f);
		for (int i = 0; i < rank; i++) {
			int64_t hi = dim_hi(u, d[i]);

			if (f->d[i] != DIM_OVERFLOW && hi > f->d[i])
				f->d[i] = hi == DIM_UNBOUNDED ? DIM_OVERFLOW : hi;
		}
	}
	for (int i = 0; i < rank; i++)
		if (f->empty && !f->differ && !dim_is_const(f->d[i]))
			differ(u, f);
	return true;
}

bool stack_form_add(struct unit *u, const struct node *n, struct stack_form *f,
		    const struct value *v)
{
	const uint32_t *items;
	struct stacked s;
	int count;

	if (v->type != DT_UNDEF)
		f->type = v->type;
	if (value_stacked(v, &s) && is_empty(u, &s)) {
		f->empty = true;
		return true;
	}
	if (value_stacked(v, &s)) {
		const struct shape *all = &value_of(u, s.all)->shape;

		f->differ |= s.sizes != VALUE_NONE;
		return add_shape(u, n, f, all->rank - 1, all->d + 1);
	}
	if (!value_items(v, &items, &count))
		return node_error(u, n,
				  "its sequence must be made of tensors known at compile time");
	f->empty |= count == 0;
	for (int i = 0; i < count; i++) {
		const struct value *x = value_of(u, items[i]);

		if (x->container != TENSOR)
			return node_error(
				u, n,
				"whether an optional holds a sequence must be known at compile time");
		if (!add_shape(u, n, f, x->shape.rank, x->shape.d))
			return false;
	}
	return true;
}

/* -- tensors in a form --------------------------------------------------------------------- */

uint32_t sequence_zero(struct unit *u, struct node *n, enum dtype t)
{
	static const char *const empty = "";
	struct shape scalar = { .rank = 0 };
	struct constant *c;
	void *data;

	c = constant_new(u->arena, t, &scalar, &data);
	if (t == DT_STRING)
		memcpy(data, &empty, sizeof empty);
	return graph_constant(n->graph, NULL, c)->id;
}

/* x with zeros (or empty strings) behind, so that its last axes are d[0..rank). */
static uint32_t padded(struct unit *u, struct node *at, uint32_t x, int rank, const dim *d)
{
	const struct value *v = value_of(u, x);
	int64_t target[RANK_MAX] = { 0 }, none[RANK_MAX] = { 0 }, all[RANK_MAX];
	struct axis_attrs a = { .axis = 0 };
	uint32_t more, in[3];
	bool fits = true;
	int front = v->shape.rank - rank;

	for (int i = 0; i < rank; i++) {
		fits = fits && v->shape.d[front + i] == d[i];
		target[i] = d[i];
		all[i] = front + i;
	}
	if (fits)
		return x;
	more = step2(u, at, "Sub", new_ints(at, target, rank),
		     step2(u, at, "Gather", step1(u, at, "Shape", x), new_ints(at, all, rank)));
	in[0] = new_ints(at, none, rank);
	in[1] = more;
	more = sequence_step(u, at, "Concat", &a, 2, in);
	return sequence_step(
		u, at, "Pad", NULL, 4,
		(uint32_t[]){ x, more, sequence_zero(u, at, v->type), new_ints(at, all, rank) });
}

static uint32_t joined(struct unit *u, struct node *at, int n, const uint32_t *in)
{
	struct axis_attrs a = { .axis = 0 };

	return n == 1 ? in[0] : sequence_step(u, at, "Concat", &a, n, in);
}

/* A constant of no elements. */
static uint32_t nothing(struct unit *u, struct node *at, enum dtype t, int rank, const dim *d)
{
	struct shape s = { .rank = rank + 1 };
	void *data;

	memcpy(s.d + 1, d, (size_t)rank * sizeof *d);
	return graph_constant(at->graph, NULL, constant_new(u->arena, t, &s, &data))->id;
}

static bool stack_items(struct unit *u, struct node *at, const uint32_t *items, int count,
			const struct stack_form *f, struct stacked *out)
{
	uint32_t *all = arena_array(u->arena, uint32_t, (size_t)count + 1);
	uint32_t *sizes = arena_array(u->arena, uint32_t, (size_t)count + 1);
	uint32_t zero = new_ints(at, (int64_t[]){ 0 }, 1);

	for (int i = 0; i < count; i++) {
		all[i] = step2(u, at, "Unsqueeze", padded(u, at, items[i], f->rank, f->d), zero);
		if (f->differ)
			sizes[i] = step2(u, at, "Unsqueeze", step1(u, at, "Shape", items[i]), zero);
	}
	out->all = joined(u, at, count, all);
	out->sizes = f->differ ? joined(u, at, count, sizes) : VALUE_NONE;
	return out->all && (!f->differ || out->sizes);
}

/* What is stacked already, in another form. */
static bool stack_again(struct unit *u, struct node *at, const struct stack_form *f,
			struct stacked *out)
{
	const struct shape *s = &value_of(u, out->all)->shape;
	struct shape_attrs length = { .start = 0, .end = 1 },
			   rest = { .start = 1, .end = INT64_MAX };
	int64_t rank = s->rank - 1;
	uint32_t in[2];

	if (f->differ && out->sizes == VALUE_NONE) {
		struct axis_attrs a = { .axis = 0 };

		in[0] = sequence_step(u, at, "Shape", &length, 1, &out->all);
		in[1] = new_ints(at, &rank, 1);
		in[1] = sequence_step(u, at, "Concat", &a, 2, in);
		in[0] = sequence_step(u, at, "Shape", &rest, 1, &out->all);
		out->sizes = step2(u, at, "Expand", in[0], in[1]);
		if (!out->sizes)
			return false;
	}
	out->all = f->differ ? padded(u, at, out->all, f->rank, f->d) : out->all;
	return out->all != VALUE_NONE;
}

bool stack_as(struct unit *u, struct node *at, const struct value *v, const struct stack_form *f,
	      struct stacked *out)
{
	const int64_t no_size = f->rank;
	const uint32_t *items;
	int count, rank = f->rank > 0 ? f->rank : 0;

	for (int i = 0; i < f->rank; i++)
		if (f->differ && !dim_is_const(f->d[i]))
			return node_error(
				u, at,
				"the tensors of a sequence differ in shape, and nothing limits "
				"their axis %d",
				i);
	if (rank + 1 > RANK_MAX)
		return node_error(u, at,
				  "the tensors of a sequence have rank %d, at most %d is supported",
				  rank, RANK_MAX - 1);
	if (value_stacked(v, out) && !is_empty(u, out))
		return stack_again(u, at, f, out);
	if (value_stacked(v, out))
		count = 0;
	else if (!value_items(v, &items, &count))
		return node_error(u, at,
				  "its sequence must be made of tensors known at compile time");
	if (count)
		return stack_items(u, at, items, count, f, out);
	out->all = nothing(u, at, f->type == DT_UNDEF ? DT_F32 : f->type, rank, f->d);
	out->sizes = f->differ ? nothing(u, at, DT_I64, 1, &no_size) : VALUE_NONE;
	return true;
}

struct node *stacked_node(struct graph *g, struct node *before, const struct value *v,
			  const struct stack_form *f, const struct loc *loc)
{
	struct node *n =
		graph_insert(g, before, op_builtin("edgecc.Stacked"), NULL, 0, NULL, 1, loc);
	struct stacked s;

	node_out(n, 0)->container = v->container;
	node_out(n, 0)->type = f->type;
	if (!stack_as(g->unit, n, v, f, &s))
		return NULL;
	become_stacked(n, &s);
	return n;
}
