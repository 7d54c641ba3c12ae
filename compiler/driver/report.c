/* What a plan needs and does, for people and for programs. */
#include "report.h"

#include "budget.h"

#include <string.h>

void print_json(json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(9));

	if (!s)
		abort();
	puts(s);
	free(s);
	json_decref(j);
}

static int64_t value_bytes(const struct plan *p, uint32_t id)
{
	const struct value *v = id ? value_of(p->u, id) : NULL;

	return v && v->shape.rank >= 0
		       ? dim_hi(p->u, shape_count(p->u, &v->shape)) * (int64_t)dtype_size(v->type)
		       : 0;
}

/* What a step writes. */
static int64_t step_bytes(const struct plan *p, const struct step *s)
{
	int64_t n = 0;

	for (int k = 0; k < s->n_outputs; k++)
		n += value_bytes(p, s->outputs[k]);
	return n;
}

static const char *step_kernel(const struct step *s)
{
	static const char *const kinds[] = { "kernel", "loops", "copy", "fill",
					     "if",     "loop",  "scan", "stream" };

	return s->kernel ? s->kernel->function : kinds[s->kind];
}

/* Of the expressions that its loops compute. */
static int64_t step_terms(const struct step *s)
{
	int64_t n = 0;

	for (int k = 0; k < s->n_stages; k++)
		n += s->stages[k].value ? (int64_t)tir_count(s->stages[k].value) : 0;
	return n;
}

static json_t *step_json(const struct plan *p, const struct step *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "node",
			 s->loc.node ? s->loc.node : "", "operator", s->what ? s->what : "",
			 "kernel", step_kernel(s), "reason", s->reason ? s->reason : "", "bytes",
			 (json_int_t)step_bytes(p, s), "macs", (json_int_t)dim_hi(p->u, s->macs),
			 "terms", (json_int_t)step_terms(s));
}

static void add_steps(const struct plan *p, const struct block *b, json_t *list)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i];
		json_t *js = step_json(p, s);

		json_array_append_new(list, js ? js : json_null());
		for (int k = 0; k < s->n_blocks; k++)
			add_steps(p, &s->blocks[k], list);
	}
}

static json_t *float_json(const struct unit *u)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->in_float.n; i++) {
		const struct in_float *f = &u->in_float.p[i];
		json_t *entry = json_pack("{s:s, s:s, s:s}", "node", f->loc.node ? f->loc.node : "",
					  "operator", f->loc.op ? f->loc.op : "", "reason", f->why);

		json_array_append_new(list, entry ? entry : json_null());
	}
	return list;
}

json_t *plan_json(const struct job *j)
{
	const struct plan *p = j->plan;
	const struct footprint *f = &j->footprint;
	json_t *steps = json_array();

	add_steps(p, &p->main, steps);
	return json_pack("{s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o}",
			 "target", j->target.name, "workspace_bytes", (json_int_t)p->workspace,
			 "workspace_bound_bytes", (json_int_t)p->workspace_bound,
			 "whole_workspace_bytes", j->whole ? json_integer(j->whole) : json_null(),
			 "workspace_align", (json_int_t)p->workspace_align, "weights_bytes",
			 (json_int_t)p->weights, "macs", (json_int_t)p->macs, "ram_bytes",
			 (json_int_t)footprint_ram(f), "flash_bytes",
			 (json_int_t)footprint_flash(f), "code_bytes", (json_int_t)f->code,
			 "code_from", f->measured_by ? f->measured_by : "estimate", "stack_bytes",
			 f->stack < 0 ? json_null() : json_integer(f->stack), "in_float",
			 float_json(j->u), "steps", steps);
}

/* Where several memories are used. */
static void placement_text(const struct plan *p)
{
	for (size_t k = 0; k < p->parts.n; k++)
		printf("%s %s %lld bytes%s", k ? "," : "workspace in", p->parts.p[k].memory->name,
		       (long long)p->parts.p[k].size, k + 1 < p->parts.n ? "" : "\n");
	if (p->hot)
		printf("constants copied to %s %lld bytes\n", p->hot_memory->name,
		       (long long)p->hot);
}

static void footprint_text(const struct job *j)
{
	const struct footprint *f = &j->footprint;

	printf("RAM %lld bytes: workspace %lld, inputs %lld, outputs %lld, ",
	       (long long)footprint_ram(f), (long long)f->workspace, (long long)f->inputs,
	       (long long)f->outputs);
	if (f->stack >= 0)
		printf("stack %lld at most\n", (long long)f->stack);
	else
		printf("stack not known\n");
	if (j->whole)
		printf("steps take turns at bands of rows: without, a workspace of %lld bytes does not fit\n",
		       (long long)j->whole);
	placement_text(j->plan);
	printf("flash %lld bytes: constants %lld, code %lld (%s%s)\n",
	       (long long)footprint_flash(f), (long long)f->constants, (long long)f->code,
	       f->measured_by ? "measured with " : estimate_quality(j),
	       f->measured_by ? f->measured_by : "");
}

static void print_steps(const struct job *j, const struct block *b, int depth)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *s = b->steps.p[i];

		printf("  %*s%-4d %-28.28s %-28.28s %10lld %12lld  %s\n", depth * 2, "", s->number,
		       s->what ? printable(j->u->arena, s->what, 80) : "copy",
		       s->loc.node ? printable(j->u->arena, s->loc.node, 80) : "",
		       (long long)step_bytes(j->plan, s), (long long)dim_hi(j->u, s->macs),
		       step_kernel(s));
		for (int k = 0; k < s->n_blocks; k++)
			print_steps(j, &s->blocks[k], depth + 1);
	}
}

static void print_float(const struct job *j)
{
	for (size_t i = 0; i < j->u->in_float.n; i++) {
		const struct in_float *f = &j->u->in_float.p[i];

		printf("  %-4s %-28.28s %-28.28s in float: %s\n", "",
		       f->loc.op ? printable(j->u->arena, f->loc.op, 80) : "",
		       f->loc.node ? printable(j->u->arena, f->loc.node, 80) : "",
		       printable(j->u->arena, f->why, 160));
	}
}

void plan_text(const struct job *j, bool steps)
{
	const struct plan *p = j->plan;

	printf("workspace %lld bytes (at least %lld in this order of steps), constants %lld bytes, %lld MACs, %d steps\n",
	       (long long)p->workspace, (long long)p->workspace_bound, (long long)p->weights,
	       (long long)p->macs, p->n_steps);
	footprint_text(j);
	if (steps) {
		printf("  %-4s %-28s %-28s %10s %12s  %s\n", "step", "operator", "node", "bytes",
		       "MACs", "computed by");
		print_steps(j, &p->main, 0);
	}
	print_float(j);
}
