/* Tensor expressions as C expressions. Every result has exactly the C type ctype_compute() names,
 * so that the text compiles without a conversion warning; integers wrap through unsigned
 * arithmetic. */
#include "emit.h"

#include <string.h>

void name_push(struct emitter *e, const struct tir *x, const char *name)
{
	struct named n = { x, name };

	vec_push(e->arena, &e->named, n);
}

const char *name_of(const struct emitter *e, const struct tir *x)
{
	for (size_t i = e->named.n; i-- > 0;)
		if (e->named.p[i].e == x)
			return e->named.p[i].name;
	return NULL;
}

/* Functions of one float argument: name for f32 is NAME + "f". */
static const struct {
	enum tir_kind kind;
	const char *name;
} functions[] = {
	{ TIR_FLOOR, "floor" }, { TIR_CEIL, "ceil" },       { TIR_TRUNC, "trunc" },
	{ TIR_ROUND, "rint" },  { TIR_SQRT, "sqrt" },       { TIR_EXP, "exp" },
	{ TIR_LOG, "log" },     { TIR_LOG1P, "log1p" },     { TIR_EXPM1, "expm1" },
	{ TIR_SIN, "sin" },     { TIR_COS, "cos" },         { TIR_TAN, "tan" },
	{ TIR_ASIN, "asin" },   { TIR_ACOS, "acos" },       { TIR_ATAN, "atan" },
	{ TIR_SINH, "sinh" },   { TIR_COSH, "cosh" },       { TIR_TANH, "tanh" },
	{ TIR_ASINH, "asinh" }, { TIR_ACOSH, "acosh" },     { TIR_ATANH, "atanh" },
	{ TIR_ERF, "erf" },     { TIR_SIGMOID, "sigmoid" }, { TIR_POW, "pow" },
	{ TIR_ATAN2, "atan2" },
};

static const char *function_name(struct emitter *e, enum tir_kind k, enum dtype t)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		const char *name;

		if (functions[i].kind != k)
			continue;
		name = arena_printf(e->arena, "edgert_%s%s", functions[i].name,
				    t == DT_F32 ? "f" : "");
		runtime_need(e->runtime, name);
		return name;
	}
	unreachable("a function of the runtime");
}

static const char *suffix(enum dtype t)
{
	switch (t) {
	case DT_F32:
		return "f32";
	case DT_F64:
		return "f64";
	case DT_I8:
		return "i8";
	case DT_I16:
		return "i16";
	case DT_I32:
		return "i32";
	case DT_I64:
		return "i64";
	case DT_U8:
		return "u8";
	case DT_U16:
		return "u16";
	case DT_U32:
		return "u32";
	case DT_U64:
		return "u64";
	case DT_INDEX:
		return "index";
	case DT_BOOL:
		return "u8";
	default:
		unreachable("compute type");
	}
}

/* Calls edgert_NAME_TYPE(a, b); of strings, edgert_NAME. */
static void call2(struct emitter *e, const char *name, enum dtype t, const struct tir *a,
		  const struct tir *b)
{
	const char *f = t == DT_STRING ? arena_printf(e->arena, "edgert_%s", name)
				       : arena_printf(e->arena, "edgert_%s_%s", name, suffix(t));

	runtime_need(e->runtime, f);
	strbuf_printf(e->out, "%s(", f);
	emit_expr(e, a);
	if (b) {
		strbuf_puts(e->out, ", ");
		emit_expr(e, b);
	}
	strbuf_putc(e->out, ')');
}

static void infix(struct emitter *e, const struct tir *a, const char *op, const struct tir *b)
{
	strbuf_putc(e->out, '(');
	emit_expr(e, a);
	strbuf_printf(e->out, " %s ", op);
	emit_expr(e, b);
	strbuf_putc(e->out, ')');
}

/* Integer a op b, wrapping: through an unsigned type at least 32 bits wide. */
static void wrapping(struct emitter *e, enum dtype t, const struct tir *a, const char *op,
		     const struct tir *b)
{
	const char *wide = dtype_size(t) == 8 ? "uint64_t" : "uint32_t";

	strbuf_printf(e->out, "(%s)((%s)", ctype_compute(t), wide);
	if (a)
		emit_expr(e, a);
	else
		strbuf_putc(e->out, '0');
	strbuf_printf(e->out, " %s (%s)", op, wide);
	emit_expr(e, b);
	strbuf_putc(e->out, ')');
}

static void arithmetic(struct emitter *e, const struct tir *x, const char *op)
{
	if (dtype_is_int(x->type) && x->type != DT_INDEX)
		wrapping(e, x->type, x->a, op, x->b);
	else
		infix(e, x->a, op, x->b);
}

static void load(struct emitter *e, const struct tir *x)
{
	const struct slot *s = &e->slots[x->u.load.slot];
	const char *convert = NULL;

	switch (s->type) {
	case DT_F16:
		convert = "edgert_f16_to_f32";
		break;
	case DT_BF16:
		convert = "edgert_bf16_to_f32";
		break;
	case DT_F8E4M3FN:
		convert = "edgert_f8e4m3fn_to_f32";
		break;
	case DT_F8E4M3FNUZ:
		convert = "edgert_f8e4m3fnuz_to_f32";
		break;
	case DT_F8E5M2:
		convert = "edgert_f8e5m2_to_f32";
		break;
	case DT_F8E5M2FNUZ:
		convert = "edgert_f8e5m2fnuz_to_f32";
		break;
	case DT_F8E8M0:
		convert = "edgert_f8e8m0_to_f32";
		break;
	case DT_F4E2M1:
		convert = "edgert_f4e2m1_to_f32";
		break;
	default:
		break;
	}
	if (convert) {
		runtime_need(e->runtime, convert);
		strbuf_printf(e->out, "%s(", convert);
	}
	if (s->progmem) {
		const char *f = arena_printf(e->arena, "edgert_flash_%s",
					     suffix(dtype_size(s->type) == 2 && convert
							    ? DT_U16
							    : dtype_compute(s->type)));

		runtime_need(e->runtime, f);
		strbuf_printf(e->out, "%s(%s + ", f, s->pointer);
		emit_expr(e, x->u.load.idx[0]);
		strbuf_putc(e->out, ')');
	} else {
		strbuf_printf(e->out, "%s[", s->pointer);
		emit_expr(e, x->u.load.idx[0]);
		strbuf_putc(e->out, ']');
	}
	if (convert)
		strbuf_putc(e->out, ')');
}

static bool plain_number(const struct tir *x)
{
	return x->kind == TIR_FLOAT && x->u.f == x->u.f;
}

/* A NaN operand must give NaN. Against a number that is no NaN one comparison does it, and compiles
 * to the machine's minimum or maximum: x < c ? c : x. */
static void extreme(struct emitter *e, const struct tir *x)
{
	const char *name = x->kind == TIR_MAX ? "max" : "min";

	if (dtype_is_float(x->type) && plain_number(x->b))
		call2(e, x->kind == TIR_MAX ? "at_least" : "at_most", x->type, x->a, x->b);
	else if (dtype_is_float(x->type) && plain_number(x->a))
		call2(e, x->kind == TIR_MAX ? "at_least" : "at_most", x->type, x->b, x->a);
	else
		call2(e, name, x->type, x->a, x->b);
}

static void divide(struct emitter *e, const struct tir *x)
{
	bool safe = x->b->kind == TIR_INT && x->b->u.i > 0;

	switch (x->kind) {
	case TIR_DIV:
		if (dtype_is_float(x->type)) {
			infix(e, x->a, "/", x->b);
			return;
		}
		break;
	case TIR_MOD:
		if (dtype_is_float(x->type)) {
			const char *f = x->type == DT_F32 ? "edgert_fmodf" : "edgert_fmod";

			runtime_need(e->runtime, f);
			strbuf_printf(e->out, "%s(", f);
			emit_expr(e, x->a);
			strbuf_puts(e->out, ", ");
			emit_expr(e, x->b);
			strbuf_putc(e->out, ')');
			return;
		}
		break;
	default: /* rounding down is C's division where nothing is negative */
		safe = safe && x->type == DT_INDEX && x->a->lo >= 0;
		break;
	}
	if (safe) {
		const char *op = x->kind == TIR_DIV || x->kind == TIR_FLOORDIV ? "/" : "%";

		if (dtype_size(x->type) < 4)
			strbuf_printf(e->out, "(%s)", ctype_compute(x->type));
		infix(e, x->a, op, x->b);
		return;
	}
	call2(e,
	      x->kind == TIR_DIV        ? "div"
	      : x->kind == TIR_MOD      ? "rem"
	      : x->kind == TIR_FLOORDIV ? "floordiv"
					: "floormod",
	      x->type, x->a, x->b);
}

static void cast(struct emitter *e, const struct tir *x)
{
	enum dtype from = x->a->type, to = x->type;

	if (to == DT_BOOL) {
		strbuf_putc(e->out, '(');
		emit_expr(e, x->a);
		strbuf_printf(e->out, " != %s)",
			      from == DT_F32   ? "0.0f"
			      : from == DT_F64 ? "0.0"
					       : "0");
	} else if (dtype_is_float(from) && !dtype_is_float(to)) {
		const char *f = arena_printf(e->arena, "edgert_cast_%s_%s", suffix(from),
					     suffix(to == DT_INDEX ? DT_I64 : to));

		runtime_need(e->runtime, f);
		strbuf_printf(e->out, "%s%s(", to == DT_INDEX ? "(edgert_int)" : "", f);
		emit_expr(e, x->a);
		strbuf_putc(e->out, ')');
	} else {
		strbuf_printf(e->out, "(%s)", ctype_compute(to));
		emit_expr(e, x->a);
	}
}

static const struct {
	enum dtype type;
	const char *from, *to;
} small_floats[] = {
	{ DT_F16, "edgert_f16_from_f32", "edgert_f16_to_f32" },
	{ DT_BF16, "edgert_bf16_from_f32", "edgert_bf16_to_f32" },
	{ DT_F8E4M3FN, "edgert_f8e4m3fn_from_f32", "edgert_f8e4m3fn_to_f32" },
	{ DT_F8E4M3FNUZ, "edgert_f8e4m3fnuz_from_f32", "edgert_f8e4m3fnuz_to_f32" },
	{ DT_F8E5M2, "edgert_f8e5m2_from_f32", "edgert_f8e5m2_to_f32" },
	{ DT_F8E5M2FNUZ, "edgert_f8e5m2fnuz_from_f32", "edgert_f8e5m2fnuz_to_f32" },
	{ DT_F8E8M0, "edgert_f8e8m0_from_f32", "edgert_f8e8m0_to_f32" },
	{ DT_F4E2M1, "edgert_f4e2m1_from_f32", "edgert_f4e2m1_to_f32" },
};

static void to_small(struct emitter *e, enum dtype t, bool saturate, const struct tir *x)
{
	for (size_t i = 0; i < ARRAY_LEN(small_floats); i++) {
		if (small_floats[i].type != t)
			continue;
		runtime_need(e->runtime, small_floats[i].from);
		strbuf_printf(e->out, "%s(", small_floats[i].from);
		emit_expr(e, x);
		if (t == DT_F8E8M0)
			strbuf_puts(e->out, ", 1"); /* rounding: up, as Cast's default */
		if (strstr(small_floats[i].from, "_f8"))
			strbuf_printf(e->out, ", %d", saturate);
		strbuf_putc(e->out, ')');
		return;
	}
	unreachable("small float type");
}

static void round_to(struct emitter *e, const struct tir *x)
{
	for (size_t i = 0; i < ARRAY_LEN(small_floats); i++) {
		if (small_floats[i].type != x->u.round_to.to)
			continue;
		runtime_need(e->runtime, small_floats[i].to);
		strbuf_printf(e->out, "%s(", small_floats[i].to);
		to_small(e, x->u.round_to.to, x->u.round_to.saturate, x->a);
		strbuf_putc(e->out, ')');
		return;
	}
	unreachable("small float type");
}

void emit_stored(struct emitter *e, enum dtype t, const struct tir *x)
{
	if (dtype_compute(t) == DT_F32 && t != DT_F32)
		to_small(e, t, false,
			 x); /* what saturates was rounded before: an infinity stays one */
	else if (t == DT_BOOL) {
		strbuf_puts(e->out, "(uint8_t)");
		emit_expr(e, x);
	} else
		emit_expr(e, x);
}

static void logic(struct emitter *e, const struct tir *x)
{
	static const char *const words[] = { "&&", "||", "!=" }, *const bits[] = { "&", "|", "^" };
	int k = (int)x->kind - TIR_AND;

	if (x->type == DT_BOOL)
		infix(e, x->a, words[k], x->b);
	else
		wrapping(e, x->type, x->a, bits[k], x->b);
}

static void equal(struct emitter *e, const struct tir *x)
{
	if (x->a->type == DT_STRING)
		call2(e, "text_equal", DT_STRING, x->a, x->b);
	else
		infix(e, x->a, "==", x->b);
}

static void select(struct emitter *e, const struct tir *x)
{
	if (dtype_size(x->type) < 4 && x->type != DT_BOOL)
		strbuf_printf(e->out, "(%s)", ctype_compute(x->type));
	strbuf_putc(e->out, '(');
	emit_expr(e, x->a);
	strbuf_puts(e->out, " ? ");
	emit_expr(e, x->b);
	strbuf_puts(e->out, " : ");
	emit_expr(e, x->c);
	strbuf_putc(e->out, ')');
}

static void negate(struct emitter *e, const struct tir *x)
{
	if (dtype_is_int(x->type) && x->type != DT_INDEX) {
		wrapping(e, x->type, NULL, "-", x->a);
		return;
	}
	strbuf_puts(e->out, "(-");
	emit_expr(e, x->a);
	strbuf_putc(e->out, ')');
}

static void invert(struct emitter *e, const struct tir *x)
{
	if (x->type == DT_BOOL)
		strbuf_puts(e->out, "(!");
	else
		strbuf_printf(e->out, "(%s)(~(%s)", ctype_compute(x->type),
			      dtype_size(x->type) == 8 ? "uint64_t" : "uint32_t");
	emit_expr(e, x->a);
	strbuf_putc(e->out, ')');
}

void emit_expr(struct emitter *e, const struct tir *x)
{
	const char *name = name_of(e, x);

	if (name) {
		strbuf_puts(e->out, name);
		return;
	}
	if (emit_idiom(e, x))
		return;
	switch (x->kind) {
	case TIR_INT:
		emit_int(e->out, x->type, x->u.i);
		return;
	case TIR_FLOAT:
		emit_float(e->out, e, x->type, x->u.f);
		return;
	case TIR_DIM:
		emit_dim(e, x->u.dim);
		return;
	case TIR_LOAD:
		load(e, x);
		return;
	case TIR_ADD:
		arithmetic(e, x, "+");
		return;
	case TIR_SUB:
		arithmetic(e, x, "-");
		return;
	case TIR_MUL:
		arithmetic(e, x, "*");
		return;
	case TIR_DIV:
	case TIR_MOD:
	case TIR_FLOORDIV:
	case TIR_FLOORMOD:
		divide(e, x);
		return;
	case TIR_MIN:
	case TIR_MAX:
		extreme(e, x);
		return;
	case TIR_AND:
	case TIR_OR:
	case TIR_XOR:
		logic(e, x);
		return;
	case TIR_SHL:
		call2(e, "shl", x->type, x->a, x->b);
		return;
	case TIR_SHR:
		call2(e, "shr", x->type, x->a, x->b);
		return;
	case TIR_EQ:
		equal(e, x);
		return;
	case TIR_LT:
		infix(e, x->a, "<", x->b);
		return;
	case TIR_LE:
		infix(e, x->a, "<=", x->b);
		return;
	case TIR_NEG:
		negate(e, x);
		return;
	case TIR_NOT:
		invert(e, x);
		return;
	case TIR_ABS:
		call2(e, "abs", x->type, x->a, NULL);
		return;
	case TIR_SIGN:
		call2(e, "sign", x->type, x->a, NULL);
		return;
	case TIR_ISNAN:
		call2(e, "isnan", x->a->type, x->a, NULL);
		return;
	case TIR_ISINF:
		call2(e, "isinf", x->a->type, x->a, NULL);
		return;
	case TIR_CAST:
		cast(e, x);
		return;
	case TIR_ROUND_TO:
		round_to(e, x);
		return;
	case TIR_SELECT:
		select(e, x);
		return;
	case TIR_VAR:
	case TIR_REDUCE:
	case TIR_KIND_COUNT:
		unreachable("a variable or reduction that was not materialised");
	default:
		strbuf_printf(e->out, "%s(", function_name(e, x->kind, x->type));
		emit_expr(e, x->a);
		if (x->b) {
			strbuf_puts(e->out, ", ");
			emit_expr(e, x->b);
		}
		strbuf_putc(e->out, ')');
	}
}
