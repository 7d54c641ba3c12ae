/* Fully connected layers in one form: Gemm(A, B, C) with A as it is, B constant (perhaps
 * transposed: who packs it reads it either way), C a constant per column or left out, alpha = beta
 * = 1. What else a Gemm can do is done around it. */
#include "rewrite.h"

/* c as one number for each of the n columns of a matrix it is added to; VALUE_NONE when it also has
 * rows. */
static uint32_t per_column(struct node *at, uint32_t id, dim n)
{
	struct unit *u = at->graph->unit;
	const struct value *c = value_of(u, id);
	const struct shape row = { .rank = 1, .d = { n } };

	if (!c->constant || c->shape.rank > 2 || (c->shape.rank == 2 && c->shape.d[0] != 1))
		return VALUE_NONE;
	if (shape_elements(&c->shape) == n)
		return build_view(at, id, &row);
	id = build2(at, "Expand", NULL, build_view(at, id, &(struct shape){ .rank = 0 }),
		    build_ints(at, &n, 1));
	return value_of(u, id)->constant ? id : VALUE_NONE;
}

static uint32_t transposed(struct node *at, uint32_t x, int64_t trans)
{
	return trans ? build1(at, "Transpose", NULL, x) : x;
}

static uint32_t times(struct node *at, uint32_t x, float factor)
{
	enum dtype t = value_of(at->graph->unit, x)->type;

	return factor == 1.0F ? x : build2(at, "Mul", NULL, x, build_number(at, t, (double)factor));
}

/* Gemm(A, B, C)  =>  alpha * MatMul(A, B) + beta * C, when B is no constant */
static bool apply_gemm_of_activations(struct unit *u, struct node *n)
{
	const struct gemm_attrs *g = n->attrs;
	uint32_t a, b, y;

	(void)u;
	if (node_const(n, 1) || !output_is_float(n))
		return false;
	a = transposed(n, n->in[0], g->transA);
	b = transposed(n, n->in[1], g->transB);
	y = times(n, build2(n, "MatMul", NULL, a, b), g->alpha);
	if (node_in(n, 2) && g->beta != 0.0F)
		y = build2(n, "Add", NULL, y, times(n, n->in[2], g->beta));
	return replace_node(n, y);
}

static bool is_canonical(const struct node *n)
{
	const struct gemm_attrs *g = n->attrs;
	const struct value *c = node_in(n, 2);

	return g->alpha == 1.0F && g->beta == 1.0F && !g->transA &&
	       (!c ||
		(c->constant && c->shape.rank == 1 && c->shape.d[0] == node_out(n, 0)->shape.d[1]));
}

static bool apply_gemm(struct unit *u, struct node *n)
{
	const struct gemm_attrs old = *(const struct gemm_attrs *)n->attrs;
	const struct gemm_attrs now = { .alpha = 1, .beta = 1, .transB = old.transB };
	uint32_t c = VALUE_NONE, row = VALUE_NONE, in[3], y;

	(void)u;
	if (!node_const(n, 1) || is_canonical(n) || !output_is_float(n))
		return false;
	in[0] = transposed(n, n->in[0], old.transA);
	in[1] = times(n, n->in[1], old.alpha);
	if (node_in(n, 2) && old.beta != 0.0F) {
		c = times(n, n->in[2], old.beta);
		row = per_column(n, c, node_out(n, 0)->shape.d[1]);
	}
	in[2] = row;
	y = build(n, "Gemm", &now, row ? 3 : 2, in);
	return replace_node(n, c && !row ? build2(n, "Add", NULL, y, c) : y);
}

/* Add(MatMul(A, B), c)  =>  Gemm(A, B, c), for matrices, B and c constant */
static bool apply_matmul_bias(struct unit *u, struct node *n)
{
	const struct node *p = sole_input_op(n, 0, "MatMul");
	const struct value *y = node_out(n, 0);
	uint32_t in[3];

	(void)u;
	if (!p || !node_const(p, 1) || !node_const(n, 1) || !output_is_float(n) ||
	    !same_tensor(node_in(n, 0), y) || node_in(p, 0)->shape.rank != 2 ||
	    node_in(p, 1)->shape.rank != 2)
		return false;
	in[0] = p->in[0];
	in[1] = p->in[1];
	in[2] = per_column(n, n->in[1], y->shape.d[1]);
	return in[2] && replace_node(n, build(n, "Gemm", NULL, 3, in));
}

const struct rewrite rewrites_dense[] = {
	{ "gemm-of-activations", "Gemm", "MatMul, Mul and Add, when B is no constant",
	  apply_gemm_of_activations },
	{ "gemm-constants", "Gemm", "alpha and beta inside B and C, a C with rows after it",
	  apply_gemm },
	{ "matmul-bias", "Add", "MatMul(A, B) + c => Gemm(A, B, c)", apply_matmul_bias },
	{ .name = NULL }
};
