/* params.h - the kernels' contract: one parameter struct and one signature per interface.
 *
 * A kernel is a real C file that compiles alone and is also pasted into emitted code. It is named
 *
 *	edgert_<interface>_<type>__<set>          edgert_conv2d_f32__vec
 *
 * and declared `EDGERT_KERNEL`, which is empty when the file is built into a library or a test,
 * EDGERT_INLINE or EDGERT_SHARED in emitted code. Helpers inside kernel files are `EDGERT_INLINE`
 * and carry the kernel's name as prefix (all kernels of a model end in one translation unit).
 *
 * Rules for every kernel
 *  - C99, clean under -std=c99 -pedantic -Wall -Wextra -Wconversion -Wdouble-promotion -Wshadow;
 *    sizes are edgert_int; no allocation, no libc but memcpy and memset, no mutable statics.
 *  - A parameter struct is constant: with EDGERT_INLINE and a `static const` struct every field
 *    folds away. So test fields, do not precompute pointers in them.
 *  - EDGERT_SPECIALIZED may be defined where EDGERT_KERNEL is EDGERT_INLINE: a kernel then unrolls
 *    short loops whose length is in the parameter struct. Kernels in vec/ see for themselves which
 *    sizes are constants.
 *  - Tensors are given by element strides. The innermost (channel) stride of a convolution net's
 *    tensor is 1.
 *  - Outputs never overlap inputs, unless the interface says "in place".
 *  - Pointers have the element type's alignment and no more, unless stated. Weights packed at
 *    compile time are aligned to 64 bytes.
 *  - Reads stay inside the tensor, unless stated.
 *  - Zero sizes are legal and do nothing.
 *
 * Weights in flash: on AVR constants live in program memory. Scalar kernels read weights and biases
 * (never activations) through EDGERT_W(p), below.
 */
#ifndef EDGERT_PARAMS_H
#define EDGERT_PARAMS_H

#include "../edgert.h"

#ifndef EDGERT_KERNEL
#define EDGERT_KERNEL
#endif

#if defined(__AVR__) && defined(EDGERT_PROGMEM_WEIGHTS)
#include <avr/pgmspace.h>
#ifndef EDGERT_PGM
#define EDGERT_PGM(type, p) pgm_read_##type(p)
#endif
#define EDGERT_W_F32(p) EDGERT_PGM(float, p)
#define EDGERT_W_S32(p) ((int32_t)EDGERT_PGM(dword, p))
#define EDGERT_W_S8(p) ((int8_t)EDGERT_PGM(byte, p))
#define EDGERT_W_U8(p) EDGERT_PGM(byte, p)
#define EDGERT_W_U16(p) EDGERT_PGM(word, p)
#define EDGERT_W_U32(p) EDGERT_PGM(dword, p)
#define EDGERT_W_F64(p) ((double)EDGERT_PGM(float, p))
#else
#define EDGERT_W_F32(p) (*(p))
#define EDGERT_W_S32(p) (*(p))
#define EDGERT_W_S8(p) (*(p))
#define EDGERT_W_U8(p) (*(p))
#define EDGERT_W_U16(p) (*(p))
#define EDGERT_W_U32(p) (*(p))
#define EDGERT_W_F64(p) (*(p))
#endif

/* ---- fused tails ------------------------------------------------------------------------
 *
 * What follows a kernel elementwise (bias is not part of it): y[i] = tail(v, operands, i, c), where
 * v is the kernel's result for the output element at offset i of y (in elements, y's own strides),
 * c its channel (the index along the innermost axis), operands the extra tensors (a residual ...
 * laid out as y). The compiler prints the function; NULL means identity. With EDGERT_INLINE it is
 * inlined. A vector tail does the same for the lanes i, i+1, ... of one pixel. A kernel row states
 * which it takes; a kernel that takes vector tails also takes the scalar one for the remaining
 * lanes. */
typedef float (*edgert_tail_f32)(float v, const void *const *operands, edgert_int i, edgert_int c);

/* Signatures: const struct edgert_X *p, the inputs in ONNX's order, the outputs, `void *scratch`
 * (kernels in vec/ take it always; NULL where the plan gave none), the tail; kernels in vec/ the
 * vector tail; operands. */

/* ---- conv2d: Conv with 1 or 2 spatial axes ----------------------------------------------
 *
 *  y[n,oh,ow,oc] = tail(b[oc] + sum over kh,kw,ic of
 *                       x[n, oh*sh - pt + kh*dh, ow*sw - pl + kw*dw, g*cig + ic]
 *                       * w[oc][kh][kw][ic])
 *
 * with g = oc / (co/groups), cig = ci/groups, and x = 0 outside. One spatial axis: ih = oh =
 * kh = 1. x points at pixel (0,0) of image 0. When x_halo is 1 the pixels outside, as far as the
 * window reaches, exist in memory and hold 0, so no bounds test is needed. b may be NULL (zero).
 * w: the layout that the kernel's row names:
 *   ref   [co][kh][kw][cig]
 *   vec   see vec/conv2d_f32.c
 *
 *	conv2d  p, x, w, b, y, [scratch,] tail, operands
 *
 * Weights of 8 or 4 bits with scales s, see ref/conv2d_packed.c; block: how many of the cig share
 * one, 0: all of an output channel's weights do.
 *
 *	conv2d_f32w8, conv2d_f32w4  p, x, w, s, b, y, tail, operands
 *
 * and with zero points z, see vec/conv2d_packed.c:
 *
 *	conv2d_f32w8, conv2d_f32w4, conv2d_f32w2  p, x, w, s, z, b, y, scratch, tail, vtail, operands
 */
struct edgert_conv2d {
	edgert_int n;
	edgert_int ih, iw, ci;
	edgert_int oh, ow, co;
	edgert_int kh, kw, sh, sw, dh, dw, pt, pl;
	edgert_int groups;
	edgert_int x_image, x_row, x_pixel; /* strides of x in elements */
	edgert_int y_image, y_row, y_pixel; /* strides of y */
	edgert_int x_halo;
	edgert_int mr, nv, block; /* register tile, see vec/conv2d_f32.c */
	/* Quantized forms only, see "requantization" below. */
	edgert_int x_zero, y_zero, lo, hi, shift, fits;
};

/* ---- requantization: what follows every integer sum
 *
 *  y = clamp(scaled(acc, c) + y_zero, lo, hi)
 *
 *	EDGERT_FIXED 0	scaled = round(acc * factor[c]) in float32, ties to even
 *	EDGERT_FIXED 1	scaled = floor(acc * multiplier[c] / 2^(32 + shift) + 1/2), exact
 *
 * EDGERT_FIXED is one macro for a whole model (a profile without an FPU sets it: no float operation
 * is left), so that neither form costs the other anything. lo and hi hold the fused activation. A
 * multiplier is round(scale * 2^(32 + shift)), below 2^31, and shift is 0 wherever the scales of the layer are
 * below 1/2 and the bound of acc keeps its error under 1/64: then scaled is one rounding high
 * multiply (SMMULR, VRMULH, mulh and a carry). fits is 1 where all factors are below 1, so that scaled
 * fits 32 bits.
 *
 * Per channel a kernel reads `q`, int32: by default [co][2] = bias, then the factor's bits or the
 * multiplier; a kernel's row may name another order. bias includes -x_zero * (sum of the channel's
 * weights), so sums are over plain x, and x outside the image is x_zero.
 *
 * Activations are s8, or u8 on targets whose dot products want them unsigned (a pass makes all of a
 * model's of one kind). Weights are s8, with zero point 0. acc never overflows: the compiler has
 * bounded it from the weights.
 *
 * conv2d_s8s32 ... give the sums themselves, y in int32. conv2d_s8w4 ... have weights of 4 bits, two to
 * a byte, in an order of their own.
 *
 *	conv2d_s8, conv2d_u8	p (struct edgert_conv2d), x, w, q, y, scratch
 *	gemm_s8, gemm_u8	p (struct edgert_gemm), a, w, q, y, scratch
 *	matmul_s8, matmul_u8	p (struct edgert_gemm), a, w, scale, y, scratch		both are activations, the
 *				scale is one number for all columns; w_zero is w's, k below 2^15
 */

/* ---- add: sum of two quantized images of one shape, channels innermost; in place allowed
 *
 *	EDGERT_FIXED 0	y = clamp(round(a * f[0] + (b * f[1] + f[2])), lo, hi), in float32, ties to even
 *	EDGERT_FIXED 1	y = clamp(floor((a * m[0] + b * m[1] + m[2]) / 2^shift), lo, hi)
 *
 * q holds the three numbers m, or the bits of f; zero points are in the last. No sum of the integer
 * form leaves 32 bits. With `fused`, a product in float and its addition are rounded once.
 *
 *	add_s8, add_u8	p, a, b, q, y
 */
struct edgert_add {
	edgert_int n, h, w, c;
	edgert_int a_image, a_row, a_pixel; /* strides in elements */
	edgert_int b_image, b_row, b_pixel;
	edgert_int y_image, y_row, y_pixel;
	edgert_int shift, lo, hi;
	edgert_int fused;
};

/* ---- rows: n bytes side by side, element by element; no alignment; y may be x, a or b
 *
 * No kernel is chosen for these: what is left of a graph's integer operators after fusion is loops,
 * and one whose innermost loop has such a shape calls them (compiler/codegen/rows.c), once for each
 * row. Everything but the pointers and n is a constant as a rule, so all but lut_s8 are inlined.
 *
 *	row_lut_s8	y, x, table, n				y = table[(uint8_t)x], bytes of any kind
 *	row_flip_s8	y, x, n					y = x ^ 128, bytes of any kind
 *	row_add_s8	y, a, b, p, q, c, shift, lo, hi, n	y = clamp(floor((c + q * b + p * a) / 2^shift), lo, hi);
 *								no sum leaves 32 bits
 *	row_add_f32_s8	y, a, b, p, q, c, lo, hi, n		y = clamp(round((c + q * b) + p * a), lo, hi), each
 *								product and sum rounded to float32; lo <= 0 <= hi
 *	row_mul_s8	y, a, b, a_zero, b_zero, m, bits, zero, lo, hi, n
 *			y = clamp(floor((a - a_zero) * (b - b_zero) * m / 2^bits + 1/2) + zero, lo, hi), exact;
 *			1 <= bits <= 62
 *	row_mul_f32_s8	y, a, b, a_zero, b_zero, scale, zero, lo, hi, n
 *			y = clamp(round((a - a_zero) * (b - b_zero) * scale + zero), lo, hi), the integer
 *			product as a float32, which is rounded after each operation; lo <= 0 <= hi
 *	row_quantize_f32_s8	y, x, by, zero, n	y = saturated(round(x / by) + zero), x float32; NaN gives 0
 *	row_linear_f32_s8	y, a, b, c, d, across, down, by, zero, n
 *			y = saturated(round((u + (v - u) * down) / by) + zero), u = a + (b - a) * across and
 *			v = c + (d - c) * across, each operation rounded to float32; NaN gives 0
 *	row_softmax_f32_s8	y, x, table, by, zero, lo, hi, n
 *			y = clamp(round(e / sum / by) + zero, lo, hi), e = table[max - x], max the greatest x and sum of
 *			all e in order, in float32; lo - zero <= 0 <= hi - zero; y is not x
 */

/* ---- pool2d: MaxPool and AveragePool, global too, 1 or 2 spatial axes, channels innermost
 *
 * max: over the window's pixels inside x. average: sum over the pixels inside, divided by their
 * number, or by kh*kw when count_pad is 1 (then the window is clipped to the padded extent, [-pt,
 * ih + pb), as ONNX counts).
 *
 *	maxpool2d, averagepool2d  p, x, y, [scratch,] tail, operands
 *
 * Of bytes, without tail: maxpool2d_u8 p, x, y; averagepool2d_u8 p, x, factor, y, where the sum of
 * x - x_zero inside is requantized by factor[number that divides], or factor[0] when factors is 1.
 * The same of s8, whose factors are multipliers, or floats' bits; a single one is `scale`, too, where C compilers
 * see the number.
 */
struct edgert_pool2d {
	edgert_int n;
	edgert_int ih, iw, c;
	edgert_int oh, ow;
	edgert_int kh, kw, sh, sw, dh, dw, pt, pl, pb, pr;
	edgert_int count_pad;
	edgert_int x_image, x_row, x_pixel;
	edgert_int y_image, y_row, y_pixel;
	edgert_int x_zero, y_zero, lo, hi, factors, shift, scale; /* quantized averagepool2d */
};

/* ---- gemm: C[b] = tail(alpha-free product) ----------------------------------------------
 *
 *  y[b][i][j] = tail(bias[j] + sum over k of a[b][i][k] * w[b][k][j])
 *
 * Element strides a_batch/a_row (a_col = 1) and w_* as below; batch stride 0 broadcasts. bias may
 * be NULL.
 *   gemm_f32    w is a constant packed at compile time (a fully connected layer, a pointwise
 *               convolution)
 *   matmul_f32  both are activations: w has element strides w_batch, w_row, w_col, one of w_row
 *               and w_col is 1
 */
struct edgert_gemm {
	edgert_int batch, m, n, k;
	edgert_int a_batch, a_row, a_col;
	edgert_int w_batch, w_row, w_col;
	edgert_int y_batch, y_row; /* y_col = 1 */
	edgert_int mr, nv, block;  /* register tile, see vec/gemm_f32.c */
	edgert_int direct;         /* matmul_f32 vec: w is read in place */
	/* Quantized forms only; x_zero is a's, w_zero that of an activation w. */
	edgert_int x_zero, w_zero, y_zero, lo, hi, shift, fits;
};

/* ---- softmax over the innermost axis, rows of n elements; in place allowed --------------
 *
 *	softmax  p, x, y
 */
struct edgert_softmax {
	edgert_int rows, n;
	edgert_int x_row, y_row;
	edgert_int log; /* 1: LogSoftmax */
};

/* ---- layer norm over the innermost axis: y = (x - mean) / sqrt(variance + epsilon) * scale + bias
 *
 * scale and bias have n elements; bias may be NULL. In place allowed.
 *
 *	layer_norm  p, x, scale, bias, y
 */
struct edgert_layer_norm {
	edgert_int rows, n;
	edgert_int x_row, y_row;
	float epsilon;
};

/* ---- recurrence: LSTM, GRU, RNN, with ONNX's semantics (layout 0) -----------------------
 *
 * Gate order as ONNX: LSTM i,o,f,c; GRU z,r,h; RNN one. ONNX's own layouts for `ref` (a vec kernel
 * packs), d being the direction:
 *   w       [d][gates*hidden][input]
 *   r       [d][gates*hidden][hidden]
 *   b       [d][2*gates*hidden] or NULL
 *   p       [d][3*hidden] or NULL: LSTM peepholes i,o,f
 *   x       [seq][batch][input] by strides
 *   lens    int32 [batch] or NULL; what y has after a row's length is 0
 *   h0, c0  [d][batch][hidden] or NULL (zero)
 *   y       [seq][d][batch][hidden] or NULL
 *   y_h, y_c  [d][batch][hidden] or NULL
 * scratch: (gates + 2) * hidden floats for `ref`. clip bounds the sums that go into the gates (not
 * the cell state that goes into LSTM's h: so does ONNX Runtime).
 *
 *	lstm  p, x, w, r, b, lens, h0, c0, p, y, y_h, y_c, scratch
 *	gru   p, x, w, r, b, lens, h0, y, y_h, scratch          rnn  the same
 */
enum edgert_activation {
	EDGERT_SIGMOID,
	EDGERT_TANH,
	EDGERT_RELU,
	EDGERT_AFFINE,
	EDGERT_LEAKY_RELU,
	EDGERT_THRESHOLDED_RELU,
	EDGERT_SCALED_TANH,
	EDGERT_HARD_SIGMOID,
	EDGERT_ELU,
	EDGERT_SOFTSIGN,
	EDGERT_SOFTPLUS
};
struct edgert_recurrence {
	edgert_int seq, batch, input, hidden, directions;
	edgert_int reverse;       /* with one direction: it runs backwards */
	edgert_int x_step, x_row; /* strides of x: seq, batch */
	edgert_int y_step, y_dir, y_row;
	edgert_int h_dir, h_row; /* strides of h0, c0, y_h, y_c */
	float clip;              /* 0: none */
	int input_forget;        /* LSTM: couple */
	int linear_before_reset; /* GRU */
	int act[6]; /* enum edgert_activation; per direction f,g,h (LSTM), f,g (GRU), f (RNN) */
	float alpha[6], beta[6];
	edgert_int mr, nv, rr, rv; /* register tiles, see vec/recurrence.h */
};

/* ---- recurrence_q: LSTM, GRU and RNN of integers, with ONNX's semantics and default activations
 *
 * Weights are s8, w [d][gates][hidden][input], r [d][gates][hidden][hidden], packed as isa/recurrence_q.h
 * says; x is s8, u8 or s16. The
 * hidden state and what becomes of it, y, y_h, h0, are s16 in units of 2^-15, the cell's, c0, y_c, s32
 * in units of 2^-20. Of each row, q has five numbers, [d][gates][5][hidden]: q0 ... q4. With
 *
 *	X = scaled(q0 + sum x * w, q1, x_shift) + q3       H = scaled(sum h * r, q2, h_shift) + q4
 *	scaled(a, m, shift) = floor(a * m / 2^(32 + shift) + 1/2), between -2^29 and 2^29
 *
 * X + H is what goes into a gate, in units of 2^-20, between -clip and clip unless that is 0. tanh is
 * interpolated between the entries of table, tanh(i / 64) * 2^15 for i in [0, 512]; the sigmoid of v is
 * (1 + tanh(v / 2)) / 2. LSTM's peepholes [d][3*hidden], or NULL, are s32 in units of 2^-20; what they give
 * is between -2^28 and 2^28. Products of states are rounded to the nearest unit once, halves up. No sum
 * leaves 32 bits: the compiler has bounded them from the weights. Sizes, strides, lens and outputs
 * that may be NULL as for recurrence. scratch: (gates + 2) * hidden int32, then input + 2 * hidden int16,
 * each of the three in whole runs.
 *
 *	lstm      p, x, w, r, q, lens, h0, c0, table, peepholes, y, y_h, y_c, scratch
 *	gru, rnn  p, x, w, r, q, lens, h0, table, y, y_h, scratch
 */
struct edgert_recurrence_q {
	edgert_int seq, batch, input, hidden, directions;
	edgert_int reverse;
	edgert_int x_step, x_row;
	edgert_int y_step, y_dir, y_row;
	edgert_int h_dir, h_row;
	edgert_int x_shift, h_shift;
	edgert_int input_forget, linear_before_reset;
	int32_t clip;
};

/* ---- recurrence_any: the same with activations of any kind, whose states have bounds of their own
 *
 * Everything but x and the weights is s32, between -2^30 and 2^30, saturated, in units of a power of two: gates
 * (what goes by ONNX's first activation; RNN has none) of 2^-gate_bits, states h, y, y_h, h0 and cells c0, y_c as
 * the compiler chose, which q, curves and peephole_bits have in them. Matrices are not packed. x has an enum
 * edgert_recurrence_type; u16 is read less 2^15, as q0 knows. Products are rounded to the nearest unit once,
 * halves up.
 *
 *	X = sum x * w + q0, times q1 / 2^(32 + x_shift), + q3     H = sum h * r times q2 / 2^(32 + h_shift), + q4
 *
 * with h_shift >= -16; base.clip is for sums that go into gates, new_clip for those of LSTM's c, GRU's h and RNN.
 * A peephole times c is divided by 2^peephole_bits. curves begins with the places in it of each activation,
 * [d][f, g, h]: { segments, shift, bend_shift, then of each segment from, value, slope, bend }, whose y is, with
 * d = v - from of the last segment with from <= v,
 *
 *	value + d * (slope + floor(d * bend / 2^bend_shift)) / 2^shift
 *
 * scratch: (gates + 4) * hidden int32, then input + 2 * hidden int16.
 *
 *	any  p, x, w, r, q, lens, h0, c0, curves, peepholes, y, y_h, y_c, scratch
 */
enum edgert_recurrence_type { EDGERT_RA_S8, EDGERT_RA_U8, EDGERT_RA_S16, EDGERT_RA_U16 };
struct edgert_recurrence_any {
	struct edgert_recurrence_q base;
	edgert_int gates; /* LSTM 4, GRU 3, RNN 1 */
	edgert_int type;
	edgert_int gate_bits, peephole_bits;
	int32_t new_clip;
};

/* ---- topk: the k greatest (or least) elements along an axis, the earlier of equals first ---
 *
 * x [outer][n][inner] row-major of element type `type` (enum edgert_type, size bytes each); values
 * and indices [outer][k][inner]. k <= n. values may be NULL.
 *
 *	topk  p, x, values, indices
 */
struct edgert_topk {
	edgert_int type, size;
	edgert_int outer, n, inner, k;
	edgert_int largest;
};

/* ---- scatter: data with elements replaced or combined, of any type; in place allowed (y is data)
 *
 * All tensors row-major. type is an enum edgert_type, size its bytes; index64: indices are int64,
 * else int32.
 *   scatterelements  indices and updates [shape[0..rank)], `updates` elements;
 *                    extent, stride: of data's axes
 *   scatternd        indices [updates][rank], updates [updates][slice];
 *                    extent, stride: of data's first rank axes
 * count: elements of data. The result is an enum edgert_status: EDGERT_ERROR_VALUE for an index out
 * of range, and then y is incomplete.
 *
 *	scatterelements, scatternd  p, data, indices, updates, y
 */
enum edgert_scatter_reduction {
	EDGERT_SCATTER_NONE,
	EDGERT_SCATTER_ADD,
	EDGERT_SCATTER_MUL,
	EDGERT_SCATTER_MAX,
	EDGERT_SCATTER_MIN
};
#define EDGERT_SCATTER_RANK 8
struct edgert_scatter {
	edgert_int type, size;
	edgert_int reduction, index64;
	edgert_int count, updates, slice;
	edgert_int rank, axis;
	edgert_int shape[EDGERT_SCATTER_RANK], extent[EDGERT_SCATTER_RANK],
		stride[EDGERT_SCATTER_RANK];
};

/* ---- cumsum: y[k] = x[0] + .. + x[k] along the middle axis of [outer][n][inner]; in place allowed
 *
 * exclusive: without x[k]; reverse: from the other end. type is an enum edgert_type of 32 or 64
 * bits, or a half.
 *
 *	cumsum  p, x, y
 */
struct edgert_cumsum {
	edgert_int type;
	edgert_int outer, n, inner;
	edgert_int exclusive, reverse;
};

/* ---- results whose number is known only at run time: the kernel returns how many items it wrote
 *
 * type and size as for topk, size 0: strings. The first axis of y that is not given by p is as long as the result
 * says.
 *   nonzero    y [rank][result]: coordinates of the elements of x [shape] that are not 0, or not empty;
 *              count: all elements
 *   compress   y [outer][result][inner]: the items of x [outer][n][inner] where condition
 *              [conditions] is not 0
 *   unique     the distinct items of x [outer][n][inner], in order or, not sorted, by first
 *              occurrence: y [outer][result][inner], indices [result], inverse [n], counts
 *              [result], each may be NULL; scratch: 3 * n edgert_int
 *   nonmaxsuppression_f32
 *              boxes [batch][n][4], scores [batch][classes][n]; most (boxes per class), iou and
 *              least (score) point at one element or are NULL: none, 0, no bound.
 *              y [result][3]: batch, class, box. scratch: n edgert_int
 *
 *	nonzero  p, x, y                            compress           p, x, condition, y
 *	unique   p, x, y, indices, inverse, counts, scratch
 *	nonmaxsuppression  p, boxes, scores, most, iou, least, y, scratch
 */
#define EDGERT_NONZERO_RANK 8
struct edgert_nonzero {
	edgert_int type, count, rank;
	edgert_int shape[EDGERT_NONZERO_RANK];
};
struct edgert_compress {
	edgert_int size;
	edgert_int outer, n, inner, conditions;
};
struct edgert_unique {
	edgert_int type, size;
	edgert_int outer, n, inner;
	edgert_int sorted;
};
struct edgert_nms {
	edgert_int batch, classes, n;
	edgert_int centre; /* boxes are x, y, width, height instead of two corners y, x, y, x */
};

/* ---- trees: what the leaves that each row of x [rows][columns] reaches add up to, y [rows][targets]
 *
 * Types: T is float (_f32) or double (_f64), W uint16_t (_u16) or uint32_t (_u32). Node i is values[i],
 * info[i] and skip[i]; its first branch is node i + 1, the other one node i + skip[i]. info is a test, a
 * flag, and the feature (a column of x) times EDGERT_TREE_FEATURE:
 *
 *	LEQ     x <= value             EQ      x == value
 *	MEMBER  x is one of the members[value] numbers that follow members[value]
 *	        the flag sends NaN to the first branch, else it goes to the other one
 *	LEAF    no flag: one weight, `value`, for the target in the feature's place
 *	        flag: skip weights from weights[value] on, for targets from targets[value] on, or, when
 *	        targets is NULL, for all in their order
 *
 * plain: every test is LEQ without flag. roots [trees] are nodes. base [targets] is added at the end; weights,
 * targets, members, base may be NULL. A target that no leaf names is 0 before base.
 *
 *	trees  p, x, values, info, skip, roots, weights, targets, members, base, y
 */
enum edgert_tree_aggregate {
	EDGERT_TREE_AVERAGE, /* the sum over the number of trees */
	EDGERT_TREE_SUM,
	EDGERT_TREE_MIN,
	EDGERT_TREE_MAX
};
#define EDGERT_TREE_LEQ 0
#define EDGERT_TREE_EQ 1
#define EDGERT_TREE_MEMBER 2
#define EDGERT_TREE_LEAF 3
#define EDGERT_TREE_TEST 3 /* mask of the four above */
#define EDGERT_TREE_FLAG 4
#define EDGERT_TREE_FEATURE 8
struct edgert_trees {
	edgert_int rows, columns, targets, trees;
	edgert_int aggregate, plain;
};
typedef void edgert_trees_fn(const struct edgert_trees *p, const void *x, const void *values,
			     const void *info, const void *skip, const void *roots,
			     const void *weights, const void *targets, const void *members,
			     const void *base, void *y);

/* ---- strings that are made: each has its place in `text` until the run ends: slot bytes for each of count
 * elements, NUL included. The result is an enum edgert_status (EDGERT_ERROR_CAPACITY: one does not fit), or a
 * number of items, or, negative, that status.
 *
 *   stringconcat      z[i] is x[i] and y[i]; a status
 *   stringnormalizer  y [result]: x [count] without the stop words [words], change: 1 in lower case, 2 in
 *                     upper case; one empty string when nothing is left
 *   stringsplit       y [count][result]: the parts of x[i] between the delimiter d[0] (empty: white space), at most
 *                     maxsplit + 1 of them (maxsplit < 0: all), then empty strings; lengths [count]. parts: the
 *                     most there is room for in a row. y and lengths may be NULL
 *   regexfullmatch    y[i]: program (regex.h) matches all of x[i]; scratch as there
 *   tokenizer         y [count][result]: tokens of x[i] of `least` characters or more, then pad[0]; with `mark`
 *                     between \002 and \003. programs [programs] are where in the same table each program
 *                     stands. text has a slot more; scratch: of the longest program
 *
 *   numbertext        z[i] is x[i] as text, textnumber the other way round (EDGERT_ERROR_VALUE: x[i] is no
 *                     number); the numbers are int64, uint64 or double, as kind says
 *
 *	stringconcat      p, x, y, z, text       stringnormalizer  p, x, words, y, text
 *	stringsplit       p, x, d, y, lengths, text
 *	regexfullmatch    p, x, program, y, scratch
 *	tokenizer         p, x, programs, pad, y, text, scratch
 *	numbertext        p, x, z, text          textnumber        p, x, y
 */
struct edgert_strings {
	edgert_int count, slot;
};
struct edgert_stringnormalizer {
	edgert_int count, slot, words, change, sensitive;
};
struct edgert_stringsplit {
	edgert_int count, slot, parts, maxsplit;
};
enum edgert_tokens_mode {
	EDGERT_TOKENS_CHARACTERS,
	EDGERT_TOKENS_SEPARATED, /* the programs match what lies between */
	EDGERT_TOKENS_MATCHED    /* the program matches tokens */
};
struct edgert_tokenizer {
	edgert_int count, slot, parts;
	edgert_int mode, mark, least, programs;
};
enum edgert_number_kind { EDGERT_NUMBER_SIGNED, EDGERT_NUMBER_UNSIGNED, EDGERT_NUMBER_FLOAT };
struct edgert_number_text {
	edgert_int count, slot, kind;
};

/* ---- couple: y [rows][classes], probabilities of classes from x [rows][classes * (classes - 1) / 2], those of
 * class i against class j > i. scratch: classes * (classes + 1) floats.
 *
 *	couple  p, x, y, scratch
 */
struct edgert_couple {
	edgert_int rows, classes;
};

/* ---- matrices: count square ones, [n][n] each; T is float (_f32) or double (_f64)
 *
 *	determinant  p, x, y [count], scratch: n * n T
 *	inverse      p, x, y [count][n][n], scratch: n * n T       of a singular one: infinities and NaN
 */
struct edgert_matrices {
	edgert_int count, n;
};

/* ---- roi: regions of x [batch][channels][height][width], each as y [channels][out_height][out_width]; T is float
 * (_f32) or double (_f64). Coordinates are those of x's elements.
 *
 *   roi_align    rois [rois][4] are x0, y0, x1, y1 (half_pixel: half an element less), images [rois] whose they are.
 *                Each bin is the mean (maximum: the greatest weighted neighbour) of sampling x sampling points,
 *                0: of one per element, EDGERT_ROI_SAMPLES at most along an axis
 *   roi_maxpool  rois [rois][5] are an image, x0, y0, x1, y1, rounded, both ends inside; the greatest element that a
 *                bin touches, 0 when there is none
 *
 *	roi_align  p, x, rois, images, y            roi_maxpool  p, x, rois, y
 */
#define EDGERT_ROI_SAMPLES 16384
struct edgert_roi {
	edgert_int batch, channels, height, width, rois, out_height, out_width;
	edgert_int sampling, maximum, half_pixel; /* roi_align */
};

/* ---- linear_attention: q [batch][time][heads][group][size], k [batch][time][heads][size],
 * v [batch][time][heads][value]; a state [batch][heads][size][value], from past (NULL: zeros) to state;
 * y [batch][time][heads][group][value].
 *
 * decay: 0 none, 1 a factor per head, decay [batch][time][heads], 2 one per row of the state, [..][heads][size].
 * delta: 0 none, 1 beta [batch][time], 2 beta [batch][time][heads]. scratch: value floats.
 *
 *	linear_attention  p, q, k, v, past, decay, beta, y, state, scratch
 */
struct edgert_linear_attention {
	edgert_int batch, time, heads, group, size, value;
	edgert_int decay, delta;
};

#endif
