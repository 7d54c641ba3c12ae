/* stringnormalizer.c - strings without stop words, in upper or lower case by Unicode's simple mappings. */
#include "case.h"
#include "utf8.h"

/* c as up to four bytes of UTF-8; how many. */
EDGERT_INLINE edgert_int edgert_ref_encode(int32_t c, char *out)
{
	static const int32_t first[4] = { 0, 0xc0, 0xe0, 0xf0 };
	const edgert_int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	edgert_int k;

	for (k = n - 1; k > 0; k--, c >>= 6)
		out[k] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(first[n - 1] | c);
	return n;
}

/* x in another case at to[0..room); -1: there is no room. */
EDGERT_INLINE edgert_int edgert_ref_recase(const int32_t (*table)[4], const char *x, char *to,
					   edgert_int room)
{
	edgert_int n = edgert_ref_length(x), at = 0, size;
	char bytes[4];

	for (; n > 0 && at >= 0; x += size, n -= size) {
		const int32_t c = edgert_ref_char(x, n, &size), d = edgert_ref_mapped(table, c);

		if (c == d) /* as it is, ill-formed bytes too */
			at = edgert_ref_put(to, at, room, x, size);
		else
			at = edgert_ref_put(to, at, room, bytes, edgert_ref_encode(d, bytes));
	}
	return n == 0 && at == 0 ? edgert_ref_put(to, 0, room, "", 0) : at;
}

EDGERT_INLINE int edgert_ref_same(const char *a, const char *b, int sensitive)
{
	edgert_int n = edgert_ref_length(a), m = edgert_ref_length(b), i = 0, j = 0;

	while (n > 0 && m > 0) {
		const int32_t c = edgert_ref_char(a, n, &i), d = edgert_ref_char(b, m, &j);

		if (sensitive ? c != d || *a != *b
			      : edgert_ref_mapped(edgert_lower, c) !=
					edgert_ref_mapped(edgert_lower, d))
			return 0;
		a += i;
		n -= i;
		b += j;
		m -= j;
	}
	return n == m;
}

EDGERT_KERNEL edgert_int edgert_stringnormalizer_any__ref(const struct edgert_stringnormalizer *p,
							  const edgert_string *x,
							  const edgert_string *words,
							  edgert_string *y, void *text)
{
	edgert_int kept = 0, i, k;

	for (i = 0; i < p->count; i++) {
		char *slot = (char *)text + kept * p->slot;
		int stop = 0;

		for (k = 0; k < p->words && !stop; k++)
			stop = edgert_ref_same(x[i], words[k], (int)p->sensitive);
		if (stop)
			continue;
		y[kept++] = p->change ? slot : x[i];
		if (p->change && edgert_ref_recase(p->change == 1 ? edgert_lower : edgert_upper,
						   x[i], slot, p->slot) < 0)
			return -EDGERT_ERROR_CAPACITY;
	}
	if (kept == 0)
		y[kept++] = "";
	return kept;
}
