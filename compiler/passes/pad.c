/* A Pad along the spatial axes becomes the window's own padding:
 *
 *	Conv(Pad(x, p, 0), pads = q)           =>  Conv(x, pads = p + q)
 *	AveragePool(Pad(x, p, 0), pads = q)    =>  AveragePool(x, pads = p + q), counting the
 *						   border: q must count too or be 0
 *	MaxPool(Pad(x, p, v), pads = q)        =>  MaxPool(x, pads = p + q), v being -inf, or 0 and
 *						   x never negative */
#include <math.h>

#include "list.h"
#include "rewrite.h"

/* What a Pad adds to each axis. */
struct border {
	int64_t lo[RANK_MAX], hi[RANK_MAX];
	double value;
};

static bool border_of(struct unit *u, const struct node *p, struct border *b)
{
	int rank = node_out(p, 0)->shape.rank, axis;
	const struct constant *pads = node_const(p, 1), *axes = node_const(p, 3);
	int64_t count = axes ? shape_elements(&axes->shape) : rank;

	*b = (struct border){ .value = 0 };
	if (attr_number(p, "mode") != 0 || !pads || (node_in(p, 3) && !axes) ||
	    (node_in(p, 2) && !input_number(p, 2, &b->value)))
		return false;
	for (int64_t i = 0; i < count; i++) {
		axis = (int)i;
		if (axes && !axis_resolve(u, &p->loc, constant_i64(axes, i), rank, &axis))
			return false;
		b->lo[axis] = constant_i64(pads, i);
		b->hi[axis] = constant_i64(pads, count + i);
		if (b->lo[axis] < 0 || b->hi[axis] < 0)
			return false;
	}
	return true;
}

/* b as a border of y, which has the shape of x, the padded tensor, but for axes of size 1. */
static bool move_border(const struct shape *x, const struct shape *y, struct border *b)
{
	struct border moved = { .value = b->value };
	int k = 0;

	for (int i = 0; i < x->rank; i++) {
		if (x->d[i] == 1) {
			if (b->lo[i] || b->hi[i])
				return false;
			continue;
		}
		while (k < y->rank && y->d[k] == 1)
			k++;
		if (k == y->rank || y->d[k] != x->d[i])
			return false;
		moved.lo[k] = b->lo[i];
		moved.hi[k++] = b->hi[i];
	}
	*b = moved;
	return true; /* as many elements: what is left of y has size 1 */
}

/* The Pad whose result n's input 0 is, perhaps with other axes of size 1, adds b to spatial axes
 * only. */
static const struct node *pad_before(struct unit *u, const struct node *n, struct border *b)
{
	const struct node *p = input_node(n, 0);
	bool moved = node_is(p, "Reshape");

	if (moved)
		p = input_node(p, 0);
	if (!node_is(p, "Pad") || !border_of(u, p, b) ||
	    (moved && !move_border(&node_out(p, 0)->shape, &node_in(n, 0)->shape, b)) || b->lo[0] ||
	    b->hi[0] || b->lo[1] || b->hi[1])
		return NULL;
	return p;
}

/* What p pads, with n's axes; VALUE_NONE when its shape cannot be written down. */
static uint32_t without_border(struct unit *u, struct node *n, const struct node *p,
			       const struct border *b)
{
	struct shape s = node_in(n, 0)->shape;

	for (int i = 0; i < s.rank; i++)
		if (b->lo[i] || b->hi[i])
			s.d[i] = dim_sub(u, s.d[i], b->lo[i] + b->hi[i]);
	return build_view(n, p->in[0], &s);
}

/* The window's padding as the attribute says it, with b around it. */
static struct ints sum(struct unit *u, const struct window *w, const struct border *b)
{
	int64_t *pads = arena_array(u->arena, int64_t, 2 * (size_t)w->n);

	for (int i = 0; i < w->n; i++) {
		pads[i] = w->pad_lo[i] + b->lo[i + 2];
		pads[w->n + i] = w->pad_hi[i] + b->hi[i + 2];
	}
	return (struct ints){ pads, 2 * w->n };
}

static bool apply_conv(struct unit *u, struct node *n)
{
	struct conv_attrs a = *(const struct conv_attrs *)n->attrs;
	const struct node *p;
	struct window w;
	struct border b;
	uint32_t in[3];

	p = pad_before(u, n, &b);
	if (!p || b.value != 0)
		return false;
	in[0] = without_border(u, n, p, &b);
	for (int k = 1; k < n->n_in; k++)
		in[k] = n->in[k];
	conv_window(u, n, &w);
	a.auto_pad = PAD_NOTSET;
	a.pads = sum(u, &w, &b);
	return in[0] && replace_node(n, build(n, "Conv", &a, n->n_in, in));
}

/* No element of v is below 0; NaN does not count. */
static bool never_negative(const struct value *v)
{
	static const char *const ops[] = { "Relu", "Sigmoid",  "Softmax", "HardSigmoid",
					   "Exp",  "Softplus", "Abs" };
	const struct node *n = v->producer;
	double lo;

	for (int steps = 0; steps < 8 && (node_is(n, "MaxPool") || node_is(n, "AveragePool"));
	     steps++)
		n = node_in(n, 0)->producer;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (node_is(n, ops[i]))
			return true;
	return node_is(n, "Clip") && input_number(n, 1, &lo) && lo >= 0;
}

/* Every window covers an element that is no border: without dilation, a border is narrower than the
 * kernel. */
static bool covers_data(const struct window *w, const struct ints *pads)
{
	for (int i = 0; i < w->n; i++)
		if (pads->p[i] >= w->kernel[i] || pads->p[w->n + i] >= w->kernel[i] ||
		    (w->dilation[i] != 1 && (pads->p[i] || pads->p[w->n + i])))
			return false;
	return true;
}

static bool unpadded(const struct window *w)
{
	for (int i = 0; i < w->n; i++)
		if (w->pad_lo[i] || w->pad_hi[i])
			return false;
	return true;
}

static bool apply_pool(struct unit *u, struct node *n)
{
	struct pool_attrs a = *(const struct pool_attrs *)n->attrs;
	bool average = node_is(n, "AveragePool");
	const struct node *p;
	struct window w;
	struct border b;
	uint32_t x;

	p = pad_before(u, n, &b);
	if (!p || node_out(n, 1))
		return false;
	pool_window(u, n, &w);
	a.auto_pad = PAD_NOTSET;
	a.pads = sum(u, &w, &b);
	if (!covers_data(&w, &a.pads))
		return false;
	if (average && (b.value != 0 || !(a.count_include_pad || unpadded(&w))))
		return false;
	if (!average && !(isinf(b.value) && b.value < 0) &&
	    !(b.value == 0 && never_negative(node_in(p, 0))))
		return false;
	a.count_include_pad = average;
	x = without_border(u, n, p, &b);
	return x && replace_node(n, build1(n, n->op->name, &a, x));
}

static const struct rewrite rewrites[] = {
	{ "pad-into-conv", "Conv", "Conv(Pad(x)) => Conv(x) with wider pads", apply_conv },
	{ "pad-into-pool", "AveragePool MaxPool",
	  "the same for pools, where the border counts alike", apply_pool },
	{ .name = NULL }
};

static const struct rewrite *const tables[] = { rewrites, NULL };

const struct pass pass_pad = {
	.name = "merge-pad",
	.doc = "borders of zeros as the padding of the window that reads them",
	.level = 1,
	.rewrites = tables,
};
