/* The steps of a chain of operators that only move elements: what each does to the view. */
#include "strided.h"

/* -- the steps of a chain ------------------------------------------------------------- */

void strided_begin(const struct shape *x, struct strided *s)
{
	int64_t stride = 1;

	*s = (struct strided){ .rank = x->rank };
	for (int i = x->rank - 1; i >= 0; i--) {
		s->axis[i].n = x->d[i] > 1;
		s->axis[i].d[0] = (struct digit){ stride, x->d[i] };
		stride *= x->d[i];
	}
}

/* Takes the innermost digits of rest[0..n), worth `size` together, for axis i; splits one if need
 * be. */
static bool take_digits(struct digit *rest, int *n, int64_t size, struct strided *s, int i)
{
	struct digit taken[DIGITS];
	int count = 0;

	for (; size > 1; count++) {
		struct digit *last = &rest[*n - 1];

		if (*n == 0 || count == DIGITS)
			return false;
		taken[count] = *last;
		if (size % last->extent == 0) {
			size /= last->extent;
			--*n;
		} else if (last->extent % size == 0) {
			taken[count].extent = size;
			last->stride *= size;
			last->extent /= size;
			size = 1;
		} else {
			return false;
		}
	}
	s->axis[i].n = count;
	for (int k = 0; k < count; k++)
		s->axis[i].d[k] = taken[count - 1 - k];
	return true;
}

static bool step_reshape(struct unit *u, const struct value *v, struct strided *s)
{
	const struct shape *y = &v->shape;
	struct digit rest[RANK_MAX * DIGITS];
	int count = 0;

	(void)u;
	for (int i = 0; i < s->rank; i++)
		for (int k = 0; k < s->axis[i].n; k++)
			rest[count++] = s->axis[i].d[k];
	s->rank = y->rank;
	for (int i = y->rank - 1; i >= 0; i--)
		if (!take_digits(rest, &count, y->d[i], s, i))
			return false;
	return count == 0;
}

static bool step_transpose(struct unit *u, const struct value *v, struct strided *s)
{
	struct strided old = *s;
	int perm[RANK_MAX];

	(void)u;
	transpose_perm(v->producer, perm);
	for (int i = 0; i < s->rank; i++)
		s->axis[i] = old.axis[perm[i]];
	return true;
}

/* Digits that count on from one another are one. */
static void merge_digits(struct strided *s, int i)
{
	struct digit *d = s->axis[i].d;
	int n = 0;

	for (int k = 0; k < s->axis[i].n; k++) {
		if (n && d[n - 1].stride == d[k].stride * d[k].extent)
			d[n - 1] = (struct digit){ d[k].stride, d[n - 1].extent * d[k].extent };
		else
			d[n++] = d[k];
	}
	s->axis[i].n = n;
}

static bool step_part(struct strided *s, int i, int64_t start, int64_t step, int64_t count)
{
	struct digit *d = &s->axis[i].d[0];

	merge_digits(s, i);
	if (s->axis[i].n > 1)
		return false;
	if (s->axis[i].n == 1) {
		s->base += start * d->stride;
		s->axis[i].n = count > 1;
		if (count > 1) /* else the step may be any number */
			*d = (struct digit){ d->stride * step, count };
	}
	return true;
}

static bool step_slice(struct unit *u, const struct value *v, struct strided *s)
{
	const struct node *n = v->producer;
	const struct constant *starts = node_const(n, 1), *axes = node_const(n, 3),
			      *steps = node_const(n, 4);
	const struct shape *x = &node_in(n, 0)->shape, *y = &node_out(n, 0)->shape;

	if (!starts || (node_in(n, 3) && !axes) || (node_in(n, 4) && !steps))
		return false;
	for (int64_t i = 0; i < shape_elements(&starts->shape); i++) {
		int64_t start = constant_i64(starts, i), step = steps ? constant_i64(steps, i) : 1,
			last;
		int axis = (int)i;

		if (axes && !axis_resolve(u, &n->loc, constant_i64(axes, i), x->rank, &axis))
			return false;
		last = step > 0 ? x->d[axis] : x->d[axis] - 1;
		start += start < 0 ? x->d[axis] : 0;
		start = start < 0 ? 0 : start > last ? last : start;
		if (!step_part(s, axis, start, step, y->d[axis]))
			return false;
	}
	return true;
}

bool strided_single_index(const struct node *n, int64_t *index)
{
	const struct constant *c = node_const(n, 1);

	if (!node_is(n, "Gather") || !c || shape_elements(&c->shape) != 1)
		return false;
	*index = constant_i64(c, 0);
	return true;
}

static bool step_gather(struct unit *u, const struct value *v, struct strided *s)
{
	const struct node *n = v->producer;
	const struct shape *x = &node_in(n, 0)->shape;
	int64_t index;
	int axis;

	if (!strided_single_index(n, &index) ||
	    !axis_resolve(u, &n->loc, (int64_t)attr_number(n, "axis"), x->rank, &axis))
		return false;
	index += index < 0 ? x->d[axis] : 0;
	if (index < 0 || index >= x->d[axis] || !step_part(s, axis, index, 1, 1))
		return false;
	/* The axis goes, or as many of size 1 as indices has axes come. */
	return step_reshape(u, v, s);
}

static bool step_split(struct unit *u, const struct value *v, struct strided *s)
{
	const struct node *n = v->producer;
	int64_t start = 0;
	int axis;

	if (!axis_resolve(u, &n->loc, (int64_t)attr_number(n, "axis"), v->shape.rank, &axis))
		return false;
	for (int k = 0; k < v->output; k++) {
		if (!node_out(n, k))
			return false;
		start += node_out(n, k)->shape.d[axis];
	}
	return step_part(s, axis, start, 1, v->shape.d[axis]);
}

static const struct {
	const char *op;
	bool (*step)(struct unit *u, const struct value *v, struct strided *s);
} moves[] = {
	{ "Reshape", step_reshape }, { "Transpose", step_transpose }, { "Slice", step_slice },
	{ "Gather", step_gather },   { "Split", step_split },
};

bool strided_moves(const struct node *n)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		if (node_is(n, moves[i].op))
			return true;
	return false;
}

bool strided_step(struct unit *u, const struct value *v, struct strided *s)
{
	for (size_t i = 0; i < ARRAY_LEN(moves); i++)
		if (node_is(v->producer, moves[i].op))
			return moves[i].step(u, v, s);
	return false;
}
