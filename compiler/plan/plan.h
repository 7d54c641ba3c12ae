/* plan.h - from a graph to an ordered list of steps on placed buffers.
 *
 * After planning no operator name is consulted any more: a step is a kernel call with its
 * parameters, a loop nest, or control flow over blocks of steps. Codegen prints steps. */
#ifndef EDGECC_PLAN_H
#define EDGECC_PLAN_H

#include "../passes/passes.h"

/* -- kernels: what the compiler knows of each file in runtime/kernels (rows in kernels.def) --- */

enum kernel_tail { KERNEL_TAIL_NONE, KERNEL_TAIL_SCALAR, KERNEL_TAIL_VECTOR };
enum kernel_returns {
	RETURNS_NOTHING, /* or, when its call has a result, that */
	RETURNS_STATUS,  /* an enum edgert_status */
	RETURNS_COUNT    /* its call's result, or an enum edgert_status with a minus sign */
};
enum kernel_layout {
	KERNEL_ROW_MAJOR,     /* tensors as ONNX lays them */
	KERNEL_CHANNELS_LAST, /* axis 1 innermost in every input and output of rank >= 3 */
	KERNEL_ANY            /* reads and writes through the strides in its parameters */
};

struct field { /* one member of a kernel's parameter struct */
	const char *name;
	bool is_float;
	bool number; /* i is a number, negative ones too */
	dim i;       /* may be symbolic: then the struct is filled at run time */
	double f;
	const int *array;
	int n; /* int arrays; NULL: a scalar */
	const float *farray;
	const dim *dims; /* n sizes, perhaps symbolic */
};

/* Weights in the order in which a kernel reads them. They are packed while they are written, so that
 * they never lie in memory all together. */
struct packing {
	const struct constant *from;
	/* elements: from's, aligned for their type; out: zeroed */
	void (*pack)(const void *params, const void *elements, void *out);
	const void *params; /* pack's own */
};

/* What an interface makes of a node: arguments in the order of the C function's, and the
 * parameters. */
struct turn;

enum arg_kind { ARG_NULL, ARG_VALUE, ARG_PACKED, ARG_SCRATCH };
struct arg {
	enum arg_kind kind;
	uint32_t value;   /* VALUE: of the graph (may be constant); PACKED: the constant that was
			     packed */
	const void *data; /* PACKED: bytes in the order in which the kernel reads them, host byte
			     order; NULL: made by */
	const struct packing *packing;
	size_t size;     /* PACKED, SCRATCH: bytes */
	enum dtype type; /* C element type of the pointer */
	bool output;
	bool weights; /* VALUE: where it is constant, the kernel reads it by EDGERT_W */
	int folds;    /* PACKED: numbers of [-8, 7], which may be written as 4 bits each, have so
		       many bytes, the lowest first; 0: they are others */
	bool kept; /* SCRATCH: from this step to the end of the run; addresses of it are results */
	const struct turn *turns; /* SCRATCH that is kept: another part in each iteration */
};

struct call {
	VEC(struct field) fields;
	VEC(struct arg) args;
	const char *params_type;           /* "edgert_conv2d"; NULL: no parameter struct */
	bool in_place;                     /* output 0 may be written over input 0 */
	const struct custom_attrs *custom; /* a user's function, which has its own form of call */
	dim result; /* a DIM_SIZE that the function returns; 0: it returns none */
};

/* The kernel's parameter of that name, NULL: it has none; and its number, then 0. */
const struct field *call_field(const struct call *c, const char *name);
dim call_number(const struct call *c, const char *name);

/* Can it compute n on t? *reason gets a phrase for the report either way. */
typedef bool kernel_accept_fn(struct unit *u, const struct node *n, const struct target *t,
			      const char **reason);
/* Fills the call; layouts are final. */
typedef void kernel_build_fn(struct unit *u, const struct node *n, const struct target *t,
			     struct call *out);

/* Of a call with scratch: the largest `block` for which so many bytes are enough; 0: none is. */
typedef int64_t kernel_block_fn(const struct call *c, const struct target *t, int64_t bytes);

struct kernel {
	const char *function; /* "edgert_conv2d_f32__vec" */
	const char *file;     /* "kernels/vec/conv2d_f32.c", as embedded */
	const char *op;       /* "Conv" */
	const char *needs;    /* target feature, NULL: none */
	enum kernel_tail tail;
	enum kernel_layout layout;
	bool follows; /* taken only where others have its layout anyway: it is not worth a copy */
	/* May compute some rows of its output: fewer in its parameters (oh, m, h), pointers moved. With
	 * scratch it needs `block`, to get along with a part of it, and rows in multiples of 4. */
	bool rows;
	bool bands; /* the same in turns with other steps only: its scratch is its own */
	kernel_block_fn *block;
	int priority; /* among those that accept, the highest is taken */
	kernel_accept_fn *accept;
	kernel_build_fn *build;
	enum kernel_returns returns;
};

extern const struct kernel kernels[]; /* function NULL ends it */
/* EDGERT_VQ_LANES and EDGERT_VQ_TAPS of the 8-bit kernels of x86. */
int target_vq_lanes(const struct target *t);
int target_vq_taps(const struct target *t);
/* EDGERT_Q128_TAPS of the 8-bit kernels over 128 bits; 0: the target cannot run them. */
int target_q128_taps(const struct target *t);
/* The kernel for n on t, or NULL: then *reason says why none. */
const struct kernel *kernel_select(struct unit *u, const struct node *n, const struct target *t,
				   const char **reason);

/* -- lowering passes: kernel choice, expansion, tails, layout, loops (in order in lower.c) --- */
extern const struct pass *const lowering_passes[];

/* Reports a size of v that has no bound, or a tensor whose bytes no address reaches. */
bool value_is_bounded(struct unit *u, const struct value *v);

/* -- storage --------------------------------------------------------------------------- */

enum region { REGION_WORKSPACE, REGION_WEIGHTS, REGION_INPUT, REGION_OUTPUT };

struct buffer {
	enum region region;
	int64_t size; /* bytes, at the bounds of symbolic dims */
	int64_t align;
	int64_t offset; /* WORKSPACE, WEIGHTS: assigned by placement */
	int part;       /* WORKSPACE: in which of the plan's parts */
	bool hot;       /* WEIGHTS: NAME_load copies it to the fast memory, at hot_offset */
	int64_t hot_offset;
	int index;        /* INPUT, OUTPUT: position among the model's */
	int first, last;  /* first step that uses it, last (inclusive) */
	const void *data; /* WEIGHTS: host byte order; NULL: made by */
	const struct packing *packing;
	enum dtype type;  /* WEIGHTS: of the elements (byte order, C type) */
	const char *name; /* for comments */
};

/* Where a value lies: in which buffer, and at which element strides per logical axis from which
 * origin. */
struct place {
	int buffer;               /* -1: nowhere (not materialised) */
	int64_t byte_offset;      /* of the storage box inside the buffer */
	const struct turn *turns; /* NULL: it stays */
};

/* A place that moves with the iterations of a loop: item i lies i * stride bytes further. */
struct turn {
	const struct step *loop;
	dim stride;
	bool backward;            /* the last item first */
	const struct turn *outer; /* it moves with these loops too */
};

enum step_kind {
	STEP_KERNEL,
	STEP_LOOPS,
	STEP_COPY,
	STEP_FILL,
	STEP_IF,
	STEP_LOOP,
	STEP_SCAN,
	STEP_STREAM
};

struct block {
	VEC(struct step *) steps;
};

/* A size of a carried value that is another one in each iteration; or one of results that are kept, which all
 * iterations must find to be the same. */
struct carried_size {
	dim now;         /* in the body; of all results together */
	dim first, next; /* of the initial value, 0; of what an iteration passes on, or makes */
	dim last;        /* of the result; 0: nobody asks */
	bool same;       /* of results that are kept */
};

struct iterations {
	dim items; /* at most, and exactly when `stacked`; DIM_UNBOUNDED: no limit but these: */
	uint32_t count;       /* the value that says how often; VALUE_NONE: none */
	uint32_t condition;   /* goes on while it is true; VALUE_NONE: always */
	uint32_t number;      /* gets the iteration's number; VALUE_NONE: nobody asks */
	bool stacked;         /* results of all iterations are kept */
	const uint32_t *held; /* values that live from the first to the last iteration */
	int n_held;
	VEC(struct carried_size) sizes;
};

/* A value that a step of a stream reads or writes: for rows [a, b) of its output the step reads those
 * from a * stride / per - pad to (b - 1) * stride / per - pad + reach, as far as there are such. */
struct move {
	uint32_t value;
	int64_t row; /* bytes from one row to the next; 0: all of it is read each time */
	int64_t stride, per, pad, reach;
	const struct step
		*kept_by; /* the step that keeps only some rows of it; NULL: all are there */
};

/* A step of a stream. When band i is done, so are the rows of its output before each * (i + 1) + ahead.
 * Loops do one row, kernels any number. */
struct band {
	const struct move *moves; /* the last is the output */
	int n_moves;
	int axis;     /* of the output, whose elements are the rows */
	int64_t rows; /* of the output */
	int64_t each, ahead;
	/* From band i on nobody reads rows before each * i + keep. */
	int64_t keep;
	int64_t kept; /* rows of the output that there is room for; 0: for all */
};

/* Names of the parameters of a kernel that has pixels or is a sum of images, along the axis of its rows:
 * heights, or where there is one only widths. NULL: it has none; of sums only `out` is set. */
struct row_fields {
	const char *out, *in, *pad, *stride, *kernel, *dilation;
};
const struct row_fields *row_fields(const struct call *c);

/* Rows 0 to band_done are there when band i is done; from band_first on they are in memory in band i. */
int64_t band_done(const struct band *b, int64_t i);
int64_t band_first(const struct band *b, int64_t i);

struct step {
	enum step_kind kind;
	int number; /* position in the whole plan, nested steps counted; lifetimes are in these */
	int end;    /* last number inside it (itself when it has no blocks) */
	struct loc loc;   /* of the node it came from */
	const char *what; /* operator(s), for comments and reports: "Conv+Relu" */
	const char *reason;
	dim macs;
	/* KERNEL */
	const struct kernel *kernel;
	struct call call;
	int scratch; /* buffer, -1: none */
	int *packed; /* buffer of each ARG_PACKED argument, indexed as call.args; -1 elsewhere */
	int unfolded, unfolded_arg; /* buffer in which the bytes of an argument that lies in 4 bits
				       each are made before the call, -1: none */
	/* LOOPS, and the tail of KERNEL: */
	const struct tir_stage *stages; /* LOOPS */
	int n_stages;
	const struct tir_stage *tail; /* KERNEL; slot 0 is the kernel's result */
	const uint32_t *slots;        /* value of each slot of stages or tail */
	int n_slots;
	const uint32_t *outputs; /* value each stage writes (VALUE_NONE: nobody reads it); of a
				    kernel, its outputs */
	int n_outputs;
	/* COPY: the bytes of slots[0], of one layout with its destination: outputs[0], or, when
	 * that is VALUE_NONE, the model's output number `output` */
	int output;
	const struct turn *into; /* COPY: the destination is an item of outputs[0] */
	/* FILL: zero bytes of outputs[0]'s storage box */
	/* STREAM: see stream.c */
	/* IF: condition slots[0], blocks then, else. LOOP, SCAN: the only block is the body */
	struct block *blocks;
	int n_blocks;
	const struct node *node;             /* control flow: its node, for its graphs */
	const struct iterations *iterations; /* LOOP, SCAN */
	struct band *band;                   /* of a stream's step; NULL: it is in none */
	int64_t bands; /* STREAM: the steps of its only block take turns so often */
	int64_t room; /* LOOP, SCAN: there is room for what so many iterations keep; 0: they keep nothing */
	const struct step *loop; /* innermost LOOP or SCAN around it; NULL: none */
};

/* Where a value is there: behind step number `after` of the block, -1: at its beginning. A spot
 * that is reached later has an order that is not less. */
struct spot {
	const struct block *block;
	int after, order;
};

/* Where the nodes of a graph begin. */
struct beginning {
	const struct graph *graph;
	struct spot spot;
};

/* What the workspace has in one of the target's memories. */
struct part {
	const struct target_memory *memory;
	int64_t size; /* bytes */
};

struct plan {
	struct unit *u;
	const struct target *target;
	struct block main;
	int n_steps;
	VEC(struct buffer) buffers;
	struct place *places;        /* by value id */
	struct spot *made;           /* by value id */
	VEC(struct beginning) begun; /* of all graphs */
	VEC(dim) found;              /* sizes that steps set: kernels' results, control flow's */
	int64_t workspace;           /* bytes placed, in all parts */
	VEC(struct part)
	parts; /* of the workspace, fastest memory first; none: it is in one piece */
	int64_t workspace_bound; /* most bytes alive at once in this order: no placement can be
				    below */
	int64_t workspace_align;
	int64_t weights; /* bytes of constants */
	int64_t hot;     /* bytes of those that are copied to */
	int64_t hot_align;
	const struct target_memory *hot_memory; /* NULL: none is */
	int64_t macs;                           /* at the bounds */
};

struct plan_options {
	bool tight;  /* least workspace: no halos, no scratch beyond need */
	bool stream; /* steps may take turns at bands of rows where that takes less workspace */
};

/* Plans u, whose graph the lowering passes have prepared. Errors (a symbolic size without a bound,
 * ...) are reported. */
struct plan *plan_make(struct unit *u, const struct target *t, const struct plan_options *o);

/* Strides in elements of v's logical axes in its storage box, and the offset in elements of its
 * first one. */
void value_strides(struct unit *u, const struct value *v, dim *strides, dim *origin);
/* Element offset of v at the point idx, as an expression. */
const struct tir *value_offset(struct tir_builder *b, const struct value *v,
			       const struct tir *const *idx);
/* Elements of the storage box. */
dim value_box(struct unit *u, const struct value *v);

/* place.c: offsets for workspace buffers. Overlapping lifetimes never overlap in memory. Where no memory
 * of the target holds the workspace, but several together do, it gets parts. */
void plan_place(struct plan *p);
/* Bytes of part k of the workspace; there is always a part 0. */
int64_t plan_part_size(const struct plan *p, int k);
/* far.c */
struct span {
	int64_t from, to; /* bytes of the constants; to 0: none */
};
/* The target reads constants by instructions of its own, and its pointers do not reach all of them. */
bool plan_is_far(const struct plan *p);
struct span step_constants(const struct plan *p, const struct step *st);
/* hot.c: which constants are worth a copy in the target's memory for that, and where there. */
void plan_hot(struct plan *p);
/* check.c, knows nothing of place.c: false (and says which two) when live buffers overlap or leave
 * the workspace. */
bool plan_check(const struct plan *p, struct strbuf *why);

#endif
