/* Which tensors and weights get more bits than the form says. */
#include "quant_fixture.h"

static void import(const char *model, const struct quant_config *c, struct unit **u,
		   struct quant_plan *p)
{
	*u = unit_new(&a, &d, "m.onnxtxt");
	ck_assert_msg(import_text(*u, "m.onnxtxt", model, strlen(model), NULL), "%s", messages.s);
	ck_assert(quant_plan_make(*u, c, p));
}

/* -- 16 bits where the form has 8 -------------------------------------------------------------- */

/* x has 144 elements; without what follows there are 144 multiply-adds, and 16 elements of c */
#define X                                                                                          \
	"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,12,12] x) => (float y) "         \
	"<float[1,1,3,3] w = {1,1,1,1,1,1,1,1,1}, float[1,1,1,1] v = {2}, int64[2] ax = {0, 1}> { "
#define SMALL_C X "c = Conv <strides = [3, 3]> (x, w) "
static const struct {
	const char *model;
	size_t loud; /* the tensor that loses more than others */
	const char *bits;
} spent[] = {
	/* a cost of 16 multiply-adds and 16 elements, of 160 and 160 */
	{ SMALL_C "y = Conv (c, v) }", 0, "8 16 " },
	/* 16 bits for both would be 64 of 352 */
	{ SMALL_C "e = Conv (c, v) y = Conv (e, v) }", 1, "8 16 8 " },
	{ SMALL_C "e = Conv (c, v) y = Conv (e, v) }", 2, "8 8 16 " },
	/* 144 multiply-adds, of 288 */
	{ SMALL_C "y = ConvTranspose <strides = [3, 3]> (c, w) }", 1, "8 8 " },
	/* what computes with two tensors has one type for them */
	{ SMALL_C "r = Relu (c) s = Add (r, c) y = Conv (s, v) }", 1, "8 8 8 8 " },
	/* 160 of 1,600, but x and c together take half as much memory again */
	{ X "c = Conv <pads = [1, 1, 1, 1]> (x, w) y = Conv <strides = [3, 3]> (c, v) }", 1,
	  "8 8 " },
	/* another shape of c takes c's place */
	{ SMALL_C "f = Flatten (c) r = Unsqueeze (f, ax) y = Conv (r, v) }", 1, "8 16 16 16 " },
};

static const char *bits_of(const char *model, const struct quant_config *c, size_t loud)
{
	struct strbuf b = { 0 };
	struct unit *u;
	struct quant_plan p;
	const char *s;

	import(model, c, &u, &p);
	for (size_t i = 0; i < p.tensors.n; i++) {
		float v[64];
		int64_t at;

		for (int k = 0; k < 64; k++)
			v[k] = k & 1 ? -1 : 1;
		v[0] = i == loud ? 50 : 1; /* large steps for the others */
		ck_assert(stats_add(p.tensors.p[i].stats, floats(64, v), &at));
	}
	quant_choose(u, &p);
	for (size_t i = 0; i < p.tensors.n; i++)
		strbuf_printf(&b, "%d ", (int)dtype_bits(p.tensors.p[i].params.type));
	s = arena_strdup(&a, b.s);
	strbuf_free(&b);
	return s;
}

START_TEST(bits_are_spent_where_most_is_lost)
{
	struct quant_config c = { .form = quant_form_named(_i % 2 ? "int8w4" : "int8"),
				  .byte = DT_I8,
				  .widen_small = true };
	const char *model = spent[_i / 2].model;
	size_t loud = spent[_i / 2].loud;

	ck_assert_str_eq(bits_of(model, &c, loud), spent[_i / 2].bits);
	c.ends = QUANT_ENDS_FORM; /* bytes everywhere are asked for */
	ck_assert_ptr_null(strstr(bits_of(model, &c, loud), "16"));
}
END_TEST

/* Of inputs 0, 1, 2 and 3, which weigh 3: steps of 1 lose nothing. Those of 2 lose 0, 1, 0 and -1,
 * for 3 / 2 is 2: the squares of 3 times that, less the mean, are 18, the sums' 45. */
START_TEST(loss_of_a_grid)
{
	const struct shape shape = { .rank = 2, .d = { 1, 1 } };
	struct constant *w = arena_copy(&a, floats(1, (float[]){ 3 }), sizeof *w);
	struct quant_matrix m = { .w = w, .out = 1, .in = 1, .taps = 1, .groups = 1 };
	struct quant_moments *s = moments_new(&a, &m);
	struct quant_params x = { .type = DT_I8, .scale = 1, .zero = -128 };

	w->shape = shape;
	for (; s->n_kept < 4; s->n_kept++)
		s->kept[s->n_kept] = (float)s->n_kept;
	ck_assert_double_eq(moments_loss(&a, s, &m, &x), 0);
	x.scale = 2;
	ck_assert_double_eq_tol(moments_loss(&a, s, &m, &x), 18.0 / 45, 1e-12);
}
END_TEST

/* -- 8 bits where the form has 4 -------------------------------------------------------------- */

#define ONES "1, 1, 1, 1, 1, 1, 1, 1"
#define HALVES "14, 1, 1, 1, 1, 1, 1, 1" /* in steps of 2: what is halfway is lost */

/* Of 64 weights 4 may have 8 bits; they do when 4 bits lose something of them, whatever others
 * lose. */
static const struct {
	const char *small, *large;
	bool eight;
} eights[] = {
	{ "14, 1, 1, 1", ONES, true },
	{ "14, 1, 1, 1", HALVES, true },
	{ "7, 1, 0, -3", HALVES, false },
	{ "7, 1, 0, -3", ONES, false },
};

START_TEST(eight_where_it_pays)
{
	struct quant_config c = { .form = quant_form_named("weights4") };
	const char *model = arena_printf(
		&a,
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,60] x, float[1,4] z) => (float[1,1] y, float[1,1] t) "
		"<float[60,1] w = {%s, %s, %s, %s, %s, %s, %s, 1, 1, 1, 1}, float[4,1] v = {%s}> "
		"{ y = MatMul (x, w) t = MatMul (z, v) }",
		eights[_i].large, ONES, ONES, ONES, ONES, ONES, ONES, eights[_i].small);
	struct unit *u;
	struct quant_plan p;

	import(model, &c, &u, &p);
	quant_choose(u, &p);
	ck_assert_uint_eq(p.layers.n, 2);
	ck_assert(!p.layers.p[0].eight);
	ck_assert_int_eq(p.layers.p[1].eight, eights[_i].eight);
	ck_assert_int_eq(p.layers.p[0].weights, 60);
}
END_TEST

/* -- mixed precision ------------------------------------------------------------------------- */

/* x -> Conv -> Relu -> MaxPool -> Conv -> y: the layer that loses most goes first, with its
 * activation and with what shares its parameters; MaxPool, which computes nothing, never. */
START_TEST(raising)
{
	static const char model[] =
		"<ir_version: 10, opset_import: [\"\" : 21]> m (float[1,1,4,4] x) => (float[1,1,4,4] y) "
		"<float[1,1,1,1] w = {2}, float[1] b = {1}> { c = Conv (x, w) r = Relu (c) "
		"p = MaxPool <kernel_shape = [1, 1]> (r) y = Conv (p, w, b) }";
	struct unit *u;
	struct quant_config c = { .form = quant_form_named("int8"),
				  .byte = DT_I8,
				  .ends = QUANT_ENDS_FORM,
				  .between = QUANT_ENDS_FORM };
	static const double snr[] = { 30, 20, 10, 25 };
	size_t order[4];
	struct quant_plan p;

	import(model, &c, &u, &p);
	ck_assert_uint_eq(p.layers.n, 4);
	for (size_t i = 0; i < 4; i++)
		p.layers.p[i].snr_alone = snr[i];
	ck_assert_uint_eq(quant_rank(&p, order), 3);
	ck_assert_uint_eq(order[0], 1);
	ck_assert_uint_eq(order[1], 3);
	ck_assert_uint_eq(order[2], 0);
	quant_raise(u, &p, order[0], false);
	ck_assert(p.layers.p[0].raised && p.layers.p[1].raised && !p.layers.p[3].raised);
	/* tensors: x, r, p, y */
	ck_assert_uint_eq(p.tensors.n, 4);
	ck_assert_int_eq(p.tensors.p[0].type, DT_I16);
	ck_assert_int_eq(p.tensors.p[1].type, DT_I16);
	ck_assert_int_eq(p.tensors.p[2].type, DT_I16);
	ck_assert_int_eq(p.tensors.p[3].type, DT_I8);
	quant_lower_all(&p);
	ck_assert_int_eq(p.tensors.p[0].type, DT_I8);
	quant_raise(u, &p, 0, true);
	ck_assert(p.layers.p[0].skip && p.layers.p[1].skip && !p.layers.p[2].skip);
}
END_TEST

Suite *suite_quant_precision(void)
{
	const struct unit_test tests[] = {
		{ "bits_are_spent_where_most_is_lost", bits_are_spent_where_most_is_lost,
		  2 * ARRAY_LEN(spent) },
		{ "loss_of_a_grid", loss_of_a_grid, 0 },
		{ "eight_where_it_pays", eight_where_it_pays, ARRAY_LEN(eights) },
		{ "raising", raising, 0 },
	};
	return unit_suite("quant_precision", tests, ARRAY_LEN(tests), set_up, tear_down);
}
