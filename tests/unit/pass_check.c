#include "pass_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct model {
	struct arena arena;
	struct diag diag;
	struct strbuf messages;
	struct unit *u;
};

static const struct target no_target;
static const struct pass_context context = { .target = &no_target, .level = 2 };

static void load(struct model *m, const char *graph)
{
	static const struct import_options options = { .ours = true };
	struct strbuf text = { 0 };

	*m = (struct model){ .u = NULL };
	m->diag.text = &m->messages;
	m->u = unit_new(&m->arena, &m->diag, "test");
	strbuf_printf(&text,
		      "<ir_version: 10, opset_import: [\"\" : 24, \"edgecc\" : 1,"
		      " \"com.microsoft\" : 1]>\n%s",
		      graph);
	ck_assert_msg(import_text(m->u, "test", text.s, text.n, &options), "%s\nin:\n%s",
		      m->messages.s, text.s);
	strbuf_free(&text);
}

/* A text says by an Identity that an output is another value: in `after` that is all it says. */
static void drop_output_names(struct model *m)
{
	struct graph *g = m->u->main;

	for (size_t k = 0; k < g->outputs.n; k++) {
		struct node *n = value_of(m->u, g->outputs.p[k])->producer;
		if (!n || strcmp(n->op->name, "Identity") != 0)
			continue;
		graph_set_output(g, (int)k, node_in(n, 0));
		graph_remove(n);
	}
}

static void set_ones(struct model *m, const char *input)
{
	struct graph *g = m->u->main;

	for (size_t k = 0; input && k < g->inputs.n; k++) {
		const struct value *v = value_of(m->u, g->inputs.p[k]);
		void *data;
		if (strcmp(v->name, input) != 0)
			continue;
		struct constant *c = constant_new(&m->arena, v->type, &v->shape, &data);
		for (int64_t i = 0; i < shape_elements(&v->shape); i++)
			constant_put_i64(data, v->type, i, 1);
		graph_replace(m->u, v->id, graph_constant(g, NULL, c)->id);
	}
}

static void unload(struct model *m)
{
	import_close(m->u);
	strbuf_free(&m->messages);
	arena_free(&m->arena);
}

static const struct target fixed_target = { .rounding = ROUNDING_FIXED };
static const struct pass_context fixed_context = { .target = &fixed_target, .level = 2 };

static void run(struct model *m, const struct pass *p, const char *disabled)
{
	const struct pass *const table[] = { p, NULL };
	const struct pass_options o = { .disabled = &disabled, .n_disabled = disabled != NULL };

	ck_assert_msg(passes_run(m->u, table, p->fixed ? &fixed_context : &context, &o), "%s",
		      m->messages.s);
}

/* -- the text ------------------------------------------------------------------------- */

/* A constant is called by its content, a result by its place. */
static void rename_value(struct model *m, struct value *v, const char *name)
{
	if (!v->constant || v->producer) {
		v->name = name;
		return;
	}
	struct strbuf b = { 0 };
	const struct constant *c = v->constant;
	int64_t n = shape_elements(&c->shape);
	strbuf_printf(&b, "%s%s{", dtype_name(c->type), shape_text(m->u, &c->shape));
	for (int64_t i = 0; i < n; i++)
		strbuf_printf(&b, " %.6g", constant_f64(c, i));
	strbuf_puts(&b, " }");
	v->name = arena_strdup(&m->arena, b.s);
	strbuf_free(&b);
}

static void put_graph(struct model *m, struct graph *g, struct strbuf *b)
{
	int count = 0;

	for (struct node *n = g->first; n; n = n->next) {
		for (int k = 0; k < n->n_in; k++)
			if (node_in(n, k))
				rename_value(m, node_in(n, k), node_in(n, k)->name);
		for (int k = 0; k < n->n_out; k++)
			if (node_out(n, k))
				rename_value(m, node_out(n, k),
					     arena_printf(&m->arena, "t%d", count++));
		n->loc.node = NULL;
		node_print(b, n, NULL);
		strbuf_putc(b, '\n');
	}
	strbuf_puts(b, "=>");
	for (size_t k = 0; k < g->outputs.n; k++) {
		struct value *v = value_of(m->u, g->outputs.p[k]);
		rename_value(m, v, v->name);
		strbuf_printf(b, " %s is %s", g->output_names.p[k], v->name);
	}
	strbuf_putc(b, '\n');
}

static char *text_of(struct model *m)
{
	struct strbuf b = { 0 };

	put_graph(m, m->u->main, &b);
	char *s = arena_strdup(&m->arena, b.s);
	strbuf_free(&b);
	return s;
}

/* -- the meaning ---------------------------------------------------------------------- */

static uint64_t seed(void)
{
	const char *s = getenv("EDGECC_TEST_SEED");

	return s ? strtoull(s, NULL, 10) : 1;
}

static double uniform(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (double)(*state >> 11) / 9007199254740992.0;
}

static void set_inputs(struct model *m, const struct pass_case *c)
{
	struct graph *g = m->u->main;
	uint64_t state = seed();
	bool range = c->lo != 0 || c->hi != 0;
	double lo = range ? c->lo : -2, hi = range ? c->hi : 2;

	for (size_t k = 0; k < g->inputs.n; k++) {
		const struct value *v = value_of(m->u, g->inputs.p[k]);
		void *data;
		struct constant *x = constant_new(&m->arena, v->type, &v->shape, &data);
		for (int64_t i = 0; i < shape_elements(&v->shape); i++)
			constant_put_f64(data, v->type, i, lo + (hi - lo) * uniform(&state));
		graph_replace(m->u, v->id, graph_constant(g, NULL, x)->id);
	}
}

static const struct constant *result(struct model *m, size_t k)
{
	const struct value *v = value_of(m->u, m->u->main->outputs.p[k]);

	ck_assert_msg(v->constant != NULL, "output %zu could not be computed:\n%s", k, text_of(m));
	return v->constant;
}

static double largest(const struct constant *c)
{
	double m = 0;

	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		m = fmax(m, fabs(constant_f64(c, i)));
	return m;
}

static void compare(const struct constant *a, const struct constant *b, const struct pass_case *c)
{
	ck_assert_int_eq(a->type, b->type);
	ck_assert(shape_equal(&a->shape, &b->shape));
	for (int64_t i = 0; i < shape_elements(&a->shape); i++) {
		double x = constant_f64(a, i), y = constant_f64(b, i);
		bool same = x == y || (isnan(x) && isnan(y));
		ck_assert_msg(same || fabs(x - y) <= c->tolerance * largest(a),
			      "%s: element %lld was %.9g and is %.9g (EDGECC_TEST_SEED=%llu)",
			      c->name, (long long)i, x, y, (unsigned long long)seed());
	}
}

static bool inputs_sized(const struct model *m)
{
	for (size_t k = 0; k < m->u->main->inputs.n; k++)
		if (!shape_is_const(&value_of(m->u, m->u->main->inputs.p[k])->shape))
			return false;
	return true;
}

/* What both models compute from the same inputs; folding may be the end of both. */
static void compare_meanings(struct model *before, struct model *changed, const struct pass_case *c)
{
	set_inputs(before, c);
	set_inputs(changed, c);
	run(before, &pass_fold, NULL);
	run(changed, &pass_fold, NULL);
	for (size_t k = 0; k < before->u->main->outputs.n; k++)
		compare(result(before, k), result(changed, k), c);
}

void check_pass(const struct pass *p, const struct pass_case *c)
{
	struct model before, changed, after;

	load(&before, c->before);
	load(&changed, c->before);
	load(&after, c->after ? c->after : c->before);
	if (c->after)
		drop_output_names(&after);
	set_ones(&changed, c->ones);
	run(&changed, p, c->disabled);
	ck_assert_msg(strcmp(text_of(&changed), text_of(&after)) == 0, "%s: is\n%smust be\n%s",
		      c->name, text_of(&changed), text_of(&after));
	if (inputs_sized(&before))
		compare_meanings(&before, &changed, c);
	unload(&before);
	unload(&changed);
	unload(&after);
}

void check_pass_meaning(const struct pass *p, const struct pass_case *c, const char *only)
{
	struct model before, changed;

	load(&before, c->before);
	load(&changed, c->before);
	run(&changed, p, c->disabled);
	run(&changed, &pass_fold, NULL);
	ck_assert_msg(changed.u->main->first && changed.u->main->first == changed.u->main->last &&
			      strcmp(changed.u->main->first->op->name, only) == 0,
		      "%s: one %s is expected in\n%s", c->name, only, text_of(&changed));
	compare_meanings(&before, &changed, c);
	unload(&before);
	unload(&changed);
}

static void check_integers(struct model *m, const char *name)
{
	for (const struct node *n = m->u->main->first; n; n = n->next)
		for (int k = 0; k < n->n_out; k++)
			ck_assert_msg(!n->out[k] || !dtype_is_float(node_out(n, k)->type),
				      "%s: reals are left in\n%s", name, text_of(m));
}

/* A step is 1: relative to the largest result, as compare wants it. */
void check_fixed_point(const struct pass_case *c, bool whole)
{
	static const struct pass *const table[] = { &pass_absorb, &pass_absorb_fixed,
						    &pass_absorb_between, &pass_multiplier, NULL };
	const struct pass_options o = { .n_disabled = 0 };
	struct pass_case one_step = *c;
	struct model before, changed;

	load(&before, c->before);
	load(&changed, c->before);
	ck_assert(passes_run(changed.u, table, &fixed_context, &o));
	if (whole)
		check_integers(&changed, c->name);
	set_inputs(&before, c);
	set_inputs(&changed, c);
	run(&before, &pass_fold, NULL);
	run(&changed, &pass_fold, NULL);
	for (size_t k = 0; k < before.u->main->outputs.n; k++) {
		one_step.tolerance = 1 / fmax(1, largest(result(&before, k)));
		compare(result(&before, k), result(&changed, k), &one_step);
	}
	unload(&before);
	unload(&changed);
}
