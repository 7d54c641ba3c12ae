/* ml_scale.c - preparation of features: Scaler, Normalizer, Binarizer, Imputer, FeatureVectorizer,
 * ArrayFeatureExtractor. */
#include <math.h>

#include "ml.h"

/* -- Scaler: (X - offset) * scale ---------------------------------------------------------- */

struct scaler_attrs {
	struct floats offset, scale;
};
static const struct attr_row scaler_rows[] = { A_FLOATS(struct scaler_attrs, offset),
					       A_FLOATS(struct scaler_attrs, scale), A_END };

/* One number for all columns, one for each, or (none) nothing to do. */
static bool per_column(struct unit *u, const struct node *n, const char *name, int count)
{
	const struct value *x = node_in(n, 0);

	if (!infer_need_rank(u, n, x, "X", 1, RANK_MAX))
		return false;
	if (count <= 1 || dim_assume_equal(u, x->shape.d[x->shape.rank - 1], count, NULL))
		return true;
	return node_error(u, n, "%s has %d elements, X has %s columns", name, count,
			  dim_text(u, x->shape.d[x->shape.rank - 1]));
}

static bool infer_scaler(struct unit *u, struct node *n)
{
	const struct scaler_attrs *a = n->attrs;

	return per_column(u, n, "offset", a->offset.n) && per_column(u, n, "scale", a->scale.n) &&
	       infer_like_input0(u, n);
}

static bool expand_scaler(struct unit *u, struct node *n)
{
	const struct scaler_attrs *a = n->attrs;
	uint32_t x = new_cast(n, DT_F32, n->in[0]);

	if (a->offset.n)
		x = graph_build2(n, "Sub", NULL, x, ml_floats(n, a->offset.p, 0, a->offset.n));
	if (a->scale.n)
		x = graph_build2(n, "Mul", NULL, x, ml_floats(n, a->scale.p, 0, a->scale.n));
	expand_output(u, n, 0, x);
	return true;
}

/* -- Normalizer: each row over its norm ---------------------------------------------------- */

enum { NORM_MAX, NORM_L1, NORM_L2 };
static const char *const norm_names[] = { "MAX", "L1", "L2", NULL };
struct normalizer_attrs {
	int norm;
};
static const struct attr_row normalizer_rows[] = {
	A_ENUM(struct normalizer_attrs, norm, norm_names, NORM_MAX), A_END
};

static bool infer_normalizer(struct unit *u, struct node *n)
{
	return infer_need_rank(u, n, node_in(n, 0), "X", 1, 2) && infer_like_input0(u, n);
}

/* MAX is the greatest element, not the greatest magnitude, as in ONNX Runtime. A row whose norm is 0
 * stays as it is. */
static bool expand_normalizer(struct unit *u, struct node *n)
{
	static const char *const reductions[] = { "ReduceMax", "ReduceL1", "ReduceL2" };
	const struct normalizer_attrs *a = n->attrs;
	uint32_t x = new_cast(n, DT_F32, n->in[0]);
	uint32_t norm = new_reduce(n, reductions[a->norm], x, value_of(u, x)->shape.rank - 1, true);
	uint32_t zero = graph_build2(n, "Equal", NULL, norm, new_scalar(n, DT_F32, 0));

	norm = graph_build3(n, "Where", NULL, zero, new_scalar(n, DT_F32, 1), norm);
	expand_output(u, n, 0, graph_build2(n, "Div", NULL, x, norm));
	return true;
}

/* -- Binarizer ----------------------------------------------------------------------------- */

struct binarizer_attrs {
	float threshold;
};
static const struct attr_row binarizer_rows[] = { A_FLOAT(struct binarizer_attrs, threshold, 0),
						  A_END };

static bool define_binarizer(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct binarizer_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);
	enum dtype t = dtype_is_float(x->type) ? x->type : DT_F64;

	out->value = tir_cast(b, x->type,
			      tir_lt(b, tir_number(b, t, (double)a->threshold), tir_cast(b, t, x)));
	return true;
}

/* -- Imputer: replaced values become those of their columns -------------------------------- */

struct imputer_attrs {
	struct floats imputed_value_floats;
	struct ints imputed_value_int64s;
	float replaced_value_float;
	int64_t replaced_value_int64;
};
static const struct attr_row imputer_rows[] = {
	A_FLOATS(struct imputer_attrs, imputed_value_floats),
	A_INTS(struct imputer_attrs, imputed_value_int64s),
	A_FLOAT(struct imputer_attrs, replaced_value_float, 0),
	A_INT(struct imputer_attrs, replaced_value_int64, 0), A_END
};

static bool infer_imputer(struct unit *u, struct node *n)
{
	const struct imputer_attrs *a = n->attrs;
	bool is_float = dtype_is_float(node_in(n, 0)->type);
	const char *name = is_float ? "imputed_value_floats" : "imputed_value_int64s";
	int count = is_float ? a->imputed_value_floats.n : a->imputed_value_int64s.n;

	if (count < 1)
		return node_error(u, n, "attribute %s is missing", name);
	return per_column(u, n, name, count) && infer_like_input0(u, n);
}

static bool expand_imputer(struct unit *u, struct node *n)
{
	const struct imputer_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type;
	uint32_t missing, values;

	if (!dtype_is_float(t)) {
		missing = new_cast(n, t, new_ints(n, &a->replaced_value_int64, 1));
		missing = graph_build2(n, "Equal", NULL, n->in[0], missing);
		values = new_ints(n, a->imputed_value_int64s.p, a->imputed_value_int64s.n);
	} else {
		values = ml_floats(n, a->imputed_value_floats.p, 0, a->imputed_value_floats.n);
		if (isnan(a->replaced_value_float))
			missing = graph_build1(n, "IsNaN", NULL, n->in[0]);
		else
			missing = graph_build2(n, "Equal", NULL, n->in[0],
					       new_scalar(n, t, (double)a->replaced_value_float));
	}
	expand_output(u, n, 0,
		      graph_build3(n, "Where", NULL, missing, new_cast(n, t, values), n->in[0]));
	return true;
}

/* -- FeatureVectorizer: matrices side by side ---------------------------------------------- */

struct vectorizer_attrs {
	struct ints inputdimensions;
};
static const struct attr_row vectorizer_rows[] = { { ATTR(struct vectorizer_attrs, inputdimensions),
						     .kind = ATTR_INTS, .lo = 0, .hi = INT32_MAX },
						   A_END };

/* Elements of a row of v, as many as inputdimensions says when it says it. */
static dim row_size(struct unit *u, const struct node *n, int k, const struct value *v)
{
	const struct vectorizer_attrs *a = n->attrs;

	return k < a->inputdimensions.n
		       ? a->inputdimensions.p[k]
		       : shape_count_range(u, &v->shape, v->shape.rank > 1, v->shape.rank);
}

static bool infer_vectorizer(struct unit *u, struct node *n)
{
	dim d[2] = { 1, 0 };

	for (int k = 0; k < n->n_in; k++) {
		const struct value *v = node_in(n, k);
		dim rows;

		if (!v || !infer_need_rank(u, n, v, "X", 1, RANK_MAX))
			return false;
		rows = v->shape.rank > 1 ? v->shape.d[0] : 1;
		if (k && !dim_assume_equal(u, d[0], rows, NULL))
			return node_error(u, n, "X %d has %s rows, X 0 has %s", k,
					  dim_text(u, rows), dim_text(u, d[0]));
		d[0] = k ? d[0] : rows;
		d[1] = dim_add(u, d[1], row_size(u, n, k, v));
	}
	set_shape_of(node_out(n, 0), 2, d);
	return true;
}

/* The first columns of x, as many as wanted; 0 where it has fewer. */
static uint32_t fit_columns(struct unit *u, struct node *n, uint32_t x, dim rows, dim columns)
{
	struct shape s = { .rank = 2, .d = { rows, columns } };
	const struct shape have = value_of(u, x)->shape;
	const struct tir *idx[RANK_MAX], *at[RANK_MAX], *width;
	struct node *m = new_loops(n, 1, &x, DT_F32, &s);
	struct tir_stage stage;
	struct tir_builder b;

	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	width = tir_dim(&b, shape_count_range(u, &have, have.rank > 1, have.rank));
	view_index(&b,
		   &(struct shape){
			   .rank = 2,
			   .d = { rows, shape_count_range(u, &have, have.rank > 1, have.rank) } },
		   idx, &have, at);
	stage.value = tir_select(&b, tir_lt(&b, idx[1], width), tir_load(&b, 0, at),
				 tir_number(&b, DT_F32, 0));
	set_loops(m, &stage);
	return m->out[0];
}

static bool expand_vectorizer(struct unit *u, struct node *n)
{
	uint32_t *parts = arena_array(u->arena, uint32_t, (size_t)n->n_in);
	struct axis_attrs columns = { .axis = 1 };

	for (int k = 0; k < n->n_in; k++)
		parts[k] =
			fit_columns(u, n, new_cast(n, DT_F32, n->in[k]), node_out(n, 0)->shape.d[0],
				    row_size(u, n, k, node_in(n, k)));
	expand_output(u, n, 0, graph_build(n, "Concat", &columns, n->n_in, parts));
	return true;
}

/* -- ArrayFeatureExtractor: columns of X by their positions -------------------------------- */

static bool infer_extractor(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_in(n, 1);
	struct shape s = x->shape;

	if (!infer_need_rank(u, n, x, "X", 1, RANK_MAX) || !infer_need_shape(u, n, y, "Y"))
		return false;
	if (s.rank == 1) {
		s.rank = 2;
		s.d[0] = 1;
	}
	s.d[s.rank - 1] = shape_count(u, &y->shape);
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool define_extractor(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape, *y = &node_in(n, 1)->shape;
	const struct tir *idx[RANK_MAX], *at[RANK_MAX], *column;
	struct shape flat = { .rank = 1, .d = { shape_count(b->u, y) } };

	tir_stage_begin(b, 0, out, idx);
	view_index(b, &flat, &idx[out->rank - 1], y, at);
	column = tir_data_index(b, tir_load(b, 1, at), x->d[x->rank - 1]);
	for (int k = 0; k < x->rank; k++)
		at[k] = k == x->rank - 1 ? column : idx[k];
	out->value = tir_load(b, 0, at);
	return true;
}

const struct op ops_ml_scale[] = {
	{ .name = "Scaler",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:float",
	  .types = "T=" T_FEATURES,
	  .attrs = scaler_rows,
	  .attrs_size = sizeof(struct scaler_attrs),
	  .infer = infer_scaler,
	  .expand = expand_scaler,
	  .doc = "(X - offset) * scale" },
	{ .name = "Normalizer",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:float",
	  .types = "T=" T_FEATURES,
	  .attrs = normalizer_rows,
	  .attrs_size = sizeof(struct normalizer_attrs),
	  .infer = infer_normalizer,
	  .expand = expand_normalizer,
	  .doc = "each row over its greatest element, L1 or L2 norm" },
	{ .name = "Binarizer",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=" T_FEATURES,
	  .attrs = binarizer_rows,
	  .attrs_size = sizeof(struct binarizer_attrs),
	  .flags = OP_ELEMENTWISE,
	  .infer = infer_like_input0,
	  .define = define_binarizer,
	  .doc = "1 above the threshold, else 0" },
	{ .name = "Imputer",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=" T_FEATURES,
	  .attrs = imputer_rows,
	  .attrs_size = sizeof(struct imputer_attrs),
	  .infer = infer_imputer,
	  .expand = expand_imputer,
	  .doc = "X with the replaced value (or NaN) as its column's imputed value" },
	{ .name = "FeatureVectorizer",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X+:* -> Y:float",
	  .attrs = vectorizer_rows,
	  .attrs_size = sizeof(struct vectorizer_attrs),
	  .infer = infer_vectorizer,
	  .expand = expand_vectorizer,
	  .doc = "the rows of all inputs one behind the other" },
	{ .name = "ArrayFeatureExtractor",
	  .domain = DOMAIN_ML,
	  .since = 1,
	  .sig = "X:T Y:int64 -> Z:T",
	  .types = "T=" T_FEATURES ",string",
	  .infer = infer_extractor,
	  .define = define_extractor,
	  .doc = "the columns of X at positions Y" },
	{ .name = NULL }
};
