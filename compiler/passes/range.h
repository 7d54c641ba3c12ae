/* range.h - bounds of the real numbers in a quantized model, of what integers can compute. */
#ifndef EDGECC_PASSES_RANGE_H
#define EDGECC_PASSES_RANGE_H

#include "../tir/tir.h"
#include "quantized.h"

struct range {
	double lo, hi; /* may be infinite */
};

/* The reals that v can be: it is quantized, constant, or computed of such by operators that have
 * integer forms. False: it is none of these, or nothing bounds it. */
bool range_of(struct unit *u, uint32_t v, struct range *out);
/* Input k of n has elements that an integer form of n computes with; a bit for each such k. 0: n
 * has none. */
unsigned range_operands(const struct node *n);
/* n has an integer form as it is, perhaps in fixed point only, or may be a table. */
bool range_has_form(const struct node *n);

extern const struct range range_any; /* all reals */
struct range range_meet(struct range a, struct range b);

/* range_tir.c: what a definition's result can be when its slots' elements are in these ranges. */
struct range range_of_stage(struct unit *u, const struct tir_stage *s, const struct range *slots);
/* The same of operation e alone, a float no load, whose operands are within a, b, c. */
struct range range_of_operation(const struct unit *u, const struct tir *e, struct range a,
				struct range b, struct range c);

/* fixed_norm.c: of a normalization's result, where its constants are known. */
bool range_of_norm(struct unit *u, const struct node *n, struct range *out);

#endif
