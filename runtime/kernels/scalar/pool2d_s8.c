/* pool2d_s8.c - maximum and mean of windows of bytes (params.h, "pool2d"), for machines without vectors. */
#include "../isa/pool8.h"
#include "../isa/scalar8.h"

EDGERT_INLINE void edgert_pool_s8_max(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
				      const int8_t *x, const int32_t *factor, int8_t *y)
{
	(void)factor;
	for (edgert_int c = 0; c < p->c; c++, x++) {
		int32_t m = -128;

		for (edgert_int r = 0; r < w->rows; r++) {
			EDGERT_POOL8_UNROLL
			for (edgert_int k = 0; k < w->cols; k++) {
				const int32_t v = x[r * w->row + k * w->col];

				m = v > m ? v : m;
			}
		}
		y[c] = (int8_t)m;
	}
}

EDGERT_INLINE void edgert_pool_s8_mean(const struct edgert_pool2d *p, const struct edgert_pool8 *w,
				       const int8_t *x, const int32_t *factor, int8_t *y)
{
	const struct edgert_scalar8_out o = { p->shift, p->y_zero, p->lo, p->hi };
	const int32_t zeros = (int32_t)(-p->x_zero * w->rows * w->cols);
	const int32_t scale = p->factors == 1 ? (int32_t)p->scale : *factor;

	for (edgert_int c = 0; c < p->c; c++, x++) {
		int32_t s = zeros;

		for (edgert_int r = 0; r < w->rows; r++) {
			EDGERT_POOL8_UNROLL
			for (edgert_int k = 0; k < w->cols; k++)
				s += x[r * w->row + k * w->col];
		}
		edgert_scalar8_put(&o, y, c, 1, s, &scale);
	}
}

EDGERT_KERNEL void edgert_maxpool2d_s8__scalar(const struct edgert_pool2d *p, const int8_t *x,
					       int8_t *y)
{
	edgert_pool8_images(p, 1, edgert_pool_s8_max, x, NULL, y);
}

EDGERT_KERNEL void edgert_averagepool2d_s8__scalar(const struct edgert_pool2d *p, const int8_t *x,
						   const int32_t *factor, int8_t *y)
{
	edgert_pool8_images(p, 1, edgert_pool_s8_mean, x, factor, y);
}
