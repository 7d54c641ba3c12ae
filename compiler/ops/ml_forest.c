/* ml_forest.c - the flat lists of TreeEnsembleClassifier and TreeEnsembleRegressor, whose nodes are named by tree and
 * number, as a forest. */
#include <stdlib.h>
#include <string.h>

#include "ml_tree.h"

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

bool forest_read(struct unit *u, const struct node *n, int64_t targets, struct forest *f)
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

/* -- classes ------------------------------------------------------------------------------ */

bool forest_scores_all(struct unit *u, const struct node *n, const struct forest *f)
{
	const struct ensemble_attrs *a = n->attrs;
	const struct key *k = keys_of(u, &a->nodes_treeids, &a->nodes_nodeids);
	int *leaves_of = arena_array(u->arena, int, (size_t)f->targets);
	int *last = arena_array(u->arena, int, (size_t)f->targets);
	bool *always = arena_array(u->arena, bool, (size_t)f->targets);
	int64_t scored = 0;

	for (int from = 0, to; from < a->nodes_treeids.n; from = to) {
		int leaves = 0;

		memset(leaves_of, 0, (size_t)f->targets * sizeof *leaves_of);
		for (to = from; to < a->nodes_treeids.n && k[to].tree == k[from].tree; to++) {
			const struct tree_node *node = &f->nodes.p[k[to].at];

			leaves += node->test == TREE_LEAF;
			for (int i = 0; node->test == TREE_LEAF && i < node->n; i++) {
				int64_t class = f->weights.p[node->first + i].target;

				leaves_of[class] += last[class] != to + 1;
				last[class] = to + 1;
			}
		}
		for (int64_t c = 0; c < f->targets; c++)
			if (leaves_of[c] == leaves && !always[c]) {
				always[c] = true;
				scored++;
			}
	}
	return scored == f->targets;
}
