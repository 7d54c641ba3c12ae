/* nonzero.c - the coordinates of the elements that are not zero, of any numeric type, or not empty. */
#include <float.h>

#include "order.h"

/* NaN is not zero, -0 is. */
EDGERT_INLINE int edgert_nonzero_is(int type, const void *x, edgert_int i)
{
	switch (type) {
	case EDGERT_F32:
		return ((const float *)x)[i] != 0.0f;
#if DBL_MANT_DIG == 53
	case EDGERT_F64:
		return ((const double *)x)[i] != 0.0;
#endif
	case EDGERT_F16:
	case EDGERT_BF16:
		return (((const uint16_t *)x)[i] & 0x7fff) != 0;
	case EDGERT_S16:
	case EDGERT_U16:
		return ((const uint16_t *)x)[i] != 0;
	case EDGERT_S32:
	case EDGERT_U32:
		return ((const uint32_t *)x)[i] != 0;
	case EDGERT_S64:
	case EDGERT_U64:
		return ((const uint64_t *)x)[i] != 0;
	case EDGERT_STRING:
		return ((const edgert_string *)x)[i][0] != 0;
	default:
		return ((const uint8_t *)x)[i] != 0;
	}
}

EDGERT_KERNEL edgert_int edgert_nonzero_any__ref(const struct edgert_nonzero *p, const void *x,
						 int64_t *y)
{
	edgert_int count = 0, at = 0, i, d;

	for (i = 0; i < p->count; i++)
		count += edgert_nonzero_is((int)p->type, x, i);
	for (i = 0; i < p->count; i++) {
		edgert_int rest = i;

		if (!edgert_nonzero_is((int)p->type, x, i))
			continue;
		for (d = p->rank - 1; d >= 0; d--) {
			y[d * count + at] = rest % p->shape[d];
			rest /= p->shape[d];
		}
		at++;
	}
	return count;
}
