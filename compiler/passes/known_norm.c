/* Normalizations and softmax that exporters write out in parts:
 *
 *	d = x - mean(x), d / sqrt(mean(d * d) + eps)                 LayerNormalization(x, 1)
 *	x / sqrt(mean(x * x) + eps)                                  RMSNormalization(x, 1)
 *	x * g + (b - mean(x) * g), g = s / sqrt(mean(d * d) + eps)   LayerNormalization(x, s, b)
 *	norm(x, s) * t, norm(x, s) + b                               norm(x, s * t), norm(x, s, b)
 *	e = exp(x - max(x)), e / sum(e)                              Softmax(x)
 *
 * the means over trailing axes, the maximum and the sum along one axis. Quotients may be products
 * with a reciprocal, and products stand in any order. */
#include "rewrite.h"

#include <math.h>

/* -- reductions ----------------------------------------------------------------------- */

/* n is `op` over x along the axes from *axis to the last, or along *axis alone, which stay with
 * size 1. */
static bool reduces(const struct node *n, const char *op, uint32_t x, bool alone, int *axis)
{
	bool folded[RANK_MAX];
	int rank, from = 0;

	if (!node_is(n, op) || n->in[0] != x || attr_number(n, "keepdims") != 1)
		return false;
	rank = node_in(n, 0)->shape.rank;
	if (rank < 1 || !reduced_axes(n, folded))
		return false;
	while (from < rank && !folded[from])
		from++;
	for (int i = from; i < rank; i++)
		if (folded[i] != (!alone || i == from))
			return false;
	*axis = from;
	return from < rank;
}

/* -- 1 / sqrt(v + eps) ---------------------------------------------------------------- */

/* n is sqrt(v + eps): returns v. */
static const struct node *root_of(const struct node *n, double *eps)
{
	const struct node *sum = node_is(n, "Sqrt") ? input_node(n, 0) : NULL;

	return node_is(sum, "Add") && input_number(sum, 1, eps) ? input_node(sum, 0) : NULL;
}

static const struct node *inverse_root_of(const struct node *n, double *eps)
{
	if (node_is(n, "Reciprocal"))
		return root_of(input_node(n, 0), eps);
	if (node_is(n, "Div") && input_is(n, 0, 1))
		return root_of(input_node(n, 1), eps);
	if (node_is(n, "Pow") && input_is(n, 1, -0.5) && node_is(input_node(n, 0), "Add") &&
	    input_number(input_node(n, 0), 1, eps))
		return input_node(input_node(n, 0), 0);
	return NULL;
}

static bool is_square(const struct node *n)
{
	return (node_is(n, "Mul") && n->in[0] == n->in[1]) ||
	       (node_is(n, "Pow") && input_is(n, 1, 2));
}

/* v is mean(d * d): returns d. */
static uint32_t squared_in(const struct node *v, int *axis)
{
	const struct node *square = node_is(v, "ReduceMean") ? input_node(v, 0) : NULL;

	if (!is_square(square) || !reduces(v, "ReduceMean", v->in[0], false, axis))
		return VALUE_NONE;
	return square->in[0];
}

/* n is x - mean(x) over the axes from `axis` on, or mean(x) - x when either will do: *x and *mean
 * are set. */
static bool deviation_of(const struct node *n, int axis, bool either, uint32_t *x, uint32_t *mean)
{
	int from;

	if (!node_is(n, "Sub"))
		return false;
	for (int k = 0; k <= either; k++) {
		*x = n->in[k];
		*mean = n->in[1 - k];
		if (reduces(input_node(n, 1 - k), "ReduceMean", *x, false, &from) && from == axis)
			return true;
	}
	return false;
}

/* -- the normalizations --------------------------------------------------------------- */

/* Of the shape from `axis` on: all ones when c is VALUE_NONE, else c, which must not vary before
 * `axis`. */
static uint32_t parameter(struct node *at, uint32_t c, const struct value *x, int axis)
{
	struct unit *u = at->graph->unit;
	struct shape s = { .rank = x->shape.rank - axis };
	const struct value *v;
	int64_t d[RANK_MAX];

	for (int i = 0; i < s.rank; i++) {
		s.d[i] = d[i] = x->shape.d[axis + i];
		if (!dim_is_const(s.d[i]))
			return VALUE_NONE;
	}
	if (c == VALUE_NONE)
		c = build_number(at, x->type, 1);
	v = value_of(u, c);
	if (!v->constant || shape_elements(&s) == 0)
		return VALUE_NONE;
	for (int i = 0; i < v->shape.rank; i++) {
		int k = i - (v->shape.rank - s.rank);

		if (v->shape.d[i] != 1 && (k < 0 || v->shape.d[i] != s.d[k]))
			return VALUE_NONE;
	}
	while (value_of(u, c)->shape.rank > s.rank)
		c = build2(at, "Squeeze", NULL, c, build_ints(at, (int64_t[]){ 0 }, 1));
	return build2(at, "Expand", NULL, c, build_ints(at, d, s.rank));
}

static bool become_norm(struct node *n, const char *op, uint32_t x, int axis, double eps,
			uint32_t scale, uint32_t bias)
{
	const struct op *row = op_builtin(op);
	const struct value *v = value_of(n->graph->unit, x);
	void *attrs = op_default_attrs(n->graph->unit->arena, row);
	uint32_t in[3] = { x, parameter(n, scale, v, axis), VALUE_NONE };

	if (!in[1] || (bias && !(in[2] = parameter(n, bias, v, axis))))
		return false;
	attr_set(attrs, row, "axis", axis - v->shape.rank);
	attr_set(attrs, row, "epsilon", eps);
	return replace_node(n, build(n, op, attrs, bias ? 3 : 2, in));
}

static bool standardized(struct node *n, uint32_t d, const struct node *v, double eps)
{
	const struct value *dv = value_of(n->graph->unit, d);
	uint32_t x, mean;
	int axis;

	if (!v || !(eps >= 0) || squared_in(v, &axis) != d)
		return false;
	if (deviation_of(dv->producer, axis, false, &x, &mean))
		return become_norm(n, "LayerNormalization", x, axis, eps, VALUE_NONE, VALUE_NONE);
	return become_norm(n, "RMSNormalization", d, axis, eps, VALUE_NONE, VALUE_NONE);
}

static bool apply_norm(struct unit *u, struct node *n)
{
	const struct node *v;
	double eps = 0;

	(void)u;
	if (!output_is_float(n))
		return false;
	if (node_is(n, "Div")) {
		v = root_of(input_node(n, 1), &eps);
		return standardized(n, n->in[0], v, eps);
	}
	for (int k = 0; k < 2; k++) {
		v = inverse_root_of(input_node(n, 1 - k), &eps);
		if (standardized(n, n->in[k], v, eps))
			return true;
	}
	return false;
}

/* n is a * b: the other factor than `id`; VALUE_NONE when id is none of them. */
static uint32_t other_factor(const struct node *n, uint32_t id)
{
	if (!node_is(n, "Mul"))
		return VALUE_NONE;
	return n->in[0] == id ? n->in[1] : n->in[1] == id ? n->in[0] : VALUE_NONE;
}

/* g is s / sqrt(mean(d * d) + eps), s constant or not there. */
static const struct node *gain_of(const struct node *g, double *eps, uint32_t *s)
{
	const struct node *v = inverse_root_of(g, eps);

	*s = VALUE_NONE;
	if (v || !node_is(g, "Mul") || !node_const(g, 1))
		return v;
	*s = g->in[1];
	return inverse_root_of(input_node(g, 0), eps);
}

/* product: x * g, rest: b - mean * g */
static bool factored(struct node *n, const struct node *product, const struct node *rest)
{
	struct unit *u = n->graph->unit;
	double eps;

	if (!node_is(product, "Mul") || !node_is(rest, "Sub") || !node_const(rest, 0))
		return false;
	for (int k = 0; k < 2; k++) {
		uint32_t g = product->in[k], x, mean, s, d;
		const struct node *v = gain_of(value_of(u, g)->producer, &eps, &s);
		int axis;

		if (!v || !(d = squared_in(v, &axis)) ||
		    !deviation_of(value_of(u, d)->producer, axis, true, &x, &mean))
			continue;
		if (product->in[1 - k] == x && other_factor(input_node(rest, 1), g) == mean)
			return become_norm(n, "LayerNormalization", x, axis, eps, s, rest->in[0]);
	}
	return false;
}

static bool apply_factored(struct unit *u, struct node *n)
{
	const struct node *a = input_node(n, 0), *b = input_node(n, 1);

	(void)u;
	return output_is_float(n) && (factored(n, a, b) || factored(n, b, a));
}

/* norm(x, s) * t  =>  norm(x, s * t) and LayerNormalization(x, s) + b  =>  LayerNormalization(x, s,
 * b) */
static bool apply_parameter(struct unit *u, struct node *n)
{
	struct node *p = sole_input_node(n, 0);
	bool scale = node_is(n, "Mul");
	uint32_t c;
	int axis;

	if (!node_const(n, 1) || !output_is_float(n) || !p || node_in(p, 2) || !node_const(p, 1) ||
	    !(node_is(p, "LayerNormalization") || (scale && node_is(p, "RMSNormalization"))) ||
	    !same_tensor(node_in(n, 0), node_out(n, 0)) ||
	    !axis_resolve(u, &p->loc, (int64_t)attr_number(p, "axis"), node_in(p, 0)->shape.rank,
			  &axis))
		return false;
	c = parameter(n, n->in[1], node_in(p, 0), axis);
	if (!c)
		return false;
	node_set_input(p, scale ? 1 : 2, scale ? build2(p, "Mul", NULL, c, p->in[1]) : c);
	graph_replace(u, n->out[0], p->out[0]);
	return true;
}

/* -- softmax -------------------------------------------------------------------------- */

/* e / sum(e), e = exp(z); z may be x - max(x) */
static bool softmax(struct node *n, uint32_t e, const struct node *sum)
{
	struct unit *u = n->graph->unit;
	const struct node *exp = value_of(u, e)->producer, *z, *max;
	struct axis_attrs a;
	int axis, max_axis;
	uint32_t x;

	if (!node_is(exp, "Exp") || !reduces(sum, "ReduceSum", e, true, &axis))
		return false;
	x = exp->in[0];
	z = input_node(exp, 0);
	max = node_is(z, "Sub") ? input_node(z, 1) : NULL;
	if (max && reduces(max, "ReduceMax", z->in[0], true, &max_axis) && max_axis == axis)
		x = z->in[0];
	a.axis = axis;
	return replace_node(n, build1(n, "Softmax", &a, x));
}

static bool apply_softmax(struct unit *u, struct node *n)
{
	(void)u;
	if (!output_is_float(n))
		return false;
	if (node_is(n, "Div"))
		return softmax(n, n->in[0], input_node(n, 1));
	for (int k = 0; k < 2; k++)
		if (node_is(input_node(n, k), "Reciprocal") &&
		    softmax(n, n->in[1 - k], input_node(input_node(n, k), 0)))
			return true;
	return false;
}

const struct rewrite rewrites_known_norm[] = {
	{ "softmax", "Div Mul", "exp(x - max(x)) / sum => Softmax", apply_softmax },
	{ "layer-norm", "Div Mul", "(x - mean(x)) / sqrt(mean(d * d) + eps) => LayerNormalization",
	  apply_norm },
	{ "layer-norm-factored", "Add", "x * g + (b - mean(x) * g) => LayerNormalization",
	  apply_factored },
	{ "norm-parameters", "Mul Add", "scale and bias into the normalization", apply_parameter },
	{ .name = NULL }
};
