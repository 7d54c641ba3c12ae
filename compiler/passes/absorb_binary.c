/* Sums, differences and products of two quantized tensors:
 *
 *	Q(clamp(DQ(a) + DQ(b)))  =>  QAdd(a, b, { a_scale / y_scale, b_scale / y_scale, rest })
 *	Q(clamp(DQ(a) * DQ(b)))  =>  QMul(a, b, a_scale * b_scale / y_scale)
 *
 * in the order of operations of ONNX Runtime's QLinearAdd and QLinearMul. Its sums are fused
 * multiply-adds, ours only where activations are unsigned (x86): elsewhere two in a million of all
 * pairs of bytes differ by one step. */
#include "quantized.h"

#include <math.h>

static bool bytes(const struct quantized *q)
{
	return q->type == DT_I8 || q->type == DT_U8;
}

static bool operands(struct node *n, const char *op, struct quantized_result *r,
		     struct quantized *a, struct quantized *b)
{
	return quantized_result(n, r) && node_is(r->source, op) && bytes(&r->q) &&
	       quantized_input(r->source, 0, a) && quantized_input(r->source, 1, b) && bytes(a) &&
	       bytes(b);
}

static uint32_t floats(struct node *at, const float *v, int n)
{
	void *data;
	struct constant *c = constant_new(at->graph->unit->arena, DT_F32,
					  &(struct shape){ .rank = 1, .d = { n } }, &data);

	for (int i = 0; i < n; i++)
		((float *)data)[i] = v[i];
	return build_constant(at, c);
}

static bool sum(struct node *n, const char *op, float sign)
{
	struct quantized_result r;
	struct quantized a, b;
	struct qadd_attrs attrs = { 0 };
	float scale[3];

	if (!operands(n, op, &r, &a, &b))
		return false;
	scale[0] = a.scale / r.q.scale;
	scale[1] = sign * (b.scale / r.q.scale);
	scale[2] = (float)r.q.zero - fmaf(scale[0], (float)a.zero, scale[1] * (float)b.zero);
	attrs.to = (int)r.q.type;
	attrs.lo = r.lo;
	attrs.hi = r.hi;
	return replace_node(
		n, build3(r.source, "edgecc.QAdd", &attrs, a.id, b.id, floats(n, scale, 3)));
}

static bool apply_add(struct unit *u, struct node *n)
{
	(void)u;
	return sum(n, "Add", 1);
}

static bool apply_sub(struct unit *u, struct node *n)
{
	(void)u;
	return sum(n, "Sub", -1);
}

static bool apply_mul(struct unit *u, struct node *n)
{
	struct quantized_result r;
	struct quantized a, b;
	struct qmul_attrs attrs;
	float scale;

	(void)u;
	if (!operands(n, "Mul", &r, &a, &b))
		return false;
	scale = a.scale * b.scale / r.q.scale;
	attrs = (struct qmul_attrs){ a.zero, b.zero, quantized_requant(&r) };
	return replace_node(
		n, build3(r.source, "edgecc.QMul", &attrs, a.id, b.id, floats(n, &scale, 1)));
}

const struct rewrite rewrites_absorb_binary[] = {
	{ "quantized-add", "QuantizeLinear", "Q(DQ(a) + DQ(b)) => a sum of integers", apply_add },
	{ "quantized-sub", "QuantizeLinear", "Q(DQ(a) - DQ(b)) => a sum of integers", apply_sub },
	{ "quantized-mul", "QuantizeLinear", "Q(DQ(a) * DQ(b)) => a product of integers",
	  apply_mul },
	{ .name = NULL }
};
