/* Means and softmax of quantized tensors:
 *
 *	Q(clamp(AveragePool(DQ(x))))  =>  QAveragePool(x, x_scale / y_scale / taps)
 *	Q(Softmax(DQ(x)))             =>  QSoftmax(x, exp(-d * x_scale) for each d in [0, 256)) */
#include "fixed.h"
#include "range.h"

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

/* Q(Softmax(DQ(a) + DQ(b)))  =>  QSoftmax(QScale(a) + QScale(b)), sums in int32
 *
 * Masks make sums of which 16 bits would keep the mask alone. A term saturates where a float that large
 * has coarser steps than the exponential needs. */
enum { TERM_BITS = 27 }; /* SOFTMAX_TERMS of them, and differences of two such sums, fit 32 bits */

bool softmax_is_wide(struct unit *u, const struct node *n)
{
	struct range x;

	return !range_of(u, n->in[0], &x) || x.hi - x.lo > 128;
}

/* n computes with terms, from input *first on. */
static bool of_terms(const struct node *n, int *first)
{
	*first = node_is(n, "Where");
	return node_is(n, "Add") || node_is(n, "Sub") || node_is(n, "Where");
}

int softmax_terms(struct node *n, int k, struct softmax_term *terms, int count)
{
	struct node *p = sole_input_node(n, k);
	int i;

	if (of_terms(p, &i)) {
		for (; i < p->n_in && count >= 0; i++)
			count = softmax_terms(p, i, terms, count);
		return count;
	}
	if (count < 0 || count == SOFTMAX_TERMS)
		return -1;
	terms[count] = (struct softmax_term){ n, k };
	return count + 1;
}

bool softmax_term_is_whole(const struct softmax_term *t)
{
	const struct constant *c = node_const(t->n, t->k);
	struct quantized q;

	return c ? c->type == DT_F32 : quantized_input(t->n, t->k, &q);
}

static double saturated_term(double v)
{
	const double most = ldexp(1, TERM_BITS) - 1;

	return fmax(-most, fmin(most, v));
}

static uint32_t constant_term(struct node *at, const struct constant *c, double step)
{
	void *to;
	struct constant *w = constant_new(at->graph->unit->arena, DT_I32, &c->shape, &to);

	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		((int32_t *)to)[i] = (int32_t)nearbyint(saturated_term(constant_f64(c, i) / step));
	return build_constant(at, w);
}

/* Input k of n in steps. */
static uint32_t whole_term(struct node *at, struct node *n, int k, double step)
{
	const int64_t most = (INT64_C(1) << TERM_BITS) - 1;
	struct qscale_attrs a = { .to = DT_I32, .lo = -most, .hi = most };
	struct node *p = sole_input_node(n, k);
	uint32_t in[3];
	struct quantized q;
	double factor;
	int i;

	if (of_terms(p, &i)) {
		in[0] = p->in[0];
		for (; i < p->n_in; i++)
			in[i] = whole_term(at, p, i, step);
		return build(at, p->op->name, NULL, p->n_in, in);
	}
	if (node_const(n, k))
		return constant_term(at, node_const(n, k), step);
	quantized_input(n, k, &q);
	/* two bytes that differ by 255 are saturated or exact */
	factor = fmin((double)q.scale / step, ldexp(1, TERM_BITS - 7));
	return build3(at, "edgecc.QScale", &a, q.id, build_number(at, DT_F32, factor),
		      build_number(at, DT_F32, -(double)q.zero * factor));
}

static bool wide_softmax(struct unit *u, struct node *n)
{
	struct softmax_term terms[SOFTMAX_TERMS];
	struct qsoftmax_attrs attrs = { 0 };
	struct quantized_result r;
	struct quantized x = { .type = DT_I32, .scale = 0x1p-12f };
	int count;
	uint32_t sum;

	if (!quantized_result(n, &r) || !node_is(r.source, "Softmax") ||
	    !softmax_is_wide(u, r.source))
		return false;
	count = softmax_terms(r.source, 0, terms, 0);
	for (int i = 0; i < count; i++)
		if (!softmax_term_is_whole(&terms[i]))
			return false;
	if (count < 2)
		return false;
	attrs.axis = ((const struct axis_attrs *)r.source->attrs)->axis;
	attrs.y_scale = r.q.scale;
	attrs.out = quantized_requant(&r);
	sum = whole_term(r.source, r.source, 0, (double)x.scale);
	return replace_node(n, build2(r.source, "edgecc.QSoftmax", &attrs, sum,
				      build_constant(n, exponentials(u, &x))));
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
	{ "masked-softmax", "QuantizeLinear", "Q(Softmax(DQ(x) + DQ(mask))) => a sum in 32 bits",
	  wide_softmax },
	{ "fixed-log-softmax", "QuantizeLinear",
	  "Q(LogSoftmax(DQ(x))) => integers by a table of exponentials", fixed_log_softmax },
	{ .name = NULL }
};
