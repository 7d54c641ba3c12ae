/* Operators on strings. Those that make strings have a slot in the workspace for each element, which nothing
 * else uses before the model has ended, because addresses of it may go anywhere. */
#include "../../ops/regex.h"
#include "../../ops/string_ops.h"
#include "../lower.h"
#include "build.h"

static const struct param_row strings_rows[] = { PARAM(edgert_strings, count),
						 PARAM(edgert_strings, slot) };
static const struct param_row normalizer_rows[] = {
	PARAM(edgert_stringnormalizer, count),     PARAM(edgert_stringnormalizer, slot),
	PARAM(edgert_stringnormalizer, words),     PARAM(edgert_stringnormalizer, change),
	PARAM(edgert_stringnormalizer, sensitive),
};
static const struct param_row split_rows[] = { PARAM(edgert_stringsplit, count),
					       PARAM(edgert_stringsplit, slot),
					       PARAM(edgert_stringsplit, parts),
					       PARAM_NUMBER(edgert_stringsplit, maxsplit) };
static const struct param_row tokens_rows[] = {
	PARAM(edgert_tokenizer, count),    PARAM(edgert_tokenizer, slot),
	PARAM(edgert_tokenizer, parts),    PARAM(edgert_tokenizer, mode),
	PARAM(edgert_tokenizer, mark),     PARAM(edgert_tokenizer, least),
	PARAM(edgert_tokenizer, programs),
};
static const struct param_row number_rows[] = { PARAM(edgert_number_text, count),
						PARAM(edgert_number_text, slot),
						PARAM(edgert_number_text, kind) };

const struct node *unbounded_around(struct unit *u, const struct node *n)
{
	for (const struct node *o = n->graph->owner; o; o = o->graph->owner)
		if (node_is_iterated(o) && iterations_most(u, o) == DIM_UNBOUNDED)
			return o;
	return NULL;
}

/* Every iteration around n has slots of its own: what one passes on, the next does not write over. */
static bool makes_strings(struct unit *u, const struct node *n, const char **reason)
{
	*reason = "a slot for each string";
	if (!unbounded_around(u, n))
		return true;
	*reason = "the iterations that make strings have no bound";
	return false;
}

/* As many slots as there are elements of v, and `more`. */
static void call_slots(struct unit *u, struct call *c, const struct value *v, dim slot, int more)
{
	struct arg text = { .kind = ARG_SCRATCH, .type = DT_U8, .kept = true };
	dim count = dim_add(u, shape_count(u, &v->shape), more);

	text.size = (size_t)(dim_hi(u, count) * slot);
	vec_push(u->arena, &c->args, text);
}

static dim result_size(struct unit *u, const struct value *v)
{
	dim d = v->shape.d[v->shape.rank - 1];

	return dim_is_found(u, d, v) ? d : 0;
}

static dim elements(struct unit *u, const struct node *n)
{
	return shape_count(u, &node_in(n, 0)->shape);
}

/* -- JoinStrings ------------------------------------------------------------------------- */

bool accept_strings(struct unit *u, const struct node *n, const struct target *t,
		    const char **reason)
{
	(void)u;
	(void)t;
	return makes_strings(u, n, reason);
}

void build_strings(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	struct edgert_strings p = { elements(u, n), u->string_length + 1 };

	(void)t;
	call_params(u, c, "edgert_strings", strings_rows, ARRAY_LEN(strings_rows), &p);
	for (int k = 0; k < n->n_in; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, node_out(n, 0), true);
	call_slots(u, c, node_out(n, 0), p.slot, 0);
}

/* -- NormalizeStrings -------------------------------------------------------------------- */

bool accept_normalizer(struct unit *u, const struct node *n, const struct target *t,
		       const char **reason)
{
	const struct string_normalizer_attrs *a = n->attrs;

	(void)u;
	(void)t;
	*reason = "addresses of strings";
	return a->case_change_action == 0 || makes_strings(u, n, reason);
}

void build_normalizer(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct string_normalizer_attrs *a = n->attrs;
	struct edgert_stringnormalizer p = { .count = elements(u, n),
					     .slot = u->string_length + 1,
					     .words = node_in(n, 1)->shape.d[0],
					     .change = a->case_change_action,
					     .sensitive = a->is_case_sensitive };

	(void)t;
	c->result = result_size(u, node_out(n, 0));
	call_params(u, c, "edgert_stringnormalizer", normalizer_rows, ARRAY_LEN(normalizer_rows),
		    &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_in(n, 1), false);
	call_value(u, c, node_out(n, 0), true);
	if (p.change)
		call_slots(u, c, node_in(n, 0), p.slot, 0);
	else
		call_scratch(u, c, 0);
}

/* -- SplitStrings ------------------------------------------------------------------------ */

bool accept_split(struct unit *u, const struct node *n, const struct target *t, const char **reason)
{
	(void)u;
	(void)t;
	return makes_strings(u, n, reason);
}

void build_split(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct string_split_attrs *a = n->attrs;
	const struct value *y = node_out(n, 0);
	struct edgert_stringsplit p = { .count = elements(u, n),
					.slot = u->string_length + 1,
					.parts = y ? dim_hi(u, y->shape.d[y->shape.rank - 1])
						   : INT32_MAX,
					.maxsplit = a->maxsplit };

	(void)t;
	c->result = y ? result_size(u, y) : 0;
	call_params(u, c, "edgert_stringsplit", split_rows, ARRAY_LEN(split_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_in(n, 1), false);
	call_value(u, c, y, true);
	call_value(u, c, node_out(n, 1), true);
	call_slots(u, c, node_in(n, 0), p.slot, 0);
}

/* -- MatchStrings, CutStrings ------------------------------------------------------------ */

static void call_regex_scratch(struct unit *u, struct call *c, const struct node *n,
			       const int64_t *programs, int count)
{
	int64_t words = regex_scratch(node_const(n, 1), programs, count);

	call_scratch(u, c, (size_t)words * sizeof(int64_t));
}

bool accept_match(struct unit *u, const struct node *n, const struct target *t, const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "all states of the pattern at once";
	return true;
}

void build_match(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	struct edgert_strings p = { .count = elements(u, n) };

	(void)t;
	call_params(u, c, "edgert_strings", strings_rows, ARRAY_LEN(strings_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_weights(u, c, node_in(n, 1));
	call_value(u, c, node_out(n, 0), true);
	call_regex_scratch(u, c, n, &(int64_t){ 0 }, 1);
}

bool accept_tokens(struct unit *u, const struct node *n, const struct target *t,
		   const char **reason)
{
	(void)u;
	(void)t;
	return makes_strings(u, n, reason);
}

/* A token of one byte has a NUL behind it: slots are twice as long as strings. */
void build_tokens(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct tokens_attrs *a = n->attrs;
	const struct value *y = node_out(n, 0);
	struct edgert_tokenizer p = { .count = elements(u, n),
				      .slot = 2 * u->string_length + 1,
				      .parts = dim_hi(u, y->shape.d[y->shape.rank - 1]),
				      .mode = a->mode,
				      .mark = a->mark,
				      .least = a->mincharnum,
				      .programs = a->programs.n };

	(void)t;
	c->result = result_size(u, y);
	call_params(u, c, "edgert_tokenizer", tokens_rows, ARRAY_LEN(tokens_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_weights(u, c, node_in(n, 1));
	call_value(u, c, node_in(n, 2), false);
	call_value(u, c, y, true);
	call_slots(u, c, node_in(n, 0), p.slot, 1);
	call_regex_scratch(u, c, n, a->programs.p, a->programs.n);
}

/* -- NumberText, TextNumber -------------------------------------------------------------- */

bool accept_number_text(struct unit *u, const struct node *n, const struct target *t,
			const char **reason)
{
	(void)u;
	(void)t;
	return makes_strings(u, n, reason);
}

bool accept_text_number(struct unit *u, const struct node *n, const struct target *t,
			const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "exact conversion";
	return true;
}

static void call_numbers(struct unit *u, const struct node *n, enum dtype t, struct call *c)
{
	struct edgert_number_text p = { elements(u, n), u->string_length + 1, number_kind(t) };

	call_params(u, c, "edgert_number_text", number_rows, ARRAY_LEN(number_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_out(n, 0), true);
}

void build_number_text(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	(void)t;
	call_numbers(u, n, node_in(n, 0)->type, c);
	call_slots(u, c, node_out(n, 0), u->string_length + 1, 0);
}

void build_text_number(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	(void)t;
	call_numbers(u, n, node_out(n, 0)->type, c);
}
