/* A main around an emitted model: reads inputs from files, runs, writes outputs to files. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static const char *harness_head =
	"#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n";
static const char *harness_read =
	"static void *read_file(const char *name, size_t most)\n{\n"
	"\tunsigned char *p = malloc(most + 1);\n\tFILE *f = fopen(name, \"rb\");\n\n"
	"\tif (!p || !f || (fread(p, 1, most, f) == 0 && ferror(f)))\n\t\texit(90);\n\tfclose(f);\n\treturn p;\n}\n\n";
static const char *harness_write =
	"static void write_file(const char *name, const void *p, size_t n)\n{\n"
	"\tFILE *f = fopen(name, \"wb\");\n\n\tif (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)\n\t\texit(91);\n}\n\n";

/* Strings are one behind the other in their files, each with its NUL. An array and its text are one
 * block. */
static const char *harness_string_array =
	"static const char **string_array(size_t count, size_t text)\n{\n"
	"\tconst char **p = malloc((count + 1) * sizeof *p + text + 1);\n\n"
	"\tfor (size_t i = 0; p && i < count; i++)\n\t\tp[i] = \"\";\n\treturn p;\n}\n\n";
static const char *harness_read_strings =
	"static const char **read_strings(const char *name, size_t count)\n{\n"
	"\tconst char **p;\n\tFILE *f = fopen(name, \"rb\");\n\tlong size = 0;\n\tchar *text;\n\n"
	"\tif (!f || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0)\n\t\texit(90);\n"
	"\trewind(f);\n\tp = string_array(count, (size_t)size);\n"
	"\tif (!p)\n\t\texit(90);\n\ttext = (char *)(p + count + 1);\n"
	"\tsize = (long)fread(text, 1, (size_t)size, f);\n\tfclose(f);\n"
	"\tfor (size_t i = 0, at = 0; i < count && at < (size_t)size; i++, at += strlen(text + at) + 1)\n"
	"\t\tp[i] = text + at;\n\treturn p;\n}\n\n";
static const char *harness_write_strings =
	"static void write_strings(const char *name, const char *const *p, size_t count)\n{\n"
	"\tFILE *f = fopen(name, \"wb\");\n\n\tif (!f)\n\t\texit(91);\n"
	"\tfor (size_t i = 0; i < count; i++)\n\t\tfwrite(p[i], 1, strlen(p[i]) + 1, f);\n"
	"\tif (fclose(f) != 0)\n\t\texit(91);\n}\n\n";

static bool is_text(const struct unit *u, uint32_t id)
{
	return value_of(u, id)->type == DT_STRING;
}

/* The program tells the sizes of output k. */
static bool has_sizes(const struct unit *u, size_t k)
{
	return !shape_is_const(&value_of(u, u->main->outputs.p[k])->shape);
}

/* Constants that the caller maps: their file, or NULL. */
static const char *mapped_constants(const struct host_program *p, const struct c_names *n)
{
	const char *stem = path_join(p->arena, p->dir, n->prefix);
	const char *bin = arena_printf(p->arena, "%s_weights.bin", stem);

	return path_exists(bin) && !path_exists(arena_printf(p->arena, "%s_weights.S", stem))
		       ? bin
		       : NULL;
}

/* The functions that main calls. */
static void write_helpers(const struct unit *u, bool data_in, FILE *f)
{
	bool texts_in = false, texts_out = false, data_out = false;

	for (size_t i = 0; i < u->main->inputs.n; i++)
		*(is_text(u, u->main->inputs.p[i]) ? &texts_in : &data_in) = true;
	for (size_t i = 0; i < u->main->outputs.n; i++) {
		*(is_text(u, u->main->outputs.p[i]) ? &texts_out : &data_out) = true;
		data_out |= has_sizes(u, i);
	}
	const struct {
		bool needed;
		const char *text;
	} helpers[] = {
		{ data_in, harness_read },
		{ data_out, harness_write },
		{ texts_in || texts_out, harness_string_array },
		{ texts_in, harness_read_strings },
		{ texts_out, harness_write_strings },
	};
	for (size_t i = 0; i < ARRAY_LEN(helpers); i++)
		fputs(helpers[i].needed ? helpers[i].text : "", f);
}

/* Memories besides the workspace. */
static void write_spaces(const struct host_program *p, const struct c_names *n, FILE *f)
{
	struct c_space space;

	for (int k = 0; c_space(p->plan, k, &space); k++)
		fprintf(f,
			"\tstatic union {\n\t\tunsigned char bytes[%s_%s_SIZE];\n\t\tlong long align;\n\t} %s EDGERT_ALIGNED(%s_%s_ALIGN);\n"
			"\tin.%s = %s.bytes;\n",
			n->upper, space.upper, space.member, n->upper, space.upper, space.member,
			space.member);
	if (p->plan->hot)
		fprintf(f, "\tif (%s_load(in.hot) != EDGERT_OK)\n\t\treturn 93;\n", n->prefix);
}

/* What --parallel calls: the last part first, so that parts which depend on others show. */
static void write_parallel(const struct c_names *n, FILE *f)
{
	fprintf(f,
		"void %s_parallel(void (*range)(const void *args, ptrdiff_t begin, ptrdiff_t end), const void *args,\n"
		"\tptrdiff_t n);\n"
		"void %s_parallel(void (*range)(const void *args, ptrdiff_t begin, ptrdiff_t end), const void *args,\n"
		"\tptrdiff_t n)\n{\n\twhile (n-- > 0)\n\t\trange(args, n, n + 1);\n}\n\n",
		n->prefix, n->prefix);
}

static void write_main(const struct host_program *p, const struct c_names *n, FILE *f)
{
	const struct unit *u = p->plan->u;
	const char *constants = mapped_constants(p, n);
	size_t n_in = u->main->inputs.n, n_out = u->main->outputs.n;
	int arg = 2;

	fprintf(f, "#include \"%s.h\"\n%s", n->prefix, harness_head);
	write_helpers(u, constants, f);
	write_parallel(n, f);
	fprintf(f,
		"int main(int argc, char **argv)\n{\n\tstruct %s_inputs in;\n\tstruct %s_outputs out;\n"
		"\tunsigned char *space = malloc(%s_WORKSPACE_SIZE + 2 * %s_WORKSPACE_ALIGN), *ws;\n\tint status;\n\n"
		"\tif (argc < 2 || !space)\n\t\treturn 92;\n",
		n->prefix, n->prefix, n->upper, n->upper);
	fprintf(f, "\tmemset(space, 0xa5, %s_WORKSPACE_SIZE + 2 * %s_WORKSPACE_ALIGN);\n", n->upper,
		n->upper);
	fprintf(f, "\tws = space + %s_WORKSPACE_ALIGN - (size_t)space %% %s_WORKSPACE_ALIGN;\n",
		n->upper, n->upper);
	fprintf(f, "\t(void)argv;\n\tmemset(&in, 0, sizeof in);\n\tmemset(&out, 0, sizeof out);\n");
	write_spaces(p, n, f);
	if (constants)
		fprintf(f,
			"\tstatic unsigned char constants[%s_WEIGHTS_SIZE] EDGERT_ALIGNED(64);\n"
			"\tvoid *file = read_file(\"%s\", sizeof constants);\n\n"
			"\tin.weights = memcpy(constants, file, sizeof constants);\n\tfree(file);\n",
			n->upper, constants);
	for (size_t i = 0; i < n_in; i++) {
		bool text = is_text(u, u->main->inputs.p[i]);

		fprintf(f, "\tin.%s = read_%s(\"%s/in_%zu.bin\", %s_INPUT_%zu_%s);\n", n->inputs[i],
			text ? "strings" : "file", p->dir, i, n->upper, i,
			text ? "COUNT" : "BYTES");
	}
	for (size_t i = 0; i < n_out; i++)
		fprintf(f,
			is_text(u, u->main->outputs.p[i])
				? "\tout.%s = string_array(%s_OUTPUT_%zu_COUNT, 0);\n"
				: "\tout.%s = malloc(%s_OUTPUT_%zu_BYTES + 1);\n",
			n->outputs[i], n->upper, i);
	for (size_t i = 0; i < u->dims.n; i++)
		if (symbol_member(n, i))
			fprintf(f, "\tin.%s = argc > %d ? atol(argv[%d]) : 0;\n",
				symbol_member(n, i), arg, arg),
				arg++;
	fprintf(f,
		"\tstatus = %s_run(ws, &in, &out);\n\tif (status != EDGERT_OK)\n\t\treturn status;\n",
		n->prefix);
	for (size_t i = 0; i < n_out; i++) {
		bool text = is_text(u, u->main->outputs.p[i]);

		fprintf(f, "\twrite_%s(\"%s/out_%zu.bin\", out.%s, %s_OUTPUT_%zu_%s);\n",
			text ? "strings" : "file", p->dir, i, n->outputs[i], n->upper, i,
			text ? "COUNT" : "BYTES");
	}
	for (size_t i = 0; i < n_out; i++)
		if (has_sizes(u, i))
			fprintf(f,
				"\twrite_file(\"%s/dim_%zu.bin\", out.dim_%s, sizeof out.dim_%s);\n",
				p->dir, i, n->outputs[i], n->outputs[i]);
	for (size_t i = 0; i < n_in; i++)
		fprintf(f, "\tfree((void *)(size_t)in.%s);\n", n->inputs[i]);
	for (size_t i = 0; i < n_out; i++)
		fprintf(f, "\tfree(out.%s);\n", n->outputs[i]);
	fprintf(f, "\tfree(space);\n\treturn 0;\n}\n");
}

/* Does code for the target's architecture run here? */
static bool runs_here(const struct target *t)
{
	struct utsname host;

	if (uname(&host) != 0)
		return false;
	return (strcmp(host.machine, "x86_64") == 0 && strcmp(t->arch, "x86-64") == 0) ||
	       (strcmp(host.machine, "aarch64") == 0 && strcmp(t->arch, "aarch64") == 0);
}

bool host_build(struct host_program *p, const char *name, const char *cc, const char *cflags)
{
	enum { MOST = 64 };
	const struct target *t = p->plan->target;
	const char *argv[MOST + 13], *c = path_join(p->arena, p->dir, "edgecc_main.c");
	const char *s = path_join(p->arena, p->dir, arena_printf(p->arena, "%s_weights.S", name));
	struct c_names names;
	int n = 0, status;
	FILE *f = fopen(c, "w");

	if (!f)
		return diag_error(p->diag, NULL, "cannot write %s", c);
	c_names_make(p->plan->u, name, &names);
	write_main(p, &names, f);
	if (fclose(f) != 0)
		return diag_error(p->diag, NULL, "cannot write %s", c);
	if (t->endian != ENDIAN_LITTLE || t->progmem)
		return diag_error(p->diag, NULL, "the host cannot run code for target %s", t->name);
	p->exe = path_join(p->arena, p->dir, "edgecc_main");
	split_words(p->arena, cc ? cc : "cc", argv, &n, MOST);
	split_words(p->arena,
		    cflags                      ? cflags
		    : runs_here(t) && t->cflags ? t->cflags
						: "-std=c99 -O2 -ffp-contract=off",
		    argv, &n, MOST);
	argv[n++] = "-DEDGERT_PORTABLE";
	argv[n++] = "-I";
	argv[n++] = p->dir;
	argv[n++] = path_join(p->arena, p->dir, arena_printf(p->arena, "%s.c", name));
	argv[n++] = c;
	if (path_exists(s)) {
		argv[n++] = arena_printf(p->arena, "-Wa,-I%s", p->dir);
		argv[n++] = s;
	}
	argv[n++] = "-I.";
	for (size_t i = 0; i < p->sources.n && n < MOST + 8; i++)
		argv[n++] = p->sources.p[i];
	argv[n++] = "-o";
	argv[n++] = p->exe;
	argv[n] = NULL;
	status = process_run(p->diag, argv);
	if (status != 0)
		return status < 0
			       ? false
			       : diag_error(p->diag, NULL,
					    "the C compiler rejected the emitted code (status %d)",
					    status);
	return true;
}

static bool write_input(struct host_program *p, size_t k, const struct constant *c)
{
	const char *path = path_join(p->arena, p->dir, arena_printf(p->arena, "in_%zu.bin", k));
	FILE *f = fopen(path, "wb");
	bool ok = f && (c->type == DT_STRING || fwrite(c->data, 1, c->size, f) == c->size);

	for (int64_t i = 0; ok && c->type == DT_STRING && i < shape_elements(&c->shape); i++)
		ok = fwrite(c->strings[i], 1, strlen(c->strings[i]) + 1, f) ==
		     strlen(c->strings[i]) + 1;

	if (!f || fclose(f) != 0 || !ok)
		return diag_error(p->diag, NULL, "cannot write %s", path);
	return true;
}

/* False: there are too few. */
static bool read_texts(struct arena *a, const struct file_map *map, void *data, int64_t count)
{
	const char **strings = data, *at = (const char *)map->data, *end = at + map->size;

	for (int64_t i = 0; i < count; i++) {
		size_t n = at < end ? strnlen(at, (size_t)(end - at)) : 0;

		if (at + n >= end)
			return false;
		strings[i] = arena_strndup(a, at, n);
		at += n + 1;
	}
	return true;
}

/* Output k's shape, as the program wrote it. */
static bool read_shape(struct host_program *p, size_t k, struct shape *s)
{
	const char *path = path_join(p->arena, p->dir, arena_printf(p->arena, "dim_%zu.bin", k));
	ptrdiff_t d[RANK_MAX];
	struct file_map map;
	bool ok;

	if (!file_map(p->diag, path, &map))
		return false;
	ok = map.size == (size_t)s->rank * sizeof *d;
	if (ok)
		memcpy(d, map.data, map.size);
	for (int a = 0; ok && a < s->rank; a++)
		s->d[a] = d[a];
	file_unmap(&map);
	return ok || diag_error(p->diag, NULL,
				"%s has another size than output %zu's rank asks for", path, k);
}

static struct constant *read_output(struct host_program *p, size_t k)
{
	struct unit *u = p->plan->u;
	const struct value *v = value_of(u, u->main->outputs.p[k]);
	const char *path = path_join(p->arena, p->dir, arena_printf(p->arena, "out_%zu.bin", k));
	struct shape s = v->shape;
	struct constant *c;
	struct file_map map;
	void *data;

	if (has_sizes(u, k) && !read_shape(p, k, &s))
		return NULL;
	c = constant_new(p->arena, v->type, &s, &data);
	if (!file_map(p->diag, path, &map))
		return NULL;
	if (c->type == DT_STRING) {
		if (!read_texts(p->arena, &map, data, shape_elements(&s))) {
			diag_error(p->diag, NULL, "the program wrote too few strings of output %zu",
				   k);
			c = NULL;
		}
	} else if (map.size < c->size) {
		diag_error(p->diag, NULL,
			   "the program wrote %zu bytes of output %zu, %zu are expected", map.size,
			   k, c->size);
		c = NULL;
	} else if (c->size) {
		memcpy(data, map.data, c->size);
	}
	file_unmap(&map);
	return c;
}

bool host_run(struct host_program *p, const struct constant *const *in, struct constant **out)
{
	const struct unit *u = p->plan->u;
	const char **argv = arena_array(p->arena, const char *, u->dims.n + 3);
	struct c_names names;
	int n = 0, status;

	argv[n++] = p->exe;
	argv[n++] = "run";
	for (size_t k = 0; k < u->main->inputs.n; k++)
		if (!write_input(p, k, in[k]))
			return false;
	c_names_make(p->plan->u, "x", &names); /* which symbols the caller sets */
	for (size_t i = 0; i < u->dims.n; i++)
		if (symbol_member(&names, i))
			argv[n++] = arena_printf(p->arena, "%lld",
						 (long long)dim_at(u, -1 - (dim)i, in));
	status = process_run(p->diag, argv);
	if (status != 0)
		return status < 0 ? false
				  : diag_error(p->diag, NULL,
					       "the emitted program ended with status %d", status);
	for (size_t k = 0; k < u->main->outputs.n; k++)
		if (!(out[k] = read_output(p, k)))
			return false;
	return true;
}
