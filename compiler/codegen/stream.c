/* Streams (plan/stream.c) in NAME_step: a loop over bands around the calls of their steps' functions.
 *
 *	r4	rows of step 4's output that are there
 *	t4	and that will be when it has had its turn
 *	f4	the first of them that is in memory, where only some are */
#include "source.h"

#include <string.h>

bool band_sets(const struct step *st, const char *name)
{
	const struct row_fields *f = st->band ? row_fields(&st->call) : NULL;

	return f && (strcmp(name, f->out) == 0 ||
		     (f->in && (strcmp(name, f->in) == 0 || strcmp(name, f->pad) == 0)));
}

bool windows_inside(const struct step *st)
{
	const struct call *c = &st->call;
	const struct row_fields *f = row_fields(c);
	const dim out = call_number(c, f->out), in = call_number(c, f->in);

	return call_number(c, f->pad) == 0 && dim_is_const(out) && dim_is_const(in) &&
	       (out - 1) * call_number(c, f->stride) +
			       (call_number(c, f->kernel) - 1) * call_number(c, f->dilation) <
		       in;
}

void emit_band_params(struct source *s, const struct step *st)
{
	struct emitter *e = &s->e;
	const struct row_fields *f = st->band ? row_fields(&st->call) : NULL;

	if (!f)
		return;
	emit_line(e, "p.%s = end - begin;", f->out);
	if (!f->in)
		return;
	if (windows_inside(st)) { /* in a form that lets the C compiler see it */
		emit_line(e, "p.%s = (p.%s - 1) * p.%s + (p.%s - 1) * p.%s + 1;", f->in, f->out,
			  f->stride, f->kernel, f->dilation);
		return;
	}
	emit_line(e, "p.%s -= begin * p.%s;", f->pad, f->stride);
	emit_open(e, "if (p.%s < 0) {", f->pad);
	emit_line(e, "p.%s += p.%s;", f->in, f->pad);
	emit_line(e, "p.%s = 0;", f->pad);
	emit_close(e, "}");
}

/* "r * 2 / 3 - 1" */
static const char *linear(struct source *s, const char *var, int64_t factor, int64_t by,
			  int64_t add)
{
	struct arena *a = s->u->arena;
	const char *product =
		factor == 1 ? var : arena_printf(a, "%s * %lld", var, (long long)factor);

	if (by != 1)
		product = arena_printf(a, "%s / %lld", product, (long long)by);
	if (add == 0)
		return product;
	return arena_printf(a, "%s %c %lld", product, add < 0 ? '-' : '+',
			    (long long)(add < 0 ? -add : add));
}

static const char *clamped(struct source *s, const char *n, const char *all)
{
	runtime_need(&s->runtime, "edgert_rows");
	return arena_printf(s->u->arena, "edgert_rows(%s, %s)", n, all);
}

const char *band_moved(struct source *s, uint32_t id)
{
	const struct step *st = s->banded;
	const struct move *m = NULL;
	struct arena *a = s->u->arena;
	const char *row = st->kernel ? arena_printf(a, "r%d", st->number) : "r";

	for (int k = 0; k < st->band->n_moves; k++)
		if (st->band->moves[k].value == id)
			m = &st->band->moves[k];
	if (!m || !m->row)
		return "";
	row = linear(s, row, m->stride, m->per, -m->pad);
	if (m->pad > 0)
		row = arena_printf(a, "edgert_rows(%s, PTRDIFF_MAX)", row);
	if (m->pad > 0)
		runtime_need(&s->runtime, "edgert_rows");
	if (m->kept_by)
		row = arena_printf(a, "%s - f%d", row, m->kept_by->number);
	return arena_printf(a, " + (%s) * %lld", row, (long long)m->row);
}

/* Rows that are still read go to the beginning of the room. */
static void emit_first(struct source *s, const struct step *st, int loop)
{
	const struct band *b = st->band;
	struct emitter *e = &s->e;
	const int n = st->number;
	const long long row = (long long)b->moves[b->n_moves - 1].row;
	const char *at = value_address(s, st->outputs[0], true);
	const char *i = arena_printf(s->u->arena, "i%d", loop);

	emit_open(e, "{");
	emit_line(
		e, "const edgert_int first = %s;\n",
		clamped(s, linear(s, i, b->each, 1, b->keep), arena_printf(s->u->arena, "r%d", n)));
	emit_open(e, "if (first > f%d)", n);
	emit_line(
		e,
		"memmove(%s, (unsigned char *)%s + (first - f%d) * %lld, (size_t)((r%d - first) * %lld));",
		at, at, n, row, n, row);
	e->indent--;
	emit_line(e, "f%d = first;", n);
	emit_close(e, "}");
}

static void emit_turn(struct source *s, const struct step *st, int loop)
{
	const struct band *b = st->band;
	struct emitter *e = &s->e;
	const int n = st->number;
	const char *i = arena_printf(s->u->arena, "i%d", loop);

	emit_line(e, "t%d = %s;", n,
		  clamped(s, linear(s, i, b->each, 1, b->each + b->ahead),
			  arena_printf(s->u->arena, "%lld", (long long)b->rows)));
	if (b->kept)
		emit_first(s, st, loop);
	if (!st->kernel)
		emit_open(e, "for (edgert_int r = r%d; r < t%d; r++)", n, n);
	emit_step_call(s, st);
	if (!st->kernel)
		e->indent--;
	emit_line(e, "r%d = t%d;", n, n);
}

void emit_stream(struct source *s, const struct step *st)
{
	struct emitter *e = &s->e;
	const struct block *b = &st->blocks[0];
	const int n = st->number;

	emit_comment(s, st);
	emit_open(e, "{");
	for (size_t k = 0; k < b->steps.n; k++) {
		const struct step *own = b->steps.p[k];
		const char *f = arena_printf(s->u->arena, ", f%d = 0", own->number);

		emit_line(e, "edgert_int r%d = 0, t%d = 0%s;", own->number, own->number,
			  own->band->kept ? f : "");
	}
	strbuf_putc(e->out, '\n');
	emit_open(e, "for (edgert_int i%d = 0; i%d < %lld; i%d++) {", n, n, (long long)st->bands,
		  n);
	for (size_t k = 0; k < b->steps.n; k++)
		emit_turn(s, b->steps.p[k], n);
	emit_close(e, "}");
	emit_close(e, "}");
}
