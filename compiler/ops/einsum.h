/* einsum.h - for einsum.c and einsum_matmul.c: an equation read against its operands. */
#ifndef EDGECC_OPS_EINSUM_H
#define EDGECC_OPS_EINSUM_H

#include "family.h"

#define OPERANDS_MAX 16
#define SUMS_MAX (2 * RANK_MAX)
#define LETTERS 52
#define LABELS_MAX                                                                                 \
	(LETTERS + RANK_MAX) /* a letter, or an axis of the ellipsis counted from its end */

struct einsum_attrs {
	const char *equation;
};

/* The axes of an operand or of the output, as labels. */
struct term {
	int rank;
	uint8_t label[RANK_MAX];
};

struct einsum {
	int n; /* operands */
	struct term in[OPERANDS_MAX], out;
	dim size[LABELS_MAX]; /* where an operand has the label */
};

bool einsum_read(struct unit *u, const struct node *n, struct einsum *e);
bool term_has(const struct term *t, int label);
bool term_push(struct term *t, int label); /* false: it is full */
char letter_text(int label);
bool upgrade_einsum(struct unit *u, struct node *n);

#endif
