/* regex.h - regular expressions as programs of a nondeterministic automaton, run in time linear in the text:
 * all states at once, each with the least start from which it was reached.
 *
 * A program is int32: its number of instructions, then three words for each: kind, a, b.
 *
 *	SET     a character in one of the b ranges that begin at word a (pairs: first, last), then the next
 *	SPLIT   go on at instruction a and at b
 *	ASSERT  a holds here (enum edgert_regex_assert), then the next
 *	MATCH   the end
 *
 * scratch: EDGERT_REGEX_SCRATCH edgert_int for each instruction. */
#ifndef EDGERT_REF_REGEX_H
#define EDGERT_REF_REGEX_H

#include "utf8.h"

enum edgert_regex_kind {
	EDGERT_REGEX_SET,
	EDGERT_REGEX_SPLIT,
	EDGERT_REGEX_ASSERT,
	EDGERT_REGEX_MATCH
};
enum edgert_regex_assert {
	EDGERT_REGEX_TEXT_BEGIN,
	EDGERT_REGEX_TEXT_END,
	EDGERT_REGEX_LINE_BEGIN,
	EDGERT_REGEX_LINE_END,
	EDGERT_REGEX_WORD,
	EDGERT_REGEX_NO_WORD
};
#define EDGERT_REGEX_SCRATCH 7

/* The states of one place in the text, in the order of their starts. */
struct edgert_regex_list {
	edgert_int *state, *start, n;
};
struct edgert_regex {
	const int32_t *program;
	const char *text;
	edgert_int size; /* of the text */
	edgert_int *mark, *stack;
	struct edgert_regex_list now, next;
};

EDGERT_INLINE void edgert_regex_begin(struct edgert_regex *r, const int32_t *program,
				      const char *text, edgert_int size, void *scratch)
{
	edgert_int *p = (edgert_int *)scratch;
	const edgert_int n = (edgert_int)EDGERT_W_S32(program);

	r->program = program;
	r->text = text;
	r->size = size;
	r->now.state = p;
	r->now.start = p + n;
	r->next.state = p + 2 * n;
	r->next.start = p + 3 * n;
	r->mark = p + 4 * n;
	r->stack = p + 5 * n;
}

EDGERT_INLINE int edgert_regex_is_word(const struct edgert_regex *r, edgert_int at)
{
	const char c = at >= 0 && at < r->size ? r->text[at] : ' ';

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_';
}

EDGERT_INLINE int edgert_regex_holds(const struct edgert_regex *r, int32_t what, edgert_int at)
{
	const int border = edgert_regex_is_word(r, at - 1) != edgert_regex_is_word(r, at);

	switch (what) {
	case EDGERT_REGEX_TEXT_BEGIN:
		return at == 0;
	case EDGERT_REGEX_TEXT_END:
		return at == r->size;
	case EDGERT_REGEX_LINE_BEGIN:
		return at == 0 || r->text[at - 1] == '\n';
	case EDGERT_REGEX_LINE_END:
		return at == r->size || r->text[at] == '\n';
	case EDGERT_REGEX_WORD:
		return border;
	default:
		return !border;
	}
}

/* Adds the state and what it leads to without a character. A state that is in the list has a start that
 * is not greater. */
EDGERT_INLINE void edgert_regex_add(struct edgert_regex *r, struct edgert_regex_list *l,
				    edgert_int state, edgert_int start, edgert_int at)
{
	edgert_int depth = 0;

	r->stack[depth++] = state;
	while (depth > 0) {
		const int32_t *i;
		int32_t kind;

		state = r->stack[--depth];
		if (r->mark[state])
			continue;
		r->mark[state] = 1;
		i = r->program + 1 + 3 * state;
		kind = EDGERT_W_S32(i);
		if (kind == EDGERT_REGEX_SPLIT) {
			r->stack[depth++] = (edgert_int)EDGERT_W_S32(i + 2);
			r->stack[depth++] = (edgert_int)EDGERT_W_S32(i + 1);
		} else if (kind == EDGERT_REGEX_ASSERT) {
			if (edgert_regex_holds(r, EDGERT_W_S32(i + 1), at))
				r->stack[depth++] = state + 1;
		} else {
			l->state[l->n] = state;
			l->start[l->n++] = start;
		}
	}
}

EDGERT_INLINE int edgert_regex_has(const int32_t *ranges, int32_t n, int32_t c)
{
	int32_t k;

	for (k = 0; k < n; k++)
		if (c >= EDGERT_W_S32(ranges + 2 * k) && c <= EDGERT_W_S32(ranges + 2 * k + 1))
			return 1;
	return 0;
}

/* The first match that begins at or behind `from`, of these the longest: [*begin, *end). anchored: it
 * begins at `from`. */
EDGERT_INLINE int edgert_regex_find(struct edgert_regex *r, edgert_int from, int anchored,
				    edgert_int *begin, edgert_int *end)
{
	const edgert_int states = (edgert_int)EDGERT_W_S32(r->program);
	edgert_int at = from, size = 0, k;
	int found = 0;

	r->now.n = 0;
	for (k = 0; k < states; k++)
		r->mark[k] = 0;
	for (;;) {
		struct edgert_regex_list swap;
		int32_t c = 0;

		if (!found && (at == from || !anchored))
			edgert_regex_add(r, &r->now, 0, at, at);
		for (k = 0; k < states; k++)
			r->mark[k] = 0;
		if (at < r->size)
			c = edgert_ref_char(r->text + at, r->size - at, &size);
		r->next.n = 0;
		for (k = 0; k < r->now.n; k++) {
			const int32_t *i = r->program + 1 + 3 * r->now.state[k];
			const edgert_int start = r->now.start[k];

			if (found && start > *begin)
				break;
			if (EDGERT_W_S32(i) == EDGERT_REGEX_MATCH) {
				found = 1;
				*begin = start;
				*end = at;
			} else if (at < r->size &&
				   edgert_regex_has(r->program + EDGERT_W_S32(i + 1),
						    EDGERT_W_S32(i + 2), c)) {
				edgert_regex_add(r, &r->next, r->now.state[k] + 1, start,
						 at + size);
			}
		}
		if (at == r->size || (r->next.n == 0 && (found || anchored)))
			return found;
		at += size;
		swap = r->now;
		r->now = r->next;
		r->next = swap;
	}
}

#endif
