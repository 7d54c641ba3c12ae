/* view.c - the same elements under another shape: Reshape, Flatten, Squeeze, Unsqueeze, Identity.
 */
#include "family.h"

/* -- definition: row-major position -------------------------------------------------------- */

/* Axes [0, n) of s at idx as one position. */
static const struct tir *flat_of(struct tir_builder *b, const struct shape *s, int from, int to,
				 const struct tir *const *idx)
{
	const struct tir *flat = tir_index(b, 0);

	for (int i = from; i < to; i++)
		flat = tir_add(b, tir_mul(b, flat, tir_dim(b, s->d[i])), idx[i]);
	return flat;
}

/* The position taken apart into axes [from, to) of s. */
static void split_flat(struct tir_builder *b, const struct shape *s, int from, int to,
		       const struct tir *flat, const struct tir **idx)
{
	for (int i = to - 1; i > from; i--) {
		idx[i] = tir_floormod(b, flat, tir_dim(b, s->d[i]));
		flat = tir_floordiv(b, flat, tir_dim(b, s->d[i]));
	}
	if (from < to)
		idx[from] = flat;
}

/* Both shapes are cut into runs of axes with equal products, as short as can be: between most
 * shapes few indices need a division. Where sizes are symbolic, a run grows on the side that
 * divides the other. */
void view_index(struct tir_builder *b, const struct shape *from, const struct tir *const *idx,
		const struct shape *to, const struct tir **out)
{
	struct unit *u = b->u;
	int i = 0, k = 0;

	while (i < from->rank && k < to->rank) {
		int i0 = i, k0 = k;
		dim p = from->d[i++], q = to->d[k++];

		while (p != q) {
			bool more_p = i < from->rank, more_q = k < to->rank;

			if (!more_p && !more_q)
				break;
			if (more_p && more_q && p >= 0 && q >= 0)
				more_p = p < q;
			else if (more_p && more_q)
				more_p = dim_exact_div(u, p, q) == DIM_OVERFLOW;
			if (more_p)
				p = dim_mul(u, p, from->d[i++]);
			else
				q = dim_mul(u, q, to->d[k++]);
		}
		split_flat(b, to, k0, k, flat_of(b, from, i0, i, idx), out);
	}
	for (; k < to->rank; k++)
		out[k] = tir_index(b, 0);
}

static bool define_view(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x_idx[RANK_MAX];

	tir_stage_begin(b, 0, out, idx);
	view_index(b, &node_out(n, 0)->shape, idx, &node_in(n, 0)->shape, x_idx);
	out->value = tir_load(b, 0, x_idx);
	return true;
}

/* -- Reshape ------------------------------------------------------------------------------- */

static const struct attr_row reshape_rows[] = { A_FLAG(struct reshape_attrs, allowzero, 0), A_END };

/* The size that -1 stands for. */
static bool missing_size(struct unit *u, const struct node *n, dim total, dim rest, int axis,
			 dim *out)
{
	dim d = dim_exact_div(u, total, rest);

	if (d == DIM_OVERFLOW && rest > 0 && total < 0 && total != DIM_OVERFLOW) {
		d = dim_floordiv(u, total, rest);
		if (!dim_assume_equal(u, dim_mul(u, d, rest), total, NULL))
			d = DIM_OVERFLOW;
	} else if (d == DIM_OVERFLOW && rest < 0 && rest != DIM_OVERFLOW) {
		d = dim_size(u, node_out(n, 0)->id, axis, dim_hi(u, total));
	}
	*out = d;
	return d != DIM_OVERFLOW;
}

static bool reshape_dims(struct unit *u, struct node *n, const dim *d, int count, struct shape *s)
{
	const struct reshape_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	int missing = -1;
	dim rest = 1, total = shape_count(u, x);
	int64_t v;

	s->rank = count;
	for (int i = 0; i < count; i++) {
		s->d[i] = d[i];
		if (dim_is_number(u, d[i], &v) && v == -1) {
			if (missing >= 0)
				return node_error(u, n,
						  "shape has -1 at axes %d and %d, one is allowed",
						  missing, i);
			missing = i;
			continue;
		}
		if (dim_is_number(u, d[i], &v) && v < 0)
			return node_error(u, n, "shape has %lld at axis %d", (long long)v, i);
		if (d[i] == 0 && !a->allowzero) {
			if (i >= x->rank)
				return node_error(u, n, "shape has 0 at axis %d, data has rank %d",
						  i, x->rank);
			s->d[i] = x->d[i];
		}
		rest = dim_mul(u, rest, s->d[i]);
	}
	if (missing >= 0 && missing_size(u, n, total, rest, missing, &s->d[missing]))
		return true;
	if (missing < 0 && dim_assume_equal(u, total, rest, NULL))
		return true;
	return node_error(u, n, "data %s cannot have %s elements%s", shape_text(u, x),
			  missing >= 0
				  ? arena_printf(u->arena, "a multiple of %s", dim_text(u, rest))
				  : dim_text(u, rest),
			  rest == 0 && missing >= 0 ? ": -1 is not determined" : "");
}

/* By a shape that is known at run time only. */
static bool infer_open_reshape(struct unit *u, struct node *n)
{
	const struct reshape_attrs *a = n->attrs;
	const struct value *shape = node_in(n, 1), *y = node_out(n, 0);
	const struct shape *x = &node_in(n, 0)->shape;
	dim total = shape_count(u, x), most = total;
	struct shape s;
	int64_t hi;

	if (!dim_is_const(shape->shape.d[0]) || shape->shape.d[0] > RANK_MAX)
		return node_error(u, n, "shape has %s axes, at most %d are supported",
				  dim_text(u, shape->shape.d[0]), RANK_MAX);
	s.rank = (int)shape->shape.d[0];
	for (int i = 0; i < x->rank; i++) /* no elements: a 0 in shape still is data's size */
		most = dim_max(u, most, x->d[i]);
	hi = a->allowzero && dim_lo(u, total) == 0 ? DIM_UNBOUNDED : dim_hi(u, most);
	for (int i = 0; i < s.rank; i++)
		s.d[i] = dim_size(u, y->id, i, hi);
	if (!dim_assume_equal(u, total, shape_count(u, &s), NULL))
		return node_error(u, n, "data %s cannot be a scalar",
				  shape_text(u, &node_in(n, 0)->shape));
	set_shape(node_out(n, 0), &s);
	return true;
}

/* shape[i], but 0 is data's own size and -1 what is missing. */
static const struct tir *size_reshape(struct tir_builder *b, const struct node *n, int k, int axis)
{
	const struct reshape_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *rest = tir_int(b, DT_I64, 1), *zero = tir_int(b, DT_I64, 0), *own = NULL;
	const struct tir *total = tir_cast(b, DT_I64, tir_dim(b, shape_count(b->u, x)));

	for (int i = 0; i < node_out(n, k)->shape.rank; i++) {
		const struct tir *at = tir_index(b, i), *d = tir_load(b, 1, &at);
		const struct tir *old = tir_cast(b, DT_I64, tir_dim(b, i < x->rank ? x->d[i] : 0));

		if (!a->allowzero)
			d = tir_select(b, tir_eq(b, d, zero), old, d);
		if (i == axis)
			own = d;
		else
			rest = tir_mul(b, rest,
				       tir_select(b, tir_lt(b, d, zero), tir_int(b, DT_I64, 1), d));
	}
	return tir_select(b, tir_lt(b, own, zero), tir_div(b, total, rest), own);
}

/* An input of the model: -1 and 0 in it mean what they do in a constant, where nothing has used it as
 * sizes before. */
static bool shape_is_given(struct unit *u, const struct value *shape, const dim *d, int count)
{
	for (int i = 0; i < count && !shape->producer; i++)
		if (!dim_is_number(u, d[i], NULL) && dim_lo(u, d[i]) < 0)
			return true;
	return false;
}

static bool infer_reshape(struct unit *u, struct node *n)
{
	struct value *shape = node_in(n, 1);
	const dim *d;
	struct shape s;
	int count;

	if (!infer_need_shape(u, n, node_in(n, 0), "data") ||
	    !infer_need_rank(u, n, shape, "shape", 1, 1))
		return false;
	if (input_dims(u, n, 1, &d, &count) != 1 || shape_is_given(u, shape, d, count))
		return infer_open_reshape(u, n);
	if (count > RANK_MAX)
		return node_error(u, n, "shape has %d axes, at most %d are supported", count,
				  RANK_MAX);
	if (!reshape_dims(u, n, d, count, &s))
		return false;
	set_shape(node_out(n, 0), &s);
	infer_same_content(u, n);
	return true;
}

struct reshape1_attrs {
	struct ints shape;
};
static const struct attr_row reshape1_rows[] = { A_INTS(struct reshape1_attrs, shape), A_END };

static bool upgrade_reshape1(struct unit *u, struct node *n)
{
	struct ints shape = ((const struct reshape1_attrs *)n->attrs)->shape;

	upgrade_to_newest(u, n, NULL);
	upgrade_ints_input(u, n, 1, "shape", shape.p, shape.n);
	return true;
}

/* -- Flatten ------------------------------------------------------------------------------- */

static const struct attr_row flatten_rows[] = { A_INT(struct axis_attrs, axis, 1), A_END };

static bool infer_flatten(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	int64_t axis = ((const struct axis_attrs *)n->attrs)->axis;
	dim d[2];

	if (!infer_need_shape(u, n, node_in(n, 0), "input"))
		return false;
	if (axis < -x->rank || axis > x->rank)
		return node_error(u, n, "axis %lld is outside [%d, %d]", (long long)axis, -x->rank,
				  x->rank);
	if (axis < 0)
		axis += x->rank;
	d[0] = shape_count_range(u, x, 0, (int)axis);
	d[1] = shape_count_range(u, x, (int)axis, x->rank);
	set_shape_of(node_out(n, 0), 2, d);
	infer_same_content(u, n);
	return true;
}

/* -- Squeeze, Unsqueeze -------------------------------------------------------------------- */

/* Marks the axes that input 1 names, of a tensor of the given rank. */
static bool named_axes(struct unit *u, const struct node *n, const int64_t *axes, int count,
		       int rank, bool *named)
{
	int axis;

	for (int i = 0; i < rank; i++)
		named[i] = false;
	for (int i = 0; i < count; i++) {
		if (!axis_resolve(u, &n->loc, axes[i], rank, &axis))
			return false;
		if (named[axis])
			return node_error(u, n, "axis %d is named twice", axis);
		named[axis] = true;
	}
	return true;
}

/* Squeeze or Unsqueeze by axes that are known at run time. */
static bool infer_by_axes(struct unit *u, struct node *n, bool insert)
{
	const struct value *x = node_in(n, 0), *axes = node_in(n, 1);
	dim named[RANK_MAX];
	struct shape s;
	int count, rank;

	if (axes->shape.rank != 1 || !dim_is_const(axes->shape.d[0]))
		return node_error(u, n, "the number of axes must be known at compile time");
	rank = x->shape.rank + (int)axes->shape.d[0] * (insert ? 1 : -1);
	if (rank < 0 || rank > RANK_MAX)
		return node_error(u, n, "the result would have %d axes, 0 to %d are supported",
				  rank, RANK_MAX);
	if (!axes_named(u, n, 1, insert ? rank : x->shape.rank, named, &count))
		return false;
	if (insert)
		shape_with(u, &x->shape, named, rank, &s);
	else
		shape_without(u, &x->shape, named, rank, &s);
	if (!dim_assume_equal(u, shape_count(u, &x->shape), shape_count(u, &s), NULL))
		return node_error(u, n, "data %s cannot be %s", shape_text(u, &x->shape),
				  shape_text(u, &s));
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool infer_squeeze(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	struct shape s = { .rank = 0 };
	bool named[RANK_MAX], present = node_in(n, 1) != NULL;
	const int64_t *axes;
	int count;

	if (!infer_need_shape(u, n, node_in(n, 0), "data"))
		return false;
	if (input_ints(u, n, 1, &axes, &count) < 0)
		return infer_by_axes(u, n, false);
	if (!named_axes(u, n, axes, count, x->rank, named))
		return false;
	for (int i = 0; i < x->rank; i++) {
		if (!present)
			named[i] = x->d[i] == 1;
		if (!named[i])
			s.d[s.rank++] = x->d[i];
		else if (!dim_assume_equal(u, x->d[i], 1, NULL))
			return node_error(u, n, "axis %d of data %s is not of size 1", i,
					  shape_text(u, x));
	}
	set_shape(node_out(n, 0), &s);
	infer_same_content(u, n);
	return true;
}

static bool infer_unsqueeze(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	bool named[RANK_MAX];
	const int64_t *axes;
	struct shape s;
	int count, k = 0;

	if (!infer_need_shape(u, n, node_in(n, 0), "data"))
		return false;
	if (input_ints(u, n, 1, &axes, &count) < 0)
		return infer_by_axes(u, n, true);
	if (x->rank + count > RANK_MAX)
		return node_error(u, n, "the result would have %d axes, at most %d are supported",
				  x->rank + count, RANK_MAX);
	s.rank = x->rank + count;
	if (!named_axes(u, n, axes, count, s.rank, named))
		return false;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = named[i] ? 1 : x->d[k++];
	set_shape(node_out(n, 0), &s);
	infer_same_content(u, n);
	return true;
}

struct squeeze1_attrs {
	struct ints axes;
};
static const struct attr_row squeeze1_rows[] = { A_INTS(struct squeeze1_attrs, axes), A_END };
static const struct attr_row unsqueeze1_rows[] = {
	{ ATTR(struct squeeze1_attrs, axes), .kind = ATTR_INTS, .required = true }, A_END
};

static bool upgrade_axes(struct unit *u, struct node *n)
{
	struct ints axes = ((const struct squeeze1_attrs *)n->attrs)->axes;

	upgrade_to_newest(u, n, NULL);
	if (axes.p)
		upgrade_ints_input(u, n, 1, "axes", axes.p, axes.n);
	return true;
}

/* -- Identity ------------------------------------------------------------------------------ */

static bool infer_identity(struct unit *u, struct node *n)
{
	struct value *x = node_in(n, 0), *y = node_out(n, 0);

	y->type = x->type;
	y->container = x->container;
	y->shape = x->shape;
	if (x->container == TENSOR && x->shape.rank >= 0)
		infer_same_content(u, n);
	return true;
}

static bool define_identity(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	(void)n;
	out->value = stage_input0(b, out, idx);
	return true;
}

#define VIEW(NAME, SINCE, SIG, ...)                                                                \
	{                                                                                          \
		.name = NAME, .since = SINCE, .sig = SIG, .types = "T=" T_MOVE, .flags = OP_VIEW,  \
		.define = define_view, __VA_ARGS__                                                 \
	}
#define OLD(NAME, SINCE, UNTIL, ATTRS, STRUCT, UPGRADE)                                            \
	{                                                                                          \
		.name = NAME, .since = SINCE, .until = UNTIL, .sig = "data:T -> output:T",         \
		.types = "T=" T_MOVE, .attrs = ATTRS, .attrs_size = sizeof(STRUCT),                \
		.upgrade = UPGRADE                                                                 \
	}

const struct op ops_view[] = {
	VIEW("Reshape", 5, "data:T shape:int64 -> reshaped:T", .attrs = reshape_rows,
	     .attrs_size = sizeof(struct reshape_attrs), .infer = infer_reshape,
	     .size = size_reshape,
	     .doc = "the same elements, another shape; -1 is what is left, 0 copies",
	     .limits = "shape must be known at compile time, or be a known number of elements"),
	OLD("Reshape", 1, 4, reshape1_rows, struct reshape1_attrs, upgrade_reshape1),
	VIEW("Flatten", 1, "input:T -> output:T", .attrs = flatten_rows,
	     .attrs_size = sizeof(struct axis_attrs), .infer = infer_flatten,
	     .doc = "a matrix: the axes before `axis`, and the others"),
	VIEW("Squeeze", 13, "data:T axes?:int64 -> squeezed:T", .infer = infer_squeeze,
	     .doc = "without the named axes of size 1, or all such"),
	OLD("Squeeze", 1, 12, squeeze1_rows, struct squeeze1_attrs, upgrade_axes),
	VIEW("Unsqueeze", 13, "data:T axes:int64 -> expanded:T", .infer = infer_unsqueeze,
	     .doc = "with axes of size 1 at the named positions"),
	OLD("Unsqueeze", 1, 12, unsqueeze1_rows, struct squeeze1_attrs, upgrade_axes),
	{ .name = "Identity",
	  .since = 1,
	  .sig = "input:* -> output:*",
	  .flags = OP_VIEW | OP_ELEMENTWISE,
	  .infer = infer_identity,
	  .define = define_identity,
	  .doc = "the input itself" },
	{ .name = NULL }
};
