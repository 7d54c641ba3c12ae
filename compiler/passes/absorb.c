/* Quantized models: QuantizeLinear and DequantizeLinear go into the operators between them, which
 * become ours on integers (ops/integer.h). What stays in float says so in the report. */
#include "list.h"
#include "quantized.h"

static const struct rewrite *const tables[] = {
	rewrites_absorb_move,
	rewrites_absorb_product,
	rewrites_absorb_transpose,
	rewrites_absorb_binary,
	rewrites_absorb_reduce,
	rewrites_absorb_lut,
	rewrites_absorb_recurrent,
	rewrites_absorb_scale,
	rewrites_absorb_above,
	rewrites_absorb_integers,
	NULL,
};

static const struct rewrite *const reals[] = { rewrites_absorb_move, rewrites_absorb_reals, NULL };

const struct pass pass_absorb = {
	.name = "absorb-quantization",
	.doc = "operators between DequantizeLinear and QuantizeLinear compute in integers",
	.level = 1,
	.rewrites = tables,
};

const struct pass pass_absorb_reals = {
	.name = "absorb-dequantization",
	.doc = "products of quantized tensors are summed up in integers where their results are reals",
	.level = 1,
	.rewrites = reals,
};
