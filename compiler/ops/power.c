/* power.c - binary operators whose definition takes more than one step: Pow, Mod, BitShift. */
#include "family.h"

/* x to the power of a number where a product or quotient gives the same or better; NULL otherwise.
 */
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

/* Integers by repeated squaring, wrapping as multiplication does. A negative exponent gives what
 * 1/x**|p| truncates to: 1 and -1 for x = 1 and -1, else 0. Exponents past 63 matter only for x in
 * -1, 0, 1, or overflow. */
static const struct tir *power_of_integers(struct tir_builder *b, const struct tir *x,
					   const struct tir *p)
{
	enum dtype t = x->type;
	const struct tir *one = tir_int(b, t, 1), *zero = tir_int(b, t, 0);
	const struct tir *minus = tir_int(b, t, -1);
	const struct tir *p64 = tir_cast(b, DT_I64, p), *power = one, *square = x;
	const struct tir *p_zero = tir_int(b, DT_I64, 0), *odd, *unit,
			 *limit = tir_int(b, DT_I64, 64);

	for (int bit = 0; bit < 6; bit++) {
		const struct tir *set =
			tir_binary(b, TIR_AND, p64, tir_int(b, DT_I64, (int64_t)1 << bit));

		power = tir_select(b, tir_eq(b, set, p_zero), power, tir_mul(b, power, square));
		square = tir_mul(b, square, square);
	}
	odd = tir_not(b, tir_eq(b, tir_binary(b, TIR_AND, p64, tir_int(b, DT_I64, 1)), p_zero));
	unit = tir_select(b, tir_eq(b, x, minus), tir_select(b, odd, minus, one),
			  tir_select(b, tir_eq(b, x, one), one, zero));
	return tir_select(b, tir_and(b, tir_le(b, p_zero, p64), tir_lt(b, p64, limit)), power,
			  unit);
}

/* The result has the base's type. Integers to an integer power stay exact; mixed operands meet in
 * float, or in double where one of them has more bits than float holds. */
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

struct mod_attrs {
	int64_t fmod;
};
static const struct attr_row mod_rows[] = { A_FLAG(struct mod_attrs, fmod, 0), A_END };

/* A - floor(A / B) * B for floats: C's remainder has A's sign; one step of B moves it to B's. */
static const struct tir *floor_mod_float(struct tir_builder *b, const struct tir *x,
					 const struct tir *y)
{
	const struct tir *zero = tir_number(b, x->type, 0), *r = tir_binary(b, TIR_MOD, x, y);
	const struct tir *negative = tir_lt(b, y, zero);
	const struct tir *other = tir_binary(b, TIR_XOR, tir_lt(b, r, zero), negative);
	const struct tir *signed_zero = tir_select(b, negative, tir_number(b, x->type, -0.0), zero);

	return tir_select(b, tir_eq(b, r, zero), signed_zero,
			  tir_select(b, other, tir_add(b, r, y), r));
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

struct shift_attrs {
	int direction;
};
enum { SHIFT_LEFT, SHIFT_RIGHT };
static const char *const shift_names[] = { "LEFT", "RIGHT", NULL };
static const struct attr_row shift_rows[] = { { ATTR(struct shift_attrs, direction),
						.kind = ATTR_ENUM, .choices = shift_names,
						.required = true },
					      A_END };

static enum dtype unsigned_of(enum dtype t)
{
	switch (t) {
	case DT_I8:
		return DT_U8;
	case DT_I16:
		return DT_U16;
	case DT_I32:
		return DT_U32;
	case DT_I64:
		return DT_U64;
	default:
		return t;
	}
}

/* Shifts are of the unsigned type of the same width, where a shift by the width or more gives 0: a
 * negative amount is such a one. A negative x goes right as ~(~x >> y), which fills with ones. */
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
		const struct tir *filled =
			tir_not(b, tir_cast(b, t, tir_binary(b, TIR_SHR, ones, y)));

		z = tir_select(b, tir_lt(b, x, tir_int(b, t, 0)), filled, z);
	}
	out->value = z;
	return true;
}

const struct op ops_power[] = {
	{ .name = "Mod",
	  .since = 10,
	  .sig = "A:T B:T -> C:T",
	  .types = "T=num",
	  .attrs = mod_rows,
	  .attrs_size = sizeof(struct mod_attrs),
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_mod,
	  .define = define_mod,
	  .doc = "A - floor(A / B) * B, or with fmod=1 C's remainder; integer x % 0 is 0" },
	{ .name = "Pow",
	  .since = 7,
	  .sig = "X:T Y:T1 -> Z:T",
	  .types = "T=int32,int64,floats T1=num",
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_broadcast,
	  .define = define_pow,
	  .doc = "X to the power of Y" },
	{ .name = "Pow",
	  .since = 1,
	  .until = 6,
	  .sig = "X:T Y:T -> Z:T",
	  .types = "T=floats",
	  .attrs = broadcast6_rows,
	  .attrs_size = sizeof(struct broadcast6_attrs),
	  .upgrade = upgrade_broadcast6 },
	{ .name = "BitShift",
	  .since = 11,
	  .sig = "X:T Y:T -> Z:T",
	  .types = "T=ints",
	  .attrs = shift_rows,
	  .attrs_size = sizeof(struct shift_attrs),
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_broadcast,
	  .define = define_shift,
	  .doc = "X shifted by Y bits; signed X to the right by copies of its sign" },
	{ .name = NULL }
};
