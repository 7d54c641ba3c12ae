/* Models, written as ONNX text, into a unit: names, order, sizes, functions, attributes. */
#include "import_fixture.h"

static void check_import(const char *model, const struct import_options *o)
{
	ck_assert_msg(import(model, o), "%s", text.s);
	ck_assert_int_eq(d.errors, 0);
	ck_assert_msg(unit_verify(u, "import"), "%s", text.s);
}

static const struct value *value_named(const char *name)
{
	for (size_t i = 1; i < u->values.n; i++)
		if (u->values.p[i]->name && strcmp(u->values.p[i]->name, name) == 0)
			return u->values.p[i];
	ck_abort_msg("no value \"%s\"", name);
}

static const char *shape_of(const char *name)
{
	return shape_text(u, &value_named(name)->shape);
}

/* Squeeze of an axis of 2 would be an error. */
START_TEST(only_the_branch_that_is_taken)
{
	check_import(
		M(13) "g (float[2,N] x) => (y) <bool c = {0}> {"
		      "y = If (c) <then_branch = a () => (t) <int64[1] axes = {0}> { t = Squeeze (x, axes) },"
		      "            else_branch = b () => (t) { s = Abs (x) t = Neg (s) }>"
		      "}",
		NULL);
	ck_assert_str_eq(shape_of("y"), "[2,N]");
	ck_assert_str_eq(u->main->first->op->name, "Abs");
	ck_assert_str_eq(u->main->last->op->name, "Neg");
}
END_TEST

/* The body declares no shapes: they come from the loop's inputs. The captured x is of the outer
 * graph. */
START_TEST(a_body_gets_types_from_its_node)
{
	check_import(
		M(13) "g (float[2,3] x, int64 m) => (y, all) {"
		      "y, all = Loop (m, , x) <body = b (i, c, float[] s) => (c, t, t) { t = Add (s, x) }>"
		      "}",
		NULL);
	ck_assert_str_eq(shape_of("s"), "[2,3]");
	ck_assert_str_eq(shape_of("y"), "[2,3]");
	ck_assert_int_eq(value_named("all")->shape.rank, 3);
	ck_assert_uint_eq(value_named("x")->uses.n, 2);
}
END_TEST

START_TEST(a_scan_slices_its_inputs)
{
	check_import(M(13) "g (float[4] s, float[2,5,4] x) => (z, y) {"
			   "z, y = Scan (s, x) <num_scan_inputs = 1, scan_input_axes = [1],"
			   "  body = b (a, e) => (t, r) { t = Add (a, a) r = Abs (e) }>"
			   "}",
		     NULL);
	ck_assert_str_eq(shape_of("e"), "[2,4]");
	ck_assert_str_eq(shape_of("y"), "[5,2,4]");
}
END_TEST

/* A node may stand before what a subgraph of it captures. */
START_TEST(captures_count_for_the_order)
{
	check_import(M(13) "g (float[2] x, bool c) => (y) {"
			   "y = If (c) <then_branch = a () => (t) { t = Abs (late) },"
			   "            else_branch = b () => (t) { t = Neg (x) }>"
			   "late = Exp (x)"
			   "}",
		     NULL);
	ck_assert_str_eq(u->main->first->op->name, "Exp");
	ck_assert_str_eq(u->main->last->op->name, "If");
}
END_TEST

START_TEST(inner_names_may_hide_outer_ones)
{
	check_import(M(13) "g (float[2] x, bool c) => (y, t) {"
			   "t = Exp (x)"
			   "y = If (c) <then_branch = a () => (t) { t = Abs (x) },"
			   "            else_branch = b () => (t) { t = Neg (x) }>"
			   "}",
		     NULL);
	ck_assert_int_eq(d.warnings, 2);
	ck_assert_ptr_nonnull(strstr(text.s, "the name \"t\" hides one of the outer graph"));
	ck_assert_str_eq(value_of(u, u->main->outputs.p[1])->producer->op->name, "Exp");
}
END_TEST

START_TEST(unsorted_nodes_are_sorted)
{
	check_import(M(17) "g (float[2] x) => (y) { y = Abs (b) b = Neg (a) a = Exp (x) }", NULL);
	ck_assert_str_eq(u->main->first->op->name, "Exp");
	ck_assert_str_eq(u->main->last->op->name, "Abs");
}
END_TEST

START_TEST(symbols_bounds_and_unnamed_axes)
{
	struct dim_option dims[3];
	struct import_options o = { .dims = dims, .n_dims = 3 };
	ck_assert(dim_option_parse(&a, "N=4", &dims[0]));
	ck_assert(dim_option_parse(&a, "M<=9", &dims[1]));
	ck_assert(dim_option_parse(&a, "x.2=5", &dims[2]));
	check_import(M(17) "g (float[N,M,?,?] x) => (y) { y = Abs (x) }", &o);
	ck_assert_str_eq(shape_of("y"), "[4,M,5,x.3]");
	ck_assert_int_eq(dim_hi(u, value_named("y")->shape.d[1]), 9);
	ck_assert_int_eq(dim_hi(u, value_named("y")->shape.d[3]), DIM_UNBOUNDED);
}
END_TEST

static const struct {
	const char *option;
	bool ok;
} dim_options[] = {
	{ "N=4", true },   { "N<=4", true },  { "a=b=4", true }, { "N=0", true },
	{ "N<=0", false }, { "N", false },    { "=4", false },   { "<=4", false },
	{ "N=", false },   { "N=4x", false }, { "N=-1", false },
};

START_TEST(dim_option_syntax)
{
	struct dim_option o;
	ck_assert_int_eq(dim_option_parse(&a, dim_options[_i].option, &o), dim_options[_i].ok);
}
END_TEST

START_TEST(a_dim_that_the_model_does_not_have)
{
	struct dim_option wrong_name = { "batch_siz", 4, false };
	struct import_options o = { .dims = &wrong_name, .n_dims = 1 };
	ck_assert(!import(M(17) "g (float[batch_size] x) => (y) { y = Abs (x) }", &o));
	ck_assert_ptr_nonnull(
		strstr(text.s, "no dimension \"batch_siz\"; did you mean \"batch_size\"?"));
}
END_TEST

START_TEST(shape_of_an_input_without_one)
{
	struct dim_option dims[] = { { "x.0", 2, false }, { "x.1", 3, false } };
	struct import_options o = { .dims = dims, .n_dims = 2 };
	check_import(M(17) "g (float[] x) => (y) { y = Abs (x) }", &o);
	ck_assert_str_eq(shape_of("y"), "[2,3]");
}
END_TEST

static const char *const with_default =
	M(17) "g (float[2] x, float[2] w = {1, 2}) => (y) { y = Add (x, w) }";

START_TEST(an_input_with_a_default_is_a_constant)
{
	check_import(with_default, NULL);
	ck_assert_uint_eq(u->main->inputs.n, 1);
	ck_assert_uint_eq(u->input_names.n, 2);
	ck_assert_ptr_nonnull(value_named("w")->constant);
}
END_TEST

START_TEST(unless_it_is_kept)
{
	const char *keep[] = { "w" };
	struct import_options o = { .keep_inputs = keep, .n_keep_inputs = 1 };
	check_import(with_default, &o);
	ck_assert_uint_eq(u->main->inputs.n, 2);
	ck_assert_ptr_null(value_named("w")->constant);
}
END_TEST

START_TEST(an_input_can_be_fixed)
{
	int64_t axis = 0;
	struct input_value fixed = { "axes", constant_vector_i64(&a, &axis, 1), NULL };
	struct import_options o = { .fixed = &fixed, .n_fixed = 1 };
	check_import(M(17) "g (float[2] x, int64[1] axes) => (y) { y = Unsqueeze (x, axes) }", &o);
	ck_assert_str_eq(shape_of("y"), "[1,2]");
	ck_assert_uint_eq(u->main->inputs.n, 1);
}
END_TEST

/* "--fix NAME=NUMBERS": the numbers take the input's type and shape. */
static const struct {
	const char *input, *option, *want; /* type and shape, or the error */
	double last;
} fixes[] = {
	{ "int64 x", "x=16000", "int64[]", 16000 },
	{ "float[1] x", "x=1.5", "float[1]", 1.5 },
	{ "int32[2,2] x", "x=1,2,3,-4", "int32[2,2]", -4 },
	{ "int64[N] x", "x=5,6", "int64[2]", 6 },
	{ "float[] x", "x=2", "float[]", 2 },
	{ "bool x", "x=1", "bool[]", 1 },
	{ "int8 x", "x=200", "\"200\", is no int8", 0 },
	{ "int64 x", "x=1.5", "\"1.5\", is no int64", 0 },
	{ "int64 x", "x=1,", "\"1,\", is no int64", 0 },
	{ "int64[3] x", "x=1,2", "int64[2], which is not of its type", 0 },
	{ "int64 x", "y=1", "the model has no input \"y\"", 0 },
	{ "string x", "x=1", "only an input of numbers", 0 },
};

START_TEST(numbers_for_an_input)
{
	struct input_value fixed;
	struct import_options o = { .fixed = &fixed, .n_fixed = 1 };
	ck_assert(input_value_parse(&a, fixes[_i].option, &fixed));
	const char *model = arena_printf(&a, M(17) "g (%s) => (x) {}", fixes[_i].input);
	if (!import(model, &o)) {
		ck_assert_msg(strstr(text.s, fixes[_i].want), "%s: %s", fixes[_i].option, text.s);
		return;
	}
	const struct value *x = value_named("x");
	ck_assert_str_eq(arena_printf(&a, "%s%s", dtype_name(x->type), shape_of("x")),
			 fixes[_i].want);
	ck_assert_double_eq(constant_f64(x->constant, shape_elements(&x->shape) - 1),
			    fixes[_i].last);
}
END_TEST

START_TEST(a_fixed_value_must_have_the_inputs_type)
{
	struct input_value fixed = { "x", constant_scalar_i64(&a, DT_I64, 1), NULL };
	struct import_options o = { .fixed = &fixed, .n_fixed = 1 };
	ck_assert(!import(M(17) "g (float[2] x) => (y) { y = Abs (x) }", &o));
	ck_assert_ptr_nonnull(strstr(text.s, "which is not of its type"));
}
END_TEST

START_TEST(initializers_and_inputs_as_outputs)
{
	check_import(M(17) "g (float[2] x) => (x, w, x2) <float[1] w = {1}> { x2 = Abs (x) }",
		     NULL);
	ck_assert_uint_eq(u->main->outputs.n, 3);
	ck_assert_str_eq(u->main->output_names.p[1], "w");
}
END_TEST

/* Every kind of attribute that Constant may have, and what it makes. */
static const struct {
	const char *attribute, *type;
	double last;
} constants[] = {
	{ "value = float[2] {1, 2}", "float[2]", 2 },
	{ "value_int = 3", "int64[]", 3 },
	{ "value_ints = [1, 4]", "int64[2]", 4 },
	{ "value_ints: ints = []", "int64[0]", 0 },
	{ "value_float = 1.5", "float[]", 1.5 },
	{ "value_floats = [1.0, 2.5]", "float[2]", 2.5 },
	{ "value = int4[3] {1, -8, -2}", "int4[3]", -2 },
	{ "value = uint4[3] {1, 2, 15}", "uint4[3]", 15 },
	{ "value = uint2[5] {0, 1, 2, 3, 2}", "uint2[5]", 2 },
	{ "value = float16[1] {1.5}", "float16[1]", 1.5 },
	{ "value = bfloat16[1] {-2.0}", "bfloat16[1]", -2 },
	/* integers are bits, as onnx.printer writes them */
	{ "value = float16[2] {15360, 48128}", "float16[2]", -1 },
	{ "value = bfloat16[1] {49024}", "bfloat16[1]", -1 },
	{ "value = float8e4m3fn[1] {184}", "float8e4m3fn[1]", -1 },
	{ "value = float8e4m3fn[1] {0.5}", "float8e4m3fn[1]", 0.5 },
	{ "value = float4e2m1[3] {0, 1, 6}", "float4e2m1[3]", 6 },
	{ "value = uint64[1] {18446744073709549568}", "uint64[1]", 18446744073709549568.0 },
	{ "value = bool[2] {true, false}", "bool[2]", 0 },
	{ "value = double[1] {1e300}", "double[1]", 1e300 },
};

START_TEST(constant_nodes)
{
	check_import(arena_printf(&a, M(25) "g (float[2] x) => (x, y) { y = Constant <%s> () }",
				  constants[_i].attribute),
		     NULL);
	const struct value *y = value_named("y");
	ck_assert_ptr_nonnull(y->constant);
	ck_assert_str_eq(arena_printf(&a, "%s%s", dtype_name(y->type), shape_of("y")),
			 constants[_i].type);
	int64_t n = shape_elements(&y->shape);
	if (n)
		ck_assert_double_eq(constant_f64(y->constant, n - 1), constants[_i].last);
}
END_TEST

START_TEST(functions_are_inlined)
{
	check_import(
		"<ir_version: 8, opset_import: [\"\" : 17, \"l\" : 1]>"
		"g (float[N] x) => (y) { [one] z = l.outer <slope = 0.25> (x) [two] y = l.outer (z) }"
		"<domain: \"l\", opset_import: [\"\" : 17, \"l\" : 1]>"
		"outer <slope: float = 0.5> (x) => (y) { t = l.inner <alpha: float = @slope> (x) y = Neg (t) }"
		"<domain: \"l\", opset_import: [\"\" : 17]>"
		"inner <alpha> (x) => (y) { y = LeakyRelu <alpha: float = @alpha> (x) }",
		NULL);
	const struct node *n = u->main->first;
	const char *const ops[] = { "LeakyRelu", "Neg", "LeakyRelu", "Neg" };
	const float slopes[] = { 0.25F, 0, 0.5F, 0 };
	for (size_t i = 0; i < ARRAY_LEN(ops); i++, n = n->next) {
		ck_assert_ptr_nonnull(n);
		ck_assert_str_eq(n->op->name, ops[i]);
		if (slopes[i] > 0)
			ck_assert_float_eq(*(const float *)n->attrs, slopes[i]);
	}
	ck_assert_ptr_null(n);
	ck_assert_str_eq(shape_of("y"), "[N]");
	ck_assert_str_eq(value_named("z")->producer->loc.node, "one/y");
}
END_TEST

START_TEST(a_call_may_leave_out_inputs_and_attributes)
{
	check_import(
		"<ir_version: 8, opset_import: [\"\" : 17, \"l\" : 1]> g (float[2] x) => (y) { y = l.f (x) }"
		"<domain: \"l\", opset_import: [\"\" : 17]>"
		"f <alpha> (x, lo, hi) => (y) { t = Clip (x, lo, hi) y = LeakyRelu <alpha: float = @alpha> (t) }",
		NULL);
	ck_assert_float_eq_tol(*(const float *)u->main->last->attrs, 0.01F, 1e-9F);
}
END_TEST

START_TEST(inlining_has_a_limit)
{
	struct strbuf b = { 0 };
	strbuf_puts(
		&b,
		"<ir_version: 8, opset_import: [\"\" : 17, \"l\" : 1]> g (float[2] x) => (y) { y = l.f0 (x) }");
	for (int i = 0; i < 30; i++)
		strbuf_printf(&b,
			      "<domain: \"l\", opset_import: [\"\" : 17, \"l\" : 1]>"
			      "f%d (x) => (y) { t = l.f%d (x) y = l.f%d (t) }",
			      i, i + 1, i + 1);
	strbuf_puts(&b,
		    "<domain: \"l\", opset_import: [\"\" : 17]> f30 (x) => (y) { y = Abs (x) }");
	ck_assert(!import(b.s, NULL));
	strbuf_free(&b);
	ck_assert_int_eq(d.errors, 1);
	ck_assert_ptr_nonnull(strstr(text.s, "makes more than"));
}
END_TEST

START_TEST(declarations_are_compared)
{
	check_import(M(17) "g (float[2,3] x) => (float[2,4] y) { y = Abs (x) }", NULL);
	ck_assert_int_eq(d.warnings, 1);
	ck_assert_ptr_nonnull(
		strstr(text.s, "\"y\": the model declares float[2,4], inference finds float[2,3]"));
}
END_TEST

Suite *suite_import(void)
{
	const struct unit_test tests[] = {
		{ "only_the_branch_that_is_taken", only_the_branch_that_is_taken, 0 },
		{ "a_body_gets_types_from_its_node", a_body_gets_types_from_its_node, 0 },
		{ "a_scan_slices_its_inputs", a_scan_slices_its_inputs, 0 },
		{ "captures_count_for_the_order", captures_count_for_the_order, 0 },
		{ "inner_names_may_hide_outer_ones", inner_names_may_hide_outer_ones, 0 },
		{ "unsorted_nodes_are_sorted", unsorted_nodes_are_sorted, 0 },
		{ "symbols_bounds_and_unnamed_axes", symbols_bounds_and_unnamed_axes, 0 },
		{ "dim_option_syntax", dim_option_syntax, ARRAY_LEN(dim_options) },
		{ "a_dim_that_the_model_does_not_have", a_dim_that_the_model_does_not_have, 0 },
		{ "shape_of_an_input_without_one", shape_of_an_input_without_one, 0 },
		{ "an_input_with_a_default_is_a_constant", an_input_with_a_default_is_a_constant,
		  0 },
		{ "unless_it_is_kept", unless_it_is_kept, 0 },
		{ "an_input_can_be_fixed", an_input_can_be_fixed, 0 },
		{ "numbers_for_an_input", numbers_for_an_input, ARRAY_LEN(fixes) },
		{ "a_fixed_value_must_have_the_inputs_type",
		  a_fixed_value_must_have_the_inputs_type, 0 },
		{ "initializers_and_inputs_as_outputs", initializers_and_inputs_as_outputs, 0 },
		{ "constant_nodes", constant_nodes, ARRAY_LEN(constants) },
		{ "functions_are_inlined", functions_are_inlined, 0 },
		{ "a_call_may_leave_out_inputs_and_attributes",
		  a_call_may_leave_out_inputs_and_attributes, 0 },
		{ "inlining_has_a_limit", inlining_has_a_limit, 0 },
		{ "declarations_are_compared", declarations_are_compared, 0 },
	};
	return unit_suite("import", tests, ARRAY_LEN(tests), set_up, tear_down);
}
