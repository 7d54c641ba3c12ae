/* stringsplit.c - the parts of each string, in a row each. A string's parts lie one behind the other in its
 * slot: none has more bytes with its NUL than it has with what separates it from the next. */
#include "utf8.h"

EDGERT_INLINE int edgert_ref_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the next delimiter in s[from..n) begins, or n. */
EDGERT_INLINE edgert_int edgert_ref_delimiter(const char *s, edgert_int from, edgert_int n,
					      const char *d, edgert_int width)
{
	edgert_int k;

	for (; from + width <= n; from++) {
		for (k = 0; k < width && s[from + k] == d[k]; k++) {
		}
		if (k == width)
			return from;
	}
	return n;
}

/* The part of s[0..n) that begins at or behind *from: [*from, the result). Moves *next behind what
 * separates it, -1: it is the last. `rest`: all that is left is one part. False: there is none. */
EDGERT_INLINE int edgert_ref_part(const char *s, edgert_int n, const char *d, edgert_int width,
				  int rest, edgert_int *from, edgert_int *to, edgert_int *next)
{
	if (width == 0) {
		while (*from < n && edgert_ref_is_space(s[*from]))
			(*from)++;
		if (*from == n)
			return 0;
		for (*to = *from; *to < n && (rest || !edgert_ref_is_space(s[*to])); (*to)++) {
		}
		*next = *to;
		return 1;
	}
	*to = rest ? n : edgert_ref_delimiter(s, *from, n, d, width);
	*next = *to == n ? -1 : *to + width;
	return 1;
}

/* The parts of s, at y when that is no null pointer; how many, -1: they do not fit the slot. */
EDGERT_INLINE edgert_int edgert_ref_split(const struct edgert_stringsplit *p, const char *s,
					  const char *d, edgert_string *y, char *slot)
{
	const edgert_int n = edgert_ref_length(s), width = edgert_ref_length(d);
	edgert_int from = 0, to = 0, next = 0, at = 0, parts = 0;

	while (next >= 0 &&
	       edgert_ref_part(s, n, d, width, p->maxsplit >= 0 && parts >= p->maxsplit, &from, &to,
			       &next)) {
		if (y) {
			y[parts] = slot + at;
			at = edgert_ref_put(slot, at, p->slot, s + from, to - from) + 1;
			if (at == 0)
				return -1;
		}
		parts++;
		from = next;
	}
	return parts;
}

EDGERT_KERNEL edgert_int edgert_stringsplit_any__ref(const struct edgert_stringsplit *p,
						     const edgert_string *x, const edgert_string *d,
						     edgert_string *y, int64_t *lengths, void *text)
{
	edgert_int most = 0, i, k, parts;

	for (i = 0; i < p->count; i++) {
		parts = edgert_ref_split(p, x[i], d[0], NULL, NULL);
		most = parts > most ? parts : most;
		if (lengths)
			lengths[i] = parts;
	}
	if (most > p->parts)
		return -EDGERT_ERROR_CAPACITY;
	for (i = 0; y && i < p->count; i++) {
		parts = edgert_ref_split(p, x[i], d[0], y + i * most, (char *)text + i * p->slot);
		if (parts < 0)
			return -EDGERT_ERROR_CAPACITY;
		for (k = parts; k < most; k++)
			y[i * most + k] = "";
	}
	return most;
}
