/* fixed.h - for the rewrites of fixed.c's pass. */
#ifndef EDGECC_PASSES_FIXED_H
#define EDGECC_PASSES_FIXED_H

#include "quantized.h"

/* Input k, constant floats, which may be quantized. */
bool fixed_reals(struct unit *u, const struct node *n, int k, const struct constant **out);
/* The greatest shift with which numbers up to `most` stay below 2^bits. */
int fixed_shift(double most, int bits);

/* fixed_sums.c: n adds its updates to its data. */
bool fixed_scatters_sums(const struct node *n);

/* absorb_reduce.c: n is a Softmax of what 16 bits are too coarse for. */
bool softmax_is_wide(struct unit *u, const struct node *n);
/* Input k of n: a term of such a sum. Appends those that input k of n consists of, by Add, Sub and Where,
 * to the `count` there are, and returns how many that makes; -1: too many. */
enum { SOFTMAX_TERMS = 8 };
struct softmax_term {
	struct node *n;
	int k;
};
int softmax_terms(struct node *n, int k, struct softmax_term *terms, int count);
/* It is quantized, or constant. */
bool softmax_term_is_whole(const struct softmax_term *t);

extern const struct rewrite rewrites_fixed_resize[], rewrites_fixed_norm[], rewrites_fixed_binary[],
	rewrites_fixed_reduce[], rewrites_fixed_sums[], rewrites_fixed_lut[],
	rewrites_fixed_product[], rewrites_fixed_parts[], rewrites_fixed_expand[],
	rewrites_fixed_recurrent[], rewrites_fixed_moves[], rewrites_fixed_compare[],
	rewrites_fixed_between[];

#endif
