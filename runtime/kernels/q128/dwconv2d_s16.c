/* dwconv2d_s16.c - depthwise convolution of activations in 16 bits (dwconv2d16.h). */
#include "dwconv2d16.h"

EDGERT_KERNEL void edgert_dwconv2d_s16__q128(const struct edgert_conv2d *p, const int16_t *x,
					     const int8_t *w, const int32_t *q, int16_t *y,
					     void *scratch)
{
	(void)scratch;
	edgert_q128_dwconv2d16(p, 1, x, w, q, y);
}
