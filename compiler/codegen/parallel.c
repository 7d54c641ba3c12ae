/* Steps whose work is cut into parts that may be done at the same time (--parallel): loops over their
 * outermost variable, kernels over rows of their output. The function of such a step takes a range;
 * NAME_step hands it, with its arguments in a struct, to NAME_parallel.
 *
 * Where the parts begin depends on the sizes only, for a kernel may sum in another order at the end of
 * its range: so results are the same whoever computes which parts. */
#include "source.h"

#include <string.h>

enum {
	WORTH_IT = 20000, /* multiply-adds or elements of a part: some microseconds */
	PIXELS = 24,      /* of a part: fewer leave register tiles half empty */
	MOST_PARTS = 16,
	ROWS = 4 /* of a part with scratch: a multiple */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Sets s->range to count and s->parts, when that makes sense. */
static void cut(struct source *s, const struct step *st, dim count, int64_t at_most)
{
	int64_t work = dim_hi(s->u, st->macs), elements = 0;

	for (int k = 0; k < st->n_outputs; k++)
		if (st->outputs[k])
			elements += dim_hi(s->u, value_box(s->u, value_of(s->u, st->outputs[k])));
	work = work > elements ? work : elements;
	at_most = least(at_most, dim_hi(s->u, count));
	s->parts = (int)least(least(work / WORTH_IT, at_most), MOST_PARTS);
	s->range = s->parts > 1 ? count : 0;
	s->part_block = 0;
}

void range_of_loops(struct source *s, const struct step *st, const struct nest *n)
{
	s->range = 0;
	if (s->o->parallel && !st->band && st->n_stages == 1 && n->n > 0)
		cut(s, st, n->vars[0]->u.var.extent, MOST_PARTS);
	s->e.ranged = s->range ? n->vars[0] : NULL;
}

/* Rows of a part. */
static int64_t part_rows(const struct source *s)
{
	const int64_t rows = (s->range + s->parts - 1) / s->parts;

	return (rows + ROWS - 1) / ROWS * ROWS;
}

/* Every part gets its share of the scratch, and the block that goes with it; fewer parts where those
 * would be too small. */
static void share_scratch(struct source *s, const struct step *st)
{
	const int64_t size = s->p->buffers.p[st->scratch].size, align = 64;

	for (; dim_is_const(s->range) && s->parts > 1; s->parts--) {
		s->parts = (int)((s->range + part_rows(s) - 1) / part_rows(s));
		s->part_scratch = size / s->parts / align * align;
		s->part_block = st->kernel->block(&st->call, s->p->target, s->part_scratch);
		if (s->part_block && s->parts > 1)
			return;
	}
	s->range = 0;
}

/* Of a convolution the output's rows, of a matrix product the rows. */
void range_of_kernel(struct source *s, const struct step *st)
{
	const struct field *oh = call_field(&st->call, "oh"), *ow = call_field(&st->call, "ow");
	const struct field *m = call_field(&st->call, "m");
	dim pixels = oh && ow ? dim_mul(s->u, oh->i, ow->i) : m ? m->i : 0;

	s->range = 0;
	if (!s->o->parallel || st->band || !st->kernel->rows || !pixels)
		return;
	if (st->scratch >= 0 && !st->kernel->block)
		return;
	cut(s, st, m ? m->i : oh->i, dim_hi(s->u, pixels) / PIXELS);
	if (s->range && st->scratch >= 0)
		share_scratch(s, st);
}

static bool is_zero(const struct field *f)
{
	return f && f->i == 0;
}

/* Without pads input rows move with the output's: so kernels that look at no pads still see none. */
static bool moves_input(const struct call *c)
{
	return call_field(c, "m") || is_zero(call_field(c, "pt"));
}

bool range_sets(const struct source *s, const struct step *st, const char *name)
{
	static const char *const set[] = { "m", "oh", "ih", "pt", "block" };

	for (size_t k = 0; s->o->parallel && st->kernel->rows && k < ARRAY_LEN(set); k++)
		if (strcmp(set[k], name) == 0)
			return true;
	return false;
}

void emit_range_params(struct source *s, const struct step *st)
{
	const struct call *c = &st->call;

	if (!s->range)
		return;
	if (st->scratch >= 0)
		emit_line(&s->e, "p.block = %lld;", (long long)s->part_block);
	if (call_field(c, "m")) {
		emit_line(&s->e, "p.m = end - begin;");
		return;
	}
	emit_line(&s->e, "p.oh = end - begin;");
	if (!moves_input(c)) {
		emit_line(&s->e, "p.pt -= begin * p.sh;");
	} else if (windows_inside(st)) {
		emit_line(&s->e, "p.ih = (p.oh - 1) * p.sh + (p.kh - 1) * p.dh + 1;");
	} else { /* the last windows of the last range may end outside */
		emit_line(&s->e, "p.ih -= begin * p.sh;");
		emit_line(&s->e, "if (p.ih > (p.oh - 1) * p.sh + (p.kh - 1) * p.dh + 1)");
		emit_line(&s->e, "\tp.ih = (p.oh - 1) * p.sh + (p.kh - 1) * p.dh + 1;");
	}
}

/* What is added to argument k of the kernel. */
const char *range_argument(struct source *s, const struct step *st, size_t k)
{
	const struct call *c = &st->call;

	if (s->range && c->args.p[k].kind == ARG_SCRATCH && !argument_is_null(st, k))
		return arena_printf(s->u->arena, " + begin / %lld * %lld", (long long)part_rows(s),
				    (long long)(s->part_scratch / (int64_t)sizeof(float)));
	if (!s->range || c->args.p[k].kind != ARG_VALUE)
		return "";
	if (c->args.p[k].output)
		return " + begin * p.y_row";
	if (k > 0 || !moves_input(c))
		return "";
	return call_field(c, "m") ? " + begin * p.a_row" : " + begin * p.sh * p.x_row";
}

void emit_range(struct source *s, struct strbuf *out, const char *function)
{
	strbuf_printf(out, "struct %s_args {\n", function);
	for (size_t i = 0; i < s->pointers.n; i++)
		strbuf_printf(out, "\t%s;\n", s->pointers.p[i].declaration);
	if (s->symbolic)
		strbuf_printf(out, "\tconst struct %s_sizes *d;\n", s->names.prefix);
	strbuf_printf(
		out,
		"\tedgert_int n, part;\n};\n\n"
		"static void %s_range(const void *args, ptrdiff_t begin, ptrdiff_t end)\n{\n"
		"\tconst struct %s_args *a = (const struct %s_args *)args;\n\n"
		"\tfor (edgert_int i = begin * a->part; i < a->n && i < end * a->part; i += a->part)\n"
		"\t\t%s(",
		function, function, function, function);
	for (size_t i = 0; i < s->pointers.n; i++)
		strbuf_printf(out, "a->%s, ", s->pointers.p[i].name);
	strbuf_printf(out, "%si, a->n - i < a->part ? a->n : i + a->part);\n}\n\n",
		      s->symbolic ? "a->d, " : "");
}

const char *range_call(struct source *s, const char *function, const char *arguments)
{
	const char *n = size_text(s, s->range), *part;

	part = s->part_block
		       ? arena_printf(s->u->arena, "%lld", (long long)part_rows(s))
		       : arena_printf(s->u->arena, "(%s + %d) / %d", n, s->parts - 1, s->parts);
	return arena_printf(s->u->arena,
			    "%s_parallel(%s_range, &(const struct %s_args){ %s, %s, %s }, %d);",
			    s->names.prefix, function, function, arguments, n, part, s->parts);
}

void declare_parallel(struct source *s, FILE *f)
{
	const char *n = s->names.prefix;

	fprintf(f,
		"/* Yours: calls range(args, begin, end) for ranges that are together 0 to n, each number in one of them, in\n"
		" * any order and at the same time if it likes; returns when all have. edgert_pool.h does it with threads.\n"
		" * Results do not depend on how. */\n"
		"void %s_parallel(void (*range)(const void *args, ptrdiff_t begin, ptrdiff_t end), const void *args,\n"
		"\t\tptrdiff_t n);\n\n",
		n);
}
