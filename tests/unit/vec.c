#include "tests/unit/vec.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/random.h"
#include "tests/unit/unit.h"

const struct vec_build *const vec_builds[4] = { &vec_build_4, &vec_build_4_8, &vec_build_8,
						&vec_build_16 };

float *vec_floats(size_t n)
{
	float *p = malloc((n ? n : 1) * sizeof *p);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = NAN;
	return p;
}

void vec_seed(int number)
{
	random_seed(number);
}

float vec_random(int range)
{
	return (float)random_between(-range, range);
}

void vec_fill(float *p, size_t n, int range)
{
	for (size_t i = 0; i < n; i++)
		p[i] = vec_random(range);
}

void vec_expect(const float *y, const float *wanted, size_t n, const char *what)
{
	for (size_t i = 0; i < n; i++)
		if (!(y[i] == wanted[i]))
			ck_abort_msg("%s: y[%zu] is %g, not %g", what, i, (double)y[i],
				     (double)wanted[i]);
}
