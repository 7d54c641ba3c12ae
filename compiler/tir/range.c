/* Ranges of integer expressions. For DT_INDEX the ends of int64 are infinities and arithmetic does
 * not wrap (an index that overflows is a broken definition); the other integer types wrap, so a
 * result that may leave the type has the type's whole range. */
#include <assert.h>

#include "internal.h"

struct interval {
	int64_t lo, hi;
};

static bool infinite(int64_t v)
{
	return v == INT64_MIN || v == INT64_MAX;
}

int64_t sat_add(int64_t a, int64_t b)
{
	int64_t r;
	if (infinite(a))
		return a;
	if (infinite(b))
		return b;
	if (add_i64(a, b, &r))
		return r;
	return a < 0 ? INT64_MIN : INT64_MAX;
}

int64_t sat_mul(int64_t a, int64_t b)
{
	int64_t r;
	if (a == 0 || b == 0)
		return 0;
	if (!infinite(a) && !infinite(b) && mul_i64(a, b, &r))
		return r;
	return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
}

static int64_t sat_neg(int64_t a)
{
	return a == INT64_MIN ? INT64_MAX : a == INT64_MAX ? INT64_MIN : -a;
}

static int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void tir_type_range(enum dtype t, int64_t *lo, int64_t *hi)
{
	*lo = INT64_MIN;
	*hi = INT64_MAX;
	if (t == DT_BOOL) {
		*lo = 0;
		*hi = 1;
	} else if (t != DT_INDEX && dtype_is_int(t)) {
		unsigned bits = 8 * (unsigned)dtype_size(t);
		if (dtype_is_signed_int(t)) {
			*hi = INT64_MAX >> (64 - bits);
			*lo = -*hi - 1;
		} else {
			*lo = 0;
			*hi = bits == 64 ? INT64_MAX : (int64_t)(UINT64_MAX >> (64 - bits));
		}
	}
}

static struct interval corners(struct interval a, struct interval b, int64_t (*f)(int64_t, int64_t))
{
	int64_t v[4] = { f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi) };
	struct interval r = { v[0], v[0] };
	for (int i = 1; i < 4; i++) {
		r.lo = min_i64(r.lo, v[i]);
		r.hi = max_i64(r.hi, v[i]);
	}
	return r;
}

static int64_t sat_floordiv(int64_t a, int64_t b) /* b > 0 */
{
	if (b == INT64_MAX)
		return a < 0 ? -1 : 0;
	return infinite(a) ? a : floor_div(a, b);
}

static struct interval range_abs(struct interval a)
{
	if (a.lo >= 0)
		return a;
	if (a.hi <= 0)
		return (struct interval){ sat_neg(a.hi), sat_neg(a.lo) };
	return (struct interval){ 0, max_i64(sat_neg(a.lo), a.hi) };
}

static struct interval range_reduce(const struct unit *u, const struct tir *e, struct interval full)
{
	struct interval body = { e->a->lo, e->a->hi };
	int64_t lo = 1, hi = 1;
	for (int i = 0; i < e->u.reduce.n; i++) {
		dim d = e->u.reduce.vars[i]->u.var.extent;
		lo = sat_mul(lo, dim_lo(u, d));
		hi = sat_mul(hi, dim_hi(u, d));
	}
	switch (e->u.reduce.kind) {
	case REDUCE_SUM:
		return (struct interval){ sat_mul(body.lo, body.lo < 0 ? hi : lo),
					  sat_mul(body.hi, body.hi > 0 ? hi : lo) };
	case REDUCE_MAX:
	case REDUCE_MIN:
		return lo > 0 ? body : full;
	case REDUCE_PROD:
	case REDUCE_AND:
	case REDUCE_OR:
		return full;
	default:
		return (struct interval){ 0, max_i64(0, sat_add(hi, -1)) };
	}
}

static struct interval range_of(const struct unit *u, const struct tir *e, struct interval full)
{
	struct interval a = full, b = full;
	if (e->a)
		a = (struct interval){ e->a->lo, e->a->hi };
	if (e->b)
		b = (struct interval){ e->b->lo, e->b->hi };

	switch (e->kind) {
	case TIR_INT:
		return e->type == DT_U64 && e->u.i < 0 ? full : (struct interval){ e->u.i, e->u.i };
	case TIR_VAR:
		return (struct interval){ 0, max_i64(0, sat_add(dim_hi(u, e->u.var.extent), -1)) };
	case TIR_DIM:
		return (struct interval){ dim_lo(u, e->u.dim), dim_hi(u, e->u.dim) };
	case TIR_ADD:
		return (struct interval){ sat_add(a.lo, b.lo), sat_add(a.hi, b.hi) };
	case TIR_SUB:
		return (struct interval){ sat_add(a.lo, sat_neg(b.hi)),
					  sat_add(a.hi, sat_neg(b.lo)) };
	case TIR_MUL:
		return corners(a, b, sat_mul);
	case TIR_DIV:
		return a.lo >= 0 && b.lo > 0 ? corners(a, b, sat_floordiv) : full;
	case TIR_FLOORDIV:
		return b.lo > 0 ? corners(a, b, sat_floordiv) : full;
	case TIR_MOD:
	case TIR_FLOORMOD:
		if (b.lo <= 0)
			return full;
		if (a.lo >= 0)
			return (struct interval){ 0, min_i64(a.hi, sat_add(b.hi, -1)) };
		return (struct interval){ e->kind == TIR_MOD ? sat_add(1, sat_neg(b.hi)) : 0,
					  sat_add(b.hi, -1) };
	case TIR_MIN:
		return (struct interval){ min_i64(a.lo, b.lo), min_i64(a.hi, b.hi) };
	case TIR_MAX:
		return (struct interval){ max_i64(a.lo, b.lo), max_i64(a.hi, b.hi) };
	case TIR_AND:
		return a.lo >= 0 && b.lo >= 0 ? (struct interval){ 0, min_i64(a.hi, b.hi) } : full;
	case TIR_SHR:
		return a.lo >= 0 ? (struct interval){ 0, a.hi } : full;
	case TIR_NEG:
		return (struct interval){ sat_neg(a.hi), sat_neg(a.lo) };
	case TIR_ABS:
		return range_abs(a);
	case TIR_SIGN:
		return (struct interval){ a.lo >= 0 ? 0 : -1, a.hi <= 0 ? 0 : 1 };
	case TIR_CAST:
		return tir_is_integral(e->a->type) && e->type != DT_BOOL ? a : full;
	case TIR_SELECT:
		return (struct interval){ min_i64(e->b->lo, e->c->lo),
					  max_i64(e->b->hi, e->c->hi) };
	case TIR_REDUCE:
		return range_reduce(u, e, full);
	default:
		return full;
	}
}

/* The mathematical result may not be a number of the type, and an end of the range that is infinite
 * says so. */
static bool may_overflow(const struct tir *e)
{
	switch (e->kind) {
	case TIR_ADD:
	case TIR_SUB:
	case TIR_MUL:
	case TIR_NEG:
	case TIR_ABS:
	case TIR_REDUCE:
		return true;
	case TIR_CAST:
		return e->a->type == DT_U64; /* whose range ends before its values do */
	default:
		return false;
	}
}

void tir_range(const struct unit *u, struct tir *e)
{
	struct interval full;
	tir_type_range(e->type, &full.lo, &full.hi);
	struct interval r = full;
	if (tir_is_integral(e->type))
		r = range_of(u, e, full);
	bool wraps =
		e->type != DT_INDEX && (r.lo < full.lo || r.hi > full.hi ||
					(may_overflow(e) && (infinite(r.lo) || infinite(r.hi))));
	/* A cast to DT_INDEX of a uint64 too great for it, like any overflow of an index, is a
	 * broken definition. */
	e->lo = wraps ? full.lo : r.lo;
	e->hi = wraps ? full.hi : r.hi;
	assert(e->lo <= e->hi);
}
