/* sequence_run.c - operators on sequences whose length only the run tells, as operators on the stacked tensors:
 *
 *	SequenceAt(s, i)         =>  Gather(all, i), of tensors that differ Slice(Gather(all, i), 0, Gather(sizes, i))
 *	SequenceInsert(s, x, i)  =>  Gather(Concat(all, x), order)
 *	SequenceErase(s, i)      =>  Gather(all, order)
 *	ConcatFromSequence(s)    =>  Reshape(Transpose(all)), of tensors that differ Compress(that, what is no padding)
 */
#include "sequence.h"

static uint32_t ints1(struct node *n, int64_t v)
{
	return new_ints(n, &v, 1);
}

static uint32_t scalar_of(struct unit *u, struct node *n, uint32_t x)
{
	return step2(u, n, "Reshape", x, new_ints(n, NULL, 0));
}

static uint32_t shape_part(struct unit *u, struct node *n, uint32_t x, int64_t from, int64_t to)
{
	struct shape_attrs a = { .start = from, .end = to };

	return sequence_step(u, n, "Shape", &a, 1, &x);
}

uint32_t stacked_count(struct unit *u, struct node *n, uint32_t all)
{
	return shape_part(u, n, all, 0, 1);
}

/* 0, 1 ... count - 1; count: int64 [1] */
static uint32_t numbers(struct unit *u, struct node *n, uint32_t count)
{
	return step3(u, n, "Range", new_scalar(n, DT_I64, 0), scalar_of(u, n, count),
		     new_scalar(n, DT_I64, 1));
}

dim sequence_element(struct unit *u, uint32_t id)
{
	const struct value *v = value_of(u, id);

	if (v->constant)
		return dim_number(u, constant_i64(v->constant, 0));
	return v->elems ? v->elems[0] : dim_element(u, id, 0, INT64_MIN, DIM_UNBOUNDED);
}

/* p, int64 [1], when it is at least 0 and at most `most`; else the run ends. An If says so where n stands: what
 * inference assumes is checked as soon as it is known, which may be before a branch that never takes n. */
static uint32_t checked(struct unit *u, struct node *n, uint32_t p, uint32_t most)
{
	const struct value *at = value_of(u, p), *end = value_of(u, most);
	int64_t i, last;
	struct if_attrs a = { .then_branch = 0, .else_branch = 1 };
	struct node *m, *yes, *no;
	uint32_t fits;
	dim one = 1;

	if (at->elems && end->elems && dim_is_number(u, at->elems[0], &i) &&
	    dim_is_number(u, end->elems[0], &last)) {
		if (i >= 0 && i <= last)
			return p;
		node_error(u, n, "position is outside the sequence");
		return VALUE_NONE;
	}
	fits = step2(u, n, "LessOrEqual", p, most);
	fits = step2(u, n, "And", fits, step2(u, n, "GreaterOrEqual", p, new_scalar(n, DT_I64, 0)));
	fits = scalar_of(u, n, fits);
	if (!fits)
		return VALUE_NONE;
	m = graph_insert(n->graph, n, op_builtin("If"), &a, 1, &fits, 1, &n->loc);
	m->n_graphs = 2;
	m->graphs = arena_array(u->arena, struct graph *, 2);
	m->graphs[0] = graph_new(u, m, "position");
	m->graphs[1] = graph_new(u, m, "outside");
	yes = graph_insert(m->graphs[0], NULL, op_builtin("Identity"), NULL, 1, &p, 1, &n->loc);
	no = graph_insert(m->graphs[1], NULL, op_builtin("edgecc.Refuse"), NULL, 0, NULL, 1,
			  &n->loc);
	node_out(no, 0)->type = DT_I64;
	set_shape_of(node_out(no, 0), 1, &one);
	if (!node_infer(u, yes))
		return VALUE_NONE;
	graph_add_output(m->graphs[0], node_out(yes, 0));
	graph_add_output(m->graphs[1], node_out(no, 0));
	return node_infer(u, m) ? m->out[0] : VALUE_NONE;
}

uint32_t sequence_position(struct unit *u, struct node *n, int k, uint32_t length, bool at_end)
{
	uint32_t p = k < n->n_in ? n->in[k] : VALUE_NONE,
		 most = at_end ? length : step2(u, n, "Sub", length, ints1(n, 1));

	if (p) {
		p = step2(u, n, "Reshape", sequence_cast(u, n, p), ints1(n, 1));
		p = step3(u, n, "Where", step2(u, n, "Less", p, new_scalar(n, DT_I64, 0)),
			  step2(u, n, "Add", p, length), p);
	} else if (at_end) {
		return length;
	} else {
		p = most;
	}
	return p && most ? checked(u, n, p, most) : VALUE_NONE;
}

bool become_stacked(struct node *n, const struct stacked *s)
{
	struct stacked_attrs a = { .mixed = s->mixed };
	uint32_t in[STACKED_PARTS];

	stacked_parts(s, in);
	upgrade_become(n, "edgecc.Stacked", &a, s->holds ? 3 : s->sizes ? 2 : 1, in);
	return true;
}

static bool one_rank(struct unit *u, const struct node *n, const struct stacked *s)
{
	return !s->mixed ||
	       node_error(
		       u, n,
		       "the tensors differ in rank, that of the result must be known at compile time");
}

/* Inputs of the operator whose result is the tensor at p, a scalar, and which that is; NULL after an error. */
static const char *item(struct unit *u, struct node *n, const struct stacked *s, uint32_t p,
			uint32_t in[4], int *count)
{
	int64_t axes[RANK_MAX], starts[RANK_MAX] = { 0 };
	int rank = value_of(u, s->all)->shape.rank - 1;

	if (!one_rank(u, n, s))
		return NULL;
	for (int i = 0; i < rank; i++)
		axes[i] = i;
	in[0] = s->all;
	in[1] = p;
	*count = 2;
	if (!p || !s->sizes || !rank)
		return p ? "Gather" : NULL;
	in[0] = step2(u, n, "Gather", s->all, p);
	in[1] = new_ints(n, starts, rank);
	in[2] = step2(u, n, "Gather", s->sizes, p);
	in[3] = new_ints(n, axes, rank);
	*count = 4;
	return in[0] && in[2] ? "Slice" : NULL;
}

bool stacked_at(struct unit *u, struct node *n, const struct stacked *s, uint32_t position)
{
	uint32_t in[4];
	int count;
	const char *op = item(u, n, s, scalar_of(u, n, position), in, &count);

	if (op)
		upgrade_become(n, op, NULL, count, in);
	return op != NULL;
}

/* n is s from now on: where its length is known, the tensors one by one. */
static bool become_sequence(struct unit *u, struct node *n, const struct stacked *s)
{
	dim length = value_of(u, s->all)->shape.d[0];
	uint32_t *items, in[4];
	int count;

	if (!dim_is_const(length) || length > INT16_MAX || s->mixed)
		return become_stacked(n, s);
	items = arena_array(u->arena, uint32_t, (size_t)length + 1);
	for (int i = 0; i < length; i++) {
		const char *op = item(u, n, s, new_scalar(n, DT_I64, i), in, &count);

		items[i] = op ? sequence_step(u, n, op, NULL, count, in) : VALUE_NONE;
		if (!items[i])
			return false;
	}
	upgrade_become(n, "SequenceConstruct", NULL, (int)length, items);
	return true;
}

bool stacked_length(struct unit *u, struct node *n, const struct stacked *s)
{
	uint32_t in[2] = { stacked_count(u, n, s->all), new_ints(n, NULL, 0) };

	upgrade_become(n, "Reshape", NULL, 2, in);
	return in[0];
}

/* s with its tensors in another order. */
static bool become_ordered(struct unit *u, struct node *n, const struct stacked *s, uint32_t order)
{
	struct stacked t = { .all = step2(u, n, "Gather", s->all, order), .mixed = s->mixed };

	if (s->sizes)
		t.sizes = step2(u, n, "Gather", s->sizes, order);
	return t.all && (!s->sizes || t.sizes) && become_sequence(u, n, &t);
}

/* n, of inputs sequence, tensor, position?. Those of both of one form, then the new one moved to its place: number i
 * is i before it, and i - 1 behind it. */
bool stacked_insert(struct unit *u, struct node *n)
{
	struct stack_form f = stack_form_none();
	struct axis_attrs a = { .axis = 0 };
	struct stacked s, x;
	uint32_t length, at, i, order;

	if (!stack_form_add(u, n, &f, node_in(n, 0)) || !stack_form_add(u, n, &f, node_in(n, 1)) ||
	    !stack_as(u, n, node_in(n, 0), &f, &s) || !stack_as(u, n, node_in(n, 1), &f, &x))
		return false;
	length = stacked_count(u, n, s.all);
	at = sequence_position(u, n, 2, length, true);
	if (!at)
		return false;
	s.all = sequence_step(u, n, "Concat", &a, 2, (uint32_t[]){ s.all, x.all });
	if (s.sizes)
		s.sizes = sequence_step(u, n, "Concat", &a, 2, (uint32_t[]){ s.sizes, x.sizes });
	if (at == length)
		return s.all && (!f.differ || s.sizes) && become_sequence(u, n, &s);
	i = numbers(u, n, step2(u, n, "Add", length, ints1(n, 1)));
	order = step3(u, n, "Where", step2(u, n, "Equal", i, at), length,
		      step2(u, n, "Sub", i, ints1(n, 1)));
	order = step3(u, n, "Where", step2(u, n, "Less", i, at), i, order);
	return order && become_ordered(u, n, &s, order);
}

/* n, of inputs sequence, position?. */
bool stacked_erase(struct unit *u, struct node *n)
{
	struct stack_form f = stack_form_none();
	uint32_t length, at, i, order;
	struct stacked s;

	if (!stack_form_add(u, n, &f, node_in(n, 0)) || !stack_as(u, n, node_in(n, 0), &f, &s))
		return false;
	length = stacked_count(u, n, s.all);
	at = sequence_position(u, n, 1, length, false);
	i = numbers(u, n, step2(u, n, "Sub", length, ints1(n, 1)));
	order = step3(u, n, "Where", step2(u, n, "Less", i, at), i,
		      step2(u, n, "Add", i, ints1(n, 1)));
	return order && become_ordered(u, n, &s, order);
}

/* -- ConcatFromSequence -------------------------------------------------------------------- */

static uint32_t moved(struct unit *u, struct node *n, uint32_t x, int from, int to)
{
	int rank = value_of(u, x)->shape.rank, other = 0;
	int64_t *perm = arena_array(u->arena, int64_t, RANK_MAX);
	struct perm_attrs a = { .perm = { perm, rank } };

	for (int i = 0; i < rank; i++) {
		other += other == from;
		perm[i] = i == to ? from : other++;
	}
	return from == to ? x : sequence_step(u, n, "Transpose", &a, 1, &x);
}

/* x with axes axis and axis + 1 as one. */
static uint32_t merged(struct unit *u, struct node *n, uint32_t x, int axis)
{
	struct axis_attrs a = { .axis = 0 };
	int rank = x ? value_of(u, x)->shape.rank : 0, parts = 0;
	uint32_t in[3];

	if (!x)
		return VALUE_NONE;
	if (axis > 0)
		in[parts++] = shape_part(u, n, x, 0, axis);
	in[parts++] = step2(u, n, "Mul", shape_part(u, n, x, axis, axis + 1),
			    shape_part(u, n, x, axis + 1, axis + 2));
	if (axis + 2 < rank)
		in[parts++] = shape_part(u, n, x, axis + 2, rank);
	return sequence_step(u, n, "Reshape", &(struct reshape_attrs){ .allowzero = 1 }, 2,
			     (uint32_t[]){ x, sequence_step(u, n, "Concat", &a, parts, in) });
}

/* The sizes that all tensors have, int64 [rank]: emitted code checks that they are the same, but along `except`. */
static uint32_t common_sizes(struct unit *u, struct node *n, uint32_t sizes, int except)
{
	struct reduce_attrs a = { .keepdims = 0 };
	uint32_t in[2] = { sizes, ints1(n, 0) };
	uint32_t most = sequence_step(u, n, "ReduceMax", &a, 2, in),
		 least = sequence_step(u, n, "ReduceMin", &a, 2, in);
	int rank = (int)value_of(u, sizes)->shape.d[1];

	if (!most || !least)
		return VALUE_NONE;
	for (int i = 0; i < rank; i++) {
		dim lo = dim_element(u, least, i, INT64_MIN, DIM_UNBOUNDED);
		dim hi = dim_element(u, most, i, INT64_MIN, DIM_UNBOUNDED);

		if (i != except && !dim_assume_equal(u, lo, hi, NULL)) {
			node_error(u, n, "the tensors of the sequence differ on axis %d", i);
			return VALUE_NONE;
		}
	}
	return most;
}

/* all without the padding that is along all axes but `except`. */
static uint32_t cut(struct unit *u, struct node *n, const struct stacked *s, int except)
{
	uint32_t most = common_sizes(u, n, s->sizes, except);
	int rank = value_of(u, s->all)->shape.rank - 1, count = 0;
	int64_t which[RANK_MAX], axes[RANK_MAX], starts[RANK_MAX] = { 0 };
	uint32_t in[4] = { s->all };

	for (int i = 0; i < rank; i++)
		if (i != except) {
			which[count] = i;
			axes[count++] = i + 1;
		}
	if (!most || !count)
		return most ? s->all : VALUE_NONE;
	in[1] = new_ints(n, starts, count);
	in[2] = step2(u, n, "Gather", most, new_ints(n, which, count));
	in[3] = new_ints(n, axes, count);
	return sequence_step(u, n, "Slice", NULL, 4, in);
}

/* Which of the positions along `axis` of all tensors, one after the other, are no padding: bool [length * room]. */
static uint32_t filled(struct unit *u, struct node *n, const struct stacked *s, int axis)
{
	uint32_t room = shape_part(u, n, s->all, axis + 1, axis + 2);
	struct axis_attrs a = { .axis = 1 };
	uint32_t size =
		sequence_step(u, n, "Gather", &a, 2, (uint32_t[]){ s->sizes, ints1(n, axis) });

	return merged(u, n, step2(u, n, "Less", numbers(u, n, room), size), 0);
}

bool stacked_concat(struct unit *u, struct node *n, const struct stacked *s, int64_t axis,
		    bool new_axis)
{
	int rank = value_of(u, s->all)->shape.rank - 1, at;
	struct axis_attrs a;
	uint32_t in[2];

	if (!one_rank(u, n, s) || !axis_resolve(u, &n->loc, axis, rank + new_axis, &at))
		return false;
	a.axis = at;
	in[0] = s->sizes ? cut(u, n, s, new_axis ? -1 : at) : s->all;
	in[0] = in[0] ? moved(u, n, in[0], 0, at) : VALUE_NONE;
	if (!new_axis)
		in[0] = merged(u, n, in[0], at);
	if (new_axis || !s->sizes) {
		upgrade_become(n, "Identity", NULL, 1, in);
		return in[0];
	}
	in[1] = filled(u, n, s, at);
	upgrade_become(n, "Compress", &a, 2, in);
	return in[0] && in[1];
}

/* -- SplitToSequence ----------------------------------------------------------------------- */

/* int64 [count]: how long each part is. `size`, int64 [1], is the axis'. */
static uint32_t lengths(struct unit *u, struct node *n, uint32_t size)
{
	const struct value *split = node_in(n, 1);
	uint32_t each = split ? sequence_cast(u, n, split->id) : VALUE_NONE, i, sum;
	struct reduce_attrs all = { .keepdims = 0 };
	struct axis_attrs axis = { .axis = 0 };
	dim d;

	if (!each)
		return VALUE_NONE;
	if (split->shape.rank == 1) {
		sum = sequence_step(u, n, "ReduceSum", &all, 1, &each);
		d = sum ? sequence_element(u, sum) : DIM_OVERFLOW;
		if (sum && dim_assume_equal(u, d, sequence_element(u, size), NULL))
			return each;
		node_error(u, n, "split does not add up to the elements of the axis");
		return VALUE_NONE;
	}
	each = step2(u, n, "Reshape", each, ints1(n, 1));
	d = sequence_element(u, each);
	if (!dim_assume_equal(u, d, dim_max(u, d, 1), NULL)) {
		node_error(u, n, "split must be positive");
		return VALUE_NONE;
	}
	/* parts begin at the multiples of `each` below the size */
	i = step2(u, n, "Mul", numbers(u, n, size), each);
	i = sequence_step(u, n, "Compress", &axis, 2,
			  (uint32_t[]){ i, step2(u, n, "Less", i, size) });
	return step2(u, n, "Min", each, step2(u, n, "Sub", size, i));
}

/* int64 [count, rank]: x's shape, but `each` along the axis. */
static uint32_t part_sizes(struct unit *u, struct node *n, uint32_t x, uint32_t each, int axis)
{
	int rank = value_of(u, x)->shape.rank;
	uint32_t column[RANK_MAX], rows = step2(u, n, "Unsqueeze", each, ints1(n, 1));
	struct axis_attrs a = { .axis = 1 };
	uint32_t nothing = step2(u, n, "Mul", rows, ints1(n, 0));

	for (int i = 0; i < rank; i++)
		column[i] = i == axis ? rows
				      : step2(u, n, "Add", nothing, shape_part(u, n, x, i, i + 1));
	return rank == 1 ? column[0] : sequence_step(u, n, "Concat", &a, rank, column);
}

/* Parts of sizes that the run tells: those at offset[i] ... of the axis, as many as the longest one can have. Behind
 * the end of the axis there is a zero for what no part has. */
static bool split_at_run(struct unit *u, struct node *n, int axis)
{
	uint32_t x = n->in[0], size = shape_part(u, n, x, axis, axis + 1), each, room, column, from,
		 in[4];
	struct cumulate_attrs before = { .exclusive = 1 };
	struct axis_attrs along = { .axis = axis };
	int64_t most = dim_hi(u, value_of(u, x)->shape.d[axis]);
	const int64_t border[2] = { 0, 1 };
	const struct constant *k = node_const(n, 1);
	struct stack_form f = stack_form_none();
	struct stacked s;
	struct node *made;

	if (most == DIM_UNBOUNDED)
		return node_error(u, n, "the size of axis %d, %s, has no bound", axis,
				  dim_text(u, value_of(u, x)->shape.d[axis]));
	each = lengths(u, n, size);
	if (k && k->shape.rank == 0 && constant_i64(k, 0) < most)
		most = constant_i64(k, 0);
	room = numbers(u, n, ints1(n, most));
	column = step2(u, n, "Unsqueeze", each, ints1(n, 1));
	from = sequence_step(u, n, "CumSum", &before, 2,
			     (uint32_t[]){ each, new_scalar(n, DT_I64, 0) });
	from = step2(u, n, "Add", step2(u, n, "Unsqueeze", from, ints1(n, 1)), room);
	from = step3(u, n, "Where", step2(u, n, "Less", room, column), from, size);
	in[1] = step2(u, n, "Max", step2(u, n, "Min", from, size), ints1(n, 0));
	in[0] = sequence_step(u, n, "Pad", NULL, 4,
			      (uint32_t[]){ x, new_ints(n, border, 2),
					    sequence_zero(u, n, value_of(u, x)->type),
					    ints1(n, axis) });
	in[0] = sequence_step(u, n, "Gather", &along, 2, in);
	s.all = in[0] ? moved(u, n, in[0], axis, 0) : VALUE_NONE;
	s.sizes = each ? part_sizes(u, n, x, each, axis) : VALUE_NONE;
	if (!s.all || !s.sizes)
		return false;
	made = graph_insert(n->graph, n, op_builtin("edgecc.Stacked"), NULL, 2,
			    (uint32_t[]){ s.all, s.sizes }, 1, &n->loc);
	node_out(made, 0)->container = SEQUENCE;
	node_out(made, 0)->type = value_of(u, x)->type;
	return stack_form_add(u, n, &f, node_out(made, 0)) &&
	       stack_as(u, n, node_out(made, 0), &f, &s) && become_stacked(n, &s);
}

bool stacked_split(struct unit *u, struct node *n, int axis, bool keepdims)
{
	struct stacked s = { 0 };

	if (node_in(n, 1))
		return split_at_run(u, n, axis);
	s.all = moved(u, n, n->in[0], axis, 0);
	if (s.all && keepdims)
		s.all = step2(u, n, "Unsqueeze", s.all, ints1(n, axis + 1));
	return s.all && become_stacked(n, &s);
}
