/* Quantized models: what the operators between DequantizeLinear and QuantizeLinear become, and that
 * it computes the same: to the bit, or within one step where a definition allows it. */
#include "pass_check.h"

#define BYTES .lo = -128, .hi = 127
/* One step of a result whose largest element is at least 64. */
#define ONE_STEP .tolerance = 1.0 / 64

static const struct pass_case cases[] = {
	{ .name = "conv",
	  BYTES,
	  .before = "g (int8[1,1,2,2] x) => (int8[1,2,2,2] y) <float s = {0.5}, float t = {0.25},"
		    " int8 z = {3}, int8 p = {-4}, int8[2,1,1,1] w = {2, -3}, float ws = {0.125},"
		    " int32[2] b = {7, 9}, float bs = {0.0625}>"
		    "{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, ws)"
		    "  db = DequantizeLinear(b, bs) c = Conv(dx, dw, db) r = Relu(c)"
		    "  y = QuantizeLinear(r, t, p) }",
	  .after =
		  "g (int8[1,1,2,2] x) => (int8[1,2,2,2] y) <int8[2,1,1,1] w = {2, -3},"
		  " float[1] f = {0.25}, int32[2] b = {7, 9}>"
		  "{ y = edgecc.QConv<x_zero = 3, to = 3, y_zero = -4, lo = -4, hi = 127>(x, w, f, b) }" },
	{ .name = "conv_per_channel_asymmetric_weights_float_bias",
	  BYTES,
	  .before = "g (uint8[1,1,1,2] x) => (uint8[1,2,1,2] y) <float s = {0.5}, float t = {8},"
		    " uint8 z = {100}, uint8[2,1,1,1] w = {130, 0}, float[2] ws = {1, 2},"
		    " uint8[2] wz = {128, 3}, float[2] b = {7, 9}>"
		    "{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear<axis = 0>(w, ws, wz)"
		    "  c = Conv(dx, dw, b) m = Clip(c) y = QuantizeLinear(m, t, z) }",
	  .after =
		  "g (uint8[1,1,1,2] x) => (uint8[1,2,1,2] y) <int8[2,1,1,1] w = {2, -3},"
		  " float[2] f = {0.0625, 0.125}, int32[2] b = {14, 9}>"
		  "{ y = edgecc.QConv<x_zero = 100, to = 2, y_zero = 100, lo = 0, hi = 255>(x, w, f, b) }" },
	/* 200 - 0 has no place in 8 bits: the definition computes with 16 */
	{ .name = "weights_beyond_8_bits",
	  BYTES,
	  .before = "g (int8[1,1,1,2] x) => (int8[1,1,1,2] y) <float s = {0.5},"
		    " uint8[1,1,1,1] w = {200}, int8 z = {0}>"
		    "{ dx = DequantizeLinear(x, s) dw = DequantizeLinear(w, s) c = Conv(dx, dw)"
		    "  y = QuantizeLinear(c, s, z) }",
	  .after =
		  "g (int8[1,1,1,2] x) => (int8[1,1,1,2] y) <int16[1,1,1,1] w = {200}, float[1] f = {0.5}>"
		  "{ y = edgecc.QConv<to = 3, lo = -128, hi = 127>(x, w, f) }" },
	STAYS("scale_zero",
	      "g (int8[1,1,2,2] x) => (int8[1,1,2,2] y) <float s = {0}, float t = {0.25},"
	      " int8 z = {3}, int8[1,1,1,1] w = {2}>"
	      "{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, t) c = Conv(dx, dw)"
	      "  y = QuantizeLinear(c, t, z) }"),
	STAYS("result_read_in_float_too",
	      "g (int8[1,1,1,1] x) => (int8[1,1,1,1] y, float[1,1,1,1] c) <float s = {0.5},"
	      " int8[1,1,1,1] w = {2}, int8 z = {0}>"
	      "{ dx = DequantizeLinear(x, s) dw = DequantizeLinear(w, s) c = Conv(dx, dw)"
	      "  y = QuantizeLinear(c, s, z) }"),
	{ .name = "gemm_transposed",
	  BYTES,
	  .before =
		  "g (int8[2,2] x) => (int8[2,3] y) <float s = {0.5}, int8 z = {0},"
		  " int8[3,2] w = {1, 2, 3, 4, 5, 6}, float[3] ws = {1, 2, 4}, int32[3] b = {1, 2, 3},"
		  " float[3] bs = {0.5, 1, 2}>"
		  "{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear<axis = 0>(w, ws)"
		  "  db = DequantizeLinear<axis = 0>(b, bs) c = Gemm<transB = 1>(dx, dw, db)"
		  "  y = QuantizeLinear(c, s, z) }",
	  .after = "g (int8[2,2] x) => (int8[2,3] y) <int8[2,3] w = {1, 3, 5, 2, 4, 6},"
		   " float[3] f = {1, 2, 4}, int32[3] b = {1, 2, 3}>"
		   "{ y = edgecc.QMatMul<to = 3, lo = -128, hi = 127>(x, w, f, b) }" },
	{ .name = "matmul_and_bias",
	  BYTES,
	  .before = "g (int8[2,2] x) => (int8[2,2] y) <float s = {0.5}, float t = {4},"
		    " int8[2,2] w = {1, 2, 3, 4}, float[2] b = {8, -8}, int8 z = {1}>"
		    "{ dx = DequantizeLinear(x, s) dw = DequantizeLinear(w, s) m = MatMul(dx, dw)"
		    "  c = Add(b, m) y = QuantizeLinear(c, t, z) }",
	  .after =
		  "g (int8[2,2] x) => (int8[2,2] y) <int8[2,2] w = {1, 2, 3, 4}, float[1] f = {0.0625},"
		  " int32[2] b = {32, -32}>"
		  "{ y = edgecc.QMatMul<to = 3, y_zero = 1, lo = -128, hi = 127>(x, w, f, b) }" },
	{ .name = "matmul_of_activations",
	  BYTES,
	  .before =
		  "g (int8[2,2,3] x, uint8[2,3,2] w) => (int8[2,2,2] y) <float s = {0.5}, float t = {64},"
		  " int8 z = {3}, uint8 p = {100}>"
		  "{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, s, p) m = MatMul(dx, dw)"
		  "  y = QuantizeLinear(m, t, z) }",
	  .after =
		  "g (int8[2,2,3] x, uint8[2,3,2] w) => (int8[2,2,2] y) <float[1] f = {0.00390625}>"
		  "{ y = edgecc.QMatMul<x_zero = 3, w_zero = 100, to = 3, y_zero = 3, lo = -128, hi = 127>(x, w, f) }" },
	{ .name = "qlinear_conv",
	  BYTES,
	  .before = "g (uint8[1,1,1,2] x) => (uint8[1,2,1,2] y) <float s = {0.5}, float t = {8},"
		    " uint8 z = {100}, int8[2,1,1,1] w = {2, -3}, float[2] ws = {1, 2},"
		    " int8[2] wz = {0, 0}, int32[2] b = {14, 9}>"
		    "{ y = QLinearConv(x, s, z, w, ws, wz, t, z, b) }",
	  .after =
		  "g (uint8[1,1,1,2] x) => (uint8[1,2,1,2] y) <int8[2,1,1,1] w = {2, -3},"
		  " float[2] f = {0.0625, 0.125}, int32[2] b = {14, 9}>"
		  "{ y = edgecc.QConv<x_zero = 100, to = 2, y_zero = 100, lo = 0, hi = 255>(x, w, f, b) }" },
	{ .name = "qlinear_matmul_of_activations",
	  BYTES,
	  .before =
		  "g (int8[2,3] x, int8[3,2] w) => (int8[2,2] y) <float s = {0.5}, float t = {64}, int8 z = {3}>"
		  "{ y = QLinearMatMul(x, s, z, w, s, z, t, z) }",
	  .after =
		  "g (int8[2,3] x, int8[3,2] w) => (int8[2,2] y) <float[1] f = {0.00390625}>"
		  "{ y = edgecc.QMatMul<x_zero = 3, w_zero = 3, to = 3, y_zero = 3, lo = -128, hi = 127>(x, w, f) }" },
	{ .name = "add_relu",
	  BYTES,
	  .before =
		  "g (int8[2,3] a, int8[3] b) => (int8[2,3] y) <float s = {0.5}, float t = {0.25},"
		  " int8 z = {3}, int8 p = {-4}>"
		  "{ da = DequantizeLinear(a, s, z) db = DequantizeLinear(b, t, p) c = Add(da, db)"
		  "  r = Relu(c) y = QuantizeLinear(r, s, p) }",
	  .after = "g (int8[2,3] a, int8[3] b) => (int8[2,3] y) <float[3] f = {1, 0.5, -5}>"
		   "{ y = edgecc.QAdd<to = 3, lo = -4, hi = 127>(a, b, f) }" },
	{ .name = "sub",
	  BYTES,
	  .before =
		  "g (int8[2] a, int8[2] b) => (int8[2] y) <float s = {0.5}, int8 z = {3}>"
		  "{ da = DequantizeLinear(a, s, z) db = DequantizeLinear(b, s, z) c = Sub(da, db)"
		  "  y = QuantizeLinear(c, s, z) }",
	  .after = "g (int8[2] a, int8[2] b) => (int8[2] y) <float[3] f = {1, -1, 3}>"
		   "{ y = edgecc.QAdd<to = 3, lo = -128, hi = 127>(a, b, f) }" },
	{ .name = "mul",
	  BYTES,
	  .before =
		  "g (int8[4] a, int8[4] b) => (int8[4] y) <float s = {0.5}, float t = {16}, int8 z = {3}>"
		  "{ da = DequantizeLinear(a, s, z) db = DequantizeLinear(b, s) c = Mul(da, db)"
		  "  y = QuantizeLinear(c, t, z) }",
	  .after =
		  "g (int8[4] a, int8[4] b) => (int8[4] y) <float[1] f = {0.015625}>"
		  "{ y = edgecc.QMul<a_zero = 3, to = 3, y_zero = 3, lo = -128, hi = 127>(a, b, f) }" },
	{ .name = "average_pool",
	  BYTES,
	  .before =
		  "g (int8[1,2,4,4] x) => (int8[1,2,2,2] y) <float s = {0.5}, int8 z = {3}>"
		  "{ d = DequantizeLinear(x, s, z) a = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(d)"
		  "  y = QuantizeLinear(a, s, z) }",
	  .after =
		  "g (int8[1,2,4,4] x) => (int8[1,2,2,2] y) <float[1] f = {0.25}>"
		  "{ y = edgecc.QAveragePool<kernel_shape = [2, 2], strides = [2, 2], x_zero = 3, to = 3,"
		  " y_zero = 3, lo = -128, hi = 127>(x, f) }" },
	{ .name = "padded_average_pool_divides_by_what_is_inside",
	  BYTES,
	  .before =
		  "g (int8[1,1,3] x) => (int8[1,1,3] y) <float s = {0.5}, int8 z = {3}>"
		  "{ d = DequantizeLinear(x, s, z) a = AveragePool<kernel_shape = [2], pads = [0, 1]>(d)"
		  "  y = QuantizeLinear(a, s, z) }",
	  .after =
		  "g (int8[1,1,3] x) => (int8[1,1,3] y) <float[3] f = {0, 1, 0.5}>"
		  "{ y = edgecc.QAveragePool<kernel_shape = [2], pads = [0, 1], x_zero = 3, to = 3,"
		  " y_zero = 3, lo = -128, hi = 127>(x, f) }" },
	{ .name = "global_mean",
	  BYTES,
	  .before =
		  "g (int8[1,2,2,2] x) => (int8[1,2] y) <float s = {0.5}, int8 z = {3}, int64[2] axes = {2, 3}>"
		  "{ d = DequantizeLinear(x, s, z) a = ReduceMean<keepdims = 0>(d, axes)"
		  "  y = QuantizeLinear(a, s, z) }",
	  .after = "g (int8[1,2,2,2] x) => (int8[1,2] y) <float[1] f = {0.25}, int64[2] n = {1, 2}>"
		   "{ a = edgecc.QAveragePool<kernel_shape = [2, 2], x_zero = 3, to = 3,"
		   " y_zero = 3, lo = -128, hi = 127>(x, f) y = Reshape(a, n) }" },
	{ .name = "mean_of_other_axes",
	  BYTES,
	  .before =
		  "g (int8[2,3,4] x) => (int8[3,1] y) <float s = {0.5}, int8 z = {3}, int64[2] axes = {0, 2},"
		  " int64[2] n = {3, 1}>"
		  "{ d = DequantizeLinear(x, s, z) a = ReduceMean<keepdims = 0>(d, axes)"
		  "  q = QuantizeLinear(a, s, z) y = Reshape(q, n) }",
	  .after =
		  "g (int8[2,3,4] x) => (int8[3,1] y) <float[1] f = {0.125}, int64[3] k = {1, 3, 8},"
		  " int64[1] m = {3}, int64[2] n = {3, 1}>"
		  "{ t = Transpose<perm = [1, 0, 2]>(x) i = Reshape(t, k)"
		  "  a = edgecc.QAveragePool<kernel_shape = [8], x_zero = 3, to = 3, y_zero = 3, lo = -128,"
		  "  hi = 127>(i, f) b = Reshape(a, m) y = Reshape(b, n) }" },
	{ .name = "moves_are_of_integers",
	  BYTES,
	  .before =
		  "g (int8[1,2,2,2] x) => (int8[2,2] y) <float s = {0.5}, int8 z = {3}, int64[2] n = {2, 2}>"
		  "{ d = DequantizeLinear(x, s, z) t = Transpose<perm = [0, 2, 3, 1]>(d)"
		  "  m = MaxPool<kernel_shape = [2, 1]>(t) r = Reshape(m, n) y = QuantizeLinear(r, s, z) }",
	  .after = "g (int8[1,2,2,2] x) => (int8[2,2] y) <int64[2] n = {2, 2}>"
		   "{ t = Transpose<perm = [0, 2, 3, 1]>(x) m = MaxPool<kernel_shape = [2, 1]>(t)"
		   "  y = Reshape(m, n) }" },
	{ .name = "concat_of_one_kind",
	  BYTES,
	  .before = "g (int8[2] a, int8[2] b) => (int8[4] y) <float s = {0.5}, int8 z = {3}>"
		    "{ da = DequantizeLinear(a, s, z) db = DequantizeLinear(b, s, z)"
		    "  c = Concat<axis = 0>(da, db) y = QuantizeLinear(c, s, z) }",
	  .after = "g (int8[2] a, int8[2] b) => (int8[4] y) { y = Concat<axis = 0>(a, b) }" },
	{ .name = "pad_with_a_zero_point",
	  BYTES,
	  .before =
		  "g (int8[2] x) => (int8[4] y) <float s = {0.5}, int8 z = {3}, int64[2] p = {1, 1}>"
		  "{ d = DequantizeLinear(x, s, z) c = Pad(d, p) y = QuantizeLinear(c, s, z) }",
	  .after = "g (int8[2] x) => (int8[4] y) <int64[2] p = {1, 1}, int8 z = {3}>"
		   "{ y = Pad(x, p, z) }" },
	/* 0.6 is no multiple of the scale: it is quantized as the results are */
	{ .name = "pad_with_a_real",
	  BYTES,
	  .before =
		  "g (int8[2] x) => (int8[4] y) <float s = {0.5}, int8 z = {3}, int64[2] p = {1, 1}, float v = {0.6}>"
		  "{ d = DequantizeLinear(x, s, z) c = Pad(d, p, v) y = QuantizeLinear(c, s, z) }",
	  .after = "g (int8[2] x) => (int8[4] y) <int64[2] p = {1, 1}, int8 z = {4}>"
		   "{ y = Pad(x, p, z) }" },
	{ .name = "choices_of_one_kind",
	  BYTES,
	  .before =
		  "g (int8[2,3] a, int8[3] b, bool[2,1] c) => (int8[2,3] y) <float s = {0.5}, int8 z = {3}, float t = {1.5}>"
		  "{ da = DequantizeLinear(a, s, z) db = DequantizeLinear(b, s, z) m = Max(da, db)"
		  "  w = Where(c, m, t) y = QuantizeLinear(w, s, z) }",
	  .after = "g (int8[2,3] a, int8[3] b, bool[2,1] c) => (int8[2,3] y) <int8 t = {6}>"
		   "{ m = Max(a, b) y = Where(c, m, t) }" },
	{ .name = "positions_of_extremes",
	  BYTES,
	  .before = "g (int8[2,3] x) => (int64[2,1] y) <float s = {0.5}, int8 z = {3}>"
		    "{ d = DequantizeLinear(x, s, z) y = ArgMin<axis = 1>(d) }",
	  .after = "g (int8[2,3] x) => (int64[2,1] y) { y = ArgMin<axis = 1>(x) }" },
	{ .name = "greatest_of_a_channel",
	  BYTES,
	  .before =
		  "g (int8[1,2,3,3] x) => (int8[1,2,1,1] y) <float s = {0.5}, int8 z = {3}>"
		  "{ d = DequantizeLinear(x, s, z) a = GlobalMaxPool(d) y = QuantizeLinear(a, s, z) }",
	  .after =
		  "g (int8[1,2,3,3] x) => (int8[1,2,1,1] y) { y = MaxPool<kernel_shape = [3, 3]>(x) }" },
	STAYS("what_a_crop_puts_outside_is_a_real",
	      "g (int8[4] x) => (int8[8] y) <float s = {0.5}, int8 z = {3}, float[2] r = {-0.5, 1.5},"
	      " float[1] k = {2}>"
	      "{ d = DequantizeLinear(x, s, z)"
	      "  c = Resize<mode = \"nearest\", coordinate_transformation_mode = \"tf_crop_and_resize\","
	      "  extrapolation_value = 2.0>(d, r, k)"
	      "  y = QuantizeLinear(c, s, z) }"),
};

/* Integers times and plus constants. */
static const struct pass_case scale_cases[] = {
	{ .name = "constants_of_channels",
	  BYTES,
	  .before =
		  "g (int8[1,2,3] x) => (int8[1,2,3] y) <float s = {0.5}, int8 z = {3}, float[2,1] m = {2, -1},"
		  " float[2,1] a = {0.5, 1}>"
		  "{ d = DequantizeLinear(x, s, z) c = Mul(m, d) e = Sub(a, c) r = Relu(e)"
		  "  y = QuantizeLinear(r, s, z) }",
	  .after =
		  "g (int8[1,2,3] x) => (int8[1,2,3] y) <float[2,1] f = {-2, 1}, float[2,1] o = {10, 2}>"
		  "{ y = edgecc.QScale<to = 3, lo = 3, hi = 127>(x, f, o) }" },
	{ .name = "another_quantization_of_16_bits",
	  BYTES,
	  .before =
		  "g (int16[4] x) => (int16[4] y) <float s = {0.5}, int16 z = {3}, float t = {0.25}, int16 p = {-4}>"
		  "{ d = DequantizeLinear(x, s, z) y = QuantizeLinear(d, t, p) }",
	  .after = "g (int16[4] x) => (int16[4] y) <float f = {2}, float o = {-10}>"
		   "{ y = edgecc.QScale<to = 5, lo = -32768, hi = 32767>(x, f, o) }" },
	STAYS("a_recurrence_of_16_bits",
	      "g (int16[1,1,1] x) => (int16[1,1,1,1] y) <float s = {0.01}, float t = {0.0001}, int16 z = {0},"
	      " int8[1,4,1] w = {1, 2, 3, 4}>"
	      "{ d = DequantizeLinear(x, s) dw = DequantizeLinear(w, s) l = LSTM(d, dw, dw)"
	      "  y = QuantizeLinear(l, t, z) }"),
	STAYS("a_state_beyond_1",
	      "g (int8[1,1,1] x, int8[1,1,1] h) => (int8[1,1,1,1] y) <float s = {0.01}, int8 z = {0},"
	      " int8[1,3,1] w = {1, 2, 3}>"
	      "{ d = DequantizeLinear(x, s) dw = DequantizeLinear(w, s) dh = DequantizeLinear(h, s)"
	      "  l = GRU(d, dw, dw, , , dh) y = QuantizeLinear(l, s, z) }"),
};

START_TEST(scales)
{
	check_pass(&pass_absorb, &scale_cases[_i]);
}
END_TEST

START_TEST(fixed_scales)
{
	check_fixed_point(&scale_cases[_i], false);
}
END_TEST

/* Sums of integers: results in int32, and in reals. */
static const struct pass_case integer_cases[] = {
	{ .name = "zero_point_of_run_time",
	  BYTES,
	  .before = "g (uint8[2,2] a, uint8 z) => (int32[2,3] y) <int8[2,3] b = {1, 2, 3, 4, 5, 6}>"
		    "{ y = MatMulInteger(a, b, z) }",
	  .after = "g (uint8[2,2] a, uint8 z) => (int32[2,3] y) <int8[2,3] b = {1, 2, 3, 4, 5, 6},"
		   " float one = {1}, int32[3] sums = {5, 7, 9}>"
		   "{ m = edgecc.QMatMul<to = 6>(a, b, one) c = Cast<to = 6>(z) p = Mul(c, sums)"
		   "  y = Sub(m, p) }" },
	{ .name = "border_of_run_time",
	  BYTES,
	  .before =
		  "g (uint8[1,1,2] x, uint8 z) => (int32[1,2,3] y) <uint8[2,1,2] w = {11, 12, 13, 14}, uint8 p = {10}>"
		  "{ y = ConvInteger<pads = [1, 1], strides = [1]>(x, w, z, p) }",
	  .after =
		  "g (uint8[1,1,2] x, uint8 z) => (int32[1,2,3] y) <int8[2,1,2] w = {1, 2, 3, 4},"
		  " float one = {1}, int64[6] p = {0, 0, 1, 0, 0, 1}, int32[2,1] sums = {3, 7}>"
		  "{ b = Pad(x, p, z) m = edgecc.QConv<strides = [1], to = 6>(b, w, one) c = Cast<to = 6>(z)"
		  "  s = Mul(c, sums) y = Sub(m, s) }" },
	STAYS("rows_with_their_own_zero_points",
	      "g (uint8[2,2] a, uint8[2] z) => (int32[2,3] y) <int8[2,3] b = {1, 2, 3, 4, 5, 6}>"
	      "{ y = MatMulInteger(a, b, z) }"),
	{ .name = "turned_gemm",
	  BYTES,
	  .before =
		  "g (int8[2,1] x) => (int8[1,2] y) <float s = {0.5}, int8 z = {3}, int8[2,2] w = {1, 2, 3, 4}>"
		  "{ d = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, s) c = Gemm<transA = 1>(d, dw)"
		  "  y = QuantizeLinear(c, s, z) }",
	  .after =
		  "g (int8[2,1] x) => (int8[1,2] y) <int8[2,2] w = {1, 2, 3, 4}, float[1] f = {0.5}>"
		  "{ t = Transpose(x)"
		  "  y = edgecc.QMatMul<x_zero = 3, to = 3, y_zero = 3, lo = -128, hi = 127>(t, w, f) }" },
	/* The second channel's sums are far below a step: they are none. */
	{ .name = "dead_channel",
	  BYTES,
	  .before =
		  "g (int8[1,1,1,1] x) => (int8[1,2,1,1] y) <float s = {0.5}, int8 z = {3},"
		  " int8[2,1,1,1] w = {2, 3}, float[2] ws = {0.5, 1e-15}, int32[2] b = {4, -2147483648},"
		  " float[2] bs = {0.25, 5e-16}>"
		  "{ d = DequantizeLinear(x, s, z) dw = DequantizeLinear<axis = 0>(w, ws)"
		  "  db = DequantizeLinear<axis = 0>(b, bs) c = Conv(d, dw, db) y = QuantizeLinear(c, s, z) }",
	  .after =
		  "g (int8[1,1,1,1] x) => (int8[1,2,1,1] y) <int8[2,1,1,1] w = {2, 0},"
		  " float[2] f = {0.5, 1e-15}, int32[2] b = {4, 0}>"
		  "{ y = edgecc.QConv<x_zero = 3, to = 3, y_zero = 3, lo = -128, hi = 127>(x, w, f, b) }" },
	/* Strides 2 and 1: two phases along the first axis, each with one tap of it. */
	{ .name = "conv_transpose",
	  BYTES,
	  .before = "g (int8[1,1,2,1] x) => (int8[1,1,4,2] y) <float s = {0.5}, int8 z = {3},"
		    " int8[1,1,2,2] w = {1, 2, 3, 4}>"
		    "{ d = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, s)"
		    "  c = ConvTranspose<strides = [2, 1]>(d, dw) y = QuantizeLinear(c, s, z) }",
	  .after =
		  "g (int8[1,1,2,1] x) => (int8[1,1,4,2] y) <int8[1,1,1,2] v = {2, 1}, int8[1,1,1,2] w = {4, 3},"
		  " float[1] f = {0.5}, int64[6] apart = {0, 2, 1, 1, 2, 2}, int64[4] whole = {0, 1, 4, 2}>"
		  "{ a = edgecc.QConv<dilations = [1, 1], pads = [0, 1, 0, 1], x_zero = 3, to = 3, y_zero = 3,"
		  "  lo = -128, hi = 127>(x, v, f)"
		  "  b = edgecc.QConv<dilations = [1, 1], pads = [0, 1, 0, 1], x_zero = 3, to = 3, y_zero = 3,"
		  "  lo = -128, hi = 127>(x, w, f)"
		  "  c = Concat<axis = 1>(a, b) r = Reshape(c, apart)"
		  "  t = Transpose<perm = [0, 3, 4, 1, 5, 2]>(r) y = Reshape(t, whole) }" },
};

START_TEST(integers)
{
	check_pass(&pass_absorb, &integer_cases[_i]);
}
END_TEST

static const struct pass_case real_cases[] = {
	{ .name = "real_conv",
	  BYTES,
	  .before = "g (int8[1,1,1,1] x) => (float[1,2,1,1] y) <float s = {0.5}, int8 z = {3},"
		    " int8[2,1,1,1] w = {2, 3}, float[2] ws = {0.5, 2}, float[2] b = {4, -1}>"
		    "{ d = DequantizeLinear(x, s, z) dw = DequantizeLinear<axis = 0>(w, ws)"
		    "  y = Conv(d, dw, b) }",
	  .after =
		  "g (int8[1,1,1,1] x) => (float[1,2,1,1] y) <int8[2,1,1,1] w = {2, 3}, float one = {1},"
		  " float[2,1,1] f = {0.25, 1}, float[2,1,1] b = {4, -1}>"
		  "{ a = edgecc.QConv<x_zero = 3, to = 6>(x, w, one) c = Cast<to = 1>(a) m = Mul(c, f)"
		  "  y = Add(m, b) }" },
	{ .name = "real_gemm",
	  BYTES,
	  .before =
		  "g (int8[1,2] x) => (float[1,2] y) <float s = {0.5}, int8 z = {3}, int8[2,2] w = {1, 2, 3, 4},"
		  " float[2] b = {4, -1}>"
		  "{ d = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, s)"
		  "  y = Gemm<transB = 1, alpha = 0.5>(d, dw, b) }",
	  .after =
		  "g (int8[1,2] x) => (float[1,2] y) <int8[2,2] w = {1, 3, 2, 4}, float one = {1},"
		  " float[1] f = {0.25}, float h = {0.5}, float[2] b = {4, -1}>"
		  "{ a = edgecc.QMatMul<x_zero = 3, to = 6>(x, w, one) c = Cast<to = 1>(a) m = Mul(c, f)"
		  "  e = Mul(m, h) y = Add(e, b) }" },
};

START_TEST(reals)
{
	check_pass(&pass_absorb_reals, &real_cases[_i]);
}
END_TEST

START_TEST(absorb)
{
	check_pass(&pass_absorb, &cases[_i]);
}
END_TEST

/* The target of these tests wants signed activations. */
static const struct pass_case sign_cases[] = {
	{ .name = "flips_at_the_borders_only",
	  BYTES,
	  .before =
		  "g (uint8[1,1,2,2] x) => (uint8[1,1,2,2] y) <int8[1,1,1,1] w = {2}, float[1] f = {0.5}>"
		  "{ a = edgecc.QConv<x_zero = 100, to = 2, y_zero = 3, lo = 3, hi = 255>(x, w, f)"
		  "  t = Transpose<perm = [0, 1, 3, 2]>(a)"
		  "  y = edgecc.QConv<x_zero = 3, to = 2, y_zero = 128, lo = 0, hi = 255>(t, w, f) }",
	  .after =
		  "g (uint8[1,1,2,2] x) => (uint8[1,1,2,2] y) <int8[1,1,1,1] w = {2}, float[1] f = {0.5}>"
		  "{ b = edgecc.Flip(x)"
		  "  a = edgecc.QConv<x_zero = -28, to = 3, y_zero = -125, lo = -125, hi = 127>(b, w, f)"
		  "  t = Transpose<perm = [0, 1, 3, 2]>(a)"
		  "  c = edgecc.QConv<x_zero = -125, to = 3, y_zero = 0, lo = -128, hi = 127>(t, w, f)"
		  "  y = edgecc.Flip(c) }" },
	{ .name = "into_quantize_and_dequantize",
	  BYTES,
	  .before =
		  "g (float[4] x) => (float[4] y) <float s = {0.5}, uint8 z = {130}, float[3] f = {1, 0.5, -7}>"
		  "{ q = QuantizeLinear(x, s, z)"
		  "  a = edgecc.QAdd<to = 2, lo = 10, hi = 250>(q, q, f) y = DequantizeLinear(a, s, z) }",
	  .after =
		  "g (float[4] x) => (float[4] y) <float s = {0.5}, int8 z = {2}, float[3] f = {1, 0.5, 57}>"
		  "{ q = QuantizeLinear(x, s, z)"
		  "  a = edgecc.QAdd<to = 3, lo = -118, hi = 122>(q, q, f) y = DequantizeLinear(a, s, z) }" },
	STAYS("an_input_that_is_an_output",
	      "g (float[4] x) => (uint8[4] y) <float s = {0.5}, uint8 z = {130}>"
	      "{ y = QuantizeLinear(x, s, z) }"),
	{ .name = "choices",
	  BYTES,
	  .before =
		  "g (float[2,3] x) => (float[2,3] y, int64[2,1] i) <float s = {0.5}, uint8 z = {130}, uint8 c = {3},"
		  " float[3] f = {1, 0.5, -7}>"
		  "{ q = QuantizeLinear(x, s, z) a = edgecc.QAdd<to = 2, lo = 10, hi = 250>(q, q, f)"
		  "  m = Max(a, c) i = ArgMax<axis = 1>(m) y = DequantizeLinear(m, s, z) }",
	  .after =
		  "g (float[2,3] x) => (float[2,3] y, int64[2,1] i) <float s = {0.5}, int8 z = {2}, int8 c = {-125},"
		  " float[3] f = {1, 0.5, 57}>"
		  "{ q = QuantizeLinear(x, s, z) a = edgecc.QAdd<to = 3, lo = -118, hi = 122>(q, q, f)"
		  "  m = Max(a, c) i = ArgMax<axis = 1>(m) y = DequantizeLinear(m, s, z) }" },
	{ .name = "other_operators",
	  BYTES,
	  .before =
		  "g (uint8[2,1,4] x, int8[2,1,4] v) => (uint8[2,1,4] y) <float[1] f = {0.25}, int64[6] p = {0, 0, 0, 0, 0, 1},"
		  " uint8 z = {7}>"
		  "{ a = edgecc.QMul<a_zero = 100, b_zero = 3, to = 2, y_zero = 90, lo = 0, hi = 255>(x, v, f)"
		  "  b = Pad(a, p, z) c = edgecc.QAveragePool<kernel_shape = [2], x_zero = 7, to = 2, y_zero = 5,"
		  "  lo = 5, hi = 255>(b, f) y = Identity(c) }",
	  .after =
		  "g (uint8[2,1,4] x, int8[2,1,4] v) => (uint8[2,1,4] y) <float[1] f = {0.25}, int64[6] p = {0, 0, 0, 0, 0, 1},"
		  " int8 z = {-121}>"
		  "{ e = edgecc.Flip(x)"
		  "  a = edgecc.QMul<a_zero = -28, b_zero = 3, to = 3, y_zero = -38, lo = -128, hi = 127>(e, v, f)"
		  "  b = Pad(a, p, z) c = edgecc.QAveragePool<kernel_shape = [2], x_zero = -121, to = 3, y_zero = -123,"
		  "  lo = -123, hi = 127>(b, f) d = Identity(c) y = edgecc.Flip(d) }" },
};

START_TEST(sign)
{
	check_pass(&pass_signedness, &sign_cases[_i]);
}
END_TEST

/* Tables and exponentials are too long for a text: only what they compute is compared. */
static const struct pass_case meanings[] = {
	{ .name = "hard_swish_in_parts",
	  BYTES,
	  .before =
		  "g (int8[300] x) => (int8[300] y) <float s = {0.05}, int8 z = {3}, float three = {3},"
		  " float lo = {0}, float six = {6}>"
		  "{ d = DequantizeLinear(x, s, z) a = Add(d, three) c = Clip(a, lo, six) m = Mul(d, c)"
		  "  q = Div(m, six) y = QuantizeLinear(q, s, z) }",
	  .after = "Lut" },
	{ .name = "requantize",
	  BYTES,
	  .before =
		  "g (int8[300] x) => (uint8[300] y) <float s = {0.05}, int8 z = {3}, float t = {0.11},"
		  " uint8 p = {200}> { d = DequantizeLinear(x, s, z) y = QuantizeLinear(d, t, p) }",
	  .after = "Lut" },
	{ .name = "sigmoid_then_tanh_is_one_table",
	  BYTES,
	  .before = "g (int8[300] x) => (int8[300] y) <float s = {0.05}, int8 z = {3}>"
		    "{ d = DequantizeLinear(x, s, z) a = Sigmoid(d) q = QuantizeLinear(a, s, z)"
		    "  e = DequantizeLinear(q, s, z) b = Tanh(e) y = QuantizeLinear(b, s, z) }",
	  .after = "Lut" },
	{ .name = "swish_of_a_quantized_sigmoid_is_one_table",
	  BYTES,
	  ONE_STEP,
	  .before =
		  "g (int8[300] x) => (int8[300] y) <float s = {0.05}, int8 z = {3}, float t = {0.00390625},"
		  " int8 p = {-128}>"
		  "{ d = DequantizeLinear(x, s, z) a = Sigmoid(d) q = QuantizeLinear(a, t, p)"
		  "  e = DequantizeLinear(q, t, p) b = Mul(d, e) y = QuantizeLinear(b, s, z) }",
	  .after = "Lut" },
	{ .name = "softmax",
	  BYTES,
	  ONE_STEP,
	  .before = "g (int8[3,20] x) => (int8[3,20] y) <float s = {0.05}, float t = {0.00390625},"
		    " int8 z = {3}, int8 p = {-128}>"
		    "{ d = DequantizeLinear(x, s, z) a = Softmax(d) y = QuantizeLinear(a, t, p) }",
	  .after = "QSoftmax" },
};

START_TEST(meaning)
{
	check_pass_meaning(&pass_absorb, &meanings[_i], meanings[_i].after);
}
END_TEST

/* The fixed-point forms of the same, at most one step away. */
START_TEST(fixed)
{
	check_fixed_point(&cases[_i], false);
}
END_TEST

Suite *suite_absorb(void)
{
	Suite *s = suite_create("absorb");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, absorb, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(t, meaning, 0, (int)ARRAY_LEN(meanings));
	tcase_add_loop_test(t, fixed, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(t, scales, 0, (int)ARRAY_LEN(scale_cases));
	tcase_add_loop_test(t, fixed_scales, 0, 2);
	tcase_add_loop_test(t, integers, 0, (int)ARRAY_LEN(integer_cases));
	tcase_add_loop_test(t, reals, 0, (int)ARRAY_LEN(real_cases));
	tcase_add_loop_test(t, sign, 0, (int)ARRAY_LEN(sign_cases));
	suite_add_tcase(s, t);
	return s;
}
