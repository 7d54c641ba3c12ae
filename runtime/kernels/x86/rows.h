/* rows.h - products of rows of bytes with a vector of 16 bits (isa/recurrence_q.h): VPMADDWD adds pairs of
 * products in 32 bits, VPDPWSSD to what is there. Rows and x lie in runs of 16. */
#ifndef EDGERT_X86_ROWS_H
#define EDGERT_X86_ROWS_H

#include "../params.h"

#if defined(__AVX2__)
#include <immintrin.h>

/* acc + products of 16 taps. */
EDGERT_INLINE __m256i edgert_x86_rows_dot(__m256i acc, __m256i x, const int8_t *w)
{
	const __m256i wide =
		_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)w));

#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
	return _mm256_dpwssd_epi32(acc, x, wide);
#elif defined(__AVXVNNI__)
	return _mm256_dpwssd_avx_epi32(acc, x, wide);
#else
	return _mm256_add_epi32(acc, _mm256_madd_epi16(x, wide));
#endif
}

/* The sums of four vectors. */
EDGERT_INLINE __m128i edgert_x86_rows_sums(const __m256i *a)
{
	const __m256i b =
		_mm256_hadd_epi32(_mm256_hadd_epi32(a[0], a[1]), _mm256_hadd_epi32(a[2], a[3]));

	return _mm_add_epi32(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
}

EDGERT_INLINE void edgert_x86_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	const edgert_int size = (k + 15) / 16 * 16;

	for (; rows > 0; rows -= 4, w += 4 * size, to += 4) {
		const edgert_int one = rows > 1 ? size : 0, two = rows > 2 ? 2 * size : 0,
				 three = rows > 3 ? 3 * size : 0;
		__m256i a[4];

		a[0] = a[1] = a[2] = a[3] = _mm256_setzero_si256();
		for (edgert_int i = 0; i < size; i += 16) {
			const __m256i v =
				_mm256_loadu_si256((const __m256i *)(const void *)(x + i));

			a[0] = edgert_x86_rows_dot(a[0], v, w + i);
			a[1] = edgert_x86_rows_dot(a[1], v, w + one + i);
			a[2] = edgert_x86_rows_dot(a[2], v, w + two + i);
			a[3] = edgert_x86_rows_dot(a[3], v, w + three + i);
		}
		if (rows >= 4) {
			_mm_storeu_si128((__m128i *)(void *)to, edgert_x86_rows_sums(a));
		} else {
			int32_t s[4];

			_mm_storeu_si128((__m128i *)(void *)s, edgert_x86_rows_sums(a));
			for (edgert_int j = 0; j < rows; j++)
				to[j] = s[j];
		}
	}
}

#else

EDGERT_INLINE void edgert_x86_rows(const int16_t *x, const int8_t *w, edgert_int k, edgert_int rows,
				   int32_t *to)
{
	const edgert_int size = (k + 15) / 16 * 16;

	for (edgert_int j = 0; j < rows; j++, w += size) {
		to[j] = 0;
		for (edgert_int i = 0; i < size; i++)
			to[j] += x[i] * w[i];
	}
}
#endif

#endif
