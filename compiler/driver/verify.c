/* edgecc verify: does the emitted C, built and run here, give what is expected? */
#include "testdata.h"

#include "report.h"

#include <string.h>

static const char *position_text(struct arena *a, const struct shape *s, int64_t at)
{
	const char *text = "";

	for (int k = s->rank - 1; k >= 0; k--) {
		text = arena_printf(a, "%lld%s%s", (long long)(at % s->d[k]), *text ? "," : "",
				    text);
		at /= s->d[k];
	}
	return arena_printf(a, "[%s]", text);
}

struct verdict {
	bool ok;
	json_t *outputs;
};

/* JSON has no infinities and no NaN. */
static json_t *number(double v)
{
	return v - v == 0 ? json_real(v) : json_null();
}

static void report(struct job *j, const char *name, const struct constant *want,
		   const struct comparison *c, const struct constant *got, json_t *list)
{
	if (list) {
		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:o, s:o}", "name", name,
						      "elements", (json_int_t)c->elements, "wrong",
						      (json_int_t)c->wrong, "max_abs_error",
						      number(c->worst), "max_rel_error",
						      number(c->worst_relative)));
		return;
	}
	printf("%s %s%s: ", name, dtype_name(want->type), shape_text(j->u, &want->shape));
	if (c->shapes_differ)
		printf("WRONG: the shape is %s\n", shape_text(j->u, &got->shape));
	else if (c->wrong)
		printf("WRONG: %lld of %lld elements, largest error %.3g (relative %.3g); at %s %.9g, expected %.9g\n",
		       (long long)c->wrong, (long long)c->elements, c->worst, c->worst_relative,
		       position_text(&j->arena, &want->shape, c->at), c->got, c->want);
	else
		printf("ok: %lld elements, largest error %.3g (relative %.3g)\n",
		       (long long)c->elements, c->worst, c->worst_relative);
}

static double tolerance(double given, double otherwise)
{
	return given < 0 ? otherwise : given;
}

/* Plans, emits, builds and runs j's unit in a folder of its own. */
static bool run_emitted(struct job *j, const struct test_data *t, struct constant **got)
{
	struct host_program p = { .arena = &j->arena, .diag = &j->diag };
	const char *dir = temp_folder(&j->arena, &j->diag);
	bool ok;

	if (!dir)
		return false;
	p.plan = j->plan;
	p.dir = dir;
	ok = job_emit(j, dir, NULL, NULL);
	diag_progress(&j->diag, "building the C");
	ok = ok && host_build(&p, job_name(j, j->u->file), j->o->cc, j->o->cflags) &&
	     host_run(&p, t->inputs, got);
	diag_progress(&j->diag, NULL);
	remove_folder(dir);
	return ok;
}

static const struct constant *find(const named_results *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->p[i].name, name) == 0)
			return r->p[i].value;
	return NULL;
}

static bool compare_outputs(struct job *j, const struct test_data *t, struct constant *const *got,
			    const named_results *interpreted, struct verdict *v)
{
	const struct graph *g = j->u->main;

	v->ok = true;
	v->outputs = j->o->json ? json_array() : NULL;
	for (size_t k = 0; k < g->outputs.n; k++) {
		const char *name = g->output_names.p[k];
		const struct constant *want =
			t->outputs[k] ? t->outputs[k] : find(interpreted, name);
		struct comparison c;

		if (!want) {
			v->ok = diag_error(
				&j->diag, NULL,
				"output \"%s\" has no expected values: no file, and it cannot be interpreted",
				name);
			continue;
		}
		compare(got[k], want, tolerance(j->o->rtol, 1e-3), tolerance(j->o->atol, 1e-4), &c);
		report(j, name, want, &c, got[k], v->outputs);
		v->ok &= c.wrong == 0;
	}
	if (v->outputs)
		print_json(json_pack("{s:o, s:b}", "outputs", v->outputs, "ok", v->ok));
	return true;
}

/* Every named intermediate result as an output of the emitted code, against its definition's value.
 */
static bool first_divergence(const struct options *o, const char *model, const struct test_data *t)
{
	struct job j;
	named_results want = { 0 };
	struct constant **got;
	bool found = false, ok;

	job_begin(&j, o);
	ok = job_import_for(&j, model, t) && interpret_model(&j, model, t, true, &want);
	for (const struct node *n = ok ? j.u->main->first : NULL; n; n = n->next)
		for (int k = 0; k < n->n_out; k++) {
			struct value *v = node_out(n, k);

			if (v && v->name && v->container == TENSOR && !v->outputs &&
			    find(&want, v->name))
				graph_add_output(j.u->main, v);
		}
	ok = ok && job_plan(&j);
	got = arena_array(&j.arena, struct constant *, ok ? j.u->main->outputs.n + 1 : 1);
	ok = ok && run_emitted(&j, t, got);
	for (size_t i = 0; ok && i < want.n && !found; i++)
		for (size_t k = 0; k < j.u->main->outputs.n; k++) {
			struct comparison c;

			if (strcmp(j.u->main->output_names.p[k], want.p[i].name) != 0 ||
			    !want.p[i].value)
				continue;
			compare(got[k], want.p[i].value, tolerance(o->rtol, 1e-3),
				tolerance(o->atol, 1e-4), &c);
			if (!c.wrong)
				continue;
			printf("first difference from the definition: \"%s\", made by node \"%s\" (%s)\n",
			       want.p[i].name, want.p[i].loc.node ? want.p[i].loc.node : "",
			       want.p[i].loc.op ? want.p[i].loc.op : "");
			report(&j, want.p[i].name, want.p[i].value, &c, got[k], NULL);
			found = true;
			break;
		}
	if (ok && !found)
		printf("every intermediate result is as its definition says\n");
	job_end(&j);
	return ok;
}

static bool needs_interpreter(const struct job *j, const struct test_data *t)
{
	for (size_t k = 0; k < j->u->main->outputs.n; k++)
		if (!t->outputs[k])
			return true;
	return false;
}

int run_verify(const struct options *o)
{
	struct job j;
	struct test_data t;
	named_results interpreted = { 0 };
	struct verdict v = { 0 };
	struct constant **got;
	const char *model = o->files.n == 1 ? o->files.p[0] : NULL;
	bool ok;

	if (!model) {
		fprintf(stderr, "edgecc: verify takes one model; try edgecc --help\n");
		return EXIT_USAGE;
	}
	job_begin(&j, o);
	ok = test_data_sizes(&j, model, o->data, &t) && job_import_for(&j, model, &t) &&
	     test_data_load(&j, &t);
	if (ok && needs_interpreter(&j, &t))
		ok = interpret_model(&j, model, &t, false, &interpreted);
	ok = ok && job_plan(&j);
	got = arena_array(&j.arena, struct constant *, ok ? j.u->main->outputs.n + 1 : 1);
	ok = ok && run_emitted(&j, &t, got) && compare_outputs(&j, &t, got, &interpreted, &v) &&
	     v.ok;
	if (o->layers && j.u && t.inputs)
		ok &= first_divergence(o, model, &t);
	job_end(&j);
	return ok ? EXIT_OK : EXIT_FAILED;
}
