/* family.h - shorthand that the operator tables share: attribute rows, shape arithmetic on known
 * content, definitions of one expression, and steps of expansions and upgrades. */
#ifndef EDGECC_OPS_FAMILY_H
#define EDGECC_OPS_FAMILY_H

#include "ops.h"

/* Attribute rows of struct S's field F. */
#define A_INT(S, F, D)                                                                             \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_INT, .def_int = (D)                                       \
	}
#define A_RANGE(S, F, D, LO, HI)                                                                   \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_INT, .def_int = (D), .lo = (LO), .hi = (HI)               \
	}
#define A_FLAG(S, F, D) A_RANGE(S, F, D, 0, 1)
#define A_FLOAT(S, F, D)                                                                           \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_FLOAT, .def_float = (D)                                   \
	}
#define A_INTS(S, F)                                                                               \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_INTS                                                      \
	}
#define A_ENUM(S, F, NAMES, D)                                                                     \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_ENUM, .choices = (NAMES), .def_int = (D)                  \
	}
#define A_END                                                                                      \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define ATTR_ABSENT INT64_MIN /* the default of an optional integer that has no default */

/* What moving elements about supports: every type but the complex ones. */
#define T_MOVE "num,small,bool,string"

/* -- content.c: integer tensors whose elements are known while the model is compiled --- */

typedef bool (*elem_op)(struct unit *u, dim a, dim b, dim *out); /* false: not representable */
bool elem_add(struct unit *u, dim a, dim b, dim *out);
bool elem_sub(struct unit *u, dim a, dim b, dim *out);
bool elem_mul(struct unit *u, dim a, dim b, dim *out);
bool elem_div(struct unit *u, dim a, dim b, dim *out); /* toward zero */
bool elem_mod(struct unit *u, dim a, dim b, dim *out); /* sign of b */
bool elem_min(struct unit *u, dim a, dim b, dim *out);
bool elem_max(struct unit *u, dim a, dim b, dim *out);
bool elem_eq(struct unit *u, dim a, dim b, dim *out);
bool elem_lt(struct unit *u, dim a, dim b, dim *out);
bool elem_le(struct unit *u, dim a, dim b, dim *out);
/* Output 0's content, when every input's is known, by folding f over the inputs from the left. */
void infer_content(struct unit *u, struct node *n, elem_op f);
/* Output 0 has input 0's content, in the same order. */
void infer_same_content(struct unit *u, struct node *n);

/* real_sizes.c: the content of n, a Cast to integers, from floats that are made of sizes. */
void infer_content_from_reals(struct unit *u, struct node *n);

/* For definitions that only move elements (or put 0): the outputs' content, from that of the inputs
 * in the set `moved` (bit k: input k). Inputs in `known` are read by the definition and must be
 * constant. */
void infer_moved_content(struct unit *u, struct node *n, unsigned moved, unsigned known);
/* How many elements v has, when that is known and few enough to track them. */
bool content_count(struct unit *u, const struct value *v, int *count);

/* -- axes.c: lists of axes, known at run time or before --- */

/* Input k's axes of a tensor of that rank: numbers, or elements of the input. */
bool axes_input(struct unit *u, const struct node *n, int k, int rank, const dim **list,
		int *count);
/* The same as marks: named[i] is 1 when axis i is in the list, else 0. */
bool axes_named(struct unit *u, const struct node *n, int k, int rank, dim *named, int *count);
/* values[k] when list[k] is the axis, 0 when the list does not have it. */
dim axis_gets(struct unit *u, const dim *list, int count, int rank, int axis, const dim *values);
dim named_or(struct unit *u, dim named, dim d);   /* 1 where named, else d */
dim only_named(struct unit *u, dim named, dim d); /* d where named, else 1 */
/* x without the axes that are named: `rank` are left. */
void shape_without(struct unit *u, const struct shape *x, const dim *named, int rank,
		   struct shape *out);
/* x with axes of size 1 inserted so that those of the result that are named are they. */
void shape_with(struct unit *u, const struct shape *x, const dim *named, int rank,
		struct shape *out);
/* The index along axis i, 0 where it is named, of an element whose other indices are idx[0..rank).
 */
const struct tir *index_without(struct tir_builder *b, const dim *named, int i, int rank,
				const struct tir *const *idx);

/* -- define.c: definitions of one expression ------------------------------------------- */

bool define_unary(struct tir_builder *b, struct tir_stage *out, enum tir_kind k);
/* Inputs 0 and 1 broadcast together. */
bool define_binary(struct tir_builder *b, struct tir_stage *out, enum tir_kind k);
/* Input 0's element at the output's own index. */
const struct tir *stage_input0(struct tir_builder *b, struct tir_stage *out,
			       const struct tir **idx);
/* How many elements lie before and behind an axis of a constant shape. */
void shape_around(const struct shape *s, int axis, int64_t *outer, int64_t *inner);
/* The only element of a one-element input. */
const struct tir *load_single(struct tir_builder *b, int slot);
const struct tir *tir_gt(struct tir_builder *b, const struct tir *x, const struct tir *y);
/* lo <= x <= hi by min and max; NaN stays. */
const struct tir *tir_clamp(struct tir_builder *b, const struct tir *x, const struct tir *lo,
			    const struct tir *hi);
/* x as an element of type `to`, as Cast does it. */
const struct tir *tir_cast_element(struct tir_builder *b, const struct cast_attrs *a,
				   const struct tir *x);
/* idx[] of a tensor shaped `from` as indices into one shaped `to` that has the same elements in
 * row-major order. */
void view_index(struct tir_builder *b, const struct shape *from, const struct tir *const *idx,
		const struct shape *to, const struct tir **out);
/* min(1, max(0, alpha*x + beta)) */
const struct tir *tir_hard_sigmoid(struct tir_builder *b, const struct tir *x, double alpha,
				   double beta);
enum dtype stage_compute(const struct tir_builder *b,
			 int slot); /* the compute type of input `slot` */

#define DEFINE_UNARY(NAME, KIND)                                                                   \
	static bool define_##NAME(struct tir_builder *b, const struct node *n,                     \
				  struct tir_stage *out)                                           \
	{                                                                                          \
		(void)n;                                                                           \
		return define_unary(b, out, KIND);                                                 \
	}
#define DEFINE_BINARY(NAME, KIND)                                                                  \
	static bool define_##NAME(struct tir_builder *b, const struct node *n,                     \
				  struct tir_stage *out)                                           \
	{                                                                                          \
		(void)n;                                                                           \
		return define_binary(b, out, KIND);                                                \
	}

/* -- rewrite.c: steps of expansions and upgrades --------------------------------------- */

/* Upgrade of a version that differs only in types or in attributes that say nothing any more. */
bool upgrade_plain(struct unit *u, struct node *n);
uint32_t new_scalar(struct node *at, enum dtype t, double v);
uint32_t new_ints(struct node *at, const int64_t *v, int count);
uint32_t new_cast(struct node *at, enum dtype to, uint32_t x); /* x itself when it has that type */
uint32_t new_reduce(struct node *at, const char *op, uint32_t x, int axis, bool keepdims);
uint32_t new_reshape(struct node *at, uint32_t x, uint32_t like); /* to the shape of like */
/* internal.c: edgecc.Loops before `at`, with one output; a builder on it makes the stage that
 * completes it. */
struct node *new_loops(struct node *at, int n_in, const uint32_t *in, enum dtype t,
		       const struct shape *shape);
void set_loops(struct node *m, const struct tir_stage *stage);
/* Ends an expansion: output k of n is x from now on. */
void expand_output(struct unit *u, struct node *n, int k, uint32_t x);

/* For upgrades: a node of operator op's newest form before n, inferred when its first input already
 * is. Returns its output, VALUE_NONE when an error was reported. */
uint32_t upgrade_node(struct unit *u, struct node *n, const char *op, const void *attrs, int n_in,
		      const uint32_t *in);
/* Turns n itself into operator op, with new inputs. */
void upgrade_become(struct node *n, const char *op, const void *attrs, int n_in,
		    const uint32_t *in);

/* -- fold.c: for evaluation by portable kernels ---------------------------------------- */

/* c's elements, aligned for their type (those of a model file may not be). */
const void *constant_aligned(struct unit *u, const struct constant *c);
/* c with its first elements only, as shape s: kernels are given room for the most there can be. */
struct constant *constant_shrunk(struct constant *c, const struct shape *s);

/* -- random.c: the generator, for Dropout ---------------------------------------------- */

/* splitmix64 number `at` of the seed's sequence, as a double in [0, 1) or (0, 1]: 53 bits. */
const struct tir *random_draw(struct tir_builder *b, float seed, const struct tir *at,
			      bool positive);
/* The element's row-major number. */
const struct tir *random_number_of(struct tir_builder *b, const struct shape *s,
				   const struct tir *const *idx);

/* -- attribute structs that expansions of other families fill -------------------------- */

struct reverse_attrs { /* ReverseSequence */
	int64_t batch_axis, time_axis;
};
struct split_attrs {
	int64_t axis, num_outputs;
};
struct reshape_attrs {
	int64_t allowzero;
};
struct group_norm_attrs { /* GroupNormalization */
	float epsilon;
	int64_t num_groups, stash_type;
};
struct dropout_attrs {
	int64_t seed, old_mask;
};
struct dft_attrs {
	int64_t inverse, onesided;
};
struct gelu_attrs {
	int approximate; /* 1: by tanh */
};
struct rotary_attrs {
	int64_t interleaved, num_heads, rotary_embedding_dim;
};
struct argmax_attrs {
	int64_t axis, keepdims, select_last_index;
};
struct shape_attrs {
	int64_t start, end;
};

/* elementwise.c: opset 6's `axis` and `broadcast`, shared with the comparisons. */
struct broadcast6_attrs {
	int64_t axis, broadcast;
};
extern const struct attr_row broadcast6_rows[];
bool upgrade_broadcast6(struct unit *u, struct node *n);

#endif
