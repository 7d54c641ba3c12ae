/* attention.c - Attention, an expansion:
 *
 *	Y = softmax(cap(scale * Q K^T) + bias) V        cap(x) = softcap * tanh(x / softcap)
 *
 * for each head; the bias is the mask, and minus infinity where a key may not be seen. With fewer
 * heads of keys and values than of queries, groups of queries share one. Half types are computed in
 * float. */
#include "attention.h"

#include <math.h>

static const struct attr_row attention_rows[] = {
	A_FLAG(struct attention_attrs, is_causal, 0),
	A_RANGE(struct attention_attrs, kv_num_heads, 0, 0, INT32_MAX),
	A_RANGE(struct attention_attrs, left_window_size, -1, -1, INT32_MAX),
	A_RANGE(struct attention_attrs, q_num_heads, 0, 0, INT32_MAX),
	A_RANGE(struct attention_attrs, qk_matmul_output_mode, 0, 0, 3),
	A_RANGE(struct attention_attrs, right_window_size, -1, -1, INT32_MAX),
	A_FLOAT(struct attention_attrs, scale, 0),
	A_INT(struct attention_attrs, softmax_precision, 0),
	A_FLOAT(struct attention_attrs, softcap, 0),
	A_END,
};
/* -- inference ------------------------------------------------------------------------- */

/* An input of rank 4, or 3 with its heads side by side in the last axis, as [batch, heads, length,
 * size]. */
static bool split_heads(struct unit *u, const struct node *n, int k, const char *name,
			int64_t heads, dim *d)
{
	const struct value *v = node_in(n, k);

	if (!infer_need_rank(u, n, v, name, 3, 4))
		return false;
	if (v->shape.rank != node_in(n, IN_Q)->shape.rank)
		return node_error(u, n, "%s has rank %d, Q has rank %d", name, v->shape.rank,
				  node_in(n, IN_Q)->shape.rank);
	if (v->shape.rank == 4) {
		for (int i = 0; i < 4; i++)
			d[i] = v->shape.d[i];
		if (heads && heads != d[1])
			return node_error(u, n, "%s has %s heads, the attribute says %lld", name,
					  dim_text(u, d[1]), (long long)heads);
	} else {
		if (heads < 1)
			return node_error(
				u, n,
				"q_num_heads and kv_num_heads are needed for inputs of rank 3");
		d[0] = v->shape.d[0];
		d[1] = heads;
		d[2] = v->shape.d[1];
		d[3] = dim_exact_div(u, v->shape.d[2], heads);
		if (d[3] == DIM_OVERFLOW)
			return node_error(u, n, "%s of shape %s does not split into %lld heads",
					  name, shape_text(u, &v->shape), (long long)heads);
	}
	if (dim_is_const(d[1]) && dim_is_const(d[3]))
		return true;
	return node_error(u, n,
			  "heads and their sizes must be known at compile time, %s has %s of %s",
			  name, dim_text(u, d[1]), dim_text(u, d[3]));
}

static bool check_past(struct unit *u, const struct node *n, struct attention_sizes *s)
{
	const struct value *pk = node_in(n, IN_PAST_KEY), *pv = node_in(n, IN_PAST_VALUE);

	s->past = 0;
	if (!pk && !pv)
		return true;
	if (!pk || !pv || node_in(n, IN_LENGTHS))
		return node_error(
			u, n, "past_key and past_value go together, and not with nonpad_kv_seqlen");
	if (!infer_need_rank(u, n, pk, "past_key", 4, 4) ||
	    !infer_need_rank(u, n, pv, "past_value", 4, 4))
		return false;
	s->past = pk->shape.d[2];
	if (dim_assume_equal(u, pk->shape.d[0], s->batch, NULL) && pk->shape.d[1] == s->shared &&
	    pk->shape.d[3] == s->size && dim_assume_equal(u, pv->shape.d[0], s->batch, NULL) &&
	    pv->shape.d[1] == s->shared && pv->shape.d[3] == s->value &&
	    dim_assume_equal(u, pv->shape.d[2], s->past, NULL))
		return true;
	return node_error(u, n, "past_key %s and past_value %s do not fit K and V",
			  shape_text(u, &pk->shape), shape_text(u, &pv->shape));
}

bool attention_read_sizes(struct unit *u, const struct node *n, struct attention_sizes *s)
{
	const struct attention_attrs *a = n->attrs;
	const struct value *lengths = node_in(n, IN_LENGTHS);
	dim q[4], k[4], v[4];

	if (!split_heads(u, n, IN_Q, "Q", a->q_num_heads, q) ||
	    !split_heads(u, n, IN_K, "K", a->kv_num_heads, k) ||
	    !split_heads(u, n, IN_V, "V", a->kv_num_heads, v))
		return false;
	if (!dim_assume_equal(u, q[0], k[0], &s->batch) ||
	    !dim_assume_equal(u, s->batch, v[0], &s->batch) ||
	    !dim_assume_equal(u, k[2], v[2], &s->fresh) || k[1] != v[1] || q[3] != k[3])
		return node_error(u, n, "Q %s, K %s and V %s do not fit together",
				  shape_text(u, &node_in(n, IN_Q)->shape),
				  shape_text(u, &node_in(n, IN_K)->shape),
				  shape_text(u, &node_in(n, IN_V)->shape));
	if (k[1] < 1 || q[1] % k[1])
		return node_error(u, n, "%s heads of K do not divide %s heads of Q",
				  dim_text(u, k[1]), dim_text(u, q[1]));
	s->heads = q[1];
	s->shared = k[1];
	s->queries = q[2];
	s->size = q[3];
	s->value = v[3];
	if (!check_past(u, n, s))
		return false;
	s->keys = dim_add(u, s->past, s->fresh);
	if (lengths && (!infer_need_rank(u, n, lengths, "nonpad_kv_seqlen", 1, 1) ||
			!dim_assume_equal(u, lengths->shape.d[0], s->batch, NULL)))
		return lengths->shape.rank == 1 &&
		       node_error(u, n, "nonpad_kv_seqlen has %s elements, the batch has %s",
				  dim_text(u, lengths->shape.d[0]), dim_text(u, s->batch));
	return true;
}

static bool check_mask(struct unit *u, const struct node *n, const struct attention_sizes *s)
{
	const struct value *m = node_in(n, IN_MASK);
	const dim full[4] = { s->batch, s->heads, s->queries, s->keys };

	if (!m)
		return true;
	if (!infer_need_rank(u, n, m, "attn_mask", 1, 4))
		return false;
	for (int i = 0; i < m->shape.rank; i++) {
		dim have = m->shape.d[i], want = full[4 - m->shape.rank + i];
		bool last = i == m->shape.rank - 1,
		     shorter = last && dim_lo(u, have) <= dim_hi(u, want);

		if (have != 1 && !shorter && !dim_assume_equal(u, have, want, NULL))
			return node_error(u, n, "attn_mask of shape %s does not fit [%s,%s,%s,%s]",
					  shape_text(u, &m->shape), dim_text(u, full[0]),
					  dim_text(u, full[1]), dim_text(u, full[2]),
					  dim_text(u, full[3]));
	}
	return true;
}

static bool infer_attention(struct unit *u, struct node *n)
{
	struct attention_sizes s;
	int rank;

	if (!attention_read_sizes(u, n, &s) || !check_mask(u, n, &s))
		return false;
	rank = node_in(n, IN_Q)->shape.rank;
	if (rank == 4)
		set_shape_of(node_out(n, OUT_Y), 4,
			     (dim[]){ s.batch, s.heads, s.queries, s.value });
	else
		set_shape_of(node_out(n, OUT_Y), 3,
			     (dim[]){ s.batch, s.queries, s.heads * s.value });
	if (node_out(n, OUT_KEY))
		set_shape_of(node_out(n, OUT_KEY), 4, (dim[]){ s.batch, s.shared, s.keys, s.size });
	if (node_out(n, OUT_VALUE))
		set_shape_of(node_out(n, OUT_VALUE), 4,
			     (dim[]){ s.batch, s.shared, s.keys, s.value });
	if (node_out(n, OUT_QK))
		set_shape_of(node_out(n, OUT_QK), 4,
			     (dim[]){ s.batch, s.heads, s.queries, s.keys });
	return true;
}

static dim macs_attention(struct unit *u, const struct node *n)
{
	struct attention_sizes s;
	dim scores;

	if (!attention_read_sizes(u, n, &s))
		unreachable("an attention that inference accepted");
	scores = dim_mul(u, dim_mul(u, s.batch, s.heads), dim_mul(u, s.queries, s.keys));
	return dim_mul(u, scores, s.size + s.value);
}

/* -- steps ----------------------------------------------------------------------------- */

uint32_t attention_transposed(struct node *n, uint32_t x, const int64_t *order)
{
	struct perm_attrs perm = {
		.perm = { arena_copy(n->graph->unit->arena, order, 4 * sizeof *order), 4 }
	};

	return graph_build1(n, "Transpose", &perm, x);
}

static uint32_t reshaped(struct node *n, uint32_t x, int rank, const int64_t *sizes)
{
	return graph_build2(n, "Reshape", NULL, x, new_ints(n, sizes, rank));
}

static const int64_t swap_heads[4] = { 0, 2, 1, 3 }, swap_last[4] = { 0, 1, 3, 2 };

/* x, in the type computed in, as [batch, heads, length, size]. */
static uint32_t with_heads(struct node *n, uint32_t x, enum dtype t, dim heads, dim size)
{
	int64_t sizes[4] = { 0, 0, heads, size };

	x = new_cast(n, t, x);
	if (value_of(n->graph->unit, x)->shape.rank == 4)
		return x;
	return attention_transposed(n, reshaped(n, x, 4, sizes), swap_heads);
}

/* Queries that share a head of keys get an axis of their own: [batch, shared, each, length, size];
 * K and V are the same for all of them. */
static uint32_t group_queries(struct node *n, const struct attention_sizes *s, uint32_t q)
{
	int64_t sizes[5] = { 0, s->shared, s->heads / s->shared, s->queries < 0 ? -1 : s->queries,
			     s->size };

	return s->heads == s->shared ? q : reshaped(n, q, 5, sizes);
}

static uint32_t share(struct node *n, const struct attention_sizes *s, uint32_t x)
{
	const int64_t axis[1] = { 2 };

	return s->heads == s->shared ? x
				     : graph_build2(n, "Unsqueeze", NULL, x, new_ints(n, axis, 1));
}

/* Scores of whatever rank as output 3, [batch, heads, queries, keys]. */
static void output_scores(struct unit *u, struct node *n, const struct attention_sizes *s,
			  uint32_t x)
{
	const struct value *y = node_out(n, OUT_QK);
	const struct tir *idx[RANK_MAX], *at[5], *each = NULL;
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;

	if (value_of(u, x)->shape.rank == 5) {
		m = new_loops(n, 1, &x, value_of(u, x)->type, &y->shape);
		tir_builder_init(&b, u, m);
		tir_stage_begin(&b, 0, &stage, idx);
		each = tir_index(&b, s->heads / s->shared);
		at[0] = idx[0];
		at[1] = tir_floordiv(&b, idx[1], each);
		at[2] = tir_floormod(&b, idx[1], each);
		at[3] = idx[2];
		at[4] = idx[3];
		stage.value = tir_load(&b, 0, at);
		set_loops(m, &stage);
		x = m->out[0];
	}
	expand_output(u, n, OUT_QK, new_cast(n, y->type, x));
}

/* -- the whole ------------------------------------------------------------------------- */

static uint32_t with_past(struct node *n, int past, uint32_t x)
{
	struct axis_attrs a = { .axis = 2 };

	if (!node_in(n, past))
		return x;
	return graph_build2(n, "Concat", &a,
			    new_cast(n, value_of(n->graph->unit, x)->type, n->in[past]), x);
}

static uint32_t cap(struct node *n, uint32_t x, float softcap)
{
	uint32_t c = new_scalar(n, value_of(n->graph->unit, x)->type, (double)softcap);

	if (!(softcap > 0.0F))
		return x;
	x = graph_build1(n, "Tanh", NULL, graph_build2(n, "Div", NULL, x, c));
	return graph_build2(n, "Mul", NULL, x, c);
}

static bool expand_attention(struct unit *u, struct node *n)
{
	const struct attention_attrs *a = n->attrs;
	enum dtype type = node_in(n, IN_Q)->type, t = dtype_compute(type);
	enum dtype exact = a->softmax_precision == DT_F64 ? DT_F64 : t;
	struct axis_attrs last = { .axis = -1 };
	uint32_t q, k, v, x, stages[4];
	struct attention_sizes s;

	if (!attention_read_sizes(u, n, &s))
		return false;
	q = with_heads(n, n->in[IN_Q], t, s.heads, s.size);
	k = with_past(n, IN_PAST_KEY, with_heads(n, n->in[IN_K], t, s.shared, s.size));
	v = with_past(n, IN_PAST_VALUE, with_heads(n, n->in[IN_V], t, s.shared, s.value));
	if (node_out(n, OUT_KEY))
		expand_output(u, n, OUT_KEY, new_cast(n, type, k));
	if (node_out(n, OUT_VALUE))
		expand_output(u, n, OUT_VALUE, new_cast(n, node_out(n, OUT_VALUE)->type, v));
	q = graph_build2(
		n, "Mul", NULL, q,
		new_scalar(n, t, a->scale != 0.0F ? (double)a->scale : 1 / sqrt((double)s.size)));
	q = group_queries(n, &s, q);
	k = share(n, &s, attention_transposed(n, k, swap_last));
	stages[QK_PRODUCT] = graph_build2(n, "MatMul", NULL, q, k);
	stages[QK_CAPPED] = cap(n, stages[QK_PRODUCT], a->softcap);
	stages[QK_BIASED] = attention_is_biased(n) ? attention_bias(n, &s, stages[QK_CAPPED])
						   : stages[QK_CAPPED];
	x = graph_build1(n, "Softmax", &last, new_cast(n, exact, stages[QK_BIASED]));
	stages[QK_SOFTMAX] = attention_may_hide_rows(n) ? attention_clear_hidden(n, &s, x) : x;
	if (node_out(n, OUT_QK))
		output_scores(u, n, &s, stages[a->qk_matmul_output_mode]);
	x = graph_build2(n, "MatMul", NULL, new_cast(n, t, stages[QK_SOFTMAX]), share(n, &s, v));
	if (s.heads != s.shared)
		x = reshaped(n, x, 4,
			     (int64_t[]){ 0, s.heads, s.queries < 0 ? -1 : s.queries, s.value });
	if (node_in(n, IN_Q)->shape.rank == 3)
		x = reshaped(n, attention_transposed(n, x, swap_heads), 3,
			     (int64_t[]){ 0, 0, s.heads * s.value });
	expand_output(u, n, OUT_Y, new_cast(n, type, x));
	return true;
}

const struct op ops_attention[] = {
	{ .name = "Attention",
	  .since = 23,
	  .sig = "Q:T1 K:T1 V:T2 attn_mask?:U past_key?:T1 past_value?:T2 nonpad_kv_seqlen?:int64 -> "
		 "Y:T1 present_key?:T1 present_value?:T2 qk_matmul_output?:T1",
	  .types = "T1=floats T2=floats U=num,bool",
	  .attrs = attention_rows,
	  .attrs_size = sizeof(struct attention_attrs),
	  .infer = infer_attention,
	  .expand = expand_attention,
	  .macs = macs_attention,
	  .doc = "scaled dot product attention with heads, mask and past keys",
	  .limits = "heads and their sizes must be known at compile time" },
	{ .name = NULL }
};
