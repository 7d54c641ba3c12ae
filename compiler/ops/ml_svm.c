/* ml_svm.c - support vector machines: SVMClassifier, SVMRegressor.
 *
 * k(x, v) of each row x and support vector v:
 *   LINEAR x.v   POLY (gamma x.v + coef0)^degree   SIGMOID tanh(gamma x.v + coef0)
 *   RBF exp(-gamma |x - v|^2)   with kernel_params = [gamma, coef0, degree] */
#include "../../runtime/kernels/params.h"
#include "ml.h"

enum svm_kernel { SVM_LINEAR, SVM_POLY, SVM_RBF, SVM_SIGMOID };
static const char *const kernel_names[] = { "LINEAR", "POLY", "RBF", "SIGMOID", NULL };

struct svm_attrs {
	int kernel_type, post_transform;
	struct floats kernel_params, coefficients, support_vectors, rho, prob_a, prob_b;
	struct ints vectors_per_class, classlabels_ints;
	struct strings classlabels_strings;
	int64_t n_supports, one_class;
};
#define SVM_ROWS                                                                                   \
	A_ENUM(struct svm_attrs, kernel_type, kernel_names, SVM_LINEAR),                           \
		A_ENUM(struct svm_attrs, post_transform, ml_transform_names, ML_NONE),             \
		A_FLOATS(struct svm_attrs, kernel_params),                                         \
		A_FLOATS(struct svm_attrs, coefficients),                                          \
		A_FLOATS(struct svm_attrs, support_vectors), A_FLOATS(struct svm_attrs, rho)

static const struct attr_row classifier_rows[] = { SVM_ROWS,
						   A_FLOATS(struct svm_attrs, prob_a),
						   A_FLOATS(struct svm_attrs, prob_b),
						   { ATTR(struct svm_attrs, vectors_per_class),
						     .kind = ATTR_INTS, .lo = 0, .hi = INT32_MAX },
						   A_INTS(struct svm_attrs, classlabels_ints),
						   A_STRINGS(struct svm_attrs, classlabels_strings),
						   A_END };
static const struct attr_row regressor_rows[] = {
	SVM_ROWS, A_RANGE(struct svm_attrs, n_supports, 0, 0, INT32_MAX),
	A_FLAG(struct svm_attrs, one_class, 0), A_END
};

/* What the attributes' sizes say: vectors 0 is a linear model. */
struct svm {
	int vectors, classes, columns, pairs;
};

static int vector_count(const struct node *n)
{
	const struct svm_attrs *a = n->attrs;
	int64_t sum = a->n_supports;

	for (int i = 0; i < a->vectors_per_class.n; i++)
		sum += a->vectors_per_class.p[i];
	return sum < INT32_MAX ? (int)sum : INT32_MAX;
}

static bool svm_sizes(struct unit *u, const struct node *n, int classes, struct svm *s)
{
	const struct svm_attrs *a = n->attrs;
	int vectors = vector_count(n), per = vectors ? vectors : classes;
	const struct floats *table = vectors ? &a->support_vectors : &a->coefficients;
	dim rows, columns;

	*s = (struct svm){ vectors, classes, table->n / per, classes * (classes - 1) / 2 };
	if (!ml_features(u, n, &rows, &columns))
		return false;
	if (table->n == 0 || table->n % per != 0)
		return node_error(u, n, "%s has %d elements for %d %s",
				  vectors ? "support_vectors" : "coefficients", table->n, per,
				  vectors ? "vectors" : "classes");
	if (!dim_assume_equal(u, columns, s->columns, NULL))
		return node_error(u, n, "X has %s columns, the model is for %d",
				  dim_text(u, columns), s->columns);
	if (vectors && a->kernel_type != SVM_LINEAR && a->kernel_params.n != 3)
		return node_error(u, n, "kernel_params has %d elements, must have 3",
				  a->kernel_params.n);
	return true;
}

/* -- kernel values ------------------------------------------------------------------------- */

static uint32_t minus(struct node *at, uint32_t x, float by)
{
	return by == 0 ? x : graph_build2(at, "Sub", NULL, x, new_scalar(at, DT_F32, (double)by));
}

/* exp(-gamma sum over c of (x[i,c] - v[k,c])^2) */
static uint32_t rbf(struct unit *u, struct node *n, const struct svm *s, uint32_t x, uint32_t v)
{
	const struct svm_attrs *a = n->attrs;
	struct shape shape = { .rank = 2, .d = { value_of(u, x)->shape.d[0], s->vectors } };
	uint32_t in[2] = { x, v };
	struct node *m = new_loops(n, 2, in, DT_F32, &shape);
	const struct tir *idx[RANK_MAX], *c, *d;
	struct tir_stage stage;
	struct tir_builder b;

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	c = tir_var(&b, s->columns, "c");
	d = tir_sub(&b, tir_load(&b, 0, (const struct tir *[]){ idx[0], c }),
		    tir_load(&b, 1, (const struct tir *[]){ idx[1], c }));
	d = tir_reduce(&b, REDUCE_SUM, 1, &c, tir_mul(&b, d, d));
	stage.value = tir_mul(&b, d, tir_number(&b, DT_F32, -(double)a->kernel_params.p[0]));
	stage.value = tir_unary(&b, TIR_EXP, stage.value);
	set_loops(m, &stage);
	return m->out[0];
}

/* float [N, vectors] */
static uint32_t kernel_values(struct unit *u, struct node *n, const struct svm *s)
{
	const struct svm_attrs *a = n->attrs;
	struct gemm_attrs g = { .alpha = 1, .beta = 1, .transB = 1 };
	uint32_t x = ml_matrix(u, n, DT_F32);
	uint32_t v = ml_floats(n, a->support_vectors.p, s->vectors, s->columns);

	if (a->kernel_type == SVM_RBF)
		return rbf(u, n, s, x, v);
	x = graph_build2(n, "Gemm", &g, x, v);
	if (a->kernel_type == SVM_LINEAR)
		return x;
	x = graph_build2(n, "Mul", NULL, x, new_scalar(n, DT_F32, (double)a->kernel_params.p[0]));
	x = minus(n, x, -a->kernel_params.p[1]);
	if (a->kernel_type == SVM_SIGMOID)
		return graph_build1(n, "Tanh", NULL, x);
	return graph_build2(n, "Pow", NULL, x,
			    new_scalar(n, DT_F32, (double)a->kernel_params.p[2]));
}

/* -- SVMRegressor -------------------------------------------------------------------------- */

static bool infer_regressor(struct unit *u, struct node *n)
{
	const struct svm_attrs *a = n->attrs;
	dim d[2] = { 0, 1 }, columns;
	struct svm s;

	if (!svm_sizes(u, n, 1, &s) || !ml_features(u, n, &d[0], &columns))
		return false;
	if (s.vectors && a->coefficients.n != s.vectors)
		return node_error(u, n, "coefficients has %d elements for %d vectors",
				  a->coefficients.n, s.vectors);
	if (a->rho.n < 1)
		return node_error(u, n, "attribute rho is missing");
	set_shape_of(node_out(n, 0), 2, d);
	return true;
}

static bool expand_regressor(struct unit *u, struct node *n)
{
	const struct svm_attrs *a = n->attrs;
	struct gemm_attrs g = { .alpha = 1, .beta = 1, .transB = 1 };
	struct svm s;
	uint32_t y, w;

	if (!svm_sizes(u, n, 1, &s))
		return false;
	y = s.vectors ? kernel_values(u, n, &s) : ml_matrix(u, n, DT_F32);
	w = ml_floats(n, a->coefficients.p, 1, a->coefficients.n);
	y = graph_build3(n, "Gemm", &g, y, w, ml_floats(n, a->rho.p, 0, 1));
	if (a->one_class) {
		y = graph_build2(n, "Greater", NULL, y, new_scalar(n, DT_F32, 0));
		y = graph_build3(n, "Where", NULL, y, new_scalar(n, DT_F32, 1),
				 new_scalar(n, DT_F32, -1));
	}
	expand_output(u, n, 0, y);
	return true;
}

/* -- SVMClassifier ------------------------------------------------------------------------- */

static struct ml_labels labels_of(const struct svm_attrs *a)
{
	return (struct ml_labels){ a->classlabels_ints, a->classlabels_strings };
}

static int class_count(const struct node *n)
{
	struct ml_labels l = labels_of(n->attrs);
	int count = ml_label_count(&l);

	return count ? count : 1;
}

static bool infer_classifier(struct unit *u, struct node *n)
{
	const struct svm_attrs *a = n->attrs;
	struct ml_labels l = labels_of(a);
	int classes = class_count(n), scores = classes;
	struct svm s;

	if (!svm_sizes(u, n, classes, &s))
		return false;
	if (s.vectors) {
		if (a->vectors_per_class.n != classes || classes < 2)
			return node_error(u, n, "vectors_per_class has %d elements for %d classes",
					  a->vectors_per_class.n, classes);
		if (a->coefficients.n != (classes - 1) * s.vectors)
			return node_error(u, n, "coefficients has %d elements, must have %d",
					  a->coefficients.n, (classes - 1) * s.vectors);
		if (a->rho.n < s.pairs)
			return node_error(u, n, "rho has %d elements, must have %d", a->rho.n,
					  s.pairs);
		if (a->prob_a.n && (a->prob_a.n != s.pairs || a->prob_b.n != s.pairs))
			return node_error(u, n,
					  "prob_a has %d elements and prob_b %d, must have %d",
					  a->prob_a.n, a->prob_b.n, s.pairs);
		if (!a->prob_a.n && classes > 2)
			scores = s.pairs;
	} else if (a->rho.n < 1) {
		return node_error(u, n, "attribute rho is missing");
	}
	return ml_infer_classifier(u, n, &l, scores);
}

/* Decisions of class i against class j > i: float [N, pairs].
 *   d = rho + sum over i's vectors of coef[j-1][v] k[v] + sum over j's of coef[i][v] k[v]
 * is a product with one column per pair. */
static uint32_t decisions(struct unit *u, struct node *n, const struct svm *s)
{
	const struct svm_attrs *a = n->attrs;
	struct gemm_attrs g = { .alpha = 1, .beta = 1, .transB = 1 };
	float *w = arena_array(u->arena, float, (size_t)s->pairs *(size_t)s->vectors);
	int pair = 0, first_i = 0;

	for (int i = 0; i < s->classes; first_i += (int)a->vectors_per_class.p[i++]) {
		int first_j = first_i + (int)a->vectors_per_class.p[i];

		for (int j = i + 1; j < s->classes; first_j += (int)a->vectors_per_class.p[j++]) {
			float *row = w + (size_t)pair++ * (size_t)s->vectors;

			for (int k = 0; k < a->vectors_per_class.p[i]; k++)
				row[first_i + k] =
					a->coefficients.p[(j - 1) * s->vectors + first_i + k];
			for (int k = 0; k < a->vectors_per_class.p[j]; k++)
				row[first_j + k] = a->coefficients.p[i * s->vectors + first_j + k];
		}
	}
	return graph_build3(n, "Gemm", &g, kernel_values(u, n, s),
			    ml_floats(n, w, s->pairs, s->vectors),
			    ml_floats(n, a->rho.p, 0, s->pairs));
}

/* How often each class was decided for: float [N, classes], as a product with 0, 1 and -1. */
static uint32_t votes(struct unit *u, struct node *n, const struct svm *s, uint32_t d)
{
	float *w = arena_array(u->arena, float, (size_t)s->pairs *(size_t)s->classes);
	float *base = arena_array(u->arena, float, (size_t)s->classes);
	struct gemm_attrs g = { .alpha = 1, .beta = 1 };
	int pair = 0;
	uint32_t first = graph_build2(n, "Greater", NULL, d, new_scalar(n, DT_F32, 0));

	for (int i = 0; i < s->classes; i++)
		for (int j = i + 1; j < s->classes; j++, pair++) {
			w[pair * s->classes + i] = 1;
			w[pair * s->classes + j] = -1;
			base[j]++;
		}
	return graph_build3(n, "Gemm", &g, new_cast(n, DT_F32, first),
			    ml_floats(n, w, s->pairs, s->classes),
			    ml_floats(n, base, 0, s->classes));
}

static uint32_t probabilities(struct unit *u, struct node *n, const struct svm *s, uint32_t d)
{
	const struct svm_attrs *a = n->attrs;
	struct node *m;
	uint32_t p;

	p = graph_build2(n, "Mul", NULL, d, ml_floats(n, a->prob_a.p, 0, s->pairs));
	p = graph_build2(n, "Add", NULL, p, ml_floats(n, a->prob_b.p, 0, s->pairs));
	p = graph_build1(n, "Sigmoid", NULL, graph_build1(n, "Neg", NULL, p));
	m = graph_insert(n->graph, n, op_builtin("edgecc.CoupleProbabilities"),
			 &(struct couple_attrs){ s->classes }, 1, &p, 1, &n->loc);
	return node_infer(u, m) ? m->out[0] : VALUE_NONE;
}

static bool all_positive(const struct floats *f)
{
	for (int i = 0; i < f->n; i++)
		if (f->p[i] < 0)
			return false;
	return true;
}

/* Without support vectors: one linear score per class. Of two classes the second is also taken when any
 * score is positive (or, with no negative coefficient, at least one half). */
static bool expand_linear(struct unit *u, struct node *n, const struct svm *s)
{
	const struct svm_attrs *a = n->attrs;
	struct gemm_attrs g = { .alpha = 1, .beta = 1, .transB = 1 };
	struct ml_labels l = labels_of(a);
	float *rho = arena_array(u->arena, float, (size_t)s->classes);
	uint32_t y, best;

	for (int i = 0; i < s->classes; i++)
		rho[i] = a->rho.p[0];
	y = graph_build3(n, "Gemm", &g, ml_matrix(u, n, DT_F32),
			 ml_floats(n, a->coefficients.p, s->classes, s->columns),
			 ml_floats(n, rho, 0, s->classes));
	best = ml_best(n, y);
	if (s->classes == 2) {
		uint32_t most = new_reduce(n, "ReduceMax", y, 1, false);

		most = all_positive(&a->coefficients)
			       ? graph_build2(n, "GreaterOrEqual", NULL, most,
					      new_scalar(n, DT_F32, 0.5))
			       : graph_build2(n, "Greater", NULL, most, new_scalar(n, DT_F32, 0));
		best = graph_build2(n, "Max", NULL, best, new_cast(n, DT_I64, most));
	}
	if (s->classes == 1 && l.ints.n == 1) /* the only label there is */
		best = graph_build2(n, "Gather", NULL, new_ints(n, l.ints.p, 1), best);
	expand_output(u, n, 0, ml_label(n, &l, best));
	if (s->classes > 1 || a->post_transform == ML_PROBIT)
		y = ml_transform(n, (enum ml_transform)a->post_transform, y);
	expand_output(u, n, 1, y);
	return true;
}

static bool expand_classifier(struct unit *u, struct node *n)
{
	const struct svm_attrs *a = n->attrs;
	enum ml_transform t = (enum ml_transform)a->post_transform;
	struct ml_labels l = labels_of(a);
	struct svm s;
	uint32_t d;

	if (!svm_sizes(u, n, class_count(n), &s))
		return false;
	if (!s.vectors)
		return expand_linear(u, n, &s);
	d = decisions(u, n, &s);
	expand_output(u, n, 0, ml_label(n, &l, ml_best(n, votes(u, n, &s, d))));
	if (a->prob_a.n)
		d = ml_transform(n, t, probabilities(u, n, &s, d));
	else if (s.classes > 2)
		d = ml_transform(n, t, d);
	else
		d = ml_pair_scores(n, t, t == ML_NONE ? ML_NEGATE : ML_COMPLEMENT, d);
	expand_output(u, n, 1, d);
	return true;
}

/* -- edgecc.CoupleProbabilities ------------------------------------------------------------ */

static const struct attr_row couple_rows[] = {
	A_RANGE(struct couple_attrs, classes, 2, 2, INT32_MAX), A_END
};

static bool infer_couple(struct unit *u, struct node *n)
{
	const struct couple_attrs *a = n->attrs;

	(void)u;
	set_shape_of(node_out(n, 0), 2, (dim[]){ node_in(n, 0)->shape.d[0], a->classes });
	return true;
}

void edgert_couple_f32__ref(const struct edgert_couple *p, const float *x, float *y, void *scratch);

static bool eval_couple(struct unit *u, const struct node *n, const struct constant *const *in,
			struct constant **out)
{
	const struct couple_attrs *a = n->attrs;
	struct edgert_couple p = { (edgert_int)in[0]->shape.d[0], (edgert_int)a->classes };
	struct shape s = { .rank = 2, .d = { p.rows, p.classes } };
	void *y, *scratch = arena_alloc_array(u->arena, (size_t)p.classes,
					      (size_t)(p.classes + 1) * sizeof(float));

	out[0] = constant_new(u->arena, DT_F32, &s, &y);
	edgert_couple_f32__ref(&p, constant_aligned(u, in[0]), y, scratch);
	return true;
}

const struct op ops_ml_svm[] = {
	{ .name = "SVMClassifier",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T1 -> Y:* Z:float",
	  .types = "T1=" T_FEATURES,
	  .attrs = classifier_rows,
	  .attrs_size = sizeof(struct svm_attrs),
	  .infer = infer_classifier,
	  .expand = expand_classifier,
	  .doc = "decisions between each two classes, or their probabilities; the label of most votes" },
	{ .name = "SVMRegressor",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:float",
	  .types = "T=" T_FEATURES,
	  .attrs = regressor_rows,
	  .attrs_size = sizeof(struct svm_attrs),
	  .infer = infer_regressor,
	  .expand = expand_regressor,
	  .doc = "rho + the sum of coefficients times kernel values; one_class: its sign" },
	{ .name = "CoupleProbabilities",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "X:float -> Y:float",
	  .attrs = couple_rows,
	  .attrs_size = sizeof(struct couple_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_couple,
	  .eval = eval_couple,
	  .doc = "class probabilities from those of each two classes" },
	{ .name = NULL }
};
