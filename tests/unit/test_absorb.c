/* Quantized models: what the operators between DequantizeLinear and QuantizeLinear become. */
#include "pass_check.h"

static const struct pass_case product_cases[] = {
	BECOMES("conv",
		"g (int8[1,1,2,2] x) => (int8[1,2,2,2] y) <float s = {0.5}, float t = {0.25},"
		" int8 z = {3}, int8 p = {-4}, int8[2,1,1,1] w = {2, -3}, float ws = {0.125},"
		" int32[2] b = {7, 9}, float bs = {0.0625}>"
		"{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, ws)"
		"  db = DequantizeLinear(b, bs) c = Conv(dx, dw, db) r = Relu(c)"
		"  y = QuantizeLinear(r, t, p) }",
		"g (int8[1,1,2,2] x) => (int8[1,2,2,2] y) <int8[2,1,1,1] w = {2, -3},"
		" float[1] f = {0.25}, int32[2] b = {7, 9}>"
		"{ y = edgecc.QConv<x_zero = 3, to = 3, y_zero = -4, lo = -4, hi = 127>(x, w, f, b) }"),
	STAYS("scale_zero",
	      "g (int8[1,1,2,2] x) => (int8[1,1,2,2] y) <float s = {0}, float t = {0.25},"
	      " int8 z = {3}, int8[1,1,1,1] w = {2}>"
	      "{ dx = DequantizeLinear(x, s, z) dw = DequantizeLinear(w, t) c = Conv(dx, dw)"
	      "  y = QuantizeLinear(c, t, z) }"),
};

START_TEST(product)
{
	check_pass(&pass_absorb, &product_cases[_i]);
}
END_TEST

Suite *suite_absorb(void)
{
	Suite *s = suite_create("absorb");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, product, 0, (int)ARRAY_LEN(product_cases));
	suite_add_tcase(s, t);
	return s;
}
