/* add_s8.c - sum of two quantized images, element by element (params.h, "add"), four at a time. */
#include "../isa/mve.h"

EDGERT_INLINE void edgert_add_s8_run(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				     const int32_t *q, int8_t *y, edgert_int n)
{
	for (; n >= 4; n -= 4, a += 4, b += 4, y += 4)
		edgert_mve_add4(p, a, b, q, y);
	for (; n > 0; n--)
		*y++ = edgert_int8_add(p, *a++, *b++, q);
}

EDGERT_KERNEL void edgert_add_s8__mve(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				      const int32_t *q, int8_t *y)
{
	edgert_int8_add_images(p, edgert_add_s8_run, a, b, q, y);
}
