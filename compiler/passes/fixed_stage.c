/* Definitions in floats become definitions in integers: each real is as many digits as its bounds allow. */
#include "fixed_stage.h"

#include <math.h>

/* -- bounds ------------------------------------------------------------------------------ */

static struct range bounds_of(const struct fixed *x)
{
	return (struct range){ x->lo, x->hi };
}

static struct range divided(struct range r, double by)
{
	return (struct range){ r.lo / by, r.hi / by };
}

static bool is_bounded(struct range r)
{
	return isfinite(r.lo) && isfinite(r.hi) && r.lo <= r.hi;
}

/* What is known of e, which interval arithmetic does not tell. */
static struct range known(const struct tir *e)
{
	struct range r = range_any;

	if (e->kind == TIR_SUB && e->b->kind == TIR_FLOOR && e->b->a == e->a)
		r = range_meet(r, (struct range){ 0, 1 });
	if (e->kind == TIR_SUB && e->b->kind == TIR_REDUCE && tir_is_reduced(e->a, e->b)) {
		if (e->b->u.reduce.kind == REDUCE_MAX)
			r.hi = fmin(r.hi, 0);
		else if (e->b->u.reduce.kind == REDUCE_MIN)
			r.lo = fmax(r.lo, 0);
	}
	return r;
}

/* -- expressions ------------------------------------------------------------------------- */

static bool convert_all(struct conversion *c, const struct tir *e)
{
	return (!e->a || fixed_convert(c, e->a)) && (!e->b || fixed_convert(c, e->b)) &&
	       (!e->c || fixed_convert(c, e->c));
}

/* As functions take it. */
static struct fixed narrow_of(const struct conversion *c, const struct tir *e)
{
	return fixed_narrow(c->b, scaled_real(c->b, real_of(c, e)));
}

/* Reads itself at indices that are converted. */
static const struct tir *convert_load(struct conversion *c, const struct tir *e)
{
	const struct fixed_slot *s = &c->slots[e->u.load.slot];
	const struct tir *idx[RANK_MAX], *v;

	for (int i = 0; i < e->u.load.rank; i++) {
		idx[i] = fixed_convert(c, e->u.load.idx[i]);
		if (!idx[i])
			return NULL;
	}
	v = tir_load_typed(c->b, e->u.load.slot, s->real ? DT_I32 : e->type, e->u.load.rank, idx);
	if (!dtype_is_float(e->type))
		return v;
	if (!s->real)
		return NULL;
	c->real[e->id].step = s->step;
	c->real[e->id].x =
		(struct fixed){ tir_cast(c->b, DT_I64, v), s->fraction, s->range.lo, s->range.hi };
	return v;
}

/* The body, over variables of its own that `vars` gets. */
static const struct tir *open_reduction(struct conversion *c, const struct tir *e,
					const struct tir **vars)
{
	for (int i = 0; i < e->u.reduce.n; i++) {
		const struct tir *v = e->u.reduce.vars[i];

		if (!c->whole[v->id])
			c->whole[v->id] = tir_var(c->b, v->u.var.extent, v->u.var.name);
		vars[i] = c->whole[v->id];
	}
	return fixed_convert(c, e->a);
}

static double count_of(const struct unit *u, const struct tir *e, bool at_least)
{
	double count = 1;

	for (int i = 0; i < e->u.reduce.n; i++) {
		const dim d = e->u.reduce.vars[i]->u.var.extent;

		count *= (double)(at_least ? dim_lo(u, d) : dim_hi(u, d));
	}
	return count;
}

static bool product(struct conversion *c, const struct tir *e, const struct tir *const *vars,
		    struct scaled *out)
{
	out->step = 1;
	return fixed_product(c->b, e->u.reduce.n, vars, count_of(c->u, e, false),
			     narrow_of(c, e->a), c->most[e->id], &out->x);
}

static bool convert_reduction(struct conversion *c, const struct tir *e)
{
	const enum tir_reduce k = e->u.reduce.kind;
	const struct tir *vars[RANK_MAX * 2], *body = open_reduction(c, e, vars);
	struct tir_builder *b = c->b;
	struct scaled *out = &c->real[e->id];
	struct fixed x;
	struct range r;

	if (!body)
		return false;
	if (!dtype_is_float(e->a->type)) {
		c->whole[e->id] = tir_reduce(b, k, e->u.reduce.n, vars, body);
		return true;
	}
	x = real_of(c, e->a).x;
	if (tir_reduce_is_arg(k)) {
		c->whole[e->id] = tir_reduce(b, k, e->u.reduce.n, vars, x.v);
		return true;
	}
	if (k == REDUCE_PROD)
		return product(c, e, vars, out);
	if (k == REDUCE_SUM)
		x = fixed_summand(b, x, count_of(c->u, e, false));
	else if (count_of(c->u, e, true) < 1)
		return false; /* infinite where there is nothing */
	r = range_of_operation(c->u, e, bounds_of(&x), range_any, range_any);
	if (!is_bounded(r))
		return false;
	out->x = (struct fixed){ tir_reduce(b, k, e->u.reduce.n, vars, x.v), x.fraction, r.lo,
				 r.hi };
	out->step = real_of(c, e->a).step;
	return true;
}

/* Saturates like a cast of a float to t. */
static const struct tir *to_whole(struct conversion *c, enum dtype t, struct fixed x)
{
	struct tir_builder *b = c->b;
	int64_t lo = INT64_MIN, hi = INT64_MAX;

	if (t == DT_BOOL)
		return tir_not(b, tir_eq(b, x.v, tir_int(b, DT_I64, 0)));
	x = fixed_rounded(b, TIR_TRUNC, x);
	x = fixed_at(b, x, 0);
	if (t != DT_INDEX)
		tir_type_range(t, &lo, &hi);
	if (x.lo < (double)lo)
		x.v = tir_max(b, x.v, tir_int(b, DT_I64, lo));
	if (x.hi > (double)hi)
		x.v = tir_min(b, x.v, tir_int(b, DT_I64, hi));
	return tir_cast(b, t, x.v);
}

static bool convert_cast(struct conversion *c, const struct tir *e)
{
	const bool from_real = dtype_is_float(e->a->type), to_real = dtype_is_float(e->type);
	const struct tir *v = c->whole[e->a->id];
	struct range r = { (double)e->a->lo, (double)e->a->hi };

	if (e->a->kind == TIR_LOAD && !from_real)
		r = range_meet(r, c->slots[e->a->u.load.slot].range);
	if (from_real && to_real)
		c->real[e->id] = real_of(c, e->a);
	else if (from_real)
		c->whole[e->id] = to_whole(c, e->type, scaled_real(c->b, real_of(c, e->a)));
	else if (to_real) {
		c->real[e->id].step = 1;
		return fixed_whole(c->b, v, r, &c->real[e->id].x);
	} else
		c->whole[e->id] = tir_cast(c->b, e->type, v);
	return true;
}

static bool convert_select(struct conversion *c, const struct tir *e)
{
	const struct tir *which = fixed_convert(c, e->a);
	struct scaled x, y;

	if (which && which->kind == TIR_INT) {
		const struct tir *taken = which->u.i ? e->b : e->c;

		c->whole[e->id] = fixed_convert(c, taken);
		c->real[e->id] = real_of(c, taken);
		return c->whole[e->id];
	}
	if (!which || (fixed_is_infinite(e->b) && fixed_is_infinite(e->c)) ||
	    (!fixed_is_infinite(e->b) && !fixed_convert(c, e->b)) ||
	    (!fixed_is_infinite(e->c) && !fixed_convert(c, e->c)))
		return false;
	if (!dtype_is_float(e->type)) {
		c->whole[e->id] = tir_select(c->b, which, c->whole[e->b->id], c->whole[e->c->id]);
		return true;
	}
	x = fixed_is_infinite(e->b) ? fixed_beyond(c, real_of(c, e->c), e->b->u.f > 0)
				    : real_of(c, e->b);
	y = fixed_is_infinite(e->c) ? fixed_beyond(c, real_of(c, e->b), e->c->u.f > 0)
				    : real_of(c, e->c);
	c->real[e->id].step = scaled_match(c->b, &x, &y);
	c->real[e->id].x = fixed_select(c->b, which, x.x, y.x);
	return true;
}

static bool arithmetic(struct conversion *c, const struct tir *e, struct scaled *out)
{
	struct scaled x = real_of(c, e->a), y = real_of(c, e->b);
	struct range r;

	out->step = e->kind == TIR_MUL ? x.step * y.step : scaled_match(c->b, &x, &y);
	r = range_of_operation(c->u, e, bounds_of(&x.x), bounds_of(&y.x), range_any);
	r = range_meet(r, divided(known(e), out->step));
	if (!is_bounded(r))
		return false;
	out->x = fixed_confined(c->b, fixed_binary(c->b, e->kind, x.x, y.x, r),
				divided(c->most[e->id], out->step));
	return true;
}

/* A divisor near 0, as eps makes them that keep it from 0, is not what the quotient has its digits for: it may
 * saturate where the divisor is below 2^-14 of its greatest. */
static struct range quotients(struct fixed x, struct fixed y, struct range most)
{
	const double by = fmax(fabs(y.lo), fabs(y.hi)) * 0x1p-14;
	const double end = fmax(fabs(x.lo), fabs(x.hi)) / by;

	return by > 0 ? range_meet(most, (struct range){ -end, end }) : most;
}

static bool quotient(struct conversion *c, const struct tir *e, struct fixed *out)
{
	const struct fixed x = narrow_of(c, e->a), y = narrow_of(c, e->b);

	return fixed_quotient(c->b, x, y, quotients(x, y, c->most[e->id]), out);
}

/* Of multiples of one step, where they are, whole steps remain. */
static bool remainder_of(struct conversion *c, const struct tir *e, struct scaled *out)
{
	struct scaled x = real_of(c, e->a), y = real_of(c, e->b);

	out->step = scaled_match(c->b, &x, &y);
	return fixed_remainder(c->b, fixed_narrow(c->b, x.x), fixed_narrow(c->b, y.x), &out->x);
}

static bool square(struct conversion *c, const struct tir *e, struct scaled *out)
{
	const struct scaled s = real_of(c, e->a);
	const struct fixed x = fixed_narrow(c->b, s.x);

	out->step = s.step * s.step;
	out->x = fixed_binary(c->b, TIR_MUL, x, x,
			      (struct range){ 0, fmax(x.lo * x.lo, x.hi * x.hi) });
	return true;
}

/* e's operation on multiples of a step. False: it is none of these. */
static bool convert_multiple(struct conversion *c, const struct tir *e, struct scaled *out)
{
	const struct fixed x = out->x;
	double number;

	switch (e->kind) {
	case TIR_NEG:
		*out = scaled_by(c->b, *out, -1);
		return true;
	case TIR_ABS:
		out->x = (struct fixed){ tir_unary(c->b, TIR_ABS, x.v), x.fraction,
					 fmax(0, fmax(x.lo, -x.hi)), fmax(-x.lo, x.hi) };
		return true;
	case TIR_SIGN:
		out->x = (struct fixed){ tir_unary(c->b, TIR_SIGN, x.v), 0, x.lo < 0 ? -1 : 0,
					 x.hi > 0 ? 1 : 0 };
		out->step = 1;
		return true;
	case TIR_ROUND_TO:
		return true;
	case TIR_MUL:
		if (!tir_is_number(e->b, &number) || number == 0)
			return false;
		*out = scaled_by(c->b, *out, number);
		break;
	case TIR_DIV:
		if (!tir_is_number(e->b, &number) || number == 0)
			return false;
		*out = scaled_by(c->b, *out, number < 0 ? -1 : 1);
		out->step /= fabs(number); /* which a product with 1 / number is not exactly */
		break;
	default:
		return false;
	}
	out->x = fixed_confined(c->b, out->x, divided(c->most[e->id], out->step));
	return true;
}

/* Powers that may be so large have no digits left for those that are not. */
static bool is_near(struct fixed x)
{
	return fmax(fabs(x.lo), fabs(x.hi)) <= 0x1p20;
}

/* What a float operation e of converted operands is. */
static bool convert_real(struct conversion *c, const struct tir *e)
{
	struct tir_builder *b = c->b;
	const struct range most = c->most[e->id];
	struct scaled *s = &c->real[e->id];
	double number = 0;

	if (e->a)
		*s = real_of(c, e->a);
	if (convert_multiple(c, e, s))
		return true;
	s->step = 1;
	switch (e->kind) {
	case TIR_ADD:
	case TIR_SUB:
	case TIR_MUL:
	case TIR_MIN:
	case TIR_MAX:
		return arithmetic(c, e, s);
	case TIR_DIV:
		return quotient(c, e, &s->x);
	case TIR_MOD:
		return remainder_of(c, e, s);
	case TIR_POW:
		tir_is_number(e->b, &number);
		if (number == 2)
			return square(c, e, s);
		if (number == 0.5)
			return fixed_function(b, TIR_SQRT, narrow_of(c, e->a), most, &s->x);
		return fixed_power(b, narrow_of(c, e->a), narrow_of(c, e->b), most, &s->x) &&
		       is_near(s->x);
	case TIR_FLOOR:
	case TIR_CEIL:
	case TIR_TRUNC:
	case TIR_ROUND:
		s->x = fixed_rounded(b, e->kind, scaled_real(b, real_of(c, e->a)));
		return true;
	default:
		return fixed_function(b, e->kind, narrow_of(c, e->a), most, &s->x) && is_near(s->x);
	}
}

static const struct tir *compared(struct conversion *c, const struct tir *e)
{
	struct scaled x = real_of(c, e->a), y = real_of(c, e->b);

	scaled_match(c->b, &x, &y);
	return fixed_compare(c->b, e->kind, x.x, y.x);
}

/* Of an operation between reals that is none, or between integers. */
static bool convert_whole(struct conversion *c, const struct tir *e)
{
	struct tir_builder *b = c->b;
	const struct tir *x = e->a ? c->whole[e->a->id] : NULL;
	const struct tir *y = e->b ? c->whole[e->b->id] : NULL;

	if (e->kind == TIR_ISNAN)
		c->whole[e->id] = tir_bool(b, false);
	else if (e->a && dtype_is_float(e->a->type))
		c->whole[e->id] = compared(c, e);
	else if (e->b)
		c->whole[e->id] = tir_binary(b, e->kind, x, y);
	else
		c->whole[e->id] = tir_unary(b, e->kind, x);
	return true;
}

static bool convert_node(struct conversion *c, const struct tir *e)
{
	switch (e->kind) {
	case TIR_INT:
	case TIR_VAR:
	case TIR_DIM:
		c->whole[e->id] = e;
		return true;
	case TIR_FLOAT:
		if (!isfinite(e->u.f))
			return false;
		c->real[e->id] = (struct scaled){ fixed_constant(c->b, e->u.f), 1 };
		return true;
	case TIR_LOAD:
		c->whole[e->id] = convert_load(c, e);
		return c->whole[e->id];
	case TIR_SELECT:
		return convert_select(c, e);
	case TIR_REDUCE:
		return convert_reduction(c, e);
	case TIR_ISINF:
		return fixed_infinite(c, e);
	default:
		break;
	}
	if (fixed_infinite(c, e))
		return true;
	if (!convert_all(c, e))
		return false;
	if (e->kind == TIR_CAST)
		return convert_cast(c, e);
	return dtype_is_float(e->type) ? convert_real(c, e) : convert_whole(c, e);
}

const struct tir *fixed_convert(struct conversion *c, const struct tir *e)
{
	if (c->whole[e->id])
		return c->whole[e->id];
	if (!convert_node(c, e))
		return NULL;
	if (dtype_is_float(e->type))
		c->whole[e->id] = c->real[e->id].x.v;
	return c->whole[e->id];
}

bool fixed_expression(struct tir_builder *b, const struct tir *e, const struct fixed_slot *slots,
		      struct range most, struct scaled *real, const struct tir **whole)
{
	const size_t count = (size_t)e->id + 1;
	struct arena scratch = { 0 };
	struct conversion c = { .u = b->u, .b = b, .slots = slots };
	bool done;

	c.most = arena_array(&scratch, struct range, count);
	c.real = arena_array(&scratch, struct scaled, count);
	c.whole = arena_array(&scratch, const struct tir *, count);
	fixed_needs(e, most, c.most);
	done = fixed_convert(&c, e);
	if (done) {
		*real = c.real[e->id];
		*whole = c.whole[e->id];
	}
	arena_free(&scratch);
	return done;
}
