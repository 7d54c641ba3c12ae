/* function.h - what is computed of one tensor, element by element: f(x), where f may be several
 * operators that meet again (x * Sigmoid(x)). */
#ifndef EDGECC_PASSES_FUNCTION_H
#define EDGECC_PASSES_FUNCTION_H

#include "quantized.h"

enum { FUNCTION_NODES = 32 };

struct function {
	uint32_t of; /* x; VALUE_NONE: whatever one quantized tensor it is found to be of */
	bool wide;   /* that one has 16 bits, not 8 */

	bool found;                         /* it is of anything */
	struct quantized x;                 /* where `of` is not given: that tensor, */
	const struct node *dequantize;      /* and the node that says how it is quantized */
	struct node *nodes[FUNCTION_NODES]; /* operands before users */
	uint32_t copies[FUNCTION_NODES];    /* their results over other numbers */
	int n;
};

/* Input k of n is such a function. */
bool function_seek(struct function *f, struct node *n, int k);
/* f of these reals, a constant: built before `before`, folded. VALUE_NONE: that has another form. */
uint32_t function_over(struct function *f, struct node *before, uint32_t reals);
/* What n quantizes is a function of one quantized tensor: its reals for all integers of that, of
 * bytes as tables are indexed, of 16 bits from the least. VALUE_NONE: it is not, or they are not
 * known. */
uint32_t function_results(struct unit *u, struct node *n, struct function *f);
/* n is one of f's operators. */
bool function_has(const struct function *f, const struct node *n);

#endif
