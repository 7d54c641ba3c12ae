/* Functions of one tensor: finding them, and computing them of other numbers. */
#include "function.h"

static int index_of(const struct function *f, const struct node *n)
{
	for (int i = 0; i < f->n; i++)
		if (f->nodes[i] == n)
			return i;
	return -1;
}

bool function_has(const struct function *f, const struct node *n)
{
	return index_of(f, n) >= 0;
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

/* Input k of n is x. *fits: of the width that is looked for, and no other than before. */
static bool is_source(struct function *f, const struct node *n, int k, bool *fits)
{
	struct quantized q;

	*fits = true;
	if (f->of) {
		f->found |= n->in[k] == f->of;
		return n->in[k] == f->of;
	}
	if (!quantized_input(n, k, &q))
		return false;
	*fits = (!f->found || same_source(&q, &f->x)) &&
		(q.type == DT_I8 || q.type == DT_U8) != f->wide;
	f->x = q;
	f->found = true;
	f->dequantize = input_node(n, k);
	return true;
}

/* Input k of n is x, a number, or computed of these. depth bounds the recursion. */
static bool gather(struct function *f, struct node *n, int k, int depth)
{
	struct node *p = input_node(n, k);
	bool fits;

	if (is_number(n, k))
		return true;
	if (is_source(f, n, k, &fits))
		return fits;
	if (!p || depth > FUNCTION_NODES)
		return false;
	if (index_of(f, p) >= 0)
		return true;
	if (!(p->op->flags & OP_ELEMENTWISE) || p->n_out != 1 || p->n_graphs)
		return false;
	for (int i = 0; i < p->n_in; i++)
		if (!gather(f, p, i, depth + 1))
			return false;
	if (f->n == FUNCTION_NODES)
		return false;
	f->nodes[f->n++] = p;
	return true;
}

bool function_seek(struct function *f, struct node *n, int k)
{
	return gather(f, n, k, 0) && f->found;
}

/* n over those numbers instead of x. */
static uint32_t over(struct function *f, struct node *before, const struct node *n, uint32_t reals)
{
	struct unit *u = n->graph->unit;
	struct constant *c = NULL;
	struct node *copy;
	uint32_t in[16];

	if (n->n_in > (int)ARRAY_LEN(in))
		return VALUE_NONE;
	for (int k = 0; k < n->n_in; k++) {
		int i = is_number(n, k) ? -1 : index_of(f, input_node(n, k));

		in[k] = is_number(n, k) ? n->in[k] : i >= 0 ? f->copies[i] : reals;
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

uint32_t function_over(struct function *f, struct node *before, uint32_t reals)
{
	uint32_t result = reals;

	for (int i = 0; i < f->n && result; i++)
		result = f->copies[i] = over(f, before, f->nodes[i], reals);
	return result;
}

/* -- of a quantized tensor -------------------------------------------------------------- */

static int64_t count_of(const struct function *f)
{
	return f->wide ? 65536 : 256;
}

/* All integers of x: bytes as the table is indexed, 16 bits from the least. */
static uint32_t all_integers(const struct node *at, const struct function *f)
{
	struct unit *u = at->graph->unit;
	void *data;
	struct constant *c = constant_new(
		u->arena, f->x.type, &(struct shape){ .rank = 1, .d = { count_of(f) } }, &data);

	for (int64_t i = 0; i < count_of(f); i++)
		constant_put_i64(data, f->x.type, i, f->wide ? i + quantized_least(f->x.type) : i);
	return build_constant(at, c);
}

uint32_t function_results(struct unit *u, struct node *n, struct function *f)
{
	uint32_t in[3];

	if (!function_seek(f, n, 0) ||
	    !shape_equal(&value_of(u, f->x.id)->shape, &node_out(n, 0)->shape))
		return VALUE_NONE;
	in[0] = all_integers(n, f);
	in[1] = f->dequantize->in[1];
	in[2] = f->dequantize->n_in > 2 ? f->dequantize->in[2] : VALUE_NONE;
	return function_over(
		f, n, build(n, "DequantizeLinear", f->dequantize->attrs, f->dequantize->n_in, in));
}
