/* TopK of any numeric type as edgert_topk. */
#include "build.h"

static const struct param_row topk_rows[] = {
	PARAM(edgert_topk, type),    PARAM(edgert_topk, size),  PARAM(edgert_topk, outer),
	PARAM(edgert_topk, n),       PARAM(edgert_topk, inner), PARAM(edgert_topk, k),
	PARAM(edgert_topk, largest),
};

bool accept_topk_ref(struct unit *u, const struct node *n, const struct target *t,
		     const char **reason)
{
	(void)u;
	(void)n;
	(void)t;
	*reason = "insertion into the list of the best";
	return true;
}

void build_topk_ref(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct topk_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0),
			   *any = node_out(n, 0) ? node_out(n, 0) : node_out(n, 1);
	struct edgert_topk p = { .type = (edgert_int)x->type,
				 .size = (edgert_int)dtype_size(x->type) };
	int axis = (int)(a->axis < 0 ? a->axis + x->shape.rank : a->axis);
	struct arg list = { .kind = ARG_SCRATCH, .type = DT_I64 };

	(void)t;
	p.largest = (edgert_int)a->largest;
	p.outer = shape_count_range(u, &x->shape, 0, axis);
	p.inner = shape_count_range(u, &x->shape, axis + 1, x->shape.rank);
	p.n = x->shape.d[axis];
	p.k = any->shape.d[axis];
	call_params(u, c, "edgert_topk", topk_rows, ARRAY_LEN(topk_rows), &p);
	call_value(u, c, x, false);
	call_value(u, c, node_out(n, 0), true);
	if (node_out(n, 1)) {
		call_value(u, c, node_out(n, 1), true);
		return;
	}
	/* The kernel works in the list of indices also when nobody reads it. */
	list.size =
		(size_t)dim_hi(u, dim_mul(u, dim_mul(u, p.outer, p.inner), p.k)) * sizeof(int64_t);
	vec_push(u->arena, &c->args, list);
}
