/* attention_flex.c - FlexAttention: Attention without mask, whose scores and probabilities go through subgraphs of
 * the model; an expansion in which their nodes stand. */
#include "attention.h"

#include <math.h>

struct flex_attrs {
	struct attention_attrs a; /* scale and softmax_precision of them */
	int score_mod, prob_mod;
};

static const struct attr_row flex_rows[] = {
	{ ATTR(struct flex_attrs, prob_mod), .kind = ATTR_GRAPH },
	{ .name = "scale", .offset = offsetof(struct flex_attrs, a.scale), .kind = ATTR_FLOAT },
	{ ATTR(struct flex_attrs, score_mod), .kind = ATTR_GRAPH },
	{ .name = "softmax_precision",
	  .offset = offsetof(struct flex_attrs, a.softmax_precision),
	  .kind = ATTR_INT },
	A_END,
};

/* The type in which the subgraphs and softmax compute. */
static enum dtype precision(const struct node *n)
{
	const struct flex_attrs *f = n->attrs;

	return f->a.softmax_precision ? (enum dtype)f->a.softmax_precision
				      : dtype_compute(node_in(n, IN_Q)->type);
}

/* A subgraph maps a tensor to one like it. */
static bool check_graph(struct unit *u, const struct node *n, int k, const char *name,
			const struct shape *scores)
{
	const struct graph *g = k < 0 ? NULL : n->graphs[k];
	const struct value *v, *y;

	if (!g)
		return true;
	if (g->inputs.n != 1 || g->outputs.n != 1)
		return node_error(u, n, "%s has %d inputs and %d outputs, must have one each", name,
				  (int)g->inputs.n, (int)g->outputs.n);
	v = value_of(u, g->inputs.p[0]);
	y = value_of(u, g->outputs.p[0]);
	if (v->type != precision(n) || y->type != precision(n))
		return node_error(u, n, "%s takes %s and gives %s, must be %s", name,
				  dtype_name(v->type), dtype_name(y->type),
				  dtype_name(precision(n)));
	for (int i = 0; i < 4; i++)
		if (y->shape.rank != 4 || !dim_assume_equal(u, y->shape.d[i], scores->d[i], NULL))
			return node_error(u, n, "%s gives shape %s, must be %s", name,
					  shape_text(u, &y->shape), shape_text(u, scores));
	return true;
}

static bool infer_flex(struct unit *u, struct node *n)
{
	const struct flex_attrs *f = n->attrs;
	struct attention_sizes s;
	struct shape scores = { .rank = 4 };
	enum dtype t = precision(n);

	if (t != DT_F32 && t != DT_F64 && t != DT_F16 && t != DT_BF16)
		return node_error(u, n, "softmax_precision %lld is no floating-point type",
				  (long long)f->a.softmax_precision);
	if (!infer_need_rank(u, n, node_in(n, IN_Q), "Q", 4, 4) || !attention_read_sizes(u, n, &s))
		return false;
	scores.d[0] = s.batch;
	scores.d[1] = s.heads;
	scores.d[2] = s.queries;
	scores.d[3] = s.keys;
	if (!check_graph(u, n, f->score_mod, "score_mod", &scores) ||
	    !check_graph(u, n, f->prob_mod, "prob_mod", &scores))
		return false;
	set_shape_of(node_out(n, 0), 4, (dim[]){ s.batch, s.heads, s.queries, s.value });
	return true;
}

/* x through subgraph k, whose nodes then stand before n. */
static uint32_t through(struct unit *u, struct node *n, int k, uint32_t x)
{
	struct graph *g = k < 0 ? NULL : n->graphs[k];
	struct value *in;
	uint32_t y;

	if (!g)
		return x;
	graph_replace(u, g->inputs.p[0], x);
	in = value_of(u, g->inputs.p[0]);
	in->is_input = false;
	in->graph = NULL;
	g->inputs.n = 0;
	y = g->outputs.p[0];
	graph_splice(g, n);
	return y;
}

/* x, [batch, shared, ...], with a head for each head of queries. */
static uint32_t each_head(struct unit *u, struct node *n, const struct attention_sizes *s,
			  uint32_t x)
{
	struct shape shape = value_of(u, x)->shape;
	const struct tir *idx[RANK_MAX];
	struct tir_stage stage;
	struct tir_builder b;
	struct node *m;

	if (s->heads == s->shared)
		return x;
	shape.d[1] = s->heads;
	m = new_loops(n, 1, &x, value_of(u, x)->type, &shape);
	tir_builder_init(&b, u, m);
	tir_stage_begin(&b, 0, &stage, idx);
	idx[1] = tir_floordiv(&b, idx[1], tir_index(&b, s->heads / s->shared));
	stage.value = tir_load(&b, 0, idx);
	set_loops(m, &stage);
	return m->out[0];
}

static bool expand_flex(struct unit *u, struct node *n)
{
	const struct flex_attrs *f = n->attrs;
	enum dtype type = node_in(n, IN_Q)->type, t = dtype_compute(type), exact = precision(n);
	struct axis_attrs last = { .axis = -1 };
	struct attention_sizes s;
	uint32_t q, k, v, x;
	double scale;

	if (!attention_read_sizes(u, n, &s))
		return false;
	scale = f->a.scale != 0 ? (double)f->a.scale : 1 / sqrt((double)s.size);
	q = graph_build2(n, "Mul", NULL, new_cast(n, t, n->in[IN_Q]), new_scalar(n, t, scale));
	k = attention_transposed(n, new_cast(n, t, n->in[IN_K]), (int64_t[]){ 0, 1, 3, 2 });
	x = graph_build2(n, "MatMul", NULL, q, each_head(u, n, &s, k));
	x = through(u, n, f->score_mod, new_cast(n, exact, x));
	x = graph_build1(n, "Softmax", &last, x);
	x = new_cast(n, t, through(u, n, f->prob_mod, x));
	v = each_head(u, n, &s, new_cast(n, t, n->in[IN_V]));
	x = graph_build2(n, "MatMul", NULL, x, v);
	expand_output(u, n, 0, new_cast(n, type, x));
	return true;
}

const struct op ops_flex[] = {
	{ .name = "FlexAttention",
	  .domain = DOMAIN_PREVIEW,
	  .since = 1,
	  .sig = "Q:T K:T V:T -> Y:T",
	  .types = "T=floats",
	  .attrs = flex_rows,
	  .attrs_size = sizeof(struct flex_attrs),
	  .infer = infer_flex,
	  .expand = expand_flex,
	  .doc = "attention whose scores and probabilities go through subgraphs",
	  .limits = "heads and their sizes must be known at compile time" },
	{ .name = NULL }
};
