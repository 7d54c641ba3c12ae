/* Functions of reals in integers against the C library's. */
#include <float.h>
#include <math.h>

#include "compiler/passes/fixed_point.h"
#include "tests/unit/tir.h"

enum { POINTS = 2001 };

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static const struct function {
	const char *name;
	enum tir_kind k;
	double (*f)(double x);
} functions[] = {
	{ "sqrt", TIR_SQRT, sqrt },
	{ "exp", TIR_EXP, exp },
	{ "log", TIR_LOG, log },
	{ "log1p", TIR_LOG1P, log1p },
	{ "expm1", TIR_EXPM1, expm1 },
	{ "sin", TIR_SIN, sin },
	{ "cos", TIR_COS, cos },
	{ "tan", TIR_TAN, tan },
	{ "asin", TIR_ASIN, asin },
	{ "acos", TIR_ACOS, acos },
	{ "atan", TIR_ATAN, atan },
	{ "sinh", TIR_SINH, sinh },
	{ "cosh", TIR_COSH, cosh },
	{ "tanh", TIR_TANH, tanh },
	{ "asinh", TIR_ASINH, asinh },
	{ "acosh", TIR_ACOSH, acosh },
	{ "atanh", TIR_ATANH, atanh },
	{ "erf", TIR_ERF, erf },
	{ "sigmoid", TIR_SIGMOID, sigmoid },
};

/* Where arguments are, and how many bits fewer than they could they have. */
static const struct {
	double lo, hi;
	int less;
} ranges[] = {
	{ -1, 1, 0 },       { 0, 1, 0 },       { 0, 1, 16 },     { -1e-4, 1e-4, 0 },
	{ 1e-6, 3e-6, 0 },  { -0.3, 0.2, 0 },  { 0.5, 2, 0 },    { 0.9, 1.1, 0 },
	{ 1, 1.5, 0 },      { -3, 3, 0 },      { -8, 8, 0 },     { -8, 8, 20 },
	{ -30, -10, 0 },    { -5, -1, 0 },     { -20, 0, 0 },    { 0, 20, 0 },
	{ 3, 40, 0 },       { -128, 127, 20 }, { -100, 100, 0 }, { 1, 1000, 0 },
	{ -1e6, 1e6, 0 },   { 0, 1e9, 0 },     { 1e-3, 1e3, 0 }, { 0.999, 1, 0 },
	{ -1e12, 1e12, 0 }, { 7, 7.5, 0 },     { -0.7, 0.9, 7 },
};

/* Values from lo to hi with `less` bits fewer than there could be; their ends among them, and small ones. */
static struct fixed argument(int slot, double lo, double hi, int less, int64_t *v)
{
	const struct tir *i = tir_var(&b, POINTS, "i");
	struct fixed x = { NULL, fixed_fraction(lo, hi) - less, lo, hi };
	const int64_t least = (int64_t)ceil(ldexp(lo, x.fraction));
	const int64_t most = (int64_t)floor(ldexp(hi, x.fraction));

	for (int k = 0; k < POINTS; k++) {
		v[k] = random_int(least, most);
		if (k % 4 == 0)
			v[k] >>= random_int(0, 31);
		v[k] = v[k] < least ? least : v[k] > most ? most : v[k];
	}
	v[0] = least;
	v[1] = most;
	x.v = tir_load_typed(&b, slot, DT_I64, 1, &i);
	return x;
}

static const struct tir *renamed(struct tir_builder *to, const struct tir *var, void *data)
{
	(void)to;
	(void)var;
	return data;
}

/* x of every argument. */
static void evaluate(struct fixed x, const int64_t *v, const int64_t *w, int64_t *out)
{
	const struct tir *i = tir_var(&b, POINTS, "i");
	const struct tir_map map = { .var = renamed, .data = (void *)(uintptr_t)i };
	struct tir_stage s = { .type = DT_I64, .rank = 1, .vars = { i } };
	struct shape shape = { .rank = 1, .d = { POINTS } };
	const struct constant *in[2];
	void *data;

	in[0] = constant_new(&arena, DT_I64, &shape, &data);
	memcpy(data, v, POINTS * sizeof *v);
	in[1] = constant_new(&arena, DT_I64, &shape, &data);
	memcpy(data, w, POINTS * sizeof *w);
	s.value = tir_rebuild(&b, x.v, &map);
	memcpy(out, tir_eval(&arena, &s, in)->data, POINTS * sizeof *out);
}

/* r, whose integer is v, is near enough to y, narrow, and within its bounds. */
static void check_near(const char *text, struct fixed r, int64_t v, double y, struct range most,
		       double error)
{
	const double got = ldexp((double)v, -r.fraction);
	const double near = fmax(fmax(fabs(y) * 0x1p-24, ldexp(2, -r.fraction)), error);

	ck_assert_msg(llabs(v) <= INT64_C(1) << 31, "%s: %lld is not narrow", text, (long long)v);
	ck_assert_msg(got >= r.lo && got <= r.hi, "%s: %.17g is not from %.17g to %.17g", text, got,
		      r.lo, r.hi);
	if (isnan(y) || (y >= most.hi && got >= most.hi) || (y <= most.lo && got <= most.lo))
		return;
	y = fmin(fmax(y, most.lo), most.hi);
	ck_assert_msg(fabs(got - y) <= near, "%s: %.17g is not %.17g, %g times too far", text, got,
		      y, fabs(got - y) / near);
}

static const struct range any = { -INFINITY, INFINITY }, some = { -4, 3.9 };

/* What infinity is. */
static struct range ended(struct range most)
{
	return (struct range){ fmax(most.lo, -32768), fmin(most.hi, 32768) };
}

static void check_function(const struct function *f, double lo, double hi, int less,
			   struct range most)
{
	static int64_t v[POINTS], r[POINTS];
	const char *text = arena_printf(&arena, "%s from %g to %g", f->name, lo, hi);
	struct fixed x = argument(0, lo, hi, less, v), y;

	if (!fixed_function(&b, f->k, x, most, &y)) {
		ck_assert_msg(x.fraction < 0, "no %s", text);
		return;
	}
	evaluate(y, v, v, r);
	if (fmax(fabs(f->f(lo)), fabs(f->f(hi))) > FLT_MAX)
		most = ended(most);
	for (int i = 0; i < POINTS; i++) {
		const double t = ldexp((double)v[i], -x.fraction), exact = f->f(t);

		check_near(arena_printf(&arena, "%s, of %.17g", text, t), y, r[i], exact, most,
			   f->k == TIR_TAN ? (1 + exact * exact) * 0x1p-28 : 0);
	}
}

static void check_functions(int i, struct range most)
{
	seed_random(i);
	for (size_t k = 0; k < ARRAY_LEN(ranges); k++)
		check_function(&functions[i], ranges[k].lo, ranges[k].hi, ranges[k].less, most);
}

START_TEST(function_is_near)
{
	check_functions(_i, any);
}
END_TEST

START_TEST(function_saturates)
{
	check_functions(_i, some);
}
END_TEST

/* -- of two ---------------------------------------------------------------------------- */

static const struct {
	double lo, hi;
	int less;
} seconds[] = {
	{ -1, 1, 0 },  { 0, 1, 0 },      { 0.5, 2, 0 },       { -5, -1, 0 },  { -3, 3, 25 },
	{ 2, 2, 0 },   { -3, -3, 29 },   { 0.375, 0.375, 0 }, { 1, 1000, 0 }, { 0, 1e-6, 0 },
	{ 7, 7.5, 0 }, { -1e6, 1e6, 0 }, { 1e-3, 1e3, 11 },   { 5, 5, 28 },   { 0.5, 0.5, 0 },
};

enum pair { QUOTIENT, POWER, REMAINDER };

static double exact(enum pair k, double x, double y)
{
	switch (k) {
	case QUOTIENT:
		return x == 0 && y == 0 ? NAN : x / (y == 0 ? 0.0 : y);
	case POWER:
		return pow(x, y);
	default:
		return fmod(x, y);
	}
}

static bool of_pair(enum pair k, struct fixed x, struct fixed y, struct range most,
		    struct fixed *out)
{
	switch (k) {
	case QUOTIENT:
		return fixed_quotient(&b, x, y, most, out);
	case POWER:
		return fixed_power(&b, x, y, most, out);
	default:
		return fixed_remainder(&b, x, y, out);
	}
}

static void check_pair(enum pair k, int i, int j, struct range most)
{
	static int64_t v[POINTS], w[POINTS], r[POINTS];
	static const char *const names[] = { "quotient", "power", "remainder" };
	struct fixed x = argument(0, ranges[i].lo, ranges[i].hi, ranges[i].less, v), y, z;

	y = argument(1, seconds[j].lo, seconds[j].hi, seconds[j].less, w);
	ck_assert(of_pair(k, x, y, most, &z));
	evaluate(z, v, w, r);
	for (int n = 0; n < POINTS; n++) {
		const double p = ldexp((double)v[n], -x.fraction);
		const double q = ldexp((double)w[n], -y.fraction), e = exact(k, p, q);
		struct range m = isinf(e) || (isinf(most.hi) && z.hi > 32768) ? ended(most) : most;

		check_near(arena_printf(&arena, "%s %d %d: %.17g, %.17g", names[k], i, j, p, q), z,
			   r[n], e, m, k == POWER ? fabs(q * e) * 0x1p-25 : 0);
	}
}

static void check_pairs(enum pair k, int j, struct range most)
{
	seed_random(j);
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		check_pair(k, (int)i, j, most);
}

START_TEST(quotient_is_near)
{
	check_pairs(QUOTIENT, _i, any);
	check_pairs(QUOTIENT, _i, some);
}
END_TEST

START_TEST(power_is_near)
{
	check_pairs(POWER, _i, any);
	check_pairs(POWER, _i, some);
}
END_TEST

START_TEST(remainder_is_exact)
{
	check_pairs(REMAINDER, _i, any);
}
END_TEST

START_TEST(constants_fold)
{
	const struct fixed x = { tir_int(&b, DT_I64, 3 << 20), 22, 0.75, 0.75 };
	const struct fixed y = { tir_int(&b, DT_I64, 5 << 20), 21, 2.5, 2.5 };
	struct fixed r;

	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		ck_assert(fixed_function(&b, functions[i].k, x, any, &r));
		ck_assert_int_eq(r.v->kind, TIR_INT);
	}
	for (int k = QUOTIENT; k <= REMAINDER; k++) {
		ck_assert(of_pair((enum pair)k, x, y, any, &r));
		ck_assert_int_eq(r.v->kind, TIR_INT);
		check_near("constant", r, r.v->u.i, exact((enum pair)k, 0.75, 2.5), any, 0);
	}
}
END_TEST

Suite *suite_fixed_math(void)
{
	Suite *s = suite_create("fixed_math");
	TCase *t = tcase_create("functions");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, function_is_near, 0, ARRAY_LEN(functions));
	tcase_add_loop_test(t, function_saturates, 0, ARRAY_LEN(functions));
	tcase_add_loop_test(t, quotient_is_near, 0, ARRAY_LEN(seconds));
	tcase_add_loop_test(t, power_is_near, 0, ARRAY_LEN(seconds));
	tcase_add_loop_test(t, remainder_is_exact, 0, ARRAY_LEN(seconds));
	tcase_add_test(t, constants_fold);
	suite_add_tcase(s, t);
	return s;
}
