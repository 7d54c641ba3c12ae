/* The reference LSTM, GRU and RNN against what ONNX Runtime computed (recurrent.def), in both of
 * ONNX's layouts, with guard words around every output. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "runtime/kernels/params.h"

void edgert_lstm_f32__ref(const struct edgert_recurrence *p, const float *x, const float *w,
			  const float *r, const float *b, const int32_t *lens, const float *h0,
			  const float *c0, const float *pw, float *y, float *y_h, float *y_c,
			  void *scratch);
void edgert_gru_f32__ref(const struct edgert_recurrence *p, const float *x, const float *w,
			 const float *r, const float *b, const int32_t *lens, const float *h0,
			 float *y, float *y_h, void *scratch);
void edgert_rnn_f32__ref(const struct edgert_recurrence *p, const float *x, const float *w,
			 const float *r, const float *b, const int32_t *lens, const float *h0,
			 float *y, float *y_h, void *scratch);

enum { SEQ = 3, BATCH = 2, INPUT = 2, HIDDEN = 2, GUARD = 3, MOST = 2 * SEQ * BATCH * HIDDEN };
enum kind { RNN = 1, GRU = 3, LSTM }; /* the number of gates */

#define LIST(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
static const struct {
	const char *name;
	enum kind kind;
	int directions, reverse;
	float clip;
	int input_forget, linear_before_reset, bias, state, peepholes;
	int32_t lens[BATCH]; /* -1: none given */
	int act[6];
	float alpha[6], beta[6];
	float expected[MOST + 2 * 2 * BATCH * HIDDEN];
} cases[] = {
#define CASE(name, kind, directions, reverse, clip, forget, before, bias, state, peepholes, lens,  \
	     act, alpha, beta, expected)                                                           \
	{ #name, kind,      directions, reverse, clip,  forget, before,  bias,                     \
	  state, peepholes, lens,       act,     alpha, beta,   expected },
#include "recurrent.def"
#undef CASE
};

/* Multiples of 1/32 in [-30/32, 30/32]. */
static void pattern(float *p, int n, int seed)
{
	for (int i = 0; i < n; i++)
		p[i] = (float)((i * (2 * seed + 37) + seed * 11) % 61 - 30) / 32;
}

/* [outer][inner][n] to [inner][outer][n]. */
static void swap_axes(float *to, const float *from, int outer, int inner, int n)
{
	for (int i = 0; i < outer; i++)
		for (int j = 0; j < inner; j++)
			memcpy(to + (j * outer + i) * n, from + (i * inner + j) * n,
			       (size_t)n * sizeof *to);
}

struct output {
	float guarded[MOST + 2 * GUARD];
};

static float *prepare(struct output *o)
{
	for (size_t i = 0; i < ARRAY_LEN(o->guarded); i++)
		o->guarded[i] = 77;
	return o->guarded + GUARD;
}

/* The first n are written, to `expected`; the rest is not. */
static void check(int row, const struct output *o, int n, const float *expected, const char *what)
{
	for (int i = 0; i < (int)ARRAY_LEN(o->guarded); i++) {
		float want = i < GUARD || i >= GUARD + n ? 77 : expected[i - GUARD];

		if (!(fabsf(o->guarded[i] - want) <= 1e-6f))
			ck_abort_msg("%s, %s[%d] = %.9g, expected %.9g", cases[row].name, what,
				     i - GUARD, (double)o->guarded[i], (double)want);
	}
}

static void run(int row, bool batch_first)
{
	int d = cases[row].directions, gates = (int)cases[row].kind, states = d * BATCH * HIDDEN;
	int ys = SEQ * states;
	float x[SEQ * BATCH * INPUT], w[2 * LSTM * HIDDEN * INPUT], r[2 * LSTM * HIDDEN * HIDDEN];
	float b[4 * LSTM * HIDDEN], h0[2 * BATCH * HIDDEN], c0[2 * BATCH * HIDDEN],
		pw[2 * 3 * HIDDEN];
	float t[MOST], u[MOST], scratch[(LSTM + 2) * HIDDEN];
	const float *expected = cases[row].expected, *bias = cases[row].bias ? b : NULL;
	const float *h = cases[row].state ? h0 : NULL, *c = cases[row].state ? c0 : NULL;
	const int32_t *lens = cases[row].lens[0] < 0 ? NULL : cases[row].lens;
	struct output y, y_h, y_c;
	float *py = prepare(&y), *ph = prepare(&y_h), *pc = prepare(&y_c);
	struct edgert_recurrence p = { .seq = SEQ,
				       .batch = BATCH,
				       .input = INPUT,
				       .hidden = HIDDEN,
				       .directions = d,
				       .reverse = cases[row].reverse,
				       .x_step = BATCH * INPUT,
				       .x_row = INPUT,
				       .y_step = states,
				       .y_dir = BATCH * HIDDEN,
				       .y_row = HIDDEN,
				       .h_dir = BATCH * HIDDEN,
				       .h_row = HIDDEN,
				       .clip = cases[row].clip,
				       .input_forget = cases[row].input_forget,
				       .linear_before_reset = cases[row].linear_before_reset };

	memcpy(p.act, cases[row].act, sizeof p.act);
	memcpy(p.alpha, cases[row].alpha, sizeof p.alpha);
	memcpy(p.beta, cases[row].beta, sizeof p.beta);
	pattern(x, SEQ * BATCH * INPUT, 1);
	pattern(w, d * gates * HIDDEN * INPUT, 2);
	pattern(r, d * gates * HIDDEN * HIDDEN, 3);
	pattern(b, d * 2 * gates * HIDDEN, 4);
	pattern(h0, states, 5);
	pattern(c0, states, 6);
	pattern(pw, d * 3 * HIDDEN, 7);
	if (batch_first) {
		p.x_step = INPUT, p.x_row = SEQ * INPUT;
		p.y_step = d * HIDDEN, p.y_dir = HIDDEN, p.y_row = SEQ * d * HIDDEN;
		p.h_dir = HIDDEN, p.h_row = d * HIDDEN;
		memcpy(t, x, sizeof x), swap_axes(x, t, SEQ, BATCH, INPUT);
		memcpy(t, h0, sizeof h0), swap_axes(h0, t, d, BATCH, HIDDEN);
		memcpy(t, c0, sizeof c0), swap_axes(c0, t, d, BATCH, HIDDEN);
	}
	switch (cases[row].kind) {
	case LSTM:
		edgert_lstm_f32__ref(&p, x, w, r, bias, lens, h, c,
				     cases[row].peepholes ? pw : NULL, py, ph, pc, scratch);
		break;
	case GRU:
		edgert_gru_f32__ref(&p, x, w, r, bias, lens, h, py, ph, scratch);
		break;
	case RNN:
		edgert_rnn_f32__ref(&p, x, w, r, bias, lens, h, py, ph, scratch);
		break;
	}
	/* [seq][dir][batch] to [batch][seq][dir]; [dir][batch] to [batch][dir] */
	swap_axes(t, expected, batch_first ? SEQ * d : 1,
		  batch_first ? BATCH : SEQ * states / HIDDEN, HIDDEN);
	check(row, &y, ys, t, "Y");
	swap_axes(u, expected + ys, batch_first ? d : 1, batch_first ? BATCH : states / HIDDEN,
		  HIDDEN);
	check(row, &y_h, states, u, "Y_h");
	if (cases[row].kind == LSTM) {
		swap_axes(u, expected + ys + states, batch_first ? d : 1,
			  batch_first ? BATCH : states / HIDDEN, HIDDEN);
		check(row, &y_c, states, u, "Y_c");
	}
}

START_TEST(as_onnx_runtime)
{
	run(_i, false);
}
END_TEST

START_TEST(batch_first)
{
	run(_i, true);
}
END_TEST

/* Outputs nobody wants are NULL; no steps leave the state as it is said for empty rows, and Y
 * alone. */
START_TEST(absent_outputs_and_no_steps)
{
	float w[LSTM * HIDDEN * INPUT] = { 0 }, r[LSTM * HIDDEN * HIDDEN] = { 0 }, x[INPUT] = { 0 };
	float scratch[(LSTM + 2) * HIDDEN];
	struct output y_h, zero = { { 0 } };
	float *h = prepare(&y_h);
	struct edgert_recurrence p = { .seq = 0,
				       .batch = 1,
				       .input = INPUT,
				       .hidden = HIDDEN,
				       .directions = 1,
				       .x_step = INPUT,
				       .x_row = INPUT,
				       .h_dir = HIDDEN,
				       .h_row = HIDDEN,
				       .act = { EDGERT_SIGMOID, EDGERT_TANH, EDGERT_TANH } };

	edgert_lstm_f32__ref(&p, x, w, r, NULL, NULL, NULL, NULL, NULL, NULL, h, NULL, scratch);
	check(0, &y_h, HIDDEN, zero.guarded, "Y_h");
	p.seq = 1;
	edgert_lstm_f32__ref(&p, x, w, r, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, scratch);
	edgert_gru_f32__ref(&p, x, w, r, NULL, NULL, NULL, NULL, NULL, scratch);
	edgert_rnn_f32__ref(&p, x, w, r, NULL, NULL, NULL, NULL, NULL, scratch);
}
END_TEST

Suite *suite_recurrent(void)
{
	const struct unit_test tests[] = {
		{ "as_onnx_runtime", as_onnx_runtime, ARRAY_LEN(cases) },
		{ "batch_first", batch_first, ARRAY_LEN(cases) },
		{ "absent", absent_outputs_and_no_steps, 0 },
	};
	return UNIT_SUITE("recurrent", tests);
}
