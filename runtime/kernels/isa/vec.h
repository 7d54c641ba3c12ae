/* vec.h - a vector of EDGERT_VF_LANES floats, for kernels that are written once for every width.
 *
 * On GCC's vector extensions (gcc and clang): the compiler lowers any width to what the machine
 * has, so a kernel built for 8 lanes also runs, slower, on a machine with none: that is the
 * portable model under which every kernel is tested. Instructions are named only where the
 * extensions have no exact word for them: fused multiply-add (emitted code is built with
 * -ffp-contract=off, so `a * b + c` rounds twice), minimum and maximum; and all arithmetic on
 * 32-bit Arm, where gcc takes floats apart because Advanced SIMD flushes denormals to zero, which
 * a neural network can bear. Hence kernels call edgert_vf_add and not `+`. x86 builtins are used
 * instead of <immintrin.h>, which costs half a second of every compilation.
 *
 * Where a machine has no fused multiply-add, fma rounds twice: results then differ in the last
 * bits. */
#ifndef EDGERT_VEC_H
#define EDGERT_VEC_H

#include "../params.h"

#if !defined(__GNUC__)
#error "vector kernels need the vector extensions of gcc or clang"
#endif

#ifndef EDGERT_VF_LANES
#if defined(__AVX512F__)
#define EDGERT_VF_LANES 16
#elif defined(__AVX__)
#define EDGERT_VF_LANES 8
#else
#define EDGERT_VF_LANES 4
#endif
#endif

#if EDGERT_VF_LANES != 4 && EDGERT_VF_LANES != 8 && EDGERT_VF_LANES != 16
#error "EDGERT_VF_LANES is 4, 8 or 16"
#endif

/* How many such vectors the machine holds in registers: 8, 16 or 32. */
#ifndef EDGERT_VF_REGISTERS
#if defined(__AVX512F__) || defined(__aarch64__)
#define EDGERT_VF_REGISTERS 32
#elif defined(__ARM_FEATURE_MVE) || defined(__i386__)
#define EDGERT_VF_REGISTERS 8
#else
#define EDGERT_VF_REGISTERS 16
#endif
#endif

#if defined(__ARM_NEON) && EDGERT_VF_LANES == 4
#include <arm_neon.h>
#endif

#if defined(__ARM_NEON) && !defined(__aarch64__) && EDGERT_VF_LANES == 4
#define EDGERT_VEC_NEON32 1
#else
#define EDGERT_VEC_NEON32 0
#endif

/* gcc knows Helium's arithmetic, but makes comparisons element by element. */
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2) && EDGERT_VF_LANES == 4
#define EDGERT_VEC_MVE 1
#include <arm_mve.h>
#else
#define EDGERT_VEC_MVE 0
#endif

#if defined(__clang__) && __has_builtin(__builtin_elementwise_fma)
#define EDGERT_VEC_CLANG_FMA
#endif
/* A vector wider than the machine's is passed in memory, whichever ABI: all our functions are
 * static. */
#pragma GCC diagnostic ignored "-Wpsabi"

/* Before a loop of few, constant iterations over an array of vectors, which then lives in
 * registers. */
#if defined(__clang__)
#define EDGERT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define EDGERT_UNROLL _Pragma("GCC unroll 32")
#endif

/* Makes a pointer's next value unknown to the compiler, at no cost. gcc would otherwise carry
 * elements that two iterations of a loop share in registers that it does not have. */
#define EDGERT_OPAQUE(p) __asm__("" : "+r"(p))

typedef float edgert_vf __attribute__((vector_size(4 * EDGERT_VF_LANES)));
typedef int32_t edgert_vi __attribute__((vector_size(4 * EDGERT_VF_LANES)));
/* The same in memory: aligned as a float. */
typedef float edgert_vf_mem
	__attribute__((vector_size(4 * EDGERT_VF_LANES), aligned(4), may_alias));

/* The vector tail: as edgert_tail_f32, for the lanes i, i+1, ... of channels c, c+1, ... of one
 * pixel. */
typedef edgert_vf (*edgert_tail_vf)(edgert_vf v, const void *const *operands, edgert_int i,
				    edgert_int c);

EDGERT_INLINE edgert_vf edgert_vf_load(const float *p)
{
	return *(const edgert_vf_mem *)p;
}

EDGERT_INLINE void edgert_vf_store(float *p, edgert_vf v)
{
	*(edgert_vf_mem *)p = v;
}

/* A broadcast is written as an initialiser: `(edgert_vf){0} + s` would cost an addition. */
EDGERT_INLINE edgert_vf edgert_vf_all(float s)
{
#if EDGERT_VF_LANES == 4
	return (edgert_vf){ s, s, s, s };
#elif EDGERT_VF_LANES == 8
	return (edgert_vf){ s, s, s, s, s, s, s, s };
#else
	return (edgert_vf){ s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s };
#endif
}

EDGERT_INLINE edgert_vi edgert_vi_all(int32_t s)
{
#if EDGERT_VF_LANES == 4
	return (edgert_vi){ s, s, s, s };
#elif EDGERT_VF_LANES == 8
	return (edgert_vi){ s, s, s, s, s, s, s, s };
#else
	return (edgert_vi){ s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s };
#endif
}

EDGERT_INLINE edgert_vf edgert_vf_zero(void)
{
	return edgert_vf_all(0.0f);
}

#if EDGERT_VEC_NEON32
#define EDGERT_VF_OP(op, neon, a, b) ((edgert_vf)neon((float32x4_t)(a), (float32x4_t)(b)))
#define EDGERT_VF_TEST(op, neon, a, b) ((edgert_vi)neon((float32x4_t)(a), (float32x4_t)(b)))
#else
#define EDGERT_VF_OP(op, neon, a, b) ((a)op(b))
#define EDGERT_VF_TEST(op, neon, a, b) ((a)op(b))
#endif

EDGERT_INLINE edgert_vf edgert_vf_add(edgert_vf a, edgert_vf b)
{
	return EDGERT_VF_OP(+, vaddq_f32, a, b);
}

EDGERT_INLINE edgert_vf edgert_vf_sub(edgert_vf a, edgert_vf b)
{
	return EDGERT_VF_OP(-, vsubq_f32, a, b);
}

EDGERT_INLINE edgert_vf edgert_vf_mul(edgert_vf a, edgert_vf b)
{
	return EDGERT_VF_OP(*, vmulq_f32, a, b);
}

/* Masks: all ones where it holds, else 0. */
EDGERT_INLINE edgert_vi edgert_vf_less(edgert_vf a, edgert_vf b)
{
	return EDGERT_VF_TEST(<, vcltq_f32, a, b);
}

EDGERT_INLINE edgert_vi edgert_vf_less_equal(edgert_vf a, edgert_vf b)
{
	return EDGERT_VF_TEST(<=, vcleq_f32, a, b);
}

EDGERT_INLINE edgert_vi edgert_vf_equal(edgert_vf a, edgert_vf b)
{
	return EDGERT_VF_TEST(==, vceqq_f32, a, b);
}

/* The first n lanes, n < EDGERT_VF_LANES; the others are 0 when loaded, untouched when stored. */
EDGERT_INLINE edgert_vf edgert_vf_load_part(const float *p, edgert_int n)
{
#if EDGERT_VF_LANES == 16 && defined(__AVX512F__)
	return (edgert_vf)__builtin_ia32_loadups512_mask(p, edgert_vf_zero(),
							 (unsigned short)((1u << n) - 1));
#elif EDGERT_VEC_MVE
	return (edgert_vf)vldrwq_z_f32(p, vctp32q((uint32_t)n));
#else
	float t[EDGERT_VF_LANES] = { 0 };

	for (edgert_int l = 0; l < n && l < EDGERT_VF_LANES; l++)
		t[l] = p[l];
	return edgert_vf_load(t);
#endif
}

EDGERT_INLINE void edgert_vf_store_part(float *p, edgert_vf v, edgert_int n)
{
#if EDGERT_VF_LANES == 16 && defined(__AVX512F__)
	__builtin_ia32_storeups512_mask(p, v, (unsigned short)((1u << n) - 1));
#elif EDGERT_VEC_MVE
	vstrwq_p_f32(p, (float32x4_t)v, vctp32q((uint32_t)n));
#else
	float t[EDGERT_VF_LANES];

	edgert_vf_store(t, v);
	for (edgert_int l = 0; l < n && l < EDGERT_VF_LANES; l++)
		p[l] = t[l];
#endif
}

/* a[l] where the mask's lane is all ones, b[l] where it is 0. */
EDGERT_INLINE edgert_vf edgert_vf_select(edgert_vi mask, edgert_vf a, edgert_vf b)
{
	return (edgert_vf)(((edgert_vi)a & mask) | ((edgert_vi)b & ~mask));
}

/* a < b ? yes : no, lane by lane. */
EDGERT_INLINE edgert_vf edgert_vf_if_less(edgert_vf a, edgert_vf b, edgert_vf yes, edgert_vf no)
{
#if EDGERT_VEC_MVE
	return (edgert_vf)vpselq_f32((float32x4_t)yes, (float32x4_t)no,
				     vcmpltq_f32((float32x4_t)a, (float32x4_t)b));
#else
	return edgert_vf_select(edgert_vf_less(a, b), yes, no);
#endif
}

/* a * b + c, rounded once where the machine can. */
EDGERT_INLINE edgert_vf edgert_vf_fma(edgert_vf a, edgert_vf b, edgert_vf c)
{
#if defined(EDGERT_VEC_CLANG_FMA)
	return __builtin_elementwise_fma(a, b, c);
#elif EDGERT_VF_LANES == 16 && defined(__AVX512F__)
	return (edgert_vf)__builtin_ia32_vfmaddps512_mask(a, b, c, -1, 4);
#elif EDGERT_VF_LANES == 8 && defined(__FMA__)
	return (edgert_vf)__builtin_ia32_vfmaddps256(a, b, c);
#elif EDGERT_VF_LANES == 4 && defined(__FMA__)
	return (edgert_vf)__builtin_ia32_vfmaddps(a, b, c);
#elif EDGERT_VF_LANES == 4 && defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
	return (edgert_vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#elif EDGERT_VEC_MVE
	return (edgert_vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#elif EDGERT_VEC_NEON32
	return (edgert_vf)vmlaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
	return a * b + c;
#endif
}

/* The same with one factor for all lanes, which Helium takes from a core register. */
EDGERT_INLINE edgert_vf edgert_vf_fma_all(float a, edgert_vf b, edgert_vf c)
{
#if EDGERT_VEC_MVE
	return (edgert_vf)vfmaq_n_f32((float32x4_t)c, (float32x4_t)b, a);
#elif EDGERT_VEC_NEON32 && !defined(__ARM_FEATURE_FMA)
	return (edgert_vf)vmlaq_n_f32((float32x4_t)c, (float32x4_t)b, a);
#else
	return edgert_vf_fma(edgert_vf_all(a), b, c);
#endif
}

/* a > b ? a : b, so b where either is NaN (Arm: NaN). clang sees the instruction in the selection.
 */
EDGERT_INLINE edgert_vf edgert_vf_max(edgert_vf a, edgert_vf b)
{
#if EDGERT_VF_LANES == 16 && defined(__AVX512F__) && !defined(__clang__)
	return (edgert_vf)__builtin_ia32_maxps512_mask(a, b, a, -1, 4);
#elif EDGERT_VF_LANES == 8 && defined(__AVX__) && !defined(__clang__)
	return (edgert_vf)__builtin_ia32_maxps256(a, b);
#elif EDGERT_VF_LANES == 4 && defined(__SSE__) && !defined(__clang__)
	return (edgert_vf)__builtin_ia32_maxps(a, b);
#elif EDGERT_VF_LANES == 4 && defined(__ARM_NEON)
	return (edgert_vf)vmaxq_f32((float32x4_t)a, (float32x4_t)b);
#else
	return edgert_vf_if_less(b, a, a, b);
#endif
}

/* a < b ? a : b, likewise. */
EDGERT_INLINE edgert_vf edgert_vf_min(edgert_vf a, edgert_vf b)
{
#if EDGERT_VF_LANES == 16 && defined(__AVX512F__) && !defined(__clang__)
	return (edgert_vf)__builtin_ia32_minps512_mask(a, b, a, -1, 4);
#elif EDGERT_VF_LANES == 8 && defined(__AVX__) && !defined(__clang__)
	return (edgert_vf)__builtin_ia32_minps256(a, b);
#elif EDGERT_VF_LANES == 4 && defined(__SSE__) && !defined(__clang__)
	return (edgert_vf)__builtin_ia32_minps(a, b);
#elif EDGERT_VF_LANES == 4 && defined(__ARM_NEON)
	return (edgert_vf)vminq_f32((float32x4_t)a, (float32x4_t)b);
#else
	return edgert_vf_if_less(a, b, a, b);
#endif
}

#define EDGERT_VF_INFINITY __builtin_inff()

/* The larger, NaN where either is NaN: of two orders of max at least one takes the NaN, and a NaN's
 * bits with any others' set are a NaN. */
EDGERT_INLINE edgert_vf edgert_vf_max_nan(edgert_vf a, edgert_vf b)
{
#if EDGERT_VF_LANES == 4 && defined(__ARM_NEON)
	return edgert_vf_max(a, b);
#else
	return (edgert_vf)((edgert_vi)edgert_vf_max(a, b) | (edgert_vi)edgert_vf_max(b, a));
#endif
}

/* NaN stays NaN in both. */
EDGERT_INLINE edgert_vf edgert_vf_relu(edgert_vf v)
{
	return edgert_vf_max(edgert_vf_zero(), v);
}

EDGERT_INLINE edgert_vf edgert_vf_clamp(edgert_vf v, float lo, float hi)
{
	return edgert_vf_min(edgert_vf_all(hi), edgert_vf_max(edgert_vf_all(lo), v));
}

/* Across the lanes, in a fixed order: pairs that are half a vector apart, then a quarter ... */
EDGERT_INLINE float edgert_vf_sum(edgert_vf v)
{
	float t[EDGERT_VF_LANES];

	edgert_vf_store(t, v);
	for (int half = EDGERT_VF_LANES / 2; half > 0; half /= 2)
		for (int l = 0; l < half; l++)
			t[l] += t[l + half];
	return t[0];
}

EDGERT_INLINE float edgert_vf_largest(edgert_vf v)
{
	float t[EDGERT_VF_LANES];

	edgert_vf_store(t, v);
	for (int half = EDGERT_VF_LANES / 2; half > 0; half /= 2)
		for (int l = 0; l < half; l++)
			t[l] = t[l] > t[l + half] ? t[l] : t[l + half];
	return t[0];
}

/* Lanes of a, numbered from 0, and of b, numbered on; the list is as long as a vector. */
#if defined(__clang__) || __GNUC__ >= 12
#define EDGERT_VF_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define EDGERT_VF_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (edgert_vi){ __VA_ARGS__ })
#endif

/* LOn and HIn exchange a's lanes that have bit n in their number with b's that have not. */
#if EDGERT_VF_LANES == 4
#define EDGERT_VF_LO1(a, b) EDGERT_VF_SHUFFLE(a, b, 0, 4, 2, 6)
#define EDGERT_VF_HI1(a, b) EDGERT_VF_SHUFFLE(a, b, 1, 5, 3, 7)
#define EDGERT_VF_LO2(a, b) EDGERT_VF_SHUFFLE(a, b, 0, 1, 4, 5)
#define EDGERT_VF_HI2(a, b) EDGERT_VF_SHUFFLE(a, b, 2, 3, 6, 7)
#elif EDGERT_VF_LANES == 8
#define EDGERT_VF_LO1(a, b) EDGERT_VF_SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define EDGERT_VF_HI1(a, b) EDGERT_VF_SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define EDGERT_VF_LO2(a, b) EDGERT_VF_SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define EDGERT_VF_HI2(a, b) EDGERT_VF_SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define EDGERT_VF_LO4(a, b) EDGERT_VF_SHUFFLE(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define EDGERT_VF_HI4(a, b) EDGERT_VF_SHUFFLE(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#else
#define EDGERT_VF_LO1(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define EDGERT_VF_HI1(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
#define EDGERT_VF_LO2(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define EDGERT_VF_HI2(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EDGERT_VF_LO4(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define EDGERT_VF_HI4(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define EDGERT_VF_LO8(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define EDGERT_VF_HI8(a, b)                                                                        \
	EDGERT_VF_SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#endif

/* Lane j of v[i] <=> lane i of v[j], one bit of the numbers at a time. */
EDGERT_INLINE void edgert_vf_transpose(edgert_vf *v)
{
#define EDGERT_VF_EXCHANGE(n)                                                                      \
	EDGERT_UNROLL                                                                              \
	for (int i = 0; i < EDGERT_VF_LANES / 2; i++) {                                            \
		const int r = i / (n)*2 * (n) + i % (n);                                           \
		const edgert_vf t = EDGERT_VF_LO##n(v[r], v[r + (n)]);                             \
                                                                                                   \
		v[r + (n)] = EDGERT_VF_HI##n(v[r], v[r + (n)]);                                    \
		v[r] = t;                                                                          \
	}
	EDGERT_VF_EXCHANGE(1)
	EDGERT_VF_EXCHANGE(2)
#if EDGERT_VF_LANES >= 8
	EDGERT_VF_EXCHANGE(4)
#endif
#if EDGERT_VF_LANES >= 16
	EDGERT_VF_EXCHANGE(8)
#endif
#undef EDGERT_VF_EXCHANGE
}

/* Apply both forms of a tail (NULL: identity) and store lanes [first, n) at y[i + first] on; n may
 * be more than there are. A vector tail without operands reads nothing, so lanes too many do no
 * harm. */
EDGERT_INLINE void edgert_vf_finish(float *y, edgert_vf v, edgert_int i, edgert_int c,
				    edgert_int first, edgert_int n, edgert_tail_f32 tail,
				    edgert_tail_vf vtail, const void *const *operands)
{
	if (first == 0 && n >= EDGERT_VF_LANES) {
		edgert_vf_store(y + i, vtail ? vtail(v, operands, i, c) : v);
	} else if (first == 0 && !operands && n > 0) {
		edgert_vf_store_part(y + i, vtail ? vtail(v, operands, i, c) : v, n);
	} else {
		float t[EDGERT_VF_LANES];

		edgert_vf_store(t, v);
		for (edgert_int l = first; l < n && l < EDGERT_VF_LANES; l++)
			y[i + l] = tail ? tail(t[l], operands, i + l, c + l) : t[l];
	}
}

#endif
