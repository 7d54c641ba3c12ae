/* dwconv2d_s8s16.c - depthwise convolution of activations in 8 bits with results in 16, for machines without vectors. */
#include "dwconv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s8s16__scalar(const struct edgert_conv2d *p, const int8_t *x,
						 const int8_t *w, const int32_t *q, int16_t *y,
						 void *scratch)
{
	(void)scratch;
	edgert_scalar_dwconv2d(p, 0, 2, x, w, q, y);
}
