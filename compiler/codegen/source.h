/* source.h - one emitted model while it is printed: what the files of this folder share beyond
 * emit.h. */
#ifndef EDGECC_SOURCE_H
#define EDGECC_SOURCE_H

#include "emit.h"

/* A pointer that a step's function takes. Steps get theirs as parameters, never as offsets from one
 * workspace pointer inside the function: gcc 12 at -O2 miscompiles nests of three such arrays
 * (outer-loop vectorization). */
struct step_pointer {
	const char *declaration; /* "const float *x0" */
	const char *name;        /* "x0" */
	const char *argument;    /* "in->image" */
};

/* A function that was printed: its text from the parameters on. */
struct printed {
	const char *text, *name;
	size_t size; /* of the text */
};

/* A dim in sizes.c: where it becomes known (NULL: nowhere); it stands in NAME_step already. */
struct size_state {
	const struct spot *spot;
	bool located, printed;
};

struct source {
	struct plan *p;
	struct unit *u;
	const struct codegen_options *o;
	struct c_names names;
	struct emitter e; /* prints into `text` until the runtime's needs are known */
	struct runtime_set runtime;
	struct strbuf text;
	bool symbolic;    /* sizes are set at run time */
	bool far;         /* plan_is_far */
	int64_t far_from; /* where the constants of the step that is being printed begin */
	VEC(struct step_pointer) pointers; /* of the step that is being printed */
	const struct step *banded;         /* it, when it belongs to a stream; NULL */
	dim range; /* of it: how many rows or iterations it can be cut into; 0: it takes no range */
	int parts; /* into how many it is cut */
	/* Where each has scratch of its own: bytes of it, and the kernel's `block`; 0: none has. */
	int64_t part_scratch, part_block;
	VEC(struct printed) printed;
	/* By step number: */
	const char **calls;  /* the call of its function */
	const char **tails;  /* the function of its tail; NULL: none */
	const char **shared; /* the function that calls its kernel; NULL: the step itself does */
	bool status;         /* some step returns a status */
	struct size_state *sizes; /* by dims index */
	bool sizes_late;          /* some are not known from the start */
};

/* -- sizes.c -- */
void sizes_begin(struct source *s); /* before steps are printed: their text tells what it needs */
bool sizes_end(struct source *s);   /* behind them; false when something is never known */
void declare_sizes(struct source *s, FILE *f); /* their struct */
/* In NAME_step: those that are known behind step `after` of the block, and the checks on them. */
void emit_sizes_known(struct source *s, const struct block *b, int after);
void emit_output_sizes(struct source *s);
/* "const " when no sizes are put into the struct of outputs. */
const char *outputs_qualifier(const struct source *s);

/* -- weights.c -- */
/* A step's first far constant is this many bytes from its null pointer. */
enum { FAR_NULL = 2 };
/* What reads constants of program memory. */
void emit_program_memory(struct source *s, struct strbuf *b);
/* Prints the constants that steps use, or the declaration of where they are. */
void emit_weights(struct source *s, FILE *out); /* streams: they may be most of the model's size */
bool write_weight_files(struct source *s, struct file_set *files, struct diag *d);
/* The bytes of weights buffer b in the target's byte order. */
const uint8_t *weight_bytes(struct source *s, const struct buffer *b, struct arena *a);

/* -- steps.c -- */
/* Prints the functions of st and of the steps inside it. */
void emit_step(struct source *s, const struct step *st);
/* Prints what NAME_run does for st. */
void emit_step_call(struct source *s, const struct step *st);
/* Makes the address of a buffer, or of v's storage box, a parameter of the step being printed;
 * returns its name. */
const char *buffer_pointer(struct source *s, int buffer, int64_t byte_offset, enum dtype type,
			   const char *qualifier, bool writable, const char *name);
/* Of memory of the step's own, which moves with `turns`. */
const char *scratch_pointer(struct source *s, int buffer, const struct turn *turns, enum dtype type,
			    const char *name);
const char *value_pointer(struct source *s, uint32_t id, const char *qualifier, bool writable,
			  const char *name);

/* The address of v's storage box as an expression in NAME_step. */
const char *value_address(struct source *s, uint32_t id, bool writable);
void emit_comment(struct source *s, const struct step *st);
/* The C type of what st's function returns, a status or a size; NULL: nothing. */
const char *step_returns(const struct step *st);

/* -- parallel.c -- */
/* Set s->range for the step that is being printed. */
void range_of_loops(struct source *s, const struct step *st, const struct nest *n);
void range_of_kernel(struct source *s, const struct step *st);
void emit_range_params(struct source *s, const struct step *st); /* p of the kernel's call */
/* Is it a parameter of st's kernel that a range may set? */
bool range_sets(const struct source *s, const struct step *st, const char *field);
const char *range_argument(struct source *s, const struct step *st, size_t k);
/* The function that takes a range, around the step's own. */
void emit_range(struct source *s, struct strbuf *out, const char *function);
const char *range_call(struct source *s, const char *function, const char *arguments);
void declare_parallel(struct source *s, FILE *f);

/* -- stream.c -- */
/* p of the kernel's call: of rows begin to end. */
void emit_band_params(struct source *s, const struct step *st);
/* " + r4 * 128": how far value id has moved, in bytes, for the rows that s->banded does. */
const char *band_moved(struct source *s, uint32_t id);
/* Sizes are known, and no window of st's kernel reaches beyond its image. */
bool windows_inside(const struct step *st);
/* Is it a parameter of st's kernel that its band sets? */
bool band_sets(const struct step *st, const char *field);
void emit_stream(struct source *s, const struct step *st);

/* -- control.c -- */
/* d as an expression in NAME_step and in steps. */
const char *size_text(struct source *s, dim d);
/* " + i4 * 128": how far an address has moved in the present iterations. */
const char *turns_text(struct source *s, const struct turn *t);
void emit_block(struct source *s, const struct block *b);
void emit_if(struct source *s, const struct step *st);
void emit_iterations(struct source *s, const struct step *st);
/* Notes the sizes that emit_if is going to name. */
void emit_if_needs(struct source *s, const struct step *st);
/* Notes the sizes that emit_iterations is going to name. */
void emit_iterations_needs(struct source *s, const struct step *st);

/* -- calls.c -- */
void emit_call(struct source *s, const struct step *st);
/* Prints the function of st's tail, unless there is an equal one; notes its name. */
void emit_tail(struct source *s, const struct step *st);
/* ", tail, vector tail, operands", as st's kernel takes them. */
void put_tail_arguments(struct source *s, struct strbuf *out, const struct step *st);
/* Argument k of st's kernel as an expression in its function. */
const char *call_argument(struct source *s, const struct step *st, size_t k);
/* custom.c: the body of a step that calls a user's function; #include lines of all such. */
void emit_custom(struct source *s, const struct step *st);
void put_custom_headers(struct source *s, struct strbuf *out);
bool argument_is_null(const struct step *st, size_t k);

/* -- share.c -- */
/* Prints what kernel steps call: tails, and kernels that several steps share. */
void share_kernels(struct source *s);
/* The name of the function with this text: an equal one's, else `name`. */
const char *text_once(struct source *s, const char *text, const char *name);

/* -- entry.c -- */
void emit_stepped(struct source *s); /* NAME_step and NAME_run */
void declare_stepped(struct source *s, FILE *f);

/* -- header.c, selftest.c -- */
void write_header(struct source *s, FILE *f);
void write_selftest(struct source *s, FILE *f);

#endif
