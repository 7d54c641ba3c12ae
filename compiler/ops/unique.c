/* unique.c - Unique: the distinct elements, or slices along an axis. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"

struct unique_attrs {
	int64_t axis, sorted;
};
static const struct attr_row unique_rows[] = { A_INT(struct unique_attrs, axis, ATTR_ABSENT),
					       A_FLAG(struct unique_attrs, sorted, 1), A_END };

static bool infer_unique(struct unit *u, struct node *n)
{
	const struct unique_attrs *a = n->attrs;
	struct shape s = node_in(n, 0)->shape, flat = { .rank = 1 };
	const struct value *indices = node_in(n, 0);
	int axis = 0;
	dim size, found;

	if (!infer_need_shape(u, n, indices, "X"))
		return false;
	size = shape_count(u, &s);
	if (a->axis != ATTR_ABSENT) {
		if (!axis_resolve(u, &n->loc, a->axis, s.rank, &axis))
			return false;
		size = s.d[axis];
	} else {
		s.rank = 1;
	}
	found = dim_element(u, n->out[0] != VALUE_NONE ? n->out[0] : n->out[1], axis, 0,
			    dim_hi(u, size));
	s.d[axis] = found;
	if (node_out(n, 0))
		set_shape(node_out(n, 0), &s);
	for (int k = 1; k <= 3; k++) {
		flat.d[0] = k == 2 ? size : found;
		if (node_out(n, k))
			set_shape(node_out(n, k), &flat);
	}
	return true;
}

/* Item i of x [outer][items][inner]: the elements (o, i, k) for all o and k, in that order. */
struct items {
	const struct constant *x;
	int64_t outer, items, inner;
};

static int compare_elements(const struct constant *c, int64_t i, int64_t j)
{
	if (c->type == DT_STRING)
		return strcmp(c->strings[i], c->strings[j]);
	if (dtype_is_float(c->type)) {
		double a = constant_f64(c, i), b = constant_f64(c, j);

		if (isnan(a) || isnan(b))
			return !!isnan(a) - !!isnan(b);
		return (a > b) - (a < b);
	}
	if (c->type == DT_U64) {
		uint64_t a = (uint64_t)constant_i64(c, i), b = (uint64_t)constant_i64(c, j);

		return (a > b) - (a < b);
	}
	return (constant_i64(c, i) > constant_i64(c, j)) -
	       (constant_i64(c, i) < constant_i64(c, j));
}

static int compare_items(const struct items *t, int64_t i, int64_t j)
{
	for (int64_t o = 0; o < t->outer; o++) {
		for (int64_t k = 0; k < t->inner; k++) {
			int64_t at = o * t->items * t->inner + k;
			int c = compare_elements(t->x, at + i * t->inner, at + j * t->inner);

			if (c)
				return c;
		}
	}
	return 0;
}

/* Sorts order[0, n) by item, then by position: merging, which is stable. */
static void sort_items(const struct items *t, int64_t *order, int64_t n, int64_t *scratch)
{
	int64_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	sort_items(t, order, half, scratch);
	sort_items(t, order + half, n - half, scratch);
	while (i < half && j < n)
		scratch[k++] = compare_items(t, order[i], order[j]) <= 0 ? order[i++] : order[j++];
	while (i < half)
		scratch[k++] = order[i++];
	while (j < n)
		scratch[k++] = order[j++];
	memcpy(order, scratch, (size_t)n * sizeof *order);
}

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* first[]: where each distinct item occurs first, in the order of the result; group[i]: item i's
 * place in it. Returns how many. */
static int64_t find_unique(struct unit *u, const struct items *t, bool sorted, int64_t **first,
			   int64_t **group)
{
	int64_t *order = arena_array(u->arena, int64_t, (size_t)t->items);
	int64_t *scratch = arena_array(u->arena, int64_t, (size_t)t->items);
	int64_t *place = arena_array(u->arena, int64_t, (size_t)t->items), found = 0;

	*first = arena_array(u->arena, int64_t, (size_t)t->items);
	*group = arena_array(u->arena, int64_t, (size_t)t->items);
	for (int64_t i = 0; i < t->items; i++)
		order[i] = i;
	sort_items(t, order, t->items, scratch);
	for (int64_t i = 0; i < t->items; i++) {
		if (i == 0 || compare_items(t, order[i - 1], order[i]) != 0)
			(*first)[found++] = order[i];
		(*group)[order[i]] = found - 1;
	}
	if (sorted || found == 0)
		return found;
	/* Places by first occurrence instead. */
	qsort(*first, (size_t)found, sizeof **first, compare_i64);
	for (int64_t k = 0; k < found; k++)
		place[(*group)[(*first)[k]]] = k;
	for (int64_t i = 0; i < t->items; i++)
		(*group)[i] = place[(*group)[i]];
	return found;
}

static void copy_items(const struct items *t, const int64_t *first, int64_t found, void *data)
{
	const void *from = t->x->type == DT_STRING ? (const void *)t->x->strings : t->x->data;
	size_t size = dtype_size(t->x->type), line = size * (size_t)t->inner;

	for (int64_t o = 0; o < t->outer; o++)
		for (int64_t k = 0; k < found; k++)
			memcpy((char *)data + (size_t)(o * found + k) * line,
			       (const char *)from + (size_t)(o * t->items + first[k]) * line, line);
}

static bool eval_unique(struct unit *u, const struct node *n, const struct constant *const *in,
			struct constant **out)
{
	const struct unique_attrs *a = n->attrs;
	struct items t = {
		.x = in[0], .outer = 1, .inner = 1, .items = shape_elements(&in[0]->shape)
	};
	struct shape s = in[0]->shape, flat = { .rank = 1 };
	int64_t *first, *group, *counts, found;
	void *data;
	int axis = 0;

	if (a->axis != ATTR_ABSENT) {
		axis = (int)(a->axis < 0 ? a->axis + s.rank : a->axis);
		shape_around(&s, axis, &t.outer, &t.inner);
		t.items = s.d[axis];
	} else {
		s.rank = 1;
	}
	found = find_unique(u, &t, a->sorted, &first, &group);
	s.d[axis] = flat.d[0] = found;
	out[0] = constant_new(u->arena, in[0]->type, &s, &data);
	copy_items(&t, first, found, data);
	if (n->n_out > 1) {
		out[1] = constant_new(u->arena, DT_I64, &flat, &data);
		if (found)
			memcpy(data, first, (size_t)found * sizeof *first);
	}
	if (n->n_out > 3) {
		out[3] = constant_new(u->arena, DT_I64, &flat, &data);
		counts = data;
		for (int64_t i = 0; i < t.items; i++)
			counts[group[i]]++;
	}
	if (n->n_out > 2) {
		flat.d[0] = t.items;
		out[2] = constant_new(u->arena, DT_I64, &flat, &data);
		if (t.items)
			memcpy(data, group, (size_t)t.items * sizeof *group);
	}
	return true;
}

const struct op ops_unique[] = {
	{ .name = "Unique",
	  .since = 11,
	  .sig = "X:T -> Y:T indices?:int64 inverse_indices?:int64 counts?:int64",
	  .types = "T=num,bool,string",
	  .attrs = unique_rows,
	  .attrs_size = sizeof(struct unique_attrs),
	  .infer = infer_unique,
	  .eval = eval_unique,
	  .doc = "the distinct elements, or slices along the axis",
	  .limits = "constant input only" },
	{ .name = NULL }
};
