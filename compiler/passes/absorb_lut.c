/* Whatever is computed of one 8-bit tensor, element by element, and quantized again, is a table of
 * 256 results:
 *
 *	Q(f(DQ(x), constants))  =>  Lut(x, Q(f(DQ(0, 1, ... 255))))
 *
 * f may be several operators that meet again (x * Sigmoid(x)). */
#include "function.h"

static bool apply_function(struct unit *u, struct node *n)
{
	struct function f = { .n = 0 };
	const struct shape flat = { .rank = 1, .d = { 256 } };
	struct quantized y;
	uint32_t result, in[3];

	if (!quantized_output(n, &y) || !(result = function_results(u, n, &f)))
		return false;
	in[0] = result;
	in[1] = n->in[1];
	in[2] = n->n_in > 2 ? n->in[2] : VALUE_NONE;
	result = build(n, "QuantizeLinear", n->attrs, n->n_in, in);
	result = build_view(n, result, &flat);
	return replace_node(n, build2(n, "edgecc.Lut", NULL, f.x.id, result));
}

/* Lut(Lut(x, t), s)  =>  Lut(x, Lut(t, s)) */
static bool apply_twice(struct unit *u, struct node *n)
{
	const struct node *first = input_node(n, 0);

	(void)u;
	if (!first || first->op != n->op || !node_const(first, 1) || !node_const(n, 1) ||
	    (node_const(first, 1)->type != DT_I8 && node_const(first, 1)->type != DT_U8))
		return false;
	return replace_node(n, build2(n, "edgecc.Lut", NULL, first->in[0],
				      build2(n, "edgecc.Lut", NULL, first->in[1], n->in[1])));
}

const struct rewrite rewrites_absorb_lut[] = {
	{ "quantized-function", "QuantizeLinear", "Q(f(DQ(x))) => a table of 256 results",
	  apply_function },
	{ "lut-of-lut", "edgecc.Lut", "two tables, one after the other => one", apply_twice },
	{ .name = NULL }
};
