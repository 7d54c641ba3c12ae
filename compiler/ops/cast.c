/* cast.c - changes of the element type: Cast, CastLike, BitCast. */
#include <string.h>

#include "string_ops.h"

enum { E8M0_UP, E8M0_DOWN, E8M0_NEAREST };
static const char *const round_names[] = { "up", "down", "nearest", NULL };

static const struct attr_row cast_rows[] = {
	{ ATTR(struct cast_attrs, to), .kind = ATTR_TYPE, .required = true },
	A_FLAG(struct cast_attrs, saturate, 1),
	A_ENUM(struct cast_attrs, round_mode, round_names, E8M0_UP),
	A_END
};
static const struct attr_row castlike_rows[] = {
	A_FLAG(struct cast_attrs, saturate, 1),
	A_ENUM(struct cast_attrs, round_mode, round_names, E8M0_UP), A_END
};

static bool is_castable(enum dtype t)
{
	return t > DT_UNDEF && t < DT_ONNX_COUNT && t != DT_STRING && t != DT_C64 && t != DT_C128;
}

/* -- definition ---------------------------------------------------------------------------- */

/* A power of two: rounded up, or with `down` and `nearest` (ties up) one step below that where that
 * is right. */
static const struct tir *to_e8m0(struct tir_builder *b, const struct cast_attrs *a,
				 const struct tir *x)
{
	const struct tir *up = tir_round_to(b, DT_F8E8M0, a->saturate, x),
			 *size = tir_unary(b, TIR_ABS, x);
	const struct tir *half = tir_mul(b, up, tir_number(b, DT_F32, 0.5)), *limit = up;

	if (a->round_mode == E8M0_UP)
		return up;
	if (a->round_mode == E8M0_NEAREST)
		limit = tir_mul(b, up, tir_number(b, DT_F32, 0.75));
	return tir_round_to(b, DT_F8E8M0, a->saturate,
			    tir_select(b, tir_lt(b, size, limit), half, up));
}

/* x, in the byte that holds it, as an element of type t: wrapped to 4 or 2 bits, sign-extended. */
static const struct tir *to_bits(struct tir_builder *b, enum dtype t, const struct tir *x)
{
	int64_t sign = t == DT_I4   ? 8
		       : t == DT_I2 ? 2
				    : 0,
		mask = t == DT_U4   ? 15
		       : t == DT_U2 ? 3
				    : 0;
	enum dtype ct = dtype_compute(t);

	mask = sign ? 2 * sign - 1 : mask;
	if (!mask)
		return x;
	x = tir_and(b, x, tir_int(b, ct, mask));
	if (!sign)
		return x;
	return tir_sub(b, tir_binary(b, TIR_XOR, x, tir_int(b, ct, sign)), tir_int(b, ct, sign));
}

/* A float outside an integer's range is ONNX's undefined behaviour. As NumPy and ONNX Runtime do on
 * PCs, it goes through a wider signed integer, which saturates, and wraps from there. */
const struct tir *tir_cast_element(struct tir_builder *b, const struct cast_attrs *a,
				   const struct tir *x)
{
	enum dtype to = (enum dtype)a->to, ct = dtype_compute(to);

	if (dtype_is_int(to) && dtype_is_float(x->type) && dtype_size(to) <= 4 && to != DT_I32)
		x = tir_cast(b, to == DT_U32 ? DT_I64 : DT_I32, x);
	if (to == DT_BOOL || ct == to || dtype_is_int(to))
		return to_bits(b, to, tir_cast(b, ct, x));
	x = tir_cast(b, DT_F32, x);
	if (to == DT_F8E8M0)
		return to_e8m0(b, a, x);
	if (to == DT_F4E2M1) /* has no NaN: ONNX's test data gives -0 */
		x = tir_select(b, tir_unary(b, TIR_ISNAN, x), tir_number(b, DT_F32, -0.0), x);
	return tir_round_to(b, to, a->saturate, x);
}

static bool define_cast(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	out->value = tir_cast_element(b, n->attrs, stage_input0(b, out, idx));
	return true;
}

/* -- inference ----------------------------------------------------------------------------- */

static bool infer_cast(struct unit *u, struct node *n)
{
	const struct cast_attrs *a = n->attrs;
	struct value *y = node_out(n, 0);

	if (!is_castable((enum dtype)a->to))
		return node_error(u, n, "to=%s is not supported", dtype_name((enum dtype)a->to));
	y->type = (enum dtype)a->to;
	if (!infer_like_input0(u, n))
		return false;
	if (dtype_is_int(node_in(n, 0)->type) && (y->type == DT_I32 || y->type == DT_I64))
		infer_same_content(u, n);
	else if (dtype_is_float(node_in(n, 0)->type))
		infer_content_from_reals(u, n);
	return true;
}

/* Strings are made and read by operators of their own. */
static bool upgrade_text(struct unit *u, struct node *n, enum dtype to)
{
	if (node_in(n, 0)->type != DT_STRING && to != DT_STRING)
		return true;
	return is_castable(to) || to == DT_STRING
		       ? cast_text(u, n, to)
		       : node_error(u, n, "to=%s is not supported", dtype_name(to));
}

static bool upgrade_cast(struct unit *u, struct node *n)
{
	return upgrade_text(u, n, (enum dtype)((const struct cast_attrs *)n->attrs)->to);
}

static bool upgrade_castlike(struct unit *u, struct node *n)
{
	return upgrade_text(u, n, node_in(n, 1)->type);
}

static bool expand_castlike(struct unit *u, struct node *n)
{
	struct cast_attrs a = *(const struct cast_attrs *)n->attrs;

	a.to = (int)node_in(n, 1)->type;
	expand_output(u, n, 0, graph_build1(n, "Cast", &a, n->in[0]));
	return true;
}

/* -- opset 1: the type's name -------------------------------------------------------------- */

struct cast1_attrs {
	int to;
};
static const char *const type_names[] = { "FLOAT",  "UINT8",  "INT8",   "UINT16", "INT16",
					  "INT32",  "INT64",  "STRING", "BOOL",   "FLOAT16",
					  "DOUBLE", "UINT32", "UINT64", NULL };
static const struct attr_row cast1_rows[] = { { ATTR(struct cast1_attrs, to), .kind = ATTR_ENUM,
						.choices = type_names, .required = true },
					      A_END };

/* The names stand in the order of the types' numbers, from 1. */
static bool upgrade_cast1(struct unit *u, struct node *n)
{
	struct cast_attrs a = { .to = ((const struct cast1_attrs *)n->attrs)->to + 1,
				.saturate = 1 };

	upgrade_to_newest(u, n, &a);
	return upgrade_cast(u, n);
}

/* -- BitCast ------------------------------------------------------------------------------- */

struct bitcast_attrs {
	int to;
};
static const struct attr_row bitcast_rows[] = {
	{ ATTR(struct bitcast_attrs, to), .kind = ATTR_TYPE, .required = true }, A_END
};

static bool infer_bitcast(struct unit *u, struct node *n)
{
	enum dtype from = node_in(n, 0)->type,
		   to = (enum dtype)((const struct bitcast_attrs *)n->attrs)->to;

	if (!is_castable(to))
		return node_error(u, n, "to=%s is not supported", dtype_name(to));
	if (dtype_bits(from) != dtype_bits(to))
		return node_error(u, n, "%s has %u bits, %s has %u", dtype_name(from),
				  dtype_bits(from), dtype_name(to), dtype_bits(to));
	node_out(n, 0)->type = to;
	return infer_like_input0(u, n);
}

/* Narrow types stand one to a byte, the signed ones with their sign extended. */
static bool eval_bitcast(struct unit *u, const struct node *n, const struct constant *const *in,
			 struct constant **out)
{
	enum dtype to = (enum dtype)((const struct bitcast_attrs *)n->attrs)->to;
	unsigned bits = dtype_bits(to);
	uint8_t *data;
	void *p;

	out[0] = constant_new(u->arena, to, &in[0]->shape, &p);
	memcpy(p, in[0]->data, in[0]->size);
	data = p;
	for (size_t i = 0; bits < 8 && i < in[0]->size; i++) {
		data[i] = (uint8_t)(data[i] & ((1u << bits) - 1u));
		if (dtype_is_signed_int(to) && data[i] >> (bits - 1u))
			data[i] = (uint8_t)(data[i] | ~((1u << bits) - 1u));
	}
	return true;
}

const struct op ops_cast[] = { { .name = "Cast",
				 .since = 6,
				 .sig = "input:T1 -> output:*",
				 .types = "T1=num,small,bool,string",
				 .attrs = cast_rows,
				 .attrs_size = sizeof(struct cast_attrs),
				 .flags = OP_ELEMENTWISE,
				 .upgrade = upgrade_cast,
				 .infer = infer_cast,
				 .define = define_cast,
				 .doc = "the elements converted to type `to`" },
			       { .name = "Cast",
				 .since = 1,
				 .until = 5,
				 .sig = "input:T1 -> output:*",
				 .types = "T1=num,small,bool,string",
				 .attrs = cast1_rows,
				 .attrs_size = sizeof(struct cast1_attrs),
				 .upgrade = upgrade_cast1 },
			       { .name = "CastLike",
				 .since = 15,
				 .sig = "input:T1 target_type:T2 -> output:T2",
				 .types = "T1=num,small,bool,string T2=num,small,bool,string",
				 .attrs = castlike_rows,
				 .attrs_size = sizeof(struct cast_attrs),
				 .flags = OP_ELEMENTWISE,
				 .upgrade = upgrade_castlike,
				 .infer = infer_like_input0,
				 .expand = expand_castlike,
				 .doc = "the elements converted to target_type's type" },
			       { .name = "BitCast",
				 .since = 26,
				 .sig = "input:T1 -> output:*",
				 .types = "T1=num,small,bool",
				 .attrs = bitcast_rows,
				 .attrs_size = sizeof(struct bitcast_attrs),
				 .flags = OP_VIEW,
				 .infer = infer_bitcast,
				 .eval = eval_bitcast,
				 .doc = "the elements' bits taken as type `to`" },
			       { .name = NULL } };
