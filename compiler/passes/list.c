/* The target-independent passes, in order. */
#include "list.h"

const struct pass *const graph_passes[] = {
	&pass_dead, &pass_expand_integers, &pass_fold_early,
	/* Weights are integers behind their DequantizeLinear until these have read them. */
	&pass_absorb, &pass_absorb_fixed, &pass_absorb_between, &pass_absorb_reals,
	&pass_fixed_reals, &pass_absorb_rest, &pass_pack, &pass_fold, &pass_signedness, &pass_fold,
	/* Rewrites look at constants; recognition compares values, so equal ones must be one. */
	&pass_canonical, &pass_cse, &pass_known,
	/* Scales that belong to a normalization have left by now. */
	&pass_affine, &pass_pad, &pass_mean,
	/* What those left. */
	&pass_canonical, &pass_cse, &pass_fold, &pass_dead, &pass_quantized_io, &pass_multiplier,
	NULL
};

/* The same without what only lowering understands. */
const struct pass *const canonical_passes[] = { &pass_dead, &pass_fold,  &pass_canonical,
						&pass_cse,  &pass_known, &pass_affine,
						&pass_pad,  &pass_mean,  &pass_canonical,
						&pass_cse,  &pass_fold,  &pass_dead,
						NULL };

const struct pass *const folding_passes[] = {
	&pass_interpret,
	NULL,
};
