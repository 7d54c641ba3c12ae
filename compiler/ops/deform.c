/* deform.c - DeformConv, an expansion: X interpolated where the taps lie once the offsets have moved them, as columns
 * [N, group, C / group * taps, places], and their product with W. Half types are computed in float.
 *
 *	Y[n,o,p] = B[o] + sum over c, k of W[o,c,k] mask[n,g,k,p] X[n, c, p * stride - pad + k * dilation + offset[n,g,k,:,p]]
 *
 * X is 0 outside, also where a position between the edge and the outside is interpolated. */
#include "window.h"

enum { IN_X, IN_W, IN_OFFSET, IN_BIAS, IN_MASK };

struct deform_attrs {
	struct ints dilations, kernel_shape, pads, strides;
	int64_t group, offset_group;
};
static const struct attr_row deform_rows[] = {
	A_INTS(struct deform_attrs, dilations),
	A_RANGE(struct deform_attrs, group, 1, 1, INT32_MAX),
	A_INTS(struct deform_attrs, kernel_shape),
	A_RANGE(struct deform_attrs, offset_group, 1, 1, INT32_MAX),
	A_INTS(struct deform_attrs, pads),
	A_INTS(struct deform_attrs, strides),
	A_END,
};

static bool geometry(struct unit *u, const struct node *n, struct window *w)
{
	const struct deform_attrs *a = n->attrs;
	const struct shape *f = &node_in(n, IN_W)->shape;
	int axes = f->rank - 2;
	struct ints kernel = { f->d + 2, axes };
	struct window_lists l = { PAD_NOTSET, &kernel, &a->strides, &a->dilations, &a->pads };

	if (axes > WINDOW_MAX)
		return node_error(u, n, "X has rank %d, at most %d is supported", f->rank,
				  WINDOW_MAX + 2);
	for (int i = 0; i < axes; i++)
		if (f->d[i + 2] < 1 || (a->kernel_shape.p && (a->kernel_shape.n != axes ||
							      a->kernel_shape.p[i] != f->d[i + 2])))
			return node_error(u, n, "kernel_shape does not agree with W of shape %s",
					  shape_text(u, f));
	return window_attrs(u, n, &l, node_in(n, IN_X)->shape.d + 2, axes, w) &&
	       window_outputs(u, n, PAD_NOTSET, WINDOWS_INSIDE, w);
}

/* Input k has shape [N, channels, outputs ...]. */
static bool check_places(struct unit *u, const struct node *n, int k, const char *name,
			 dim channels, const struct window *w)
{
	const struct value *v = node_in(n, k);
	bool ok;

	if (!v)
		return true;
	if (!infer_need_rank(u, n, v, name, w->n + 2, w->n + 2))
		return false;
	ok = dim_assume_equal(u, v->shape.d[0], node_in(n, IN_X)->shape.d[0], NULL) &&
	     dim_assume_equal(u, v->shape.d[1], channels, NULL);
	for (int i = 0; i < w->n; i++)
		ok = ok && dim_assume_equal(u, v->shape.d[i + 2], w->out[i], NULL);
	return ok || node_error(u, n,
				"%s of shape %s does not fit: %s channels are needed, for "
				"places as many as the convolution has",
				name, shape_text(u, &v->shape), dim_text(u, channels));
}

static bool check_channels(struct unit *u, const struct node *n)
{
	const struct deform_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, IN_X)->shape, *f = &node_in(n, IN_W)->shape;
	const struct value *bias = node_in(n, IN_BIAS);

	if (!dim_is_const(x->d[1]) || !dim_is_const(f->d[0]))
		return node_error(
			u, n,
			"the numbers of channels must be known at compile time, they are %s and %s",
			dim_text(u, x->d[1]), dim_text(u, f->d[0]));
	if (dim_mul(u, f->d[1], a->group) != x->d[1])
		return node_error(u, n, "W expects %s channels, X has %s",
				  dim_text(u, dim_mul(u, f->d[1], a->group)), dim_text(u, x->d[1]));
	if (f->d[0] % a->group || x->d[1] % a->offset_group)
		return node_error(u, n,
				  "group %lld and offset_group %lld do not divide the channels, "
				  "%s out and %s in",
				  (long long)a->group, (long long)a->offset_group,
				  dim_text(u, f->d[0]), dim_text(u, x->d[1]));
	if (bias && (bias->shape.rank != 1 || bias->shape.d[0] != f->d[0]))
		return node_error(u, n, "B has shape %s, [%s] is needed",
				  shape_text(u, &bias->shape), dim_text(u, f->d[0]));
	return true;
}

static bool infer_deform(struct unit *u, struct node *n)
{
	const struct deform_attrs *a = n->attrs;
	const struct value *x = node_in(n, IN_X), *f = node_in(n, IN_W);
	struct shape s = { .rank = 2 };
	struct window w;
	int64_t taps;

	if (!infer_need_rank(u, n, x, "X", 3, RANK_MAX) ||
	    !infer_need_rank(u, n, f, "W", x->shape.rank, x->shape.rank) || !check_channels(u, n) ||
	    !geometry(u, n, &w))
		return false;
	taps = a->offset_group * window_taps(&w);
	if (!check_places(u, n, IN_OFFSET, "offset", taps * w.n, &w) ||
	    !check_places(u, n, IN_MASK, "mask", taps, &w))
		return false;
	s.d[0] = x->shape.d[0];
	s.d[1] = f->shape.d[0];
	for (int i = 0; i < w.n; i++)
		s.d[s.rank++] = w.out[i];
	set_shape(node_out(n, 0), &s);
	return true;
}

static dim macs_deform(struct unit *u, const struct node *n)
{
	struct window w;

	if (!geometry(u, n, &w))
		unreachable("a window that inference accepted");
	return dim_mul(
		u, dim_mul(u, shape_count(u, &node_out(n, 0)->shape), node_in(n, IN_W)->shape.d[1]),
		window_taps(&w));
}

/* -- columns ----------------------------------------------------------------------------- */

struct sample {
	struct window w;
	const struct tir *at[WINDOW_MAX]; /* along each axis of X, in elements */
};

/* X at s->at from axis i on, between the two nearest elements of each; idx has what lies before. */
static const struct tir *interpolate(struct tir_builder *b, const struct sample *s, int i,
				     const struct tir **idx)
{
	const struct tir *sum = NULL, *low, *part;

	if (i == s->w.n)
		return tir_load(b, 0, idx);
	low = tir_unary(b, TIR_FLOOR, s->at[i]);
	part = tir_sub(b, s->at[i], low);
	for (int k = 0; k < 2; k++) {
		const struct tir *one = tir_number(b, low->type, 1), *weight, *x, *inside;

		weight = k ? part : tir_sub(b, one, part);
		low = k ? tir_add(b, low, one) : low;
		idx[i + 2] = tir_cast(b, DT_INDEX, low);
		/* compared as a float: a position far outside is no index */
		inside = tir_and(b, tir_le(b, tir_number(b, low->type, 0), low),
				 tir_lt(b, low, tir_cast(b, low->type, tir_dim(b, s->w.in[i]))));
		x = interpolate(b, s, i + 1, idx);
		x = tir_select(b, inside, tir_mul(b, weight, x), tir_number(b, low->type, 0));
		sum = sum ? tir_add(b, sum, x) : x;
	}
	return sum;
}

/* A place's number as its indices. */
static void split_place(struct tir_builder *b, const struct window *w, const struct tir *place,
			const struct tir **idx)
{
	for (int i = w->n - 1; i > 0; i--) {
		idx[i] = tir_floormod(b, place, tir_dim(b, w->out[i]));
		place = tir_floordiv(b, place, tir_dim(b, w->out[i]));
	}
	idx[0] = place;
}

/* Columns [N, group, channels of a group * taps, places]: inputs are X, offset and, perhaps, mask. */
static void define_columns(struct tir_builder *b, const struct node *n, const struct window *w,
			   struct tir_stage *stage)
{
	const struct deform_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, IN_X)->shape;
	int64_t taps = window_taps(w), channels = x->d[1] / a->group;
	const struct tir *idx[RANK_MAX], *in[RANK_MAX], *from[RANK_MAX], *tap, *set, *value;
	struct sample s = { .w = *w };

	tir_stage_begin(b, 0, stage, idx);
	in[0] = from[0] = idx[0];
	in[1] = tir_add(b, tir_affine(b, idx[1], channels, 0),
			tir_floordiv(b, idx[2], tir_index(b, taps)));
	tap = tir_floormod(b, idx[2], tir_index(b, taps));
	split_place(b, w, idx[3], from + 2);
	set = tir_floordiv(b, in[1], tir_index(b, x->d[1] / a->offset_group));
	set = tir_add(b, tir_affine(b, set, taps, 0), tap);
	for (int i = w->n - 1; i >= 0; i--) {
		const struct tir *t = tir_floormod(b, tap, tir_index(b, w->kernel[i]));

		tap = tir_floordiv(b, tap, tir_index(b, w->kernel[i]));
		from[1] = tir_affine(b, set, w->n, i);
		value = tir_load(b, 1, from);
		s.at[i] = tir_cast(b, value->type, window_index(b, w, i, from[i + 2], t));
		s.at[i] = tir_add(b, s.at[i], value);
	}
	value = interpolate(b, &s, 0, in);
	from[1] = set;
	stage->value = b->node->n_in > 2 ? tir_mul(b, value, tir_load(b, 2, from)) : value;
}

static uint32_t columns(struct unit *u, struct node *n, const struct window *w, enum dtype t)
{
	const struct deform_attrs *a = n->attrs;
	const struct shape *x = &node_in(n, IN_X)->shape;
	uint32_t in[3] = { new_cast(n, t, n->in[IN_X]), new_cast(n, t, n->in[IN_OFFSET]) };
	bool masked = node_in(n, IN_MASK);
	struct shape s = { .rank = 4,
			   .d = { x->d[0], a->group, x->d[1] / a->group * window_taps(w), 1 } };
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;

	for (int i = 0; i < w->n; i++)
		s.d[3] = dim_mul(u, s.d[3], w->out[i]);
	if (masked)
		in[2] = new_cast(n, t, n->in[IN_MASK]);
	m = new_loops(n, masked ? 3 : 2, in, t, &s);
	tir_builder_init(&b, u, m);
	define_columns(&b, n, w, &stage);
	set_loops(m, &stage);
	return m->out[0];
}

/* -- the whole --------------------------------------------------------------------------- */

/* The product [N, group, channels of a group, places], and the bias, as Y. */
static uint32_t result(struct unit *u, struct node *n, const struct window *w, uint32_t product,
		       enum dtype t)
{
	const struct value *y = node_out(n, 0);
	int64_t channels = y->shape.d[1] / ((const struct deform_attrs *)n->attrs)->group;
	uint32_t in[2] = { product };
	const struct tir *idx[RANK_MAX], *at[4], *place;
	bool biased = node_in(n, IN_BIAS);
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;

	if (biased)
		in[1] = new_cast(n, t, n->in[IN_BIAS]);
	m = new_loops(n, biased ? 2 : 1, in, t, &y->shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	place = idx[2];
	for (int i = 1; i < w->n; i++)
		place = tir_add(&b, tir_mul(&b, place, tir_dim(&b, w->out[i])), idx[i + 2]);
	at[0] = idx[0];
	at[1] = tir_floordiv(&b, idx[1], tir_index(&b, channels));
	at[2] = tir_floormod(&b, idx[1], tir_index(&b, channels));
	at[3] = place;
	stage.value = tir_load(&b, 0, at);
	if (biased)
		stage.value = tir_add(&b, stage.value, tir_load(&b, 1, &idx[1]));
	set_loops(m, &stage);
	return m->out[0];
}

static bool expand_deform(struct unit *u, struct node *n)
{
	const struct deform_attrs *a = n->attrs;
	const struct shape *f = &node_in(n, IN_W)->shape;
	enum dtype type = node_in(n, IN_X)->type, t = dtype_compute(type);
	struct window w;
	int64_t sizes[3];
	uint32_t x, weights;

	if (!geometry(u, n, &w))
		return false;
	sizes[0] = a->group;
	sizes[1] = f->d[0] / a->group;
	sizes[2] = f->d[1] * window_taps(&w);
	x = columns(u, n, &w, t);
	weights = graph_build2(n, "Reshape", NULL, new_cast(n, t, n->in[IN_W]),
			       new_ints(n, sizes, 3));
	x = graph_build2(n, "MatMul", NULL, weights, x);
	expand_output(u, n, 0, new_cast(n, type, result(u, n, &w, x, t)));
	return true;
}

const struct op ops_deform[] = {
	{ .name = "DeformConv",
	  .since = 19,
	  .sig = "X:T W:T offset:T B?:T mask?:T -> Y:T",
	  .types = "T=floats",
	  .attrs = deform_rows,
	  .attrs_size = sizeof(struct deform_attrs),
	  .infer = infer_deform,
	  .expand = expand_deform,
	  .macs = macs_deform,
	  .doc = "convolution whose taps are moved by offsets",
	  .limits = "the numbers of channels must be known at compile time" },
	{ .name = NULL }
};
