/* NAME.c: the parts of an emitted model, put together. */
#include "source.h"

#include "../plan/kernels/build.h"
#include "../support/embedded.h"

#include <string.h>

enum { MOST_DIMS = 100000 }; /* printing makes a few more than planning left */

/* ---- symbolic sizes: only those that the text names, and what they are computed from --- */

static void mark_used(struct source *s, dim d)
{
	const struct dim_expr *x;

	if (d >= 0 || s->e.dim_used[-1 - d])
		return;
	s->e.dim_used[-1 - d] = true;
	x = dim_expr(s->u, d);
	if (x->kind == DIM_SYMBOL || x->kind == DIM_ELEMENT || x->kind == DIM_NUMBER)
		return;
	mark_used(s, x->a);
	mark_used(s, x->b);
}

static bool mark_sizes(struct source *s)
{
	bool ok = true;

	for (size_t i = 0; i < s->u->dims.n; i++)
		if (s->e.dim_used[i]) {
			s->e.dim_used[i] = false;
			mark_used(s, -1 - (dim)i);
		}
	for (size_t i = 0; i < s->u->dims.n; i++) {
		const struct dim_expr *x = &s->u->dims.p[i];

		if (s->names.symbols[i])
			s->e.dim_used[i] = true;
		else if (s->e.dim_used[i] && (x->kind == DIM_ELEMENT || x->kind == DIM_SYMBOL))
			ok = diag_error(s->u->diag, NULL,
					"size %s depends on the data: that is not emitted yet",
					dim_text(s->u, -1 - (dim)i));
	}
	for (size_t i = 0; i < s->u->assumed.n; i++) {
		mark_used(s, s->u->assumed.p[i].a);
		mark_used(s, s->u->assumed.p[i].b);
	}
	return ok;
}

static void size_operand(struct strbuf *b, dim d)
{
	if (d >= 0)
		strbuf_printf(b, "%lld", (long long)d);
	else
		strbuf_printf(b, "d.n%lld", (long long)(-1 - d));
}

static void size_expr(struct source *s, struct strbuf *b, const struct dim_expr *x)
{
	static const char *const infix[] = {
		[DIM_ADD] = "+", [DIM_MUL] = "*", [DIM_FLOORDIV] = "/"
	};
	const char *f;

	switch (x->kind) {
	case DIM_NUMBER:
		strbuf_printf(b, "%lld", (long long)x->lo);
		return;
	case DIM_MAX:
	case DIM_MIN:
		f = x->kind == DIM_MAX ? "edgert_max_index" : "edgert_min_index";
		runtime_need(&s->runtime, f);
		strbuf_printf(b, "%s(", f);
		size_operand(b, x->a);
		strbuf_puts(b, ", ");
		size_operand(b, x->b);
		strbuf_puts(b, ")");
		return;
	case DIM_FLOORDIV:
		runtime_need(&s->runtime, "edgert_floordiv_index");
		strbuf_puts(b, "edgert_floordiv_index(");
		size_operand(b, x->a);
		strbuf_puts(b, ", ");
		size_operand(b, x->b);
		strbuf_puts(b, ")");
		return;
	default:
		size_operand(b, x->a);
		strbuf_printf(b, " %s ", infix[x->kind]);
		size_operand(b, x->b);
	}
}

static void emit_sizes(struct source *s, struct strbuf *b)
{
	const struct unit *u = s->u;

	if (!s->symbolic)
		return;
	strbuf_printf(
		b,
		"/* Sizes that the caller sets, and what follows from them. */\nstruct %s_sizes {\n",
		s->names.prefix);
	for (size_t i = 0; i < u->dims.n; i++)
		if (s->e.dim_used[i])
			strbuf_printf(b, "\tedgert_int n%zu; /* %s */\n", i,
				      printable(u->arena, dim_text(s->u, -1 - (dim)i), 100));
	strbuf_puts(b, "};\n\n");
}

static void emit_size_setup(struct source *s, struct strbuf *b)
{
	const struct unit *u = s->u;

	for (size_t i = 0; i < u->dims.n; i++) {
		const struct dim_expr *x = &u->dims.p[i];

		if (!s->e.dim_used[i])
			continue;
		if (x->kind == DIM_SYMBOL) {
			strbuf_printf(
				b,
				"\tif (in->%s < %lld || in->%s > %lld)\n\t\treturn EDGERT_ERROR_DIMENSION;\n",
				s->names.symbols[i], (long long)x->lo, s->names.symbols[i],
				(long long)x->hi);
			strbuf_printf(b, "\td.n%zu = in->%s;\n", i, s->names.symbols[i]);
			continue;
		}
		strbuf_printf(b, "\td.n%zu = ", i);
		size_expr(s, b, x);
		strbuf_puts(b, ";\n");
	}
	for (size_t i = 0; i < u->assumed.n; i++) { /* operators that need two sizes to be equal */
		strbuf_puts(b, "\tif (");
		size_operand(b, u->assumed.p[i].a);
		strbuf_puts(b, " != ");
		size_operand(b, u->assumed.p[i].b);
		strbuf_puts(b, ")\n\t\treturn EDGERT_ERROR_DIMENSION;\n");
	}
}

/* ---- NAME_run ------------------------------------------------------------------------ */

static void emit_checks(struct source *s, struct strbuf *b)
{
	const struct graph *g = s->u->main;

	strbuf_puts(b, "\tif (!in || !out");
	if (s->p->workspace)
		strbuf_puts(b, " || !workspace");
	for (size_t i = 0; i < g->inputs.n; i++)
		strbuf_printf(b, " ||\n\t    !in->%s", s->names.inputs[i]);
	for (size_t i = 0; i < g->outputs.n; i++)
		strbuf_printf(b, " ||\n\t    !out->%s", s->names.outputs[i]);
	if (s->o->weights == WEIGHTS_BINARY && s->p->weights)
		strbuf_puts(b, " ||\n\t    !in->weights");
	strbuf_puts(b, ")\n\t\treturn EDGERT_ERROR_NULL;\n");
	if (s->p->workspace_align > 1)
		strbuf_printf(
			b,
			"\tif ((uintptr_t)workspace %% %lld != 0)\n\t\treturn EDGERT_ERROR_ALIGNMENT;\n",
			(long long)s->p->workspace_align);
}

static void emit_run(struct source *s, struct strbuf *b)
{
	const char *n = s->names.prefix;

	strbuf_printf(
		b,
		"int %s_run(void *workspace, const struct %s_inputs *in, const struct %s_outputs *out)\n{\n",
		n, n, n);
	strbuf_puts(b, "\tunsigned char *const ws = (unsigned char *)workspace;\n");
	if (s->symbolic)
		strbuf_printf(b, "\tstruct %s_sizes d;\n", n);
	if (s->status)
		strbuf_puts(b, "\tint status;\n");
	strbuf_puts(b, "\n");
	emit_checks(s, b);
	if (s->symbolic)
		emit_size_setup(s, b);
	if (!s->p->workspace)
		strbuf_puts(b, "\t(void)ws;\n");
	s->e.out = b;
	s->e.indent = 1;
	for (size_t i = 0; i < s->p->main.steps.n; i++)
		emit_step_call(s, s->p->main.steps.p[i]);
	s->e.out = &s->text;
	strbuf_puts(b, "\treturn EDGERT_OK;\n}\n");
}

/* ---- the file ------------------------------------------------------------------------ */

static const char *endian_check(const struct source *s)
{
	return s->p->target->endian == ENDIAN_LITTLE
		       ? "#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__\n"
			 "#error \"the constants are little-endian: compile the model for a big-endian target\"\n#endif\n"
		       : "#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__\n"
			 "#error \"the constants are big-endian: compile the model for a little-endian target\"\n#endif\n";
}

static bool needs_instructions(const struct block *b)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *st = b->steps.p[i];

		if (st->kernel && st->kernel->needs)
			return true;
		for (int k = 0; k < st->n_blocks; k++)
			if (needs_instructions(&st->blocks[k]))
				return true;
	}
	return false;
}

/* Kernels that were chosen for instructions run without them too, slowly: EDGERT_PORTABLE says that
 * this is meant. Weights are packed for one width of vectors, whatever the machine has. */
static void machine_check(struct source *s, struct strbuf *b)
{
	const struct target *t = s->p->target;
	struct vec_machine m = target_machine(t);
	const char *sep = "#if !defined(EDGERT_PORTABLE) && !(";

	if (!needs_instructions(&s->p->main))
		return;
	for (const struct target_feature *f = target_features; f->name; f++)
		if (f->defined && target_has(t, f->name)) {
			strbuf_printf(b, "%sdefined(%s)", sep, f->defined);
			sep = " && ";
		}
	if (sep[0] == ' ')
		strbuf_printf(b,
			      ")\n#error \"made for %s: compile with %s, or, slow, with "
			      "-DEDGERT_PORTABLE\"\n#endif\n",
			      t->name, t->cflags ? t->cflags : "flags for that machine");
	strbuf_printf(b, "#define EDGERT_VF_LANES %d\n#define EDGERT_VF_REGISTERS %d\n", m.lanes,
		      m.registers);
}

static bool write_source(struct source *s, FILE *f)
{
	struct strbuf head = { 0 }, run = { 0 };
	bool ok;

	emit_run(s, &run);
	strbuf_printf(&head, "/* %s.c - made by edgecc from %s for %s; do not edit.\n *\n",
		      s->names.prefix, printable(s->u->arena, s->o->model_file, 80),
		      s->p->target->name);
	strbuf_printf(
		&head,
		" * workspace %lld bytes (%lld at least in this order of steps), constants %lld bytes, %lld MACs\n",
		(long long)s->p->workspace, (long long)s->p->workspace_bound,
		(long long)s->p->weights, (long long)s->p->macs);
	if (s->p->target->cflags)
		strbuf_printf(&head, " * compile with: %s %s\n",
			      s->p->target->cc ? s->p->target->cc : "cc", s->p->target->cflags);
	strbuf_printf(&head, " */\n#include \"%s.h\"\n\n%s", s->names.prefix, endian_check(s));
	machine_check(s, &head);
	strbuf_putc(&head, '\n');
	if (s->p->target->progmem)
		strbuf_puts(&head, "#include <avr/pgmspace.h>\n#define EDGERT_PROGMEM_WEIGHTS\n");
	/* Weights are packed for these, whatever else the C compiler is told of the machine. */
	if (target_has(s->p->target, "vec"))
		strbuf_printf(&head, "#define EDGERT_VF_LANES %d\n", (int)s->p->target->vec_lanes);
	if (target_has(s->p->target, "avx2"))
		strbuf_printf(&head, "#define EDGERT_VQ_LANES %d\n", target_vq_lanes(s->p->target));
	strbuf_printf(&head, "#define EDGERT_FIXED %d\n", s->p->target->rounding == ROUNDING_FIXED);
	strbuf_puts(&head, "#define EDGERT_KERNEL EDGERT_INLINE\n\n"
			   "void *memcpy(void *, const void *, size_t);\n"
			   "void *memmove(void *, const void *, size_t);\n"
			   "void *memset(void *, int, size_t);\n\n");
	ok = runtime_print(&head, &s->runtime, s->u->diag);
	strbuf_puts(&head, "/* ---- constants ---- */\n\n");
	fwrite(head.s, 1, head.n, f);
	emit_weights(s, f);
	head.n = 0;
	emit_sizes(s, &head);
	strbuf_puts(&head, "/* ---- steps ---- */\n\n");
	fwrite(head.s, 1, head.n, f);
	if (s->text.s)
		fwrite(s->text.s, 1, s->text.n, f);
	fwrite(run.s, 1, run.n, f);
	strbuf_free(&head);
	strbuf_free(&run);
	return ok;
}

static bool write_runtime_header(struct source *s, struct file_set *files)
{
	const struct embedded_file *e = embedded_find("edgert.h");
	FILE *f = file_set_open(files, s->u->diag, "edgert.h");

	if (!e || !f)
		return false;
	fwrite(e->data, 1, e->size, f);
	return true;
}

static bool write_test(struct source *s, struct file_set *files)
{
	FILE *f;

	if (!s->o->test_inputs)
		return true;
	f = file_set_open(files, s->u->diag,
			  arena_printf(s->u->arena, "%s_test.c", s->names.prefix));
	if (!f)
		return false;
	write_selftest(s, f);
	return true;
}

bool codegen_write(struct plan *p, const struct codegen_options *o, struct file_set *files)
{
	struct source s = { .p = p, .u = p->u, .o = o };
	const char *h, *c;
	FILE *f;
	bool ok;

	c_names_make(p->u, o->name, &s.names);
	for (size_t i = 0; i < p->u->dims.n; i++)
		s.symbolic |= s.names.symbols[i] != NULL;
	s.runtime.arena = p->u->arena;
	s.e = (struct emitter){ .out = &s.text,
				.arena = p->u->arena,
				.u = p->u,
				.target = p->target,
				.runtime = &s.runtime,
				.dims = "d->" };
	s.e.dim_used = arena_array(p->u->arena, bool, MOST_DIMS);
	s.calls = arena_array(p->u->arena, const char *, (size_t)p->n_steps + 1);
	s.tails = arena_array(p->u->arena, const char *, (size_t)p->n_steps + 1);
	s.shared = arena_array(p->u->arena, const char *, (size_t)p->n_steps + 1);
	share_kernels(&s);
	for (size_t i = 0; i < p->main.steps.n; i++)
		emit_step(&s, p->main.steps.p[i]);
	h = arena_printf(p->u->arena, "%s.h", o->name);
	c = arena_printf(p->u->arena, "%s.c", o->name);
	if (!mark_sizes(&s)) {
		strbuf_free(&s.text);
		return false;
	}
	ok = (f = file_set_open(files, p->u->diag, h)) != NULL;
	if (ok)
		write_header(&s, f);
	ok = ok && (f = file_set_open(files, p->u->diag, c)) != NULL;
	ok = ok && write_source(&s, f);
	ok = ok && write_weight_files(&s, files, p->u->diag);
	ok = ok && write_runtime_header(&s, files);
	ok = ok && write_test(&s, files);
	strbuf_free(&s.text);
	return ok;
}
