/* resize_axis.c - where an output element of Resize lies in the input, and what its neighbours
 * weigh; as tables when the sizes are known, else as expressions. The formulas are those of ONNX's
 * text, and of its reference where the text is silent. */
#include "resize.h"

#include <math.h>

/* -- tables ---------------------------------------------------------------------------- */

static double position(const struct resize_attrs *r, const struct resize_axis *x, double o)
{
	double in = (double)x->in,
	       out = x->scale * in; /* what the size would be if it were not whole */

	switch (r->coordinate_transformation_mode) {
	case ALIGN_CORNERS:
		return out == 1 ? 0 : o * (in - 1) / (out - 1);
	case ASYMMETRIC:
		return o / x->scale;
	case TF_HALF_PIXEL:
		return (o + 0.5) / x->scale;
	case PYTORCH_HALF_PIXEL:
		return x->out <= 1 ? 0 : (o + 0.5) / x->scale - 0.5;
	case HALF_PIXEL_SYMMETRIC:
		return in / 2 * (1 - (double)x->out / out) + (o + 0.5) / x->scale - 0.5;
	case TF_CROP:
		if (out == 1)
			return (x->roi_hi - x->roi_lo) * (in - 1) / 2 + x->roi_lo * (in - 1);
		return o * (x->roi_hi - x->roi_lo) * (in - 1) / (out - 1) + x->roi_lo * (in - 1);
	default:
		return (o + 0.5) / x->scale - 0.5;
	}
}

static double nearest(int mode, double scale, double x)
{
	switch (mode) {
	case NEAREST_SIMPLE:
		return scale < 1 ? ceil(x) : floor(x);
	case ROUND_PREFER_FLOOR:
		return ceil(x - 0.5);
	case ROUND_PREFER_CEIL:
		return floor(x + 0.5);
	case NEAREST_FLOOR:
		return floor(x);
	default:
		return ceil(x);
	}
}

/* The kernels' values at distance x from the centre. */
static double triangle(double x)
{
	x = fabs(x);
	return x < 1 ? 1 - x : 0;
}

static double cubic(double x, double a)
{
	x = fabs(x);
	if (x <= 1)
		return ((a + 2) * x - (a + 3)) * x * x + 1;
	return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static double clamp(double x, double hi)
{
	return x < 0 ? 0 : x > hi ? hi : x;
}

/* With antialias a kernel is as much wider as the output is smaller. */
static double widening(const struct resize_attrs *r, const struct resize_axis *x)
{
	return r->antialias && x->scale < 1 ? x->scale : 1;
}

/* Positions of the first tap relative to floor(x); as many taps on the other side. */
static int64_t first_tap(const struct resize_attrs *r, const struct resize_axis *x)
{
	double reach = r->mode == RESIZE_LINEAR ? 1 : 2;

	return (int64_t)floor(-reach / widening(r, x)) + 1;
}

static void weigh(const struct resize_attrs *r, const struct resize_axis *x, double at, int taps,
		  int32_t *index, double *weight)
{
	double base = floor(at), s = widening(r, x), sum = 0;
	int64_t first = first_tap(r, x);

	for (int t = 0; t < taps; t++) {
		double i = base + (double)(first + t), d = (i - at) * s;

		weight[t] =
			r->mode == RESIZE_LINEAR ? triangle(d) : cubic(d, (double)r->cubic_coeff_a);
		if (r->exclude_outside && (i < 0 || i > (double)(x->in - 1)))
			weight[t] = 0;
		index[t] = (int32_t)clamp(i, (double)(x->in - 1));
		sum += weight[t];
	}
	for (int t = 0; t < taps; t++)
		weight[t] /= sum != 0 ? sum : 1;
}

void resize_tabulate(struct arena *a, const struct resize_attrs *r, const struct resize_axis *x,
		     struct resize_table *out)
{
	int32_t *index;
	double *weight = NULL;

	out->taps = r->mode == RESIZE_NEAREST ? 1 : (int)(2 - 2 * first_tap(r, x));
	out->index = index = arena_array(a, int32_t, (size_t)x->out * (size_t)out->taps);
	if (out->taps > 1)
		weight = arena_array(a, double, (size_t)x->out *(size_t)out->taps);
	out->weight = weight;
	for (int64_t o = 0; o < x->out; o++) {
		double at = position(r, x, (double)o);
		size_t row = (size_t)o * (size_t)out->taps;

		if (weight)
			weigh(r, x, at, out->taps, index + row, weight + row);
		else
			index[row] = (int32_t)clamp(nearest(r->nearest_mode, x->scale, at),
						    (double)(x->in - 1));
		if (r->coordinate_transformation_mode == TF_CROP &&
		    (at < 0 || at > (double)(x->in - 1)))
			index[row] = -1;
	}
}

/* -- expressions ----------------------------------------------------------------------- */

static const struct tir *number(struct tir_builder *b, const struct resize_sampler *s, double v)
{
	return tir_number(b, s->type, v);
}

static const struct tir *scale_of(struct tir_builder *b, const struct resize_sampler *s)
{
	const struct tir *at = tir_index(b, s->x->scale_at - 1);

	if (s->scale_slot >= 0)
		return tir_cast(b, s->type, tir_load(b, s->scale_slot, &at));
	if (s->x->scale > 0)
		return number(b, s, s->x->scale);
	return tir_div(b, tir_cast(b, s->type, tir_dim(b, s->x->out)),
		       tir_cast(b, s->type, tir_dim(b, s->x->in)));
}

/* The beginning of the part of the input, or its end. */
static const struct tir *roi_of(struct tir_builder *b, const struct resize_sampler *s, bool end)
{
	const struct tir *at =
		tir_index(b, s->x->roi_at - 1 + (end ? (int64_t)s->x->roi_count : 0));

	if (s->roi_slot >= 0)
		return tir_cast(b, s->type, tir_load(b, s->roi_slot, &at));
	return number(b, s, end ? s->x->roi_hi : s->x->roi_lo);
}

/* position() where sizes are known at run time. */
static const struct tir *position_of(struct tir_builder *b, const struct resize_sampler *s,
				     const struct tir *o)
{
	const struct tir *in = tir_cast(b, s->type, tir_dim(b, s->x->in)), *one = number(b, s, 1);
	const struct tir *half = number(b, s, 0.5),
			 *size = tir_cast(b, s->type, tir_dim(b, s->x->out));
	const struct tir *scale = scale_of(b, s);
	bool exact = s->scale_slot < 0 && !(s->x->scale > 0);
	const struct tir *out = exact ? size : tir_mul(b, scale, in), *x, *line, *start;

	o = tir_cast(b, s->type, o);
	x = tir_sub(b, tir_div(b, tir_add(b, o, half), scale), half);
	switch (s->r->coordinate_transformation_mode) {
	case ALIGN_CORNERS:
		line = tir_div(b, tir_mul(b, o, tir_sub(b, in, one)), tir_sub(b, out, one));
		return tir_select(b, tir_eq(b, out, one), number(b, s, 0), line);
	case ASYMMETRIC:
		return tir_div(b, o, scale);
	case TF_HALF_PIXEL:
		return tir_div(b, tir_add(b, o, half), scale);
	case PYTORCH_HALF_PIXEL:
		return tir_select(b, tir_le(b, size, one), number(b, s, 0), x);
	case HALF_PIXEL_SYMMETRIC:
		return tir_add(
			b, tir_mul(b, tir_mul(b, in, half), tir_sub(b, one, tir_div(b, size, out))),
			x);
	case TF_CROP:
		start = roi_of(b, s, false);
		line = tir_mul(b, tir_sub(b, roi_of(b, s, true), start), tir_sub(b, in, one));
		start = tir_mul(b, start, tir_sub(b, in, one));
		x = tir_div(b, tir_mul(b, o, line), tir_sub(b, out, one));
		return tir_add(b, start,
			       tir_select(b, tir_eq(b, out, one), tir_mul(b, line, half), x));
	default:
		return x;
	}
}

static const struct tir *clamped(struct tir_builder *b, const struct resize_sampler *s,
				 const struct tir *i)
{
	return tir_clamp(b, tir_cast(b, DT_INDEX, i), tir_index(b, 0),
			 tir_affine(b, tir_dim(b, s->x->in), 1, -1));
}

static const struct tir *nearest_of(struct tir_builder *b, const struct resize_sampler *s,
				    const struct tir *x)
{
	switch (s->r->nearest_mode) {
	case NEAREST_SIMPLE:
		return tir_select(b, tir_lt(b, scale_of(b, s), number(b, s, 1)),
				  tir_unary(b, TIR_CEIL, x), tir_unary(b, TIR_FLOOR, x));
	case ROUND_PREFER_FLOOR:
		return tir_unary(b, TIR_CEIL, tir_sub(b, x, number(b, s, 0.5)));
	case ROUND_PREFER_CEIL:
		return tir_unary(b, TIR_FLOOR, tir_add(b, x, number(b, s, 0.5)));
	case NEAREST_FLOOR:
		return tir_unary(b, TIR_FLOOR, x);
	default:
		return tir_unary(b, TIR_CEIL, x);
	}
}

/* widening() */
static const struct tir *widening_of(struct tir_builder *b, const struct resize_sampler *s)
{
	const struct tir *one = number(b, s, 1);

	return s->r->antialias ? tir_min(b, scale_of(b, s), one) : one;
}

static int reach_of(const struct resize_attrs *r)
{
	return r->mode == RESIZE_LINEAR ? 1 : 2;
}

/* An output takes from at most the whole input when it is one element; what lies farther weighs
 * nothing. */
dim resize_taps(struct unit *u, const struct resize_attrs *r, const struct resize_axis *x)
{
	if (r->mode == RESIZE_NEAREST)
		return 1;
	if (!r->antialias)
		return 2 * reach_of(r);
	return dim_mul(u, dim_max(u, x->in, 1), 2 * reach_of(r));
}

/* Tap t's place before it is brought into the input: floor(x) + first + t. */
static const struct tir *tap_of(struct tir_builder *b, const struct resize_sampler *s,
				const struct tir *x, const struct tir *t)
{
	const struct tir *first =
		tir_div(b, number(b, s, -(double)reach_of(s->r)), widening_of(b, s));

	first = tir_add(b, tir_unary(b, TIR_FLOOR, first), number(b, s, 1));
	return tir_add(b, tir_unary(b, TIR_FLOOR, x), tir_add(b, tir_cast(b, s->type, t), first));
}

static const struct tir *kernel_of(struct tir_builder *b, const struct resize_sampler *s,
				   const struct tir *x, const struct tir *i)
{
	const struct tir *d = tir_unary(b, TIR_ABS, tir_sub(b, i, x)), *near, *far,
			 *one = number(b, s, 1), *zero = number(b, s, 0);
	double a = (double)s->r->cubic_coeff_a;

	if (s->r->antialias)
		d = tir_mul(b, d, widening_of(b, s));
	if (s->r->mode == RESIZE_LINEAR)
		return s->r->antialias ? tir_max(b, tir_sub(b, one, d), zero) : tir_sub(b, one, d);
	near = tir_sub(b, tir_mul(b, number(b, s, a + 2), d), number(b, s, a + 3));
	near = tir_add(b, tir_mul(b, tir_mul(b, near, d), d), one);
	far = tir_sub(b, tir_mul(b, number(b, s, a), d), number(b, s, 5 * a));
	far = tir_add(b, tir_mul(b, far, d), number(b, s, 8 * a));
	far = tir_sub(b, tir_mul(b, far, d), number(b, s, 4 * a));
	if (s->r->antialias)
		far = tir_select(b, tir_lt(b, d, number(b, s, 2)), far, zero);
	return tir_select(b, tir_le(b, d, one), near, far);
}

/* The kernel, 0 outside of the input where that does not count. */
static const struct tir *weight_of(struct tir_builder *b, const struct resize_sampler *s,
				   const struct tir *x, const struct tir *t)
{
	const struct tir *i = tap_of(b, s, x, t), *w = kernel_of(b, s, x, i), *at;

	if (!s->r->exclude_outside)
		return w;
	at = tir_cast(b, DT_INDEX, i);
	return tir_select(b, tir_in_range(b, at, tir_index(b, 0), tir_dim(b, s->x->in)), w,
			  number(b, s, 0));
}

const struct tir *resize_index(struct tir_builder *b, const struct resize_sampler *s,
			       const struct tir *o, const struct tir *t)
{
	const struct tir *x, *at[2] = { o, t };

	if (s->index_slot >= 0)
		return tir_cast(b, DT_INDEX, tir_load(b, s->index_slot, at));
	if (s->up > 0)
		return tir_floordiv(b, o, tir_index(b, s->up));
	if (s->down > 0)
		return tir_affine(b, o, s->down, s->first);
	x = position_of(b, s, o);
	return clamped(b, s, s->taps == 1 ? nearest_of(b, s, x) : tap_of(b, s, x, t));
}

const struct tir *resize_weight(struct tir_builder *b, const struct resize_sampler *s,
				const struct tir *o, const struct tir *t)
{
	const struct tir *x, *sum, *k, *at[2] = { o, t };

	if (s->weight_slot >= 0)
		return tir_load(b, s->weight_slot, at);
	x = position_of(b, s, o);
	if (!s->r->exclude_outside && !s->r->antialias)
		return weight_of(b, s, x, t);
	k = tir_var(b, s->taps, "t");
	sum = tir_reduce(b, REDUCE_SUM, 1, &k, weight_of(b, s, x, k));
	return tir_div(b, weight_of(b, s, x, t), sum);
}

const struct tir *resize_inside(struct tir_builder *b, const struct resize_sampler *s,
				const struct tir *o)
{
	const struct tir *x, *first = tir_index(b, 0);

	if (s->r->coordinate_transformation_mode != TF_CROP)
		return tir_bool(b, true);
	if (s->index_slot >= 0)
		return tir_le(b, first, resize_index(b, s, o, first));
	if (s->up > 0 || s->down > 0)
		return tir_bool(b, true);
	x = position_of(b, s, o);
	return tir_and(
		b, tir_le(b, number(b, s, 0), x),
		tir_le(b, x, tir_cast(b, s->type, tir_affine(b, tir_dim(b, s->x->in), 1, -1))));
}
