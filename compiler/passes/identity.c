/* Operators that give their input as it is, by their attributes or by the shapes they meet, go. */
#include "rewrite.h"

#include <math.h>

/* The output is input 0 whatever the attributes say. */
static bool apply_identity(struct unit *u, struct node *n)
{
	const struct value *x = node_in(n, 0), *y = node_out(n, 0);

	if (x->container != y->container || x->type != y->type ||
	    !shape_equal(&x->shape, &y->shape))
		return false;
	graph_replace(u, y->id, x->id);
	return true;
}

static bool apply_dropout(struct unit *u, struct node *n)
{
	const struct value *mask = node_out(n, 1);

	(void)u;
	if (node_in(n, 2) && !(node_const(n, 2) && constant_i64(node_const(n, 2), 0) == 0))
		return false; /* it may be training */
	return !(mask && (mask->uses.n || mask->outputs)) && replace_node(n, n->in[0]);
}

/* Operators that, their result being shaped as input 0, cannot have done anything. */
static bool apply_same_shape(struct unit *u, struct node *n)
{
	(void)u;
	return replace_node(n, n->in[0]);
}

static bool apply_single(struct unit *u, struct node *n)
{
	(void)u;
	return n->n_in == 1 && n->n_out == 1 && replace_node(n, n->in[0]);
}

/* One part is the whole; equal parts of which there is one, too. */
static bool apply_split(struct unit *u, struct node *n)
{
	(void)u;
	return n->n_out == 1 && replace_node(n, n->in[0]);
}

static bool apply_pad(struct unit *u, struct node *n)
{
	(void)u;
	return input_is_all(n, 1, 0) && replace_node(n, n->in[0]);
}

/* As long as the input with steps of 1: from its beginning to its end. */
static bool apply_slice(struct unit *u, struct node *n)
{
	(void)u;
	return (!node_in(n, 4) || input_is_all(n, 4, 1)) && replace_node(n, n->in[0]);
}

/* Empty parts add nothing. One part must stay. */
static bool apply_concat(struct unit *u, struct node *n)
{
	uint32_t *in = arena_array(u->arena, uint32_t, (size_t)n->n_in);
	int axis, kept = 0;

	axis_resolve(u, &n->loc, ((const struct axis_attrs *)n->attrs)->axis,
		     node_out(n, 0)->shape.rank, &axis);
	for (int k = 0; k < n->n_in; k++)
		if (node_in(n, k)->shape.d[axis] != 0)
			in[kept++] = n->in[k];
	if (kept == 0 || kept == n->n_in)
		return false;
	for (int k = 0; k < kept; k++)
		node_set_input(n, k, in[k]);
	node_trim_inputs(n, kept);
	return true;
}

/* -- Cast ----------------------------------------------------------------------------- */

/* Bits of magnitude that are exact in t; 0: not a type of this comparison. */
static int exact_bits(enum dtype t)
{
	static const uint8_t bits[DT_ONNX_COUNT] = {
		[DT_BOOL] = 1, [DT_I8] = 7,   [DT_U8] = 8,   [DT_I16] = 15, [DT_U16] = 16,
		[DT_I32] = 31, [DT_U32] = 32, [DT_I64] = 63, [DT_U64] = 64, [DT_F16] = 11,
		[DT_BF16] = 8, [DT_F32] = 24, [DT_F64] = 53,
	};

	return bits[t];
}

/* Every value of type a is one of type b. */
static bool embeds(enum dtype a, enum dtype b)
{
	int bits_a = exact_bits(a), bits_b = exact_bits(b);

	if (!bits_a || !bits_b)
		return false;
	if (dtype_is_float(a)) /* the ranges of f32 and f64 hold all smaller ones' */
		return a == b || b == DT_F64 || (b == DT_F32 && a != DT_F64);
	if (dtype_is_float(b))
		return bits_a <= bits_b && (b != DT_F16 || bits_a < 16);
	if (b == DT_BOOL)
		return a == DT_BOOL;
	return bits_a <= bits_b && (!dtype_is_signed_int(a) || dtype_is_signed_int(b));
}

/* Cast(Cast(x, b), c) with every x exact in b  =>  Cast(x, c). Integers out of c's range wrap,
 * floats saturate: between integers the way through floats is another. */
static bool apply_cast_of_cast(struct unit *u, struct node *n)
{
	const struct node *p = input_node(n, 0);
	enum dtype a, b, c = node_out(n, 0)->type;

	(void)u;
	if (!node_is(p, "Cast"))
		return false;
	a = node_in(p, 0)->type;
	b = node_out(p, 0)->type;
	if (!embeds(a, b) || !exact_bits(c))
		return false;
	if (dtype_is_int(a) && dtype_is_float(b) && dtype_is_int(c) && !embeds(a, c))
		return false;
	node_set_input(n, 0, p->in[0]);
	return true;
}

/* -- Clip ----------------------------------------------------------------------------- */

static bool bound_is_open(const struct node *n, int k)
{
	double v;

	if (!node_in(n, k))
		return true;
	return dtype_is_float(node_in(n, k)->type) && input_number(n, k, &v) && isinf(v) &&
	       (v > 0) == (k == 2);
}

/* Clip(x, 0, inf)  =>  Relu(x) */
static bool apply_clip(struct unit *u, struct node *n)
{
	enum dtype t = node_in(n, 0)->type;

	if (!bound_is_open(n, 2))
		return false;
	if (bound_is_open(n, 1))
		return apply_same_shape(u, n);
	if (!input_is(n, 1, 0) || !(dtype_is_signed_int(t) || dtype_is_float(t)))
		return false;
	node_become(n, "Relu", NULL, 1, &n->in[0]);
	return true;
}

/* Relu of what is never negative, NaN aside, which stays NaN. */
static bool apply_relu(struct unit *u, struct node *n)
{
	static const char *const positive[] = { "Relu",        "Sigmoid", "Softmax",
						"HardSigmoid", "Exp",     "Softplus" };
	const struct node *p = input_node(n, 0);
	double lo;

	for (size_t i = 0; i < ARRAY_LEN(positive); i++)
		if (node_is(p, positive[i]))
			return apply_same_shape(u, n);
	return node_is(p, "Clip") && input_number(p, 1, &lo) && lo >= 0 && apply_same_shape(u, n);
}

/* -- Where ---------------------------------------------------------------------------- */

static bool apply_where(struct unit *u, struct node *n)
{
	(void)u;
	if (input_is_all(n, 0, 1))
		return replace_node(n, n->in[1]);
	return input_is_all(n, 0, 0) && replace_node(n, n->in[2]);
}

const struct rewrite rewrites_identity[] = {
	{ "remove-identity", "Identity", "Identity(x) => x", apply_identity },
	{ "remove-dropout", "Dropout", "x, when nobody reads the mask", apply_dropout },
	{ "remove-cast", "Cast", "x, when it has the type already", apply_same_shape },
	{ "cast-of-cast", "Cast", "one Cast, when the first loses nothing", apply_cast_of_cast },
	{ "remove-expand", "Expand Tile", "x, when it has the shape already", apply_same_shape },
	{ "remove-pad", "Pad", "x, when every border is 0", apply_pad },
	{ "remove-slice", "Slice", "x, when all of it is taken", apply_slice },
	{ "remove-split", "Split", "x, when there is one part", apply_split },
	{ "remove-single", "Concat Sum Max Min Mean", "x, when it is the only input",
	  apply_single },
	{ "concat-of-empty", "Concat", "without inputs that have no elements", apply_concat },
	{ "clip-to-relu", "Clip", "Clip(x, 0, inf) => Relu(x); x without bounds", apply_clip },
	{ "remove-relu", "Relu", "Relu(x) => x where x cannot be negative", apply_relu },
	{ "constant-where", "Where", "the side that a constant condition chooses", apply_where },
	{ .name = NULL }
};
