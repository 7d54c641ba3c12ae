/* ml_tree.c - TreeEnsembleClassifier, TreeEnsembleRegressor. */
#include <math.h>

#include "ml_tree.h"

static const char *const aggregate_names[] = { "AVERAGE", "SUM", "MIN", "MAX", NULL };

/* -- TreeEnsembleClassifier, TreeEnsembleRegressor: attributes ----------------------------- */

#define WEIGHT_LIST(NAME, F, KIND)                                                                 \
	{                                                                                          \
		.name = NAME, .offset = offsetof(struct ensemble_attrs, F), .kind = KIND           \
	}
#define NODE_ROWS                                                                                  \
	A_INTS(struct ensemble_attrs, nodes_treeids),                                              \
		A_INTS(struct ensemble_attrs, nodes_nodeids),                                      \
		A_INTS(struct ensemble_attrs, nodes_featureids),                                   \
		A_INTS(struct ensemble_attrs, nodes_truenodeids),                                  \
		A_INTS(struct ensemble_attrs, nodes_falsenodeids),                                 \
		A_INTS(struct ensemble_attrs, nodes_missing_value_tracks_true),                    \
		A_STRINGS(struct ensemble_attrs, nodes_modes),                                     \
		A_FLOATS(struct ensemble_attrs, nodes_values),                                     \
		A_FLOATS(struct ensemble_attrs, nodes_hitrates),                                   \
		A_FLOATS(struct ensemble_attrs, base_values),                                      \
		A_ENUM(struct ensemble_attrs, post_transform, ml_transform_names, ML_NONE)
#define TENSOR_ROWS                                                                                \
	A_TENSOR(struct ensemble_attrs, nodes_values_as_tensor),                                   \
		A_TENSOR(struct ensemble_attrs, nodes_hitrates_as_tensor),                         \
		A_TENSOR(struct ensemble_attrs, base_values_as_tensor)
#define CLASSIFIER_ROWS                                                                            \
	NODE_ROWS, WEIGHT_LIST("class_treeids", weight_treeids, ATTR_INTS),                        \
		WEIGHT_LIST("class_nodeids", weight_nodeids, ATTR_INTS),                           \
		WEIGHT_LIST("class_ids", weight_ids, ATTR_INTS),                                   \
		WEIGHT_LIST("class_weights", weights, ATTR_FLOATS),                                \
		A_INTS(struct ensemble_attrs, classlabels_int64s),                                 \
		A_STRINGS(struct ensemble_attrs, classlabels_strings)
#define REGRESSOR_ROWS                                                                             \
	NODE_ROWS, WEIGHT_LIST("target_treeids", weight_treeids, ATTR_INTS),                       \
		WEIGHT_LIST("target_nodeids", weight_nodeids, ATTR_INTS),                          \
		WEIGHT_LIST("target_ids", weight_ids, ATTR_INTS),                                  \
		WEIGHT_LIST("target_weights", weights, ATTR_FLOATS),                               \
		A_RANGE(struct ensemble_attrs, n_targets, 1, 1, INT32_MAX),                        \
		A_ENUM(struct ensemble_attrs, aggregate_function, aggregate_names,                 \
		       TREE_AGGREGATE_SUM)

static const struct attr_row classifier_rows[] = {
	CLASSIFIER_ROWS, TENSOR_ROWS,
	WEIGHT_LIST("class_weights_as_tensor", weights_as_tensor, ATTR_TENSOR), A_END
};
static const struct attr_row classifier1_rows[] = { CLASSIFIER_ROWS, A_END };
static const struct attr_row regressor_rows[] = {
	REGRESSOR_ROWS, TENSOR_ROWS,
	WEIGHT_LIST("target_weights_as_tensor", weights_as_tensor, ATTR_TENSOR), A_END
};
static const struct attr_row regressor1_rows[] = { REGRESSOR_ROWS, A_END };

/* -- TreeEnsembleRegressor ----------------------------------------------------------------- */

bool tree_infer_targets(struct unit *u, struct node *n, int64_t targets)
{
	dim d[2], columns;

	if (!ml_features(u, n, &d[0], &columns))
		return false;
	d[1] = targets;
	set_shape_of(node_out(n, 0), 2, d);
	return true;
}

static bool infer_regressor(struct unit *u, struct node *n)
{
	return tree_infer_targets(u, n, ((const struct ensemble_attrs *)n->attrs)->n_targets);
}

uint32_t tree_transformed(struct node *n, int transform, int64_t targets, uint32_t y)
{
	if (targets == 1 && transform != ML_PROBIT)
		return y;
	return ml_transform(n, (enum ml_transform)transform, y);
}

static bool expand_regressor(struct unit *u, struct node *n)
{
	const struct ensemble_attrs *a = n->attrs;
	struct forest f;
	uint32_t y;

	if (!forest_read(u, n, a->n_targets, &f))
		return false;
	y = tree_scores(u, n, ml_matrix(u, n, f.type), &f);
	if (y == VALUE_NONE)
		return false;
	y = tree_transformed(n, a->post_transform, a->n_targets, new_cast(n, DT_F32, y));
	expand_output(u, n, 0, y);
	return true;
}

/* -- TreeEnsembleClassifier ---------------------------------------------------------------- */

static struct ml_labels labels_of(const struct node *n)
{
	const struct ensemble_attrs *a = n->attrs;

	return (struct ml_labels){ a->classlabels_int64s, a->classlabels_strings };
}

static bool infer_classifier(struct unit *u, struct node *n)
{
	struct ml_labels l = labels_of(n);

	if (ml_label_count(&l) < 1)
		return node_error(u, n, "has no class labels");
	return ml_infer_classifier(u, n, &l, ml_label_count(&l));
}

/* The only class that weights are for, or -1. */
static int64_t only_class(const struct ensemble_attrs *a)
{
	for (int i = 1; i < a->weight_ids.n; i++)
		if (a->weight_ids.p[i] != a->weight_ids.p[0])
			return -1;
	return a->weight_ids.n ? a->weight_ids.p[0] : -1;
}

static bool all_positive(const struct forest *f)
{
	for (size_t i = 0; i < f->weights.n; i++)
		if (f->weights.p[i].weight < 0)
			return false;
	return true;
}

/* Two classes of which the trees score one. A probability (no negative weight) wins above one half,
 * other scores above 0. */
static bool expand_binary(struct unit *u, struct node *n, struct forest *f, int64_t class)
{
	const struct ensemble_attrs *a = n->attrs;
	struct ml_labels l = labels_of(n);
	bool probability = all_positive(f);
	uint32_t y;

	f->targets = class + 1;
	y = tree_scores(u, n, ml_matrix(u, n, f->type), f);
	if (y == VALUE_NONE)
		return false;
	y = new_cast(n, DT_F32, y);
	if (class == 0) {
		expand_output(u, n, 0, ml_label(n, &l, ml_above(n, y, probability ? 0.5 : 0)));
		y = ml_pair_scores(n, (enum ml_transform)a->post_transform,
				   probability ? ML_COMPLEMENT : ML_NEGATE, y);
	} else {
		uint32_t second = graph_build2(n, "Gather", &(struct axis_attrs){ 1 }, y,
					       new_ints(n, (int64_t[]){ 1 }, 1));

		expand_output(u, n, 0, ml_label(n, &l, ml_above(n, second, probability ? 0.5 : 0)));
		y = ml_transform(n, (enum ml_transform)a->post_transform, y);
	}
	expand_output(u, n, 1, y);
	return true;
}

/* Where the best of scores y is. A class that none of a row's leaves names has the score 0, with which it does not
 * win from one that is less. */
static uint32_t best_scored(struct unit *u, struct node *n, struct forest *f, uint32_t y)
{
	uint32_t named;

	if (f->base || all_positive(f) || forest_scores_all(u, n, f))
		return ml_best(n, y);
	for (size_t i = 0; i < f->weights.n; i++)
		f->weights.p[i].weight = 1;
	named = tree_scores(u, n, ml_matrix(u, n, f->type), f);
	named = graph_build2(n, "Greater", NULL, named, new_scalar(n, f->type, 0));
	return ml_best(n, graph_build3(n, "Where", NULL, named, y,
				       new_scalar(n, DT_F32, -(double)INFINITY)));
}

static bool expand_classifier(struct unit *u, struct node *n)
{
	const struct ensemble_attrs *a = n->attrs;
	struct ml_labels l = labels_of(n);
	int classes = ml_label_count(&l);
	int64_t only = only_class(a);
	struct forest f;
	uint32_t y;

	if (!forest_read(u, n, classes, &f))
		return false;
	f.aggregate = TREE_AGGREGATE_SUM;
	if (classes == 2 && only >= 0)
		return expand_binary(u, n, &f, only);
	y = tree_scores(u, n, ml_matrix(u, n, f.type), &f);
	if (y == VALUE_NONE)
		return false;
	y = new_cast(n, DT_F32, y);
	expand_output(u, n, 0,
		      ml_label(n, &l, classes == 1 ? ml_above(n, y, 0) : best_scored(u, n, &f, y)));
	expand_output(u, n, 1, tree_transformed(n, a->post_transform, classes, y));
	return true;
}

/* Version 1 lacks the attributes that are tensors. */
static bool upgrade_ensemble(struct unit *u, struct node *n)
{
	upgrade_to_newest(u, n, n->attrs);
	return true;
}

#define CLASSIFIER(SINCE, UNTIL, ROWS)                                                             \
	.name = "TreeEnsembleClassifier", .domain = DOMAIN_ML, .since = SINCE, .until = UNTIL,     \
	.sig = "X:T1 -> Y:* Z:float", .types = "T1=" T_FEATURES, .attrs = ROWS,                    \
	.attrs_size = sizeof(struct ensemble_attrs)
#define REGRESSOR(SINCE, UNTIL, ROWS)                                                              \
	.name = "TreeEnsembleRegressor", .domain = DOMAIN_ML, .since = SINCE, .until = UNTIL,      \
	.sig = "X:T -> Y:float", .types = "T=" T_FEATURES, .attrs = ROWS,                          \
	.attrs_size = sizeof(struct ensemble_attrs)

const struct op ops_ml_tree[] = {
	{ CLASSIFIER(3, 0, classifier_rows), .infer = infer_classifier, .expand = expand_classifier,
	  .doc = "scores of the leaves that each row reaches, and the label of the best" },
	{ CLASSIFIER(1, 2, classifier1_rows), .upgrade = upgrade_ensemble },
	{ REGRESSOR(3, 0, regressor_rows), .infer = infer_regressor, .expand = expand_regressor,
	  .doc = "weights of the leaves that each row reaches" },
	{ REGRESSOR(1, 2, regressor1_rows), .upgrade = upgrade_ensemble },
	{ .name = NULL }
};
