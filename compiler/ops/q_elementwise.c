/* q_elementwise.c - edgecc.QAdd, edgecc.QMul, edgecc.Lut. */
#include "requant.h"

enum { SCALE = 2 };

static const struct tir *scale_at(struct tir_builder *b, int64_t i)
{
	const struct tir *at = tir_index(b, i);

	return tir_load(b, SCALE, &at);
}

static const struct tir *load_as(struct tir_builder *b, enum dtype t, int k,
				 const struct tir *const *idx, int rank)
{
	return tir_cast(b, t, tir_load_broadcast(b, k, idx, rank));
}

static const struct tir *bounded(struct tir_builder *b, const struct tir *x, int64_t lo, int64_t hi)
{
	return tir_clamp(b, x, tir_number(b, x->type, (double)lo),
			 tir_number(b, x->type, (double)hi));
}

/* -- QAdd ------------------------------------------------------------------------------ */

static const struct attr_row qadd_rows[] = {
	CLAMP_ROWS(struct qadd_attrs),
	A_RANGE(struct qadd_attrs, shift, 0, 0, 40),
	A_FLAG(struct qadd_attrs, fused, 0),
	A_END,
};

static bool infer_qadd(struct unit *u, struct node *n)
{
	const struct qadd_attrs *a = n->attrs;
	const struct value *scale = node_in(n, SCALE);
	const uint32_t in[2] = { n->in[0], n->in[1] };
	struct shape s;

	if (!infer_need_shape(u, n, value_of(u, in[0]), "a") ||
	    !infer_need_shape(u, n, value_of(u, in[1]), "b") ||
	    !shape_broadcast(u, &n->loc, &node_in(n, 0)->shape, &node_in(n, 1)->shape, &s))
		return false;
	if (scale->shape.rank != 1 || scale->shape.d[0] != 3)
		return node_error(u, n, "scale has shape %s, it must have 3 numbers",
				  shape_text(u, &scale->shape));
	set_shape(node_out(n, 0), &s);
	node_out(n, 0)->type = (enum dtype)a->to;
	return true;
}

/* x * y + z. A byte times a float is exact in double, whose sum is rounded to float as a fused
 * multiply-add's is. */
static const struct tir *product_sum(struct tir_builder *b, const struct tir *x,
				     const struct tir *y, const struct tir *z, bool fused)
{
	enum dtype t = fused && x->type == DT_F32 ? DT_F64 : x->type;
	const struct tir *v = tir_mul(b, tir_cast(b, t, x), tir_cast(b, t, y));

	return tir_cast(b, x->type, tir_add(b, v, tir_cast(b, t, z)));
}

static bool define_qadd(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qadd_attrs *a = n->attrs;
	enum dtype t = node_in(n, SCALE)->type;
	const struct tir *idx[RANK_MAX], *v;

	tir_stage_begin(b, 0, out, idx);
	v = scale_at(b, 2);
	for (int k = 1; k >= 0; k--)
		v = product_sum(b, load_as(b, t, k, idx, out->rank), scale_at(b, k), v, a->fused);
	if (t != DT_F32)
		v = tir_floordiv(b, v, tir_int(b, t, INT64_C(1) << a->shift));
	v = bounded(b, v, a->lo, a->hi);
	if (t == DT_F32)
		v = tir_unary(b, TIR_ROUND, v);
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

/* -- QScale ---------------------------------------------------------------------------- */

static const struct attr_row qscale_rows[] = {
	CLAMP_ROWS(struct qscale_attrs),
	A_RANGE(struct qscale_attrs, shift, 0, 0, 62),
	A_END,
};

static bool infer_qscale(struct unit *u, struct node *n)
{
	const struct qscale_attrs *a = n->attrs;

	if (!infer_broadcast(u, n))
		return false;
	node_out(n, 0)->type = (enum dtype)a->to;
	return true;
}

static bool define_qscale(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qscale_attrs *a = n->attrs;
	enum dtype t = node_in(n, 1)->type == DT_F32 ? DT_F32 : DT_I64;
	const struct tir *idx[RANK_MAX], *v;

	tir_stage_begin(b, 0, out, idx);
	v = tir_mul(b, load_as(b, t, 0, idx, out->rank), load_as(b, t, 1, idx, out->rank));
	v = tir_add(b, v, load_as(b, t, 2, idx, out->rank));
	if (t == DT_I64)
		v = tir_floordiv(b, v, tir_int(b, t, INT64_C(1) << a->shift));
	v = bounded(b, v, a->lo, a->hi);
	if (t == DT_F32)
		v = tir_unary(b, TIR_ROUND, v);
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

/* -- QMul ------------------------------------------------------------------------------ */

static const struct attr_row qmul_rows[] = {
	A_INT(struct qmul_attrs, a_zero, 0),
	A_INT(struct qmul_attrs, b_zero, 0),
	REQUANT_ROWS(struct qmul_attrs),
	A_END,
};

static bool infer_qmul(struct unit *u, struct node *n)
{
	const struct qmul_attrs *a = n->attrs;
	struct shape s;

	if (!infer_need_shape(u, n, node_in(n, 0), "a") ||
	    !infer_need_shape(u, n, node_in(n, 1), "b") ||
	    !shape_broadcast(u, &n->loc, &node_in(n, 0)->shape, &node_in(n, 1)->shape, &s) ||
	    !requant_infer(u, n, SCALE, 1, &a->out))
		return false;
	set_shape(node_out(n, 0), &s);
	return true;
}

static bool is_byte(const struct value *v)
{
	return v->type == DT_I8 || v->type == DT_U8;
}

static bool define_qmul(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct qmul_attrs *a = n->attrs;
	const struct requant *r = &a->out;
	const struct tir *idx[RANK_MAX], *x, *y, *v, *scale = requant_scale(b, SCALE, NULL);
	enum dtype t = is_byte(node_in(n, 0)) && is_byte(node_in(n, 1)) ? DT_I32 : DT_I64;

	tir_stage_begin(b, 0, out, idx);
	x = tir_sub(b, load_as(b, t, 0, idx, out->rank), tir_int(b, t, a->a_zero));
	y = tir_sub(b, load_as(b, t, 1, idx, out->rank), tir_int(b, t, a->b_zero));
	v = tir_mul(b, x, y);
	if (scale->type == DT_I32) {
		out->value = requantize(b, r, v, scale);
		return true;
	}
	v = tir_add(b, tir_mul(b, tir_cast(b, DT_F32, v), scale),
		    tir_float(b, DT_F32, (double)r->zero));
	v = tir_unary(b, TIR_ROUND, bounded(b, v, r->lo, r->hi));
	out->value = tir_cast(b, dtype_compute(out->type), v);
	return true;
}

/* -- Lut ------------------------------------------------------------------------------- */

static bool infer_lut(struct unit *u, struct node *n)
{
	const struct value *table = node_in(n, 1);

	if (table->shape.rank != 1 || table->shape.d[0] != 256)
		return node_error(u, n, "table has shape %s, it must have 256 elements",
				  shape_text(u, &table->shape));
	set_shape(node_out(n, 0), &node_in(n, 0)->shape);
	return true;
}

static bool define_lut(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	x = tir_cast(b, DT_INDEX, tir_cast(b, DT_U8, x));
	out->value = tir_load(b, 1, &x);
	return true;
}

/* -- Flip ------------------------------------------------------------------------------ */

static bool infer_flip(struct unit *u, struct node *n)
{
	(void)u;
	set_shape(node_out(n, 0), &node_in(n, 0)->shape);
	node_out(n, 0)->type = node_in(n, 0)->type == DT_I8 ? DT_U8 : DT_I8;
	return true;
}

static bool define_flip(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *x = stage_input0(b, out, idx);

	(void)n;
	x = tir_binary(b, TIR_XOR, tir_cast(b, DT_U8, x), tir_int(b, DT_U8, 0x80));
	out->value = tir_cast(b, out->type, x);
	return true;
}

#define TWO "T1=int8,uint8,int16,uint16 T2=int8,uint8,int16,uint16"

const struct op ops_q_elementwise[] = {
	{ .name = "QAdd",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "a:T1 b:T2 scale:T3 -> y:*",
	  .types = TWO " T3=float,int32,int64",
	  .attrs = qadd_rows,
	  .attrs_size = sizeof(struct qadd_attrs),
	  .flags = OP_INTERNAL | OP_ELEMENTWISE,
	  .infer = infer_qadd,
	  .define = define_qadd,
	  .doc = "sum or difference of quantized tensors" },
	{ .name = "QScale",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 scale:T2 offset:T3 -> y:*",
	  .types = "T1=int8,uint8,int16,uint16,int32 T2=float,int32 T3=float,int64",
	  .attrs = qscale_rows,
	  .attrs_size = sizeof(struct qscale_attrs),
	  .flags = OP_INTERNAL | OP_ELEMENTWISE,
	  .infer = infer_qscale,
	  .define = define_qscale,
	  .doc = "a quantized tensor times and plus constants" },
	{ .name = "QMul",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "a:T1 b:T2 scale:T3 -> y:*",
	  .types = TWO " T3=float,int32",
	  .attrs = qmul_rows,
	  .attrs_size = sizeof(struct qmul_attrs),
	  .flags = OP_INTERNAL | OP_ELEMENTWISE,
	  .infer = infer_qmul,
	  .define = define_qmul,
	  .doc = "product of quantized tensors, element by element" },
	{ .name = "Lut",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 table:T2 -> y:T2",
	  .types = "T1=int8,uint8 T2=int8,uint8,int16,uint16",
	  .flags = OP_INTERNAL,
	  .infer = infer_lut,
	  .define = define_lut,
	  .doc = "any function of an 8-bit integer, as a table" },
	{ .name = "Flip",
	  .domain = DOMAIN_EDGECC,
	  .since = 1,
	  .sig = "x:T1 -> y:*",
	  .types = "T1=int8,uint8",
	  .flags = OP_INTERNAL,
	  .infer = infer_flip,
	  .define = define_flip,
	  .doc = "x XOR 0x80, of the other sign: the same quantity about a zero point that moved too" },
	{ .name = NULL }
};
