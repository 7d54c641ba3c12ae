/* add_s8.c - sum of two quantized images, element by element (params.h, "add"). */
#include "../isa/rvv.h"

EDGERT_INLINE void edgert_add_s8_run(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				     const int32_t *q, int8_t *y, edgert_int n)
{
	for (edgert_int i = 0, lanes; i < n; i += lanes) {
		lanes = edgert_rvv_lanes(n - i);
		edgert_rvv_add(p, a + i, b + i, q, y + i, lanes);
	}
}

EDGERT_KERNEL void edgert_add_s8__rvv(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				      const int32_t *q, int8_t *y)
{
	edgert_int8_add_images(p, edgert_add_s8_run, a, b, q, y);
}
