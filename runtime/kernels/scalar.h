/* scalar.h - the scalar operations of tensor expressions that C has no operator for, or not with
 * ONNX's meaning: minimum and maximum that keep NaN, division that is defined for every operand,
 * shifts, sign.
 *
 * Cut into sections like bits.h. Each family is a macro and one section per element type. */
#ifndef EDGERT_SCALAR_H
#define EDGERT_SCALAR_H

#include "../edgert.h"

/* ---- weights of 4 bits --------------------------------------------------------------- */

/* n is a multiple of 32; of 16 bytes of w the lower halves come first. */
/* @fn edgert_unfold_w4: needs */
EDGERT_FN void edgert_unfold_w4(int8_t *EDGERT_RESTRICT out, const int8_t *EDGERT_RESTRICT w,
				int32_t n)
{
	int32_t i;
	int k;

	for (i = 0; i < n; i += 32, w += 16, out += 32)
		for (k = 0; k < 16; k++) {
			const int byte = (uint8_t)w[k];

			out[k] = (int8_t)(((byte & 15) ^ 8) - 8);
			out[16 + k] = (int8_t)((byte >> 4 ^ 8) - 8);
		}
}

/* The same as numbers of two bytes, the lower one first; n counts the numbers. */
/* @fn edgert_unfold_w4_wide: needs */
EDGERT_FN void edgert_unfold_w4_wide(int8_t *EDGERT_RESTRICT out, const int8_t *EDGERT_RESTRICT w,
				     int32_t n)
{
	int32_t i;
	int k;

	for (i = 0; i < n; i += 32, w += 16, out += 64)
		for (k = 0; k < 16; k++) {
			const int byte = (uint8_t)w[k];

			out[2 * k] = (int8_t)(((byte & 15) ^ 8) - 8);
			out[2 * k + 1] = byte & 8 ? -1 : 0;
			out[32 + 2 * k] = (int8_t)((byte >> 4 ^ 8) - 8);
			out[33 + 2 * k] = byte & 128 ? -1 : 0;
		}
}
/* @end */

/* ---- streams: a number of rows, of which there are at most `all` ----------------------- */

/* @fn edgert_rows: needs */
EDGERT_FN edgert_int edgert_rows(edgert_int n, edgert_int all)
{
	return n < 0 ? 0 : n < all ? n : all;
}
/* @end */

/* ---- floats: a NaN operand gives NaN ------------------------------------------------- */

/* @fn edgert_max_f32: needs */
EDGERT_FN float edgert_max_f32(float a, float b)
{
	return a > b || a != a ? a : b;
}

/* @fn edgert_min_f32: needs */
EDGERT_FN float edgert_min_f32(float a, float b)
{
	return a < b || a != a ? a : b;
}

/* The same against a number: one comparison, the machine's own minimum or maximum. */
/* @fn edgert_at_least_f32: needs */
EDGERT_FN float edgert_at_least_f32(float a, float number)
{
	return a < number ? number : a;
}

/* @fn edgert_at_most_f32: needs */
EDGERT_FN float edgert_at_most_f32(float a, float number)
{
	return a > number ? number : a;
}

/* @fn edgert_abs_f32: needs */
EDGERT_FN float edgert_abs_f32(float a)
{
	return a < 0.0f ? -a : a + 0.0f;
}

/* @fn edgert_sign_f32: needs */
EDGERT_FN float edgert_sign_f32(float a)
{
	return a > 0.0f ? 1.0f : a < 0.0f ? -1.0f : a;
}

/* @fn edgert_isnan_f32: needs */
EDGERT_FN int edgert_isnan_f32(float a)
{
	return a != a;
}

/* @fn edgert_isinf_f32: needs */
EDGERT_FN int edgert_isinf_f32(float a)
{
	return a == a && a - a != 0.0f;
}

/* @fn edgert_max_f64: needs */
EDGERT_FN double edgert_max_f64(double a, double b)
{
	return a > b || a != a ? a : b;
}

/* @fn edgert_min_f64: needs */
EDGERT_FN double edgert_min_f64(double a, double b)
{
	return a < b || a != a ? a : b;
}

/* The same against a number: one comparison, the machine's own minimum or maximum. */
/* @fn edgert_at_least_f64: needs */
EDGERT_FN double edgert_at_least_f64(double a, double number)
{
	return a < number ? number : a;
}

/* @fn edgert_at_most_f64: needs */
EDGERT_FN double edgert_at_most_f64(double a, double number)
{
	return a > number ? number : a;
}

/* @fn edgert_abs_f64: needs */
EDGERT_FN double edgert_abs_f64(double a)
{
	return a < 0.0 ? -a : a + 0.0;
}

/* @fn edgert_sign_f64: needs */
EDGERT_FN double edgert_sign_f64(double a)
{
	return a > 0.0 ? 1.0 : a < 0.0 ? -1.0 : a;
}

/* @fn edgert_isnan_f64: needs */
EDGERT_FN int edgert_isnan_f64(double a)
{
	return a != a;
}

/* @fn edgert_isinf_f64: needs */
EDGERT_FN int edgert_isinf_f64(double a)
{
	return a == a && a - a != 0.0;
}

/* ---- integers ------------------------------------------------------------------------ */

/* @fn EDGERT_SCALAR_EXTREMES: needs */
#define EDGERT_SCALAR_EXTREME(name, T, op)                                                         \
	EDGERT_FN T edgert_##name(T a, T b)                                                        \
	{                                                                                          \
		return a op b ? a : b;                                                             \
	}

/* @fn edgert_max_i8: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_i8, int8_t, >)
/* @fn edgert_min_i8: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_i8, int8_t, <)
/* @fn edgert_max_i16: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_i16, int16_t, >)
/* @fn edgert_min_i16: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_i16, int16_t, <)
/* @fn edgert_max_i32: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_i32, int32_t, >)
/* @fn edgert_min_i32: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_i32, int32_t, <)
/* @fn edgert_max_i64: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_i64, int64_t, >)
/* @fn edgert_min_i64: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_i64, int64_t, <)
/* @fn edgert_max_u8: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_u8, uint8_t, >)
/* @fn edgert_min_u8: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_u8, uint8_t, <)
/* @fn edgert_max_u16: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_u16, uint16_t, >)
/* @fn edgert_min_u16: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_u16, uint16_t, <)
/* @fn edgert_max_u32: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_u32, uint32_t, >)
/* @fn edgert_min_u32: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_u32, uint32_t, <)
/* @fn edgert_max_u64: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_u64, uint64_t, >)
/* @fn edgert_min_u64: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_u64, uint64_t, <)
/* @fn edgert_max_index: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(max_index, edgert_int, >)
/* @fn edgert_min_index: needs EDGERT_SCALAR_EXTREMES */
EDGERT_SCALAR_EXTREME(min_index, edgert_int, <)

/* Division toward zero. x / 0 is 0, x % 0 is 0; the least integer divided by -1 wraps to itself. */
/* @fn EDGERT_SCALAR_DIVISIONS: needs */
#define EDGERT_SCALAR_SDIV(T, name, wide)                                                          \
	EDGERT_FN T edgert_div_##name(T a, T b)                                                    \
	{                                                                                          \
		if (b == 0)                                                                        \
			return 0;                                                                  \
		return (T)(b == -1 ? (T)((wide)0 - (wide)a) : (T)(a / b));                         \
	}
#define EDGERT_SCALAR_SREM(T, name)                                                                \
	EDGERT_FN T edgert_rem_##name(T a, T b)                                                    \
	{                                                                                          \
		return (T)(b == 0 || b == -1 ? 0 : a % b);                                         \
	}
#define EDGERT_SCALAR_UDIV(T, name)                                                                \
	EDGERT_FN T edgert_div_##name(T a, T b)                                                    \
	{                                                                                          \
		return (T)(b == 0 ? 0 : a / b);                                                    \
	}
#define EDGERT_SCALAR_UREM(T, name)                                                                \
	EDGERT_FN T edgert_rem_##name(T a, T b)                                                    \
	{                                                                                          \
		return (T)(b == 0 ? 0 : a % b);                                                    \
	}

/* @fn edgert_div_i8: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SDIV(int8_t, i8, uint32_t)
/* @fn edgert_rem_i8: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SREM(int8_t, i8)
/* @fn edgert_div_i16: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SDIV(int16_t, i16, uint32_t)
/* @fn edgert_rem_i16: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SREM(int16_t, i16)
/* @fn edgert_div_i32: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SDIV(int32_t, i32, uint32_t)
/* @fn edgert_rem_i32: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SREM(int32_t, i32)
/* @fn edgert_div_i64: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SDIV(int64_t, i64, uint64_t)
/* @fn edgert_rem_i64: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SREM(int64_t, i64)
/* @fn edgert_div_u8: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UDIV(uint8_t, u8)
/* @fn edgert_rem_u8: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UREM(uint8_t, u8)
/* @fn edgert_div_u16: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UDIV(uint16_t, u16)
/* @fn edgert_rem_u16: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UREM(uint16_t, u16)
/* @fn edgert_div_u32: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UDIV(uint32_t, u32)
/* @fn edgert_rem_u32: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UREM(uint32_t, u32)
/* @fn edgert_div_u64: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UDIV(uint64_t, u64)
/* @fn edgert_rem_u64: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_UREM(uint64_t, u64)
/* @fn edgert_div_index: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SDIV(edgert_int, index, size_t)
/* @fn edgert_rem_index: needs EDGERT_SCALAR_DIVISIONS */
EDGERT_SCALAR_SREM(edgert_int, index)

/* Division rounding down; the remainder has the divisor's sign. Zero divisors give 0. */
/* @fn EDGERT_SCALAR_FLOORS: needs */
#define EDGERT_SCALAR_FLOORDIV(T, name)                                                            \
	EDGERT_FN T edgert_floordiv_##name(T a, T b)                                               \
	{                                                                                          \
		T q = edgert_div_##name(a, b), r = edgert_rem_##name(a, b);                        \
                                                                                                   \
		return (T)(r != 0 && (r < 0) != (b < 0) ? q - 1 : q);                              \
	}
#define EDGERT_SCALAR_FLOORMOD(T, name)                                                            \
	EDGERT_FN T edgert_floormod_##name(T a, T b)                                               \
	{                                                                                          \
		T r = edgert_rem_##name(a, b);                                                     \
                                                                                                   \
		return (T)(r != 0 && (r < 0) != (b < 0) ? r + b : r);                              \
	}

/* @fn edgert_floordiv_i8: needs EDGERT_SCALAR_FLOORS, edgert_div_i8, edgert_rem_i8 */
EDGERT_SCALAR_FLOORDIV(int8_t, i8)
/* @fn edgert_floormod_i8: needs EDGERT_SCALAR_FLOORS, edgert_rem_i8 */
EDGERT_SCALAR_FLOORMOD(int8_t, i8)
/* @fn edgert_floordiv_i16: needs EDGERT_SCALAR_FLOORS, edgert_div_i16, edgert_rem_i16 */
EDGERT_SCALAR_FLOORDIV(int16_t, i16)
/* @fn edgert_floormod_i16: needs EDGERT_SCALAR_FLOORS, edgert_rem_i16 */
EDGERT_SCALAR_FLOORMOD(int16_t, i16)
/* @fn edgert_floordiv_i32: needs EDGERT_SCALAR_FLOORS, edgert_div_i32, edgert_rem_i32 */
EDGERT_SCALAR_FLOORDIV(int32_t, i32)
/* @fn edgert_floormod_i32: needs EDGERT_SCALAR_FLOORS, edgert_rem_i32 */
EDGERT_SCALAR_FLOORMOD(int32_t, i32)
/* @fn edgert_floordiv_i64: needs edgert_div_i64, edgert_rem_i64 */
/* Most operands fit 32 bits, whose division is an instruction, or takes half the time. */
EDGERT_FN int64_t edgert_floordiv_i64(int64_t a, int64_t b)
{
	int64_t q, r;

	if (b > 0 && ((uint64_t)a | (uint64_t)b) >> 32 == 0)
		return (int64_t)((uint32_t)a / (uint32_t)b);
	q = edgert_div_i64(a, b);
	r = edgert_rem_i64(a, b);
	return r != 0 && (r < 0) != (b < 0) ? q - 1 : q;
}
/* @fn edgert_floormod_i64: needs EDGERT_SCALAR_FLOORS, edgert_rem_i64 */
EDGERT_SCALAR_FLOORMOD(int64_t, i64)
/* @fn edgert_floordiv_u8: needs edgert_div_u8 */
EDGERT_FN uint8_t edgert_floordiv_u8(uint8_t a, uint8_t b)
{
	return edgert_div_u8(a, b);
}
/* @fn edgert_floormod_u8: needs edgert_rem_u8 */
EDGERT_FN uint8_t edgert_floormod_u8(uint8_t a, uint8_t b)
{
	return edgert_rem_u8(a, b);
}
/* @fn edgert_floordiv_u16: needs edgert_div_u16 */
EDGERT_FN uint16_t edgert_floordiv_u16(uint16_t a, uint16_t b)
{
	return edgert_div_u16(a, b);
}
/* @fn edgert_floormod_u16: needs edgert_rem_u16 */
EDGERT_FN uint16_t edgert_floormod_u16(uint16_t a, uint16_t b)
{
	return edgert_rem_u16(a, b);
}
/* @fn edgert_floordiv_u32: needs edgert_div_u32 */
EDGERT_FN uint32_t edgert_floordiv_u32(uint32_t a, uint32_t b)
{
	return edgert_div_u32(a, b);
}
/* @fn edgert_floormod_u32: needs edgert_rem_u32 */
EDGERT_FN uint32_t edgert_floormod_u32(uint32_t a, uint32_t b)
{
	return edgert_rem_u32(a, b);
}
/* @fn edgert_floordiv_u64: needs edgert_div_u64 */
EDGERT_FN uint64_t edgert_floordiv_u64(uint64_t a, uint64_t b)
{
	return edgert_div_u64(a, b);
}
/* @fn edgert_floormod_u64: needs edgert_rem_u64 */
EDGERT_FN uint64_t edgert_floormod_u64(uint64_t a, uint64_t b)
{
	return edgert_rem_u64(a, b);
}
/* @fn edgert_floordiv_index: needs EDGERT_SCALAR_FLOORS, edgert_div_index, edgert_rem_index */
EDGERT_SCALAR_FLOORDIV(edgert_int, index)
/* @fn edgert_floormod_index: needs EDGERT_SCALAR_FLOORS, edgert_rem_index */
EDGERT_SCALAR_FLOORMOD(edgert_int, index)

/* Absolute value (the least integer stays itself) and sign. */
/* @fn EDGERT_SCALAR_SIGNS: needs */
#define EDGERT_SCALAR_ABS(T, name, wide)                                                           \
	EDGERT_FN T edgert_abs_##name(T a)                                                         \
	{                                                                                          \
		return a < 0 ? (T)((wide)0 - (wide)a) : a;                                         \
	}
#define EDGERT_SCALAR_SIGN(T, name)                                                                \
	EDGERT_FN T edgert_sign_##name(T a)                                                        \
	{                                                                                          \
		return (T)((a > 0) - (a < 0));                                                     \
	}

/* @fn edgert_abs_i8: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_ABS(int8_t, i8, uint32_t)
/* @fn edgert_sign_i8: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_SIGN(int8_t, i8)
/* @fn edgert_abs_i16: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_ABS(int16_t, i16, uint32_t)
/* @fn edgert_sign_i16: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_SIGN(int16_t, i16)
/* @fn edgert_abs_i32: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_ABS(int32_t, i32, uint32_t)
/* @fn edgert_sign_i32: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_SIGN(int32_t, i32)
/* @fn edgert_abs_i64: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_ABS(int64_t, i64, uint64_t)
/* @fn edgert_sign_i64: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_SIGN(int64_t, i64)
/* @fn edgert_abs_u8: needs */
EDGERT_FN uint8_t edgert_abs_u8(uint8_t a)
{
	return a;
}
/* @fn edgert_sign_u8: needs */
EDGERT_FN uint8_t edgert_sign_u8(uint8_t a)
{
	return a != 0;
}
/* @fn edgert_abs_u16: needs */
EDGERT_FN uint16_t edgert_abs_u16(uint16_t a)
{
	return a;
}
/* @fn edgert_sign_u16: needs */
EDGERT_FN uint16_t edgert_sign_u16(uint16_t a)
{
	return a != 0;
}
/* @fn edgert_abs_u32: needs */
EDGERT_FN uint32_t edgert_abs_u32(uint32_t a)
{
	return a;
}
/* @fn edgert_sign_u32: needs */
EDGERT_FN uint32_t edgert_sign_u32(uint32_t a)
{
	return a != 0;
}
/* @fn edgert_abs_u64: needs */
EDGERT_FN uint64_t edgert_abs_u64(uint64_t a)
{
	return a;
}
/* @fn edgert_sign_u64: needs */
EDGERT_FN uint64_t edgert_sign_u64(uint64_t a)
{
	return a != 0;
}
/* @fn edgert_abs_index: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_ABS(edgert_int, index, size_t)
/* @fn edgert_sign_index: needs EDGERT_SCALAR_SIGNS */
EDGERT_SCALAR_SIGN(edgert_int, index)

/* Shifts; by the width or more they give 0. */
/* @fn edgert_shl_u8: needs */
EDGERT_FN uint8_t edgert_shl_u8(uint8_t a, uint8_t b)
{
	return (uint8_t)(b < 8 ? (uint32_t)a << b : 0);
}
/* @fn edgert_shr_u8: needs */
EDGERT_FN uint8_t edgert_shr_u8(uint8_t a, uint8_t b)
{
	return (uint8_t)(b < 8 ? (uint32_t)a >> b : 0);
}
/* @fn edgert_shl_u16: needs */
EDGERT_FN uint16_t edgert_shl_u16(uint16_t a, uint16_t b)
{
	return (uint16_t)(b < 16 ? (uint32_t)a << b : 0);
}
/* @fn edgert_shr_u16: needs */
EDGERT_FN uint16_t edgert_shr_u16(uint16_t a, uint16_t b)
{
	return (uint16_t)(b < 16 ? (uint32_t)a >> b : 0);
}
/* @fn edgert_shl_u32: needs */
EDGERT_FN uint32_t edgert_shl_u32(uint32_t a, uint32_t b)
{
	return b < 32 ? (uint32_t)((uint32_t)a << b) : 0;
}
/* @fn edgert_shr_u32: needs */
EDGERT_FN uint32_t edgert_shr_u32(uint32_t a, uint32_t b)
{
	return b < 32 ? (uint32_t)((uint32_t)a >> b) : 0;
}
/* @fn edgert_shl_u64: needs */
EDGERT_FN uint64_t edgert_shl_u64(uint64_t a, uint64_t b)
{
	return b < 64 ? (uint64_t)((uint64_t)a << b) : 0;
}
/* @fn edgert_shr_u64: needs */
EDGERT_FN uint64_t edgert_shr_u64(uint64_t a, uint64_t b)
{
	return b < 64 ? (uint64_t)((uint64_t)a >> b) : 0;
}

/* @end */

/* ---- constants in AVR's program memory ----------------------------------------------- */
#if defined(__AVR__)
#include <avr/pgmspace.h>
#ifndef EDGERT_PGM
#define EDGERT_PGM(type, p) pgm_read_##type(p)
#endif

/* @fn edgert_flash_f32: needs */
EDGERT_FN float edgert_flash_f32(const float *p)
{
	return EDGERT_PGM(float, p);
}
/* @fn edgert_flash_i8: needs */
EDGERT_FN int8_t edgert_flash_i8(const int8_t *p)
{
	return (int8_t)EDGERT_PGM(byte, p);
}
/* @fn edgert_flash_u8: needs */
EDGERT_FN uint8_t edgert_flash_u8(const uint8_t *p)
{
	return EDGERT_PGM(byte, p);
}
/* @fn edgert_flash_i16: needs */
EDGERT_FN int16_t edgert_flash_i16(const int16_t *p)
{
	return (int16_t)EDGERT_PGM(word, p);
}
/* @fn edgert_flash_u16: needs */
EDGERT_FN uint16_t edgert_flash_u16(const uint16_t *p)
{
	return EDGERT_PGM(word, p);
}
/* @fn edgert_flash_i32: needs */
EDGERT_FN int32_t edgert_flash_i32(const int32_t *p)
{
	return (int32_t)EDGERT_PGM(dword, p);
}
/* @fn edgert_flash_u32: needs */
EDGERT_FN uint32_t edgert_flash_u32(const uint32_t *p)
{
	return EDGERT_PGM(dword, p);
}
/* @fn edgert_flash_i64: needs */
EDGERT_FN int64_t edgert_flash_i64(const int64_t *p)
{
	const uint32_t *w = (const uint32_t *)(const void *)p;

	return (int64_t)((uint64_t)EDGERT_PGM(dword, w) | (uint64_t)EDGERT_PGM(dword, w + 1) << 32);
}
/* @fn edgert_flash_u64: needs */
EDGERT_FN uint64_t edgert_flash_u64(const uint64_t *p)
{
	const uint32_t *w = (const uint32_t *)(const void *)p;

	return (uint64_t)((uint64_t)EDGERT_PGM(dword, w) | (uint64_t)EDGERT_PGM(dword, w + 1)
								   << 32);
}
/* @end */
#endif

#endif
