/* Folding, dead code, equal expressions, and the rewrites to one form. */
#include "pass_check.h"

/* -- fold-constants ------------------------------------------------------------------- */

static const struct pass_case fold_cases[] = {
	BECOMES("constants_are_added",
		"g (float[2] x) => (float[2] y) <float[2] a = {1, 2}, float[2] b = {3, 5}>"
		"{ c = Add(a, b) y = Mul(x, c) }",
		"g (float[2] x) => (float[2] y) <float[2] c = {4, 7}> { y = Mul(x, c) }"),
	BECOMES("expansions_are_followed",
		"g (float[2] x) => (float[2] y) <float[2] a = {0, 0}> { c = Softmax(a) y = Mul(x, c) }",
		"g (float[2] x) => (float[2] y) <float[2] c = {0.5, 0.5}> { y = Mul(x, c) }"),
	BECOMES("known_shapes_are_numbers",
		"g (float[2, 3, 4] x) => (float[6, 4] y) <int64 one = {1}, int64[1] zero = {0},"
		" int64[1] rest = {-1}, int64[1] end = {3}, int64[1] two = {2}>"
		"{ s = Shape(x) d = Slice(s, two, end) r = Concat<axis = 0>(rest, d) y = Reshape(x, r) }",
		"g (float[2, 3, 4] x) => (float[6, 4] y) <int64[2] r = {-1, 4}> { y = Reshape(x, r) }"),
	BECOMES("known_shapes_within_unknown_ones",
		"g (float[N, 3, 4] x) => (float[N, 12] y) <int64 one = {1}, int64[1] rest = {-1}>"
		"{ s = Shape<start = 1>(x) p = ReduceProd<keepdims = 1>(s) n = Shape<end = 1>(x)"
		"  r = Concat<axis = 0>(n, p) y = Reshape(x, r) }",
		"g (float[N, 3, 4] x) => (float[N, 12] y) <int64[1] p = {12}>"
		"{ n = Shape<end = 1>(x) r = Concat<axis = 0>(n, p) y = Reshape(x, r) }"),
	BECOMES("a_constant_output",
		"g (float[2] x) => (int64[1] s, float[2] y) { s = Shape(x) y = Relu(x) }",
		"g (float[2] x) => (int64[1] s, float[2] y) <int64[1] s = {2}> { y = Relu(x) }"),
};

START_TEST(fold)
{
	check_pass(&pass_fold, &fold_cases[_i]);
}
END_TEST

/* -- merge-equal ---------------------------------------------------------------------- */

static const struct pass_case cse_cases[] = {
	BECOMES("equal_nodes",
		"g (float[2] x) => (float[2] y) { a = Exp(x) b = Exp(x) c = Neg(b) d = Neg(a) y = Mul(c, d) }",
		"g (float[2] x) => (float[2] y) { a = Exp(x) c = Neg(a) y = Mul(c, c) }"),
	STAYS("other_attributes_differ",
	      "g (float[2, 3] x) => (float[2, 3] y)"
	      "{ a = Softmax<axis = 0>(x) b = Softmax<axis = 1>(x) y = Mul(a, b) }"),
	BECOMES("equal_constants",
		"g (float[2] x) => (float[2] y) <float[2] a = {1, 2}, float[2] b = {1, 2}, float[2] c = {1, 3}>"
		"{ p = Sub(x, a) q = Sub(x, b) r = Sub(x, c) s = Mul(p, q) y = Mul(s, r) }",
		"g (float[2] x) => (float[2] y) <float[2] a = {1, 2}, float[2] c = {1, 3}>"
		"{ p = Sub(x, a) r = Sub(x, c) s = Mul(p, p) y = Mul(s, r) }"),
	STAYS("types_of_constants_differ",
	      "g (float[1] x, int32[1] z) => (float[1] y, int32[1] w) <float[1] a = {0}, int32[1] b = {0}>"
	      "{ y = Add(x, a) w = Add(z, b) }"),
	BECOMES("the_order_of_a_sum_is_nothing",
		"g (float[2] x, float[2] z) => (float[2] y) { a = Add(x, z) b = Add(z, x) y = Mul(a, b) }",
		"g (float[2] x, float[2] z) => (float[2] y) { a = Add(x, z) y = Mul(a, a) }"),
	STAYS("the_order_of_a_difference_is_not",
	      "g (float[2] x, float[2] z) => (float[2] y) { a = Sub(x, z) b = Sub(z, x) y = Mul(a, b) }"),
	BECOMES("the_same_sizes",
		"g (float[N, M] x, float[M, N] z) => (float[N, M] y, float[N, M] w)"
		"<int64[2] i = {1, 0}>"
		"{ s = Shape(x) r = Shape(z) t = Gather(r, i) y = ConstantOfShape(s) w = ConstantOfShape(t) }",
		"g (float[N, M] x, float[M, N] z) => (float[N, M] y, float[N, M] w)"
		"<int64[2] i = {1, 0}>"
		"{ s = Shape(x) r = Shape(z) t = Gather(r, i) y = ConstantOfShape(s) w = Identity(y) }"),
	BECOMES("two_outputs_of_the_model",
		"g (float[2] x) => (float[2] y, float[2] z) { y = Exp(x) z = Exp(x) }",
		"g (float[2] x) => (float[2] y, float[2] z) { y = Exp(x) z = Identity(y) }"),
};

START_TEST(cse)
{
	check_pass(&pass_cse, &cse_cases[_i]);
}
END_TEST

/* -- the driver of rewrites ----------------------------------------------------------- */

static bool swap_inputs(struct unit *u, struct node *n)
{
	uint32_t first = n->in[0];

	(void)u;
	node_set_input(n, 0, n->in[1]);
	node_set_input(n, 1, first);
	return true;
}

static const struct rewrite endless[] = {
	{ "swap", "Add", "for ever", swap_inputs },
	{ "no-such-operator", "NoSuchOperator", "never", swap_inputs },
	{ .name = NULL },
};
static const struct rewrite *const endless_tables[] = { endless, NULL };
static const struct pass endless_pass = { .name = "endless", .rewrites = endless_tables };

static const struct pass_case driver_cases[] = {
	STAYS("rewrites_that_never_settle_are_stopped",
	      "g (float[2] x, float[2] z) => (float[2] y) { y = Add(x, z) }"),
	{ .name = "a_disabled_rewrite_does_nothing",
	  .before = "g (float[2] x, float[2] z) => (float[2] y) { y = Add(x, z) }",
	  .disabled = "swap" },
};

START_TEST(driver)
{
	check_pass(&endless_pass, &driver_cases[_i]);
}
END_TEST

Suite *suite_passes(void)
{
	const struct unit_test tests[] = {
		{ "fold", fold, ARRAY_LEN(fold_cases) },
		{ "cse", cse, ARRAY_LEN(cse_cases) },
		{ "driver", driver, ARRAY_LEN(driver_cases) },
	};
	return UNIT_SUITE("passes", tests);
}
