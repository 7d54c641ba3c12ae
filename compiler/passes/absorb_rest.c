/* What stays in float in a quantized model, and why: the first of the reasons below that holds, of each node
 * that computes reals of a quantized tensor, or reals that are quantized; a warning where a scale makes no
 * sense. */
#include "list.h"
#include "range.h"
#include "recurrence.h"

#include <math.h>
#include <string.h>

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

/* What is wrong with n's scales, of which a warning says what follows; NULL: nothing. */
static const char *check_scales(const struct unit *u, const struct node *n)
{
	const char *what = NULL;

	for (size_t i = 0; i < ARRAY_LEN(scales) && !what; i++)
		for (int k = 0; k < scales[i].n && node_is(n, scales[i].op) && !what; k++)
			what = flaw(u, n, scales[i].slots[k]);
	if (what)
		diag_warning(u->diag, &n->loc, "%s: what it quantizes stays in float", what);
	return what;
}

/* -- what values are ------------------------------------------------------------------- */

enum {
	VARIES = 1, /* not computed of constants alone */
	BEFORE = 2, /* reals: a quantized tensor is before them */
	BEHIND = 4  /* reals that are computed with until they are quantized */
};

struct search {
	struct unit *u;
	bool fixed;           /* the target rounds in fixed point */
	unsigned char *flags; /* by a value's id */
};

static bool is_real(const struct value *v)
{
	return v && dtype_is_float(v->type);
}

static int flags_of_inputs(const struct search *s, const struct node *n)
{
	int flags = n->op->flags & OP_IMPURE || n->n_graphs ? VARIES : 0;

	for (int k = 0; k < n->n_in; k++)
		flags |= n->in[k] && !node_const(n, k)
				 ? s->flags[n->in[k]] | (node_in(n, k)->producer ? 0 : VARIES)
				 : 0;
	return flags;
}

static void mark_results(struct search *s, const struct node *n)
{
	int flags = flags_of_inputs(s, n);

	if (node_is(n, "DequantizeLinear") && flags & VARIES)
		flags |= BEFORE;
	for (int k = 0; k < n->n_out; k++)
		if (n->out[k])
			s->flags[n->out[k]] |=
				(unsigned char)(flags & (is_real(node_out(n, k)) ? VARIES | BEFORE
										 : VARIES));
}

static void mark_operands(struct search *s, const struct node *n)
{
	bool behind = node_is(n, "QuantizeLinear");

	for (int k = 0; k < n->n_out; k++)
		behind |= n->out[k] && s->flags[n->out[k]] & BEHIND;
	for (int k = 0; k < n->n_in && behind && !node_is(n, "DequantizeLinear"); k++)
		if (n->in[k] && is_real(node_in(n, k)) && (k == 0 || !is_linear(n)))
			s->flags[n->in[k]] |= BEHIND;
}

static bool varies(const struct search *s, const struct node *n, int k)
{
	const struct value *v = node_in(n, k);

	return v && !v->constant && (!v->producer || s->flags[v->id] & VARIES);
}

/* -- the reasons ----------------------------------------------------------------------- */

/* Operators with weights, and in which inputs. */
static const struct weighted {
	const char *op;
	int first, last;
	bool both; /* two activations have an integer form, too */
} weighted[] = {
	{ "Conv", 1, 1, false }, { "ConvTranspose", 1, 1, false }, { "MatMul", 0, 1, true },
	{ "Gemm", 0, 1, true },  { "LSTM", 1, 2, false },          { "GRU", 1, 2, false },
	{ "RNN", 1, 2, false },
};

static const struct weighted *weighted_of(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(weighted); i++)
		if (node_is(n, weighted[i].op))
			return &weighted[i];
	return NULL;
}

static bool is_dequantized(const struct node *n, int k)
{
	const struct node *p = input_node(n, k);

	while (p && node_moves(p))
		p = input_node(p, 0);
	return node_is(p, "DequantizeLinear");
}

/* Its definition becomes integers where all that it reads is quantized (fixed_reals.c). */
static bool is_defined(const struct search *s, const struct node *n)
{
	return s->fixed && n->op->define && !(n->op->flags & OP_IMPURE);
}

static const char *float_weights(const struct search *s, const struct node *n)
{
	const struct weighted *w = is_defined(s, n) ? NULL : weighted_of(n);

	for (int k = w ? w->first : 0; w && k <= w->last; k++)
		if (!varies(s, n, k) && !is_dequantized(n, k))
			return "its weights are float";
	return NULL;
}

static const char *computed_weights(const struct search *s, const struct node *n)
{
	const struct weighted *w = is_defined(s, n) ? NULL : weighted_of(n);

	for (int k = w ? w->first : 0; w && !w->both && k <= w->last; k++)
		if (varies(s, n, k))
			return "its weights are computed at run time";
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Both are of one node of the model. */
static bool same_place(const struct loc *a, const struct loc *b)
{
	return same_text(a->node, b->node) && same_text(a->op, b->op);
}

static const char *no_form_at_all(const struct search *s)
{
	return s->fixed ? "no integer form of this operator"
			: "no integer form of this operator that rounds as onnx does";
}

/* What becomes operators that have forms: such an operator has one where all its inputs are quantized. */
static bool has_parts(const struct node *n)
{
	static const char *const ops[] = {
		"BatchNormalization", "CumSum", "Hardmax", "LRN", "Mean", "Sum"
	};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (node_is(n, ops[i]))
			return true;
	return n->op->expand || n->op->text;
}

static bool is_recurrent(const struct node *n)
{
	return node_is(n, "LSTM") || node_is(n, "GRU") || node_is(n, "RNN");
}

static bool has_form(const struct search *s, const struct node *n)
{
	if (is_recurrent(n))
		return s->fixed ? recurrent_in_any_integers(n) : recurrent_in_integers(n);
	return range_has_form(n) || node_chooses(n) || is_defined(s, n);
}

/* Where it has a form but for its states: of a result that nobody quantizes, which would say what to tell apart. */
static const char *no_bounds(const struct search *s, const struct node *n)
{
	return s->fixed && is_recurrent(n) && recurrence_grows(s->u, n)
		       ? "nothing bounds its states"
		       : NULL;
}

static const char *no_form(const struct search *s, const struct node *n)
{
	return has_form(s, n) || has_parts(n) ? NULL : no_form_at_all(s);
}

static bool is_sums(const struct node *p)
{
	return p && p->op->domain == DOMAIN_EDGECC && node_out(p, 0)->type == DT_I32;
}

/* The DequantizeLinear of input k, or NULL: its reals are something else, as are those of an integer
 * operator's sums. */
static const struct node *dequantize_of(const struct node *n, int k)
{
	const struct node *d = input_node(n, k);

	return node_is(d, "DequantizeLinear") && !is_sums(input_node(d, 0)) ? d : NULL;
}

/* f of each DequantizeLinear before n and each QuantizeLinear behind it, until one has something to
 * say. */
static const char *of_borders(const struct search *s, const struct node *n,
			      const char *f(const struct search *s, const struct node *q))
{
	const char *why = NULL;

	for (int k = 0; k < n->n_in && !why; k++)
		if (dequantize_of(n, k))
			why = f(s, input_node(n, k));
	for (int k = 0; k < n->n_out && !why; k++)
		for (size_t i = 0; n->out[k] && i < node_out(n, k)->uses.n && !why; i++)
			if (node_is(node_out(n, k)->uses.p[i], "QuantizeLinear"))
				why = f(s, node_out(n, k)->uses.p[i]);
	return why;
}

/* The integers' side of a Q or DQ, and the reals'. */
static const struct value *integers_of(const struct node *q)
{
	return node_is(q, "QuantizeLinear") ? node_out(q, 0) : node_in(q, 0);
}

static const struct value *reals_of(const struct node *q)
{
	return node_is(q, "QuantizeLinear") ? node_in(q, 0) : node_out(q, 0);
}

static const char *type_of_border(const struct search *s, const struct node *q)
{
	const enum dtype t = integers_of(q)->type;
	const bool known = s->fixed || t == DT_I8 || t == DT_U8 || t == DT_I16 || t == DT_U16;

	if (reals_of(q)->type != DT_F32 || node_in(q, 1)->type != DT_F32)
		return arena_printf(s->u->arena, "its reals are %s, not float",
				    dtype_name(reals_of(q)->type != DT_F32 ? reals_of(q)->type
									   : node_in(q, 1)->type));
	if (known || !varies(s, q, 0))
		return NULL;
	return arena_printf(s->u->arena, "a tensor is quantized to %s", dtype_name(t));
}

static const char *types(const struct search *s, const struct node *n)
{
	return of_borders(s, n, type_of_border);
}

static const char *scale_of_border(const struct search *s, const struct node *q)
{
	const struct quant_attrs *a = q->attrs;
	const char *what = flaw(s->u, q, 1);

	if (what)
		return what;
	if (s->fixed)
		return NULL;
	if (a->block_size)
		return "a tensor has a scale for each block";
	if (varies(s, q, 0) && shape_elements(&node_const(q, 1)->shape) != 1)
		return "an activation has more than one scale";
	return NULL;
}

static const char *scale(const struct search *s, const struct node *n)
{
	return of_borders(s, n, scale_of_border);
}

/* Of a part of an operator, what is between it and other parts is no input or result. */
static const char *input_is_real(const struct search *s, const struct node *n)
{
	for (int k = 0; k < n->n_in; k++) {
		const struct value *v = node_in(n, k);
		const struct loc *l = v && v->producer ? &v->producer->loc : NULL;

		if (!is_real(v) || !varies(s, n, k) || dequantize_of(n, k))
			continue;
		if (l && same_place(l, &n->loc))
			return no_form_at_all(s);
		if (l && l->node && l->op)
			return arena_printf(s->u->arena, "input %d, %s (%s), is not quantized", k,
					    l->node, l->op);
		return v->name ? arena_printf(s->u->arena, "input %d, %s, is not quantized", k,
					      v->name)
			       : arena_printf(s->u->arena, "input %d is not quantized", k);
	}
	return NULL;
}

static bool only_quantized(const struct value *v)
{
	for (size_t i = 0; i < v->uses.n; i++)
		if (!node_is(v->uses.p[i], "QuantizeLinear"))
			return false;
	return v->uses.n && !v->outputs;
}

static const char *result_is_real(const struct search *s, const struct node *n)
{
	bool real = false;

	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (!is_real(v))
			continue;
		for (size_t i = 0; i < v->uses.n; i++)
			if (same_place(&v->uses.p[i]->loc, &n->loc))
				return no_form_at_all(s);
		if (s->fixed && !has_form(s, n) && s->flags[v->id] & BEHIND) /* 16 bits would do */
			return no_form_at_all(s);
		real |= (v->outputs || v->uses.n) && !only_quantized(v);
	}
	return real ? "its result is not quantized" : NULL;
}

/* All of it is quantized: an operator that has integer forms, but none for this. */
static const char *no_such_form(const struct search *s, const struct node *n)
{
	const struct node *d = n->n_in ? dequantize_of(n, 0) : NULL;
	const struct value *y = node_out(n, 0);
	const struct value *q = y && y->uses.n ? node_out(y->uses.p[0], 0) : y;

	if (!has_form(s, n))
		return no_form_at_all(s);
	return arena_printf(
		s->u->arena,
		"no integer form%s of %s to %s with its attributes, constants and shapes",
		s->fixed ? "" : " that rounds as onnx does",
		d ? dtype_name(node_in(d, 0)->type) : "float", q ? dtype_name(q->type) : "float");
}

/* In order: what comes first would have to change first. */
static const char *(*const reasons[])(const struct search *s, const struct node *n) = {
	float_weights, computed_weights, no_form,        types,        scale,
	input_is_real, no_bounds,        result_is_real, no_such_form,
};

/* -- the nodes ------------------------------------------------------------------------- */

static bool computes_reals(const struct search *s, const struct node *n)
{
	int flags = 0;

	if (is_linear(n) || n->n_graphs || n->op->flags & OP_VIEW || node_is(n, "Shape") ||
	    node_is(n, "Size"))
		return false;
	for (int k = 0; k < n->n_in; k++)
		flags |=
			is_real(node_in(n, k)) && varies(s, n, k) ? s->flags[n->in[k]] & BEFORE : 0;
	for (int k = 0; k < n->n_out; k++)
		flags |= is_real(node_out(n, k)) && s->flags[n->out[k]] & VARIES
				 ? s->flags[n->out[k]] & BEHIND
				 : 0;
	return flags != 0;
}

static bool is_named(const struct unit *u, const struct loc *l)
{
	for (size_t i = 0; i < u->in_float.n; i++)
		if (same_place(&u->in_float.p[i].loc, l))
			return true;
	return false;
}

static void explain(const struct search *s, struct node *n, const char *why)
{
	const struct in_float f = { n->loc, why };

	n->reason = arena_printf(s->u->arena, "in float: %s", why);
	if (!is_named(s->u, &n->loc))
		vec_push(s->u->arena, &s->u->in_float, f);
}

static void graph(struct graph *g, void *data)
{
	struct search *s = data;

	for (struct node *n = g->first; n; n = n->next)
		mark_results(s, n);
	for (struct node *n = g->last; n; n = n->prev)
		mark_operands(s, n);
	for (struct node *n = g->first; n; n = n->next) {
		const char *why = check_scales(g->unit, n);

		if (is_linear(n) || (!why && !computes_reals(s, n)))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(reasons) && !why; i++)
			why = reasons[i](s, n);
		explain(s, n, why);
	}
}

static int run(struct unit *u, const struct pass_context *c)
{
	struct search s = { u, c->target->rounding == ROUNDING_FIXED, NULL };

	remove_dead(u);
	s.flags = arena_array(u->arena, unsigned char, u->values.n);
	unit_each_graph(u, graph, &s);
	return 0;
}

const struct pass pass_absorb_rest = {
	.name = "explain-float",
	.doc = "note why operators of a quantized model stay in float",
	.level = 1,
	.run = run,
};
