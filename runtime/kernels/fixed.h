/* fixed.h - all rounding and saturation between floats and integers, and requantization.
 *
 * Cut into sections as bits.h says. Nothing here is undefined for any argument, and the casts have
 * no branch. Integer division, shifts and extremes are in scalar.h. */
#ifndef EDGERT_FIXED_H
#define EDGERT_FIXED_H

#include "bits.h"
#include "exact.h"

/* ---- casts ---------------------------------------------------------------------------------
 *
 * edgert_cast_FROM_TO rounds toward zero, edgert_round_FROM_TO to nearest, ties to even. What does
 * not fit saturates, NaN gives 0. */

/* @fn EDGERT_FIXED_CASTS: needs */
#define EDGERT_FIXED_CAST_SMALL(F, f, T, t, select, lo, hi)                                        \
	EDGERT_FN T edgert_cast_##f##_##t(F x)                                                     \
	{                                                                                          \
		x = select(x == x, x, (F)0);                                                       \
		x = select(x < (F)(lo), (F)(lo), x);                                               \
		x = select(x > (F)(hi), (F)(hi), x);                                               \
		return (T)(int32_t)x;                                                              \
	}
/* end: the power of two after the largest, which itself is not always an F. */
#define EDGERT_FIXED_CAST_LARGE(F, f, T, t, U, select, lo, end, largest)                           \
	EDGERT_FN T edgert_cast_##f##_##t(F x)                                                     \
	{                                                                                          \
		U over = (U)0 - (U)(x >= (end));                                                   \
                                                                                                   \
		x = select(x == x && x < (end), x, (F)0);                                          \
		x = select(x < (lo), (lo), x);                                                     \
		return (T)(((U)(T)x & ~over) | ((U)(largest)&over));                               \
	}
#define EDGERT_FIXED_ROUND(F, f, T, t, rint)                                                       \
	EDGERT_FN T edgert_round_##f##_##t(F x)                                                    \
	{                                                                                          \
		return edgert_cast_##f##_##t(rint(x));                                             \
	}

/* @fn edgert_cast_f32_i8: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_SMALL(float, f32, int8_t, i8, edgert_selectf, -128, 127)
/* @fn edgert_cast_f32_u8: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_SMALL(float, f32, uint8_t, u8, edgert_selectf, 0, 255)
/* @fn edgert_cast_f32_i16: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_SMALL(float, f32, int16_t, i16, edgert_selectf, -32768, 32767)
/* @fn edgert_cast_f32_u16: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_SMALL(float, f32, uint16_t, u16, edgert_selectf, 0, 65535)
/* @fn edgert_cast_f32_i32: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_LARGE(float, f32, int32_t, i32, uint32_t, edgert_selectf, -2147483648.0f,
			2147483648.0f, INT32_MAX)
/* @fn edgert_cast_f32_u32: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_LARGE(float, f32, uint32_t, u32, uint32_t, edgert_selectf, 0.0f, 4294967296.0f,
			UINT32_MAX)
/* @fn edgert_cast_f32_i64: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_LARGE(float, f32, int64_t, i64, uint64_t, edgert_selectf, -9223372036854775808.0f,
			9223372036854775808.0f, INT64_MAX)
/* @fn edgert_cast_f32_u64: needs EDGERT_FIXED_CASTS, edgert_selectf */
EDGERT_FIXED_CAST_LARGE(float, f32, uint64_t, u64, uint64_t, edgert_selectf, 0.0f,
			18446744073709551616.0f, UINT64_MAX)
/* @fn edgert_round_f32_i8: needs EDGERT_FIXED_CASTS, edgert_cast_f32_i8, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, int8_t, i8, edgert_rintf)
/* @fn edgert_round_f32_u8: needs EDGERT_FIXED_CASTS, edgert_cast_f32_u8, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, uint8_t, u8, edgert_rintf)
/* @fn edgert_round_f32_i16: needs EDGERT_FIXED_CASTS, edgert_cast_f32_i16, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, int16_t, i16, edgert_rintf)
/* @fn edgert_round_f32_u16: needs EDGERT_FIXED_CASTS, edgert_cast_f32_u16, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, uint16_t, u16, edgert_rintf)
/* @fn edgert_round_f32_i32: needs EDGERT_FIXED_CASTS, edgert_cast_f32_i32, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, int32_t, i32, edgert_rintf)
/* @fn edgert_round_f32_u32: needs EDGERT_FIXED_CASTS, edgert_cast_f32_u32, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, uint32_t, u32, edgert_rintf)
/* @fn edgert_round_f32_i64: needs EDGERT_FIXED_CASTS, edgert_cast_f32_i64, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, int64_t, i64, edgert_rintf)
/* @fn edgert_round_f32_u64: needs EDGERT_FIXED_CASTS, edgert_cast_f32_u64, edgert_rintf */
EDGERT_FIXED_ROUND(float, f32, uint64_t, u64, edgert_rintf)
/* @end */

#if DBL_MANT_DIG == 53
/* @fn edgert_cast_f64_i8: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_SMALL(double, f64, int8_t, i8, edgert_select, -128, 127)
/* @fn edgert_cast_f64_u8: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_SMALL(double, f64, uint8_t, u8, edgert_select, 0, 255)
/* @fn edgert_cast_f64_i16: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_SMALL(double, f64, int16_t, i16, edgert_select, -32768, 32767)
/* @fn edgert_cast_f64_u16: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_SMALL(double, f64, uint16_t, u16, edgert_select, 0, 65535)
/* @fn edgert_cast_f64_i32: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_LARGE(double, f64, int32_t, i32, uint32_t, edgert_select, -2147483648.0,
			2147483648.0, INT32_MAX)
/* @fn edgert_cast_f64_u32: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_LARGE(double, f64, uint32_t, u32, uint32_t, edgert_select, 0.0, 4294967296.0,
			UINT32_MAX)
/* @fn edgert_cast_f64_i64: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_LARGE(double, f64, int64_t, i64, uint64_t, edgert_select, -9223372036854775808.0,
			9223372036854775808.0, INT64_MAX)
/* @fn edgert_cast_f64_u64: needs EDGERT_FIXED_CASTS, edgert_select */
EDGERT_FIXED_CAST_LARGE(double, f64, uint64_t, u64, uint64_t, edgert_select, 0.0,
			18446744073709551616.0, UINT64_MAX)
/* @fn edgert_round_f64_i8: needs EDGERT_FIXED_CASTS, edgert_cast_f64_i8, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, int8_t, i8, edgert_rint)
/* @fn edgert_round_f64_u8: needs EDGERT_FIXED_CASTS, edgert_cast_f64_u8, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, uint8_t, u8, edgert_rint)
/* @fn edgert_round_f64_i16: needs EDGERT_FIXED_CASTS, edgert_cast_f64_i16, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, int16_t, i16, edgert_rint)
/* @fn edgert_round_f64_u16: needs EDGERT_FIXED_CASTS, edgert_cast_f64_u16, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, uint16_t, u16, edgert_rint)
/* @fn edgert_round_f64_i32: needs EDGERT_FIXED_CASTS, edgert_cast_f64_i32, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, int32_t, i32, edgert_rint)
/* @fn edgert_round_f64_u32: needs EDGERT_FIXED_CASTS, edgert_cast_f64_u32, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, uint32_t, u32, edgert_rint)
/* @fn edgert_round_f64_i64: needs EDGERT_FIXED_CASTS, edgert_cast_f64_i64, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, int64_t, i64, edgert_rint)
/* @fn edgert_round_f64_u64: needs EDGERT_FIXED_CASTS, edgert_cast_f64_u64, edgert_rint */
EDGERT_FIXED_ROUND(double, f64, uint64_t, u64, edgert_rint)
/* @end */
#endif

/* @fn edgert_clamp_i32: needs */
EDGERT_FN int32_t edgert_clamp_i32(int32_t x, int32_t lo, int32_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

/* @fn edgert_nearest_f32_i32: needs edgert_instructions, edgert_f32_bits, edgert_selectf, edgert_clamp_i32 */
/* Rounded to nearest, ties to even, then between lo and hi, which are within 2^22 of 0, which is
 * between them; NaN gives 0. (VCVTR rounds as FPSCR says: to nearest, unless the firmware changed
 * it.) */
EDGERT_FN int32_t edgert_nearest_f32_i32(float x, int32_t lo, int32_t hi)
{
#ifdef EDGERT_HAVE_VCVTR
	int32_t r;

	__asm__("vcvtr.s32.f32 %0, %0" : "+t"(x));
	__asm__("vmov %0, %1" : "=r"(r) : "t"(x));
	return edgert_clamp_i32(r, lo, hi);
#else
	x = edgert_selectf(x == x, x, 0.0f);
	x = edgert_selectf(x < (float)lo, (float)lo, x);
	x = edgert_selectf(x > (float)hi, (float)hi, x);
#ifdef EDGERT_HAVE_RINT
	return (int32_t)__builtin_rintf(x);
#else
	x = x + 12582912.0f; /* 1.5 * 2^23 */
	return (int32_t)(edgert_f32_bits(x) - 0x4b400000u);
#endif
#endif
}

/* @fn edgert_quantized_f32_i32: needs edgert_instructions, edgert_nearest_f32_i32, edgert_rintf, edgert_selectf */
/* x rounded to nearest, ties to even, plus zero, between lo and hi, which zero and 0 are and which are
 * within 2^22 of 0; NaN gives 0. (Without jumps C compilers make vectors of it.) */
EDGERT_FN int32_t edgert_quantized_f32_i32(float x, int32_t zero, int32_t lo, int32_t hi)
{
#ifdef EDGERT_HAVE_VCVTR
	const int32_t y = edgert_nearest_f32_i32(x, lo - zero, hi - zero) + zero;

	return x == x ? y : 0;
#else
	x = edgert_rintf(x) + (float)zero;
	x = edgert_selectf(x == x, x, 0.0f);
	x = edgert_selectf(x < (float)lo, (float)lo, x);
	x = edgert_selectf(x > (float)hi, (float)hi, x);
	return (int32_t)x;
#endif
}
/* @end */

/* ---- requantization in float: ONNX's own --------------------------------------------------
 *
 *  y = saturate(round(acc * scale) + zero_point), ties to even. The product is clamped first; what
 * is left is below 2^22, and adding 1.5 * 2^23 rounds it into the last bits of a float. */

/* @fn EDGERT_FIXED_REQUANTS: needs edgert_f32_bits, edgert_selectf */
#define EDGERT_FIXED_REQUANT(T, t, lo, hi)                                                         \
	EDGERT_FN T edgert_requant_##t(int32_t acc, float scale, int zero_point)                   \
	{                                                                                          \
		int32_t zp = zero_point;                                                           \
		float v = (float)acc * scale, least = (float)((lo)-zp);                            \
		float most = (float)((hi)-zp);                                                     \
                                                                                                   \
		v = edgert_selectf(v < least, least, v);                                           \
		v = edgert_selectf(v > most, most, v) + 12582912.0f;                               \
		return (T)((int32_t)(edgert_f32_bits(v) - 0x4b400000u) + zp);                      \
	}

/* @fn edgert_requant_s8: needs EDGERT_FIXED_REQUANTS */
EDGERT_FIXED_REQUANT(int8_t, s8, INT32_C(-128), INT32_C(127))
/* @fn edgert_requant_u8: needs EDGERT_FIXED_REQUANTS */
EDGERT_FIXED_REQUANT(uint8_t, u8, INT32_C(0), INT32_C(255))
/* @fn edgert_requant_s16: needs EDGERT_FIXED_REQUANTS */
EDGERT_FIXED_REQUANT(int16_t, s16, INT32_C(-32768), INT32_C(32767))
/* @fn edgert_requant_u16: needs EDGERT_FIXED_REQUANTS */
EDGERT_FIXED_REQUANT(uint16_t, u16, INT32_C(0), INT32_C(65535))
/* @end */

/* ---- requantization in integers, for machines without floats ------------------------------
 *
 *  scale = multiplier * 2^(shift - 31), multiplier in [2^30, 2^31), shift in [-31, 30]; one
 *rounding, ties up:
 *
 *	y = saturate(floor(acc * multiplier / 2^(31 - shift) + 1/2) + zero_point)
 */

/* @fn edgert_shift_right_i64: needs */
/* floor(x / 2^n), 0 <= n <= 63, whatever the compiler's >> does to negative numbers. */
EDGERT_FN int64_t edgert_shift_right_i64(int64_t x, int n)
{
	return x < 0 ? ~(~x >> n) : x >> n;
}

/* @fn edgert_shift_right_i32: needs */
EDGERT_FN int32_t edgert_shift_right_i32(int32_t x, int n)
{
	return x < 0 ? ~(~x >> n) : x >> n;
}

/* @fn edgert_high_mul: needs edgert_shift_right_i64 */
/* floor(a * b / 2^32), and in *half the bit below. Where there is no product of 64 bits, from parts
 * of 16 bits, a = 2^16 * ah + al and b likewise: no sum leaves 32 bits. */
EDGERT_FN int32_t edgert_high_mul(int32_t a, int32_t b, int32_t *half)
{
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
	const int32_t al = a & 0xffff, bl = b & 0xffff, ah = a >> 16, bh = b >> 16;
	const int32_t middle = ah * bl + (int32_t)((uint32_t)al * (uint32_t)bl >> 16);
	const int32_t low = al * bh + (middle & 0xffff);

	*half = low >> 15 & 1;
	return ah * bh + (middle >> 16) + (low >> 16);
#else
	const int64_t v = (int64_t)a * b;

	*half = (int32_t)((uint32_t)(v & INT64_C(0xffffffff)) >> 31);
	return (int32_t)edgert_shift_right_i64(v, 32);
#endif
}

/* @fn edgert_scaled_high: needs edgert_high_mul, edgert_shift_right_i32 */
/* floor(a * b / 2^bits + 1/2), 32 <= bits <= 62: below 2^30 and a half. */
EDGERT_FN int32_t edgert_scaled_high(int32_t a, int32_t b, int bits)
{
	int32_t half;
	const int32_t v = edgert_high_mul(a, b, &half);

	if (bits == 32)
		return v + half;
	return edgert_shift_right_i32(v + ((int32_t)1 << (bits - 33)), bits - 32);
}

/* @fn edgert_scaled_i32: needs edgert_scaled_high, edgert_shift_right_i64, edgert_clamp_i32 */
/* floor(a * b / 2^bits + 1/2) between lo and hi; 1 <= bits <= 62. */
EDGERT_FN int32_t edgert_scaled_i32(int32_t a, int32_t b, int bits, int32_t lo, int32_t hi)
{
	if (bits < 32) {
		const int64_t v =
			edgert_shift_right_i64((int64_t)a * b + ((int64_t)1 << (bits - 1)), bits);

		return v < lo ? lo : v > hi ? hi : (int32_t)v;
	}
	return edgert_clamp_i32(edgert_scaled_high(a, b, bits), lo, hi);
}

/* @fn edgert_scaled_short_i32: needs edgert_scaled_i32, edgert_clamp_i32 */
/* The same for |a| up to 2^16. Where there is no product of 64 bits, m without its last zeros, when
 * that has 24 bits (as what was a float has), is 2^9 * h + l: so no sum leaves 32 bits. */
EDGERT_FN int32_t edgert_scaled_short_i32(int32_t a, int32_t m, int bits, int32_t lo, int32_t hi)
{
#if defined(__GNUC__) && (defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__))
	const int zeros = m > 0 ? __builtin_ctz((unsigned)m) : 0, rest = bits - zeros - 10;

	if (m > 0 && m >> zeros < 1 << 24 && rest >= 0) {
		const int32_t v = a * (m >> zeros >> 9) + ((a * (m >> zeros & 511)) >> 9);

		return edgert_clamp_i32(((v >> (rest < 31 ? rest : 31)) + 1) >> 1, lo, hi);
	}
#endif
	return edgert_scaled_i32(a, m, bits, lo, hi);
}

/* @fn edgert_rounded_shift_i32: needs edgert_shift_right_i32, edgert_clamp_i32 */
/* floor(a / 2^bits + 1/2) between lo and hi; 2 <= bits <= 62. */
EDGERT_FN int32_t edgert_rounded_shift_i32(int32_t a, int bits, int32_t lo, int32_t hi)
{
	const int32_t v = edgert_shift_right_i32(a, bits < 32 ? bits - 1 : 31) + 1;

	return edgert_clamp_i32(edgert_shift_right_i32(v, 1), lo, hi);
}

/* @fn edgert_doubling_high_mul: needs edgert_shift_right_i64 */
/* floor(a * b / 2^31 + 1/2), saturated: -1 * -1 in Q31. */
EDGERT_FN int32_t edgert_doubling_high_mul(int32_t a, int32_t b)
{
	if (a == INT32_MIN && b == INT32_MIN)
		return INT32_MAX;
	return (int32_t)edgert_shift_right_i64((int64_t)a * b + INT64_C(0x40000000), 31);
}

/* @fn edgert_rounding_shift_right: needs edgert_shift_right_i64 */
/* floor(x / 2^n + 1/2), 0 <= n <= 31. */
EDGERT_FN int32_t edgert_rounding_shift_right(int32_t x, int n)
{
	return (int32_t)edgert_shift_right_i64(((int64_t)x * 2 + ((int64_t)1 << n)), n + 1);
}

/* @fn edgert_scale_fixed: needs edgert_shift_right_i64 */
/* acc * scale rounded once, saturated to 32 bits. */
EDGERT_FN int32_t edgert_scale_fixed(int32_t acc, int32_t multiplier, int shift)
{
	int64_t y = edgert_shift_right_i64((int64_t)acc * multiplier + ((int64_t)1 << (30 - shift)),
					   31 - shift);

	return y < INT32_MIN ? INT32_MIN : y > INT32_MAX ? INT32_MAX : (int32_t)y;
}

/* @fn edgert_requant_fixed: needs edgert_scale_fixed, edgert_clamp_i32 */
/* y between lo and hi. |zero_point| < 2^16: the clamp before it is added keeps the sum in 32 bits.
 */
EDGERT_FN int32_t edgert_requant_fixed(int32_t acc, int32_t multiplier, int shift,
				       int32_t zero_point, int32_t lo, int32_t hi)
{
	return edgert_clamp_i32(edgert_scale_fixed(acc, multiplier, shift), lo - zero_point,
				hi - zero_point) +
	       zero_point;
}

/* @fn edgert_requant_fixed_s8: needs edgert_requant_fixed */
EDGERT_FN int8_t edgert_requant_fixed_s8(int32_t acc, int32_t multiplier, int shift, int zero_point)
{
	return (int8_t)edgert_requant_fixed(acc, multiplier, shift, zero_point, -128, 127);
}

/* @fn edgert_requant_fixed_u8: needs edgert_requant_fixed */
EDGERT_FN uint8_t edgert_requant_fixed_u8(int32_t acc, int32_t multiplier, int shift,
					  int zero_point)
{
	return (uint8_t)edgert_requant_fixed(acc, multiplier, shift, zero_point, 0, 255);
}

/* @fn edgert_requant_fixed_s16: needs edgert_requant_fixed */
EDGERT_FN int16_t edgert_requant_fixed_s16(int32_t acc, int32_t multiplier, int shift,
					   int zero_point)
{
	return (int16_t)edgert_requant_fixed(acc, multiplier, shift, zero_point, INT16_MIN,
					     INT16_MAX);
}

/* @fn edgert_fixed_scale: needs edgert_f32_bits */
/* The multiplier and the shift of a positive normal scale, exact: a float has 24 bits. For shift in
 * its range the scale must lie in [2^-32, 2^30). */
EDGERT_FN int32_t edgert_fixed_scale(float scale, int *shift)
{
	uint32_t u = edgert_f32_bits(scale);

	*shift = (int)(u >> 23) - 126;
	return (int32_t)(((u & 0x7fffffu) | 0x800000u) << 7);
}
/* @end */

/* ---- requantization of integer kernels: params.h, "requantization" ------------------------- */

/* @fn edgert_requantize: needs edgert_scaled_i32, edgert_scaled_high, edgert_clamp_i32, edgert_f32_bits, edgert_f32_from_bits, edgert_selectf */
/* scale: a multiplier, or a factor's bits. lo - zero and hi - zero within 2^22. */
#if defined(EDGERT_FIXED) && EDGERT_FIXED
EDGERT_FN int32_t edgert_requantize(int32_t acc, int32_t scale, int shift, int32_t zero, int32_t lo,
				    int32_t hi)
{
#ifdef __riscv
	/* gcc makes fewer jumps of this than of a clamp and an addition; on Arm it is the other way round */
	if (shift >= 0)
		return edgert_clamp_i32(edgert_scaled_high(acc, scale, 32 + shift) + zero, lo, hi);
#endif
	return edgert_scaled_i32(acc, scale, 32 + shift, lo - zero, hi - zero) + zero;
}
#else
EDGERT_FN int32_t edgert_requantize(int32_t acc, int32_t scale, int shift, int32_t zero, int32_t lo,
				    int32_t hi)
{
	float v = (float)acc * edgert_f32_from_bits((uint32_t)scale);
	float least = (float)(lo - zero), most = (float)(hi - zero);

	(void)shift;
	v = edgert_selectf(v < least, least, v);
	v = edgert_selectf(v > most, most, v) + 12582912.0f; /* 1.5 * 2^23 rounds to an integer */
	return (int32_t)(edgert_f32_bits(v) - 0x4b400000u) + zero;
}
#endif
/* @end */

#endif
