/* Scales and shifts into weights; borders into windows. */
#include "pass_check.h"

#define NEARLY(NAME, BEFORE, AFTER)                                                                \
	{                                                                                          \
		.name = NAME, .before = BEFORE, .after = AFTER, .tolerance = 1e-5                  \
	}

/* scale / sqrt(var + 0) = 2, 3; bias - mean * k = 1, -2 */
#define BN "float[2] s = {4, 3}, float[2] b = {3, 4}, float[2] m = {1, 2}, float[2] v = {4, 1}"
#define BN2 "float[2] s = {4, 3}, float[2] b = {5, -5}, float[2] m = {1, 1}, float[2] v = {4, 1}"

static const struct pass_case affine_cases[] = {
	NEARLY("batchnorm_after_conv",
	       "g (float[1, 1, 3, 3] x) => (float[1, 2, 2, 2] y)"
	       "<float[2, 1, 2, 2] w = {1, 2, 3, 4, 5, 6, 7, 8}, float[2] c = {1, 2}, " BN ">"
	       "{ a = Conv(x, w, c) y = BatchNormalization<epsilon = 0.0>(a, s, b, m, v) }",
	       "g (float[1, 1, 3, 3] x) => (float[1, 2, 2, 2] y)"
	       "<float[2, 1, 2, 2] w = {2, 4, 6, 8, 15, 18, 21, 24}, float[2] c = {3, 4}>"
	       "{ y = Conv(x, w, c) }"),
	NEARLY("batchnorm_after_conv_without_bias",
	       "g (float[1, 2, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 1, 1] w = {1, 2}, " BN ">"
	       "{ a = Conv<group = 2>(x, w) y = BatchNormalization<epsilon = 0.0>(a, s, b, m, v) }",
	       "g (float[1, 2, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 1, 1] w = {2, 6}, float[2] c = {1, -2}> { y = Conv<group = 2>(x, w, c) }"),
	STAYS("conv_read_twice_but_for_the_batchnorm",
	      "g (float[1, 1, 3] x) => (float[1, 2, 3] y, float[1, 2, 3] a)"
	      "<float[2, 1, 1] w = {1, 2}, float[2, 1] k = {3, 4}> { a = Conv(x, w) y = Mul(a, k) }"),
	NEARLY("scale_and_shift_after_conv",
	       "g (float[1, 1, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 1, 1] w = {1, 2}, float[2, 1] k = {3, 4}, float[1] h = {7}, float[1, 2, 1] d = {2, 8}>"
	       "{ a = Conv(x, w) b = Mul(a, k) c = Add(b, h) y = Div(c, d) }",
	       "g (float[1, 1, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 1, 1] w = {1.5, 1}, float[2] b = {3.5, 0.875}> { y = Conv(x, w, b) }"),
	NEARLY("subtraction_from_a_constant",
	       "g (float[1, 1, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 1, 1] w = {1, 2}, float h = {7}> { a = Conv(x, w) y = Sub(h, a) }",
	       "g (float[1, 1, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 1, 1] w = {-1, -2}, float[2] b = {7, 7}> { y = Conv(x, w, b) }"),
	STAYS("factors_that_vary_in_space",
	      "g (float[1, 1, 3] x) => (float[1, 2, 3] y)"
	      "<float[2, 1, 1] w = {1, 2}, float[3] k = {3, 4, 5}> { a = Conv(x, w) y = Mul(a, k) }"),
	STAYS("factors_that_broadcast_the_result",
	      "g (float[1, 1, 3] x) => (float[2, 2, 3] y)"
	      "<float[2, 1, 1] w = {1, 2}, float[2, 1, 1] k = {3, 4}> { a = Conv(x, w) y = Mul(a, k) }"),
	NEARLY("grouped_transposed_conv",
	       "g (float[1, 4, 3] x) => (float[1, 4, 4] y)"
	       "<float[4, 2, 2] w = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8},"
	       " float[4, 1] k = {1, 2, 3, 4}>"
	       "{ a = ConvTranspose<group = 2>(x, w) y = Mul(a, k) }",
	       "g (float[1, 4, 3] x) => (float[1, 4, 4] y)"
	       "<float[4, 2, 2] w = {1, 2, 6, 8, 5, 6, 14, 16, 3, 6, 12, 16, 15, 18, 28, 32}>"
	       "{ y = ConvTranspose<group = 2>(x, w) }"),
	NEARLY("gemm_and_matmul",
	       "g (float[2, 2] x) => (float[2, 2] y)"
	       "<float[2, 2] w = {1, 2, 3, 4}, float[2] c = {1, 2}, float[2] k = {2, 3}, float[2] h = {5, 6}>"
	       "{ a = MatMul(x, w) b = Mul(a, k) d = Add(b, h) e = Gemm<transB = 1>(d, w, c) y = Mul(e, k) }",
	       "g (float[2, 2] x) => (float[2, 2] y)"
	       "<float[2, 2] w = {2, 6, 6, 12}, float[2] h = {5, 6}, float[2, 2] v = {2, 4, 9, 12}, float[2] c = {2, 6}>"
	       "{ d = Gemm(x, w, h) y = Gemm<transB = 1>(d, v, c) }"),
	NEARLY("batchnorm_after_matmul",
	       "g (float[2, 2] x) => (float[2, 2] y) <float[2, 2] w = {1, 2, 3, 4}, " BN ">"
	       "{ a = MatMul(x, w) y = BatchNormalization<epsilon = 0.0>(a, s, b, m, v) }",
	       "g (float[2, 2] x) => (float[2, 2] y) <float[2, 2] w = {2, 6, 6, 12}, float[2] c = {1, -2}>"
	       "{ y = Gemm(x, w, c) }"),
	NEARLY("only_the_scale_of_a_batched_matmul",
	       "g (float[1, 2, 2] x) => (float[1, 2, 2] y)"
	       "<float[2, 2] w = {1, 2, 3, 4}, float k = {2}, float[2] h = {5, 6}>"
	       "{ a = MatMul(x, w) b = Mul(a, k) y = Add(b, h) }",
	       "g (float[1, 2, 2] x) => (float[1, 2, 2] y)"
	       "<float[2, 2] w = {2, 4, 6, 8}, float[2] h = {5, 6}> { a = MatMul(x, w) y = Add(a, h) }"),
	NEARLY("batchnorm_before_conv",
	       "g (float[1, 2, 3] x) => (float[1, 1, 3] y)"
	       "<float[1, 2, 1] w = {5, 7}, float[1] c = {1}, " BN2 ">"
	       "{ a = BatchNormalization<epsilon = 0.0>(x, s, b, m, v) y = Conv(a, w, c) }",
	       "g (float[1, 2, 3] x) => (float[1, 1, 3] y)"
	       "<float[1, 2, 1] w = {10, 21}, float[1] c = {-40}> { y = Conv(x, w, c) }"),
	NEARLY("the_shift_stays_before_a_padded_conv",
	       "g (float[1, 2, 3] x) => (float[1, 1, 3] y)"
	       "<float[1, 2, 3] w = {1, 1, 1, 1, 1, 1}, float[2, 1] k = {2, 3}, float h = {1}>"
	       "{ a = Add(x, h) b = Mul(a, k) y = Conv<pads = [1, 1]>(b, w) }",
	       "g (float[1, 2, 3] x) => (float[1, 1, 3] y)"
	       "<float[1, 2, 3] w = {2, 2, 2, 3, 3, 3}, float h = {1}>"
	       "{ a = Add(x, h) y = Conv<pads = [1, 1]>(a, w) }"),
	NEARLY("scale_and_shift_before_a_grouped_conv",
	       "g (float[1, 4, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 2, 1] w = {1, 2, 3, 4}, float[4, 1] k = {1, 2, 3, 4}, float[4, 1] h = {1, 1, 1, 2}>"
	       "{ a = Mul(x, k) b = Add(a, h) y = Conv<group = 2>(b, w) }",
	       "g (float[1, 4, 3] x) => (float[1, 2, 3] y)"
	       "<float[2, 2, 1] w = {1, 4, 9, 16}, float[2] c = {3, 11}> { y = Conv<group = 2>(x, w, c) }"),
	NEARLY("batchnorm_alone",
	       "g (float[1, 2, 3] x) => (float[1, 2, 3] y) <" BN ">"
	       "{ a = Relu(x) y = BatchNormalization<epsilon = 0.0>(a, s, b, m, v) }",
	       "g (float[1, 2, 3] x) => (float[1, 2, 3] y) <float[2, 1] k = {2, 3}, float[2, 1] h = {1, -2}>"
	       "{ a = Relu(x) b = Mul(a, k) y = Add(b, h) }"),
	STAYS("weights_that_are_no_constants",
	      "g (float[1, 1, 3] x, float[2, 1, 1] w) => (float[1, 2, 3] y) <float k = {2}>"
	      "{ a = Conv(x, w) y = Mul(a, k) }"),
};

START_TEST(affine)
{
	check_pass(&pass_affine, &affine_cases[_i]);
}
END_TEST

#define P4(a, b, c, d) "int64[8] p = {0, 0, " #a ", " #b ", 0, 0, " #c ", " #d "}"

static const struct pass_case pad_cases[] = {
	BECOMES("pad_before_conv",
		"g (float[1, 1, 3, 3] x) => (float[1, 1, 4, 6] y)"
		"<" P4(0, 1, 2, 3) ", float[1, 1, 2, 2] w = {1, 2, 3, 4}>"
				   "{ a = Pad(x, p) y = Conv(a, w) }",
		"g (float[1, 1, 3, 3] x) => (float[1, 1, 4, 6] y) <float[1, 1, 2, 2] w = {1, 2, 3, 4}>"
		"{ y = Conv<pads = [0, 1, 2, 3]>(x, w) }"),
	BECOMES("pads_add_up",
		"g (float[1, 1, 3] x) => (float[1, 1, 5] y)"
		"<int64[2] p = {1, 0}, int64[1] a = {2}, float z = {0}, float[1, 1, 3] w = {1, 2, 3}>"
		"{ b = Pad(x, p, z, a) y = Conv<pads = [1, 2]>(b, w) }",
		"g (float[1, 1, 3] x) => (float[1, 1, 5] y) <float[1, 1, 3] w = {1, 2, 3}>"
		"{ y = Conv<pads = [2, 2]>(x, w) }"),
	BECOMES("pads_that_auto_pad_chose",
		"g (float[1, 1, 4] x) => (float[1, 1, 3] y)"
		"<int64[6] p = {0, 0, 1, 0, 0, 0}, float[1, 1, 3] w = {1, 2, 3}>"
		"{ b = Pad(x, p) y = Conv<auto_pad = \"SAME_UPPER\", strides = [2]>(b, w) }",
		"g (float[1, 1, 4] x) => (float[1, 1, 3] y) <float[1, 1, 3] w = {1, 2, 3}>"
		"{ y = Conv<pads = [2, 1], strides = [2]>(x, w) }"),
	BECOMES("pad_seen_with_another_axis",
		"g (float[2, 1, 3] x) => (float[2, 1, 1, 5] y)"
		"<int64[2] p = {2, 1}, int64[1] a = {2}, float z = {0}, int64[4] s = {2, 1, 1, 6},"
		" float[1, 1, 1, 2] w = {1, 2}>"
		"{ b = Pad(x, p, z, a) c = Reshape(b, s) y = Conv(c, w) }",
		"g (float[2, 1, 3] x) => (float[2, 1, 1, 5] y)"
		"<int64[4] s = {2, 1, 1, 3}, float[1, 1, 1, 2] w = {1, 2}>"
		"{ c = Reshape(x, s) y = Conv<pads = [0, 2, 0, 1]>(c, w) }"),
	STAYS("pad_seen_through_other_axes",
	      "g (float[2, 1, 3] x) => (float[3, 1, 1, 3] y)"
	      "<int64[2] p = {2, 1}, int64[1] a = {2}, float z = {0}, int64[4] s = {3, 1, 1, 4},"
	      " float[1, 1, 1, 2] w = {1, 2}>"
	      "{ b = Pad(x, p, z, a) c = Reshape(b, s) y = Conv(c, w) }"),
	STAYS("pad_with_ones",
	      "g (float[1, 1, 3] x) => (float[1, 1, 3] y)"
	      "<int64[6] p = {0, 0, 1, 0, 0, 1}, float z = {1}, float[1, 1, 3] w = {1, 2, 3}>"
	      "{ b = Pad(x, p, z) y = Conv(b, w) }"),
	STAYS("reflected_border", "g (float[1, 1, 3] x) => (float[1, 1, 3] y)"
				  "<int64[6] p = {0, 0, 1, 0, 0, 1}, float[1, 1, 3] w = {1, 2, 3}>"
				  "{ b = Pad<mode = \"reflect\">(x, p) y = Conv(b, w) }"),
	STAYS("cropped", "g (float[1, 1, 5] x) => (float[1, 1, 1] y)"
			 "<int64[6] p = {0, 0, -1, 0, 0, -1}, float[1, 1, 3] w = {1, 2, 3}>"
			 "{ b = Pad(x, p) y = Conv(b, w) }"),
	STAYS("padded_channels", "g (float[1, 1, 3] x) => (float[1, 1, 3] y)"
				 "<int64[6] p = {0, 1, 0, 0, 0, 0}, float[1, 2, 1] w = {1, 2}>"
				 "{ b = Pad(x, p) y = Conv(b, w) }"),
	BECOMES("average_counts_the_border",
		"g (float[1, 1, 3] x) => (float[1, 1, 3] y) <int64[6] p = {0, 0, 1, 0, 0, 1}>"
		"{ a = Pad(x, p) y = AveragePool<kernel_shape = [3]>(a) }",
		"g (float[1, 1, 3] x) => (float[1, 1, 3] y)"
		"{ y = AveragePool<kernel_shape = [3], pads = [1, 1], count_include_pad = 1>(x) }"),
	STAYS("average_counts_one_border_of_two",
	      "g (float[1, 1, 3] x) => (float[1, 1, 5] y) <int64[6] p = {0, 0, 1, 0, 0, 1}>"
	      "{ a = Pad(x, p) y = AveragePool<kernel_shape = [3], pads = [1, 1]>(a) }"),
	BECOMES("maximum_of_what_is_not_negative",
		"g (float[1, 1, 3] x) => (float[1, 1, 3] y) <int64[6] p = {0, 0, 1, 0, 0, 1}>"
		"{ r = Relu(x) a = Pad(r, p) y = MaxPool<kernel_shape = [3]>(a) }",
		"g (float[1, 1, 3] x) => (float[1, 1, 3] y)"
		"{ r = Relu(x) y = MaxPool<kernel_shape = [3], pads = [1, 1]>(r) }"),
	BECOMES("maximum_with_a_border_of_minus_infinity",
		"g (float[1, 1, 3] x) => (float[1, 1, 3] y) <int64[6] p = {0, 0, 1, 0, 0, 1}, float z = {-inf}>"
		"{ a = Pad(x, p, z) y = MaxPool<kernel_shape = [3]>(a) }",
		"g (float[1, 1, 3] x) => (float[1, 1, 3] y) { y = MaxPool<kernel_shape = [3], pads = [1, 1]>(x) }"),
	STAYS("maximum_of_negative_numbers_and_zeros",
	      "g (float[1, 1, 3] x) => (float[1, 1, 3] y) <int64[6] p = {0, 0, 1, 0, 0, 1}>"
	      "{ a = Pad(x, p) y = MaxPool<kernel_shape = [3]>(a) }"),
	STAYS("windows_that_see_the_border_only",
	      "g (float[1, 1, 3] x) => (float[1, 1, 5] y) <int64[6] p = {0, 0, 2, 0, 0, 1}>"
	      "{ r = Relu(x) a = Pad(r, p) y = MaxPool<kernel_shape = [2]>(a) }"),
};

START_TEST(pad)
{
	check_pass(&pass_pad, &pad_cases[_i]);
}
END_TEST

Suite *suite_pass_affine(void)
{
	const struct unit_test tests[] = {
		{ "affine", affine, ARRAY_LEN(affine_cases) },
		{ "pad", pad, ARRAY_LEN(pad_cases) },
	};
	return UNIT_SUITE("pass_affine", tests);
}
