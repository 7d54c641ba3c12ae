#include "ir_fixture.h"

/* -- surgery ------------------------------------------------------------------------------- */

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
	struct node *a = copy(x), *b = copy(x),
		    *c = insert(a, &copy_op, 1, (uint32_t[]){ x->id }, 1);
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
	struct node *inner =
		graph_insert(g, NULL, &add_op, NULL, 2, (uint32_t[]){ x->id, x->id }, 1, NULL);
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

/* -- the verifier finds planted faults ----------------------------------------------------- */

struct scene {
	struct value *x, *sum, *y, *w;
	struct node *a, *c;
};

static void plant_order(struct scene *s)
{
	graph_move(s->c, s->a);
}
static void plant_missing_use(struct scene *s)
{
	s->x->uses.n--;
}
static void plant_extra_use(struct scene *s)
{
	vec_push(&arena, &s->x->uses, s->c);
	s->x->uses.p[0] = s->a;
}
static void plant_input(struct scene *s)
{
	s->c->in[0] = s->x->id;
}
static void plant_unknown_input(struct scene *s)
{
	s->c->in[0] = 99;
}
static void plant_output_count(struct scene *s)
{
	s->y->outputs = 0;
}
static void plant_producer(struct scene *s)
{
	s->y->producer = s->a;
}
static void plant_output_index(struct scene *s)
{
	s->y->output = 1;
}
static void plant_id(struct scene *s)
{
	s->w->id = s->x->id;
}
static void plant_type(struct scene *s)
{
	s->y->type = DT_F64;
}
static void plant_no_type(struct scene *s)
{
	s->y->type = DT_UNDEF;
}
static void plant_poison(struct scene *s)
{
	s->y->shape.d[0] = DIM_OVERFLOW;
}
static void plant_rank(struct scene *s)
{
	s->y->shape.rank = 9;
}
static void plant_layout(struct scene *s)
{
	s->y->layout.order[0] = 1;
}
static void plant_halo(struct scene *s)
{
	s->y->layout.lo[1] = -1;
}
static void plant_constant_shape(struct scene *s)
{
	s->w->shape.d[0] = 4;
}
static void plant_constant_size(struct scene *s)
{
	((struct constant *)(uintptr_t)s->w->constant)->size = 4;
}
static void plant_link(struct scene *s)
{
	s->c->prev = NULL;
}
static void plant_last(struct scene *s)
{
	u->main->last = s->a;
}
static void plant_tail(struct scene *s)
{
	s->c->n_tail = 1;
}
static void plant_unlinked_node(struct scene *s)
{
	s->a->next = NULL;
	u->main->last = s->a;
}
static void plant_input_flag(struct scene *s)
{
	s->x->is_input = false;
}
static void plant_elems(struct scene *s)
{
	s->x->elems = s->x->shape.d;
	s->x->shape.rank = -1;
}

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

/* -- text ---------------------------------------------------------------------------------- */

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
	ck_assert_str_eq(
		b.s,
		"[n] _v3 = TestAttrs <alpha: float = 1, mode: string = \"low\", to: int = 3, "
		"text: string = \"b\\\"c\", list: ints = [1, -2], tensor: tensor = int64[2] {1, -2}> (x)"
		"  # float[N,3]");
	strbuf_free(&b);
	unit_print(&b, u, &(struct print_options){ .max_elements = 2 });
	const char *graph = strstr(b.s, "]>\n");
	ck_assert_ptr_nonnull(graph);
	ck_assert_str_eq(
		graph + 3,
		"main (float[N,3] x) => (float[N,3] y, float[N,3] \"x again\")\n"
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
	ck_assert_str_eq(graph + 3,
			 "main (float[3] _v1) => ()\n"
			 "{\n"
			 "   [n] __v2 = TestAttrs <body: graph = body () => (float[3] __v3)\n"
			 "   {\n"
			 "      __v3 = TestAdd (_v1, _v1)  # float[3]\n"
			 "   }> (_v1)  # float[3]\n"
			 "}\n");
	strbuf_free(&b);
}
END_TEST

Suite *suite_graph(void)
{
	const struct unit_test tests[] = {
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
	return unit_suite("graph", tests, ARRAY_LEN(tests), set_up, tear_down);
}
