/* vectorize.c - TfIdfVectorizer: how often each n-gram of a pool occurs in a row.
 *
 *	count[k] = number of (s, i) for which x[i + j (s + 1)] is element j of n-gram k, for all j
 *
 * with skips s from 0 to max_skip_count (one element has none). */
#include "family.h"

#include <string.h>

enum { MODE_TF, MODE_IDF, MODE_TFIDF };
static const char *const mode_names[] = { "TF", "IDF", "TFIDF", NULL };
struct tfidf_attrs {
	int mode;
	int64_t max_gram_length, min_gram_length, max_skip_count;
	struct ints ngram_counts, ngram_indexes, pool_int64s;
	struct strings pool_strings;
	struct floats weights;
};
#define NEEDED(F, KIND)                                                                            \
	{                                                                                          \
		ATTR(struct tfidf_attrs, F), .kind = KIND, .required = true                        \
	}
static const struct attr_row tfidf_rows[] = {
	{ ATTR(struct tfidf_attrs, mode), .kind = ATTR_ENUM, .choices = mode_names,
	  .required = true },
	{ ATTR(struct tfidf_attrs, max_gram_length), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct tfidf_attrs, min_gram_length), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct tfidf_attrs, max_skip_count), .kind = ATTR_INT, .required = true, .lo = 0,
	  .hi = INT32_MAX },
	NEEDED(ngram_counts, ATTR_INTS),
	{ ATTR(struct tfidf_attrs, ngram_indexes), .kind = ATTR_INTS, .required = true, .lo = 0,
	  .hi = INT32_MAX },
	{ ATTR(struct tfidf_attrs, pool_int64s), .kind = ATTR_INTS },
	{ ATTR(struct tfidf_attrs, pool_strings), .kind = ATTR_STRINGS },
	{ ATTR(struct tfidf_attrs, weights), .kind = ATTR_FLOATS },
	A_END
};

/* The pool by output column: element j of column o is [o * width + j], and o has lengths[o] elements (0: no
 * n-gram that counts). */
struct grams {
	int64_t columns;
	int width;
	int64_t *lengths, *ints;
	const char **strings;
	float *weights;
};

static int64_t column_count(const struct tfidf_attrs *a)
{
	int64_t most = -1;

	for (int i = 0; i < a->ngram_indexes.n; i++)
		most = a->ngram_indexes.p[i] > most ? a->ngram_indexes.p[i] : most;
	return most + 1;
}

/* The n-gram of length n that starts at pool[at], as number k of all. */
static bool add_gram(struct unit *u, const struct node *nd, struct grams *g, int n, int64_t at,
		     int k)
{
	const struct tfidf_attrs *a = nd->attrs;
	int64_t column;

	if (k >= a->ngram_indexes.n)
		return node_error(u, nd, "ngram_indexes has %d elements, there are more n-grams",
				  a->ngram_indexes.n);
	column = a->ngram_indexes.p[k];
	if (g->weights)
		g->weights[column] = k < a->weights.n ? a->weights.p[k] : 1;
	if (n < a->min_gram_length || n > a->max_gram_length)
		return true;
	if (g->lengths[column])
		return node_error(u, nd, "each n-gram must have an index of its own, two have %lld",
				  (long long)column);
	g->lengths[column] = n;
	for (int j = 0; j < n; j++)
		if (g->strings)
			g->strings[column * g->width + j] = a->pool_strings.p[at + j];
		else
			g->ints[column * g->width + j] = a->pool_int64s.p[at + j];
	return true;
}

static bool read_grams(struct unit *u, const struct node *nd, struct grams *g)
{
	const struct tfidf_attrs *a = nd->attrs;
	bool text = a->pool_strings.n > 0;
	int64_t pool = text ? a->pool_strings.n : a->pool_int64s.n, cells;
	int k = 0;

	g->columns = column_count(a);
	g->width = (int)(a->max_gram_length < a->ngram_counts.n ? a->max_gram_length
								: a->ngram_counts.n);
	cells = g->columns * g->width;
	g->lengths = arena_array(u->arena, int64_t, (size_t)g->columns);
	g->ints = arena_array(u->arena, int64_t, (size_t)cells);
	g->strings = text ? arena_array(u->arena, const char *, (size_t)cells) : NULL;
	g->weights = a->mode != MODE_TF ? arena_array(u->arena, float, (size_t)g->columns) : NULL;
	for (int64_t i = 0; text && i < cells; i++)
		g->strings[i] = "";
	if ((node_in(nd, 0)->type == DT_STRING) != text)
		return node_error(u, nd, "X is %s, the pool has %s",
				  dtype_name(node_in(nd, 0)->type), text ? "strings" : "integers");
	for (int n = 1; n <= a->ngram_counts.n; n++) {
		int64_t from = a->ngram_counts.p[n - 1];
		int64_t to = n < a->ngram_counts.n ? a->ngram_counts.p[n] : pool;

		if (from < 0 || to < from || to > pool || (to - from) % n != 0)
			return node_error(u, nd, "ngram_counts does not cut the pool into n-grams");
		for (int64_t at = from; at < to; at += n)
			if (!add_gram(u, nd, g, n, at, k++))
				return false;
	}
	return true;
}

static bool infer_tfidf(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	struct grams g;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 1, 2) || !read_grams(u, n, &g))
		return false;
	s.d[s.rank - 1] = g.columns;
	set_shape(node_out(n, 0), &s);
	return true;
}

static uint32_t table(struct node *at, enum dtype t, int64_t columns, int64_t width, const void *p)
{
	struct shape s = { .rank = 2, .d = { columns, width } };
	struct constant *c;
	void *data;

	c = constant_new(at->graph->unit->arena, t, &s, &data);
	memcpy(data, p,
	       (size_t)(columns * width) * (t == DT_STRING ? sizeof(char *) : dtype_size(t)));
	return graph_constant(at->graph, NULL, c)->id;
}

enum { SLOT_X, SLOT_POOL, SLOT_LENGTHS, SLOT_WEIGHTS };

/* How often the n-gram of `column` occurs in the row that idx names. */
static const struct tir *occurrences(struct tir_builder *b, const struct node *n,
				     const struct grams *g, const struct tir *const *idx, int rank,
				     dim length)
{
	const struct tfidf_attrs *a = n->attrs;
	const struct tir *column = idx[rank - 1], *i = tir_var(b, length, "i");
	const struct tir *s = tir_var(b, a->max_skip_count + 1, "s"), *zero = tir_index(b, 0);
	const struct tir *at[2] = { column, zero }, *vars[2] = { s, i }, *ok, *here[RANK_MAX];
	const struct tir *len = tir_cast(b, DT_INDEX, tir_load(b, SLOT_LENGTHS, at));

	ok = tir_lt(b, zero, len);
	ok = tir_and(b, ok, tir_or(b, tir_eq(b, s, zero), tir_lt(b, tir_index(b, 1), len)));
	for (int j = 0; j < g->width; j++) {
		const struct tir *pos =
			tir_add(b, i, tir_mul(b, tir_index(b, j), tir_affine(b, s, 1, 1)));
		const struct tir *same, *inside = tir_lt(b, pos, tir_dim(b, length));

		for (int k = 0; k < rank; k++)
			here[k] = k == rank - 1 ? pos : idx[k];
		at[1] = tir_index(b, j);
		same = tir_eq(b, tir_load(b, SLOT_X, here), tir_load(b, SLOT_POOL, at));
		same = tir_select(b, inside, same, tir_bool(b, false));
		ok = tir_select(b, ok, tir_or(b, tir_le(b, len, tir_index(b, j)), same),
				tir_bool(b, false));
	}
	return tir_reduce(b, REDUCE_SUM, 2, vars, tir_cast(b, DT_F32, ok));
}

static bool expand_tfidf(struct unit *u, struct node *n)
{
	const struct tfidf_attrs *a = n->attrs;
	bool text = node_in(n, 0)->type == DT_STRING;
	uint32_t in[4] = { text ? n->in[0] : new_cast(n, DT_I64, n->in[0]) };
	const struct shape x = value_of(u, in[0])->shape;
	const struct tir *idx[RANK_MAX], *at[2], *weight, *count;
	struct tir_stage stage;
	struct tir_builder b;
	struct grams g;
	struct node *m;

	if (!read_grams(u, n, &g))
		return false;
	in[1] = table(n, text ? DT_STRING : DT_I64, g.columns, g.width,
		      text ? (const void *)g.strings : g.ints);
	in[2] = table(n, DT_I64, g.columns, 1, g.lengths);
	in[3] = g.weights ? table(n, DT_F32, g.columns, 1, g.weights) : VALUE_NONE;
	m = new_loops(n, g.weights ? 4 : 3, in, DT_F32, &node_out(n, 0)->shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	count = occurrences(&b, n, &g, idx, x.rank, x.d[x.rank - 1]);
	if (g.weights) {
		at[0] = idx[x.rank - 1];
		at[1] = tir_index(&b, 0);
		weight = tir_load(&b, SLOT_WEIGHTS, at);
		count = a->mode == MODE_TFIDF
				? tir_mul(&b, count, weight)
				: tir_select(&b, tir_lt(&b, tir_number(&b, DT_F32, 0), count),
					     weight, tir_number(&b, DT_F32, 0));
	}
	stage.value = count;
	set_loops(m, &stage);
	expand_output(u, n, 0, m->out[0]);
	return true;
}

const struct op ops_vectorize[] = {
	{ .name = "TfIdfVectorizer",
	  .since = 9,
	  .sig = "X:T -> Y:float",
	  .types = "T=string,int32,int64",
	  .attrs = tfidf_rows,
	  .attrs_size = sizeof(struct tfidf_attrs),
	  .infer = infer_tfidf,
	  .expand = expand_tfidf,
	  .doc = "how often n-grams of a pool occur in each row, weighted",
	  .limits = "each n-gram must have an index of its own" },
	{ .name = NULL }
};
