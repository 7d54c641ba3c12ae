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

static bool is_byte(const struct value *v)
{
	return v->type == DT_I8 || v->type == DT_U8;
}

/* All bytes in the order of a table. */
static uint32_t all_bytes(struct node *at, enum dtype t)
{
	struct unit *u = at->graph->unit;
	const struct shape flat = { .rank = 1, .d = { 256 } };
	void *data;
	struct constant *c = constant_new(u->arena, t, &flat, &data);

	for (int i = 0; i < 256; i++)
		((uint8_t *)data)[i] = (uint8_t)i;
	return build_constant(at, c);
}

/* op(x, Lut(x, t))  =>  Lut(x, op(0 ... 255, t)), also with two tables, or none */
static bool apply_meeting(struct unit *u, struct node *n)
{
	const char *op = arena_printf(u->arena, "edgecc.%s", n->op->name);
	uint32_t in[3] = { 0, 0, n->in[2] }, x[2];

	for (int k = 0; k < 2; k++) {
		const struct node *p = input_node(n, k);
		const bool looked_up = p && p->op == op_builtin("edgecc.Lut") && node_const(p, 1);

		x[k] = looked_up ? p->in[0] : n->in[k];
		in[k] = looked_up ? p->in[1] : VALUE_NONE;
	}
	if (x[0] != x[1] || !is_byte(value_of(u, x[0])) || value_of(u, x[0])->constant ||
	    dtype_size(node_out(n, 0)->type) > 2)
		return false;
	for (int k = 0; k < 2; k++)
		if (in[k] == VALUE_NONE)
			in[k] = all_bytes(n, value_of(u, x[k])->type);
	return replace_node(n, build2(n, "edgecc.Lut", NULL, x[0], build(n, op, n->attrs, 3, in)));
}

const struct rewrite rewrites_absorb_lut[] = {
	{ "quantized-function", "QuantizeLinear", "Q(f(DQ(x))) => a table of 256 results",
	  apply_function },
	{ "lut-of-lut", "edgecc.Lut", "two tables, one after the other => one", apply_twice },
	{ "lut-that-meets-its-argument", "edgecc.QMul edgecc.QAdd",
	  "a sum or product of a tensor and its table => one table", apply_meeting },
	{ .name = NULL }
};
