/* quant.h - for quant.c and quant_product.c: integers that stand for reals, real = (integer -
 * zero_point) * scale. */
#ifndef EDGECC_OPS_QUANT_H
#define EDGECC_OPS_QUANT_H

#include "family.h"

#define QUANT_FLOAT8 "float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz"

/* x, a real in units of the scale, as an element of type t: integers are rounded, halves to even,
 * moved by the zero point (DT_I32; NULL: none) and saturated; small floats are rounded. */
const struct tir *quantize(struct tir_builder *b, enum dtype t, bool saturate, const struct tir *x,
			   const struct tir *zero_point);
bool quant_is_single(const struct value *v); /* one element */
/* An integer less its zero point (NULL: none) in int32; a float in float. */
const struct tir *centered(struct tir_builder *b, const struct tir *x,
			   const struct tir *zero_point);

#endif
