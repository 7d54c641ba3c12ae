/* grid.c - sampling at positions that data give: GridSample; and AffineGrid, which makes such
 * positions.
 *
 * Positions run from -1 to 1 over an axis, from the middle of its first element to that of its last
 * (align_corners) or from edge to edge; the last axis of a grid has them for X's last axis first.
 */
#include "family.h"

/* -- GridSample ------------------------------------------------------------------------ */

enum { NEAREST, LINEAR, CUBIC };
static const char *const mode_names[] = { "nearest", "linear", "cubic", NULL };
static const char *const mode16_names[] = { "nearest", "bilinear", "bicubic", NULL };
enum { ZEROS, BORDER, REFLECTION };
static const char *const padding_names[] = { "zeros", "border", "reflection", NULL };

struct sample_attrs {
	int64_t align_corners;
	int mode, padding_mode;
};
static const struct attr_row sample_rows[] = {
	A_FLAG(struct sample_attrs, align_corners, 0),
	A_ENUM(struct sample_attrs, mode, mode_names, LINEAR),
	A_ENUM(struct sample_attrs, padding_mode, padding_names, ZEROS), A_END
};
static const struct attr_row sample16_rows[] = {
	A_FLAG(struct sample_attrs, align_corners, 0),
	A_ENUM(struct sample_attrs, mode, mode16_names, LINEAR),
	A_ENUM(struct sample_attrs, padding_mode, padding_names, ZEROS), A_END
};

static bool infer_sample(struct unit *u, struct node *n)
{
	const struct sample_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *grid = node_in(n, 1);
	struct shape s;
	int axes;

	if (!infer_need_rank(u, n, x, "X", 3, RANK_MAX) ||
	    !infer_need_rank(u, n, grid, "grid", x->shape.rank, x->shape.rank))
		return false;
	axes = x->shape.rank - 2;
	if (!dim_assume_equal(u, x->shape.d[0], grid->shape.d[0], NULL) ||
	    !dim_assume_equal(u, grid->shape.d[axes + 1], axes, NULL))
		return node_error(u, n, "grid of shape %s does not fit X of shape %s",
				  shape_text(u, &grid->shape), shape_text(u, &x->shape));
	if (a->mode != NEAREST && (x->type == DT_STRING || x->type == DT_BOOL))
		return node_error(u, n, "strings and bools have mode nearest only, mode is %s",
				  mode_names[a->mode]);
	s = x->shape;
	for (int i = 0; i < axes; i++)
		s.d[i + 2] = grid->shape.d[i + 1];
	set_shape(node_out(n, 0), &s);
	return true;
}

/* The modes of version 16 had other names in the same order. */
static bool upgrade_sample16(struct unit *u, struct node *n)
{
	struct sample_attrs a = *(const struct sample_attrs *)n->attrs;

	upgrade_to_newest(u, n, &a);
	return true;
}

/* One axis of X at one output. */
struct at {
	const struct tir *x;       /* the position, in elements */
	const struct tir *lo, *hi; /* the border: where reflection turns round */
	const struct tir *last;    /* the greatest index */
};

static const struct tir *number(struct tir_builder *b, const struct tir *like, double v)
{
	return tir_number(b, like->type, v);
}

/* x mirrored at lo and hi as often as it takes. */
static const struct tir *reflect(struct tir_builder *b, const struct tir *x, const struct tir *lo,
				 const struct tir *hi)
{
	const struct tir *below = tir_lt(b, x, lo), *range = tir_sub(b, hi, lo), *d, *times, *rest,
			 *half, *even;

	d = tir_select(b, below, tir_sub(b, lo, x), tir_sub(b, x, hi));
	times = tir_unary(b, TIR_TRUNC, tir_div(b, d, range));
	rest = tir_sub(b, d, tir_mul(b, times, range));
	half = tir_unary(b, TIR_FLOOR, tir_mul(b, times, number(b, x, 0.5)));
	even = tir_eq(b, tir_mul(b, half, number(b, x, 2)), times);
	return tir_select(b, tir_eq(b, below, even), tir_add(b, lo, rest), tir_sub(b, hi, rest));
}

static struct at locate(struct tir_builder *b, const struct sample_attrs *a, const struct tir *g,
			dim size)
{
	const struct tir *d = tir_cast(b, g->type, tir_dim(b, size)), *one = number(b, g, 1),
			 *half = number(b, g, 0.5);
	const struct tir *zero = number(b, g, 0), *outside, *moved;
	struct at at = { .last = tir_sub(b, d, one) };

	g = tir_add(b, g, one);
	if (a->align_corners) {
		at.x = tir_mul(b, tir_mul(b, g, half), at.last);
		at.lo = zero;
		at.hi = at.last;
	} else {
		at.x = tir_mul(b, tir_sub(b, tir_mul(b, g, d), one), half);
		at.lo = number(b, g, -0.5);
		at.hi = tir_sub(b, d, half);
	}
	if (a->mode == NEAREST)
		at.x = tir_unary(b, TIR_ROUND, at.x);
	if (a->padding_mode == ZEROS)
		return at;
	outside = tir_or(b, tir_lt(b, at.x, at.lo), tir_lt(b, at.hi, at.x));
	moved = a->padding_mode == BORDER ? tir_clamp(b, at.x, zero, at.last)
					  : reflect(b, at.x, at.lo, at.hi);
	at.x = tir_select(b, outside, moved, at.x);
	return at;
}

/* The element that position i (a whole number) reads; *inside gets whether it is one of X's, for
 * ZEROS. */
static const struct tir *element(struct tir_builder *b, const struct sample_attrs *a,
				 const struct at *at, const struct tir *i,
				 const struct tir **inside)
{
	const struct tir *zero = number(b, i, 0);

	if (a->padding_mode == ZEROS)
		*inside =
			tir_and(b, *inside, tir_and(b, tir_le(b, zero, i), tir_le(b, i, at->last)));
	else if (a->padding_mode == REFLECTION)
		i = tir_select(b, tir_or(b, tir_lt(b, i, at->lo), tir_lt(b, at->hi, i)),
			       reflect(b, i, at->lo, at->hi), i);
	return tir_cast(b, DT_INDEX, tir_clamp(b, i, zero, at->last));
}

/* Weights of the taps from floor(x) + first on, by how far r = x - floor(x) is into the element. */
static int weights(struct tir_builder *b, int mode, const struct tir *r, const struct tir **w,
		   int *first)
{
	const double a = -0.75;
	const struct tir *one = number(b, r, 1);

	*first = mode == CUBIC ? -1 : 0;
	if (mode == LINEAR) {
		w[0] = tir_sub(b, one, r);
		w[1] = r;
		return 2;
	}
	for (int t = 0; t < 4; t++) {
		/* the distance: 1 + r, r, 1 - r, 2 - r */
		const struct tir *d = t < 2 ? tir_add(b, r, number(b, r, 1 - t))
					    : tir_sub(b, number(b, r, t - 1), r);

		if (t == 0 || t == 3) {
			w[t] = tir_sub(b, tir_mul(b, number(b, r, a), d), number(b, r, 5 * a));
			w[t] = tir_add(b, tir_mul(b, w[t], d), number(b, r, 8 * a));
			w[t] = tir_sub(b, tir_mul(b, w[t], d), number(b, r, 4 * a));
		} else {
			w[t] = tir_sub(b, tir_mul(b, number(b, r, a + 2), d), number(b, r, a + 3));
			w[t] = tir_add(b, tir_mul(b, tir_mul(b, w[t], d), d), one);
		}
	}
	return 4;
}

/* Interpolates along X's axes from `axis` on; idx has those before. */
static const struct tir *interpolate(struct tir_builder *b, const struct sample_attrs *a,
				     const struct at *at, int axis, int rank,
				     const struct tir **idx, const struct tir *inside, enum dtype t)
{
	const struct tir *base, *w[4], *sum = NULL, *x;
	int taps, first;

	if (axis == rank) {
		x = tir_load(b, 0, idx);
		x = tir_select(b, inside, x, number(b, x, 0));
		return a->mode == NEAREST ? x : tir_cast(b, t, x);
	}
	if (a->mode == NEAREST) {
		idx[axis] = element(b, a, &at[axis], at[axis].x, &inside);
		return interpolate(b, a, at, axis + 1, rank, idx, inside, t);
	}
	base = tir_unary(b, TIR_FLOOR, at[axis].x);
	taps = weights(b, a->mode, tir_sub(b, at[axis].x, base), w, &first);
	for (int k = 0; k < taps; k++) {
		const struct tir *in = inside;

		idx[axis] =
			element(b, a, &at[axis], tir_add(b, base, number(b, base, first + k)), &in);
		x = interpolate(b, a, at, axis + 1, rank, idx, in, t);
		x = tir_mul(b, tir_cast(b, t, w[k]), x);
		sum = sum ? tir_add(b, sum, x) : x;
	}
	return sum;
}

static bool define_sample(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct sample_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	enum dtype t = dtype_is_float(stage_compute(b, 0)) ? stage_compute(b, 0) : DT_F32;
	const struct tir *idx[RANK_MAX], *grid[RANK_MAX], *x_idx[RANK_MAX];
	struct at at[RANK_MAX];
	int axes = s->rank - 2;

	tir_stage_begin(b, 0, out, idx);
	x_idx[0] = grid[0] = idx[0];
	x_idx[1] = idx[1];
	for (int i = 0; i < axes; i++)
		grid[i + 1] = idx[i + 2];
	for (int i = 0; i < axes; i++) {
		grid[axes + 1] = tir_index(b, axes - 1 - i);
		at[i + 2] = locate(b, a, tir_load(b, 1, grid), s->d[i + 2]);
	}
	out->value = interpolate(b, a, at, 2, s->rank, x_idx, tir_bool(b, true), t);
	out->value = tir_cast(b, dtype_compute(out->type), out->value);
	return true;
}

/* -- AffineGrid ------------------------------------------------------------------------ */

struct affine_attrs {
	int64_t align_corners;
};
static const struct attr_row affine_rows[] = { A_FLAG(struct affine_attrs, align_corners, 0),
					       A_END };

static bool infer_affine(struct unit *u, struct node *n)
{
	const struct value *theta = node_in(n, 0);
	struct shape s = { .rank = 0 };
	const dim *size;
	int count, axes;

	if (!infer_need_rank(u, n, theta, "theta", 3, 3))
		return false;
	if (!input_elements(u, n, 1, "size", 0, DIM_UNBOUNDED, &size, &count))
		return false;
	axes = count - 2;
	if ((axes != 2 && axes != 3) || !dim_assume_equal(u, theta->shape.d[1], axes, NULL) ||
	    !dim_assume_equal(u, theta->shape.d[2], axes + 1, NULL) ||
	    !dim_assume_equal(u, theta->shape.d[0], size[0], NULL))
		return node_error(u, n, "theta of shape %s does not fit a size of %d elements",
				  shape_text(u, &theta->shape), count);
	s.d[s.rank++] = size[0];
	for (int i = 2; i < count; i++)
		s.d[s.rank++] = size[i];
	s.d[s.rank++] = axes;
	set_shape(node_out(n, 0), &s);
	return true;
}

/* Where element i of an axis lies between -1 and 1. */
static const struct tir *place(struct tir_builder *b, enum dtype t, bool align, const struct tir *i,
			       dim size)
{
	const struct tir *d = tir_cast(b, t, tir_dim(b, size)), *one = tir_number(b, t, 1);

	if (align && size == 1)
		return tir_number(b, t, 0);
	i = tir_cast(b, t, i);
	i = tir_add(b, i, i);
	i = align ? tir_div(b, i, tir_sub(b, d, one)) : tir_div(b, tir_add(b, i, one), d);
	return tir_sub(b, i, one);
}

/* grid[..., j] = theta[j] . (x, y, ..., 1), x along the last axis */
static bool define_affine(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct affine_attrs *a = n->attrs;
	const struct shape *s = &node_out(n, 0)->shape;
	const struct tir *idx[RANK_MAX], *at[3], *sum;
	int axes = s->rank - 2;

	tir_stage_begin(b, 0, out, idx);
	at[0] = idx[0];
	at[1] = idx[s->rank - 1];
	at[2] = tir_index(b, axes);
	sum = tir_load(b, 0, at);
	for (int i = 0; i < axes; i++) {
		const struct tir *p =
			place(b, sum->type, a->align_corners, idx[axes - i], s->d[axes - i]);

		at[2] = tir_index(b, i);
		sum = tir_add(b, sum, tir_mul(b, tir_load(b, 0, at), p));
	}
	out->value = sum;
	return true;
}

const struct op ops_grid[] = {
	{ .name = "GridSample",
	  .since = 20,
	  .sig = "X:T1 grid:T2 -> Y:T1",
	  .types = "T1=num,bool,string T2=floats",
	  .attrs = sample_rows,
	  .attrs_size = sizeof(struct sample_attrs),
	  .infer = infer_sample,
	  .define = define_sample,
	  .doc = "X interpolated at the grid's positions",
	  .limits = "strings and bools have mode nearest only" },
	{ .name = "GridSample",
	  .since = 16,
	  .until = 19,
	  .sig = "X:T1 grid:T2 -> Y:T1",
	  .types = "T1=num,bool,string T2=floats",
	  .attrs = sample16_rows,
	  .attrs_size = sizeof(struct sample_attrs),
	  .upgrade = upgrade_sample16 },
	{ .name = "AffineGrid",
	  .since = 20,
	  .sig = "theta:T1 size:T2 -> grid:T1",
	  .types = "T1=floats T2=int64",
	  .attrs = affine_rows,
	  .attrs_size = sizeof(struct affine_attrs),
	  .infer = infer_affine,
	  .define = define_affine,
	  .doc = "the positions of an affine transformation, for GridSample",
	  .limits = "size must be known at compile time, or be a known number of elements" },
	{ .name = NULL }
};
