#include "ir_fixture.h"

#include <math.h>

/* -- element types and constants ----------------------------------------------------------- */

START_TEST(type_names)
{
	for (int t = DT_F32; t < DT_ONNX_COUNT; t++)
		ck_assert_int_eq(dtype_from_name(dtype_name((enum dtype)t)), t);
	ck_assert_int_eq(dtype_from_name("float32"), DT_UNDEF);
	ck_assert_int_eq(dtype_from_name("undefined"), DT_UNDEF);
	ck_assert_int_eq(dtype_compute(DT_BF16), DT_F32);
	ck_assert_int_eq(dtype_compute(DT_I4), DT_I8);
	ck_assert_int_eq(dtype_compute(DT_I64), DT_I64);
}
END_TEST

static const struct {
	enum dtype type;
	double put, get;
} put_cases[] = {
	{ DT_F32, 0.1, 0.10000000149011612 },
	{ DT_F64, 0.1, 0.1 },
	{ DT_F16, 65520, INFINITY },
	{ DT_F16, 0.1, 0.0999755859375 },
	{ DT_BF16, 1.00390625, 1.0 }, /* a tie, to even */
	{ DT_BF16, 1.00390626, 1.0078125 },
	{ DT_F8E4M3FN, 1000, 448 },
	{ DT_F8E5M2, 1.125, 1.0 },
	{ DT_F4E2M1, 100, 6 },
	{ DT_F8E8M0, 4, 4 },
	{ DT_I8, 300, 127 },
	{ DT_I8, -1.9, -1 },
	{ DT_U8, -3, 0 },
	{ DT_I64, 1e30, 9223372036854775807.0 },
	{ DT_I64, -1e30, -9223372036854775808.0 },
	{ DT_U64, 1e30, 18446744073709551615.0 },
	{ DT_U64, 9223372036854775808.0, 9223372036854775808.0 },
	{ DT_I32, NAN, 0 },
	{ DT_BOOL, 0.25, 1 },
	{ DT_I4, 100, 7 },
	{ DT_I4, -100, -8 },
	{ DT_U4, 15.9, 15 },
	{ DT_I2, 1, 1 },
	{ DT_I2, -2, -2 },
};

START_TEST(put_and_get)
{
	struct constant *c = constant_scalar_f64(&arena, put_cases[_i].type, put_cases[_i].put);
	double got = constant_f64(c, 0);
	ck_assert_msg(got == put_cases[_i].get, "%s: %.17g", dtype_name(c->type), got);
}
END_TEST

static const struct {
	enum dtype type;
	int64_t put, get;
} wrap_cases[] = {
	{ DT_I8, 200, -56 }, /* as ONNX's Cast: the higher bits go */
	{ DT_U8, -1, 255 },
	{ DT_I4, 8, -8 },
	{ DT_U4, 17, 1 },
	{ DT_U2, -1, 3 },
	{ DT_I2, 2, -2 },
	{ DT_BOOL, 256, 1 },
	{ DT_I64, INT64_MIN, INT64_MIN },
	{ DT_U64, -1, -1 },
	{ DT_F32, 16777217, 16777216 },
	{ DT_F16, 2049, 2048 },
};

START_TEST(put_integer)
{
	struct constant *c = constant_scalar_i64(&arena, wrap_cases[_i].type, wrap_cases[_i].put);
	ck_assert_int_eq(constant_i64(c, 0), wrap_cases[_i].get);
}
END_TEST

START_TEST(unaligned_constant)
{
	char bytes[2 * sizeof(int64_t) + 1];
	int64_t v[2] = { -5, 1234567890123 };
	memcpy(bytes + 1, v, sizeof v);
	struct constant c = { .type = DT_I64,
			      .shape = { .rank = 1, .d = { 2 } },
			      .data = bytes + 1,
			      .size = sizeof v };
	ck_assert_int_eq(constant_i64(&c, 0), -5);
	ck_assert_int_eq(constant_i64(&c, 1), 1234567890123);
	ck_assert(constant_equal(&c, constant_vector_i64(&arena, v, 2)));
	v[0] = -4;
	ck_assert(!constant_equal(&c, constant_vector_i64(&arena, v, 2)));
}
END_TEST

/* -- shapes -------------------------------------------------------------------------------- */

/* Dimensions: numbers, -1 for N, -2 for M. */
static const struct {
	const char *name;
	struct shape a, b;
	const char *out; /* NULL: no broadcast */
} broadcast_cases[] = {
	{ "scalar_with_vector", { 0, { 0 } }, { 1, { 3 } }, "[3]" },
	{ "column_with_row", { 2, { 4, 1 } }, { 2, { 1, 5 } }, "[4,5]" },
	{ "ranks_align_at_the_end", { 3, { 2, 3, 4 } }, { 1, { 4 } }, "[2,3,4]" },
	{ "zero_with_one", { 1, { 0 } }, { 1, { 1 } }, "[0]" },
	{ "differ", { 1, { 3 } }, { 1, { 4 } }, NULL },
	{ "zero_with_three", { 1, { 0 } }, { 1, { 3 } }, NULL },
	{ "symbol_with_one", { 1, { -1 } }, { 1, { 1 } }, "[N]" },
	{ "symbol_with_itself", { 1, { -1 } }, { 2, { 7, -1 } }, "[7,N]" },
	{ "symbol_with_number", { 1, { -1 } }, { 1, { 4 } }, "[4]" },
	{ "symbol_with_symbol", { 1, { -2 } }, { 1, { -1 } }, "[N]" },
};

static struct shape with_symbols(struct shape s)
{
	for (int i = 0; i < s.rank; i++)
		if (s.d[i] < 0)
			s.d[i] = dim_symbol(u, s.d[i] == -1 ? "N" : "M");
	return s;
}

START_TEST(broadcast)
{
	dim_symbol(u, "N");
	struct shape a = with_symbols(broadcast_cases[_i].a),
		     b = with_symbols(broadcast_cases[_i].b), out;
	bool ok = shape_broadcast(u, NULL, &a, &b, &out);
	ck_assert_msg(ok == (broadcast_cases[_i].out != NULL), "%s", broadcast_cases[_i].name);
	if (ok)
		ck_assert_str_eq(shape_text(u, &out), broadcast_cases[_i].out);
	else
		expect_message("do not broadcast");
}
END_TEST

START_TEST(counting)
{
	struct shape s = { .rank = 3, .d = { 2, dim_symbol(u, "N"), 5 } };
	ck_assert_str_eq(dim_text(u, shape_count(u, &s)), "N*10");
	ck_assert_int_eq(shape_count_range(u, &s, 1, 1), 1);
	ck_assert(!shape_is_const(&s));
	s.d[1] = 3;
	ck_assert_int_eq(shape_elements(&s), 30);
	struct shape scalar = { .rank = 0 }, huge = { .rank = 3, .d = { INT64_MAX, INT64_MAX, 0 } };
	ck_assert_int_eq(shape_elements(&scalar), 1);
	ck_assert_int_eq(shape_elements(&huge), 0);
	huge.d[2] = 1;
	ck_assert_int_eq(shape_count(u, &huge), DIM_OVERFLOW);
	int axis;
	ck_assert(axis_resolve(u, NULL, -3, 3, &axis) && axis == 0);
	ck_assert(!axis_resolve(u, NULL, 3, 3, &axis));
	expect_message("axis 3 is outside [-3, 2]");
}
END_TEST

START_TEST(layouts)
{
	struct layout a, b;
	layout_identity(&a, 4);
	b = a;
	ck_assert(layout_is_identity(&a, 4));
	b.lo[2] = 1;
	ck_assert(layout_has_halo(&b, 4) && !layout_is_identity(&b, 4) && !layout_equal(&a, &b, 4));
	ck_assert(layout_equal(&a, &b, 2)); /* the halo is at axis 2 */
	b = a;
	b.order[1] = 2;
	b.order[2] = 1;
	ck_assert(!layout_is_identity(&b, 4) && !layout_has_halo(&b, 4));
}
END_TEST

/* -- signatures ---------------------------------------------------------------------------- */

START_TEST(signature_text)
{
	struct sig s;
	op_sig(&sig_op, &s);
	ck_assert_int_eq(s.n_in, 4);
	ck_assert_int_eq(s.n_out, 3);
	ck_assert_int_eq(s.in[0].var, s.out[0].var);
	ck_assert_int_ne(s.in[0].var, s.in[1].var);
	ck_assert_uint_eq(s.in[1].types, 1u << DT_I32 | 1u << DT_I64);
	ck_assert(s.in[2].mark == '?' && s.in[2].container == SEQUENCE &&
		  s.in[2].types == 1u << DT_F32);
	ck_assert(s.in[3].mark == '*' && s.in[3].var == -2 && s.in[3].container == -1);
	ck_assert(s.out[2].mark == '?' && s.out[2].var == -1 && s.out[2].name_len == 4);
}
END_TEST

static const struct {
	const char *name;
	const struct op *op;
	enum dtype in[4]; /* DT_UNDEF: left out */
	int n_in, n_out;
	const char *message; /* NULL: it fits */
} sig_cases[] = {
	{ "fits", &sig_op, { DT_F16, DT_I32 }, 2, 2, NULL },
	{ "with_free_inputs", &sig_op, { DT_F16, DT_I32, DT_UNDEF, DT_STRING }, 4, 3, NULL },
	{ "wrong_type",
	  &sig_op,
	  { DT_I8, DT_I32 },
	  2,
	  2,
	  "X has type int8, must be float, float16 or double" },
	{ "wrong_index_type",
	  &sig_op,
	  { DT_F32, DT_F32 },
	  2,
	  2,
	  "Ind has type float, must be int32 or int64" },
	{ "missing_input", &sig_op, { DT_F32 }, 1, 2, "input Ind is missing" },
	{ "input_left_out", &sig_op, { DT_UNDEF, DT_I32 }, 2, 2, "input X is missing" },
	{ "missing_output", &sig_op, { DT_F32, DT_I32 }, 2, 1, "output Count is missing" },
	{ "too_many_outputs",
	  &sig_op,
	  { DT_F32, DT_I32 },
	  2,
	  4,
	  "has 4 outputs, TestSig takes at most 3" },
	{ "tensor_for_sequence",
	  &sig_op,
	  { DT_F32, DT_I32, DT_F32 },
	  3,
	  2,
	  "S is a tensor, must be a sequence" },
	{ "too_many_inputs",
	  &add_op,
	  { DT_F32, DT_F32, DT_F32 },
	  3,
	  1,
	  "has 3 inputs, TestAdd takes 2" },
	{ "types_differ",
	  &add_op,
	  { DT_F32, DT_F64 },
	  2,
	  1,
	  "B has type double, but A has type float" },
	{ "variadic", &sum_op, { DT_F32, DT_F32, DT_F32 }, 3, 1, NULL },
	{ "variadic_types_differ",
	  &sum_op,
	  { DT_F32, DT_F32, DT_F64 },
	  3,
	  1,
	  "inputs 2 has type double, but inputs 0 has type float" },
	{ "variadic_needs_one", &sum_op, { DT_UNDEF }, 0, 1, "input inputs 0 is missing" },
};

START_TEST(signature_check)
{
	uint32_t in[4];
	for (int k = 0; k < sig_cases[_i].n_in; k++)
		in[k] = sig_cases[_i].in[k] ? input("x", sig_cases[_i].in[k], 1, 3, 0)->id
					    : VALUE_NONE;
	struct node *n =
		insert(NULL, sig_cases[_i].op, sig_cases[_i].n_in, in, sig_cases[_i].n_out);
	bool ok = node_check_sig(u, n);
	ck_assert_msg(ok == !sig_cases[_i].message, "%s: %s", sig_cases[_i].name,
		      messages.s ? messages.s : "");
	if (!ok)
		expect_message(sig_cases[_i].message);
	else
		ck_assert_int_eq(node_out(n, 0)->type, sig_cases[_i].in[0]);
}
END_TEST

START_TEST(sizes_that_overflow)
{
	struct value *x = input("x", DT_F64, 2, INT64_MAX / 8, 1), *y = input("y", DT_F64, 2, 1, 2);
	struct node *n = insert(NULL, &add_op, 2, (uint32_t[]){ x->id, y->id }, 1);
	ck_assert(!node_infer(u, n));
	expect_message(
		"model.onnx: error: node \"n\" (TestAdd): the size of C, [1152921504606846975,2], overflows");
}
END_TEST

/* -- known elements ------------------------------------------------------------------------ */

START_TEST(known_elements)
{
	struct value *x = input("x", DT_I64, 1, 2, 0);
	struct node *n = copy(x);
	struct value *y = node_out(n, 0);
	const dim *d;
	const int64_t *v;
	int count;
	bool present;
	ck_assert_int_eq(input_dims(u, n, 0, &d, &count), -1);
	ck_assert_int_eq(input_dims(u, n, 1, &d, &count), 0);
	ck_assert(!need_ints(u, n, 0, "shape", &v, &count, &present));
	expect_message("shape must be constant");

	set_elems(u, y, (dim[]){ dim_symbol(u, "N"), dim_number(u, -1) }, 2);
	ck_assert_ptr_null(y->constant);
	struct node *m = insert(NULL, &copy_op, 1, (uint32_t[]){ y->id }, 1);
	ck_assert_int_eq(input_dims(u, m, 0, &d, &count), 1);
	ck_assert_int_eq(count, 2);
	ck_assert_int_eq(d[0], dim_symbol(u, "N"));
	ck_assert_int_eq(input_ints(u, m, 0, &v, &count), -1);

	set_elems(u, y, (dim[]){ 7, dim_number(u, -1) }, 2);
	ck_assert_ptr_nonnull(y->constant);
	ck_assert_int_eq(constant_i64(y->constant, 1), -1);
	ck_assert_int_eq(input_ints(u, m, 0, &v, &count), 1);
	ck_assert(v[0] == 7 && v[1] == -1);
	ck_assert_int_eq(input_dims(u, m, 0, &d, &count), 1);
	ck_assert_int_eq(d[1], dim_number(u, -1));
}
END_TEST

START_TEST(scalar_input)
{
	double v;
	struct value *c = graph_constant(u->main, "c", constant_scalar_f64(&arena, DT_F32, 0.5));
	struct node *n = copy(c);
	ck_assert(need_scalar(u, n, 0, "ratio", 9, &v) && v == 0.5);
	ck_assert(need_scalar(u, n, 1, "ratio", 9, &v) && v == 9);
	ck_assert(!need_scalar(u, copy(input("x", DT_F32, 0, 0, 0)), 0, "ratio", 9, &v));
	expect_message("ratio must be constant");
	ck_assert(!need_scalar(u, copy(input("y", DT_F32, 1, 3, 0)), 0, "ratio", 9, &v));
	expect_message("ratio has shape [3], must be a scalar");
}
END_TEST

/* -- attributes ---------------------------------------------------------------------------- */

START_TEST(attributes)
{
	struct test_attrs *a = op_default_attrs(&arena, &attr_op),
			  *b = op_default_attrs(&arena, &attr_op);
	ck_assert(a->axis == -1 && a->alpha == 0.5f && a->mode == 1 && a->to == DT_F32 &&
		  a->body == -1);
	ck_assert_ptr_null(a->list.p);
	ck_assert(attrs_equal(&attr_op, a, b));
	int64_t list[] = { 1, 2 }, same[] = { 1, 2 };
	a->list = (struct ints){ list, 0 };
	ck_assert(!attrs_equal(&attr_op, a, b)); /* empty is not absent */
	a->list.n = 2;
	b->list = (struct ints){ same, 2 };
	ck_assert(attrs_equal(&attr_op, a, b));
	same[1] = 3;
	ck_assert(!attrs_equal(&attr_op, a, b));
	same[1] = 2;
	a->text = "x";
	ck_assert(!attrs_equal(&attr_op, a, b));
	b->text = arena_strdup(&arena, "x");
	ck_assert(attrs_equal(&attr_op, a, b));
	a->alpha = b->alpha = NAN;
	ck_assert(attrs_equal(&attr_op, a, b));
	a->tensor = constant_scalar_i64(&arena, DT_I64, 3);
	ck_assert(!attrs_equal(&attr_op, a, b));
	b->tensor = constant_scalar_i64(&arena, DT_I64, 3);
	ck_assert(attrs_equal(&attr_op, a, b));
}
END_TEST

Suite *suite_ir(void)
{
	const struct unit_test tests[] = {
		{ "type_names", type_names, 0 },
		{ "put_and_get", put_and_get, ARRAY_LEN(put_cases) },
		{ "put_integer", put_integer, ARRAY_LEN(wrap_cases) },
		{ "unaligned_constant", unaligned_constant, 0 },
		{ "broadcast", broadcast, ARRAY_LEN(broadcast_cases) },
		{ "counting", counting, 0 },
		{ "layouts", layouts, 0 },
		{ "signature_text", signature_text, 0 },
		{ "signature_check", signature_check, ARRAY_LEN(sig_cases) },
		{ "sizes_that_overflow", sizes_that_overflow, 0 },
		{ "known_elements", known_elements, 0 },
		{ "scalar_input", scalar_input, 0 },
		{ "attributes", attributes, 0 },
	};
	return unit_suite("ir", tests, ARRAY_LEN(tests), set_up, tear_down);
}
