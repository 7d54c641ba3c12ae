/* absorb-in-fixed-point and absorb-between: what becomes what, and that it means the same within a step. */
#include "pass_check.h"

#define BYTES .lo = -128, .hi = 127
#define WORDS .lo = -32768, .hi = 32767
/* One step of a result whose largest element is at least 64. */
#define ONE_STEP .tolerance = 1.0 / 64

/* a_scale / (b_scale * y_scale) = 2 = 536870912 / 2^28 */
static const struct pass_case cases[] = {
	{ .name = "quotient",
	  BYTES,
	  ONE_STEP,
	  .before =
		  "g (uint8[2,4] a, int8[2,1] b) => (uint8[2,4] y) <float s = {0.5}, uint8 z = {3}, int8 c = {-2}>"
		  "{ d = DequantizeLinear(a, s, z) e = DequantizeLinear(b, s, c) f = Div(d, e)"
		  "  y = QuantizeLinear(f, s, z) }",
	  .after =
		  "g (uint8[2,4] a, int8[2,1] b) => (uint8[2,4] y) <int32 m = {536870912}>"
		  "{ y = edgecc.QDiv<to = 2, hi = 255, y_zero = 3, a_zero = 3, b_zero = -2, shift = 28>"
		  "(a, b, m) }" },
	{ .name = "slopes",
	  BYTES,
	  ONE_STEP,
	  .before =
		  "g (uint8[2,4] a, int8[2,1] b) => (uint8[2,4] y) <float s = {0.5}, uint8 z = {3}, int8 c = {-2}>"
		  "{ d = DequantizeLinear(a, s, z) e = DequantizeLinear(b, s, c) f = PRelu(d, e)"
		  "  y = QuantizeLinear(f, s, z) }",
	  .after =
		  "g (uint8[2,4] a, int8[2,1] b) => (uint8[2,4] y) <float[1] f = {0.5}, uint8 z = {3}>"
		  "{ m = edgecc.QMul<a_zero = 3, b_zero = -2, to = 2, y_zero = 3, hi = 255>(a, b, f)"
		  "  l = Less(a, z) y = Where(l, m, a) }" },
	{ .name = "interpolation", /* weights in units of 2^-20 */
	  BYTES,
	  ONE_STEP,
	  .before =
		  "g (uint8[1,2] a) => (uint8[1,4] y) <float s = {0.5}, uint8 z = {3}, float[2] k = {1, 2}>"
		  "{ d = DequantizeLinear(a, s, z) f = Resize<mode = \"linear\">(d, , k)"
		  "  y = QuantizeLinear(f, s, z) }",
	  .after =
		  "g (uint8[1,2] a) => (uint8[1,4] y) <float f = {9.5367431640625e-07}, int32[4,2] i = {0, 0, 0, 1, 0, 1, 1, 1},"
		  " int32[4,2] w = {262144, 786432, 786432, 262144, 262144, 786432, 786432, 262144}>"
		  "{ y = edgecc.QResize<axes = [1], x_zero = 3, to = 2, y_zero = 3, hi = 255>(a, f, i, w) }" },
	{ .name = "a_function_of_16_bits", /* values in units of 2^-7, half a step added */
	  WORDS,
	  .before =
		  "g (int16[64] a) => (int16[64] y) <float s = {0.000030517578125}, int16 z = {-32768}, float t = {0.5}, int16 p = {1}>"
		  "{ d = DequantizeLinear(a, s, z) f = Floor(d) y = QuantizeLinear(f, t, p) }",
	  .after =
		  "g (int16[64] a) => (int16[64] y) <uint16[2] e = {32767, 65535}, uint16[2] t = {0, 0},"
		  " int16[2] b = {0, 0}, int32[2] s = {0, 0}, int32[2] v = {192, 448}>"
		  "{ y = edgecc.LutWide<to = 5, lo = -32768, hi = 32767, from = -32768, fraction = 7>"
		  "(a, e, t, b, s, v) }" },
};

START_TEST(becomes)
{
	check_pass(&pass_absorb_fixed, &cases[_i]);
}
END_TEST

static const struct pass_case between[] = {
	{ .name = "nothing_bounds_it",
	  BYTES,
	  .before =
		  "g (int8[4] a, float[4] b) => (int8[4] y) <float s = {0.5}, int8 z = {0}>"
		  "{ d = DequantizeLinear(a, s, z) e = Mul(d, b) f = Tanh(e) y = QuantizeLinear(f, s, z) }" },
	{ .name = "reals_that_are_a_result",
	  BYTES,
	  .before =
		  "g (int8[4] a, int8[4] b) => (int8[4] y, float[4] e) <float s = {0.5}, int8 z = {0}>"
		  "{ d = DequantizeLinear(a, s, z) c = DequantizeLinear(b, s, z) e = Mul(d, c) f = Tanh(e)"
		  "  y = QuantizeLinear(f, s, z) }" },
};

START_TEST(stays_between)
{
	check_pass(&pass_absorb_between, &between[_i]);
}
END_TEST

static const struct pass_case meanings[] = {
	{ .name = "layer_normalization",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,8] y) <float s = {0.05}, int8 z = {3}, float t = {0.03},"
		  " float[8] g = {1, 2, 0.5, 1, 1.5, 1, 0.25, 1}, float[8] b = {0, 1, -1, 0.5, 0, 0, 0.25, -0.5}>"
		  "{ d = DequantizeLinear(x, s, z) n = LayerNormalization(d, g, b)"
		  "  y = QuantizeLinear(n, t, z) }" },
	{ .name = "groups_of_channels",
	  BYTES,
	  .before =
		  "g (int8[2,4,3] x) => (int8[2,4,3] y) <float s = {0.05}, int8 z = {3}, float t = {0.03},"
		  " float[4] g = {1, 2, 0.5, -1}, float[4] b = {0, 1, -1, 0.5}>"
		  "{ d = DequantizeLinear(x, s, z) n = GroupNormalization<num_groups = 2>(d, g, b)"
		  "  y = QuantizeLinear(n, t, z) }" },
	{ .name = "logarithms_of_softmax",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,8] y) <float s = {0.05}, int8 z = {3}, float t = {0.1}, int8 p = {100}>"
		  "{ d = DequantizeLinear(x, s, z) n = LogSoftmax(d) y = QuantizeLinear(n, t, p) }" },
	{ .name = "softmax_of_a_masked_sum",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,8] y) <float s = {0.02}, int8 z = {3}, float t = {0.00390625}, int8 p = {-128},"
		  " float u = {39.2}, int8 o = {127}, int8[8] m = {127, -128, 127, 127, -128, 127, 127, -128}>"
		  "{ d = DequantizeLinear(x, s, z) e = DequantizeLinear(m, u, o) a = Add(d, e) n = Softmax(a)"
		  "  y = QuantizeLinear(n, t, p) }" },
	{ .name = "softmax_of_masked_functions", /* half of the rows whole */
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[2,3,8] y) <float s = {0.02}, int8 z = {3}, float t = {0.00390625}, int8 p = {-128},"
		  " float k = {0.7}, float f = {-3e38}, float[2,1,8] m = {0, -10000, 0, 0, -20000, 0, 0, -10000,"
		  " -10000, -10000, -10000, -10000, -10000, -10000, -10000, -10000},"
		  " bool[8] b = {0, 1, 0, 0, 0, 0, 1, 0}>"
		  "{ d = DequantizeLinear(x, s, z) c = Mul(d, d) h = Mul(c, k) g = Where(b, f, h) a = Add(g, m)"
		  "  n = Softmax(a) y = QuantizeLinear(n, t, p) }" },
	{ .name = "a_function_of_sums",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,2] y) <float s = {0.02}, int8 z = {3}, float t = {0.03}, float u = {0.01},"
		  " int8[8,2] w = {20, -30, 40, 50, -60, 70, 80, 90, -15, 25, 35, -45, 55, 65, -75, 85}>"
		  "{ d = DequantizeLinear(x, s, z) e = DequantizeLinear(w, u) m = MatMul(d, e)"
		  "  g = Sigmoid(m) n = Mul(m, g) y = QuantizeLinear(n, t, z) }" },
	{ .name = "running_sums",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,8] y) <float s = {0.02}, int8 z = {3}, float t = {0.05}, int64 k = {1}>"
		  "{ d = DequantizeLinear(x, s, z) c = CumSum<exclusive = 1, reverse = 1>(d, k) r = Relu(c)"
		  "  y = QuantizeLinear(r, t, z) }" },
	{ .name = "sums_of_magnitudes",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,1] y) <float s = {0.02}, int8 z = {3}, float t = {0.1}, int8 p = {-100},"
		  " int64[1] k = {1}>"
		  "{ d = DequantizeLinear(x, s, z) c = ReduceL1(d, k) y = QuantizeLinear(c, t, p) }" },
	{ .name = "sums_of_squares",
	  BYTES,
	  .before =
		  "g (int8[3,8] x) => (int8[3,1] y) <float s = {0.02}, int8 z = {3}, float t = {0.1}, int8 p = {-128},"
		  " int64[1] k = {1}>"
		  "{ d = DequantizeLinear(x, s, z) c = ReduceSumSquare(d, k) y = QuantizeLinear(c, t, p) }" },
	{ .name = "a_pole",
	  WORDS,
	  .before =
		  "g (int16[64] x) => (int16[64] y) <float s = {0.0004}, int16 z = {3}>"
		  "{ d = DequantizeLinear(x, s, z) r = Reciprocal(d) y = QuantizeLinear(r, s, z) }" },
	{ .name = "powers_and_roots",
	  .lo = 0,
	  .hi = 65535,
	  .before =
		  "g (uint16[64] x) => (uint16[64] y, int8[64] z) <float s = {0.0004}, uint16 o = {3}, float t = {0.1}, int8 p = {-4},"
		  " float e = {1.5}>"
		  "{ d = DequantizeLinear(x, s, o) a = Abs(d) b = Pow(a, e) y = QuantizeLinear(b, s, o)"
		  "  c = Sqrt(a) z = QuantizeLinear(c, t, p) }" },
	{ .name = "a_jump_at_every_other_integer", /* a table of all results */
	  WORDS,
	  .before = "g (int16[64] x) => (int16[64] y) <float s = {0.5}, int16 z = {3}>"
		    "{ d = DequantizeLinear(x, s, z) f = Floor(d) y = QuantizeLinear(f, s, z) }" },
	{ .name = "a_jump_at_every_other_unsigned_integer",
	  .lo = 0,
	  .hi = 65535,
	  .before =
		  "g (uint16[64] x) => (uint8[64] y) <float s = {0.5}, uint16 z = {3}, float t = {200}, uint8 p = {7}>"
		  "{ d = DequantizeLinear(x, s, z) f = Floor(d) y = QuantizeLinear(f, t, p) }" },
	{ .name = "sums_that_take_64_bits",
	  WORDS,
	  .before =
		  "g (int16[4,32] x) => (int16[4] y, int16[4] z, int16[4,32] c) <float s = {0.0004}, int16 o = {3}, float t = {0.1},"
		  " float w = {0.02}, int64[1] k = {1}, int64 i = {1}>"
		  "{ d = DequantizeLinear(x, s, o) a = ReduceSumSquare<keepdims = 0>(d, k) y = QuantizeLinear(a, t, o)"
		  "  b = ReduceL1<keepdims = 0>(d, k) z = QuantizeLinear(b, w, o)"
		  "  e = CumSum(d, i) c = QuantizeLinear(e, w, o) }" },
	{ .name = "extremes_of_16_bits",
	  WORDS,
	  .before =
		  "g (int16[4,32] x) => (int16[4] y, uint8[32] z) <float s = {0.0004}, int16 o = {3}, float t = {0.1}, uint8 p = {128},"
		  " int64[1] i = {0}, int64[1] k = {1}>"
		  "{ d = DequantizeLinear(x, s, o) a = ReduceMax<keepdims = 0>(d, k) y = QuantizeLinear(a, s, o)"
		  "  b = ReduceMin<keepdims = 0>(d, i) z = QuantizeLinear(b, t, p) }" },
	{ .name = "sums_of_sums",
	  BYTES,
	  .before =
		  "g (int8[3,2] x) => (int8[3,4] y) <float s = {0.02}, int8 z = {3}, float t = {0.03}, float u = {0.01},"
		  " int8[2,2] w = {20, -30, 40, 50}, int8[2,2] v = {-60, 70, 80, 90}>"
		  "{ d = DequantizeLinear(x, s, z) e = DequantizeLinear(w, u) f = DequantizeLinear(v, u)"
		  "  m = MatMul(d, e) r = HardSwish(m) n = MatMul(d, f) a = Sub(r, n) p = Relu(a)"
		  "  c = Concat<axis = 1>(p, d) y = QuantizeLinear(c, t, z) }" },
};

START_TEST(means_the_same)
{
	check_fixed_point(&meanings[_i], true);
}
END_TEST

Suite *suite_absorb_fixed(void)
{
	Suite *s = suite_create("absorb_fixed");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, becomes, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(t, stays_between, 0, (int)ARRAY_LEN(between));
	tcase_add_loop_test(t, means_the_same, 0, (int)ARRAY_LEN(meanings));
	suite_add_tcase(s, t);
	return s;
}
