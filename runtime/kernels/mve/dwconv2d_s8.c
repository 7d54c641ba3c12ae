/* dwconv2d_s8.c - depthwise convolution of activations in 8 bits (dwconv2d.h). */
#include "dwconv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s8__mve(const struct edgert_conv2d *p, const int8_t *x,
					   const int8_t *w, const int32_t *q, int8_t *y,
					   void *scratch)
{
	edgert_mve_dwconv2d(p, 0, x, w, q, y, scratch);
}
