/* norm.c - normalizations: InstanceNormalization,
 * MeanVarianceNormalization, LpNormalization, LRN.
 *
 * They are expansions, statistics first:
 *
 *	m = mean of x,  d = x - m,  r = 1 / sqrt(mean of d*d + epsilon),  y = d * r * scale + bias
 *
 * Half types are computed in float and rounded once. */
#include "norm.h"

/* -- steps ----------------------------------------------------------------------------- */

uint32_t norm_mean(struct node *n, uint32_t x, const int64_t *axes, int count)
{
	struct reduce_attrs a = { .keepdims = 1, .noop_with_empty_axes = 1 };

	return graph_build2(n, "ReduceMean", &a, x, new_ints(n, axes, count));
}

uint32_t norm_square(struct node *n, uint32_t x)
{
	return graph_build2(n, "Mul", NULL, x, x);
}

uint32_t norm_inverse_root(struct node *n, uint32_t v, float epsilon)
{
	uint32_t e = new_scalar(n, value_of(n->graph->unit, v)->type, (double)epsilon);

	v = graph_build1(n, "Sqrt", NULL, graph_build2(n, "Add", NULL, v, e));
	return graph_build1(n, "Reciprocal", NULL, v);
}

uint32_t norm_standardize(struct node *n, uint32_t x, const int64_t *axes, int count, float epsilon,
			  uint32_t *mean, uint32_t *inverse)
{
	uint32_t d;

	*mean = norm_mean(n, x, axes, count);
	d = graph_build2(n, "Sub", NULL, x, *mean);
	*inverse = norm_inverse_root(n, norm_mean(n, norm_square(n, d), axes, count), epsilon);
	return graph_build2(n, "Mul", NULL, d, *inverse);
}

int norm_axes(int from, int to, int64_t *axes)
{
	for (int i = from; i < to; i++)
		axes[i - from] = i;
	return to - from;
}

uint32_t norm_per_channel(struct node *n, enum dtype t, uint32_t v, int rank)
{
	int64_t axes[RANK_MAX];
	int count = norm_axes(1, rank - 1, axes);

	v = new_cast(n, t, v);
	return count > 0 ? graph_build2(n, "Unsqueeze", NULL, v, new_ints(n, axes, count)) : v;
}

uint32_t norm_scale_shift(struct node *n, uint32_t x, uint32_t scale, uint32_t bias)
{
	x = graph_build2(n, "Mul", NULL, x, scale);
	return bias != VALUE_NONE ? graph_build2(n, "Add", NULL, x, bias) : x;
}

bool norm_check_channels(struct unit *u, const struct node *n, int k, const char *name)
{
	const struct value *x = node_in(n, 0), *v = node_in(n, k);

	if (!infer_need_rank(u, n, v, name, 1, 1))
		return false;
	if (dim_assume_equal(u, v->shape.d[0], x->shape.d[1], NULL))
		return true;
	return node_error(u, n, "%s has %s elements, X has %s channels", name,
			  dim_text(u, v->shape.d[0]), dim_text(u, x->shape.d[1]));
}

bool norm_check_stash_type(struct unit *u, const struct node *n, int64_t t)
{
	if (t == DT_F32 || t == DT_F16 || t == DT_F64 || t == DT_BF16)
		return true;
	return node_error(
		u, n,
		"stash_type is %lld, it must be %d (float), %d (float16), %d (double) or %d (bfloat16)",
		(long long)t, DT_F32, DT_F16, DT_F64, DT_BF16);
}

/* -- InstanceNormalization ------------------------------------------------------------- */

static const struct attr_row epsilon_rows[] = { A_FLOAT(struct epsilon_attrs, epsilon, 1e-5),
						A_END };

struct instance1_attrs {
	struct epsilon_attrs now;
	struct ints consumed_inputs;
};
static const struct attr_row instance1_rows[] = { A_INTS(struct instance1_attrs, consumed_inputs),
						  { .name = "epsilon",
						    .offset = offsetof(struct instance1_attrs,
								       now.epsilon),
						    .kind = ATTR_FLOAT,
						    .def_float = 1e-5 },
						  A_END };

static bool upgrade_instance1(struct unit *u, struct node *n)
{
	struct epsilon_attrs now = ((const struct instance1_attrs *)n->attrs)->now;

	upgrade_to_newest(u, n, &now);
	return true;
}

static bool infer_instance(struct unit *u, struct node *n)
{
	return infer_need_rank(u, n, node_in(n, 0), "input", 2, RANK_MAX) &&
	       norm_check_channels(u, n, 1, "scale") && norm_check_channels(u, n, 2, "B") &&
	       infer_like_input0(u, n);
}

static bool expand_instance(struct unit *u, struct node *n)
{
	enum dtype t = node_in(n, 0)->type, ct = dtype_compute(t);
	int rank = node_in(n, 0)->shape.rank, count;
	int64_t axes[RANK_MAX];
	uint32_t y, mean, inverse;

	count = norm_axes(2, rank, axes);
	y = norm_standardize(n, new_cast(n, ct, n->in[0]), axes, count,
			     ((const struct epsilon_attrs *)n->attrs)->epsilon, &mean, &inverse);
	y = norm_scale_shift(n, y, norm_per_channel(n, ct, n->in[1], rank),
			     norm_per_channel(n, ct, n->in[2], rank));
	expand_output(u, n, 0, new_cast(n, t, y));
	return true;
}

/* -- MeanVarianceNormalization --------------------------------------------------------- */

static const struct attr_row mvn_rows[] = { A_INTS(struct mvn_attrs, axes), A_END };

bool norm_mvn_axes(struct unit *u, const struct node *n, int64_t *axes, int *count)
{
	static const int64_t usual[] = { 0, 2, 3 };
	const struct ints *a = &((const struct mvn_attrs *)n->attrs)->axes;
	int rank = node_in(n, 0)->shape.rank, axis;

	*count = a->p ? a->n : (int)ARRAY_LEN(usual);
	if (*count > RANK_MAX)
		return node_error(u, n, "axes has %d elements, X has rank %d", *count, rank);
	for (int i = 0; i < *count; i++) {
		if (!axis_resolve(u, &n->loc, a->p ? a->p[i] : usual[i], rank, &axis))
			return false;
		axes[i] = axis;
	}
	return true;
}

static bool infer_mvn(struct unit *u, struct node *n)
{
	int64_t axes[RANK_MAX];
	int count;

	return infer_need_shape(u, n, node_in(n, 0), "X") && norm_mvn_axes(u, n, axes, &count) &&
	       infer_like_input0(u, n);
}

/* (x - mean) / (sqrt(mean of d*d) + 1e-9) */
static bool expand_mvn(struct unit *u, struct node *n)
{
	enum dtype t = node_in(n, 0)->type, ct = dtype_compute(t);
	uint32_t x = new_cast(n, ct, n->in[0]), d, v;
	int64_t axes[RANK_MAX];
	int count;

	if (!norm_mvn_axes(u, n, axes, &count))
		return false;
	d = graph_build2(n, "Sub", NULL, x, norm_mean(n, x, axes, count));
	v = graph_build1(n, "Sqrt", NULL, norm_mean(n, norm_square(n, d), axes, count));
	v = graph_build2(n, "Add", NULL, v, new_scalar(n, ct, 1e-9));
	expand_output(u, n, 0, new_cast(n, t, graph_build2(n, "Div", NULL, d, v)));
	return true;
}

/* -- LpNormalization ------------------------------------------------------------------- */

static const struct attr_row lp_rows[] = { A_INT(struct lp_attrs, axis, -1),
					   A_RANGE(struct lp_attrs, p, 2, 1, 2), A_END };

static bool infer_lp(struct unit *u, struct node *n)
{
	const struct lp_attrs *a = n->attrs;
	struct value *x = node_in(n, 0);
	int axis;

	return infer_need_shape(u, n, x, "input") &&
	       axis_resolve(u, &n->loc, a->axis, x->shape.rank, &axis) && infer_like_input0(u, n);
}

/* x / norm; where the norm is 0 so is x. */
static bool expand_lp(struct unit *u, struct node *n)
{
	const struct lp_attrs *a = n->attrs;
	enum dtype t = node_in(n, 0)->type, ct = dtype_compute(t);
	uint32_t x = new_cast(n, ct, n->in[0]), norm, zero;
	int axis = 0;

	axis_resolve(u, &n->loc, a->axis, node_in(n, 0)->shape.rank, &axis);
	norm = new_reduce(n, a->p == 1 ? "ReduceL1" : "ReduceL2", x, axis, true);
	zero = graph_build2(n, "Equal", NULL, norm, new_scalar(n, ct, 0));
	norm = graph_build3(n, "Where", NULL, zero, new_scalar(n, ct, 1), norm);
	expand_output(u, n, 0, new_cast(n, t, graph_build2(n, "Div", NULL, x, norm)));
	return true;
}

/* -- LRN ------------------------------------------------------------------------------- */

struct lrn_attrs {
	float alpha, beta, bias;
	int64_t size;
};
static const struct attr_row lrn_rows[] = { A_FLOAT(struct lrn_attrs, alpha, 1e-4),
					    A_FLOAT(struct lrn_attrs, beta, 0.75),
					    A_FLOAT(struct lrn_attrs, bias, 1),
					    { ATTR(struct lrn_attrs, size), .kind = ATTR_INT,
					      .required = true, .lo = 1, .hi = INT32_MAX },
					    A_END };

static bool infer_lrn(struct unit *u, struct node *n)
{
	return infer_need_rank(u, n, node_in(n, 0), "X", 2, RANK_MAX) && infer_like_input0(u, n);
}

/* x / (bias + alpha / size * sum of squares of the `size` channels around)^beta */
static bool define_lrn(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct lrn_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx), *near, *inside, *k;
	enum dtype t = x->type;

	k = tir_var(b, a->size, "k");
	idx[1] = tir_affine(b, tir_add(b, idx[1], k), 1, -((a->size - 1) / 2));
	inside = tir_in_range(b, idx[1], tir_index(b, 0), tir_dim(b, node_in(n, 0)->shape.d[1]));
	near = tir_load(b, 0, idx);
	near = tir_select(b, inside, tir_mul(b, near, near), tir_number(b, t, 0));
	near = tir_reduce(b, REDUCE_SUM, 1, &k, near);
	near = tir_mul(b, near, tir_number(b, t, (double)a->alpha / (double)a->size));
	near = tir_add(b, tir_number(b, t, (double)a->bias), near);
	out->value = tir_div(b, x, tir_binary(b, TIR_POW, near, tir_number(b, t, (double)a->beta)));
	return true;
}

#define NORM(NAME, SINCE, SIG, ATTRS, STRUCT, INFER, EXPAND, DOC)                                  \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = SIG, .types = "T=floats", .attrs = ATTRS,     \
		.attrs_size = sizeof(STRUCT), .infer = INFER, .expand = EXPAND, .doc = DOC         \
	}

const struct op ops_norm[] = {
	NORM("InstanceNormalization", 6, "input:T scale:T B:T -> output:T", epsilon_rows,
	     struct epsilon_attrs, infer_instance, expand_instance,
	     "each channel of each image standardized, scaled and shifted"),
	{ .name = "InstanceNormalization",
	  .since = 1,
	  .until = 5,
	  .sig = "input:T scale:T B:T -> output:T",
	  .types = "T=floats",
	  .attrs = instance1_rows,
	  .attrs_size = sizeof(struct instance1_attrs),
	  .upgrade = upgrade_instance1 },
	NORM("MeanVarianceNormalization", 9, "X:T -> Y:T", mvn_rows, struct mvn_attrs, infer_mvn,
	     expand_mvn, "the given axes standardized"),
	NORM("LpNormalization", 1, "input:T -> output:T", lp_rows, struct lp_attrs, infer_lp,
	     expand_lp, "one axis divided by its L1 or L2 norm"),
	{ .name = "LRN",
	  .since = 1,
	  .sig = "X:T -> Y:T",
	  .types = "T=floats",
	  .attrs = lrn_rows,
	  .attrs_size = sizeof(struct lrn_attrs),
	  .infer = infer_lrn,
	  .define = define_lrn,
	  .doc = "each element divided by a power of the squares of the channels around it" },
	{ .name = NULL }
};
