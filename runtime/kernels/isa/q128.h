/* q128.h - sums of products of signed bytes in vectors of 128 bits, and their requantization: what
 * the kernels in q128/ are written on.
 *
 * The register tile is mr rows of x times nv vectors of four channels, of which a step multiplies
 * EDGERT_Q128_STEP taps. Weights of a step are packed
 *
 *	[STEP / TAPS][vector][lane][TAPS]
 *
 * as the machine's products want them:
 *
 *	TAPS 16	Advanced SIMD, simd128: each channel has four partial sums, added up at the end
 *	TAPS 4	SDOT by lane
 *	TAPS 8	SMMLA: two rows times two channels
 *
 * Advanced SIMD adds two products of bytes in 16 bits, taps k and k + 8 of a step; depthwise, those
 * of two taps of the window: they fit unless both weights are -128, which the compiler refuses.
 *
 * Without the instructions the same is done element by element, over the same packed weights: the
 * portable model under which every kernel is tested. Emitted code defines EDGERT_Q128_TAPS. */
#ifndef EDGERT_Q128_H
#define EDGERT_Q128_H

#include "int8.h"

#if !defined(__GNUC__)
#error "vector kernels need the vector extensions of gcc or clang"
#endif

#ifndef EDGERT_Q128_TAPS
#if defined(__ARM_FEATURE_MATMUL_INT8)
#define EDGERT_Q128_TAPS 8
#elif defined(__ARM_FEATURE_DOTPROD)
#define EDGERT_Q128_TAPS 4
#else
#define EDGERT_Q128_TAPS 16
#endif
#endif

#define EDGERT_Q128_STEP 16

#if defined(__ARM_NEON) && defined(__ARMEL__) + defined(__AARCH64EL__)
#define EDGERT_Q128_NEON
#include <arm_neon.h>
typedef int32x4_t edgert_q128;
#elif defined(__wasm_simd128__)
#define EDGERT_Q128_WASM
#include <wasm_simd128.h>
typedef int32_t edgert_q128 __attribute__((vector_size(16)));
#else
typedef int32_t edgert_q128 __attribute__((vector_size(16)));
#endif

#if defined(EDGERT_Q128_NEON) && EDGERT_Q128_TAPS == 8 && defined(__ARM_FEATURE_MATMUL_INT8)
#define EDGERT_Q128_MMLA
#elif defined(EDGERT_Q128_NEON) && EDGERT_Q128_TAPS == 4 && defined(__ARM_FEATURE_DOTPROD)
#define EDGERT_Q128_SDOT
#elif (defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)) && EDGERT_Q128_TAPS == 16
#define EDGERT_Q128_ACROSS
#endif

/* The same in memory, wherever it lies. */
typedef int32_t edgert_q128_mem __attribute__((vector_size(16), may_alias, aligned(1)));
typedef uint64_t edgert_q128_half __attribute__((may_alias, aligned(1)));

/* Accumulators of the largest tile. */
#define EDGERT_Q128_MOST 16

/* -- the tile: begin, steps, end: out[r * nv + v], in the order of the channels ------------- */

EDGERT_INLINE edgert_q128 edgert_q128_load(const int32_t *p)
{
	return (edgert_q128) * (const edgert_q128_mem *)p;
}

#if defined(EDGERT_Q128_MMLA)
/* a[r / 2 * 2 * nv + c]: rows r and r + 1, channels 2 * c and 2 * c + 1. An odd last row is there
 * twice. */
EDGERT_INLINE void edgert_q128_begin(const int mr, const int nv, edgert_q128 *a,
				     const int32_t *bias)
{
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 2 * nv; c++) {
		const int32x2_t b = vld1_s32(bias + 2 * c);

		EDGERT_UNROLL_FEW
		for (int r = 0; r < mr; r += 2)
			a[r * nv + c] = vcombine_s32(b, b);
	}
}

EDGERT_INLINE void edgert_q128_step(const int mr, const int nv, edgert_q128 *a, const int8_t *x,
				    edgert_int xs, const int8_t *w)
{
	int8x16_t lo[2], hi[2]; /* the first eight taps of two rows, and the others */

	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r += 2) {
		const int64x2_t u = vreinterpretq_s64_s8(vld1q_s8(x + r * xs));
		const int64x2_t v =
			r + 1 < mr ? vreinterpretq_s64_s8(vld1q_s8(x + (r + 1) * xs)) : u;

		lo[r / 2] = vreinterpretq_s8_s64(vzip1q_s64(u, v));
		hi[r / 2] = vreinterpretq_s8_s64(vzip2q_s64(u, v));
	}
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 2 * nv; c++) {
		const int8x16_t t = vld1q_s8(w + 16 * c);

		EDGERT_UNROLL_FEW
		for (int r = 0; r < mr; r += 2)
			a[r * nv + c] = vmmlaq_s32(a[r * nv + c], lo[r / 2], t);
	}
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 2 * nv; c++) {
		const int8x16_t t = vld1q_s8(w + 32 * nv + 16 * c);

		EDGERT_UNROLL_FEW
		for (int r = 0; r < mr; r += 2)
			a[r * nv + c] = vmmlaq_s32(a[r * nv + c], hi[r / 2], t);
	}
}

EDGERT_INLINE void edgert_q128_end(const int mr, const int nv, const edgert_q128 *a,
				   const int32_t *bias, edgert_q128 *out)
{
	(void)bias;
	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r++) {
		EDGERT_UNROLL_FEW
		for (int v = 0; v < nv; v++) {
			const edgert_q128 *t = a + r / 2 * 2 * nv + 2 * v;
			const int64x2_t u = vreinterpretq_s64_s32(t[0]);
			const int64x2_t s = vreinterpretq_s64_s32(t[1]);

			out[r * nv + v] =
				vreinterpretq_s32_s64(r % 2 ? vzip2q_s64(u, s) : vzip1q_s64(u, s));
		}
	}
}
#elif defined(EDGERT_Q128_ACROSS)
/* a[(r * nv + v) * 4 + l]: four partial sums of lane l of that vector. */
EDGERT_INLINE void edgert_q128_begin(const int mr, const int nv, edgert_q128 *a,
				     const int32_t *bias)
{
	(void)bias;
	EDGERT_UNROLL_FEW
	for (int i = 0; i < 4 * mr * nv; i++)
		a[i] = (edgert_q128){ 0, 0, 0, 0 };
}

#if defined(EDGERT_Q128_NEON)
typedef int8x16_t edgert_q128_taps;

EDGERT_INLINE edgert_q128_taps edgert_q128_take(const int8_t *x)
{
	return vld1q_s8(x);
}

EDGERT_INLINE edgert_q128 edgert_q128_dot(edgert_q128 a, edgert_q128_taps x, edgert_q128_taps w)
{
	const int16x8_t products = vmull_s8(vget_low_s8(x), vget_low_s8(w));

	return vpadalq_s16(a, vmlal_s8(products, vget_high_s8(x), vget_high_s8(w)));
}
#else
typedef struct {
	v128_t lo, hi;
} edgert_q128_taps;

EDGERT_INLINE edgert_q128_taps edgert_q128_take(const int8_t *x)
{
	const edgert_q128_taps t = { wasm_i16x8_load8x8(x), wasm_i16x8_load8x8(x + 8) };

	return t;
}

EDGERT_INLINE edgert_q128 edgert_q128_dot(edgert_q128 a, edgert_q128_taps x, edgert_q128_taps w)
{
	return a + (edgert_q128)wasm_i32x4_dot_i16x8(x.lo, w.lo) +
	       (edgert_q128)wasm_i32x4_dot_i16x8(x.hi, w.hi);
}
#endif

EDGERT_INLINE void edgert_q128_step(const int mr, const int nv, edgert_q128 *a, const int8_t *x,
				    edgert_int xs, const int8_t *w)
{
	edgert_q128_taps t[4];

	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r++)
		t[r] = edgert_q128_take(x + r * xs);
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 4 * nv; c++) {
		const edgert_q128_taps u = edgert_q128_take(w + 16 * c);

		EDGERT_UNROLL_FEW
		for (int r = 0; r < mr; r++)
			a[r * 4 * nv + c] = edgert_q128_dot(a[r * 4 * nv + c], t[r], u);
	}
}

/* The sums across each of four vectors. */
EDGERT_INLINE edgert_q128 edgert_q128_across(const edgert_q128 *a)
{
#if defined(__aarch64__)
	return vpaddq_s32(vpaddq_s32(a[0], a[1]), vpaddq_s32(a[2], a[3]));
#elif defined(EDGERT_Q128_NEON)
	const int32x2_t s = vadd_s32(vget_low_s32(a[0]), vget_high_s32(a[0]));
	const int32x2_t t = vadd_s32(vget_low_s32(a[1]), vget_high_s32(a[1]));
	const int32x2_t u = vadd_s32(vget_low_s32(a[2]), vget_high_s32(a[2]));
	const int32x2_t v = vadd_s32(vget_low_s32(a[3]), vget_high_s32(a[3]));

	return vcombine_s32(vpadd_s32(s, t), vpadd_s32(u, v));
#else
	const edgert_q128 s = __builtin_shufflevector(a[0], a[1], 0, 4, 1, 5) +
			      __builtin_shufflevector(a[0], a[1], 2, 6, 3, 7);
	const edgert_q128 t = __builtin_shufflevector(a[2], a[3], 0, 4, 1, 5) +
			      __builtin_shufflevector(a[2], a[3], 2, 6, 3, 7);

	return __builtin_shufflevector(s, t, 0, 1, 4, 5) +
	       __builtin_shufflevector(s, t, 2, 3, 6, 7);
#endif
}

EDGERT_INLINE void edgert_q128_end(const int mr, const int nv, const edgert_q128 *a,
				   const int32_t *bias, edgert_q128 *out)
{
	EDGERT_UNROLL_FEW
	for (int i = 0; i < mr * nv; i++)
		out[i] = edgert_q128_across(a + 4 * i) + edgert_q128_load(bias + i % nv * 4);
}
#else
/* a[r * nv + v] */
EDGERT_INLINE void edgert_q128_begin(const int mr, const int nv, edgert_q128 *a,
				     const int32_t *bias)
{
	EDGERT_UNROLL_FEW
	for (int i = 0; i < mr * nv; i++)
		a[i] = edgert_q128_load(bias + i % nv * 4);
}

EDGERT_INLINE void edgert_q128_step(const int mr, const int nv, edgert_q128 *a, const int8_t *x,
				    edgert_int xs, const int8_t *w)
{
#if defined(EDGERT_Q128_SDOT)
	int8x16_t t[4];

	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r++)
		t[r] = vld1q_s8(x + r * xs);
#define EDGERT_Q128_GROUP(g)                                                                       \
	EDGERT_UNROLL_FEW                                                                          \
	for (int v = 0; v < nv; v++) {                                                             \
		const int8x16_t u = vld1q_s8(w + ((g)*nv + v) * 16);                               \
                                                                                                   \
		EDGERT_UNROLL_FEW                                                                  \
		for (int r = 0; r < mr; r++)                                                       \
			a[r * nv + v] = vdotq_laneq_s32(a[r * nv + v], u, t[r], g);                \
	}
	EDGERT_Q128_GROUP(0)
	EDGERT_Q128_GROUP(1)
	EDGERT_Q128_GROUP(2)
	EDGERT_Q128_GROUP(3)
#undef EDGERT_Q128_GROUP
#else
	for (int r = 0; r < mr; r++)
		for (int i = 0; i < 4 * nv; i++) {
			const int8_t *u = w + i * EDGERT_Q128_TAPS;
			int32_t sum = 0;

			for (int k = 0; k < EDGERT_Q128_STEP; k++)
				sum += x[r * xs + k] *
				       u[k / EDGERT_Q128_TAPS * 4 * nv * EDGERT_Q128_TAPS +
					 k % EDGERT_Q128_TAPS];
			a[r * nv + i / 4][i % 4] += sum;
		}
#endif
}

EDGERT_INLINE void edgert_q128_end(const int mr, const int nv, const edgert_q128 *a,
				   const int32_t *bias, edgert_q128 *out)
{
	(void)bias;
	EDGERT_UNROLL_FEW
	for (int i = 0; i < mr * nv; i++)
		out[i] = a[i];
}
#endif

/* -- requantization: params.h --------------------------------------------------------------- */

struct edgert_q128_out {
	edgert_int shift, zero, lo, hi;
};

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

/* The same of sums, which are scaled. scale: nv * 4 */
EDGERT_INLINE void edgert_q128_finish(const int nv, const edgert_q128 *acc, const int32_t *scale,
				      const struct edgert_q128_out *o, int8_t *y, edgert_int n)
{
	edgert_q128 v[4];

	EDGERT_UNROLL_FEW
	for (int i = 0; i < nv; i++)
		v[i] = edgert_q128_scaled(acc[i], scale + 4 * i, o);
	edgert_q128_store(nv, v, o, y, n);
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

/* -- channels side by side ------------------------------------------------------------- */

/* Of nv * 4 channels, 8 or 16: a += x * w[0] + y * w[1], w [2][nv * 4]. */
EDGERT_INLINE void edgert_q128_pair(const int nv, edgert_q128 *a, const int8_t *x, const int8_t *y,
				    const int8_t *w)
{
#if defined(EDGERT_Q128_NEON)
	if (nv == 4) {
		const int8x16_t c = vld1q_s8(x), d = vld1q_s8(y);
		const int8x16_t u = vld1q_s8(w), v = vld1q_s8(w + 16);
		const int16x8_t s = vmlal_s8(vmull_s8(vget_low_s8(c), vget_low_s8(u)),
					     vget_low_s8(d), vget_low_s8(v));
		const int16x8_t t = vmlal_s8(vmull_s8(vget_high_s8(c), vget_high_s8(u)),
					     vget_high_s8(d), vget_high_s8(v));

		a[0] = vaddw_s16(a[0], vget_low_s16(s));
		a[1] = vaddw_s16(a[1], vget_high_s16(s));
		a[2 * (nv == 4)] = vaddw_s16(a[2 * (nv == 4)], vget_low_s16(t));
		a[3 * (nv == 4)] = vaddw_s16(a[3 * (nv == 4)], vget_high_s16(t));
	} else {
		const int16x8_t t =
			vmlal_s8(vmull_s8(vld1_s8(x), vld1_s8(w)), vld1_s8(y), vld1_s8(w + 8));

		a[0] = vaddw_s16(a[0], vget_low_s16(t));
		a[1] = vaddw_s16(a[1], vget_high_s16(t));
	}
#elif defined(EDGERT_Q128_WASM)
	EDGERT_UNROLL_FEW
	for (int v = 0; v < nv; v += 2) {
		const v128_t c = wasm_i16x8_mul(wasm_i16x8_load8x8(x + 4 * v),
						wasm_i16x8_load8x8(w + 4 * v));
		const v128_t d = wasm_i16x8_mul(wasm_i16x8_load8x8(y + 4 * v),
						wasm_i16x8_load8x8(w + 4 * (nv + v)));
		const v128_t t = wasm_i16x8_add(c, d);

		a[v] += (edgert_q128)wasm_i32x4_extend_low_i16x8(t);
		a[v + 1] += (edgert_q128)wasm_i32x4_extend_high_i16x8(t);
	}
#else
	for (int i = 0; i < 4 * nv; i++)
		a[i / 4][i % 4] += x[i] * w[i] + y[i] * w[4 * nv + i];
#endif
}

/* -- element by element ------------------------------------------------------------------ */

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
	const struct edgert_q128_out o = { 0, 0, p->lo, p->hi };
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
