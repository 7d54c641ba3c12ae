/* rows.h - products of rows of bytes with a vector of 16 bits (isa/recurrence_q.h), four rows at a time:
 *
 *	w	[rows / 4][k / 4][4 rows][w0, w2, w1, w3]
 *
 * in which SXTB16 finds pairs of taps that lie side by side in x. */
#ifndef EDGERT_DSP_ROWS_H
#define EDGERT_DSP_ROWS_H

#include "../isa/dsp.h"

/* Four taps: s[r] += x[0..3] . row r */
EDGERT_INLINE void edgert_dsp_rows_step(const int16_t **x, const int8_t **w, int32_t *s)
{
#if EDGERT_DSP_ASM
	int32_t x0, x1, u, v;

	__asm__("ldrd	%[x0], %[x1], [%[x]], #8\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s1], %[x0], %[v], %[s1]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s1], %[x1], %[u], %[s1]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s2], %[x1], %[u], %[s2]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s3], %[x0], %[v], %[s3]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s3], %[x1], %[u], %[s3]"
		: [s0] "+r"(s[0]), [s1] "+r"(s[1]), [s2] "+r"(s[2]), [s3] "+r"(s[3]), [x] "+r"(*x),
		  [w] "+r"(*w), [x0] "=&r"(x0), [x1] "=&r"(x1), [u] "=&r"(u), [v] "=&r"(v)
		:
		: "memory");
#else
	for (int r = 0; r < 4; r++, *w += 4)
		s[r] += (*x)[0] * (*w)[0] + (*x)[1] * (*w)[2] + (*x)[2] * (*w)[1] +
			(*x)[3] * (*w)[3];
	*x += 4;
#endif
}

EDGERT_INLINE void edgert_dsp_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	for (; rows > 0; rows -= 4, to += 4) {
		const int16_t *at = x;
		int32_t s[4] = { 0, 0, 0, 0 };
		edgert_int left = k;

		for (; left > 12; left -= 16) {
			edgert_dsp_rows_step(&at, &w, s);
			edgert_dsp_rows_step(&at, &w, s);
			edgert_dsp_rows_step(&at, &w, s);
			edgert_dsp_rows_step(&at, &w, s);
		}
		for (; left > 0; left -= 4)
			edgert_dsp_rows_step(&at, &w, s);
		to[0] = s[0];
		if (rows > 1)
			to[1] = s[1];
		if (rows > 2)
			to[2] = s[2];
		if (rows > 3)
			to[3] = s[3];
	}
}

#endif
