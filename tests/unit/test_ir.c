#include "unit.h"

#include <math.h>
#include <string.h>

#include "compiler/ir/op.h"
#include "compiler/ops/ops.h"

/* -- operators of the test's own ------------------------------------------------------------------------------ */

struct test_attrs {
	int64_t axis;
	float alpha;
	int mode;
	enum dtype to;
	const char *text;
	struct ints list;
	const struct constant *tensor;
	int body;
};

static const char *const modes[] = { "low", "high", NULL };

static const struct attr_row rows[] = {
	{ ATTR(struct test_attrs, axis), .kind = ATTR_INT, .def_int = -1 },
	{ ATTR(struct test_attrs, alpha), .kind = ATTR_FLOAT, .def_float = 0.5 },
	{ ATTR(struct test_attrs, mode), .kind = ATTR_ENUM, .def_int = 1, .choices = modes },
	{ ATTR(struct test_attrs, to), .kind = ATTR_TYPE, .def_int = DT_F32 },
	{ ATTR(struct test_attrs, text), .kind = ATTR_STRING },
	{ ATTR(struct test_attrs, list), .kind = ATTR_INTS },
	{ ATTR(struct test_attrs, tensor), .kind = ATTR_TENSOR },
	{ ATTR(struct test_attrs, body), .kind = ATTR_GRAPH },
	{ .name = NULL },
};

static const struct op add_op = { .name = "TestAdd", .since = 1, .sig = "A:T B:T -> C:T", .types = "T=num",
				  .infer = infer_broadcast };
static const struct op copy_op = { .name = "TestCopy", .since = 1, .sig = "X:T -> Y:T", .types = "T=all",
				   .infer = infer_like_input0 };
static const struct op attr_op = { .name = "TestAttrs", .since = 1, .sig = "X?:T -> Y:T", .types = "T=float,double",
				   .attrs = rows, .attrs_size = sizeof(struct test_attrs), .infer = infer_like_input0 };
static const struct op sig_op = { .name = "TestSig", .since = 1,
				  .sig = "X:T Ind:Tind S?:seq(float) Rest*:* -> Y:T Count:int64 Mask?:bool",
				  .types = "T=float16,float,double Tind=int32,int64", .infer = infer_like_input0 };
static const struct op sum_op = { .name = "TestSum", .since = 1, .sig = "inputs+:T -> Y:T", .types = "T=floats",
				  .infer = infer_broadcast };

/* -- a unit per test -------------------------------------------------------------------------------------------- */

static struct arena arena;
static struct strbuf messages;
static struct diag diag;
static struct unit *u;

static void set_up(void)
{
	arena = (struct arena){ 0 };
	messages = (struct strbuf){ 0 };
	diag = (struct diag){ .text = &messages };
	u = unit_new(&arena, &diag, "model.onnx");
}

static void tear_down(void)
{
	strbuf_free(&messages);
	arena_free(&arena);
}

static struct value *input(const char *name, enum dtype t, int rank, dim d0, dim d1)
{
	struct shape s = { .rank = rank, .d = { d0, d1 } };
	struct value *v = graph_value(u->main, name, t, &s);
	graph_add_input(u->main, v);
	return v;
}

static struct node *insert(struct node *before, const struct op *op, int n_in, const uint32_t *in, int n_out)
{
	struct loc loc = { .file = "model.onnx", .node = "n", .op = op->name };
	return graph_insert(u->main, before, op, NULL, n_in, in, n_out, &loc);
}

static struct node *add(struct value *a, struct value *b)
{
	struct node *n = insert(NULL, &add_op, 2, (uint32_t[]){ a->id, b->id }, 1);
	ck_assert(node_infer(u, n));
	return n;
}

static struct node *copy(struct value *a)
{
	struct node *n = insert(NULL, &copy_op, 1, (uint32_t[]){ a->id }, 1);
	ck_assert(node_infer(u, n));
	return n;
}

static void expect_message(const char *part)
{
	ck_assert_msg(messages.s && strstr(messages.s, part), "\"%s\" is not in:\n%s", part,
		      messages.s ? messages.s : "(nothing)");
}

/* -- element types and constants ---------------------------------------------------------------------------------- */

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
	{ DT_BF16, 1.00390625, 1.0 },           /* a tie, to even */
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
	{ DT_I8, 200, -56 },   /* as ONNX's Cast: the higher bits go */
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
	struct constant c = { .type = DT_I64, .shape = { .rank = 1, .d = { 2 } }, .data = bytes + 1, .size = sizeof v };
	ck_assert_int_eq(constant_i64(&c, 0), -5);
	ck_assert_int_eq(constant_i64(&c, 1), 1234567890123);
	ck_assert(constant_equal(&c, constant_vector_i64(&arena, v, 2)));
	v[0] = -4;
	ck_assert(!constant_equal(&c, constant_vector_i64(&arena, v, 2)));
}
END_TEST

/* -- shapes ---------------------------------------------------------------------------------------------------------- */

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
	struct shape a = with_symbols(broadcast_cases[_i].a), b = with_symbols(broadcast_cases[_i].b), out;
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

/* -- signatures -------------------------------------------------------------------------------------------------------- */

START_TEST(signature_text)
{
	struct sig s;
	op_sig(&sig_op, &s);
	ck_assert_int_eq(s.n_in, 4);
	ck_assert_int_eq(s.n_out, 3);
	ck_assert_int_eq(s.in[0].var, s.out[0].var);
	ck_assert_int_ne(s.in[0].var, s.in[1].var);
	ck_assert_uint_eq(s.in[1].types, 1u << DT_I32 | 1u << DT_I64);
	ck_assert(s.in[2].mark == '?' && s.in[2].container == SEQUENCE && s.in[2].types == 1u << DT_F32);
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
	{ "wrong_type", &sig_op, { DT_I8, DT_I32 }, 2, 2, "X has type int8, must be float, float16 or double" },
	{ "wrong_index_type", &sig_op, { DT_F32, DT_F32 }, 2, 2, "Ind has type float, must be int32 or int64" },
	{ "missing_input", &sig_op, { DT_F32 }, 1, 2, "input Ind is missing" },
	{ "input_left_out", &sig_op, { DT_UNDEF, DT_I32 }, 2, 2, "input X is missing" },
	{ "missing_output", &sig_op, { DT_F32, DT_I32 }, 2, 1, "output Count is missing" },
	{ "too_many_outputs", &sig_op, { DT_F32, DT_I32 }, 2, 4, "has 4 outputs, TestSig takes at most 3" },
	{ "tensor_for_sequence", &sig_op, { DT_F32, DT_I32, DT_F32 }, 3, 2, "S is a tensor, must be a sequence" },
	{ "too_many_inputs", &add_op, { DT_F32, DT_F32, DT_F32 }, 3, 1, "has 3 inputs, TestAdd takes 2" },
	{ "types_differ", &add_op, { DT_F32, DT_F64 }, 2, 1, "B has type double, but A has type float" },
	{ "variadic", &sum_op, { DT_F32, DT_F32, DT_F32 }, 3, 1, NULL },
	{ "variadic_types_differ", &sum_op, { DT_F32, DT_F32, DT_F64 }, 3, 1,
	  "inputs 2 has type double, but inputs 0 has type float" },
	{ "variadic_needs_one", &sum_op, { DT_UNDEF }, 0, 1, "input inputs 0 is missing" },
};

START_TEST(signature_check)
{
	uint32_t in[4];
	for (int k = 0; k < sig_cases[_i].n_in; k++)
		in[k] = sig_cases[_i].in[k] ? input("x", sig_cases[_i].in[k], 1, 3, 0)->id : VALUE_NONE;
	struct node *n = insert(NULL, sig_cases[_i].op, sig_cases[_i].n_in, in, sig_cases[_i].n_out);
	bool ok = node_check_sig(u, n);
	ck_assert_msg(ok == !sig_cases[_i].message, "%s: %s", sig_cases[_i].name, messages.s ? messages.s : "");
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
	expect_message("model.onnx: error: node \"n\" (TestAdd): the size of C, [1152921504606846975,2], overflows");
}
END_TEST

/* -- known elements ------------------------------------------------------------------------------------------------------ */

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

/* -- attributes ---------------------------------------------------------------------------------------------------------- */

START_TEST(attributes)
{
	struct test_attrs *a = op_default_attrs(&arena, &attr_op), *b = op_default_attrs(&arena, &attr_op);
	ck_assert(a->axis == -1 && a->alpha == 0.5f && a->mode == 1 && a->to == DT_F32 && a->body == -1);
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

/* -- surgery --------------------------------------------------------------------------------------------------------------- */

static bool verified(void)
{
	return unit_verify(u, "test");
}

START_TEST(uses_count_slots)
{
	struct value *x = input("x", DT_F32, 1, 3, 0), *y = input("y", DT_F32, 1, 3, 0);
	struct node *n = add(x, x);
	ck_assert_uint_eq(x->uses.n, 2);
	node_set_input(n, 0, y->id);
	ck_assert_uint_eq(x->uses.n, 1);
	ck_assert_uint_eq(y->uses.n, 1);
	graph_replace(u, x->id, y->id);
	ck_assert_uint_eq(x->uses.n, 0);
	ck_assert_uint_eq(y->uses.n, 2);
	ck_assert(verified());
	graph_remove(n);
	ck_assert_uint_eq(y->uses.n, 0);
	ck_assert_ptr_null(u->main->first);
	ck_assert(verified());
}
END_TEST

START_TEST(inputs_grow_and_shrink)
{
	struct value *x = input("x", DT_F32, 1, 3, 0);
	struct node *n = insert(NULL, &sig_op, 1, (uint32_t[]){ x->id }, 2);
	node_set_input(n, 3, x->id);
	ck_assert_int_eq(n->n_in, 4);
	ck_assert_uint_eq(n->in[2], VALUE_NONE);
	ck_assert_uint_eq(x->uses.n, 2);
	node_trim_inputs(n, 2);
	ck_assert_int_eq(n->n_in, 2);
	ck_assert_uint_eq(x->uses.n, 1);
	ck_assert_ptr_null(node_in(n, 1));
	ck_assert_ptr_null(node_in(n, 5));
}
END_TEST

START_TEST(replace_keeps_output_names)
{
	struct value *x = input("x", DT_F32, 1, 3, 0);
	struct node *a = add(x, x), *c = copy(node_out(a, 0));
	struct value *sum = node_out(a, 0), *y = node_out(c, 0);
	sum->name = "sum";
	y->name = "y";
	graph_add_output(u->main, y);
	graph_replace(u, y->id, sum->id);
	ck_assert(node_is_dead(c));
	ck_assert_uint_eq(u->main->outputs.p[0], sum->id);
	ck_assert_str_eq(sum->name, "y");
	ck_assert_ptr_null(y->name);
	graph_remove(c);
	ck_assert(verified());
	/* An input keeps its own name; the output's stays with the graph. */
	graph_replace(u, sum->id, x->id);
	graph_remove(a);
	ck_assert_str_eq(x->name, "x");
	ck_assert_str_eq(u->main->output_names.p[0], "y");
	ck_assert(verified());
}
END_TEST

START_TEST(order)
{
	struct value *x = input("x", DT_F32, 1, 3, 0);
	struct node *a = copy(x), *b = copy(x), *c = insert(a, &copy_op, 1, (uint32_t[]){ x->id }, 1);
	ck_assert(node_infer(u, c));
	ck_assert(u->main->first == c && c->next == a && u->main->last == b);
	graph_move(c, NULL);
	ck_assert(u->main->first == a && u->main->last == c && b->next == c && !a->prev);
	graph_move(b, a);
	ck_assert(u->main->first == b && b->next == a && a->next == c);
	graph_move(a, a);
	ck_assert(verified());
}
END_TEST

/* x -> node with a subgraph { y = TestAdd(x, x) } => y, capturing x */
static struct node *with_subgraph(struct value *x)
{
	struct node *n = insert(NULL, &attr_op, 1, (uint32_t[]){ x->id }, 1);
	struct graph *g = graph_new(u, n, "body");
	n->graphs = arena_array(&arena, struct graph *, 1);
	n->graphs[n->n_graphs++] = g;
	((struct test_attrs *)n->attrs)->body = 0;
	struct node *inner = graph_insert(g, NULL, &add_op, NULL, 2, (uint32_t[]){ x->id, x->id }, 1, NULL);
	ck_assert(node_infer(u, inner) && node_infer(u, n));
	graph_add_output(g, node_out(inner, 0));
	return n;
}

static void count_graph(struct graph *g, void *data)
{
	(void)g;
	++*(int *)data;
}

START_TEST(captured_values)
{
	struct value *x = input("x", DT_F32, 1, 3, 0);
	struct node *first = copy(x), *n = with_subgraph(node_out(first, 0));
	struct value *y = node_out(first, 0);
	int graphs = 0;
	ck_assert_uint_eq(y->uses.n, 3);
	ck_assert(verified());
	unit_each_graph(u, count_graph, &graphs);
	ck_assert_int_eq(graphs, 2);
	graph_replace(u, y->id, x->id);
	ck_assert_uint_eq(x->uses.n, 4);
	graph_remove(first);
	ck_assert(verified());
	graph_remove(n);
	ck_assert_uint_eq(x->uses.n, 0);
	ck_assert(verified());
}
END_TEST

START_TEST(subgraph_output_is_an_outer_value)
{
	struct value *x = input("x", DT_F32, 1, 3, 0);
	struct node *first = copy(x), *n = with_subgraph(x);
	graph_set_output(n->graphs[0], 0, node_out(first, 0));
	ck_assert(!node_is_dead(first));
	ck_assert(verified());
	graph_replace(u, node_out(first, 0)->id, x->id);
	ck_assert(node_is_dead(first));
	ck_assert_int_eq(x->outputs, 1);
	ck_assert(verified());
	graph_remove(n);
	ck_assert_int_eq(x->outputs, 0);
}
END_TEST

/* -- the verifier finds planted faults ----------------------------------------------------------------------------------- */

struct scene {
	struct value *x, *sum, *y, *w;
	struct node *a, *c;
};

static void plant_order(struct scene *s) { graph_move(s->c, s->a); }
static void plant_missing_use(struct scene *s) { s->x->uses.n--; }
static void plant_extra_use(struct scene *s) { vec_push(&arena, &s->x->uses, s->c); s->x->uses.p[0] = s->a; }
static void plant_input(struct scene *s) { s->c->in[0] = s->x->id; }
static void plant_unknown_input(struct scene *s) { s->c->in[0] = 99; }
static void plant_output_count(struct scene *s) { s->y->outputs = 0; }
static void plant_producer(struct scene *s) { s->y->producer = s->a; }
static void plant_output_index(struct scene *s) { s->y->output = 1; }
static void plant_id(struct scene *s) { s->w->id = s->x->id; }
static void plant_type(struct scene *s) { s->y->type = DT_F64; }
static void plant_no_type(struct scene *s) { s->y->type = DT_UNDEF; }
static void plant_poison(struct scene *s) { s->y->shape.d[0] = DIM_OVERFLOW; }
static void plant_rank(struct scene *s) { s->y->shape.rank = 9; }
static void plant_layout(struct scene *s) { s->y->layout.order[0] = 1; }
static void plant_halo(struct scene *s) { s->y->layout.lo[1] = -1; }
static void plant_constant_shape(struct scene *s) { s->w->shape.d[0] = 4; }
static void plant_constant_size(struct scene *s) { ((struct constant *)(uintptr_t)s->w->constant)->size = 4; }
static void plant_link(struct scene *s) { s->c->prev = NULL; }
static void plant_last(struct scene *s) { u->main->last = s->a; }
static void plant_tail(struct scene *s) { s->c->n_tail = 1; }
static void plant_unlinked_node(struct scene *s) { s->a->next = NULL; u->main->last = s->a; }
static void plant_input_flag(struct scene *s) { s->x->is_input = false; }
static void plant_elems(struct scene *s) { s->x->elems = s->x->shape.d; s->x->shape.rank = -1; }

static const struct {
	void (*plant)(struct scene *s);
	const char *message;
} faults[] = {
	{ plant_order, "before it is computed" },
	{ plant_missing_use, "lists 1 uses and has 2" },
	{ plant_extra_use, "which lists it as a use" },
	{ plant_input, "uses and has" },
	{ plant_unknown_input, "does not exist" },
	{ plant_output_count, "is said to be 0 outputs and is 1" },
	{ plant_producer, "does not link back" },
	{ plant_output_index, "does not link back" },
	{ plant_id, "has another id" },
	{ plant_type, "output 0 has type double, must be float" },
	{ plant_no_type, "has no type" },
	{ plant_poison, "has no size" },
	{ plant_rank, "has rank 9" },
	{ plant_layout, "no permutation" },
	{ plant_halo, "is negative at axis 1" },
	{ plant_constant_shape, "differ in type or shape" },
	{ plant_constant_size, "has not the size of its shape" },
	{ plant_link, "is linked wrongly" },
	{ plant_last, "is another" },
	{ plant_tail, "1 of them for no tail" },
	{ plant_unlinked_node, "before it is computed" },
	{ plant_input_flag, "is not marked as one" },
	{ plant_elems, "known elements and no known shape" },
};

/* sum = x + x; y = copy(sum); w a constant that is used */
static struct scene build_scene(void)
{
	struct scene s;
	struct shape two = { .rank = 2, .d = { 2, 3 } };
	void *data;
	s.x = input("x", DT_F32, 2, 2, 3);
	s.w = graph_constant(u->main, "w", constant_new(&arena, DT_F32, &two, &data));
	s.a = add(s.x, s.x);
	s.sum = node_out(s.a, 0);
	s.c = copy(s.sum);
	s.y = node_out(s.c, 0);
	graph_add_output(u->main, s.y);
	graph_add_output(u->main, node_out(add(s.w, s.w), 0));
	return s;
}

START_TEST(verify_catches)
{
	struct scene s = build_scene();
	ck_assert_msg(verified(), "%s", messages.s ? messages.s : "");
	faults[_i].plant(&s);
	ck_assert(!verified());
	expect_message("internal error after test: ");
	expect_message(faults[_i].message);
}
END_TEST

START_TEST(verify_catches_leaks_of_scope)
{
	struct value *x = input("x", DT_F32, 1, 3, 0);
	struct node *n = with_subgraph(x), *c = copy(x);
	node_set_input(c, 0, node_out(n->graphs[0]->first, 0)->id);
	ck_assert(!verified());
	expect_message("which is removed or of another graph");
}
END_TEST

/* -- text ------------------------------------------------------------------------------------------------------------------ */

START_TEST(text)
{
	static const char *const strings[] = { "a", "b\"c" };
	struct value *x = input("x", DT_F32, 2, dim_symbol(u, "N"), 3);
	struct shape two = { .rank = 1, .d = { 3 } };
	void *data;
	struct constant *c = constant_new(&arena, DT_F32, &two, &data);
	for (int i = 0; i < 3; i++)
		constant_put_f64(data, DT_F32, i, i + 0.5);
	struct value *w = graph_constant(u->main, "layer/w", c);
	struct node *n = insert(NULL, &attr_op, 1, (uint32_t[]){ x->id }, 1);
	struct test_attrs *a = n->attrs;
	int64_t list[] = { 1, -2 };
	a->mode = 0;
	a->alpha = 1;
	a->to = DT_I8;
	a->text = strings[1];
	a->list = (struct ints){ list, 2 };
	a->tensor = constant_vector_i64(&arena, list, 2);
	ck_assert(node_infer(u, n));
	struct node *m = add(node_out(n, 0), w);
	node_out(m, 0)->layout.order[0] = 1;
	node_out(m, 0)->layout.order[1] = 0;
	node_out(m, 0)->layout.hi[1] = 2;
	node_out(m, 0)->name = "y";
	graph_add_output(u->main, node_out(m, 0));
	graph_add_output(u->main, x);
	u->main->output_names.p[1] = "x again";

	struct strbuf b = { 0 };
	node_print(&b, n, NULL);
	ck_assert_str_eq(b.s, "[n] _v3 = TestAttrs <alpha: float = 1, mode: string = \"low\", to: int = 3, "
			      "text: string = \"b\\\"c\", list: ints = [1, -2], tensor: tensor = int64[2] {1, -2}> (x)"
			      "  # float[N,3]");
	strbuf_free(&b);
	unit_print(&b, u, &(struct print_options){ .max_elements = 2 });
	const char *graph = strstr(b.s, "]>\n");
	ck_assert_ptr_nonnull(graph);
	ck_assert_str_eq(graph + 3, "main (float[N,3] x) => (float[N,3] y, float[N,3] \"x again\")\n"
				    "<\n"
				    "   float[3] \"layer/w\" = {0.5, 1.5, ...}>\n"
				    "{\n"
				    "   [n] _v3 = TestAttrs <alpha: float = 1, mode: string = \"low\", to: int = 3, "
				    "text: string = \"b\\\"c\", list: ints = [1, -2], "
				    "tensor: tensor = int64[2] {1, -2}> (x)  # float[N,3]\n"
				    "   [n] y = TestAdd <edgecc_order_0: ints = [1, 0], edgecc_halo_0: ints = [0, 0, 0, 2]> "
				    "(_v3, \"layer/w\")  # float[N,3]\n"
				    "   \"x again\" = Identity (x)\n"
				    "}\n");
	strbuf_free(&b);
}
END_TEST

START_TEST(text_of_subgraphs)
{
	struct value *x = input("_v1", DT_F32, 1, 3, 0); /* made-up names must differ */
	with_subgraph(x);
	struct strbuf b = { 0 };
	unit_print(&b, u, NULL);
	const char *graph = strstr(b.s, "]>\n");
	ck_assert_str_eq(graph + 3, "main (float[3] _v1) => ()\n"
				    "{\n"
				    "   [n] __v2 = TestAttrs <body: graph = body () => (float[3] __v3)\n"
				    "   {\n"
				    "      __v3 = TestAdd (_v1, _v1)  # float[3]\n"
				    "   }> (_v1)  # float[3]\n"
				    "}\n");
	strbuf_free(&b);
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
		{ "uses_count_slots", uses_count_slots, 0 },
		{ "inputs_grow_and_shrink", inputs_grow_and_shrink, 0 },
		{ "replace_keeps_output_names", replace_keeps_output_names, 0 },
		{ "order", order, 0 },
		{ "captured_values", captured_values, 0 },
		{ "subgraph_output_is_an_outer_value", subgraph_output_is_an_outer_value, 0 },
		{ "verify_catches", verify_catches, ARRAY_LEN(faults) },
		{ "verify_catches_leaks_of_scope", verify_catches_leaks_of_scope, 0 },
		{ "text", text, 0 },
		{ "text_of_subgraphs", text_of_subgraphs, 0 },
	};
	return unit_suite("ir", tests, ARRAY_LEN(tests), set_up, tear_down);
}
