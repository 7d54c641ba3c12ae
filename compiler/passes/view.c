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

/* -- Transpose
 * ----------------------------------------------------------------------------------------- */

/* Output axis i is input axis perm[i]. */
static void permutation(const struct node *n, int *perm)
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
	permutation(n, perm);
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
	permutation(p, inner);
	permutation(n, outer);
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
