/* q128_add.h - sums of two quantized tensors, sixteen elements at a time (params.h, "add"). */
#ifndef EDGERT_ISA_Q128_ADD_H
#define EDGERT_ISA_Q128_ADD_H

#include "q128_out.h"

#if defined(EDGERT_Q128_NEON)
EDGERT_INLINE void edgert_q128_widen(const int8_t *x, edgert_q128 *v)
{
	const int8x16_t t = vld1q_s8(x);
	const int16x8_t lo = vmovl_s8(vget_low_s8(t)), hi = vmovl_s8(vget_high_s8(t));

	v[0] = vmovl_s16(vget_low_s16(lo));
	v[1] = vmovl_s16(vget_high_s16(lo));
	v[2] = vmovl_s16(vget_low_s16(hi));
	v[3] = vmovl_s16(vget_high_s16(hi));
}

/* x * factor + sum */
EDGERT_INLINE float32x4_t edgert_q128_term(edgert_q128 x, float factor, float32x4_t sum,
					   const int fused)
{
#if defined(__ARM_FEATURE_FMA)
	if (fused)
		return vfmaq_f32(sum, vcvtq_f32_s32(x), vdupq_n_f32(factor));
#endif
	(void)fused;
	return vaddq_f32(vmulq_f32(vcvtq_f32_s32(x), vdupq_n_f32(factor)), sum);
}

#define edgert_q128_same vdupq_n_f32
#elif defined(EDGERT_Q128_WASM)
EDGERT_INLINE void edgert_q128_widen(const int8_t *x, edgert_q128 *v)
{
	const v128_t lo = wasm_i16x8_load8x8(x), hi = wasm_i16x8_load8x8(x + 8);

	v[0] = (edgert_q128)wasm_i32x4_extend_low_i16x8(lo);
	v[1] = (edgert_q128)wasm_i32x4_extend_high_i16x8(lo);
	v[2] = (edgert_q128)wasm_i32x4_extend_low_i16x8(hi);
	v[3] = (edgert_q128)wasm_i32x4_extend_high_i16x8(hi);
}

EDGERT_INLINE v128_t edgert_q128_term(edgert_q128 x, float factor, v128_t sum, const int fused)
{
	const v128_t v = wasm_f32x4_convert_i32x4((v128_t)x);

	(void)fused;
	return wasm_f32x4_add(wasm_f32x4_mul(v, wasm_f32x4_splat(factor)), sum);
}

#define edgert_q128_same wasm_f32x4_splat
#endif

#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
/* a and b, scaled, added and rounded */
EDGERT_INLINE edgert_q128 edgert_q128_sum(const struct edgert_add *p, edgert_q128 a, edgert_q128 b,
					  const int32_t *q)
{
#if defined(EDGERT_FIXED) && EDGERT_FIXED
	const edgert_q128 m = { q[0], q[0], q[0], q[0] }, n = { q[1], q[1], q[1], q[1] };
	const edgert_q128 z = { q[2], q[2], q[2], q[2] };

	return (a * m + b * n + z) >> (int)p->shift;
#else
	const int fused = p->fused != 0;

	return edgert_q128_round(edgert_q128_term(
		a, edgert_f32_from_bits((uint32_t)q[0]),
		edgert_q128_term(b, edgert_f32_from_bits((uint32_t)q[1]),
				 edgert_q128_same(edgert_f32_from_bits((uint32_t)q[2])), fused),
		fused));
#endif
}
#endif

/* Sixteen elements of a sum (params.h, "add"); fused where the machine cannot, one by one. */
EDGERT_INLINE void edgert_q128_add(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				   const int32_t *q, int8_t *y)
{
#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
	const struct edgert_q128_out o = { 0, 0, p->lo, p->hi, 0 };
	edgert_q128 u[4], v[4];

#if (defined(EDGERT_FIXED) && EDGERT_FIXED) || defined(__ARM_FEATURE_FMA)
	const int can = 1;
#else
	const int can = !p->fused;
#endif
	if (can) {
		edgert_q128_widen(a, u);
		edgert_q128_widen(b, v);
		EDGERT_UNROLL_FEW
		for (int i = 0; i < 4; i++)
			v[i] = edgert_q128_sum(p, u[i], v[i], q);
		edgert_q128_store(4, v, &o, y, 16);
		return;
	}
#endif
	for (int i = 0; i < 16; i++)
		y[i] = edgert_int8_add(p, a[i], b[i], q);
}

#endif
