/* q128_out.h - requantization of sums in vectors of 128 bits (params.h). */
#ifndef EDGERT_ISA_Q128_OUT_H
#define EDGERT_ISA_Q128_OUT_H

#include "q128.h"

/* wide: to 16 bits. */
struct edgert_q128_out {
	edgert_int shift, zero, lo, hi;
	int wide;
};

/* Element i of y. */
EDGERT_INLINE void *edgert_q128_result(const struct edgert_q128_out *o, void *y, edgert_int i)
{
	return (char *)y + (o->wide ? 2 * i : i);
}

/* Round to nearest, ties to even, saturated at 16 bits or beyond. */
#if defined(EDGERT_Q128_NEON)
EDGERT_INLINE edgert_q128 edgert_q128_round(float32x4_t v)
{
#if defined(__aarch64__)
	return vcvtnq_s32_f32(v);
#else
	/* 1.5 * 2^23 rounds to an integer. */
	v = vminq_f32(vmaxq_f32(v, vdupq_n_f32(-65536.0f)), vdupq_n_f32(65536.0f));
	return vreinterpretq_s32_f32(vaddq_f32(v, vdupq_n_f32(12582912.0f))) -
	       vdupq_n_s32(0x4b400000);
#endif
}
#elif defined(EDGERT_Q128_WASM)
EDGERT_INLINE edgert_q128 edgert_q128_round(v128_t v)
{
	v = wasm_f32x4_pmin(wasm_f32x4_pmax(v, wasm_f32x4_splat(-65536.0f)),
			    wasm_f32x4_splat(65536.0f));
	return (edgert_q128)wasm_i32x4_sub(wasm_f32x4_add(v, wasm_f32x4_splat(12582912.0f)),
					   wasm_i32x4_splat(0x4b400000));
}
#endif

/* Four sums, scaled and rounded, saturated at 16 bits or beyond. */
EDGERT_INLINE edgert_q128 edgert_q128_scaled(edgert_q128 acc, const int32_t *scale,
					     const struct edgert_q128_out *o)
{
#if defined(EDGERT_Q128_NEON) && defined(EDGERT_FIXED) && EDGERT_FIXED
	const int32x4_t m = vld1q_s32(scale);
	const int64x2_t by = vdupq_n_s64(-(32 + (int64_t)o->shift));
	const int64x2_t lo = vmull_s32(vget_low_s32(acc), vget_low_s32(m));
	const int64x2_t hi = vmull_s32(vget_high_s32(acc), vget_high_s32(m));

	return vcombine_s32(vqmovn_s64(vrshlq_s64(lo, by)), vqmovn_s64(vrshlq_s64(hi, by)));
#elif defined(EDGERT_Q128_NEON)
	(void)o;
	return edgert_q128_round(
		vmulq_f32(vcvtq_f32_s32(acc), vreinterpretq_f32_s32(vld1q_s32(scale))));
#elif defined(EDGERT_Q128_WASM) && !(defined(EDGERT_FIXED) && EDGERT_FIXED)
	(void)o;
	return edgert_q128_round(
		wasm_f32x4_mul(wasm_f32x4_convert_i32x4((v128_t)acc), wasm_v128_load(scale)));
#else
	for (int l = 0; l < 4; l++)
		acc[l] = edgert_requantize(acc[l], scale[l], (int)o->shift, 0, -65536, 65536);
	return acc;
#endif
}

/* clamp(v + zero), the first n of nv * 4 bytes to y; nv is 1, 2 or 4. */
EDGERT_INLINE void edgert_q128_store(const int nv, const edgert_q128 *v,
				     const struct edgert_q128_out *o, int8_t *y, edgert_int n)
{
	int8_t bytes[16];
	int8_t *to = n >= 4 * nv ? y : bytes;

#if defined(EDGERT_Q128_NEON)
	const int16x8_t zero = vdupq_n_s16((int16_t)o->zero);
	int16x8_t t = vcombine_s16(vqmovn_s32(v[0]), vqmovn_s32(v[nv > 1]));
	int8x8_t b = vqmovn_s16(vqaddq_s16(t, zero));

	if (nv == 4) {
		int8x16_t all;

		t = vcombine_s16(vqmovn_s32(v[2 * (nv == 4)]), vqmovn_s32(v[3 * (nv == 4)]));
		all = vcombine_s8(b, vqmovn_s16(vqaddq_s16(t, zero)));
		if (o->lo > -128)
			all = vmaxq_s8(all, vdupq_n_s8((int8_t)o->lo));
		if (o->hi < 127)
			all = vminq_s8(all, vdupq_n_s8((int8_t)o->hi));
		vst1q_s8(to, all);
	} else {
		if (o->lo > -128)
			b = vmax_s8(b, vdup_n_s8((int8_t)o->lo));
		if (o->hi < 127)
			b = vmin_s8(b, vdup_n_s8((int8_t)o->hi));
		if (nv == 2)
			vst1_s8(to, b);
		else
			*(edgert_word *)to = vget_lane_u32(vreinterpret_u32_s8(b), 0);
	}
#elif defined(EDGERT_Q128_WASM)
	const v128_t zero = wasm_i16x8_splat((int16_t)o->zero);
	const v128_t s = wasm_i16x8_narrow_i32x4((v128_t)v[0], (v128_t)v[nv > 1]);
	const v128_t t = nv == 4 ? wasm_i16x8_narrow_i32x4((v128_t)v[2 * (nv == 4)],
							   (v128_t)v[3 * (nv == 4)])
				 : s;
	v128_t b =
		wasm_i8x16_narrow_i16x8(wasm_i16x8_add_sat(s, zero), wasm_i16x8_add_sat(t, zero));

	if (o->lo > -128)
		b = wasm_i8x16_max(b, wasm_i8x16_splat((int8_t)o->lo));
	if (o->hi < 127)
		b = wasm_i8x16_min(b, wasm_i8x16_splat((int8_t)o->hi));
	if (nv == 4)
		wasm_v128_store(to, b);
	else if (nv == 2)
		*(edgert_q128_half *)to = (uint64_t)wasm_i64x2_extract_lane(b, 0);
	else
		*(edgert_word *)to = (uint32_t)wasm_i32x4_extract_lane(b, 0);
#else
	for (int i = 0; i < 4 * nv; i++)
		to[i] = (int8_t)edgert_clamp_i32(v[i / 4][i % 4] + (int32_t)o->zero, (int32_t)o->lo,
						 (int32_t)o->hi);
#endif
	for (edgert_int i = 0; to != y && i < n; i++)
		y[i] = bytes[i];
}

/* clamp(v + zero), the first n of 4 halves to y. */
EDGERT_INLINE void edgert_q128_store16(edgert_q128 v, const struct edgert_q128_out *o, int16_t *y,
				       edgert_int n)
{
	int16_t part[4];
	int16_t *to = n >= 4 ? y : part;

#if defined(EDGERT_Q128_NEON)
	const int16x4_t h = vqmovn_s32(vqaddq_s32(v, vdupq_n_s32((int32_t)o->zero)));

	vst1_s16(to, vmin_s16(vmax_s16(h, vdup_n_s16((int16_t)o->lo)), vdup_n_s16((int16_t)o->hi)));
#elif defined(EDGERT_Q128_WASM)
	const v128_t s = wasm_i32x4_add((v128_t)v, wasm_i32x4_splat((int32_t)o->zero));
	const v128_t h =
		wasm_i16x8_max(wasm_i16x8_narrow_i32x4(s, s), wasm_i16x8_splat((int16_t)o->lo));

	*(edgert_q128_half *)(void *)to = (uint64_t)wasm_i64x2_extract_lane(
		wasm_i16x8_min(h, wasm_i16x8_splat((int16_t)o->hi)), 0);
#else
	for (int i = 0; i < 4; i++)
		to[i] = (int16_t)edgert_clamp_i32(v[i] + (int32_t)o->zero, (int32_t)o->lo,
						  (int32_t)o->hi);
#endif
	for (edgert_int i = 0; n < 4 && i < n; i++)
		y[i] = part[i];
}

/* Results of sums: scaled, then as above. scale: nv * 4 */
EDGERT_INLINE void edgert_q128_finish(const int nv, const edgert_q128 *acc, const int32_t *scale,
				      const struct edgert_q128_out *o, void *y, edgert_int n)
{
	edgert_q128 v[4];

	EDGERT_UNROLL_FEW
	for (int i = 0; i < nv; i++)
		v[i] = edgert_q128_scaled(acc[i], scale + 4 * i, o);
	if (!o->wide)
		edgert_q128_store(nv, v, o, y, n);
	else
		for (int i = 0; i < nv && 4 * i < n; i++)
			edgert_q128_store16(v[i], o, (int16_t *)y + 4 * i, n - 4 * i);
}

/* The first n of nv * 4 sums to y. */
EDGERT_INLINE void edgert_q128_store_sums(const int nv, const edgert_q128 *acc, int32_t *y,
					  edgert_int n)
{
	EDGERT_UNROLL_FEW
	for (int v = 0; v < nv; v++, n -= 4) {
		if (n >= 4)
			*(edgert_q128_mem *)(y + 4 * v) = (edgert_q128_mem)acc[v];
		else
			for (int l = 0; l < n; l++)
				y[4 * v + l] = acc[v][l];
	}
}

#endif
