/* fixed_point.h - real numbers as integers, in tensor expressions: for machines without floats. */
#ifndef EDGECC_PASSES_FIXED_POINT_H
#define EDGECC_PASSES_FIXED_POINT_H

#include "../tir/tir.h"
#include "range.h"

/* The real number v / 2^fraction, which is within [lo, hi], whatever v is computed of. v has type DT_I64 and
 * is narrow, |v| <= 2^31, so that a product of two has room; fraction may be negative. */
struct fixed {
	const struct tir *v;
	int fraction;
	double lo, hi; /* finite */
};

/* The most that fraction can be for numbers within [lo, hi]. */
int fixed_fraction(double lo, double hi);

/* -- fixed_math.c: functions ------------------------------------------------------------ */

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

#endif
