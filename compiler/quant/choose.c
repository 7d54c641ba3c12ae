/* Scales and zero points of a plan's tensors, from their statistics. */
#include "build.h"
#include "matrix.h"

#include "../passes/rewrite.h"

#include <math.h>

static bool is_symmetric(const struct quant_plan *p, enum dtype t)
{
	return p->config.symmetric || dtype_bits(t) > 8;
}

static void choose_own(const struct quant_plan *p, struct quant_tensor *t)
{
	int levels = (1 << dtype_bits(t->type)) - 1;

	range_choose(t->stats, p->config.method, levels, is_symmetric(p, t->type), &t->range);
	if (t->least < t->most && t->stats->min >= t->least && t->stats->max <= t->most) {
		t->range.lo = fmax(t->range.lo, t->least);
		t->range.hi = fmin(t->range.hi, t->most);
	}
	params_of_range(&t->range, t->type, is_symmetric(p, t->type), &t->params);
}

/* Inputs of a Concat that use at least half of its result's range take that over: then it only
 * moves bytes. */
static void join_concat(struct quant_plan *p, const struct unit *u, struct quant_tensor *t)
{
	const struct node *concat = value_of(u, t->value)->uses.p[0];
	const struct quant_tensor *whole = quant_tensor_at(p, concat->out[0]);

	if (&p->tensors.p[t->like] != t || whole->type != t->type)
		return;
	if (t->range.hi - t->range.lo < (whole->range.hi - whole->range.lo) / 2)
		return;
	t->params = whole->params;
	t->range = whole->range;
}

/* Once: precisions that change later change little of it. */
static void finish_moments(const struct unit *u, struct quant_plan *p)
{
	for (size_t i = 0; i < p->layers.n; i++) {
		struct quant_layer *l = &p->layers.p[i];
		const struct node *n = value_of(u, l->output)->producer;
		const struct quant_tensor *x = quant_tensor_at(p, n->in[0]);
		double step = x ? (double)x->params.scale : 0;

		if (l->moments && !l->moments->finished)
			moments_finish(l->moments,
				       p->config.correct_bias && quant_is_correctable(n),
				       step * step / 12);
	}
}

void quant_choose(const struct unit *u, struct quant_plan *p)
{
	for (size_t i = 0; i < p->tensors.n; i++)
		if (p->tensors.p[i].like == i)
			choose_own(p, &p->tensors.p[i]);
	quant_spend(u, p);
	quant_widen_arguments(u, p);
	for (size_t i = 0; i < p->tensors.n; i++)
		if (p->tensors.p[i].like == i &&
		    p->tensors.p[i].params.type != p->tensors.p[i].type)
			choose_own(p, &p->tensors.p[i]);
	for (size_t i = 0; i < p->tensors.n; i++)
		if (p->tensors.p[i].joins)
			join_concat(p, u, &p->tensors.p[i]);
	for (size_t i = 0; i < p->tensors.n; i++) {
		struct quant_tensor *t = &p->tensors.p[i];

		t->params = p->tensors.p[t->like].params;
		t->range = p->tensors.p[t->like].range;
	}
	quant_spare_scores(u, p);
	finish_moments(u, p);
	quant_choose_eight(u, p);
}
