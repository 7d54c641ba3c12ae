/* utf8.h - characters of NUL-terminated UTF-8, and strings put together in slots, for kernels on strings. */
#ifndef EDGERT_REF_UTF8_H
#define EDGERT_REF_UTF8_H

#include "../params.h"

/* The character at s[0..n), n > 0, and in *size its bytes. A byte that begins no character stands for
 * U+FFFD. */
EDGERT_INLINE int32_t edgert_ref_char(const char *s, edgert_int n, edgert_int *size)
{
	const unsigned char *b = (const unsigned char *)s;
	const int32_t first = b[0];
	const edgert_int more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	int32_t c = more == 1 ? first & 0x1f : more == 2 ? first & 0x0f : first & 0x07;
	edgert_int k;

	*size = 1;
	if (first < 0x80)
		return first;
	if (more == 0 || more >= n || first > 0xf4)
		return 0xfffd;
	for (k = 1; k <= more; k++) {
		if ((b[k] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (b[k] & 0x3f);
	}
	*size = more + 1;
	return c;
}

EDGERT_INLINE edgert_int edgert_ref_length(const char *s)
{
	edgert_int n = 0;

	while (s[n])
		n++;
	return n;
}

/* The bytes from[0..n) at to[at..room), which a NUL has to follow; where they end, or -1: there is no
 * room. */
EDGERT_INLINE edgert_int edgert_ref_put(char *to, edgert_int at, edgert_int room, const char *from,
					edgert_int n)
{
	edgert_int k;

	if (at < 0 || room - at < n + 1)
		return -1;
	for (k = 0; k < n; k++)
		to[at + k] = from[k];
	to[at + n] = 0;
	return at + n;
}

#endif
