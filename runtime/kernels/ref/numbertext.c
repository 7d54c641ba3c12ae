/* numbertext.c - numbers as text: integers, or floats with up to eight significant digits, without zeros at the
 * end, with an exponent when it is below -4 or above 7 (C's "%.8g"). */
#include <string.h>

#include "decimal.h"

#define EDGERT_TEXT_FLOAT_DIGITS 8

/* At to[at], when there is room for it and a NUL. */
EDGERT_INLINE edgert_int edgert_ref_letter(char *to, edgert_int at, edgert_int room, int c)
{
	if (at < 0 || at + 1 >= room)
		return -1;
	to[at] = (char)c;
	to[at + 1] = 0;
	return at + 1;
}

EDGERT_INLINE edgert_int edgert_ref_integer_text(int negative, uint64_t v, char *to,
						 edgert_int room)
{
	edgert_int at = negative ? edgert_ref_letter(to, 0, room, '-') : 0;
	uint64_t unit = 1;

	while (v / unit >= 10)
		unit *= 10;
	for (; unit; unit /= 10)
		at = edgert_ref_letter(to, at, room, (int)('0' + v / unit % 10));
	return at;
}

EDGERT_INLINE edgert_int edgert_ref_word(char *to, edgert_int at, edgert_int room, const char *s)
{
	for (; *s; s++)
		at = edgert_ref_letter(to, at, room, *s);
	return at;
}

/* The digits, `whole` of them before the point. */
EDGERT_INLINE edgert_int edgert_ref_digits(const struct edgert_decimal *x, edgert_int whole,
					   char *to, edgert_int at, edgert_int room)
{
	edgert_int k = whole < 1 ? whole - 1 : 0;

	for (; k < whole || k < x->n; k++) {
		if (k == whole)
			at = edgert_ref_letter(to, at, room, '.');
		at = edgert_ref_letter(to, at, room, k >= 0 && k < x->n ? '0' + x->d[k] : '0');
	}
	return at;
}

EDGERT_FN edgert_int edgert_ref_float_text(double v, char *to, edgert_int room)
{
	struct edgert_decimal x;
	edgert_int at = 0, exponent;
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	exponent = (edgert_int)(bits >> 52 & 0x7ff);
	if (v != v)
		return edgert_ref_word(to, 0, room, "NaN");
	if (bits >> 63)
		at = edgert_ref_letter(to, at, room, '-');
	bits &= ((uint64_t)1 << 52) - 1;
	if (exponent == 0x7ff)
		return edgert_ref_word(to, at, room, "INF");
	edgert_decimal_set(&x, exponent ? bits | (uint64_t)1 << 52 : bits);
	edgert_decimal_scale(&x, (exponent ? exponent : 1) - 1075);
	edgert_decimal_round(&x, EDGERT_TEXT_FLOAT_DIGITS);
	if (x.n == 0)
		return edgert_ref_letter(to, at, room, '0');
	exponent = x.point - 1;
	if (exponent >= -4 && exponent < EDGERT_TEXT_FLOAT_DIGITS)
		return edgert_ref_digits(&x, x.point, to, at, room);
	at = edgert_ref_digits(&x, 1, to, at, room);
	at = edgert_ref_letter(to, at, room, 'e');
	at = edgert_ref_letter(to, at, room, exponent < 0 ? '-' : '+');
	exponent = exponent < 0 ? -exponent : exponent;
	if (exponent < 10)
		at = edgert_ref_letter(to, at, room, '0');
	return at < 0 ? at
		      : edgert_ref_integer_text(0, (uint64_t)exponent, to + at, room - at) + at;
}

EDGERT_KERNEL int edgert_numbertext_any__ref(const struct edgert_number_text *p, const void *x,
					     edgert_string *z, void *text)
{
	char *slot = (char *)text;
	edgert_int i, end;

	for (i = 0; i < p->count; i++, slot += p->slot) {
		if (p->kind == EDGERT_NUMBER_FLOAT) {
			end = edgert_ref_float_text(((const double *)x)[i], slot, p->slot);
		} else {
			const uint64_t v = ((const uint64_t *)x)[i];
			const int negative = p->kind == EDGERT_NUMBER_SIGNED && v >> 63;

			end = edgert_ref_integer_text(negative, negative ? 0 - v : v, slot,
						      p->slot);
		}
		if (end <= 0)
			return EDGERT_ERROR_CAPACITY;
		z[i] = slot;
	}
	return EDGERT_OK;
}
