/* q_fixed.c - operators on quantized tensors that exist in integers only, for machines without floats:
 * edgecc.QDiv, edgecc.QResize, edgecc.QNormalize, edgecc.LutWide. */
#include "requant.h"
#include "whole.h"

#include <string.h>

/* -- QDiv ------------------------------------------------------------------------------ */

static const struct attr_row qdiv_rows[] = {
	CLAMP_ROWS(struct qdiv_attrs),
	{ .name = "y_zero", .kind = ATTR_INT, .offset = offsetof(struct qdiv_attrs, zero) },
	A_INT(struct qdiv_attrs, a_zero, 0),
	A_INT(struct qdiv_attrs, b_zero, 0),
	A_RANGE(struct qdiv_attrs, shift, 0, 0, 40),
	A_END,
};

static bool infer_qdiv(struct unit *u, struct node *n)
{
	struct shape s;

	if (!infer_need_shape(u, n, node_in(n, 0), "a") ||
	    !infer_need_shape(u, n, node_in(n, 1), "b") ||
	    !shape_broadcast(u, &n->loc, &node_in(n, 0)->shape, &node_in(n, 1)->shape, &s))
		return false;
	set_shape(node_out(n, 0), &s);
	node_out(n, 0)->type = (enum dtype)((const struct qdiv_attrs *)n->attrs)->to;
	return true;
}

static const struct tir *operand(struct tir_builder *b, int k, const struct tir *const *idx,
				 int rank, int64_t zero)
{
	return tir_sub(b, tir_cast(b, DT_I64, tir_load_broadcast(b, k, idx, rank)), whole(b, zero));
}

static bool define_qdiv(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qdiv_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX], *x, *y, *v, *none, *zero = whole(b, 0);

	tir_stage_begin(b, 0, out, idx);
	x = tir_mul(b, operand(b, 0, idx, out->rank, a->a_zero),
		    tir_cast(b, DT_I64, load_single(b, 2)));
	y = operand(b, 1, idx, out->rank, a->b_zero);
	none = tir_select(b, tir_lt(b, x, zero), whole(b, a->lo),
			  tir_select(b, tir_eq(b, x, zero), whole(b, a->zero), whole(b, a->hi)));
	x = tir_select(b, tir_lt(b, y, zero), tir_neg(b, x), x);
	y = tir_mul(b, tir_unary(b, TIR_ABS, y), whole(b, INT64_C(1) << a->shift));
	v = tir_floordiv(b, tir_add(b, tir_mul(b, x, whole(b, 2)), y),
			 tir_max(b, tir_mul(b, y, whole(b, 2)), whole(b, 1)));
	v = tir_clamp(b, tir_add(b, v, whole(b, a->zero)), whole(b, a->lo), whole(b, a->hi));
	v = tir_select(b, tir_eq(b, y, zero), none, v);
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

/* -- QResize --------------------------------------------------------------------------- */

enum { X, SCALE, TABLES };

static const struct attr_row qresize_rows[] = {
	A_INTS(struct qresize_attrs, axes),    A_INT(struct qresize_attrs, x_zero, 0),
	A_FLAG(struct qresize_attrs, wide, 0), A_RANGE(struct qresize_attrs, drop, 0, 0, 62),
	REQUANT_ROWS(struct qresize_attrs),    A_END,
};

static bool infer_qresize(struct unit *u, struct node *n)
{
	const struct qresize_attrs *a = n->attrs;
	struct shape s = node_in(n, X)->shape;

	if (n->n_in != TABLES + 2 * a->axes.n)
		return node_error(u, n, "has %d inputs for %d axes", n->n_in, a->axes.n);
	for (int i = 0; i < a->axes.n; i++) {
		const struct value *index = node_in(n, TABLES + 2 * i);
		const struct value *weight = node_in(n, TABLES + 2 * i + 1);

		if (a->axes.p[i] < 0 || a->axes.p[i] >= s.rank || index->shape.rank != 2 ||
		    !shape_equal(&index->shape, &weight->shape))
			return node_error(u, n, "the tables of axis %lld do not fit",
					  (long long)a->axes.p[i]);
		s.d[a->axes.p[i]] = index->shape.d[0];
	}
	set_shape(node_out(n, 0), &s);
	return requant_infer(u, n, SCALE, 1, &a->out);
}

/* (x - zero) at the taps, one for each axis, times their weights. */
static const struct tir *resized_term(struct tir_builder *b, const struct node *n,
				      const struct tir *const *idx, const struct tir *const *taps)
{
	const struct qresize_attrs *a = n->attrs;
	enum dtype t = a->wide ? DT_I64 : DT_I32;
	const struct tir *at[RANK_MAX], *w = tir_int(b, t, 1), *x;

	memcpy(at, idx, sizeof at);
	for (int i = 0; i < a->axes.n; i++) {
		int axis = (int)a->axes.p[i], k = TABLES + 2 * i;
		const struct tir *tap[2] = { idx[axis], taps[i] };

		at[axis] = tir_cast(b, DT_INDEX, tir_load(b, k, tap));
		w = tir_mul(b, w, tir_cast(b, t, tir_load(b, k + 1, tap)));
	}
	x = tir_sub(b, tir_cast(b, t, tir_load(b, X, at)), tir_int(b, t, a->x_zero));
	return tir_mul(b, x, w);
}

/* As many terms are written out: what is of one row or column is computed outside its loop. */
enum { TERMS_MAX = 4 };

static const struct tir *resized(struct tir_builder *b, const struct node *n,
				 const struct tir *const *idx)
{
	const struct qresize_attrs *a = n->attrs;
	const struct tir *taps[RANK_MAX], *sum = tir_int(b, a->wide ? DT_I64 : DT_I32, 0);
	dim terms = 1, size[RANK_MAX];

	for (int i = 0; i < a->axes.n; i++) {
		size[i] = node_in(n, TABLES + 2 * i)->shape.d[1];
		terms = dim_mul(b->u, terms, size[i]);
		taps[i] = tir_var(b, size[i], "t");
	}
	if (!dim_is_const(terms) || terms > TERMS_MAX)
		return tir_reduce(b, REDUCE_SUM, a->axes.n, taps, resized_term(b, n, idx, taps));
	for (int64_t k = 0; k < terms; k++) {
		int64_t rest = k;

		for (int i = a->axes.n - 1; i >= 0; i--) {
			taps[i] = tir_index(b, rest % size[i]);
			rest /= size[i];
		}
		sum = tir_add(b, sum, resized_term(b, n, idx, taps));
	}
	return sum;
}

static bool define_qresize(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qresize_attrs *a = n->attrs;
	const struct tir *idx[RANK_MAX] = { 0 }, *x;

	tir_stage_begin(b, 0, out, idx);
	x = resized(b, n, idx);
	if (a->wide)
		x = whole_shifted(b, x, (int)a->drop);
	out->value = requantize(b, &a->out, x, load_single(b, SCALE));
	return true;
}

/* -- QNormalize ------------------------------------------------------------------------ */

enum { GAIN = 1, OFFSET };

static const struct attr_row qnormalize_rows[] = {
	CLAMP_ROWS(struct qnormalize_attrs),
	A_INT(struct qnormalize_attrs, x_zero, 0),
	A_INT(struct qnormalize_attrs, run, 1),
	A_INT(struct qnormalize_attrs, epsilon, 0),
	A_RANGE(struct qnormalize_attrs, bits, 0, 0, 60),
	A_FLAG(struct qnormalize_attrs, centered, 1),
	A_RANGE(struct qnormalize_attrs, shift, 0, 0, 62),
	A_END,
};

static bool infer_qnormalize(struct unit *u, struct node *n)
{
	const struct qnormalize_attrs *a = n->attrs;

	if (!infer_need_rank(u, n, node_in(n, X), "x", 2, 2))
		return false;
	set_shape(node_out(n, 0), &node_in(n, X)->shape);
	node_out(n, 0)->type = (enum dtype)a->to;
	return true;
}

/* 2^(20 + fraction) / sqrt(v), v from 1 to 2^60. */
static const struct tir *inverse_root(struct tir_builder *b, const struct tir *v, int fraction)
{
	struct normal n = whole_normal(b, tir_cast(b, DT_U64, v), 64, 2);
	const struct tir *y, *half = tir_binary(b, TIR_SHR, n.count, tir_int(b, DT_U64, 1));

	y = tir_binary(b, TIR_SHR, n.m, tir_int(b, DT_U64, 33));
	y = whole_inverse_root(b, tir_cast(b, DT_I64, y));
	/* 2^(20 + fraction) * 2^(half - 32) * y / 2^30, and y is below 2^31, half at most 32 */
	y = tir_cast(b, DT_U64, whole_shifted(b, y, 2));
	y = tir_binary(b, TIR_SHL, y, half);
	return whole_shifted(b, tir_cast(b, DT_I64, y), 40 - fraction);
}

static const struct tir *element(struct tir_builder *b, const struct qnormalize_attrs *a,
				 const struct tir *row, const struct tir *i)
{
	const struct tir *at[2] = { row, i };

	return tir_sub(b, tir_cast(b, DT_I32, tir_load(b, X, at)), tir_int(b, DT_I32, a->x_zero));
}

static const struct tir *number_of(struct tir_builder *b, const struct qnormalize_attrs *a, int k,
				   const struct tir *flat)
{
	const struct tir *i = tir_floordiv(b, flat, tir_index(b, a->run));

	i = tir_floormod(b, i, tir_dim(b, node_in(b->node, k)->shape.d[0]));
	return tir_cast(b, DT_I64, tir_load(b, k, &i));
}

static bool define_qnormalize(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qnormalize_attrs *a = n->attrs;
	const dim size = node_in(n, X)->shape.d[1];
	const int fraction = 4 + (int)(a->bits + 1) / 2;
	const struct tir *idx[RANK_MAX], *var, *x, *sum, *v, *d, *flat;

	tir_stage_begin(b, 0, out, idx);
	var = tir_var(b, size, "k");
	x = tir_cast(b, DT_I64, element(b, a, idx[0], var));
	v = tir_mul(b, tir_reduce(b, REDUCE_SUM, 1, &var, tir_mul(b, x, x)), whole(b, size));
	d = tir_mul(b, tir_cast(b, DT_I64, element(b, a, idx[0], idx[1])), whole(b, size));
	if (a->centered) {
		sum = tir_reduce(b, REDUCE_SUM, 1, &var, x);
		v = tir_sub(b, v, tir_mul(b, sum, sum));
		d = tir_sub(b, d, sum);
	}
	v = tir_max(b, tir_add(b, v, whole(b, a->epsilon)), whole(b, 1));
	v = whole_shifted(b, tir_mul(b, d, inverse_root(b, v, fraction)), fraction);
	flat = tir_add(b, tir_mul(b, idx[0], tir_dim(b, size)), idx[1]);
	v = tir_add(b, tir_mul(b, v, number_of(b, a, GAIN, flat)), number_of(b, a, OFFSET, flat));
	v = tir_clamp(b, whole_shifted(b, v, (int)a->shift), whole(b, a->lo), whole(b, a->hi));
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

/* -- LutWide --------------------------------------------------------------------------- */

enum { END = 1, STEP, BEND, SLOPE, VALUE };

static const struct attr_row lut_wide_rows[] = {
	CLAMP_ROWS(struct lut_wide_attrs),
	A_RANGE(struct lut_wide_attrs, from, 0, -32768, 0),
	A_RANGE(struct lut_wide_attrs, fraction, 0, 0, 15),
	A_END,
};

static bool infer_lut_wide(struct unit *u, struct node *n)
{
	const struct lut_wide_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, END)->shape;

	if (s->rank != 1 || s->d[0] < 1 || s->d[0] > 65536)
		return node_error(u, n, "end has shape %s, it must have 1 to 65536 elements",
				  shape_text(u, s));
	for (int k = STEP; k <= VALUE; k++)
		if (!shape_equal(&node_in(n, k)->shape, s))
			return node_error(u, n, "input %d has shape %s, end has %s", k,
					  shape_text(u, &node_in(n, k)->shape), shape_text(u, s));
	set_shape(node_out(n, 0), &node_in(n, 0)->shape);
	node_out(n, 0)->type = (enum dtype)a->to;
	return true;
}

static const struct tir *small(struct tir_builder *b, int64_t v)
{
	return tir_int(b, DT_I32, v);
}

static const struct tir *of_piece(struct tir_builder *b, int k, const struct tir *piece)
{
	return tir_cast(b, DT_I32, tir_load(b, k, &piece));
}

/* The first of n pieces that ends at i or later, by halves. */
static const struct tir *piece_of(struct tir_builder *b, int64_t n, const struct tir *i)
{
	const struct tir *piece = tir_index(b, 0), *end;

	for (int64_t half; n > 1; n -= half) {
		half = n / 2;
		end = of_piece(b, END, tir_affine(b, piece, 1, half - 1));
		piece = tir_add(
			b, piece,
			tir_select(b, tir_lt(b, end, i), tir_index(b, half), tir_index(b, 0)));
	}
	return piece;
}

static bool define_lut_wide(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct lut_wide_attrs *a = n->attrs;
	const struct tir *full = small(b, 1 << LUT_WIDE_BITS);
	const struct tir *idx[RANK_MAX], *i = stage_input0(b, out, idx), *piece, *t, *v;

	/* an index may have 16 bits */
	i = tir_sub(b, tir_cast(b, DT_I32, i), small(b, a->from));
	piece = piece_of(b, node_in(n, END)->shape.d[0], i);
	t = tir_mul(b, tir_sub(b, of_piece(b, END, piece), i), of_piece(b, STEP, piece));
	v = tir_floordiv(b, tir_mul(b, of_piece(b, BEND, piece), t), full);
	v = tir_mul(b, tir_add(b, v, of_piece(b, SLOPE, piece)), t);
	v = tir_add(b, tir_floordiv(b, v, full), of_piece(b, VALUE, piece));
	v = tir_floordiv(b, v, small(b, INT64_C(1) << a->fraction));
	v = tir_clamp(b, v, small(b, a->lo), small(b, a->hi));
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

#define INTEGERS "T1=int8,uint8,int16,uint16"

const struct op ops_q_fixed[] = {
	{ .name = "QDiv",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "a:T1 b:T2 multiplier:int32 -> y:*",
	  .types = INTEGERS " T2=int8,uint8,int16,uint16",
	  .attrs = qdiv_rows,
	  .attrs_size = sizeof(struct qdiv_attrs),
	  .flags = OP_INTERNAL | OP_ELEMENTWISE,
	  .infer = infer_qdiv,
	  .define = define_qdiv,
	  .doc = "quotient of quantized tensors" },
	{ .name = "QResize",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 scale:T2 tables+:* -> y:*",
	  .types = INTEGERS " T2=float,int32",
	  .attrs = qresize_rows,
	  .attrs_size = sizeof(struct qresize_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_qresize,
	  .define = define_qresize,
	  .doc = "weighted sums of a quantized tensor's neighbours along axes" },
	{ .name = "QNormalize",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 gain:T2 offset:T3 -> y:*",
	  .types = INTEGERS " T2=int32 T3=int64",
	  .attrs = qnormalize_rows,
	  .attrs_size = sizeof(struct qnormalize_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_qnormalize,
	  .define = define_qnormalize,
	  .doc = "rows of a quantized tensor divided by their deviation" },
	{ .name = "LutWide",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 end:T2 step:T2 bend:T3 slope:T4 value:T4 -> y:*",
	  .types = "T1=int16,uint16 T2=uint16 T3=int16 T4=int32",
	  .attrs = lut_wide_rows,
	  .attrs_size = sizeof(struct lut_wide_attrs),
	  .flags = OP_INTERNAL,
	  .infer = infer_lut_wide,
	  .define = define_lut_wide,
	  .doc = "a function of a 16-bit integer, as parabolas" },
	{ .name = NULL }
};
