/* recurrence.h - LSTM, GRU and RNN whose operands are quantized, for absorb_recurrent.c and those that make recurrences
 * of integers with any activations of them. */
#ifndef EDGECC_PASSES_RECURRENCE_H
#define EDGECC_PASSES_RECURRENCE_H

#include "quantized.h"

/* -- absorb_recurrent.c ------------------------------------------------------------------ */

/* Their inputs. */
enum { W = 1, R, B, LENS, H0, C0, P };

struct recurrence {
	const struct node *n;
	struct quantized x;
	struct quantized_weights w, r;
	struct constant *wc, *rc; /* centered, of 8 bits */
	int64_t rows, dirs;       /* rows of a direction: gates * hidden */
	int gates;
};

/* Input, weights and initial states are quantized, or constant, these within +-state and +-cell; no sum of
 * products leaves 32 bits. */
bool recurrence_read(struct unit *u, const struct node *n, double state, double cell,
		     struct recurrence *r);
/* n becomes a QLSTM, QGRU or QRNN, if its states and activations are those that these have. */
bool recurrence_absorb(struct unit *u, struct node *n);
/* Of row i of direction d. */
double recurrence_scale(const struct quantized_weights *w, int64_t d, int64_t i);
/* W's, 0, or R's, 1. */
double recurrence_bias(const struct recurrence *r, int64_t d, int which, int64_t i);
/* The constant of multipliers and biases, where sums of each gate and states are in such units, and the shifts in
 * a; false: a factor is out of all proportion. */
bool recurrence_numbers(struct unit *u, const struct recurrence *r, const double *sums,
			double state, struct qrecurrent_attrs *a, uint32_t *out);
/* Constant c in steps of `step`, as integers of type t. */
uint32_t recurrence_constant(struct node *n, const struct constant *c, enum dtype t, double step);
/* Input k, a state, in steps of `step`, as integers of type t; VALUE_NONE: it is left out. */
uint32_t recurrence_state(struct node *n, int k, enum dtype t, double step);

/* -- recurrence_range.c ------------------------------------------------------------------ */

/* Magnitudes that nothing exceeds: sums before gates, those before LSTM's c, GRU's h and RNN, gates,
 * cells, and states. */
struct recurrence_bounds {
	double gate_sum, new_sum, gate, cell, state;
};
/* fixed_recurrent.c: n would be a recurrence of integers with any activations if its states had bounds. */
bool recurrence_grows(struct unit *u, const struct node *n);

/* Those of a run, states and cells being saturated at `most`; false: they may grow to that. */
bool recurrence_bounds(struct unit *u, const struct recurrence *r, double most,
		       struct recurrence_bounds *out);

/* -- curve.c ----------------------------------------------------------------------------- */

/* Activations, enum edgert_activation. */
struct activation {
	int kind;
	double alpha, beta;
};
/* n's, of each direction one after the other: 6 at most. */
void recurrence_activations(const struct node *n, struct activation *f);
double activation_of(const struct activation *f, double x);
/* Where it is not smooth, or changes its direction: fills at most 3, and returns how many. */
int activation_corners(const struct activation *f, double *at);

/* Appends f as segments (params.h, "recurrence_any") to `out`, of numbers in units of 2^-from, to units
 * of 2^-to, to within `error`. */
struct curve {
	int32_t *p;
	size_t n, cap;
};
void curve_append(struct unit *u, const struct activation *f, int from, int to, double error,
		  struct curve *out);

#endif
