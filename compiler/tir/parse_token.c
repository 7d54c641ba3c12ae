/* Tokens, sizes and numbers of the text form. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

/* Reports once and returns NULL; what follows stops at the end of the text. */
const struct tir *parse_fail(struct parse *p, const char *what)
{
	if (!p->failed)
		diag_error(p->b->u->diag, p->loc, "tensor expression, character %d: %s",
			   (int)(p->at - p->text) + 1, what);
	p->failed = true;
	return NULL;
}

void parse_space(struct parse *p)
{
	while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
		p->at++;
}

bool parse_take(struct parse *p, const char *token)
{
	parse_space(p);
	size_t n = strlen(token);
	if (p->failed || strncmp(p->at, token, n) != 0)
		return false;
	p->at += n;
	return true;
}

bool parse_expect(struct parse *p, const char *token)
{
	if (parse_take(p, token))
		return true;
	char what[32];
	snprintf(what, sizeof what, "'%s' expected", token);
	parse_fail(p, what);
	return false;
}

bool parse_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A name at this place, left there; empty when there is none. */
struct word parse_peek_word(struct parse *p)
{
	struct word w = { "" };
	parse_space(p);
	size_t n = 0;
	if (is_letter(*p->at))
		while (n + 1 < sizeof w.s && (is_letter(p->at[n]) || parse_is_digit(p->at[n]))) {
			w.s[n] = p->at[n];
			n++;
		}
	return w;
}

bool parse_take_word(struct parse *p, struct word *out)
{
	*out = parse_peek_word(p);
	if (!out->s[0]) {
		parse_fail(p, "a name expected");
		return false;
	}
	p->at += strlen(out->s);
	return !p->failed;
}

bool parse_type(struct parse *p, enum dtype *out)
{
	struct word w;
	if (!parse_take_word(p, &w))
		return false;
	*out = strcmp(w.s, "index") == 0 ? DT_INDEX : dtype_from_name(w.s);
	if (*out == DT_UNDEF)
		parse_fail(p, "no such element type");
	return !p->failed;
}

/* -- sizes ---------------------------------------------------------------------------- */

static dim parse_size_call(struct parse *p, const char *name)
{
	struct unit *u = p->b->u;
	dim x = parse_size(p);
	parse_expect(p, ",");
	dim y = parse_size(p);
	parse_expect(p, ")");
	if (p->failed)
		return DIM_OVERFLOW;
	if (strcmp(name, "max") == 0)
		return dim_max(u, x, y);
	if (strcmp(name, "min") == 0)
		return dim_min(u, x, y);
	if (strcmp(name, "floordiv") == 0 && y > 0)
		return dim_floordiv(u, x, y);
	parse_fail(p, "bad size");
	return DIM_OVERFLOW;
}

static dim parse_size_factor(struct parse *p)
{
	parse_space(p);
	if (parse_is_digit(*p->at)) {
		char *end;
		errno = 0;
		long long v = strtoll(p->at, &end, 10);
		if (errno)
			parse_fail(p, "number too great");
		p->at = end;
		return v;
	}
	struct word w;
	if (++p->depth > DEPTH_MAX || !parse_take_word(p, &w)) {
		parse_fail(p, "bad size");
		return DIM_OVERFLOW;
	}
	dim d = parse_take(p, "(") ? parse_size_call(p, w.s)
				   : dim_symbol(p->b->u, arena_strdup(p->b->u->arena, w.s));
	p->depth--;
	return d;
}

dim parse_size(struct parse *p)
{
	struct unit *u = p->b->u;
	dim sum = 0;
	bool minus = parse_take(p, "-");
	do {
		dim product = parse_size_factor(p);
		while (!p->failed && parse_take(p, "*"))
			product = dim_mul(u, product, parse_size_factor(p));
		if (p->failed)
			return DIM_OVERFLOW;
		sum = minus ? dim_sub(u, sum, product) : dim_add(u, sum, product);
		minus = parse_take(p, "-");
	} while (minus || parse_take(p, "+"));
	if (sum == DIM_OVERFLOW)
		parse_fail(p, "size overflows");
	return sum;
}

/* -- numbers -------------------------------------------------------------------------- */

static const struct tir *make_number(struct parse *p, const char *s, bool whole)
{
	enum dtype t = whole ? DT_INDEX : DT_F32;
	int64_t lo, hi;
	errno = 0;
	if (parse_take(p, ":") && !parse_type(p, &t))
		return NULL;
	if (t != DT_INDEX && dtype_compute(t) != t)
		return parse_fail(p, "not a type that expressions compute in");
	if (dtype_is_float(t))
		return tir_float(p->b, t, t == DT_F32 ? (double)strtof(s, NULL) : strtod(s, NULL));
	if (!whole || !(text_class(t) & (CLASS_INTS | CLASS_INDEX)))
		return parse_fail(p, "bad number for its type");
	tir_type_range(t, &lo, &hi);
	if (t == DT_U64) {
		uint64_t v = strtoull(s, NULL, 10);
		return errno || *s == '-' ? parse_fail(p, "number outside its type")
					  : tir_int(p->b, t, (int64_t)v);
	}
	long long v = strtoll(s, NULL, 10);
	return errno || v < lo || v > hi ? parse_fail(p, "number outside its type")
					 : tir_int(p->b, t, v);
}

const struct tir *parse_number(struct parse *p)
{
	char s[64];
	size_t n = 0;
	bool whole = true;
	if (*p->at == '-')
		s[n++] = *p->at++;
	if (strncmp(p->at, "inf", 3) == 0 || strncmp(p->at, "nan", 3) == 0) {
		memcpy(s + n, p->at, 3);
		n += 3;
		p->at += 3;
		whole = false;
	}
	while (whole || n > 0) {
		char c = *p->at;
		bool sign = (c == '-' || c == '+') && n && s[n - 1] == 'e';
		if (!parse_is_digit(c) && c != '.' && c != 'e' && !sign)
			break;
		if (n + 1 == sizeof s)
			return parse_fail(p, "number too long");
		whole = whole && parse_is_digit(c);
		s[n++] = c;
		p->at++;
	}
	s[n] = '\0';
	char *end;
	strtod(s, &end);
	if (*end || end == s)
		return parse_fail(p, "bad number");
	return make_number(p, s, whole);
}
