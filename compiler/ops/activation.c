/* activation.c - the activation functions of one element: Relu to Swish. */
#include "family.h"

DEFINE_UNARY(sigmoid, TIR_SIGMOID)

static const struct tir *number_like(struct tir_builder *b, const struct tir *x, double v)
{
	return tir_number(b, x->type, v);
}

static bool define_relu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	out->value = tir_max(b, x, number_like(b, x, 0));
	return true;
}

static const struct attr_row leaky_rows[] = { A_FLOAT(struct alpha_attrs, alpha, 0.01f), A_END };
static const struct attr_row alpha_rows[] = { A_FLOAT(struct alpha_attrs, alpha, 1), A_END };
static const struct attr_row hard_sigmoid_rows[] = { A_FLOAT(struct alpha_beta_attrs, alpha, 0.2f),
						     A_FLOAT(struct alpha_beta_attrs, beta, 0.5),
						     A_END };

static bool define_leaky_relu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct alpha_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *slope = number_like(b, x, (double)a->alpha);

	out->value = tir_select(b, tir_lt(b, x, number_like(b, x, 0)), tir_mul(b, slope, x), x);
	return true;
}

/* The slope broadcasts to X only. */
static bool infer_prelu(struct unit *u, struct node *n)
{
	struct value *x = node_in(n, 0), *slope = node_in(n, 1);
	const struct shape *y;
	bool fits;

	if (!infer_need_shape(u, n, x, "X") || !infer_need_shape(u, n, slope, "slope") ||
	    !infer_broadcast(u, n))
		return false;
	y = &node_out(n, 0)->shape;
	fits = y->rank == x->shape.rank;
	for (int i = 0; i < y->rank && fits; i++)
		fits = dim_assume_equal(u, y->d[i], x->shape.d[i], NULL);
	if (!fits)
		return node_error(u, n, "slope %s does not broadcast to X %s",
				  shape_text(u, &slope->shape), shape_text(u, &x->shape));
	return true;
}

/* In opset 6 a slope of more than one element was one number per channel: axis 1. */
static bool upgrade_prelu(struct unit *u, struct node *n)
{
	struct value *x = node_in(n, 0), *slope = node_in(n, 1);
	int64_t axes[RANK_MAX];
	uint32_t in[2];
	int count = 0;

	if (!infer_need_shape(u, n, x, "X") || !infer_need_shape(u, n, slope, "slope"))
		return false;
	while (slope->shape.rank == 1 && slope->shape.d[0] != 1 && count < x->shape.rank - 2) {
		axes[count] = count + 1;
		count++;
	}
	if (count) {
		in[0] = slope->id;
		in[1] = new_ints(n, axes, count);
		in[1] = upgrade_node(u, n, "Unsqueeze", NULL, 2, in);
		if (in[1] == VALUE_NONE)
			return false;
		node_set_input(n, 1, in[1]);
	}
	return upgrade_plain(u, n);
}

static bool define_prelu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *slope = tir_load_broadcast(b, 1, idx, out->rank);

	(void)n;
	out->value = tir_select(b, tir_lt(b, x, number_like(b, x, 0)), tir_mul(b, slope, x), x);
	return true;
}

static bool define_elu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct alpha_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *low =
		tir_mul(b, number_like(b, x, (double)a->alpha), tir_unary(b, TIR_EXPM1, x));

	out->value = tir_select(b, tir_lt(b, x, number_like(b, x, 0)), low, x);
	return true;
}

/* max(0, x) + min(0, alpha * (exp(x / alpha) - 1)) */
static bool define_celu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct alpha_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *alpha = number_like(b, x, (double)a->alpha), *zero = number_like(b, x, 0);
	const struct tir *low = tir_mul(b, alpha, tir_unary(b, TIR_EXPM1, tir_div(b, x, alpha)));

	out->value = tir_add(b, tir_max(b, zero, x), tir_min(b, zero, low));
	return true;
}

struct selu_attrs {
	float alpha, gamma;
};
static const struct attr_row selu_rows[] = {
	A_FLOAT(struct selu_attrs, alpha, 1.67326319217681884765625),
	A_FLOAT(struct selu_attrs, gamma, 1.05070102214813232421875), A_END
};
static const struct attr_row selu1_rows[] = { A_FLOAT(struct selu_attrs, alpha, 1.6732),
					      A_FLOAT(struct selu_attrs, gamma, 1.0507), A_END };

/* Version 1 had fewer digits of what is left out. */
static bool upgrade_selu1(struct unit *u, struct node *n)
{
	struct selu_attrs a = *(const struct selu_attrs *)n->attrs;

	upgrade_to_newest(u, n, &a);
	return true;
}

static bool define_selu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct selu_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *low =
		tir_mul(b, number_like(b, x, (double)a->alpha), tir_unary(b, TIR_EXPM1, x));

	out->value = tir_mul(b, number_like(b, x, (double)a->gamma),
			     tir_select(b, tir_le(b, x, number_like(b, x, 0)), low, x));
	return true;
}

static bool define_hard_sigmoid(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct alpha_beta_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX];

	out->value =
		tir_hard_sigmoid(b, stage_input0(b, out, idx), (double)a->alpha, (double)a->beta);
	return true;
}

static bool define_hard_swish(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	out->value = tir_mul(b, x, tir_hard_sigmoid(b, x, 1.0 / 6, 0.5));
	return true;
}

/* log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which neither overflows nor cancels. */
static const struct tir *softplus(struct tir_builder *b, const struct tir *x)
{
	const struct tir *e = tir_unary(b, TIR_EXP, tir_neg(b, tir_unary(b, TIR_ABS, x)));

	return tir_add(b, tir_max(b, x, number_like(b, x, 0)), tir_unary(b, TIR_LOG1P, e));
}

static bool define_softplus(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	(void)n;
	out->value = softplus(b, stage_input0(b, out, idx));
	return true;
}

static bool define_mish(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	out->value = tir_mul(b, x, tir_unary(b, TIR_TANH, softplus(b, x)));
	return true;
}

static bool define_softsign(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	out->value = tir_div(b, x, tir_add(b, number_like(b, x, 1), tir_unary(b, TIR_ABS, x)));
	return true;
}

static bool define_thresholded_relu(struct tir_builder *b, const struct node *n,
				    struct tir_stage *out)
{
	const struct alpha_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	out->value = tir_select(b, tir_gt(b, x, number_like(b, x, (double)a->alpha)), x,
				number_like(b, x, 0));
	return true;
}

static bool define_swish(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct alpha_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *z = tir_mul(b, number_like(b, x, (double)a->alpha), x);

	out->value = tir_mul(b, x, tir_unary(b, TIR_SIGMOID, z));
	return true;
}

static bool infer_swiglu(struct unit *u, struct node *n)
{
	const struct shape *a = &node_in(n, 0)->shape, *b = &node_in(n, 1)->shape;
	struct shape s = *a;

	if (!infer_need_shape(u, n, node_in(n, 0), "A") ||
	    !infer_need_rank(u, n, node_in(n, 1), "B", a->rank, a->rank))
		return false;
	for (int i = 0; i < s.rank; i++)
		if (!dim_assume_equal(u, a->d[i], b->d[i], &s.d[i]))
			return node_error(u, n, "A is %s, B is %s: they must be equal",
					  shape_text(u, a), shape_text(u, b));
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool define_swiglu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	if (!define_swish(b, n, out))
		return false;
	for (int i = 0; i < out->rank; i++)
		idx[i] = out->vars[i];
	out->value = tir_mul(b, out->value, tir_load(b, 1, idx));
	return true;
}

static const char *const gelu_names[] = { "none", "tanh", NULL };
static const struct attr_row gelu_rows[] = { A_ENUM(struct gelu_attrs, approximate, gelu_names, 0),
					     A_END };

/* x/2 * (1 + erf(x / sqrt 2)), or with tanh: x/2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
static bool define_gelu(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct gelu_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx), *s;

	if (a->approximate) {
		const struct tir *cube = tir_mul(b, tir_mul(b, x, x), x);

		s = tir_add(b, x, tir_mul(b, number_like(b, x, 0.044715), cube));
		s = tir_unary(b, TIR_TANH,
			      tir_mul(b, number_like(b, x, 0.79788456080286535588), s));
	} else {
		s = tir_unary(b, TIR_ERF, tir_mul(b, x, number_like(b, x, 0.70710678118654752440)));
	}
	out->value = tir_mul(b, tir_mul(b, number_like(b, x, 0.5), x),
			     tir_add(b, number_like(b, x, 1), s));
	return true;
}

struct shrink_attrs {
	float bias, lambd;
};
static const struct attr_row shrink_rows[] = { A_FLOAT(struct shrink_attrs, bias, 0),
					       A_FLOAT(struct shrink_attrs, lambd, 0.5), A_END };

/* Integers are compared and moved as doubles: the attributes are floats whatever the tensor's type.
 */
static bool define_shrink(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shrink_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx), *y, *bias, *lambd;
	enum dtype t = x->type;

	x = tir_cast(b, dtype_is_float(t) ? t : DT_F64, x);
	bias = number_like(b, x, (double)a->bias);
	lambd = number_like(b, x, (double)a->lambd);
	y = tir_select(b, tir_gt(b, x, lambd), tir_sub(b, x, bias), number_like(b, x, 0));
	y = tir_select(b, tir_lt(b, x, tir_neg(b, lambd)), tir_add(b, x, bias), y);
	out->value = tir_cast(b, t, y);
	return true;
}

#define ACTIVATION(NAME, SINCE, TYPES, ATTRS, STRUCT_SIZE, DEFINE, DOC)                            \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = "X:T -> Y:T", .types = TYPES, .attrs = ATTRS, \
		.attrs_size = STRUCT_SIZE, .flags = OP_ELEMENTWISE, .infer = infer_like_input0,    \
		.define = DEFINE, .doc = DOC                                                       \
	}
#define ALPHA sizeof(struct alpha_attrs)

const struct op ops_activation[] = {
	ACTIVATION("Relu", 1, "T=sints,floats", NULL, 0, define_relu, "max(x, 0)"),
	ACTIVATION("LeakyRelu", 1, "T=floats", leaky_rows, ALPHA, define_leaky_relu,
		   "x, or alpha x below 0"),
	{ .name = "PRelu",
	  .since = 7,
	  .sig = "X:T slope:T -> Y:T",
	  .types = "T=floats,uint32,uint64,int32,int64",
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_prelu,
	  .define = define_prelu,
	  .doc = "x, or slope x below 0" },
	{ .name = "PRelu",
	  .since = 1,
	  .until = 6,
	  .sig = "X:T slope:T -> Y:T",
	  .types = "T=floats",
	  .upgrade = upgrade_prelu },
	ACTIVATION("Elu", 1, "T=floats", alpha_rows, ALPHA, define_elu,
		   "x, or alpha (exp(x) - 1) below 0"),
	ACTIVATION("Celu", 12, "T=floats", alpha_rows, ALPHA, define_celu,
		   "max(0, x) + min(0, alpha (exp(x / alpha) - 1))"),
	ACTIVATION("Selu", 6, "T=floats", selu_rows, sizeof(struct selu_attrs), define_selu,
		   "gamma x, or gamma alpha (exp(x) - 1) up to 0"),
	{ .name = "Selu",
	  .since = 1,
	  .until = 5,
	  .sig = "X:T -> Y:T",
	  .types = "T=floats",
	  .attrs = selu1_rows,
	  .attrs_size = sizeof(struct selu_attrs),
	  .upgrade = upgrade_selu1 },
	ACTIVATION("Sigmoid", 1, "T=floats", NULL, 0, define_sigmoid, "1 / (1 + exp(-x))"),
	ACTIVATION("HardSigmoid", 1, "T=floats", hard_sigmoid_rows, sizeof(struct alpha_beta_attrs),
		   define_hard_sigmoid, "alpha x + beta, limited to 0 to 1"),
	ACTIVATION("HardSwish", 14, "T=floats", NULL, 0, define_hard_swish,
		   "x times (x / 6 + 1/2 limited to 0 to 1)"),
	ACTIVATION("Softplus", 1, "T=floats", NULL, 0, define_softplus, "log(1 + exp(x))"),
	ACTIVATION("Softsign", 1, "T=floats", NULL, 0, define_softsign, "x / (1 + |x|)"),
	ACTIVATION("ThresholdedRelu", 10, "T=floats", alpha_rows, ALPHA, define_thresholded_relu,
		   "x, or 0 up to alpha"),
	ACTIVATION("Mish", 18, "T=floats", NULL, 0, define_mish, "x tanh(log(1 + exp(x)))"),
	ACTIVATION("Gelu", 20, "T=floats", gelu_rows, sizeof(struct gelu_attrs), define_gelu,
		   "x times the normal distribution function of x, exact or by tanh"),
	ACTIVATION("Swish", 24, "T=floats", alpha_rows, ALPHA, define_swish, "x sigmoid(alpha x)"),
	{ .name = "SwiGLU",
	  .since = 28,
	  .sig = "A:T B:T -> Y:T",
	  .types = "T=floats",
	  .attrs = alpha_rows,
	  .attrs_size = ALPHA,
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_swiglu,
	  .define = define_swiglu,
	  .doc = "A sigmoid(alpha A) B" },
	ACTIVATION("Shrink", 9, "T=num", shrink_rows, sizeof(struct shrink_attrs), define_shrink,
		   "x - bias above lambd, x + bias below -lambd, else 0"),
	{ .name = NULL }
};
