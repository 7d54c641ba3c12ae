/* Activation functions that exporters write out in parts:
 *
 *	x / 2 * (1 + erf(x / sqrt 2))                            Gelu(x)
 *	x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))    Gelu(x, tanh)
 *	1 / (1 + exp(-x))                                        Sigmoid(x)
 *	x * Sigmoid(a x)                                         Swish(x, a)
 *	Clip(x + 3, 0, 6) / 6, and times x                       HardSigmoid(x), HardSwish(x)
 *	log(exp(x) + 1)                                          Softplus(x)
 *	x * tanh(Softplus(x))                                    Mish(x)
 *
 * Factors stand in any order and constants anywhere among them. One node instead of several reads x
 * once, so that it can be computed where x is. */
#include "rewrite.h"

#include <math.h>

/* -- products and sums ---------------------------------------------------------------- */

enum { FACTORS = 4, DEPTH = 6 };

/* scale * factor[0] * factor[1] ... What has more than one use is a factor: x is, wherever it comes
 * from. */
struct product {
	double scale;
	int n;
	uint32_t factor[FACTORS];
};

static bool take_apart(const struct graph *g, uint32_t id, int depth, struct product *p)
{
	const struct value *v = value_of(g->unit, id);
	const struct node *n = v->producer;
	double c;

	if (n && n->graph == g && depth < DEPTH && (depth == 0 || used_once(v))) {
		bool scaled = input_number(n, 1, &c);

		if ((node_is(n, "Mul") || node_is(n, "Div")) && scaled) {
			p->scale *= node_is(n, "Mul") ? c : 1 / c;
			return take_apart(g, n->in[0], depth + 1, p);
		}
		if (node_is(n, "Neg")) {
			p->scale = -p->scale;
			return take_apart(g, n->in[0], depth + 1, p);
		}
		if (node_is(n, "Mul"))
			return take_apart(g, n->in[0], depth + 1, p) &&
			       take_apart(g, n->in[1], depth + 1, p);
	}
	if (p->n == FACTORS)
		return false;
	p->factor[p->n++] = id;
	return true;
}

static bool product_of(const struct graph *g, uint32_t id, struct product *p)
{
	*p = (struct product){ .scale = 1 };
	return take_apart(g, id, 0, p);
}

/* Constants are rounded to float, and exporters round them to six digits before. */
static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-6 * fabs(b);
}

/* id is scale * x^n. */
static bool is_power(const struct graph *g, uint32_t id, uint32_t x, int n, double scale)
{
	struct product p;

	if (!product_of(g, id, &p) || p.n != n || !near(p.scale, scale))
		return false;
	for (int i = 0; i < n; i++)
		if (p.factor[i] != x)
			return false;
	return true;
}

/* id is a + c: *a is set. */
static bool plus(const struct graph *g, uint32_t id, double c, uint32_t *a)
{
	const struct node *n = value_of(g->unit, id)->producer;

	if (!node_is(n, "Add") || !input_is(n, 1, c))
		return false;
	*a = n->in[0];
	return true;
}

/* The argument of id when that is op(argument); VALUE_NONE otherwise. */
static uint32_t argument(const struct graph *g, uint32_t id, const char *op)
{
	const struct node *n = value_of(g->unit, id)->producer;

	return node_is(n, op) && n->graph == g ? n->in[0] : VALUE_NONE;
}

/* -- functions of x in a product with x ----------------------------------------------- */

static bool is_gelu_tanh(const struct graph *g, uint32_t t, uint32_t x)
{
	const double root = 0.79788456080286535588; /* sqrt(2 / pi) */
	const struct node *sum;
	struct product p;
	uint32_t cube;

	if (!product_of(g, t, &p) || !near(p.scale, root))
		return false;
	if (p.n == 1) { /* x + 0.044715 x^3 */
		sum = value_of(g->unit, p.factor[0])->producer;
		if (!node_is(sum, "Add"))
			return false;
		cube = sum->in[0] == x ? sum->in[1] : sum->in[0];
		return (sum->in[0] == x || sum->in[1] == x) && is_power(g, cube, x, 3, 0.044715);
	}
	for (int k = 0; p.n == 2 && k < 2; k++) /* x * (1 + 0.044715 x^2) */
		if (p.factor[k] == x && plus(g, p.factor[1 - k], 1, &cube) &&
		    is_power(g, cube, x, 2, 0.044715))
			return true;
	return false;
}

static uint32_t with_number(struct node *n, const char *op, const char *attr, double v, uint32_t x)
{
	const struct op *row = op_builtin(op);
	void *attrs = op_default_attrs(n->graph->unit->arena, row);

	attr_set(attrs, row, attr, v);
	return build1(n, op, attrs, x);
}

/* scale * x * f: the node that computes it, VALUE_NONE when it has no name. */
static uint32_t named(struct node *n, double scale, uint32_t x, uint32_t f)
{
	const struct graph *g = n->graph;
	const struct node *h = value_of(g->unit, f)->producer;
	struct product p;
	uint32_t s, e;

	if (near(scale, 0.5) && plus(g, f, 1, &s)) {
		e = argument(g, s, "Erf");
		if (e && is_power(g, e, x, 1, 0.70710678118654752440))
			return build1(n, "Gelu", NULL, x);
		e = argument(g, s, "Tanh");
		if (e && is_gelu_tanh(g, e, x))
			return with_number(n, "Gelu", "approximate", 1, x);
	}
	if (near(scale, 1.0 / 6) && node_is(h, "Clip") && input_is(h, 1, 0) && input_is(h, 2, 6) &&
	    plus(g, h->in[0], 3, &s) && s == x)
		return build1(n, "HardSwish", NULL, x);
	if (scale != 1)
		return VALUE_NONE;
	e = argument(g, f, "Sigmoid");
	if (e && product_of(g, e, &p) && p.n == 1 && p.factor[0] == x &&
	    (double)(float)p.scale == p.scale)
		return with_number(n, "Swish", "alpha", p.scale, x);
	e = argument(g, f, "Tanh");
	if (e && argument(g, e, "Softplus") == x)
		return build1(n, "Mish", NULL, x);
	if (node_is(h, "HardSigmoid") && h->in[0] == x && near(attr_number(h, "alpha"), 1.0 / 6) &&
	    attr_number(h, "beta") == 0.5)
		return build1(n, "HardSwish", NULL, x);
	return VALUE_NONE;
}

static bool apply_product(struct unit *u, struct node *n)
{
	struct product p;

	(void)u;
	if (!output_is_float(n) || !product_of(n->graph, n->out[0], &p) || p.n != 2)
		return false;
	return replace_node(n, named(n, p.scale, p.factor[0], p.factor[1])) ||
	       replace_node(n, named(n, p.scale, p.factor[1], p.factor[0]));
}

/* -- on their own --------------------------------------------------------------------- */

static bool apply_hard_sigmoid(struct unit *u, struct node *n)
{
	const struct node *h;
	struct product p;
	uint32_t x;

	if (!output_is_float(n) || !product_of(n->graph, n->out[0], &p) || p.n != 1 ||
	    !near(p.scale, 1.0 / 6))
		return false;
	h = value_of(u, p.factor[0])->producer;
	return node_is(h, "Clip") && input_is(h, 1, 0) && input_is(h, 2, 6) &&
	       plus(n->graph, h->in[0], 3, &x) &&
	       replace_node(n, with_number(n, "HardSigmoid", "alpha", (double)(1.0F / 6), x));
}

/* n is c / (1 + exp(-x)): *x is set. */
static bool logistic(const struct node *n, int slot, uint32_t *x)
{
	const struct graph *g = n->graph;
	struct product p;
	uint32_t e;

	if (!plus(g, n->in[slot], 1, &e) || !(e = argument(g, e, "Exp")) || !product_of(g, e, &p) ||
	    p.n != 1 || p.scale != -1)
		return false;
	*x = p.factor[0];
	return true;
}

static bool apply_sigmoid(struct unit *u, struct node *n)
{
	bool quotient = node_is(n, "Div");
	uint32_t x;

	(void)u;
	if (!output_is_float(n) || !logistic(n, quotient, &x))
		return false;
	if (!quotient || input_is(n, 0, 1))
		return replace_node(n, build1(n, "Sigmoid", NULL, x));
	return replace_node(n, build2(n, "Mul", NULL, n->in[0], build1(n, "Sigmoid", NULL, x)));
}

static bool apply_softplus(struct unit *u, struct node *n)
{
	uint32_t e;

	(void)u;
	return output_is_float(n) && plus(n->graph, n->in[0], 1, &e) &&
	       (e = argument(n->graph, e, "Exp")) &&
	       replace_node(n, build1(n, "Softplus", NULL, e));
}

const struct rewrite rewrites_known_activation[] = {
	{ "sigmoid", "Reciprocal Div", "1 / (1 + exp(-x)) => Sigmoid", apply_sigmoid },
	{ "softplus", "Log", "log(exp(x) + 1) => Softplus", apply_softplus },
	{ "hard-sigmoid", "Div Mul", "Clip(x + 3, 0, 6) / 6 => HardSigmoid", apply_hard_sigmoid },
	{ "activation-product", "Mul Div",
	  "x times a function of x => Gelu, Swish, HardSwish, Mish", apply_product },
	{ .name = NULL }
};
