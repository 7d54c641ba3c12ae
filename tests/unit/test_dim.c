#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/ir/ir.h"

static struct arena arena;
static struct diag diag;
static struct unit *u;

static void set_up(void)
{
	arena = (struct arena){ 0 };
	diag = (struct diag){ 0 };
	u = unit_new(&arena, &diag, "model.onnx");
	dim_set_bound(u, "B", 8);
}

static void tear_down(void)
{
	arena_free(&arena);
}

/* Reverse Polish: numbers, one-letter symbols, and + - * / (floor) c (ceiling) x (exact) max min.
 */
static dim rpn(const char *text)
{
	dim stack[16];
	int n = 0;
	char copy[200];
	snprintf(copy, sizeof copy, "%s", text);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
		char *end;
		long long v = strtoll(w, &end, 10);
		dim a = n > 1 ? stack[n - 2] : 0, b = n > 0 ? stack[n - 1] : 0;
		if (*end == '\0') {
			stack[n++] = dim_number(u, v);
			continue;
		}
		if (w[0] >= 'A' && w[0] <= 'Z') {
			stack[n++] = dim_symbol(u, w);
			continue;
		}
		ck_assert_int_ge(n, 2);
		n--;
		stack[n - 1] = w[0] == '+'             ? dim_add(u, a, b)
			       : w[0] == '-'           ? dim_diff(u, a, b)
			       : w[0] == '*'           ? dim_mul(u, a, b)
			       : w[0] == '/'           ? dim_floordiv(u, a, b)
			       : w[0] == 'c'           ? dim_ceildiv(u, a, b)
			       : w[0] == 'x'           ? dim_exact_div(u, a, b)
			       : strcmp(w, "max") == 0 ? dim_max(u, a, b)
						       : dim_min(u, a, b);
	}
	ck_assert_int_eq(n, 1);
	return stack[0];
}

static const struct {
	const char *rpn, *text;
} text_cases[] = {
	{ "3", "3" },
	{ "-3", "-3" },
	{ "N", "N" },
	{ "N 2 * 1 +", "N*2+1" },
	{ "1 2 N * +", "N*2+1" },
	{ "N 1 -", "N-1" },
	{ "1 N -", "-N+1" },
	{ "5 N 3 * -", "-3*N+5" },
	{ "N N -", "0" },
	{ "N N 0 * -", "N" },
	{ "N M +", "N+M" },
	{ "N M * 2 * N +", "N*M*2+N" },
	{ "N 1 + M 2 + *", "N*M+N*2+M+2" },
	{ "N 2 * 2 /", "N" },
	{ "N 2 * 1 + 2 /", "N" },
	{ "N 3 * 5 + 2 /", "N+floordiv(N+1,2)+2" },
	{ "N 4 * 6 + 8 /", "floordiv(N+1,2)" },
	{ "N 2 / 3 /", "floordiv(N,6)" },
	{ "N 1 - 2 / 1 +", "floordiv(N+1,2)" },
	{ "N 2 c", "floordiv(N+1,2)" },
	{ "N 1 /", "N" },
	{ "B 9 /", "0" }, /* B <= 8 */
	{ "B 1 + 10 /", "0" },
	{ "B 8 /", "floordiv(B,8)" }, /* 0 or 1 */
	{ "N 0 max", "N" },           /* a symbol may be 0 */
	{ "N 1 max", "max(N,1)" },
	{ "N N 2 min -", "max(N-2,0)" },
	{ "N 5 N min -", "max(N-5,0)" },
	{ "N 2 max", "max(N,2)" },
	{ "2 N max", "max(N,2)" },
	{ "B 8 max", "8" },
	{ "B 8 min", "B" },
	{ "N 1 + N max", "N+1" },
	{ "N 1 + N min", "N" },
	{ "N M max M max", "max(N,M)" },
	{ "N M max N max", "max(N,M)" },
	{ "N M min N max", "max(N,min(N,M))" },
	{ "N 784 * N x", "784" },
	{ "N M * 6 * N 2 * x", "M*3" },
	{ "N 1 + M * N 1 + x", "M" },
	{ "N N * 1 - N 1 + x", "N-1" },
	{ "N 784 * M x", "overflow" },
	{ "N 3 * N 2 * x", "overflow" },
	{ "N 0 x", "overflow" },
	{ "9223372036854775807 1 +", "overflow" },
	{ "3037000500 3037000500 *", "overflow" },
	{ "9223372036854775807 1 + N +", "overflow" },
	{ "N 9223372036854775807 * 2 *", "overflow" },
	{ "9223372036854775807 1 + 0 *", "overflow" },
};

START_TEST(text)
{
	rpn("N M + B +"); /* the order of terms is that of the symbols' age */
	ck_assert_str_eq(dim_text(u, rpn(text_cases[_i].rpn)), text_cases[_i].text);
}
END_TEST

static const struct {
	const char *a, *b;
} equal_cases[] = {
	{ "N M + N M - *", "N N * M M * -" },
	{ "N 7 + 2 / 1 +", "N 9 + 2 /" },
	{ "N M max", "M N max" },
	{ "N M max B max", "N M max B max" },
	{ "N 2 / 2 * N + N -", "2 N 2 / *" },
	{ "N 12 * 64 * N 12 * x", "64" },
	{ "N 4 + 4 - 2 / 1 + 2 / 1 +", "N 2 + 4 / 1 +" },
};

START_TEST(equal)
{
	rpn("N M + B +");
	ck_assert_int_eq(rpn(equal_cases[_i].a), rpn(equal_cases[_i].b));
}
END_TEST

static const struct {
	const char *rpn;
	int64_t lo, hi;
} range_cases[] = {
	{ "7", 7, 7 },
	{ "B", 0, 8 },
	{ "N", 0, DIM_UNBOUNDED },
	{ "B 2 * 1 +", 1, 17 },
	{ "B 5 -", -5, 3 },
	{ "5 B -", -3, 5 },
	{ "5 N -", INT64_MIN, 5 },
	{ "B B *", 0, 64 },
	{ "B 3 /", 0, 2 },
	{ "N 3 /", 0, DIM_UNBOUNDED },
	{ "N B max", 0, DIM_UNBOUNDED },
	{ "N B min", 0, 8 },
	{ "N 1 + 4611686018427387904 *", 4611686018427387904, DIM_UNBOUNDED },
};

START_TEST(range)
{
	dim d = rpn(range_cases[_i].rpn);
	ck_assert_int_eq(dim_lo(u, d), range_cases[_i].lo);
	ck_assert_int_eq(dim_hi(u, d), range_cases[_i].hi);
}
END_TEST

START_TEST(subtraction_below_zero_is_no_size)
{
	ck_assert_int_eq(dim_sub(u, 2, 3), DIM_OVERFLOW);
	ck_assert_int_eq(dim_sub(u, rpn("N"), rpn("N 1 +")), DIM_OVERFLOW);
	ck_assert_int_eq(dim_sub(u, 3, 2), 1);
	ck_assert_int_eq(dim_sub(u, rpn("N 1 +"), rpn("N")), 1);
}
END_TEST

START_TEST(settings)
{
	dim_bind(u, "K", 4);
	ck_assert(!u->dim_settings.p[1].used);
	ck_assert_int_eq(dim_symbol(u, "K"), 4);
	ck_assert(u->dim_settings.p[1].used);
	ck_assert(!u->dim_settings.p[0].used);
	ck_assert_int_eq(dim_hi(u, dim_symbol(u, "B")), 8);
	dim_bind(u, "B", 2);
	ck_assert_uint_eq(u->dim_settings.n, 2);
}
END_TEST

START_TEST(elements_of_run_time)
{
	uint32_t v = graph_value(u->main, "k", DT_I64, NULL)->id;
	dim a = dim_element(u, v, 0, 0, 100), b = dim_element(u, v, 1, 0, 100);
	ck_assert_int_eq(a, dim_element(u, v, 0, 0, 100));
	ck_assert_int_ne(a, b);
	ck_assert_int_eq(dim_hi(u, dim_add(u, a, b)), 200);
	ck_assert_str_eq(dim_text(u, dim_mul(u, a, 2)), "_v1[0]*2");
	ck_assert(value_of(u, v)->measured);
}
END_TEST

START_TEST(assumptions)
{
	dim n = rpn("N"), m = rpn("M"), b = rpn("B"), out;
	ck_assert(dim_assume_equal(u, n, n, &out));
	ck_assert_int_eq(out, n);
	ck_assert_uint_eq(u->assumed.n, 0);
	ck_assert(!dim_assume_equal(u, 3, 4, &out));
	ck_assert(!dim_assume_equal(u, b, 9, &out));
	ck_assert(!dim_assume_equal(u, n, rpn("N 1 +"), &out));
	ck_assert_uint_eq(u->assumed.n, 0);
	ck_assert(dim_assume_equal(u, m, n, &out));
	ck_assert_int_eq(out, n);
	ck_assert(dim_assume_equal(u, n, m, &out));
	ck_assert_uint_eq(u->assumed.n, 1);
	ck_assert(dim_assume_equal(u, m, 4, &out));
	ck_assert_int_eq(out, 4);
	ck_assert_uint_eq(u->assumed.n, 2);
}
END_TEST

/* What d is when the symbols have the values of at[]. */
static int64_t evaluate(dim d, const char *const *names, const int64_t *at)
{
	int64_t v;
	if (dim_is_number(u, d, &v))
		return v;
	const struct dim_expr *e = dim_expr(u, d);
	if (e->kind == DIM_SYMBOL) {
		int i = 0;
		while (strcmp(names[i], e->name) != 0)
			i++;
		return at[i];
	}
	int64_t a = evaluate(e->a, names, at), b = evaluate(e->b, names, at);
	switch (e->kind) {
	case DIM_ADD:
		return a + b;
	case DIM_MUL:
		return a * b;
	case DIM_FLOORDIV:
		return floor_div(a, b);
	case DIM_MAX:
		return a > b ? a : b;
	case DIM_MIN:
		return a < b ? a : b;
	default:
		ck_abort_msg("a leaf");
	}
}

static uint32_t seed;

static uint32_t below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* Random expressions mean, at random points, what int64 arithmetic says, and lie in their ranges.
 */
static void try_random_expressions(uint32_t start)
{
	static const char *const names[] = { "N", "M", "B" };
	dim d[24];
	int64_t v[24], at[3];
	seed = start;
	for (int i = 0; i < 3; i++) {
		at[i] = 1 + below(i == 2 ? 8 : 40);
		v[i] = at[i];
		d[i] = dim_symbol(u, names[i]);
	}
	int n = 3;
	while (n < 24) {
		uint32_t i = below((uint32_t)n), j = below((uint32_t)n);
		int64_t k = 1 + below(6), value = 0;
		dim x = 0;
		switch (below(7)) {
		case 0:
			x = dim_add(u, d[i], d[j]);
			value = v[i] + v[j];
			break;
		case 1:
			x = dim_diff(u, d[i], d[j]);
			value = v[i] - v[j];
			break;
		case 2:
			x = dim_mul(u, d[i], below(2) ? (value = v[j], d[j]) : (value = k, k));
			value *= v[i];
			break;
		case 3:
			x = dim_floordiv(u, d[i], k);
			value = floor_div(v[i], k);
			break;
		case 4:
			x = dim_ceildiv(u, d[i], k);
			value = ceil_div(v[i], k);
			break;
		case 5:
			x = dim_max(u, d[i], d[j]);
			value = v[i] > v[j] ? v[i] : v[j];
			break;
		default:
			x = dim_min(u, d[i], d[j]);
			value = v[i] < v[j] ? v[i] : v[j];
			break;
		}
		if (x == DIM_OVERFLOW || value > 1000000 || value < -1000000) {
			seed++;
			continue;
		}
		ck_assert_msg(evaluate(x, names, at) == value, "seed %u: %s is not %lld", start,
			      dim_text(u, x), (long long)value);
		ck_assert_int_le(dim_lo(u, x), value);
		ck_assert_int_ge(dim_hi(u, x), value);
		d[n] = x;
		v[n++] = value;
	}
}

START_TEST(random_expressions)
{
	for (uint32_t start = 1; start <= 500; start++)
		try_random_expressions(start);
}
END_TEST

START_TEST(growth_is_bounded)
{
	dim d = rpn("N");
	for (int i = 0; i < 5000 && d != DIM_OVERFLOW;
	     i++) /* shares its operands: a text of 2^5000 */
		d = dim_add(u, dim_floordiv(u, d, 2), dim_floordiv(u, d, 3));
	d = 0;
	for (int i = 0; i < 300; i++) {
		char name[8];
		snprintf(name, sizeof name, "S%d", i);
		d = dim_add(u, d, dim_symbol(u, name));
		/* What a detector of 200 classes finds, all together, is a size. */
		ck_assert(i >= 200 || d != DIM_OVERFLOW);
	}
	ck_assert_int_eq(d, DIM_OVERFLOW);
	d = rpn("N 1 -");
	for (int i = 0; i < 40; i++)
		d = dim_max(u, dim_floordiv(u, dim_mul(u, d, 3), 2), dim_add(u, d, 1));
	ck_assert_uint_lt(strlen(dim_text(u, d)), 2000);
}
END_TEST

Suite *suite_dim(void)
{
	const struct unit_test tests[] = {
		{ "text", text, ARRAY_LEN(text_cases) },
		{ "equal", equal, ARRAY_LEN(equal_cases) },
		{ "range", range, ARRAY_LEN(range_cases) },
		{ "subtraction_below_zero_is_no_size", subtraction_below_zero_is_no_size, 0 },
		{ "settings", settings, 0 },
		{ "elements_of_run_time", elements_of_run_time, 0 },
		{ "assumptions", assumptions, 0 },
		{ "random_expressions", random_expressions, 0 },
		{ "growth_is_bounded", growth_is_bounded, 0 },
	};
	return unit_suite("dim", tests, ARRAY_LEN(tests), set_up, tear_down);
}
