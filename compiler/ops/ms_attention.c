/* ms_attention.c - com.microsoft's Attention, QAttention and RotaryEmbedding, by those of ai.onnx. */
#include "ms_attention.h"

/* -- masks --------------------------------------------------------------------------------- */

/* float [batch, 1, 1, keys]: 0, or `hidden` for keys from m[b] on, and, when m has twice the batch, for
 * those before m[batch + b]. */
static uint32_t length_bias(struct fused *f, uint32_t m, dim batch, dim keys, float hidden)
{
	struct shape s = { .rank = 4, .d = { batch, 1, 1, keys } };
	const struct tir *idx[RANK_MAX], *end, *start, *in_range, *at;
	struct node *loops;
	struct tir_stage stage;
	struct tir_builder b;

	if (f->failed)
		return VALUE_NONE;
	loops = new_loops(f->n, 1, &m, DT_F32, &s);
	tir_builder_init(&b, f->u, loops);
	tir_stage_begin(&b, 0, &stage, idx);
	at = tir_cast(&b, DT_I64, idx[3]);
	end = tir_cast(&b, DT_I64, tir_load(&b, 0, &idx[0]));
	in_range = tir_lt(&b, at, end);
	if (fused_shape(f, m)->d[0] != batch) {
		start = tir_add(&b, idx[0], tir_dim(&b, batch));
		start = tir_cast(&b, DT_I64, tir_load(&b, 0, &start));
		in_range = tir_and(&b, in_range, tir_le(&b, start, at));
	}
	stage.value = tir_select(&b, in_range, tir_number(&b, DT_F32, 0),
				 tir_number(&b, DT_F32, (double)hidden));
	set_loops(loops, &stage);
	return loops->out[0];
}

/* The last rows of a square mask [batch, 1, most, most]: those of the queries. */
static uint32_t square_rows(struct fused *f, uint32_t m, dim past, dim queries, dim keys)
{
	uint32_t in[4] = { m, VALUE_NONE, VALUE_NONE, VALUE_NONE };

	if (!dim_is_const(past) || !dim_is_const(queries) || !dim_is_const(keys)) {
		fused_error(f, "a mask of rank 4 needs sizes that are known at compile time");
		return VALUE_NONE;
	}
	in[1] = new_ints(f->n, (int64_t[]){ past, 0 }, 2);
	in[2] = new_ints(f->n, (int64_t[]){ past + queries, keys }, 2);
	in[3] = new_ints(f->n, (int64_t[]){ 2, 3 }, 2);
	return fused_op(f, "Slice", NULL, 4, in);
}

uint32_t ms_mask_bias(struct fused *f, uint32_t m, const struct attention_sizes *s, float hidden,
		      enum dtype t)
{
	int rank = fused_shape(f, m)->rank;
	uint32_t x = m;

	if (!fused_rank(f, m, "the mask", 1, 4))
		return VALUE_NONE;
	if (rank == 1)
		return fused_cast(f, t, length_bias(f, m, s->batch, s->keys, hidden));
	if (rank == 4)
		x = square_rows(f, m, s->past, s->queries, s->keys);
	x = fused2(f, "Sub", NULL, new_scalar(f->n, t, 1), fused_cast(f, t, x));
	x = fused2(f, "Mul", NULL, x, new_scalar(f->n, t, (double)hidden));
	if (rank == 3)
		return fused_axes(f, "Unsqueeze", x, 1);
	return rank == 2 ? fused2(f, "Unsqueeze", NULL, x, new_ints(f->n, (int64_t[]){ 1, 2 }, 2))
			 : x;
}

uint32_t ms_sum_bias(struct fused *f, uint32_t a, uint32_t b)
{
	return a && b ? fused2(f, "Add", NULL, a, b) : a ? a : b;
}

/* -- the common part ----------------------------------------------------------------------- */

void ms_attend(struct fused *f, const struct heads *h, int n_out, uint32_t *out)
{
	struct attention_attrs a = {
		.scale = h->scale,
		.is_causal = h->causal,
		.q_num_heads = h->count,
		.kv_num_heads = h->count,
		.qk_matmul_output_mode = QK_BIASED,
		.left_window_size = -1,
		.right_window_size = -1,
	};
	uint32_t in[6] = { h->q, h->k, h->v, h->bias, h->past_key, h->past_value };

	if (!f->failed && fused_shape(f, h->q)->rank == 4)
		a.q_num_heads = a.kv_num_heads = 0;
	fused_ops(f, "Attention", &a, 6, in, n_out, out);
}

dim ms_axis(struct fused *f, uint32_t x, int axis)
{
	return x && !f->failed ? fused_shape(f, x)->d[axis] : 0;
}

/* -- Attention ----------------------------------------------------------------------------- */

struct ms_attention_attrs {
	int64_t num_heads, unidirectional, do_rotary, past_present_share_buffer,
		rotary_embedding_dim;
	float scale, mask_filter_value;
	struct ints qkv_hidden_sizes;
};
static const struct attr_row attention_rows[] = {
	{ ATTR(struct ms_attention_attrs, num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLAG(struct ms_attention_attrs, unidirectional, 0),
	A_FLAG(struct ms_attention_attrs, do_rotary, 0),
	A_FLAG(struct ms_attention_attrs, past_present_share_buffer, 0),
	A_INT(struct ms_attention_attrs, rotary_embedding_dim, 0),
	A_FLOAT(struct ms_attention_attrs, scale, 0),
	A_FLOAT(struct ms_attention_attrs, mask_filter_value, -10000),
	A_INTS(struct ms_attention_attrs, qkv_hidden_sizes),
	A_END
};

/* input W, in reals. */
typedef uint32_t product_fn(struct fused *f);

/* What Attention and QAttention differ in: the product, and which input is what; -1: it has none. */
struct attention_form {
	product_fn *product;
	int mask, past, bias;
};

/* input W + bias, cut into Q, K and V. */
static bool project(struct fused *f, const struct attention_form *form, struct heads *h)
{
	const struct ms_attention_attrs *a = f->n->attrs;
	uint32_t x, out[3] = { VALUE_NONE }, in[2];
	int64_t sizes[3];
	dim width;

	if (!fused_rank(f, f->n->in[0], "input", 3, 3) ||
	    !fused_rank(f, f->n->in[1], "weights", 2, 2))
		return false;
	width = ms_axis(f, f->n->in[1], 1);
	for (int i = 0; i < 3; i++)
		sizes[i] = a->qkv_hidden_sizes.n == 3 ? a->qkv_hidden_sizes.p[i] : width / 3;
	if (!dim_is_const(width) || sizes[0] + sizes[1] + sizes[2] != width) {
		fused_error(f, "the width of weights is not that of Q, K and V together");
		return false;
	}
	x = form->product(f);
	if (fused_in(f, 2))
		x = fused2(f, "Add", NULL, x, fused_in(f, 2));
	in[0] = x;
	in[1] = new_ints(f->n, sizes, 3);
	fused_ops(f, "Split", &(struct split_attrs){ .axis = 2 }, 2, in, 3, out);
	h->q = out[0];
	h->k = out[1];
	h->v = out[2];
	return !f->failed;
}

static uint32_t past_part(struct fused *f, uint32_t past, int64_t which)
{
	uint32_t at =
		graph_constant(f->n->graph, NULL, constant_scalar_i64(f->u->arena, DT_I64, which))
			->id;

	return past ? fused2(f, "Gather", NULL, past, at) : VALUE_NONE;
}

static void make_projected(struct fused *f, const struct attention_form *form, uint32_t *out)
{
	const struct ms_attention_attrs *a = f->n->attrs;
	uint32_t past = fused_in(f, form->past), mask = fused_in(f, form->mask);
	struct heads h = { .count = a->num_heads,
			   .scale = a->scale,
			   .causal = a->unidirectional != 0 };
	struct attention_sizes s = { 0 };
	uint32_t got[3] = { VALUE_NONE };

	if (a->do_rotary || a->past_present_share_buffer) {
		fused_error(f,
			    "do_rotary and a shared buffer of past and present are not supported");
		return;
	}
	if ((past && !fused_rank(f, past, "past", 5, 5)) || !project(f, form, &h))
		return;
	s.batch = ms_axis(f, f->n->in[0], 0);
	s.queries = ms_axis(f, f->n->in[0], 1);
	s.past = past ? ms_axis(f, past, 3) : 0;
	s.keys = dim_add(f->u, s.past, s.queries);
	if (mask)
		h.bias = ms_mask_bias(f, mask, &s, a->mask_filter_value, value_of(f->u, h.q)->type);
	if (form->bias >= 0)
		h.bias = ms_sum_bias(f, h.bias, fused_in(f, form->bias));
	h.past_key = past_part(f, past, 0);
	h.past_value = past_part(f, past, 1);
	ms_attend(f, &h, node_out(f->n, 1) ? 3 : 1, got);
	out[0] = got[0];
	if (node_out(f->n, 1))
		out[1] = fused_concat(f, 0, fused_axes(f, "Unsqueeze", got[1], 0),
				      fused_axes(f, "Unsqueeze", got[2], 0));
}

static uint32_t product_of_reals(struct fused *f)
{
	return fused2(f, "MatMul", NULL, f->n->in[0], f->n->in[1]);
}

static void make_attention(struct fused *f, uint32_t *out)
{
	static const struct attention_form form = { product_of_reals, 3, 4, 5 };

	if (fused_in(f, 6))
		fused_error(f,
			    "do_rotary and a shared buffer of past and present are not supported");
	else
		make_projected(f, &form, out);
}
FUSED_OP(attention)

/* -- QAttention: input, weights, bias, their two scales, mask_index, their two zero points, past ---- */

static const struct attr_row qattention_rows[] = {
	{ ATTR(struct ms_attention_attrs, num_heads), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_FLAG(struct ms_attention_attrs, unidirectional, 0),
	A_FLAG(struct ms_attention_attrs, do_rotary, 0),
	A_FLAG(struct ms_attention_attrs, past_present_share_buffer, 0),
	A_FLOAT(struct ms_attention_attrs, scale, 0),
	A_FLOAT(struct ms_attention_attrs, mask_filter_value, -10000),
	A_END
};

static uint32_t product_of_integers(struct fused *f)
{
	const uint32_t in[4] = { f->n->in[0], f->n->in[1], fused_in(f, 6), fused_in(f, 7) };
	uint32_t x = fused_cast(f, DT_F32, fused_op(f, "MatMulInteger", NULL, 4, in));

	return fused2(f, "Mul", NULL, x, fused2(f, "Mul", NULL, f->n->in[3], f->n->in[4]));
}

static void make_qattention(struct fused *f, uint32_t *out)
{
	static const struct attention_form form = { product_of_integers, 5, 8, -1 };

	make_projected(f, &form, out);
}
FUSED_OP(qattention)

/* -- RotaryEmbedding ----------------------------------------------------------------------- */

struct ms_rotary_attrs {
	int64_t interleaved, num_heads, rotary_embedding_dim, is_packed_batching;
	float scale;
};
static const struct attr_row rotary_rows[] = {
	A_FLAG(struct ms_rotary_attrs, interleaved, 0),
	A_RANGE(struct ms_rotary_attrs, num_heads, 0, 0, INT32_MAX),
	A_RANGE(struct ms_rotary_attrs, rotary_embedding_dim, 0, 0, INT32_MAX),
	A_FLAG(struct ms_rotary_attrs, is_packed_batching, 0),
	A_FLOAT(struct ms_rotary_attrs, scale, 1),
	A_END
};

/* int64 [batch, length]: positions from the one given on. */
static uint32_t positions_from(struct fused *f, uint32_t first, dim batch, dim length)
{
	struct shape s = { .rank = 2, .d = { batch, length } };
	const struct tir *idx[RANK_MAX], *zero;
	struct node *loops;
	struct tir_stage stage;
	struct tir_builder b;

	if (f->failed)
		return VALUE_NONE;
	loops = new_loops(f->n, 1, &first, DT_I64, &s);
	tir_builder_init(&b, f->u, loops);
	tir_stage_begin(&b, 0, &stage, idx);
	zero = tir_index(&b, 0);
	stage.value = tir_add(&b, tir_load(&b, 0, &zero), tir_cast(&b, DT_I64, idx[1]));
	set_loops(loops, &stage);
	return loops->out[0];
}

static void make_rotary(struct fused *f, uint32_t *out)
{
	const struct ms_rotary_attrs *a = f->n->attrs;
	struct rotary_attrs r = { a->interleaved, a->num_heads, a->rotary_embedding_dim };
	uint32_t x = f->n->in[0], ids = f->n->in[1], in[4];
	int rank = fused_shape(f, x)->rank;

	if (!fused_rank(f, x, "input", 3, 4) || !fused_rank(f, ids, "position_ids", 0, 2) ||
	    !fused_rank(f, f->n->in[2], "cos_cache", 2, 2))
		return;
	if (rank == 3 && r.num_heads == 0) { /* the cache says how large a head is */
		dim heads = dim_exact_div(f->u, ms_axis(f, x, 2),
					  dim_mul(f->u, ms_axis(f, f->n->in[2], 1), 2));

		if (!dim_is_const(heads)) {
			fused_error(f, "num_heads is needed");
			return;
		}
		r.num_heads = heads;
	}
	if (fused_shape(f, ids)->rank < 2)
		ids = positions_from(f, ids, ms_axis(f, x, 0), ms_axis(f, x, rank - 2));
	in[0] = x;
	in[1] = f->n->in[2];
	in[2] = f->n->in[3];
	in[3] = ids;
	out[0] = fused_op(f, "RotaryEmbedding", &r, 4, in);
}
FUSED_OP(rotary)

const struct op ops_ms_attention[] = {
	{ MS_OP("Attention", attention,
		"input:T weights:T bias?:T mask_index?:int32 past?:T attention_bias?:T "
		"past_sequence_length?:int32 -> output:T present?:T",
		"T=float,float16", "Attention of Q, K and V that one product makes of the input"),
	  MS_ATTRS(attention_rows, ms_attention_attrs),
	  .limits = "do_rotary and a shared buffer of past and present are not supported" },
	{ MS_OP("QAttention", qattention,
		"input:T1 weight:T2 bias:T input_scale:T weight_scale:T mask_index?:int32 "
		"input_zero_point?:T1 weight_zero_point?:T2 past?:T -> output:T present?:T",
		"T=float T1=int8,uint8 T2=int8,uint8", "Attention by a product of integers"),
	  MS_ATTRS(qattention_rows, ms_attention_attrs),
	  .limits = "do_rotary and a shared buffer of past and present are not supported" },
	{ MS_OP("RotaryEmbedding", rotary,
		"input:T position_ids:int64 cos_cache:T sin_cache:T -> output:T",
		"T=float,float16,bfloat16", "pairs of elements turned by their position's angle"),
	  MS_ATTRS(rotary_rows, ms_rotary_attrs) },
	{ .name = NULL }
};
