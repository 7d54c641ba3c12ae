/* slice.c - parts of a tensor: Slice, Split. */
#include "family.h"

/* -- Slice --------------------------------------------------------------------------------- */

/* Along one axis: element i of the output is element start + step*i of the input. When a bound is
 * known only at run time, `runtime` is its place in starts, and the count an unknown below the
 * input's size. */
struct part {
	dim start, count;
	int64_t step;
	int runtime; /* -1: start is known */
};

/* Bounds that exporters write for "to the end". */
static bool is_far(int64_t v)
{
	return v >= INT32_MAX || v <= INT32_MIN;
}

/* Element i of input k as a position on an axis of size d, counted from the front; false when not
 * known. */
static bool bound(struct unit *u, const struct node *n, int k, int i, dim d, int64_t step, dim *out)
{
	const struct value *v = node_in(n, k);
	const dim *dims;
	int64_t x;
	int count;

	if (v->constant) {
		x = constant_i64(v->constant, i);
		if (k == 2 && step < 0 && (x == INT32_MAX || x == INT64_MAX))
			*out = dim_number(u, -1); /* ONNX Runtime: to the end, backwards too */
		else if (!is_far(x))
			*out = x < 0 ? dim_add(u, d, dim_number(u, x)) : x;
		else
			*out = x > 0 ? d : dim_number(u, step > 0 ? 0 : -1);
		return true;
	}
	if (input_dims(u, n, k, &dims, &count) != 1 || i >= count)
		return false;
	if (dim_lo(u, dims[i]) >= 0)
		*out = dims[i];
	else if (dim_hi(u, dims[i]) < 0)
		*out = dim_add(u, d, dims[i]);
	else
		return false;
	return true;
}

static dim clamp(struct unit *u, dim x, dim lo, dim hi)
{
	return dim_min(u, dim_max(u, x, lo), hi);
}

/* Steps and axes are constants; starts and ends may be sizes, or unknown. */
static bool part_of(struct unit *u, const struct node *n, int i, int axis, int64_t step,
		    struct part *p)
{
	dim d = node_in(n, 0)->shape.d[axis], before = dim_number(u, -1),
	    last = dim_add(u, d, before);
	dim start, end, length;

	p->step = step;
	p->runtime = -1;
	if (step == 0 || step == INT64_MIN)
		return node_error(u, n, "steps has %lld", (long long)step);
	if (!bound(u, n, 1, i, d, step, &start) || !bound(u, n, 2, i, d, step, &end)) {
		p->runtime = i;
		p->count = dim_element(u, node_out(n, 0)->id, axis, 0, dim_hi(u, d));
		return true;
	}
	if (step > 0) {
		p->start = clamp(u, start, 0, d);
		length = dim_diff(u, clamp(u, end, 0, d), p->start);
	} else {
		p->start = clamp(u, start, 0, last);
		length = dim_diff(u, p->start, clamp(u, end, before, last));
		step = -step;
	}
	p->count = dim_max(u, dim_ceildiv(u, length, step), 0);
	return true;
}

static bool slice_parts(struct unit *u, const struct node *n, struct part *parts)
{
	const struct value *x = node_in(n, 0), *starts = node_in(n, 1), *ends = node_in(n, 2);
	const int64_t *axes, *steps;
	bool with_axes, with_steps, seen[RANK_MAX] = { false };
	int n_axes, n_steps, count;

	if (!infer_need_shape(u, n, x, "data") || !infer_need_rank(u, n, starts, "starts", 1, 1) ||
	    !infer_need_rank(u, n, ends, "ends", 1, 1) ||
	    !need_ints(u, n, 3, "axes", &axes, &n_axes, &with_axes) ||
	    !need_ints(u, n, 4, "steps", &steps, &n_steps, &with_steps))
		return false;
	if (!dim_is_const(starts->shape.d[0]))
		return node_error(u, n, "the length of starts must be known at compile time");
	count = (int)starts->shape.d[0];
	if (ends->shape.d[0] != count || (with_axes && n_axes != count) ||
	    (with_steps && n_steps != count))
		return node_error(u, n,
				  "starts has %d elements; ends, axes and steps must have as many",
				  count);
	if (count > x->shape.rank)
		return node_error(u, n, "starts has %d elements, data has %d axes", count,
				  x->shape.rank);
	for (int i = 0; i < x->shape.rank; i++)
		parts[i] = (struct part){
			.start = 0, .count = x->shape.d[i], .step = 1, .runtime = -1
		};
	for (int i = 0; i < count; i++) {
		int axis = i;

		if (with_axes && !axis_resolve(u, &n->loc, axes[i], x->shape.rank, &axis))
			return false;
		if (seen[axis])
			return node_error(u, n, "axis %d is named twice", axis);
		seen[axis] = true;
		if (!part_of(u, n, i, axis, with_steps ? steps[i] : 1, &parts[axis]))
			return false;
	}
	return true;
}

static bool infer_slice(struct unit *u, struct node *n)
{
	struct part parts[RANK_MAX];
	struct shape s = { .rank = node_in(n, 0)->shape.rank };

	if (!slice_parts(u, n, parts))
		return false;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = parts[i].count;
	set_shape(node_out(n, 0), &s);
	infer_moved_content(u, n, 1, 0);
	return true;
}

/* A start that is data: negative ones count from the end, then it is limited as the step's sign
 * wants. */
static const struct tir *runtime_start(struct tir_builder *b, const struct part *p, dim size)
{
	const struct tir *at = tir_index(b, p->runtime), *zero = tir_index(b, 0),
			 *d = tir_dim(b, size);
	const struct tir *s = tir_cast(b, DT_INDEX, tir_load(b, 1, &at));

	s = tir_select(b, tir_lt(b, s, zero), tir_add(b, s, d), s);
	return tir_clamp(b, s, zero, p->step > 0 ? d : tir_add(b, d, tir_index(b, -1)));
}

static bool define_slice(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *start;
	struct part parts[RANK_MAX];

	if (!slice_parts(b->u, n, parts))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < x->rank; i++) {
		if (parts[i].runtime >= 0)
			start = runtime_start(b, &parts[i], x->d[i]);
		else
			start = tir_dim(b, parts[i].start);
		idx[i] = tir_add(b, tir_affine(b, idx[i], parts[i].step, 0), start);
	}
	out->value = tir_load(b, 0, idx);
	return true;
}

struct slice1_attrs {
	struct ints axes, ends, starts;
};
static const struct attr_row slice1_rows[] = {
	A_INTS(struct slice1_attrs, axes),
	{ ATTR(struct slice1_attrs, ends), .kind = ATTR_INTS, .required = true },
	{ ATTR(struct slice1_attrs, starts), .kind = ATTR_INTS, .required = true },
	A_END
};

static bool upgrade_slice(struct unit *u, struct node *n)
{
	struct slice1_attrs a = *(const struct slice1_attrs *)n->attrs;

	upgrade_to_newest(u, n, NULL);
	upgrade_ints_input(u, n, 1, "starts", a.starts.p, a.starts.n);
	upgrade_ints_input(u, n, 2, "ends", a.ends.p, a.ends.n);
	if (a.axes.p)
		upgrade_ints_input(u, n, 3, "axes", a.axes.p, a.axes.n);
	return true;
}

/* -- Split --------------------------------------------------------------------------------- */

static const struct attr_row split_rows[] = { A_INT(struct split_attrs, axis, 0),
					      { ATTR(struct split_attrs, num_outputs),
						.kind = ATTR_INT },
					      A_END };

/* Equal sizes, the last one what is left. */
static bool equal_split(struct unit *u, const struct node *n, dim d, dim *sizes)
{
	const struct split_attrs *a = n->attrs;
	dim chunk = dim_ceildiv(u, d, n->n_out);

	if (a->num_outputs && a->num_outputs != n->n_out)
		return node_error(u, n, "num_outputs is %lld, the node has %d outputs",
				  (long long)a->num_outputs, n->n_out);
	for (int k = 0; k < n->n_out; k++)
		sizes[k] = chunk;
	sizes[n->n_out - 1] = dim_diff(u, d, dim_mul(u, chunk, n->n_out - 1));
	if (dim_hi(u, sizes[n->n_out - 1]) < 0)
		return node_error(u, n, "size %s cannot be split into %d parts of %s",
				  dim_text(u, d), n->n_out, dim_text(u, chunk));
	return true;
}

static bool split_sizes(struct unit *u, const struct node *n, int *axis, dim *sizes)
{
	const struct split_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	const dim *split;
	dim sum = 0;
	int count, known;

	if (!infer_need_shape(u, n, node_in(n, 0), "input") ||
	    !axis_resolve(u, &n->loc, a->axis, x->rank, axis))
		return false;
	known = input_dims(u, n, 1, &split, &count);
	if (known == 0)
		return equal_split(u, n, x->d[*axis], sizes);
	if (known < 0)
		return node_error(u, n, "split must be known at compile time");
	if (count != n->n_out)
		return node_error(u, n, "split has %d sizes, the node has %d outputs", count,
				  n->n_out);
	for (int k = 0; k < count; k++) {
		sizes[k] = split[k];
		if (dim_hi(u, split[k]) < 0)
			return node_error(u, n, "split has %s", dim_text(u, split[k]));
		sum = dim_add(u, sum, split[k]);
	}
	if (!dim_assume_equal(u, sum, x->d[*axis], NULL))
		return node_error(u, n, "split sums to %s, axis %d of input has size %s",
				  dim_text(u, sum), *axis, dim_text(u, x->d[*axis]));
	return true;
}

static bool infer_split(struct unit *u, struct node *n)
{
	struct shape s = node_in(n, 0)->shape;
	dim *sizes = arena_array(u->arena, dim, (size_t)n->n_out);
	int axis;

	if (!split_sizes(u, n, &axis, sizes))
		return false;
	for (int k = 0; k < n->n_out; k++) {
		struct value *y = node_out(n, k);

		s.d[axis] = sizes[k];
		if (y)
			set_shape(y, &s);
	}
	infer_moved_content(u, n, 1, 0);
	return true;
}

static bool define_split(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	dim *sizes = arena_array(b->u->arena, dim, (size_t)n->n_out), offset = 0;
	const struct tir *idx[RANK_MAX];
	int axis;

	if (!split_sizes(b->u, n, &axis, sizes))
		return false;
	for (int k = 0; k < n->n_out; k++) {
		if (node_out(n, k)) {
			tir_stage_begin(b, k, &out[k], idx);
			idx[axis] = tir_add(b, idx[axis], tir_dim(b, offset));
			out[k].value = tir_load(b, 0, idx);
		}
		offset = dim_add(b->u, offset, sizes[k]);
	}
	return true;
}

struct split2_attrs {
	int64_t axis;
	struct ints split;
};
static const struct attr_row split13_rows[] = { A_INT(struct axis_attrs, axis, 0), A_END };
static const struct attr_row split2_rows[] = { A_INT(struct split2_attrs, axis, 0),
					       A_INTS(struct split2_attrs, split), A_END };

/* From version 18 on, equal parts must say how many they are. */
static bool upgrade_split13(struct unit *u, struct node *n)
{
	struct split_attrs a = { .axis = ((const struct axis_attrs *)n->attrs)->axis };

	if (!node_in(n, 1))
		a.num_outputs = n->n_out;
	upgrade_to_newest(u, n, &a);
	return true;
}

static bool upgrade_split2(struct unit *u, struct node *n)
{
	struct split2_attrs old = *(const struct split2_attrs *)n->attrs;
	struct split_attrs a = { .axis = old.axis };

	if (!old.split.p)
		a.num_outputs = n->n_out;
	upgrade_to_newest(u, n, &a);
	if (old.split.p)
		upgrade_ints_input(u, n, 1, "split", old.split.p, old.split.n);
	return true;
}

const struct op ops_slice[] = {
	{ .name = "Slice",
	  .since = 10,
	  .sig = "data:T starts:Tind ends:Tind axes?:Tind steps?:Tind -> output:T",
	  .types = "T=" T_MOVE " Tind=int32,int64",
	  .infer = infer_slice,
	  .define = define_slice,
	  .doc = "every step-th element from start to end, along axes",
	  .limits = "axes and steps must be constant" },
	{ .name = "Slice",
	  .since = 1,
	  .until = 9,
	  .sig = "data:T -> output:T",
	  .types = "T=" T_MOVE,
	  .attrs = slice1_rows,
	  .attrs_size = sizeof(struct slice1_attrs),
	  .upgrade = upgrade_slice },
	{ .name = "Split",
	  .since = 18,
	  .sig = "input:T split?:int64 -> outputs+:T",
	  .types = "T=" T_MOVE,
	  .attrs = split_rows,
	  .attrs_size = sizeof(struct split_attrs),
	  .infer = infer_split,
	  .define = define_split,
	  .doc = "consecutive parts along the axis, of the sizes in split or equal ones",
	  .limits = "split must be known at compile time" },
	{ .name = "Split",
	  .since = 13,
	  .until = 17,
	  .sig = "input:T split?:int64 -> outputs+:T",
	  .types = "T=" T_MOVE,
	  .attrs = split13_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .upgrade = upgrade_split13 },
	{ .name = "Split",
	  .since = 2,
	  .until = 12,
	  .sig = "input:T -> outputs+:T",
	  .types = "T=" T_MOVE,
	  .attrs = split2_rows,
	  .attrs_size = sizeof(struct split2_attrs),
	  .upgrade = upgrade_split2 },
	{ .name = NULL }
};
