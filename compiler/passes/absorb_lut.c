/* Whatever is computed of one 8-bit tensor, element by element, and quantized again, is a table of
 * 256 results:
 *
 *	Q(f(DQ(x), constants))  =>  Lut(x, Q(f(DQ(0, 1, ... 255))))
 *
 * f may be several operators that meet again (x * Sigmoid(x)). */
#include "fixed.h"

#include <math.h>

enum { MOST_NODES = 32 };

struct function {
	struct quantized x;
	bool wide;                      /* x has 16 bits, not 8 */
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
		return (q.type == DT_I8 || q.type == DT_U8) != f->wide;
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

/* What n quantizes is a function of one tensor: its reals for all integers of that. VALUE_NONE: it is not,
 * or they are not known. */
static uint32_t results_of(struct unit *u, struct node *n, struct function *f)
{
	uint32_t table, result, in[3];

	if (!gather(f, n, 0, 0) || !f->found ||
	    !shape_equal(&value_of(u, f->x.id)->shape, &node_out(n, 0)->shape))
		return VALUE_NONE;
	in[0] = all_integers(n, f);
	in[1] = f->dequantize->in[1];
	in[2] = f->dequantize->n_in > 2 ? f->dequantize->in[2] : VALUE_NONE;
	table = build(n, "DequantizeLinear", f->dequantize->attrs, f->dequantize->n_in, in);
	result = table;
	for (int i = 0; i < f->n && result; i++)
		result = f->copies[i] = over_table(f, n, f->nodes[i], table);
	return result;
}

static bool apply_function(struct unit *u, struct node *n)
{
	struct function f = { .n = 0 };
	const struct shape flat = { .rank = 1, .d = { 256 } };
	struct quantized y;
	uint32_t result, in[3];

	if (!quantized_output(n, &y) || !(result = results_of(u, n, &f)))
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

/* -- 16 bits, in fixed point --------------------------------------------------------------- */

/* The real for integer i, where 65536 lies in line with those before it. */
static double real_at(const struct constant *reals, int64_t i)
{
	if (i < 65536)
		return constant_f64(reals, i);
	return 2 * constant_f64(reals, 65535) - constant_f64(reals, 65534);
}

/* How far the straight piece between integers i and i + size lies above the middle of the function. */
static double sag(const struct constant *reals, int64_t i, int64_t size)
{
	if (i < 0 || i + size > 65536)
		return 0;
	return (real_at(reals, i) + real_at(reals, i + size)) / 2 - real_at(reals, i + size / 2);
}

/* Straight pieces of 2^bits integers each, that lie as much above as below the function; values far out of y's range end there. */
static void fill_pieces(const struct constant *reals, const struct quantized *y, int bits,
			int32_t *to)
{
	for (int64_t i = 0; i <= 65536 >> bits; i++) {
		const int64_t size = INT64_C(1) << bits, at = i * size;
		double v = real_at(reals, at);

		v -= (sag(reals, at - size, size) + sag(reals, at, size)) / 4;
		v /= (double)y->scale;
		v = fmax(-0x1p19, fmin(0x1p19, v)) + (double)y->zero + 0.5;
		to[i] = (int32_t)nearbyint(ldexp(v, LUT_WIDE_FRACTION));
	}
}

static int64_t on_pieces(const int32_t *table, int bits, int64_t i)
{
	int64_t size = INT64_C(1) << bits, rest = i % size, at = i / size;

	return floor_div(table[at] * (size - rest) + table[at + 1] * rest,
			 size << LUT_WIDE_FRACTION);
}

/* No integer is more than one step off, and not more than one in 25; none has no number. */
static bool pieces_are_near(const struct constant *reals, const struct quantized *y, int bits,
			    const int32_t *table)
{
	const int64_t lo = quantized_least(y->type), hi = quantized_most(y->type);
	int64_t off = 0;

	for (int64_t i = 0; i < 65536; i++) {
		int64_t v = on_pieces(table, bits, i), want;

		if (isnan(constant_f64(reals, i)))
			return false;
		want = quantized_number(y, constant_f64(reals, i));
		v = v < lo ? lo : v > hi ? hi : v;
		if (v < want - 1 || v > want + 1)
			return false;
		off += v != want;
	}
	return off <= 65536 / 25;
}

/* As few pieces as are near: 16 to 2048. */
static bool fixed_function(struct unit *u, struct node *n)
{
	struct function f = { .wide = true };
	struct lut_wide_attrs a = { 0 };
	struct quantized y;
	struct constant *table;
	const struct constant *reals;
	uint32_t result;
	void *data;

	if (!quantized_output(n, &y) || !(result = results_of(u, n, &f)))
		return false;
	reals = value_of(u, result)->constant;
	if (!reals || reals->type != DT_F32 || shape_elements(&reals->shape) != 65536)
		return false;
	for (a.bits = 12; a.bits >= 5; a.bits--) {
		table = constant_new(u->arena, DT_I32,
				     &(struct shape){ .rank = 1, .d = { (65536 >> a.bits) + 1 } },
				     &data);
		fill_pieces(reals, &y, (int)a.bits, data);
		if (pieces_are_near(reals, &y, (int)a.bits, data))
			break;
	}
	if (a.bits < 5)
		return false;
	a.to = (int)y.type;
	a.lo = quantized_least(y.type);
	a.hi = quantized_most(y.type);
	return replace_node(n, build2(n, "edgecc.LutWide", &a, f.x.id, build_constant(n, table)));
}

const struct rewrite rewrites_fixed_lut[] = {
	{ "fixed-function", "QuantizeLinear",
	  "Q(f(DQ(x))) of 16 bits => straight pieces, where they are near enough", fixed_function },
	{ .name = NULL }
};
