/* LayerNormalization over trailing axes as edgert_layer_norm. */
#include "build.h"

static const struct param_row params_rows[] = {
	PARAM(edgert_layer_norm, rows),
	PARAM(edgert_layer_norm, n),
	PARAM(edgert_layer_norm, x_row),
	PARAM(edgert_layer_norm, y_row),
};

/* Number of rows and of elements that are standardized together; false for an axis out of range. */
static bool sizes(struct unit *u, const struct node *n, struct edgert_layer_norm *p)
{
	const struct layer_norm_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	int axis;

	if (!axis_resolve(u, &n->loc, a->axis, x->rank, &axis))
		return false;
	*p = (struct edgert_layer_norm){
		.rows = shape_count_range(u, x, 0, axis),
		.n = shape_count_range(u, x, axis, x->rank),
		.epsilon = a->epsilon,
	};
	p->x_row = p->y_row = p->n;
	return true;
}

/* One number for each of the n elements of a row: nothing varies from row to row or is broadcast. */
static bool fits(struct unit *u, const struct value *v, dim n)
{
	return v->type == DT_F32 && shape_count(u, &v->shape) == n;
}

bool accept_layer_norm_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			       const char **reason)
{
	struct edgert_layer_norm p;

	(void)t;
	*reason = "not float32, or its statistics are wanted";
	if (!is_f32(n, 0) || node_out(n, 1) || node_out(n, 2) || !sizes(u, n, &p))
		return false;
	*reason = "scale or bias are broadcast";
	if (!fits(u, node_in(n, 1), p.n) || (node_in(n, 2) && !fits(u, node_in(n, 2), p.n)))
		return false;
	*reason = "rows of the last axes";
	return true;
}

void build_layer_norm_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			      struct call *c)
{
	struct edgert_layer_norm p = { 0 };
	struct field epsilon = { .name = "epsilon", .is_float = true };

	(void)t;
	sizes(u, n, &p);
	epsilon.f = (double)p.epsilon;
	call_params(u, c, "edgert_layer_norm", params_rows, ARRAY_LEN(params_rows), &p);
	vec_push(u->arena, &c->fields, epsilon);
	for (int k = 0; k < 3; k++)
		call_value(u, c, node_in(n, k), false);
	call_value(u, c, node_out(n, 0), true);
	c->in_place = true;
}
