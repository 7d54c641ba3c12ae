/* select.c - elements chosen by their values: TopK, NonZero, Compress. How many there are is often
 * known only at run time: such a size is an element of its own, bounded by the greatest it can be.
 */
#include "../../runtime/kernels/params.h"
#include "family.h"

/* -- TopK ---------------------------------------------------------------------------------- */

void edgert_topk_any__ref(const struct edgert_topk *p, const void *x, void *values,
			  int64_t *indices);

static const struct attr_row topk_rows[] = { A_INT(struct topk_attrs, axis, -1),
					     A_FLAG(struct topk_attrs, largest, 1),
					     A_FLAG(struct topk_attrs, sorted, 1), A_END };

static bool infer_topk(struct unit *u, struct node *n)
{
	const struct topk_attrs *a = n->attrs;
	struct shape s = node_in(n, 0)->shape;
	const struct value *k = node_in(n, 1);
	const dim *d;
	int axis, count;
	dim size;

	if (!infer_need_rank(u, n, node_in(n, 0), "X", 1, RANK_MAX) ||
	    !axis_resolve(u, &n->loc, a->axis, s.rank, &axis))
		return false;
	if (k->shape.rank >= 0 && shape_count(u, &k->shape) != 1)
		return node_error(u, n, "K must have one element, its shape is %s",
				  shape_text(u, &k->shape));
	size = s.d[axis];
	if (!input_elements(u, n, 1, "K", 0, dim_hi(u, size), &d, &count))
		return false;
	s.d[axis] = d[0];
	if (dim_hi(u, s.d[axis]) < 0 || dim_lo(u, s.d[axis]) > dim_hi(u, size))
		return node_error(u, n, "K is %s, axis %d of X has size %s", dim_text(u, s.d[axis]),
				  axis, dim_text(u, size));
	for (int i = 0; i < 2; i++)
		if (node_out(n, i))
			set_shape(node_out(n, i), &s);
	return true;
}

static bool eval_topk(struct unit *u, const struct node *n, const struct constant *const *in,
		      struct constant **out)
{
	const struct topk_attrs *a = n->attrs;
	struct shape s = in[0]->shape;
	struct edgert_topk p = { .type = (edgert_int)in[0]->type,
				 .largest = (edgert_int)a->largest };
	struct constant *where;
	int64_t outer, inner;
	void *values, *indices;
	int axis = (int)(a->axis < 0 ? a->axis + s.rank : a->axis);

	shape_around(&s, axis, &outer, &inner);
	p.size = (edgert_int)dtype_size(in[0]->type);
	p.outer = (edgert_int)outer;
	p.inner = (edgert_int)inner;
	p.n = (edgert_int)s.d[axis];
	s.d[axis] = constant_i64(in[1], 0);
	if (s.d[axis] < 0 || s.d[axis] > p.n)
		return false;
	p.k = (edgert_int)s.d[axis];
	where = constant_new(u->arena, DT_I64, &s, &indices);
	out[0] = constant_new(u->arena, in[0]->type, &s, &values);
	if (n->n_out > 1)
		out[1] = where;
	edgert_topk_any__ref(&p, constant_aligned(u, in[0]), values, indices);
	return true;
}

struct topk1_attrs {
	int64_t axis, k;
};
static const struct attr_row topk1_rows[] = { A_INT(struct topk1_attrs, axis, -1),
					      { ATTR(struct topk1_attrs, k), .kind = ATTR_INT,
						.required = true, .lo = 0, .hi = INT64_MAX },
					      A_END };

static bool upgrade_topk1(struct unit *u, struct node *n)
{
	struct topk1_attrs old = *(const struct topk1_attrs *)n->attrs;
	struct topk_attrs a = { .axis = old.axis, .largest = 1, .sorted = 1 };

	upgrade_to_newest(u, n, &a);
	upgrade_ints_input(u, n, 1, "K", &old.k, 1);
	return true;
}

/* -- NonZero ------------------------------------------------------------------------------- */

static bool infer_nonzero(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	struct value *y = node_out(n, 0);
	dim d[2];

	if (!infer_need_shape(u, n, node_in(n, 0), "X"))
		return false;
	d[0] = x->rank;
	d[1] = dim_size(u, y->id, 1, dim_hi(u, shape_count(u, x)));
	set_shape_of(y, 2, d);
	return true;
}

edgert_int edgert_nonzero_any__ref(const struct edgert_nonzero *p, const void *x, int64_t *y);

static bool eval_nonzero(struct unit *u, const struct node *n, const struct constant *const *in,
			 struct constant **out)
{
	const struct shape *x = &in[0]->shape;
	struct edgert_nonzero p = { .type = (edgert_int)in[0]->type, .rank = x->rank };
	struct shape s = { .rank = 2, .d = { x->rank, shape_elements(x) } };
	struct constant *y;
	void *data;

	(void)n;
	p.count = (edgert_int)shape_elements(x);
	for (int i = 0; i < x->rank; i++)
		p.shape[i] = (edgert_int)x->d[i];
	y = constant_new(u->arena, DT_I64, &s, &data);
	s.d[1] = edgert_nonzero_any__ref(&p, constant_aligned(u, in[0]), data);
	out[0] = constant_shrunk(y, &s);
	return true;
}

/* -- Compress ------------------------------------------------------------------------------ */

static const struct attr_row optional_axis_rows[] = { A_INT(struct axis_attrs, axis, ATTR_ABSENT),
						      A_END };

/* The axis and its size: of all elements in one row when there is no axis. */
static bool compressed_axis(struct unit *u, const struct node *n, int *axis, dim *size)
{
	const struct axis_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;

	*axis = -1;
	*size = shape_count(u, x);
	if (a->axis == ATTR_ABSENT)
		return true;
	if (!axis_resolve(u, &n->loc, a->axis, x->rank, axis))
		return false;
	*size = x->d[*axis];
	return true;
}

/* Positions of `size` that the condition, a constant, keeps; -1: it is no constant. What lies behind
 * its end is dropped, and so is what it says of positions that there are not, as in ONNX Runtime. */
static int kept_positions(struct unit *u, const struct node *n, dim size, const int64_t **out)
{
	const int64_t *condition;
	int64_t *kept;
	int count, m = 0;

	if (input_ints(u, n, 1, &condition, &count) != 1)
		return -1;
	kept = arena_array(u->arena, int64_t, (size_t)count);
	for (int i = 0; i < count; i++)
		if (condition[i] && i < dim_hi(u, size))
			kept[m++] = i;
	*out = kept;
	return m;
}

static bool infer_compress(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	const struct value *condition = node_in(n, 1);
	const int64_t *kept;
	int axis, count;
	int64_t bound;
	dim size, left;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 1, RANK_MAX) ||
	    !infer_need_rank(u, n, condition, "condition", 1, 1) ||
	    !compressed_axis(u, n, &axis, &size))
		return false;
	count = kept_positions(u, n, size, &kept);
	bound = dim_hi(u, dim_min(u, size, condition->shape.d[0]));
	if (count > 0)
		dim_assume_equal(u, dim_min(u, size, kept[count - 1] + 1), kept[count - 1] + 1,
				 NULL);
	left = count >= 0 ? count : dim_size(u, node_out(n, 0)->id, axis < 0 ? 0 : axis, bound);
	if (axis < 0)
		s.rank = 1;
	s.d[axis < 0 ? 0 : axis] = left;
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool expand_compress(struct unit *u, struct node *n)
{
	const int64_t *kept, all = -1;
	struct axis_attrs a = { .axis = 0 };
	uint32_t x = n->in[0];
	int axis, count;
	dim size;

	if (!compressed_axis(u, n, &axis, &size))
		return false;
	count = kept_positions(u, n, size, &kept);
	if (count < 0)
		return node_error(u, n, "condition must be constant");
	if (axis < 0)
		x = graph_build2(n, "Reshape", NULL, x, new_ints(n, &all, 1));
	else
		a.axis = axis;
	expand_output(u, n, 0, graph_build2(n, "Gather", &a, x, new_ints(n, kept, count)));
	return true;
}

const struct op ops_select[] = {
	{ .name = "TopK",
	  .since = 10,
	  .sig = "X:T K:int64 -> Values:T Indices:int64",
	  .types = "T=num",
	  .attrs = topk_rows,
	  .attrs_size = sizeof(struct topk_attrs),
	  .infer = infer_topk,
	  .eval = eval_topk,
	  .doc = "the K greatest or least along the axis, and where they were; the earlier of equals first" },
	{ .name = "TopK",
	  .since = 1,
	  .until = 9,
	  .sig = "X:T -> Values:T Indices:int64",
	  .types = "T=floats",
	  .attrs = topk1_rows,
	  .attrs_size = sizeof(struct topk1_attrs),
	  .upgrade = upgrade_topk1 },
	{ .name = "NonZero",
	  .since = 9,
	  .sig = "X:T -> Y:int64",
	  .types = "T=num,bool,string",
	  .infer = infer_nonzero,
	  .eval = eval_nonzero,
	  .doc = "the indices of the elements that are not 0, nor empty strings, one row per axis" },
	{ .name = "Compress",
	  .since = 9,
	  .sig = "input:T condition:bool -> output:T",
	  .types = "T=" T_MOVE,
	  .attrs = optional_axis_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .infer = infer_compress,
	  .expand = expand_compress,
	  .doc = "the slices along the axis for which the condition holds" },
	{ .name = NULL }
};
