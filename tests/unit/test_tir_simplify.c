/* Tensor expressions: what simplification makes of a text. */
#include <math.h>

#include "tests/unit/tir.h"

static const struct {
	const char *before, *after; /* the part after "=" */
} simplified[] = {
	/* sums: one form */
	{ "index[i:4,j:8] = j + i + 3 - j", "i + 3" },
	{ "index[i:4,j:8] = 2 * (i + j) - i - i", "j * 2" },
	{ "index[i:4] = 7 - i", "7 - i" },
	{ "index[i:4] = i - i", "0" },
	{ "index[i:4,j:8] = j * 3 - i", "j * 3 - i" },
	{ "index[i:1,j:8] = i * 3 + j", "j" },
	{ "index[i:4] = i * 0 + 2 * 3", "6" },
	{ "index[i:4] = -i", "i * -1" },
	/* flat indices split and join */
	{ "index[i:4,j:8] = (i * 8 + j) // 8", "i" },
	{ "index[i:4,j:8] = (i * 8 + j) % 8", "j" },
	{ "index[i:4,j:8] = (i * 8 + j) // 4", "i * 2 + j // 4" },
	{ "index[i:4,j:8] = (i * 8 + j) % 4", "j % 4" },
	{ "index[f:32] = f // 8 * 8 + f % 8", "f" },
	{ "index[f:96] = f // 24 * 24 + f // 8 % 3 * 8 + f % 8", "f" },
	{ "index[f:96] = f // 4 // 3", "f // 12" },
	{ "index[f:96] = f % 12 % 4", "f % 4" },
	{ "index[f:96] = f * 6 // 4", "f * 3 // 2" },
	{ "index[f:96] = (f * 6 + 2) % 4", "(f * 3 + 1) % 2 * 2" },
	{ "index[f:96] = (f * 6 + 3) % 4", "(f * 3 + 1) % 2 * 2 + 1" },
	{ "index[i:4] = (i + 8) // 4", "2" },
	{ "index[i:4] = (i - 4) // 4", "-1" },
	{ "index[i:4] = (i - 4) % 4", "i" },
	{ "index[i:4] = i // 1", "i" },
	{ "index[i:4] = i % 1", "0" },
	{ "index[i:N,j:M] = (i * dim(M) + j) // dim(M)", "i" },
	{ "index[i:N,j:M] = (i * dim(M) + j) % dim(M)", "j" },
	{ "index[i:N,j:M,k:4] = (4 * j + k + i * 4 * dim(M)) // 4 % dim(M)", "j" },
	{ "index[f:N*4] = f // 4 * 4 + f % 4", "f" },
	/* least and greatest, by range and by symbolic size */
	{ "index[i:4] = min(i, 3)", "i" },
	{ "index[i:4] = max(i, 0)", "i" },
	{ "index[i:4] = min(i, 2)", "min(i, 2)" },
	{ "index[i:8] = min(min(i, 5), 3)", "min(i, 3)" },
	{ "index[i:4,j:8] = max(i, j + 4)", "j + 4" },
	{ "index[i:N] = min(i, dim(N) - 1)", "i" },
	{ "index[i:N] = max(i + dim(N), i)", "i + dim(N)" },
	/* comparisons */
	{ "bool[i:4] = i < 4", "true" },
	{ "bool[i:4] = 4 <= i", "false" },
	{ "bool[i:4] = i == 4", "false" },
	{ "bool[i:4] = i + 1 < 4", "i < 3" },
	{ "bool[i:4] = 0 <= i - 1", "1 <= i" },
	{ "bool[i:4] = i * 2 < 5", "i < 3" },
	{ "bool[i:4] = i * 2 == 5", "false" },
	{ "bool[f:96] = f % 7 < 7", "true" },
	{ "bool[f:96] = f % 7 < 6", "f % 7 < 6" },
	{ "bool[i:4] = !(i < 2)", "2 <= i" },
	{ "bool[i:4] = 3 - i < 2", "2 <= i" },
	{ "bool[i:4,j:4] = j == i + 1", "i == j - 1" },
	{ "bool[i:4,j:4] = i + j < j + 4", "true" },
	{ "bool[i:N] = i < dim(N)", "true" },
	{ "bool[i:N+2] = i - 1 < dim(N) + 1", "true" },
	{ "bool[i:N] = i + 1 < dim(N)", "i < dim(N) - 1" },
	{ "bool[i:N] = dim(N) <= i", "false" },
	/* bool */
	{ "bool[i:4] = x0:bool[i] & true", "x0:bool[i]" },
	{ "bool[i:4] = x0:bool[i] & false", "false" },
	{ "bool[i:4] = x0:bool[i] | true", "true" },
	{ "bool[i:4] = !(!(x0:bool[i]))", "x0:bool[i]" },
	{ "bool[i:4] = x0:bool[i] & !(x0:bool[i])", "false" },
	{ "bool[i:4] = x0:bool[i] ^ true", "!(x0:bool[i])" },
	{ "bool[i:4] = x0:bool[i] == false", "!(x0:bool[i])" },
	{ "bool[i:4] = select(x0:bool[i], false, true)", "!(x0:bool[i])" },
	/* selections */
	{ "float[i:4] = select(i < 4, x0[i], x1[i])", "x0[i]" },
	{ "float[i:4] = select(i < 2, x0[i], x0[i])", "x0[i]" },
	{ "float[i:4] = select(i < 2, select(i < 2, x0[i], x1[i]), x2[i])",
	  "select(i < 2, x0[i], x2[i])" },
	{ "float[i:4] = select(!(x3:bool[i]), x0[i], x1[i])", "select(x3:bool[i], x1[i], x0[i])" },
	/* integers wrap */
	{ "int8[i:4] = x0:int8[i] + 0:int8", "x0:int8[i]" },
	{ "int8[i:4] = x0:int8[i] * 0:int8", "0:int8" },
	{ "int8[i:4] = x0:int8[i] + 100:int8 + 100:int8", "x0:int8[i] - 56:int8" },
	{ "int8[i:4] = x0:int8[i] - x0:int8[i]", "0:int8" },
	{ "int8[i:4] = 127:int8 + 1:int8", "-128:int8" },
	{ "int8[i:4] = min(x0:int8[i], 127:int8)", "x0:int8[i]" },
	{ "int32[i:4] = max(int32(x0:uint8[i]), 0:int32)", "int32(x0:uint8[i])" },
	{ "int32[i:4] = min(max(int32(x0:int8[i]) - 3:int32, -200:int32), 200:int32)",
	  "int32(x0:int8[i]) - 3:int32" },
	{ "uint8[i:4] = 7:uint8 / 0:uint8", "0:uint8" },
	{ "uint64[i:4] = 18446744073709551615:uint64 + 2:uint64", "1:uint64" },
	{ "bool[i:4] = 9223372036854775807:uint64 < 9223372036854775808:uint64", "true" },
	{ "bool[i:4] = x0:uint8[i] < 256:uint16", NULL },
	/* floats: exact identities only */
	{ "float[i:4] = x0[i] * 1.0", "x0[i]" },
	{ "float[i:4] = x0[i] + 0.0", "x0[i] + 0.0" },
	{ "float[i:4] = x0[i] + -0.0", "x0[i]" },
	{ "float[i:4] = x0[i] - 0.0", "x0[i]" },
	{ "float[i:4] = x0[i] * 0.0", "x0[i] * 0.0" },
	{ "float[i:4] = x0[i] - x0[i]", "x0[i] - x0[i]" },
	{ "float[i:4] = x0[i] / 4.0", "x0[i] * 0.25" },
	{ "float[i:4] = x0[i] / 3.0", "x0[i] / 3.0" },
	{ "float[i:4] = x0[i] / 1e-40", "x0[i] / 1e-40" },
	{ "float[i:4] = pow(x0[i], 2.0)", "x0[i] * x0[i]" },
	{ "float[i:4] = max(max(x0[i], 1.0), 3.0)", "max(x0[i], 3.0)" },
	{ "float[i:4] = -(-(x0[i]))", "x0[i]" },
	{ "bool[i:4] = x0[i] < x0[i]", "false" },
	{ "bool[i:4] = !(x0[i] < x1[i])", "!(x0[i] < x1[i])" },
	{ "float[i:4] = 0.1 + 0.2", "0.3" }, /* 0.1f + 0.2f is the float nearest 0.3 */
	{ "double[i:4] = 0.1:double + 0.2:double", "0.30000000000000004:double" },
	{ "float[i:4] = 16777216.0 + 1.0", "16777216.0" },
	{ "float[i:4] = sqrt(-1.0)", "nan" },
	{ "float[i:4] = 1.0 / 0.0", "inf" },
	{ "float[i:4] = floor(round(x0[i]))", "round(x0[i])" },
	{ "bool[i:4] = isnan(float(x0:int32[i]))", "false" },
	/* conversions */
	{ "int8[i:4] = int8(int32(x0:int8[i]))", "x0:int8[i]" },
	{ "int8[i:4] = int8(float(x0:int8[i]))", "x0:int8[i]" },
	{ "int32[i:4] = int32(float(x0:int32[i]))", "int32(float(x0:int32[i]))" },
	{ "float[i:4] = float(double(x0[i]))", "x0[i]" },
	{ "double[i:4] = double(float(x0:double[i]))", "double(float(x0:double[i]))" },
	{ "index[i:4] = index(int64(i))", "i" },
	{ "index[i:4] = index(int32(i * 5))", "i * 5" },
	{ "int8[i:4] = int8(300.0)", "127:int8" },
	{ "uint8[i:4] = uint8(-1.0)", "0:uint8" },
	{ "int32[i:4] = int32(nan)", "0:int32" },
	{ "uint8[i:4] = uint8(300)", "44:uint8" },
	{ "float[i:4] = round_to(float16, 0.1)", "0.099975586" },
	{ "float[i:4] = round_to(bfloat16, round_to(bfloat16, x0[i]))",
	  "round_to(bfloat16, x0[i])" },
	{ "float[i:4] = saturate_to(float8e4m3fn, 1000.0)", "448.0" },
	{ "float[i:4] = round_to(float8e4m3fn, 1000.0)", "nan" },
	/* reductions */
	{ "float[i:4] = sum(k:1, x0[i,k])", "x0[i,0]" },
	{ "float[i:4] = sum(k:0, x0[i,k])", "0.0" },
	{ "float[i:4] = maximum(k:0, x0[i,k])", "-inf" },
	{ "int8[i:4] = minimum(k:0, x0:int8[i,k])", "127:int8" },
	{ "float[i:4] = maximum(k:3, x0[i])", "x0[i]" },
	{ "float[i:4] = sum(k:1,l:3, x0[i,k,l])", "sum(l:3, x0[i,0,l])" },
	{ "index[i:4] = argmax(k:1, x0[i,k])", "0" },
	{ "float[i:4] = sum(k:3, x0[i,k]) + sum(m:3, x0[i,m])",
	  "let t = sum(k:3, x0[i,k]); t + t" },
	{ "float[i:4] = sum(k:3, select(k < 3, x0[k], 0.0))", "sum(k:3, x0[k])" },
};

START_TEST(simplifies)
{
	if (!simplified[_i].after) { /* types differ: an error, not an expression */
		struct tir_stage s;
		ck_assert(!tir_parse(&b, simplified[_i].before, NULL, &s));
		ck_assert_int_eq(diag.errors, 1);
		return;
	}
	struct tir_stage s = parse(simplified[_i].before);
	ck_assert_str_eq(strstr(print(&s), "] = ") + 4, simplified[_i].after);
}
END_TEST

START_TEST(equal_expressions_are_one_pointer)
{
	const struct tir *i = tir_var(&b, 4, "i"), *j = tir_var(&b, 8, "j");
	const struct tir *x = tir_affine(&b, i, 8, 0), *y = tir_add(&b, j, x);
	ck_assert_ptr_eq(
		y, tir_sub(&b, tir_add(&b, tir_add(&b, x, j), tir_index(&b, 5)), tir_index(&b, 5)));
	ck_assert_ptr_ne(tir_float(&b, DT_F32, 0.0), tir_float(&b, DT_F32, -0.0));
	ck_assert_ptr_eq(tir_float(&b, DT_F32, NAN), tir_float(&b, DT_F32, -(double)NAN));
	ck_assert_ptr_ne(tir_int(&b, DT_I8, 1), tir_int(&b, DT_I16, 1));
	const struct tir *k = tir_var(&b, 3, "k"), *l = tir_var(&b, 3, "l");
	const struct tir *p = tir_load_typed(&b, 0, DT_F32, 1, &k),
			 *q = tir_load_typed(&b, 0, DT_F32, 1, &l);
	ck_assert_ptr_ne(p, q);
	ck_assert_ptr_eq(tir_reduce(&b, REDUCE_SUM, 1, &k, p),
			 tir_reduce(&b, REDUCE_SUM, 1, &l, q));
}
END_TEST

START_TEST(operands_have_smaller_ids)
{
	struct tir_stage s = parse("float[i:4] = sum(k:3, x0[i * 3 + k] * x1[k]) + 1.0");
	const struct tir *e = s.value->a;
	ck_assert_uint_lt(e->id, s.value->id);
	ck_assert_uint_lt(e->a->id, e->id);
	ck_assert_uint_lt(e->u.reduce.vars[0]->id, e->id);
	ck_assert_uint_lt(e->a->a->u.load.idx[0]->id, e->a->a->id);
}
END_TEST

Suite *suite_tir_simplify(void)
{
	const struct unit_test tests[] = {
		{ "simplifies", simplifies, ARRAY_LEN(simplified) },
		{ "equal_expressions_are_one_pointer", equal_expressions_are_one_pointer, 0 },
		{ "operands_have_smaller_ids", operands_have_smaller_ids, 0 },
	};
	return unit_suite("tir_simplify", tests, ARRAY_LEN(tests), set_up, tear_down);
}
