/* ms_bias.c - com.microsoft's operators with a bias or a residual before or behind them, and GroupNorm. */
#include "ms.h"

/* -- BiasAdd, BiasSplitGelu, BiasDropout, GemmFastGelu ------------------------------------- */

static void make_bias_add(struct fused *f, uint32_t *out)
{
	out[0] = fused2(f, "Add", NULL, f->n->in[0], f->n->in[1]);
	out[0] = fused2(f, "Add", NULL, out[0], f->n->in[2]);
}
FUSED_OP(bias_add)

static void make_bias_split_gelu(struct fused *f, uint32_t *out)
{
	struct split_attrs halves = { .axis = -1, .num_outputs = 2 };
	uint32_t x = fused2(f, "Add", NULL, f->n->in[0], f->n->in[1]), part[2] = { VALUE_NONE };

	fused_ops(f, "Split", &halves, 1, &x, 2, part);
	out[0] = fused2(f, "Mul", NULL, part[0],
			fused1(f, "Gelu", &(struct gelu_attrs){ 0 }, part[1]));
}
FUSED_OP(bias_split_gelu)

struct bias_dropout_attrs {
	int64_t seed;
};
static const struct attr_row bias_dropout_rows[] = { A_INT(struct bias_dropout_attrs, seed, 0),
						     A_END };

static void make_bias_dropout(struct fused *f, uint32_t *out)
{
	const struct bias_dropout_attrs *a = f->n->attrs;
	struct dropout_attrs dropout = { .seed = a->seed };
	uint32_t in[3] = { fused2(f, "Add", NULL, f->n->in[0], f->n->in[1]), fused_in(f, 3),
			   fused_in(f, 4) };

	fused_ops(f, "Dropout", &dropout, 3, in, 2, out);
	if (fused_in(f, 2))
		out[0] = fused2(f, "Add", NULL, out[0], fused_in(f, 2));
}
FUSED_OP(bias_dropout)

static void make_gemm_fast_gelu(struct fused *f, uint32_t *out)
{
	uint32_t x = fused2(f, "MatMul", NULL, f->n->in[0], f->n->in[1]);

	if (fused_in(f, 2))
		x = fused2(f, "Add", NULL, x, fused_in(f, 2));
	out[0] = fused1(f, "Gelu", &(struct gelu_attrs){ 1 }, x);
}
FUSED_OP(gemm_fast_gelu)

/* -- BiasSoftmax: over all axes from `axis` on together ------------------------------------ */

struct bias_softmax_attrs {
	int64_t axis, is_inner_broadcast;
};
static const struct attr_row bias_softmax_rows[] = {
	A_INT(struct bias_softmax_attrs, axis, 1),
	{ ATTR(struct bias_softmax_attrs, is_inner_broadcast), .kind = ATTR_INT, .required = true,
	  .lo = 0, .hi = 1 },
	A_END
};

static void make_bias_softmax(struct fused *f, uint32_t *out)
{
	const struct bias_softmax_attrs *a = f->n->attrs;
	struct axis_attrs last = { .axis = -1 };
	uint32_t x = fused2(f, "Add", NULL, f->n->in[0], f->n->in[1]), y;
	int64_t sizes[RANK_MAX] = { 0 };
	int rank, axis;

	if (f->failed)
		return;
	rank = fused_shape(f, x)->rank;
	f->failed = !axis_resolve(f->u, &f->n->loc, a->axis, rank, &axis);
	if (f->failed || axis == rank - 1) {
		out[0] = fused1(f, "Softmax", &last, x);
		return;
	}
	sizes[axis] = -1;
	y = fused1(f, "Softmax", &last, fused_reshape(f, x, axis + 1, sizes));
	if (!f->failed)
		out[0] = new_reshape(f->n, y, x);
}
FUSED_OP(bias_softmax)

/* -- GroupNorm, SkipGroupNorm -------------------------------------------------------------- */

enum { GROUP_PLAIN, GROUP_SILU };

struct group_attrs {
	float epsilon;
	int64_t groups, activation, channels_last;
};
static const struct attr_row group_rows[] = {
	{ ATTR(struct group_attrs, groups), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	{ ATTR(struct group_attrs, activation), .kind = ATTR_INT, .required = true,
	  .lo = GROUP_PLAIN, .hi = GROUP_SILU },
	A_FLAG(struct group_attrs, channels_last, 1),
	A_FLOAT(struct group_attrs, epsilon, 1e-5f),
	A_END,
};

/* x, channels where the attribute says, normalized in float. */
static uint32_t group_norm(struct fused *f, uint32_t x)
{
	const struct group_attrs *a = f->n->attrs;
	struct group_norm_attrs norm = { a->epsilon, a->groups, DT_F32 };
	enum dtype type = value_of(f->u, f->n->in[0])->type;
	uint32_t y;

	if (!fused_rank(f, x, "X", 4, 4))
		return VALUE_NONE;
	y = fused_cast(f, DT_F32, x);
	if (a->channels_last)
		y = fused_transpose(f, y, 4, (int[]){ 0, 3, 1, 2 });
	y = fused3(f, "GroupNormalization", &norm, y, fused_cast(f, DT_F32, f->n->in[1]),
		   fused_cast(f, DT_F32, f->n->in[2]));
	if (a->activation == GROUP_SILU)
		y = fused1(f, "Swish", &(struct alpha_attrs){ 1 }, y);
	if (a->channels_last)
		y = fused_transpose(f, y, 4, (int[]){ 0, 2, 3, 1 });
	return fused_cast(f, type, y);
}

static void make_group_norm(struct fused *f, uint32_t *out)
{
	out[0] = group_norm(f, f->n->in[0]);
}
FUSED_OP(group_norm)

/* v, of shape [C] or [N, C], as something that broadcasts to X. */
static uint32_t along_channels(struct fused *f, uint32_t v)
{
	const struct group_attrs *a = f->n->attrs;
	int rank = f->failed ? 0 : fused_shape(f, v)->rank;
	int64_t sizes[4] = { rank == 2 ? 0 : 1, 1, 1, 1 };

	if (f->failed || rank == 4)
		return v;
	sizes[a->channels_last ? 3 : 1] = -1;
	return fused_reshape(f, v, 4, sizes);
}

static void make_skip_group_norm(struct fused *f, uint32_t *out)
{
	uint32_t x = fused2(f, "Add", NULL, f->n->in[0], along_channels(f, f->n->in[3]));

	if (fused_in(f, 4))
		x = fused2(f, "Add", NULL, x, along_channels(f, fused_in(f, 4)));
	out[0] = group_norm(f, x);
	out[1] = x;
}
FUSED_OP(skip_group_norm)

/* -- MulInteger ---------------------------------------------------------------------------- */

static uint32_t off_zero(struct fused *f, uint32_t x, uint32_t zero)
{
	x = fused_cast(f, DT_I32, x);
	return zero ? fused2(f, "Sub", NULL, x, fused_cast(f, DT_I32, zero)) : x;
}

static void make_mul_integer(struct fused *f, uint32_t *out)
{
	out[0] = fused2(f, "Mul", NULL, off_zero(f, f->n->in[0], f->n->in[1]),
			off_zero(f, f->n->in[2], fused_in(f, 3)));
}
FUSED_OP(mul_integer)

const struct op ops_ms_bias[] = {
	{ MS_OP("BiasAdd", bias_add, "X:T bias:T skip:T -> Y:T", "T=floats", "X + bias + skip") },
	{ MS_OP("BiasSplitGelu", bias_split_gelu, "X:T bias:T -> Y:T", "T=floats",
		"the first half of X + bias times Gelu of the second") },
	{ MS_OP("BiasDropout", bias_dropout,
		"data:T bias:T residual?:T ratio?:T1 training_mode?:bool -> output:T mask?:bool",
		"T=floats T1=floats", "Dropout of data + bias, and the residual added"),
	  MS_ATTRS(bias_dropout_rows, bias_dropout_attrs) },
	{ MS_OP("GemmFastGelu", gemm_fast_gelu, "X:T W:T bias?:T -> Y:T", "T=floats",
		"Gelu by tanh, of X W + bias") },
	{ MS_OP("BiasSoftmax", bias_softmax, "data:T bias:T -> output:T", "T=floats",
		"Softmax of data + bias over the axes from `axis` on"),
	  MS_ATTRS(bias_softmax_rows, bias_softmax_attrs) },
	{ MS_OP("GroupNorm", group_norm, "X:T gamma:M beta:M -> Y:T",
		"T=float,float16 M=float,float16",
		"groups of channels standardized, each channel scaled and shifted"),
	  MS_ATTRS(group_rows, group_attrs),
	  .limits = "the number of channels must be known at compile time" },
	{ MS_OP("SkipGroupNorm", skip_group_norm, "X:T gamma:M beta:M skip:T bias?:T -> Y:T S?:T",
		"T=float,float16 M=float,float16", "GroupNorm of X + skip + bias"),
	  MS_ATTRS(group_rows, group_attrs),
	  .limits = "the number of channels must be known at compile time" },
	{ MS_OP("MulInteger", mul_integer, "A:T A_zero_point?:T B:T B_zero_point?:T -> C:int32",
		"T=int8,uint8", "(A - A_zero_point) (B - B_zero_point) in int32") },
	{ .name = NULL }
};
