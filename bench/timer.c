/* Times an emitted model and ONNX Runtime with the same loop. Built into one shared library with
 * the model:
 * -DMODEL_HEADER='"NAME.h"' -DMODEL_RUN=NAME_run -DMODEL_NAME=NAME
 * -DMODEL_SIZE=NAME_WORKSPACE_SIZE -DMODEL_ALIGN=NAME_WORKSPACE_ALIGN. bench/speed loads it. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include MODEL_HEADER

/* ONNX Runtime's OrtApi::Run, as its C interface has it: NULL means success. */
typedef void *ort_run(void *session, const void *options, const char *const *input_names,
		      void *const *inputs, size_t input_count, const char *const *output_names,
		      size_t output_count, void **outputs);

double bench_emitted(void *workspace, const void *in, const void *out, long count);
double bench_ort(ort_run *run, void *session, const char *const *input_names, void *const *inputs,
		 size_t input_count, const char *const *output_names, size_t output_count,
		 void **outputs, long count);

const size_t bench_workspace_size = MODEL_SIZE;
const size_t bench_workspace_align = MODEL_ALIGN;

/* Of this thread on a processor: what others do in between does not count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds per run over `count` runs; negative when the model refuses. The structs of inputs
 * and outputs have one pointer per member, in order: in and out are arrays of these. */
double bench_emitted(void *workspace, const void *in, const void *out, long count)
{
	double start = now();

	for (long i = 0; i < count; i++)
		if (MODEL_RUN(workspace, in, out) != EDGERT_OK)
			return -1.0;
	return (now() - start) / (double)count;
}

double bench_ort(ort_run *run, void *session, const char *const *input_names, void *const *inputs,
		 size_t input_count, const char *const *output_names, size_t output_count,
		 void **outputs, long count)
{
	double start = now();

	for (long i = 0; i < count; i++)
		if (run(session, NULL, input_names, inputs, input_count, output_names, output_count,
			outputs) != NULL)
			return -1.0;
	return (now() - start) / (double)count;
}
