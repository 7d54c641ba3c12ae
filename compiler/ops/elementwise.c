/* elementwise.c - arithmetic on one element of each input, broadcast together: Add to BitwiseXor, Clip, Dropout. */
#include <float.h>

#include "family.h"

/* -- inference ------------------------------------------------------------------------------------------------ */

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

/* -- binary ------------------------------------------------------------------------------------------------------ */

DEFINE_BINARY(add, TIR_ADD)
DEFINE_BINARY(sub, TIR_SUB)
DEFINE_BINARY(mul, TIR_MUL)
DEFINE_BINARY(div, TIR_DIV)
DEFINE_BINARY(bitand, TIR_AND)
DEFINE_BINARY(bitor, TIR_OR)
DEFINE_BINARY(bitxor, TIR_XOR)

/* x to the power of a number where a product or quotient gives the same or better; NULL otherwise. */
static const struct tir *power_by_number(struct tir_builder *b, const struct tir *x, double p)
{
	if (p == 0)
		return tir_number(b, x->type, 1);
	if (p == 1)
		return x;
	if (p == 2)
		return tir_mul(b, x, x);
	if (p == 3)
		return tir_mul(b, tir_mul(b, x, x), x);
	if (p == -1 && dtype_is_float(x->type))
		return tir_div(b, tir_number(b, x->type, 1), x);
	return NULL;
}

/* Integers by repeated squaring, wrapping as multiplication does. A negative exponent gives what 1/x**|p|
 * truncates to: 1 and -1 for x = 1 and -1, else 0. Exponents past 63 matter only for x in -1, 0, 1, or overflow. */
static const struct tir *power_of_integers(struct tir_builder *b, const struct tir *x, const struct tir *p)
{
	enum dtype t = x->type;
	const struct tir *one = tir_int(b, t, 1), *zero = tir_int(b, t, 0);
	const struct tir *minus = tir_int(b, t, -1);
	const struct tir *p64 = tir_cast(b, DT_I64, p), *power = one, *square = x;
	const struct tir *p_zero = tir_int(b, DT_I64, 0), *odd, *unit, *limit = tir_int(b, DT_I64, 64);

	for (int bit = 0; bit < 6; bit++) {
		const struct tir *set = tir_binary(b, TIR_AND, p64, tir_int(b, DT_I64, (int64_t)1 << bit));

		power = tir_select(b, tir_eq(b, set, p_zero), power, tir_mul(b, power, square));
		square = tir_mul(b, square, square);
	}
	odd = tir_not(b, tir_eq(b, tir_binary(b, TIR_AND, p64, tir_int(b, DT_I64, 1)), p_zero));
	unit = tir_select(b, tir_eq(b, x, minus), tir_select(b, odd, minus, one),
			  tir_select(b, tir_eq(b, x, one), one, zero));
	return tir_select(b, tir_and(b, tir_le(b, p_zero, p64), tir_lt(b, p64, limit)), power, unit);
}

/* The result has the base's type. Integers to an integer power stay exact; mixed operands meet in float, or in
 * double where one of them has more bits than float holds. */
static bool define_pow(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x, *p, *y = NULL;
	enum dtype tx = stage_compute(b, 0), tp = stage_compute(b, 1), t = DT_F32;

	(void)n;
	tir_stage_begin(b, 0, out, idx);
	x = tir_load_broadcast(b, 0, idx, out->rank);
	p = tir_load_broadcast(b, 1, idx, out->rank);
	if (p->kind == TIR_FLOAT)
		y = power_by_number(b, x, p->u.f);
	else if (p->kind == TIR_INT)
		y = power_by_number(b, x, (double)p->u.i);
	if (!y && dtype_is_int(tx) && dtype_is_int(tp))
		y = power_of_integers(b, x, p);
	if (!y) {
		if (tx == DT_F64 || tp == DT_F64 || dtype_is_int(tx))
			t = DT_F64;
		y = tir_binary(b, TIR_POW, tir_cast(b, t, x), tir_cast(b, t, p));
		y = tir_cast(b, tx, y);
	}
	out->value = y;
	return true;
}

struct mod_attrs { int64_t fmod; };
static const struct attr_row mod_rows[] = { A_FLAG(struct mod_attrs, fmod, 0), A_END };

/* A - floor(A / B) * B for floats: C's remainder has A's sign; one step of B moves it to B's. */
static const struct tir *floor_mod_float(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	const struct tir *zero = tir_number(b, x->type, 0), *r = tir_binary(b, TIR_MOD, x, y);
	const struct tir *negative = tir_lt(b, y, zero);
	const struct tir *other = tir_binary(b, TIR_XOR, tir_lt(b, r, zero), negative);
	const struct tir *signed_zero = tir_select(b, negative, tir_number(b, x->type, -0.0), zero);

	return tir_select(b, tir_eq(b, r, zero), signed_zero, tir_select(b, other, tir_add(b, r, y), r));
}

static bool define_mod(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct mod_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x, *y;

	tir_stage_begin(b, 0, out, idx);
	x = tir_load_broadcast(b, 0, idx, out->rank);
	y = tir_load_broadcast(b, 1, idx, out->rank);
	if (a->fmod)
		out->value = tir_binary(b, TIR_MOD, x, y);
	else if (dtype_is_float(x->type))
		out->value = floor_mod_float(b, x, y);
	else
		out->value = tir_floormod(b, x, y);
	return true;
}

static bool infer_mod(struct unit *u, struct node *n)
{
	const struct mod_attrs *a = n->attrs;

	if (!infer_broadcast(u, n))
		return false;
	if (!a->fmod)
		infer_content(u, n, elem_mod);
	return true;
}

struct shift_attrs { int direction; };
enum { SHIFT_LEFT, SHIFT_RIGHT };
static const char *const shift_names[] = { "LEFT", "RIGHT", NULL };
static const struct attr_row shift_rows[] = {
	{ ATTR(struct shift_attrs, direction), .kind = ATTR_ENUM, .choices = shift_names, .required = true },
	A_END
};

static enum dtype unsigned_of(enum dtype t)
{
	switch (t) {
	case DT_I8: return DT_U8;
	case DT_I16: return DT_U16;
	case DT_I32: return DT_U32;
	case DT_I64: return DT_U64;
	default: return t;
	}
}

/* Shifts are of the unsigned type of the same width, where a shift by the width or more gives 0: a negative
 * amount is such a one. A negative x goes right as ~(~x >> y), which fills with ones. */
static bool define_shift(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shift_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x, *y, *z;
	enum dtype t = stage_compute(b, 0), ut = unsigned_of(t);
	enum tir_kind kind = a->direction == SHIFT_LEFT ? TIR_SHL : TIR_SHR;

	tir_stage_begin(b, 0, out, idx);
	x = tir_load_broadcast(b, 0, idx, out->rank);
	y = tir_cast(b, ut, tir_load_broadcast(b, 1, idx, out->rank));
	z = tir_cast(b, t, tir_binary(b, kind, tir_cast(b, ut, x), y));
	if (t != ut && kind == TIR_SHR) {
		const struct tir *ones = tir_cast(b, ut, tir_not(b, x));
		const struct tir *filled = tir_not(b, tir_cast(b, t, tir_binary(b, TIR_SHR, ones, y)));

		z = tir_select(b, tir_lt(b, x, tir_int(b, t, 0)), filled, z);
	}
	out->value = z;
	return true;
}

/* -- any number of inputs ------------------------------------------------------------------------------------------ */

static bool define_fold(struct tir_builder *b, const struct node *n, struct tir_stage *out, enum tir_kind k)
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

/* -- Clip ------------------------------------------------------------------------------------------------------------ */

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

struct clip_attrs { float min, max; };
static const struct attr_row clip6_rows[] = {
	A_FLOAT(struct clip_attrs, min, -FLT_MAX), A_FLOAT(struct clip_attrs, max, FLT_MAX), A_END
};

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

/* -- Dropout ------------------------------------------------------------------------------------------------------------- */

/* Masks of older versions: before opset 12 ONNX did not say what they hold at inference (here, as in ONNX Runtime, 0),
 * and before opset 10 they had the data's type. */
enum { MASK_ONES, MASK_ZEROS, MASK_ZEROS_AS_DATA };
struct dropout_attrs { int64_t seed, old_mask; };
struct dropout6_attrs { float ratio; int64_t is_test; };
static const struct attr_row dropout_rows[] = {
	A_INT(struct dropout_attrs, seed, 0), A_RANGE(struct dropout_attrs, old_mask, MASK_ONES, MASK_ONES, MASK_ZEROS_AS_DATA), A_END
};
static const struct attr_row dropout6_rows[] = {
	A_FLOAT(struct dropout6_attrs, ratio, 0.5), A_INT(struct dropout6_attrs, is_test, 0), A_END
};

static bool upgrade_dropout6(struct unit *u, struct node *n)
{
	struct dropout_attrs a = { .old_mask = n->op->until < 10 ? MASK_ZEROS_AS_DATA : MASK_ZEROS };

	upgrade_to_newest(u, n, &a);
	return true;
}

static bool infer_dropout(struct unit *u, struct node *n)
{
	const struct dropout_attrs *a = n->attrs;
	double ratio, training;

	if (!need_scalar(u, n, 2, "training_mode", 0, &training))
		return false;
	if (training != 0) {
		if (!need_scalar(u, n, 1, "ratio", 0.5, &ratio))
			return false;
		if (ratio != 0)
			return node_error(u, n, "training mode is not supported: export the model for inference");
	}
	if (node_out(n, 1))
		node_out(n, 1)->type = a->old_mask == MASK_ZEROS_AS_DATA ? node_in(n, 0)->type : DT_BOOL;
	return infer_like_input0(u, n);
}

static bool define_dropout(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct dropout_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX];

	out[0].value = stage_input0(b, &out[0], idx);
	if (node_out(n, 1)) {
		tir_stage_begin(b, 1, &out[1], idx);
		out[1].value = tir_number(b, dtype_compute(node_out(n, 1)->type), a->old_mask == MASK_ONES);
	}
	return true;
}

/* -- opset 6: B matched to consecutive axes of A from `axis` on --------------------------------------------------------------- */

const struct attr_row broadcast6_rows[] = {
	A_INT(struct broadcast6_attrs, axis, ATTR_ABSENT), A_FLAG(struct broadcast6_attrs, broadcast, 0), A_END
};

bool upgrade_broadcast6(struct unit *u, struct node *n)
{
	const struct broadcast6_attrs *a = n->attrs;
	int64_t axes[RANK_MAX];
	uint32_t in[2];
	int rank, from, count = 0;

	if (a->broadcast && a->axis != ATTR_ABSENT) {
		struct value *x = node_in(n, 0), *y = node_in(n, 1);

		if (!x || !y || !infer_need_shape(u, n, x, "A") || !infer_need_shape(u, n, y, "B") ||
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

/* -- the rows -------------------------------------------------------------------------------------------------------------------- */

#define BINARY(NAME, SINCE, TYPES, INFER, DEFINE, DOC)                                        \
	{ .name = NAME, .since = SINCE, .sig = "A:T B:T -> C:T", .types = TYPES,              \
	  .flags = OP_ELEMENTWISE, .infer = INFER, .define = DEFINE, .doc = DOC }
#define BINARY6(NAME, TYPES)                                                                  \
	{ .name = NAME, .since = 6, .until = 6, .sig = "A:T B:T -> C:T", .types = TYPES,      \
	  .attrs = broadcast6_rows, .attrs_size = sizeof(struct broadcast6_attrs),            \
	  .upgrade = upgrade_broadcast6 }
#define VARIADIC(NAME, TYPES, INFER, DEFINE, DOC)                                             \
	{ .name = NAME, .since = 6, .sig = "data_0+:T -> " "result:T", .types = TYPES,        \
	  .flags = OP_ELEMENTWISE, .infer = INFER, .define = DEFINE, .doc = DOC }

const struct op ops_elementwise[] = {
	BINARY("Add", 7, "T=num", infer_add, define_add, "A + B"),
	BINARY6("Add", "T=num"),
	BINARY("Sub", 7, "T=num", infer_sub, define_sub, "A - B"),
	BINARY6("Sub", "T=num"),
	BINARY("Mul", 7, "T=num", infer_mul, define_mul, "A * B"),
	BINARY6("Mul", "T=num"),
	BINARY("Div", 7, "T=num", infer_div, define_div, "A / B; integers toward zero, x / 0 is 0"),
	BINARY6("Div", "T=num"),
	{ .name = "Mod", .since = 10, .sig = "A:T B:T -> C:T", .types = "T=num", .attrs = mod_rows,
	  .attrs_size = sizeof(struct mod_attrs), .flags = OP_ELEMENTWISE, .infer = infer_mod,
	  .define = define_mod, .doc = "A - floor(A / B) * B, or with fmod=1 C's remainder; integer x % 0 is 0" },
	{ .name = "Pow", .since = 7, .sig = "X:T Y:T1 -> Z:T", .types = "T=int32,int64,floats T1=num",
	  .flags = OP_ELEMENTWISE, .infer = infer_broadcast, .define = define_pow, .doc = "X to the power of Y" },
	{ .name = "Pow", .since = 1, .until = 6, .sig = "X:T Y:T -> Z:T", .types = "T=floats",
	  .attrs = broadcast6_rows, .attrs_size = sizeof(struct broadcast6_attrs), .upgrade = upgrade_broadcast6 },
	VARIADIC("Max", "T=num", infer_max, define_max, "the greatest of all inputs' elements; NaN wins"),
	VARIADIC("Min", "T=num", infer_min, define_min, "the least of all inputs' elements; NaN wins"),
	VARIADIC("Sum", "T=floats", infer_broadcast, define_sum, "the sum of all inputs"),
	VARIADIC("Mean", "T=floats", infer_broadcast, define_mean, "the mean of all inputs"),
	{ .name = "BitShift", .since = 11, .sig = "X:T Y:T -> Z:T", .types = "T=ints", .attrs = shift_rows,
	  .attrs_size = sizeof(struct shift_attrs), .flags = OP_ELEMENTWISE, .infer = infer_broadcast,
	  .define = define_shift, .doc = "X shifted by Y bits; signed X to the right by copies of its sign" },
	BINARY("BitwiseAnd", 18, "T=ints", infer_broadcast, define_bitand, "the bits set in A and B"),
	BINARY("BitwiseOr", 18, "T=ints", infer_broadcast, define_bitor, "the bits set in A or B"),
	BINARY("BitwiseXor", 18, "T=ints", infer_broadcast, define_bitxor, "the bits that differ in A and B"),
	{ .name = "Clip", .since = 11, .sig = "input:T min?:T max?:T -> output:T", .types = "T=num",
	  .flags = OP_ELEMENTWISE, .infer = infer_clip, .define = define_clip,
	  .doc = "min(max, max(input, min)); a bound left out does not bind" },
	{ .name = "Clip", .since = 6, .until = 10, .sig = "input:T -> output:T", .types = "T=floats",
	  .attrs = clip6_rows, .attrs_size = sizeof(struct clip_attrs), .upgrade = upgrade_clip },
	{ .name = "Dropout", .since = 12, .sig = "data:T ratio?:T1 training_mode?:bool -> output:T mask?:*",
	  .types = "T=floats,float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz "
		   "T1=floats,float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz",
	  .attrs = dropout_rows, .attrs_size = sizeof(struct dropout_attrs), .flags = OP_ELEMENTWISE,
	  .infer = infer_dropout, .define = define_dropout, .doc = "data itself; the mask is all ones",
	  .limits = "inference only" },
	{ .name = "Dropout", .since = 10, .until = 11, .sig = "data:T -> output:T mask?:*", .types = "T=floats",
	  .attrs = dropout6_rows, .attrs_size = sizeof(struct dropout6_attrs), .upgrade = upgrade_dropout6 },
	{ .name = "Dropout", .since = 6, .until = 9, .sig = "data:T -> output:T mask?:*", .types = "T=floats",
	  .attrs = dropout6_rows, .attrs_size = sizeof(struct dropout6_attrs), .upgrade = upgrade_dropout6 },
	{ .name = NULL }
};
