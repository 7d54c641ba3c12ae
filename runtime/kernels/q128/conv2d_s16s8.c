/* conv2d_s16s8.c - convolution of one group of activations in 16 bits with results in 8, by the
 * sums of dot16.h: where windows leave the image, x_zero is 0. */
#include "../scalar/conv2d.h"
#include "dot16.h"

EDGERT_KERNEL void edgert_conv2d_s16s8__q128(const struct edgert_conv2d *p, const int16_t *x,
					     const int8_t *w, const int32_t *q, int8_t *y,
					     void *scratch)
{
	const struct edgert_scalar_kind kind = EDGERT_Q128_KIND16(1);

	(void)scratch;
	edgert_scalar_conv2d(p, edgert_q128_sums_s16, kind, x, w, q, y);
}
