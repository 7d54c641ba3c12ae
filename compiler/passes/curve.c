/* Activations as segments of parabolas, for recurrences of integers: as long as they may be with the error that is
 * allowed, beginning anew at every corner, so that what consists of lines is exact. */
#include "recurrence.h"

#include <math.h>

#include "../../runtime/kernels/params.h"

/* -- activations ------------------------------------------------------------------------- */

void recurrence_activations(const struct node *n, struct activation *f)
{
	struct edgert_recurrence p;

	recurrent_settings(n, &p);
	for (int i = 0; i < recurrent_activations(n) * p.directions; i++)
		f[i] = (struct activation){ p.act[i], (double)p.alpha[i], (double)p.beta[i] };
}

double activation_of(const struct activation *f, double x)
{
	const double alpha = f->alpha, beta = f->beta;

	switch (f->kind) {
	case EDGERT_SIGMOID:
		return 1 / (1 + exp(-x));
	case EDGERT_TANH:
		return tanh(x);
	case EDGERT_RELU:
		return fmax(x, 0);
	case EDGERT_AFFINE:
		return alpha * x + beta;
	case EDGERT_LEAKY_RELU:
		return x < 0 ? alpha * x : x;
	case EDGERT_THRESHOLDED_RELU:
		return x < alpha ? 0 : x;
	case EDGERT_SCALED_TANH:
		return alpha * tanh(beta * x);
	case EDGERT_HARD_SIGMOID:
		return fmax(0, fmin(1, alpha * x + beta));
	case EDGERT_ELU:
		return x < 0 ? alpha * expm1(x) : x;
	case EDGERT_SOFTSIGN:
		return x / (1 + fabs(x));
	default: /* EDGERT_SOFTPLUS */
		return fmax(x, 0) + log1p(exp(-fabs(x)));
	}
}

int activation_corners(const struct activation *f, double *at)
{
	switch (f->kind) {
	case EDGERT_AFFINE:
		return 0;
	case EDGERT_THRESHOLDED_RELU:
		at[0] = f->alpha;
		return 1;
	case EDGERT_HARD_SIGMOID:
		if (f->alpha == 0)
			return 0;
		at[0] = -f->beta / f->alpha;
		at[1] = (1 - f->beta) / f->alpha;
		if (f->alpha < 0) {
			at[0] = at[1];
			at[1] = -f->beta / f->alpha;
		}
		return 2;
	default:
		at[0] = 0;
		return 1;
	}
}

/* -- segments ---------------------------------------------------------------------------- */

enum { MOST = (1 << 30) - 1 };

struct fitting {
	const struct activation *f;
	double from, to; /* units */
	double error;    /* in units of the result */
};

/* value + d * (slope + d * bend), d from `from` on */
struct segment {
	int64_t from;
	double value, slope, bend;
};

/* f of integers, saturated. */
static double value_at(const struct fitting *t, double v)
{
	return fmax(-MOST, fmin(MOST, activation_of(t->f, v * t->from) / t->to));
}

static double parabola_at(const struct segment *s, double d)
{
	return s->value + d * (s->slope + d * s->bend);
}

/* Through f at Chebyshev's three nodes between a and b. */
static struct segment through(const struct fitting *t, int64_t a, int64_t b)
{
	const double length = (double)(b - a), off = length * 0.5 * (1 - sqrt(0.75));
	const double x[] = { off, length / 2, length - off };
	double y[3], first, second;
	struct segment s = { .from = a };

	for (int i = 0; i < 3; i++)
		y[i] = value_at(t, (double)a + x[i]);
	s.value = y[0];
	if (b == a)
		return s;
	first = (y[1] - y[0]) / (x[1] - x[0]);
	second = (y[2] - y[1]) / (x[2] - x[1]);
	s.bend = (second - first) / (x[2] - x[0]);
	s.slope = first - s.bend * (x[0] + x[1]);
	s.value = y[0] - x[0] * (s.slope + x[0] * s.bend);
	return s;
}

struct deviation {
	double lo, hi;
};

static void deviate(const struct fitting *t, const struct segment *s, double d,
		    struct deviation *to)
{
	const double off = value_at(t, (double)s->from + d) - parabola_at(s, d);

	to->lo = fmin(to->lo, off);
	to->hi = fmax(to->hi, off);
}

/* The parabola from a to b, in the middle of what it deviates, at points that are the denser the nearer an end is:
 * does it deviate by no more than the error? */
static bool fit(const struct fitting *t, int64_t a, int64_t b, struct segment *s)
{
	enum { EVEN = 16, HALVES = 26 };
	const double length = (double)(b - a);
	struct deviation d = { 0, 0 };

	*s = through(t, a, b);
	for (int i = 0; i <= EVEN; i++)
		deviate(t, s, floor(length * i / EVEN), &d);
	for (int i = 1; i < HALVES; i++) {
		deviate(t, s, floor(ldexp(length, -i)), &d);
		deviate(t, s, length - floor(ldexp(length, -i)), &d);
	}
	s->value += (d.lo + d.hi) / 2;
	return (d.hi - d.lo) / 2 <= t->error;
}

/* The longest segment from a on, up to `last`; returns where it ends. */
static int64_t longest(const struct fitting *t, int64_t a, int64_t last, struct segment *s)
{
	int64_t good = a, bad = last + 1;

	for (int64_t length = 1; good < last && bad > last; length *= 2) {
		const int64_t next = a + length < last ? a + length : last;

		if (fit(t, a, next, s))
			good = next;
		else
			bad = next;
	}
	while (bad - good > 1) {
		const int64_t middle = good + (bad - good) / 2;

		if (fit(t, a, middle, s))
			good = middle;
		else
			bad = middle;
	}
	fit(t, a, good, s);
	return good;
}

/* -- integers ---------------------------------------------------------------------------- */

/* With which numbers up to `most` stay below 2^29. */
static int shift_for(double most)
{
	int e = 0;

	if (!(most > 0))
		return 0;
	frexp(most, &e); /* most < 2^e */
	return e > 29 ? 0 : e < -32 ? 61 : 29 - e;
}

static int32_t rounded(double v)
{
	return (int32_t)fmax(-MOST, fmin(MOST, nearbyint(v)));
}

static void emit(struct unit *u, const struct segment *s, size_t n, struct curve *out)
{
	double steepest = 0, bent = 0;
	int shift, bend;

	for (size_t i = 0; i < n; i++) {
		const double length = i + 1 < n ? (double)(s[i + 1].from - s[i].from) : 0;
		const double end = s[i].slope + 2 * length * s[i].bend;

		steepest = fmax(steepest, fmax(fabs(s[i].slope), fabs(end)));
	}
	shift = shift_for(steepest);
	for (size_t i = 0; i < n; i++)
		bent = fmax(bent, fabs(ldexp(s[i].bend, shift)));
	bend = shift_for(bent);
	vec_push(u->arena, out, (int32_t)n);
	vec_push(u->arena, out, shift);
	vec_push(u->arena, out, bend);
	for (size_t i = 0; i < n; i++) {
		vec_push(u->arena, out, (int32_t)s[i].from);
		vec_push(u->arena, out, rounded(s[i].value));
		vec_push(u->arena, out, rounded(ldexp(s[i].slope, shift)));
		vec_push(u->arena, out, rounded(ldexp(s[i].bend, shift + bend)));
	}
}

void curve_append(struct unit *u, const struct activation *f, int from, int to, double error,
		  struct curve *out)
{
	const struct fitting t = { f, ldexp(1, -from), ldexp(1, -to), fmax(ldexp(error, to), 0.5) };
	VEC(struct segment) all = { 0 };
	double corners[3];
	const int count = activation_corners(f, corners);
	int64_t a = -MOST;

	for (int i = 0; i <= count; i++) {
		const double corner = i < count ? ceil(ldexp(corners[i], from)) : MOST + 1.0;
		const int64_t end = (int64_t)fmax(-MOST, fmin(MOST + 1.0, corner));

		while (a < end) {
			struct segment s;

			a = longest(&t, a, end - 1, &s) + 1;
			vec_push(u->arena, &all, s);
		}
	}
	emit(u, all.p, all.n, out);
}
