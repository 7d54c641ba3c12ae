/* dwconv2d_s8s16.c - depthwise convolution of activations in 8 bits with results in 16. */
#include "dwconv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s8s16__dsp(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int16_t *y,
					      void *scratch)
{
	edgert_dsp_dwconv2d(p, 2, x, w, q, y, scratch);
}
