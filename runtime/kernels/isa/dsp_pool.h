/* dsp_pool.h - four channels of a window: their greatest elements, and their sums. */
#ifndef EDGERT_ISA_DSP_POOL_H
#define EDGERT_ISA_DSP_POOL_H

#include "dsp.h"
#include "pool8.h"

/* So many bytes add up in 16 bits. */
#define EDGERT_DSP_POOL_RUN 256

#if EDGERT_DSP_ASM

/* The greater ones of four bytes each. */
EDGERT_INLINE uint32_t edgert_dsp_greater(uint32_t a, uint32_t b)
{
	uint32_t r;

	__asm__("ssub8	%0, %1, %2\n\t"
		"sel	%0, %1, %2"
		: "=&r"(r)
		: "r"(a), "r"(b)
		: "cc");
	return r;
}

/* Two halves, += bytes 0 and 2. */
EDGERT_INLINE uint32_t edgert_dsp_plus_even(uint32_t halves, uint32_t w)
{
	__asm__("sxtab16 %0, %0, %1" : "+r"(halves) : "r"(w));
	return halves;
}

/* And bytes 1 and 3. */
EDGERT_INLINE uint32_t edgert_dsp_plus_odd(uint32_t halves, uint32_t w)
{
	__asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(halves) : "r"(w));
	return halves;
}

#else

EDGERT_INLINE uint32_t edgert_dsp_greater(uint32_t a, uint32_t b)
{
	uint32_t r = 0;

	for (int i = 0; i < 32; i += 8) {
		const uint32_t u = a >> i & 255, v = b >> i & 255;

		r |= ((int8_t)u > (int8_t)v ? u : v) << i;
	}
	return r;
}

EDGERT_INLINE uint32_t edgert_dsp_plus_even(uint32_t halves, uint32_t w)
{
	return edgert_dsp_pair((int16_t)(halves & 0xffffu) + (int8_t)(w & 255),
			       (int16_t)(halves >> 16) + (int8_t)(w >> 16 & 255));
}

EDGERT_INLINE uint32_t edgert_dsp_plus_odd(uint32_t halves, uint32_t w)
{
	return edgert_dsp_plus_even(halves, w >> 8);
}

#endif

#endif
