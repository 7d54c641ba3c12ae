/* conv2d_s8.c - convolution of one group of activations in 8 bits, for machines without vectors. */
#include "conv2d.h"

EDGERT_KERNEL void edgert_conv2d_s8__scalar(const struct edgert_conv2d *p, const int8_t *x,
					    const int8_t *w, const int32_t *q, int8_t *y,
					    void *scratch)
{
	(void)scratch;
	edgert_scalar_conv2d(p, edgert_scalar_sums_s8, edgert_scalar_kind_of(0, 1), x, w, q, y);
}

EDGERT_KERNEL void edgert_conv2d_s8w4__scalar(const struct edgert_conv2d *p, const int8_t *x,
					      const int8_t *w, const int32_t *q, int8_t *y,
					      void *scratch)
{
	(void)scratch;
	edgert_scalar_conv2d(p, edgert_scalar_sums_s8w4, edgert_scalar_kind_w4(), x, w, q, y);
}

EDGERT_KERNEL void edgert_conv2d_s8s32__scalar(const struct edgert_conv2d *p, const int8_t *x,
					       const int8_t *w, const int32_t *q, int32_t *y,
					       void *scratch)
{
	(void)scratch;
	edgert_scalar_conv2d(p, edgert_scalar_sums_s8, edgert_scalar_kind_of(0, 4), x, w, q, y);
}
