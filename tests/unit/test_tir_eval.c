/* The interpreter against numbers worked out by hand, the C library and plain C loops. */
#include <math.h>
#include <signal.h>

#include "tests/unit/tir.h"

static const double data[] = { 1, -2, 3.5, -4.5, 0, 7, 100, -128 };

static const struct {
	enum dtype type; /* of x0, which holds data[] */
	const char *text;
	double expected[8];
} computed[] = {
	{ DT_F32, "float[i:8] = x0[i] * 2.0 + 1.0", { 3, -3, 8, -8, 1, 15, 201, -255 } },
	{ DT_F32,
	  "float[i:8] = select(x0[i] < 0.0, x0[i] * 0.5, x0[i])",
	  { 1, -1, 3.5, -2.25, 0, 7, 100, -64 } },
	{ DT_F32, "float[i:8] = round(x0[i])", { 1, -2, 4, -4, 0, 7, 100, -128 } },
	{ DT_F32, "float[i:8] = floor(x0[i])", { 1, -2, 3, -5, 0, 7, 100, -128 } },
	{ DT_F32, "float[i:8] = sign(x0[i])", { 1, -1, 1, -1, 0, 1, 1, -1 } },
	{ DT_F32, "float[i:8] = mod(x0[i], 3.0)", { 1, -2, 0.5, -1.5, 0, 1, 1, -2 } },
	{ DT_F64,
	  "double[i:8] = x0:double[i] / 8.0:double",
	  { .125, -.25, .4375, -.5625, 0, .875, 12.5, -16 } },
	{ DT_F16,
	  "float16[i:8] = x0[i] + 0.0625",
	  { 1.0625, -1.9375, 3.5625, -4.4375, .0625, 7.0625, 100.0625, -127.9375 } },
	{ DT_BF16,
	  "bfloat16[i:8] = x0[i] + 0.0625",
	  { 1.0625, -1.9375, 3.5625, -4.4375, .0625, 7.0625, 100, -128 } },
	{ DT_F8E4M3FN, "float[i:8] = x0[i]", { 1, -2, 3.5, -4.5, 0, 7, 96, -128 } },
	{ DT_F4E2M1, "float[i:8] = x0[i]", { 1, -2, 4, -4, 0, 6, 6, -6 } },
	{ DT_I4, "int8[i:8] = x0:int8[i] * 10:int8", { 10, -20, 30, -40, 0, 70, 70, -80 } },
	{ DT_I8, "int8[i:8] = x0:int8[i] * 2:int8", { 2, -4, 6, -8, 0, 14, -56, 0 } },
	{ DT_I8, "int8[i:8] = abs(x0:int8[i])", { 1, 2, 3, 4, 0, 7, 100, -128 } },
	{ DT_I8, "int8[i:8] = x0:int8[i] / -1:int8", { -1, 2, -3, 4, 0, -7, -100, -128 } },
	{ DT_I8, "int8[i:8] = x0:int8[i] // 3:int8", { 0, -1, 1, -2, 0, 2, 33, -43 } },
	{ DT_I8, "int8[i:8] = x0:int8[i] % 3:int8", { 1, 1, 0, 2, 0, 1, 1, 1 } },
	{ DT_I8, "int8[i:8] = x0:int8[i] / min(x0:int8[i], 0:int8)", { 0, 1, 0, 1, 0, 0, 0, 1 } },
	{ DT_I8, "int8[i:8] = mod(x0:int8[i], min(x0:int8[i], 0:int8))", { 0 } },
	{ DT_I32, "uint8[i:8] = uint8(x0:int32[i])", { 1, 254, 3, 252, 0, 7, 100, 128 } },
	{ DT_F32, "uint8[i:8] = uint8(x0[i])", { 1, 0, 3, 0, 0, 7, 100, 0 } },
	{ DT_F32, "bool[i:8] = bool(x0[i])", { 1, 1, 1, 1, 0, 1, 1, 1 } },
	{ DT_F32, "int64[i:8] = int64(i) * 2:int64", { 0, 2, 4, 6, 8, 10, 12, 14 } },
	/* movement */
	{ DT_F32, "float[i:4,j:2] = x0[i + j * 4]", { 1, 0, -2, 7, 3.5, 100, -4.5, -128 } },
	{ DT_F32, "float[i:8] = x0[7 - i]", { -128, 100, 7, 0, -4.5, 3.5, -2, 1 } },
	{ DT_I16, "int16[i:2,j:4] = x0:int16[j]", { 1, -2, 3, -4, 1, -2, 3, -4 } },
	{ DT_F32, "float[i:1,j:8] = x0[5]", { 7, 7, 7, 7, 7, 7, 7, 7 } },
	{ DT_F32,
	  "float[i:8] = x0[index(int64(abs(mod(x0[i], 8.0))))]",
	  { -2, 3.5, -4.5, 0, 1, -128, 0, 1 } },
	/* guarded loads */
	{ DT_F32,
	  "float[i:8] = select(1 <= i, x0[i - 1], 9.0)",
	  { 9, 1, -2, 3.5, -4.5, 0, 7, 100 } },
	{ DT_F32,
	  "float[i:8] = select(i < 6, x0[i + 2], select(i < 7, x0[i - 6], x0[i - 7] * 3.0))",
	  { 3.5, -4.5, 0, 7, 100, -128, 1, 3 } },
	{ DT_F32,
	  "float[i:8] = sum(k:3, select(i + k < 1 | 8 <= i + k - 1, 0.0, x0[i + k - 1]))",
	  { -1, 2.5, -3, -1, 2.5, 107, -21, -28 } },
	{ DT_F32,
	  "float[i:8] = select(x0[i] < 0.0, 0.0, sum(k:2, select(i + k < 8, x0[i + k], 50.0)))",
	  { -1, 0, -1, 0, 7, 107, -28, 0 } },
	{ DT_F32,
	  "float[i:8] = sum(k:3, select(k < i, x0[i - 1], 0.0))", /* stays under its guard */
	  { 0, 1, -4, 10.5, -13.5, 0, 21, 300 } },
	/* reductions */
	{ DT_F32,
	  "float[i:8] = sum(k:8, x0[k] * float(i))",
	  { 0, -23, -46, -69, -92, -115, -138, -161 } },
	{ DT_F32,
	  "float[i:2,j:4] = sum(k:2, x0[i * 4 + (j + k) % 4])",
	  { -1, 1.5, -1, -3.5, 7, 107, -28, -128 } },
	{ DT_F32,
	  "float[i:8] = maximum(k:8, x0[k]) - minimum(k:8, x0[k])",
	  { 228, 228, 228, 228, 228, 228, 228, 228 } },
	{ DT_F32,
	  "float[i:8] = prod(k:2,l:2, x0[k * 2 + l])",
	  { 31.5, 31.5, 31.5, 31.5, 31.5, 31.5, 31.5, 31.5 } },
	{ DT_F32,
	  "float[i:8] = sum(k:2, maximum(l:4, x0[k * 4 + l] + float(i)))",
	  { 103.5, 105.5, 107.5, 109.5, 111.5, 113.5, 115.5, 117.5 } },
	{ DT_F32, "int64[i:8] = int64(argmax(k:8, x0[(k + i) % 8]))", { 6, 5, 4, 3, 2, 1, 0, 7 } },
	{ DT_I8, "int64[i:8] = int64(argmax(k:8, min(x0:int8[k], 1:int8)))", { 0 } },
	{ DT_I8,
	  "int64[i:8] = int64(argmax_last(k:8, min(x0:int8[k], 1:int8)))",
	  { 6, 6, 6, 6, 6, 6, 6, 6 } },
	{ DT_I8,
	  "int64[i:8] = int64(argmin(k:8, max(x0:int8[k], -2:int8)))",
	  { 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ DT_I8, "bool[i:8] = any(k:8, x0:int8[k] == int8(i))", { 1, 1, 0, 1, 0, 0, 0, 1 } },
	{ DT_I8, "bool[i:8] = all(k:8, x0:int8[k] < int8(i * 20))", { 0, 0, 0, 0, 0, 0, 1, 0 } },
	{ DT_I8, "int8[i:8] = sum(k:8, x0:int8[k])", { -23, -23, -23, -23, -23, -23, -23, -23 } },
	{ DT_I8,
	  "int32[i:8] = sum(k:8, int32(x0:int8[k]) * int32(x0:int8[k]))",
	  { 26463, 26463, 26463, 26463, 26463, 26463, 26463, 26463 } },
};

START_TEST(computes)
{
	const struct constant *x = tensor(computed[_i].type, 1, (dim[]){ 8 }, data);
	struct tir_stage s = parse(computed[_i].text);
	struct constant *r = tir_eval(&arena, &s, &x);
	ck_assert_int_eq(r->type, s.type);
	ck_assert_int_eq(shape_elements(&r->shape), 8);
	for (int i = 0; i < 8; i++)
		ck_assert_msg(constant_f64(r, i) == computed[_i].expected[i],
			      "%s: element %d is %g, not %g", computed[_i].text, i,
			      constant_f64(r, i), computed[_i].expected[i]);
}
END_TEST

/* Each function against the C library's, so that no two are mixed up; their errors are measured
 * elsewhere. */
static const struct {
	const char *name;
	double (*f)(double);
	double x[3];
} functions[] = {
	{ "sqrt", sqrt, { 2, 0.25, 100 } },      { "exp", exp, { 0.5, -3, 10 } },
	{ "log", log, { 0.5, 3, 10 } },          { "log1p", log1p, { 0.5, -0.25, 1e-5 } },
	{ "expm1", expm1, { 0.5, -3, 1e-5 } },   { "sin", sin, { 0.5, -3, 10 } },
	{ "cos", cos, { 0.5, -3, 10 } },         { "tan", tan, { 0.5, -3, 10 } },
	{ "asin", asin, { 0.5, -0.75, 0.1 } },   { "acos", acos, { 0.5, -0.75, 0.1 } },
	{ "atan", atan, { 0.5, -3, 10 } },       { "sinh", sinh, { 0.5, -3, 10 } },
	{ "cosh", cosh, { 0.5, -3, 10 } },       { "tanh", tanh, { 0.5, -3, 0.1 } },
	{ "asinh", asinh, { 0.5, -3, 10 } },     { "acosh", acosh, { 1.5, 3, 10 } },
	{ "atanh", atanh, { 0.5, -0.75, 0.1 } }, { "erf", erf, { 0.5, -1.5, 0.1 } },
	{ "floor", floor, { 0.5, -1.5, 2 } },    { "ceil", ceil, { 0.5, -1.5, 2 } },
	{ "trunc", trunc, { 0.5, -1.5, 2 } },    { "round", rint, { 0.5, -1.5, 2.5 } },
	{ "abs", fabs, { 0.5, -1.5, 2.5 } },
};

START_TEST(functions_are_theirs)
{
	for (int is_double = 0; is_double < 2; is_double++) {
		enum dtype t = is_double ? DT_F64 : DT_F32;
		const struct constant *x = tensor(t, 1, (dim[]){ 3 }, functions[_i].x);
		char text[80];
		snprintf(text, sizeof text, "%s[i:3] = %s(x0:%s[i])", dtype_name(t),
			 functions[_i].name, dtype_name(t));
		struct tir_stage s = parse(text);
		const struct constant *r = tir_eval(&arena, &s, &x);
		for (int i = 0; i < 3; i++) {
			double want = functions[_i].f(constant_f64(x, i));
			double tolerance = fabs(want) * (is_double ? 1e-14 : 1e-6);
			ck_assert_double_le(fabs(constant_f64(r, i) - want), tolerance);
		}
	}
}
END_TEST

static const struct {
	const char *text;
	double expected;
} functions2[] = {
	{ "float[] = pow(x0[0], 2.5)", 5.656854249492381 },
	{ "double[] = pow(double(x0[0]), 2.5:double)", 5.656854249492381 },
	{ "float[] = atan2(x0[0], -1.0)", 2.0344439357957027 },
	{ "double[] = atan2(double(x0[0]), -1.0:double)", 2.0344439357957027 },
	{ "float[] = sigmoid(x0[0])", 0.8807970779778823 },
	{ "double[] = sigmoid(double(x0[0]))", 0.8807970779778823 },
	{ "float[] = min(x0[0], nan)", (double)NAN },
	{ "float[] = max(nan, x0[0])", (double)NAN },
	{ "float[] = maximum(k:2, select(k < 1, nan, x0[0]))", (double)NAN },
	{ "bool[] = isnan(x0[0] - x0[0] / 0.0)", 0 },
	{ "bool[] = isinf(x0[0] - x0[0] / 0.0)", 1 },
	{ "float[] = 1.0 / max(x0[0] * -0.0, 0.0)", -(double)INFINITY }, /* as emitted: -0 */
	{ "float8e5m2[] = x0[0] / 0.0", (double)INFINITY },
	{ "float8e5m2[] = saturate_to(float8e5m2, x0[0] / 0.0)", 57344 },
	{ "uint8[] = shl(uint8(x0[0]), 7:uint8)", 0 },
	{ "uint32[] = shl(uint32(x0[0]), 30:uint32)", 2147483648 },
	{ "uint8[] = shr(uint8(x0[0]), 8:uint8)", 0 },
	{ "uint8[] = shr(uint8(x0[0]), 1:uint8)", 1 },
};

START_TEST(computes_scalars)
{
	const struct constant *x = tensor(DT_F32, 1, (dim[]){ 1 }, (double[]){ 2 });
	struct tir_stage s = parse(functions2[_i].text);
	double want = functions2[_i].expected, got = constant_f64(tir_eval(&arena, &s, &x), 0);
	if (isnan(want))
		ck_assert_double_nan(got);
	else if (isinf(want))
		ck_assert_double_eq(got, want);
	else
		ck_assert_double_le(fabs(got - want), 1e-6 * fabs(want));
}
END_TEST

/* Plain loops as the oracle, over more elements than one chunk of the interpreter and with odd
 * sizes. */
START_TEST(matrix_product)
{
	enum { M = 37, K = 23, N = 41 };
	float *x = arena_alloc(&arena, sizeof(float) * M * K),
	      *y = arena_alloc(&arena, sizeof(float) * K * N);
	seed_random(1);
	for (int i = 0; i < M * K; i++)
		x[i] = (float)random_int(-1000, 1000) / 64;
	for (int i = 0; i < K * N; i++)
		y[i] = (float)random_int(-1000, 1000) / 64;
	/* one byte off: as in a mapped file */
	char *odd = arena_alloc(&arena, sizeof(float) * M * K + 1);
	memcpy(odd + 1, x, sizeof(float) * M * K);
	struct constant a = { .type = DT_F32,
			      .shape = { 2, { M, K } },
			      .data = odd + 1,
			      .size = sizeof(float) * M * K };
	struct constant c = {
		.type = DT_F32, .shape = { 2, { K, N } }, .data = y, .size = sizeof(float) * K * N
	};
	struct tir_stage s = parse("float[i:37,j:41] = sum(k:23, x0[i,k] * x1[k,j])");
	const float *r = tir_eval(&arena, &s, (const struct constant *[]){ &a, &c })->data;
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++) {
			float acc = 0;
			for (int k = 0; k < K; k++)
				acc += x[i * K + k] * y[k * N + j];
			ck_assert_float_eq(r[i * N + j], acc);
		}
}
END_TEST

START_TEST(convolution_with_padding)
{
	enum { C = 3, H = 9, W = 11, O = 5 };
	float x[C][H][W], w[O][C][3][3];
	seed_random(2);
	for (int i = 0; i < C * H * W; i++)
		(&x[0][0][0])[i] = (float)random_int(-100, 100) / 16;
	for (int i = 0; i < O * C * 9; i++)
		(&w[0][0][0][0])[i] = (float)random_int(-100, 100) / 16;
	struct constant a = {
		.type = DT_F32, .shape = { 3, { C, H, W } }, .data = x, .size = sizeof x
	};
	struct constant f = {
		.type = DT_F32, .shape = { 4, { O, C, 3, 3 } }, .data = w, .size = sizeof w
	};
	struct tir_stage s = parse(
		"float[o:5,y:9,x:11] = sum(c:3,p:3,q:3, select(1 <= y + p & y + p < 10 & 1 <= x + q & x + q < 12, "
		"x0[c,y + p - 1,x + q - 1], 0.0) * x1[o,c,p,q])");
	const float *r = tir_eval(&arena, &s, (const struct constant *[]){ &a, &f })->data;
	for (int o = 0; o < O; o++)
		for (int y = 0; y < H; y++)
			for (int z = 0; z < W; z++) {
				float acc = 0;
				for (int c = 0; c < C; c++)
					for (int p = 0; p < 3; p++)
						for (int q = 0; q < 3; q++) {
							int v = y + p - 1, u = z + q - 1;
							bool in =
								v >= 0 && v < H && u >= 0 && u < W;
							acc += (in ? x[c][v][u] : 0) *
							       w[o][c][p][q];
						}
				ck_assert_float_eq(r[(o * H + y) * W + z], acc);
			}
}
END_TEST

/* Reductions that every element of a row shares, one inside another, one that gives a position, one
 * that may only be computed where a selection asks for it. */
START_TEST(rows_share_reductions)
{
	enum { R = 5, C = 33 };
	double v[R * C];
	seed_random(3);
	for (int i = 0; i < R * C; i++)
		v[i] = (double)random_int(-256, 256) / 64;
	const struct constant *x = tensor(DT_F32, 2, (dim[]){ R, C }, v);
	struct tir_stage s = parse(
		"float[i:5,j:33] = exp(x0[i,j] - maximum(k:33, x0[i,k])) / sum(l:33, exp(x0[i,l] - maximum(k:33, x0[i,k])))"
		" + float(int64(argmax(k:33, x0[i,k]))) + select(i < 4, sum(k:33, x0[i + 1,k]), 0.0)");
	const struct constant *r = tir_eval(&arena, &s, &x);
	for (int i = 0; i < R; i++) {
		double max = v[i * C], total = 0, next = 0;
		int at = 0;
		for (int k = 1; k < C; k++)
			if (v[i * C + k] > max)
				max = v[i * C + (at = k)];
		for (int k = 0; k < C; k++) {
			total += exp(v[i * C + k] - max);
			next += i + 1 < R ? v[i * C + C + k] : 0;
		}
		for (int j = 0; j < C; j++)
			ck_assert_double_eq_tol(constant_f64(r, i * C + j),
						exp(v[i * C + j] - max) / total + at + next, 1e-4);
	}
}
END_TEST

START_TEST(transposes_every_element_size)
{
	static const enum dtype types[] = { DT_U8, DT_I16, DT_F32, DT_I64 };
	enum dtype t = types[_i];
	double v[2 * 3 * 5 * 7];
	for (int i = 0; i < 210; i++)
		v[i] = i % 127;
	const struct constant *x =
		tensor(t, 4, (dim[]){ 2, 3, 5, 7 }, v); /* [2,3,35]: two tiles and a rest */
	char text[120];
	snprintf(text, sizeof text, "%s[i:2,j:5,k:7,l:3] = x0:%s[i,l,j,k]", dtype_name(t),
		 dtype_name(t));
	struct tir_stage s = parse(text);
	const struct constant *r = tir_eval(&arena, &s, &x);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 5; j++)
			for (int k = 0; k < 7; k++)
				for (int l = 0; l < 3; l++)
					ck_assert_int_eq(
						constant_i64(r, ((i * 5 + j) * 7 + k) * 3 + l),
						(((i * 3 + l) * 5 + j) * 7 + k) % 127);
}
END_TEST

START_TEST(moves_strings)
{
	static const char *const words[] = { "a", "bc", "def" };
	struct constant x = { .type = DT_STRING, .shape = { 1, { 3 } }, .strings = words };
	static const char *const texts[] = {
		"string[i:3] = x0:string[2 - i]",
		"string[i:3] = select(i < 1, x0:string[i + 2], x0:string[2 - i])"
	};
	struct tir_stage s = parse(texts[_i]);
	const struct constant *in = &x, *r = tir_eval(&arena, &s, &in);
	ck_assert_str_eq(r->strings[0], "def");
	ck_assert_str_eq(r->strings[1], "bc");
	ck_assert_str_eq(r->strings[2], "a");
}
END_TEST

START_TEST(empty_and_scalar_results)
{
	struct tir_stage s = parse("float[i:0,j:4] = x0[i,j]");
	const struct constant *x = tensor(DT_F32, 2, (dim[]){ 0, 4 }, data);
	ck_assert_uint_eq(tir_eval(&arena, &s, &x)->size, 0);
	s = parse("float[] = sum(k:8, x0[k])");
	x = tensor(DT_F32, 1, (dim[]){ 8 }, data);
	ck_assert_double_eq(constant_f64(tir_eval(&arena, &s, &x), 0), -23);
}
END_TEST

START_TEST(work_counts_operations)
{
	struct tir_stage s = parse("float[i:10] = sum(k:5, x0[k] * 2.0)");
	ck_assert_int_eq(tir_work(&s), 10 * (5 * 2 + 1)); /* load, product; the reduction */
	s = parse("float[i:10] = x0[i]");
	ck_assert_int_eq(tir_work(&s), 10);
}
END_TEST

/* A load that a selection does not guard would read past its tensor: the interpreter stops, it does
 * not read. */
START_TEST(stray_load_aborts)
{
	const struct constant *x = tensor(DT_F32, 1, (dim[]){ 8 }, data);
	struct tir_stage s = parse("float[i:9] = x0[i] + 1.0");
	tir_eval(&arena, &s, &x);
}
END_TEST

Suite *suite_tir_eval(void)
{
	const struct unit_test tests[] = {
		{ "computes", computes, ARRAY_LEN(computed) },
		{ "functions_are_theirs", functions_are_theirs, ARRAY_LEN(functions) },
		{ "computes_scalars", computes_scalars, ARRAY_LEN(functions2) },
		{ "matrix_product", matrix_product, 0 },
		{ "convolution_with_padding", convolution_with_padding, 0 },
		{ "rows_share_reductions", rows_share_reductions, 0 },
		{ "transposes_every_element_size", transposes_every_element_size, 4 },
		{ "moves_strings", moves_strings, 2 },
		{ "empty_and_scalar_results", empty_and_scalar_results, 0 },
		{ "work_counts_operations", work_counts_operations, 0 },
	};
	Suite *s = unit_suite("tir_eval", tests, ARRAY_LEN(tests), set_up, tear_down);
	TCase *t = tcase_create("stray_load_aborts");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test_raise_signal(t, stray_load_aborts, SIGABRT);
	suite_add_tcase(s, t);
	return s;
}
