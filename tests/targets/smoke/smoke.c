/* y = sum of i/4 * x[i] over 32 elements, summed in the workspace. Ways to fail, for the bench to
 * notice:
 * -DSMOKE_FAULT writes outside the memory, -DSMOKE_UNALIGNED writes an int to an odd address,
 * -DSMOKE_LOOP never ends, -DSMOKE_STACK=N recurses N deep, -DSMOKE_LIBRARY calls libm. */
#include "smoke.h"

#if defined(SMOKE_LIBRARY)
float sinf(float x);
#endif

/* An address without memory. */
#if defined(__AVR__)
#define NOWHERE 0xF000
#else
#define NOWHERE 0xC0000000
#endif

static float quarter(int i)
{
	return (float)i * 0.25f;
}

#if defined(SMOKE_STACK)
/* Each call keeps 64 bytes alive until the deeper ones return, and writes to them then: so no
 * compiler makes a loop of it. */
__attribute__((noinline)) static int deeper(int n)
{
	volatile char room[64];

	room[0] = (char)n;
	room[1] = (char)(n == 0 ? 0 : deeper(n - 1));
	return room[0] + room[1];
}
#endif

int smoke_run(void *workspace, const struct smoke_inputs *in, const struct smoke_outputs *out)
{
	float *sum = workspace;

	if ((uintptr_t)workspace % SMOKE_WORKSPACE_ALIGN != 0)
		return EDGERT_ERROR_ALIGNMENT;
#if defined(SMOKE_FAULT)
	*(volatile int *)(uintptr_t)NOWHERE = 1;
#elif defined(SMOKE_UNALIGNED)
	*(volatile int *)((char *)workspace + 1) = 1;
#elif defined(SMOKE_LIBRARY)
	*sum = sinf(in->x[0]);
#elif defined(SMOKE_LOOP)
	for (volatile int forever = 1; forever;)
		;
#elif defined(SMOKE_STACK)
	deeper(SMOKE_STACK);
#endif
	*sum = 0.0f;
	for (int i = 0; i < SMOKE_INPUT_0_COUNT; i++)
		*sum += quarter(i) * in->x[i];
	*out->y = *sum;
	return EDGERT_OK;
}
