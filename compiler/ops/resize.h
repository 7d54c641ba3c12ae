/* resize.h - for resize.c, resize_loops.c and resize_axis.c: how one axis is sampled.
 *
 * Output o lies at x in the input; its value is the sum over taps t of weight(o, t) *
 * input[index(o, t)]. */
#ifndef EDGECC_OPS_RESIZE_H
#define EDGECC_OPS_RESIZE_H

#include "family.h"

enum { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC };
enum {
	HALF_PIXEL,
	HALF_PIXEL_SYMMETRIC,
	PYTORCH_HALF_PIXEL,
	ALIGN_CORNERS,
	ASYMMETRIC,
	TF_HALF_PIXEL,
	TF_CROP
};
enum { ROUND_PREFER_FLOOR, ROUND_PREFER_CEIL, NEAREST_FLOOR, NEAREST_CEIL, NEAREST_SIMPLE };
enum { STRETCH, NOT_LARGER, NOT_SMALLER };

struct resize_attrs {
	struct ints axes;
	float cubic_coeff_a, extrapolation_value;
	int mode, coordinate_transformation_mode, nearest_mode, keep_aspect_ratio_policy;
	int64_t antialias, exclude_outside;
};

struct resize_axis {
	bool same; /* copied as it is */
	dim in, out;
	double scale; /* 0: out / in, known at run time */
	/* scale is this element, from 1, of the input scales, or of those that
	 * keep_aspect_ratio_policy makes of the sizes `wanted`; 0: it is not */
	int scale_at;
	dim wanted;            /* 0: scale is no policy's */
	double roi_lo, roi_hi; /* tf_crop_and_resize: the part of the input, in units of its size */
	int roi_at, roi_count; /* they are this element, from 1, of the input roi, and the one
				* roi_count behind; 0: they are numbers */
};
/* Its positions are known: tables can be made of them. */
bool resize_axis_is_known(const struct resize_axis *x);

/* What n does with each of its input's axes. */
bool resize_axes(struct unit *u, const struct node *n, struct resize_axis *x);
bool resize_expand(struct unit *u, struct node *n);

/* The tables of an axis of constant size: index [out][taps], in range, or -1 in tap 0 where the
 * output is extrapolated; weight [out][taps], summing to 1 (NULL where taps is 1). */
struct resize_table {
	int taps;
	const int32_t *index;
	const double *weight;
};
void resize_tabulate(struct arena *a, const struct resize_attrs *r, const struct resize_axis *x,
		     struct resize_table *out);

/* What the policy makes of sizes that are known at run time only: the scale, from their input in
 * slot, in type t. */
const struct tir *resize_policy(struct tir_builder *b, const struct node *n, int slot,
				enum dtype t);

/* An axis of a loop nest being built. */
struct resize_sampler {
	dim taps; /* symbolic where their number depends on sizes that are known at run time */
	const struct resize_attrs *r;
	const struct resize_axis *x;
	enum dtype type;             /* of weights */
	int index_slot, weight_slot; /* of the tables; -1: computed */
	int scale_slot;              /* of the scales; -1: x has no scale_at */
	int roi_slot;                /* of the input roi; -1: x has no roi_at */
	int64_t up, down,
		first; /* index_slot < 0 and x constant: floor(o / up), or o * down + first */
};
/* Taps of an axis whose positions are computed. */
dim resize_taps(struct unit *u, const struct resize_attrs *r, const struct resize_axis *x);
/* Input index and weight of tap t (NULL: the only one) at output o. */
const struct tir *resize_index(struct tir_builder *b, const struct resize_sampler *s,
			       const struct tir *o, const struct tir *t);
const struct tir *resize_weight(struct tir_builder *b, const struct resize_sampler *s,
				const struct tir *o, const struct tir *t);
/* o is not extrapolated. */
const struct tir *resize_inside(struct tir_builder *b, const struct resize_sampler *s,
				const struct tir *o);

#endif
