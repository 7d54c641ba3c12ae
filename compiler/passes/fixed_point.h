/* fixed_point.h - real numbers as integers, in tensor expressions: for machines without floats. */
#ifndef EDGECC_PASSES_FIXED_POINT_H
#define EDGECC_PASSES_FIXED_POINT_H

#include "../tir/tir.h"
#include "range.h"

/* The real number v / 2^fraction, which is within [lo, hi], whatever v is computed of. v has type DT_I64;
 * fraction may be negative. Narrow ones, |v| <= 2^31, are what functions take and give; a product of two
 * has room. Wide ones, |v| <= 2^61, are sums and products that nothing has rounded yet. */
struct fixed {
	const struct tir *v;
	int fraction;
	double lo, hi; /* finite */
};

/* The most that fraction can be for narrow numbers within [lo, hi]. */
int fixed_fraction(double lo, double hi);

/* -- fixed_point.c: arithmetic, of wide numbers ------------------------------------------ */

/* A number, rounded where 31 bits do not hold it, with as few digits as it takes. */
struct fixed fixed_constant(struct tir_builder *b, double v);
/* An integer of any type, which is within r; false: that is too wide. */
bool fixed_whole(struct tir_builder *b, const struct tir *v, struct range r, struct fixed *out);
/* The same real, with fewer digits behind the point (rounded, halves up), or with more where there is room. */
struct fixed fixed_at(struct tir_builder *b, struct fixed x, int fraction);
struct fixed fixed_narrow(struct tir_builder *b, struct fixed x);
/* Clamped to `most` where x may be far beyond, so that it can be narrow with more digits. */
struct fixed fixed_confined(struct tir_builder *b, struct fixed x, struct range most);

/* x * part, with as many digits as x has; part from 0.5 to 1. */
struct fixed fixed_part(struct tir_builder *b, struct fixed x, double part);

/* k: TIR_ADD, SUB, MUL, MIN, MAX; the result's bounds are meant to be those of interval arithmetic. */
struct fixed fixed_binary(struct tir_builder *b, enum tir_kind k, struct fixed x, struct fixed y,
			  struct range r);
/* k: TIR_EQ, LT, LE. */
const struct tir *fixed_compare(struct tir_builder *b, enum tir_kind k, struct fixed x,
				struct fixed y);
struct fixed fixed_select(struct tir_builder *b, const struct tir *c, struct fixed x,
			  struct fixed y);
/* k: TIR_FLOOR, CEIL, TRUNC, ROUND. */
struct fixed fixed_rounded(struct tir_builder *b, enum tir_kind k, struct fixed x);
/* The sum of `count` such numbers has room. */
struct fixed fixed_summand(struct tir_builder *b, struct fixed x, double count);

/* The product of x over n variables, `count` numbers at most, as the exponential of their logarithms' sum. */
bool fixed_product(struct tir_builder *b, int n, const struct tir *const *vars, double count,
		   struct fixed x, struct range most, struct fixed *out);

/* -- fixed_scaled.c: multiples of a step -------------------------------------------------- */

/* The real number x * step, step > 0: what quantized tensors have for elements, their products and sums need no
 * arithmetic but that of integers. */
struct scaled {
	struct fixed x;
	double step;
};

struct fixed scaled_real(struct tir_builder *b, struct scaled s);
/* s times a number that is not 0. */
struct scaled scaled_by(struct tir_builder *b, struct scaled s, double by);
struct range scaled_bounds(struct scaled s);
/* Makes both multiples of one step, which it returns. */
double scaled_match(struct tir_builder *b, struct scaled *s, struct scaled *t);

/* -- fixed_math.c: functions, of narrow numbers ------------------------------------------ */

/* Each gives a narrow number that is within 2^-24 of the result's magnitude or 2 units of its own last place,
 * the larger of both, of the function of exactly x (and y). `most` is what the reader can tell apart: results beyond
 * it may be its ends, or beyond them; an end that is infinite, and that nothing else bounds, is 2^15. Where the
 * function has no number (the logarithm of -1) the result is any within its bounds, without a division by 0 or
 * a shift beyond the width. False: there is no such function here. */

/* k: TIR_SQRT ... TIR_SIGMOID. A tangent t is within (1 + t^2) 2^-28. There are no sines of numbers whose
 * fraction is negative, nor what grows like a logarithm of 1 + x. */
bool fixed_function(struct tir_builder *b, enum tir_kind k, struct fixed x, struct range most,
		    struct fixed *out);
bool fixed_quotient(struct tir_builder *b, struct fixed x, struct fixed y, struct range most,
		    struct fixed *out);
/* Within |y| 2^-25 of the result's magnitude, too. */
bool fixed_power(struct tir_builder *b, struct fixed x, struct fixed y, struct range most,
		 struct fixed *out);
/* C's fmod. */
bool fixed_remainder(struct tir_builder *b, struct fixed x, struct fixed y, struct fixed *out);

/* -- fixed_stage.c: definitions ----------------------------------------------------------- */

/* What loads of a slot are: reals, v * step / 2^fraction, as narrow integers v in DT_I32; or the definition's own
 * integers. */
struct fixed_slot {
	bool real;
	int fraction;
	double step;
	struct range range; /* of v / 2^fraction, or of the integers */
};

/* fixed_needs.c: what readers of e's operands can tell apart, by their ids, when of e it is `most`. */
void fixed_needs(const struct tir *e, struct range most, struct range *of);

/* e, of b, with integers for reals: *real where e is a float, else *whole. `most`: what readers of e can tell apart.
 * False: something in e has no such form, or no bounds. */
bool fixed_expression(struct tir_builder *b, const struct tir *e, const struct fixed_slot *slots,
		      struct range most, struct scaled *real, const struct tir **whole);

#endif
