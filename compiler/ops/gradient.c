/* gradient.c - Gradient of ai.onnx.preview.training: dy/dx by the chain rule, backwards over the nodes that make y.
 *
 * While the model is read, each node between gives its inputs what its row of `rules` says, in nodes of their own;
 * what comes from several users is added up. */
#include "family.h"

#include <string.h>

struct gradient_attrs {
	struct strings xs, zs;
	const char *y;
};
static const struct attr_row gradient_rows[] = {
	{ ATTR(struct gradient_attrs, xs), .kind = ATTR_STRINGS, .required = true },
	{ ATTR(struct gradient_attrs, zs), .kind = ATTR_STRINGS },
	{ ATTR(struct gradient_attrs, y), .kind = ATTR_STRING, .required = true },
	A_END,
};

struct gradient {
	struct unit *u;
	struct node *n; /* new nodes stand before it */
	/* by value, of those that were there before: */
	uint32_t *of;  /* dy/dvalue, VALUE_NONE: none so far */
	bool *is_x;    /* it is one of xs */
	bool *depends; /* on one of xs */
};

/* A node m, of operator `op`, gives its inputs their part of dy. */
struct rule {
	const char *op;
	void (*give)(struct gradient *g, const struct node *m, uint32_t dy);
};

/* -- steps ------------------------------------------------------------------------------- */

static uint32_t one(struct gradient *g, const char *op, uint32_t a)
{
	return graph_build1(g->n, op, NULL, a);
}

static uint32_t two(struct gradient *g, const char *op, uint32_t a, uint32_t b)
{
	return graph_build2(g->n, op, NULL, a, b);
}

static uint32_t scaled(struct gradient *g, uint32_t x, double by)
{
	enum dtype t = value_of(g->u, x)->type;

	return by == 1 ? x : two(g, "Mul", x, new_scalar(g->n, t, by));
}

/* v in the shape of `like`. */
static uint32_t filled(struct gradient *g, double v, uint32_t like)
{
	return two(g, "Expand", new_scalar(g->n, value_of(g->u, like)->type, v),
		   one(g, "Shape", like));
}

/* dx, of a shape that `like` was broadcast to, summed to the shape of like. */
static uint32_t summed(struct gradient *g, uint32_t dx, uint32_t like)
{
	const struct shape *have = &value_of(g->u, dx)->shape, *want = &value_of(g->u, like)->shape;
	struct reduce_attrs keep = { .keepdims = 1 };
	int64_t axes[RANK_MAX];
	int n = 0;

	if (shape_equal(have, want))
		return dx;
	for (int i = 0; i < have->rank; i++) {
		int k = i - (have->rank - want->rank);

		if (k < 0 || (want->d[k] == 1 && have->d[i] != 1))
			axes[n++] = i;
	}
	if (n)
		dx = graph_build2(g->n, "ReduceSum", &keep, dx, new_ints(g->n, axes, n));
	return new_reshape(g->n, dx, like);
}

static bool wants(const struct gradient *g, const struct node *m, int k)
{
	return node_in(m, k) && g->depends[m->in[k]];
}

static void add_to(struct gradient *g, const struct node *m, int k, uint32_t dx)
{
	uint32_t id = m->in[k];

	dx = summed(g, dx, id);
	g->of[id] = g->of[id] == VALUE_NONE ? dx : two(g, "Add", g->of[id], dx);
}

/* -- rules ------------------------------------------------------------------------------- */

static void give_same(struct gradient *g, const struct node *m, uint32_t dy)
{
	for (int k = 0; k < m->n_in; k++)
		if (wants(g, m, k))
			add_to(g, m, k, dy);
}

static void give_sub(struct gradient *g, const struct node *m, uint32_t dy)
{
	if (wants(g, m, 0))
		add_to(g, m, 0, dy);
	if (wants(g, m, 1))
		add_to(g, m, 1, one(g, "Neg", dy));
}

static void give_mul(struct gradient *g, const struct node *m, uint32_t dy)
{
	for (int k = 0; k < 2; k++)
		if (wants(g, m, k))
			add_to(g, m, k, two(g, "Mul", dy, m->in[1 - k]));
}

static void give_div(struct gradient *g, const struct node *m, uint32_t dy)
{
	uint32_t over = two(g, "Div", dy, m->in[1]);

	if (wants(g, m, 0))
		add_to(g, m, 0, over);
	if (wants(g, m, 1)) /* - y dy / b */
		add_to(g, m, 1, one(g, "Neg", two(g, "Mul", over, m->out[0])));
}

static void give_neg(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, one(g, "Neg", dy));
}

static void give_exp(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, two(g, "Mul", dy, m->out[0]));
}

static void give_log(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, two(g, "Div", dy, m->in[0]));
}

static void give_sqrt(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, scaled(g, two(g, "Div", dy, m->out[0]), 0.5));
}

static void give_sin(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, two(g, "Mul", dy, one(g, "Cos", m->in[0])));
}

static void give_cos(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, one(g, "Neg", two(g, "Mul", dy, one(g, "Sin", m->in[0]))));
}

/* y (1 - y) dy */
static void give_sigmoid(struct gradient *g, const struct node *m, uint32_t dy)
{
	uint32_t y = m->out[0];
	uint32_t slope = two(g, "Sub", y, two(g, "Mul", y, y));

	add_to(g, m, 0, two(g, "Mul", dy, slope));
}

/* (1 - y^2) dy */
static void give_tanh(struct gradient *g, const struct node *m, uint32_t dy)
{
	uint32_t y = two(g, "Mul", m->out[0], m->out[0]);

	add_to(g, m, 0, two(g, "Sub", dy, two(g, "Mul", dy, y)));
}

static void give_relu(struct gradient *g, const struct node *m, uint32_t dy)
{
	uint32_t zero = new_scalar(g->n, value_of(g->u, dy)->type, 0);
	uint32_t above = two(g, "Greater", m->in[0], zero);

	add_to(g, m, 0, graph_build3(g->n, "Where", NULL, above, dy, zero));
}

static void give_view(struct gradient *g, const struct node *m, uint32_t dy)
{
	add_to(g, m, 0, new_reshape(g->n, dy, m->in[0]));
}

/* x with its last two axes swapped. */
static uint32_t swapped(struct gradient *g, uint32_t x)
{
	int rank = value_of(g->u, x)->shape.rank;
	int64_t *p = arena_array(g->u->arena, int64_t, RANK_MAX);
	struct perm_attrs a = { { p, rank } };

	for (int i = 0; i < rank; i++)
		p[i] = i < rank - 2 ? i : 2 * rank - 3 - i;
	return graph_build1(g->n, "Transpose", &a, x);
}

static void give_transpose(struct gradient *g, const struct node *m, uint32_t dy)
{
	const struct perm_attrs *was = m->attrs;
	int rank = value_of(g->u, dy)->shape.rank;
	int64_t *p = arena_array(g->u->arena, int64_t, RANK_MAX);
	struct perm_attrs a = { { p, rank } };

	for (int i = 0; i < rank; i++)
		p[was->perm.p ? was->perm.p[i] : rank - 1 - i] = i;
	add_to(g, m, 0, graph_build1(g->n, "Transpose", &a, dy));
}

/* Of matrices: dA = dY B', dB = A' dY. */
static void give_matmul(struct gradient *g, const struct node *m, uint32_t dy)
{
	if (wants(g, m, 0))
		add_to(g, m, 0, two(g, "MatMul", dy, swapped(g, m->in[1])));
	if (wants(g, m, 1))
		add_to(g, m, 1, two(g, "MatMul", swapped(g, m->in[0]), dy));
}

static void give_gemm(struct gradient *g, const struct node *m, uint32_t dy)
{
	const struct gemm_attrs *a = m->attrs;
	uint32_t d = scaled(g, dy, (double)a->alpha), dx;

	if (wants(g, m, 0)) {
		dx = two(g, "MatMul", d, a->transB ? m->in[1] : swapped(g, m->in[1]));
		add_to(g, m, 0, a->transA ? swapped(g, dx) : dx);
	}
	if (wants(g, m, 1)) {
		dx = two(g, "MatMul", a->transA ? m->in[0] : swapped(g, m->in[0]), d);
		add_to(g, m, 1, a->transB ? swapped(g, dx) : dx);
	}
	if (wants(g, m, 2))
		add_to(g, m, 2, scaled(g, dy, (double)a->beta));
}

static const struct rule rules[] = {
	{ "Add", give_same },       { "Sum", give_same },
	{ "Identity", give_same },  { "Sub", give_sub },
	{ "Mul", give_mul },        { "Div", give_div },
	{ "Neg", give_neg },        { "Exp", give_exp },
	{ "Log", give_log },        { "Sqrt", give_sqrt },
	{ "Sin", give_sin },        { "Cos", give_cos },
	{ "Tanh", give_tanh },      { "Sigmoid", give_sigmoid },
	{ "Relu", give_relu },      { "Reshape", give_view },
	{ "Flatten", give_view },   { "Squeeze", give_view },
	{ "Unsqueeze", give_view }, { "Transpose", give_transpose },
	{ "Gemm", give_gemm },      { "MatMul", give_matmul },
};

static const struct rule *rule_of(const struct node *m)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (m->op->domain == DOMAIN_ONNX && strcmp(m->op->name, rules[i].op) == 0)
			return &rules[i];
	return NULL;
}

/* What a rule takes for granted: matrices, not vectors, in products. */
static bool is_ruled(const struct node *m)
{
	if (!rule_of(m))
		return false;
	return strcmp(m->op->name, "MatMul") != 0 ||
	       (node_in(m, 0)->shape.rank >= 2 && node_in(m, 1)->shape.rank >= 2);
}

/* -- the whole --------------------------------------------------------------------------- */

static const struct value *named(const struct node *n, const char *name)
{
	const struct unit *u = n->graph->unit;

	for (size_t i = 1; i < u->values.n; i++)
		if (u->values.p[i]->graph == n->graph && u->values.p[i]->name &&
		    strcmp(u->values.p[i]->name, name) == 0)
			return u->values.p[i];
	return NULL;
}

/* Which values depend on xs; an x is independent, whoever makes it. */
static bool mark(struct gradient *g)
{
	const struct gradient_attrs *a = g->n->attrs;

	for (int k = 0; k < a->xs.n; k++) {
		const struct value *x = k < g->n->n_in ? node_in(g->n, k) : NULL;

		if (!x || x != named(g->n, a->xs.p[k]) || !dtype_is_float(x->type) ||
		    !infer_need_shape(g->u, g->n, x, "an input"))
			return node_error(g->u, g->n,
					  "input %d must be the tensor of real numbers "
					  "that xs names, \"%s\"",
					  k, a->xs.p[k]);
		g->is_x[x->id] = g->depends[x->id] = true;
	}
	for (const struct node *m = g->n->graph->first; m != g->n; m = m->next)
		for (int i = 0; i < m->n_in; i++)
			for (int k = 0; node_in(m, i) && g->depends[m->in[i]] && k < m->n_out; k++)
				if (node_out(m, k))
					g->depends[m->out[k]] = true;
	return true;
}

static bool backwards(struct gradient *g, const struct node *last)
{
	for (const struct node *m = last, *before; m; m = before) {
		uint32_t y = m->n_out ? m->out[0] : VALUE_NONE;

		before = m->prev;
		if (y == VALUE_NONE || g->is_x[y] || !g->depends[y] || g->of[y] == VALUE_NONE)
			continue;
		if (!is_ruled(m))
			return node_error(
				g->u, g->n,
				"the derivative of %s is not supported, "
				"only derivatives of Add, Sub, Mul, Div, Neg, Sum, Exp, Log, Sqrt, Sin, Cos, Tanh, Sigmoid, "
				"Relu, Gemm, MatMul of matrices, Identity and changes of shape are supported",
				m->op->name);
		rule_of(m)->give(g, m, g->of[y]);
	}
	return true;
}

/* n passes its inputs on, which are the derivatives. */
static void become_copies(struct gradient *g, int count, const uint32_t *dx)
{
	struct tir_stage *stages = arena_array(g->u->arena, struct tir_stage, (size_t)count);
	struct loops_attrs loops = { .stages = stages, .n = count };
	const struct tir *idx[RANK_MAX];
	struct tir_builder b;

	upgrade_become(g->n, "edgecc.Loops", &loops, count, dx);
	tir_builder_init(&b, g->u, g->n);
	for (int k = 0; k < count; k++) {
		struct value *y = node_out(g->n, k);

		if (!y)
			continue;
		y->type = value_of(g->u, dx[k])->type;
		set_shape(y, &value_of(g->u, dx[k])->shape);
		tir_stage_begin(&b, k, &stages[k], idx);
		stages[k].value = tir_load(&b, k, idx);
	}
}

static bool upgrade_gradient(struct unit *u, struct node *n)
{
	const struct gradient_attrs *a = n->attrs;
	const struct value *y = named(n, a->y);
	size_t known = u->values.n;
	struct gradient g = { .u = u,
			      .n = n,
			      .of = arena_array(u->arena, uint32_t, known),
			      .is_x = arena_array(u->arena, bool, known),
			      .depends = arena_array(u->arena, bool, known) };
	const struct node *last = n->prev;
	uint32_t *dx = arena_array(u->arena, uint32_t, (size_t)a->xs.n + 1);

	if (!y || !dtype_is_float(y->type) || !infer_need_shape(u, n, y, "y"))
		return node_error(u, n, "y must be a tensor of real numbers, \"%s\" is none", a->y);
	if (n->n_out > a->xs.n)
		return node_error(u, n, "has %d outputs for %d tensors", n->n_out, a->xs.n);
	if (!mark(&g))
		return false;
	g.of[y->id] = filled(&g, 1, y->id);
	if (!backwards(&g, last))
		return false;
	for (int k = 0; k < n->n_out; k++) {
		uint32_t x = n->in[k];

		dx[k] = g.of[x] != VALUE_NONE ? g.of[x] : filled(&g, 0, x);
	}
	become_copies(&g, n->n_out, dx);
	return true;
}

const struct op ops_gradient[] = {
	{ .name = "Gradient",
	  .domain = DOMAIN_TRAINING,
	  .since = 1,
	  .sig = "Inputs+:* -> Outputs+:*",
	  .attrs = gradient_rows,
	  .attrs_size = sizeof(struct gradient_attrs),
	  .upgrade = upgrade_gradient,
	  .doc = "derivatives of a tensor by others that it is computed from",
	  .limits =
		  "only derivatives of Add, Sub, Mul, Div, Neg, Sum, Exp, Log, Sqrt, Sin, Cos, Tanh, Sigmoid, "
		  "Relu, Gemm, MatMul of matrices, Identity and changes of shape are supported" },
	{ .name = NULL }
};
