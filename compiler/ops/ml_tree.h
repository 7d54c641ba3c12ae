/* ml_tree.h - tree ensembles: nodes as read from any version's attributes, and as kernels read them. */
#ifndef EDGECC_OPS_ML_TREE_H
#define EDGECC_OPS_ML_TREE_H

#include "ml.h"

/* As TreeEnsemble numbers them. */
enum tree_test { TREE_LEQ, TREE_LT, TREE_GTE, TREE_GT, TREE_EQ, TREE_NEQ, TREE_MEMBER, TREE_LEAF };

struct tree_node {
	enum tree_test test;
	int64_t feature;
	double value;
	bool missing; /* NaN goes to `yes` */
	int yes, no;  /* nodes */
	int first, n; /* MEMBER: among members; LEAF: among weights */
};
struct tree_weight {
	int64_t target;
	double weight;
};
struct forest {
	enum dtype type; /* float or double: of features, thresholds and sums */
	int64_t targets;
	VEC(struct tree_node) nodes;
	VEC(int) roots;
	VEC(struct tree_weight) weights;
	VEC(double) members;
	const double *base; /* NULL or [targets] */
	int aggregate;      /* enum edgert_tree_aggregate */
};

/* edgecc.Trees on x, a matrix of f's type: scores [N, targets] of f's type; before `at`. VALUE_NONE
 * when the nodes are no trees or too large, reported. */
uint32_t tree_scores(struct unit *u, struct node *at, uint32_t x, struct forest *f);

#endif
