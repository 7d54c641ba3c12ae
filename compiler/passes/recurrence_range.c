/* How far the states of a recurrence can go: intervals of every number of a step, computed step by step until they do
 * not grow any more, or the sequence ends. */
#include "range.h"
#include "recurrence.h"

#include <math.h>

#include "../../runtime/kernels/params.h"

/* Multiplications that the compiler spends on it at most, and what a function takes beside these. */
#define WORK_MOST 3e8
enum { FUNCTION_COST = 100 };

struct growth {
	const struct recurrence *r;
	const struct recurrent_attrs *attrs;
	const struct activation *f; /* of the direction */
	int64_t d, hidden;
	double most;
	struct range *inputs; /* what x and W's bias give each row */
	struct range *h, *c, *reset, *gates;
	struct recurrence_bounds *out;
};

/* -- intervals --------------------------------------------------------------------------- */

static struct range add(struct range a, struct range b)
{
	return (struct range){ a.lo + b.lo, a.hi + b.hi };
}

static struct range times(struct range a, double by)
{
	return by < 0 ? (struct range){ a.hi * by, a.lo * by }
		      : (struct range){ a.lo * by, a.hi * by };
}

static struct range hull(struct range a, struct range b)
{
	return (struct range){ fmin(a.lo, b.lo), fmax(a.hi, b.hi) };
}

static struct range multiply(struct range a, struct range b)
{
	return hull(hull(times(b, a.lo), times(b, a.hi)), times(b, a.lo));
}

static struct range bound(struct range a, double most)
{
	return (struct range){ fmax(-most, fmin(most, a.lo)), fmax(-most, fmin(most, a.hi)) };
}

static struct range noted(struct range a, double *most)
{
	*most = fmax(*most, fmax(fabs(a.lo), fabs(a.hi)));
	return a;
}

/* All that f makes of x: its extremes are at the ends or at a corner, beside which a jump leaves 0. */
static struct range activated(const struct activation *f, struct range x)
{
	double corners[3];
	const int count = activation_corners(f, corners);
	const double a = activation_of(f, x.lo), b = activation_of(f, x.hi);
	struct range y = { fmin(a, b), fmax(a, b) };

	for (int i = 0; i < count; i++)
		if (x.lo <= corners[i] && corners[i] <= x.hi) {
			const double v = activation_of(f, corners[i]);

			y = hull(y, (struct range){ v, v });
			if (f->kind == EDGERT_THRESHOLDED_RELU)
				y = hull(y, (struct range){ 0, 0 });
		}
	return y;
}

/* -- a step ------------------------------------------------------------------------------ */

static struct range input_of(const struct recurrence *r, int64_t d, int64_t row)
{
	const struct range x = {
		(double)(quantized_least(r->x.type) - r->x.zero) * (double)r->x.scale,
		(double)(quantized_most(r->x.type) - r->x.zero) * (double)r->x.scale
	};
	const int64_t n = r->wc->shape.d[2];
	const double bias = recurrence_bias(r, d, 0, row);
	struct range sum = { 0, 0 };

	for (int64_t k = 0; k < n; k++)
		sum = add(sum, times(x, (double)constant_i64(r->wc, (d * r->rows + row) * n + k)));
	return add(times(sum, recurrence_scale(&r->w, d, row)), (struct range){ bias, bias });
}

/* What states h and the other bias give element j of gate g. */
static struct range state_of(const struct growth *s, int g, int64_t j, const struct range *h)
{
	const struct recurrence *r = s->r;
	const int64_t row = g * s->hidden + j;
	const double bias = recurrence_bias(r, s->d, 1, row);
	struct range sum = { 0, 0 };

	for (int64_t k = 0; k < s->hidden; k++)
		sum = add(sum, times(h[k], (double)constant_i64(
						   r->rc, (s->d * r->rows + row) * s->hidden + k)));
	return add(times(sum, recurrence_scale(&r->r, s->d, row)), (struct range){ bias, bias });
}

static struct range sum_of(const struct growth *s, int g, int64_t j)
{
	return add(s->inputs[g * s->hidden + j], state_of(s, g, j, s->h));
}

/* Activation `which` of a sum, which is clipped. */
static struct range gate(const struct growth *s, int which, struct range sum, double *most)
{
	const double clip = (double)s->attrs->clip;

	noted(sum, most);
	return activated(&s->f[which], clip > 0 ? bound(sum, clip) : sum);
}

static struct range peeped(const struct growth *s, int which, int64_t j, struct range sum)
{
	const struct constant *p = node_const(s->r->n, P);

	if (!p)
		return sum;
	return add(sum, times(s->c[j], constant_f64(p, (s->d * 3 + which) * s->hidden + j)));
}

static struct range rest(struct range a)
{
	return (struct range){ 1 - a.hi, 1 - a.lo };
}

static void step_lstm(const struct growth *s, int64_t j, struct range *h, struct range *c)
{
	struct recurrence_bounds *b = s->out;
	const struct range i = gate(s, 0, peeped(s, 0, j, sum_of(s, 0, j)), &b->gate_sum);
	const struct range g = gate(s, 1, sum_of(s, 3, j), &b->new_sum);
	struct range f = rest(i), o;

	if (!s->attrs->input_forget)
		f = gate(s, 0, peeped(s, 2, j, sum_of(s, 2, j)), &b->gate_sum);
	noted(g, &b->cell);
	*c = bound(add(multiply(f, s->c[j]), multiply(i, g)), s->most);
	s->c[j] = hull(s->c[j], *c);
	o = gate(s, 0, peeped(s, 1, j, sum_of(s, 1, j)), &b->gate_sum);
	noted(i, &b->gate);
	noted(f, &b->gate);
	noted(o, &b->gate);
	*h = multiply(o, noted(activated(&s->f[2], *c), &b->state));
}

static void step_gru(const struct growth *s, int64_t j, struct range *h)
{
	struct recurrence_bounds *b = s->out;
	const struct range z = noted(gate(s, 0, sum_of(s, 0, j), &b->gate_sum), &b->gate);
	struct range sum = s->inputs[2 * s->hidden + j], g;

	if (s->attrs->linear_before_reset)
		sum = add(sum, multiply(s->gates[j], noted(state_of(s, 2, j, s->h), &b->new_sum)));
	else
		sum = add(sum, state_of(s, 2, j, s->reset));
	g = noted(gate(s, 1, sum, &b->new_sum), &b->state);
	noted(rest(z), &b->gate);
	*h = z.lo >= 0 && z.hi <= 1 ? hull(g, s->h[j])
				    : add(multiply(rest(z), g), multiply(z, s->h[j]));
}

/* Gates r, and r h. */
static void reset_gru(const struct growth *s)
{
	struct recurrence_bounds *b = s->out;

	for (int64_t j = 0; j < s->hidden; j++) {
		s->gates[j] = noted(gate(s, 0, sum_of(s, 1, j), &b->gate_sum), &b->gate);
		s->reset[j] = multiply(s->gates[j], s->h[j]);
		if (!s->attrs->linear_before_reset)
			s->reset[j] = bound(noted(s->reset[j], &b->state), s->most);
	}
}

static bool within(struct range a, struct range b)
{
	return a.lo >= b.lo && a.hi <= b.hi;
}

/* States and cells become the hull of what they were and what a step makes of them; false: nothing new. */
static bool step(const struct growth *s, struct range *next)
{
	bool grew = false;

	if (s->r->gates == 3)
		reset_gru(s);
	for (int64_t j = 0; j < s->hidden; j++) {
		const struct range before = s->c[j];
		struct range c = { 0, 0 };

		if (s->r->gates == 4)
			step_lstm(s, j, &next[j], &c);
		else if (s->r->gates == 3)
			step_gru(s, j, &next[j]);
		else
			next[j] = gate(s, 0, sum_of(s, 0, j), &s->out->new_sum);
		grew |= !within(c, before);
	}
	for (int64_t j = 0; j < s->hidden; j++) {
		next[j] = bound(next[j], s->most);
		grew |= !within(next[j], s->h[j]);
		s->h[j] = hull(s->h[j], next[j]);
		noted(s->h[j], &s->out->state);
		noted(s->c[j], &s->out->cell);
	}
	return grew;
}

/* -- a sequence -------------------------------------------------------------------------- */

/* Input k, a state, is 0, constant or quantized. */
static struct range initial(struct unit *u, const struct recurrence *r, int k)
{
	struct range x = { 0, 0 };

	if (node_in(r->n, k) && (k == H0 || r->gates == 4))
		range_of(u, r->n->in[k], &x);
	return hull(x, (struct range){ 0, 0 });
}

/* Of s's direction; false: it may grow to s->most. */
static bool bounds_of(struct unit *u, struct growth *s, int64_t steps)
{
	struct range *next = arena_array(u->arena, struct range, (size_t)s->hidden);
	bool grows = true;

	for (int64_t i = 0; i < s->r->rows; i++)
		s->inputs[i] = input_of(s->r, s->d, i);
	for (int64_t j = 0; j < s->hidden; j++) {
		s->h[j] = bound(initial(u, s->r, H0), s->most);
		s->c[j] = bound(initial(u, s->r, C0), s->most);
	}
	for (int64_t t = 0; t < steps && grows; t++) {
		const double work =
			(double)t * (double)s->r->rows * (double)(s->hidden + FUNCTION_COST);

		if (work > WORK_MOST) { /* as if it went on for ever */
			for (int64_t j = 0; j < s->hidden; j++)
				s->h[j] = s->c[j] = (struct range){ -s->most, s->most };
			step(s, next);
			break;
		}
		grows = step(s, next);
	}
	return fmax(s->out->state, s->out->cell) < s->most;
}

bool recurrence_bounds(struct unit *u, const struct recurrence *r, double most,
		       struct recurrence_bounds *out)
{
	const struct recurrent_attrs *a = r->n->attrs;
	const int64_t hidden = r->rows / r->gates;
	const int64_t steps = dim_hi(u, node_in(r->n, 0)->shape.d[a->layout ? 1 : 0]);
	const int kinds = recurrent_activations(r->n);
	struct activation f[6];
	struct growth s = { .r = r, .attrs = a, .hidden = hidden, .most = most, .out = out };
	bool bounded = true;

	*out = (struct recurrence_bounds){ 0 };
	recurrence_activations(r->n, f);
	s.inputs = arena_array(u->arena, struct range, (size_t)r->rows);
	s.h = arena_array(u->arena, struct range, (size_t)hidden);
	s.c = arena_array(u->arena, struct range, (size_t)hidden);
	s.reset = arena_array(u->arena, struct range, (size_t)hidden);
	s.gates = arena_array(u->arena, struct range, (size_t)hidden);
	for (s.d = 0; s.d < r->dirs; s.d++) {
		s.f = f + s.d * kinds;
		bounded &= bounds_of(u, &s, steps);
	}
	return bounded;
}
