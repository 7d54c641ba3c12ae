/* half.h - the small float types of ONNX as integers: float16, bfloat16, float8, float4.
 *
 *             sign exponent mantissa bias   max        inf  NaN
 *  f16           1        5       10   15   65504      yes  yes
 *  bf16          1        8        7  127   3.39e38    yes  yes
 *  f8e4m3fn      1        4        3    7   448        no   S.1111.111
 *  f8e4m3fnuz    1        4        3    8   240        no   0x80 (there is no -0)
 *  f8e5m2        1        5        2   15   57344      yes  yes
 *  f8e5m2fnuz    1        5        2   16   57344      no   0x80 (there is no -0)
 *  f8e8m0        0        8        0  127   2^127      no   0xff; no zero, the least is 2^-127
 *  f4e2m1        1        2        1    1   6          no   no
 *
 * Every conversion rounds once, to nearest even, and has no branch. Where ONNX's Cast decides
 * (saturation, NaN, -0) its tables are followed. The only float operation is one add that is exact
 * or rounds as the target type does, so the results do not depend on the machine; rounding mode
 * must be to nearest. */
#ifndef EDGERT_HALF_H
#define EDGERT_HALF_H

#include "bits.h"

/* @fn edgert_small_decode: needs edgert_f32_bits, edgert_f32_from_bits */
/* The magnitude of a finite code (sign removed) with `mant` mantissa bits and exponent bias `bias`,
 * as f32 bits. Subnormal codes: 2^e*(1 + code*2^-23) - 2^e is exact, with 2^e the least normal. */
EDGERT_FN uint32_t edgert_small_decode(uint32_t code, uint32_t mant, uint32_t bias)
{
	uint32_t shifted = code << (23 - mant);
	uint32_t least = (128 - bias) << 23;
	uint32_t sub = edgert_f32_bits(edgert_f32_from_bits(least + shifted) -
				       edgert_f32_from_bits(least));
	uint32_t is_sub = (uint32_t)0 - (uint32_t)(code < (uint32_t)1 << mant);

	return (sub & is_sub) | ((shifted + ((127 - bias) << 23)) & ~is_sub);
}

/* @fn edgert_small_encode: needs edgert_f32_bits, edgert_f32_from_bits */
/* The code nearest to the finite f32 magnitude `a`, as if the exponent had no upper end: the caller
 * compares with its largest code. Subnormal results: adding the number whose last bit weighs as
 * much as the least code. */
EDGERT_FN uint32_t edgert_small_encode(uint32_t a, uint32_t mant, uint32_t bias)
{
	uint32_t shift = 23 - mant;
	uint32_t normal = ((a + (((uint32_t)1 << (shift - 1)) - 1) + ((a >> shift) & 1)) >> shift) -
			  ((127 - bias) << mant);
	uint32_t magic = (151 - bias - mant) << 23;
	uint32_t sub =
		edgert_f32_bits(edgert_f32_from_bits(a) + edgert_f32_from_bits(magic)) - magic;
	uint32_t is_sub = (uint32_t)0 - (uint32_t)(a < (128 - bias) << 23);

	return (sub & is_sub) | (normal & ~is_sub);
}

/* @fn edgert_f16_to_f32: needs edgert_f32_from_bits, edgert_small_decode */
EDGERT_FN float edgert_f16_to_f32(uint16_t h)
{
	uint32_t a = h & 0x7fffu;
	uint32_t special = (uint32_t)0 - (uint32_t)(a >= 0x7c00u);
	uint32_t u = edgert_small_decode(a, 10, 15);

	u = (u & ~special) | ((0x7f800000u | a << 13) & special);
	return edgert_f32_from_bits(u | (uint32_t)(h & 0x8000u) << 16);
}

/* @fn edgert_f16_from_f32: needs edgert_f32_bits, edgert_small_encode */
/* A NaN keeps its sign and the high bits of its payload, and becomes quiet. */
EDGERT_FN uint16_t edgert_f16_from_f32(float x)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t a = u & 0x7fffffffu;
	uint32_t code = edgert_small_encode(a, 10, 15);
	uint32_t over = (uint32_t)0 - (uint32_t)(a >= 0x47800000u);
	uint32_t nan = (uint32_t)0 - (uint32_t)(a > 0x7f800000u);

	code = (code & ~over) | (0x7c00u & over) | (((a >> 13 & 0x3ffu) | 0x200u) & nan);
	return (uint16_t)(code | u >> 31 << 15);
}

/* @fn edgert_bf16_to_f32: needs edgert_f32_from_bits */
EDGERT_FN float edgert_bf16_to_f32(uint16_t h)
{
	return edgert_f32_from_bits((uint32_t)h << 16);
}

/* @fn edgert_bf16_from_f32: needs edgert_f32_bits */
EDGERT_FN uint16_t edgert_bf16_from_f32(float x)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t nan = (uint32_t)0 - (uint32_t)((u & 0x7fffffffu) > 0x7f800000u);
	uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1)) >> 16;

	return (uint16_t)((rounded & ~nan) | ((u >> 16 | 0x40u) & nan));
}

/* @fn edgert_f8e4m3fn_to_f32: needs edgert_f32_from_bits, edgert_small_decode */
EDGERT_FN float edgert_f8e4m3fn_to_f32(uint8_t h)
{
	uint32_t a = h & 0x7fu;
	uint32_t nan = (uint32_t)0 - (uint32_t)(a == 0x7fu);

	return edgert_f32_from_bits((edgert_small_decode(a, 3, 7) & ~nan) | (0x7fc00000u & nan) |
				    (uint32_t)(h & 0x80u) << 24);
}

/* @fn edgert_f8e4m3fn_from_f32: needs edgert_f32_bits, edgert_small_encode */
EDGERT_FN uint8_t edgert_f8e4m3fn_from_f32(float x, int saturate)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t a = u & 0x7fffffffu;
	uint32_t code = edgert_small_encode(a, 3, 7);

	code = code > 0x7eu ? (saturate ? 0x7eu : 0x7fu) : code;
	code = a > 0x7f800000u ? 0x7fu : code;
	return (uint8_t)(code | u >> 31 << 7);
}

/* @fn edgert_f8e4m3fnuz_to_f32: needs edgert_f32_from_bits, edgert_small_decode */
EDGERT_FN float edgert_f8e4m3fnuz_to_f32(uint8_t h)
{
	uint32_t nan = (uint32_t)0 - (uint32_t)(h == 0x80u);

	return edgert_f32_from_bits(
		((edgert_small_decode(h & 0x7fu, 3, 8) | (uint32_t)(h & 0x80u) << 24) & ~nan) |
		(0x7fc00000u & nan));
}

/* @fn edgert_f8e4m3fnuz_from_f32: needs edgert_f32_bits, edgert_small_encode */
EDGERT_FN uint8_t edgert_f8e4m3fnuz_from_f32(float x, int saturate)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t a = u & 0x7fffffffu;
	uint32_t code = edgert_small_encode(a, 3, 8);
	uint32_t nan =
		(uint32_t)(a > 0x7f800000u) | ((uint32_t)(code > 0x7fu) & (uint32_t)!saturate);

	code = code > 0x7fu ? 0x7fu : code;
	code = code ? code | u >> 31 << 7 : 0;
	return (uint8_t)(nan ? 0x80u : code);
}

/* @fn edgert_f8e5m2_to_f32: needs edgert_f32_from_bits, edgert_small_decode */
EDGERT_FN float edgert_f8e5m2_to_f32(uint8_t h)
{
	uint32_t a = h & 0x7fu;
	uint32_t special = (uint32_t)0 - (uint32_t)(a >= 0x7cu);

	return edgert_f32_from_bits((edgert_small_decode(a, 2, 15) & ~special) |
				    ((0x7f800000u | a << 21) & special) |
				    (uint32_t)(h & 0x80u) << 24);
}

/* @fn edgert_f8e5m2_from_f32: needs edgert_f32_bits, edgert_small_encode */
EDGERT_FN uint8_t edgert_f8e5m2_from_f32(float x, int saturate)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t a = u & 0x7fffffffu;
	uint32_t code = edgert_small_encode(a, 2, 15);

	code = code > 0x7bu ? (saturate ? 0x7bu : 0x7cu) : code;
	code = a > 0x7f800000u ? 0x7eu : code;
	return (uint8_t)(code | u >> 31 << 7);
}

/* @fn edgert_f8e5m2fnuz_to_f32: needs edgert_f32_from_bits, edgert_small_decode */
EDGERT_FN float edgert_f8e5m2fnuz_to_f32(uint8_t h)
{
	uint32_t nan = (uint32_t)0 - (uint32_t)(h == 0x80u);

	return edgert_f32_from_bits(
		((edgert_small_decode(h & 0x7fu, 2, 16) | (uint32_t)(h & 0x80u) << 24) & ~nan) |
		(0x7fc00000u & nan));
}

/* @fn edgert_f8e5m2fnuz_from_f32: needs edgert_f32_bits, edgert_small_encode */
EDGERT_FN uint8_t edgert_f8e5m2fnuz_from_f32(float x, int saturate)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t a = u & 0x7fffffffu;
	uint32_t code = edgert_small_encode(a, 2, 16);
	uint32_t nan =
		(uint32_t)(a > 0x7f800000u) | ((uint32_t)(code > 0x7fu) & (uint32_t)!saturate);

	code = code > 0x7fu ? 0x7fu : code;
	code = code ? code | u >> 31 << 7 : 0;
	return (uint8_t)(nan ? 0x80u : code);
}

/* @fn edgert_f8e8m0_to_f32: needs edgert_f32_from_bits */
EDGERT_FN float edgert_f8e8m0_to_f32(uint8_t h)
{
	uint32_t u = h == 0 ? 0x00400000u : (uint32_t)h << 23;

	return edgert_f32_from_bits(h == 0xffu ? 0x7fc00000u : u);
}

/* @fn edgert_f8e8m0_from_f32: needs edgert_f32_bits */
/* round: 0 to nearest, ties up; 1 up (ONNX's default); -1 down. The sign is ignored: ONNX leaves it
 * open. Without `saturate` what lies outside [2^-127, 2^127] after rounding, zero and infinity
 * included, becomes NaN. */
EDGERT_FN uint8_t edgert_f8e8m0_from_f32(float x, int round, int saturate)
{
	uint32_t a = edgert_f32_bits(x) & 0x7fffffffu;
	uint32_t add = round == 0 ? 0x400000u : round > 0 ? 0x7fffffu : 0;
	uint32_t code = (a + add) >> 23;
	uint32_t below = (uint32_t)(a < 0x400000u);

	/* Subnormals stand for 2^-127 (0x400000) and up; the next code is 0x800000. */
	if (a < 0x800000u)
		code = round == 0 ? a >= 0x600000u : round > 0 ? a > 0x400000u : 0;
	if (a > 0x7f800000u)
		return 0xff;
	if (a == 0x7f800000u || code > 0xfeu)
		return saturate ? 0xfe : 0xff;
	return (uint8_t)(below && !saturate ? 0xffu : code);
}

/* @fn edgert_f4e2m1_to_f32: needs edgert_f32_from_bits, edgert_small_decode */
EDGERT_FN float edgert_f4e2m1_to_f32(uint8_t h)
{
	return edgert_f32_from_bits(edgert_small_decode(h & 7u, 1, 1) | (uint32_t)(h & 8u) << 28);
}

/* @fn edgert_f4e2m1_from_f32: needs edgert_f32_bits, edgert_small_encode */
/* Always saturates; NaN gives 6, as ONNX says. The code is in the low four bits. */
EDGERT_FN uint8_t edgert_f4e2m1_from_f32(float x)
{
	uint32_t u = edgert_f32_bits(x);
	uint32_t a = u & 0x7fffffffu;
	uint32_t code = edgert_small_encode(a, 1, 1);

	code = code > 7u ? 7u : code;
	return (uint8_t)(a > 0x7f800000u ? 7u : code | u >> 31 << 3);
}
/* @end */

#if DBL_MANT_DIG == 53
/* @fn edgert_f32_odd_from_f64: needs edgert_f32_from_bits, edgert_f64_bits */
/* Rounds to odd: cut off, last bit set if anything was lost. What is rounded to at most 22 bits
 * afterwards is then rounded as if once. Below f32's normal range the value becomes 2^-126 with a
 * sticky bit or 0, so use it only for targets whose least value is far above: f16 and float8. */
EDGERT_FN float edgert_f32_odd_from_f64(double x)
{
	uint64_t u = edgert_f64_bits(x);
	uint64_t a = u & 0x7fffffffffffffffu;
	uint32_t sign = (uint32_t)(u >> 63) << 31;
	uint32_t sticky = (uint32_t)((a & 0x1fffffffu) != 0);

	if (a > 0x7ff0000000000000u)
		return edgert_f32_from_bits(sign | 0x7fc00000u | (uint32_t)(a >> 29 & 0x3fffffu));
	if (a >= 0x47f0000000000000u)
		return edgert_f32_from_bits(sign |
					    (a == 0x7ff0000000000000u ? 0x7f800000u : 0x7f7fffffu));
	if (a < 0x3810000000000000u)
		return edgert_f32_from_bits(sign | (a ? 0x00800001u : 0));
	return edgert_f32_from_bits(sign | (uint32_t)((a - 0x3800000000000000u) >> 29) | sticky);
}

/* @fn edgert_f16_from_f64: needs edgert_f16_from_f32, edgert_f32_odd_from_f64 */
EDGERT_FN uint16_t edgert_f16_from_f64(double x)
{
	return edgert_f16_from_f32(edgert_f32_odd_from_f64(x));
}

/* @fn edgert_bf16_from_f64: needs edgert_f64_bits */
EDGERT_FN uint16_t edgert_bf16_from_f64(double x)
{
	uint64_t u = edgert_f64_bits(x);
	uint64_t a = u & 0x7fffffffffffffffu;
	uint32_t sign = (uint32_t)(u >> 63) << 15;
	uint64_t m;
	unsigned e, shift;

	if (a > 0x7ff0000000000000u)
		return (uint16_t)(sign | 0x7fc0u | (uint32_t)(a >> 45 & 0x3fu));
	if (a >= 0x47f0000000000000u)
		return (uint16_t)(sign | 0x7f80u);
	e = (unsigned)(a >> 52);
	if (e < 1023 - 127 - 8)
		return (uint16_t)sign;
	/* Normal: keep 8 bits of the 53; below the least normal each step keeps one less. */
	shift = e > 896 ? 45 : 45 + 897 - e;
	m = (a & 0xfffffffffffffu) | 0x10000000000000u;
	m = (m + (((uint64_t)1 << (shift - 1)) - 1) + (m >> shift & 1)) >> shift;
	return (uint16_t)(sign + (e > 896 ? (e - 897) << 7 : 0) + (uint32_t)m);
}
/* @end */
#endif

#endif
