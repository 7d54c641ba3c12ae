/* pool2d_s8.c - maximum and mean of windows of bytes (params.h, "pool2d"). */
#include "../isa/rvv_pool.h"

EDGERT_INLINE void edgert_pool_s8_maxima(const struct edgert_pool2d *p,
					 const struct edgert_pool8 *w, const int8_t *x,
					 const int32_t *factor, int8_t *y)
{
	(void)factor;
	edgert_rvv_pool_max(w, x, p->c, y);
}

EDGERT_INLINE void edgert_pool_s8_means(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
					const int8_t *x, const int32_t *factor, int8_t *y)
{
	const struct edgert_rvv_out o = { p->shift, p->y_zero, p->lo, p->hi, 0, 0, 0 };
	const int32_t zeros = (int32_t)(-p->x_zero * w->rows * w->cols);

	for (edgert_int c = 0, lanes; c < p->c; c += lanes) {
		lanes = edgert_rvv_lanes(p->c - c);
		edgert_rvv_pool_mean(&o, w, x + c, lanes, zeros, factor, y + c);
	}
}

EDGERT_KERNEL void edgert_maxpool2d_s8__rvv(const struct edgert_pool2d *p, const int8_t *x,
					    int8_t *y)
{
	edgert_pool8_images(p, 0, edgert_pool_s8_maxima, x, NULL, y);
}

EDGERT_KERNEL void edgert_averagepool2d_s8__rvv(const struct edgert_pool2d *p, const int8_t *x,
						const int32_t *factor, int8_t *y)
{
	edgert_pool8_images(p, 0, edgert_pool_s8_means, x, factor, y);
}
