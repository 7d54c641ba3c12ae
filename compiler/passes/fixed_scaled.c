/* Reals as multiples of a step that is known when the expression is made: factors that are numbers cost nothing, and
 * where they end in a power of 2, as scales of quantized tensors do, halves stay halves. */
#include "fixed_point.h"

#include <math.h>

struct range scaled_bounds(struct scaled s)
{
	return (struct range){ s.x.lo * s.step, s.x.hi * s.step };
}

static struct fixed times(struct tir_builder *b, struct fixed x, double by)
{
	int e;
	const double mantissa = frexp(by, &e);

	if (mantissa != 0.5)
		x = fixed_part(b, x, mantissa);
	else
		e--;
	x.fraction -= e;
	x.lo = ldexp(x.lo, e);
	x.hi = ldexp(x.hi, e);
	return x;
}

struct fixed scaled_real(struct tir_builder *b, struct scaled s)
{
	return times(b, s.x, s.step);
}

struct scaled scaled_by(struct tir_builder *b, struct scaled s, double by)
{
	if (by < 0)
		s.x = (struct fixed){ tir_neg(b, s.x.v), s.x.fraction, -s.x.hi, -s.x.lo };
	s.step *= fabs(by);
	return s;
}

static bool is_whole(double ratio)
{
	return ratio >= 1 && ratio == nearbyint(ratio);
}

/* Which of them becomes a multiple of the other's step: what is exactly one, then a number. */
static struct scaled *to_change(struct scaled *s, struct scaled *t)
{
	if (is_whole(s->step / t->step))
		return s;
	return is_whole(t->step / s->step) || t->x.v->kind == TIR_INT ? t : s;
}

double scaled_match(struct tir_builder *b, struct scaled *s, struct scaled *t)
{
	struct scaled *other = to_change(s, t);
	const double step = other == t ? s->step : t->step;

	if (s->step == t->step)
		return step;
	if (other->x.v->kind == TIR_INT)
		other->x = fixed_constant(b, ldexp((double)other->x.v->u.i, -other->x.fraction) *
						     (other->step / step));
	else
		other->x = times(b, other->x, other->step / step);
	other->step = step;
	return step;
}
