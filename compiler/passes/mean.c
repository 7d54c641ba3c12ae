/* The mean over an image is the pool that it is: there are kernels for pools. After recognition,
 * which looks for means in normalizations. */
#include "list.h"
#include "rewrite.h"

/* ReduceMean(x, all axes from 2 on)  =>  GlobalAveragePool(x) */
static bool apply_mean(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0);
	bool folded[RANK_MAX];

	(void)u;
	if (!output_is_float(n) || x->shape.rank < 3 || x->shape.rank > 5 ||
	    !reduced_axes(n, folded))
		return false;
	for (int i = 0; i < x->shape.rank; i++)
		if (folded[i] != (i >= 2))
			return false;
	return replace_node(n, build_view(n, build1(n, "GlobalAveragePool", NULL, x->id),
					  &node_out(n, 0)->shape));
}

static const struct rewrite rewrites[] = {
	{ "mean-to-pool", "ReduceMean", "the mean over all axes from 2 on => GlobalAveragePool",
	  apply_mean },
	{ .name = NULL }
};

static const struct rewrite *const tables[] = { rewrites, NULL };

const struct pass pass_mean = {
	.name = "pool-means",
	.doc = "means over images as pools",
	.level = 1,
	.rewrites = tables,
};
