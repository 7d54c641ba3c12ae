/* Tensor expressions over edgert_vf: float operations of a vector tail, lane by lane. Comparisons
 * are masks. */
#include "emit.h"

static void call(struct emitter *e, const char *name, const struct tir *a, const struct tir *b)
{
	strbuf_printf(e->out, "%s(", name);
	emit_vector(e, a);
	if (b) {
		strbuf_puts(e->out, ", ");
		emit_vector(e, b);
	}
	strbuf_putc(e->out, ')');
}

static void function(struct emitter *e, const char *name, const struct tir *x)
{
	runtime_need_file(e->runtime, "kernels/isa/vec_math.h");
	call(e, name, x->a, NULL);
}

/* edgert_vf_max(a, b) is b where either is NaN: the number goes first, so that NaN stays. */
static void extreme(struct emitter *e, const struct tir *x)
{
	const char *name = x->kind == TIR_MAX ? "edgert_vf_max" : "edgert_vf_min";

	if (x->b->kind == TIR_FLOAT)
		call(e, name, x->b, x->a);
	else
		call(e, name, x->a, x->b);
}

/* Operands lie at i, i+1, ... or, by channel, at c, c+1, ...; a single element serves every lane.
 */
static void load(struct emitter *e, const struct tir *x)
{
	const struct slot *s = &e->slots[x->u.load.slot];
	bool single = x->u.load.idx[0]->kind == TIR_INT;

	strbuf_printf(e->out, single ? "edgert_vf_all(%s[" : "edgert_vf_load(%s + ", s->pointer);
	emit_expr(e, x->u.load.idx[0]);
	strbuf_puts(e->out, single ? "])" : ")");
}

static void select(struct emitter *e, const struct tir *x)
{
	if (x->a->kind == TIR_LT && !name_of(e, x->a)) {
		strbuf_puts(e->out, "edgert_vf_if_less(");
		emit_vector(e, x->a->a);
		strbuf_puts(e->out, ", ");
		emit_vector(e, x->a->b);
	} else {
		strbuf_puts(e->out, "edgert_vf_select(");
		emit_vector(e, x->a);
	}
	strbuf_puts(e->out, ", ");
	emit_vector(e, x->b);
	strbuf_puts(e->out, ", ");
	emit_vector(e, x->c);
	strbuf_putc(e->out, ')');
}

void emit_vector(struct emitter *e, const struct tir *x)
{
	const char *name = name_of(e, x);

	if (name) {
		strbuf_puts(e->out, name);
		return;
	}
	switch (x->kind) {
	case TIR_FLOAT:
		strbuf_puts(e->out, "edgert_vf_all(");
		emit_float(e->out, e, DT_F32, x->u.f);
		strbuf_putc(e->out, ')');
		return;
	case TIR_LOAD:
		load(e, x);
		return;
	case TIR_ADD:
		call(e, "edgert_vf_add", x->a, x->b);
		return;
	case TIR_SUB:
		call(e, "edgert_vf_sub", x->a, x->b);
		return;
	case TIR_MUL:
		call(e, "edgert_vf_mul", x->a, x->b);
		return;
	case TIR_DIV:
		strbuf_putc(e->out, '(');
		emit_vector(e, x->a);
		strbuf_puts(e->out, " / ");
		emit_vector(e, x->b);
		strbuf_putc(e->out, ')');
		return;
	case TIR_LT:
		call(e, "edgert_vf_less", x->a, x->b);
		return;
	case TIR_LE:
		call(e, "edgert_vf_less_equal", x->a, x->b);
		return;
	case TIR_EQ:
		call(e, "edgert_vf_equal", x->a, x->b);
		return;
	case TIR_MIN:
	case TIR_MAX:
		extreme(e, x);
		return;
	case TIR_SELECT:
		select(e, x);
		return;
	case TIR_NEG:
		strbuf_puts(e->out, "(-");
		emit_vector(e, x->a);
		strbuf_putc(e->out, ')');
		return;
	case TIR_EXP:
		function(e, "edgert_vf_exp", x);
		return;
	case TIR_TANH:
		function(e, "edgert_vf_tanh", x);
		return;
	case TIR_SIGMOID:
		function(e, "edgert_vf_sigmoid", x);
		return;
	case TIR_ERF:
		function(e, "edgert_vf_erf", x);
		return;
	default:
		unreachable("an operation that vector tails do not have");
	}
}
