/* embedded.h - files of the source tree that the compiler carries inside itself: the runtime it
 * copies into the output and the target profiles. The table is written by tools/embed.c from the
 * lists in the folders' local.mk. */
#ifndef EDGECC_EMBEDDED_H
#define EDGECC_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name; /* "edgert.h", "kernels/ref/conv2d_f32.c", "targets/cpu/cortex-m4.yaml" */
	const unsigned char *data; /* size bytes and a NUL that size does not count */
	size_t size;
};

extern const struct embedded_file embedded_files[]; /* sorted by name (strcmp) */
extern const size_t embedded_file_count;

/* NULL when there is no such file. */
const struct embedded_file *embedded_find(const char *name);

#endif
