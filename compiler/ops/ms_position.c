/* ms_position.c - com.microsoft's operators of positions: rotations by three of them, and biases by distance. */
#include "ms.h"

/* -- MRotaryEmbedding: each pair of elements turned by the angle of one of three positions -- */

enum { SECTIONED, INTERLEAVED };
struct mrotary_attrs {
	int64_t interleaved, is_packed_batching, mrope_layout, num_heads, rotary_embedding_dim;
	struct ints mrope_section;
	float scale;
};
static const struct attr_row mrotary_rows[] = {
	A_FLAG(struct mrotary_attrs, interleaved, 0),
	A_FLAG(struct mrotary_attrs, is_packed_batching, 0),
	A_RANGE(struct mrotary_attrs, mrope_layout, SECTIONED, SECTIONED, INTERLEAVED),
	A_RANGE(struct mrotary_attrs, num_heads, 0, 0, INT32_MAX),
	A_RANGE(struct mrotary_attrs, rotary_embedding_dim, 0, 0, INT32_MAX),
	{ ATTR(struct mrotary_attrs, mrope_section), .kind = ATTR_INTS, .required = true, .lo = 0,
	  .hi = INT32_MAX },
	A_FLOAT(struct mrotary_attrs, scale, 1),
	A_END,
};

/* Which of the three positions pair j has. Sectioned: one behind the other; interleaved: the first, but
 * the second and third at each third place as long as their sections last. */
static const struct tir *stream_of(struct tir_builder *b, const struct mrotary_attrs *a,
				   const struct tir *j)
{
	const int64_t *n = a->mrope_section.p;
	const struct tir *s = tir_index(b, 0), *third = tir_floormod(b, j, tir_index(b, 3));

	for (int64_t k = 1; k < 3; k++) {
		const struct tir *mine =
			a->mrope_layout == SECTIONED
				? tir_le(b, tir_index(b, k == 1 ? n[0] : n[0] + n[1]), j)
				: tir_and(b, tir_eq(b, third, tir_index(b, k)),
					  tir_lt(b, j, tir_index(b, 3 * n[k])));

		s = tir_select(b, mine, tir_index(b, k), s);
	}
	return s;
}

/* The lines of a cache, [batch, length, pairs], each pair's by its position. */
static uint32_t gathered(struct fused *f, int cache, const struct shape *s)
{
	struct fused_loops w;
	const struct tir *at[3], *place;

	if (f->failed)
		return VALUE_NONE;
	fused_loops_begin(f, &w, 2, (uint32_t[]){ f->n->in[cache], f->n->in[1] },
			  value_of(f->u, f->n->in[cache])->type, s);
	at[0] = stream_of(&w.b, f->n->attrs, w.idx[2]);
	at[1] = w.idx[0];
	at[2] = w.idx[1];
	place = tir_data_index(&w.b, tir_load(&w.b, 1, at), fused_shape(f, f->n->in[cache])->d[0]);
	return fused_loops_end(&w, tir_load(&w.b, 0, (const struct tir *[]){ place, w.idx[2] }));
}

static void make_mrotary(struct fused *f, uint32_t *out)
{
	const struct mrotary_attrs *a = f->n->attrs;
	struct rotary_attrs r = { a->interleaved, a->num_heads, a->rotary_embedding_dim };
	const struct shape *x = fused_shape(f, f->n->in[0]);
	const struct shape *cache = fused_shape(f, f->n->in[2]);
	const struct shape *places = fused_shape(f, f->n->in[1]);
	struct shape s = { .rank = 3 };

	if (!fused_rank(f, f->n->in[0], "input", 3, 4) ||
	    !fused_rank(f, f->n->in[1], "position_ids", 3, 3) ||
	    !fused_rank(f, f->n->in[2], "cos_cache", 2, 2) ||
	    !fused_rank(f, f->n->in[3], "sin_cache", 2, 2))
		return;
	if (!dim_assume_equal(f->u, cache->d[0], fused_shape(f, f->n->in[3])->d[0], NULL) ||
	    !dim_assume_equal(f->u, cache->d[1], fused_shape(f, f->n->in[3])->d[1], NULL)) {
		fused_error(f, "cos_cache and sin_cache differ in their shapes");
		return;
	}
	if (a->mrope_section.n != 3 || places->d[0] != 3) {
		fused_error(f, "mrope_section must have 3 elements, and position_ids 3 rows");
		return;
	}
	s.d[0] = places->d[1];
	s.d[1] = places->d[2];
	s.d[2] = cache->d[1];
	if (x->rank == 3 && r.num_heads == 0) { /* the cache says how large a head is */
		dim heads = dim_exact_div(f->u, x->d[2], dim_mul(f->u, s.d[2], 2));

		if (!dim_is_const(heads)) {
			fused_error(f, "num_heads is needed");
			return;
		}
		r.num_heads = heads;
	}
	out[0] = fused_op(f, "RotaryEmbedding", &r, 3,
			  (uint32_t[]){ f->n->in[0], gathered(f, 2, &s), gathered(f, 3, &s) });
	if (a->scale != 1)
		out[0] = fused2(
			f, "Mul", NULL, out[0],
			new_scalar(f->n, value_of(f->u, f->n->in[0])->type, (double)a->scale));
}
FUSED_OP(mrotary)

/* -- GemmaRotaryEmbedding: x cos + rotated x sin, of Q and K ------------------------------- */

static void make_gemma(struct fused *f, uint32_t *out)
{
	enum dtype t = value_of(f->u, f->n->in[1])->type;
	uint32_t turn[2];

	for (int i = 0; i < 2; i++) {
		turn[i] = fused_cast(f, t, fused1(f, i ? "Sin" : "Cos", NULL, f->n->in[0]));
		turn[i] = fused_axes(f, "Unsqueeze", turn[i], 1);
	}
	for (int i = 0; i < 2; i++)
		out[i] =
			fused2(f, "Add", NULL, fused2(f, "Mul", NULL, f->n->in[2 * i + 1], turn[0]),
			       fused2(f, "Mul", NULL, f->n->in[2 * i + 2], turn[1]));
}
FUSED_OP(gemma)

/* -- RelativePositionBias: buckets of distances, exact when small, then logarithmic --------- */

struct relative_attrs {
	int64_t is_bidirectional, max_distance;
};
static const struct attr_row relative_rows[] = {
	A_FLAG(struct relative_attrs, is_bidirectional, 0),
	{ ATTR(struct relative_attrs, max_distance), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_END,
};

/* d = key - query. */
static const struct tir *bucket_of(struct tir_builder *b, const struct relative_attrs *a,
				   int64_t buckets, const struct tir *d)
{
	const struct tir *first = tir_index(b, 0), *far, *exact, *x;
	int64_t few;

	if (a->is_bidirectional) {
		buckets /= 2;
		first = tir_select(b, tir_lt(b, tir_index(b, 0), d), tir_index(b, buckets), first);
		d = tir_max(b, d, tir_affine(b, d, -1, 0));
	} else {
		d = tir_max(b, tir_affine(b, d, -1, 0), tir_index(b, 0));
	}
	few = buckets / 2;
	exact = tir_float(b, DT_F32, (double)few);
	x = tir_div(b, tir_cast(b, DT_F32, tir_max(b, d, tir_index(b, 1))), exact);
	far = tir_div(
		b, tir_unary(b, TIR_LOG, x),
		tir_unary(b, TIR_LOG, tir_float(b, DT_F32, (double)a->max_distance / (double)few)));
	far = tir_mul(b, far, tir_float(b, DT_F32, (double)(buckets - few)));
	far = tir_add(b, tir_index(b, few),
		      tir_cast(b, DT_INDEX, tir_max(b, far, tir_float(b, DT_F32, 0))));
	far = tir_min(b, far, tir_index(b, buckets - 1));
	return tir_add(b, first, tir_select(b, tir_lt(b, d, tir_index(b, few)), d, far));
}

/* The table is declared [buckets, heads] but holds head after head. */
static void make_relative(struct fused *f, uint32_t *out)
{
	const struct relative_attrs *a = f->n->attrs;
	const struct shape *table = fused_shape(f, f->n->in[0]);
	struct shape s = { .rank = 4, .d = { 1 } };
	struct fused_loops w;
	const struct tir *at[2];
	const dim *length;
	uint32_t flat;
	int count;

	if (!fused_rank(f, f->n->in[0], "bias_table", 2, 2))
		return;
	if (!shape_is_const(table) || table->d[0] < (a->is_bidirectional ? 4 : 2)) {
		fused_error(f,
			    "bias_table must be of a size known at compile time, with at least two "
			    "buckets for each direction");
		return;
	}
	s.d[1] = table->d[1];
	for (int k = 1; k < 3; k++) {
		f->failed |= !input_elements(f->u, f->n, k, k == 1 ? "query_length" : "key_length",
					     0, DIM_UNBOUNDED, &length, &count);
		if (!f->failed && count != 1)
			fused_error(f, "query_length and key_length must be one number each");
		if (f->failed)
			return;
		s.d[k + 1] = length[0];
	}
	flat = fused_reshape(f, f->n->in[0], 2, (int64_t[]){ table->d[1], table->d[0] });
	if (f->failed)
		return;
	fused_loops_begin(f, &w, 1, &flat, value_of(f->u, flat)->type, &s);
	at[0] = w.idx[1];
	at[1] = bucket_of(&w.b, a, table->d[0], tir_sub(&w.b, w.idx[3], w.idx[2]));
	out[0] = fused_loops_end(&w, tir_load(&w.b, 0, at));
}
FUSED_OP(relative)

/* -- GatedRelativePositionBias ------------------------------------------------------------- */

enum { GATE_QUERY, GATE_QUERY_BIAS, GATE_POSITION, GATE_WEIGHT, GATE_BIAS, GATE_ECO, GATE_OFFSETS };
struct gated_position_attrs {
	int64_t num_heads;
};
static const struct attr_row gated_position_rows[] = {
	{ ATTR(struct gated_position_attrs, num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_END,
};

/* (u (r eco_a - 1) + 2) rel_pos, where u and r are sigmoids of the sums of the two halves of what the
 * weights make of a head's query. */
static void make_gated_position(struct fused *f, uint32_t *out)
{
	const struct gated_position_attrs *a = f->n->attrs;
	enum dtype t = value_of(f->u, f->n->in[0])->type;
	struct reduce_attrs keep = { .keepdims = 1 };
	uint32_t x, half[2] = { VALUE_NONE };

	if (fused_in(f, GATE_OFFSETS))
		fused_error(f, "token_offset is not supported");
	if (!fused_rank(f, f->n->in[GATE_QUERY], "query_layer", 3, 3))
		return;
	x = fused2(f, "Add", NULL, f->n->in[GATE_QUERY], f->n->in[GATE_QUERY_BIAS]);
	x = fused_heads(f, x, a->num_heads);
	x = fused2(f, "Add", NULL, fused2(f, "MatMul", NULL, x, f->n->in[GATE_WEIGHT]),
		   f->n->in[GATE_BIAS]);
	fused_ops(f, "Split", &(struct split_attrs){ .axis = -1, .num_outputs = 2 }, 1, &x, 2,
		  half);
	for (int i = 0; i < 2; i++)
		half[i] = fused1(f, "Sigmoid", NULL,
				 fused2(f, "ReduceSum", &keep, half[i],
					new_ints(f->n, (int64_t[]){ -1 }, 1)));
	x = fused2(f, "Mul", NULL, half[1], f->n->in[GATE_ECO]);
	x = fused2(f, "Mul", NULL, half[0], fused2(f, "Sub", NULL, x, new_scalar(f->n, t, 1)));
	x = fused2(f, "Add", NULL, x, new_scalar(f->n, t, 2));
	out[0] = fused2(f, "Mul", NULL, x, f->n->in[GATE_POSITION]);
}
FUSED_OP(gated_position)

const struct op ops_ms_position[] = {
	{ MS_OP("MRotaryEmbedding", mrotary,
		"input:T position_ids:int64 cos_cache:T sin_cache:T -> output:T",
		"T=float,float16,bfloat16",
		"pairs of elements turned by the angle of one of three positions"),
	  MS_ATTRS(mrotary_rows, mrotary_attrs) },
	{ MS_OP("GemmaRotaryEmbedding", gemma,
		"emb:U q:T q_rot:T k:T k_rot:T -> output1:T output2:T", "T=float16,float U=float",
		"Q and K turned by angles: x cos + rotated x sin") },
	{ MS_OP("RelativePositionBias", relative,
		"bias_table:T query_length:int64 key_length:int64 -> output:T", "T=float,float16",
		"a bias for each head by the distance of query and key"),
	  MS_ATTRS(relative_rows, relative_attrs) },
	{ MS_OP("GatedRelativePositionBias", gated_position,
		"query_layer:T query_bias:T rel_pos:T weight:T bias:T eco_a:T token_offset?:int32 -> "
		"output:T",
		"T=float,float16", "a bias by distance, times gates made of the query"),
	  MS_ATTRS(gated_position_rows, gated_position_attrs),
	  .limits = "token_offset is not supported" },
	{ .name = NULL }
};
