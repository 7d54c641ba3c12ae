/* What tensor expressions say in several steps and the runtime has in one, with the same result for
 * every argument:
 *
 *	(int)round(min(max(x, lo), hi))  =>  edgert_nearest_f32_i32(x, lo, hi)
 *	(int32)min(max(floor((x * m + 2^(bits - 1)) / 2^bits), lo), hi), in int64
 *		=>  edgert_scaled_i32(x, m, bits, lo, hi)
 *	floor(x / 2^bits)  =>  edgert_shift_right(x, bits)
 *
 * The first two end every requantization (ops/requant.c). */
#include "emit.h"

/* Between these a float plus 1.5 * 2^23 is an integer. */
enum { NEAREST = (1 << 22) - 1 };

/* x as the text has not named it yet: what has a name is not computed again. */
static bool is(const struct emitter *e, const struct tir *x, enum tir_kind k)
{
	return x->kind == k && !name_of(e, x);
}

/* min(max(x, lo), hi) of numbers: gives x. */
static const struct tir *clamped(const struct emitter *e, const struct tir *x, double *lo,
				 double *hi)
{
	if (!is(e, x, TIR_MIN) || !tir_is_number(x->b, hi) || !is(e, x->a, TIR_MAX) ||
	    !tir_is_number(x->a->b, lo))
		return NULL;
	return x->a->a;
}

/* The exponent of a power of two; -1: it is none. */
static int log2_of(const struct tir *x)
{
	int bits = 0;

	if (x->kind != TIR_INT || x->u.i <= 0 || (x->u.i & (x->u.i - 1)))
		return -1;
	while (x->u.i >> bits > 1)
		bits++;
	return bits;
}

static bool nearest(struct emitter *e, const struct tir *x)
{
	const struct tir *v;
	double lo, hi;

	if (!is(e, x->a, TIR_ROUND) || x->a->type != DT_F32)
		return false;
	v = clamped(e, x->a->a, &lo, &hi);
	/* NaN becomes 0, which has to be between them. */
	if (!v || lo < -NEAREST || hi > NEAREST || lo > 0 || hi < 0 || lo != (double)(int32_t)lo ||
	    hi != (double)(int32_t)hi)
		return false;
	runtime_need(e->runtime, "edgert_nearest_f32_i32");
	if (x->type != DT_I32)
		strbuf_printf(e->out, "(%s)", ctype_compute(x->type));
	strbuf_puts(e->out, "edgert_nearest_f32_i32(");
	emit_expr(e, v);
	strbuf_printf(e->out, ", %d, %d)", (int)lo, (int)hi);
	return true;
}

/* An int64 that is an int32: gives that. */
static const struct tir *narrow(const struct emitter *e, struct tir_builder *b, const struct tir *x)
{
	if (x->kind == TIR_INT && x->u.i == (int32_t)x->u.i)
		return tir_int(b, DT_I32, x->u.i);
	return is(e, x, TIR_CAST) && x->a->type == DT_I32 ? x->a : NULL;
}

static bool scaled(struct emitter *e, const struct tir *x)
{
	const struct tir *v, *sum, *factor, *multiplier;
	struct tir_builder b;
	double lo, hi;
	int bits;

	if (x->type != DT_I32 || x->a->type != DT_I64)
		return false;
	v = clamped(e, x->a, &lo, &hi);
	if (!v || !is(e, v, TIR_FLOORDIV) || lo < INT32_MIN || hi > INT32_MAX)
		return false;
	bits = log2_of(v->b);
	sum = v->a;
	if (bits < 1 || bits > 62 || !is(e, sum, TIR_ADD) || log2_of(sum->b) != bits - 1 ||
	    !is(e, sum->a, TIR_MUL))
		return false;
	tir_builder_init(&b, e->u, NULL);
	factor = narrow(e, &b, sum->a->a);
	multiplier = narrow(e, &b, sum->a->b);
	if (!factor || !multiplier)
		return false;
	runtime_need(e->runtime, "edgert_scaled_i32");
	strbuf_puts(e->out, "edgert_scaled_i32(");
	emit_expr(e, factor);
	strbuf_puts(e->out, ", ");
	emit_expr(e, multiplier);
	strbuf_printf(e->out, ", %d, ", bits);
	emit_int(e->out, DT_I32, (int64_t)lo);
	strbuf_puts(e->out, ", ");
	emit_int(e->out, DT_I32, (int64_t)hi);
	strbuf_putc(e->out, ')');
	return true;
}

static bool shifted(struct emitter *e, const struct tir *x)
{
	const char *f = x->type == DT_I64 ? "edgert_shift_right_i64" : "edgert_shift_right_i32";
	int bits = log2_of(x->b);

	if (bits < 0 || (x->type != DT_I64 && x->type != DT_I32))
		return false;
	runtime_need(e->runtime, f);
	strbuf_printf(e->out, "%s(", f);
	emit_expr(e, x->a);
	strbuf_printf(e->out, ", %d)", bits);
	return true;
}

bool emit_idiom(struct emitter *e, const struct tir *x)
{
	if (x->kind == TIR_CAST && dtype_is_int(x->type) && x->type != DT_INDEX)
		return nearest(e, x) || scaled(e, x);
	return x->kind == TIR_FLOORDIV && shifted(e, x);
}
