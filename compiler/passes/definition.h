/* definition.h - nodes' definitions as one tensor expression. */
#ifndef EDGECC_PASSES_DEFINITION_H
#define EDGECC_PASSES_DEFINITION_H

#include "fixed_point.h"

enum { DEFINITION_INPUTS = 24, DEFINITION_OUTPUTS = 16 };

struct definition {
	struct unit *u;
	struct node *n;
	struct tir_builder b;
	struct tir_stage stage;
	uint32_t in[DEFINITION_INPUTS]; /* what its slots are */
	int count;
	dim points; /* it reads operands so many times at most; -1: their elements more than once */
	bool quantized; /* a DequantizeLinear is part of it */
	bool whole;     /* it reads no numbers as reals, though n may have some for inputs */
	bool failed;
};

static inline bool is_real(const struct value *v)
{
	return v && dtype_is_float(v->type);
}

/* p, of graph g, computes nothing but its definition. */
bool has_definition(const struct graph *g, const struct node *p);
/* Whatever stands for simpler nodes before n becomes these. */
void expand_inputs(struct node *n);
/* Of n's output k, with those of its operands that belong into it. */
bool definition_make(struct definition *d, struct node *n, int k);

#endif
