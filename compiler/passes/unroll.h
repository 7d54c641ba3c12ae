/* unroll.h - control flow whose inputs are constant is carried out while the model is compiled. */
#ifndef EDGECC_PASSES_UNROLL_H
#define EDGECC_PASSES_UNROLL_H

#include "passes.h"

/* Folds the nodes from `from` up to `to`, which stays; false after reporting an error. */
typedef bool fold_range_fn(void *data, struct node *from, struct node *to);

/* n is If, Loop or Scan with constant inputs: replaces its outputs by what its graphs give. False
 * when that is not possible (an outer value they read is not constant, too many iterations, ...): n
 * is as it was. *failed is set after an error. */
bool unroll(struct unit *u, struct node *n, fold_range_fn *fold, void *data, bool *failed);

#endif
