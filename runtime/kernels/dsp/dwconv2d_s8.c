/* dwconv2d_s8.c - depthwise convolution of activations in 8 bits. */
#include "dwconv2d.h"

EDGERT_KERNEL void edgert_dwconv2d_s8__dsp(const struct edgert_conv2d *p, const int8_t *x,
					   const int8_t *w, const int32_t *q, int8_t *y,
					   void *scratch)
{
	edgert_dsp_dwconv2d(p, 1, x, w, q, y, scratch);
}

EDGERT_KERNEL void edgert_dwconv2d_s8s32__dsp(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int32_t *y,
					      void *scratch)
{
	edgert_dsp_dwconv2d(p, 4, x, w, q, y, scratch);
}
