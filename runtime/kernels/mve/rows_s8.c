/* rows_s8.c - elementwise functions of bytes side by side (params.h, "rows"): sixteen look-ups, or four
 * sums or products at a time. */
#include "../isa/mve.h"
#include "../isa/rows8.h"

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
	edgert_rows8_lut(y, x, table, n);
#endif
}

EDGERT_SHARED void edgert_row_flip_s8__mve(void *y, const void *x, edgert_int n)
{
#if EDGERT_MVE_ASM
	__asm__ volatile("wlstp.8	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vldrb.u8	q0, [%[x]], #16\n\t"
			 "veor	q0, q0, %q[sign]\n\t"
			 "vstrb.8	q0, [%[y]], #16\n\t"
			 "letp	lr, 1b\n"
			 "2:"
			 : [x] "+r"(x), [y] "+r"(y)
			 : [n] "r"(n), [sign] "w"(vdupq_n_u8(128))
			 : "lr", "q0", "cc", "memory");
#else
	edgert_rows8_flip(y, x, n);
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
	edgert_rows8_add(y, a, b, p, q, c, shift, lo, hi, n);
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
	edgert_rows8_add_f32(y, a, b, p, q, c, lo, hi, n);
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
	edgert_rows8_mul(y, a, b, a_zero, b_zero, m, bits, zero, lo, hi, n);
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
	edgert_rows8_mul_f32(y, a, b, a_zero, b_zero, scale, zero, lo, hi, n);
#endif
}

#if EDGERT_ROW_FLOATS
/* Of q0, four floats: round(q0 / by) + zero, or 0 of NaN, to y. */
#define EDGERT_MVE_QUANTIZE                                                                        \
	"vdiv.f32	s0, s0, %[by]\n\t"                                                               \
	"vdiv.f32	s1, s1, %[by]\n\t"                                                               \
	"vdiv.f32	s2, s2, %[by]\n\t"                                                               \
	"vdiv.f32	s3, s3, %[by]\n\t"                                                               \
	"vcmp.f32	ne, q0, q0\n\t"                                                                  \
	"vcvtn.s32.f32	q0, q0\n\t"                                                                 \
	"vqadd.s32	q0, q0, %[zero]\n\t"                                                            \
	"vpst\n\t"                                                                                 \
	"veort	q0, q0, q0\n\t"                                                                     \
	"vqmovnb.s32	q1, q0\n\t"                                                                   \
	"vqmovnb.s16	q1, q1\n\t"                                                                   \
	"vstrb.32	q1, [%[y]], #4\n\t"
#endif

EDGERT_KERNEL void edgert_row_quantize_f32_s8__mve(int8_t *y, const float *x, float by,
						   int32_t zero, edgert_int n)
{
#if EDGERT_ROW_FLOATS
	__asm__ volatile("wlstp.32	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vldrw.32	q0, [%[x]], #16\n\t" EDGERT_MVE_QUANTIZE "letp	lr, 1b\n"
			 "2:"
			 : [x] "+r"(x), [y] "+l"(y)
			 : [n] "r"(n), [by] "t"(by), [zero] "r"(zero)
			 : "lr", "q0", "q1", "cc", "memory");
#else
	edgert_rows8_quantize_f32(y, x, by, zero, n);
#endif
}

EDGERT_KERNEL void edgert_row_linear_f32_s8__mve(int8_t *y, const float *a, const float *b,
						 const float *c, const float *d, float across,
						 float down, float by, int32_t zero, edgert_int n)
{
#if EDGERT_ROW_FLOATS
	__asm__ volatile("wlstp.32	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vldrw.32	q0, [%[a]], #16\n\t"
			 "vldrw.32	q1, [%[b]], #16\n\t"
			 "vsub.f32	q1, q1, q0\n\t"
			 "vmul.f32	q1, q1, %[across]\n\t"
			 "vadd.f32	q0, q0, q1\n\t"
			 "vldrw.32	q1, [%[c]], #16\n\t"
			 "vldrw.32	q2, [%[d]], #16\n\t"
			 "vsub.f32	q2, q2, q1\n\t"
			 "vmul.f32	q2, q2, %[across]\n\t"
			 "vadd.f32	q1, q1, q2\n\t"
			 "vsub.f32	q1, q1, q0\n\t"
			 "vmul.f32	q1, q1, %[down]\n\t"
			 "vadd.f32	q0, q0, q1\n\t" EDGERT_MVE_QUANTIZE "letp	lr, 1b\n"
			 "2:"
			 : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [y] "+l"(y)
			 : [n] "r"(n), [across] "r"(edgert_f32_bits(across)),
			   [down] "r"(edgert_f32_bits(down)), [by] "t"(by), [zero] "r"(zero)
			 : "lr", "q0", "q1", "q2", "cc", "memory");
#else
	edgert_rows8_linear_f32(y, a, b, c, d, across, down, by, zero, n);
#endif
}

/* Exponentials of four elements are one load, their sum in order is the machine's scalars'. */
EDGERT_KERNEL void edgert_row_softmax_f32_s8__mve(int8_t *y, const int8_t *x, const float *table,
						  float by, int32_t zero, int32_t lo, int32_t hi,
						  edgert_int n)
{
#if EDGERT_ROW_FLOATS
#define EDGERT_MVE_EXPONENTIALS                                                                    \
	"wlstp.32	lr, %[n], 2f\n"                                                                  \
	"1:\n\t"                                                                                   \
	"vldrb.s32	q0, [%[from]], #4\n\t"                                                          \
	"vsub.i32	q0, %q[most], q0\n\t"                                                            \
	"vldrw.u32	q1, [%[table], q0, uxtw #2]\n\t"
	const int8_t *from = x;
	int32_t max = -128;
	float sum = 0;

	__asm__ volatile("wlstp.8	lr, %[n], 2f\n"
			 "1:\n\t"
			 "vldrb.u8	q0, [%[from]], #16\n\t"
			 "vmaxv.s8	%[max], q0\n\t"
			 "letp	lr, 1b\n"
			 "2:"
			 : [from] "+r"(from), [max] "+r"(max)
			 : [n] "r"(n)
			 : "lr", "q0", "cc", "memory");
	from = x;
	__asm__ volatile(EDGERT_MVE_EXPONENTIALS "vadd.f32	%[sum], %[sum], s4\n\t"
						 "vadd.f32	%[sum], %[sum], s5\n\t"
						 "vadd.f32	%[sum], %[sum], s6\n\t"
						 "vadd.f32	%[sum], %[sum], s7\n\t"
						 "letp	lr, 1b\n"
						 "2:"
			 : [from] "+l"(from), [sum] "+t"(sum)
			 : [n] "r"(n), [table] "r"(table), [most] "w"(vdupq_n_s32(max))
			 : "lr", "q0", "q1", "cc", "memory");
	from = x;
	__asm__ volatile(EDGERT_MVE_EXPONENTIALS "vdiv.f32	s4, s4, %[sum]\n\t"
						 "vdiv.f32	s5, s5, %[sum]\n\t"
						 "vdiv.f32	s6, s6, %[sum]\n\t"
						 "vdiv.f32	s7, s7, %[sum]\n\t"
						 "vdiv.f32	s4, s4, %[by]\n\t"
						 "vdiv.f32	s5, s5, %[by]\n\t"
						 "vdiv.f32	s6, s6, %[by]\n\t"
						 "vdiv.f32	s7, s7, %[by]\n\t"
						 "vcvtn.s32.f32	q0, q1\n\t"
						 "vqadd.s32	q0, q0, %[zero]\n\t"
						 "vmin.s32	q0, q0, %q[hi]\n\t"
						 "vmax.s32	q0, q0, %q[lo]\n\t"
						 "vstrb.32	q0, [%[y]], #4\n\t"
						 "letp	lr, 1b\n"
						 "2:"
			 : [from] "+l"(from), [y] "+l"(y)
			 : [n] "r"(n), [table] "r"(table), [most] "w"(vdupq_n_s32(max)),
			   [sum] "t"(sum), [by] "t"(by), [zero] "r"(zero),
			   [lo] "w"(vdupq_n_s32(lo)), [hi] "w"(vdupq_n_s32(hi))
			 : "lr", "q0", "q1", "cc", "memory");
#undef EDGERT_MVE_EXPONENTIALS
#else
	edgert_rows8_softmax_f32(y, x, table, by, zero, lo, hi, n);
#endif
}
