/* ms_delta.c - what com.microsoft has in other layouts than ai.onnx: GatedDeltaNet, which is LinearAttention over packed
 * texts, and CausalConvWithState.
 *
 * Words of all texts stand in a row, [words, heads, size]. LinearAttention wants [texts, steps, heads * size]: that is a
 * Reshape where all texts are of one length, else (cu_seqlens) each is gathered with room for all words, and steps
 * behind its end leave the state as it is: their keys and logarithms of decay are 0. */
#include "ms.h"

enum { IN_QUERY, IN_KEY, IN_VALUE, IN_STARTS, IN_DECAY, IN_BETA, IN_STATE, IN_LOG, IN_BIAS };
static const char *const rules[] = { "linear", "gated", "delta", "gated_delta", NULL };
static const char *const gates[] = { "none", "softplus", "qwen", "sigmoid", "kda", NULL };
static const char *const betas[] = { "none", "sigmoid", NULL };
enum { GATE_NONE, GATE_SOFTPLUS, GATE_QWEN, GATE_SIGMOID };

struct delta_attrs {
	int64_t state_update_capacity, chunk_size, qk_l2_norm;
	int beta_activation, gate_activation, update_rule;
	float scale, gate_lower_bound;
};
static const struct attr_row delta_rows[] = {
	A_INT(struct delta_attrs, state_update_capacity, 0),
	A_INT(struct delta_attrs, chunk_size, 64),
	A_ENUM(struct delta_attrs, beta_activation, betas, 0),
	A_ENUM(struct delta_attrs, gate_activation, gates, GATE_NONE),
	A_FLOAT(struct delta_attrs, scale, 0),
	A_FLAG(struct delta_attrs, qk_l2_norm, 0),
	A_FLOAT(struct delta_attrs, gate_lower_bound, -5.0),
	A_ENUM(struct delta_attrs, update_rule, rules, 3),
	A_END,
};

struct delta {
	struct fused *f;
	bool pairs;          /* [texts, steps, ...], not [words, ...] */
	uint32_t texts;      /* how many, [1]; VALUE_NONE: pairs */
	uint32_t at, inside; /* cu_seqlens: which word each step is, and whether, [texts, words] */
	uint32_t q, k, v;    /* [words, heads, size], in float */
	int64_t heads, groups; /* of values; how many of them have the same query and key */
	int64_t size, value;   /* of a head */
};

static uint32_t real(struct fused *f, int k)
{
	return fused_cast(f, DT_F32, fused_in(f, k));
}

/* A vector of sizes from parts, each a vector. */
static uint32_t sizes_of(struct fused *f, uint32_t first, const int64_t *rest, int n)
{
	return fused_concat(f, 0, first, new_ints(f->n, rest, n));
}

static uint32_t shape_part(struct fused *f, uint32_t x, int64_t from, int64_t to)
{
	return fused1(f, "Shape", &((struct shape_attrs){ from, to }), x);
}

/* x, [words, ...] of `each` elements, as [texts, steps, each]. */
static uint32_t in_texts(struct delta *d, uint32_t x, int64_t each)
{
	struct fused *f = d->f;

	if (d->pairs)
		return fused_reshape(f, x, 3, (int64_t[]){ 0, 0, each });
	if (d->at == VALUE_NONE)
		return fused2(f, "Reshape", NULL, x,
			      sizes_of(f, d->texts, (int64_t[]){ -1, each }, 2));
	x = fused_reshape(f, x, 2, (int64_t[]){ -1, each });
	return fused2(f, "Gather", &((struct axis_attrs){ 0 }), x, d->at);
}

/* x, [texts, steps, each], is 0 behind the end of each text. */
static uint32_t ended(struct delta *d, uint32_t x)
{
	if (d->inside == VALUE_NONE)
		return x;
	return fused3(d->f, "Where", NULL, d->inside, x, new_scalar(d->f->n, DT_F32, 0));
}

static void find_texts(struct delta *d)
{
	struct fused *f = d->f;
	const uint32_t starts = fused_in(f, IN_STARTS), one = new_ints(f->n, (int64_t[]){ 1 }, 1);
	const uint32_t zero = new_ints(f->n, (int64_t[]){ 0 }, 1);
	uint32_t words, from, to, at;

	if (starts == VALUE_NONE) {
		if (!d->pairs && fused_in(f, IN_STATE) == VALUE_NONE)
			fused_error(f, "without cu_seqlens initial_state is needed");
		else if (!d->pairs)
			d->texts = shape_part(f, fused_in(f, IN_STATE), 0, 1);
		return;
	}
	if (!fused_rank(f, starts, "cu_seqlens", 1, 1))
		return;
	from = fused_cast(f, DT_I64, starts);
	to = fused_op(f, "Slice", NULL, 3,
		      (uint32_t[]){ from, one, new_ints(f->n, (int64_t[]){ INT32_MAX }, 1) });
	d->texts = fused1(f, "Shape", &((struct shape_attrs){ 0, INT64_MAX }), to);
	from = fused3(f, "Slice", NULL, from, zero, new_ints(f->n, (int64_t[]){ -1 }, 1));
	words = fused_axes(f, "Squeeze", shape_part(f, d->q, 0, 1), 0);
	at = fused3(f, "Range", NULL, new_scalar(f->n, DT_I64, 0), words,
		    new_scalar(f->n, DT_I64, 1));
	at = fused2(f, "Add", NULL, fused_axes(f, "Unsqueeze", from, 1), at);
	d->inside = fused2(f, "Less", NULL, at, fused_axes(f, "Unsqueeze", to, 1));
	d->inside = fused_axes(f, "Unsqueeze", d->inside, 2);
	d->at = fused2(f, "Min", NULL, at,
		       fused2(f, "Sub", NULL, words, new_scalar(f->n, DT_I64, 1)));
}

/* y, [texts, words, each], of the words in their row. */
static uint32_t in_row(struct delta *d, uint32_t y)
{
	struct fused *f = d->f;
	const uint32_t zero = new_scalar(f->n, DT_I64, 0), one = new_scalar(f->n, DT_I64, 1);
	uint32_t ends = fused3(f, "Slice", NULL, fused_cast(f, DT_I64, fused_in(f, IN_STARTS)),
			       new_ints(f->n, (int64_t[]){ 1 }, 1),
			       new_ints(f->n, (int64_t[]){ INT32_MAX }, 1));
	uint32_t words = fused_axes(f, "Squeeze", shape_part(f, d->q, 0, 1), 0), text, step;
	struct reduce_attrs sum = { .keepdims = 0 };

	words = fused3(f, "Range", NULL, zero, words, one);
	text = fused2(f, "GreaterOrEqual", NULL, fused_axes(f, "Unsqueeze", words, 1), ends);
	text = fused2(f, "ReduceSum", &sum, fused_cast(f, DT_I64, text),
		      new_ints(f->n, (int64_t[]){ 1 }, 1)); /* texts that end before the word */
	step = fused2(f, "Gather", &((struct axis_attrs){ 0 }), fused_in(f, IN_STARTS), text);
	step = fused2(f, "Sub", NULL, words, fused_cast(f, DT_I64, step));
	text = fused_concat(f, 1, fused_axes(f, "Unsqueeze", text, 1),
			    fused_axes(f, "Unsqueeze", step, 1));
	return fused2(f, "GatherND", NULL, y, text);
}

/* Queries or keys, as many heads as values have, of length 1 if so wanted. */
static uint32_t spread(struct delta *d, uint32_t x)
{
	struct fused *f = d->f;
	const struct delta_attrs *a = f->n->attrs;
	uint32_t sizes, norm;

	if (a->qk_l2_norm) {
		norm = fused2(f, "ReduceSumSquare", NULL, x, new_ints(f->n, (int64_t[]){ -1 }, 1));
		norm = fused2(f, "Add", NULL, norm, new_scalar(f->n, DT_F32, 1e-6));
		x = fused2(f, "Div", NULL, x, fused1(f, "Sqrt", NULL, norm));
	}
	if (d->groups == 1)
		return x;
	x = fused_axes(f, "Unsqueeze", x, -2);
	sizes = sizes_of(f, shape_part(f, x, 0, -2), (int64_t[]){ d->groups, d->size }, 2);
	x = fused2(f, "Expand", NULL, x, sizes);
	return fused_reshape(f, x, d->pairs ? 4 : 3,
			     d->pairs ? (int64_t[]){ 0, 0, d->heads, d->size }
				      : (int64_t[]){ 0, d->heads, d->size });
}

/* Queries, keys and values, and their sizes. */
static void find_heads(struct delta *d)
{
	struct fused *f = d->f;
	const struct shape *q, *v;

	d->q = real(f, IN_QUERY);
	if (fused_in(f, IN_KEY) == VALUE_NONE || fused_in(f, IN_VALUE) == VALUE_NONE) {
		fused_error(f, "query that holds key and value too is not supported");
		return;
	}
	d->k = real(f, IN_KEY);
	d->v = real(f, IN_VALUE);
	if (!fused_rank(f, d->q, "query", 3, 4) || !fused_rank(f, d->v, "value", 3, 4))
		return;
	q = fused_shape(f, d->q);
	v = fused_shape(f, d->v);
	for (int i = 1; i <= 2; i++)
		if (!dim_is_const(q->d[q->rank - i]) || !dim_is_const(v->d[v->rank - i]) ||
		    q->d[q->rank - i] == 0 || v->d[v->rank - i] == 0 || q->rank != v->rank) {
			fused_error(f, "the heads and their sizes must be known at compile time");
			return;
		}
	d->pairs = q->rank == 4;
	d->size = q->d[q->rank - 1];
	d->value = v->d[v->rank - 1];
	d->heads = v->d[v->rank - 2];
	d->groups = d->heads / q->d[q->rank - 2];
	if (d->heads % q->d[q->rank - 2])
		fused_error(f, "the heads of value must be a multiple of those of query");
}

/* The logarithms of decay:  -exp(a) softplus(x + b)  or  bound sigmoid(exp(a) (x + b)). */
static uint32_t decay_of(struct delta *d, int64_t each)
{
	struct fused *f = d->f;
	const struct delta_attrs *a = f->n->attrs;
	uint32_t x = real(f, IN_DECAY), factor;

	if (a->gate_activation == GATE_NONE)
		return x;
	if (fused_in(f, IN_LOG) == VALUE_NONE || fused_in(f, IN_BIAS) == VALUE_NONE) {
		fused_error(f, "gate_activation needs a_log and dt_bias");
		return x;
	}
	factor = fused1(f, "Exp", NULL, real(f, IN_LOG));
	if (each > 1)
		factor = fused_axes(f, "Unsqueeze", factor, 1);
	x = fused2(f, "Add", NULL, x,
		   fused_reshape(f, real(f, IN_BIAS), each > 1 ? 2 : 1,
				 (int64_t[]){ d->heads, each }));
	if (a->gate_activation < GATE_SIGMOID)
		return fused2(f, "Mul", NULL, fused1(f, "Neg", NULL, factor),
			      fused1(f, "Softplus", NULL, x));
	x = fused1(f, "Sigmoid", NULL, fused2(f, "Mul", NULL, factor, x));
	return fused2(f, "Mul", NULL, x, new_scalar(f->n, DT_F32, (double)a->gate_lower_bound));
}

static void make_delta(struct fused *f, uint32_t *out)
{
	const struct delta_attrs *a = f->n->attrs;
	struct linear_rule_attrs linear = { .chunk_size = 64,
					    .scale = a->scale,
					    .update_rule = a->update_rule };
	struct delta d = { .f = f };
	uint32_t in[6], y[2] = { VALUE_NONE };
	const uint32_t decay = fused_in(f, IN_DECAY);

	if (a->state_update_capacity)
		fused_error(f, "state_update_capacity other than 0 is not supported");
	find_heads(&d);
	if (f->failed)
		return;
	find_texts(&d);
	if (f->failed)
		return;
	in[0] = in_texts(&d, spread(&d, d.q), d.heads * d.size);
	in[1] = ended(&d, in_texts(&d, spread(&d, d.k), d.heads * d.size));
	in[2] = in_texts(&d, d.v, d.heads * d.value);
	in[3] = in[4] = in[5] = VALUE_NONE;
	if (fused_in(f, IN_STATE) != VALUE_NONE)
		in[3] = fused_transpose(f, fused_in(f, IN_STATE), 4, (int[]){ 0, 1, 3, 2 });
	if (decay != VALUE_NONE) {
		int64_t each =
			fused_shape(f, decay)->rank == fused_shape(f, d.q)->rank ? d.size : 1;

		in[4] = ended(&d, in_texts(&d, decay_of(&d, each), d.heads * each));
	}
	if (fused_in(f, IN_BETA) != VALUE_NONE) {
		in[5] = real(f, IN_BETA);
		if (a->beta_activation)
			in[5] = fused1(f, "Sigmoid", NULL, in[5]);
		in[5] = in_texts(&d, in[5], d.heads);
	}
	linear.kv_num_heads = linear.q_num_heads = d.heads;
	fused_ops(f, "LinearAttention", &linear, 6, in, 2, y);
	if (f->failed)
		return;
	out[1] = fused_transpose(f, y[1], 4, (int[]){ 0, 1, 3, 2 });
	if (d.at != VALUE_NONE)
		y[0] = in_row(&d, y[0]);
	y[0] = fused2(f, "Reshape", NULL, y[0],
		      sizes_of(f, shape_part(f, d.q, 0, -2), (int64_t[]){ d.heads, d.value }, 2));
	out[0] = fused_cast(f, value_of(f->u, f->n->in[IN_QUERY])->type, y[0]);
}

FUSED_OP(delta)

/* -- CausalConvWithState ------------------------------------------------------------------ */

struct ms_causal_attrs {
	int activation;
	int64_t ndim, dilation, channels_last, state_window, state_update_capacity;
};
static const struct attr_row ms_causal_rows[] = {
	A_ENUM(struct ms_causal_attrs, activation, causal_activations, 0),
	A_RANGE(struct ms_causal_attrs, ndim, 1, 1, 3),
	A_RANGE(struct ms_causal_attrs, dilation, 1, 1, INT32_MAX),
	A_FLAG(struct ms_causal_attrs, channels_last, 0),
	A_INT(struct ms_causal_attrs, state_window, 0),
	A_INT(struct ms_causal_attrs, state_update_capacity, 0),
	A_END,
};

/* w, [channels, 1, taps], with zeros between its taps. */
static uint32_t dilated(struct fused *f, uint32_t w, int64_t by)
{
	const int64_t gap[8] = { [7] = by - 1 };
	uint32_t length, spread;

	if (by == 1)
		return w;
	length = shape_part(f, w, 2, 3);
	spread = fused2(f, "Pad", NULL, fused_axes(f, "Unsqueeze", w, 3), new_ints(f->n, gap, 8));
	spread = fused_reshape(f, spread, 3, (int64_t[]){ 0, 0, -1 });
	length = fused2(f, "Mul", NULL, length, new_ints(f->n, &by, 1));
	length = fused2(f, "Sub", NULL, length, new_ints(f->n, &gap[7], 1));
	return fused_op(f, "Slice", NULL, 4,
			(uint32_t[]){ spread, new_ints(f->n, (int64_t[]){ 0 }, 1), length,
				      new_ints(f->n, (int64_t[]){ 2 }, 1) });
}

/* [batch, steps, d1, ..., dn] as [batch, d1 * ... * dn, steps]. */
static uint32_t channels_first(struct fused *f, uint32_t x)
{
	x = fused_reshape(f, x, 3, (int64_t[]){ 0, 0, -1 });
	return fused_transpose(f, x, 3, (int[]){ 0, 2, 1 });
}

/* And back, the channels' axes as x, an input, has them. */
static uint32_t channels_last(struct fused *f, uint32_t y, uint32_t x)
{
	const uint32_t sizes = shape_part(f, x, 2, INT64_MAX);

	y = fused_transpose(f, y, 3, (int[]){ 0, 2, 1 });
	return fused2(f, "Reshape", NULL, y,
		      fused_concat(f, 0, new_ints(f->n, (int64_t[]){ 0, 0 }, 2), sizes));
}

static void make_causal(struct fused *f, uint32_t *out)
{
	const struct ms_causal_attrs *a = f->n->attrs;
	const struct causal_attrs plain = { a->activation };
	const uint32_t x = f->n->in[0];
	uint32_t in[4], y[2] = { VALUE_NONE };

	if (a->ndim != 1)
		fused_error(f, "ndim other than 1 is not supported");
	if (a->state_window || a->state_update_capacity)
		fused_error(
			f, "state_window and state_update_capacity other than 0 are not supported");
	if (f->failed || !fused_rank(f, x, "input", 3, RANK_MAX) ||
	    !fused_rank(f, f->n->in[1], "weight", 3, 3))
		return;
	for (int k = 0; k < 4; k++)
		in[k] = fused_in(f, k);
	in[1] = dilated(f, in[1], a->dilation);
	for (int k = 0; k < 4 && a->channels_last; k += 3)
		if (in[k] != VALUE_NONE)
			in[k] = channels_first(f, in[k]);
	fused_ops(f, "CausalConvWithState", &plain, 4, in, 2, y);
	for (int k = 0; k < 2 && !f->failed; k++)
		out[k] = a->channels_last ? channels_last(f, y[k], x) : y[k];
}

FUSED_OP(causal)

const struct op ops_ms_delta[] = {
	{ MS_OP("GatedDeltaNet", delta,
		"query:T key?:T value?:T cu_seqlens?:int32 decay?:G beta?:G initial_state?:float a_log?:float "
		"dt_bias?:float capture_count?:int32 state_update_active?:int32 -> output:T final_state?:float "
		"state_update?:float",
		"T=float,float16,bfloat16 G=float,float16,bfloat16",
		"LinearAttention over texts in a row, its gates' functions included"),
	  MS_ATTRS(delta_rows, delta_attrs),
	  .limits = "query that holds key and value too is not supported; "
		    "state_update_capacity other than 0 is not supported" },
	{ MS_OP("CausalConvWithState", causal,
		"input:T weight:T bias?:T past_state?:T -> output:T present_state?:T",
		"T=float,float16,bfloat16",
		"a depthwise convolution along time that begins with what the last call saw"),
	  MS_ATTRS(ms_causal_rows, ms_causal_attrs),
	  .limits = "ndim other than 1 is not supported; "
		    "state_window and state_update_capacity other than 0 are not supported" },
	{ .name = NULL }
};
