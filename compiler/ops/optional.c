/* optional.c - optionals: what they hold, when it is known while compiling whether they hold something; else a sequence
 * of one tensor or none. */
#include "sequence.h"

static bool become_tensor(struct node *n, uint32_t x)
{
	upgrade_become(n, "Identity", NULL, 1, &x);
	return true;
}

static bool is_optional(const struct node *n)
{
	return node_in(n, 0) && node_in(n, 0)->container == OPTIONAL;
}

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
	struct stacked run;
	uint32_t x;
	bool holds;

	if (is_optional(n) && value_stacked(node_in(n, 0), &run)) {
		uint32_t in[2] = { step2(u, n, "Greater", stacked_count(u, n, run.all),
					 new_scalar(n, DT_I64, 0)),
				   new_ints(n, NULL, 0) };

		if (run.holds)
			return become_tensor(n, run.holds);
		upgrade_become(n, "Reshape", NULL, 2, in);
		return in[0];
	}
	return content(u, n, &x, &holds) && become_tensor(n, new_scalar(n, DT_BOOL, holds));
}

/* The sequence of an optional: the run finds out whether there is one. */
static bool held_sequence(struct unit *u, struct node *n, const struct stacked *s)
{
	struct stacked held = *s;
	uint32_t holds = sequence_cast(u, n, s->holds);

	held.holds = VALUE_NONE;
	if (!holds)
		return false;
	if (!dim_assume_equal(u, sequence_element(u, holds), 1, NULL))
		return node_error(u, n, "the optional holds nothing");
	node_out(n, 0)->container = SEQUENCE;
	return become_stacked(n, &held);
}

/* The last tensor of none is nowhere, which the run finds out. */
static bool upgrade_get(struct unit *u, struct node *n)
{
	struct stacked run;
	uint32_t x;
	bool holds;

	if (is_optional(n) && value_stacked(node_in(n, 0), &run)) {
		if (run.holds)
			return held_sequence(u, n, &run);
		x = sequence_position(u, n, 1, stacked_count(u, n, run.all), false);
		return x && stacked_at(u, n, &run, x);
	}
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

const struct op ops_optional[] = {
	{ .name = "Optional",
	  .since = 15,
	  .sig = "input?:* -> output:*",
	  .infer = infer_optional,
	  .expand = expand_sequence,
	  .doc = "a value that may be left out" },
	{ .name = "OptionalHasElement",
	  .since = 15,
	  .sig = "input?:* -> output:bool",
	  .upgrade = upgrade_has,
	  .doc = "whether an optional holds something" },
	{ .name = "OptionalGetElement",
	  .since = 15,
	  .sig = "input:* -> output:*",
	  .upgrade = upgrade_get,
	  .doc = "what an optional holds",
	  .limits =
		  "the tensors differ in rank, that of the result must be known at compile time" },
	{ .name = NULL }
};
