/* q128.h - vectors of 128 bits, of Advanced SIMD, simd128 or the portable model, for the kernels
 * in q128/. Without the instructions the same is done element by element, over the same packed
 * weights: the model under which every kernel is tested. Emitted code defines EDGERT_Q128_TAPS, by
 * which q128_tile.h's products differ. */
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

EDGERT_INLINE edgert_q128 edgert_q128_load(const int32_t *p)
{
	return (edgert_q128) * (const edgert_q128_mem *)p;
}

/* The sum of n bytes. */
EDGERT_INLINE int32_t edgert_q128_sum_bytes(const int8_t *x, edgert_int n)
{
	int32_t sum = 0;
	edgert_int i = 0;

#if defined(EDGERT_Q128_NEON) || defined(EDGERT_Q128_WASM)
	edgert_q128 all = { 0, 0, 0, 0 };

	for (; i + 16 <= n; i += 16)
#if defined(EDGERT_Q128_NEON)
		all = vpadalq_s16(all, vpaddlq_s8(vld1q_s8(x + i)));
#else
		all += (edgert_q128)wasm_i32x4_extadd_pairwise_i16x8(
			wasm_i16x8_extadd_pairwise_i8x16(wasm_v128_load(x + i)));
#endif
	sum = all[0] + all[1] + all[2] + all[3];
#endif
	for (; i < n; i++)
		sum += x[i];
	return sum;
}

/* The sums across each of four vectors. */
EDGERT_INLINE edgert_q128 edgert_q128_across(const edgert_q128 *a)
{
#if defined(EDGERT_Q128_NEON) && defined(__aarch64__)
	return vpaddq_s32(vpaddq_s32(a[0], a[1]), vpaddq_s32(a[2], a[3]));
#elif defined(EDGERT_Q128_NEON)
	const int32x2_t s = vadd_s32(vget_low_s32(a[0]), vget_high_s32(a[0]));
	const int32x2_t t = vadd_s32(vget_low_s32(a[1]), vget_high_s32(a[1]));
	const int32x2_t u = vadd_s32(vget_low_s32(a[2]), vget_high_s32(a[2]));
	const int32x2_t v = vadd_s32(vget_low_s32(a[3]), vget_high_s32(a[3]));

	return vcombine_s32(vpadd_s32(s, t), vpadd_s32(u, v));
#elif defined(EDGERT_Q128_WASM)
	const edgert_q128 s = __builtin_shufflevector(a[0], a[1], 0, 4, 1, 5) +
			      __builtin_shufflevector(a[0], a[1], 2, 6, 3, 7);
	const edgert_q128 t = __builtin_shufflevector(a[2], a[3], 0, 4, 1, 5) +
			      __builtin_shufflevector(a[2], a[3], 2, 6, 3, 7);

	return __builtin_shufflevector(s, t, 0, 1, 4, 5) +
	       __builtin_shufflevector(s, t, 2, 3, 6, 7);
#else
	edgert_q128 s = { 0, 0, 0, 0 };

	for (int i = 0; i < 4; i++)
		s[i] = a[i][0] + a[i][1] + a[i][2] + a[i][3];
	return s;
#endif
}

#endif
