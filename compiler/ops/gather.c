/* gather.c - elements picked by indices that are data: Gather, GatherElements, GatherND, OneHot.
 * Indices count from the end when negative; ONNX leaves those outside the axis undefined, here they
 * are limited to it. */
#include "family.h"

static const struct attr_row axis0_rows[] = { A_INT(struct axis_attrs, axis, 0), A_END };

static bool axis_of_input0(struct unit *u, const struct node *n, int *axis)
{
	const struct axis_attrs *a = n->attrs;

	return axis_resolve(u, &n->loc, a->axis, node_in(n, 0)->shape.rank, axis);
}

static bool rank_fits(struct unit *u, const struct node *n, int rank)
{
	if (rank <= RANK_MAX)
		return true;
	return node_error(u, n, "the result would have %d axes, at most %d are supported", rank,
			  RANK_MAX);
}

/* -- Gather -------------------------------------------------------------------------------- */

/* Of tensors without elements none can be picked. */
static bool has_elements(struct unit *u, const struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;

	if (dim_hi(u, shape_count(u, x)) != 0 || !node_out(n, 0) ||
	    dim_lo(u, shape_count(u, &node_out(n, 0)->shape)) <= 0)
		return true;
	return node_error(u, n, "data, of shape %s, has no element that indices could pick",
			  shape_text(u, x));
}

static bool infer_gather(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	struct shape s = { .rank = 0 };
	int axis;

	if (!infer_need_rank(u, n, node_in(n, 0), "data", 1, RANK_MAX) ||
	    !infer_need_shape(u, n, node_in(n, 1), "indices") || !axis_of_input0(u, n, &axis) ||
	    !rank_fits(u, n, x->rank - 1 + i->rank))
		return false;
	for (int k = 0; k < axis; k++)
		s.d[s.rank++] = x->d[k];
	for (int k = 0; k < i->rank; k++)
		s.d[s.rank++] = i->d[k];
	for (int k = axis + 1; k < x->rank; k++)
		s.d[s.rank++] = x->d[k];
	set_shape(node_out(n, 0), &s);
	if (!has_elements(u, n))
		return false;
	infer_moved_content(u, n, 1u << 0, 1u << 1);
	return true;
}

static bool define_gather(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *x_idx[RANK_MAX];
	int axis, q = node_in(n, 1)->shape.rank;

	if (!axis_of_input0(b->u, n, &axis))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int k = 0; k < x->rank; k++)
		x_idx[k] = k < axis ? idx[k] : k > axis ? idx[k - 1 + q] : NULL;
	x_idx[axis] = tir_data_index(b, tir_load(b, 1, idx + axis), x->d[axis]);
	out->value = tir_load(b, 0, x_idx);
	return true;
}

/* -- GatherElements ------------------------------------------------------------------------ */

static bool infer_gather_elements(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	int axis;

	if (!infer_need_rank(u, n, node_in(n, 0), "data", 1, RANK_MAX) ||
	    !infer_need_rank(u, n, node_in(n, 1), "indices", x->rank, x->rank) ||
	    !axis_of_input0(u, n, &axis))
		return false;
	for (int k = 0; k < x->rank; k++)
		if (k != axis && dim_lo(u, i->d[k]) > dim_hi(u, x->d[k]))
			return node_error(u, n, "axis %d of indices has size %s, of data %s", k,
					  dim_text(u, i->d[k]), dim_text(u, x->d[k]));
	set_shape(node_out(n, 0), i);
	return has_elements(u, n);
}

static bool define_gather_elements(struct tir_builder *b, const struct node *n,
				   struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];
	int axis;

	if (!axis_of_input0(b->u, n, &axis))
		return false;
	tir_stage_begin(b, 0, out, idx);
	idx[axis] = tir_data_index(b, tir_load(b, 1, idx), node_in(n, 0)->shape.d[axis]);
	out->value = tir_load(b, 0, idx);
	return true;
}

/* -- GatherND ------------------------------------------------------------------------------ */

struct gathernd_attrs {
	int64_t batch_dims;
};
static const struct attr_row gathernd_rows[] = { { ATTR(struct gathernd_attrs, batch_dims),
						   .kind = ATTR_INT, .lo = 0, .hi = RANK_MAX },
						 A_END };

static bool infer_gathernd(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	int batch = (int)((const struct gathernd_attrs *)n->attrs)->batch_dims;
	struct shape s = { .rank = 0 };
	int64_t m;

	if (!infer_need_rank(u, n, node_in(n, 0), "data", 1, RANK_MAX) ||
	    !infer_need_rank(u, n, node_in(n, 1), "indices", 1, RANK_MAX))
		return false;
	if (batch >= x->rank || batch >= i->rank)
		return node_error(u, n, "batch_dims is %d, data has %d axes and indices %d", batch,
				  x->rank, i->rank);
	m = i->d[i->rank - 1];
	if (!dim_is_const(m))
		return node_error(u, n, "the last axis of indices must have a known size");
	if (m < 1 || m > x->rank - batch)
		return node_error(u, n, "the last axis of indices has size %lld, must be 1 to %d",
				  (long long)m, x->rank - batch);
	if (!rank_fits(u, n, i->rank - 1 + x->rank - batch - (int)m))
		return false;
	for (int k = 0; k < i->rank - 1; k++) {
		s.d[s.rank++] = i->d[k];
		if (k < batch && !dim_assume_equal(u, i->d[k], x->d[k], &s.d[k]))
			return node_error(u, n, "axis %d of indices has size %s, of data %s", k,
					  dim_text(u, i->d[k]), dim_text(u, x->d[k]));
	}
	for (int k = batch + (int)m; k < x->rank; k++)
		s.d[s.rank++] = x->d[k];
	set_shape(node_out(n, 0), &s);
	return has_elements(u, n);
}

static bool define_gathernd(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape, *i = &node_in(n, 1)->shape;
	int batch = (int)((const struct gathernd_attrs *)n->attrs)->batch_dims;
	const struct tir *idx[RANK_MAX], *x_idx[RANK_MAX], *i_idx[RANK_MAX];
	int q = i->rank - 1, m = (int)i->d[q];

	tir_stage_begin(b, 0, out, idx);
	for (int k = 0; k < q; k++)
		i_idx[k] = idx[k];
	for (int k = 0; k < x->rank; k++) {
		if (k < batch) {
			x_idx[k] = idx[k];
		} else if (k < batch + m) {
			i_idx[q] = tir_index(b, k - batch);
			x_idx[k] = tir_data_index(b, tir_load(b, 1, i_idx), x->d[k]);
		} else {
			x_idx[k] = idx[q + k - batch - m];
		}
	}
	out->value = tir_load(b, 0, x_idx);
	return true;
}

/* -- OneHot -------------------------------------------------------------------------------- */

static const struct attr_row onehot_rows[] = { A_INT(struct axis_attrs, axis, -1), A_END };

static bool onehot_depth(struct unit *u, const struct node *n, dim *depth)
{
	const struct value *v = node_in(n, 1);
	const dim *d;
	int count;

	if (v->shape.rank >= 0 && shape_count(u, &v->shape) != 1)
		return node_error(u, n, "depth must be a scalar, its shape is %s",
				  shape_text(u, &v->shape));
	if (v->constant)
		*depth = dim_number(u, constant_i64(v->constant, 0));
	else if (!input_elements(u, n, 1, "depth", 1, DIM_UNBOUNDED, &d, &count))
		return false;
	else
		*depth = d[0];
	if (dim_hi(u, *depth) < 1)
		return node_error(u, n, "depth is %s", dim_text(u, *depth));
	return true;
}

static bool infer_onehot(struct unit *u, struct node *n)
{
	const struct axis_attrs *a = n->attrs;
	const struct value *indices = node_in(n, 0), *values = node_in(n, 2);
	struct shape s = { .rank = indices->shape.rank + 1 };
	int axis, k = 0;
	dim depth;

	if (!infer_need_shape(u, n, indices, "indices") || !rank_fits(u, n, s.rank) ||
	    !infer_need_rank(u, n, values, "values", 1, 1) ||
	    !axis_resolve(u, &n->loc, a->axis, s.rank, &axis) || !onehot_depth(u, n, &depth))
		return false;
	if (values->shape.d[0] != 2)
		return node_error(u, n, "values must have 2 elements, its shape is %s",
				  shape_text(u, &values->shape));
	for (int i = 0; i < s.rank; i++)
		s.d[i] = i == axis ? depth : indices->shape.d[k++];
	set_shape(node_out(n, 0), &s);
	return true;
}

/* Compared as int64: an index outside [-depth, depth) meets no position. */
static bool define_onehot(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct axis_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *i_idx[RANK_MAX], *zero = tir_index(b, 0),
							   *one = tir_index(b, 1);
	const struct tir *i, *depth;
	int axis, k = 0;

	tir_stage_begin(b, 0, out, idx);
	if (!axis_resolve(b->u, &n->loc, a->axis, out->rank, &axis))
		return false;
	for (int j = 0; j < out->rank; j++)
		if (j != axis)
			i_idx[k++] = idx[j];
	depth = tir_cast(b, DT_I64, tir_dim(b, node_out(n, 0)->shape.d[axis]));
	i = tir_cast(b, DT_I64, tir_load(b, 0, i_idx));
	i = tir_select(b, tir_lt(b, i, tir_int(b, DT_I64, 0)), tir_add(b, i, depth), i);
	out->value = tir_select(b, tir_eq(b, i, tir_cast(b, DT_I64, idx[axis])),
				tir_load(b, 2, &one), tir_load(b, 2, &zero));
	return true;
}

#define INDEXED "T=" T_MOVE " Tind=int32,int64"

const struct op ops_gather[] = {
	{ .name = "Gather",
	  .since = 1,
	  .sig = "data:T indices:Tind -> output:T",
	  .types = INDEXED,
	  .attrs = axis0_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .infer = infer_gather,
	  .define = define_gather,
	  .doc = "slices of data along the axis, picked by indices" },
	{ .name = "GatherElements",
	  .since = 11,
	  .sig = "data:T indices:Tind -> output:T",
	  .types = INDEXED,
	  .attrs = axis0_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .infer = infer_gather_elements,
	  .define = define_gather_elements,
	  .doc = "elements of data, each picked along the axis by an index" },
	{ .name = "GatherND",
	  .since = 11,
	  .sig = "data:T indices:int64 -> output:T",
	  .types = "T=" T_MOVE,
	  .attrs = gathernd_rows,
	  .attrs_size = sizeof(struct gathernd_attrs),
	  .infer = infer_gathernd,
	  .define = define_gathernd,
	  .doc = "slices of data, each picked by a tuple of indices" },
	{ .name = "OneHot",
	  .since = 9,
	  .sig = "indices:T1 depth:T2 values:T3 -> output:T3",
	  .types = "T1=num T2=num T3=" T_MOVE,
	  .attrs = onehot_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .infer = infer_onehot,
	  .define = define_onehot,
	  .doc = "values[1] at the index along a new axis, else values[0]" },
	{ .name = NULL }
};
