/* Quantized models: QuantizeLinear and DequantizeLinear go into the operators between them, which
 * become ours on integers (ops/integer.h). What stays in float says so in the report. */
#include "list.h"
#include "quantized.h"

static const struct rewrite *const tables[] = {
	rewrites_absorb_product,
	NULL,
};

const struct pass pass_absorb = {
	.name = "absorb-quantization",
	.doc = "operators between DequantizeLinear and QuantizeLinear compute in integers",
	.level = 1,
	.rewrites = tables,
};
