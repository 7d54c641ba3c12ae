/* Mixed precision: the fewest layers with more bits that keep the loss within what the user allows.
 *
 * Layers are ranked by the error that each has alone. The first k of them get 16-bit tensors; k is
 * found by doubling and then halving, so a search over n layers builds about 2 log2(n) programs. If
 * all of them do not suffice, the same with layers that stay float. */
#include "quantize.h"

#include <math.h>

/* -- the search ------------------------------------------------------------------------------ */

struct search {
	struct job *j;
	const char *model;
	const struct samples *samples;
	const struct constant *labels;
	struct quant_plan *p;
	size_t *order, n; /* layers, the worst first */
	bool to_float;
};

static bool good_enough(const struct options *o, const struct quantize_quality *q)
{
	return (o->min_snr < 0 || q->snr >= o->min_snr) &&
	       (o->max_drop < 0 || q->top1_float - q->top1 <= o->max_drop);
}

/* The first k layers with more bits: *good, do they suffice? */
static bool try_layers(struct search *s, size_t k, bool *good)
{
	struct quantize_step step = { .layers = k, .to_float = s->to_float };

	quant_lower_all(s->p);
	for (size_t i = 0; i < k; i++)
		quant_raise(s->j->u, s->p, s->order[i], s->to_float);
	quant_choose(s->j->u, s->p);
	if (!quantize_measure(s->j, s->model, s->samples, s->labels, s->p, &step.quality))
		return false;
	vec_push(&s->j->arena, &s->j->search, step);
	*good = good_enough(s->j->o, &step.quality);
	return true;
}

/* The smallest k that suffices, when any does; the plan is left with it. */
static bool fewest(struct search *s, bool *found)
{
	size_t bad = 0, good = 1, last;

	*found = false;
	for (;; good = good * 2 < s->n ? good * 2 : s->n) {
		if (!try_layers(s, good, found))
			return false;
		if (*found || good == s->n)
			break;
		bad = good;
	}
	last = good;
	while (*found && good - bad > 1) {
		size_t middle = bad + (good - bad) / 2;
		bool enough;

		last = middle;
		if (!try_layers(s, middle, &enough))
			return false;
		*(enough ? &good : &bad) = middle;
	}
	if (!*found || last == good)
		return true;
	return try_layers(s, good, found);
}

bool quantize_search(struct job *j, const char *model, const struct samples *samples,
		     struct quant_plan *p)
{
	struct search s = { .j = j, .model = model, .samples = samples, .p = p };
	bool good;

	s.order = arena_array(&j->arena, size_t, p->layers.n);
	s.n = quant_rank(p, s.order);
	if (!quantize_load_labels(j, samples, &s.labels) || !try_layers(&s, 0, &good))
		return false;
	s.to_float = dtype_bits(p->config.form->weight) == 8 &&
		     p->config.form->activation != DT_I8; /* there is nothing between */
	if (!good && !fewest(&s, &good))
		return false;
	if (!good && !s.to_float) {
		s.to_float = true;
		if (!fewest(&s, &good))
			return false;
	}
	if (!good)
		diag_warning(&j->diag, NULL, "no mix of precisions is as good as asked for");
	return true;
}
