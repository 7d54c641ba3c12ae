/* list.h - the rows of this folder, one per pass. */
#ifndef EDGECC_PASSES_LIST_H
#define EDGECC_PASSES_LIST_H

#include "passes.h"

extern const struct pass pass_fold, pass_interpret, pass_dead, pass_canonical, pass_cse,
	pass_affine, pass_pad, pass_known, pass_mean, pass_fold_early, pass_expand_integers,
	pass_absorb, pass_absorb_fixed, pass_multiplier, pass_signedness, pass_quantized_io,
	pass_absorb_rest, pass_absorb_reals, pass_fixed_reals, pass_absorb_between, pass_pack;

#endif
