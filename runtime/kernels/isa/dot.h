/* dot.h - vectors of EDGERT_VQ_LANES 32-bit sums of products, unsigned bytes by signed ones, and
 * their requantization to bytes: what the 8-bit kernels of x86 are written on.
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

/* n taps of x, as bytes lie there. */
EDGERT_INLINE void edgert_vq_widen(edgert_vq_tap *to, const uint8_t *x, edgert_int n)
{
#if EDGERT_VQ_TAPS == 4
	memcpy(to, x, (size_t)n);
#else
	edgert_int i = 0;

#if defined(EDGERT_VQ_AVX512) || defined(EDGERT_VQ_AVX2)
	for (; i + 16 <= n; i += 16)
		_mm256_storeu_si256((__m256i *)(void *)(to + i),
				    _mm256_cvtepu8_epi16(_mm_loadu_si128(
					    (const __m128i *)(const void *)(x + i))));
#endif
	for (; i < n; i++)
		to[i] = x[i];
#endif
}

EDGERT_INLINE void edgert_vq_fill(edgert_vq_tap *to, edgert_int x, edgert_int n)
{
#if EDGERT_VQ_TAPS == 4
	memset(to, (int)x, (size_t)n);
#else
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

/* -- requantization -------------------------------------------------------------------- */

/* y = clamp(round(acc * factor) + zero, lo, hi), the bounds in the order in which they are
 * applied: in float, where the conversion would saturate to the wrong side, and in bytes. */
struct edgert_vq_out {
	float most; /* hi - zero */
	edgert_int zero, lo;
};

EDGERT_INLINE struct edgert_vq_out edgert_vq_out(edgert_int zero, edgert_int lo, edgert_int hi)
{
	const struct edgert_vq_out o = { (float)(hi - zero), zero, lo };

	return o;
}

/* round(min(v, most)): exact up to ties, which go to even. */
EDGERT_INLINE edgert_vq_s32 edgert_vq_round(edgert_vq_f32 v, float most)
{
#if defined(EDGERT_VQ_AVX512)
	v = (edgert_vq_f32)_mm512_min_ps((__m512)v, (__m512)edgert_vq_f32_all(most));
	return (edgert_vq_s32)_mm512_cvtps_epi32((__m512)v);
#elif defined(EDGERT_VQ_AVX2)
	v = (edgert_vq_f32)_mm256_min_ps((__m256)v, (__m256)edgert_vq_f32_all(most));
	return (edgert_vq_s32)_mm256_cvtps_epi32((__m256)v);
#else
	edgert_vq_s32 q = { 0 };

	for (int l = 0; l < EDGERT_VQ_LANES; l++) {
		const float t = v[l] > most ? most : v[l] < -1024.0f ? -1024.0f : v[l];

		/* 1.5 * 2^23: what is left of the fraction is rounded off. */
		q[l] = (int32_t)((t + 12582912.0f) - 12582912.0f);
	}
	return q;
#endif
}

/* max(q + zero, lo), the first n of nv * EDGERT_VQ_LANES bytes (nv 1, 2 or 4) to y, of vectors whose
 * lane e of vector v is byte
 *
 *	nv 4		16 * (e / 4) + 4 * v + e % 4
 *	nv 2		 8 * (e / 4) + 4 * v + e % 4
 *	nv 1		 e
 *
 * the order in which packing leaves them. */
EDGERT_INLINE void edgert_vq_pack(const edgert_int nv, const edgert_vq_s32 *q,
				  const struct edgert_vq_out *o, uint8_t *y, edgert_int n)
{
#if defined(EDGERT_VQ_AVX512)
	if (nv == 4) {
		const __m512i z = _mm512_set1_epi16((short)o->zero);
		const __m512i a = _mm512_packs_epi32((__m512i)q[0], (__m512i)q[1]);
		const __m512i b = _mm512_packs_epi32((__m512i)q[2], (__m512i)q[3]);
		__m512i t = _mm512_packus_epi16(_mm512_adds_epi16(a, z), _mm512_adds_epi16(b, z));

		if (o->lo > 0)
			t = _mm512_max_epu8(t, _mm512_set1_epi8((char)o->lo));
		if (n >= 64)
			_mm512_storeu_si512(y, t);
		else
			_mm512_mask_storeu_epi8(y, ((__mmask64)1 << n) - 1, t);
	} else if (nv == 2) {
		__m512i t = _mm512_packs_epi32((__m512i)q[0], (__m512i)q[1]);

		t = _mm512_adds_epi16(t, _mm512_set1_epi16((short)o->zero));
		t = _mm512_max_epi16(t, _mm512_set1_epi16((short)o->lo));
		if (n >= 32)
			_mm256_storeu_si256((__m256i *)(void *)y, _mm512_cvtepi16_epi8(t));
		else
			_mm512_mask_cvtepi16_storeu_epi8(y, ((__mmask32)1 << n) - 1, t);
	} else {
		__m512i t = _mm512_add_epi32((__m512i)q[0], _mm512_set1_epi32((int)o->zero));

		t = _mm512_max_epi32(t, _mm512_set1_epi32((int)o->lo));
		if (n >= 16)
			_mm_storeu_si128((__m128i *)(void *)y, _mm512_cvtepi32_epi8(t));
		else
			_mm512_mask_cvtepi32_storeu_epi8(y, (__mmask16)((1u << n) - 1), t);
	}
#elif defined(EDGERT_VQ_AVX2)
	uint8_t bytes[32];
	uint8_t *to = n >= nv * 8 ? y : bytes;
	const __m256i z = _mm256_set1_epi16((short)o->zero);
	const __m256i lo = _mm256_set1_epi8((char)o->lo);

	if (nv == 4) {
		const __m256i a = _mm256_packs_epi32((__m256i)q[0], (__m256i)q[1]);
		const __m256i b = _mm256_packs_epi32((__m256i)q[2], (__m256i)q[3]);
		__m256i t = _mm256_packus_epi16(_mm256_adds_epi16(a, z), _mm256_adds_epi16(b, z));

		if (o->lo > 0)
			t = _mm256_max_epu8(t, lo);
		_mm256_storeu_si256((__m256i *)(void *)to, t);
	} else {
		const __m256i a =
			_mm256_adds_epi16(_mm256_packs_epi32((__m256i)q[0], (__m256i)q[nv - 1]), z);
		__m128i t =
			_mm_packus_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));

		if (o->lo > 0)
			t = _mm_max_epu8(t, _mm256_castsi256_si128(lo));
		if (nv == 2) {
			_mm_storeu_si128((__m128i *)(void *)to, t);
		} else { /* each half holds its four bytes twice */
			t = _mm_shuffle_epi32(t, 0x08);
			_mm_storel_epi64((__m128i *)(void *)to, t);
		}
	}
	for (edgert_int i = 0; to != y && i < n; i++)
		y[i] = bytes[i];
#else
	const edgert_int lo = o->lo - o->zero;

	for (edgert_int v = 0; v < nv; v++)
		for (edgert_int e = 0; e < EDGERT_VQ_LANES; e++) {
			const edgert_int i = nv == 1 ? e : 4 * nv * (e / 4) + 4 * v + e % 4;

			if (i < n)
				y[i] = (uint8_t)((q[v][e] < lo ? lo : q[v][e]) + o->zero);
		}
#endif
}

/* The same of accumulators, requantized. factor: in their order. */
EDGERT_INLINE void edgert_vq_finish(const edgert_int nv, const edgert_vq *acc, const float *factor,
				    const struct edgert_vq_out *o, uint8_t *y, edgert_int n)
{
	edgert_vq_s32 q[4];

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++)
		q[v] = edgert_vq_round(
			__builtin_convertvector((edgert_vq_s32)acc[v], edgert_vq_f32) *
				(edgert_vq_f32)edgert_vq_load(factor + v * EDGERT_VQ_LANES),
			o->most);
	edgert_vq_pack(nv, q, o, y, n);
}

/* The first n of nv * EDGERT_VQ_LANES sums, of accumulators in the order of edgert_vq_pack. */
EDGERT_INLINE void edgert_vq_store_sums(const edgert_int nv, const edgert_vq *acc, int32_t *y,
					edgert_int n)
{
	int32_t t[EDGERT_VQ_LANES];

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++) {
		edgert_vq_store(t, acc[v]);
		EDGERT_UNROLL
		for (edgert_int e = 0; e < EDGERT_VQ_LANES; e += 4) {
			const edgert_int i = nv == 1 ? e : nv * e + 4 * v;

			if (i + 4 <= n)
				memcpy(y + i, t + e, 4 * sizeof *y);
			else if (i < n)
				memcpy(y + i, t + e, (size_t)(n - i) * sizeof *y);
		}
	}
}

/* -- element by element ----------------------------------------------------------------- */

/* The bytes of x as four vectors of 32 bits, in the order of edgert_vq_pack. */
EDGERT_INLINE void edgert_vq_spread_bytes(edgert_vq x, edgert_vq *q)
{
#if defined(EDGERT_VQ_AVX512)
	const __m512i zero = _mm512_setzero_si512();
	const __m512i lo = _mm512_unpacklo_epi8((__m512i)x, zero);
	const __m512i hi = _mm512_unpackhi_epi8((__m512i)x, zero);

	q[0] = (edgert_vq)_mm512_unpacklo_epi16(lo, zero);
	q[1] = (edgert_vq)_mm512_unpackhi_epi16(lo, zero);
	q[2] = (edgert_vq)_mm512_unpacklo_epi16(hi, zero);
	q[3] = (edgert_vq)_mm512_unpackhi_epi16(hi, zero);
#elif defined(EDGERT_VQ_AVX2)
	const __m256i zero = _mm256_setzero_si256();
	const __m256i lo = _mm256_unpacklo_epi8((__m256i)x, zero);
	const __m256i hi = _mm256_unpackhi_epi8((__m256i)x, zero);

	q[0] = (edgert_vq)_mm256_unpacklo_epi16(lo, zero);
	q[1] = (edgert_vq)_mm256_unpackhi_epi16(lo, zero);
	q[2] = (edgert_vq)_mm256_unpacklo_epi16(hi, zero);
	q[3] = (edgert_vq)_mm256_unpackhi_epi16(hi, zero);
#else
	uint8_t from[EDGERT_VQ_BYTES];
	uint32_t to[EDGERT_VQ_LANES];

	edgert_vq_store(from, x);
	for (int v = 0; v < 4; v++) {
		for (int e = 0; e < EDGERT_VQ_LANES; e++)
			to[e] = from[16 * (e / 4) + 4 * v + e % 4];
		q[v] = edgert_vq_load(to);
	}
#endif
}

/* x * y + z, rounded once; x are small integers, whose products are exact in double. */
EDGERT_INLINE edgert_vq_f32 edgert_vq_fma(edgert_vq_f32 x, edgert_vq_f32 y, edgert_vq_f32 z)
{
#if defined(EDGERT_VQ_AVX512)
	return (edgert_vq_f32)_mm512_fmadd_ps((__m512)x, (__m512)y, (__m512)z);
#elif defined(EDGERT_VQ_AVX2) && defined(__FMA__)
	return (edgert_vq_f32)_mm256_fmadd_ps((__m256)x, (__m256)y, (__m256)z);
#else
	for (int l = 0; l < EDGERT_VQ_LANES; l++)
		z[l] = (float)((double)x[l] * (double)y[l] + (double)z[l]);
	return z;
#endif
}

#endif
