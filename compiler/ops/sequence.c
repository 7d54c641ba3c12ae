/* sequence.c - sequences and optionals of tensors, whose number is known while compiling.
 *
 * A sequence that is made by SequenceConstruct has its tensors as inputs, so every operator on it
 * becomes, while the model is imported, a SequenceConstruct of other tensors or an operator on
 * tensors:
 *
 *	SequenceAt(SequenceConstruct(a, b, c), 1)      =>  b
 *	SequenceAt(SequenceConstruct(a, b, c), i)      =>  Gather(Concat(a, b, c), i)
 *	SequenceInsert(SequenceConstruct(a, b), c)     =>  SequenceConstruct(a, b, c)
 *	SplitToSequence(x)                             =>  SequenceConstruct(Split(x))
 *
 * and at the end nobody reads sequences. */
#include <string.h>

#include "family.h"

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

/* The tensors of input k, a sequence. */
static bool sequence_items(struct unit *u, const struct node *n, int k, const uint32_t **items,
			   int *count)
{
	return value_items(node_in(n, k), items, count) ||
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

/* -- positions that only the run tells: tensors of one shape, stacked ------------------- */

static uint32_t step(struct unit *u, struct node *n, const char *op, const void *attrs, int n_in,
		     const uint32_t *in)
{
	for (int k = 0; k < n_in; k++)
		if (in[k] == VALUE_NONE)
			return VALUE_NONE;
	return upgrade_node(u, n, op, attrs, n_in, in);
}

static uint32_t step2(struct unit *u, struct node *n, const char *op, uint32_t a, uint32_t b)
{
	return step(u, n, op, NULL, 2, (uint32_t[]){ a, b });
}

/* The items, and `last` unless it is VALUE_NONE, along a new first axis. */
static uint32_t stacked(struct unit *u, struct node *n, const uint32_t *items, int count,
			uint32_t last)
{
	struct axis_attrs a = { .axis = 0 };
	int total = count + (last != VALUE_NONE);
	uint32_t *in = arena_array(u->arena, uint32_t, (size_t)total + 1);
	const int64_t zero = 0;

	for (int i = 0; i < total; i++) {
		const struct value *v = value_of(u, i < count ? items[i] : last);

		if (v->shape.rank < 0 ||
		    !shape_equal(&v->shape, &value_of(u, count ? items[0] : last)->shape)) {
			node_error(
				u, n,
				"position must be constant where the tensors of a sequence differ in "
				"shape");
			return VALUE_NONE;
		}
		in[i] = step2(u, n, "Unsqueeze", v->id, new_ints(n, &zero, 1));
	}
	if (!total) {
		node_error(u, n, "the sequence is empty");
		return VALUE_NONE;
	}
	return step(u, n, "Concat", &a, total, in);
}

/* Input k, a position among count, as int64 [1] that is not negative. */
static uint32_t counted(struct unit *u, struct node *n, int k, int count)
{
	struct cast_attrs a = { .to = DT_I64, .saturate = 1 };
	const int64_t one = 1;
	uint32_t p = step(u, n, "Cast", &a, 1, &n->in[k]), zero = new_scalar(n, DT_I64, 0);

	p = step2(u, n, "Reshape", p, new_ints(n, &one, 1));
	return step(u, n, "Where", NULL, 3,
		    (uint32_t[]){ step2(u, n, "Less", p, zero),
				  step2(u, n, "Add", p, new_scalar(n, DT_I64, count)), p });
}

/* n becomes the sequence of `count` slices of all, whose numbers `which` has. */
static bool become_slices(struct unit *u, struct node *n, uint32_t all, uint32_t which, int count)
{
	uint32_t *items = arena_array(u->arena, uint32_t, (size_t)count + 1);
	uint32_t picked = step2(u, n, "Gather", all, which);

	for (int i = 0; i < count; i++) {
		items[i] = step2(u, n, "Gather", picked, new_scalar(n, DT_I64, i));
		if (items[i] == VALUE_NONE)
			return false;
	}
	upgrade_become(n, "SequenceConstruct", NULL, count, items);
	return true;
}

/* 0, 1 ... count - 1, those behind `at` changed by `by`; `own`, unless it is
 * VALUE_NONE, stands at `at`. */
static uint32_t renumbered(struct unit *u, struct node *n, int count, uint32_t at, int by,
			   uint32_t own)
{
	int64_t *p = arena_array(u->arena, int64_t, (size_t)count + 1);
	uint32_t numbers, moved, before;

	for (int i = 0; i < count; i++)
		p[i] = i;
	numbers = new_ints(n, p, count);
	before = step2(u, n, "Less", numbers, at);
	moved = step2(u, n, "Add", numbers, new_scalar(n, DT_I64, by));
	if (own != VALUE_NONE)
		moved = step(u, n, "Where", NULL, 3,
			     (uint32_t[]){ step2(u, n, "Equal", numbers, at), own, moved });
	return step(u, n, "Where", NULL, 3, (uint32_t[]){ before, numbers, moved });
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

/* What is left of sequences when all that can be is resolved. */
static bool expand_sequence(struct unit *u, struct node *n)
{
	return node_error(
		u, n, "sequences are supported only where their tensors are known at compile time");
}

static bool upgrade_insert(struct unit *u, struct node *n)
{
	const uint32_t *items;
	uint32_t *all;
	int count, at;
	bool known;

	if (n->n_in < 2 || !node_in(n, 1))
		return node_error(u, n, "the tensor is missing");
	if (!sequence_items(u, n, 0, &items, &count) ||
	    !position(u, n, 2, count, true, &at, &known))
		return false;
	if (!known)
		return become_slices(u, n, stacked(u, n, items, count, n->in[1]),
				     renumbered(u, n, count + 1, counted(u, n, 2, count), -1,
						new_scalar(n, DT_I64, count)),
				     count + 1);
	all = arena_array(u->arena, uint32_t, (size_t)count + 1);
	for (int i = 0; i <= count; i++)
		all[i] = i == at ? n->in[1] : items[i < at ? i : i - 1];
	become_sequence(n, count + 1, all);
	return true;
}

static bool upgrade_erase(struct unit *u, struct node *n)
{
	const uint32_t *items;
	uint32_t *all;
	int count, at;
	bool known;

	if (!sequence_items(u, n, 0, &items, &count) ||
	    !position(u, n, 1, count, false, &at, &known))
		return false;
	if (!known)
		return become_slices(
			u, n, stacked(u, n, items, count, VALUE_NONE),
			renumbered(u, n, count - 1, counted(u, n, 1, count), 1, VALUE_NONE),
			count - 1);
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

/* The parts of sizes that only the run tells; how many there are is known. */
static bool split_at_run(struct unit *u, struct node *n, int axis)
{
	const struct value *split = node_in(n, 1);
	int64_t along = axis;
	uint32_t *items, in[4] = { n->in[0] }, from = new_ints(n, (int64_t[]){ 0 }, 1);
	struct cast_attrs to64 = { .to = DT_I64, .saturate = 1 };
	int count;

	if (split->shape.rank != 1 || !dim_is_const(split->shape.d[0]) ||
	    split->shape.d[0] > INT16_MAX)
		return node_error(
			u, n,
			"split must be constant, or a list of a length known at compile time");
	count = (int)split->shape.d[0];
	items = arena_array(u->arena, uint32_t, (size_t)count + 1);
	in[3] = new_ints(n, &along, 1);
	for (int i = 0; i < count; i++) {
		uint32_t size = step2(u, n, "Gather", n->in[1], new_ints(n, (int64_t[]){ i }, 1));

		in[1] = from;
		in[2] = from = step2(u, n, "Add", from, step(u, n, "Cast", &to64, 1, &size));
		items[i] = step(u, n, "Slice", NULL, 4, in);
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
	if (node_in(n, 1) && !node_const(n, 1))
		return split_at_run(u, n, axis);
	if (!dim_is_const(x->shape.d[axis]))
		return node_error(u, n, "the size of axis %d, %s, must be known at compile time",
				  axis, dim_text(u, x->shape.d[axis]));
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
	uint32_t in[2];
	int count, at;
	bool known;

	if (!sequence_items(u, n, 0, &items, &count) ||
	    !position(u, n, 1, count, false, &at, &known))
		return false;
	if (known)
		return become_tensor(n, items[at]);
	in[0] = stacked(u, n, items, count, VALUE_NONE);
	in[1] = new_ints(n, NULL, 0);
	in[1] = step2(u, n, "Reshape", counted(u, n, 1, count), in[1]);
	if (in[0] == VALUE_NONE || in[1] == VALUE_NONE)
		return false;
	upgrade_become(n, "Gather", NULL, 2, in);
	return true;
}

static bool upgrade_length(struct unit *u, struct node *n)
{
	const uint32_t *items;
	int count;

	return sequence_items(u, n, 0, &items, &count) &&
	       become_tensor(n, new_scalar(n, DT_I64, count));
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
	int count;

	if (!sequence_items(u, n, 0, &items, &count))
		return false;
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

/* -- optionals ------------------------------------------------------------------------- */

/* Input 0 when it is there and known to hold something; *holds false: known to hold nothing. */
static bool content(struct unit *u, const struct node *n, uint32_t *x, bool *holds)
{
	const struct value *v = node_in(n, 0);
	const uint32_t *items;
	int count;

	*x = v ? v->id : VALUE_NONE;
	*holds = v != NULL;
	if (!v || v->container != OPTIONAL)
		return true;
	if (!value_items(v, &items, &count))
		return node_error(
			u, n, "whether its optional holds something must be known at compile time");
	*holds = count > 0 && items[0] != VALUE_NONE;
	*x = *holds ? items[0] : VALUE_NONE;
	return true;
}

static bool upgrade_has(struct unit *u, struct node *n)
{
	uint32_t x;
	bool holds;

	return content(u, n, &x, &holds) && become_tensor(n, new_scalar(n, DT_BOOL, holds));
}

static bool upgrade_get(struct unit *u, struct node *n)
{
	uint32_t x;
	bool holds;

	if (!content(u, n, &x, &holds))
		return false;
	return holds ? become_tensor(n, x) : node_error(u, n, "the optional holds nothing");
}

static bool infer_optional(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0);

	(void)u;
	node_out(n, 0)->container = OPTIONAL;
	node_out(n, 0)->type = x ? x->type : DT_UNDEF;
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
#define LIMIT "sequences are supported only where their tensors are known at compile time"
/* Operators that upgrade turns into others. */
#define RESOLVED(NAME, SINCE, SIG, UPGRADE, DOC, ...)                                              \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = SIG, .types = ALL_TYPES " I=int32,int64",     \
		.upgrade = UPGRADE, .doc = DOC, .limits = LIMIT, __VA_ARGS__                       \
	}

const struct op ops_sequence[] = {
	{ .name = "SequenceConstruct",
	  .since = 11,
	  .sig = "inputs*:T -> output_sequence:seq(T)",
	  .types = ALL_TYPES,
	  .infer = infer_sequence,
	  .expand = expand_sequence,
	  .doc = "a sequence of tensors",
	  .limits = LIMIT },
	{ .name = "SequenceEmpty",
	  .since = 11,
	  .sig = "-> output:seq(T)",
	  .types = ALL_TYPES,
	  .attrs = empty_rows,
	  .attrs_size = sizeof(struct empty_attrs),
	  .infer = infer_empty,
	  .expand = expand_sequence,
	  .doc = "a sequence of nothing",
	  .limits = LIMIT },
	RESOLVED("SequenceInsert", 11,
		 "input_sequence:seq(T) tensor:T position?:I -> output_sequence:seq(T)",
		 upgrade_insert, "a sequence with one tensor more", .attrs = NULL),
	RESOLVED("SequenceErase", 11, "input_sequence:seq(T) position?:I -> output_sequence:seq(T)",
		 upgrade_erase, "a sequence with one tensor less", .attrs = NULL),
	RESOLVED("SplitToSequence", 11, "input:T split?:I -> output_sequence:seq(T)", upgrade_split,
		 "the parts of a tensor as a sequence", .attrs = split_sequence_rows,
		 .attrs_size = sizeof(struct split_sequence_attrs)),
	RESOLVED("SequenceAt", 11, "input_sequence:seq(T) position:I -> tensor:T", upgrade_at,
		 "one tensor of a sequence", .attrs = NULL),
	RESOLVED("SequenceLength", 11, "input_sequence:seq(T) -> length:int64", upgrade_length,
		 "how many tensors a sequence has", .attrs = NULL),
	RESOLVED("ConcatFromSequence", 11, "input_sequence:seq(T) -> concat_result:T",
		 upgrade_concat, "the tensors of a sequence joined along an axis",
		 .attrs = concat_sequence_rows, .attrs_size = sizeof(struct concat_sequence_attrs)),
	{ .name = "SequenceMap",
	  .since = 17,
	  .sig = "input_sequence:seq(S) additional_inputs*:* -> out_sequence+:*",
	  .types = "S=num,small,bool,string",
	  .attrs = map_rows,
	  .attrs_size = sizeof(struct map_attrs),
	  .infer = infer_optional,
	  .expand = expand_sequence,
	  .doc = "a subgraph for each tensor of a sequence",
	  .limits = LIMIT },
	{ .name = "Optional",
	  .since = 15,
	  .sig = "input?:* -> output:*",
	  .infer = infer_optional,
	  .expand = expand_sequence,
	  .doc = "a value that may be left out",
	  .limits = LIMIT },
	{ .name = "OptionalHasElement",
	  .since = 15,
	  .sig = "input?:* -> output:bool",
	  .upgrade = upgrade_has,
	  .doc = "whether an optional holds something",
	  .limits = "whether its optional holds something must be known at compile time" },
	{ .name = "OptionalGetElement",
	  .since = 15,
	  .sig = "input:* -> output:*",
	  .upgrade = upgrade_get,
	  .doc = "what an optional holds",
	  .limits = "whether its optional holds something must be known at compile time" },
	{ .name = NULL }
};
