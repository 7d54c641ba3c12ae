/* Machines without floats: the factors of our integer operators become multipliers,
 *
 *	multiplier = round(factor * 2^(32 + shift))
 *
 * with one shift for all channels of a node: the largest with which every multiplier stays below
 * 2^31, but 0 (kernels then take one high multiplication) where that is exact enough. A multiplier
 * is off by 2^-33 at most, so a sum that matters by |sum| * 2^-33: under 1/64 of a step for sums
 * below 2^27, or where a sum of 2^27 saturates any result. Where sums have e > 31 bits multipliers stay
 * below 2^(62 - e), so that their products fit 64 bits: they are within 2^(e - 62) of the factor, which
 * is half a step of 16 bits for sums of 2^45. */
#include "list.h"
#include "quantized.h"

#include <math.h>
#include <string.h>

/* -- requantized sums ------------------------------------------------------------------ */

/* Elements of one channel of input 0, at the bounds. */
static double image_of(const struct node *n)
{
	const struct shape *s = &node_in(n, 0)->shape;
	double count = 1;

	for (int i = 2; i < s->rank; i++)
		count *= (double)dim_hi(n->graph->unit, s->d[i]);
	return count;
}

static bool is_wide(const struct value *v)
{
	return v->type == DT_I16 || v->type == DT_U16;
}

/* An operand of n, or its result, has 16 bits. */
static bool any_wide(const struct node *n)
{
	return is_wide(node_in(n, 0)) || is_wide(node_in(n, 1)) || is_wide(node_out(n, 0));
}

/* How many products of two bytes, at most, a result of n is the sum of. */
static double products_of(const struct node *n)
{
	const struct constant *w = node_const(n, 1);

	if (strcmp(n->op->name, "QMul") == 0)
		return any_wide(n) ? INFINITY : 1;
	if (strcmp(n->op->name, "QAveragePool") == 0)
		return image_of(n) * 0x1p-7;
	if (!w || strcmp(n->op->name, "QResize") == 0)
		return INFINITY;
	return (double)shape_elements(&w->shape) /
	       (double)(strcmp(n->op->name, "QConv") == 0 ? w->shape.d[0] : 1);
}

static double largest(const struct constant *c)
{
	double most = 0;

	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		most = fmax(most, fabs(constant_f64(c, i)));
	return most;
}

/* The largest difference of v's elements and zero. */
static double reach_of(const struct value *v, int64_t zero)
{
	if (v->constant)
		return largest(v->constant) + fabs((double)zero);
	return fmax((double)(quantized_most(v->type) - zero),
		    (double)(zero - quantized_least(v->type)));
}

static double most_of_bias(const struct node *n)
{
	const struct value *bias = node_in(n, 3);

	return !bias ? 0 : bias->constant ? largest(bias->constant) : 0x1p31;
}

double sums_most(const struct node *n)
{
	const struct value *x = node_in(n, 0), *w = node_in(n, 1);
	double taps, most;

	if (strcmp(n->op->name, "QConv") == 0) {
		const struct qconv_attrs *a = n->attrs;

		taps = (double)shape_elements(&w->shape) / (double)w->shape.d[0];
		most = reach_of(x, a->x_zero) * reach_of(w, 0);
	} else if (strcmp(n->op->name, "QMatMul") == 0) {
		const struct qmatmul_attrs *a = n->attrs;

		taps = (double)dim_hi(n->graph->unit, x->shape.d[x->shape.rank - 1]);
		most = reach_of(x, a->x_zero) * reach_of(w, a->w_zero);
	} else {
		return INFINITY;
	}
	return taps * most + most_of_bias(n);
}

/* What no sum of n exceeds, where 32 bits do not hold all of them; else 0. */
static double most_of_sum(const struct node *n)
{
	if (strcmp(n->op->name, "QMul") == 0) {
		const struct qmul_attrs *a = n->attrs;

		return any_wide(n) ? reach_of(node_in(n, 0), a->a_zero) *
					     reach_of(node_in(n, 1), a->b_zero)
				   : 0;
	}
	if (strcmp(n->op->name, "QConv") == 0)
		return ((const struct qconv_attrs *)n->attrs)->wide ? sums_most(n) : 0;
	if (strcmp(n->op->name, "QMatMul") == 0)
		return ((const struct qmatmul_attrs *)n->attrs)->wide ? sums_most(n) : 0;
	return 0;
}

/* A sum times a multiplier, and the half that rounds, fit 64 bits: by so many bits a multiplier stays
 * below 2^31 that the sum is beyond it. */
static int spare_bits(const struct node *n)
{
	int e;

	frexp(most_of_sum(n), &e); /* < 2^e */
	return e > 31 ? e - 31 : 0;
}

static int64_t shift_for(const struct node *n, double least, double most)
{
	const double limit = 0x1p27;
	int e;

	frexp(most, &e); /* most < 2^e */
	e += spare_bits(n);
	if (e <= -1 && (products_of(n) * 0x1p16 < limit || least * limit > 0x1p16))
		return 0;
	return -1 - e < -31 ? -31 : -1 - e > 30 ? 30 : -1 - e;
}

static void to_multipliers(struct unit *u, struct node *n, int input, struct requant *r)
{
	const struct constant *c = node_const(n, input);
	int64_t count = shape_elements(&c->shape);
	double least = INFINITY, most = 0;
	struct constant *m;
	int32_t *to;
	void *data;

	for (int64_t i = 0; i < count; i++) {
		double f = constant_f64(c, i);

		least = f > 0 ? fmin(least, f) : least;
		most = fmax(most, f);
	}
	r->shift = shift_for(n, least, most);
	m = constant_new(u->arena, DT_I32, &c->shape, &data);
	to = data;
	for (int64_t i = 0; i < count; i++) {
		double v = nearbyint(ldexp(constant_f64(c, i), 32 + (int)r->shift));

		to[i] = v > INT32_MAX ? INT32_MAX : (int32_t)v;
	}
	node_set_input(n, input, build_constant(n, m));
}

static void product_fixed(struct unit *u, struct node *n)
{
	struct requant *r =
		strcmp(n->op->name, "QConv") == 0  ? &((struct qconv_attrs *)n->attrs)->out
		: strcmp(n->op->name, "QMul") == 0 ? &((struct qmul_attrs *)n->attrs)->out
						   : &((struct qmatmul_attrs *)n->attrs)->out;

	if (r->to != DT_I32)
		to_multipliers(u, n, 2, r);
}

static void resize_fixed(struct unit *u, struct node *n)
{
	to_multipliers(u, n, 1, &((struct qresize_attrs *)n->attrs)->out);
}

static void mean_fixed(struct unit *u, struct node *n)
{
	to_multipliers(u, n, 1, &((struct qpool_attrs *)n->attrs)->out);
}

/* -- sums of two ----------------------------------------------------------------------- */

/* The scale's numbers times 2^shift, half of 2^shift added to the last. False: with operands of these
 * types, some sum is beyond the limit. */
static bool numbers_fit(const struct node *n, int shift, double limit, double *m)
{
	const struct constant *c = node_const(n, 2);
	double lo, hi;

	for (int i = 0; i < 3; i++)
		m[i] = nearbyint(ldexp(constant_f64(c, i), shift) +
				 (i == 2 ? ldexp(0.5, shift) : 0));
	lo = hi = m[2];
	for (int k = 1; k >= 0; k--) {
		double a = m[k] * (double)quantized_least(node_in(n, k)->type);
		double b = m[k] * (double)quantized_most(node_in(n, k)->type);

		if (fmax(fabs(a), fabs(b)) > limit)
			return false;
		lo += fmin(a, b);
		hi += fmax(a, b);
		if (lo < -limit || hi > limit)
			return false;
	}
	return fabs(m[2]) <= limit;
}

static void add_fixed(struct unit *u, struct node *n)
{
	const struct constant *c = node_const(n, 2);
	const bool wide = any_wide(n);
	int shift = wide ? 30 : 22;
	struct constant *to;
	double m[3];
	void *data;

	while (shift > 0 && !numbers_fit(n, shift, wide ? 0x1p62 : INT32_MAX, m))
		shift--;
	((struct qadd_attrs *)n->attrs)->shift = shift;
	to = constant_new(u->arena, wide ? DT_I64 : DT_I32, &c->shape, &data);
	for (int i = 0; i < 3; i++)
		constant_put_i64(data, to->type, i, (int64_t)m[i]);
	node_set_input(n, 2, build_constant(n, to));
}

/* -- times and plus constants ------------------------------------------------------------ */

/* Multipliers below 2^31, so that products with integers of 32 bits and offsets fit 64. */
static void scale_fixed(struct unit *u, struct node *n)
{
	const struct constant *scale = node_const(n, 1), *offset = node_const(n, 2);
	struct constant *m, *o;
	void *to_m, *to_o;
	int es, eo, shift;

	frexp(largest(scale), &es);
	frexp(largest(offset) + 1, &eo);
	shift = 31 - es < 61 - eo ? 31 - es : 61 - eo;
	shift = shift < 0 ? 0 : shift > 62 ? 62 : shift;
	m = constant_new(u->arena, DT_I32, &scale->shape, &to_m);
	o = constant_new(u->arena, DT_I64, &offset->shape, &to_o);
	for (int64_t i = 0; i < shape_elements(&m->shape); i++) {
		double v = nearbyint(ldexp(constant_f64(scale, i), shift));

		((int32_t *)to_m)[i] = (int32_t)fmax(-INT32_MAX, fmin(INT32_MAX, v));
	}
	for (int64_t i = 0; i < shape_elements(&o->shape); i++)
		((int64_t *)to_o)[i] =
			(int64_t)nearbyint(ldexp(constant_f64(offset, i) + 0.5, shift));
	((struct qscale_attrs *)n->attrs)->shift = shift;
	node_set_input(n, 1, build_constant(n, m));
	node_set_input(n, 2, build_constant(n, o));
}

/* -- softmax --------------------------------------------------------------------------- */

static void softmax_fixed(struct unit *u, struct node *n)
{
	struct qsoftmax_attrs *a = n->attrs;
	const struct constant *c = node_const(n, 1);
	struct constant *to;
	void *data;

	to = constant_new(u->arena, DT_I32, &c->shape, &data);
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		((int32_t *)data)[i] = (int32_t)nearbyint(ldexp(constant_f64(c, i), 22));
	a->inverse = (int64_t)nearbyint(fmin(256 / (double)a->y_scale, 0x1p38));
	node_set_input(n, 1, build_constant(n, to));
}

/* -- the pass -------------------------------------------------------------------------- */

static const struct {
	const char *op;
	int scale; /* the input that holds floats, or integers when it is done */
	void (*apply)(struct unit *u, struct node *n);
} rows[] = {
	{ "QConv", 2, product_fixed },    { "QMatMul", 2, product_fixed },
	{ "QMul", 2, product_fixed },     { "QAdd", 2, add_fixed },
	{ "QScale", 1, scale_fixed },     { "QAveragePool", 1, mean_fixed },
	{ "QSoftmax", 1, softmax_fixed }, { "QResize", 1, resize_fixed },
};

static void graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first; n; n = n->next)
		for (size_t i = 0; i < ARRAY_LEN(rows) && n->op->domain == DOMAIN_EDGECC; i++) {
			if (strcmp(n->op->name, rows[i].op) != 0 ||
			    node_in(n, rows[i].scale)->type != DT_F32)
				continue;
			rows[i].apply(g->unit, n);
			++*changes;
		}
}

/* Where the machine is one of ONNX Runtime's, sums are rounded as its fused multiply-adds are. */
static void fuse_graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first; n; n = n->next)
		if (n->op == op_builtin("edgecc.QAdd")) {
			((struct qadd_attrs *)n->attrs)->fused = 1;
			++*changes;
		}
}

static int run(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	if (c->target->rounding == ROUNDING_FIXED)
		unit_each_graph(u, graph, &changes);
	else if (quantized_unsigned(c->target))
		unit_each_graph(u, fuse_graph, &changes);
	return changes;
}

const struct pass pass_multiplier = {
	.name = "rounding",
	.doc = "factors of integer operators as the target computes: multipliers where it rounds in fixed point",
	.required = true,
	.run = run,
};
