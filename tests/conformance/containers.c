/* containers.c - tests whose inputs or outputs are sequences or optionals: read as `edgecc verify` reads them. */
#include "conformance.h"

#include "compiler/driver/testdata.h"

/* Every output's interpretation against the test's. */
static bool all_match(struct test *t, struct job *j, const struct test_data *data,
		      const named_results *have)
{
	const struct graph *g = j->u->main;
	bool ok = have->n == g->outputs.n;

	if (!ok)
		strbuf_printf(t->why, "%zu outputs were interpreted, the model has %zu\n", have->n,
			      g->outputs.n);
	for (size_t k = 0; ok && k < g->outputs.n; k++) {
		if (!data->outputs[k] || !have->p[k].value) {
			strbuf_printf(t->why, "output %zu was not computed, or has no file\n", k);
			return false;
		}
		ok = matches(t, k, j->u, have->p[k].value, data->outputs[k]);
	}
	return ok;
}

enum outcome run_containers(struct test *t)
{
	char *model = arena_strdup(t->arena, path_join(t->arena, t->dir, "model.onnx"));
	char *args[] = { arena_strdup(t->arena, "edgecc"),
			 arena_strdup(t->arena, "verify"),
			 arena_strdup(t->arena, "--data"),
			 arena_strdup(t->arena, t->set),
			 model,
			 NULL };
	struct test_data data;
	named_results have = { 0 };
	struct options o;
	struct job j;
	bool read, ok;

	if (!options_parse(5, args, &o))
		return FAILED;
	job_begin(&j, &o);
	j.diag.text = t->why;
	read = test_data_sizes(&j, model, o.data, &data) && job_import_for(&j, model, &data) &&
	       test_data_load(&j, &data);
	ok = read && interpret_model(&j, model, &data, false, &have) &&
	     all_match(t, &j, &data, &have);
	job_end(&j);
	options_free(&o);
	return ok ? PASSED : !read && is_limit(t->why->s) ? UNSUPPORTED : FAILED;
}
