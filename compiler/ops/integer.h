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
 *	y = clamp(floor((a * scale[0] + b * scale[1] + scale[2]) / 2^shift), lo, hi)  int32, int64
 * The second is exact in as many bits as scale has: scale[2] holds the half that rounds. */
struct qadd_attrs {
	int to; /* enum dtype */
	int64_t lo, hi, shift;
	int64_t fused; /* in float: each multiplication and its addition are rounded once */
};

/* edgecc.QMul: a and b, which broadcast, scale [1].
 *	acc = (a - a_zero) * (b - b_zero)
 * in 64 bits where one of them has 16. In float the zero point is added before rounding: round(acc * scale
 * + zero). */
struct qmul_attrs {
	int64_t a_zero, b_zero;
	struct requant out;
};

/* edgecc.QDiv: a and b, which broadcast, multiplier int32 [1].
 *	y = clamp(round((a - a_zero) * multiplier / ((b - b_zero) * 2^shift)) + zero, lo, hi)
 * halves upwards; a quotient by 0 is lo or hi, and zero of 0 / 0. */
struct qdiv_attrs {
	int to; /* enum dtype */
	int64_t lo, hi, shift, zero, a_zero, b_zero;
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

/* edgecc.QLSTM, edgecc.QGRU, edgecc.QRNN: X, W [dirs][gates * hidden][input], R [dirs][gates * hidden][hidden],
 * numbers [dirs][gates * hidden * 4], sequence_lens?, initial_h?, initial_c?, table [513]; ONNX's
 * semantics with the default activations, in the numbers of runtime/kernels/params.h,
 * "recurrence_q". A row's numbers are the multipliers of its two sums and its two biases. */
struct qrecurrent_attrs {
	struct recurrent_attrs recurrent; /* first; its clip is not used */
	int64_t x_zero;
	int64_t x_shift, h_shift;
	int64_t clip; /* in units of 2^-20; 0: none */
};

/* edgecc.QRecurrence: the same with activations of any kind, in the numbers of "recurrence_any": states are int32,
 * curves are in table's place. */
struct qrecurrence_attrs {
	struct qrecurrent_attrs base; /* first; its clip is in the gates' sums' units */
	int64_t gates, gate_bits, peephole_bits;
	int64_t new_clip;
};

/* n, an LSTM, a GRU or an RNN, has attributes and other operands that integers have a form for: its input,
 * weights and states apart, which are quantized or not. */
bool recurrent_in_integers(const struct node *n);
/* The same of edgecc.QRecurrence. */
bool recurrent_in_any_integers(const struct node *n);
/* How many gates it has, and how many activations for each direction. */
int recurrent_gates(const struct node *n);
int recurrent_activations(const struct node *n);
/* Of the operator that it becomes then. */
const char *recurrent_integer_name(const struct node *n);

enum { QRECURRENT_NUMBERS = 4 };
struct edgert_recurrence_q;
int qrecurrent_gates(const struct node *n);
/* Sizes and strides as dims, and all the rest of the parameters, of ONNX's layouts. */
void qrecurrent_params(struct unit *u, const struct node *n, struct edgert_recurrence_q *p);
struct edgert_recurrence_any;
void qrecurrence_params(struct unit *u, const struct node *n, struct edgert_recurrence_any *p);
size_t qrecurrence_scratch(const struct edgert_recurrence_any *p);
/* Bytes; of vectors that are whole runs of so many elements (recurrence_q.h). */
size_t qrecurrent_scratch(const struct node *n, const struct edgert_recurrence_q *p, int run);
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
 * times 2^22 in int32; of 16 bits [512]: those of 256 * d, then those of d. Of 32 bits the same, where d
 * is 65535 at most.
 *	y = clamp(round(table[d] / sum table[d] / y_scale) + zero, lo, hi)                     float
 *	y = clamp(floor((table[d] * inverse + half) / (2^8 * sum table[d])) + zero, lo, hi)    int32
 * with inverse = round(2^8 / y_scale), and half the divisor's. */
struct qsoftmax_attrs {
	int64_t axis;
	float y_scale;
	int64_t inverse;
	struct requant out; /* no shift */
};

/* edgecc.QResize: x, scale [1], and for each axis of `axes` two tables [out][taps]: which x a tap reads,
 * and its weight.
 *	acc = floor(sum over the taps of all axes of (x - x_zero) * the product of their weights / 2^drop)
 */
struct qresize_attrs {
	struct ints axes;
	int64_t x_zero;
	int64_t wide, drop; /* the sum may need 64 bits, of which 31 may be left then */
	struct requant out;
};

/* edgecc.QNormalize: x [rows][n], gain and offset [channels], of which element e in row-major order has
 * number (e / run) mod channels.
 *	s, q = the sums over a row of x - x_zero and of its square; s is 0 unless centered
 *	t = (n * (x - x_zero) - s) / sqrt(n * q - s * s + epsilon)
 *	y = clamp(floor((t * 2^20 * gain + offset) / 2^shift), lo, hi)
 * whoever makes it puts zero points, and the half that rounds, into offset. The root's argument stays
 * below 2^bits. */
struct qnormalize_attrs {
	int to; /* enum dtype */
	int64_t lo, hi, shift;
	int64_t x_zero, run, epsilon, bits, centered;
};

/* edgecc.QLogSoftmax over an axis: x, and QSoftmax's table in int32.
 *	y = clamp(floor((offset - d * step - log(sum table[d] / 2^22) * 2^20 * unit) / 2^shift), lo, hi)
 * with the zero point, and the half that rounds, in offset. */
struct qlogsoftmax_attrs {
	int to; /* enum dtype */
	int64_t axis, lo, hi, shift, step, unit, offset;
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

/* com.microsoft's MatMulNBits: w [N][blocks][bytes of a block], blocks of block_size along K. */
struct nbits_attrs {
	int64_t K, N, bits, block_size, accuracy_level, weight_prepacked;
};

/* edgecc.Flip: x XOR 0x80: an int8 as uint8, a uint8 as int8. */

/* edgecc.LutWide: x of 16 bits, i = x - from in [0, 65535]; parabolas of n pieces: end uint16, step
 * uint16, bend int16, slope int32 and value int32, each [n]. Piece p is the first with i <= end[p], the last ends
 * at 65535.
 *	t = (end[p] - i) * step[p]
 *	v = floor((floor(bend[p] * t / 2^12) + slope[p]) * t / 2^12) + value[p]
 *	y = clamp(floor(v / 2^fraction), lo, hi)
 * in 32 bits, t below 2^12; the zero point, and the half that rounds, are in value. */
enum { LUT_WIDE_BITS = 12 };
struct lut_wide_attrs {
	int to; /* enum dtype */
	int64_t lo, hi, from, fraction;
};

/* edgecc.Lut: x of 8 bits, table [256]: y = table[x as uint8]. */

#endif
