/* Operators that only give another shape are Reshape with a constant shape, one at a time;
 * transpositions that move nothing are too. */
#include "rewrite.h"

/* Squeeze(x), Unsqueeze(x), Flatten(x)  =>  Reshape(x) */
static bool apply_to_reshape(struct unit *u, struct node *n)
{
	(void)u;
	return replace_node(n, build_view(n, n->in[0], &node_out(n, 0)->shape));
}

/* The shape of the result is known, in numbers but for what 0 and -1 can say: what computed it can
 * go. */
static bool apply_constant_shape(struct unit *u, struct node *n)
{
	(void)u;
	return !node_const(n, 1) &&
	       replace_node(n, build_view(n, n->in[0], &node_out(n, 0)->shape));
}

static bool apply_remove_reshape(struct unit *u, struct node *n)
{
	(void)u;
	return replace_node(n, n->in[0]);
}

/* Reshape(Reshape(x, s), t)  =>  Reshape(x, t) */
static bool apply_reshape_of_reshape(struct unit *u, struct node *n)
{
	const struct node *p = input_node(n, 0);

	(void)u;
	return node_is(p, "Reshape") &&
	       replace_node(n, build_view(n, p->in[0], &node_out(n, 0)->shape));
}

/* The elementwise result of x and a constant c is shaped as x, and c varies along x's last axis at
 * most. */
static bool follows_last_axis(const struct value *x, const struct value *c)
{
	int last = c->shape.rank - 1;

	for (int i = 0; i < last; i++)
		if (c->shape.d[i] != 1)
			return false;
	return last < 0 || c->shape.d[last] == 1 ||
	       c->shape.d[last] == x->shape.d[x->shape.rank - 1];
}

/* Axes of size 1 before those of a tensor of `rank` axes say nothing. */
static uint32_t without_leading(struct node *at, uint32_t c, int rank)
{
	while (value_of(at->graph->unit, c)->shape.rank > rank)
		c = build2(at, "Squeeze", NULL, c, build_ints(at, (int64_t[]){ 0 }, 1));
	return c;
}

/* f(Reshape(x), c)  =>  Reshape(f(x, c)), f being elementwise: it stands next to what computes x
 * then, and can be computed there. c must mean the same to both shapes. */
static bool apply_reshape_after(struct unit *u, struct node *n)
{
	struct node *r = sole_input_op(n, 0, "Reshape"), *f;
	const struct value *x, *y = node_out(n, 0);

	if (!(n->op->flags & OP_ELEMENTWISE) || n->n_out != 1 || n->n_graphs || !r ||
	    !node_const(r, 1) || !shape_equal(&node_in(n, 0)->shape, &y->shape))
		return false;
	x = node_in(r, 0);
	if (x->shape.rank < 1 || y->shape.rank < 1)
		return false;
	for (int k = 1; k < n->n_in; k++) {
		const struct value *c = node_in(n, k);

		if (c && (!c->constant || !follows_last_axis(y, c) || !follows_last_axis(x, c)))
			return false;
	}
	f = graph_insert(n->graph, n, n->op, n->attrs, n->n_in, n->in, 1, &n->loc);
	node_set_input(f, 0, x->id);
	for (int k = 1; k < n->n_in; k++)
		if (node_in(n, k))
			node_set_input(f, k, without_leading(f, n->in[k], x->shape.rank));
	if (!node_infer(u, f))
		unreachable("an elementwise operator rejects what it took under another shape");
	return replace_node(n, build2(n, "Reshape", NULL, f->out[0], r->in[1]));
}

/* -- Transpose ------------------------------------------------------------------------ */

void transpose_perm(const struct node *n, int *perm)
{
	const struct perm_attrs *a = n->attrs;
	int rank = node_out(n, 0)->shape.rank;

	for (int i = 0; i < rank; i++) {
		perm[i] = a->perm.p ? (int)a->perm.p[i] : rank - 1 - i;
		perm[i] += perm[i] < 0 ? rank : 0;
	}
}

/* The axes that have more than one element keep their order. */
static bool apply_transpose_to_reshape(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0);
	int perm[RANK_MAX], last = -1;

	(void)u;
	transpose_perm(n, perm);
	for (int i = 0; i < x->shape.rank; i++) {
		if (x->shape.d[perm[i]] == 1)
			continue;
		if (perm[i] < last)
			return false;
		last = perm[i];
	}
	return replace_node(n, build_view(n, n->in[0], &node_out(n, 0)->shape));
}

/* Transpose(Transpose(x, p), q)  =>  Transpose(x, p[q[i]]) */
static bool apply_transpose_of_transpose(struct unit *u, struct node *n)
{
	const struct node *p = input_node(n, 0);
	int inner[RANK_MAX], outer[RANK_MAX], rank = node_out(n, 0)->shape.rank;
	struct perm_attrs a;
	int64_t *perm;

	if (!node_is(p, "Transpose"))
		return false;
	transpose_perm(p, inner);
	transpose_perm(n, outer);
	perm = arena_array(u->arena, int64_t, (size_t)rank);
	for (int i = 0; i < rank; i++)
		perm[i] = inner[outer[i]];
	a.perm = (struct ints){ perm, rank };
	return replace_node(n, build1(n, "Transpose", &a, p->in[0]));
}

const struct rewrite rewrites_view[] = {
	{ "remove-reshape", "Reshape", "x, when it has the shape already", apply_remove_reshape },
	{ "view-to-reshape", "Squeeze Unsqueeze Flatten", "Reshape with a constant shape",
	  apply_to_reshape },
	{ "constant-shape", "Reshape", "a shape written out instead of computed",
	  apply_constant_shape },
	{ "reshape-of-reshape", "Reshape", "Reshape(Reshape(x)) => Reshape(x)",
	  apply_reshape_of_reshape },
	{ "reshape-after", NULL, "f(Reshape(x)) => Reshape(f(x)), f elementwise",
	  apply_reshape_after },
	{ "transpose-to-reshape", "Transpose", "Reshape, when only axes of size 1 move",
	  apply_transpose_to_reshape },
	{ "transpose-of-transpose", "Transpose", "one Transpose", apply_transpose_of_transpose },
	{ .name = NULL }
};
