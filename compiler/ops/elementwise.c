/* elementwise.c - arithmetic on one element of each input, broadcast together: Add to BitwiseXor,
 * Clip, Dropout. */
#include <float.h>

#include "family.h"

/* -- inference ----------------------------------------------------------------------------- */

static bool infer_add(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_add);
	return true;
}

static bool infer_sub(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_sub);
	return true;
}

static bool infer_mul(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_mul);
	return true;
}

static bool infer_div(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	if (dtype_is_int(node_out(n, 0)->type))
		infer_content(u, n, elem_div);
	return true;
}

static bool infer_max(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_max);
	return true;
}

static bool infer_min(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_min);
	return true;
}

/* -- binary -------------------------------------------------------------------------------- */

DEFINE_BINARY(add, TIR_ADD)
DEFINE_BINARY(sub, TIR_SUB)
DEFINE_BINARY(mul, TIR_MUL)
DEFINE_BINARY(div, TIR_DIV)
DEFINE_BINARY(bitand, TIR_AND)
DEFINE_BINARY(bitor, TIR_OR)
DEFINE_BINARY(bitxor, TIR_XOR)

/* -- any number of inputs ------------------------------------------------------------------ */

static bool define_fold(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			enum tir_kind k)
{
	const struct tir *idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	out->value = tir_load_broadcast(b, 0, idx, out->rank);
	for (int i = 1; i < n->n_in; i++)
		out->value = tir_binary(b, k, out->value, tir_load_broadcast(b, i, idx, out->rank));
	return true;
}

static bool define_max(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_fold(b, n, out, TIR_MAX);
}

static bool define_min(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_fold(b, n, out, TIR_MIN);
}

static bool define_sum(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	return define_fold(b, n, out, TIR_ADD);
}

static bool define_mean(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	define_fold(b, n, out, TIR_ADD);
	out->value = tir_div(b, out->value, tir_number(b, out->value->type, n->n_in));
	return true;
}

/* -- Clip ---------------------------------------------------------------------------------- */

static bool infer_clip(struct unit *u, struct node *n)
{
	static const char *const names[] = { "input", "min", "max" };

	for (int k = 1; k <= 2; k++) {
		struct value *v = node_in(n, k);

		if (v && v->shape.rank >= 0 && shape_count(u, &v->shape) != 1)
			return node_error(u, n, "%s must be a scalar, its shape is %s", names[k],
					  shape_text(u, &v->shape));
	}
	return infer_like_input0(u, n);
}

static bool define_clip(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	if (node_in(n, 1))
		x = tir_max(b, x, load_single(b, 1));
	if (node_in(n, 2))
		x = tir_min(b, x, load_single(b, 2));
	out->value = x;
	return true;
}

struct clip_attrs {
	float min, max;
};
static const struct attr_row clip6_rows[] = { A_FLOAT(struct clip_attrs, min, -FLT_MAX),
					      A_FLOAT(struct clip_attrs, max, FLT_MAX), A_END };

static bool upgrade_clip(struct unit *u, struct node *n)
{
	struct clip_attrs a = *(const struct clip_attrs *)n->attrs;
	enum dtype t = node_in(n, 0)->type;

	if (t == DT_UNDEF)
		t = DT_F32;
	upgrade_to_newest(u, n, NULL);
	if (a.min > -FLT_MAX)
		upgrade_scalar_input(u, n, 1, "min", t, (double)a.min);
	if (a.max < FLT_MAX)
		upgrade_scalar_input(u, n, 2, "max", t, (double)a.max);
	return true;
}

/* -- Dropout ------------------------------------------------------------------------------- */

/* Masks of older versions: before opset 12 ONNX did not say what they hold at inference (here, as
 * in ONNX Runtime, 0), and before opset 10 they had the data's type. */
enum { MASK_ONES, MASK_ZEROS, MASK_ZEROS_AS_DATA };
struct dropout6_attrs {
	float ratio;
	int64_t is_test;
};
static const struct attr_row dropout_rows[] = {
	A_INT(struct dropout_attrs, seed, 0),
	A_RANGE(struct dropout_attrs, old_mask, MASK_ONES, MASK_ONES, MASK_ZEROS_AS_DATA), A_END
};
static const struct attr_row dropout6_rows[] = { A_FLOAT(struct dropout6_attrs, ratio, 0.5),
						 A_INT(struct dropout6_attrs, is_test, 0), A_END };

static bool upgrade_dropout6(struct unit *u, struct node *n)
{
	struct dropout_attrs a = { .old_mask =
					   n->op->until < 10 ? MASK_ZEROS_AS_DATA : MASK_ZEROS };

	upgrade_to_newest(u, n, &a);
	return true;
}

static bool infer_dropout(struct unit *u, struct node *n)
{
	static const char *const names[] = { NULL, "ratio", "training_mode" };
	const struct dropout_attrs *a = n->attrs;

	for (int k = 1; k < 3; k++)
		if (node_in(n, k) && shape_count(u, &node_in(n, k)->shape) != 1)
			return node_error(u, n, "%s must be a scalar, its shape is %s", names[k],
					  shape_text(u, &node_in(n, k)->shape));
	if (node_out(n, 1))
		node_out(n, 1)->type =
			a->old_mask == MASK_ZEROS_AS_DATA ? node_in(n, 0)->type : DT_BOOL;
	return infer_like_input0(u, n);
}

/* Whether the element at idx is left out: with probability `ratio`, here already 0 at inference. */
static const struct tir *is_dropped(struct tir_builder *b, const struct node *n,
				    const struct tir *const *idx, const struct tir *ratio)
{
	const struct dropout_attrs *a = n->attrs;
	const struct tir *at = random_number_of(b, &node_out(n, 0)->shape, idx);

	return tir_lt(b, random_draw(b, (float)a->seed, at, false), tir_cast(b, DT_F64, ratio));
}

/* When training, an element is 0 or divided by 1 - ratio. */
static bool define_dropout(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct dropout_attrs *a = n->attrs;
	const struct constant *mode = node_const(n, 2);
	bool inference = !node_in(n, 2) || (mode && constant_i64(mode, 0) == 0);
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, &out[0], idx), *rest, *ratio, *zero;

	zero = tir_number(b, x->type, 0);
	ratio = tir_number(b, x->type, 0.5);
	if (!inference) {
		if (node_in(n, 1))
			ratio = tir_cast(b, x->type, load_single(b, 1));
		ratio = tir_select(b, load_single(b, 2), ratio, zero);
		rest = tir_sub(b, tir_number(b, x->type, 1), ratio);
		x = tir_select(b, is_dropped(b, n, idx, ratio), zero, tir_div(b, x, rest));
	}
	out[0].value = x;
	if (!node_out(n, 1))
		return true;
	tir_stage_begin(b, 1, &out[1], idx);
	if (inference)
		out[1].value = tir_number(b, dtype_compute(out[1].type), a->old_mask == MASK_ONES);
	else
		out[1].value = tir_not(b, is_dropped(b, n, idx, ratio));
	return true;
}

/* -- up to opset 6: B matched to consecutive axes of A from `axis` on ---------------------------- */

const struct attr_row broadcast6_rows[] = { A_INT(struct broadcast6_attrs, axis, ATTR_ABSENT),
					    A_FLAG(struct broadcast6_attrs, broadcast, 0), A_END };

bool upgrade_broadcast6(struct unit *u, struct node *n)
{
	const struct broadcast6_attrs *a = n->attrs;
	int64_t axes[RANK_MAX];
	uint32_t in[2];
	int rank, from, count = 0;

	if (a->broadcast && a->axis != ATTR_ABSENT) {
		struct value *x = node_in(n, 0), *y = node_in(n, 1);

		if (!x || !y || !infer_need_shape(u, n, x, "A") ||
		    !infer_need_shape(u, n, y, "B") ||
		    !axis_resolve(u, &n->loc, a->axis, x->shape.rank, &from))
			return false;
		rank = x->shape.rank - from;
		for (int i = y->shape.rank; i < rank; i++)
			axes[count++] = i;
		if (count) {
			in[0] = y->id;
			in[1] = new_ints(n, axes, count);
			in[1] = upgrade_node(u, n, "Unsqueeze", NULL, 2, in);
			if (in[1] == VALUE_NONE)
				return false;
			node_set_input(n, 1, in[1]);
		}
	}
	upgrade_to_newest(u, n, NULL);
	return true;
}

/* -- the rows ------------------------------------------------------------------------------ */

#define BINARY(NAME, SINCE, TYPES, INFER, DEFINE, DOC)                                             \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = "A:T B:T -> C:T", .types = TYPES,             \
		.flags = OP_ELEMENTWISE, .infer = INFER, .define = DEFINE, .doc = DOC              \
	}
#define BINARY6(NAME, TYPES)                                                                       \
	{                                                                                          \
		.name = NAME, .since = 1, .until = 6, .sig = "A:T B:T -> C:T", .types = TYPES,     \
		.attrs = broadcast6_rows, .attrs_size = sizeof(struct broadcast6_attrs),           \
		.upgrade = upgrade_broadcast6                                                      \
	}
#define VARIADIC(NAME, TYPES, INFER, DEFINE, DOC)                                                  \
	{                                                                                          \
		.name = NAME, .since = 1, .sig = "data_0+:T -> result:T", .types = TYPES,          \
		.flags = OP_ELEMENTWISE, .infer = INFER, .define = DEFINE, .doc = DOC              \
	}

const struct op ops_elementwise[] = {
	BINARY("Add", 7, "T=num", infer_add, define_add, "A + B"),
	BINARY6("Add", "T=num"),
	BINARY("Sub", 7, "T=num", infer_sub, define_sub, "A - B"),
	BINARY6("Sub", "T=num"),
	BINARY("Mul", 7, "T=num", infer_mul, define_mul, "A * B"),
	BINARY6("Mul", "T=num"),
	BINARY("Div", 7, "T=num", infer_div, define_div, "A / B; integers toward zero, x / 0 is 0"),
	BINARY6("Div", "T=num"),
	VARIADIC("Max", "T=num", infer_max, define_max,
		 "the greatest of all inputs' elements; NaN wins"),
	VARIADIC("Min", "T=num", infer_min, define_min,
		 "the least of all inputs' elements; NaN wins"),
	VARIADIC("Sum", "T=floats", infer_broadcast, define_sum, "the sum of all inputs"),
	VARIADIC("Mean", "T=floats", infer_broadcast, define_mean, "the mean of all inputs"),
	BINARY("BitwiseAnd", 18, "T=ints", infer_broadcast, define_bitand,
	       "the bits set in A and B"),
	BINARY("BitwiseOr", 18, "T=ints", infer_broadcast, define_bitor, "the bits set in A or B"),
	BINARY("BitwiseXor", 18, "T=ints", infer_broadcast, define_bitxor,
	       "the bits that differ in A and B"),
	{ .name = "Clip",
	  .since = 11,
	  .sig = "input:T min?:T max?:T -> output:T",
	  .types = "T=num",
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_clip,
	  .define = define_clip,
	  .doc = "min(max, max(input, min)); a bound left out does not bind" },
	{ .name = "Clip",
	  .since = 1,
	  .until = 10,
	  .sig = "input:T -> output:T",
	  .types = "T=floats",
	  .attrs = clip6_rows,
	  .attrs_size = sizeof(struct clip_attrs),
	  .upgrade = upgrade_clip },
	{ .name = "Dropout",
	  .since = 12,
	  .sig = "data:T ratio?:T1 training_mode?:bool -> output:T mask?:*",
	  .types = "T=floats,float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz "
		   "T1=floats,float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz",
	  .attrs = dropout_rows,
	  .attrs_size = sizeof(struct dropout_attrs),
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_dropout,
	  .define = define_dropout,
	  .doc = "data itself and a mask of ones; in training_mode some elements 0, the rest larger" },
	{ .name = "Dropout",
	  .since = 10,
	  .until = 11,
	  .sig = "data:T -> output:T mask?:*",
	  .types = "T=floats",
	  .attrs = dropout6_rows,
	  .attrs_size = sizeof(struct dropout6_attrs),
	  .upgrade = upgrade_dropout6 },
	{ .name = "Dropout",
	  .since = 1,
	  .until = 9,
	  .sig = "data:T -> output:T mask?:*",
	  .types = "T=floats",
	  .attrs = dropout6_rows,
	  .attrs_size = sizeof(struct dropout6_attrs),
	  .upgrade = upgrade_dropout6 },
	{ .name = NULL }
};
