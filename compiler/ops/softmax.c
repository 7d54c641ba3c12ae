/* softmax.c - Softmax, LogSoftmax and Hardmax along one axis, as expansions:
 *
 *	m = max x,  e = exp(x - m),  s = sum e:   softmax = e / s,   log softmax = x - m - log s
 *	hardmax = OneHot(ArgMax(x))
 *
 * Half types are computed in float and rounded once. */
#include "family.h"

static const struct attr_row axis_rows[] = { A_INT(struct axis_attrs, axis, -1), A_END };
static const struct attr_row axis1_rows[] = { A_INT(struct axis_attrs, axis, 1), A_END };

static bool infer_softmax(struct unit *u, struct node *n)
{
	const struct axis_attrs *a = n->attrs;
	struct value *x = node_in(n, 0);
	int axis;

	return infer_need_shape(u, n, x, "input") &&
	       axis_resolve(u, &n->loc, a->axis, x->shape.rank, &axis) && infer_like_input0(u, n);
}

static int axis_of(struct unit *u, const struct node *n)
{
	int axis = 0;

	axis_resolve(u, &n->loc, ((const struct axis_attrs *)n->attrs)->axis,
		     node_in(n, 0)->shape.rank, &axis);
	return axis;
}

static bool expand_softmax_or_log(struct unit *u, struct node *n, bool log)
{
	enum dtype t = node_in(n, 0)->type;
	int axis = axis_of(u, n);
	uint32_t x = new_cast(n, dtype_compute(t), n->in[0]);
	uint32_t d = graph_build2(n, "Sub", NULL, x, new_reduce(n, "ReduceMax", x, axis, true));
	uint32_t e = graph_build1(n, "Exp", NULL, d);
	uint32_t s = new_reduce(n, "ReduceSum", e, axis, true);
	uint32_t y;

	if (log)
		y = graph_build2(n, "Sub", NULL, d, graph_build1(n, "Log", NULL, s));
	else
		y = graph_build2(n, "Div", NULL, e, s);
	expand_output(u, n, 0, new_cast(n, t, y));
	return true;
}

static bool expand_softmax(struct unit *u, struct node *n)
{
	return expand_softmax_or_log(u, n, false);
}

static bool expand_log_softmax(struct unit *u, struct node *n)
{
	return expand_softmax_or_log(u, n, true);
}

static bool expand_hardmax(struct unit *u, struct node *n)
{
	struct value *x = node_in(n, 0);
	int axis = axis_of(u, n);
	struct argmax_attrs argmax = { .axis = axis };
	struct shape_attrs shape = { .start = axis, .end = axis + 1 };
	struct axis_attrs onehot = { .axis = axis };
	struct shape two = { .rank = 1, .d = { 2 } };
	struct constant *values;
	uint32_t depth, position;
	void *data;

	if (dim_hi(u, x->shape.d[axis]) == 0) { /* nothing is the largest of nothing */
		expand_output(u, n, 0, graph_build1(n, "Identity", NULL, x->id));
		return true;
	}
	values = constant_new(u->arena, x->type, &two, &data);
	constant_put_f64(data, x->type, 1, 1);
	position = graph_build1(n, "ArgMax", &argmax, x->id);
	depth = graph_build1(n, "Shape", &shape, x->id);
	expand_output(u, n, 0,
		      graph_build3(n, "OneHot", &onehot, position, depth,
				   graph_constant(n->graph, NULL, values)->id));
	return true;
}

/* Before opset 13 the axes from `axis` on were one: Reshape(Softmax(Flatten(x, axis)), Shape(x)),
 * with n becoming the Reshape. The last axis alone means the same in both. */
static bool upgrade_flat(struct unit *u, struct node *n)
{
	struct axis_attrs a = *(const struct axis_attrs *)n->attrs, last = { .axis = -1 };
	const struct reshape_attrs exactly = { .allowzero = 1 };
	struct value *x = node_in(n, 0);
	const char *name = n->op->name;
	uint32_t in[2];
	int axis;

	if (a.axis == -1 || x->shape.rank > 0) {
		axis = x->shape.rank - 1;
		if (a.axis != -1 && !axis_resolve(u, &n->loc, a.axis, x->shape.rank, &axis))
			return false;
		if (axis == x->shape.rank - 1) {
			upgrade_to_newest(u, n, &last);
			return true;
		}
	}
	in[0] = x->id;
	in[1] = upgrade_node(u, n, "Shape", NULL, 1, in);
	in[0] = upgrade_node(u, n, "Flatten", &a, 1, in);
	if (in[0] == VALUE_NONE || in[1] == VALUE_NONE)
		return false;
	in[0] = upgrade_node(u, n, name, &last, 1, in);
	if (in[0] == VALUE_NONE)
		return false;
	upgrade_become(n, "Reshape", &exactly, 2, in);
	return true;
}

#define SOFTMAX(NAME, EXPAND, DOC)                                                                 \
	{ .name = NAME,                                                                            \
	  .since = 13,                                                                             \
	  .sig = "input:T -> output:T",                                                            \
	  .types = "T=floats",                                                                     \
	  .attrs = axis_rows,                                                                      \
	  .attrs_size = sizeof(struct axis_attrs),                                                 \
	  .infer = infer_softmax,                                                                  \
	  .expand = EXPAND,                                                                        \
	  .doc = DOC },                                                                            \
	{                                                                                          \
		.name = NAME, .since = 1, .until = 12, .sig = "input:T -> output:T",               \
		.types = "T=floats", .attrs = axis1_rows, .attrs_size = sizeof(struct axis_attrs), \
		.upgrade = upgrade_flat                                                            \
	}

const struct op ops_softmax[] = {
	SOFTMAX("Softmax", expand_softmax, "exp(x) divided by its sum along the axis"),
	SOFTMAX("LogSoftmax", expand_log_softmax, "the logarithm of Softmax"),
	SOFTMAX("Hardmax", expand_hardmax,
		"1 at the first greatest element along the axis, else 0"),
	{ .name = NULL }
};
