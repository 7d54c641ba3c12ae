/* pool2d_s8.c - maximum and mean of windows of bytes (params.h, "pool2d"): sixteen channels side
 * by side, or eight where they are added. */
#include "../isa/mve_pool.h"

EDGERT_INLINE void edgert_pool_s8_maxima(const struct edgert_pool2d *p,
					 const struct edgert_pool8 *w, const int8_t *x,
					 const int32_t *factor, int8_t *y)
{
	(void)factor;
	for (edgert_int c = 0; c < p->c; c += 16)
		edgert_mve_pool_max(w, x + c, p->c - c < 16 ? p->c - c : 16, y + c);
}

EDGERT_INLINE void edgert_pool_s8_means(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
					const int8_t *x, const int32_t *factor, int8_t *y)
{
	const struct edgert_mve_out o = { p->shift, p->y_zero, p->lo, p->hi, 0 };
	const int32_t zeros = (int32_t)(-p->x_zero * w->rows * w->cols);

	for (edgert_int c = 0; c < p->c; c += 8)
		edgert_mve_pool_mean(&o, w, x + c, p->c - c < 8 ? p->c - c : 8, zeros, *factor,
				     y + c);
}

EDGERT_KERNEL void edgert_maxpool2d_s8__mve(const struct edgert_pool2d *p, const int8_t *x,
					    int8_t *y)
{
	edgert_pool8_images(p, 0, edgert_pool_s8_maxima, x, NULL, y);
}

EDGERT_KERNEL void edgert_averagepool2d_s8__mve(const struct edgert_pool2d *p, const int8_t *x,
						const int32_t *factor, int8_t *y)
{
	edgert_pool8_images(p, 0, edgert_pool_s8_means, x, factor, y);
}
