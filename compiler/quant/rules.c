/* What is quantized: which operators, which tensors, and which of these share parameters.
 *
 * Operators with weights are quantized wherever they stand; others where integers arrive or where
 * all that they compute goes to quantized ones, but not where only float ones read their result. So
 * integers stay integers from the first layer to the last, and float computing that has nothing to
 * do with them (sizes, post-processing) is left alone. Nodes inside subgraphs stay float. */
#include "matrix.h"

#include "../ops/integer.h"
#include "../passes/rewrite.h"

#include <math.h>
#include <string.h>

/* takes: which inputs are tensors to quantize, a bit each, from slot 0 on.
 * many: an element of the result needs many of the input, or is one of many copies; computing
 * without integers would cost more there than a result that is exact is worth.
 * least, most: between which the result lies, whatever was sampled; both 0: anywhere. */
struct quant_rule {
	const char *op;
	enum quant_kind kind;
	unsigned takes;
	bool many;
	double least, most;
};

enum { ONE = 1, TWO = 3, ALL = ~0U, WITH_H = 0x21, WITH_H_C = 0x61 };
enum { H0 = 5, CELL = 2 }; /* of recurrences: an input, an output */

static const struct quant_rule rules[] = {
	{ "Conv", QUANT_WEIGHTED, ONE },
	{ "ConvTranspose", QUANT_WEIGHTED, ONE },
	{ "Gemm", QUANT_WEIGHTED, ONE },
	{ "MatMul", QUANT_WEIGHTED, ONE },

	{ "LSTM", QUANT_RECURRENT, WITH_H_C, .least = -1, .most = 1 }, /* h, not c */
	{ "GRU", QUANT_RECURRENT, WITH_H, .least = -1, .most = 1 },
	{ "RNN", QUANT_RECURRENT, WITH_H, .least = -1, .most = 1 },

	{ "Relu", QUANT_ACTIVATION, ONE },
	{ "Clip", QUANT_ACTIVATION, ONE },

	{ "Add", QUANT_COMPUTED, TWO },
	{ "Sub", QUANT_COMPUTED, TWO },
	{ "Mul", QUANT_COMPUTED, TWO },
	{ "AveragePool", QUANT_COMPUTED, ONE, true },
	{ "GlobalAveragePool", QUANT_COMPUTED, ONE, true },
	{ "ReduceMean", QUANT_COMPUTED, ONE, true },
	{ "Resize", QUANT_COMPUTED, ONE, true }, /* nearest: moved */
	{ "Softmax", QUANT_COMPUTED, ONE, .least = 0, .most = 1 },
	{ "Sigmoid", QUANT_COMPUTED, ONE, .least = 0, .most = 1 },
	{ "Tanh", QUANT_COMPUTED, ONE, .least = -1, .most = 1 },
	{ "HardSigmoid", QUANT_COMPUTED, ONE, .least = 0, .most = 1 },
	{ "HardSwish", QUANT_COMPUTED, ONE },
	{ "LeakyRelu", QUANT_COMPUTED, ONE },
	{ "PRelu", QUANT_COMPUTED, ONE },
	{ "Elu", QUANT_COMPUTED, ONE },
	{ "Selu", QUANT_COMPUTED, ONE },
	{ "Celu", QUANT_COMPUTED, ONE },
	{ "Gelu", QUANT_COMPUTED, ONE },
	{ "Erf", QUANT_COMPUTED, ONE, .least = -1, .most = 1 },
	{ "Softplus", QUANT_COMPUTED, ONE },
	{ "Softsign", QUANT_COMPUTED, ONE, .least = -1, .most = 1 },
	{ "Mish", QUANT_COMPUTED, ONE },
	{ "Swish", QUANT_COMPUTED, ONE },
	{ "Abs", QUANT_COMPUTED, ONE },
	{ "Neg", QUANT_COMPUTED, ONE },

	{ "MaxPool", QUANT_MOVED, ONE, true },
	{ "GlobalMaxPool", QUANT_MOVED, ONE, true },
	{ "Concat", QUANT_COMPUTED, ALL }, /* a range of its own, which its inputs may take over */
	{ "Reshape", QUANT_MOVED, ONE },
	{ "Flatten", QUANT_MOVED, ONE },
	{ "Squeeze", QUANT_MOVED, ONE },
	{ "Unsqueeze", QUANT_MOVED, ONE },
	{ "Identity", QUANT_MOVED, ONE },
	{ "Transpose", QUANT_MOVED, ONE },
	{ "Slice", QUANT_MOVED, ONE },
	{ "Split", QUANT_MOVED, ONE },
	{ "Gather", QUANT_MOVED, ONE },
	{ "Pad", QUANT_MOVED, ONE, true },
	{ "Expand", QUANT_MOVED, ONE, true },
	{ "Tile", QUANT_MOVED, ONE, true },
	{ "DepthToSpace", QUANT_MOVED, ONE },
	{ "SpaceToDepth", QUANT_MOVED, ONE },
	{ .op = NULL },
};

static const struct quant_rule *rule_of(const struct node *n)
{
	for (const struct quant_rule *r = rules; r->op; r++)
		if (n->op->domain == DOMAIN_ONNX && strcmp(n->op->name, r->op) == 0)
			return r;
	return NULL;
}

static bool is_float_tensor(const struct value *v)
{
	return v && v->container == TENSOR && v->type == DT_F32;
}

/* Operators whose form decides. */
static enum quant_kind kind_of(const struct node *n)
{
	const struct quant_rule *r = rule_of(n);

	if (!r || quant_first(n) == VALUE_NONE || !is_float_tensor(node_in(n, 0)))
		return QUANT_NONE;
	for (int k = 0; k < n->n_out; k++) /* positions of maxima, say */
		if (node_out(n, k) && !is_float_tensor(node_out(n, k)))
			return QUANT_NONE;
	if (node_is(n, "Gemm") && (attr_number(n, "alpha") != 1 || attr_number(n, "beta") != 1 ||
				   attr_number(n, "transA") != 0))
		return QUANT_NONE;
	if (node_is(n, "Pad") && node_in(n, 2) && !input_is(n, 2, 0))
		return QUANT_NONE;
	if (node_is(n, "Clip") &&
	    ((node_in(n, 1) && !node_const(n, 1)) || (node_in(n, 2) && !node_const(n, 2))))
		return QUANT_NONE;
	if (r->kind == QUANT_RECURRENT &&
	    (!node_const(n, 1) || !node_const(n, 2) || !recurrent_in_integers(n)))
		return QUANT_NONE;
	if (node_is(n, "Resize"))
		return attr_number(n, "mode") == 0 ? QUANT_MOVED : QUANT_COMPUTED;
	return r->kind;
}

uint32_t quant_first(const struct node *n)
{
	for (int k = 0; k < n->n_out; k++)
		if (n->out[k])
			return n->out[k];
	return VALUE_NONE;
}

bool quant_takes(const struct node *n, int k)
{
	const struct quant_rule *r = rule_of(n);
	const unsigned takes = r->kind == QUANT_WEIGHTED && !node_const(n, 1) ? TWO : r->takes;

	if (!node_in(n, k) || (r->kind == QUANT_RECURRENT && node_const(n, k)))
		return false;
	return takes == ALL || (k < 32 && (takes >> k & 1));
}

/* -- which nodes ----------------------------------------------------------------------------- */

struct marks {
	struct quant_plan *p;
	bool *integer; /* by value id: made by a quantized node */
	bool *node;    /* by the id of a node's first output (quant_first): it is quantized */
	bool *end; /* the same: only outputs are made of its result, in other numbers than bytes */
};

static bool is_marked(const struct marks *m, const struct node *n)
{
	return m->node[quant_first(n)];
}

static void mark(struct marks *m, const struct node *n)
{
	m->node[quant_first(n)] = true;
	for (int k = 0; k < n->n_out; k++)
		m->integer[n->out[k]] = n->out[k] != VALUE_NONE;
}

static bool receives_integers(const struct marks *m, const struct node *n)
{
	for (int k = 0; k < n->n_in; k++)
		if (quant_takes(n, k) && m->integer[n->in[k]])
			return true;
	return false;
}

static bool feeds_only_integers(const struct marks *m, const struct node *n)
{
	bool any = false;

	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (v && v->outputs)
			return false;
		for (size_t i = 0; v && i < v->uses.n; i++, any = true)
			if (v->uses.p[i]->graph != n->graph || !is_marked(m, v->uses.p[i]))
				return false;
	}
	return any;
}

/* Nothing wants its integers: quantizing its result would only lose. */
static bool feeds_only_reals(const struct marks *m, const struct node *n)
{
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (v && v->outputs && m->p->config.ends >= QUANT_ENDS_WIDE)
			return false;
		for (size_t i = 0; v && i < v->uses.n; i++)
			if (v->uses.p[i]->graph == n->graph && is_marked(m, v->uses.p[i]))
				return false;
	}
	return true;
}

/* An output of the model is what n makes, or what is made of it without integers. */
static bool leads_to_output(const struct marks *m, const struct node *n)
{
	for (int k = 0; k < n->n_out; k++) {
		const struct value *v = node_out(n, k);

		if (v && v->outputs)
			return true;
		for (size_t i = 0; v && i < v->uses.n; i++)
			if (m->end[quant_first(v->uses.p[i])])
				return true;
	}
	return false;
}

/* n may as well compute without integers where these come to an end. */
static bool may_be_real(const struct marks *m, const struct node *n)
{
	enum quant_kind k = kind_of(n);

	if (leads_to_output(m, n))
		return k != QUANT_WEIGHTED && k != QUANT_RECURRENT && !rule_of(n)->many;
	return k == QUANT_COMPUTED || k == QUANT_MOVED;
}

/* n computes with integers, but the sums go on as reals. */
static bool has_real_result(const struct marks *m, const struct node *n)
{
	return kind_of(n) == QUANT_WEIGHTED && m->p->config.ends == QUANT_ENDS_REAL &&
	       feeds_only_reals(m, n);
}

static void unmark(struct marks *m, const struct node *n)
{
	m->end[quant_first(n)] = leads_to_output(m, n);
	m->node[quant_first(n)] = false;
	for (int k = 0; k < n->n_out; k++)
		m->integer[n->out[k]] = false;
}

static void mark_nodes(struct marks *m, const struct graph *g)
{
	bool only_weights = m->p->config.form->scheme != QUANT_STATIC;

	for (const struct node *n = g->first; n; n = n->next) {
		enum quant_kind k = kind_of(n);

		if (k == QUANT_WEIGHTED
			    ? node_const(n, 1) || (!only_weights && is_float_tensor(node_in(n, 1)))
			    : k != QUANT_NONE && !only_weights &&
				      (k == QUANT_RECURRENT || receives_integers(m, n)))
			mark(m, n);
	}
	for (const struct node *n = g->last; n && !only_weights; n = n->prev)
		if (kind_of(n) != QUANT_NONE && !is_marked(m, n) && feeds_only_integers(m, n))
			mark(m, n);
	for (const struct node *n = g->last; n && !only_weights; n = n->prev)
		if (is_marked(m, n) && feeds_only_reals(m, n) && may_be_real(m, n))
			unmark(m, n);
}

/* A product, or what follows it element by element, up to the outputs. */
static bool is_end(const struct marks *m, const struct node *n)
{
	if (!is_marked(m, n) || rule_of(n)->many ||
	    (kind_of(n) != QUANT_WEIGHTED && rule_of(n)->takes != ONE))
		return false;
	for (int k = 0; k < n->n_out; k++)
		for (size_t i = 0; node_out(n, k) && i < node_out(n, k)->uses.n; i++) {
			const struct node *user = node_out(n, k)->uses.p[i];

			if (kind_of(user) == QUANT_WEIGHTED || !m->end[quant_first(user)])
				return false;
		}
	return true;
}

static void mark_ends(struct marks *m, const struct graph *g)
{
	for (const struct node *n = g->last; n; n = n->prev)
		m->end[quant_first(n)] |= is_end(m, n);
}

/* Why n stays float, while other nodes become integers. */
static const char *why_float(const struct node *n)
{
	const struct quant_rule *r = rule_of(n);

	if (n->n_graphs)
		return "what is inside subgraphs stays float";
	if (!r)
		return "this operator has no quantized form here";
	if (kind_of(n) == QUANT_NONE)
		return "it has no quantized form with these types or attributes";
	if (kind_of(n) == QUANT_WEIGHTED)
		return "what it multiplies are not two float tensors";
	return "not between quantized layers";
}

static void add_rest(struct quant_plan *p, const struct node *n)
{
	struct quant_rest rest = { n->loc, why_float(n) };

	if (p->config.form->scheme == QUANT_STATIC && quant_first(n) != VALUE_NONE &&
	    is_float_tensor(value_of(n->graph->unit, quant_first(n))))
		vec_push(p->arena, &p->rest, rest);
}

/* -- which tensors --------------------------------------------------------------------------- */

struct quant_tensor *quant_tensor_at(const struct quant_plan *p, uint32_t value)
{
	return value < p->n_values && p->tensor_of[value] ? &p->tensors.p[p->tensor_of[value] - 1]
							  : NULL;
}

static void watch(struct quant_plan *p, const struct value *v)
{
	for (size_t i = 0; i < p->watched.n; i++)
		if (p->watched.p[i] == v->id)
			return;
	if (!v->constant)
		vec_push(p->arena, &p->watched, v->id);
}

static void add_tensor(struct quant_plan *p, const struct value *v)
{
	struct quant_tensor t = { .value = v->id };
	int64_t at;

	if (p->tensor_of[v->id])
		return;
	t.like = (uint32_t)p->tensors.n;
	t.stats = arena_new(p->arena, struct quant_stats);
	if (v->constant)
		stats_add(t.stats, v->constant, &at);
	vec_push(p->arena, &p->tensors, t);
	p->tensor_of[v->id] = (uint32_t)p->tensors.n;
	watch(p, v);
}

/* What n's rule says of its result, of a tensor. */
static void bound(struct quant_plan *p, const struct node *n, uint32_t value)
{
	struct quant_tensor *t = &p->tensors.p[quant_tensor_at(p, value)->like];

	t->least = rule_of(n)->least;
	t->most = rule_of(n)->most;
}

static void watch_weights(struct quant_plan *p, const struct node *n, struct quant_layer *l)
{
	struct quant_matrix m;

	if ((!p->config.round_by_error && !p->config.correct_bias) || l->kind != QUANT_WEIGHTED ||
	    !quant_matrix_of(n, &m))
		return;
	l->moments = moments_new(p->arena, &m);
	watch(p, node_in(n, 0));
}

static bool is_joined(const struct marks *m, const struct node *n, enum quant_kind k)
{
	const struct node *user = node_out(n, 0) ? sole_user(node_out(n, 0)) : NULL;

	return k != QUANT_MOVED && k != QUANT_RECURRENT && k != QUANT_ACTIVATION &&
	       !node_is(n, "Concat") && user && used_once(node_out(n, 0)) &&
	       user->graph == n->graph && is_marked(m, user) && kind_of(user) == QUANT_ACTIVATION;
}

static void add_layer(struct marks *m, const struct node *n)
{
	struct quant_plan *p = m->p;
	struct quant_layer l = { .output = quant_first(n),
				 .kind = kind_of(n),
				 .loc = n->loc,
				 .joined = is_joined(m, n, kind_of(n)),
				 .real = has_real_result(m, n) };
	const struct node *before = node_in(n, 0)->producer;
	struct quant_tensor *y;
	bool takes_over = l.kind == QUANT_ACTIVATION && before && is_marked(m, before) &&
			  is_joined(m, before, kind_of(before));

	watch_weights(p, n, &l);
	vec_push(p->arena, &p->layers, l);
	if (p->config.form->scheme != QUANT_STATIC)
		return;
	for (int k = 0; k < n->n_in && !takes_over; k++)
		if (quant_takes(n, k))
			add_tensor(p, node_in(n, k));
	if (l.kind == QUANT_RECURRENT && quant_takes(n, H0))
		bound(p, n, n->in[H0]);
	for (int k = 0; k < n->n_out && !l.joined && !l.real; k++) {
		if (!node_out(n, k))
			continue;
		add_tensor(p, node_out(n, k));
		if (k != CELL)
			bound(p, n, n->out[k]);
		y = quant_tensor_at(p, n->out[k]);
		y->end = m->end[quant_first(n)] &&
			 (l.kind != QUANT_MOVED || quant_tensor_at(p, n->in[0])->end);
		if (l.kind == QUANT_MOVED)
			y->like = quant_tensor_at(p, n->in[0])->like;
	}
	for (int k = 0; k < n->n_in && node_is(n, "Concat"); k++)
		quant_tensor_at(p, n->in[k])->joins = used_once(node_in(n, k)) && !node_const(n, k);
}

/* -- the plan -------------------------------------------------------------------------------- */

static void find_quantized(struct graph *g, void *data)
{
	const struct node **found = data;

	for (const struct node *n = g->first; n && !*found; n = n->next)
		if (strstr(n->op->name, "QuantizeLinear") ||
		    strstr(n->op->name, "quantizeLinear") ||
		    strncmp(n->op->name, "QLinear", 7) == 0 ||
		    strcmp(n->op->name, "MatMulNBits") == 0 ||
		    strcmp(n->op->name, "MatMulInteger") == 0 ||
		    strcmp(n->op->name, "ConvInteger") == 0)
			*found = n;
}

bool quant_plan_make(struct unit *u, const struct quant_config *c, struct quant_plan *out)
{
	struct marks m = { .p = out };
	const struct node *found = NULL;
	struct loc loc = { .file = u->file };

	*out = (struct quant_plan){ .arena = u->arena, .config = *c, .n_values = u->values.n };
	out->tensor_of = arena_array(u->arena, uint32_t, u->values.n);
	m.integer = arena_array(u->arena, bool, u->values.n);
	m.node = arena_array(u->arena, bool, u->values.n);
	m.end = arena_array(u->arena, bool, u->values.n);
	unit_each_graph(u, find_quantized, &found);
	if (found)
		return diag_error(u->diag, &found->loc, "the model is quantized already");
	mark_nodes(&m, u->main);
	if (c->ends == QUANT_ENDS_MIXED || c->ends == QUANT_ENDS_WIDE)
		mark_ends(&m, u->main);
	for (const struct node *n = u->main->first; n; n = n->next)
		if (is_marked(&m, n))
			add_layer(&m, n);
		else
			add_rest(out, n);
	for (size_t k = 0; k < u->main->inputs.n; k++)
		if (quant_tensor_at(out, u->main->inputs.p[k]))
			vec_push(u->arena, &out->inputs,
				 ((struct quant_input){ .value = u->main->inputs.p[k] }));
	quant_widen_states(u, out);
	quant_spare_memory(u, out);
	quant_find_pairs(u, out);
	if (!out->layers.n)
		return diag_error(
			u->diag, &loc,
			"nothing in it can be quantized: no Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU or RNN of floats with constant weights");
	return quant_weights_are_finite(u, out);
}
