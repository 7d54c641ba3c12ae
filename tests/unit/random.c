#include "tests/unit/random.h"

#include <stdint.h>
#include <stdlib.h>

static uint32_t state = 1;

void random_seed(int number)
{
	const char *s = getenv("EDGECC_SEED");

	state = (uint32_t)(s ? atoi(s) : 1) * 2654435761u + (uint32_t)number * 40503u + 1;
}

int random_between(int lo, int hi)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (int)(state % (uint32_t)(hi - lo + 1)) + lo;
}
