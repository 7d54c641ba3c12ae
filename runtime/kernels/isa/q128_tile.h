/* q128_tile.h - sums of products of signed bytes in vectors of 128 bits, by register tiles.
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
 * EDGERT_Q128_ALL are weights of which nobody knows. Those of 4 bits lie so that of the sixteen bytes of
 * two vectors the first one's are the lower halves. */
#ifndef EDGERT_ISA_Q128_TILE_H
#define EDGERT_ISA_Q128_TILE_H

#include "q128.h"

/* What weights are. */
enum { EDGERT_Q128_BYTES, EDGERT_Q128_NIBBLES, EDGERT_Q128_ALL };

/* Accumulators of the largest tile. */
#define EDGERT_Q128_MOST 16

#if defined(EDGERT_Q128_NEON)
/* Vector i of a step's weights. */
EDGERT_INLINE int8x16_t edgert_q128_weights(const int form, const int8_t *w, int i)
{
	int8x16_t v;

	if (form != EDGERT_Q128_NIBBLES)
		return vld1q_s8(w + 16 * i);
	v = vld1q_s8(w + i / 2 * 16);
	return vshrq_n_s8(i % 2 ? v : vshlq_n_s8(v, 4), 4);
}
#endif

/* -- the tile: begin, steps, end: out[r * nv + v], in the order of the channels ------------- */

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

EDGERT_INLINE void edgert_q128_step(const int mr, const int nv, const int form, edgert_q128 *a,
				    const int8_t *x, edgert_int xs, const int8_t *w)
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
		const int8x16_t t = edgert_q128_weights(form, w, c);

		EDGERT_UNROLL_FEW
		for (int r = 0; r < mr; r += 2)
			a[r * nv + c] = vmmlaq_s32(a[r * nv + c], lo[r / 2], t);
	}
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 2 * nv; c++) {
		const int8x16_t t = edgert_q128_weights(form, w, 2 * nv + c);

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

EDGERT_INLINE edgert_q128 edgert_q128_dot(const int form, edgert_q128 a, edgert_q128_taps x,
					  edgert_q128_taps w)
{
	const int16x8_t products = vmull_s8(vget_low_s8(x), vget_low_s8(w));

	if (form == EDGERT_Q128_ALL)
		return vpadalq_s16(vpadalq_s16(a, products),
				   vmull_s8(vget_high_s8(x), vget_high_s8(w)));
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

EDGERT_INLINE edgert_q128_taps edgert_q128_weights(const int form, const int8_t *w, int i)
{
	edgert_q128_taps t;
	v128_t v;

	if (form != EDGERT_Q128_NIBBLES)
		return edgert_q128_take(w + 16 * i);
	v = wasm_v128_load(w + i / 2 * 16);
	v = wasm_i8x16_shr(i % 2 ? v : wasm_i8x16_shl(v, 4), 4);
	t.lo = wasm_i16x8_extend_low_i8x16(v);
	t.hi = wasm_i16x8_extend_high_i8x16(v);
	return t;
}

EDGERT_INLINE edgert_q128 edgert_q128_dot(const int form, edgert_q128 a, edgert_q128_taps x,
					  edgert_q128_taps w)
{
	(void)form;
	return a + (edgert_q128)wasm_i32x4_dot_i16x8(x.lo, w.lo) +
	       (edgert_q128)wasm_i32x4_dot_i16x8(x.hi, w.hi);
}
#endif

EDGERT_INLINE void edgert_q128_step(const int mr, const int nv, const int form, edgert_q128 *a,
				    const int8_t *x, edgert_int xs, const int8_t *w)
{
	edgert_q128_taps t[4];

	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r++)
		t[r] = edgert_q128_take(x + r * xs);
	EDGERT_UNROLL_FEW
	for (int c = 0; c < 4 * nv; c++) {
		const edgert_q128_taps u = edgert_q128_weights(form, w, c);

		EDGERT_UNROLL_FEW
		for (int r = 0; r < mr; r++)
			a[r * 4 * nv + c] = edgert_q128_dot(form, a[r * 4 * nv + c], t[r], u);
	}
}

EDGERT_INLINE void edgert_q128_end(const int mr, const int nv, const edgert_q128 *a,
				   const int32_t *bias, edgert_q128 *out)
{
	EDGERT_UNROLL_FEW
	for (int i = 0; i < mr * nv; i++)
		out[i] = edgert_q128_across(a + 4 * i) + edgert_q128_load(bias + i % nv * 4);
}
#else
#if !defined(EDGERT_Q128_SDOT)
/* Weight i of a step. */
EDGERT_INLINE int32_t edgert_q128_weight(const int form, const int8_t *w, int i)
{
	int32_t v;

	if (form != EDGERT_Q128_NIBBLES)
		return w[i];
	v = w[i / 32 * 16 + i % 16] & 255;
	v = i % 32 < 16 ? v & 15 : v >> 4;
	return v - 2 * (v & 8);
}
#endif

/* a[r * nv + v] */
EDGERT_INLINE void edgert_q128_begin(const int mr, const int nv, edgert_q128 *a,
				     const int32_t *bias)
{
	EDGERT_UNROLL_FEW
	for (int i = 0; i < mr * nv; i++)
		a[i] = edgert_q128_load(bias + i % nv * 4);
}

EDGERT_INLINE void edgert_q128_step(const int mr, const int nv, const int form, edgert_q128 *a,
				    const int8_t *x, edgert_int xs, const int8_t *w)
{
#if defined(EDGERT_Q128_SDOT)
	int8x16_t t[4];

	EDGERT_UNROLL_FEW
	for (int r = 0; r < mr; r++)
		t[r] = vld1q_s8(x + r * xs);
#define EDGERT_Q128_GROUP(g)                                                                       \
	EDGERT_UNROLL_FEW                                                                          \
	for (int v = 0; v < nv; v++) {                                                             \
		const int8x16_t u = edgert_q128_weights(form, w, (g)*nv + v);                      \
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
			int32_t sum = 0;

			for (int k = 0; k < EDGERT_Q128_STEP; k++) {
				const int group = k / EDGERT_Q128_TAPS * 4 * nv + i;

				sum += x[r * xs + k] *
				       edgert_q128_weight(form, w,
							  group * EDGERT_Q128_TAPS +
								  k % EDGERT_Q128_TAPS);
			}
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

#endif
