/* Arithmetic on dimensions. Operands are taken apart into polynomials over atoms (symbols,
 * elements, floordivs, maxima, minima), computed with, and put together again in the one normal
 * form, so that equal polynomials are equal numbers:
 *
 *	x = sum of c[i] * f[i][0] * f[i][1] * ...
 *
 * Terms stand in lexicographic order of their factors, older atoms first, longer products first,
 * which is an order that multiplication keeps (exact division relies on it). Models have a handful
 * of terms, detectors one per class (what each found, concatenated); what exceeds the limits is
 * poison. */
#include "dim.h"

#include <assert.h>
#include <string.h>

#define TERMS_MAX 256
#define DEGREE_MAX 12

struct term {
	int64_t c;
	int n; /* factors; 0: the constant term */
	dim f[DEGREE_MAX];
};

struct poly {
	int n;
	struct term t[TERMS_MAX];
};

/* Older atoms (dims nearer to zero) first; a product before its own prefix. */
static int compare(const struct term *x, const struct term *y)
{
	for (int i = 0; i < x->n && i < y->n; i++)
		if (x->f[i] != y->f[i])
			return x->f[i] > y->f[i] ? -1 : 1;
	return y->n - x->n;
}

static bool poly_add(struct poly *p, const struct term *t)
{
	if (t->c == 0)
		return true;
	int i = 0;
	while (i < p->n && compare(&p->t[i], t) < 0)
		i++;
	if (i < p->n && compare(&p->t[i], t) == 0) {
		if (!add_i64(p->t[i].c, t->c, &p->t[i].c))
			return false;
		if (p->t[i].c == 0) {
			p->n--;
			memmove(&p->t[i], &p->t[i + 1], (size_t)(p->n - i) * sizeof p->t[0]);
		}
		return true;
	}
	if (p->n == TERMS_MAX)
		return false;
	memmove(&p->t[i + 1], &p->t[i], (size_t)(p->n - i) * sizeof p->t[0]);
	p->t[i] = *t;
	p->n++;
	return true;
}

static bool term_times(struct term *t, const struct term *x)
{
	if (!mul_i64(t->c, x->c, &t->c) || t->n + x->n > DEGREE_MAX)
		return false;
	for (int k = 0; k < x->n; k++) {
		int i = t->n++;
		for (; i > 0 && t->f[i - 1] < x->f[k]; i--)
			t->f[i] = t->f[i - 1];
		t->f[i] = x->f[k];
	}
	return true;
}

/* One summand of a sum in normal form. */
static void term_of(const struct unit *u, dim d, struct term *t)
{
	t->c = 1;
	t->n = 0;
	while (!dim_is_number(u, d, NULL) && dim_expr(u, d)->kind == DIM_MUL) {
		const struct dim_expr *e = dim_expr(u, d);
		if (!dim_is_number(u, e->b, &t->c))
			t->f[t->n++] = e->b;
		d = e->a;
	}
	if (!dim_is_number(u, d, &t->c))
		t->f[t->n++] = d;
	/* The chain was walked from its last factor. */
	for (int i = 0; i < t->n / 2; i++) {
		dim f = t->f[i];
		t->f[i] = t->f[t->n - 1 - i];
		t->f[t->n - 1 - i] = f;
	}
}

static bool poly_of(const struct unit *u, dim d, struct poly *p)
{
	struct term t;
	p->n = 0;
	if (d == DIM_OVERFLOW)
		return false;
	for (; !dim_is_number(u, d, NULL) && dim_expr(u, d)->kind == DIM_ADD;
	     d = dim_expr(u, d)->a) {
		term_of(u, dim_expr(u, d)->b, &t);
		if (!poly_add(p, &t))
			return false;
	}
	term_of(u, d, &t);
	return poly_add(p, &t);
}

/* dim_intern for operands of which one may be poison already. */
static dim join(struct unit *u, enum dim_kind kind, dim a, dim b)
{
	return a == DIM_OVERFLOW || b == DIM_OVERFLOW ? DIM_OVERFLOW : dim_intern(u, kind, a, b);
}

static dim dim_of_term(struct unit *u, const struct term *t)
{
	if (t->n == 0)
		return dim_number(u, t->c);
	dim d = t->f[0];
	for (int i = 1; i < t->n; i++)
		d = join(u, DIM_MUL, d, t->f[i]);
	return t->c == 1 ? d : join(u, DIM_MUL, d, dim_number(u, t->c));
}

static dim dim_of_poly(struct unit *u, const struct poly *p)
{
	if (p->n == 0)
		return 0;
	dim d = dim_of_term(u, &p->t[0]);
	for (int i = 1; i < p->n; i++)
		d = join(u, DIM_ADD, d, dim_of_term(u, &p->t[i]));
	return d;
}

/* x + c*m*y for a number c and a product m. */
static bool poly_add_scaled(struct poly *x, const struct poly *y, const struct term *m)
{
	for (int i = 0; i < y->n; i++) {
		struct term t = y->t[i];
		if (!term_times(&t, m) || !poly_add(x, &t))
			return false;
	}
	return true;
}

static const struct term one = { .c = 1 }, minus_one = { .c = -1 };

dim dim_add(struct unit *u, dim a, dim b)
{
	struct poly x, y;
	int64_t r;
	if (a >= 0 && b >= 0)
		return add_i64(a, b, &r) ? r : DIM_OVERFLOW;
	if (!poly_of(u, a, &x) || !poly_of(u, b, &y) || !poly_add_scaled(&x, &y, &one))
		return DIM_OVERFLOW;
	return dim_of_poly(u, &x);
}

/* a - min(a, c) => max(a - c, 0): what a slice from c on leaves. */
static bool is_part_of(const struct unit *u, dim a, dim b, dim *rest)
{
	const struct dim_expr *e;

	if (!dim_is_expr(b) || dim_expr(u, b)->kind != DIM_MIN)
		return false;
	e = dim_expr(u, b);
	*rest = e->a == a ? e->b : e->a;
	return e->a == a || e->b == a;
}

dim dim_diff(struct unit *u, dim a, dim b)
{
	struct poly x, y;
	dim rest;
	if (a >= 0 && b >= 0)
		return dim_number(u, a - b);
	if (is_part_of(u, a, b, &rest))
		return dim_max(u, dim_diff(u, a, rest), 0);
	if (!poly_of(u, a, &x) || !poly_of(u, b, &y) || !poly_add_scaled(&x, &y, &minus_one))
		return DIM_OVERFLOW;
	return dim_of_poly(u, &x);
}

dim dim_sub(struct unit *u, dim a, dim b)
{
	int64_t v;
	dim d = dim_diff(u, a, b);
	return dim_is_number(u, d, &v) && v < 0 ? DIM_OVERFLOW : d;
}

dim dim_mul(struct unit *u, dim a, dim b)
{
	struct poly x, y, p;
	int64_t r;
	p.n = 0;
	if (a >= 0 && b >= 0)
		return mul_i64(a, b, &r) ? r : DIM_OVERFLOW;
	if (!poly_of(u, a, &x) || !poly_of(u, b, &y))
		return DIM_OVERFLOW;
	for (int i = 0; i < y.n; i++)
		if (!poly_add_scaled(&p, &x, &y.t[i]))
			return DIM_OVERFLOW;
	return dim_of_poly(u, &p);
}

/* t / by for products; false when by's factors are not among t's or the coefficient leaves a rest.
 */
static bool term_divide(struct term *t, const struct term *by)
{
	if (by->c == 0 || t->c % by->c != 0)
		return false;
	t->c = by->c == -1 ? -t->c : t->c / by->c;
	int kept = 0, k = 0;
	for (int i = 0; i < t->n; i++) {
		if (k < by->n && t->f[i] == by->f[k])
			k++;
		else
			t->f[kept++] = t->f[i];
	}
	t->n = kept;
	return k == by->n;
}

/* Polynomial division: the first terms' quotient, subtract, repeat until nothing is left. */
dim dim_exact_div(struct unit *u, dim a, dim b)
{
	struct poly rest, by, q;
	q.n = 0;
	if (!poly_of(u, a, &rest) || !poly_of(u, b, &by) || by.n == 0)
		return DIM_OVERFLOW;
	for (int step = 0; rest.n && step < TERMS_MAX; step++) {
		struct term t = rest.t[0];
		if (t.c == INT64_MIN || !term_divide(&t, &by.t[0]) || !poly_add(&q, &t))
			return DIM_OVERFLOW;
		t.c = -t.c;
		if (!poly_add_scaled(&rest, &by, &t))
			return DIM_OVERFLOW;
	}
	return rest.n ? DIM_OVERFLOW : dim_of_poly(u, &q);
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

/* floor((floor(x/n) + k) / b) = floor((x + k*n) / (n*b)). r is the dividend; true when it has that
 * form. */
static bool unnest(struct unit *u, const struct poly *r, int64_t *b, dim *x)
{
	const struct term *t = &r->t[0];
	int64_t k = r->n == 2 ? r->t[1].c : 0;
	if (r->n > 2 || (r->n == 2 && r->t[1].n != 0) || t->c != 1 || t->n != 1 || t->f[0] >= 0)
		return false;
	const struct dim_expr *e = dim_expr(u, t->f[0]);
	int64_t n = e->b, kn, nb;
	if (e->kind != DIM_FLOORDIV || !mul_i64(k, n, &kn) || !mul_i64(n, *b, &nb))
		return false;
	*x = dim_add(u, e->a, dim_number(u, kn));
	*b = nb;
	return true;
}

/* Common factors of the coefficients and b go; whole multiples of b come out: floor((3*N + 5) / 2)
 * = N + 2 + floor((N + 1) / 2). */
dim dim_floordiv(struct unit *u, dim a, int64_t b)
{
	struct poly x, q, r;
	assert(b > 0);
	q.n = r.n = 0;
	if (a >= 0)
		return a / b;
	if (!poly_of(u, a, &x))
		return DIM_OVERFLOW;
	int64_t g = b;
	for (int i = 0; i < x.n; i++)
		if (x.t[i].n)
			g = gcd(g, x.t[i].c);
	b /= g;
	for (int i = 0; i < x.n; i++) {
		struct term whole = x.t[i], rest = x.t[i];
		int64_t c = floor_div(x.t[i].c, g);
		whole.c = floor_div(c, b);
		rest.c = floor_mod(c, b);
		if (!poly_add(&q, &whole) || !poly_add(&r, &rest))
			return DIM_OVERFLOW;
	}
	dim rest = dim_of_poly(u, &r), out = dim_of_poly(u, &q);
	if (rest == DIM_OVERFLOW || out == DIM_OVERFLOW)
		return DIM_OVERFLOW;
	if (rest >= 0) /* a number below b */
		return out;
	int64_t lo = dim_lo(u, rest), hi = dim_hi(u, rest);
	if (lo != INT64_MIN && hi != DIM_UNBOUNDED && floor_div(lo, b) == floor_div(hi, b))
		return dim_add(u, out, dim_number(u, floor_div(lo, b)));
	if (unnest(u, &r, &b, &rest))
		return dim_add(u, out, dim_floordiv(u, rest, b));
	return dim_add(u, out, join(u, DIM_FLOORDIV, rest, b));
}

dim dim_ceildiv(struct unit *u, dim a, int64_t b)
{
	assert(b > 0);
	return dim_floordiv(u, dim_add(u, a, b - 1), b);
}

/* Whether d is, or has in its chain of the same operation, the operand x. */
static bool has_operand(const struct unit *u, dim d, enum dim_kind kind, dim x)
{
	while (d < 0 && dim_expr(u, d)->kind == kind) {
		if (dim_expr(u, d)->b == x)
			return true;
		d = dim_expr(u, d)->a;
	}
	return d == x;
}

static dim extreme(struct unit *u, enum dim_kind kind, dim a, dim b)
{
	if (a == DIM_OVERFLOW || b == DIM_OVERFLOW)
		return DIM_OVERFLOW;
	dim larger = kind == DIM_MAX ? a : b, smaller = kind == DIM_MAX ? b : a;
	dim diff = dim_diff(u, a, b);
	if (diff == DIM_OVERFLOW)
		return DIM_OVERFLOW;
	if (dim_lo(u, diff) >= 0 || dim_lo(u, a) >= dim_hi(u, b))
		return larger;
	if (dim_hi(u, diff) <= 0 || dim_lo(u, b) >= dim_hi(u, a))
		return smaller;
	if (has_operand(u, a, kind, b))
		return a;
	if (has_operand(u, b, kind, a))
		return b;
	/* The older operand first, numbers last. */
	bool swap = dim_is_number(u, a, NULL) || (!dim_is_number(u, b, NULL) && b > a);
	return swap ? join(u, kind, b, a) : join(u, kind, a, b);
}

dim dim_max(struct unit *u, dim a, dim b)
{
	return extreme(u, DIM_MAX, a, b);
}

dim dim_min(struct unit *u, dim a, dim b)
{
	return extreme(u, DIM_MIN, a, b);
}
