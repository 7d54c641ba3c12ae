/* What stays in float in a quantized model, and why: a reason on each node, for the report; a warning
 * where a scale makes no sense. */
#include "list.h"
#include "quantized.h"

#include <math.h>

static bool is_linear(const struct node *n)
{
	return node_is(n, "QuantizeLinear") || node_is(n, "DequantizeLinear");
}

/* Where operators have scales, each before its zero point. */
static const struct {
	const char *op;
	int n, slots[3];
} scales[] = {
	{ "QuantizeLinear", 1, { 1 } },
	{ "DequantizeLinear", 1, { 1 } },
	{ "QLinearConv", 3, { 1, 4, 6 } },
	{ "QLinearMatMul", 3, { 1, 4, 6 } },
};

/* What is wrong with the scale in a slot, or with its zero point; NULL: nothing. */
static const char *flaw(const struct unit *u, const struct node *n, int slot)
{
	const struct constant *c = node_const(n, slot);

	if (node_in(n, slot) && !c)
		return "the scale is not constant";
	if (node_in(n, slot + 1) && !node_const(n, slot + 1))
		return "the zero point is not constant";
	for (int64_t i = 0; c && i < shape_elements(&c->shape); i++) {
		double s = constant_f64(c, i);

		if (!isfinite(s) || s <= 0)
			return arena_printf(u->arena, "a scale is %g", s);
	}
	return NULL;
}

static void check_scales(const struct unit *u, const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(scales); i++)
		for (int k = 0; k < scales[i].n && node_is(n, scales[i].op); k++) {
			const char *what = flaw(u, n, scales[i].slots[k]);

			if (!what)
				continue;
			diag_warning(u->diag, &n->loc, "%s: what it quantizes stays in float",
				     what);
			return;
		}
}

/* Activations behind a DequantizeLinear, and other activations. */
static void count_inputs(const struct node *n, int *dequantized, int *real)
{
	for (int k = 0; k < n->n_in; k++) {
		const struct node *p = n->in[k] ? input_node(n, k) : NULL;

		if (!n->in[k] || node_const(n, k) || (is_linear(p) && node_const(p, 0)))
			continue;
		if (node_is(p, "DequantizeLinear"))
			++*dequantized;
		else
			++*real;
	}
}

static bool only_quantized(const struct value *v)
{
	for (size_t i = 0; i < v->uses.n; i++)
		if (!node_is(v->uses.p[i], "QuantizeLinear"))
			return false;
	return v->uses.n && !v->outputs;
}

static const char *why_float(const struct node *n)
{
	int dequantized = 0, real = 0;
	bool result = n->n_out == 1 && n->out[0] && only_quantized(node_out(n, 0));

	count_inputs(n, &dequantized, &real);
	if (!dequantized && !result)
		return NULL;
	if (!result)
		return "in float: its result is not quantized";
	if (real || !dequantized)
		return "in float: an input is not quantized";
	return "in float: no integer form of this operator, these types or these scales";
}

static void graph(struct graph *g, void *data)
{
	(void)data;
	for (struct node *n = g->first; n; n = n->next) {
		if (n->op->domain == DOMAIN_ONNX)
			check_scales(g->unit, n);
		if (n->op->domain == DOMAIN_ONNX && !is_linear(n) && !n->n_graphs)
			n->reason = why_float(n);
	}
}

static int run(struct unit *u, const struct pass_context *c)
{
	(void)c;
	remove_dead(u);
	unit_each_graph(u, graph, NULL);
	return 0;
}

const struct pass pass_absorb_rest = {
	.name = "explain-float",
	.doc = "note why operators of a quantized model stay in float",
	.level = 1,
	.run = run,
};
