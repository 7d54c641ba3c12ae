/* resize.c - Resize and its older name Upsample: attributes, sizes, versions. */
#include "resize.h"

#include <math.h>

static const char *const mode_names[] = { "nearest", "linear", "cubic", NULL };
static const char *const coordinate_names[] = { "half_pixel",         "half_pixel_symmetric",
						"pytorch_half_pixel", "align_corners",
						"asymmetric",         "tf_half_pixel_for_nn",
						"tf_crop_and_resize", NULL };
/* "simple" is opset 10's: upwards along axes that shrink, else downwards. */
static const char *const nearest_names[] = {
	"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple", NULL
};
static const char *const policy_names[] = { "stretch", "not_larger", "not_smaller", NULL };

static const struct attr_row resize_rows[] = {
	A_FLAG(struct resize_attrs, antialias, 0),
	A_INTS(struct resize_attrs, axes),
	A_ENUM(struct resize_attrs, coordinate_transformation_mode, coordinate_names, HALF_PIXEL),
	A_FLOAT(struct resize_attrs, cubic_coeff_a, -0.75),
	A_FLAG(struct resize_attrs, exclude_outside, 0),
	A_FLOAT(struct resize_attrs, extrapolation_value, 0),
	A_ENUM(struct resize_attrs, keep_aspect_ratio_policy, policy_names, STRETCH),
	A_ENUM(struct resize_attrs, mode, mode_names, RESIZE_NEAREST),
	A_ENUM(struct resize_attrs, nearest_mode, nearest_names, ROUND_PREFER_FLOOR),
	A_END,
};

/* -- sizes ----------------------------------------------------------------------------- */

/* Input k, an empty tensor being as good as none. */
static const struct value *given(const struct node *n, int k)
{
	const struct value *v = node_in(n, k);

	return v && v->shape.rank == 1 && v->shape.d[0] == 0 ? NULL : v;
}

/* The axes that scales, sizes and roi are about. */
static bool named_axes(struct unit *u, const struct node *n, int *axes, int *count)
{
	const struct resize_attrs *r = n->attrs;
	int rank = node_in(n, 0)->shape.rank;
	bool seen[RANK_MAX] = { false };

	*count = r->axes.p ? r->axes.n : rank;
	if (*count > rank)
		return node_error(u, n, "axes has %d elements, X has rank %d", *count, rank);
	for (int i = 0; i < *count; i++) {
		axes[i] = i;
		if (r->axes.p && !axis_resolve(u, &n->loc, r->axes.p[i], rank, &axes[i]))
			return false;
		if (seen[axes[i]])
			return node_error(u, n, "axis %d is named twice", axes[i]);
		seen[axes[i]] = true;
	}
	return true;
}

/* count constant numbers of input k. */
static bool need_numbers(struct unit *u, const struct node *n, int k, const char *name, int count,
			 double *out)
{
	const struct constant *c = node_const(n, k);

	if (!c)
		return node_error(u, n, "%s must be constant", name);
	if (shape_elements(&c->shape) != count)
		return node_error(u, n, "%s has %lld elements, %d are needed", name,
				  (long long)shape_elements(&c->shape), count);
	for (int i = 0; i < count; i++) {
		out[i] = constant_f64(c, i);
		if (!isfinite(out[i]))
			return node_error(u, n, "%s has an element that is not finite", name);
	}
	return true;
}

/* floor(in * scale): in float, as ONNX's inference does; of symbolic sizes when the scale is a
 * simple fraction. */
static bool scaled_size(struct unit *u, const struct node *n, struct resize_axis *x)
{
	if (dim_is_const(x->in)) {
		double size = floor((double)((float)x->in * (float)x->scale));

		if (size > INT32_MAX)
			return node_error(u, n, "scale %g makes a size of %g", x->scale, size);
		x->out = (dim)size;
		return true;
	}
	for (int q = 1; q <= 64; q++) {
		double p = nearbyint(x->scale * q);

		if (p >= 1 && p < 1e6 && (float)(p / q) == (float)x->scale) {
			x->out = dim_floordiv(u, dim_mul(u, x->in, (dim)p), q);
			return true;
		}
	}
	return node_error(u, n, "scale %g of axis size %s needs that size at compile time",
			  x->scale, dim_text(u, x->in));
}

/* Scales that are known at run time only. */
static bool open_scales(struct unit *u, const struct node *n, const int *axes, int count,
			struct resize_axis *x)
{
	const struct value *scales = node_in(n, 2);

	if (scales->shape.rank != 1 || scales->shape.d[0] != count)
		return node_error(u, n, "scales has shape %s, %d elements are needed",
				  shape_text(u, &scales->shape), count);
	for (int i = 0; i < count; i++) {
		struct resize_axis *a = &x[axes[i]];

		a->scale = 0;
		a->scale_at = i + 1;
		a->same = false;
		a->out = dim_size(u, node_out(n, 0)->id, axes[i], DIM_UNBOUNDED);
	}
	return true;
}

/* floor(in * scale), in float as ONNX's inference does it; of a policy, rounded. */
static const struct tir *size_resize(struct tir_builder *b, const struct node *n, int k, int axis)
{
	struct resize_axis x[RANK_MAX];
	const struct tir *at, *size;

	(void)k;
	if (!resize_axes(b->u, n, x) || !x[axis].scale_at)
		unreachable("a size of Resize that was open");
	if (x[axis].wanted) {
		size = tir_mul(b, tir_cast(b, DT_F64, tir_dim(b, x[axis].in)),
			       resize_policy(b, n, 3, DT_F64));
		size = tir_unary(b, TIR_FLOOR, tir_add(b, size, tir_float(b, DT_F64, 0.5)));
		return tir_cast(b, DT_I64, size);
	}
	at = tir_index(b, x[axis].scale_at - 1);
	size = tir_cast(b, DT_F32, tir_load(b, 2, &at));
	size = tir_mul(b, tir_cast(b, DT_F32, tir_dim(b, x[axis].in)), size);
	return tir_cast(b, DT_I64, tir_unary(b, TIR_FLOOR, size));
}

static bool from_scales(struct unit *u, const struct node *n, const int *axes, int count,
			struct resize_axis *x)
{
	double scales[RANK_MAX];

	if (!node_const(n, 2))
		return open_scales(u, n, axes, count, x);
	if (!need_numbers(u, n, 2, "scales", count, scales))
		return false;
	for (int i = 0; i < count; i++) {
		struct resize_axis *a = &x[axes[i]];

		if (scales[i] <= 0)
			return node_error(u, n, "scales has %g, it must be positive", scales[i]);
		a->scale = scales[i];
		if (!scaled_size(u, n, a))
			return false;
		a->same = scales[i] == 1;
	}
	return true;
}

/* Sizes that are known at run time only: so are the scale of a policy, and what it makes of them. */
static bool open_policy(struct unit *u, const struct node *n, const int *axes, int count,
			struct resize_axis *x)
{
	const struct resize_attrs *r = n->attrs;

	for (int i = 0; i < count; i++) {
		struct resize_axis *a = &x[axes[i]];

		a->wanted = a->out;
		a->scale = 0;
		a->scale_at = i + 1;
		a->same = false;
		a->out = dim_size(u, node_out(n, 0)->id, axes[i],
				  r->keep_aspect_ratio_policy == NOT_LARGER ? dim_hi(u, a->wanted)
									    : DIM_UNBOUNDED);
	}
	return true;
}

const struct tir *resize_policy(struct tir_builder *b, const struct node *n, int slot, enum dtype t)
{
	const struct resize_attrs *r = n->attrs;
	struct resize_axis x[RANK_MAX];
	const struct tir *best = NULL;

	if (!resize_axes(b->u, n, x))
		unreachable("axes of Resize that were read before");
	for (int i = 0; i < node_in(n, 0)->shape.rank; i++) {
		const struct tir *at = tir_index(b, x[i].scale_at - 1), *scale;

		if (!x[i].scale_at)
			continue;
		scale = tir_div(b, tir_cast(b, t, tir_load(b, slot, &at)),
				tir_cast(b, t, tir_dim(b, x[i].in)));
		if (best && r->keep_aspect_ratio_policy == NOT_LARGER)
			best = tir_min(b, best, scale);
		else
			best = best ? tir_max(b, best, scale) : scale;
	}
	return best;
}

/* One scale for all: the least or greatest that the sizes ask for. */
static bool keep_aspect(struct unit *u, const struct node *n, const int *axes, int count,
			struct resize_axis *x)
{
	int policy = ((const struct resize_attrs *)n->attrs)->keep_aspect_ratio_policy;
	double scale = 0;

	for (int i = 0; i < count; i++) {
		double s = x[axes[i]].scale;

		if (s <= 0)
			return open_policy(u, n, axes, count, x);
		if (i == 0 || (policy == NOT_LARGER ? s < scale : s > scale))
			scale = s;
	}
	for (int i = 0; i < count; i++) {
		struct resize_axis *a = &x[axes[i]];

		a->scale = scale;
		a->out = (dim)floor(scale * (double)a->in + 0.5);
		a->same = scale == 1;
	}
	return true;
}

static bool from_sizes(struct unit *u, const struct node *n, const int *axes, int count,
		       struct resize_axis *x)
{
	const struct resize_attrs *r = n->attrs;
	const dim *sizes;
	int n_sizes;

	if (!input_elements(u, n, 3, "sizes", 0, DIM_UNBOUNDED, &sizes, &n_sizes))
		return false;
	if (n_sizes != count)
		return node_error(u, n, "sizes has %d elements, %d are needed", n_sizes, count);
	for (int i = 0; i < count; i++) {
		struct resize_axis *a = &x[axes[i]];

		if (dim_hi(u, sizes[i]) < 0 || dim_lo(u, sizes[i]) > INT32_MAX)
			return node_error(u, n, "sizes has %s for axis %d", dim_text(u, sizes[i]),
					  axes[i]);
		a->out = sizes[i];
		a->same = a->out == a->in;
		a->scale = dim_is_const(a->in) && dim_is_const(a->out) && a->in > 0
				   ? (double)a->out / (double)a->in
				   : 0;
	}
	return r->keep_aspect_ratio_policy == STRETCH || keep_aspect(u, n, axes, count, x);
}

static bool open_roi(struct unit *u, const struct node *n, const int *axes, int count,
		     struct resize_axis *x)
{
	const struct value *roi = node_in(n, 1);

	if (roi->shape.rank != 1 || roi->shape.d[0] != 2 * count)
		return node_error(u, n, "roi has shape %s, %d elements are needed",
				  shape_text(u, &roi->shape), 2 * count);
	for (int i = 0; i < count; i++) {
		x[axes[i]].roi_at = i + 1;
		x[axes[i]].roi_count = count;
		x[axes[i]].same = false;
	}
	return true;
}

static bool read_roi(struct unit *u, const struct node *n, const int *axes, int count,
		     struct resize_axis *x)
{
	const struct resize_attrs *r = n->attrs;
	double roi[2 * RANK_MAX];

	if (r->coordinate_transformation_mode != TF_CROP)
		return true;
	if (!given(n, 1))
		return node_error(u, n, "tf_crop_and_resize needs roi");
	if (!node_const(n, 1))
		return open_roi(u, n, axes, count, x);
	if (!need_numbers(u, n, 1, "roi", 2 * count, roi))
		return false;
	for (int i = 0; i < count; i++) {
		struct resize_axis *a = &x[axes[i]];

		a->roi_lo = roi[i];
		a->roi_hi = roi[count + i];
		a->same = a->same && a->roi_lo == 0 && a->roi_hi == 1;
	}
	return true;
}

bool resize_axis_is_known(const struct resize_axis *x)
{
	return dim_is_const(x->in) && dim_is_const(x->out) && !x->roi_at && !x->wanted;
}

bool resize_axes(struct unit *u, const struct node *n, struct resize_axis *x)
{
	const struct shape *s = &node_in(n, 0)->shape;
	int axes[RANK_MAX], count;
	bool ok;

	if (!named_axes(u, n, axes, &count))
		return false;
	if (!given(n, 2) == !given(n, 3))
		return node_error(u, n, "either scales or sizes must be given");
	for (int i = 0; i < s->rank; i++)
		x[i] = (struct resize_axis){
			.same = true, .in = s->d[i], .out = s->d[i], .scale = 1, .roi_hi = 1
		};
	ok = given(n, 3) ? from_sizes(u, n, axes, count, x) : from_scales(u, n, axes, count, x);
	if (!ok || !read_roi(u, n, axes, count, x))
		return false;
	for (int i = 0; i < s->rank; i++)
		if (x[i].in == 0 && x[i].out != 0)
			return node_error(u, n,
					  "axis %d of X is empty, there is nothing to enlarge", i);
	return true;
}

static bool infer_resize(struct unit *u, struct node *n)
{
	const struct resize_attrs *r = n->attrs;
	const struct value *x = node_in(n, 0);
	struct resize_axis axes[RANK_MAX];
	struct shape s;

	if (!infer_need_rank(u, n, x, "X", 1, RANK_MAX) || !resize_axes(u, n, axes))
		return false;
	if (r->mode != RESIZE_NEAREST && (x->type == DT_STRING || x->type == DT_BOOL))
		return node_error(u, n, "mode %s is not defined for %s", mode_names[r->mode],
				  dtype_name(x->type));
	s.rank = x->shape.rank;
	for (int i = 0; i < s.rank; i++)
		s.d[i] = axes[i].out;
	set_shape(node_out(n, 0), &s);
	return true;
}

/* -- older versions -------------------------------------------------------------------- */

struct upsample_attrs {
	int mode;
	struct floats scales;
	float height_scale, width_scale;
};
static const char *const old_mode_names[] = { "nearest", "linear", "bilinear", NULL };
static const struct attr_row resize10_rows[] = {
	A_ENUM(struct upsample_attrs, mode, mode_names, RESIZE_NEAREST), A_END
};
static const struct attr_row upsample7_rows[] = {
	A_ENUM(struct upsample_attrs, mode, old_mode_names, RESIZE_NEAREST),
	{ ATTR(struct upsample_attrs, scales), .kind = ATTR_FLOATS, .required = true },
	A_END
};
static const struct attr_row upsample1_rows[] = {
	A_ENUM(struct upsample_attrs, mode, old_mode_names, RESIZE_NEAREST),
	{ ATTR(struct upsample_attrs, height_scale), .kind = ATTR_FLOAT, .required = true },
	{ ATTR(struct upsample_attrs, width_scale), .kind = ATTR_FLOAT, .required = true },
	A_END
};

static uint32_t float_vector(struct node *n, const float *v, int count)
{
	struct shape s = { .rank = 1, .d = { count } };
	struct constant *c;
	void *data;

	c = constant_new(n->graph->unit->arena, DT_F32, &s, &data);
	for (int i = 0; i < count; i++)
		constant_put_f64(data, DT_F32, i, (double)v[i]);
	return graph_constant(n->graph, NULL, c)->id;
}

/* Before version 11: coordinates were o / scale, and the nearest element that below when enlarging,
 * above when shrinking. */
static bool upgrade_simple(struct unit *u, struct node *n)
{
	const struct upsample_attrs *old = n->attrs;
	struct resize_attrs *r = op_default_attrs(u->arena, op_builtin("Resize"));
	float scales[4] = { 1, 1, old->height_scale, old->width_scale };
	uint32_t in[3] = { n->n_in ? n->in[0] : VALUE_NONE, VALUE_NONE, VALUE_NONE };

	r->mode = old->mode == RESIZE_NEAREST ? RESIZE_NEAREST : RESIZE_LINEAR;
	r->coordinate_transformation_mode = ASYMMETRIC;
	r->nearest_mode = NEAREST_SIMPLE;
	if (n->op->attrs == upsample7_rows)
		in[2] = float_vector(n, old->scales.p, old->scales.n);
	else if (n->op->attrs == upsample1_rows)
		in[2] = float_vector(n, scales, 4);
	else if (n->n_in > 1)
		in[2] = n->in[1];
	upgrade_become(n, "Resize", r, 3, in);
	return true;
}

#define OLD_TYPES "T=num,bool,string"

const struct op ops_resize[] = { { .name = "Resize",
				   .since = 11,
				   .sig = "X:T1 roi?:T2 scales?:float sizes?:int64 -> Y:T1",
				   .types = "T1=num,bool,string T2=float16,float,double,bfloat16",
				   .attrs = resize_rows,
				   .attrs_size = sizeof(struct resize_attrs),
				   .infer = infer_resize,
				   .expand = resize_expand,
				   .size = size_resize,
				   .doc = "interpolation to another size" },
				 { .name = "Resize",
				   .since = 10,
				   .until = 10,
				   .sig = "X:T scales:float -> Y:T",
				   .types = OLD_TYPES,
				   .attrs = resize10_rows,
				   .attrs_size = sizeof(struct upsample_attrs),
				   .upgrade = upgrade_simple },
				 { .name = "Upsample",
				   .since = 9,
				   .sig = "X:T scales:float -> Y:T",
				   .types = OLD_TYPES,
				   .attrs = resize10_rows,
				   .attrs_size = sizeof(struct upsample_attrs),
				   .upgrade = upgrade_simple,
				   .doc = "the older name of Resize" },
				 { .name = "Upsample",
				   .since = 7,
				   .until = 8,
				   .sig = "X:T -> Y:T",
				   .types = OLD_TYPES,
				   .attrs = upsample7_rows,
				   .attrs_size = sizeof(struct upsample_attrs),
				   .upgrade = upgrade_simple },
				 { .name = "Upsample",
				   .since = 1,
				   .until = 6,
				   .sig = "X:T -> Y:T",
				   .types = OLD_TYPES,
				   .attrs = upsample1_rows,
				   .attrs_size = sizeof(struct upsample_attrs),
				   .upgrade = upgrade_simple },
				 { .name = NULL } };
