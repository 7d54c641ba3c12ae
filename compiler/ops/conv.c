/* conv.c - Conv and ConvTranspose, over any number of spatial axes, with groups. */
#include "window.h"

#include <string.h>

const struct attr_row conv_rows[] = {
	A_ENUM(struct conv_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_INTS(struct conv_attrs, dilations),
	A_RANGE(struct conv_attrs, group, 1, 1, INT32_MAX),
	A_INTS(struct conv_attrs, kernel_shape),
	A_INTS(struct conv_attrs, pads),
	A_INTS(struct conv_attrs, strides),
	A_END,
};

static const struct attr_row transpose_rows[] = {
	A_ENUM(struct conv_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_INTS(struct conv_attrs, dilations),
	A_RANGE(struct conv_attrs, group, 1, 1, INT32_MAX),
	A_INTS(struct conv_attrs, kernel_shape),
	A_INTS(struct conv_attrs, output_padding),
	A_INTS(struct conv_attrs, output_shape),
	A_INTS(struct conv_attrs, pads),
	A_INTS(struct conv_attrs, strides),
	A_END,
};

int conv_weights(const struct node *n)
{
	return strcmp(n->op->name, "QLinearConv") == 0 ? 3 : 1;
}

/* Kernel sizes from W, which kernel_shape may only repeat. */
bool conv_geometry(struct unit *u, const struct node *n, struct window *w)
{
	const struct conv_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *f = node_in(n, conv_weights(n));
	int axes = x->shape.rank - 2;
	int64_t sizes[WINDOW_MAX];
	struct ints kernel = { sizes, axes };
	struct window_lists l = { a->auto_pad, &kernel, &a->strides, &a->dilations, &a->pads };

	if (axes < 1 || axes > WINDOW_MAX)
		return node_error(u, n, "X has rank %d, from 3 to %d are supported", x->shape.rank,
				  WINDOW_MAX + 2);
	for (int i = 0; i < axes; i++) {
		sizes[i] = f->shape.d[i + 2];
		if (sizes[i] < 1)
			return node_error(u, n, "the kernel size %s of W is no positive number",
					  dim_text(u, f->shape.d[i + 2]));
		if (a->kernel_shape.p &&
		    (a->kernel_shape.n != axes || a->kernel_shape.p[i] != sizes[i]))
			return node_error(u, n, "kernel_shape does not agree with W of shape %s",
					  shape_text(u, &f->shape));
	}
	return window_attrs(u, n, &l, x->shape.d + 2, axes, w);
}

static bool check_shapes(struct unit *u, struct node *n, int x_channels_axis, dim out_channels,
			 int b)
{
	const struct conv_attrs *a = n->attrs;
	const struct value *x = node_in(n, 0), *f = node_in(n, conv_weights(n)),
			   *bias = node_in(n, b);
	dim c = x->shape.d[1], want;

	if (!dim_is_const(c))
		return node_error(u, n,
				  "the number of channels must be known at compile time, X has %s",
				  dim_text(u, c));
	want = x_channels_axis == 1 ? dim_mul(u, f->shape.d[1], a->group) : f->shape.d[0];
	if (want != c)
		return node_error(u, n, "W expects %s channels, X has %lld", dim_text(u, want),
				  (long long)c);
	if (out_channels < 0 || out_channels % a->group || c % a->group)
		return node_error(u, n, "group %lld does not divide the channels: %lld in, %s out",
				  (long long)a->group, (long long)c, dim_text(u, out_channels));
	if (bias && (bias->shape.rank != 1 || bias->shape.d[0] != out_channels))
		return node_error(u, n, "B has shape %s, [%lld] is needed",
				  shape_text(u, &bias->shape), (long long)out_channels);
	return true;
}

bool conv_ranks(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *f = node_in(n, conv_weights(n));

	if (!infer_need_rank(u, n, x, "X", 3, RANK_MAX) ||
	    !infer_need_rank(u, n, f, "W", 3, RANK_MAX))
		return false;
	if (x->shape.rank != f->shape.rank)
		return node_error(u, n, "X has rank %d, W has rank %d", x->shape.rank,
				  f->shape.rank);
	return true;
}

static void set_output(struct node *n, dim channels, const struct window *w)
{
	struct shape s = { .rank = w->n + 2 };

	s.d[0] = node_in(n, 0)->shape.d[0];
	s.d[1] = channels;
	for (int i = 0; i < w->n; i++)
		s.d[i + 2] = w->out[i];
	set_shape(node_out(n, 0), &s);
}

bool conv_infer(struct unit *u, struct node *n, int bias)
{
	const struct conv_attrs *a = n->attrs;
	const struct value *f = node_in(n, conv_weights(n));
	struct window w;

	if (!conv_ranks(u, n) || !check_shapes(u, n, 1, f->shape.d[0], bias) ||
	    !conv_geometry(u, n, &w) || !window_outputs(u, n, a->auto_pad, WINDOWS_INSIDE, &w))
		return false;
	set_output(n, f->shape.d[0], &w);
	return true;
}

bool conv_upgrade(struct unit *u, struct node *n, uint32_t zero)
{
	struct conv_attrs a = *(const struct conv_attrs *)n->attrs;
	struct window w;

	if (!conv_ranks(u, n) || !conv_geometry(u, n, &w))
		return false;
	if (!window_same_varies(&w, a.auto_pad))
		return true;
	if (zero == VALUE_NONE)
		zero = new_scalar(n, node_in(n, 0)->type, 0);
	node_set_input(n, 0, window_pad_same(n, &w, a.auto_pad, n->in[0], zero));
	a.auto_pad = PAD_VALID;
	upgrade_to_newest(u, n, &a);
	return true;
}

static bool upgrade_conv(struct unit *u, struct node *n)
{
	return conv_upgrade(u, n, VALUE_NONE);
}

static bool infer_conv(struct unit *u, struct node *n)
{
	return conv_infer(u, n, 2);
}

/* -- ConvTranspose's sizes ------------------------------------------------------------- */

static int64_t list_at(const struct ints *l, int i, int64_t def)
{
	return l->p && i < l->n ? l->p[i] : def;
}

/* out = stride * (in - 1) + output_padding + reach - pads; or pads from a wanted output, which is
 * in * stride for SAME. */
static bool transpose_outputs(struct unit *u, const struct node *n, struct window *w)
{
	const struct conv_attrs *a = n->attrs;
	int shape_from = a->output_shape.n == w->n + 2 ? 2 : 0;
	bool same = a->auto_pad == PAD_SAME_UPPER || a->auto_pad == PAD_SAME_LOWER;

	if ((a->output_padding.p && a->output_padding.n && a->output_padding.n != w->n) ||
	    (a->output_shape.p && a->output_shape.n && a->output_shape.n != w->n && !shape_from))
		return node_error(
			u, n,
			"output_padding and output_shape must have one value per spatial axis");
	for (int i = 0; i < w->n; i++) {
		int64_t extra = list_at(&a->output_padding, i, 0);
		int64_t reach = (w->kernel[i] - 1) * w->dilation[i] + 1, total;
		dim full = dim_mul(u, dim_sub(u, w->in[i], 1), w->stride[i]);

		if (extra < 0 || extra > INT32_MAX)
			return node_error(
				u, n,
				"output_padding has %lld, it must not be negative and fit 32 bits",
				(long long)extra);
		full = dim_add(u, full, extra + reach);
		if (!same && !(a->output_shape.p && a->output_shape.n)) {
			dim pads = w->pad_lo[i] + w->pad_hi[i];

			if (dim_is_const(full) && full < pads)
				return node_error(u, n,
						  "pads of %lld leave nothing of spatial axis %d",
						  (long long)pads, i);
			w->out[i] = dim_sub(u, full, pads);
			continue;
		}
		if (a->output_shape.p && a->output_shape.n) {
			if (!dim_is_const(full)) /* conv_transpose_upgrade left nothing of it */
				unreachable("a wanted size of what is known at run time only");
			w->out[i] = a->output_shape.p[shape_from + i];
			if (w->out[i] < 0)
				return node_error(u, n, "output_shape has %lld",
						  (long long)w->out[i]);
			total = full - w->out[i];
		} else { /* in * stride, whatever in is */
			w->out[i] = dim_mul(u, w->in[i], w->stride[i]);
			total = extra + reach - w->stride[i];
		}
		if (total < 0)
			total = 0;
		w->pad_lo[i] = a->auto_pad == PAD_SAME_UPPER ? total / 2 : total - total / 2;
		w->pad_hi[i] = total - w->pad_lo[i];
	}
	return true;
}

static bool infer_transpose(struct unit *u, struct node *n)
{
	const struct conv_attrs *a = n->attrs;
	dim channels;
	struct window w;

	if (!conv_ranks(u, n))
		return false;
	channels = dim_mul(u, node_in(n, 1)->shape.d[1], a->group);
	if (!check_shapes(u, n, 0, channels, 2) || !conv_geometry(u, n, &w) ||
	    !transpose_outputs(u, n, &w))
		return false;
	set_output(n, channels, &w);
	return true;
}

void conv_window(struct unit *u, const struct node *n, struct window *w)
{
	const struct conv_attrs *a = n->attrs;
	bool ok = conv_geometry(u, n, w);

	ok = ok && (n->op->attrs == transpose_rows
			    ? transpose_outputs(u, n, w)
			    : window_outputs(u, n, a->auto_pad, WINDOWS_INSIDE, w));
	if (!ok)
		unreachable("a window that inference accepted");
}

/* -- definitions ----------------------------------------------------------------------- */

static const struct tir *with_bias(struct tir_builder *b, const struct node *n,
				   const struct tir *sum, const struct tir *channel)
{
	return node_in(n, 2) ? tir_add(b, sum, tir_load(b, 2, &channel)) : sum;
}

int conv_taps(struct tir_builder *b, const struct node *n, const struct tir *const *idx,
	      const struct tir **vars, const struct tir **x, const struct tir **w,
	      const struct tir **inside)
{
	const struct conv_attrs *a = n->attrs;
	const struct value *f = node_in(n, conv_weights(n));
	dim cig = f->shape.d[1], cog = f->shape.d[0] / a->group;
	const struct tir *at[WINDOW_MAX];
	struct window win;

	conv_window(b->u, n, &win);
	vars[0] = tir_var(b, cig, "c");
	x[0] = idx[0];
	x[1] = tir_add(b, tir_mul(b, tir_floordiv(b, idx[1], tir_index(b, cog)), tir_index(b, cig)),
		       vars[0]);
	w[0] = idx[1];
	w[1] = vars[0];
	for (int i = 0; i < win.n; i++) {
		vars[i + 1] = tir_var(b, win.kernel[i], "k");
		at[i] = x[i + 2] = window_index(b, &win, i, idx[i + 2], vars[i + 1]);
		w[i + 2] = vars[i + 1];
	}
	*inside = window_inside(b, &win, at);
	return win.n + 1;
}

static bool define_conv(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x[RANK_MAX], *w[RANK_MAX], *vars[RANK_MAX], *product,
		*inside;
	int count;

	tir_stage_begin(b, 0, out, idx);
	count = conv_taps(b, n, idx, vars, x, w, &inside);
	product = tir_mul(b, tir_load(b, 0, x), tir_load(b, 1, w));
	product = tir_select(b, inside, product, tir_number(b, product->type, 0));
	out->value = with_bias(b, n, tir_reduce(b, REDUCE_SUM, count, vars, product), idx[1]);
	return true;
}

/* Output o takes tap k of input i when o + pad = i * stride + k * dilation. */
static bool define_transpose(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct conv_attrs *a = n->attrs;
	const struct value *f = node_in(n, 1);
	dim cig = f->shape.d[0] / a->group, cog = f->shape.d[1];
	const struct tir *idx[RANK_MAX], *x[RANK_MAX], *w[RANK_MAX], *vars[RANK_MAX], *product, *ok;
	struct window win;

	conv_window(b->u, n, &win);
	tir_stage_begin(b, 0, out, idx);
	vars[0] = tir_var(b, cig, "c");
	x[0] = idx[0];
	x[1] = tir_add(b, tir_mul(b, tir_floordiv(b, idx[1], tir_index(b, cog)), tir_index(b, cig)),
		       vars[0]);
	w[0] = x[1];
	w[1] = tir_floormod(b, idx[1], tir_index(b, cog));
	ok = tir_bool(b, true);
	for (int i = 0; i < win.n; i++) {
		const struct tir *stride = tir_index(b, win.stride[i]), *t;

		vars[i + 1] = tir_var(b, win.kernel[i], "k");
		w[i + 2] = vars[i + 1];
		t = tir_sub(b, tir_affine(b, idx[i + 2], 1, win.pad_lo[i]),
			    tir_affine(b, vars[i + 1], win.dilation[i], 0));
		x[i + 2] = tir_floordiv(b, t, stride);
		ok = tir_and(b, ok, tir_eq(b, tir_floormod(b, t, stride), tir_index(b, 0)));
		ok = tir_and(b, ok,
			     tir_in_range(b, x[i + 2], tir_index(b, 0), tir_dim(b, win.in[i])));
	}
	product = tir_mul(b, tir_load(b, 0, x), tir_load(b, 1, w));
	product = tir_select(b, ok, product, tir_number(b, product->type, 0));
	out->value = with_bias(b, n, tir_reduce(b, REDUCE_SUM, win.n + 1, vars, product), idx[1]);
	return true;
}

dim conv_macs(struct unit *u, const struct node *n)
{
	const struct shape *f = &node_in(n, conv_weights(n))->shape;
	struct window w;

	conv_window(u, n, &w);
	return dim_mul(u, dim_mul(u, shape_count(u, &node_out(n, 0)->shape), f->d[1]),
		       window_taps(&w));
}

static dim macs_transpose(struct unit *u, const struct node *n)
{
	struct window w;

	conv_window(u, n, &w);
	return dim_mul(u,
		       dim_mul(u, shape_count(u, &node_in(n, 0)->shape), node_in(n, 1)->shape.d[1]),
		       window_taps(&w));
}

const struct op ops_conv[] = { { .name = "Conv",
				 .since = 1,
				 .sig = "X:T W:T B?:T -> Y:T",
				 .types = "T=floats",
				 .attrs = conv_rows,
				 .attrs_size = sizeof(struct conv_attrs),
				 .upgrade = upgrade_conv,
				 .infer = infer_conv,
				 .define = define_conv,
				 .macs = conv_macs,
				 .doc = "convolution over the spatial axes",
				 .limits = "the number of channels must be known at compile time" },
			       { .name = "ConvTranspose",
				 .since = 1,
				 .sig = "X:T W:T B?:T -> Y:T",
				 .types = "T=floats",
				 .attrs = transpose_rows,
				 .attrs_size = sizeof(struct conv_attrs),
				 .upgrade = conv_transpose_upgrade,
				 .infer = infer_transpose,
				 .define = define_transpose,
				 .expand = conv_transpose_expand,
				 .macs = macs_transpose,
				 .doc = "transposed convolution",
				 .limits = "the number of channels must be known at compile time" },
			       { .name = NULL } };
