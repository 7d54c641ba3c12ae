/* dot_out.h - the vectors of dot.h on their way to bytes: sums requantized, or stored as they are, and
 * bytes taken apart for what is computed element by element. */
#ifndef EDGERT_DOT_OUT_H
#define EDGERT_DOT_OUT_H

#include "dot.h"

/* -- requantization -------------------------------------------------------------------- */

/* y = clamp(round(acc * factor) + zero, lo, hi). hi comes first where the product may not fit 32 bits,
 * in float, for the conversion would saturate to the wrong side; else in bytes, as lo does. */
struct edgert_vq_out {
	edgert_int zero, lo, hi, fits;
};

EDGERT_INLINE struct edgert_vq_out edgert_vq_out(edgert_int zero, edgert_int lo, edgert_int hi,
						 edgert_int fits)
{
	const struct edgert_vq_out o = { zero, lo, hi, fits };

	return o;
}

/* round(v), ties to even: exact up to o->hi, which larger ones become if they may not fit. */
EDGERT_INLINE edgert_vq_s32 edgert_vq_round(edgert_vq_f32 v, const struct edgert_vq_out *o)
{
	const float most = (float)(o->hi - o->zero);

#if defined(EDGERT_VQ_AVX512)
	if (!o->fits)
		v = (edgert_vq_f32)_mm512_min_ps((__m512)v, (__m512)edgert_vq_f32_all(most));
	return (edgert_vq_s32)_mm512_cvtps_epi32((__m512)v);
#elif defined(EDGERT_VQ_AVX2)
	if (!o->fits)
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

#if defined(EDGERT_VQ_AVX2)
/* a + zero, in 16 bits: most layers that end in a Relu have none. */
EDGERT_INLINE __m256i edgert_vq_add_zero(__m256i a, const struct edgert_vq_out *o)
{
	return o->zero ? _mm256_adds_epi16(a, _mm256_set1_epi16((short)o->zero)) : a;
}

/* The bounds that are left for bytes. */
EDGERT_INLINE __m256i edgert_vq_clamp(__m256i t, const struct edgert_vq_out *o)
{
	if (o->lo > 0)
		t = _mm256_max_epu8(t, _mm256_set1_epi8((char)o->lo));
	if (o->fits && o->hi < 255)
		t = _mm256_min_epu8(t, _mm256_set1_epi8((char)o->hi));
	return t;
}
#endif

/* clamp(q + zero, lo, hi), the first n of nv * EDGERT_VQ_LANES bytes (nv 1, 2 or 4) to y, of vectors whose
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
		if (o->fits && o->hi < 255)
			t = _mm512_min_epu8(t, _mm512_set1_epi8((char)o->hi));
		if (n >= 64)
			_mm512_storeu_si512(y, t);
		else
			_mm512_mask_storeu_epi8(y, ((__mmask64)1 << n) - 1, t);
	} else if (nv == 2) {
		__m512i t = _mm512_packs_epi32((__m512i)q[0], (__m512i)q[1]);

		t = _mm512_adds_epi16(t, _mm512_set1_epi16((short)o->zero));
		t = _mm512_max_epi16(t, _mm512_set1_epi16((short)o->lo));
		if (o->fits)
			t = _mm512_min_epi16(t, _mm512_set1_epi16((short)o->hi));
		if (n >= 32)
			_mm256_storeu_si256((__m256i *)(void *)y, _mm512_cvtepi16_epi8(t));
		else
			_mm512_mask_cvtepi16_storeu_epi8(y, ((__mmask32)1 << n) - 1, t);
	} else {
		__m512i t = (__m512i)q[0];

		if (o->fits) /* before zero is added, which 32 bits may not hold */
			t = _mm512_min_epi32(t, _mm512_set1_epi32((int)(o->hi - o->zero)));
		t = _mm512_add_epi32(t, _mm512_set1_epi32((int)o->zero));
		t = _mm512_max_epi32(t, _mm512_set1_epi32((int)o->lo));
		if (n >= 16)
			_mm_storeu_si128((__m128i *)(void *)y, _mm512_cvtepi32_epi8(t));
		else
			_mm512_mask_cvtepi32_storeu_epi8(y, (__mmask16)((1u << n) - 1), t);
	}
#elif defined(EDGERT_VQ_AVX2)
	uint8_t bytes[32];
	uint8_t *to = n >= nv * 8 ? y : bytes;

	if (nv == 4) {
		const __m256i a = _mm256_packs_epi32((__m256i)q[0], (__m256i)q[1]);
		const __m256i b = _mm256_packs_epi32((__m256i)q[2], (__m256i)q[3]);
		const __m256i t =
			_mm256_packus_epi16(edgert_vq_add_zero(a, o), edgert_vq_add_zero(b, o));

		_mm256_storeu_si256((__m256i *)(void *)to, edgert_vq_clamp(t, o));
	} else {
		const __m256i a = edgert_vq_add_zero(
			_mm256_packs_epi32((__m256i)q[0], (__m256i)q[nv - 1]), o);
		const __m128i t = _mm256_castsi256_si128(edgert_vq_clamp(
			_mm256_castsi128_si256(_mm_packus_epi16(_mm256_castsi256_si128(a),
								_mm256_extracti128_si256(a, 1))),
			o));

		if (nv == 2) /* of nv 1, each half holds its four bytes twice */
			_mm_storeu_si128((__m128i *)(void *)to, t);
		else
			_mm_storel_epi64((__m128i *)(void *)to, _mm_shuffle_epi32(t, 0x08));
	}
	for (edgert_int i = 0; n < nv * 8 && i < n; i++)
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

/* round(acc * factor) */
EDGERT_INLINE edgert_vq_s32 edgert_vq_scaled(edgert_vq acc, const float *factor,
					     const struct edgert_vq_out *o)
{
	return edgert_vq_round(__builtin_convertvector((edgert_vq_s32)acc, edgert_vq_f32) *
				       (edgert_vq_f32)edgert_vq_load(factor),
			       o);
}

/* The same of accumulators, requantized. factor: in their order. */
EDGERT_INLINE void edgert_vq_finish(const edgert_int nv, const edgert_vq *acc, const float *factor,
				    const struct edgert_vq_out *o, uint8_t *y, edgert_int n)
{
	edgert_vq_s32 q[4];

	EDGERT_UNROLL
	for (edgert_int v = 0; v < nv; v++)
		q[v] = edgert_vq_scaled(acc[v], factor + v * EDGERT_VQ_LANES, o);
	edgert_vq_pack(nv, q, o, y, n);
}

/* The same for two rows of nv accumulators, to y and y + step: half the packing of bytes where it is
 * done for a vector of 32. */
EDGERT_INLINE void edgert_vq_finish_two(const edgert_int nv, const edgert_vq *acc,
					const float *factor, const struct edgert_vq_out *o,
					uint8_t *y, edgert_int step, edgert_int n)
{
#if defined(EDGERT_VQ_AVX2)
	if (nv <= 2 && n >= nv * EDGERT_VQ_LANES) {
		__m256i q[4], t;

		EDGERT_UNROLL
		for (edgert_int r = 0; r < 2 * nv; r++)
			q[r] = (__m256i)edgert_vq_scaled(acc[r], factor + r % nv * EDGERT_VQ_LANES,
							 o);
		if (nv == 1) { /* lanes [a, b] twice */
			const __m256i a = edgert_vq_add_zero(_mm256_packs_epi32(q[0], q[1]), o);
			__m128i b = _mm_packus_epi16(_mm256_castsi256_si128(a),
						     _mm256_extracti128_si256(a, 1));

			b = _mm_shuffle_epi32(_mm256_castsi256_si128(edgert_vq_clamp(
						      _mm256_castsi128_si256(b), o)),
					      0xd8);
			_mm_storel_epi64((__m128i *)(void *)y, b);
			_mm_storel_epi64((__m128i *)(void *)(y + step), _mm_unpackhi_epi64(b, b));
			return;
		}
		t = _mm256_packus_epi16(edgert_vq_add_zero(_mm256_packs_epi32(q[0], q[1]), o),
					edgert_vq_add_zero(_mm256_packs_epi32(q[2], q[3]), o));
		t = _mm256_permute4x64_epi64(edgert_vq_clamp(t, o), 0xd8);
		_mm_storeu_si128((__m128i *)(void *)y, _mm256_castsi256_si128(t));
		_mm_storeu_si128((__m128i *)(void *)(y + step), _mm256_extracti128_si256(t, 1));
		return;
	}
#endif
	edgert_vq_finish(nv, acc, factor, o, y, n);
	edgert_vq_finish(nv, acc + nv, factor, o, y + step, n);
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
