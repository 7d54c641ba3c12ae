/* codegen.h - prints a plan as C. */
#ifndef EDGECC_CODEGEN_H
#define EDGECC_CODEGEN_H

#include "../plan/plan.h"

enum weights_form {
	WEIGHTS_C,      /* octal string literals inside NAME.c */
	WEIGHTS_INCBIN, /* NAME_weights.S with .incbin of NAME_weights.bin */
	WEIGHTS_BINARY  /* NAME_weights.bin, whose address the caller gives */
};

struct codegen_options {
	const char *name;       /* C prefix: already an identifier */
	const char *model_file; /* base name, for comments */
	enum weights_form weights;
	bool share;                    /* one function per kernel, called by all its nodes (-Os) */
	bool hook;                     /* NAME_hook is called around each step */
	bool parallel;                 /* NAME_parallel is called for steps that can be cut */
	const char *constants_section; /* of the linker script; NULL: the compiler chooses */
	const char
		*workspace_section; /* told in the header; NULL: not. Of a workspace in one part */
	/* --selftest: inputs and expected outputs, by position; NULL: none */
	const struct constant *const *test_inputs, *const *test_outputs;
	double rtol, atol;
};

/* A memory of the caller's that NAME_run needs besides the first part of the workspace. */
struct c_space {
	const char *member; /* of the inputs struct: "workspace_2", "hot" */
	const char *upper;  /* NAME_UPPER_SIZE, _ALIGN, _SECTION: "WORKSPACE_2", "HOT" */
	int64_t size, align;
	const struct target_memory *memory; /* it is meant for */
};
/* The k-th one; false when there is none. */
bool c_space(const struct plan *p, int k, struct c_space *out);
/* "workspace", "workspace_2", ...: part k. */
const char *part_name(struct arena *a, int k);

/* Writes NAME.h, NAME.c, edgert.h and what the options ask for. */
bool codegen_write(struct plan *p, const struct codegen_options *o, struct file_set *files);

/* -- names.c: the C names of a model's inputs and outputs, for headers, harnesses and reports -- */

struct c_names {
	const char *prefix;        /* "digits" */
	const char *upper;         /* "DIGITS" */
	const char *const *inputs; /* member names, one per main graph input */
	const char *const *outputs;
	const char *const *symbols;
	size_t n_symbols;
};
/* Member of the inputs struct for symbolic dim number i of the unit; NULL: the caller does not set
 * it. */
const char *symbol_member(const struct c_names *n, size_t i);
void c_names_make(struct unit *u, const char *prefix, struct c_names *out);

#endif
