/* Where a value's elements lie inside its storage box: strides from shape and layout. */
#include "plan.h"

/* Positions that logical axis a takes in storage. */
static dim extent(struct unit *u, const struct value *v, int a)
{
	return dim_add(u, v->shape.d[a], (dim)v->layout.lo[a] + v->layout.hi[a]);
}

void value_strides(struct unit *u, const struct value *v, dim *strides, dim *origin)
{
	dim stride = 1, start = 0;

	for (int k = v->shape.rank - 1; k >= 0; k--) {
		int a = v->layout.order[k];

		strides[a] = stride;
		start = dim_add(u, start, dim_mul(u, stride, v->layout.lo[a]));
		stride = dim_mul(u, stride, extent(u, v, a));
	}
	*origin = start;
}

const struct tir *value_offset(struct tir_builder *b, const struct value *v,
			       const struct tir *const *idx)
{
	dim strides[RANK_MAX], origin;
	const struct tir *sum;

	value_strides(b->u, v, strides, &origin);
	sum = tir_dim(b, origin);
	for (int a = 0; a < v->shape.rank; a++)
		sum = tir_add(b, sum, tir_mul(b, idx[a], tir_dim(b, strides[a])));
	return sum;
}

dim value_box(struct unit *u, const struct value *v)
{
	dim n = 1;

	for (int a = 0; a < v->shape.rank; a++)
		n = dim_mul(u, n, extent(u, v, a));
	return n;
}
