/* regex.c - a regular expression in RE2's syntax, read by recursive descent into the program that matches it.
 *
 *	alternatives = sequence { "|" sequence }
 *	sequence     = { piece [ "*" | "+" | "?" | "{n}" | "{n,}" | "{n,m}" ] [ "?" ] }
 *	piece        = character | "." | class | escape | assertion | "(" [ "?" ... ] alternatives ")"
 *
 * Whoever looks for the longest match, or at whole strings, sees no difference between greedy and lazy
 * repetition, and needs no groups. While it is put together, SPLIT has distances, so that instructions can be
 * moved and copied. */
#include "regex.h"

#include <string.h>

#include "../../runtime/kernels/ref/regex.h"
#include "regex_set.h"

#define REPEAT_MAX 1000 /* RE2's */
#define CODE_MAX 20000
#define DEPTH_MAX 200

struct code {
	enum edgert_regex_kind kind;
	int32_t a, b; /* SPLIT: distances; ASSERT: which */
	ranges set;
};

struct regex {
	struct unit *u;
	const struct node *n;
	const char *pattern, *p;
	VEC(struct code) code;
	bool fold, dot_all, lines, quoted; /* flags i, s, m; between \Q and \E */
	int depth;
};

static bool fail(struct regex *r, const char *what)
{
	return node_error(r->u, r->n, "the pattern \"%s\" %s at byte %d",
			  printable(r->u->arena, r->pattern, 80), what, (int)(r->p - r->pattern));
}

/* -- code -------------------------------------------------------------------------------- */

static void insert(struct regex *r, size_t at, enum edgert_regex_kind kind, int32_t a, int32_t b)
{
	struct code c = { .kind = kind, .a = a, .b = b };

	vec_push(r->u->arena, &r->code, c);
	memmove(r->code.p + at + 1, r->code.p + at, (r->code.n - at - 1) * sizeof c);
	r->code.p[at] = c;
}

static void append(struct regex *r, enum edgert_regex_kind kind, int32_t a, int32_t b)
{
	insert(r, r->code.n, kind, a, b);
}

/* Room behind, for copies of code[from ..]. */
static void copy(struct regex *r, const struct code *from, size_t n)
{
	for (size_t i = 0; i < n && r->code.n < CODE_MAX; i++)
		vec_push(r->u->arena, &r->code, from[i]);
}

static void add_set(struct regex *r, const ranges *set)
{
	append(r, EDGERT_REGEX_SET, 0, 0);
	r->code.p[r->code.n - 1].set = *set;
}

static void add_character(struct regex *r, int32_t c)
{
	ranges set = { 0 };

	ranges_add(r->u->arena, &set, c, c);
	if (r->fold)
		ranges_fold(r->u->arena, &set);
	add_set(r, &set);
}

/* The code from `from` on, least times and up to `most` times; most < 0: without end. */
static bool repeat(struct regex *r, size_t from, int64_t least, int64_t most)
{
	size_t n = r->code.n - from;
	const struct code *piece =
		arena_copy(r->u->arena, r->code.p + from, (n + 1) * sizeof *piece);
	int32_t len = (int32_t)n;

	if (least > REPEAT_MAX || most > REPEAT_MAX || (most >= 0 && most < least))
		return fail(r, "repeats too often");
	r->code.n = from;
	for (int64_t i = 0; i < least; i++)
		copy(r, piece, n);
	if (most < 0 && least > 0) {
		append(r, EDGERT_REGEX_SPLIT, -len, 1);
	} else if (most < 0) {
		append(r, EDGERT_REGEX_SPLIT, 1, len + 2);
		copy(r, piece, n);
		append(r, EDGERT_REGEX_SPLIT, -len - 1, -len - 1);
	}
	for (int64_t i = least; i < most; i++) {
		append(r, EDGERT_REGEX_SPLIT, 1, len + 1);
		copy(r, piece, n);
	}
	return r->code.n < CODE_MAX || fail(r, "is too large");
}

/* -- characters -------------------------------------------------------------------------- */

static int32_t next_character(struct regex *r)
{
	edgert_int size;
	int32_t c = edgert_ref_char(r->p, (edgert_int)strlen(r->p), &size);

	r->p += size;
	return c;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Up to `most` digits. */
static bool read_number(struct regex *r, int base, int most, int32_t *out)
{
	int n = 0;

	*out = 0;
	for (; n < most && digit_of(*r->p) < base; n++, r->p++)
		*out = *out > CHARACTER_MAX ? *out : *out * base + digit_of(*r->p);
	return n > 0 && *out <= CHARACTER_MAX;
}

/* \xHH, \x{H...}, \0..; behind the letter. */
static bool read_hex(struct regex *r, int32_t *out)
{
	if (*r->p != '{')
		return read_number(r, 16, 2, out) || fail(r, "has no hexadecimal number");
	r->p++;
	if (!read_number(r, 16, 8, out) || *r->p != '}')
		return fail(r, "has no hexadecimal number");
	r->p++;
	return true;
}

/* An escape that means one character or a class; r->p is behind the backslash. *c < 0: set has it. */
static bool read_escape(struct regex *r, int32_t *c, ranges *set)
{
	static const char letters[] = "aftnrv", meaning[] = "\a\f\t\n\r\v";
	const char e = *r->p, *at = e ? strchr(letters, e) : NULL;
	char lower[1] = { (char)(e | 0x20) };

	*c = -1;
	if (!e)
		return fail(r, "ends in a backslash");
	if (strchr("dDwWsS", e)) {
		r->p++;
		return ranges_class(r->u->arena, set, lower, 1, e != lower[0]);
	}
	if (strchr("pP", e))
		return fail(r, "has \\p (a class of Unicode is not supported)");
	if (at) {
		r->p++;
		*c = meaning[at - letters];
		return true;
	}
	if (e == 'x') {
		r->p++;
		return read_hex(r, c);
	}
	if (e == '0')
		return read_number(r, 8, 3, c);
	if ((e >= '1' && e <= '9') || (e >= 'a' && e <= 'z') || (e >= 'A' && e <= 'Z'))
		return fail(r, "has an escape that RE2 does not know");
	*c = next_character(r);
	return true;
}

/* [:name:] inside brackets. */
static bool read_named_class(struct regex *r, ranges *set, bool *was)
{
	const char *end = r->p[1] == ':' ? strstr(r->p + 2, ":]") : NULL;
	bool negated = end && r->p[2] == '^';
	const char *name = r->p + 2 + negated;

	*was = end != NULL;
	if (!end)
		return true;
	if (!ranges_class(r->u->arena, set, name, (size_t)(end - name), negated))
		return fail(r, "has a class of a name that is not known");
	r->p = end + 2;
	return true;
}

/* One character of a bracket expression; *c < 0: a class, which set has now. */
static bool read_member(struct regex *r, int32_t *c, ranges *set)
{
	bool named = false;

	*c = -1;
	if (*r->p == '[' && (!read_named_class(r, set, &named) || named))
		return named;
	if (*r->p == '\\') {
		r->p++;
		return read_escape(r, c, set);
	}
	*c = next_character(r);
	return true;
}

/* Behind the opening bracket. */
static bool read_brackets(struct regex *r)
{
	struct arena *a = r->u->arena;
	bool negated = *r->p == '^';
	ranges set = { 0 };
	int32_t first, last;

	r->p += negated;
	for (const char *begin = r->p; *r->p != ']' || r->p == begin;) {
		if (!*r->p)
			return fail(r, "has a bracket that does not end");
		if (!read_member(r, &first, &set))
			return false;
		last = first;
		if (first >= 0 && r->p[0] == '-' && r->p[1] && r->p[1] != ']') {
			r->p++;
			if (!read_member(r, &last, &set))
				return false;
			if (last < first)
				return fail(r, "has a range that runs backwards");
		}
		if (first >= 0)
			ranges_add(a, &set, first, last);
	}
	r->p++;
	ranges_normal(&set);
	if (r->fold)
		ranges_fold(a, &set);
	if (negated)
		ranges_negate(a, &set);
	add_set(r, &set);
	return true;
}

/* -- pieces ------------------------------------------------------------------------------ */

static bool read_alternatives(struct regex *r);

static void add_dot(struct regex *r)
{
	ranges set = { 0 };

	if (!r->dot_all)
		ranges_add(r->u->arena, &set, '\n', '\n');
	ranges_negate(r->u->arena, &set);
	add_set(r, &set);
}

/* (?flags) or (?flags: up to the colon or the bracket; *group: what follows is a group. */
static bool read_flags(struct regex *r, bool *group)
{
	bool on = true;

	for (; *r->p && *r->p != ')' && *r->p != ':'; r->p++)
		switch (*r->p) {
		case '-':
			on = false;
			break;
		case 'i':
			r->fold = on;
			break;
		case 's':
			r->dot_all = on;
			break;
		case 'm':
			r->lines = on;
			break;
		case 'U': /* which of two matches comes first does not matter here */
			break;
		default:
			return fail(r, "has a kind of group that RE2 does not know");
		}
	*group = *r->p == ':';
	if (!*r->p)
		return fail(r, "has a group that does not end");
	r->p++;
	return true;
}

/* Behind the opening bracket. */
static bool read_group(struct regex *r)
{
	const bool fold = r->fold, dot_all = r->dot_all, lines = r->lines;
	bool group = true;

	if (r->p[0] == '?' && (r->p[1] == 'P' || r->p[1] == '<')) {
		r->p += r->p[1] == 'P' ? 2 : 1;
		if (r->p[0] != '<' || r->p[1] == '=' || r->p[1] == '!' || !strchr(r->p, '>'))
			return fail(r, "has a kind of group that RE2 does not know");
		r->p = strchr(r->p, '>') + 1;
	} else if (r->p[0] == '?') {
		r->p++;
		if (!read_flags(r, &group))
			return false;
	}
	if (!group)
		return true; /* flags up to the end of the group around */
	if (++r->depth > DEPTH_MAX)
		return fail(r, "nests too deeply");
	if (!read_alternatives(r))
		return false;
	if (*r->p != ')')
		return fail(r, "has a group that does not end");
	r->p++;
	r->depth--;
	r->fold = fold;
	r->dot_all = dot_all;
	r->lines = lines;
	return true;
}

/* Behind a backslash outside brackets. */
static bool read_backslash(struct regex *r)
{
	static const char letters[] = "AzbB";
	static const enum edgert_regex_assert meaning[] = { EDGERT_REGEX_TEXT_BEGIN,
							    EDGERT_REGEX_TEXT_END,
							    EDGERT_REGEX_WORD,
							    EDGERT_REGEX_NO_WORD };
	const char *at = *r->p ? strchr(letters, *r->p) : NULL;
	ranges set = { 0 };
	int32_t c;

	if (at) {
		r->p++;
		append(r, EDGERT_REGEX_ASSERT, (int32_t)meaning[at - letters], 0);
		return true;
	}
	if (!read_escape(r, &c, &set))
		return false;
	if (c >= 0)
		add_character(r, c);
	else
		add_set(r, &set);
	return true;
}

static bool read_piece(struct regex *r)
{
	switch (*r->p) {
	case '.':
		r->p++;
		add_dot(r);
		return true;
	case '[':
		r->p++;
		return read_brackets(r);
	case '(':
		r->p++;
		return read_group(r);
	case '\\':
		r->p++;
		return read_backslash(r);
	case '^':
		r->p++;
		append(r, EDGERT_REGEX_ASSERT,
		       r->lines ? EDGERT_REGEX_LINE_BEGIN : EDGERT_REGEX_TEXT_BEGIN, 0);
		return true;
	case '$':
		r->p++;
		append(r, EDGERT_REGEX_ASSERT,
		       r->lines ? EDGERT_REGEX_LINE_END : EDGERT_REGEX_TEXT_END, 0);
		return true;
	case '*':
	case '+':
	case '?':
		return fail(r, "repeats nothing");
	default:
		add_character(r, next_character(r));
		return true;
	}
}

/* {n}, {n,} or {n,m}; anything else after a brace is the brace itself. */
static bool read_braces(struct regex *r, int64_t *least, int64_t *most)
{
	const char *begin = r->p++;
	int32_t n;
	bool ok = read_number(r, 10, 9, &n);

	*least = *most = n;
	if (ok && *r->p == ',') {
		r->p++;
		*most = -1;
		if (*r->p != '}') {
			ok = read_number(r, 10, 9, &n);
			*most = n;
		}
	}
	if (ok && *r->p == '}') {
		r->p++;
		return true;
	}
	r->p = begin;
	return false;
}

static bool read_repetition(struct regex *r, size_t from)
{
	int64_t least = 0, most = -1;

	if (*r->p == '{') {
		if (!read_braces(r, &least, &most))
			return true;
	} else if (*r->p && strchr("*+?", *r->p)) {
		least = *r->p == '+';
		most = *r->p == '?' ? 1 : -1;
		r->p++;
	} else {
		return true;
	}
	if (*r->p == '?') /* lazy */
		r->p++;
	if (*r->p && strchr("*+?", *r->p))
		return fail(r, "repeats a repetition");
	return repeat(r, from, least, most);
}

/* Between \Q and \E every character stands for itself. */
static bool quotation(struct regex *r)
{
	if (r->p[0] == '\\' && r->p[1] == (r->quoted ? 'E' : 'Q')) {
		r->quoted = !r->quoted;
		r->p += 2;
		return true;
	}
	return false;
}

static bool read_sequence(struct regex *r)
{
	while (*r->p && (r->quoted || (*r->p != '|' && *r->p != ')'))) {
		size_t from = r->code.n;

		if (quotation(r))
			continue;
		if (r->quoted)
			add_character(r, next_character(r));
		else if (!read_piece(r))
			return false;
		if (!r->quoted && !read_repetition(r, from))
			return false;
	}
	return true;
}

static bool read_alternatives(struct regex *r)
{
	size_t from = r->code.n, second;

	if (!read_sequence(r))
		return false;
	if (*r->p != '|')
		return true;
	r->p++;
	insert(r, from, EDGERT_REGEX_SPLIT, 1, (int32_t)(r->code.n - from) + 2);
	second = r->code.n;
	append(r, EDGERT_REGEX_SPLIT, 0, 0);
	if (r->code.n >= CODE_MAX)
		return fail(r, "is too large");
	if (++r->depth > DEPTH_MAX)
		return fail(r, "has too many alternatives");
	if (!read_alternatives(r))
		return false;
	r->depth--;
	r->code.p[second].a = r->code.p[second].b = (int32_t)(r->code.n - second);
	return true;
}

/* -- the program ------------------------------------------------------------------------- */

static void write_program(struct regex *r, regex_words *words)
{
	struct arena *a = r->u->arena;
	size_t n = r->code.n, at = 1 + 3 * n;

	vec_push(a, words, (int32_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct code *c = &r->code.p[i];
		bool split = c->kind == EDGERT_REGEX_SPLIT, set = c->kind == EDGERT_REGEX_SET;

		vec_push(a, words, (int32_t)c->kind);
		vec_push(a, words, set ? (int32_t)at : c->a + (split ? (int32_t)i : 0));
		vec_push(a, words, set ? (int32_t)(c->set.n / 2) : c->b + (split ? (int32_t)i : 0));
		at += set ? c->set.n : 0;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < r->code.p[i].set.n; k++)
			vec_push(a, words, r->code.p[i].set.p[k]);
}

bool regex_compile(struct unit *u, const struct node *n, const char *pattern, regex_words *words)
{
	struct regex r = { .u = u, .n = n, .pattern = pattern, .p = pattern };

	if (!read_alternatives(&r))
		return false;
	if (*r.p)
		return fail(&r, "has a bracket too many");
	append(&r, EDGERT_REGEX_MATCH, 0, 0);
	write_program(&r, words);
	return true;
}
