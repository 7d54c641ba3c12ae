/* What quantization loses, measured on the host: by layer, and of the whole model. */
#include "quantize.h"

#include <math.h>
#include <string.h>

/* -- layers ---------------------------------------------------------------------------------- */

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

/* -- labels ---------------------------------------------------------------------------------- */

bool quantize_load_labels(struct job *j, const struct samples *s, const struct constant **out)
{
	struct loc loc = { .file = j->o->labels };
	struct test_value t = { 0 };
	int64_t n;

	*out = NULL;
	if (j->o->max_drop < 0)
		return true;
	if (!test_value_load(&j->arena, &j->diag, j->o->labels, NULL, &t))
		return false;
	*out = t.items.p[0];
	n = shape_elements(&(*out)->shape);
	if (!dtype_is_int((*out)->type))
		return diag_error(&j->diag, &loc, "labels are integers, the file has %s",
				  dtype_name((*out)->type));
	if (n == 0 || n % (int64_t)s->n || (*out)->shape.rank == 0)
		return diag_error(&j->diag, &loc, "there are %zu samples, the file has %lld labels",
				  s->n, (long long)n);
	return true;
}

/* Of what a sample's answers are read: the largest element along an axis of an output is a class,
 * or its integers are. */
struct answers {
	size_t output;
	int64_t inner, classes; /* elements behind the axis, and along it; 1 of integers */
};

/* Without axes of size 1 and without axis `without`. */
static int squeezed(const struct shape *s, int from, int without, dim *out)
{
	int n = 0;

	for (int i = from; i < s->rank; i++)
		if (i != without && s->d[i] != 1)
			out[n++] = s->d[i];
	return n;
}

/* The output, and its axis, without which it has the shape of a sample's labels. */
static bool find_answers(struct constant *const *out, size_t n_out, const struct constant *labels,
			 size_t n_samples, struct answers *a)
{
	struct shape want = labels->shape;
	dim d[RANK_MAX], e[RANK_MAX];
	int n;

	if (want.d[0] % (int64_t)n_samples)
		return false;
	want.d[0] /= (int64_t)n_samples;
	n = squeezed(&want, 0, -1, d);
	for (size_t k = 0; k < n_out; k++) {
		const struct shape *s = &out[k]->shape;
		bool real = dtype_is_float(out[k]->type);

		*a = (struct answers){ k, 1, 1 };
		for (int axis = real ? s->rank - 1 : -1; axis >= (real ? 0 : -1); axis--) {
			a->classes = real ? s->d[axis] : 1;
			if ((!real || a->classes > 1) && squeezed(s, 0, axis, e) == n &&
			    memcmp(d, e, (size_t)n * sizeof *d) == 0)
				return real || dtype_is_int(out[k]->type);
			a->inner *= a->classes;
		}
	}
	return false;
}

/* The answer at a position of the output. */
static int64_t answer(const struct answers *a, const struct constant *c, int64_t position)
{
	int64_t at = position / a->inner * a->inner * a->classes + position % a->inner, best = 0;

	if (!dtype_is_float(c->type))
		return constant_i64(c, at);
	for (int64_t i = 1; i < a->classes; i++)
		if (constant_f64(c, at + i * a->inner) > constant_f64(c, at + best * a->inner))
			best = i;
	return best;
}

struct score {
	double counted, right_float, right;
	size_t output; /* that the labels fit */
};

static bool no_class(struct job *j, int64_t label, size_t sample, const struct answers *a)
{
	return diag_error(&j->diag, &(struct loc){ .file = j->o->labels },
			  "label %lld of sample %zu: output %zu has %lld scores", (long long)label,
			  sample, a->output, (long long)a->classes);
}

/* Sample i. Where it has several, labels below 0 (of padding, say) do not count. */
static bool add_answers(struct job *j, struct constant *const *out, size_t n_out,
			const struct constant *labels, size_t i, size_t n_samples,
			struct score *score)
{
	int64_t positions = shape_elements(&labels->shape) / (int64_t)n_samples;
	struct answers a;

	if (!find_answers(out, n_out, labels, n_samples, &a))
		return diag_error(&j->diag, &(struct loc){ .file = j->o->labels },
				  "labels of %zu samples are %s, no output has an axis of classes "
				  "for each of them: output 0 is %s",
				  n_samples, shape_text(j->u, &labels->shape),
				  shape_text(j->u, &out[0]->shape));
	score->output = a.output;
	for (int64_t k = 0; k < positions; k++) {
		int64_t want = constant_i64(labels, (int64_t)i * positions + k);

		if (want < 0 && positions > 1)
			continue;
		if (dtype_is_float(out[a.output]->type) && (want < 0 || want >= a.classes))
			return no_class(j, want, i, &a);
		score->counted++;
		score->right_float += answer(&a, out[a.output], k) == want;
		score->right += answer(&a, out[n_out + a.output], k) == want;
	}
	return true;
}

/* -- the model ------------------------------------------------------------------------------- */

static bool prepare_pair(struct unit *u, void *p)
{
	return quant_pair(u, p);
}

/* Sums over all samples of an output. */
struct power {
	double signal, noise;
};

/* Infinities that are the same are no noise. */
static void add_errors(const struct constant *want, const struct constant *got, struct power *p)
{
	int64_t n = shape_elements(&want->shape);

	for (int64_t i = 0; i < n && dtype_is_float(want->type); i++) {
		double x = constant_f64(want, i), y = constant_f64(got, i);

		if (isinf(x) && x == y)
			continue;
		p->signal += x * x;
		p->noise += (x - y) * (x - y);
	}
}

/* Of the output that has least. */
static double least_snr(const struct power *p, size_t n)
{
	double least = INFINITY;

	for (size_t k = 0; k < n; k++)
		if (p[k].noise > 0)
			least = fmin(least, 10 * log10(p[k].signal / p[k].noise));
	return least;
}

static double percent(double part, double of)
{
	return of > 0 ? 100 * part / of : 0;
}

bool quantize_measure(struct job *j, const char *model, const struct samples *s,
		      const struct constant *labels, struct quant_plan *p,
		      struct quantize_quality *q)
{
	struct variant v;
	struct score score = { 0 };
	bool ok = variant_open(&v, j->o, model, s, prepare_pair, p);
	size_t n = ok ? v.j.u->main->outputs.n / 2 : 0;
	struct power *power = arena_array(&j->arena, struct power, n);

	for (size_t i = 0; i < s->n && ok; i++) {
		struct arena a = { 0 };
		struct constant **out = arena_array(&a, struct constant *, 2 * n);

		ok = variant_run(&v, s, i, &a, out);
		for (size_t k = 0; k < n && ok; k++)
			add_errors(out[k], out[n + k], &power[k]);
		ok = ok && (!labels || add_answers(j, out, n, labels, i, s->n, &score));
		arena_free(&a);
	}
	variant_close(&v);
	*q = (struct quantize_quality){
		.snr = least_snr(power, n),
		.top1_float = percent(score.right_float, score.counted),
		.top1 = percent(score.right, score.counted),
		.judged = score.output,
	};
	return ok;
}
