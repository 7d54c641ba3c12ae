/* Every set's LSTM, GRU and RNN of integers: bit for bit what the reference gives, which variations.tap holds
 * against ONNX Runtime. Scratch and packed weights have exactly the bytes that are needed. */
#include "recurrent_q.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const struct {
	const char *name;
	int gates;
	enum rq_type type;
	int seq, batch, input, hidden, directions;
	int x_shift, h_shift;
	bool reverse, before_reset, input_forget, clip, lens, states, peepholes;
} cases[] = {
	{ "lstm", 4, RQ_S8, 5, 1, 16, 16, 1, -8, -2, .states = true },
	{ "lstm_u8_of_one", 4, RQ_U8, 3, 1, 1, 1, 1, -8, -2 },
	{ "lstm_s16_odd", 4, RQ_S16, 4, 2, 5, 7, 1, -1, -2, .states = true },
	{ "lstm_both_ways", 4, RQ_S8, 6, 3, 19, 9, 2, -8, 0, .lens = true, .clip = true },
	{ "lstm_peepholes", 4, RQ_U8, 4, 1, 33, 31, 1, -7, 1, .states = true, .peepholes = true },
	{ "lstm_forgets_input", 4, RQ_S8, 4, 1, 8, 24, 1, -8, -2, .input_forget = true,
	  .reverse = true },
	{ "lstm_saturates", 4, RQ_S8, 3, 1, 17, 12, 1, -20, -18, .states = true },
	{ "lstm_small_factors", 4, RQ_S8, 3, 1, 17, 12, 1, 9, 6, .states = true },
	{ "gru", 3, RQ_U8, 5, 2, 12, 20, 1, -8, -2, .states = true },
	{ "gru_before_reset", 3, RQ_S8, 5, 1, 3, 13, 2, -8, -2, .before_reset = true,
	  .clip = true },
	{ "gru_s16", 3, RQ_S16, 3, 1, 40, 6, 1, -1, -2, .lens = true },
	{ "rnn", 1, RQ_S8, 5, 2, 7, 18, 2, -8, -2, .states = true },
	{ "rnn_u8", 1, RQ_U8, 3, 1, 16, 5, 1, -8, -2, .clip = true },
};

static unsigned seed;

static int number(int lo, int hi)
{
	seed = seed * 1664525 + 1013904223;
	return lo + (int)(seed >> 8) % (hi - lo + 1);
}

static void *room(size_t size)
{
	void *p = calloc(1, size + 1);

	ck_assert_ptr_nonnull(p);
	return p;
}

static int up(int n, int to)
{
	return (n + to - 1) / to * to;
}

/* w [matrices][hidden][k] as the set reads it. */
static int8_t *packed(const struct rq_build *b, const int8_t *w, int matrices, int hidden, int k)
{
	const int rows = up(hidden, b->many), width = up(k, b->run);
	int8_t *to = room((size_t)(matrices * rows * width));

	for (int m = 0; m < matrices; m++)
		for (int j = 0; j < hidden; j++)
			for (int i = 0; i < k; i++) {
				const int lane = i % b->run;
				const int swapped = lane % 4 == 1   ? lane + 1
						    : lane % 4 == 2 ? lane - 1
								    : lane;

				to[m * rows * width + j / b->many * b->many * width +
				   i / b->run * b->run * b->many + j % b->many * b->run +
				   (b->pairs ? swapped : lane)] = w[(m * hidden + j) * k + i];
			}
	return to;
}

struct data {
	struct rq_call call;
	int8_t *w, *r, *x;
	int32_t *q, *lens, *c0, *peepholes;
	int16_t *h0, *table;
	size_t y, y_h; /* elements */
};

static void fill_table(int16_t *table)
{
	for (int i = 0; i < 513; i++)
		table[i] = (int16_t)fmin(32767, nearbyint(tanh(i / 64.0) * 32768));
}

static struct data prepare(int row)
{
	const int seq = cases[row].seq, batch = cases[row].batch, input = cases[row].input;
	const int hidden = cases[row].hidden, dirs = cases[row].directions;
	const int rows = dirs * cases[row].gates * hidden;
	struct data d = { .y = (size_t)(seq * dirs * batch * hidden),
			  .y_h = (size_t)(dirs * batch * hidden) };

	seed = (unsigned)row + 1;
	d.w = room((size_t)(rows * input));
	d.r = room((size_t)(rows * hidden));
	d.x = room((size_t)(2 * seq * batch * input));
	d.q = room((size_t)rows * 5 * sizeof *d.q);
	d.lens = room((size_t)batch * sizeof *d.lens);
	d.c0 = room(d.y_h * sizeof *d.c0);
	d.h0 = room(d.y_h * sizeof *d.h0);
	d.peepholes = room((size_t)(dirs * 3 * hidden) * sizeof *d.peepholes);
	d.table = room(513 * sizeof *d.table);
	fill_table(d.table);
	for (int i = 0; i < rows * input; i++)
		d.w[i] = (int8_t)number(-127, 127);
	for (int i = 0; i < rows * hidden; i++)
		d.r[i] = (int8_t)number(-127, 127);
	for (int i = 0; i < 2 * seq * batch * input; i++)
		d.x[i] = (int8_t)number(-128, 127);
	for (int i = 0; i < rows * 5; i++) { /* [gate][5][hidden] */
		const int what = i / hidden % 5;

		d.q[i] = what == 0  ? number(-30000, 30000)
			 : what < 3 ? number(1, INT32_MAX / 512) * 256
				    : number(-2000000, 2000000);
	}
	for (int i = 0; i < batch; i++)
		d.lens[i] = i == 0 ? seq + 1 : number(0, seq);
	for (size_t i = 0; i < d.y_h; i++) {
		d.h0[i] = (int16_t)number(-32768, 32767);
		d.c0[i] = number(-8000000, 8000000);
	}
	for (int i = 0; i < dirs * 3 * hidden; i++)
		d.peepholes[i] = number(-2000000, 2000000);
	d.call = (struct rq_call){
		.p = { .seq = seq,
		       .batch = batch,
		       .input = input,
		       .hidden = hidden,
		       .directions = dirs,
		       .reverse = cases[row].reverse,
		       .x_step = batch * input,
		       .x_row = input,
		       .y_step = dirs * batch * hidden,
		       .y_dir = batch * hidden,
		       .y_row = hidden,
		       .h_dir = batch * hidden,
		       .h_row = hidden,
		       .x_shift = cases[row].x_shift,
		       .h_shift = cases[row].h_shift,
		       .input_forget = cases[row].input_forget,
		       .linear_before_reset = cases[row].before_reset,
		       .clip = cases[row].clip ? 1 << 19 : 0 },
		.gates = cases[row].gates,
		.type = cases[row].type,
		.x = d.x,
		.q = d.q,
		.lens = cases[row].lens ? d.lens : NULL,
		.h0 = cases[row].states ? d.h0 : NULL,
		.c0 = cases[row].states ? d.c0 : NULL,
		.table = d.table,
		.peepholes = cases[row].peepholes ? d.peepholes : NULL,
	};
	return d;
}

/* Y, Y_h and Y_c, one behind the other. */
static int32_t *results(const struct data *d, const struct rq_build *b, int row)
{
	const int hidden = cases[row].hidden, input = cases[row].input;
	const int matrices = cases[row].directions * cases[row].gates;
	struct rq_call c = d->call;
	int8_t *w = packed(b, d->w, matrices, hidden, input);
	int8_t *r = packed(b, d->r, matrices, hidden, hidden);
	int16_t *y = room((d->y + d->y_h) * sizeof *y);
	int32_t *all = room((d->y + 2 * d->y_h) * sizeof *all);

	c.w = w;
	c.r = r;
	c.y = y;
	c.y_h = y + d->y;
	c.y_c = all + d->y + d->y_h;
	c.scratch = room((size_t)((c.gates + 2) * hidden) * sizeof(int32_t) +
			 (size_t)(up(input, b->run) + 2 * up(hidden, b->run)) * sizeof(int16_t));
	b->call(&c);
	for (size_t i = 0; i < d->y + d->y_h; i++)
		all[i] = y[i];
	free(w);
	free(r);
	free(y);
	free(c.scratch);
	return all;
}

static void release(struct data *d)
{
	free(d->w);
	free(d->r);
	free(d->x);
	free(d->q);
	free(d->lens);
	free(d->c0);
	free(d->h0);
	free(d->peepholes);
	free(d->table);
}

static const struct rq_build *const builds[] = { &rq_dsp,  &rq_mve, &rq_rvv,
						 &rq_q128, &rq_x86, &rq_avx2 };

START_TEST(equals_the_reference)
{
	const struct rq_build *b = builds[_i / (int)ARRAY_LEN(cases)];
	const int row = _i % (int)ARRAY_LEN(cases);
	struct data d = prepare(row);
	const size_t n = d.y + 2 * d.y_h;
	int32_t *want = results(&d, &rq_ref, row), *got;

	if (b->runs_here()) {
		got = results(&d, b, row);
		for (size_t i = 0; i < n; i++)
			if (got[i] != want[i])
				ck_abort_msg("%s %s: result %zu is %d, expected %d", b->name,
					     cases[row].name, i, (int)got[i], (int)want[i]);
		free(got);
	}
	free(want);
	release(&d);
}
END_TEST

Suite *suite_recurrent_q(void)
{
	Suite *s = suite_create("recurrent_q");
	TCase *t = tcase_create("core");

	tcase_add_loop_test(t, equals_the_reference, 0,
			    (int)(ARRAY_LEN(builds) * ARRAY_LEN(cases)));
	suite_add_tcase(s, t);
	return s;
}
