/* axes.c - lists of axes that may be known at run time only. named[i] is 1 where axis i is in the
 * list and 0 where it is not; as numbers, or as dims made of the list's elements. What follows from them (sizes, indices) is written once for both. */
#include "family.h"

/* 1 when a is c, else 0. */
/* Among list[0..count), each from -rank to rank - 1. */
static dim is_named(struct unit *u, const dim *list, int count, int rank, int axis)
{
	dim any = 0;

	for (int k = 0; k < count; k++)
		any = dim_max(u, any,
			      dim_max(u, dim_is_equal(u, list[k], axis),
				      dim_is_equal(u, list[k], dim_number(u, axis - rank))));
	return any;
}

bool axes_input(struct unit *u, const struct node *n, int k, int rank, const dim **list, int *count)
{
	int64_t v;
	int axis;

	if (!input_elements(u, n, k, "axes", -rank, rank - 1, list, count))
		return false;
	for (int i = 0; i < *count; i++)
		if (dim_is_number(u, (*list)[i], &v) && !axis_resolve(u, &n->loc, v, rank, &axis))
			return false;
	return true;
}

bool axes_named(struct unit *u, const struct node *n, int k, int rank, dim *named, int *count)
{
	const dim *list;

	if (!axes_input(u, n, k, rank, &list, count))
		return false;
	for (int i = 0; i < rank; i++)
		named[i] = is_named(u, list, *count, rank, i);
	return true;
}

dim axis_gets(struct unit *u, const dim *list, int count, int rank, int axis, const dim *values)
{
	dim sum = 0;

	for (int k = 0; k < count; k++)
		sum = dim_add(u, sum, dim_mul(u, values[k], is_named(u, &list[k], 1, rank, axis)));
	return sum;
}

dim named_or(struct unit *u, dim named, dim d)
{
	return dim_max(u, named, dim_mul(u, d, dim_diff(u, 1, named)));
}

dim only_named(struct unit *u, dim named, dim d)
{
	return named_or(u, dim_diff(u, 1, named), d);
}

/* How many axes before i are not named. */
static dim left_before(struct unit *u, const dim *named, int i)
{
	dim sum = 0;

	for (int k = 0; k < i; k++)
		sum = dim_add(u, sum, dim_diff(u, 1, named[k]));
	return sum;
}

void shape_without(struct unit *u, const struct shape *x, const dim *named, int rank,
		   struct shape *out)
{
	out->rank = rank;
	for (int j = 0; j < rank; j++) {
		dim sum = 0, most = 0;

		for (int i = j; i < x->rank; i++) {
			dim here = dim_is_equal(u, left_before(u, named, i), j);

			here = dim_mul(u, here, dim_diff(u, 1, named[i]));
			sum = dim_add(u, sum, dim_mul(u, here, x->d[i]));
			most = here == 0 ? most : dim_max(u, most, x->d[i]);
		}
		out->d[j] = dim_min(u, sum, most);
	}
}

void shape_with(struct unit *u, const struct shape *x, const dim *named, int rank,
		struct shape *out)
{
	out->rank = rank;
	for (int j = 0; j < rank; j++) {
		dim sum = 0, most = 1, at = left_before(u, named, j);

		for (int i = 0; i < x->rank; i++) {
			dim here = dim_is_equal(u, at, i);

			sum = dim_add(u, sum, dim_mul(u, here, x->d[i]));
			most = here == 0 ? most : dim_max(u, most, x->d[i]);
		}
		out->d[j] = dim_min(u, named_or(u, named[j], sum), most);
	}
}

const struct tir *index_without(struct tir_builder *b, const dim *named, int i, int rank,
				const struct tir *const *idx)
{
	dim before = left_before(b->u, named, i);
	const struct tir *at = tir_index(b, 0), *zero = at;

	for (int j = 0; j <= i && j < rank; j++)
		at = tir_select(b, tir_eq(b, tir_dim(b, before), tir_index(b, j)), idx[j], at);
	return tir_select(b, tir_eq(b, tir_dim(b, named[i]), zero), at, zero);
}
