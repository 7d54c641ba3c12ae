/* edgecc quantize, and --quantize of compile: calibration on the host, then the nodes. */
#include "quantize.h"

#include <math.h>
#include <string.h>

static bool is_enabled(const struct job *j, const char *pass)
{
	for (int i = 0; i < j->o->disabled.n; i++)
		if (strcmp(j->o->disabled.p[i], pass) == 0)
			return false;
	return true;
}

/* -- calibration ----------------------------------------------------------------------------- */

/* Tensors of the plan become outputs: those that a node computes. */
static bool expose_tensors(struct unit *u, void *data)
{
	const struct quant_plan *p = data;

	quant_equalize(u, p);
	for (size_t k = 0; k < u->main->outputs.n; k++)
		value_of(u, u->main->outputs.p[k])->outputs--;
	u->main->outputs.n = u->main->output_names.n = 0;
	for (size_t i = 0; i < p->watched.n; i++) {
		struct value *v = value_of(u, p->watched.p[i]);

		if (!v->producer)
			continue;
		v->name = arena_printf(u->arena, "tensor_%zu", i);
		graph_add_output(u->main, v);
	}
	return true;
}

static bool watch(struct job *j, const struct samples *s, size_t i, const struct value *v,
		  struct quant_plan *p, const struct constant *c)
{
	struct loc loc = { 0 };
	size_t in_part;
	int64_t at;

	if (quant_watch(j->u, p, v->id, c, s->n, &at))
		return true;
	loc.file = samples_path(s, i, &in_part);
	return diag_error(&j->diag, &loc, "sample %zu makes element %lld of \"%s\" %g", in_part,
			  (long long)at, v->name ? v->name : v->loc.node, constant_f64(c, at));
}

/* Graph inputs are in the samples, the others come out of the program, in their order. */
static const struct constant *watched(const struct job *j, const struct value *v,
				      const struct constant **in, struct constant ***out)
{
	for (size_t k = 0; !v->producer; k++)
		if (j->u->main->inputs.p[k] == v->id)
			return in[k];
	return *(*out)++;
}

static bool calibrate_sample(struct job *j, struct variant *v, const struct samples *s, size_t i,
			     struct quant_plan *p)
{
	struct arena a = { 0 };
	size_t n_in = j->u->main->inputs.n;
	const struct constant **in = arena_array(&a, const struct constant *, n_in);
	struct constant **out = arena_array(&a, struct constant *, v->j.u->main->outputs.n);
	bool ok = variant_run(v, s, i, &a, out);

	samples_get(s, &a, i, in, n_in);
	for (size_t k = 0; ok && k < p->watched.n; k++) {
		const struct value *x = value_of(j->u, p->watched.p[k]);

		ok = watch(j, s, i, x, p, watched(j, x, in, &out));
	}
	arena_free(&a);
	return ok;
}

static bool take_statistics(struct job *j, const char *model, const struct samples *s,
			    struct quant_plan *p)
{
	struct variant v;
	bool ok = variant_open(&v, j->o, model, s, expose_tensors, p);

	for (size_t i = 0; i < s->n && ok; i++)
		ok = calibrate_sample(j, &v, s, i, p);
	variant_close(&v);
	return ok;
}

/* Once more when channels have been scaled. */
static bool calibrate(struct job *j, const char *model, const struct samples *s,
		      struct quant_plan *p)
{
	if (!take_statistics(j, model, s, p))
		return false;
	if (!is_enabled(j, "equalize") || quant_choose_factors(j->u, p) == 0)
		return true;
	quant_forget(j->u, p);
	return take_statistics(j, model, s, p);
}

/* Samples that leave a tensor at zero say nothing about it. */
static void warn_of_zeros(struct job *j, const struct quant_plan *p)
{
	for (size_t i = 0; i < p->tensors.n; i++) {
		const struct quant_tensor *t = &p->tensors.p[i];
		const struct value *v = value_of(j->u, t->value);

		if (t->like == i && !v->constant && t->range.hi - t->range.lo <= 0)
			diag_warning(&j->diag, &v->loc,
				     "is 0 in all calibration samples: its scale is 1");
	}
}

/* -- the step -------------------------------------------------------------------------------- */

/* What results are where bytes would lose too much. The kernels for Arm's DSP make 16 bits of their
 * sums faster than others make reals. */
static enum quant_ends wide_results(const struct job *j)
{
	if (j->target.fpu == FPU_NONE)
		return QUANT_ENDS_WIDE;
	return target_has(&j->target, "dsp") ? QUANT_ENDS_MIXED : QUANT_ENDS_REAL;
}

static void config_of(const struct job *j, struct quant_config *c)
{
	*c = (struct quant_config){ .form = quant_form_named(j->o->quantize ? j->o->quantize
									    : "int8"),
				    .byte = DT_I8,
				    .symmetric = j->o->symmetric,
				    .round_by_error = is_enabled(j, "round-by-error"),
				    .correct_bias = is_enabled(j, "correct-bias"),
				    .widen_small = is_enabled(j, "widen-small") };
	for (int m = 0; j->o->calibration && quant_method_names[m]; m++)
		if (strcmp(quant_method_names[m], j->o->calibration) == 0)
			c->method = (enum quant_method)m;
}

/* What costs time is measured only when it is asked for. */
static bool measure(struct job *j, const char *model, const struct samples *s, struct quant_plan *p)
{
	bool search = j->o->min_snr >= 0 || j->o->max_drop >= 0;

	if (p->config.form->scheme == QUANT_DYNAMIC)
		return true;
	if ((search || j->o->verbose || j->o->json) && !quantize_measure_layers(j, model, s, p))
		return false;
	return !search || quantize_search(j, model, s, p);
}

/* What runs are the samples and t: sizes in either are within bounds. */
static void sizes_join(struct job *j, struct test_data *sizes, const struct test_data *t)
{
	size_t n = sizes->dims.n;

	sizes->given = t->given;
	for (size_t i = 0; i < t->dims.n; i++) {
		const struct dim_option *own = &t->dims.p[i];
		struct dim_option *d = NULL;

		for (size_t k = 0; k < n && !d; k++)
			if (strcmp(sizes->dims.p[k].name, own->name) == 0)
				d = &sizes->dims.p[k];
		if (!d)
			vec_push(&j->arena, &sizes->dims, *own);
		else if (d->value < own->value)
			d->value = own->value;
	}
}

static bool sizes_are_bounded(const struct unit *u)
{
	for (uint32_t id = 1; id < u->values.n; id++) {
		const struct value *v = value_of(u, id);

		for (int i = 0; v->graph && i < v->shape.rank; i++)
			if (dim_hi(u, v->shape.d[i]) == DIM_UNBOUNDED)
				return false;
	}
	return true;
}

/* The states of loops may have sizes only where the import knows bounds. */
static bool import_canonical(struct job *j, const char *model, bool any_size, struct samples *s)
{
	s->late = any_size && s->sizes.dims.n;
	if (!job_canonical(j, model, s))
		return false;
	if (!s->late || sizes_are_bounded(j->u))
		return true;
	s->late = false;
	return job_canonical(j, model, s);
}

bool job_quantize(struct job *j, const char *model, const struct test_data *t, bool any_size,
		  struct quant_plan *p)
{
	struct quant_config c;
	struct samples s = { 0 };
	bool calibrated = j->o->calibrate != NULL;

	config_of(j, &c);
	c.round_by_error &= calibrated;
	c.correct_bias &= calibrated && c.form->scheme != QUANT_DYNAMIC;
	if (calibrated && !samples_load(j, model, j->o->calibrate, t, &s))
		return false;
	if (t)
		sizes_join(j, &s.sizes, t);
	if (!import_canonical(j, model, any_size, &s))
		return false;
	c.between = wide_results(j);
	c.ends = j->o->quantized_io ? QUANT_ENDS_FORM : c.between;
	if (!quant_plan_make(j->u, &c, p) || (calibrated && !calibrate(j, model, &s, p)))
		return false;
	quant_equalize(j->u, p);
	quant_choose(j->u, p);
	if (calibrated) {
		warn_of_zeros(j, p);
		if (!measure(j, model, &s, p))
			return false;
	}
	quant_apply(j->u, p);
	if (!unit_verify(j->u, "quantization"))
		return diag_error(&j->diag, NULL, "internal error: quantization broke the graph");
	return true;
}

/* -- the command ----------------------------------------------------------------------------- */

static bool write_model(struct job *j, const char *path)
{
	struct file_set *files = file_set_new(&j->arena, path_dir(&j->arena, path));
	FILE *f = file_set_open(files, &j->diag, path_base(path));

	if (!f || !onnx_write(j->u, f)) {
		file_set_abandon(files);
		return false;
	}
	return file_set_commit(files, &j->diag);
}

int run_quantize(const struct options *o)
{
	struct job j;
	struct quant_plan p = { 0 };
	const char *model = o->files.n == 1 ? o->files.p[0] : NULL;
	bool ok;

	if (!model || !o->output) {
		fprintf(stderr,
			"edgecc: quantize takes one model and -o FILE; try edgecc --help\n");
		return EXIT_USAGE;
	}
	job_begin(&j, o);
	ok = job_quantize(&j, model, NULL, true, &p) && write_model(&j, o->output);
	if (ok && o->json)
		print_json(quantize_json(&j, &p));
	else if (ok && !o->quiet)
		quantize_text(&j, &p);
	job_end(&j);
	return ok ? EXIT_OK : EXIT_FAILED;
}
