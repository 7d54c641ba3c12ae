/* x[i] = 1 for even i, 2 for odd: y = (0 + 2 + ... + 30) / 4 + 2 * (1 + 3 + ... + 31) / 4 = 60
 * + 128. */
#include "smoke.h"

#ifdef SMOKE_WRONG
#define EXPECTED 187.0f
#else
#define EXPECTED 188.0f
#endif

int smoke_selftest(float *max_error);

int smoke_selftest(float *max_error)
{
	static EDGERT_ALIGNED(SMOKE_WORKSPACE_ALIGN) unsigned char workspace[SMOKE_WORKSPACE_SIZE];
	float x[SMOKE_INPUT_0_COUNT], y = 0.0f;
	const struct smoke_inputs in = { x };
	const struct smoke_outputs out = { &y };
	float error;

	for (int i = 0; i < SMOKE_INPUT_0_COUNT; i++)
		x[i] = i % 2 ? 2.0f : 1.0f;
	if (smoke_run(workspace, &in, &out) != EDGERT_OK)
		return 1;
	error = y - EXPECTED;
	*max_error = error < 0.0f ? -error : error;
	return *max_error > 1e-4f;
}
