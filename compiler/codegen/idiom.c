/* What tensor expressions say in several steps and the runtime has in one, with the same result for
 * every argument:
 *
 *	(int)round(min(max(x, lo), hi))  =>  edgert_nearest_f32_i32(x, lo, hi)
 *	(int8)(round(x) + zero)  =>  edgert_quantized_f32_i32(x, zero, -128, 127)
 *	(int32)min(max(floor((x * m + 2^(bits - 1)) / 2^bits), lo), hi), in int64
 *		=>  edgert_scaled_i32(x, m, bits, lo, hi), or what is less for small |x| or m = 2^k
 *	floor(x / 2^bits)  =>  edgert_shift_right(x, bits)
 *
 * The first and the third end every requantization (ops/requant.c), the second is QuantizeLinear. */
#include "emit.h"

#include <stdlib.h>

/* Between these a float plus 1.5 * 2^23 is an integer. */
enum { NEAREST = (1 << 22) - 1 };

/* x as the text has not named it yet: what has a name is not computed again. */
static bool is(const struct emitter *e, const struct tir *x, enum tir_kind k)
{
	return x->kind == k && !name_of(e, x);
}

const struct tir *idiom_clamped(const struct emitter *e, const struct tir *x, double *lo,
				double *hi)
{
	if (!is(e, x, TIR_MIN) || !tir_is_number(x->b, hi) || !is(e, x->a, TIR_MAX) ||
	    !tir_is_number(x->a->b, lo))
		return NULL;
	return x->a->a;
}

int idiom_log2(const struct tir *x)
{
	int bits = 0;

	if (x->kind != TIR_INT || x->u.i <= 0 || (x->u.i & (x->u.i - 1)))
		return -1;
	while (x->u.i >> bits > 1)
		bits++;
	return bits;
}

bool idiom_is_near(double lo, double hi)
{
	return lo >= -NEAREST && hi <= NEAREST && lo <= 0 && hi >= 0 && lo == (double)(int32_t)lo &&
	       hi == (double)(int32_t)hi;
}

static void put_call(struct emitter *e, const struct tir *x, const char *function)
{
	runtime_need(e->runtime, function);
	if (x->type != DT_I32)
		strbuf_printf(e->out, "(%s)", ctype_compute(x->type));
	strbuf_printf(e->out, "%s(", function);
}

static bool nearest(struct emitter *e, const struct tir *x)
{
	const struct tir *v;
	double lo, hi;

	if (!is(e, x->a, TIR_ROUND) || x->a->type != DT_F32)
		return false;
	v = idiom_clamped(e, x->a->a, &lo, &hi);
	if (!v || !idiom_is_near(lo, hi))
		return false;
	put_call(e, x, "edgert_nearest_f32_i32");
	emit_expr(e, v);
	strbuf_printf(e->out, ", %d, %d)", (int)lo, (int)hi);
	return true;
}

static bool quantized(struct emitter *e, const struct tir *x)
{
	const struct tir *v = x->a;
	const int lo = x->type == DT_I8 ? -128 : 0, hi = lo + 255;
	double zero = 0;

	if ((x->type != DT_I8 && x->type != DT_U8) || v->type != DT_F32)
		return false;
	if (is(e, v, TIR_ADD) && tir_is_number(v->b, &zero))
		v = v->a;
	if (!is(e, v, TIR_ROUND) || zero != (double)(int)zero || (int)zero < lo || (int)zero > hi)
		return false;
	put_call(e, x, "edgert_quantized_f32_i32");
	emit_expr(e, v->a);
	strbuf_printf(e->out, ", %d, %d, %d)", (int)zero, lo, hi);
	return true;
}

/* An int64 that is an int32: gives that. */
static const struct tir *narrow(const struct emitter *e, struct tir_builder *b, const struct tir *x)
{
	if (x->kind == TIR_INT && x->u.i == (int32_t)x->u.i)
		return tir_int(b, DT_I32, x->u.i);
	return is(e, x, TIR_CAST) && x->a->type == DT_I32 ? x->a : NULL;
}

bool idiom_scaled(const struct emitter *e, struct tir_builder *b, const struct tir *x,
		  struct scaled *out)
{
	const struct tir *v, *sum;
	double lo, hi;

	if (x->kind != TIR_CAST || !dtype_is_int(x->type) || dtype_size(x->type) > 4 ||
	    x->a->type != DT_I64)
		return false;
	v = idiom_clamped(e, x->a, &lo, &hi);
	if (!v || !is(e, v, TIR_FLOORDIV) || lo < INT32_MIN || hi > INT32_MAX)
		return false;
	out->bits = idiom_log2(v->b);
	sum = v->a;
	if (out->bits < 1 || out->bits > 62 || !is(e, sum, TIR_ADD) ||
	    idiom_log2(sum->b) != out->bits - 1 || !is(e, sum->a, TIR_MUL))
		return false;
	out->factor = narrow(e, b, sum->a->a);
	out->multiplier = narrow(e, b, sum->a->b);
	out->lo = (int32_t)lo;
	out->hi = (int32_t)hi;
	return out->factor && out->multiplier;
}

enum { SHORT = 1 << 16, LARGE = 1 << 30, DEPTH = 8 };

/* |x| is at most this, or LARGE: of what is not deeper than `depth`. */
static int64_t magnitude(const struct tir *x, int depth)
{
	int64_t a, b;

	if (depth == 0)
		return LARGE;
	switch (x->kind) {
	case TIR_INT:
		return x->u.i < -LARGE || x->u.i > LARGE ? LARGE : llabs(x->u.i);
	case TIR_LOAD:
		return dtype_is_int(x->type) && dtype_size(x->type) == 1 ? 255 : LARGE;
	case TIR_CAST:
		return dtype_is_int(x->a->type) && dtype_size(x->a->type) <= dtype_size(x->type)
			       ? magnitude(x->a, depth - 1)
			       : LARGE;
	case TIR_ADD:
	case TIR_SUB:
	case TIR_MUL:
		a = magnitude(x->a, depth - 1);
		b = magnitude(x->b, depth - 1);
		a = a == LARGE || b == LARGE ? LARGE : x->kind == TIR_MUL ? a * b : a + b;
		return a < LARGE ? a : LARGE;
	default:
		return LARGE;
	}
}

static bool scaled(struct emitter *e, const struct tir *x)
{
	struct tir_builder b;
	struct scaled s;
	int power;

	tir_builder_init(&b, e->u, NULL);
	if (!idiom_scaled(e, &b, x, &s))
		return false;
	power = idiom_log2(s.multiplier);
	if (power >= 0 && power < s.bits - 1) {
		put_call(e, x, "edgert_rounded_shift_i32");
		emit_expr(e, s.factor);
		s.bits -= power;
	} else {
		put_call(e, x,
			 magnitude(s.factor, DEPTH) <= SHORT ? "edgert_scaled_short_i32"
							     : "edgert_scaled_i32");
		emit_expr(e, s.factor);
		strbuf_puts(e->out, ", ");
		emit_expr(e, s.multiplier);
	}
	strbuf_printf(e->out, ", %d, ", s.bits);
	emit_int(e->out, DT_I32, s.lo);
	strbuf_puts(e->out, ", ");
	emit_int(e->out, DT_I32, s.hi);
	strbuf_putc(e->out, ')');
	return true;
}

static bool shifted(struct emitter *e, const struct tir *x)
{
	const char *f = x->type == DT_I64 ? "edgert_shift_right_i64" : "edgert_shift_right_i32";
	int bits = idiom_log2(x->b);

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
		return nearest(e, x) || quantized(e, x) || scaled(e, x);
	return x->kind == TIR_FLOORDIV && shifted(e, x);
}
