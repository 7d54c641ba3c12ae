/* Calls of a user's functions, and the headers that declare them. */
#include "source.h"

#include <string.h>

static void put_tensor(struct emitter *e, const struct value *v)
{
	strbuf_printf(e->out, "{%d, %d, {", v ? (int)v->type : 0, v ? v->shape.rank : -1);
	for (int a = 0; v && a < v->shape.rank; a++) {
		strbuf_puts(e->out, a ? ", " : "");
		emit_dim(e, v->shape.d[a]);
	}
	strbuf_puts(e->out, v && v->shape.rank ? "}}" : "0}}");
}

/* The arguments that are outputs, or those that are none, with their pointers; how many. */
static int put_tensors(struct source *s, const struct step *st, const char *name, bool output)
{
	struct emitter *e = &s->e;
	struct strbuf pointers = { 0 };
	const char *sep = "";
	int n = 0;

	for (size_t k = 0; k < st->call.args.n; k++) {
		const struct arg *a = &st->call.args.p[k];

		if (a->output != output)
			continue;
		if (n == 0) {
			emit_begin(e);
			strbuf_printf(e->out, "const struct edgert_tensor %sput[] = {", name);
		}
		strbuf_puts(e->out, sep);
		put_tensor(e, a->kind == ARG_VALUE ? value_of(s->u, a->value) : NULL);
		strbuf_printf(&pointers, "%s%s", sep, call_argument(s, st, k));
		sep = ", ";
		n++;
	}
	if (n) {
		strbuf_puts(e->out, "};\n");
		emit_line(e, "%s%s[] = {%s};", output ? "void *const " : "const void *const ", name,
			  pointers.s);
	}
	strbuf_free(&pointers);
	return n;
}

static void put_list(struct emitter *e, const struct custom_attribute *a, int k)
{
	int n = a->ints.n + a->floats.n + a->strings.n;

	if (n == 0)
		return;
	emit_begin(e);
	strbuf_printf(e->out, "static const %s list%d[] = {",
		      a->ints.n     ? "int64_t"
		      : a->floats.n ? "float"
				    : "edgert_string",
		      k);
	for (int i = 0; i < n; i++) {
		strbuf_puts(e->out, i ? ", " : "");
		if (a->ints.n)
			emit_int(e->out, DT_I64, a->ints.p[i]);
		else if (a->floats.n)
			emit_float(e->out, e, DT_F32, (double)a->floats.p[i]);
		else
			emit_string(e->out, a->strings.p[i]);
	}
	strbuf_puts(e->out, "};\n");
}

static void put_attributes(struct emitter *e, const struct custom_attrs *c)
{
	for (int k = 0; k < c->n; k++)
		put_list(e, &c->list[k], k);
	if (!c->n)
		return;
	emit_open(e, "static const struct edgert_attribute attribute[] = {");
	for (int k = 0; k < c->n; k++) {
		const struct custom_attribute *a = &c->list[k];
		const char *list = arena_printf(e->arena, "list%d", k);

		emit_begin(e);
		strbuf_putc(e->out, '{');
		emit_string(e->out, a->name);
		strbuf_printf(e->out, ", %d, %s, %s, %s},\n",
			      a->ints.n + a->floats.n + a->strings.n, a->ints.n ? list : "NULL",
			      a->floats.n ? list : "NULL", a->strings.n ? list : "NULL");
	}
	emit_close(e, "};");
}

void emit_custom(struct source *s, const struct step *st)
{
	const struct custom_attrs *c = st->call.custom;
	struct emitter *e = &s->e;
	int inputs = put_tensors(s, st, "in", false), outputs = put_tensors(s, st, "out", true);

	put_attributes(e, c);
	emit_line(e, "const struct edgert_custom c = {%d, %d, %d, %s, output, %s};\n", inputs,
		  outputs, c->n, inputs ? "input" : "NULL", c->n ? "attribute" : "NULL");
	emit_line(e, "return %s(&c, %s, out);", c->symbol, inputs ? "in" : "NULL");
}

static void list_headers(const struct block *b, struct strbuf *out, struct strbuf *seen)
{
	for (size_t i = 0; i < b->steps.n; i++) {
		const struct step *st = b->steps.p[i];
		const struct custom_attrs *c = st->call.custom;

		for (int k = 0; k < st->n_blocks; k++)
			list_headers(&st->blocks[k], out, seen);
		if (!c || (seen->s && strstr(seen->s, c->header)))
			continue;
		strbuf_printf(out, "#include \"%s\"\n", c->header);
		strbuf_printf(seen, "%s\n", c->header);
	}
}

void put_custom_headers(struct source *s, struct strbuf *out)
{
	struct strbuf seen = { 0 };

	list_headers(&s->p->main, out, &seen);
	strbuf_free(&seen);
}
