/* What machines without floats gain by: integer forms that are as near to the real result as their tables
 * are fine, of operators that other machines compute in float, exactly. */
#include "fixed.h"
#include "list.h"

#include <math.h>

bool fixed_reals(struct unit *u, const struct node *n, int k, const struct constant **out)
{
	const struct node *d = input_node(n, k);
	struct constant *c = NULL;

	*out = node_const(n, k);
	if (!*out && node_is(d, "DequantizeLinear") && fold_node(u, d, &c))
		*out = c;
	return *out && (*out)->type == DT_F32;
}

int fixed_shift(double most, int bits)
{
	int e;

	frexp(most, &e); /* most < 2^e */
	return most > 0 ? bits - e : bits;
}

/* Forms of what is quantized on all sides. */
#define FORMS                                                                                      \
	rewrites_absorb_move, rewrites_fixed_recurrent, rewrites_fixed_product,                    \
		rewrites_fixed_binary, rewrites_fixed_reduce, rewrites_fixed_sums,                 \
		rewrites_fixed_resize, rewrites_fixed_norm, rewrites_fixed_lut,                    \
		rewrites_absorb_lut, rewrites_absorb_scale, rewrites_absorb_above

static const struct rewrite *const forms[] = { FORMS, NULL };

const struct pass pass_absorb_fixed = {
	.name = "absorb-in-fixed-point",
	.doc = "where there are no floats: integer forms that are near to the real results",
	.level = 1,
	.fixed = true,
	.rewrites = forms,
};

static const struct rewrite *const all[] = {
	rewrites_absorb_product, /* which pass_absorb has looked for, and what is new has, too */
	rewrites_absorb_transpose,
	rewrites_absorb_reduce,
	FORMS,
	rewrites_known_norm,
	rewrites_fixed_parts,
	rewrites_fixed_compare,
	rewrites_fixed_expand,
	rewrites_fixed_moves,
	rewrites_fixed_between, /* where there is no form as it is */
	NULL,
};

const struct pass pass_absorb_between = {
	.name = "absorb-between",
	.doc = "where there are no floats: 16 bits between operators that nothing quantizes between",
	.level = 1,
	.fixed = true,
	.rewrites = all,
};
