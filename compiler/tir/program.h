/* program.h - a stage compiled for the interpreter: blocks of instructions on registers.
 *
 * The output is computed in chunks of consecutive elements, one per lane. A register holds a value
 * per lane, or one value when it is uniform: no variable of the stage's axes in it. Blocks nest:
 * `once` runs first, `chunk` runs per chunk and inside it, loops of reductions and branches of
 * selections; a value is computed in the outermost block where its variables are known. Branches
 * run when a lane wants them, under the mask of those lanes. */
#ifndef EDGECC_TIR_PROGRAM_H
#define EDGECC_TIR_PROGRAM_H

#include "internal.h"

enum instr_kind {
	INSTR_FILL,   /* d = number, in every lane or once */
	INSTR_SPLAT,  /* d = uniform a in every lane */
	INSTR_UNARY,  /* d = kind a; operands of type `type` */
	INSTR_BINARY, /* d = a kind b */
	INSTR_CAST,   /* d = a from type `from` to `type` */
	INSTR_ROUND,  /* d = a rounded to `from`; number.i: saturate */
	INSTR_LOAD,   /* d = element a + b of constant; a per lane, b uniform; either may be -1 */
	INSTR_SELECT, /* d = c ? a, computed by block body : b, computed by block other */
	INSTR_LOOP,   /* d = 0 .. extent-1: block body */
	INSTR_ARG /* d: position, a: best value so far, b: value at position c (uniform); kind: a
		     REDUCE_ARG... */
};

struct block;

struct instr {
	enum instr_kind op;
	int kind; /* enum tir_kind, or enum tir_reduce */
	enum dtype type, from;
	int d, a, b, c;
	bool uniform;
	union lane number;
	const struct constant *constant;
	struct block *body, *other;
	int64_t extent;
	unsigned char *mask[2]; /* of SELECT's branches */
};

struct known {
	const struct tir *e;
	int reg;
};

struct block {
	enum { BLOCK_ONCE, BLOCK_CHUNK, BLOCK_LOOP, BLOCK_BRANCH } kind;
	struct block *parent;
	const struct tir *var; /* LOOP */
	VEC(struct instr) code;
	VEC(struct known) known; /* what it has computed */
};

struct reg {
	bool uniform;
	enum dtype type;
	struct block *home;
	int splat; /* the register with it in every lane; -1: none yet */
	void *data;
};

struct program {
	struct arena *arena;
	struct block *once, *chunk;
	VEC(struct reg) regs;
	int axis[RANK_MAX]; /* registers of the stage's variables; -1: not used */
	int flat;           /* register of the element's own flat index; -1: not used */
	int result;
	size_t lanes;
};

/* s has constant extents and in[] its inputs. */
void program_compile(struct program *p, struct arena *a, const struct tir_stage *s,
		     const struct constant *const *in);

/* -- between program.c and program_deps.c ---------------------------------------------- */

#define DEP_STAGE ((uint64_t)1 << 63) /* uses a variable of the stage */

struct offset {
	const struct tir *lane, *uniform; /* NULL: nothing */
	bool safe;                        /* in range for every value of its variables */
};

struct compile {
	struct program *p;
	struct tir_builder b;
	struct tir_stage s;
	const struct tir
		*flat; /* stands for the element's flat index where a load's offset equals it */
	const struct constant *const *in;
	/* by expression id */
	uint64_t *deps; /* bit per variable */
	unsigned char *
		guarded; /* may not be computed where nobody asked for it: unsafe loads; too dear */
	struct offset *offsets;
	VEC(const struct tir *) loads;
};

void compile_analyse(struct compile *c);
/* e must be computed inside block b: a loop or the chunk. */
bool compile_depends(const struct compile *c, const struct tir *e, const struct block *b);
bool compile_is_uniform(const struct compile *c, const struct tir *e);

#endif
