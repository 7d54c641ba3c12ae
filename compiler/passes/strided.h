/* strided.h - tensors whose elements are moved only, as views of where they come from. */
#ifndef EDGECC_PASSES_STRIDED_H
#define EDGECC_PASSES_STRIDED_H

#include "rewrite.h"

enum { DIGITS = 16 };

struct digit {
	int64_t stride, extent; /* extent > 1 */
};

/* Element i, j, ... is element base + sum of digit * stride of the source, the digits being those
 * of i, j, ... in mixed radix. */
struct strided {
	int rank;
	struct {
		int n; /* outermost first; 0: the axis has one element */
		struct digit d[DIGITS];
	} axis[RANK_MAX];
	int64_t base;
};

/* All sizes are known. */
void strided_begin(const struct shape *x, struct strided *s); /* x itself */
/* n is a Reshape, Transpose, Slice, Gather or Split. */
bool strided_moves(const struct node *n);
/* s, a view of the input of the node that computes v, becomes one of v. False when digits cannot
 * say it. */
bool strided_step(struct unit *u, const struct value *v, struct strided *s);
/* The only index of a Gather. */
bool strided_single_index(const struct node *n, int64_t *index);

#endif
