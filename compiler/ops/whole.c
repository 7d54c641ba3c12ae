#include "whole.h"

#include <assert.h>

const struct tir *whole(struct tir_builder *b, int64_t v)
{
	return tir_int(b, DT_I64, v);
}

const struct tir *whole_shifted(struct tir_builder *b, const struct tir *x, int bits)
{
	return tir_floordiv(b, x, whole(b, INT64_C(1) << bits));
}

const struct tir *whole_scaled(struct tir_builder *b, const struct tir *x, int bits)
{
	assert(bits <= 62);
	if (bits >= 0)
		return tir_mul(b, x, whole(b, INT64_C(1) << bits));
	if (bits < -62)
		return whole(b, 0);
	return whole_shifted(b, tir_add(b, x, whole(b, INT64_C(1) << (-bits - 1))), -bits);
}

/* All ones or none. */
static const struct tir *mask(struct tir_builder *b, const struct tir *c)
{
	return tir_select(b, c, whole(b, -1), whole(b, 0));
}

const struct tir *whole_select(struct tir_builder *b, const struct tir *c, const struct tir *x,
			       const struct tir *y)
{
	const struct tir *change = tir_binary(b, TIR_XOR, x, y);

	return tir_binary(b, TIR_XOR, tir_and(b, change, mask(b, c)), y);
}

const struct tir *whole_negated(struct tir_builder *b, const struct tir *c, const struct tir *x)
{
	return tir_sub(b, tir_binary(b, TIR_XOR, x, mask(b, c)), mask(b, c));
}

struct normal whole_normal(struct tir_builder *b, const struct tir *v, int top, int least)
{
	const enum dtype t = v->type;
	struct normal n = { v, tir_int(b, t, 0) };

	for (int bits = (int)dtype_size(t) * 4; bits >= least; bits /= 2) {
		const struct tir *small = tir_lt(b, n.m, tir_int(b, t, INT64_C(1) << (top - bits)));

		n.m = tir_select(b, small, tir_mul(b, n.m, tir_int(b, t, INT64_C(1) << bits)), n.m);
		n.count = tir_add(b, n.count,
				  tir_select(b, small, tir_int(b, t, bits), tir_int(b, t, 0)));
	}
	return n;
}

/* Newton's y (3 - m y^2) / 2, from a line that is within a sixth of it. */
const struct tir *whole_inverse_root(struct tir_builder *b, const struct tir *m)
{
	const struct tir *y, *t;

	y = tir_sub(b, whole(b, INT64_C(2362232013)),
		    whole_shifted(b, tir_mul(b, m, whole(b, 5)), 3));
	for (int i = 0; i < 4; i++) {
		t = whole_shifted(b, tir_mul(b, y, y), 30);
		t = whole_shifted(b, tir_mul(b, t, m), 31);
		t = tir_sub(b, whole(b, INT64_C(3) << 30), t);
		y = whole_shifted(b, tir_mul(b, y, t), 31);
	}
	return y;
}
