/* Weights behind a DequantizeLinear that no integer operator took stay the integers they are:
 *
 *	Conv(x, DQ(w, scale, zero), b)  =>  edgecc.PackedConv(x, w, scale, zero, b)
 *	MatMul(x, DQ(w))                =>  edgecc.PackedMatMul(x, w, scale, zero)
 *	Gemm(x, DQ(w), c)               =>  edgecc.PackedMatMul(x, w or w', ...) + c
 *
 * Folding, which would make four times the bytes of them, comes after this. */
#include "list.h"
#include "quantized.h"

/* What the DequantizeLinear of constant weights says. */
struct packed {
	const struct constant *w, *scale, *zero; /* zero NULL: 0 */
	struct packing_attrs a;
};

static bool is_all_zero(const struct constant *c)
{
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		if (constant_f64(c, i) != 0)
			return false;
	return true;
}

static bool packed_weights(struct unit *u, const struct node *n, struct packed *out)
{
	const struct node *d = input_node(n, 1);
	const struct quant_attrs *a;
	int axis;

	if (!node_is(d, "DequantizeLinear") || node_out(d, 0)->type != DT_F32 ||
	    node_in(n, 0)->type != DT_F32 || !node_const(d, 0) || !node_const(d, 1) ||
	    node_const(d, 1)->type != DT_F32 || (node_in(d, 2) && !node_const(d, 2)) ||
	    !dtype_is_int(node_const(d, 0)->type) || node_const(d, 0)->type == DT_I32)
		return false;
	a = d->attrs;
	if (shape_elements(&node_const(d, 1)->shape) == 1)
		axis = 0;
	else if (!axis_resolve(u, &d->loc, a->axis, node_in(d, 0)->shape.rank, &axis))
		return false;
	*out = (struct packed){
		node_const(d, 0), node_const(d, 1), node_const(d, 2), { axis, a->block_size }
	};
	if (out->zero && is_all_zero(out->zero))
		out->zero = NULL;
	return true;
}

/* The new operator's inputs; returns how many. bias may be VALUE_NONE. */
static int inputs(const struct node *n, const struct packed *p, uint32_t bias, uint32_t *in)
{
	in[0] = n->in[0];
	in[1] = build_constant(n, p->w);
	in[2] = build_constant(n, p->scale);
	in[3] = p->zero ? build_constant(n, p->zero) : VALUE_NONE;
	in[4] = bias;
	return bias ? 5 : p->zero ? 4 : 3;
}

static bool apply_conv(struct unit *u, struct node *n)
{
	struct packed_conv_attrs a = { 0 };
	struct packed p;
	uint32_t in[5];
	int count;

	if (!packed_weights(u, n, &p))
		return false;
	a.conv = *(const struct conv_attrs *)n->attrs;
	a.packing = p.a;
	count = inputs(n, &p, node_in(n, 2) ? n->in[2] : VALUE_NONE, in);
	return replace_node(n, graph_build(n, "edgecc.PackedConv", &a, count, in));
}

static uint32_t product(struct node *n, const struct packed *p)
{
	const struct packed_matmul_attrs a = { p->a };
	uint32_t in[5];
	int count = inputs(n, p, VALUE_NONE, in);

	return graph_build(n, "edgecc.PackedMatMul", &a, count, in);
}

static bool apply_matmul(struct unit *u, struct node *n)
{
	struct packed p;

	return packed_weights(u, n, &p) && replace_node(n, product(n, &p));
}

static const struct constant *turned(struct unit *u, const struct constant *c)
{
	return c && c->shape.rank == 2 ? matrix_transposed(u, c) : c;
}

static bool apply_gemm(struct unit *u, struct node *n)
{
	const struct gemm_attrs *g = n->attrs;
	struct packed p;
	uint32_t y;

	if (g->transA || g->alpha != 1.0F || (node_in(n, 2) && g->beta != 1.0F) ||
	    !packed_weights(u, n, &p))
		return false;
	if (g->transB) {
		p.w = turned(u, p.w);
		p.scale = turned(u, p.scale);
		p.zero = turned(u, p.zero);
		p.a.axis = 1 - p.a.axis;
	}
	y = product(n, &p);
	if (node_in(n, 2))
		y = build2(n, "Add", NULL, y, n->in[2]);
	return replace_node(n, y);
}

static const struct rewrite rewrites[] = {
	{ "pack-conv", "Conv", "Conv(x, DQ(w)) => a convolution with integer weights", apply_conv },
	{ "pack-matmul", "MatMul", "MatMul(x, DQ(w)) => a product with integer weights",
	  apply_matmul },
	{ "pack-gemm", "Gemm", "Gemm(x, DQ(w), c) => a product with integer weights, and c",
	  apply_gemm },
	{ .name = NULL }
};

static const struct rewrite *const tables[] = { rewrites, rewrites_pack_nbits, NULL };

const struct pass pass_pack = {
	.name = "pack-weights",
	.doc = "integer weights of what computes in float stay integers",
	.level = 1,
	.rewrites = tables,
};
