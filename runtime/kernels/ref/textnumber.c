/* textnumber.c - text as numbers. Spaces may stand before it; of a number that is no whole one, an integer
 * takes the part before what does not belong to it, as C's strtoll does. */
#include <string.h>

#include "decimal.h"

EDGERT_INLINE const char *edgert_ref_sign(const char *s, int *negative)
{
	while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		s++;
	*negative = *s == '-';
	return *s == '-' || *s == '+' ? s + 1 : s;
}

EDGERT_INLINE int edgert_ref_integer(const char *s, int is_signed, uint64_t *out)
{
	uint64_t v = 0, most;
	int negative;

	s = edgert_ref_sign(s, &negative);
	most = is_signed ? ((uint64_t)1 << 63) - (negative ? 0 : 1) : ~(uint64_t)0;
	if (*s < '0' || *s > '9')
		return 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		const uint64_t digit = (uint64_t)(*s - '0');

		if (v > (most - digit) / 10)
			return 0;
		v = v * 10 + digit;
	}
	*out = negative ? 0 - v : v;
	return 1;
}

/* s begins with the word, in any case. */
EDGERT_INLINE int edgert_ref_begins(const char *s, const char *word)
{
	for (; *word; s++, word++)
		if ((*s | 0x20) != *word)
			return 0;
	return 1;
}

/* Behind an "e"; 0 when there is no exponent. */
EDGERT_INLINE edgert_int edgert_ref_exponent(const char *s)
{
	edgert_int v = 0;
	int negative = *s == '-';

	s += *s == '-' || *s == '+';
	for (; *s >= '0' && *s <= '9'; s++)
		v = v < 10000 ? v * 10 + (*s - '0') : v;
	return negative ? -v : v;
}

EDGERT_INLINE int edgert_ref_float(const char *s, uint64_t *out)
{
	struct edgert_decimal x;
	int negative, point = 0, digits = 0;

	s = edgert_ref_sign(s, &negative);
	x.n = x.point = 0;
	x.more = 0;
	if (edgert_ref_begins(s, "inf") || edgert_ref_begins(s, "nan")) {
		*out = *s == 'i' || *s == 'I' ? (uint64_t)0x7ff << 52 : (uint64_t)0xfff << 51;
	} else {
		for (; (*s >= '0' && *s <= '9') || (*s == '.' && !point); s++) {
			if (*s == '.') {
				point = 1;
				continue;
			}
			digits = 1;
			if (x.n == 0 && *s == '0') {
				x.point -= point;
				continue;
			}
			x.point += !point;
			if (x.n < EDGERT_DECIMAL_DIGITS)
				x.d[x.n++] = (unsigned char)(*s - '0');
			else
				x.more |= *s != '0';
		}
		if (!digits)
			return 0;
		if (*s == 'e' || *s == 'E')
			x.point += edgert_ref_exponent(s + 1);
		edgert_decimal_trim(&x);
		*out = edgert_decimal_bits(&x);
	}
	*out |= (uint64_t)negative << 63;
	return 1;
}

EDGERT_KERNEL int edgert_textnumber_any__ref(const struct edgert_number_text *p,
					     const edgert_string *x, void *y)
{
	edgert_int i;
	int ok;

	for (i = 0; i < p->count; i++) {
		uint64_t v = 0;

		if (p->kind == EDGERT_NUMBER_FLOAT)
			ok = edgert_ref_float(x[i], &v);
		else
			ok = edgert_ref_integer(x[i], p->kind == EDGERT_NUMBER_SIGNED, &v);
		if (!ok)
			return EDGERT_ERROR_VALUE;
		memcpy((char *)y + i * (edgert_int)sizeof v, &v, sizeof v);
	}
	return EDGERT_OK;
}
