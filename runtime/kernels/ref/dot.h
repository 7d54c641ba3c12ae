/* dot.h - the inner loops of the reference kernels: sums of products with constant weights. Four
 * rows of weights at a time read x once and keep four additions in flight. */
#ifndef EDGERT_REF_DOT_H
#define EDGERT_REF_DOT_H

#include "../params.h"

/* Before a short loop whose length is constant in a specialised kernel. */
#if !defined(EDGERT_SPECIALIZED)
#define EDGERT_REF_UNROLL
#elif defined(__clang__)
#define EDGERT_REF_UNROLL _Pragma("clang loop unroll_count(8)")
#elif defined(__GNUC__) && __GNUC__ >= 8
#define EDGERT_REF_UNROLL _Pragma("GCC unroll 8")
#else
#define EDGERT_REF_UNROLL
#endif

/* sum + w . x */
EDGERT_INLINE float edgert_ref_dot(float sum, const float *w, const float *x, edgert_int n)
{
	edgert_int k;

	for (k = 0; k < n; k++)
		sum += EDGERT_W_F32(w + k) * x[k];
	return sum;
}

/* sum[i] + w[i] . x, rows of w `row` apart. */
EDGERT_INLINE void edgert_ref_dot4(float *sum, const float *w, edgert_int row, const float *x,
				   edgert_int n)
{
	float s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
	edgert_int k;

	for (k = 0; k < n; k++) {
		const float v = x[k];

		s0 += EDGERT_W_F32(w + k) * v;
		s1 += EDGERT_W_F32(w + row + k) * v;
		s2 += EDGERT_W_F32(w + 2 * row + k) * v;
		s3 += EDGERT_W_F32(w + 3 * row + k) * v;
	}
	sum[0] = s0;
	sum[1] = s1;
	sum[2] = s2;
	sum[3] = s3;
}

/* y[i] = tail(v), of channel c. */
EDGERT_INLINE void edgert_ref_store(float *y, edgert_int i, edgert_int c, float v,
				    edgert_tail_f32 tail, const void *const *operands)
{
	y[i] = tail ? tail(v, operands, i, c) : v;
}

EDGERT_INLINE float edgert_ref_bias(const float *b, edgert_int c)
{
	return b ? EDGERT_W_F32(b + c) : 0.0f;
}

#endif
