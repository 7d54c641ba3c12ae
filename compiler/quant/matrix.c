/* Weights of different operators as one kind of matrix. */
#include "matrix.h"

#include "../passes/rewrite.h"

bool quant_matrix_of(const struct node *n, struct quant_matrix *m)
{
	const struct constant *w = node_const(n, 1);

	if (!w || w->type != DT_F32 || shape_elements(&w->shape) == 0)
		return false;
	*m = (struct quant_matrix){ .w = w, .taps = 1, .groups = 1 };
	if (node_is(n, "Conv")) {
		m->out = w->shape.d[0];
		m->in = w->shape.d[1];
		m->taps = shape_elements(&w->shape) / m->out / m->in;
		m->groups = (int64_t)attr_number(n, "group");
		return true;
	}
	if (w->shape.rank != 2 || (!node_is(n, "Gemm") && !node_is(n, "MatMul")))
		return false;
	m->in_first = node_is(n, "MatMul") || attr_number(n, "transB") == 0;
	m->out = w->shape.d[m->in_first ? 1 : 0];
	m->in = w->shape.d[m->in_first ? 0 : 1];
	return true;
}

int64_t quant_matrix_at(const struct quant_matrix *m, int64_t o, int64_t i, int64_t t)
{
	return m->in_first ? i * m->out + o : (o * m->in + i) * m->taps + t;
}
