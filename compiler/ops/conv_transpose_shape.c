/* conv_transpose_shape.c - ConvTranspose whose output_shape is cut out of what sizes known at run time only give:
 *
 *	ConvTranspose(x, W, b)  =>  Pad(ConvTranspose(x, W)) + b
 *
 * ConvTranspose has all of it, with no pads; Pad takes away half of what is too much at either end, or adds zeros at the
 * end. */
#include "window.h"

/* The pads, as Pad takes them, that make the spatial sizes `want` of y. */
static uint32_t pads_to(struct node *at, uint32_t y, uint32_t want, int auto_pad)
{
	const struct shape_attrs spatial = { 2, INT64_MAX };
	const struct axis_attrs along = { .axis = 0 };
	const uint32_t have = graph_build1(at, "Shape", &spatial, y),
		       two = new_scalar(at, DT_I64, 2);
	uint32_t parts[4], begin;

	begin = graph_build2(at, "Sub", NULL, have, want);
	begin = graph_build2(at, "Max", NULL, begin, new_scalar(at, DT_I64, 0));
	if (auto_pad != PAD_SAME_UPPER) /* the odd one goes at the start */
		begin = graph_build2(at, "Add", NULL, begin, new_scalar(at, DT_I64, 1));
	begin = graph_build2(at, "Div", NULL, begin, two);
	parts[0] = parts[2] = new_ints(at, (int64_t[]){ 0, 0 }, 2);
	parts[1] = graph_build1(at, "Neg", NULL, begin);
	parts[3] = graph_build2(at, "Sub", NULL, graph_build2(at, "Add", NULL, want, begin), have);
	return graph_build(at, "Concat", &along, 4, parts);
}

/* Whether output_shape is asked of sizes that are not known. */
static bool wants_cut(const struct ints *shape, const struct window *w)
{
	bool varies = false;

	for (int i = 0; i < w->n; i++)
		varies |= !dim_is_const(w->in[i]);
	return varies && (shape->n == w->n || shape->n == w->n + 2);
}

bool conv_transpose_upgrade(struct unit *u, struct node *n)
{
	struct conv_attrs a = *(const struct conv_attrs *)n->attrs;
	const struct ints shape = a.output_shape;
	uint32_t in[3] = { n->in[0], n->in[1] }, bias = n->n_in > 2 ? n->in[2] : VALUE_NONE;
	int64_t column[WINDOW_MAX + 1] = { -1 };
	struct window w;
	struct node *m;

	if (!shape.n)
		return true;
	if (!conv_ranks(u, n) || !conv_geometry(u, n, &w))
		return false;
	if (!wants_cut(&shape, &w))
		return true;
	for (int i = 0; i < w.n; i++) {
		column[i + 1] = 1;
		if (shape.p[shape.n - w.n + i] < 0)
			return node_error(u, n, "output_shape has %lld",
					  (long long)shape.p[shape.n - w.n + i]);
	}
	a.output_shape = a.pads = (struct ints){ NULL, 0 };
	a.auto_pad = PAD_NOTSET;
	m = graph_insert(n->graph, n, op_builtin("ConvTranspose"), &a, 2, in, 1, &n->loc);
	if (!node_infer(u, m))
		return false;
	in[0] = m->out[0];
	in[1] = pads_to(n, in[0], new_ints(n, shape.p + shape.n - w.n, w.n),
			((const struct conv_attrs *)n->attrs)->auto_pad);
	in[2] = new_scalar(n, node_in(n, 0)->type, 0);
	if (bias == VALUE_NONE) {
		upgrade_become(n, "Pad", NULL, 3, in);
		return true;
	}
	in[0] = graph_build(n, "Pad", NULL, 3, in);
	in[1] = graph_build2(n, "Reshape", NULL, bias, new_ints(n, column, w.n + 1));
	upgrade_become(n, "Add", NULL, 2, in);
	return true;
}
