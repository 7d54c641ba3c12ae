/* strings.c - operators that make strings of strings: StringConcat, StringNormalizer, StringSplit. */
#include "string_ops.h"

#include <string.h>

/* -- computing while compiling ------------------------------------------------------------- */

int64_t longest_string(const struct constant *c)
{
	int64_t most = 0;

	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		if ((int64_t)strlen(c->strings[i]) > most)
			most = (int64_t)strlen(c->strings[i]);
	return most;
}

void *string_slots(struct unit *u, int64_t count, int64_t slot)
{
	return arena_alloc_array(u->arena, (size_t)count + 1, (size_t)slot);
}

/* -- StringConcat -------------------------------------------------------------------------- */

/* Both inputs in the output's shape, for kernels that know no broadcasting. */
static bool expand_concat(struct unit *u, struct node *n)
{
	uint32_t in[2], sum;

	for (int k = 0; k < 2; k++) {
		in[k] = n->in[k];
		if (!shape_equal(&node_in(n, k)->shape, &node_out(n, 0)->shape))
			in[k] = graph_build2(n, "Expand", NULL, in[k],
					     graph_build1(n, "Shape", NULL,
							  graph_build3(n, "Where", NULL,
								       new_scalar(n, DT_BOOL, 1),
								       n->in[0], n->in[1])));
	}
	sum = graph_build2(n, "edgecc.JoinStrings", NULL, in[0], in[1]);
	expand_output(u, n, 0, sum);
	return true;
}

static bool eval_concat(struct unit *u, const struct node *n, const struct constant *const *in,
			struct constant **out)
{
	const char **z;
	void *data;

	(void)n;
	out[0] = constant_new(u->arena, DT_STRING, &in[0]->shape, &data);
	z = data;
	for (int64_t i = 0; i < shape_elements(&in[0]->shape); i++)
		z[i] = arena_printf(u->arena, "%s%s", in[0]->strings[i], in[1]->strings[i]);
	return true;
}

/* -- StringNormalizer ---------------------------------------------------------------------- */

static const char *const case_names[] = { "NONE", "LOWER", "UPPER", NULL };
static const struct attr_row normalizer_rows[] = {
	A_ENUM(struct string_normalizer_attrs, case_change_action, case_names, 0),
	A_FLAG(struct string_normalizer_attrs, is_case_sensitive, 0),
	{ ATTR(struct string_normalizer_attrs, locale), .kind = ATTR_STRING },
	{ ATTR(struct string_normalizer_attrs, stopwords), .kind = ATTR_STRINGS },
	A_END
};

/* Stop words become an input, which a kernel reads. */
static bool upgrade_normalizer(struct unit *u, struct node *n)
{
	struct string_normalizer_attrs a = *(const struct string_normalizer_attrs *)n->attrs;
	struct shape s = { .rank = 1, .d = { a.stopwords.n } };
	uint32_t in[2] = { n->in[0] };
	struct constant *c;
	void *data;

	c = constant_new(u->arena, DT_STRING, &s, &data);
	if (a.stopwords.n)
		memcpy(data, a.stopwords.p, (size_t)a.stopwords.n * sizeof *a.stopwords.p);
	in[1] = graph_constant(n->graph, NULL, c)->id;
	a.stopwords = (struct strings){ 0 };
	upgrade_become(n, "edgecc.NormalizeStrings", &a, 2, in);
	return true;
}

static bool infer_normalizer(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	dim most;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 1, 2))
		return false;
	if (s.rank == 2 && !dim_assume_equal(u, s.d[0], 1, NULL))
		return node_error(u, n, "X is %s, must be [C] or [1,C]",
				  shape_text(u, &node_in(n, 0)->shape));
	most = dim_max(u, s.d[s.rank - 1], 1);
	s.d[0] = 1;
	s.d[s.rank - 1] = node_in(n, 1)->shape.d[0] == 0
				  ? most
				  : dim_size(u, n->out[0], s.rank - 1, dim_hi(u, most));
	set_shape(node_out(n, 0), &s);
	return true;
}

edgert_int edgert_stringnormalizer_any__ref(const struct edgert_stringnormalizer *p,
					    const edgert_string *x, const edgert_string *words,
					    edgert_string *y, void *text);

static bool eval_normalizer(struct unit *u, const struct node *n, const struct constant *const *in,
			    struct constant **out)
{
	const struct string_normalizer_attrs *a = n->attrs;
	struct edgert_stringnormalizer p = { .count = shape_elements(&in[0]->shape),
					     .slot = 2 * longest_string(in[0]) + 1,
					     .words = shape_elements(&in[1]->shape),
					     .change = a->case_change_action,
					     .sensitive = a->is_case_sensitive };
	struct shape s = in[0]->shape;
	void *data;

	s.d[s.rank - 1] = p.count ? p.count : 1;
	out[0] = constant_new(u->arena, DT_STRING, &s, &data);
	s.d[s.rank - 1] = edgert_stringnormalizer_any__ref(&p, in[0]->strings, in[1]->strings, data,
							   string_slots(u, p.count, p.slot));
	constant_shrunk(out[0], &s);
	return true;
}

/* -- StringSplit --------------------------------------------------------------------------- */

static const struct attr_row split_rows[] = { { ATTR(struct string_split_attrs, delimiter),
						.kind = ATTR_STRING, .def_string = "" },
					      A_INT(struct string_split_attrs, maxsplit, -1),
					      A_END };

static bool upgrade_split(struct unit *u, struct node *n)
{
	const struct string_split_attrs a = *(const struct string_split_attrs *)n->attrs;
	struct shape s = { .rank = 1, .d = { 1 } };
	uint32_t in[2] = { n->in[0] };
	struct constant *c;
	void *data;

	c = constant_new(u->arena, DT_STRING, &s, &data);
	*(const char **)data = a.delimiter;
	in[1] = graph_constant(n->graph, NULL, c)->id;
	upgrade_become(n, "edgecc.SplitStrings", &a, 2, in);
	return true;
}

/* The most parts that a string of that length has. */
static int64_t most_parts(const struct string_split_attrs *a, int64_t length)
{
	int64_t width = (int64_t)strlen(a->delimiter);
	int64_t most = width ? length / width + 1 : (length + 1) / 2;

	return a->maxsplit >= 0 && a->maxsplit < most ? a->maxsplit + 1 : most;
}

static bool infer_split(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0);
	struct shape s = x->shape;

	if (!infer_need_rank(u, n, x, "X", 0, RANK_MAX - 1))
		return false;
	if (node_out(n, 1))
		set_shape(node_out(n, 1), &s);
	if (!node_out(n, 0))
		return true;
	s.d[s.rank] = dim_size(
		u, n->out[0], s.rank,
		most_parts(n->attrs, x->constant ? longest_string(x->constant) : u->string_length));
	s.rank++;
	set_shape(node_out(n, 0), &s);
	return true;
}

edgert_int edgert_stringsplit_any__ref(const struct edgert_stringsplit *p, const edgert_string *x,
				       const edgert_string *d, edgert_string *y, int64_t *lengths,
				       void *text);

static bool eval_split(struct unit *u, const struct node *n, const struct constant *const *in,
		       struct constant **out)
{
	const struct string_split_attrs *a = n->attrs;
	int64_t longest = longest_string(in[0]);
	struct edgert_stringsplit p = { .count = shape_elements(&in[0]->shape),
					.slot = longest + 1,
					.parts = most_parts(a, longest),
					.maxsplit = a->maxsplit };
	struct shape s = in[0]->shape;
	struct constant *y, *lengths;
	void *data[2];

	lengths = constant_new(u->arena, DT_I64, &s, &data[1]);
	s.d[s.rank++] = p.parts;
	y = constant_new(u->arena, DT_STRING, &s, &data[0]);
	s.d[s.rank - 1] = edgert_stringsplit_any__ref(&p, in[0]->strings, in[1]->strings, data[0],
						      data[1], string_slots(u, p.count, p.slot));
	out[0] = constant_shrunk(y, &s);
	if (n->n_out > 1)
		out[1] = lengths;
	return true;
}

const struct op ops_strings[] = {
	{ .name = "StringConcat",
	  .since = 20,
	  .sig = "X:string Y:string -> Z:string",
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_broadcast,
	  .expand = expand_concat,
	  .doc = "X and Y one behind the other" },
	{ .name = "JoinStrings",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:string Y:string -> Z:string",
	  .flags = OP_INTERNAL,
	  .infer = infer_like_input0,
	  .eval = eval_concat,
	  .doc = "X and Y, of one shape, one behind the other" },
	{ .name = "StringNormalizer",
	  .since = 10,
	  .sig = "X:string -> Y:string",
	  .attrs = normalizer_rows,
	  .attrs_size = sizeof(struct string_normalizer_attrs),
	  .upgrade = upgrade_normalizer,
	  .doc = "strings without stop words, in another case by Unicode's simple mappings, whatever the locale" },
	{ .name = "NormalizeStrings",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:string words:string -> Y:string",
	  .attrs = normalizer_rows,
	  .attrs_size = sizeof(struct string_normalizer_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_normalizer,
	  .eval = eval_normalizer,
	  .doc = "X without the words, in another case" },
	{ .name = "StringSplit",
	  .since = 20,
	  .sig = "X:string -> Y?:string Z?:int64",
	  .attrs = split_rows,
	  .attrs_size = sizeof(struct string_split_attrs),
	  .upgrade = upgrade_split,
	  .doc = "the parts of each string between delimiters, and how many they are" },
	{ .name = "SplitStrings",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:string delimiter:string -> Y?:string Z?:int64",
	  .attrs = split_rows,
	  .attrs_size = sizeof(struct string_split_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_split,
	  .eval = eval_split,
	  .doc = "the parts of each string between delimiters, and how many they are" },
	{ .name = NULL }
};
