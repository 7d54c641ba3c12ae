/* LSTM, GRU and RNN whose activations or states absorb_recurrent.c has no numbers for, where there are no floats:
 *
 *	LSTM(DQ(x), DQ(W), DQ(R), B)  =>  DQ(QRecurrence(x, W, R, numbers, curves))
 *
 * Numbers have 31 bits, in units that their bounds ask for (recurrence_range.c). Where these are too wide, or there
 * are none, as of Relu in a loop, units are 2^-8 of a step of what the result is quantized to, and states saturate
 * at 2^22 of its steps: float, whose 24 bits tell no more than two of these steps apart there, has no result
 * beyond that either. A result that is not quantized must have bounds. */
#include "fixed.h"
#include "range.h"
#include "recurrence.h"

#include <math.h>

enum { UNIT_BITS = 24, GATE_BITS = 12, REAL_BITS = 16, STEP_BITS = 8, PEEPHOLE_BITS = 20 };
#define NUMBER_MOST 0x1p30

/* -- who reads the results --------------------------------------------------------------- */

struct readers {
	double step; /* the finest; 0: nobody quantizes a result */
	bool wide;   /* to 16 bits */
};

static void read_by(const struct value *v, int depth, struct readers *r)
{
	enum { DEPTH = 8 };
	struct quantized q;

	for (size_t i = 0; i < v->uses.n; i++) {
		struct node *m = v->uses.p[i];

		if (quantized_output(m, &q)) {
			r->step = r->step > 0 ? fmin(r->step, (double)q.scale) : (double)q.scale;
			r->wide |= q.type == DT_I16 || q.type == DT_U16;
		} else if (node_moves(m) && depth < DEPTH) {
			read_by(node_out(m, 0), depth + 1, r);
		}
	}
}

static struct readers readers_of(const struct node *n)
{
	struct readers r = { 0, false };

	for (int k = 0; k < n->n_out; k++)
		if (node_out(n, k))
			read_by(node_out(n, k), 0, &r);
	return r;
}

static bool only_quantized(const struct value *v)
{
	for (size_t i = 0; i < v->uses.n; i++)
		if (!node_is(v->uses.p[i], "QuantizeLinear"))
			return false;
	return !v->outputs;
}

/* -- units ------------------------------------------------------------------------------- */

/* Exponents: numbers are in units of 2^-bits. */
struct units {
	int gate_sum, new_sum, gate, cell, state;
	double cell_most, state_most;
};

/* With which numbers up to `most` have 30 bits, within limits. */
static int bits_for(double most, int least)
{
	const int bits = (int)floor(log2(NUMBER_MOST / fmax(most * 1.001, 0x1p-20)));

	return bits < least ? least : bits > UNIT_BITS ? UNIT_BITS : bits;
}

/* The fewest bits of states. */
static int bits_least(const struct readers *y)
{
	const double bits = y->step > 0 ? ceil(STEP_BITS - log2(y->step)) : REAL_BITS;

	return (int)fmax(0, fmin(UNIT_BITS, bits));
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

/* False: nothing bounds a state that is no quantized result. */
static bool choose(struct unit *u, const struct recurrence *r, const struct readers *y,
		   struct units *out)
{
	enum { FINER = 10 }; /* sums than states: their multipliers have so much room */
	const int least = bits_least(y);
	struct recurrence_bounds b;

	if (!recurrence_bounds(u, r, ldexp(NUMBER_MOST - 1, -least), &b) && !(y->step > 0))
		return false;
	out->cell_most = b.cell;
	out->state_most = b.state;
	out->gate = bits_for(b.gate, GATE_BITS);
	out->cell = bits_for(b.cell, least);
	out->state = bits_for(b.state, least);
	out->gate_sum = smaller(bits_for(b.gate_sum, least),
				smaller(out->state + FINER, out->cell + PEEPHOLE_BITS));
	out->new_sum = smaller(bits_for(b.new_sum, least), out->state + FINER);
	return true;
}

/* -- operands ---------------------------------------------------------------------------- */

static uint32_t curves_of(struct unit *u, const struct recurrence *r, const struct readers *y,
			  const struct units *e)
{
	const int kinds = recurrent_activations(r->n), count = kinds * (int)r->dirs;
	const bool wide = y->wide || !(y->step > 0);
	/* Of bytes so little that hardly a number is rounded to another one; of 16 bits a part of a step. */
	const double fine = wide ? fmax(y->step / 64, 0x1p-24) : y->step / 512;
	const double gate = wide ? 0x1p-22 : 0x1p-18;
	struct activation f[6];
	struct curve all = { 0 };
	struct constant *c;
	void *to;

	recurrence_activations(r->n, f);
	for (int i = 0; i < count; i++)
		vec_push(u->arena, &all, 0);
	for (int i = 0; i < count; i++) {
		const int kind = i % kinds;

		all.p[i] = (int32_t)all.n;
		if (kind == 0 && r->gates > 1)
			curve_append(u, &f[i], e->gate_sum, e->gate, gate, &all);
		else if (kind == 2)
			curve_append(u, &f[i], e->cell, e->state, fine, &all);
		else
			curve_append(u, &f[i], e->new_sum, r->gates == 4 ? e->cell : e->state, fine,
				     &all);
	}
	c = constant_new(u->arena, DT_I32, &(struct shape){ .rank = 1, .d = { (int64_t)all.n } },
			 &to);
	for (size_t i = 0; i < all.n; i++)
		((int32_t *)to)[i] = all.p[i];
	return build_constant(r->n, c);
}

/* clip in units of 2^-bits, of what fits at most. */
static int64_t clip_of(const struct recurrence *r, int bits)
{
	const double clip = (double)((const struct recurrent_attrs *)r->n->attrs)->clip;

	return (int64_t)fmin(NUMBER_MOST - 1, ceil(ldexp(clip, bits)));
}

/* Result k of n is x in steps of `step`; who does not quantize it reads 16 bits. */
static void give(struct unit *u, struct node *n, int k, uint32_t x, double step, double most)
{
	struct qscale_attrs a = { .to = DT_I16, .lo = -INT16_MAX, .hi = INT16_MAX };

	if (k >= n->n_out || !n->out[k])
		return;
	if (!only_quantized(node_out(n, k))) {
		const double wide = fmax(step, most / INT16_MAX);

		x = build3(n, "edgecc.QScale", &a, x, build_number(n, DT_F32, step / wide),
			   build_number(n, DT_F32, 0));
		step = wide;
	}
	graph_replace(u, n->out[k],
		      build2(n, "DequantizeLinear", NULL, x, build_number(n, DT_F32, step)));
}

/* -- the rewrite ------------------------------------------------------------------------- */

static bool read(struct unit *u, const struct node *n, struct recurrence *r)
{
	return recurrent_in_any_integers(n) && recurrence_read(u, n, 0x1p60, 0x1p60, r);
}

static bool numbers_of(struct unit *u, const struct recurrence *r, const struct units *e,
		       struct qrecurrence_attrs *a, uint32_t *out)
{
	enum { SHIFT_LEAST = -16 };
	double sums[4];

	for (int g = 0; g < r->gates; g++)
		sums[g] = ldexp(1, g == r->gates - 1 ? -e->new_sum : -e->gate_sum);
	return recurrence_numbers(u, r, sums, ldexp(1, -e->state), &a->base, out) &&
	       a->base.h_shift >= SHIFT_LEAST;
}

static void set_attrs(const struct recurrence *r, const struct units *e,
		      struct qrecurrence_attrs *a)
{
	a->base.x_zero = r->x.type == DT_U16 ? r->x.zero - 32768 : r->x.zero;
	a->base.clip = clip_of(r, e->gate_sum);
	a->new_clip = clip_of(r, e->new_sum);
	a->gates = r->gates;
	a->gate_bits = e->gate;
	a->peephole_bits = PEEPHOLE_BITS + e->cell - e->gate_sum;
}

static bool apply(struct unit *u, struct node *n)
{
	struct qrecurrence_attrs a = { .base.recurrent =
					       *(const struct recurrent_attrs *)n->attrs };
	const struct readers y = readers_of(n);
	uint32_t in[9] = { VALUE_NONE };
	struct recurrence r;
	struct units e;
	struct node *m;
	double cell, state;

	if (!read(u, n, &r) || !choose(u, &r, &y, &e) || !numbers_of(u, &r, &e, &a, &in[3]))
		return false;
	set_attrs(&r, &e, &a);
	cell = ldexp(1, -e.cell);
	state = ldexp(1, -e.state);
	in[0] = r.x.id;
	in[W] = build_constant(n, r.wc);
	in[R] = build_constant(n, r.rc);
	in[LENS] = n->n_in > LENS ? n->in[LENS] : VALUE_NONE;
	in[H0] = recurrence_state(n, H0, DT_I32, state);
	in[C0] = r.gates == 4 ? recurrence_state(n, C0, DT_I32, cell) : VALUE_NONE;
	in[7] = curves_of(u, &r, &y, &e);
	in[8] = node_in(n, P)
			? recurrence_constant(n, node_const(n, P), DT_I32, ldexp(1, -PEEPHOLE_BITS))
			: VALUE_NONE;
	m = graph_insert(n->graph, n, op_builtin("edgecc.QRecurrence"), &a, in[8] ? 9 : 8, in,
			 n->n_out, &n->loc);
	if (!node_infer(u, m))
		unreachable("a recurrence of integers");
	give(u, n, 0, m->out[0], state, e.state_most);
	give(u, n, 1, n->n_out > 1 ? m->out[1] : VALUE_NONE, state, e.state_most);
	give(u, n, 2, n->n_out > 2 ? m->out[2] : VALUE_NONE, cell, e.cell_most);
	return true;
}

bool recurrence_grows(struct unit *u, const struct node *n)
{
	const struct readers y = readers_of(n);
	struct recurrence r;
	struct units e;

	return recurrent_in_any_integers(n) && read(u, n, &r) && !choose(u, &r, &y, &e);
}

const struct rewrite rewrites_fixed_recurrent[] = {
	{ "wide-recurrence", "LSTM GRU RNN", "a recurrence of integers, of 16 bits, too",
	  recurrence_absorb },
	{ "any-recurrence", "LSTM GRU RNN",
	  "LSTM(DQ(x), DQ(W), DQ(R)) => a recurrence of integers with any activations", apply },
	{ .name = NULL }
};
