/* Reductions where their input is computed. */
#include "rewrite.h"

/* Reduce(Transpose(x, p), axes)  =>  Reshape(Reduce(x, p[axes])), when the axes that stay keep
 * their order */
static bool apply_of_transpose(struct unit *u, struct node *n)
{
	const struct node *t = input_node(n, 0);
	bool folded[RANK_MAX], on_x[RANK_MAX] = { false };
	struct reduce_attrs a = { .keepdims = 1 };
	int perm[RANK_MAX], rank, last = -1, count = 0;
	int64_t axes[RANK_MAX];

	(void)u;
	if (!node_is(t, "Transpose") || !reduced_axes(n, folded))
		return false;
	rank = node_out(t, 0)->shape.rank;
	transpose_perm(t, perm);
	for (int i = 0; i < rank; i++) {
		on_x[perm[i]] = folded[i];
		if (folded[i] || node_out(t, 0)->shape.d[i] == 1)
			continue;
		if (perm[i] < last)
			return false;
		last = perm[i];
	}
	for (int i = 0; i < rank; i++)
		if (on_x[i])
			axes[count++] = i;
	if (count == 0)
		return false;
	return replace_node(
		n, build_view(n, build2(n, n->op->name, &a, t->in[0], build_ints(n, axes, count)),
			      &node_out(n, 0)->shape));
}

const struct rewrite rewrites_reduce[] = {
	{ "reduce-of-transpose", "ReduceMean ReduceSum ReduceMax ReduceMin",
	  "Reduce(Transpose(x)) => Reduce(x)", apply_of_transpose },
	{ .name = NULL }
};
