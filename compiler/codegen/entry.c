/* NAME_step and, around it, NAME_run: the steps of a model as the cases of one switch, so that a
 * cooperative scheduler or a watchdog gets its turn between them. */
#include "source.h"

static void put_head(struct source *s, struct strbuf *b, const char *function, const char *more)
{
	const char *n = s->names.prefix;

	strbuf_printf(
		b,
		"int %s_%s(void *workspace, const struct %s_inputs *in, const struct %s_outputs *out%s)\n{\n",
		n, function, n, n, more);
}

static void emit_step_entry(struct source *s, struct strbuf *b)
{
	put_head(s, b, "step", ", int step");
	strbuf_puts(b, "\tunsigned char *const ws = (unsigned char *)workspace;\n");
	if (s->status)
		strbuf_puts(b, "\tint status;\n");
	strbuf_puts(b, "\n");
	emit_checks(s, b);
	if (!s->p->workspace)
		strbuf_puts(b, "\t(void)ws;\n");
	strbuf_printf(b, "\tif (step < 0 || step >= %s_STEPS)\n\t\treturn EDGERT_ERROR_VALUE;\n",
		      s->names.upper);
	if (s->o->hook)
		strbuf_printf(b, "\t%s_hook(step, 0);\n", s->names.prefix);
	strbuf_puts(b, "\tswitch (step) {\n");
	s->e.out = b;
	for (size_t i = 0; i < s->p->main.steps.n; i++) {
		s->e.indent = 1;
		emit_line(&s->e, "case %zu:", i);
		s->e.indent = 2;
		emit_step_call(s, s->p->main.steps.p[i]);
		emit_line(&s->e, "break;");
	}
	s->e.out = &s->text;
	strbuf_puts(b, "\tdefault:\n\t\tbreak;\n\t}\n");
	if (s->o->hook)
		strbuf_printf(b, "\t%s_hook(step, 1);\n", s->names.prefix);
	strbuf_puts(b, "\treturn EDGERT_OK;\n}\n\n");
}

void emit_stepped(struct source *s, struct strbuf *b)
{
	const char *n = s->names.prefix;

	emit_step_entry(s, b);
	put_head(s, b, "run", "");
	strbuf_printf(b,
		      "\tint status = EDGERT_OK;\n\n"
		      "\tfor (int step = 0; step < %s_STEPS && status == EDGERT_OK; step++)\n"
		      "\t\tstatus = %s_step(workspace, in, out, step);\n\treturn status;\n}\n",
		      s->names.upper, n);
}

void declare_stepped(struct source *s, FILE *f)
{
	const char *n = s->names.prefix, *up = s->names.upper;

	fprintf(f,
		"/* The same step by step: %s_step runs one of the %s_STEPS steps, 0 first, each after the one\n"
		" * before it, with the same arguments. What lies in the workspace must stay between them. */\n"
		"#define %s_STEPS %zu\n"
		"int %s_step(void *workspace, const struct %s_inputs *in, const struct %s_outputs *out, int step);\n\n",
		n, up, up, s->p->main.steps.n, n, n, n);
	if (s->o->hook)
		fprintf(f,
			"/* Yours: called before (end 0) and after (end 1) each step. */\n"
			"void %s_hook(int step, int end);\n\n",
			n);
}
