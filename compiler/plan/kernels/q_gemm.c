/* edgecc.QMatMul with constant weights as edgert_gemm. */
#include "q_numbers.h"

static bool params(struct unit *u, const struct node *n, struct edgert_gemm *p)
{
	const struct qmatmul_attrs *a = n->attrs;

	if (!gemm_params(u, n, p))
		return false;
	p->x_zero = a->x_zero;
	p->y_zero = a->out.zero;
	p->lo = a->out.lo;
	p->hi = a->out.hi;
	p->shift = a->out.shift;
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

void q_gemm_read(struct unit *u, const struct node *n, struct q_gemm *out)
{
	const int8_t *w = node_const(n, 1)->data;
	int8_t *rows;

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
	q_arguments(u, n, w, w_size, q, q_size, scratch, out);
}

/* -- reference ------------------------------------------------------------------------- */

Q_ACCEPT_REF(gemm, q_gemm_accept, struct edgert_gemm, "four columns at a time")

void build_gemm_q8_ref(struct unit *u, const struct node *n, const struct target *t,
		       struct call *out)
{
	struct q_gemm c;

	(void)t;
	q_gemm_read(u, n, &c);
	q_gemm_call(u, n, &c, c.w, node_const(n, 1)->size, c.q, (size_t)c.p.n * 2 * sizeof *c.q, 0,
		    out);
}
