/* lower.h - shared by the lowering passes of this folder. */
#ifndef EDGECC_LOWER_H
#define EDGECC_LOWER_H

#include "plan.h"

#include <string.h>

extern const struct pass pass_select, pass_tails, pass_loops, pass_measure, pass_fuse, pass_concat,
	pass_layout, pass_follow, pass_control, pass_carried, pass_ram, pass_schedule;

static inline bool node_is_loops(const struct node *n)
{
	return n->op->domain == DOMAIN_EDGECC && strcmp(n->op->name, "Loops") == 0;
}

static inline bool node_is_if(const struct node *n)
{
	return n->op->domain == DOMAIN_ONNX && strcmp(n->op->name, "If") == 0;
}

static inline bool node_is_concat(const struct node *n)
{
	return n->op->domain == DOMAIN_ONNX && strcmp(n->op->name, "Concat") == 0;
}

/* The single stage of a Loops node with one output; NULL otherwise. */
const struct tir_stage *loops_stage(const struct node *n);
/* Turns n into a Loops node (in place) computing stages. */
void node_make_loops(struct unit *u, struct node *n, const struct tir_stage *stages);
/* A Loops node before `before` that copies v elementwise into a new value, which it returns. */
struct value *insert_copy(struct node *before, struct graph *g, struct value *v,
			  const struct loc *loc);
/* Do v's elements lie in memory as the axis order `order` says? Axes of size 1 lie anywhere. */
bool stored_as(struct unit *u, const struct value *v, const uint8_t *order);
bool stored_row_major(struct unit *u, const struct value *v);
/* flatten.c: view makes a channels-last tensor the rows of a matrix that a product with constant
 * weights reads. True: the weights are turned now, the product reads another view, and this one has
 * no use. */
bool flatten_turns_weights(struct node *view);

/* -- kernels/strings.c: a Loop around n whose iterations nothing bounds; NULL: there is none */
const struct node *unbounded_around(struct unit *u, const struct node *n);

#endif
