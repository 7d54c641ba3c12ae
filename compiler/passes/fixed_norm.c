/* Normalizations of a quantized tensor:
 *
 *	Q(clamp(LayerNormalization(DQ(x), g, b)))  =>  QNormalize(x, g / y_scale, b / y_scale + y_zero)
 *
 * and the same of RMS-, Instance-, Group-, Lp- and MeanVarianceNormalization: each is rows of x by their deviation, times
 * and plus numbers of channels. */
#include "../ops/norm.h"
#include "fixed.h"
#include "range.h"

#include <math.h>

/* x as rows, and what they are multiplied by. */
struct rows {
	int64_t rows, n;
	int64_t channels, run; /* element e of all belongs to channel e / run mod channels */
	bool centered;
	double epsilon, factor; /* factor: of t / sqrt(n * ...) beside what the operator says */
	int gain, offset;       /* inputs; -1: none */
};

static int64_t product_of(const struct shape *s, int from, int to)
{
	int64_t p = 1;

	for (int i = from; i < to; i++)
		p *= s->d[i];
	return p;
}

/* Input k has a number for each element of a row: its axes are x's last. */
static bool covers_row(const struct node *n, int k)
{
	const struct shape *x = &node_in(n, 0)->shape, *s;
	bool begun = false;

	if (!node_in(n, k))
		return true;
	s = &node_in(n, k)->shape;
	for (int i = 0; i < s->rank; i++) {
		begun |= s->d[i] != 1;
		if (begun && s->d[i] != x->d[x->rank - s->rank + i])
			return false;
	}
	return true;
}

static void read_layer(struct unit *u, const struct node *n, struct rows *r)
{
	const struct layer_norm_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	int axis = 0;

	axis_resolve(u, &n->loc, a->axis, s->rank, &axis);
	if (!covers_row(n, 1) || !covers_row(n, 2))
		return;
	r->n = r->channels = product_of(s, axis, s->rank);
	r->run = 1;
	r->epsilon = (double)a->epsilon;
	r->centered = node_is(n, "LayerNormalization");
	r->gain = 1;
	r->offset = r->centered ? 2 : -1;
}

static void read_instance(struct unit *u, const struct node *n, struct rows *r)
{
	const struct shape *s = &node_in(n, 0)->shape;

	(void)u;
	r->n = r->run = product_of(s, 2, s->rank);
	r->channels = s->d[1];
	r->epsilon = (double)((const struct epsilon_attrs *)n->attrs)->epsilon;
	r->centered = true;
	r->gain = 1;
	r->offset = 2;
}

static void read_group(struct unit *u, const struct node *n, struct rows *r)
{
	const struct group_norm_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;

	read_instance(u, n, r);
	r->n *= s->d[1] / a->num_groups;
	r->epsilon = (double)a->epsilon;
}

static void read_lp(struct unit *u, const struct node *n, struct rows *r)
{
	const struct lp_attrs *a = n->attrs;
	const struct shape *s = &node_in(n, 0)->shape;
	int axis = 0;

	axis_resolve(u, &n->loc, a->axis, s->rank, &axis);
	if (a->p != 2 || axis != s->rank - 1)
		return;
	r->n = s->d[axis];
	r->factor = 1 / sqrt((double)r->n);
}

/* The last axes only. What is added to the deviation there is below any step. */
static void read_mvn(struct unit *u, const struct node *n, struct rows *r)
{
	const struct shape *s = &node_in(n, 0)->shape;
	int64_t axes[RANK_MAX];
	int count;

	if (!norm_mvn_axes(u, n, axes, &count))
		return;
	for (int i = 0; i < count; i++)
		if (axes[i] < s->rank - count)
			return;
	r->n = product_of(s, s->rank - count, s->rank);
	r->centered = true;
}

static const struct {
	const char *op;
	void (*read)(struct unit *u, const struct node *n, struct rows *r);
} forms[] = {
	{ "LayerNormalization", read_layer },
	{ "RMSNormalization", read_layer },
	{ "InstanceNormalization", read_instance },
	{ "GroupNormalization", read_group },
	{ "LpNormalization", read_lp },
	{ "MeanVarianceNormalization", read_mvn },
};

static bool read_rows(struct unit *u, const struct node *n, struct rows *r)
{
	const struct shape *s = &node_in(n, 0)->shape;
	int64_t all;

	*r = (struct rows){ .factor = 1, .channels = 1, .run = 1, .gain = -1, .offset = -1 };
	if (!shape_is_const(s) || s->rank < 1 || (all = shape_elements(s)) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (node_is(n, forms[i].op))
			forms[i].read(u, n, r);
	r->rows = r->n ? all / r->n : 0;
	return r->rows > 0;
}

/* Input k's number for channel i; `none` where there is no such input. */
static bool read_channels(struct unit *u, const struct node *n, int k, int64_t channels,
			  double none, double *to)
{
	const struct constant *c;
	int64_t count;

	if (k < 0 || !node_in(n, k)) {
		for (int64_t i = 0; i < channels; i++)
			to[i] = none;
		return true;
	}
	if (!fixed_reals(u, n, k, &c))
		return false;
	count = shape_elements(&c->shape);
	for (int64_t i = 0; i < channels; i++)
		to[i] = constant_f64(c, count == 1 ? 0 : i);
	return count == 1 || count == channels;
}

static double largest(const double *v, int64_t n)
{
	double most = 0;

	for (int64_t i = 0; i < n; i++)
		most = fmax(most, fabs(v[i]));
	return most;
}

/* An element is no more than sqrt(n) deviations from its row's mean. */
bool range_of_norm(struct unit *u, const struct node *n, struct range *out)
{
	struct rows r;
	double *gain, *offset, most;

	if (!read_rows(u, n, &r))
		return false;
	gain = arena_array(u->arena, double, (size_t)r.channels);
	offset = arena_array(u->arena, double, (size_t)r.channels);
	if (!read_channels(u, n, r.gain, r.channels, 1, gain) ||
	    !read_channels(u, n, r.offset, r.channels, 0, offset))
		return false;
	most = sqrt((double)r.n) * r.factor * largest(gain, r.channels) +
	       largest(offset, r.channels);
	*out = (struct range){ -most, most };
	return true;
}

/* How many bits n * q - s * s + epsilon has, at most: an x is less than 2^bits steps from its mean. */
static bool root_bits(const struct rows *r, const struct quantized *x, int64_t *epsilon,
		      int64_t *bits)
{
	double reach = x->type == DT_I8 || x->type == DT_U8 ? 256 : 65536;
	double e = r->epsilon * (double)r->n * (double)r->n / ((double)x->scale * (double)x->scale);
	double most = (double)r->n * (double)r->n * reach * reach + e;
	int used;

	frexp(most, &used);
	*epsilon = (int64_t)nearbyint(fmin(e, 0x1p60));
	*bits = used;
	return used <= 60;
}

/* The numbers of channels as multipliers and offsets of one shift. */
static void build_numbers(struct node *n, const struct rows *r, const struct quantized *y,
			  const double *gain, const double *offset, int64_t *shift, uint32_t *in)
{
	struct arena *arena = n->graph->unit->arena;
	const struct shape s = { .rank = 1, .d = { r->channels } };
	double scale = (double)y->scale;
	double most = largest(offset, r->channels) / scale + fabs((double)y->zero) + 1;
	int s_gain = 20 + fixed_shift(largest(gain, r->channels) * r->factor / scale, 30);
	int s_offset = fixed_shift(most, 60);
	void *to_gain, *to_offset;
	struct constant *g = constant_new(arena, DT_I32, &s, &to_gain);
	struct constant *o = constant_new(arena, DT_I64, &s, &to_offset);
	int used = s_gain < s_offset ? s_gain : s_offset;

	used = used < 0 ? 0 : used > 62 ? 62 : used;
	for (int64_t i = 0; i < r->channels; i++) {
		double v = offset[i] / scale + (double)y->zero + 0.5;

		((int32_t *)to_gain)[i] =
			(int32_t)nearbyint(ldexp(gain[i] * r->factor / scale, used - 20));
		((int64_t *)to_offset)[i] = (int64_t)nearbyint(ldexp(v, used));
	}
	*shift = used;
	in[0] = build_constant(n, g);
	in[1] = build_constant(n, o);
}

static bool apply_norm(struct unit *u, struct node *n)
{
	struct qnormalize_attrs a = { 0 };
	struct quantized_result q;
	struct quantized x;
	struct rows r;
	double *gain, *offset;
	uint32_t in[3], y;

	if (!quantized_result(n, &q) || !quantized_input(q.source, 0, &x) ||
	    !read_rows(u, q.source, &r) || !root_bits(&r, &x, &a.epsilon, &a.bits))
		return false;
	gain = arena_array(u->arena, double, (size_t)r.channels);
	offset = arena_array(u->arena, double, (size_t)r.channels);
	if (!read_channels(u, q.source, r.gain, r.channels, 1, gain) ||
	    !read_channels(u, q.source, r.offset, r.channels, 0, offset))
		return false;
	build_numbers(n, &r, &q.q, gain, offset, &a.shift, in + 1);
	a.to = (int)q.q.type;
	a.lo = q.lo;
	a.hi = q.hi;
	a.x_zero = x.zero;
	a.run = r.run;
	a.centered = r.centered;
	in[0] = build_view(q.source, x.id, &(struct shape){ .rank = 2, .d = { r.rows, r.n } });
	y = build(q.source, "edgecc.QNormalize", &a, 3, in);
	return replace_node(n, build_view(n, y, &node_out(n, 0)->shape));
}

const struct rewrite rewrites_fixed_norm[] = {
	{ "fixed-normalization", "QuantizeLinear",
	  "Q(LayerNormalization(DQ(x))) => rows of integers by their deviation", apply_norm },
	{ .name = NULL }
};
