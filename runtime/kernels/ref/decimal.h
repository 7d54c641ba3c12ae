/* decimal.h - exact conversion between decimal digits and binary floating point, for numbers as text.
 *
 * A number is 0.d1 d2 d3 ... * 10^point, scaled by powers of two digit by digit: what is left when it lies in
 * [1/2, 1) is the fraction. 800 digits hold every double exactly; of longer texts, whether something follows. */
#ifndef EDGERT_REF_DECIMAL_H
#define EDGERT_REF_DECIMAL_H

#include "../params.h"

#define EDGERT_DECIMAL_DIGITS 800
#define EDGERT_DECIMAL_SHIFT 60 /* most bits at a time: ten times that fit 64 bits */

struct edgert_decimal {
	unsigned char d[EDGERT_DECIMAL_DIGITS];
	edgert_int n, point;
	int more; /* digits that are not 0 were cut off */
};

EDGERT_FN void edgert_decimal_trim(struct edgert_decimal *x)
{
	while (x->n > 0 && x->d[x->n - 1] == 0)
		x->n--;
	if (x->n == 0)
		x->point = 0;
}

/* x / 2^bits, bits <= EDGERT_DECIMAL_SHIFT. */
EDGERT_FN void edgert_decimal_halve(struct edgert_decimal *x, int bits)
{
	const uint64_t mask = ((uint64_t)1 << bits) - 1;
	edgert_int from = 0, to = 0;
	uint64_t rest = 0;

	while (rest >> bits == 0 && (from < x->n || rest != 0)) {
		rest = rest * 10 + (from < x->n ? x->d[from] : 0);
		from++;
	}
	x->point -= from - 1;
	for (; from < x->n || rest != 0; from++) {
		const unsigned char digit = (unsigned char)(rest >> bits);
		const unsigned char next = from < x->n ? x->d[from] : 0;

		if (to < EDGERT_DECIMAL_DIGITS)
			x->d[to++] = digit;
		else if (digit)
			x->more = 1;
		rest = (rest & mask) * 10 + next;
	}
	x->n = to;
	edgert_decimal_trim(x);
}

/* x * 2^bits, bits <= 4 less than EDGERT_DECIMAL_SHIFT: it grows by up to 19 digits in front. */
EDGERT_FN void edgert_decimal_double(struct edgert_decimal *x, int bits)
{
	uint64_t carry = 0, scale = (uint64_t)1 << bits;
	edgert_int grow = 0, k;

	for (carry = 0, k = x->n; k-- > 0;)
		carry = (carry + x->d[k] * scale) / 10;
	for (; carry; carry /= 10)
		grow++;
	for (carry = 0, k = x->n + grow; k-- > 0;) {
		const edgert_int from = k - grow;

		carry += from >= 0 ? x->d[from] * scale : 0;
		if (k < EDGERT_DECIMAL_DIGITS)
			x->d[k] = (unsigned char)(carry % 10);
		else if (carry % 10)
			x->more = 1;
		carry /= 10;
	}
	x->n += grow;
	if (x->n > EDGERT_DECIMAL_DIGITS)
		x->n = EDGERT_DECIMAL_DIGITS;
	x->point += grow;
	edgert_decimal_trim(x);
}

EDGERT_FN void edgert_decimal_scale(struct edgert_decimal *x, edgert_int bits)
{
	for (; bits > 0; bits -= bits > 50 ? 50 : bits)
		edgert_decimal_double(x, bits > 50 ? 50 : (int)bits);
	for (; bits < 0; bits += bits < -50 ? 50 : -bits)
		edgert_decimal_halve(x, bits < -50 ? 50 : (int)-bits);
}

EDGERT_FN void edgert_decimal_set(struct edgert_decimal *x, uint64_t v)
{
	edgert_int n = 0, k;
	uint64_t w;

	for (w = v; w; w /= 10)
		n++;
	x->n = x->point = n;
	x->more = 0;
	for (k = n; k-- > 0; v /= 10)
		x->d[k] = (unsigned char)(v % 10);
	edgert_decimal_trim(x);
}

/* Is the digit at `at` and all behind it more than half of a unit in front of it; a half goes to even. */
EDGERT_FN int edgert_decimal_rounds_up(const struct edgert_decimal *x, edgert_int at)
{
	if (at < 0 || at >= x->n)
		return 0;
	if (x->d[at] == 5 && at + 1 == x->n && !x->more)
		return at > 0 && (x->d[at - 1] & 1);
	return x->d[at] >= 5;
}

/* To n digits. */
EDGERT_FN void edgert_decimal_round(struct edgert_decimal *x, edgert_int n)
{
	const int up = edgert_decimal_rounds_up(x, n);

	if (x->n <= n)
		return;
	x->n = n;
	if (up) {
		while (n > 0 && x->d[n - 1] == 9)
			n--;
		if (n == 0) {
			x->d[0] = 0;
			n = 1;
			x->point++;
		}
		x->d[n - 1]++;
		x->n = n;
	}
	edgert_decimal_trim(x);
}

/* Its integer part, rounded. */
EDGERT_FN uint64_t edgert_decimal_integer(const struct edgert_decimal *x)
{
	uint64_t v = 0;
	edgert_int k;

	for (k = 0; k < x->point; k++)
		v = v * 10 + (k < x->n ? x->d[k] : 0);
	return v + (uint64_t)edgert_decimal_rounds_up(x, x->point);
}

/* The bits of the double nearest to x, without sign. */
EDGERT_FN uint64_t edgert_decimal_bits(struct edgert_decimal *x)
{
	const uint64_t infinity = (uint64_t)0x7ff << 52;
	edgert_int exponent = 0, step;
	uint64_t m;

	if (x->n == 0 || x->point < -400)
		return 0;
	if (x->point > 400)
		return infinity;
	for (; x->point > 0; exponent += step) { /* a digit is more than three bits */
		step = x->point > 16 ? 50 : 3 * x->point;
		edgert_decimal_scale(x, -step);
	}
	for (; x->point < 0 || x->d[0] < 5; exponent -= step) {
		step = x->point < -16 ? 50 : x->point < 0 ? -3 * x->point : 1;
		edgert_decimal_scale(x, step);
	}
	/* x is in [1/2, 1), to be multiplied by 2^exponent */
	step = exponent < -1021 ? -1021 - exponent : 0;
	edgert_decimal_scale(x, 53 - step);
	m = edgert_decimal_integer(x);
	if (step > 0) /* subnormal; rounding up to the least normal one fits in */
		return m;
	if (m == (uint64_t)1 << 53) {
		m >>= 1;
		exponent++;
	}
	if (exponent > 1024)
		return infinity;
	return (m & (((uint64_t)1 << 52) - 1)) | (uint64_t)(exponent + 1022) << 52;
}

#endif
