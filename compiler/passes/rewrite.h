/* rewrite.h - what the rewrites of this folder share: reading the neighbourhood of a node, and
 * building what replaces it. */
#ifndef EDGECC_PASSES_REWRITE_H
#define EDGECC_PASSES_REWRITE_H

#include "passes.h"

/* -- match.c: reading ----------------------------------------------------------------- */

/* n is an operator of ai.onnx of that name; false when n is NULL. */
bool node_is(const struct node *n, const char *op);
/* The node in n's own graph that computes input k as its output 0; NULL when there is none. */
struct node *input_node(const struct node *n, int k);
/* The same, when n alone reads that output, once. */
struct node *sole_input_node(const struct node *n, int k);
/* The same, when the node is an `op`. */
struct node *sole_input_op(const struct node *n, int k, const char *op);
bool used_once(const struct value *v); /* by one slot of one node, and no graph's output */
/* The node that uses v, when it is the only one. */
struct node *sole_user(const struct value *v);
/* Of the two inputs of n, the one that is a constant: its slot, -1 when it is neither or both. */
int constant_slot(const struct node *n);
/* Input k is a numeric constant of one element: its value. */
bool input_number(const struct node *n, int k, double *out);
/* The same, and it is v. */
bool input_is(const struct node *n, int k, double v);
/* Input k is a constant all of whose elements are v. */
bool input_is_all(const struct node *n, int k, double v);
/* The value of output 0, and whether it is of a type that floats compute in without extra rounding.
 */
bool output_is_float(const struct node *n);
/* n's attribute of that name, an integer, float, or index of a choice. */
double attr_number(const struct node *n, const char *name);
/* Which of input 0's axes a reduction folds; false when that is not known. folded has RANK_MAX
 * elements. */
bool reduced_axes(const struct node *n, bool *folded);
/* Output axis i of a Transpose is input axis perm[i]. */
void transpose_perm(const struct node *n, int *perm);
bool same_tensor(const struct value *a, const struct value *b); /* type and shape */

/* -- build.c: making ------------------------------------------------------------------ */

/* graph_build, and when the inputs are constant the result is computed now. */
uint32_t build(struct node *before, const char *op, const void *attrs, int n_in,
	       const uint32_t *in);
#define build1(before, op, attrs, a) build((before), (op), (attrs), 1, (uint32_t[]){ (a) })
#define build2(before, op, attrs, a, b) build((before), (op), (attrs), 2, (uint32_t[]){ (a), (b) })
#define build3(before, op, attrs, a, b, c)                                                         \
	build((before), (op), (attrs), 3, (uint32_t[]){ (a), (b), (c) })
/* New constants in the graph of `at`. */
uint32_t build_constant(const struct node *at, const struct constant *c);
uint32_t build_ints(const struct node *at, const int64_t *v, int n);
uint32_t build_number(const struct node *at, enum dtype t, double v); /* a scalar */
/* x with the shape y: x itself, or a Reshape of it; VALUE_NONE when the shape cannot be written as
 * constants. */
uint32_t build_view(struct node *before, uint32_t x, const struct shape *y);
/* All uses of n's output 0 read `with`: false, with nothing changed, when that differs in type or
 * shape. */
bool replace_node(struct node *n, uint32_t with);
/* Sets the attribute of that name in attrs, a copy of op's: an integer, float, or index of a
 * choice. */
void attr_set(void *attrs, const struct op *op, const char *name, double v);
/* `into` computes what `from` did, too: "Conv+BatchNormalization" in reports. */
void merge_location(struct node *into, const struct node *from);
/* n becomes operator op with these inputs, in place; its output keeps its shape. */
void node_become(struct node *n, const char *op, const void *attrs, int n_in, const uint32_t *in);

/* -- the tables, one per file --------------------------------------------------------- */
extern const struct rewrite rewrites_identity[], rewrites_view[], rewrites_arith[],
	rewrites_dense[], rewrites_outputs[], rewrites_branch[], rewrites_compose[],
	rewrites_reduce[];
extern const struct rewrite rewrites_known_activation[], rewrites_known_norm[],
	rewrites_known_move[];

#endif
