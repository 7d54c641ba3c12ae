/* integer.h - our own operators on quantized tensors, real = (integer - zero point) * scale, whose
 * scales have become factors of integer sums. Passes make them of ONNX's; their results are
 * requantized as runtime/kernels/params.h says:
 *
 *	y = clamp(scaled(acc) + zero, lo, hi)
 *	scaled(acc) = round(acc * factor), in float32, halves to even       scale is float
 *	scaled(acc) = floor(acc * multiplier / 2^(32 + shift) + 1/2)        scale is int32 */
#ifndef EDGECC_OPS_INTEGER_H
#define EDGECC_OPS_INTEGER_H

#include "ops.h"

struct requant {
	int to; /* enum dtype of the result */
	int64_t zero, lo, hi;
	int64_t shift; /* of multipliers, -31 to 30 */
};

/* edgecc.QConv: x, w [co][cig][k...], scale [co] or [1], bias int32 [co]
 *	acc = bias + sum (x - x_zero) * w        what is outside the image is x_zero */
struct qconv_attrs {
	struct conv_attrs conv; /* first: conv_window reads it there */
	int64_t x_zero;
	int64_t wide; /* the sum may need 64 bits */
	struct requant out;
};

/* edgecc.QMatMul: x, w (of any ranks that MatMul takes), scale [columns] or [1], bias? int32
 * [columns]
 *	acc = bias + sum (x - x_zero) * (w - w_zero) */
struct qmatmul_attrs {
	int64_t x_zero, w_zero;
	int64_t wide;
	struct requant out;
};

#endif
