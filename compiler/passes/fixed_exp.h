/* fixed_exp.h - for the files of fixed_point.h's functions: powers of two, logarithms and roots. */
#ifndef EDGECC_PASSES_FIXED_EXP_H
#define EDGECC_PASSES_FIXED_EXP_H

#include "fixed_point.h"

/* What stands for infinity. */
#define FIXED_ENDLESS 32768.0

double fixed_most(double lo, double hi); /* in magnitude */
/* x with so many bits behind the point. */
const struct tir *fixed_number(struct tir_builder *b, double x, int fraction);
/* The integer nearest to v * factor, to 31 bits of factor; v narrow. */
const struct tir *fixed_times(struct tir_builder *b, const struct tir *v, double factor);
/* v / 2^fraction, which is within 2^-26 of a number in [lo, hi], or within 2 units of v's last place or the
 * result's. */
struct fixed fixed_result(struct tir_builder *b, const struct tir *v, int fraction, double lo,
			  double hi);
/* x with v between these bounds, where it is not. */
struct fixed fixed_limited(struct tir_builder *b, struct fixed x, double lo, double hi);

/* 2^(t / 2^30 + fraction), at most 2^31; t at most 2^62 in magnitude. Within 2^-28 of it. */
const struct tir *fixed_exp2(struct tir_builder *b, const struct tir *t, int fraction);
/* log2(v / 2^fraction), which is `of`'s; v a DT_I64 from 1 to below 2^63. At most 29 bits. */
struct fixed fixed_log2(struct tir_builder *b, const struct tir *v, int fraction, struct range of);
/* sqrt(w) * 2^31; both DT_U64. Within 2^-28 of it. */
const struct tir *fixed_root(struct tir_builder *b, const struct tir *w);

/* A function k of x, which is not a constant: */
struct call {
	struct tir_builder *b;
	enum tir_kind k;
	struct fixed x; /* its fraction is from 0 to 31, except for roots and logarithms */
	struct range most;
	double lo, hi; /* the result's */
};

/* |x| */
const struct tir *call_magnitude(const struct call *c);
/* v, which is not below 0, with x's sign. */
const struct tir *call_with_sign(const struct call *c, const struct tir *v);
/* 1, which is nothing among wholes of 2 and more. */
const struct tir *call_one(const struct call *c, int fraction);
/* v / 2^fraction near the result, perhaps beyond its bounds. */
struct fixed call_near(const struct call *c, const struct tir *v, int fraction);
/* The same of v that has the result's sign. */
struct fixed call_result(const struct call *c, const struct tir *v, int fraction);

/* fixed_angle.c */
bool fixed_sine(const struct call *c, struct fixed *out);
bool fixed_tan(const struct call *c, struct fixed *out);
bool fixed_acos(const struct call *c, struct fixed *out);
bool fixed_atan(const struct call *c, struct fixed *out);

#endif
