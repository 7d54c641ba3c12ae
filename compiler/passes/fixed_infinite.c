/* Infinities, as masks have them, among reals that are integers: where an expression tells them, they are asked for
 * by its conditions; otherwise they are numbers far beyond the others. */
#include "fixed_stage.h"

#include <math.h>

bool fixed_is_infinite(const struct tir *e)
{
	return e->kind == TIR_FLOAT && isinf(e->u.f);
}

struct scaled fixed_beyond(struct conversion *c, struct scaled s, bool above)
{
	const struct range r = scaled_bounds(s);
	const double far = 1024;

	return (struct scaled){ fixed_constant(c->b, above ? r.hi + far : r.lo - far), 1 };
}

/* Where e is the infinity of that sign. NULL: a condition has no form. */
static const struct tir *is_at(struct conversion *c, const struct tir *e, bool above)
{
	const struct tir *which, *x, *y;

	switch (e->kind) {
	case TIR_FLOAT:
		return tir_bool(c->b, isinf(e->u.f) && (e->u.f > 0) == above);
	case TIR_SELECT:
		which = fixed_convert(c, e->a);
		x = is_at(c, e->b, above);
		y = is_at(c, e->c, above);
		return which && x && y ? tir_select(c->b, which, x, y) : NULL;
	case TIR_ADD:
		x = is_at(c, e->a, above);
		y = is_at(c, e->b, above);
		return x && y ? tir_or(c->b, x, y) : NULL;
	default:
		return tir_bool(c->b, false);
	}
}

/* x < inf, where `strict`, or x <= inf; of the other order when inf is on the left. */
static const struct tir *ordered(struct conversion *c, const struct tir *x, bool above, bool left,
				 bool strict)
{
	const struct tir *at = is_at(c, x, above);

	if (!at)
		return NULL;
	if (above != left) /* x < infinity, -infinity < x */
		return strict ? tir_not(c->b, at) : tir_bool(c->b, true);
	return strict ? tir_bool(c->b, false) : at;
}

static bool either(struct conversion *c, const struct tir *e)
{
	const struct tir *above = is_at(c, e->a, true), *below = is_at(c, e->a, false);

	c->whole[e->id] = above && below ? tir_or(c->b, above, below) : NULL;
	return c->whole[e->id];
}

/* The sum of x and select(c, y, infinity) is select(c, x + y, infinity). */
static bool masked(struct conversion *c, const struct tir *e)
{
	const bool left = e->a->kind == TIR_SELECT;
	const struct tir *mask = left ? e->a : e->b, *x = left ? e->b : e->a, *y, *which;
	const bool first = mask->kind == TIR_SELECT && fixed_is_infinite(mask->b);
	struct scaled sum, other, far;

	if (mask->kind != TIR_SELECT || first == fixed_is_infinite(mask->c))
		return false;
	y = first ? mask->c : mask->b;
	which = fixed_convert(c, mask->a);
	if (!which || !fixed_convert(c, x) || !fixed_convert(c, y))
		return false;
	sum = real_of(c, x);
	other = real_of(c, y);
	sum.step = scaled_match(c->b, &sum, &other);
	sum.x = fixed_binary(c->b, TIR_ADD, sum.x, other.x,
			     (struct range){ sum.x.lo + other.x.lo, sum.x.hi + other.x.hi });
	far = fixed_beyond(c, sum, (first ? mask->b : mask->c)->u.f > 0);
	sum.step = scaled_match(c->b, &sum, &far);
	sum.x = fixed_select(c->b, which, first ? far.x : sum.x, first ? sum.x : far.x);
	c->real[e->id] = sum;
	c->whole[e->id] = sum.x.v;
	return true;
}

bool fixed_infinite(struct conversion *c, const struct tir *e)
{
	const bool left = e->a && fixed_is_infinite(e->a), right = e->b && fixed_is_infinite(e->b);
	const struct tir *x = left ? e->b : e->a;
	bool above;

	if (e->kind == TIR_ISINF)
		return either(c, e);
	if (e->kind == TIR_ADD && dtype_is_float(e->type) && !left && !right)
		return masked(c, e);
	if (left == right)
		return false;
	above = (left ? e->a : e->b)->u.f > 0;
	switch (e->kind) {
	case TIR_MAX:
	case TIR_MIN:
		if (above == (e->kind == TIR_MAX))
			return false;
		c->whole[e->id] = fixed_convert(c, x);
		c->real[e->id] = real_of(c, x);
		break;
	case TIR_LT:
	case TIR_LE:
		c->whole[e->id] = ordered(c, x, above, left, e->kind == TIR_LT);
		break;
	case TIR_EQ:
		c->whole[e->id] = is_at(c, x, above);
		break;
	default:
		return false;
	}
	return c->whole[e->id];
}
