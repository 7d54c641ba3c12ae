/* matmul.c - products of matrices: MatMul, Gemm. */
#include "matmul.h"

/* Index along an axis of size d for the index x of an axis it broadcasts to. */
static const struct tir *broadcast_index(struct tir_builder *b, dim d, const struct tir *x)
{
	if (d == 1)
		return tir_index(b, 0);
	if (!dim_is_const(d) && !tir_proves_lt(b, x, tir_dim(b, d))) /* may be 1 at run time */
		x = tir_select(b, tir_eq(b, tir_dim(b, d), tir_index(b, 1)), tir_index(b, 0), x);
	return x;
}

/* -- MatMul ---------------------------------------------------------------------------- */

/* The size that is summed over: of A's last axis, of B's last but one, or its only one. */
static bool inner_size(struct unit *u, const struct node *n, int ka, int kb, dim *k)
{
	const struct shape *a = &node_in(n, ka)->shape, *w = &node_in(n, kb)->shape;
	dim da = a->d[a->rank - 1], dw = w->d[w->rank > 1 ? w->rank - 2 : 0];

	if (dim_assume_equal(u, da, dw, k))
		return true;
	return node_error(u, n, "A of shape %s has rows of %s, B of shape %s has columns of %s",
			  shape_text(u, a), dim_text(u, da), shape_text(u, w), dim_text(u, dw));
}

bool matmul_infer(struct unit *u, struct node *n, int ka, int kb)
{
	struct shape a, w, out;
	dim k;

	if (!infer_need_rank(u, n, node_in(n, ka), "A", 1, RANK_MAX) ||
	    !infer_need_rank(u, n, node_in(n, kb), "B", 1, RANK_MAX) ||
	    !inner_size(u, n, ka, kb, &k))
		return false;
	a = node_in(n, ka)->shape;
	w = node_in(n, kb)->shape;
	a.rank -= a.rank > 1 ? 2 : 1;
	w.rank -= w.rank > 1 ? 2 : 1;
	if (!shape_broadcast(u, &n->loc, &a, &w, &out))
		return false;
	a = node_in(n, ka)->shape;
	w = node_in(n, kb)->shape;
	if (a.rank > 1)
		out.d[out.rank++] = a.d[a.rank - 2];
	if (w.rank > 1)
		out.d[out.rank++] = w.d[w.rank - 1];
	set_shape(node_out(n, 0), &out);
	return true;
}

const struct tir *matmul_taps(struct tir_builder *b, const struct node *n, int ka, int kb, int rank,
			      const struct tir *const *idx, const struct tir **ia,
			      const struct tir **iw)
{
	const struct shape *a = &node_in(n, ka)->shape, *w = &node_in(n, kb)->shape;
	int batch = rank - (a->rank > 1) - (w->rank > 1);
	const struct tir *var;
	dim k;

	if (!inner_size(b->u, n, ka, kb, &k))
		unreachable("a product that inference accepted");
	var = tir_var(b, k, "k");
	for (int i = 0; i < a->rank - 2; i++)
		ia[i] = broadcast_index(b, a->d[i], idx[batch - (a->rank - 2) + i]);
	for (int i = 0; i < w->rank - 2; i++)
		iw[i] = broadcast_index(b, w->d[i], idx[batch - (w->rank - 2) + i]);
	if (a->rank > 1)
		ia[a->rank - 2] = idx[batch];
	ia[a->rank - 1] = var;
	iw[w->rank > 1 ? w->rank - 2 : 0] = var;
	if (w->rank > 1)
		iw[w->rank - 1] = idx[rank - 1];
	return var;
}

dim matmul_macs(struct unit *u, const struct node *n, int ka)
{
	const struct shape *a = &node_in(n, ka)->shape;

	return dim_mul(u, shape_count(u, &node_out(n, 0)->shape), a->d[a->rank - 1]);
}

static bool infer_matmul(struct unit *u, struct node *n)
{
	return matmul_infer(u, n, 0, 1);
}

static bool define_matmul(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct tir *idx[RANK_MAX], *ia[RANK_MAX], *iw[RANK_MAX], *var, *product;

	tir_stage_begin(b, 0, out, idx);
	var = matmul_taps(b, n, 0, 1, out->rank, idx, ia, iw);
	product = tir_mul(b, tir_load(b, 0, ia), tir_load(b, 1, iw));
	out->value = tir_reduce(b, REDUCE_SUM, 1, &var, product);
	return true;
}

static dim macs_matmul(struct unit *u, const struct node *n)
{
	return matmul_macs(u, n, 0);
}

/* -- Gemm ------------------------------------------------------------------------------ */

static const struct attr_row gemm_rows[] = {
	{ ATTR(struct gemm_attrs, alpha), .kind = ATTR_FLOAT, .def_float = 1 },
	{ ATTR(struct gemm_attrs, beta), .kind = ATTR_FLOAT, .def_float = 1 },
	A_INT(struct gemm_attrs, transA, 0),
	A_INT(struct gemm_attrs, transB, 0),
	A_END,
};

static bool infer_gemm(struct unit *u, struct node *n)
{
	const struct gemm_attrs *g = n->attrs;
	const struct value *a = node_in(n, 0), *w = node_in(n, 1), *c = node_in(n, 2);
	struct shape s = { .rank = 2 };

	if (!infer_need_rank(u, n, a, "A", 2, 2) || !infer_need_rank(u, n, w, "B", 2, 2) ||
	    (c && !infer_need_rank(u, n, c, "C", 0, 2)))
		return false;
	if (!dim_assume_equal(u, a->shape.d[!g->transA], w->shape.d[!!g->transB], NULL))
		return node_error(
			u, n, "A%s sums over %s, B%s over %s", g->transA ? " transposed" : "",
			dim_text(u, a->shape.d[!g->transA]), g->transB ? " transposed" : "",
			dim_text(u, w->shape.d[!!g->transB]));
	s.d[0] = a->shape.d[!!g->transA];
	s.d[1] = w->shape.d[!g->transB];
	for (int i = 0; c && i < c->shape.rank; i++) {
		dim have = c->shape.d[i], want = s.d[2 - c->shape.rank + i];

		if (have != 1 && !dim_assume_equal(u, have, want, NULL))
			return node_error(u, n, "C of shape %s does not broadcast to %s",
					  shape_text(u, &c->shape), shape_text(u, &s));
	}
	set_shape(node_out(n, 0), &s);
	return true;
}

/* Integers times a factor that is not whole go through double and are cut. */
static const struct tir *scaled(struct tir_builder *b, const struct tir *x, double factor)
{
	if (dtype_is_float(x->type) || (factor == (double)(int64_t)factor))
		return tir_mul(b, x, tir_number(b, x->type, factor));
	return tir_cast(b, x->type,
			tir_mul(b, tir_cast(b, DT_F64, x), tir_float(b, DT_F64, factor)));
}

static bool define_gemm(struct tir_builder *b, const struct node *n, struct tir_stage *out)
{
	const struct gemm_attrs *g = n->attrs;
	const struct value *a = node_in(n, 0);
	const struct tir *idx[RANK_MAX], *ia[2], *iw[2], *var, *sum;

	tir_stage_begin(b, 0, out, idx);
	var = tir_var(b, a->shape.d[!g->transA], "k");
	ia[!!g->transA] = idx[0];
	ia[!g->transA] = var;
	iw[!!g->transB] = var;
	iw[!g->transB] = idx[1];
	sum = tir_reduce(b, REDUCE_SUM, 1, &var,
			 tir_mul(b, tir_load(b, 0, ia), tir_load(b, 1, iw)));
	sum = scaled(b, sum, (double)g->alpha);
	if (node_in(n, 2) && g->beta != 0.0F)
		sum = tir_add(b, sum, scaled(b, tir_load_broadcast(b, 2, idx, 2), (double)g->beta));
	out->value = sum;
	return true;
}

static dim macs_gemm(struct unit *u, const struct node *n)
{
	const struct gemm_attrs *g = n->attrs;

	return dim_mul(u, shape_count(u, &node_out(n, 0)->shape),
		       node_in(n, 0)->shape.d[!g->transA]);
}

/* Opset 6 had to be told that C broadcasts. */
struct gemm6_attrs {
	struct gemm_attrs now;
	int64_t broadcast;
};
static const struct attr_row gemm6_rows[] = {
	{ .name = "alpha",
	  .offset = offsetof(struct gemm6_attrs, now.alpha),
	  .kind = ATTR_FLOAT,
	  .def_float = 1 },
	{ .name = "beta",
	  .offset = offsetof(struct gemm6_attrs, now.beta),
	  .kind = ATTR_FLOAT,
	  .def_float = 1 },
	{ .name = "transA", .offset = offsetof(struct gemm6_attrs, now.transA), .kind = ATTR_INT },
	{ .name = "transB", .offset = offsetof(struct gemm6_attrs, now.transB), .kind = ATTR_INT },
	A_FLAG(struct gemm6_attrs, broadcast, 0),
	A_END,
};

static bool upgrade_gemm6(struct unit *u, struct node *n)
{
	struct gemm_attrs now = ((const struct gemm6_attrs *)n->attrs)->now;

	upgrade_to_newest(u, n, &now);
	return true;
}

#define PRODUCT_TYPES "T=floats,uint32,uint64,int32,int64"

const struct op ops_matmul[] = {
	{ .name = "MatMul",
	  .since = 1,
	  .sig = "A:T B:T -> Y:T",
	  .types = PRODUCT_TYPES,
	  .infer = infer_matmul,
	  .define = define_matmul,
	  .macs = macs_matmul,
	  .doc = "the product of matrices, or of stacks of matrices that broadcast together" },
	{ .name = "Gemm",
	  .since = 7,
	  .sig = "A:T B:T C?:T -> Y:T",
	  .types = PRODUCT_TYPES,
	  .attrs = gemm_rows,
	  .attrs_size = sizeof(struct gemm_attrs),
	  .infer = infer_gemm,
	  .define = define_gemm,
	  .macs = macs_gemm,
	  .doc = "alpha * A * B + beta * C" },
	{ .name = "Gemm",
	  .since = 1,
	  .until = 6,
	  .sig = "A:T B:T C:T -> Y:T",
	  .types = PRODUCT_TYPES,
	  .attrs = gemm6_rows,
	  .attrs_size = sizeof(struct gemm6_attrs),
	  .upgrade = upgrade_gemm6 },
	{ .name = NULL }
};
