/* host.h - emitted C on the machine that runs edgecc: built with its C compiler, run as a process
 * of its own. */
#ifndef EDGECC_HOST_H
#define EDGECC_HOST_H

#include "../codegen/codegen.h"

/* -- process.c -- */
/* Runs argv[0] (found in PATH), output to edgecc's own stderr. Returns the exit status, 128 + the
 * signal that ended it, or -1 when it cannot be started (reported). */
int process_run(struct diag *d, const char *const *argv);
/* The same without output, and without a message when it cannot be started. */
int process_run_quiet(const char *const *argv);
/* Appends the words of text to argv, of which n are used, up to `most`. */
void split_words(struct arena *a, const char *text, const char **argv, int *n, int most);
/* A new folder that only this user can enter; NULL: reported. */
char *temp_folder(struct arena *a, struct diag *d);
void remove_folder(const char *dir); /* with the files in it */

/* -- harness.c -- */
struct host_program {
	struct arena *arena;
	struct diag *diag;
	const struct plan *plan;
	const char *dir; /* the emitted files, and the program's */
	const char *exe;
	VEC(const char *)
	sources; /* of custom operators; their headers are looked for here and beside them */
};

/* Builds dir/NAME.c, which codegen has written, into a program. cc and cflags may be NULL: cc, and
 * the target's flags when the host's machine is of the target's architecture, else -O2. */
bool host_build(struct host_program *p, const char *name, const char *cc, const char *cflags);
/* Runs the model once. in: by position of the main graph's inputs, of their shapes (within the
 * bounds of symbolic sizes). out gets constants of the actual shapes. */
bool host_run(struct host_program *p, const struct constant *const *in, struct constant **out);

/* -- measure.c -- */
struct measurement {
	const char *cc; /* that told */
	int64_t flash;  /* bytes: code, constants, and of libgcc what they call */
	int64_t stack;  /* bytes that NAME_run uses at most, without libgcc's */
};
/* By the target's compiler, from dir/NAME.c. False when it is not installed or fails: not
 * reported. */
bool host_measure(struct arena *a, const struct target *t, const char *dir, const char *name,
		  struct measurement *out);

/* -- data.c -- */
/* d with the symbols bound to what the shapes of in say; -1 when they do not tell. */
int64_t dim_at(const struct unit *u, dim d, const struct constant *const *in);
/* Seeded random content for an input; sizes by the shape's bounds. */
struct constant *random_constant(struct arena *a, struct unit *u, const struct value *v,
				 uint64_t *seed);

/* -- compare.c -- */
struct comparison {
	int64_t elements, wrong; /* beyond the tolerance */
	int64_t different;       /* not the same number */
	double worst;            /* largest absolute difference */
	double worst_relative;   /* relative to the larger of the two elements */
	double signal, noise;    /* sums of squares of what is expected, of the differences */
	int64_t at;              /* element of the largest excess over the tolerance */
	double got, want;        /* there */
	bool shapes_differ;
};
/* |got - want| <= atol + rtol * |want|; NaN matches NaN, infinities themselves. */
void compare(const struct constant *got, const struct constant *want, double rtol, double atol,
	     struct comparison *out);

#endif
