/* dot16.h - the sums of scalar/dot.h for activations in 16 bits, eight products of four channels
 * at a time: w [channels][taps]. No zero point is taken from x. */
#ifndef EDGERT_MVE_DOT16_H
#define EDGERT_MVE_DOT16_H

#include "../isa/mve.h"
#include "../scalar/dot.h"

/* size_y: bytes of a result */
#define EDGERT_MVE_KIND16(size_y)                                                                  \
	{                                                                                          \
		1, size_y, 1, 4, 4, 1, 1, 0                                                        \
	}

/* s[c] += x . w[c] for four rows of w, n elements of each. */
EDGERT_INLINE void edgert_mve_row16(const int16_t *x, const int8_t *const *w, edgert_int n,
				    int32_t *s)
{
#if EDGERT_MVE_ASM
	const int8_t *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];

	__asm__("wlstp.16	lr, %[n], 2f\n"
		"1:\n\t"
		"vldrh.u16	q0, [%[x]], #16\n\t"
		"vldrb.s16	q1, [%[w0]], #8\n\t"
		"vldrb.s16	q2, [%[w1]], #8\n\t"
		"vmladava.s16	%[s0], q0, q1\n\t"
		"vldrb.s16	q1, [%[w2]], #8\n\t"
		"vmladava.s16	%[s1], q0, q2\n\t"
		"vldrb.s16	q2, [%[w3]], #8\n\t"
		"vmladava.s16	%[s2], q0, q1\n\t"
		"vmladava.s16	%[s3], q0, q2\n\t"
		"letp	lr, 1b\n"
		"2:"
		: [s0] "+Te"(s[0]), [s1] "+Te"(s[1]), [s2] "+Te"(s[2]), [s3] "+Te"(s[3]),
		  [x] "+r"(x), [w0] "+l"(w0), [w1] "+l"(w1), [w2] "+l"(w2), [w3] "+l"(w3)
		: [n] "r"(n)
		: "lr", "q0", "q1", "q2", "cc", "memory");
#else
	for (int c = 0; c < 4; c++)
		for (edgert_int k = 0; k < n; k++)
			s[c] += x[k] * w[c][k];
#endif
}

EDGERT_INLINE void edgert_mve_sums_s16(const struct edgert_scalar_dot *d, const int pixels,
				       const int channels, const int8_t *w, const void *const *x,
				       int32_t *s)
{
	int32_t sum[4] = { s[0], s[1], s[2], s[3] };

	(void)pixels;
	for (edgert_int r = 0; r < d->rows; r++)
		for (edgert_int k = 0; k < d->units; k++) {
			const int8_t *u = w + r * d->w_row + k * d->w_unit;
			const int8_t *const rows[4] = { u, u + (channels > 1 ? d->taps : 0),
							u + (channels > 2 ? 2 * d->taps : 0),
							u + (channels > 2 ? 3 * d->taps : 0) };

			edgert_mve_row16((const int16_t *)x[0] + r * d->x_row + k * d->x_unit, rows,
					 d->run, sum);
		}
	for (int c = 0; c < 4; c++)
		s[c] = sum[c];
}

#endif
