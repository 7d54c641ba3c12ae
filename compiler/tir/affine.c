/* Index expressions as sums over loop variables, for strides and bounds. */
#include "internal.h"

bool tir_affine_of(const struct tir *e, struct affine *out)
{
	struct linear l = { 0 };
	if (e->type != DT_INDEX || !linear_add(&l, e, 1) || l.n > (int)ARRAY_LEN(out->term))
		return false;
	*out = (struct affine){ .n = l.n, .base = l.base };
	for (int i = 0; i < l.n; i++) {
		if (l.t[i].atom->kind != TIR_VAR)
			return false;
		out->term[i].var = l.t[i].atom;
		out->term[i].scale = l.t[i].c;
	}
	return true;
}
