/* Test tensors for verify and --selftest. */
#include "testdata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *file_in(struct arena *a, const char *dir, const char *kind, size_t k)
{
	static const char *const endings[] = { "npy", "pb", "json" };

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		const char *p =
			path_join(a, dir, arena_printf(a, "%s_%zu.%s", kind, k, endings[i]));

		if (path_exists(p))
			return p;
	}
	return NULL;
}

static const char *data_file(struct job *j, const char *dir, const char *kind, size_t k)
{
	return file_in(&j->arena, dir, kind, k);
}

/* A model may have no inputs. */
static bool has_data(struct arena *a, const char *dir)
{
	return file_in(a, dir, "input", 0) || file_in(a, dir, "output", 0);
}

void test_data_sets(struct arena *a, const char *dir, data_sets *out)
{
	size_t n;
	const char **names = folder_names(a, dir, &n);

	if (has_data(a, dir))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *path = path_join(a, dir, names[i]);

		if (path_is_folder(path) && has_data(a, path))
			vec_push(a, out, path);
	}
}

const char *test_data_first(struct arena *a, const char *dir)
{
	data_sets sets = { 0 };

	if (dir)
		test_data_sets(a, dir, &sets);
	return sets.n ? sets.p[0] : dir;
}

/* Position of an input among all that the model declares, constants by default included. */
static size_t position(const struct unit *u, const char *name)
{
	for (size_t k = 0; k < u->input_names.n; k++)
		if (strcmp(u->input_names.p[k], name) == 0)
			return k;
	unreachable("an input the model does not declare");
}

static struct port input_port(const struct unit *u, size_t k)
{
	return u->input_ports.p[position(u, value_of(u, u->main->inputs.p[k])->name)];
}

/* K of the file of input number k of the imported model. */
static size_t file_number(const struct test_data *t, const struct unit *u, size_t k)
{
	return t->compact ? k : input_port(u, k).number;
}

/* Some number the files by position among all inputs, some among those that have no default: it is the
 * second where the first leaves one of these without a file. */
static bool is_compact(struct job *j, const char *dir, const struct unit *u)
{
	bool all = true, first = true;

	for (size_t k = 0; k < u->main->inputs.n; k++) {
		all &= data_file(j, dir, "input", input_port(u, k).number) != NULL;
		first &= data_file(j, dir, "input", k) != NULL;
	}
	return !all && first;
}

/* Tensor number port.item of the file's sequence or optional, or the file's only tensor. */
static const struct constant *load(struct job *j, const char *path, const struct value *v,
				   const struct port *port)
{
	struct value like = { .container = port->container, .type = v->type };
	struct loc loc = { .file = path };
	struct test_value t = { 0 };

	if (port->count == STACKED && port->item) /* of tensors of whatever type */
		like.type = DT_UNDEF;
	if (!test_value_load(&j->arena, &j->diag, path, &like, &t))
		return NULL;
	if (port->container == TENSOR && t.items.n != 1) {
		diag_error(&j->diag, &loc, "a tensor is needed");
		return NULL;
	}
	if (port->count == STACKED)
		return test_stack(&j->arena, &t, port, v);
	if (port->container != TENSOR && t.items.n != (size_t)port->count) {
		diag_error(&j->diag, &loc, "it has %zu tensors, the model has %d there", t.items.n,
			   port->count);
		return NULL;
	}
	return t.items.p[port->item];
}

static void add_dim(struct job *j, struct test_data *t, const char *name, int64_t value)
{
	for (int i = 0; i < j->o->dims.n; i++) { /* the command line decides */
		struct dim_option o;

		if (dim_option_parse(&j->arena, j->o->dims.p[i], &o) && strcmp(o.name, name) == 0)
			return;
	}
	for (size_t i = 0; i < t->dims.n; i++)
		if (strcmp(t->dims.p[i].name, name) == 0)
			return;
	vec_push(&j->arena, &t->dims, ((struct dim_option){ name, value, false }));
}

/* Sizes of v, an input as it was declared, from a tensor: those that are no numbers. `name` is what the import
 * calls it, where v stands for a sequence; several: a sequence's tensors have sizes of their own. */
static void add_sizes(struct job *j, struct test_data *t, const struct unit *u,
		      const struct value *v, const char *name, const struct constant *c,
		      bool several)
{
	for (int a = 0; a < c->shape.rank && (v->shape.rank < 0 || a < v->shape.rank); a++) {
		const struct dim_expr *x =
			v->shape.rank >= 0 && v->shape.d[a] < 0 ? dim_expr(u, v->shape.d[a]) : NULL;
		const char *own = arena_printf(&j->arena, "%s.%d", v->name, a);

		if (v->shape.rank >= 0 && (!x || x->kind != DIM_SYMBOL))
			continue;
		if (!x || several || strcmp(x->name, own) == 0)
			add_dim(j, t, arena_printf(&j->arena, "%s.%d", name, a), c->shape.d[a]);
		else
			add_dim(j, t, arena_strdup(&j->arena, x->name), c->shape.d[a]);
	}
}

/* What v, a sequence or an optional, has in the file. */
static bool add_items(struct job *j, struct test_data *t, const struct unit *u,
		      const struct value *v, const char *path, bool sequence)
{
	struct test_value x = { 0 };
	size_t first = t->dims.n;

	if (!test_value_load(&j->arena, &j->diag, path, v, &x))
		return false;
	if (v->container == OPTIONAL)
		add_dim(j, t, arena_printf(&j->arena, "%s.present", v->name), x.present);
	if (sequence && x.present)
		add_dim(j, t, arena_printf(&j->arena, "%s.count", v->name), (int64_t)x.items.n);
	for (size_t i = first; i < t->dims.n; i++)
		vec_push(&j->arena, &t->counts, t->dims.p[i]);
	for (size_t i = 0; i < x.items.n; i++)
		add_sizes(j, t, u, v,
			  sequence ? arena_printf(&j->arena, "%s.%zu", v->name, i)
				   : arena_strdup(&j->arena, v->name),
			  x.items.p[i], x.items.n > 1);
	return true;
}

static bool is_container(const struct unit *u, const char *name)
{
	for (size_t k = 0; k < u->main->inputs.n; k++)
		if (strcmp(value_of(u, u->main->inputs.p[k])->name, name) == 0)
			return value_of(u, u->main->inputs.p[k])->container != TENSOR;
	return false;
}

bool test_data_sizes(struct job *j, const char *model, const char *dir, struct test_data *t)
{
	struct import_options io = { 0 };
	struct diag silent = { 0 };
	struct unit *u;
	VEC(const char *) given = { 0 };

	*t = (struct test_data){ .dir = dir };
	if (!dir)
		return true;
	job_import_options(j, NULL, &io);
	io = (struct import_options){ .inputs_only = true,
				      .custom = io.custom,
				      .n_custom = io.n_custom };
	u = unit_new(&j->arena, &silent, model);
	if (!import_onnx(u, model, &io)) {
		import_close(u);
		return true; /* the import proper reports it */
	}
	t->compact = is_compact(j, dir, u);
	for (size_t k = 0; !t->compact && k < u->input_names.n; k++)
		if (data_file(j, dir, "input", k) && !is_container(u, u->input_names.p[k]))
			vec_push(&j->arena, &given, u->input_names.p[k]);
	t->given = (struct string_list){ given.p, (int)given.n };
	for (size_t k = 0; k < u->main->inputs.n; k++) {
		const struct value *v = value_of(u, u->main->inputs.p[k]);
		const char *path = data_file(j, dir, "input", file_number(t, u, k));
		const struct constant *c;

		if (!path || v->container == MAP)
			continue;
		if (v->container != TENSOR) {
			if (!add_items(j, t, u, v, path, input_port(u, k).count > 0))
				return false;
			continue;
		}
		c = load(j, path, v, &(struct port){ 0 });
		if (!c)
			return false;
		add_sizes(j, t, u, v, v->name, c, false);
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

/* A file for an input or output that the model does not have is data of another model. */
static bool no_file_beyond(struct job *j, const char *dir, const char *kind, size_t n)
{
	const char *path = data_file(j, dir, kind, n);

	return !path || diag_error(&j->diag, &(struct loc){ .file = path },
				   "there is no %s %zu: the model has %zu", kind, n, n);
}

bool test_data_load(struct job *j, struct test_data *t)
{
	const struct graph *g = j->u->main;
	uint64_t seed = (uint64_t)j->o->seed;

	if (t->dir && !(no_file_beyond(j, t->dir, "input", j->u->inputs_declared) &&
			no_file_beyond(j, t->dir, "output", j->u->outputs_declared)))
		return false;
	t->inputs = arena_array(&j->arena, const struct constant *, g->inputs.n + 1);
	t->outputs = arena_array(&j->arena, const struct constant *, g->outputs.n + 1);
	for (size_t k = 0; k < g->inputs.n; k++) {
		const struct value *v = value_of(j->u, g->inputs.p[k]);
		size_t at = file_number(t, j->u, k);
		const char *path = t->dir ? data_file(j, t->dir, "input", at) : NULL;

		if (path) {
			struct port port = input_port(j->u, k);

			if (port.container == MAP)
				port.container = TENSOR;
			t->inputs[k] = load(j, path, v, &port);
			if (!t->inputs[k] || !check_input(j, path, v, t->inputs[k]))
				return false;
		} else if (t->dir) {
			return diag_error(
				&j->diag, &(struct loc){ .file = t->dir },
				path_exists(t->dir)
					? "there is no input_%zu.npy or .pb for input \"%s\""
					: "there is no such folder (input_%zu.npy is for input \"%s\")",
				at, v->name);
		} else if (!value_is_bounded(j->u, v)) {
			return false;
		} else {
			t->inputs[k] = random_constant(&j->arena, j->u, v, &seed);
		}
	}
	for (size_t k = 1; !t->dir && k < g->inputs.n; k++)
		if (input_port(j->u, k).count == STACKED && input_port(j->u, k).item == 1)
			t->inputs[k - 1] =
				test_stack_cut(&j->arena, t->inputs[k - 1], &t->inputs[k]);
	for (size_t k = 0; t->dir && k < g->outputs.n; k++) {
		const struct port *port = &j->u->output_ports.p[k];
		const char *path = data_file(j, t->dir, "output", port->number);

		if (!path)
			continue;
		t->outputs[k] = g->output_keys.p[k]
					? test_maps_load(j, path, g->output_keys.p[k])
					: load(j, path, value_of(j->u, g->outputs.p[k]), port);
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
	io.like = j->u;
	io.dims = t->counts.p;
	io.n_dims = t->counts.n;
	io.custom = j->custom.p;
	io.n_custom = j->custom.n;
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

/* Reals as the integers that stand for them, as QuantizeLinear makes them; c where v still has reals. */
static const struct constant *as_compiled(struct job *j, const struct constant *c,
					  const struct value *v, const struct quantization *q)
{
	const bool is_unsigned = v->type == DT_U8 || v->type == DT_U16;
	const double range = (double)(INT64_C(1) << (8 * dtype_size(v->type)));
	const double lo = is_unsigned ? 0 : -range / 2;
	struct constant *out;
	int64_t n;
	void *data;

	if (!c || c->type != DT_F32 || q->scale == 0)
		return c;
	n = shape_elements(&c->shape);
	out = constant_new(&j->arena, v->type, &c->shape, &data);
	for (int64_t i = 0; i < n; i++) {
		const float x = (float)constant_f64(c, i) / q->scale;
		double y = nearbyint((double)x) + (double)q->zero;

		if (!(y >= lo)) /* or NaN */
			y = lo;
		constant_put_i64(data, v->type, i,
				 (int64_t)(y > lo + range - 1 ? lo + range - 1 : y));
	}
	return out;
}

void test_data_as_compiled(struct job *j, struct test_data *t)
{
	const struct graph *g = j->u->main;

	for (size_t k = 0; t->inputs && j->u->input_quantization && k < g->inputs.n; k++)
		t->inputs[k] = as_compiled(j, t->inputs[k], value_of(j->u, g->inputs.p[k]),
					   &j->u->input_quantization[k]);
	for (size_t k = 0; t->outputs && j->u->output_quantization && k < g->outputs.n; k++)
		t->outputs[k] = as_compiled(j, t->outputs[k], value_of(j->u, g->outputs.p[k]),
					    &j->u->output_quantization[k]);
}
