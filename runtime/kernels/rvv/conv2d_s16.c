/* conv2d_s16.c - convolution of one group of activations in 16 bits;
 * where windows leave the image, x_zero is 0 (conv2d.h). */
#include "conv2d.h"

EDGERT_KERNEL void edgert_conv2d_s16__rvv(const struct edgert_conv2d *p, const int16_t *x,
					  const int8_t *w, const int32_t *q, int16_t *y,
					  void *scratch)
{
	(void)scratch;
	edgert_rvv_conv2d(p, 0, 1, 1, x, w, 0, q, y);
}
