/* cells.h - what recurrences of integers do element by element (isa/recurrence_q.h), four at a
 * time. */
#ifndef EDGERT_Q128_CELLS_H
#define EDGERT_Q128_CELLS_H

#include "../isa/q128.h"
#include "../isa/recurrence_q.h"

typedef uint32_t edgert_q128_words __attribute__((vector_size(16)));

EDGERT_INLINE void edgert_q128_rq_put(int32_t *p, edgert_q128 v)
{
	*(edgert_q128_mem *)p = (edgert_q128_mem)v;
}

EDGERT_INLINE edgert_q128_words edgert_q128_rq_least(edgert_q128_words a, edgert_q128_words b)
{
	const edgert_q128_words less = (edgert_q128_words)(a < b);

	return (a & less) | (b & ~less);
}

/* Entries i of the table. */
EDGERT_INLINE edgert_q128 edgert_q128_rq_entries(const int16_t *table, edgert_q128_words i)
{
	const edgert_q128 v = { table[i[0]], table[i[1]], table[i[2]], table[i[3]] };

	return v;
}

EDGERT_INLINE void edgert_q128_rq_curve(const int16_t *table, const int sigmoid, int32_t *v,
					edgert_int n)
{
	const edgert_q128_words end = { 512u << 14, 512u << 14, 512u << 14, 512u << 14 };
	const edgert_q128_words last = { 511, 511, 511, 511 };
	edgert_int j = 0;

	for (; j + 4 <= n; j += 4) {
		const edgert_q128 from = edgert_q128_load(v + j), sign = from >> 31;
		const edgert_q128_words magnitude =
			(edgert_q128_words)(from ^ sign) - (edgert_q128_words)sign;
		const edgert_q128_words at =
			edgert_q128_rq_least(sigmoid ? magnitude >> 1 : magnitude, end);
		const edgert_q128_words i = edgert_q128_rq_least(at >> 14, last);
		const edgert_q128 rest = (edgert_q128)(at - (i << 14));
		const edgert_q128 next = edgert_q128_rq_entries(table + 1, i);
		edgert_q128 y = edgert_q128_rq_entries(table, i);

		y += ((next - y) * rest + 8192) >> 14;
		y = (y ^ sign) - sign;
		edgert_q128_rq_put(v + j, sigmoid ? (y + (EDGERT_RQ_ONE + 1)) >> 1 : y);
	}
	edgert_rq_curve_each(table, sigmoid, v + j, n - j);
}

#if defined(EDGERT_Q128_NEON)

/* Four sums of 64 bits by 2^-by, rounded, in 32 bits. */
EDGERT_INLINE edgert_q128 edgert_q128_rq_narrow(int64x2_t lo, int64x2_t hi, edgert_int by)
{
	const int64x2_t shift = vdupq_n_s64(-(int64_t)by);

	return vcombine_s32(vqmovn_s64(vrshlq_s64(lo, shift)), vqmovn_s64(vrshlq_s64(hi, shift)));
}

EDGERT_INLINE void edgert_q128_rq_scale(int32_t *to, const int32_t *q0, const int32_t *m,
					const int32_t *b, edgert_int shift, edgert_int n)
{
	const int32x4_t most = vdupq_n_s32((int32_t)1 << 29);
	edgert_int j = 0;

	for (; j + 4 <= n; j += 4) {
		const int32x4_t f = vld1q_s32(m + j);
		int32x4_t v = vld1q_s32(to + j);

		if (q0)
			v = vaddq_s32(v, vld1q_s32(q0 + j));
		v = edgert_q128_rq_narrow(vmull_s32(vget_low_s32(v), vget_low_s32(f)),
					  vmull_s32(vget_high_s32(v), vget_high_s32(f)),
					  32 + shift);
		v = vmaxq_s32(vminq_s32(v, most), vnegq_s32(most));
		vst1q_s32(to + j, vaddq_s32(v, vld1q_s32(b + j)));
	}
	edgert_rq_scale_each(to + j, q0 ? q0 + j : NULL, m + j, b + j, shift, n - j);
}

EDGERT_INLINE void edgert_q128_rq_mix(int32_t *to, const int32_t *a, const int32_t *b,
				      const int32_t *c, const int32_t *d, edgert_int n)
{
	edgert_int j = 0;

	for (; j + 4 <= n; j += 4) {
		int32x4_t x = vld1q_s32(a + j), y = vld1q_s32(b + j);
		int64x2_t lo = vmull_s32(vget_low_s32(x), vget_low_s32(y));
		int64x2_t hi = vmull_s32(vget_high_s32(x), vget_high_s32(y));

		if (c) {
			x = vld1q_s32(c + j);
			y = vld1q_s32(d + j);
			lo = vmlal_s32(lo, vget_low_s32(x), vget_low_s32(y));
			hi = vmlal_s32(hi, vget_high_s32(x), vget_high_s32(y));
		}
		vst1q_s32(to + j, edgert_q128_rq_narrow(lo, hi, 15));
	}
	edgert_rq_mix_each(to + j, a + j, b + j, c ? c + j : NULL, c ? d + j : NULL, n - j);
}

#else

#define edgert_q128_rq_scale edgert_rq_scale_each
#define edgert_q128_rq_mix edgert_rq_mix_each
#endif

#endif
