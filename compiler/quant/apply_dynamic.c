/* Dynamic quantization: the range of x is that of each run.
 *
 *	y = x W + b    =>    xq, s, z = DynamicQuantizeLinear(x)
 *	                     y = Cast(MatMulInteger(xq, Wq, z)) * (s * W's scales) + b
 *
 * and the same with ConvInteger. ConvTranspose, which has no such form, gets integer weights only. */
#include "build.h"

#include "../passes/rewrite.h"

#include <string.h>

/* x quantized, once for all that read it. */
struct quantized {
	uint32_t of, x, scale, zero;
};
typedef VEC(struct quantized) quantized_list;

static struct quantized quantize_input(struct unit *u, uint32_t id, quantized_list *known)
{
	struct value *v = value_of(u, id);
	struct graph *g = u->main;
	const struct op *op = op_builtin("DynamicQuantizeLinear");
	struct loc loc = { .file = u->file, .op = op->name };
	struct quantized q = { .of = id };
	struct node *n;

	for (size_t i = 0; i < known->n; i++)
		if (known->p[i].of == id)
			return known->p[i];
	if (*quant_name(v))
		loc.node = arena_printf(u->arena, "%s_%s", quant_name(v), op->name);
	n = graph_insert(g, v->producer ? v->producer->next : g->first, op, NULL, 1, &id, 3, &loc);
	if (!node_infer(u, n))
		unreachable("quantization built an illegal node");
	q = (struct quantized){ id, n->out[0], n->out[1], n->out[2] };
	vec_push(u->arena, known, q);
	return q;
}

/* [n][k] to [k][n] */
static const struct constant *transposed(struct arena *a, const struct constant *c)
{
	struct shape s = { .rank = 2, .d = { c->shape.d[1], c->shape.d[0] } };
	void *data;
	struct constant *t = constant_new(a, c->type, &s, &data);

	for (int64_t i = 0; i < s.d[0]; i++)
		for (int64_t k = 0; k < s.d[1]; k++)
			constant_put_f64(data, c->type, i * s.d[1] + k,
					 constant_f64(c, k * s.d[0] + i));
	return t;
}

/* Channels along axis 1 of an image. */
static const struct constant *as_channels(struct arena *a, const struct constant *c, int rank)
{
	struct constant *r = arena_copy(a, c, sizeof *c);

	r->shape = (struct shape){ .rank = rank };
	for (int i = 0; i < rank; i++)
		r->shape.d[i] = 1;
	r->shape.d[1] = shape_elements(&c->shape);
	return r;
}

static void apply_one(struct unit *u, struct node *n, const struct quant_plan *p,
		      const struct quant_layer *l, quantized_list *known)
{
	struct graph *g = n->graph;
	bool conv = node_is(n, "Conv");
	const char *name = n->loc.node ? n->loc.node : "", *w_name = quant_name(node_in(n, 1));
	const struct constant *b = node_const(n, 2);
	struct quant_weights_how how = { .type = p->config.form->weight,
					 .axis = weights_channel_axis(n),
					 .nearest = !p->config.round_by_error,
					 .node = n,
					 .moments = l->moments };
	struct quantized x = quantize_input(u, n->in[0], known);
	struct quant_weights q;
	uint32_t y, scale;

	weights_quantize(u->arena, node_const(n, 1), &how, &q);
	if (node_is(n, "Gemm") && attr_number(n, "transB") != 0)
		q.q = transposed(u->arena, q.q);
	y = quant_node(g, n, conv ? "ConvInteger" : "MatMulInteger", conv ? n->attrs : NULL, name,
		       3, (uint32_t[]){ x.x, quant_constant(g, w_name, "quantized", q.q), x.zero });
	y = quant_node(g, n, "Cast", &(struct cast_attrs){ .to = DT_F32, .saturate = 1 }, name, 1,
		       &y);
	if (conv)
		q.scale = as_channels(u->arena, q.scale, node_out(n, 0)->shape.rank);
	scale = quant_node(g, n, "Mul", NULL, w_name, 2,
			   (uint32_t[]){ x.scale, quant_constant(g, w_name, "scale", q.scale) });
	y = quant_node(g, n, "Mul", NULL, name, 2, (uint32_t[]){ y, scale });
	if (node_in(n, 2)) {
		uint32_t bias = n->in[2];

		if (conv && b)
			bias = quant_constant(g, quant_name(node_in(n, 2)), "channels",
					      as_channels(u->arena, b, node_out(n, 0)->shape.rank));
		y = quant_node(g, n, "Add", NULL, name, 2, (uint32_t[]){ y, bias });
	}
	graph_replace(u, n->out[0], y);
	graph_remove(n);
}

bool quant_is_dynamic(const struct node *n)
{
	return (node_is(n, "Conv") && (!node_in(n, 2) || node_const(n, 2))) || node_is(n, "Gemm") ||
	       node_is(n, "MatMul");
}

void quant_apply_dynamic(struct unit *u, const struct quant_plan *p)
{
	quantized_list known = { 0 };

	for (size_t i = 0; i < p->layers.n; i++) {
		struct node *n = value_of(u, p->layers.p[i].output)->producer;

		if (!p->layers.p[i].skip && quant_is_dynamic(n))
			apply_one(u, n, p, &p->layers.p[i], &known);
	}
}
