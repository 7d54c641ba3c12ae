/* ml_linear.c - linear models: LinearClassifier, LinearRegressor. */
#include "ml.h"

struct linear_attrs {
	struct ints classlabels_ints;
	struct strings classlabels_strings;
	struct floats coefficients, intercepts;
	int64_t multi_class, targets;
	int post_transform;
};
static const struct attr_row classifier_rows[] = {
	A_INTS(struct linear_attrs, classlabels_ints),
	A_STRINGS(struct linear_attrs, classlabels_strings),
	{ ATTR(struct linear_attrs, coefficients), .kind = ATTR_FLOATS, .required = true },
	A_FLOATS(struct linear_attrs, intercepts),
	A_FLAG(struct linear_attrs, multi_class, 0), /* says nothing that post_transform does not */
	A_ENUM(struct linear_attrs, post_transform, ml_transform_names, ML_NONE),
	A_END
};
static const struct attr_row regressor_rows[] = {
	A_FLOATS(struct linear_attrs, coefficients), A_FLOATS(struct linear_attrs, intercepts),
	A_RANGE(struct linear_attrs, targets, 1, 1, INT32_MAX),
	A_ENUM(struct linear_attrs, post_transform, ml_transform_names, ML_NONE), A_END
};

static struct ml_labels labels_of(const struct linear_attrs *a)
{
	return (struct ml_labels){ a->classlabels_ints, a->classlabels_strings };
}

/* How many scores the coefficients give for each row: coefficients are [scores, columns]. Of more than that
 * the first ones count, as in ONNX Runtime. */
static bool score_count(struct unit *u, const struct node *n, int *scores)
{
	const struct linear_attrs *a = n->attrs;
	dim rows, columns;

	if (!ml_features(u, n, &rows, &columns))
		return false;
	*scores = (int)a->targets;
	if (*scores == 0)
		*scores = a->intercepts.n ? a->intercepts.n
			  : dim_is_const(columns) && columns > 0
				  ? (int)(a->coefficients.n / columns)
				  : 0;
	if (*scores < 1 || a->coefficients.n % *scores != 0)
		return node_error(u, n, "there are %d coefficients for %d scores",
				  a->coefficients.n, *scores);
	if (a->intercepts.n && a->intercepts.n != *scores)
		return node_error(u, n, "there are %d intercepts for %d scores", a->intercepts.n,
				  *scores);
	if (!dim_is_const(columns) || columns * *scores > a->coefficients.n)
		return dim_assume_equal(u, columns, a->coefficients.n / *scores, NULL) ||
		       node_error(u, n, "X has %s columns, the coefficients are for %d",
				  dim_text(u, columns), a->coefficients.n / *scores);
	return true;
}

/* X W' + b: float [N, scores] */
static uint32_t scores_of(struct unit *u, struct node *n, int scores)
{
	const struct linear_attrs *a = n->attrs;
	struct gemm_attrs g = { .alpha = 1, .beta = 1, .transB = 1 };
	uint32_t x = ml_matrix(u, n, DT_F32);
	dim columns = value_of(u, x)->shape.d[1];
	uint32_t w = ml_floats(n, a->coefficients.p, scores,
			       dim_is_const(columns) ? columns : a->coefficients.n / scores);

	if (!a->intercepts.n)
		return graph_build2(n, "Gemm", &g, x, w);
	return graph_build3(n, "Gemm", &g, x, w, ml_floats(n, a->intercepts.p, 0, scores));
}

/* -- LinearClassifier ---------------------------------------------------------------------- */

static bool infer_classifier(struct unit *u, struct node *n)
{
	struct ml_labels l = labels_of(n->attrs);
	int scores, count = ml_label_count(&l);

	if (!score_count(u, n, &scores))
		return false;
	if (scores > 1 && count && count != scores)
		return node_error(u, n, "there are %d labels for %d scores", count, scores);
	return ml_infer_classifier(u, n, &l, scores == 1 && count == 2 ? 2 : scores);
}

static bool expand_classifier(struct unit *u, struct node *n)
{
	const struct linear_attrs *a = n->attrs;
	enum ml_transform t = (enum ml_transform)a->post_transform;
	struct ml_labels l = labels_of(a);
	uint32_t s;
	int scores;

	if (!score_count(u, n, &scores))
		return false;
	s = scores_of(u, n, scores);
	expand_output(u, n, 0, ml_label(n, &l, scores == 1 ? ml_above(n, s, 0) : ml_best(n, s)));
	if (scores == 1 && ml_label_count(&l) == 2)
		s = ml_pair_scores(n, t, ML_COMPLEMENT, s);
	else if (scores > 1 || t == ML_PROBIT)
		s = ml_transform(n, t, s);
	expand_output(u, n, 1, s);
	return true;
}

/* -- LinearRegressor ----------------------------------------------------------------------- */

static bool infer_regressor(struct unit *u, struct node *n)
{
	dim d[2], columns;
	int scores;

	if (!score_count(u, n, &scores) || !ml_features(u, n, &d[0], &columns))
		return false;
	d[1] = scores;
	set_shape_of(node_out(n, 0), 2, d);
	return true;
}

static bool expand_regressor(struct unit *u, struct node *n)
{
	const struct linear_attrs *a = n->attrs;
	enum ml_transform t = (enum ml_transform)a->post_transform;
	uint32_t s = scores_of(u, n, (int)a->targets);

	if (a->targets > 1 || t == ML_PROBIT)
		s = ml_transform(n, t, s);
	expand_output(u, n, 0, s);
	return true;
}

const struct op ops_ml_linear[] = {
	{ .name = "LinearClassifier",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T1 -> Y:* Z:float",
	  .types = "T1=" T_FEATURES,
	  .attrs = classifier_rows,
	  .attrs_size = sizeof(struct linear_attrs),
	  .infer = infer_classifier,
	  .expand = expand_classifier,
	  .doc = "X coefficients' + intercepts as scores, and the label of the best" },
	{ .name = "LinearRegressor",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:float",
	  .types = "T=" T_FEATURES,
	  .attrs = regressor_rows,
	  .attrs_size = sizeof(struct linear_attrs),
	  .infer = infer_regressor,
	  .expand = expand_regressor,
	  .doc = "X coefficients' + intercepts" },
	{ .name = NULL }
};
