/* col2im.c - Col2Im: blocks, each a column, laid back into the image and added where they overlap.
 *
 * Tap t of the block at place o lies at o * stride + t * dilation - pad: an element of the image is
 * the sum over the taps whose o is whole and inside. */
#include "family.h"

enum { AXES_MAX = 6 };
struct col2im_attrs {
	struct ints dilations, pads, strides;
};
static const struct attr_row col2im_rows[] = { A_INTS(struct col2im_attrs, dilations),
					       A_INTS(struct col2im_attrs, pads),
					       A_INTS(struct col2im_attrs, strides), A_END };

struct blocks {
	int n;
	dim tap[AXES_MAX];
	int64_t stride[AXES_MAX], dilation[AXES_MAX], lo[AXES_MAX], hi[AXES_MAX];
	dim image[AXES_MAX], place[AXES_MAX]; /* places of a block along each axis */
	dim taps;
};

static bool read_list(struct unit *u, const struct node *n, const struct ints *l, const char *name,
		      int count, int64_t least, int64_t def, int64_t *out)
{
	if (l->p && l->n != count)
		return node_error(u, n, "%s has %d elements, %d are needed", name, l->n, count);
	for (int i = 0; i < count; i++) {
		out[i] = l->p ? l->p[i] : def;
		if (out[i] < least || out[i] > INT32_MAX)
			return node_error(u, n, "%s has %lld", name, (long long)out[i]);
	}
	return true;
}

static bool read_blocks(struct unit *u, const struct node *n, struct blocks *w)
{
	const struct col2im_attrs *a = n->attrs;
	int64_t pads[2 * AXES_MAX];
	const dim *image, *tap;
	int m;

	if (!infer_need_rank(u, n, node_in(n, 0), "input", 3, 3) ||
	    !input_elements(u, n, 2, "block_shape", 1, dim_hi(u, node_in(n, 0)->shape.d[1]), &tap,
			    &w->n) ||
	    !input_elements(u, n, 1, "image_shape", 0, DIM_UNBOUNDED, &image, &m))
		return false;
	if (m != w->n || m < 1 || m > AXES_MAX)
		return node_error(u, n,
				  "image_shape has %d elements, block_shape %d: 1 to %d, as many",
				  m, w->n, AXES_MAX);
	if (!read_list(u, n, &a->dilations, "dilations", m, 1, 1, w->dilation) ||
	    !read_list(u, n, &a->strides, "strides", m, 1, 1, w->stride) ||
	    !read_list(u, n, &a->pads, "pads", 2 * m, 0, 0, pads))
		return false;
	w->taps = 1;
	for (int i = 0; i < m; i++) {
		dim span;

		w->tap[i] = tap[i];
		w->taps = dim_mul(u, w->taps, tap[i]);
		if (dim_hi(u, tap[i]) < 1)
			return node_error(u, n, "block_shape has %s", dim_text(u, tap[i]));
		w->lo[i] = pads[i];
		w->hi[i] = pads[m + i];
		w->image[i] = image[i];
		span = dim_mul(u, dim_diff(u, tap[i], 1), w->dilation[i]);
		span = dim_diff(u, dim_number(u, w->lo[i] + w->hi[i] - 1), span);
		w->place[i] =
			dim_add(u, dim_floordiv(u, dim_add(u, image[i], span), w->stride[i]), 1);
	}
	return true;
}

static bool infer_col2im(struct unit *u, struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	struct shape s = { .rank = 2 };
	struct blocks w;
	dim places = 1;

	if (!read_blocks(u, n, &w))
		return false;
	s.d[0] = x->d[0];
	s.d[1] = dim_exact_div(u, x->d[1], w.taps);
	if (w.taps < 0 && s.d[1] == DIM_OVERFLOW)
		s.d[1] = dim_size(u, node_out(n, 0)->id, 1, dim_hi(u, x->d[1]));
	for (int i = 0; i < w.n; i++) {
		s.d[s.rank++] = w.image[i];
		places = dim_mul(u, places, w.place[i]);
	}
	if (s.d[1] == DIM_OVERFLOW || !dim_assume_equal(u, places, x->d[2], NULL))
		return node_error(u, n, "input %s does not fit blocks of %s elements at %s places",
				  shape_text(u, x), dim_text(u, w.taps), dim_text(u, places));
	set_shape(node_out(n, 0), &s);
	return true;
}

/* Channels: what is left of the column's elements. */
static const struct tir *size_col2im(struct tir_builder *b, const struct node *n, int k, int axis)
{
	struct blocks w;

	(void)k;
	(void)axis;
	if (!read_blocks(b->u, n, &w))
		unreachable("blocks that were read before");
	return tir_div(b, tir_cast(b, DT_I64, tir_dim(b, node_in(n, 0)->shape.d[1])),
		       tir_cast(b, DT_I64, tir_dim(b, w.taps)));
}

static bool define_col2im(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *vars[AXES_MAX], *at[3], *inside = tir_bool(b, true), *x;
	const struct tir *row = tir_index(b, 0), *column = tir_index(b, 0);
	struct blocks w;

	if (!read_blocks(b->u, n, &w))
		return false;
	tir_stage_begin(b, 0, out, idx);
	for (int i = 0; i < w.n; i++) {
		const struct tir *place, *stride = tir_index(b, w.stride[i]);

		vars[i] = tir_var(b, w.tap[i], "k");
		place = tir_sub(b, tir_affine(b, idx[i + 2], 1, w.lo[i]),
				tir_affine(b, vars[i], w.dilation[i], 0));
		inside = tir_and(b, inside,
				 tir_eq(b, tir_floormod(b, place, stride), tir_index(b, 0)));
		place = tir_floordiv(b, place, stride);
		inside = tir_and(b, inside,
				 tir_in_range(b, place, tir_index(b, 0), tir_dim(b, w.place[i])));
		row = tir_add(b, tir_mul(b, row, tir_dim(b, w.tap[i])), vars[i]);
		column = tir_add(b, tir_mul(b, column, tir_dim(b, w.place[i])), place);
	}
	at[0] = idx[0];
	at[1] = tir_add(b, tir_mul(b, idx[1], tir_dim(b, w.taps)), row);
	at[2] = column;
	x = tir_load(b, 0, at);
	x = tir_select(b, inside, x, tir_number(b, x->type, 0));
	out->value = tir_reduce(b, x->type == DT_BOOL ? REDUCE_OR : REDUCE_SUM, w.n, vars, x);
	return true;
}

const struct op ops_col2im[] = {
	{ .name = "Col2Im",
	  .since = 18,
	  .sig = "input:T image_shape:int64 block_shape:int64 -> output:T",
	  .types = "T=num,bool",
	  .attrs = col2im_rows,
	  .attrs_size = sizeof(struct col2im_attrs),
	  .infer = infer_col2im,
	  .define = define_col2im,
	  .size = size_col2im,
	  .doc = "columns of blocks laid back into an image, overlapping elements added, bools joined by or" },
	{ .name = NULL }
};
