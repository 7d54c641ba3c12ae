/* pool_same.c - pools with auto_pad SAME where a Pad of its own has to make the padding: sizes that are known at run
 * time only, and pads that crop. */
#include "window.h"

#include <math.h>
#include <string.h>

/* The mean over what lies inside: the mean with zeros over that of ones with zeros. */
static void average_inside(struct node *n, uint32_t pads, uint32_t zero, const struct pool_attrs *a)
{
	const struct axis_attrs along = { .axis = 0 };
	const struct shape_attrs spatial = { 2, INT64_MAX };
	const uint32_t sizes =
		graph_build2(n, "Concat", &along, new_ints(n, (int64_t[]){ 1, 1 }, 2),
			     graph_build1(n, "Shape", &spatial, n->in[0]));
	const uint32_t one = new_scalar(n, node_in(n, 0)->type, 1);
	uint32_t in[2] = { n->in[0], graph_build2(n, "Expand", NULL, one, sizes) };

	for (int k = 0; k < 2; k++)
		in[k] = graph_build1(n, "AveragePool", a,
				     graph_build3(n, "Pad", NULL, in[k], pads, zero));
	upgrade_become(n, "Div", NULL, 2, in);
}

/* Less than nothing of type t. */
static double least_of(enum dtype t)
{
	if (dtype_is_float(t))
		return -(double)INFINITY;
	return dtype_is_signed_int(t) ? -ldexp(1, (int)dtype_bits(t) - 1) : 0;
}

bool pool_upgrade(struct unit *u, struct node *n)
{
	struct pool_attrs a = *(const struct pool_attrs *)n->attrs;
	bool max = strcmp(n->op->name, "MaxPool") == 0,
	     average = strcmp(n->op->name, "LpPool") != 0;
	uint32_t pads, outside;
	struct window w;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 3, RANK_MAX) || !pool_geometry(u, n, &w))
		return false;
	if (!window_same_crops(&w, a.auto_pad) && !window_same_varies(&w, a.auto_pad))
		return true;
	if (node_out(n, 1)) {
		n->op = op_builtin("edgecc.MaxPoolSame");
		return true;
	}
	pads = window_same_pads(n, &w, a.auto_pad, true, n->in[0]);
	outside = new_scalar(n, node_in(n, 0)->type, max ? least_of(node_in(n, 0)->type) : 0);
	a.auto_pad = PAD_VALID;
	a.ceil_mode = 0;
	if (average && !max && !a.count_include_pad) {
		average_inside(n, pads, outside, &a);
		return true;
	}
	node_set_input(n, 0, graph_build3(n, "Pad", NULL, n->in[0], pads, outside));
	upgrade_to_newest(u, n, &a);
	return true;
}

/* -- edgecc.MaxPoolSame: with Indices -------------------------------------------------------- */

static bool infer_same(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	struct window w;

	if (!pool_geometry(u, n, &w))
		return false;
	for (int i = 0; i < w.n; i++)
		s.d[i + 2] = dim_ceildiv(u, w.in[i], w.stride[i]);
	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			set_shape(node_out(n, k), &s);
	return true;
}

/* The element of a vector for axis k. */
static uint32_t at_axis(struct node *n, uint32_t vector, int k)
{
	return graph_build2(n, "Gather", NULL, vector, new_ints(n, (int64_t[]){ k }, 1));
}

/* Positions in the padded X, flat as Indices are, as those in X. */
static uint32_t unpadded(struct node *n, uint32_t padded, uint32_t pads, uint32_t flat)
{
	const struct pool_attrs *a = n->attrs;
	const struct shape_attrs all = { 0, INT64_MAX };
	const uint32_t from = graph_build1(n, "Shape", &all, padded);
	const uint32_t to = graph_build1(n, "Shape", &all, n->in[0]);
	const int axes = node_in(n, 0)->shape.rank - 2;
	uint32_t rest = flat, at = VALUE_NONE, step = new_ints(n, (int64_t[]){ 1 }, 1);

	for (int i = 0; i < axes; i++) { /* the fastest first */
		const int axis = 2 + (a->storage_order ? i : axes - 1 - i);
		const uint32_t size = at_axis(n, from, axis);
		uint32_t k = graph_build2(n, "Mod", NULL, rest, size);

		k = graph_build2(n, "Sub", NULL, k, at_axis(n, pads, axis));
		k = graph_build2(n, "Mul", NULL, k, step);
		at = at == VALUE_NONE ? k : graph_build2(n, "Add", NULL, at, k);
		rest = graph_build2(n, "Div", NULL, rest, size);
		step = graph_build2(n, "Mul", NULL, step, at_axis(n, to, axis));
	}
	return graph_build2(n, "Add", NULL, at, graph_build2(n, "Mul", NULL, rest, step));
}

static bool expand_same(struct unit *u, struct node *n)
{
	struct pool_attrs a = *(const struct pool_attrs *)n->attrs;
	const enum dtype t = node_in(n, 0)->type;
	uint32_t pads, x;
	struct window w;
	struct node *m;

	if (!pool_geometry(u, n, &w))
		return false;
	pads = window_same_pads(n, &w, a.auto_pad, true, n->in[0]);
	x = graph_build3(n, "Pad", NULL, n->in[0], pads, new_scalar(n, t, least_of(t)));
	a.auto_pad = PAD_VALID;
	a.ceil_mode = 0;
	m = graph_insert(n->graph, n, op_builtin("MaxPool"), &a, 1, &x, 2, &n->loc);
	if (!node_infer(u, m))
		return false;
	expand_output(u, n, 0, m->out[0]);
	expand_output(u, n, 1, unpadded(n, x, pads, m->out[1]));
	return true;
}

const struct op ops_pool_same[] = { { .name = "MaxPoolSame",
				      .domain = DOMAIN_EDGECC,
				      .since = 1,
				      .sig = "X:T -> Y?:T Indices?:int64",
				      .types = "T=floats,int8,uint8,int16,uint16",
				      .attrs = pool_max_rows,
				      .attrs_size = sizeof(struct pool_attrs),
				      .flags = OP_INTERNAL,
				      .infer = infer_same,
				      .expand = expand_same,
				      .doc = "MaxPool whose padding depends on sizes" },
				    { .name = NULL } };
