/* Stages read from text (the grammar is in text.h), checking what the constructors assert. */
#include <stdlib.h>
#include <string.h>

#include "parse.h"

static const struct tir *parse_expr(struct parse *p, int precedence);

/* -- loads ---------------------------------------------------------------------------- */

static const struct tir *parse_load(struct parse *p, const char *slot)
{
	const struct tir *idx[RANK_MAX];
	int rank = 0;
	long k = strtol(slot, NULL, 10);
	enum dtype t = DT_UNDEF;
	if (k > SLOT_MAX)
		return parse_fail(p, "no such input");
	const struct value *v = p->b->node ? node_in(p->b->node, (int)k) : NULL;
	if (p->b->node && (!v || v->shape.rank < 0))
		return parse_fail(p, "no such input");
	if (parse_take(p, ":") && !parse_type(p, &t))
		return NULL;
	if (!parse_expect(p, "["))
		return NULL;
	while (!parse_take(p, "]")) {
		if (rank == RANK_MAX || (rank && !parse_expect(p, ",")))
			return parse_fail(p, "too many indices");
		const struct tir *x = parse_expr(p, 1);
		if (!x || x->type != DT_INDEX)
			return parse_fail(p, "an index expected");
		idx[rank++] = x;
	}
	if (v) {
		if (rank != v->shape.rank)
			return parse_fail(p, "the input has another rank");
		if (t != DT_UNDEF && dtype_compute(t) != dtype_compute(v->type))
			return parse_fail(p, "the input has another element type");
		return tir_load(p->b, (int)k, idx);
	}
	return tir_load_typed(p->b, (int)k, t == DT_UNDEF ? DT_F32 : dtype_compute(t), rank, idx);
}

/* -- functions ------------------------------------------------------------------------ */

static bool check_class(struct parse *p, enum tir_kind k, const struct tir *x)
{
	if (text_kinds[k].classes & (unsigned)text_class(x->type))
		return true;
	parse_fail(p, "operation not defined on this type");
	return false;
}

static bool parse_binder(struct parse *p, const struct tir **out)
{
	struct word w;
	if (!parse_take_word(p, &w) || !parse_expect(p, ":"))
		return false;
	if (text_is_reserved(w.s)) {
		parse_fail(p, "a variable cannot be called so");
		return false;
	}
	dim d = parse_size(p);
	if (p->failed)
		return false;
	*out = tir_var(p->b, d, arena_strdup(p->b->u->arena, w.s));
	vec_push(p->arena, &p->scope, ((struct scope){ w, *out }));
	return true;
}

/* What stands next is NAME ":", and not the ":" of an input's type. */
static bool at_binder(struct parse *p)
{
	struct word w = parse_peek_word(p);
	const char *end = p->at + strlen(w.s);
	while (*end == ' ')
		end++;
	return w.s[0] && *end == ':' && !text_is_reserved(w.s);
}

static const struct tir *parse_reduce(struct parse *p, enum tir_reduce k)
{
	const struct tir *vars[RANK_MAX * 2];
	int n = 0;
	size_t scope = p->scope.n;
	while (at_binder(p)) {
		if (n == (int)ARRAY_LEN(vars))
			return parse_fail(p, "too many variables");
		if (!parse_binder(p, &vars[n++]) || !parse_expect(p, ","))
			return NULL;
	}
	const struct tir *body = parse_expr(p, 1);
	p->scope.n = scope;
	if (!parse_expect(p, ")") || !body)
		return NULL;
	bool logical = k == REDUCE_AND || k == REDUCE_OR, arg = tir_reduce_is_arg(k);
	unsigned classes = CLASS_INTS | (logical ? CLASS_BOOL : CLASS_FLOAT | CLASS_INDEX);
	if (!n || (arg && n != 1) || !(text_class(body->type) & classes))
		return parse_fail(p, "bad reduction");
	return tir_reduce(p->b, k, n, vars, body);
}

/* Operands up to the closing parenthesis, all of one type from `same` on. */
static bool parse_operands(struct parse *p, int n, int same, const struct tir **out)
{
	for (int i = 0; i < n; i++) {
		if ((i && !parse_expect(p, ",")) || !(out[i] = parse_expr(p, 1)))
			return false;
		if (i > same && out[i]->type != out[same]->type) {
			parse_fail(p, "operands of different types");
			return false;
		}
	}
	return parse_expect(p, ")");
}

static const struct tir *parse_function(struct parse *p, enum tir_kind k)
{
	const struct tir *x[3];
	if (k == TIR_SELECT) {
		if (!parse_operands(p, 3, 1, x))
			return NULL;
		return x[0]->type == DT_BOOL ? tir_select(p->b, x[0], x[1], x[2])
					     : parse_fail(p, "a condition expected");
	}
	bool unary = k >= TIR_NEG;
	if (!parse_operands(p, unary ? 1 : 2, 0, x) || !check_class(p, k, x[0]))
		return NULL;
	return unary ? tir_unary(p->b, k, x[0]) : tir_binary(p->b, k, x[0], x[1]);
}

static const struct tir *parse_round_to(struct parse *p, bool saturate)
{
	enum dtype t;
	const struct tir *x;
	if (!parse_type(p, &t) || !parse_expect(p, ",") || !parse_operands(p, 1, 0, &x))
		return NULL;
	if (!dtype_is_float(t) || t == DT_F64 || x->type != DT_F32)
		return parse_fail(p, "rounding is of float to a smaller float type");
	return tir_round_to(p->b, t, saturate, x);
}

static const struct tir *parse_cast(struct parse *p, enum dtype t)
{
	const struct tir *x;
	if (!parse_operands(p, 1, 0, &x))
		return NULL;
	if ((t != DT_INDEX && dtype_compute(t) != t) || !text_class(t) || !text_class(x->type))
		return parse_fail(p, "no such conversion");
	return tir_cast(p->b, t, x);
}

static const struct tir *parse_call(struct parse *p, const char *w)
{
	for (int k = 0; k < TEXT_REDUCES; k++)
		if (strcmp(w, text_reduces[k]) == 0)
			return parse_reduce(p, (enum tir_reduce)k);
	for (int k = TIR_ADD; k < TIR_KIND_COUNT; k++)
		if (text_kinds[k].name && strcmp(w, text_kinds[k].name) == 0)
			return parse_function(p, (enum tir_kind)k);
	if (strcmp(w, "round_to") == 0 || strcmp(w, "saturate_to") == 0)
		return parse_round_to(p, w[0] == 's');
	if (strcmp(w, "dim") == 0) {
		dim d = parse_size(p);
		return parse_expect(p, ")") ? tir_dim(p->b, d) : NULL;
	}
	enum dtype t = strcmp(w, "index") == 0 ? DT_INDEX : dtype_from_name(w);
	return t != DT_UNDEF ? parse_cast(p, t) : parse_fail(p, "no such function");
}

/* -- expressions ---------------------------------------------------------------------- */

static const struct tir *parse_word(struct parse *p)
{
	struct word w;
	if (!parse_take_word(p, &w))
		return NULL;
	if (strcmp(w.s, "true") == 0 || strcmp(w.s, "false") == 0)
		return tir_bool(p->b, w.s[0] == 't');
	if (w.s[0] == 'x' && parse_is_digit(w.s[1]) && text_is_reserved(w.s))
		return parse_load(p, w.s + 1);
	if (parse_take(p, "("))
		return parse_call(p, w.s);
	for (size_t i = p->scope.n; i-- > 0;)
		if (strcmp(p->scope.p[i].name.s, w.s) == 0)
			return p->scope.p[i].e;
	return parse_fail(p, "no such variable");
}

static const struct tir *parse_unary(struct parse *p)
{
	parse_space(p);
	const char *s = *p->at == '-' ? p->at + 1 : p->at;
	if (parse_is_digit(*s) || strncmp(s, "inf", 3) == 0 || strncmp(s, "nan", 3) == 0)
		return parse_number(p);
	if (*p->at == '-' || *p->at == '!') {
		enum tir_kind k = *p->at++ == '-' ? TIR_NEG : TIR_NOT;
		const struct tir *x =
			++p->depth > DEPTH_MAX ? parse_fail(p, "too deep") : parse_unary(p);
		p->depth--;
		return x && check_class(p, k, x) ? tir_unary(p->b, k, x) : NULL;
	}
	if (parse_take(p, "(")) {
		const struct tir *x = parse_expr(p, 1);
		return parse_expect(p, ")") ? x : NULL;
	}
	return parse_word(p);
}

/* The infix operator at this place, the longest that fits; TIR_KIND_COUNT: none. */
static enum tir_kind peek_operator(struct parse *p)
{
	enum tir_kind best = TIR_KIND_COUNT;
	size_t len = 0;
	parse_space(p);
	for (int k = TIR_ADD; k < TIR_NEG; k++) {
		const struct text_kind *t = &text_kinds[k];
		if (t->precedence && strlen(t->name) > len &&
		    strncmp(p->at, t->name, strlen(t->name)) == 0) {
			best = (enum tir_kind)k;
			len = strlen(t->name);
		}
	}
	return best;
}

static const struct tir *parse_expr(struct parse *p, int precedence)
{
	if (p->failed || ++p->depth > DEPTH_MAX)
		return parse_fail(p, "too deep");
	const struct tir *x = parse_unary(p);
	while (x && !p->failed) {
		enum tir_kind k = peek_operator(p);
		if (k == TIR_KIND_COUNT || text_kinds[k].precedence < precedence)
			break;
		p->at += strlen(text_kinds[k].name);
		const struct tir *y = parse_expr(p, text_kinds[k].precedence + 1);
		if (!y || y->type != x->type)
			return parse_fail(p, "operands of different types");
		if (!check_class(p, k, x))
			return NULL;
		x = tir_binary(p->b, k, x, y);
	}
	p->depth--;
	return p->failed ? NULL : x;
}

static bool parse_stage(struct parse *p, struct tir_stage *s)
{
	if (!parse_type(p, &s->type) || !parse_expect(p, "["))
		return false;
	while (!parse_take(p, "]")) {
		if (s->rank == RANK_MAX || (s->rank && !parse_expect(p, ",")) ||
		    !parse_binder(p, &s->vars[s->rank])) {
			parse_fail(p, "bad axes");
			return false;
		}
		s->rank++;
	}
	if (!parse_expect(p, "="))
		return false;
	while (strcmp(parse_peek_word(p).s, "let") == 0) {
		struct word w;
		p->at += strlen("let");
		if (!parse_take_word(p, &w) || !parse_expect(p, "="))
			return false;
		const struct tir *e = parse_expr(p, 1);
		if (!parse_expect(p, ";"))
			return false;
		vec_push(p->arena, &p->scope, ((struct scope){ w, e }));
	}
	if (!(s->value = parse_expr(p, 1)))
		return false;
	parse_space(p);
	if (*p->at)
		parse_fail(p, "the expression should end here");
	else if (s->value->type != (s->type == DT_INDEX ? DT_INDEX : dtype_compute(s->type)))
		parse_fail(p, "the value is not of the stage's type");
	return !p->failed;
}

bool tir_parse(struct tir_builder *b, const char *text, const struct loc *loc,
	       struct tir_stage *out)
{
	struct arena tmp = { 0 };
	struct parse p = { .b = b, .arena = &tmp, .text = text, .at = text, .loc = loc };
	*out = (struct tir_stage){ .rank = 0 };
	bool ok = parse_stage(&p, out);
	arena_free(&tmp);
	return ok;
}
