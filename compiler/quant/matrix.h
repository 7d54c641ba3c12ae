/* matrix.h - inside quant/: the weights of a layer as a matrix, and what its inputs are like. */
#ifndef EDGECC_QUANT_MATRIX_H
#define EDGECC_QUANT_MATRIX_H

#include "quant.h"

/* -- matrix.c: weights seen as [out][in][taps] ----------------------------------------------- */

/* Of grouped convolutions `in` counts the channels of one group. A column is an input and a tap. */
struct quant_matrix {
	const struct constant *w;
	int64_t out, in, taps, groups;
	bool in_first; /* [in][out] in memory */
};
/* False: n's weights have no such form. */
bool quant_matrix_of(const struct node *n, struct quant_matrix *m);
/* Where an element is in memory. */
int64_t quant_matrix_at(const struct quant_matrix *m, int64_t o, int64_t i, int64_t t);

/* -- watch.c --------------------------------------------------------------------------------- */

/* Whether what weights multiply with, and biases, are numbers; else reported. */
bool quant_weights_are_finite(const struct unit *u, const struct quant_plan *p);

/* -- moments.c: second moments of the columns' inputs ---------------------------------------- */

/* H = E[x x^T] (less the means' product when the bias takes the mean error) of each group, in
 * blocks of columns along the diagonal; what lies between blocks is taken for 0. From
 * moments_finish on the blocks are lower triangles L, H = L L^T. */
struct quant_moments {
	int64_t groups, columns, block; /* columns of a block; the last one may have fewer */
	int64_t rows;
	uint32_t random; /* state of the choice of rows */
	bool finished;
	float *products; /* [groups][columns][block] */
	double *sums;    /* [groups][columns] */
	float *kept;     /* [rows kept][groups][columns]: each stride-th row */
	int64_t n_kept, stride;
	double *power; /* [groups][columns]: H's diagonal, when finished */
};
struct quant_moments *moments_new(struct arena *a, const struct quant_matrix *m);
/* Rows of x, a sample's input of n, of which there are n_samples. */
void moments_add(struct unit *u, const struct node *n, struct quant_moments *s,
		 const struct constant *x, size_t n_samples);
/* noise: mean square of what quantization adds to each input. */
void moments_finish(struct quant_moments *s, bool centered, double noise);
/* Of a column's inputs. */
double moments_mean(const struct quant_moments *s, int64_t group, int64_t column);
/* Mean square of the sums of the columns times w. */
double moments_power(const struct quant_moments *s, int64_t group, const double *w);
/* [groups][columns]: the mean of what the inputs lose when they are quantized as x. */
double *moments_shift(struct arena *a, const struct quant_moments *s, const struct quant_params *x);
/* What the sums of matrix m lose when the inputs are quantized as x: noise over signal, both without
 * their means, which a bias takes. */
double moments_loss(struct arena *a, const struct quant_moments *s, const struct quant_matrix *m,
		    const struct quant_params *x);

/* -- round.c: which integers ----------------------------------------------------------------- */

/* Types with integers up to less than this have few: more is done for them. */
#define ROUND_FEW 100
/* The least integer where `most` is the largest: one more below 0 where they are few; kernels of
 * 8 bits rely on there being none. */
static inline double round_least(double most)
{
	return most < ROUND_FEW ? -most - 1 : -most;
}
/* q[k] of one output's weights w, whose steps are scale[k]: the error of the output's sums is
 * small, not that of each weight. work: as many elements. Returns the mean square of that error. */
double round_row(const struct quant_moments *s, int64_t group, const double *w, const double *scale,
		 double most, double *work, double *q);

#endif
