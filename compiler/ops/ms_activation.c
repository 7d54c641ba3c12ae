/* ms_activation.c - com.microsoft's activations, and products and convolutions with an activation behind
 * them. */
#include "ms.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* -- Gelu and its kin ---------------------------------------------------------------------- */

static void make_gelu(struct fused *f, uint32_t *out)
{
	struct gelu_attrs a = { strcmp(f->n->op->name, "FastGelu") == 0 };
	uint32_t x = f->n->in[0];

	if (fused_in(f, 1))
		x = fused2(f, "Add", NULL, x, fused_in(f, 1));
	out[0] = fused1(f, "Gelu", &a, x);
}
FUSED_OP(gelu)

static const struct attr_row quick_rows[] = { A_FLOAT(struct alpha_attrs, alpha, 1.702f), A_END };

static void make_quick_gelu(struct fused *f, uint32_t *out)
{
	out[0] = fused1(f, "Swish", f->n->attrs, f->n->in[0]);
}
FUSED_OP(quick_gelu)

/* -- activations named by an attribute ----------------------------------------------------- */

static const char *const fused_names[] = { "",     "Relu",        "Tanh", "Sigmoid",   "LeakyRelu",
					   "Clip", "HardSigmoid", "Elu",  "HardSwish", NULL };
enum { FUSED_NONE, FUSED_LEAKY_RELU = 4, FUSED_CLIP, FUSED_HARD_SIGMOID, FUSED_ELU };

static uint32_t activated(struct fused *f, int which, const float *p, int count, uint32_t x)
{
	enum dtype t = value_of(f->u, f->n->in[0])->type;
	struct alpha_attrs alpha = { count ? p[0] : which == FUSED_ELU ? 1.0f : 0.01f };
	struct alpha_beta_attrs line = { count ? p[0] : 0.2f, count > 1 ? p[1] : 0.5f };
	const void *attrs = which == FUSED_HARD_SIGMOID                       ? (void *)&line
			    : which == FUSED_LEAKY_RELU || which == FUSED_ELU ? (void *)&alpha
									      : NULL;

	if (which == FUSED_NONE)
		return x;
	if (which == FUSED_CLIP)
		return fused3(f, "Clip", NULL, x,
			      new_scalar(f->n, t, count ? (double)p[0] : -(double)FLT_MAX),
			      new_scalar(f->n, t, count > 1 ? (double)p[1] : (double)FLT_MAX));
	return fused1(f, fused_names[which], attrs, x);
}

/* -- FusedConv, NhwcConv, NhwcFusedConv ------------------------------------------------------------------- */

struct fused_conv_attrs {
	struct conv_attrs conv;
	int activation;
	struct floats activation_params;
};
#define CONV_ROW(F)                                                                                \
	{                                                                                          \
		.name = #F, .offset = offsetof(struct fused_conv_attrs, conv.F), .kind = ATTR_INTS \
	}
#define CONV_ROWS                                                                                  \
	{ .name = "auto_pad",                                                                      \
	  .offset = offsetof(struct fused_conv_attrs, conv.auto_pad),                              \
	  .kind = ATTR_ENUM,                                                                       \
	  .choices = auto_pad_names },                                                             \
		{ .name = "group",                                                                 \
		  .offset = offsetof(struct fused_conv_attrs, conv.group),                         \
		  .kind = ATTR_INT,                                                                \
		  .def_int = 1,                                                                    \
		  .lo = 1,                                                                         \
		  .hi = INT32_MAX },                                                               \
		CONV_ROW(dilations), CONV_ROW(kernel_shape), CONV_ROW(pads), CONV_ROW(strides)

static const struct attr_row fused_conv_rows[] = {
	CONV_ROWS,
	A_ENUM(struct fused_conv_attrs, activation, fused_names, FUSED_NONE),
	{ ATTR(struct fused_conv_attrs, activation_params), .kind = ATTR_FLOATS },
	A_END
};
static const struct attr_row nhwc_conv_rows[] = { CONV_ROWS, A_END };

static void make_fused_conv(struct fused *f, uint32_t *out)
{
	const struct fused_conv_attrs *a = f->n->attrs;
	uint32_t y = fused3(f, "Conv", &a->conv, f->n->in[0], f->n->in[1], fused_in(f, 2));

	if (fused_in(f, 3))
		y = fused2(f, "Add", NULL, y, fused_in(f, 3));
	out[0] = activated(f, a->activation, a->activation_params.p, a->activation_params.n, y);
}
FUSED_OP(fused_conv)

/* Channels last; W in ONNX's own order. */
static void make_nhwc_conv(struct fused *f, uint32_t *out)
{
	const struct fused_conv_attrs *a = f->n->attrs;
	int rank = fused_shape(f, f->n->in[0])->rank, first[RANK_MAX] = { 0 },
	    last[RANK_MAX] = { 0 };
	uint32_t y;

	if (!fused_rank(f, f->n->in[0], "X", 3, RANK_MAX))
		return;
	for (int i = 1; i < rank; i++) {
		first[i] = i == 1 ? rank - 1 : i - 1;
		last[i] = i == rank - 1 ? 1 : i + 1;
	}
	y = fused_transpose(f, f->n->in[0], rank, first);
	y = fused3(f, "Conv", &a->conv, y, f->n->in[1], fused_in(f, 2));
	y = fused_transpose(f, y, rank, last);
	if (fused_in(f, 3))
		y = fused2(f, "Add", NULL, y, fused_in(f, 3));
	out[0] = activated(f, a->activation, a->activation_params.p, a->activation_params.n, y);
}
FUSED_OP(nhwc_conv)

/* -- FusedGemm, FusedMatMul ---------------------------------------------------------------- */

struct fused_gemm_attrs {
	struct gemm_attrs gemm;
	int activation;
	float activation_alpha, activation_beta, activation_gamma;
};
#define GEMM_ROW(F, ...)                                                                           \
	{                                                                                          \
		.name = #F, .offset = offsetof(struct fused_gemm_attrs, gemm.F), __VA_ARGS__       \
	}
static const struct attr_row fused_gemm_rows[] = {
	GEMM_ROW(alpha, .kind = ATTR_FLOAT, .def_float = 1),
	GEMM_ROW(beta, .kind = ATTR_FLOAT, .def_float = 1),
	GEMM_ROW(transA, .kind = ATTR_INT, .hi = 1),
	GEMM_ROW(transB, .kind = ATTR_INT, .hi = 1),
	A_ENUM(struct fused_gemm_attrs, activation, fused_names, FUSED_NONE),
	A_FLOAT(struct fused_gemm_attrs, activation_alpha, NAN),
	A_FLOAT(struct fused_gemm_attrs, activation_beta, NAN),
	A_FLOAT(struct fused_gemm_attrs, activation_gamma, NAN),
	A_END
};

static void make_fused_gemm(struct fused *f, uint32_t *out)
{
	const struct fused_gemm_attrs *a = f->n->attrs;
	float p[2] = { a->activation_alpha, a->activation_beta };
	int count = isnan(p[0]) ? 0 : isnan(p[1]) ? 1 : 2;
	uint32_t y = fused3(f, "Gemm", &a->gemm, f->n->in[0], f->n->in[1], fused_in(f, 2));

	out[0] = activated(f, a->activation, p, count, y);
}
FUSED_OP(fused_gemm)

struct fused_matmul_attrs {
	float alpha;
	int64_t transA, transB, transBatchA, transBatchB;
	int activation; /* FusedMatMulActivation */
	int64_t activation_axis;
	float activation_alpha, activation_beta, activation_gamma;
};
#define FUSED_MATMUL_ROWS                                                                          \
	A_FLOAT(struct fused_matmul_attrs, alpha, 1),                                              \
		A_FLAG(struct fused_matmul_attrs, transA, 0),                                      \
		A_FLAG(struct fused_matmul_attrs, transB, 0),                                      \
		A_FLAG(struct fused_matmul_attrs, transBatchA, 0),                                 \
		A_FLAG(struct fused_matmul_attrs, transBatchB, 0)
static const struct attr_row fused_matmul_rows[] = { FUSED_MATMUL_ROWS, A_END };
static const struct attr_row matmul_activation_rows[] = {
	FUSED_MATMUL_ROWS,
	A_ENUM(struct fused_matmul_attrs, activation, fused_names, FUSED_NONE),
	A_INT(struct fused_matmul_attrs, activation_axis, 0),
	A_FLOAT(struct fused_matmul_attrs, activation_alpha, NAN),
	A_FLOAT(struct fused_matmul_attrs, activation_beta, NAN),
	A_FLOAT(struct fused_matmul_attrs, activation_gamma, NAN),
	A_END
};

/* x with axis 0 behind the other batch axes when `batch` says so, then with the last two swapped. */
static uint32_t matmul_operand(struct fused *f, uint32_t x, const char *name, bool swap, bool batch)
{
	int order[RANK_MAX], rank = fused_shape(f, x)->rank;

	if (!fused_rank(f, x, name, 1, RANK_MAX) || rank < 2 || (!swap && !batch))
		return x;
	for (int i = 0; i < rank; i++)
		order[i] = batch && i < rank - 2 ? i + 1 : i;
	if (batch)
		order[rank - 2] = 0;
	if (swap) {
		int last = order[rank - 1];

		order[rank - 1] = order[rank - 2];
		order[rank - 2] = last;
	}
	return fused_transpose(f, x, rank, order);
}

static void make_fused_matmul(struct fused *f, uint32_t *out)
{
	const struct fused_matmul_attrs *a = f->n->attrs;
	float p[2] = { a->activation_alpha, a->activation_beta };
	int count = isnan(p[0]) ? 0 : isnan(p[1]) ? 1 : 2;
	uint32_t x = matmul_operand(f, f->n->in[0], "A", a->transA != 0, a->transBatchA != 0);
	uint32_t w = matmul_operand(f, f->n->in[1], "B", a->transB != 0, a->transBatchB != 0);

	out[0] = fused2(f, "MatMul", NULL, x, w);
	if (a->alpha != 1)
		out[0] = fused2(
			f, "Mul", NULL, out[0],
			new_scalar(f->n, value_of(f->u, f->n->in[0])->type, (double)a->alpha));
	out[0] = activated(f, a->activation, p, count, out[0]);
}
FUSED_OP(fused_matmul)

const struct op ops_ms_activation[] = {
	{ MS_OP("Gelu", gelu, "X:T -> Y:T", "T=floats",
		"x times the normal distribution function") },
	{ MS_OP("BiasGelu", gelu, "A:T B:T -> C:T", "T=floats", "Gelu of A + B") },
	{ MS_OP("FastGelu", gelu, "X:T bias?:T -> Y:T", "T=floats", "Gelu by tanh, of X + bias") },
	{ MS_OP("QuickGelu", quick_gelu, "X:T -> Y:T", "T=floats", "x sigmoid(alpha x)"),
	  MS_ATTRS(quick_rows, alpha_attrs) },
	{ MS_OP("FusedConv", fused_conv, "X:T W:T B?:T Z?:T -> Y:T", "T=floats",
		"activation(Conv(X, W, B) + Z)"),
	  MS_ATTRS(fused_conv_rows, fused_conv_attrs) },
	{ MS_OP("NhwcConv", nhwc_conv, "X:T W:T B?:T -> Y:T", "T=floats",
		"Conv with the channels of X and Y last"),
	  MS_ATTRS(nhwc_conv_rows, fused_conv_attrs) },
	{ MS_OP("NhwcFusedConv", nhwc_conv, "X:T W:T B?:T Z?:T -> Y:T", "T=floats",
		"FusedConv with the channels of X, Y and Z last"),
	  MS_ATTRS(fused_conv_rows, fused_conv_attrs) },
	{ MS_OP("FusedGemm", fused_gemm, "A:T B:T C?:T -> Y:T", "T=floats",
		"activation(Gemm(A, B, C))"),
	  MS_ATTRS(fused_gemm_rows, fused_gemm_attrs) },
	{ MS_OP("FusedMatMul", fused_matmul, "A:T B:T -> Y:T", "T=floats",
		"alpha A B, each transposed when told so"),
	  MS_ATTRS(fused_matmul_rows, fused_matmul_attrs) },
	{ MS_OP("FusedMatMulActivation", fused_matmul, "A:T B:T -> Y:T", "T=floats",
		"an activation of FusedMatMul"),
	  MS_ATTRS(matmul_activation_rows, fused_matmul_attrs) },
	{ MS_OP("TransposeMatMul", fused_matmul, "A:T B:T -> Y:T", "T=floats",
		"FusedMatMul by its older name"),
	  MS_ATTRS(fused_matmul_rows, fused_matmul_attrs) },
	{ .name = NULL }
};
