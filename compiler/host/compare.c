/* Two tensors, element by element. */
#include "host.h"

#include <math.h>
#include <string.h>

static void compare_strings(const struct constant *got, const struct constant *want,
			    struct comparison *c)
{
	for (int64_t i = 0; i < c->elements; i++)
		if (strcmp(got->strings[i], want->strings[i]) != 0 && !c->wrong++)
			c->at = i;
	c->different = c->wrong;
}

/* 64-bit integers do not fit a double: they are equal or not. */
static bool same_integer(const struct constant *got, const struct constant *want, int64_t i)
{
	return dtype_is_int(got->type) && dtype_is_int(want->type) &&
	       constant_i64(got, i) == constant_i64(want, i);
}

void compare(const struct constant *got, const struct constant *want, double rtol, double atol,
	     struct comparison *c)
{
	double most = 0;

	*c = (struct comparison){ .elements = shape_elements(&want->shape) };
	if (!shape_equal(&got->shape, &want->shape)) {
		c->shapes_differ = true;
		c->wrong = c->elements ? c->elements : 1;
		return;
	}
	if (got->type == DT_STRING) {
		compare_strings(got, want, c);
		return;
	}
	for (int64_t i = 0; i < c->elements; i++) {
		double a, b, diff, excess;

		a = constant_f64(got, i);
		b = constant_f64(want, i);
		c->signal += b * b;
		if (same_integer(got, want, i))
			continue;
		if (a == b || (isnan(a) && isnan(b)))
			continue;
		c->different++;
		diff = fabs(a - b);
		c->noise += diff * diff;
		if (diff > c->worst)
			c->worst = diff;
		if (diff / fmax(fabs(a), fabs(b)) > c->worst_relative)
			c->worst_relative = diff / fmax(fabs(a), fabs(b));
		excess = diff - (atol + rtol * fabs(b));
		if (excess <= 0)
			continue;
		c->wrong++;
		if (c->wrong == 1 || excess > most || isnan(diff)) {
			most = excess;
			c->at = i;
			c->got = a;
			c->want = b;
		}
		if (isnan(diff))
			c->worst = diff;
	}
}
