/* cells.h - what recurrences of integers do element by element (isa/recurrence_q.h), eight at a time.
 * Products are of 64 bits, those of even and of odd lanes apart. */
#ifndef EDGERT_X86_CELLS_H
#define EDGERT_X86_CELLS_H

#include "../isa/recurrence_q.h"

#if defined(__AVX2__)
#include <immintrin.h>

EDGERT_INLINE __m256i edgert_x86_rq_load(const int32_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

EDGERT_INLINE void edgert_x86_rq_store(int32_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

/* The odd lanes where the even ones were. */
EDGERT_INLINE __m256i edgert_x86_rq_odd(__m256i v)
{
	return _mm256_srli_epi64(v, 32);
}

/* v / 2^shift rounded down, 64 bits each, in the lower 32: v is first brought between lo and hi, so that
 * it fits these. */
EDGERT_INLINE __m256i edgert_x86_rq_shift(__m256i v, __m256i lo, __m256i hi, edgert_int shift)
{
	v = _mm256_blendv_epi8(v, hi, _mm256_cmpgt_epi64(v, hi));
	v = _mm256_blendv_epi8(v, lo, _mm256_cmpgt_epi64(lo, v));
	if (shift <= 32)
		return _mm256_srl_epi64(v, _mm_cvtsi32_si128((int)shift));
	return _mm256_sra_epi32(edgert_x86_rq_odd(v), _mm_cvtsi32_si128((int)shift - 32));
}

/* The lower halves of both. */
EDGERT_INLINE __m256i edgert_x86_rq_join(__m256i even, __m256i odd)
{
	return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

EDGERT_INLINE void edgert_x86_rq_scale(int32_t *to, const int32_t *q0, const int32_t *m,
				       const int32_t *b, edgert_int shift, edgert_int n)
{
	const int64_t most = shift < 2 ? (int64_t)1 << (61 + shift) : INT64_MAX;
	const __m256i hi = _mm256_set1_epi64x(most), lo = _mm256_set1_epi64x(-most);
	const __m256i half = _mm256_set1_epi64x((int64_t)1 << (31 + shift));
	edgert_int j;

	for (j = 0; j + 8 <= n; j += 8) {
		const __m256i f = edgert_x86_rq_load(m + j);
		__m256i v = edgert_x86_rq_load(to + j), even, odd;

		if (q0)
			v = _mm256_add_epi32(v, edgert_x86_rq_load(q0 + j));
		even = _mm256_add_epi64(_mm256_mul_epi32(v, f), half);
		odd = _mm256_add_epi64(_mm256_mul_epi32(edgert_x86_rq_odd(v), edgert_x86_rq_odd(f)),
				       half);
		even = edgert_x86_rq_shift(even, lo, hi, 32 + shift);
		odd = edgert_x86_rq_shift(odd, lo, hi, 32 + shift);
		edgert_x86_rq_store(to + j, _mm256_add_epi32(edgert_x86_rq_join(even, odd),
							     edgert_x86_rq_load(b + j)));
	}
	edgert_rq_scale_each(to + j, q0 ? q0 + j : NULL, m + j, b + j, shift, n - j);
}

/* Entry i and the one after it come out of memory together. */
EDGERT_INLINE void edgert_x86_rq_curve(const int16_t *table, const int sigmoid, int32_t *v,
				       edgert_int n)
{
	const __m256i end = _mm256_set1_epi32(512 << 14), last = _mm256_set1_epi32(511);
	edgert_int j;

	for (j = 0; j + 8 <= n; j += 8) {
		const __m256i from = edgert_x86_rq_load(v + j), magnitude = _mm256_abs_epi32(from);
		const __m256i at = _mm256_min_epu32(_mm256_srli_epi32(magnitude, sigmoid), end);
		const __m256i i = _mm256_min_epi32(_mm256_srli_epi32(at, 14), last);
		const __m256i rest = _mm256_sub_epi32(at, _mm256_slli_epi32(i, 14));
		const __m256i both = _mm256_i32gather_epi32((const int *)(const void *)table, i, 2);
		__m256i y = _mm256_srai_epi32(_mm256_slli_epi32(both, 16), 16), rise;

		rise = _mm256_mullo_epi32(_mm256_sub_epi32(_mm256_srai_epi32(both, 16), y), rest);
		rise = _mm256_srai_epi32(_mm256_add_epi32(rise, _mm256_set1_epi32(8192)), 14);
		y = _mm256_sign_epi32(_mm256_add_epi32(y, rise), from);
		if (sigmoid)
			y = _mm256_srai_epi32(
				_mm256_add_epi32(y, _mm256_set1_epi32(EDGERT_RQ_ONE + 1)), 1);
		edgert_x86_rq_store(v + j, y);
	}
	edgert_rq_curve_each(table, sigmoid, v + j, n - j);
}

EDGERT_INLINE void edgert_x86_rq_mix(int32_t *to, const int32_t *a, const int32_t *b,
				     const int32_t *c, const int32_t *d, edgert_int n)
{
	const __m256i hi = _mm256_set1_epi64x(((int64_t)INT32_MAX << 15) + 32767);
	const __m256i lo = _mm256_set1_epi64x((int64_t)INT32_MIN * 32768);
	edgert_int j;

	for (j = 0; j + 8 <= n; j += 8) {
		__m256i x = edgert_x86_rq_load(a + j), y = edgert_x86_rq_load(b + j);
		__m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, y), _mm256_set1_epi64x(16384));
		__m256i odd = _mm256_add_epi64(
			_mm256_mul_epi32(edgert_x86_rq_odd(x), edgert_x86_rq_odd(y)),
			_mm256_set1_epi64x(16384));

		if (c) {
			x = edgert_x86_rq_load(c + j);
			y = edgert_x86_rq_load(d + j);
			even = _mm256_add_epi64(even, _mm256_mul_epi32(x, y));
			odd = _mm256_add_epi64(
				odd, _mm256_mul_epi32(edgert_x86_rq_odd(x), edgert_x86_rq_odd(y)));
		}
		even = edgert_x86_rq_shift(even, lo, hi, 15);
		odd = edgert_x86_rq_shift(odd, lo, hi, 15);
		edgert_x86_rq_store(to + j, edgert_x86_rq_join(even, odd));
	}
	edgert_rq_mix_each(to + j, a + j, b + j, c ? c + j : NULL, c ? d + j : NULL, n - j);
}

#else

#define edgert_x86_rq_scale edgert_rq_scale_each
#define edgert_x86_rq_curve edgert_rq_curve_each
#define edgert_x86_rq_mix edgert_rq_mix_each
#endif

#endif
