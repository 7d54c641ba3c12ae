/* generate.c - tensors made of few numbers: ConstantOfShape, Range, EyeLike. */
#include <math.h>

#include "family.h"

/* -- ConstantOfShape ----------------------------------------------------------------------- */

struct fill_attrs {
	const struct constant *value;
};
static const struct attr_row fill_rows[] = {
	{ ATTR(struct fill_attrs, value), .kind = ATTR_TENSOR }, A_END
};

static bool infer_fill(struct unit *u, struct node *n)
{
	const struct fill_attrs *a = n->attrs;
	struct value *y = node_out(n, 0);
	const dim *d;
	dim *elems;
	int count, total;

	if (a->value && shape_elements(&a->value->shape) != 1)
		return node_error(u, n, "value must have one element, it has %lld",
				  (long long)shape_elements(&a->value->shape));
	y->type = a->value ? a->value->type : DT_F32;
	if (!infer_need_rank(u, n, node_in(n, 0), "input", 1, 1))
		return false;
	if (!input_elements(u, n, 0, "the shape", 0, DIM_UNBOUNDED, &d, &count))
		return false;
	if (count > RANK_MAX)
		return node_error(u, n, "the shape has %d axes, at most %d are supported", count,
				  RANK_MAX);
	for (int i = 0; i < count; i++)
		if (dim_hi(u, d[i]) < 0)
			return node_error(u, n, "the shape has %s at axis %d", dim_text(u, d[i]),
					  i);
	set_shape_of(y, count, d);
	if (!dtype_is_int(y->type) || !content_count(u, y, &total))
		return true;
	elems = arena_array(u->arena, dim, (size_t)total);
	for (int i = 0; i < total; i++)
		elems[i] = dim_number(u, constant_i64(a->value, 0));
	set_elems(u, y, elems, total);
	return true;
}

static bool define_fill(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct constant *c = ((const struct fill_attrs *)n->attrs)->value;
	const struct tir *idx[RANK_MAX];
	enum dtype t = c ? dtype_compute(c->type) : DT_F32;

	tir_stage_begin(b, 0, out, idx);
	if (!c)
		out->value = tir_float(b, t, 0);
	else if (dtype_is_float(t))
		out->value = tir_float(b, t, constant_f64(c, 0));
	else
		out->value = tir_int(b, t, constant_i64(c, 0));
	return true;
}

/* -- Range --------------------------------------------------------------------------------- */

struct range_attrs {
	int64_t stash_type;
};
static const struct attr_row range_rows[] = { A_INT(struct range_attrs, stash_type, DT_F32),
					      A_END };

/* max(0, ceil((limit - start) / delta)) */
static bool range_of_floats(struct unit *u, const struct node *n, dim *count)
{
	double start, limit, delta, steps;

	if (!need_scalar(u, n, 0, "start", 0, &start) ||
	    !need_scalar(u, n, 1, "limit", 0, &limit) || !need_scalar(u, n, 2, "delta", 1, &delta))
		return false;
	steps = ceil((limit - start) / delta);
	if (!(steps < 9e15))
		return node_error(u, n, "from %g to %g by %g has no end", start, limit, delta);
	*count = steps > 0 ? (dim)steps : 0;
	return true;
}

static bool range_of_ints(struct unit *u, const struct node *n, dim *count, dim *start,
			  int64_t *delta)
{
	static const char *const names[] = { "start", "limit", "delta" };
	const dim *d[3];
	dim length;
	int m;

	for (int k = 0; k < 3; k++) {
		const struct value *v = node_in(n, k);

		if (v->shape.rank >= 0 && shape_count(u, &v->shape) != 1)
			return node_error(u, n, "%s must be a scalar, its shape is %s", names[k],
					  shape_text(u, &v->shape));
		if (input_dims(u, n, k, &d[k], &m) != 1)
			return node_error(u, n, "%s must be known at compile time", names[k]);
	}
	*start = d[0][0];
	if (!dim_is_number(u, d[2][0], delta) || *delta == 0 || *delta == INT64_MIN)
		return node_error(u, n, "delta is %s, must be a number other than 0",
				  dim_text(u, d[2][0]));
	length = *delta > 0 ? dim_diff(u, d[1][0], d[0][0]) : dim_diff(u, d[0][0], d[1][0]);
	*count = length == DIM_OVERFLOW
			 ? DIM_OVERFLOW
			 : dim_max(u, dim_ceildiv(u, length, *delta > 0 ? *delta : -*delta), 0);
	return true;
}

/* delta must be a number. */
static bool is_known(struct unit *u, const struct node *n, int k)
{
	const int64_t *v;
	const dim *d;
	int count;

	if (node_in(n, k)->constant)
		return true;
	return dtype_is_int(node_out(n, 0)->type) &&
	       (k == 2 ? input_ints(u, n, k, &v, &count) : input_dims(u, n, k, &d, &count)) == 1;
}

static const struct tir *size_range(struct tir_builder *b, const struct node *n, int k, int axis)
{
	enum dtype t = dtype_is_int(node_out(n, k)->type) ? DT_I64 : DT_F64;
	const struct tir *start = tir_cast(b, t, load_single(b, 0)), *steps;
	const struct tir *delta = tir_cast(b, t, load_single(b, 2));

	(void)axis;
	steps = tir_sub(b, start, tir_cast(b, t, load_single(b, 1)));
	if (t == DT_I64) /* ceil(x / d) = -floor(-x / d) */
		steps = tir_neg(b, tir_binary(b, TIR_FLOORDIV, steps, delta));
	else
		steps = tir_unary(b, TIR_CEIL, tir_neg(b, tir_div(b, steps, delta)));
	return tir_max(b, tir_cast(b, DT_I64, steps), tir_int(b, DT_I64, 0));
}

static bool infer_range(struct unit *u, struct node *n)
{
	struct value *y = node_out(n, 0);
	dim count, start, *elems;
	int64_t delta;
	int total;

	for (int k = 0; k < 3; k++)
		if (!is_known(u, n, k)) {
			count = dim_size(u, y->id, 0, DIM_UNBOUNDED);
			set_shape_of(y, 1, &count);
			return true;
		}
	if (!dtype_is_int(y->type)) {
		if (!range_of_floats(u, n, &count))
			return false;
		set_shape_of(y, 1, &count);
		return true;
	}
	if (!range_of_ints(u, n, &count, &start, &delta))
		return false;
	set_shape_of(y, 1, &count);
	if (!content_count(u, y, &total))
		return true;
	elems = arena_array(u->arena, dim, (size_t)total);
	for (int i = 0; i < total; i++) {
		elems[i] = start;
		start = dim_add(u, start, dim_number(u, delta));
	}
	set_elems(u, y, elems, total);
	return true;
}

/* start + i * delta; half types in float, with one rounding. */
static bool define_range(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX];

	(void)n;
	tir_stage_begin(b, 0, out, idx);
	out->value = tir_mul(b, tir_cast(b, stage_compute(b, 0), idx[0]), load_single(b, 2));
	out->value = tir_add(b, load_single(b, 0), out->value);
	return true;
}

/* -- EyeLike ------------------------------------------------------------------------------- */

struct eye_attrs {
	int dtype;
	int64_t k;
};
static const struct attr_row eye_rows[] = { { ATTR(struct eye_attrs, dtype), .kind = ATTR_TYPE },
					    A_INT(struct eye_attrs, k, 0),
					    A_END };

static bool infer_eye(struct unit *u, struct node *n)
{
	enum dtype t = (enum dtype)((const struct eye_attrs *)n->attrs)->dtype;

	if (t == DT_UNDEF)
		t = node_in(n, 0)->type;
	if (t != DT_BOOL && !dtype_is_int(t) && !dtype_is_float(t))
		return node_error(u, n, "dtype %s is not supported", dtype_name(t));
	node_out(n, 0)->type = t;
	return infer_need_rank(u, n, node_in(n, 0), "input", 2, 2) && infer_like_input0(u, n);
}

static bool define_eye(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	int64_t k = ((const struct eye_attrs *)n->attrs)->k;
	enum dtype t = dtype_compute(node_out(n, 0)->type);
	const struct tir *idx[RANK_MAX], *column;

	tir_stage_begin(b, 0, out, idx);
	/* A diagonal far outside is none; keeping it near keeps the index in range. */
	k = k > INT32_MAX ? INT32_MAX : k < -INT32_MAX ? -INT32_MAX : k;
	column = tir_add(b, idx[0], tir_index(b, k));
	out->value =
		tir_select(b, tir_eq(b, idx[1], column), tir_number(b, t, 1), tir_number(b, t, 0));
	return true;
}

const struct op ops_generate[] = { { .name = "ConstantOfShape",
				     .since = 9,
				     .sig = "input:int64 -> output:*",
				     .attrs = fill_rows,
				     .attrs_size = sizeof(struct fill_attrs),
				     .infer = infer_fill,
				     .define = define_fill,
				     .doc = "one value everywhere" },
				   { .name = "Range",
				     .since = 11,
				     .sig = "start:T limit:T delta:T -> output:T",
				     .types = "T=float,double,int16,int32,int64,float16,bfloat16",
				     .attrs = range_rows,
				     .attrs_size = sizeof(struct range_attrs),
				     .infer = infer_range,
				     .define = define_range,
				     .size = size_range,
				     .doc = "start, start + delta, ... up to limit, without it" },
				   { .name = "EyeLike",
				     .since = 9,
				     .sig = "input:T -> output:*",
				     .types = "T=num,bool",
				     .attrs = eye_rows,
				     .attrs_size = sizeof(struct eye_attrs),
				     .infer = infer_eye,
				     .define = define_eye,
				     .doc = "1 on the k-th diagonal, else 0, in input's shape" },
				   { .name = NULL } };
