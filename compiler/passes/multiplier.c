/* Machines without floats: the factors of our integer operators become multipliers,
 *
 *	multiplier = round(factor * 2^(32 + shift))
 *
 * with one shift for all channels of a node: the largest with which every multiplier stays below
 * 2^31, but 0 (kernels then take one high multiplication) where that is exact enough. A multiplier
 * is off by 2^-33 at most, so a sum that matters by |sum| * 2^-33: under 1/64 of a step for sums
 * below 2^27, or where a sum of 2^27 saturates any result. */
#include "list.h"
#include "quantized.h"

#include <math.h>

static struct requant *requant_of(struct node *n)
{
	if (n->op == op_builtin("edgecc.QConv"))
		return &((struct qconv_attrs *)n->attrs)->out;
	if (n->op == op_builtin("edgecc.QMatMul"))
		return &((struct qmatmul_attrs *)n->attrs)->out;
	return NULL;
}

/* No sum of n's exceeds taps * 2^15; results are of 8 or 16 bits. */
static bool exact_unshifted(const struct node *n, double least)
{
	const struct constant *w = node_const(n, 1);
	const double limit = 0x1p27;
	int64_t channels = n->op == op_builtin("edgecc.QConv") && w ? w->shape.d[0] : 1;

	return (w && (double)(shape_elements(&w->shape) / channels) * 0x1p15 < limit) ||
	       least * limit > 0x1p16;
}

static int64_t shift_for(const struct node *n, double least, double most)
{
	int e;

	frexp(most, &e); /* most < 2^e */
	if (e <= -1 && exact_unshifted(n, least))
		return 0;
	return -1 - e < -31 ? -31 : -1 - e > 30 ? 30 : -1 - e;
}

static void to_multipliers(struct unit *u, struct node *n, struct requant *r)
{
	enum { SCALE = 2 };
	const struct constant *c = node_const(n, SCALE);
	int64_t count = shape_elements(&c->shape);
	double least = INFINITY, most = 0;
	struct constant *m;
	int32_t *to;
	void *data;

	for (int64_t i = 0; i < count; i++) {
		least = fmin(least, constant_f64(c, i));
		most = fmax(most, constant_f64(c, i));
	}
	r->shift = shift_for(n, least, most);
	m = constant_new(u->arena, DT_I32, &c->shape, &data);
	to = data;
	for (int64_t i = 0; i < count; i++) {
		double v = nearbyint(ldexp(constant_f64(c, i), 32 + (int)r->shift));

		to[i] = v > INT32_MAX ? INT32_MAX : (int32_t)v;
	}
	node_set_input(n, SCALE, build_constant(n, m));
}

static void graph(struct graph *g, void *data)
{
	int *changes = data;

	for (struct node *n = g->first; n; n = n->next) {
		struct requant *r = n->op->domain == DOMAIN_EDGECC ? requant_of(n) : NULL;

		if (!r || node_in(n, 2)->type != DT_F32)
			continue;
		to_multipliers(g->unit, n, r);
		++*changes;
	}
}

static int run(struct unit *u, const struct pass_context *c)
{
	int changes = 0;

	if (c->target->rounding == ROUNDING_FIXED)
		unit_each_graph(u, graph, &changes);
	return changes;
}

const struct pass pass_multiplier = {
	.name = "fixed-point",
	.doc = "where the target rounds in fixed point, factors of integer operators become multipliers",
	.required = true,
	.run = run,
};
