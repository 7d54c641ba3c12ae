/* emit.h - codegen's inside: how expressions, loop nests and calls become C text. */
#ifndef EDGECC_EMIT_H
#define EDGECC_EMIT_H

#include "codegen.h"

#include "../plan/plan.h"

/* A set of runtime functions and files that the emitted source needs, in order of first need. */
struct runtime_set {
	struct arena *arena;
	VEC(const char *) functions; /* "edgert_expf": sections of the numeric headers */
	VEC(const char *) files;     /* "kernels/vec/conv2d_f32.c": whole kernel files */
};

void runtime_need(struct runtime_set *r, const char *function);
void runtime_need_file(struct runtime_set *r, const char *file);
/* Prints every needed section and file once, what they need before them. */
bool runtime_print(struct strbuf *out, struct runtime_set *r, struct diag *d);

/* Where loads of a slot go. */
struct slot {
	const char *pointer; /* C expression of type "const T *" */
	enum dtype type;     /* stored */
	bool progmem;        /* constants in AVR's program memory */
	bool by_channel;     /* vector tails: indexed by c, not i */
	bool scalar;         /* vector tails: one element for all lanes */
};

struct named {
	const struct tir *e;
	const char *name;
};

struct emitter {
	struct strbuf *out;
	struct arena *arena;
	struct unit *u;
	const struct target *target;
	struct runtime_set *runtime;
	int indent;
	const struct slot *slots;
	bool compact;            /* least code is wanted */
	bool vector;             /* expressions are edgert_vf, not scalars */
	VEC(struct named) named; /* innermost scope last */
	int next_name;
	const struct tir *ranged; /* a loop variable that goes from begin to end; NULL: none */
	const char *dims;         /* C prefix of symbolic sizes: "d->" */
	bool *dim_used;           /* by index into the unit's dims: named in the text */
};

/* -- cwriter.c: lines of C ------------------------------------------------------------- */
void emit_line(struct emitter *e, const char *fmt, ...)
	PRINTF_LIKE(2, 3);          /* indented, newline added */
void emit_begin(struct emitter *e); /* indentation of a line that follows in pieces */
void emit_open(struct emitter *e, const char *fmt, ...)
	PRINTF_LIKE(2, 3);                         /* line, then one level deeper */
void emit_close(struct emitter *e, const char *s); /* one level up, then the line */
void emit_return_if(struct emitter *e, const char *status, const char *fmt, ...)
	PRINTF_LIKE(3, 4);            /* "if (CONDITION)", "return STATUS;" */
const char *ctype(enum dtype stored); /* C type of an element in memory: "float", "uint8_t" */
const char *ctype_compute(
	enum dtype t); /* of a value in an expression: "float", "int", "edgert_int" */
void emit_dim(struct emitter *e, dim d); /* a size as a C expression of type edgert_int */
void emit_float(struct strbuf *out, struct emitter *e, enum dtype t, double v); /* round-trips */
void emit_int(struct strbuf *out, enum dtype t, int64_t v);
/* v where C converts it: a member's or a parameter's initializer. */
void emit_number(struct strbuf *out, int64_t v);
void emit_string(struct strbuf *out, const char *s); /* a literal */

/* -- expr.c ---------------------------------------------------------------------------- */
void emit_expr(struct emitter *e, const struct tir *x);
/* idiom.c: x, where the runtime has all of it in one function; false: nothing is printed. */
bool emit_idiom(struct emitter *e, const struct tir *x);
/* min(max(x, lo), hi) of numbers: gives x; NULL: it is something else. */
const struct tir *idiom_clamped(const struct emitter *e, const struct tir *x, double *lo,
				double *hi);
/* The exponent of a power of two; -1: it is none. */
int idiom_log2(const struct tir *x);
/* edgert_nearest_f32_i32 takes such bounds: NaN becomes 0, which has to be between them. */
bool idiom_is_near(double lo, double hi);

/* min(max(floor((factor * multiplier + 2^(bits - 1)) / 2^bits), lo), hi), in int64, as at most int32 */
struct scaled {
	const struct tir *factor, *multiplier; /* int32 */
	int bits;                              /* 1 to 62 */
	int32_t lo, hi;
};
bool idiom_scaled(const struct emitter *e, struct tir_builder *b, const struct tir *x,
		  struct scaled *out);
/* vexpr.c: the same over vectors, for tails of vector kernels. */
void emit_vector(struct emitter *e, const struct tir *x);
/* x as stored in memory of type t: conversion from the compute type. */
void emit_stored(struct emitter *e, enum dtype t, const struct tir *x);
const char *name_of(const struct emitter *e, const struct tir *x); /* NULL: not materialised */
void name_push(struct emitter *e, const struct tir *x, const char *name);

/* -- nest.c: a stage with storage decided ---------------------------------------------- */

/* The stage of `out` ready to print: loops from outer to inner, every load's single index an
 * element offset from its slot's pointer. */
struct nest {
	int n;
	const struct tir *vars[RANK_MAX];
	const struct tir *row;    /* a variable that is no loop's, "r" in the text; NULL: none */
	const struct tir *offset; /* of the stored element */
	const struct tir *value;
	enum dtype type;
};
/* slots: the value behind each. row_axis: of the one row, at the output's pointer, that is computed; -1:
 * all are. */
void nest_make(struct tir_builder *b, const struct tir_stage *s, const uint32_t *slots,
	       const struct value *out, int row_axis, struct nest *n);
/* nest_print.c. Prints the loops; pointer is the output's; n is of builder b. */
void emit_nest(struct emitter *e, struct tir_builder *b, const struct nest *n, const char *pointer);
/* Loops over vars[0..n), in which `inside` prints what is computed of roots; what of them does not
 * change in a loop gets a name outside it. */
typedef void inside_fn(struct emitter *e, void *data);
void emit_around(struct emitter *e, const struct tir *const *vars, int n,
		 const struct tir *const *roots, int n_roots, inside_fn *inside, void *data);
/* rows.c: n's innermost loop as a call, where the runtime has a function for it; false: nothing is
 * printed. */
bool emit_row(struct emitter *e, struct tir_builder *b, const struct nest *n, const char *pointer);
/* Prints the temporaries that root needs inside no loop (a tail's body). */
void emit_straight(struct emitter *e, const struct tir *root);

#endif
