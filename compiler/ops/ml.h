/* ml.h - what the families of ai.onnx.ml share: matrices of features, post-transforms of scores, and
 * labels. */
#ifndef EDGECC_OPS_ML_H
#define EDGECC_OPS_ML_H

#include "family.h"

#define A_FLOATS(S, F)                                                                             \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_FLOATS                                                    \
	}
#define A_STRINGS(S, F)                                                                            \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_STRINGS                                                   \
	}
#define A_STRING(S, F, D)                                                                          \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_STRING, .def_string = (D)                                 \
	}
#define A_TENSOR(S, F)                                                                             \
	{                                                                                          \
		ATTR(S, F), .kind = ATTR_TENSOR                                                    \
	}

/* The types of ai.onnx.ml's features. */
#define T_FEATURES "float,double,int64,int32"

/* -- features: [N, C], or [C] for one row -------------------------------------------------- */

/* False, reported, when input 0 is neither. */
bool ml_features(struct unit *u, const struct node *n, dim *rows, dim *columns);
/* Input 0 as a matrix of type t, before n. */
uint32_t ml_matrix(struct unit *u, struct node *n, enum dtype t);

/* -- constants before n: rows 0 is a vector of `columns` elements -------------------------- */
uint32_t ml_floats(struct node *at, const float *p, int64_t rows, int64_t columns);
uint32_t ml_strings(struct node *at, const char *const *p, int64_t count);

/* -- post-transforms of scores [N, E] ------------------------------------------------------ */
enum ml_transform { ML_NONE, ML_SOFTMAX, ML_LOGISTIC, ML_SOFTMAX_ZERO, ML_PROBIT };
extern const char *const ml_transform_names[];
uint32_t ml_transform(struct node *at, enum ml_transform t, uint32_t scores);
/* One score s per row as those of two classes: [1-s, s] where it is a probability, [-s, s] where its
 * sign decides; LOGISTIC is applied, other transforms mean nothing then. */
enum ml_pair { ML_COMPLEMENT, ML_NEGATE };
uint32_t ml_pair_scores(struct node *at, enum ml_transform t, enum ml_pair how, uint32_t scores);

/* -- labels -------------------------------------------------------------------------------- */
struct ml_labels {
	struct ints ints;
	struct strings strings; /* these when there are any */
};
int ml_label_count(const struct ml_labels *l);
enum dtype ml_label_type(const struct ml_labels *l);
/* Labels by their int64 positions [N]. With fewer than two labels they are 0 and 1, as numbers or text. */
uint32_t ml_label(struct node *at, const struct ml_labels *l, uint32_t positions);
/* Position of each row's greatest score, the first of equals: int64 [N]. */
uint32_t ml_best(struct node *at, uint32_t scores);
/* 1 where the row's only score is more than the threshold, else 0: int64 [N]. */
uint32_t ml_above(struct node *at, uint32_t scores, double threshold);
/* Types and shapes of a classifier's outputs: labels [N] and scores [N, E]. */
bool ml_infer_classifier(struct unit *u, struct node *n, const struct ml_labels *l, int scores);

#endif
