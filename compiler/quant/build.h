/* build.h - inside quant/: nodes and constants that say what is quantized. */
#ifndef EDGECC_QUANT_BUILD_H
#define EDGECC_QUANT_BUILD_H

#include "quant.h"

/* A node of operator op before `before`, inferred, with one output; named after `of`: what, the
 * node or value, and the operator. Returns the output. */
uint32_t quant_node(struct graph *g, struct node *before, const char *op, const void *attrs,
		    const char *of, int n_in, const uint32_t *in);
/* The value's name, or its producer's; "" when neither has one. */
const char *quant_name(const struct value *v);
/* A constant called NAME_what. */
uint32_t quant_constant(struct graph *g, const char *name, const char *what,
			const struct constant *c);
/* DequantizeLinear of a constant. */
uint32_t quant_dequantized(struct graph *g, struct node *before, const char *name,
			   const struct quant_weights *w);
/* -- apply.c -- */
/* How the weights of layer l, whose node is n, become integers; not what depends on its input. */
void quant_how_weights(const struct quant_plan *p, const struct node *n,
		       const struct quant_layer *l, struct quant_weights_how *how);
/* -- eight.c -- */
/* Marks the layers. */
void quant_choose_eight(const struct unit *u, struct quant_plan *p);
/* -- apply_dynamic.c -- */
/* n has a form with integer products of which each run chooses the scale. */
bool quant_is_dynamic(const struct node *n);
void quant_apply_dynamic(struct unit *u, const struct quant_plan *p);

#endif
