/* regex_set.c - sets of characters as ranges. */
#include "regex_set.h"

#include <stdlib.h>
#include <string.h>

#include "../../runtime/kernels/ref/case.h"

void ranges_add(struct arena *a, ranges *r, int32_t first, int32_t last)
{
	vec_push(a, r, first);
	vec_push(a, r, last);
}

static int by_first(const void *a, const void *b)
{
	const int32_t *x = a, *y = b;

	return (x[0] > y[0]) - (x[0] < y[0]);
}

void ranges_normal(ranges *r)
{
	size_t n = 0;

	if (r->n)
		qsort(r->p, r->n / 2, 2 * sizeof *r->p, by_first);
	for (size_t i = 0; i < r->n; i += 2) {
		if (n && r->p[i] <= r->p[n - 1] + 1) {
			if (r->p[i + 1] > r->p[n - 1])
				r->p[n - 1] = r->p[i + 1];
			continue;
		}
		r->p[n++] = r->p[i];
		r->p[n++] = r->p[i + 1];
	}
	r->n = n;
}

void ranges_negate(struct arena *a, ranges *r)
{
	ranges out = { 0 };
	int32_t from = 0;

	for (size_t i = 0; i < r->n; i += 2) {
		if (r->p[i] > from)
			ranges_add(a, &out, from, r->p[i] - 1);
		from = r->p[i + 1] + 1;
	}
	if (from <= CHARACTER_MAX)
		ranges_add(a, &out, from, CHARACTER_MAX);
	*r = out;
}

/* What the table makes of the characters from first to last. */
static void add_mapped(struct arena *a, ranges *r, const int32_t (*table)[4], int32_t first,
		       int32_t last)
{
	for (; (*table)[0] <= last; table++) {
		int32_t step = (*table)[2], by = (*table)[3];
		int32_t from = (*table)[0], to = (*table)[1] < last ? (*table)[1] : last;

		if (from < first)
			from += (first - from + step - 1) / step * step;
		if (step == 1 && from <= to)
			ranges_add(a, r, from + by, to + by);
		for (; step > 1 && from <= to; from += step)
			ranges_add(a, r, from + by, from + by);
	}
}

/* Twice: some characters have one lower case and another one's upper case (K, k, KELVIN SIGN). */
void ranges_fold(struct arena *a, ranges *r)
{
	for (int pass = 0; pass < 2; pass++) {
		size_t n = r->n;

		for (size_t i = 0; i < n; i += 2) {
			add_mapped(a, r, edgert_lower, r->p[i], r->p[i + 1]);
			add_mapped(a, r, edgert_upper, r->p[i], r->p[i + 1]);
		}
		ranges_normal(r);
	}
}

/* Pairs of first and last characters. */
static const struct {
	const char *name, *pairs;
} classes[] = {
	{ "d", "09" },           { "w", "09AZaz__" },
	{ "s", "\t\n\f\r  " },   { "alnum", "09AZaz" },
	{ "alpha", "AZaz" },     { "ascii", "" },
	{ "blank", "\t\t  " },   { "cntrl", "\x01\x1f\x7f\x7f" },
	{ "digit", "09" },       { "graph", "!~" },
	{ "lower", "az" },       { "print", " ~" },
	{ "punct", "!/:@[`{~" }, { "space", "\t\r  " },
	{ "upper", "AZ" },       { "word", "09AZaz__" },
	{ "xdigit", "09AFaf" },
};

bool ranges_class(struct arena *a, ranges *r, const char *name, size_t n, bool negated)
{
	ranges own = { 0 };
	size_t k = 0;

	while (k < ARRAY_LEN(classes) &&
	       (strlen(classes[k].name) != n || memcmp(classes[k].name, name, n) != 0))
		k++;
	if (k == ARRAY_LEN(classes))
		return false;
	for (const char *p = classes[k].pairs; *p; p += 2)
		ranges_add(a, &own, p[0], p[1]);
	if (!strcmp(classes[k].name, "ascii"))
		ranges_add(a, &own, 0, 0x7f);
	ranges_normal(&own);
	if (negated)
		ranges_negate(a, &own);
	for (size_t i = 0; i < own.n; i += 2)
		ranges_add(a, r, own.p[i], own.p[i + 1]);
	return true;
}
