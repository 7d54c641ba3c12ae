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

/* -- ml_forest.c: TreeEnsembleClassifier and TreeEnsembleRegressor --------------------------- */

/* Their attributes; the lists of weights have one name per operator. */
struct ensemble_attrs {
	struct ints nodes_treeids, nodes_nodeids, nodes_featureids, nodes_truenodeids,
		nodes_falsenodeids, nodes_missing_value_tracks_true;
	struct strings nodes_modes;
	struct floats nodes_values, nodes_hitrates;
	const struct constant *nodes_values_as_tensor, *nodes_hitrates_as_tensor;
	struct ints weight_treeids, weight_nodeids, weight_ids;
	struct floats weights, base_values;
	const struct constant *weights_as_tensor, *base_values_as_tensor;
	struct ints classlabels_int64s;
	struct strings classlabels_strings;
	int64_t n_targets;
	int aggregate_function, post_transform;
};

/* The forest of n, which has these attributes; false, reported, when it is none. */
bool forest_read(struct unit *u, const struct node *n, int64_t targets, struct forest *f);
/* Whether every row gets a score for every target: for each there is a tree with it in all leaves. */
bool forest_scores_all(struct unit *u, const struct node *n, const struct forest *f);

/* The same file, for TreeEnsemble (ml_ensemble.c), too: whether the list `name` has `want` elements. */
bool tree_same_length(struct unit *u, const struct node *n, const char *name, int64_t have,
		      int64_t want);
/* Whether X has the column that a node compares. */
bool tree_check_feature(struct unit *u, const struct node *n, int64_t feature, dim columns);

/* -- ml_tree.c: what its operators share with TreeEnsemble ----------------------------------- */

/* Of aggregate_function, which is an enum edgert_tree_aggregate. */
enum { TREE_AGGREGATE_SUM = 1 };
/* Output 0 is [rows of X, targets]. */
bool tree_infer_targets(struct unit *u, struct node *n, int64_t targets);
/* The scores y after post_transform, before n. One target has no transform but PROBIT, as in ONNX
 * Runtime. */
uint32_t tree_transformed(struct node *n, int transform, int64_t targets, uint32_t y);

#endif
