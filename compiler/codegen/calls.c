/* Kernel steps: the parameter struct, the arguments, and the tail as a small function. */
#include "source.h"

#include <string.h>

/* ---- parameters ---------------------------------------------------------------------- */

static bool constant_field(const struct field *f)
{
	if (f->is_float || f->array || f->farray || f->number)
		return true;
	for (int k = 0; f->dims && k < f->n; k++)
		if (!dim_is_const(f->dims[k]))
			return false;
	return f->dims || dim_is_const(f->i);
}

static bool constant_fields(const struct call *c)
{
	for (size_t i = 0; i < c->fields.n; i++)
		if (!constant_field(&c->fields.p[i]))
			return false;
	return true;
}

static void emit_field(struct emitter *e, const struct field *f)
{
	strbuf_printf(e->out, ".%s = ", f->name);
	if (f->array || f->farray || f->dims) {
		strbuf_putc(e->out, '{');
		for (int k = 0; k < f->n; k++) {
			strbuf_puts(e->out, k ? ", " : "");
			if (f->array)
				strbuf_printf(e->out, "%d", f->array[k]);
			else if (f->dims)
				emit_dim(e, f->dims[k]);
			else
				emit_float(e->out, e, DT_F32, (double)f->farray[k]);
		}
		strbuf_putc(e->out, '}');
	} else if (f->is_float) {
		emit_float(e->out, e, DT_F32, f->f);
	} else if (f->number) {
		emit_number(e->out, f->i);
	} else {
		emit_dim(e, f->i);
	}
}

static void emit_params(struct source *s, const struct step *st)
{
	const struct call *c = &st->call;
	struct emitter *e = &s->e;

	if (!c->params_type)
		return;
	emit_begin(e);
	strbuf_printf(e->out, "%sstruct %s p = {",
		      s->range || st->band ? ""
		      : constant_fields(c) ? "static const "
					   : "const ",
		      c->params_type);
	for (size_t i = 0; i < c->fields.n; i++) {
		strbuf_puts(e->out, i ? i % 6 == 0 ? ",\n\t\t" : ", " : "");
		emit_field(e, &c->fields.p[i]);
	}
	strbuf_puts(e->out, "};\n");
}

/* ---- tails --------------------------------------------------------------------------- */

struct tail_map {
	struct source *s;
	const struct step *st;
	const struct tir *i, *c;
};

enum operand { OPERAND_SAME, OPERAND_CHANNEL, OPERAND_SINGLE };

/* How the tail reads an operand: at the element's own place, by channel, or one element for all. */
static enum operand operand_kind(const struct step *st, const struct tir *load)
{
	const struct tir_stage *t = st->tail;
	bool same = load->u.load.rank == t->rank, single = true;

	for (int a = 0; a < load->u.load.rank; a++) {
		const struct tir *x = load->u.load.idx[a];
		bool zero = x->kind == TIR_INT;

		same &= x == t->vars[a] || (zero && t->vars[a]->u.var.extent == 1);
		single &= zero;
	}
	return same ? OPERAND_SAME : single ? OPERAND_SINGLE : OPERAND_CHANNEL;
}

static bool expr_moves(const struct step *st, const struct tir *e, int slot)
{
	if (!e)
		return false;
	if (e->kind == TIR_LOAD)
		return e->u.load.slot == slot && operand_kind(st, e) == OPERAND_SAME;
	return expr_moves(st, e->a, slot) || expr_moves(st, e->b, slot) ||
	       expr_moves(st, e->c, slot);
}

/* The tail reads the operand at the element's own place. */
static bool slot_moves(const struct step *st, int slot)
{
	return expr_moves(st, st->tail->value, slot);
}

static const struct tir *tail_load(struct tir_builder *b, const struct tir *load,
				   const struct tir *const *idx, void *data)
{
	struct tail_map *m = data;
	const struct tir *at;

	(void)idx;
	if (load->u.load.slot == 0)
		at = tir_index(b, 0);
	else
		switch (operand_kind(m->st, load)) {
		case OPERAND_SAME:
			at = m->i;
			break;
		case OPERAND_CHANNEL:
			at = m->c;
			break;
		default:
			at = tir_index(b, 0);
		}
	return tir_load_typed(b, load->u.load.slot, load->type, 1, &at);
}

/* A function of some twenty operations: a register tile would hold a copy for each of its vectors. */
static bool is_long(const struct tir *e)
{
	if (!e || e->kind == TIR_LOAD)
		return false;
	if (e->kind == TIR_EXP || e->kind == TIR_TANH || e->kind == TIR_SIGMOID ||
	    e->kind == TIR_ERF)
		return true;
	return is_long(e->a) || is_long(e->b) || is_long(e->c);
}

/* The function from its parameters on. */
static void tail_text(struct source *s, const struct step *st, bool vector)
{
	struct emitter *e = &s->e;
	struct tir_builder b;
	struct tail_map m = { s, st, NULL, NULL };
	struct tir_map map = { .load = tail_load, .data = &m };
	struct slot *slots = arena_array(s->u->arena, struct slot, (size_t)st->n_slots);
	const struct tir *value, *zero, *own;

	tir_builder_init(&b, s->u, NULL);
	m.i = tir_var(&b, INT32_MAX, "i");
	m.c = tir_var(&b, INT32_MAX - 1, "c");
	value = tir_rebuild(&b, st->tail->value, &map);
	zero = tir_index(&b, 0);
	own = tir_load_typed(&b, 0, DT_F32, 1, &zero);
	for (int k = 1; k < st->n_slots; k++) {
		slots[k].type = DT_F32;
		slots[k].pointer =
			arena_printf(s->u->arena, "((const float *)operands[%d])", k - 1);
		slots[k].progmem =
			s->p->target->progmem &&
			s->p->buffers.p[s->p->places[st->slots[k]].buffer].region == REGION_WEIGHTS;
	}
	emit_line(e, "(%s v, const void *const *operands, edgert_int i, edgert_int c)",
		  vector ? "edgert_vf" : "float");
	emit_open(e, "{");
	emit_line(e, "(void)operands;");
	emit_line(e, "(void)i;");
	emit_line(e, "(void)c;");
	e->slots = slots;
	e->vector = vector;
	name_push(e, own, "v");
	name_push(e, m.i, "i");
	name_push(e, m.c, "c");
	emit_straight(e, value);
	e->named.n = 0;
	e->vector = false;
	e->slots = NULL;
	emit_close(e, "}");
}

void emit_tail(struct source *s, const struct step *st)
{
	bool vector = st->kernel->tail == KERNEL_TAIL_VECTOR;
	struct strbuf text = { 0 }, *out = s->e.out;
	const char *name = arena_printf(s->u->arena, "%s_tail_%d", s->names.prefix, st->number);
	const char *how;
	size_t scalar;

	if (!st->tail)
		return;
	s->e.out = &text;
	tail_text(s, st, false);
	scalar = text.n;
	if (vector)
		tail_text(s, st, true);
	s->e.out = out;
	s->tails[st->number] = text_once(s, text.s, name);
	if (s->tails[st->number] == name) {
		how = is_long(st->tail->value) ? "EDGERT_SHARED" : "EDGERT_INLINE";
		strbuf_printf(out, "%s float %s%.*s\n", how, name, (int)scalar, text.s);
		if (vector)
			strbuf_printf(out, "%s edgert_vf %s_v%s\n", how, name, text.s + scalar);
	}
	strbuf_free(&text);
}

void put_tail_arguments(struct source *s, struct strbuf *out, const struct step *st)
{
	const char *tail = s->tails[st->number];

	if (st->kernel->tail == KERNEL_TAIL_NONE)
		return;
	strbuf_printf(out, ", %s", tail ? tail : "NULL");
	if (st->kernel->tail == KERNEL_TAIL_VECTOR)
		strbuf_printf(out, ", %s%s", tail ? tail : "NULL", tail ? "_v" : "");
	strbuf_printf(out, ", %s", st->n_slots > 1 ? "operands" : "NULL");
}

/* ---- the call ------------------------------------------------------------------------ */

bool argument_is_null(const struct step *st, size_t k)
{
	const struct arg *a = &st->call.args.p[k];

	return a->kind == ARG_NULL || (a->kind == ARG_SCRATCH && st->packed[k] < 0);
}

const char *call_argument(struct source *s, const struct step *st, size_t k)
{
	const struct arg *a = &st->call.args.p[k];
	dim strides[RANK_MAX], origin;
	const char *base;

	if (argument_is_null(st, k))
		return "NULL";
	switch (a->kind) {
	case ARG_PACKED:
		if (st->unfolded_arg == (int)k)
			return "unfolded";
		return buffer_pointer(s, st->packed[k], 0, a->type, "", false,
				      arena_printf(s->u->arena, "w%zu", k));
	case ARG_SCRATCH:
		return scratch_pointer(s, st->packed[k], a->turns, a->type,
				       a->kept ? "text" : "scratch");
	default:
		break;
	}
	base = value_pointer(s, a->value, "", a->output,
			     arena_printf(s->u->arena, "%c%zu", a->output ? 'y' : 'x', k));
	value_strides(s->u, value_of(s->u, a->value), strides, &origin);
	if (origin == 0)
		return base;
	if (dim_is_const(origin))
		return arena_printf(s->u->arena, "%s + %lld", base, (long long)origin);
	s->e.dim_used[-1 - origin] = true;
	return arena_printf(s->u->arena, "%s + %sn%lld", base, s->e.dims, (long long)(-1 - origin));
}

static void emit_operands(struct source *s, const struct step *st)
{
	struct emitter *e = &s->e;

	if (st->n_slots < 2)
		return;
	emit_begin(e);
	strbuf_printf(e->out, "const void *const operands[%d] = {", st->n_slots - 1);
	for (int k = 1; k < st->n_slots; k++)
		strbuf_printf(e->out, "%s%s%s", k > 1 ? ", " : "",
			      value_pointer(s, st->slots[k], "", false,
					    arena_printf(s->u->arena, "operand%d", k)),
			      s->range && slot_moves(st, k) ? " + begin * p.y_row" : "");
	strbuf_puts(e->out, "};\n");
}

static void emit_unfolding(struct source *s, const struct step *st)
{
	const char *function;

	if (st->unfolded < 0)
		return;
	function = st->call.args.p[st->unfolded_arg].folds == 2 ? "edgert_unfold_w4_wide"
								: "edgert_unfold_w4";
	runtime_need(&s->runtime, function);
	emit_line(&s->e, "%s(%s, %s, %lld);", function,
		  buffer_pointer(s, st->unfolded, 0, DT_I8, "", true, "unfolded"),
		  buffer_pointer(s, st->packed[st->unfolded_arg], 0, DT_I8, "", false, "folded"),
		  (long long)s->p->buffers.p[st->packed[st->unfolded_arg]].size * 2);
}

void emit_call(struct source *s, const struct step *st)
{
	struct emitter *e = &s->e;
	const char *shared = s->shared[st->number], *sep = "";

	runtime_need_file(&s->runtime, st->kernel->file);
	range_of_kernel(s, st);
	emit_params(s, st);
	emit_operands(s, st);
	if (st->call.params_type || st->n_slots > 1)
		strbuf_putc(e->out, '\n');
	emit_range_params(s, st);
	emit_band_params(s, st);
	emit_unfolding(s, st);
	emit_begin(e);
	strbuf_printf(e->out, "%s%s(", step_returns(st) ? "return " : "",
		      shared ? shared : st->kernel->function);
	if (st->call.params_type) {
		strbuf_puts(e->out, "&p");
		sep = ", ";
	}
	for (size_t k = 0; k < st->call.args.n; k++) {
		if (shared && argument_is_null(st, k))
			continue;
		strbuf_printf(e->out, "%s%s%s", sep, call_argument(s, st, k),
			      range_argument(s, st, k));
		sep = ", ";
	}
	if (!shared)
		put_tail_arguments(s, e->out, st);
	else if (st->n_slots > 1)
		strbuf_puts(e->out, ", operands");
	strbuf_puts(e->out, ");\n");
}
