/* The vector LSTM and GRU against ONNX's formulas in double, with the C library's functions. */
#include <math.h>
#include <stdlib.h>

#include "compiler/plan/kernels/vec.h"
#include "tests/unit/unit.h"
#include "tests/unit/vec.h"

struct recurrent_case {
	const char *name;
	int gates; /* 4: LSTM, 3: GRU */
	int seq, batch, input, hidden, directions, reverse, before_reset;
	bool bias, lens, initial, no_y;
};

static const struct recurrent_case cases[] = {
	{ "lstm_8", 4, 5, 1, 4, 8, 1, 0, 0, 1, 0, 0, 0 },
	{ "lstm_no_bias", 4, 3, 1, 4, 16, 1, 0, 0, 0, 0, 0, 0 },
	{ "lstm_odd", 4, 15, 1, 7, 5, 1, 0, 0, 1, 0, 1, 0 },
	{ "lstm_long", 4, 30, 1, 3, 33, 1, 0, 0, 1, 0, 0, 0 },
	{ "lstm_reverse", 4, 14, 1, 3, 9, 1, 1, 0, 1, 0, 1, 0 },
	{ "lstm_both_directions", 4, 14, 2, 3, 9, 2, 0, 0, 1, 0, 1, 0 },
	{ "lstm_batch", 4, 13, 7, 6, 12, 1, 0, 0, 1, 0, 1, 0 },
	{ "lstm_lengths", 4, 6, 4, 6, 12, 2, 0, 0, 1, 1, 1, 0 },
	{ "lstm_last_state_only", 4, 6, 2, 6, 12, 1, 0, 0, 1, 0, 0, 1 },
	{ "gru_8", 3, 5, 1, 4, 8, 1, 0, 0, 1, 0, 0, 0 },
	{ "gru_before_reset", 3, 5, 1, 4, 8, 1, 0, 1, 1, 0, 1, 0 },
	{ "gru_before_reset_no_bias", 3, 5, 1, 4, 11, 1, 0, 1, 0, 0, 1, 0 },
	{ "gru_odd", 3, 15, 1, 7, 5, 1, 0, 0, 1, 0, 1, 0 },
	{ "gru_both_directions", 3, 14, 2, 3, 19, 2, 0, 1, 1, 0, 1, 0 },
	{ "gru_batch", 3, 13, 7, 6, 12, 1, 1, 0, 1, 0, 1, 0 },
	{ "gru_lengths", 3, 6, 4, 6, 12, 2, 0, 1, 1, 1, 1, 0 },
	{ "no_steps", 4, 0, 1, 6, 12, 1, 0, 0, 1, 0, 1, 0 },
};

struct recurrent_data {
	struct edgert_recurrence p;
	float *x, *w, *r, *b, *h0, *c0, *y, *y_h, *y_c;
	double *wanted, *wanted_h, *wanted_c;
	int32_t lens[8];
};

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* x W^T + h R^T + biases of gate g, unit j; `part` 1: x's, 2: h's, 3: both. */
static double gate(const struct recurrent_case *t, const struct recurrent_data *d, int dir, int g,
		   int j, const float *x, const double *h, int part)
{
	const int row = (dir * t->gates + g) * t->hidden + j;
	const float *b = d->b + dir * 2 * t->gates * t->hidden + g * t->hidden + j;
	double sum = 0;

	for (int k = 0; part & 1 && k < t->input; k++)
		sum += (double)x[k] * (double)d->w[row * t->input + k];
	for (int k = 0; part & 2 && k < t->hidden; k++)
		sum += h[k] * (double)d->r[row * t->hidden + k];
	if (t->bias && part & 1)
		sum += (double)b[0];
	if (t->bias && part & 2)
		sum += (double)b[t->gates * t->hidden];
	return sum;
}

static void lstm_step(const struct recurrent_case *t, const struct recurrent_data *d, int dir,
		      const float *x, double *h, double *c)
{
	double next[64];

	for (int j = 0; j < t->hidden; j++) {
		const double i = sigmoid(gate(t, d, dir, 0, j, x, h, 3));
		const double o = sigmoid(gate(t, d, dir, 1, j, x, h, 3));
		const double f = sigmoid(gate(t, d, dir, 2, j, x, h, 3));

		c[j] = f * c[j] + i * tanh(gate(t, d, dir, 3, j, x, h, 3));
		next[j] = o * tanh(c[j]);
	}
	for (int j = 0; j < t->hidden; j++)
		h[j] = next[j];
}

static void gru_step(const struct recurrent_case *t, const struct recurrent_data *d, int dir,
		     const float *x, double *h)
{
	double next[64], z[64], r[64], rh[64];

	for (int j = 0; j < t->hidden; j++) {
		z[j] = sigmoid(gate(t, d, dir, 0, j, x, h, 3));
		r[j] = sigmoid(gate(t, d, dir, 1, j, x, h, 3));
		rh[j] = r[j] * h[j];
	}
	for (int j = 0; j < t->hidden; j++) {
		const double e = t->before_reset ? gate(t, d, dir, 2, j, x, h, 1) +
							   r[j] * gate(t, d, dir, 2, j, x, h, 2)
						 : gate(t, d, dir, 2, j, x, rh, 3);

		next[j] = (1 - z[j]) * tanh(e) + z[j] * h[j];
	}
	for (int j = 0; j < t->hidden; j++)
		h[j] = next[j];
}

static void define(const struct recurrent_case *t, struct recurrent_data *d)
{
	for (int dir = 0; dir < t->directions; dir++)
		for (int n = 0; n < t->batch; n++) {
			const int length = t->lens ? d->lens[n] : t->seq,
				  state = (dir * t->batch + n) * t->hidden;
			double *h = d->wanted_h + state, *c = d->wanted_c + state;

			for (int j = 0; j < t->hidden; j++) {
				h[j] = t->initial ? (double)d->h0[state + j] : 0;
				c[j] = t->initial ? (double)d->c0[state + j] : 0;
			}
			for (int s = 0; s < length; s++) {
				const int at = dir == 1 || t->reverse ? length - 1 - s : s;
				const float *x = d->x + (at * t->batch + n) * t->input;
				double *y = d->wanted +
					    ((at * t->directions + dir) * t->batch + n) * t->hidden;

				if (t->gates == 4)
					lstm_step(t, d, dir, x, h, c);
				else
					gru_step(t, d, dir, x, h);
				for (int j = 0; j < t->hidden; j++)
					y[j] = h[j];
			}
		}
}

static float *reals(int n)
{
	float *p = vec_floats((size_t)n);

	for (int i = 0; i < n; i++)
		p[i] = vec_random(1000) / 1000;
	return p;
}

static struct recurrent_data prepare(const struct recurrent_case *t)
{
	const int states = t->directions * t->batch * t->hidden,
		  weights = t->directions * t->gates * t->hidden;
	struct recurrent_data d = { .p = { .seq = t->seq, .batch = t->batch, .input = t->input } };

	d.p.hidden = t->hidden;
	d.p.directions = t->directions;
	d.p.reverse = t->reverse;
	d.p.x_row = t->input;
	d.p.x_step = t->batch * t->input;
	d.p.h_row = t->hidden;
	d.p.h_dir = t->batch * t->hidden;
	d.p.y_row = t->hidden;
	d.p.y_dir = d.p.h_dir;
	d.p.y_step = t->directions * d.p.y_dir;
	d.p.linear_before_reset = t->before_reset;
	for (int i = 0; i < 6; i++)
		d.p.act[i] = i % (t->gates - 1) ? EDGERT_TANH : EDGERT_SIGMOID;
	d.x = reals(t->seq * t->batch * t->input);
	d.w = reals(weights * t->input);
	d.r = reals(weights * t->hidden);
	d.b = reals(2 * weights);
	d.h0 = reals(states);
	d.c0 = reals(states);
	for (int n = 0; n < 8; n++)
		d.lens[n] = (n * 5 + 3) % (t->seq + 1);
	d.y = vec_floats((size_t)(t->seq * states));
	d.y_h = vec_floats((size_t)states);
	d.y_c = vec_floats((size_t)states);
	d.wanted = calloc((size_t)(t->seq * states) + 1, sizeof *d.wanted);
	d.wanted_h = calloc((size_t)states, sizeof *d.wanted_h);
	d.wanted_c = calloc((size_t)states, sizeof *d.wanted_c);
	define(t, &d);
	return d;
}

static void release(struct recurrent_data *d)
{
	free(d->x);
	free(d->w);
	free(d->r);
	free(d->b);
	free(d->h0);
	free(d->c0);
	free(d->y);
	free(d->y_h);
	free(d->y_c);
	free(d->wanted);
	free(d->wanted_h);
	free(d->wanted_c);
}

static void expect(const float *y, const double *wanted, int n, const char *what)
{
	for (int i = 0; i < n; i++)
		if (!(fabs((double)y[i] - wanted[i]) <= 3e-5))
			ck_abort_msg("%s: element %d is %.9g, not %.9g", what, i, (double)y[i],
				     wanted[i]);
}

static void run(const struct recurrent_case *t, const struct vec_build *v, struct recurrent_data *d)
{
	const struct vec_machine m = vec_machine(v->lanes, v->registers);
	const int states = t->directions * t->batch * t->hidden;
	const int32_t *lens = t->lens ? d->lens : NULL;
	const float *h0 = t->initial ? d->h0 : NULL, *c0 = t->initial ? d->c0 : NULL;
	float *w, *r, *b, *y = t->no_y ? NULL : d->y, *scratch;

	ck_assert(recurrence_f32_vec_accept(&d->p, t->gates, false));
	ck_assert(recurrence_f32_vec_tile(&d->p, t->gates, t->lens, &m) >= 0);
	w = vec_floats((size_t)recurrence_f32_vec_w_size(&d->p, t->gates, &m));
	r = vec_floats((size_t)recurrence_f32_vec_r_size(&d->p, t->gates, &m));
	b = vec_floats((size_t)recurrence_f32_vec_b_size(&d->p, t->gates, &m));
	scratch = vec_floats((size_t)recurrence_f32_vec_scratch(&d->p, t->gates, t->lens, &m) / 4);
	recurrence_f32_vec_pack_w(&d->p, t->gates, &m, d->w, w);
	recurrence_f32_vec_pack_r(&d->p, t->gates, &m, d->r, r);
	recurrence_f32_vec_pack_b(&d->p, t->gates, &m, d->b, b);
	if (t->gates == 4)
		v->lstm(&d->p, d->x, w, r, t->bias ? b : NULL, lens, h0, c0, NULL, y, d->y_h,
			d->y_c, scratch);
	else
		v->gru(&d->p, d->x, w, r, t->bias ? b : NULL, lens, h0, y, d->y_h, scratch);
	if (y)
		expect(y, d->wanted, t->seq * states, "y");
	expect(d->y_h, d->wanted_h, states, "y_h");
	if (t->gates == 4)
		expect(d->y_c, d->wanted_c, states, "y_c");
	free(w);
	free(r);
	free(b);
	free(scratch);
}

START_TEST(recurrence_is_close)
{
	struct recurrent_data d;

	vec_seed(600 + _i);
	d = prepare(&cases[_i]);
	for (size_t k = 0; k < ARRAY_LEN(vec_builds); k++)
		run(&cases[_i], vec_builds[k], &d);
	release(&d);
}
END_TEST

START_TEST(other_forms_are_refused)
{
	struct edgert_recurrence p = { .directions = 1,
				       .act = { EDGERT_SIGMOID, EDGERT_TANH, EDGERT_TANH } };

	ck_assert(recurrence_f32_vec_accept(&p, 4, false));
	ck_assert(recurrence_f32_vec_accept(&p, 3, false));
	ck_assert(!recurrence_f32_vec_accept(&p, 4, true));
	p.clip = 1;
	ck_assert(!recurrence_f32_vec_accept(&p, 4, false));
	p.clip = 0;
	p.input_forget = 1;
	ck_assert(!recurrence_f32_vec_accept(&p, 4, false));
	p.input_forget = 0;
	p.act[2] = EDGERT_RELU;
	ck_assert(!recurrence_f32_vec_accept(&p, 4, false));
}
END_TEST

Suite *suite_vec_recurrent(void)
{
	const struct unit_test tests[] = {
		{ "recurrence_is_close", recurrence_is_close, ARRAY_LEN(cases) },
		{ "other_forms_are_refused", other_forms_are_refused, 0 },
	};

	return UNIT_SUITE("vec_recurrent", tests);
}
