/* quantized.h - for the rewrites that absorb QuantizeLinear and DequantizeLinear: what these nodes
 * say of their neighbours' tensors. */
#ifndef EDGECC_PASSES_QUANTIZED_H
#define EDGECC_PASSES_QUANTIZED_H

#include "../ops/integer.h"
#include "rewrite.h"

/* A tensor of integers that stands for reals: real = (id - zero) * scale. */
struct quantized {
	uint32_t id;
	enum dtype type;
	float scale; /* finite, above 0 */
	int64_t zero;
};

/* Input k of n is a DequantizeLinear of 8- or 16-bit integers by one constant scale. */
bool quantized_input(const struct node *n, int k, struct quantized *out);
/* n is a QuantizeLinear to such integers; id is its output. */
bool quantized_output(const struct node *n, struct quantized *out);
/* Scale and zero point of n, which is one or the other, for integers of type t. */
bool quantized_parameters(const struct node *n, enum dtype t, struct quantized *out);
int64_t quantized_least(enum dtype t);
int64_t quantized_most(enum dtype t);
/* The integer that stands for a real: rounded, halves to even, saturated. */
int64_t quantized_number(const struct quantized *q, double real);

/* signedness.c: 8-bit activations are unsigned on t (an x86 with integer dot products or AVX2). */
bool quantized_unsigned(const struct target *t);

/* Constant weights behind a DequantizeLinear, with one scale or one for each index of an axis. */
struct quantized_weights {
	const struct constant *c;            /* as in the model */
	const struct constant *scale, *zero; /* zero may be NULL */
	int axis;                            /* -1: one scale */
};
bool quantized_weights(const struct node *n, int k, struct quantized_weights *out);
/* Index i's scale along the axis. */
float weights_scale(const struct quantized_weights *w, int64_t i);
/* The weights less their zero point: int8 where all of them fit, else int16. */
struct constant *weights_centered(struct unit *u, const struct quantized_weights *w);

/* [n][k] to [k][n] */
struct constant *matrix_transposed(struct unit *u, const struct constant *c);

/* What stands between an operator and the QuantizeLinear of its result: activations that only
 * clamp. */
struct quantized_result {
	struct quantized q;
	int64_t lo, hi;      /* clamps and saturation, in integers */
	struct node *source; /* whose output 0 is clamped, then quantized; nobody else reads it */
};
/* n is the QuantizeLinear. */
bool quantized_result(struct node *n, struct quantized_result *out);
/* The requantization to that result: scale and shift are the caller's. */
struct requant quantized_requant(const struct quantized_result *r);

/* absorb_reduce.c: the window of a pool over the whole image of n's input 0, of *taps elements; false
 * when its size is not known. */
bool whole_image(struct unit *u, const struct node *n, struct pool_attrs *a, int64_t *taps);

/* multiplier.c: what no sum of n, a QConv or QMatMul, exceeds; infinite of others. */
double sums_most(const struct node *n);

/* -- moves.c: operators that move or choose elements ----------------------------------- */

/* n's results are elements of its inputs, or greatest or least ones. */
bool node_moves(const struct node *n);
/* The same, of several inputs. */
bool node_moves_several(const struct node *n);
/* n says where in input 0 elements are that compare best; they themselves may be another result. */
bool node_chooses(const struct node *n);
/* Of such nodes: input k has such elements (it may be left out). */
bool node_moves_input(const struct node *n, int k);
/* The operator takes elements of type t. */
bool node_takes(const struct node *n, enum dtype t);
/* n over other elements, before it: of(n, k) gives each of those inputs, left out or not. NULL, with
 * nothing made but what `of` made, when `of` gives none. */
struct node *build_moved(struct node *n,
			 bool (*of)(struct node *n, int k, void *data, uint32_t *out), void *data);

extern const struct rewrite rewrites_absorb_move[], rewrites_absorb_product[],
	rewrites_absorb_transpose[], rewrites_absorb_binary[], rewrites_absorb_reduce[],
	rewrites_absorb_lut[], rewrites_absorb_above[], rewrites_absorb_recurrent[],
	rewrites_absorb_scale[], rewrites_absorb_integers[], rewrites_absorb_reals[],
	rewrites_pack_nbits[];

#endif
