/* Floats and division in software for the LX106: Debian's libgcc leaves them to the chip's ROM.
 *
 * Round to nearest even, denormals, infinities and NaNs as IEEE 754 has them. A number is taken
 * apart into sign, exponent and a 32-bit fraction with its leading one at bit 30; sticky: bits
 * below that were lost. */
#include <stdint.h>

struct parts {
	uint32_t sign; /* bit 31 */
	int exponent;  /* of the leading one */
	uint32_t fraction;
};

enum { LEADING = 30, BIAS = 127 };

static uint32_t bits(float f)
{
	union {
		float f;
		uint32_t u;
	} v = { .f = f };

	return v.u;
}

static float number(uint32_t u)
{
	union {
		uint32_t u;
		float f;
	} v = { .u = u };

	return v.f;
}

static int is_nan(uint32_t u)
{
	return (u & 0x7FFFFFFF) > 0x7F800000;
}

static int is_infinite(uint32_t u)
{
	return (u & 0x7FFFFFFF) == 0x7F800000;
}

static uint32_t shift_sticky(uint32_t v, int n)
{
	if (n <= 0)
		return v;
	return n > 31 ? v != 0 : v >> n | ((v & ((1u << n) - 1)) != 0);
}

static struct parts normal(struct parts p)
{
	for (; p.fraction && p.fraction < 1u << LEADING; p.exponent--)
		p.fraction <<= 1;
	for (; p.fraction >= 1u << (LEADING + 1); p.exponent++)
		p.fraction = shift_sticky(p.fraction, 1);
	return p;
}

static struct parts parts(uint32_t u)
{
	int e = (int)(u >> 23 & 0xFF);
	struct parts p = { u & 0x80000000, e ? e - BIAS : 1 - BIAS, (u & 0x7FFFFF) << 7 };

	if (e)
		p.fraction |= 1u << LEADING;
	return normal(p);
}

static float pack(struct parts p)
{
	int e;
	uint32_t f;

	p = normal(p);
	if (!p.fraction)
		return number(p.sign);
	e = p.exponent + BIAS;
	if (e >= 255)
		return number(p.sign | 0x7F800000);
	f = shift_sticky(p.fraction, e < 1 ? 1 - e : 0);
	f = (f >> 7) + ((f & 127) > 64 || (f & 255) == 192);
	/* the leading one, and a carry of rounding, add to the exponent */
	return number(p.sign | (f + ((uint32_t)(e < 1 ? 0 : e - 1) << 23)));
}

static const uint32_t nan_bits = 0x7FC00000;

float __addsf3(float x, float y);
float __subsf3(float x, float y);
float __mulsf3(float x, float y);
float __divsf3(float x, float y);
float __floatsisf(int32_t v);
float __floatunsisf(uint32_t v);
int32_t __fixsfsi(float x);
uint32_t __fixunssfsi(float x);
int __eqsf2(float x, float y);
int __nesf2(float x, float y);
int __ltsf2(float x, float y);
int __lesf2(float x, float y);
int __gtsf2(float x, float y);
int __gesf2(float x, float y);
int __unordsf2(float x, float y);
uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
int32_t __modsi3(int32_t a, int32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
int64_t __divdi3(int64_t a, int64_t b);

float __addsf3(float x, float y)
{
	uint32_t a = bits(x), b = bits(y);
	struct parts p, q;

	if (is_nan(a) || is_nan(b) || (is_infinite(a) && is_infinite(b) && a != b))
		return number(nan_bits);
	if (is_infinite(a) || is_infinite(b))
		return is_infinite(a) ? x : y;
	if ((a & 0x7FFFFFFF) < (b & 0x7FFFFFFF)) {
		uint32_t t = a;

		a = b;
		b = t;
	}
	p = parts(a);
	q = parts(b);
	if (!q.fraction)
		return p.fraction ? number(a) : number(a & b);
	q.fraction = shift_sticky(q.fraction, p.exponent - q.exponent);
	if (p.sign == q.sign)
		p.fraction += q.fraction;
	else if (p.fraction == q.fraction)
		return 0.0f;
	else
		p.fraction -= q.fraction;
	return pack(p);
}

float __subsf3(float x, float y)
{
	return __addsf3(x, number(bits(y) ^ 0x80000000));
}

float __mulsf3(float x, float y)
{
	uint32_t a = bits(x), b = bits(y), sign = (a ^ b) & 0x80000000;
	struct parts p = parts(a), q = parts(b);
	uint64_t product;

	if (is_nan(a) || is_nan(b) || (is_infinite(a) && !q.fraction) ||
	    (is_infinite(b) && !p.fraction))
		return number(nan_bits);
	if (is_infinite(a) || is_infinite(b))
		return number(sign | 0x7F800000);
	product = (uint64_t)p.fraction * q.fraction;
	p.fraction = (uint32_t)(product >> LEADING) | ((product & ((1u << LEADING) - 1)) != 0);
	p.exponent += q.exponent;
	p.sign = sign;
	return p.fraction ? pack(p) : number(sign);
}

float __divsf3(float x, float y)
{
	uint32_t a = bits(x), b = bits(y), sign = (a ^ b) & 0x80000000;
	struct parts p = parts(a), q = parts(b);
	uint32_t rest = p.fraction, quotient = 0;

	if (is_nan(a) || is_nan(b) || (is_infinite(a) && is_infinite(b)) ||
	    (!p.fraction && !q.fraction))
		return number(nan_bits);
	if (is_infinite(a) || !q.fraction)
		return number(sign | 0x7F800000);
	if (is_infinite(b) || !p.fraction)
		return number(sign);
	for (int i = 0; i <= LEADING; i++, rest <<= 1) {
		quotient <<= 1;
		if (rest >= q.fraction) {
			rest -= q.fraction;
			quotient |= 1;
		}
	}
	p.fraction = quotient | (rest != 0);
	p.exponent -= q.exponent;
	p.sign = sign;
	return pack(p);
}

float __floatunsisf(uint32_t v)
{
	return pack((struct parts){ 0, LEADING, v });
}

float __floatsisf(int32_t v)
{
	uint32_t size = v < 0 ? 0u - (uint32_t)v : (uint32_t)v;

	return pack((struct parts){ v < 0 ? 0x80000000 : 0, LEADING, size });
}

/* Toward zero; only what fits is defined. */
uint32_t __fixunssfsi(float x)
{
	struct parts p = parts(bits(x));

	if (p.exponent < 0)
		return 0;
	return p.exponent > LEADING ? p.fraction << 1 : p.fraction >> (LEADING - p.exponent);
}

int32_t __fixsfsi(float x)
{
	uint32_t size = __fixunssfsi(number(bits(x) & 0x7FFFFFFF));

	return (int32_t)(bits(x) >> 31 ? 0u - size : size);
}

int __unordsf2(float x, float y)
{
	return is_nan(bits(x)) || is_nan(bits(y));
}

/* -1, 0, 1; what a NaN gives is the caller's. */
static int order(float x, float y, int unordered)
{
	uint32_t a = bits(x), b = bits(y);

	if (__unordsf2(x, y))
		return unordered;
	if (a == b || ((a | b) & 0x7FFFFFFF) == 0)
		return 0;
	a = a >> 31 ? ~a : a | 0x80000000;
	b = b >> 31 ? ~b : b | 0x80000000;
	return a < b ? -1 : 1;
}

int __eqsf2(float x, float y)
{
	return order(x, y, 1);
}

int __nesf2(float x, float y)
{
	return order(x, y, 1);
}

int __ltsf2(float x, float y)
{
	return order(x, y, 1);
}

int __lesf2(float x, float y)
{
	return order(x, y, 1);
}

int __gtsf2(float x, float y)
{
	return order(x, y, -1);
}

int __gesf2(float x, float y)
{
	return order(x, y, -1);
}

static uint32_t divide(uint32_t a, uint32_t b, uint32_t *rest)
{
	uint32_t quotient = 0, r = 0;

	for (int i = 31; i >= 0; i--) {
		r = r << 1 | (a >> i & 1);
		if (r >= b) {
			r -= b;
			quotient |= 1u << i;
		}
	}
	*rest = r;
	return quotient;
}

uint32_t __udivsi3(uint32_t a, uint32_t b)
{
	uint32_t rest;

	return divide(a, b, &rest);
}

uint32_t __umodsi3(uint32_t a, uint32_t b)
{
	uint32_t rest;

	divide(a, b, &rest);
	return rest;
}

static uint32_t size_of(int32_t v)
{
	return v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
}

int32_t __divsi3(int32_t a, int32_t b)
{
	uint32_t q = __udivsi3(size_of(a), size_of(b));

	return (int32_t)((a ^ b) < 0 ? 0u - q : q);
}

int32_t __modsi3(int32_t a, int32_t b)
{
	uint32_t r = __umodsi3(size_of(a), size_of(b));

	return (int32_t)(a < 0 ? 0u - r : r);
}

/* From products of 16 bits by 16: the others would be this function again. */
uint64_t __muldi3(uint64_t a, uint64_t b)
{
	uint32_t al = (uint32_t)a, bl = (uint32_t)b;
	uint32_t a0 = al & 0xFFFF, a1 = al >> 16, b0 = bl & 0xFFFF, b1 = bl >> 16;
	uint32_t middle = (a0 * b0 >> 16) + (a0 * b1 & 0xFFFF) + (a1 * b0 & 0xFFFF);
	uint32_t high = a1 * b1 + (a0 * b1 >> 16) + (a1 * b0 >> 16) + (middle >> 16);

	high += al * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * bl;
	return (uint64_t)high << 32 | (middle << 16 | (a0 * b0 & 0xFFFF));
}

uint64_t __umulsidi3(uint32_t a, uint32_t b)
{
	return __muldi3(a, b);
}

int64_t __divdi3(int64_t a, int64_t b)
{
	uint64_t n = a < 0 ? 0 - (uint64_t)a : (uint64_t)a,
		 d = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
	uint64_t quotient = 0, rest = 0;

	for (int i = 63; i >= 0; i--) {
		rest = rest << 1 | (n >> i & 1);
		if (rest >= d) {
			rest -= d;
			quotient |= (uint64_t)1 << i;
		}
	}
	return (int64_t)((a ^ b) < 0 ? 0 - quotient : quotient);
}
