/* matmul.h - for the quantized products: MatMul of inputs ka and kb, wherever they stand. */
#ifndef EDGECC_OPS_MATMUL_H
#define EDGECC_OPS_MATMUL_H

#include "family.h"

bool matmul_infer(struct unit *u, struct node *n, int ka, int kb); /* output 0's shape */
/* The point idx[0..rank) of the output: indices of A and B under the variable returned, which is
 * summed over. */
const struct tir *matmul_taps(struct tir_builder *b, const struct node *n, int ka, int kb, int rank,
			      const struct tir *const *idx, const struct tir **ia,
			      const struct tir **iw);
dim matmul_macs(struct unit *u, const struct node *n, int ka);

#endif
