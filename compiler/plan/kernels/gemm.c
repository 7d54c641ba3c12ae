/* Gemm and MatMul as edgert_gemm: with constant weights packed at compile time, or both operands
 * computed. */
#include "build.h"

#include <string.h>

const struct param_row gemm_param_rows[] = {
	PARAM(edgert_gemm, batch),
	PARAM(edgert_gemm, m),
	PARAM(edgert_gemm, n),
	PARAM(edgert_gemm, k),
	PARAM(edgert_gemm, a_batch),
	PARAM(edgert_gemm, a_row),
	PARAM(edgert_gemm, a_col),
	PARAM(edgert_gemm, w_batch),
	PARAM(edgert_gemm, w_row),
	PARAM(edgert_gemm, w_col),
	PARAM(edgert_gemm, y_batch),
	PARAM(edgert_gemm, y_row),
	PARAM(edgert_gemm, mr),
	PARAM(edgert_gemm, nv),
	PARAM(edgert_gemm, block),
	PARAM(edgert_gemm, direct),
	PARAM_NUMBER(edgert_gemm, x_zero),
	PARAM_NUMBER(edgert_gemm, w_zero),
	PARAM_NUMBER(edgert_gemm, y_zero),
	PARAM_NUMBER(edgert_gemm, lo),
	PARAM_NUMBER(edgert_gemm, hi),
	PARAM_NUMBER(edgert_gemm, shift),
	PARAM_NUMBER(edgert_gemm, fits),
};
const size_t gemm_param_count = ARRAY_LEN(gemm_param_rows);

static bool is_gemm(const struct node *n)
{
	return strcmp(n->op->name, "Gemm") == 0;
}

/* C of Gemm as one number per column: [N], [1,N], or a single element. */
static bool bias_fits(const struct node *n, dim columns)
{
	const struct constant *c = node_const(n, 2);
	int64_t count;

	if (!node_in(n, 2))
		return true;
	if (!c || c->type != DT_F32)
		return false;
	count = shape_elements(&c->shape);
	return count == 1 || (count == columns && c->shape.d[c->shape.rank - 1] == columns);
}

/* Sizes and the strides of row-major operands; false where the product has another form. */
bool gemm_params(struct unit *u, const struct node *n, struct edgert_gemm *p)
{
	const struct value *a = node_in(n, 0), *b = node_in(n, 1);
	int ra = a->shape.rank, rb = b->shape.rank;

	*p = (struct edgert_gemm){
		.batch = 1, .a_col = 1, .w_col = 1, .mr = 1, .nv = 1, .block = 1
	};
	if (is_gemm(n)) {
		const struct gemm_attrs *g = n->attrs;

		if (g->transA)
			return false;
		p->m = a->shape.d[0];
		p->k = a->shape.d[1];
		p->n = b->shape.d[g->transB ? 0 : 1];
		p->w_row = g->transB ? 1 : p->n;
		p->w_col = g->transB ? p->k : 1;
	} else {
		if (ra < 1 || rb < 2)
			return false;
		p->k = a->shape.d[ra - 1];
		p->n = b->shape.d[rb - 1];
		p->w_row = p->n;
		if (rb == 2) { /* every row of a meets the same b */
			p->m = shape_count_range(u, &a->shape, 0, ra - 1);
		} else {
			if (ra != rb)
				return false;
			for (int i = 0; i < ra - 2; i++)
				if (a->shape.d[i] != b->shape.d[i])
					return false;
			p->batch = shape_count_range(u, &a->shape, 0, ra - 2);
			p->m = a->shape.d[ra - 2];
			p->a_batch = dim_mul(u, p->m, p->k);
			p->w_batch = dim_mul(u, p->k, p->n);
			p->y_batch = dim_mul(u, p->m, p->n);
		}
	}
	p->a_row = p->k;
	p->y_row = p->n;
	return true;
}

static bool accept_constant(struct unit *u, const struct node *n, const char **reason,
			    struct edgert_gemm *p)
{
	*reason = "not float32 with constant weights";
	if (!is_f32(n, 0) || !node_const(n, 1))
		return false;
	*reason = "operands of this form are left to loops";
	if (!gemm_params(u, n, p) || p->batch != 1 || !dim_is_const(p->n) || !dim_is_const(p->k))
		return false;
	return !is_gemm(n) || bias_fits(n, p->n);
}

bool accept_gemm_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			 const char **reason)
{
	struct edgert_gemm p;

	(void)t;
	if (!accept_constant(u, n, reason, &p))
		return false;
	*reason = "four columns at a time";
	return true;
}

bool accept_gemm_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			 const char **reason)
{
	struct edgert_gemm p;

	(void)t;
	if (!accept_constant(u, n, reason, &p))
		return false;
	params_bound(u, gemm_param_rows, ARRAY_LEN(gemm_param_rows), &p);
	*reason = "register tiles over packed weights";
	return gemm_f32_vec_accept(&p);
}

struct weights_packing {
	struct edgert_gemm p;
	struct vec_machine m;
	float alpha;
};

static float alpha_of(const struct node *n)
{
	return is_gemm(n) ? ((const struct gemm_attrs *)n->attrs)->alpha : 1.0f;
}

/* [n][k], times alpha */
static void pack_columns(const void *params, const void *elements, void *packed)
{
	const struct weights_packing *g = params;
	const struct edgert_gemm *p = &g->p;
	const float *w = elements;
	float *out = packed;

	for (dim j = 0; j < p->n; j++)
		for (dim k = 0; k < p->k; k++)
			out[j * p->k + k] = g->alpha * w[k * p->w_row + j * p->w_col];
}

static void pack_vec(const void *params, const void *elements, void *packed)
{
	const struct weights_packing *g = params;
	int64_t count = gemm_f32_vec_weights(&g->p, &g->m);
	float *out = packed;

	gemm_f32_vec_pack(&g->p, &g->m, elements, out);
	for (int64_t i = 0; i < count && g->alpha != 1.0f; i++)
		out[i] *= g->alpha;
}

static void add_bias(struct unit *u, const struct node *n, const struct edgert_gemm *p,
		     struct call *c)
{
	float beta = is_gemm(n) ? ((const struct gemm_attrs *)n->attrs)->beta : 0.0f;
	const float *from = is_gemm(n) ? const_floats(u, n, 2) : NULL;
	float *bias;
	bool single;

	if (!from) {
		call_value(u, c, NULL, false);
		return;
	}
	single = shape_elements(&node_const(n, 2)->shape) == 1;
	bias = arena_array(u->arena, float, (size_t)p->n);
	for (dim j = 0; j < p->n; j++)
		bias[j] = beta * from[single ? 0 : j];
	call_packed(u, c, n->in[2], DT_F32, bias, (size_t)p->n * sizeof *bias);
}

void build_gemm_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	struct weights_packing packing = { .alpha = alpha_of(n) };
	struct edgert_gemm p;

	(void)t;
	gemm_params(u, n, &p);
	packing.p = p;
	call_params(u, c, "edgert_gemm", gemm_param_rows, ARRAY_LEN(gemm_param_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_packing(u, c, n, 1, pack_columns, &packing, sizeof packing,
		     (size_t)(p.n * p.k) * sizeof(float));
	add_bias(u, n, &p, c);
	call_value(u, c, node_out(n, 0), true);
}

void build_gemm_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			struct call *c)
{
	struct vec_machine m = target_machine(t);
	struct weights_packing packing = { .m = m, .alpha = alpha_of(n) };
	struct edgert_gemm p, bound;

	gemm_params(u, n, &p);
	bound = p;
	params_bound(u, gemm_param_rows, ARRAY_LEN(gemm_param_rows), &bound);
	gemm_f32_vec_tile(&bound, &m);
	p.mr = bound.mr;
	p.nv = bound.nv;
	p.block = bound.block;
	packing.p = bound;
	call_params(u, c, "edgert_gemm", gemm_param_rows, ARRAY_LEN(gemm_param_rows), &p);
	call_value(u, c, node_in(n, 0), false);
	call_packing(u, c, n, 1, pack_vec, &packing, sizeof packing,
		     (size_t)gemm_f32_vec_weights(&bound, &m) * sizeof(float));
	add_bias(u, n, &p, c);
	call_value(u, c, node_out(n, 0), true);
	call_scratch(u, c, 0);
}

/* ---- both operands computed ---------------------------------------------------------- */

static bool accept_matmul(struct unit *u, const struct node *n, const char **reason,
			  struct edgert_gemm *p)
{
	*reason = "not two float32 tensors with equal batches";
	return is_f32(n, 0) && is_f32(n, 1) && !is_gemm(n) && gemm_params(u, n, p);
}

bool accept_matmul_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	struct edgert_gemm p;

	(void)t;
	if (!accept_matmul(u, n, reason, &p))
		return false;
	*reason = "rows by columns";
	return true;
}

bool accept_matmul_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			   const char **reason)
{
	struct edgert_gemm p;

	(void)t;
	if (!accept_matmul(u, n, reason, &p))
		return false;
	params_bound(u, gemm_param_rows, ARRAY_LEN(gemm_param_rows), &p);
	*reason = "register tiles";
	return matmul_f32_vec_accept(&p);
}

static void matmul_args(struct unit *u, const struct node *n, const struct edgert_gemm *p,
			struct call *c)
{
	call_params(u, c, "edgert_gemm", gemm_param_rows, ARRAY_LEN(gemm_param_rows), p);
	call_value(u, c, node_in(n, 0), false);
	call_value(u, c, node_in(n, 1), false);
	call_value(u, c, NULL, false);
	call_value(u, c, node_out(n, 0), true);
}

void build_matmul_f32_ref(struct unit *u, const struct node *n, const struct target *t,
			  struct call *c)
{
	struct edgert_gemm p;

	(void)t;
	gemm_params(u, n, &p);
	matmul_args(u, n, &p, c);
}

void build_matmul_f32_vec(struct unit *u, const struct node *n, const struct target *t,
			  struct call *c)
{
	struct vec_machine m = target_machine(t);
	struct edgert_gemm p, bound;

	gemm_params(u, n, &p);
	bound = p;
	params_bound(u, gemm_param_rows, ARRAY_LEN(gemm_param_rows), &bound);
	matmul_f32_vec_tile(&bound, &m);
	p.mr = bound.mr;
	p.nv = bound.nv;
	p.block = bound.block;
	p.direct = bound.direct;
	matmul_args(u, n, &p, c);
	call_scratch(u, c, (size_t)matmul_f32_vec_scratch(&bound, &m));
}
