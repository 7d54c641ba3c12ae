/* dot16.h - the sums of scalar/dot.h for activations in 16 bits, two products at a time. Weights are
 * widened as SXTB16 does it, so that they pair with the halves of x in their order:
 *
 *	w	[channels / 2][rows * units][run / 4][2 channels][w0, w2, w1, w3], 0 beyond
 *
 * No zero point is taken from x. */
#ifndef EDGERT_DSP_DOT16_H
#define EDGERT_DSP_DOT16_H

#include "../isa/dsp.h"
#include "../scalar/dot.h"

#define EDGERT_DSP_KIND16(SIZE_Y)                                                                  \
	{                                                                                          \
		1, SIZE_Y, 2, 2, 2, 2, 4, 0                                                        \
	}

/* Four taps: x[0], x[1] of one pixel, x[2], x[3] of the other. */
EDGERT_INLINE void edgert_dsp_step16(const int pixels, const uint32_t *x, const int8_t *w,
				     int32_t *s)
{
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 2; c++) {
		const uint32_t u = edgert_dsp_load(w + 4 * c);
		const uint32_t first = edgert_dsp_even(u), second = edgert_dsp_odd(u);

		s[c] = edgert_dsp_smlad(x[0], first, s[c]);
		s[c] = edgert_dsp_smlad(x[1], second, s[c]);
		if (pixels == 2) {
			s[4 + c] = edgert_dsp_smlad(x[2], first, s[4 + c]);
			s[4 + c] = edgert_dsp_smlad(x[3], second, s[4 + c]);
		}
	}
}

EDGERT_INLINE void edgert_dsp_sums_s16(const struct edgert_scalar_dot *d, const int pixels,
				       const int channels, const int8_t *w, const void *const *x,
				       int32_t *s)
{
	int32_t sum[6] = { s[0], s[1], 0, 0, s[4], s[5] };

	(void)channels;
	for (edgert_int r = 0; r < d->rows; r++)
		for (edgert_int k = 0; k < d->units; k++) {
			const edgert_int at = r * d->x_row + k * d->x_unit;
			const int16_t *a = (const int16_t *)x[0] + at;
			const int16_t *b = (const int16_t *)x[pixels - 1] + at;
			const int8_t *u = w + r * d->w_row + k * d->w_unit;
			edgert_int n = d->run;

			for (; n >= 4; n -= 4, a += 4, b += 4, u += 8) {
				const uint32_t v[4] = { edgert_dsp_load(a), edgert_dsp_load(a + 2),
							edgert_dsp_load(b),
							edgert_dsp_load(b + 2) };

				edgert_dsp_step16(pixels, v, u, sum);
			}
			if (n > 0) {
				const int two = n > 1, three = n > 2;
				const uint32_t v[4] = { edgert_dsp_pair(a[0], two ? a[1] : 0),
							edgert_dsp_pair(three ? a[2] : 0, 0),
							edgert_dsp_pair(b[0], two ? b[1] : 0),
							edgert_dsp_pair(three ? b[2] : 0, 0) };

				edgert_dsp_step16(pixels, v, u, sum);
			}
		}
	s[0] = sum[0];
	s[1] = sum[1];
	s[4] = sum[4];
	s[5] = sum[5];
}

#endif
