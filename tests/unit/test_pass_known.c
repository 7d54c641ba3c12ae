/* Operators that exporters take apart. */
#include "pass_check.h"

#define NEARLY(NAME, BEFORE, AFTER)                                                                \
	{                                                                                          \
		.name = NAME, .before = BEFORE, .after = AFTER, .tolerance = 1e-5                  \
	}
#define G "g (float[2, 3] x) => (float[2, 3] y) "

static const struct pass_case activation_cases[] = {
	NEARLY("gelu_as_pytorch_writes_it",
	       G "<float r = {1.41421354}, float o = {1}, float h = {0.5}>"
		 "{ a = Div(x, r) b = Erf(a) c = Add(b, o) d = Mul(x, c) y = Mul(d, h) }",
	       G "{ y = Gelu(x) }"),
	NEARLY("gelu_as_tensorflow_writes_it",
	       G "<float r = {0.70710677}, float o = {1}, float h = {0.5}>"
		 "{ a = Mul(x, r) b = Erf(a) c = Add(b, o) d = Mul(x, h) y = Mul(d, c) }",
	       G "{ y = Gelu(x) }"),
	NEARLY("gelu_of_a_product",
	       "g (float[2, 3] x, float[3] z) => (float[2, 3] y) <float r = {1.41421354}, float o = {1}, float h = {0.5}>"
	       "{ p = Mul(x, z) a = Div(p, r) b = Erf(a) c = Add(b, o) d = Mul(p, c) y = Mul(d, h) }",
	       "g (float[2, 3] x, float[3] z) => (float[2, 3] y) { p = Mul(x, z) y = Gelu(p) }"),
	STAYS("erf_of_something_else",
	      G "<float r = {1.5}, float o = {1}, float h = {0.5}>"
		"{ a = Div(x, r) b = Erf(a) c = Add(b, o) d = Mul(x, c) y = Mul(d, h) }"),
	NEARLY("gelu_by_tanh",
	       G
	       "<float c = {0.044715}, float r = {0.797884583}, float o = {1}, float h = {0.5}>"
	       "{ a = Mul(x, x) b = Mul(a, x) d = Mul(b, c) e = Add(x, d) f = Mul(e, r) t = Tanh(f)"
	       "  s = Add(t, o) p = Mul(x, h) y = Mul(p, s) }",
	       G "{ y = Gelu<approximate = \"tanh\">(x) }"),
	NEARLY("gelu_by_tanh_with_a_square",
	       G
	       "<float c = {0.044715}, float r = {0.797884583}, float o = {1}, float h = {0.5}>"
	       "{ a = Mul(x, x) d = Mul(a, c) e = Add(d, o) f = Mul(x, e) k = Mul(f, r) t = Tanh(k)"
	       "  s = Add(t, o) p = Mul(x, s) y = Mul(p, h) }",
	       G "{ y = Gelu<approximate = \"tanh\">(x) }"),
	BECOMES("silu", G "{ s = Sigmoid(x) y = Mul(x, s) }", G "{ y = Swish(x) }"),
	NEARLY("quick_gelu", G "<float c = {1.75}> { a = Mul(x, c) s = Sigmoid(a) y = Mul(s, x) }",
	       G "{ y = Swish<alpha = 1.75>(x) }"),
	STAYS("a_gate_of_another",
	      "g (float[2, 3] x, float[2, 3] z) => (float[2, 3] y) { s = Sigmoid(z) y = Mul(x, s) }"),
	NEARLY("sigmoid_and_silu_in_parts",
	       G
	       "<float o = {1}> { n = Neg(x) e = Exp(n) d = Add(e, o) r = Reciprocal(d) q = Div(x, d) y = Add(r, q) }",
	       G "{ r = Sigmoid(x) q = Swish(x) y = Add(r, q) }"),
	NEARLY("hard_swish",
	       G "<float t = {3}, float z = {0}, float s = {6}>"
		 "{ a = Add(x, t) b = Clip(a, z, s) c = Mul(x, b) y = Div(c, s) }",
	       G "{ y = HardSwish(x) }"),
	NEARLY("hard_swish_of_hard_sigmoid",
	       G "{ a = HardSigmoid<alpha = 0.16666667>(x) y = Mul(x, a) }",
	       G "{ y = HardSwish(x) }"),
	NEARLY("hard_sigmoid",
	       "g (float[2, 3] x, float[2, 3] z) => (float[2, 3] y) <float t = {3}, float o = {0}, float s = {6}>"
	       "{ a = Add(x, t) b = Clip(a, o, s) c = Div(b, s) y = Mul(z, c) }",
	       "g (float[2, 3] x, float[2, 3] z) => (float[2, 3] y)"
	       "{ c = HardSigmoid<alpha = 0.16666667>(x) y = Mul(z, c) }"),
	NEARLY("softplus_and_mish",
	       G
	       "<float o = {1}> { e = Exp(x) a = Add(e, o) b = Log(a) t = Tanh(b) y = Mul(x, t) }",
	       G "{ y = Mish(x) }"),
};

START_TEST(activation)
{
	check_pass(&pass_known, &activation_cases[_i]);
}
END_TEST

#define LAST "int64[1] l = {-1}, float e = {0.01}"

static const struct pass_case norm_cases[] = {
	NEARLY("layer_norm_as_pytorch_writes_it",
	       G
	       "<" LAST ", float[3] g = {1, 2, 3}, float[3] b = {4, 5, 6}>"
	       "{ m = ReduceMean(x, l) d = Sub(x, m) q = Mul(d, d) v = ReduceMean(q, l) a = Add(v, e)"
	       "  s = Sqrt(a) n = Div(d, s) w = Mul(n, g) y = Add(w, b) }",
	       G "<float[3] g = {1, 2, 3}, float[3] b = {4, 5, 6}>"
		 "{ y = LayerNormalization<epsilon = 0.01>(x, g, b) }"),
	NEARLY("layer_norm_as_tensorflow_writes_it",
	       G
	       "<" LAST ", float[3] g = {1, 2, 3}, float[3] b = {4, 5, 6}>"
	       "{ m = ReduceMean(x, l) d = Sub(x, m) q = Mul(d, d) v = ReduceMean(q, l) a = Add(v, e)"
	       "  s = Sqrt(a) r = Reciprocal(s) w = Mul(r, g) p = Mul(x, w) o = Mul(m, w) t = Sub(b, o)"
	       "  y = Add(p, t) }",
	       G "<float[3] g = {1, 2, 3}, float[3] b = {4, 5, 6}>"
		 "{ y = LayerNormalization<epsilon = 0.01>(x, g, b) }"),
	NEARLY("layer_norm_over_two_axes",
	       "g (float[2, 3, 2] x) => (float[2, 3, 2] y) <int64[2] l = {1, 2}, float e = {0.01}>"
	       "{ m = ReduceMean(x, l) d = Sub(x, m) q = Mul(d, d) v = ReduceMean(q, l) a = Add(v, e)"
	       "  s = Sqrt(a) r = Reciprocal(s) y = Mul(r, d) }",
	       "g (float[2, 3, 2] x) => (float[2, 3, 2] y) <float[3, 2] g = {1, 1, 1, 1, 1, 1}>"
	       "{ y = LayerNormalization<axis = -2, epsilon = 0.01>(x, g) }"),
	NEARLY("only_the_parameters_that_fit",
	       G
	       "<" LAST ", float[2, 1] g = {1, 2}>"
	       "{ m = ReduceMean(x, l) d = Sub(x, m) q = Mul(d, d) v = ReduceMean(q, l) a = Add(v, e)"
	       "  s = Sqrt(a) n = Div(d, s) y = Mul(n, g) }",
	       G "<float[3] o = {1, 1, 1}, float[2, 1] g = {1, 2}>"
		 "{ n = LayerNormalization<epsilon = 0.01>(x, o) y = Mul(n, g) }"),
	NEARLY("deviations_from_another_mean",
	       "g (float[2, 3] x, float[2, 3] z) => (float[2, 3] y) <" LAST ">"
	       "{ m = ReduceMean(z, l) d = Sub(x, m) q = Mul(d, d) v = ReduceMean(q, l) a = Add(v, e)"
	       "  s = Sqrt(a) y = Div(d, s) }",
	       "g (float[2, 3] x, float[2, 3] z) => (float[2, 3] y)"
	       "<int64[1] l = {-1}, float[3] g = {1, 1, 1}>"
	       "{ m = ReduceMean(z, l) d = Sub(x, m) y = RMSNormalization<epsilon = 0.01>(d, g) }"),
	STAYS("the_variance_of_another",
	      "g (float[2, 3] x, float[2, 3] z) => (float[2, 3] y) <" LAST ">"
	      "{ m = ReduceMean(x, l) d = Sub(x, m) q = Mul(z, z) v = ReduceMean(q, l) a = Add(v, e)"
	      "  s = Sqrt(a) y = Div(d, s) }"),
	STAYS("axes_that_are_not_the_last", G
	      "<int64[1] l = {0}, float e = {0.01}>"
	      "{ m = ReduceMean(x, l) d = Sub(x, m) q = Mul(d, d) v = ReduceMean(q, l) a = Add(v, e)"
	      "  s = Sqrt(a) y = Div(d, s) }"),
	NEARLY("rms_norm",
	       G "<" LAST ", float[3] g = {1, 2, 3}>"
		 "{ q = Mul(x, x) v = ReduceMean(q, l) a = Add(v, e) s = Sqrt(a) r = Reciprocal(s)"
		 "  n = Mul(x, r) y = Mul(n, g) }",
	       G "<float[3] g = {1, 2, 3}> { y = RMSNormalization<epsilon = 0.01>(x, g) }"),
	NEARLY("softmax",
	       G
	       "<int64[1] l = {0}>"
	       "{ m = ReduceMax(x, l) d = Sub(x, m) e = Exp(d) s = ReduceSum(e, l) y = Div(e, s) }",
	       G "{ y = Softmax<axis = 0>(x) }"),
	NEARLY("softmax_without_the_maximum",
	       G
	       "<int64[1] l = {1}> { e = Exp(x) s = ReduceSum(e, l) r = Reciprocal(s) y = Mul(r, e) }",
	       G "{ y = Softmax<axis = 1>(x) }"),
	STAYS("a_sum_along_two_axes",
	      G "<int64[2] l = {0, 1}> { e = Exp(x) s = ReduceSum(e, l) y = Div(e, s) }"),
};

START_TEST(norm)
{
	check_pass(&pass_known, &norm_cases[_i]);
}
END_TEST

static const struct pass_case move_cases[] = {
	BECOMES("pixel_shuffle",
		"g (float[1, 8, 2, 3] x) => (float[1, 2, 4, 6] y)"
		"<int64[6] s = {1, 2, 2, 2, 2, 3}, int64[4] t = {1, 2, 4, 6}>"
		"{ a = Reshape(x, s) b = Transpose<perm = [0, 1, 4, 2, 5, 3]>(a) y = Reshape(b, t) }",
		"g (float[1, 8, 2, 3] x) => (float[1, 2, 4, 6] y)"
		"{ y = DepthToSpace<blocksize = 2, mode = \"CRD\">(x) }"),
	BECOMES("depth_first",
		"g (float[1, 8, 2, 3] x) => (float[1, 2, 4, 6] y)"
		"<int64[6] s = {1, 2, 2, 2, 2, 3}, int64[4] t = {1, 2, 4, 6}>"
		"{ a = Reshape(x, s) b = Transpose<perm = [0, 3, 4, 1, 5, 2]>(a) y = Reshape(b, t) }",
		"g (float[1, 8, 2, 3] x) => (float[1, 2, 4, 6] y) { y = DepthToSpace<blocksize = 2>(x) }"),
	BECOMES("pixel_unshuffle",
		"g (float[1, 2, 4, 6] x) => (float[1, 8, 2, 3] y)"
		"<int64[6] s = {1, 2, 2, 2, 3, 2}, int64[4] t = {1, 8, 2, 3}>"
		"{ a = Reshape(x, s) b = Transpose<perm = [0, 1, 3, 5, 2, 4]>(a) y = Reshape(b, t) }",
		"g (float[1, 2, 4, 6] x) => (float[1, 8, 2, 3] y)"
		"{ y = SpaceToDepth<blocksize = 2, mode = \"CRD\">(x) }"),
	BECOMES("space_to_depth",
		"g (float[1, 2, 4, 6] x) => (float[1, 8, 2, 3] y)"
		"<int64[6] s = {1, 2, 2, 2, 3, 2}, int64[4] t = {1, 8, 2, 3}>"
		"{ a = Reshape(x, s) b = Transpose<perm = [0, 3, 5, 1, 2, 4]>(a) y = Reshape(b, t) }",
		"g (float[1, 2, 4, 6] x) => (float[1, 8, 2, 3] y) { y = SpaceToDepth<blocksize = 2>(x) }"),
	STAYS("blocks_of_other_sizes",
	      "g (float[1, 12, 2, 3] x) => (float[1, 2, 4, 9] y)"
	      "<int64[6] s = {1, 2, 2, 3, 2, 3}, int64[4] t = {1, 2, 4, 9}>"
	      "{ a = Reshape(x, s) b = Transpose<perm = [0, 1, 4, 2, 5, 3]>(a) y = Reshape(b, t) }"),
};

START_TEST(move)
{
	check_pass(&pass_known, &move_cases[_i]);
}
END_TEST

Suite *suite_pass_known(void)
{
	const struct unit_test tests[] = {
		{ "activation", activation, ARRAY_LEN(activation_cases) },
		{ "norm", norm, ARRAY_LEN(norm_cases) },
		{ "move", move, ARRAY_LEN(move_cases) },
	};
	return UNIT_SUITE("pass_known", tests);
}
