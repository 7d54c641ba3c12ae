/* DT_INDEX arithmetic in a normal form: a sum of c*atom, positive terms first, each group by the
 * age of its atom, the number last. So equal affine expressions are one pointer, flat indices split
 * and join again
 *
 *	(8*i + j) floordiv 8 => i,  (8*i + j) floormod 8 => j   for 0 <= j < 8
 *	8*(f floordiv 8) + f floormod 8 => f
 *
 * and comparisons become  sum < sum,  number <= sum  or  sum == sum,  without common factors or
 * terms. */
#include "internal.h"

/* -- sums and products ---------------------------------------------------------------- */

static const struct tir *index_sum(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				   const struct tir *y)
{
	struct linear l = { 0 };
	if (linear_add(&l, x, 1) && linear_add(&l, y, k == TIR_ADD ? 1 : -1))
		return linear_build(b, &l);
	return tir_raw(b, k, DT_INDEX, x, y);
}

static const struct tir *raw_mul(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	bool swap = x->kind == TIR_DIM ? y->kind != TIR_DIM || y->id < x->id
				       : y->kind != TIR_DIM && y->id < x->id;
	return swap ? tir_raw(b, TIR_MUL, DT_INDEX, y, x) : tir_raw(b, TIR_MUL, DT_INDEX, x, y);
}

static const struct tir *index_mul(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	struct linear l = { 0 };
	if (x->kind == TIR_INT ||
	    (x->kind == TIR_DIM && y->kind != TIR_INT && y->kind != TIR_DIM)) {
		const struct tir *t = x;
		x = y;
		y = t;
	}
	if (y->kind == TIR_INT)
		return linear_add(&l, x, y->u.i) ? linear_build(b, &l)
						 : tir_raw(b, TIR_MUL, DT_INDEX, x, y);
	if (y->kind != TIR_DIM || x->kind == TIR_DIM)
		return raw_mul(b, x, y);
	/* A sum times a symbolic size, term by term: the flat index of a symbolic shape. */
	struct linear product = { 0 };
	if (!linear_add(&l, x, 1) || !linear_add(&product, y, l.base))
		return raw_mul(b, x, y);
	for (int i = 0; i < l.n; i++)
		if (!linear_add(&product, raw_mul(b, l.t[i].atom, y), l.t[i].c))
			return raw_mul(b, x, y);
	return linear_build(b, &product);
}

/* -- least and greatest, comparisons -------------------------------------------------- */

static const struct tir *index_minmax(struct tir_builder *b, enum tir_kind k, const struct tir *x,
				      const struct tir *y)
{
	bool min = k == TIR_MIN;
	if (tir_proves_le(b, x, y))
		return min ? x : y;
	if (tir_proves_le(b, y, x))
		return min ? y : x;
	if (x->kind == TIR_INT || (y->kind != TIR_INT && y->id < x->id)) {
		const struct tir *t = x;
		x = y;
		y = t;
	}
	if (x->kind == k && x->b->kind == TIR_INT && y->kind == TIR_INT)
		return tir_binary(b, k, x->a, min ? tir_min(b, x->b, y) : tir_max(b, x->b, y));
	return tir_raw(b, k, DT_INDEX, x, y);
}

/* x - y = pos - neg + base, both sums of positive terms without common factor. */
struct difference {
	struct linear pos, neg;
	int64_t base;
};

static bool difference(const struct tir *x, const struct tir *y, struct difference *d)
{
	struct linear l = { 0 };
	*d = (struct difference){ 0 };
	if (!linear_add(&l, x, 1) || !linear_add(&l, y, -1))
		return false;
	d->base = l.base;
	for (int i = 0; i < l.n; i++) {
		if (l.t[i].c > 0 ? !linear_term(&d->pos, l.t[i].atom, l.t[i].c)
				 : !linear_term(&d->neg, l.t[i].atom, -l.t[i].c))
			return false;
	}
	return true;
}

static const struct tir *index_lt(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	struct difference d;
	if (tir_proves_lt(b, x, y))
		return tir_bool(b, true);
	if (tir_proves_le(b, y, x))
		return tir_bool(b, false);
	if (!difference(x, y, &d) || d.base <= -INT64_MAX || d.base == INT64_MAX)
		return tir_raw(b, TIR_LT, DT_BOOL, x, y);
	int64_t g = gcd_i64(linear_gcd(&d.pos), linear_gcd(&d.neg)), limit = ceil_div(-d.base, g);
	d.base = 0;
	linear_divide(&d.pos, g);
	linear_divide(&d.neg, g);
	/* pos - neg < limit, where pos - neg takes integers only */
	if (!d.neg.n)
		return tir_raw(b, TIR_LT, DT_BOOL, linear_build(b, &d.pos), tir_index(b, limit));
	if (!d.pos.n)
		return tir_raw(b, TIR_LE, DT_BOOL, tir_index(b, 1 - limit),
			       linear_build(b, &d.neg));
	d.neg.base = limit;
	return tir_raw(b, TIR_LT, DT_BOOL, linear_build(b, &d.pos), linear_build(b, &d.neg));
}

static const struct tir *index_eq(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	struct difference d;
	if (x == y)
		return tir_bool(b, true);
	if (tir_proves_lt(b, x, y) || tir_proves_lt(b, y, x))
		return tir_bool(b, false);
	if (!difference(x, y, &d) || d.base <= -INT64_MAX)
		return tir_raw(b, TIR_EQ, DT_BOOL, x, y);
	if (!d.pos.n && !d.neg.n)
		return tir_bool(b, d.base == 0);
	int64_t g = gcd_i64(linear_gcd(&d.pos), linear_gcd(&d.neg));
	if (d.base % g != 0)
		return tir_bool(b, false);
	int64_t base = d.base / g;
	linear_divide(&d.pos, g);
	linear_divide(&d.neg, g);
	linear_sort(&d.pos);
	linear_sort(&d.neg);
	if (!d.pos.n || (d.neg.n && d.neg.t[0].atom->id < d.pos.t[0].atom->id)) {
		struct linear t = d.pos;
		d.pos = d.neg;
		d.neg = t;
		base = -base;
	}
	d.neg.base = -base;
	return tir_raw(b, TIR_EQ, DT_BOOL, linear_build(b, &d.pos), linear_build(b, &d.neg));
}

static const struct tir *index_le(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	if (y->kind == TIR_INT && y->u.i == INT64_MAX)
		return tir_bool(b, true);
	return index_lt(b, x, tir_affine(b, y, 1, 1));
}

const struct tir *index_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x,
			       const struct tir *y)
{
	switch (k) {
	case TIR_ADD:
	case TIR_SUB:
		return index_sum(b, k, x, y);
	case TIR_MUL:
		return index_mul(b, x, y);
	case TIR_FLOORDIV:
		return index_floordiv(b, x, y);
	case TIR_FLOORMOD:
		return index_floormod(b, x, y);
	case TIR_MIN:
	case TIR_MAX:
		return index_minmax(b, k, x, y);
	case TIR_EQ:
		return index_eq(b, x, y);
	case TIR_LT:
		return index_lt(b, x, y);
	case TIR_LE:
		return index_le(b, x, y);
	default:
		return NULL;
	}
}
