/* Steps as C functions: each reads and writes the workspace, the caller's inputs and outputs, the
 * constants. */
#include "source.h"

#include <ctype.h>
#include <string.h>

/* Element type of the caller's pointer to input or output b: of the value that he gives or gets,
 * where the buffer may hold another one of the same size before. */
static enum dtype callers_type(struct source *s, const struct buffer *b)
{
	const struct graph *g = s->u->main;
	const uint32_t id =
		b->region == REGION_INPUT ? g->inputs.p[b->index] : g->outputs.p[b->index];

	return value_of(s->u, id)->type;
}

/* The variable of NAME_step that points at part k of the workspace. */
static const char *part_pointer(struct source *s, int k)
{
	return k ? arena_printf(s->u->arena, "ws%d", k + 1) : "ws";
}

/* C expression for the address of a buffer; moved: " + bytes", or "". */
static const char *buffer_address(struct source *s, int buffer, int64_t byte_offset,
				  const char *moved, enum dtype type, bool writable)
{
	const struct buffer *b = &s->p->buffers.p[buffer];
	struct arena *a = s->u->arena;
	const char *t = ctype(type), *c = writable ? "" : "const ";
	const char *base;
	int64_t at = byte_offset;

	switch (b->region) {
	case REGION_WORKSPACE:
		base = part_pointer(s, b->part);
		at += b->offset;
		break;
	case REGION_INPUT:
		base = arena_printf(a, "in->%s", s->names.inputs[b->index]);
		break;
	case REGION_OUTPUT:
		base = arena_printf(a, "out->%s", s->names.outputs[b->index]);
		break;
	default:
		if (s->far && b->type != DT_STRING)
			return arena_printf(a, "(const %s *)(uint16_t)(%lldU%s)", t,
					    (long long)(b->offset + at - s->far_from + FAR_NULL),
					    moved);
		if (b->hot) {
			base = "in->hot";
			at += b->hot_offset;
		} else if (s->o->weights == WEIGHTS_C || b->type == DT_STRING) {
			base = arena_printf(a, "&%s_w%d", s->names.prefix, buffer);
		} else {
			base = s->o->weights == WEIGHTS_INCBIN
				       ? arena_printf(a, "%s_weights", s->names.prefix)
				       : "in->weights";
			at += b->offset;
		}
	}
	if (moved[0]) {
		if (b->region == REGION_WORKSPACE)
			return arena_printf(a, "(%s%s *)(%svoid *)(%s + %lld%s)", c, t, c, base,
					    (long long)at, moved);
		return arena_printf(a,
				    "(%s%s *)(%svoid *)((%sunsigned char *)(%svoid *)%s + %lld%s)",
				    c, t, c, c, c, base, (long long)at, moved);
	}
	if (b->region == REGION_INPUT || b->region == REGION_OUTPUT)
		if (at == 0 && strcmp(ctype(callers_type(s, b)), t) == 0)
			return base;
	if (at == 0)
		return arena_printf(a, "(%s%s *)(%svoid *)%s", c, t, c, base);
	if (b->region == REGION_WORKSPACE)
		return arena_printf(a, "(%s%s *)(%svoid *)(%s + %lld)", c, t, c, base,
				    (long long)at);
	return arena_printf(a, "(%s%s *)(%svoid *)((%sunsigned char *)(%svoid *)%s + %lld)", c, t,
			    c, c, c, base, (long long)at);
}

static const char *add_moved(struct source *s, const struct place *at, const char *moved,
			     enum dtype type, const char *qualifier, bool writable,
			     const char *name)
{
	struct step_pointer p;

	p.declaration = arena_printf(s->u->arena, "%s%s *%s%s", writable ? "" : "const ",
				     ctype(type), qualifier, name);
	p.name = name;
	p.argument = buffer_address(s, at->buffer, at->byte_offset, moved, type, writable);
	vec_push(s->u->arena, &s->pointers, p);
	return name;
}

static const char *add_pointer(struct source *s, const struct place *at, enum dtype type,
			       const char *qualifier, bool writable, const char *name)
{
	return add_moved(s, at, turns_text(s, at->turns), type, qualifier, writable, name);
}

const char *buffer_pointer(struct source *s, int buffer, int64_t byte_offset, enum dtype type,
			   const char *qualifier, bool writable, const char *name)
{
	const struct place p = { .buffer = buffer, .byte_offset = byte_offset };

	return add_pointer(s, &p, type, qualifier, writable, name);
}

const char *scratch_pointer(struct source *s, int buffer, const struct turn *turns, enum dtype type,
			    const char *name)
{
	const struct place p = { .buffer = buffer, .turns = turns };

	return add_pointer(s, &p, type, "", true, name);
}

const char *value_pointer(struct source *s, uint32_t id, const char *qualifier, bool writable,
			  const char *name)
{
	const struct place *p = &s->p->places[id];

	return add_moved(s, p, s->banded ? band_moved(s, id) : turns_text(s, p->turns),
			 value_of(s->u, id)->type, qualifier, writable, name);
}

const char *value_address(struct source *s, uint32_t id, bool writable)
{
	const struct place *p = &s->p->places[id];

	return buffer_address(s, p->buffer, p->byte_offset, turns_text(s, p->turns),
			      value_of(s->u, id)->type, writable);
}

/* Item of value id, of which the step that is printed writes another one in each iteration. */
static const char *item_pointer(struct source *s, uint32_t id, const struct turn *item,
				const char *qualifier, const char *name)
{
	struct place p = s->p->places[id];
	struct turn t = *item;

	t.outer = p.turns;
	p.turns = &t;
	return add_pointer(s, &p, value_of(s->u, id)->type, qualifier, true, name);
}

/* ---- the comment above a step -------------------------------------------------------- */

static const char *where(struct source *s, uint32_t id)
{
	static const char *const regions[] = { "workspace", "weights", "input", "output" };
	const struct place *p = &s->p->places[id];
	const struct buffer *b;

	if (p->buffer < 0)
		return "nowhere";
	b = &s->p->buffers.p[p->buffer];
	if (b->region == REGION_WORKSPACE)
		return arena_printf(s->u->arena, "%s+%lld", part_name(s->u->arena, b->part),
				    (long long)(b->offset + p->byte_offset));
	return b->hot ? "hot weights" : regions[b->region];
}

static void describe_value(struct source *s, struct strbuf *b, uint32_t id)
{
	const struct value *v = value_of(s->u, id);

	strbuf_printf(b, " %s%s @%s", dtype_name(v->type),
		      printable(s->u->arena, shape_text(s->u, &v->shape), 200), where(s, id));
}

void emit_comment(struct source *s, const struct step *st)
{
	struct strbuf b = { 0 };
	struct arena *a = s->u->arena;

	strbuf_printf(&b, "/* Step %d: %s", st->number,
		      st->what ? printable(a, st->what, 120) : "copy");
	if (st->loc.node)
		strbuf_printf(&b, " \"%s\"", printable(a, st->loc.node, 80));
	if (st->macs > 0)
		strbuf_printf(&b, ", %lld MACs", (long long)dim_hi(s->u, st->macs));
	if (st->kernel)
		strbuf_printf(&b, ", %s", st->kernel->function);
	if (st->reason)
		strbuf_printf(&b, " (%s)", printable(a, st->reason, 120));
	strbuf_putc(&b, '\n');
	for (int k = 0; k < s->e.indent; k++)
		strbuf_putc(&b, '\t');
	strbuf_puts(&b, " *");
	for (size_t k = 0; k < st->call.args.n; k++)
		if (st->call.args.p[k].kind == ARG_VALUE && !st->call.args.p[k].output)
			describe_value(s, &b, st->call.args.p[k].value);
	for (int k = 0; k < st->n_slots; k++)
		if (st->slots[k])
			describe_value(s, &b, st->slots[k]);
	strbuf_puts(&b, " ->");
	for (int k = 0; k < st->n_outputs; k++)
		if (st->outputs[k])
			describe_value(s, &b, st->outputs[k]);
	strbuf_puts(&b, " */");
	emit_line(&s->e, "%s", b.s);
	strbuf_free(&b);
}

/* ---- loops --------------------------------------------------------------------------- */

static bool same_buffer(struct source *s, uint32_t a, uint32_t b)
{
	return s->p->places[a].buffer == s->p->places[b].buffer;
}

/* Nothing that the step reads lies in the buffer that output `out` is written to. */
static bool alone(struct source *s, const struct step *st, uint32_t out)
{
	for (int k = 0; k < st->n_slots; k++)
		if (st->slots[k] && same_buffer(s, st->slots[k], out))
			return false;
	for (int k = 0; k < st->n_outputs; k++)
		if (st->outputs[k] && st->outputs[k] != out && same_buffer(s, st->outputs[k], out))
			return false;
	return true;
}

/* A constant that a target may keep in program memory. */
static bool is_weight(struct source *s, uint32_t id)
{
	int b = s->p->places[id].buffer;

	return b >= 0 && s->p->buffers.p[b].region == REGION_WEIGHTS &&
	       s->p->buffers.p[b].type != DT_STRING; /* which has no place in program memory */
}

static void emit_loops(struct source *s, const struct step *st)
{
	struct emitter *e = &s->e;
	struct slot *slots = arena_array(s->u->arena, struct slot, (size_t)st->n_slots + 1);

	for (int k = 0; k < st->n_slots; k++) {
		const struct value *v;

		if (!st->slots[k])
			continue;
		v = value_of(s->u, st->slots[k]);
		slots[k].type = v->type;
		slots[k].progmem = s->p->target->progmem && is_weight(s, st->slots[k]);
		slots[k].pointer = value_pointer(s, st->slots[k], "", false,
						 arena_printf(s->u->arena, "x%d", k));
	}
	for (int k = 0; k < st->n_outputs; k++)
		if (st->outputs[k])
			value_pointer(s, st->outputs[k],
				      alone(s, st, st->outputs[k]) ? "EDGERT_RESTRICT " : "", true,
				      arena_printf(s->u->arena, "y%d", k));
	e->slots = slots;
	for (int k = 0; k < st->n_stages; k++) {
		const size_t outside = e->named.n;
		struct tir_builder b;
		struct nest n;

		if (!st->outputs[k])
			continue;
		tir_builder_init(&b, s->u, NULL);
		nest_make(&b, &st->stages[k], st->slots, value_of(s->u, st->outputs[k]),
			  st->band ? st->band->axis : -1, &n);
		range_of_loops(s, st, &n);
		if (n.row)
			name_push(e, n.row, "r");
		emit_nest(e, &b, &n, arena_printf(s->u->arena, "y%d", k));
		e->named.n = outside;
	}
	e->slots = NULL;
}

/* ---- copies and branches ------------------------------------------------------------- */

static void emit_copy(struct source *s, const struct step *st)
{
	const struct value *v = value_of(s->u, st->slots[0]);
	struct emitter *e = &s->e;
	struct step_pointer to = {
		.declaration = arena_printf(s->u->arena, "%s *EDGERT_RESTRICT y0", ctype(v->type)),
		.name = "y0",
	};
	value_pointer(s, st->slots[0], "EDGERT_RESTRICT ", false, "x0");
	if (st->into) {
		item_pointer(s, st->outputs[0], st->into, "EDGERT_RESTRICT ", "y0");
	} else if (st->outputs[0]) {
		value_pointer(s, st->outputs[0], "EDGERT_RESTRICT ", true, "y0");
	} else {
		to.argument = arena_printf(s->u->arena, "out->%s", s->names.outputs[st->output]);
		vec_push(s->u->arena, &s->pointers, to);
	}
	emit_begin(e);
	if (s->p->target->progmem && is_weight(s, st->slots[0]))
		strbuf_puts(e->out, "for (size_t i = 0; i < (size_t)(");
	else
		strbuf_puts(e->out, "memcpy(y0, x0, (size_t)(");
	emit_dim(e, value_box(s->u, v));
	strbuf_puts(e->out, s->p->target->progmem && is_weight(s, st->slots[0])
				    ? ") * sizeof *x0; i++)\n\t\t((uint8_t *)y0)[i] = "
				      "EDGERT_PGM(byte, (const uint8_t *)x0 + i);\n"
				    : ") * sizeof *x0);\n");
}

static void emit_body(struct source *s, const struct step *st)
{
	switch (st->kind) {
	case STEP_KERNEL:
		if (st->call.custom)
			emit_custom(s, st);
		else
			emit_call(s, st);
		break;
	case STEP_LOOPS:
		emit_loops(s, st);
		break;
	case STEP_COPY:
		emit_copy(s, st);
		break;
	default:
		unreachable("step kind");
	}
}

/* ---- functions and their calls ------------------------------------------------------- */

static const char *step_function(struct source *s, const struct step *st)
{
	return arena_printf(s->u->arena, "%s_step_%d", s->names.prefix, st->number);
}

static enum kernel_returns returns_of(const struct step *st)
{
	return st->kernel ? st->kernel->returns : RETURNS_NOTHING;
}

const char *step_returns(const struct step *st)
{
	if (returns_of(st) == RETURNS_STATUS)
		return "int";
	return st->call.result || returns_of(st) == RETURNS_COUNT ? "edgert_int" : NULL;
}

/* Where the result of st's call goes in NAME_run; NULL: it has none. */
static const char *result_text(struct source *s, const struct step *st)
{
	if (st->call.result)
		return arena_printf(s->u->arena, "d->n%lld", (long long)(-1 - st->call.result));
	return returns_of(st) == RETURNS_NOTHING ? NULL : "status";
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_named(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; (at = strstr(at, name)); at += n) {
		if ((at == text || !is_word(at[-1])) && !is_word(at[n]))
			return true;
	}
	return false;
}

/* Loops without iterations, and parts that are empty, read and write nothing. */
static void emit_unread(struct source *s, struct strbuf *out, const char *body)
{
	for (size_t i = 0; i < s->pointers.n; i++)
		if (!is_named(body, s->pointers.p[i].name))
			strbuf_printf(out, "\t(void)%s;\n", s->pointers.p[i].name);
	if (s->range && !is_named(body, "begin"))
		strbuf_puts(out, "\t(void)begin;\n\t(void)end;\n");
}

static void emit_function(struct source *s, const struct step *st)
{
	struct emitter *e = &s->e;
	struct strbuf body = { 0 }, text = { 0 }, args = { 0 }, *out = e->out;
	const char *name, *own = step_function(s, st), *sep = "", *type = step_returns(st);
	const char *result = result_text(s, st);

	s->pointers.n = 0;
	s->range = 0;
	s->banded = st->band ? st : NULL;
	s->far_from = step_constants(s->p, st).from;
	e->out = &body;
	e->indent = 1;
	emit_body(s, st);
	e->indent = 0;
	e->out = out;
	for (size_t i = 0; i < s->pointers.n; i++) {
		strbuf_printf(&text, "%s%s", sep, s->pointers.p[i].declaration);
		strbuf_printf(&args, "%s%s", sep, s->pointers.p[i].argument);
		sep = ", ";
	}
	if (s->symbolic) {
		strbuf_printf(&text, "%sconst struct %s_sizes *d", sep, s->names.prefix);
		strbuf_printf(&args, "%sd", sep);
	} else if (!s->pointers.n) {
		strbuf_puts(&text, "void");
	}
	if (s->range || (st->band && st->kernel))
		strbuf_puts(&text, ", edgert_int begin, edgert_int end");
	if (st->band && st->kernel)
		strbuf_printf(&args, ", r%d, t%d", st->number, st->number);
	if (st->band && !st->kernel && body.s && is_named(body.s, "r")) {
		strbuf_puts(&text, ", edgert_int r");
		strbuf_puts(&args, ", r");
	}
	strbuf_printf(&text, ")\n{\n%s", s->symbolic ? "\t(void)d;\n" : "");
	emit_unread(s, &text, body.s ? body.s : "");
	strbuf_printf(&text, "%s}\n\n", body.s ? body.s : "");
	name = text_once(s, text.s, own);
	emit_comment(s, st);
	if (name == own)
		strbuf_printf(out, "EDGERT_SHARED %s %s(%s", type ? type : "void", own, text.s);
	else
		strbuf_printf(out, "/* the same code as %s */\n\n", name);
	if (name == own && s->range)
		emit_range(s, out, name);
	if (st->call.result)
		s->e.dim_used[-1 - st->call.result] = true;
	s->calls[st->number] = arena_printf(
		s->u->arena, "%s%s%s%s(%s);", result ? result : "", result ? " = " : "",
		type && !st->call.result && strcmp(type, "int") != 0 ? "(int)" : "", name,
		args.s ? args.s : "");
	if (s->range)
		s->calls[st->number] = range_call(s, name, args.s);
	s->status |= result && !st->call.result;
	strbuf_free(&body);
	strbuf_free(&text);
	strbuf_free(&args);
}

void emit_step(struct source *s, const struct step *st)
{
	for (int k = 0; k < st->n_blocks; k++)
		for (size_t i = 0; i < st->blocks[k].steps.n; i++)
			emit_step(s, st->blocks[k].steps.p[i]);
	if (st->kind == STEP_IF)
		emit_if_needs(s, st);
	if (st->iterations)
		emit_iterations_needs(s, st);
	if (!st->n_blocks)
		emit_function(s, st);
}

void emit_step_call(struct source *s, const struct step *st)
{
	switch (st->kind) {
	case STEP_IF:
		emit_if(s, st);
		break;
	case STEP_LOOP:
	case STEP_SCAN:
		emit_iterations(s, st);
		break;
	case STEP_STREAM:
		emit_stream(s, st);
		break;
	default:
		if (s->far && step_constants(s->p, st).to)
			emit_line(&s->e, "edgert_far = %s_constants() + %lldUL;", s->names.prefix,
				  (long long)(step_constants(s->p, st).from));
		emit_line(&s->e, "%s", s->calls[st->number]);
		if (returns_of(st) == RETURNS_STATUS)
			emit_return_if(&s->e, "status", "status != EDGERT_OK");
		if (returns_of(st) == RETURNS_COUNT)
			emit_return_if(&s->e,
				       arena_printf(s->u->arena, "(int)-%s", result_text(s, st)),
				       "%s < 0", result_text(s, st));
	}
}
