/* Arithmetic that cannot wrap. The builtins (gcc 5, clang 3.8) compute in infinite precision and
 * say whether the result fits; they write a wrapped result, hence the temporaries. */
#include "support.h"

#include <string.h>

#include <assert.h>

bool add_i64(int64_t a, int64_t b, int64_t *out)
{
	int64_t r;
	if (__builtin_add_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

bool sub_i64(int64_t a, int64_t b, int64_t *out)
{
	int64_t r;
	if (__builtin_sub_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

bool mul_i64(int64_t a, int64_t b, int64_t *out)
{
	int64_t r;
	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

bool mul_size(size_t a, size_t b, size_t *out)
{
	size_t r;
	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

bool add_size(size_t a, size_t b, size_t *out)
{
	size_t r;
	if (__builtin_add_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

int64_t floor_div(int64_t a, int64_t b)
{
	assert(b != 0);
	if (b == -1) /* INT64_MIN / -1 traps on some machines; here it wraps to INT64_MIN */
		return (int64_t)(0 - (uint64_t)a);
	int64_t q = a / b;
	return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

int64_t ceil_div(int64_t a, int64_t b)
{
	assert(b > 0);
	int64_t q = a / b;
	return a % b > 0 ? q + 1 : q;
}

int64_t floor_mod(int64_t a, int64_t b)
{
	assert(b != 0);
	if (b == -1)
		return 0;
	int64_t r = a % b;
	return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

size_t round_up(size_t n, size_t multiple)
{
	assert(multiple > 0);
	size_t rest = n % multiple;
	if (rest == 0)
		return n;
	size_t r;
	if (!add_size(n, multiple - rest, &r))
		out_of_memory(); /* a size within one multiple of the address space cannot be met */
	return r;
}

/* -1: not a digit of this base. */
static int digit(char c, int base)
{
	static const char all[] = "0123456789abcdef";
	char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
	const char *at = c ? memchr(all, lower, (size_t)base) : NULL;
	return at ? (int)(at - all) : -1;
}

bool size_parse(const char *s, int64_t *out)
{
	static const char units[] = "KMG";
	int base = strncmp(s, "0x", 2) == 0 ? 16 : 10;
	const char *first = base == 16 ? s + 2 : s, *c = first;
	int64_t v = 0;
	for (; digit(*c, base) >= 0; c++)
		if (!mul_i64(v, base, &v) || !add_i64(v, digit(*c, base), &v))
			return false;
	if (c == first)
		return false;
	const char *unit = *c ? strchr(units, *c) : NULL;
	if (unit && !mul_i64(v, (int64_t)1 << (10 * (unit - units + 1)), &v))
		return false;
	if (c[unit ? 1 : 0])
		return false;
	*out = v;
	return true;
}
