/* Variants of a model on the host, whose profile says how they are compiled: --target and --cflags are about
 * the model that is verified. */
#include "variant.h"

bool job_canonical(struct job *j, const char *model, const struct samples *s)
{
	struct test_data sizes = s->sizes;
	struct pass_context c;
	struct pass_options po = job_pass_options(j);

	if (s->late)
		sizes.dims.n = 0;
	if (!job_import_for(j, model, &sizes))
		return false;
	c = job_pass_context(j);
	if (!passes_run(j->u, canonical_passes, &c, &po))
		return false;
	for (size_t i = 0; s->late && i < s->sizes.dims.n; i++)
		dim_limit_symbol(j->u, s->sizes.dims.p[i].name, s->sizes.dims.p[i].value);
	return true;
}

bool variant_open(struct variant *v, const struct options *o, const char *model,
		  const struct samples *s, bool (*prepare)(struct unit *u, void *data), void *data)
{
	*v = (struct variant){ .o = *o };
	v->o.target = "native";
	v->o.name = "variant";
	v->o.weights = "incbin";
	v->o.small = v->o.tight = v->o.verbose = v->o.quantized_io = false;
	v->o.quiet = true; /* the model has been warned of */
	v->o.dump_after.n = 0;
	v->o.ram_budget = 0;
	job_begin(&v->j, &v->o);
	if (!job_canonical(&v->j, model, s) || !prepare(v->j.u, data) || !job_plan(&v->j))
		return false;
	v->program = (struct host_program){ .arena = &v->j.arena,
					    .diag = &v->j.diag,
					    .plan = v->j.plan,
					    .dir = temp_folder(&v->j.arena, &v->j.diag) };
	return v->program.dir && job_emit(&v->j, v->program.dir) &&
	       host_build(&v->program, v->o.name, o->cc, NULL);
}

bool variant_run(struct variant *v, const struct samples *s, size_t i, struct arena *a,
		 struct constant **out)
{
	size_t n = v->j.u->main->inputs.n;
	const struct constant **in = arena_array(a, const struct constant *, n);

	samples_get(s, a, i, in, n);
	v->program.arena = a;
	return host_run(&v->program, in, out);
}

void variant_close(struct variant *v)
{
	if (v->program.dir)
		remove_folder(v->program.dir);
	job_end(&v->j);
}
