/* scatter.c - ScatterElements and ScatterND of any numeric type:
 *
 *	elements  y[.., index[c], ..] op= updates[c] for every position c of index, replaced along
 *		  p->axis
 *	nd        y[index[u][0], .., index[u][rank-1], ...] op= updates[u][...], slices of p->slice
 *		  elements
 *
 * in the order of the updates. y holds data already when the two are the same; else it is
 * copied. */
#include <float.h>

#include "order.h"

#include "../half.h"
#include "../scalar.h"

#define EDGERT_SCATTER_APPLY(T, ct, max, min)                                                      \
	{                                                                                          \
		T *const to = (T *)y + i;                                                          \
		const T v = ((const T *)u)[j];                                                     \
                                                                                                   \
		*to = (T)(op == EDGERT_SCATTER_ADD   ? (ct)*to + (ct)v                             \
			  : op == EDGERT_SCATTER_MUL ? (ct)*to * (ct)v                             \
			  : op == EDGERT_SCATTER_MAX ? (ct)max(*to, v)                             \
						     : (ct)min(*to, v));                           \
		break;                                                                             \
	}

/* Two numbers of a half type, as floats. */
EDGERT_INLINE float edgert_scatter_float(edgert_int op, float a, float b)
{
	switch (op) {
	case EDGERT_SCATTER_ADD:
		return a + b;
	case EDGERT_SCATTER_MUL:
		return a * b;
	case EDGERT_SCATTER_MAX:
		return edgert_max_f32(a, b);
	default:
		return edgert_min_f32(a, b);
	}
}

/* y[i] op= u[j]; integers wrap, through an unsigned type no narrower than int. */
EDGERT_INLINE void edgert_scatter_combine(const struct edgert_scatter *p, void *y, edgert_int i,
					  const void *u, edgert_int j)
{
	const edgert_int op = p->reduction;
	uint16_t *const h = (uint16_t *)y;
	const uint16_t *const g = (const uint16_t *)u;

	if (op == EDGERT_SCATTER_NONE) {
		edgert_ref_copy(p->size, y, i, u, j);
		return;
	}
	switch (p->type) {
	case EDGERT_F32:
		EDGERT_SCATTER_APPLY(float, float, edgert_max_f32, edgert_min_f32)
#if DBL_MANT_DIG == 53
	case EDGERT_F64:
		EDGERT_SCATTER_APPLY(double, double, edgert_max_f64, edgert_min_f64)
#endif
	case EDGERT_F16:
		h[i] = edgert_f16_from_f32(
			edgert_scatter_float(op, edgert_f16_to_f32(h[i]), edgert_f16_to_f32(g[j])));
		break;
	case EDGERT_BF16:
		h[i] = edgert_bf16_from_f32(edgert_scatter_float(op, edgert_bf16_to_f32(h[i]),
								 edgert_bf16_to_f32(g[j])));
		break;
	case EDGERT_S8:
		EDGERT_SCATTER_APPLY(int8_t, uint32_t, edgert_max_i8, edgert_min_i8)
	case EDGERT_S16:
		EDGERT_SCATTER_APPLY(int16_t, uint32_t, edgert_max_i16, edgert_min_i16)
	case EDGERT_S32:
		EDGERT_SCATTER_APPLY(int32_t, uint32_t, edgert_max_i32, edgert_min_i32)
	case EDGERT_S64:
		EDGERT_SCATTER_APPLY(int64_t, uint64_t, edgert_max_i64, edgert_min_i64)
	case EDGERT_U16:
		EDGERT_SCATTER_APPLY(uint16_t, uint32_t, edgert_max_u16, edgert_min_u16)
	case EDGERT_U32:
		EDGERT_SCATTER_APPLY(uint32_t, uint32_t, edgert_max_u32, edgert_min_u32)
	case EDGERT_U64:
		EDGERT_SCATTER_APPLY(uint64_t, uint64_t, edgert_max_u64, edgert_min_u64)
	default:
		EDGERT_SCATTER_APPLY(uint8_t, uint32_t, edgert_max_u8, edgert_min_u8)
	}
}

/* Index number i for an axis of `extent`, counted from the end when negative; -1: out of range. */
EDGERT_INLINE edgert_int edgert_scatter_index(const struct edgert_scatter *p, const void *indices,
					      edgert_int i, edgert_int extent)
{
	const int64_t at =
		p->index64 ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];

	if (at < -(int64_t)extent || at >= (int64_t)extent)
		return -1;
	return (edgert_int)(at < 0 ? at + extent : at);
}

EDGERT_KERNEL int edgert_scatterelements_any__ref(const struct edgert_scatter *p, const void *data,
						  const void *indices, const void *updates, void *y)
{
	edgert_int c[EDGERT_SCATTER_RANK] = { 0 };
	edgert_int i, d;

	if (y != data && p->count > 0)
		memcpy(y, data, (size_t)(p->count * p->size));
	for (i = 0; i < p->updates; i++) {
		const edgert_int at = edgert_scatter_index(p, indices, i, p->extent[p->axis]);
		edgert_int to = at * p->stride[p->axis];

		if (at < 0)
			return EDGERT_ERROR_VALUE;
		for (d = 0; d < p->rank; d++)
			to += d == p->axis ? 0 : c[d] * p->stride[d];
		edgert_scatter_combine(p, y, to, updates, i);
		for (d = p->rank - 1; d >= 0 && ++c[d] == p->shape[d]; d--)
			c[d] = 0;
	}
	return EDGERT_OK;
}

EDGERT_KERNEL int edgert_scatternd_any__ref(const struct edgert_scatter *p, const void *data,
					    const void *indices, const void *updates, void *y)
{
	edgert_int i, d;

	if (y != data && p->count > 0)
		memcpy(y, data, (size_t)(p->count * p->size));
	for (i = 0; i < p->updates; i++) {
		edgert_int to = 0;

		for (d = 0; d < p->rank; d++) {
			const edgert_int at =
				edgert_scatter_index(p, indices, i * p->rank + d, p->extent[d]);

			if (at < 0)
				return EDGERT_ERROR_VALUE;
			to += at * p->stride[d];
		}
		for (d = 0; d < p->slice; d++)
			edgert_scatter_combine(p, y, to + d, updates, i * p->slice + d);
	}
	return EDGERT_OK;
}
