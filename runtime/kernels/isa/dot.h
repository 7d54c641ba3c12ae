/* dot.h - vectors of EDGERT_VQ_LANES 32-bit sums of products, unsigned bytes by signed ones: what the
 * 8-bit kernels of x86 are written on, with dot_out.h, which makes bytes of sums.
 *
 * A lane adds up EDGERT_VQ_TAPS products at a time:
 *
 *	dot(acc, x, w)[l] = acc[l] + x[4l] * w[4l] + ... + x[4l + 3] * w[4l + 3]	4: vpdpbusd
 *	dot(acc, x, w)[l] = acc[l] + x[2l] * w[2l] + x[2l + 1] * w[2l + 1]		2: vpmaddwd
 *
 * Four take x and w as the bytes that they are. Where that instruction is missing, two take both
 * in 16 bits: weights are packed so, activations are widened when a kernel copies them.
 * (vpmaddubsw, twice as wide, saturates: 1 to 8 % of the pairs of weights of trained networks are
 * large enough for that, so nearly every vector holds one.) Elsewhere the same is done with GCC's
 * vector extensions, lane by lane: the portable model under which every kernel is tested. Sums are
 * unsigned: they wrap, and come back.
 *
 * 16 lanes are AVX-512, 8 are AVX2. Weights are packed for one number of lanes and taps, which
 * emitted code defines. */
#ifndef EDGERT_DOT_H
#define EDGERT_DOT_H

#include <string.h>

#include "../params.h"

#if !defined(__GNUC__)
#error "vector kernels need the vector extensions of gcc or clang"
#endif

#ifndef EDGERT_VQ_LANES
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define EDGERT_VQ_LANES 16
#else
#define EDGERT_VQ_LANES 8
#endif
#endif

#ifndef EDGERT_VQ_TAPS
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#define EDGERT_VQ_TAPS 4
#else
#define EDGERT_VQ_TAPS 2
#endif
#endif

#if EDGERT_VQ_LANES == 16 && defined(__AVX512BW__) && defined(__AVX512VL__)
#define EDGERT_VQ_AVX512
#elif EDGERT_VQ_LANES == 8 && defined(__AVX2__)
#define EDGERT_VQ_AVX2
#endif

#if defined(EDGERT_VQ_AVX512) || defined(EDGERT_VQ_AVX2)
#include <immintrin.h>
#endif

#if !defined(__clang__)
/* A vector wider than the machine's is passed in memory, whichever ABI: all our functions are
 * static. */
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

/* Before a loop of few, constant iterations over an array of vectors, which then lives in
 * registers. */
#ifndef EDGERT_UNROLL
#if defined(__clang__)
#define EDGERT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define EDGERT_UNROLL _Pragma("GCC unroll 32")
#endif
#endif

/* Bytes in a vector. */
#define EDGERT_VQ_BYTES (4 * EDGERT_VQ_LANES)
/* Taps in a vector: of one channel per lane, or one of each of as many channels. */
#define EDGERT_VQ_ITEMS (EDGERT_VQ_TAPS * EDGERT_VQ_LANES)

/* An activation as products take it. */
#if EDGERT_VQ_TAPS == 4
typedef uint8_t edgert_vq_tap;
#else
typedef int16_t edgert_vq_tap;
#endif

typedef uint32_t edgert_vq __attribute__((vector_size(EDGERT_VQ_BYTES)));
typedef int32_t edgert_vq_s32 __attribute__((vector_size(EDGERT_VQ_BYTES)));
typedef int16_t edgert_vq_s16 __attribute__((vector_size(EDGERT_VQ_BYTES)));
typedef uint8_t edgert_vq_u8 __attribute__((vector_size(EDGERT_VQ_BYTES)));
typedef float edgert_vq_f32 __attribute__((vector_size(EDGERT_VQ_BYTES)));
/* The same in memory, wherever it lies. */
typedef uint32_t edgert_vq_mem __attribute__((vector_size(EDGERT_VQ_BYTES), aligned(1), may_alias));
typedef uint32_t edgert_vq_word __attribute__((aligned(1), may_alias));

EDGERT_INLINE edgert_vq edgert_vq_load(const void *p)
{
	return *(const edgert_vq_mem *)p;
}

EDGERT_INLINE void edgert_vq_store(void *p, edgert_vq v)
{
	*(edgert_vq_mem *)p = v;
}

/* The first n < EDGERT_VQ_BYTES bytes; the others are 0 when loaded, untouched when stored. */
EDGERT_INLINE edgert_vq edgert_vq_load_part(const uint8_t *p, edgert_int n)
{
#if defined(EDGERT_VQ_AVX512)
	return (edgert_vq)_mm512_maskz_loadu_epi8(((__mmask64)1 << n) - 1, p);
#else
	uint8_t t[EDGERT_VQ_BYTES] = { 0 };

	memcpy(t, p, (size_t)n);
	return edgert_vq_load(t);
#endif
}

EDGERT_INLINE void edgert_vq_store_part(uint8_t *p, edgert_vq v, edgert_int n)
{
#if defined(EDGERT_VQ_AVX512)
	_mm512_mask_storeu_epi8(p, ((__mmask64)1 << n) - 1, (__m512i)v);
#else
	uint8_t t[EDGERT_VQ_BYTES];

	edgert_vq_store(t, v);
	memcpy(p, t, (size_t)n);
#endif
}

EDGERT_INLINE edgert_vq edgert_vq_max_u8(edgert_vq a, edgert_vq b)
{
#if defined(EDGERT_VQ_AVX512)
	return (edgert_vq)_mm512_max_epu8((__m512i)a, (__m512i)b);
#elif defined(EDGERT_VQ_AVX2)
	return (edgert_vq)_mm256_max_epu8((__m256i)a, (__m256i)b);
#else
	const edgert_vq more = (edgert_vq)((edgert_vq_u8)a > (edgert_vq_u8)b);

	return (a & more) | (b & ~more);
#endif
}

EDGERT_INLINE edgert_vq edgert_vq_all(uint32_t s)
{
#if EDGERT_VQ_LANES == 8
	return (edgert_vq){ s, s, s, s, s, s, s, s };
#else
	return (edgert_vq){ s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s };
#endif
}

EDGERT_INLINE edgert_vq_f32 edgert_vq_f32_all(float s)
{
#if EDGERT_VQ_LANES == 8
	return (edgert_vq_f32){ s, s, s, s, s, s, s, s };
#else
	return (edgert_vq_f32){ s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s };
#endif
}

#if EDGERT_VQ_TAPS == 2 && (defined(EDGERT_VQ_AVX512) || defined(EDGERT_VQ_AVX2))
EDGERT_INLINE void edgert_vq_widen_16(edgert_vq_tap *to, const uint8_t *x)
{
	_mm256_storeu_si256((__m256i *)(void *)to, _mm256_cvtepu8_epi16(_mm_loadu_si128(
							   (const __m128i *)(const void *)x)));
}
#endif

/* n taps of x, as bytes lie there; to is somewhere else. */
EDGERT_INLINE void edgert_vq_widen(edgert_vq_tap *to, const uint8_t *x, edgert_int n)
{
#if EDGERT_VQ_TAPS == 4
	memcpy(to, x, (size_t)n);
#else
#if defined(EDGERT_VQ_AVX512) || defined(EDGERT_VQ_AVX2)
	if (n >= 16) {
		for (edgert_int i = 0; i < n - 16; i += 16)
			edgert_vq_widen_16(to + i, x + i);
		edgert_vq_widen_16(to + n - 16, x + n - 16);
		return;
	}
#endif
	for (edgert_int i = 0; i < n; i++)
		to[i] = x[i];
#endif
}

EDGERT_INLINE void edgert_vq_fill(edgert_vq_tap *to, edgert_int x, edgert_int n)
{
#if EDGERT_VQ_TAPS == 4
	memset(to, (int)x, (size_t)n);
#else
	/* In vectors: of a loop gcc makes a call, or an instruction that is as slow to begin. */
	if (n >= EDGERT_VQ_ITEMS) {
		const edgert_vq v = edgert_vq_all((uint32_t)x * 0x10001);

		for (edgert_int i = 0; i < n - EDGERT_VQ_ITEMS; i += EDGERT_VQ_ITEMS)
			edgert_vq_store(to + i, v);
		edgert_vq_store(to + n - EDGERT_VQ_ITEMS, v);
		return;
	}
	for (edgert_int i = 0; i < n; i++)
		to[i] = (edgert_vq_tap)x;
#endif
}

/* The first n <= EDGERT_VQ_ITEMS bytes as taps in a vector, zeros beyond. */
EDGERT_INLINE edgert_vq edgert_vq_take(const uint8_t *x, edgert_int n)
{
#if EDGERT_VQ_TAPS == 4
	return n < EDGERT_VQ_ITEMS ? edgert_vq_load_part(x, n) : edgert_vq_load(x);
#elif defined(EDGERT_VQ_AVX2)
	if (n == EDGERT_VQ_ITEMS)
		return (edgert_vq)_mm256_cvtepu8_epi16(
			_mm_loadu_si128((const __m128i *)(const void *)x));
#endif
#if EDGERT_VQ_TAPS == 2
	{
		edgert_vq_tap t[EDGERT_VQ_ITEMS] = { 0 };

		edgert_vq_widen(t, x, n);
		return edgert_vq_load(t);
	}
#endif
}

/* The taps of one lane as they lie, or the first n of them, then zeros. */
EDGERT_INLINE uint32_t edgert_vq_group(const edgert_vq_tap *x, edgert_int n)
{
	if (n >= EDGERT_VQ_TAPS)
		return *(const edgert_vq_word *)(const void *)x;
#if EDGERT_VQ_TAPS == 4
	return x[0] | (n > 1 ? (uint32_t)x[1] << 8 : 0) | (n > 2 ? (uint32_t)x[2] << 16 : 0);
#else
	return (uint16_t)x[0];
#endif
}

/* The same in every lane. What gcc does not know it cannot take apart again: it would mask in an
 * integer register, and move what two iterations share from one to the next, where a broadcast out
 * of memory costs nothing. */
EDGERT_INLINE edgert_vq edgert_vq_spread(const edgert_vq_tap *x, edgert_int n)
{
	edgert_vq v = edgert_vq_all(edgert_vq_group(x, n));

#if defined(EDGERT_VQ_AVX512) || defined(EDGERT_VQ_AVX2)
	__asm__("" : "+v"(v));
#endif
	return v;
}

/* -- products -------------------------------------------------------------------------- */

EDGERT_INLINE edgert_vq edgert_vq_dot(edgert_vq acc, edgert_vq x, edgert_vq w)
{
#if EDGERT_VQ_TAPS == 4
#if defined(EDGERT_VQ_AVX512) && defined(__AVX512VNNI__)
	return (edgert_vq)_mm512_dpbusd_epi32((__m512i)acc, (__m512i)x, (__m512i)w);
#elif defined(EDGERT_VQ_AVX2) && defined(__AVXVNNI__)
	return (edgert_vq)_mm256_dpbusd_avx_epi32((__m256i)acc, (__m256i)x, (__m256i)w);
#elif defined(EDGERT_VQ_AVX2) && defined(__AVX512VNNI__) && defined(__AVX512VL__)
	return (edgert_vq)_mm256_dpbusd_epi32((__m256i)acc, (__m256i)x, (__m256i)w);
#else
	EDGERT_UNROLL
	for (int shift = 0; shift < 32; shift += 8)
		acc += (x >> shift & edgert_vq_all(255)) *
		       (edgert_vq)((edgert_vq_s32)(w << (24 - shift)) >> 24);
	return acc;
#endif
#else
#if defined(EDGERT_VQ_AVX512)
	return acc + (edgert_vq)_mm512_madd_epi16((__m512i)x, (__m512i)w);
#elif defined(EDGERT_VQ_AVX2)
	return acc + (edgert_vq)_mm256_madd_epi16((__m256i)x, (__m256i)w);
#else
	return acc +
	       (edgert_vq)((edgert_vq_s32)(x << 16) >> 16) *
		       (edgert_vq)((edgert_vq_s32)(w << 16) >> 16) +
	       (edgert_vq)((edgert_vq_s32)x >> 16) * (edgert_vq)((edgert_vq_s32)w >> 16);
#endif
#endif
}

/* -- the taps of EDGERT_VQ_ITEMS channels side by side -----------------------------------
 *
 * Tap i of r[0..EDGERT_VQ_TAPS), vectors that hold one of each channel, become the taps of one
 * lane, in the order that edgert_vq_finish gives as many vectors: lane e of q[v] is
 * i = 4 * EDGERT_VQ_TAPS * (e / 4) + 4 * v + e % 4. */
EDGERT_INLINE void edgert_vq_interleave(const edgert_vq *r, edgert_vq *q)
{
#if EDGERT_VQ_TAPS == 4 && defined(EDGERT_VQ_AVX512)
	const __m512i a = _mm512_unpacklo_epi8((__m512i)r[0], (__m512i)r[1]);
	const __m512i b = _mm512_unpackhi_epi8((__m512i)r[0], (__m512i)r[1]);
	const __m512i c = _mm512_unpacklo_epi8((__m512i)r[2], (__m512i)r[3]);
	const __m512i d = _mm512_unpackhi_epi8((__m512i)r[2], (__m512i)r[3]);

	q[0] = (edgert_vq)_mm512_unpacklo_epi16(a, c);
	q[1] = (edgert_vq)_mm512_unpackhi_epi16(a, c);
	q[2] = (edgert_vq)_mm512_unpacklo_epi16(b, d);
	q[3] = (edgert_vq)_mm512_unpackhi_epi16(b, d);
#elif EDGERT_VQ_TAPS == 4 && defined(EDGERT_VQ_AVX2)
	const __m256i a = _mm256_unpacklo_epi8((__m256i)r[0], (__m256i)r[1]);
	const __m256i b = _mm256_unpackhi_epi8((__m256i)r[0], (__m256i)r[1]);
	const __m256i c = _mm256_unpacklo_epi8((__m256i)r[2], (__m256i)r[3]);
	const __m256i d = _mm256_unpackhi_epi8((__m256i)r[2], (__m256i)r[3]);

	q[0] = (edgert_vq)_mm256_unpacklo_epi16(a, c);
	q[1] = (edgert_vq)_mm256_unpackhi_epi16(a, c);
	q[2] = (edgert_vq)_mm256_unpacklo_epi16(b, d);
	q[3] = (edgert_vq)_mm256_unpackhi_epi16(b, d);
#elif defined(EDGERT_VQ_AVX512)
	q[0] = (edgert_vq)_mm512_unpacklo_epi16((__m512i)r[0], (__m512i)r[1]);
	q[1] = (edgert_vq)_mm512_unpackhi_epi16((__m512i)r[0], (__m512i)r[1]);
#elif defined(EDGERT_VQ_AVX2)
	q[0] = (edgert_vq)_mm256_unpacklo_epi16((__m256i)r[0], (__m256i)r[1]);
	q[1] = (edgert_vq)_mm256_unpackhi_epi16((__m256i)r[0], (__m256i)r[1]);
#else
	edgert_vq_tap from[EDGERT_VQ_TAPS][EDGERT_VQ_ITEMS];
	edgert_vq_tap to[EDGERT_VQ_TAPS][EDGERT_VQ_LANES][EDGERT_VQ_TAPS];

	for (int k = 0; k < EDGERT_VQ_TAPS; k++)
		edgert_vq_store(from[k], r[k]);
	for (int v = 0; v < EDGERT_VQ_TAPS; v++)
		for (int e = 0; e < EDGERT_VQ_LANES; e++)
			for (int k = 0; k < EDGERT_VQ_TAPS; k++)
				to[v][e][k] = from[k][4 * EDGERT_VQ_TAPS * (e / 4) + 4 * v + e % 4];
	for (int v = 0; v < EDGERT_VQ_TAPS; v++)
		q[v] = edgert_vq_load(to[v]);
#endif
}

#endif
