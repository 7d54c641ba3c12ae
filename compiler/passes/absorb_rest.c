/* What stays in float in a quantized model, and why: a reason on each node, for the report; a warning
 * where a scale makes no sense. */
#include "list.h"
#include "quantized.h"

#include <math.h>

static bool is_linear(const struct node *n)
{
	return node_is(n, "QuantizeLinear") || node_is(n, "DequantizeLinear");
}

static void check_scale(struct unit *u, const struct node *n)
{
	const struct constant *c = node_const(n, 1);

	if (!c) {
		diag_warning(u->diag, &n->loc,
			     "the scale is not constant: what it quantizes stays in float");
		return;
	}
	for (int64_t i = 0; i < shape_elements(&c->shape); i++) {
		double s = constant_f64(c, i);

		if (isfinite(s) && s > 0)
			continue;
		diag_warning(u->diag, &n->loc, "a scale is %g: what it quantizes stays in float",
			     s);
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
		if (is_linear(n) && node_in(n, 1))
			check_scale(g->unit, n);
		else if (n->op->domain == DOMAIN_ONNX && !is_linear(n) && !n->n_graphs)
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
