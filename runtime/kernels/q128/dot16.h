/* dot16.h - the sums of scalar/dot.h for activations in 16 bits, eight products of four channels
 * of one or two pixels at a time: w [channels][taps]. No zero point is taken from x. */
#ifndef EDGERT_Q128_DOT16_KERNEL_H
#define EDGERT_Q128_DOT16_KERNEL_H

#include "../isa/q128_dot16.h"
#include "../scalar/dot.h"

/* size_y: bytes of a result */
#define EDGERT_Q128_KIND16(size_y)                                                                 \
	{                                                                                          \
		1, size_y, 2, 4, 4, 1, 1, 0                                                        \
	}

/* a[4 * p + c] += x[p] . w[c], eight taps of each; with lanes of x that keep has. */
EDGERT_INLINE void edgert_q128_taps16(const int pixels, const int channels, edgert_q128 *a,
				      const int16_t *const *x, const int8_t *w, edgert_int taps,
				      edgert_q128_halves8 keep)
{
	const edgert_q128_halves8 u = edgert_q128_take8(x[0]) & keep;
	const edgert_q128_halves8 v = edgert_q128_take8(x[pixels - 1]) & keep;

	EDGERT_UNROLL_FEW
	for (int c = 0; c < channels; c++) {
		const edgert_q128_halves8 t = edgert_q128_widen8(w + c * taps);

		a[c] = edgert_q128_dot8(a[c], u, t);
		if (pixels == 2)
			a[4 + c] = edgert_q128_dot8(a[4 + c], v, t);
	}
}

/* The same of a run of taps: the last ones with some before them that count no more, or, where
 * there are fewer than eight, one by one to s. */
EDGERT_INLINE void edgert_q128_run16(const int pixels, const int channels, edgert_q128 *a,
				     const int16_t *x0, const int16_t *x1, const int8_t *w,
				     edgert_int taps, edgert_int run, int32_t *s)
{
	const edgert_q128_halves8 all = { -1, -1, -1, -1, -1, -1, -1, -1 };
	const edgert_q128_halves8 lane = { 0, 1, 2, 3, 4, 5, 6, 7 };
	edgert_int i = 0;

	for (; i + 8 <= run; i += 8) {
		const int16_t *const x[2] = { x0 + i, x1 + i };

		edgert_q128_taps16(pixels, channels, a, x, w + i, taps, all);
	}
	if (i < run && run >= 8) {
		const int16_t *const x[2] = { x0 + run - 8, x1 + run - 8 };
		const int16_t gone = (int16_t)(8 - (run - i));

		edgert_q128_taps16(pixels, channels, a, x, w + run - 8, taps,
				   (edgert_q128_halves8)(lane >= gone));
		i = run;
	}
	for (; i < run; i++) {
		EDGERT_UNROLL_FEW
		for (int c = 0; c < channels; c++) {
			s[c] += x0[i] * w[c * taps + i];
			if (pixels == 2)
				s[4 + c] += x1[i] * w[c * taps + i];
		}
	}
}

EDGERT_INLINE void edgert_q128_sums_s16(const struct edgert_scalar_dot *d, const int pixels,
					const int channels, const int8_t *w, const void *const *x,
					int32_t *s)
{
	const edgert_q128 none = { 0, 0, 0, 0 };
	edgert_q128 a[8] = { none, none, none, none, none, none, none, none };

	for (edgert_int r = 0; r < d->rows; r++)
		for (edgert_int k = 0; k < d->units; k++) {
			const edgert_int at = r * d->x_row + k * d->x_unit;

			edgert_q128_run16(pixels, channels, a, (const int16_t *)x[0] + at,
					  (const int16_t *)x[pixels - 1] + at,
					  w + r * d->w_row + k * d->w_unit, d->taps, d->run, s);
		}
	EDGERT_UNROLL_FEW
	for (int p = 0; p < pixels; p++) {
		const edgert_q128 sum = edgert_q128_across(a + 4 * p);

		EDGERT_UNROLL_FEW
		for (int c = 0; c < channels; c++)
			s[4 * p + c] += sum[c];
	}
}

#endif
