/* logic.c - truth and comparison: And, Or, Xor, Equal ... GreaterOrEqual, Where. */
#include "family.h"

DEFINE_BINARY(and, TIR_AND)
DEFINE_BINARY(or, TIR_OR)
DEFINE_BINARY(xor, TIR_XOR)
DEFINE_BINARY(equal, TIR_EQ)
DEFINE_BINARY(less, TIR_LT)
DEFINE_BINARY(less_equal, TIR_LE)

/* Compared the other way round: false where an operand is NaN, as C's >. */
static bool define_swapped(struct tir_builder *b, struct tir_stage *out, enum tir_kind k)
{
	const struct tir *idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	out->value = tir_binary(b, k, tir_load_broadcast(b, 1, idx, out->rank),
				tir_load_broadcast(b, 0, idx, out->rank));
	return true;
}

static bool define_greater(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	(void)n;
	return define_swapped(b, out, TIR_LT);
}

static bool define_greater_equal(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	(void)n;
	return define_swapped(b, out, TIR_LE);
}

static bool elem_gt(struct unit *u, dim a, dim b, dim *out)
{
	return elem_lt(u, b, a, out);
}

static bool elem_ge(struct unit *u, dim a, dim b, dim *out)
{
	return elem_le(u, b, a, out);
}

static bool infer_equal(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_eq);
	return true;
}

static bool infer_less(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_lt);
	return true;
}

static bool infer_less_equal(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_le);
	return true;
}

static bool infer_greater(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_gt);
	return true;
}

static bool infer_greater_equal(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_content(u, n, elem_ge);
	return true;
}

/* -- Where --------------------------------------------------------------------------------- */

/* Exporters write Expand's shape as Where(shape == -1, ones, shape). */
static bool infer_where(struct unit *u, struct node *n)
{
	if (!infer_broadcast(u, n))
		return false;
	infer_moved_content(u, n, 1u << 1 | 1u << 2, 1u << 0);
	return true;
}

static bool define_where(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	(void)n;
	tir_stage_begin(b, 0, out, idx);
	out->value = tir_select(b, tir_load_broadcast(b, 0, idx, out->rank),
				tir_load_broadcast(b, 1, idx, out->rank),
				tir_load_broadcast(b, 2, idx, out->rank));
	return true;
}

#define COMPARE(NAME, SINCE, TYPES, INFER, DEFINE, DOC)                                            \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = "A:T B:T -> C:bool", .types = TYPES,          \
		.flags = OP_ELEMENTWISE, .infer = INFER, .define = DEFINE, .doc = DOC              \
	}
#define COMPARE6(NAME, TYPES)                                                                      \
	{                                                                                          \
		.name = NAME, .since = 1, .until = 6, .sig = "A:T B:T -> C:bool", .types = TYPES,  \
		.attrs = broadcast6_rows, .attrs_size = sizeof(struct broadcast6_attrs),           \
		.upgrade = upgrade_broadcast6                                                      \
	}

const struct op ops_logic[] = {
	COMPARE("And", 7, "T=bool", infer_broadcast, define_and, "A and B"),
	COMPARE6("And", "T=bool"),
	COMPARE("Or", 7, "T=bool", infer_broadcast, define_or, "A or B"),
	COMPARE6("Or", "T=bool"),
	COMPARE("Xor", 7, "T=bool", infer_broadcast, define_xor, "either A or B, not both"),
	COMPARE6("Xor", "T=bool"),
	COMPARE("Equal", 7, "T=num,bool,string", infer_equal, define_equal, "A == B"),
	COMPARE6("Equal", "T=num,bool"),
	COMPARE("Less", 7, "T=num", infer_less, define_less, "A < B"),
	COMPARE6("Less", "T=num"),
	COMPARE("Greater", 7, "T=num", infer_greater, define_greater, "A > B"),
	COMPARE6("Greater", "T=num"),
	COMPARE("LessOrEqual", 12, "T=num", infer_less_equal, define_less_equal, "A <= B"),
	COMPARE("GreaterOrEqual", 12, "T=num", infer_greater_equal, define_greater_equal, "A >= B"),
	{ .name = "Where",
	  .since = 9,
	  .sig = "condition:bool X:T Y:T -> output:T",
	  .types = "T=" T_MOVE,
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_where,
	  .define = define_where,
	  .doc = "X where the condition holds, else Y" },
	{ .name = NULL }
};
