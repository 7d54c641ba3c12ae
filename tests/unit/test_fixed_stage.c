/* Definitions in fixed point against the same in double: of two tensors within bounds, each of 4 x 64 numbers as
 * near to one another as they are near to 0, ends and 0 among them. */
#include <math.h>

#include "compiler/passes/fixed_point.h"
#include "tests/unit/tir.h"

enum { ROWS = 4, COLUMNS = 64, COUNT = ROWS * COLUMNS };

static const struct {
	const char *text; /* of reals */
	double lo, hi;    /* what x0 and x1 are within */
	double most;      /* what the reader can tell apart ends there; 0: nowhere */
	double error;     /* at most, of the greatest result */
} rows[] = {
	{ "double[i:4,j:64] = x0:double[i,j] + x1:double[i,j]", -3, 5, 0, 1e-8 },
	{ "double[i:4,j:64] = x0:double[i,j] - x1:double[i,j] * 1e-9:double", 2, 2.5, 0, 1e-8 },
	{ "double[i:4,j:64] = x0:double[i,j] * x1:double[i,j] - 1e6:double", -1e3, 1e3, 0, 1e-8 },
	{ "double[i:4,j:64] = x0:double[i,j] * -0.3:double + x1:double[i,j] / 7:double", -1e-6,
	  1e-6, 0, 1e-8 },
	{ "double[i:4,j:64] = -(min(x0:double[i,j], 0.5:double)) * max(x1:double[i,j], 1:double)",
	  -4, 4, 0, 1e-8 },
	{ "double[i:4,j:64] = abs(x0:double[i,j]) * sign(x1:double[i,j])", -4, 4, 0, 1e-8 },
	{ "double[i:4,j:64] = floor(x0:double[i,j]) + ceil(x1:double[i,j]) * 10:double", -40, 40, 0,
	  1e-8 },
	{ "double[i:4,j:64] = round(x0:double[i,j] * 0.5:double) + trunc(x1:double[i,j]) * 10:double",
	  -9, 4, 0, 1e-8 },
	{ "double[i:4,j:64] = select(x0:double[i,j] < x1:double[i,j] * 0.5:double, x0:double[i,j], 100:double)",
	  -4, 4, 0, 1e-8 },
	{ "double[i:4,j:64] = select(1:double <= x0:double[i,j], -inf:double, x1:double[i,j]) * 0:double + x0:double[i,j]",
	  -2, 2, 0, 1e-8 },
	{ "double[i:4,j:64] = double(int32(x0:double[i,j] * 20:double)) * 0.1:double", -1e5, 1e5, 0,
	  1e-8 },
	{ "double[i:4,j:64] = x0:double[i,j] * x1:double[i,j] * x0:double[i,j] * x1:double[i,j]",
	  -20, 30, 0, 1e-8 },
	{ "double[i:4,j:64] = x0:double[i,j] * x1:double[i,j] * x0:double[i,j] * x1:double[i,j]",
	  -1e-5, 3e-5, 0, 1e-8 },
	{ "double[i:4] = sum(k:64, x0:double[i,k] * x1:double[i,k])", -100, 30, 0, 1e-8 },
	{ "double[i:4] = maximum(k:64, x0:double[i,k]) + minimum(k:64, x1:double[i,k])", -1, 3, 0,
	  1e-8 },
	{ "double[i:4] = prod(k:64, x0:double[i,k] * 0.001:double + 1:double)", -8, 8, 0, 1e-5 },
	{ "double[i:4] = prod(k:64, select(x1:double[i,k] < 1.5:double, -1:double, x0:double[i,k]))",
	  0.5, 2, 1e4, 1e-4 },
	{ "double[i:4,j:64] = exp(x0:double[i,j] - maximum(k:64, x0:double[i,k]))", -300, 300, 0,
	  1e-6 },
	{ "double[i:4,j:64] = exp(x0:double[i,j]) / sum(k:64, exp(x0:double[i,k]))", -4, 4, 1,
	  1e-5 },
	{ "double[i:4,j:64] = x0:double[i,j] / sqrt(sum(k:64, pow(x0:double[i,k], 2:double)))", -4,
	  0.01, 1, 1e-6 },
	{ "double[i:4,j:64] = pow(x0:double[i,j], x1:double[i,j])", 0.25, 4, 0, 1e-6 },
	{ "double[i:4,j:64] = exp(x0:double[i,j] + select(x1:double[i,j] < 0:double, 0:double, -inf:double) - 8:double)",
	  -8, 8, 0, 1e-6 },
	{ "double[i:4,j:64] = select(select(x1:double[i,j] < 0:double, x0:double[i,j], -inf:double) == -inf:double, 7:double, x0:double[i,j])",
	  -8, 8, 0, 1e-8 },
	{ "double[i:4,j:64] = select(isinf(x0:double[i,j] + select(x1:double[i,j] < 0:double, inf:double, 1:double)), 7:double, x0:double[i,j])",
	  -8, 8, 0, 1e-8 },
	{ "double[i:4,j:64] = (x0:double[i,j] - floor(x0:double[i,j]))", -30.01, 31.003, 0, 1e-7 },
	{ "double[i:4,j:64] = (-0.75:double * (x0:double[i,j] - floor(x0:double[i,j])) + 3.75:double)",
	  -30.01, 31.003, 0, 1e-7 },
	{ "double[i:4,j:64] = ((-0.75:double * (x0:double[i,j] - floor(x0:double[i,j])) + 3.75:double) * (x0:double[i,j] - floor(x0:double[i,j])) - 6:double) * (x0:double[i,j] - floor(x0:double[i,j])) + 3:double",
	  -30.01, 31.003, 0, 1e-7 },
	{ "double[i:4,j:64] = (1.25:double * x0:double[i,j] - 2.25:double) * x0:double[i,j] * x0:double[i,j] + 1:double",
	  -30.01, 31.003, 0, 1e-7 },
	{ "double[i:4,j:64] = ((1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * 1.25:double - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double",
	  -30.01, 31.003, 0, 1e-7 },
	{ "double[i:4,j:64] = (((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64]",
	  -8.01, 14.003, 0, 1e-4 },
	{ "double[i:4,j:64] = (((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64] + ((1.25:double * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double) * x1:double[i,(j + 2) % 64] + (((-0.75:double * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3.75:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 6:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3:double) * x1:double[i,(j + 3) % 64]",
	  -8.01, 14.003, 0, 1e-4 },
	{ "double[i:4,j:64] = ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * ((((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64] + ((1.25:double * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double) * x1:double[i,(j + 2) % 64] + (((-0.75:double * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3.75:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 6:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3:double) * x1:double[i,(j + 3) % 64])",
	  -8.01, 14.003, 0, 1e-4 },
	{ "double[i:4,j:64] = (((-0.75:double * ((x1:double[i,j] - floor(x1:double[i,j])) + 1:double) + 3.75:double) * ((x1:double[i,j] - floor(x1:double[i,j])) + 1:double) - 6:double) * ((x1:double[i,j] - floor(x1:double[i,j])) + 1:double) + 3:double) * ((((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64] + ((1.25:double * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double) * x1:double[i,(j + 2) % 64] + (((-0.75:double * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3.75:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 6:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3:double) * x1:double[i,(j + 3) % 64]) + ((1.25:double * (x1:double[i,j] - floor(x1:double[i,j])) - 2.25:double) * (x1:double[i,j] - floor(x1:double[i,j])) * (x1:double[i,j] - floor(x1:double[i,j])) + 1:double) * ((((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64] + ((1.25:double * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double) * x1:double[i,(j + 2) % 64] + (((-0.75:double * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3.75:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 6:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3:double) * x1:double[i,(j + 3) % 64]) + ((1.25:double * (1:double - (x1:double[i,j] - floor(x1:double[i,j]))) - 2.25:double) * (1:double - (x1:double[i,j] - floor(x1:double[i,j]))) * (1:double - (x1:double[i,j] - floor(x1:double[i,j]))) + 1:double) * ((((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64] + ((1.25:double * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double) * x1:double[i,(j + 2) % 64] + (((-0.75:double * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3.75:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 6:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3:double) * x1:double[i,(j + 3) % 64]) + (((-0.75:double * (2:double - (x1:double[i,j] - floor(x1:double[i,j]))) + 3.75:double) * (2:double - (x1:double[i,j] - floor(x1:double[i,j]))) - 6:double) * (2:double - (x1:double[i,j] - floor(x1:double[i,j]))) + 3:double) * ((((-0.75:double * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3.75:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) - 6:double) * ((x0:double[i,j] - floor(x0:double[i,j])) + 1:double) + 3:double) * x1:double[i,j] + ((1.25:double * (x0:double[i,j] - floor(x0:double[i,j])) - 2.25:double) * (x0:double[i,j] - floor(x0:double[i,j])) * (x0:double[i,j] - floor(x0:double[i,j])) + 1:double) * x1:double[i,(j + 1) % 64] + ((1.25:double * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 2.25:double) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) * (1:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 1:double) * x1:double[i,(j + 2) % 64] + (((-0.75:double * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3.75:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) - 6:double) * (2:double - (x0:double[i,j] - floor(x0:double[i,j]))) + 3:double) * x1:double[i,(j + 3) % 64])",
	  -8.01, 14.003, 0, 1e-4 },
	{ "double[i:4,j:64] = mod(x0:double[i,j], x1:double[i,j])", 1, 40, 0, 1e-6 },
};

static double number(double lo, double hi, int i, int salt)
{
	const double at = (double)((i * 37 + salt * 11) % COUNT) / (COUNT - 1) * 2 - 1;
	const double middle = fmin(fmax(0, lo), hi);

	return at < 0 ? middle + (lo - middle) * at * at : middle + (hi - middle) * at * at;
}

START_TEST(is_near)
{
	const double lo = rows[_i].lo, hi = rows[_i].hi,
		     most = rows[_i].most > 0 ? rows[_i].most : INFINITY;
	const int fraction = fixed_fraction(lo, hi);
	const dim d[2] = { ROWS, COLUMNS };
	const struct fixed_slot slot = { true, fraction, 1, { lo, hi } };
	const struct fixed_slot slots[2] = { slot, slot };
	const struct constant *in[2], *integers[2], *want, *got;
	double v[COUNT], greatest = 0;
	struct tir_stage s = parse(rows[_i].text);
	const struct tir *whole;
	struct scaled y;

	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < COUNT; i++)
			v[i] = nearbyint(ldexp(number(lo, hi, i, k), fraction));
		integers[k] = tensor(DT_I32, 2, d, v);
		for (int i = 0; i < COUNT; i++)
			v[i] = ldexp(v[i], -fraction);
		in[k] = tensor(DT_F64, 2, d, v);
	}
	want = tir_eval(&arena, &s, in);
	ck_assert_msg(
		fixed_expression(&b, s.value, slots, (struct range){ -most, most }, &y, &whole),
		"%.60s has no form", rows[_i].text);
	s.type = DT_I64;
	s.value = y.x.v;
	got = tir_eval(&arena, &s, integers);
	for (int i = 0; i < shape_elements(&want->shape); i++)
		greatest = fmax(greatest, fmin(fabs(constant_f64(want, i)), most));
	for (int i = 0; i < shape_elements(&want->shape); i++) {
		const double x = ldexp((double)constant_i64(got, i), -y.x.fraction) * y.step;
		const double exact = fmin(fmax(constant_f64(want, i), -most), most);

		ck_assert_msg(fabs(fmin(fmax(x, -most), most) - exact) <= rows[_i].error * greatest,
			      "%.60s: %.9g is %.9g", rows[_i].text, exact, x);
		ck_assert_msg(x >= y.x.lo * y.step - 1e-6 * greatest &&
				      x <= y.x.hi * y.step + 1e-6 * greatest,
			      "%.60s: %.9g is beyond [%g, %g]", rows[_i].text, x, y.x.lo * y.step,
			      y.x.hi * y.step);
	}
}
END_TEST

Suite *suite_fixed_stage(void)
{
	const struct unit_test tests[] = {
		{ "is_near", is_near, ARRAY_LEN(rows) },
	};
	return unit_suite("fixed_stage", tests, ARRAY_LEN(tests), set_up, tear_down);
}
