/* dwconv2d_s16s8.c - depthwise convolution of activations in 16 bits with results in 8, one input
 * channel to one output channel; where windows leave the image, x_zero is 0 (conv2d.h). */
#include "conv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s16s8__rvv(const struct edgert_conv2d *p, const int16_t *x,
					      const int8_t *w, const int32_t *q, int8_t *y,
					      void *scratch)
{
	(void)scratch;
	edgert_rvv_conv2d(p, 1, 1, 0, x, w, 0, q, y);
}
