/* add_s8.c - sum of two quantized images, element by element (params.h, "add"), sixteen at a time. */
#include "../isa/q128_add.h"

EDGERT_INLINE void edgert_add_s8_run(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				     const int32_t *q, int8_t *y, edgert_int n)
{
	for (; n >= 16; n -= 16, a += 16, b += 16, y += 16)
		edgert_q128_add(p, a, b, q, y);
	for (; n > 0; n--)
		*y++ = edgert_int8_add(p, *a++, *b++, q);
}

EDGERT_KERNEL void edgert_add_s8__q128(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				       const int32_t *q, int8_t *y)
{
	const int runs = p->a_pixel == p->c && p->b_pixel == p->c && p->y_pixel == p->c;
	const edgert_int run = runs ? p->w * p->c : p->c;

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int h = 0; h < p->h; h++)
			for (edgert_int v = 0; v < (runs ? 1 : p->w); v++)
				edgert_add_s8_run(
					p, a + n * p->a_image + h * p->a_row + v * p->a_pixel,
					b + n * p->b_image + h * p->b_row + v * p->b_pixel, q,
					y + n * p->y_image + h * p->y_row + v * p->y_pixel, run);
}
