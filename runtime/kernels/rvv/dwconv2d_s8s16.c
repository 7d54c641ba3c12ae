/* dwconv2d_s8s16.c - depthwise convolution of activations in 8 bits with results in 16, one input
 * channel to one output channel (conv2d.h). */
#include "conv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s8s16__rvv(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int16_t *y,
					      void *scratch)
{
	(void)scratch;
	edgert_rvv_conv2d(p, 1, 0, 1, x, w, 0, q, y);
}
