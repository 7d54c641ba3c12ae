/* ms_gated.c - com.microsoft's gates, and normalizations and sums with gates, of recurrent and mixture layers.
 * All compute in float and round the result; where an intermediate one is rounded, too, the operator says so. */
#include "ms.h"

static enum dtype type_of(const struct fused *f, uint32_t x)
{
	return value_of(f->u, x)->type;
}

/* a * b */
static uint32_t times(struct fused *f, uint32_t a, uint32_t b)
{
	return fused2(f, "Mul", NULL, a, b);
}

static uint32_t scaled(struct fused *f, uint32_t x, double factor)
{
	return times(f, x, new_scalar(f->n, DT_F32, factor));
}

static uint32_t real_in(struct fused *f, int k)
{
	return fused_cast(f, DT_F32, fused_in(f, k));
}

/* x's last axis as two, [.., parts, size]; one of them is -1: what is left. */
static uint32_t parted(struct fused *f, uint32_t x, int64_t parts, int64_t size)
{
	int64_t sizes[RANK_MAX + 1] = { 0 };
	int rank;
	dim last;

	if (!fused_rank(f, x, "X", 1, RANK_MAX - 1))
		return VALUE_NONE;
	rank = fused_shape(f, x)->rank;
	last = fused_shape(f, x)->d[rank - 1];
	if (dim_is_const(last) && parts < 0 && size > 0 && last % size == 0)
		parts = last / size;
	if (dim_is_const(last) && size < 0 && parts > 0 && last % parts == 0)
		size = last / parts;
	sizes[rank - 1] = parts;
	sizes[rank] = size;
	return fused_reshape(f, x, rank + 1, sizes);
}

/* x / sqrt(mean of its squares along the last axis + epsilon) * scale */
static uint32_t rms(struct fused *f, uint32_t x, float epsilon, uint32_t scale)
{
	struct layer_norm_attrs norm = { .axis = -1, .stash_type = DT_F32, .epsilon = epsilon };

	return times(f, fused2(f, "RMSNormalization", &norm, x, new_scalar(f->n, DT_F32, 1)),
		     scale);
}

/* x in the type and shape of `like`. */
static uint32_t back(struct fused *f, uint32_t x, uint32_t like)
{
	if (!f->failed && fused_shape(f, x)->rank != fused_shape(f, like)->rank)
		x = new_reshape(f->n, x, like);
	return fused_cast(f, type_of(f, like), x);
}

static bool number_at(struct fused *f, uint32_t x, int axis, const char *what, dim *out)
{
	if (f->failed)
		return false;
	*out = fused_shape(f, x)->d[axis];
	if (!dim_is_const(*out))
		fused_error(f, what);
	return !f->failed;
}

/* -- SwiGLU, ScaledSiLU -------------------------------------------------------------------- */

struct ms_swiglu_attrs {
	float activation_alpha, activation_beta, limit;
	int64_t round_activation;
};
static const struct attr_row swiglu_rows[] = {
	A_FLOAT(struct ms_swiglu_attrs, activation_alpha, 1),
	A_FLOAT(struct ms_swiglu_attrs, activation_beta, 0),
	A_FLOAT(struct ms_swiglu_attrs, limit, 0),
	A_FLAG(struct ms_swiglu_attrs, round_activation, 0),
	A_END,
};

static void make_swiglu(struct fused *f, uint32_t *out)
{
	const struct ms_swiglu_attrs *a = f->n->attrs;
	enum dtype t = type_of(f, f->n->in[0]);
	uint32_t half[2] = { real_in(f, 0), VALUE_NONE }, limit;

	if (fused_in(f, 1))
		half[1] = real_in(f, 1);
	else
		fused_ops(f, "Split", &(struct split_attrs){ .axis = -1, .num_outputs = 2 }, 1,
			  (uint32_t[]){ half[0] }, 2, half);
	if (a->limit > 0) {
		limit = new_scalar(f->n, DT_F32, (double)a->limit);
		half[0] = fused2(f, "Min", NULL, half[0], limit);
		half[1] = fused3(f, "Clip", NULL, half[1],
				 new_scalar(f->n, DT_F32, -(double)a->limit), limit);
	}
	half[0] = fused1(f, "Swish", &(struct alpha_attrs){ a->activation_alpha }, half[0]);
	if (a->round_activation)
		half[0] = fused_cast(f, DT_F32, fused_cast(f, t, half[0]));
	half[1] = fused2(f, "Add", NULL, half[1],
			 new_scalar(f->n, DT_F32, (double)a->activation_beta));
	out[0] = fused_cast(f, t, times(f, half[0], half[1]));
}
FUSED_OP(swiglu)

static const struct attr_row silu_rows[] = { A_FLOAT(struct alpha_attrs, alpha, 1), A_END };

/* Scaled, sigmoid and product are rounded each. */
static void make_silu(struct fused *f, uint32_t *out)
{
	const struct alpha_attrs *a = f->n->attrs;
	enum dtype t = type_of(f, f->n->in[0]);
	uint32_t x = real_in(f, 0);

	x = fused_in(f, 1) ? times(f, x, real_in(f, 1)) : scaled(f, x, (double)a->alpha);
	if (!f->failed)
		x = back(f, x, f->n->in[0]);
	out[0] =
		times(f, x, fused_cast(f, t, fused1(f, "Sigmoid", NULL, fused_cast(f, DT_F32, x))));
}
FUSED_OP(silu)

/* -- GatedRMSNorm, BranchwiseRMSNorm ------------------------------------------------------- */

enum { GATE_SILU, GATE_SWISH, GATE_SIGMOID };
static const char *const gate_names[] = { "silu", "swish", "sigmoid", NULL };
struct gated_rms_attrs {
	int activation;
	float epsilon;
};
static const struct attr_row gated_rms_rows[] = {
	A_ENUM(struct gated_rms_attrs, activation, gate_names, GATE_SILU),
	A_FLOAT(struct gated_rms_attrs, epsilon, 1e-5f),
	A_END,
};

static void make_gated_rms(struct fused *f, uint32_t *out)
{
	const struct gated_rms_attrs *a = f->n->attrs;
	uint32_t x = f->n->in[0], gate = real_in(f, 2), y;
	dim size;

	if (!fused_rank(f, f->n->in[1], "scale", 1, 1) ||
	    !number_at(f, f->n->in[1], 0, "the length of scale must be known at compile time",
		       &size))
		return;
	y = rms(f, parted(f, real_in(f, 0), -1, size), a->epsilon, real_in(f, 1));
	gate = a->activation == GATE_SIGMOID ? fused1(f, "Sigmoid", NULL, gate)
					     : fused1(f, "Swish", &(struct alpha_attrs){ 1 }, gate);
	if (!f->failed)
		out[0] = back(f, times(f, new_reshape(f->n, y, x), gate), x);
}
FUSED_OP(gated_rms)

struct branches_attrs {
	int64_t num_branches;
	float epsilon, reduction_scale;
};
#define BRANCHES A_RANGE(struct branches_attrs, num_branches, 0, 0, INT32_MAX)
static const struct attr_row branch_rms_rows[] = { BRANCHES,
						   A_FLOAT(struct branches_attrs, epsilon, 1e-5f),
						   A_END };

/* Input 0 in float as [.., C, H]; *count gets C. */
static uint32_t branches(struct fused *f, dim *count)
{
	const struct branches_attrs *a = f->n->attrs;
	uint32_t x = real_in(f, 0);

	*count = a->num_branches;
	if (a->num_branches)
		return parted(f, x, a->num_branches, -1);
	if (fused_rank(f, x, "X", 2, RANK_MAX))
		number_at(f, x, fused_shape(f, x)->rank - 2,
			  "the number of branches must be known at compile time", count);
	return x;
}

static void make_branch_rms(struct fused *f, uint32_t *out)
{
	const struct branches_attrs *a = f->n->attrs;
	uint32_t scale = new_scalar(f->n, DT_F32, 1), x;
	dim count, size;

	x = branches(f, &count);
	if (fused_in(f, 1))
		scale = real_in(f, 1);
	if (fused_in(f, 1) && fused_rank(f, scale, "scale", 1, 2) &&
	    fused_shape(f, scale)->rank == 1 &&
	    number_at(f, scale, 0, "the length of scale must be known at compile time", &size) &&
	    !dim_assume_equal(f->u, size, fused_shape(f, x)->d[fused_shape(f, x)->rank - 1], NULL))
		scale = fused_reshape(f, scale, 2, (int64_t[]){ count, -1 });
	x = rms(f, x, a->epsilon, scale);
	if (!f->failed)
		out[0] = back(f, x, f->n->in[0]);
}
FUSED_OP(branch_rms)

/* -- HyperConnectionPreMix, HyperConnectionPostMix: streams [.., C, H] --------------------- */

static const struct attr_row pre_mix_rows[] = { BRANCHES,
						A_FLOAT(struct branches_attrs, reduction_scale, 1),
						A_END };
static const struct attr_row post_mix_rows[] = { BRANCHES, A_END };

/* Factors of branches, [.., C], [.., C, 1], [.., C, H] or [.., C * H], as something that broadcasts to
 * streams of that rank. */
static uint32_t factors(struct fused *f, int k, int rank, dim count)
{
	uint32_t x = real_in(f, k);
	dim last;

	if (!fused_rank(f, x, "the mix", 1, RANK_MAX) || fused_shape(f, x)->rank == rank)
		return x;
	if (!number_at(f, x, fused_shape(f, x)->rank - 1,
		       "the last axis of the mix must be known at compile time", &last))
		return x;
	return last == count ? fused_axes(f, "Unsqueeze", x, -1) : parted(f, x, count, -1);
}

static void make_pre_mix(struct fused *f, uint32_t *out)
{
	const struct branches_attrs *a = f->n->attrs;
	struct reduce_attrs flat = { .keepdims = 0 };
	dim count;
	uint32_t x = branches(f, &count);

	if (f->failed)
		return;
	x = times(f, x, factors(f, 1, fused_shape(f, x)->rank, count));
	x = fused2(f, "ReduceSum", &flat, x, new_ints(f->n, (int64_t[]){ -2 }, 1));
	out[0] = fused_cast(f, type_of(f, f->n->in[0]), scaled(f, x, (double)a->reduction_scale));
}
FUSED_OP(pre_mix)

static void make_post_mix(struct fused *f, uint32_t *out)
{
	dim count;
	uint32_t x = branches(f, &count), y;
	int order[RANK_MAX], rank;

	if (f->failed)
		return;
	rank = fused_shape(f, x)->rank;
	for (int i = 0; i < rank; i++)
		order[i] = i < rank - 2 ? i : 2 * rank - 3 - i;
	y = times(f, factors(f, 2, rank, count), fused_axes(f, "Unsqueeze", real_in(f, 1), -2));
	if (fused_in(f, 3))
		x = fused2(f, "MatMul", NULL, fused_transpose(f, real_in(f, 3), rank, order), x);
	x = fused2(f, "Add", NULL, x, y);
	if (!f->failed)
		out[0] = back(f, x, f->n->in[0]);
}
FUSED_OP(post_mix)

/* -- GatedAdd, LinearAttentionGate --------------------------------------------------------- */

/* X + Y * gate, the gate given or a sigmoid of gate W; each step rounded. */
static void make_gated_add(struct fused *f, uint32_t *out)
{
	uint32_t gate = f->n->in[2];

	if (fused_in(f, 3))
		gate = fused1(f, "Sigmoid", NULL, fused2(f, "MatMul", NULL, gate, fused_in(f, 3)));
	out[0] = fused2(f, "Add", NULL, f->n->in[0], times(f, f->n->in[1], gate));
}
FUSED_OP(gated_add)

static void make_attention_gate(struct fused *f, uint32_t *out)
{
	enum dtype t = type_of(f, f->n->in[0]);
	uint32_t x = fused2(f, "Add", NULL, real_in(f, 0), f->n->in[1]);

	x = times(f, fused1(f, "Softplus", NULL, x), f->n->in[2]);
	out[0] = fused_cast(f, t, x);
	if (node_out(f->n, 1) && !fused_in(f, 3))
		fused_error(f, "the output beta needs the input b");
	else if (node_out(f->n, 1))
		out[1] = fused_cast(f, t, fused1(f, "Sigmoid", NULL, real_in(f, 3)));
}
FUSED_OP(attention_gate)

/* -- EngramGate ---------------------------------------------------------------------------- */

enum { ENGRAM_KEY, ENGRAM_QUERY, ENGRAM_VALUE, ENGRAM_KEY_SCALE, ENGRAM_QUERY_SCALE, ENGRAM_NORM };

static const struct attr_row engram_rows[] = { A_FLOAT(struct epsilon_attrs, epsilon, 1e-5f),
					       A_END };

/* sigmoid(sign(d) sqrt(max(|d|, 1e-6))) value, d the product of the normalized key and query */
static void make_engram(struct fused *f, uint32_t *out)
{
	const struct epsilon_attrs *a = f->n->attrs;
	struct reduce_attrs keep = { .keepdims = 1 };
	struct shape_attrs last = { .start = 3, .end = 4 };
	enum dtype t = type_of(f, f->n->in[0]);
	uint32_t x = times(f, rms(f, real_in(f, 0), a->epsilon, real_in(f, ENGRAM_KEY_SCALE)),
			   rms(f, real_in(f, 1), a->epsilon, real_in(f, ENGRAM_QUERY_SCALE)));
	uint32_t size;

	if (!fused_rank(f, f->n->in[0], "key", 4, 4))
		return;
	x = fused2(f, "ReduceSum", &keep, x, new_ints(f->n, (int64_t[]){ -1 }, 1));
	size = fused1(f, "Shape", &last, f->n->in[0]);
	x = fused2(f, "Div", NULL, x, fused1(f, "Sqrt", NULL, fused_cast(f, DT_F32, size)));
	size = fused2(f, "Max", NULL, fused1(f, "Abs", NULL, x), new_scalar(f->n, DT_F32, 1e-6));
	x = times(f, fused1(f, "Sign", NULL, x), fused1(f, "Sqrt", NULL, size));
	x = times(f, fused1(f, "Sigmoid", NULL, x),
		  fused_axes(f, "Unsqueeze", real_in(f, ENGRAM_VALUE), 2));
	out[0] = fused_cast(f, t, x);
	if (node_out(f->n, 1) && !fused_in(f, ENGRAM_NORM))
		fused_error(f, "the output gated_value_normed needs the input conv_norm_scale");
	else if (node_out(f->n, 1))
		out[1] = fused_cast(f, t, rms(f, x, a->epsilon, real_in(f, ENGRAM_NORM)));
}
FUSED_OP(engram)

#define T_REAL "T=float,float16,bfloat16"
#define T_MIXED T_REAL " M=float,float16,bfloat16"
#define BRANCH_LIMIT "the number of branches must be known at compile time"

const struct op ops_ms_gated[] = {
	{ MS_OP("SwiGLU", swiglu, "gate:T up?:T -> output:T", T_REAL,
		"gate sigmoid(alpha gate) (up + beta), both clamped"),
	  MS_ATTRS(swiglu_rows, ms_swiglu_attrs) },
	{ MS_OP("ScaledSiLU", silu, "X:T scale?:M -> Y:T", T_MIXED, "x sigmoid(x), x = scale X"),
	  MS_ATTRS(silu_rows, alpha_attrs) },
	{ MS_OP("GatedRMSNorm", gated_rms, "X:T scale:T gate:T -> Y:T", T_REAL,
		"RMSNormalization of groups of elements, times an activation of gate"),
	  MS_ATTRS(gated_rms_rows, gated_rms_attrs),
	  .limits = "the length of scale must be known at compile time" },
	{ MS_OP("BranchwiseRMSNorm", branch_rms, "X:T scale?:M -> Y:T", T_MIXED,
		"RMSNormalization of each branch"),
	  MS_ATTRS(branch_rms_rows, branches_attrs), .limits = BRANCH_LIMIT },
	{ MS_OP("HyperConnectionPreMix", pre_mix, "streams:T pre_mix:M -> output:T", T_MIXED,
		"a weighted sum of streams"),
	  MS_ATTRS(pre_mix_rows, branches_attrs), .limits = BRANCH_LIMIT },
	{ MS_OP("HyperConnectionPostMix", post_mix,
		"streams:T block_output:T post_mix:M stream_mix?:M -> output:T", T_MIXED,
		"streams mixed with one another and with an output"),
	  MS_ATTRS(post_mix_rows, branches_attrs), .limits = BRANCH_LIMIT },
	{ MS_OP("GatedAdd", gated_add, "X:T Y:T gate:T gate_weight?:T -> output:T", T_REAL,
		"X + Y gate, or X + Y sigmoid(gate gate_weight)") },
	{ MS_OP("LinearAttentionGate", attention_gate,
		"a:T dt_bias:float decay_scale:float b?:T -> decay:T beta?:T", T_REAL,
		"decay_scale Softplus(a + dt_bias), and Sigmoid(b)") },
	{ MS_OP("EngramGate", engram,
		"key:T query:T value:T key_norm_scale:T query_norm_scale:T conv_norm_scale?:T -> "
		"output:T gated_value_normed?:T",
		T_REAL, "value gated by how alike key and query are"),
	  MS_ATTRS(engram_rows, epsilon_attrs) },
	{ .name = NULL }
};
