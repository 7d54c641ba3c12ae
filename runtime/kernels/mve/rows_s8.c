/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"): sixteen look-ups, or four
 * sums or products at a time. */
#include "../isa/mve.h"

#if EDGERT_MVE_ASM && (__ARM_FEATURE_MVE & 2)
#define EDGERT_ROW_FLOATS 1
#else
#define EDGERT_ROW_FLOATS 0
#endif

/* Four elements of a and of b in q0 and q1, their result in q0 from `text` on. */
#define EDGERT_MVE_ROW(text, ...)                                                                  \
	__asm__ volatile(                                                                          \
		"wlstp.32	lr, %[n], 2f\n"                                                          \
		"1:\n\t"                                                                           \
		"vldrb.s32	q0, [%[a]], #4\n\t"                                                     \
		"vldrb.s32	q1, [%[b]], #4\n\t" text "vmin.s32	q0, q0, %q[hi]\n\t"             \
		"vmax.s32	q0, q0, %q[lo]\n\t"                                                      \
		"vstrb.32	q0, [%[y]], #4\n\t"                                                      \
		"letp	lr, 1b\n"                                                                    \
		"2:"                                                                               \
		: [a] "+l"(a), [b] "+l"(b), [y] "+l"(y)                                            \
		: [n] "r"(n), [lo] "w"(vdupq_n_s32(lo)), [hi] "w"(vdupq_n_s32(hi)), __VA_ARGS__    \
		: "lr", "q0", "q1", "q2", "cc", "memory")

EDGERT_SHARED void edgert_row_lut_s8__mve(void *y, const void *x, const void *table, edgert_int n)
{
#if EDGERT_MVE_ASM
	__asm__ volatile("wlstp.8	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vldrb.u8	q0, [%[x]], #16\n\t"
			 "vldrb.u8	q1, [%[table], q0]\n\t"
			 "vstrb.8	q1, [%[y]], #16\n\t"
			 "letp	lr, 1b\n"
			 "2:"
			 : [x] "+r"(x), [y] "+r"(y)
			 : [n] "r"(n), [table] "r"(table)
			 : "lr", "q0", "q1", "cc", "memory");
#else
	for (edgert_int i = 0; i < n; i++)
		((uint8_t *)y)[i] = ((const uint8_t *)table)[((const uint8_t *)x)[i]];
#endif
}

EDGERT_KERNEL void edgert_row_add_s8__mve(int8_t *y, const int8_t *a, const int8_t *b, int32_t p,
					  int32_t q, int32_t c, int shift, int32_t lo, int32_t hi,
					  edgert_int n)
{
#if EDGERT_MVE_ASM
	EDGERT_MVE_ROW("vmov	q2, %q[c]\n\t"
		       "vmla.s32	q2, q1, %[q]\n\t"
		       "vmla.s32	q2, q0, %[p]\n\t"
		       "vshl.s32	q2, %[by]\n\t"
		       "vmov	q0, q2\n\t",
		       [c] "w"(vdupq_n_s32(c)), [p] "r"(p), [q] "r"(q), [by] "r"(-shift));
#else
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)edgert_clamp_i32(
			edgert_shift_right_i32(c + b[i] * q + a[i] * p, shift), lo, hi);
#endif
}

EDGERT_KERNEL void edgert_row_add_f32_s8__mve(int8_t *y, const int8_t *a, const int8_t *b, float p,
					      float q, float c, int32_t lo, int32_t hi,
					      edgert_int n)
{
#if EDGERT_ROW_FLOATS
	EDGERT_MVE_ROW("vcvt.f32.s32	q0, q0\n\t"
		       "vcvt.f32.s32	q1, q1\n\t"
		       "vmul.f32	q1, q1, %[q]\n\t"
		       "vmul.f32	q0, q0, %[p]\n\t"
		       "vadd.f32	q1, q1, %[c]\n\t"
		       "vadd.f32	q0, q1, q0\n\t"
		       "vcvtn.s32.f32	q0, q0\n\t",
		       [c] "r"(edgert_f32_bits(c)), [p] "r"(edgert_f32_bits(p)),
		       [q] "r"(edgert_f32_bits(q)));
#else
	for (edgert_int i = 0; i < n; i++) {
		const float first = (float)b[i] * q, sum = c + first, second = (float)a[i] * p;

		y[i] = (int8_t)edgert_nearest_f32_i32(sum + second, lo, hi);
	}
#endif
}

/* A product of 2^16 at most is moved up by 14 bits at most. */
EDGERT_KERNEL void edgert_row_mul_s8__mve(int8_t *y, const int8_t *a, const int8_t *b,
					  int32_t a_zero, int32_t b_zero, int32_t m, int bits,
					  int32_t zero, int32_t lo, int32_t hi, edgert_int n)
{
#if EDGERT_MVE_ASM
#define EDGERT_MVE_PRODUCT(text)                                                                   \
	EDGERT_MVE_ROW("vsub.i32	q0, q0, %[a0]\n\t"                                                \
		       "vsub.i32	q1, q1, %[b0]\n\t"                                                \
		       "vmul.i32	q0, q0, q1\n\t" text "vadd.i32	q0, q0, %q[zero]\n\t",     \
		       [a0] "r"(a_zero), [b0] "r"(b_zero), [m] "w"(vdupq_n_s32(m)),                \
		       [by] "r"(32 - bits), [zero] "w"(vdupq_n_s32(zero)))
	if (bits == 32) {
		EDGERT_MVE_PRODUCT("vrmulh.s32	q0, q0, %q[m]\n\t");
		return;
	}
	if (bits > 32) {
		EDGERT_MVE_PRODUCT("vmulh.s32	q0, q0, %q[m]\n\t"
				   "vrshl.s32	q0, %[by]\n\t");
		return;
	}
	if (bits >= 18) {
		EDGERT_MVE_PRODUCT("vshl.s32	q0, %[by]\n\t"
				   "vrmulh.s32	q0, q0, %q[m]\n\t");
		return;
	}
#undef EDGERT_MVE_PRODUCT
#endif
	for (edgert_int i = 0; i < n; i++)
		y[i] = (int8_t)(edgert_scaled_i32((a[i] - a_zero) * (b[i] - b_zero), m, bits,
						  lo - zero, hi - zero) +
				zero);
}

EDGERT_KERNEL void edgert_row_mul_f32_s8__mve(int8_t *y, const int8_t *a, const int8_t *b,
					      int32_t a_zero, int32_t b_zero, float scale,
					      float zero, int32_t lo, int32_t hi, edgert_int n)
{
#if EDGERT_ROW_FLOATS
	EDGERT_MVE_ROW("vsub.i32	q0, q0, %[a0]\n\t"
		       "vsub.i32	q1, q1, %[b0]\n\t"
		       "vmul.i32	q0, q0, q1\n\t"
		       "vcvt.f32.s32	q0, q0\n\t"
		       "vmul.f32	q0, q0, %[scale]\n\t"
		       "vadd.f32	q0, q0, %q[zero]\n\t"
		       "vcvtn.s32.f32	q0, q0\n\t",
		       [a0] "r"(a_zero), [b0] "r"(b_zero), [scale] "r"(edgert_f32_bits(scale)),
		       [zero] "w"(vdupq_n_f32(zero)));
#else
	for (edgert_int i = 0; i < n; i++) {
		const float v = (float)((a[i] - a_zero) * (b[i] - b_zero)) * scale;

		y[i] = (int8_t)edgert_nearest_f32_i32(v + zero, lo, hi);
	}
#endif
}
