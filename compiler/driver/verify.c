/* edgecc verify: does the emitted C, built and run here, give what is expected? */
#include "testdata.h"

#include "quantize.h"
#include "report.h"

#include <math.h>
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

/* -- outputs that are quantized: judged in steps ------------------------------------------ */

/* What one more in the integer means for output id, at the end of the model as it was imported; 0:
 * it does not stand for an integer. */
static double quantization_step(const struct unit *u, uint32_t id)
{
	const struct node *n = value_of(u, id)->producer;
	const struct constant *scale;

	while (n && n->op->domain == DOMAIN_ONNX &&
	       ((n->op->flags & OP_VIEW) || strcmp(n->op->name, "Transpose") == 0) && node_in(n, 0))
		n = node_in(n, 0)->producer;
	if (!n || n->op->domain != DOMAIN_ONNX)
		return 0;
	if (strcmp(n->op->name, "QuantizeLinear") == 0 || strncmp(n->op->name, "QLinear", 7) == 0)
		return dtype_is_int(node_out(n, 0)->type) ? 1 : 0;
	scale = node_const(n, 1);
	if (strcmp(n->op->name, "DequantizeLinear") != 0 || !scale ||
	    shape_elements(&scale->shape) != 1 || !dtype_is_int(node_in(n, 0)->type))
		return 0;
	return constant_f64(scale, 0);
}

static double *quantization_steps(struct job *j)
{
	const struct graph *g = j->u->main;
	double *steps = arena_array(&j->arena, double, g->outputs.n + 1);

	for (size_t k = 0; k < g->outputs.n; k++)
		steps[k] = quantization_step(j->u, g->outputs.p[k]);
	return steps;
}

/* Of a quantized output 95 in 100 elements must be equal, and none two steps away. */
static void judge_steps(struct comparison *c, double step)
{
	bool ok = !c->shapes_differ && c->different * 20 <= c->elements && c->worst < 1.5 * step;

	c->wrong = ok ? 0 : c->different ? c->different : c->elements;
}

/* JSON has no infinities and no NaN. */
static json_t *number(double v)
{
	return v - v == 0 ? json_real(v) : json_null();
}

/* Strings, say, have none. */
static bool has_snr(const struct job *j, const struct comparison *c)
{
	return j->o->quantize && !c->shapes_differ && c->signal + c->noise > 0;
}

static double snr(const struct comparison *c)
{
	return 10 * log10(c->signal / c->noise);
}

/* step as of quantization_step. */
static void report(struct job *j, const char *name, const struct constant *want,
		   const struct comparison *c, double step, const struct constant *got,
		   json_t *list)
{
	if (list) {
		json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "name", name, "elements",
				      (json_int_t)c->elements, "wrong", (json_int_t)c->wrong,
				      "different", (json_int_t)c->different, "max_abs_error",
				      number(c->worst), "max_rel_error", number(c->worst_relative));

		if (step > 0)
			json_object_set_new(o, "max_steps", number(c->worst / step));
		if (has_snr(j, c))
			json_object_set_new(o, "snr_db", number(snr(c)));
		json_array_append_new(list, o);
		return;
	}
	printf("%s %s%s: ", printable(&j->arena, name, 80), dtype_name(want->type),
	       shape_text(j->u, &want->shape));
	if (has_snr(j, c))
		printf("SNR %.1f dB, ", snr(c));
	if (c->shapes_differ)
		printf("WRONG: the shape is %s\n", shape_text(j->u, &got->shape));
	else if (step > 0)
		printf("%s: %lld elements, %.6g %% equal, at most %.3g steps of %.6g away\n",
		       c->wrong ? "WRONG" : "ok", (long long)c->elements,
		       c->elements ? 100 - 100 * (double)c->different / (double)c->elements : 100,
		       c->worst / step, step);
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
	for (size_t i = 0; i < j->custom.n; i++)
		if (j->custom.p[i].source)
			vec_push(&j->arena, &p.sources, j->custom.p[i].source);
	ok = job_emit(j, dir);
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

/* After the passes: what is handed to the emitted code and expected of it, in the integers at its border where
 * --quantized-io makes some. */
static struct test_data as_compiled(struct job *j, const struct test_data *t,
				    const named_results *interpreted, double *steps)
{
	const struct graph *g = j->u->main;
	struct test_data own = *t;

	own.inputs = arena_copy(&j->arena, t->inputs, (g->inputs.n + 1) * sizeof *t->inputs);
	own.outputs = arena_copy(&j->arena, t->outputs, (g->outputs.n + 1) * sizeof *t->outputs);
	for (size_t k = 0; k < g->outputs.n; k++) {
		if (!own.outputs[k])
			own.outputs[k] = find(interpreted, g->output_names.p[k]);
		if (j->u->output_quantization && j->u->output_quantization[k].scale != 0)
			steps[k] = 1;
	}
	test_data_as_compiled(j, &own);
	return own;
}

static bool compare_outputs(struct job *j, const struct test_data *t, struct constant *const *got,
			    const double *steps, struct verdict *v)
{
	const struct graph *g = j->u->main;

	v->ok = true;
	v->outputs = j->o->json ? json_array() : NULL;
	for (size_t k = 0; k < g->outputs.n; k++) {
		const char *name = g->output_names.p[k];
		const struct constant *want = t->outputs[k];
		struct comparison c;

		if (!want) {
			v->ok = diag_error(
				&j->diag, NULL,
				"output \"%s\" has no expected values: no file, and it cannot be interpreted%s",
				name,
				j->custom.n
					? "; what a custom operator gives is compared with --data only"
					: "");
			continue;
		}
		compare(got[k], want, tolerance(j->o->rtol, 1e-3), tolerance(j->o->atol, 1e-4), &c);
		if (steps[k] > 0 && j->o->rtol < 0 && j->o->atol < 0)
			judge_steps(&c, steps[k]);
		report(j, name, want, &c, steps[k], got[k], v->outputs);
		v->ok &= c.wrong == 0;
	}
	return true;
}

/* Every named intermediate result as an output of the emitted code, against its definition's value.
 */
static bool first_divergence(const struct options *given, const char *model,
			     const struct test_data *t)
{
	struct options reals = *given, *o = &reals;
	struct job j;
	named_results want = { 0 };
	struct constant **got;
	bool found = false, ok;

	reals.quantized_io = false;
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
			report(&j, want.p[i].name, want.p[i].value, &c, 0, got[k], NULL);
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

/* One set of data; *v has no outputs where the comparison was not reached. */
static bool verify_set(const struct options *o, const char *model, struct verdict *v)
{
	struct job j;
	struct test_data t, own;
	named_results interpreted = { 0 };
	struct quant_plan quantized = { 0 };
	struct constant **got;
	double *steps;
	bool ok;

	job_begin(&j, o);
	ok = test_data_sizes(&j, model, o->data, &t) && job_import_for(&j, model, &t) &&
	     test_data_load(&j, &t);
	if (ok && needs_interpreter(&j, &t))
		ok = interpret_model(&j, model, &t, false, &interpreted);
	steps = ok ? quantization_steps(&j) : NULL;
	/* What is expected is the float model's. */
	ok = ok && (!o->quantize || job_quantize(&j, model, &t, false, &quantized)) && job_plan(&j);
	got = arena_array(&j.arena, struct constant *, ok ? j.u->main->outputs.n + 1 : 1);
	if (ok)
		own = as_compiled(&j, &t, &interpreted, steps);
	ok = ok && run_emitted(&j, &own, got) && compare_outputs(&j, &own, got, steps, v) && v->ok;
	if (o->layers && j.u && t.inputs)
		ok &= first_divergence(o, model, &t);
	job_end(&j);
	return ok;
}

/* Each folder of o->data. */
static bool verify_sets(const struct options *o, const char *model, const data_sets *sets)
{
	json_t *list = o->json ? json_array() : NULL;
	bool ok = true;

	for (size_t i = 0; i < sets->n; i++) {
		struct options one = *o;
		struct verdict v = { 0 };

		one.data = sets->p[i];
		if (!list)
			printf("%s:\n", sets->p[i]);
		fflush(stdout); /* before what is said of this set on stderr */
		v.ok = verify_set(&one, model, &v);
		ok &= v.ok;
		if (v.outputs)
			json_array_append_new(list, json_pack("{s:s, s:o, s:b}", "data", one.data,
							      "outputs", v.outputs, "ok", v.ok));
	}
	if (list)
		print_json(json_pack("{s:o, s:b}", "sets", list, "ok", ok));
	return ok;
}

int run_verify(const struct options *o)
{
	const char *model = o->files.n == 1 ? o->files.p[0] : NULL;
	struct arena a = { 0 };
	struct verdict v = { 0 };
	data_sets sets = { 0 };
	bool ok;

	if (!model) {
		fprintf(stderr, "edgecc: verify takes one model; try edgecc --help\n");
		return EXIT_USAGE;
	}
	if (o->data)
		test_data_sets(&a, o->data, &sets);
	if (sets.n)
		ok = verify_sets(o, model, &sets);
	else
		ok = verify_set(o, model, &v);
	if (v.outputs)
		print_json(json_pack("{s:o, s:b}", "outputs", v.outputs, "ok", v.ok));
	arena_free(&a);
	return ok ? EXIT_OK : EXIT_FAILED;
}
