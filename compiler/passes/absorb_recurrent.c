/* LSTM, GRU and RNN of a quantized input, with weights of 8 bits, as recurrences of integers:
 *
 *	LSTM(DQ(x), DQ(W), DQ(R), B)  =>  DQ(QLSTM(x, W, R, numbers)), in steps of 2^-15
 *
 * whatever becomes of the result. The hidden state is between -1 and 1; it is exact to a few of those
 * steps, which is less than inputs and results of 16 bits ask for: these only where there are no
 * floats. */
#include "recurrence.h"

#include <math.h>
#include <stdlib.h>

#include "../../runtime/kernels/params.h"

#define STATE 0x1p-15
#define CELL 0x1p-20
enum { STATE_MOST = (1 << 30) - 1 }; /* of those of 32 bits */

/* The scale of row i of direction d. */
double recurrence_scale(const struct quantized_weights *w, int64_t d, int64_t i)
{
	return (double)weights_scale(w, w->axis == 0 ? d : i);
}

static bool weights_are(struct unit *u, const struct node *n, int k, struct quantized_weights *w,
			struct constant **c)
{
	if (!quantized_weights(n, k, w) || w->axis > 1 || w->c->shape.rank != 3)
		return false;
	*c = weights_centered(u, w);
	return (*c)->type == DT_I8;
}

/* No row's sum of products of weights and numbers up to `most` passes 2^31. */
static bool rows_fit(const struct constant *c, int64_t most)
{
	int64_t n = c->shape.d[2], rows = c->shape.d[0] * c->shape.d[1];

	for (int64_t i = 0; i < rows; i++) {
		int64_t sum = 0;

		for (int64_t k = 0; k < n; k++)
			sum += llabs(constant_i64(c, i * n + k));
		if (sum > INT32_MAX / most)
			return false;
	}
	return true;
}

static bool constant_within(const struct constant *c, double most)
{
	int64_t n = shape_elements(&c->shape);

	for (int64_t i = 0; i < n; i++)
		if (!(fabs(constant_f64(c, i)) <= most)) /* NaN too */
			return false;
	return c->type == DT_F32;
}

/* Input k, a state, is left out, constant, or quantized, and within `most`: steps of quantized ones may
 * pass it by less than one, which is cut off. */
static bool state_is_known(const struct node *n, int k, double most)
{
	struct quantized q;
	double lo, hi;

	if (!node_in(n, k))
		return true;
	if (node_const(n, k))
		return constant_within(node_const(n, k), most);
	if (!quantized_input(n, k, &q))
		return false;
	lo = (double)(quantized_least(q.type) - q.zero) * (double)q.scale;
	hi = (double)(quantized_most(q.type) - q.zero) * (double)q.scale;
	return lo > -most - (double)q.scale && hi < most + (double)q.scale;
}

/* Some result goes into a QuantizeLinear to 16 bits. */
static bool is_wide(const struct node *n)
{
	struct quantized q;

	for (int k = 0; k < n->n_out; k++)
		for (size_t i = 0; node_out(n, k) && i < node_out(n, k)->uses.n; i++)
			if (quantized_output(node_out(n, k)->uses.p[i], &q) && q.type != DT_I8 &&
			    q.type != DT_U8)
				return true;
	return false;
}

bool recurrence_read(struct unit *u, const struct node *n, double state, double cell,
		     struct recurrence *r)
{
	*r = (struct recurrence){ .n = n };
	if (!quantized_input(n, 0, &r->x) || !weights_are(u, n, W, &r->w, &r->wc) ||
	    !weights_are(u, n, R, &r->r, &r->rc) || !state_is_known(n, H0, state) ||
	    (node_is(n, "LSTM") && !state_is_known(n, C0, cell)))
		return false;
	r->dirs = r->wc->shape.d[0];
	r->rows = r->wc->shape.d[1];
	r->gates = recurrent_gates(n);
	return rows_fit(r->wc, quantized_most(r->x.type) > UINT8_MAX ? 65535 : 511) &&
	       rows_fit(r->rc, 32768);
}

/* -- numbers --------------------------------------------------------------------------- */

/* The largest shift with which multipliers of factors up to `most` stay below 2^31. */
static int64_t shift_for(double most)
{
	int e;

	frexp(most, &e); /* most < 2^e */
	return -1 - e > 30 ? 30 : -1 - e;
}

static int32_t multiplier(double factor, int64_t shift)
{
	double v = nearbyint(ldexp(factor, 32 + (int)shift));

	return v > INT32_MAX ? INT32_MAX : (int32_t)v;
}

double recurrence_bias(const struct recurrence *r, int64_t d, int which, int64_t i)
{
	const struct constant *b = node_const(r->n, B);

	return b ? constant_f64(b, (d * 2 + which) * r->rows + i) : 0;
}

/* Bias `which` (W's or R's) of row i in such units, between -2^28 and 2^28 of them. */
static int32_t bias_of(const struct recurrence *r, int64_t d, int which, int64_t i, double unit)
{
	const double v = recurrence_bias(r, d, which, i) / unit;

	return (int32_t)nearbyint(fmax(-0x1p28, fmin(0x1p28, v)));
}

bool recurrence_numbers(struct unit *u, const struct recurrence *r, const double *sums,
			double state, struct qrecurrent_attrs *a, uint32_t *out)
{
	const struct shape s = { .rank = 2, .d = { r->dirs, r->rows * QRECURRENT_NUMBERS } };
	const double x = (double)r->x.scale;
	const int64_t hidden = r->rows / r->gates;
	double w_most = 0, r_most = 0;
	struct constant *c;
	int32_t *to;
	void *data;

	for (int64_t i = 0; i < r->dirs * r->rows; i++) {
		const int64_t d = i / r->rows, row = i % r->rows;

		w_most = fmax(w_most, x * recurrence_scale(&r->w, d, row) / sums[row / hidden]);
		r_most = fmax(r_most, state * recurrence_scale(&r->r, d, row) / sums[row / hidden]);
	}
	if (w_most > 0x1p28 || r_most > 0x1p28)
		return false;
	a->x_shift = shift_for(w_most);
	a->h_shift = shift_for(r_most);
	c = constant_new(u->arena, DT_I32, &s, &data);
	to = data;
	for (int64_t i = 0; i < r->dirs * r->rows; i++, to += QRECURRENT_NUMBERS) {
		const int64_t d = i / r->rows, row = i % r->rows;
		const double unit = sums[row / hidden];

		to[0] = multiplier(x * recurrence_scale(&r->w, d, row) / unit, a->x_shift);
		to[1] = multiplier(state * recurrence_scale(&r->r, d, row) / unit, a->h_shift);
		to[2] = bias_of(r, d, 0, row, unit);
		to[3] = bias_of(r, d, 1, row, unit);
	}
	*out = build_constant(r->n, c);
	return true;
}

static uint32_t build_table(struct unit *u, struct node *n)
{
	void *data;
	struct constant *c =
		constant_new(u->arena, DT_I16, &(struct shape){ .rank = 1, .d = { 513 } }, &data);

	for (int i = 0; i < 513; i++)
		((int16_t *)data)[i] = (int16_t)fmin(INT16_MAX, nearbyint(tanh(i / 64.0) * 0x1p15));
	return build_constant(n, c);
}

/* -- states ---------------------------------------------------------------------------- */

uint32_t recurrence_constant(struct node *n, const struct constant *c, enum dtype t, double step)
{
	const double most = t == DT_I16 ? INT16_MAX : STATE_MOST;
	void *data;
	struct constant *to = constant_new(n->graph->unit->arena, t, &c->shape, &data);

	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		constant_put_f64(data, t, i,
				 fmax(-most, fmin(nearbyint(constant_f64(c, i) / step), most)));
	return build_constant(n, to);
}

uint32_t recurrence_state(struct node *n, int k, enum dtype t, double step)
{
	struct qscale_attrs a = { .to = (int)t, .lo = -STATE_MOST, .hi = STATE_MOST };
	struct quantized q;
	double scale;

	if (!node_in(n, k))
		return VALUE_NONE;
	if (node_const(n, k))
		return recurrence_constant(n, node_const(n, k), t, step);
	if (!quantized_input(n, k, &q))
		unreachable("a state that is not known");
	if (t == DT_I16) {
		a.lo = INT16_MIN;
		a.hi = INT16_MAX;
	}
	scale = (double)q.scale / step;
	return build3(n, "edgecc.QScale", &a, q.id, build_number(n, DT_F32, scale),
		      build_number(n, DT_F32, -scale * (double)q.zero));
}

static void give(struct unit *u, struct node *n, int k, uint32_t x, double step)
{
	if (k < n->n_out && n->out[k])
		graph_replace(
			u, n->out[k],
			build2(n, "DequantizeLinear", NULL, x, build_number(n, DT_F32, step)));
}

bool recurrence_absorb(struct unit *u, struct node *n)
{
	static const double units[] = { CELL, CELL, CELL, CELL };
	struct qrecurrent_attrs a = { .recurrent = *(const struct recurrent_attrs *)n->attrs };
	struct recurrence r;
	struct node *m;
	uint32_t in[9];

	if (!recurrent_in_integers(n) || !recurrence_read(u, n, 1, 1024, &r) ||
	    r.x.type == DT_U16 || !recurrence_numbers(u, &r, units, STATE, &a, &in[3]))
		return false;
	a.x_zero = r.x.zero;
	a.clip = (int64_t)nearbyint((double)a.recurrent.clip / CELL);
	in[0] = r.x.id;
	in[W] = build_constant(n, r.wc);
	in[R] = build_constant(n, r.rc);
	in[LENS] = n->n_in > LENS ? n->in[LENS] : VALUE_NONE;
	in[H0] = recurrence_state(n, H0, DT_I16, STATE);
	in[C0] = node_is(n, "LSTM") ? recurrence_state(n, C0, DT_I32, CELL) : VALUE_NONE;
	in[7] = build_table(u, n);
	in[8] = node_in(n, P) ? recurrence_constant(n, node_const(n, P), DT_I32, CELL) : VALUE_NONE;
	m = graph_insert(n->graph, n,
			 op_builtin(arena_printf(u->arena, "edgecc.%s", recurrent_integer_name(n))),
			 &a, in[8] ? 9 : 8, in, n->n_out, &n->loc);
	if (!node_infer(u, m))
		unreachable("a recurrence of integers");
	for (int k = 0; k < n->n_out; k++)
		give(u, n, k, m->out[k], k == 2 ? CELL : STATE);
	return true;
}

static bool apply_recurrence(struct unit *u, struct node *n)
{
	struct quantized x;

	if ((quantized_input(n, 0, &x) && x.type == DT_I16) || is_wide(n))
		return false;
	return recurrence_absorb(u, n);
}

const struct rewrite rewrites_absorb_recurrent[] = {
	{ "quantized-recurrence", "LSTM GRU RNN",
	  "LSTM(DQ(x), DQ(W), DQ(R)) => a recurrence of integers", apply_recurrence },
	{ .name = NULL }
};
