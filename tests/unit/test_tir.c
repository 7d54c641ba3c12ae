/* Tensor expressions: substitution against composition, questions and affine forms. */
#include "tests/unit/tir.h"

/* -- substitution --------------------------------------------------------------------- */

/* consumer(producer(x)) in one expression equals the two run one after the other. */
static const struct {
	const char *producer,
		*consumer; /* the consumer's x0 is the producer's result; x1 is a further input */
} compositions[] = {
	{ "float[i:6,j:4] = x0[i,j] * 2.0", "float[i:6,j:4] = exp(x0[i,j])" },
	{ "float[i:6,j:4] = sum(k:4, x0[i,k] * x1[k,j])",
	  "float[i:6,j:4] = max(x0[i,j], 0.0) * x0[5 - i,j]" },
	{ "float[i:6,j:4] = sum(k:4, x0[i,k])", "float[i:4] = sum(k:4, x0[k,i])" },
	{ "float[i:6,j:4] = sum(k:4, x0[i,k] * float(j))",
	  "float[i:4,j:4] = sum(k:4, x0[k,i] + x0[k + 1,k] * x1[i,k])" },
	{ "float[i:6,j:4] = maximum(k:4, x0[i,k]) - x0[i,j]",
	  "float[i:6] = sum(k:4, sum(l:4, x0[i,k] * x0[l,k]))" },
	{ "float[i:6,j:4] = x0[i,3 - j]", "float[i:4,j:6] = x0[j,i]" },
	{ "float[i:6,j:4] = select(j < 2, x0[i,j + 2], x0[i,j - 2])",
	  "float[i:3,j:8] = x0[i * 2 + j // 4,j % 4]" },
};

static const struct tir_stage *inlined;

static const struct tir *inline_producer(struct tir_builder *to, const struct tir *load,
					 const struct tir *const *idx, void *unused)
{
	static const int slots[] = { 2, 1 }; /* the producer's x0 is the whole's x2 */
	(void)unused;
	return load->u.load.slot == 0 ? tir_at(to, inlined, idx, slots) : NULL;
}

START_TEST(substitution_is_composition)
{
	double v[24], w[16];
	seed_random(300 + _i);
	for (int i = 0; i < 24; i++)
		v[i] = (double)random_int(-64, 64) / 16;
	for (int i = 0; i < 16; i++)
		w[i] = (double)random_int(-64, 64) / 16;
	const struct constant *x = tensor(DT_F32, 2, (dim[]){ 6, 4 }, v),
			      *y = tensor(DT_F32, 2, (dim[]){ 4, 4 }, w);
	struct tir_stage p = parse(compositions[_i].producer), c = parse(compositions[_i].consumer),
			 s = c;
	inlined = &p;
	s.value = tir_rebuild(&b, c.value, &(struct tir_map){ .load = inline_producer });
	ck_assert(!tir_uses_slot(s.value, 0));

	const struct constant *between = tir_eval(&arena, &p, (const struct constant *[]){ x, y });
	const struct constant *want =
		tir_eval(&arena, &c, (const struct constant *[]){ between, y });
	const struct constant *got =
		tir_eval(&arena, &s, (const struct constant *[]){ NULL, y, x });
	ck_assert_int_eq((int)want->size, (int)got->size);
	for (int64_t i = 0; i < shape_elements(&want->shape); i++)
		ck_assert_double_eq(constant_f64(want, i), constant_f64(got, i));
}
END_TEST

START_TEST(imports_from_another_builder)
{
	struct tir_builder other;
	struct tir_stage s = parse("float[i:6,j:4] = sum(k:4, x0[i,k] * x1[k,j]) + x0[i,j]"), t;
	const char *text = print(&s);
	tir_builder_init(&other, unit, NULL);
	tir_var(&other, 3, "shift"); /* other ids */
	tir_float(&other, DT_F32, 2.0);
	tir_import(&other, &s, NULL, &t);
	ck_assert_str_eq(print(&t), text);
	tir_import(&other, &s, (int[]){ 3, 5 }, &t);
	ck_assert_str_eq(print(&t), "float[i:6,j:4] = sum(k:4, x3[i,k] * x5[k,j]) + x3[i,j]");
}
END_TEST

/* A variable of the place where a reduction goes must not become one of the reduction's own. */
START_TEST(nothing_is_captured)
{
	struct tir_stage p = parse("float[i:4] = sum(k:4, x0[i,k])");
	const struct tir *inner = p.value->u.reduce.vars[0];
	ck_assert_ptr_ne(inner, p.vars[0]);
	const struct tir *at = tir_at(&b, &p, &inner, (int[]){ 0 });
	struct tir_stage s = { .type = DT_F32, .value = tir_reduce(&b, REDUCE_SUM, 1, &inner, at) };
	double v[16], sum = 0;
	for (int i = 0; i < 16; i++)
		sum += v[i] = i * i;
	const struct constant *x = tensor(DT_F32, 2, (dim[]){ 4, 4 }, v);
	ck_assert_double_eq(constant_f64(tir_eval(&arena, &s, &x), 0), sum);
}
END_TEST

/* -- questions ------------------------------------------------------------------------ */

START_TEST(answers)
{
	struct tir_stage s =
		parse("float[i:6,j:4] = sum(k:4, x3[i,k] * x1[k,j]) + x3[i,j] + x7[i,j]");
	int slots[3] = { 0 };
	double f;
	ck_assert_int_eq(tir_slots(s.value, slots, 3), 3);
	ck_assert_int_eq(slots[0], 1);
	ck_assert_int_eq(slots[1], 3);
	ck_assert_int_eq(slots[2], 7);
	ck_assert(tir_slot_is_pointwise(&s, 7));
	ck_assert(!tir_slot_is_pointwise(&s, 3));
	ck_assert_int_eq(tir_load_count(s.value, 3), 2);
	ck_assert_int_eq(tir_count(s.value), 4); /* product, sum over k, two additions */
	ck_assert(tir_uses_var(s.value, s.vars[0]));
	ck_assert(!tir_is_movement(&s));
	ck_assert(!tir_is_number(s.value, &f));
	ck_assert(tir_is_number(tir_int(&b, DT_U64, -1), &f) && f == 18446744073709551615.0);
	s = parse("float[i:1,j:4] = x0[i,j] * x0[0,j]");
	ck_assert(tir_slot_is_pointwise(&s, 0));
	s = parse("float[i:4] = x0[3 - i]");
	ck_assert(tir_is_movement(&s));
}
END_TEST

/* What has no name in the text stands there for each use. */
START_TEST(text_sizes)
{
	struct tir_stage s = parse("float[i:6] = exp(x0[i]) * exp(x0[i])");
	/* x0 and i, exp and x0's name, * and exp's name twice, the name of all */
	ck_assert_int_eq(tir_text_size(s.value), 2 + 2 + 3 + 1);
	s = parse("float[i:6] = select(x1[i] < 0.0, exp(x0[i]) * exp(x0[i]), x0[i])");
	/* x1 and i, 0.0, < and both names; select and < behind which x0[i] stands three times */
	ck_assert_int_eq(tir_text_size(s.value), 2 + 1 + 3 + (1 + 1 + 1 + 3 + 3 + 2) + 1);
}
END_TEST

START_TEST(affine_forms)
{
	struct tir_stage s = parse("index[i:6,j:4] = (i * 4 + j) * 3 - 2 * i + 7");
	struct affine f;
	ck_assert(tir_affine_of(s.value, &f));
	ck_assert_int_eq(f.n, 2);
	ck_assert_int_eq(f.base, 7);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(f.term[i].scale, f.term[i].var == s.vars[0] ? 10 : 3);
	s = parse("index[i:6,j:4] = i // 2 + j");
	ck_assert(!tir_affine_of(s.value, &f));
}
END_TEST

/* An index from data counts from the end when negative and never leaves the axis. */
START_TEST(data_index_stays_inside)
{
	static const enum dtype types[] = { DT_I8,  DT_U8,  DT_I16, DT_U16,
					    DT_I32, DT_U32, DT_I64, DT_U64 };
	static const double v[] = { 0, 1, 4, 5, 127, -1, -5, -6 };
	static const double expected[2][8] = { { 0, 1, 4, 4, 4, 4, 0, 0 },
					       { 0, 1, 4, 4, 4, 4, 4, 4 } };
	enum dtype t = types[_i];
	struct tir_stage s = { .type = DT_I64, .rank = 1, .vars = { tir_var(&b, 8, "i") } };
	const struct tir *e = tir_data_index(&b, tir_load_typed(&b, 0, t, 1, s.vars), 5);
	ck_assert_int_eq(e->type, DT_INDEX);
	ck_assert_int_ge(e->lo, 0);
	ck_assert_int_le(e->hi, 4);
	s.value = tir_cast(&b, DT_I64, e);
	void *p;
	struct constant *c = constant_new(&arena, t, &(struct shape){ 1, { 8 } }, &p);
	for (int i = 0; i < 8; i++)
		constant_put_i64(p, t, i, (int64_t)v[i]);
	const struct constant *in = c, *r = tir_eval(&arena, &s, &in);
	for (int i = 0; i < 8; i++)
		ck_assert_double_eq(constant_f64(r, i), expected[!dtype_is_signed_int(t)][i]);
}
END_TEST

static const struct {
	const char *text;
	int64_t macs;
} products[] = {
	{ "float[i:4,j:5] = sum(k:3, x0[i,k] * x1[k,j])", 60 },
	{ "float[i:4] = max(sum(k:3,l:2, x0[i,k] * x1[k,l]) + x2[i], 0.0)", 24 },
	{ "float[i:4] = sum(k:3, x0[i,k])", 0 },
	{ "float[i:4] = x0[i] * x1[i]", 0 },
	{ "float[i:4] = sum(k:3, sum(l:2, x0[l] * x1[l,k]) * x2[i])", 36 }, /* 4 (3 + 3 2) */
	{ "float[i:4] = sum(k:2, select(k < 1, x0[i] * x1[k], 0.0))", 8 },
};

START_TEST(macs_are_sums_of_products)
{
	struct tir_stage s = parse(products[_i].text);
	ck_assert_int_eq(tir_macs(unit, &s), products[_i].macs);
}
END_TEST

Suite *suite_tir(void)
{
	const struct unit_test tests[] = {
		{ "substitution_is_composition", substitution_is_composition,
		  ARRAY_LEN(compositions) },
		{ "imports_from_another_builder", imports_from_another_builder, 0 },
		{ "nothing_is_captured", nothing_is_captured, 0 },
		{ "answers", answers, 0 },
		{ "text_sizes", text_sizes, 0 },
		{ "macs_are_sums_of_products", macs_are_sums_of_products, ARRAY_LEN(products) },
		{ "affine_forms", affine_forms, 0 },
		{ "data_index_stays_inside", data_index_stays_inside, 8 },
	};
	return unit_suite("tir", tests, ARRAY_LEN(tests), set_up, tear_down);
}
