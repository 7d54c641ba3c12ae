/* The pipeline from a model file to emitted files, shared by the subcommands. */
#define _POSIX_C_SOURCE 200809L
#include "budget.h"
#include "testdata.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

void job_begin(struct job *j, const struct options *o)
{
	*j = (struct job){ .o = o };
	j->diag.out = stderr;
	j->diag.quiet = o->quiet;
	j->diag.progress =
		!o->quiet && !o->json && !o->verbose && !o->dump_after.n && isatty(STDERR_FILENO);
}

void job_end(struct job *j)
{
	if (j->u)
		import_close(j->u);
	arena_free(&j->arena);
}

static void append(struct arena *a, struct string_list *to, const struct string_list *from)
{
	const char **p = arena_array(a, const char *, (size_t)(to->n + from->n));

	for (int i = 0; i < to->n; i++)
		p[i] = to->p[i];
	for (int i = 0; i < from->n; i++)
		p[to->n + i] = from->p[i];
	to->p = p;
	to->n += from->n;
}

void job_import_options(struct job *j, const struct test_data *t, struct import_options *io)
{
	size_t n = t ? t->dims.n : 0;
	struct dim_option *dims =
		arena_array(&j->arena, struct dim_option, (size_t)j->o->dims.n + n);
	struct string_list keep = j->o->keep_inputs;

	for (int i = 0; i < j->o->dims.n; i++)
		dim_option_parse(&j->arena, j->o->dims.p[i], &dims[i]);
	struct input_value *fixed =
		arena_array(&j->arena, struct input_value, (size_t)j->o->fixed.n);
	for (int i = 0; i < j->o->fixed.n; i++)
		input_value_parse(&j->arena, j->o->fixed.p[i], &fixed[i]);
	j->custom.n = 0;
	for (int i = 0; i < j->o->custom.n; i++) {
		struct custom_op c;

		custom_op_parse(&j->arena, j->o->custom.p[i], &c);
		vec_push(&j->arena, &j->custom, c);
	}
	io->custom = j->custom.p;
	io->n_custom = j->custom.n;
	for (size_t i = 0; i < n; i++)
		dims[(size_t)j->o->dims.n + i] = t->dims.p[i];
	if (t)
		append(&j->arena, &keep, &t->given);
	io->dims = dims;
	io->n_dims = (size_t)j->o->dims.n + n;
	io->fixed = fixed;
	io->n_fixed = (size_t)j->o->fixed.n;
	io->keep_inputs = keep.p;
	io->n_keep_inputs = (size_t)keep.n;
}

bool job_import_for(struct job *j, const char *model, const struct test_data *t)
{
	struct import_options io = { 0 };

	job_import_options(j, t, &io);
	if (!target_load(&j->arena, &j->diag, j->o->target ? j->o->target : "generic", &j->target))
		return false;
	if (j->o->rounding)
		j->target.rounding =
			strcmp(j->o->rounding, "fixed") == 0 ? ROUNDING_FIXED : ROUNDING_ONNX;
	if (j->o->tight)
		j->target.memory_mode = MEMORY_TIGHT;
	j->u = unit_new(&j->arena, &j->diag, model);
	j->u->string_length = j->o->string_length;
	diag_progress(&j->diag, "reading %s", path_base(model));
	return import_onnx(j->u, model, &io);
}

struct pass_context job_pass_context(const struct job *j)
{
	return (struct pass_context){ &j->target, j->o->level, j->o->small, j->o->quantized_io };
}

struct pass_options job_pass_options(const struct job *j)
{
	return (struct pass_options){ j->o->disabled.p, j->o->disabled.n, j->o->dump_after.p,
				      j->o->dump_after.n, j->o->verbose };
}

/* Whether --quantized-io has something to say: a border of reals of which nothing has become integers
 * is a mistake. */
static bool border_is_quantized(struct job *j)
{
	const struct unit *u = j->u;
	const struct graph *g = u->main;
	bool reals = false;

	if (!u->input_quantization)
		return true;
	for (size_t k = 0; k < g->inputs.n; k++) {
		if (u->input_quantization[k].scale != 0)
			return true;
		reals |= dtype_is_float(value_of(u, g->inputs.p[k])->type);
	}
	for (size_t k = 0; k < g->outputs.n; k++) {
		if (u->output_quantization[k].scale != 0)
			return true;
		reals |= dtype_is_float(value_of(u, g->outputs.p[k])->type);
	}
	return !reals ||
	       diag_error(
		       &j->diag, &(struct loc){ .file = u->file },
		       "--quantized-io: the model quantizes no input at once and dequantizes no output last");
}

/* Where tensors that are whole do not fit: bands of rows, when they take less. */
static void plan_in_bands(struct job *j, struct plan_options *o)
{
	struct plan *p;

	o->stream = true;
	p = plan_make(j->u, &j->target, o);
	if (p && p->workspace >= j->plan->workspace)
		return;
	j->whole = j->plan->workspace;
	j->plan = p;
}

bool job_plan(struct job *j)
{
	struct pass_context c = job_pass_context(j);
	struct pass_options po = job_pass_options(j);
	struct plan_options plan = { .tight = j->o->tight || j->target.memory_mode == MEMORY_TIGHT,
				     .stream = j->o->tight };

	if (!passes_run(j->u, graph_passes, &c, &po) || !border_is_quantized(j) ||
	    !passes_run(j->u, lowering_passes, &c, &po))
		return false;
	diag_progress(&j->diag, "planning memory");
	j->plan = plan_make(j->u, &j->target, &plan);
	if (j->plan && !plan.stream && ram_is_short(j))
		plan_in_bands(j, &plan);
	diag_progress(&j->diag, NULL);
	return j->plan != NULL;
}

const char *job_name(struct job *j, const char *model)
{
	const char *base = path_base(model);
	const char *dot = strrchr(base, '.'), *name = j->o->name;

	if (!name)
		name = arena_strndup(&j->arena, base,
				     dot && dot > base ? (size_t)(dot - base) : strlen(base));
	/* edgert.h and edgert_pool.h lie beside the model's files */
	if (strncasecmp(name, "edgert", 6) == 0)
		name = arena_printf(&j->arena, "model_%s", name);
	return c_identifier(&j->arena, name, 64);
}

bool job_write(struct job *j, struct file_set *files, const struct constant *const *test_inputs,
	       const struct constant *const *test_outputs)
{
	static const char *const forms[] = { "c", "incbin", "binary" };
	const struct target_memory *constants = memory_of_constants(j),
				   *ram = memory_of_workspace(j);
	struct codegen_options co = { .name = job_name(j, j->u->file),
				      .model_file = path_base(j->u->file),
				      .share = j->o->small,
				      .hook = j->o->hook,
				      .parallel = j->o->parallel,
				      .constants_section = constants ? constants->section : NULL,
				      .workspace_section = ram ? ram->section : NULL,
				      .test_inputs = test_inputs,
				      .test_outputs = test_outputs,
				      .rtol = j->o->rtol < 0 ? 1e-3 : j->o->rtol,
				      .atol = j->o->atol < 0 ? 1e-4 : j->o->atol };
	bool ok;

	for (int i = 0; j->o->weights && i < 3; i++)
		if (strcmp(forms[i], j->o->weights) == 0)
			co.weights = (enum weights_form)i;
	diag_progress(&j->diag, "writing C");
	ok = codegen_write(j->plan, &co, files);
	diag_progress(&j->diag, NULL);
	return ok;
}

bool job_commit(struct job *j, struct file_set *files, bool ok)
{
	if (!ok)
		file_set_abandon(files);
	return ok && file_set_commit(files, &j->diag);
}

bool job_emit(struct job *j, const char *dir)
{
	struct file_set *files = file_set_new(&j->arena, dir);

	return job_commit(j, files, job_write(j, files, NULL, NULL));
}
