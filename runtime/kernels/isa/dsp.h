/* dsp.h - Armv7E-M and Armv8-M DSP instructions (Cortex-M4, M7, M33) for the kernels in dsp/, with
 * the same in C for every other machine.
 *
 * A word holds four bytes, or two halves. The kernels multiply halves:
 *
 *	even(w) = (w.b0, w.b2)    odd(w) = (w.b1, w.b3)		SXTB16, with a rotation
 *	smlad(a, b, sum) = sum + a.lo * b.lo + a.hi * b.hi
 *
 * Inline assembly rather than <arm_acle.h>: gcc 12 does not see that SXTB16 rotates, and moves
 * accumulators about. */
#ifndef EDGERT_DSP_H
#define EDGERT_DSP_H

#include "int8.h"

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__aarch64__)
#define EDGERT_DSP_ASM 1
#else
#define EDGERT_DSP_ASM 0
#endif

/* Halves as smlad takes them. */
EDGERT_INLINE uint32_t edgert_dsp_pair(int32_t lo, int32_t hi)
{
	return ((uint32_t)lo & 0xffffu) | (uint32_t)hi << 16;
}

#if EDGERT_DSP_ASM

EDGERT_INLINE uint32_t edgert_dsp_load(const void *p)
{
	return *(const edgert_word *)p;
}

EDGERT_INLINE void edgert_dsp_store(void *p, uint32_t v)
{
	*(edgert_word *)p = v;
}

EDGERT_INLINE uint32_t edgert_dsp_even(uint32_t w)
{
	uint32_t r;

	__asm__("sxtb16 %0, %1" : "=r"(r) : "r"(w));
	return r;
}

EDGERT_INLINE uint32_t edgert_dsp_odd(uint32_t w)
{
	uint32_t r;

	__asm__("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(w));
	return r;
}

/* even(w) + c and odd(w) + c in halves */
EDGERT_INLINE uint32_t edgert_dsp_even_plus(uint32_t w, uint32_t c)
{
	uint32_t r;

	__asm__("sxtab16 %0, %1, %2" : "=r"(r) : "r"(c), "r"(w));
	return r;
}

EDGERT_INLINE uint32_t edgert_dsp_odd_plus(uint32_t w, uint32_t c)
{
	uint32_t r;

	__asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(r) : "r"(c), "r"(w));
	return r;
}

/* floor(a * b / 2^32 + 1/2) + c */
EDGERT_INLINE int32_t edgert_dsp_smmlar(int32_t a, int32_t b, int32_t c)
{
	int32_t r;

	__asm__("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(c));
	return r;
}

/* floor(a * b / 2^32) */
EDGERT_INLINE int32_t edgert_dsp_smmul(int32_t a, int32_t b)
{
	int32_t r;

	__asm__("smmul %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
	return r;
}

/* Saturated to 32 bits. */
EDGERT_INLINE int32_t edgert_dsp_qadd(int32_t a, int32_t b)
{
	int32_t r;

	__asm__("qadd %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
	return r;
}

EDGERT_INLINE int32_t edgert_dsp_smlad(uint32_t a, uint32_t b, int32_t sum)
{
	__asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
	return sum;
}

EDGERT_INLINE int32_t edgert_dsp_ssat8(int32_t a)
{
	int32_t r;

	__asm__("ssat %0, #8, %1" : "=r"(r) : "r"(a));
	return r;
}

/* One step, four taps: see edgert_dsp_dot2 in dsp/dot.h. */
EDGERT_INLINE void edgert_dsp_step2(const int16_t **x, const int8_t **w, int32_t *s)
{
	int32_t x0, x1, x2, x3, u, v;

	__asm__("ldrd	%[x0], %[x1], [%[x]], #8\n\t"
		"ldrd	%[x2], %[x3], [%[x]], #8\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"smlad	%[s1], %[x2], %[v], %[s1]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"smlad	%[s1], %[x3], %[u], %[s1]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"smlad	%[s3], %[x2], %[v], %[s3]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s2], %[x1], %[u], %[s2]\n\t"
		"smlad	%[s3], %[x3], %[u], %[s3]"
		: [s0] "+r"(s[0]), [s1] "+r"(s[1]), [s2] "+r"(s[2]), [s3] "+r"(s[3]), [x] "+r"(*x),
		  [w] "+r"(*w), [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2), [x3] "=&r"(x3),
		  [u] "=&r"(u), [v] "=&r"(v)
		:
		: "memory");
}

/* The same for the first pixel only: s[0] and s[2]. */
EDGERT_INLINE void edgert_dsp_step1(const int16_t **x, const int8_t **w, int32_t *s)
{
	int32_t x0, x1, u, v;

	__asm__("ldrd	%[x0], %[x1], [%[x]], #16\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s2], %[x1], %[u], %[s2]"
		: [s0] "+r"(s[0]), [s2] "+r"(s[2]), [x] "+r"(*x), [w] "+r"(*w), [x0] "=&r"(x0),
		  [x1] "=&r"(x1), [u] "=&r"(u), [v] "=&r"(v)
		:
		: "memory");
}

/* Four taps of bytes as they are: s[0] and s[2]. */
EDGERT_INLINE void edgert_dsp_step_bytes(const int8_t **x, const int8_t **w, int32_t *s)
{
	int32_t x0, x1, u, v;

	__asm__("ldr	%[x1], [%[x]], #4\n\t"
		"sxtb16	%[x0], %[x1]\n\t"
		"sxtb16	%[x1], %[x1], ror #8\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s2], %[x1], %[u], %[s2]"
		: [s0] "+r"(s[0]), [s2] "+r"(s[2]), [x] "+r"(*x), [w] "+r"(*w), [x0] "=&r"(x0),
		  [x1] "=&r"(x1), [u] "=&r"(u), [v] "=&r"(v)
		:
		: "memory");
}

/* The three steps with weights of 4 bits, which count 16 times: a word's lower halves of bytes are the
 * first channel's taps, the upper ones the second one's. */
EDGERT_INLINE void edgert_dsp_step2_w4(const int16_t **x, const int8_t **w, int32_t *s)
{
	const int32_t high = (int32_t)0xf0f0f0f0u;
	int32_t x0, x1, x2, x3, t, u, v;

	__asm__("ldr	%[t], [%[w]], #4\n\t"
		"ldrd	%[x0], %[x1], [%[x]], #8\n\t"
		"and	%[u], %[h], %[t], lsl #4\n\t"
		"ldrd	%[x2], %[x3], [%[x]], #8\n\t"
		"and	%[t], %[h], %[t]\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"smlad	%[s1], %[x2], %[v], %[s1]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"smlad	%[s1], %[x3], %[u], %[s1]\n\t"
		"sxtb16	%[v], %[t]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"smlad	%[s3], %[x2], %[v], %[s3]\n\t"
		"sxtb16	%[t], %[t], ror #8\n\t"
		"smlad	%[s2], %[x1], %[t], %[s2]\n\t"
		"smlad	%[s3], %[x3], %[t], %[s3]"
		: [s0] "+r"(s[0]), [s1] "+r"(s[1]), [s2] "+r"(s[2]), [s3] "+r"(s[3]), [x] "+r"(*x),
		  [w] "+r"(*w), [x0] "=&r"(x0), [x1] "=&r"(x1), [x2] "=&r"(x2), [x3] "=&r"(x3),
		  [t] "=&r"(t), [u] "=&r"(u), [v] "=&r"(v)
		: [h] "r"(high)
		: "memory");
}

EDGERT_INLINE void edgert_dsp_step1_w4(const int16_t **x, const int8_t **w, int32_t *s)
{
	const int32_t high = (int32_t)0xf0f0f0f0u;
	int32_t x0, x1, t, u, v;

	__asm__("ldr	%[t], [%[w]], #4\n\t"
		"ldrd	%[x0], %[x1], [%[x]], #16\n\t"
		"and	%[u], %[h], %[t], lsl #4\n\t"
		"and	%[t], %[h], %[t]\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"sxtb16	%[v], %[t]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"sxtb16	%[t], %[t], ror #8\n\t"
		"smlad	%[s2], %[x1], %[t], %[s2]"
		: [s0] "+r"(s[0]), [s2] "+r"(s[2]), [x] "+r"(*x), [w] "+r"(*w), [x0] "=&r"(x0),
		  [x1] "=&r"(x1), [t] "=&r"(t), [u] "=&r"(u), [v] "=&r"(v)
		: [h] "r"(high)
		: "memory");
}

EDGERT_INLINE void edgert_dsp_step_bytes_w4(const int8_t **x, const int8_t **w, int32_t *s)
{
	const int32_t high = (int32_t)0xf0f0f0f0u;
	int32_t x0, x1, t, u, v;

	__asm__("ldr	%[x1], [%[x]], #4\n\t"
		"ldr	%[t], [%[w]], #4\n\t"
		"sxtb16	%[x0], %[x1]\n\t"
		"sxtb16	%[x1], %[x1], ror #8\n\t"
		"and	%[u], %[h], %[t], lsl #4\n\t"
		"and	%[t], %[h], %[t]\n\t"
		"sxtb16	%[v], %[u]\n\t"
		"smlad	%[s0], %[x0], %[v], %[s0]\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlad	%[s0], %[x1], %[u], %[s0]\n\t"
		"sxtb16	%[v], %[t]\n\t"
		"smlad	%[s2], %[x0], %[v], %[s2]\n\t"
		"sxtb16	%[t], %[t], ror #8\n\t"
		"smlad	%[s2], %[x1], %[t], %[s2]"
		: [s0] "+r"(s[0]), [s2] "+r"(s[2]), [x] "+r"(*x), [w] "+r"(*w), [x0] "=&r"(x0),
		  [x1] "=&r"(x1), [t] "=&r"(t), [u] "=&r"(u), [v] "=&r"(v)
		: [h] "r"(high)
		: "memory");
}

/* One tap of four adjacent channels: s[c] += x[c] * w[c]; *w moves on. */
EDGERT_INLINE void edgert_dsp_tap4(const int8_t *x, const int8_t **w, int32_t *s)
{
	int32_t t, u, te, ue;

	__asm__("ldr	%[t], %[x]\n\t"
		"ldr	%[u], [%[w]], #4\n\t"
		"sxtb16	%[te], %[t]\n\t"
		"sxtb16	%[ue], %[u]\n\t"
		"sxtb16	%[t], %[t], ror #8\n\t"
		"sxtb16	%[u], %[u], ror #8\n\t"
		"smlabb	%[s0], %[te], %[ue], %[s0]\n\t"
		"smlatt	%[s2], %[te], %[ue], %[s2]\n\t"
		"smlabb	%[s1], %[t], %[u], %[s1]\n\t"
		"smlatt	%[s3], %[t], %[u], %[s3]"
		: [s0] "+r"(s[0]), [s1] "+r"(s[1]), [s2] "+r"(s[2]), [s3] "+r"(s[3]), [w] "+r"(*w),
		  [t] "=&r"(t), [u] "=&r"(u), [te] "=&r"(te), [ue] "=&r"(ue)
		: [x] "m"(*(const edgert_word *)x)
		: "memory");
}

/* y[i] = v, of so many bytes: one by one, for gcc would put results together, which takes longer than to
 * store them. */
EDGERT_INLINE void edgert_dsp_put(void *y, edgert_int i, const int size, int32_t v)
{
	if (size == 4)
		((int32_t *)y)[i] = v;
	else if (size == 2)
		((volatile int16_t *)y)[i] = (int16_t)v;
	else
		((volatile int8_t *)y)[i] = (int8_t)v;
}

#else

EDGERT_INLINE uint32_t edgert_dsp_load(const void *p)
{
	const uint8_t *b = p;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

EDGERT_INLINE void edgert_dsp_store(void *p, uint32_t v)
{
	uint8_t *b = p;

	b[0] = (uint8_t)(v & 255);
	b[1] = (uint8_t)(v >> 8 & 255);
	b[2] = (uint8_t)(v >> 16 & 255);
	b[3] = (uint8_t)(v >> 24);
}

EDGERT_INLINE uint32_t edgert_dsp_even(uint32_t w)
{
	return edgert_dsp_pair((int8_t)(w & 255), (int8_t)(w >> 16 & 255));
}

EDGERT_INLINE uint32_t edgert_dsp_odd(uint32_t w)
{
	return edgert_dsp_even(w >> 8);
}

EDGERT_INLINE int32_t edgert_dsp_smmlar(int32_t a, int32_t b, int32_t c)
{
	return (int32_t)edgert_shift_right_i64((int64_t)a * b + INT64_C(0x80000000), 32) + c;
}

EDGERT_INLINE uint32_t edgert_dsp_even_plus(uint32_t w, uint32_t c)
{
	const uint32_t v = edgert_dsp_even(w);

	return ((v + c) & 0xffffu) | ((v & 0xffff0000u) + (c & 0xffff0000u));
}

EDGERT_INLINE uint32_t edgert_dsp_odd_plus(uint32_t w, uint32_t c)
{
	return edgert_dsp_even_plus(w >> 8, c);
}

EDGERT_INLINE int32_t edgert_dsp_smmul(int32_t a, int32_t b)
{
	return (int32_t)edgert_shift_right_i64((int64_t)a * b, 32);
}

EDGERT_INLINE int32_t edgert_dsp_ssat8(int32_t a)
{
	return edgert_clamp_i32(a, -128, 127);
}

EDGERT_INLINE int32_t edgert_dsp_smlad(uint32_t a, uint32_t b, int32_t sum)
{
	return sum + (int16_t)(a & 0xffffu) * (int16_t)(b & 0xffffu) +
	       (int16_t)(a >> 16) * (int16_t)(b >> 16);
}

EDGERT_INLINE int32_t edgert_dsp_four(const int16_t *x, const int8_t *w, int32_t sum)
{
	const uint32_t u = edgert_dsp_load(w);

	sum = edgert_dsp_smlad(edgert_dsp_pair(x[0], x[1]), edgert_dsp_even(u), sum);
	return edgert_dsp_smlad(edgert_dsp_pair(x[2], x[3]), edgert_dsp_odd(u), sum);
}

EDGERT_INLINE void edgert_dsp_step2(const int16_t **x, const int8_t **w, int32_t *s)
{
	s[0] = edgert_dsp_four(*x, *w, s[0]);
	s[1] = edgert_dsp_four(*x + 4, *w, s[1]);
	s[2] = edgert_dsp_four(*x, *w + 4, s[2]);
	s[3] = edgert_dsp_four(*x + 4, *w + 4, s[3]);
	*x += 8;
	*w += 8;
}

EDGERT_INLINE void edgert_dsp_step1(const int16_t **x, const int8_t **w, int32_t *s)
{
	s[0] = edgert_dsp_four(*x, *w, s[0]);
	s[2] = edgert_dsp_four(*x, *w + 4, s[2]);
	*x += 8;
	*w += 8;
}

EDGERT_INLINE void edgert_dsp_step_bytes(const int8_t **x, const int8_t **w, int32_t *s)
{
	for (int k = 0; k < 4; k++) {
		s[0] += (*x)[k] * (*w)[k];
		s[2] += (*x)[k] * (*w)[4 + k];
	}
	*x += 4;
	*w += 8;
}

/* Four bytes of weights of 4 bits as the eight of 8 bits that the steps read, 16 times as large. */
EDGERT_INLINE void edgert_dsp_widen_w4(const int8_t *w, int8_t *out)
{
	const uint32_t v = edgert_dsp_load(w);

	edgert_dsp_store(out, v << 4 & 0xf0f0f0f0u);
	edgert_dsp_store(out + 4, v & 0xf0f0f0f0u);
}

EDGERT_INLINE void edgert_dsp_step2_w4(const int16_t **x, const int8_t **w, int32_t *s)
{
	int8_t wide[8];
	const int8_t *at = wide;

	edgert_dsp_widen_w4(*w, wide);
	edgert_dsp_step2(x, &at, s);
	*w += 4;
}

EDGERT_INLINE void edgert_dsp_step1_w4(const int16_t **x, const int8_t **w, int32_t *s)
{
	int8_t wide[8];
	const int8_t *at = wide;

	edgert_dsp_widen_w4(*w, wide);
	edgert_dsp_step1(x, &at, s);
	*w += 4;
}

EDGERT_INLINE void edgert_dsp_step_bytes_w4(const int8_t **x, const int8_t **w, int32_t *s)
{
	int8_t wide[8];
	const int8_t *at = wide;

	edgert_dsp_widen_w4(*w, wide);
	edgert_dsp_step_bytes(x, &at, s);
	*w += 4;
}

EDGERT_INLINE void edgert_dsp_tap4(const int8_t *x, const int8_t **w, int32_t *s)
{
	for (int c = 0; c < 4; c++)
		s[c] += x[c] * *(*w)++;
}

EDGERT_INLINE void edgert_dsp_put(void *y, edgert_int i, const int size, int32_t v)
{
	if (size == 4)
		((int32_t *)y)[i] = v;
	else if (size == 2)
		((int16_t *)y)[i] = (int16_t)v;
	else
		((int8_t *)y)[i] = (int8_t)v;
}
#endif

/* Products of the lower halves, and of the upper ones: SMULBB, SMULTT. */
EDGERT_INLINE int32_t edgert_dsp_low_product(uint32_t a, uint32_t b)
{
	return (int16_t)(a & 0xffffu) * (int16_t)(b & 0xffffu);
}

EDGERT_INLINE int32_t edgert_dsp_high_product(uint32_t a, uint32_t b)
{
	return (int16_t)(a >> 16) * (int16_t)(b >> 16);
}

/* What a sum starts with, and what it is at the end: with weights of 4 bits, 16 times the products. */
EDGERT_INLINE int32_t edgert_dsp_first(int32_t bias, const int w4)
{
	return w4 ? 0 : bias;
}

EDGERT_INLINE int32_t edgert_dsp_sum(int32_t s, int32_t bias, const int w4)
{
	/* gcc and clang shift the sign in, and no other compiler takes these kernels */
	return w4 ? bias + (s >> 4) : s;
}

/* &y[i] */
EDGERT_INLINE void *edgert_dsp_at(void *y, edgert_int i, const int size)
{
	return (char *)y + size * i;
}

/* How results are requantized (params.h). */
struct edgert_dsp_out {
	edgert_int shift, zero, lo, hi;
};

EDGERT_INLINE int32_t edgert_dsp_clamp(const struct edgert_dsp_out *o, int32_t v)
{
	if (o->lo == -128 && o->hi == 127)
		return edgert_dsp_ssat8(v);
	return edgert_clamp_i32(v, (int32_t)o->lo, (int32_t)o->hi);
}

/* 0 or more bits of shift need no more than the product's high word; where bits are rounded off
 * it, those of its low word make no difference. */
EDGERT_INLINE int32_t edgert_dsp_requantize(const struct edgert_dsp_out *o, int32_t acc,
					    int32_t scale)
{
	const int32_t zero = (int32_t)o->zero;

#if defined(EDGERT_FIXED) && EDGERT_FIXED
	if (o->shift == 0)
		return edgert_dsp_clamp(o, edgert_dsp_smmlar(acc, scale, zero));
	if (o->shift > 0) {
		const int32_t half = (int32_t)(UINT32_C(1) << (o->shift - 1));
		const int32_t v = edgert_dsp_smmul(acc, scale) + half;

		/* gcc and clang shift the sign in, and no other compiler takes these kernels */
		return edgert_dsp_clamp(o, (v >> o->shift) + zero);
	}
	return edgert_requantize(acc, scale, (int)o->shift, zero, (int32_t)o->lo, (int32_t)o->hi);
#elif EDGERT_DSP_ASM && EDGERT_INT8_VCVTR
	const float factor = edgert_f32_from_bits((uint32_t)scale);

	return edgert_dsp_clamp(o, edgert_dsp_qadd(edgert_int8_nearest((float)acc * factor), zero));
#else
	return edgert_requantize(acc, scale, (int)o->shift, zero, (int32_t)o->lo, (int32_t)o->hi);
#endif
}

/* y[i], of `size` bytes: the requantized sum, or, of 4 bytes, the sum itself. q: the channel's numbers. */
EDGERT_INLINE void edgert_dsp_result(const struct edgert_dsp_out *o, void *y, edgert_int i,
				     const int size, int32_t sum, const int32_t *q)
{
	edgert_dsp_put(y, i, size, size == 4 ? sum : edgert_dsp_requantize(o, sum, q[1]));
}

#endif
