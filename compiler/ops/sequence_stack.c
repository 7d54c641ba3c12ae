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
	const struct node *n = v->producer;
	*out = (struct stacked){ .all = n->in[0],
				 .sizes = n->n_in > 1 ? n->in[1] : VALUE_NONE,
				 .holds = n->n_in > 2 ? n->in[2] : VALUE_NONE,
				 .mixed = ((const struct stacked_attrs *)n->attrs)->mixed != 0 };
	return true;
}

void stacked_parts(const struct stacked *s, uint32_t part[STACKED_PARTS])
{
	part[0] = s->all;
	part[1] = s->sizes;
	part[2] = s->holds;
}

const struct value *sequence_in(const struct value *v)
{
	const uint32_t *items;
	int count;

	if (v->container == OPTIONAL && value_items(v, &items, &count) && count == 1 &&
	    value_of(v->producer->graph->unit, items[0])->container == SEQUENCE)
		return value_of(v->producer->graph->unit, items[0]);
	return v;
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
	bool same = a->rank == b->rank && a->differ == b->differ && a->mixed == b->mixed &&
		    a->optional == b->optional && a->of_sequence == b->of_sequence &&
		    a->empty == b->empty;

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

/* Room for tensors of another rank: what has fewer axes has 1 behind them. */
static void mix_ranks(struct unit *u, struct stack_form *f, int rank)
{
	differ(u, f);
	f->mixed = true;
	for (; f->rank < rank; f->rank++)
		f->d[f->rank] = 1;
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
		mix_ranks(u, f, rank);
	for (int i = 0; i < rank; i++)
		same = same && f->d[i] == d[i];
	if (!same || f->differ) {
		differ(u, f);
		for (int i = 0; i < f->rank; i++) {
			int64_t hi = i < rank ? dim_hi(u, d[i]) : 1;

			if (f->d[i] != DIM_OVERFLOW && hi > f->d[i])
				f->d[i] = hi == DIM_UNBOUNDED ? DIM_OVERFLOW : hi;
		}
	}
	for (int i = 0; i < rank; i++)
		if (f->empty && !f->differ && !dim_is_const(f->d[i]))
			differ(u, f);
	return true;
}

static bool add_stacked(struct unit *u, const struct node *n, struct stack_form *f,
			const struct stacked *s)
{
	const struct shape *all = &value_of(u, s->all)->shape;

	f->of_sequence |= s->holds != VALUE_NONE;
	if (is_empty(u, s)) {
		f->empty = true;
		return true;
	}
	f->differ |= s->sizes != VALUE_NONE;
	f->mixed |= s->mixed;
	return add_shape(u, n, f, all->rank - 1, all->d + 1);
}

bool stack_form_add(struct unit *u, const struct node *n, struct stack_form *f,
		    const struct value *v)
{
	const uint32_t *items;
	struct stacked s;
	int count;

	if (v->type != DT_UNDEF)
		f->type = v->type;
	f->optional |= v->container == OPTIONAL;
	v = sequence_in(v);
	f->of_sequence |= v->container == SEQUENCE;
	if (value_stacked(v, &s))
		return add_stacked(u, n, f, &s);
	if (!value_items(v, &items, &count))
		return node_error(u, n,
				  "its sequence must be made of tensors known at compile time");
	f->empty |= count == 0;
	for (int i = 0; i < count; i++) {
		const struct value *x = value_of(u, items[i]);

		if (x->container != TENSOR)
			return node_error(u, n, "%ss of anything but tensors are not supported",
					  v->container == SEQUENCE ? "sequence" : "optional");
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

/* int64 [n], each -1: what has these axes less than others. */
static uint32_t no_axes(struct node *at, int n)
{
	int64_t none[RANK_MAX];

	for (int i = 0; i < n; i++)
		none[i] = -1;
	return new_ints(at, none, n);
}

/* x with axes of 1 behind, so that it has rank `rank`. */
static uint32_t of_rank(struct unit *u, struct node *at, uint32_t x, int rank)
{
	int64_t axes[RANK_MAX + 1];
	int count = 0;

	for (int i = value_of(u, x)->shape.rank; i < rank; i++)
		axes[count++] = i;
	return count ? step2(u, at, "Unsqueeze", x, new_ints(at, axes, count)) : x;
}

/* The row of x in sizes: int64 [rank]; from: x's axes from that on. */
static uint32_t size_row(struct unit *u, struct node *at, uint32_t x, int from, int rank)
{
	struct shape_attrs part = { .start = from, .end = INT64_MAX };
	int more = rank - (value_of(u, x)->shape.rank - from);
	uint32_t in[2] = { sequence_step(u, at, "Shape", &part, 1, &x) };

	if (more > 0)
		in[1] = no_axes(at, more);
	return joined(u, at, 1 + (more > 0), in);
}

static bool stack_items(struct unit *u, struct node *at, const uint32_t *items, int count,
			const struct stack_form *f, struct stacked *out)
{
	uint32_t *all = arena_array(u->arena, uint32_t, (size_t)count + 1);
	uint32_t *sizes = arena_array(u->arena, uint32_t, (size_t)count + 1);
	uint32_t zero = new_ints(at, (int64_t[]){ 0 }, 1);

	for (int i = 0; i < count; i++) {
		all[i] = of_rank(u, at, items[i], f->rank);
		all[i] = step2(u, at, "Unsqueeze", padded(u, at, all[i], f->rank, f->d), zero);
		if (f->differ)
			sizes[i] = step2(u, at, "Unsqueeze", size_row(u, at, items[i], 0, f->rank),
					 zero);
	}
	out->all = joined(u, at, count, all);
	out->sizes = f->differ ? joined(u, at, count, sizes) : VALUE_NONE;
	return out->all && (!f->differ || out->sizes);
}

/* int64 [length of all, n]: the row n times `row`, int64 [n]. */
static uint32_t rows(struct unit *u, struct node *at, uint32_t all, uint32_t row, int64_t n)
{
	uint32_t in[2] = { stacked_count(u, at, all), new_ints(at, &n, 1) };

	return row ? step2(u, at, "Expand", row, joined(u, at, 2, in)) : VALUE_NONE;
}

/* What is stacked already, in another form. */
static bool stack_again(struct unit *u, struct node *at, const struct stack_form *f,
			struct stacked *out)
{
	int rank = value_of(u, out->all)->shape.rank - 1, more = f->rank - rank;

	if (f->differ && out->sizes == VALUE_NONE) {
		out->sizes = rows(u, at, out->all, size_row(u, at, out->all, 1, f->rank), f->rank);
	} else if (more > 0) {
		struct axis_attrs a = { .axis = 1 };
		uint32_t in[2] = { out->sizes, rows(u, at, out->all, no_axes(at, more), more) };

		out->sizes = sequence_step(u, at, "Concat", &a, 2, in);
	}
	if (f->differ && !out->sizes)
		return false;
	if (f->differ)
		out->all = padded(u, at, of_rank(u, at, out->all, f->rank + 1), f->rank, f->d);
	return out->all != VALUE_NONE;
}

/* A sequence, or an optional of a tensor. */
static bool stack_tensors(struct unit *u, struct node *at, const struct value *v,
			  const struct stack_form *f, struct stacked *out)
{
	const int64_t no_size = f->rank;
	const uint32_t *items;
	int count, rank = f->rank > 0 ? f->rank : 0;

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

bool stack_as(struct unit *u, struct node *at, const struct value *v, const struct stack_form *f,
	      struct stacked *out)
{
	const struct value *inner = sequence_in(v);

	*out = (struct stacked){ 0 };
	for (int i = 0; i < f->rank; i++)
		if (f->differ && !dim_is_const(f->d[i]))
			return node_error(
				u, at,
				"the tensors of a sequence differ in shape, and nothing limits "
				"their axis %d",
				i);
	if (f->rank + 1 > RANK_MAX)
		return node_error(u, at,
				  "the tensors of a sequence have rank %d, at most %d is supported",
				  f->rank, RANK_MAX - 1);
	if (!stack_tensors(u, at, inner, f, out))
		return false;
	out->mixed = f->mixed;
	if (f->optional && f->of_sequence && !out->holds)
		out->holds = new_scalar(at, DT_BOOL, inner->container == SEQUENCE);
	return true;
}

struct node *stacked_node(struct graph *g, struct node *before, const struct value *v,
			  const struct stack_form *f, const struct loc *loc)
{
	struct node *n =
		graph_insert(g, before, op_builtin("edgecc.Stacked"), NULL, 0, NULL, 1, loc);
	struct stacked s;

	node_out(n, 0)->container = f->optional ? OPTIONAL : v->container;
	node_out(n, 0)->type = f->type;
	if (!stack_as(g->unit, n, v, f, &s))
		return NULL;
	become_stacked(n, &s);
	return n;
}
