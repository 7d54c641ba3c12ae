/* Softmax and LogSoftmax over the last axis as edgert_softmax. */
#include "build.h"

static const struct param_row rows[] = {
	PARAM(edgert_softmax, rows),  PARAM(edgert_softmax, n),   PARAM(edgert_softmax, x_row),
	PARAM(edgert_softmax, y_row), PARAM(edgert_softmax, log),
};

bool accept_softmax_f32(struct unit *u, const struct node *n, const struct target *t,
			const char **reason)
{
	const struct value *x = node_in(n, 0);
	int64_t axis = ((const struct axis_attrs *)n->attrs)->axis;

	(void)u;
	(void)t;
	*reason = "rows of the last axis";
	if (is_f32(n, 0) && x->shape.rank > 0 && (axis == -1 || axis == x->shape.rank - 1))
		return true;
	*reason = "not float32, or not over the last axis";
	return false;
}

void build_softmax_f32(struct unit *u, const struct node *n, const struct target *t, struct call *c)
{
	const struct value *x = node_in(n, 0);
	struct edgert_softmax p = { .n = x->shape.d[x->shape.rank - 1],
				    .log = n->op->name[0] == 'L' };

	(void)t;
	p.rows = shape_count_range(u, &x->shape, 0, x->shape.rank - 1);
	p.x_row = p.y_row = p.n;
	call_params(u, c, "edgert_softmax", rows, ARRAY_LEN(rows), &p);
	call_value(u, c, x, false);
	call_value(u, c, node_out(n, 0), true);
	c->in_place = true;
}
