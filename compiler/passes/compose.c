/* Chains of operators that only move elements, composed. The result is a strided view of its
 * source; where the strides of one source axis stay together and in order, the chain is
 *
 *	Reshape(Gather(Slice(x, starts, ends, axes, steps), indices, axis), shape)
 *
 * of which most parts are not needed. So a channel shuffle (Reshape, Transpose, Reshape) is a
 * Gather of channels, and every other channel of it (a Gather more) is a Slice: both leave tensors
 * in whatever layout they have. */
#include <stdlib.h>

#include "strided.h"

enum { CHAIN = 8, INDEX_MAX = 1 << 16 };

/* -- what it comes to ----------------------------------------------------------------- */

/* Along a source axis: the indices that are kept, in order. NULL: all. */
struct kept {
	int64_t *index, n;
	bool arithmetic; /* start, start + step ...: a Slice has them, its step is not 0 */
};

static int64_t stride_of(const struct shape *x, int axis)
{
	int64_t stride = 1;

	for (int i = axis + 1; i < x->rank; i++)
		stride *= x->d[i];
	return stride;
}

static int axis_of(const struct shape *x, int64_t stride)
{
	for (int i = 0; i < x->rank; i++)
		if (x->d[i] > 1 && llabs(stride) >= stride_of(x, i))
			return i;
	return -1;
}

/* What the indices of k come to, along an axis of the given size; false when one is outside. */
static bool describe(int64_t size, struct kept *k)
{
	k->arithmetic = k->n < 2 || k->index[1] != k->index[0];
	for (int64_t e = 0; e < k->n; e++) {
		int64_t v = k->index[e];

		if (v < 0 || v >= size)
			return false;
		k->arithmetic &= e < 2 || v - k->index[e - 1] == k->index[1] - k->index[0];
	}
	if (k->n == size && k->arithmetic && k->index[0] == 0 && (k->n == 1 || k->index[1] == 1))
		k->index = NULL;
	return true;
}

static bool keep_along(struct arena *a, const struct shape *x, int axis, int64_t base,
		       const struct digit *d, int n, struct kept *k)
{
	int64_t stride = stride_of(x, axis), first = base / stride % x->d[axis], inner = 1;

	k->n = 1;
	for (int i = 0; i < n; i++)
		k->n *= d[i].extent;
	if (k->n > INDEX_MAX)
		return false;
	k->index = arena_array(a, int64_t, (size_t)k->n);
	for (int64_t e = 0; e < k->n; e++)
		k->index[e] = first;
	for (int i = n - 1; i >= 0; i--) {
		if (d[i].stride % stride)
			return false;
		for (int64_t e = 0; e < k->n; e++)
			k->index[e] += e / inner % d[i].extent * (d[i].stride / stride);
		inner *= d[i].extent;
	}
	return describe(x->d[axis], k);
}

/* s as indices kept along each axis of x; false when axes mix. */
static bool resolve(struct arena *a, const struct shape *x, const struct strided *s,
		    struct kept *kept)
{
	struct digit d[RANK_MAX * DIGITS];
	int n = 0, at = 0;

	for (int i = 0; i < s->rank; i++)
		for (int k = 0; k < s->axis[i].n; k++)
			d[n++] = s->axis[i].d[k];
	for (int axis = 0; axis < x->rank; axis++) {
		int from = at;

		while (at < n && axis_of(x, d[at].stride) == axis)
			at++;
		if (!keep_along(a, x, axis, s->base, d + from, at - from, &kept[axis]))
			return false;
	}
	return at == n;
}

static bool is_sized(const struct value *v)
{
	return v->container == TENSOR && shape_is_const(&v->shape) && shape_elements(&v->shape) > 0;
}

/* n gathers by a list of known indices. */
static bool gathers_list(const struct node *n)
{
	const struct constant *c = node_is(n, "Gather") ? node_const(n, 1) : NULL;

	return c && c->shape.rank == 1 && c->shape.d[0] <= INDEX_MAX && is_sized(node_in(n, 0));
}

/* The same of what g gathers from. */
static bool keep_behind(struct unit *u, struct arena *a, const struct node *g, struct kept *kept)
{
	const struct constant *c = node_const(g, 1);
	const struct shape *x = &node_in(g, 0)->shape;
	struct kept k;
	int axis;

	if (!axis_resolve(u, &g->loc, (int64_t)attr_number(g, "axis"), x->rank, &axis))
		return false;
	k = kept[axis];
	k.index = arena_array(a, int64_t, (size_t)k.n);
	for (int64_t e = 0; e < k.n; e++) {
		k.index[e] = constant_i64(c, kept[axis].index ? kept[axis].index[e] : e);
		k.index[e] += k.index[e] < 0 ? x->d[axis] : 0;
	}
	kept[axis] = k;
	return describe(x->d[axis], &kept[axis]);
}

static uint32_t slice(struct node *n, uint32_t x, const struct kept *kept, int rank)
{
	int64_t starts[RANK_MAX], ends[RANK_MAX], axes[RANK_MAX], steps[RANK_MAX];
	int count = 0;

	for (int i = 0; i < rank; i++) {
		const struct kept *k = &kept[i];

		if (!k->index || !k->arithmetic)
			continue;
		starts[count] = k->index[0];
		steps[count] = k->n > 1 ? k->index[1] - k->index[0] : 1;
		ends[count] = k->index[k->n - 1] + (steps[count] > 0 ? 1 : -1);
		if (ends[count] < 0)
			ends[count] = INT64_MIN + 1;
		axes[count++] = i;
	}
	if (!count)
		return x;
	return build(n, "Slice", NULL, 5,
		     (uint32_t[]){ x, build_ints(n, starts, count), build_ints(n, ends, count),
				   build_ints(n, axes, count), build_ints(n, steps, count) });
}

static uint32_t gather(struct node *n, uint32_t x, const struct kept *k, int axis)
{
	struct shape s = { .rank = 1, .d = { k->n } };
	struct axis_attrs a = { axis };
	struct constant *c;
	void *data;

	c = constant_new(n->graph->unit->arena, DT_I32, &s, &data);
	for (int64_t e = 0; e < k->n; e++)
		constant_put_i64(data, DT_I32, e, k->index[e]);
	return build2(n, "Gather", &a, x, build_constant(n, c));
}

/* -- costs ---------------------------------------------------------------------------- */

/* A Slice may be an alias; a Reshape wants the axes in order. */
enum { COST_SLICE = 1, COST_RESHAPE = 1, COST_COPY = 2 };

static int cost_of(const struct node *n)
{
	if (node_is(n, "Reshape"))
		return COST_RESHAPE;
	return node_is(n, "Slice") || node_is(n, "Split") ? COST_SLICE : COST_COPY;
}

static int cost_after(const struct shape *x, const struct kept *kept, const struct shape *y)
{
	bool slices = false, same = x->rank == y->rank;
	int cost = 0;

	for (int i = 0; i < x->rank; i++) {
		slices |= kept[i].index && kept[i].arithmetic;
		cost += kept[i].index && !kept[i].arithmetic ? COST_COPY : 0;
		same = same && kept[i].n == y->d[i];
	}
	return cost + (slices ? COST_SLICE : 0) + (same ? 0 : COST_RESHAPE);
}

/* chain[0] is n's output, chain[i + 1] what chain[i]'s node moves; behind gathers chain[steps], or
 * is NULL. */
static bool compose(struct node *n, struct value *const *chain, int steps,
		    const struct node *behind, bool single)
{
	struct unit *u = n->graph->unit;
	const struct value *x = chain[steps];
	struct arena scratch = { 0 };
	struct kept kept[RANK_MAX];
	struct strided s;
	int before = behind ? COST_COPY : 0;
	uint32_t y = VALUE_NONE;
	bool ok;

	strided_begin(&x->shape, &s);
	for (int i = steps - 1; i >= 0; i--) {
		before += cost_of(chain[i]->producer);
		if (!strided_step(u, chain[i], &s))
			return false;
	}
	ok = resolve(&scratch, &x->shape, &s, kept) &&
	     (!behind || keep_behind(u, &scratch, behind, kept));
	if (behind)
		x = node_in(behind, 0);
	if (ok && cost_after(&x->shape, kept, &chain[0]->shape) < before + single) {
		y = slice(n, x->id, kept, x->shape.rank);
		for (int i = 0; i < x->shape.rank; i++)
			if (kept[i].index && !kept[i].arithmetic)
				y = gather(n, y, &kept[i], i);
		y = build_view(n, y, &chain[0]->shape);
	}
	arena_free(&scratch);
	return replace_node(n, y);
}

static bool is_step(const struct node *n, const struct graph *g)
{
	return n && n->graph == g && strided_moves(n) && is_sized(node_in(n, 0));
}

/* Along n's axis, what has one index lies together. */
static bool is_outermost(const struct node *n)
{
	const struct shape *x = &node_in(n, 0)->shape;
	int axis;

	if (!axis_resolve(n->graph->unit, &n->loc, (int64_t)attr_number(n, "axis"), x->rank, &axis))
		return false;
	for (int i = 0; i < axis; i++)
		if (x->d[i] != 1)
			return false;
	return true;
}

static bool apply_movement(struct unit *u, struct node *n)
{
	struct value *chain[CHAIN + 1] = { node_out(n, 0) };
	bool single;
	int64_t index;
	int steps = 0;

	(void)u;
	if (!is_sized(chain[0]))
		return false;
	while (steps < CHAIN && is_step(chain[steps]->producer, n->graph)) {
		chain[steps + 1] = node_in(chain[steps]->producer, 0);
		steps++;
	}
	/* A Slice and a Reshape cost nothing where they are aliases. */
	single = strided_single_index(n, &index) && is_outermost(n);
	for (; steps > 0; steps--) {
		const struct node *behind = chain[steps]->producer;

		if (behind && behind->graph == n->graph && gathers_list(behind) &&
		    compose(n, chain, steps, behind, false))
			return true;
		if ((steps > 1 || single) && compose(n, chain, steps, NULL, single && steps == 1))
			return true;
	}
	return false;
}

const struct rewrite rewrites_compose[] = { { "compose-movement", "Reshape Transpose Slice Gather",
					      "chains that move elements => Slice, Gather, Reshape",
					      apply_movement },
					    { .name = NULL } };
