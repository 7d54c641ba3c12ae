/* What the tests of the 8-bit kernels of x86 share. */
#include "tests/unit/x86_u8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

const struct x86_build *const x86_builds[X86_BUILDS] = { &x86_portable_8, &x86_portable_16,
							 &x86_avx2,       &x86_avx512,
							 &x86_vnni_8,     &x86_vnni_16 };

void *x86_bytes(size_t n)
{
	void *p = calloc(n ? n : 1, 1);

	ck_assert_ptr_nonnull(p);
	return p;
}

uint8_t x86_requantized(int64_t acc, int32_t bits, edgert_int zero, edgert_int lo, edgert_int hi)
{
	float factor;
	double v;

	memcpy(&factor, &bits, sizeof factor);
	v = nearbyint((double)((float)acc * factor)) + (double)zero;
	return (uint8_t)(v < (double)lo ? lo : v > (double)hi ? hi : (edgert_int)v);
}

void x86_check(const uint8_t *y, const uint8_t *wanted, size_t n, const char *name,
	       const char *build)
{
	for (size_t i = 0; i < n; i++)
		if (y[i] != wanted[i])
			ck_abort_msg("%s, %s: y[%zu] is %d, not %d", name, build, i, y[i],
				     wanted[i]);
}
