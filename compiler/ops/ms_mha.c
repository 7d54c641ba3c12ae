/* ms_mha.c - com.microsoft's MultiHeadAttention by Attention of ai.onnx. */
#include "ms_attention.h"

#include <float.h>

struct mha_attrs {
	int64_t num_heads, unidirectional;
	float scale, mask_filter_value;
};
static const struct attr_row mha_rows[] = { { ATTR(struct mha_attrs, num_heads), .kind = ATTR_INT,
					      .required = true, .lo = 1, .hi = INT32_MAX },
					    A_FLAG(struct mha_attrs, unidirectional, 0),
					    A_FLOAT(struct mha_attrs, scale, 0),
					    A_FLOAT(struct mha_attrs, mask_filter_value, -10000),
					    A_END };
enum {
	MHA_QUERY,
	MHA_KEY,
	MHA_VALUE,
	MHA_BIAS,
	MHA_PADDING,
	MHA_ATTENTION_BIAS,
	MHA_PAST_KEY,
	MHA_PAST_VALUE,
	MHA_PAST_LENGTH,
	MHA_BEAMS
};

/* A past that is a buffer with room for what comes: its first part is the past, in which
 * cache_indirection says whose words each row goes on from; the node's own words go behind. */
#define IN_BUFFER(LINE) "?past_key ?past_sequence_length " LINE "\n"
/* clang-format off */
static const char mha_of_buffer[] =
	IN_BUFFER("zero1 = Constant <value_ints: ints = [0]> ()")
	IN_BUFFER("one1 = Constant <value_ints: ints = [1]> ()")
	IN_BUFFER("two1 = Constant <value_ints: ints = [2]> ()")
	IN_BUFFER("big1 = Constant <value_ints: ints = [2147483647]> ()")
	IN_BUFFER("place0 = Cast <to: int = 7> (past_sequence_length) place = Reshape (place0, one1)")
	IN_BUFFER("old_k = Slice (past_key, zero1, place, two1)")
	IN_BUFFER("old_v = Slice (past_value, zero1, place, two1)")
	IN_BUFFER("!cache_indirection k = Identity (old_k) v = Identity (old_v)")
	IN_BUFFER("?cache_indirection beams = Shape <end: int = 2> (cache_indirection)")
	IN_BUFFER("?cache_indirection from0 = Cast <to: int = 7> (cache_indirection)")
	IN_BUFFER("?cache_indirection from1 = Slice (from0, zero1, place, two1)")
	IN_BUFFER("?cache_indirection axes24 = Constant <value_ints: ints = [2, 4]> ()")
	IN_BUFFER("?cache_indirection from = Unsqueeze (from1, axes24)")
	IN_BUFFER("?cache_indirection size_k = Shape (old_k) rest_k = Shape <start: int = 1> (old_k)")
	IN_BUFFER("?cache_indirection k0 = Concat <axis: int = 0> (beams, rest_k)")
	IN_BUFFER("?cache_indirection k1 = Reshape <allowzero: int = 1> (old_k, k0) from_k = Expand (from, k0)")
	IN_BUFFER("?cache_indirection k2 = GatherElements <axis: int = 1> (k1, from_k)")
	IN_BUFFER("?cache_indirection k = Reshape <allowzero: int = 1> (k2, size_k)")
	IN_BUFFER("?cache_indirection size_v = Shape (old_v) rest_v = Shape <start: int = 1> (old_v)")
	IN_BUFFER("?cache_indirection v0 = Concat <axis: int = 0> (beams, rest_v)")
	IN_BUFFER("?cache_indirection v1 = Reshape <allowzero: int = 1> (old_v, v0) from_v = Expand (from, v0)")
	IN_BUFFER("?cache_indirection v2 = GatherElements <axis: int = 1> (v1, from_v)")
	IN_BUFFER("?cache_indirection v = Reshape <allowzero: int = 1> (v2, size_v)")
	IN_BUFFER("output, all_k, all_v, qk = com.microsoft.MultiHeadAttention "
		  "<num_heads: int = @num_heads, unidirectional: int = @unidirectional, "
		  "scale: float = @scale, mask_filter_value: float = @mask_filter_value> "
		  "(query, key, value, bias, key_padding_mask, attention_bias, k, v)")
	IN_BUFFER("rows = Shape <end: int = 1> (past_key) at = Expand (place, rows)")
	IN_BUFFER("new_k = Slice (all_k, place, big1, two1)")
	IN_BUFFER("new_v = Slice (all_v, place, big1, two1)")
	IN_BUFFER("present_key = TensorScatter (past_key, new_k, at)")
	IN_BUFFER("present_value = TensorScatter (past_value, new_v, at)");
/* clang-format on */

static const int swap_heads[4] = { 0, 2, 1, 3 };

/* [B, L, N, parts, H] as part number `which`, [B, N, L, H]. */
static uint32_t unpacked(struct fused *f, uint32_t x, int64_t which)
{
	uint32_t at =
		graph_constant(f->n->graph, NULL, constant_scalar_i64(f->u->arena, DT_I64, which))
			->id;

	x = fused2(f, "Gather", &(struct axis_attrs){ 3 }, x, at);
	return fused_transpose(f, x, 4, swap_heads);
}

/* The part of the bias that belongs to x: [from, from + x's width) for rank 3. */
static uint32_t add_bias(struct fused *f, uint32_t x, dim from)
{
	uint32_t in[3] = { fused_in(f, MHA_BIAS), VALUE_NONE, VALUE_NONE };
	dim width = ms_axis(f, x, 2);

	if (!in[0] || f->failed || fused_shape(f, x)->rank != 3)
		return x;
	if (!dim_is_const(from) || !dim_is_const(width)) {
		fused_error(f, "bias needs a hidden size that is known at compile time");
		return x;
	}
	in[1] = new_ints(f->n, (int64_t[]){ from }, 1);
	in[2] = new_ints(f->n, (int64_t[]){ from + width }, 1);
	return fused2(f, "Add", NULL, x, fused_op(f, "Slice", NULL, 3, in));
}

static void split_inputs(struct fused *f, const struct mha_attrs *a, struct heads *h)
{
	uint32_t q = f->n->in[MHA_QUERY], k = fused_in(f, MHA_KEY), v = fused_in(f, MHA_VALUE);
	int k_rank = k ? fused_shape(f, k)->rank : 0;
	dim width;

	if (!fused_rank(f, q, "query", 3, 5))
		return;
	if (fused_shape(f, q)->rank == 5) {
		h->q = unpacked(f, q, 0);
		h->k = unpacked(f, q, 1);
		h->v = unpacked(f, q, 2);
		return;
	}
	if (!k || (k_rank != 5 && !v)) {
		fused_error(f, "key and value are needed unless query or key holds them");
		return;
	}
	width = ms_axis(f, q, 2);
	h->q = add_bias(f, q, 0);
	if (k_rank == 5) {
		h->k = unpacked(f, k, 0);
		h->v = unpacked(f, k, 1);
	} else {
		h->k = add_bias(f, k, width);
		h->v = add_bias(f, v, dim_add(f->u, width, width));
	}
	if (f->failed || (fused_shape(f, h->k)->rank == 3 && fused_shape(f, h->v)->rank == 3))
		return;
	h->q = fused_heads(f, h->q, a->num_heads);
	h->k = fused_heads(f, h->k, a->num_heads);
	h->v = fused_heads(f, h->v, a->num_heads);
}

static void make_mha(struct fused *f, uint32_t *out)
{
	const struct mha_attrs *a = f->n->attrs;
	enum dtype t = value_of(f->u, f->n->in[0])->type;
	struct heads h = { .count = a->num_heads,
			   .scale = a->scale,
			   .causal = a->unidirectional != 0 };
	int64_t flat[3] = { 0, 0, -1 };
	struct attention_sizes s = { 0 };
	bool four;

	split_inputs(f, a, &h);
	if (f->failed)
		return;
	four = fused_shape(f, h.q)->rank == 4;
	h.past_key = fused_in(f, MHA_PAST_KEY);
	h.past_value = fused_in(f, MHA_PAST_VALUE);
	s.batch = ms_axis(f, h.q, 0);
	s.queries = ms_axis(f, h.q, four ? 2 : 1);
	s.past = h.past_key ? ms_axis(f, h.past_key, 2) : 0;
	s.keys = dim_add(f->u, s.past, ms_axis(f, h.k, four ? 2 : 1));
	if (fused_in(f, MHA_PADDING))
		h.bias = ms_mask_bias(f, fused_in(f, MHA_PADDING), &s, a->mask_filter_value, t);
	h.bias = ms_sum_bias(f, h.bias, fused_in(f, MHA_ATTENTION_BIAS));
	ms_attend(f, &h, N_OUT, out);
	if (node_out(f->n,
		     OUT_SCORES)) /* a key that is hidden has the least real, as in ONNX Runtime */
		out[OUT_SCORES] = fused2(f, "Max", NULL, out[OUT_SCORES],
					 new_scalar(f->n, t, t == DT_F16 ? -65504.0 : -FLT_MAX));
	if (four)
		out[0] = fused_reshape(f, fused_transpose(f, out[0], 4, swap_heads), 3, flat);
}
FUSED_OP(mha)

const struct op ops_ms_mha[] = {
	{ MS_OP("MultiHeadAttention", mha,
		"query:T key?:T value?:T bias?:T key_padding_mask?:int32 attention_bias?:T past_key?:T "
		"past_value?:T past_sequence_length?:int32 cache_indirection?:int32 -> output:T "
		"present_key?:T present_value?:T qk?:T",
		"T=float,float16", "Attention with heads side by side or packed"),
	  MS_ATTRS(mha_rows, mha_attrs), .text = mha_of_buffer },
	{ .name = NULL }
};
