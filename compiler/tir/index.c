/* DT_INDEX arithmetic in a normal form: a sum of c*atom, positive terms first, each group by the age of its atom,
 * the number last. So equal affine expressions are one pointer, flat indices split and join again
 *
 *	(8*i + j) floordiv 8 => i,  (8*i + j) floormod 8 => j   for 0 <= j < 8
 *	8*(f floordiv 8) + f floormod 8 => f
 *
 * and comparisons become  sum < sum,  number <= sum  or  sum == sum,  without common factors or terms. */
#include <assert.h>

#include "internal.h"

/* -- linear forms ---------------------------------------------------------------------------------------- */

static bool linear_term(struct linear *l, const struct tir *atom, int64_t c)
{
	for (int i = 0; i < l->n; i++) {
		if (l->t[i].atom != atom)
			continue;
		if (!add_i64(l->t[i].c, c, &l->t[i].c))
			return false;
		if (l->t[i].c == 0)
			l->t[i] = l->t[--l->n];
		return true;
	}
	if (l->n == LINEAR_MAX)
		return false;
	l->t[l->n].atom = atom;
	l->t[l->n++].c = c;
	return true;
}

bool linear_add(struct linear *l, const struct tir *e, int64_t scale)
{
	int64_t v;
	if (scale == 0)
		return true;
	if (scale == INT64_MIN)
		return false;
	if (e->lo == e->hi && e->lo > INT64_MIN && e->hi < INT64_MAX)
		return mul_i64(e->lo, scale, &v) && add_i64(l->base, v, &l->base);
	switch (e->kind) {
	case TIR_ADD: return linear_add(l, e->a, scale) && linear_add(l, e->b, scale);
	case TIR_SUB: return linear_add(l, e->a, scale) && linear_add(l, e->b, -scale);
	case TIR_NEG: return linear_add(l, e->a, -scale);
	case TIR_MUL:
		if (e->b->kind == TIR_INT)
			return mul_i64(scale, e->b->u.i, &v) && linear_add(l, e->a, v);
		return linear_term(l, e, scale);
	default: return linear_term(l, e, scale);
	}
}

/* k*m*(y floordiv m) + k*(y floormod m) => k*y; true when one pair was joined. */
static bool join_divmod(struct tir_builder *b, struct linear *l)
{
	for (int i = 0; i < l->n; i++) {
		const struct tir *mod = l->t[i].atom;
		int64_t k = l->t[i].c, want;
		if (mod->kind != TIR_FLOORMOD)
			continue;
		const struct tir *whole = tir_mul(b, tir_floordiv(b, mod->a, mod->b), mod->b);
		struct linear w = { 0 };
		if (!linear_add(&w, whole, 1) || w.n != 1 || w.base != 0 || !mul_i64(k, w.t[0].c, &want))
			continue;
		for (int j = 0; j < l->n; j++) {
			if (l->t[j].atom != w.t[0].atom || l->t[j].c != want)
				continue;
			struct linear joined = *l;
			if (linear_term(&joined, mod, -k) && linear_term(&joined, w.t[0].atom, -want)
			    && linear_add(&joined, mod->a, k)) {
				*l = joined;
				return true;
			}
		}
	}
	return false;
}

static bool term_before(const struct linear *l, int i, int j)
{
	if ((l->t[i].c > 0) != (l->t[j].c > 0))
		return l->t[i].c > 0;
	return l->t[i].atom->id < l->t[j].atom->id;
}

static void sort_terms(struct linear *l)
{
	for (int i = 1; i < l->n; i++)
		for (int j = i; j > 0 && term_before(l, j, j - 1); j--) {
			const struct tir *atom = l->t[j].atom;
			int64_t c = l->t[j].c;
			l->t[j] = l->t[j - 1];
			l->t[j - 1].atom = atom;
			l->t[j - 1].c = c;
		}
}

static const struct tir *scaled(struct tir_builder *b, const struct tir *x, int64_t c)
{
	return c == 1 ? x : tir_raw(b, TIR_MUL, DT_INDEX, x, tir_index(b, c));
}

const struct tir *linear_build(struct tir_builder *b, struct linear *l)
{
	while (join_divmod(b, l))
		;
	sort_terms(l);
	const struct tir *sum = NULL;
	int64_t base = l->base;
	for (int i = 0; i < l->n; i++) {
		const struct tir *x = l->t[i].atom;
		int64_t c = l->t[i].c;
		if (!sum && c < 0 && base != 0) { /* 7 - i */
			sum = tir_index(b, base);
			base = 0;
		}
		if (!sum)
			sum = scaled(b, x, c);
		else if (c > 0)
			sum = tir_raw(b, TIR_ADD, DT_INDEX, sum, scaled(b, x, c));
		else
			sum = tir_raw(b, TIR_SUB, DT_INDEX, sum, scaled(b, x, -c));
	}
	if (!sum)
		return tir_index(b, base);
	return base ? tir_raw(b, TIR_ADD, DT_INDEX, sum, tir_index(b, base)) : sum;
}

static int64_t linear_hi(const struct linear *l)
{
	int64_t hi = l->base;
	for (int i = 0; i < l->n; i++) {
		const struct tir *x = l->t[i].atom;
		int64_t c = l->t[i].c;
		hi = sat_add(hi, sat_mul(c, c > 0 ? x->hi : x->lo));
		if (hi == INT64_MAX)
			break;
	}
	return hi;
}

static int64_t linear_lo(const struct linear *l)
{
	int64_t lo = l->base;
	for (int i = 0; i < l->n; i++) {
		const struct tir *x = l->t[i].atom;
		int64_t c = l->t[i].c;
		lo = sat_add(lo, sat_mul(c, c > 0 ? x->lo : x->hi));
		if (lo == INT64_MIN)
			break;
	}
	return lo;
}

static int64_t gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t r = a % b;
		a = b;
		b = r;
	}
	return a < 0 ? -a : a;
}

static int64_t terms_gcd(const struct linear *l)
{
	int64_t g = 0;
	for (int i = 0; i < l->n; i++)
		g = gcd(g, l->t[i].c);
	return g;
}

/* -- proofs ---------------------------------------------------------------------------------------------- */

/* Adds to l an upper bound of c*x that ranges do not show because a symbolic size stands in it; false: none known. */
static bool bound_term(struct tir_builder *b, struct linear *l, const struct tir *x, int64_t c)
{
	const struct dim_expr *d = x->kind == TIR_DIM ? dim_expr(b->u, x->u.dim) : NULL;
	const struct tir *factor;
	int64_t v;
	switch (x->kind) {
	case TIR_VAR: /* v <= extent - 1; -v <= 0 is in its range */
		return c > 0 && !dim_is_const(x->u.var.extent) && linear_add(l, tir_dim(b, x->u.var.extent), c)
			&& sub_i64(l->base, c, &l->base);
	case TIR_DIM:
		if (d->kind == DIM_ADD)
			return linear_add(l, tir_dim(b, d->a), c) && linear_add(l, tir_dim(b, d->b), c);
		if (d->kind == DIM_MUL && (factor = tir_dim(b, d->b))->kind == TIR_INT)
			return mul_i64(c, factor->u.i, &v) && linear_add(l, tir_dim(b, d->a), v);
		return false;
	case TIR_FLOORMOD: /* x mod d <= d - 1 */
		return c > 0 && x->b->kind == TIR_DIM && linear_add(l, x->b, c) && sub_i64(l->base, c, &l->base);
	case TIR_FLOORDIV: /* m*(y floordiv m) <= y */
		return c > 0 && x->b->kind == TIR_INT && x->b->u.i > 0 && c % x->b->u.i == 0
			&& linear_add(l, x->a, c / x->b->u.i);
	case TIR_MIN: return c > 0 && linear_add(l, x->b->kind == TIR_INT ? x->a : x->b, c);
	case TIR_MAX: return c < 0 && linear_add(l, x->b->kind == TIR_INT ? x->a : x->b, c);
	default: return false;
	}
}

/* l <= 0 at every point */
static bool linear_le0(struct tir_builder *b, struct linear *l)
{
	for (int round = 0; round < 6; round++) {
		if (linear_hi(l) <= 0)
			return true;
		struct linear next = { .base = l->base };
		bool changed = false;
		for (int i = 0; i < l->n; i++) {
			struct linear with = next;
			if (bound_term(b, &with, l->t[i].atom, l->t[i].c)) {
				next = with;
				changed = true;
			} else if (!linear_add(&next, l->t[i].atom, l->t[i].c)) {
				return false;
			}
		}
		if (!changed)
			return false;
		*l = next;
	}
	return false;
}

/* x + slack <= y */
static bool proves(struct tir_builder *b, const struct tir *x, const struct tir *y, int64_t slack)
{
	struct linear l = { .base = slack };
	return linear_add(&l, x, 1) && linear_add(&l, y, -1) && linear_le0(b, &l);
}

bool tir_proves_le(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	return proves(b, x, y, 0);
}

bool tir_proves_lt(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	return proves(b, x, y, 1);
}

/* -- sums and products ----------------------------------------------------------------------------------- */

static const struct tir *index_sum(struct tir_builder *b, enum tir_kind k, const struct tir *x, const struct tir *y)
{
	struct linear l = { 0 };
	if (linear_add(&l, x, 1) && linear_add(&l, y, k == TIR_ADD ? 1 : -1))
		return linear_build(b, &l);
	return tir_raw(b, k, DT_INDEX, x, y);
}

static const struct tir *raw_mul(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	bool swap = x->kind == TIR_DIM ? y->kind != TIR_DIM || y->id < x->id : y->kind != TIR_DIM && y->id < x->id;
	return swap ? tir_raw(b, TIR_MUL, DT_INDEX, y, x) : tir_raw(b, TIR_MUL, DT_INDEX, x, y);
}

static const struct tir *index_mul(struct tir_builder *b, const struct tir *x, const struct tir *y)
{
	struct linear l = { 0 };
	if (x->kind == TIR_INT || (x->kind == TIR_DIM && y->kind != TIR_INT && y->kind != TIR_DIM)) {
		const struct tir *t = x;
		x = y;
		y = t;
	}
	if (y->kind == TIR_INT)
		return linear_add(&l, x, y->u.i) ? linear_build(b, &l) : tir_raw(b, TIR_MUL, DT_INDEX, x, y);
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

/* -- division ---------------------------------------------------------------------------------------------- */

/* x = quotient*d + rest, exactly, moving into the quotient all terms that d divides. */
static bool split(const struct tir *x, const struct tir *d, struct linear *quotient, struct linear *rest)
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

/* l's terms and base over their common factor g, base rounded down. */
static void divide_terms(struct linear *l, int64_t g)
{
	for (int i = 0; i < l->n; i++)
		l->t[i].c /= g;
	l->base = floor_div(l->base, g);
}

static const struct tir *index_floordiv(struct tir_builder *b, const struct tir *x, const struct tir *d)
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
		if (lo > INT64_MIN && hi < INT64_MAX && floor_div(lo, d->u.i) == floor_div(hi, d->u.i)
		    && add_i64(q.base, floor_div(lo, d->u.i), &q.base))
			return linear_build(b, &q);
		int64_t g = gcd(terms_gcd(&r), d->u.i);
		if (g > 1) {
			divide_terms(&r, g);
			d = tir_index(b, d->u.i / g);
		}
	}
	const struct tir *rest = linear_build(b, &r);
	int64_t m;
	if (rest->kind == TIR_FLOORDIV && rest->b->kind == TIR_INT && rest->b->u.i > 0 && d->kind == TIR_INT
	    && mul_i64(rest->b->u.i, d->u.i, &m))
		rest = tir_floordiv(b, rest->a, tir_index(b, m));
	else
		rest = tir_raw(b, TIR_FLOORDIV, DT_INDEX, rest, d);
	return tir_add(b, linear_build(b, &q), rest);
}

static const struct tir *index_floormod(struct tir_builder *b, const struct tir *x, const struct tir *d)
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
		if (atom->kind == TIR_FLOORMOD && atom->b->kind == TIR_INT && atom->b->u.i % m == 0
		    && linear_term(&inner, atom, -r.t[i].c) && linear_add(&inner, atom->a, r.t[i].c))
			return index_floormod(b, linear_build(b, &inner), d);
	}
	int64_t lo = linear_lo(&r), hi = linear_hi(&r);
	if (lo > INT64_MIN && hi < INT64_MAX && floor_div(lo, m) == floor_div(hi, m)
	    && mul_i64(floor_div(lo, m), m, &k) && sub_i64(r.base, k, &r.base))
		return linear_build(b, &r);
	int64_t g = gcd(terms_gcd(&r), m), base = floor_mod(r.base, g);
	if (g > 1) {
		divide_terms(&r, g);
		const struct tir *mod = tir_floormod(b, linear_build(b, &r), tir_index(b, m / g));
		return tir_affine(b, mod, g, base);
	}
	return tir_raw(b, TIR_FLOORMOD, DT_INDEX, linear_build(b, &r), d);
}

/* -- least and greatest, comparisons --------------------------------------------------------------------------- */

static const struct tir *index_minmax(struct tir_builder *b, enum tir_kind k, const struct tir *x, const struct tir *y)
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
	int64_t g = gcd(terms_gcd(&d.pos), terms_gcd(&d.neg)), limit = ceil_div(-d.base, g);
	d.base = 0;
	divide_terms(&d.pos, g);
	divide_terms(&d.neg, g);
	/* pos - neg < limit, where pos - neg takes integers only */
	if (!d.neg.n)
		return tir_raw(b, TIR_LT, DT_BOOL, linear_build(b, &d.pos), tir_index(b, limit));
	if (!d.pos.n)
		return tir_raw(b, TIR_LE, DT_BOOL, tir_index(b, 1 - limit), linear_build(b, &d.neg));
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
	int64_t g = gcd(terms_gcd(&d.pos), terms_gcd(&d.neg));
	if (d.base % g != 0)
		return tir_bool(b, false);
	int64_t base = d.base / g;
	divide_terms(&d.pos, g);
	divide_terms(&d.neg, g);
	sort_terms(&d.pos);
	sort_terms(&d.neg);
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

const struct tir *index_binary(struct tir_builder *b, enum tir_kind k, const struct tir *x, const struct tir *y)
{
	switch (k) {
	case TIR_ADD: case TIR_SUB: return index_sum(b, k, x, y);
	case TIR_MUL: return index_mul(b, x, y);
	case TIR_FLOORDIV: return index_floordiv(b, x, y);
	case TIR_FLOORMOD: return index_floormod(b, x, y);
	case TIR_MIN: case TIR_MAX: return index_minmax(b, k, x, y);
	case TIR_EQ: return index_eq(b, x, y);
	case TIR_LT: return index_lt(b, x, y);
	case TIR_LE: return index_le(b, x, y);
	default: return NULL;
	}
}
