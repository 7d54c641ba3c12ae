/* Division of index expressions by positive numbers and symbolic sizes: x = quotient*d + rest,
 * where all terms that d divides go into the quotient. */
#include "internal.h"

/* x = quotient*d + rest, exactly, moving into the quotient all terms that d divides. */
static bool split(const struct tir *x, const struct tir *d, struct linear *quotient,
		  struct linear *rest)
{
	struct linear l = { 0 };
	if (!linear_add(&l, x, 1))
		return false;
	*quotient = *rest = (struct linear){ 0 };
	int64_t m = d->kind == TIR_INT ? d->u.i : 0;
	if (m) {
		quotient->base = floor_div(l.base, m);
		rest->base = floor_mod(l.base, m);
	} else {
		rest->base = l.base;
	}
	for (int i = 0; i < l.n; i++) {
		const struct tir *atom = l.t[i].atom;
		int64_t c = l.t[i].c;
		bool ok;
		if (m && c % m == 0)
			ok = linear_add(quotient, atom, c / m);
		else if (!m && atom == d)
			ok = add_i64(quotient->base, c, &quotient->base);
		else if (!m && atom->kind == TIR_MUL && atom->b == d)
			ok = linear_add(quotient, atom->a, c);
		else if (!m && atom->kind == TIR_MUL && atom->a == d)
			ok = linear_add(quotient, atom->b, c);
		else
			ok = linear_term(rest, atom, c);
		if (!ok)
			return false;
	}
	return true;
}

/* 0 <= l < d */
static bool is_remainder(struct tir_builder *b, const struct linear *l, const struct tir *d)
{
	struct linear over = *l;
	if (linear_lo(l) < 0 || !linear_add(&over, d, -1) || !add_i64(over.base, 1, &over.base))
		return false;
	return linear_le0(b, &over);
}

const struct tir *index_floordiv(struct tir_builder *b, const struct tir *x, const struct tir *d)
{
	struct linear q, r;
	if (tir_is_int(d, 1))
		return x;
	if ((d->kind != TIR_INT && d->kind != TIR_DIM) || d->hi <= 0 || !split(x, d, &q, &r))
		return tir_raw(b, TIR_FLOORDIV, DT_INDEX, x, d);
	if (is_remainder(b, &r, d))
		return linear_build(b, &q);
	if (d->kind == TIR_INT) {
		int64_t lo = linear_lo(&r), hi = linear_hi(&r);
		if (lo > INT64_MIN && hi < INT64_MAX &&
		    floor_div(lo, d->u.i) == floor_div(hi, d->u.i) &&
		    add_i64(q.base, floor_div(lo, d->u.i), &q.base))
			return linear_build(b, &q);
		int64_t g = gcd_i64(linear_gcd(&r), d->u.i);
		if (g > 1) {
			linear_divide(&r, g);
			d = tir_index(b, d->u.i / g);
		}
	}
	const struct tir *rest = linear_build(b, &r);
	int64_t m;
	if (rest->kind == TIR_FLOORDIV && rest->b->kind == TIR_INT && rest->b->u.i > 0 &&
	    d->kind == TIR_INT && mul_i64(rest->b->u.i, d->u.i, &m))
		rest = tir_floordiv(b, rest->a, tir_index(b, m));
	else
		rest = tir_raw(b, TIR_FLOORDIV, DT_INDEX, rest, d);
	return tir_add(b, linear_build(b, &q), rest);
}

const struct tir *index_floormod(struct tir_builder *b, const struct tir *x, const struct tir *d)
{
	struct linear q, r;
	if (tir_is_int(d, 1))
		return tir_index(b, 0);
	if ((d->kind != TIR_INT && d->kind != TIR_DIM) || d->hi <= 0 || !split(x, d, &q, &r))
		return tir_raw(b, TIR_FLOORMOD, DT_INDEX, x, d);
	if (is_remainder(b, &r, d))
		return linear_build(b, &r);
	if (d->kind != TIR_INT)
		return tir_raw(b, TIR_FLOORMOD, DT_INDEX, linear_build(b, &r), d);

	int64_t m = d->u.i, k;
	for (int i = 0; i < r.n; i++) { /* (y mod 12) mod 4 => y mod 4 */
		const struct tir *atom = r.t[i].atom;
		struct linear inner = r;
		if (atom->kind == TIR_FLOORMOD && atom->b->kind == TIR_INT &&
		    atom->b->u.i % m == 0 && linear_term(&inner, atom, -r.t[i].c) &&
		    linear_add(&inner, atom->a, r.t[i].c))
			return index_floormod(b, linear_build(b, &inner), d);
	}
	int64_t lo = linear_lo(&r), hi = linear_hi(&r);
	if (lo > INT64_MIN && hi < INT64_MAX && floor_div(lo, m) == floor_div(hi, m) &&
	    mul_i64(floor_div(lo, m), m, &k) && sub_i64(r.base, k, &r.base))
		return linear_build(b, &r);
	int64_t g = gcd_i64(linear_gcd(&r), m), base = floor_mod(r.base, g);
	if (g > 1) {
		linear_divide(&r, g);
		const struct tir *mod = tir_floormod(b, linear_build(b, &r), tir_index(b, m / g));
		return tir_affine(b, mod, g, base);
	}
	return tir_raw(b, TIR_FLOORMOD, DT_INDEX, linear_build(b, &r), d);
}
