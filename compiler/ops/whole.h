/* whole.h - arithmetic of integers in tensor expressions that stand for fractions. */
#ifndef EDGECC_OPS_WHOLE_H
#define EDGECC_OPS_WHOLE_H

#include "../tir/tir.h"

/* v as a DT_I64. */
const struct tir *whole(struct tir_builder *b, int64_t v);
/* floor(x / 2^bits), x a DT_I64, bits from 0 to 62. */
const struct tir *whole_shifted(struct tir_builder *b, const struct tir *x, int bits);
/* x * 2^bits, the nearest integer; the product is below 2^62 in magnitude. */
const struct tir *whole_scaled(struct tir_builder *b, const struct tir *x, int bits);

/* c ? x : y, both of which are computed: what only branches of a select use is printed where it is used. */
const struct tir *whole_select(struct tir_builder *b, const struct tir *c, const struct tir *x,
			       const struct tir *y);
/* c ? -x : x */
const struct tir *whole_negated(struct tir_builder *b, const struct tir *c, const struct tir *x);

/* m * 2^-count, m from 2^(top - least) to 2^top or 0; count is a multiple of least, 1 or 2. */
struct normal {
	const struct tir *m, *count;
};

/* v, an integer from 0 to below 2^top, top at most its type's width. */
struct normal whole_normal(struct tir_builder *b, const struct tir *v, int top, int least);
/* 2^30 / sqrt(m / 2^31), DT_I64; m, a DT_I64, from 2^29 to 2^31. Within 2^-28 of it. */
const struct tir *whole_inverse_root(struct tir_builder *b, const struct tir *m);

#endif
