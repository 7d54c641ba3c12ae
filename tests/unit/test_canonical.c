/* The rewrites to one form, row by row. */
#include "pass_check.h"

#define NEARLY(NAME, BEFORE, AFTER)                                                                \
	{                                                                                          \
		.name = NAME, .before = BEFORE, .after = AFTER, .tolerance = 1e-6                  \
	}
#define X "float[2, 3] x"
#define Y "(float[2, 3] y)"

static const struct pass_case identity_cases[] = {
	BECOMES("identity", "g (" X ") => " Y " { a = Identity(x) b = Identity(a) y = Relu(b) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	BECOMES("dropout",
		"g (" X ") => " Y " <float r = {0.5}> { a, m = Dropout(x, r) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	STAYS("dropout_with_a_mask_that_is_read",
	      "g (" X ") => (float[2, 3] y, bool[2, 3] m) { y, m = Dropout(x) }"),
	BECOMES("cast_to_the_same_type", "g (" X ") => " Y " { a = Cast<to = 1>(x) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	STAYS("cast_that_rounds", "g (" X ") => " Y " { a = Cast<to = 7>(x) y = Cast<to = 1>(a) }"),
	BECOMES("cast_there_and_back",
		"g (int32[3] x) => (int32[3] y) { a = Cast<to = 7>(x) b = Cast<to = 6>(a) y = Neg(b) }",
		"g (int32[3] x) => (int32[3] y) { y = Neg(x) }"),
	BECOMES("cast_through_a_wider_type",
		"g (int8[3] x) => (float[3] y) { a = Cast<to = 7>(x) y = Cast<to = 1>(a) }",
		"g (int8[3] x) => (float[3] y) { y = Cast<to = 1>(x) }"),
	{ .name = "integers_through_floats_saturate",
	  .before = "g (int16[9] x) => (int8[9] y) { a = Cast<to = 1>(x) y = Cast<to = 3>(a) }",
	  .lo = -300,
	  .hi = 300 },
	{ .name = "integers_through_integers_wrap",
	  .before = "g (int16[9] x) => (int8[9] y) { a = Cast<to = 6>(x) y = Cast<to = 3>(a) }",
	  .after = "g (int16[9] x) => (int8[9] y) { y = Cast<to = 3>(x) }",
	  .lo = -300,
	  .hi = 300 },
	BECOMES("expand_to_the_same_shape",
		"g (" X ") => " Y " <int64[1] s = {3}> { a = Expand(x, s) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	BECOMES("tile_by_one",
		"g (" X ") => " Y " <int64[2] s = {1, 1}> { a = Tile(x, s) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	BECOMES("pad_by_nothing",
		"g (" X ") => " Y " <int64[4] p = {0, 0, 0, 0}> { a = Pad(x, p) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	STAYS("pad_here_and_crop_there",
	      "g (" X ") => " Y " <int64[4] p = {1, 0, -1, 0}> { a = Pad(x, p) y = Relu(a) }"),
	BECOMES("slice_of_all",
		"g (" X ") => " Y " <int64[1] s = {0}, int64[1] e = {9223372036854775807},"
		" int64[1] a = {1}> { b = Slice(x, s, e, a) y = Relu(b) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	STAYS("slice_backwards",
	      "g (" X ") => " Y " <int64[1] s = {-1}, int64[1] e = {-9223372036854775807},"
	      " int64[1] a = {1}, int64[1] t = {-1}> { y = Slice(x, s, e, a, t) }"),
	BECOMES("split_into_one",
		"g (" X ") => " Y " { a = Split<axis = 1, num_outputs = 1>(x) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	BECOMES("concat_of_one", "g (" X ") => " Y " { a = Concat<axis = 1>(x) y = Relu(a) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	BECOMES("concat_of_empty",
		"g (" X ") => (float[2, 6] y) <float[2, 0] e = {}>"
		"{ y = Concat<axis = 1>(e, x, e, x, e) }",
		"g (" X ") => (float[2, 6] y) { y = Concat<axis = 1>(x, x) }"),
	BECOMES("max_of_one", "g (" X ") => " Y " { a = Max(x) y = Neg(a) }",
		"g (" X ") => " Y " { y = Neg(x) }"),
	BECOMES("clip_at_zero", "g (" X ") => " Y " <float z = {0}> { y = Clip(x, z) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	STAYS("clip_at_one", "g (" X ") => " Y " <float z = {1}> { y = Clip(x, z) }"),
	STAYS("clip_both_sides",
	      "g (" X ") => " Y " <float z = {0}, float h = {6}> { y = Clip(x, z, h) }"),
	BECOMES("relu_of_relu", "g (" X ") => " Y " { a = Relu(x) b = Relu(a) y = Neg(b) }",
		"g (" X ") => " Y " { a = Relu(x) y = Neg(a) }"),
	BECOMES("relu_of_clip",
		"g (" X ") => " Y
		" <float z = {0}, float h = {6}> { a = Clip(x, z, h) b = Relu(a) y = Neg(b) }",
		"g (" X ") => " Y
		" <float z = {0}, float h = {6}> { a = Clip(x, z, h) y = Neg(a) }"),
	BECOMES("where_always",
		"g (" X ") => " Y " <bool[1] c = {1}> { a = Neg(x) b = Exp(x) y = Where(c, a, b) }",
		"g (" X ") => " Y " { y = Neg(x) }"),
	STAYS("where_that_broadcasts",
	      "g (" X ", float[3] z) => " Y " <bool[1] c = {0}> { y = Where(c, x, z) }"),
};

START_TEST(identity)
{
	check_pass(&pass_canonical, &identity_cases[_i]);
}
END_TEST

static const struct pass_case view_cases[] = {
	BECOMES("unsqueeze",
		"g (" X ") => (float[1, 2, 3] y) <int64[1] a = {0}> { y = Unsqueeze(x, a) }",
		"g (" X ") => (float[1, 2, 3] y) <int64[3] s = {1, 2, 3}> { y = Reshape(x, s) }"),
	BECOMES("squeeze_and_flatten_are_one",
		"g (float[2, 1, 3, 4] x) => (float[2, 12] y) <int64[1] a = {1}>"
		"{ b = Squeeze(x, a) y = Flatten(b) }",
		"g (float[2, 1, 3, 4] x) => (float[2, 12] y) <int64[2] s = {2, 12}> { y = Reshape(x, s) }"),
	BECOMES("there_and_back",
		"g (" X ") => " Y " <int64[1] a = {6}, int64[2] b = {2, 3}>"
		"{ c = Reshape(x, a) d = Reshape(c, b) y = Relu(d) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	BECOMES("flatten_of_a_symbolic_batch",
		"g (float[N, 3, 4] x) => (float[N, 12] y) { y = Flatten(x) }",
		"g (float[N, 3, 4] x) => (float[N, 12] y) <int64[2] s = {0, 12}> { y = Reshape(x, s) }"),
	BECOMES("shapes_that_were_computed",
		"g (float[N, M, 12] x) => (float[N, M, 3, 4] y) <int64[2] h = {3, 4}>"
		"{ s = Shape<end = 2>(x) t = Concat<axis = 0>(s, h) y = Reshape(x, t) }",
		"g (float[N, M, 12] x) => (float[N, M, 3, 4] y) <int64[4] s = {0, 0, 3, 4}>"
		"{ y = Reshape(x, s) }"),
	BECOMES("shapes_with_a_product",
		"g (float[N, M, 12] x) => (float[P, 12] y) <int64[1] h = {12}>"
		"{ s = Shape<end = 2>(x) p = ReduceProd<keepdims = 1>(s) t = Concat<axis = 0>(p, h)"
		" y = Reshape(x, t) }",
		"g (float[N, M, 12] x) => (float[P, 12] y) <int64[2] s = {-1, 12}> { y = Reshape(x, s) }"),
	STAYS("shapes_that_numbers_cannot_say",
	      "g (float[N, M, 12] x) => (float[M, N, 12] y) <int64[2] i = {1, 0}, int64[1] h = {12}>"
	      "{ s = Shape(x) p = Gather(s, i) t = Concat<axis = 0>(p, h) y = Reshape(x, t) }"),
	BECOMES("transposes_compose",
		"g (float[2, 3, 4] x) => (float[4, 3, 2] y)"
		"{ a = Transpose<perm = [1, 2, 0]>(x) y = Transpose<perm = [1, 0, 2]>(a) }",
		"g (float[2, 3, 4] x) => (float[4, 3, 2] y) { y = Transpose<perm = [2, 1, 0]>(x) }"),
	BECOMES("transposes_cancel",
		"g (float[2, 3, 4, 5] x) => (float[2, 3, 4, 5] y)"
		"{ a = Transpose<perm = [0, 2, 3, 1]>(x) b = Transpose<perm = [0, 3, 1, 2]>(a) y = Relu(b) }",
		"g (float[2, 3, 4, 5] x) => (float[2, 3, 4, 5] y) { y = Relu(x) }"),
	BECOMES("transpose_of_axes_of_size_one",
		"g (float[1, 3, 1] x) => (float[1, 1, 3] y) { y = Transpose<perm = [0, 2, 1]>(x) }",
		"g (float[1, 3, 1] x) => (float[1, 1, 3] y) <int64[3] s = {1, 1, 3}> { y = Reshape(x, s) }"),
	BECOMES("activations_before_a_new_shape",
		"g (float[2, 3] x) => (float[1, 2, 3] y) <int64[3] s = {1, 2, 3}, float[1, 1, 3] c = {1, 2, 3}>"
		"{ a = Reshape(x, s) b = Add(a, c) y = Exp(b) }",
		"g (float[2, 3] x) => (float[1, 2, 3] y) <int64[3] s = {1, 2, 3}, float[1, 3] c = {1, 2, 3}>"
		"{ a = Add(x, c) b = Exp(a) y = Reshape(b, s) }"),
	STAYS("operands_that_follow_the_new_shape",
	      "g (float[6] x) => (float[2, 3] y) <int64[2] s = {2, 3}, float[3] c = {1, 2, 3}>"
	      "{ a = Reshape(x, s) y = Add(a, c) }"),
	BECOMES("a_dense_layer_between_shapes",
		"g (float[1, 2, 3] x) => (float[1, 2, 2] y)"
		"<int64[2] s = {2, 3}, int64[3] t = {1, 2, 2}, float[3, 2] w = {1, 2, 3, 4, 5, 6}, float[2] c = {1, 2}>"
		"{ a = Reshape(x, s) b = MatMul(a, w) d = Reshape(b, t) y = Add(d, c) }",
		"g (float[1, 2, 3] x) => (float[1, 2, 2] y)"
		"<int64[2] s = {2, 3}, int64[3] t = {1, 2, 2}, float[3, 2] w = {1, 2, 3, 4, 5, 6}, float[2] c = {1, 2}>"
		"{ a = Reshape(x, s) b = Gemm(a, w, c) y = Reshape(b, t) }"),
	STAYS("transpose", "g (" X ") => (float[3, 2] y) { y = Transpose(x) }"),
};

START_TEST(view)
{
	check_pass(&pass_canonical, &view_cases[_i]);
}
END_TEST

static const struct pass_case arith_cases[] = {
	BECOMES("constants_come_second",
		"g (" X ") => " Y " <float[3] c = {1, 2, 3}> { a = Mul(c, x) y = Add(c, a) }",
		"g (" X ") => " Y " <float[3] c = {1, 2, 3}> { a = Mul(x, c) y = Add(a, c) }"),
	BECOMES("neutral_elements",
		"g (" X ") => " Y " <float z = {0}, float[3] o = {1, 1, 1}>"
		"{ a = Add(z, x) b = Mul(a, o) c = Div(b, o) d = Sub(c, z) e = Pow(d, o) y = Neg(e) }",
		"g (" X ") => " Y " { y = Neg(x) }"),
	STAYS("neutral_elements_that_broadcast",
	      "g (float[3] x) => (float[2, 3] y) <float[2, 3] o = {1, 1, 1, 1, 1, 1}> { y = Mul(x, o) }"),
	BECOMES("subtraction", "g (" X ") => " Y " <float[3] c = {1, -2, 3}> { y = Sub(x, c) }",
		"g (" X ") => " Y " <float[3] c = {-1, 2, -3}> { y = Add(x, c) }"),
	BECOMES("unsigned_subtraction_wraps",
		"g (uint8[3] x) => (uint8[3] y) <uint8[3] c = {1, 2, 255}> { y = Sub(x, c) }",
		"g (uint8[3] x) => (uint8[3] y) <uint8[3] c = {255, 254, 1}> { y = Add(x, c) }"),
	STAYS("subtraction_from_a_constant",
	      "g (" X ") => " Y " <float c = {1}> { y = Sub(c, x) }"),
	BECOMES("division_by_a_power_of_two",
		"g (" X ") => " Y " <float[3] c = {8, -0.25, 4}> { y = Div(x, c) }",
		"g (" X ") => " Y " <float[3] c = {0.125, -4, 0.25}> { y = Mul(x, c) }"),
	STAYS("division_by_three", "g (" X ") => " Y " <float c = {3}> { y = Div(x, c) }"),
	STAYS("integer_division",
	      "g (int32[3] x) => (int32[3] y) <int32 c = {4}> { y = Div(x, c) }"),
	BECOMES("squares_and_cubes",
		"g (" X ") => " Y " <float t = {2}, int64 c = {3}> { a = Pow(x, t) y = Pow(a, c) }",
		"g (" X ") => " Y " { a = Mul(x, x) b = Mul(a, a) y = Mul(b, a) }"),
	{ .name = "roots",
	  .before = "g (" X ") => " Y
		    " <float h = {0.5}, float m = {-1}> { a = Pow(x, h) y = Pow(a, m) }",
	  .after = "g (" X ") => " Y " { a = Sqrt(x) y = Reciprocal(a) }",
	  .tolerance = 1e-6,
	  .lo = 0.1,
	  .hi = 9 },
	STAYS("other_powers", "g (" X ") => " Y " <float p = {2.5}> { y = Pow(x, p) }"),
	BECOMES("negation_twice", "g (" X ") => " Y " { a = Neg(x) b = Neg(a) y = Exp(b) }",
		"g (" X ") => " Y " { y = Exp(x) }"),
	BECOMES("floor_again", "g (" X ") => " Y " { a = Floor(x) b = Floor(a) y = Exp(b) }",
		"g (" X ") => " Y " { a = Floor(x) y = Exp(a) }"),
	BECOMES("max_with_zero", "g (" X ") => " Y " <float z = {0}> { y = Max(z, x) }",
		"g (" X ") => " Y " { y = Relu(x) }"),
	{ .name = "a_disabled_row",
	  .before = "g (" X ") => " Y " { a = Neg(x) y = Neg(a) }",
	  .disabled = "remove-twice" },
};

START_TEST(arith)
{
	check_pass(&pass_canonical, &arith_cases[_i]);
}
END_TEST

#define W "float[3, 2] w = {1, 2, 3, 4, 5, 6}"

static const struct pass_case dense_cases[] = {
	STAYS("gemm_in_form",
	      "g (" X ") => (float[2, 2] y) <" W ", float[2] c = {1, 2}> { y = Gemm(x, w, c) }"),
	STAYS("gemm_with_transposed_weights",
	      "g (" X ") => (float[2, 2] y) <float[2, 3] w = {1, 2, 3, 4, 5, 6}>"
	      "{ y = Gemm<transB = 1>(x, w) }"),
	{ .name = "alpha_and_beta",
	  .before = "g (" X ") => (float[2, 2] y) <" W ", float[2] c = {1, 2}>"
		    "{ y = Gemm<alpha = 0.5, beta = 3.0>(x, w, c) }",
	  .after = "g (" X ") => (float[2, 2] y) <float[3, 2] w = {0.5, 1, 1.5, 2, 2.5, 3},"
		   " float[2] c = {3, 6}> { y = Gemm(x, w, c) }",
	  .tolerance = 1e-6 },
	BECOMES("beta_zero",
		"g (" X ") => (float[2, 2] y) <" W ", float[2] c = {1, 2}>"
		"{ y = Gemm<beta = 0.0>(x, w, c) }",
		"g (" X ") => (float[2, 2] y) <" W "> { y = Gemm(x, w) }"),
	BECOMES("a_single_c",
		"g (" X ") => (float[2, 2] y) <" W ", float[1, 1] c = {7}> { y = Gemm(x, w, c) }",
		"g (" X ") => (float[2, 2] y) <" W ", float[2] c = {7, 7}> { y = Gemm(x, w, c) }"),
	BECOMES("c_with_rows",
		"g (" X ") => (float[2, 2] y) <" W
		", float[2, 1] c = {7, 8}> { y = Gemm(x, w, c) }",
		"g (" X ") => (float[2, 2] y) <" W ", float[2, 1] c = {7, 8}>"
		"{ a = Gemm(x, w) y = Add(a, c) }"),
	BECOMES("c_computed",
		"g (" X ", float[2, 2] c) => (float[2, 2] y) <" W "> { y = Gemm(x, w, c) }",
		"g (" X ", float[2, 2] c) => (float[2, 2] y) <" W
		"> { a = Gemm(x, w) y = Add(a, c) }"),
	BECOMES("a_transposed",
		"g (float[3, 2] x) => (float[2, 2] y) <" W "> { y = Gemm<transA = 1>(x, w) }",
		"g (float[3, 2] x) => (float[2, 2] y) <" W "> { a = Transpose(x) y = Gemm(a, w) }"),
	{ .name = "two_activations",
	  .before = "g (" X ", float[2, 3] w, float[2] c) => (float[2, 2] y)"
		    "{ y = Gemm<alpha = 0.5, transB = 1>(x, w, c) }",
	  .after = "g (" X ", float[2, 3] w, float[2] c) => (float[2, 2] y) <float h = {0.5}>"
		   "{ t = Transpose(w) a = MatMul(x, t) b = Mul(a, h) y = Add(b, c) }",
	  .tolerance = 1e-6 },
	BECOMES("matmul_and_bias",
		"g (" X ") => (float[2, 2] y) <" W ", float[1, 2] c = {1, 2}>"
		"{ a = MatMul(x, w) y = Add(c, a) }",
		"g (" X ") => (float[2, 2] y) <" W ", float[2] c = {1, 2}> { y = Gemm(x, w, c) }"),
	STAYS("matmul_of_more_axes",
	      "g (float[1, 2, 3] x) => (float[1, 2, 2] y) <" W ", float[2] c = {1, 2}>"
	      "{ a = MatMul(x, w) y = Add(a, c) }"),
	STAYS("matmul_read_twice",
	      "g (" X ") => (float[2, 2] y, float[2, 2] a) <" W ", float[2] c = {1, 2}>"
	      "{ a = MatMul(x, w) y = Add(a, c) }"),
	STAYS("bias_with_rows", "g (" X ") => (float[2, 2] y) <" W ", float[2, 1] c = {1, 2}>"
				"{ a = MatMul(x, w) y = Add(a, c) }"),
};

START_TEST(dense)
{
	check_pass(&pass_canonical, &dense_cases[_i]);
}
END_TEST

static const struct pass_case output_cases[] = {
	BECOMES("the_second_of_three",
		"g (float[6] x) => (float[2] a, float[2] c) { a, b, c = Split<num_outputs = 3>(x) }",
		"g (float[6] x) => (float[2] a, float[2] c) { a, \"\", c = Split<num_outputs = 3>(x) }"),
	BECOMES("the_first_is_required",
		"g (float[6] x) => (float[2] c) { a, b, c = Split<num_outputs = 3>(x) }",
		"g (float[6] x) => (float[2] c) { a, \"\", c = Split<num_outputs = 3>(x) }"),
};

START_TEST(outputs)
{
	check_pass(&pass_canonical, &output_cases[_i]);
}
END_TEST

static const struct pass_case strided_cases[] = {
	BECOMES("a_channel_shuffle",
		"g (float[1, 6, 2, 2] x) => (float[1, 6, 2, 2] y)"
		"<int64[5] s = {1, 2, 3, 2, 2}, int64[4] t = {1, 6, 2, 2}>"
		"{ a = Reshape(x, s) b = Transpose<perm = [0, 2, 1, 3, 4]>(a) y = Reshape(b, t) }",
		"g (float[1, 6, 2, 2] x) => (float[1, 6, 2, 2] y) <int32[6] i = {0, 3, 1, 4, 2, 5}>"
		"{ y = Gather<axis = 1>(x, i) }"),
	BECOMES("every_other_channel",
		"g (float[1, 6, 2, 2] x) => (float[1, 3, 2, 2] y, float[1, 3, 2, 2] z)"
		"<int64[3] s = {3, 2, 4}, int64[5] t = {2, 1, 3, 2, 2}, int64 o = {0}, int64 e = {1}>"
		"{ a = Reshape(x, s) b = Transpose<perm = [1, 0, 2]>(a) c = Reshape(b, t)"
		"  y = Gather(c, o) z = Gather(c, e) }",
		"g (float[1, 6, 2, 2] x) => (float[1, 3, 2, 2] y, float[1, 3, 2, 2] z)"
		"<int64[1] o = {0}, int64[1] e = {5}, int64[1] a = {1}, int64[1] s = {2}, int64[1] p = {1}, int64[1] f = {6}>"
		"{ y = Slice(x, o, e, a, s) z = Slice(x, p, f, a, s) }"),
	BECOMES("one_index_of_the_first_axis",
		"g (float[1, 3, 4] x) => (float[1, 4] y) <int64 i = {-1}> { y = Gather<axis = 1>(x, i) }",
		"g (float[1, 3, 4] x) => (float[1, 4] y)"
		"<int64[1] s = {2}, int64[1] e = {3}, int64[1] a = {1}, int64[1] o = {1}, int64[2] t = {1, 4}>"
		"{ b = Slice(x, s, e, a, o) y = Reshape(b, t) }"),
	STAYS("one_index_of_another_axis",
	      "g (float[2, 3, 4] x) => (float[2, 4] y) <int64 i = {-1}> { y = Gather<axis = 1>(x, i) }"),
	BECOMES("slices_of_slices",
		"g (float[6, 8] x) => (float[3, 1] y)"
		"<int64[1] s = {1}, int64[1] e = {6}, int64[1] a = {0}, int64[1] t = {2}, int64[2] p = {2, -1},"
		" int64[2] q = {-9, 3}, int64[2] r = {0, 1}, int64[2] m = {-1, -4}>"
		"{ b = Slice(x, s, e, a, t) y = Slice(b, p, q, r, m) }",
		"g (float[6, 8] x) => (float[3, 1] y)"
		"<int64[2] p = {5, 7}, int64[2] q = {0, 8}, int64[2] r = {0, 1}, int64[2] m = {-2, 1}>"
		"{ y = Slice(x, p, q, r, m) }"),
	STAYS("axes_that_mix", "g (float[2, 3, 4] x) => (float[4, 6] y) <int64[2] s = {4, 6}>"
			       "{ a = Transpose<perm = [2, 0, 1]>(x) y = Reshape(a, s) }"),
	STAYS("a_part_across_rows",
	      "g (float[2, 3] x) => (float[4] y) <int64[1] s = {6}, int64[1] b = {1}, int64[1] e = {5}, int64[1] a = {0}>"
	      "{ c = Reshape(x, s) y = Slice(c, b, e, a) }"),
	STAYS("one_row_three_times",
	      "g (float[1, 4] x) => (float[12] y) <int64[3] i = {0, 0, 0}, int64[1] t = {12}>"
	      "{ a = Gather(x, i) y = Reshape(a, t) }"),
	BECOMES("half_of_a_split",
		"g (float[6, 2] x) => (float[1, 2] y, float[2, 2] z, float[2, 2] w)"
		"<int64[1] b = {1}, int64[1] e = {2}, int64[1] a = {0}, int64[1] t = {1}>"
		"{ z, c, w = Split<num_outputs = 3>(x) y = Slice(c, b, e, a, t) }",
		"g (float[6, 2] x) => (float[1, 2] y, float[2, 2] z, float[2, 2] w)"
		"<int64[1] b = {3}, int64[1] e = {4}, int64[1] a = {0}, int64[1] t = {1}>"
		"{ z, \"\", w = Split<num_outputs = 3>(x) y = Slice(x, b, e, a, t) }"),
};

START_TEST(strided)
{
	check_pass(&pass_canonical, &strided_cases[_i]);
}
END_TEST

static const struct pass_case reduce_cases[] = {
	NEARLY("the_mean_of_an_image_channels_last",
	       "g (float[1, 4, 2, 3] x) => (float[1, 4] y) <int64[2] a = {1, 2}>"
	       "{ t = Transpose<perm = [0, 2, 3, 1]>(x) y = ReduceMean<keepdims = 0>(t, a) }",
	       "g (float[1, 4, 2, 3] x) => (float[1, 4] y) <int64[2] a = {2, 3}, int64[2] s = {1, 4}>"
	       "{ p = ReduceMean(x, a) y = Reshape(p, s) }"),
	NEARLY("the_sum_of_another_axis",
	       "g (float[2, 3, 4] x) => (float[2, 1, 4] y) <int64[1] a = {-2}>"
	       "{ t = Transpose<perm = [2, 1, 0]>(x) u = ReduceSum(t, a) y = Transpose<perm = [2, 1, 0]>(u) }",
	       NULL),
	NEARLY("the_sum_along_the_first",
	       "g (float[2, 3, 4] x) => (float[3, 4] y) <int64[1] a = {2}>"
	       "{ t = Transpose<perm = [1, 2, 0]>(x) y = ReduceSum<keepdims = 0>(t, a) }",
	       "g (float[2, 3, 4] x) => (float[3, 4] y) <int64[1] a = {0}, int64[2] s = {3, 4}>"
	       "{ t = ReduceSum(x, a) y = Reshape(t, s) }"),
};

START_TEST(reduce)
{
	check_pass(&pass_canonical, &reduce_cases[_i]);
}
END_TEST

static const struct pass_case mean_cases[] = {
	NEARLY("the_mean_of_an_image",
	       "g (float[2, 4, 2, 3] x) => (float[2, 4] y) <int64[2] a = {2, -1}>"
	       "{ y = ReduceMean<keepdims = 0>(x, a) }",
	       "g (float[2, 4, 2, 3] x) => (float[2, 4] y) <int64[2] s = {2, 4}>"
	       "{ p = GlobalAveragePool(x) y = Reshape(p, s) }"),
	STAYS("the_mean_of_one_axis",
	      "g (float[1, 4, 2, 3] x) => (float[1, 4, 2] y) <int64[1] a = {3}>"
	      "{ y = ReduceMean<keepdims = 0>(x, a) }"),
};

START_TEST(mean)
{
	check_pass(&pass_mean, &mean_cases[_i]);
}
END_TEST

/* The interpreter does not follow an If: sizes are symbolic, so that texts alone are compared. */
#define BRANCHES                                                                                   \
	"then_branch = t () => (float[N] p) { a = Neg(x) p = Exp(a) },"                            \
	" else_branch = e () => (float[N] q) { q = Floor(x) }"

static const struct pass_case branch_cases[] = {
	{ .name = "a_condition_that_is_known",
	  .before = "g (float[N] x, bool c) => (float[N] y) { b = If <" BRANCHES
		    "> (c) y = Relu(b) }",
	  .after =
		  "g (float[N] x, bool c) => (float[N] y) { a = Neg(x) p = Exp(a) y = Identity(p) }",
	  .ones = "c" },
	STAYS("a_condition_that_is_not",
	      "g (float[N] x, bool c) => (float[N] y) { y = If <" BRANCHES "> (c) }"),
};

START_TEST(branch)
{
	check_pass(&pass_canonical, &branch_cases[_i]);
}
END_TEST

Suite *suite_canonical(void)
{
	const struct unit_test tests[] = {
		{ "identity", identity, ARRAY_LEN(identity_cases) },
		{ "view", view, ARRAY_LEN(view_cases) },
		{ "arith", arith, ARRAY_LEN(arith_cases) },
		{ "dense", dense, ARRAY_LEN(dense_cases) },
		{ "outputs", outputs, ARRAY_LEN(output_cases) },
		{ "branch", branch, ARRAY_LEN(branch_cases) },
		{ "strided", strided, ARRAY_LEN(strided_cases) },
		{ "reduce", reduce, ARRAY_LEN(reduce_cases) },
		{ "mean", mean, ARRAY_LEN(mean_cases) },
	};
	return UNIT_SUITE("canonical", tests);
}
