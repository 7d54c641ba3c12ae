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
	const struct range r = { x.lo * by, x.hi * by };
	int e;

	if (frexp(by, &e) == 0.5) {
		x.fraction -= e - 1;
		x.lo = r.lo;
		x.hi = r.hi;
		return x;
	}
	return fixed_binary(b, TIR_MUL, x, fixed_constant(b, by), r);
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

double scaled_match(struct tir_builder *b, struct scaled *s, struct scaled *t)
{
	struct scaled *other = t->x.v->kind == TIR_INT ? t : s;
	const double step = other == t ? s->step : t->step;

	if (s->step == t->step)
		return step;
	if (other->x.v->kind == TIR_INT) /* a number */
		other->x = fixed_constant(b, other->x.lo * (other->step / step));
	else
		other->x = times(b, other->x, other->step / step);
	other->step = step;
	return step;
}
