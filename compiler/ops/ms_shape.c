/* ms_shape.c - com.microsoft's operators that gather, unfold, crop or measure: loops, or ai.onnx's operators under
 * other names. */
#include "ms.h"

#include <string.h>

/* -- ExpandDims, TorchEmbedding, NhwcMaxPool, MatMulInteger16 ------------------------------ */

static void make_expand_dims(struct fused *f, uint32_t *out)
{
	uint32_t axis = fused_cast(f, DT_I64, f->n->in[1]);

	out[0] = fused2(f, "Unsqueeze", NULL, f->n->in[0],
			fused_reshape(f, axis, 1, (int64_t[]){ 1 }));
}
FUSED_OP(expand_dims)

static void make_embedding(struct fused *f, uint32_t *out)
{
	out[0] = fused2(f, "Gather", &(struct axis_attrs){ 0 }, f->n->in[0], f->n->in[1]);
}
FUSED_OP(embedding)

static const struct attr_row nhwc_pool_rows[] = {
	A_ENUM(struct pool_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_FLAG(struct pool_attrs, ceil_mode, 0),
	A_INTS(struct pool_attrs, dilations),
	{ ATTR(struct pool_attrs, kernel_shape), .kind = ATTR_INTS, .required = true },
	A_INTS(struct pool_attrs, pads),
	A_INTS(struct pool_attrs, strides),
	A_END,
};

static void make_nhwc_pool(struct fused *f, uint32_t *out)
{
	int rank = fused_shape(f, f->n->in[0])->rank, first[RANK_MAX] = { 0 },
	    last[RANK_MAX] = { 0 };
	uint32_t y;

	if (!fused_rank(f, f->n->in[0], "x", 3, RANK_MAX))
		return;
	for (int i = 1; i < rank; i++) {
		first[i] = i == 1 ? rank - 1 : i - 1;
		last[i] = i == rank - 1 ? 1 : i + 1;
	}
	y = fused_transpose(f, f->n->in[0], rank, first);
	out[0] = fused_transpose(f, fused1(f, "MaxPool", f->n->attrs, y), rank, last);
}
FUSED_OP(nhwc_pool)

static void make_matmul16(struct fused *f, uint32_t *out)
{
	enum dtype t = value_of(f->u, f->n->in[0])->type == DT_U16 &&
				       value_of(f->u, f->n->in[1])->type == DT_U16
			       ? DT_U32
			       : DT_I32;

	out[0] = fused2(f, "MatMul", NULL, fused_cast(f, t, f->n->in[0]),
			fused_cast(f, t, f->n->in[1]));
}
FUSED_OP(matmul16)

/* -- ConvTransposeWithDynamicPads ---------------------------------------------------------- */

static const struct attr_row transpose_rows[] = {
	A_ENUM(struct conv_attrs, auto_pad, auto_pad_names, PAD_NOTSET),
	A_INTS(struct conv_attrs, dilations),
	A_RANGE(struct conv_attrs, group, 1, 1, INT32_MAX),
	A_INTS(struct conv_attrs, kernel_shape),
	A_INTS(struct conv_attrs, output_padding),
	A_INTS(struct conv_attrs, strides),
	A_END,
};

static void make_transpose(struct fused *f, uint32_t *out)
{
	struct conv_attrs a = *(const struct conv_attrs *)f->n->attrs;
	const int64_t *pads = NULL;
	bool present;

	f->failed = !need_ints(f->u, f->n, 2, "Pads", &pads, &a.pads.n, &present);
	if (present)
		a.pads.p = pads;
	else
		a.pads.n = 0;
	out[0] = fused3(f, "ConvTranspose", &a, f->n->in[0], f->n->in[1], fused_in(f, 3));
}
FUSED_OP(transpose)

/* -- UnfoldTensor: windows along an axis, their elements in a new last one ------------------ */

struct unfold_attrs {
	int64_t dim, size, step;
};
static const struct attr_row unfold_rows[] = {
	A_INT(struct unfold_attrs, dim, -1),
	{ ATTR(struct unfold_attrs, size), .kind = ATTR_INT, .required = true, .lo = 1,
	  .hi = INT32_MAX },
	A_RANGE(struct unfold_attrs, step, 1, 1, INT32_MAX),
	A_END,
};

static void make_unfold(struct fused *f, uint32_t *out)
{
	const struct unfold_attrs *a = f->n->attrs;
	struct shape s = *fused_shape(f, f->n->in[0]);
	struct fused_loops w;
	int axis;

	if (!fused_rank(f, f->n->in[0], "input", 1, RANK_MAX - 1))
		return;
	f->failed = !axis_resolve(f->u, &f->n->loc, a->dim, s.rank, &axis);
	if (f->failed)
		return;
	if (dim_hi(f->u, s.d[axis]) < a->size) {
		fused_error(f, "size is greater than the axis");
		return;
	}
	s.d[axis] =
		dim_add(f->u, dim_floordiv(f->u, dim_sub(f->u, s.d[axis], a->size), a->step), 1);
	s.d[s.rank++] = a->size;
	fused_loops_begin(f, &w, 1, f->n->in, value_of(f->u, f->n->in[0])->type, &s);
	w.idx[axis] = tir_add(&w.b, tir_affine(&w.b, w.idx[axis], a->step, 0), w.idx[s.rank - 1]);
	out[0] = fused_loops_end(&w, tir_load(&w.b, 0, w.idx));
}
FUSED_OP(unfold)

/* -- CDist --------------------------------------------------------------------------------- */

enum { EUCLIDEAN, SQUARED };
static const char *const metric_names[] = { "euclidean", "sqeuclidean", NULL };
struct cdist_attrs {
	int metric;
};
static const struct attr_row cdist_rows[] = {
	A_ENUM(struct cdist_attrs, metric, metric_names, SQUARED), A_END
};

static void make_cdist(struct fused *f, uint32_t *out)
{
	const struct cdist_attrs *a = f->n->attrs;
	const struct shape *x = fused_shape(f, f->n->in[0]), *y = fused_shape(f, f->n->in[1]);
	struct shape s = { .rank = 2, .d = { x->d[0], y->d[0] } };
	const struct tir *c, *d;
	struct fused_loops w;

	if (!fused_rank(f, f->n->in[0], "A", 2, 2) || !fused_rank(f, f->n->in[1], "B", 2, 2))
		return;
	if (!dim_assume_equal(f->u, x->d[1], y->d[1], NULL)) {
		fused_error(f, "A and B differ in their columns");
		return;
	}
	fused_loops_begin(f, &w, 2, f->n->in, value_of(f->u, f->n->in[0])->type, &s);
	c = tir_var(&w.b, x->d[1], "c");
	d = tir_sub(&w.b, tir_load(&w.b, 0, (const struct tir *[]){ w.idx[0], c }),
		    tir_load(&w.b, 1, (const struct tir *[]){ w.idx[1], c }));
	d = tir_reduce(&w.b, REDUCE_SUM, 1, &c, tir_mul(&w.b, d, d));
	out[0] = fused_loops_end(&w, a->metric == EUCLIDEAN ? tir_unary(&w.b, TIR_SQRT, d) : d);
}
FUSED_OP(cdist)

/* -- CropAndResize: boxes y0, x0, y1, x1 in parts of an image, corners on corners ----------- */

enum { BILINEAR, NEAREST };
static const char *const crop_modes[] = { "bilinear", "nearest", NULL };
struct crop_attrs {
	int mode;
	float extrapolation_value;
};
static const struct attr_row crop_rows[] = { A_ENUM(struct crop_attrs, mode, crop_modes, BILINEAR),
					     A_FLOAT(struct crop_attrs, extrapolation_value, 0),
					     A_END };

/* Where element i of `count` lies along axis 2 + axis of X, in elements. */
static const struct tir *crop_place(struct fused_loops *w, int axis, const struct tir *i, dim count,
				    const struct tir *last)
{
	struct tir_builder *b = &w->b;
	const struct tir *at[2] = { w->idx[0], tir_index(b, axis) }, *lo, *hi, *one, *n, *place;

	lo = tir_load(b, 1, at);
	at[1] = tir_index(b, axis + 2);
	hi = tir_load(b, 1, at);
	one = tir_number(b, lo->type, 1);
	n = tir_cast(b, lo->type, tir_dim(b, count));
	place = tir_mul(b, tir_sub(b, hi, lo), last);
	place = tir_mul(b, tir_div(b, place, tir_sub(b, n, one)), tir_cast(b, lo->type, i));
	place = tir_add(b, tir_mul(b, lo, last), place);
	return tir_select(
		b, tir_lt(b, one, n), place,
		tir_mul(b, tir_mul(b, tir_add(b, lo, hi), tir_number(b, lo->type, 0.5)), last));
}

static const struct tir *crop_value(struct fused_loops *w, const struct crop_attrs *a,
				    const struct tir *const *place)
{
	struct tir_builder *b = &w->b;
	const struct tir *at[4], *low[2], *part[2], *sum = NULL, *half;

	at[0] = tir_data_index(b, tir_load(b, 2, &w->idx[0]), node_in(w->m, 0)->shape.d[0]);
	at[1] = w->idx[1];
	half = tir_number(b, place[0]->type, 0.5);
	for (int i = 0; i < 2; i++) {
		low[i] = tir_unary(b, TIR_FLOOR,
				   a->mode == NEAREST ? tir_add(b, place[i], half) : place[i]);
		part[i] = tir_sub(b, place[i], low[i]);
		at[2 + i] = tir_cast(b, DT_INDEX, low[i]);
	}
	if (a->mode == NEAREST)
		return tir_load(b, 0, at);
	for (int k = 0; k < 4; k++) {
		const struct tir *x, *one = tir_number(b, half->type, 1);

		/* the element behind, which has no part in it at the edge, need not be there */
		for (int i = 0; i < 2; i++)
			at[2 + i] =
				tir_cast(b, DT_INDEX,
					 k >> i & 1 ? tir_unary(b, TIR_CEIL, place[i]) : low[i]);
		x = tir_load(b, 0, at);
		for (int i = 0; i < 2; i++)
			x = tir_mul(b, x, k >> i & 1 ? part[i] : tir_sub(b, one, part[i]));
		sum = sum ? tir_add(b, sum, x) : x;
	}
	return sum;
}

static void make_crop(struct fused *f, uint32_t *out)
{
	const struct crop_attrs *a = f->n->attrs;
	enum dtype type = value_of(f->u, f->n->in[0])->type, t = dtype_compute(type);
	const struct tir *place[2], *inside, *zero;
	struct shape s = { .rank = 4 }, x;
	struct fused_loops w;
	const dim *size;
	uint32_t in[3];
	int count;

	if (!fused_rank(f, f->n->in[0], "X", 4, 4) || !fused_rank(f, f->n->in[1], "rois", 2, 2) ||
	    !fused_rank(f, f->n->in[2], "batch_indices", 1, 1))
		return;
	f->failed = !input_elements(f->u, f->n, 3, "crop_size", 0, DIM_UNBOUNDED, &size, &count);
	if (f->failed)
		return;
	x = *fused_shape(f, f->n->in[0]);
	if (count != 2 || !dim_assume_equal(f->u, fused_shape(f, f->n->in[1])->d[1], 4, NULL)) {
		fused_error(f, "crop_size must have 2 elements, rois 4 columns");
		return;
	}
	s.d[0] = fused_shape(f, f->n->in[1])->d[0];
	s.d[1] = x.d[1];
	s.d[2] = size[0];
	s.d[3] = size[1];
	in[0] = fused_cast(f, t, f->n->in[0]);
	in[1] = fused_cast(f, t, f->n->in[1]);
	in[2] = f->n->in[2];
	fused_loops_begin(f, &w, 3, in, t, &s);
	inside = tir_bool(&w.b, true);
	zero = tir_number(&w.b, t, 0);
	for (int i = 0; i < 2; i++) {
		const struct tir *last = tir_cast(&w.b, t, tir_dim(&w.b, x.d[2 + i]));

		last = tir_sub(&w.b, last, tir_number(&w.b, t, 1));
		place[i] = crop_place(&w, i, w.idx[2 + i], size[i], last);
		inside = tir_and(
			&w.b, inside,
			tir_and(&w.b, tir_le(&w.b, zero, place[i]), tir_le(&w.b, place[i], last)));
	}
	out[0] = fused_loops_end(&w,
				 tir_select(&w.b, inside, crop_value(&w, a, place),
					    tir_number(&w.b, t, (double)a->extrapolation_value)));
	out[0] = fused_cast(f, type, out[0]);
}
FUSED_OP(crop)

/* -- GatherBlockQuantized: rows of packed integers, each block with its scale -------------- */

struct gather_attrs {
	int64_t bits, block_size, gather_axis, quantize_axis;
};
static const struct attr_row gather_rows[] = {
	A_RANGE(struct gather_attrs, bits, 4, 2, 8),
	A_RANGE(struct gather_attrs, block_size, 128, 0, INT32_MAX),
	A_INT(struct gather_attrs, gather_axis, 0),
	A_INT(struct gather_attrs, quantize_axis, 1),
	A_END,
};

/* Element at idx of slot, whose last axis holds 8 / bits numbers to an element. */
static const struct tir *packed(struct fused_loops *w, int slot, const struct tir *const *idx,
				int rank, int64_t bits)
{
	struct tir_builder *b = &w->b;
	const struct tir *at[RANK_MAX], *x, *shift;
	int64_t each = 8 / bits;

	memcpy(at, idx, (size_t)rank * sizeof *at);
	at[rank - 1] = tir_floordiv(b, idx[rank - 1], tir_index(b, each));
	x = tir_load(b, slot, at);
	if (each == 1)
		return x;
	shift = tir_affine(b, tir_floormod(b, idx[rank - 1], tir_index(b, each)), bits, 0);
	x = tir_binary(b, TIR_SHR, x, tir_cast(b, DT_U8, shift));
	return tir_and(b, x, tir_int(b, DT_U8, (1 << bits) - 1));
}

struct block_gather {
	int axis, block_axis, rank, indices;
	int64_t bits, block;
	dim length; /* of the axis that is gathered from */
};

static bool read_gather(struct fused *f, struct block_gather *g, struct shape *out)
{
	const struct gather_attrs *a = f->n->attrs;
	const struct value *x = value_of(f->u, f->n->in[0]);
	const struct shape *at = fused_shape(f, f->n->in[1]);
	int rank = x->shape.rank;

	if (!fused_rank(f, f->n->in[0], "data", 1, RANK_MAX) ||
	    !fused_rank(f, f->n->in[1], "indices", 0, RANK_MAX - rank + 1) ||
	    !fused_rank(f, f->n->in[2], "scales", rank, rank))
		return false;
	if (fused_in(f, 3) && !fused_rank(f, fused_in(f, 3), "zero_points", rank, rank))
		return false;
	g->rank = rank;
	g->indices = at->rank;
	f->failed = !axis_resolve(f->u, &f->n->loc, a->gather_axis, rank, &g->axis) ||
		    !axis_resolve(f->u, &f->n->loc, a->quantize_axis, rank, &g->block_axis);
	if (f->failed)
		return false;
	g->bits = x->type == DT_U8 ? a->bits : 8;
	g->length = x->shape.d[g->axis];
	g->block = a->block_size;
	if (8 % g->bits || (g->bits < 8 && g->axis == rank - 1))
		fused_error(f, "bits must be 2, 4 or 8, and packed elements are not gathered from");
	out->rank = 0;
	for (int i = 0; i < rank; i++) {
		dim d = x->shape.d[i];

		for (int k = 0; i == g->axis && k < at->rank; k++)
			out->d[out->rank++] = at->d[k];
		if (i != g->axis)
			out->d[out->rank++] = i == rank - 1 ? dim_mul(f->u, d, 8 / g->bits) : d;
	}
	return !f->failed;
}

static void make_gather(struct fused *f, uint32_t *out)
{
	uint32_t in[4] = { f->n->in[0], f->n->in[1], f->n->in[2], fused_in(f, 3) };
	const struct tir *at[RANK_MAX], *index, *inside, *length, *x, *scale, *zero;
	enum dtype type = value_of(f->u, in[0])->type;
	struct block_gather g;
	struct fused_loops w;
	struct shape s;

	if (!read_gather(f, &g, &s))
		return;
	fused_loops_begin(f, &w, in[3] ? 4 : 3, in, value_of(f->u, in[2])->type, &s);
	index = tir_cast(&w.b, DT_INDEX, tir_load(&w.b, 1, w.idx + g.axis));
	length = tir_dim(&w.b, g.length);
	index = tir_select(&w.b, tir_lt(&w.b, index, tir_index(&w.b, 0)),
			   tir_add(&w.b, index, length), index);
	inside = tir_in_range(&w.b, index, tir_index(&w.b, 0), length);
	for (int i = 0; i < g.rank; i++)
		at[i] = i < g.axis ? w.idx[i] : i == g.axis ? index : w.idx[i + g.indices - 1];
	x = packed(&w, 0, at, g.rank, g.bits);
	for (int i = 0; i < g.rank; i++)
		if (fused_shape(f, in[2])->d[i] == 1)
			at[i] = tir_index(&w.b, 0);
		else if (i == g.block_axis && g.block)
			at[i] = tir_floordiv(&w.b, at[i], tir_index(&w.b, g.block));
	scale = tir_load(&w.b, 2, at);
	x = tir_cast(&w.b, DT_F32, x);
	if (in[3])
		zero = tir_cast(&w.b, DT_F32, packed(&w, 3, at, g.rank, g.bits));
	else
		zero = tir_float(&w.b, DT_F32, type == DT_U8 ? (double)(1 << (g.bits - 1)) : 0);
	x = tir_mul(&w.b, tir_sub(&w.b, x, zero), scale);
	out[0] = fused_loops_end(&w, tir_select(&w.b, inside, x, tir_float(&w.b, DT_F32, 0)));
}
FUSED_OP(gather)

const struct op ops_ms_shape[] = {
	{ MS_OP("ExpandDims", expand_dims, "X:T axis:int32 -> Y:T", "T=" T_MOVE,
		"X with an axis of size 1 inserted") },
	{ MS_OP("TorchEmbedding", embedding,
		"weight:T indices:int64 padding_idx?:int64 scale_grad_by_freq?:bool -> Y:T",
		"T=num", "rows of a table") },
	{ MS_OP("NhwcMaxPool", nhwc_pool, "x:T -> y:T", "T=int8,uint8,float,float16",
		"MaxPool with the channels last"),
	  MS_ATTRS(nhwc_pool_rows, pool_attrs) },
	{ MS_OP("MatMulInteger16", matmul16, "A:T1 B:T2 -> Y:T3",
		"T1=int16,uint16 T2=int16,uint16 T3=int32,uint32",
		"the product of matrices of 16-bit integers") },
	{ MS_OP("ConvTransposeWithDynamicPads", transpose, "X:T W:T Pads?:int64 B?:T -> Y:T",
		"T=floats", "ConvTranspose whose pads are an input"),
	  MS_ATTRS(transpose_rows, conv_attrs), .limits = "Pads must be constant" },
	{ MS_OP("UnfoldTensor", unfold, "input:T -> output:T", "T=" T_MOVE,
		"windows that slide along an axis, their elements in a new last one"),
	  MS_ATTRS(unfold_rows, unfold_attrs) },
	{ MS_OP("CDist", cdist, "A:T B:T -> C:T", "T=float,double",
		"Euclidean distances, or their squares, between each row of A and each of B"),
	  MS_ATTRS(cdist_rows, cdist_attrs) },
	{ MS_OP("CropAndResize", crop, "X:T1 rois:T1 batch_indices:int32 crop_size:int32 -> Y:T1",
		"T1=floats", "regions of images, all interpolated to one size"),
	  MS_ATTRS(crop_rows, crop_attrs) },
	{ MS_OP("GatherBlockQuantized", gather,
		"data:T1 indices:Tind scales:T2 zero_points?:T1 -> output:T2",
		"T1=int4,uint4,uint8,float8e4m3fn,float8e4m3fnuz,float8e5m2,float8e5m2fnuz,"
		"float4e2m1 T2=float,float16,bfloat16 Tind=int32,int64",
		"items of a table of quantized blocks, as reals"),
	  MS_ATTRS(gather_rows, gather_attrs) },
	{ .name = NULL }
};
