/* What quantization loses, measured on the host; and mixed precision: the fewest layers with more
 * bits that keep the loss within what the user allows.
 *
 * Layers are ranked by the error that each has alone. The first k of them get 16-bit tensors; k is
 * found by doubling and then halving, so a search over n layers builds about 2 log2(n) programs. If
 * all of them do not suffice, the same with layers that stay float. */
#include "quantize.h"

#include <math.h>

/* -- measuring ------------------------------------------------------------------------------- */

static bool prepare_probe(struct unit *u, void *p)
{
	return quant_probe(u, p);
}

bool quantize_measure_layers(struct job *j, const char *model, const struct samples *s,
			     struct quant_plan *p)
{
	struct variant v;
	bool ok = variant_open(&v, j->o, model, s, prepare_probe, p);

	for (size_t i = 0; i < s->n && ok; i++) {
		struct arena a = { 0 };
		struct constant **out = arena_array(&a, struct constant *, v.j.u->main->outputs.n);

		ok = variant_run(&v, s, i, &a, out);
		if (ok)
			quant_probe_add(p, out);
		arena_free(&a);
	}
	variant_close(&v);
	return ok;
}

static bool prepare_pair(struct unit *u, void *p)
{
	return quant_pair(u, p);
}

static int64_t largest(const struct constant *c)
{
	int64_t best = 0, n = shape_elements(&c->shape);

	for (int64_t i = 1; i < n; i++)
		if (constant_f64(c, i) > constant_f64(c, best))
			best = i;
	return best;
}

static void add_errors(const struct constant *want, const struct constant *got, double *signal,
		       double *noise)
{
	int64_t n = shape_elements(&want->shape);

	for (int64_t i = 0; i < n && dtype_is_float(want->type); i++) {
		double x = constant_f64(want, i), d = x - constant_f64(got, i);

		*signal += x * x;
		*noise += d * d;
	}
}

/* Label number i as a position among the scores. */
static bool label_fits(struct job *j, const struct constant *labels, int64_t i,
		       const struct constant *scores, int64_t *out)
{
	int64_t n = shape_elements(&scores->shape);

	*out = constant_i64(labels, i);
	if (*out >= 0 && *out < n)
		return true;
	return diag_error(&j->diag, &(struct loc){ .file = j->o->labels },
			  "label %lld of sample %lld: the first output has %lld scores",
			  (long long)*out, (long long)i, (long long)n);
}

bool quantize_measure(struct job *j, const char *model, const struct samples *s,
		      const struct constant *labels, struct quant_plan *p,
		      struct quantize_quality *q)
{
	struct variant v;
	double signal = 0, noise = 0, right_float = 0, right = 0;
	int64_t label;
	bool ok = variant_open(&v, j->o, model, s, prepare_pair, p);
	size_t n = ok ? v.j.u->main->outputs.n / 2 : 0;

	for (size_t i = 0; i < s->n && ok; i++) {
		struct arena a = { 0 };
		struct constant **out = arena_array(&a, struct constant *, 2 * n);

		ok = variant_run(&v, s, i, &a, out);
		for (size_t k = 0; k < n && ok; k++)
			add_errors(out[k], out[n + k], &signal, &noise);
		if (ok && labels && label_fits(j, labels, (int64_t)i, out[0], &label)) {
			right_float += largest(out[0]) == label;
			right += largest(out[n]) == label;
		} else if (labels) {
			ok = false;
		}
		arena_free(&a);
	}
	variant_close(&v);
	*q = (struct quantize_quality){
		.snr = noise > 0 ? 10 * log10(signal / noise) : INFINITY,
		.top1_float = 100 * right_float / (double)s->n,
		.top1 = 100 * right / (double)s->n,
	};
	return ok;
}

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

/* One class for each sample, [n] or with axes of size 1. */
static bool check_labels(struct job *j, const struct samples *s, const struct constant *c)
{
	struct loc loc = { .file = j->o->labels };
	int64_t n = shape_elements(&c->shape), largest = 0;

	if (!dtype_is_int(c->type))
		return diag_error(&j->diag, &loc, "labels are integers, the file has %s",
				  dtype_name(c->type));
	for (int i = 0; i < c->shape.rank; i++)
		if (c->shape.d[i] > largest)
			largest = c->shape.d[i];
	if (n != (int64_t)s->n)
		return diag_error(&j->diag, &loc, "there are %zu samples, the file has %lld labels",
				  s->n, (long long)n);
	if (n > 1 && largest != n)
		return diag_error(&j->diag, &loc,
				  "labels of shape [%zu] are needed, the file has %s", s->n,
				  shape_text(j->u, &c->shape));
	return true;
}

static bool load_labels(struct job *j, const struct samples *s, const struct constant **out)
{
	struct test_value t = { 0 };

	*out = NULL;
	if (j->o->max_drop < 0)
		return true;
	if (!test_value_load(&j->arena, &j->diag, j->o->labels, NULL, &t))
		return false;
	*out = t.items.p[0];
	return check_labels(j, s, *out);
}

bool quantize_search(struct job *j, const char *model, const struct samples *samples,
		     struct quant_plan *p)
{
	struct search s = { .j = j, .model = model, .samples = samples, .p = p };
	bool good;

	s.order = arena_array(&j->arena, size_t, p->layers.n);
	s.n = quant_rank(p, s.order);
	if (!load_labels(j, samples, &s.labels) || !try_layers(&s, 0, &good))
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
