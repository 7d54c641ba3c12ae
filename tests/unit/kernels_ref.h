/* kernels_ref.h - buffers between guard words and the comparison with a definition, for the tests
 * of float kernels. */
#ifndef EDGECC_KERNELS_REF_H
#define EDGECC_KERNELS_REF_H

#include "unit.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/kernels/params.h"

enum { GUARD = 5 };
static const float untouched = 12345;

/* n floats between guards, all `untouched`. */
static inline float *buffer(edgert_int n)
{
	float *p = malloc((size_t)(n + 2 * GUARD) * sizeof *p);

	ck_assert_ptr_nonnull(p);
	for (edgert_int i = 0; i < n + 2 * GUARD; i++)
		p[i] = untouched;
	return p + GUARD;
}

static inline void release(float *p)
{
	free(p - GUARD);
}

static inline float *random_buffer(edgert_int n, unsigned seed)
{
	float *p = buffer(n);

	for (edgert_int i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (float)(int)(seed >> 16 & 0xfff) / 2048 - 1;
	}
	return p;
}

/* y[i] must be near want[i]; where want is NaN, y must be untouched. */
static inline void compare(const char *name, const float *y, const double *want, edgert_int n)
{
	for (edgert_int i = -GUARD; i < n + GUARD; i++) {
		double e = i < 0 || i >= n || isnan(want[i]) ? (double)untouched : want[i];

		if (!((double)y[i] == e || fabs((double)y[i] - e) <= 2e-6 * (1 + fabs(e))))
			ck_abort_msg("%s: y[%td] = %.9g, expected %.9g", name, i, (double)y[i], e);
	}
}

static inline double *wanted(edgert_int n)
{
	double *p = malloc((size_t)n * sizeof *p + 1);

	ck_assert_ptr_nonnull(p);
	for (edgert_int i = 0; i < n; i++)
		p[i] = NAN;
	return p;
}

/* A tail that sees all it is given: v + operand[i] * (c + 1). */
static inline float sample_tail(float v, const void *const *operands, edgert_int i, edgert_int c)
{
	return v + ((const float *)operands[0])[i] * (float)(c + 1);
}

#endif
