/* Whatever is computed of one 8-bit tensor, element by element, and quantized again, is a table of
 * 256 results:
 *
 *	Q(f(DQ(x), constants))  =>  Lut(x, Q(f(DQ(0, 1, ... 255))))
 *
 * f may be several operators that meet again (x * Sigmoid(x)). */
#include "quantized.h"

#include <string.h>

enum { MOST_NODES = 32 };

struct function {
	struct quantized x;
	bool found;                     /* x is known */
	const struct node *dequantize;  /* the node that says how x is quantized */
	struct node *nodes[MOST_NODES]; /* operands before users */
	uint32_t copies[MOST_NODES];    /* their results over the table */
	int n;
};

static int index_of(const struct function *f, const struct node *n)
{
	for (int i = 0; i < f->n; i++)
		if (f->nodes[i] == n)
			return i;
	return -1;
}

static bool same_source(const struct quantized *a, const struct quantized *b)
{
	return a->id == b->id && a->scale == b->scale && a->zero == b->zero;
}

static bool is_single(const struct constant *c)
{
	return c && shape_elements(&c->shape) == 1 && c->type != DT_STRING;
}

/* Input k of n is left out, or one number, which may be quantized. */
static bool is_number(const struct node *n, int k)
{
	const struct node *p = input_node(n, k);

	return n->in[k] == VALUE_NONE || is_single(node_const(n, k)) ||
	       (node_is(p, "DequantizeLinear") && is_single(node_const(p, 0)) &&
		is_single(node_const(p, 1)));
}

/* Input k of n is x, a number, or computed of these. depth bounds the recursion. */
static bool gather(struct function *f, struct node *n, int k, int depth)
{
	struct node *p = input_node(n, k);
	struct quantized q;

	if (is_number(n, k))
		return true;
	if (!p || depth > MOST_NODES)
		return false;
	if (quantized_input(n, k, &q)) {
		if (f->found && !same_source(&q, &f->x))
			return false;
		f->x = q;
		f->found = true;
		f->dequantize = p;
		return q.type == DT_I8 || q.type == DT_U8;
	}
	if (index_of(f, p) >= 0)
		return true;
	if (!(p->op->flags & OP_ELEMENTWISE) || p->n_out != 1 || p->n_graphs)
		return false;
	for (int i = 0; i < p->n_in; i++)
		if (!gather(f, p, i, depth + 1))
			return false;
	if (f->n == MOST_NODES)
		return false;
	f->nodes[f->n++] = p;
	return true;
}

/* All 256 integers of x, in the order of the table. */
static uint32_t all_integers(const struct node *at, enum dtype t)
{
	struct unit *u = at->graph->unit;
	void *data;
	struct constant *c =
		constant_new(u->arena, t, &(struct shape){ .rank = 1, .d = { 256 } }, &data);

	for (int i = 0; i < 256; i++)
		((uint8_t *)data)[i] = (uint8_t)i;
	return build_constant(at, c);
}

/* n over the table instead of x; VALUE_NONE when that has another form. */
static uint32_t over_table(struct function *f, struct node *before, const struct node *n,
			   uint32_t table)
{
	struct unit *u = n->graph->unit;
	struct constant *c = NULL;
	struct node *copy;
	uint32_t in[16];

	if (n->n_in > (int)ARRAY_LEN(in))
		return VALUE_NONE;
	for (int k = 0; k < n->n_in; k++) {
		int i = is_number(n, k) ? -1 : index_of(f, input_node(n, k));

		in[k] = is_number(n, k) ? n->in[k] : i >= 0 ? f->copies[i] : table;
	}
	copy = graph_insert(n->graph, before, n->op, n->attrs, n->n_in, in, 1, &n->loc);
	if (!node_infer(u, copy)) {
		graph_remove(copy);
		return VALUE_NONE;
	}
	if (!fold_node(u, copy, &c))
		return copy->out[0];
	graph_remove(copy);
	return build_constant(before, c);
}

static bool apply_function(struct unit *u, struct node *n)
{
	struct function f = { .n = 0 };
	const struct shape flat = { .rank = 1, .d = { 256 } };
	struct quantized y;
	uint32_t table, result, in[3];

	if (!quantized_output(n, &y) || !gather(&f, n, 0, 0) || !f.found ||
	    !shape_equal(&value_of(u, f.x.id)->shape, &node_out(n, 0)->shape))
		return false;
	in[0] = all_integers(n, f.x.type);
	in[1] = f.dequantize->in[1];
	in[2] = f.dequantize->n_in > 2 ? f.dequantize->in[2] : VALUE_NONE;
	table = build(n, "DequantizeLinear", f.dequantize->attrs, f.dequantize->n_in, in);
	result = table;
	for (int i = 0; i < f.n && result; i++)
		result = f.copies[i] = over_table(&f, n, f.nodes[i], table);
	if (!result)
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
