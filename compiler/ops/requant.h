/* requant.h - for the files of our integer operators: their last step. */
#ifndef EDGECC_OPS_REQUANT_H
#define EDGECC_OPS_REQUANT_H

#include "family.h"
#include "integer.h"

/* Rows of struct S's member `out`. */
#define REQUANT_ROWS(S)                                                                            \
	{ .name = "to", .kind = ATTR_TYPE, .offset = offsetof(S, out.to), .required = true },      \
		{ .name = "y_zero", .kind = ATTR_INT, .offset = offsetof(S, out.zero) },           \
		{ .name = "lo", .kind = ATTR_INT, .offset = offsetof(S, out.lo) },                 \
		{ .name = "hi", .kind = ATTR_INT, .offset = offsetof(S, out.hi) },                 \
	{                                                                                          \
		.name = "shift", .kind = ATTR_INT, .offset = offsetof(S, out.shift), .lo = -31,    \
		.hi = 30                                                                           \
	}

/* The same without zero point and shift: of S itself. */
#define CLAMP_ROWS(S)                                                                              \
	{ .name = "to", .kind = ATTR_TYPE, .offset = offsetof(S, to), .required = true },          \
		A_INT(S, lo, 0), A_INT(S, hi, 0)
/* Input k: a factor or multiplier for each of `size` channels, or for all. */
bool requant_infer(struct unit *u, struct node *n, int k, dim size, const struct requant *r);
/* The number of channel i; k's only one where there is one. */
const struct tir *requant_scale(struct tir_builder *b, int k, const struct tir *i);
/* acc, an integer, as a result. */
const struct tir *requantize(struct tir_builder *b, const struct requant *r, const struct tir *acc,
			     const struct tir *scale);

#endif
