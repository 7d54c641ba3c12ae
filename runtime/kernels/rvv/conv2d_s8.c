/* conv2d_s8.c - convolution of one group of activations in 8 bits (conv2d.h). */
#include "conv2d.h"

EDGERT_KERNEL void edgert_conv2d_s8__rvv(const struct edgert_conv2d *p, const int8_t *x,
					 const int8_t *w, const int32_t *q, int8_t *y,
					 void *scratch)
{
	(void)scratch;
	edgert_rvv_conv2d(p, 0, 0, 0, x, w, 0, q, y);
}

EDGERT_KERNEL void edgert_conv2d_s8w4__rvv(const struct edgert_conv2d *p, const int8_t *x,
					   const int8_t *w, const int32_t *q, int8_t *y,
					   void *scratch)
{
	(void)scratch;
	edgert_rvv_conv2d(p, 0, 0, 0, x, w, 1, q, y);
}
