/* q128_dot16.h - products of elements of 16 bits with bytes, in vectors of 128 bits: eight taps at
 * a time, whose sums lie in four lanes until edgert_q128_across. */
#ifndef EDGERT_ISA_Q128_DOT16_H
#define EDGERT_ISA_Q128_DOT16_H

#include "q128.h"

typedef int16_t edgert_q128_halves8 __attribute__((vector_size(16)));
typedef int16_t edgert_q128_halves8_mem __attribute__((vector_size(16), may_alias, aligned(1)));

EDGERT_INLINE edgert_q128_halves8 edgert_q128_take8(const int16_t *x)
{
	return (edgert_q128_halves8) * (const edgert_q128_halves8_mem *)(const void *)x;
}

/* Eight bytes as halves. */
EDGERT_INLINE edgert_q128_halves8 edgert_q128_widen8(const int8_t *w)
{
#if defined(EDGERT_Q128_NEON)
	return (edgert_q128_halves8)vmovl_s8(vld1_s8(w));
#elif defined(EDGERT_Q128_WASM)
	return (edgert_q128_halves8)wasm_i16x8_load8x8(w);
#else
	const edgert_q128_halves8 v = { w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7] };

	return v;
#endif
}

/* Lane by lane: a[0] and a[1] += x * w. */
EDGERT_INLINE void edgert_q128_multiply8(edgert_q128 *a, edgert_q128_halves8 x,
					 edgert_q128_halves8 w)
{
#if defined(EDGERT_Q128_NEON)
	const int16x8_t u = (int16x8_t)x, v = (int16x8_t)w;

	a[0] = vmlal_s16(a[0], vget_low_s16(u), vget_low_s16(v));
	a[1] = vmlal_s16(a[1], vget_high_s16(u), vget_high_s16(v));
#elif defined(EDGERT_Q128_WASM)
	a[0] += (edgert_q128)wasm_i32x4_extmul_low_i16x8((v128_t)x, (v128_t)w);
	a[1] += (edgert_q128)wasm_i32x4_extmul_high_i16x8((v128_t)x, (v128_t)w);
#else
	for (int l = 0; l < 8; l++)
		a[l / 4][l % 4] += x[l] * w[l];
#endif
}

EDGERT_INLINE edgert_q128 edgert_q128_dot8(edgert_q128 a, edgert_q128_halves8 x,
					   edgert_q128_halves8 w)
{
#if defined(EDGERT_Q128_NEON)
	const int16x8_t u = (int16x8_t)x, v = (int16x8_t)w;

	return vmlal_s16(vmlal_s16(a, vget_low_s16(u), vget_low_s16(v)), vget_high_s16(u),
			 vget_high_s16(v));
#elif defined(EDGERT_Q128_WASM)
	return a + (edgert_q128)wasm_i32x4_dot_i16x8((v128_t)x, (v128_t)w);
#else
	for (int l = 0; l < 8; l++)
		a[l % 4] += x[l] * w[l];
	return a;
#endif
}

#endif
