/* pad.c - a border added or removed: Pad, CenterCropPad. */
#include "family.h"

/* Along one axis: the border before and after; negative numbers crop. */
struct border {
	dim lo, hi;
};

/* -- Pad ----------------------------------------------------------------------------------- */

enum { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE, PAD_WRAP };
static const char *const mode_names[] = { "constant", "reflect", "edge", "wrap", NULL };
struct pad_attrs {
	int mode;
};
static const struct attr_row pad_rows[] = {
	A_ENUM(struct pad_attrs, mode, mode_names, PAD_CONSTANT), A_END
};

static bool pad_borders(struct unit *u, const struct node *n, struct border *border)
{
	const struct value *x = node_in(n, 0);
	const dim *pads, *axes;
	bool with_axes = node_in(n, 3) != NULL, seen[RANK_MAX] = { false };
	int n_pads, n_axes, count, axis, rank = x->shape.rank;
	int64_t v;

	if (!infer_need_shape(u, n, x, "data") || !axes_input(u, n, 3, rank, &axes, &n_axes) ||
	    !input_elements(u, n, 1, "pads", -INT32_MAX, DIM_UNBOUNDED, &pads, &n_pads))
		return false;
	count = with_axes ? n_axes : rank;
	if (n_pads != 2 * count)
		return node_error(u, n, "pads has %d elements, must have %d for %d axes", n_pads,
				  2 * count, count);
	for (int i = 0; i < rank; i++) {
		border[i] = (struct border){ 0, 0 };
		if (with_axes) /* sums, of which one term is there */
			border[i] =
				(struct border){ axis_gets(u, axes, count, rank, i, pads),
						 axis_gets(u, axes, count, rank, i, pads + count) };
	}
	for (int i = 0; i < count; i++) {
		axis = i;
		if (with_axes &&
		    (!dim_is_number(u, axes[i], &v) || !axis_resolve(u, &n->loc, v, rank, &axis)))
			continue;
		if (seen[axis])
			return node_error(u, n, "axis %d is named twice", axis);
		seen[axis] = true;
		if (!with_axes)
			border[axis] = (struct border){ pads[i], pads[count + i] };
	}
	return true;
}

static bool infer_pad(struct unit *u, struct node *n)
{
	const struct pad_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *fill = node_in(n, 2);
	struct border border[RANK_MAX];
	struct shape s;

	if (!pad_borders(u, n, border))
		return false;
	if (fill && fill->shape.rank >= 0 && shape_count(u, &fill->shape) != 1)
		return node_error(u, n, "constant_value must be a scalar, its shape is %s",
				  shape_text(u, &fill->shape));
	s.rank = x->shape.rank;
	for (int i = 0; i < s.rank; i++) {
		s.d[i] = dim_add(u, dim_add(u, x->shape.d[i], border[i].lo), border[i].hi);
		if (a->mode != PAD_CONSTANT && x->shape.d[i] == 0 && s.d[i] != 0)
			return node_error(u, n,
					  "axis %d of data is empty: mode %s has nothing to repeat",
					  i, mode_names[a->mode]);
	}
	set_shape(node_out(n, 0), &s);
	infer_moved_content(u, n, 1u << 0 | 1u << 2, 0);
	return true;
}

/* 0 1 2 3 2 1 0 1 ... for i = 0, 1, ... and backwards below 0: a period of 2 (d - 1). When the
 * border is narrower than the axis, one reflection is all there is. */
static const struct tir *reflect(struct tir_builder *b, const struct tir *i, dim size,
				 const struct border *border)
{
	struct unit *u = b->u;
	dim last = dim_add(u, size, dim_number(u, -1));
	const struct tir *l = tir_dim(b, last), *l2 = tir_affine(b, l, 2, 0),
			 *zero = tir_index(b, 0);

	if (size == 1)
		return zero;
	if (dim_lo(u, dim_diff(u, last, border->lo)) < 0 ||
	    dim_lo(u, dim_diff(u, last, border->hi)) < 0)
		i = tir_floormod(b, i, l2);
	else
		i = tir_select(b, tir_lt(b, i, zero), tir_neg(b, i), i);
	return tir_select(b, tir_le(b, i, l), i, tir_sub(b, l2, i));
}

static const struct tir *fill_value(struct tir_builder *b, const struct node *n)
{
	return node_in(n, 2) ? load_single(b, 2) : tir_number(b, stage_compute(b, 0), 0);
}

static bool define_pad(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct pad_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *inside = tir_bool(b, true), *zero = tir_index(b, 0);
	struct border border[RANK_MAX];

	if (!pad_borders(b->u, n, border))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < x->rank; i++) {
		const struct tir *d = tir_dim(b, x->d[i]);

		if (border[i].lo == 0 && border[i].hi == 0)
			continue;
		idx[i] = tir_sub(b, idx[i], tir_dim(b, border[i].lo));
		if (a->mode == PAD_CONSTANT)
			inside = tir_and(b, inside, tir_in_range(b, idx[i], zero, d));
		else if (a->mode == PAD_REFLECT)
			idx[i] = reflect(b, idx[i], x->d[i], &border[i]);
		else if (a->mode == PAD_EDGE)
			idx[i] = tir_clamp(b, idx[i], zero, tir_add(b, d, tir_index(b, -1)));
		else
			idx[i] = tir_floormod(b, idx[i], d);
	}
	if (a->mode == PAD_CONSTANT)
		out->value = tir_select(b, inside, tir_load(b, 0, idx), fill_value(b, n));
	else
		out->value = tir_load(b, 0, idx);
	return true;
}

struct pad2_attrs {
	int mode;
	struct ints pads, paddings;
	float value;
};
static const struct attr_row pad2_rows[] = {
	A_ENUM(struct pad2_attrs, mode, mode_names, PAD_CONSTANT),
	{ ATTR(struct pad2_attrs, pads), .kind = ATTR_INTS, .required = true },
	A_FLOAT(struct pad2_attrs, value, 0),
	A_END
};
static const struct attr_row pad1_rows[] = {
	A_ENUM(struct pad2_attrs, mode, mode_names, PAD_CONSTANT),
	{ ATTR(struct pad2_attrs, paddings), .kind = ATTR_INTS, .required = true },
	A_FLOAT(struct pad2_attrs, value, 0),
	A_END
};

static bool upgrade_pad(struct unit *u, struct node *n)
{
	struct pad2_attrs old = *(const struct pad2_attrs *)n->attrs;
	struct pad_attrs a = { .mode = old.mode };
	const struct ints *pads = old.pads.p ? &old.pads : &old.paddings;
	enum dtype t = node_in(n, 0)->type;

	upgrade_to_newest(u, n, &a);
	upgrade_ints_input(u, n, 1, "pads", pads->p, pads->n);
	if (old.value != 0)
		upgrade_scalar_input(u, n, 2, "constant_value", t == DT_UNDEF ? DT_F32 : t,
				     (double)old.value);
	return true;
}

/* -- CenterCropPad ------------------------------------------------------------------------- */

struct crop_attrs {
	struct ints axes;
};
static const struct attr_row crop_rows[] = { A_INTS(struct crop_attrs, axes), A_END };

/* From size d to size t: floor((t - d) / 2) before when it grows, floor((d - t) / 2) off the front
 * when it shrinks. */
static struct border centre(struct unit *u, dim d, dim t)
{
	dim diff = dim_diff(u, t, d), more = dim_max(u, diff, 0);
	dim less = dim_max(u, dim_diff(u, d, t), 0);
	struct border border = { .lo = dim_diff(u, dim_floordiv(u, more, 2),
						dim_floordiv(u, less, 2)) };

	border.hi = dim_diff(u, diff, border.lo);
	return border;
}

static bool crop_borders(struct unit *u, const struct node *n, struct border *border)
{
	const struct crop_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, 0)->shape;
	const dim *target;
	int count, axis;

	if (!infer_need_shape(u, n, node_in(n, 0), "input_data"))
		return false;
	if (!input_elements(u, n, 1, "shape", 0, DIM_UNBOUNDED, &target, &count))
		return false;
	if (count != (a->axes.p ? a->axes.n : x->rank))
		return node_error(u, n, "shape has %d elements, must have %d", count,
				  a->axes.p ? a->axes.n : x->rank);
	for (int i = 0; i < x->rank; i++)
		border[i] = (struct border){ 0, 0 };
	for (int i = 0; i < count; i++) {
		axis = i;
		if (a->axes.p && !axis_resolve(u, &n->loc, a->axes.p[i], x->rank, &axis))
			return false;
		border[axis] = centre(u, x->d[axis], target[i]);
	}
	return true;
}

static bool infer_crop(struct unit *u, struct node *n)
{
	struct border border[RANK_MAX];
	struct shape s = node_in(n, 0)->shape;

	if (!crop_borders(u, n, border))
		return false;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = dim_add(u, dim_add(u, s.d[i], border[i].lo), border[i].hi);
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool define_crop(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct shape *x = &node_in(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *inside = tir_bool(b, true);
	struct border border[RANK_MAX];

	if (!crop_borders(b->u, n, border))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < x->rank; i++) {
		idx[i] = tir_sub(b, idx[i], tir_dim(b, border[i].lo));
		inside = tir_and(b, inside,
				 tir_in_range(b, idx[i], tir_index(b, 0), tir_dim(b, x->d[i])));
	}
	out->value =
		tir_select(b, inside, tir_load(b, 0, idx), tir_number(b, stage_compute(b, 0), 0));
	return true;
}

#define OLD_PAD(SINCE, UNTIL, ATTRS)                                                               \
	{                                                                                          \
		.name = "Pad", .since = SINCE, .until = UNTIL, .sig = "data:T -> output:T",        \
		.types = "T=floats", .attrs = ATTRS, .attrs_size = sizeof(struct pad2_attrs),      \
		.upgrade = upgrade_pad                                                             \
	}

const struct op ops_pad[] = {
	{ .name = "Pad",
	  .since = 11,
	  .sig = "data:T pads:int64 constant_value?:T axes?:Tind -> output:T",
	  .types = "T=" T_MOVE " Tind=int32,int64",
	  .attrs = pad_rows,
	  .attrs_size = sizeof(struct pad_attrs),
	  .infer = infer_pad,
	  .define = define_pad,
	  .doc = "a border of a constant, or of the data reflected, extended or repeated; negative pads crop",
	  .limits = "pads must be known at compile time, or be a known number of elements" },
	OLD_PAD(2, 10, pad2_rows),
	OLD_PAD(1, 1, pad1_rows),
	{ .name = "CenterCropPad",
	  .since = 18,
	  .sig = "input_data:T shape:Tind -> output_data:T",
	  .types = "T=" T_MOVE " Tind=int32,int64",
	  .attrs = crop_rows,
	  .attrs_size = sizeof(struct crop_attrs),
	  .infer = infer_crop,
	  .define = define_crop,
	  .doc = "cropped, or padded with 0 or empty strings, around the middle",
	  .limits = "shape must be known at compile time, or be a known number of elements" },
	{ .name = NULL }
};
