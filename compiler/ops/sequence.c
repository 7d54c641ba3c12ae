/* sequence.c - sequences and optionals of tensors, as far as their content is known while
 * compiling.
 *
 * A sequence that is made by SequenceConstruct has its tensors as inputs, so every operator on it
 * becomes, while the model is imported, a SequenceConstruct of other tensors or an operator on
 * tensors:
 *
 *	SequenceAt(SequenceConstruct(a, b, c), 1)      =>  b
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

/* The tensors of input k, a sequence. */
static bool sequence_items(struct unit *u, const struct node *n, int k, const uint32_t **items,
			   int *count)
{
	const struct node *m = maker(node_in(n, k));

	*items = NULL;
	*count = 0;
	if (m && strcmp(m->op->name, "SequenceEmpty") == 0)
		return true;
	if (!m || strcmp(m->op->name, "SequenceConstruct") != 0)
		return node_error(u, n,
				  "its sequence must be made of tensors known at compile time");
	*items = m->in;
	*count = m->n_in;
	return true;
}

/* Input k as a position among count items; at_end: also just behind them. Left out: the end. */
static bool position(struct unit *u, const struct node *n, int k, int count, bool at_end, int *out)
{
	int limit = at_end ? count : count - 1, n_ints;
	const int64_t *p;
	bool present;
	int64_t i;

	if (!need_ints(u, n, k, "position", &p, &n_ints, &present))
		return false;
	i = !present ? limit : n_ints == 1 ? (p[0] < 0 ? p[0] + count : p[0]) : -1;
	if (i < 0 || i > limit)
		return node_error(u, n, "position is outside the sequence of %d tensors", count);
	*out = (int)i;
	return true;
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

	if (n->n_in < 2 || !node_in(n, 1))
		return node_error(u, n, "the tensor is missing");
	if (!sequence_items(u, n, 0, &items, &count) || !position(u, n, 2, count, true, &at))
		return false;
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

	if (!sequence_items(u, n, 0, &items, &count) || !position(u, n, 1, count, false, &at))
		return false;
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
	int count, at;

	return sequence_items(u, n, 0, &items, &count) && position(u, n, 1, count, false, &at) &&
	       become_tensor(n, items[at]);
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
	const struct node *m = maker(v);

	*x = v ? v->id : VALUE_NONE;
	*holds = v != NULL;
	if (!v || v->container != OPTIONAL)
		return true;
	if (!m || strcmp(m->op->name, "Optional") != 0)
		return node_error(
			u, n, "whether its optional holds something must be known at compile time");
	*x = m->n_in ? m->in[0] : VALUE_NONE;
	*holds = *x != VALUE_NONE;
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

#define ALL_TYPES "T=num,small,bool,string"
#define LIMIT "only where the tensors of a sequence are known at compile time"
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
	{ .name = "Optional",
	  .since = 15,
	  .sig = "input?:* -> output:*",
	  .infer = infer_optional,
	  .expand = expand_sequence,
	  .doc = "a value that may be left out",
	  .limits =
		  "only where it is known at compile time whether it holds something; no attribute `type`" },
	{ .name = "OptionalHasElement",
	  .since = 15,
	  .sig = "input?:* -> output:bool",
	  .upgrade = upgrade_has,
	  .doc = "whether an optional holds something",
	  .limits = "only where that is known at compile time" },
	{ .name = "OptionalGetElement",
	  .since = 15,
	  .sig = "input:* -> output:*",
	  .upgrade = upgrade_get,
	  .doc = "what an optional holds",
	  .limits = "only where that is known at compile time" },
	{ .name = NULL }
};
