/* unique.c - Unique: the distinct elements, or slices along an axis. */
#include "../../runtime/kernels/params.h"
#include "family.h"

static const struct attr_row unique_rows[] = { A_INT(struct unique_attrs, axis, ATTR_ABSENT),
					       A_FLAG(struct unique_attrs, sorted, 1), A_END };

static bool infer_unique(struct unit *u, struct node *n)
{
	const struct unique_attrs *a = n->attrs;
	struct shape s = node_in(n, 0)->shape, flat = { .rank = 1 };
	const struct value *indices = node_in(n, 0);
	int axis = 0;
	dim size, found;

	if (!infer_need_shape(u, n, indices, "X"))
		return false;
	size = shape_count(u, &s);
	if (a->axis != ATTR_ABSENT) {
		if (!axis_resolve(u, &n->loc, a->axis, s.rank, &axis))
			return false;
		size = s.d[axis];
	} else {
		s.rank = 1;
	}
	found = dim_size(u, n->out[0] != VALUE_NONE ? n->out[0] : n->out[1],
			 n->out[0] != VALUE_NONE ? axis : 0, dim_hi(u, size));
	s.d[axis] = found;
	if (node_out(n, 0))
		set_shape(node_out(n, 0), &s);
	for (int k = 1; k <= 3; k++) {
		flat.d[0] = k == 2 ? size : found;
		if (node_out(n, k))
			set_shape(node_out(n, k), &flat);
	}
	return true;
}

edgert_int edgert_unique_any__ref(const struct edgert_unique *p, const void *x, void *y,
				  int64_t *indices, int64_t *inverse, int64_t *counts,
				  void *scratch);

static bool eval_unique(struct unit *u, const struct node *n, const struct constant *const *in,
			struct constant **out)
{
	const struct unique_attrs *a = n->attrs;
	struct shape s = in[0]->shape, flat = { .rank = 1 };
	int64_t outer = 1, inner = 1, items = shape_elements(&s), found;
	struct edgert_unique p = { .type = (edgert_int)in[0]->type,
				   .sorted = (edgert_int)a->sorted };
	struct constant *y[4];
	void *data[4], *scratch;
	int axis = 0;

	if (a->axis != ATTR_ABSENT) {
		axis = (int)(a->axis < 0 ? a->axis + s.rank : a->axis);
		shape_around(&s, axis, &outer, &inner);
		items = s.d[axis];
	} else {
		s.rank = 1;
		s.d[0] = items;
	}
	flat.d[0] = items;
	p.size = (edgert_int)dtype_size(in[0]->type);
	p.outer = (edgert_int)outer;
	p.n = (edgert_int)items;
	p.inner = (edgert_int)inner;
	y[0] = constant_new(u->arena, in[0]->type, &s, &data[0]);
	for (int k = 1; k < 4; k++)
		y[k] = constant_new(u->arena, DT_I64, &flat, &data[k]);
	scratch = arena_alloc_array(u->arena, (size_t)items, 3 * sizeof(edgert_int));
	found = edgert_unique_any__ref(&p, constant_aligned(u, in[0]), data[0], data[1], data[2],
				       data[3], scratch);
	s.d[axis] = flat.d[0] = found;
	for (int k = 0; k < n->n_out; k++)
		out[k] = k == 2 ? y[2] : constant_shrunk(y[k], k ? &flat : &s);
	return true;
}

const struct op ops_unique[] = {
	{ .name = "Unique",
	  .since = 11,
	  .sig = "X:T -> Y:T indices?:int64 inverse_indices?:int64 counts?:int64",
	  .types = "T=num,bool,string",
	  .attrs = unique_rows,
	  .attrs_size = sizeof(struct unique_attrs),
	  .infer = infer_unique,
	  .eval = eval_unique,
	  .doc = "the distinct elements, or slices along the axis" },
	{ .name = NULL }
};
