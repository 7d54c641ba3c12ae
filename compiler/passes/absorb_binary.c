/* Sums, differences and products of two quantized tensors:
 *
 *	Q(clamp(DQ(a) + DQ(b)))  =>  QAdd(a, b, { a_scale / y_scale, b_scale / y_scale, rest })
 *	Q(clamp(DQ(a) * DQ(b)))  =>  QMul(a, b, a_scale * b_scale / y_scale)
 *
 * in the order of operations of ONNX Runtime's QLinearAdd and QLinearMul. Its sums are fused
 * multiply-adds, ours only where activations are unsigned (x86): elsewhere two in a million of all
 * pairs of bytes differ by one step. */
#include "fixed.h"

#include <math.h>

static bool bytes(const struct quantized *q)
{
	return q->type == DT_I8 || q->type == DT_U8;
}

/* 16 bits: in fixed point only, where sums of floats are not at hand that are exact. */
static bool operands(struct node *n, const char *op, bool fixed, struct quantized_result *r,
		     struct quantized *a, struct quantized *b)
{
	return quantized_result(n, r) && node_is(r->source, op) &&
	       quantized_input(r->source, 0, a) && quantized_input(r->source, 1, b) &&
	       (fixed || (bytes(&r->q) && bytes(a) && bytes(b)));
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

static bool sum(struct node *n, const char *op, float sign, bool fixed)
{
	struct quantized_result r;
	struct quantized a, b;
	struct qadd_attrs attrs = { 0 };
	float scale[3];

	if (!operands(n, op, fixed, &r, &a, &b))
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
	return sum(n, "Add", 1, false);
}

static bool apply_sub(struct unit *u, struct node *n)
{
	(void)u;
	return sum(n, "Sub", -1, false);
}

static bool product(struct node *n, bool fixed)
{
	struct quantized_result r;
	struct quantized a, b;
	struct qmul_attrs attrs;
	float scale;

	if (!operands(n, "Mul", fixed, &r, &a, &b))
		return false;
	scale = a.scale * b.scale / r.q.scale;
	attrs = (struct qmul_attrs){ a.zero, b.zero, quantized_requant(&r) };
	return replace_node(
		n, build3(r.source, "edgecc.QMul", &attrs, a.id, b.id, floats(n, &scale, 1)));
}

static bool apply_mul(struct unit *u, struct node *n)
{
	(void)u;
	return product(n, false);
}

const struct rewrite rewrites_absorb_binary[] = {
	{ "quantized-add", "QuantizeLinear", "Q(DQ(a) + DQ(b)) => a sum of integers", apply_add },
	{ "quantized-sub", "QuantizeLinear", "Q(DQ(a) - DQ(b)) => a sum of integers", apply_sub },
	{ "quantized-mul", "QuantizeLinear", "Q(DQ(a) * DQ(b)) => a product of integers",
	  apply_mul },
	{ .name = NULL }
};

/* -- in fixed point ---------------------------------------------------------------------- */

static bool fixed_add(struct unit *u, struct node *n)
{
	(void)u;
	return sum(n, "Add", 1, true);
}

static bool fixed_sub(struct unit *u, struct node *n)
{
	(void)u;
	return sum(n, "Sub", -1, true);
}

static bool fixed_mul(struct unit *u, struct node *n)
{
	(void)u;
	return product(n, true);
}

static bool fixed_div(struct unit *u, struct node *n)
{
	struct quantized_result r;
	struct quantized a, b;
	struct qdiv_attrs attrs;
	double factor;
	int shift;

	(void)u;
	if (!operands(n, "Div", true, &r, &a, &b))
		return false;
	factor = (double)a.scale / ((double)b.scale * (double)r.q.scale);
	shift = fixed_shift(factor, 30);
	if (shift < 0)
		return false;
	shift = shift > 40 ? 40 : shift;
	attrs = (struct qdiv_attrs){ .to = (int)r.q.type,
				     .lo = r.lo,
				     .hi = r.hi,
				     .shift = shift,
				     .zero = r.q.zero,
				     .a_zero = a.zero,
				     .b_zero = b.zero };
	return replace_node(n, build3(r.source, "edgecc.QDiv", &attrs, a.id, b.id,
				      build_number(n, DT_I32, nearbyint(ldexp(factor, shift)))));
}

/* p's result is x, or x times this where x is negative; VALUE_NONE: it is something else. */
static uint32_t slope_of(struct node *p)
{
	static const struct {
		const char *op;
		double slope;
	} fixed[] = { { "Relu", 0 }, { "Abs", -1 } };

	if (node_is(p, "PRelu"))
		return p->in[1];
	if (node_is(p, "LeakyRelu"))
		return build_number(p, DT_F32,
				    (double)((const struct alpha_attrs *)p->attrs)->alpha);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (node_is(p, fixed[i].op))
			return build_number(p, DT_F32, fixed[i].slope);
	return VALUE_NONE;
}

static bool fixed_prelu(struct unit *u, struct node *n)
{
	struct node *p = sole_input_node(n, 0);
	struct quantized y, x;
	uint32_t q[3] = { VALUE_NONE, n->in[1], n->n_in > 2 ? n->in[2] : VALUE_NONE }, scaled,
		 plain, below, slope;

	(void)u;
	if (!p || !quantized_output(n, &y) || !quantized_input(p, 0, &x) || !(slope = slope_of(p)))
		return false;
	q[0] = build2(p, "Mul", NULL, p->in[0], slope);
	scaled = build(p, "QuantizeLinear", n->attrs, n->n_in, q);
	q[0] = p->in[0];
	plain = build(p, "QuantizeLinear", n->attrs, n->n_in, q);
	below = build2(p, "Less", NULL, x.id, build_number(n, x.type, (double)x.zero));
	return replace_node(n, build3(p, "Where", NULL, below, scaled, plain));
}

const struct rewrite rewrites_fixed_binary[] = {
	{ "fixed-add", "QuantizeLinear", "Q(DQ(a) + DQ(b)) of 16 bits", fixed_add },
	{ "fixed-sub", "QuantizeLinear", "Q(DQ(a) - DQ(b)) of 16 bits", fixed_sub },
	{ "fixed-mul", "QuantizeLinear", "Q(DQ(a) * DQ(b)) of 16 bits", fixed_mul },
	{ "fixed-div", "QuantizeLinear", "Q(DQ(a) / DQ(b)) => a quotient of integers", fixed_div },
	{ "fixed-prelu", "QuantizeLinear",
	  "Q(PRelu(DQ(x), s)) => Q(DQ(x) * s) or Q(DQ(x)), by integers", fixed_prelu },
	{ .name = NULL }
};
