/* Chains of operators without QuantizeLinear between two of them, where the machine has no floats:
 *
 *	Q(f(g(DQ(x))))  =>  Q(f(DQ'(Q'(g(DQ(x))))))
 *
 * so that f and g each have an integer form. Q' is to 16 bits; its scale spans what g's result can be,
 * less what Q cannot tell from one another because f is flat there, or because Q saturates. */
#include "fixed.h"
#include "function.h"
#include "range.h"

#include <math.h>

/* -- what Q can tell apart ------------------------------------------------------------- */

/* Reals that are not saturated, between clamps, and half a step beyond. */
static struct range unsaturated(const struct quantized_result *r)
{
	const double scale = (double)r->q.scale;

	return (struct range){ ((double)(r->lo - r->q.zero) - 0.5) * scale,
			       ((double)(r->hi - r->q.zero) + 0.5) * scale };
}

enum { POINTS = 4096 };

/* Reals from r.lo to r.hi, as near to each other as they are near to 0. */
static uint32_t points_of(const struct node *at, struct range r)
{
	const double octaves = 24;
	void *data;
	struct constant *c =
		constant_new(at->graph->unit->arena, DT_F32,
			     &(struct shape){ .rank = 1, .d = { 2 * POINTS + 1 } }, &data);
	float *to = data;

	for (int i = 0; i < POINTS; i++) {
		const double part = exp2(-octaves * i / POINTS);

		to[i] = (float)(r.lo < 0 ? fmin(r.lo * part, r.hi) : r.lo);
		to[2 * POINTS - i] = (float)(r.hi > 0 ? fmax(r.hi * part, r.lo) : r.hi);
	}
	to[POINTS] = (float)fmax(r.lo, fmin(r.hi, 0));
	return build_constant(at, c);
}

static int64_t number_at(const struct quantized *y, const struct constant *v, int i)
{
	return quantized_number(y, constant_f64(v, i));
}

/* The steepest that v, of points x, is where the integer changes. */
static double steepest(const struct quantized *y, const struct constant *x,
		       const struct constant *v)
{
	double slope = 0;

	for (int i = 1; i <= 2 * POINTS; i++) {
		const double by = constant_f64(x, i) - constant_f64(x, i - 1);

		if (by > 0 && number_at(y, v, i) != number_at(y, v, i - 1))
			slope = fmax(slope, fabs(constant_f64(v, i) - constant_f64(v, i - 1)) / by);
	}
	return slope;
}

/* Narrows r to where f is not the same integer y all the way to an end. False: f is not known, or
 * has no number somewhere. */
static bool function_needs(struct function *f, struct node *n, const struct quantized *y,
			   struct range *r, double *slope)
{
	struct unit *u = n->graph->unit;
	const uint32_t points = points_of(n, *r), results = function_over(f, n, points);
	const struct constant *x = value_of(u, points)->constant;
	const struct constant *v = results ? value_of(u, results)->constant : NULL;
	int first = 1, last = 2 * POINTS - 1;

	if (!v || v->type != DT_F32 || shape_elements(&v->shape) != 2 * POINTS + 1)
		return false;
	for (int i = 0; i <= 2 * POINTS; i++)
		if (!isfinite(constant_f64(v, i)))
			return false;
	while (first < 2 * POINTS && number_at(y, v, first) == number_at(y, v, 0))
		first++;
	while (last > 0 && number_at(y, v, last) == number_at(y, v, 2 * POINTS))
		last--;
	*slope = steepest(y, x, v);
	if (first <= last + 1)
		*r = (struct range){ constant_f64(x, first - 1), constant_f64(x, last + 1) };
	return true;
}

/* -- the new quantization ---------------------------------------------------------------- */

/* Straight pieces (LutWide) are within a step or so of 14 bits where a function has a corner; products, sums
 * and a table's argument have as many as there are. */
enum { FUNCTION_BITS = 16, ARGUMENT_BITS = 16 };

/* 16-bit integers, of which 2^bits are for the reals within r, and 0. */
static struct quantized spanning(struct range r, int bits)
{
	const double lo = fmin(r.lo, 0), hi = fmax(r.hi, 0), half = ldexp(0.5, bits) - 1;
	const double scale = fmax((hi - lo) / (2 * half), 0x1p-100);
	struct quantized q = { .type = DT_I16, .scale = (float)scale };

	q.zero = (int64_t)nearbyint(-half - lo / scale);
	return q;
}

/* Everybody reads v as integers of that kind from now on. True. */
static bool quantize(struct unit *u, uint32_t v, const struct quantized *q)
{
	struct node *p = value_of(u, v)->producer, *quantizing;
	uint32_t in[3] = { v, VALUE_NONE, VALUE_NONE };

	in[1] = build_number(p, DT_F32, (double)q->scale);
	in[2] = build_number(p, q->type, (double)q->zero);
	in[0] = graph_build(p->next, "QuantizeLinear", NULL, 3, in);
	quantizing = value_of(u, in[0])->producer;
	graph_replace(u, v, graph_build(quantizing->next, "DequantizeLinear", NULL, 3, in));
	node_set_input(quantizing, 0, v);
	return true;
}

/* v is computed in n's graph, in floats, for no output. */
static bool is_between(const struct node *n, uint32_t v)
{
	const struct value *x = value_of(n->graph->unit, v);

	return x->producer && x->producer->graph == n->graph && x->output == 0 && !x->outputs &&
	       x->type == DT_F32 && !x->constant && !node_is(x->producer, "DequantizeLinear");
}

/* y has 16 bits, and it is the model that wants them: what stands between operators has no name. */
static bool is_wide(const struct unit *u, const struct quantized *y)
{
	return (y->type == DT_I16 || y->type == DT_U16) && value_of(u, y->id)->name;
}

static bool is_byte(const struct quantized *y)
{
	return y->type == DT_I8 || y->type == DT_U8;
}

/* A step of the new integers moves the result by so much of y's step at most. */
static bool is_fine(const struct unit *u, const struct quantized *q, double slope,
		    const struct quantized *y)
{
	const double most = is_byte(y) || is_wide(u, y) ? 0.5 : 4;

	return (double)q->scale * slope <= (double)y->scale * most;
}

/* -- functions --------------------------------------------------------------------------- */

/* Nobody reads v, and what f makes of it, but f and n. */
static bool reads_alone(const struct function *f, const struct node *n, const struct value *v)
{
	for (size_t i = 0; i < v->uses.n; i++)
		if (v->uses.p[i] != n && !function_has(f, v->uses.p[i]))
			return false;
	return v->outputs == 0;
}

static bool all_alone(const struct function *f, const struct node *n)
{
	struct unit *u = n->graph->unit;

	for (int i = 0; i < f->n; i++)
		if (!reads_alone(f, n, node_out(f->nodes[i], 0)))
			return false;
	return reads_alone(f, n, value_of(u, f->of));
}

/* Of the values above n of which all that it quantizes is a function, the farthest; nodes[0 ..
 * count) are those looked at. */
static bool farthest(struct node *n, struct function *best)
{
	struct node *nodes[FUNCTION_NODES] = { n };
	int count = 1;

	best->n = 0;
	for (int i = 0; i < count; i++)
		for (int k = 0; k < nodes[i]->n_in; k++) {
			struct function f = { .of = nodes[i]->in[k] };
			struct node *p = input_node(nodes[i], k);

			if (!f.of || !is_between(n, f.of))
				continue;
			if (function_seek(&f, n, 0) && f.n > best->n)
				*best = f;
			if ((p->op->flags & OP_ELEMENTWISE) && count < FUNCTION_NODES)
				nodes[count++] = p;
		}
	return best->n > 0;
}

static bool before_function(struct unit *u, struct node *n, struct function *f,
			    const struct quantized *y)
{
	struct range r, needed;
	struct quantized q;
	double slope;

	if (!range_of(u, f->of, &r))
		return false;
	needed = r;
	if (!function_needs(f, n, y, &needed, &slope))
		return false;
	q = spanning(all_alone(f, n) ? needed : r, ARGUMENT_BITS);
	return is_fine(u, &q, slope, y) && quantize(u, f->of, &q);
}

/* -- operands ---------------------------------------------------------------------------- */

/* What operand k of a sum or difference p can be where that is not saturated. */
static struct range sum_needs(struct unit *u, const struct node *p, int k, struct range y)
{
	struct range other;

	if (!(node_is(p, "Add") || node_is(p, "Sub")) || !range_of(u, p->in[1 - k], &other))
		return range_any;
	if (node_is(p, "Add"))
		return (struct range){ y.lo - other.hi, y.hi - other.lo };
	if (k == 0)
		return (struct range){ y.lo + other.lo, y.hi + other.hi };
	return (struct range){ other.lo - y.hi, other.hi - y.lo };
}

static double distance_from_0(struct range r)
{
	return fmax(0, fmax(r.lo, -r.hi));
}

/* How much more than operand k does a quotient p change, at most, where it is not saturated. */
static double quotient_slope(struct unit *u, const struct node *p, int k, struct range y)
{
	const double most = fmax(fabs(y.lo), fabs(y.hi));
	struct quantized q;
	struct range a, b;
	double least = 0;

	if (range_of(u, p->in[1], &b))
		least = distance_from_0(b);
	if (quantized_input(p, 1, &q))
		least = fmax(least, (double)q.scale);
	if (range_of(u, p->in[0], &a))
		least = fmax(least, distance_from_0(a) / most);
	return (k == 0 ? 1 : most) / least;
}

/* How much p's result moves with operand k, at most; of other operators `others`. */
static double slope_of(struct unit *u, const struct node *p, int k, struct range y, double others)
{
	struct range other;

	if (node_is(p, "Div"))
		return quotient_slope(u, p, k, y);
	if (node_is(p, "Mul") && range_of(u, p->in[1 - k], &other))
		return others > 0 ? fmax(fabs(other.lo), fabs(other.hi)) : 0;
	return node_is(p, "Add") || node_is(p, "Sub") || node_moves(p) ? 1 : others;
}

/* p, whose result is clamped and quantized, or the product with weights to which p adds a constant. */
static struct node *product_of(struct node *p)
{
	struct quantized_weights w;

	for (int k = 0; k < 2 && node_is(p, "Add"); k++)
		if (sole_input_op(p, k, "MatMul") && !input_node(p, 1 - k) &&
		    quantized_weights(input_node(p, k), 1, &w))
			return input_node(p, k);
	return p;
}

/* One of the terms of n, a Softmax of what 16 bits are too coarse for as a whole. */
static bool before_terms(struct unit *u, struct node *n)
{
	struct softmax_term terms[SOFTMAX_TERMS];
	const int count = softmax_terms(n, 0, terms, 0);
	uint32_t v = VALUE_NONE;
	struct range x = range_any;
	struct quantized q;

	for (int i = 0; i < count; i++)
		if (!softmax_term_is_whole(&terms[i])) {
			v = terms[i].n->in[terms[i].k];
			if (!is_between(n, v) || !range_of(u, v, &x))
				return false;
		}
	q = spanning(x, ARGUMENT_BITS);
	return v && count > 1 && quantize(u, v, &q);
}

/* Of what p computes. */
static int operand_bits(const struct node *p)
{
	const bool straight = node_is(p, "Add") || node_is(p, "Sub") || node_is(p, "Mul");

	return (p->op->flags & OP_ELEMENTWISE) && !straight ? FUNCTION_BITS : ARGUMENT_BITS;
}

static bool before_operator(struct unit *u, struct quantized_result *r)
{
	struct node *p = product_of(r->source);
	const unsigned operands = range_operands(p);

	if (node_is(p, "Softmax") && softmax_is_wide(u, p) && before_terms(u, p))
		return true;
	for (int k = 0; k < p->n_in && k < 32; k++) {
		const uint32_t v = p->in[k];
		struct range x, needed;
		struct quantized q;
		double slope;

		if (!v || !(operands >> k & 1) || !is_between(p, v) || !range_of(u, v, &x))
			continue;
		needed = range_meet(x, sum_needs(u, p, k, unsaturated(r)));
		q = spanning(used_once(value_of(u, v)) && needed.lo < needed.hi ? needed : x,
			     operand_bits(value_of(u, v)->producer));
		/* what 16 bits need more for has 32 (fixed_reals.c) */
		slope = slope_of(u, p, k, unsaturated(r), is_wide(u, &r->q) ? INFINITY : 0);
		if (is_fine(u, &q, slope, &r->q))
			return quantize(u, v, &q);
	}
	return false;
}

/* -- the rewrites ------------------------------------------------------------------------ */

static uint32_t quantized_as(struct node *n, int k, const struct node *q)
{
	uint32_t in[3] = { n->in[k], q->in[1], q->n_in > 2 ? q->in[2] : VALUE_NONE };

	return build(n, "QuantizeLinear", q->attrs, q->n_in, in);
}

static bool moved(struct node *n, int k, void *data, uint32_t *out)
{
	if (k >= n->n_in || !n->in[k])
		return false;
	*out = quantized_as(n, k, data);
	return true;
}

/* Q(Concat(a, b))  =>  Concat(Q(a), Q(b)) */
static bool apply_moves(struct unit *u, struct node *n)
{
	struct node *m = sole_input_node(n, 0);
	struct quantized q;
	struct range r;

	if (!m || !quantized_output(n, &q) || m->n_out > 1 || !node_moves_several(m) ||
	    node_is(m, "Pad") || !node_takes(m, q.type) || !range_of(u, n->in[0], &r) ||
	    !(m = build_moved(m, moved, n)))
		return false;
	graph_replace(u, n->out[0], m->out[0]);
	return true;
}

static bool apply_between(struct unit *u, struct node *n)
{
	struct quantized_result r;
	struct quantized y, q;
	struct function f;
	struct range x;
	bool clamped, bounded;

	if (!quantized_output(n, &y) || !is_between(n, n->in[0]))
		return false;
	bounded = range_of(u, n->in[0], &x); /* a quotient may not be, but its operands */
	clamped = quantized_result(n, &r) && r.source->n_out == 1;
	if (farthest(n, &f) && !(clamped && f.of == r.source->out[0]) &&
	    before_function(u, n, &f, &y))
		return true;
	if (clamped && before_operator(u, &r))
		return true;
	if (f.n > 0 && before_function(u, n, &f, &y))
		return true;
	if (!bounded || used_once(node_in(n, 0)))
		return false;
	q = spanning(x, ARGUMENT_BITS);
	return is_fine(u, &q, 1, &y) && quantize(u, n->in[0], &q);
}

const struct rewrite rewrites_fixed_between[] = {
	{ "fixed-moves", "QuantizeLinear", "Q(move(a, b)) => move(Q(a), Q(b))", apply_moves },
	{ "fixed-between", "QuantizeLinear",
	  "Q(f(g(DQ(x)))) => Q(f(DQ(Q(g(DQ(x)))))), through 16 bits", apply_between },
	{ .name = NULL }
};
