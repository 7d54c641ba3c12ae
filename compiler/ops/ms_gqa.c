/* ms_gqa.c - com.microsoft's GroupQueryAttention, by Attention of ai.onnx.
 *
 * Sample b has seqlens_k[b] + 1 tokens in all; the queries are the last of them, unless they are all there are room
 * for (total_sequence_length: a prompt, which begins at 0). New keys and values go behind the past ones of the same
 * sample, so samples of different lengths are padded on the right. A sink is one more key, whose product with every
 * query is 0 and whose value is 0: what its bias says is all that it adds to the softmax. */
#include "ms.h"

#include <math.h>

#include "attention.h"

struct gqa_attrs {
	int64_t num_heads, kv_num_heads, do_rotary, rotary_interleaved, local_window_size, causal,
		smooth_softmax, sliding_window_cache, qk_output, kv_cache_bit_width;
	float scale, softcap, qk_norm_epsilon, q_norm_epsilon, k_norm_epsilon;
	const char *k_quant_type, *v_quant_type;
};
static const struct attr_row gqa_rows[] = {
	{ ATTR(struct gqa_attrs, num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct gqa_attrs, kv_num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLAG(struct gqa_attrs, do_rotary, 0),
	A_FLAG(struct gqa_attrs, rotary_interleaved, 0),
	A_RANGE(struct gqa_attrs, local_window_size, -1, -1, INT32_MAX),
	A_FLAG(struct gqa_attrs, causal, 1),
	A_RANGE(struct gqa_attrs, smooth_softmax, 0, -1, 1),
	A_FLAG(struct gqa_attrs, sliding_window_cache, 0),
	A_INT(struct gqa_attrs, qk_output, 0),
	A_INT(struct gqa_attrs, kv_cache_bit_width, 0),
	A_FLOAT(struct gqa_attrs, scale, 0),
	A_FLOAT(struct gqa_attrs, softcap, 0),
	A_FLOAT(struct gqa_attrs, qk_norm_epsilon, 1e-6),
	A_FLOAT(struct gqa_attrs, q_norm_epsilon, 0),
	A_FLOAT(struct gqa_attrs, k_norm_epsilon, 0),
	{ ATTR(struct gqa_attrs, k_quant_type), .kind = ATTR_STRING, .def_string = "NONE" },
	{ ATTR(struct gqa_attrs, v_quant_type), .kind = ATTR_STRING, .def_string = "NONE" },
	A_END
};
enum {
	GQA_QUERY,
	GQA_KEY,
	GQA_VALUE,
	GQA_PAST_KEY,
	GQA_PAST_VALUE,
	GQA_LENGTHS,
	GQA_TOTAL,
	GQA_COS,
	GQA_SIN,
	GQA_POSITIONS,
	GQA_BIAS,
	GQA_SINK,
	GQA_K_SCALE,
	GQA_V_SCALE,
	GQA_Q_NORM,
	GQA_K_NORM,
	GQA_QUERY_LENGTHS
};

struct gqa {
	uint32_t q, k, v; /* [batch, heads, length, size of a head] */
	uint32_t lengths; /* of each sample, less 1 */
	dim batch, fresh, past, total, present;
	bool sink;
};

/* -- loops --------------------------------------------------------------------------------- */

/* How many tokens of its sample lie before the queries; slot has the lengths. */
static const struct tir *before(struct fused_loops *w, const struct gqa *g, int slot)
{
	struct tir_builder *b = &w->b;
	const struct tir *past = tir_cast(b, DT_INDEX, tir_load(b, slot, &w->idx[0]));

	past = tir_sub(b, tir_affine(b, past, 1, 1), tir_dim(b, g->fresh));
	return tir_select(b, tir_eq(b, tir_dim(b, g->total), tir_dim(b, g->fresh)), tir_index(b, 0),
			  past);
}

static uint32_t positions(struct fused *f, const struct gqa *g)
{
	struct fused_loops w;
	const struct tir *at;

	if (f->failed || fused_in(f, GQA_POSITIONS))
		return fused_in(f, GQA_POSITIONS);
	fused_loops_begin(f, &w, 1, &g->lengths, DT_I64,
			  &(struct shape){ .rank = 2, .d = { g->batch, g->fresh } });
	at = tir_add(&w.b, before(&w, g, 0), w.idx[1]);
	return fused_loops_end(&w, tir_cast(&w.b, DT_I64, at));
}

/* What the cache holds afterwards: x behind the past items of the same sample. */
static uint32_t cached(struct fused *f, const struct gqa *g, uint32_t past, uint32_t x)
{
	uint32_t in[3] = { x, g->lengths, past };
	struct shape shape = *fused_shape(f, x);
	const struct tir *at, *old, *fresh, *first;
	struct fused_loops w;

	if (f->failed)
		return VALUE_NONE;
	shape.d[2] = g->present;
	fused_loops_begin(f, &w, past ? 3 : 2, in, value_of(f->u, x)->type, &shape);
	at = w.idx[2];
	old = tir_number(&w.b, dtype_compute(w.stage.type), 0);
	if (past)
		old = tir_select(&w.b, tir_lt(&w.b, at, tir_dim(&w.b, g->past)),
				 tir_load(&w.b, 2, w.idx), old);
	first = before(&w, g, 1);
	w.idx[2] = tir_sub(&w.b, at, first);
	fresh = tir_load(&w.b, 0, w.idx);
	return fused_loops_end(&w, tir_select(&w.b,
					      tir_in_range(&w.b, w.idx[2], tir_index(&w.b, 0),
							   tir_dim(&w.b, g->fresh)),
					      fresh, old));
}

/* float [batch, heads or 1, queries, keys and perhaps a sink]: what is added to the scores. */
static uint32_t bias(struct fused *f, const struct gqa *g)
{
	const struct gqa_attrs *a = f->n->attrs;
	uint32_t extra = fused_in(f, GQA_BIAS), sink = fused_in(f, GQA_SINK), in[3];
	struct shape shape = { .rank = 4, .d = { g->batch, 1, g->fresh, g->present } };
	int n_in = 1, extra_slot = 0;
	const struct tir *now, *seen, *value, *hidden;
	struct fused_loops w;

	if (f->failed)
		return VALUE_NONE;
	in[0] = g->lengths;
	if (extra || sink)
		shape.d[1] = a->num_heads;
	if (g->sink)
		shape.d[3] = dim_add(f->u, g->present, 1);
	if (extra)
		in[extra_slot = n_in++] = extra;
	if (sink)
		in[n_in++] = sink;
	fused_loops_begin(f, &w, n_in, in, DT_F32, &shape);
	now = tir_add(&w.b, before(&w, g, 0), w.idx[2]);
	if (!a->causal)
		now = tir_cast(&w.b, DT_INDEX, tir_load(&w.b, 0, &w.idx[0]));
	seen = tir_le(&w.b, w.idx[3], now);
	if (a->local_window_size >= 0)
		seen = tir_and(
			&w.b, seen,
			tir_lt(&w.b, tir_affine(&w.b, now, 1, -a->local_window_size), w.idx[3]));
	value = tir_float(&w.b, DT_F32, 0);
	hidden = tir_float(&w.b, DT_F32, -(double)INFINITY);
	if (extra) {
		seen = tir_and(&w.b, seen,
			       tir_lt(&w.b, w.idx[3], tir_dim(&w.b, fused_shape(f, extra)->d[3])));
		value = tir_cast(&w.b, DT_F32, tir_load_broadcast(&w.b, extra_slot, w.idx, 4));
	}
	value = tir_select(&w.b, seen, value, hidden);
	if (g->sink) {
		const struct tir *s =
			sink ? tir_cast(&w.b, DT_F32, tir_load(&w.b, n_in - 1, &w.idx[1]))
			     : tir_float(&w.b, DT_F32, 0);

		value = tir_select(&w.b, tir_eq(&w.b, w.idx[3], tir_dim(&w.b, g->present)), s,
				   value);
	}
	return fused_loops_end(&w, value);
}

/* -- inputs -------------------------------------------------------------------------------- */

static bool check_limits(struct fused *f)
{
	const struct gqa_attrs *a = f->n->attrs;

	if (a->sliding_window_cache || a->qk_output || a->kv_cache_bit_width ||
	    fused_in(f, GQA_K_SCALE) || fused_in(f, GQA_V_SCALE) ||
	    fused_in(f, GQA_QUERY_LENGTHS) || node_out(f->n, 3))
		fused_error(f, "quantized or windowed caches, query_seqlens and output_qk are not "
			       "supported");
	else if (a->num_heads % a->kv_num_heads)
		fused_error(f, "kv_num_heads does not divide num_heads");
	else if (!fused_in(f, GQA_KEY) != !fused_in(f, GQA_VALUE) ||
		 !fused_in(f, GQA_PAST_KEY) != !fused_in(f, GQA_PAST_VALUE))
		fused_error(f, "key and value, past_key and past_value go together");
	else if (a->do_rotary && (!fused_in(f, GQA_COS) || !fused_in(f, GQA_SIN)))
		fused_error(f, "do_rotary needs cos_cache and sin_cache");
	return !f->failed;
}

/* Query, which may hold keys and values too, as three. */
static void split(struct fused *f, struct gqa *g)
{
	const struct gqa_attrs *a = f->n->attrs;
	uint32_t in[2] = { f->n->in[GQA_QUERY] }, out[3];
	int64_t each, heads = a->num_heads + 2 * a->kv_num_heads;

	g->q = in[0];
	g->k = fused_in(f, GQA_KEY);
	g->v = fused_in(f, GQA_VALUE);
	if (g->k)
		return;
	each = dim_exact_div(f->u, fused_shape(f, in[0])->d[2], heads);
	if (!dim_is_const(each)) {
		fused_error(f, "query does not split into heads of known size");
		return;
	}
	in[1] = new_ints(
		f->n,
		(int64_t[]){ each * a->num_heads, each * a->kv_num_heads, each * a->kv_num_heads },
		3);
	fused_ops(f, "Split", &(struct split_attrs){ .axis = 2 }, 2, in, 3, out);
	g->q = out[0];
	g->k = out[1];
	g->v = out[2];
}

static bool read_inputs(struct fused *f, struct gqa *g)
{
	const struct gqa_attrs *a = f->n->attrs;
	const dim *total;
	int count;

	if (!check_limits(f) || !fused_rank(f, f->n->in[GQA_QUERY], "query", 3, 3) ||
	    !fused_rank(f, f->n->in[GQA_LENGTHS], "seqlens_k", 1, 2))
		return false;
	split(f, g);
	g->lengths = fused_reshape(f, f->n->in[GQA_LENGTHS], 1, (int64_t[]){ -1 });
	g->batch = fused_shape(f, f->n->in[GQA_QUERY])->d[0];
	g->fresh = fused_shape(f, f->n->in[GQA_QUERY])->d[1];
	g->past = 0;
	if (fused_in(f, GQA_PAST_KEY) &&
	    fused_rank(f, fused_in(f, GQA_PAST_KEY), "past_key", 4, 4) &&
	    fused_rank(f, fused_in(f, GQA_PAST_VALUE), "past_value", 4, 4))
		g->past = fused_shape(f, fused_in(f, GQA_PAST_KEY))->d[2];
	if (fused_in(f, GQA_BIAS))
		fused_rank(f, fused_in(f, GQA_BIAS), "attention_bias", 4, 4);
	if (f->failed || !input_elements(f->u, f->n, GQA_TOTAL, "total_sequence_length", 0,
					 DIM_UNBOUNDED, &total, &count))
		return false;
	if (count != 1)
		fused_error(f, "total_sequence_length must have one element");
	g->total = total[0];
	g->present = dim_max(f->u, g->total, g->past);
	g->sink = fused_in(f, GQA_SINK) || a->smooth_softmax > 0;
	g->q = fused_heads(f, g->q, a->num_heads);
	g->k = fused_heads(f, g->k, a->kv_num_heads);
	g->v = fused_heads(f, g->v, a->kv_num_heads);
	return !f->failed;
}

static uint32_t normalized(struct fused *f, uint32_t x, int weight, float epsilon)
{
	const struct gqa_attrs *a = f->n->attrs;
	struct layer_norm_attrs n = { .axis = -1,
				      .stash_type = 1,
				      .epsilon = epsilon != 0 ? epsilon : a->qk_norm_epsilon };

	return fused_in(f, weight) ? fused2(f, "RMSNormalization", &n, x, fused_in(f, weight)) : x;
}

static uint32_t turned(struct fused *f, uint32_t x, uint32_t at)
{
	const struct gqa_attrs *a = f->n->attrs;
	uint32_t in[4] = { x, fused_in(f, GQA_COS), fused_in(f, GQA_SIN), at };
	struct rotary_attrs r = { .interleaved = a->rotary_interleaved };
	dim half;

	if (!fused_rank(f, in[1], "cos_cache", 2, 2))
		return x;
	half = fused_shape(f, in[1])->d[1];
	r.rotary_embedding_dim = dim_is_const(half) ? 2 * half : 0;
	return fused_op(f, "RotaryEmbedding", &r, 4, in);
}

/* -- the whole ----------------------------------------------------------------------------- */

/* One more item, of zeros, along the axis of keys. */
static uint32_t with_sink(struct fused *f, const struct gqa *g, uint32_t x)
{
	const int64_t pads[8] = { 0, 0, 0, 0, 0, 0, 1, 0 };

	return g->sink ? fused2(f, "Pad", NULL, x, new_ints(f->n, pads, 8)) : x;
}

static void make_gqa(struct fused *f, uint32_t *out)
{
	const struct gqa_attrs *a = f->n->attrs;
	struct attention_attrs attend = { .scale = a->scale,
					  .softcap = a->softcap,
					  .left_window_size = -1,
					  .right_window_size = -1 };
	enum dtype type = value_of(f->u, f->n->in[0])->type;
	uint32_t key, value, in[4], at;
	struct gqa g;

	if (!read_inputs(f, &g))
		return;
	g.q = normalized(f, g.q, GQA_Q_NORM, a->q_norm_epsilon);
	g.k = normalized(f, g.k, GQA_K_NORM, a->k_norm_epsilon);
	if (a->do_rotary) {
		at = positions(f, &g);
		g.q = turned(f, g.q, at);
		g.k = turned(f, g.k, at);
	}
	key = cached(f, &g, fused_in(f, GQA_PAST_KEY), g.k);
	value = cached(f, &g, fused_in(f, GQA_PAST_VALUE), g.v);
	in[0] = fused_cast(f, DT_F32, g.q);
	in[1] = fused_cast(f, DT_F32, with_sink(f, &g, key));
	in[2] = fused_cast(f, DT_F32, with_sink(f, &g, value));
	in[3] = bias(f, &g);
	out[0] = fused_op(f, "Attention", &attend, 4, in);
	out[0] = fused_transpose(f, out[0], 4, (int[]){ 0, 2, 1, 3 });
	out[0] = fused_cast(f, type, fused_reshape(f, out[0], 3, (int64_t[]){ 0, 0, -1 }));
	out[1] = key;
	out[2] = value;
}
FUSED_OP(gqa)

const struct op ops_ms_gqa[] = {
	{ MS_OP("GroupQueryAttention", gqa,
		"query:T key?:T value?:T past_key?:T past_value?:T seqlens_k:int32 "
		"total_sequence_length:int32 cos_cache?:T sin_cache?:T position_ids?:int64 "
		"attention_bias?:T head_sink?:T k_scale?:float v_scale?:float q_norm_weight?:T "
		"k_norm_weight?:T query_seqlens?:int32 -> output:T present_key?:T present_value?:T "
		"output_qk?:T",
		"T=float,float16,bfloat16", "causal attention over a cache of keys and values"),
	  MS_ATTRS(gqa_rows, gqa_attrs),
	  .limits = "quantized or windowed caches, query_seqlens and output_qk are not supported" },
	{ .name = NULL }
};
