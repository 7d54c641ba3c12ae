/* Calibration data from files. */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

/* What is being read: the model's inputs, none of them fixed. */
struct reader {
	struct job *j;
	const struct unit *u;
	struct samples *out;
	value_ids inputs;    /* of those that need data */
	const bool *stepped; /* by u's dims (samples_stepped) */
};

static bool has_ending(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/* -- one part -------------------------------------------------------------------------------- */

/* Inputs up to k, which have one sample or several by free first axes, as one: these are part of it. */
static bool is_one_sample(struct reader *r, struct sample_part *p, size_t k, size_t n)
{
	if (n != 1 && p->n != 1)
		return false;
	for (size_t i = 0; i <= k; i++)
		if (!sample_whole(r->u, value_of(r->u, r->inputs.p[i]), p->in[i], &p->shape[i]))
			return false;
	return true;
}

static bool set_input(struct reader *r, struct sample_part *p, size_t k, const char *path,
		      const struct constant *c)
{
	const struct value *v = value_of(r->u, r->inputs.p[k]);
	struct loc loc = { .file = path };
	struct unit *u = (struct unit *)(uintptr_t)r->u; /* whose arena gets the texts */
	size_t n;

	if (c->type != v->type)
		return diag_error(&r->j->diag, &loc, "input \"%s\" is %s, the file has %s", v->name,
				  dtype_name(v->type), dtype_name(c->type));
	n = sample_split(r->u, v, c, r->stepped, &p->shape[k]);
	if (n == 0)
		return diag_error(&r->j->diag, &loc,
				  "input \"%s\" is %s, the file has %s: no samples of that",
				  v->name, shape_text(u, &v->shape), shape_text(u, &c->shape));
	p->in[k] = c;
	if (k > 0 && p->n != n && !is_one_sample(r, p, k, n))
		return diag_error(&r->j->diag, &loc,
				  "it has %zu samples of input \"%s\", there are %zu of \"%s\"", n,
				  v->name, p->n, value_of(r->u, r->inputs.p[k - 1])->name);
	p->n = k > 0 && p->n != n ? 1 : n;
	return true;
}

static struct sample_part new_part(struct reader *r, const char *path)
{
	struct sample_part p = { .path = path };

	p.in = arena_array(&r->j->arena, const struct constant *, r->inputs.n);
	p.shape = arena_array(&r->j->arena, struct shape, r->inputs.n);
	return p;
}

static bool add_part(struct reader *r, const struct sample_part *p)
{
	vec_push(&r->j->arena, &r->out->parts, *p);
	r->out->n += p->n;
	return sample_sizes_agree(r->j, r->u, &r->inputs, p);
}

static const struct constant *load_file(struct reader *r, const char *path, const struct value *v)
{
	struct test_value t = { 0 };

	if (!test_value_load(&r->j->arena, &r->j->diag, path, v, &t))
		return NULL;
	if (t.container == TENSOR && t.items.n == 1)
		return t.items.p[0];
	diag_error(&r->j->diag, &(struct loc){ .file = path }, "a tensor is needed");
	return NULL;
}

static bool add_file(struct reader *r, const char *path)
{
	struct sample_part p = new_part(r, path);
	const struct value *v = value_of(r->u, r->inputs.p[0]);
	const struct constant *c;

	if (r->inputs.n != 1)
		return diag_error(&r->j->diag, &(struct loc){ .file = path },
				  "the model has %zu inputs: give a folder or a .npz file",
				  r->inputs.n);
	c = load_file(r, path, v);
	return c && set_input(r, &p, 0, path, c) && add_part(r, &p);
}

/* Position of an input among all that the model declares. */
static size_t position(const struct unit *u, const char *name)
{
	for (size_t k = 0; k < u->input_names.n; k++)
		if (strcmp(u->input_names.p[k], name) == 0)
			return k;
	unreachable("an input the model does not declare");
}

static const char *numbered(struct reader *r, const struct value *v)
{
	return arena_printf(&r->j->arena, "input_%zu", position(r->u, v->name));
}

/* -- archives -------------------------------------------------------------------------------- */

/* Whether name, without its ending, is an input's. */
static bool is_input(const struct unit *u, const char *name)
{
	for (size_t k = 0; k < u->input_names.n; k++) {
		size_t n = strlen(u->input_names.p[k]);

		if (strncmp(name, u->input_names.p[k], n) == 0 &&
		    (name[n] == '\0' || strcmp(name + n, ".npy") == 0 ||
		     strcmp(name + n, ".pb") == 0))
			return true;
	}
	return false;
}

/* The number K of a name input_K when the model has no such input, else -1. */
static long long number_beyond(const struct reader *r, const char *name)
{
	char *end;
	unsigned long long k;

	if (is_input(r->u, name) || strncmp(name, "input_", 6) != 0 || name[6] < '0' ||
	    name[6] > '9')
		return -1;
	k = strtoull(name + 6, &end, 10);
	return (*end == '\0' || *end == '.') && k >= r->u->inputs_declared ? (long long)k : -1;
}

static bool no_such_input(struct reader *r, const char *path, const char *name)
{
	return diag_error(&r->j->diag, &(struct loc){ .file = path },
			  "it has %s, inputs of the model count from 0 to %zu",
			  printable(&r->j->arena, name, 80), r->u->inputs_declared - 1);
}

/* The entry called name; false: there are two, which is reported. */
static bool find_entry(struct reader *r, const char *path, const npz_entries *entries,
		       const char *name, const struct constant **out)
{
	*out = NULL;
	for (size_t i = 0; i < entries->n; i++) {
		if (strcmp(entries->p[i].name, name) != 0)
			continue;
		if (*out)
			return diag_error(&r->j->diag, &(struct loc){ .file = path },
					  "the archive has \"%s\" twice", name);
		*out = entries->p[i].value;
	}
	return true;
}

/* Names in an archive, for messages. */
static const char *entries_text(struct arena *a, const npz_entries *entries)
{
	const char *text = entries->n ? "" : "nothing";

	for (size_t i = 0; i < entries->n && i < 8; i++)
		text = arena_printf(a, "%s%s\"%s\"", text, i ? ", " : "",
				    printable(a, entries->p[i].name, 40));
	return text;
}

/* What says that an input is there under a name: an entry of an archive, a file of a folder. */
typedef bool is_there_fn(struct reader *r, const void *place, const char *name);

/* What v is called there: input_K when all inputs are there by number and not all by name, which may be
 * such a word, too; else its name before input_K. NULL: neither. */
static const char *name_there(struct reader *r, const void *place, is_there_fn *is_there,
			      const struct value *v)
{
	bool names = true, numbers = true;
	const char *number = numbered(r, v);

	for (size_t k = 0; k < r->inputs.n; k++) {
		const struct value *x = value_of(r->u, r->inputs.p[k]);

		names &= is_there(r, place, x->name);
		numbers &= is_there(r, place, numbered(r, x));
	}
	if (is_there(r, place, v->name) && (names || !numbers))
		return v->name;
	return is_there(r, place, number) ? number : NULL;
}

static bool entry_is_there(struct reader *r, const void *place, const char *name)
{
	const npz_entries *entries = place;

	(void)r;
	for (size_t i = 0; i < entries->n; i++)
		if (strcmp(entries->p[i].name, name) == 0)
			return true;
	return false;
}

static bool add_archive(struct reader *r, const char *path)
{
	struct sample_part p = new_part(r, path);
	npz_entries entries = { 0 };

	if (!npz_read(&r->j->arena, &r->j->diag, path, &entries))
		return false;
	for (size_t i = 0; i < entries.n; i++)
		if (number_beyond(r, entries.p[i].name) >= 0)
			return no_such_input(r, path, entries.p[i].name);
	for (size_t k = 0; k < r->inputs.n; k++) {
		const struct value *v = value_of(r->u, r->inputs.p[k]);
		const char *name = name_there(r, &entries, entry_is_there, v);
		const struct constant *c;

		if (!name)
			return diag_error(&r->j->diag, &(struct loc){ .file = path },
					  "the archive has neither \"%s\" nor \"%s\", but %s",
					  v->name, numbered(r, v),
					  entries_text(&r->j->arena, &entries));
		if (!find_entry(r, path, &entries, name, &c) || !set_input(r, &p, k, path, c))
			return false;
	}
	return add_part(r, &p);
}

/* -- folders --------------------------------------------------------------------------------- */

static const char *file_called(struct reader *r, const char *dir, const char *name)
{
	static const char *const endings[] = { "npy", "pb" };
	struct arena *a = &r->j->arena;

	for (size_t i = 0; i < 2 && !strchr(name, '/'); i++) {
		const char *path = path_join(a, dir, arena_printf(a, "%s.%s", name, endings[i]));

		if (path_exists(path))
			return path;
	}
	return NULL;
}

static bool file_is_there(struct reader *r, const void *place, const char *name)
{
	return file_called(r, place, name) != NULL;
}

static const char *input_file(struct reader *r, const char *dir, const struct value *v)
{
	const char *name = name_there(r, dir, file_is_there, v);

	return name ? file_called(r, dir, name) : NULL;
}

static bool has_inputs(struct reader *r, const char *dir)
{
	for (size_t k = 0; k < r->inputs.n; k++)
		if (input_file(r, dir, value_of(r->u, r->inputs.p[k])))
			return true;
	return false;
}

static bool is_tensor_file(const char *path)
{
	return has_ending(path, ".npy") || has_ending(path, ".pb");
}

/* All inputs from files of dir that are called like them. */
static bool add_named(struct reader *r, const char *dir)
{
	struct sample_part p = new_part(r, dir);
	size_t n;
	const char **names = folder_names(&r->j->arena, dir, &n);

	for (size_t i = 0; i < n; i++)
		if (is_tensor_file(names[i]) && number_beyond(r, names[i]) >= 0)
			return no_such_input(r, dir, names[i]);
	for (size_t k = 0; k < r->inputs.n; k++) {
		const struct value *v = value_of(r->u, r->inputs.p[k]);
		const char *path = input_file(r, dir, v);
		const struct constant *c;

		if (!path)
			return diag_error(&r->j->diag, &(struct loc){ .file = dir },
					  "there is no input_%zu or %s, .npy or .pb",
					  position(r->u, v->name), v->name);
		c = load_file(r, path, v);
		if (!c || !set_input(r, &p, k, path, c))
			return false;
	}
	return add_part(r, &p);
}

/* Each thing in the folder is samples: of all inputs, or, a tensor, of the only one. */
static bool add_folder(struct reader *r, const char *dir)
{
	size_t n;
	const char **names = folder_names(&r->j->arena, dir, &n);

	if (has_inputs(r, dir))
		return add_named(r, dir);
	for (size_t i = 0; i < n; i++) {
		const char *path = path_join(&r->j->arena, dir, names[i]);

		bool ok = true;

		if (path_is_folder(path))
			ok = add_named(r, path);
		else if (has_ending(path, ".npz"))
			ok = add_archive(r, path);
		else if (is_tensor_file(path))
			ok = add_file(r, path);
		if (!ok)
			return false;
	}
	return true;
}

/* -- all ------------------------------------------------------------------------------------- */

static bool read_all(struct reader *r, const char *path)
{
	bool ok;

	for (size_t k = 0; k < r->u->main->inputs.n; k++)
		vec_push(&r->j->arena, &r->inputs, r->u->main->inputs.p[k]);
	for (size_t k = 0; k < r->inputs.n; k++)
		if (value_of(r->u, r->inputs.p[k])->container != TENSOR ||
		    value_of(r->u, r->inputs.p[k])->type == DT_STRING)
			return diag_error(
				&r->j->diag, &value_of(r->u, r->inputs.p[k])->loc,
				"inputs that are no numeric tensors cannot be calibrated");
	ok = path_is_folder(path)       ? add_folder(r, path)
	     : has_ending(path, ".npz") ? add_archive(r, path)
					: add_file(r, path);
	if (ok && r->out->n == 0)
		return diag_error(&r->j->diag, &(struct loc){ .file = path },
				  "there are no calibration samples in it");
	return ok;
}

bool samples_load(struct job *j, const char *model, const char *path, const struct test_data *t,
		  struct samples *out)
{
	struct reader r = { .j = j, .out = out };
	struct import_options io = { .inputs_only = true };
	struct unit *u = unit_new(&j->arena, &j->diag, model);
	bool ok;

	*out = (struct samples){ 0 };
	job_import_options(j, t, &io);
	io.n_dims = (size_t)j->o->dims.n; /* the samples have sizes of their own */
	ok = import_onnx(u, model, &io);
	r.u = u;
	r.stepped = samples_stepped(j, model, u);
	ok = ok && read_all(&r, path);
	if (ok)
		sample_bounds(j, u, &r.inputs, out);
	import_close(u);
	return ok;
}

const char *samples_path(const struct samples *s, size_t i, size_t *in_part)
{
	size_t p = 0;

	while (i >= s->parts.p[p].n)
		i -= s->parts.p[p++].n;
	*in_part = i;
	return s->parts.p[p].path;
}

void samples_get(const struct samples *s, struct arena *a, size_t i, const struct constant **in,
		 size_t n_inputs)
{
	const struct sample_part *p = s->parts.p;

	for (; i >= p->n; p++)
		i -= p->n;
	for (size_t k = 0; k < n_inputs; k++) {
		struct constant *c = arena_new(a, struct constant);

		c->type = p->in[k]->type;
		c->shape = p->shape[k];
		c->size = (size_t)shape_elements(&c->shape) * dtype_size(c->type);
		c->data = (const char *)p->in[k]->data + i * c->size;
		in[k] = c;
	}
}
