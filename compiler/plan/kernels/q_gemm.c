/* edgecc.QMatMul as edgert_gemm: with constant weights, or both operands computed. */
#include "q_numbers.h"

enum { SCALE = 2, BIAS = 3 };

static bool params(struct unit *u, const struct node *n, struct edgert_gemm *p)
{
	const struct qmatmul_attrs *a = n->attrs;

	if (!gemm_params(u, n, p))
		return false;
	p->x_zero = a->x_zero;
	p->w_zero = a->w_zero;
	p->y_zero = a->out.zero;
	p->lo = a->out.lo;
	p->hi = a->out.hi;
	p->shift = a->out.shift;
	p->fits = q_factors_fit(n);
	return true;
}

bool q_gemm_accept(struct unit *u, const struct node *n, enum dtype from, enum dtype to,
		   const char **reason, struct edgert_gemm *bound)
{
	const struct qmatmul_attrs *a = n->attrs;

	if (!q_inputs_accept(n, from, to, a->wide, reason))
		return false;
	*reason = "operands of this form are left to loops";
	if (a->w_zero || !params(u, n, bound) || bound->batch != 1 || !dim_is_const(bound->n) ||
	    !dim_is_const(bound->k))
		return false;
	params_bound(u, gemm_param_rows, gemm_param_count, bound);
	return true;
}

bool q_matmul_accept(struct unit *u, const struct node *n, enum dtype type, const char **reason,
		     struct edgert_gemm *bound)
{
	const struct qmatmul_attrs *a = n->attrs;
	bool fixed;

	*reason = "not two activations in bytes with such a result";
	if (node_const(n, 1) || node_in(n, 0)->type != type || node_in(n, 1)->type != type ||
	    node_out(n, 0)->type != type || node_in(n, BIAS))
		return false;
	*reason = "operands of this form are left to loops";
	if (a->wide || !node_const(n, SCALE) || shape_elements(&node_const(n, SCALE)->shape) != 1 ||
	    !params(u, n, bound))
		return false;
	fixed = dim_is_const(bound->k);
	params_bound(u, gemm_param_rows, gemm_param_count, bound);
	if (!fixed)
		bound->k |= 1; /* of rows that are no whole vectors kernels make copies */
	return bound->k < 1 << 15;
}

void q_matmul_call(struct unit *u, const struct node *n, const struct edgert_gemm *tile,
		   size_t scratch, struct call *out)
{
	struct edgert_gemm p;

	params(u, n, &p);
	p.mr = tile->mr;
	p.nv = tile->nv;
	p.block = tile->block;
	call_params(u, out, "edgert_gemm", gemm_param_rows, gemm_param_count, &p);
	call_value(u, out, node_in(n, 0), false);
	call_value(u, out, node_in(n, 1), false);
	call_packed(u, out, n->in[SCALE], DT_I32, node_const(n, SCALE)->data, sizeof(int32_t));
	call_value(u, out, node_out(n, 0), true);
	call_scratch(u, out, scratch);
}

void q_gemm_read(struct unit *u, const struct node *n, struct q_gemm *out)
{
	const int8_t *w = node_const(n, 1)->data;
	int8_t *rows;

	*out = (struct q_gemm){ 0 };
	params(u, n, &out->p);
	out->bound = out->p;
	params_bound(u, gemm_param_rows, gemm_param_count, &out->bound);
	rows = arena_array(u->arena, int8_t, (size_t)(out->p.n * out->p.k));
	for (dim j = 0; j < out->p.n; j++)
		for (dim k = 0; k < out->p.k; k++)
			rows[j * out->p.k + k] = w[k * out->p.w_row + j * out->p.w_col];
	out->w = rows;
	out->q = q_numbers(u, n, rows, out->p.n, out->p.k, out->p.x_zero);
}

void q_gemm_call(struct unit *u, const struct node *n, const struct q_gemm *c, const int8_t *w,
		 size_t w_size, const int32_t *q, size_t q_size, size_t scratch, struct call *out)
{
	call_params(u, out, "edgert_gemm", gemm_param_rows, gemm_param_count, &c->p);
	q_arguments(u, n, c->w4, w, w_size, q, q_size, scratch, out);
}

/* -- reference ------------------------------------------------------------------------- */

Q_ACCEPT_REF(gemm, , q_gemm_accept, struct edgert_gemm, true, "four columns at a time")
Q_ACCEPT_REF(gemm, w4, q_gemm_accept, struct edgert_gemm, q_fits_w4(n),
	     "four columns at a time, weights of 4 bits")

void build_gemm_q8_ref(struct unit *u, const struct node *n, const struct target *t,
		       struct call *out)
{
	struct q_gemm c;

	(void)t;
	q_gemm_read(u, n, &c);
	q_gemm_call(u, n, &c, c.w, node_const(n, 1)->size, c.q, (size_t)c.p.n * 2 * sizeof *c.q, 0,
		    out);
}

void build_gemm_q8w4_ref(struct unit *u, const struct node *n, const struct target *t,
			 struct call *out)
{
	struct q_gemm c;
	size_t size;
	const int8_t *w;

	(void)t;
	q_gemm_read(u, n, &c);
	c.w4 = true;
	w = q_folded(u, 1, c.w, node_const(n, 1)->size, &size);
	q_gemm_call(u, n, &c, w, size, c.q, (size_t)c.p.n * 2 * sizeof *c.q, 0, out);
}
