/* integer.h - our own operators on quantized tensors, real = (integer - zero point) * scale, whose
 * scales have become factors of integer sums. Passes make them of ONNX's; their results are
 * requantized as runtime/kernels/params.h says:
 *
 *	y = clamp(scaled(acc) + zero, lo, hi)
 *	scaled(acc) = round(acc * factor), in float32, halves to even       scale is float
 *	scaled(acc) = floor(acc * multiplier / 2^(32 + shift) + 1/2)        scale is int32
 *
 * but a result of type int32 is acc itself, with no scale: who reads it scales. */
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

/* edgecc.QAdd: a and b, which broadcast, scale [3]. What the numbers of scale are is up to who makes
 * it: factors of a and b, and what is added, zero points and all.
 *	y = clamp(round(a * scale[0] + (b * scale[1] + scale[2])), lo, hi)            float32
 *	y = clamp(floor((a * scale[0] + b * scale[1] + scale[2]) / 2^shift), lo, hi)  int32
 * The second is exact in 32 bits: scale[2] holds the half that rounds. */
struct qadd_attrs {
	int to; /* enum dtype */
	int64_t lo, hi, shift;
	int64_t fused; /* in float: each multiplication and its addition are rounded once */
};

/* edgecc.QMul: a and b, which broadcast, scale [1].
 *	acc = (a - a_zero) * (b - b_zero)
 * In float the zero point is added before rounding: round(acc * scale + zero). */
struct qmul_attrs {
	int64_t a_zero, b_zero;
	struct requant out;
};

/* edgecc.QAveragePool: x, scale [taps + 1], indexed by how many taps the mean is of; or [1] where
 * that is the same for all.
 *	acc = sum (x - x_zero) */
struct qpool_attrs {
	struct pool_attrs pool; /* first: pool_window reads it there */
	int64_t x_zero;
	struct requant out;
};

/* edgecc.QSoftmax over an axis: x, table [256]: exp(-d * x_scale) for d = max - x, in float, or
 * times 2^22 in int32.
 *	y = clamp(round(table[d] / sum table[d] / y_scale) + zero, lo, hi)                     float
 *	y = clamp(floor((table[d] * inverse + half) / (2^8 * sum table[d])) + zero, lo, hi)    int32
 * with inverse = round(2^8 / y_scale), and half the divisor's. */
struct qsoftmax_attrs {
	int64_t axis;
	float y_scale;
	int64_t inverse;
	struct requant out; /* no shift */
};

/* edgecc.PackedConv and edgecc.PackedMatMul: x in float, w of any integers, scale, zero?, and of the
 * first bias?. Scale and zero are those of a DequantizeLinear of w. */
struct packing_attrs {
	int64_t axis, block; /* of w; block 0: none */
};
struct packed_conv_attrs {
	struct conv_attrs conv; /* first: conv_window reads it there */
	struct packing_attrs packing;
};
struct packed_matmul_attrs {
	struct packing_attrs packing;
};

/* edgecc.Flip: x XOR 0x80: an int8 as uint8, a uint8 as int8. */

/* edgecc.Lut: x of 8 bits, table [256]: y = table[x as uint8]. */

#endif
