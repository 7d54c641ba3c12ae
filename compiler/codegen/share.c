/* Which code is printed once and used by several steps.
 *
 * Tails and whole steps whose text is equal are one function, always. A kernel is compiled into
 * every step that calls it, because its parameters are constants there; where less code is wanted,
 * steps of one kernel, with the same tail, call one function instead:
 *
 *	static noinline void NAME_kernel_3(const struct edgert_conv2d *params, ...)
 *
 * in which the parameters that all of them agree on are constants still. With -Os all do where that
 * is less code; where a profile has a code budget, the steps of most MACs keep code of their own
 * until it is spent. A profile may leave code of their own to integers: sums of floats have one order, so
 * constant sizes let the C compiler vectorize nothing, and cost its time. */
#include "source.h"

#include <stdlib.h>
#include <string.h>

/* Measured for the MLPerf Tiny networks with gcc 12 on Cortex-M4: */
enum {
	STEP_BYTES = 500, /* a kernel compiled into one step: 220 to 550 at -O2 */
	SHARED_BY = 4     /* a function for any parameters is as long as three to four of them */
};

/* -- equal text ------------------------------------------------------------------------- */

const char *text_once(struct source *s, const char *text, const char *name)
{
	struct printed new = { arena_strdup(s->u->arena, text), name, strlen(text) };

	for (size_t i = 0; i < s->printed.n; i++)
		if (s->printed.p[i].size == new.size && strcmp(s->printed.p[i].text, text) == 0)
			return s->printed.p[i].name;
	vec_push(s->u->arena, &s->printed, new);
	return name;
}

/* -- kernels ---------------------------------------------------------------------------- */

struct kernel_steps {
	VEC(const struct step *) all;
};

static void collect(struct source *s, const struct block *b, struct kernel_steps *out)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *st = b->steps.p[i];

		if (st->kind == STEP_KERNEL)
			vec_push(s->u->arena, &out->all, st);
		for (int k = 0; k < st->n_blocks; k++)
			collect(s, &st->blocks[k], out);
	}
}

/* Can one function serve both? */
static bool alike(struct source *s, const struct step *a, const struct step *b)
{
	if (a->kernel != b->kernel || s->tails[a->number] != s->tails[b->number] ||
	    (a->n_slots > 1) != (b->n_slots > 1) || a->call.args.n != b->call.args.n ||
	    a->call.fields.n != b->call.fields.n)
		return false;
	for (size_t k = 0; k < a->call.args.n; k++) {
		const struct arg *x = &a->call.args.p[k], *y = &b->call.args.p[k];

		if (argument_is_null(a, k) != argument_is_null(b, k) ||
		    (!argument_is_null(a, k) && x->type != y->type))
			return false;
	}
	return true;
}

/* A number that is the same in both; arrays and floats stay with the caller. */
static bool same_field(const struct field *a, const struct field *b)
{
	return !a->is_float && !a->array && !a->farray && !a->dims && dim_is_const(a->i) &&
	       a->i == b->i;
}

static bool same_fields(const struct call *a, const struct call *b)
{
	for (size_t i = 0; i < a->fields.n; i++)
		if (!same_field(&a->fields.p[i], &b->fields.p[i]))
			return false;
	return true;
}

/* How much code the members would be each with its own: equal calls are one function anyway. */
static size_t count_distinct(const struct step **members, size_t n)
{
	size_t distinct = 0;

	for (size_t i = 0; i < n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = same_fields(&members[i]->call, &members[k]->call);
		distinct += !seen;
	}
	return distinct;
}

static void print_common(struct source *s, struct strbuf *b, const struct step **members, size_t n)
{
	const struct call *c = &members[0]->call;

	for (size_t i = 0; i < c->fields.n; i++) {
		bool same = true;

		for (size_t k = 0; k < n; k++)
			same &= same_field(&c->fields.p[i], &members[k]->call.fields.p[i]) &&
				!band_sets(members[k], c->fields.p[i].name) &&
				!range_sets(s, members[k], c->fields.p[i].name);
		if (!same)
			continue;
		strbuf_printf(b, "\tp.%s = ", c->fields.p[i].name);
		emit_number(b, c->fields.p[i].i);
		strbuf_puts(b, ";\n");
	}
}

static void print_shared(struct source *s, const struct step **members, size_t n, const char *name)
{
	const struct step *st = members[0];
	const struct call *c = &st->call;
	struct strbuf *out = &s->text, args = { 0 };
	const char *sep = "";

	runtime_need_file(&s->runtime, st->kernel->file);
	strbuf_printf(out, "/* %s of %zu steps */\nEDGERT_SHARED %s %s(", st->kernel->function, n,
		      step_returns(st) ? step_returns(st) : "void", name);
	if (c->params_type) {
		strbuf_printf(out, "const struct %s *params", c->params_type);
		strbuf_puts(&args, "&p");
		sep = ", ";
	}
	for (size_t k = 0; k < c->args.n; k++) {
		const struct arg *a = &c->args.p[k];

		if (argument_is_null(st, k)) {
			strbuf_printf(&args, "%sNULL", sep);
		} else {
			strbuf_printf(out, "%s%s%s *a%zu", sep,
				      a->output || a->kind == ARG_SCRATCH ? "" : "const ",
				      ctype(a->type), k);
			strbuf_printf(&args, "%sa%zu", sep, k);
		}
		sep = ", ";
	}
	if (st->n_slots > 1)
		strbuf_puts(out, ", const void *const *operands");
	strbuf_puts(out, ")\n{\n");
	if (c->params_type) {
		strbuf_printf(out, "\tstruct %s p = *params;\n\n", c->params_type);
		print_common(s, out, members, n);
	}
	strbuf_printf(out, "\t%s%s(%s", step_returns(st) ? "return " : "", st->kernel->function,
		      args.s);
	put_tail_arguments(s, out, st);
	strbuf_puts(out, ");\n}\n\n");
	strbuf_free(&args);
}

static int by_macs(const void *a, const void *b)
{
	const struct step *x = *(const struct step *const *)a, *y = *(const struct step *const *)b;

	if (x->macs != y->macs)
		return x->macs < y->macs ? 1 : -1;
	return x->number - y->number;
}

/* The code of a vector kernel for given sizes is the least there is: for any sizes it holds every
 * register tile. */
static bool is_vec(const struct kernel *k)
{
	return strncmp(k->file, "kernels/vec/", 12) == 0;
}

static bool is_specialised(const struct target *t, const struct kernel *k)
{
	return t->specialise == SPECIALISE_ALL || strstr(k->function, "_f32__ref") == NULL;
}

/* Drops from l the steps that get code of their own. */
static void specialise(struct source *s, struct kernel_steps *l)
{
	const struct target *t = s->p->target;
	int64_t left = t->code_budget;
	size_t n = 0;

	if (!s->o->share && left && l->all.n)
		qsort(l->all.p, l->all.n, sizeof *l->all.p, by_macs);
	for (size_t i = 0; i < l->all.n; i++) {
		const struct kernel *k = l->all.p[i]->kernel;

		left -= STEP_BYTES;
		if (!is_vec(k) &&
		    (s->o->share || !is_specialised(t, k) || (t->code_budget && left < 0)))
			l->all.p[n++] = l->all.p[i];
	}
	l->all.n = n;
}

void share_kernels(struct source *s)
{
	struct kernel_steps l = { 0 };
	const struct step **members;

	collect(s, &s->p->main, &l);
	for (size_t i = 0; i < l.all.n; i++)
		emit_tail(s, l.all.p[i]);
	specialise(s, &l);
	members = arena_array(s->u->arena, const struct step *, l.all.n + 1);
	for (size_t i = 0; i < l.all.n; i++) {
		const struct step *st = l.all.p[i];
		size_t n = 0;
		const char *name;

		if (s->shared[st->number])
			continue;
		for (size_t k = i; k < l.all.n; k++)
			if (alike(s, st, l.all.p[k]))
				members[n++] = l.all.p[k];
		if (count_distinct(members, n) < SHARED_BY)
			continue;
		name = arena_printf(s->u->arena, "%s_kernel_%d", s->names.prefix, st->number);
		for (size_t k = 0; k < n; k++)
			s->shared[members[k]->number] = name;
		print_shared(s, members, n, name);
	}
}
