/* NAME_step and, around it, NAME_run: the steps of a model as the cases of one switch, so that a
 * cooperative scheduler or a watchdog gets its turn between them. Sizes that are not constant stay in a
 * struct of the caller's between steps; the first step fills it. */
#include "source.h"

/* "int NAME_step(...": what both functions take. */
static const char *head(struct source *s, const char *function)
{
	const char *n = s->names.prefix;

	return arena_printf(
		s->u->arena,
		"int %s_%s(void *workspace, const struct %s_inputs *in, %sstruct %s_outputs *out",
		n, function, n, outputs_qualifier(s), n);
}

/* What NAME_step takes besides. */
static const char *step_parameters(struct source *s)
{
	return s->symbolic ? arena_printf(s->u->arena, ", struct %s_sizes *d, int step",
					  s->names.prefix)
			   : ", int step";
}

static void emit_checks(struct source *s)
{
	const struct graph *g = s->u->main;
	struct strbuf *b = s->e.out;
	struct c_space space;

	strbuf_printf(b, "\tif (!in || !out%s%s", s->symbolic ? " || !d" : "",
		      s->p->workspace ? " || !workspace" : "");
	for (size_t i = 0; i < g->inputs.n; i++)
		strbuf_printf(b, " ||\n\t    !in->%s", s->names.inputs[i]);
	for (size_t i = 0; i < g->outputs.n; i++)
		strbuf_printf(b, " ||\n\t    !out->%s", s->names.outputs[i]);
	if (s->o->weights == WEIGHTS_BINARY && s->p->weights)
		strbuf_puts(b, " ||\n\t    !in->weights");
	for (int k = 0; c_space(s->p, k, &space); k++)
		strbuf_printf(b, " ||\n\t    !in->%s", space.member);
	strbuf_puts(b, ")\n\t\treturn EDGERT_ERROR_NULL;\n");
	if (s->p->workspace_align > 1)
		emit_return_if(&s->e, "EDGERT_ERROR_ALIGNMENT", "(uintptr_t)workspace %% %lld != 0",
			       (long long)s->p->workspace_align);
	for (int k = 0; c_space(s->p, k, &space); k++)
		if (space.align > 1)
			emit_return_if(&s->e, "EDGERT_ERROR_ALIGNMENT",
				       "(uintptr_t)in->%s %% %lld != 0", space.member,
				       (long long)space.align);
	emit_return_if(&s->e, "EDGERT_ERROR_VALUE", "step < 0 || step >= %s_STEPS", s->names.upper);
}

static void emit_cases(struct source *s)
{
	const struct block *b = &s->p->main;
	struct emitter *e = &s->e;

	emit_line(e, "switch (step) {");
	for (size_t i = 0; i < b->steps.n; i++) {
		emit_open(e, "case %zu:", i);
		if (i == 0)
			emit_sizes_known(s, b, -1);
		emit_step_call(s, b->steps.p[i]);
		emit_sizes_known(s, b, (int)i);
		if (i + 1 == b->steps.n)
			emit_output_sizes(s);
		emit_close(e, "\tbreak;");
	}
	emit_line(e, "default:");
	emit_line(e, "\tbreak;");
	emit_line(e, "}");
}

/* The parts of the workspace, once `in` is known to be there. */
static void emit_parts(struct source *s)
{
	for (size_t k = 1; k < s->p->parts.n; k++)
		emit_line(&s->e, "unsigned char *const ws%zu = (unsigned char *)in->%s;", k + 1,
			  part_name(s->u->arena, (int)k));
}

static void emit_step_entry(struct source *s)
{
	struct emitter *e = &s->e;

	emit_line(e, "%s%s)", head(s, "step"), step_parameters(s));
	emit_open(e, "{");
	emit_line(e, "unsigned char *const ws = (unsigned char *)workspace;");
	if (s->status)
		emit_line(e, "int status;");
	strbuf_putc(e->out, '\n');
	emit_checks(s);
	if (!s->p->workspace)
		emit_line(e, "(void)ws;");
	emit_parts(s);
	if (s->o->hook)
		emit_line(e, "%s_hook(step, 0);", s->names.prefix);
	emit_cases(s);
	if (s->o->hook)
		emit_line(e, "%s_hook(step, 1);", s->names.prefix);
	emit_line(e, "return EDGERT_OK;");
	emit_close(e, "}\n");
}

/* Copies the hot constants. */
static void emit_load(struct source *s)
{
	struct emitter *e = &s->e;
	bool binary = s->o->weights == WEIGHTS_BINARY;

	emit_line(e, "int %s_load(void *hot%s)", s->names.prefix,
		  binary ? ", const void *weights" : "");
	emit_open(e, "{");
	emit_return_if(e, "EDGERT_ERROR_NULL", binary ? "!hot || !weights" : "!hot");
	for (size_t i = 0; i < s->p->buffers.n; i++) {
		const struct buffer *b = &s->p->buffers.p[i];
		long long to = (long long)b->hot_offset, size = (long long)b->size;

		if (!b->hot)
			continue;
		if (s->o->weights == WEIGHTS_C)
			emit_line(e, "memcpy((unsigned char *)hot + %lld, &%s_w%zu, %lld);", to,
				  s->names.prefix, i, size);
		else
			emit_line(
				e,
				"memcpy((unsigned char *)hot + %lld, (const unsigned char *)%s%s + %lld, %lld);",
				to, binary ? "" : s->names.prefix, binary ? "weights" : "_weights",
				(long long)b->offset, size);
	}
	emit_line(e, "return EDGERT_OK;");
	emit_close(e, "}\n");
}

void emit_stepped(struct source *s)
{
	struct emitter *e = &s->e;

	e->indent = 0;
	if (s->p->hot)
		emit_load(s);
	emit_step_entry(s);
	emit_line(e, "%s)", head(s, "run"));
	emit_open(e, "{");
	if (s->symbolic)
		emit_line(e, "struct %s_sizes d = { 0 };", s->names.prefix);
	emit_line(e, "int status = EDGERT_OK;\n");
	emit_open(e, "for (int step = 0; step < %s_STEPS && status == EDGERT_OK; step++)",
		  s->names.upper);
	emit_line(e, "status = %s_step(workspace, in, out%s, step);", s->names.prefix,
		  s->symbolic ? ", &d" : "");
	e->indent--;
	emit_line(e, "return status;");
	emit_close(e, "}");
}

void declare_stepped(struct source *s, FILE *f)
{
	const char *n = s->names.prefix, *up = s->names.upper;

	if (s->symbolic)
		declare_sizes(s, f);
	fprintf(f,
		"/* The same step by step: %s_step runs one of the %s_STEPS steps, 0 first, each after the one\n"
		" * before it, with the same arguments. What lies in the workspace%s must stay between them. */\n"
		"#define %s_STEPS %zu\n%s%s);\n\n",
		n, up, s->symbolic ? " and in *d" : "", up, s->p->main.steps.n, head(s, "step"),
		step_parameters(s));
	if (s->o->parallel)
		declare_parallel(s, f);
	if (s->o->hook)
		fprintf(f,
			"/* Yours: called before (end 0) and after (end 1) each step. */\n"
			"void %s_hook(int step, int end);\n\n",
			n);
}
