/* Test tensors for verify and --selftest. */
#include "testdata.h"

#include <stdlib.h>
#include <string.h>

static const char *data_file(struct job *j, const char *dir, const char *kind, size_t k)
{
	static const char *const endings[] = { "npy", "pb", "json" };

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		const char *p = path_join(
			&j->arena, dir, arena_printf(&j->arena, "%s_%zu.%s", kind, k, endings[i]));

		if (path_exists(p))
			return p;
	}
	return NULL;
}

/* Position of an input among all that the model declares, constants by default included. */
static size_t position(const struct unit *u, const char *name)
{
	for (size_t k = 0; k < u->input_names.n; k++)
		if (strcmp(u->input_names.p[k], name) == 0)
			return k;
	unreachable("an input the model does not declare");
}

/* K of the file of input number k of the imported model. */
static size_t file_number(const struct test_data *t, const struct unit *u, size_t k)
{
	return t->compact ? k : position(u, value_of(u, u->main->inputs.p[k])->name);
}

/* Some number the files by position among all inputs, some among those that have no default: it is the
 * second where the first leaves one of these without a file. */
static bool is_compact(struct job *j, const char *dir, const struct unit *u)
{
	bool all = true, first = true;

	for (size_t k = 0; k < u->main->inputs.n; k++) {
		const char *name = value_of(u, u->main->inputs.p[k])->name;

		all &= data_file(j, dir, "input", position(u, name)) != NULL;
		first &= data_file(j, dir, "input", k) != NULL;
	}
	return !all && first;
}

static const struct constant *load(struct job *j, const char *path, const struct value *v)
{
	struct test_value t = { 0 };

	if (!test_value_load(&j->arena, &j->diag, path, v, &t))
		return NULL;
	if (t.container != TENSOR || t.items.n != 1) {
		diag_error(&j->diag, &(struct loc){ .file = path }, "a tensor is needed");
		return NULL;
	}
	return t.items.p[0];
}

static void add_dim(struct job *j, struct test_data *t, const char *name, int64_t value)
{
	for (int i = 0; i < j->o->dims.n; i++) { /* the command line decides */
		struct dim_option o;

		if (dim_option_parse(&j->arena, j->o->dims.p[i], &o) && strcmp(o.name, name) == 0)
			return;
	}
	for (size_t i = 0; i < t->n_dims; i++)
		if (strcmp(t->dims[i].name, name) == 0)
			return;
	t->dims[t->n_dims++] = (struct dim_option){ name, value, false };
}

bool test_data_sizes(struct job *j, const char *model, const char *dir, struct test_data *t)
{
	struct import_options io = { .inputs_only = true };
	struct diag silent = { 0 };
	struct unit *u;
	VEC(const char *) given = { 0 };

	*t = (struct test_data){ .dir = dir };
	if (!dir)
		return true;
	u = unit_new(&j->arena, &silent, model);
	if (!import_onnx(u, model, &io)) {
		import_close(u);
		return true; /* the import proper reports it */
	}
	io.inputs_only = false;
	t->dims = arena_array(&j->arena, struct dim_option, u->dims.n + 1);
	t->compact = is_compact(j, dir, u);
	for (size_t k = 0; !t->compact && k < u->input_names.n; k++)
		if (data_file(j, dir, "input", k))
			vec_push(&j->arena, &given, u->input_names.p[k]);
	t->given = (struct string_list){ given.p, (int)given.n };
	for (size_t k = 0; k < u->main->inputs.n; k++) {
		const struct value *v = value_of(u, u->main->inputs.p[k]);
		const char *path = data_file(j, dir, "input", file_number(t, u, k));
		const struct constant *c = path && v->container == TENSOR ? load(j, path, v) : NULL;

		if (path && v->container == TENSOR && !c)
			return false;
		for (int a = 0; c && a < v->shape.rank && a < c->shape.rank; a++)
			if (v->shape.d[a] < 0 && dim_expr(u, v->shape.d[a])->kind == DIM_SYMBOL)
				add_dim(j, t,
					arena_strdup(&j->arena, dim_expr(u, v->shape.d[a])->name),
					c->shape.d[a]);
	}
	import_close(u);
	return true;
}

static bool check_input(struct job *j, const char *path, const struct value *v,
			const struct constant *c)
{
	struct loc loc = { .file = path };

	if (c->type != v->type)
		return diag_error(&j->diag, &loc, "input \"%s\" is %s, the file has %s", v->name,
				  dtype_name(v->type), dtype_name(c->type));
	if (c->shape.rank != v->shape.rank)
		return diag_error(&j->diag, &loc, "input \"%s\" is %s, the file has %s", v->name,
				  shape_text(j->u, &v->shape), shape_text(j->u, &c->shape));
	for (int a = 0; a < c->shape.rank; a++)
		if (c->shape.d[a] > dim_hi(j->u, v->shape.d[a]) ||
		    (dim_is_const(v->shape.d[a]) && c->shape.d[a] != v->shape.d[a]))
			return diag_error(&j->diag, &loc, "input \"%s\" is %s, the file has %s",
					  v->name, shape_text(j->u, &v->shape),
					  shape_text(j->u, &c->shape));
	return true;
}

bool test_data_load(struct job *j, struct test_data *t)
{
	const struct graph *g = j->u->main;
	uint64_t seed = (uint64_t)j->o->seed;

	t->inputs = arena_array(&j->arena, const struct constant *, g->inputs.n + 1);
	t->outputs = arena_array(&j->arena, const struct constant *, g->outputs.n + 1);
	for (size_t k = 0; k < g->inputs.n; k++) {
		const struct value *v = value_of(j->u, g->inputs.p[k]);
		size_t at = file_number(t, j->u, k);
		const char *path = t->dir ? data_file(j, t->dir, "input", at) : NULL;

		if (v->container != TENSOR)
			return diag_error(&j->diag, &v->loc,
					  "inputs that are no tensors cannot be tested yet");
		if (path) {
			t->inputs[k] = load(j, path, v);
			if (!t->inputs[k] || !check_input(j, path, v, t->inputs[k]))
				return false;
		} else if (t->dir) {
			return diag_error(&j->diag, &(struct loc){ .file = t->dir },
					  "there is no input_%zu.npy or .pb for input \"%s\"", at,
					  v->name);
		} else if (!value_is_bounded(j->u, v)) {
			return false;
		} else {
			t->inputs[k] = random_constant(&j->arena, j->u, v, &seed);
		}
	}
	for (size_t k = 0; t->dir && k < g->outputs.n; k++) {
		const char *path = data_file(j, t->dir, "output", k);

		if (!path)
			continue;
		t->outputs[k] = g->output_keys.p[k]
					? test_maps_load(j, path, g->output_keys.p[k])
					: load(j, path, value_of(j->u, g->outputs.p[k]));
		if (!t->outputs[k])
			return false;
	}
	return true;
}

/* ---- interpretation ------------------------------------------------------------------ */

static void add_all_outputs(struct unit *u)
{
	for (const struct node *n = u->main->first; n; n = n->next)
		for (int k = 0; k < n->n_out; k++) {
			struct value *v = node_out(n, k);

			if (v && v->name && v->container == TENSOR && !v->outputs)
				graph_add_output(u->main, v);
		}
}

bool interpret_model(struct job *j, const char *model, const struct test_data *t, bool all,
		     named_results *out)
{
	const struct graph *g = j->u->main;
	struct import_options io = { 0 };
	struct input_value *fixed = arena_array(&j->arena, struct input_value, g->inputs.n + 1);
	struct pass_context c = { .target = &j->target };
	struct pass_options po = { 0 };
	struct unit *u = unit_new(&j->arena, &j->diag, model);

	for (size_t k = 0; k < g->inputs.n; k++)
		fixed[k] =
			(struct input_value){ value_of(j->u, g->inputs.p[k])->name, t->inputs[k] };
	io.fixed = fixed;
	io.n_fixed = g->inputs.n;
	if (!import_onnx(u, model, &io))
		return false;
	if (all)
		add_all_outputs(u);
	if (!passes_run(u, folding_passes, &c, &po))
		return false;
	for (size_t k = 0; k < u->main->outputs.n; k++) {
		const struct value *v = value_of(u, u->main->outputs.p[k]);
		struct named_result r = { u->main->output_names.p[k], v->loc, v->constant };

		vec_push(&j->arena, out, r);
	}
	for (size_t i = 0; i < u->maps.n; i++) /* constants may still borrow from the files */
		vec_push(j->u->arena, &j->u->maps, u->maps.p[i]);
	return true;
}
