/* The nodes that quantization inserts. */
#include "build.h"

#include "../passes/rewrite.h"

const char *quant_name(const struct value *v)
{
	if (v->name && *v->name)
		return v->name;
	return v->producer && v->producer->loc.node ? v->producer->loc.node : "";
}

static const char *joined_name(struct arena *a, const char *name, const char *what)
{
	return *name ? arena_printf(a, "%s_%s", name, what) : NULL;
}

uint32_t quant_node(struct graph *g, struct node *before, const char *op, const void *attrs,
		    const char *of, int n_in, const uint32_t *in)
{
	struct loc loc = { .file = g->unit->file,
			   .node = joined_name(g->unit->arena, of, op),
			   .op = op };
	struct node *n = graph_insert(g, before, op_builtin(op), attrs, n_in, in, 1, &loc);

	if (!node_infer(g->unit, n))
		unreachable("quantization built an illegal node");
	return n->out[0];
}

uint32_t quant_constant(struct graph *g, const char *name, const char *what,
			const struct constant *c)
{
	return graph_constant(g, joined_name(g->unit->arena, name, what), c)->id;
}

uint32_t quant_dequantized(struct graph *g, struct node *before, const char *name,
			   const struct quant_weights *w)
{
	const struct op *op = op_builtin("DequantizeLinear");
	void *attrs = op_default_attrs(g->unit->arena, op), *zeros;
	uint32_t in[3];

	attr_set(attrs, op, "axis", w->axis);
	attr_set(attrs, op, "block_size", (double)w->block);
	in[0] = quant_constant(g, name, "quantized", w->q);
	in[1] = quant_constant(g, name, "scale", w->scale);
	in[2] = quant_constant(g, name, "zero_point",
			       constant_new(g->unit->arena, w->q->type, &w->scale->shape, &zeros));
	return quant_node(g, before, op->name, attrs, name, 3, in);
}
