/* Rules of operations on values. Integers wrap, so the ring laws hold; floats keep only what IEEE
 * 754 makes exact (x + -0.0, x * 1, x / 2^k as a product ...), because folded, fused and plain code
 * must agree to the bit. */
#include <assert.h>
#include <math.h>

#include "internal.h"

static bool is_compare(enum tir_kind k)
{
	return k == TIR_EQ || k == TIR_LT || k == TIR_LE;
}

static enum dtype result_type(enum tir_kind k, enum dtype t)
{
	return is_compare(k) || k == TIR_ISNAN || k == TIR_ISINF ? DT_BOOL : t;
}

/* -- constants ------------------------------------------------------------------------ */

static union lane number_of(const struct tir *e)
{
	union lane v = { .i = 0 };
	if (e->kind == TIR_INT)
		v.i = e->u.i;
	else if (e->type == DT_F32)
		v.f = (float)e->u.f;
	else
		v.d = e->u.f;
	return v;
}

static const struct tir *from_number(struct tir_builder *b, enum dtype t, union lane v)
{
	if (t == DT_F32)
		return tir_float(b, t, (double)v.f);
	return t == DT_F64 ? tir_float(b, t, v.d) : tir_int(b, t, v.i);
}

static const struct tir *fold_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				     const struct tir *y)
{
	union lane p = number_of(x), q = number_of(y), r = { .i = 0 };
	if (x->type == DT_INDEX && y->u.i <= 0 && (k == TIR_FLOORDIV || k == TIR_FLOORMOD))
		return NULL; /* never evaluated: a definition's divisors are positive */
	lanes_binary(k, x->type, 1, &r, &p, &q);
	return from_number(b, result_type(k, x->type), r);
}

static const struct tir *fold_unary(struct tir_builder *b, enum tir_kind k, const struct tir *x)
{
	union lane p = number_of(x), r = { .i = 0 };
	lanes_unary(k, x->type, 1, &r, &p);
	return from_number(b, result_type(k, x->type), r);
}

/* -- bool ----------------------------------------------------------------------------- */

static const struct tir *bool_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				     const struct tir *y)
{
	bool opposite = (x->kind == TIR_NOT && x->a == y) || (y->kind == TIR_NOT && y->a == x);
	bool number = y->kind == TIR_INT, one = number && y->u.i;
	switch (k) {
	case TIR_AND:
		if (number || opposite)
			return number && one ? x : tir_bool(b, false);
		return x == y ? x : NULL;
	case TIR_OR:
		if (number || opposite)
			return number && !one ? x : tir_bool(b, true);
		return x == y ? x : NULL;
	case TIR_XOR:
	case TIR_EQ:
		if (number)
			return one == (k == TIR_EQ) ? x : tir_not(b, x);
		if (x == y || opposite)
			return tir_bool(b, (x == y) == (k == TIR_EQ));
		return NULL;
	default:
		return NULL;
	}
}

/* -- integers that wrap --------------------------------------------------------------- */

static const struct tir *int_compare(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				     const struct tir *y)
{
	/* uint64 beyond int64 shows as the range's end: ends of ranges that may stand for more
	 * decide nothing */
	bool below = x->hi < y->lo, above = y->hi < x->lo;
	bool not_above = x->hi <= y->lo && x->hi < INT64_MAX,
	     not_below = y->hi <= x->lo && y->hi < INT64_MAX;
	switch (k) {
	case TIR_EQ:
		return x == y ? tir_bool(b, true) : below || above ? tir_bool(b, false) : NULL;
	case TIR_LT:
		return below ? tir_bool(b, true) : x == y || not_below ? tir_bool(b, false) : NULL;
	default:
		return x == y || not_above ? tir_bool(b, true) : above ? tir_bool(b, false) : NULL;
	}
}

/* (x op c) op d => x op (c op d) for an associative op */
static const struct tir *reassociate(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				     const struct tir *y)
{
	if (x->kind == k && tir_is_const(x->b) && tir_is_const(y))
		return tir_binary(b, k, x->a, tir_binary(b, k, x->b, y));
	return NULL;
}

static const struct tir *int_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				    const struct tir *y)
{
	enum dtype t = x->type;
	bool zero = tir_is_int(y, 0), one = tir_is_int(y, 1), ones = tir_is_int(y, wrap_int(t, -1));
	switch (k) {
	case TIR_ADD:
		return zero ? x : reassociate(b, k, x, y);
	case TIR_SUB:
		if (x == y)
			return tir_int(b, t, 0);
		if (y->kind == TIR_INT)
			return tir_add(b, x, tir_int(b, t, (int64_t)(0 - (uint64_t)y->u.i)));
		return NULL;
	case TIR_MUL:
		return zero ? y : one ? x : reassociate(b, k, x, y);
	case TIR_DIV:
	case TIR_FLOORDIV:
		return zero ? y : one ? x : NULL;
	case TIR_MOD:
	case TIR_FLOORMOD:
		return zero ? y : one ? tir_int(b, t, 0) : NULL;
	case TIR_MIN:
	case TIR_MAX: {
		bool x_less = x->hi <= y->lo && x->hi < INT64_MAX,
		     y_less = y->hi <= x->lo && y->hi < INT64_MAX;
		if (x == y || x_less)
			return k == TIR_MIN ? x : y;
		if (y_less)
			return k == TIR_MIN ? y : x;
		return reassociate(b, k, x, y);
	}
	case TIR_AND:
		return zero ? y : ones || x == y ? x : reassociate(b, k, x, y);
	case TIR_OR:
		return ones ? y : zero || x == y ? x : reassociate(b, k, x, y);
	case TIR_XOR:
		return zero ? x : x == y ? tir_int(b, t, 0) : reassociate(b, k, x, y);
	case TIR_SHL:
	case TIR_SHR:
		return zero || tir_is_int(x, 0) ? x : NULL;
	default:
		return int_compare(b, k, x, y);
	}
}

/* -- floats --------------------------------------------------------------------------- */

/* 1/f is exact and normal: f is a power of two away from the ends. */
static bool exact_inverse(enum dtype t, double f)
{
	int e, limit = t == DT_F32 ? 120 : 1000;
	return isfinite(f) && fabs(frexp(f, &e)) == 0.5 && e > -limit && e < limit;
}

static const struct tir *float_pow(struct tir_builder *b, const struct tir *x, double p)
{
	if (p == 0)
		return tir_float(b, x->type, 1);
	if (p == 1)
		return x;
	if (p == 2)
		return tir_mul(b, x, x);
	if (p == 3)
		return tir_mul(b, tir_mul(b, x, x), x);
	return p == -1 ? tir_div(b, tir_float(b, x->type, 1), x) : NULL;
}

static const struct tir *float_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				      const struct tir *y)
{
	bool number = y->kind == TIR_FLOAT;
	double f = number ? y->u.f : 1;
	switch (k) {
	case TIR_ADD:
		return number && f == 0 && signbit(f) ? x : NULL;
	case TIR_SUB:
		return number && f == 0 && !signbit(f) ? x : NULL;
	case TIR_MUL:
		if (!number)
			return NULL;
		return f == 1 ? x : f == -1 ? tir_neg(b, x) : NULL;
	case TIR_DIV:
		if (!number)
			return NULL;
		if (f == 1 || f == -1)
			return f == 1 ? x : tir_neg(b, x);
		return exact_inverse(x->type, f) ? tir_mul(b, x, tir_float(b, x->type, 1 / f))
						 : NULL;
	case TIR_MIN:
	case TIR_MAX:
		return x == y ? x : f == 0 ? NULL : reassociate(b, k, x, y);
	case TIR_POW:
		return number ? float_pow(b, x, f) : NULL;
	case TIR_LT:
		return x == y ? tir_bool(b, false) : NULL;
	default:
		return NULL;
	}
}

/* -- all types ------------------------------------------------------------------------ */

/* x op y = y op x, to the bit (float MIN and MAX tell zeros apart by order). */
static bool commutes(enum tir_kind k, enum dtype t)
{
	switch (k) {
	case TIR_ADD:
	case TIR_MUL:
	case TIR_AND:
	case TIR_OR:
	case TIR_XOR:
	case TIR_EQ:
		return true;
	case TIR_MIN:
	case TIR_MAX:
		return tir_is_integral(t);
	default:
		return false;
	}
}

const struct tir *simplify_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				  const struct tir *y)
{
	const struct tir *r = NULL;
	enum dtype t = x->type;
	if (tir_is_const(x) && tir_is_const(y) && (r = fold_binary(b, k, x, y)))
		return r;
	/* Numbers second, older operands first: one form. */
	if (commutes(k, t) && !tir_is_const(y) && (tir_is_const(x) || y->id < x->id)) {
		const struct tir *swap = x;
		x = y;
		y = swap;
	}
	if (t == DT_INDEX)
		r = index_binary(b, k, x, y);
	else if (t == DT_BOOL)
		r = bool_binary(b, k, x, y);
	else if (dtype_is_float(t))
		r = float_binary(b, k, x, y);
	else
		r = int_binary(b, k, x, y);
	return r ? r : tir_raw(b, k, result_type(k, t), x, y);
}

static const struct tir *not_of(struct tir_builder *b, const struct tir *x)
{
	if (x->kind == TIR_NOT)
		return x->a;
	if (x->type != DT_BOOL || !x->a ||
	    !tir_is_integral(x->a->type)) /* floats may be unordered */
		return NULL;
	if (x->kind == TIR_LT)
		return tir_le(b, x->b, x->a);
	return x->kind == TIR_LE ? tir_lt(b, x->b, x->a) : NULL;
}

/* f(f(x)) = f(x) */
static bool rounds(enum tir_kind k)
{
	return k == TIR_FLOOR || k == TIR_CEIL || k == TIR_TRUNC || k == TIR_ROUND;
}

const struct tir *simplify_unary(struct tir_builder *b, enum tir_kind k, const struct tir *x)
{
	const struct tir *r = NULL;
	bool is_float = dtype_is_float(x->type);
	if (tir_is_const(x))
		return fold_unary(b, k, x);
	if (k == TIR_NEG && x->type == DT_INDEX)
		return tir_mul(b, x, tir_index(b, -1));
	if (k == TIR_NEG && x->kind == TIR_NEG)
		return x->a;
	if (k == TIR_NOT && (r = not_of(b, x)))
		return r;
	if (k == TIR_ABS && (x->kind == TIR_ABS || (!is_float && x->lo >= 0)))
		return x;
	if (k == TIR_ABS && x->kind == TIR_NEG)
		return tir_unary(b, k, x->a);
	if (rounds(k) && (rounds(x->kind) || (x->kind == TIR_CAST && tir_is_integral(x->a->type))))
		return x;
	if (!is_float && rounds(k))
		return x;
	if ((k == TIR_ISNAN || k == TIR_ISINF) &&
	    (!is_float || (k == TIR_ISNAN && x->kind == TIR_CAST && tir_is_integral(x->a->type))))
		return tir_bool(b, false);
	assert(is_float || k == TIR_NEG || k == TIR_NOT || k == TIR_ABS || k == TIR_SIGN);
	return tir_raw(b, k, result_type(k, x->type), x, NULL);
}

/* -- conversions ---------------------------------------------------------------------- */

/* Bits that type t holds exactly: of an integer's magnitude, or of a float's significand. */
static int exact_bits(enum dtype t)
{
	if (t == DT_F32)
		return 24;
	return t == DT_F64 ? 53 : 64;
}

/* Every value of x comes through type mid unchanged. */
static bool holds(enum dtype mid, const struct tir *x)
{
	if (mid == DT_BOOL)
		return false;
	if (dtype_is_float(x->type))
		return mid == x->type || (mid == DT_F64 && x->type == DT_F32);
	if (x->type == DT_U64 && x->hi == INT64_MAX)
		return mid == DT_U64;
	if (dtype_is_float(mid)) {
		int64_t limit = (int64_t)1 << exact_bits(mid);
		return x->lo >= -limit && x->hi <= limit;
	}
	if (mid == DT_INDEX) /* 16 bits on the smallest machines */
		return x->lo >= INT16_MIN && x->hi <= INT16_MAX;
	int64_t lo, hi;
	tir_type_range(mid, &lo, &hi);
	return x->lo >= lo && x->hi <= hi;
}

const struct tir *tir_cast(struct tir_builder *b, enum dtype to, const struct tir *x)
{
	to = to == DT_INDEX ? to : dtype_compute(to);
	x = tir_norm(b, x);
	if (x->type == to)
		return x;
	if (tir_is_const(x)) {
		union lane v = number_of(x), r = { .i = 0 };
		lanes_cast(to, x->type, 1, &r, &v);
		return from_number(b, to, r);
	}
	if (x->kind == TIR_CAST && holds(x->type, x->a))
		return tir_cast(b, to, x->a);
	return tir_raw(b, TIR_CAST, to, x, NULL);
}

const struct tir *tir_round_to(struct tir_builder *b, enum dtype to, bool saturate,
			       const struct tir *x)
{
	assert(x->type == DT_F32);
	if (to == DT_F32 || (x->kind == TIR_ROUND_TO && x->u.round_to.to == to))
		return x;
	if (x->kind == TIR_FLOAT) {
		float f = (float)x->u.f;
		lanes_round_to(to, saturate, 1, &f, &f);
		return tir_float(b, DT_F32, (double)f);
	}
	struct tir e = { .kind = TIR_ROUND_TO, .type = DT_F32, .a = x };
	e.u.round_to.to = to;
	e.u.round_to.saturate = saturate;
	return tir_intern(b, &e);
}
