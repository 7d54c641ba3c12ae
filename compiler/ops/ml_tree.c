/* ml_tree.c - TreeEnsembleClassifier, TreeEnsembleRegressor: flat lists of nodes named by tree and
 * number. */
#include <stdlib.h>
#include <string.h>

#include "ml_tree.h"

static const char *const aggregate_names[] = { "AVERAGE", "SUM", "MIN", "MAX", NULL };

/* -- TreeEnsembleClassifier, TreeEnsembleRegressor: attributes ----------------------------- */

/* The lists of weights have one name per operator. */
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

/* A list of numbers that is an attribute of floats or a tensor. */
static int64_t real_count(const struct floats *f, const struct constant *t)
{
	return t ? shape_elements(&t->shape) : f->n;
}

static double real_at(const struct floats *f, const struct constant *t, int64_t i)
{
	return t ? constant_f64(t, i) : (double)f->p[i];
}

bool tree_same_length(struct unit *u, const struct node *n, const char *name, int64_t have,
		      int64_t want)
{
	if (have == want)
		return true;
	return node_error(u, n, "%s has %lld elements, must have %lld", name, (long long)have,
			  (long long)want);
}

/* -- TreeEnsembleClassifier, TreeEnsembleRegressor: nodes ---------------------------------- */

/* Position of a node, or of a weight, by tree and number; sorted, the first of equals first. */
struct key {
	int64_t tree, number;
	int at;
};

static int compare_keys(const void *x, const void *y)
{
	const struct key *a = x, *b = y;

	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->at - b->at;
}

static struct key *keys_of(struct unit *u, const struct ints *trees, const struct ints *numbers)
{
	struct key *k = arena_array(u->arena, struct key, (size_t)trees->n + 1);

	for (int i = 0; i < trees->n; i++)
		k[i] = (struct key){ trees->p[i], numbers->p[i], i };
	qsort(k, (size_t)trees->n, sizeof *k, compare_keys);
	return k;
}

/* Index of the first key that is not before (tree, number). */
static int lower_bound(const struct key *k, int n, int64_t tree, int64_t number)
{
	int lo = 0, hi = n;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;

		if (k[mid].tree < tree || (k[mid].tree == tree && k[mid].number < number))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool find_node(const struct key *k, int n, int64_t tree, int64_t number, int *out)
{
	int i = lower_bound(k, n, tree, number);

	*out = i < n ? k[i].at : 0;
	return i < n && k[i].tree == tree && k[i].number == number;
}

static bool lists_match(struct unit *u, const struct node *n)
{
	const struct ensemble_attrs *a = n->attrs;
	int64_t nodes = a->nodes_treeids.n, weights = a->weight_treeids.n;

	if (nodes == 0)
		return node_error(u, n, "has no nodes");
	return tree_same_length(u, n, "nodes_nodeids", a->nodes_nodeids.n, nodes) &&
	       tree_same_length(u, n, "nodes_featureids", a->nodes_featureids.n, nodes) &&
	       tree_same_length(u, n, "nodes_truenodeids", a->nodes_truenodeids.n, nodes) &&
	       tree_same_length(u, n, "nodes_falsenodeids", a->nodes_falsenodeids.n, nodes) &&
	       tree_same_length(u, n, "nodes_modes", a->nodes_modes.n, nodes) &&
	       tree_same_length(u, n, "nodes_values",
				real_count(&a->nodes_values, a->nodes_values_as_tensor), nodes) &&
	       (!a->nodes_missing_value_tracks_true.n ||
		tree_same_length(u, n, "nodes_missing_value_tracks_true",
				 a->nodes_missing_value_tracks_true.n, nodes)) &&
	       tree_same_length(u, n, "the list of weights' node numbers", a->weight_nodeids.n,
				weights) &&
	       tree_same_length(u, n, "the list of weights' targets", a->weight_ids.n, weights) &&
	       tree_same_length(u, n, "the list of weights",
				real_count(&a->weights, a->weights_as_tensor), weights);
}

static bool read_test(struct unit *u, const struct node *n, const char *word, enum tree_test *out)
{
	static const char *const names[] = { "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE",
					     "BRANCH_GT",  "BRANCH_EQ", "BRANCH_NEQ",
					     "",           "LEAF",      NULL };

	for (int i = 0; names[i]; i++)
		if (*names[i] && strcmp(names[i], word) == 0) {
			*out = (enum tree_test)i;
			return true;
		}
	return node_error(u, n, "nodes_modes has \"%s\", which is no mode",
			  printable(u->arena, word, 40));
}

bool tree_check_feature(struct unit *u, const struct node *n, int64_t feature, dim columns)
{
	if (feature >= 0 && feature < dim_hi(u, columns))
		return true;
	return node_error(u, n, "a node compares column %lld, X has %s", (long long)feature,
			  dim_text(u, columns));
}

static bool read_node(struct unit *u, const struct node *n, const struct key *keys, int i,
		      dim columns, struct tree_node *out)
{
	const struct ensemble_attrs *a = n->attrs;
	int64_t tree = a->nodes_treeids.p[i];
	int count = a->nodes_treeids.n;

	*out = (struct tree_node){
		.feature = a->nodes_featureids.p[i],
		.value = real_at(&a->nodes_values, a->nodes_values_as_tensor, i),
		.missing = a->nodes_missing_value_tracks_true.n &&
			   a->nodes_missing_value_tracks_true.p[i],
	};
	if (!read_test(u, n, a->nodes_modes.p[i], &out->test))
		return false;
	if (out->test == TREE_LEAF)
		return true;
	if (find_node(keys, count, tree, a->nodes_truenodeids.p[i], &out->yes) &&
	    find_node(keys, count, tree, a->nodes_falsenodeids.p[i], &out->no))
		return tree_check_feature(u, n, out->feature, columns);
	return node_error(
		u, n, "node %lld of tree %lld has branches %lld and %lld, not both are nodes",
		(long long)a->nodes_nodeids.p[i], (long long)tree,
		(long long)a->nodes_truenodeids.p[i], (long long)a->nodes_falsenodeids.p[i]);
}

/* Each leaf's weights, in the order of the lists. */
static bool read_weights(struct unit *u, const struct node *n, const struct key *keys,
			 struct forest *f)
{
	const struct ensemble_attrs *a = n->attrs;
	struct key *w = keys_of(u, &a->weight_treeids, &a->weight_nodeids);

	for (int i = 0; i < a->weight_treeids.n; i++) {
		int64_t target = a->weight_ids.p[w[i].at];
		struct tree_weight weight;
		struct tree_node *leaf;
		int at;

		if (!find_node(keys, a->nodes_treeids.n, w[i].tree, w[i].number, &at))
			return node_error(u, n,
					  "a weight is for node %lld of tree %lld, which is none",
					  (long long)w[i].number, (long long)w[i].tree);
		if (target < 0 || target >= f->targets)
			return node_error(u, n, "a weight is for target %lld, there are %lld",
					  (long long)target, (long long)f->targets);
		leaf = &f->nodes.p[at];
		if (leaf->test != TREE_LEAF)
			continue;
		if (!leaf->n++)
			leaf->first = (int)f->weights.n;
		weight.target = target;
		weight.weight = real_at(&a->weights, a->weights_as_tensor, w[i].at);
		vec_push(u->arena, &f->weights, weight);
	}
	return true;
}

/* The first node of each tree that no branch leads to. */
static void read_roots(struct unit *u, const struct node *n, struct forest *f)
{
	const struct ensemble_attrs *a = n->attrs;
	bool *reached = arena_array(u->arena, bool, f->nodes.n);
	VEC(struct key) roots = { 0 };

	for (size_t i = 0; i < f->nodes.n; i++)
		if (f->nodes.p[i].test != TREE_LEAF)
			reached[f->nodes.p[i].yes] = reached[f->nodes.p[i].no] = true;
	for (size_t i = 0; i < f->nodes.n; i++) {
		struct key root = { a->nodes_treeids.p[i], 0, (int)i };

		if (!reached[i])
			vec_push(u->arena, &roots, root);
	}
	if (roots.n)
		qsort(roots.p, roots.n, sizeof *roots.p, compare_keys);
	for (size_t i = 0; i < roots.n; i++)
		if (i == 0 || roots.p[i].tree != roots.p[i - 1].tree)
			vec_push(u->arena, &f->roots, roots.p[i].at);
}

static bool read_base(struct unit *u, const struct node *n, struct forest *f)
{
	const struct ensemble_attrs *a = n->attrs;
	int64_t count = real_count(&a->base_values, a->base_values_as_tensor);
	double *base = arena_array(u->arena, double, (size_t)f->targets);

	if (count == 0)
		return true;
	if (count != f->targets && !(count == 1 && f->targets == 2))
		return node_error(u, n, "there are %lld base values for %lld targets",
				  (long long)count, (long long)f->targets);
	for (int64_t i = 0; i < count; i++)
		base[i] = real_at(&a->base_values, a->base_values_as_tensor, i);
	f->base = base;
	return true;
}

static bool is_double(const struct constant *c)
{
	return c && c->type == DT_F64;
}

static bool read_forest(struct unit *u, const struct node *n, int64_t targets, struct forest *f)
{
	const struct ensemble_attrs *a = n->attrs;
	struct key *keys;
	dim rows, columns;

	*f = (struct forest){ .type = DT_F32,
			      .targets = targets,
			      .aggregate = a->aggregate_function };
	if (!ml_features(u, n, &rows, &columns) || !lists_match(u, n))
		return false;
	if (node_in(n, 0)->type == DT_F64 || is_double(a->nodes_values_as_tensor) ||
	    is_double(a->weights_as_tensor) || is_double(a->base_values_as_tensor))
		f->type = DT_F64;
	keys = keys_of(u, &a->nodes_treeids, &a->nodes_nodeids);
	for (int i = 0; i < a->nodes_treeids.n; i++) {
		struct tree_node node;

		if (!read_node(u, n, keys, i, columns, &node))
			return false;
		vec_push(u->arena, &f->nodes, node);
	}
	read_roots(u, n, f);
	return read_weights(u, n, keys, f) && read_base(u, n, f);
}

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

	if (!read_forest(u, n, a->n_targets, &f))
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

static bool expand_classifier(struct unit *u, struct node *n)
{
	const struct ensemble_attrs *a = n->attrs;
	struct ml_labels l = labels_of(n);
	int classes = ml_label_count(&l);
	int64_t only = only_class(a);
	struct forest f;
	uint32_t y;

	if (!read_forest(u, n, classes, &f))
		return false;
	f.aggregate = TREE_AGGREGATE_SUM;
	if (classes == 2 && only >= 0)
		return expand_binary(u, n, &f, only);
	y = tree_scores(u, n, ml_matrix(u, n, f.type), &f);
	if (y == VALUE_NONE)
		return false;
	y = new_cast(n, DT_F32, y);
	expand_output(u, n, 0, ml_label(n, &l, classes == 1 ? ml_above(n, y, 0) : ml_best(n, y)));
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
