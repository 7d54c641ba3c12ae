/* NAME.c: the parts of an emitted model, put together. */
#include "source.h"

#include "../plan/kernels/build.h"
#include "../support/embedded.h"

#include <string.h>

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
			      printable(s->u->arena, t->name, 80),
			      t->cflags ? printable(s->u->arena, t->cflags, 200)
					: "flags for that machine");
}

static bool write_source(struct source *s, FILE *f)
{
	struct vec_machine m = target_machine(s->p->target);
	struct strbuf head = { 0 };
	struct arena *a = s->u->arena;
	const struct target *t = s->p->target;
	bool ok;

	strbuf_printf(&head, "/* %s.c - made by edgecc from %s for %s; do not edit.\n *\n",
		      s->names.prefix, printable(a, s->o->model_file, 80),
		      printable(a, t->name, 80));
	strbuf_printf(
		&head,
		" * workspace %lld bytes (%lld at least in this order of steps), constants %lld bytes, %lld MACs\n",
		(long long)s->p->workspace, (long long)s->p->workspace_bound,
		(long long)s->p->weights, (long long)s->p->macs);
	if (t->cflags)
		strbuf_printf(&head, " * compile with: %s %s\n",
			      t->cc ? printable(a, t->cc, 80) : "cc", printable(a, t->cflags, 200));
	strbuf_printf(&head, " */\n#include \"%s.h\"\n", s->names.prefix);
	put_custom_headers(s, &head);
	strbuf_printf(&head, "\n%s", endian_check(s));
	machine_check(s, &head);
	strbuf_putc(&head, '\n');
	if (s->p->target->progmem)
		emit_program_memory(s, &head);
	/* Weights are packed for these, whatever else the C compiler is told of the machine. */
	if (target_has(s->p->target, "vec"))
		strbuf_printf(&head, "#define EDGERT_VF_LANES %d\n#define EDGERT_VF_REGISTERS %d\n",
			      m.lanes, m.registers);
	if (target_has(s->p->target, "avx2"))
		strbuf_printf(&head, "#define EDGERT_VQ_LANES %d\n#define EDGERT_VQ_TAPS %d\n",
			      target_vq_lanes(s->p->target), target_vq_taps(s->p->target));
	if (target_q128_taps(s->p->target))
		strbuf_printf(&head, "#define EDGERT_Q128_TAPS %d\n",
			      target_q128_taps(s->p->target));
	strbuf_printf(&head, "#define EDGERT_FIXED %d\n", s->p->target->rounding == ROUNDING_FIXED);
	strbuf_puts(&head, "#define EDGERT_KERNEL EDGERT_INLINE\n\n"
			   "void *memcpy(void *, const void *, size_t);\n"
			   "void *memmove(void *, const void *, size_t);\n"
			   "void *memset(void *, int, size_t);\n\n");
	ok = runtime_print(&head, &s->runtime, s->u->diag);
	strbuf_puts(&head, "/* ---- constants ---- */\n\n");
	fwrite(head.s, 1, head.n, f);
	emit_weights(s, f);
	fputs("/* ---- steps ---- */\n\n", f);
	if (s->text.s)
		fwrite(s->text.s, 1, s->text.n, f);
	strbuf_free(&head);
	return ok;
}

static bool write_embedded(struct source *s, struct file_set *files, const char *name)
{
	const struct embedded_file *e = embedded_find(name);
	FILE *f = file_set_open(files, s->u->diag, name);

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
	s.far = plan_is_far(p);
	if (s.far && o->weights == WEIGHTS_BINARY)
		return diag_error(
			p->u->diag, NULL,
			"--weights binary: pointers of %s reach 64 KB, constants have %lld bytes",
			p->target->name, (long long)p->weights);
	s.runtime.arena = p->u->arena;
	s.e = (struct emitter){ .out = &s.text,
				.arena = p->u->arena,
				.u = p->u,
				.target = p->target,
				.runtime = &s.runtime,
				.compact = o->share,
				.dims = "d->" };
	sizes_begin(&s);
	s.calls = arena_array(p->u->arena, const char *, (size_t)p->n_steps + 1);
	s.tails = arena_array(p->u->arena, const char *, (size_t)p->n_steps + 1);
	s.shared = arena_array(p->u->arena, const char *, (size_t)p->n_steps + 1);
	share_kernels(&s);
	for (size_t i = 0; i < p->main.steps.n; i++)
		emit_step(&s, p->main.steps.p[i]);
	h = arena_printf(p->u->arena, "%s.h", o->name);
	c = arena_printf(p->u->arena, "%s.c", o->name);
	if (!sizes_end(&s)) {
		strbuf_free(&s.text);
		return false;
	}
	emit_stepped(&s);
	ok = (f = file_set_open(files, p->u->diag, h)) != NULL;
	if (ok)
		write_header(&s, f);
	ok = ok && (f = file_set_open(files, p->u->diag, c)) != NULL;
	ok = ok && write_source(&s, f);
	ok = ok && write_weight_files(&s, files, p->u->diag);
	ok = ok && write_embedded(&s, files, "edgert.h");
	ok = ok && (!o->parallel || write_embedded(&s, files, "edgert_pool.h"));
	ok = ok && write_test(&s, files);
	strbuf_free(&s.text);
	return ok;
}
