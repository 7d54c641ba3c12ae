/* window.h - for conv.c and pool.c: a window's geometry along the spatial axes. */
#ifndef EDGECC_OPS_WINDOW_H
#define EDGECC_OPS_WINDOW_H

#include "family.h"

#define WINDOW_MAX 6

struct window_lists {
	int auto_pad;
	const struct ints *kernel, *strides, *dilations, *pads;
};

/* Lists to numbers, defaults filled in; w->in is in[0..axes). */
bool window_attrs(struct unit *u, const struct node *n, const struct window_lists *l, const dim *in,
		  int axes, struct window *w);
/* Where the last windows end: inside the padded input (convolutions), or as pools have it. */
enum window_end { WINDOWS_INSIDE, WINDOWS_FLOOR, WINDOWS_CEIL };
/* Sets out, and pads where auto_pad decides them. */
bool window_outputs(struct unit *u, const struct node *n, int auto_pad, enum window_end end,
		    struct window *w);
/* window_same.c: do pads by auto_pad depend on a size that is known at run time only? For upgrades:
 * x with these pads, of `value`, by nodes before `at`, which then wants VALID. */
bool window_same_varies(const struct window *w, int auto_pad);
uint32_t window_pad_same(struct node *at, const struct window *w, int auto_pad, uint32_t x,
			 uint32_t value);
/* The same of pools: strides beyond the kernel make pads negative, which crops x. The pads, as Pad
 * takes them. */
bool window_same_crops(const struct window *w, int auto_pad);
uint32_t window_same_pads(struct node *at, const struct window *w, int auto_pad, bool crops,
			  uint32_t x);
/* Input position of tap `tap` of output `out` along spatial axis i; may lie outside. */
const struct tir *window_index(struct tir_builder *b, const struct window *w, int i,
			       const struct tir *out, const struct tir *tap);
/* Every at[i] is inside the input. */
const struct tir *window_inside(struct tir_builder *b, const struct window *w,
				const struct tir *const *at);
/* Leaves out the first and last taps that lie outside of X for every output; pad_lo becomes what the
 * first one left has before X, and pad_hi says nothing any more. */
void window_trim(const struct unit *u, struct window *w);
dim window_taps(const struct window *w); /* elements of the kernel */

/* -- pool.c: for q_reduce.c ------------------------------------------------------------- */

bool pool_infer(struct unit *u, struct node *n);
/* Starts output 0's stage: the sum of x - zero over the window (in int32 when x is an integer), and
 * the number of taps that the mean is of. */
const struct tir *pool_sum(struct tir_builder *b, const struct node *n, struct tir_stage *out,
			   int64_t zero, const struct tir **count);

/* -- pool.c, pool_same.c: for each other ------------------------------------------------ */

extern const struct attr_row pool_max_rows[]; /* MaxPool's attributes */
/* The window without outputs, and pads by auto_pad. */
bool pool_geometry(struct unit *u, const struct node *n, struct window *w);
/* auto_pad SAME of sizes known at run time only, or with negative pads, by nodes of its own. */
bool pool_upgrade(struct unit *u, struct node *n);

/* -- pool.c: for pool_global.c --------------------------------------------------------- */

/* (sum |x|^p)^(1/p), over vars. */
const struct tir *pool_norm(struct tir_builder *b, int64_t p, int n, const struct tir *const *vars,
			    const struct tir *x);
/* The p of version 1, a float, as a whole number. */
bool pool_whole_p(struct unit *u, const struct node *n, float p, int64_t *out);

/* -- conv.c: for the quantized convolutions, whose inputs stand elsewhere -------------- */

extern const struct attr_row conv_rows[];
int conv_weights(const struct node *n); /* which input W is */
/* Inference of Conv with the bias as input `bias` (-1: there is none). */
bool conv_infer(struct unit *u, struct node *n, int bias);
/* Upgrade of Conv and its kin: see window_same.c; zero: of X, or VALUE_NONE. */
bool conv_upgrade(struct unit *u, struct node *n, uint32_t zero);
/* The point idx of the output: indices of X and W under vars, which run over W's channels and taps;
 * returns how many. *inside: that X has that point. */
int conv_taps(struct tir_builder *b, const struct node *n, const struct tir *const *idx,
	      const struct tir **vars, const struct tir **x, const struct tir **w,
	      const struct tir **inside);
dim conv_macs(struct unit *u, const struct node *n);
/* The window without outputs, and pads by auto_pad; conv_ranks before it. */
bool conv_geometry(struct unit *u, const struct node *n, struct window *w);
bool conv_ranks(struct unit *u, struct node *n);
/* conv_transpose_shape.c: ConvTranspose with output_shape. */
bool conv_transpose_upgrade(struct unit *u, struct node *n);
/* conv_phases.c: ConvTranspose of constant weights in float32 as Conv. */
bool conv_transpose_expand(struct unit *u, struct node *n);

#endif
