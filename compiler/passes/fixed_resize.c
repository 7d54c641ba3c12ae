/* Resize of a quantized tensor, by integer weights:
 *
 *	Q(Resize(DQ(x)))  =>  QResize(x, x_scale / y_scale / 2^bits, tables of taps and of weights * 2^bits)
 *
 * where positions are known. What is moved only (nearest) never comes here. */
#include "../ops/resize.h"
#include "fixed.h"

#include <math.h>

/* Bits of weights: of all axes together, in sums of 32 and of 64 bits, and of one axis. What is dropped of
 * wide sums leaves 12 behind the point. */
enum { NARROW_BITS = 22, WIDE_BITS = 42, AXIS_BITS = 20, FRACTION = 12 };

/* An axis that changes, and its tables. */
struct resized {
	int axis, n;
	dim out;
	struct resize_table table;
};

/* Row `at` of weights, in units of 2^-bits, which sum to 2^bits: the greatest takes what rounding left. */
static void round_weights(const struct resize_table *t, int64_t at, int bits, int64_t *to)
{
	int64_t rest = INT64_C(1) << bits;
	int greatest = 0;

	for (int i = 0; i < t->taps; i++) {
		double w = t->weight ? t->weight[at * t->taps + i] : 1;

		to[i] = (int64_t)nearbyint(ldexp(w, bits));
		rest -= to[i];
		if (to[i] > to[greatest])
			greatest = i;
	}
	to[greatest] += rest;
}

static uint32_t index_table(struct node *n, const struct resized *r)
{
	const struct shape s = { .rank = 2, .d = { r->out, r->table.taps } };
	void *data;
	struct constant *c = constant_new(n->graph->unit->arena, DT_I32, &s, &data);

	for (int64_t i = 0; i < shape_elements(&s); i++)
		((int32_t *)data)[i] = r->table.index[i];
	return build_constant(n, c);
}

/* *most: the greatest sum of a row's absolute weights. */
static uint32_t weight_table(struct node *n, const struct resized *r, int bits, double *most)
{
	const struct shape s = { .rank = 2, .d = { r->out, r->table.taps } };
	struct arena *arena = n->graph->unit->arena;
	int64_t *row = arena_array(arena, int64_t, (size_t)r->table.taps);
	void *data;
	struct constant *c = constant_new(arena, DT_I32, &s, &data);

	*most = 0;
	for (int64_t i = 0; i < r->out; i++) {
		double sum = 0;

		round_weights(&r->table, i, bits, row);
		for (int k = 0; k < r->table.taps; k++) {
			((int32_t *)data)[i * r->table.taps + k] = (int32_t)row[k];
			sum += fabs((double)row[k]);
		}
		*most = fmax(*most, sum);
	}
	return build_constant(n, c);
}

/* The axes that change; false where their positions are not known, or outputs are extrapolated. */
static bool read_axes(struct unit *u, const struct node *n, struct resized *r, int *count)
{
	const struct resize_attrs *a = n->attrs;
	int rank = node_in(n, 0)->shape.rank;
	struct resize_axis x[RANK_MAX];

	*count = 0;
	if (a->coordinate_transformation_mode == TF_CROP ||
	    !shape_is_const(&node_in(n, 0)->shape) || !shape_is_const(&node_out(n, 0)->shape) ||
	    !resize_axes(u, n, x))
		return false;
	for (int i = 0; i < rank; i++) {
		struct resized *to = &r[*count];

		if (x[i].same)
			continue;
		if (!resize_axis_is_known(&x[i]) || x[i].in < 1 || x[i].out < 1)
			return false;
		to->axis = i;
		to->out = x[i].out;
		resize_tabulate(u->arena, a, &x[i], &to->table);
		++*count;
	}
	return *count > 0;
}

/* The tables of all axes in `bits` each; false when a sum may pass 2^31 and is not wide. */
static bool build_tables(struct node *n, const struct resized *r, int count, int bits, bool wide,
			 uint32_t *in)
{
	double most = 1, one;

	for (int i = 0; i < count; i++) {
		in[2 * i] = index_table(n, &r[i]);
		in[2 * i + 1] = weight_table(n, &r[i], bits, &one);
		most *= one;
	}
	return wide || most * 255 <= INT32_MAX;
}

static bool apply_resize(struct unit *u, struct node *n)
{
	struct qresize_attrs a = { 0 };
	struct resized axes[RANK_MAX];
	uint32_t in[2 + 2 * RANK_MAX];
	int64_t *list = arena_array(u->arena, int64_t, RANK_MAX);
	struct quantized_result r;
	struct quantized x;
	int count, bits;

	if (!quantized_result(n, &r) || !node_is(r.source, "Resize") ||
	    !quantized_input(r.source, 0, &x) || !read_axes(u, r.source, axes, &count))
		return false;
	bits = count > 1 ? NARROW_BITS / count : AXIS_BITS;
	a.wide = (x.type != DT_I8 && x.type != DT_U8) || count > 2 ||
		 !build_tables(n, axes, count, bits, false, in + 2);
	if (a.wide) {
		bits = WIDE_BITS / count < AXIS_BITS ? WIDE_BITS / count : AXIS_BITS;
		build_tables(n, axes, count, bits, true, in + 2);
	}
	for (int i = 0; i < count; i++)
		list[i] = axes[i].axis;
	bits *= count;
	if (a.wide && bits > FRACTION)
		a.drop = bits - FRACTION;
	a.axes = (struct ints){ list, count };
	a.x_zero = x.zero;
	a.out = quantized_requant(&r);
	in[0] = x.id;
	in[1] = build_number(n, DT_F32,
			     ldexp((double)x.scale / (double)r.q.scale, (int)a.drop - bits));
	return replace_node(n, build(r.source, "edgecc.QResize", &a, 2 + 2 * count, in));
}

const struct rewrite rewrites_fixed_resize[] = { { "fixed-resize", "QuantizeLinear",
						   "Q(Resize(DQ(x))) => sums by integer weights",
						   apply_resize },
						 { .name = NULL } };
