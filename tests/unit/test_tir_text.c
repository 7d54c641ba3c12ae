/* Tensor expressions as text: every kind reads back, and what is wrong is reported at its place. */
#include "tests/unit/tir.h"

/* A text for every kind whose operands do not fold. */
static const struct {
	enum tir_kind kind;
	const char *text;
} kinds[] = {
	{ TIR_INT, "int16[i:4] = -5:int16" },
	{ TIR_INT, "uint64[i:4] = 18446744073709551615:uint64" },
	{ TIR_INT, "bool[] = true" },
	{ TIR_FLOAT, "float[i:4] = 1e-45" },
	{ TIR_FLOAT, "double[i:4] = 0.1:double" },
	{ TIR_FLOAT, "float[] = -inf" },
	{ TIR_VAR, "index[i:4] = i" },
	{ TIR_DIM, "index[i:N] = dim(N)" },
	{ TIR_LOAD, "float[i:4,j:2] = x0[j,i]" },
	{ TIR_LOAD, "string[i:4] = x10:string[i]" },
	{ TIR_ADD, "index[i:4,j:2] = i + j" },
	{ TIR_ADD, "int8[i:4] = x0:int8[i] - 3:int8" },
	{ TIR_SUB, "float[i:4] = x0[i] - (x1[i] - x2[i])" },
	{ TIR_MUL, "float[i:4] = (x0[i] + x1[i]) * x2[i]" },
	{ TIR_DIV, "int8[i:4] = x0:int8[i] / x1:int8[i]" },
	{ TIR_MOD, "float[i:4] = mod(x0[i], x1[i])" },
	{ TIR_FLOORDIV, "index[i:40] = i // 7" },
	{ TIR_FLOORMOD, "index[i:40] = i % 7" },
	{ TIR_MIN, "float[i:4] = min(x0[i], x1[i])" },
	{ TIR_MAX, "float[i:4] = max(x0[i], x1[i])" },
	{ TIR_POW, "float[i:4] = pow(x0[i], x1[i])" },
	{ TIR_ATAN2, "float[i:4] = atan2(x0[i], x1[i])" },
	{ TIR_AND, "uint8[i:4] = x0:uint8[i] & x1:uint8[i]" },
	{ TIR_OR, "bool[i:4] = x0:bool[i] | x1:bool[i] & x2:bool[i]" },
	{ TIR_XOR, "int64[i:4] = x0:int64[i] ^ x1:int64[i]" },
	{ TIR_SHL, "uint8[i:4] = shl(x0:uint8[i], x1:uint8[i])" },
	{ TIR_SHR, "uint8[i:4] = shr(x0:uint8[i], x1:uint8[i])" },
	{ TIR_EQ, "bool[i:4] = x0[i] == x1[i]" },
	{ TIR_LT, "bool[i:4] = x0[i] < x1[i]" },
	{ TIR_LE, "bool[i:4] = x0[i] <= x1[i]" },
	{ TIR_NEG, "float[i:4] = -(x0[i])" },
	{ TIR_NOT, "int8[i:4] = !(x0:int8[i])" },
	{ TIR_ABS, "float[i:4] = abs(x0[i])" },
	{ TIR_SIGN, "int32[i:4] = sign(x0:int32[i])" },
	{ TIR_FLOOR, "float[i:4] = floor(x0[i])" },
	{ TIR_CEIL, "float[i:4] = ceil(x0[i])" },
	{ TIR_TRUNC, "float[i:4] = trunc(x0[i])" },
	{ TIR_ROUND, "float[i:4] = round(x0[i])" },
	{ TIR_SQRT, "double[i:4] = sqrt(x0:double[i])" },
	{ TIR_EXP, "float[i:4] = exp(x0[i])" },
	{ TIR_LOG, "float[i:4] = log(x0[i])" },
	{ TIR_LOG1P, "float[i:4] = log1p(x0[i])" },
	{ TIR_EXPM1, "float[i:4] = expm1(x0[i])" },
	{ TIR_SIN, "float[i:4] = sin(x0[i])" },
	{ TIR_COS, "float[i:4] = cos(x0[i])" },
	{ TIR_TAN, "float[i:4] = tan(x0[i])" },
	{ TIR_ASIN, "float[i:4] = asin(x0[i])" },
	{ TIR_ACOS, "float[i:4] = acos(x0[i])" },
	{ TIR_ATAN, "float[i:4] = atan(x0[i])" },
	{ TIR_SINH, "float[i:4] = sinh(x0[i])" },
	{ TIR_COSH, "float[i:4] = cosh(x0[i])" },
	{ TIR_TANH, "float[i:4] = tanh(x0[i])" },
	{ TIR_ASINH, "float[i:4] = asinh(x0[i])" },
	{ TIR_ACOSH, "float[i:4] = acosh(x0[i])" },
	{ TIR_ATANH, "float[i:4] = atanh(x0[i])" },
	{ TIR_ERF, "float[i:4] = erf(x0[i])" },
	{ TIR_SIGMOID, "float[i:4] = sigmoid(x0[i])" },
	{ TIR_ISNAN, "bool[i:4] = isnan(x0[i])" },
	{ TIR_ISINF, "bool[i:4] = isinf(x0[i])" },
	{ TIR_CAST, "int8[i:4] = int8(x0[i])" },
	{ TIR_CAST, "index[i:4] = index(x0:int64[i])" },
	{ TIR_ROUND_TO, "float16[i:4] = round_to(float16, x0[i])" },
	{ TIR_ROUND_TO, "float[i:4] = saturate_to(float8e5m2, x0[i])" },
	{ TIR_SELECT, "float[i:4] = select(i < 2, x0[i], x1[i - 2])" },
	{ TIR_REDUCE, "float[i:4] = sum(k:3,l:N, x0[i,k,l] * x1[k])" },
	{ TIR_REDUCE, "float[i:4] = prod(k:3, sum(k1:3, x0[k1,k]))" },
	{ TIR_REDUCE, "float[i:4] = maximum(k:3, x0[k])" },
	{ TIR_REDUCE, "int8[i:4] = minimum(k:3, x0:int8[k])" },
	{ TIR_REDUCE, "bool[i:4] = all(k:3, x0:bool[k])" },
	{ TIR_REDUCE, "bool[i:4] = any(k:3, x0:bool[k])" },
	{ TIR_REDUCE, "index[i:4] = argmax(k:3, x0[k])" },
	{ TIR_REDUCE, "index[i:4] = argmax_last(k:3, x0[k])" },
	{ TIR_REDUCE, "index[i:4] = argmin(k:3, x0[k])" },
	{ TIR_REDUCE, "index[i:4] = argmin_last(k:3, x0[k])" },
	{ TIR_MUL, "float[i:4] = let t = x0[i] + x1[i] * 2.0; t * t" },
};

START_TEST(reads_back)
{
	struct tir_stage s = parse(kinds[_i].text);
	ck_assert_int_eq(s.value->kind, kinds[_i].kind);
	ck_assert_str_eq(print(&s), kinds[_i].text);
}
END_TEST

START_TEST(every_kind_has_a_text)
{
	for (int k = 0; k < TIR_KIND_COUNT; k++) {
		bool found = false;
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			found = found || (int)kinds[i].kind == k;
		ck_assert_msg(found, "kind %d", k);
	}
}
END_TEST

static const struct {
	const char *text, *message;
} bad_texts[] = {
	{ "", "character 1: a name expected" },
	{ "float", "character 6: '[' expected" },
	{ "quux[i:4] = 1.0", "character 5: no such element type" },
	{ "float[i:4] = ", "character 14: a name expected" },
	{ "float[i:4] = 1", "character 15: the value is not of the stage's type" },
	{ "float[i:4] = 1.0 + 1", "character 21: operands of different types" },
	{ "float[i:4] = y", "character 15: no such variable" },
	{ "float[i:4] = quux(1.0)", "character 19: no such function" },
	{ "int8[i:4] = exp(1:int8)", "character 24: operation not defined on this type" },
	{ "int8[i:4] = 128:int8", "character 21: number outside its type" },
	{ "float[i:4] = x0[1.0]", "character 20: an index expected" },
	{ "float[i:4] = x0[i", "character 18: ',' expected" },
	{ "float[i:4] = x99999[i]", "character 20: no such input" },
	{ "float[i:4] = select(i, 1.0, 2.0)", "character 33: a condition expected" },
	{ "float[i:4] = sum(1.0)", "character 22: bad reduction" },
	{ "float[exp:4] = 1.0", "character 11: a variable cannot be called so" },
	{ "float[i:9999999999999999999] = 1.0", "character 9: number too great" },
	{ "float[i:4] = 1.0 )", "character 18: the expression should end here" },
	{ "index[i:4] = argmax(k:2,l:3, x0[k,l])", "character 38: bad reduction" },
};

START_TEST(rejects)
{
	struct tir_stage s;
	ck_assert(!tir_parse(&b, bad_texts[_i].text, NULL, &s));
	ck_assert_int_eq(diag.errors, 1);
	ck_assert_msg(strstr(messages.s, bad_texts[_i].message), "%s: %s", bad_texts[_i].text,
		      messages.s);
}
END_TEST

START_TEST(deep_text_is_an_error)
{
	struct strbuf t = { 0 };
	struct tir_stage s;
	strbuf_puts(&t, "float[] = ");
	for (int i = 0; i < 100000; i++)
		strbuf_puts(&t, _i ? "(" : "-(");
	ck_assert(!tir_parse(&b, t.s, NULL, &s));
	strbuf_free(&t);
}
END_TEST

Suite *suite_tir_text(void)
{
	const struct unit_test tests[] = {
		{ "reads_back", reads_back, ARRAY_LEN(kinds) },
		{ "every_kind_has_a_text", every_kind_has_a_text, 0 },
		{ "rejects", rejects, ARRAY_LEN(bad_texts) },
		{ "deep_text_is_an_error", deep_text_is_an_error, 2 },
	};
	return unit_suite("tir_text", tests, ARRAY_LEN(tests), set_up, tear_down);
}
