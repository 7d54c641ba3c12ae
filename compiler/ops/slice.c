/* slice.c - parts of a tensor: Slice, Split. */
#include "family.h"

/* -- Slice --------------------------------------------------------------------------------- */

/* Along one axis: element i of the output is element start + step*i of the input. Where one of the
 * three is known at run time only, `open` is set and they are read from the inputs. */
struct part {
	dim start, count;
	int64_t step;
	bool open;
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

/* What starts and ends, which may be sizes, and a constant step make of an axis. */
static bool part_of(struct unit *u, const struct node *n, int i, int axis, int64_t step,
		    struct part *p)
{
	dim d = node_in(n, 0)->shape.d[axis], before = dim_number(u, -1),
	    last = dim_add(u, d, before);
	int64_t most = dim_hi(u, d) > 0 ? dim_hi(u, d) : 1; /* longer steps leave the axis too */
	dim start, end, length;

	if (step == 0)
		return node_error(u, n, "steps has 0");
	step = step > most ? most : step < -most ? -most : step;
	p->step = step;
	if (!bound(u, n, 1, i, d, step, &start) || !bound(u, n, 2, i, d, step, &end)) {
		p->open = true;
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

/* How many axes are cut: the length that all the lists must have. */
static bool slice_count(struct unit *u, const struct node *n, int *count)
{
	const struct value *x = node_in(n, 0), *starts = node_in(n, 1);

	if (!infer_need_shape(u, n, x, "data") || !infer_need_rank(u, n, starts, "starts", 1, 1))
		return false;
	if (!dim_is_const(starts->shape.d[0]))
		return node_error(u, n, "the length of starts must be known at compile time");
	*count = (int)starts->shape.d[0];
	for (int k = 2; k < 5; k++)
		if (node_in(n, k) &&
		    (node_in(n, k)->shape.rank != 1 || node_in(n, k)->shape.d[0] != *count))
			return node_error(
				u, n,
				"starts has %d elements; ends, axes and steps must have as many",
				*count);
	if (*count > x->shape.rank)
		return node_error(u, n, "starts has %d elements, data has %d axes", *count,
				  x->shape.rank);
	return true;
}

static bool slice_parts(struct unit *u, const struct node *n, struct part *parts)
{
	const struct value *x = node_in(n, 0);
	const int64_t *axes, *steps;
	bool seen[RANK_MAX] = { false };
	int count, with_axes, with_steps, m;

	if (!slice_count(u, n, &count))
		return false;
	with_axes = input_ints(u, n, 3, &axes, &m);
	with_steps = input_ints(u, n, 4, &steps, &m);
	for (int i = 0; i < x->shape.rank; i++)
		parts[i] = (struct part){
			.start = 0, .count = x->shape.d[i], .step = 1, .open = with_axes < 0
		};
	for (int i = 0; with_axes >= 0 && i < count; i++) {
		int axis = i;

		if (with_axes && !axis_resolve(u, &n->loc, axes[i], x->shape.rank, &axis))
			return false;
		if (seen[axis])
			return node_error(u, n, "axis %d is named twice", axis);
		seen[axis] = true;
		if (with_steps < 0)
			parts[axis].open = true;
		else if (!part_of(u, n, i, axis, with_steps ? steps[i] : 1, &parts[axis]))
			return false;
	}
	for (int i = 0; i < x->shape.rank; i++)
		if (parts[i].open)
			parts[i].count =
				dim_size(u, node_out(n, 0)->id, i, dim_hi(u, x->shape.d[i]));
	return true;
}

static bool infer_slice(struct unit *u, struct node *n)
{
	struct part parts[RANK_MAX];
	struct shape s = { .rank = node_in(n, 0)->shape.rank };

	bool placed = true; /* which elements are taken is known */

	if (!slice_parts(u, n, parts))
		return false;
	for (int i = 0; i < s.rank; i++) {
		s.d[i] = parts[i].count;
		placed &= !parts[i].open && dim_is_number(u, parts[i].start, NULL);
	}
	set_shape(node_out(n, 0), &s);
	if (placed)
		infer_moved_content(u, n, 1, 0);
	return true;
}

/* -- known at run time only: the same in 64 bits -- */

static const struct tir *i64(struct tir_builder *b, int64_t v)
{
	return tir_int(b, DT_I64, v);
}

/* Element i of input k. */
static const struct tir *element(struct tir_builder *b, int k, int i)
{
	const struct tir *at = tir_index(b, i);

	return tir_cast(b, DT_I64, tir_load(b, k, &at));
}

struct open_part {
	const struct tir *start, *end, *step; /* as the inputs say */
};

/* The part of an axis: that of the last entry of axes that names it, or all. */
static struct open_part open_part(struct tir_builder *b, const struct node *n, int axis)
{
	struct open_part p = { i64(b, 0), i64(b, INT64_MAX), i64(b, 1) };
	int count = (int)node_in(n, 1)->shape.d[0], rank = node_in(n, 0)->shape.rank;

	for (int i = 0; i < count; i++) {
		const struct tir *mine = tir_bool(b, i == axis), *named;

		if (node_in(n, 3)) {
			named = element(b, 3, i);
			mine = tir_or(b, tir_eq(b, named, i64(b, axis)),
				      tir_eq(b, named, i64(b, axis - rank)));
		}
		p.start = tir_select(b, mine, element(b, 1, i), p.start);
		p.end = tir_select(b, mine, element(b, 2, i), p.end);
		if (node_in(n, 4))
			p.step = tir_select(b, mine, element(b, 4, i), p.step);
	}
	return p;
}

/* x counted from the end when negative, then within [0, d], or [-1, d - 1] for steps back. */
static const struct tir *bounded(struct tir_builder *b, const struct tir *x, const struct tir *d,
				 const struct tir *forward, bool is_start)
{
	const struct tir *zero = i64(b, 0), *last = tir_sub(b, d, i64(b, 1));
	const struct tir *least = tir_select(b, forward, zero, i64(b, is_start ? 0 : -1));
	const struct tir *from_end = tir_add(b, x, d);

	if (!is_start) /* to the end, backwards too, as ONNX Runtime has it */
		x = tir_select(b, tir_and(b, tir_not(b, forward), tir_le(b, i64(b, INT32_MAX), x)),
			       i64(b, INT64_MIN), x);
	x = tir_select(b, tir_lt(b, x, zero),
		       tir_select(b, tir_lt(b, x, tir_neg(b, d)), least, from_end), x);
	return tir_clamp(b, x, least, tir_select(b, forward, d, last));
}

static const struct tir *open_start(struct tir_builder *b, const struct open_part *p,
				    const struct tir *d)
{
	return bounded(b, p->start, d, tir_lt(b, i64(b, 0), p->step), true);
}

/* ceil((end - start) / step), not below 0 */
static const struct tir *size_slice(struct tir_builder *b, const struct node *n, int k, int axis)
{
	struct open_part p = open_part(b, n, axis);
	const struct tir *d = tir_cast(b, DT_I64, tir_dim(b, node_in(n, 0)->shape.d[axis]));
	const struct tir *zero = i64(b, 0), *forward = tir_lt(b, zero, p.step), *length;

	(void)k;
	length = tir_sub(b, bounded(b, p.end, d, forward, false), open_start(b, &p, d));
	length = tir_binary(b, TIR_FLOORDIV, tir_neg(b, length), p.step);
	return tir_max(b, tir_neg(b, length), zero);
}

static bool define_slice(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *start, *step;
	struct part parts[RANK_MAX];

	if (!slice_parts(b->u, n, parts))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < x->rank; i++) {
		start = tir_dim(b, parts[i].open ? 0 : parts[i].start);
		step = tir_index(b, parts[i].step);
		if (parts[i].open) {
			struct open_part p = open_part(b, n, i);

			start = open_start(b, &p, tir_cast(b, DT_I64, tir_dim(b, x->d[i])));
			start = tir_cast(b, DT_INDEX, start);
			step = tir_cast(b, DT_INDEX, p.step);
		}
		idx[i] = tir_add(b, tir_mul(b, idx[i], step), start);
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
	int count;

	if (!infer_need_shape(u, n, node_in(n, 0), "input") ||
	    !axis_resolve(u, &n->loc, a->axis, x->rank, axis))
		return false;
	if (!node_in(n, 1))
		return equal_split(u, n, x->d[*axis], sizes);
	if (!input_elements(u, n, 1, "split", 0, dim_hi(u, x->d[*axis]), &split, &count))
		return false;
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
	  .size = size_slice,
	  .doc = "every step-th element from start to end, along axes" },
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
	  .doc = "consecutive parts along the axis, of the sizes in split or equal ones" },
	{ .name = "Split",
	  .since = 13,
	  .until = 17,
	  .sig = "input:T split?:int64 -> outputs+:T",
	  .types = "T=" T_MOVE,
	  .attrs = split13_rows,
	  .attrs_size = sizeof(struct axis_attrs),
	  .upgrade = upgrade_split13 },
	{ .name = "Split",
	  .since = 1,
	  .until = 12,
	  .sig = "input:T -> outputs+:T",
	  .types = "T=" T_MOVE,
	  .attrs = split2_rows,
	  .attrs_size = sizeof(struct split2_attrs),
	  .upgrade = upgrade_split2 },
	{ .name = NULL }
};
