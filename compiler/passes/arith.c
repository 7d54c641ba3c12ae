/* Arithmetic with constants in one form: constants second, no subtraction or division where
 * addition or multiplication gives the same bits, no operation that changes nothing. */
#include "rewrite.h"

#include <math.h>
#include <stdlib.h>

/* Add(c, x)  =>  Add(x, c), and Mul */
static bool apply_constant_second(struct unit *u, struct node *n)
{
	uint32_t x = n->in[1], c = n->in[0];

	(void)u;
	if (constant_slot(n) != 0)
		return false;
	node_set_input(n, 0, x);
	node_set_input(n, 1, c);
	return true;
}

/* x + 0, x - 0, x * 1, x / 1, x ** 1  =>  x. (-0 + 0 is 0: the sign of a zero may change.) */
static bool apply_neutral(struct unit *u, struct node *n)
{
	bool sum = node_is(n, "Add") || node_is(n, "Sub");

	(void)u;
	return input_is_all(n, 1, sum ? 0 : 1) && replace_node(n, n->in[0]);
}

/* x - c  =>  x + -c, the same for IEEE numbers and for integers that wrap */
static bool apply_sub(struct unit *u, struct node *n)
{
	const struct constant *c = node_const(n, 1);
	struct constant *negative;
	void *data;

	if (constant_slot(n) != 1)
		return false;
	negative = constant_new(u->arena, c->type, &c->shape, &data);
	for (int64_t i = 0; i < shape_elements(&c->shape); i++) {
		if (dtype_is_float(c->type))
			constant_put_f64(data, c->type, i, -constant_f64(c, i));
		else
			constant_put_i64(data, c->type, i,
					 (int64_t)(0 - (uint64_t)constant_i64(c, i)));
	}
	node_become(n, "Add", NULL, 2, (uint32_t[]){ n->in[0], build_constant(n, negative) });
	return true;
}

/* c is a power of two whose reciprocal is a normal number of type t. */
static bool has_exact_reciprocal(double c, enum dtype t)
{
	int e, limit = t == DT_F64 ? 1021 : t == DT_F16 ? 13 : 125;

	return isfinite(c) && c != 0 && fabs(frexp(c, &e)) == 0.5 && abs(e) < limit;
}

/* x / c  =>  x * (1 / c), c being powers of two */
static bool apply_div(struct unit *u, struct node *n)
{
	const struct constant *c = node_const(n, 1);
	struct constant *inverse;
	void *data;

	if (constant_slot(n) != 1 || !(c->type == DT_F32 || c->type == DT_F64 || c->type == DT_F16))
		return false;
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		if (!has_exact_reciprocal(constant_f64(c, i), c->type))
			return false;
	inverse = constant_new(u->arena, c->type, &c->shape, &data);
	for (int64_t i = 0; i < shape_elements(&c->shape); i++)
		constant_put_f64(data, c->type, i, 1 / constant_f64(c, i));
	node_become(n, "Mul", NULL, 2, (uint32_t[]){ n->in[0], build_constant(n, inverse) });
	return true;
}

/* x ** 2 => x * x,  x ** 3 => (x * x) * x,  x ** 0.5 => sqrt(x),  x ** -1 => 1 / x */
static bool apply_pow(struct unit *u, struct node *n)
{
	uint32_t x = n->in[0];
	double p;

	(void)u;
	if (!output_is_float(n) || !same_tensor(node_in(n, 0), node_out(n, 0)) ||
	    !input_number(n, 1, &p))
		return false;
	if (p == 2)
		node_become(n, "Mul", NULL, 2, (uint32_t[]){ x, x });
	else if (p == 3)
		node_become(n, "Mul", NULL, 2, (uint32_t[]){ build2(n, "Mul", NULL, x, x), x });
	else if (p == 0.5)
		node_become(n, "Sqrt", NULL, 1, &x);
	else if (p == -1)
		node_become(n, "Reciprocal", NULL, 1, &x);
	else
		return false;
	return true;
}

/* Neg(Neg(x)), Not(Not(x))  =>  x */
static bool apply_twice(struct unit *u, struct node *n)
{
	const struct node *p = input_node(n, 0);

	(void)u;
	return p && p->op == n->op && replace_node(n, p->in[0]);
}

/* Abs(Abs(x)), Floor(Floor(x)) ...  =>  the inner one */
static bool apply_again(struct unit *u, struct node *n)
{
	const struct node *p = input_node(n, 0);

	(void)u;
	return p && p->op == n->op && replace_node(n, n->in[0]);
}

/* Max(x, 0)  =>  Relu(x) */
static bool apply_max(struct unit *u, struct node *n)
{
	enum dtype t = node_out(n, 0)->type;
	int c = n->n_in == 2 ? constant_slot(n) : -1;

	(void)u;
	if (c < 0 || !input_is_all(n, c, 0) || !(dtype_is_signed_int(t) || dtype_is_float(t)) ||
	    !same_tensor(node_in(n, 1 - c), node_out(n, 0)))
		return false;
	node_become(n, "Relu", NULL, 1, &n->in[1 - c]);
	return true;
}

const struct rewrite rewrites_arith[] = {
	{ "constant-second", "Add Mul", "c + x => x + c", apply_constant_second },
	{ "remove-neutral", "Add Sub Mul Div Pow", "x + 0, x * 1 ... => x", apply_neutral },
	{ "sub-to-add", "Sub", "x - c => x + -c", apply_sub },
	{ "div-to-mul", "Div", "x / c => x * (1 / c), c a power of two", apply_div },
	{ "pow-to-product", "Pow", "x ** 2 => x * x; ** 3, ** 0.5, ** -1 alike", apply_pow },
	{ "remove-twice", "Neg Not", "Neg(Neg(x)) => x", apply_twice },
	{ "remove-again", "Abs Floor Ceil Round Sign", "Abs(Abs(x)) => Abs(x)", apply_again },
	{ "max-to-relu", "Max", "Max(x, 0) => Relu(x)", apply_max },
	{ .name = NULL }
};
