/* Linear forms over DT_INDEX: sums of c*atom, and what can be proved of them. */
#include "internal.h"

bool linear_term(struct linear *l, const struct tir *atom, int64_t c)
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
	case TIR_ADD:
		return linear_add(l, e->a, scale) && linear_add(l, e->b, scale);
	case TIR_SUB:
		return linear_add(l, e->a, scale) && linear_add(l, e->b, -scale);
	case TIR_NEG:
		return linear_add(l, e->a, -scale);
	case TIR_MUL:
		if (e->b->kind == TIR_INT)
			return mul_i64(scale, e->b->u.i, &v) && linear_add(l, e->a, v);
		return linear_term(l, e, scale);
	default:
		return linear_term(l, e, scale);
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
		if (!linear_add(&w, whole, 1) || w.n != 1 || w.base != 0 ||
		    !mul_i64(k, w.t[0].c, &want))
			continue;
		for (int j = 0; j < l->n; j++) {
			if (l->t[j].atom != w.t[0].atom || l->t[j].c != want)
				continue;
			struct linear joined = *l;
			if (linear_term(&joined, mod, -k) &&
			    linear_term(&joined, w.t[0].atom, -want) &&
			    linear_add(&joined, mod->a, k)) {
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

void linear_sort(struct linear *l)
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
	linear_sort(l);
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

int64_t linear_hi(const struct linear *l)
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

int64_t linear_lo(const struct linear *l)
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

int64_t gcd_i64(int64_t a, int64_t b)
{
	while (b) {
		int64_t r = a % b;
		a = b;
		b = r;
	}
	return a < 0 ? -a : a;
}

int64_t linear_gcd(const struct linear *l)
{
	int64_t g = 0;
	for (int i = 0; i < l->n; i++)
		g = gcd_i64(g, l->t[i].c);
	return g;
}

/* l's terms and base over their common factor g, base rounded down. */
void linear_divide(struct linear *l, int64_t g)
{
	for (int i = 0; i < l->n; i++)
		l->t[i].c /= g;
	l->base = floor_div(l->base, g);
}

/* -- proofs --------------------------------------------------------------------------- */

/* Adds to l an upper bound of c*x that ranges do not show because a symbolic size stands in it;
 * false: none known. */
static bool bound_term(struct tir_builder *b, struct linear *l, const struct tir *x, int64_t c)
{
	const struct dim_expr *d = x->kind == TIR_DIM ? dim_expr(b->u, x->u.dim) : NULL;
	const struct tir *factor;
	int64_t v;
	switch (x->kind) {
	case TIR_VAR: /* v <= extent - 1; -v <= 0 is in its range */
		return c > 0 && !dim_is_const(x->u.var.extent) &&
		       linear_add(l, tir_dim(b, x->u.var.extent), c) &&
		       sub_i64(l->base, c, &l->base);
	case TIR_DIM:
		if (d->kind == DIM_ADD)
			return linear_add(l, tir_dim(b, d->a), c) &&
			       linear_add(l, tir_dim(b, d->b), c);
		if (d->kind == DIM_MUL && (factor = tir_dim(b, d->b))->kind == TIR_INT)
			return mul_i64(c, factor->u.i, &v) && linear_add(l, tir_dim(b, d->a), v);
		return false;
	case TIR_FLOORMOD: /* x mod d <= d - 1 */
		return c > 0 && x->b->kind == TIR_DIM && linear_add(l, x->b, c) &&
		       sub_i64(l->base, c, &l->base);
	case TIR_FLOORDIV: /* m*(y floordiv m) <= y */
		return c > 0 && x->b->kind == TIR_INT && x->b->u.i > 0 && c % x->b->u.i == 0 &&
		       linear_add(l, x->a, c / x->b->u.i);
	case TIR_MIN:
		return c > 0 && linear_add(l, x->b->kind == TIR_INT ? x->a : x->b, c);
	case TIR_MAX:
		return c < 0 && linear_add(l, x->b->kind == TIR_INT ? x->a : x->b, c);
	default:
		return false;
	}
}

/* l <= 0 at every point */
bool linear_le0(struct tir_builder *b, struct linear *l)
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
