/* Models of trees and support vectors: edgert_trees, edgert_couple. */
#include "build.h"

#include "../../../runtime/kernels/params.h"

static const struct param_row trees_rows[] = {
	PARAM(edgert_trees, rows),  PARAM(edgert_trees, columns),   PARAM(edgert_trees, targets),
	PARAM(edgert_trees, trees), PARAM(edgert_trees, aggregate), PARAM(edgert_trees, plain),
};

static bool accept_trees(const struct node *n, enum dtype t, enum dtype word, const char **reason)
{
	const struct trees_attrs *a = n->attrs;

	*reason = a->plain ? "every node is one comparison" : "nodes of several kinds";
	return node_in(n, 0)->type == t && node_in(n, 2)->type == word;
}

#define ACCEPT_TREES(NAME, T, WORD)                                                                \
	bool accept_trees_##NAME(struct unit *u, const struct node *n, const struct target *t,     \
				 const char **reason)                                              \
	{                                                                                          \
		(void)u;                                                                           \
		(void)t;                                                                           \
		return accept_trees(n, T, WORD, reason);                                           \
	}
ACCEPT_TREES(f32_u16, DT_F32, DT_U16)
ACCEPT_TREES(f32_u32, DT_F32, DT_U32)
ACCEPT_TREES(f64_u16, DT_F64, DT_U16)
ACCEPT_TREES(f64_u32, DT_F64, DT_U32)

void build_trees(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct trees_attrs *a = n->attrs;
	struct edgert_trees p = {
		.rows = node_in(n, 0)->shape.d[0],
		.columns = node_in(n, 0)->shape.d[1],
		.targets = a->targets,
		.trees = node_in(n, 4)->shape.d[0],
		.aggregate = a->aggregate,
		.plain = a->plain,
	};

	(void)t;
	call_params(u, c, "edgert_trees", trees_rows, ARRAY_LEN(trees_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	for (int k = 1; k < 9; k++)
		call_weights(u, c, node_in(n, k));
	call_value(u, c, node_out(n, 0), true);
}

static const struct param_row couple_rows[] = { PARAM(edgert_couple, rows),
						PARAM(edgert_couple, classes) };

bool accept_couple(struct unit *u, const struct node *n, const struct target *t,
		   const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "fixed-point steps";
	return true;
}

void build_couple(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct couple_attrs *a = n->attrs;
	struct edgert_couple p = { node_in(n, 0)->shape.d[0], a->classes };

	(void)t;
	call_params(u, c, "edgert_couple", couple_rows, ARRAY_LEN(couple_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_out(n, 0), true);
	call_scratch(u, c, (size_t)(a->classes * (a->classes + 1)) * sizeof(float));
}
