/* mve.h - Armv8.1-M vectors of integers (Helium: Cortex-M55) for the kernels in mve/, with the same
 * in C for every other machine.
 *
 * VMLADAVA adds 16 products of bytes to a core register in one instruction. There is no widening
 * multiply-add of lanes: depthwise kernels multiply halves (VMULLB, VMULLT) and add.
 *
 * The dense loop is inline assembly: gcc 12 makes neither low-overhead loops nor loads with
 * writeback from intrinsics. */
#ifndef EDGERT_MVE_H
#define EDGERT_MVE_H

#include "int8.h"

#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1) && defined(__GNUC__)
#define EDGERT_MVE_ASM 1
#include <arm_mve.h>
#else
#define EDGERT_MVE_ASM 0
#endif

/* A copy of so many bytes lies on the stack, a longer one in scratch. */
#define EDGERT_MVE_LOCAL 768

/* How results are requantized (params.h). wide: to 16 bits. */
struct edgert_mve_out {
	edgert_int shift, zero, lo, hi;
	int wide;
};

/* Are results made by vectors? Others are made one by one. */
#if defined(EDGERT_FIXED) && EDGERT_FIXED
#define EDGERT_MVE_VECTOR_RESULTS(o) ((o)->shift >= 0)
#elif EDGERT_MVE_ASM && !(__ARM_FEATURE_MVE & 2)
#define EDGERT_MVE_VECTOR_RESULTS(o) 0
#else
#define EDGERT_MVE_VECTOR_RESULTS(o) 1
#endif

/* Element i of y. */
EDGERT_INLINE void *edgert_mve_at(const struct edgert_mve_out *o, void *y, edgert_int i)
{
	return (char *)y + (o->wide ? 2 * i : i);
}

EDGERT_INLINE void edgert_mve_put(const struct edgert_mve_out *o, void *y, edgert_int i, int32_t v)
{
	if (o->wide)
		((int16_t *)y)[i] = (int16_t)v;
	else
		((int8_t *)y)[i] = (int8_t)v;
}

/* Channels c in [0, n) one by one; sum c is s[c]. */
EDGERT_INLINE void edgert_mve_store_each(const struct edgert_mve_out *o, const int32_t *s,
					 const int32_t *q, void *y, edgert_int n)
{
	for (edgert_int c = 0; c < n; c++)
		edgert_mve_put(o, y, c,
			       edgert_requantize(s[c], q[2 * c + 1], (int)o->shift,
						 (int32_t)o->zero, (int32_t)o->lo, (int32_t)o->hi));
}

#if EDGERT_MVE_ASM

/* Sums of eight adjacent channels: of the even ones, of the odd ones. */
struct edgert_mve_sums {
	int32x4_t even, odd;
};

/* s[c] = x . w[c] for four rows of w, 16 bytes of each after the other; 16 * steps bytes of x. */
EDGERT_INLINE void edgert_mve_dot4(const int8_t *x, const int8_t *w, edgert_int steps, int32_t *s)
{
	int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;

	__asm__("wls	lr, %[n], 2f\n"
		"1:\n\t"
		"vldrb.u8	q0, [%[x]], #16\n\t"
		"vldrb.u8	q1, [%[w]], #16\n\t"
		"vldrb.u8	q2, [%[w]], #16\n\t"
		"vmladava.s8	%[s0], q0, q1\n\t"
		"vldrb.u8	q1, [%[w]], #16\n\t"
		"vmladava.s8	%[s1], q0, q2\n\t"
		"vldrb.u8	q2, [%[w]], #16\n\t"
		"vmladava.s8	%[s2], q0, q1\n\t"
		"vmladava.s8	%[s3], q0, q2\n\t"
		"le	lr, 1b\n"
		"2:"
		: [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [x] "+r"(x),
		  [w] "+r"(w)
		: [n] "r"(steps)
		: "lr", "q0", "q1", "q2", "cc", "memory");
	s[0] = s0;
	s[1] = s1;
	s[2] = s2;
	s[3] = s3;
}

/* The same of weights of 4 bits: of 16 bytes of w the lower halves are a row, the upper ones the next
 * one. They are multiplied where they stand above, 16 times as large. */
EDGERT_INLINE void edgert_mve_dot4_w4(const int8_t *x, const int8_t *w, edgert_int steps,
				      int32_t *s)
{
	int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;

	__asm__("vmov.i8	q3, #240\n\t"
		"wls	lr, %[n], 2f\n"
		"1:\n\t"
		"vldrb.u8	q1, [%[w]], #16\n\t"
		"vldrb.u8	q0, [%[x]], #16\n\t"
		"vshl.i8	q2, q1, #4\n\t"
		"vmladava.s8	%[s0], q0, q2\n\t"
		"vand	q1, q1, q3\n\t"
		"vldrb.u8	q2, [%[w]], #16\n\t"
		"vmladava.s8	%[s1], q0, q1\n\t"
		"vshl.i8	q1, q2, #4\n\t"
		"vmladava.s8	%[s2], q0, q1\n\t"
		"vand	q2, q2, q3\n\t"
		"vmladava.s8	%[s3], q0, q2\n\t"
		"le	lr, 1b\n"
		"2:"
		: [s0] "+Te"(s0), [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), [x] "+r"(x),
		  [w] "+r"(w)
		: [n] "r"(steps)
		: "lr", "q0", "q1", "q2", "q3", "cc", "memory");
	s[0] = s0 >> 4;
	s[1] = s1 >> 4;
	s[2] = s2 >> 4;
	s[3] = s3 >> 4;
}

/* Results before the clamp, in 32 bits. */
EDGERT_INLINE int32x4_t edgert_mve_scale(const struct edgert_mve_out *o, int32x4_t s,
					 int32x4_t scale)
{
#if defined(EDGERT_FIXED) && EDGERT_FIXED
	if (o->shift == 0)
		return vrmulhq_s32(s, scale);
	return vrshlq_n_s32(vmulhq_s32(s, scale), -(int32_t)o->shift);
#elif __ARM_FEATURE_MVE & 2
	(void)o;
	return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(s), vreinterpretq_f32_s32(scale)));
#else
	(void)o;
	return vmulq_s32(s, scale);
#endif
}

/* Four channels whose sums are s, without the biases. */
EDGERT_INLINE void edgert_mve_store4(const struct edgert_mve_out *o, const int32_t *s,
				     const int32_t *q, void *y)
{
	const int32x4x2_t n = vld2q_s32(q);
	int32x4_t v;

	__asm__("vmov	%q0[2], %q0[0], %1, %3\n\t"
		"vmov	%q0[3], %q0[1], %2, %4"
		: "=&w"(v)
		: "r"(s[0]), "r"(s[1]), "r"(s[2]), "r"(s[3]));
	v = edgert_mve_scale(o, vaddq_s32(v, n.val[0]), n.val[1]);
	v = vqaddq_n_s32(v, (int32_t)o->zero);
	v = vminq_s32(v, vdupq_n_s32((int32_t)o->hi));
	v = vmaxq_s32(v, vdupq_n_s32((int32_t)o->lo));
	if (o->wide)
		vstrhq_s32(y, v);
	else
		vstrbq_s32(y, v);
}

/* The biases of eight channels. */
EDGERT_INLINE struct edgert_mve_sums edgert_mve_bias8(const int32_t *q)
{
	const int32x4x4_t n = vld4q_s32(q);
	struct edgert_mve_sums s;

	s.even = n.val[0];
	s.odd = n.val[2];
	return s;
}

/* One tap of eight channels; *w moves on. */
EDGERT_INLINE void edgert_mve_tap8(struct edgert_mve_sums *s, const int8_t *x, const int8_t **w)
{
	__asm__("vldrb.s16	q0, [%[x]]\n\t"
		"vldrb.s16	q1, [%[w]], #8\n\t"
		"vmullb.s16	q2, q0, q1\n\t"
		"vmullt.s16	q0, q0, q1\n\t"
		"vadd.i32	%q[even], %q[even], q2\n\t"
		"vadd.i32	%q[odd], %q[odd], q0"
		: [even] "+w"(s->even), [odd] "+w"(s->odd), [w] "+l"(*w)
		: [x] "l"(x)
		: "q0", "q1", "q2", "memory");
}

/* The same of n channels in 16 bits; of w there are always eight. */
EDGERT_INLINE void edgert_mve_tap8_wide(struct edgert_mve_sums *s, const int16_t *x,
					const int8_t **w, edgert_int n)
{
	if (n == 8) {
		__asm__("vldrh.u16	q0, [%[x]]\n\t"
			"vldrb.s16	q1, [%[w]], #8\n\t"
			"vmullb.s16	q2, q0, q1\n\t"
			"vmullt.s16	q0, q0, q1\n\t"
			"vadd.i32	%q[even], %q[even], q2\n\t"
			"vadd.i32	%q[odd], %q[odd], q0"
			: [even] "+w"(s->even), [odd] "+w"(s->odd), [w] "+l"(*w)
			: [x] "l"(x)
			: "q0", "q1", "q2", "memory");
	} else {
		const int16x8_t u = vldrhq_z_s16(x, vctp16q((uint32_t)n)), v = vldrbq_s16(*w);

		s->even = vaddq_s32(s->even, vmullbq_int_s16(u, v));
		s->odd = vaddq_s32(s->odd, vmulltq_int_s16(u, v));
		*w += 8;
	}
}

/* Eight results from the scales of even and of odd channels. */
EDGERT_INLINE int16x8_t edgert_mve_results8(const struct edgert_mve_out *o,
					    const struct edgert_mve_sums *s, int32x4_t even,
					    int32x4_t odd)
{
	int16x8_t v;

	even = edgert_mve_scale(o, s->even, even);
	odd = edgert_mve_scale(o, s->odd, odd);
	if (o->wide) { /* before what 16 bits do not hold is cut off */
		even = vqaddq_n_s32(even, (int32_t)o->zero);
		odd = vqaddq_n_s32(odd, (int32_t)o->zero);
	}
	v = vqmovntq_s32(vqmovnbq_s32(vdupq_n_s16(0), even), odd);
	if (!o->wide)
		v = vqaddq_n_s16(v, (int16_t)o->zero);
	v = vminq_s16(v, vdupq_n_s16((int16_t)o->hi));
	return vmaxq_s16(v, vdupq_n_s16((int16_t)o->lo));
}

EDGERT_INLINE void edgert_mve_store8(const struct edgert_mve_out *o,
				     const struct edgert_mve_sums *s, const int32_t *q, void *y)
{
	const int32x4x4_t n = vld4q_s32(q);
	const int16x8_t v = edgert_mve_results8(o, s, n.val[1], n.val[3]);

	if (o->wide)
		vstrhq_s16(y, v);
	else
		vstrbq_s16(y, v);
}

/* Four elements of a sum (params.h, "add"). */
EDGERT_INLINE void edgert_mve_add4(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				   const int32_t *q, int8_t *y)
{
	const int32x4_t u = vldrbq_s32(a), v = vldrbq_s32(b);
	int32x4_t r;

#if defined(EDGERT_FIXED) && EDGERT_FIXED
	r = vmlaq_n_s32(vaddq_n_s32(vmulq_n_s32(v, q[1]), q[2]), u, q[0]);
	r = vshlq_r_s32(r, -(int32_t)p->shift);
#elif __ARM_FEATURE_MVE & 2
	const float fa = edgert_f32_from_bits((uint32_t)q[0]);
	const float fb = edgert_f32_from_bits((uint32_t)q[1]);
	const float32x4_t one = vdupq_n_f32(edgert_f32_from_bits((uint32_t)q[2]));
	const float32x4_t af = vcvtq_f32_s32(u), bf = vcvtq_f32_s32(v);

	if (p->fused)
		r = vcvtnq_s32_f32(vfmaq_n_f32(vfmaq_n_f32(one, bf, fb), af, fa));
	else
		r = vcvtnq_s32_f32(
			vaddq_f32(vmulq_n_f32(af, fa), vaddq_f32(vmulq_n_f32(bf, fb), one)));
#else
	for (int i = 0; i < 4; i++)
		y[i] = edgert_int8_add(p, a[i], b[i], q);
	(void)u, (void)v;
	return;
#endif
	r = vmaxq_s32(vminq_s32(r, vdupq_n_s32((int32_t)p->hi)), vdupq_n_s32((int32_t)p->lo));
	vstrbq_s32(y, r);
}

/* Sums by channel. */
EDGERT_INLINE void edgert_mve_sums8(const struct edgert_mve_sums *s, int32_t *out)
{
	int32x4x2_t v;

	v.val[0] = s->even;
	v.val[1] = s->odd;
	vst2q_s32(out, v);
}

#else

struct edgert_mve_sums {
	int32_t s[8];
};

EDGERT_INLINE void edgert_mve_dot4(const int8_t *x, const int8_t *w, edgert_int steps, int32_t *s)
{
	for (int c = 0; c < 4; c++)
		s[c] = 0;
	for (edgert_int k = 0; k < steps * 64; k++)
		s[k / 16 % 4] += x[k / 64 * 16 + k % 16] * w[k];
}

EDGERT_INLINE void edgert_mve_dot4_w4(const int8_t *x, const int8_t *w, edgert_int steps,
				      int32_t *s)
{
	for (int c = 0; c < 4; c++)
		s[c] = 0;
	for (edgert_int k = 0; k < steps * 32; k++) {
		const int8_t at = x[k / 32 * 16 + k % 16];

		s[k / 16 % 2 * 2] += at * ((w[k] & 15) - 2 * (w[k] & 8));
		s[k / 16 % 2 * 2 + 1] += at * ((w[k] - (w[k] & 15)) / 16);
	}
}

/* As the instructions do it: the product's high word, rounded, or rounded after a shift. */
EDGERT_INLINE int32_t edgert_mve_result(const struct edgert_mve_out *o, int32_t sum, int32_t scale)
{
#if defined(EDGERT_FIXED) && EDGERT_FIXED
	const int64_t product = (int64_t)sum * scale;
	int32_t v;

	if (o->shift == 0)
		v = (int32_t)edgert_shift_right_i64(product + INT64_C(0x80000000), 32);
	else
		v = edgert_rounding_shift_right((int32_t)edgert_shift_right_i64(product, 32),
						(int)o->shift);
	return edgert_clamp_i32(v + (int32_t)o->zero, (int32_t)o->lo, (int32_t)o->hi);
#else
	return edgert_requantize(sum, scale, (int)o->shift, (int32_t)o->zero, (int32_t)o->lo,
				 (int32_t)o->hi);
#endif
}

EDGERT_INLINE void edgert_mve_store(const struct edgert_mve_out *o, const int32_t *s,
				    const int32_t *q, void *y, int n)
{
	for (int c = 0; c < n; c++)
		edgert_mve_put(o, y, c, edgert_mve_result(o, s[c], q[2 * c + 1]));
}

EDGERT_INLINE void edgert_mve_store4(const struct edgert_mve_out *o, const int32_t *s,
				     const int32_t *q, void *y)
{
	int32_t sum[4];

	for (int c = 0; c < 4; c++)
		sum[c] = s[c] + q[2 * c];
	edgert_mve_store(o, sum, q, y, 4);
}

EDGERT_INLINE struct edgert_mve_sums edgert_mve_bias8(const int32_t *q)
{
	struct edgert_mve_sums s;

	for (int c = 0; c < 8; c++)
		s.s[c] = q[2 * c];
	return s;
}

EDGERT_INLINE void edgert_mve_tap8(struct edgert_mve_sums *s, const int8_t *x, const int8_t **w)
{
	for (int c = 0; c < 8; c++)
		s->s[c] += x[c] * *(*w)++;
}

EDGERT_INLINE void edgert_mve_tap8_wide(struct edgert_mve_sums *s, const int16_t *x,
					const int8_t **w, edgert_int n)
{
	for (int c = 0; c < 8; c++)
		s->s[c] += (c < n ? x[c] : 0) * *(*w)++;
}

EDGERT_INLINE void edgert_mve_store8(const struct edgert_mve_out *o,
				     const struct edgert_mve_sums *s, const int32_t *q, void *y)
{
	edgert_mve_store(o, s->s, q, y, 8);
}

EDGERT_INLINE void edgert_mve_add4(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				   const int32_t *q, int8_t *y)
{
	for (int i = 0; i < 4; i++)
		y[i] = edgert_int8_add(p, a[i], b[i], q);
}

EDGERT_INLINE void edgert_mve_sums8(const struct edgert_mve_sums *s, int32_t *out)
{
	for (int c = 0; c < 8; c++)
		out[c] = s->s[c];
}
#endif

#endif
