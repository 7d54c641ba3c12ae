/* unary.c - functions of one element: Neg to IsInf. */
#include "family.h"

DEFINE_UNARY(neg, TIR_NEG)
DEFINE_UNARY(abs, TIR_ABS)
DEFINE_UNARY(sign, TIR_SIGN)
DEFINE_UNARY(floor, TIR_FLOOR)
DEFINE_UNARY(ceil, TIR_CEIL)
DEFINE_UNARY(round, TIR_ROUND)
DEFINE_UNARY(sqrt, TIR_SQRT)
DEFINE_UNARY(exp, TIR_EXP)
DEFINE_UNARY(log, TIR_LOG)
DEFINE_UNARY(sin, TIR_SIN)
DEFINE_UNARY(cos, TIR_COS)
DEFINE_UNARY(tan, TIR_TAN)
DEFINE_UNARY(asin, TIR_ASIN)
DEFINE_UNARY(acos, TIR_ACOS)
DEFINE_UNARY(atan, TIR_ATAN)
DEFINE_UNARY(sinh, TIR_SINH)
DEFINE_UNARY(cosh, TIR_COSH)
DEFINE_UNARY(tanh, TIR_TANH)
DEFINE_UNARY(asinh, TIR_ASINH)
DEFINE_UNARY(acosh, TIR_ACOSH)
DEFINE_UNARY(atanh, TIR_ATANH)
DEFINE_UNARY(not, TIR_NOT)
DEFINE_UNARY(isnan, TIR_ISNAN)

static bool define_reciprocal(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	out->value = tir_div(b, tir_number(b, x->type, 1), x);
	return true;
}

/* Of integers what ONNX's reference gives: in float, then cut toward zero; float has 1 from 4 on. */
static bool define_erf(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx), *zero, *one;

	(void)n;
	if (dtype_is_float(x->type)) {
		out->value = tir_unary(b, TIR_ERF, x);
		return true;
	}
	zero = tir_number(b, x->type, 0);
	one = tir_number(b, x->type, 1);
	out->value = tir_select(b, tir_le(b, tir_number(b, x->type, 4), x), one, zero);
	if (dtype_is_signed_int(x->type))
		out->value = tir_select(b, tir_le(b, x, tir_number(b, x->type, -4)),
					tir_neg(b, one), out->value);
	return true;
}

static bool infer_neg(struct unit *u, struct node *n)
{
	struct value *y = node_out(n, 0);
	const dim *x;
	dim *elems;
	int total, count;

	if (!infer_like_input0(u, n))
		return false;
	if (!dtype_is_int(y->type) || !content_count(u, y, &total) ||
	    input_dims(u, n, 0, &x, &count) != 1)
		return true;
	elems = arena_array(u->arena, dim, (size_t)total);
	for (int i = 0; i < total; i++) {
		elems[i] = dim_diff(u, 0, x[i]);
		if (elems[i] == DIM_OVERFLOW)
			return true;
	}
	set_elems(u, y, elems, total);
	return true;
}

struct isinf_attrs {
	int64_t detect_negative, detect_positive;
};
static const struct attr_row isinf_rows[] = { A_FLAG(struct isinf_attrs, detect_negative, 1),
					      A_FLAG(struct isinf_attrs, detect_positive, 1),
					      A_END };

static bool define_isinf(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct isinf_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	const struct tir *inf = tir_unary(b, TIR_ISINF, x),
			 *negative = tir_lt(b, x, tir_number(b, x->type, 0));

	if (!a->detect_negative)
		inf = tir_and(b, inf, tir_not(b, negative));
	if (!a->detect_positive)
		inf = tir_and(b, inf, negative);
	out->value = inf;
	return true;
}

#define FLOAT8 "float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz"
#define UNARY(NAME, SINCE, TYPES, DEFINE, DOC)                                                     \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = "X:T -> Y:T", .types = TYPES,                 \
		.flags = OP_ELEMENTWISE, .infer = infer_like_input0, .define = DEFINE, .doc = DOC  \
	}

const struct op ops_unary[] = {
	{ .name = "Neg",
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=sints,floats",
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_neg,
	  .define = define_neg,
	  .doc = "-X; integers wrap" },
	UNARY("Abs", 1, "T=num", define_abs, "the absolute value; integers wrap"),
	UNARY("Sign", 9, "T=num", define_sign, "-1, 0 or 1"),
	UNARY("Floor", 1, "T=floats", define_floor, "rounded down"),
	UNARY("Ceil", 1, "T=floats", define_ceil, "rounded up"),
	UNARY("Round", 11, "T=floats", define_round, "rounded to the nearest, halves to even"),
	UNARY("Sqrt", 1, "T=floats", define_sqrt, "the square root; NaN below 0"),
	UNARY("Exp", 1, "T=floats", define_exp, "e to the power of X"),
	UNARY("Log", 1, "T=floats", define_log, "the natural logarithm"),
	UNARY("Reciprocal", 1, "T=floats", define_reciprocal, "1 / X"),
	UNARY("Sin", 7, "T=floats", define_sin, "the sine of X radians"),
	UNARY("Cos", 7, "T=floats", define_cos, "the cosine of X radians"),
	UNARY("Tan", 7, "T=floats", define_tan, "the tangent of X radians"),
	UNARY("Asin", 7, "T=floats", define_asin, "the arc sine"),
	UNARY("Acos", 7, "T=floats", define_acos, "the arc cosine"),
	UNARY("Atan", 7, "T=floats", define_atan, "the arc tangent"),
	UNARY("Sinh", 9, "T=floats", define_sinh, "the hyperbolic sine"),
	UNARY("Cosh", 9, "T=floats", define_cosh, "the hyperbolic cosine"),
	UNARY("Tanh", 1, "T=floats", define_tanh, "the hyperbolic tangent"),
	UNARY("Asinh", 9, "T=floats", define_asinh, "the inverse hyperbolic sine"),
	UNARY("Acosh", 9, "T=floats", define_acosh, "the inverse hyperbolic cosine"),
	UNARY("Atanh", 9, "T=floats", define_atanh, "the inverse hyperbolic tangent"),
	UNARY("Erf", 9, "T=num", define_erf, "the error function; of integers toward zero"),
	UNARY("BitwiseNot", 18, "T=ints", define_not, "every bit inverted"),
	UNARY("Not", 1, "T=bool", define_not, "the logical negation"),
	{ .name = "IsNaN",
	  .since = 9,
	  .sig = "X:T -> Y:bool",
	  .types = "T=floats," FLOAT8,
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_like_input0,
	  .define = define_isnan,
	  .doc = "where X is NaN" },
	{ .name = "IsInf",
	  .since = 10,
	  .sig = "X:T -> Y:bool",
	  .types = "T=floats," FLOAT8,
	  .attrs = isinf_rows,
	  .attrs_size = sizeof(struct isinf_attrs),
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_like_input0,
	  .define = define_isinf,
	  .doc = "where X is infinite, of either sign or one" },
	{ .name = NULL }
};
