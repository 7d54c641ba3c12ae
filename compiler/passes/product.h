/* product.h - for the rewrites that make integer operators of products of quantized tensors. */
#ifndef EDGECC_PASSES_PRODUCT_H
#define EDGECC_PASSES_PRODUCT_H

#include "quantized.h"

/* One product: its operands, and per channel the units of its sums. */
struct product {
	struct node *n; /* Conv, ConvTranspose, Gemm or MatMul */
	struct quantized x;
	struct quantized_weights w;
	struct constant *weights; /* centered, in the order of the new operator's */
	int64_t channels, taps;
	int bias; /* which input of bias_at is the bias; -1: none */
	struct node *bias_at;
};

/* x, weights, factors and bias as inputs of the new operator, in[0..4); in[3] may be left out. *wide:
 * its sums may need more than 32 bits. weights are [channels][taps], or [taps][channels]. False: the
 * bias is not known. */
bool product_inputs(struct unit *u, const struct product *p, float y_scale, bool channels_first,
		    uint32_t *in, int64_t *wide);
/* The sums of products without bias need no more than 32 bits. */
bool product_fits(const struct product *p, bool channels_first);

#endif
