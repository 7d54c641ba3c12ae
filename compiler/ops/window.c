/* window.c - the geometry that convolutions and pools share: kernel, strides, dilations, pads,
 * auto_pad. */
#include "window.h"

const char *const auto_pad_names[] = { "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL };

static bool take(struct unit *u, const struct node *n, const char *name, const struct ints *from,
		 int count, int64_t def, int64_t lo, int64_t *to)
{
	for (int i = 0; i < count; i++)
		to[i] = def;
	if (!from->p || from->n == 0)
		return true;
	if (from->n != count)
		return node_error(u, n, "%s has %d values, the input has %d spatial axes", name,
				  from->n, count);
	for (int i = 0; i < count; i++) {
		if (from->p[i] < lo || from->p[i] > INT32_MAX)
			return node_error(u, n,
					  "%s has %lld, it must be at least %lld and fit 32 bits",
					  name, (long long)from->p[i], (long long)lo);
		to[i] = from->p[i];
	}
	return true;
}

bool window_attrs(struct unit *u, const struct node *n, const struct window_lists *l, const dim *in,
		  int axes, struct window *w)
{
	int64_t pads[2 * WINDOW_MAX];

	if (axes < 1 || axes > WINDOW_MAX)
		return node_error(u, n, "the input has %d spatial axes, from 1 to %d are supported",
				  axes, WINDOW_MAX);
	w->n = axes;
	for (int i = 0; i < axes; i++)
		w->in[i] = in[i];
	if (!take(u, n, "kernel_shape", l->kernel, axes, 1, 1, w->kernel) ||
	    !take(u, n, "strides", l->strides, axes, 1, 1, w->stride) ||
	    !take(u, n, "dilations", l->dilations, axes, 1, 1, w->dilation))
		return false;
	for (int i = 0; i < 2 * axes; i++)
		pads[i] = 0;
	if (l->auto_pad == PAD_NOTSET && l->pads->p && l->pads->n) {
		if (l->pads->n != 2 * axes)
			return node_error(u, n, "pads has %d values, the input has %d spatial axes",
					  l->pads->n, axes);
		for (int i = 0; i < 2 * axes; i++) {
			if (l->pads->p[i] < 0 || l->pads->p[i] > INT32_MAX)
				return node_error(
					u, n,
					"pads has %lld, it must not be negative and fit 32 bits",
					(long long)l->pads->p[i]);
			pads[i] = l->pads->p[i];
		}
	}
	for (int i = 0; i < axes; i++) {
		w->pad_lo[i] = pads[i];
		w->pad_hi[i] = pads[axes + i];
	}
	return true;
}

static int64_t reach(const struct window *w, int i)
{
	return (w->kernel[i] - 1) * w->dilation[i] + 1;
}

/* SAME: ceil(in / stride) outputs, the padding that this takes, the odd one at the end (UPPER) or
 * start. */
static bool same(struct unit *u, const struct node *n, int mode, int i, struct window *w)
{
	int64_t total;

	w->out[i] = dim_ceildiv(u, w->in[i], w->stride[i]);
	if (dim_is_const(w->in[i]))
		total = (w->out[i] - 1) * w->stride[i] + reach(w, i) - w->in[i];
	else if (w->stride[i] == 1)
		total = reach(w, i) - 1;
	else
		return node_error(
			u, n,
			"auto_pad with stride %lld needs a size known at compile time, axis %d is %s",
			(long long)w->stride[i], i, dim_text(u, w->in[i]));
	if (total < 0)
		total = 0;
	w->pad_lo[i] = mode == PAD_SAME_UPPER ? total / 2 : total - total / 2;
	w->pad_hi[i] = total - w->pad_lo[i];
	return true;
}

/* Windows at the end of axis i, pads given. */
static bool count_windows(struct unit *u, const struct node *n, enum window_end end, int i,
			  struct window *w)
{
	dim padded = dim_add(u, w->in[i], w->pad_lo[i] + w->pad_hi[i]);
	bool lacks = dim_is_const(padded) && padded < reach(w, i);
	int64_t count;

	/* A last window may reach beyond the padding, by less than a stride. An only one may without
	 * ceil_mode, too: ONNX's inference and ONNX Runtime truncate the quotient. */
	if (end == WINDOWS_CEIL || (end == WINDOWS_FLOOR && lacks))
		padded = dim_add(u, padded, w->stride[i] - 1);
	w->out[i] = dim_floordiv(u, dim_diff(u, padded, reach(w, i)), w->stride[i]);
	w->out[i] = dim_add(u, w->out[i], 1);
	if (lacks && (end == WINDOWS_INSIDE || (dim_is_number(u, w->out[i], &count) && count < 0)))
		return node_error(
			u, n, "the window spans %lld on spatial axis %d, the padded input has %lld",
			(long long)reach(w, i), i, (long long)padded);
	/* but not one that would start in the padding at the end */
	if (end == WINDOWS_CEIL && w->pad_hi[i] + w->stride[i] > reach(w, i))
		w->out[i] =
			dim_min(u, w->out[i],
				dim_ceildiv(u, dim_add(u, w->in[i], w->pad_lo[i]), w->stride[i]));
	return true;
}

bool window_outputs(struct unit *u, const struct node *n, int auto_pad, enum window_end end,
		    struct window *w)
{
	for (int i = 0; i < w->n; i++)
		if (auto_pad == PAD_SAME_UPPER || auto_pad == PAD_SAME_LOWER
			    ? !same(u, n, auto_pad, i, w)
			    : !count_windows(u, n, end, i, w))
			return false;
	return true;
}

const struct tir *window_index(struct tir_builder *b, const struct window *w, int i,
			       const struct tir *out, const struct tir *tap)
{
	return tir_add(b, tir_affine(b, out, w->stride[i], -w->pad_lo[i]),
		       tir_affine(b, tap, w->dilation[i], 0));
}

const struct tir *window_inside(struct tir_builder *b, const struct window *w,
				const struct tir *const *at)
{
	const struct tir *ok = tir_bool(b, true);

	for (int i = 0; i < w->n; i++)
		ok = tir_and(b, ok, tir_in_range(b, at[i], tir_index(b, 0), tir_dim(b, w->in[i])));
	return ok;
}

void window_trim(const struct unit *u, struct window *w)
{
	for (int i = 0; i < w->n; i++) {
		int64_t d = w->dilation[i], in = dim_hi(u, w->in[i]), out = dim_hi(u, w->out[i]);
		int64_t before, first, end;

		if (in > INT32_MAX || out > INT32_MAX) /* not bounded yet */
			continue;
		before = w->pad_lo[i] - (out - 1) * w->stride[i];
		first = before > 0 ? (before + d - 1) / d : 0;
		end = (in + w->pad_lo[i] + d - 1) / d;
		if (first >= w->kernel[i]) /* all taps are outside: one of them is enough */
			first = w->kernel[i] - 1;
		if (end > w->kernel[i])
			end = w->kernel[i];
		w->kernel[i] = end > first ? end - first : 1;
		w->pad_lo[i] -= first * d;
	}
}

dim window_taps(const struct window *w)
{
	int64_t taps = 1;

	for (int i = 0; i < w->n; i++)
		if (!mul_i64(taps, w->kernel[i], &taps))
			return DIM_OVERFLOW;
	return taps;
}
