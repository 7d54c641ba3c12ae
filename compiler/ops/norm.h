/* norm.h - for norm.c and norm_batch.c: steps of normalizations, as nodes before n. */
#ifndef EDGECC_OPS_NORM_H
#define EDGECC_OPS_NORM_H

#include "family.h"

struct lp_attrs { /* LpNormalization */
	int64_t axis, p;
};

struct mvn_attrs { /* MeanVarianceNormalization */
	struct ints axes;
};
/* Its axes, which have a default, from 0 on; RANK_MAX of them at most. */
bool norm_mvn_axes(struct unit *u, const struct node *n, int64_t *axes, int *count);

uint32_t norm_mean(struct node *n, uint32_t x, const int64_t *axes,
		   int count); /* axes stay, of size 1 */
uint32_t norm_square(struct node *n, uint32_t x);
uint32_t norm_inverse_root(struct node *n, uint32_t v, float epsilon); /* 1 / sqrt(v + epsilon) */
uint32_t norm_scale_shift(struct node *n, uint32_t x, uint32_t scale,
			  uint32_t bias); /* bias may be left out */
/* v, of shape [C], in type t, so that it broadcasts along axis 1 of a tensor of `rank` axes. */
uint32_t norm_per_channel(struct node *n, enum dtype t, uint32_t v, int rank);
int norm_axes(int from, int to, int64_t *axes); /* from, from + 1 ... to - 1; returns how many */
/* The statistics are computed in it, or better. */
bool norm_check_stash_type(struct unit *u, const struct node *n, int64_t t);
/* (x - mean) / deviation over the axes; *mean and *inverse (1 / deviation) get the statistics. */
uint32_t norm_standardize(struct node *n, uint32_t x, const int64_t *axes, int count, float epsilon,
			  uint32_t *mean, uint32_t *inverse);
/* Input k has one element for each channel of input 0. */
bool norm_check_channels(struct unit *u, const struct node *n, int k, const char *name);

#endif
