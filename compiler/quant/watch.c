/* What the samples' tensors tell: ranges, channels between layers, inputs of weights. */
#include "matrix.h"

#include "../passes/rewrite.h"

#include <math.h>

static bool all_finite(const struct constant *c, int64_t *at)
{
	int64_t n = shape_elements(&c->shape);

	for (*at = 0; *at < n; ++*at)
		if (!isfinite(constant_f64(c, *at)))
			return false;
	return true;
}

bool quant_weights_are_finite(const struct unit *u, const struct quant_plan *p)
{
	bool ok = true;

	for (size_t i = 0; i < p->layers.n; i++) {
		const struct node *n = value_of(u, p->layers.p[i].output)->producer;
		int64_t at;

		if (p->layers.p[i].kind != QUANT_WEIGHTED && p->layers.p[i].kind != QUANT_RECURRENT)
			continue;
		for (int k = 1; k < n->n_in && ok; k++) {
			const struct constant *c = node_const(n, k);

			if (c && dtype_is_float(c->type) && !all_finite(c, &at))
				ok = diag_error(u->diag, &n->loc,
						"element %lld of input %d, \"%s\", is %g",
						(long long)at, k,
						node_in(n, k)->name ? node_in(n, k)->name : "",
						constant_f64(c, at));
		}
	}
	return ok;
}

/* What a model adds to scores that shall not count may be infinite; its inputs may not, nor what
 * weights multiply or make. */
static bool may_be_infinite(const struct unit *u, const struct quant_plan *p, uint32_t value)
{
	for (size_t i = 0; i < p->layers.n; i++)
		if ((p->layers.p[i].kind == QUANT_WEIGHTED ||
		     p->layers.p[i].kind == QUANT_RECURRENT) &&
		    (p->layers.p[i].output == value ||
		     value_of(u, p->layers.p[i].output)->producer->in[0] == value))
			return false;
	return value_of(u, value)->producer && p->tensor_of[value];
}

bool quant_watch(struct unit *u, struct quant_plan *p, uint32_t value, const struct constant *c,
		 size_t n_samples, int64_t *at)
{
	uint32_t t = p->tensor_of[value];

	if (!may_be_infinite(u, p, value) && !all_finite(c, at))
		return false;
	if (t && !stats_add(p->tensors.p[t - 1].stats, c, at))
		return false;
	quant_pairs_add(p, value, c);
	for (size_t i = 0; i < p->layers.n; i++) {
		const struct node *n = value_of(u, p->layers.p[i].output)->producer;

		if (p->layers.p[i].moments && n->in[0] == value)
			moments_add(u, n, p->layers.p[i].moments, c, n_samples);
	}
	return true;
}

void quant_forget(const struct unit *u, struct quant_plan *p)
{
	struct quant_matrix m;

	for (size_t i = 0; i < p->tensors.n; i++)
		if (!value_of(u, p->tensors.p[i].value)->constant)
			*p->tensors.p[i].stats = (struct quant_stats){ 0 };
	for (size_t i = 0; i < p->layers.n; i++)
		if (p->layers.p[i].moments &&
		    quant_matrix_of(value_of(u, p->layers.p[i].output)->producer, &m))
			p->layers.p[i].moments = moments_new(p->arena, &m);
}
