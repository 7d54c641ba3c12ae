/* conv2d_s8.c - convolution of one group of activations in 8 bits. */
#include "conv2d.h"

EDGERT_KERNEL void edgert_conv2d_s8__dsp(const struct edgert_conv2d *p, const int8_t *x,
					 const int8_t *w, const int32_t *q, int8_t *y,
					 void *scratch)
{
	edgert_dsp_conv2d(p, 1, x, w, 0, q, y, scratch);
}

EDGERT_KERNEL void edgert_conv2d_s8w4__dsp(const struct edgert_conv2d *p, const int8_t *x,
					   const int8_t *w, const int32_t *q, int8_t *y,
					   void *scratch)
{
	edgert_dsp_conv2d(p, 1, x, w, 1, q, y, scratch);
}

EDGERT_KERNEL void edgert_conv2d_s8s32__dsp(const struct edgert_conv2d *p, const int8_t *x,
					    const int8_t *w, const int32_t *q, int32_t *y,
					    void *scratch)
{
	edgert_dsp_conv2d(p, 4, x, w, 0, q, y, scratch);
}
