/* Cross-layer equalization (Nagel et al., "Data-free quantization through weight equalization and
 * bias correction", 2019): between two layers with weights each channel is scaled by a factor of
 * its own, which changes nothing in reals, so that one scale for all channels suits them.
 *
 *	f(W1 x + b1) then W2    =>    f((W1 x + b1) / s) then W2 s
 *
 * What stands between has to be homogeneous: f(x / s) = f(x) / s for s > 0, channel by channel.
 * That of Relu, LeakyRelu, pools; not Clip's, whose upper bound is one for all channels.
 *
 * s = m^a W^-b, m a channel's largest activation, W its largest weight in W2. a and b are those
 * with which the second layer has the least error by the model of roundings that are uniformly
 * distributed and independent:
 *
 *	error = step_x^2 / 12 sum_c s_c^2 sum |W2[., c]|^2 + sum_o step_o^2 / 12 sum_c E[x_c^2] / s_c^2
 *
 * Scales of W1 go by its output channels, so its own error stays as it is. */
#include "build.h"
#include "matrix.h"

#include "../passes/rewrite.h"

#include <math.h>
#include <string.h>

/* No channel gains more than this: samples that were not seen may use it more than those that
 * were. */
#define MOST_GAIN 16.0
/* Equalization has to take at least this much of the error. */
#define WORTH 0.8

/* The channel of x, of `channels`, that input i of output o reads. */
static int64_t channel_of(const struct quant_matrix *l, int64_t channels, int64_t o, int64_t i)
{
	int64_t input = o / (l->out / l->groups) * l->in + i;

	return input / (l->in * l->groups / channels);
}

/* -- pairs --------------------------------------------------------------------------------------- */

/* Of rank 2 with what was axis 1 and all behind it along axis 1. */
static bool flattens(const struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape, *y = &node_out(n, 0)->shape;

	return x->rank >= 2 && y->rank == 2 && x->d[0] == y->d[0];
}

static bool is_homogeneous(const struct node *n)
{
	static const char *const always[] = { "Relu",        "LeakyRelu",         "MaxPool",
					      "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
					      "Identity" };
	bool folded[RANK_MAX];

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (node_is(n, always[i]))
			return n->n_out == 1;
	if (node_is(n, "ReduceMean"))
		return reduced_axes(n, folded) && !folded[0] && !folded[1];
	return (node_is(n, "Flatten") || node_is(n, "Reshape")) && flattens(n);
}

/* The layer with weights that alone reads what `from` makes, through homogeneous nodes. */
static const struct node *next_layer(const struct node *from)
{
	for (const struct node *n = from;;) {
		const struct value *y = node_out(n, 0);

		if (!used_once(y) || y->shape.rank < 2)
			return NULL;
		n = sole_user(y);
		if (!n || n->graph != from->graph || n->in[0] != y->id)
			return NULL;
		if (!is_homogeneous(n))
			return n;
	}
}

static bool has_plain_bias(const struct node *n, int64_t channels)
{
	const struct constant *b = node_const(n, 2);

	return !node_in(n, 2) ||
	       (b && b->type == DT_F32 && b->shape.rank == 1 && b->shape.d[0] == channels);
}

static bool is_weighted(const struct quant_plan *p, uint32_t output)
{
	for (size_t i = 0; i < p->layers.n; i++)
		if (p->layers.p[i].output == output)
			return p->layers.p[i].kind == QUANT_WEIGHTED;
	return false;
}

void quant_find_pairs(const struct unit *u, struct quant_plan *p)
{
	for (size_t i = 0; i < p->layers.n && p->config.form->scheme == QUANT_STATIC; i++) {
		const struct node *n = value_of(u, p->layers.p[i].output)->producer, *to;
		struct quant_pair_of_layers pair = { .from = n->out[0] };
		struct quant_matrix a, b;

		if (p->layers.p[i].kind != QUANT_WEIGHTED || node_is(n, "MatMul") ||
		    !quant_matrix_of(n, &a) || !has_plain_bias(n, a.out))
			continue;
		to = next_layer(n);
		if (!to || !to->n_out || !is_weighted(p, to->out[0]) || !quant_matrix_of(to, &b) ||
		    b.in * b.groups % a.out || node_in(to, 0)->shape.d[1] != b.in * b.groups ||
		    (node_is(to, "MatMul") && node_in(to, 0)->shape.rank != 2))
			continue;
		pair.to = to->out[0];
		pair.x = to->in[0];
		pair.channels = a.out;
		pair.most = arena_array(p->arena, double, (size_t)a.out);
		pair.power = arena_array(p->arena, double, (size_t)a.out);
		vec_push(p->arena, &p->pairs, pair);
	}
}

void quant_pairs_add(struct quant_plan *p, uint32_t value, const struct constant *c)
{
	int64_t inner = 1, n = shape_elements(&c->shape);

	for (int i = 2; i < c->shape.rank; i++)
		inner *= c->shape.d[i];
	for (size_t k = 0; k < p->pairs.n; k++) {
		struct quant_pair_of_layers *pair = &p->pairs.p[k];
		int64_t each;

		if (pair->x != value || n == 0)
			continue;
		each = c->shape.d[1] / pair->channels;
		for (int64_t i = 0; i < n; i++) {
			int64_t channel = i / inner % c->shape.d[1] / each;
			double v = constant_f64(c, i);

			pair->most[channel] = fmax(pair->most[channel], fabs(v));
			pair->power[channel] += v * v / (double)(n / pair->channels);
		}
		pair->samples++;
	}
}

/* -- factors ------------------------------------------------------------------------------------ */

/* Per channel of x: the largest and the sum of squares of W2's weights. */
static void read_weights(const struct quant_pair_of_layers *pair, const struct quant_matrix *l,
			 double *most, double *squares)
{
	for (int64_t o = 0; o < l->out; o++)
		for (int64_t i = 0; i < l->in; i++)
			for (int64_t t = 0; t < l->taps; t++) {
				int64_t c = channel_of(l, pair->channels, o, i);
				double w = constant_f64(l->w, quant_matrix_at(l, o, i, t));

				most[c] = fmax(most[c], fabs(w));
				squares[c] += w * w;
			}
}

/* The error of the second layer's sums, in units of 1/12. */
static double error_with(const struct quant_pair_of_layers *pair, const struct quant_matrix *l,
			 const double *squares, double x_levels, double w_levels, const double *s)
{
	double range = 0, error = 0;

	for (int64_t c = 0; c < pair->channels; c++)
		range = fmax(range, pair->most[c] / s[c]);
	for (int64_t c = 0; c < pair->channels; c++)
		error += squares[c] * s[c] * s[c] * (range / x_levels) * (range / x_levels);
	for (int64_t o = 0; o < l->out; o++) {
		double step = 0, power = 0;

		for (int64_t i = 0; i < l->in; i++) {
			int64_t c = channel_of(l, pair->channels, o, i);

			for (int64_t t = 0; t < l->taps; t++)
				step = fmax(step,
					    fabs(constant_f64(l->w, quant_matrix_at(l, o, i, t))) *
						    s[c]);
			power += pair->power[c] / (double)pair->samples / (s[c] * s[c]) *
				 (double)l->taps;
		}
		error += power * (step / w_levels) * (step / w_levels);
	}
	return error;
}

/* m^a W^-b, the largest of it 1, none below 1 / MOST_GAIN. */
static void factors(const struct quant_pair_of_layers *pair, const double *w_most, double a,
		    double b, double *s)
{
	double most = 0;

	for (int64_t c = 0; c < pair->channels; c++) {
		bool used = pair->most[c] > 0 && w_most[c] > 0;

		s[c] = used ? pow(pair->most[c], a) * pow(w_most[c], -b) : 0;
		most = fmax(most, s[c]);
	}
	for (int64_t c = 0; c < pair->channels; c++)
		s[c] = most > 0 ? fmax(s[c] / most, 1 / MOST_GAIN) : 1;
}

static void choose(struct quant_plan *p, struct quant_pair_of_layers *pair,
		   const struct quant_matrix *l)
{
	enum { STEPS = 4 };
	size_t n = (size_t)pair->channels;
	double *w_most = arena_array(p->arena, double, n),
	       *squares = arena_array(p->arena, double, n), *s = arena_array(p->arena, double, n),
	       *best = arena_array(p->arena, double, n),
	       x_levels = ldexp(1, (int)dtype_bits(p->config.form->activation)) - 1,
	       w_levels = ldexp(1, (int)dtype_bits(p->config.form->weight) - 1) - 1, least;

	read_weights(pair, l, w_most, squares);
	factors(pair, w_most, 0, 0, s);
	least = WORTH * error_with(pair, l, squares, x_levels, w_levels, s);
	for (int i = 1; i < (STEPS + 1) * (STEPS + 1); i++) {
		double error;

		factors(pair, w_most, (double)(i % (STEPS + 1)) / STEPS,
			(double)(i / (STEPS + 1)) / STEPS, s);
		error = error_with(pair, l, squares, x_levels, w_levels, s);
		if (error < least) {
			least = error;
			pair->factor = best;
			memcpy(best, s, n * sizeof *s);
		}
	}
}

size_t quant_choose_factors(const struct unit *u, struct quant_plan *p)
{
	size_t chosen = 0;

	for (size_t k = 0; k < p->pairs.n; k++) {
		struct quant_pair_of_layers *pair = &p->pairs.p[k];
		struct quant_matrix l;

		if (pair->samples && quant_matrix_of(value_of(u, pair->to)->producer, &l))
			choose(p, pair, &l);
		chosen += pair->factor != NULL;
	}
	return chosen;
}

/* -- the weights --------------------------------------------------------------------------------- */

/* Input k of n becomes c, whose elements are those of l.w, each times what it is multiplied by. */
static void scale_weights(struct unit *u, struct node *n, const struct quant_pair_of_layers *pair,
			  bool first)
{
	struct quant_matrix l;
	float *to;
	void *data;
	struct constant *c;

	if (!quant_matrix_of(n, &l))
		unreachable("weights of another form than when the plan was made");
	c = constant_new(u->arena, DT_F32, &l.w->shape, &data);
	to = data;
	for (int64_t o = 0; o < l.out; o++)
		for (int64_t i = 0; i < l.in; i++)
			for (int64_t t = 0; t < l.taps; t++) {
				int64_t k = quant_matrix_at(&l, o, i, t);
				double s =
					first ? 1 / pair->factor[o]
					      : pair->factor[channel_of(&l, pair->channels, o, i)];

				to[k] = (float)(constant_f64(l.w, k) * s);
			}
	node_set_input(n, 1, quant_constant(n->graph, quant_name(node_in(n, 1)), "equalized", c));
}

static void scale_bias(struct unit *u, struct node *n, const struct quant_pair_of_layers *pair)
{
	const struct constant *b = node_const(n, 2);
	struct constant *c;
	void *data;

	if (!b)
		return;
	c = constant_new(u->arena, DT_F32, &b->shape, &data);
	for (int64_t o = 0; o < pair->channels; o++)
		((float *)data)[o] = (float)(constant_f64(b, o) / pair->factor[o]);
	node_set_input(n, 2, quant_constant(n->graph, quant_name(node_in(n, 2)), "equalized", c));
}

void quant_equalize(struct unit *u, const struct quant_plan *p)
{
	for (size_t k = 0; k < p->pairs.n; k++) {
		const struct quant_pair_of_layers *pair = &p->pairs.p[k];
		struct node *from = value_of(u, pair->from)->producer,
			    *to = value_of(u, pair->to)->producer;

		if (!pair->factor)
			continue;
		scale_weights(u, from, pair, true);
		scale_bias(u, from, pair);
		scale_weights(u, to, pair, false);
	}
}
