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

/* edgecc.QScale: x, scale and offset, which broadcast against x; whoever makes it puts zero points into
 * offset.
 *	y = clamp(round(x * scale + offset), lo, hi)                  float32
 *	y = clamp(floor((x * scale + offset) / 2^shift), lo, hi)      int32 and int64
 * The second is exact in 64 bits: offset holds the half that rounds. */
struct qscale_attrs {
	int to; /* enum dtype */
	int64_t lo, hi, shift;
};

/* edgecc.QLSTM, edgecc.QGRU: X, W [dirs][gates * hidden][input], R [dirs][gates * hidden][hidden],
 * numbers [dirs][gates * hidden * 4], sequence_lens?, initial_h?, initial_c?, table [513]; ONNX's
 * semantics with the default activations, in the numbers of runtime/kernels/params.h,
 * "recurrence_q". A row's numbers are the multipliers of its two sums and its two biases. */
struct qrecurrent_attrs {
	struct recurrent_attrs recurrent; /* first; its clip is not used */
	int64_t x_zero;
	int64_t x_shift, h_shift;
	int64_t clip; /* in units of 2^-20; 0: none */
};

enum { QRECURRENT_NUMBERS = 4 };
struct edgert_recurrence_q;
int qrecurrent_gates(const struct node *n);
/* Sizes and strides as dims, and all the rest of the parameters, of ONNX's layouts. */
void qrecurrent_params(struct unit *u, const struct node *n, struct edgert_recurrence_q *p);
/* As the kernel reads them: the sum's beginning, then the row's own. */
const int32_t *qrecurrent_numbers(struct unit *u, const struct node *n, int64_t *count);

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
