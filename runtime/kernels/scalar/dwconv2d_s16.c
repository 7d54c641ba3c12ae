/* dwconv2d_s16.c - depthwise convolution of activations in 16 bits, for machines without vectors. */
#include "dwconv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s16__scalar(const struct edgert_conv2d *p, const int16_t *x,
					       const int8_t *w, const int32_t *q, int16_t *y,
					       void *scratch)
{
	(void)scratch;
	edgert_scalar_dwconv2d(p, 1, 2, x, w, q, y);
}
