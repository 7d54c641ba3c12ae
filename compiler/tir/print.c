/* Stages as text (the grammar is in text.h): what is used more than once and is not small gets a
 * name, so that the text is as large as the expression's graph and not as its tree. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

const struct text_kind text_kinds[TIR_KIND_COUNT] = {
	[TIR_OR] = { "|", 1, CLASS_BOOL | CLASS_INTS },
	[TIR_XOR] = { "^", 2, CLASS_BOOL | CLASS_INTS },
	[TIR_AND] = { "&", 3, CLASS_BOOL | CLASS_INTS },
	[TIR_EQ] = { "==", 4, ~0u },
	[TIR_LT] = { "<", 4, ~0u },
	[TIR_LE] = { "<=", 4, ~0u },
	[TIR_ADD] = { "+", 5, CLASS_FLOAT | CLASS_INTS | CLASS_INDEX },
	[TIR_SUB] = { "-", 5, CLASS_FLOAT | CLASS_INTS | CLASS_INDEX },
	[TIR_MUL] = { "*", 6, CLASS_FLOAT | CLASS_INTS | CLASS_INDEX },
	[TIR_DIV] = { "/", 6, CLASS_FLOAT | CLASS_INTS },
	[TIR_FLOORDIV] = { "//", 6, CLASS_INTS | CLASS_INDEX },
	[TIR_FLOORMOD] = { "%", 6, CLASS_INTS | CLASS_INDEX },
	[TIR_MOD] = { "mod", 0, CLASS_FLOAT | CLASS_INTS },
	[TIR_MIN] = { "min", 0, CLASS_FLOAT | CLASS_INTS | CLASS_INDEX },
	[TIR_MAX] = { "max", 0, CLASS_FLOAT | CLASS_INTS | CLASS_INDEX },
	[TIR_POW] = { "pow", 0, CLASS_FLOAT },
	[TIR_ATAN2] = { "atan2", 0, CLASS_FLOAT },
	[TIR_SHL] = { "shl", 0, CLASS_UINT },
	[TIR_SHR] = { "shr", 0, CLASS_UINT },
	[TIR_NEG] = { "-", 0, CLASS_FLOAT | CLASS_INTS | CLASS_INDEX },
	[TIR_NOT] = { "!", 0, CLASS_BOOL | CLASS_INTS },
	[TIR_ABS] = { "abs", 0, CLASS_FLOAT | CLASS_INTS },
	[TIR_SIGN] = { "sign", 0, CLASS_FLOAT | CLASS_INTS },
	[TIR_FLOOR] = { "floor", 0, CLASS_FLOAT },
	[TIR_CEIL] = { "ceil", 0, CLASS_FLOAT },
	[TIR_TRUNC] = { "trunc", 0, CLASS_FLOAT },
	[TIR_ROUND] = { "round", 0, CLASS_FLOAT },
	[TIR_SQRT] = { "sqrt", 0, CLASS_FLOAT },
	[TIR_EXP] = { "exp", 0, CLASS_FLOAT },
	[TIR_LOG] = { "log", 0, CLASS_FLOAT },
	[TIR_LOG1P] = { "log1p", 0, CLASS_FLOAT },
	[TIR_EXPM1] = { "expm1", 0, CLASS_FLOAT },
	[TIR_SIN] = { "sin", 0, CLASS_FLOAT },
	[TIR_COS] = { "cos", 0, CLASS_FLOAT },
	[TIR_TAN] = { "tan", 0, CLASS_FLOAT },
	[TIR_ASIN] = { "asin", 0, CLASS_FLOAT },
	[TIR_ACOS] = { "acos", 0, CLASS_FLOAT },
	[TIR_ATAN] = { "atan", 0, CLASS_FLOAT },
	[TIR_SINH] = { "sinh", 0, CLASS_FLOAT },
	[TIR_COSH] = { "cosh", 0, CLASS_FLOAT },
	[TIR_TANH] = { "tanh", 0, CLASS_FLOAT },
	[TIR_ASINH] = { "asinh", 0, CLASS_FLOAT },
	[TIR_ACOSH] = { "acosh", 0, CLASS_FLOAT },
	[TIR_ATANH] = { "atanh", 0, CLASS_FLOAT },
	[TIR_ERF] = { "erf", 0, CLASS_FLOAT },
	[TIR_SIGMOID] = { "sigmoid", 0, CLASS_FLOAT },
	[TIR_ISNAN] = { "isnan", 0, CLASS_FLOAT },
	[TIR_ISINF] = { "isinf", 0, CLASS_FLOAT },
	[TIR_SELECT] = { "select", 0, ~0u },
};

const char *const text_reduces[TEXT_REDUCES] = {
	[REDUCE_SUM] = "sum",
	[REDUCE_PROD] = "prod",
	[REDUCE_MAX] = "maximum",
	[REDUCE_MIN] = "minimum",
	[REDUCE_AND] = "all",
	[REDUCE_OR] = "any",
	[REDUCE_ARGMAX_FIRST] = "argmax",
	[REDUCE_ARGMAX_LAST] = "argmax_last",
	[REDUCE_ARGMIN_FIRST] = "argmin",
	[REDUCE_ARGMIN_LAST] = "argmin_last",
};

enum operand_class text_class(enum dtype t)
{
	if (t == DT_INDEX || t == DT_BOOL)
		return t == DT_INDEX ? CLASS_INDEX : CLASS_BOOL;
	if (dtype_is_float(t))
		return CLASS_FLOAT;
	return dtype_is_signed_int(t) ? CLASS_INT : dtype_is_int(t) ? CLASS_UINT : 0;
}

bool text_is_reserved(const char *word)
{
	static const char *const words[] = { "true", "false", "inf",      "nan",        "let",
					     "dim",  "index", "round_to", "saturate_to" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	for (int k = 0; k < TIR_KIND_COUNT; k++)
		if (text_kinds[k].name && strcmp(text_kinds[k].name, word) == 0)
			return true;
	for (int k = 0; k < TEXT_REDUCES; k++)
		if (strcmp(text_reduces[k], word) == 0)
			return true;
	bool slot = word[0] == 'x' && word[1];
	for (const char *p = word + 1; slot && *p; p++)
		slot = *p >= '0' && *p <= '9';
	return slot || dtype_from_name(word) != DT_UNDEF;
}

#define LAST_BIT 63

struct print {
	struct arena *arena;
	struct strbuf *out;
	struct unit *u;
	const struct tir_stage *s;
	/* by id */
	uint32_t *uses;
	uint64_t *bound; /* reductions' variables free in it: a bit each, the last for all from the
			    64th on */
	int n_bound;
	const char **names; /* of variables and of what has a name */
	VEC(const char *) taken;
};

static void print(struct print *p, const struct tir *e, int precedence);

/* -- names ---------------------------------------------------------------------------- */

static bool is_taken(const struct print *p, const char *name)
{
	for (size_t i = 0; i < p->taken.n; i++)
		if (strcmp(p->taken.p[i], name) == 0)
			return true;
	return text_is_reserved(name);
}

static void name(struct print *p, const struct tir *e, const char *wish)
{
	if (p->names[e->id])
		return;
	const char *s = c_identifier(p->arena, wish ? wish : "v", 32);
	for (int i = 1; is_taken(p, s); i++)
		s = arena_printf(p->arena, "%s%d", wish ? wish : "v", i);
	vec_push(p->arena, &p->taken, s);
	p->names[e->id] = s;
}

static bool is_axis(const struct print *p, const struct tir *e)
{
	for (int i = 0; i < p->s->rank; i++)
		if (p->s->vars[i] == e)
			return true;
	return false;
}

static void see(struct print *p, const struct tir *user, const struct tir *e)
{
	if (!e)
		return;
	p->uses[e->id]++;
	p->bound[user->id] |= p->bound[e->id];
}

static void analyse(const struct tir *e, void *data)
{
	struct print *p = data;
	if (e->kind == TIR_VAR) {
		if (!is_axis(p, e)) {
			p->bound[e->id] = (uint64_t)1 << p->n_bound;
			p->n_bound += p->n_bound < LAST_BIT;
		}
		name(p, e, e->u.var.name);
	}
	see(p, e, e->a);
	see(p, e, e->b);
	see(p, e, e->c);
	for (int i = 0; e->kind == TIR_LOAD && i < e->u.load.rank; i++)
		see(p, e, e->u.load.idx[i]);
	for (int i = 0; e->kind == TIR_REDUCE && i < e->u.reduce.n; i++) {
		const struct tir *v = e->u.reduce.vars[i];
		name(p, v, v->u.var.name);
		p->bound[e->id] &= ~(p->bound[v->id] & ~((uint64_t)1 << LAST_BIT));
	}
}

static bool is_leaf(const struct tir *e)
{
	return !e || e->kind <= TIR_LOAD;
}

/* Worth a name: more than one operation. */
static bool is_large(const struct tir *e)
{
	return e->kind > TIR_LOAD &&
	       (!is_leaf(e->a) || !is_leaf(e->b) || !is_leaf(e->c) || e->kind == TIR_REDUCE);
}

static void define(const struct tir *e, void *data)
{
	struct print *p = data;
	if (p->uses[e->id] < 2 || !is_large(e) || p->bound[e->id])
		return;
	struct strbuf *out = p->out;
	strbuf_puts(out, "let ");
	size_t at = out->n;
	print(p, e, 1); /* before it has its name */
	name(p, e, "t");
	char *text = arena_strdup(p->arena, out->s + at);
	out->n = at;
	out->s[at] = '\0';
	strbuf_printf(out, "%s = %s; ", p->names[e->id], text);
}

/* -- expressions ---------------------------------------------------------------------- */

static void print_float(struct print *p, enum dtype t, double f)
{
	char s[40];
	snprintf(s, sizeof s, t == DT_F32 ? "%.9g" : "%.17g", f);
	for (int digits = 1; digits < 17 && isfinite(f);
	     digits++) { /* the shortest that reads back */
		char shorter[40];
		snprintf(shorter, sizeof shorter, "%.*g", digits, f);
		double back = strtod(shorter, NULL);
		if ((t == DT_F32 ? (double)(float)back : back) == f) {
			memcpy(s, shorter, sizeof s);
			break;
		}
	}
	strbuf_puts(p->out, isnan(f) ? "nan" : s);
	if (isfinite(f) && !strpbrk(s, ".e"))
		strbuf_puts(p->out, ".0");
	if (t == DT_F64)
		strbuf_puts(p->out, ":double");
}

static void print_int(struct print *p, enum dtype t, int64_t i)
{
	if (t == DT_BOOL) {
		strbuf_puts(p->out, i ? "true" : "false");
		return;
	}
	if (t == DT_U64)
		strbuf_printf(p->out, "%" PRIu64, (uint64_t)i);
	else
		strbuf_printf(p->out, "%" PRId64, i);
	if (t != DT_INDEX)
		strbuf_printf(p->out, ":%s", dtype_name(t));
}

static void print_binders(struct print *p, int n, const struct tir *const *vars)
{
	for (int i = 0; i < n; i++)
		strbuf_printf(p->out, "%s%s:%s", i ? "," : "", p->names[vars[i]->id],
			      dim_text(p->u, vars[i]->u.var.extent));
}

static void print_load(struct print *p, const struct tir *e)
{
	strbuf_printf(p->out, "x%d", e->u.load.slot);
	if (e->type != DT_F32)
		strbuf_printf(p->out, ":%s", dtype_name(e->type));
	strbuf_putc(p->out, '[');
	for (int i = 0; i < e->u.load.rank; i++) {
		strbuf_puts(p->out, i ? "," : "");
		print(p, e->u.load.idx[i], 1);
	}
	strbuf_putc(p->out, ']');
}

static void print_infix(struct print *p, const struct tir *e, int precedence)
{
	const struct text_kind *k = &text_kinds[e->kind];
	bool minus = e->kind == TIR_ADD && e->b->kind == TIR_INT && e->b->u.i < 0 &&
		     e->b->u.i > INT64_MIN && e->type != DT_U64;
	strbuf_puts(p->out, k->precedence < precedence ? "(" : "");
	print(p, e->a, k->precedence);
	strbuf_printf(p->out, " %s ", minus ? "-" : k->name);
	if (minus)
		print_int(p, e->type, -e->b->u.i);
	else
		print(p, e->b, k->precedence + 1);
	strbuf_puts(p->out, k->precedence < precedence ? ")" : "");
}

static void print_call(struct print *p, const char *name, const char *first, const struct tir *e)
{
	const struct tir *const operands[] = { e->a, e->b, e->c };
	strbuf_printf(p->out, "%s(%s", name, first);
	for (int i = 0; i < 3 && operands[i]; i++) {
		strbuf_puts(p->out, i || *first ? ", " : "");
		print(p, operands[i], 1);
	}
	strbuf_putc(p->out, ')');
}

static void print(struct print *p, const struct tir *e, int precedence)
{
	const struct text_kind *k = &text_kinds[e->kind];
	if (p->names[e->id]) {
		strbuf_puts(p->out, p->names[e->id]);
		return;
	}
	switch (e->kind) {
	case TIR_INT:
		print_int(p, e->type, e->u.i);
		return;
	case TIR_FLOAT:
		print_float(p, e->type, e->u.f);
		return;
	case TIR_DIM:
		strbuf_printf(p->out, "dim(%s)", dim_text(p->u, e->u.dim));
		return;
	case TIR_LOAD:
		print_load(p, e);
		return;
	case TIR_CAST:
		print_call(p, dtype_name(e->type), "", e);
		return;
	case TIR_ROUND_TO:
		print_call(p, e->u.round_to.saturate ? "saturate_to" : "round_to",
			   dtype_name(e->u.round_to.to), e);
		return;
	case TIR_REDUCE:
		strbuf_printf(p->out, "%s(", text_reduces[e->u.reduce.kind]);
		print_binders(p, e->u.reduce.n, e->u.reduce.vars);
		strbuf_puts(p->out, ", ");
		print(p, e->a, 1);
		strbuf_putc(p->out, ')');
		return;
	case TIR_NEG:
	case TIR_NOT: /* "-(" never reads as a number's sign */
		strbuf_printf(p->out, "%s(", k->name);
		print(p, e->a, 1);
		strbuf_putc(p->out, ')');
		return;
	default:
		break;
	}
	if (k->precedence)
		print_infix(p, e, precedence);
	else
		print_call(p, k->name, "", e);
}

void tir_print(struct strbuf *b, struct unit *u, const struct tir_stage *s)
{
	struct arena tmp = { 0 };
	size_t n = (size_t)s->value->id + 1;
	for (int i = 0; i < s->rank; i++)
		n = s->vars[i]->id >= n ? (size_t)s->vars[i]->id + 1 : n;
	struct print p = { .arena = &tmp, .out = b, .u = u, .s = s };
	p.uses = arena_array(&tmp, uint32_t, n);
	p.bound = arena_array(&tmp, uint64_t, n);
	p.names = arena_array(&tmp, const char *, n);
	for (int i = 0; i < s->rank; i++)
		name(&p, s->vars[i], s->vars[i]->u.var.name);
	tir_each(s->value, analyse, &p);
	strbuf_printf(b, "%s[", dtype_name(s->type));
	print_binders(&p, s->rank, s->vars);
	strbuf_puts(b, "] = ");
	tir_each(s->value, define, &p);
	print(&p, s->value, 1);
	arena_free(&tmp);
}
