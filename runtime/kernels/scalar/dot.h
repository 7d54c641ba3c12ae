/* dot.h - the tile behind the dense kernels in scalar/: one or two pixels times two channels, each
 * pixel `rows` runs of bytes. w [channels][rows][run], q [channel][2]. */
#ifndef EDGERT_SCALAR_DOT_H
#define EDGERT_SCALAR_DOT_H

#include "../isa/scalar8.h"

struct edgert_scalar_dot {
	edgert_int rows, run;
	const int8_t *x[2];
	edgert_int row[2]; /* from a run of x to the next */
};

/* s[2 * c + pixel] += x . w for channels c in [0, channels). */
EDGERT_INLINE void edgert_scalar_sums(const struct edgert_scalar_dot *d, const int pixels,
				      const int channels, const int8_t *w0, const int8_t *w1,
				      int32_t *s)
{
	const int8_t *x0 = d->x[0], *x1 = d->x[1];
	int32_t s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];

	for (edgert_int r = 0; r < d->rows; r++) {
		const int8_t *const end = w0 + d->run;

		if (pixels == 1) {
			EDGERT_SCALAR8_TWICE
			while (w0 < end) {
				const int32_t a = *x0++;

				s0 += a * *w0++;
				if (channels == 2)
					s2 += a * *w1++;
			}
		}
		while (w0 < end) {
			const int32_t a = *x0++, u = *w0++;

			s0 += a * u;
			if (channels == 2) {
				const int32_t v = *w1++;

				s2 += a * v;
				if (pixels == 2)
					s3 += *x1 * v;
			}
			if (pixels == 2)
				s1 += *x1++ * u;
		}
		x0 += d->row[0] - d->run;
		if (pixels == 2)
			x1 += d->row[1] - d->run;
	}
	s[0] = s0;
	s[1] = s1;
	s[2] = s2;
	s[3] = s3;
}

/* All channels of one or two pixels; y[0] and y[1] are where they go. */
EDGERT_INLINE void edgert_scalar_pixels(const struct edgert_scalar8_out *o,
					const struct edgert_scalar_dot *d, const int pixels,
					edgert_int channels, const int8_t *w, const int32_t *q,
					int8_t *y0, int8_t *y1)
{
	const edgert_int taps = d->rows * d->run;
	edgert_int c = channels;

	for (; c >= 2; c -= 2, w += 2 * taps, q += 4) {
		int32_t s[4] = { q[0], q[0], q[2], q[2] };

		edgert_scalar_sums(d, pixels, 2, w, w + taps, s);
		*y0++ = edgert_scalar8_requantize(o, s[0], q[1]);
		*y0++ = edgert_scalar8_requantize(o, s[2], q[3]);
		if (pixels == 2) {
			*y1++ = edgert_scalar8_requantize(o, s[1], q[1]);
			*y1++ = edgert_scalar8_requantize(o, s[3], q[3]);
		}
	}
	if (c > 0) {
		int32_t s[4] = { q[0], q[0], 0, 0 };

		edgert_scalar_sums(d, pixels, 1, w, w, s);
		*y0 = edgert_scalar8_requantize(o, s[0], q[1]);
		if (pixels == 2)
			*y1 = edgert_scalar8_requantize(o, s[1], q[1]);
	}
}

#endif
