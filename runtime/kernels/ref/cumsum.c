/* cumsum.c - running sums along an axis; integers wrap, half types are summed as float. In place
 * allowed. */
#include <float.h>

#include "order.h"

#include "../half.h"

/* The lines of x, one running sum `U` each: y before or after adding the element. */
#define EDGERT_CUMSUM_LINES(T, U, load, store)                                                     \
	for (o = 0; o < p->outer; o++)                                                             \
		for (i = 0; i < p->inner; i++) {                                                   \
			U sum = 0;                                                                 \
                                                                                                   \
			for (k = 0; k < p->n; k++) {                                               \
				const edgert_int at =                                              \
					(o * p->n + (p->reverse ? p->n - 1 - k : k)) * p->inner +  \
					i;                                                         \
				const U before = sum;                                              \
                                                                                                   \
				sum = sum + load(((const T *)x)[at]);                              \
				((T *)y)[at] = store(p->exclusive ? before : sum);                 \
			}                                                                          \
		}

EDGERT_KERNEL void edgert_cumsum_any__ref(const struct edgert_cumsum *p, const void *x, void *y)
{
	edgert_int o, i, k;

	switch (p->type) {
	case EDGERT_F32:
		EDGERT_CUMSUM_LINES(float, float, , )
		break;
#if DBL_MANT_DIG == 53
	case EDGERT_F64:
		EDGERT_CUMSUM_LINES(double, double, , )
		break;
#endif
	case EDGERT_F16:
		EDGERT_CUMSUM_LINES(uint16_t, float, edgert_f16_to_f32, edgert_f16_from_f32)
		break;
	case EDGERT_BF16:
		EDGERT_CUMSUM_LINES(uint16_t, float, edgert_bf16_to_f32, edgert_bf16_from_f32)
		break;
	case EDGERT_S32:
	case EDGERT_U32:
		EDGERT_CUMSUM_LINES(uint32_t, uint32_t, , )
		break;
	default: /* int64, uint64 */
		EDGERT_CUMSUM_LINES(uint64_t, uint64_t, , )
		break;
	}
}
