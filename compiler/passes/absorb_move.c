/* Operators that only move or compare elements work on the integers themselves:
 *
 *	move(DQ(x))  =>  DQ(move(x))          Q(move(x))  =>  move(Q(x))
 *
 * so DequantizeLinear goes down and QuantizeLinear up, until they meet or an operator stands between
 * them. Scales are above 0, so the greatest real is the greatest integer. */
#include "quantized.h"

#include <string.h>

#define MOVES                                                                                      \
	"Identity Reshape Transpose Squeeze Unsqueeze Flatten Slice Gather DepthToSpace SpaceToDepth"

/* A new n over these inputs, with outputs of their types; NULL: its operator does not take them. */
static struct node *copy_over(struct node *n, const uint32_t *in)
{
	struct unit *u = n->graph->unit;
	struct node *c = graph_insert(n->graph, n, n->op, n->attrs, n->n_in, in, n->n_out, &n->loc);

	if (node_infer(u, c))
		return c;
	graph_remove(c);
	return NULL;
}

/* What d does, done to x (of the integers' type) before `before`. */
static uint32_t dequantized(struct node *before, const struct node *d, uint32_t x,
			    const struct quant_attrs *a)
{
	uint32_t in[3] = { x, d->in[1], d->n_in > 2 ? d->in[2] : VALUE_NONE };

	return graph_build(before, "DequantizeLinear", a, d->n_in, in);
}

/* A Transpose of per-axis weights: where that axis is now. Other moves want one scale. */
static bool moved_attrs(const struct node *n, const struct node *d, struct quant_attrs *a)
{
	int perm[RANK_MAX], axis = 0;

	*a = *(const struct quant_attrs *)d->attrs;
	if (a->block_size)
		return false;
	if (!node_in(d, 1)->shape.rank || shape_elements(&node_in(d, 1)->shape) == 1)
		return true;
	if (!node_is(n, "Transpose") ||
	    !axis_resolve(n->graph->unit, &d->loc, a->axis, node_in(d, 0)->shape.rank, &axis))
		return false;
	transpose_perm(n, perm);
	for (int i = 0; i < node_out(n, 0)->shape.rank; i++)
		if (perm[i] == axis)
			a->axis = i;
	return true;
}

static bool is_byte(enum dtype t)
{
	return t == DT_I8 || t == DT_U8;
}

static bool apply_below(struct unit *u, struct node *n)
{
	const struct node *d = input_node(n, 0);
	struct quant_attrs a;
	struct node *moved;
	uint32_t in[16];

	if (!node_is(d, "DequantizeLinear") || n->n_in > (int)ARRAY_LEN(in) ||
	    !shape_is_const(&node_in(d, 1)->shape) || !moved_attrs(n, d, &a))
		return false;
	if (node_is(n, "MaxPool") && (!is_byte(node_in(d, 0)->type) || (n->n_out > 1 && n->out[1])))
		return false;
	memcpy(in, n->in, (size_t)n->n_in * sizeof *in);
	in[0] = d->in[0];
	moved = copy_over(n, in);
	for (int k = 0; moved && k < n->n_out; k++)
		if (n->out[k])
			graph_replace(u, n->out[k], dequantized(n, d, moved->out[k], &a));
	return moved != NULL;
}

/* Concat of tensors that all have one scale and one zero point. */
static bool apply_concat(struct unit *u, struct node *n)
{
	struct quantized first, q;
	uint32_t in[256];
	struct node *moved;

	if (n->n_in < 1 || n->n_in > (int)ARRAY_LEN(in) || !quantized_input(n, 0, &first))
		return false;
	for (int k = 0; k < n->n_in; k++) {
		if (!quantized_input(n, k, &q) || q.type != first.type || q.scale != first.scale ||
		    q.zero != first.zero)
			return false;
		in[k] = q.id;
	}
	moved = copy_over(n, in);
	if (!moved)
		return false;
	graph_replace(u, n->out[0],
		      dequantized(n, input_node(n, 0), moved->out[0], input_node(n, 0)->attrs));
	return true;
}

/* Pad with a constant real that has an integer, or with elements. */
static bool apply_pad(struct unit *u, struct node *n)
{
	struct quantized q;
	double value = 0;
	int64_t integer;
	uint32_t in[4];
	struct node *moved;

	if (!quantized_input(n, 0, &q) || n->n_in > 4 ||
	    (node_in(n, 2) && !input_number(n, 2, &value)))
		return false;
	integer = quantized_number(&q, value);
	if ((double)(float)(integer - q.zero) * (double)q.scale != value)
		return false;
	for (int k = 0; k < 4; k++)
		in[k] = k < n->n_in ? n->in[k] : VALUE_NONE;
	in[0] = q.id;
	in[2] = build_number(n, q.type, (double)integer);
	moved = graph_insert(n->graph, n, n->op, n->attrs, n->n_in < 3 ? 3 : n->n_in, in, 1,
			     &n->loc);
	if (!node_infer(u, moved))
		unreachable("a Pad of integers");
	graph_replace(u, n->out[0],
		      dequantized(n, input_node(n, 0), moved->out[0], input_node(n, 0)->attrs));
	return true;
}

/* Resize that picks nearest elements. */
static bool apply_resize(struct unit *u, struct node *n)
{
	return attr_number(n, "mode") == 0 && apply_below(u, n);
}

/* -- QuantizeLinear upwards ------------------------------------------------------------ */

static uint32_t quantized_by(struct node *before, const struct node *q, uint32_t x)
{
	uint32_t in[3] = { x, q->in[1], q->n_in > 2 ? q->in[2] : VALUE_NONE };

	return graph_build(before, "QuantizeLinear", q->attrs, q->n_in, in);
}

static bool one_of(const struct node *n, const char *const *names)
{
	for (; *names; names++)
		if (node_is(n, *names))
			return true;
	return false;
}

/* Above what has one input that counts, when nobody else reads the result. */
static bool apply_above(struct unit *u, struct node *n)
{
	static const char *const names[] = { "Reshape", "Transpose", "Squeeze", "Unsqueeze",
					     "Flatten", "MaxPool",   NULL };
	struct node *m = sole_input_node(n, 0), *moved;
	struct quantized q;
	uint32_t in[4];

	if (!m || !quantized_output(n, &q) || !one_of(m, names) || m->n_in > 4 || m->n_out > 1 ||
	    (node_is(m, "MaxPool") && !is_byte(q.type)))
		return false;
	memcpy(in, m->in, (size_t)m->n_in * sizeof *in);
	in[0] = quantized_by(m, n, m->in[0]);
	moved = copy_over(m, in);
	if (!moved)
		return false;
	graph_replace(u, n->out[0], moved->out[0]);
	return true;
}

/* Above a Concat whose parts are all quantized, each its own way. */
static bool apply_above_concat(struct unit *u, struct node *n)
{
	struct node *m = sole_input_op(n, 0, "Concat"), *moved;
	struct quantized q, part;
	uint32_t in[256];

	if (!m || !quantized_output(n, &q) || m->n_in > (int)ARRAY_LEN(in))
		return false;
	for (int k = 0; k < m->n_in; k++)
		if (!quantized_input(m, k, &part))
			return false;
	for (int k = 0; k < m->n_in; k++)
		in[k] = quantized_by(m, n, m->in[k]);
	moved = copy_over(m, in);
	if (!moved)
		return false;
	graph_replace(u, n->out[0], moved->out[0]);
	return true;
}

/* Q(DQ(x)) of the same scale and zero point  =>  x */
static bool apply_inverse(struct unit *u, struct node *n)
{
	struct quantized from, to;

	(void)u;
	return quantized_output(n, &to) && quantized_input(n, 0, &from) && to.type == from.type &&
	       to.scale == from.scale && to.zero == from.zero && replace_node(n, from.id);
}

const struct rewrite rewrites_absorb_move[] = {
	{ "quantize-of-dequantize", "QuantizeLinear", "Q(DQ(x)) => x", apply_inverse },
	{ "dequantize-below-move", MOVES " Split MaxPool", "move(DQ(x)) => DQ(move(x))",
	  apply_below },
	{ "dequantize-below-concat", "Concat", "Concat(DQ(a), DQ(b)) => DQ(Concat(a, b))",
	  apply_concat },
	{ "dequantize-below-pad", "Pad", "Pad(DQ(x)) => DQ(Pad(x))", apply_pad },
	{ "dequantize-below-resize", "Resize",
	  "Resize(DQ(x)) => DQ(Resize(x)), of nearest elements", apply_resize },
	{ "quantize-above-move", "QuantizeLinear", "Q(move(x)) => move(Q(x))", apply_above },
	{ "quantize-above-concat", "QuantizeLinear",
	  "Q(Concat(DQ(a), DQ(b))) => Concat(Q(DQ(a)), Q(DQ(b)))", apply_above_concat },
	{ .name = NULL }
};
