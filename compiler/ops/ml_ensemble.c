/* ml_ensemble.c - TreeEnsemble: trees of nodes and leaves that are named by position. */
#include <math.h>

#include "ml_tree.h"

struct tree_attrs {
	struct ints tree_roots, nodes_featureids, nodes_truenodeids, nodes_falsenodeids,
		nodes_trueleafs, nodes_falseleafs, nodes_missing_value_tracks_true, leaf_targetids;
	const struct constant *nodes_modes, *nodes_splits, *nodes_hitrates, *leaf_weights,
		*membership_values;
	int64_t n_targets, aggregate_function, post_transform;
};
#define REQUIRED(F, KIND)                                                                          \
	{                                                                                          \
		ATTR(struct tree_attrs, F), .kind = KIND, .required = true                         \
	}
static const struct attr_row tree_rows[] = {
	REQUIRED(tree_roots, ATTR_INTS),
	REQUIRED(nodes_featureids, ATTR_INTS),
	REQUIRED(nodes_truenodeids, ATTR_INTS),
	REQUIRED(nodes_falsenodeids, ATTR_INTS),
	REQUIRED(nodes_trueleafs, ATTR_INTS),
	REQUIRED(nodes_falseleafs, ATTR_INTS),
	REQUIRED(leaf_targetids, ATTR_INTS),
	REQUIRED(nodes_modes, ATTR_TENSOR),
	REQUIRED(nodes_splits, ATTR_TENSOR),
	REQUIRED(leaf_weights, ATTR_TENSOR),
	A_INTS(struct tree_attrs, nodes_missing_value_tracks_true),
	A_TENSOR(struct tree_attrs, nodes_hitrates),
	A_TENSOR(struct tree_attrs, membership_values),
	A_RANGE(struct tree_attrs, n_targets, 1, 1, INT32_MAX),
	A_RANGE(struct tree_attrs, aggregate_function, TREE_AGGREGATE_SUM, 0, 3),
	A_RANGE(struct tree_attrs, post_transform, ML_NONE, ML_NONE, ML_PROBIT),
	A_END
};

static bool infer_tree(struct unit *u, struct node *n)
{
	return tree_infer_targets(u, n, ((const struct tree_attrs *)n->attrs)->n_targets);
}

/* Leaf i stands behind the nodes. */
static bool read_branch(struct unit *u, const struct node *n, int64_t at, bool leaf, int *out)
{
	const struct tree_attrs *a = n->attrs;
	int nodes = a->nodes_featureids.n, count = leaf ? a->leaf_targetids.n : nodes;

	if (at < 0 || at >= count)
		return node_error(u, n, "a branch leads to %s %lld, there are %d",
				  leaf ? "leaf" : "node", (long long)at, count);
	*out = (int)at + (leaf ? nodes : 0);
	return true;
}

/* The values of the next set, which ends with NaN. */
static void read_members(struct unit *u, const struct constant *c, int64_t *at, struct forest *f,
			 struct tree_node *node)
{
	node->first = (int)f->members.n;
	for (; c && *at < shape_elements(&c->shape) && !isnan(constant_f64(c, *at));
	     ++*at, node->n++)
		vec_push(u->arena, &f->members, constant_f64(c, *at));
	++*at;
}

static bool read_tree(struct unit *u, const struct node *n, struct forest *f)
{
	const struct tree_attrs *a = n->attrs;
	int nodes = a->nodes_featureids.n, leaves = a->leaf_targetids.n;
	int64_t member = 0;
	dim rows, columns;

	if (!ml_features(u, n, &rows, &columns) ||
	    !tree_same_length(u, n, "nodes_truenodeids", a->nodes_truenodeids.n, nodes) ||
	    !tree_same_length(u, n, "nodes_falsenodeids", a->nodes_falsenodeids.n, nodes) ||
	    !tree_same_length(u, n, "nodes_trueleafs", a->nodes_trueleafs.n, nodes) ||
	    !tree_same_length(u, n, "nodes_falseleafs", a->nodes_falseleafs.n, nodes) ||
	    !tree_same_length(u, n, "nodes_modes", shape_elements(&a->nodes_modes->shape), nodes) ||
	    !tree_same_length(u, n, "nodes_splits", shape_elements(&a->nodes_splits->shape),
			      nodes) ||
	    !tree_same_length(u, n, "leaf_weights", shape_elements(&a->leaf_weights->shape),
			      leaves) ||
	    (a->nodes_missing_value_tracks_true.n &&
	     !tree_same_length(u, n, "nodes_missing_value_tracks_true",
			       a->nodes_missing_value_tracks_true.n, nodes)))
		return false;
	for (int i = 0; i < nodes; i++) {
		int64_t test = constant_i64(a->nodes_modes, i);
		struct tree_node node = {
			.test = (enum tree_test)test,
			.feature = a->nodes_featureids.p[i],
			.value = constant_f64(a->nodes_splits, i),
			.missing = a->nodes_missing_value_tracks_true.n &&
				   a->nodes_missing_value_tracks_true.p[i],
		};

		if (test < TREE_LEQ || test > TREE_MEMBER)
			return node_error(u, n, "nodes_modes has %lld, which is no mode",
					  (long long)test);
		if (test == TREE_MEMBER)
			read_members(u, a->membership_values, &member, f, &node);
		if (!tree_check_feature(u, n, node.feature, columns) ||
		    !read_branch(u, n, a->nodes_truenodeids.p[i], a->nodes_trueleafs.p[i] != 0,
				 &node.yes) ||
		    !read_branch(u, n, a->nodes_falsenodeids.p[i], a->nodes_falseleafs.p[i] != 0,
				 &node.no))
			return false;
		vec_push(u->arena, &f->nodes, node);
	}
	for (int i = 0; i < leaves; i++) {
		struct tree_node leaf = { .test = TREE_LEAF, .first = i, .n = 1 };
		struct tree_weight w = { a->leaf_targetids.p[i], constant_f64(a->leaf_weights, i) };

		if (w.target < 0 || w.target >= f->targets)
			return node_error(u, n, "a leaf is for target %lld, there are %lld",
					  (long long)w.target, (long long)f->targets);
		vec_push(u->arena, &f->nodes, leaf);
		vec_push(u->arena, &f->weights, w);
	}
	for (int i = 0; i < a->tree_roots.n; i++) {
		int root;

		if (!read_branch(u, n, a->tree_roots.p[i], false, &root))
			return false;
		vec_push(u->arena, &f->roots, root);
	}
	return true;
}

static bool expand_tree(struct unit *u, struct node *n)
{
	const struct tree_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type;
	struct forest f = { .type = t == DT_F64 ? DT_F64 : DT_F32,
			    .targets = a->n_targets,
			    .aggregate = (int)a->aggregate_function };
	uint32_t y;

	if (!read_tree(u, n, &f))
		return false;
	y = tree_scores(u, n, ml_matrix(u, n, f.type), &f);
	if (y == VALUE_NONE)
		return false;
	if (a->post_transform != ML_NONE)
		y = tree_transformed(n, (int)a->post_transform, a->n_targets,
				     new_cast(n, DT_F32, y));
	expand_output(u, n, 0, new_cast(n, t, y));
	return true;
}

const struct op ops_ml_ensemble[] = { { .name = "TreeEnsemble",
					.domain = DOMAIN_ML,
					.since = 5,
					.sig = "X:T -> Y:T",
					.types = "T=float,double,float16",
					.attrs = tree_rows,
					.attrs_size = sizeof(struct tree_attrs),
					.infer = infer_tree,
					.expand = expand_tree,
					.doc = "weights of the leaves that each row reaches" },
				      { .name = NULL } };
