/* All 8-bit activations of one sign, the target's: unsigned where dot products want it so, else
 * signed. The same real is x - zero in both, with
 *
 *	signed = unsigned - 128 = unsigned XOR 0x80
 *
 * so our operators take and give the other kind when their zero points, clamps and tables move by
 * 128. edgecc.Flip (XOR 0x80) stands where an operator of the wanted kind meets another; it then goes
 * below what moves elements, into QuantizeLinear and DequantizeLinear, and two of them vanish. What is
 * left stands at the model's borders. */
#include "list.h"
#include "quantized.h"

#include <string.h>

enum { HALF = 128 };

static bool is_byte(enum dtype t)
{
	return t == DT_I8 || t == DT_U8;
}

static enum dtype other(enum dtype t)
{
	return t == DT_I8 ? DT_U8 : DT_I8;
}

/* What is added to an integer of type t when it becomes one of the other. */
static int delta_from(enum dtype t)
{
	return t == DT_I8 ? HALF : -HALF;
}

static uint32_t flip(struct node *before, uint32_t x)
{
	return build1(before, "edgecc.Flip", NULL, x);
}

/* -- operators: what moves with their inputs and outputs ------------------------------- */

struct sides {
	int64_t *zero[2]; /* of inputs 0 and 1; NULL: the operator does not care, or see below */
	struct requant *out;
};

static struct sides sides_of(const struct op *op, void *attrs)
{
	struct qconv_attrs *conv = attrs;
	struct qmatmul_attrs *matmul = attrs;
	struct qmul_attrs *mul = attrs;
	struct qpool_attrs *pool = attrs;

	if (strcmp(op->name, "QConv") == 0)
		return (struct sides){ { &conv->x_zero }, &conv->out };
	if (strcmp(op->name, "QMatMul") == 0)
		return (struct sides){ { &matmul->x_zero, &matmul->w_zero }, &matmul->out };
	if (strcmp(op->name, "QMul") == 0)
		return (struct sides){ { &mul->a_zero, &mul->b_zero }, &mul->out };
	if (strcmp(op->name, "QAveragePool") == 0)
		return (struct sides){ { &pool->x_zero }, &pool->out };
	return (struct sides){ .out = &((struct qsoftmax_attrs *)attrs)->out };
}

static void shift_requant(struct requant *r, int delta)
{
	r->zero += delta;
	r->lo += delta;
	r->hi += delta;
	r->to = (int)other((enum dtype)r->to);
}

/* scale[2] += by * scale[k]; k < 0: by itself. */
static void shift_sum(struct node *n, int k, int by)
{
	const struct constant *c = node_const(n, 2);
	void *data;
	struct constant *to = constant_new(n->graph->unit->arena, DT_F32, &c->shape, &data);
	float *f = data;

	for (int i = 0; i < 3; i++)
		f[i] = (float)constant_f64(c, i);
	f[2] = (float)((double)f[2] + by * (k < 0 ? 1 : (double)f[k]));
	node_set_input(n, 2, build_constant(n, to));
}

/* QScale's offset += by, or by * scale. */
static void shift_offset(struct node *n, double by, bool scaled)
{
	uint32_t x = build_number(n, DT_F32, by);

	if (scaled)
		x = build2(n, "Mul", NULL, n->in[1], x);
	node_set_input(n, 2, build2(n, "Add", NULL, n->in[2], x));
}

/* The table for an x of the other kind, or with results of the other kind. */
static void shift_table(struct node *n, bool of_results)
{
	const struct constant *c = node_const(n, 1);
	void *data;
	struct constant *to = constant_new(n->graph->unit->arena,
					   of_results ? other(c->type) : c->type, &c->shape, &data);
	uint8_t *t = data;
	const uint8_t *from = c->data;
	const size_t size = dtype_size(c->type); /* bytes index tables of 16 bits, too */

	for (size_t i = 0; i < 256; i++)
		if (of_results)
			t[i] = from[i] ^ 0x80;
		else
			memcpy(t + i * size, from + (i ^ 0x80) * size, size);
	node_set_input(n, 1, build_constant(n, to));
}

/* How many of n's inputs, from the first, are activations; 0: it is none of ours. */
static int activations(const struct node *n)
{
	static const struct {
		const char *op;
		int n;
	} rows[] = {
		{ "QConv", 1 },        { "QMatMul", 2 },  { "QAdd", 2 }, { "QMul", 2 },
		{ "QAveragePool", 1 }, { "QSoftmax", 1 }, { "Lut", 1 },  { "QScale", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows) && n->op->domain == DOMAIN_EDGECC; i++)
		if (strcmp(n->op->name, rows[i].op) == 0)
			return rows[i].n;
	return 0;
}

static bool is_op(const struct node *n, const char *name)
{
	return strcmp(n->op->name, name) == 0;
}

/* n, not yet connected, with input k of the other kind. */
static void flip_input(struct node *n, int k)
{
	int delta = delta_from(node_in(n, k)->type);

	node_set_input(n, k, flip(n, n->in[k]));
	if (is_op(n, "Lut")) /* of bytes, and not yet indexed by 16 bits */
		shift_table(n, false);
	else if (is_op(n, "QAdd"))
		shift_sum(n, k, -delta);
	else if (is_op(n, "QScale"))
		shift_offset(n, -delta, true);
	else if (!is_op(n, "QSoftmax")) /* differences only */
		*sides_of(n->op, n->attrs).zero[k] += delta;
}

static void flip_output(struct node *n)
{
	int delta = delta_from(node_out(n, 0)->type);

	if (is_op(n, "Lut")) {
		shift_table(n, true);
	} else if (is_op(n, "QAdd")) {
		struct qadd_attrs *a = n->attrs;

		a->lo += delta;
		a->hi += delta;
		a->to = (int)other((enum dtype)a->to);
		shift_sum(n, -1, delta);
	} else if (is_op(n, "QScale")) {
		struct qscale_attrs *a = n->attrs;

		a->lo += delta;
		a->hi += delta;
		a->to = (int)other((enum dtype)a->to);
		shift_offset(n, delta, false);
	} else {
		shift_requant(sides_of(n->op, n->attrs).out, delta);
	}
}

/* QMatMul's constant weights are no activations. */
static bool is_activation(const struct node *n, int k)
{
	const struct value *v = node_in(n, k);

	return is_byte(v->type) && !(v->constant && is_op(n, "QMatMul") && k == 1);
}

/* Tables and factors that are still computed by nodes are left alone. */
static bool is_ready(const struct node *n)
{
	return !(is_op(n, "Lut") && !node_const(n, 1)) && !(is_op(n, "QAdd") && !node_const(n, 2));
}

/* n with all bytes of kind `want`; true when that changed something. */
static bool convert(struct unit *u, struct node *n, enum dtype want)
{
	int count = activations(n);
	const struct value *first = node_out(n, 0); /* may be left out */
	bool in = false, out = first && is_byte(first->type) && first->type != want;
	struct node *m;
	uint32_t y;

	for (int k = 0; k < count; k++)
		in |= is_activation(n, k) && node_in(n, k)->type != want;
	if (!count || !is_ready(n) || (!in && !out))
		return false;
	m = graph_insert(n->graph, n, n->op, n->attrs, n->n_in, n->in, 1, &n->loc);
	node_out(m, 0)->type = node_out(n, 0)->type;
	for (int k = 0; k < count; k++)
		if (is_activation(m, k) && node_in(m, k)->type != want)
			flip_input(m, k);
	if (out)
		flip_output(m);
	if (!node_infer(u, m))
		unreachable("an operator on bytes of the other kind");
	y = out ? flip(n, m->out[0]) : m->out[0];
	graph_replace(u, n->out[0], y);
	return true;
}

/* Q(x) of the unwanted kind  =>  Flip(Q'(x)) */
static bool convert_quantize(struct unit *u, struct node *n, enum dtype want)
{
	struct quantized q;
	uint32_t in[3], y;

	if (!quantized_output(n, &q) || !is_byte(q.type) || q.type == want)
		return false;
	in[0] = n->in[0];
	in[1] = n->in[1];
	in[2] = build_number(n, want, (double)(q.zero + delta_from(q.type)));
	y = graph_build(n, "QuantizeLinear", &(struct quant_attrs){ .axis = 1, .saturate = 1 }, 3,
			in);
	graph_replace(u, n->out[0], flip(n, y));
	return true;
}

/* -- Flip on its way ------------------------------------------------------------------- */

static struct node *flipped(const struct node *n, int k)
{
	struct node *p = input_node(n, k);

	return p && p->op == op_builtin("edgecc.Flip") ? p : NULL;
}

static bool apply_twice(struct unit *u, struct node *n)
{
	const struct node *p = flipped(n, 0);

	(void)u;
	return p && replace_node(n, p->in[0]);
}

/* What Flip was applied to, or Flip of a constant; a Pad's 0 is one. */
static bool unflipped(struct node *n, int k, void *data, uint32_t *out)
{
	const struct node *p = k < n->n_in ? flipped(n, k) : NULL;

	(void)data;
	if (p)
		*out = p->in[0];
	else if (k >= n->n_in || !n->in[k])
		*out = flip(n, build_number(n, node_in(n, 0)->type, 0));
	else if (node_const(n, k))
		*out = flip(n, n->in[k]);
	else
		return false;
	return true;
}

/* move(Flip(x))  =>  Flip(move(x)): Flip keeps the order of elements, too. */
static bool apply_move(struct unit *u, struct node *n)
{
	struct node *c = NULL;
	int k = 0;

	if (!node_moves(n) && !node_chooses(n))
		return false;
	while (k < n->n_in && !(node_moves_input(n, k) && flipped(n, k)))
		k++;
	if (k < n->n_in && !(node_is(n, "MaxPool") && n->n_out > 1))
		c = build_moved(n, unflipped, NULL);
	for (int i = 0; c && i < n->n_out; i++)
		if (n->out[i])
			graph_replace(u, n->out[i],
				      is_byte(node_out(c, i)->type) ? flip(n, c->out[i])
								    : c->out[i]);
	return c != NULL;
}

/* QLSTM(Flip(x))  =>  QLSTM(x), whose zero point is another */
static bool apply_recurrence(struct unit *u, struct node *n)
{
	const struct node *p = flipped(n, 0);

	(void)u;
	if (!p)
		return false;
	((struct qrecurrent_attrs *)n->attrs)->x_zero += delta_from(node_in(n, 0)->type);
	node_set_input(n, 0, p->in[0]);
	return true;
}

/* DQ(Flip(x))  =>  DQ'(x) */
static bool apply_dequantize(struct unit *u, struct node *n)
{
	const struct node *p = flipped(n, 0);
	const struct value *x = node_in(n, 0);
	double zero = 0;
	uint32_t in[3];

	(void)u;
	if (!p || !node_const(n, 1) || shape_elements(&node_in(n, 1)->shape) != 1 ||
	    (node_in(n, 2) && !input_number(n, 2, &zero)))
		return false;
	in[0] = p->in[0];
	in[1] = n->in[1];
	in[2] = build_number(n, other(x->type), zero + (double)delta_from(x->type));
	return replace_node(n, graph_build(n, "DequantizeLinear", n->attrs, 3, in));
}

/* Flip(Q(x)), where nothing else reads it  =>  Q'(x) */
static bool apply_quantize(struct unit *u, struct node *n)
{
	struct node *q = sole_input_op(n, 0, "QuantizeLinear");
	struct quantized r;
	uint32_t in[3];

	(void)u;
	if (!q || !quantized_output(q, &r))
		return false;
	in[0] = q->in[0];
	in[1] = q->in[1];
	in[2] = build_number(n, other(r.type), (double)(r.zero + delta_from(r.type)));
	return replace_node(n, graph_build(n, "QuantizeLinear", q->attrs, 3, in));
}

static const struct rewrite rewrites_flip[] = {
	{ "flip-twice", "edgecc.Flip", "Flip(Flip(x)) => x", apply_twice },
	{ "flip-below-move", NULL, "move(Flip(x)) => Flip(move(x))", apply_move },
	{ "flip-into-recurrence", "edgecc.QLSTM edgecc.QGRU edgecc.QRNN edgecc.QRecurrence",
	  "QLSTM(Flip(x)) => QLSTM(x)", apply_recurrence },
	{ "flip-into-dequantize", "DequantizeLinear", "DQ(Flip(x)) => DQ(x)", apply_dequantize },
	{ .name = NULL }
};

/* Once no other Flip can meet it. */
static const struct rewrite rewrites_flip_last[] = { { "flip-into-quantize", "edgecc.Flip",
						       "Flip(Q(x)) => Q(x)", apply_quantize },
						     { .name = NULL } };

/* -- the pass -------------------------------------------------------------------------- */

bool quantized_unsigned(const struct target *t)
{
	return target_has(t, "vnni") || target_has(t, "avx2");
}

struct state {
	enum dtype want;
	int changes;
};

static void convert_graph(struct graph *g, void *data)
{
	struct state *s = data;

	for (struct node *n = g->first; n; n = n->next)
		s->changes += convert(g->unit, n, s->want) || convert_quantize(g->unit, n, s->want);
}

static int run(struct unit *u, const struct pass_context *c)
{
	static const struct rewrite *const tables[] = { rewrites_flip, NULL };
	static const struct rewrite *const last[] = { rewrites_flip_last, NULL };
	struct state s = { .want = quantized_unsigned(c->target) ? DT_U8 : DT_I8 };

	unit_each_graph(u, convert_graph, &s);
	if (s.changes)
		s.changes += rewrites_run(u, tables, NULL) + rewrites_run(u, last, NULL);
	return s.changes;
}

const struct pass pass_signedness = {
	.name = "one-signedness",
	.doc = "all 8-bit activations signed, or unsigned where the target's dot products want that",
	.level = 1,
	.run = run,
};
