/* edgecc compile: a model file becomes a folder of C. */
#include "budget.h"
#include "quantize.h"
#include "testdata.h"

#include "../host/host.h"

/* The expected outputs of --selftest: from files, else by the definitions. */
static bool test_outputs(struct job *j, const char *model, struct test_data *t)
{
	named_results r = { 0 };
	const struct graph *g = j->u->main;
	bool missing = false;

	for (size_t k = 0; k < g->outputs.n; k++)
		missing |= !t->outputs[k];
	if (missing && !interpret_model(j, model, t, false, &r))
		return false;
	for (size_t k = 0; k < g->outputs.n; k++)
		if (!t->outputs[k] && (k >= r.n || !(t->outputs[k] = r.p[k].value)))
			return diag_error(
				&j->diag, NULL,
				"--selftest: output \"%s\" cannot be computed at compile time: give --data",
				g->output_names.p[k]);
	return true;
}

static void put_escaped(FILE *f, const char *path)
{
	for (; *path; path++) {
		if (*path == ' ' || *path == '#')
			putc('\\', f);
		if (*path == '$')
			putc('$', f);
		putc(*path, f);
	}
}

/* make's rule: the emitted files depend on the model, its external data and the target files. */
static bool write_dependencies(struct job *j, struct file_set *files, const char *model)
{
	const char *name = job_name(j, model);
	const char *path = *j->o->dependencies ? j->o->dependencies
					       : path_join(&j->arena, j->o->output,
							   arena_printf(&j->arena, "%s.d", name));
	FILE *f = file_set_open_at(files, &j->diag, path);

	if (!f)
		return false;
	put_escaped(f, path_join(&j->arena, j->o->output, arena_printf(&j->arena, "%s.c", name)));
	putc(' ', f);
	put_escaped(f, path_join(&j->arena, j->o->output, arena_printf(&j->arena, "%s.h", name)));
	fputs(": ", f);
	put_escaped(f, model);
	for (size_t i = 0; i < j->target.files.n; i++) {
		fputs(" \\\n ", f);
		put_escaped(f, j->target.files.p[i]);
	}
	for (size_t i = 0; i < j->u->external_paths.n; i++) {
		fputs(" \\\n ", f);
		put_escaped(f, j->u->external_paths.p[i]);
	}
	putc('\n', f);
	return true;
}

static void report(struct job *j, const struct quant_plan *p)
{
	json_t *result = j->o->json ? plan_json(j) : NULL;

	if (result && j->o->quantize)
		json_object_set_new(result, "quantization", quantize_json(j, p));
	if (result) {
		print_json(result);
	} else if (!j->o->quiet) {
		if (j->o->quantize)
			quantize_text(j, p);
		plan_text(j, j->o->verbose);
	}
}

int run_compile(const struct options *o)
{
	struct job j;
	struct test_data t = { 0 };
	struct quant_plan p = { 0 };
	struct file_set *files;
	const char *model = o->files.n == 1 ? o->files.p[0] : NULL;
	bool ok;

	if (!model || !o->output) {
		fprintf(stderr, "edgecc: compile takes one model and -o DIR; try edgecc --help\n");
		return EXIT_USAGE;
	}
	job_begin(&j, o);
	if (o->quantize)
		ok = job_quantize(&j, model, NULL, false, &p);
	else
		ok = (!o->selftest ||
		      test_data_sizes(&j, model, test_data_first(&j.arena, o->data), &t)) &&
		     job_import_for(&j, model, o->selftest ? &t : NULL);
	if (ok && o->selftest)
		ok = test_data_load(&j, &t) && test_outputs(&j, model, &t);
	ok = ok && job_plan(&j) && footprint_make(&j, false) && budget_check(&j);
	if (ok)
		test_data_as_compiled(&j, &t);
	files = file_set_new(&j.arena, o->output);
	ok = ok && job_write(&j, files, t.inputs, t.outputs) &&
	     (!o->dependencies || write_dependencies(&j, files, model));
	ok = job_commit(&j, files, ok);
	if (ok)
		report(&j, &p);
	job_end(&j);
	return ok ? EXIT_OK : EXIT_FAILED;
}
