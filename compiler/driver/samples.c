/* Calibration data from files. */
#include "samples.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is being read: the model's inputs, none of them fixed. */
struct reader {
	struct job *j;
	const struct unit *u;
	struct samples *out;
	VEC(uint32_t) inputs; /* value ids of those that need data */
};

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool has_ending(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder, in order, without hidden ones. */
static const char **list_folder(struct arena *a, const char *path, size_t *n)
{
	VEC(const char *) names = { 0 };
	DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			vec_push(a, &names, arena_strdup(a, e->d_name));
	if (d)
		closedir(d);
	if (names.n)
		qsort(names.p, names.n, sizeof *names.p, compare_names);
	*n = names.n;
	return names.p;
}

/* -- shapes ---------------------------------------------------------------------------------- */

static bool fits(const struct unit *u, const dim *want, const dim *have, int n)
{
	for (int i = 0; i < n; i++)
		if (dim_is_const(want[i]) ? want[i] != have[i] : have[i] > dim_hi(u, want[i]))
			return false;
	return true;
}

/* Without axes of size 1, from axis `from` on. */
static int squeezed(const struct shape *s, int from, dim *out)
{
	int n = 0;

	for (int i = from; i < s->rank; i++)
		if (s->d[i] != 1)
			out[n++] = s->d[i];
	return n;
}

/* How c splits into samples of an input: their number and shape; 0: it does not fit. */
static size_t split(const struct unit *u, const struct value *v, const struct constant *c,
		    struct shape *one)
{
	const struct shape *want = &v->shape, *have = &c->shape;
	dim a[RANK_MAX], b[RANK_MAX];
	int n;

	*one = *want;
	if (have->rank == want->rank && want->rank > 0 &&
	    fits(u, want->d + 1, have->d + 1, want->rank - 1)) {
		dim batch = dim_is_const(want->d[0]) ? want->d[0] : 1;

		*one = *have;
		one->d[0] = batch;
		return batch && have->d[0] % batch == 0 ? (size_t)(have->d[0] / batch) : 0;
	}
	if (have->rank == want->rank + 1 && fits(u, want->d, have->d + 1, want->rank)) {
		memcpy(one->d, have->d + 1, (size_t)want->rank * sizeof *one->d);
		return (size_t)have->d[0];
	}
	if (have->rank == 0 && want->rank == 0)
		return 1;
	for (int i = 0; i < want->rank; i++) /* the batch is 1 where it is free */
		if (!dim_is_const(one->d[i]) && i == 0)
			one->d[i] = 1;
	if (have->rank < 1 || !shape_is_const(one))
		return 0;
	n = squeezed(one, 0, a);
	return n == squeezed(have, 1, b) && memcmp(a, b, (size_t)n * sizeof *a) == 0
		       ? (size_t)have->d[0]
		       : 0;
}

/* -- one part -------------------------------------------------------------------------------- */

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
	n = split(r->u, v, c, &p->shape[k]);
	if (n == 0)
		return diag_error(&r->j->diag, &loc,
				  "input \"%s\" is %s, the file has %s: no samples of that",
				  v->name, shape_text(u, &v->shape), shape_text(u, &c->shape));
	for (size_t i = 0; i < k; i++)
		if (p->in[i] && p->n != n)
			return diag_error(
				&r->j->diag, &loc,
				"it has %zu samples of input \"%s\", there are %zu of \"%s\"", n,
				v->name, p->n, value_of(r->u, r->inputs.p[i])->name);
	p->in[k] = c;
	p->n = n;
	return true;
}

static struct sample_part new_part(struct reader *r, const char *path)
{
	struct sample_part p = { .path = path };

	p.in = arena_array(&r->j->arena, const struct constant *, r->inputs.n);
	p.shape = arena_array(&r->j->arena, struct shape, r->inputs.n);
	return p;
}

static void add_part(struct reader *r, const struct sample_part *p)
{
	vec_push(&r->j->arena, &r->out->parts, *p);
	r->out->n += p->n;
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
	if (!c || !set_input(r, &p, 0, path, c))
		return false;
	add_part(r, &p);
	return true;
}

/* Position of an input among all that the model declares. */
static size_t position(const struct unit *u, const char *name)
{
	for (size_t k = 0; k < u->input_names.n; k++)
		if (strcmp(u->input_names.p[k], name) == 0)
			return k;
	unreachable("an input the model does not declare");
}

/* -- folders and archives -------------------------------------------------------------------- */

static const char *input_file(struct reader *r, const char *dir, const struct value *v)
{
	static const char *const endings[] = { "npy", "pb" };
	struct arena *a = &r->j->arena;
	const char *names[2] = { v->name, arena_printf(a, "input_%zu", position(r->u, v->name)) };

	for (size_t i = 0; i < 4; i++) {
		const char *file = arena_printf(a, "%s.%s", names[i / 2], endings[i % 2]);
		const char *path = path_join(a, dir, file);

		if (!strchr(file, '/') && path_exists(path))
			return path;
	}
	return NULL;
}

/* All inputs from files of dir; *found is false, and nothing is read, when it has none. */
static bool add_named(struct reader *r, const char *dir, bool *found)
{
	struct sample_part p = new_part(r, dir);

	*found = false;
	for (size_t k = 0; k < r->inputs.n; k++)
		*found |= input_file(r, dir, value_of(r->u, r->inputs.p[k])) != NULL;
	if (!*found)
		return true;
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
	add_part(r, &p);
	return true;
}

static bool add_folder(struct reader *r, const char *dir)
{
	size_t n;
	const char **names = list_folder(&r->j->arena, dir, &n);
	bool found;

	if (!add_named(r, dir, &found) || found)
		return found;
	for (size_t i = 0; i < n; i++) {
		const char *path = path_join(&r->j->arena, dir, names[i]);

		if (is_folder(path) ? !add_named(r, path, &found)
				    : (has_ending(path, ".npy") || has_ending(path, ".pb")) &&
					      !add_file(r, path))
			return false;
	}
	return true;
}

static bool add_archive(struct reader *r, const char *path)
{
	struct sample_part p = new_part(r, path);
	npz_entries entries = { 0 };

	if (!npz_read(&r->j->arena, &r->j->diag, path, &entries))
		return false;
	for (size_t k = 0; k < r->inputs.n; k++) {
		const struct value *v = value_of(r->u, r->inputs.p[k]);
		const char *other =
			arena_printf(&r->j->arena, "input_%zu", position(r->u, v->name));
		const struct constant *c = NULL;

		for (size_t i = 0; i < entries.n; i++)
			if (strcmp(entries.p[i].name, v->name) == 0 ||
			    strcmp(entries.p[i].name, other) == 0 ||
			    (entries.n == 1 && r->inputs.n == 1))
				c = entries.p[i].value;
		if (!c)
			return diag_error(&r->j->diag, &(struct loc){ .file = path },
					  "the archive has neither \"%s\" nor \"%s\"", v->name,
					  other);
		if (!set_input(r, &p, k, path, c))
			return false;
	}
	add_part(r, &p);
	return true;
}

/* -- all ------------------------------------------------------------------------------------- */

/* The largest size of each symbol that the command line leaves open is its bound. */
static void bound_sizes(struct reader *r)
{
	struct test_data *t = &r->out->sizes;

	for (size_t i = 0; i < r->u->dims.n; i++) {
		const struct dim_expr *x = &r->u->dims.p[i];
		int64_t most = 0;

		if (x->kind != DIM_SYMBOL || x->hi != DIM_UNBOUNDED)
			continue;
		for (size_t p = 0; p < r->out->parts.n; p++)
			for (size_t k = 0; k < r->inputs.n; k++) {
				const struct shape *s = &value_of(r->u, r->inputs.p[k])->shape;

				for (int d = 0; d < s->rank; d++)
					if (s->d[d] == -1 - (dim)i &&
					    r->out->parts.p[p].shape[k].d[d] > most)
						most = r->out->parts.p[p].shape[k].d[d];
			}
		if (most)
			vec_push(&r->j->arena, &t->dims,
				 ((struct dim_option){ arena_strdup(&r->j->arena, x->name), most,
						       true }));
	}
}

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
	ok = is_folder(path)            ? add_folder(r, path)
	     : has_ending(path, ".npz") ? add_archive(r, path)
					: add_file(r, path);
	if (ok && r->out->n == 0)
		return diag_error(&r->j->diag, &(struct loc){ .file = path },
				  "there are no calibration samples in it");
	return ok;
}

bool samples_load(struct job *j, const char *model, const char *path, struct samples *out)
{
	struct reader r = { .j = j, .out = out };
	struct import_options io = { .inputs_only = true };
	struct unit *u = unit_new(&j->arena, &j->diag, model);
	bool ok;

	*out = (struct samples){ 0 };
	io.n_dims = (size_t)j->o->dims.n;
	ok = job_import_options(j, NULL, &io) && import_onnx(u, model, &io);
	r.u = u;
	ok = ok && read_all(&r, path);
	if (ok)
		bound_sizes(&r);
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
