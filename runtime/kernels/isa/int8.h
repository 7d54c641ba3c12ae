/* int8.h - what the 8-bit kernels of small machines share: words of bytes, and the window of one
 * pixel as a block of its own.
 *
 * Where the whole window lies inside the image a kernel reads it in place. At the border it reads
 * a copy that has x_zero outside, so no loop over taps holds a test. */
#ifndef EDGERT_INT8_H
#define EDGERT_INT8_H

#include "../fixed.h"
#include "../params.h"

/* Before a loop of few iterations, if they are a constant. clang needs no telling, and warns where
 * they are not. */
#ifndef EDGERT_UNROLL_FEW
#if defined(__GNUC__) && !defined(__clang__)
#define EDGERT_UNROLL_FEW _Pragma("GCC unroll 32")
#else
#define EDGERT_UNROLL_FEW
#endif
#endif

#if defined(__GNUC__)
typedef uint32_t edgert_word __attribute__((may_alias, aligned(1)));
#endif

/* Are words at any address one instruction? */
#if defined(__GNUC__) &&                                                                           \
	(defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__wasm__))
#define EDGERT_INT8_WORDS 1
#else
#define EDGERT_INT8_WORDS 0
#endif

/* Of 16 bytes? */
#if EDGERT_INT8_WORDS && (defined(__ARM_NEON) || defined(__wasm_simd128__))
typedef uint32_t edgert_words __attribute__((vector_size(16), may_alias, aligned(1)));
#define EDGERT_INT8_WIDE 1
#else
#define EDGERT_INT8_WIDE 0
#endif

#if defined(__GNUC__) && defined(__ARM_FEATURE_MVE)
#define EDGERT_INT8_VECTORS 1
#else
#define EDGERT_INT8_VECTORS 0
#endif

EDGERT_INLINE void edgert_int8_copy(int8_t *out, const int8_t *x, edgert_int n)
{
#if EDGERT_INT8_VECTORS
	__asm__ volatile("wlstp.8	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vldrb.u8	q0, [%[x]], #16\n\t"
			 "vstrb.8	q0, [%[out]], #16\n\t"
			 "letp	lr, 1b\n"
			 "2:"
			 : [x] "+r"(x), [out] "+r"(out)
			 : [n] "r"(n)
			 : "lr", "q0", "cc", "memory");
	n = 0;
#elif EDGERT_INT8_WORDS
#if EDGERT_INT8_WIDE
	for (; n >= 16; n -= 16, out += 16, x += 16)
		*(edgert_words *)out = *(const edgert_words *)x;
#endif
	for (; n >= 4; n -= 4, out += 4, x += 4)
		*(edgert_word *)out = *(const edgert_word *)x;
#endif
	for (; n > 0; n--)
		*out++ = *x++;
}

EDGERT_INLINE void edgert_int8_fill(int8_t *out, edgert_int value, edgert_int n)
{
#if EDGERT_INT8_VECTORS
	__asm__ volatile("vdup.8	q0, %[v]\n\t"
			 "wlstp.8	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vstrb.8	q0, [%[out]], #16\n\t"
			 "letp	lr, 1b\n"
			 "2:"
			 : [out] "+r"(out)
			 : [n] "r"(n), [v] "r"(value)
			 : "lr", "q0", "cc", "memory");
	n = 0;
#elif EDGERT_INT8_WORDS
	const uint32_t v = (uint32_t)(value & 255) * 0x01010101u;

#if EDGERT_INT8_WIDE
	for (; n >= 16; n -= 16, out += 16)
		*(edgert_words *)out = (edgert_words){ v, v, v, v };
#endif
	for (; n >= 4; n -= 4, out += 4)
		*(edgert_word *)out = v;
#endif
	for (; n > 0; n--)
		*out++ = (int8_t)value;
}

/* The window's adjacent columns that are one run of bytes in x: all of them, or 1. */
EDGERT_INLINE edgert_int edgert_int8_unit(const struct edgert_conv2d *p)
{
	return p->dw == 1 && p->x_pixel == p->ci ? p->kw : 1;
}

/* Is the window whose first tap is row h, column v inside the image? */
EDGERT_INLINE int edgert_int8_inside(const struct edgert_conv2d *p, edgert_int h, edgert_int v)
{
	return h >= 0 && v >= 0 && h + (p->kh - 1) * p->dh < p->ih &&
	       v + (p->kw - 1) * p->dw < p->iw;
}

/* Are all windows? */
EDGERT_INLINE int edgert_int8_all_inside(const struct edgert_conv2d *p)
{
	return edgert_int8_inside(p, -p->pt, -p->pl) &&
	       edgert_int8_inside(p, (p->oh - 1) * p->sh - p->pt, (p->ow - 1) * p->sw - p->pl);
}

EDGERT_INLINE edgert_int edgert_int8_clip(edgert_int i, edgert_int hi)
{
	return i < 0 ? 0 : i > hi ? hi : i;
}

/* That window as out[kh][kw][ci], with x_zero outside; rows of out are `row` bytes apart. */
EDGERT_INLINE void edgert_int8_window(const struct edgert_conv2d *p, const int8_t *x, edgert_int h,
				      edgert_int v, int8_t *out, edgert_int row)
{
	const edgert_int unit = edgert_int8_unit(p);

	for (edgert_int r = 0; r < p->kh; r++, h += p->dh, out += row)
		for (edgert_int k = 0; k < p->kw; k += unit) {
			const edgert_int j = v + k * p->dw;
			const int inside = h >= 0 && h < p->ih;
			const edgert_int to = inside ? edgert_int8_clip(p->iw - j, unit) : 0;
			const edgert_int from = inside ? edgert_int8_clip(-j, to) : 0;
			int8_t *o = out + k * p->ci;

			edgert_int8_fill(o, p->x_zero, from * p->ci);
			if (from < to)
				edgert_int8_copy(o + from * p->ci,
						 x + h * p->x_row + (j + from) * p->x_pixel,
						 (to - from) * p->ci);
			edgert_int8_fill(o + to * p->ci, p->x_zero, (unit - to) * p->ci);
		}
}

#if defined(__GNUC__) && defined(__ARM_FP) && (__ARM_FP & 4) && !defined(__aarch64__)
#define EDGERT_INT8_VCVTR 1
/* Rounded and saturated to 32 bits. VCVTR rounds as FPSCR says, which is to nearest, ties to even,
 * unless the firmware changed it. */
EDGERT_INLINE int32_t edgert_int8_nearest(float v)
{
	float rounded;
	int32_t bits;

	__asm__("vcvtr.s32.f32 %0, %1" : "=t"(rounded) : "t"(v));
	__asm__("vmov %0, %1" : "=r"(bits) : "t"(rounded));
	return bits;
}
#else
#define EDGERT_INT8_VCVTR 0
#endif

/* Rounded to nearest, ties to even, between lo and hi, which are small: 1.5 * 2^23 rounds to an
 * integer. */
EDGERT_INLINE int8_t edgert_int8_round(float v, edgert_int lo, edgert_int hi)
{
#if EDGERT_INT8_VCVTR
	return (int8_t)edgert_clamp_i32(edgert_int8_nearest(v), (int32_t)lo, (int32_t)hi);
#else
	v = edgert_selectf(v < (float)lo, (float)lo, v);
	v = edgert_selectf(v > (float)hi, (float)hi, v) + 12582912.0f;
	return (int8_t)(int32_t)(edgert_f32_bits(v) - 0x4b400000u);
#endif
}

/* x * (the float of these bits) + sum; fused: rounded once, for the product of a byte and a float is
 * exact in double. */
EDGERT_INLINE float edgert_int8_product_sum(int32_t x, int32_t bits, float sum, int fused)
{
	const float factor = edgert_f32_from_bits((uint32_t)bits);

	if (fused)
		return (float)((double)x * (double)factor + (double)sum);
	return (float)x * factor + sum;
}

/* One element of a sum (params.h, "add"). */
EDGERT_INLINE int8_t edgert_int8_add(const struct edgert_add *p, int32_t a, int32_t b,
				     const int32_t *q)
{
#if defined(EDGERT_FIXED) && EDGERT_FIXED
	const int32_t v = a * q[0] + b * q[1] + q[2];
	const int32_t y = v < 0 ? ~(~v >> p->shift) : v >> p->shift;

	return (int8_t)edgert_clamp_i32(y, (int32_t)p->lo, (int32_t)p->hi);
#else
	const float v = edgert_int8_product_sum(b, q[1], edgert_f32_from_bits((uint32_t)q[2]),
						p->fused != 0);

	return edgert_int8_round(edgert_int8_product_sum(a, q[0], v, p->fused != 0), p->lo, p->hi);
#endif
}

/* Sums of n elements side by side. */
typedef void (*edgert_int8_add_run)(const struct edgert_add *p, const int8_t *a, const int8_t *b,
				    const int32_t *q, int8_t *y, edgert_int n);

/* All of a sum by runs that are as long as can be. */
EDGERT_INLINE void edgert_int8_add_images(const struct edgert_add *p, const edgert_int8_add_run run,
					  const int8_t *a, const int8_t *b, const int32_t *q,
					  int8_t *y)
{
	const int rows = p->a_pixel == p->c && p->b_pixel == p->c && p->y_pixel == p->c;

	for (edgert_int n = 0; n < p->n; n++)
		for (edgert_int h = 0; h < p->h; h++)
			for (edgert_int v = 0; v < (rows ? 1 : p->w); v++)
				run(p, a + n * p->a_image + h * p->a_row + v * p->a_pixel,
				    b + n * p->b_image + h * p->b_row + v * p->b_pixel, q,
				    y + n * p->y_image + h * p->y_row + v * p->y_pixel,
				    rows ? p->w * p->c : p->c);
}

#endif
