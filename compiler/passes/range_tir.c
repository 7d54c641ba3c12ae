/* Interval arithmetic on definitions in floats: each operand is taken to be independent of the
 * others, so bounds hold but need not be reached. Roundings of floats are left out. */
#include "range.h"

#include <math.h>

struct walk {
	struct unit *u;
	const struct range *slots;
	struct range *of; /* by a tir's id; NULL: not known yet */
	bool *known;
};

static struct range combined(struct range a, struct range b, double (*f)(double a, double b))
{
	const double v[4] = { f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi) };
	struct range r = { v[0], v[0] };

	for (int i = 0; i < 4; i++) {
		if (isnan(v[i]))
			return range_any;
		r.lo = fmin(r.lo, v[i]);
		r.hi = fmax(r.hi, v[i]);
	}
	return r;
}

static double plus(double a, double b)
{
	return a + b;
}

static double minus(double a, double b)
{
	return a - b;
}

static double times(double a, double b)
{
	return a * b;
}

static double by(double a, double b)
{
	return a / b;
}

static double sign_of(double x)
{
	return x > 0 ? 1 : x < 0 ? -1 : 0;
}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* Functions that never fall. */
static const struct {
	enum tir_kind kind;
	double (*f)(double x);
} rising[] = {
	{ TIR_SIGN, sign_of },    { TIR_FLOOR, floor }, { TIR_CEIL, ceil },   { TIR_TRUNC, trunc },
	{ TIR_ROUND, nearbyint }, { TIR_SQRT, sqrt },   { TIR_EXP, exp },     { TIR_LOG, log },
	{ TIR_LOG1P, log1p },     { TIR_EXPM1, expm1 }, { TIR_ATAN, atan },   { TIR_SINH, sinh },
	{ TIR_TANH, tanh },       { TIR_ASINH, asinh }, { TIR_ATANH, atanh }, { TIR_ERF, erf },
	{ TIR_SIGMOID, sigmoid },
};

static struct range rising_of(enum tir_kind k, struct range a)
{
	for (size_t i = 0; i < ARRAY_LEN(rising); i++)
		if (rising[i].kind == k) {
			struct range r = { rising[i].f(a.lo), rising[i].f(a.hi) };

			return isnan(r.lo) || isnan(r.hi) ? range_any : r;
		}
	return range_any;
}

/* As many as `times` elements, at the bounds of sizes. */
static struct range reduced(const struct unit *u, const struct tir *e, struct range a)
{
	double most = 1, least = 1;

	for (int i = 0; i < e->u.reduce.n; i++) {
		const dim d = e->u.reduce.vars[i]->u.var.extent;

		most *= (double)dim_hi(u, d);
		least *= (double)dim_lo(u, d);
	}
	switch (e->u.reduce.kind) {
	case REDUCE_SUM:
		return (struct range){ a.lo * (a.lo < 0 ? most : least),
				       a.hi * (a.hi > 0 ? most : least) };
	case REDUCE_MAX:
	case REDUCE_MIN:
		return least > 0 ? a : range_any;
	default:
		return range_any;
	}
}

static struct range absolute(struct range a)
{
	const double most = fmax(-a.lo, a.hi);

	return a.lo >= 0 ? a : (struct range){ a.hi <= 0 ? -a.hi : 0, most };
}

struct range range_of_operation(const struct unit *u, const struct tir *e, struct range a,
				struct range b, struct range c)
{
	switch (e->kind) {
	case TIR_FLOAT:
		return (struct range){ e->u.f, e->u.f };
	case TIR_ADD:
		return combined(a, b, plus);
	case TIR_SUB:
		return combined(a, b, minus);
	case TIR_MUL:
		if (e->a == e->b)
			a = b = absolute(a);
		return combined(a, b, times);
	case TIR_DIV:
		return b.lo > 0 || b.hi < 0 ? combined(a, b, by) : range_any;
	case TIR_POW:
		if (b.lo == b.hi && fmod(b.lo, 2) == 0)
			a = absolute(a);
		return a.lo > 0 || (a.lo == 0 && b.lo >= 0) ? combined(a, b, pow) : range_any;
	case TIR_MIN:
		return combined(a, b, fmin);
	case TIR_MAX:
		return combined(a, b, fmax);
	case TIR_NEG:
		return (struct range){ -a.hi, -a.lo };
	case TIR_ABS:
		return absolute(a);
	case TIR_SIN:
	case TIR_COS:
		return (struct range){ -1, 1 };
	case TIR_CAST:
	case TIR_ROUND_TO:
		return a;
	case TIR_SELECT:
		return (struct range){ fmin(b.lo, c.lo), fmax(b.hi, c.hi) };
	case TIR_REDUCE:
		return reduced(u, e, a);
	default:
		return rising_of(e->kind, a);
	}
}

static struct range bounds(struct walk *w, const struct tir *e);

static struct range computed(struct walk *w, const struct tir *e)
{
	struct range of[3] = { range_any, range_any, range_any };
	const struct tir *const operands[3] = { e->a, e->b, e->c };

	if (e->kind == TIR_LOAD)
		return w->slots[e->u.load.slot];
	for (int i = 0; i < 3; i++)
		if (operands[i])
			of[i] = bounds(w, operands[i]);
	return range_of_operation(w->u, e, of[0], of[1], of[2]);
}

static struct range bounds(struct walk *w, const struct tir *e)
{
	if (!dtype_is_float(e->type)) {
		if (e->kind == TIR_LOAD || e->lo == INT64_MIN || e->hi == INT64_MAX)
			return range_any;
		return (struct range){ (double)e->lo, (double)e->hi };
	}
	if (!w->known[e->id]) {
		w->of[e->id] = computed(w, e);
		w->known[e->id] = true;
	}
	return w->of[e->id];
}

struct range range_of_stage(struct unit *u, const struct tir_stage *s, const struct range *slots)
{
	const size_t count = (size_t)s->value->id + 1;
	struct walk w = { .u = u, .slots = slots };

	w.of = arena_array(u->arena, struct range, count);
	w.known = arena_array(u->arena, bool, count);
	return bounds(&w, s->value);
}
