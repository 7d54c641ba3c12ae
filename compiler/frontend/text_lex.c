/* Words, strings and numbers of ONNX's textual syntax. */
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool text_error(struct text *t, const char *fmt, ...)
{
	struct loc loc = { .file = t->s->path, .line = t->line };
	loc.column = (int)(t->at - t->line_start) + 1;
	va_list ap;
	va_start(ap, fmt);
	const char *message = arena_vprintf(t->a, fmt, ap);
	va_end(ap);
	return diag_error(t->s->diag, &loc, "%s", message);
}

static void next_line(struct text *t)
{
	t->line++;
	t->line_start = t->at + 1;
}

void text_skip(struct text *t)
{
	for (; t->at < t->end; t->at++) {
		if (*t->at == '#')
			while (t->at + 1 < t->end && t->at[1] != '\n')
				t->at++;
		else if (*t->at == '\n')
			next_line(t);
		else if (!memchr(" \t\r\f", *t->at, 4))
			return;
	}
}

char text_peek(struct text *t)
{
	text_skip(t);
	return t->at < t->end ? *t->at : '\0';
}

bool text_accept(struct text *t, char c)
{
	if (text_peek(t) != c || t->at == t->end)
		return false;
	t->at++;
	return true;
}

/* What stands at the cursor, for messages. */
static const char *found(struct text *t)
{
	const char *s;
	size_t n;
	if (text_peek(t) == '\0' && t->at == t->end)
		return "the end of the file";
	if (!text_word(t, &s, &n)) {
		s = t->at;
		n = 1;
	}
	return arena_printf(t->a, "\"%s\"", printable(t->a, arena_strndup(t->a, s, n), 40));
}

bool text_expect(struct text *t, char c)
{
	if (text_accept(t, c))
		return true;
	return text_error(t, "expected '%c', found %s", c, found(t));
}

bool text_accept_arrow(struct text *t)
{
	if (text_peek(t) != '=' || t->end - t->at < 2 || t->at[1] != '>')
		return false;
	t->at += 2;
	return true;
}

static bool starts_word(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_word(struct text *t, const char **s, size_t *n)
{
	const char *p;
	if (!starts_word(text_peek(t)))
		return false;
	for (p = t->at; p < t->end && (starts_word(*p) || is_digit(*p)); p++)
		;
	*s = t->at;
	*n = (size_t)(p - t->at);
	return true;
}

bool text_accept_word(struct text *t, const char *word)
{
	const char *s;
	size_t n;
	if (!text_word(t, &s, &n) || strlen(word) != n || memcmp(s, word, n) != 0)
		return false;
	t->at += n;
	return true;
}

bool text_string(struct text *t, char **out)
{
	struct strbuf b = { 0 };
	if (!text_expect(t, '"'))
		return false;
	strbuf_puts(&b, "");
	for (; t->at < t->end && *t->at != '"'; t->at++) {
		if (*t->at == '\0') {
			strbuf_free(&b);
			return text_error(t, "a NUL byte in a string");
		}
		if (*t->at == '\\' && t->at + 1 < t->end)
			t->at++;
		if (*t->at == '\n')
			next_line(t);
		strbuf_putc(&b, *t->at);
	}
	*out = arena_strdup(t->a, b.s);
	strbuf_free(&b);
	if (t->at == t->end)
		return text_error(t, "a string has no end");
	t->at++;
	return true;
}

bool text_accept_name(struct text *t, char **out)
{
	const char *s;
	size_t n;
	if (text_peek(t) == '"')
		return text_string(t, out);
	if (!text_word(t, &s, &n))
		return false;
	t->at += n;
	*out = arena_strndup(t->a, s, n);
	return true;
}

bool text_name(struct text *t, const char *what, char **out)
{
	int errors = t->s->diag->errors;
	if (text_accept_name(t, out))
		return true;
	return t->s->diag->errors > errors ? false
					   : text_error(t, "expected %s, found %s", what, found(t));
}

/* -- numbers --------------------------------------------------------------- */

static bool is_special(const char *s, size_t n, const char *name)
{
	return n == strlen(name) && memcmp(s, name, n) == 0;
}

bool text_is_number(struct text *t)
{
	const char *s;
	size_t n;
	char c = text_peek(t);
	if (text_word(t, &s, &n))
		return is_special(s, n, "inf") || is_special(s, n, "nan") ||
		       is_special(s, n, "true") || is_special(s, n, "false");
	return c == '-' || c == '+' || c == '.' || is_digit(c);
}

static struct text_number number_of_int(int64_t v)
{
	return (struct text_number){ true, v, (uint64_t)v, (double)v, (float)v };
}

static struct text_number number_of_double(double v)
{
	return (struct text_number){ .d = v, .f = (float)v };
}

/* A word for a number, after the sign. */
static bool word_number(struct text *t, bool negative, struct text_number *out)
{
	if (text_accept_word(t, "inf"))
		*out = number_of_double(negative ? -INFINITY : INFINITY);
	else if (text_accept_word(t, "nan"))
		*out = number_of_double(NAN);
	else if (text_accept_word(t, "true"))
		*out = number_of_int(1);
	else if (text_accept_word(t, "false"))
		*out = number_of_int(0);
	else
		return text_error(t, "expected a number, found %s", found(t));
	return true;
}

#define NUMBER_MAX 400 /* characters: doubles of full length need 310 before the point */

bool text_number(struct text *t, struct text_number *out)
{
	char s[NUMBER_MAX + 1], *end;
	size_t n = 0;
	bool is_int = true, negative = text_peek(t) == '-';
	if (t->at < t->end && (*t->at == '-' || *t->at == '+'))
		t->at++;
	if (t->at == t->end || !(is_digit(*t->at) || *t->at == '.'))
		return word_number(t, negative, out);
	if (negative)
		s[n++] = '-';
	for (; t->at < t->end && n < NUMBER_MAX; t->at++) {
		char c = *t->at;
		bool sign = (c == '-' || c == '+') && (s[n - 1] == 'e' || s[n - 1] == 'E');
		if (!is_digit(c) && !sign && c != '.' && c != 'e' && c != 'E')
			break;
		is_int &= is_digit(c);
		s[n++] = c;
	}
	s[n] = '\0';
	*out = (struct text_number){ .is_int = is_int, .d = strtod(s, &end), .f = strtof(s, NULL) };
	if (*end || n == NUMBER_MAX)
		return text_error(t, "\"%s\" is not a number", printable(t->a, s, 40));
	if (!is_int)
		return true;
	errno = 0;
	out->i = strtoll(s, NULL, 10);
	out->u = (uint64_t)out->i;
	if (errno && !negative) {
		errno = 0;
		out->u = strtoull(s, NULL, 10);
		out->i = (int64_t)out->u;
	}
	out->is_int = errno == 0;
	return true;
}

bool text_int(struct text *t, int64_t *out)
{
	struct text_number n;
	if (!text_number(t, &n))
		return false;
	if (!n.is_int || (n.i < 0) != (n.d < 0))
		return text_error(t, "the number must be an integer of 64 bits");
	*out = n.i;
	return true;
}
