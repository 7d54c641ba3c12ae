/* source.h - one emitted model while it is printed: what the files of this folder share beyond emit.h. */
#ifndef EDGECC_SOURCE_H
#define EDGECC_SOURCE_H

#include "emit.h"

struct source {
	struct plan *p;
	struct unit *u;
	const struct codegen_options *o;
	struct c_names names;
	struct emitter e;          /* prints into `text` until the runtime's needs are known */
	struct runtime_set runtime;
	struct strbuf text;
	bool symbolic;             /* sizes are set at run time */
	bool *dim_used;            /* by dims index: printed, so it must be computed */
};

/* -- weights.c -- */
/* Prints the constants that steps use, or the declaration of where they are. */
void emit_weights(struct source *s, FILE *out); /* streams: they may be most of the model's size */
bool write_weight_files(struct source *s, struct file_set *files, struct diag *d);
/* The bytes of weights buffer b in the target's byte order. */
const uint8_t *weight_bytes(struct source *s, const struct buffer *b, struct arena *a);

/* -- steps.c -- */
void emit_step(struct source *s, const struct step *st);
const char *step_function(struct source *s, const struct step *st);
/* C expression for the address of v's storage box as `const T *` or `T *`. */
const char *value_pointer(struct source *s, uint32_t id, bool writable);
const char *buffer_pointer(struct source *s, int buffer, int64_t byte_offset, enum dtype type, bool writable);

/* -- calls.c -- */
void emit_call(struct source *s, const struct step *st);
/* The functions that a kernel step needs outside: its tail. */
void emit_tail(struct source *s, const struct step *st);

/* -- header.c, selftest.c -- */
void write_header(struct source *s, FILE *f);
void write_selftest(struct source *s, FILE *f);

#endif
