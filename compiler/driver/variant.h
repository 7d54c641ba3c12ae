/* variant.h - a model's units beside the one that is compiled: changed before lowering, then built
 * and run on the host, sample by sample. */
#ifndef EDGECC_VARIANT_H
#define EDGECC_VARIANT_H

#include "samples.h"

struct variant {
	struct options o; /* of the caller, for the host */
	struct job j;
	struct host_program program;
};

/* Imports model with the sizes in s, puts it in canonical form, lets prepare change it, compiles
 * and builds it. Close it also after an error. */
bool variant_open(struct variant *v, const struct options *o, const char *model,
		  const struct samples *s, bool (*prepare)(struct unit *u, void *data), void *data);
/* The outputs for sample i, in arena a. */
bool variant_run(struct variant *v, const struct samples *s, size_t i, struct arena *a,
		 struct constant **out);
void variant_close(struct variant *v);

/* Imports model with the sizes in s; then the passes that leave ONNX operators. */
bool job_canonical(struct job *j, const char *model, const struct samples *s);

#endif
