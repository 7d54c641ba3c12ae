/* sequence.c - sequences of tensors. Those whose length is known while compiling:
 *
 * A sequence that is made by SequenceConstruct has its tensors as inputs, so every operator on it
 * becomes, while the model is imported, a SequenceConstruct of other tensors or an operator on
 * tensors:
 *
 *	SequenceAt(SequenceConstruct(a, b, c), 1)      =>  b
 *	SequenceInsert(SequenceConstruct(a, b), c)     =>  SequenceConstruct(a, b, c)
 *	SplitToSequence(x)                             =>  SequenceConstruct(Split(x))
 *
 * and at the end nobody reads sequences. Where only the run tells the length, or the position, sequence_run.c does the
 * same with the tensors stacked in one. */
#include <string.h>

#include "sequence.h"

/* -- content --------------------------------------------------------------------------- */

static const struct node *maker(const struct value *v)
{
	while (v && v->producer && strcmp(v->producer->op->name, "Identity") == 0)
		v = node_in(v->producer, 0);
	return v ? v->producer : NULL;
}

bool value_items(const struct value *v, const uint32_t **items, int *count)
{
	const struct node *m = maker(v);

	*items = NULL;
	*count = 0;
	if (v && v->container == TENSOR) {
		*items = &v->id;
		*count = 1;
		return true;
	}
	if (!m ||
	    (strcmp(m->op->name, "SequenceEmpty") != 0 &&
	     strcmp(m->op->name, "SequenceConstruct") != 0 && strcmp(m->op->name, "Optional") != 0))
		return false;
	*items = m->in;
	*count = m->n_in;
	return true;
}

/* Input k, a sequence, has these tensors; false after an error. *run: only the run tells them, they are stacked. */
static bool sequence_items(struct unit *u, const struct node *n, int k, const uint32_t **items,
			   int *count, struct stacked *run)
{
	*run = (struct stacked){ 0 };
	return value_stacked(node_in(n, k), run) || value_items(node_in(n, k), items, count) ||
	       node_error(u, n, "its sequence must be made of tensors known at compile time");
}

/* Input k as a position among count items; at_end: also just behind them. Left out: the end. *known false: only
 * the run tells it. */
static bool position(struct unit *u, const struct node *n, int k, int count, bool at_end, int *out,
		     bool *known)
{
	int limit = at_end ? count : count - 1, n_ints;
	const int64_t *p;
	int have = input_ints(u, n, k, &p, &n_ints);
	int64_t i = limit;

	*known = have >= 0;
	if (!*known)
		return true;
	if (have)
		i = n_ints == 1 ? (p[0] < 0 ? p[0] + count : p[0]) : -1;
	if (i < 0 || i > limit)
		return node_error(u, n, "position is outside the sequence of %d tensors", count);
	*out = (int)i;
	return true;
}

/* Input 0, whose tensors are known, with them stacked. */
static bool stack_input(struct unit *u, struct node *n, struct stacked *out)
{
	struct stack_form f = stack_form_none();

	return stack_form_add(u, n, &f, node_in(n, 0)) && stack_as(u, n, node_in(n, 0), &f, out);
}

/* n becomes the sequence of these tensors. */
static void become_sequence(struct node *n, int count, const uint32_t *items)
{
	upgrade_become(n, "SequenceConstruct", NULL, count, items);
}

static bool become_tensor(struct node *n, uint32_t x)
{
	upgrade_become(n, "Identity", NULL, 1, &x);
	return true;
}

/* -- makers ---------------------------------------------------------------------------- */

static bool infer_sequence(struct unit *u, struct node *n)
{
	(void)u;
	node_out(n, 0)->container = SEQUENCE;
	return true;
}

struct empty_attrs {
	int dtype;
};
static const struct attr_row empty_rows[] = {
	{ ATTR(struct empty_attrs, dtype), .kind = ATTR_TYPE, .def_int = DT_F32 }, A_END
};

static bool infer_empty(struct unit *u, struct node *n)
{
	node_out(n, 0)->type = (enum dtype)((const struct empty_attrs *)n->attrs)->dtype;
	return infer_sequence(u, n);
}

bool expand_sequence(struct unit *u, struct node *n)
{
	return node_error(
		u, n, "sequences are supported only where their tensors are known at compile time");
}

static bool upgrade_insert(struct unit *u, struct node *n)
{
	const uint32_t *items;
	struct stacked run;
	uint32_t *all;
	int count, at;
	bool known;

	if (n->n_in < 2 || !node_in(n, 1))
		return node_error(u, n, "the tensor is missing");
	if (!sequence_items(u, n, 0, &items, &count, &run))
		return false;
	if (run.all)
		return stacked_insert(u, n);
	if (!position(u, n, 2, count, true, &at, &known))
		return false;
	if (!known)
		return stacked_insert(u, n);
	all = arena_array(u->arena, uint32_t, (size_t)count + 1);
	for (int i = 0; i <= count; i++)
		all[i] = i == at ? n->in[1] : items[i < at ? i : i - 1];
	become_sequence(n, count + 1, all);
	return true;
}

static bool upgrade_erase(struct unit *u, struct node *n)
{
	const uint32_t *items;
	struct stacked run;
	uint32_t *all;
	int count, at;
	bool known;

	if (!sequence_items(u, n, 0, &items, &count, &run))
		return false;
	if (run.all)
		return stacked_erase(u, n);
	if (!position(u, n, 1, count, false, &at, &known))
		return false;
	if (!known)
		return stacked_erase(u, n);
	all = arena_array(u->arena, uint32_t, (size_t)count);
	for (int i = 0; i + 1 < count; i++)
		all[i] = items[i < at ? i : i + 1];
	become_sequence(n, count - 1, all);
	return true;
}

/* -- SplitToSequence ------------------------------------------------------------------- */

struct split_sequence_attrs {
	int64_t axis, keepdims;
};
static const struct attr_row split_sequence_rows[] = {
	A_INT(struct split_sequence_attrs, axis, 0),
	A_FLAG(struct split_sequence_attrs, keepdims, 1), A_END
};

/* The lengths of the parts: as given, of one size (the last may be shorter), or 1. */
static bool part_lengths(struct unit *u, const struct node *n, int64_t size, int64_t **out,
			 int *count)
{
	const struct value *split = node_in(n, 1);
	const int64_t *p;
	int64_t each = 1, sum = 0;
	bool present;
	int given;

	if (!need_ints(u, n, 1, "split", &p, &given, &present))
		return false;
	if (present && split->shape.rank == 1) {
		*out = arena_copy(u->arena, p, (size_t)given * sizeof *p);
		*count = given;
		for (int i = 0; i < given; i++)
			sum = p[i] < 0 || !add_i64(sum, p[i], &sum) ? INT64_MAX : sum;
		return sum == size ||
		       node_error(u, n, "split does not add up to the %lld elements of the axis",
				  (long long)size);
	}
	if (present)
		each = given == 1 ? p[0] : 0;
	if (each < 1)
		return node_error(u, n, "split must be positive");
	if ((size + each - 1) / each > INT16_MAX)
		return node_error(u, n, "splits %lld elements into more than %d parts",
				  (long long)size, INT16_MAX);
	*count = (int)((size + each - 1) / each);
	*out = arena_array(u->arena, int64_t, (size_t)*count);
	for (int i = 0; i < *count; i++)
		(*out)[i] = i + 1 < *count || size % each == 0 ? each : size % each;
	return true;
}

/* The parts' sizes are known at run time only, but how many they are is known. */
static bool has_known_count(const struct value *split)
{
	return split && !split->constant && split->shape.rank == 1 &&
	       dim_is_const(split->shape.d[0]) && split->shape.d[0] <= INT16_MAX;
}

static bool split_at_run(struct unit *u, struct node *n, int axis)
{
	const struct value *split = node_in(n, 1);
	int64_t along = axis;
	uint32_t *items, in[4] = { n->in[0] }, from = new_ints(n, (int64_t[]){ 0 }, 1);
	int count;

	count = (int)split->shape.d[0];
	items = arena_array(u->arena, uint32_t, (size_t)count + 1);
	in[3] = new_ints(n, &along, 1);
	for (int i = 0; i < count; i++) {
		uint32_t size = step2(u, n, "Gather", n->in[1], new_ints(n, (int64_t[]){ i }, 1));

		in[1] = from;
		in[2] = from = step2(u, n, "Add", from, sequence_cast(u, n, size));
		items[i] = sequence_step(u, n, "Slice", NULL, 4, in);
		if (items[i] == VALUE_NONE)
			return false;
	}
	become_sequence(n, count, items);
	return true;
}

static bool upgrade_split(struct unit *u, struct node *n)
{
	const struct split_sequence_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0);
	int64_t *lengths, axes[1];
	uint32_t *items, in[2];
	struct node *split;
	int axis, count;

	if (!x || !infer_need_rank(u, n, x, "input", 1, RANK_MAX) ||
	    !axis_resolve(u, &n->loc, a->axis, x->shape.rank, &axis))
		return x ? false : node_error(u, n, "the input is missing");
	if (has_known_count(node_in(n, 1)))
		return split_at_run(u, n, axis);
	if ((node_in(n, 1) && !node_const(n, 1)) || !dim_is_const(x->shape.d[axis]))
		return stacked_split(u, n, axis, a->keepdims);
	if (!part_lengths(u, n, x->shape.d[axis], &lengths, &count))
		return false;
	items = arena_array(u->arena, uint32_t, (size_t)count);
	in[0] = x->id;
	in[1] = new_ints(n, lengths, count);
	split = graph_insert(n->graph, n, op_builtin("Split"), NULL, 2, in, count, &n->loc);
	((struct split_attrs *)split->attrs)->axis = axis;
	if (!node_infer(u, split))
		return false;
	axes[0] = axis;
	for (int i = 0; i < count; i++) {
		items[i] = split->out[i];
		if (a->keepdims || node_in(n, 1))
			continue;
		in[0] = split->out[i];
		in[1] = new_ints(n, axes, 1);
		items[i] = upgrade_node(u, n, "Squeeze", NULL, 2, in);
		if (items[i] == VALUE_NONE)
			return false;
	}
	become_sequence(n, count, items);
	return true;
}

/* -- readers --------------------------------------------------------------------------- */

static bool upgrade_at(struct unit *u, struct node *n)
{
	const uint32_t *items;
	struct stacked run;
	int count = 0, at;
	bool known = false;
	uint32_t p;

	if (!sequence_items(u, n, 0, &items, &count, &run))
		return false;
	if (!run.all && !position(u, n, 1, count, false, &at, &known))
		return false;
	if (known)
		return become_tensor(n, items[at]);
	if (!run.all && (!count || !stack_input(u, n, &run)))
		return count ? false : node_error(u, n, "the sequence is empty");
	p = sequence_position(u, n, 1, stacked_count(u, n, run.all), false);
	return p && stacked_at(u, n, &run, p);
}

static bool upgrade_length(struct unit *u, struct node *n)
{
	const uint32_t *items;
	struct stacked run;
	int count;

	if (!sequence_items(u, n, 0, &items, &count, &run))
		return false;
	return run.all ? stacked_length(u, n, &run)
		       : become_tensor(n, new_scalar(n, DT_I64, count));
}

struct concat_sequence_attrs {
	int64_t axis, new_axis;
};
static const struct attr_row concat_sequence_rows[] = {
	{ ATTR(struct concat_sequence_attrs, axis), .kind = ATTR_INT, .required = true },
	A_FLAG(struct concat_sequence_attrs, new_axis, 0),
	A_END
};

static bool upgrade_concat(struct unit *u, struct node *n)
{
	const struct concat_sequence_attrs a = *(const struct concat_sequence_attrs *)n->attrs;
	struct axis_attrs concat = { .axis = a.axis };
	const uint32_t *items;
	uint32_t *all, in[2];
	struct stacked run;
	int count;

	if (!sequence_items(u, n, 0, &items, &count, &run))
		return false;
	if (run.all)
		return stacked_concat(u, n, &run, a.axis, a.new_axis != 0);
	if (count == 0)
		return node_error(u, n, "the sequence is empty");
	all = arena_copy(u->arena, items, (size_t)count * sizeof *items);
	for (int i = 0; a.new_axis && i < count; i++) {
		in[0] = items[i];
		in[1] = new_ints(n, &a.axis, 1);
		all[i] = upgrade_node(u, n, "Unsqueeze", NULL, 2, in);
		if (all[i] == VALUE_NONE)
			return false;
	}
	upgrade_become(n, "Concat", &concat, count, all);
	return true;
}

/* The importer puts a copy of the body for each tensor in its place. */
struct map_attrs {
	int body;
};
static const struct attr_row map_rows[] = {
	{ ATTR(struct map_attrs, body), .kind = ATTR_GRAPH, .required = true }, A_END
};

#define ALL_TYPES "T=num,small,bool,string"
/* Operators that upgrade turns into others. */
#define RESOLVED(NAME, SINCE, SIG, UPGRADE, DOC, ...)                                              \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = SIG, .types = ALL_TYPES " I=int32,int64",     \
		.upgrade = UPGRADE, .doc = DOC, __VA_ARGS__                                        \
	}

const struct op ops_sequence[] = {
	{ .name = "SequenceConstruct",
	  .since = 11,
	  .sig = "inputs*:T -> output_sequence:seq(T)",
	  .types = ALL_TYPES,
	  .infer = infer_sequence,
	  .expand = expand_sequence,
	  .doc = "a sequence of tensors" },
	{ .name = "SequenceEmpty",
	  .since = 11,
	  .sig = "-> output:seq(T)",
	  .types = ALL_TYPES,
	  .attrs = empty_rows,
	  .attrs_size = sizeof(struct empty_attrs),
	  .infer = infer_empty,
	  .expand = expand_sequence,
	  .doc = "a sequence of nothing" },
	RESOLVED("SequenceInsert", 11,
		 "input_sequence:seq(T) tensor:T position?:I -> output_sequence:seq(T)",
		 upgrade_insert, "a sequence with one tensor more", .attrs = NULL),
	RESOLVED("SequenceErase", 11, "input_sequence:seq(T) position?:I -> output_sequence:seq(T)",
		 upgrade_erase, "a sequence with one tensor less", .attrs = NULL),
	RESOLVED("SplitToSequence", 11, "input:T split?:I -> output_sequence:seq(T)", upgrade_split,
		 "the parts of a tensor as a sequence", .attrs = split_sequence_rows,
		 .attrs_size = sizeof(struct split_sequence_attrs)),
	RESOLVED(
		"SequenceAt", 11, "input_sequence:seq(T) position:I -> tensor:T", upgrade_at,
		"one tensor of a sequence",
		.limits =
			"the tensors differ in rank, that of the result must be known at compile time"),
	RESOLVED("SequenceLength", 11, "input_sequence:seq(T) -> length:int64", upgrade_length,
		 "how many tensors a sequence has", .attrs = NULL),
	RESOLVED(
		"ConcatFromSequence", 11, "input_sequence:seq(T) -> concat_result:T",
		upgrade_concat, "the tensors of a sequence joined along an axis",
		.limits =
			"the tensors differ in rank, that of the result must be known at compile time",
		.attrs = concat_sequence_rows, .attrs_size = sizeof(struct concat_sequence_attrs)),
	{ .name = "SequenceMap",
	  .since = 17,
	  .sig = "input_sequence:seq(S) additional_inputs*:* -> out_sequence+:*",
	  .types = "S=num,small,bool,string",
	  .attrs = map_rows,
	  .attrs_size = sizeof(struct map_attrs),
	  .infer = infer_sequence,
	  .expand = expand_sequence,
	  .doc = "a subgraph for each tensor of a sequence" },
	{ .name = NULL }
};
