/* fixed.h - for the rewrites of fixed.c's pass. */
#ifndef EDGECC_PASSES_FIXED_H
#define EDGECC_PASSES_FIXED_H

#include "quantized.h"

/* Input k, constant floats, which may be quantized. */
bool fixed_reals(struct unit *u, const struct node *n, int k, const struct constant **out);
/* The greatest shift with which numbers up to `most` stay below 2^bits. */
int fixed_shift(double most, int bits);

extern const struct rewrite rewrites_fixed_resize[], rewrites_fixed_norm[], rewrites_fixed_binary[],
	rewrites_fixed_reduce[], rewrites_fixed_sums[], rewrites_fixed_lut[],
	rewrites_fixed_between[];

#endif
