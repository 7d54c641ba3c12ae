/* quant_ms.c - com.microsoft's operators on quantized tensors, as ONNX Runtime documents them. Each
 * is, when it is read, what it stands for in ai.onnx:
 *
 *	QLinearX(a, a_scale, a_zero, ..., y_scale, y_zero)
 *		=>  QuantizeLinear(X(DequantizeLinear(a, a_scale, a_zero), ...), y_scale, y_zero)
 *
 * which becomes integers again where quantization is absorbed. */
#include "ms.h"
#include "recurrent.h"
#include "window.h"

static uint32_t input(const struct node *n, int k)
{
	return k < n->n_in ? n->in[k] : VALUE_NONE;
}

static bool need_inputs(struct unit *u, const struct node *n, int least)
{
	for (int k = 0; k < least; k++)
		if (input(n, k) == VALUE_NONE && n->n_in < least)
			return node_error(u, n, "%d inputs, at least %d are needed", n->n_in,
					  least);
	return true;
}

/* A new ai.onnx node; trailing inputs that are VALUE_NONE are left out. */
static uint32_t add(struct unit *u, struct node *n, const char *op, const void *attrs, int n_in,
		    const uint32_t *in)
{
	while (n_in > 1 && in[n_in - 1] == VALUE_NONE)
		n_in--;
	return upgrade_node(u, n, op, attrs, n_in, in);
}

/* Input k, with its scale and zero point behind it, as reals. */
static uint32_t real(struct unit *u, struct node *n, int k)
{
	const uint32_t in[3] = { input(n, k), input(n, k + 1), input(n, k + 2) };

	return add(u, n, "DequantizeLinear", NULL, 3, in);
}

/* n becomes the quantization of y by the scale and zero point from input k on. */
static bool quantized(struct node *n, uint32_t y, int k)
{
	const uint32_t in[3] = { y, input(n, k), input(n, k + 1) };

	if (y == VALUE_NONE)
		return false;
	upgrade_become(n, "QuantizeLinear", NULL, in[2] ? 3 : 2, in);
	return true;
}

/* -- elementwise ----------------------------------------------------------------------- */

static bool upgrade_binary(struct unit *u, struct node *n, const char *op)
{
	uint32_t in[2];

	if (!need_inputs(u, n, 7))
		return false;
	in[0] = real(u, n, 0);
	in[1] = real(u, n, 3);
	return in[0] && in[1] && quantized(n, add(u, n, op, NULL, 2, in), 6);
}

static bool upgrade_add(struct unit *u, struct node *n)
{
	return upgrade_binary(u, n, "Add");
}

static bool upgrade_mul(struct unit *u, struct node *n)
{
	return upgrade_binary(u, n, "Mul");
}

static bool upgrade_unary(struct unit *u, struct node *n, const char *op, const void *attrs)
{
	uint32_t x;

	if (!need_inputs(u, n, 4))
		return false;
	x = real(u, n, 0);
	return x && quantized(n, add(u, n, op, attrs, 1, &x), 3);
}

static bool upgrade_sigmoid(struct unit *u, struct node *n)
{
	return upgrade_unary(u, n, "Sigmoid", NULL);
}

static const struct attr_row leaky_rows[] = { A_FLOAT(struct alpha_attrs, alpha, 0.01), A_END };

static bool upgrade_leaky_relu(struct unit *u, struct node *n)
{
	return upgrade_unary(u, n, "LeakyRelu", n->attrs);
}

struct softmax_ms_attrs {
	int64_t axis, opset;
};
static const struct attr_row softmax_rows[] = {
	A_INT(struct softmax_ms_attrs, axis, -1),
	{ ATTR(struct softmax_ms_attrs, opset), .kind = ATTR_INT, .required = true },
	A_END,
};

/* With an opset below 13 the axes from `axis` on are one, as in that version of Softmax. */
static bool upgrade_softmax(struct unit *u, struct node *n)
{
	const struct softmax_ms_attrs *a = n->attrs;
	const struct axis_attrs axis = { a->axis };
	const struct op *old = op_find(DOMAIN_ONNX, "Softmax", 11);
	struct node *m;
	uint32_t x;

	if (a->opset >= 13)
		return upgrade_unary(u, n, "Softmax", &axis);
	if (!need_inputs(u, n, 4))
		return false;
	x = real(u, n, 0);
	if (!x)
		return false;
	m = graph_insert(n->graph, n, old, &axis, 1, &x, 1, &n->loc);
	return old->upgrade(u, m) && node_infer(u, m) && quantized(n, m->out[0], 3);
}

/* condition, X, its scale and zero point, Y, its, and the result's. */
static bool upgrade_where(struct unit *u, struct node *n)
{
	uint32_t in[3];

	if (!need_inputs(u, n, 9))
		return false;
	in[0] = input(n, 0);
	in[1] = real(u, n, 1);
	in[2] = real(u, n, 4);
	return in[1] && in[2] && quantized(n, add(u, n, "Where", NULL, 3, in), 7);
}

/* -- concatenation: the result's scale and zero point, then each tensor with its own ----- */

static const struct attr_row concat_rows[] = {
	{ ATTR(struct axis_attrs, axis), .kind = ATTR_INT, .required = true }, A_END
};

static bool upgrade_concat(struct unit *u, struct node *n)
{
	int parts = (n->n_in - 2) / 3;
	uint32_t *in;

	if (n->n_in < 5 || n->n_in != 2 + 3 * parts)
		return node_error(
			u, n,
			"%d inputs: a scale and a zero point, then three for each tensor, are needed",
			n->n_in);
	in = arena_array(u->arena, uint32_t, (size_t)parts);
	for (int i = 0; i < parts; i++)
		if ((in[i] = real(u, n, 2 + 3 * i)) == VALUE_NONE)
			return false;
	return quantized(n, upgrade_node(u, n, "Concat", n->attrs, parts, in), 0);
}

/* -- channels last --------------------------------------------------------------------- */

/* Transposes x of `axes` spatial axes between channels first and last. */
static uint32_t channels(struct unit *u, struct node *n, uint32_t x, int axes, bool last)
{
	int64_t *perm = arena_array(u->arena, int64_t, RANK_MAX);
	struct perm_attrs a = { .perm = { perm, axes + 2 } };

	for (int i = 0; i < axes + 2; i++)
		perm[i] = last ? (i == 0          ? 0
				  : i == axes + 1 ? 1
						  : i + 1)
			       : (i == 0   ? 0
				  : i == 1 ? axes + 1
					   : i - 1);
	return x ? add(u, n, "Transpose", &a, 1, &x) : VALUE_NONE;
}

/* -- means ----------------------------------------------------------------------------- */

struct pool_ms_attrs {
	struct pool_attrs pool; /* first: AveragePool's own */
	int64_t channels_last;
};
#define POOL(F) .name = #F, .offset = offsetof(struct pool_attrs, F)
static const struct attr_row pool_rows[] = {
	{ POOL(auto_pad), .kind = ATTR_ENUM, .choices = auto_pad_names },
	{ POOL(ceil_mode), .kind = ATTR_INT, .hi = 1 },
	{ POOL(count_include_pad), .kind = ATTR_INT, .hi = 1 },
	{ POOL(dilations), .kind = ATTR_INTS },
	{ POOL(kernel_shape), .kind = ATTR_INTS, .required = true },
	{ POOL(pads), .kind = ATTR_INTS },
	{ POOL(strides), .kind = ATTR_INTS },
	A_FLAG(struct pool_ms_attrs, channels_last, 0),
	A_END,
};

static bool upgrade_average_pool(struct unit *u, struct node *n)
{
	const struct pool_ms_attrs *a = n->attrs;
	int axes = a->pool.kernel_shape.n;
	uint32_t x, y;

	if (!need_inputs(u, n, 4) || axes + 2 > RANK_MAX)
		return false;
	x = real(u, n, 0);
	if (a->channels_last)
		x = channels(u, n, x, axes, false);
	y = x ? add(u, n, "AveragePool", &a->pool, 1, &x) : VALUE_NONE;
	if (a->channels_last)
		y = channels(u, n, y, axes, true);
	return quantized(n, y, 3);
}

struct global_ms_attrs {
	int64_t channels_last;
};
static const struct attr_row global_rows[] = { A_FLAG(struct global_ms_attrs, channels_last, 0),
					       A_END };

static bool upgrade_global_pool(struct unit *u, struct node *n)
{
	const struct global_ms_attrs *a = n->attrs;
	const struct value *v;
	uint32_t x, y;
	int axes;

	if (!need_inputs(u, n, 4) || !infer_need_rank(u, n, node_in(n, 0), "X", 3, RANK_MAX))
		return false;
	v = node_in(n, 0);
	axes = v->shape.rank - 2;
	x = real(u, n, 0);
	if (a->channels_last)
		x = channels(u, n, x, axes, false);
	y = x ? add(u, n, "GlobalAveragePool", NULL, 1, &x) : VALUE_NONE;
	if (a->channels_last)
		y = channels(u, n, y, axes, true);
	return quantized(n, y, 3);
}

struct mean_ms_attrs {
	struct ints axes;
	int64_t keepdims;
};
static const struct attr_row mean_rows[] = { A_INTS(struct mean_ms_attrs, axes),
					     A_FLAG(struct mean_ms_attrs, keepdims, 1), A_END };

static bool upgrade_mean(struct unit *u, struct node *n)
{
	const struct mean_ms_attrs *a = n->attrs;
	const struct reduce_attrs reduce = { .keepdims = a->keepdims };
	uint32_t in[2] = { VALUE_NONE, VALUE_NONE };

	if (!need_inputs(u, n, 4))
		return false;
	in[0] = real(u, n, 0);
	if (a->axes.p)
		in[1] = new_ints(n, a->axes.p, a->axes.n);
	return in[0] && quantized(n, add(u, n, "ReduceMean", &reduce, 2, in), 3);
}

/* -- products -------------------------------------------------------------------------- */

struct conv_ms_attrs {
	struct conv_attrs conv; /* first: QLinearConv's own */
	int64_t channels_last;
};
#define CONV(F) .name = #F, .offset = offsetof(struct conv_attrs, F)
static const struct attr_row conv_ms_rows[] = {
	{ CONV(auto_pad), .kind = ATTR_ENUM, .choices = auto_pad_names },
	{ CONV(dilations), .kind = ATTR_INTS },
	{ CONV(group), .kind = ATTR_INT, .def_int = 1, .lo = 1, .hi = INT32_MAX },
	{ CONV(kernel_shape), .kind = ATTR_INTS },
	{ CONV(pads), .kind = ATTR_INTS },
	{ CONV(strides), .kind = ATTR_INTS },
	A_FLAG(struct conv_ms_attrs, channels_last, 0),
	A_END,
};

static bool upgrade_conv(struct unit *u, struct node *n)
{
	const struct conv_ms_attrs *a = n->attrs;
	uint32_t in[9], y;
	int axes;

	if (!need_inputs(u, n, 8) || n->n_in > 9)
		return false;
	for (int k = 0; k < 9; k++)
		in[k] = input(n, k);
	if (!a->channels_last) {
		upgrade_become(n, "QLinearConv", &a->conv, n->n_in, in);
		return true;
	}
	if (!infer_need_rank(u, n, node_in(n, 0), "x", 3, RANK_MAX))
		return false;
	axes = node_in(n, 0)->shape.rank - 2;
	in[0] = channels(u, n, in[0], axes, false);
	y = in[0] ? add(u, n, "QLinearConv", &a->conv, 9, in) : VALUE_NONE;
	y = channels(u, n, y, axes, true);
	if (y)
		upgrade_become(n, "Identity", NULL, 1, &y);
	return y != VALUE_NONE;
}

struct qgemm_attrs {
	float alpha;
	int64_t transA, transB;
};
static const struct attr_row qgemm_rows[] = { A_FLOAT(struct qgemm_attrs, alpha, 1),
					      A_FLAG(struct qgemm_attrs, transA, 0),
					      A_FLAG(struct qgemm_attrs, transB, 0), A_END };

static uint32_t product_of(struct unit *u, struct node *n, uint32_t a, uint32_t b)
{
	const uint32_t in[2] = { a, b };

	return add(u, n, "Mul", NULL, 2, in);
}

/* C is in units of a_scale * b_scale, and alpha is a factor of it, too. B's scales are of columns. */
static bool upgrade_qgemm(struct unit *u, struct node *n)
{
	const struct qgemm_attrs *a = n->attrs;
	const struct gemm_attrs gemm = { a->alpha, a->alpha, a->transA, a->transB };
	const struct quant_attrs by_column = { .axis = a->transB ? 0 : 1, .saturate = 1 };
	const struct quant_attrs by_last = { .axis = -1, .saturate = 1 };
	const uint32_t b[3] = { input(n, 3), input(n, 4), input(n, 5) };
	uint32_t in[3], c[2], y;

	if (!need_inputs(u, n, 6))
		return false;
	in[0] = real(u, n, 0);
	in[1] = add(u, n, "DequantizeLinear", &by_column, 3, b);
	in[2] = VALUE_NONE;
	if (input(n, 6)) {
		c[0] = n->in[6];
		c[1] = product_of(u, n, n->in[1], n->in[4]);
		in[2] = c[1] ? add(u, n, "DequantizeLinear", &by_last, 2, c) : VALUE_NONE;
	}
	y = in[0] && in[1] ? add(u, n, "Gemm", &gemm, 3, in) : VALUE_NONE;
	if (input(n, 7))
		return quantized(n, y, 7);
	if (y)
		upgrade_become(n, "Identity", NULL, 1, &y);
	return y != VALUE_NONE;
}

/* n becomes MatMulInteger(a, b, a_zero, b_zero) * (a_scale * b_scale) + bias. */
static bool become_product(struct unit *u, struct node *n, const uint32_t *operands,
			   uint32_t a_scale, uint32_t b_scale, uint32_t bias)
{
	const struct cast_attrs to_float = { .to = DT_F32, .saturate = 1 };
	uint32_t in[2], sum = add(u, n, "MatMulInteger", NULL, 4, operands);

	if (!sum)
		return false;
	in[0] = add(u, n, "Cast", &to_float, 1, &sum);
	in[1] = product_of(u, n, a_scale, b_scale);
	if (!in[0] || !in[1])
		return false;
	if (!bias) {
		upgrade_become(n, "Mul", NULL, 2, in);
		return true;
	}
	in[0] = add(u, n, "Mul", NULL, 2, in);
	in[1] = bias;
	if (in[0])
		upgrade_become(n, "Add", NULL, 2, in);
	return in[0] != VALUE_NONE;
}

/* A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias */
static bool upgrade_to_float(struct unit *u, struct node *n)
{
	const uint32_t operands[4] = { input(n, 0), input(n, 1), input(n, 4), input(n, 5) };

	return need_inputs(u, n, 4) &&
	       become_product(u, n, operands, n->in[2], n->in[3], input(n, 6));
}

/* A, B, b_scale, b_zero_point, bias: A is quantized as DynamicQuantizeLinear does it. */
static bool upgrade_dynamic(struct unit *u, struct node *n)
{
	uint32_t operands[4];
	struct node *q;

	if (!need_inputs(u, n, 3))
		return false;
	q = graph_insert(n->graph, n, op_builtin("DynamicQuantizeLinear"), NULL, 1, n->in, 3,
			 &n->loc);
	if (!node_infer(u, q))
		return false;
	operands[0] = q->out[0];
	operands[1] = n->in[1];
	operands[2] = q->out[2];
	operands[3] = input(n, 3);
	return become_product(u, n, operands, q->out[1], n->in[2], input(n, 4));
}

/* -- QuantizeLinear, DequantizeLinear: with one axis attribute, without blocks ----------- */

static const struct attr_row linear_rows[] = { A_INT(struct axis_attrs, axis, 1), A_END };

static bool upgrade_linear(struct unit *u, struct node *n)
{
	const struct quant_attrs a = { .axis = ((const struct axis_attrs *)n->attrs)->axis,
				       .saturate = 1 };
	const uint32_t in[3] = { input(n, 0), input(n, 1), input(n, 2) };

	if (!need_inputs(u, n, 2))
		return false;
	upgrade_become(n, n->op->name, &a, in[2] ? 3 : 2, in);
	return true;
}

/* The types are those of the operators that they become, which check them. */
#define ROW(NAME, SIG, UPGRADE, DOC, ...)                                                          \
	{                                                                                          \
		.name = NAME, .domain = DOMAIN_MS, .since = 1, .sig = SIG, .upgrade = UPGRADE,     \
		.doc = DOC, __VA_ARGS__                                                            \
	}
#define ROWS_OF(S, ROWS) .attrs = (ROWS), .attrs_size = sizeof(S)
#define UNARY_SIG "X:* X_scale:* X_zero_point?:* Y_scale:* Y_zero_point?:* -> Y:*"
#define BINARY_SIG                                                                                 \
	"A:* A_scale:* A_zero_point?:* B:* B_scale:* B_zero_point?:* C_scale:* C_zero_point?:* -> C:*"

const struct op ops_quant_ms[] = {
	ROW("QLinearAdd", BINARY_SIG, upgrade_add, "the sum of quantized tensors"),
	ROW("QLinearMul", BINARY_SIG, upgrade_mul, "the product of quantized tensors"),
	ROW("QLinearSigmoid", UNARY_SIG, upgrade_sigmoid, "Sigmoid of a quantized tensor"),
	ROW("QLinearLeakyRelu", UNARY_SIG, upgrade_leaky_relu, "LeakyRelu of a quantized tensor",
	    ROWS_OF(struct alpha_attrs, leaky_rows)),
	ROW("QLinearSoftmax", UNARY_SIG, upgrade_softmax, "Softmax of a quantized tensor",
	    ROWS_OF(struct softmax_ms_attrs, softmax_rows)),
	ROW("QLinearWhere",
	    "condition:* X:* x_scale:* x_zero_point:* Y:* y_scale:* y_zero_point:* z_scale:* "
	    "z_zero_point:* -> Z:*",
	    upgrade_where, "Where of quantized tensors"),
	ROW("QLinearConcat", "Y_scale:* Y_zero_point:* inputs+:* -> Y:*", upgrade_concat,
	    "Concat of quantized tensors", ROWS_OF(struct axis_attrs, concat_rows)),
	ROW("QLinearAveragePool", UNARY_SIG, upgrade_average_pool,
	    "AveragePool of a quantized tensor", ROWS_OF(struct pool_ms_attrs, pool_rows)),
	ROW("QLinearGlobalAveragePool", UNARY_SIG, upgrade_global_pool,
	    "GlobalAveragePool of a quantized tensor",
	    ROWS_OF(struct global_ms_attrs, global_rows)),
	ROW("QLinearReduceMean",
	    "data:* data_scale:* data_zero_point?:* reduced_scale:* reduced_zero_point?:* -> "
	    "reduced:*",
	    upgrade_mean, "ReduceMean of a quantized tensor",
	    ROWS_OF(struct mean_ms_attrs, mean_rows)),
	ROW("QLinearConv",
	    "x:* x_scale:* x_zero_point:* w:* w_scale:* w_zero_point:* y_scale:* y_zero_point:* "
	    "B?:* -> y:*",
	    upgrade_conv, "convolution of quantized tensors",
	    ROWS_OF(struct conv_ms_attrs, conv_ms_rows)),
	ROW("QGemm",
	    "A:* a_scale:* a_zero_point:* B:* b_scale:* b_zero_point:* C?:* y_scale?:* "
	    "y_zero_point?:* -> Y:*",
	    upgrade_qgemm, "Gemm of quantized tensors", ROWS_OF(struct qgemm_attrs, qgemm_rows)),
	ROW("MatMulIntegerToFloat",
	    "A:* B:* a_scale:* b_scale:* a_zero_point?:* b_zero_point?:* bias?:* -> Y:*",
	    upgrade_to_float, "the product of matrices of integers, in reals"),
	ROW("DynamicQuantizeMatMul", "A:* B:* b_scale:* b_zero_point?:* bias?:* -> Y:*",
	    upgrade_dynamic, "the product of a matrix, quantized on the way, and one of integers"),
	{ MS_OP("DynamicQuantizeLSTM", dynamic_lstm,
		"X:T W:T2 R:T2 B?:T sequence_lens?:int32 initial_h?:T initial_c?:T P?:T W_scale:T "
		"W_zero_point:T2 R_scale:T R_zero_point:T2 -> Y?:T Y_h?:T Y_c?:T",
		"T=float T2=int8,uint8",
		"LSTM by integer weights, its operands quantized on the way"),
	  MS_ATTRS(recurrent_dynamic_rows, recurrent_attrs) },
	ROW("QuantizeLinear", "x:* y_scale:* y_zero_point?:* -> y:*", upgrade_linear, "ai.onnx's",
	    ROWS_OF(struct axis_attrs, linear_rows)),
	ROW("DequantizeLinear", "x:* x_scale:* x_zero_point?:* -> y:*", upgrade_linear, "ai.onnx's",
	    ROWS_OF(struct axis_attrs, linear_rows)),
	{ .name = NULL }
};
