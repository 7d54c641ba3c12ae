/* What the quantizer plans for small models. */
#include "quant_fixture.h"

#include <math.h>

/* -- plans ----------------------------------------------------------------------------------- */

/* The first two letters of each node; "16" for a QuantizeLinear to 16 bits. Tensors are from -1 to 1,
 * those that a Conv makes from `least` to 1. */
static const char *pattern_of(const char *text, const struct quant_config *c, float least)
{
	struct unit *u = unit_new(&a, &d, "m.onnxtxt");
	struct quant_plan p;
	struct strbuf b = { 0 };
	const char *s;

	ck_assert_msg(import_text(u, "m.onnxtxt", text, strlen(text), NULL), "%s", messages.s);
	ck_assert_msg(quant_plan_make(u, c, &p), "%s", messages.s);
	for (size_t i = 0; i < p.tensors.n; i++) {
		struct quant_stats *t = p.tensors.p[i].stats;
		const struct node *n = value_of(u, p.tensors.p[i].value)->producer;
		bool product = n && strcmp(n->op->name, "Conv") == 0;
		int64_t at;

		if (!t->samples)
			ck_assert(
				stats_add(t, floats(2, (float[]){ product ? least : -1, 1 }), &at));
	}
	quant_choose(u, &p);
	quant_apply(u, &p);
	ck_assert_msg(unit_verify(u, "test"), "%s", messages.s);
	for (const struct node *n = u->main->first; n; n = n->next)
		strbuf_printf(&b, "%.2s ",
			      strcmp(n->op->name, "QuantizeLinear") == 0 &&
					      node_out(n, 0)->type == DT_I16
				      ? "16"
				      : n->op->name);
	s = arena_strdup(&a, b.s);
	strbuf_free(&b);
	return s;
}

static const char *pattern(const char *text, const char *form, enum quant_ends ends)
{
	return pattern_of(text,
			  &(struct quant_config){ .form = quant_form_named(form),
						  .byte = DT_I8,
						  .ends = ends,
						  .between = QUANT_ENDS_FORM },
			  -1);
}

#define M "<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,4,4] x) => (float[1,1,4,4] y) "
#define W "<float[1,1,1,1] w = {2}, float[1] b = {1}> "

static const struct {
	const char *form, *model, *nodes;
} plans[] = {
	/* the input, weights, bias, and the output */
	{ "int8", M W "{ y = Conv (x, w, b) }", "Qu De De De Co Qu De " },
	/* an activation joins; a second user of the convolution keeps it apart */
	{ "int8", M W "{ c = Conv (x, w) y = Relu (c) }", "Qu De De Co Re Qu De " },
	{ "int8", M W "{ c = Conv (x, w) r = Relu (c) y = Add (c, r) }",
	  "Qu De De Co Qu De Re Qu De Ad Qu De " },
	/* float before and behind: only what concerns the convolution */
	{ "int8", M W "{ e = Exp (x) c = Conv (e, w) y = Exp (c) }", "Ex Qu De De Co Qu De Ex " },
	/* moved before, and computed before, when it goes nowhere else */
	{ "int8", M W "{ t = Transpose <perm = [0, 1, 3, 2]> (x) y = Conv (t, w) }",
	  "Qu De Tr Qu De De Co Qu De " },
	{ "int8", M W "{ s = Sigmoid (x) y = Conv (s, w) }", "Qu De Si Qu De De Co Qu De " },
	{ "int8", M W "{ s = Sigmoid (x) c = Conv (s, w) y = Pow (c, s) }",
	  "Si Qu De De Co Qu De Po " },
	/* computed behind, when nothing wants it as integers */
	{ "int8", M W "{ c = Conv (x, w) a = Add (c, c) y = Exp (a) }",
	  "Qu De De Co Qu De Ad Ex " },
	{ "int8", M W "{ c = Conv (x, w) r = Relu (c) y = Exp (r) }", "Qu De De Co Re Qu De Ex " },
	/* products of two activations */
	{ "int8", M "{ y = MatMul (x, x) }", "Qu De Ma Qu De " },
	/* weights only, and what each run quantizes */
	{ "weights8", M W "{ c = Conv (x, w, b) y = Relu (c) }", "De Co Re " },
	{ "dynamic", M W "{ y = Conv (x, w, b) }", "Dy Co Ca Mu Mu Ad " },
	{ "dynamic", M W "{ a = MatMul (x, w) y = Conv (x, w) }", "Dy Ma Ca Mu Mu Co Ca Mu Mu " },
};

#define POOLED "{ p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x) "
#define BEFORE "Qu De Ma Qu De "

static const struct {
	const char *model, *real, *mixed, *wide;
} last[] = {
	/* the product and what follows it, where a larger tensor stands before */
	{ POOLED "y = Conv (p, w, b) }", BEFORE "De De Co ", BEFORE "De De Co 16 De ",
	  BEFORE "De De Co 16 De " },
	{ POOLED "c = Conv (p, w) s = Softmax (c) y = Transpose (s) }", BEFORE "De Co So Tr ",
	  BEFORE "De Co 16 De So Tr ", BEFORE "De Co 16 De So 16 De Tr 16 De " },
	{ POOLED "c = Conv (p, w) y = Relu (c) }", BEFORE "De Co Re ", BEFORE "De Co 16 De Re ",
	  BEFORE "De Co Re 16 De " },
	/* what makes one of several stays among integers, with the product */
	{ POOLED "c = Conv (p, w) m = GlobalAveragePool (c) y = Sigmoid (m) }",
	  BEFORE "De Co Qu De Gl Qu De Si ", BEFORE "De Co Qu De Gl Qu De Si ",
	  BEFORE "De Co Qu De Gl Qu De Si 16 De " },
	/* a float operator reads the product alone, or beside another product */
	{ POOLED "c = Conv (p, w) y = Exp (c) }", BEFORE "De Co Ex ", BEFORE "De Co Qu De Ex ",
	  BEFORE "De Co Qu De Ex " },
	{ POOLED "c = Conv (p, w) e = Exp (c) f = Conv (c, w) y = Add (e, f) }",
	  BEFORE "De Co Qu De Ex De Co Ad ", BEFORE "De Co Qu De Ex De Co 16 De Ad ",
	  BEFORE "De Co Qu De Ex Qu De De Co Qu De Ad Qu De " },
	/* 16 bits would be more memory than all bytes need */
	{ "{ y = Conv (x, w, b) }", "Qu De De De Co ", "Qu De De De Co Qu De ",
	  "Qu De De De Co Qu De " },
};

START_TEST(ends)
{
	const char *model = arena_printf(
		&a,
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,4,4] x) => (float y) " W
		"%s",
		last[_i].model);

	ck_assert_str_eq(pattern(model, "int8", QUANT_ENDS_REAL), last[_i].real);
	ck_assert_str_eq(pattern(model, "int8", QUANT_ENDS_MIXED), last[_i].mixed);
	ck_assert_str_eq(pattern(model, "int8", QUANT_ENDS_WIDE), last[_i].wide);
}
END_TEST

START_TEST(plan)
{
	const char *model = plans[_i].model;

	if (strstr(model, "MatMul (x, w)")) /* of fitting shapes */
		model = "<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,4,4] x) => (float[1,1,4,2] a, "
			"float[1,1,4,4] y) <float[4,2] k = {1,2,3,4,5,6,7,8}, float[1,1,1,1] w = {2}> "
			"{ a = MatMul (x, k) y = Conv (x, w) }";
	ck_assert_str_eq(pattern(model, plans[_i].form, QUANT_ENDS_FORM), plans[_i].nodes);
}
END_TEST

static const struct {
	const char *functions;
	float least;
	const char *real, *wide;
} arguments[] = {
	/* steps of c are 50 times those of f, or the same; Sigmoid is a quarter as steep */
	{ "f = LeakyRelu (c) ", -99, BEFORE "De Co Le Qu De De Co Qu De ",
	  BEFORE "De Co 16 De Le Qu De De Co Qu De " },
	{ "f = LeakyRelu (c) ", -1, BEFORE "De Co Qu De Le Qu De De Co Qu De ",
	  BEFORE "De Co Qu De Le Qu De De Co Qu De " },
	{ "f = Sigmoid (c) ", -14, BEFORE "De Co Qu De Si Qu De De Co Qu De ",
	  BEFORE "De Co Qu De Si Qu De De Co Qu De " },
	{ "f = Sigmoid (c) ", -18, BEFORE "De Co Si Qu De De Co Qu De ",
	  BEFORE "De Co 16 De Si Qu De De Co Qu De " },
	/* another reader has the bytes */
	{ "f = LeakyRelu (c) g = Relu (c) h = Conv (g, w) ", -99,
	  BEFORE "De Co Qu De Le Qu De Re Qu De De Co Qu De De Co Qu De ", NULL },
};

START_TEST(arguments_of_functions)
{
	struct quant_config c = { .form = quant_form_named("int8"),
				  .byte = DT_I8,
				  .ends = QUANT_ENDS_FORM,
				  .between = QUANT_ENDS_REAL };
	const char *model = arena_printf(
		&a,
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,4,4] x) => (float y) " W
		"{ p = MaxPool <kernel_shape = [3, 3], strides = [2, 2]> (x) c = Conv (p, w) %s"
		"y = Conv (f, w) }",
		arguments[_i].functions);

	ck_assert_str_eq(pattern_of(model, &c, arguments[_i].least), arguments[_i].real);
	c.between = QUANT_ENDS_WIDE;
	if (arguments[_i].wide)
		ck_assert_str_eq(pattern_of(model, &c, arguments[_i].least), arguments[_i].wide);
}
END_TEST

/* -- rounding by the error of sums ------------------------------------------------------------ */

static void shaped_plan(const char *model, bool by_error, struct unit **u, struct quant_plan *p)
{
	struct quant_config c = { .form = quant_form_named("int8"),
				  .byte = DT_I8,
				  .ends = QUANT_ENDS_FORM,
				  .between = QUANT_ENDS_FORM,
				  .round_by_error = by_error };

	*u = unit_new(&a, &d, "m.onnxtxt");
	ck_assert_msg(import_text(*u, "m.onnxtxt", model, strlen(model), NULL), "%s", messages.s);
	ck_assert(quant_plan_make(*u, &c, p));
}

/* Weights 0.04 and 0.04, of steps of 0.1, of two inputs that are always the same: together they
 * are nearer to 0.1 than to 0. */
START_TEST(rounded_by_error)
{
	static const char model[] =
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[256,3] x) => (float[256,1] y) "
		"<float[3,1] w = {12.7, 0.04, 0.04}> { y = MatMul (x, w) }";
	struct constant *x = arena_copy(&a, floats(768, arena_array(&a, float, 768)), sizeof *x);
	float *v = arena_array(&a, float, 768);
	struct unit *u;
	struct quant_plan p;
	int64_t at;

	for (int i = 0; i < 256; i++) {
		v[3 * i] = i & 1 ? 10 : -10;
		v[3 * i + 1] = v[3 * i + 2] = i & 2 ? 1 : -1;
	}
	x->data = v;
	x->shape = (struct shape){ .rank = 2, .d = { 256, 3 } };
	shaped_plan(model, _i == 1, &u, &p);
	ck_assert_uint_eq(p.watched.n, 2);
	ck_assert(quant_watch(u, &p, u->main->inputs.p[0], x, 1, &at));
	quant_choose(u, &p);
	quant_apply(u, &p);
	for (const struct node *n = u->main->first; n; n = n->next)
		if (strcmp(n->op->name, "MatMul") == 0)
			check_ints(node_in(n, 1)->producer->n_in
					   ? value_of(u, node_in(n, 1)->producer->in[0])->constant
					   : NULL,
				   3, (int[]){ 127, _i, 0 });
}
END_TEST

/* Masked scores: in steps of 16 and more a Softmax sees nothing but its masks. What it reads through
 * moves stays float, what stands before does not. */
START_TEST(masked_scores)
{
	static const char model[] =
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[2,4] x, float[2,4] mask) => (float[4,2] y) "
		"<float[4,4] w = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, int64[2] shape = {2, 4}> "
		"{ s = MatMul (x, w) t = Add (s, mask) r = Reshape (t, shape) q = Softmax (r) "
		"p = MatMul (q, w) y = Transpose (p) }";
	static const char *const names[] = { "MatMul", "Add", "Reshape", "Softmax", "MatMul" };
	const float masks[] = { -4000, -4200, -INFINITY };
	struct unit *u;
	struct quant_plan p;
	int64_t at;

	shaped_plan(model, false, &u, &p);
	p.config.method = METHOD_MINMAX;
	for (size_t i = 0; i < p.tensors.n; i++) {
		struct quant_stats *t = p.tensors.p[i].stats;
		const struct node *n = value_of(u, p.tensors.p[i].value)->producer;
		const bool score = n && (strcmp(n->op->name, "Add") == 0 ||
					 strcmp(n->op->name, "Reshape") == 0);

		ck_assert(stats_add(t, floats(2, (float[]){ score ? masks[_i] : -1, 1 }), &at));
	}
	quant_choose(u, &p);
	ck_assert_uint_ge(p.layers.n, ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		ck_assert_str_eq(value_of(u, p.layers.p[i].output)->producer->op->name, names[i]);
		ck_assert_int_eq(p.layers.p[i].skip, _i > 0 && i > 0 && i < 4);
	}
	quant_lower_all(&p);
	for (size_t i = 0; i < p.layers.n; i++)
		ck_assert(!p.layers.p[i].skip);
}
END_TEST

/* An input that is always -0.3, of steps of 0.0085: it becomes -35 of them, -0.2975, which times 1.27
 * is 37 steps of 0.0085 * 0.01 too much. */
START_TEST(corrected_for_inputs)
{
	static const char model[] =
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[256,2] x) => (float[256,1] y) "
		"<float[2,1] w = {1.27, 0}> { y = Gemm (x, w) }";
	struct constant *x = arena_copy(&a, floats(512, arena_array(&a, float, 512)), sizeof *x);
	float *v = arena_array(&a, float, 512);
	struct unit *u;
	struct quant_plan p;
	const struct node *n;
	int64_t at, bias;

	for (int i = 0; i < 256; i++) {
		v[2 * i] = -0.3f;
		v[2 * i + 1] = i & 1 ? 1.8675f : 0;
	}
	x->data = v;
	x->shape = (struct shape){ .rank = 2, .d = { 256, 2 } };
	shaped_plan(model, true, &u, &p);
	p.config.method = METHOD_MINMAX;
	p.config.correct_bias = true;
	ck_assert(quant_watch(u, &p, u->main->inputs.p[0], x, 1, &at));
	quant_choose(u, &p);
	quant_apply(u, &p);
	for (n = u->main->first; strcmp(n->op->name, "Gemm") != 0; n = n->next)
		;
	bias = constant_i64(value_of(u, node_in(n, 2)->producer->in[0])->constant, 0);
	ck_assert_int_ge(bias, -38);
	ck_assert_int_le(bias, -36);
}
END_TEST

/* Windows of 2 x 2, padded before: (0 0 0 1), (0 0 1 2), (0 1 0 3), (1 2 3 4). */
START_TEST(moments_of_windows)
{
	static const char model[] =
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,2,2] x) => (float[1,1,2,2] y) "
		"<float[1,1,2,2] w = {1, 2, 3, 4}> { y = Conv <pads = [1, 1, 0, 0]> (x, w) }";
	static const float want[4][4] = {
		{ 1, 0, 0, 0 }, { 2, 5, 0, 0 }, { 3, 6, 10, 0 }, { 4, 11, 14, 30 }
	};
	struct constant *x = arena_copy(&a, floats(4, (float[]){ 1, 2, 3, 4 }), sizeof *x);
	const struct quant_moments *m;
	struct unit *u;
	struct quant_plan p;
	int64_t at;

	x->shape = (struct shape){ .rank = 4, .d = { 1, 1, 2, 2 } };
	shaped_plan(model, true, &u, &p);
	ck_assert(quant_watch(u, &p, u->main->inputs.p[0], x, 1, &at));
	m = p.layers.p[0].moments;
	ck_assert_int_eq(m->columns, 4);
	ck_assert_int_eq(m->rows, 4);
	for (int i = 0; i < 4; i++)
		for (int k = 0; k <= i; k++)
			ck_assert_float_eq(m->products[i * 4 + k], want[i][k]);
	ck_assert_double_eq(m->sums[3], 10);
}
END_TEST

/* -- equalization ---------------------------------------------------------------------------- */

/* Two layers, the first of two channels, and what stands between them. */
static const struct {
	const char *graph;
	int weights; /* of the second layer; 0: it is no pair */
} pairs[] = {
	{ "{ c = Conv (x, w, b) r = Relu (c) y = Conv (r, v) }", 2 },
	{ "{ c = Conv (x, w, b) r = LeakyRelu (c) m = MaxPool <kernel_shape = [1, 2]> (r)"
	  " y = Conv <group = 2> (m, dw) }",
	  2 },
	{ "{ c = Conv (x, w, b) f = Flatten (c) y = Gemm (f, k) }", 4 },
	{ "{ c = Conv (x, w, b) f = Flatten (c) y = Gemm <transB = 1> (f, kt) }", 4 },
	{ "{ c = Conv (x, w, b) r = Clip (c, zero, six) y = Conv (r, v) }", 0 },
	{ "{ c = Conv (x, w, b) r = Relu (c) s = Conv (r, v) y = Add (s, r) }", 0 },
	{ "{ c = Conv (x, w, b) s = Sigmoid (c) y = Conv (s, v) }", 0 },
};

static void plan_of_pair(int row, struct unit **u, struct quant_plan *p)
{
	struct quant_config c = { .form = quant_form_named("int8"),
				  .byte = DT_I8,
				  .ends = QUANT_ENDS_FORM,
				  .between = QUANT_ENDS_FORM };
	const char *model = arena_printf(
		&a,
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,1,2] x) => (float[] y) "
		"<float[2,1,1,1] w = {4, 0.25}, float[2] b = {8, 1}, float[1,2,1,1] v = {0.25, 4},"
		" float[2,1,1,1] dw = {0.25, 4}, float[4,1] k = {0.25, 0.25, 4, 4},"
		" float[1,4] kt = {0.25, 0.25, 4, 4}, float zero = {0}, float six = {6}> %s",
		pairs[row].graph);

	*u = unit_new(&a, &d, "m.onnxtxt");
	ck_assert_msg(import_text(*u, "m.onnxtxt", model, strlen(model), NULL), "%s", messages.s);
	ck_assert(quant_plan_make(*u, &c, p));
}

/* Channels of which one has a 16th of the other's activations and 16 times its weights: the factor
 * 1/16 gives both the same of both, which no other factor improves. */
START_TEST(equalized)
{
	struct unit *u;
	struct quant_plan p;
	const struct node *from, *to;
	const struct constant *x;
	struct constant *shaped;

	plan_of_pair(_i, &u, &p);
	ck_assert_uint_eq(p.pairs.n, pairs[_i].weights > 0);
	if (!pairs[_i].weights)
		return;
	x = floats(4, (float[]){ 4, -1, 0.25f, 0.125f });
	shaped = arena_copy(&a, x, sizeof *x);
	shaped->shape = (struct shape){ .rank = 2, .d = { 1, 4 } };
	quant_pairs_add(&p, p.pairs.p[0].x, shaped);
	ck_assert_double_eq(p.pairs.p[0].most[0], 4);
	ck_assert_double_eq(p.pairs.p[0].most[1], 0.25);
	ck_assert_double_eq_tol(p.pairs.p[0].power[0], 8.5, 1e-9); /* (16 + 1) / 2 */
	ck_assert_uint_eq(quant_choose_factors(u, &p), 1);
	ck_assert_double_eq_tol(p.pairs.p[0].factor[0], 1, 1e-12);
	ck_assert_double_eq_tol(p.pairs.p[0].factor[1], 0.0625, 1e-12);
	quant_equalize(u, &p);
	from = value_of(u, p.pairs.p[0].from)->producer;
	to = value_of(u, p.pairs.p[0].to)->producer;
	ck_assert_double_eq_tol(constant_f64(node_const(from, 1), 0), 4, 1e-6);
	ck_assert_double_eq_tol(constant_f64(node_const(from, 1), 1), 4, 1e-6);
	ck_assert_double_eq_tol(constant_f64(node_const(from, 2), 0), 8, 1e-6);
	ck_assert_double_eq_tol(constant_f64(node_const(from, 2), 1), 16, 1e-6);
	for (int i = 0; i < pairs[_i].weights; i++)
		ck_assert_double_eq_tol(constant_f64(node_const(to, 1), i), 0.25, 1e-6);
}
END_TEST

Suite *suite_quant_plan(void)
{
	const struct unit_test tests[] = {
		{ "plan", plan, ARRAY_LEN(plans) },
		{ "ends", ends, ARRAY_LEN(last) },
		{ "arguments_of_functions", arguments_of_functions, ARRAY_LEN(arguments) },
		{ "rounded_by_error", rounded_by_error, 2 },
		{ "masked_scores", masked_scores, 3 },
		{ "corrected_for_inputs", corrected_for_inputs, 0 },
		{ "moments_of_windows", moments_of_windows, 0 },
		{ "equalized", equalized, ARRAY_LEN(pairs) },
	};
	return unit_suite("quant_plan", tests, ARRAY_LEN(tests), set_up, tear_down);
}
