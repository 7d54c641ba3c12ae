/* Means and softmax of quantized tensors:
 *
 *	Q(clamp(AveragePool(DQ(x))))  =>  QAveragePool(x, x_scale / y_scale / taps)
 *	Q(Softmax(DQ(x)))             =>  QSoftmax(x, exp(-d * x_scale) for each d in [0, 256)) */
#include "fixed.h"

#include <math.h>

static struct constant *vector(struct unit *u, int64_t n, float **out)
{
	void *data;
	struct constant *c =
		constant_new(u->arena, DT_F32, &(struct shape){ .rank = 1, .d = { n } }, &data);

	*out = data;
	return c;
}

/* -- means ----------------------------------------------------------------------------- */

bool whole_image(struct unit *u, const struct node *n, struct pool_attrs *a, int64_t *taps)
{
	const struct value *x = node_in(n, 0);
	int64_t *kernel = arena_array(u->arena, int64_t, RANK_MAX);

	*taps = 1;
	for (int i = 2; i < x->shape.rank; i++) {
		kernel[i - 2] = x->shape.d[i];
		if (x->shape.d[i] < 1 || !mul_i64(*taps, x->shape.d[i], taps))
			return false;
	}
	*a = (struct pool_attrs){ .kernel_shape = { kernel, x->shape.rank - 2 } };
	return true;
}

/* ReduceMean over all axes from 2 on. */
static bool is_mean_of_images(const struct node *n)
{
	const struct value *x = node_in(n, 0);
	bool folded[RANK_MAX];

	if (!node_is(n, "ReduceMean") || x->shape.rank < 3 || !reduced_axes(n, folded))
		return false;
	for (int i = 0; i < x->shape.rank; i++)
		if (folded[i] != (i >= 2))
			return false;
	return true;
}

/* *same: every mean is of as many taps. */
static bool mean_of(struct unit *u, const struct node *n, struct pool_attrs *a, int64_t *taps,
		    bool *same)
{
	struct window w;

	*same = true;
	if (node_is(n, "GlobalAveragePool") || is_mean_of_images(n))
		return whole_image(u, n, a, taps);
	if (!node_is(n, "AveragePool"))
		return false;
	*a = *(const struct pool_attrs *)n->attrs;
	pool_window(u, n, &w);
	*taps = 1;
	for (int i = 0; i < w.n; i++) {
		*same &= !w.pad_lo[i] && !w.pad_hi[i] && !a->ceil_mode;
		if (!mul_i64(*taps, w.kernel[i], taps))
			return false;
	}
	return *taps <= 1 << 16;
}

static bool apply_mean(struct unit *u, struct node *n)
{
	struct qpool_attrs attrs = { 0 };
	struct quantized_result r;
	struct quantized x;
	struct constant *scale;
	int64_t taps;
	uint32_t y;
	bool same;
	float *f;

	if (!quantized_result(n, &r) || !mean_of(u, r.source, &attrs.pool, &taps, &same) ||
	    !quantized_input(r.source, 0, &x))
		return false;
	scale = vector(u, same ? 1 : taps + 1, &f);
	if (same)
		f[0] = x.scale / (r.q.scale * (float)taps);
	for (int64_t i = 1; !same && i <= taps; i++)
		f[i] = x.scale / (r.q.scale * (float)i);
	attrs.x_zero = x.zero;
	attrs.out = quantized_requant(&r);
	y = build2(r.source, "edgecc.QAveragePool", &attrs, x.id, build_constant(n, scale));
	return replace_node(n, build_view(n, y, &node_out(n, 0)->shape));
}

/* ReduceMean or ReduceSum over any axes: x with these last and all as one is an image of one row. */
static bool apply_axes(struct unit *u, struct node *n)
{
	struct qpool_attrs attrs = { 0 };
	struct quantized_result r;
	struct quantized x;
	struct constant *scale;
	struct perm_attrs perm;
	struct shape row = { .rank = 3, .d = { 1, 1, 1 } };
	const struct shape *s;
	int64_t order[RANK_MAX];
	bool folded[RANK_MAX];
	int count = 0;
	float *f;
	uint32_t y;

	bool mean;

	if (!quantized_result(n, &r))
		return false;
	mean = node_is(r.source, "ReduceMean");
	if (!(mean || node_is(r.source, "ReduceSum")) || !quantized_input(r.source, 0, &x) ||
	    !reduced_axes(r.source, folded))
		return false;
	s = &node_in(r.source, 0)->shape;
	if (!shape_is_const(s) || s->rank < 1 || shape_elements(s) == 0)
		return false;
	for (int last = 0; last < 2; last++)
		for (int i = 0; i < s->rank; i++)
			if (folded[i] == (last == 1)) {
				order[count++] = i;
				row.d[1 + last] *= s->d[i];
			}
	perm.perm = (struct ints){ arena_copy(u->arena, order, sizeof order), count };
	scale = vector(u, 1, &f);
	if (row.d[2] > (x.type == DT_I8 || x.type == DT_U8 ? INT32_MAX >> 8 : INT32_MAX >> 16))
		return false;
	f[0] = x.scale / (mean ? r.q.scale * (float)row.d[2] : r.q.scale);
	attrs.pool.kernel_shape =
		(struct ints){ arena_copy(u->arena, &row.d[2], sizeof(int64_t)), 1 };
	attrs.x_zero = x.zero;
	attrs.out = quantized_requant(&r);
	y = build_view(r.source, build1(r.source, "Transpose", &perm, x.id), &row);
	y = build2(r.source, "edgecc.QAveragePool", &attrs, y, build_constant(n, scale));
	return replace_node(n, build_view(n, y, &node_out(n, 0)->shape));
}

/* -- softmax --------------------------------------------------------------------------- */

/* exp(-d * scale) for each d; of 16 bits for multiples of 256, then for the rest. */
static struct constant *exponentials(struct unit *u, const struct quantized *x)
{
	const bool byte = x->type == DT_I8 || x->type == DT_U8;
	float *t;
	struct constant *table = vector(u, byte ? 256 : 512, &t);

	for (int d = 0; d < 256; d++) {
		t[d] = (float)exp(-(double)d * (double)x->scale * (byte ? 1 : 256));
		if (!byte)
			t[256 + d] = (float)exp(-(double)d * (double)x->scale);
	}
	return table;
}

static bool softmax(struct unit *u, struct node *n, bool fixed)
{
	struct qsoftmax_attrs attrs = { 0 };
	struct quantized_result r;
	struct quantized x;

	if (!quantized_result(n, &r) || !node_is(r.source, "Softmax") ||
	    !quantized_input(r.source, 0, &x) || !(fixed || x.type == DT_I8 || x.type == DT_U8))
		return false;
	attrs.axis = ((const struct axis_attrs *)r.source->attrs)->axis;
	attrs.y_scale = r.q.scale;
	attrs.out = quantized_requant(&r);
	return replace_node(n, build2(r.source, "edgecc.QSoftmax", &attrs, x.id,
				      build_constant(n, exponentials(u, &x))));
}

static bool apply_softmax(struct unit *u, struct node *n)
{
	return softmax(u, n, false);
}

const struct rewrite rewrites_absorb_reduce[] = {
	{ "quantized-mean", "QuantizeLinear", "Q(AveragePool(DQ(x))) => a mean of integers",
	  apply_mean },
	{ "quantized-reduction", "QuantizeLinear",
	  "the same of ReduceMean or ReduceSum over any axes", apply_axes },
	{ "quantized-softmax", "QuantizeLinear",
	  "Q(Softmax(DQ(x))) => through a table of exponentials", apply_softmax },
	{ .name = NULL }
};

/* -- in fixed point ---------------------------------------------------------------------- */

static bool fixed_softmax(struct unit *u, struct node *n)
{
	return softmax(u, n, true);
}

static int lesser(int a, int b)
{
	return a < b ? a : b;
}

static bool fixed_log_softmax(struct unit *u, struct node *n)
{
	struct qlogsoftmax_attrs a = { 0 };
	struct quantized_result r;
	struct quantized x;
	struct constant *reals, *table;
	double step, unit;
	int shift;
	void *data;

	if (!quantized_result(n, &r) || !node_is(r.source, "LogSoftmax") ||
	    !quantized_input(r.source, 0, &x))
		return false;
	reals = exponentials(u, &x);
	table = constant_new(u->arena, DT_I32, &reals->shape, &data);
	for (int64_t i = 0; i < shape_elements(&reals->shape); i++)
		((int32_t *)data)[i] = (int32_t)nearbyint(ldexp(constant_f64(reals, i), 22));
	step = (double)x.scale / (double)r.q.scale;
	unit = ldexp(1 / (double)r.q.scale, -20);
	/* d has 16 bits, 2^20 logarithms fewer than 26, and each product is to have 61 */
	shift = lesser(fixed_shift(step, 44), fixed_shift(unit, 34));
	a.shift = lesser(shift, fixed_shift(fabs((double)r.q.zero) + 1, 60));
	if (a.shift < 0)
		return false;
	a.to = (int)r.q.type;
	a.lo = r.lo;
	a.hi = r.hi;
	a.axis = ((const struct axis_attrs *)r.source->attrs)->axis;
	a.step = (int64_t)nearbyint(ldexp(step, (int)a.shift));
	a.unit = (int64_t)nearbyint(ldexp(unit, (int)a.shift));
	a.offset = (int64_t)nearbyint(ldexp((double)r.q.zero + 0.5, (int)a.shift));
	return replace_node(
		n, build2(r.source, "edgecc.QLogSoftmax", &a, x.id, build_constant(n, table)));
}

const struct rewrite rewrites_fixed_reduce[] = {
	{ "fixed-softmax", "QuantizeLinear", "Q(Softmax(DQ(x))) of 16 bits", fixed_softmax },
	{ "fixed-log-softmax", "QuantizeLinear",
	  "Q(LogSoftmax(DQ(x))) => integers by a table of exponentials", fixed_log_softmax },
	{ .name = NULL }
};
