/* dwconv2d_s8.c - depthwise convolution of activations in 8 bits, for machines without vectors. */
#include "dwconv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s8__scalar(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int8_t *y,
					      void *scratch)
{
	(void)scratch;
	edgert_scalar_dwconv2d(p, 0, 1, x, w, q, y);
}

EDGERT_KERNEL void edgert_dwconv2d_s8s32__scalar(const struct edgert_conv2d *p, const int8_t *x,
						 const int8_t *w, const int32_t *q, int32_t *y,
						 void *scratch)
{
	(void)scratch;
	edgert_scalar_dwconv2d(p, 0, 4, x, w, q, y);
}
