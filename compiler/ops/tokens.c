/* tokens.c - regular expressions on strings: RegexFullMatch, and com.microsoft's Tokenizer. */
#include "../../runtime/kernels/ref/regex.h"
#include "regex.h"
#include "string_ops.h"

#include <string.h>

static uint32_t words_input(struct node *n, const regex_words *words)
{
	struct shape s = { .rank = 1, .d = { (dim)words->n } };
	struct constant *c;
	void *data;

	c = constant_new(n->graph->unit->arena, DT_I32, &s, &data);
	if (words->n)
		memcpy(data, words->p, words->n * sizeof *words->p);
	return graph_constant(n->graph, NULL, c)->id;
}

int64_t regex_scratch(const struct constant *words, const int64_t *programs, int count)
{
	int64_t most = 0;

	for (int k = 0; k < count; k++)
		if (constant_i64(words, programs[k]) > most)
			most = constant_i64(words, programs[k]);
	return most * EDGERT_REGEX_SCRATCH;
}

/* -- RegexFullMatch ------------------------------------------------------------------------ */

struct match_attrs {
	const char *pattern;
};
static const struct attr_row match_rows[] = {
	{ ATTR(struct match_attrs, pattern), .kind = ATTR_STRING, .def_string = "" }, A_END
};

/* The program becomes an input. */
static bool upgrade_match(struct unit *u, struct node *n)
{
	const struct match_attrs *a = n->attrs;
	regex_words words = { 0 };
	uint32_t in[2] = { n->in[0] };

	if (!regex_compile(u, n, a->pattern, &words))
		return false;
	in[1] = words_input(n, &words);
	upgrade_become(n, "edgecc.MatchStrings", NULL, 2, in);
	return true;
}

void edgert_regexfullmatch_any__ref(const struct edgert_strings *p, const edgert_string *x,
				    const int32_t *program, unsigned char *y, void *scratch);

static bool eval_match(struct unit *u, const struct node *n, const struct constant *const *in,
		       struct constant **out)
{
	struct edgert_strings p = { .count = shape_elements(&in[0]->shape) };
	int64_t scratch = regex_scratch(in[1], &(int64_t){ 0 }, 1);
	void *data;

	(void)n;
	out[0] = constant_new(u->arena, DT_BOOL, &in[0]->shape, &data);
	edgert_regexfullmatch_any__ref(
		&p, in[0]->strings, constant_aligned(u, in[1]), data,
		arena_alloc_array(u->arena, (size_t)scratch, sizeof(edgert_int)));
	return true;
}

/* -- Tokenizer ----------------------------------------------------------------------------- */

struct tokenizer_attrs {
	int64_t mark, mincharnum;
	const char *pad_value, *tokenexp;
	struct strings separators;
};
static const struct attr_row tokenizer_rows[] = {
	{ ATTR(struct tokenizer_attrs, mark), .kind = ATTR_INT, .required = true, .hi = 1 },
	{ ATTR(struct tokenizer_attrs, mincharnum), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct tokenizer_attrs, pad_value), .kind = ATTR_STRING, .required = true },
	{ ATTR(struct tokenizer_attrs, tokenexp), .kind = ATTR_STRING },
	{ ATTR(struct tokenizer_attrs, separators), .kind = ATTR_STRINGS },
	A_END
};
static const struct attr_row tokens_rows[] = { A_INT(struct tokens_attrs, mark, 0),
					       A_INT(struct tokens_attrs, mincharnum, 1),
					       A_INT(struct tokens_attrs, mode, 0),
					       A_INTS(struct tokens_attrs, programs), A_END };

/* Patterns become programs, one behind the other, behind a table of their places. */
static bool upgrade_tokenizer(struct unit *u, struct node *n)
{
	const struct tokenizer_attrs *a = n->attrs;
	const char *const *patterns = a->separators.n ? a->separators.p : &a->tokenexp;
	int count = a->separators.n ? a->separators.n : 1;
	bool characters = a->separators.n == 1 && !a->separators.p[0][0];
	struct tokens_attrs t = { .mark = a->mark, .mincharnum = a->mincharnum };
	struct shape one = { .rank = 0 };
	regex_words words = { 0 };
	uint32_t in[3] = { n->in[0] };
	struct constant *pad;
	int64_t *programs;
	void *data;

	if ((a->separators.n > 0) == (a->tokenexp != NULL))
		return node_error(u, n, "needs either separators or tokenexp");
	t.mode = characters        ? EDGERT_TOKENS_CHARACTERS
		 : a->separators.n ? EDGERT_TOKENS_SEPARATED
				   : EDGERT_TOKENS_MATCHED;
	count = characters ? 0 : count;
	programs = arena_array(u->arena, int64_t, (size_t)count + 1);
	for (int k = 0; k < count; k++)
		vec_push(u->arena, &words, 0);
	for (int k = 0; k < count; k++) {
		words.p[k] = (int32_t)words.n;
		programs[k] = words.p[k];
		if (!patterns[k][0])
			return node_error(u, n, "pattern %d is empty", k);
		if (!regex_compile(u, n, patterns[k], &words))
			return false;
	}
	t.programs = (struct ints){ programs, count };
	pad = constant_new(u->arena, DT_STRING, &one, &data);
	*(const char **)data = a->pad_value;
	in[1] = words_input(n, &words);
	in[2] = graph_constant(n->graph, NULL, pad)->id;
	upgrade_become(n, "edgecc.CutStrings", &t, 3, in);
	return true;
}

/* The most tokens of a string of that length. */
static int64_t most_tokens(const struct tokens_attrs *a, int64_t length)
{
	int64_t most = a->mode == EDGERT_TOKENS_SEPARATED ? (length + 1) / 2 : length;

	return most + (a->mark ? 2 : 0);
}

static bool infer_tokens(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0);
	struct shape s = x->shape;

	if (!infer_need_rank(u, n, x, "X", 1, 2))
		return false;
	s.d[s.rank] = dim_size(u, n->out[0], s.rank,
			       most_tokens(n->attrs, x->constant ? longest_string(x->constant)
								 : u->string_length));
	s.rank++;
	set_shape(node_out(n, 0), &s);
	return true;
}

edgert_int edgert_tokenizer_any__ref(const struct edgert_tokenizer *p, const edgert_string *x,
				     const int32_t *programs, const edgert_string *pad,
				     edgert_string *y, void *text, void *scratch);

static bool eval_tokens(struct unit *u, const struct node *n, const struct constant *const *in,
			struct constant **out)
{
	const struct tokens_attrs *a = n->attrs;
	int64_t longest = longest_string(in[0]);
	int64_t scratch = regex_scratch(in[1], a->programs.p, a->programs.n);
	struct edgert_tokenizer p = { .count = shape_elements(&in[0]->shape),
				      .slot = 2 * longest + 1,
				      .parts = most_tokens(a, longest),
				      .mode = a->mode,
				      .mark = a->mark,
				      .least = a->mincharnum,
				      .programs = a->programs.n };
	struct shape s = in[0]->shape;
	void *data;

	s.d[s.rank++] = p.parts;
	out[0] = constant_new(u->arena, DT_STRING, &s, &data);
	s.d[s.rank - 1] = edgert_tokenizer_any__ref(
		&p, in[0]->strings, constant_aligned(u, in[1]), in[2]->strings, data,
		string_slots(u, p.count, p.slot),
		arena_alloc_array(u->arena, (size_t)scratch + 1, sizeof(edgert_int)));
	constant_shrunk(out[0], &s);
	return true;
}

#define PATTERN_LIMIT "a class of Unicode is not supported"

const struct op ops_tokens[] = {
	{ .name = "RegexFullMatch",
	  .since = 20,
	  .sig = "X:string -> Y:bool",
	  .attrs = match_rows,
	  .attrs_size = sizeof(struct match_attrs),
	  .upgrade = upgrade_match,
	  .doc = "which strings a regular expression of RE2's matches as a whole",
	  .limits = PATTERN_LIMIT },
	{ .name = "MatchStrings",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:string program:int32 -> Y:bool",
	  .flags = OP_INTERNAL,
	  .infer = infer_like_input0,
	  .eval = eval_match,
	  .doc = "which strings the program of a regular expression matches" },
	{ .name = "Tokenizer",
	  .domain = DOMAIN_MS,
	  .since = 1,
	  .sig = "X:string -> Y:string",
	  .attrs = tokenizer_rows,
	  .attrs_size = sizeof(struct tokenizer_attrs),
	  .upgrade = upgrade_tokenizer,
	  .doc = "strings cut into tokens, by separators or by what tokens look like, expressions of RE2's",
	  .limits = PATTERN_LIMIT },
	{ .name = "CutStrings",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:string programs:int32 pad:string -> Y:string",
	  .attrs = tokens_rows,
	  .attrs_size = sizeof(struct tokens_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_tokens,
	  .eval = eval_tokens,
	  .doc = "strings cut into tokens by the programs of regular expressions" },
	{ .name = NULL }
};
