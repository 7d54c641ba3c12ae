/* dot.h - dense kernels of activations in 8 or 16 bits, by tiles of one or two pixels times up to four
 * channels. The window of a pixel is rows * units runs of elements.
 *
 *	w	[channels][taps], or as the set of the sums below packs it
 *	q	[channel][2], then, where windows leave the image, [channel] biases of sums of
 *		(x - x_zero) * w
 *
 * Weights of 4 bits: w [channels / 2][taps], the first channel's in the lower half of a byte.
 *
 * Of a window that leaves the image only what is inside is read, as x - x_zero: what is outside adds
 * nothing to such a sum. */
#ifndef EDGERT_SCALAR_DOT_H
#define EDGERT_SCALAR_DOT_H

#include "../isa/scalar8.h"

/* What is one number in a kernel: is an element 16 bits? bytes of a result, of 4 the sum; pixels of a tile, and channels of a tile of
 * one pixel and of two; weights of `together` channels lie side by side, each run of each as a
 * multiple of `pad`; are weights 4 bits? */
struct edgert_scalar_kind {
	int wide, size_y, pixels, channels1, channels2, together, pad, w4;
};

struct edgert_scalar_dot {
	edgert_int rows, units, run;
	edgert_int x_row, x_unit, w_row, w_unit; /* from one to the next, in elements */
	edgert_int channels, taps;
	const int8_t *w; /* the window's first tap inside */
	const int32_t *q, *bias;
	edgert_int bias_step;
	int32_t zero; /* is taken from x */
};

/* s[c] and s[4 + c] += (x - zero) . w for channels c in [0, channels) of pixels x[0] and x[1]. (Weights by one
 * pointer: where their distance is a small constant, one addition serves all channels.) */
typedef void (*edgert_scalar_sums)(const struct edgert_scalar_dot *d, const int pixels,
				   const int channels, const int8_t *w, const void *const *x,
				   int32_t *s);

EDGERT_INLINE void edgert_scalar_sums_any(const struct edgert_scalar_dot *d, const int wide,
					  const int pixels, const int channels, const int8_t *w,
					  const void *const *x, int32_t *s)
{
	const edgert_int size = wide ? 2 : 1;
	int32_t s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
	int32_t t0 = s[4], t1 = s[5], t2 = s[6], t3 = s[7];

	for (edgert_int r = 0; r < d->rows; r++)
		for (edgert_int k = 0; k < d->units; k++) {
			const edgert_int at = size * (r * d->x_row + k * d->x_unit);
			const char *x0 = (const char *)x[0] + at;
			const char *x1 = (const char *)x[pixels - 1] + at;
			const int8_t *w0 = w + r * d->w_row + k * d->w_unit;
			const int8_t *const end = w0 + d->run;

			EDGERT_SCALAR8_TWICE
			while (w0 < end) {
				const int32_t a = edgert_scalar8_next(&x0, wide) - d->zero;
				const int32_t b =
					pixels == 2 ? edgert_scalar8_next(&x1, wide) - d->zero : 0;
				int32_t v = *w0;

				s0 += a * v;
				t0 += b * v;
				if (channels > 1) {
					v = w0[d->taps];
					s1 += a * v;
					t1 += b * v;
				}
				if (channels > 2) {
					v = w0[2 * d->taps];
					s2 += a * v;
					t2 += b * v;
					v = w0[3 * d->taps];
					s3 += a * v;
					t3 += b * v;
				}
				w0++;
			}
		}
	s[0] = s0;
	s[1] = s1;
	s[2] = s2;
	s[3] = s3;
	s[4] = t0;
	s[5] = t1;
	s[6] = t2;
	s[7] = t3;
}

EDGERT_INLINE void edgert_scalar_sums_s8(const struct edgert_scalar_dot *d, const int pixels,
					 const int channels, const int8_t *w, const void *const *x,
					 int32_t *s)
{
	edgert_scalar_sums_any(d, 0, pixels, channels, w, x, s);
}

EDGERT_INLINE void edgert_scalar_sums_s16(const struct edgert_scalar_dot *d, const int pixels,
					  const int channels, const int8_t *w, const void *const *x,
					  int32_t *s)
{
	edgert_scalar_sums_any(d, 1, pixels, channels, w, x, s);
}

/* 16 times the sums of activations in 8 bits with weights of 4 bits. */
EDGERT_INLINE void edgert_scalar_sums_s8w4(const struct edgert_scalar_dot *d, const int pixels,
					   const int channels, const int8_t *w,
					   const void *const *x, int32_t *s)
{
	int32_t s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
	int32_t t0 = s[4], t1 = s[5], t2 = s[6], t3 = s[7];

	for (edgert_int r = 0; r < d->rows; r++)
		for (edgert_int k = 0; k < d->units; k++) {
			const edgert_int at = r * d->x_row + k * d->x_unit;
			const char *x0 = (const char *)x[0] + at;
			const char *x1 = (const char *)x[pixels - 1] + at;
			const int8_t *w0 = w + r * d->w_row + k * d->w_unit;
			const int8_t *w1 = w0 + (channels > 2 ? d->taps : 0);
			const int8_t *const end = w0 + d->run;

			EDGERT_SCALAR8_TWICE
			while (w0 < end) {
				const int32_t a = edgert_scalar8_next(&x0, 0) - d->zero;
				const int32_t b =
					pixels == 2 ? edgert_scalar8_next(&x1, 0) - d->zero : 0;
				int32_t v = edgert_scalar8_low(*w0);

				s0 += a * v;
				t0 += b * v;
				if (channels > 1) {
					v = edgert_scalar8_high(*w0);
					s1 += a * v;
					t1 += b * v;
				}
				w0++;
				if (channels > 2) {
					v = edgert_scalar8_low(*w1);
					s2 += a * v;
					t2 += b * v;
					v = edgert_scalar8_high(*w1++);
					s3 += a * v;
					t3 += b * v;
				}
			}
		}
	s[0] = s0;
	s[1] = s1;
	s[2] = s2;
	s[3] = s3;
	s[4] = t0;
	s[5] = t1;
	s[6] = t2;
	s[7] = t3;
}

/* Channel c of one pixel, whose sum is s. */
EDGERT_INLINE void edgert_scalar_result(const struct edgert_scalar8_out *o,
					const struct edgert_scalar_dot *d,
					const struct edgert_scalar_kind kind, edgert_int c,
					int32_t s, void *y)
{
	if (kind.w4)
		s = s / 16 + d->bias[c * d->bias_step];
	edgert_scalar8_put(o, y, c, kind.size_y, s, d->q + 2 * c + 1);
}

/* Channels c ... c + channels. */
EDGERT_INLINE void edgert_scalar_tile(const struct edgert_scalar8_out *o,
				      const struct edgert_scalar_dot *d,
				      const edgert_scalar_sums sums,
				      const struct edgert_scalar_kind kind, const int pixels,
				      const int channels, edgert_int c, const void *const *x,
				      void *const *y)
{
	int32_t s[8] = { 0, 0, 0, 0, 0, 0, 0, 0 };

	EDGERT_UNROLL_FEW
	for (int i = 0; i < channels; i++)
		s[i] = s[4 + i] = kind.w4 ? 0 : d->bias[(c + i) * d->bias_step];
	sums(d, pixels, channels, d->w + (kind.w4 ? c / 2 : c) * d->taps, x, s);
	EDGERT_UNROLL_FEW
	for (int i = 0; i < channels; i++) {
		edgert_scalar_result(o, d, kind, c + i, s[i], y[0]);
		if (pixels == 2)
			edgert_scalar_result(o, d, kind, c + i, s[4 + i], y[1]);
	}
}

/* All channels of one or two pixels, whose results go to y[0] and y[1]. */
EDGERT_INLINE void edgert_scalar_pixels(const struct edgert_scalar8_out *o,
					const struct edgert_scalar_dot *d,
					const edgert_scalar_sums sums,
					const struct edgert_scalar_kind kind, const int pixels,
					const void *const *x, void *const *y)
{
	const int most = pixels == 2 ? kind.channels2 : kind.channels1;
	edgert_int c = 0;

	for (; most == 4 && c + 4 <= d->channels; c += 4)
		edgert_scalar_tile(o, d, sums, kind, pixels, 4, c, x, y);
	for (; c + 2 <= d->channels; c += 2)
		edgert_scalar_tile(o, d, sums, kind, pixels, 2, c, x, y);
	if (c < d->channels)
		edgert_scalar_tile(o, d, sums, kind, pixels, 1, c, x, y);
}

/* The sums above on this machine. */
EDGERT_INLINE struct edgert_scalar_kind edgert_scalar_kind_of(const int wide, const int size_y)
{
	const struct edgert_scalar_kind kind = { wide,
						 size_y,
						 EDGERT_SCALAR8_PIXELS,
						 EDGERT_SCALAR8_CHANNELS1,
						 EDGERT_SCALAR8_CHANNELS2,
						 1,
						 1,
						 0 };
	return kind;
}

/* Of bytes with weights of 4 bits. */
EDGERT_INLINE struct edgert_scalar_kind edgert_scalar_kind_w4(void)
{
	struct edgert_scalar_kind kind = edgert_scalar_kind_of(0, 1);

	kind.w4 = 1;
	return kind;
}

EDGERT_INLINE edgert_int edgert_scalar_padded(const struct edgert_scalar_kind kind, edgert_int n)
{
	return (n + kind.pad - 1) / kind.pad * kind.pad;
}

#endif
