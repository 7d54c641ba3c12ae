/* A model written by hand in the form that edgecc emits, to prove the bench itself. */
#ifndef SMOKE_H
#define SMOKE_H

#include "edgert.h"

#define SMOKE_WORKSPACE_SIZE 64
#define SMOKE_WORKSPACE_ALIGN 16
#define SMOKE_INPUT_0_COUNT 32
#define SMOKE_INPUT_0_BYTES 128
#define SMOKE_OUTPUT_0_COUNT 1
#define SMOKE_OUTPUT_0_BYTES 4

struct smoke_inputs {
	const float *x;
};

struct smoke_outputs {
	float *y;
};

int smoke_run(void *workspace, const struct smoke_inputs *in, const struct smoke_outputs *out);

#endif
