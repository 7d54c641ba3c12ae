/* conv2d_s16.c - convolution of one group of activations in 16 bits, for machines without vectors. */
#include "conv2d.h"

EDGERT_KERNEL void edgert_conv2d_s16__scalar(const struct edgert_conv2d *p, const int16_t *x,
					     const int8_t *w, const int32_t *q, int16_t *y,
					     void *scratch)
{
	(void)scratch;
	edgert_scalar_conv2d(p, edgert_scalar_sums_s16, edgert_scalar_kind_of(1, 2), x, w, q, y);
}
