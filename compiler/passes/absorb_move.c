/* Operators that only move or compare elements work on the integers themselves:
 *
 *	move(DQ(x))  =>  DQ(move(x))          Q(move(x))  =>  move(Q(x))
 *
 * so DequantizeLinear goes down and QuantizeLinear up, until they meet or an operator stands between
 * them. Scales are above 0, so the greatest real is the greatest integer. */
#include "quantized.h"

#include <string.h>

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

/* Output k of moved, computed when it is one of constants. */
static uint32_t moved_integers(struct unit *u, struct node *moved, int k)
{
	struct constant *c[16] = { NULL };

	for (int i = 0; i < moved->n_in; i++)
		if (node_in(moved, i) && !node_const(moved, i))
			return moved->out[k];
	return fold_node(u, moved, c) ? build_constant(moved, c[k]) : moved->out[k];
}

static bool apply_below(struct unit *u, struct node *n)
{
	const struct node *d = input_node(n, 0);
	struct quant_attrs a;
	struct node *moved;
	uint32_t in[16], y;

	if (!node_is(d, "DequantizeLinear") || n->n_in > (int)ARRAY_LEN(in) ||
	    !(node_chooses(n) || (node_moves(n) && !node_moves_several(n))) ||
	    !node_takes(n, node_in(d, 0)->type) || !shape_is_const(&node_in(d, 1)->shape) ||
	    !moved_attrs(n, d, &a))
		return false;
	memcpy(in, n->in, (size_t)n->n_in * sizeof *in);
	in[0] = d->in[0];
	moved = copy_over(n, in);
	for (int k = 0; moved && k < n->n_out; k++) {
		if (!n->out[k])
			continue;
		y = moved_integers(u, moved, k);
		if (node_out(n, k)->type == node_out(d, 0)->type)
			y = dequantized(n, d, y, &a);
		graph_replace(u, n->out[k], y);
	}
	return moved != NULL;
}

/* Input k as an integer of *data's kind: its own, or the one that a real number has. */
static bool integer_of(struct node *n, int k, void *data, uint32_t *out)
{
	const struct quantized *kind = data;
	struct quantized q;
	double real = 0;
	int64_t integer;

	if (k < n->n_in && quantized_input(n, k, &q)) {
		*out = q.id;
		return q.type == kind->type && q.scale == kind->scale && q.zero == kind->zero;
	}
	if (k < n->n_in && n->in[k] && !input_number(n, k, &real))
		return false;
	integer = quantized_number(kind, real);
	if ((double)((float)(integer - kind->zero) * kind->scale) != real)
		return false;
	*out = build_number(n, kind->type, (double)integer);
	return true;
}

/* Of several tensors that all have one scale and one zero point. */
static bool apply_below_several(struct unit *u, struct node *n)
{
	struct quantized kind;
	struct node *m;
	int k = 0;

	if (!node_moves_several(n))
		return false;
	while (k < n->n_in && !(node_moves_input(n, k) && quantized_input(n, k, &kind)))
		k++;
	m = k < n->n_in && node_takes(n, kind.type) ? build_moved(n, integer_of, &kind) : NULL;
	if (m)
		graph_replace(u, n->out[0],
			      dequantized(n, input_node(n, k), m->out[0], input_node(n, k)->attrs));
	return m != NULL;
}

/* The greatest element of each channel is that of a window as large as the image. */
static bool apply_global_pool(struct unit *u, struct node *n)
{
	struct pool_attrs a;
	struct quantized q;
	int64_t taps;

	return quantized_input(n, 0, &q) && whole_image(u, n, &a, &taps) &&
	       replace_node(n, build1(n, "MaxPool", &a, n->in[0]));
}

/* -- QuantizeLinear upwards ------------------------------------------------------------ */

static uint32_t quantized_by(struct node *before, const struct node *q, uint32_t x)
{
	uint32_t in[3] = { x, q->in[1], q->n_in > 2 ? q->in[2] : VALUE_NONE };

	return build(before, "QuantizeLinear", q->attrs, q->n_in, in);
}

/* Above what moves all it is given: not above what takes only a part of it. */
static bool keeps_all(const struct node *n)
{
	return !node_is(n, "Slice") && !node_is(n, "Split") && !node_is(n, "Gather") &&
	       !node_is(n, "GatherElements") && !node_is(n, "GatherND") && !node_is(n, "Resize") &&
	       !node_is(n, "Compress");
}

/* Where several are moved, what is neither quantized already nor constant stays as it is. */
static bool quantized_of(struct node *n, int k, void *data, uint32_t *out)
{
	const struct node *q = data;
	uint32_t x = k < n->n_in ? n->in[k] : VALUE_NONE;

	if (!x)
		x = build_number(n, DT_F32, 0);
	else if (node_moves_several(n) && !node_is(n, "Pad") &&
		 !value_of(n->graph->unit, x)->constant &&
		 !node_is(input_node(n, k), "DequantizeLinear"))
		return false;
	*out = quantized_by(n, q, x);
	return true;
}

/* When nobody else reads the result. */
static bool apply_above(struct unit *u, struct node *n)
{
	struct node *m = sole_input_node(n, 0);
	struct quantized q;

	if (!m || !quantized_output(n, &q) || m->n_out > 1 || !node_moves(m) || !keeps_all(m) ||
	    !node_takes(m, q.type) || !(m = build_moved(m, quantized_of, n)))
		return false;
	graph_replace(u, n->out[0], m->out[0]);
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
	{ "global-max-pool", "GlobalMaxPool", "GlobalMaxPool(DQ(x)) => MaxPool(DQ(x))",
	  apply_global_pool },
	{ "dequantize-below-move", NULL, "move(DQ(x)) => DQ(move(x))", apply_below },
	{ "dequantize-below-moves", NULL, "move(DQ(a), DQ(b)) => DQ(move(a, b))",
	  apply_below_several },
	{ .name = NULL }
};

/* Where no other form has been found for it all. */
const struct rewrite rewrites_absorb_above[] = { { "quantize-above-move", "QuantizeLinear",
						   "Q(move(x)) => move(Q(x))", apply_above },
						 { .name = NULL } };
