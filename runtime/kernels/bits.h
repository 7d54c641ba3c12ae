/* bits.h - floats as bits. The sections of half.h and math.h stand on these.
 *
 * Sections. The numeric headers are cut by tools: a line "@fn NAME: needs A, B" in a comment opens
 * the section that defines NAME (with the tables and macros only it uses) and names the edgert
 * functions it calls; the section ends at the next such line or at an "@end" line. A closed set of
 * sections after edgert.h is valid C99. Text outside sections serves only a whole header. */
#ifndef EDGERT_BITS_H
#define EDGERT_BITS_H

#include <float.h>

#include "../edgert.h"

/* @fn edgert_f32_bits: needs */
EDGERT_FN uint32_t edgert_f32_bits(float x)
{
	union {
		float f;
		uint32_t u;
	} v;

	v.f = x;
	return v.u;
}

/* @fn edgert_f32_from_bits: needs */
EDGERT_FN float edgert_f32_from_bits(uint32_t u)
{
	union {
		uint32_t u;
		float f;
	} v;

	v.u = u;
	return v.f;
}
/* @end */

/* double is IEEE binary64: not on AVR, where it is float. */
#if DBL_MANT_DIG == 53
/* @fn edgert_f64_bits: needs */
EDGERT_FN uint64_t edgert_f64_bits(double x)
{
	union {
		double f;
		uint64_t u;
	} v;

	v.f = x;
	return v.u;
}

/* @fn edgert_f64_from_bits: needs */
EDGERT_FN double edgert_f64_from_bits(uint64_t u)
{
	union {
		uint64_t u;
		double f;
	} v;

	v.u = u;
	return v.f;
}
/* @end */
#endif

#endif
