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

bool tir_step(const struct tir *e, const struct tir *var, int64_t *step)
{
	int64_t x = 0, y = 0;

	*step = e == var;
	if (e == var || !tir_uses_var(e, var))
		return true;
	switch (e->kind) {
	case TIR_ADD:
	case TIR_SUB:
		if (!tir_step(e->a, var, &x) || !tir_step(e->b, var, &y))
			return false;
		*step = e->kind == TIR_ADD ? x + y : x - y;
		return true;
	case TIR_MUL:
		if (e->b->kind != TIR_INT || !tir_step(e->a, var, &x))
			return false;
		*step = x * e->b->u.i;
		return true;
	default:
		return false;
	}
}
