/* ms_tokens.c - com.microsoft's operators of words and tokens: repetitions, hashes, embeddings of letters. */
#include "ms.h"

#include <math.h>

/* -- NGramRepeatBlock ---------------------------------------------------------------------- */

struct ngram_attrs {
	int64_t ngram_size;
};
static const struct attr_row ngram_rows[] = { { ATTR(struct ngram_attrs, ngram_size),
						.kind = ATTR_INT, .required = true, .lo = 1,
						.hi = INT32_MAX },
					      A_END };

/* int64 [batch, length - size + 1]: which token would repeat the n-gram that begins there; -1: none, as its first tokens
 * are not the last ones. */
static uint32_t repeated(struct fused *f, int64_t size)
{
	const struct shape *x = fused_shape(f, f->n->in[0]);
	struct shape s = { .rank = 2, .d = { x->d[0] } };
	const struct tir *k, *here, *last, *same, *next;
	struct fused_loops w;

	s.d[1] = dim_max(f->u, dim_diff(f->u, x->d[1], size - 1), 0);
	fused_loops_begin(f, &w, 1, f->n->in, DT_I64, &s);
	k = tir_var(&w.b, size - 1, "k");
	here = tir_load(&w.b, 0, (const struct tir *[]){ w.idx[0], tir_add(&w.b, w.idx[1], k) });
	last = tir_add(&w.b, tir_affine(&w.b, tir_dim(&w.b, x->d[1]), 1, 1 - size), k);
	last = tir_load(&w.b, 0, (const struct tir *[]){ w.idx[0], last });
	same = tir_reduce(&w.b, REDUCE_AND, 1, &k, tir_eq(&w.b, here, last));
	next = tir_affine(&w.b, w.idx[1], 1, size - 1);
	next = tir_load(&w.b, 0, (const struct tir *[]){ w.idx[0], next });
	if (size == 1)
		same = tir_bool(&w.b, true);
	return fused_loops_end(&w, tir_select(&w.b, same, next, tir_int(&w.b, DT_I64, -1)));
}

static void make_ngram(struct fused *f, uint32_t *out)
{
	const struct ngram_attrs *a = f->n->attrs;
	const struct shape *scores = fused_shape(f, f->n->in[1]);
	uint32_t found;
	const struct tir *i, *any;
	struct fused_loops w;

	if (!fused_rank(f, f->n->in[0], "input_ids", 2, 2) ||
	    !fused_rank(f, f->n->in[1], "scores", 2, 2))
		return;
	if (!dim_assume_equal(f->u, fused_shape(f, f->n->in[0])->d[0], scores->d[0], NULL)) {
		fused_error(f, "input_ids and scores must have as many rows");
		return;
	}
	if (dim_hi(f->u, fused_shape(f, f->n->in[0])->d[1]) < a->ngram_size) {
		out[0] = fused1(f, "Identity", NULL, f->n->in[1]);
		return;
	}
	found = repeated(f, a->ngram_size);
	fused_loops_begin(f, &w, 2, (uint32_t[]){ f->n->in[1], found }, DT_F32, scores);
	i = tir_var(&w.b, fused_shape(f, found)->d[1], "i");
	any = tir_load(&w.b, 1, (const struct tir *[]){ w.idx[0], i });
	any = tir_eq(&w.b, any, tir_cast(&w.b, DT_I64, w.idx[1]));
	any = tir_reduce(&w.b, REDUCE_OR, 1, &i, any);
	out[0] = fused_loops_end(&w, tir_select(&w.b, any, tir_float(&w.b, DT_F32, -INFINITY),
						tir_load(&w.b, 0, w.idx)));
}
FUSED_OP(ngram)

/* -- MurmurHash3 (x86, 32 bits), of an element's bytes --------------------------------------- */

struct hash_attrs {
	int64_t positive, seed;
};
static const struct attr_row hash_rows[] = { A_FLAG(struct hash_attrs, positive, 1),
					     A_RANGE(struct hash_attrs, seed, 0, 0, UINT32_MAX),
					     A_END };

static const struct tir *word(struct tir_builder *b, uint32_t v)
{
	return tir_int(b, DT_U32, v);
}

static const struct tir *shifted(struct tir_builder *b, enum tir_kind kind, const struct tir *x,
				 uint32_t by)
{
	return tir_binary(b, kind, x, word(b, by));
}

static const struct tir *rotated(struct tir_builder *b, const struct tir *x, uint32_t by)
{
	return tir_or(b, shifted(b, TIR_SHL, x, by), shifted(b, TIR_SHR, x, 32 - by));
}

static const struct tir *xor_shift(struct tir_builder *b, const struct tir *x, uint32_t by)
{
	return tir_binary(b, TIR_XOR, x, shifted(b, TIR_SHR, x, by));
}

static const struct tir *mixed(struct tir_builder *b, const struct tir *h, const struct tir *k)
{
	k = tir_mul(b, rotated(b, tir_mul(b, k, word(b, 0xcc9e2d51)), 15), word(b, 0x1b873593));
	h = rotated(b, tir_binary(b, TIR_XOR, h, k), 13);
	return tir_add(b, tir_mul(b, h, word(b, 5)), word(b, 0xe6546b64));
}

static void make_hash(struct fused *f, uint32_t *out)
{
	const struct hash_attrs *a = f->n->attrs;
	enum dtype t = value_of(f->u, f->n->in[0])->type;
	bool wide = dtype_size(t) == 8;
	struct cast_attrs bits = { .to = wide ? DT_U64 : DT_U32 };
	uint32_t in = f->n->in[0];
	const struct tir *x, *h;
	struct fused_loops w;
	struct tir_builder *b = &w.b;

	if (dtype_is_float(t))
		in = fused1(f, "BitCast", &bits, in);
	if (f->failed)
		return;
	fused_loops_begin(f, &w, 1, &in, a->positive ? DT_U32 : DT_I32, fused_shape(f, in));
	x = tir_cast(b, wide ? DT_U64 : DT_U32, tir_load(b, 0, w.idx));
	h = mixed(b, word(b, (uint32_t)a->seed), tir_cast(b, DT_U32, x));
	if (wide)
		h = mixed(b, h,
			  tir_cast(b, DT_U32, tir_binary(b, TIR_SHR, x, tir_int(b, DT_U64, 32))));
	h = tir_binary(b, TIR_XOR, h, word(b, wide ? 8 : 4));
	h = tir_mul(b, xor_shift(b, h, 16), word(b, 0x85ebca6b));
	h = tir_mul(b, xor_shift(b, h, 13), word(b, 0xc2b2ae35));
	h = xor_shift(b, h, 16);
	out[0] = fused_loops_end(&w, a->positive ? h : tir_cast(b, DT_I32, h));
}
FUSED_OP(hash)

/* -- WordConvEmbedding ---------------------------------------------------------------------- */

struct word_attrs {
	int64_t char_embedding_size, conv_window_size, embedding_size;
};
static const struct attr_row word_rows[] = {
	A_INT(struct word_attrs, char_embedding_size, -1),
	A_INT(struct word_attrs, conv_window_size, -1),
	A_INT(struct word_attrs, embedding_size, -1),
	A_END,
};
enum { WORDS, FILTERS, FILTER_BIAS, LETTERS, LENGTHS };

static bool word_sizes_fit(struct fused *f)
{
	const struct word_attrs *a = f->n->attrs;
	const struct shape *s = fused_shape(f, f->n->in[WORDS]);
	const struct shape *w = fused_shape(f, f->n->in[FILTERS]);
	const struct shape *bias = fused_shape(f, f->n->in[FILTER_BIAS]);
	const struct shape *letters = fused_shape(f, f->n->in[LETTERS]);

	if (!fused_rank(f, f->n->in[WORDS], "Sequence", 2, 2) ||
	    !fused_rank(f, f->n->in[FILTERS], "W", 4, 4) ||
	    !fused_rank(f, f->n->in[FILTER_BIAS], "B", 1, 1) ||
	    !fused_rank(f, f->n->in[LETTERS], "C", 2, 2))
		return false;
	if (!shape_is_const(w) || !dim_is_const(s->d[1]) || w->d[1] != 1 || w->d[2] > s->d[1] ||
	    w->d[2] < 1 || !dim_assume_equal(f->u, bias->d[0], w->d[0], NULL) ||
	    !dim_assume_equal(f->u, letters->d[1], w->d[3], NULL) ||
	    (a->char_embedding_size != -1 && a->char_embedding_size != w->d[3]) ||
	    (a->conv_window_size != -1 && a->conv_window_size != w->d[2]) ||
	    (a->embedding_size != -1 && a->embedding_size != w->d[0]))
		fused_error(f, "the sizes of Sequence, W, B, C and of the attributes do not fit");
	return !f->failed;
}

/* int32 [words]: letters that are not 0; 0 when the first one is. */
static uint32_t word_lengths(struct fused *f)
{
	const struct shape *s = fused_shape(f, f->n->in[WORDS]);
	struct shape lengths = { .rank = 1, .d = { s->d[0] } };
	const struct tir *c, *n, *zero, *first;
	struct fused_loops w;

	fused_loops_begin(f, &w, 1, f->n->in, DT_I32, &lengths);
	zero = tir_int(&w.b, DT_I32, 0);
	c = tir_var(&w.b, s->d[1], "c");
	n = tir_load(&w.b, 0, (const struct tir *[]){ w.idx[0], c });
	n = tir_cast(&w.b, DT_I32, tir_lt(&w.b, zero, n));
	n = tir_reduce(&w.b, REDUCE_SUM, 1, &c, n);
	first = tir_load(&w.b, 0, (const struct tir *[]){ w.idx[0], tir_index(&w.b, 0) });
	return fused_loops_end(&w, tir_select(&w.b, tir_lt(&w.b, zero, first), n, zero));
}

/* The greatest tanh(filter . letters + bias) of the windows that the word fills; it counts as at least one. 0 for no
 * word. */
static void make_word(struct fused *f, uint32_t *out)
{
	const struct shape *w = fused_shape(f, f->n->in[FILTERS]);
	struct shape s = { .rank = 2 };
	const struct tir *at, *tap[2], *x, *length, *windows, *letter;
	struct fused_loops l;
	struct tir_builder *b = &l.b;

	if (!word_sizes_fit(f))
		return;
	s.d[0] = fused_shape(f, f->n->in[WORDS])->d[0];
	s.d[1] = w->d[0];
	fused_loops_begin(
		f, &l, 5,
		(uint32_t[]){ f->n->in[0], f->n->in[1], f->n->in[2], f->n->in[3], word_lengths(f) },
		DT_F32, &s);
	at = tir_var(b, fused_shape(f, f->n->in[WORDS])->d[1] - w->d[2] + 1, "at");
	tap[0] = tir_var(b, w->d[2], "h");
	tap[1] = tir_var(b, w->d[3], "c");
	letter = tir_load(b, WORDS, (const struct tir *[]){ l.idx[0], tir_add(b, at, tap[0]) });
	letter = tir_data_index(b, letter, fused_shape(f, f->n->in[LETTERS])->d[0]);
	x = tir_load(b, LETTERS, (const struct tir *[]){ letter, tap[1] });
	x = tir_mul(b, x,
		    tir_load(b, FILTERS,
			     (const struct tir *[]){ l.idx[1], tir_index(b, 0), tap[0], tap[1] }));
	x = tir_reduce(b, REDUCE_SUM, 2, tap, x);
	x = tir_unary(b, TIR_TANH, tir_add(b, x, tir_load(b, FILTER_BIAS, &l.idx[1])));
	length = tir_load(b, LENGTHS, &l.idx[0]);
	windows = tir_max(b, tir_sub(b, length, tir_int(b, DT_I32, w->d[2] - 1)),
			  tir_int(b, DT_I32, 1));
	x = tir_select(b, tir_lt(b, tir_cast(b, DT_I32, at), windows), x,
		       tir_float(b, DT_F32, -INFINITY));
	x = tir_reduce(b, REDUCE_MAX, 1, &at, x);
	out[0] = fused_loops_end(&l, tir_select(b, tir_lt(b, tir_int(b, DT_I32, 0), length), x,
						tir_float(b, DT_F32, 0)));
}
FUSED_OP(word)

const struct op ops_ms_tokens[] = {
	{ MS_OP("NGramRepeatBlock", ngram, "input_ids:int64 scores:float -> scores_out:float", "",
		"scores, minus infinity for tokens that would repeat an n-gram"),
	  MS_ATTRS(ngram_rows, ngram_attrs) },
	{ MS_OP("MurmurHash3", hash, "X:T1 -> Y:T2",
		"T1=uint32,int32,uint64,int64,float,double T2=uint32,int32",
		"the 32-bit hash of each element's bytes"),
	  MS_ATTRS(hash_rows, hash_attrs) },
	{ MS_OP("WordConvEmbedding", word, "Sequence:int32 W:float B:float C:float -> Y:float", "",
		"words embedded by a convolution over their letters"),
	  MS_ATTRS(word_rows, word_attrs) },
	{ .name = NULL }
};
