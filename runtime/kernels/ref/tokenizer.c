/* tokenizer.c - the tokens of each string, in a row each, as com.microsoft's Tokenizer cuts them. A string's
 * tokens lie one behind the other in its slot. */
#include "regex.h"

/* Where the tokens of one string go. y NULL: they are only counted. */
struct edgert_tokens {
	const struct edgert_tokenizer *p;
	edgert_string *y;
	char *slot;
	edgert_int n, at; /* tokens, bytes; at < 0: they do not fit */
};

EDGERT_INLINE void edgert_token_add(struct edgert_tokens *t, const char *s, edgert_int n)
{
	edgert_int characters = 0, k, size;

	for (k = 0; k < n; k += size, characters++)
		edgert_ref_char(s + k, n - k, &size);
	if (characters < t->p->least)
		return;
	if (t->y && t->at >= 0) {
		t->y[t->n] = t->slot + t->at;
		t->at = edgert_ref_put(t->slot, t->at, t->p->slot, s, n);
		t->at += t->at < 0 ? 0 : 1;
	}
	t->n++;
}

/* The pieces of s between what the programs match: the next program cuts the pieces that the one before
 * left. cut[k]: byte k belongs to a separator. */
EDGERT_INLINE void edgert_ref_separate(struct edgert_tokens *t, const char *s, edgert_int n,
				       const int32_t *programs, unsigned char *cut, void *scratch)
{
	struct edgert_regex r;
	edgert_int k, from, to, at, begin = 0, end = 0, number;

	for (k = 0; k < n; k++)
		cut[k] = 0;
	for (number = 0; number < t->p->programs; number++) {
		const int32_t *program = programs + EDGERT_W_S32(programs + number);

		for (from = 0; from < n; from = to + 1) {
			for (to = from; to < n && !cut[to]; to++) {
			}
			edgert_regex_begin(&r, program, s + from, to - from, scratch);
			for (at = 0; at < to - from && edgert_regex_find(&r, at, 0, &begin, &end);
			     at = end > begin ? end : end + 1)
				for (k = begin; k < end; k++)
					cut[from + k] = 1;
		}
	}
	for (from = 0; from < n; from = to + 1) {
		for (to = from; to < n && !cut[to]; to++) {
		}
		edgert_token_add(t, s + from, to - from);
	}
}

EDGERT_INLINE void edgert_ref_tokens(struct edgert_tokens *t, const char *s,
				     const int32_t *programs, unsigned char *cut, void *scratch)
{
	const edgert_int n = edgert_ref_length(s);
	edgert_int at, begin = 0, end = 0, size;
	struct edgert_regex r;

	t->n = t->at = 0;
	if (t->p->mode == EDGERT_TOKENS_SEPARATED) {
		if (n > t->p->slot)
			t->at = -1;
		else
			edgert_ref_separate(t, s, n, programs, cut, scratch);
		return;
	}
	for (at = 0; at < n; at = end) {
		if (t->p->mode == EDGERT_TOKENS_CHARACTERS) {
			edgert_ref_char(s + at, n - at, &size);
			end = at + size;
			edgert_token_add(t, s + at, size);
			continue;
		}
		edgert_regex_begin(&r, programs + EDGERT_W_S32(programs), s, n, scratch);
		if (!edgert_regex_find(&r, at, 0, &begin, &end))
			break;
		if (end > begin)
			edgert_token_add(t, s + begin, end - begin);
		else
			end++;
	}
}

EDGERT_KERNEL edgert_int edgert_tokenizer_any__ref(const struct edgert_tokenizer *p,
						   const edgert_string *x, const int32_t *programs,
						   const edgert_string *pad, edgert_string *y,
						   void *text, void *scratch)
{
	const edgert_int marks = p->mark ? 2 : 0;
	struct edgert_tokens t = { NULL, NULL, NULL, 0, 0 };
	unsigned char *cut = (unsigned char *)text + p->count * p->slot;
	edgert_int most = 0, i, k;

	t.p = p;
	for (i = 0; i < p->count; i++) {
		edgert_ref_tokens(&t, x[i], programs, cut, scratch);
		if (t.at < 0)
			return -EDGERT_ERROR_CAPACITY;
		most = t.n > most ? t.n : most;
	}
	most += most > 0 ? marks : 0;
	if (most > p->parts)
		return -EDGERT_ERROR_CAPACITY;
	for (i = 0; most > 0 && i < p->count; i++) {
		edgert_string *row = y + i * most;

		t.y = row + marks / 2;
		t.slot = (char *)text + i * p->slot;
		edgert_ref_tokens(&t, x[i], programs, cut, scratch);
		if (t.at < 0)
			return -EDGERT_ERROR_CAPACITY;
		if (p->mark) {
			row[0] = "\002";
			row[t.n + 1] = "\003";
		}
		for (k = t.n + marks; k < most; k++)
			row[k] = pad[0];
	}
	return most;
}
