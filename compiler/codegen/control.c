/* If, Loop and Scan in NAME_run: branches and loops around the calls of their steps' functions. */
#include "source.h"

/* d as an expression in NAME_run, where the sizes are a variable. */
static const char *size_text(struct source *s, dim d)
{
	struct strbuf b = { 0 }, *out = s->e.out;
	const char *dims = s->e.dims, *text;

	s->e.out = &b;
	s->e.dims = "d.";
	emit_dim(&s->e, d);
	s->e.out = out;
	s->e.dims = dims;
	text = arena_strdup(s->u->arena, b.s ? b.s : "");
	strbuf_free(&b);
	return text;
}

const char *turns_text(struct source *s, const struct turn *t)
{
	const char *text = "";

	for (; t; t = t->outer) {
		int n = t->loop->number;
		const char *stride = size_text(s, t->stride);

		text = t->backward ? arena_printf(s->u->arena,
						  "%s + (size_t)(n%d - 1 - i%d) * (size_t)(%s)",
						  text, n, n, stride)
				   : arena_printf(s->u->arena, "%s + (size_t)i%d * (size_t)(%s)",
						  text, n, stride);
	}
	return text;
}

static bool in_program_memory(struct source *s, uint32_t id)
{
	return s->p->target->progmem &&
	       s->p->buffers.p[s->p->places[id].buffer].region == REGION_WEIGHTS;
}

/* The only element of an integer or boolean value, read in NAME_run. */
static const char *element_text(struct source *s, uint32_t id)
{
	const struct value *v = value_of(s->u, id);
	const char *read = "*(%s)";

	if (v->constant)
		return arena_printf(s->u->arena, "%lld", (long long)constant_i64(v->constant, 0));
	if (in_program_memory(s, id))
		read = "pgm_read_byte(%s)";
	return arena_printf(s->u->arena, read, value_address(s, id, false));
}

void emit_block(struct source *s, const struct block *b)
{
	emit_sizes_known(s, b, -1);
	for (size_t i = 0; i < b->steps.n; i++) {
		emit_step_call(s, b->steps.p[i]);
		emit_sizes_known(s, b, (int)i);
	}
}

void emit_if(struct source *s, const struct step *st)
{
	emit_comment(s, st);
	emit_open(&s->e, "if (%s) {", element_text(s, st->slots[0]));
	emit_block(s, &st->blocks[0]);
	s->e.indent--;
	emit_open(&s->e, "} else {");
	emit_block(s, &st->blocks[1]);
	emit_close(&s->e, "}");
}

void emit_iterations_needs(struct source *s, const struct step *st)
{
	if (st->iterations->items != DIM_UNBOUNDED)
		size_text(s, st->iterations->items);
}

/* How often: n. Results of all iterations have room for as many as the plan says. */
static void emit_count(struct source *s, const struct step *st)
{
	const struct iterations *it = st->iterations;
	struct emitter *e = &s->e;
	int n = st->number;

	if (it->count == VALUE_NONE) {
		if (it->items != DIM_UNBOUNDED)
			emit_line(e, "const int64_t n%d = %s;", n, size_text(s, it->items));
		return;
	}
	emit_line(e, "const int64_t n%d = %s;", n, element_text(s, it->count));
	if (it->stacked && !value_of(s->u, it->count)->constant)
		emit_line(e, "if ((n%d < 0 ? 0 : n%d) != %s)\n\t\t\treturn EDGERT_ERROR_DIMENSION;",
			  n, n, size_text(s, it->items));
}

void emit_iterations(struct source *s, const struct step *st)
{
	const struct iterations *it = st->iterations;
	struct emitter *e = &s->e;
	bool counted = it->count != VALUE_NONE || it->items != DIM_UNBOUNDED;
	const char *condition = it->condition == VALUE_NONE ? NULL : element_text(s, it->condition);
	int n = st->number;

	emit_comment(s, st);
	emit_open(e, "{");
	emit_count(s, st);
	emit_line(e, "int64_t i%d = 0;\n", n);
	if (counted && condition)
		emit_open(e, "for (; i%d < n%d && %s; i%d++) {", n, n, condition, n);
	else if (counted)
		emit_open(e, "for (; i%d < n%d; i%d++) {", n, n, n);
	else
		emit_open(e, "for (; %s; i%d++) {", condition, n);
	if (it->number != VALUE_NONE)
		emit_line(e, "*%s = i%d;", value_address(s, it->number, true), n);
	emit_block(s, &st->blocks[0]);
	emit_close(e, "}");
	if (it->stacked && condition)
		emit_line(e, "if (i%d != %s)\n\t\t\treturn EDGERT_ERROR_DIMENSION;", n,
			  size_text(s, it->items));
	emit_close(e, "}");
}
